"""What readers could work out about households: planted leaks are found, clean reports pass."""

import hashlib
import io
import json
from functools import cache
from typing import Any

import polars as pl
import pytest
from county_documents import a_county, a_full_edition
from pypdf import PdfReader

from inspect_app.rules.errors import PublicationLeaks, UntracedNumber
from inspect_app.services import attackers, disclosure, editions, estimates, printed, tracing
from inspect_app.services.attackers import Secrets
from inspect_app.services.documents import to_bytes
from inspect_app.services.estimates import CountyData
from report_templates.reading import Text, read
from report_templates.verdict import VerdictSheet, render
from sampling.disclosure import Attacker, Known, Target
from sampling.errors import SamplingError
from sampling.indicators import Indicator
from sampling.inversion import Range, shares_behind

OVERALL = pl.when(pl.col("approves") == 1).then(pl.lit("yes")).otherwise(pl.lit("no"))


@cache
def county() -> CountyData:
    return a_county(sat_overall=OVERALL)


@cache
def kept() -> Secrets:
    return attackers.secrets(county())


@cache
def written(edition: str) -> bytes:
    full = a_full_edition(county())
    return to_bytes(full if edition == "full" else disclosure.public_edition(county(), full))


def document(edition: str = "public") -> dict[str, Any]:
    """A fresh copy of an edition of the worked example, to be tampered with."""
    content: dict[str, Any] = json.loads(written(edition))
    return content


def found(kind: str, **place: str) -> int:
    """How many households of a kind there really are in a place."""
    rows = kept().cells.filter(kind=kind, **place)
    return int(rows["found"].sum())


def towns() -> list[str]:
    return [row["town_code"] for row in document()["townships"]]


# --- the attacker -------------------------------------------------------------------------------


def test_a_total_alone_gives_nothing_away() -> None:
    most = dict.fromkeys("abcd", 30)
    total = Known("county", dict.fromkeys("abcd", 1.0), 4, 4, official=True)

    assert Attacker(most, [total]).leaks([Target("a", frozenset("a"))]) == []


def test_hiding_only_small_counts_gives_them_away() -> None:
    """County total 4 beside four cells that are each marked as 1 to 4: each is 1."""
    most = dict.fromkeys("abcd", 30)
    known = [Known("county", dict.fromkeys("abcd", 1.0), 4, 4, official=True)]
    known += [Known("marked", {name: 1.0}, 1, 4) for name in "abcd"]
    targets = [Target(name, frozenset(name)) for name in "abcd"]

    leaks = Attacker(most, known).leaks(targets)

    assert [(leak.low, leak.high) for leak in leaks] == [(1, 1)] * 4


def test_whole_numbers_tell_more_than_fractions() -> None:
    """A weighted sum that few whole numbers meet: fractions see a range, a patient reader one."""
    most = {"a": 20, "b": 20}
    sharp = Known("estimate", {"a": 0.31, "b": 0.17}, 1.6399, 1.6401)

    attacker = Attacker(most, [sharp])

    assert attacker.range(Target("a", frozenset("a"))) == (2, 2)
    assert attacker.leaks([Target("a", frozenset("a"))]) != []


def test_figures_that_contradict_each_other_are_refused() -> None:
    known = [Known("one", {"a": 1.0}, 3, 3), Known("other", {"a": 1.0}, 4, 4)]

    with pytest.raises(SamplingError, match="contradict"):
        Attacker({"a": 9}, known).leaks([Target("a", frozenset("a"))])


# --- what the editions say ------------------------------------------------------------------------


def test_the_truth_meets_every_figure_that_an_attacker_is_given() -> None:
    """Else the attacker would be looking for something else than what is there."""
    for groups in (None, ((1, 1), (2, 3)), ((1, 2), (3, 3))):
        public = editions.public(document("full"), groups)

        for known in (
            *attackers.official(kept(), public),
            *attackers.published(kept(), public),
        ):
            truth = kept().truth(known)
            assert known.low - 1e-9 <= truth <= known.high + 1e-9, known.what


def test_the_clean_report_passes() -> None:
    assert disclosure.first_leaks(kept(), document()) == []


