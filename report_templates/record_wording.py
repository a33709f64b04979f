"""Every word of pages 3 and 4 and of the annexes of a verdict, Chinese and English, by code."""

from __future__ import annotations

from report_templates.wording import Bilingual, words

_ROWS: dict[str, tuple[str, str]] = {
    "towns.title.all": (
        "{towns} 个乡镇的结果都可单独引用",
        "The results of all {towns} townships may be quoted alone",
    ),
    "towns.title.some": (
        "{towns} 个乡镇中 {firm} 个的结果可单独引用",
        "The results of {firm} of {towns} townships may be quoted alone",
    ),
    "towns.title.none": (
        "{towns} 个乡镇的结果都不宜单独引用",
        "None of the {towns} townships has results that may be quoted alone",
    ),
    "towns.title.counts": (
        "入样 {opened} 户，受访 {households} 户，应答率 {response}",
        "Households drawn {opened}, interviewed {households}, response {response}",
    ),
    "towns.heading": (
        "表 2  样本遍及 {towns} 个乡镇 {villages} 个村",
        "The sample: townships {towns}, villages {villages}",
    ),
    "towns.heading.response": (
        "表 2  各乡镇应答率 {low}–{high}",
        "Response by township: {low} to {high}",
    ),
    "towns.name": ("乡镇", "Township"),
    "towns.villages": ("村", "Villages"),
    "towns.households": ("入样户", "Drawn"),
    "towns.tens": ("户（约）", "Drawn, tens"),
    "towns.response": ("应答率", "Response"),
    "towns.incidence": ("发生率", "Incidence"),
    "towns.revisits": ("盲复访", "Revisits"),
    "towns.agreement": ("复访一致", "Agreement"),
    "towns.n_eff": ("有效样本", "Effective n"),
    "towns.grade": ("等级", "Grade"),
    "towns.total": ("全县", "County"),
    "towns.caption": (
        "等级由有效样本和区间半宽（以阈值为 1）定：A 最稳，D 无估计；C、D 级不宜单独引用。"
        "乡镇结果只用于找问题，不用于排名。",
        "Grades follow effective n and half the interval against the threshold: A is firmest, D "
        "has no estimate; quote no C or D alone. Townships locate problems; they are not ranked.",
    ),
    "towns.caption.public": (
        "户数取整到十；少数未答时应答率只给范围。乡镇不给估计值和案件数：单元过小，会透露农户的情况。",
        "Households in tens; response is a range where few did not answer. No estimates or cases "
        "by township: cells so small would tell of households.",
    ),
    "towns.rest": (
        "其余 {count} 个乡镇见附件 D。",
        "The other townships ({count}) stand in annex D.",
    ),
    "quality.heading": (
        "名册与实地户别相符 {agree}",
        "Class by register and field agrees: {agree}",
    ),
    "quality.heading.response": (
        "应答率 {response}，换户率 {replaced}",
        "Response {response}, replaced {replaced}",
    ),
    "quality.item": ("核对项目", "Item"),
    "quality.base": ("数目", "Number"),
    "quality.share": ("比率", "Share"),
    "quality.response": ("应答", "answered"),
    "quality.replaced": ("换户", "replaced"),
    "quality.class": ("户别相符", "class agrees"),
    "quality.persons": ("人口相符", "size agrees"),
    "quality.reinterviews": ("盲复访相符", "asked again"),
    "quality.villages": ("备用村顶替", "villages replaced"),
    "quality.caption": (
        "户别、人口：名册与调查相同的户，以整百分数计；盲复访：两次答复相同的比例。",
        "Class, size: register and interview say the same, in whole per cent; asked again: blind "
        "second interviews, answers that were the same.",
    ),
    "quality.open": (
        "另有缺照片或签名的访谈 {files} 份、未决案例 {cases} 例、样本外线索 {leads} 件。",
        "Also: interviews without photo or signature {files}, cases undecided {cases}, leads from "
        "outside the sample {leads}.",
    ),
    "sources.heading.inside": ("名册发生率在本次区间之内", "Register within our interval"),
    "sources.heading.outside": ("名册发生率在本次区间之外", "Register outside our interval"),
    "sources.heading": ("其他来源", "Other sources"),
    "sources.source": ("来源", "Source"),
    "sources.value": ("数值", "Figure"),
    "sources.estimate": ("本次评估", "this inspection"),
    "sources.register_incidence": ("名册发生率", "by the register"),
    "sources.persons_e": ("脱贫人口", "exited"),
    "sources.persons_p": ("未脱贫人口", "still poor"),
    "sources.persons_n": ("非建档立卡人口", "non-registered"),
    "sources.persons_rural": ("农村人口", "rural persons"),
    "sources.caption": (
        "本次评估为抽样加权；名册发生率为未脱贫人口比农村人口；人口为官方统计。",
        "This inspection: weighted sample. Register: still poor over rural persons. Persons: "
        "official totals.",
    ),
    "readings.heading": (
        "表 3  规则换一种解释：{count} 项判定改变",
        "Findings that change under other readings: {count}",
    ),
    "readings.heading.none": (
        "表 3  规则换一种解释：各项判定不变",
        "No finding changes under other readings",
    ),
    "readings.reading": ("规则的解释", "Reading of the rules"),
    "readings.otherwise": ("换一种解释", "otherwise"),
    "readings.caption": (
        "规则有不同解释之处，本报告按评估规则所选的一种判定；这里列出另一种的结果。",
        "Where the rules are read in two ways this report follows its rule book; these are the "
        "results under the other reading.",
    ),
    "trend.heading.lower": (
        "图 4  综合贫困发生率低于上次评估",
        "Poverty incidence is lower than at the last inspection",
    ),
    "trend.heading.higher": (
        "图 4  综合贫困发生率高于上次评估",
        "Poverty incidence is higher than at the last inspection",
    ),
    "trend.heading.overlap.lower": (
        "图 4  综合贫困发生率点估计较上次低，区间重叠",
        "Lower point estimate than at the last inspection, but intervals overlap",
    ),
    "trend.heading.overlap.higher": (
        "图 4  综合贫困发生率点估计较上次高，区间重叠",
        "Higher point estimate than at the last inspection, but intervals overlap",
    ),
    "trend.caption": (
        "只列有评估的年份；方块为估计，横条为 {level} 区间（%），竖线为阈值。年份之间不连线。",
        "Only years with an inspection; square = estimate, bar = {level} interval (%), "
        "line = threshold. Years are not joined.",
    ),
    "alt.trend": (
        "趋势图：各次评估的综合贫困发生率及区间，数值见随后的表。",
        "Chart: poverty incidence and interval at each inspection; figures in the table below.",
    ),
    "trend.chart": ("发生率（%）", "incidence, %"),
    "trend.year": ("标准时点", "Reference date"),
    "trend.interval": ("{level} 区间", "{level} interval"),
    "trend.outcome": ("结论", "Verdict"),
    "trend.number": ("编号", "Number"),
    "method.title.sealed": (
        "评估规则、方案和样本的封存均不晚于入户",
        "Rule book, plan and sample were sealed no later than the first visit",
    ),
    "method.title.late": (
        "评估规则、方案、样本有在入户之后封存的",
        "Rule book, plan or sample were sealed after the first visit",
    ),
    "method.title.unsealed": (
        "本报告可由所附数据逐字节重绘",
        "This report can be redrawn from its data byte for byte",
    ),
    "method.design": ("如何抽样与估计", "Design and estimation"),
    "method.design.text": (
        "村按偏远程度分为 {classes} 类，分层抽村，村内抽户；每户的入样机会事先已知。"
        "估计按入样机会和应答加权；方差按村计算，计入同村农户相似。抽村办法、区间算法等见方法附件。",
        "Villages are stratified by remoteness in {classes} classes and drawn within strata, then "
        "households within villages, each with a known chance. Estimates are weighted by chance "
        "of selection and response, variance taken between villages. The methods annex has how "
        "villages are selected and intervals computed, and all other settings.",
    ),
    "method.setting": ("设置", "Setting"),
    "method.value": ("取值", "Value"),
    "method.villages": ("计划样本村", "villages planned"),
    "method.villages.value": (
        "{villages} 村，{classes} 类",
        "{villages} villages, {classes} classes",
    ),
    "method.a_village": ("每村户数", "households a village"),
    "method.a_village.value": (
        "脱贫 {E}、非建档 {N}、贫困 {P}",
        "exited {E}, others {N}, poor {P}",
    ),
    "method.all": ("全部", "all"),
    "method.confidence": ("置信水平", "level"),
    "method.confidence.value": ("单侧 {level}", "one-sided {level}"),
    "method.rule": ("判定规则", "Decision rule"),
    "method.rule.text": (
        "{decided_by}与阈值比较，四项都达标才达到退出标准。区间也整体达标的记“统计确证”，否则建议复核。",
        "What decides is {decided_by}, held against its threshold; all four must pass. Where the "
        "whole interval passes too, the finding is established; otherwise a re-check is advised.",
    ),
    "method.sealed.before": (
        "评估规则 {rulebook} 于 {rule} 封存，方案 {plan}，样本 {sample}，"
        "均不晚于 {field} 入户之日。",
        "Rule book {rulebook} was sealed on {rule}, the plan on {plan}, the sample on {sample}, "
        "none later than the first visit on {field}.",
    ),
    "method.sealed": (
        "评估规则 {rulebook} 于 {rule} 封存，方案 {plan}，样本 {sample}；实地评估始于 {field}。",
        "Rule book {rulebook} was sealed on {rule}, the plan on {plan}, the sample on {sample}; "
        "fieldwork began on {field}.",
    ),
    "method.limits": ("已知局限", "Known limits"),
    "method.limits.recall": (
        "收入由农户回忆，可能低报；敏感的问题可能答得保守。",
        "Income is recalled and may be under-reported; delicate answers may be guarded.",
    ),
    "method.limits.away": (
        "无人应答的户由加权补足，前提是同层农户情况相近。",
        "Weights make up for households that did not answer, as if alike within their stratum.",
    ),
    "method.limits.error": (
        "区间只含抽样误差，不含登记或询问本身的差错。",
        "Intervals tell of sampling error only, not of faults in lists or questions.",
    ),
    "method.terms": ("术语", "Terms"),
    "method.terms.exit": (
        "**错退率**：脱贫人口中不应退出者的比例。**漏评率**：非建档立卡人口中应纳入者的比例。"
        "**综合贫困发生率**：未脱贫、错退、漏评人口占农村人口的比例。**返贫率**：退出后又低于标准者的比例。"
        "**群众认可度**：认可户占受访户的比例。",
        "Wrong exit: exited but below the standard. Missed: qualifies but not registered. "
        "Incidence: still poor, wrongly exited and missed persons over rural persons. Recurrence: "
        "fell back after exit. Satisfaction: approving households over those interviewed.",
    ),
    "method.terms.revisit": (
        "**返贫率**：脱贫人口中退出后又低于标准者的比例，回访时代替错退率。"
        "**漏评率**：非建档立卡人口中应纳入者的比例。"
        "**综合贫困发生率**：未脱贫、返贫、漏评人口占农村人口的比例。"
        "**错退率**：当初就不应退出者的比例。**群众认可度**：认可户占受访户的比例。",
        "Recurrence: fell back after exit; at a revisit in the place of wrong exit. Missed: "
        "qualifies but not registered. Incidence: still poor, fallen back and missed persons over "
        "rural persons. Wrong exit: never met the standard. Satisfaction: approving households "
        "over those interviewed.",
    ),
    "method.corrections": ("更正", "Corrections"),
    "method.corrections.text": (
        "发现差错请凭编号 {number} 函告评估机构；更正以更高版次发布，旧版保留可查。",
        "Tell the agency of faults, naming {number}. A correction is a higher version; earlier "
        "ones stay on record.",
    ),
    "method.corrected": (
        "第 {version} 版（{day}）已被更正：{reason}。改动：{changed}。",
        "Version {version} of {day} was corrected: {reason}. Changed: {changed}.",
    ),
    "method.corrected.unexplained": (
        "第 {version} 版（{day}）已被更正。改动：{changed}。",
        "Version {version} of {day} was corrected. Changed: {changed}.",
    ),
    "method.corrections.annex": (
        "本编号已更正 {count} 次，逐次见附件 E。",
        "Corrections so far: {count}; each stands in annex E.",
    ),
    "reply.heading": ("县级意见与答复 {count} 份", "Right of reply: statements, {count}"),
    "reply.heading.none": ("县级未提出意见", "Right of reply: no statement"),
    "reply.counts": (
        "告知疑似问题 {told} 例，县级举证 {answered} 例，逾期未答 {silent} 例。",
        "{told} suspected cases were told to the county; {answered} were answered, {silent} not.",
    ),
    "reply.meeting": ("反馈会于 {day} 召开。", "The closing meeting was held on {day}."),
    "reply.number": (
        "书面意见与答复共 {count} 份，全文见完整版：其中可能提及具体农户。",
        "{count} statements and answers stand in the full edition, as they may tell of households.",
    ),
    "reply.county": ("县级意见，{day}", "The county, {day}"),
    "reply.agency": ("评估机构答复，{day}", "The agency's answer, {day}"),
    "reply.annex": ("全文见附件。", "The full text stands in the annex."),
    "chain.heading": ("从数据到本页的证据链", "Chain of digests, SHA-256"),
    "chain.ledger": ("封存的实地数据 {count} 条", "Field data sealed, {count} entries"),
    "chain.frame": ("抽样框", "Frame"),
    "chain.plan": ("抽样方案", "Plan"),
    "chain.sample": ("样本", "Sample"),
    "chain.interviews": ("清洗后的访谈", "Interviews"),
    "chain.seed": ("种子的承诺", "Seed commitment"),
    "chain.verdict": ("结论 verdict.json", "Verdict"),
    "check.heading": ("怎样核验", "How to check"),
    "check.paper": (
        "纸质件：扫描二维码，把网页上的数值与第 1 页比对。",
        "On paper: scan the code and compare the figures shown with those of page 1.",
    ),
    "check.file": (
        "电子件：签名栏应显示签署后未被修改。",
        "As a file: the signature panel must say unchanged since signing.",
    ),
    "check.redraw": (
        "独立核验：取出附件 verdict.json，计算其 SHA-256 与本页比对；"
        "exit-inspection verdict render 由它逐字节重绘本文。",
        "Independently: extract verdict.json and hash it; exit-inspection verdict render redraws "
        "this file from it byte for byte.",
    ),
    "map.heading": (
        "图 3  每个乡镇抽 {low}–{high} 个村",
        "Where the sample lies: {low} to {high} villages a township",
    ),
    "map.heading.even": (
        "图 3  每个乡镇抽 {low} 个村",
        "Where the sample lies: villages a township, {low}",
    ),
    "map.moved": ("图 3（样本分布）见附件 D。", "The map of the sample stands in annex D."),
    "map.caption": (
        "每格一个乡镇，不表示方位；圆面积与样本村数成正比，圆内为村数，下为入样户数。",
        "One tile a township, in no geographic order; circle area and figure = villages sampled, "
        "below it households drawn 户.",
    ),
    "alt.map": (
        "格图：各乡镇的样本村数和户数，数值见后页的乡镇表。",
        "Tiles: villages and households sampled by township; figures in the table of townships.",
    ),
    "verify.text": (
        "扫码或打开网址，比对第 1 页的数值；完整摘要和核验步骤见第 4 页。",
        "Scan the code or open the address and compare the figures of page 1; full digest and "
        "steps on page 4.",
    ),
    "verify.text.offline": (
        "由附件 verdict.json 可逐字节重绘本文；完整摘要和核验步骤见第 4 页。",
        "This file can be redrawn byte for byte from verdict.json attached; full digest and steps "
        "on page 4.",
    ),
    "qr.number": ("编号与摘要前段", "Number, and begin of digest"),
    "qr.none": ("本件没有公开核验网址。", "This file has no public address for checking."),
    "alt.qr": (
        "二维码：公开核验网页的网址，也印在旁边。",
        "QR code: address of the public page, printed beside it.",
    ),
    "annex.cases": ("附件 A  查实 {count} 例", "Annex A: confirmed cases, {count}"),
    "annex.cases.more": ("附件 A（续）", "Annex A, continued"),
    "annex.cases.none": ("附件 A：没有查实的问题。", "Annex A: no case was confirmed."),
    "annex.cases.unit": ("名册编号", "Register code"),
    "annex.cases.village": ("村", "Village"),
    "annex.cases.kind": ("类型", "Kind"),
    "annex.cases.persons": ("人", "Persons"),
    "annex.cases.ground": ("依据", "Ground"),
    "annex.cases.evidence": ("证据日期", "Evidence"),
    "annex.cases.ruled": ("裁定日期", "Ruled"),
    "annex.errors": (
        "附件 B  抽样误差：设计效应 {low}–{high}",
        "Annex B: sampling errors, design effects {low} to {high}",
    ),
    "annex.strata": (
        "各层综合贫困发生率：有效样本 {low}–{high}",
        "Poverty incidence by stratum: effective n {low} to {high}",
    ),
    "annex.readings": ("附件 B  其他解释", "Annex B: other readings"),
    "annex.reply": ("附件 C  意见与答复 {count} 份", "Annex C: statements in full, {count}"),
    "annex.towns": (
        "附件 D  样本遍及 {towns} 个乡镇 {villages} 个村",
        "Annex D: the sample in townships {towns}, villages {villages}",
    ),
    "annex.corrections": ("附件 E  更正 {count} 次", "Annex E: corrections, {count}"),
    "disclosure.lead": ("公开版的取舍", "What this edition leaves out"),
    "disclosure.merged": (
        "少于 {households} 户或 {villages} 个村的层，以及相减可知农户情况的层，并入相邻层，"
        "本县并了 {merged} 次。",
        "Strata of fewer than {households} households or {villages} villages, or that would tell "
        "of a household by subtraction, are merged with their neighbours; merged here: {merged}.",
    ),
    "disclosure.unmerged": (
        "各层都不少于 {households} 户和 {villages} 个村，未作合并。",
        "All strata have {households} households and {villages} villages or more; none was merged.",
    ),
    "disclosure.withheld": (
        "不载{items}。县级合计是正式结果，照实公布。",
        "Withheld: {items}. County totals are the official result and are given as they are.",
    ),
}

LABELS = {code: Bilingual(*row) for code, row in _ROWS.items()}

GROUNDS = {
    "income": Bilingual("收入", "income"),
    "food": Bilingual("吃", "food"),
    "clothing": Bilingual("穿", "clothing"),
    "schooling": Bilingual("义务教育", "schooling"),
    "medical": Bilingual("基本医疗", "medical care"),
    "housing": Bilingual("住房", "housing"),
    "water": Bilingual("饮水", "water"),
}


def told(code: str, **arguments: object) -> Bilingual:
    """Return a label of these pages with its arguments, the same figures in both languages."""
    pair = words(LABELS, "label", code)
    return Bilingual(pair.zh.format(**arguments), pair.en.format(**arguments))
