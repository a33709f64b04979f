"""Figures no finer than they are printed, so that a file tells no more than its page.

A weighted rate with all its digits gives away which villages it comes from: weights are public,
and few sums of them meet ten digits. Counts of households near none or near all are given as a
range of at least five.
"""

import math
from collections.abc import Mapping
from typing import Any

from report_templates import figures
from report_templates.figures import Rule

LEAST = 5
"""Whoever reads a range must not be able to tell apart fewer households than this."""


def estimate(
    entry: Mapping[str, Any], rule: Rule | None = None, *, decimals: int = figures.DECIMALS
) -> dict[str, Any]:
    """Round an estimate as a page prints it: the interval outward, on its side of the rule."""
    return {
        **entry,
        "value": rate(entry["value"], rule, decimals=decimals),
        **interval(entry, rule, decimals=decimals),
        "se": rate(entry["se"]),
        "deff": round(entry["deff"], 2),
        "n_eff": int(entry["n_eff"]),
    }


def indicator(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Round one entry of `indicators`."""
    rule = Rule(entry["threshold"], entry["strict"], entry["direction"])
    return {
        **entry,
        "estimate": estimate(entry["estimate"], rule),
        "interval_95": interval(entry["interval_95"], rule),
        "undetermined": {
            **entry["undetermined"],
            "low": rate(entry["undetermined"]["low"], rule),
            "high": rate(entry["undetermined"]["high"], rule),
        },
        "variants": [
            {**one, "value": rate(one["value"]), **interval(one)} for one in entry["variants"]
        ],
    }


def rate(value: float, rule: Rule | None = None, *, decimals: int = figures.DECIMALS) -> float:
    """Round a rate as a page prints it."""
    return float(figures.rounded(value, rule, decimals=decimals).rate)


def interval(
    ends: Mapping[str, Any], rule: Rule | None = None, *, decimals: int = figures.DECIMALS
) -> dict[str, float]:
    """Round `low` and `high` outward."""
    return {
        "low": float(figures.lower(ends["low"], rule, decimals=decimals).rate),
        "high": float(figures.upper(ends["high"], rule, decimals=decimals).rate),
    }


def share(part: int, whole: int) -> dict[str, float] | None:
    """Give a share of households in whole per cent, as a range where it is near none or all.

    Examples
    --------
    >>> share(108, 117)
    {'low': 0.92, 'high': 0.92}
    >>> share(72, 72)
    {'low': 0.93, 'high': 1.0}
    """
    if not whole:
        return None
    low = high = round(part / whole, 2)
    if whole - part <= LEAST:
        low, high = math.floor(100 * max(whole - LEAST, 0) / whole) / 100, 1.0
    if part <= LEAST:
        low, high = 0.0, max(high, math.ceil(100 * min(LEAST, whole) / whole) / 100)
    return {"low": low, "high": high}


def tens(households: int) -> int:
    """Round a number of households to tens; at least ten where there are any."""
    return max(10, (households + 5) // 10 * 10) if households else 0


def at_least(households: int, opened: int) -> int:
    """A round number that so many of the households opened reach, five or more being left open."""
    return max(0, min(households, opened - LEAST)) // 10 * 10
