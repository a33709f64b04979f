"""The sealed list against people who would know it early, and the log of those who saw it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspect_app.models.ledger import LedgerEntry
from inspect_app.models.samples import AccessEntry, Assignment, SampleVillage, Village
from inspect_app.rules.roles import Role
from inspect_app.services import access_log
from inspect_app.services.transactions import writing

STAFF = (Role.COMMISSIONER, Role.PLANNER, Role.REVIEWER, Role.EXPERT, Role.TEAM_LEADER)


def body_of(pair: tuple[str, str], **changes: Any) -> dict[str, Any]:
    return {
        "county_adcode": "420528",
        "order": 1,
        "visit_date": "2020-06-03",
        "enumerators": list(pair),
        **changes,
    }


def sealed_names(session: Session, campaign: Any) -> list[str]:
    """Codes, names and tickets of the villages that nobody may know of yet."""
    rows = session.execute(
        select(SampleVillage.village_code, SampleVillage.ticket)
        .where(SampleVillage.campaign_id == campaign.id, SampleVillage.released_at.is_(None))
        .order_by(SampleVillage.village_code)
    ).all()
    return [name for row in rows for name in row]


def everything_readable(client: FlaskClient, campaign: Any, pair: tuple[str, str]) -> list[Any]:
    """What an attacker with a log-in asks: every list, every check, every error with a guess."""
    here = f"/api/v1/campaigns/{campaign.id}"
    gets = [
        here,
        f"{here}/seeds",
        f"{here}/samples",
        f"{here}/samples/villages",
        f"{here}/samples/villages?after=420528",
        f"{here}/assignments",
        f"{here}/enumerators",
        f"{here}/devices",
        f"{here}/interviews",
        f"{here}/cases",
        f"{here}/access-log",
        f"{here}/declarations",
        f"{here}/declarations/alarms",
        f"{here}/publication",
        f"{here}/publication/villages",
        f"{here}/steps",
        f"{here}/commission",
    ]
    wanted = {"county_adcode": "420528", "visit_date": "2020-06-03"}
    posts = [
        (f"{here}/assignments?check=1", body_of(pair, order=2)),
        (f"{here}/assignments?check=1", body_of(pair, order=2, visit_date="2020-06-30")),
        (f"{here}/assignments", body_of(pair, order=2, visit_date="2020-06-30")),
        (f"{here}/assignments", body_of(pair, order=7)),
        (f"{here}/assignments/proposal", {**wanted, "count": 5}),
        (f"{here}/assignments/proposal", {**wanted, "count": 6}),
        (f"{here}/assignments/proposal", {**wanted, "places": [2, 3]}),
        (f"{here}/samples", None),
    ]
    return [client.get(address) for address in gets] + [
        client.post(address, json=body) for address, body in posts
    ]


@pytest.mark.parametrize("role", STAFF)
def test_no_answer_names_a_sealed_village(
    as_role: Any, a_campaign: Any, session: Session, role: Role
) -> None:
    campaign = a_campaign("drawn")
    pair = campaign.a_pair()
    campaign.assign(1, pair=campaign.a_pair("Zhao", "Sun"))
    client = as_role(role, campaign, team="A" if role is Role.TEAM_LEADER else None)

    answers = everything_readable(client, campaign, pair)

    told = "".join(answer.text for answer in answers)
    names = sealed_names(session, campaign)
    assert [name for name in names if name in told] == []
    assert campaign.seed not in told


def test_a_refusal_is_the_same_for_every_sealed_place(as_role: Any, a_campaign: Any) -> None:
    """What forbids a visit depends on people, county and day, never on the village behind it."""
    campaign = a_campaign("drawn")
    local = campaign.an_enumerator("Tan", home_adcode="420528")
    tied = campaign.an_enumerator("Ma", declared=("420528",))
    planner = as_role(Role.PLANNER, campaign)
    address = f"/api/v1/campaigns/{campaign.id}/assignments?check=1"

    answers = [
        planner.post(address, json=body_of((local, tied), order=place)).get_json()
        for place in range(1, 7)
    ]

    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["allowed"] is False


def test_an_id_made_from_a_village_code_opens_nothing(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    """Ids of assignments follow from register codes, so anybody can make those of all villages."""
    from uuid import UUID, uuid5

    campaign = a_campaign("drawn")
    pair = campaign.a_pair()
    planner = as_role(Role.PLANNER, campaign)
    drawn = set(session.scalars(select(SampleVillage.village_code)))
    answers = {}
    for code in session.scalars(select(Village.village_code)):
        guess = uuid5(UUID(campaign.id), f"assignment/{code}")
        answer = planner.post(
            f"/api/v1/campaigns/{campaign.id}/assignments/{guess}/reassign",
            json={"enumerators": list(pair), "reason": "x"},
        )
        answers.setdefault(code in drawn, set()).add((answer.status_code, answer.text))

    assert answers[True] == answers[False]
    assert next(iter(answers[True]))[0] == 404


def test_a_village_is_released_within_the_hours_that_were_commissioned(
    as_role: Any, a_campaign: Any, frozen_clock: Any
) -> None:
    campaign = a_campaign("drawn", release_hours=6)
    planner, pair = as_role(Role.PLANNER, campaign), campaign.a_pair()
    address = f"/api/v1/campaigns/{campaign.id}/assignments"
    body = body_of(pair, visit_date="2020-06-04")

    morning = planner.post(address, json=body)
    frozen_clock.pass_by(hours=9)  # 18 h, six before the day begins
    evening = planner.post(address, json=body)

    assert [one["code"] for one in morning.get_json()["reasons"]] == ["visit_day"]
    assert evening.status_code == 201


def test_a_leader_sees_assignments_of_the_own_team_while_their_day_lasts(
    as_role: Any, a_campaign: Any, frozen_clock: Any
) -> None:
    campaign = a_campaign("drawn")
    mine = campaign.assign(1, pair=campaign.a_pair("Li", "Wang", team="A"))
    theirs = campaign.assign(2, pair=campaign.a_pair("Zhao", "Sun", team="B"))
    leader = as_role(Role.TEAM_LEADER, campaign, team="A")
    planner = as_role(Role.PLANNER, campaign)
    address = f"/api/v1/campaigns/{campaign.id}/assignments"

    own = leader.get(address).get_json()["assignments"]
    every = planner.get(address).get_json()["assignments"]
    frozen_clock.pass_by(days=1)
    tomorrow = leader.get(address).get_json()["assignments"]

    assert [row["village_code"] for row in own] == [mine.village_code]
    assert {row["id"] for row in every} == {mine.id, theirs.id}
    assert tomorrow == []


def test_a_leader_sees_the_next_village_day_only(
    as_role: Any, a_campaign: Any, frozen_clock: Any
) -> None:
    """Three days are released ahead; a village that was given up does not hold its day."""
    campaign = a_campaign("drawn", release_hours=72)
    pairs = [campaign.a_pair(a, b) for a, b in (("Li", "Wang"), ("Zhao", "Sun"), ("Wu", "Xu"))]
    first, second, third = (
        campaign.assign(place, pair=pair, day=date(2020, 6, 2 + place))
        for place, pair in enumerate(pairs, 1)
    )
    leader = as_role(Role.TEAM_LEADER, campaign, team="A")
    address = f"/api/v1/campaigns/{campaign.id}"
    lists = (("assignments", "assignments"), ("samples/villages", "villages"))

    def seen() -> list[list[str]]:
        return [
            [row["village_code"] for row in leader.get(f"{address}/{path}").get_json()[name]]
            for path, name in lists
        ]

    today = seen()
    frozen_clock.pass_by(days=1)
    tomorrow = seen()
    campaign.session.get_one(
        SampleVillage, (campaign.id, second.village_code)
    ).given_up_at = frozen_clock.moment
    campaign.session.commit()

    assert today == [[first.village_code]] * 2
    assert tomorrow == [[second.village_code]] * 2
    assert seen() == [[third.village_code]] * 2


@pytest.mark.parametrize("role", [Role.ENUMERATOR, Role.COUNTY_OFFICIAL])
def test_some_see_no_assignments_at_all(as_role: Any, a_campaign: Any, role: Role) -> None:
    campaign = a_campaign("drawn")

    answer = as_role(role, campaign, county="420528").get(
        f"/api/v1/campaigns/{campaign.id}/assignments"
    )

    assert answer.status_code == 403


def test_another_campaign_s_assignment_is_not_there(as_role: Any, a_campaign: Any) -> None:
    mine, other = a_campaign("drawn"), a_campaign("drawn", "second")
    foreign = other.assign(1)

    answer = as_role(Role.PLANNER, mine).post(
        f"/api/v1/campaigns/{mine.id}/assignments/{foreign.id}/reassign",
        json={"enumerators": list(mine.a_pair()), "reason": "x"},
    )

    assert answer.status_code == 404


def test_every_look_is_written_down_before_it_is_shown(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")
    given = campaign.assign(1)
    reviewer = as_role(Role.REVIEWER, campaign)
    here = f"/api/v1/campaigns/{campaign.id}"
    reviewer.get(f"{here}/samples/villages")
    reviewer.get(f"{here}/assignments")

    log = as_role(Role.PLANNER, campaign).get(f"{here}/access-log").get_json()["accesses"]

    assert [row["what"] for row in log] == [
        f"assigned villages {given.village_code}",
        f"1 sampled villages {given.village_code}…{given.village_code}",
        f"1 assignments {given.id}…{given.id}",
    ]
    assert len({row["actor"] for row in log}) == 2


def test_a_list_that_cannot_be_logged_is_not_shown(
    as_role: Any, a_campaign: Any, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = a_campaign("drawn")
    given = campaign.assign(1)
    reviewer = as_role(Role.REVIEWER, campaign)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the log is full")

    monkeypatch.setattr(access_log, "record", broken)
    answer = reviewer.get(f"/api/v1/campaigns/{campaign.id}/samples/villages")

    assert answer.status_code == 500
    assert given.village_code not in answer.text


def test_the_log_is_a_chain_that_shows_what_was_changed(a_campaign: Any, session: Session) -> None:
    campaign = a_campaign("drawn")
    moment = datetime(2020, 6, 3, 1, 0, tzinfo=UTC)
    for number in range(4):
        access_log.note_access(
            session,
            campaign.id,
            f"list {number}",
            by=campaign.planner,
            at=moment + timedelta(minutes=number),
        )
    whole = access_log.broken_entries(session, campaign.id)
    entries = session.scalars(select(AccessEntry).order_by(AccessEntry.id)).all()

    forged = access_log.linked(entries[1].h or "", entries[3])

    assert whole == []
    assert forged != entries[3].h  # taking the third away would break the fourth
    assert len({entry.h for entry in entries}) == 4


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM access_entries", "UPDATE access_entries SET what = 'nothing'"],
)
def test_the_database_itself_refuses_to_change_the_log(
    a_campaign: Any, session: Session, statement: str
) -> None:
    campaign = a_campaign("drawn")
    campaign.assign(1)

    with pytest.raises(DBAPIError, match="never changed"), writing(session):
        session.execute(text(statement))


def test_the_end_of_fieldwork_puts_the_log_into_the_ledger(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")
    campaign.assign(1)
    head = access_log.head(session, campaign.id)

    answer = as_role(Role.COMMISSIONER).post(
        f"/api/v1/campaigns/{campaign.id}/steps", json={"step": "fieldwork_ended"}
    )

    assert answer.status_code == 201
    (line,) = session.scalars(select(LedgerEntry).where(LedgerEntry.status == "access_log"))
    assert (line.type, line.body_sha256) == ("event", head)


def test_after_fieldwork_nobody_is_sent_and_villages_stay_as_they_are(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")
    given = campaign.assign(1)
    boss, planner = as_role(Role.COMMISSIONER), as_role(Role.PLANNER, campaign)
    here = f"/api/v1/campaigns/{campaign.id}"
    boss.post(f"{here}/steps", json={"step": "fieldwork_ended"})
    others = list(campaign.a_pair("Zhao", "Sun"))
    wanted = {"county_adcode": "420528", "visit_date": "2020-06-03", "count": 1}

    answers = [
        planner.post(f"{here}/assignments", json=body_of((others[0], others[1]), order=2)),
        planner.post(f"{here}/assignments/proposal", json=wanted),
        planner.post(
            f"{here}/assignments/{given.id}/reassign", json={"enumerators": others, "reason": "x"}
        ),
    ]

    assert [one.get_json()["type"] for one in answers] == ["/problems/step-taken"] * 3
    assert session.scalars(select(Assignment.id)).all() == [given.id]