def test_groups_that_give_a_class_away_are_merged_and_said_to_be() -> None:
    by_size = editions.public(document("full"))
    assert by_size["disclosure"]["groups"] == [[1, 1], [2, 2], [3, 3]]
    assert disclosure.first_leaks(kept(), by_size) != []

    told = document()["disclosure"]

    assert (told["groups"], told["merged"]) == ([], 2)
    assert "strata" in told["withheld"]


@pytest.mark.parametrize("kind", ["wrong_exit", "missed"])
def test_a_county_with_few_cases_shows_no_groups(kind: str) -> None:
    nothing = {"wrong_exit": 0, "missed": 0, "approves": 1}
    done = county().interviews.filter(outcome="respondent")
    found_ = {unit: dict(nothing) for unit in done["unit_id"]}
    household_class = "E" if kind == "wrong_exit" else "N"
    unit, persons = done.filter(household_class=household_class)["unit_id", "persons"].row(0)
    found_[unit][kind] = persons
    one_case = a_county(found_)

    public = disclosure.public_edition(one_case, a_full_edition(one_case))

    assert (public["strata"], public["disclosure"]["groups"]) == ([], [])


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [
        ({(1, 1): (9, 200), (2, 2): (8, 150), (3, 3): (6, 130)}, ((1, 1), (2, 2), (3, 3))),
        ({(1, 1): (9, 200), (2, 2): (8, 150), (3, 3): (4, 130)}, ((1, 1), (2, 3))),
        ({(1, 1): (9, 200), (2, 2): (8, 90), (3, 3): (6, 130)}, ((1, 1), (2, 3))),
        ({(1, 1): (2, 40), (2, 2): (2, 50), (3, 3): (6, 130)}, ((1, 3),)),
        ({(1, 1): (2, 40)}, ((1, 1),)),
    ],
)
def test_small_groups_merge_upward_by_rule(sizes: Any, groups: Any) -> None:
    cell = {"households": 100, "villages": 5}

    merged = editions.large_enough(sizes, cell)

    # The second row of the last but one: 1 and 2 merge first, and are still too small.
    assert merged == groups


def test_the_public_edition_follows_from_printed_figures_only() -> None:
    """Digits behind those printed reach neither the public document nor, so, its charts."""
    finer = document("full")
    for row in (*finer["indicators"], *finer["runs"]):
        for name in ("value", "se"):
            row["estimate"][name] += 1e-8
        row["estimate"]["low"] += 1e-9

    coarse = editions.public(document("full"), ((1, 1), (2, 3)))

    assert to_bytes(editions.public(finer, ((1, 1), (2, 3)))) == to_bytes(coarse)


def test_no_village_household_or_count_below_the_county_is_named() -> None:
    text = written("public").decode()
    full = document("full")

    for row in full["confirmed"]:
        assert row["unit_id"] not in text
        assert row["village_code"] not in text
    assert {key for row in document()["townships"] for key in row} == {
        *("town_code", "name_zh", "villages", "households", "response")
    }
    assert all(row["households"] % 10 == 0 for row in document()["townships"])
    assert document()["cases"] == full["cases"]


def test_every_thing_withheld_is_said_to_be() -> None:
    public, full = document(), document("full")
    gone = set(full) - set(public)

    assert gone == {"confirmed", "nonce", "runs"}
    assert gone <= set(public["disclosure"]["withheld"])
    for code in ("interviews_sha256", "statements", "township_incidence", "villages"):
        assert code in public["disclosure"]["withheld"]


# --- planted leaks ------------------------------------------------------------------------------


def test_county_total_minus_published_parts_is_found() -> None:
    planted = document()
    for row in planted["townships"][:-1]:
        row["cases"] = {"wrong_exit": found("fallen", town_code=row["town_code"])}

    assert disclosure.first_leaks(kept(), planted) != []


