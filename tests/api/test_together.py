"""The same use case twice at the same moment: one effect, the same answers, never a failure.

On SQLite all writers queue; on PostgreSQL those of one campaign do. Whoever comes second finds
what the first has done.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest
from crowds import at_once
from fieldwork import a_code, tasks
from flask import Flask
from phones import a_phone, an_interview
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.api.openapi import document
from inspect_app.demo.phone import Phone
from inspect_app.models.base import Base
from inspect_app.models.campaigns import Campaign, FrameVersion
from inspect_app.models.devices import Device
from inspect_app.models.ledger import LedgerEntry, Op
from inspect_app.models.samples import Assignment, SampleHousehold, SampleVillage, Village
from inspect_app.rules.roles import Role

COPIES = 6
COMMISSION = {
    "id": "6b1fd3a2-0000-5000-8000-0000000000ff",
    "name_zh": "同时",
    "name_en": "At once",
    "agency_zh": "示例大学",
    "agency_en": "Example University",
    "simulated": True,
    "counties": [
        {
            "adcode": "420528",
            "name_zh": "长阳",
            "province_zh": "湖北",
            "province_en": "Hubei",
            "city_zh": "宜昌",
            "region_group": "central_2pct",
            "exit_year": 2019,
        }
    ],
}


def together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Make calls at the same moment; what each returned, in their order."""
    return at_once(len(calls), lambda n: calls[n]())


def posts(client: Any, address: str, *bodies: dict[str, Any]) -> list[Callable[[], Any]]:
    """The same post by clients of their own, as requests come over connections of their own."""
    token = client.environ_base["HTTP_AUTHORIZATION"]

    def one(body: dict[str, Any]) -> Any:
        own = client.application.test_client()
        return own.post(address, json=body, headers={"Authorization": token})

    return [lambda body=body: one(body) for body in bodies]  # type: ignore[misc]  # bound now


def same(client: Any, address: str, body: dict[str, Any]) -> list[Any]:
    return together(posts(client, address, *[body] * COPIES))


def counted(session: Session, model: type[Base], *where: Any) -> int:
    session.rollback()
    return int(session.scalar(select(func.count()).select_from(model).where(*where)) or 0)


def assert_one_answer(answers: Sequence[Any], *, ok: tuple[int, ...] = (200, 201)) -> None:
    assert {answer.status_code for answer in answers} <= set(ok)
    assert len({answer.get_data() for answer in answers}) == 1


@pytest.fixture
def campaign(a_campaign: Any) -> Any:
    return a_campaign("drawn")


def test_a_commission(as_role: Any, session: Session) -> None:
    answers = same(as_role(Role.COMMISSIONER), "/api/v1/campaigns", COMMISSION)

    assert_one_answer(answers)
    assert counted(session, Campaign) == 1


def test_a_frame_and_a_plan(as_role: Any, a_campaign: Any, session: Session) -> None:
    campaign = a_campaign("commissioned")
    planner = as_role(Role.PLANNER, campaign)
    base = f"/api/v1/campaigns/{campaign.id}"

    frames = same(planner, f"{base}/frames", {"name": "changyang"})
    plans = same(planner, f"{base}/plans", {"name": "changyang"})

    assert_one_answer(frames)
    assert_one_answer(plans)
    assert counted(session, FrameVersion) == 1
    assert counted(session, Village) == 12


def test_a_draw(as_role: Any, a_campaign: Any, session: Session) -> None:
    campaign = a_campaign("opened")

    answers = same(as_role(Role.PLANNER, campaign), f"/api/v1/campaigns/{campaign.id}/samples", {})

    assert_one_answer(answers)
    assert counted(session, SampleVillage, SampleVillage.is_reserve.is_(False)) == 6


def test_an_assignment(as_role: Any, campaign: Any, session: Session) -> None:
    pair = campaign.a_pair()
    body = {
        "county_adcode": "420528",
        "order": 1,
        "visit_date": date(2020, 6, 3).isoformat(),
        "enumerators": list(pair),
    }

    answers = same(
        as_role(Role.PLANNER, campaign), f"/api/v1/campaigns/{campaign.id}/assignments", body
    )

    assert_one_answer(answers)
    assert counted(session, Assignment) == 1


