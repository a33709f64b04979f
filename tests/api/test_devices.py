"""Phones: hello, one-time codes, device tokens, and the phone that takes over."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from assigning import leader
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fieldwork import a_code
from flask import Flask
from phones import a_phone, an_interview
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone, PhoneRefused
from inspect_app.models.devices import Device, EnrolmentCode
from inspect_app.models.ledger import LedgerEntry, Quarantine
from inspect_app.rules.roles import Role
from inspect_app.services.devices import der_signature, signed_by
from inspect_app.services.receipts import decode


@pytest.fixture
def campaign(a_campaign: Any) -> Any:
    return a_campaign("commissioned")


@pytest.fixture
def code(as_role: Any, campaign: Any) -> str:
    return a_code(as_role, campaign, campaign.an_enumerator("Li"))


@pytest.fixture
def phone(app: Flask, frozen_clock: Any) -> Phone:
    return a_phone(app, now=frozen_clock.moment)


def enrol_body(phone: Phone, code: str, **changes: Any) -> dict[str, Any]:
    return {
        "code": code,
        "device_id": phone.device_id,
        "public_key": phone.public_key,
        "app": "test/1",
        **changes,
    }


def test_hello_is_the_marker_and_is_never_cached(client: Any) -> None:
    answer = client.get("/api/v1/hello")

    said = answer.get_json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert (said["service"], said["protocol"]) == ("exit-inspection-sync", 1)
    assert said["server_time"] == "2020-06-03T01:00:00.000Z"
    assert client.get("/api/v1/hello").get_json()["nonce"] != said["nonce"]


def test_a_code_lets_one_phone_in(phone: Phone, code: str, session: Session) -> None:
    phone.enrol(code)

    device = session.get_one(Device, phone.device_id)
    assert (device.state, device.campaign_id) == ("active", phone.campaign_id)
    assert phone.pull() == []
    (stored,) = session.scalars(select(EnrolmentCode))
    assert code.encode() not in stored.code_hash


def test_a_lost_answer_of_enrolment_is_given_again_for_ten_minutes(
    client: Any, phone: Phone, code: str, frozen_clock: Any
) -> None:
    body = enrol_body(phone, code)
    first = client.post("/api/v1/devices/enrol", json=body)
    frozen_clock.pass_by(minutes=10)
    again = client.post("/api/v1/devices/enrol", json={**body, "code": code.lower()})
    frozen_clock.pass_by(seconds=1)
    too_late = client.post("/api/v1/devices/enrol", json=body)

    assert (first.status_code, again.status_code, too_late.status_code) == (201, 200, 409)
    assert again.get_json()["receipt_keys"] == first.get_json()["receipt_keys"]
    assert too_late.get_json()["type"] == "/problems/enrolment-code-used"


def test_no_other_phone_and_no_other_key_gets_in_by_the_same_code(
    client: Any, app: Flask, phone: Phone, code: str
) -> None:
    client.post("/api/v1/devices/enrol", json=enrol_body(phone, code))
    other = a_phone(app, seed="other", now=phone.now)

    stranger = client.post("/api/v1/devices/enrol", json=enrol_body(other, code))
    other_key = client.post(
        "/api/v1/devices/enrol", json=enrol_body(phone, code, public_key=other.public_key)
    )

    assert [a.status_code for a in (stranger, other_key)] == [409, 409]
    assert other_key.get_json()["type"] == "/problems/enrolment-code-used"


def test_codes_expire_and_unknown_ones_are_unknown(
    client: Any, phone: Phone, code: str, frozen_clock: Any
) -> None:
    frozen_clock.pass_by(hours=72)

    expired = client.post("/api/v1/devices/enrol", json=enrol_body(phone, code))
    unknown = client.post("/api/v1/devices/enrol", json=enrol_body(phone, "A" * 26))

    assert expired.get_json()["type"] == "/problems/enrolment-code-expired"
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43},
        {"kty": "EC", "crv": "P-384", "x": "A" * 43, "y": "A" * 43},
        {"kty": "RSA", "n": "AQAB"},
    ],
)
def test_a_key_that_is_no_point_on_the_curve_is_refused(
    client: Any, phone: Phone, code: str, key: dict[str, str], session: Session
) -> None:
    answer = client.post("/api/v1/devices/enrol", json=enrol_body(phone, code, public_key=key))

    assert answer.status_code == 422
    assert session.scalar(select(Device.id)) is None


def test_only_the_own_team_leader_gives_codes(as_role: Any, campaign: Any) -> None:
    body = {"campaign_id": campaign.id, "enumerator_id": campaign.an_enumerator("Li")}

    def status(role: Role, **where: Any) -> int:
        client = as_role(role, campaign, login=f"{role}{where}", **where)
        return int(client.post("/api/v1/devices/codes", json=body).status_code)

    assert status(Role.TEAM_LEADER, team="A") == 201
    assert status(Role.TEAM_LEADER, team="B") == 404
    assert status(Role.PLANNER) == 403
    assert status(Role.REVIEWER) == 403


def test_a_signed_nonce_buys_a_token_once(client: Any, phone: Phone, code: str) -> None:
    phone.enrol(code)
    nonce = client.get("/api/v1/hello").get_json()["nonce"]
    body = {"device_id": phone.device_id, "nonce": nonce, "signature": phone.sign(nonce)}

    first = client.post("/api/v1/devices/token", json=body)
    again = client.post("/api/v1/devices/token", json=body)
    signed = {"signature": phone.sign(nonce + "==")}
    spelled = client.post("/api/v1/devices/token", json=body | {"nonce": nonce + "=="} | signed)

    assert (first.status_code, again.status_code, spelled.status_code) == (200, 401, 401)
    assert first.get_json()["scope"] == "full"


@pytest.mark.parametrize("fault", ["old", "foreign", "unsigned", "other key"])
def test_a_nonce_must_be_fresh_ours_and_signed(
    client: Any, app: Flask, phone: Phone, code: str, frozen_clock: Any, fault: str
) -> None:
    phone.enrol(code)
    nonce = client.get("/api/v1/hello").get_json()["nonce"]
    signature = phone.sign(nonce)
    match fault:
        case "old":
            frozen_clock.pass_by(seconds=301)
        case "foreign":
            nonce = "A" * len(nonce)
            signature = phone.sign(nonce)
        case "unsigned":
            signature = "A" * 86
        case "other key":
            signature = a_phone(app, seed="other", now=phone.now).sign(nonce)

    answer = client.post(
        "/api/v1/devices/token",
        json={"device_id": phone.device_id, "nonce": nonce, "signature": signature},
    )

    assert answer.status_code == 401


def test_a_phone_whose_token_has_expired_renews_it_by_itself(
    phone: Phone, code: str, frozen_clock: Any
) -> None:
    phone.enrol(code)
    frozen_clock.pass_by(hours=25)
    phone.now = frozen_clock.moment

    phone.heartbeat()

    assert phone.token_until == frozen_clock.moment + timedelta(hours=24)


def test_browser_signatures_become_der(phone: Phone) -> None:
    # RFC 6979, appendix A.2.5, P-256 with SHA-256, message "sample".
    r = "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
    s = "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
    x = "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
    y = "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
    numbers = ec.EllipticCurvePublicNumbers(int(x, 16), int(y, 16), ec.SECP256R1())

    der = der_signature(bytes.fromhex(r + s))

    numbers.public_key().verify(der, b"sample", ec.ECDSA(hashes.SHA256()))
    assert der[:4] == bytes.fromhex("30460221")
    assert signed_by(phone.public_key, b"text", phone.sign("text"))
    assert len(decode(phone.sign("text"))) == 64


def test_a_new_phone_takes_over_and_what_the_old_one_sends_is_kept_aside(
    as_role: Any, app: Flask, a_campaign: Any, session: Session, frozen_clock: Any
) -> None:
    campaign = a_campaign()
    li, wang = campaign.an_enumerator("Li"), campaign.an_enumerator("Wang")
    old = a_phone(app, seed="old", now=frozen_clock.moment)
    old.enrol(a_code(as_role, campaign, li))
    campaign.a_phone(wang)
    campaign.assign(pair=(li, wang))
    old.pull()
    task = next(iter(old.tasks.values()))
    sealed = an_interview(old, task)
    old.push_once([])  # the manifest tells of the sealed interview

    new = a_phone(app, seed="new", now=frozen_clock.moment)
    new.enrol(a_code(as_role, campaign, li))
    new.pull()
    (result,) = old.push()
    old.renew_token()

    assert set(new.tasks) == set(old.tasks)
    assert session.get_one(Device, old.device_id).state == "superseded"
    assert result["status"] == "superseded_device"
    kept = session.scalars(select(Quarantine)).one()
    assert (kept.op_id, kept.body) == (sealed.op["op_id"], None)
    alarms = session.scalars(select(LedgerEntry.status).where(LedgerEntry.type == "event")).all()
    assert alarms == ["enrolled_with_unsent"]
    heard = old.pull()
    assert [item["type"] for item in heard if item["type"] not in ("revoke", "ack")] == ["command"]
    assert old.tasks == {}
    assert old.state == "superseded"
    an_interview(new, new.tasks[task.unit_id])
    assert [one["status"] for one in new.push()] == ["accepted"]


def test_supervisors_see_what_phones_still_hold(
    as_role: Any, app: Flask, a_campaign: Any, frozen_clock: Any
) -> None:
    campaign = a_campaign()
    li, wang = campaign.an_enumerator("Li"), campaign.an_enumerator("Wang", team="A")
    phone = a_phone(app, now=frozen_clock.moment)
    phone.enrol(a_code(as_role, campaign, li))
    campaign.a_phone(wang)
    campaign.assign(pair=(li, wang))
    phone.pull()
    an_interview(phone, next(iter(phone.tasks.values())))
    phone.heartbeat()

    seen = as_role(Role.TEAM_LEADER, campaign, team="A").get(
        f"/api/v1/campaigns/{campaign.id}/devices"
    )
    foreign = as_role(Role.TEAM_LEADER, campaign, team="B", login="b").get(
        f"/api/v1/campaigns/{campaign.id}/devices"
    )

    held = {one["device_id"]: one for one in seen.get_json()["devices"]}[phone.device_id]
    assert (held["unsent"], held["free_mb"], held["state"]) == (1, 1024, "active")
    assert foreign.get_json()["devices"] == []


def test_a_code_can_be_taken_back_until_a_phone_used_it(
    client: Any, as_role: Any, campaign: Any, app: Flask, phone: Phone, code: str
) -> None:
    boss = leader(as_role, campaign)
    path = f"/api/v1/campaigns/{campaign.id}/codes"
    (listed,) = boss.get(path).get_json()["codes"]

    taken = boss.post(f"{path}/{listed['code_id']}/revoke")
    again = boss.post(f"{path}/{listed['code_id']}/revoke")
    refused = client.post("/api/v1/devices/enrol", json=enrol_body(phone, code))
    phone.enrol(a_code(as_role, campaign, listed["enumerator_id"]))
    used = next(one for one in boss.get(path).get_json()["codes"] if one["state"] == "used")
    too_late = boss.post(f"{path}/{used['code_id']}/revoke")

    assert listed["state"] == "open"
    assert (taken.status_code, again.get_json()["state"]) == (200, "revoked")
    assert refused.get_json()["type"] == "/problems/enrolment-code-revoked"
    assert used["device_id"] == phone.device_id
    assert too_late.get_json()["type"] == "/problems/enrolment-code-used"
    assert leader(as_role, campaign, "B").get(path).get_json()["codes"] == []


def test_of_two_phones_with_one_code_one_gets_in(
    app: Flask, campaign: Any, code: str, frozen_clock: Any, session: Session
) -> None:
    bodies = [
        enrol_body(a_phone(app, seed=f"racer {n}", now=frozen_clock.moment), code) for n in range(4)
    ]
    start = Barrier(len(bodies))

    def race(body: dict[str, Any]) -> int:
        start.wait()
        return app.test_client().post("/api/v1/devices/enrol", json=body).status_code

    with ThreadPoolExecutor(len(bodies)) as pool:
        answers = sorted(pool.map(race, bodies))

    assert answers == [201, 409, 409, 409]
    assert len(session.scalars(select(Device)).all()) == 1


def test_one_phone_that_enrols_twice_at_once_gets_in_once(
    app: Flask, campaign: Any, phone: Phone, code: str, session: Session
) -> None:
    start = Barrier(4)

    def race(_n: int) -> int:
        start.wait()
        client = app.test_client()
        return client.post("/api/v1/devices/enrol", json=enrol_body(phone, code)).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(race, range(4)))

    assert answers == [200, 200, 200, 201]
    assert len(session.scalars(select(Device)).all()) == 1


def test_a_replaced_phone_comes_back_as_a_new_one(
    client: Any, as_role: Any, app: Flask, campaign: Any, session: Session, phone: Phone
) -> None:
    li = campaign.an_enumerator("Li")
    phone.enrol(a_code(as_role, campaign, li))
    second = a_phone(app, seed="second", now=phone.now)
    second.enrol(a_code(as_role, campaign, li))

    taken = client.post(
        "/api/v1/devices/enrol", json=enrol_body(phone, a_code(as_role, campaign, li))
    )
    third = a_phone(app, seed="third", now=phone.now)
    third.enrol(a_code(as_role, campaign, li))

    states = {row.id: row.state for row in session.execute(select(Device.id, Device.state))}
    assert taken.get_json()["type"] == "/problems/device-taken"
    assert states == {
        phone.device_id: "superseded",
        second.device_id: "superseded",
        third.device_id: "active",
    }


def test_phones_are_listed_page_by_page(as_role: Any, campaign: Any) -> None:
    phones = sorted(campaign.a_phone(campaign.an_enumerator(name)) for name in "abcde")
    boss = leader(as_role, campaign)
    path = f"/api/v1/campaigns/{campaign.id}/devices?limit=2"

    seen, after = [], ""
    while after is not None:
        page = boss.get(f"{path}&after={after}" if after else path).get_json()
        seen += [one["device_id"] for one in page["devices"]]
        after = page["next"]

    assert seen == phones


def test_strangers_get_no_page_of_a_feed(client: Any, phone: Phone) -> None:
    assert client.get("/api/v1/sync/pull").status_code == 401
    with pytest.raises(PhoneRefused):
        phone.pull()
