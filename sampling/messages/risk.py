"""Sentences about the risk model: what it cannot be fitted on, and what is printed about it."""

TEXTS: dict[str, tuple[str, str]] = {
    "risk.column": (
        "户表缺少列 {column}；请补上，或改 features",
        "the households lack the column {column}; add it, or name other features",
    ),
    "risk.no_features": (
        "没有可用的特征；请用 features 指定已知的列（如 persons、cause、remoteness）",
        "there is no feature to use; name columns that are known before a visit (such as persons, "
        "cause, remoteness)",
    ),
    "risk.not_a_feature": (
        "列 {column} 不能作特征：它是编号、抽样结果或同次访问所测；请去掉",
        "the column {column} cannot be a feature: it is an identifier, a result of the draw, or "
        "measured at the same visit; leave it out",
    ),
    "risk.categories": (
        "列 {column} 有 {count} 个不同的值（最多 {most}）；请并为较粗的类",
        "the column {column} has {count} distinct values, at most {most} are possible; group them",
    ),
    "risk.infinite": (
        "列 {column} 有无穷的值；请更正或留空",
        "the column {column} has infinite values; correct them or leave them empty",
    ),
    "risk.kind": (
        "列 {column} 的类型 {dtype} 不能作特征；须为数、文字或真假",
        "the column {column} of type {dtype} cannot be a feature; numbers, text and true/false can",
    ),
    "risk.changed_kind": (
        "列 {column} 与拟合时的类型不同（数与文字）；请改为相同的类型",
        "the column {column} is of another kind than when the model was fitted (number or text); "
        "give it the same kind",
    ),
    "risk.outcome_missing": (
        "{count}户没有结果 {column}；未测不等于没有，请先去掉这些户",
        "{count} households have no outcome {column}; not measured is not none, leave them out "
        "first",
    ),
    "risk.outcome_values": (
        "{count}户的结果不是 0 或 1（人数须不小于 0）",
        "{count} households have an outcome that is neither 0 nor 1 (a count of persons must not "
        "be negative)",
    ),
    "risk.predicted_values": (
        "预测风险须在 0 与 1 之间且不缺失",
        "predicted risks must lie between 0 and 1, none missing",
    ),
    "risk.lengths": (
        "结果、预测、权数与县的个数不同",
        "outcome, prediction, weight and county differ in length",
    ),
    "risk.weight": (
        "权数须为正数且不缺失",
        "weights must be positive numbers, none missing",
    ),
    "risk.counties": (
        "至少要 {needed} 个县（现有 {found} 个）：模型须在没见过的县上检验",
        "at least {needed} counties are needed, {found} found: a model is tried on counties it has "
        "not seen",
    ),
    "risk.county_missing": (
        "有户没有县代码 county_adcode；请补齐",
        "some households have no county_adcode; fill it in",
    ),
    "risk.one_class": (
        "{households}户中有 {cases} 户出现该结果：须两类都有",
        "{cases} of {households} households have the outcome: both kinds are needed",
    ),
    "risk.county_cases": (
        "出现该结果的户只在 {found} 个县，至少要 {needed} 个县才能按县校准；请合并更多县或轮次",
        "households with the outcome are in {found} counties only, {needed} are needed to "
        "calibrate by county; take more counties or waves together",
    ),
    "risk.calibration": (
        "calibration 只能是 sigmoid 或 isotonic：{value}",
        "calibration must be sigmoid or isotonic: {value}",
    ),
    "risk.folds": ("folds 至少为 2：{value}", "folds must be at least 2: {value}"),
    "risk.none_known": (
        "访谈中没有一户E类测得 {column}；请给出含该列的访谈",
        "no interview of class E has a value of {column}; give interviews that measured it",
    ),
    "risk.not_in_frame": (
        "{count}户访谈不在抽样框内（如 {unit_id}）；请用抽样所用的框",
        "{count} interviewed households are not in the frame (such as {unit_id}); give the frame "
        "they were drawn from",
    ),
    "risk.stage": ("按县交叉验证", "cross-validation by county"),
    "risk.scoring": ("计算各县风险", "scoring counties"),
    "risk.line.use": (
        "仅用于计划（关注名单、规模、分层），不用于评定任何一户，不进入任何估计",
        "for planning only (watch list, size, strata); it judges no household and enters no "
        "estimate",
    ),
    "risk.line.known": (
        "训练：{households}户（{cases}户出现该结果），{counties}个县；未测而略去 {left_out} 户；"
        "特征 {features}",
        "trained on {households} households, {cases} with the outcome, in {counties} counties; "
        "{left_out} not measured and left out; features {features}",
    ),
    "risk.line.held_out": (
        "按县检验：AUC {auc:.3f}（县内 {within}），Brier {brier:.4f}（较常数预测 {skill:+.1%}），"
        "对数损失 {log_loss:.4f}",
        "each county held out: AUC {auc:.3f} ({within} within counties), Brier {brier:.4f} "
        "({skill:+.1%} against a constant), log loss {log_loss:.4f}",
    ),
    "risk.line.calibration": (
        "校准：斜率 {slope}（1 为佳），截距 {intercept:+.2f} ± {intercept_se:.2f}（0 为佳）",
        "calibration: slope {slope} (1 is right), intercept {intercept:+.2f} ± "
        "{intercept_se:.2f} (0 is right)",
    ),
    "risk.line.weak": (
        "注意：在没见过的县上，模型不比常数预测好，或排序不比随机好；名单不宜使用",
        "warning: on counties it has not seen the model predicts no better than a constant, or "
        "orders no better than chance; do not use the list",
    ),
    "risk.line.groups": ("按预测风险分组：", "by predicted risk:"),
    "risk.line.group": (
        "  {group:>2}  预测 {predicted:.2%}  观察 {observed:.2%} ± {se:.2%}  {households}户",
        "predicted {predicted:.2%}, observed {observed:.2%} ± {se:.2%}, {households} households",
    ),
    "risk.line.counties": ("逐县（该县未参与训练）：", "county by county, each held out:"),
    "risk.line.county": (
        "  {county}  预测 {predicted:.2%}  观察 {observed:.2%} ± {se:.2%}  AUC {auc}  "
        "{cases}/{households}户",
        "predicted {predicted:.2%}, observed {observed:.2%} ± {se:.2%}, AUC {auc}, {cases} of "
        "{households} households",
    ),
    "risk.line.written": (
        "关注名单 {households} 户已写入 {path}",
        "watch list of {households} households written to {path}",
    ),
}
