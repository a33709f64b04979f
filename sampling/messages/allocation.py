"""Sentences about sharing a sample among strata."""

TEXTS: dict[str, tuple[str, str]] = {
    "allocation.too_many": (
        "要抽{n}个，而各层合计只有{capacity}个；请少抽",
        "{n} to draw, but the strata hold only {capacity}; draw fewer",
    ),
    "allocation.too_few": (
        "要抽{n}个，不足以保证{strata}个层每层至少{minimum}个（共需{needed}个）；"
        "请多抽、降低每层最少数或减少层数",
        "{n} to draw, but {strata} strata with at least {minimum} each need {needed}; draw more, "
        "lower the minimum or form fewer strata",
    ),
    "allocation.negative": ("“{name}”不能为负：{value}", "{name} cannot be negative: {value}"),
    "allocation.no_weight": (
        "层 {stratum} 没有可用于分配的规模；请少抽或与其他层合并",
        "stratum {stratum} has no size to share by; draw fewer or merge it with another",
    ),
    "allocation.factor": (
        "偏远系数须大于0：{value}",
        "the remote factor must be above 0: {value}",
    ),
    "allocation.class_missing": (
        "层 {stratum} 没有偏远等级",
        "stratum {stratum} has no remoteness class",
    ),
    "allocation.none": (
        "要抽的数量须为大于0的整数：{n}",
        "the number to draw must be whole and above 0: {n}",
    ),
    "allocation.no_cap": (
        "层 {stratum} 没有上限；给出上限时每层都要给",
        "stratum {stratum} has no cap; where caps are given every stratum needs one",
    ),
    "allocation.no_budget": (
        "预算须为大于0的数：{budget}",
        "the budget must be a number above 0: {budget}",
    ),
    "allocation.empty": (
        "没有可供分配的层或精度目标",
        "no stratum with units, or no target, to allocate by",
    ),
    "allocation.no_spread": (
        "层 {stratum} 需要大于0的标准差：{value}",
        "stratum {stratum} needs a standard deviation above 0: {value}",
    ),
    "allocation.no_cost": (
        "层 {stratum} 需要大于0的单位费用：{value}",
        "stratum {stratum} needs a cost of one unit above 0: {value}",
    ),
    "allocation.budget": (
        "预算 {budget} 不够每层至少{minimum}个，需要 {needed}",
        "the budget {budget} does not pay for {minimum} in each stratum, which costs {needed}",
    ),
    "allocation.variance": (
        "目标方差须大于0：{value}",
        "the variance aimed at must be above 0: {value}",
    ),
    "allocation.out_of_reach": (
        "即使全部抽取也达不到目标方差 {target}，只能达到 {reached:.3g}；请放宽目标",
        "not even all units reach the variance {target}, only {reached:.3g}; loosen the target",
    ),
    "allocation.target": (
        "精度目标 {target} 须恰有一个大于0的 cv 或 se（cv 需均值不为0）",
        "target {target} needs exactly one of cv and se, above 0 (cv: the mean must not be 0)",
    ),
    "allocation.domain": (
        "域 {domain} 未知或没有层",
        "domain {domain} is unknown or has no stratum",
    ),
    "allocation.figure_missing": (
        "变量 {variable} 在层 {stratum} 缺少均值或标准差",
        "variable {variable} lacks a mean or standard deviation in stratum {stratum}",
    ),
    "allocation.target_out_of_reach": (
        "域 {domain} 的 {variable} 即使全部抽取也只能达到 {reached:.3g}，目标为 {target}；"
        "请放宽目标或增加每村户数",
        "{variable} in domain {domain} reaches {reached:.3g} even when everything is taken, the "
        "target is {target}; loosen it or take more households a village",
    ),
    "allocation.no_optimum": (
        "未找到最省的分配（相差 {gap:.1%}）；请检查各目标的量级",
        "no least-cost allocation was found (off by {gap:.1%}); check the scale of the targets",
    ),
    "allocation.villages": (
        "县 {adcode} 的精度目标需要{needed}个村，而 stage1.villages 为 {villages}；"
        "请提高 stage1.villages 或放宽 [allocation] 的目标",
        "county {adcode} needs {needed} villages for its targets, stage1.villages is {villages}; "
        "raise it or loosen the targets of [allocation]",
    ),
    "allocation.figures": (
        "{key} 有{given}个数，而县 {adcode} 有偏远等级 {needed}；请每个等级给一个数",
        "{key} has {given} figures, but county {adcode} has class {needed}; give one a class",
    ),
    "allocation.no_target": (
        "县 {adcode} 没有任何精度目标所指的域；请在 [allocation] 给 county 一个目标",
        "county {adcode} has none of the domains that targets are given for; give one for "
        '"county" in [allocation]',
    ),
}
