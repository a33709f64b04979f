"""What may be accepted, and what only with a word of the reviewer: one visit, told several ways."""

from typing import Any

import pytest
from fieldwork import a_code, another_pair, tasks
from flask import Flask
from phones import a_phone, an_interview, answers_for, reseal
from sending import reassign
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone, Sealed
from inspect_app.models.devices import Device
from inspect_app.models.samples import Assignment
from inspect_app.rules.roles import Role
from inspect_app.rules.states import DeviceState

POOR = {"wage_local": 0, "wage_away": 0, "crop_gross": 100, "livestock_gross": 0}


@pytest.fixture
def reviewer(as_role: Any, campaign: Any) -> Any:
    return as_role(Role.REVIEWER, campaign)


@pytest.fixture
def leader(as_role: Any, campaign: Any) -> Any:
    return as_role(Role.TEAM_LEADER, campaign, team="A", login="leader of A")


@pytest.fixture
def sent_after(app: Flask, as_role: Any, campaign: Any, phone: Phone) -> tuple[Phone, list[str]]:
    """Two who were not there, with their phone."""
    return another_pair(app, as_role, campaign, now=phone.now)


@pytest.fixture
def other(sent_after: tuple[Phone, list[str]]) -> Phone:
    return sent_after[0]


@pytest.fixture
def others(sent_after: tuple[Phone, list[str]]) -> list[str]:
    return sent_after[1]


def post(client: Any, interview_id: str, act: str, **body: Any) -> Any:
    return client.post(f"/api/v1/interviews/{interview_id}/{act}", json=body)


def sends(phone: Phone, **changes: Any) -> str:
    """Seal and send the interview of the first household; return its id."""
    task = tasks(phone)[0]
    an_interview(phone, task, **changes)
    assert [result["status"] for result in phone.push()] == ["accepted"]
    return task.interview_id


def sends_unasked(phone: Phone, nth: int = 1, **changes: Any) -> None:
    """Send the first household once more with other answers, which nobody asked for."""
    sealed: Sealed = phone.outbox[0]
    op = reseal(sealed, answers=answers_for(tasks(phone)[0], **changes))
    op["op_id"] = f"00000000-0000-4000-8000-{nth:012}"
    sealed.op, sealed.result = op, None
    assert [result["status"] for result in phone.push()] == ["conflict"]


def shown(client: Any, campaign: Any) -> tuple[set[str], bool]:
    """The flags of the only interview, and whether it has to be repeated."""
    answer = client.get(f"/api/v1/campaigns/{campaign.id}/interviews").get_json()
    (one,) = answer["interviews"]
    return {flag["code"] for flag in one["flags"]}, one["must_return"]


def test_a_broken_visit_is_not_mended_by_sending_it_again(
    phone: Phone, reviewer: Any, leader: Any, campaign: Any, others: list[str]
) -> None:
    interview_id = sends(phone, room_cleared="no", official_absent="no")
    sends_unasked(phone)

    picked = post(leader, interview_id, "conflict", rev=2, reason="第一次点错")
    codes, must_return = shown(reviewer, campaign)
    accepted = post(reviewer, interview_id, "accept", reason="已核对")
    same_pair = post(reviewer, interview_id, "return", reason="请重访")
    other_pair = post(reviewer, interview_id, "return", reason="换组", enumerators=others)

    assert picked.status_code == 200
    assert must_return
    assert {"official_present", "room_not_cleared"} <= codes
    assert accepted.get_json()["type"] == "/problems/must-return"
    assert accepted.get_json()["flags"] == ["official_present", "room_not_cleared"]
    assert same_pair.get_json()["type"] == "/problems/other-pair-needed"
    assert other_pair.status_code == 200


def test_another_pairs_repeat_ends_what_was_broken_and_nothing_older_takes_its_place(
    phone: Phone, reviewer: Any, campaign: Any, other: Phone, others: list[str]
) -> None:
    interview_id = sends(phone, room_cleared="no")
    post(reviewer, interview_id, "return", reason="换组", enumerators=others)
    other.pull()
    an_interview(other, next(iter(other.tasks.values())))
    other.push()

    codes, must_return = shown(reviewer, campaign)
    sends_unasked(phone)
    older = post(reviewer, interview_id, "accept", rev=3, reason="第一组又发一版")
    accepted = post(reviewer, interview_id, "accept", rev=2, reason="以重访为准")

    assert ("room_not_cleared" in codes, must_return) == (False, False)
    assert older.get_json()["type"] == "/problems/must-return"
    assert (accepted.status_code, accepted.get_json()["rev"]) == (200, 2)


