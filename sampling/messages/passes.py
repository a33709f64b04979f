"""Sentences about many counties at once."""

TEXTS: dict[str, tuple[str, str]] = {
    "passes.q": (
        "q 须大于 0 且不大于 1：{q}",
        "q must be above 0 and at most 1: {q}",
    ),
    "passes.p_value": (
        "县 {county} 的 p 值须在 0 与 1 之间：{p}",
        "county {county} has a p-value outside 0 to 1: {p}",
    ),
}
