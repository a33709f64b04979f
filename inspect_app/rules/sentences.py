"""What a verdict report says, chosen by rule: codes with raw arguments, worded by the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from inspect_app.rules.rulebooks import RuleBook
from inspect_app.rules.verdicts import SETTINGS_TRIED, Decision
from sampling import findings
from sampling.reach import Reach


@dataclass(frozen=True)
class Circumstances:
    """What sentences say beside the indicators; rates are fractions, counts households."""

    response_rate: float
    replacement_rate: float
    undetermined: int
    reach: Sequence[Reach]
    release_date: date
    reply_until: date


def sentences(
    decision: Decision, *, rulebook: RuleBook, circumstances: Circumstances
) -> list[dict[str, Any]]:
    """Choose what the report says, as codes with arguments, in the order of the page."""
    return [
        *_verdict_sentences(decision),
        *_sure_sentences(decision, rulebook, circumstances),
        *_change_sentences(decision),
        *_next_sentences(decision, rulebook, circumstances),
    ]


def _say(place: str, code: str, **arguments: Any) -> dict[str, Any]:
    return {"code": code, "place": place, "args": arguments}


def _verdict_sentences(decision: Decision) -> list[dict[str, Any]]:
    standing = decision.standing
    if standing.outcome == "meets":
        said = (
            [_say("verdict", "verdict.meets.established")]
            if standing.standing == "established"
            else [
                _say(
                    "verdict",
                    "verdict.meets.open",
                    established=standing.established,
                    open=[one.code for one in decision.criteria if one.is_open],
                )
            ]
        )
    elif standing.standing == "established":
        said = [
            _say(
                "verdict",
                "verdict.unmet.established",
                unmet=list(standing.unmet),
                certain=list(standing.certain),
            )
        ]
    else:
        said = [_say("verdict", "verdict.unmet.open", unmet=list(standing.unmet))]
    for one in decision.criteria:
        figures = one.indicator
        by_estimate = findings.meets(figures.estimate.value, one.rule)
        if by_estimate != findings.meets(figures.sample, one.rule):
            said.append(
                _say(
                    "verdict",
                    "note.sides_differ",
                    indicator=one.code,
                    estimate=figures.estimate.value,
                    ratio=float(figures.sample),
                    threshold=float(one.rule.threshold),
                )
            )
    return said


def _sure_sentences(
    decision: Decision, rulebook: RuleBook, circumstances: Circumstances
) -> list[dict[str, Any]]:
    confidence = rulebook.confidence
    said = [
        _say(
            "sure", "sure.interval", confidence=confidence, two_sided=round(2 * confidence - 1, 10)
        )
    ]
    clustered = max(decision.criteria, key=lambda one: one.indicator.estimate.deff)
    said.append(
        _say(
            "sure",
            "sure.design_effect",
            indicator=clustered.code,
            deff=clustered.indicator.estimate.deff,
        )
    )
    for one in decision.criteria:
        estimate, threshold = one.indicator.estimate, float(one.rule.threshold)
        upper_is_bad = one.rule.direction == "below"
        met = str(one.finding).startswith("met")
        if one.is_open:
            bound = estimate.high if upper_is_bad == met else estimate.low
            said.append(
                _say("sure", "sure.open", indicator=one.code, bound=bound, threshold=threshold)
            )
        if upper_is_bad and one.indicator.numerator == 0:
            said.append(
                _say(
                    "sure",
                    "sure.zero_found",
                    indicator=one.code,
                    bound=estimate.high,
                    n_eff=estimate.n_eff,
                )
            )
    for reach in circumstances.reach:
        if reach.household_class == "E":
            said.append(
                _say(
                    "sure",
                    "sure.reach",
                    household_class="E",
                    households=reach.households,
                    villages=reach.villages,
                    p1=reach.p1,
                    chance=reach.chance,
                )
            )
    said.append(
        _say(
            "sure",
            "sure.response",
            response_rate=circumstances.response_rate,
            replacement_rate=circumstances.replacement_rate,
            alarm=circumstances.replacement_rate > rulebook.replacement_alarm,
            alarm_rate=rulebook.replacement_alarm,
        )
    )
    if circumstances.undetermined:
        said.append(_say("sure", "sure.undetermined", households=circumstances.undetermined))
    return said


def _change_sentences(decision: Decision) -> list[dict[str, Any]]:
    said = []
    if decision.standing.outcome == "meets":
        turning = [one for one in decision.criteria if one.reversal is not None]
        if turning:
            first = min(turning, key=lambda one: one.reversal or 0)
            said.append(
                _say("change", "change.outcome", households=first.reversal, indicator=first.code)
            )
    for one in decision.criteria:
        if one.flip is not None:
            said.append(
                _say(
                    "change",
                    "change.flip",
                    indicator=one.code,
                    households=one.flip.households,
                    finding=one.flip.finding,
                    threshold=float(one.rule.threshold),
                )
            )
    for one in decision.criteria:
        if one.is_open and one.extension is not None:
            said.append(
                _say(
                    "change",
                    "change.extend",
                    indicator=one.code,
                    households=one.extension.households,
                    villages=one.extension.villages,
                )
            )
        elif one.is_open:
            said.append(_say("change", "change.extend_unreachable", indicator=one.code))
    changing = [
        _say(
            "change",
            "change.variant",
            indicator=one.code,
            setting=variant.setting,
            reading=variant.reading,
            value=variant.value,
            finding=variant.finding,
        )
        for one in decision.criteria
        for variant in one.variants
        if variant.changes
    ]
    if changing:
        return said + changing
    return [*said, _say("change", "change.no_variant", settings=list(SETTINGS_TRIED))]


def _next_sentences(
    decision: Decision, rulebook: RuleBook, circumstances: Circumstances
) -> list[dict[str, Any]]:
    said = []
    still_open = [one.code for one in decision.criteria if one.is_open]
    if still_open:
        said.append(_say("next", "next.recheck", indicators=still_open))
    said.append(
        _say(
            "next",
            "next.reply",
            date=circumstances.reply_until.isoformat(),
            days=rulebook.notice_days,
        )
    )
    return said
