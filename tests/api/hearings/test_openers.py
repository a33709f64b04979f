"""Whoever opened a case has no hand in how it ends, not even as a data error."""

from typing import Any

from casework import act


def test_whoever_opened_a_case_neither_calls_it_a_data_error_nor_signs_that_it_is_one(
    case: str, people: dict[str, Any], campaign: Any
) -> None:
    wrong = {"outcome": "overturned", "reason": "收入录入多一个零"}

    proposed_by_opener = act(people["reviewer"], case, "ruling", **wrong)
    act(people["colleague"], case, "ruling", **wrong)
    signed_by_opener = act(people["reviewer"], case, "ruling/signature", agrees=True)
    ended = act(people["expert"], case, "ruling/signature", agrees=True)

    for refused in (proposed_by_opener, signed_by_opener):
        assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/own-case")
    assert ended.get_json()["state"] == "overturned"
    figures = people["commissioner"].get(
        f"/api/v1/campaigns/{campaign.id}/quality?county_adcode={campaign.adcode}"
    )
    assert (figures.get_json()["data_errors"], figures.get_json()["cases_silent"]) == (1, 0)
