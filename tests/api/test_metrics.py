"""Metrics: what is counted, who may see it, and that nobody can be recognised in it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fieldwork import sent_out, tasks
from flask import Flask
from flask.testing import FlaskClient
from phones import an_interview
from sqlalchemy import update
from sqlalchemy.orm import Session

from inspect_app import metrics
from inspect_app.models.devices import Device
from inspect_app.settings import Settings

TOKEN = "a token that only the operator has"


@pytest.fixture(autouse=True)
def fresh() -> None:
    """Nothing is kept from the database of another test."""
    metrics.kept.forget()


def measures(client: FlaskClient, **headers: str) -> dict[str, float]:
    """Every measure by its name and labels."""
    answer = client.get("/metrics", headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    rows = [line for line in answer.get_data(as_text=True).splitlines() if line[0] != "#"]
    return {name: float(value) for name, _, value in (row.rpartition(" ") for row in rows)}


def test_requests_are_counted_by_route_and_status(client: FlaskClient) -> None:
    alive = 'exit_inspection_requests_total{method="GET",route="/livez",status="200"}'
    lost = 'exit_inspection_requests_total{method="GET",route="unmatched",status="404"}'
    took = 'exit_inspection_request_seconds_count{route="/livez"}'
    before = measures(client)

    client.get("/livez?name=Zhang")
    client.get("/households/420528")

    after = measures(client)
    for name in (alive, lost, took):
        assert after[name] == before.get(name, 0) + 1
    assert not [name for name in after if "Zhang" in name or "420528" in name]


def test_a_made_up_method_makes_no_new_measure(client: FlaskClient) -> None:
    client.open("/livez", method="INVENTED")

    assert not [name for name in measures(client) if "INVENTED" in name]


def test_ops_are_counted_by_what_became_of_them(
    client: FlaskClient, app: Flask, as_role: Any, a_campaign: Any, frozen_clock: Any
) -> None:
    phone = sent_out(app, as_role, a_campaign(), now=frozen_clock.moment)
    accepted = 'exit_inspection_ops_total{status="accepted"}'
    before = measures(client).get(accepted, 0)

    an_interview(phone, tasks(phone)[0])
    phone.push()

    assert measures(client)[accepted] == before + 1


def test_writers_tell_how_long_they_waited_and_wrote(client: FlaskClient, a_campaign: Any) -> None:
    counts = ("exit_inspection_write_wait_seconds_count", "exit_inspection_write_seconds_count")
    before = measures(client)

    a_campaign("commissioned")

    after = measures(client)
    assert [after[name] > before[name] for name in counts] == [True, True]
    assert after["exit_inspection_writers_waiting"] == 0


def test_the_database_is_asked_about_the_field(
    client: FlaskClient,
    app: Flask,
    session: Session,
    as_role: Any,
    a_campaign: Any,
    frozen_clock: Any,
) -> None:
    campaign = a_campaign()
    phone = sent_out(app, as_role, campaign, now=frozen_clock.moment)
    an_interview(phone, tasks(phone)[0])
    phone.push()
    sealed = {"op_id": "x", "captured_at": (frozen_clock.moment - timedelta(hours=5)).isoformat()}
    never = {"op_id": "y", "captured_at": "1970-01-01T00:00:00+08:00"}
    session.execute(
        update(Device)
        .where(Device.id == phone.device_id)
        .values(unsent=[sealed, never], offset_ms=3_600_000)
    )
    session.commit()

    found = measures(client)

    assert found["exit_inspection_database_up"] == 1
    assert found['exit_inspection_devices{state="active"}'] == 1
    assert found["exit_inspection_unsent"] == 2
    assert found["exit_inspection_unsent_oldest_hours"] == 4
    assert found["exit_inspection_quarantine_open"] == 0
    assert found[f'exit_inspection_ledger_lines{{campaign="{campaign.id}"}}'] >= 1
    assert 0 < found["exit_inspection_disk_free_share"] <= 1
    assert any(name.startswith("exit_inspection_memory_bytes") for name in found)


def test_the_database_is_asked_once_in_a_while(
    client: FlaskClient, session: Session, a_campaign: Any
) -> None:
    first = measures(client)
    a_campaign("commissioned")

    again = measures(client)
    metrics.kept.forget()
    later = measures(client)

    def campaigns(found: dict[str, float]) -> int:
        return len([name for name in found if name.startswith("exit_inspection_ledger_lines")])

    assert (campaigns(first), campaigns(again), campaigns(later)) == (0, 0, 1)


def test_without_a_database_the_rest_is_told(
    settings: Settings, tmp_path: Any, a_server: Any
) -> None:
    away = f"postgresql+psycopg://nobody@/none?host={tmp_path}&connect_timeout=1"
    client = a_server(replace(settings, database_url=away))

    found = measures(client)

    assert found["exit_inspection_database_up"] == 0
    assert "exit_inspection_unsent" not in found
    assert "exit_inspection_disk_free_bytes" in found


# --- who may look --------------------------------------------------------------------------------


def test_only_this_machine_may_look_when_there_is_no_token(client: FlaskClient) -> None:
    elsewhere = client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    by_socket = client.get("/metrics", environ_base={"REMOTE_ADDR": ""})

    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200
    for answer in (elsewhere, by_socket):
        assert (answer.status_code, answer.get_json()["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize("header", metrics.FORWARDED)
@pytest.mark.parametrize("proxies", [0, 1])
def test_a_proxy_on_this_machine_makes_nothing_public(
    settings: Settings, header: str, proxies: int, a_server: Any
) -> None:
    client = a_server(replace(settings, proxies=proxies))

    assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404


def test_the_token_of_the_operator_opens_from_anywhere(settings: Settings, a_server: Any) -> None:
    client = a_server(replace(settings, metrics_token=TOKEN))
    far = {"REMOTE_ADDR": "192.0.2.7"}

    shown = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, environ_base=far)

    assert shown.status_code == 200
    assert client.get("/metrics").status_code == 401
    wrong = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}x"})
    assert (wrong.status_code, wrong.headers["WWW-Authenticate"]) == (401, "Bearer")
