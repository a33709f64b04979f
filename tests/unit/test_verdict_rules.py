"""From figures to a verdict: outcome, standing, other readings, and which sentences are said."""

from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from decisions import (
    APPROVAL,
    BOOK,
    CODES,
    DOUBTFUL,
    INCIDENCE,
    MISSED,
    PLACES,
    SURE,
    WRONG,
    a_decision,
    an_indicator,
    judged,
    said,
    the,
)

from inspect_app.rules.errors import VerdictWithheld
from inspect_app.rules.verdicts import (
    EXIT_CRITERIA,
    SETTINGS_TRIED,
    Decision,
    Reading,
    refuse_undecided,
)
from report_templates import phrases, wording
from report_templates.verdict import VerdictSheet
from report_templates.verdict_sheet import Sentence
from sampling.indicators import Indicator, Undetermined

# --- what is decided -----------------------------------------------------------------------


def test_outcome_and_standing_of_every_combination_of_findings() -> None:
    figures = {
        (code, finding, certain): an_indicator(code, finding, certain=certain)
        for code in EXIT_CRITERIA
        for finding in PLACES
        for certain in (True, False)
    }
    met = 0
    for findings in product(PLACES, repeat=4):
        for certain in (True, False):
            chosen = zip(EXIT_CRITERIA, findings, strict=True)
            decision = a_decision(*(figures[code, finding, certain] for code, finding in chosen))

            assert tuple(one.finding for one in decision.criteria) == findings
            failing = [
                code for code, f in zip(EXIT_CRITERIA, findings, strict=True) if "unmet" in f
            ]
            sure = [
                code
                for code, f in zip(EXIT_CRITERIA, findings, strict=True)
                if f == "unmet_established" and certain
            ]
            all_sure = set(findings) == {"met_established"} or bool(sure)
            standing = decision.standing
            assert standing.outcome == ("does_not_meet" if failing else "meets")
            assert standing.standing == ("established" if all_sure else "open")
            assert standing.established == findings.count("met_established")
            assert (standing.unmet, standing.certain) == (tuple(failing), tuple(sure))
            met += standing.outcome == "meets"
    assert met == 2 * 2**4


@pytest.mark.parametrize(
    ("code", "threshold", "setting", "strict_by_default"),
    [
        (WRONG, 0.02, "strict_rates", True),
        (MISSED, 0.02, "strict_rates", True),
        (INCIDENCE, 0.03, "strict_rates", True),
        (APPROVAL, 0.9, "strict_approval", False),
    ],
)
def test_a_figure_at_its_threshold_follows_the_strictness_of_the_book(
    code: str, threshold: float, setting: str, strict_by_default: bool
) -> None:
    at = an_indicator(code, at=(threshold, threshold - 0.005, threshold + 0.005))

    found = {
        strict: judged(a_decision(at, book=BOOK.with_reading(setting, strict)), code).finding
        for strict in (True, False)
    }

    assert found == {True: "unmet_open", False: "met_open"}
    assert judged(a_decision(at), code).finding == found[strict_by_default]


@pytest.mark.parametrize(("strict", "finding"), [(True, "met_open"), (False, "met_established")])
def test_a_bound_at_the_threshold_is_held_to_the_same_strictness(
    strict: bool, finding: str
) -> None:
    touching = an_indicator(WRONG, at=(0.01, 0.005, 0.02))

    decision = a_decision(touching, book=BOOK.with_reading("strict_rates", strict))

    assert judged(decision, WRONG).finding == finding


def test_the_region_sets_the_threshold_of_the_incidence_alone() -> None:
    between = an_indicator(INCIDENCE, at=(0.025, 0.022, 0.028))

    west, centre = (a_decision(between, region=of) for of in ("west_3pct", "central_2pct"))

    assert judged(west, INCIDENCE).finding == "met_established"
    assert judged(centre, INCIDENCE).finding == "unmet_established"
    assert judged(west, WRONG).rule == judged(centre, WRONG).rule


