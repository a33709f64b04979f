"""Published questionnaires: unchanged for ever, and nothing faulty gets published."""

import hashlib
import json
from importlib import resources

import pytest

from inspect_app.rules.errors import QuestionnaireInvalid, QuestionnaireUnknown
from inspect_app.rules.questionnaires import PUBLISHED, _load, load, parse, published

FORM, VERSION = "household-interview", "0.1.0"
DIGEST = "3ac331e49e1d5d725bbb6be554a292d88efec1b49acbd62108aaddd40e09e882"


def raw() -> dict:
    return json.loads(load(FORM, VERSION).data)


def field_of(form: dict, field_id: str) -> dict:
    return next(
        each for block in form["blocks"] for each in block["fields"] if each["id"] == field_id
    )


def faults_of(form: dict) -> list[str]:
    with pytest.raises(QuestionnaireInvalid) as refused:
        parse(json.dumps(form).encode())
    return refused.value.extra["faults"]


def test_the_published_bytes_are_the_ones_published():
    file = resources.files("inspect_app") / "questionnaires" / f"{FORM}-{VERSION}.json"

    assert hashlib.sha256(file.read_bytes()).hexdigest() == DIGEST
    assert PUBLISHED[FORM, VERSION] == DIGEST
    assert load(FORM, VERSION).sha256 == DIGEST


def test_every_file_in_the_folder_is_published_and_the_reverse():
    folder = resources.files("inspect_app") / "questionnaires"
    names = {file.name for file in folder.iterdir() if file.name.endswith(".json")}

    assert names == {f"{form}-{version}.json" for form, version in PUBLISHED}
    assert all(form.status == "published" for form in published())


def test_the_household_interview_asks_96_questions():
    form = load(FORM, VERSION)

    assert len(form.fields) == 96
    assert [block.id for block in form.repeated] == ["members"]
    assert form.fields["applied"].asked_of == {"N"}
    assert form.fields["m_age"].constraint.severity == "hard"
    assert form.dispositions["never_replaceable"] == ("not_visited",)


def test_every_expression_of_the_form_is_compiled():
    form, written = load(FORM, VERSION), raw()

    for block in written["blocks"]:
        for each in block["fields"]:
            compiled = form.fields[each["id"]]
            assert (compiled.relevance is None) == (each["relevance"] is None)
            assert (compiled.constraint is None) == (each["constraint"] is None)


def test_an_unknown_version_is_named():
    with pytest.raises(QuestionnaireUnknown, match=r"household-interview 9\.9\.9"):
        load(FORM, "9.9.9")


def test_other_bytes_under_a_published_version_are_refused(monkeypatch):
    monkeypatch.setitem(PUBLISHED, (FORM, VERSION), "0" * 64)
    _load.cache_clear()

    with pytest.raises(QuestionnaireInvalid, match="other bytes"):
        load(FORM, VERSION)

    _load.cache_clear()


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"blocks": 3}', b"\xff", b'{"blocks": [3]}'])
def test_what_is_no_questionnaire_is_refused(data):
    with pytest.raises(QuestionnaireInvalid):
        parse(data)


def test_an_unknown_reference_is_found():
    form = raw()
    field_of(form, "away_months")["relevance"] = {"op": "gt", "args": [{"field": "wages"}, 0]}

    assert faults_of(form) == ["away_months/relevance/args/0: unknown-field wages"]


def test_a_slip_in_a_choice_is_found():
    form = raw()
    field_of(form, "respondent")["constraint"]["expr"]["args"][1] = "nonmember"

    assert faults_of(form) == ["respondent/constraint/args/1: not-a-choice nonmember"]


def test_all_faults_are_named_at_once():
    form = raw()
    field_of(form, "consent")["type"] = "tickbox"
    field_of(form, "debt")["constraint"]["severity"] = "firm"
    field_of(form, "shocks")["choices"].append(field_of(form, "shocks")["choices"][0])
    field_of(form, "language")["asked_of"] = ["E", "X"]
    field_of(form, "obs_house")["allow_missing"] = ["not_seen"]

    faults = " · ".join(faults_of(form))

    for part in (
        "consent: unknown type tickbox",
        "debt/constraint: severity firm",
        "shocks: a choice stands twice",
        "language: asked of ['E', 'X']",
        "obs_house: unknown codes",
        "obs_house: a choice is named like a missing answer",
    ):
        assert part in faults


def test_a_field_defined_twice_is_found():
    form = raw()
    form["blocks"][0]["fields"].append(field_of(form, "visit_no"))

    assert faults_of(form) == ["visit_no: defined twice"]


def test_a_choice_may_be_called_refused_only_where_nobody_may_refuse():
    form = raw()
    field_of(form, "disposition")["allow_missing"] = ["refused"]

    assert "disposition: a choice is named like a missing answer" in faults_of(form)


def test_a_ring_of_relevance_is_found():
    form = raw()
    field_of(form, "m_school")["relevance"] = {
        "op": "eq",
        "args": [{"field": "m_school_reason"}, "cost"],
    }

    assert faults_of(form) == ["relevance runs in a ring: m_school → m_school_reason → m_school"]


def test_a_ring_through_the_relevance_of_a_block_is_found():
    form = raw()
    form["blocks"][0]["relevance"] = {"op": "eq", "args": [{"field": "consent"}, "yes"]}

    assert any("consent" in fault and "ring" in fault for fault in faults_of(form))
