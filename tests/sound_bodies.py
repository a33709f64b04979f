"""What sound clients send, operation by operation, for tests that spoil it."""

from typing import Any

from fieldwork import tasks
from phones import an_interview

from inspect_app.demo.phone import Phone
from inspect_app.rules.roles import Role

PROMISE = {
    "commitment": "ab" * 32,
    "public_value_source": "lottery",
    "public_value_at": "2030-01-01T00:00:00+00:00",
}
NOBODY = "6b1fd3a2-0000-5000-8000-0000000000ff"
POOR = {"wage_local": 0, "wage_away": 0, "crop_gross": 100, "livestock_gross": 0}


def bodies(campaign: Any, phone: Phone) -> dict[str, tuple[Role, str, dict[str, Any]]]:
    """A sound body for each operation that takes JSON, with who sends it and where."""
    task = tasks(phone)[0]
    sealed = an_interview(phone, task, **POOR)
    push = phone.envelope([sealed])
    here = f"/api/v1/campaigns/{campaign.id}"
    there = f"/api/v1/interviews/{task.interview_id}"
    verdict = "/api/v1/verdicts/420528-2019-01/1"
    county = {
        "adcode": "420528",
        "name_zh": "长阳",
        "name_en": "Changyang",
        "province_zh": "湖北",
        "province_en": "Hubei",
        "city_zh": "宜昌",
        "region_group": "central_2pct",
        "exit_year": 2019,
        "reference_date": "2019-12-31",
        "simulated_line": 4000,
    }
    names = {key: "x" for key in ("name_zh", "name_en", "agency_zh", "agency_en")}
    person = {"role": "reviewer", "county_adcode": "420528", "team": "A", "login": "someone"}
    return {
        "logIn": (Role.PLANNER, "/api/v1/logins", {"login": "x", "password": "x"}),
        "openSession": (Role.PLANNER, "/api/v1/sessions", {"login": "x", "password": "x"}),
        "changePassword": (
            Role.PLANNER,
            "/api/v1/accounts/me/password",
            {"old_password": "x", "new_password": "x" * 12},
        ),
        "usePasswordLink": (Role.PLANNER, "/api/v1/passwords", {"token": "x", "password": "x"}),
        "invite": (Role.COMMISSIONER, f"{here}/invitations", {**person, "name": "x"}),
        "acceptInvitationAsStranger": (
            Role.PLANNER,
            "/api/v1/invitations/accounts",
            {"token": "x", "password": "x" * 12},
        ),
        "acceptInvitation": (Role.PLANNER, "/api/v1/invitations/memberships", {"token": "x"}),
        "commissionCampaign": (
            Role.COMMISSIONER,
            "/api/v1/campaigns",
            {
                **names,
                "id": NOBODY,
                "wave": 1,
                "rulebook": "2017-national",
                "form_id": "household-interview",
                "form_version": "0.1.0",
                "simulated": True,
                "counties": [county],
            },
        ),
        "loadFrame": (Role.PLANNER, f"{here}/frames", {"name": "changyang"}),
        "acceptPlan": (Role.PLANNER, f"{here}/plans", {"name": "changyang"}),
        "commitSeed": (Role.COMMISSIONER, f"{here}/seeds", PROMISE),
        "openSeed": (
            Role.COMMISSIONER,
            f"{here}/seeds/opening",
            {"secret": "x" * 10, "public_value": "x"},
        ),
        "addEnumerator": (
            Role.PLANNER,
            f"{here}/enumerators",
            {
                "id": NOBODY,
                "name": "x",
                "team": "A",
                "province_code": "51",
                "home_adcode": "510104",
                "declared": ["510104"],
            },
        ),
        "assignVillage": (
            Role.PLANNER,
            f"{here}/assignments",
            {
                "county_adcode": "420528",
                "order": 2,
                "visit_date": "2020-06-03",
                "enumerators": list(campaign.a_pair()),
                "unreachable": "x",
            },
        ),
        "createEnrolmentCode": (
            Role.TEAM_LEADER,
            "/api/v1/devices/codes",
            {"campaign_id": campaign.id, "enumerator_id": NOBODY},
        ),
        "enrolDevice": (
            Role.PLANNER,
            "/api/v1/devices/enrol",
            {
                "code": "ABCD-" * 5 + "ABCDEF",
                "device_id": NOBODY,
                "public_key": phone.public_key,
                "app": "1",
            },
        ),
        "renewDeviceToken": (
            Role.PLANNER,
            "/api/v1/devices/token",
            {"device_id": phone.device_id, "nonce": "AAAA", "signature": "AAAA"},
        ),
        "pushOps": (Role.ENUMERATOR, "/api/v1/sync/push", push),
        "acceptInterview": (Role.REVIEWER, f"{there}/accept", {"rev": 3, "reason": "x"}),
        "returnInterview": (
            Role.REVIEWER,
            f"{there}/return",
            {"rev": 3, "reason": "x", "enumerators": list(campaign.a_pair()), "interpreter": "x"},
        ),
        "approveReplacement": (
            Role.TEAM_LEADER,
            f"{there}/replacement",
            {"reserve_unit_id": "x", "reason": "x"},
        ),
        "addEvidence": (
            Role.COUNTY_OFFICIAL,
            f"/api/v1/cases/{NOBODY}/evidence",
            {"text": "x", "document": {"name": "x", "sha256": "ab" * 32}},
        ),
        "advanceCase": (Role.REVIEWER, f"/api/v1/cases/{NOBODY}/recheck", {"reason": "x"}),
        "ruleOnCase": (
            Role.EXPERT,
            f"/api/v1/cases/{NOBODY}/ruling",
            {"outcome": "confirmed", "reason": "x"},
        ),
        "estimateCounty": (Role.REVIEWER, f"{here}/estimates", {"county_adcode": "420528"}),
        "issueVerdict": (
            Role.REVIEWER,
            f"{here}/verdicts",
            {"county_adcode": "420528", "release_date": "2020-06-30"},
        ),
        "correctCommission": (
            Role.COMMISSIONER,
            f"{here}/commission",
            {
                **names,
                "wave": 1,
                "rulebook": "2017-national",
                "form_id": "household-interview",
                "form_version": "0.1.0",
                "simulated": True,
                "counties": [county],
                "reason": "x",
            },
        ),
        "declareInterests": (
            Role.PLANNER,
            f"{here}/declarations",
            {
                "document_sha256": "ab" * 32,
                "signed_on": "2020-05-04",
                "ties": [{"county_adcode": "420528", "kind": "post", "until": "2018-05-04"}],
                "languages": ["zh"],
                "training_score": 90,
                "enumerator_id": NOBODY,
            },
        ),
        "proposeAssignments": (
            Role.PLANNER,
            f"{here}/assignments/proposal",
            {"county_adcode": "420528", "visit_date": "2020-06-03", "places": [1], "team": "A"},
        ),
        "assignVillages": (
            Role.PLANNER,
            f"{here}/assignments/batch",
            {
                "assignments": [
                    {
                        "county_adcode": "420528",
                        "order": 2,
                        "visit_date": "2020-06-03",
                        "enumerators": list(campaign.a_pair()),
                    }
                ]
            },
        ),
        "reassignVillage": (
            Role.PLANNER,
            f"{here}/assignments/{NOBODY}/reassign",
            {"enumerators": list(campaign.a_pair()), "reason": "x", "visit_date": "2020-06-03"},
        ),
        "approveExchange": (
            Role.COMMISSIONER,
            f"{here}/assignments/{NOBODY}/exchange",
            {"reason": "x", "document_sha256": "e" * 64},
        ),
        "acknowledgeAlarm": (Role.TEAM_LEADER, f"{here}/alarms/1/acknowledge", {"note": "x"}),
        "releaseQuarantined": (
            Role.TEAM_LEADER,
            f"{here}/quarantine/1/release",
            {"reason": "x", "as_device": phone.device_id},
        ),
        "dismissQuarantined": (
            Role.TEAM_LEADER,
            f"{here}/quarantine/1/dismiss",
            {"reason": "x"},
        ),
        "decideConflict": (Role.TEAM_LEADER, f"{there}/conflict", {"rev": 3, "reason": "x"}),
        "releaseRoster": (Role.TEAM_LEADER, f"{here}/rosters/{NOBODY}/release", {"reason": "x"}),
        "chooseRoster": (Role.TEAM_LEADER, f"{here}/rosters/{NOBODY}/stand", {"reason": "x"}),
        "refuseReplacement": (
            Role.TEAM_LEADER,
            f"{there}/replacement-refusal",
            {"reason": "x"},
        ),
        "voidBody": (
            Role.COMMISSIONER,
            f"{here}/ops/{sealed.op['op_id']}/void",
            {"reason": "x", "body_sha256": "ab" * 32},
        ),
        "printSheet": (
            Role.TEAM_LEADER,
            f"{here}/assignments/{NOBODY}/sheets",
            {"with_roster": False},
        ),
        "enterSheetEvent": (
            Role.TEAM_LEADER,
            f"{here}/assignments/{NOBODY}/sheets/1/events",
            {"what": "returned", "note": "x"},
        ),
        "issueNotice": (Role.REVIEWER, f"{here}/hearings/420528/notices", {"kind": "told"}),
        "publishVerdict": (Role.COMMISSIONER, f"{verdict}/notice", {"first_day": "2020-07-01"}),
        "recordObjection": (
            Role.COMMISSIONER,
            f"{verdict}/objections",
            {"text": "x", "received_on": "2020-07-02"},
        ),
        "answerObjection": (
            Role.COMMISSIONER,
            f"{verdict}/objections/1/answer",
            {"text": "x", "upheld": True},
        ),
        "withdrawVerdict": (Role.COMMISSIONER, f"{verdict}/withdrawal", {"reason": "x"}),
        "waiveLooseEnds": (
            Role.COMMISSIONER,
            f"{here}/verdicts/waivers",
            {"county_adcode": "420528", "reason": "x"},
        ),
        "openLead": (
            Role.REVIEWER,
            f"{here}/cases",
            {
                "village_code": task.village_code,
                "unit_id": f"{task.village_code}-n9999",
                "kind": "missed",
                "persons": 3,
                "blocks": ["income"],
                "reason": "x",
            },
        ),
        "signRuling": (
            Role.EXPERT,
            f"/api/v1/cases/{NOBODY}/ruling/signature",
            {"agrees": True, "reason": "x"},
        ),
        "reopenCase": (Role.COMMISSIONER, f"/api/v1/cases/{NOBODY}/reopening", {"reason": "x"}),
        "orderRecheck": (
            Role.REVIEWER,
            f"/api/v1/cases/{NOBODY}/visit",
            {"enumerators": list(campaign.a_pair())},
        ),
        "enterMeeting": (
            Role.REVIEWER,
            f"{here}/hearings/420528/meeting",
            {"held_on": "2020-06-20"},
        ),
        "correctMeeting": (
            Role.COMMISSIONER,
            f"{here}/hearings/420528/meeting/correction",
            {"held_on": "2020-06-04", "reason": "x"},
        ),
        "addStatement": (
            Role.COUNTY_OFFICIAL,
            f"{here}/hearings/420528/statements",
            {"text": "x"},
        ),
        "proposeRevisits": (
            Role.REVIEWER,
            f"{here}/revisits/proposal",
            {"county_adcode": "420528", "limit": 5},
        ),
        "orderRevisit": (
            Role.REVIEWER,
            f"{here}/revisits",
            {"enumerators": list(campaign.a_pair()), "first_interview_id": task.interview_id},
        ),
        "orderDevice": (
            Role.TEAM_LEADER,
            f"{here}/devices/{phone.device_id}/orders",
            {"state": "locked", "reason": "x", "despite_unsent": True},
        ),
        "takeStep": (
            Role.COMMISSIONER,
            f"{here}/steps",
            {"step": "fieldwork_ended", "note": "x"},
        ),
    }
