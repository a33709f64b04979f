"""The columns of every file this package reads: names, Chinese headers, kinds and limits.

One table for import, sample and interview files, so that a header means the same everywhere.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a cell may hold."""

    UNIT_ID = "unit_id"  # at most 40 characters, NFC, nothing invisible: it goes into tickets
    COUNTY = "county"  # 6 digits
    TOWN = "town"  # 9 digits
    VILLAGE = "village"  # 12 digits
    TEXT = "text"
    COUNT = "count"  # whole number, >= 0
    YEAR = "year"
    MONTH = "month"  # YYYY-MM
    NUMBER = "number"
    FLAG = "flag"  # 1 or 0
    HOUSEHOLD_CLASS = "household_class"  # E, P, N
    CLASS_FOUND = "class_found"  # E, P, N, other
    VILLAGE_TYPE = "village_type"  # poor, other, relocation


CODE_DIGITS = {Kind.COUNTY: 6, Kind.TOWN: 9, Kind.VILLAGE: 12}

_CLASS_WORDS = {"E": "E", "P": "P", "N": "N", "脱贫户": "E", "未脱贫户": "P", "一般农户": "N"}

WORDS: dict[Kind, dict[str, str]] = {
    Kind.HOUSEHOLD_CLASS: _CLASS_WORDS,
    Kind.CLASS_FOUND: {**_CLASS_WORDS, "other": "other", "其他": "other"},
    Kind.VILLAGE_TYPE: {
        "poor": "poor",
        "other": "other",
        "relocation": "relocation",
        "贫困村": "poor",
        "出列村": "poor",
        "非贫困村": "other",
        "其他": "other",
        "安置点": "relocation",
        "易地搬迁安置点": "relocation",
    },
    Kind.FLAG: {
        "1": "1",
        "0": "0",
        "true": "1",
        "false": "0",
        "是": "1",
        "否": "0",
    },
}


@dataclass(frozen=True)
class Column:
    """One column of a file.

    Parameters
    ----------
    name : name in code and in frozen files
    kind : what a cell may hold
    chinese : other headers that mean this column
    required : a file without the column is refused
    filled : an empty cell is refused; by default where the column is required
    low, high : limits of a number, both included
    """

    name: str
    kind: Kind
    chinese: tuple[str, ...] = ()
    required: bool = True
    filled: bool | None = None
    low: float = 0
    high: float = 10_000_000

    @property
    def must_be_filled(self) -> bool:
        return self.required if self.filled is None else self.filled


