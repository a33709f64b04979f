"""What a value of a plan may be: one check for each kind, refusing by the path of its key."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Literal

from sampling.errors import PlanError

MOST = 1_000_000
LARGEST = 10**300
"""Beyond this a whole number of TOML is no float any more."""

Take = int | Literal["all"]
Check = Callable[[str, Any], Any]
"""`check(key, value)` returns the value as stored, or raises `PlanError`."""


def plain_text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise PlanError("plan.text", key=key, value=short(value))
    return value


def choice(*choices: str) -> Check:
    def check(key: str, value: Any) -> str:
        if value not in choices:
            raise PlanError("plan.choice", key=key, choices=", ".join(choices), value=short(value))
        return str(value)

    return check


def whole(low: int, high: int = MOST, *, code: str = "plan.whole") -> Check:
    def check(key: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise PlanError(code, key=key, low=low, high=high, value=short(value))
        return value

    return check


def whole_or_all(low: int) -> Check:
    count = whole(low, code="plan.whole_or_all")
    return lambda key, value: "all" if value == "all" else count(key, value)


def number(low: float, high: float, *, ends: Literal["", "both", "high"] = "") -> Check:
    """A number between two limits; `ends` names the limits that are allowed themselves."""
    allowed = {"": (), "both": (low, high), "high": (high,)}[ends]

    def check(key: str, value: Any) -> float:
        numeric = not isinstance(value, bool) and isinstance(value, int | float)
        inside = numeric and abs(value) < LARGEST and (low < value < high or value in allowed)
        if not inside:
            raise PlanError("plan.number", key=key, low=low, high=high, value=short(value))
        return float(value)

    return check


def adcodes(key: str, value: Any) -> tuple[str, ...]:
    codes = isinstance(value, list | tuple) and all(
        isinstance(code, str) and re.fullmatch(r"[0-9]{6}", code) for code in value
    )
    if not codes or len(set(value)) != len(value):
        raise PlanError("plan.adcodes", key=key, value=short(value))
    return tuple(sorted(value))


def iso_date(key: str, value: Any) -> str:
    if value == "":
        return ""
    text = str(value)
    written = isinstance(value, str | date) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text)
    try:
        return date.fromisoformat(text if written else "").isoformat()
    except ValueError:
        raise PlanError("plan.date", key=key, value=short(value)) from None


def hex_digest(key: str, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"([0-9a-f]{64})?", value):
        raise PlanError("plan.sha256", key=key, value=short(value))
    return value


def covariate_weights(key: str, value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise PlanError("plan.weights", key=key, value=short(value))
    weights = {
        str(name): number(-1e6, 1e6)(f"{key}.{name}", weight)
        for name, weight in sorted(value.items())
    }
    if 0 in weights.values():
        raise PlanError("plan.weights", key=key, value=short(value))
    return weights


def cut_points(key: str, value: Any) -> tuple[float, ...]:
    if not isinstance(value, list | tuple) or len(value) > 5:
        raise PlanError("plan.cuts", key=key, value=short(value))
    points = tuple(number(-math.inf, math.inf)(key, cut) for cut in value)
    if list(points) != sorted(set(points)):
        raise PlanError("plan.cuts", key=key, value=short(value))
    return points


def figures(low: float, high: float) -> Check:
    """Up to six numbers above `low`, one for each remoteness class."""
    one = number(low, high, ends="high")

    def check(key: str, value: Any) -> tuple[float, ...]:
        if not isinstance(value, list | tuple) or len(value) > 6:
            raise PlanError("plan.figures", key=key, value=short(value))
        return tuple(one(key, figure) for figure in value)

    return check


def targets(high: float) -> Check:
    """A table domain = precision; domains are "county", "class-1", "class-2", …"""

    def check(key: str, value: Any) -> dict[str, float]:
        named = isinstance(value, Mapping) and all(
            re.fullmatch(r"county|class-[1-6]", str(domain)) for domain in value
        )
        if not named:
            raise PlanError("plan.targets", key=key, value=short(value))
        return {
            str(domain): float(number(0, high)(f"{key}.{domain}", target))
            for domain, target in sorted(value.items())
        }

    return check


def column_names(key: str, value: Any) -> tuple[str, ...]:
    named = isinstance(value, list | tuple) and all(isinstance(one, str) and one for one in value)
    if not named or len(set(value)) != len(value):
        raise PlanError("plan.columns", key=key, value=short(value))
    return tuple(value)


def one_of_lists(*accepted: tuple[str, ...]) -> Check:
    def check(key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or tuple(value) not in accepted:
            choices = ", ".join(str(list(one)) for one in accepted)
            raise PlanError("plan.choice", key=key, choices=choices, value=short(value))
        return tuple(value)

    return check


strata_by = one_of_lists(
    ("county", "remoteness"),
    ("county",),
    ("county", "remoteness", "village_type"),
    ("county", "village_type"),
)
county_strata = one_of_lists(("province", "remoteness"), ("province",), ("remoteness",), ())


def short(value: object) -> str:
    """Show a value, but not a million digits of it."""
    try:
        shown = str(value)
    except ValueError:  # Python refuses to write integers of more than 4,300 digits
        return "…"
    return shown if len(shown) <= 40 else shown[:40] + "…"
