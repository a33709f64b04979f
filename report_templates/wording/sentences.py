"""Sentences of a verdict, keyed by code; `phrases.py` puts the figures in."""

from __future__ import annotations

from report_templates.wording.bilingual import dotted

# A code that ends in "#" and a word is the variant `phrases.py` picks when an argument asks for it.
SENTENCES = dotted(
    {
        "verdict.meets.established": (
            "四项指标的估计值都在达标一侧，各自的区间也整体落在达标一侧。",
            "All four estimates pass, and so does the whole interval of each.",
        ),
        "verdict.meets.open": (
            "四项指标的估计值都达标，其中{established}项的区间也整体达标；"
            "{open}的区间触及阈值，真值仍可能未达标。",
            "All four estimates pass, {established} with the whole interval; "
            "the truth may still fail for {open}.",
        ),
        "verdict.meets.open#none": (
            "四项指标的估计值都达标，但各项区间都触及阈值，真值仍可能未达标。",
            "All four estimates pass, but every interval reaches its threshold, "
            "so the truth may still fail.",
        ),
        "verdict.unmet.established": (
            "{unmet}的估计值未达标，一项不达标即未达到标准。"
            "按四项分担误差的更严水平，{certain}的区间仍整体落在未达标一侧。",
            "The estimate fails for {unmet}, and one failing criterion is enough. At the stricter "
            "level shared by four criteria the whole interval of {certain} still fails.",
        ),
        "verdict.unmet.open": (
            "{unmet}的估计值未达标，一项不达标即未达到标准。但抽样误差之内仍可能达标，结论须经复核。",
            "The estimate fails for {unmet}, and one failing criterion is enough. Sampling error "
            "leaves room for the opposite, so the verdict must be re-checked.",
        ),
        "note.sides_differ": (
            "加权估计与样本比分居阈值两侧：{each}；以{decided_by}为准。",
            "Weighted estimate and sample ratio lie on different sides of the threshold: {each}; "
            "{decided_by} decides.",
        ),
        "sure.interval": (
            "区间两端各为单侧 {confidence} 界限（双侧 {two_sided}）。",
            "Each end of a {two_sided} interval is a one-sided {confidence} bound.",
        ),
        "sure.design_effect": (
            "已计入同村农户相似：{each}。",
            "Likeness within villages is allowed for: {each}.",
        ),
        "sure.open": (
            "真值可能触及或越过阈值：{each}。",
            "The truth may reach or cross the threshold: {each}.",
        ),
        "sure.zero_found": (
            "未查实一例不等于没有：{each}。",
            "None found does not mean none: {each}.",
        ),
        "sure.reach": (
            "方案抽 {villages} 村 {households} 户{household_class}，"
            "真值为 {p1} 时有 **{chance}** 的机会证实达标。",
            "With {households} ({household_class}) in {villages}, the chance to "
            "establish a pass is {chance} if the truth is {p1}.",
        ),
        "sure.response": (
            "应答率 **{response_rate}**；换户率 {replacement_rate}，未超过 {alarm_rate} 警戒线。",
            "Response {response_rate}; replaced {replacement_rate}, alarm line {alarm_rate}.",
        ),
        "sure.response#alarm": (
            "应答率 **{response_rate}**；换户率 **{replacement_rate}**，超过 {alarm_rate} 警戒线，"
            "解读须谨慎。",
            "Response {response_rate}; replaced {replacement_rate}, above the alarm line of "
            "{alarm_rate}: read with care.",
        ),
        "sure.undetermined": (
            "**{households} 户**无法判定，全算好、全算坏，结论都不变。",
            "{households} undetermined: the verdict holds whether all are good or all bad.",
        ),
        "sure.undetermined#turns": (
            "**{households} 户**无法判定：全算好则达到退出标准，全算坏则未达到。",
            "{households} undetermined: the county meets the standard if all are good, "
            "and does not if all are bad.",
        ),
        "change.flip": (
            "按平均户计，再查实几户即改变判定：",
            "Further cases of average weight that change a finding:",
        ),
        "change.outcome": (
            "按平均户计，再有 **{households} 户**{case}，总结论即反转。",
            "To reverse the verdict: {households} more of average weight ({case}).",
        ),
        "change.extend": (
            "另抽 {villages} 个村加访 **{households} 户**，多半可确证{each}。",
            "{households} more in another {villages} would probably settle: {each}.",
        ),
        "change.extend_unreachable": (
            "{each}离阈值太近，加访到可行的规模也难以确证。",
            "Too near the threshold for any feasible extension to settle: {each}.",
        ),
        "change.variant": (
            "若{reading}：{each}（{finding}）。",
            "With {reading}: {each} ({finding}).",
        ),
        "change.no_variant": (
            "{settings}换用另一种解释，各项判定不变。",
            "Other readings change no finding: {settings}.",
        ),
        "next.reply": (
            "**{date}**之前（{days} 天内）县级可提出书面意见。",
            "The county may reply in writing until {date} ({days}).",
        ),
        "next.recheck": (
            "建议复核{indicators}，结果另发新版。",
            "A re-check of {indicators} is advised; its result will be a new version.",
        ),
        "strata.differ": (
            "{high}的贫困发生率高于{low}",
            "Poverty incidence is higher in {high} villages than in {low} ones",
        ),
        "strata.overlap": (
            "{high}的贫困发生率点估计较高，区间重叠",
            "Higher point estimate of incidence in {high} than in {low} villages, "
            "but intervals overlap",
        ),
        "strata.unsaid": (
            "分层估计、分问认可度和疑似问题",
            "Estimates by stratum, satisfaction by question, suspected cases",
        ),
        "strata.none": (
            "全县综合贫困发生率 {value}，{level} 区间 {low}–{high}",
            "Poverty incidence of the county {value}, {level} interval {low} to {high}",
        ),
        "strata.single": (
            "各村同属一层，不作分层比较",
            "All villages form one stratum, so there is nothing to compare",
        ),
    }
)

# What stands for {each} in a sentence that several indicators share, once for each of them.
EACH = dotted(
    {
        "note.sides_differ": (
            "{indicator} {estimate} 与 {ratio}",
            "{indicator} {estimate} and {ratio}",
        ),
        "sure.design_effect": (
            "{indicator}设计效应 **{deff}**",
            "design effect {deff} for {indicator}",
        ),
        "sure.open": ("{indicator}可{reaching} **{bound}**", "{indicator} {reaching} {bound}"),
        "sure.zero_found": (
            "{indicator}可至 **{bound}**（有效样本 {n_eff}）",
            "{indicator} up to {bound} (effective n {n_eff})",
        ),
        "change.flip": ("{indicator} {households} 户", "{indicator} {households}"),
        "change.extend": ("{indicator}", "{indicator}"),
        "change.extend_unreachable": ("{indicator}", "{indicator}"),
        "change.variant": ("{indicator} **{value}**", "{indicator} {value}"),
    }
)