def test_a_zero_cell_is_found() -> None:
    planted = document()
    empty = next(town for town in towns() if not found("fallen", town_code=town))
    (row,) = (one for one in planted["townships"] if one["town_code"] == empty)
    row["cases"] = {"wrong_exit": 0}

    cells = kept().cells.filter(kind="fallen", town_code=empty)
    target = Target("the town", frozenset(f"x/{name}" for name in cells["name"]))
    (leak,) = attackers.reader(kept(), planted).leaks([target])

    assert disclosure.first_leaks(kept(), planted) != []
    assert (leak.low, leak.high) == (0, 0)
    assert leak.high_alone > 0


def test_the_place_of_a_mark_in_a_chart_is_found() -> None:
    """The chart of a group drawn from all its digits, the label beside it withheld."""
    remote, terms = remote_villages()
    seen = remote.estimate.value - remote.footing.offset
    mark = Known("mark in the chart", terms, seen - 1e-7, seen + 1e-7)

    assert disclosure.first_leaks(kept(), document(), [mark]) != []


def remote_villages() -> tuple[Indicator, Any]:
    """The incidence of the remotest class with all its digits, and how cases add up to it."""
    planted = attackers.published(kept(), editions.public(document("full"), ((1, 2), (3, 3))))
    (terms,) = (one.terms for one in planted if one.what == "group 3-3")
    return estimates.compute(county()).incidence["run/3-3"], terms


def test_an_interval_with_all_its_digits_tells_the_estimate_that_was_rounded() -> None:
    """Remote villages to three per cent up and down: harmless alone, not beside exact bounds."""
    indicator, terms = remote_villages()
    share, scale = indicator.footing.share, indicator.footing.scale
    rounded = Range(max(share - 0.03, 1e-9), share + 0.03)
    ends = (indicator.estimate.low, indicator.estimate.high)
    low, high = ((end - indicator.footing.offset) / scale for end in ends)
    size = indicator.footing.n_eff
    exact = shares_behind(
        rounded,
        low=Range(low, low),
        high=Range(high, high),
        n_eff=Range(size, size),
        level=kept().analysis.two_sided,
        method=kept().analysis.interval,
    )

    classes = [one for one in kept().targets("fallen") if "fallen y class" in one.what]

    def held(known: Range) -> list[Any]:
        figure = Known("remote villages", terms, known.low * scale, known.high * scale)
        return attackers.reader(kept(), document(), figure).leaks(classes)

    assert exact.low - 1e-9 <= share <= exact.high + 1e-9
    assert exact.high - exact.low < 1e-6
    assert held(rounded) == []
    assert held(exact) != []


def test_bounds_and_other_denominators_of_the_county_are_held_against_it() -> None:
    """They narrow what page 1 says already, so the attacker is given them too."""
    figures = {one.what: one for one in attackers.official(kept(), document())}
    alone = document()
    for one in alone["indicators"]:
        del one["estimate"]["n_eff"]
        one["variants"] = []
    plain = {one.what: one for one in attackers.official(kept(), alone)}

    assert figures.keys() - plain.keys() == {"missed_rate (a)", "poverty_incidence (a)"}
    widths = {
        what: (one.high - one.low, plain[what].high - plain[what].low)
        for what, one in figures.items()
        if what in plain
    }
    assert all(narrow <= wide + 1e-15 for narrow, wide in widths.values())
    assert sum(narrow < 0.9 * wide for narrow, wide in widths.values()) >= 2


def test_the_other_denominator_of_a_class_is_found() -> None:
    """Missed over all persons of the near villages, with its digits: another set of weights."""
    near = {f"y/{name}" for name in kept().cells.filter(kind="missed", remoteness_class=1)["name"]}
    terms = {name: c for name, c in kept().missed_of_all.items() if name in near}
    value = kept().truth(Known("", terms, 0, 0))

    planted = Known("missed of the near villages, basis a", terms, value - 1e-7, value + 1e-7)

    assert disclosure.first_leaks(kept(), document(), [planted]) != []


def test_what_one_edition_says_beside_the_other_is_found() -> None:
    """The public edition with one more group than the county's earlier one: their difference."""
    groups = editions.public(document("full"), ((1, 1), (2, 3)))
    more = attackers.published(kept(), groups)

    assert disclosure.first_leaks(kept(), document(), more) != []


