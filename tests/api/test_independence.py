"""Independence between provinces and from day to day, whichever way round somebody is sent."""

from typing import Any

from fieldwork import another_pair, sent_out, tasks
from flask import Flask
from phones import an_interview
from sending import a_request, codes_of, post, reassign
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from tampering import change

from inspect_app.models.interviews import Revisit
from inspect_app.models.samples import Assignment, SampleVillage
from inspect_app.rules.roles import Role


def moved(session: Session, campaign: Any, adcode: str, *, places: tuple[int, ...]) -> None:
    """Let places of a sealed list lie in a county of another province."""
    change(
        session,
        update(SampleVillage)
        .where(SampleVillage.campaign_id == campaign.id, SampleVillage.position.in_(places))
        .values(county_adcode=adcode),
    )


def from_hubei(campaign: Any) -> tuple[str, str]:
    pair: tuple[str, str] = campaign.a_pair(
        "Tan", "Xiang", province_code="42", home_adcode="420104"
    )
    return pair


def test_a_batch_does_not_let_two_provinces_inspect_each_other(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn", agency_province=None)
    moved(session, campaign, "510726", places=(2,))
    wanted = [
        a_request(campaign.a_pair()),  # Sichuan inspects Hubei
        a_request(from_hubei(campaign), order=2, county_adcode="510726"),
    ]

    answer = as_role(Role.PLANNER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/assignments/batch", json={"assignments": wanted}
    )

    assert (answer.status_code, answer.get_json()["type"]) == (422, "/problems/not-independent")
    assert {(one["order"], one["code"]) for one in answer.get_json()["reasons"]} == {
        (2, "mutual_provinces")
    }
    assert session.scalar(select(func.count()).select_from(Assignment)) == 0


def test_a_pair_that_others_relieved_has_inspected_the_province_all_the_same(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    first = a_campaign("drawn", agency_province=None)
    held = first.assign(1)  # Sichuan inspects Hubei
    relief = first.a_pair("Zhao", "Sun", province_code="33", home_adcode="330106")
    assert reassign(as_role, first, held.id, enumerators=list(relief)).status_code == 201
    second = a_campaign("drawn", "second", agency_province=None)
    moved(session, second, "510726", places=(1, 2, 3))

    request = a_request(from_hubei(second), county_adcode="510726")

    assert set(codes_of(post(as_role, second, request))) == {"mutual_provinces"}


def test_a_second_visit_inspects_a_province(
    as_role: Any, a_campaign: Any, session: Session, frozen_clock: Any
) -> None:
    first = a_campaign("drawn", agency_province=None)
    pair = [first.an_enumerator(one, province_code="33") for one in ("Zhao", "Sun")]
    session.add(
        Revisit(
            interview_id="00000000-0000-4000-8000-000000000001",
            campaign_id=first.id,
            unit_id="420528100001-0001",
            round="1b",
            kind="blind",
            first_interview_id="00000000-0000-4000-8000-000000000002",
            county_adcode="420528",
            village_code="420528100001",
            household_class="E",
            persons=4,
            device_id=first.a_phone(pair[0]),
            enumerator_a=pair[0],
            enumerator_b=pair[1],
            ordered_by=first.planner.actor,
            ordered_at=frozen_clock.moment,
        )
    )
    session.commit()
    second = a_campaign("drawn", "second", agency_province=None)
    moved(session, second, "330726", places=(1, 2, 3))

    request = a_request(from_hubei(second), county_adcode="330726")

    assert set(codes_of(post(as_role, second, request))) == {"mutual_provinces"}


def test_a_repeat_inspects_a_province(
    app: Flask, as_role: Any, a_campaign: Any, session: Session, frozen_clock: Any
) -> None:
    first = a_campaign("drawn", agency_province=None)
    phone = sent_out(app, as_role, first, now=frozen_clock.moment)
    task = tasks(phone)[0]
    an_interview(phone, task, room_cleared="no")
    phone.push()
    changes = {"province_code": "33", "home_adcode": "330106"}
    _, pair = another_pair(app, as_role, first, now=phone.now, **changes)
    asked = {"reason": "换组重访", "enumerators": pair}
    where = f"/api/v1/interviews/{task.interview_id}/return"
    assert as_role(Role.REVIEWER, first).post(where, json=asked).status_code == 200
    second = a_campaign("drawn", "second", agency_province=None)
    moved(session, second, "330726", places=(1, 2, 3))

    request = a_request(from_hubei(second), county_adcode="330726")

    assert set(codes_of(post(as_role, second, request))) == {"mutual_provinces"}


def test_pairs_change_when_the_later_day_is_given_first(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("drawn")
    pair = campaign.a_pair()
    tomorrow = post(as_role, campaign, a_request(pair, visit_date="2020-06-04"))

    today = post(as_role, campaign, a_request(pair, order=2))
    mixed = [pair[0], campaign.an_enumerator("Zhao")]
    changed = post(as_role, campaign, a_request((mixed[0], mixed[1]), order=2))

    assert (tomorrow.status_code, today.status_code, changed.status_code) == (201, 422, 201)
    assert codes_of(today) == ["pair_unchanged", "pair_unchanged"]
    assert "2020-06-04" in today.get_json()["detail"]


def test_a_proposal_looks_at_the_day_after(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("drawn")
    pair = campaign.a_pair()
    post(as_role, campaign, a_request(pair, visit_date="2020-06-04"))

    proposed = as_role(Role.PLANNER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/assignments/proposal",
        json={"county_adcode": "420528", "visit_date": "2020-06-03", "count": 1},
    )

    found = proposed.get_json()
    assert (found["is_full"], found["pairs"]) == (False, [])
    assert [(one["code"], one["pairs"]) for one in found["kept_apart"]] == [("pair_unchanged", 1)]
