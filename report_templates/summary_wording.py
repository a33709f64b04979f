"""Every word of the summary of a campaign, Chinese and English, keyed by code."""

from __future__ import annotations

from report_templates.wording import Bilingual, words

_ROWS: dict[str, tuple[str, str]] = {
    "series": ("退出专项评估检查 | 活动总览", "County exit inspection | Campaign summary"),
    "title": ("{name}：各县结论总览", "{name}: verdicts of all counties"),
    "about": (
        "供委托方使用，{date} 汇编，共 {counties} 个县。各县按行政区划代码排列，不作排名："
        "误差不同的估计值不能据以分出先后。各县结论以其评估报告为准。",
        "For the commissioner, compiled {date}, {counties} counties. Counties stand in the order "
        "of their codes and are not ranked: estimates with different errors put nobody first or "
        "last. What counts is each county's own report.",
    ),
    "outcomes": ("结论", "Outcomes"),
    "outcomes.none": ("合计", "All"),
    "outcome": ("结论与确证程度", "Outcome and standing"),
    "counties": ("县数", "Counties"),
    "meets.established": ("达到，统计确证", "Meets, established"),
    "meets.open": ("达到，未全部确证", "Meets, not all established"),
    "does_not_meet.established": ("未达到，统计确证", "Does not meet, established"),
    "does_not_meet.open": ("未达到，未确证", "Does not meet, not established"),
    "passes": ("达标结论中预计有误的数目", "How many passes may be wrong"),
    "passes.text": (
        "{passes} 个县的估计值全部达标，其中预计 {expected} 个县的真实情况并未达标；"
        "四项均统计确证的 {established} 个县中，预计 {expected_established} 个。"
        "若全部 {counties} 个县恰好处于标准线上，仅凭抽样误差"
        "也会有至多 {at_threshold} 个县被确证达标。",
        "The estimates of {passes} counties meet every threshold; of these, {expected} are "
        "expected not to meet the standard in truth. Of the {established} counties with all four "
        "criteria established, {expected_established} are. Were all {counties} counties exactly "
        "at a threshold, sampling error alone would establish up to {at_threshold}.",
    ),
    "passes.method": (
        "算法：每个达标县取四项指标 p 值之和（至多为 1）为其误判概率，各县相加；"
        "p 值由所印置信界限反推。"
        "界限的实际覆盖率高于其名义水平时，此数偏大。它说明的是总数，不指明是哪些县。",
        "How: a county that passes counts with the sum of the p-values of its criteria, at most 1; "
        "p-values invert the printed bounds. Where bounds hold more often than they say, the "
        "number is too large. It says how many, not which.",
    ),
    "list": ("经得起多次比较的达标县", "Passes that stand up to many looks"),
    "list.text": (
        "表中有 {listed} 个县标“是”：按 Benjamini 与 Hochberg（1995）的方法，"
        "这些县中误判所占比例的期望不超过 {q}。"
        "未标“是”不等于未达标，只说明在 {counties} 次比较中证据尚不足。",
        "{listed} counties are marked yes: by the method of Benjamini and Hochberg (1995), a share "
        "of at most {q} of those so marked is expected to be wrong. A county without the mark may "
        "well meet the standard; among {counties} looks its evidence does not yet suffice.",
    ),
    "province": ("{zh}（{counties} 个县）", "{en} ({counties})"),
    "code": ("代码", "Code"),
    "county": ("县", "County"),
    "established": ("{count}/4 确证", "{count}/4 established"),
    "meets": ("达到", "Meets"),
    "listed": ("列入", "Listed"),
    "listed.yes": ("是", "yes"),
    "listed.no": ("–", "–"),
    "key": ("图例", "Key"),
    "key.text": (
        "估计值旁的符号：圆为达标且确证，三角为达标未确证，菱形为未达标未确证，方为未达标且确证。",
        "Beside an estimate: disc, met and established; triangle, met, not established; diamond, "
        "not met, not established; square, not met and established.",
    ),
    "check": ("核对", "To check"),
    "check.text": (
        "本表依据所附 summary.json 绘制，其 SHA-256 为 {digest}；"
        "其中载有各县 verdict.json 的摘要。",
        "Drawn from the summary.json attached, the SHA-256 of which is {digest}; it holds the "
        "digests of every county's verdict.json.",
    ),
    "attachment": ("本总览所依据的数据", "What this summary was drawn from"),
}

SUMMARY = {code: Bilingual(*both) for code, both in _ROWS.items()}


def say(code: str, /, **arguments: object) -> Bilingual:
    """Return the words of a code, the same figures in both languages."""
    both = words(SUMMARY, "summary", code)
    return Bilingual(both.zh.format(**arguments), both.en.format(**arguments))
