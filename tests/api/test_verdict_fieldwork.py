"""No verdict before fieldwork is over: every drawn village, every list, every interview."""

from typing import Any

import pytest
from fieldwork import tasks
from phones import a_roster, an_interview
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from tampering import change

from inspect_app.demo.phone import Phone
from inspect_app.models.samples import SampleVillage, Village
from inspect_app.rules.roles import Role


@pytest.fixture
def campaign(a_campaign: Any) -> Any:
    return a_campaign("drawn")


def ask_for_a_verdict(as_role: Any, campaign: Any) -> tuple[int, dict[str, Any]]:
    """Status and body of the answer to a request to issue."""
    answer = as_role(Role.REVIEWER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/verdicts",
        json={"county_adcode": "420528", "release_date": "2020-07-01"},
    )
    return answer.status_code, answer.get_json()


def release_the_rest(session: Session, campaign: Any) -> None:
    places = session.scalars(
        select(SampleVillage.position)
        .where(~SampleVillage.is_reserve, SampleVillage.released_at.is_(None))
        .order_by(SampleVillage.position)
    ).all()
    for place in places:
        campaign.assign(place, pair=campaign.a_pair(f"Zhao {place}", f"Qian {place}"))


def seal_the_list(phone: Phone, session: Session) -> str:
    """Seal and send the list of the phone's village; its code."""
    village = next(iter(phone.draws))
    listed = session.scalars(
        select(Village.households_n).where(Village.village_code == village)
    ).one()
    session.rollback()
    phone.seal_roster(village, a_roster(village, households=listed))
    phone.push()
    return village


def test_villages_that_were_drawn_and_never_released_are_counted(
    as_role: Any, campaign: Any, phone: Phone, session: Session
) -> None:
    drawn = session.scalars(select(SampleVillage).where(~SampleVillage.is_reserve)).all()

    status, problem = ask_for_a_verdict(as_role, campaign)

    assert (status, problem["type"]) == (409, "/problems/fieldwork-unfinished")
    assert problem["villages"] == len(drawn) - 1
    assert not any(village.village_code in str(problem) for village in drawn)


def test_a_village_without_its_list_is_named(
    as_role: Any, campaign: Any, phone: Phone, session: Session
) -> None:
    release_the_rest(session, campaign)
    mine = seal_the_list(phone, session)
    others = session.scalars(
        select(SampleVillage.village_code)
        .where(~SampleVillage.is_reserve, SampleVillage.village_code != mine)
        .order_by(SampleVillage.village_code)
    ).all()
    session.rollback()

    status, problem = ask_for_a_verdict(as_role, campaign)

    assert status == 409
    assert problem["village_code"] == others[0]


def test_an_interview_that_waits_for_review_is_named(
    as_role: Any, campaign: Any, phone: Phone, session: Session
) -> None:
    seal_the_list(phone, session)
    household = tasks(phone)[0]
    an_interview(phone, household)
    phone.push()
    session.rollback()
    change(session, delete(SampleVillage).where(SampleVillage.released_at.is_(None)))

    status, problem = ask_for_a_verdict(as_role, campaign)

    assert status == 409
    assert problem["interview_id"] == household.interview_id
