"""How far an estimate of a small place may be relied on, by one stated rule."""

from typing import Any, Protocol

GRADES = (("A", 60, 0.5), ("B", 30, 1.0))
"""Grade, least effective sample size, greatest relative error; whatever misses both is C."""
NONE = "D"
"""No estimate: nobody measured, or one village only."""


class Bounded(Protocol):
    """An estimate with its interval and effective sample size."""

    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def n_eff(self) -> float: ...


def grade(estimate: Bounded | None, *, threshold: float) -> dict[str, Any]:
    """Grade an estimate by its effective n and its error relative to the threshold.

    The error is half the width of the interval, as a multiple of the threshold that judges the
    county: an estimate of 0 has no error relative to itself.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> grade(SimpleNamespace(n_eff=80.4, low=0.001, high=0.015), threshold=0.02)
    {'grade': 'A', 'n_eff': 80, 'relative_error': 0.35}
    >>> grade(None, threshold=0.02)
    {'grade': 'D', 'n_eff': None, 'relative_error': None}
    """
    if estimate is None:
        return {"grade": NONE, "n_eff": None, "relative_error": None}
    size = int(estimate.n_eff)
    error = round((estimate.high - estimate.low) / 2 / threshold, 2)
    reached = (name for name, least, most in GRADES if size >= least and error <= most)
    return {"grade": next(reached, "C"), "n_eff": size, "relative_error": error}
