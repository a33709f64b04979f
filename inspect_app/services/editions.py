"""The two editions of a verdict, and by which rules the public one follows from the full one.

`public` is a pure function of the full document. Whatever the county's page 1 says is the official
result and is published, no finer than it is printed. Below the county no count of cases is, zeros
included; estimates stand by groups of remoteness classes large enough (`small_cell` of the rule
book), or by none. What is withheld is named, so that a reader knows of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from inspect_app.services import printed, tables
from report_templates.figures import Rule

FULL, PUBLIC = "full", "public"
EDITIONS = (FULL, PUBLIC)
Group = tuple[int, int]
"""First and last remoteness class of a group, 1 being near."""

WITHHELD = (
    "confirmed",
    "interviews_sha256",
    "nonce",
    "runs",
    "statements",
    "township_agreement",
    "township_incidence",
    "villages",
)
"""What the public edition never holds; `strata` comes to it where only the county is left, and
`township_response` where it would tell who refused."""
ONE_DECIMAL = ("response_rate", "replacement_rate")
IN_PUBLIC_TOWNSHIP = ("town_code", "name_zh", "villages", "response")


def public(full: Mapping[str, Any], groups: Sequence[Group] | None = None) -> dict[str, Any]:
    """Derive the public edition of a complete verdict.json.

    Parameters
    ----------
    full : the full edition with everything `as_version` adds
    groups : of remoteness classes to estimate, near to remote; large enough ones by default
    """
    cell = full["rulebook"]["settings"]["small_cell"]
    smallest = sizes(full)
    chosen = tuple(groups) if groups is not None else large_enough(smallest, cell)
    judged = {
        one["code"]: (Rule(one["threshold"], one["strict"], one["direction"]), one["finding"])
        for one in full["indicators"]
    }
    strata = _strata(full, chosen, judged["poverty_incidence"][0])
    said = [one for one in full["sentences"] if one["place"] != "strata"]
    withheld = [*WITHHELD, *([] if strata else ["strata"])]
    if any(row["response"] is None for row in full["townships"]):
        withheld.append("township_response")
    kept = {
        key: full[key]
        for key in (
            *("schema", "number", "version", "replaces", "simulated", "county", "campaign"),
            *("rulebook", "verdict", "cases", "trend", "sources", "seals"),
            *("files", "approval", "satisfaction"),
        )
    }
    return {
        **kept,
        "edition": PUBLIC,
        "sample": _sample(full["sample"]),
        "indicators": [printed.indicator(one) for one in full["indicators"]],
        "strata": strata,
        "townships": [_township(one) for one in full["townships"]],
        "open": _open(full["open"]),
        "corrections": [{**one, "note": None} for one in full["corrections"]],
        "hearing": {key: value for key, value in full["hearing"].items() if key != "statements"}
        | {"statements": len(full["hearing"]["statements"])},
        "sentences": [
            *(_sentence(one, judged) for one in said),
            *tables.highest(strata),
        ],
        "provenance": {
            key: value for key, value in full["provenance"].items() if key != "interviews_sha256"
        },
        "disclosure": {
            "small_cell": dict(cell),
            "groups": [list(group) for group in chosen] if strata else [],
            "merged": len(smallest) - len(chosen),
            "withheld": sorted(withheld),
        },
    }


def sizes(full: Mapping[str, Any]) -> dict[Group, tuple[int, int]]:
    """Villages and households of each remoteness class that has an estimate."""
    return {
        (run["remoteness_class"], run["remoteness_to"]): (run["villages"], run["estimate"]["n"])
        for run in full["runs"]
        if run["remoteness_class"] == run["remoteness_to"]
    }


def large_enough(
    classes: Mapping[Group, tuple[int, int]], cell: Mapping[str, int]
) -> tuple[Group, ...]:
    """Merge neighbouring classes until every group has enough villages and households.

    The smallest group goes first, to its smaller neighbour.

    Examples
    --------
    >>> cell = {"households": 100, "villages": 5}
    >>> large_enough({(1, 1): (9, 200), (2, 2): (4, 90), (3, 3): (6, 130)}, cell)
    ((1, 1), (2, 3))
    """
    found = {group: classes[group] for group in sorted(classes)}
    while len(found) > 1:
        small = [
            group
            for group, (villages, households) in found.items()
            if villages < cell["villages"] or households < cell["households"]
        ]
        if not small:
            break
        found = _merged(found, min(small, key=lambda group: (found[group][1], group)))
    return tuple(found)


def whole(classes: Iterable[Group]) -> tuple[Group, ...]:
    """Put all classes into one group, which is the county.

    Examples
    --------
    >>> whole({(1, 1): (9, 200), (2, 2): (4, 90)})
    ((1, 2),)
    """
    ends = list(classes)
    return ((min(first for first, _ in ends), max(last for _, last in ends)),) if ends else ()


def coarser(
    groups: Sequence[Group], leaking: Iterable[Group], classes: Mapping[Group, tuple[int, int]]
) -> tuple[Group, ...]:
    """Merge the smallest of the groups that give something away with its smaller neighbour."""
    found = {
        (first, last): (
            sum(size[0] for (a, b), size in classes.items() if first <= a and b <= last),
            sum(size[1] for (a, b), size in classes.items() if first <= a and b <= last),
        )
        for first, last in groups
    }
    if len(found) < 2:
        return tuple(found)
    candidates = [group for group in leaking if group in found] or list(found)
    return tuple(_merged(found, min(candidates, key=lambda group: (found[group][1], group))))


def _merged(found: Mapping[Group, tuple[int, int]], group: Group) -> dict[Group, tuple[int, int]]:
    order = list(found)
    at = order.index(group)
    neighbours = [order[i] for i in (at - 1, at + 1) if 0 <= i < len(order)]
    other = min(neighbours, key=lambda one: (found[one][1], one))
    union = (min(group[0], other[0]), max(group[1], other[1]))
    size = tuple(a + b for a, b in zip(found[group], found[other], strict=True))
    return {
        key: value
        for key, value in sorted(
            {
                **{one: found[one] for one in order if one not in (group, other)},
                union: (size[0], size[1]),
            }.items()
        )
    }


def _strata(full: Mapping[str, Any], groups: Sequence[Group], rule: Rule) -> list[dict[str, Any]]:
    """Estimates by group; none where one group is left, which is the county."""
    runs = {(run["remoteness_class"], run["remoteness_to"]): run for run in full["runs"]}
    if len(groups) < 2 or any(group not in runs for group in groups):
        return []
    return [
        {
            **runs[group],
            "households": printed.tens(runs[group]["households"]),
            "estimate": printed.estimate(runs[group]["estimate"], rule),
            "interval_95": printed.interval(runs[group]["interval_95"], rule),
        }
        for group in groups
    ]


def _sample(sample: Mapping[str, Any]) -> dict[str, Any]:
    """Counts of the county; what the plan could reach was known before anybody was asked."""
    return {**sample, **{name: printed.rate(sample[name], decimals=1) for name in ONE_DECIMAL}}


def _township(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: row[name] for name in IN_PUBLIC_TOWNSHIP}
    return {**kept, "households": printed.tens(row["households"])}


def _open(row: Mapping[str, Any]) -> dict[str, Any]:
    """Counts of the county only: leads and waivers in all, agreement in whole per cent."""
    agreement = row["blind_agreement"]
    return {
        **row,
        "blind_agreement": None if agreement is None else round(agreement, 2),
        "leads": {"all": sum(row["leads"].values())},
        "waived": {"all": sum(row["waived"].values())},
    }


def _sentence(
    sentence: Mapping[str, Any], judged: Mapping[str, tuple[Rule, str | None]]
) -> dict[str, Any]:
    """Round what a sentence says as the report prints it."""
    arguments = dict(sentence["args"])
    rule, finding = judged.get(arguments.get("indicator", ""), (None, None))
    for name, value in sentence["args"].items():
        if name in ("estimate", "ratio", "value"):
            arguments[name] = printed.rate(value, rule)
        elif name == "bound" and rule is not None:
            passes = finding is None or finding.startswith("met")
            end = "high" if passes == (rule.direction == "below") else "low"
            arguments[name] = printed.interval({"low": value, "high": value}, rule)[end]
        elif name == "deff":
            arguments[name] = round(value, 2)
        elif name == "n_eff":
            arguments[name] = int(value)
        elif name == "response_rate":
            arguments[name] = printed.rate(value, decimals=1)
        elif name == "replacement_rate":
            alarm = Rule(arguments["alarm_rate"], strict=False, direction="below")
            arguments[name] = printed.rate(value, alarm, decimals=1)
    return {**sentence, "args": arguments}
