"""The gate never accepts what the schemas refuse, and builds what they build.

Valid pushes and bodies are damaged leaf by leaf, key by key and type by type; each result goes
through the gate and through marshmallow. `GATE_EXAMPLES=200000` makes a long run of it.
"""

import json
import os
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import fields, is_dataclass
from random import Random
from typing import Any

import marshmallow as ma
import orjson
import pytest
from households import a_body
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspect_app.requests import read_json
from inspect_app.rules.errors import Unreadable
from inspect_app.rules.faults import Faulty
from inspect_app.schemas import interviews
from inspect_app.schemas.gate import CLOSED, Gate
from inspect_app.schemas.sync import PushSchema

EXAMPLES = int(os.environ.get("GATE_EXAMPLES", "3000"))
many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

FORM = {"form_id": "household-interview", "version": "0.1.0"}
PUSH = PushSchema()

STRANGE: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 59.0, 0.5, -0.0, 1e300, float("nan"), float("inf")),
    *(99, 100, 2**53 - 1, 2**53, -(2**53), 2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**30),
    *("", " ", "dk", "refused", "none", "yes", "no", "E", "1", "59", "1b", "2000", "true"),
    *("\ud800", "\udc00\ud800", "a\0b", "e\u0301", "\u212b", "１２３", "٣", "\u2028", "\x1f"),
    *("0" * 64, "0" * 64 + "\n", "A" * 64, "g" * 64, "x" * 200, "x" * 201, "x" * 4001),
    *("𠀀" * 100, "𠀀" * 101, "é" * 200, "e\u0301" * 200, "e\u0301" * 201, "530621100201-0007\n"),
    *("2020-06-03T09:00:00+08:00", "2020-06-03T09:00:00", "2020-06-03T24:00:00Z"),
    *("2020-02-30T09:00:00Z", "2020-06-03t09:00:00z", "2020-06-03T09:00:60Z", "20200603T090000Z"),
    *("0000-06-03T09:00:00Z", "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-23:59"),
    *("2020-06-03T09:00:00+24:00", "2020-06-03 09:00:00Z", "2020-06-03T09:00:00.1234567Z"),
    *("2020-06-03T09:00:00Z\n", "2020-W23-3T09:00:00Z", "2020-06-03"),
    *([], [[]], {}, {"a": 1}, ["none"], ["none", "none"], ["none", 1], ["none", None], [{}]),
    {"lat": "30.1", "lon": "111.2", "accuracy": "5"},
    {"lat": "90.1", "lon": "111.2", "accuracy": "5"},
    {"lat": "30.1\n", "lon": "111.2", "accuracy": "5"},
    {"lat": "30.1", "lon": "111.2", "accuracy": "5", "crs": "unknown"},
    [[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]],
)


def bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    """One valid body of each kind and class."""
    for household_class in ("E", "P", "N"):
        yield "interview", a_body(household_class=household_class)
    yield "interview", {**a_body(), "answers": {**a_body()["answers"], "members": []}}
    salt = "c2FsdHNhbHRzYWx0c2FsdA"
    moment = "2020-06-03T09:00:00+08:00"
    contact = {"salt": salt, "unit_id": "530621100201-0007", "round": "1", "visit_no": 1}
    yield "contact", {**contact, "disposition": "absent", "at": moment, "note": "门锁着"}
    yield "contact", {**contact, "disposition": "moved_out", "at": moment}
    rows = [
        {"unit_id": f"530621100201-n{n:04}", "household_class": "N", "persons": 3, "line": n}
        for n in (1, 2, 3)
    ]
    village = {"salt": salt, "village_code": "530621100201", "household_class": "N"}
    yield "roster", {**village, "households": rows}


def an_op(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "op_id": "0b7c1e2a-0000-4000-8000-000000000001",
        "kind": kind,
        "interview_id": "d231e9d0-77e5-50a5-9d32-a1e3739a68f3",
        "base_rev": 0,
        "return_id": None,
        **FORM,
        "captured_at": "2018-07-03T10:41:00+08:00",
        "boot_id": "5f0e",
        "mono_ms": 5120345,
        "body_sha256": "9a" * 32,
        "body": json.dumps(body, ensure_ascii=False),
        "blobs": [{"sha256": "77" * 32, "bytes": 419204, "type": "image/jpeg"}],
    }


def pushes() -> Iterator[dict[str, Any]]:
    """A full push, a heartbeat, and one without what may be left out."""
    unsent = {"op_id": "0b7c1e2a-0000-4000-8000-000000000001", "body_sha256": "9a" * 32}
    unsent |= {"bytes": 2710, "captured_at": "2018-07-03T10:41:00+08:00"}  # type: ignore[dict-item]
    told = {
        "device_now": "2018-07-03T19:02:11.250+08:00",
        "boot_id": "5f0e",
        "mono_ms": 8123456,
        "app": "1.4.0",
    }
    manifest = {"unsent": [unsent, unsent], "free_mb": 912, "persisted": True}
    yield {**told, "manifest": manifest, "ops": [an_op(*each) for each in bodies()]}
    yield told
    first = an_op(*next(bodies()))
    for name in ("interview_id", "return_id", "boot_id", "mono_ms", "blobs"):
        del first[name]
    yield {**told, "manifest": {"unsent": []}, "ops": [first]}


