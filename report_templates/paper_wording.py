"""Every word of assignment sheet, notice and annex, Chinese and English, keyed by code."""

from __future__ import annotations

from report_templates.wording import Bilingual

_ROWS: dict[str, tuple[str, str]] = {
    "continued": ("{zh}（续）", "{en} (continued)"),
    "none": ("无", "None"),
    # Assignment sheet
    "sheet.series": ("退出专项评估检查 | 任务单", "County exit inspection | Assignment sheet"),
    "sheet.title": ("任务单：{village}", "Assignment sheet, village {code}"),
    "sheet.copy": ("第 {copy} 份", "copy {copy}"),
    "sheet.number": (
        "编号发放的副本：领取、交回、销毁均须签字登记，不得复印、拍照或转交",
        "A numbered copy, signed out, in and destroyed on the record; not to be copied, "
        "photographed or passed on",
    ),
    "sheet.team": ("工作组", "Team"),
    "sheet.village": ("村（乡镇）", "Village (township)"),
    "sheet.code": ("村代码", "Village code"),
    "sheet.day": ("入村日期", "Visit day"),
    "sheet.route": ("路线次序", "Place in route"),
    "sheet.route_value": ("本组第 {route} 个村", "village {route} of this team"),
    "sheet.printed": ("打印日期", "Printed on"),
    "sheet.custody": ("副本", "Copy"),
    "sheet.out": ("领取人签字、时间", "Signed out by, at"),
    "sheet.in": ("交回签字、时间", "Signed in by, at"),
    "sheet.destroyed": ("销毁见证、时间", "Destroyed before, at"),
    "sheet.households": ("入户名单", "Households"),
    "sheet.order_note": (
        "按类别、抽签次序排列，逐户走访，不得更换。类别：{classes}。户主姓名与居住组由工作组入村后"
        "按村花名册填写。访问结果只选一项：{dispositions}。",
        "By class and order of the draw; each is visited and none exchanged. Class: {classes}. "
        "Name of the head and hamlet are written in from the village roster on arrival. "
        "One disposition each: {dispositions}.",
    ),
    "sheet.no": ("序", "No."),
    "sheet.household": ("类别、户编码、户主姓名、组", "Class, code, head, hamlet"),
    "sheet.visits": ("上门记录（月 日 时 分）", "Visits (month, day, hour, minute)"),
    "sheet.disposition": ("访问结果", "Disposition"),
    "sheet.class_and_code": ("{household_class}  第 {order} 签", "order {order}"),
    "sheet.head_name": ("户主", "Head"),
    "sheet.hamlet": ("组", "Hamlet"),
    "sheet.reserves": ("备用户", "Reserves"),
    "sheet.reserves_locked": (
        "备用户未启用，只列户数：{counts}。须经组长批准替换后，方由系统按次序告知。",
        "Reserves are locked and stand here as counts only: {counts}. They are told in order by "
        "the system once the team leader has approved a replacement.",
    ),
    "sheet.roster": ("空白花名册：{village}", "Blank roster, village {code}"),
    "sheet.roster_note": (
        "村内没有现成花名册时使用：逐户登记全部非建档立卡农户，登记完毕当场拍照封存，之后方可抽取。"
        "名册约 {expected} 户。",
        "Where the village has no list: enter every non-registered household, photograph and seal "
        "the list on the spot, and draw only then. The register expects about {expected}.",
    ),
    "sheet.roster_head": ("户主姓名", "Head of household"),
    "sheet.roster_persons": ("人口数", "Persons"),
    "sheet.roster_note_column": ("备注（外出、并户等）", "Remarks (away, merged, …)"),
    "sheet.roster_signed": (
        "登记人、见证人签字及时间：",
        "Signed by the two who listed, and when:",
    ),
    "sheet.alt.qr": (
        "二维码：本任务单的登记页，交回时扫描。",
        "QR code: the record of this sheet, scanned when it is handed back.",
    ),
    "sheet.agency": ("评估机构", "Agency"),
    # Notice of suspected cases
    "notice.series": (
        "退出专项评估检查 | 疑似问题核实函",
        "County exit inspection | Notice of cases",
    ),
    "notice.title.told": (
        "{county}疑似问题核实函",
        "Notice of suspected cases, {county}",
    ),
    "notice.title.ruled": (
        "{county}疑似问题认定结果告知函",
        "Notice of the outcome of suspected cases, {county}",
    ),
    "notice.to": ("致：{county}（县级联系人）", "To: {county}, the county's contact"),
    "notice.from": ("发函机构：{agency}；日期：{date}", "From: {agency}; dated {date}"),
    "notice.intro.told": (
        "评估检查发现以下 {count} 件疑似问题，请贵县核实并举证。疑似不等于认定：认定须经"
        "专家两人签署。本函只列户编码和所涉条款，不涉及任何人的陈述。",
        "The inspection found the {count} suspected cases below; the county is asked to verify "
        "them and to bring evidence. A suspicion is no ruling: that takes the signatures of two "
        "experts. This notice names households by code and the clauses at issue, and nothing "
        "that anybody said.",
    ),
    "notice.intro.ruled": (
        "以下 {count} 件疑似问题已经认定，现将结果与理由告知贵县。",
        "The {count} suspected cases below have been ruled on; outcome and reason are told here.",
    ),
    "notice.cases": ("案件", "Cases"),
    "notice.case": ("案件编号、户编码", "Case and register code"),
    "notice.place": ("村（乡镇）", "Village (township)"),
    "notice.indicator": ("指标、条款", "Indicator and clause"),
    "notice.due": ("答复期限", "Reply due"),
    "notice.no_due": ("反馈会后告知", "told after the feedback meeting"),
    "notice.outcome": ("认定结果", "Outcome"),
    "notice.reason": ("理由", "Reason"),
    "notice.kind.wrong_exit": ("疑似错退", "suspected wrong exit"),
    "notice.kind.missed": ("疑似漏评", "suspected missed household"),
    "notice.kind.recurrence": ("疑似返贫", "suspected recurrence"),
    "notice.outcome.confirmed": ("认定成立", "Upheld"),
    "notice.outcome.overturned": ("予以排除", "Cleared"),
    "notice.outcome.undecided": ("存疑", "Undecided"),
    "notice.outcome.undecided_note": (
        "存疑案件由委托方召集专家再议；在此之前按成立与不成立两种情况分别测算。",
        "An undecided case goes to the commissioner's experts; until then it is counted both ways.",
    ),
    "notice.clauses": ("所涉条款与可举材料", "Clauses at issue and evidence that counts"),
    "notice.clause": ("标准", "Standard"),
    "notice.evidence": ("可举材料", "Evidence that counts"),
    "notice.block": ("条款", "Clause"),
    "notice.reply": ("如何答复", "How to reply"),
    "notice.reply_text": (
        "由贵县联系人登录评估检查系统，在案件页面逐件填写说明并上传材料（PDF、JPEG、PNG，"
        "单件不超过 8 MB）；可多次补充，全部提交后请注明“材料已齐”。{address}",
        "The county's contact signs in to the inspection system, states its answer on the page of "
        "each case and uploads documents (PDF, JPEG or PNG, up to 8 MB each); more may follow, and "
        "the county says when its answer is complete. {address}",
    ),
    "notice.silence": ("逾期未答复的后果", "Consequence of silence"),
    "notice.after_ruling": ("后续", "What follows"),
    "notice.after_ruling_text": (
        "认定结果计入评估结论。贵县对结论的书面意见与评估机构的答复将一并载入评估报告；"
        "公示期内可提出异议。",
        "The outcome enters the verdict. The county's statement on it, and the agency's answer, "
        "stand in the report; objections are taken during the public notice.",
    ),
    "notice.receipt": ("签收", "Receipt"),
    "notice.receipt_text": (
        "请县级联系人收到后在系统内确认签收；确认时间入卷。期限不因未签收而顺延。",
        "The county's contact acknowledges receipt in the system, and the time goes on the record. "
        "No deadline moves because a receipt is missing.",
    ),
    "notice.check": ("核对", "To check this notice"),
    "notice.check_text": (
        "本函依据所附 notice.json 生成，其 SHA-256 为 {digest}。标准出自规则手册 {rulebook}。",
        "This notice was drawn from the notice.json attached, the SHA-256 of which is {digest}. "
        "Standards are those of rule book {rulebook}.",
    ),
    "notice.attachment": ("本函所依据的数据", "What this notice was drawn from"),
    # Methods annex
    "annex.series": ("退出专项评估检查 | 方法附件", "County exit inspection | Methods annex"),
    "annex.title": ("{campaign}：方法附件", "{campaign}: methods annex"),
    "annex.intro": (
        "本附件写明抽样与测算的全部做法，供任何人复算。数字只取自各县公开版评估结论、已公布的方案与"
        "规则手册；低于披露门槛的数字不在其中，逐户数据只供委托方与评估机构复算。",
        "This annex tells how the sample was drawn and the figures were estimated, so that anybody "
        "may do it again. Its figures are those of the public editions, the published plan and the "
        "rule book; what disclosure control withholds is not here, and household data are for "
        "commissioner and agency to recompute.",
    ),
    "annex.frame": ("抽样框", "Frame"),
    "annex.frame_text": (
        "抽样框于 {date} 冻结，含 {counties} 个县、{villages} 个村；SHA-256 为 {digest}。E、P 户"
        "取自名册，N 户没有全国名册，入村当日按村花名册抽取。",
        "Frozen on {date}: {counties} counties and {villages} villages; SHA-256 {digest}. "
        "Households of class E and P come from the register; there is no national list of class "
        "N, which is drawn from the village roster on the day of the visit.",
    ),
    "annex.county": ("县", "County"),
    "annex.villages": ("村", "Villages"),
    "annex.class_e": ("E 户", "E"),
    "annex.class_p": ("P 户", "P"),
    "annex.class_n": ("N 户", "N"),
    "annex.design": ("方案：层、规模、阶段", "Plan: strata, sizes, stages"),
    "annex.design_text": (
        "两阶段抽样：第一阶段每县按层抽村，第二阶段在村内按类别抽户，备用户为其后各签。方案逐项如"
        "下，SHA-256 为 {digest}。",
        "Two stages: villages by stratum in each county, then households by class in each village; "
        "reserves are the tickets that follow. The plan, key by key, SHA-256 {digest}:",
    ),
    "annex.key": ("键", "Key"),
    "annex.value": ("取值", "Value"),
    "annex.source": ("出处", "Source"),
    "annex.seed": ("种子与承诺", "Seed and commitment"),
    "annex.seed_text": (
        "秘密的承诺 {commitment} 于抽样前公布；公开值来源：{source}。封存样本的 SHA-256 为 "
        "{sample}。种子：{seed}。",
        "The commitment {commitment} to the secret was published before the draw; public value: "
        "{source}. SHA-256 of the sealed sample {sample}. Seed: {seed}.",
    ),
    "annex.seed_later": ("外业结束后公布", "published after fieldwork"),
    "annex.weights": ("入样概率、权数与无应答", "Inclusion probabilities, weights, non-response"),
    "annex.weights_text": (
        "每村、每户的签号为种子与编码的 SHA-256，故抽样与名册次序、软件和机器无关。户的入样概率为"
        "村的入样概率乘以该户在村内同类中的入样概率，π = π1 × π2；村的 π1 按方案 stage1.method 计"
        "算，π2 = 抽取户数 / 同类户数。基础权数为 1/π。拒访与多次未遇视为无应答，权数在层与类别单"
        "元内调整；迁出、并户、死亡视为超出范围，不作调整。替换户按签号次序启用并如实计数。",
        "A ticket is the SHA-256 of seed and code, so the draw depends on no order, software or "
        "machine. A household's inclusion probability is that of its village times its own among "
        "the households of its class there, π = π1 × π2; π1 follows stage1.method of the plan, π2 "
        "is households drawn over households of the class. The base weight is 1/π. Refusals and "
        "absences are non-response, for which weights are adjusted by stratum and class; "
        "households moved, merged or dead are out of scope, without adjustment. Replacements are "
        "opened in order of their tickets and counted as such.",
    ),
    "annex.estimators": ("估计量", "Estimators"),
    "annex.estimators_text": (
        "各率为加权比估计；综合贫困发生率按公式由名册总数与两项率合成。方差按泰勒线性化，以村为初级"
        "单元，研究域取自整个设计；单村层按方案 analysis.single_psu 处理。区间方法为 {interval}，"
        "每端为单侧 {confidence} 界限。文献：Cochran (1977)；Särndal, Swensson, Wretman (1992)；"
        "Binder (1983)；Korn, Graubard (1998)；Kish (1965)；Kalton, Flores-Cervantes (2003)。",
        "Rates are weighted ratio estimates; the composite incidence combines register totals with "
        "two of them. Variances by Taylor linearisation, villages as primary units, domains from "
        "the whole design; strata with one village follow analysis.single_psu. Intervals: "
        "{interval}, each end a one-sided {confidence} bound. Cochran (1977), Sampling Techniques; "
        "Särndal, Swensson, Wretman (1992), Model Assisted Survey Sampling; Binder (1983), Int. "
        "Stat. Review 51; Korn, Graubard (1998), Survey Methodology 24; Kish (1965), Survey "
        "Sampling; Kalton, Flores-Cervantes (2003), J. Off. Stat. 19.",
    ),
    "annex.errors": ("抽样误差与设计效应", "Sampling errors and design effects"),
    "annex.indicator": ("县、指标", "County and indicator"),
    "annex.estimate": ("估计值", "Estimate"),
    "annex.interval": ("区间", "Interval"),
    "annex.se": ("标准误", "s.e."),
    "annex.deff": ("设计效应", "deff"),
    "annex.n": ("样本 n", "n"),
    "annex.n_eff": ("有效 n", "Effective n"),
    "annex.df": ("自由度", "df"),
    "annex.quality": ("数据质量", "Data quality"),
    "annex.quality_text": (
        "应答率与替换率为县级数字；一致率来自另一组的盲复访。访问时长属逐户数据，用于外业中的复核，"
        "不予公布。",
        "Response and replacement are of the county; agreement comes from blind second "
        "interviews by other pairs. Durations of interviews are household data, used in review "
        "and not published.",
    ),
    "annex.households": ("完成户", "Completed"),
    "annex.response": ("应答率", "Response"),
    "annex.replaced": ("替换率", "Replaced"),
    "annex.revisits": ("盲复访", "Blind revisits"),
    "annex.agreement": ("一致率", "Agreement"),
    "annex.rulebook": ("规则手册", "Rule book"),
    "annex.rulebook_text": (
        "规则手册 {id}，SHA-256 为 {digest}，委托时封存。每项取值与出处如下。",
        "Rule book {id}, SHA-256 {digest}, sealed with the commission. Every value and its source:",
    ),
    "annex.default": ("我方默认", "our default"),
    "annex.repeat": ("复算", "To repeat it"),
    "annex.repeat_text": (
        "软件版本 {software}。以下命令依次核对抽样、重算估计、核对报告：",
        "Software: {software}. In turn: check the draw, estimate again, check a report.",
    ),
    "annex.digests": ("摘要", "Digests"),
    "annex.document": ("文件", "Document"),
    "annex.digest": ("SHA-256", "SHA-256"),
    "annex.attachment": ("本附件所依据的数据", "What this annex was drawn from"),
}

PAPERS = {code: Bilingual(*both) for code, both in _ROWS.items()}
