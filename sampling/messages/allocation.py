"""Sentences about sharing a sample among strata."""

TEXTS: dict[str, tuple[str, str]] = {
    "allocation.too_many": (
        "要抽{n}个，而各层合计只有{capacity}个",
        "{n} to draw, but the strata hold only {capacity}",
    ),
    "allocation.too_few": (
        "要抽{n}个，不足以保证{strata}个层每层至少{minimum}个（共需{needed}个）",
        "{n} to draw, but {strata} strata with at least {minimum} each need {needed}",
    ),
    "allocation.negative": ("“{name}”不能为负：{value}", "{name} cannot be negative: {value}"),
    "allocation.no_weight": (
        "层 {stratum} 没有可用于分配的规模",
        "stratum {stratum} has no size to share by",
    ),
    "allocation.factor": (
        "偏远系数须大于0：{value}",
        "the remote factor must be above 0: {value}",
    ),
    "allocation.class_missing": (
        "层 {stratum} 没有偏远等级",
        "stratum {stratum} has no remoteness class",
    ),
}
