"""How well a simulated county did its work: the rates that its hidden truth is built to."""

from dataclasses import dataclass
from typing import Self

from inspect_app.demo.chance import stream

# Yuan a person and year; the other years lie on the curve between two published lines.
PUBLISHED_LINES = {2010: 2300, 2019: 3218, 2020: 4000}


@dataclass(frozen=True)
class Profile:
    """Rates of one simulated county, all fractions in [0, 1].

    Parameters
    ----------
    code : name of the profile
    registered_share : E and P persons of all rural persons
    still_poor_share : P persons of all rural persons
    wrong_exit_rate : wrong-exit persons of E persons
    missed_rate : missed persons of N persons
    recurrence_share : wrong-exit households that met the standard at exit and fell back
    satisfaction_rate : approving households of all households
    response_rate : households that give an interview within three visits
    icc_village : intra-class correlation of failing households within villages
    remote_odds_ratio : odds of failing, remotest third of households against the nearest
    coached_share : failing households whose answers were prompted to look right
    coaching_signs_share : sound households that show signs of coaching all the same
    fabricated_share : first interviews written at a desk
    false_alarm_share : sound households whose first answers look like failing
    undetermined_share : households that leave a deciding part unanswered
    excluded_share : N households below the standard that an exclusion item keeps off the register
    """

    code: str
    registered_share: float
    still_poor_share: float
    wrong_exit_rate: float
    missed_rate: float
    recurrence_share: float = 0.3
    satisfaction_rate: float = 0.97
    response_rate: float = 0.93
    icc_village: float = 0.05
    remote_odds_ratio: float = 3.0
    coached_share: float = 0.06
    coaching_signs_share: float = 0.004
    fabricated_share: float = 0.003
    false_alarm_share: float = 0.006
    undetermined_share: float = 0.006
    excluded_share: float = 0.003

    def __post_init__(self) -> None:
        shares = [value for name, value in vars(self).items() if name.endswith(("rate", "share"))]
        if not all(0 <= share <= 1 for share in shares):
            raise ValueError("rates and shares of a profile are fractions in [0, 1]")
        if not 0 <= self.still_poor_share < self.registered_share <= 0.35:
            raise ValueError("still poor < registered <= 0.35 of the rural persons")
        if not 0 <= self.icc_village < 1 or self.remote_odds_ratio < 1:
            raise ValueError("icc in [0, 1) and an odds ratio of at least 1 are needed")

    @classmethod
    def drawn(cls, adcode: str, *, seed: str) -> Self:
        """Profile of a county nobody described: every rate drawn within its plausible range."""
        rng = stream(seed, adcode, "profile")
        registered, still_poor, wrong, missed, approval, response = rng.random(6).tolist()
        return cls(
            code="drawn",
            registered_share=0.12 + 0.18 * registered,
            still_poor_share=0.002 + 0.010 * still_poor,
            wrong_exit_rate=0.0003 * (0.012 / 0.0003) ** wrong,
            missed_rate=0.0002 * (0.006 / 0.0002) ** missed,
            satisfaction_rate=0.945 + 0.045 * approval,
            response_rate=0.90 + 0.05 * response,
        )


# 长阳: as clean as the first county ever inspected, 28 of 6,829 persons wrongly exited.
CHANGYANG = Profile(
    code="clean",
    registered_share=0.21,
    still_poor_share=0.004,
    wrong_exit_rate=0.004,
    missed_rate=0.0015,
    satisfaction_rate=0.975,
    response_rate=0.94,
)
# 澜沧: near the border of 2 % wrong exits, with a composite below the 3 % of the west.
LANCANG = Profile(
    code="border",
    registered_share=0.29,
    still_poor_share=0.010,
    wrong_exit_rate=0.016,
    missed_rate=0.008,
    satisfaction_rate=0.955,
    response_rate=0.92,
)
KNOWN = {"420528": CHANGYANG, "530828": LANCANG}


def profile_for(adcode: str, *, seed: str) -> Profile:
    """Profile of a county: written down for the two of the demonstration, else drawn."""
    return KNOWN.get(adcode) or Profile.drawn(adcode, seed=seed)


def simulated_line(year: int) -> tuple[int, bool]:
    """Poverty line of a year in yuan a person, and whether it is simulated.

    Between two published lines the growth is taken as even; after the last one the line stays.
    """
    if year in PUBLISHED_LINES:
        return PUBLISHED_LINES[year], False
    years = sorted(PUBLISHED_LINES)
    before = max((known for known in years if known < year), default=years[0])
    after = min((known for known in years if known > year), default=years[-1])
    if before >= after:
        return PUBLISHED_LINES[after], True
    low, high = PUBLISHED_LINES[before], PUBLISHED_LINES[after]
    return round(low * (high / low) ** ((year - before) / (after - before))), True
