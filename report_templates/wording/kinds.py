"""Kinds of households, counties, rounds, editions, cases and villages."""

from __future__ import annotations

from report_templates.wording.bilingual import dotted, table

HOUSEHOLD_CLASSES = table(
    E=("脱贫户", "exited"),
    P=("贫困户", "poor"),
    N=("非建档立卡户", "non-registered"),
)

REGION_GROUPS = table(
    central_2pct=("中东部组", "Central and east"),
    west_3pct=("西部组", "West"),
)

ROUND_KINDS = table(
    exit=("{year} 年度退出", "Exit of {year}"),
    revisit=("{year} 年退出，回访", "Exited in {year}, revisit"),
)

EDITIONS = table(full=("完整版", "Full edition"), public=("公开版", "Public edition"))

CASE_KINDS = table(
    wrong_exit=("错退", "Wrong exit"),
    missed=("漏评", "Missed"),
    recurrence=("返贫", "Recurrence"),
)

# Villages of one class of remoteness: in a table, and inside an English sentence.
STRATA = dotted(
    {
        "1/1": ("全部村", "all"),
        "1/2": ("较近村", "nearer"),
        "2/2": ("偏远村", "remote"),
        "1/3": ("近村", "near"),
        "2/3": ("中间村", "middle"),
        "3/3": ("偏远村", "remote"),
        "other": ("第 {place}/{classes} 类村", "class {place}/{classes}"),
        "run": ("第 {place}–{last} 类村", "classes {place}–{last}"),
    }
)