def test_disapproval_of_a_township_is_found() -> None:
    cells = kept().cells.filter(kind="against", town_code=towns()[0])
    terms = {f"x/{name}": 1.0 for name in cells["name"]}
    count = found("against", town_code=towns()[0])
    share = Known("approval of a township", terms, count, count)

    assert disclosure.first_leaks(kept(), document("public"), [share]) != []


def test_an_exact_response_tells_who_refused() -> None:
    full = document("full")
    assert disclosure.refusals_leak(county(), full) == []
    done = county().interviews.filter(pl.col("outcome") == "respondent")
    row = next(one for one in full["townships"] if one["response"]["high"] == 1)
    town = next(place for place in county().places if place.code == row["town_code"])
    missing = [
        sum(count for name, count in disclosure._asked(county()).items() if name.startswith(psu))
        - done.filter(psu=psu).height
        for psu in sorted(town.domain.villages)
    ]
    terms = {
        f"{why}/{psu}/{part}": 1.0
        for psu in town.domain.villages
        for why in "ro"
        for part in ("EN", "P")
        if f"{psu}/{part}" in disclosure._asked(county())
    }
    exact = Known("completed, to the household", terms, sum(missing), sum(missing))

    assert disclosure.refusals_leak(county(), full, [exact]) != []


QUIET = "990001102"
NOTHING = {"wrong_exit": 0, "missed": 0}
REFUSED = {
    "disposition": "refused",
    **dict.fromkeys(("wrong_exit", "missed", "approves", "recurrence", "class_found")),
}


def in_quiet_township(**where: Any) -> pl.DataFrame:
    """Households of a township where few did not answer, but for class P."""
    here = (pl.col("psu").str.starts_with(QUIET), pl.col("household_class") != "P")
    return county().interviews.filter(*here, **where)


def a_quiet_county(**refusing: Any) -> CountyData:
    """The county with no case in that township; `refusing` by unit."""
    clean = dict.fromkeys(in_quiet_township(outcome="respondent")["unit_id"], NOTHING)
    return a_county({**clean, **refusing}, sat_overall=OVERALL)


def quiet_row(of: CountyData) -> tuple[dict[str, Any], dict[str, Any]]:
    """The full edition of a county, and the row of that township."""
    full = a_full_edition(of)
    return full, next(row for row in full["townships"] if row["town_code"] == QUIET)


def test_an_effective_size_beside_its_design_effect_tells_how_many_answered() -> None:
    quiet = a_quiet_county()
    full, row = quiet_row(quiet)
    answered = in_quiet_township(outcome="respondent").height
    assert 0 < in_quiet_township().height - answered < 5
    assert row["incidence"]["se"] == 0
    assert disclosure.refusals_leak(quiet, full) == []

    row["incidence"] |= {"deff": 3.25, "n_eff": answered / 3.25}

    found_ = disclosure.refusals_leak(quiet, full)
    assert found_ != []
    assert all(leak.high < min(5, leak.high_alone) for leak in found_)
    assert all(QUIET in leak.target.what for leak in found_)


def test_figures_of_a_township_do_not_tell_whether_one_more_answered() -> None:
    """Where nothing is found the upper end follows from how many answered, and would tell it."""
    one_more = in_quiet_township(outcome="respondent", household_class="N")["unit_id"][0]

    rows = [quiet_row(of)[1] for of in (a_quiet_county(), a_quiet_county(**{one_more: REFUSED}))]

    assert rows[0]["incidence"] == rows[1]["incidence"]
    assert rows[0]["response"] == rows[1]["response"]
    shown = rows[0]["incidence"]
    assert shown["n_eff"] * shown["deff"] <= shown["n"] + 1


def test_a_full_edition_that_tells_who_refused_loses_the_response_of_townships() -> None:
    full = document("full")
    full["townships"][0]["response"] = {"low": 1.0, "high": 1.0}
    rows = full["townships"][1:]
    silent = disclosure._silent(county())
    assert silent > 5
    for row in rows:
        row["response"] = {"low": 0.5, "high": 0.5}

    with pytest.raises(SamplingError, match="contradict"):
        disclosure.refusals_leak(county(), full)
    assert printed.share(72, 72) == {"low": 0.93, "high": 1.0}


