"""Headings, column heads, captions and notes of pages 1 and 2, and of the furniture."""

from __future__ import annotations

from report_templates.wording.bilingual import Bilingual, dotted

SIMULATED = Bilingual("模拟数据", "Simulated data")

LABELS = dotted(
    {
        "series": ("贫困县退出专项评估检查 | 县级评估结论", "County exit inspection | Verdict"),
        "title": ("{county}退出专项评估结论", "Exit inspection verdict, {county}"),
        "version": ("第 {version} 版", "v{version}"),
        "replaces": ("替代第 {replaces} 版", "replaces v{replaces}"),
        "page": ("第 {page} 页，共 {pages} 页", "Page {page} of {pages}"),
        "simulated.band": (
            "模拟数据：名册、访谈和结论均为虚构，不反映任何真实农户或县的情况",
            "Simulated data: register, interviews and verdict are invented",
        ),
        "simulated.metadata": (
            "模拟数据，不反映任何真实县的情况",
            "Simulated data, saying nothing about any real county",
        ),
        "fact.batch": ("批次", "Batch"),
        "fact.region": ("地区组", "Region group"),
        "fact.region.value": (
            "{group}，发生率线 {threshold}",
            "{group}, line {threshold}",
        ),
        "fact.field": ("实地评估", "Fieldwork"),
        "fact.field.value": ("{start} 至 {end}", "{start} to {end}"),
        "fact.sample": ("样本", "Sample"),
        "fact.sample.value": (
            "{townships} 个乡镇 {villages} 个村 {households} 户 {persons} 人",
            "{townships}, {villages}, {households}, {persons}",
        ),
        "standing": ("统计把握", "Standing"),
        "column.indicator": ("指标", "Indicator"),
        "column.estimate": ("加权估计", "Estimate"),
        "column.estimate_ratio": ("估计与样本比", "Estimate, ratio"),
        "column.interval": ("{level} 区间", "{level} interval"),
        "column.threshold": ("阈值", "Threshold"),
        "threshold.reference": ("参考", "ref."),
        "column.finding": ("判定", "Finding"),
        "strip.pass": ("达标", "pass"),
        "strip.fail": ("未达标", "fail"),
        "attachment": ("本报告所依据的数据", "The figures this report was drawn from"),
        "alt.strip": (
            "条形图：各指标估计值与区间相对本行阈值的位置，数值见随后的表。",
            "Chart: estimate and interval of each criterion against its own threshold; "
            "figures in the table that follows.",
        ),
        "alt.forest": (
            "森林图：各层与全县的综合贫困发生率及区间，数值见随后的表。",
            "Forest plot: poverty incidence and interval of each stratum and of the county; "
            "figures in the table that follows.",
        ),
        "alt.answers": (
            "堆积条形图：各问题的回答构成，合计数见随后的表。",
            "Stacked bars: answers to each question; their totals are in the table that follows.",
        ),
        "strip.caption": (
            "图中每行以本行阈值为 1：菱形为估计，横条为 {level} 区间；认可度画不认可的比例。"
            "估计下方为样本比。{reference}",
            "Axis in multiples of each threshold: diamond = estimate, bar = {level} interval; "
            "satisfaction as share against. Ratios in persons 人, households 户.",
        ),
        "strip.reference": (
            "末行仅供参考。",
            "Last row: for reference.",
        ),
        "heading.sure": ("有多大把握", "How sure are we"),
        "heading.change": ("什么会改变结论", "What would change it"),
        "heading.verify": ("核验本报告", "Verify this report"),
        "heading.next": ("下一步", "Next"),
        "dropped": (
            "另有 {count} 点说明见附注。",
            "Further remarks in the notes: {count}.",
        ),
        "next.release": ("本结论发布于 {date}。", "Released on {date}."),
        "evidence": ("证据：{finding}", "Evidence: {finding}"),
        "forest.heading.passing": (
            "图 1  综合贫困发生率：各层的区间都整体低于 {threshold}",
            "Poverty incidence: the intervals of all strata lie below {threshold}",
        ),
        "forest.heading.reaching.all": (
            "图 1  综合贫困发生率：各层的区间都触及 {threshold}",
            "Poverty incidence: the intervals of all strata reach {threshold}",
        ),
        "forest.heading.reaching": (
            "图 1  综合贫困发生率：{total} 层中 {count} 层的区间触及 {threshold}",
            "Poverty incidence: {count} of {total} strata reach {threshold}",
        ),
        "forest.heading.failing": (
            "图 1  综合贫困发生率：{total} 层中 {count} 层的区间整体超过 {threshold}",
            "Poverty incidence: {count} of {total} strata lie beyond {threshold}",
        ),
        "forest.stratum": ("层", "Stratum"),
        "forest.villages": ("村", "Villages"),
        "forest.households": ("入样户", "Drawn"),
        "forest.chart": ("发生率（%），竖线 {threshold}", "incidence, %; line = threshold"),
        "forest.county": ("全县", "County"),
        "forest.caption": (
            "方块面积与入样户数成正比，菱形为全县，横线为 {level} 区间；层次按村的偏远程度划分。",
            "Square area follows households drawn, the diamond is the county, lines are "
            "{level} intervals. Strata follow the remoteness of villages.",
        ),
        "forest.merged": (
            "相邻小层已合并，见第 3 页说明。",
            "Small strata are merged: see the note on page 3.",
        ),
        "counted": (
            "入样 {opened} 户，受访 {households} 户；"
            "发生率据其中脱贫户与非建档立卡户 {usable} 户估计。",
            "Households drawn {opened}, interviewed {households}; incidence rests on the "
            "{usable} of them that are exited or non-registered.",
        ),
        "satisfaction.heading": (
            "图 2  认可度分问：{lowest}的点估计最低，{value}",
            "Lowest point estimate: {lowest}, {value}",
        ),
        "satisfaction.none": ("图 2  认可度分问：没有回答", "Satisfaction by question: no answers"),
        "satisfaction.none.text": (
            "没有受访户回答认可度的分问，因此没有图表。",
            "No household answered the questions on satisfaction, so there is nothing to draw.",
        ),
        "satisfaction.question": ("问题", "Question"),
        "satisfaction.answers": ("回答构成（加权 %）", "Answers, weighted %"),
        "satisfaction.approving": ("认可合计", "Approving"),
        "satisfaction.neutral": ("一般", "Neither"),
        "satisfaction.against": ("不认可", "Against"),
        "satisfaction.unaware": ("不了解", "Unaware"),
        "satisfaction.n": ("户", "n"),
        "satisfaction.caption": (
            "总体一问只分认可与不认可。",
            "The last question is yes or no.",
        ),
        "satisfaction.rule": (
            "第 1 页的群众认可度按户合成：{rule}。",
            "On page 1 each household counts once: {rule}.",
        ),
        "cases.heading": (
            "疑似问题 {flagged} 例，查实 {confirmed} 例",
            "{flagged} suspected cases, {confirmed} confirmed",
        ),
        "cases.kind": ("类型", "Type"),
        "cases.total": ("合计", "Total"),
        "cases.flagged": ("标记", "Flagged"),
        "cases.replied": ("县级举证", "Replied"),
        "cases.overturned": ("排除", "Cleared"),
        "cases.confirmed": ("查实", "Confirmed"),
        "cases.undecided": ("未决", "Open"),
        "cases.persons": ("查实人数", "Persons"),
        "cases.caption": (
            "一例为一户的一类问题；县级可举证，裁定后才算查实。",
            "One case = one household, one kind; confirmed only by a ruling.",
        ),
        "reach.heading": ("证实机会 {chances}", "Chance {chances}"),
        "reach.heading.none": ("方案没有说证实机会", "The plan names no chance"),
        "reach.measure": ("设计", "Design"),
        "reach.size": ("村/户", "villages/hh"),
        "reach.effective": ("有效样本", "eff. n"),
        "reach.zero": ("零例上限", "if none"),
        "reach.chance": ("证实机会", "chance"),
        "reach.needed": ("所需户数", "needed"),
        "reach.caption": (
            "机会：真值为 {p1} 时证实低于 {p0}。",
            "Chance to establish below {p0} if the truth is {p1}.",
        ),
        "errors.heading": (
            "表 1  抽样误差：有效样本 {low}–{high}",
            "Sampling errors: effective n {low} to {high}",
        ),
        "errors.se": ("标准误", "SE"),
        "errors.deff": ("设计效应", "Deff"),
        "errors.n": ("受访户", "Answered"),
        "errors.n_eff": ("有效样本", "Effective n"),
        "errors.df": ("自由度", "df"),
        "errors.interval95": ("95% 区间", "95% interval"),
        "errors.undetermined": ("含未定户", "Undetermined"),
        "errors.caption": (
            "各率、标准误和区间以百分数计，区间向外取整。含未定户：未定户全部合格与全部不合格时的估计。",
            "Rates, SE and intervals in %, intervals rounded outward. Undetermined: the estimate "
            "with such households all good, and all bad.",
        ),
        "errors.unstratified": (
            "并层后只余全县，不作分层估计，见第 3 页说明。",
            "No estimates by stratum are left after merging: see the note on page 3.",
        ),
        "errors.none_found": (
            "标准误“–”：未查实一例，无从估计，设计效应取计划值；查实很少时标准误偏小，以区间为准。",
            "A dash for SE: none found, so it cannot be estimated and deff is the planned one; "
            "after few cases SE is too small: trust the interval.",
        ),
        "notes.heading": ("附注", "Notes"),
        "notes.more": ("附注（续）", "Notes, continued"),
        "notes.go_on": ("（续见末页）", "(Continued on the last page.)"),
        "notes.line": (
            "收入标准线：{year} 年 {yuan} 元。标准时点 {date}。评估机构：{agency}。",
            "Income line {yuan} yuan of {year}. Reference date {date}. Agency: {agency}.",
        ),
        "notes.rulebook": (
            "评估规则 {rulebook}，软件 {software}。",
            "Rule book {rulebook}, software {software}.",
        ),
    }
)