def test_two_pairs_for_one_village(as_role: Any, campaign: Any, session: Session) -> None:
    pairs = [campaign.a_pair("Li", "Wang"), campaign.a_pair("Zhao", "Qian")]
    bodies = [
        {
            "county_adcode": "420528",
            "order": 1,
            "visit_date": "2020-06-03",
            "enumerators": list(pair),
        }
        for pair in pairs
    ]
    planner = as_role(Role.PLANNER, campaign)

    answers = together(posts(planner, f"/api/v1/campaigns/{campaign.id}/assignments", *bodies))

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert counted(session, Assignment) == 1


def test_an_acceptance(phone: Phone, as_role: Any, campaign: Any, session: Session) -> None:
    task = tasks(phone)[0]
    an_interview(phone, task)
    phone.push()

    answers = same(
        as_role(Role.REVIEWER, campaign), f"/api/v1/interviews/{task.interview_id}/accept", {}
    )

    assert_one_answer(answers)


def test_a_replacement(
    phone: Phone, as_role: Any, campaign: Any, session: Session, frozen_clock: Any
) -> None:
    cell = tasks(phone)
    lost, reserve = cell[0], next(task for task in cell if task.is_reserve)
    phone.seal_contact(lost.unit_id, visit_no=1, disposition="moved_out")
    phone.push()
    an_interview(phone, reserve)
    phone.push()
    leader = as_role(Role.TEAM_LEADER, campaign, team="A")

    answers = same(
        leader,
        f"/api/v1/interviews/{lost.interview_id}/replacement",
        {"reserve_unit_id": reserve.unit_id, "reason": "整户迁出"},
    )

    assert_one_answer(answers)
    assert counted(session, SampleHousehold, SampleHousehold.replaces.is_not(None)) == 1


def test_a_code_from_two_phones(
    app: Flask, as_role: Any, campaign: Any, session: Session, frozen_clock: Any
) -> None:
    code = a_code(as_role, campaign, campaign.an_enumerator("Li"))
    both = [a_phone(app, seed=seed, now=frozen_clock.moment) for seed in ("one", "two")]
    bodies = [
        {"code": code, "device_id": one.device_id, "public_key": one.public_key, "app": "1.0.0"}
        for one in both
    ]

    answers = together(
        [
            lambda body=body: app.test_client().post("/api/v1/devices/enrol", json=body)  # type: ignore[misc]  # bound now
            for body in bodies
        ]
    )

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert counted(session, Device) == 1


def test_a_push_of_overlapping_batches_in_other_orders(
    phone: Phone, campaign: Any, session: Session, app: Flask
) -> None:
    """Rows are written in one order whatever the phone's, so nobody waits for each other."""
    sealed = [an_interview(phone, task) for task in tasks(phone)[:3]]
    orders = [sealed, sealed[::-1], sealed[1:] + sealed[:1]] * 2
    headers = {"Authorization": f"Bearer {phone.token}"}

    answers = together(
        [
            lambda ops=ops: app.test_client().post(  # type: ignore[misc]  # bound now
                "/api/v1/sync/push", json=phone.envelope(ops), headers=headers
            )
            for ops in orders
        ]
    )

    assert {answer.status_code for answer in answers} == {200}
    statuses = [one["status"] for answer in answers for one in answer.get_json()["results"]]
    assert sorted(statuses) == ["accepted"] * 3 + ["duplicate"] * 15
    assert counted(session, Op) == 3
    assert counted(session, LedgerEntry, LedgerEntry.type == "op") == 3


def test_whoever_asks_first_for_the_api_document_gets_the_whole_of_it(app: Flask) -> None:
    """It is written when it is first asked for."""
    answers = at_once(
        COPIES, lambda _n: app.test_client().get("/api/v1/openapi.json").get_json()["paths"]
    )

    assert all(len(paths) == len(answers[0]) > 100 for paths in answers)
    assert len(answers[0]) == len(document(app)["paths"])