def test_the_same_two_wash_nothing_off_by_answering_from_the_other_ones_phone(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, reviewer: Any, session: Session
) -> None:
    pair = [campaign.an_enumerator(name) for name in ("Li", "Wang")]
    wangs = a_phone(app, seed="Wang", now=phone.now)
    wangs.enrol(a_code(as_role, campaign, pair[1]))
    interview_id = sends(phone)
    post(reviewer, interview_id, "return", reason="请核对")
    sends_unasked(phone, room_cleared="no")
    session.get_one(Device, phone.device_id).state = DeviceState.LOCKED.value
    session.commit()
    held = session.scalars(select(Assignment)).one()
    reassign(as_role, campaign, held.id, enumerators=pair, interpreter="no. 7")
    wangs.pull()
    an_interview(wangs, next(iter(wangs.tasks.values())))
    assert [result["status"] for result in wangs.push()] == ["accepted"]

    codes, must_return = shown(reviewer, campaign)
    accepted = post(reviewer, interview_id, "accept", rev=3, reason="已核对")

    assert ("room_not_cleared" in codes, must_return) == (True, True)
    assert accepted.get_json()["type"] == "/problems/must-return"


@pytest.mark.parametrize("poor_first", [True, False])
def test_whichever_revision_counts_a_suspicion_of_the_other_wants_a_word(
    phone: Phone, reviewer: Any, leader: Any, campaign: Any, poor_first: bool
) -> None:
    versions: list[dict[str, Any]] = [{}, POOR]
    first, second = reversed(versions) if poor_first else versions
    interview_id = sends(phone, **first)
    sends_unasked(phone, **second)
    sound = 2 if poor_first else 1

    post(leader, interview_id, "conflict", rev=sound, reason="这一版更完整")
    codes, _ = shown(reviewer, campaign)
    silent = post(reviewer, interview_id, "accept")
    with_reason = post(reviewer, interview_id, "accept", reason="已电话核实收入")

    assert "suspicion_gone" in codes
    assert (silent.status_code, silent.get_json()["flags"]) == (422, ["suspicion_gone"])
    assert with_reason.get_json()["rev"] == sound


@pytest.mark.parametrize(
    ("field", "flag"),
    [("official_absent", "absence_unattested"), ("room_cleared", "clearing_unattested")],
)
def test_whoever_leaves_open_who_was_in_the_room_did_not_clear_it(
    phone: Phone, reviewer: Any, campaign: Any, field: str, flag: str
) -> None:
    interview_id = sends(phone, **{field: None})

    codes, must_return = shown(reviewer, campaign)
    refused = post(reviewer, interview_id, "accept", reason="忘填")

    assert must_return
    assert flag in codes
    assert refused.get_json()["flags"] == [flag]


@pytest.mark.parametrize("field", ["consent", "present", "interpreter_used", "signature_b"])
def test_what_else_a_pair_did_not_attest_wants_a_word(
    phone: Phone, reviewer: Any, campaign: Any, field: str
) -> None:
    interview_id = sends(phone, **{field: None})

    codes, must_return = shown(reviewer, campaign)
    silent = post(reviewer, interview_id, "accept")
    explained = post(reviewer, interview_id, "accept", reason="纸质签字在案")

    assert (must_return, "attestation_missing" in codes) == (False, True)
    assert (silent.status_code, silent.get_json()["flags"]) == (422, ["attestation_missing"])
    assert explained.status_code == 200


def test_kin_told_of_after_the_visit_reaches_the_reviewer(
    phone: Phone, reviewer: Any, as_role: Any, campaign: Any
) -> None:
    interview_id = sends(phone)
    before, _ = shown(reviewer, campaign)
    told = as_role(Role.PLANNER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/declarations",
        json={
            "enumerator_id": campaign.an_enumerator("Wang"),  # who carries no phone
            "document_sha256": "e" * 64,
            "signed_on": "2020-06-03",
            "training_score": 95,
            "languages": ["zh"],
            "ties": [{"county_adcode": campaign.adcode, "kind": "kin"}],
        },
    )

    after, must_return = shown(reviewer, campaign)
    silent = post(reviewer, interview_id, "accept")
    same_pair = post(reviewer, interview_id, "return", reason="请换组重访")
    explained = post(reviewer, interview_id, "accept", reason="亲属住邻乡，另一调查员主问")

    assert told.status_code == 201
    assert (must_return, after - before) == (False, {"independence_doubted"})
    assert (silent.status_code, silent.get_json()["flags"]) == (422, ["independence_doubted"])
    assert same_pair.get_json()["type"] == "/problems/other-pair-needed"
    assert explained.status_code == 200
