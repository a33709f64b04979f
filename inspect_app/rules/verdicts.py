"""From estimates to a verdict: outcome by the rule book, standing by the intervals, and why.

The outcome follows the deciding figures alone; the standing beside it says what the intervals
prove.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from inspect_app.rules.errors import VerdictWithheld
from inspect_app.rules.rulebooks import RuleBook
from sampling import findings
from sampling.findings import Criterion, Extension, Finding, Flip, Rule, Standing
from sampling.indicators import Indicator

EXIT_CRITERIA = ("wrong_exit_rate", "missed_rate", "poverty_incidence", "satisfaction_rate")
REVISIT_CRITERIA = ("recurrence_rate", *EXIT_CRITERIA[1:])
SETTINGS_TRIED = (
    "missed_denominator",
    "missed_threshold",
    "official_estimator",
    "strict_rates",
    "strict_approval",
    "households",
)
"""Settings whose other readings are tried; `households` stands for all by which a single household
is judged."""
ALWAYS_SHOWN = ("missed_denominator",)


class Reading(NamedTuple):
    """A reading of a setting that the rule book did not take; value : as text."""

    setting: str
    value: str


@dataclass(frozen=True)
class Variant:
    """What one indicator would be found under another reading than the one chosen."""

    setting: str
    chosen: str
    reading: str
    value: float
    low: float
    high: float
    finding: Finding
    changes: bool


@dataclass(frozen=True)
class Judged:
    """One indicator held against its threshold; `finding` is None for a reference row."""

    indicator: Indicator
    rule: Rule
    decided_by: str
    finding: Finding | None
    certain: bool
    flip: Flip | None
    reversal: int | None
    extension: Extension | None
    variants: tuple[Variant, ...] = ()

    @property
    def code(self) -> str:
        return self.indicator.code

    @property
    def is_open(self) -> bool:
        return self.finding in ("met_open", "unmet_open")


@dataclass(frozen=True)
class Decision:
    """A verdict: every indicator judged, criteria first, and what they add up to."""

    judged: tuple[Judged, ...]
    standing: Standing

    @property
    def criteria(self) -> tuple[Judged, ...]:
        return tuple(one for one in self.judged if one.finding is not None)


def decide(
    indicators: Sequence[Indicator],
    *,
    rulebook: RuleBook,
    region_group: str,
    round_kind: str,
    villages_left: int,
    other_readings: Mapping[Reading, Sequence[Indicator]],
) -> Decision:
    """Judge the indicators of a county by a rule book.

    Parameters
    ----------
    indicators : the five figures of one county
    villages_left : villages of the county that were not drawn (for extension advice)
    other_readings : the figures under readings that change how they are computed, or how
        households are judged
    """
    wanted = EXIT_CRITERIA if round_kind == "exit" else REVISIT_CRITERIA
    by_code = {one.code: one for one in indicators}
    order = (*wanted, *(code for code in by_code if code not in wanted))
    judged = tuple(
        _judge(
            by_code[code],
            rulebook=rulebook,
            region_group=region_group,
            is_criterion=code in wanted,
            villages_left=villages_left,
            other_readings=other_readings,
        )
        for code in order
    )
    standing = findings.standing(
        [Criterion(one.code, one.finding, one.certain) for one in judged if one.finding]
    )
    return Decision(judged, standing)


def _judge(
    indicator: Indicator,
    *,
    rulebook: RuleBook,
    region_group: str,
    is_criterion: bool,
    villages_left: int,
    other_readings: Mapping[Reading, Sequence[Indicator]],
) -> Judged:
    rule = _rule(rulebook, indicator.code, region_group)
    decided_by = "estimate" if rulebook.official_estimator == "design" else "sample_ratio"
    if not is_criterion:
        return Judged(indicator, rule, decided_by, None, False, None, None, None)
    found = _finding(indicator, rule, decided_by)
    low, high = indicator.interval_certain
    certain = (
        findings.finding(_deciding(indicator, decided_by), low, high, **_as_arguments(rule))
        == "unmet_established"
    )
    return Judged(
        indicator,
        rule,
        decided_by,
        found,
        certain,
        _flip(indicator, rule, decided_by),
        _reversal(indicator, rule, decided_by),
        findings.extension(indicator.footing, rule, villages_left=villages_left),
        _variants(indicator, rule, found, decided_by, rulebook, region_group, other_readings),
    )


def _flip(indicator: Indicator, rule: Rule, decided_by: str) -> Flip | None:
    """Fewest further confirmed households that change the finding, by the figure that decides."""
    if decided_by == "estimate":
        return findings.flip(indicator.footing, rule)
    now = _after(indicator, rule, 0)
    changed = ((n, _after(indicator, rule, n)) for n in _further(indicator))
    return next((Flip(n, found) for n, found in changed if found != now), None)


def _reversal(indicator: Indicator, rule: Rule, decided_by: str) -> int | None:
    """Fewest after which the figure that decides is on the wrong side."""
    if decided_by == "estimate":
        return findings.reversal(indicator.footing, rule)
    if _after(indicator, rule, 0).startswith("unmet"):
        return None
    return next(
        (n for n in _further(indicator) if _after(indicator, rule, n).startswith("unmet")), None
    )


def _further(indicator: Indicator) -> Iterator[int]:
    footing = indicator.footing
    for n in range(1, footing.households + 1):
        yield n
        if footing.share + n * footing.step >= 1:
            return


def _after(indicator: Indicator, rule: Rule, further: int) -> Finding:
    """The finding where the sample ratio decides and so many more households were confirmed.

    A household of mean weight and size moves the plain ratio as far as the weighted one; the
    bounds are those of the weighted one, as always.
    """
    footing = indicator.footing
    share = min(footing.share + further * footing.step, 1.0)
    value, low, high = footing.at(share, footing.n_eff)
    before, _, _ = footing.at(footing.share, footing.n_eff)
    decides = indicator.sample if further == 0 else float(indicator.sample) + value - before
    return findings.finding(decides, low, high, **_as_arguments(rule))


def _rule(rulebook: RuleBook, code: str, region_group: str) -> Rule:
    threshold = rulebook.threshold(code, region_group)
    direction: findings.Direction = "above" if threshold.direction == "above" else "below"
    return Rule(threshold.value, threshold.strict, direction)


def _as_arguments(rule: Rule) -> dict[str, Any]:
    return {"threshold": rule.threshold, "strict": rule.strict, "direction": rule.direction}


def _deciding(indicator: Indicator, decided_by: str) -> findings.Number:
    return indicator.estimate.value if decided_by == "estimate" else indicator.sample


def _finding(indicator: Indicator, rule: Rule, decided_by: str) -> Finding:
    return findings.finding(
        _deciding(indicator, decided_by),
        indicator.estimate.low,
        indicator.estimate.high,
        **_as_arguments(rule),
    )


def _variants(
    indicator: Indicator,
    rule: Rule,
    found: Finding,
    decided_by: str,
    rulebook: RuleBook,
    region_group: str,
    other_readings: Mapping[Reading, Sequence[Indicator]],
) -> tuple[Variant, ...]:
    """Try the other readings that concern this indicator; show those that change its finding."""
    tried: list[tuple[str, str, Indicator, Rule, str]] = []
    for (setting, reading), others in other_readings.items():
        other = next((one for one in others if one.code == indicator.code), indicator)
        if other.estimate != indicator.estimate:
            tried.append((setting, reading, other, rule, decided_by))
    by_estimate = decided_by == "estimate"
    tried.append(
        (
            "official_estimator",
            "sample" if by_estimate else "design",
            indicator,
            rule,
            "sample_ratio" if by_estimate else "estimate",
        )
    )
    for setting in _settings_of(indicator.code):
        book = rulebook.with_reading(setting, _other(rulebook, setting))
        changed = _rule(book, indicator.code, region_group)
        tried.append((setting, str(_other(rulebook, setting)), indicator, changed, decided_by))
    shown = []
    for setting, reading, figure, under, deciding in tried:
        other_finding = _finding(figure, under, deciding)
        changes = other_finding != found
        if changes or setting in ALWAYS_SHOWN:
            shown.append(
                Variant(
                    setting,
                    str(rulebook.settings[setting]),
                    reading,
                    float(_deciding(figure, deciding)),
                    figure.estimate.low,
                    figure.estimate.high,
                    other_finding,
                    changes,
                )
            )
    return tuple(shown)


def _settings_of(code: str) -> tuple[str, ...]:
    if code == "missed_rate":
        return ("missed_threshold", "strict_rates")
    return ("strict_approval",) if code == "satisfaction_rate" else ("strict_rates",)


def _other(rulebook: RuleBook, setting: str) -> object:
    """Return the reading of a setting that the rule book did not take."""
    value = rulebook.settings[setting]
    if isinstance(value, bool):
        return not value
    if setting == "missed_threshold":
        return 0.01 if value == 0.02 else 0.02
    return {"a": "b", "b": "a"}[str(value)]


def refuse_undecided(decision: Decision) -> None:
    """Withhold a verdict that households nobody could judge would turn.

    Computed with all of them right, and with all of them failing.

    Raises
    ------
    VerdictWithheld : the outcome differs; `extra["indicators"]` names those with open households
    """
    best = worst = True
    for one in decision.criteria:
        open_ends = one.indicator.undetermined
        ends = (open_ends.low, open_ends.high)
        good, bad = ends if one.rule.direction == "below" else ends[::-1]
        if one.indicator.undetermined.count:
            best &= findings.meets(good, one.rule)
            worst &= findings.meets(bad, one.rule)
        else:
            met = str(one.finding).startswith("met")
            best, worst = best and met, worst and met
    if best != worst:
        raise VerdictWithheld(
            "Households that could not be judged would decide the outcome; resolve them first.",
            indicators=[one.code for one in decision.criteria if one.indicator.undetermined.count],
        )
