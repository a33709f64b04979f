"""Tables of verdict.json, full edition: places, satisfaction, cases, files, other sources.

What bears on answers of households (how they were asked, what they think, who answered at all) is
no finer than it is printed even here: the county reads this edition, and a household must not pay
for an answer.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from inspect_app.rules.approval import DISCONTENT, MAJORITY, SUBJECTS
from inspect_app.rules.grades import grade
from inspect_app.rules.states import CaseKind, CaseState
from inspect_app.services import printed
from inspect_app.services.circumstances import Agreed, Confirmed, Followed
from inspect_app.services.estimates import CountyData, Figures
from inspect_app.services.places import Place
from report_templates.figures import Rule
from sampling.estimate import Estimate
from sampling.incidence import difference
from sampling.satisfaction import Question

NOT_CONTENT = ("neutral", *sorted(DISCONTENT), "unaware")
HARMFUL = {
    "overall": ("no",),
    "overall_without_discontent": ("no", *sorted(DISCONTENT)),
    "overall_without_dissent": ("no", *sorted(DISCONTENT), "unaware"),
}
"""Answers that no household gives which approves, by the reading of the rule."""
STEPS = ("flagged", "revisited", "replied", "overturned", "confirmed", "undecided")


def estimate(found: Estimate) -> dict[str, Any]:
    """Write an estimate with all its digits."""
    return {
        "value": found.value,
        "se": found.se,
        "low": found.low,
        "high": found.high,
        "deff": found.deff,
        "df": found.df,
        "n": found.n,
        "n_eff": found.n_eff,
        "unit": found.unit,
    }


def strata(
    data: CountyData, figures: Figures, rule: Rule, *, kind: str = "stratum"
) -> list[dict[str, Any]]:
    """Incidence of the strata or, as `run`, of all runs of neighbouring remoteness classes."""
    classes = max((place.last for place in data.places), default=1)
    return [
        {
            "stratum": place.code,
            "remoteness_class": place.first,
            "remoteness_to": place.last,
            "classes": classes,
            "villages": len(place.domain.villages),
            "households": sum(place.opened.values()),
            **found,
        }
        for place in data.places
        if place.kind == kind
        if (found := _incidence(place, figures, rule, data.analysis.icc)) is not None
    ]


def _incidence(place: Place, figures: Figures, rule: Rule, icc: float) -> dict[str, Any] | None:
    """Estimate a place as if just the households that are named had answered.

    Where nothing was found, the effective size and the upper end follow from how many answered:
    with all their digits they would tell how many did not, in a township of a few households. So
    they rest on the households named and a whole effective size, which makes them a little wider.
    None where there is no estimate, or too few households for a round number of them.
    """
    found = figures.incidence.get(place.name)
    if found is None:
        return None
    plain, footing = found.estimate, found.footing
    measured = place.opened.get("E", 0) + place.opened.get("N", 0)
    n = printed.at_least(plain.n, measured)
    if not n:
        return None

    def planned(households: int) -> float:
        return max(1.0, 1 + (households / footing.villages - 1) * icc)

    size = max(1, int(footing.n_eff * n / plain.n * planned(plain.n) / planned(n)))
    value, low, high = footing.at(footing.share, size)
    _, low_95, high_95 = replace(footing, confidence=0.975).at(footing.share, size)
    shown = {
        **estimate(plain),
        "value": value,
        "low": low,
        "high": high,
        "deff": n / size if plain.se == 0 else plain.deff * n / plain.n,
        "n": n,
        "n_eff": size,
    }
    return {
        "estimate": printed.estimate(shown, rule),
        "interval_95": printed.interval({"low": low_95, "high": high_95}, rule),
    }


def highest(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Say which stratum is higher: as a fact only if the interval of the difference excludes 0."""
    if len(rows) < 2:
        return []
    high = max(rows, key=lambda row: row["estimate"]["value"])
    low = min(rows, key=lambda row: row["estimate"]["value"])
    _, lower, _ = difference(Estimate(**high["estimate"]), Estimate(**low["estimate"]))
    return [
        {
            "code": "strata.differ" if lower > 0 else "strata.overlap",
            "place": "strata",
            "args": {"high": _classes(high), "low": _classes(low)},
        }
    ]


def _classes(row: Mapping[str, Any]) -> int | list[int]:
    first, last = row["remoteness_class"], row["remoteness_to"]
    return first if first == last else [first, last]


