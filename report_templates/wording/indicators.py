"""What indicators and findings are called, and what a county's verdict is."""

from __future__ import annotations

from report_templates.wording.bilingual import dotted, table

FINDINGS = table(
    met_established=("达标，统计确证", "Met, established"),
    met_open=("达标，未确证", "Met, not established"),
    unmet_open=("未达标，未确证", "Not met, not established"),
    unmet_established=("未达标，统计确证", "Not met, established"),
    reference=("仅供参考", "For reference"),
)

OUTCOMES = table(
    meets=("达到退出标准", "Meets the exit standard"),
    does_not_meet=("未达到退出标准", "Does not meet the exit standard"),
)

STANDINGS = dotted(
    {
        "meets.established": ("四项均统计确证", "All four criteria established"),
        "meets.open": (
            "达标，{established}/4 项统计确证，建议复核",
            "Met; {established} of 4 criteria established; a re-check is advised",
        ),
        "does_not_meet.established": ("未达标，统计确证", "Not met, established"),
        "does_not_meet.open": (
            "未达标，未统计确证，须复核",
            "Not met, not statistically established; must be re-checked",
        ),
    }
)

INDICATORS = table(
    wrong_exit_rate=("错退率", "Wrong-exit rate"),
    missed_rate=("漏评率", "Missed rate"),
    poverty_incidence=("综合贫困发生率", "Poverty incidence"),
    satisfaction_rate=("群众认可度", "Satisfaction"),
    recurrence_rate=("返贫率", "Recurrence rate"),
)

# In narrow tables.
INDICATORS_SHORT = table(
    wrong_exit_rate=("错退率", "Wrong exit"),
    missed_rate=("漏评率", "Missed"),
    poverty_incidence=("综合贫困发生率", "Poverty"),
    satisfaction_rate=("群众认可度", "Satisfaction"),
    recurrence_rate=("返贫率", "Recurrence"),
)

# Inside an English sentence an indicator is a common noun.
INDICATORS_IN_TEXT = table(
    wrong_exit_rate=("错退率", "the wrong-exit rate"),
    missed_rate=("漏评率", "the missed rate"),
    poverty_incidence=("综合贫困发生率", "poverty incidence"),
    satisfaction_rate=("群众认可度", "satisfaction"),
    recurrence_rate=("返贫率", "the recurrence rate"),
)

# What has to be confirmed once more for an indicator to move.
FURTHER_CASES = dotted(
    {
        "wrong_exit_rate": ("错退", "wrong exit"),
        "missed_rate": ("漏评", "missed"),
        "poverty_incidence": ("错退或漏评", "wrong exit or missed"),
        "poverty_incidence.revisit": ("返贫或漏评", "recurrence or missed"),
        "satisfaction_rate": ("不认可", "not approving"),
        "recurrence_rate": ("返贫", "recurrence"),
    }
)

UNITS = table(persons=("人", "persons"), households=("户", "households"))

DECIDED_BY = table(
    estimate=("加权估计", "the weighted estimate"),
    sample_ratio=("样本比", "the plain sample ratio"),
)

REACHING = table(upper=("高至", "up to"), lower=("低至", "down to"))
