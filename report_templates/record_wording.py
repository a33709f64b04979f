"""Every word of pages 3 and 4 and of the annexes of a verdict, Chinese and English, by code."""

from __future__ import annotations

from report_templates.wording import Bilingual, words

_ROWS: dict[str, tuple[str, str]] = {
    "towns.title": ("分乡镇结果与资料核对", "Results by township, and files against the field"),
    "towns.title.public": (
        "分乡镇样本与资料核对",
        "Sample by township, and files against the field",
    ),
    "towns.more": ("分乡镇结果（续）", "Results by township, continued"),
    "towns.heading": ("表 2  乡镇样本与结果", "Sample and results by township"),
    "towns.heading.public": ("表 2  乡镇样本", "Sample by township"),
    "towns.name": ("乡镇", "Township"),
    "towns.villages": ("村", "Villages"),
    "towns.households": ("户", "Households"),
    "towns.tens": ("户（约）", "Households, tens"),
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
    "files.heading": (
        "资料与实地：户别一致 {low}–{high}",
        "Files and field: class agrees for {low}–{high}",
    ),
    "files.heading.one": ("资料与实地：户别一致 {low}", "Files and field: class agrees for {low}"),
    "files.heading.none": ("资料与实地", "Files against the field"),
    "files.item": ("核对项目", "Item"),
    "files.compared": ("核对户数", "Compared"),
    "files.agree": ("一致（%）", "Agree, %"),
    "files.class": ("户别", "class of household"),
    "files.persons": ("家庭人口", "household size"),
    "files.caption": (
        "名册所记与调查所得相同的户所占比例，以整百分数计。",
        "Share of households for which register and interview say the same, in whole per cent.",
    ),
    "sources.heading.inside": (
        "其他来源：名册发生率在本次区间之内",
        "Other sources: the register's rate lies within our interval",
    ),
    "sources.heading.outside": (
        "其他来源：名册发生率在本次区间之外",
        "Other sources: the register's rate lies outside our interval",
    ),
    "sources.heading": ("其他来源", "Other sources"),
    "sources.source": ("来源", "Source"),
    "sources.value": ("数值", "Figure"),
    "sources.differs": ("口径", "Definition"),
    "sources.estimate": ("本次评估", "this inspection"),
    "sources.estimate.differs": ("抽样加权", "weighted sample"),
    "sources.register_incidence": ("名册发生率", "register"),
    "sources.register_incidence.differs": ("未退出人口比农村人口", "not exited / rural"),
    "sources.persons_e": ("脱贫人口", "exited"),
    "sources.persons_p": ("未脱贫人口", "still poor"),
    "sources.persons_n": ("非建档立卡人口", "non-registered"),
    "sources.persons_rural": ("农村人口", "rural persons"),
    "sources.persons.differs": ("官方统计", "official total"),
    "trend.heading": ("图 4  历次评估的综合贫困发生率", "Poverty incidence, year by year"),
    "trend.caption": (
        "只列有评估的年份；方块为估计，横条为 {level} 区间（%），竖线为阈值。年份之间不连线。",
        "Only years with an inspection; square = estimate, bar = {level} interval (%), "
        "line = threshold. Years are not joined.",
    ),
    "alt.trend": (
        "趋势图：各次评估的综合贫困发生率及区间，数值见随后的表。",
        "Chart: poverty incidence and interval at each inspection; figures in the table below.",
    ),
    "trend.year": ("标准时点", "Reference date"),
    "trend.interval": ("{level} 区间", "{level} interval"),
    "trend.outcome": ("结论", "Verdict"),
    "trend.number": ("编号", "Number"),
    "method.title": ("方法、局限、答复与核验", "Method, limits, reply and verification"),
    "method.design": ("如何抽样与估计", "Design and estimation"),
    "method.design.text": (
        "村按偏远程度分层，层内按规模抽村，村内抽户；每户的入样机会事先已知。"
        "本县实访 {villages} 个村 {households} 户。估计按入样机会和应答加权；"
        "方差按村计算，计入同村农户相似。区间用 Korn–Graubard 法，案例稀少时也可靠。",
        "Villages are stratified by remoteness and drawn by size, then households within them, so "
        "that every chance of selection is known. {households} in {villages} "
        "were interviewed. Estimates are weighted by chance of selection and response; variance "
        "is taken between villages; Korn-Graubard intervals hold for rare events.",
    ),
    "method.rule": ("判定规则", "Decision rule"),
    "method.rule.text": (
        "估计值与阈值比较，四项都达标才达到退出标准。区间也整体达标的记“统计确证”，否则建议复核。",
        "Each estimate is held against its threshold; all four must pass. Where the whole "
        "interval passes too, the finding is established; otherwise a re-check is advised.",
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
    "method.terms.text": (
        "**错退率**：脱贫人口中不应退出者的比例。**漏评率**：非建档立卡人口中应纳入者的比例。"
        "**综合贫困发生率**：未脱贫、错退、漏评人口占农村人口的比例。**返贫率**：退出后又低于标准者的比例。"
        "**群众认可度**：认可户占受访户的比例。",
        "Wrong exit: exited but below the standard. Missed: qualifies but not registered. "
        "Incidence: still poor, wrongly exited and missed persons over rural persons. Recurrence: "
        "fell back after exit. Satisfaction: approving households over those interviewed.",
    ),
    "method.corrections": ("更正", "Corrections"),
    "method.corrections.text": (
        "发现差错请凭编号 {number} 函告评估机构；更正以更高版次发布，旧版保留可查。",
        "Tell the agency of faults, naming {number}. A correction is a higher version; earlier "
        "ones stay on record.",
    ),
    "method.corrected": (
        "第 {version} 版（{day}）已被更正，改动：{changed}。",
        "v{version} of {day} was corrected; changed: {changed}.",
    ),
    "reply.heading": ("被评估县的意见与答复", "Right of reply"),
    "reply.counts": (
        "告知疑似问题 {told} 例，县级举证 {answered} 例，逾期未答 {silent} 例。",
        "{told} suspected cases were told to the county; {answered} were answered, {silent} not.",
    ),
    "reply.meeting": ("反馈会于 {day} 召开。", "The closing meeting was held on {day}."),
    "reply.none": ("县级未提出书面意见。", "The county made no written statement."),
    "reply.number": (
        "书面意见与答复共 {count} 份，全文见完整版：其中可能提及具体农户。",
        "{count} statements and answers stand in the full edition, as they may tell of households.",
    ),
    "reply.county": ("县级意见，{day}", "The county, {day}"),
    "reply.agency": ("评估机构答复，{day}", "The agency's answer, {day}"),
    "reply.annex": ("全文见附件。", "The full text stands in the annex."),
    "chain.heading": ("从数据到本页的证据链", "Chain of digests, SHA-256"),
    "chain.ledger": ("封存的实地数据（{count} 条）", "Field data sealed, {count} entries"),
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
    "map.heading": ("图 3  样本村和受访户的分布", "Where the sample lies, by township"),
    "map.caption": (
        "每格一个乡镇，不表示方位；圆面积与样本村数成正比，圆内为村数，下为户数。",
        "One tile a township, in no geographic order; circle area and figure = villages sampled, "
        "below it households 户.",
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
    "annex.cases": ("附件 A  查实的问题", "Annex A: confirmed cases"),
    "annex.cases.more": ("附件 A（续）", "Annex A, continued"),
    "annex.cases.none": ("没有查实的问题。", "No case was confirmed."),
    "annex.cases.unit": ("名册编号", "Register code"),
    "annex.cases.village": ("村", "Village"),
    "annex.cases.kind": ("类型", "Kind"),
    "annex.cases.persons": ("人", "Persons"),
    "annex.cases.ground": ("依据", "Ground"),
    "annex.cases.evidence": ("证据日期", "Evidence"),
    "annex.cases.ruled": ("裁定日期", "Ruled"),
    "annex.errors": ("附件 B  抽样误差", "Annex B: sampling errors"),
    "annex.strata": ("分层综合贫困发生率的抽样误差", "Errors of poverty incidence by stratum"),
    "annex.reply": ("附件 C  意见与答复全文", "Annex C: statements in full"),
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
