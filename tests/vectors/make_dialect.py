"""Writes dialect.json, the cases that every engine of the rule dialect must pass.

Run it by hand after a change of the dialect: `python tests/vectors/make_dialect.py`. The expected
values come from the truth tables written out below and from arithmetic done here by hand; no
engine takes part. A value of null means unknown.
"""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path

TARGET = Path(__file__).with_name("dialect.json")

SCOPE = {
    "fields": {
        "p": {"type": "select_one", "values": ["yes", "no"], "missing": ["dk", "refused"]},
        "q": {"type": "select_one", "values": ["yes", "no"], "missing": ["dk", "refused"]},
        "r": {"type": "select_one", "values": ["yes", "no"], "missing": ["dk", "refused"]},
        "outcome": {"type": "select_one", "values": ["completed", "refused", "absent"]},
        "a": {"type": "integer", "missing": ["dk", "refused"]},
        "b": {"type": "integer", "missing": ["dk", "refused"]},
        "money": {"type": "decimal", "missing": ["dk", "refused"]},
        "name": {"type": "string", "missing": ["dk", "refused"]},
        "when": {"type": "datetime"},
        "then": {"type": "datetime"},
        "tags": {"type": "select_many", "values": ["x", "y", "z"], "missing": ["dk", "refused"]},
        "spot": {"type": "geopoint"},
        "m_ok": {"type": "select_one", "values": ["yes", "no"], "missing": ["dk"], "block": "rows"},
        "m_sum": {"type": "integer", "missing": ["dk"], "block": "rows"},
    },
    "context": {
        "most": {"type": "integer"},
        "kind": {"type": "select_one", "values": ["exit", "revisit"]},
        "line": {"type": "decimal"},
        "day": {"type": "date"},
    },
    "repeated": ["rows"],
}

NOT = {"T": "F", "U": "U", "F": "T"}
AND = {
    "TT": "T", "TU": "U", "TF": "F",
    "UT": "U", "UU": "U", "UF": "F",
    "FT": "F", "FU": "F", "FF": "F",
}  # fmt: skip
OR = {
    "TT": "T", "TU": "T", "TF": "T",
    "UT": "T", "UU": "U", "UF": "U",
    "FT": "T", "FU": "U", "FF": "F",
}  # fmt: skip
VALUES = {"T": True, "U": None, "F": False}
ANSWERS = {"T": "yes", "F": "no", "U": "dk"}


def op(name: str, *args: object) -> dict[str, object]:
    return {"op": name, "args": list(args)}


def field(name: str) -> dict[str, object]:
    return {"field": name}


def dec(text: str) -> dict[str, object]:
    return {"dec": text}


def said_yes(name: str) -> dict[str, object]:
    return op("eq", field(name), "yes")


def case(name: str, expr: object, expected: object, **given: object) -> dict[str, object]:
    return {"name": name, "expr": expr, "is": expected, **given}


def truth_tables() -> Iterator[dict[str, object]]:
    for sign, result in NOT.items():
        yield case(
            f"not {sign}", op("not", said_yes("p")), VALUES[result], answers={"p": ANSWERS[sign]}
        )
    for name, table in (("and", AND), ("or", OR)):
        for signs, result in table.items():
            answers = {"p": ANSWERS[signs[0]], "q": ANSWERS[signs[1]]}
            yield case(
                f"{name} {signs}",
                op(name, said_yes("p"), said_yes("q")),
                VALUES[result],
                answers=answers,
            )
        for signs in product("TUF", repeat=3):
            result = table[table[signs[0] + signs[1]] + signs[2]]
            answers = dict(zip("pqr", (ANSWERS[sign] for sign in signs), strict=True))
            expr = op(name, *(said_yes(each) for each in "pqr"))
            yield case(f"{name} {''.join(signs)}", expr, VALUES[result], answers=answers)
        for sign in "TUF":
            yield case(
                f"{name} {sign} alone",
                op(name, said_yes("p")),
                VALUES[sign],
                answers={"p": ANSWERS[sign]},
            )
    yield case("literals", op("and", True, op("not", False)), True)
    yield case("and stops at false", op("and", said_yes("p"), False), False)
    yield case("or stops at true", op("or", said_yes("p"), True), True)