@dataclass(frozen=True)
class Table:
    """A kind of file: its columns in frozen order, and what makes a row unique."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    def column(self, name: str) -> Column:
        """Look a column up by its name in code."""
        return next(column for column in self.columns if column.name == name)

    @property
    def aliases(self) -> dict[str, str]:
        """Every accepted header, lower case -> name in code."""
        return {
            header.lower(): column.name
            for column in self.columns
            for header in (column.name, *column.chinese)
        }


def _optional(name: str, kind: Kind, *chinese: str, low: float = 0, high: float = 1e7) -> Column:
    return Column(name, kind, chinese, required=False, low=low, high=high)


_VILLAGE_CODE = Column("village_code", Kind.VILLAGE, ("行政村代码", "村代码"))
_COUNTY = Column("county_adcode", Kind.COUNTY, ("县代码",))
_CLASS = Column("household_class", Kind.HOUSEHOLD_CLASS, ("户属性",))
_PERSONS = Column("persons", Kind.COUNT, ("人口数", "家庭人口"), low=1, high=99)
_UNIT = Column("unit_id", Kind.UNIT_ID, ("编号",))
_PSU = Column("psu", Kind.UNIT_ID, ("行政村代码",))
_STRATUM = Column("stratum", Kind.TEXT, ("层",))

VILLAGES = Table(
    "villages",
    (
        _VILLAGE_CODE,
        Column("village_name", Kind.TEXT, ("行政村", "行政村名称")),
        Column("town_code", Kind.TOWN, ("乡镇代码",)),
        _optional("town_name", Kind.TEXT, "乡镇", "乡镇名称"),
        _COUNTY,
        Column("village_type", Kind.VILLAGE_TYPE, ("村类型",)),
        Column("households_e", Kind.COUNT, ("脱贫户数",), high=50_000),
        Column("persons_e", Kind.COUNT, ("脱贫人口",), high=200_000),
        Column("households_p", Kind.COUNT, ("未脱贫户数",), high=50_000),
        Column("persons_p", Kind.COUNT, ("未脱贫人口",), high=200_000),
        Column("households_n", Kind.COUNT, ("一般户数",), high=50_000),
        Column("persons_n", Kind.COUNT, ("一般人口",), high=200_000),
        _optional("lat", Kind.NUMBER, "纬度", low=-90, high=90),
        _optional("lon", Kind.NUMBER, "经度", low=-180, high=180),
        _optional("km_to_seat", Kind.NUMBER, "距县城公里", high=5_000),
        _optional("elevation_m", Kind.NUMBER, "海拔", low=-500, high=9_000),
        _optional("relief", Kind.NUMBER, "地形起伏度", low=-1e6, high=1e6),
        _optional("road_class", Kind.NUMBER, "道路等级", low=-1e6, high=1e6),
        _optional("income", Kind.NUMBER, "人均收入", low=-1e6, high=1e6),
        _optional("remoteness_fallback", Kind.NUMBER, "偏远替代指数", high=1_000),
    ),
    key=("village_code",),
)

HOUSEHOLDS = Table(
    "households",
    (
        Column("household_id", Kind.UNIT_ID, ("户编码", "户编号")),
        _VILLAGE_CODE,
        _CLASS,
        _PERSONS,
        _optional("registered_year", Kind.YEAR, "识别年度", low=1949, high=2100),
        _optional("exit_year", Kind.YEAR, "脱贫年度", low=1949, high=2100),
        _optional("cause", Kind.TEXT, "主要致贫原因"),
        _optional("welfare", Kind.TEXT, "社会救助"),
        _optional("relocated_from", Kind.TEXT, "迁出村代码", "迁出地"),
        _optional("relocated_to", Kind.TEXT, "迁入村代码", "迁入地"),
        _optional("monitored", Kind.TEXT, "监测对象类别"),
        _optional("house_grade", Kind.TEXT, "房屋安全等级"),
    ),
    key=("household_id",),
)

MEMBERS = Table(
    "members",
    (
        Column("household_id", Kind.UNIT_ID, ("户编码", "户编号")),
        Column("person_code", Kind.UNIT_ID, ("人员编码", "人编号")),
        Column("birth_month", Kind.MONTH, ("出生年月",)),
        Column("on_card", Kind.FLAG, ("是否录入建档立卡", "是否在册")),
    ),
    key=("person_code",),
)

TOTALS = Table(
    "totals",
    (
        _COUNTY,
        Column("persons_e", Kind.COUNT, ("脱贫人口",)),
        Column("persons_p", Kind.COUNT, ("未脱贫人口",)),
        Column("persons_n", Kind.COUNT, ("一般人口",)),
        Column("persons_rural", Kind.COUNT, ("农村人口", "农业户籍人口"), low=1),
        Column("document", Kind.TEXT, ("依据文件", "数据来源")),
        _optional("simulated", Kind.FLAG, "模拟"),
    ),
    key=("county_adcode",),
)

ROSTER = Table(
    "roster",
    (
        _UNIT,
        _VILLAGE_CODE,
        _CLASS,
        _PERSONS,
        Column("line", Kind.COUNT, ("序号",), low=1),
    ),
    key=("unit_id",),
)

_PROBABILITIES = tuple(
    _optional(name, Kind.NUMBER, high=1) for name in ("pi1", "pi2", "inclusion_prob")
)
_BASE_WEIGHT = _optional("base_weight", Kind.NUMBER, "基础权数", high=1e12)

SAMPLE_VILLAGES = Table(
    "sample_villages",
    (
        _COUNTY,
        _STRATUM,
        _VILLAGE_CODE,
        Column("ticket", Kind.TEXT),
        Column("pi1", Kind.NUMBER, high=1),
        Column("certainty", Kind.FLAG),
        Column("order", Kind.COUNT, low=1),
        Column("is_reserve", Kind.FLAG),
        Column("wave", Kind.COUNT, low=1),
    ),
    key=("village_code",),
)

SAMPLE_HOUSEHOLDS = Table(
    "sample_households",
    (
        _UNIT,
        _COUNTY,
        _STRATUM,
        _PSU,
        _CLASS,
        _PERSONS,
        Column("ticket", Kind.TEXT),
        Column("order", Kind.COUNT, low=1),
        Column("is_reserve", Kind.FLAG),
        *_PROBABILITIES,
        _BASE_WEIGHT,
        Column("wave", Kind.COUNT, low=1),
    ),
    key=("unit_id",),
)

INTERVIEWS = Table(
    "interviews",
    (
        _UNIT,
        _COUNTY,
        _STRATUM,
        _PSU,
        _CLASS,
        Column("persons", Kind.COUNT, ("人口数",), filled=False, high=99),
        _optional("ticket", Kind.TEXT),
        _optional("order", Kind.COUNT, low=1),
        _optional("is_reserve", Kind.FLAG),
        *_PROBABILITIES,
        _BASE_WEIGHT,
        _optional("wave", Kind.COUNT, low=1),
        Column("disposition", Kind.TEXT, filled=False),
        _optional("class_found", Kind.CLASS_FOUND),
        _optional("nonresponse_factor", Kind.NUMBER, high=1e12),
        _optional("weight", Kind.NUMBER, "最终权数", high=1e12),
        _optional("wrong_exit", Kind.COUNT, "错退", high=99),
        _optional("missed", Kind.COUNT, "漏评", high=99),
        _optional("recurrence", Kind.COUNT, "返贫", high=99),
        _optional("missed_base", Kind.COUNT, high=99),
        _optional("approves", Kind.FLAG, "认可"),
        _optional("undetermined", Kind.TEXT),
    ),
    key=("unit_id",),
)

TABLES = {
    table.name: table
    for table in (
        VILLAGES,
        HOUSEHOLDS,
        MEMBERS,
        TOTALS,
        ROSTER,
        SAMPLE_VILLAGES,
        SAMPLE_HOUSEHOLDS,
        INTERVIEWS,
    )
}