def test_the_book_says_whether_estimate_or_sample_ratio_decides() -> None:
    apart = an_indicator(WRONG, at=(0.024, 0.012, 0.04), sample="0.016")

    by_design = a_decision(apart)
    by_sample = a_decision(apart, book=BOOK.with_reading("official_estimator", "sample"))

    assert (judged(by_design, WRONG).finding, by_design.standing.outcome) == (
        "unmet_open",
        "does_not_meet",
    )
    assert (judged(by_sample, WRONG).finding, by_sample.standing.outcome) == ("met_open", "meets")
    assert {one.decided_by for one in by_sample.judged} == {"sample_ratio"}


def test_criteria_come_first_and_a_revisit_asks_for_recurrence_instead_of_wrong_exits() -> None:
    failing = an_indicator(WRONG, "unmet_established")

    exit_round, revisit = (a_decision(failing, round_kind=kind) for kind in ("exit", "revisit"))

    assert [one.code for one in exit_round.judged] == list(CODES)
    assert [one.code for one in revisit.judged] == [
        "recurrence_rate",
        MISSED,
        INCIDENCE,
        APPROVAL,
        WRONG,
    ]
    reference = judged(revisit, WRONG)
    assert (reference.finding, reference.flip, reference.variants) == (None, None, ())
    assert (exit_round.standing.outcome, revisit.standing.outcome) == ("does_not_meet", "meets")


# --- households that nobody could judge ------------------------------------------------------


def test_a_verdict_is_withheld_where_undetermined_households_decide_it() -> None:
    open_still = an_indicator(MISSED, undetermined=Undetermined(3, 0.012, 0.025))

    with pytest.raises(VerdictWithheld) as refused:
        refuse_undecided(a_decision(open_still))

    assert refused.value.extra == {"indicators": [MISSED]}


@pytest.mark.parametrize(
    ("of", "ends"),
    [
        (MISSED, (0.012, 0.019)),  # passes however they turn out
        (MISSED, (0.021, 0.035)),  # fails however they turn out
        (APPROVAL, (0.91, 0.95)),
        (APPROVAL, (0.9, 0.95)),  # ninety percent is enough
    ],
)
def test_undetermined_households_that_decide_nothing_hold_nothing_up(
    of: str, ends: tuple[float, float]
) -> None:
    refuse_undecided(a_decision(an_indicator(of, undetermined=Undetermined(2, *ends))))


def test_nothing_is_held_up_where_another_criterion_has_failed_anyway() -> None:
    open_still = an_indicator(MISSED, undetermined=Undetermined(3, 0.012, 0.025))
    failed = an_indicator(WRONG, "unmet_open")

    refuse_undecided(a_decision(open_still, failed))


def test_two_criteria_may_only_fail_together() -> None:
    approval = an_indicator(APPROVAL, undetermined=Undetermined(9, 0.88, 0.93))
    incidence = an_indicator(INCIDENCE, undetermined=Undetermined(4, 0.01, 0.02))

    with pytest.raises(VerdictWithheld) as refused:
        refuse_undecided(a_decision(approval, incidence))

    assert refused.value.extra == {"indicators": [INCIDENCE, APPROVAL]}


def test_undetermined_households_of_a_reference_row_hold_nothing_up() -> None:
    refuse_undecided(
        a_decision(an_indicator("recurrence_rate", undetermined=Undetermined(3, 0.0, 0.5)))
    )


# --- other readings ----------------------------------------------------------------------------


def changing(decision: Decision, code: str) -> list[tuple[str, str, str]]:
    return [
        (variant.setting, variant.reading, variant.finding)
        for variant in judged(decision, code).variants
        if variant.changes
    ]


def test_figures_far_from_everything_have_no_other_reading() -> None:
    decision = a_decision()

    assert [one.variants for one in decision.judged] == [()] * 5
    assert the("change.no_variant", said(decision)) == [{"settings": list(SETTINGS_TRIED)}]


