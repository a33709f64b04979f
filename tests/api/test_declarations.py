"""Declarations of those who visit: their ties, and where they bar."""

from typing import Any

import pytest
from assigning import declare
from sending import a_request, codes_of, post

from inspect_app.rules.roles import Role


def test_nobody_is_sent_without_a_declaration(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("drawn", agency_declaration=None)
    pair = campaign.a_pair("Li", "Wang", declaration=None)

    undeclared = post(as_role, campaign, a_request(pair))
    declare(as_role, campaign)
    declare(as_role, campaign, enumerator_id=pair[0], training_score=95)
    declare(as_role, campaign, enumerator_id=pair[1], training_score=89)
    untrained = post(as_role, campaign, a_request(pair))
    declare(as_role, campaign, enumerator_id=pair[1], training_score=90)
    sent = post(as_role, campaign, a_request(pair))

    assert codes_of(undeclared) == ["agency_undeclared", "undeclared", "undeclared"]
    assert codes_of(untrained) == ["untrained"]
    assert sent.status_code == 201


def test_an_amended_declaration_is_a_version_and_raises_alarms(
    as_role: Any, a_campaign: Any
) -> None:
    campaign = a_campaign("drawn")
    li, wang = campaign.a_pair()
    held = campaign.assign(1, pair=(li, wang))
    tie = {"county_adcode": "420528", "kind": "kin"}

    amended = declare(as_role, campaign, enumerator_id=li, ties=[tie], training_score=95)
    again = declare(as_role, campaign, enumerator_id=li, ties=[tie], training_score=95)

    kept = amended.get_json()
    assert (kept["declaration"]["version"], kept["declaration"]["subject"]) == (2, li)
    assert again.get_json() == kept
    (alarm,) = kept["alarms"]
    assert (alarm["assignment_id"], alarm["visit_date"]) == (held.id, "2020-06-03")
    assert alarm["reasons"][0]["en"] == f"enumerator {li} declared kin in 420528"
    planner, here = as_role(Role.PLANNER, campaign), f"/api/v1/campaigns/{campaign.id}"
    assert planner.get(f"{here}/declarations/alarms").get_json() == {
        "alarms": [alarm],
        "next": None,
    }
    versions = planner.get(f"{here}/declarations").get_json()["declarations"]
    assert [(row["subject"], row["version"]) for row in versions] == [
        ("agency", 1),
        (li, 1),
        (wang, 1),
        (li, 2),
    ]


def test_a_tie_of_the_agency_is_an_alarm_for_every_visit_to_the_county(
    as_role: Any, a_campaign: Any
) -> None:
    campaign = a_campaign("drawn")
    held = [
        campaign.assign(1).id,
        campaign.assign(2, pair=campaign.a_pair("Zhao", "Sun")).id,
    ]
    tie = {"county_adcode": "420528", "kind": "funding", "until": "2018-01-01"}

    answer = declare(as_role, campaign, ties=[tie])

    alarms = answer.get_json()["alarms"]
    assert sorted(one["assignment_id"] for one in alarms) == sorted(held)
    codes = {reason["code"] for one in alarms for reason in one["reasons"]}
    assert codes == {"agency_declared"}


def test_a_tie_that_ended_more_than_three_years_ago_does_no_harm(
    as_role: Any, a_campaign: Any
) -> None:
    campaign = a_campaign("drawn")
    li, wang = campaign.a_pair()
    sun, ma = campaign.a_pair("Sun", "Ma")
    old = {"county_adcode": "420528", "kind": "post", "until": "2017-06-02"}
    recent = {**old, "until": "2017-06-03"}
    declare(as_role, campaign, enumerator_id=li, ties=[recent], training_score=95)

    bound = post(as_role, campaign, a_request((li, wang)), "?check=1")
    declare(as_role, campaign, enumerator_id=sun, ties=[old], training_score=95)
    free = post(as_role, campaign, a_request((sun, ma)), "?check=1")

    assert (codes_of(bound), codes_of(free)) == (["declared"], [])


def test_a_tie_once_declared_bars_until_the_commissioner_drops_it(
    as_role: Any, a_campaign: Any
) -> None:
    campaign = a_campaign("drawn")
    li, wang = campaign.a_pair()
    about = {"enumerator_id": li, "training_score": 95, "signed_on": "2020-06-01"}
    kin = {"county_adcode": "420528", "kind": "kin"}
    declare(as_role, campaign, **about, ties=[kin])

    older = declare(as_role, campaign, **{**about, "signed_on": "2019-01-01"}, ties=[])
    later = declare(as_role, campaign, **about, ties=[], document_sha256="f" * 64)
    bound = post(as_role, campaign, a_request((li, wang)), "?check=1")
    alarms = as_role(Role.COMMISSIONER).post(
        f"/api/v1/campaigns/{campaign.id}/declarations",
        json={**about, "document_sha256": "a" * 64, "ties": [], "languages": ["zh"]},
    )
    free = post(as_role, campaign, a_request((li, wang)), "?check=1")

    assert (older.status_code, later.status_code, alarms.status_code) == (422, 201, 201)
    assert later.get_json()["declaration"]["ties"] == []
    assert later.get_json()["declaration"]["standing"] == [{**kin, "until": None}]
    assert (codes_of(bound), codes_of(free)) == (["declared"], [])


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"signed_on": "2020-06-04"}, 422),
        ({"ties": [{"county_adcode": "420528", "kind": "kin", "until": "2019-01-01"}]}, 422),
        ({"ties": [{"county_adcode": "420528", "kind": "friend"}]}, 422),
        ({"training_score": 101}, 422),
        ({"languages": ["Chinese"]}, 422),
        ({"document_sha256": "x"}, 422),
        ({"enumerator_id": "5e0c2ad1-6a52-4c54-8a3e-6a4b8d3f2b10"}, 404),
    ],
)
def test_a_declaration_that_cannot_be(
    as_role: Any, a_campaign: Any, changes: dict[str, Any], status: int
) -> None:
    campaign = a_campaign("commissioned")

    assert declare(as_role, campaign, **changes).status_code == status


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in (Role.PLANNER, Role.COMMISSIONER)]
)
def test_declarations_are_for_those_who_run_the_campaign(
    as_role: Any, a_campaign: Any, role: Role
) -> None:
    campaign = a_campaign("commissioned")
    client = as_role(role, campaign, team="A", county="420528")
    address = f"/api/v1/campaigns/{campaign.id}/declarations"

    answers = [client.get(address), client.get(f"{address}/alarms"), client.post(address, json={})]

    assert [answer.status_code for answer in answers] == [403] * 3
