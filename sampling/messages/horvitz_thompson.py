"""Sentences about Horvitz-Thompson totals and their variances."""

TEXTS: dict[str, tuple[str, str]] = {
    "horvitz_thompson.length": (
        "{name} 应有{expected}个单元，实有{found}个",
        "{name} must have as many units as the sample, {expected}; it has {found}",
    ),
    "horvitz_thompson.missing": (
        "{name} 中有缺失或无穷的数；未测得的值不是0，请先处理",
        "{name} holds a missing or infinite number; a value not measured is not 0, deal with it "
        "first",
    ),
    "horvitz_thompson.probability": (
        "入样概率须大于0且不大于1：{value}",
        "an inclusion probability must be above 0 and at most 1: {value}",
    ),
    "horvitz_thompson.joint": (
        "联合入样概率须大于0；系统抽样等设计有为0者，请用 variance_deville",
        "joint inclusion probabilities must be above 0; designs such as systematic selection have "
        "pairs that never come together: use variance_deville there",
    ),
    "horvitz_thompson.few": (
        "估计方差至少需要两个非必抽单元",
        "a variance needs at least two units that are not certain",
    ),
}