def comparisons() -> Iterator[dict[str, object]]:
    holds = {
        "eq": (False, True, False),
        "ne": (True, False, True),
        "lt": (True, False, False),
        "le": (True, True, False),
        "gt": (False, False, True),
        "ge": (False, True, True),
    }
    for name, expected in holds.items():
        for b, value in zip((4001, 4000, 3999), expected, strict=True):
            yield case(
                f"4000 {name} {b}",
                op(name, field("a"), field("b")),
                value,
                answers={"a": 4000, "b": b},
            )
        for answers in ({}, {"a": 0}, {"b": 0}, {"a": "dk", "b": 0}, {"a": 0, "b": "refused"}):
            yield case(
                f"{name} of {answers}", op(name, field("a"), field("b")), None, answers=answers
            )
    yield case("a missing income is not below the line", op("lt", field("a"), 4000), None)
    yield case("zero is an answer", op("lt", field("a"), 4000), True, answers={"a": 0})
    yield case("negative", op("lt", field("a"), -1), True, answers={"a": -2})
    yield case("yes is yes", said_yes("p"), True, answers={"p": "yes"})
    yield case("text differs", op("ne", field("name"), "b"), True, answers={"name": "a"})
    yield case("text unknown", op("ne", field("name"), "b"), None, answers={"name": "refused"})
    yield case("empty text is an answer", op("eq", field("name"), ""), True, answers={"name": ""})
    yield case(
        "refused is a value where it is a choice",
        op("eq", field("outcome"), "refused"),
        True,
        answers={"outcome": "refused"},
    )
    yield case("context", op("eq", {"context": "kind"}, "exit"), True, context={"kind": "exit"})
    yield case("context unknown", op("eq", {"context": "kind"}, "exit"), None)
    yield case(
        "booleans", op("eq", said_yes("p"), said_yes("q")), False, answers={"p": "yes", "q": "no"}
    )
    yield case(
        "unknown booleans", op("eq", said_yes("p"), said_yes("q")), None, answers={"p": "yes"}
    )
    yield case(
        "same day",
        op("eq", {"context": "day"}, {"context": "day"}),
        True,
        context={"day": "2020-12-31"},
    )