@pytest.mark.parametrize(
    ("figure", "changes"),
    [
        (
            an_indicator(MISSED, at=(0.015, 0.012, 0.018)),
            [("missed_threshold", "0.01", "unmet_established")],
        ),
        (
            an_indicator(WRONG, at=(0.01, 0.005, 0.02)),
            [("strict_rates", "False", "met_established")],
        ),
        (an_indicator(APPROVAL, at=(0.9, 0.88, 0.92)), [("strict_approval", "True", "unmet_open")]),
        (
            an_indicator(WRONG, at=(0.024, 0.012, 0.04), sample="0.016"),
            [("official_estimator", "sample", "met_open")],
        ),
    ],
)
def test_a_reading_that_changes_a_finding_is_named(
    figure: Indicator, changes: list[tuple[str, str, str]]
) -> None:
    decision = a_decision(figure)

    assert changing(decision, figure.code) == changes
    (told,) = the("change.variant", said(decision))
    assert (told["indicator"], told["setting"], told["reading"], told["finding"]) == (
        figure.code,
        *changes[0],
    )


def test_under_sample_ratios_only_the_estimator_is_blamed_for_what_it_changes() -> None:
    book = BOOK.with_reading("official_estimator", "sample")
    apart = an_indicator(MISSED, at=(0.024, 0.012, 0.04), sample="0.006")

    decision = a_decision(apart, book=book)

    assert changing(decision, MISSED) == [("official_estimator", "design", "unmet_open")]


def test_another_denominator_is_shown_even_where_it_changes_nothing() -> None:
    usual = an_indicator(MISSED)
    wider = an_indicator(MISSED, at=(0.007, 0.003, 0.015))
    unchanged = [an_indicator(code) for code in CODES if code != MISSED]
    others = {Reading("missed_denominator", "a"): [*unchanged, wider]}

    decision = a_decision(usual, others=others)

    (shown,) = judged(decision, MISSED).variants
    assert (shown.setting, shown.reading, shown.value) == ("missed_denominator", "a", 0.007)
    assert not shown.changes
    assert judged(decision, WRONG).variants == ()


# --- what is said ------------------------------------------------------------------------------


def test_both_sides_of_a_threshold_are_told_when_estimate_and_sample_disagree() -> None:
    apart = an_indicator(WRONG, at=(0.024, 0.012, 0.04), sample="0.016")

    assert the("note.sides_differ", said(a_decision(apart))) == [
        {"indicator": WRONG, "estimate": 0.024, "ratio": 0.016, "threshold": 0.02}
    ]
    assert the("note.sides_differ", said(a_decision())) == []


@pytest.mark.parametrize(
    ("changed", "code", "arguments"),
    [
        ((), "verdict.meets.established", {}),
        (
            (an_indicator(MISSED, "met_open"),),
            "verdict.meets.open",
            {"established": 3, "open": [MISSED]},
        ),
        (
            (an_indicator(MISSED, "unmet_open"), an_indicator(WRONG, "met_open")),
            "verdict.unmet.open",
            {"unmet": [MISSED]},
        ),
        (
            (an_indicator(MISSED, "unmet_open"), an_indicator(WRONG, "unmet_established")),
            "verdict.unmet.established",
            {"unmet": [WRONG, MISSED], "certain": [WRONG]},
        ),
    ],
)
def test_the_first_sentence_is_the_verdict(
    changed: tuple[Indicator, ...], code: str, arguments: dict[str, Any]
) -> None:
    first = said(a_decision(*changed))[0]

    assert first == {"code": code, "place": "verdict", "args": arguments}


def test_an_open_figure_names_the_bound_on_the_other_side_and_the_recheck() -> None:
    figures = {
        WRONG: an_indicator(WRONG, "met_open"),
        MISSED: an_indicator(MISSED, "unmet_open"),
        APPROVAL: an_indicator(APPROVAL, "met_open"),
    }

    told = said(a_decision(*figures.values()))

    assert {one["indicator"]: one["bound"] for one in the("sure.open", told)} == {
        WRONG: figures[WRONG].estimate.high,
        MISSED: figures[MISSED].estimate.low,
        APPROVAL: figures[APPROVAL].estimate.low,
    }
    assert the("next.recheck", told) == [{"indicators": [WRONG, MISSED, APPROVAL]}]
    assert the("next.recheck", said(a_decision())) == []


def test_nothing_found_is_told_of_rates_and_not_of_approval() -> None:
    none = [an_indicator(code, numerator=0) for code in (WRONG, APPROVAL)]

    (told,) = the("sure.zero_found", said(a_decision(*none)))

    assert (told["indicator"], told["bound"]) == (WRONG, none[0].estimate.high)


