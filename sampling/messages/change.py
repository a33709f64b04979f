"""Sentences about change between waves."""

TEXTS: dict[str, tuple[str, str]] = {
    "change.interval": (
        "变化的区间只能是 mover 或 t：{interval}",
        'the interval of a change is "mover" or "t": {interval}',
    ),
    "change.counties": (
        "两轮访谈须属于同一个县：{counties}",
        "both waves must be of one county: {counties}",
    ),
    "change.waves": (
        "变化趋势至少需要两轮访谈，实有{count}轮",
        "a trend needs two waves at least, found {count}",
    ),
    "change.panel": (
        "没有两轮都测量到的户；请不限于追踪户",
        "no household was measured in both waves; do not restrict the change to the panel",
    ),
    "change.no_spread": (
        "各抽样单元完全一致，t 区间宽度为零；请用 mover",
        "all units agree, so a t interval would have no width; use mover",
    ),
}
