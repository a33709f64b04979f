"""What the county's pages say, in Chinese and English, found by code; `group:code` for states."""

from inspect_app.pages import team_texts

NOTHING_MORE = "举证完毕，无补充 | the county has nothing more to bring"
"""What the record says where a county declares its reply complete."""

TEXTS: dict[str, tuple[str, str]] = {
    "series": ("贫困县退出专项评估检查", "Third-party exit inspection of poverty counties"),
    "desk": ("县级联系人", "County desk"),
    "skip": ("跳到正文", "Skip to the content"),
    "switch": ("English", "中文"),
    "menu": ("本县页面", "Pages of the county"),
    "home": ("首页", "Home"),
    "simulated": (
        "模拟数据：不涉及任何真实的县、户或人",
        "Simulated data: about no real county, household or person",
    ),
    "demo": ("演示系统", "Demonstration"),
    "beijing": ("时间均为北京时间", "All times are Beijing time"),
    "kept": (
        "您在此处的查看与提交均有记录。",
        "What you look at and send here is written down.",
    ),
    # signing in
    "sign-in": ("登录", "Sign in"),
    "sign-in.lead": (
        "供受检县的联系人（查收评估结论、查看疑似问题并举证）与外业组长使用。",
        "For officials of inspected counties, to receive verdicts and reply to cases, and for team "
        "leaders in the field.",
    ),
    "sign-in.ended": (
        "会话已结束（30 分钟未操作，或已退出），请重新登录。刚才填写的内容未保存。",
        "The session has ended (30 minutes without use, or signed out). Sign in again; what you "
        "had just written was not stored.",
    ),
    "sign-in.written": (
        "您刚才填写的内容，可复制后再次提交",
        "What you had written; copy it to send it again",
    ),
    "field.login": ("登录名", "Login"),
    "field.password": ("密码", "Password"),
    "sign-in.invited": (
        "收到了邀请或重设密码的链接？",
        "An invitation, or a link for a new password?",
    ),
    "sign-in.join": ("在此使用", "Use it here"),
    "sign-out": ("退出", "Sign out"),
    "done.signed-out": ("已退出。", "You have signed out."),
    "done.joined": ("账号已建立，请登录。", "Your account is made; sign in."),
    "done.password": ("新密码已生效，请登录。", "The new password holds; sign in."),
    "done.accepted": ("已接受邀请。", "The invitation is accepted."),
    # invitations
    "join": ("接受邀请", "Accept an invitation"),
    "join.lead": (
        "请粘贴您收到的整条链接，并为自己设定密码。重设密码的链接也在此使用。",
        "Paste the whole link you were given and choose a password. A link for a new password is "
        "used here as well.",
    ),
    "join.signed-in": (
        "已有账号者接受另一项邀请：粘贴整条链接即可。",
        "For somebody who has an account: paste the whole link of the other invitation.",
    ),
    "field.link": ("链接或其中 # 之后的代码", "Link, or the code behind its #"),
    "field.new-password": ("设定密码（至少 10 个字符）", "New password (10 characters at least)"),
    "field.again": ("再次输入密码", "The password again"),
    "join.submit": ("确定", "Go on"),
    # home
    "home.title": ("本县事项", "Your county"),
    "home.none": ("您目前不代表任何县。", "You do not answer for a county at present."),
    "home.cases": ("疑似问题", "Suspected cases"),
    "home.cases.lead": (
        "评估组发现的疑似问题、期限与举证",
        "what the inspection doubts, until when, and your evidence",
    ),
    "home.notices": ("核实函", "Notices"),
    "home.notices.lead": (
        "书面告知的疑似问题与认定结果，请签收",
        "your cases and what became of them, in writing, to be acknowledged",
    ),
    "home.verdicts": ("评估结论与公示", "Verdicts and publication"),
    "home.verdicts.lead": (
        "下载完整版与公开版，公示期内提出异议",
        "download both editions; object during the public notice",
    ),
    "home.statement": ("本县意见", "The county's statement"),
    "home.statement.lead": (
        "对整个评估的书面意见与评估组答复",
        "what you say to the inspection as a whole, and its answer",
    ),
    "home.another": ("接受另一项邀请", "Accept another invitation"),
    "exit": ("{year} 年退出", "exit year {year}"),
    # cases
    "cases.title": ("疑似问题", "Suspected cases"),
    "cases.lead": (
        "共 {count} 件，其中 {waiting} 件待本县举证。",
        "{count} in all; {waiting} wait for your reply.",
    ),
    "cases.none": ("目前没有告知本县的疑似问题。", "Your county has been told of no case."),
    "cases.more": ("更多", "More"),
    "case.title": ("疑似问题：{unit}", "Suspected case: {unit}"),
    "case.unit": ("农户编码", "Household code"),
    "case.kind": ("类型", "Kind"),
    "case.state": ("状态", "State"),
    "case.due": ("举证期限", "Reply until"),
    "case.next_due": ("本阶段期限", "This stage until"),
    "case.blocks": ("所涉标准", "What it is about"),
    "case.persons": ("涉及人数", "Persons"),
    "case.lead_only": (
        "样本外线索：不计入任何比率。",
        "A lead from outside the sample; no rate counts it.",
    ),
    "case.reopens": ("重启此前的案件", "Takes up an earlier case again"),
    "case.overdue": ("已逾期", "overdue"),
    "case.clause": ("所涉条款", "The clause at issue"),
    "case.rules": ("依据规则库 {book}", "By rule book {book}"),
    "case.proof": ("可作为证据的材料", "What counts as evidence"),
    "case.silence": ("不答复的后果", "If you do not reply"),
    "case.no_names": (
        "依规定，不告知由谁反映、各户如何作答。",
        "Who said what, and what a household answered, is not told.",
    ),
    "case.record": ("案卷", "The record"),
    "case.files": ("已提交的材料", "Files you have brought"),
    "case.files.none": ("尚未提交材料。", "No file yet."),
    "file.name": ("文件", "File"),
    "file.sha256": ("SHA-256（由服务器计算）", "SHA-256 (computed by the server)"),
    "file.date": ("材料日期", "Date of document"),
    "file.after": (
        "形成于入户之后：仅记录，不推翻结果",
        "dated after the visit: recorded, does not overturn",
    ),
    "file.at": ("收到时间", "Received"),
    "file.size": ("大小", "Size"),
    "case.ruling": ("认定", "The ruling"),
    "case.ruling.none": ("尚未认定。", "Not ruled yet."),
    "case.reply": ("举证与说明", "Your reply"),
    "case.reply.late": (
        "期限已过，尚未移交专家。此时提交的材料仍会收下，并记为逾期。",
        "The time is over, and the case has not been sent on. What you bring now is still taken, "
        "and recorded as late.",
    ),
    "case.reply.answered": (
        "本县已声明举证完毕；移交之前仍可补充。",
        "Your county said that its reply is complete; until it is sent on you may still add to it.",
    ),
    "case.reply.closed": (
        "本案目前不接受举证。",
        "This case takes no evidence at present.",
    ),
    "reply.title": ("书面说明", "Your statement"),
    "field.reply": ("本县的说明（最多 4000 字）", "What your county says (up to 4000 characters)"),
    "reply.submit": ("提交说明", "Send the statement"),
    "upload.title": ("上传材料", "Upload a document"),
    "field.file": (
        "文件（PDF、JPEG 或 PNG，最大 {most}）",
        "File (PDF, JPEG or PNG, at most {most})",
    ),
    "field.document_date": (
        "材料日期（日期与下面的说明至少填一项）",
        "Date of the document (the date or the note below, or both)",
    ),
    "field.state_at_reference": (
        "它说明基准日的什么状况",
        "What it shows of the reference date",
    ),
    "upload.submit": ("上传", "Upload"),
    "upload.hash": (
        "服务器收到文件后计算其 SHA-256 并显示于此，请与手中文件核对。",
        "The server computes the file's SHA-256 and shows it here; compare it with your own.",
    ),
    "complete.title": ("声明举证完毕", "Declare the reply complete"),
    "complete.lead": (
        "声明之后，评估组可在期限届满前移交专家认定。",
        "After this the case may go to the experts before its time is over.",
    ),
    "field.sure": ("本县举证完毕，无补充", "The county has nothing more to bring"),
    "complete.submit": ("声明完毕", "Declare"),
    "done.reply": ("说明已收到并记入案卷。", "The statement was received and is on the record."),
    "done.file": ("文件已收到。SHA-256：", "The file was received. SHA-256:"),
    "done.complete": ("已记录：本县举证完毕。", "Recorded: the reply is complete."),
    "step.text": ("说明", "Statement"),
    "step.file": ("材料", "File"),
    "step.lapsed": ("期限内未答复", "no reply in time"),
    "step.complete": ("举证完毕", "complete"),
    # verdicts
    "verdicts.title": ("评估结论与公示", "Verdicts and publication"),
    "verdicts.none": ("尚未出具结论。", "No verdict has been issued."),
    "verdict.title": ("评估结论 {number} 第 {version} 版", "Verdict {number}, version {version}"),
    "verdict.version": ("第 {version} 版", "version {version}"),
    "verdict.issued": ("出具于", "Issued"),
    "verdict.state": ("效力", "Standing"),
    "verdict.notice": ("公示", "Public notice"),
    "verdict.files": ("文件", "Files"),
    "verdict.files.lead": (
        "下载后请核对 SHA-256。下载完整版有记录。",
        "Compare the SHA-256 after downloading. Downloads of the full edition are written down.",
    ),
    "verdict.full.care": (
        "完整版含确认案件的农户编码，不得外传，不得据以追究任何住户。",
        "The full edition names confirmed cases by household code: not to be passed on, nor held "
        "against any household.",
    ),
    "edition.full": ("完整版", "Full edition"),
    "edition.public": ("公开版", "Public edition"),
    "form.signed": ("已签名的 PDF", "signed PDF"),
    "form.pdf": ("签名前的 PDF", "PDF before signing"),
    "form.json": ("verdict.json", "verdict.json"),
    "file.edition": ("版本", "Edition"),
    "file.form": ("下载", "Download"),
    "verdict.verify": ("在公开页面核验此版", "Check it on the public page"),
    "verdict.objections": ("异议", "Objections"),
    "objections.early": (
        "公示开始后方可提出异议。",
        "Objections are taken from the first day of the public notice.",
    ),
    "objections.none": ("本县未提出异议。", "Your county has not objected."),
    "objection.n": ("第 {n} 件", "No. {n}"),
    "objection.late": ("公示期后收到", "received after the notice"),
    "objection.answer": ("答复", "Answer"),
    "objection.upheld": ("异议成立", "upheld"),
    "objection.dismissed": ("异议不成立", "not upheld"),
    "objection.waiting": ("尚未答复", "not answered yet"),
    "objection.title": ("提出异议", "Object"),
    "field.objection": (
        "异议与理由（最多 4000 字）",
        "Objection and reasons (up to 4000 characters)",
    ),
    "objection.submit": ("提交异议", "Send the objection"),
    "objection.over": (
        "公示期已过：仍会记录，并注明逾期。",
        "The notice is over: it is still recorded, and marked as late.",
    ),
    "done.objection": ("异议已收到并记录。", "The objection was received and recorded."),
    "notice.none": ("尚未公示", "not yet published"),
    "notice.days": ("{first} 至 {last}", "{first} to {last}"),
    "state.valid": ("有效（委托方已会签）", "Valid (countersigned)"),
    "state.issued": ("已出具，委托方尚未会签", "Issued, not yet countersigned"),
    "state.replaced": ("已被第 {by} 版取代", "Replaced by version {by}"),
    "state.withdrawn": ("已撤回", "Withdrawn"),
    "state.why": ("理由", "Reason"),
    # notices
    "notices.title": ("核实函", "Notices"),
    "notices.none": ("尚未收到核实函。", "No notice has been sent."),
    "letter.files": (
        "下载后请核对 SHA-256，下载有记录。",
        "Compare the SHA-256 after downloading; downloads are written down.",
    ),
    "letter.told": ("疑似问题核实函", "Notice of suspected cases"),
    "letter.ruled": ("认定结果告知函", "Notice of outcomes"),
    "letter.number": ("编号", "Number"),
    "letter.cases": ("案件数", "Cases"),
    "letter.waiting": ("尚未签收", "not yet acknowledged"),
    "letter.receipt": ("签收", "Receipt"),
    "letter.receive": ("签收此函", "Acknowledge receipt"),
    "letter.lead": (
        "签收仅表示收到，不表示同意其内容。",
        "A receipt says that the notice has come, not that you agree with it.",
    ),
    "done.received": ("已签收。", "The receipt is recorded."),
    # statement
    "hearing.title": ("本县意见", "The county's statement"),
    "hearing.lead": (
        "对整个评估的书面意见将连同评估组的答复写入结论报告。公开版不写任何一户的情况，请勿写姓名和身份证号。",
        "What you say to the inspection as a whole is printed in the report, with its answer. "
        "Write no names or identity numbers.",
    ),
    "hearing.meeting": ("反馈会", "Feedback meeting"),
    "hearing.meeting.none": ("尚未确定", "not entered yet"),
    "hearing.meeting.corrected": ("误登，委托方已更正", "mistyped, put right by the commissioner"),
    "hearing.counts": (
        "告知本县 {told} 件，已答复 {answered} 件，逾期未答复 {silent} 件",
        "told of {told} cases, answered {answered}, silent on {silent}",
    ),
    "hearing.said": ("已入卷的意见", "On the record"),
    "hearing.none": ("尚无意见。", "Nothing yet."),
    "voice.county": ("本县", "The county"),
    "voice.agency": ("评估机构", "The agency"),
    "field.statement": (
        "本县意见（最多 20000 字）",
        "The county's statement (up to 20,000 characters)",
    ),
    "hearing.write": ("提交意见", "Make a statement"),
    "hearing.submit": ("提交", "Send"),
    "done.statement": ("意见已入卷。", "The statement is on the record."),
    # problems
    "problem.fields": ("请检查：", "Check:"),
    "problem.detail": ("系统说明", "In detail"),
    "problem.name": ("错误编号", "Number of this error"),
    "problem.again": ("修改后重新提交", "Mend it and send it again"),
    "problem.back": ("返回上一页", "Go back"),
    "problem.sign-in": ("登录名或密码不正确", "Login or password is wrong"),
    "problem.cross-site-request": (
        "此表单不是从本系统页面提交的，或页面已过期。请重新打开页面后再提交。",
        "This form was not sent by our own page, or the page is too old. Open it anew and send it "
        "again.",
    ),
    "problem.not-found": (
        "没有此页，或您无权查看。",
        "There is no such page, or it is not for you.",
    ),
    "problem.forbidden": (
        "您的角色不能这样做。",
        "Your role may not do that.",
    ),
    "problem.case-step": (
        "本案目前的状态不允许此操作，例如已移交专家或已认定。",
        "The case is not in a state for this; it may have gone to the experts, or be ruled.",
    ),
    "problem.step-taken": (
        "本次评估已结束，不再接受提交。",
        "The inspection is closed; nothing more is taken.",
    ),
    "problem.step-missing": (
        "前一步尚未完成，现在还不能这样做。",
        "An earlier step has to come first.",
    ),
    "problem.too-large": (
        "文件或内容过大，未被接收。",
        "The file or text is too large and was not taken.",
    ),
    "problem.too-many-requests": (
        "次数过多，请稍后再试：登录失败后须等一刻钟；材料每案最多 40 份、每小时最多 120 份。",
        "Too many; try again later. After failed log-ins wait a quarter of an hour; a case has at "
        "most 40 files, and an hour 120.",
    ),
    "problem.rule-violated": (
        "内容不符合要求：例如文件不是 PDF、JPEG、PNG，类型与内容不符，或材料日期晚于今天。",
        "This cannot be taken: a file may be no PDF, JPEG or PNG, or not what it says, or its date "
        "may still be to come.",
    ),
    "problem.invalid-request": ("填写有误，未被接收。", "Something in the form is not right."),
    "problem.invitation-used": (
        "此链接已使用过。如不是您本人所为，请告知邀请人。",
        "This link has been used. If not by you, tell whoever sent it.",
    ),
    "problem.invitation-expired": (
        "此链接已过期，请邀请人重新发送。",
        "This link has expired; ask for another.",
    ),
    "problem.login-taken": (
        "此登录名已有账号：请先登录，再在首页“接受另一项邀请”。",
        "An account has this login: sign in, then “Accept another invitation” on the home page.",
    ),
    "problem.password-refused": ("此密码容易被猜到，请另选。", "This password would be guessed."),
    "problem.unavailable": (
        "服务器暂时繁忙，请稍后再试；刚才的内容未保存。",
        "The server cannot do this now. Try again later; nothing was stored.",
    ),
    "problem.internal-error": (
        "服务器出错，内容未保存。请把错误编号告知管理员。",
        "The server failed and stored nothing. Tell its operator the number of this error.",
    ),
    "problem.405": ("此地址只能由页面中的表单提交。", "This address is for a form on a page."),
    "problem.409": ("当前状态不允许此操作。", "The present state does not allow this."),
    "problem.422": ("内容不符合要求，未被接收。", "This cannot be taken as it is."),
    "problem.other": ("无法完成此请求。", "This could not be done."),
    "fault.text": ("文字不能为空，也不能过长", "the text must not be empty, nor too long"),
    "fault.file": ("请选择一个文件", "choose a file"),
    "fault.document_date": (
        "请填材料日期（格式 2020-05-01，不晚于今天），或说明它反映的基准日状况",
        "give the date of the document (written 2020-05-01, not after today), or say what it shows "
        "of the reference date",
    ),
    "fault.state_at_reference": ("说明最多 2000 字", "the note has at most 2000 characters"),
    "fault.sure": ("请勾选以确认", "tick the box to confirm"),
    "fault.login": ("请填写登录名", "enter your login"),
    "fault.password": ("请填写密码", "enter your password"),
    "fault.again": ("两次输入的密码须一致", "both passwords must be the same"),
    "fault.link": ("请粘贴整条链接", "paste the whole link"),
    "password.too_short": ("少于 10 个字符", "shorter than 10 characters"),
    "password.too_long": ("超过 200 个字符", "longer than 200 characters"),
    "password.too_few_signs": ("不同的字符太少", "too few different characters"),
    "password.is_login": ("与登录名相同", "is the login"),
    "password.common": ("是常见的词或排列", "a common word or pattern"),
}

