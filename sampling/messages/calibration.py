"""Sentences about calibrating and trimming weights."""

TEXTS: dict[str, tuple[str, str]] = {
    "calibration.weight": (
        "第 {row} 行的权数不是有限的正数：{value}；权数为零的单位请先剔除",
        "row {row}: the weight {value} is not finite and above 0; leave out units without weight",
    ),
    "calibration.weights": (
        "权数须为一列、每个单位一个、至少一个：形状 {shape}",
        "weights must be one column of at least one unit, not of shape {shape}",
    ),
    "calibration.effort": (
        "迭代次数须至少为1，容差须在0与1之间：{iterations}，{tolerance}",
        "at least one iteration and a tolerance between 0 and 1 are needed, not {iterations} and "
        "{tolerance}",
    ),
    "calibration.shape": (
        "辅助变量须为二维（单位×变量），总数须为一维：{columns}，{totals}",
        "auxiliary columns must be of shape (units, columns) and totals (columns,), not {columns} "
        "and {totals}",
    ),
    "calibration.label_twice": (
        "“{name}”中有两个类别写成文字后相同；请合并",
        "{name}: two categories with a target are the same as text; merge them",
    ),
    "calibration.no_weight": (
        "没有一个单位有权数；请先加权",
        "no unit has a weight; weigh the sample first",
    ),
    "calibration.length": (
        "“{name}”有 {found} 行，应为 {expected} 行",
        "{name} has {found} rows, {expected} are needed",
    ),
    "calibration.totals": (
        "有 {columns} 个辅助变量，却有 {totals} 个总数；每个变量须有一个总数",
        "{columns} auxiliary columns but {totals} totals; give each column one",
    ),
    "calibration.not_finite": (
        "“{name}”含有缺失或无穷的数值；请补全或剔除该单位",
        "{name} has missing or infinite values; fill them in or leave the unit out",
    ),
    "calibration.method": (
        "未知的校准方法：{method}；可用 {known}",
        "unknown calibration method: {method}; use {known}",
    ),
    "calibration.bounds_needed": (
        "方法 {method} 需要界限，下限小于1、上限大于1：{bounds}",
        "the method {method} needs bounds, one below 1 and one above 1: {bounds}",
    ),
    "calibration.bounds_unused": (
        "方法 {method} 不用界限；有界限请用 logit 或 truncated",
        "the method {method} takes no bounds; with bounds use logit or truncated",
    ),
    "calibration.empty_column": (
        "样本中“{name}”处处为零，总数却为 {target}；请并入其他类别或去掉该总数",
        "{name} is zero for everybody in the sample, its total is {target}; "
        "merge it with another or drop the total",
    ),
    "calibration.contradiction": (
        "总数相互矛盾：{names} 在样本中线性相关，而各自的总数不满足同一关系；请核对来源",
        "the totals contradict each other: in the sample {names} are linearly dependent, their "
        "totals are not; check where they come from",
    ),
    "calibration.out_of_reach": (
        "“{name}”的总数 {target} 达不到：权数在允许范围内只能给出 {low} 至 {high}；"
        "请放宽界限或核对总数",
        "{name}: the total {target} is out of reach, weights within the bounds give {low} to "
        "{high}; widen the bounds or check the total",
    ),
    "calibration.out_of_reach_jointly": (
        "“{name}”的总数 {target} 与其他总数不能同时满足；权数在允许范围内最接近的是 {nearest}；"
        "请放宽界限、合并类别或核对总数",
        "{name}: the total {target} is out of reach together with the others, the nearest that "
        "weights within the bounds give is {nearest}; widen the bounds, merge categories or check "
        "the totals",
    ),
    "calibration.no_convergence": (
        "{iterations} 次迭代后仍未收敛，“{name}”与总数的相对差为 {distance}；"
        "请放宽界限、合并类别或核对总数",
        "no convergence after {iterations} iterations: {name} is still off its total by "
        "{distance} of it; widen the bounds, merge categories or check the totals",
    ),
    "calibration.margins": (
        "边际不一致：给出标签的是 {labels}，给出总数的是 {targets}",
        "labels are given for the margins {labels}, targets for {targets}",
    ),
    "calibration.label_missing": (
        "“{name}”第 {row} 行没有标签；请补全或剔除该单位",
        "{name}: row {row} has no label; fill it in or leave the unit out",
    ),
    "calibration.label_unknown": (
        "“{name}”的类别“{label}”没有总数；请给出或合并",
        "{name}: the category {label} has no target; give one or merge it",
    ),
    "calibration.nobody": (
        "“{name}”的类别“{label}”总数为 {target}，样本中却没有人；请并入其他类别",
        "{name}: nobody in the sample is in the category {label}, its target is {target}; "
        "merge it with another",
    ),
    "calibration.target": (
        "“{name}”的类别“{label}”的总数须为有限的正数：{target}",
        "{name}: the target of the category {label} must be finite and above 0: {target}",
    ),
    "calibration.sums": (
        "边际“{first}”合计 {first_sum}，“{second}”合计 {second_sum}；两者须相等",
        "the margin {first} adds up to {first_sum}, {second} to {second_sum}; they must agree",
    ),
    "calibration.other_weights": (
        "权数与校准所得的不同（第 {row} 行）；请用校准后的权数或零",
        "row {row}: the weight is not the calibrated one; use that, or zero",
    ),
    "calibration.limits": (
        "下限 {low} 须小于上限 {high}，且均为非负数",
        "the lower limit {low} must lie below the upper limit {high}, neither of them negative",
    ),
    "calibration.limits_mean": (
        "平均值为 {mean}，须在下限 {low} 与上限 {high} 之间，合计才能不变；请放宽界限",
        "the mean is {mean}; to keep the sum it must lie between the limits {low} and {high}, "
        "widen them",
    ),
    "calibration.register_column": (
        "名册总数缺少“{column}”列",
        "the register lacks the column {column}",
    ),
    "calibration.register_stratum": (
        "县 {county} 的层 {stratum} 不在所给的村框中；请用抽样所依的方案",
        "stratum {stratum} of county {county} is not in the village frame given; use that of the "
        "plan the sample was drawn from",
    ),
    "calibration.register_value": (
        "村框中层 {stratum} 有一个村的“{column}”缺失或不是非负的数；请核对村框",
        "{column} of a village in stratum {stratum} is missing or no number of at least 0; check "
        "the frame",
    ),
    "calibration.register_empty": (
        "县 {county}：样本中有 {cell} 的户，而村框中其户数或人数为零；请核对村框",
        "county {county}: the sample has households of {cell}, the village frame counts no such "
        "households or persons; check the frame",
    ),
    "calibration.county_by_county": (
        "县 {county} 的权数已经校准，其误差只能逐县计算；请逐县估计，或去掉校准各列",
        "county {county} brings calibrated weights, whose errors are computed one county at a "
        "time; estimate each by itself, or leave the calibration columns out",
    ),
    "calibration.persons": (
        "户 {unit} 没有登记人口数（persons_register 或 persons），无法校准",
        "household {unit} has no registered persons (persons_register, or persons); it cannot be "
        "calibrated",
    ),
    "calibration.plan_needed": (
        "--calibrate 需要 --plan：名册总数取自方案文件夹的村框",
        "--calibrate needs --plan: the register's totals are those of the plan's villages",
    ),
    "calibration.report": (
        "权数：{n} 户，合计 {total}，{low} 至 {high}（相差 {ratio} 倍），设计效应 {deff}，"
        "校准系数 {g_low} 至 {g_high}",
        "weights: {n} households, sum {total}, {low} to {high} (ratio {ratio}), design effect "
        "{deff}, calibration factor {g_low} to {g_high}",
    ),
    "calibration.report_trimmed": (
        "无回答系数被截 {trimmed} 户，转出权数 {moved}",
        "non-response factor cut for {trimmed} households, weight handed on {moved}",
    ),
    "calibration.report_margin": ("层与户类", "stratum and class"),
    "calibration.report_households": ("户数", "households"),
    "calibration.report_persons": ("人数", "persons"),
    "calibration.report_target": ("名册总数", "register"),
    "calibration.report_before": ("校准前相差", "before, off by"),
    "calibration.report_after": ("校准后相差", "after, off by"),
}
