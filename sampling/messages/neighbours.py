"""Sentences about variances from neighbours."""

TEXTS: dict[str, tuple[str, str]] = {
    "neighbours.differ": (
        "同一初级抽样单元的各行“{name}”须相同",
        "{name} must be the same in all rows of a primary unit",
    ),
    "neighbours.around": (
        "邻域至少含2个单元：{value}",
        "a neighbourhood has at least 2 units: {value}",
    ),
}
