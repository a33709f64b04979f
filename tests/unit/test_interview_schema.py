"""The shape of what phones send: read into values, or refused with every fault and no exception."""

import json
from datetime import UTC, datetime

import pytest
from households import SOUND, a_body
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.rules import rosters
from inspect_app.rules.faults import TEXTS, Faulty
from inspect_app.rules.interviews import Contact, Interview, Roster, RosterRow
from inspect_app.schemas.interviews import FAULTS_REPORTED, parse_body

SALT = "00112233445566778899aabbccddeeff"
VILLAGE = "420528100201"


def contact(**changes) -> str:
    body = {
        "salt": SALT,
        "unit_id": f"{VILLAGE}-0007",
        "round": "1",
        "visit_no": 2,
        "disposition": "absent",
        "at": "2020-06-03T09:00:00+08:00",
        "note": "门锁着",
    }
    return json.dumps({key: value for key, value in (body | changes).items() if value != "—"})


def roster(rows: list, **changes) -> str:
    body = {"salt": SALT, "village_code": VILLAGE, "household_class": "N", "households": rows}
    return json.dumps(body | changes)


def row(number: int, **changes) -> dict:
    return {"unit_id": f"{VILLAGE}-n{number:04}", "household_class": "N", "persons": 3} | changes


def faults(kind: str, text: str) -> list[tuple[str, str]]:
    found = parse_body(kind, text)
    assert isinstance(found, Faulty)
    return [(each.pointer, each.code) for each in found.faults]


def answer_faults(**changes) -> list[tuple[str, str]]:
    return faults("interview", json.dumps(a_body(**changes)))


def test_an_interview_is_read():
    interview = parse_body("interview", json.dumps(SOUND))

    assert isinstance(interview, Interview)
    assert interview.unit_id == "420528100201-0007"
    assert interview.disposition == "completed"
    assert interview.answers["wage_local"] == 6000
    assert interview.answers["help"] == ("industry", "health")
    assert interview.answers["location"] == {
        "lat": "30.4702",
        "lon": "111.1801",
        "accuracy": "12.5",
    }
    assert "members" not in interview.answers
    assert [member["m_age"] for member in interview.members] == [44, 41, 13, 70]


def test_codes_for_no_answer_are_read_where_they_are_allowed():
    interview = parse_body(
        "interview", json.dumps(a_body(wage_away="dk", welfare="refused", sat_overall="dk"))
    )

    assert interview.answers["wage_away"] == "dk"
    assert interview.answers["welfare"] == "refused"
    assert answer_faults(language="dk", obs_stock="refused") == [
        ("/answers/language", "not-a-choice"),
        ("/answers/obs_stock", "not-choices"),
    ]


def test_refused_is_an_outcome_of_a_visit():
    interview = parse_body("interview", json.dumps(a_body(disposition="refused", consent="no")))

    assert interview.disposition == "refused"


@pytest.mark.parametrize(
    ("question", "value", "code"),
    [
        ("visit_no", "1", "not-an-integer"),
        ("visit_no", 1.0, "not-an-integer"),
        ("visit_no", True, "not-an-integer"),
        ("debt", 2**53, "out-of-range"),
        ("debt", 10**30, "not-an-integer"),
        ("debt", [1], "not-an-integer"),
        ("class_found", "X", "not-a-choice"),
        ("class_found", ["E"], "not-a-choice"),
        ("class_found", {"a": 1}, "not-a-choice"),
        ("help", "industry", "not-choices"),
        ("help", [], "not-choices"),
        ("help", ["loan", "loan"], "not-choices"),
        ("help", ["gold"], "not-a-choice"),
        ("help", [["loan"]], "not-a-choice"),
        ("started_at", "2020-06-03T09:00:00", "not-a-time"),
        ("started_at", "yesterday", "not-a-time"),
        ("started_at", 1591146000, "not-a-text"),
        ("location", {"lat": 30.4, "lon": "111", "accuracy": "1"}, "not-a-place"),
        ("location", {"lat": "30.4", "lon": "111"}, "not-a-place"),
        ("location", {"lat": "91", "lon": "111", "accuracy": "1"}, "not-a-place"),
        ("location", {"lat": "nan", "lon": "111", "accuracy": "1"}, "not-a-place"),
        ("location", "30.4,111", "not-a-place"),
        ("signature_a", "AA" * 32, "not-a-hash"),
        ("signature_a", "aa", "not-a-hash"),
        ("judgement_reason", "a\0b", "bad-character"),
        ("judgement_reason", "长" * 4001, "too-long"),
        ("interpreter_ref", "x" * 201, "too-long"),
        ("interpreter_ref", 7, "not-a-text"),
    ],
)
def test_an_answer_of_the_wrong_shape_is_refused(question, value, code):
    assert answer_faults(**{question: value}) == [(f"/answers/{question}", code)]


