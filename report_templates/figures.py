"""Rates as they are printed: rounded, but never across the threshold that judges them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

DECIMALS = 2  # of a percentage, where nothing asks for more
_MOST_DECIMALS = 12


@dataclass(frozen=True)
class Rule:
    """On which side of a threshold a rate passes."""

    threshold: float
    strict: bool
    direction: str  # "below" or "above"

    def met(self, rate: Decimal | float) -> bool:
        """Say whether a rate (fraction) is on the passing side; equality follows `strict`."""
        value, threshold = exact(rate), exact(self.threshold)
        if value == threshold:
            return not self.strict
        return value < threshold if self.direction == "below" else value > threshold

    @property
    def sign(self) -> str:
        """The comparison as a mathematical sign."""
        signs = {"below": ("≤", "<"), "above": ("≥", ">")}
        return signs[self.direction][self.strict]

    def relative(self, rate: Decimal | float) -> float:
        """Return a rate as a multiple of its threshold, counted so that small is good."""
        value, threshold = exact(rate), exact(self.threshold)
        if self.direction == "above":
            value, threshold = 1 - value, 1 - threshold
        return float(value / threshold)


@dataclass(frozen=True)
class Printed:
    """A rate as printed: the figure without its sign, and the very number it stands for."""

    figure: str
    rate: Decimal

    def __str__(self) -> str:
        return f"{self.figure}%"


def exact(number: Decimal | float) -> Decimal:
    """Return the decimal number that a JSON file states, not its binary neighbour."""
    return number if isinstance(number, Decimal) else Decimal(repr(number))


def rounded(rate: float, rule: Rule | None = None, *, decimals: int = DECIMALS) -> Printed:
    """Round a rate to the nearest printable percentage on its own side of the threshold."""
    return _printed(rate, rule, ROUND_HALF_EVEN, decimals)


def lower(rate: float, rule: Rule | None = None, *, decimals: int = DECIMALS) -> Printed:
    """Round the lower end of an interval down, but not below zero nor over the threshold."""
    return _printed(max(rate, 0.0), rule, ROUND_FLOOR, decimals)


def upper(rate: float, rule: Rule | None = None, *, decimals: int = DECIMALS) -> Printed:
    """Round the upper end of an interval up, but not above one nor over the threshold."""
    return _printed(min(rate, 1.0), rule, ROUND_CEILING, decimals)


def plain(rate: float) -> str:
    """Print a rate given by a rule, such as a threshold, with only the decimals it has."""
    percent = (exact(rate) * 100).normalize()
    return f"{percent:f}%"


def chance(probability: float) -> str:
    """Print a probability in whole per cent; one that is not certain is never printed as such."""
    whole = rounded(probability, decimals=0)
    if whole.rate == 1 and probability < 1:
        return "> 99%"
    if whole.rate == 0 and probability > 0:
        return "< 1%"
    return str(whole)


def count(number: int) -> str:
    """Print a count with thousands marked."""
    return f"{number:,}"


def _printed(rate: float, rule: Rule | None, rounding: str, decimals: int) -> Printed:
    percent = exact(rate) * 100
    for places in range(decimals, _MOST_DECIMALS + 1):
        shown = percent.quantize(Decimal(1).scaleb(-places), rounding=rounding)
        if rule is None or rule.met(shown / 100) == rule.met(rate):
            return Printed(f"{shown:f}", shown / 100)
    return Printed(f"{percent:f}", percent / 100)
