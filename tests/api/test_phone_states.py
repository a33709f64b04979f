"""Phones locked, drained, wiped or silent: what they get and send, and who sees it."""

from datetime import timedelta
from typing import Any

import pytest
from assigning import leader
from fieldwork import a_code, tasks
from flask import Flask
from phones import a_phone, a_roster, an_interview
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.models.accounts import Token
from inspect_app.models.devices import Device
from inspect_app.models.ledger import LedgerEntry
from inspect_app.rules.roles import Role


def test_what_a_push_brought_is_no_longer_unsent(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, session: Session, frozen_clock: Any
) -> None:
    boss = leader(as_role, campaign)
    enumerator = session.get_one(Device, phone.device_id).enumerator_id
    session.rollback()
    first, second, third = (an_interview(phone, task) for task in tasks(phone)[:3])
    envelope = phone.envelope([])  # before it has heard of any answer
    assert len(envelope["manifest"]["unsent"]) == 3

    for batch in ([first], [second], []):
        answer = app.test_client().post(
            "/api/v1/sync/push",
            json={**envelope, "ops": [one.op for one in batch]},
            headers={"Authorization": f"Bearer {phone.token}"},
        )
        assert answer.status_code == 200
        envelope["mono_ms"] += 1

    seen = held(boss, campaign, phone)
    assert (seen["unsent"], seen["answers_in"], seen["sealed"]) == (1, 2, 3)
    assert events(session) == []
    new = a_phone(app, seed="new", now=frozen_clock.moment)
    new.enrol(a_code(as_role, campaign, enumerator))
    session.rollback()
    told = select(LedgerEntry.status, LedgerEntry.op_id).where(LedgerEntry.type == "event")
    assert session.execute(told).all() == [("enrolled_with_unsent", third.op["op_id"])]


def test_a_push_of_before_a_restart_says_nothing_new(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, session: Session
) -> None:
    an_interview(phone, tasks(phone)[0])
    old = phone.envelope([])
    an_interview(phone, tasks(phone)[1])

    def push(envelope: dict[str, Any]) -> None:
        answer = app.test_client().post(
            "/api/v1/sync/push",
            json={**envelope, "ops": []},
            headers={"Authorization": f"Bearer {phone.token}"},
        )
        assert answer.status_code == 200

    push({**old, "mono_ms": old["mono_ms"] + 5})
    phone.boots += 1
    push(phone.envelope([]))

    push(old)

    assert held(leader(as_role, campaign), campaign, phone)["unsent"] == 2
    assert events(session) == []


def test_a_phone_whose_all_is_here_may_be_wiped(
    app: Flask, as_role: Any, campaign: Any, phone: Phone
) -> None:
    boss = leader(as_role, campaign)
    sealed = an_interview(phone, tasks(phone)[0])
    app.test_client().post(
        "/api/v1/sync/push",
        json={**phone.envelope([]), "ops": [sealed.op]},
        headers={"Authorization": f"Bearer {phone.token}"},
    )

    assert order(boss, campaign, phone, "wiped").status_code == 200


def order(client: Any, campaign: Any, phone: Phone, state: str, **more: Any) -> Any:
    body = {"state": state, "reason": "left in the bus", **more}
    return client.post(
        f"/api/v1/campaigns/{campaign.id}/devices/{phone.device_id}/orders", json=body
    )


def held(client: Any, campaign: Any, phone: Phone) -> dict[str, Any]:
    found = client.get(f"/api/v1/campaigns/{campaign.id}/devices").get_json()["devices"]
    return {one["device_id"]: one for one in found}[phone.device_id]


def events(session: Session) -> list[str]:
    query = select(LedgerEntry.status).where(LedgerEntry.type == "event")
    session.rollback()
    return list(session.scalars(query.order_by(LedgerEntry.seq)))


def test_a_locked_phone_gets_no_work_and_may_still_send(
    as_role: Any, campaign: Any, phone: Phone, session: Session
) -> None:
    boss = leader(as_role, campaign)
    first, *_ = tasks(phone)
    an_interview(phone, first)
    fresh = a_phone_again(phone)

    locked = order(boss, campaign, phone, "locked")
    again = order(boss, campaign, phone, "locked")
    heard = fresh.pull()
    (result,) = phone.push()
    acks = [item for item in phone.pull() if item["type"] == "ack"]

    assert (locked.status_code, again.status_code) == (200, 200)
    assert heard == [{"type": "command", "state": "locked"}]
    assert (fresh.state, fresh.tasks, fresh.to_visit(first.village_code)) == ("locked", {}, [])
    assert result["status"] == "accepted"
    assert [item["op_id"] for item in acks] == [phone.outbox[0].op["op_id"]]
    assert events(session) == ["device_locked"]