def test_text_is_brought_to_one_normal_form():
    interview = parse_body("interview", json.dumps(a_body(judgement_reason="e\u0301")))

    assert interview.answers["judgement_reason"] == "\u00e9"


def test_every_fault_is_named_with_its_place():
    body = a_body(member={"m_age": "13", "m_shoe/size": 3})
    body["answers"]["disposition"] = None
    body["answers"]["favourite~colour"] = "red"
    body["extra"] = 1
    del body["salt"]
    body["answers"]["members"].append(7)

    assert sorted(faults("interview", json.dumps(body))) == [
        ("/answers/disposition", "null"),
        ("/answers/favourite~0colour", "unknown"),
        ("/answers/members/2/m_age", "not-an-integer"),
        ("/answers/members/2/m_shoe~1size", "unknown"),
        ("/answers/members/4", "not-an-object"),
        ("/extra", "unknown"),
        ("/salt", "required"),
    ]


def test_what_no_interview_can_lack_is_required_and_the_rest_is_not():
    body = {"salt": SALT, "unit_id": "a", "round": "1", "answers": {}}

    lacking = faults("interview", json.dumps(body))
    assert {pointer.rpartition("/")[2] for pointer, _ in lacking} == {
        "household_id", "class_found", "visit_no", "started_at", "ended_at", "disposition",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["", "{", "{'a': 1}", '{"a": NaN}', "\ud800", "\ufeff{}", "[1,]", "\0"],
)
def test_what_is_no_json_is_one_fault(text):
    assert faults("interview", text) == [("", "not-json")]


def test_half_a_character_is_lost_and_the_rest_is_read() -> None:
    found = parse_body("interview", json.dumps(a_body(judgement_reason="真\ud83d")))

    assert isinstance(found, Interview)
    assert found.answers["judgement_reason"] == "真\ufffd"
    assert found.halved == (("judgement_reason", None),)
    assert faults("roster", roster([row(1, unit_id="\ud83d")])) == [("", "not-json")]
    assert faults("interview", '{"a": NaN, "b": "\\ud83d"}') == [("", "not-json")]


@pytest.mark.parametrize("text", ["[]", "3", "null", '"x"', "true"])
def test_what_is_no_object_is_one_fault(text):
    assert faults("interview", text) == [("", "not-an-object")]


def test_nesting_is_limited():
    assert faults("interview", "[" * 21 + "]" * 21) == [("", "too-deep")]
    assert faults("interview", '{"a":' * 900 + "1" + "}" * 900) == [("", "too-deep")]
    assert faults("interview", "[" * 20 + "]" * 20) == [("", "not-an-object")]
    assert faults("interview", "[" + "[]," * 40 + "[]]") == [("", "not-an-object")]


def test_faults_are_counted_only_so_far():
    body = a_body()
    body["answers"] |= {f"x{n}": n for n in range(500)}

    assert len(faults("interview", json.dumps(body))) == FAULTS_REPORTED


def test_too_many_members_are_refused():
    body = a_body()
    body["answers"]["members"] *= 20

    assert faults("interview", json.dumps(body)) == [("/answers/members", "too-many-rows")]


def test_an_unpublished_questionnaire_and_an_unknown_kind_are_faults():
    text = json.dumps(SOUND)

    assert parse_body("interview", text, version="9.9.9").faults[0].code == "questionnaire-unknown"
    assert faults("poem", text) == [("", "kind-unknown")]


@pytest.mark.parametrize("value", ["0", "1a", "100", "", " 1", "1 ", 1])
def test_a_round_is_a_wave_or_its_repeat(value):
    assert faults("contact", contact(round=value)) == [("/round", "not-a-round")]


