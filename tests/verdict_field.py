"""The smallest campaign that comes to a verdict: two villages, two pairs, one day."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from fieldwork import a_code, tasks
from flask import Flask
from flask.testing import FlaskClient
from phones import a_phone, a_roster, an_interview

from inspect_app.demo.phone import Phone, Task
from inspect_app.rules.roles import Role

CRITERIA = ["wrong_exit_rate", "missed_rate", "poverty_incidence", "satisfaction_rate"]
RELEASE = {"county_adcode": "420528", "release_date": "2020-06-30"}
NUMBER = "420528-2019-01"
POOR = {"wage_local": 0, "wage_away": 0, "crop_gross": 100, "livestock_gross": 0}
READERS = (Role.COMMISSIONER, Role.PLANNER, Role.REVIEWER, Role.EXPERT)


@dataclass
class Field:
    """A campaign in the field, and the reviewer who decides on what comes in."""

    app: Flask
    as_role: Any
    campaign: Any
    clock: Any
    phones: list[Phone] = field(default_factory=list)

    @property
    def reviewer(self) -> FlaskClient:
        client: FlaskClient = self.as_role(Role.REVIEWER, self.campaign)
        return client

    def everybody(self) -> dict[Role, FlaskClient]:
        """One person of each role; the official is of this county."""
        return {role: self.as_role(role, self.campaign, county="420528", team="A") for role in Role}

    def visit(self, order: int) -> Phone:
        """Send a pair of its own to a village and let it list the households."""
        pair = self.campaign.a_pair(f"Li{order}", f"Wang{order}")
        phone = a_phone(self.app, seed=f"phone{order}", now=self.clock.moment)
        phone.enrol(a_code(self.as_role, self.campaign, pair[0]))
        self.campaign.assign(order, pair=pair)
        phone.pull()
        (village,) = phone.draws
        phone.seal_roster(village, a_roster(village))
        phone.push()
        self.phones.append(phone)
        return phone

    def sampled(self, household_class: str) -> list[tuple[Phone, Task]]:
        """The sample of a class, village by village, without the reserve."""
        return [
            (phone, task)
            for phone in self.phones
            for task in tasks(phone, household_class)
            if not task.is_reserve
        ]

    def interview(self, phone: Phone, task: Task, **changes: Any) -> None:
        """Ask a sound household that differs a little from every other one."""
        line = {"crop_gross": 9000 + int(hashlib.sha256(task.unit_id.encode()).hexdigest()[:3], 16)}
        an_interview(phone, task, **{**line, **changes})

    def interview_everybody(self, **of_first_exited: Any) -> None:
        """Ask the whole sample; the first exited household may tell something else."""
        first = self.sampled("E")[0][1]
        for household_class in ("E", "N", "P"):
            for phone, task in self.sampled(household_class):
                self.interview(phone, task, **(of_first_exited if task is first else {}))
        for phone in self.phones:
            phone.push()

    def accept_everything(self) -> list[str]:
        """Accept what has arrived; ids of the cases that were opened."""
        listed = self.reviewer.get(
            f"/api/v1/campaigns/{self.campaign.id}/interviews?state=received&limit=500"
        ).get_json()["interviews"]
        cases: list[str] = []
        for one in listed:
            answer = self.reviewer.post(
                f"/api/v1/interviews/{one['interview_id']}/accept",
                json={"reason": "已核对", "class_found": one["class_found"]},
            )
            assert answer.status_code == 200, answer.get_json()
            cases += answer.get_json()["cases"]
        return cases

    def rule(self, case: str, outcome: str) -> None:
        """Let a case pass through all its steps."""
        county = self.as_role(
            Role.COUNTY_OFFICIAL, self.campaign, county=self.campaign.adcode, login="county"
        )
        expert = self.as_role(Role.EXPERT, self.campaign, login="expert")
        second = self.as_role(Role.EXPERT, self.campaign, login="second expert")
        address = f"/api/v1/cases/{case}"
        for client, step, body in (
            (self.reviewer, "recheck", {}),
            (county, "evidence", {"text": "见附件", "complete": True}),
            (self.reviewer, "recheck", {}),
            (expert, "ruling", {"outcome": outcome, "reason": "有据"}),
            (second, "ruling/signature", {"agrees": True}),
        ):
            answer = client.post(f"{address}/{step}", json=body)
            assert answer.status_code == 200, answer.get_json()

    def issue(self, by: Any = None, **changes: Any) -> Any:
        return (by or self.reviewer).post(
            f"/api/v1/campaigns/{self.campaign.id}/verdicts", json={**RELEASE, **changes}
        )

    def estimate(self, by: Any = None, **changes: Any) -> Any:
        return (by or self.reviewer).post(
            f"/api/v1/campaigns/{self.campaign.id}/estimates",
            json={"county_adcode": self.campaign.adcode, **changes},
        )


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["type"]


def download(
    client: Any, kind: str, *, version: int = 1, number: str = NUMBER, known: str | None = None
) -> Any:
    """Fetch a file; `known` is the digest of what the caller has already."""
    headers = {"If-None-Match": f'"{known}"'} if known else {}
    return client.get(f"/api/v1/verdicts/{number}/{version}/{kind}", headers=headers)


def digests(issued: dict[str, Any], edition: str = "full") -> dict[str, str]:
    """Digests of one edition in the answer that names them all, and of the interviews."""
    (found,) = (one for one in issued["editions"] if one["edition"] == edition)
    return {**found, "interviews_sha256": issued["interviews_sha256"]}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def documents(field: Field, version: int = 1) -> tuple[dict[str, Any], dict[str, Any]]:
    """Full and public edition of a version."""
    address = f"/api/v1/verdicts/{NUMBER}/{version}/json?edition="
    full, public = (field.reviewer.get(f"{address}{one}").get_json() for one in ("full", "public"))
    return full, public
