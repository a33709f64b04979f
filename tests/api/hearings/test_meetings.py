"""The feedback meeting: near enough to be meant, and put right where its day was mistyped."""

from datetime import date
from typing import Any

import pytest
from casework import act, hearing, look, meets, notify
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.cases import FeedbackMeeting
from inspect_app.models.samples import AccessEntry
from inspect_app.rules.cases import standing


def put_right(by: Any, campaign: Any, day: str, reason: str = "年份误登") -> Any:
    body = {"held_on": day, "reason": reason}
    return by.post(f"{hearing(campaign)}/meeting/correction", json=body)


@pytest.fixture
def mistaken(session: Session, people: dict[str, Any], campaign: Any, frozen_clock: Any) -> None:
    """A day that a slip of the pen put decades away, from before such days were refused."""
    session.add(
        FeedbackMeeting(
            campaign_id=campaign.id,
            county_adcode=campaign.adcode,
            n=1,
            held_on=date(2099, 6, 4),
            entered_by="reviewer",
            entered_at=frozen_clock.moment,
        )
    )
    session.commit()


def test_a_meeting_that_is_too_far_off_is_a_slip_of_the_pen(
    people: dict[str, Any], campaign: Any
) -> None:
    far = [meets(people, campaign, day) for day in ("2099-06-04", "2020-07-16")]
    near = meets(people, campaign, "2020-07-15")  # thirty working days after 3 June

    assert [one.status_code for one in far] == [422, 422]
    assert "2020-07-15" in far[0].get_json()["detail"]
    assert near.get_json()["meeting"] == "2020-07-15"


def test_the_commissioner_puts_a_mistyped_meeting_right_and_the_county_goes_on(
    mistaken: None,
    case: str,
    people: dict[str, Any],
    campaign: Any,
    session: Session,
    frozen_clock: Any,
) -> None:
    told = act(people["reviewer"], case, "recheck").get_json()
    notify(people, campaign)
    frozen_clock.pass_by(days=7)  # Wednesday 10 June

    by_reviewer = put_right(people["reviewer"], campaign, "2020-06-04")
    silent = put_right(people["commissioner"], campaign, "2020-06-04", "")
    corrected = put_right(people["commissioner"], campaign, "2020-06-04")
    again = put_right(people["commissioner"], campaign, "2020-06-04")
    later = put_right(people["commissioner"], campaign, "2020-06-05")

    assert told["reply_until"] == "2099-06-04T16:00:00+00:00"
    assert [one.status_code for one in (by_reviewer, silent, later)] == [403, 422, 422]
    assert (corrected.get_json()["meeting"], again.status_code) == ("2020-06-04", 200)
    assert people["county"].get(hearing(campaign)).get_json()["meeting_reason"] == "年份误登"
    # The county believed that it had time; its three working days count from the correction.
    shown = look(people["county"], case)
    assert shown["reply_until"] == shown["due_at"] == "2020-06-15T16:00:00+00:00"
    assert act(people["reviewer"], case, "recheck").status_code == 409
    frozen_clock.pass_by(days=6)
    assert act(people["reviewer"], case, "recheck").get_json()["state"] == "under_ruling"
    rows = session.scalars(select(FeedbackMeeting).order_by(FeedbackMeeting.n)).all()
    assert [(row.held_on.year, row.reason) for row in rows] == [(2099, None), (2020, "年份误登")]
    looks = session.scalars(select(AccessEntry.what)).all()
    assert any("put right: 2099-06-04 to 2020-06-04" in what for what in looks)


def test_a_correction_takes_back_the_mistake_and_no_more(
    case: str, people: dict[str, Any], campaign: Any, frozen_clock: Any
) -> None:
    none_yet = put_right(people["commissioner"], campaign, "2020-06-04")
    meets(people, campaign, "2020-06-12")
    act(people["reviewer"], case, "recheck")
    act(people["county"], case, "evidence", text="先交一份")
    meets(people, campaign, "2020-07-13")
    frozen_clock.pass_by(days=1)

    before_told = put_right(people["commissioner"], campaign, "2020-06-11")
    before_all = put_right(people["commissioner"], campaign, "2020-06-02")
    right = put_right(people["commissioner"], campaign, "2020-06-12")

    assert none_yet.get_json()["type"] == "/problems/step-missing"
    assert before_told.get_json()["type"] == "/problems/conflict"
    assert before_all.status_code == 422
    assert right.get_json()["meeting"] == "2020-06-12"
    shown = look(people["county"], case)
    assert shown["reply_until"] == "2020-06-12T16:00:00+00:00"
    assert shown["due_at"] == "2020-06-16T16:00:00+00:00"
    assert meets(people, campaign, "2020-06-11").get_json()["type"] == "/problems/conflict"
    assert meets(people, campaign, "2020-06-15").status_code == 200


def test_a_day_that_was_replaced_before_the_county_was_told_binds_no_correction(
    case: str, people: dict[str, Any], campaign: Any, frozen_clock: Any
) -> None:
    for day in ("2020-07-10", "2020-06-20"):
        assert meets(people, campaign, day).status_code == 200
        frozen_clock.pass_by(hours=1)
    act(people["reviewer"], case, "recheck")

    right = put_right(people["commissioner"], campaign, "2020-06-10")
    before_told = meets(people, campaign, "2020-06-09")

    assert right.get_json()["meeting"] == "2020-06-10"
    assert before_told.get_json()["type"] == "/problems/conflict"


def test_a_correction_stands_in_the_place_of_the_mistake() -> None:
    first, slip, right, later = (date(2020, 6, day) for day in (4, 30, 5, 8))

    entered = [(first, False), (slip, False), (right, True), (later, False)]

    assert standing(entered) == [first, right, later]
    assert standing([]) == []