def townships(
    data: CountyData, figures: Figures, rule: Rule, *, revisits: Mapping[str, Agreed]
) -> list[dict[str, Any]]:
    """List the townships visited; `revisits` by village.

    An estimate of a township is graded by `rules.grades`; where there is none, it says so.
    """
    names = {village.town_code: village.town_name for village in data.villages}
    done = data.interviews.filter(pl.col("outcome") == "respondent")
    in_scope = data.interviews.filter(pl.col("outcome") != "out_of_scope")
    rows = []
    for place in (one for one in data.places if one.kind == "town"):
        here = pl.col("psu").is_in(list(place.domain.villages))
        found = _incidence(place, figures, rule, data.analysis.icc)
        agreed = sum(
            (revisits.get(village, Agreed()) for village in place.domain.villages), Agreed()
        )
        rows.append(
            {
                "town_code": place.code,
                "name_zh": names[place.code],
                "villages": len(place.domain.villages),
                "households": sum(place.opened.values()),
                "response": printed.share(done.filter(here).height, in_scope.filter(here).height),
                "incidence": found and found["estimate"],
                "revisits": agreed.interviews,
                "agreement": agreed.share,
                **grade(Estimate(**found["estimate"]) if found else None, threshold=rule.threshold),
            }
        )
    return rows


def satisfaction(questions: Iterable[Question]) -> list[dict[str, Any]]:
    """Answers to each question, as printed."""
    return [
        {
            "code": question.code,
            "n": question.n,
            "shares": {
                answer: printed.rate(share, decimals=1) for answer, share in question.shares.items()
            },
            "satisfied": {
                "value": printed.rate(question.satisfied.value, decimals=1),
                **printed.interval(
                    {"low": question.satisfied.low, "high": question.satisfied.high}, decimals=1
                ),
            },
        }
        for question in questions
    ]


def approval(rule: str, questions: Iterable[Question]) -> dict[str, Any]:
    """Say how one yes is made of the answers, and the most it can come to by them.

    at_most : of households that answered every question; see `rules.approval` for the readings
    """
    shares = {question.code: question.shares for question in questions}

    def left(code: str, harmful: Iterable[str]) -> float:
        return 1 - sum(shares[code].get(answer, 0.0) for answer in harmful)

    if rule in HARMFUL:
        ceilings = [left(code, HARMFUL[rule]) for code in shares]
    else:
        content = [left(code, NOT_CONTENT) for code in shares if code in SUBJECTS]
        ceilings = [min(content, default=1.0), min(1.0, sum(content) / MAJORITY)]
        ceilings = ceilings[:1] if rule == "all_four" else ceilings[1:]
    most = printed.rate(min(ceilings), decimals=1) if shares else None
    return {"rule": rule, "at_most": most}


def cases(followed: Iterable[Followed]) -> dict[str, Any]:
    """Count what became of suspected cases by kind, in households; and confirmed persons."""
    flows = {kind.value: Counter[str]() for kind in CaseKind}
    for one in followed:
        flow = flows[one.kind]
        flow["flagged"] += 1
        flow["replied"] += one.replied
        flow["revisited"] += one.revisited
        flow[one.state] += 1
        if one.state == CaseState.CONFIRMED:
            flow["confirmed_persons"] += one.persons
    return {
        kind: {step: flow[step] for step in (*STEPS, "confirmed_persons")}
        for kind, flow in flows.items()
    }


def confirmed(found: Iterable[Confirmed], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Annex A: confirmed cases by register code, with their ground; nobody's answers."""
    return [
        {
            "unit_id": one.unit_id,
            "village_code": one.village_code,
            "village_zh": names.get(one.village_code, ""),
            "kind": one.kind,
            "persons": one.persons,
            "blocks": list(one.blocks),
            "evidence_date": one.evidence_date and one.evidence_date.isoformat(),
            "ruled_on": one.ruled_on and one.ruled_on.isoformat(),
        }
        for one in found
    ]


def files(data: CountyData, listed: Mapping[str, int]) -> list[dict[str, Any]]:
    """Hold what the register says against what was found, item by item.

    listed : unit -> persons by the register
    """
    done = data.interviews.filter(pl.col("outcome") == "respondent")
    items = {
        "class": [(row["household_class"], row["class_found"]) for row in done.to_dicts()],
        "persons": [
            (listed[row["unit_id"]], row["persons"])
            for row in done.to_dicts()
            if row["unit_id"] in listed and row["household_class"] in ("E", "P")
        ],
    }
    return [
        {
            "item": item,
            "compared": len(pairs),
            "agree": printed.share(sum(a == b for a, b in pairs), len(pairs)),
        }
        for item, pairs in items.items()
    ]


def sources(data: CountyData) -> list[dict[str, Any]]:
    """Other figures of the same county, each with how it is defined."""
    totals = data.totals
    persons = {
        "persons_e": totals.persons_e,
        "persons_p": totals.persons_p,
        "persons_n": totals.persons_n,
        "persons_rural": totals.persons_rural,
    }
    document = data.totals_document
    counted = [
        {"code": code, "value": value, "unit": "persons", "document": document}
        for code, value in persons.items()
    ]
    share = totals.persons_p / totals.persons_rural
    return [
        {"code": "register_incidence", "value": share, "unit": "rate", "document": document},
        *counted,
    ]