def test_an_unlocked_phone_hears_everything_from_where_it_stood(
    as_role: Any, campaign: Any, phone: Phone, session: Session
) -> None:
    boss = leader(as_role, campaign)
    order(boss, campaign, phone, "locked")
    fresh = a_phone_again(phone)
    fresh.pull()

    unlocked = order(boss, campaign, phone, "active")
    fresh.pull()

    assert unlocked.get_json()["state"] == "active"
    assert (fresh.state, fresh.tasks) == ("active", phone.tasks)
    assert events(session) == ["device_locked", "device_unlocked"]


def test_tokens_follow_the_state_at_once(
    as_role: Any, app: Flask, campaign: Any, phone: Phone, session: Session
) -> None:
    boss = leader(as_role, campaign)

    def scopes() -> set[str]:
        session.rollback()
        return set(session.scalars(select(Token.scope).where(Token.device_id == phone.device_id)))

    before = scopes()
    order(boss, campaign, phone, "locked")
    locked = scopes()
    order(boss, campaign, phone, "active")
    unlocked = scopes()
    enumerator = session.get_one(Device, phone.device_id).enumerator_id
    a_phone(app, seed="new", now=phone.now).enrol(a_code(as_role, campaign, enumerator))

    assert (before, locked, unlocked, scopes()) == ({"full"}, {"push"}, {"full"}, {"push"})


def test_a_wipe_spares_what_nobody_else_has_unless_asked_not_to(
    as_role: Any, campaign: Any, phone: Phone, session: Session
) -> None:
    boss = leader(as_role, campaign)
    an_interview(phone, tasks(phone)[0])
    phone.heartbeat()

    refused = order(boss, campaign, phone, "wiped")
    wiped = order(boss, campaign, phone, "wiped", despite_unsent=True)
    phone.pull()
    back = order(boss, campaign, phone, "active")
    seen = held(boss, campaign, phone)

    assert refused.status_code == 409
    assert refused.get_json()["type"] == "/problems/phone-holds-unsent"
    assert refused.get_json()["unsent"] == 1
    assert wiped.get_json()["state"] == "wiped"
    assert (phone.tasks, phone.outbox) == ({}, [])
    assert back.get_json()["type"] == "/problems/device-step"
    assert (seen["reached_state"], seen["alarms"]) == ("wiped", ["left_manifest"])
    assert events(session) == ["device_wiped", "left_manifest", "wipe_confirmed"]


def test_what_a_wiped_phone_still_sends_is_kept_aside(
    as_role: Any, campaign: Any, phone: Phone
) -> None:
    order(leader(as_role, campaign), campaign, phone, "wiped")
    an_interview(phone, tasks(phone)[0])

    assert [one["status"] for one in phone.push()] == ["superseded_device"]


def test_a_draining_phone_sends_what_it_has_and_says_so(
    as_role: Any, campaign: Any, phone: Phone
) -> None:
    boss = leader(as_role, campaign)
    an_interview(phone, tasks(phone)[0])
    order(boss, campaign, phone, "draining")

    phone.pull()

    seen = held(boss, campaign, phone)
    assert (seen["state"], seen["reached_state"], seen["unsent"]) == ("draining", "draining", 0)
    assert (seen["sealed"], seen["answers_in"]) == (1, 1)


def test_only_the_own_leader_orders(as_role: Any, campaign: Any, phone: Phone) -> None:
    foreign = order(leader(as_role, campaign, "B"), campaign, phone, "locked")
    planner = order(as_role(Role.PLANNER, campaign), campaign, phone, "locked")
    nobody = leader(as_role, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/devices/{'0' * 8}-0000-4000-8000-{'0' * 12}/orders",
        json={"state": "locked", "reason": "lost"},
    )

    assert (foreign.status_code, planner.status_code, nobody.status_code) == (404, 403, 404)


def test_a_wiped_phone_hands_its_villages_to_the_next_one(
    as_role: Any, app: Flask, campaign: Any, phone: Phone, session: Session
) -> None:
    order(leader(as_role, campaign), campaign, phone, "wiped")
    enumerator = session.get_one(Device, phone.device_id).enumerator_id

    new = a_phone(app, seed="new", now=phone.now)
    new.enrol(a_code(as_role, campaign, enumerator))
    new.pull()
    newest = a_phone(app, seed="newest", now=phone.now)
    newest.enrol(a_code(as_role, campaign, enumerator))
    newest.pull()

    session.rollback()
    assert new.tasks == newest.tasks == phone.tasks
    assert session.get_one(Device, phone.device_id).state == "wiped"
    an_interview(newest, tasks(newest)[0])
    assert [one["status"] for one in newest.push()] == ["accepted"]


