"""Who makes a second visit: a pair that every rule of independence lets go."""

from datetime import date
from typing import Any

import pytest
from fieldwork import a_code
from flask import Flask
from phones import a_phone
from second_visits import ask_everybody, ask_often, change_rulebook, order, propose
from sending import a_request, codes_of, post
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.rules.campaigns import NewCounty
from inspect_app.rules.declarations import NewDeclaration
from inspect_app.rules.roles import Role

YI = NewCounty("420528", "长阳", None, "湖北省", "Hubei", "", "central_2pct", 2019, language="ii")
SPEAKS = NewDeclaration(
    document_sha256="d" * 64, signed_on=date(2020, 5, 4), languages=("ii",), training_score=95
)


@pytest.fixture
def campaign(a_campaign: Any, session: Session) -> Any:
    """A campaign where Yi is spoken, which asks nearly every household again."""
    made = a_campaign("drawn", counties=(YI,))
    ask_often(session, made, share=0.99)
    return made


@pytest.fixture
def phone(app: Flask, as_role: Any, campaign: Any, frozen_clock: Any) -> Phone:
    """The phone of Li and Wang, who speak Yi, with a village that they have asked."""
    pair = [campaign.an_enumerator(one, declaration=SPEAKS) for one in ("Li", "Wang")]
    made = enrolled(app, as_role, campaign, pair[0], now=frozen_clock.moment)
    campaign.assign(pair=(pair[0], pair[1]))
    made.pull()
    ask_everybody(made)
    return made


@pytest.fixture
def reviewer(as_role: Any, campaign: Any) -> Any:
    return as_role(Role.REVIEWER, campaign)


def enrolled(app: Flask, as_role: Any, campaign: Any, owner: str, **changes: Any) -> Phone:
    made = a_phone(app, seed=owner, **changes)
    made.enrol(a_code(as_role, campaign, owner))
    return made


def due(reviewer: Any, campaign: Any, **changes: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = propose(reviewer, campaign, **changes).get_json()["due"]
    return found


def test_two_who_may_not_go_together_make_no_second_visit(
    app: Flask, as_role: Any, phone: Phone, reviewer: Any, campaign: Any
) -> None:
    pair = [campaign.an_enumerator("Zhao", team="A"), campaign.an_enumerator("Qian", team="B")]
    first = due(reviewer, campaign)[0]["first_interview_id"]

    without = order(reviewer, campaign, first, pair)
    enrolled(app, as_role, campaign, pair[0], now=phone.now)
    carried = order(reviewer, campaign, first, pair)

    assert codes_of(without) == ["no_phone", "team", "language"]
    assert codes_of(carried) == ["team", "language"]


def test_an_interpreter_comes_along_and_is_kept(
    app: Flask, as_role: Any, phone: Phone, reviewer: Any, campaign: Any
) -> None:
    pair = [campaign.an_enumerator("Zhao"), campaign.an_enumerator("Qian")]
    enrolled(app, as_role, campaign, pair[0], now=phone.now)

    silent = due(reviewer, campaign)[0]
    helped = due(reviewer, campaign, interpreter="agency list, no. 7")[0]
    first = helped["first_interview_id"]
    refused = order(reviewer, campaign, first, pair)
    ordered = order(reviewer, campaign, first, pair, interpreter="agency list, no. 7")
    again = order(reviewer, campaign, first, pair, interpreter="agency list, no. 7")
    other = order(reviewer, campaign, first, pair, interpreter="agency list, no. 8")

    assert (silent["pairs"], helped["pairs"]) == ([], [pair])
    assert codes_of(refused) == ["language"]
    assert (ordered.status_code, again.get_json()) == (201, ordered.get_json())
    assert ordered.get_json()["interpreter"] == "agency list, no. 7"
    assert other.get_json()["interpreter"] == "agency list, no. 8"


def test_a_pair_changes_between_village_days_and_second_visits(
    app: Flask, as_role: Any, phone: Phone, reviewer: Any, campaign: Any, frozen_clock: Any
) -> None:
    zhao, qian = (campaign.an_enumerator(one, declaration=SPEAKS) for one in ("Zhao", "Qian"))
    enrolled(app, as_role, campaign, zhao, now=phone.now)
    first, second = (one["first_interview_id"] for one in due(reviewer, campaign)[:2])
    ordered = order(reviewer, campaign, first, [zhao, qian])
    same_day = order(reviewer, campaign, second, [zhao, qian])
    village = post(as_role, campaign, a_request((zhao, qian), order=2), "?check=1")
    tomorrow = a_request((zhao, qian), order=2, visit_date="2020-06-04")
    next_village = post(as_role, campaign, tomorrow, "?check=1")
    frozen_clock.pass_by(days=1)

    third = due(reviewer, campaign)[0]
    next_day = order(reviewer, campaign, third["first_interview_id"], [zhao, qian])

    assert (ordered.status_code, same_day.status_code) == (201, 201)
    assert (codes_of(village), third["pairs"]) == ([], [])
    assert set(codes_of(next_village)) == set(codes_of(next_day)) == {"pair_unchanged"}


def test_days_of_second_visits_count_among_those_that_two_may_share(
    app: Flask,
    as_role: Any,
    phone: Phone,
    reviewer: Any,
    campaign: Any,
    session: Session,
    frozen_clock: Any,
) -> None:
    change_rulebook(session, campaign, "pair_max_days]\nvalue = 3\n", "pair_max_days]\nvalue = 1\n")
    names = ("Zhao", "Qian", "Sun", "Zhou")
    zhao, qian, sun, zhou = (campaign.an_enumerator(one, declaration=SPEAKS) for one in names)
    for owner in (zhao, qian):
        enrolled(app, as_role, campaign, owner, now=phone.now)
    first, second = (one["first_interview_id"] for one in due(reviewer, campaign)[:2])
    order(reviewer, campaign, first, [zhao, qian])
    for place, pair in ((2, (zhao, sun)), (3, (qian, zhou))):
        there = a_request(pair, order=place, visit_date="2020-06-04")
        assert post(as_role, campaign, there).status_code == 201
    frozen_clock.pass_by(days=2)

    again = order(reviewer, campaign, second, [zhao, qian])
    village = a_request((zhao, qian), order=4, visit_date="2020-06-05")

    assert codes_of(again) == codes_of(post(as_role, campaign, village)) == ["pair_days"]
