"""What agencies may take away: the columns of each data set, in Chinese and English.

Data sets of coded figures (`interviews`, `paradata`) hold no names, no free text and no answer to
a satisfaction question; whether a household approves is an opinion by name and stays out of them
for whoever may not see answers; `answers` and `members` hold what households said and are for
reviewers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from inspect_app.rules.questionnaires import Field, Questionnaire

FORMATS = ("csv", "parquet", "dta")
MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "dta": "application/x-stata-dta",
}
CODED = ("interviews", "paradata")
"""Data sets for whoever may see estimates."""
SPOKEN = ("answers", "members")
"""Data sets for whoever may see answers."""

Labels = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Column:
    """One column: what it holds, and the words for it.

    kind : text, whole, number or flag
    values : of a closed list, each with its words in Chinese and English
    """

    name: str
    kind: str
    zh: str
    en: str
    values: Labels = field(default_factory=lambda: MappingProxyType({}))

    @property
    def label(self) -> str:
        """Both languages in one line."""
        return f"{self.zh} | {self.en}"


CLASSES: Labels = {
    "E": ("脱贫户", "exited"),
    "P": ("未脱贫户", "registered, not exited"),
    "N": ("一般农户", "not registered"),
    "other": ("其他", "other"),
}
DISPOSITIONS: Labels = {
    "completed": ("完成", "completed"),
    "partial": ("部分完成", "partial"),
    "refused": ("拒访", "refused"),
    "absent": ("多次不在家", "absent"),
    "moved_out": ("整户迁出", "moved out"),
    "dissolved": ("并户或拆户", "household dissolved"),
    "dead": ("全户死亡", "all dead"),
    "not_found": ("查无此户", "not found"),
    "not_visited": ("未走访", "not visited"),
}
KINDS: Labels = {
    "interview": ("访谈", "interview"),
    "contact": ("未访成的上门", "visit without interview"),
    "roster": ("全村名册", "village roster"),
}
STATUSES: Labels = {
    "accepted": ("接收", "accepted"),
    "conflict": ("冲突并存", "beside another revision"),
    "stale_form": ("旧版问卷", "older questionnaire"),
    "not_assigned": ("待判：非本机任务", "set aside: not assigned"),
    "superseded_device": ("待判：设备已被替换", "set aside: superseded phone"),
    "invalid": ("待判：内容有误", "set aside: faulty"),
}
DECISIONS: Labels = {
    "accepted": ("通过", "accepted"),
    "returned": ("退回", "returned"),
    "received": ("待复核", "waiting for review"),
}

_UNIT = (
    Column("unit_id", "text", "户编码", "household code"),
    Column("county_adcode", "text", "县代码", "county code"),
)
INTERVIEWS: tuple[Column, ...] = (
    *_UNIT,
    Column("stratum", "text", "层", "stratum"),
    Column("psu", "text", "行政村代码", "village code"),
    Column("household_class", "text", "名册户属性", "class in the frame", CLASSES),
    Column("persons", "whole", "人口数（实查）", "persons, as found"),
    Column("ticket", "text", "抽签值", "ticket"),
    Column("order", "whole", "签序", "order of the ticket"),
    Column("is_reserve", "flag", "备用户", "reserve household"),
    Column("pi1", "number", "村入样概率", "inclusion probability of the village"),
    Column("pi2", "number", "村内入样概率", "inclusion probability within the village"),
    Column("inclusion_prob", "number", "入样概率", "inclusion probability"),
    Column("base_weight", "number", "基础权数", "base weight"),
    Column("wave", "whole", "期次", "wave"),
    Column("disposition", "text", "访问结果", "disposition", DISPOSITIONS),
    Column("class_found", "text", "实查户属性", "class as found", CLASSES),
    Column("nonresponse_factor", "number", "无应答调整系数", "non-response factor"),
    Column("trimming_factor", "number", "截权系数", "trimming factor"),
    Column("weight", "number", "最终权数", "final weight"),
    Column("wrong_exit", "whole", "错退人数", "persons wrongly exited"),
    Column("missed", "whole", "漏评人数", "persons missed"),
    Column("recurrence", "whole", "返贫人数", "persons fallen back"),
    Column("missed_base", "whole", "漏评率分母人数", "persons in the base of missed"),
    Column("approves", "whole", "认可", "approves"),
    Column("undetermined", "text", "未定指标", "indicators left open"),
)
OPINION = "satisfaction_rate"
"""The indicator that a household's opinion decides: whether it is open tells of the opinion."""
FIGURES = tuple(column for column in INTERVIEWS if column.name != "approves")
"""The columns of `interviews` for whoever may not see answers: no household's opinion."""
PARADATA: tuple[Column, ...] = (
    Column("seq", "whole", "账目序号", "number in the ledger"),
    Column("op_id", "text", "记录编号", "op"),
    Column("kind", "text", "种类", "kind", KINDS),
    Column("status", "text", "接收状态", "status on arrival", STATUSES),
    Column("interview_id", "text", "访谈编号", "interview"),
    *_UNIT,
    Column("psu", "text", "行政村代码", "village code"),
    Column("household_class", "text", "名册户属性", "class in the frame", CLASSES),
    Column("is_reserve", "flag", "备用户", "reserve household"),
    Column("replaces", "text", "替换户编码", "household it replaces"),
    Column("round", "text", "轮次", "round"),
    Column("blind_reinterview", "flag", "盲法重访", "blind re-interview"),
    Column("visit_no", "whole", "第几次上门", "number of the visit"),
    Column("disposition", "text", "访问结果", "disposition", DISPOSITIONS),
    Column("captured_at", "text", "封存时间（手机）", "sealed at, phone's clock"),
    Column("started_at", "text", "开始时间（手机）", "started at, phone's clock"),
    Column("ended_at", "text", "结束时间（手机）", "ended at, phone's clock"),
    Column("duration_minutes", "number", "时长（分钟）", "duration, minutes"),
    Column("received_at", "text", "到达时间（服务器）", "received at, UTC"),
    Column("offset_ms", "whole", "时钟偏差（毫秒）", "server minus phone, ms"),
    Column("boot_id", "text", "开机编号", "boot of the phone"),
    Column("mono_ms", "whole", "开机后毫秒", "ms since the boot"),
    Column("device_id", "text", "手机编号", "phone"),
    Column("enumerator_a", "text", "调查员甲编号", "first of the pair"),
    Column("enumerator_b", "text", "调查员乙编号", "second of the pair"),
    Column("visit_date", "text", "派定日期", "day of the assignment"),
    Column("rev", "whole", "版本", "revision"),
    Column("base_rev", "whole", "所依版本", "revision it corrects"),
    Column("is_current", "flag", "现行版本", "revision that counts"),
    Column("complete", "flag", "附件齐全", "all files arrived"),
    Column("has_location", "flag", "有定位", "has a location"),
    Column("flags", "text", "质量标记", "quality flags"),
    Column("decision", "text", "复核决定", "review decision", DECISIONS),
    Column("decided_at", "text", "决定时间", "decided at, UTC"),
    Column("returns", "whole", "退回次数", "times returned"),
    Column("simulated", "flag", "模拟数据", "simulated"),
)
_OF_INTERVIEW: tuple[Column, ...] = (
    Column("interview_id", "text", "访谈编号", "interview"),
    *_UNIT,
    Column("psu", "text", "行政村代码", "village code"),
    Column("household_class", "text", "名册户属性", "class in the frame", CLASSES),
    Column("round", "text", "轮次", "round"),
    Column("rev", "whole", "版本", "revision"),
    Column("form_id", "text", "问卷", "questionnaire"),
    Column("version", "text", "问卷版本", "version"),
)
_LINE = Column("line", "whole", "成员序号", "line of the member")
_PLACE = (
    ("lat", "纬度", "latitude"),
    ("lon", "经度", "longitude"),
    ("accuracy", "精度（米）", "accuracy, m"),
)
MISSING: Labels = {"dk": ("不知道", "does not know"), "refused": ("拒答", "refused")}


