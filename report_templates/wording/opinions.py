"""Questions on satisfaction and their answers."""

from __future__ import annotations

from report_templates.wording.bilingual import table

QUESTIONS = table(
    sat_policy=("脱贫攻坚政策", "policy"),
    sat_measures=("帮扶措施及成效", "measures"),
    sat_exit=("脱贫退出", "exit decisions"),
    sat_cadres=("干部帮扶", "help by cadres"),
    sat_overall=("总体是否认可", "on the whole"),
)

ANSWERS = table(
    very_satisfied=("非常认可", "fully"),
    satisfied=("比较认可", "mostly"),
    neutral=("一般", "neither"),
    unaware=("不了解", "unaware"),
    dissatisfied=("不太认可", "hardly"),
    very_dissatisfied=("很不认可", "not at all"),
)
