"""Villages that cannot be reached: what takes their place, and who agrees."""

from typing import Any

from assigning import approve, feed_of
from sending import a_request, post
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from tampering import change

from inspect_app.models.interviews import Interview
from inspect_app.models.samples import (
    SampleHousehold,
    SampleVillage,
)
from inspect_app.rules.ops import roster_id
from inspect_app.rules.states import InterviewState
from inspect_app.services import samples


def test_a_village_whose_name_is_known_is_exchanged_only_with_a_commissioners_approval(
    as_role: Any, a_campaign: Any, frozen_clock: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")
    body = a_request(campaign.a_pair(), visit_date="2020-06-04")
    held = post(as_role, campaign, body).get_json()
    wanted = a_request(
        campaign.a_pair("Zhao", "Sun"), visit_date="2020-06-04", unreachable="道路中断"
    )

    alone = post(as_role, campaign, wanted)
    early = approve(as_role, campaign, held["id"])
    frozen_clock.pass_by(days=1)
    approved = approve(as_role, campaign, held["id"])
    again = approve(as_role, campaign, held["id"])
    other = approve(as_role, campaign, held["id"], reason="洪水")
    exchanged = post(as_role, campaign, wanted)

    assert alone.get_json()["type"] == "/problems/exchange-not-approved"
    assert early.get_json()["type"] == "/problems/too-early"
    assert (approved.status_code, approved.get_json()["document_sha256"]) == (201, "e" * 64)
    assert again.get_json() == approved.get_json()
    assert other.status_code == 409
    assert exchanged.status_code == 201
    assert exchanged.get_json()["village_code"] != held["village_code"]


def test_a_reserve_that_cannot_be_reached_gives_way_too(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")
    drawn = session.scalars(select(SampleVillage).where(SampleVillage.position == 1)).one()
    spare = session.scalars(
        select(SampleVillage)
        .where(SampleVillage.is_reserve)
        .order_by(SampleVillage.stratum == drawn.stratum, SampleVillage.village_code)
    ).first()
    assert spare is not None
    last = max(session.scalars(select(SampleVillage.order)))
    moved = update(SampleVillage).where(SampleVillage.village_code == spare.village_code)
    change(session, moved.values(stratum=drawn.stratum, order=last + 1))
    first, second = campaign.a_pair("Zhao", "Sun"), campaign.a_pair("Qian", "Zhou")
    reserve = post(as_role, campaign, a_request(first, unreachable="洪水")).get_json()

    alone = post(as_role, campaign, a_request(second, unreachable="洪水"))
    approve(as_role, campaign, reserve["id"])
    answer = post(as_role, campaign, a_request(second, unreachable="洪水"))
    again = post(as_role, campaign, a_request(second, unreachable="洪水"))

    assert alone.get_json()["type"] == "/problems/exchange-not-approved"
    assert (answer.status_code, again.get_json()) == (201, answer.get_json())
    session.expire_all()
    taken = session.get_one(SampleVillage, (campaign.id, answer.get_json()["village_code"]))
    assert (taken.village_code, taken.replaces) == (spare.village_code, reserve["village_code"])
    assert {row["psu"] for row in samples.interview_frame(session, campaign.id, "420528")} == {
        taken.village_code
    }


def test_an_unreachable_village_gives_way_to_the_next_reserve_of_its_stratum(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")
    approve(as_role, campaign, campaign.assign(1).id)
    drawn = session.scalars(select(SampleVillage).where(SampleVillage.position == 1)).one()
    others = campaign.a_pair("Zhao", "Sun")
    body = a_request(others, unreachable="山体滑坡，道路中断")

    answer = post(as_role, campaign, body)
    again = post(as_role, campaign, body)

    assert answer.status_code == 201
    assert again.get_json() == answer.get_json()
    session.expire_all()
    reserve = session.get_one(SampleVillage, (campaign.id, answer.get_json()["village_code"]))
    assert (reserve.is_reserve, reserve.replaces) == (True, drawn.village_code)
    assert reserve.stratum == drawn.stratum
    assert (
        session.get_one(SampleVillage, (campaign.id, drawn.village_code)).given_up_reason
        == "山体滑坡，道路中断"
    )
    counted = samples.interview_frame(session, campaign.id, "420528")
    assert {row["psu"] for row in counted} == {reserve.village_code}


def test_the_phone_of_a_village_given_up_is_told(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")
    first = campaign.assign(1)
    households = session.scalars(select(SampleHousehold.interview_id)).all()
    approve(as_role, campaign, first.id)

    post(as_role, campaign, a_request(campaign.a_pair("Zhao", "Sun"), unreachable="洪水"))

    revoked = [item for kind, item in feed_of(session, first.device_id) if kind == "revoke"]
    *told, roster = revoked
    assert {item["interview_id"] for item in told} == set(households)
    assert roster["interview_id"] == roster_id(campaign.id, first.village_code)


def test_a_village_that_was_visited_is_not_given_up(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")
    released = campaign.assign(1)
    household = session.scalars(select(SampleHousehold)).first()
    assert household is not None
    session.add(
        Interview(
            interview_id=household.interview_id,
            campaign_id=campaign.id,
            unit_id=household.unit_id,
            round="1",
            county_adcode="420528",
            village_code=released.village_code,
            device_id=released.device_id,
            current_rev=1,
            last_rev=1,
            state=InterviewState.RECEIVED,
            in_conflict=False,
        )
    )
    session.commit()
    body = a_request(campaign.a_pair("Zhao", "Sun"), unreachable="洪水")

    answer = post(as_role, campaign, body)

    assert answer.status_code == 409
    assert answer.get_json()["detail"].endswith("it was visited.")


def test_reserves_run_out(as_role: Any, a_campaign: Any, session: Session) -> None:
    campaign = a_campaign("drawn")
    stratum = session.scalars(
        select(SampleVillage.stratum).where(SampleVillage.position == 1)
    ).one()
    places = session.scalars(
        select(SampleVillage.position).where(
            SampleVillage.stratum == stratum, ~SampleVillage.is_reserve
        )
    ).all()
    first, second = campaign.a_pair("Zhao", "Sun"), campaign.a_pair("Qian", "Zhou")

    one = post(as_role, campaign, a_request(first, order=places[0], unreachable="洪水"))
    two = post(as_role, campaign, a_request(second, order=places[1], unreachable="洪水"))

    assert (one.status_code, two.status_code) == (201, 409)
    assert two.get_json()["detail"] == "No reserve village is left in this stratum."
