"""Estimates: what they come from, and who may see them."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from verdict_field import CRITERIA, READERS, Field, problem

from inspect_app.models.verdicts import Verdict
from inspect_app.rules.roles import Role


def test_estimates_come_from_what_is_accepted_and_store_nothing(
    visited: Field, session: Session
) -> None:
    nothing = visited.estimate()
    visited.interview_everybody()
    received = visited.estimate()
    visited.accept_everything()

    answer = visited.estimate()

    assert problem(nothing) == problem(received) == (409, "/problems/fieldwork-unfinished")
    body = answer.get_json()
    assert (answer.status_code, body["county_adcode"]) == (200, "420528")
    assert [one["code"] for one in body["indicators"]] == [*CRITERIA, "recurrence_rate"]
    wrong, missed, _, approval, recurrence = body["indicators"]
    assert wrong["sample_ratio"] == {"numerator": 0, "denominator": 16, "unit": "persons"}
    assert missed["sample_ratio"]["denominator"] == 16
    assert approval["sample_ratio"] == {"numerator": 10, "denominator": 10, "unit": "households"}
    assert (wrong["finding"], recurrence["finding"]) == ("met_open", None)
    assert session.scalar(select(func.count()).select_from(Verdict)) == 0


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/county_adcode"),
        ({"county_adcode": "42052"}, "#/county_adcode"),
        ({"county_adcode": "420528", "colour": "red"}, "#/colour"),
    ],
)
def test_a_request_for_estimates_is_held_to_its_schema(
    drawn: Field, body: dict[str, Any], pointer: str
) -> None:
    answer = drawn.reviewer.post(f"/api/v1/campaigns/{drawn.campaign.id}/estimates", json=body)

    assert problem(answer) == (422, "/problems/invalid-request")
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [pointer]


def test_a_county_that_is_not_inspected_has_no_estimates(finished: Field) -> None:
    assert problem(finished.estimate(county_adcode="530828")) == (404, "/problems/not-found")


def test_who_may_see_estimates(finished: Field) -> None:
    seen = {
        role: finished.estimate(by=client).status_code
        for role, client in finished.everybody().items()
    }

    assert seen == {role: 200 if role in READERS else 403 for role in Role}
