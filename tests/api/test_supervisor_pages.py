"""The team leader's pages, as a browser without scripts walks through them."""

import re
from io import BytesIO
from typing import Any

import pytest
from browsing import HOST, PASSWORD, Browser, Page, with_password
from closing import an_archive, close
from fieldwork import tasks
from flask import Flask
from phones import an_interview
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.models.ledger import LedgerEntry
from inspect_app.models.samples import AccessEntry
from inspect_app.pages.team_texts import WORDS
from inspect_app.rules.chain import ALARMS
from inspect_app.rules.devices import ORDERS
from inspect_app.rules.roles import Role
from inspect_app.rules.states import DeviceState, Disposition, OpStatus
from inspect_app.services import keyrings, spoken_codes
from inspect_app.services.receipts import decode
from inspect_app.settings import Settings


@pytest.fixture
def key(session: Session, settings: Settings, frozen_clock: Any) -> dict[str, str]:
    made = keyrings.create(session, settings, at=frozen_clock.moment)
    return {"kid": made.kid, "p256": made.p256}


@pytest.fixture
def browser(app: Flask, phone: Phone, session: Session, settings: Settings) -> Browser:
    """The leader of team A, signed in."""
    with_password(session, settings, "leader of A")
    found = Browser(app)
    assert Page(found.ask("/team")).status == 401
    found.sign_in("leader of A")
    return found


@pytest.fixture
def team(campaign: Any) -> str:
    """Where the pages of the campaign begin."""
    return f"/team/campaigns/{campaign.id}"


def test_every_code_of_other_parts_has_words() -> None:
    assert {state.value for state in DeviceState} == WORDS["device"].keys()
    assert {state.value for state in ORDERS} == WORDS["order"].keys()
    assert {name.value for name in ALARMS} == WORDS["alarm"].keys() == WORDS["alarm.why"].keys()
    assert {one.value for one in Disposition} == WORDS["disposition"].keys()
    assert {one.value for one in OpStatus} == WORDS["op"].keys()


def test_signing_in_leads_back_to_the_page_that_was_asked_for(
    app: Flask, phone: Phone, session: Session, settings: Settings, team: str
) -> None:
    with_password(session, settings, "leader of A")
    browser = Browser(app)
    asked = Page(browser.ask(team))

    browser.page = asked
    answer = browser.send("/county/sign-in", login="leader of A", password=PASSWORD)

    assert answer.location == team
    assert "A 组" in browser.follow(answer).text


def test_who_holds_how_much_for_how_long(
    browser: Browser, phone: Phone, team: str, frozen_clock: Any, session: Session
) -> None:
    an_interview(phone, tasks(phone)[0])
    phone.heartbeat()
    frozen_clock.pass_by(hours=31)
    browser.sign_in("leader of A")

    page = browser.go(team)

    assert "尚有 1 份未传" in page.text
    assert "最早的已 31.0 小时" in page.text
    assert "一天未联系" in page.text
    session.rollback()
    assert "phones of team A" in session.scalars(select(AccessEntry.what)).all()
    assert "not sent" in browser.go(f"{team}?lang=en").text


def test_a_phone_is_locked_and_a_wipe_wants_a_second_word(
    browser: Browser, phone: Phone, team: str
) -> None:
    an_interview(phone, tasks(phone)[0])
    phone.heartbeat()
    place = f"{team}/phones/{phone.device_id}"
    browser.go(place)

    refused = browser.send(f"{place}/orders", state="wiped", text="on a bus", sure="")
    browser.go(place)
    locked = browser.send(f"{place}/orders", state="locked", text="lost on a bus")

    assert refused.status_code == 409
    assert "尚有未传" in refused.text or "未传的问卷" in refused.text
    assert "已锁定" in browser.follow(locked).text
    phone.pull()
    assert phone.state == "locked"


def test_a_code_that_is_read_out_is_the_phones_own(
    browser: Browser, phone: Phone, team: str, settings: Settings, session: Session
) -> None:
    place = f"{team}/phones/{phone.device_id}"
    browser.go(place)

    answer = browser.send(f"{place}/spoken-codes", purpose="pin", counter="3")

    key = spoken_codes.release_key(phone.device_id, settings)
    expected = spoken_codes.code(key, "pin", 3)
    assert f"{expected[:4]} {expected[4:]}" in answer.text
    told = session.scalars(select(LedgerEntry.status).where(LedgerEntry.type == "event")).all()
    assert told == ["code_read_out"]
    browser.go(place)
    assert browser.send(f"{place}/spoken-codes", purpose="else", counter="3").status_code == 422


