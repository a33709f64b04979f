"""What the public page of a report says, in Chinese and English, found by code."""

from markupsafe import Markup, escape

from report_templates import wording
from report_templates.wording import Bilingual

SERIES = ("贫困县退出专项评估检查", "Third-party exit inspection of poverty counties")

TEXTS: dict[str, tuple[str, str]] = {
    "series": SERIES,
    "simulated": (
        "模拟数据：此报告出自演示，不涉及任何真实的县、户或人",
        "Simulated data: this report is from a demonstration and about no real county or person",
    ),
    "verify.title": ("核验评估报告", "Check a report"),
    "verify.form.intro": (
        "请输入报告每页页脚所印的编号，以及摘要的前 16 位或全部 64 位。无须登录。",
        "Enter the number and the first 16, or all 64, digits of the digest printed at the foot "
        "of every page. No account is needed.",
    ),
    "verify.form.number": ("编号", "Number"),
    "verify.form.digest": ("verdict.json 摘要（SHA-256）", "Digest of verdict.json (SHA-256)"),
    "verify.form.by_paper": ("凭纸面核验", "By what the paper says"),
    "verify.form.by_file": ("凭文件核验", "By the file"),
    "verify.form.sha256": (
        "文件的 SHA-256（64 位十六进制）",
        "SHA-256 of the file (64 hex digits)",
    ),
    "verify.form.by_file.intro": (
        "自行计算 PDF 或 verdict.json 的 SHA-256 后填入；文件本身不必也不会上传。",
        "Compute the SHA-256 of the PDF or of verdict.json and enter it; the file itself is "
        "never sent.",
    ),
    "verify.form.choose": (
        "或在本机选择文件，由浏览器计算",
        "or choose the file and let the browser compute it",
    ),
    "verify.form.submit": ("核验", "Check"),
    "verify.nothing": (
        "查无此报告：编号与摘要不相符，或从未出具。请逐字核对；若纸面确实如此印制，请视为可疑。",
        "Nothing is known: number and digest do not belong together, or were never issued. "
        "Compare digit by digit; if the paper really says so, do not trust it.",
    ),
    "verify.patience": (
        "查询失败次数过多，请一分钟后再试。",
        "Too many failed tries; wait a minute.",
    ),
    "verify.exit": ("{year} 年退出", "exit year {year}"),
    "verify.version": ("第 {version} 版", "version {version}"),
    "edition.full": ("完整版", "full edition"),
    "edition.public": ("公开版", "public edition"),
    "state.valid": ("有效", "Valid"),
    "state.issued": ("已出具，委托方尚未会签", "Issued, not yet countersigned"),
    "state.replaced": ("已被第 {by} 版取代", "Replaced by version {by}"),
    "state.withdrawn": ("已撤回", "Withdrawn"),
    "state.withdrawn.why": (
        "委托方于 {day} 撤回，理由：",
        "Withdrawn by the commissioner on {day}; the reason:",
    ),
    "state.withdrawn.also": ("另有第 {by} 版", "There is version {by}"),
    "state.countersigned": (
        "委托方于 {day} 会签",
        "Countersigned by the commissioner on {day}",
    ),
    "notice.none": ("尚未公示", "Not yet published"),
    "notice.days": ("公示期 {first} 至 {last}", "Public notice from {first} to {last}"),
    "notice.objections": (
        "收到异议 {count} 件，已答复 {answered} 件，成立 {upheld} 件",
        "Objections: {count}; answered: {answered}; upheld: {upheld}",
    ),
    "verify.outcome": ("结论", "Verdict"),
    "verify.figures": ("与纸面第 1 页对照的五项数字", "Five figures to compare with page 1"),
    "figure.indicator": ("指标", "Indicator"),
    "figure.estimate": ("估计", "Estimate"),
    "figure.interval": ("90% 区间", "90% interval"),
    "figure.threshold": ("标准", "Threshold"),
    "figure.finding": ("判定", "Finding"),
    "verify.digests": ("摘要", "Digests"),
    "verify.chain": ("从封存的调查数据到文件", "From the sealed field data to the file"),
    "verify.chain.sound": (
        "各环节刚刚由服务器重新计算，全部相符。",
        "Every step was computed anew just now; all agree.",
    ),
    "verify.chain.broken": (
        "至少一个环节不符，请勿据此报告行事，并告知委托方。",
        "A step does not agree: do not act on this report, and tell the commissioner.",
    ),
    "link.ledger": (
        "账本根：{day} 止 {count} 条",
        "Root of the ledger: {count} lines up to {day}",
    ),
    "link.interviews": ("结论所据的逐户结果", "Findings by household behind the verdict"),
    "link.document": ("本版 verdict.json", "verdict.json of this edition"),
    "link.pdf": ("签名前的 PDF（可逐字节重绘）", "PDF before it was signed (drawn again alike)"),
    "link.signed": ("签名后的 PDF", "Signed PDF"),
    "link.withheld": (
        "摘要只印在完整版中，以免有人据以推测个别住户",
        "its digest stands in the full edition only, lest somebody guess at households by it",
    ),
    "link.holds": ("相符", "agrees"),
    "link.broken": ("不符", "does not agree"),
    "verify.signer": ("签名人", "Signed by"),
    "verify.unsigned": ("本版尚无电子签名", "This edition has no electronic signature yet"),
    "verify.download": ("下载公开版", "Download the public edition"),
    "download.signed": ("PDF，带电子签名", "PDF with the electronic signature"),
    "download.pdf": (
        "PDF，签名前（可逐字节重绘）",
        "PDF before it was signed (drawn again alike)",
    ),
    "download.later": (
        "公开版自公示首日起可在其核验页下载。",
        "From the first day of the notice the public edition can be downloaded from its page.",
    ),
    "download.elsewhere": ("到公开版的核验页下载", "To the page of the public edition"),
    "verify.local": ("核验手中的文件", "Check the file in your hand"),
    "verify.local.intro": (
        "在本机选择 PDF 或 verdict.json，由浏览器计算摘要并与上面对照；文件不会上传。",
        "Choose the PDF or verdict.json: the browser computes its digest and compares it with "
        "those above; the file is not sent anywhere.",
    ),
    "verify.local.by_hand": (
        "也可自行计算，如 sha256sum 文件名，再与上面的摘要对照。",
        "Or compute it yourself, as with sha256sum FILE, and compare with the digests above.",
    ),
    "local.document": ("此文件是本版的 verdict.json", "This is the verdict.json of this edition"),
    "local.pdf": ("此文件是本版签名前的 PDF", "This is the PDF of this edition, before signing"),
    "local.signed": ("此文件是本版签名后的 PDF", "This is the signed PDF of this edition"),
    "local.none": (
        "此文件不属于本版：内容有改动，或属于另一版",
        "This file is not of this edition: changed, or of another one",
    ),
    "verify.another": ("核验另一份报告", "Check another report"),
}

_OF_VERDICTS = {
    "indicator": wording.INDICATORS,
    "finding": wording.FINDINGS,
    "outcome": wording.OUTCOMES,
    "standing": wording.STANDINGS,
}


def words(code: str, /, **values: object) -> Bilingual:
    """Put a code into words; codes of verdicts are worded as in the report itself."""
    pair = _pair(code)
    return Bilingual(pair.zh.format(**values), pair.en.format(**values))


def both(code: str, /, **values: object) -> Markup:
    """Put a code into words for a page, Chinese first, each marked with its language."""
    pair = _pair(code)
    zh, en = Markup(escape(pair.zh)), Markup(escape(pair.en))  # nosec B704  # escaped
    frame = Markup('<span lang="zh-CN">{}</span> <span class="en" lang="en">{}</span>')
    return frame.format(zh.format(**values), en.format(**values))


def _pair(code: str) -> Bilingual:
    group, _, name = code.partition(":")
    return _OF_VERDICTS[group][name] if name else Bilingual(*TEXTS[code])
