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
}

PAPERS = {code: Bilingual(*both) for code, both in _ROWS.items()}
