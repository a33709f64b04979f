"""What a case is measured by, and what proves the contrary: Chinese and English, by block.

The sentences follow the settings of the rule book and what was commissioned for the county. They
say what holds and what may be shown; never what a household answered, nor who told.
"""

from dataclasses import dataclass
from datetime import date

from inspect_app.rules.reasons import BLOCKS
from inspect_app.rules.rulebooks import RuleBook

Pair = tuple[str, str]


@dataclass(frozen=True)
class Terms:
    """What the sentences need to know of a county's inspection.

    line_yuan : income per person and year, in the year `line_year`
    """

    book: RuleBook
    reference_date: date
    line_year: int
    line_yuan: int


CLAUSES: dict[str, Pair] = {
    "income": (
        "稳定人均纯收入须超过 {line_year} 年标准线 {line_yuan} 元（恰好等于不算超过）；"
        "计至基准日 {reference} 止的十二个月，一次性补助和赠与不计入",
        "stable net income per member must be above the line of {line_year}, {line_yuan} yuan "
        "(equal is not above), over the twelve months up to the reference date {reference}; "
        "one-off grants and gifts do not count",
    ),
    "food": (
        "主食充足，肉、蛋、奶、豆类每周吃到，不因费用或买不到而缺",
        "enough staple food, and protein every week, not forgone for cost or lack of access",
    ),
    "clothing": (
        "应季衣被、换洗衣物、鞋齐备，且不以捐赠为主",
        "clothing and bedding for the season, a change of clothes and shoes, not mainly donated",
    ),
    "schooling": (
        "{youngest} 至 {oldest} 周岁的成员均在接受义务教育（因病休学或送教上门须有证明）",
        "every member aged {youngest} to {oldest} is in compulsory education (suspension for "
        "health and teaching at home need a certificate)",
    ),
    "medical": (
        "户籍成员全部参加基本医疗保险（含在外地参保），没有因费用放弃治疗",
        "every registered member is in basic medical insurance, here or elsewhere, and nobody gave "
        "up treatment for cost",
    ),
    "housing": (
        "实际居住的房屋为 A、B 级，或 C、D 级已改造并验收；同户老人亦不住危旧房",
        "the house lived in is of grade A or B, or of C or D and repaired and accepted; no elder "
        "of the household lives in an unsafe house",
    ),
    "water": (
        "水量充足、水质合格，取水往返不超过 {fetch} 分钟，连续缺水不超过 {dry} 天",
        "enough clean water, fetched within {fetch} minutes there and back, never missing for more "
        "than {dry} days on end",
    ),
    "member_off_card": (
        "户籍成员均应登记在建档立卡信息中",
        "every registered member of the household belongs on its card in the register",
    ),
}

PROOFS: dict[str, Pair] = {
    "income": (
        "工资流水或务工合同、土地流转合同、经营台账、各项转移性收入的发放凭证",
        "wage statements or work contracts, leases of land, accounts of a business, receipts of "
        "transfers",
    ),
    "food": (
        "口粮与帮扶物资的发放、购置凭证，基准日前后的入户核查记录",
        "receipts of food bought or handed out, records of visits around the reference date",
    ),
    "clothing": (
        "衣被购置凭证，基准日前后的入户核查记录与照片",
        "receipts of clothing and bedding, records and photographs of visits around the reference "
        "date",
    ),
    "schooling": (
        "学籍证明、在读证明、送教上门记录，或医院证明与休学批准",
        "certificate of enrolment or attendance, records of teaching at home, or a hospital's "
        "certificate with the approved suspension",
    ),
    "medical": (
        "参保缴费凭证（含外地参保证明）、就诊结算单",
        "proof of insurance paid, here or elsewhere, and settlement of treatment",
    ),
    "housing": (
        "房屋安全鉴定报告、危房改造验收表、注明日期的照片、居住证明",
        "appraisal of the house, acceptance of its repair, dated photographs, proof of residence",
    ),
    "water": (
        "水质检测报告、供水工程验收材料、供水记录",
        "test of the water, acceptance of the supply works, records of supply",
    ),
    "member_off_card": (
        "户口簿、信息系统截图（注明日期）、成员变动的审批材料",
        "household registration, a dated view of the register, approvals of changes of members",
    ),
}

WHEN: Pair = (
    "材料须形成于入户调查之前，或能说明基准日 {reference} 的状况。调查之后的修缮、补助会如实记录，"
    "但不推翻调查结果。",
    "A document must be dated before the visit, or show the state at the reference date, "
    "{reference}. Repairs and grants after the visit are recorded, and do not overturn what "
    "was found.",
)
SILENCE: Pair = (
    "逾期未答复的，案件凭已有材料送专家认定。沉默既不视为承认，也不视为否认。",
    "Without a reply by then, the case goes to the experts on what is on the record. Silence "
    "neither confirms nor overturns it.",
)
OFF_CARD: Pair = ("家庭成员登记", "members on the card")
OTHER: Pair = ("其他", "other")


def named(block: str) -> Pair:
    """Name what a case is about."""
    return OFF_CARD if block == "member_off_card" else BLOCKS.get(block, OTHER)


def clause(block: str, terms: Terms) -> Pair | None:
    """Say what holds; None for a code of which a county is told no more than its case."""
    return filled(CLAUSES[block], terms) if block in CLAUSES else None


def filled(pair: Pair, terms: Terms) -> Pair:
    """Put a county's terms into a sentence."""
    youngest, oldest = terms.book.school_ages
    values = {
        "line_year": terms.line_year,
        "line_yuan": terms.line_yuan,
        "reference": terms.reference_date.isoformat(),
        "youngest": youngest,
        "oldest": oldest,
        "fetch": terms.book.water_fetch_minutes,
        "dry": terms.book.water_dry_days,
    }
    return pair[0].format(**values), pair[1].format(**values)