def test_a_new_phone_is_told_what_the_old_one_drew(
    as_role: Any, app: Flask, campaign: Any, phone: Phone, session: Session
) -> None:
    village = tasks(phone)[0].village_code
    expected = phone.draws[village]["expected"]
    phone.seal_roster(village, a_roster(village, households=expected))
    phone.push()
    enumerator = session.get_one(Device, phone.device_id).enumerator_id

    new = a_phone(app, seed="new", now=phone.now)
    new.enrol(a_code(as_role, campaign, enumerator))
    new.pull()

    assert new.tasks == phone.tasks
    assert new.draws == {}
    an_interview(new, tasks(new, "N")[0])
    assert [one["status"] for one in new.push()] == ["accepted"]


def test_supervisors_see_silence_clocks_and_storage(
    as_role: Any, campaign: Any, phone: Phone, frozen_clock: Any
) -> None:
    boss = leader(as_role, campaign)
    phone.heartbeat()
    fine = held(boss, campaign, phone)
    phone.clock_error = timedelta(hours=-1)
    phone.pull()
    phone.push_once([])
    moved = held(boss, campaign, phone)
    frozen_clock.pass_by(hours=25)
    silent = held(boss, campaign, phone)

    assert (fine["remarks"], fine["offset_ms"], fine["clock_jumps"]) == ([], 0, 0)
    assert (moved["offset_ms"], moved["pull_offset_ms"]) == (3_600_000, 3_600_000)
    assert (moved["clock_jumps"], moved["last_jump_ms"]) == (1, 3_600_000)
    assert moved["remarks"] == ["clock_offset", "clock_jumped"]
    assert silent["remarks"][0] == "silent"


def test_an_alarm_waits_until_the_leader_has_seen_to_it(
    as_role: Any, campaign: Any, phone: Phone
) -> None:
    boss, other = leader(as_role, campaign), leader(as_role, campaign, "B")
    an_interview(phone, tasks(phone)[0])
    phone.heartbeat()
    phone.outbox.clear()
    phone.heartbeat()
    path = f"/api/v1/campaigns/{campaign.id}/alarms"

    (alarm,) = boss.get(path).get_json()["alarms"]
    foreign = other.post(f"{path}/{alarm['seq']}/acknowledge", json={"note": "mine"})
    done = boss.post(f"{path}/{alarm['seq']}/acknowledge", json={"note": "storage cleared"})
    boss.post(f"{path}/{alarm['seq']}/acknowledge", json={"note": "another note"})

    assert (alarm["name"], alarm["device_id"]) == ("left_manifest", phone.device_id)
    assert (foreign.status_code, other.get(path).get_json()["alarms"]) == (404, [])
    assert done.get_json()["note"] == "storage cleared"
    assert boss.get(path).get_json()["alarms"] == []
    (kept,) = boss.get(f"{path}?open=false").get_json()["alarms"]
    assert kept["note"] == "storage cleared"
    assert held(boss, campaign, phone)["alarms"] == []


def test_a_client_that_is_too_old_gets_no_work_and_may_send(
    app: Flask, campaign: Any, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspect_app.rules.ops.MIN_PROTOCOL", 2)
    an_interview(phone, tasks(phone)[0])
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {phone.token}"

    silent = client.get("/api/v1/sync/pull")
    old = client.get("/api/v1/sync/pull", headers={"X-Sync-Protocol": "1"})
    current = client.get("/api/v1/sync/pull", headers={"X-Sync-Protocol": "2"})
    odd = client.get("/api/v1/sync/pull", headers={"X-Sync-Protocol": "two"})
    (result,) = phone.push()

    assert [one.status_code for one in (silent, old, current, odd)] == [409, 409, 200, 422]
    assert old.get_json()["type"] == "/problems/protocol-too-old"
    assert old.get_json()["min_protocol"] == 2
    assert client.get("/api/v1/hello").get_json()["min_protocol"] == 2
    assert result["status"] == "accepted"


def a_phone_again(phone: Phone) -> Phone:
    """The same phone with nothing stored but its token: a reader of the feed from its start."""
    return Phone(
        phone.link,
        phone.seed,
        phone.now,
        simulates=False,
        campaign_id=phone.campaign_id,
        token=phone.token,
        token_until=phone.token_until,
        state="active",
    )
