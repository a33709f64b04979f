"""Sentences about remoteness and strata."""

TEXTS: dict[str, tuple[str, str]] = {
    "remoteness.no_covariate": (
        "县 {adcode} 没有可用的偏远变量（{names}）；请在 remoteness.weights 中指定，"
        '或设 remoteness.method = "none"',
        "county {adcode} has no covariate of remoteness ({names}); name one in "
        'remoteness.weights, or set remoteness.method = "none"',
    ),
    "remoteness.missing": (
        "村 {village_code} 缺少偏远变量 {covariate}",
        "village {village_code} has no value of the covariate {covariate}",
    ),
    "remoteness.not_number": (
        "列 {covariate} 不是数值，不能作偏远变量",
        "the column {covariate} is not numeric and cannot be a covariate",
    ),
    "remoteness.no_distance": (
        "主成分法须有 km_to_seat 以确定方向",
        "PCA needs km_to_seat, which fixes the sign",
    ),
    "remoteness.note.left_out": (
        "{adcode}：变量 {covariate} 在该县全空或没有这一列（写错了？），未使用",
        "{adcode}: covariate {covariate} is empty in the whole county, or no column (mistyped?), "
        "and was left out",
    ),
    "remoteness.note.fallback": (
        "{adcode}：偏远指数用替代变量 {covariate}（乡镇类型与代码顺序）",
        "{adcode}: remoteness rests on the fallback {covariate} (township type, order of codes)",
    ),
    "remoteness.note.by_code": (
        "{adcode}：{villages}个村没有坐标，其所在层按村代码而非空间曲线排序",
        "{adcode}: {villages} villages have no coordinates; their strata are walked by village "
        "code, not along a curve",
    ),
    "remoteness.note.fewer": (
        "{adcode}：取值不足，偏远等级为{found}个（要求{wanted}个）",
        "{adcode}: too few distinct values, {found} remoteness classes instead of {wanted}",
    ),
    "remoteness.note.merged": (
        "{adcode}：等级{merged}仅{villages}个村（少于{minimum}），并入等级{into}",
        "{adcode}: class {merged} has {villages} villages, fewer than {minimum}, and joins class "
        "{into}",
    ),
    "remoteness.note.outside": (
        "{adcode}：{villages}个村没有任何户，不在抽样范围内：{codes}",
        "{adcode}: {villages} villages without any household are outside the frame: {codes}",
    ),
    "remoteness.note.types_merged": (
        "{adcode}：等级{number}中 {merged} 类仅{villages}个村（少于{minimum}），"
        "与 {into} 类合为一层",
        "{adcode}: class {number} has {villages} villages of type {merged}, fewer than {minimum}; "
        "they make one stratum with type {into}",
    ),
    "remoteness.not_finite": (
        "变量 {covariate} 有缺失或无穷的值；请先补齐或剔除这些村",
        "the covariate {covariate} has values that are missing or infinite; fill them in or leave "
        "these villages out first",
    ),
    "remoteness.index_not_finite": (
        "偏远指数须为有限的数；请先补齐缺失的变量",
        "the remoteness index must be finite; fill in the missing covariates first",
    ),
    "remoteness.no_households": (
        "户数不得为负，每县至少须有一户；请查村的户数",
        "households must not be negative, and a county needs at least one; check the households "
        "of its villages",
    ),
    "remoteness.cuts_of_kmeans": (
        "分界点属于指数，k 均值没有指数分界；请删去 remoteness.cuts，"
        '或设 remoteness.method = "rank"',
        "cut points belong to an index and k-means has none; remove remoteness.cuts, or set "
        'remoteness.method = "rank"',
    ),
    "remoteness.type": (
        "村 {village_code} 的 village_type 须为一个词（如 poor、other、relocation）：{value}；"
        "请更正，或从 strata.by 去掉 village_type",
        "village {village_code} needs one word as village_type (such as poor, other, relocation), "
        "not {value}; correct it, or take village_type out of strata.by",
    ),
    "remoteness.no_code": (
        "有村缺少 {column}；请补齐",
        "a village has no {column}; fill it in",
    ),
    "remoteness.twice": (
        "村 {village_code} 出现两次；每村须为一行",
        "village {village_code} stands there twice; a village is one row",
    ),
    "remoteness.summed": (
        "{counties}个县有此类说明（共{notes}条），如 {zh}",
        "{counties} counties have notes of this kind ({notes} in all), such as {en}",
    ),
}
