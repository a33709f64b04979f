"""The tables of a campaign's public figures, each column with its words and its place.

Everything here stands in public editions of verdicts; nothing else may be added.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inspect_app.rules.exports import Column


@dataclass(frozen=True)
class Table:
    """Rows of one part of verdict.json.

    rows : the key of that part; empty: one row a document
    columns : with the path of each, from the document or, after a dot, from the row
    """

    rows: str
    columns: Mapping[str, Column]


def _table(rows: str, *columns: tuple[str, str, str, str, str]) -> Table:
    found = (*_KEY, *columns)
    return Table(rows, {path: Column(name, kind, zh, en) for path, name, kind, zh, en in found})


_KEY = (
    ("county.adcode", "county_adcode", "text", "县行政区划代码", "code of the county"),
    ("number", "number", "text", "结论编号", "number of the verdict"),
    ("version", "version", "whole", "版本", "version"),
)


def _interval(path: str, zh: str, en: str) -> tuple[tuple[str, str, str, str, str], ...]:
    return (
        (f"{path}.value", "value", "number", f"{zh}（比例）", f"{en}, a fraction"),
        (f"{path}.low", "low", "number", "区间下限", "lower end of its interval"),
        (f"{path}.high", "high", "number", "区间上限", "upper end of its interval"),
    )


_PRECISION = (
    (".estimate.se", "se", "number", "抽样标准误", "standard error"),
    (".estimate.deff", "deff", "number", "设计效应", "design effect"),
    (".estimate.df", "df", "whole", "自由度", "degrees of freedom"),
    (".estimate.n", "n", "whole", "所依据的户数", "households it rests on"),
    (".estimate.n_eff", "n_eff", "whole", "有效样本量", "effective sample size"),
)

TABLES: Mapping[str, Table] = {
    "counties": _table(
        "",
        ("county.name_zh", "name_zh", "text", "县名", "Chinese name"),
        ("county.name_en", "name_en", "text", "英文县名", "English name"),
        ("county.province_zh", "province_zh", "text", "省", "province"),
        ("county.region_group", "region_group", "text", "标准分组", "group of its threshold"),
        ("county.exit_year", "exit_year", "whole", "退出年度", "year of exit"),
        ("campaign.round_kind", "round_kind", "text", "轮次类型", "kind of round"),
        ("campaign.reference_date", "reference_date", "text", "标准时点", "reference date"),
        ("campaign.release_date", "release_date", "text", "发布日期", "date of release"),
        ("simulated", "simulated", "flag", "模拟数据", "simulated data"),
        ("verdict.outcome", "outcome", "text", "结论：meets/does_not_meet", "outcome"),
        ("verdict.standing", "standing", "text", "确证：established/open", "standing"),
        ("verdict.established", "established", "whole", "确证项数", "criteria established"),
        ("sample.townships", "townships", "whole", "样本乡镇数", "townships of the sample"),
        ("sample.villages", "villages", "whole", "样本村数", "villages of the sample"),
        ("sample.response_rate", "response_rate", "number", "应答率（比例）", "response rate"),
        ("sample.replacement_rate", "replacement_rate", "number", "替换率", "replacement rate"),
        ("rulebook.id", "rulebook", "text", "规则手册", "rule book"),
        ("provenance.software", "software", "text", "软件版本", "software"),
    ),
    "indicators": _table(
        "indicators",
        (".code", "indicator", "text", "指标代码", "code of the indicator"),
        (".reference", "reference", "flag", "仅供参考", "for reference only"),
        *_interval(".estimate", "估计值", "estimate"),
        *_PRECISION,
        (".estimate.unit", "unit", "text", "单位：persons/households", "what is counted"),
        (".interval_95.low", "low_95", "number", "95% 双侧区间下限", "lower end at 95 %"),
        (".interval_95.high", "high_95", "number", "95% 双侧区间上限", "upper end at 95 %"),
        (".threshold", "threshold", "number", "标准（比例）", "threshold, a fraction"),
        (".direction", "direction", "text", "below：低于为达标", "side on which it is met"),
        (".strict", "strict", "flag", "等于标准即未达标", "equality does not meet it"),
        (".decided_by", "decided_by", "text", "据以判定的数", "figure that decides"),
        (".finding", "finding", "text", "判定，参考行为空", "finding, empty for reference"),
        (".sample_ratio.numerator", "sample_numerator", "whole", "样本分子", "sample numerator"),
        (".sample_ratio.denominator", "sample_denominator", "whole", "样本分母", "denominator"),
        (".undetermined.households", "undetermined", "whole", "无法判定户数", "undetermined"),
        (
            ".undetermined.low",
            "lowest",
            "number",
            "无法判定户至少使其为",
            "least it could be with them",
        ),
        (
            ".undetermined.high",
            "highest",
            "number",
            "无法判定户至多使其为",
            "most it could be with them",
        ),
    ),
    "strata": _table(
        "strata",
        (".remoteness_class", "class_from", "whole", "偏远程度自", "first class of remoteness"),
        (".remoteness_to", "class_to", "whole", "偏远程度至", "last class of remoteness"),
        (".classes", "classes", "whole", "偏远程度级数", "classes in all"),
        (".villages", "villages", "whole", "样本村数", "villages"),
        (".households", "households", "whole", "样本户数，取整到十", "households, in tens"),
        *_interval(".estimate", "综合贫困发生率", "poverty incidence"),
        *_PRECISION,
    ),
    "townships": _table(
        "townships",
        (".town_code", "town_code", "text", "乡镇代码", "code of the township"),
        (".name_zh", "name_zh", "text", "乡镇名", "its name"),
        (".villages", "villages", "whole", "样本村数", "villages"),
        (".households", "households", "whole", "样本户数，取整到十", "households, in tens"),
        (".response.low", "response_low", "number", "应答率，至少", "response rate, at least"),
        (".response.high", "response_high", "number", "应答率，至多", "response rate, at most"),
    ),
    "satisfaction": _table(
        "satisfaction",
        (".code", "question", "text", "问题代码", "code of the question"),
        (".n", "n", "whole", "作答户数", "households that answered"),
        *_interval(".satisfied", "满意的比例", "share satisfied"),
    ),
    "cases": _table(
        "cases",
        (".kind", "kind", "text", "疑似问题类型", "kind of case"),
        (".flagged", "flagged", "whole", "疑似户数", "households flagged"),
        (".replied", "replied", "whole", "县已答复户数", "with the county's reply"),
        (".overturned", "overturned", "whole", "排除户数", "cleared"),
        (".confirmed", "confirmed", "whole", "认定户数", "confirmed"),
        (".undecided", "undecided", "whole", "未决户数", "undecided"),
        (".confirmed_persons", "confirmed_persons", "whole", "认定人数", "persons confirmed"),
    ),
}

DICTIONARY: Sequence[Column] = (
    Column("table", "text", "表", "table"),
    Column("column", "text", "列", "column"),
    Column("kind", "text", "类型：text/whole/number/flag", "kind of value"),
    Column("zh", "text", "中文说明", "meaning in Chinese"),
    Column("en", "text", "英文说明", "meaning in English"),
)
