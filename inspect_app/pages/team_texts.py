"""What the team leader's pages say, in Chinese and English, found by code."""

from inspect_app.rules.flags import MEANINGS

Pair = tuple[str, str]

TEXTS: dict[str, Pair] = {
    "team.title": ("我带的组", "Teams you lead"),
    "team.none": ("您目前不带任何组。", "You lead no team at present."),
    "team.menu": ("本组页面", "Pages of the team"),
    "team.of": ("{name} 组", "Team {name}"),
    "team.phones": ("手机与未传", "Phones"),
    "team.alarms": ("警报", "Alarms"),
    "team.returns": ("退回", "Returns"),
    "team.replacements": ("替换", "Replacements"),
    "team.codes": ("注册码", "Enrolment"),
    "team.files": ("代传文件", "Sealed files"),
    "field.reason": ("理由（记入案卷）", "Reason, kept on the record"),
    # phones
    "phones.lead": (
        "共 {phones} 部手机，尚有 {unsent} 份未传。最久未传的在前。",
        "Phones: {phones}. Interviews not sent: {unsent}. Longest waiting first.",
    ),
    "phones.none": (
        "本组还没有手机，请先发注册码。",
        "The team has no phone yet; give out an enrolment code.",
    ),
    "phones.loss": (
        "未传的只在手机上有。超过 10 份或 24 小时，请让其到有信号处上传，或导出封存文件交您代传。",
        "What is not sent exists on the phone alone. Above ten, or 24 hours, have it sent where "
        "there is a signal, or have a sealed file made and bring it here.",
    ),
    "phone.who": ("调查员", "Inspector"),
    "phone.unsent": ("未传", "Not sent"),
    "phone.since": ("最早的已 {hours} 小时", "the oldest for {hours} h"),
    "phone.lights": ("三盏灯", "Three lights"),
    "light.sealed": ("封存", "sealed"),
    "light.answers": ("答卷到", "answers in"),
    "light.photos": ("照片到", "photos in"),
    "phone.heard": ("上次联系", "Last heard of"),
    "phone.never": ("尚未联系", "never"),
    "phone.remarks": ("警报与提示", "Alarms and remarks"),
    "phone.title": ("{name} 的手机", "Phone of {name}"),
    "phone.state": ("状态", "State"),
    "phone.reached": ("手机自报：", "the phone says:"),
    "phone.app": ("应用", "App"),
    "phone.free": ("剩余 {mb} MB", "{mb} MB free"),
    "phone.number": ("设备编号", "Device"),
    "order.title": ("锁定、清空上传或抹除", "Lock, drain or wipe"),
    "order.lead": (
        "手机下次联系服务器时才会听到。锁定、清空上传可以撤回；抹除不可撤回。",
        "The phone hears of it at its next contact. Locking and draining can be undone, wiping "
        "cannot.",
    ),
    "order.state": ("命令", "Order"),
    "order.sure": (
        "仍要抹除：手机上 {unsent} 份未传的将永远丢失",
        "wipe all the same: what is not sent ({unsent}) is lost for good",
    ),
    "order.submit": ("下达", "Give the order"),
    "done.order": ("命令已记录。", "The order is on record."),
    "spoken.title": ("口述代码", "A code to read out"),
    "spoken.lead": (
        "调查员无信号时：请其读出屏幕上的计数，您把代码读给对方。",
        "For somebody without a signal: ask for the number on the screen, and read the code out.",
    ),
    "spoken.purpose": ("用途", "Purpose"),
    "spoken.purposes": (
        "pin：清除输错 PIN 的次数；roster/12 位村代码：放行户数不符的村名册",
        "pin takes back wrong PINs; roster/ and the 12 digits of a village releases its list",
    ),
    "spoken.counter": ("手机屏幕上的计数", "Number on the phone's screen"),
    "spoken.submit": ("显示代码", "Show the code"),
    "spoken.is": ("请读给调查员：", "Read this out:"),
    "spoken.once": (
        "只对这部手机、这一用途、这一计数有效；已记入账本。",
        "Good for this phone, purpose and number alone; it is in the ledger.",
    ),
    # alarms
    "alarms.none": ("没有待处理的警报。", "No alarm waits for you."),
    "alarm.line": ("账本第 {seq} 条", "ledger line {seq}"),
    "field.note": ("查明了什么（记入案卷）", "What came of it, kept on the record"),
    "alarm.submit": ("已处理", "Seen to"),
    "done.alarm": ("已记录。", "It is on record."),
    # returns
    "returns.out": ("已退回、尚未重访", "Sent back, not asked again yet"),
    "returns.none": ("没有退回中的问卷。", "Nothing is out."),
    "returns.in": ("已收到，可退回", "Received, may be sent back"),
    "returns.lead": (
        "退回不改动任何已有版本；手机下次联系时得知。",
        "Sending back changes no version; the phone hears of it at its next contact.",
    ),
    "returns.must": ("须退回", "must go back"),
    "returns.clean": ("无标记", "nothing flagged"),
    "returns.open": ("退回此户", "Send this household back"),
    "field.ask-again": ("请调查员再问什么", "What is to be asked again"),
    "returns.submit": ("退回", "Send back"),
    "returns.no-interview": ("没有待复核的问卷。", "No interview waits."),
    "done.returned": ("已退回。", "It was sent back."),
    # replacements
    "replacements.lead": (
        "只能按抽签顺序用同村同类的下一备用户；由组长当晚批准后才计入。替换率印在报告中。",
        "Only the next reserve of the same village and class, in ticket order, and only once you "
        "approve it the same evening. The rate is printed in the report.",
    ),
    "replacements.none": ("没有替换申请。", "Nothing asks for a replacement."),
    "replacements.class": ("{of} 类", "class {of}"),
    "replacements.early": ("访问次数未满", "not yet: more visits are due"),
    "replacements.visit": ("第 {n} 次上门", "visit {n}"),
    "replacements.by": ("由 {unit} 替换", "replaced by {unit}"),
    "replacements.late": ("逾期批准", "approved late"),
    "replacements.approve": ("批准由 {unit} 替换", "Approve {unit} in its place"),
    "replacements.submit": ("批准", "Approve"),
    "replacements.refuse": ("不批准，再次上门", "Refuse: go there again"),
    "replacements.no-reserve": ("没有备用户了。", "No reserve is left."),
    "done.approved": ("已批准。", "Approved."),
    "done.refused": ("已记录：再次上门。", "On record: to be visited again."),
    # enrolment codes
    "codes.lead": (
        "每码只供一人一部手机使用一次，72 小时内有效。新手机注册后旧手机即被取代。",
        "A code lets in one phone of one person, once, within 72 hours. A new phone takes the "
        "place of the old one.",
    ),
    "codes.for": ("调查员", "Inspector"),
    "codes.submit": ("生成注册码", "Make a code"),
    "codes.nobody": ("本组还没有调查员。", "The team has no inspector yet."),
    "codes.given": ("已发出的注册码", "Codes given out"),
    "codes.state": ("状态", "State"),
    "codes.until": ("有效至", "Good until"),
    "codes.act": ("操作", "Act"),
    "codes.revoke": ("收回", "Take back"),
    "done.revoked": ("已收回。", "Taken back."),
    "code.title": ("{name} 的注册码", "Enrolment code of {name}"),
    "code.how": (
        "用手机相机扫描，在浏览器中打开（不要在微信内打开）。可打印此页。",
        "Scan it with the phone's camera and open the link in the browser, not inside WeChat. "
        "This page can be printed.",
    ),
    "code.picture": ("注册链接的二维码", "QR code of the enrolment link"),
    "code.by-hand": ("手工输入", "To type by hand"),
    "code.once": (
        "此码只显示这一次；用后或不再需要时请销毁打印件。",
        "Shown this once. Destroy the printed page when it was used or is not needed.",
    ),
    "code.back": ("返回注册码", "Back to the codes"),
    # sealed files
    "files.lead": (
        "手机无法联网时导出 .xfz 文件，由您在此代传。内容已封存并由手机签名，您无法读取或改动；"
        "重复代传、手机之后自行上传，都只计一份。",
        "A phone that cannot reach the network makes an .xfz file; bring it here. What is in it is "
        "sealed and signed, so you can neither read nor change it. Bringing it twice, or a later "
        "sync, leaves one copy.",
    ),
    "files.field": ("封存文件（.xfz，最大 {most}）", "Sealed file (.xfz, at most {most})"),
    "files.submit": ("代传", "Bring it in"),
    "files.none": ("尚未代传过文件。", "Nothing was brought yet."),
    "files.empty": ("文件中没有记录", "no ops in the file"),
    "files.waiting": (
        "其中 {count} 份未齐：照片缺失，或未能接收；手机请保留原件。",
        "{count} of them are not complete: a photo is missing, or it was not taken. The phone "
        "keeps its copy.",
    ),
    "files.receipts": ("下载回执，拷回手机", "Download the receipts, to go back to the phone"),
    "done.brought": ("文件已收下。", "The file was taken."),
    "problem.reserve-refused": (
        "不能这样替换：须按顺序、同村同类，且访问次数已满。",
        "Not this replacement: in order, of the same village and class, after all visits.",
    ),
    "problem.phone-holds-unsent": (
        "手机上还有未传的问卷；如仍要抹除，请勾选确认。",
        "The phone holds unsent interviews; tick the box to wipe it all the same.",
    ),
    "problem.device-step": (
        "手机目前的状态不允许此命令。",
        "The phone's present state does not allow this order.",
    ),
    "problem.enrolment-code-used": (
        "已有手机用此码注册；可改为锁定该手机。",
        "A phone came in by this code; lock the phone instead.",
    ),
    "fault.counter": ("计数为 0 至 9999 的整数", "the number is between 0 and 9999"),
    "fault.purpose": (
        "用途为 pin，或 roster/ 加 12 位村代码",
        "the purpose is pin, or roster/ and 12 digits",
    ),
}

