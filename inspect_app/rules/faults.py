"""What is wrong with the body of an op, by code, in Chinese and English."""

from dataclasses import dataclass

TEXTS: dict[str, tuple[str, str]] = {
    "not-json": ("不是有效的 JSON", "not valid JSON"),
    "too-deep": ("JSON 嵌套超过 {limit} 层", "JSON nested deeper than {limit} levels"),
    "unjudgeable": (
        "服务器无法评判，日志编号 {log_id}",
        "the server could not judge it; see the log under {log_id}",
    ),
    "unstorable": (
        "服务器无法入库，日志编号 {log_id}",
        "the server could not store it; see the log under {log_id}",
    ),
    "form-cut-off": (
        "旧版问卷的截止时间已过",
        "asked with an older questionnaire and received after the cut-off",
    ),
    "kind-unknown": ("不认识的操作类型", "no such kind of op"),
    "questionnaire-unknown": ("问卷版本未发布", "this questionnaire version was never published"),
    "not-an-object": ("应为对象", "must be an object"),
    "not-a-list": ("应为列表", "must be a list"),
    "unknown": ("没有这个字段", "there is no such field"),
    "required": ("缺少此项", "is missing"),
    "null": ("不能为空值；未回答则不写", "must not be null; leave an unanswered field out"),
    "not-a-text": ("应为文本", "must be text"),
    "empty": ("不能为空", "must not be empty"),
    "too-long": ("文本过长", "is too long"),
    "bad-character": ("含有不允许的字符", "holds a character that is not allowed"),
    "not-nfc": ("文本须为 NFC 规范形式", "must be text in normal form NFC"),
    "not-an-integer": ("应为整数", "must be a whole number"),
    "out-of-range": ("数值超出范围", "is out of range"),
    "not-a-time": ("应为带时区的 RFC 3339 时间", "must be an RFC 3339 time with offset"),
    "not-a-place": (
        "应为十进制文本的 lat、lon、accuracy",
        "must hold lat, lon and accuracy as decimal text",
    ),
    "not-a-hash": (
        "应为 64 位小写十六进制 SHA-256",
        "must be a SHA-256 of 64 lower-case hex digits",
    ),
    "not-a-choice": ("不在选项之内", "is not one of the choices"),
    "not-choices": (
        "应为选项列表，至少一项，不重复",
        "must be a list of choices, at least one, none twice",
    ),
    "not-a-round": ("轮次应为 1、1b、1c 这类写法", "must be a round such as 1, 1b or 1c"),
    "not-a-salt": ("随机盐至少 22 个字符", "must be a random salt of at least 22 characters"),
    "too-many-rows": ("行数过多", "has too many rows"),
    "file-too-large": (
        "文件超过 {limit} 字节，服务器不会接收",
        "a file of more than {limit} bytes, which the server will never take",
    ),
    "not-a-village": ("应为 12 位村代码", "must be a village code of 12 digits"),
    "twice": ("编码重复", "stands twice"),
    "other-village": ("与名册的村不一致", "differs from the village of the roster"),
    "out-of-order": ("行号应按登记顺序从 1 起", "lines must run from 1 in the order listed"),
    "not-numbered": (
        "一般户按登记顺序编号，应为 {unit_id}",
        "a household of class N is numbered as listed, here {unit_id}",
    ),
    "not-registered": (
        "应为登记编码，此写法只用于一般户",
        "must be a register code; only households of class N are numbered so",
    ),
    "unit-taken": (
        "此编码在样本中已属另一户",
        "another household of the sample has this id",
    ),
    "unit-mismatch": ("与被访户编码不一致", "differs from the household of the interview"),
    "not-asked": ("此题不问该类户", "is not asked of this household class"),
    "constraint": ("{zh}", "{en}"),
    "seal-key-unknown": (
        "服务器没有封存密钥 {kid}：可能须恢复密钥，请保留原件",
        "the server has no seal key {kid}; it may have to be restored, so keep the original",
    ),
    "seal-not-opened": ("密文损坏或被改动，无法解封", "torn or tampered with; it does not open"),
    "seal-signature": (
        "设备签名不符：信封被改动，或非本机所封",
        "the device's signature does not hold: changed on the way, or sealed by another",
    ),
    "seal-hash": ("解封后的正文与哈希不符", "what was sealed is not what was hashed"),
    "seal-missing": (
        "代传只接受封存并签名的记录",
        "only what is sealed and signed is taken from a courier",
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason why a body cannot count: where, by JSON pointer, and what."""

    pointer: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Faulty:
    """A body that is kept but cannot count until somebody has looked at it."""

    faults: tuple[Fault, ...]


def fault(pointer: str, code: str, /, **values: object) -> Fault:
    """A fault with its sentence, `中文 | English`."""
    zh, en = TEXTS[code]
    return Fault(pointer, code, f"{zh.format(**values)} | {en.format(**values)}")
