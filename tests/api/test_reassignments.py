"""A village moved within its pair: to another day, with an interpreter, under every rule."""

from typing import Any

from sending import a_request, codes_of, post, reassign
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.devices import FeedItem
from inspect_app.models.samples import Reassignment


def test_the_same_pair_gets_another_day_and_an_interpreter(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")
    pair = campaign.a_pair()
    held = post(as_role, campaign, a_request(pair, visit_date="2020-06-04")).get_json()
    items = session.scalar(select(func.count()).select_from(FeedItem))
    wanted = {"visit_date": "2020-06-03", "interpreter": "agency list, no. 7"}

    moved = reassign(as_role, campaign, held["id"], enumerators=list(pair), **wanted)
    again = reassign(as_role, campaign, held["id"], enumerators=list(pair[::-1]), **wanted)
    left_out = reassign(as_role, campaign, held["id"], enumerators=list(pair))

    assert moved.status_code == 201
    assert moved.get_json() == {**held, **wanted}
    assert again.get_json() == left_out.get_json() == moved.get_json()
    (before,) = session.scalars(select(Reassignment)).all()
    assert (before.visit_date.isoformat(), before.began) == ("2020-06-04", False)
    assert session.scalar(select(func.count()).select_from(FeedItem)) == items


def test_no_pair_is_moved_to_a_day_that_the_rules_forbid(
    as_role: Any, a_campaign: Any, frozen_clock: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")
    pair = campaign.a_pair()
    held = campaign.assign(1, pair=pair)  # today

    begun = reassign(as_role, campaign, held.id, enumerators=list(pair), visit_date="2020-06-04")
    frozen_clock.pass_by(days=1)
    past = reassign(as_role, campaign, held.id, enumerators=list(pair), interpreter="no. 7")

    assert set(codes_of(begun)) == {"pair_unchanged"}
    assert codes_of(past) == ["visit_day"]
    assert session.scalars(select(Reassignment)).all() == []


def test_a_pair_that_began_does_not_come_back_the_day_after_its_relief(
    as_role: Any, a_campaign: Any, frozen_clock: Any
) -> None:
    campaign = a_campaign("drawn")
    pair, relief = campaign.a_pair(), campaign.a_pair("Zhao", "Sun")
    held = campaign.assign(1, pair=pair)
    reassign(as_role, campaign, held.id, enumerators=list(relief))

    same_day = reassign(as_role, campaign, held.id, enumerators=list(pair))
    reassign(as_role, campaign, held.id, enumerators=list(relief))
    frozen_clock.pass_by(days=1)
    day_after = reassign(as_role, campaign, held.id, enumerators=list(pair))

    assert same_day.status_code == 201
    assert set(codes_of(day_after)) == {"pair_unchanged"}
