"""The verdicts of a campaign side by side: for the commissioner, and for machines.

Figures stand here as the reports print them; only the number of wrong passes and the list are
computed from the digits behind them.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from inspect_app.rules.errors import Conflict, Unknown
from inspect_app.services import printed
from inspect_app.services.documents import to_bytes
from inspect_app.services.editions import FULL, PUBLIC
from inspect_app.version import SOFTWARE
from report_templates import gate, summary
from report_templates.press import Sheet
from report_templates.summary_sheet import SCHEMA
from sampling.findings import Footing, Rule
from sampling.passes import (
    Judged,
    benjamini_hochberg,
    county_p_value,
    expected_wrong_passes,
)

Q = 0.05
METHODS = ("korn-graubard", "wilson", "logit", "likelihood")


def render(sheets: Sequence[Sheet]) -> bytes:
    """Draw the summary of all verdicts given, and let the gate look at it.

    Raises
    ------
    Unknown : no full edition is among them
    Conflict : they belong to more than one campaign, or one county has two
    """
    document = summary.render(summary.SummarySheet.from_json(to_bytes(content(sheets))))
    gate.check(document)
    return document


def content(sheets: Sequence[Sheet]) -> dict[str, Any]:
    """Build summary.json from the full editions, counties in the order of their codes."""
    documents = [(json.loads(sheet.content), sheet.digest) for sheet in sheets]
    full = {said["number"]: (said, sha256) for said, sha256 in documents if said["edition"] == FULL}
    public = {said["number"]: sha256 for said, sha256 in documents if said["edition"] == PUBLIC}
    if not full:
        raise Unknown("There is no full edition of any verdict.")
    rows = sorted((said for said, _ in full.values()), key=lambda one: one["county"]["adcode"])
    _refuse_mixture(rows)
    judged = {said["county"]["adcode"]: judged_figures(said) for said in rows}
    listed = benjamini_hochberg({code: county_p_value(one) for code, one in judged.items()}, q=Q)
    stand = {one.county for one in listed}
    first = rows[0]["campaign"]
    wrong = expected_wrong_passes(judged)
    return {
        "schema": SCHEMA,
        "campaign": {
            name: first[name] for name in ("id", "name_zh", "name_en", "agency_zh", "agency_en")
        },
        "simulated": any(said["simulated"] for said in rows),
        "release_date": max(said["campaign"]["release_date"] for said in rows),
        "q": Q,
        "passes": {
            **{name: getattr(wrong, name) for name in ("counties", "passes", "established")},
            # No finer than they are printed: two summaries must not tell one county's digits.
            **{
                name: round(getattr(wrong, name), 1)
                for name in ("expected", "expected_established", "at_threshold")
            },
        },
        "counties": [
            {
                **_row(said),
                "listed": said["county"]["adcode"] in stand,
                "digests": {
                    FULL: full[said["number"]][1],
                    PUBLIC: public.get(said["number"]),
                },
            }
            for said in rows
        ],
        "software": SOFTWARE,
    }


def judged_figures(said: Mapping[str, Any]) -> list[Judged]:
    """Take from a verdict.json what its criteria prove, for `sampling.passes`."""
    confidence = said["rulebook"]["settings"]["confidence"]
    persons = {one["code"]: one["value"] for one in said.get("sources", ())}
    return [
        Judged(
            _footing(one, persons, confidence),
            Rule(repr(one["threshold"]), strict=one["strict"], direction=one["direction"]),
        )
        for one in said["indicators"]
        if not one["reference"]
    ]


def _footing(entry: Mapping[str, Any], persons: Mapping[str, float], confidence: float) -> Footing:
    """Go back from a figure to the share it was made of, by the interval it was printed with.

    The composite is what the official totals make of a share: persons who are poor anyway, and
    those of classes E and N.
    """
    found = entry["estimate"]
    offset, scale, mirrored = 0.0, 1.0, entry["code"] == "satisfaction_rate"
    if entry["code"] == "poverty_incidence" and persons.get("persons_rural"):
        rural = persons["persons_rural"]
        offset = persons["persons_p"] / rural
        scale = (persons["persons_e"] + persons["persons_n"]) / rural
    share = (found["value"] - offset) / scale
    share = min(max(1 - share if mirrored else share, 0.0), 1.0)

    def made(method: str) -> Footing:
        return Footing(
            share=share,
            n_eff=found["n_eff"],
            step=0.0,
            households=found["n"],
            villages=0,
            offset=offset,
            scale=scale,
            mirrored=mirrored,
            method=method,
            confidence=confidence,
        )

    def misses(footing: Footing) -> float:
        _, low, high = footing.at(share, footing.n_eff)
        return float(abs(low - found["low"]) + abs(high - found["high"]))

    return min((made(method) for method in METHODS), key=misses)


def _row(said: Mapping[str, Any]) -> dict[str, Any]:
    county, verdict = said["county"], said["verdict"]
    names = ("adcode", "name_zh", "name_en", "province_zh", "province_en")
    return {
        **{name: county[name] for name in names},
        "number": said["number"],
        "version": said["version"],
        "outcome": verdict["outcome"],
        "standing": verdict["standing"],
        "established": verdict["established"],
        "figures": [
            {
                "code": one["code"],
                "value": printed.indicator(one)["estimate"]["value"],
                "threshold": one["threshold"],
                "strict": one["strict"],
                "direction": one["direction"],
                "finding": one["finding"],
            }
            for one in said["indicators"]
            if not one["reference"]
        ],
    }


def _refuse_mixture(rows: Sequence[Mapping[str, Any]]) -> None:
    if len({said["campaign"]["id"] for said in rows}) > 1:
        raise Conflict("These verdicts belong to more than one campaign.")
    if len({said["county"]["adcode"] for said in rows}) < len(rows):
        raise Conflict("One county has two verdicts here.")
