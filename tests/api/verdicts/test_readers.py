"""Who may read which file of a verdict."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from sqlalchemy import select
from sqlalchemy.orm import Session
from verdict_field import NUMBER, READERS, Field, download, problem

from inspect_app.models.samples import AccessEntry
from inspect_app.rules.roles import Role


def statuses(client: Any, kinds: Sequence[str] = ("json", "pdf", "interviews")) -> list[int]:
    return [download(client, kind).status_code for kind in kinds]


def test_no_opinion_of_a_household_reaches_commissioner_or_planner(
    visited: Field, session: Session
) -> None:
    visited.interview_everybody(sat_policy="dk", sat_overall="no")
    visited.accept_everything()
    visited.issue()

    for role in (Role.COMMISSIONER, Role.PLANNER):
        client = visited.as_role(role, visited.campaign)
        behind = download(client, "interviews")
        exported = client.get(f"/api/v1/campaigns/{visited.campaign.id}/exports/interviews.csv")
        for answer in (behind, exported):
            rows = pl.read_csv(answer.data, infer_schema=False)
            assert {"unit_id", "weight", "wrong_exit"} <= set(rows.columns)
            told = [name for name in rows.columns if name.startswith("sat_") or name == "approves"]
            assert told == []
            assert "satisfaction" not in answer.text
    reviewers = pl.read_csv(download(visited.reviewer, "interviews").data, infer_schema=False)
    assert {"approves", "sat_overall"} <= set(reviewers.columns)
    session.rollback()
    seen = session.scalars(select(AccessEntry.what)).all()
    assert sum(what.startswith(f"interviews behind verdict {NUMBER}/1") for what in seen) == 3


def test_who_may_read_which_file(finished: Field) -> None:
    finished.issue()

    seen = {role: statuses(client) for role, client in finished.everybody().items()}

    for role in READERS:
        assert seen[role] == [200, 200, 200]
    assert seen[Role.COUNTY_OFFICIAL] == [200, 200, 403]
    for role in set(Role) - {*READERS, Role.COUNTY_OFFICIAL}:
        assert seen[role] == [200, 200, 403]  # of the public edition
    assert statuses(finished.app.test_client()) == [401, 401, 401]


def test_a_county_official_sees_the_own_county_only(finished: Field) -> None:
    finished.issue()
    own, neighbour = (
        finished.as_role(Role.COUNTY_OFFICIAL, finished.campaign, county=adcode, login=adcode)
        for adcode in ("420528", "530828")
    )
    address = f"/api/v1/campaigns/{finished.campaign.id}/verdicts"

    assert [one["number"] for one in own.get(address).get_json()["verdicts"]] == [NUMBER]
    assert neighbour.get(address).get_json() == {"verdicts": []}
    assert problem(download(neighbour, "json")) == problem(
        download(neighbour, "json", number="530828-2019-01")
    )


def test_a_verdict_of_another_campaign_looks_like_none(finished: Field, a_campaign: Any) -> None:
    finished.issue()
    elsewhere = a_campaign("commissioned", "second")
    stranger = finished.as_role(Role.REVIEWER, elsewhere, login="stranger")

    theirs = download(stranger, "json")
    nobodys = download(stranger, "json", number="000000-2019-01")

    assert problem(theirs) == (404, "/problems/not-found")
    assert theirs.get_json() == nobodys.get_json()
    assert download(finished.reviewer, "pdf", version=2).status_code == 404
    assert stranger.get(f"/api/v1/campaigns/{finished.campaign.id}/verdicts").status_code == 404
