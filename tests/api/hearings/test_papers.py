"""Papers: of which day they are, what they show, and what a younger one cannot overturn."""

import hashlib
from typing import Any

import pytest
from casework import POOR, act, bring, look, ruled
from fieldwork import a_code
from flask import Flask
from phones import a_phone, an_interview

from inspect_app.demo.phone import Phone
from inspect_app.rules.cases import are_later

LATER = {"document_date": "2020-06-20"}


@pytest.fixture
def told(case: str, people: dict[str, Any], frozen_clock: Any) -> str:
    """A case of which the county was told, on 3 June; it is the 24th now."""
    act(people["reviewer"], case, "recheck")
    frozen_clock.pass_by(days=21)
    return case


def sent_on(people: dict[str, Any], case: str) -> None:
    """Let the county have said all, and the reviewer send the case to the experts."""
    act(people["county"], case, "evidence", text="材料已齐", complete=True)
    act(people["reviewer"], case, "recheck")


def test_a_paper_bears_a_date_or_a_word_on_the_reference_date(
    told: str, people: dict[str, Any]
) -> None:
    refused = [
        bring(people["county"], told),
        bring(people["county"], told, state_at_reference="  "),
        bring(people["county"], told, document_date="2031-06-03"),
        bring(people["county"], told, document_date="2020-06-25"),
    ]
    today = bring(people["county"], told, b"%PDF-1.7 1", document_date="2020-06-24")
    undated = bring(people["county"], told, b"%PDF-1.7 2", state_at_reference="2019 年底工资")

    assert [one.status_code for one in refused] == [422] * 4
    assert (today.status_code, undated.status_code) == (200, 200)
    assert [one["after_visit"] for one in look(people["expert"], told)["files"]] == [True, None]


@pytest.mark.parametrize("text", ["", " ", "\n\t　"])
def test_a_blank_answer_is_none_and_ends_nothing(
    told: str, people: dict[str, Any], text: str
) -> None:
    answer = act(people["county"], told, "evidence", text=text, complete=True)

    assert answer.status_code == 422
    assert look(people["reviewer"], told)["state"] == "evidence_due"


def test_younger_papers_alone_overturn_nothing_unless_the_ruling_says_on_what_it_rests(
    told: str, people: dict[str, Any]
) -> None:
    bring(people["county"], told, **LATER)
    sent_on(people, told)

    alone = act(people["expert"], told, "ruling", outcome="overturned", reason="房已修好")
    stated = act(
        people["expert"],
        told,
        "ruling",
        outcome="overturned",
        reason="原始台账",
        other_grounds=True,
    )
    signed = act(people["second"], told, "ruling/signature", agrees=True)

    assert (alone.status_code, alone.get_json()["type"]) == (409, "/problems/later-papers")
    assert stated.get_json()["rulings"][0]["other_grounds"] is True
    assert signed.get_json()["state"] == "overturned"


def test_younger_papers_confirm_and_leave_open_as_before(told: str, people: dict[str, Any]) -> None:
    bring(people["county"], told, **LATER)
    sent_on(people, told)

    assert ruled(people, told, "confirmed").get_json()["state"] == "confirmed"


@pytest.mark.parametrize(
    "paper",
    [{"document_date": "2020-05-01"}, {**LATER, "state_at_reference": "银行出具的 2019 年流水"}],
)
def test_a_paper_of_before_or_on_the_reference_date_overturns(
    told: str, people: dict[str, Any], paper: dict[str, str]
) -> None:
    bring(people["county"], told, **LATER)
    bring(people["county"], told, b"%PDF-1.7 the other", **paper)
    sent_on(people, told)

    assert ruled(people, told, "overturned").get_json()["state"] == "overturned"


def test_a_document_that_was_only_named_bears_no_date_until_its_file_is_brought(
    told: str, people: dict[str, Any]
) -> None:
    content = b"%PDF-1.7 a certificate"
    named = {"name": "证明.pdf", "sha256": hashlib.sha256(content).hexdigest()}
    act(people["county"], told, "evidence", text="证明由县存档", document=named)
    sent_on(people, told)
    ruling = {"outcome": "overturned", "reason": "有据"}

    alone = act(people["expert"], told, "ruling", **ruling)
    stated = act(people["expert"], told, "ruling", **ruling, other_grounds=True)

    assert (alone.status_code, alone.get_json()["type"]) == (409, "/problems/later-papers")
    assert stated.status_code == 200


def test_a_document_that_was_named_and_brought_counts_as_what_it_is(
    told: str, people: dict[str, Any]
) -> None:
    content = b"%PDF-1.7 a certificate"
    named = {"name": "证明.pdf", "sha256": hashlib.sha256(content).hexdigest()}
    act(people["county"], told, "evidence", text="证明由县存档", document=named)
    bring(people["county"], told, content, document_date="2020-05-01")
    sent_on(people, told)

    assert ruled(people, told, "overturned").get_json()["state"] == "overturned"


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ({}, 200),
        (POOR, 409),
        ({"wage_away": "refused", "crop_gross": "refused"}, 409),
        ({"class_found": "N"}, 409),
    ],
)
def test_a_recheck_overturns_where_papers_are_younger_if_it_found_otherwise(
    told: str,
    people: dict[str, Any],
    app: Flask,
    as_role: Any,
    campaign: Any,
    phone: Phone,
    found: dict[str, str],
    status: int,
) -> None:
    pair = [campaign.an_enumerator("Zhao"), campaign.an_enumerator("Qian")]
    other = a_phone(app, seed="other", now=phone.now)
    other.enrol(a_code(as_role, campaign, pair[0]))
    bring(people["county"], told, **LATER)
    act(people["reviewer"], told, "visit", enumerators=pair)
    other.pull()
    (task,) = other.tasks.values()
    an_interview(other, task, **found)
    other.push()
    decision = {"reason": "已核对", **({"class_found": "N"} if "class_found" in found else {})}
    accepted = people["reviewer"].post(
        f"/api/v1/interviews/{task.interview_id}/accept", json=decision
    )
    sent_on(people, told)

    ruling = act(people["expert"], told, "ruling", outcome="overturned", reason="复核")

    assert (accepted.status_code, ruling.status_code) == (200, status)


def test_no_paper_at_all_is_not_a_later_one() -> None:
    assert not are_later([])
    assert are_later([(True, None), (True, "")])
    assert not are_later([(True, None), (None, None)])