@pytest.mark.parametrize(
    ("value", "code"),
    [("", "empty"), ("a\u001fb", "bad-character"), ("a\nb", "bad-character"),
     ("e\u0301", "not-nfc"), ("x" * 101, "too-long"), (7, "not-a-text")],
)  # fmt: skip
def test_a_unit_id_fits_a_ticket(value, code):
    assert faults("contact", contact(unit_id=value)) == [("/unit_id", code)]


def test_a_contact_is_read():
    found = parse_body("contact", contact())

    assert isinstance(found, Contact)
    assert found.at == datetime(2020, 6, 3, 1, 0, tzinfo=UTC)
    assert (found.visit_no, found.disposition, found.note) == (2, "absent", "门锁着")
    assert parse_body("contact", contact(note="—")).note == ""


def test_a_contact_cannot_have_completed_an_interview():
    assert faults("contact", contact(disposition="completed", visit_no=0, salt="short")) == [
        ("/disposition", "not-a-choice"),
        ("/salt", "not-a-salt"),
        ("/visit_no", "out-of-range"),
    ]


def test_a_roster_is_read_in_the_order_listed():
    found = parse_body("roster", roster([row(1, line=1), row(2, village_code=VILLAGE)]))

    assert isinstance(found, Roster)
    assert found.rows == (
        RosterRow(f"{VILLAGE}-n0001", VILLAGE, "N", 3, 1),
        RosterRow(f"{VILLAGE}-n0002", VILLAGE, "N", 3, 2),
    )


def test_a_roster_that_contradicts_itself_is_refused():
    rows = [row(1), row(1), row(3, line=9), row(4, village_code="420528100202"), row(5, persons=0)]

    assert faults("roster", roster(rows)) == [("/households/4/persons", "out-of-range")]
    assert faults("roster", roster(rows[:4])) == [
        ("/households/1/unit_id", "twice"),
        ("/households/2/line", "out-of-order"),
        ("/households/3/village_code", "other-village"),
    ]
    assert faults("roster", roster([])) == [("/households", "empty")]
    assert faults("roster", roster("none")) == [("/households", "not-a-list")]
    assert faults("roster", roster([], village_code="4205", household_class="X")) == [
        ("/household_class", "not-a-choice"),
        ("/households", "empty"),
        ("/village_code", "not-a-village"),
    ]


def test_a_household_without_register_code_is_numbered_as_listed():
    registered = row(2, unit_id=f"{VILLAGE}-0031", household_class="E")

    assert isinstance(parse_body("roster", roster([row(1), registered, row(3)])), Roster)
    for chosen in (
        "pick-14170",
        f"{VILLAGE}-n0001",
        f"{VILLAGE}-n0003",
        f"{VILLAGE}-n002",
        f"{VILLAGE}-n00002",
        f"{VILLAGE}-N0002",
        "420528100202-n0002",
        f"{VILLAGE}-0031",
    ):
        rows = [row(1, household_class="P", unit_id="7"), row(2, unit_id=chosen)]
        assert faults("roster", roster(rows)) == [("/households/1/unit_id", "not-numbered")]


def test_a_long_list_is_numbered_with_as_many_digits_as_it_takes():
    assert rosters.numbered(VILLAGE, 7) == f"{VILLAGE}-n0007"
    assert rosters.numbered(VILLAGE, 12_345) == f"{VILLAGE}-n12345"


@pytest.mark.parametrize("unit_id", [f"{VILLAGE}-n0001", "420528100202-n0001", f"{VILLAGE}-n12345"])
def test_a_registered_household_is_not_numbered_as_listed(unit_id):
    rows = [row(1, unit_id=unit_id, household_class="E")]

    assert faults("roster", roster(rows)) == [("/households/0/unit_id", "not-registered")]


def test_faults_speak_chinese_and_english():
    found = parse_body("interview", json.dumps(a_body(visit_no="1"))).faults[0]

    assert found.detail == "应为整数 | must be a whole number"
    assert all(zh and en for zh, en in TEXTS.values())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(sorted(SOUND["answers"])), JSON)
def test_no_answer_whatever_raises(question, value):
    body = a_body()
    body["answers"][question] = value

    assert isinstance(parse_body("interview", json.dumps(body)), Interview | Faulty)


@given(st.sampled_from(["interview", "contact", "roster"]), st.text() | JSON.map(json.dumps))
def test_no_text_whatever_raises(kind, text):
    assert isinstance(parse_body(kind, text), Faulty)