WORDS: dict[str, dict[str, Pair]] = {
    "device": {
        "active": ("正常", "active"),
        "locked": ("已锁定", "locked"),
        "draining": ("清空上传中", "draining"),
        "wiped": ("已抹除", "wiped"),
        "superseded": ("已被新手机取代", "superseded"),
    },
    "order": {
        "locked": ("锁定：不显示任何内容，仍可上传", "lock: shows nothing, still sends"),
        "draining": ("清空上传：立即上传全部", "drain: send everything at once"),
        "active": ("恢复使用", "back to work"),
        "wiped": ("抹除：删除全部，不可撤回", "wipe: forget everything, for good"),
    },
    "remark": {
        "silent": ("一天未联系", "silent for a day"),
        "many_unsent": ("未传过多或过久", "much, or long, unsent"),
        "storage_not_persistent": ("浏览器可能清除数据", "the browser may forget"),
        "little_space": ("空间不足", "little room"),
        "clock_offset": ("时钟偏差", "clock is off"),
        "clock_jumped": ("时钟跳变", "clock jumped"),
    },
    "alarm": {
        "op_id_reused": ("同一编号出现两份内容", "one op id with two bodies"),
        "left_manifest": ("未传的记录从手机上消失", "something unsent left the phone"),
        "enrolled_with_unsent": ("更换手机时旧机尚有未传", "the old phone still held something"),
        "roster_differs": ("村名册户数与名册不符", "a village list of another length"),
        "draw_differs": ("手机抽签与服务器不符", "the phone drew others than the server"),
        "reserve_out_of_order": ("备用户未按顺序使用", "a reserve was used out of order"),
        "bad_seal": ("收到无法解封的记录", "something arrived that cannot be opened"),
    },
    "alarm.why": {
        "op_id_reused": (
            "两份都已保留，请在“待处理”中判断。",
            "Both are kept; decide in the quarantine.",
        ),
        "left_manifest": (
            "浏览器存储可能被清除，或应用被重装。请询问调查员；必要时重访。",
            "The browser may have lost its storage. Ask the inspector; visit again if need be.",
        ),
        "enrolled_with_unsent": (
            "请找到旧手机上传，或导出封存文件代传。",
            "Find the old phone and let it send, or bring a sealed file of it.",
        ),
        "roster_differs": (
            "须由您查明后放行，手机才可抽户。",
            "The phone draws only once you have released the list.",
        ),
        "draw_differs": (
            "手机去了服务器未抽中的户；已放入“待处理”。",
            "It went to a household that was not drawn; it is in the quarantine.",
        ),
        "reserve_out_of_order": (
            "请核对前面的户为何未访问。",
            "Find out why the households before it were not visited.",
        ),
        "bad_seal": (
            "可能是服务器缺少密钥（请管理员恢复），也可能途中损坏。原件保留在“待处理”，手机也保留；请勿抹除手机。",
            "The server may lack a key, which its operator can bring back, or it was torn on the "
            "way. The original is kept, also on the phone: do not wipe it.",
        ),
    },
    "request": {
        "requested": ("待批准", "waits for you"),
        "approved": ("已批准", "approved"),
        "refused": ("未批准", "refused"),
    },
    "disposition": {
        "completed": ("完成", "completed"),
        "partial": ("部分完成", "partial"),
        "refused": ("拒访", "refused"),
        "absent": ("无人在家", "nobody at home"),
        "moved_out": ("整户迁出", "moved out"),
        "dissolved": ("并户或拆户", "dissolved"),
        "dead": ("全户死亡", "dead"),
        "not_found": ("查无此户", "not found"),
        "not_visited": ("未访问", "not visited"),
    },
    "code": {
        "open": ("未使用", "open"),
        "used": ("已使用", "used"),
        "revoked": ("已收回", "taken back"),
        "expired": ("已过期", "expired"),
    },
    "op": {
        "accepted": ("接收", "accepted"),
        "duplicate": ("此前已收到", "here already"),
        "conflict": ("版本冲突", "in conflict"),
        "stale_form": ("旧版问卷", "older form"),
        "not_assigned": ("待处理：非本机任务", "not assigned"),
        "superseded_device": ("待处理：旧手机", "superseded phone"),
        "invalid": ("待处理：内容有误", "invalid"),
        "op_id_reused": ("编号重复", "op id reused"),
        "bad_seal": ("无法解封", "cannot be opened"),
        "hash_mismatch": ("传输损坏", "torn"),
        "failed": ("未能存储", "failed"),
    },
    "flag": {code: (meaning.zh, meaning.en) for code, meaning in MEANINGS.items()},
}
"""Groups of words for codes that other parts give."""