def test_the_digest_of_a_full_edition_without_nonce_confirms_a_guess() -> None:
    full = document("full")

    def guessed(digest: str, known: dict[str, Any]) -> list[int]:
        """Counts of persons for which the document has the digest, all else being known."""
        hits = []
        for persons in range(1, 12):
            guess = json.loads(to_bytes(known))
            guess["confirmed"][0]["persons"] = persons
            if hashlib.sha256(to_bytes(guess)).hexdigest() == digest:
                hits.append(persons)
        return hits

    bare = {key: value for key, value in full.items() if key != "nonce"}
    truth = full["confirmed"][0]["persons"]
    assert guessed(hashlib.sha256(to_bytes(bare)).hexdigest(), bare) == [truth]
    assert guessed(hashlib.sha256(to_bytes(full)).hexdigest(), bare) == []
    disclosure.refuse_guessable(full, document())
    for broken in (bare, {**full, "nonce": "00"}):
        with pytest.raises(PublicationLeaks, match="nonce"):
            disclosure.refuse_guessable(broken, document())


@pytest.mark.parametrize("secret", ["nonce", "bare", "confirmed"])
def test_a_digest_of_what_is_withheld_is_refused(secret: str) -> None:
    full, planted = document("full"), document()
    bare = {key: value for key, value in full.items() if key != "nonce"}
    planted["provenance"]["further"] = {
        "nonce": full["nonce"],
        "bare": hashlib.sha256(to_bytes(bare)).hexdigest(),
        "confirmed": hashlib.sha256(to_bytes({"confirmed": full["confirmed"]})).hexdigest(),
    }[secret]

    with pytest.raises(PublicationLeaks, match="digest"):
        disclosure.refuse_guessable(full, planted)


# --- every number is traced ---------------------------------------------------------------------


@cache
def file() -> bytes:
    return render(VerdictSheet.from_json(written("public")))


def test_the_rendered_file_tells_nothing_but_the_figures_of_its_document() -> None:
    tracing.trace(file(), document(), written("public"))


def test_the_file_is_read_as_another_reader_reads_it() -> None:
    def digits(text: str) -> str:
        return "".join(sorted(character for character in text if character.isdigit()))

    pages = PdfReader(io.BytesIO(file())).pages

    for page, texts in zip(pages, read(file()).pages, strict=True):
        assert digits("".join(text.words for text in texts)) == digits(page.extract_text())


def test_bookmarks_alternative_texts_metadata_and_attachment_are_read() -> None:
    found_ = read(file())

    assert any("图" in text for text in found_.spoken)
    assert any("How sure" in text or "把握" in text for text in found_.spoken)
    assert any("990001" in text for text in found_.metadata)
    assert found_.attached == {"verdict.json": written("public")}
    assert all(places for places in found_.places)


@pytest.mark.parametrize(
    "text",
    [
        "某乡 17 户疑似",
        "of them 17 households",
        "错退率 1.5873%",
        "Chart: the third bar stands at 0.0312",
        "村 990001101203",
        "17",
    ],
)
def test_a_number_from_elsewhere_stops_the_issue(text: str) -> None:
    with pytest.raises(UntracedNumber):
        tracing.untraced([Text(text, "P")], document(), pages=4)


def test_an_axis_is_labelled_in_a_chart_and_nowhere_else() -> None:
    tracing.untraced([Text("1.25", "Figure")], document(), pages=4)

    with pytest.raises(UntracedNumber):
        tracing.untraced([Text("1.25", "TD")], document(), pages=4)


@pytest.mark.parametrize("name", ["confirmed", "agreement", "incidence"])
def test_a_further_figure_of_a_township_stops_the_issue(name: str) -> None:
    planted = document()
    planted["townships"][0][name] = 0

    with pytest.raises(UntracedNumber, match=name):
        disclosure.first_leaks(kept(), planted)


def test_an_attachment_of_another_edition_stops_the_issue() -> None:
    with pytest.raises(UntracedNumber, match=r"verdict\.json"):
        tracing.trace(file(), document(), written("full"))
