"""Villages given up: never one from which anything has arrived, be it a list or a closed door."""

from typing import Any

import pytest
from fieldwork import tasks
from phones import a_roster
from sending import a_request, post
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.models.samples import Assignment, Village
from inspect_app.rules.roles import Role


@pytest.fixture
def campaign(a_campaign: Any) -> Any:
    return a_campaign("drawn")


def approve(as_role: Any, campaign: Any, session: Session) -> Any:
    (held,) = session.scalars(select(Assignment.id)).all()
    session.rollback()
    return as_role(Role.COMMISSIONER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/assignments/{held}/exchange",
        json={"reason": "洪水", "document_sha256": "a" * 64},
    )


def exchange(as_role: Any, campaign: Any) -> Any:
    request = a_request(campaign.a_pair("Zhao", "Sun"), unreachable="洪水")
    return post(as_role, campaign, request)


def seal_list(phone: Phone, campaign: Any, session: Session) -> None:
    code = tasks(phone)[0].village_code
    expected = session.get_one(Village, (campaign.id, code)).households_n
    session.rollback()
    phone.seal_roster(code, a_roster(code, households=expected))


def close_a_door(phone: Phone, campaign: Any, session: Session) -> None:
    phone.seal_contact(tasks(phone)[0].unit_id, visit_no=1, disposition="refused")


@pytest.mark.parametrize("arrives", [seal_list, close_a_door])
def test_a_village_that_was_reached_is_not_given_up(
    phone: Phone, as_role: Any, campaign: Any, session: Session, arrives: Any
) -> None:
    arrives(phone, campaign, session)
    (result,) = phone.push()

    approval = approve(as_role, campaign, session)
    given_up = exchange(as_role, campaign)

    assert result["status"] == "accepted"
    assert (approval.status_code, given_up.status_code) == (409, 409)
    assert given_up.get_json()["detail"].endswith("it was visited.")


def test_what_arrives_after_the_approval_counts_as_well(
    phone: Phone, as_role: Any, campaign: Any, session: Session
) -> None:
    approval = approve(as_role, campaign, session)
    close_a_door(phone, campaign, session)
    phone.push()

    given_up = exchange(as_role, campaign)

    assert (approval.status_code, given_up.status_code) == (201, 409)


def test_a_village_from_which_nothing_has_arrived_gives_way(
    phone: Phone, as_role: Any, campaign: Any, session: Session
) -> None:
    approve(as_role, campaign, session)

    assert exchange(as_role, campaign).status_code == 201
