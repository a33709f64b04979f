"""Sentences about the county stage and what is estimated from it."""

TEXTS: dict[str, tuple[str, str]] = {
    "counties.head": ("县级抽样", "Counties drawn"),
    "counties.line.total": (
        "  {counties}个县中抽{n}个（{method}）；以下各县的数字适用于抽中的县",
        "  {n} of {counties} counties by {method}; what is said of counties below holds for each "
        "that is drawn",
    ),
    "counties.line.stratum": (
        "  层 {stratum}：{counties}个县中抽{n}个，入样概率 {low:.3f} 至 {high:.3f}",
        "  stratum {stratum}: {n} of {counties} counties, probability {low:.3f} to {high:.3f}",
    ),
    "counties.line.alone": (
        "  层 {stratum} 只抽1个县：标准误由 analysis.single_psu（{rule}）决定，该省可能没有区间",
        "  stratum {stratum} gives one county: its standard error rests on analysis.single_psu "
        "({rule}), and its province may have no interval",
    ),
    "counties.none": (
        "方案没有县级抽样（county_stage.method 为 none），所有县都在样本中",
        'the plan has no county stage (county_stage.method is "none"): every county is in it',
    ),
    "counties.number": (
        "要抽{n}个县，而方案只有{counties}个县",
        "{n} counties to draw, but the plan has {counties}",
    ),
    "counties.too_few": (
        "要抽{n}个县，而{strata}个层每层至少{minimum}个需要{needed}个；"
        "请提高 county_stage.share 或 number，减少 classes、by，或降低 minimum",
        "{n} counties to draw, but {strata} strata with at least {minimum} each need {needed}; "
        "raise county_stage.share or number, or take fewer classes, a shorter `by`, or a lower "
        "minimum",
    ),
    "counties.size": (
        "county_stage.method 为 srswor 时 size 只能是 equal：{size}",
        'county_stage.method "srswor" draws with equal probabilities, so size must be "equal": '
        "{size}",
    ),
    "counties.covariate": (
        "按偏远程度给县分层需要每个县都有变量“{covariate}”：县 {adcode} 没有；"
        "请补齐，或从 county_stage.by 中去掉 remoteness",
        "strata of counties by remoteness need the covariate {covariate} in every county, and "
        "{adcode} lacks it; add it, or leave remoteness out of county_stage.by",
    ),
    "counties.no_covariate": (
        "按偏远程度给县分层需要 remoteness.weights 中的变量；请给出，"
        "或从 county_stage.by 中去掉 remoteness",
        "strata of counties by remoteness need covariates in remoteness.weights; name some, or "
        "leave remoteness out of county_stage.by",
    ),
    "counties.points": (
        "县层 {stratum}：lpm2 需要县 {adcode} 各村的经纬度；请补齐或改用 pps_systematic",
        "county stratum {stratum}: lpm2 needs the points of the villages of county {adcode}; add "
        "them or use pps_systematic",
    ),
    "counties.column": (
        "县样本缺少“{column}”列",
        "the sample of counties lacks the column {column}",
    ),
    "counties.not_drawn": (
        "县 {county} 有访谈，但不在县样本中",
        "county {county} has interviews but is not in the sample of counties",
    ),
    "counties.no_interviews": (
        "县 {county} 在县样本中，但没有访谈；全国和各省的估计需要每个抽中的县",
        "county {county} is in the sample but has no interviews; national and provincial figures "
        "need every county drawn",
    ),
    "counties.twice": (
        "县 {county} 在县样本中出现两次",
        "county {county} stands twice in the sample of counties",
    ),
    "counties.fewer": (
        "县样本的层 {stratum}：counties 须为该层的县数，不能少于抽中的县",
        "stratum {stratum} of the sample of counties: `counties` must be how many counties it "
        "has, no fewer than were drawn",
    ),
    "counties.pi0": (
        "县 {county} 的 pi0 不在 (0， 1] 内",
        "county {county} has a pi0 outside (0, 1]",
    ),
}
