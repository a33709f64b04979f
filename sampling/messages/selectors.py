"""Sentences about selecting units with given probabilities."""

TEXTS: dict[str, tuple[str, str]] = {
    "selectors.too_many": (
        "要抽{n}个，只有{units}个可抽",
        "{n} to draw, but only {units} units can be drawn",
    ),
    "selectors.negative": (
        "要抽的个数不能为负：{n}",
        "the number of units to draw cannot be negative: {n}",
    ),
    "selectors.size": (
        "规模须为不小于0的整数：{value}",
        "a size must be a whole number of at least 0: {value}",
    ),
    "selectors.start": (
        "随机起点须在[0, 1)内：{value}",
        "the random start must lie in [0, 1): {value}",
    ),
    "selectors.probability": (
        "入样概率须在0与1之间：{value}；规模过大的单元须先列为必抽",
        "an inclusion probability must lie between 0 and 1: {value}; units too large for their "
        "share become certainties first, as inclusion_probabilities does",
    ),
    "selectors.sum": (
        "入样概率之和须为整数（样本量）：{value}",
        "inclusion probabilities must add up to a whole number, the size of the sample: {value}",
    ),
    "selectors.uniform": (
        "均匀随机数须在[0, 1)内",
        "uniform numbers must lie in [0, 1)",
    ),
    "selectors.uniform_shape": (
        "均匀随机数的形状为 {found}，末尾应为 {expected}",
        "the uniform numbers have shape {found}, it should end in {expected}",
    ),
    "selectors.working": (
        "无法求得使入样概率等于目标的工作概率（误差 {error:.1e}）；请改用 pps_systematic",
        "no working probabilities were found that give the inclusion probabilities asked for "
        "(error {error:.1e}); use pps_systematic",
    ),
    "selectors.method": (
        "没有这种抽法：{method}；可用 {known}",
        "unknown selector {method}; known are {known}",
    ),
    "selectors.needs": (
        "抽法 {method} 需要 {what}",
        "selector {method} needs {what}",
    ),
    "selectors.unequal": (
        "srswor 要求入样概率相等，此处为 {low} 至 {high}；请改用 pps_systematic 或 pareto",
        "srswor needs equal probabilities, here they go from {low} to {high}; use pps_systematic "
        "or pareto",
    ),
    "selectors.shape": (
        "{what} 应有{expected}行，实有{found}行",
        "{what} must have {expected} rows, it has {found}",
    ),
    "selectors.number": (
        "{what} 中有缺失或无穷的数",
        "{what} holds a missing or infinite number",
    ),
    "selectors.samples": (
        "{design} 的联合入样概率须逐一列出部分样本，此处超过{most}个；请用单元较少的层",
        "joint inclusion probabilities of {design} go through all partial samples, here more than "
        "{most}; take fewer units",
    ),
    "selectors.units": (
        "{design} 的联合入样概率只在不多于{most}个（非必抽）单元时精确计算，此处有{units}个",
        "joint inclusion probabilities of {design} are computed exactly for at most {most} units "
        "that are not certain, here are {units}",
    ),
}