def places(found: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every key and index, at every depth."""
    inside = found.items() if isinstance(found, dict) else enumerate(found)
    for key, value in inside:
        yield (*way, key)
        if isinstance(value, dict | list):
            yield from places(value, (*way, key))


def damage(whole: Any, chance: Random) -> None:
    """Change one thing somewhere: replace, take away, add, rename, repeat, wrap."""
    *way, last = chance.choice(list(places(whole)))
    holder = whole
    for step in way:
        holder = holder[step]
    value = holder[last]
    match chance.choice(("strange", "strange", "other", "away", "add", "rename", "twice", "wrap")):
        case "strange":
            holder[last] = deepcopy(chance.choice(STRANGE))
        case "other":
            other: Any = whole
            for step in chance.choice(list(places(whole))):
                other = other[step]
            holder[last] = deepcopy(other)
        case "away":
            del holder[last]
        case "add" if isinstance(holder, dict):
            holder[chance.choice(("extra", "", "Salt", "members", "m_age"))] = deepcopy(value)
        case "rename" if isinstance(holder, dict):
            holder[f"{last}\n"] = holder.pop(last)
        case "twice" if isinstance(value, list) and value:
            value.extend(deepcopy(value) * chance.choice((1, 30, 60)))
        case "wrap":
            holder[last] = chance.choice(([value], {"value": value}, str(value), f"{value}\n"))


def same(one: Any, other: Any) -> bool:
    """Equal, and of equal types all the way down: 1, 1.0 and True are three things."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if is_dataclass(one):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    return bool(one == other)


def agree(gate: Gate, schema: ma.Schema, raw: Any) -> bool:
    """Hold the gate against the law; return whether the gate let it pass."""
    passed = gate.load(deepcopy(raw))
    try:
        loaded = ma.Schema.load(schema, deepcopy(raw))
    except ma.ValidationError:
        assert passed is None
        return False
    assert passed is None or same(passed, loaded)
    return passed is not None


def gate_and_schema(kind: str) -> tuple[Gate, ma.Schema]:
    key = (kind, "household-interview", "0.1.0")
    return interviews._gate(*key), interviews._schema(*key)


@pytest.mark.parametrize(("kind", "body"), list(bodies()))
def test_the_ordinary_body_passes(kind: str, body: dict[str, Any]) -> None:
    assert agree(*gate_and_schema(kind), body)


@pytest.mark.parametrize("push", list(pushes()))
def test_the_ordinary_push_passes(push: dict[str, Any]) -> None:
    assert agree(PUSH.gate, PUSH, push)


@many
@given(st.sampled_from(list(bodies())), st.randoms(use_true_random=False), st.integers(1, 3))
def test_a_damaged_body(each: tuple[str, dict[str, Any]], chance: Random, times: int) -> None:
    kind, body = each
    body = deepcopy(body)
    for _ in range(times):
        if body:
            damage(body, chance)
    agree(*gate_and_schema(kind), body)


@many
@given(st.sampled_from(list(pushes())), st.randoms(use_true_random=False), st.integers(1, 3))
def test_a_damaged_push(push: dict[str, Any], chance: Random, times: int) -> None:
    push = deepcopy(push)
    for _ in range(times):
        if push:
            damage(push, chance)
    agree(PUSH.gate, PUSH, push)


def test_every_leaf_with_every_strange_value() -> None:
    for kind, body in bodies():
        gate, schema = gate_and_schema(kind)
        for *way, last in places(body):
            for value in STRANGE:
                damaged = deepcopy(body)
                holder: Any = damaged
                for step in way:
                    holder = holder[step]
                holder[last] = value
                passed = gate.load(damaged)
                if passed is not None:
                    assert same(passed, schema.load(deepcopy(damaged)))


@many
@given(st.sampled_from(list(bodies())), st.randoms(use_true_random=False))
def test_a_damaged_text_is_read_alike(each: tuple[str, dict[str, Any]], chance: Random) -> None:
    """The whole of `parse_body`, gate or no gate, over damaged text."""
    kind, body = each
    text = json.dumps(body, ensure_ascii=chance.random() < 0.5)
    for _ in range(chance.randint(1, 2)):
        at = chance.randrange(len(text))
        piece = chance.choice(
            ("", ",", ":", '"', "{", "}", "[", "0", ".0", "e9", "-", "\\ud800", "\\u0000", "NaN")
        )
        text = text[:at] + piece + text[at + chance.randint(0, 2) :]
    here = interviews.parse_body(kind, text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(interviews, "_gate", lambda *_: CLOSED)
        by_law = interviews.parse_body(kind, text)
    assert same(here, by_law)
    assert isinstance(by_law, Faulty) or json.loads(text)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=8)
    | st.sampled_from(STRANGE),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


@settings(many, max_examples=max(500, EXAMPLES // 3))
@given(JSON, st.booleans(), st.randoms(use_true_random=False))
def test_a_request_is_read_as_the_standard_reader_does(
    value: Any, is_ascii: bool, chance: Random
) -> None:
    data = json.dumps(value, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")
    if data and chance.random() < 0.3:
        at = chance.randrange(len(data))
        data = data[:at] + chance.choice((b"", b"1", b'"', b"\xff", b"{", b"0")) + data[at + 1 :]
    try:
        wanted = json.loads(data.decode(), parse_constant=int)
    except (ValueError, RecursionError):
        with pytest.raises(Unreadable):
            read_json(data)
        return
    try:
        found = read_json(data)
    except Unreadable:
        assert isinstance(wanted, list | dict)
        assert "[[[[[[" in data.decode()
        return
    assert same(found, wanted)


def test_a_whole_number_beyond_64_bits_stays_whole() -> None:
    assert read_json(b"[18446744073709551616]") == [2**64]
    assert type(read_json(b"[18446744073709551616]")[0]) is int
    assert type(orjson.loads(b"[18446744073709551616]")[0]) is float
    assert read_json(b'["\\ud800"]') == ["\ud800"]
    assert read_json(b'{"a": 1, "a": 2}') == {"a": 2}
