"""The evening's queue: what must be decided first, and what the rules noticed about it."""

from typing import Any

import pytest
from fieldwork import tasks
from flask import Flask
from phones import an_interview
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone, Task
from inspect_app.models.interviews import Interview
from inspect_app.models.samples import AccessEntry, Village
from inspect_app.rules.roles import Role

POOR = {"wage_local": 0, "wage_away": 0, "crop_gross": 100, "livestock_gross": 0}


@pytest.fixture
def reviewer(as_role: Any, campaign: Any) -> Any:
    return as_role(Role.REVIEWER, campaign)


def arrive(phone: Phone, n: int, **changes: Any) -> str:
    """Seal and send the interview of the n-th household, unlike that of any other."""
    task: Task = tasks(phone)[n]
    an_interview(phone, task, **{"medical_oop": 100 + n, **held(n), **changes})
    assert [result["status"] for result in phone.push()] == ["accepted"]
    return task.interview_id


def held(n: int) -> dict[str, str]:
    """Times of the n-th interview of a day, one an hour."""
    return {
        "started_at": f"2020-06-03T{9 + n:02}:00:00+08:00",
        "ended_at": f"2020-06-03T{9 + n:02}:40:00+08:00",
    }


def queue(client: Any, campaign: Any, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/api/v1/campaigns/{campaign.id}/review-queue", query_string=query)
    assert answer.status_code == 200, answer.get_json()
    return dict(answer.get_json())


def ids(page: dict[str, Any]) -> list[str]:
    return [one["interview_id"] for one in page["interviews"]]


def flags(page: dict[str, Any], interview_id: str) -> dict[str, dict[str, Any]]:
    (one,) = (each for each in page["interviews"] if each["interview_id"] == interview_id)
    return {flag["code"]: flag for flag in one["flags"]}


def test_the_most_pressing_comes_first_page_by_page(
    phone: Phone, reviewer: Any, campaign: Any
) -> None:
    plain = arrive(phone, 0)
    must = arrive(phone, 1, room_cleared="no")
    short = arrive(phone, 2, ended_at="2020-06-03T11:05:00+08:00")

    everything = queue(reviewer, campaign)
    first = queue(reviewer, campaign, limit=1)
    second = queue(reviewer, campaign, limit=1, after=first["next"])
    third = queue(reviewer, campaign, limit=1, after=second["next"])

    assert ids(everything) == [must, short, plain]
    assert [*ids(first), *ids(second), *ids(third)] == ids(everything)
    assert everything["next"] is None
    assert everything["interviews"][0]["must_return"]
    (count,) = everything["counts"]
    assert (count["team"], count["waiting"], count["must_return"]) == ("A", 3, 1)


def test_a_photo_of_which_only_the_hash_came_is_noticed(
    phone: Phone, reviewer: Any, campaign: Any
) -> None:
    """Nobody waits for a file that was never announced."""
    named = arrive(phone, 0, obs_photo="ab" * 32)
    sent = arrive(phone, 1, obs_photo=phone.keep(b"a picture of the house"))

    page = queue(reviewer, campaign)

    fields = {
        one["interview_id"]: {
            flag["field"] for flag in one["flags"] if flag["code"] == "file_not_announced"
        }
        for one in page["interviews"]
    }
    assert fields[named] - fields[sent] == {"obs_photo"}
    assert "files_missing" not in flags(page, named)


def test_counts_are_of_counties_and_within_one_of_villages(
    phone: Phone, reviewer: Any, as_role: Any, campaign: Any
) -> None:
    arrive(phone, 0, room_cleared="no")
    arrive(phone, 1)
    (village,) = {task.village_code for task in tasks(phone)[:2]}

    def counted(client: Any, **query: Any) -> list[tuple[Any, ...]]:
        names = ("team", "county_adcode", "village_code", "waiting", "must_return", "in_conflict")
        return [
            tuple(one[name] for name in names) for one in queue(client, campaign, **query)["counts"]
        ]

    of_village = ("A", campaign.adcode, village, 2, 1, 0)
    assert counted(reviewer) == [("A", campaign.adcode, None, 2, 1, 0)]
    assert counted(reviewer, county_adcode=campaign.adcode) == [of_village]
    assert counted(as_role(Role.TEAM_LEADER, campaign, team="A")) == [of_village]


def test_flags_say_in_two_languages_what_was_noticed(
    phone: Phone, reviewer: Any, campaign: Any
) -> None:
    interview_id = arrive(phone, 0, room_cleared="no", coaching_signs=["reads_card"])

    found = flags(queue(reviewer, campaign), interview_id)

    assert found["room_not_cleared"]["zh"] == "未清场"
    assert found["room_not_cleared"]["en"] == "the room was not cleared"
    assert next(iter(found)) == "room_not_cleared"
    assert found["coaching_signs"]["weight"] == 40


def test_what_a_later_interview_shows_of_an_earlier_one_moves_it_up(
    phone: Phone, reviewer: Any, campaign: Any
) -> None:
    first = arrive(phone, 0, medical_oop=800)
    before = queue(reviewer, campaign)["interviews"][0]["urgency"]
    second = arrive(phone, 1, medical_oop=800)
    other = arrive(phone, 2)

    page = queue(reviewer, campaign)

    assert flags(page, first)["identical_answers"]["detail"] == second
    assert flags(page, second)["identical_answers"]["detail"] == first
    assert "identical_answers" not in flags(page, other)
    assert page["interviews"][0]["urgency"] > before
    assert set(ids(page)[:2]) == {first, second}


def test_a_photo_of_another_house_is_recognised(phone: Phone, reviewer: Any, campaign: Any) -> None:
    house, other_house = phone.keep(b"\xff\xd8\xff house"), phone.keep(b"\xff\xd8\xff other")
    one = arrive(phone, 0, obs_photo=house)
    phone.keep(b"\xff\xd8\xff house")
    copy = arrive(phone, 1, obs_photo=house)
    honest = arrive(phone, 2, obs_photo=other_house)

    page = queue(reviewer, campaign)

    assert flags(page, copy)["photo_seen_elsewhere"]["detail"] == one
    assert flags(page, one)["photo_seen_elsewhere"]["detail"] == copy
    assert "photo_seen_elsewhere" not in flags(page, honest)


def test_visits_that_overlap_and_words_that_repeat(
    phone: Phone, reviewer: Any, campaign: Any
) -> None:
    said = "帮扶措施没有落到实处，希望修路"
    one = arrive(phone, 0, sat_overall="no", sat_reason=said)
    other = arrive(phone, 1, **held(0), sat_overall="no", sat_reason=f"{said}。")

    found = flags(queue(reviewer, campaign), other)

    assert found["overlapping_visits"]["detail"] == one
    assert found["near_identical_text"]["detail"] == one
    assert said not in str(found)


def test_a_position_is_held_against_the_villages(
    phone: Phone, reviewer: Any, campaign: Any, session: Session
) -> None:
    session.execute(update(Village).values(lat=30.4702, lon=111.1801))
    session.commit()
    far = {"lat": "30.5702", "lon": "111.1801", "accuracy": "8"}
    home, away = arrive(phone, 0), arrive(phone, 1, location=far)

    page = queue(reviewer, campaign)

    assert "location_far" not in flags(page, home)
    assert flags(page, away)["location_far"]["detail"] == "11119 m"


def test_a_reserve_out_of_order_is_told(phone: Phone, reviewer: Any, campaign: Any) -> None:
    cell = tasks(phone)
    n = next(n for n, task in enumerate(cell) if task.is_reserve)

    interview_id = arrive(phone, n)

    assert "reserve_out_of_order" in flags(queue(reviewer, campaign), interview_id)


def test_what_is_decided_leaves_the_queue(phone: Phone, reviewer: Any, campaign: Any) -> None:
    accepted, returned, waiting = (arrive(phone, n) for n in range(3))
    reviewer.post(f"/api/v1/interviews/{accepted}/accept", json={})
    reviewer.post(f"/api/v1/interviews/{returned}/return", json={"reason": "请补问"})

    page = queue(reviewer, campaign)

    assert ids(page) == [waiting]
    assert queue(reviewer, campaign, after=accepted)["interviews"] in ([], page["interviews"])


def test_leaders_see_their_own_team_and_counties_nothing(
    phone: Phone, as_role: Any, campaign: Any, session: Session
) -> None:
    mine = arrive(phone, 0)
    own = as_role(Role.TEAM_LEADER, campaign, team="A", login="a")
    foreign = as_role(Role.TEAM_LEADER, campaign, team="B", login="b")
    county = as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode)
    address = f"/api/v1/campaigns/{campaign.id}/review-queue"

    page = queue(own, campaign)

    assert ids(page) == [mine]
    assert "answers" not in page["interviews"][0]
    assert (queue(foreign, campaign)["interviews"], queue(foreign, campaign)["counts"]) == ([], [])
    assert foreign.get(f"{address}?after={mine}").status_code == 404
    for client in (county, as_role(Role.PLANNER, campaign), as_role(Role.COMMISSIONER, campaign)):
        assert client.get(address).status_code == 403
    seen = session.scalars(select(AccessEntry.what)).all()
    assert any("review queue" in what for what in seen)


