"""The feed of a phone: pages and cursors."""

import base64
from dataclasses import replace
from typing import Any

import pytest
from fieldwork import tasks
from flask import Flask
from phones import a_phone, an_interview
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.services import feed
from inspect_app.settings import Settings


def test_a_feed_page_may_be_asked_for_again(phone: Phone) -> None:
    an_interview(phone, tasks(phone)[0])
    phone.push()
    before = phone.cursor

    first = phone.pull()
    phone.cursor = before
    again = phone.pull()

    assert (
        first == again == [{"type": "ack", "op_id": phone.outbox[0].op["op_id"], "complete": True}]
    )


def test_a_long_feed_comes_in_pages(
    phone: Phone, app: Flask, settings: Settings, frozen_clock: Any
) -> None:
    everything = set(phone.tasks)
    app.config["SETTINGS"] = replace(settings, limits=replace(settings.limits, pull_page=2))
    again = a_phone(app, now=frozen_clock.moment)
    again.token, again.token_until = phone.token, phone.token_until

    heard = again.pull()

    assert set(again.tasks) == everything
    assert len(heard) == len(everything) + 1


def test_after_a_restore_a_cursor_of_before_begins_anew(phone: Phone, session: Session) -> None:
    an_interview(phone, tasks(phone)[0])
    phone.push()
    phone.pull()
    old, phone.cursor = phone.cursor, None
    heard = phone.pull()
    phone.cursor = old
    assert phone.pull() == []

    feed.begin_anew(session)
    session.commit()

    phone.cursor = old
    assert phone.pull() == heard
    assert phone.pull() == []


@pytest.mark.parametrize("place", ["500.4000", "500.0", "0.4000"])
def test_a_cursor_beyond_the_end_begins_anew(phone: Phone, place: str) -> None:
    phone.cursor = None
    everything = phone.pull()

    phone.cursor = base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")

    assert everything
    assert phone.pull() == everything


@pytest.mark.parametrize("cursor", ["x", "!!!", "MS4yLjM"])
def test_a_cursor_of_somebody_else_is_refused(phone: Phone, app: Flask, cursor: str) -> None:
    answer = app.test_client().get(
        f"/api/v1/sync/pull?cursor={cursor}", headers={"Authorization": f"Bearer {phone.token}"}
    )
    assert answer.status_code == 422
