"""The full and the public edition of a verdict."""

import json
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from verdict_field import (
    NUMBER,
    POOR,
    READERS,
    Field,
    digests,
    documents,
    download,
    problem,
    sha256,
)

from inspect_app.rules.roles import Role


def in_edition(client: Any, kind: str, edition: str, number: str = NUMBER) -> Any:
    return client.get(f"/api/v1/verdicts/{number}/1/{kind}?edition={edition}")


def test_everybody_in_the_campaign_reads_the_public_edition(finished: Field) -> None:
    issued = finished.issue().get_json()

    for client in finished.everybody().values():
        for kind, part in (("json", "document"), ("pdf", "pdf")):
            answer = in_edition(client, kind, "public")

            assert answer.status_code == 200
            assert sha256(answer.data) == digests(issued, "public")[f"{part}_sha256"]


def test_who_may_not_read_the_full_edition_gets_the_public_one(finished: Field) -> None:
    finished.issue()
    everybody = finished.everybody()

    asked = {role: in_edition(one, "json", "full").status_code for role, one in everybody.items()}
    unasked = {role: download(one, "json").get_json()["edition"] for role, one in everybody.items()}

    may = {*READERS, Role.COUNTY_OFFICIAL}
    assert asked == {role: 200 if role in may else 404 for role in Role}
    assert unasked == {role: "full" if role in may else "public" for role in Role}


def test_an_official_reads_of_another_county_the_public_edition_only(finished: Field) -> None:
    finished.issue()
    official = finished.as_role(Role.COUNTY_OFFICIAL, finished.campaign, county="530828")

    assert in_edition(official, "json", "public").get_json()["edition"] == "public"
    assert problem(in_edition(official, "json", "full")) == (404, "/problems/not-found")


def test_there_is_no_third_edition(finished: Field) -> None:
    finished.issue()

    answer = in_edition(finished.reviewer, "json", "secret")

    assert problem(answer) == (422, "/problems/invalid-request")


def test_the_public_edition_holds_no_nonce(finished: Field) -> None:
    finished.issue()

    full = in_edition(finished.reviewer, "json", "full").data
    public = in_edition(finished.reviewer, "json", "public").data

    nonce = json.loads(full)["nonce"]
    assert len(nonce) == 64
    assert nonce not in public.decode()
    assert nonce not in in_edition(finished.reviewer, "pdf", "public").data.decode("latin-1")


@pytest.mark.parametrize("change", ["UPDATE editions SET version = 2", "DELETE FROM editions"])
def test_an_edition_is_never_changed(finished: Field, session: Session, change: str) -> None:
    finished.issue()

    with pytest.raises(DBAPIError, match="editions is never changed"):
        session.execute(text(change))
    session.rollback()


def test_the_full_edition_tells_what_the_pages_need(finished: Field) -> None:
    finished.issue()

    full, public = documents(finished)

    assert {row["town_code"] for row in full["townships"]} == {
        row["town_code"] for row in public["townships"]
    }
    for row in full["townships"]:
        assert row["response"]["high"] == 1
        assert row["grade"] in ("A", "B", "C", "D")
        assert (row["revisits"], row["agreement"]) == (0, None)
    assert [one["item"] for one in full["files"]] == ["class", "persons"]
    assert full["files"][0]["agree"]["high"] == 1
    assert full["sources"][0]["code"] == "register_incidence"
    assert full["seals"]["plan_sealed_on"] <= full["campaign"]["field_from"]
    assert full["approval"]["rule"] == full["rulebook"]["settings"]["approval_rule"]
    assert (full["trend"], full["corrections"], full["confirmed"]) == ([], [], [])
    assert full["hearing"]["statements"] == []
    for one in full["indicators"]:
        for variant in one["variants"]:
            assert variant["chosen"] != variant["reading"]


def test_a_confirmed_case_is_listed_for_the_county_alone(visited: Field) -> None:
    visited.interview_everybody(**POOR)
    (case,) = visited.accept_everything()
    visited.rule(case, "confirmed")
    visited.issue()

    full, public = documents(visited)

    (listed,) = full["confirmed"]
    assert listed["unit_id"] == visited.sampled("E")[0][1].unit_id
    assert listed["village_code"] == listed["unit_id"][:12]
    assert (listed["kind"], listed["persons"]) == ("wrong_exit", 4)
    assert listed["blocks"] == ["income"]
    assert (listed["ruled_on"], listed["evidence_date"]) == ("2020-06-03", None)
    assert "confirmed" not in public
    for secret in (listed["unit_id"], listed["village_code"], listed["village_zh"]):
        assert secret not in json.dumps(public, ensure_ascii=False)
    assert public["cases"] == full["cases"]


def test_the_countys_own_words_stand_in_the_full_edition_alone(finished: Field) -> None:
    county = finished.as_role(Role.COUNTY_OFFICIAL, finished.campaign, county="420528")
    said = {county: "李家沟的老张家已另行核实", finished.reviewer: "已查，维持原结论"}
    for client, words in said.items():
        answer = client.post(
            f"/api/v1/campaigns/{finished.campaign.id}/hearings/420528/statements",
            json={"text": words},
        )
        assert answer.status_code in (200, 201), answer.get_json()
    finished.issue()

    full, public = documents(finished)

    assert [(one["voice"], one["text"]) for one in full["hearing"]["statements"]] == [
        ("county", "李家沟的老张家已另行核实"),
        ("agency", "已查，维持原结论"),
    ]
    assert public["hearing"]["statements"] == 2
    assert "老张" not in json.dumps(public, ensure_ascii=False)
    assert "statements" in public["disclosure"]["withheld"]


def test_a_correction_says_what_it_changed(finished: Field) -> None:
    first = finished.issue().get_json()
    finished.issue(release_date="2020-07-01", reason="other", note="改期")

    full, public = documents(finished, 2)

    (corrected,) = full["corrections"]
    assert (corrected["version"], corrected["release_date"]) == (1, "2020-06-30")
    assert corrected["changed"] == ["campaign", "sentences"]  # the day, and the date of reply
    assert corrected["digests"] == {
        one["edition"]: one["document_sha256"] for one in first["editions"]
    }
    assert (corrected["reason"], corrected["note"]) == ("other", "改期")
    assert public["corrections"] == [{**corrected, "note": None}]


def test_a_correction_says_why(finished: Field) -> None:
    first = finished.issue().get_json()

    silent = finished.issue(release_date="2020-07-01")
    unknown = finished.issue(release_date="2020-07-01", reason="mood")
    unchanged = finished.issue()

    assert problem(silent) == (422, "/problems/correction-unexplained")
    assert (silent.get_json()["number"], silent.get_json()["version"]) == (NUMBER, 1)
    assert problem(unknown) == (422, "/problems/invalid-request")
    assert unchanged.get_json() == first


def test_what_households_think_is_no_finer_in_the_file_than_on_the_page(visited: Field) -> None:
    visited.interview_everybody(sat_overall="no")
    visited.accept_everything()
    issued = visited.issue()
    assert issued.status_code == 201, issued.get_json()

    full, _ = documents(visited)

    (approval,) = (one for one in full["indicators"] if one["code"] == "satisfaction_rate")
    for value in (approval["estimate"]["value"], approval["estimate"]["se"]):
        assert value == round(value, 4)
    for question in full["satisfaction"]:
        for share in (*question["shares"].values(), *question["satisfied"].values()):
            assert share == round(share, 3)
