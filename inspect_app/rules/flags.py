"""What a reviewer's attention is drawn to: every flag with its weight and its sentence.

Weights order the evening, they decide nothing: 100 sends an interview back, 30 and more is looked
at before anything else, below 10 is for information. They are our default, like the limits behind
the flags, which stand in the rule book under `quality`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from inspect_app.rules.findings import CONTRADICTIONS
from inspect_app.rules.interviews import MUST_RETURN


@dataclass(frozen=True, slots=True)
class Meaning:
    """How much a flag weighs in the queue, and what it says."""

    weight: int
    zh: str
    en: str


MEANINGS: Mapping[str, Meaning] = {
    # Conditions of the interview
    "official_present": Meaning(100, "干部在场", "an official was in the room"),
    "official_interpreting": Meaning(100, "干部充当翻译", "an official interpreted"),
    "room_not_cleared": Meaning(100, "未清场", "the room was not cleared"),
    "completed_without_consent": Meaning(100, "未获同意仍完成", "completed without consent"),
    "absence_unattested": Meaning(
        100, "未见证干部不在场", "nobody attests that officials were absent"
    ),
    "clearing_unattested": Meaning(100, "未见证清场", "nobody attests that the room was cleared"),
    "attestation_missing": Meaning(40, "见证项或知情同意缺失", "attestation or consent is missing"),
    "coaching_signs": Meaning(40, "有被教答迹象", "signs of coaching"),
    "interference": Meaning(40, "访谈受到干扰", "somebody interfered"),
    # Signs that an interview was not held as told
    "identical_answers": Meaning(
        60, "与另一户答案完全相同", "answers equal to another household's"
    ),
    "photo_seen_elsewhere": Meaning(
        60, "照片在另一户出现过", "the photo came with another household"
    ),
    "overlapping_visits": Meaning(
        50, "与同一手机的另一访谈时间重叠", "held while the phone was elsewhere"
    ),
    "independence_doubted": Meaning(
        60, "按现有申报，访谈者本不应前往", "asked by somebody whom declarations bar by now"
    ),
    "reinterview_differs": Meaning(
        50, "盲复访答案不一致", "the blind re-interview tells otherwise"
    ),
    "suspicion_gone": Meaning(
        45, "另一版曾有的疑似不见了", "another revision raised a suspicion that this one lacks"
    ),
    "near_identical_text": Meaning(
        40, "文字与另一户几乎相同", "free text nearly that of another household"
    ),
    "location_far": Meaning(35, "位置离村超过限度", "held too far from the village"),
    "same_spot": Meaning(30, "与另一户在同一点", "on the spot of another household"),
    "rapid_sequence": Meaning(30, "与上一访谈间隔过短", "sealed too soon after another interview"),
    "too_short": Meaning(30, "访谈过短", "the interview was too short"),
    "reserve_out_of_order": Meaning(30, "备用户未按顺序使用", "a reserve was used out of order"),
    "clock_jumped": Meaning(25, "时钟跳变或先终后始", "the clock jumped, or ended before it began"),
    "duration_disagrees": Meaning(
        25, "时长与设备计时不符", "longer than the phone's own clock allows"
    ),
    "draw_differs": Meaning(25, "手机抽签与服务器不符", "the phone drew others than the server"),
    "night_hours": Meaning(20, "夜间访谈", "held at night"),
    "straight_lined": Meaning(
        15, "满意度全选同一极端项", "one extreme answer to all four subjects"
    ),
    "clock_offset": Meaning(10, "手机时钟偏差大", "the phone's clock was off"),
    "too_long": Meaning(10, "访谈过长", "the interview was too long"),
    "location_missing": Meaning(10, "没有位置", "no position"),
    "location_inaccurate": Meaning(5, "位置精度差", "the position is inaccurate"),
    "file_not_announced": Meaning(
        25, "只有照片或签名的哈希，手机未报文件", "a photo or signature is named, no file announced"
    ),
    "files_missing": Meaning(10, "照片或签名未到齐", "photos or signatures are still to come"),
    # Parts that disagree
    "house_looks_unsafe": Meaning(
        30, "房屋看似不安全而等级为 A/B", "the house looks unsafe, its grade is A or B"
    ),
    "house_not_lived_in": Meaning(25, "房屋无人居住", "nobody lives in the house"),
    "relocation_not_lived_in": Meaning(25, "安置房未入住", "the relocation home is not lived in"),
    "seen_better_than_found": Meaning(20, "所见好于所答", "seen better than found"),
    "seen_worse_than_found": Meaning(30, "所见差于所答", "seen worse than found"),
    "judged_secure": Meaning(20, "调查员判断稳定而规则不达标", "judged secure, yet a block fails"),
    "judged_wrong_exit": Meaning(
        30, "调查员疑错退而规则达标", "judged a wrong exit, no block fails"
    ),
    "judged_missed": Meaning(
        30, "调查员疑漏评而规则未及", "judged missed, the rules found nothing"
    ),
    "judged_at_risk": Meaning(10, "调查员判断有风险", "judged at risk"),
    "judged_well_off": Meaning(
        20, "调查员判断富裕而规则不达标", "judged well off, yet a block fails"
    ),
    "members_disagree": Meaning(
        10, "人口数与成员表不符", "head-count and list of members disagree"
    ),
    "class_differs": Meaning(
        20, "现场属性与名册不同", "the class found is not that of the register"
    ),
    "excluded": Meaning(20, "有排除情形，留专家定", "an exclusion holds; for the experts"),
    "fails_without_want_of_money": Meaning(
        15, "不达标但非因贫", "fails, but not for want of money"
    ),
    "other_exclusion": Meaning(10, "其他排除情形", "another exclusion"),
    "fit_to_exit": Meaning(5, "未脱贫户已达标", "registered poor and fit to exit"),
    "monitoring_missing": Meaning(15, "应监测未监测", "should be monitored and is not"),
    "income_will_end": Meaning(10, "收入来源将失去", "the income is about to end"),
    "one_off_income": Meaning(20, "一次性收入占比高", "much of the income is one-off"),
    "no_income_evidence": Meaning(5, "收入无佐证", "no evidence of income"),
    "unappraised_seen_sound": Meaning(5, "未鉴定但看似安全", "never appraised, seen sound"),
    "elders_apart_registered_elsewhere": Meaning(10, "老人另户", "elders registered apart"),
    "persons_from_rows": Meaning(3, "人口按成员表", "head-count taken from the list of members"),
    "persons_from_register": Meaning(5, "人口按名册", "head-count taken from the register"),
    # Form
    "unanswered": Meaning(3, "有题未答", "a question is unanswered"),
    "not_relevant": Meaning(2, "答了不该问的题", "answered what was not to be asked"),
    "half_character": Meaning(3, "有半个字符丢失", "half a character was lost on the phone"),
    "times_unreadable": Meaning(
        25, "起止时间无法换算", "begin or end lies beyond what a clock can mean"
    ),
    "soft_constraint": Meaning(5, "数值可疑", "an unlikely value"),
    "stale_form": Meaning(5, "用了旧版问卷", "asked with an older questionnaire"),
}
OTHER = Meaning(5, "其他提示", "another remark")

WANTS_A_WORD = CONTRADICTIONS | {"suspicion_gone", "attestation_missing", "independence_doubted"}
"""Flags with which nothing is accepted in silence: whoever does says why."""

FOR_OTHERS = MUST_RETURN | {"independence_doubted"}
"""Flags with which another pair goes, where somebody is to go again."""

FORM = frozenset({"unanswered", "not_relevant", "soft_constraint"})
"""Flags that may stand many times in one interview and weigh once."""


def meaning(code: str) -> Meaning:
    """Return weight and sentence of a flag; one without words says that it is another remark."""
    return MEANINGS.get(code, OTHER)


def told(flag: Mapping[str, Any]) -> dict[str, Any]:
    """Return a flag with its weight and sentences beside it."""
    found = meaning(flag["code"])
    return {**flag, "weight": found.weight, "zh": found.zh, "en": found.en}


def pressing(flags: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Put flags into words, the weightiest first."""
    return sorted((told(flag) for flag in flags), key=lambda one: (-one["weight"], one["code"]))


def urgency(
    codes: Iterable[str], *, undetermined: bool, in_conflict: bool, is_first: bool = True
) -> int:
    """Order interviews of an evening: must return, weight of flags, undetermined, in conflict.

    The higher, the earlier; among equals the one that waits longest comes first.

    is_first : False for a second interview, whose condition orders nothing anew
    """
    known = set(codes)
    weight = min(sum(meaning(code).weight for code in known), 999)
    must = bool(known & MUST_RETURN) and is_first
    return ((must * 1000 + weight) * 2 + undetermined) * 2 + in_conflict


LEAST_OF_MUST_RETURN = 4000
"""From this urgency on an interview has to be repeated by another pair."""
