"""Sentences about sample size."""

TEXTS: dict[str, tuple[str, str]] = {
    "size.order": (
        "假定的真实比率 p1（{p1}）须大于0且低于界限 p0（{p0}），p0 须小于1",
        "the assumed truth p1 ({p1}) must be above 0 and below the threshold p0 ({p0} < 1)",
    ),
    "size.range": (
        "“{name}”须在 {low} 与 {high} 之间：{value}",
        "{name} must lie between {low} and {high}: {value}",
    ),
    "size.one_of": (
        "{names} 须恰好给出一个",
        "give exactly one of {names}",
    ),
    "size.weights": (
        "权数须为大于0的有限数，至少一个",
        "weights must be finite and above 0, and at least one",
    ),
}
