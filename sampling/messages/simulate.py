"""What simulating says: impossible truths, progress, and what a simulation found."""

TEXTS: dict[str, tuple[str, str]] = {
    "simulate.rate": (
        "{name} 必须在 0 与 1 之间（含 0，不含 1），而不是 {value}",
        "{name} must lie in [0, 1), not {value}",
    ),
    "simulate.share": (
        "{name} 必须在 0 与 1 之间（含两端），而不是 {value}",
        "{name} must lie in [0, 1], not {value}",
    ),
    "simulate.positive": (
        "{name} 必须是大于 0 的数，而不是 {value}",
        "{name} must be a number above 0, not {value}",
    ),
    "simulate.whole": (
        "{name} 必须是不小于 {low} 的整数，而不是 {value}",
        "{name} must be a whole number of at least {low}, not {value}",
    ),
    "simulate.choice": (
        "{name} 必须是 {choices} 之一，而不是 {value}",
        "{name} must be one of {choices}, not {value}",
    ),
    "simulate.class_rate": (
        "集中度 {concentration:g} 使 {household_class} 类最高一层的比率达到 {found:.0%}："
        "请降低比率或集中度",
        "concentration {concentration:g} takes the rate of class {household_class} to {found:.0%} "
        "in its riskiest stratum: lower the rate or the concentration",
    ),
    "simulate.one_class": (
        "集中度 {concentration:g} 需要至少两个偏远等级，而本县只有一个",
        "concentration {concentration:g} needs two remoteness classes, and the county has one",
    ),
    "simulate.icc": (
        "比率 {rate:.3%} 下村内相关 {icc:g} 会把 {household_class} 类全部个案挤进不足一个村："
        "最多约 {most:.2g}",
        "an icc of {icc:g} at a rate of {rate:.3%} would press all cases of class "
        "{household_class} into less than one village: at most about {most:.2g}",
    ),
    "simulate.points": (
        "空间平滑的风险需要每个村的坐标（lat、lon），本县没有",
        "a risk that is smooth in space needs the position (lat, lon) of every village; "
        "this county has none",
    ),
    "simulate.persons": (
        "村 {village} 的 {household_class} 类人口 {persons} 与户数 {households} 不相容",
        "village {village}: {persons} persons of class {household_class} cannot live in "
        "{households} households",
    ),
    "simulate.county": (
        "方案中没有县 {adcode}，或其村均在抽样框之外",
        "the plan has no county {adcode}, or all its villages are outside the frame",
    ),
    "simulate.counties": (
        "方案含 {count} 个县：请用 --county 选出要模拟的县（最多 {most} 个）",
        "the plan has {count} counties: choose those to simulate by --county (at most {most})",
    ),
    "simulate.nobody": (
        "方案在县 {adcode} 不抽取脱贫户也不抽取一般户，没有可模拟的指标",
        "the plan takes neither E nor N households in county {adcode}: nothing to simulate",
    ),
    "simulate.stage": ("模拟", "simulating"),
    "simulate.plan": (
        "方案 {sha256}：每县 {villages:.4g} 个村，{households:.5g} 户，花费 {cost:.5g}；"
        "每县 {runs} 次模拟，种子 {seed}",
        "plan {sha256}: {villages:.4g} villages and {households:.5g} households a county, cost "
        "{cost:.5g}; {runs} runs a county, seed {seed}",
    ),
    "simulate.truth": (
        "假定的真实情况：错退率 {rate:.3%}，漏评率 {missed:.3%}，村内相关 {icc:g}，"
        "偏远层风险为近层的 {concentration:g} 倍，无回答 {nonresponse:.0%}",
        "assumed truth: wrong exits {rate:.3%}, missed {missed:.3%}, icc {icc:g}, risk in the "
        "remotest stratum {concentration:g} times that in the nearest, non-response "
        "{nonresponse:.0%}",
    ),
    "simulate.column_indicator": ("指标", "indicator"),
    "simulate.column_bias": ("偏差", "bias"),
    "simulate.column_upper": ("上界成立", "upper holds"),
    "simulate.column_lower": ("下界成立", "lower holds"),
    "simulate.column_met": ("确证达标", "met, est."),
    "simulate.column_unmet": ("确证未达标", "unmet, est."),
    "simulate.column_deff": ("设计效应", "deff"),
    "simulate.column_effective": ("有效样本", "effective n"),
    "simulate.column_nothing": ("一户未发现", "none found"),
    "simulate.found.met": (
        "{adcode} {name_zh}：真实值 {truth:.3%} 低于标准 {p0:.2%}，有 {chance} 的机会被确证达标",
        "{adcode} {name_en}: the truth, {truth:.3%}, is below the standard of {p0:.2%}; the chance "
        "to establish that is {chance}",
    ),
    "simulate.found.unmet": (
        "{adcode} {name_zh}：真实值 {truth:.3%} 高于标准 {p0:.2%}，有 {chance} 的机会被确证未达标，"
        "误证为达标的机会为 {error}",
        "{adcode} {name_en}: the truth, {truth:.3%}, is above the standard of {p0:.2%}; the chance "
        "to establish that is {chance}, and {error} to establish the contrary",
    ),
    "simulate.found.threshold": (
        "{adcode} {name_zh}：真实值恰在标准 {p0:.2%} 上，误证为达标的机会为 {error}（允许至多 "
        "{allowed:.0%}）",
        "{adcode} {name_en}: the truth lies at the standard of {p0:.2%}; the chance to establish "
        "it as met all the same is {error} (at most {allowed:.0%} is allowed)",
    ),
    "simulate.found.worth": (
        "{adcode} {name_zh}：回答的 {households:.0f} 户相当于 {effective:.0f} 户简单随机样本",
        "{adcode} {name_en}: {households:.0f} households that answer are worth a simple random "
        "sample of {effective:.0f}",
    ),
    "simulate.found.short": (
        "{adcode} {name_zh}：上界只有 {upper} 成立，低于承诺的 {confidence:.0%}：方案按村内相关 "
        "{assumed:g} 计算上限，模拟为 {icc:g}；请抽更多的村，或在 assumptions.icc 中假定更大的值",
        "{adcode} {name_en}: the upper bound holds in {upper} only, short of the {confidence:.0%} "
        "promised: the plan's cap assumes an icc of {assumed:g}, simulated was {icc:g}; draw more "
        "villages, or assume more in assumptions.icc",
    ),
    "simulate.found.biased": (
        "{adcode} {name_zh}：估计平均偏离真实值 {bias:+.3%}，其中无回答占 {nonresponse:+.3%}",
        "{adcode} {name_en}: estimates are off by {bias:+.3%} on average, of which non-response "
        "makes {nonresponse:+.3%}",
    ),
    "simulate.found.failed": (
        "{adcode} {name_zh}：{runs} 次中有 {failed} 次没有可用的区间",
        "{adcode} {name_en}: {failed} of {runs} runs gave no figure with bounds",
    ),
    "simulate.errors": (
        "± 为模拟的标准误；“成立”指单侧 {confidence:.0%} 界限",
        "± is the standard error of the simulation; what holds are one-sided {confidence:.0%} "
        "bounds",
    ),
    "simulate.written": ("已写入 {path}", "written to {path}"),
}
