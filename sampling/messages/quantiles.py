"""Sentences about quantiles."""

TEXTS: dict[str, tuple[str, str]] = {
    "quantiles.probability": (
        "分位数的概率须在 0 与 1 之间（不含两端）：{prob}",
        "the probability of a quantile lies strictly between 0 and 1, not at {prob}",
    ),
    "quantiles.not_asked": (
        "没有计算概率为 {prob} 的分位数，只有：{probs}",
        "no quantile was estimated at {prob}, only at {probs}",
    ),
}
