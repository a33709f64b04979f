"""The hidden truth of a simulated county, and how much of it a first interview shows.

Rates are met to the person: the households with the highest risk score fail, until the county
has exactly the persons its profile asks for. The score holds the remoteness of the village, an
effect of the village and logistic noise, so failing households cluster as in a random-effects
logistic model. `docs/simulated-register.md` has the formulas.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from inspect_app.demo.chance import stream
from inspect_app.demo.households import CLASSES, SHARES, E, N, P, Population, drawn
from inspect_app.demo.places import County
from inspect_app.demo.profiles import Profile
from inspect_app.demo.settlement import covariate, normal_scores

# What may fail, by class. For N only what can fail for a cost: else it is no missed household.
FAILING_E: SHARES = {
    "income": 0.44,
    "housing": 0.16,
    "medical": 0.14,
    "water": 0.10,
    "schooling": 0.08,
    "food": 0.05,
    "clothing": 0.03,
}
FAILING_N: SHARES = {"income": 0.55, "housing": 0.17, "medical": 0.15, "schooling": 0.08} | {
    "food": 0.05
}
FALSE_ALARMS: SHARES = {"income": 0.6, "housing": 0.25, "medical": 0.15}
EXCLUDED: SHARES = {"income": 0.7, "housing": 0.3}
UNANSWERED: SHARES = {"income": 0.4, "housing": 0.2, "medical": 0.2, "water": 0.1, "approval": 0.1}
MAY_BE_UNANSWERED = ("income", "housing", "medical", "water")
SCHOOL_CHILD_FROM_PERSONS = 3
SETTLED_SHARE = 0.9  # of what was left unanswered, on a call-back


@dataclass(frozen=True, slots=True)
class TruthRow:
    """One household as it really is, and as its first interview will show it.

    Parameters
    ----------
    unit_id, village_code, county_adcode, household_class, persons : as in register and roster
    third : remoteness third of the village by households, 1 = near
    status : ok, wrong_exit (E), missed (N), poor or fit (P)
    failing_block : what fails, "" when nothing does
    recurrence : met the standard at its exit and fell back (E, part of wrong_exit)
    approves : counts as approving
    income_ratio : stable net income a head over the poverty line of the year
    disposition, visit_no : how the visits end, and at which visit
    appearance : plain, false_alarm (looks failing), excluded (below the standard, off the register
        for an exclusion item), unanswered, coached (looks sound), fabricated (first interview)
    apparent_block : block a false alarm, an exclusion or an unanswered part is about, else ""
    settles : a call-back answers what was left unanswered
    coaching_signs : the pair notes signs of coaching
    minority_language : the interview needs an interpreter
    registered_year, exit_year, welfare, relocated : as in the register, else None, None, "none",
        False
    """

    unit_id: str
    village_code: str
    county_adcode: str
    household_class: str
    persons: int
    third: int
    status: str
    failing_block: str
    recurrence: bool
    approves: bool
    income_ratio: float
    disposition: str
    visit_no: int
    appearance: str
    apparent_block: str
    settles: bool
    coaching_signs: bool
    minority_language: bool
    registered_year: int | None
    exit_year: int | None
    welfare: str
    relocated: bool

    @property
    def fails(self) -> bool:
        """Whether the household is truly below the standard (an excluded one does not count)."""
        return bool(self.failing_block)

    @property
    def hidden(self) -> bool:
        """Whether a failing household looks sound for good, because its answers were prompted."""
        return self.fails and self.appearance == "coached"

    def looks(self, *, repeat: bool = False) -> str:
        """What the rules find in the answers, before any ruling.

        One of ok, wrong_exit, missed, excluded, undetermined; for P rightly_registered, fit_to_exit
        or undetermined. `repeat` asks for a call-back or for a second interview by another pair.
        """
        if self.unanswered_block(repeat=repeat) not in ("", "approval"):
            return "undetermined"
        block = self.shown_block(repeat=repeat)
        if self.household_class == "P":
            return "rightly_registered" if block else "fit_to_exit"
        if not block:
            return "ok"
        if self.household_class == "E":
            return "wrong_exit"
        return "excluded" if self.appearance == "excluded" else "missed"

    def shown_block(self, *, repeat: bool = False) -> str:
        """Block that fails by the answers, "" when none does."""
        if self.appearance in ("false_alarm", "excluded"):
            return self.apparent_block
        if self.appearance == "coached" or (self.appearance == "fabricated" and not repeat):
            return ""
        return self.failing_block

    def unanswered_block(self, *, repeat: bool = False) -> str:
        """Block (or "approval") whose deciding part the household leaves open, else ""."""
        open_still = self.appearance == "unanswered" and not (repeat and self.settles)
        return self.apparent_block if open_still else ""

    def approval(self, *, repeat: bool = False) -> bool | None:
        """Approval by the answers; None where a refusal leaves it open."""
        if self.approves and self.unanswered_block(repeat=repeat) == "approval":
            return None
        return self.approves

    def ruling(self) -> str:
        """How a case on this household ends once evidence is seen: confirmed or overturned."""
        true_case = self.household_class in ("E", "N") and self.fails and not self.hidden
        return "confirmed" if true_case else "overturned"


def hide_truth(
    population: Population,
    settled: pl.DataFrame,
    county: County,
    profile: Profile,
    *,
    seed: str,
) -> pl.DataFrame:
    """Truth of every household, without its identifiers; the rows are those of the population."""
    third = thirds(population, settled)
    failing = _failing(population, third, profile, county, seed)
    approves = _approves(population, third, failing, profile, county, seed)
    facts = _appearances(population, failing, profile, seed, county.adcode)
    visits = _visits(population, profile, seed, county.adcode)
    rng = stream(seed, county.adcode, "interviews")
    minority = (county.minority_pct_2020 or 0.0) / 100
    return pl.DataFrame(
        {
            "third": third[population.village],
            **facts,
            "approves": approves,
            "income_ratio": _income_ratios(population, facts, seed, county.adcode),
            **visits,
            "minority_language": rng.random(len(population)) < 0.3 * minority,
        }
    )


def thirds(population: Population, settled: pl.DataFrame) -> np.ndarray:
    """Remoteness third of each village, 1 = near, cut so that each holds a third of households."""
    remoteness = covariate(settled)
    households = np.bincount(population.village, minlength=len(remoteness))
    order = np.argsort(remoteness, kind="stable")
    middle = np.cumsum(households[order]) - households[order] / 2
    third = np.empty(len(order), dtype=np.int64)
    third[order] = 1 + np.minimum(3 * middle // max(int(households.sum()), 1), 2).astype(np.int64)
    return third


def village_risk(
    rate: float,
    households: np.ndarray,
    third: np.ndarray,
    profile: Profile,
    rng: np.random.Generator,
) -> np.ndarray:
    """Log-odds of failing by village, up to a constant, with the wanted intra-class correlation.

    The correlation meant is that of the 0/1 variable, between-village variance of the risk over
    rate * (1 - rate), as design effects know it; remoteness is part of it. Each third gets the same
    spread of village effects, so that remoteness shows whatever the draw.
    """
    remote = np.log(profile.remote_odds_ratio) * (third - 1) / 2
    scores = np.zeros(len(third))
    for part in (1, 2, 3):
        members = np.flatnonzero(third == part)
        scores[members] = normal_scores(len(members), rng)
    low, high = 0.0, 6.0
    for _ in range(40):
        middle = (low + high) / 2
        between = _between(rate, remote + middle * scores, households)
        low, high = (middle, high) if between < profile.icc_village else (low, middle)
    risk: np.ndarray = remote + low * scores
    return risk


def highest(score: np.ndarray, size: np.ndarray, target: int) -> np.ndarray:
    """Indices with the highest scores whose sizes sum to the target, smaller ones last.

    Only where no household is small enough for the rest does the sum stay under the target.
    """
    order = np.argsort(-score, kind="stable")
    taken = int(np.searchsorted(np.cumsum(size[order]), target, side="right"))
    chosen = list(order[:taken])
    rest = target - int(size[order[:taken]].sum())
    for candidate in order[taken:]:
        if rest <= 0:
            break
        if size[candidate] <= rest:
            chosen.append(candidate)
            rest -= int(size[candidate])
    return np.array(chosen, dtype=np.int64)


def _between(rate: float, effect: np.ndarray, households: np.ndarray) -> float:
    low, high = -40.0, 20.0
    for _ in range(50):
        middle = (low + high) / 2
        risk = 1 / (1 + np.exp(-(middle + effect)))
        if np.average(risk, weights=households) < rate:
            low = middle
        else:
            high = middle
    risk = 1 / (1 + np.exp(-(low + effect)))
    variance = np.average((risk - rate) ** 2, weights=households)
    return float(variance / (rate * (1 - rate)))


def _failing(
    population: Population, third: np.ndarray, profile: Profile, county: County, seed: str
) -> np.ndarray:
    """Which households are truly below the standard, (n,) bool."""
    fails: np.ndarray = population.household_class == P
    rng = stream(seed, county.adcode, "fit to exit")
    fails &= rng.random(len(population)) >= 0.05
    for code, rate in ((E, profile.wrong_exit_rate), (N, profile.missed_rate)):
        members = np.flatnonzero(population.household_class == code)
        persons = population.persons[members]
        target = round(rate * int(persons.sum()))
        if target == 0:
            continue
        rng = stream(seed, county.adcode, f"failing {CLASSES[code]}")
        score = _scores(rate, population.village[members], third, profile, rng)
        fails[members[highest(score, persons, target)]] = True
    return fails


def _scores(
    rate: float,
    village: np.ndarray,
    third: np.ndarray,
    profile: Profile,
    rng: np.random.Generator,
) -> np.ndarray:
    households = np.bincount(village, minlength=len(third)).astype(np.float64)
    risk = village_risk(rate, households, third, profile, rng)
    score: np.ndarray = risk[village] + rng.logistic(size=len(village))
    return score


def _approves(
    population: Population,
    third: np.ndarray,
    failing: np.ndarray,
    profile: Profile,
    county: County,
    seed: str,
) -> np.ndarray:
    n = len(population)
    approves = np.ones(n, dtype=bool)
    against = round((1 - profile.satisfaction_rate) * n)
    if against:
        rng = stream(seed, county.adcode, "approval")
        rate = 1 - profile.satisfaction_rate
        score = _scores(rate, population.village, third, profile, rng)
        score = score + 2.0 * (failing & (population.household_class != P))
        approves[highest(score, np.ones(n, dtype=np.int64), against)] = False
    return approves


def _appearances(
    population: Population, failing: np.ndarray, profile: Profile, seed: str, adcode: str
) -> dict[str, np.ndarray]:
    """Status and failing block of every household, and what hides or mimics them."""
    rng = stream(seed, adcode, "appearance")
    n = len(population)
    code = population.household_class
    block = np.where(code == N, drawn(FAILING_N, n, rng), drawn(FAILING_E, n, rng))
    no_child = (block == "schooling") & (population.persons < SCHOOL_CHILD_FROM_PERSONS)
    block = np.where(failing, np.where(no_child, "medical", block), "")
    roll = rng.random(n)
    sound, judged = ~failing, code != P
    appearance = np.full(n, "plain", dtype=object)
    appearance[judged & failing & (roll < profile.coached_share)] = "coached"
    steps = (
        ("false_alarm", judged & sound, profile.false_alarm_share),
        ("excluded", (code == N) & sound, profile.excluded_share),
        ("unanswered", np.ones(n, dtype=bool), profile.undetermined_share),
        ("fabricated", np.ones(n, dtype=bool), profile.fabricated_share),
    )
    for name, eligible, share in steps:
        hit = eligible & (appearance == "plain") & (rng.random(n) < share)
        appearance[hit] = name
    apparent = np.full(n, "", dtype=object)
    for name, shares in (("false_alarm", FALSE_ALARMS), ("excluded", EXCLUDED)):
        apparent = np.where(appearance == name, drawn(shares, n, rng), apparent)
    # A failing household keeps to itself just what fails, or a part that decides nothing about it.
    own = np.where(np.isin(block, MAY_BE_UNANSWERED), block, "approval")
    silent = np.where(failing, own, drawn(UNANSWERED, n, rng))
    apparent = np.where(appearance == "unanswered", silent, apparent)
    names = np.array(["wrong_exit", "poor", "missed"], dtype=object)
    fine = np.array(["ok", "fit", "ok"], dtype=object)
    recurrence = (code == E) & failing & (rng.random(n) < profile.recurrence_share)
    signs = (appearance == "coached") | (rng.random(n) < profile.coaching_signs_share)
    return {
        "status": np.where(failing, names[code], fine[code]),
        "failing_block": block,
        "recurrence": recurrence,
        "appearance": appearance,
        "apparent_block": apparent,
        "settles": rng.random(n) < SETTLED_SHARE,
        "coaching_signs": signs,
    }


def _income_ratios(
    population: Population, facts: dict[str, np.ndarray], seed: str, adcode: str
) -> np.ndarray:
    """Stable net income a head over the line: below it where income fails, else clear of it."""
    rng = stream(seed, adcode, "income")
    n = len(population)
    median = np.array([1.3, 0.5, 1.8])[population.household_class]
    clear = 1.15 + median * np.exp(0.6 * rng.standard_normal(n))
    under = 0.45 + 0.52 * np.sqrt(rng.random(n))
    below = facts["failing_block"] == "income"
    below |= (facts["appearance"] == "excluded") & (facts["apparent_block"] == "income")
    return np.where(below, under, np.minimum(clear, 12.0)).round(4)


def _visits(
    population: Population, profile: Profile, seed: str, adcode: str
) -> dict[str, np.ndarray]:
    """How the visits end: most at the first, some later, the rest without an interview."""
    rng = stream(seed, adcode, "visits")
    n = len(population)
    lost = 1 - profile.response_rate
    shares = {
        "first": 0.86 * profile.response_rate,
        "second": 0.10 * profile.response_rate,
        "third": 0.04 * profile.response_rate,
        "absent": 0.52 * lost,
        "refused": 0.20 * lost,
        "moved_out": 0.16 * lost,
        "dissolved": 0.04 * lost,
        "dead": 0.05 * lost,
        "not_found": 0.03 * lost,
    }
    end = drawn(shares, n, rng)
    end = np.where((end == "dead") & (population.persons > 2), "absent", end)
    met = np.isin(end, ["first", "second", "third"])
    visit = np.ones(n, dtype=np.int64)
    visit[end == "second"] = 2
    visit[(end == "third") | (end == "absent")] = 3
    return {"disposition": np.where(met, "completed", end), "visit_no": visit}