def test_a_long_queue_takes_no_more_queries_than_a_short_one(
    phone: Phone, reviewer: Any, campaign: Any, app: Flask, session: Session
) -> None:
    from inspect_app.extensions import db

    def statements() -> int:
        counted: list[str] = []
        with app.app_context():
            engine = db.engine
        listen = lambda *args: counted.append(args[2])  # noqa: E731  # needs a handle to remove
        event.listen(engine, "before_cursor_execute", listen)
        queue(reviewer, campaign)
        event.remove(engine, "before_cursor_execute", listen)
        return len(counted)

    arrive(phone, 0)
    queue(reviewer, campaign)
    short = statements()
    for n in range(1, 4):
        arrive(phone, n)
    queue(reviewer, campaign)

    assert statements() == short
    session.rollback()
    assert session.scalars(select(Interview.compared_at)).all().count(None) == 0


def test_quality_figures_name_teams_and_pairs_but_no_household(
    phone: Phone, as_role: Any, reviewer: Any, campaign: Any
) -> None:
    arrive(phone, 0, **POOR)
    arrive(phone, 1, ended_at="2020-06-03T10:06:00+08:00")
    phone.seal_contact(tasks(phone)[2].unit_id, visit_no=1, disposition="absent")
    phone.push()
    address = f"/api/v1/campaigns/{campaign.id}/quality?county_adcode={campaign.adcode}"

    told = as_role(Role.COMMISSIONER, campaign).get(address).get_json()

    (pair,), (team,) = told["pairs"], told["teams"]
    assert (team["team"], len(pair["enumerators"])) == ("A", 2)
    for one in (told["county"], team, pair):
        assert (one["interviews"], one["completed"], one["visits"], one["absent"]) == (2, 2, 3, 1)
        assert one["flags"]["too_short"] == 1
        assert one["minutes"] == 23.0
        assert one["agreement"] is None
    assert not any(task.unit_id in str(told) for task in tasks(phone))
    planner = as_role(Role.PLANNER, campaign)
    assert planner.get(address).status_code == 403
    assert reviewer.get(address.replace(campaign.adcode, "530828")).status_code == 404
