"""How far an estimate of a small place may be relied on, by one stated rule."""

from typing import Any

GRADES = (("A", 60, 0.5), ("B", 30, 1.0))
"""Grade, least effective sample size, greatest relative error; whatever misses both is C."""
NONE = "D"
"""No estimate: nobody measured, or one village only."""


def grade(
    n_eff: float | None, interval: tuple[float, float] | None, *, threshold: float
) -> dict[str, Any]:
    """Grade an estimate by its effective n and its error relative to the threshold.

    The error is half the width of the interval, as a multiple of the threshold that judges the
    county: an estimate of 0 has no error relative to itself.

    Examples
    --------
    >>> grade(80.0, (0.001, 0.015), threshold=0.02)
    {'grade': 'A', 'n_eff': 80, 'relative_error': 0.35}
    >>> grade(None, None, threshold=0.02)
    {'grade': 'D', 'n_eff': None, 'relative_error': None}
    """
    if n_eff is None or interval is None:
        return {"grade": NONE, "n_eff": None, "relative_error": None}
    size, error = int(n_eff), round((interval[1] - interval[0]) / 2 / threshold, 2)
    reached = (name for name, least, most in GRADES if size >= least and error <= most)
    return {"grade": next(reached, "C"), "n_eff": size, "relative_error": error}
