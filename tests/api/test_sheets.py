"""Assignment sheets on paper: who prints which copy, what stands on it, what becomes of it."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from inspect_app.models.papers import SheetCopy
from inspect_app.models.samples import AccessEntry, SampleHousehold
from inspect_app.rules.roles import Role
from inspect_app.services.documents import digest


@pytest.fixture
def leader(as_role: Any, campaign: Any) -> Any:
    return as_role(Role.TEAM_LEADER, campaign, team="A")


def address(campaign: Any, assignment: Any) -> str:
    return f"/api/v1/campaigns/{campaign.id}/assignments/{assignment.id}/sheets"


def said(pdf: bytes) -> str:
    return re.sub(
        r"\s", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    )


def test_a_sheet_names_the_households_and_only_counts_the_locked_reserves(
    campaign: Any, leader: Any, session: Session
) -> None:
    assignment = campaign.assign()

    answer = leader.post(address(campaign, assignment), json={})

    assert answer.status_code == 201
    assert answer.mimetype == "application/pdf"
    text = said(answer.data)
    rows = session.scalars(
        select(SampleHousehold).where(SampleHousehold.psu == assignment.village_code)
    ).all()
    drawn = {row.unit_id for row in rows if not row.is_reserve}
    locked = {row.unit_id for row in rows if row.is_reserve}
    assert drawn
    assert locked
    assert all(unit in text for unit in drawn)
    assert not any(unit in text for unit in locked)
    assert "第1份" in text
    assert "模拟数据" in text
    assert "空白花名册" in text
    assert not re.search("收入|income|疑似|suspect", text)


def test_every_copy_has_its_number_and_its_printer_on_record(
    campaign: Any, leader: Any, session: Session
) -> None:
    assignment = campaign.assign()
    first = leader.post(address(campaign, assignment), json={"with_roster": False}).data
    second = leader.post(address(campaign, assignment), json={"with_roster": False}).data

    copies = leader.get(address(campaign, assignment)).get_json()["copies"]

    assert [copy["n"] for copy in copies] == [1, 2]
    assert [copy["pdf_sha256"] for copy in copies] == [digest(first), digest(second)]
    assert "空白花名册" not in said(second)
    seen = session.scalars(select(AccessEntry.what)).all()
    assert f"assignment sheet {assignment.id}, copy 2" in seen


def test_a_copy_is_handed_back_and_then_destroyed(campaign: Any, leader: Any) -> None:
    assignment = campaign.assign()
    where = address(campaign, assignment)
    leader.post(where, json={})

    early = leader.post(f"{where}/1/events", json={"what": "destroyed", "note": "碎纸"})
    leader.post(f"{where}/1/events", json={"what": "returned", "note": "当晚交回"})
    leader.post(f"{where}/1/events", json={"what": "returned", "note": "当晚交回"})
    done = leader.post(f"{where}/1/events", json={"what": "destroyed", "note": "碎纸"})
    late = leader.post(f"{where}/1/events", json={"what": "lost", "note": "找不到"})

    assert early.status_code == 409
    assert done.status_code == 201
    assert {event["what"] for event in done.get_json()["events"]} == {"returned", "destroyed"}
    assert late.status_code == 409
    absent = leader.post(f"{where}/9/events", json={"what": "returned", "note": "无"})
    assert absent.get_json()["type"] == "/problems/not-found"


def test_a_leader_prints_for_the_own_next_village_only(
    campaign: Any, leader: Any, as_role: Any, frozen_clock: Any
) -> None:
    today = campaign.assign(1)
    pair = campaign.a_pair("Zhao", "Qian")
    tomorrow = campaign.assign(2, pair=pair, day=today.visit_date + timedelta(days=1))
    stranger = as_role(Role.TEAM_LEADER, campaign, team="B", login="leader of B")
    planner = as_role(Role.PLANNER, campaign)

    assert leader.post(address(campaign, tomorrow), json={}).status_code == 404
    assert stranger.post(address(campaign, today), json={}).status_code == 404
    assert stranger.get(address(campaign, today)).status_code == 404
    assert planner.post(address(campaign, tomorrow), json={}).status_code == 201
    leader.post(address(campaign, today), json={})
    frozen_clock.pass_by(days=1)
    assert leader.post(address(campaign, today), json={}).status_code == 404
    assert leader.post(address(campaign, tomorrow), json={}).status_code == 201
    back = leader.post(
        f"{address(campaign, today)}/1/events", json={"what": "returned", "note": "次日交回"}
    )
    assert back.status_code == 201


def test_others_print_nothing(campaign: Any, as_role: Any) -> None:
    assignment = campaign.assign()
    for role in (Role.REVIEWER, Role.EXPERT, Role.COMMISSIONER):
        client = as_role(role, campaign)
        assert client.post(address(campaign, assignment), json={}).status_code == 403
    official = as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode)
    assert official.get(address(campaign, assignment)).status_code == 403


@pytest.mark.parametrize("change", [update(SheetCopy).values(n=7), delete(SheetCopy)])
def test_the_database_refuses_to_change_what_was_printed(
    campaign: Any, leader: Any, session: Session, change: Any
) -> None:
    assignment = campaign.assign()
    leader.post(address(campaign, assignment), json={"with_roster": False})

    with pytest.raises(DatabaseError, match="never changed"):
        session.execute(change)