CASE_KINDS: dict[str, tuple[str, str]] = {
    "wrong_exit": ("疑似错退", "suspected wrong exit"),
    "missed": ("疑似漏评", "suspected missed household"),
    "recurrence": ("疑似返贫", "suspected recurrence"),
}

CASE_STATES: dict[str, tuple[str, str]] = {
    "suspected": ("疑似", "suspected"),
    "evidence_due": ("待本县举证", "waits for your evidence"),
    "evidence_received": ("已收到举证", "evidence received"),
    "under_ruling": ("专家认定中", "with the experts"),
    "confirmed": ("认定成立", "upheld"),
    "overturned": ("予以排除", "cleared"),
    "undecided": ("存疑，待委托方召集专家复议", "undecided, with the commissioner's experts"),
}

OUTCOMES: dict[str, tuple[str, str]] = {
    "confirmed": ("认定成立：计入结果", "Upheld: it counts in the result"),
    "overturned": ("予以排除：不计入结果", "Cleared: it does not count"),
    "undecided": (
        "存疑：专家意见不一，按两种结果分别计算",
        "Undecided: the experts differ, and the result is computed both ways",
    ),
}

TEXTS |= team_texts.TEXTS

WORDS: dict[str, dict[str, tuple[str, str]]] = {
    **team_texts.WORDS,
    "kind": CASE_KINDS,
    "state": CASE_STATES,
    "outcome": OUTCOMES,
}
"""Groups of words for codes that other parts give."""
