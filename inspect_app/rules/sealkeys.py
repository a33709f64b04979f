"""What can be wrong with seal keys and their copies, in sentences for an operator."""

SENTENCES: dict[str, tuple[str, str]] = {
    "key.none": (
        "还没有封存密钥：exit-inspection seal-key create",
        "there is no seal key yet: exit-inspection seal-key create",
    ),
    "key.exists": (
        "已有封存密钥 {kid}；更换请用 seal-key rotate",
        "there is a seal key, {kid}; seal-key rotate replaces it",
    ),
    "key.open": (
        "他人可读封存密钥 {file}：chmod 600",
        "others may read the seal key {file}: chmod 600",
    ),
    "key.closed": (
        "封存密钥 {file} 打不开：EXIT_INSPECTION_SEAL_PASSPHRASE 缺失或不对",
        "the seal key {file} does not open: EXIT_INSPECTION_SEAL_PASSPHRASE is missing or wrong",
    ),
    "key.unreadable": (
        "封存密钥 {file} 无法读取（{reason}）：其所有者应为服务用户",
        "the seal key {file} cannot be read ({reason}): the user of the service must own it",
    ),
    "key.damaged": (
        "封存密钥 {file} 已损坏，请用备份恢复：seal-key recover",
        "the seal key {file} is damaged; bring it back from a copy: seal-key recover",
    ),
    "copy.exists": ("{file} 已存在，不覆盖", "{file} exists; nothing is overwritten"),
    "copy.closed": ("口令不对，{file} 打不开", "wrong passphrase: {file} does not open"),
    "copy.damaged": ("{file} 不是完好的密钥备份", "{file} is no sound copy of seal keys"),
    "copy.other": (
        "备份中的 {kid} 与手机所知的公钥不符，未恢复任何密钥",
        "the copy's {kid} is not the key that phones know; nothing was brought back",
    ),
    "passphrase.short": (
        "口令至少 {least} 个字符",
        "a passphrase has at least {least} characters",
    ),
}


class SealKeyError(Exception):
    """A seal key that cannot be used; `str(error)` is `中文 | English`, one line."""

    def __init__(self, code: str, **values: object) -> None:
        zh, en = SENTENCES[code]
        super().__init__(f"{zh.format(**values)} | {en.format(**values)}")
        self.code = code
