"""What a figure proves: four findings, the standing of a verdict, and what would change it.

Pure: numbers in, words out. Which thresholds hold and how strict they are is for a rule book.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Literal

from sampling.intervals import bounds_at

Finding = Literal["met_established", "met_open", "unmet_open", "unmet_established"]
Direction = Literal["below", "above"]
Number = float | Fraction | str

LEVEL = 0.95
CRITERIA = 4
CHANCE = 0.8
FARTHEST = 10  # an extension beyond so many times the sample is not one


@dataclass(frozen=True)
class Rule:
    """Where a figure has to lie.

    Parameters
    ----------
    threshold : fraction; text or a Fraction is exact, a float is read as it prints
    strict : equality does not meet it
    direction : the side that meets it
    """

    threshold: Number
    strict: bool
    direction: Direction


@dataclass(frozen=True)
class Standing:
    """An official outcome and how sure it is.

    Parameters
    ----------
    outcome : by the deciding figures alone
    standing : `established` where every pass, or one failure beyond chance, is certain
    established : criteria that are met for certain (count)
    unmet : codes of the criteria not met
    certain : codes of those not met at the level that allows for several tries
    """

    outcome: Literal["meets", "does_not_meet"]
    standing: Literal["established", "open"]
    established: int
    unmet: tuple[str, ...]
    certain: tuple[str, ...]


@dataclass(frozen=True)
class Criterion:
    """One judged figure of a verdict; `certain` = its interval at 1 - alpha/4 fails as well."""

    code: str
    finding: Finding
    certain: bool = False


@dataclass(frozen=True)
class Flip:
    """So many further confirmed households, and the finding they lead to."""

    households: int
    finding: Finding


@dataclass(frozen=True)
class Extension:
    """So many more households in so many more villages would probably settle an open figure."""

    households: int
    villages: int


@dataclass(frozen=True)
class Footing:
    """What "what if" questions need to know of a figure = offset + scale * share.

    Parameters
    ----------
    share : estimated share, a fraction; of the unwanted property where `mirrored`
    n_eff : effective sample size its bounds were computed with
    step : how much one further confirmed household of mean weight and size adds to the share
    offset, scale : from the share to the figure
    mirrored : the figure is offset + scale * (1 - share), as approval is of disapproval
    households, villages : the completed sample (counts)
    method, confidence : interval method; one-sided level of its bounds
    """

    share: float
    n_eff: float
    step: float
    households: int
    villages: int
    offset: float = 0.0
    scale: float = 1.0
    mirrored: bool = False
    method: str = "korn-graubard"
    confidence: float = LEVEL

    def at(self, share: float, n_eff: float) -> tuple[float, float, float]:
        """Value and bounds of the figure at another share and effective size."""
        low, high = bounds_at(share, n_eff, level=2 * self.confidence - 1, method=self.method)
        points = (share, low, high)
        if self.mirrored:
            points = (1 - share, 1 - high, 1 - low)
        value, low, high = (self.offset + self.scale * point for point in points)
        return value, low, high


def meets(value: Number, rule: Rule) -> bool:
    """Whether a figure meets its threshold; equality as the rule says.

    A Fraction or text is compared exactly. A float that equals the threshold but for the
    rounding of its arithmetic (1e-12 of it) counts as equal, so 40 wrong of 2,000 under equal
    weights is 2 % exactly.

    Examples
    --------
    >>> meets(Fraction(40, 2000), Rule("0.02", strict=True, direction="below"))
    False
    >>> meets(Fraction(40, 2000), Rule("0.02", strict=False, direction="below"))
    True
    """
    threshold, figure = exact(rule.threshold), Fraction(value)
    rounding = abs(threshold) * Fraction(1, 10**12) if isinstance(value, float) else Fraction(0)
    if abs(figure - threshold) <= rounding:
        return not rule.strict
    return figure < threshold if rule.direction == "below" else figure > threshold


def exact(number: Number) -> Fraction:
    """The number a person wrote: 0.02 is one fiftieth, not its nearest binary fraction.

    Examples
    --------
    >>> exact(0.02), exact("0.02") == exact(0.02)
    (Fraction(1, 50), True)
    """
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


def finding(
    value: Number,
    low: Number,
    high: Number,
    *,
    threshold: Number,
    strict: bool,
    direction: Direction,
) -> Finding:
    """Say on which side of its threshold a figure lies, and whether all its interval does.

    Parameters
    ----------
    value : deciding figure, fraction
    low, high : its interval, each end a one-sided bound
    threshold, strict, direction : see `Rule`

    Examples
    --------
    >>> finding(0.004, 0.001, 0.009, threshold="0.02", strict=True, direction="below")
    'met_established'
    >>> finding(0.0, 0.0, 0.0242, threshold="0.02", strict=True, direction="below")
    'met_open'
    """
    rule = Rule(threshold, strict, direction)
    met = meets(value, rule)
    whole = meets(low, rule) == met and meets(high, rule) == met
    if met:
        return "met_established" if whole else "met_open"
    return "unmet_established" if whole else "unmet_open"


def standing(criteria: Sequence[Criterion]) -> Standing:
    """Combine the criteria of a verdict, each of which can fail it.

    To meet, all must hold, so no level is adjusted. To fail, one suffices: chance gets as many
    tries as there are criteria, so a failure is established only by a bound at 1 - alpha/4.

    Examples
    --------
    >>> standing([Criterion("a", "met_established"), Criterion("b", "met_open")]).standing
    'open'
    """
    unmet = tuple(c.code for c in criteria if c.finding.startswith("unmet"))
    certain = tuple(c.code for c in criteria if c.code in unmet and c.certain)
    established = sum(c.finding == "met_established" for c in criteria)
    if unmet:
        return Standing(
            "does_not_meet", "established" if certain else "open", established, unmet, certain
        )
    sure = established == len(criteria)
    return Standing("meets", "established" if sure else "open", established, (), ())


def certain_level(confidence: float = LEVEL, criteria: int = CRITERIA) -> float:
    """One-sided level at which one failure of several criteria is beyond chance: 1 - alpha/4.

    Examples
    --------
    >>> certain_level()
    0.9875
    """
    return 1 - (1 - confidence) / criteria


def flip(footing: Footing, rule: Rule) -> Flip | None:
    """Fewest further confirmed households that would change the finding.

    Households of the completed sample, of mean weight and mean persons, found wrong after all;
    the effective size of the sample is held.

    Returns
    -------
    count and the finding reached; None where no number of them changes it (it has failed for
    certain already)

    Examples
    --------
    >>> clear = Footing(share=0.004, n_eff=500.0, step=0.002, households=600, villages=30)
    >>> flip(clear, Rule("0.02", strict=True, direction="below"))
    Flip(households=3, finding='met_open')
    """
    before = _finding_with(footing, rule, 0)
    for extra in range(1, footing.households + 1):
        after = _finding_with(footing, rule, extra)
        if after != before:
            return Flip(extra, after)
        if footing.share + extra * footing.step >= 1:
            break
    return None


def reversal(footing: Footing, rule: Rule) -> int | None:
    """Fewest further confirmed households after which the figure no longer meets its threshold.

    Returns
    -------
    count; None where it is not met already, or cannot be failed by the households there are

    Examples
    --------
    >>> clear = Footing(share=0.004, n_eff=500.0, step=0.002, households=600, villages=30)
    >>> reversal(clear, Rule("0.02", strict=True, direction="below"))
    8
    """
    for extra in range(footing.households + 1):
        if _finding_with(footing, rule, extra).startswith("unmet"):
            return extra or None
        if footing.share + extra * footing.step >= 1:
            break
    return None


def extension(
    footing: Footing,
    rule: Rule,
    *,
    villages_left: int | None = None,
    chance: float = CHANCE,
) -> Extension | None:
    """How many more households would settle an open figure with the chance given.

    The truth is taken to be what was found (half a case more where nothing was found); more
    households in further villages are worth as much each as those of the sample. Looked for is
    the smallest extension after which the bound lies on the side of the figure with at least
    that chance, which is binomial over the added effective size.

    Parameters
    ----------
    villages_left : villages not yet drawn; None = no limit
    chance : of settling it

    Returns
    -------
    households and villages to add; None where nothing up to ten times the sample, or the
    villages left, would do, or where the figure is not open

    Examples
    --------
    >>> open_ = Footing(share=0.008, n_eff=300.0, step=0.002, households=600, villages=30)
    >>> extension(open_, Rule("0.02", strict=True, direction="below"))
    Extension(households=499, villages=25)
    """
    now = _finding_with(footing, rule, 0)
    if now.endswith("established"):
        return None
    truth = footing.share or 0.5 / (footing.n_eff + 1)
    wanted = now.replace("open", "established")
    per_village = footing.households / footing.villages
    most = FARTHEST * footing.households
    if villages_left is not None:
        most = min(most, int(villages_left * per_village))
    worth = footing.n_eff / footing.households

    def settles(households: int) -> bool:
        return _chance(footing, rule, wanted, truth, households * worth) >= chance

    reach = ceil(per_village)
    while reach < most and not settles(reach):
        reach *= 2
    reach = min(reach, most)
    if reach < 1 or not settles(reach):
        return None
    low = 0
    while reach - low > 1:
        middle = (low + reach) // 2
        low, reach = (low, middle) if settles(middle) else (middle, reach)
    return Extension(reach, ceil(reach / per_village))


def _finding_with(footing: Footing, rule: Rule, extra: int) -> Finding:
    share = min(footing.share + extra * footing.step, 1.0)
    value, low, high = footing.at(share, footing.n_eff)
    return finding(
        value,
        low,
        high,
        threshold=rule.threshold,
        strict=rule.strict,
        direction=rule.direction,
    )


def _chance(footing: Footing, rule: Rule, wanted: str, truth: float, added: float) -> float:
    """Chance that the cases among `added` further effective units lead to the wanted finding."""
    from scipy.special import bdtr, bdtrc

    units = max(round(added), 1)
    size = footing.n_eff + units
    good = wanted.startswith("met")

    def reached(cases: int) -> bool:
        share = min((footing.share * footing.n_eff + cases) / size, 1.0)
        value, low, high = footing.at(share, size)
        return wanted == finding(
            value,
            low,
            high,
            threshold=rule.threshold,
            strict=rule.strict,
            direction=rule.direction,
        )

    nothing = 0.0
    low, high = -1, units + 1  # few cases establish "met", many "unmet"; find where it turns
    if good and not reached(0):  # a Wald-type method says nothing where nothing is found
        low, nothing = 0, float(bdtr(0, units, truth))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if reached(middle) == good else (low, middle)
    if good:
        return float(bdtr(low, units, truth)) - nothing if low >= 0 else 0.0
    return float(bdtrc(low, units, truth)) if low >= 0 else 1.0
