"""Every word a verdict report prints, Chinese and English side by side, keyed by code.

Figures come in as arguments and are formatted in `phrases.py`; nothing here is written freely
for one county.
"""

from __future__ import annotations

from typing import NamedTuple


class Bilingual(NamedTuple):
    """The same thing said in Chinese and in English."""

    zh: str
    en: str


class UnknownWording(LookupError):
    """A code of the sheet for which no words are agreed."""

    def __init__(self, table: str, code: str) -> None:
        super().__init__(f"没有措辞：{table} {code} | no wording for {table} {code}")


def words(table: dict[str, Bilingual], name: str, code: str) -> Bilingual:
    """Look a code up, and name table and code when it is not there."""
    try:
        return table[code]
    except KeyError:
        raise UnknownWording(name, code) from None


def _table(**rows: tuple[str, str]) -> dict[str, Bilingual]:
    return {code: Bilingual(*row) for code, row in rows.items()}


def _dotted(rows: dict[str, tuple[str, str]]) -> dict[str, Bilingual]:
    return {code: Bilingual(*row) for code, row in rows.items()}


SIMULATED = Bilingual("模拟数据", "Simulated data")

FINDINGS = _table(
    met_established=("达标，统计确证", "Met, established"),
    met_open=("达标，未确证", "Met, not established"),
    unmet_open=("未达标，未确证", "Not met, not established"),
    unmet_established=("未达标，统计确证", "Not met, established"),
    reference=("仅供参考", "For reference"),
)

OUTCOMES = _table(
    meets=("达到退出标准", "Meets the exit standard"),
    does_not_meet=("未达到退出标准", "Does not meet the exit standard"),
)

