"""The rule dialect: every vector, the checker, and what Kleene asks of any expression."""

import json
import re
import runpy
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from inspect_app.rules.dialect import (
    MAX_DEPTH,
    Expression,
    ExpressionFault,
    compile_expression,
)
from inspect_app.rules.patterns import PatternFault, compile_pattern
from inspect_app.rules.values import (
    DATE,
    DECIMAL,
    INSTANT,
    INTEGER,
    OPAQUE,
    TEXT,
    Name,
    Reading,
    Scope,
    Type,
    choice,
    choices,
    decimal,
    instant,
)

FOLDER = Path(__file__).parent.parent / "vectors"
VECTORS = json.loads((FOLDER / "dialect.json").read_text("utf-8"))
PLAIN = {
    "string": TEXT,
    "integer": INTEGER,
    "decimal": DECIMAL,
    "datetime": INSTANT,
    "date": DATE,
    "geopoint": OPAQUE,
}


def type_of(raw: dict) -> Type:
    if raw["type"] == "select_one":
        return choice(raw["values"])
    return choices(raw["values"]) if raw["type"] == "select_many" else PLAIN[raw["type"]]


SCOPE = Scope(
    fields={
        key: Name(type_of(raw), frozenset(raw.get("missing", ())), raw.get("block"))
        for key, raw in VECTORS["scope"]["fields"].items()
    },
    context={key: type_of(raw) for key, raw in VECTORS["scope"]["context"].items()},
    repeated=frozenset(VECTORS["scope"]["repeated"]),
)


def compiled(case: dict) -> Expression:
    own = SCOPE.fields[case["own"]] if "own" in case else None
    return compile_expression(case["expr"], SCOPE, block=case.get("block"), own=own, wants=None)


def in_vector_form(expression: Expression, value: object) -> object:
    """Scaled integers as the vectors write them."""
    if expression.type.places and isinstance(value, int) and not isinstance(value, bool):
        whole, behind = divmod(value, 10**expression.type.places)
        return {"dec": f"{whole}.{behind:0{expression.type.places}}"}
    return value


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_vector(case):
    expression = compiled(case)
    reading = Reading(case.get("answers", {}), case.get("rows", {}), case.get("context", {}))

    value = expression.holds(reading, case.get("row", {}), case.get("self"))

    assert in_vector_form(expression, value) == case["is"]
    assert type(value) is type(case["is"]) or isinstance(case["is"], dict)


@pytest.mark.parametrize("case", VECTORS["faults"], ids=lambda case: case["name"])
def test_refused_when_published(case):
    with pytest.raises(ExpressionFault) as refused:
        compile_expression(case["expr"], SCOPE)

    assert refused.value.code == case["code"]


def test_there_are_enough_vectors_and_they_are_current():
    ops = Counter(case["expr"]["op"] for case in VECTORS["cases"])
    names = [case["name"] for case in VECTORS["cases"]]
    generator = runpy.run_path(str(FOLDER / "make_dialect.py"))

    assert len(VECTORS["cases"]) >= 200
    assert set(ops) == set(
        [
            "and",
            "or",
            "not",
            "eq",
            "ne",
            "lt",
            "le",
            "gt",
            "ge",
            "in",
            "has",
            "size",
            "matches",
            "any",
            "add",
            "sub",
            "mul",
            "sum",
        ]
    )
    assert len(set(names)) == len(names)
    assert (FOLDER / "dialect.json").read_text("utf-8") == generator["as_text"]()


def test_a_fault_says_where():
    with pytest.raises(ExpressionFault) as refused:
        compile_expression(
            {"op": "and", "args": [True, {"op": "not", "args": [{"field": "nowhere"}]}]}, SCOPE
        )

    assert refused.value.pointer == "/args/1/args/0"
    assert "nowhere" in str(refused.value)


def test_an_expression_knows_what_it_refers_to():
    expression = compile_expression(
        {
            "op": "any",
            "over": "rows",
            "where": {"op": "gt", "args": [{"field": "m_sum"}, {"field": "a"}]},
        },
        SCOPE,
    )

    assert expression.refers_to == {"rows", "m_sum", "a"}


LEAVES = st.sampled_from(
    [{"op": "eq", "args": [{"field": name}, "yes"]} for name in "pqr"] + [True, False]
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda args: {"op": "and", "args": args}),
        st.lists(inner, min_size=1, max_size=3).map(lambda args: {"op": "or", "args": args}),
        inner.map(lambda arg: {"op": "not", "args": [arg]}),
    ),
    max_leaves=8,
)


def depth(tree: object) -> int:
    """Levels of operations, a comparison of a field counting as two."""
    if isinstance(tree, bool):
        return 0
    return 2 if tree["op"] == "eq" else 1 + max(depth(arg) for arg in tree["args"])


def kleene(tree: object, answers: dict[str, str]) -> float:
    """Kleene's logic as least, greatest and one minus, over 0, 1/2 and 1."""
    if isinstance(tree, bool):
        return float(tree)
    if tree["op"] == "eq":
        return {"yes": 1.0, "no": 0.0}.get(answers.get(tree["args"][0]["field"]), 0.5)
    values = [kleene(arg, answers) for arg in tree["args"]]
    return {"and": min, "or": max, "not": lambda v: 1 - v[0]}[tree["op"]](values)


@given(TREES, st.dictionaries(st.sampled_from("pqr"), st.sampled_from(["yes", "no", "dk"])))
def test_logic_agrees_with_a_second_definition(tree, answers):
    assume(depth(tree) <= MAX_DEPTH)
    expression = compile_expression(tree, SCOPE)

    value = expression.holds(Reading(answers, {}, {}))

    assert {True: 1.0, None: 0.5, False: 0.0}[value] == kleene(tree, answers)


@given(TREES, st.fixed_dictionaries({each: st.sampled_from(["yes", "no"]) for each in "pqr"}))
def test_what_is_decided_without_an_answer_stays_so_with_it(tree, answers):
    assume(depth(tree) <= MAX_DEPTH)
    expression = compile_expression(tree, SCOPE)
    known = expression.holds(Reading(answers, {}, {}))

    for name in "pqr":
        without = {key: value for key, value in answers.items() if key != name}
        assert expression.holds(Reading(without, {}, {})) in (known, None)


@given(st.text("ab", max_size=8), st.text("ab?|(){}12,", max_size=12))
def test_patterns_agree_with_the_standard_engine_where_both_accept(text, pattern):
    try:
        matching = compile_pattern(pattern)
    except PatternFault:
        return

    assert matching(text) == bool(re.fullmatch(pattern, text))


@pytest.mark.parametrize(
    "text",
    [
        "2018-07-03", "2018-07-03T10:41:00", "2018-07-03 10:41:00Z", "2018-13-03T10:41:00Z",
        "2018-02-29T10:41:00Z", "2018-07-03T24:00:00Z", "2018-07-03T10:60:00Z",
        "2018-07-03T10:41:60Z", "2018-07-03T10:41:00+24:00", "2018-07-03T10:41:00+0800",
        "2018-07-03T10:41:00.1234567Z", "2018-07-03T10:41:00Z ", "0000-01-01T00:00:00Z",
        "２018-07-03T10:41:00Z", "20180703T104100Z", "",
    ],
)  # fmt: skip
def test_what_is_not_a_time_with_offset(text):
    assert instant(text) is None


def test_decimals_are_read_exactly():
    assert decimal("12.50") == (1250, 2)
    assert decimal("-0.000001") == (-1, 6)
    assert decimal("４") is None