def answers(forms: tuple[Questionnaire, ...]) -> tuple[Column, ...]:
    """The columns of `answers`: one a question, as text; a location takes three."""
    return (*_OF_INTERVIEW, *_asked(forms, members=False))


def members(forms: tuple[Questionnaire, ...]) -> tuple[Column, ...]:
    """The columns of `members`: one row a person."""
    return (*_OF_INTERVIEW, _LINE, *_asked(forms, members=True))


def _asked(forms: tuple[Questionnaire, ...], *, members: bool) -> tuple[Column, ...]:
    found: dict[str, Column] = {}
    for form in forms:
        for block in form.blocks:
            if (block.repeat is not None) == members:
                for question in block.fields:
                    for column in _columns_of(question):
                        found.setdefault(column.name, column)
    taken = {column.name for column in _OF_INTERVIEW}
    return tuple(column for name, column in found.items() if name not in taken)


def _columns_of(question: Field) -> tuple[Column, ...]:
    if question.type == "geopoint":
        return tuple(
            Column(
                f"{question.id}_{part}",
                "text",
                f"{question.label_zh}：{zh}",
                f"{question.label_en}: {en}",
            )
            for part, zh, en in _PLACE
        )
    values = {each.value: (each.label_zh, each.label_en) for each in question.choices}
    missing = {code: MISSING[code] for code in sorted(question.allow_missing)}
    return (
        Column(
            question.id,
            "text",
            question.label_zh,
            question.label_en,
            {**values, **missing} if values else {},
        ),
    )
