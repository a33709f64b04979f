"""Sentences about small areas."""

TEXTS: dict[str, tuple[str, str]] = {
    "smallarea.length": (
        "“{name}”有 {found} 个数，区域有 {expected} 个",
        "{name} has {found} numbers for {expected} areas",
    ),
    "smallarea.not_finite": (
        "“{name}”含有缺失或无穷的数值",
        "{name} has missing or infinite values",
    ),
    "smallarea.variance": (
        "抽样方差须为正数（未抽中的区域为无穷大）",
        "sampling variances must be positive (infinite for an area that was not sampled)",
    ),
    "smallarea.few": (
        "模型有 {coefficients} 个系数，至少需要 {needed} 个有样本的区域，只有 {areas} 个",
        "a model of {coefficients} coefficients needs at least {needed} sampled areas, not {areas}",
    ),
    "smallarea.collinear": (
        "协变量之间线性相关，或在有样本的区域内为常数；请删去其中之一",
        "covariates depend on each other, or are constant over the sampled areas; drop one",
    ),
    "smallarea.no_convergence": (
        "模型方差在 {iterations} 次迭代内没有收敛",
        "the model variance did not converge within {iterations} iterations",
    ),
    "smallarea.deff": (
        "没有一个乡镇能估出设计效应；请用 deff= 给出方案的设计效应",
        "no township tells a design effect; give the plan's as deff=",
    ),
    "smallarea.deff_value": (
        "设计效应须为正数：{deff}",
        "a design effect is a positive number, not {deff}",
    ),
    "smallarea.share": (
        "乡镇 {area} 的直接估计不在 0 与 1 之间，或没有访问户：{value}",
        "the direct estimate of township {area} is not between 0 and 1, or rests on nobody: "
        "{value}",
    ),
    "smallarea.whole": (
        "sizes 与 whole 须同时给出，且规模为正数",
        "give sizes and whole together, and sizes that are positive",
    ),
    "smallarea.unknown": (
        "没有乡镇 {area} 的“{name}”",
        "{name} has nothing for township {area}",
    ),
}
