"""Sentences about interviews, weights and estimates."""

TEXTS: dict[str, tuple[str, str]] = {
    "estimate.length": (
        "“{name}”有 {found} 行，权数有 {expected} 行",
        "{name} has {found} rows, the weights have {expected}",
    ),
    "estimate.not_share": (
        "“{name}”须为 0 或 1",
        "{name} must be 0 or 1",
    ),
    "estimate.level": (
        "置信水平须在 0 与 1 之间，不是 {level}",
        "a level lies between 0 and 1, such as 0.95; not {level}",
    ),
    "estimate.cap": (
        "有效样本量的上限须大于 0，不是 {cap}",
        "the cap of the effective sample size must be above 0, not {cap}",
    ),
    "estimate.not_part": (
        "“{name}”须在 0 与“{whole}”之间",
        "{name} must lie between 0 and {whole}",
    ),
    "estimate.label_missing": (
        "层、抽样单元或研究域的标识有缺失",
        "a label of stratum, sampling unit or domain is missing; give every row one",
    ),
    "estimate.weightless": (
        "户 {unit} 已完成访问，权数须大于 0：{weight}",
        "household {unit} was interviewed, so its weight must be above 0: {weight}",
    ),
    "estimate.weight": (
        "权数须为有限的非负数",
        "weights must be finite and not negative",
    ),
    "estimate.not_finite": (
        "“{name}”含有缺失或无穷的数值",
        "{name} has missing or infinite values",
    ),
    "estimate.empty": (
        "没有可用的调查单位：{what}",
        "no unit to estimate from: {what}",
    ),
    "estimate.zero_denominator": (
        "分母合计为零：{what}",
        "the denominator adds up to zero: {what}",
    ),
    "estimate.single_psu": (
        "层 {strata} 只有一个初级抽样单元，方案须写明处理规则",
        "strata {strata} have a single primary sampling unit; the design must name a rule for them",
    ),
    "estimate.single_psu_rule": (
        "未知的单一抽样单元规则：{rule}",
        "unknown rule for single sampling units: {rule}",
    ),
    "estimate.fpc_varies": (
        "同一层内第 {stage} 阶的总体数不一致",
        "population counts of stage {stage} differ within a stratum",
    ),
    "estimate.fpc_small": (
        "第 {stage} 阶的总体数小于样本数",
        "a population count of stage {stage} is smaller than its sample",
    ),
    "estimate.stages": (
        "有 {fpc} 阶总体数，但抽样单元只有 {units} 阶",
        "population counts for {fpc} stages, but units for {units}",
    ),
    "estimate.strata": (
        "有 {strata} 阶的层，但抽样单元只有 {units} 阶",
        "strata for {strata} stages, but units for {units}",
    ),
    "estimate.method": (
        "未知的区间方法：{method}",
        "unknown interval method: {method}",
    ),
    "estimate.no_freedom": (
        "“{what}”没有自由度：抽样单元不多于层数",
        "no degrees of freedom for {what}: no more sampling units than strata",
    ),
    "estimate.column": (
        "访谈文件缺少“{column}”列",
        "the interviews lack the column {column}",
    ),
    "estimate.unplaced": (
        "户 {unit} 缺少“{column}”；请补全或剔除该户",
        "household {unit} has no {column}; fill it in or leave the household out",
    ),
    "estimate.disposition": (
        "户 {unit} 的访问结果未知：{value}",
        "household {unit} has an unknown disposition: {value}",
    ),
    "estimate.class": (
        "户 {unit} 的类别未知：{value}",
        "household {unit} has an unknown class: {value}",
    ),
    "estimate.probability": (
        "户 {unit} 的入样概率不在 (0， 1] 内",
        "household {unit} has an inclusion probability outside (0, 1]",
    ),
    "estimate.twice": (
        "户 {unit} 在访谈文件中出现不止一次",
        "household {unit} stands in the interviews more than once",
    ),
    "estimate.village": (
        "村 {psu} 各户的层或 pi1 不一致",
        "village {psu}: stratum or pi1 differs between households",
    ),
    "estimate.undetermined": (
        "户 {unit} 的待定指标未知：{value}",
        "household {unit} has an unknown indicator in undetermined: {value}",
    ),
    "estimate.cell_pi2": (
        "村 {psu} {household_class} 类各户的 pi2 不一致",
        "village {psu} class {household_class}: pi2 differs between households",
    ),
    "estimate.cell_reserves": (
        "村 {psu} {household_class} 类只有备用户，缺少原样本户",
        "village {psu} class {household_class}: reserves without the households they stand in for",
    ),
    "estimate.cell_opened": (
        "村 {psu} {household_class} 类启用的户数多于总户数",
        "village {psu} class {household_class}: more households opened than there are",
    ),
    "estimate.counties": (
        "应只有一个县的访谈，实有 {count} 个县",
        "expected the interviews of one county, found {count}",
    ),
    "estimate.too_many": (
        "户 {unit} 的“{column}”（{count})多于分母人数 {persons}",
        "household {unit}: {column} ({count}) exceeds the {persons} persons it is counted among",
    ),
    "estimate.negative": (
        "户 {unit} 的“{column}”为负数",
        "household {unit} has a negative {column}",
    ),
    "estimate.not_measured": (
        "县 {county} 的指标 {indicator} 没有任何可用测量值",
        "county {county}: nothing was measured for {indicator}",
    ),
    "estimate.totals_twice": (
        "总数表中县 {county} 出现不止一次",
        "county {county} stands in the totals more than once",
    ),
    "estimate.totals_missing": (
        "总数文件中没有县 {county}",
        "the totals have no row for county {county}",
    ),
    "estimate.totals_sum": (
        "县 {county} 的农村人口 {rural} 不等于三类人口之和 {sum}",
        "county {county}: rural persons {rural} are not the sum of the three classes {sum}",
    ),
    "estimate.village_persons": (
        "基数 (a) 需要各样本村的一般农户人口，缺：{psu}",
        "basis (a) needs the non-registered persons of every sampled village, missing: {psu}",
    ),
    "estimate.central_line": (
        "综合贫困发生率按中东部的 2% 判定；西部县请加 --threshold poverty_incidence=0.03",
        "poverty incidence is judged at the 2% of central and eastern counties; for a western one "
        "add --threshold poverty_incidence=0.03",
    ),
    "estimate.threshold": (
        "标准须写作 指标=数值，例如 wrong_exit_rate=0.02：{text}",
        "a threshold is written indicator=value, such as wrong_exit_rate=0.02: {text}",
    ),
    "estimate.wrong_exit_rate": ("错退率", "wrong-exit rate"),
    "estimate.missed_rate": ("漏评率", "missed rate"),
    "estimate.poverty_incidence": ("综合贫困发生率", "poverty incidence"),
    "estimate.satisfaction_rate": ("群众认可度", "satisfaction"),
    "estimate.recurrence_rate": ("返贫率（参考）", "recurrence (for reference)"),
    "estimate.met_established": ("达标，统计确证", "met, established"),
    "estimate.met_open": ("达标，未确证", "met, not established"),
    "estimate.unmet_open": ("未达标，未确证", "not met, not established"),
    "estimate.unmet_established": ("未达标，统计确证", "not met, established"),
    "estimate.column_indicator": ("指标", "indicator"),
    "estimate.column_sample": ("样本比", "sample ratio"),
    "estimate.column_estimate": ("加权估计", "estimate"),
    "estimate.column_interval": ("{level} 区间", "{level} interval"),
    "estimate.column_threshold": ("标准", "threshold"),
    "estimate.column_finding": ("判定", "finding"),
    "estimate.column_undetermined": ("待定户", "undetermined"),
    "estimate.county": (
        "县 {county}：{villages} 个村，{households} 户",
        "county {county}: {villages} villages, {households} households",
    ),
    "estimate.ends": (
        "区间两端各为单侧 {confidence} 界限；估计按抽样设计加权，样本比未加权",
        "each end of an interval is a one-sided {confidence} bound; estimates are weighted by the "
        "design, sample ratios are not",
    ),
    "estimate.reference": ("仅供参考", "for reference"),
    "estimate.nothing_found": (
        "{indicator}：未发现问题户，上限只依据方案的设计效应（有效样本 {n_eff} 户）",
        "{indicator}: nothing was found; the bound rests on the planned design effect alone "
        "(effective sample {n_eff} households)",
    ),
    "estimate.written": ("已写入 {path}", "written to {path}"),
}