def test_an_enrolment_code_is_a_picture_that_says_the_link(
    browser: Browser, team: str, app: Flask
) -> None:
    page = browser.go(f"{team}/codes")
    (person,) = {one["value"] for one in page.all("option")[:1]}

    answer = browser.send(f"{team}/codes", enumerator_id=person)

    link = re.search(rf"{HOST}/app/#e=([A-Z2-7-]+)", answer.text)
    assert link is not None
    (square,) = [one for one in Page(answer).all("svg")]
    assert square["viewbox"].split()[2] == square["viewbox"].split()[3]
    assert "未使用" in browser.go(f"{team}/codes").text
    (revoke,) = [one for one in browser.page.forms if one.endswith("/revoke")]
    assert "已收回" in browser.follow(browser.send(revoke)).text


def test_a_replacement_is_approved_in_ticket_order(
    browser: Browser, phone: Phone, team: str
) -> None:
    lost = tasks(phone)[0]
    phone.seal_contact(lost.unit_id, visit_no=1, disposition="moved_out", note="gone")
    phone.push()
    page = browser.go(f"{team}/replacements")
    (path,) = [one for one in page.forms if one.endswith("/replacement")]

    answer = browser.send(path, text="the whole household has left")

    assert "已批准" in browser.follow(answer).text
    assert "替换" in browser.page.text


def test_an_interview_is_sent_back(browser: Browser, phone: Phone, team: str) -> None:
    sealed = an_interview(phone, tasks(phone)[0])
    phone.push()
    page = browser.go(f"{team}/returns")
    (path,) = [one for one in page.forms if one.endswith("/return")]

    answer = browser.send(path, text="ask for the wages again")

    page = browser.follow(answer)
    assert "ask for the wages again" in page.text
    heard = [item for item in phone.pull() if item["type"] == "return"]
    assert [one["interview_id"] for one in heard] == [sealed.op["interview_id"]]


def test_alarms_are_seen_to_with_a_note(
    browser: Browser, phone: Phone, team: str, key: dict[str, str]
) -> None:
    sealed = close(phone, an_interview(phone, tasks(phone)[0]), {**key, "kid": "s9"})
    phone.push_once([sealed])
    page = browser.go(f"{team}/alarms")
    assert "无法解封" in page.text
    (path,) = [one for one in page.forms if one.endswith("/note")]

    answer = browser.send(path, text="the operator brings the key back")

    assert "没有待处理的警报" in browser.follow(answer).text


def test_a_sealed_file_is_brought_and_its_receipts_go_back(
    browser: Browser, phone: Phone, team: str, key: dict[str, str]
) -> None:
    sealed = close(phone, an_interview(phone, tasks(phone)[0]), key, b"a picture")
    archive = an_archive(phone, [sealed])
    browser.go(f"{team}/sealed-files")

    answer = browser.send(
        f"{team}/sealed-files", file=(BytesIO(archive), "p.xfz", "application/zip")
    )

    page = browser.follow(answer)
    assert "接收 1" in page.text
    (link,) = [one["href"] for one in page.all("a") if one["href"].endswith("/receipts")]
    receipts = browser.ask(link).get_json()
    assert [one["status"] for one in receipts["results"]] == ["accepted"]
    assert decode(receipts["results"][0]["receipt"]["sig"])
    browser.go(f"{team}/sealed-files")
    torn = browser.send(f"{team}/sealed-files", file=(BytesIO(b"no"), "p.xfz", "application/zip"))
    assert torn.status_code == 422


def test_the_pages_of_a_team_are_nobody_elses(
    browser: Browser,
    phone: Phone,
    team: str,
    app: Flask,
    as_role: Any,
    campaign: Any,
    session: Session,
    settings: Settings,
) -> None:
    as_role(Role.TEAM_LEADER, campaign, team="B", login="leader of B")
    with_password(session, settings, "leader of B")
    other = Browser(app)
    other.sign_in("leader of B")

    assert other.ask(f"{team}/phones/{phone.device_id}").status_code == 404
    assert "还没有手机" in other.go(team).text
    assert browser.ask(f"/team/campaigns/{phone.device_id}").status_code == 404
    assert browser.ask("/county").status_code == 403


def test_a_form_from_elsewhere_is_refused(browser: Browser, phone: Phone, team: str) -> None:
    place = f"{team}/phones/{phone.device_id}"
    browser.go(place)
    browser.page.forms[f"{place}/orders"]["csrf_token"] = "somebody else's"

    answer = browser.send(f"{place}/orders", state="locked", text="no")

    assert answer.status_code == 403
