"""What a sample of one county will look like: the assumptions behind a chance."""

from dataclasses import dataclass
from math import inf

from sampling.errors import PlanError

UNEQUAL = 1.35
"""Planned Kish factor 1 + cv² of weight times persons: household sizes and the remote factor."""

CONCENTRATION = 3.0
"""Planned risk in the remotest class over that in the nearest."""


@dataclass(frozen=True)
class Fieldwork:
    """What a sample of one class in one county will look like, as far as chances depend on it.

    Parameters
    ----------
    households : to be drawn (count)
    villages : they are drawn in (count)
    icc : correlation of two households of a village, in [0, 1]
    response : share of drawn households that will be interviewed, in (0, 1]
    strata : of the county (count), classes from near to remote
    alpha : one-sided error of the bounds
    unequal : Kish factor 1 + cv² of what a household counts (weight times persons), >= 1
    concentration : risk in the remotest class over that in the nearest, > 0
    remote_factor : sampling rate in the remotest class over that in the nearest, > 0
    frame, frame_villages : households and villages of the county in the frame (counts);
        None = so many that the share drawn does not matter
    whole : all villages of the county are taken, so that households are not clustered
    """

    households: float
    villages: int
    icc: float
    response: float = 1.0
    strata: int = 1
    alpha: float = 0.05
    unequal: float = UNEQUAL
    concentration: float = CONCENTRATION
    remote_factor: float = 1.0
    frame: float | None = None
    frame_villages: int | None = None
    whole: bool = False

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("alpha", self.alpha, 0, 0.5),
            ("households", self.households, 0, inf),
            ("villages", self.villages, 0, inf),
            ("concentration", self.concentration, 0, inf),
            ("remote factor", self.remote_factor, 0, inf),
        ):
            if not low < value < high:
                raise PlanError("size.range", name=name, value=value, low=low, high=high)
        for name, value, low, high in (
            ("icc", self.icc, 0, 1),
            ("unequal", self.unequal, 1, inf),
            ("strata", self.strata, 1, 1000),
        ):
            if not low <= value <= high:
                raise PlanError("size.range", name=name, value=value, low=low, high=high)
        if not 0 < self.response <= 1:
            raise PlanError("size.range", name="response", value=self.response, low=0, high=1)

    @property
    def interviewed(self) -> float:
        return self.households * self.response

    @property
    def df(self) -> float:
        """Units less strata; of a county taken whole, households less villages."""
        if self.whole:
            return self.interviewed - self.villages
        return float(self.villages - self.strata)

    @property
    def cap(self) -> float:
        """Largest effective size the verdict will grant, see `sampling.intervals.cap_of`."""
        clustered = 1 + (self.interviewed / self.villages - 1) * self.icc * (not self.whole)
        return self.interviewed / max(1.0, clustered * self.unequal)