STANDINGS = _dotted(
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

INDICATORS = _table(
    wrong_exit_rate=("错退率", "Wrong-exit rate"),
    missed_rate=("漏评率", "Missed rate"),
    poverty_incidence=("综合贫困发生率", "Poverty incidence"),
    satisfaction_rate=("群众认可度", "Satisfaction"),
    recurrence_rate=("返贫率", "Recurrence rate"),
)

# In narrow tables.
INDICATORS_SHORT = _table(
    wrong_exit_rate=("错退率", "Wrong exit"),
    missed_rate=("漏评率", "Missed"),
    poverty_incidence=("综合贫困发生率", "Poverty"),
    satisfaction_rate=("群众认可度", "Satisfaction"),
    recurrence_rate=("返贫率", "Recurrence"),
)

# Inside an English sentence an indicator is a common noun.
INDICATORS_IN_TEXT = _table(
    wrong_exit_rate=("错退率", "the wrong-exit rate"),
    missed_rate=("漏评率", "the missed rate"),
    poverty_incidence=("综合贫困发生率", "poverty incidence"),
    satisfaction_rate=("群众认可度", "satisfaction"),
    recurrence_rate=("返贫率", "the recurrence rate"),
)

# What has to be confirmed once more for an indicator to move.
FURTHER_CASES = _table(
    wrong_exit_rate=("错退", "wrong exit"),
    missed_rate=("漏评", "missed"),
    poverty_incidence=("错退或漏评", "wrong exit or missed"),
    satisfaction_rate=("不认可", "not approving"),
    recurrence_rate=("返贫", "recurrence"),
)

UNITS = _table(persons=("人", "persons"), households=("户", "households"))

HOUSEHOLD_CLASSES = _table(
    E=("脱贫户", "exited"),
    P=("贫困户", "poor"),
    N=("非建档立卡户", "non-registered"),
)

REGION_GROUPS = _table(
    central_2pct=("中东部组", "Central and east"),
    west_3pct=("西部组", "West"),
)

ROUND_KINDS = _table(
    exit=("{year} 年度退出", "Exit of {year}"),
    revisit=("{year} 年退出，回访", "Exited in {year}, revisit"),
)

EDITIONS = _table(full=("完整版", "Full edition"), public=("公开版", "Public edition"))

CASE_KINDS = _table(
    wrong_exit=("错退", "Wrong exit"),
    missed=("漏评", "Missed"),
    recurrence=("返贫", "Recurrence"),
)

QUESTIONS = _table(
    sat_policy=("脱贫攻坚政策", "policy"),
    sat_measures=("帮扶措施及成效", "measures"),
    sat_exit=("脱贫退出", "exit decisions"),
    sat_cadres=("干部帮扶", "help by cadres"),
    sat_overall=("总体是否认可", "on the whole"),
)

ANSWERS = _table(
    very_satisfied=("非常认可", "fully"),
    satisfied=("比较认可", "mostly"),
    neutral=("一般", "neither"),
    unaware=("不了解", "unaware"),
    dissatisfied=("不太认可", "hardly"),
    very_dissatisfied=("很不认可", "not at all"),
)

SETTINGS = _table(
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
READINGS = _dotted(
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

DECIDED_BY = _table(
    estimate=("加权估计", "the weighted estimate"),
    sample=("样本比", "the plain sample ratio"),
)

# Villages of one class of remoteness: in a table, and inside an English sentence.
STRATA = _dotted(
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

# A code that ends in "#" and a word is the variant `phrases.py` picks when an argument asks for it.
SENTENCES = _dotted(
    {
        "verdict.meets.established": (
            "四项指标的估计值都在达标一侧，各自的区间也整体落在达标一侧。",
            "All four estimates pass, and so does the whole interval of each.",
        ),
        "verdict.meets.open": (
            "四项指标的估计值都达标，其中{established}项的区间也整体达标；"
            "{open}的区间触及阈值，真值仍可能未达标。",
            "All four estimates pass, {established} with the whole interval; "
            "the truth may still fail for {open}.",
        ),
        "verdict.meets.open#none": (
            "四项指标的估计值都达标，但各项区间都触及阈值，真值仍可能未达标。",
            "All four estimates pass, but every interval reaches its threshold, "
            "so the truth may still fail.",
        ),
        "verdict.unmet.established": (
            "{unmet}的估计值未达标，一项不达标即不能退出。"
            "按四项分担误差的更严水平，{certain}的区间仍整体落在未达标一侧。",
            "The estimate fails for {unmet}, and one failing criterion is enough. At the stricter "
            "level shared by four criteria the whole interval of {certain} still fails.",
        ),
        "verdict.unmet.open": (
            "{unmet}的估计值未达标，一项不达标即不能退出。但抽样误差之内仍可能达标，结论须经复核。",
            "The estimate fails for {unmet}, and one failing criterion is enough. Sampling error "
            "leaves room for the opposite, so the verdict must be re-checked.",
        ),
        "note.sides_differ": (
            "加权估计与样本比分居阈值两侧：{each}；以{decided_by}为准。",
            "Weighted estimate and sample ratio lie on different sides of the threshold: {each}; "
            "{decided_by} decides.",
        ),
        "sure.interval": (
            "区间两端各为单侧 {confidence} 界限（双侧 {two_sided}）。",
            "Each end of a {two_sided} interval is a one-sided {confidence} bound.",
        ),
        "sure.design_effect": (
            "已计入同村农户相似：{each}。",
            "Likeness within villages is allowed for: {each}.",
        ),
        "sure.open": (
            "真值可能触及或越过阈值：{each}。",
            "The truth may reach or cross the threshold: {each}.",
        ),
        "sure.zero_found": (
            "未查实一例不等于没有：{each}。",
            "None found does not mean none: {each}.",
        ),
        "sure.reach": (
            "方案抽 {villages} 村 {households} 户{household_class}，"
            "真值为 {p1} 时有 **{chance}** 的机会证实达标。",
            "With {households} ({household_class}) in {villages}, the chance to "
            "establish a pass is {chance} if the truth is {p1}.",
        ),
        "sure.response": (
            "应答率 **{response_rate}**；换户率 {replacement_rate}，未超过 {alarm_rate} 警戒线。",
            "Response {response_rate}; replaced {replacement_rate}, alarm line {alarm_rate}.",
        ),
        "sure.response#alarm": (
            "应答率 **{response_rate}**；换户率 **{replacement_rate}**，超过 {alarm_rate} 警戒线，"
            "解读须谨慎。",
            "Response {response_rate}; replaced {replacement_rate}, above the alarm line of "
            "{alarm_rate}: read with care.",
        ),
        "sure.undetermined": (
            "**{households} 户**无法判定，全算好、全算坏，结论都不变。",
            "{households} undetermined: the verdict holds whether all are good or all bad.",
        ),
        "sure.undetermined#turns": (
            "**{households} 户**无法判定：全算好则达到退出标准，全算坏则未达到。",
            "{households} undetermined: the county meets the standard if all are good, "
            "and does not if all are bad.",
        ),
        "change.flip": (
            "按平均户计，再查实几户即改变判定：",
            "Further cases of average weight that change a finding:",
        ),
        "change.outcome": (
            "按平均户计，再有 **{households} 户**{case}，总结论即反转。",
            "To reverse the verdict: {households} more of average weight ({case}).",
        ),
        "change.extend": (
            "另抽 {villages} 个村加访 **{households} 户**，多半可确证{each}。",
            "{households} more in another {villages} would probably settle: {each}.",
        ),
        "change.extend_unreachable": (
            "{each}离阈值太近，加访到可行的规模也难以确证。",
            "Too near the threshold for any feasible extension to settle: {each}.",
        ),
        "change.variant": (
            "若{reading}：{each}（{finding}）。",
            "With {reading}: {each} ({finding}).",
        ),
        "change.no_variant": (
            "{settings}换用另一种解释，各项判定不变。",
            "Other readings change no finding: {settings}.",
        ),
        "next.reply": (
            "**{date}**之前（{days} 天内）县级可提出书面意见。",
            "The county may reply in writing until {date} ({days}).",
        ),
        "next.recheck": (
            "建议复核{indicators}，结果另发新版。",
            "A re-check of {indicators} is advised; its result will be a new version.",
        ),
        "strata.differ": (
            "{high}的贫困发生率高于{low}",
            "Poverty incidence is higher in {high} villages than in {low} ones",
        ),
        "strata.overlap": (
            "{high}的贫困发生率点估计较高，区间重叠",
            "Higher point estimate of incidence in {high} than in {low} villages, "
            "but intervals overlap",
        ),
        "strata.unsaid": (
            "分层估计、分问认可度和疑似问题",
            "Estimates by stratum, satisfaction by question, suspected cases",
        ),
        "strata.single": (
            "各村同属一层，不作分层比较",
            "All villages form one stratum, so there is nothing to compare",
        ),
    }
)

# What stands for {each} in a sentence that several indicators share, once for each of them.
EACH = _dotted(
    {
        "note.sides_differ": (
            "{indicator} {estimate} 与 {ratio}",
            "{indicator} {estimate} and {ratio}",
        ),
        "sure.design_effect": (
            "{indicator}设计效应 **{deff}**",
            "design effect {deff} for {indicator}",
        ),
        "sure.open": ("{indicator}可{reaching} **{bound}**", "{indicator} {reaching} {bound}"),
        "sure.zero_found": (
            "{indicator}可至 **{bound}**（有效样本 {n_eff}）",
            "{indicator} up to {bound} (effective n {n_eff})",
        ),
        "change.flip": ("{indicator} {households} 户", "{indicator} {households}"),
        "change.extend": ("{indicator}", "{indicator}"),
        "change.extend_unreachable": ("{indicator}", "{indicator}"),
        "change.variant": ("{indicator} **{value}**", "{indicator} {value}"),
    }
)

REACHING = _table(upper=("高至", "up to"), lower=("低至", "down to"))

LABELS = _dotted(
    {
        "series": ("贫困县退出专项评估检查 | 县级评估结论", "County exit inspection | Verdict"),
        "title": ("{county}退出专项评估结论", "Exit inspection verdict, {county}"),
        "version": ("第 {version} 版", "v{version}"),
        "replaces": ("替代第 {replaces} 版", "replaces v{replaces}"),
        "page": ("第 {page} 页，共 {pages} 页", "Page {page} of {pages}"),
        "simulated.band": (
            "模拟数据：名册、访谈和结论均为虚构，不反映任何真实农户或县的情况",
            "Simulated data: register, interviews and verdict are invented",
        ),
        "simulated.metadata": (
            "模拟数据，不反映任何真实县的情况",
            "Simulated data, saying nothing about any real county",
        ),
        "fact.batch": ("批次", "Batch"),
        "fact.region": ("地区组", "Region group"),
        "fact.region.value": (
            "{group}，发生率线 {threshold}",
            "{group}, line {threshold}",
        ),
        "fact.field": ("实地评估", "Fieldwork"),
        "fact.field.value": ("{start} 至 {end}", "{start} to {end}"),
        "fact.sample": ("样本", "Sample"),
        "fact.sample.value": (
            "{townships} 个乡镇 {villages} 个村 {households} 户 {persons} 人",
            "{townships}, {villages}, {households}, {persons}",
        ),
        "standing": ("统计把握", "Standing"),
        "column.indicator": ("指标", "Indicator"),
        "column.estimate": ("加权估计", "Estimate"),
        "column.estimate_ratio": ("估计与样本比", "Estimate, ratio"),
        "column.interval": ("{level} 区间", "{level} interval"),
        "column.threshold": ("阈值", "Threshold"),
        "threshold.reference": ("参考", "ref."),
        "column.finding": ("判定", "Finding"),
        "strip.pass": ("达标", "pass"),
        "strip.fail": ("未达标", "fail"),
        "attachment": ("本报告所依据的数据", "The figures this report was drawn from"),
        "alt.strip": (
            "条形图：各指标估计值与区间相对本行阈值的位置，数值见随后的表。",
            "Chart: estimate and interval of each criterion against its own threshold; "
            "figures in the table that follows.",
        ),
        "alt.forest": (
            "森林图：各层与全县的综合贫困发生率及区间，数值见随后的表。",
            "Forest plot: poverty incidence and interval of each stratum and of the county; "
            "figures in the table that follows.",
        ),
        "alt.answers": (
            "堆积条形图：各问题的回答构成，合计数见随后的表。",
            "Stacked bars: answers to each question; their totals are in the table that follows.",
        ),
        "strip.caption": (
            "图中每行以本行阈值为 1：菱形为估计，横条为 {level} 区间；认可度画不认可的比例。"
            "估计下方为样本比。{reference}",
            "Axis in multiples of each threshold: diamond = estimate, bar = {level} interval; "
            "satisfaction as share against. Ratios in persons 人, households 户.",
        ),
        "strip.reference": (
            "末行仅供参考。",
            "Last row: for reference.",
        ),
        "heading.sure": ("有多大把握", "How sure are we"),
        "heading.change": ("什么会改变结论", "What would change it"),
        "heading.verify": ("核验本报告", "Verify this report"),
        "heading.next": ("下一步", "Next"),
        "dropped": (
            "另有 {count} 点说明见附注。",
            "Further remarks in the notes: {count}.",
        ),
        "next.release": ("本结论发布于 {date}。", "Released on {date}."),
        "evidence": ("证据：{finding}", "Evidence: {finding}"),
        "forest.heading": ("图 1  分层综合贫困发生率", "Poverty incidence by stratum"),
        "forest.stratum": ("层", "Stratum"),
        "forest.villages": ("村", "Villages"),
        "forest.households": ("受访户", "Households"),
        "forest.chart": ("发生率（%），竖线 {threshold}", "incidence, %; line = threshold"),
        "forest.county": ("全县", "County"),
        "forest.caption": (
            "方块面积与受访户数成正比，菱形为全县，横线为 {level} 区间；层次按村的偏远程度划分。",
            "Square area follows households interviewed, the diamond is the county, lines are "
            "{level} intervals. Strata follow the remoteness of villages.",
        ),
        "satisfaction.heading": (
            "图 2  认可度分问：{lowest}的点估计最低，{value}",
            "Lowest point estimate: {lowest}, {value}",
        ),
        "satisfaction.question": ("问题", "Question"),
        "satisfaction.answers": ("回答构成（加权 %）", "Answers, weighted %"),
        "satisfaction.approving": ("认可合计", "Approving"),
        "satisfaction.neutral": ("一般", "Neither"),
        "satisfaction.against": ("不认可", "Against"),
        "satisfaction.unaware": ("不了解", "Unaware"),
        "satisfaction.n": ("户", "n"),
        "satisfaction.caption": (
            "第 1 页的群众认可度按户合成：总体认可，且四个分问均未答不认可或不了解"
            "（答“一般”不影响）。总体一问只分认可与不认可。",
            "On page 1 a household approves if it does so on the whole and answers none of the "
            "four questions against or unaware; the last is yes or no.",
        ),
        "cases.heading": (
            "疑似问题 {flagged} 例，查实 {confirmed} 例",
            "{flagged} suspected cases, {confirmed} confirmed",
        ),
        "cases.kind": ("类型", "Type"),
        "cases.total": ("合计", "Total"),
        "cases.flagged": ("标记", "Flagged"),
        "cases.replied": ("县级举证", "Replied"),
        "cases.overturned": ("排除", "Cleared"),
        "cases.confirmed": ("查实", "Confirmed"),
        "cases.undecided": ("未决", "Open"),
        "cases.persons": ("查实人数", "Persons"),
        "cases.caption": (
            "一例为一户的一类问题；县级可举证，裁定后才算查实。",
            "One case = one household, one kind; confirmed only by a ruling.",
        ),
        "reach.heading": ("方案能证实什么", "Reach of the plan"),
        "reach.measure": ("设计", "Design"),
        "reach.size": ("村/户", "villages/hh"),
        "reach.effective": ("有效样本", "eff. n"),
        "reach.zero": ("零例上限", "if none"),
        "reach.chance": ("证实机会", "chance"),
        "reach.needed": ("所需户数", "needed"),
        "reach.caption": (
            "机会：真值为 {p1} 时证实低于 {p0}。",
            "Chance to establish below {p0} if the truth is {p1}.",
        ),
        "errors.heading": ("表 1  抽样误差", "Sampling errors"),
        "errors.se": ("标准误", "SE"),
        "errors.deff": ("设计效应", "Deff"),
        "errors.n": ("样本户", "Households"),
        "errors.n_eff": ("有效样本", "Effective n"),
        "errors.df": ("自由度", "df"),
        "errors.interval95": ("95% 区间", "95% interval"),
        "errors.undetermined": ("含未定户", "Undetermined"),
        "errors.caption": (
            "各率、标准误和区间以百分数计，区间向外取整。含未定户：未定户全部合格与全部不合格时的估计。",
            "Rates, SE and intervals in %, intervals rounded outward. Undetermined: the estimate "
            "with such households all good, and all bad.",
        ),
        "errors.none_found": (
            "标准误“–”：未查实一例，无从估计，设计效应取计划值；查实很少时标准误偏小，以区间为准。",
            "A dash for SE: none found, so it cannot be estimated and deff is the planned one; "
            "after few cases SE is too small: trust the interval.",
        ),
        "notes.heading": ("附注", "Notes"),
        "notes.more": ("附注（续）", "Notes, continued"),
        "notes.line": (
            "收入标准线：{year} 年 {yuan} 元。标准时点 {date}。评估机构：{agency}。",
            "Income line {yuan} yuan of {year}. Reference date {date}. Agency: {agency}.",
        ),
        "notes.rulebook": (
            "评估规则 {rulebook}，软件 {software}。",
            "Rule book {rulebook}, software {software}.",
        ),
    }
)
