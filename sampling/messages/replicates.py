"""Sentences about replicate weights."""

TEXTS: dict[str, tuple[str, str]] = {
    "replicates.adjust": (
        "重复抽样法不支持单元规则 adjust；描述设计时请用 certainty、average 或 collapse",
        "replicates cannot follow the single-unit rule adjust; "
        "describe the design with certainty, average or collapse",
    ),
    "replicates.calibrated": (
        "重复抽样须从校准前的设计开始，再用 reweighted 对每组权数重新校准",
        "make replicates from the design before calibration, and calibrate each by reweighted",
    ),
    "replicates.pairs": (
        "平衡半样本要求每层抽样单元数为偶数，层 {strata} 不是；请用 rao_wu 或 jackknife",
        "balanced half-samples need an even number of sampling units in every stratum, "
        "strata {strata} have not; use rao_wu or jackknife",
    ),
    "replicates.rho": (
        "rho 须不小于 0 且小于 1：{rho}",
        "rho is at least 0 and below 1, not {rho}",
    ),
    "replicates.count": (
        "至少需要 2 组重复权数：{replicates}",
        "at least 2 replicates are needed, not {replicates}",
    ),
    "replicates.shape": (
        "“{name}”的形状为 {found}，应为 {expected}",
        "{name} has the shape {found}, not {expected}",
    ),
    "replicates.weights": (
        "重复权数须为有限的非负数，且基础权数为零的行重复权数也须为零",
        "replicate weights are finite and not negative, and zero where the base weight is",
    ),
    "replicates.scale": (
        "scale 与 rscales 须为有限的非负数",
        "scale and rscales must be finite and not negative",
    ),
    "replicates.empty": (
        "第 {replicate} 组重复权数下无法估计：研究域内没有权数；请用更大的域或 Taylor 估计",
        "replicate {replicate} leaves nobody to estimate from; "
        "take a larger domain, or the linearised estimate",
    ),
    "replicates.full": (
        "全样本的统计量缺失或无穷：{found}",
        "the statistic of the full sample is missing or infinite: {found}",
    ),
    "replicates.statistic": (
        "第 {replicate} 组重复权数下统计量缺失或无穷",
        "the statistic is missing or infinite under replicate {replicate}",
    ),
}
