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
}
