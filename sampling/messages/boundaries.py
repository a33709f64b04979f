"""Sentences about cutting a variable into strata."""

TEXTS: dict[str, tuple[str, str]] = {
    "boundaries.values": (
        "分层变量须为非空的有限数",
        "the variable to cut must hold finite numbers, and at least one",
    ),
    "boundaries.classes": (
        "层数须为不小于{least}的整数：{classes}",
        "the number of strata must be a whole number of at least {least}: {classes}",
    ),
    "boundaries.distinct": (
        "分{classes}层至少需要{classes}个不同的值且每层至少2个单元，现有{found}个不同的值",
        "{classes} strata need {classes} distinct values and two units each; there are {found} "
        "distinct values",
    ),
    "boundaries.bins": (
        "组数 {bins} 不能少于层数 {classes}",
        "{bins} bins are fewer than {classes} strata",
    ),
    "boundaries.coarse": (
        "{bins}个组太粗，分不出{classes}层；请增加组数",
        "{bins} bins are too coarse for {classes} strata; take more bins",
    ),
    "boundaries.positive": (
        "几何法只接受大于0的值：{value}",
        "the geometric method takes values above 0 only: {value}",
    ),
    "boundaries.takeall": (
        "全取层数不能这样取：{classes}层中{takeall}层",
        "so many strata cannot be taken whole: {takeall} of {classes}",
    ),
    "boundaries.rising": (
        "分界点须为递增的有限数：{value}",
        "boundaries must be finite and rise: {value}",
    ),
    "boundaries.cv": (
        "目标变异系数须大于0：{value}",
        "the target CV must be above 0: {value}",
    ),
    "boundaries.mean": (
        "均值为0时没有变异系数",
        "a mean of 0 has no coefficient of variation",
    ),
}
