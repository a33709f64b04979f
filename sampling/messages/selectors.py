"""Sentences about selecting units with given probabilities."""

TEXTS: dict[str, tuple[str, str]] = {
    "selectors.too_many": (
        "要抽{n}个，只有{units}个可抽",
        "{n} to draw, but only {units} units can be drawn",
    ),
    "selectors.size": (
        "规模须为不小于0的整数：{value}",
        "a size must be a whole number of at least 0: {value}",
    ),
    "selectors.start": (
        "随机起点须在[0, 1)内：{value}",
        "the random start must lie in [0, 1): {value}",
    ),
}
