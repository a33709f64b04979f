"""Sentences about tests of association."""

TEXTS: dict[str, tuple[str, str]] = {
    "association.levels": (
        "“{name}”只有一个取值，无法检验关联",
        "{name} takes a single value; an association needs at least two",
    ),
    "association.missing": (
        "“{name}”有缺失值；请先删去这些行的权数（权数设为 0）或另立一类",
        "{name} has missing values; give these rows weight 0 or a level of their own",
    ),
    "association.sparse": (
        "空格太多或单元之间没有差异，无法检验；请合并取值",
        "too many cells are empty, or units do not vary at all; merge levels",
    ),
    "association.freedom": (
        "设计没有自由度，无法检验：抽样单元不多于层数",
        "the design has no degrees of freedom to test with: no more sampling units than strata",
    ),
}
