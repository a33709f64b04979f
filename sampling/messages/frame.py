"""Sentences about registers and frames: faults refuse, warnings are kept in the manifest."""

TEXTS: dict[str, tuple[str, str]] = {
    "frame.refused": ("名册有{count}处错误,未导入", "{count} faults; nothing was imported"),
    "frame.more": ("另有{count}处错误未列出", "and {count} more faults"),
}
