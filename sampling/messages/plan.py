"""Sentences about plans: what is wrong with one, and what one can establish."""

TEXTS: dict[str, tuple[str, str]] = {
    "plan.stands": (
        "{path} 中的方案已带种子承诺，未作改动；新方案请写入另一个文件夹",
        "the plan in {path} holds a seed commitment and was left as it is; write a new plan into "
        "another folder",
    ),
    "plan.reach.county": (
        "一个县须各项标准都达到；综合贫困发生率还计入未脱贫人口，这里未计算：用 simulate 试算",
        "a county has to meet every standard, and the composite incidence counts the persons "
        "still registered as well; that chance is not computed here: try the plan with simulate",
    ),
    "plan.toml": ("方案不是有效的 TOML：{reason}", "the plan is not valid TOML: {reason}"),
    "plan.unknown_key": ("方案中有未知的键 {key}", "unknown key in the plan: {key}"),
    "plan.section": ("{key} 须为一节（表）", "{key} must be a section (table)"),
    "plan.whole": (
        "{key} 须为 {low} 至 {high} 的整数：{value}",
        "{key} must be a whole number from {low} to {high}: {value}",
    ),
    "plan.whole_or_all": (
        '{key} 须为 {low} 至 {high} 的整数或 "all"：{value}',
        '{key} must be a whole number from {low} to {high}, or "all": {value}',
    ),
    "plan.number": (
        "{key} 须为 {low} 与 {high} 之间的数：{value}",
        "{key} must be a number between {low} and {high}: {value}",
    ),
    "plan.choice": (
        "{key} 只能是 {choices} 之一：{value}",
        "{key} must be one of {choices}: {value}",
    ),
    "plan.text": ("{key} 须为文本：{value}", "{key} must be text: {value}"),
    "plan.adcodes": (
        "{key} 须为不重复的六位县代码列表：{value}",
        "{key} must be a list of distinct county codes of six digits: {value}",
    ),
    "plan.date": (
        "{key} 须为 YYYY-MM-DD 日期或空：{value}",
        "{key} must be a date YYYY-MM-DD or empty: {value}",
    ),
    "plan.sha256": (
        "{key} 须为64位十六进制数或空：{value}",
        "{key} must be 64 hexadecimal digits or empty: {value}",
    ),
    "plan.weights": (
        "{key} 须为“变量 = 非零权数”的表：{value}",
        "{key} must be a table of covariate = weight, weights not zero: {value}",
    ),
    "plan.cuts": (
        "{key} 须为1至5个递增的分界点或空列表：{value}",
        "{key} must be 1 to 5 rising cut points or an empty list: {value}",
    ),
    "plan.figures": (
        "{key} 须为至多6个正数的列表，每个偏远等级一个：{value}",
        "{key} must be a list of at most 6 positive numbers, one a remoteness class: {value}",
    ),
    "plan.targets": (
        "{key} 须为“域 = 精度”的表，域为 county 或 class-1 至 class-6：{value}",
        "{key} must be a table of domain = precision, domains county or class-1 to class-6: "
        "{value}",
    ),
    "plan.columns": (
        "{key} 须为不重复的列名列表：{value}",
        "{key} must be a list of distinct column names: {value}",
    ),
    "plan.allocation_needs": (
        "stage1.allocation 为 {rule} 时须给出 {key}",
        "stage1.allocation {rule} needs {key}",
    ),
    "plan.unused": (
        "[{section}] 有设定，但 {key} 为 none，全部不起作用；请给出 {key} 或删去该节",
        '[{section}] says something that has no effect while {key} is "none"; set {key} or '
        "remove the section",
    ),
    "plan.unused_targets": (
        "allocation.cv 与 allocation.se 只有在 stage1.allocation 为 bethel 时起作用，而现为 {rule}",
        'targets in allocation.cv and allocation.se need stage1.allocation "bethel"; it is {rule}',
    ),
    "plan.villages_unreadable": (
        "{path} 不是可读的 Parquet 文件；请用 plan 命令重新生成方案",
        "{path} is not a Parquet file that can be read; make the plan again",
    ),
    "plan.nothing": (
        "stage2 的 e、n、p 均为0，什么也抽不到；请至少给一类住户数",
        "stage2 draws nothing: e, n and p are all 0; give at least one class a number",
    ),
    "plan.order": (
        "assumptions.p1（{p1}）须低于 assumptions.p0（{p0}）",
        "assumptions.p1 ({p1}) must be below assumptions.p0 ({p0})",
    ),
    "plan.wave": (
        "层 {stratum}：{method} 的村样本只能用于第1轮；第{wave}轮请用 pps_systematic、pareto、"
        "sampford、max_entropy、srswor 或全部村",
        "stratum {stratum}: {method} draws villages for wave 1 only; wave {wave} needs "
        "pps_systematic, pareto, sampford, max_entropy, srswor or all villages",
    ),
    "plan.points": (
        "层 {stratum}：lpm2 需要每个村的经纬度（lat、lon）；请补齐或改用 pps_systematic",
        "stratum {stratum}: lpm2 needs a point (lat, lon) of every village; add them or use "
        "pps_systematic",
    ),
    "plan.balance": (
        "层 {stratum}：平衡变量 {column} 须为数值且无缺失",
        "stratum {stratum}: the balancing variable {column} must be a number in every village",
    ),
    "plan.assignment": (
        "--set 须写成 键=值：{value}",
        "--set takes key=value: {value}",
    ),
    "plan.not_canonical": (
        "{path} 不是 plan 命令写出的样子；请用 plan --from 重新生成",
        "{path} is not as the plan command writes it; make it again with plan --from",
    ),
    "plan.villages_hash": (
        "{path} 的 SHA-256 与方案所记不符：{found}，应为 {expected}",
        "{path} does not match the SHA-256 in the plan: {found}, expected {expected}",
    ),
    "plan.unsettled": (
        "方案尚未与抽样框绑定（frame.villages_sha256 为空）",
        "the plan is not bound to a frame yet (frame.villages_sha256 is empty)",
    ),
    "plan.county_unknown": (
        "抽样框中没有县 {adcode}",
        "county {adcode} is not in the frame",
    ),
    "plan.county_empty": (
        "县 {adcode} 没有任何有户的村",
        "county {adcode} has no village with households",
    ),
    "plan.column_missing": (
        "村级抽样框缺少列 {column}",
        "the village frame lacks the column {column}",
    ),
    "plan.line.county": (
        "{adcode}：{villages}个村中抽{drawn}个，{strata}个层",
        "{adcode}: {drawn} of {villages} villages, {strata} strata",
    ),
    "plan.line.stratum": (
        "  {stratum}（等级{remoteness_class}）：村 {drawn}/{villages}，脱贫户抽样率 {rate_e}，"
        "一般户抽样率 {rate_n}",
        "  {stratum} (class {remoteness_class}): villages {drawn}/{villages}, "
        "rate of E {rate_e}, rate of N {rate_n}",
    ),
    "plan.warn.rates": (
        "注意：{adcode} 的{class_zh}抽样率未随偏远程度上升（{rates}）",
        "warning: in {adcode} the sampling rates of class {household_class} do not rise toward "
        "remote ({rates})",
    ),
    "plan.reach.promise": (
        "{adcode} {class_zh}：{villages}村{households}户（设计效应 {deff:.2f}，相当于独立的"
        "{effective_n:.0f}户）；未发现问题时{confidence:.0%}上界 {zero_bound:.2%}；"
        "若真实率为 {p1:.2%}，有 {chance:.0%} 的机会确认低于 {p0:.2%}",
        "{adcode} class {household_class}: {households} households in {villages} villages "
        "(design effect {deff:.2f}, worth {effective_n:.0f} independent ones); {confidence:.0%} "
        "bound when nothing is found {zero_bound:.2%}; with a true rate of {p1:.2%} the chance to "
        "establish a rate below {p0:.2%} is {chance:.0%}",
    ),
    "plan.reach.nobody": (
        "{adcode} {class_zh}：不抽任何户，对该类什么也不能证明",
        "{adcode} class {household_class}: no household is drawn, nothing can be established "
        "about this class",
    ),
    "plan.reach.nobody_in": (
        "{class_zh}：有{counties}个县不抽任何户，对该类什么也不能证明",
        "class {household_class}: in {counties} counties no household is drawn, nothing can be "
        "established about this class there",
    ),
    "plan.reach.enough": (
        "  不能承诺（要求 {power:.0%}）：约需{villages_needed}村{households_needed}户",
        "  no promise ({power:.0%} is asked for): enough would be about {households_needed} "
        "households in {villages_needed} villages",
    ),
    "plan.reach.none": (
        "  不能承诺（要求 {power:.0%}）：该县达不到",
        "  no promise ({power:.0%} is asked for): not in reach in this county",
    ),
    "plan.reach.errors": (
        "  若真实率恰为界限 {p0:.2%}，误判为达标的机会 {clears_bad:.1%}；若为 {p1:.2%}，"
        "点估计不达标的机会 {fails_good:.1%}（已计权数与家庭人口不等，约 {unequal:.2f} 倍方差）",
        "  a county exactly at {p0:.2%} would be cleared with a chance of {clears_bad:.1%}, one at "
        "{p1:.2%} found above the threshold with {fails_good:.1%} (unequal weights and persons "
        "counted, about {unequal:.2f} times the variance)",
    ),
    "plan.reach.too_lenient": (
        "  注意：误判机会 {clears_bad:.1%} 高于要求的 {alpha:.0%}，不能据此承诺",
        "  warning: {clears_bad:.1%} is more than the {alpha:.0%} asked for; nothing can be "
        "promised",
    ),
    "plan.reach.measured": (
        "模拟（docs/coverage.md）：村内相关 {icc:g}、{villages}村时，恰为界限 {p0:.2%} 的县"
        "被误判为达标的比例 {chance:.1%}（标准误 {se:.1%}）",
        "simulated (docs/coverage.md): with icc {icc:g} and {villages} villages a county exactly "
        "at {p0:.2%} was cleared in {chance:.1%} of samples (standard error {se:.1%})",
    ),
    "plan.reach.denser": (
        "  即多于 {alpha:.0%}，因为方案只假定 {assumed:g}：若各村差别可能这么大，"
        "请把 assumptions.icc 设大些",
        "  that is more than {alpha:.0%}, for the plan assumes {assumed:g}: where villages may "
        "differ so much, assume more in assumptions.icc",
    ),
    "plan.reach.unmeasured": (
        "模拟研究（docs/coverage.md）未包含这样的方案：误判机会只是计算值",
        "the simulation study (docs/coverage.md) has no such plan: the chance to clear a county "
        "at the threshold is computed only",
    ),
    "plan.reach.all": (
        "{class_zh}：{counties}个县中 {promised} 个可以承诺（{power:.0%}），"
        "{out_of_reach} 个达不到；若真实率为 {p1:.2%}，确认低于 {p0:.2%} 的机会 "
        "{low:.0%} 至 {high:.0%}（中位 {middle:.0%}）；"
        "恰为界限时误判机会至多 {clears_bad:.1%}；最弱：{weakest}",
        "class {household_class}: of {counties} counties {promised} can be promised ({power:.0%}), "
        "{out_of_reach} are not in reach; with a true rate of {p1:.2%} the chance to establish a "
        "rate below {p0:.2%} is {low:.0%} to {high:.0%} (median {middle:.0%}); a county at the "
        "threshold is cleared with at most {clears_bad:.1%}; weakest: {weakest}",
    ),
    "plan.reach.basis": (
        "以上机会由病例的分布直接计算（近似，非保证）：村内贝塔-二项、偏远处风险三倍；"
        "与模拟的比较见 docs/operating-curve.md",
        "the chances are computed, not promised: cases beta-binomial within villages, risk three "
        "times as high in remote ones; docs/operating-curve.md compares them with simulations",
    ),
    "plan.curve.title": (
        "{adcode} {class_zh}：各结论的机会",
        "{adcode} class {household_class}: chance of each finding",
    ),
    "plan.curve.true_rate": ("真实率", "true rate"),
    "plan.curve.met_established": ("达标，确证", "met, established"),
    "plan.curve.met_open": ("达标，未确证", "met, not established"),
    "plan.curve.unmet_open": ("不达标，未确证", "not met, not established"),
    "plan.curve.unmet_established": ("不达标，确证", "not met, established"),
    "plan.curve.written": (
        "操作特性曲线已写入 {path}（{rows}行）",
        "operating curves written to {path} ({rows} rows)",
    ),
    "plan.line.cost": (
        "{adcode}：预计费用 {cost:,.0f}（不含备用）",
        "{adcode}: expected cost {cost:,.0f} (without reserves)",
    ),
    "plan.line.cost_all": (
        "{counties}个县预计费用合计 {cost:,.0f}（不含备用）",
        "expected cost of {counties} counties {cost:,.0f} (without reserves)",
    ),
    "plan.line.counties": (
        "{counties}个县、{strata}个层：{villages}个村中抽{drawn}个",
        "{counties} counties, {strata} strata: {drawn} of {villages} villages",
    ),
    "plan.warn.more": (
        "另有{count}条同类提示",
        "{count} more warnings of this kind",
    ),
    "plan.written": (
        "方案已写入 {path}，哈希 {sha256}",
        "plan written to {path}, hash {sha256}",
    ),
    "plan.head.strata": ("一、村、层与抽样率", "1. Villages, strata and sampling rates"),
    "plan.head.reach": (
        "二、能证明什么，不能证明什么",
        "2. What it can establish and what it cannot",
    ),
    "plan.head.curve": ("三、各结论的机会", "3. Chance of each finding"),
    "plan.notes.written": ("{count}条说明已写入 {path}", "{count} notes written to {path}"),
}