def test_the_most_clustered_figure_and_the_reach_for_exited_households_are_told() -> None:
    told = said(a_decision(an_indicator(INCIDENCE, deff=2.4)))

    assert the("sure.design_effect", told) == [{"indicator": INCIDENCE, "deff": 2.4}]
    assert [one["household_class"] for one in the("sure.reach", told)] == ["E"]
    assert the("sure.interval", told) == [{"confidence": 0.95, "two_sided": 0.9}]


@pytest.mark.parametrize(("rate", "alarm"), [(0.1, False), (0.101, True)])
def test_replacing_more_than_the_book_allows_is_an_alarm(rate: float, alarm: bool) -> None:
    (told,) = the("sure.response", said(a_decision(), replacement_rate=rate))

    assert (told["alarm"], told["alarm_rate"]) == (alarm, 0.1)


def test_the_fewest_households_that_reverse_the_outcome_are_told_while_it_stands() -> None:
    near = an_indicator(MISSED, footing=replace(SURE, share=0.0199, step=0.001))
    far = an_indicator(WRONG, footing=replace(SURE, step=0.001, households=90))

    meets, fails = a_decision(near, far), a_decision(an_indicator(WRONG, "unmet_open"))

    assert the("change.outcome", said(meets)) == [{"households": 1, "indicator": MISSED}]
    assert the("change.outcome", said(fails)) == []


def test_where_the_sample_ratio_decides_it_says_how_many_cases_would_turn_it() -> None:
    # Weighted 1.6 %, plain ratio 1.9 %, each further household 0.25 %: one more reaches 2 %.
    figure = an_indicator(
        WRONG, at=(0.016, 0.008, 0.03), sample="0.019", footing=DOUBTFUL, certain=False
    )
    book = BOOK.with_reading("official_estimator", "sample")

    by_sample = judged(a_decision(figure, book=book), WRONG)
    by_estimate = judged(a_decision(figure), WRONG)

    assert (by_sample.reversal, by_estimate.reversal) == (1, 2)
    assert by_sample.flip is not None
    assert (by_sample.flip.households, by_sample.flip.finding) == (1, "unmet_open")
    failed = replace(figure, sample=Fraction(21, 1000))
    assert judged(a_decision(failed, book=book), WRONG).reversal is None


def test_an_open_figure_is_extended_as_far_as_villages_are_left() -> None:
    doubtful = an_indicator(WRONG, "met_open", footing=replace(DOUBTFUL, share=0.008))

    plenty, none = (said(a_decision(doubtful, villages_left=left)) for left in (300, 0))

    (told,) = the("change.extend", plenty)
    assert (told["indicator"], told["villages"] <= 300) == (WRONG, True)
    assert the("change.extend", none) == []
    assert the("change.extend_unreachable", none) == [{"indicator": WRONG}]


def test_everything_that_can_be_said_has_words_and_all_words_can_be_said() -> None:
    sample_book = BOOK.with_reading("official_estimator", "sample")
    apart = an_indicator(WRONG, at=(0.024, 0.012, 0.04), sample="0.016", numerator=0)
    doubtful = an_indicator(MISSED, "met_open", footing=replace(DOUBTFUL, share=0.008))
    everything = [an_indicator(code, "met_open") for code in EXIT_CRITERIA]
    told = [
        *said(a_decision()),
        *said(a_decision(*everything)),
        *said(a_decision(doubtful, villages_left=300), undetermined=2, replacement_rate=0.3),
        *said(a_decision(an_indicator(WRONG, "unmet_established"))),
        *said(a_decision(apart, book=sample_book), book=sample_book),
        *said(a_decision(apart)),
    ]
    sheet = VerdictSheet.from_json(
        (Path(__file__).parents[1] / "data" / "report" / "meets_open.json").read_bytes()
    )

    for one in told:
        words = phrases.say(Sentence(one["code"], one["place"], one["args"]), sheet)
        assert words.zh
        assert words.en
        assert "{" not in words.zh + words.en
    # The sentences about strata are chosen where the strata are.
    known = {code.partition("#")[0] for code in wording.SENTENCES}
    elsewhere = {code for code in known if code.startswith("strata.")}
    assert {one["code"] for one in told} == known - elsewhere
