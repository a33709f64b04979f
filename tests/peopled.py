"""A campaign in the field with one of everything, made outside of pytest: what fuzzing runs into.

A demonstration server, so that its time stands still with `X-Simulated-Time` and its secrets
follow from a seed. Limits a minute are raised openly: in a time that stands still, a minute
never ends.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from closing import an_archive
from fieldwork import tasks
from flask import Flask
from flask.testing import FlaskClient
from issued import a_verdict
from phones import AppWire, a_phone, a_roster, an_interview
from rehearsal import ADCODE, BOSS, CAMPAIGN, MORNING, PAIR, PLANNER, rehearse
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app import create_app
from inspect_app.demo.link import Faults, Link
from inspect_app.demo.phone import Phone
from inspect_app.extensions import db
from inspect_app.models.accounts import Account, MembershipRow, Token
from inspect_app.models.ledger import LedgerEntry, Quarantine
from inspect_app.models.samples import Assignment
from inspect_app.rules.roles import PEOPLE, Role
from inspect_app.services import passwords, tokens
from inspect_app.settings import Limits, Settings

SEED = "fuzz"
PASSWORD = "the long password of a fuzzer"
OFTEN = 10**6
CHEAP_KIB = 64
PICTURE = b"a picture of the house " * 40
POOR = {"wage_local": 0, "wage_away": 0, "crop_gross": 100, "livestock_gross": 0}
PDF = b"%PDF-1.7 a page of the exit file"
PLACES: dict[Role, dict[str, str]] = {
    Role.COUNTY_OFFICIAL: {"county_adcode": ADCODE},
    Role.TEAM_LEADER: {"team": "A"},
}
KEYS = {
    ("number", "quarantine"): "quarantine_number",
    ("version", "verdicts"): "verdict_version",
    ("version", "questionnaires"): "form_version",
    ("op_id", "rosters"): "roster_op_id",
    ("sha256", "verify"): "pdf_sha256",
    ("number", "notices"): "notice_number",
}
"""Names of parameters that stand for different things in different addresses."""

TIME = {"X-Simulated-Time": MORNING.isoformat()}


@dataclass(frozen=True)
class Peopled:
    """A data folder, who has which token, and the names of what there is.

    tokens : by role, and "phone"
    names : by name of a parameter in addresses
    """

    folder: Path
    url: str
    tokens: dict[str, str]
    names: dict[str, Any]
    phone: Phone


def named(names: dict[str, Any], path: str) -> dict[str, Any]:
    """The real names for the parameters in an address of the API document."""
    found: dict[str, Any] = {}
    for name in re.findall(r"\{(\w+)\}", path):
        key = next((key for (one, where), key in KEYS.items() if one == name and where in path), "")
        found[name] = "csv" if name == "form" else names[key or name]
    return found


def settings_for(folder: Path, url: str, **limits: Any) -> Settings:
    """Settings of a demonstration server that lets a fuzzer ask as often as it wants."""
    often = Limits(
        pushes_per_minute=OFTEN,
        chunks_per_minute=OFTEN,
        tokens_per_minute=OFTEN,
        guesses_per_minute=OFTEN,
        disk_free_share=0.0,
        **limits,
    )
    made = Settings.for_folder(folder, demo_seed=SEED, database_url=url)
    return replace(made, limits=often, password_memory_kib=CHEAP_KIB)


@contextmanager
def serving(settings: Settings) -> Iterator[Flask]:
    """The application, which lets go of its database afterwards."""
    app = create_app(settings)
    try:
        yield app
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@contextmanager
def looking(app: Flask) -> Iterator[Session]:
    """A session beside those of the requests."""
    with app.app_context():
        engine = db.engine
    with Session(engine, expire_on_commit=False) as session:
        yield session


def client(app: Flask, token: str) -> FlaskClient:
    """Somebody with a token, in the time that stands still."""
    made = app.test_client()
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    made.environ_base["HTTP_X_SIMULATED_TIME"] = MORNING.isoformat()
    return made


def wire(app: Flask, phone: Phone) -> Phone:
    """Connect a phone to an application without a network."""
    phone.link = Link(AppWire(app), Faults("none"), sleep=lambda _seconds: None)
    return phone


def people(folder: Path, url: str) -> Peopled:
    """Fill an empty database with a campaign in the field and one of everything in it."""
    phone = rehearse(folder, seed=SEED, url=url)
    with serving(settings_for(folder, url)) as app:
        with looking(app) as session:
            given = _give_roles(session)
        names = _play(app, given, phone)
        with looking(app) as session:
            names |= _store_rest(session, names)
        _sign_and_print(app, given, names)
        with looking(app) as session:
            given["phone"] = tokens.issue(
                session,
                device_id=phone.device_id,
                secret=b"the token of the phone, 32 bytes",
                expires_at=MORNING + timedelta(days=365),
            )
            session.commit()
    return Peopled(folder, url, given, names, phone)


def a_form(content: bytes = PDF) -> tuple[bytes, str]:
    """The form that uploads a document as evidence, and its media type."""
    digest = hashlib.sha256(content).hexdigest()
    fields = {"name": "脱贫确认表.pdf", "sha256": digest, "document_date": "2020-05-01"}
    return _form(content, "x.pdf", "application/pdf", **fields)


def _form(content: bytes, filename: str, kind: str, **fields: str) -> tuple[bytes, str]:
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'name="file"; filename="{filename}"\r\nContent-Type: {kind}'
    parts += [f"--b\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode(), content]
    return b"".join([*parts, b"\r\n--b--\r\n"]), "multipart/form-data; boundary=b"


def _give_roles(session: Session) -> dict[str, str]:
    """An account with a password, a role and a token for everyone."""
    given = {}
    known = {Role.COMMISSIONER: BOSS, Role.PLANNER: PLANNER}
    hashed = passwords.hash_password(PASSWORD, memory_kib=CHEAP_KIB)
    for role in PEOPLE:
        account_id = known.get(role, str(uuid5(NAMESPACE_URL, str(role))))
        account = session.get(Account, account_id)
        if account is None:
            account = Account(id=account_id, login=str(role), name=str(role), created_at=MORNING)
            session.add(account)
        account.login, account.password_hash = str(role), hashed
        session.flush()
        if session.get(MembershipRow, (account_id, CAMPAIGN)) is None:
            session.add(
                MembershipRow(
                    account_id=account_id, campaign_id=CAMPAIGN, role=role, **PLACES.get(role, {})
                )
            )
        given[str(role)] = tokens.issue(
            session,
            account_id=account_id,
            secret=f"{role} {'.' * 32}".encode(),
            expires_at=MORNING + timedelta(days=365),
            at=MORNING,
        )
    session.commit()
    return given


def _play(app: Flask, given: dict[str, str], phone: Phone) -> dict[str, Any]:
    """A roster, interviews, a file that is awaited, a phone replaced, a code and an invitation."""
    leader, boss = client(app, given["team_leader"]), client(app, given["commissioner"])
    wire(app, phone)
    phone.files.clear()
    first, second, third, fourth = tasks(phone)[:4]
    phone.seal_roster(first.village_code, a_roster(first.village_code))
    roster = phone.outbox[-1].op["op_id"]
    picture = phone.keep(PICTURE)
    seen = an_interview(phone, first, obs_photo=picture)
    phone.seal_contact(second.unit_id, visit_no=1, disposition="absent")
    poor = an_interview(phone, third, **POOR)
    broken = an_interview(phone, fourth, wage_local="many")  # kept as invalid
    phone.push_once(phone.unsent)
    base = f"/api/v1/campaigns/{CAMPAIGN}"
    wanted = {"campaign_id": CAMPAIGN, "enumerator_id": PAIR[1]}
    code = leader.post("/api/v1/devices/codes", json=wanted).get_json()
    other = wire(app, a_phone(app, seed="another", now=MORNING))
    other.simulates = True
    other.enrol(code["code"])
    spare = leader.post("/api/v1/devices/codes", json=wanted).get_json()
    invited = boss.post(
        f"{base}/invitations", json={"login": "zhang", "name": "张", "role": "reviewer"}
    ).get_json()
    reviewer, county = client(app, given["reviewer"]), client(app, given["county_official"])
    address = f"/api/v1/interviews/{poor.op['interview_id']}/accept"
    (case_id,) = reviewer.post(address, json={}).get_json()["cases"]
    told = reviewer.post(f"/api/v1/cases/{case_id}/recheck", json={})
    assert told.status_code == 200, told.get_json()
    body, kind = a_form()
    sent = county.post(f"/api/v1/cases/{case_id}/files", data=body, content_type=kind)
    assert sent.status_code == 200, sent.get_json()
    body, kind = _form(an_archive(other, []), "phone.xfz", "application/zip")
    carried = leader.post(f"{base}/sealed-files", data=body, content_type=kind)
    assert carried.status_code == 201, carried.get_json()
    notice = reviewer.post(f"{base}/hearings/{ADCODE}/notices", json={"kind": "told"}).get_json()
    return {
        "campaign_id": CAMPAIGN,
        "adcode": ADCODE,
        "case_id": case_id,
        "code_id": spare["code_id"],
        "device_id": other.device_id,
        "file_id": carried.get_json()["id"],
        "form_id": first.form_id,
        "form_version": first.version,
        "interview_id": seen.op["interview_id"],
        "invitation_id": invited["id"],
        "n": 1,
        "notice_number": notice["number"],
        "op_id": seen.op["op_id"],
        "roster_op_id": roster,
        "broken_op_id": broken.op["op_id"],
        "sha256": picture,
        "enumerator_id": PAIR[0],
        "pair": list(PAIR),
        "village_code": first.village_code,
    }


def _sign_and_print(app: Flask, given: dict[str, str], names: dict[str, Any]) -> None:
    """A verdict countersigned and signed, and a copy of an assignment sheet."""
    verdict = f"/api/v1/verdicts/{names['number']}/{names['verdict_version']}"
    signed = client(app, given["commissioner"]).post(f"{verdict}/countersignature")
    assert signed.status_code == 201, signed.get_json()
    sheets = f"/api/v1/campaigns/{CAMPAIGN}/assignments/{names['assignment_id']}/sheets"
    printed = client(app, given["planner"]).post(sheets, json={})
    assert printed.status_code == 201, printed.get_json()


def _store_rest(session: Session, names: dict[str, Any]) -> dict[str, Any]:
    """What takes weeks in the field: a verdict; and the numbers the database gave."""
    verdict = a_verdict(session, CAMPAIGN, interviews=b"unit_id,psu,weight,undetermined\nu,p,1,\n")
    full = verdict.editions[0]
    reviewer = session.scalars(select(Account.id).where(Account.login == "reviewer")).one()
    return {
        "digest": full.document_sha256,
        "pdf_sha256": full.pdf_sha256,
        "account_id": reviewer,
        "assignment_id": session.scalars(select(Assignment.id)).first(),
        "quarantine_number": session.scalars(
            select(Quarantine.id).where(Quarantine.op_id == names["broken_op_id"])
        ).one(),
        "seq": session.scalars(select(LedgerEntry.seq).where(LedgerEntry.type == "event")).first(),
        "session_id": session.scalars(select(Token.id).where(Token.account_id == reviewer)).first(),
        "number": verdict.number,
        "verdict_version": verdict.version,
    }
