"""Settings of a rule book, and readings of them other than the one chosen."""

from __future__ import annotations

from report_templates.wording.bilingual import dotted, table

SETTINGS = table(
    missed_denominator=("漏评率分母", "missed-rate denominator"),
    missed_threshold=("漏评率阈值", "missed-rate threshold"),
    wrong_exit_threshold=("错退率阈值", "wrong-exit threshold"),
    incidence_threshold=("发生率阈值", "incidence threshold"),
    approval_threshold=("认可度阈值", "satisfaction threshold"),
    strict_rates=("比率等于阈值", "a rate at its threshold"),
    strict_approval=("认可度等于阈值", "satisfaction at its threshold"),
    exited_scope=("脱贫户范围", "scope of exited households"),
    members_basis=("人口口径", "head-count basis"),
    income_concept=("收入口径", "income concept"),
    line=("收入标准线", "income line"),
    one_off_income=("一次性收入", "one-off income"),
    approval_rule=("认可的认定", "what counts as approval"),
    missed_test=("漏评认定方法", "test for missed households"),
    exclusion_list=("排除清单", "exclusion list"),
    official_estimator=("判定所用估计", "deciding estimator"),
    recurrence_threshold=("返贫率参考线", "reference line of recurrence"),
    within_household_missed=("户内漏人", "members left off a card"),
    unappraised_house=("未鉴定住房", "houses never appraised"),
    water_counts=("饮水", "drinking water"),
    protein_floor=("肉蛋奶豆频率", "how often protein"),
    households=("逐户认定", "how households are judged"),
)

# Another reading of a setting, to stand after 若 and after "With".
READINGS = dotted(
    {
        "missed_denominator.a": (
            "以抽中村全部非建档立卡人口为分母",
            "all non-registered persons of the sampled villages as denominator",
        ),
        "missed_denominator.b": (
            "以受访非建档立卡户人口为分母",
            "persons of the interviewed non-registered households as denominator",
        ),
        "strict_rates.true": ("比率等于阈值不算达标", "a rate at its threshold failing"),
        "strict_rates.false": ("比率等于阈值也算达标", "a rate at its threshold passing"),
        "strict_approval.true": (
            "认可度等于阈值不算达标",
            "satisfaction at its threshold failing",
        ),
        "strict_approval.false": (
            "认可度等于阈值也算达标",
            "satisfaction at its threshold passing",
        ),
        "members_basis.resident": ("人口按常住计", "residents counted as members"),
        "members_basis.registered": ("人口按户籍计", "registered persons counted as members"),
        "within_household_missed.true": (
            "户内漏人计入漏评",
            "members left off a card counted as missed",
        ),
        "within_household_missed.false": (
            "户内漏人不计漏评",
            "members left off a card not counted",
        ),
        "one_off_income.counted": ("一次性收入计入", "one-off income counted"),
        "one_off_income.not_counted": ("一次性收入不计", "one-off income not counted"),
        "protein_floor.weekly": ("肉蛋奶豆以每周为限", "protein at least weekly"),
        "protein_floor.monthly": ("肉蛋奶豆以每月为限", "protein at least monthly"),
        "unappraised_house.unknown": ("住房须经鉴定", "an appraised house required"),
        "unappraised_house.sound_if_seen": (
            "未鉴定住房以目测为准",
            "an unappraised house judged by sight",
        ),
        "water_counts.true": ("饮水计入", "drinking water counted"),
        "water_counts.false": ("饮水不计", "drinking water not counted"),
        "missed_test.same_as_exit": (
            "任一保障不达标即属漏评（未经认定者按成立计）",
            "any failing guarantee counted as missed (unruled ones as upheld)",
        ),
        "missed_test.income_first": (
            "漏评以收入为先",
            "missed households judged by income first",
        ),
        "approval_rule.overall": ("仅按总体评价认定认可", "the overall question alone deciding"),
        "approval_rule.overall_without_dissent": (
            "总体认可且四项无不满、无不知晓方为认可",
            "overall yes, none of the four dissatisfied or unaware",
        ),
        "approval_rule.overall_without_discontent": (
            "总体认可且四项无不满即为认可",
            "overall yes and none of the four dissatisfied",
        ),
        "approval_rule.all_four": ("四项均满意方为认可", "all four satisfied"),
        "approval_rule.majority": ("四项中三项满意即为认可", "three of the four satisfied"),
        "official_estimator.sample": ("按未加权样本比判定", "the plain sample ratio deciding"),
        "official_estimator.design": ("按加权估计判定", "the weighted estimate deciding"),
    }
)

# A reading in few words, for tables.
CHOICES = dotted(
    {
        "missed_denominator.a": ("抽中村全部非建档立卡人口", "all of the sampled villages"),
        "missed_denominator.b": ("受访非建档立卡户的人口", "those interviewed"),
        "official_estimator.design": ("加权估计", "weighted estimate"),
        "official_estimator.sample": ("未加权样本比", "plain sample ratio"),
        "strict_rates.true": ("不算达标", "fails"),
        "strict_rates.false": ("算达标", "passes"),
        "strict_approval.true": ("不算达标", "fails"),
        "strict_approval.false": ("算达标", "passes"),
        "members_basis.registered": ("户籍人口", "registered persons"),
        "members_basis.resident": ("常住人口", "residents"),
        "income_concept.net": ("纯收入", "net income"),
        "one_off_income.counted": ("计入", "counted"),
        "one_off_income.not_counted": ("不计", "not counted"),
        "exited_scope.to_date": ("历年全部脱贫户", "all exited to date"),
        "missed_test.income_first": ("收入为先", "income first"),
        "missed_test.same_as_exit": ("同退出标准", "same as for exit"),
        "line.higher": ("国家、省定线取高", "higher of national, provincial"),
        "approval_rule.overall": ("总体认可", "yes on the whole"),
        "approval_rule.overall_without_dissent": (
            "总体认可且四项无异议",
            "yes on the whole, no dissent",
        ),
        "approval_rule.overall_without_discontent": (
            "总体认可且四项无不满",
            "yes on the whole, none against",
        ),
        "approval_rule.all_four": ("四项均满意", "all four satisfied"),
        "approval_rule.majority": ("四项中三项满意", "three of four satisfied"),
        "protein_floor.any_time": ("不限", "any time"),
        "protein_floor.weekly": ("每周", "weekly"),
        "protein_floor.monthly": ("每月", "monthly"),
        "unappraised_house.sound_if_seen": ("以目测为准", "by sight"),
        "unappraised_house.unknown": ("须经鉴定", "appraisal required"),
        "water_counts.true": ("计入", "counted"),
        "water_counts.false": ("不计", "not counted"),
        "within_household_missed.true": ("计入漏评", "counted as missed"),
        "within_household_missed.false": ("不计漏评", "not counted"),
    }
)
