"""Words on plots, and what is wrong with what should be plotted."""

TEXTS: dict[str, tuple[str, str]] = {
    "plots.simulated": ("模拟数据", "Simulated"),
    "plots.households": ("户数", "Households"),
    "plots.villages": ("村数", "Villages"),
    "plots.counties": ("{count}个县", "{count} counties"),
    "plots.class": ("等级{number}", "class {number}"),
    "plots.class_of": ("等级{number}：{villages:,}村", "class {number}: {villages:,} villages"),
    "plots.type": ("{zh}", "{en}"),
    "plots.class_households": ("{households:,}户", "{households:,} households"),
    "plots.index.title": ("偏远指数", "Remoteness index"),
    "plots.index.x": ("偏远指数（越大越偏远）", "Remoteness index (larger = more remote)"),
    "plots.index.overlap": (
        "各等级的指数有重叠，不画分界。",
        "Classes overlap on this index, so no cuts are drawn.",
    ),
    "plots.index.counties": (
        "分界各县不同，不画在一图上。",
        "Every county has its own cuts; they are not drawn on one sheet.",
    ),
    "plots.strata.title": ("各层的村", "Villages by stratum"),
    "plots.strata.lon": ("经度", "Longitude (°)"),
    "plots.strata.lat": ("纬度", "Latitude (°)"),
    "plots.strata.spread": (
        "同一点上的村围绕该点散开。",
        "Villages that share a point are spread around it.",
    ),
    "plots.strata.unplaced": (
        "{villages:,}个村没有位置，未画出。",
        "{villages:,} villages have no position and are not drawn.",
    ),
    "plots.sizes.title": ("村的规模", "Size of villages"),
    "plots.sizes.x_e": ("村内脱贫户数", "E households in the village"),
    "plots.sizes.x_n": ("村内一般户数", "N households in the village"),
    "plots.sizes.take": (
        "每村抽{take}户，全取的村：{villages:,}",
        "take {take}; villages taken whole: {villages:,}",
    ),
    "plots.rates.title": ("各层的样本", "Sample by stratum"),
    "plots.rates.villages": ("抽取村 / 全部村", "Villages drawn / all"),
    "plots.rates.rate": ("户的抽样率", "Sampling rate of households"),
    "plots.rates.of_E": ("脱贫户", "exited (E)"),
    "plots.rates.of_N": ("一般户", "other (N)"),
    "plots.rates.span": (
        "层数过多，按等级合计；细线为各层抽样率的范围。",
        "Too many strata for a row each: summed by class; thin lines span the rates of the strata.",
    ),
    "plots.curve.title": ("检验能力", "What the plan can establish"),
    "plots.curve.x": ("真实率", "True rate"),
    "plots.curve.y": ("各结论的概率", "Chance of each finding"),
    "plots.curve.p0": ("阈值 {p0:.2%}", "threshold"),
    "plots.curve.power": ("要求 {power:.0%}", "wanted"),
    "plots.curve.met_established": ("达标，统计确证", "met, established"),
    "plots.curve.met_open": ("达标，未确证", "met, not established"),
    "plots.curve.unmet_open": ("未达标，未确证", "not met, not established"),
    "plots.curve.unmet_established": ("未达标，统计确证", "not met, established"),
    "plots.coverage.title": ("界限的覆盖率", "Coverage of bounds"),
    "plots.coverage.icc": ("村内相关", "icc {icc:g}"),
    "plots.coverage.x": ("真实率", "True rate"),
    "plots.coverage.y": ("覆盖率", "Coverage"),
    "plots.coverage.note": (
        "误差线为蒙特卡罗标准误的两倍；虚线为名义水平 {nominal:.0%}。",
        "Whiskers: two Monte Carlo standard errors. Dashed: nominal level {nominal:.0%}.",
    ),
    "plots.calibration.title": ("风险的校准", "Calibration of risk"),
    "plots.calibration.x": ("预测风险", "Predicted risk"),
    "plots.calibration.y": ("观察到的比例", "Observed share"),
    "plots.calibration.perfect": ("完全校准", "perfect"),
    "plots.calibration.note": (
        "误差线为标准误的两倍。仅用于计划，不用于评定。",
        "Whiskers: two standard errors. For planning only, never for judging a household.",
    ),
    "plots.column": ("所画的表缺少列 {column}", "the table to plot lacks the column {column}"),
    "plots.towns_column": (
        "乡镇点文件缺少列 {column}（须有 town_code、lat、lon）",
        "the file of township points lacks the column {column} (it needs town_code, lat, lon)",
    ),
    "plots.no_rows": ("所画的表没有行", "the table to plot has no rows"),
    "plots.no_villages": ("没有可画的村", "there are no villages to plot"),
    "plots.no_index": (
        '这些村没有偏远指数（remoteness.method = "none"）；可画 strata 或 sizes',
        'these villages have no remoteness index (remoteness.method = "none"); plot strata or '
        "sizes instead",
    ),
    "plots.no_points": (
        "没有一个村有自己或所在乡镇的位置；请用 --towns 给出这些乡镇的点（town_code、lat、lon）",
        "no village has a position, its own or its township's; give the points of these townships "
        "(town_code, lat, lon) with --towns",
    ),
    "plots.no_curve": (
        "检验能力曲线至少要有两个真实率",
        "an operating curve needs at least two true rates",
    ),
    "plots.ending": (
        "图的文件名须以 {endings} 之一结尾：{ending}",
        "the name of a plot must end in one of {endings}: {ending}",
    ),
    "plots.written": ("图已写入 {path}", "plot written to {path}"),
    "plots.curve.panel": ("{adcode} {zh}", "{en}"),
    "plots.unmarked": (
        "未给 --frame，图上不会标明是否模拟数据",
        "without --frame a plot cannot say whether the register is simulated",
    ),
    "plots.other_frame": (
        "方案 {plan} 不是为抽样框 {frame} 制定的；请给出它自己的框",
        "the plan {plan} was not made for the frame {frame}; give its own frame",
    ),
    "plots.many_curves": (
        "一图最多 {most} 个县；请用 --county 指定",
        "one sheet holds {most} counties at most; name them with --county",
    ),
    "plots.towns_file": (
        "无法读取乡镇点 {path}：{reason}",
        "township points {path} cannot be read: {reason}",
    ),
}