def times() -> Iterator[dict[str, object]]:
    pairs = [
        ("2018-07-03T10:41:00+08:00", "2018-07-03T02:41:00Z", "eq", True),
        ("2018-07-03T10:41:00+08:00", "2018-07-03T02:41:00.000001Z", "lt", True),
        ("2018-07-03T10:41:00.5+08:00", "2018-07-03T10:41:00.500000+08:00", "eq", True),
        ("2018-07-03T23:59:59-00:30", "2018-07-04T00:00:00Z", "gt", True),
        ("2020-02-29T00:00:00Z", "2020-03-01T00:00:00Z", "lt", True),
        ("1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "lt", True),
        ("0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00Z", "lt", True),
        ("2018-07-03t10:41:00z", "2018-07-03T10:41:00Z", "eq", True),
        ("2018-07-03T10:41:00Z", "2018-07-03T10:41:00Z", "gt", False),
    ]
    for when, then, name, value in pairs:
        yield case(
            f"{when} {name} {then}",
            op(name, field("when"), field("then")),
            value,
            answers={"when": when, "then": then},
        )
    yield case(
        "time unknown",
        op("gt", field("when"), field("then")),
        None,
        answers={"when": "2018-07-03T10:41:00Z"},
    )


def numbers() -> Iterator[dict[str, object]]:
    yield case("add", op("add", field("a"), field("b"), 5), 12, answers={"a": 3, "b": 4})
    yield case("sub", op("sub", field("a"), field("b")), -1, answers={"a": 3, "b": 4})
    yield case("mul", op("mul", field("a"), field("b")), 12, answers={"a": 3, "b": 4})
    yield case("sum of one", op("sum", field("a")), 3, answers={"a": 3})
    yield case("sum of three", op("sum", field("a"), field("b"), 1), 8, answers={"a": 3, "b": 4})
    for name in ("add", "sub", "mul", "sum"):
        yield case(f"{name} left unknown", op(name, field("a"), field("b")), None, answers={"b": 4})
        yield case(
            f"{name} right unknown",
            op(name, field("a"), field("b")),
            None,
            answers={"a": 4, "b": "dk"},
        )
    yield case("nothing times unknown is unknown", op("mul", 0, field("a")), None)
    yield case(
        "a tenth and two tenths", op("eq", op("add", dec("0.1"), dec("0.2")), dec("0.3")), True
    )
    yield case("trailing noughts", op("eq", dec("12.50"), dec("12.5")), True)
    yield case("whole and decimal", op("eq", dec("3.000000"), 3), True)
    yield case("a millionth apart", op("lt", dec("0.999999"), 1), True)
    yield case("negative decimals", op("lt", dec("-0.5"), dec("-0.4")), True)
    yield case("decimal product", op("mul", dec("1.5"), dec("0.25")), dec("0.375"))
    yield case("decimal sum", op("add", dec("1.5"), dec("0.25")), dec("1.75"))
    yield case("decimal difference", op("sub", 1, dec("0.25")), dec("0.75"))
    yield case(
        "beyond 53 bits",
        op("mul", field("a"), field("b")),
        81129638414606663681390495662081,
        answers={"a": 9007199254740991, "b": 9007199254740991},
    )
    yield case(
        "one apart beyond 53 bits",
        op(
            "lt", op("mul", field("a"), field("b")), op("add", op("mul", field("a"), field("b")), 1)
        ),
        True,
        answers={"a": 9007199254740991, "b": 9007199254740991},
    )
    yield case(
        "a given decimal",
        op("eq", field("money"), dec("12.5")),
        True,
        answers={"money": {"dec": "12.50"}},
    )
    yield case(
        "a given whole for a decimal", op("eq", field("money"), 12), True, answers={"money": 12}
    )
    yield case(
        "a decimal refused", op("eq", field("money"), 12), None, answers={"money": "refused"}
    )
    below = op("lt", field("a"), op("mul", {"context": "line"}, field("b")))
    yield case(
        "income below line times members",
        below,
        True,
        answers={"a": 15999, "b": 4},
        context={"line": 4000},
    )
    yield case(
        "income at line times members",
        below,
        False,
        answers={"a": 16000, "b": 4},
        context={"line": 4000},
    )
    yield case(
        "line with decimals",
        below,
        True,
        answers={"a": 16001, "b": 4},
        context={"line": {"dec": "4000.26"}},
    )
    yield case("members unknown", below, None, answers={"a": 16000}, context={"line": 4000})


def sets() -> Iterator[dict[str, object]]:
    for value, expected in (("completed", True), ("absent", False), ("refused", True)):
        yield case(
            f"{value} in list",
            op("in", field("outcome"), ["completed", "refused"]),
            expected,
            answers={"outcome": value},
        )
    yield case("unknown in list", op("in", field("outcome"), ["completed"]), None)
    yield case("number in list", op("in", field("a"), [1, 2, 3]), True, answers={"a": 2})
    yield case("number not in list", op("in", field("a"), [1, 2, 3]), False, answers={"a": 4})
    yield case(
        "number in decimals", op("in", field("a"), [dec("2.0"), dec("2.5")]), True, answers={"a": 2}
    )
    yield case("missing number in list", op("in", field("a"), [1]), None, answers={"a": "dk"})
    for tags, tag, expected in (
        (["x"], "x", True),
        (["x", "y"], "y", True),
        (["x"], "z", False),
        ("dk", "x", None),
        ("refused", "x", None),
    ):
        yield case(
            f"{tags} has {tag}", op("has", field("tags"), tag), expected, answers={"tags": tags}
        )
    yield case("unanswered has", op("has", field("tags"), "x"), None)
    for tags, expected in ((["x"], 1), (["x", "y", "z"], 3), ("dk", None)):
        yield case(f"size of {tags}", op("size", field("tags")), expected, answers={"tags": tags})
    for text, expected in (
        ("", 0),
        ("abc", 3),
        ("贫困", 2),
        ("\U00020bb7田", 2),
        ("é", 1),
        ("dk", None),
    ):
        yield case(
            f"size of text {text!r}", op("size", field("name")), expected, answers={"name": text}
        )
    yield case("size unanswered", op("size", field("name")), None)


def patterns() -> Iterator[dict[str, object]]:
    month = "^20[0-9]{2}-(0[1-9]|1[0-2])$"
    table = [
        (month, "2019-07", True), (month, "2019-13", False), (month, "2019-7", False),
        (month, " 2019-07", False), (month, "2019-07\n", False), (month, "1999-07", False),
        ("abc", "abc", True), ("abc", "xabcx", False),
        ("^abc", "abcd", False), ("abc$", "zabc", False),
        ("a?b", "b", True), ("a?b", "ab", True), ("a?b", "aab", False),
        ("a{2}", "aa", True), ("a{2}", "aaa", False),
        ("a{1,3}", "", False), ("a{1,3}", "aaa", True),
        ("a{0,2}b", "aab", True), ("(ab){2}", "abab", True), ("(ab|c){1,3}", "cabc", True),
        ("(ab|c){1,3}", "cabcc", False), ("a|b", "b", True), ("^a|b$", "ab", False),
        ("a|", "", True),
        ("[a-c]", "b", True), ("[a-c]", "d", False), ("[a-]", "-", True), ("[0-9]", "٣", False),
        ("[.]", ".", True), ("[.]", "x", False),
        ("[一-龥]{2,4}", "长阳", True), ("[一-龥]{2,4}", "A阳", False),
        ("\U00020bb7", "\U00020bb7", True), ("(a?){0,30}a{30}", "a" * 30, True),
        ("(a|aa){1,30}", "a" * 29 + "b", False),
        ("", "", True), ("", "a", False),
    ]  # fmt: skip
    for pattern, text, expected in table:
        yield case(
            f"{text!r} matches {pattern}",
            op("matches", field("name"), pattern),
            expected,
            answers={"name": text},
        )
    yield case("unanswered matches", op("matches", field("name"), "a"), None)
    yield case(
        "refused matches",
        op("matches", field("name"), "refused"),
        None,
        answers={"name": "refused"},
    )


def repeated_blocks() -> Iterator[dict[str, object]]:
    looking = {"op": "any", "over": "rows", "where": said_yes("m_ok")}
    for length in range(4):
        for signs in product("TUF", repeat=length):
            expected = True if "T" in signs else None if "U" in signs else False
            rows = [{} if sign == "U" else {"m_ok": ANSWERS[sign]} for sign in signs]
            yield case(f"any of ({''.join(signs)})", looking, expected, rows={"rows": rows})
    yield case("any, dk in a row", looking, None, rows={"rows": [{"m_ok": "dk"}]})
    yield case("any, none at all", looking, False)
    mixed = {"op": "any", "over": "rows", "where": op("gt", field("m_sum"), field("a"))}
    yield case(
        "any against the household",
        mixed,
        True,
        rows={"rows": [{"m_sum": 1}, {"m_sum": 9}]},
        answers={"a": 5},
    )
    yield case("any against an unknown", mixed, None, rows={"rows": [{"m_sum": 1}]})
    total = {"op": "sum", "over": "rows", "of": field("m_sum")}
    yield case("sum of rows", total, 6, rows={"rows": [{"m_sum": 1}, {"m_sum": 2}, {"m_sum": 3}]})
    yield case("sum of no rows", total, 0)
    yield case("sum with a gap", total, None, rows={"rows": [{"m_sum": 1}, {}]})
    yield case(
        "same row",
        op("gt", field("m_sum"), 5),
        True,
        block="rows",
        row={"m_sum": 6},
        answers={"m_sum": 1},
    )
    yield case(
        "self",
        op("le", {"self": True}, {"context": "most"}),
        True,
        own="a",
        self=3,
        context={"most": 3},
    )
    yield case(
        "self too large",
        op("le", {"self": True}, {"context": "most"}),
        False,
        own="a",
        self=4,
        context={"most": 3},
    )
    yield case(
        "self refused",
        op("le", {"self": True}, {"context": "most"}),
        None,
        own="a",
        self="refused",
        context={"most": 3},
    )
    yield case("self in a set", op("has", {"self": True}, "x"), True, own="tags", self=["x"])


def faults() -> Iterator[dict[str, object]]:
    deep: object = True
    for _ in range(11):
        deep = op("not", deep)
    wide = {"op": "any", "over": "rows", "where": op("or", *(said_yes("m_ok") for _ in range(40)))}
    table = [
        ("unknown field", op("eq", field("none"), 1), "unknown-field"),
        ("unknown context", op("eq", {"context": "none"}, 1), "unknown-context"),
        ("unknown operation", op("xor", True, True), "unknown-op"),
        ("division", op("div", 4, 2), "unknown-op"),
        ("too few", op("eq", 1), "wrong-count"),
        ("too many", op("not", True, True), "wrong-count"),
        ("nothing to and", op("and"), "wrong-count"),
        ("a float", op("eq", field("a"), 1.5), "not-an-expression"),
        ("null", op("eq", field("a"), None), "not-an-expression"),
        ("a list", [True], "not-an-expression"),
        ("an extra key", {"op": "not", "args": [True], "note": "x"}, "not-an-expression"),
        ("self that is false", op("eq", {"self": False}, 1), "not-an-expression"),
        ("self without a field", op("eq", {"self": True}, 1), "self-not-here"),
        ("number against text", op("eq", field("a"), "4000"), "unlike-types"),
        ("text against number", op("lt", field("name"), 3), "unlike-types"),
        ("time against text", op("gt", field("when"), "2018-07-03T10:41:00Z"), "unlike-types"),
        ("order of text", op("lt", field("name"), "b"), "wrong-type"),
        ("order of booleans", op("lt", True, False), "wrong-type"),
        ("equality of sets", op("eq", field("tags"), field("tags")), "wrong-type"),
        ("a place compared", op("eq", field("spot"), field("spot")), "wrong-type"),
        ("and of numbers", op("and", 1, True), "wrong-type"),
        ("not of text", op("not", "x"), "wrong-type"),
        ("a number as a whole", op("add", 1, 2), "wrong-type"),
        ("sum of text", op("eq", op("add", "a", "b"), 1), "wrong-type"),
        ("has of text", op("has", field("name"), "x"), "wrong-type"),
        ("size of a number", op("eq", op("size", field("a")), 1), "wrong-type"),
        ("no such choice", op("eq", field("p"), "ja"), "not-a-choice"),
        ("a missing code as a choice", op("eq", field("p"), "dk"), "not-a-choice"),
        ("no such tag", op("has", field("tags"), "w"), "not-a-choice"),
        ("no such choice in a list", op("in", field("p"), ["yes", "maybe"]), "not-a-choice"),
        ("in nothing", op("in", field("a"), []), "not-a-list"),
        ("in a field", op("in", field("a"), field("b")), "not-a-list"),
        ("in fields", op("in", field("a"), [field("b")]), "not-a-literal"),
        ("in mixed types", op("in", field("a"), [1, "2"]), "unlike-types"),
        ("a pattern from a field", op("matches", field("name"), field("name")), "not-a-literal"),
        ("star", op("matches", field("name"), "a*"), "bad-pattern"),
        ("plus", op("matches", field("name"), "a+"), "bad-pattern"),
        ("dot", op("matches", field("name"), "a.b"), "bad-pattern"),
        ("class of digits", op("matches", field("name"), "\\d"), "bad-pattern"),
        ("negated class", op("matches", field("name"), "[^a]"), "bad-pattern"),
        ("look-ahead", op("matches", field("name"), "(?=a)"), "bad-pattern"),
        ("anchor inside", op("matches", field("name"), "a^b"), "bad-pattern"),
        ("open group", op("matches", field("name"), "(a"), "bad-pattern"),
        ("open class", op("matches", field("name"), "[a"), "bad-pattern"),
        ("empty class", op("matches", field("name"), "[]"), "bad-pattern"),
        ("bounds the wrong way round", op("matches", field("name"), "a{3,1}"), "bad-pattern"),
        ("no upper bound", op("matches", field("name"), "a{1,}"), "bad-pattern"),
        ("twice quantified", op("matches", field("name"), "a{2}{3}"), "bad-pattern"),
        ("lazy", op("matches", field("name"), "a??"), "bad-pattern"),
        ("range the wrong way round", op("matches", field("name"), "[z-a]"), "bad-pattern"),
        ("exploding", op("matches", field("name"), "((a{99}){99}){99}"), "bad-pattern"),
        ("exponent", op("eq", dec("1e3"), 1), "bad-decimal"),
        ("seven decimals", op("eq", dec("0.1234567"), 1), "bad-decimal"),
        ("bare point", op("eq", dec(".5"), 1), "bad-decimal"),
        ("leading nought", op("eq", dec("01"), 1), "bad-decimal"),
        ("decimal as number", op("eq", {"dec": 1}, 1), "bad-decimal"),
        (
            "too many decimals in a product",
            op("eq", op("mul", field("money"), dec("0.1")), 1),
            "too-many-decimals",
        ),
        (
            "an integer some reader rounds",
            op("eq", field("a"), 9007199254740992),
            "integer-too-large",
        ),
        ("text not in NFC", op("eq", field("name"), "e\u0301"), "not-nfc"),
        ("text with NUL", op("eq", field("name"), "a\u0000"), "bad-text"),
        ("a row's field outside", op("eq", field("m_sum"), 1), "outside-its-block"),
        ("any over no block", {"op": "any", "over": "spot", "where": True}, "not-repeated"),
        (
            "any in any",
            {"op": "any", "over": "rows", "where": {"op": "any", "over": "rows", "where": True}},
            "nested-rows",
        ),
        ("any of numbers", {"op": "any", "over": "rows", "where": field("m_sum")}, "wrong-type"),
        ("any with arguments", op("any", True), "unknown-op"),
        ("too deep", deep, "too-deep"),
        ("too costly", wide, "too-costly"),
    ]
    for name, expr, code in table:
        yield {"name": name, "expr": expr, "code": code}


def vectors() -> dict[str, object]:
    cases = [
        *truth_tables(),
        *comparisons(),
        *times(),
        *numbers(),
        *sets(),
        *patterns(),
        *repeated_blocks(),
    ]
    return {"scope": SCOPE, "cases": cases, "faults": list(faults())}


def as_text() -> str:
    """One case a line, so that a change shows as that line."""
    whole = vectors()

    def lines(key: str) -> str:
        each = (json.dumps(one, ensure_ascii=False) for one in whole[key])  # type: ignore[attr-defined]
        return ",\n  ".join(each)

    scope = json.dumps(whole["scope"], ensure_ascii=False, indent=1)
    cases, faulty = lines("cases"), lines("faults")
    return f'{{"scope": {scope},\n"cases": [\n  {cases}],\n"faults": [\n  {faulty}]}}\n'


if __name__ == "__main__":
    TARGET.write_text(as_text(), encoding="utf-8")
