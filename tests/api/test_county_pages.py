"""The county's own pages, as a browser without scripts walks through them."""

import hashlib
import re
from datetime import timedelta
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pytest
from fieldwork import sent_out, tasks
from flask import Flask
from issued import NUMBER, a_verdict
from phones import an_interview
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from inspect_app.models.accounts import Account
from inspect_app.models.cases import Evidence
from inspect_app.models.samples import AccessEntry
from inspect_app.models.verdicts import Verdict
from inspect_app.pages.texts import TEXTS, WORDS
from inspect_app.rules.clauses import CLAUSES, PROOFS
from inspect_app.rules.reasons import BLOCKS
from inspect_app.rules.roles import Role
from inspect_app.rules.states import CaseKind, CaseState
from inspect_app.services import passwords
from inspect_app.settings import Settings

HOST = "https://inspection.example"
PASSWORD = "rivers run past 41 villages"
POOR = {"wage_local": 0, "wage_away": 0, "crop_gross": 100, "livestock_gross": 0}
PDF = b"%PDF-1.7 a page of the exit file"
UNLABELLED = ("hidden", "submit")


class Page(HTMLParser):
    """What a page says, and the forms on it: fields with their values, by address."""

    def __init__(self, answer: TestResponse) -> None:
        super().__init__()
        self.status, self.headers = answer.status_code, answer.headers
        self.text, self.inside = "", ""
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.forms: dict[str, dict[str, str]] = {}
        self.action: str | None = None
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        self.inside = tag
        if tag == "form":
            self.action = given["action"]
            self.forms[self.action] = {}
        if tag == "input" and self.action and "name" in given:
            self.forms[self.action][given["name"]] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""
        if tag == "form":
            self.action = None

    def handle_data(self, data: str) -> None:
        if self.inside not in ("style", "title"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, Any]]:
        return [given for name, given in self.tags if name == tag]


class Browser:
    """Somebody at a browser who reads Chinese: remembers cookies and the page that is open."""

    def __init__(self, app: Flask, language: str = "zh-CN,zh;q=0.9") -> None:
        self.client = app.test_client()
        self.headers = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": language}
        self.page: Page

    def ask(self, path: str, method: str = "GET", **more: Any) -> TestResponse:
        headers = {**self.headers, **more.pop("headers", {})}
        return self.client.open(path, method=method, base_url=HOST, headers=headers, **more)

    def go(self, path: str) -> Page:
        self.page = sound(Page(self.ask(path)))
        return self.page

    def send(self, path: str, **fields: Any) -> TestResponse:
        """Send the form of the open page that has this address, as a browser does."""
        data: Any = {**self.page.forms[path], **fields}
        headers = {"Origin": HOST, "Sec-Fetch-Site": "same-origin"}
        if "file" in fields:  # written here, as the library leaves files of its own open
            content, name, kind = data["file"]
            data["file"] = FileStorage(content, name, content_type=kind)
            boundary, data = encode_multipart(data, boundary="b")
            headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
        answer = self.ask(path, "POST", data=data, headers=headers)
        if answer.mimetype == "text/html":
            self.page = Page(answer)
            if answer.status_code >= 400:
                sound(self.page)
        return answer

    def follow(self, answer: TestResponse) -> Page:
        assert answer.status_code == 303, answer.text
        return self.go(answer.location)

    def sign_in(self, login: str = "county", password: str = PASSWORD) -> TestResponse:
        self.go("/county/sign-in")
        return self.send("/county/sign-in", login=login, password=password)


def sound(page: Page) -> Page:
    """What holds on every page: language, one heading, labels, nothing run, framed or foreign."""
    (html,) = page.all("html")
    assert html["lang"] in ("zh-CN", "en")
    assert len(page.all("h1")) == 1
    assert [len(page.all(name)) for name in ("main", "header", "footer", "title")] == [1] * 4
    labelled = {one.get("for") for one in page.all("label")}
    fields = [*page.all("input"), *page.all("textarea"), *page.all("select")]
    assert {one["id"] for one in fields if one.get("type") not in UNLABELLED} <= labelled
    assert page.all("script") == []
    assert not [one for _, one in page.tags if {"src", "style", "onclick"} & one.keys()]
    links = [one[name] for _, one in page.tags for name in ("href", "action") if name in one]
    assert [one for one in links if not re.match(r"[/#]", one)] == []
    assert all(one.get("scope") for one in page.all("th"))
    assert all(
        page.forms[one["action"]].get("csrf_token")
        for one in page.all("form")
        if one.get("method") == "post"
    )
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert "script" not in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    return page


def with_password(session: Session, settings: Settings, *logins: str) -> None:
    hashed = passwords.hash_password(PASSWORD, memory_kib=settings.password_memory_kib)
    for login in logins:
        session.scalars(select(Account).where(Account.login == login)).one().password_hash = hashed
    session.commit()


@pytest.fixture
def campaign(a_campaign: Any) -> Any:
    return a_campaign()


@pytest.fixture
def reviewer(as_role: Any, campaign: Any) -> Any:
    return as_role(Role.REVIEWER, campaign)


@pytest.fixture
def official(
    app: Flask, as_role: Any, campaign: Any, session: Session, settings: Settings
) -> Browser:
    """The county's official, signed in."""
    as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode, login="county")
    as_role(Role.COUNTY_OFFICIAL, campaign, county="530828", login="neighbour")
    with_password(session, settings, "county", "neighbour")
    browser = Browser(app)
    assert browser.sign_in().status_code == 303
    return browser


@pytest.fixture
def case(app: Flask, as_role: Any, campaign: Any, reviewer: Any, frozen_clock: Any) -> str:
    """A case of which the county was told."""
    phone = sent_out(app, as_role, campaign, now=frozen_clock.moment)
    task = tasks(phone)[0]
    an_interview(phone, task, **POOR)
    phone.push()
    address = f"/api/v1/interviews/{task.interview_id}/accept"
    found = str(reviewer.post(address, json={}).get_json()["cases"][0])
    reviewer.post(f"/api/v1/cases/{found}/recheck", json={})
    return found


@pytest.fixture
def verdict(session: Session, campaign: Any) -> Verdict:
    return a_verdict(session, campaign.id)


def seen(session: Session, campaign: Any, login: str = "county") -> list[str]:
    """What the log of accesses says of somebody."""
    session.rollback()
    rows = select(AccessEntry.what).join(Account, Account.id == AccessEntry.actor)
    return list(session.scalars(rows.where(Account.login == login).order_by(AccessEntry.id)))


# Coming in


def test_whoever_asks_for_a_page_signs_in_and_is_led_there(
    app: Flask, official: Browser, campaign: Any
) -> None:
    wanted = f"/county/campaigns/{campaign.id}/cases"
    stranger = Browser(app)

    page = stranger.go(wanted)
    led = stranger.send("/county/sign-in", login="county", password=PASSWORD)

    assert (page.status, page.all("h1")) == (401, [{}])
    assert "登录" in page.text
    assert (led.status_code, led.location) == (303, wanted)
    (cookie,) = [one for one in led.headers.getlist("Set-Cookie") if "__Host-exit" in one]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert stranger.go(wanted).status == 200


@pytest.mark.parametrize(
    "place", ["https://evil.example/", "//evil.example", "/county/../x", "/api/v1/x", "/county/\\x"]
)
def test_nobody_is_led_elsewhere(app: Flask, official: Browser, place: str) -> None:
    browser = Browser(app)
    browser.go("/county/sign-in")

    led = browser.send("/county/sign-in", login="county", password=PASSWORD, next=place)

    assert (led.status_code, led.location) == (303, "/county")


def test_a_wrong_password_is_told_and_too_many_lock(app: Flask, official: Browser) -> None:
    browser = Browser(app)

    answers = [browser.sign_in(password="wrong as can be") for _ in range(6)]

    assert [one.status_code for one in answers] == [401] * 5 + [429]
    page = Page(answers[0])
    assert "登录名或密码不正确" in page.text
    assert page.forms["/county/sign-in"]["login"] == "county"
    assert page.forms["/county/sign-in"]["password"] == ""
    assert "一刻钟" in Page(answers[-1]).text
    assert browser.sign_in().status_code == 429


def test_a_form_of_another_site_signs_nobody_in(app: Flask, official: Browser) -> None:
    fields = {"login": "county", "password": PASSWORD}
    shown = Browser(app)
    shown.go("/county/sign-in")

    for browser, more, headers in (
        (Browser(app), {}, {}),  # no page of ours was opened
        (Browser(app), shown.page.forms["/county/sign-in"], {}),  # opened in another browser
        (shown, {"csrf_token": "x"}, {}),
        (shown, shown.page.forms["/county/sign-in"], {"Origin": "https://evil.example"}),
    ):
        data = {**more, **fields}
        answer = browser.ask("/county/sign-in", "POST", data=data, headers=headers)
        assert answer.status_code == 403
        assert "不是从本系统页面提交的" in answer.text


def test_signing_out_ends_the_session(official: Browser) -> None:
    official.go("/county")

    page = official.follow(official.send("/county/sign-out"))

    assert "已退出" in page.text
    assert official.go("/county").status == 401


def test_who_is_no_official_is_told_so(
    app: Flask, as_role: Any, campaign: Any, session: Session, settings: Settings
) -> None:
    as_role(Role.PLANNER, campaign, login="planner")
    with_password(session, settings, "planner")
    browser = Browser(app)
    browser.sign_in("planner")

    page = browser.go("/county")

    assert page.status == 403
    assert "仅供受检县的联系人使用" in page.text
    assert "/county/sign-out" in page.forms


def invitation(as_role: Any, campaign: Any, login: str) -> str:
    answer = as_role(Role.COMMISSIONER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/invitations",
        json={
            "login": login,
            "name": "县级联系人",
            "role": "county_official",
            "county_adcode": campaign.adcode,
        },
    )
    return HOST + str(answer.get_json()["link"])


def test_an_invitation_is_accepted_with_a_password(app: Flask, as_role: Any, campaign: Any) -> None:
    link, browser = invitation(as_role, campaign, "newcomer"), Browser(app)
    browser.go("/join")

    weak = browser.send("/join", link=link, password="password12345", again="password12345")
    differs = browser.send("/join", link=link, password=PASSWORD, again=f"{PASSWORD}.")
    taken = browser.send("/join", link=link, password=PASSWORD, again=PASSWORD)
    page = browser.follow(taken)
    browser.go("/join")
    again = browser.send("/join", link=link, password=PASSWORD, again=PASSWORD)

    assert (weak.status_code, differs.status_code, again.status_code) == (422, 422, 409)
    assert "是常见的词或排列" in weak.text
    assert "两次输入的密码须一致" in differs.text
    assert all(PASSWORD not in one.text for one in (weak, differs, again))
    assert "账号已建立" in page.text
    assert browser.sign_in("newcomer").status_code == 303


def test_who_has_an_account_accepts_another_invitation(
    official: Browser, as_role: Any, a_campaign: Any
) -> None:
    second = a_campaign(name="second")
    link = invitation(as_role, second, "county")

    official.go("/county/invitation")
    page = official.follow(official.send("/county/invitation", link=link))

    assert "已接受邀请" in page.text
    assert f"/county/campaigns/{second.id}/cases" in {one["href"] for one in page.all("a")}


# Cases


def test_the_list_and_the_case_say_what_a_notice_says(
    official: Browser, case: str, campaign: Any, session: Session
) -> None:
    listed = official.go(f"/county/campaigns/{campaign.id}/cases")
    shown = official.go(f"/county/cases/{case}")

    for expected in ("1 件待本县举证", "疑似错退", "收入", "待本县举证", "2020年6月8日 24:00"):
        assert expected in listed.text, expected
    for expected in (
        "稳定人均纯收入须超过 2019 年标准线 3218 元",
        "工资流水",
        "须形成于入户调查之前",
        "基准日 2019-12-31",
        "沉默既不视为承认，也不视为否认",
        "2020年6月8日 24:00",
        "尚未提交材料",
    ):
        assert expected in shown.text, expected
    assert seen(session, campaign)[-2:] == [f"1 cases {case}…{case}", f"case {case}"]


def test_another_countys_case_and_no_case_are_one_page(
    app: Flask, official: Browser, case: str, campaign: Any, verdict: Verdict
) -> None:
    neighbour = Browser(app)
    neighbour.sign_in("neighbour")
    nothing = case[:-4] + "ffff"

    pages = [neighbour.go(f"/county/cases/{one}") for one in (case, nothing)]

    assert [one.status for one in pages] == [404, 404]
    assert pages[0].text == pages[1].text
    for path in (f"/county/verdicts/{NUMBER}/1", f"/county/verdicts/{NUMBER}/1/public/json"):
        assert neighbour.ask(path).status_code == 404
    hidden = neighbour.go("/county/invitation").forms["/county/sign-out"]
    sent: dict[str, dict[str, Any]] = {
        "reply": {"text": "x"},
        "completion": {"sure": "yes"},
        "files": {"file": (BytesIO(PDF), "x.pdf", "application/pdf")},
    }
    for path, fields in sent.items():
        answer = neighbour.ask(f"/county/cases/{case}/{path}", "POST", data={**hidden, **fields})
        assert answer.status_code == 404


def test_a_reply_is_taken_once_and_shown(official: Browser, case: str) -> None:
    path = f"/county/cases/{case}"
    official.go(path)

    sent = official.send(f"{path}/reply", text="第一行\r\n<b>工资</b>已补发")
    page = official.follow(sent)
    official.send(f"{path}/reply", text="第一行\r\n<b>工资</b>已补发")

    assert sent.location == f"{path}?done=reply"
    assert "说明已收到" in page.text
    assert "第一行\n<b>工资</b>已补发" in page.text  # as text, not as markup
    assert page.all("b") == []
    assert official.go(path).text.count("已补发") == 1


def test_the_server_shows_the_hash_of_what_it_got(
    official: Browser, case: str, session: Session
) -> None:
    path = f"/county/cases/{case}"
    official.go(path)

    sent = official.send(
        f"{path}/files",
        file=(BytesIO(PDF), "脱贫确认表.pdf", "application/pdf"),
        document_date="2019-11-20",
        state_at_reference="",
    )
    page = official.follow(sent)

    digest = hashlib.sha256(PDF).hexdigest()
    assert " ".join(digest[at : at + 8] for at in range(0, 64, 8)) in page.text
    assert "脱贫确认表.pdf" in page.text
    assert "2019年11月20日" in page.text
    assert session.scalars(select(Evidence.sha256)).all() == [digest]
    back = official.ask(f"{path}/files/1")
    assert (back.status_code, back.data) == (200, PDF)
    assert back.headers["Content-Disposition"].startswith("attachment")


def test_a_large_file_is_taken_and_one_too_large_is_told(official: Browser, case: str) -> None:
    path = f"/county/cases/{case}"
    official.go(path)
    large, too_large = PDF.ljust(5 * 2**20, b" "), PDF.ljust(8 * 2**20 + 100_000, b" ")

    sent = official.send(f"{path}/files", file=(BytesIO(large), "a.pdf", "application/pdf"))
    official.go(path)
    refused = official.send(f"{path}/files", file=(BytesIO(too_large), "b.pdf", "application/pdf"))

    assert sent.status_code == 303
    assert refused.status_code == 413
    assert "过大" in refused.text


@pytest.mark.parametrize(
    ("content", "name", "kind", "status", "said"),
    [
        (b"<html>", "x.html", "text/html", 422, "不是 PDF"),
        (b"no pdf", "x.pdf", "application/pdf", 422, "不是 PDF"),
        (b"", "", "application/octet-stream", 422, "请选择一个文件"),
    ],
    ids=["another type", "not what it says", "none"],
)
def test_what_is_no_evidence_is_told_and_what_was_written_stays(
    official: Browser, case: str, content: bytes, name: str, kind: str, status: int, said: str
) -> None:
    path = f"/county/cases/{case}"
    official.go(path)

    refused = official.send(
        f"{path}/files", file=(BytesIO(content), name, kind), state_at_reference="2019 年底"
    )

    assert refused.status_code == status
    assert said in refused.text
    assert "2019 年底</textarea>" in refused.text
    sent = official.send(f"{path}/files", file=(BytesIO(PDF), "x.pdf", "application/pdf"))
    assert sent.status_code == 303


def test_the_county_declares_that_its_reply_is_complete(
    official: Browser, case: str, reviewer: Any
) -> None:
    path = f"/county/cases/{case}"
    official.go(path)

    unsure = official.send(f"{path}/completion", sure="")
    official.go(path)
    page = official.follow(official.send(f"{path}/completion", sure="yes"))
    sent_on = reviewer.post(f"/api/v1/cases/{case}/recheck", json={})
    closed = official.go(path)

    assert unsure.status_code == 422
    assert "请勾选以确认" in unsure.text
    assert "举证完毕" in page.text
    assert sent_on.get_json()["state"] == "under_ruling"
    assert "本案目前不接受举证" in closed.text
    assert f"{path}/reply" not in closed.forms


def test_the_ruling_is_shown_with_its_reason(
    official: Browser, case: str, as_role: Any, campaign: Any, reviewer: Any
) -> None:
    official.go(f"/county/cases/{case}")
    official.send(f"/county/cases/{case}/completion", sure="yes")
    reviewer.post(f"/api/v1/cases/{case}/recheck", json={})
    first, second = (as_role(Role.EXPERT, campaign, login=f"expert {n}") for n in (1, 2))
    path = f"/api/v1/cases/{case}/ruling"
    first.post(path, json={"outcome": "overturned", "reason": "工资流水属实"})
    before = official.go(f"/county/cases/{case}").text
    second.post(f"{path}/signature", json={"agrees": True})

    after = official.go(f"/county/cases/{case}").text

    assert "工资流水属实" not in before
    assert "排除：不计入结果" in after
    assert "工资流水属实" in after


def test_a_form_without_its_hidden_field_changes_nothing(
    official: Browser, case: str, session: Session
) -> None:
    path = f"/county/cases/{case}/reply"

    for data, headers in (
        ({"text": "x"}, {}),
        ({"text": "x", "csrf_token": "x"}, {}),
        ({"text": "x"}, {"Sec-Fetch-Site": "cross-site"}),
    ):
        answer = official.ask(path, "POST", data=data, headers=headers)
        assert answer.status_code == 403
        assert f'action="{path}"' not in answer.text  # is not offered for sending
    assert "x" not in official.go(f"/county/cases/{case}").text.split("案卷")[-1].split("时间")[0]


def test_a_session_that_ended_does_not_swallow_what_was_written(
    official: Browser, case: str, frozen_clock: Any
) -> None:
    official.go(f"/county/cases/{case}")
    frozen_clock.moment += timedelta(hours=13)

    answer = official.send(f"/county/cases/{case}/reply", text="写了很久的说明")

    assert answer.status_code == 401
    assert "会话已结束" in answer.text
    assert "写了很久的说明</textarea>" in answer.text
    strange = Browser(official.client.application).ask(
        f"/county/cases/{case}/reply",
        "POST",
        data={"text": "call this number"},
        headers={"Origin": "https://evil.example"},
    )
    assert strange.status_code == 401
    assert "call this number" not in strange.text


# Verdicts


def test_the_county_finds_its_verdict_with_every_digest(
    official: Browser, campaign: Any, verdict: Verdict
) -> None:
    listed = official.go(f"/county/campaigns/{campaign.id}/verdicts")
    shown = official.go(f"/county/verdicts/{NUMBER}/1")

    assert f"{NUMBER} 第 1 版" in listed.text
    assert "已出具，委托方尚未会签" in listed.text
    for one in verdict.editions:
        for digest in (one.document_sha256, one.pdf_sha256):
            assert " ".join(digest[at : at + 8] for at in range(0, 64, 8)) in shown.text
    links = {one["href"] for one in shown.all("a")}
    assert f"/county/verdicts/{NUMBER}/1/full/pdf" in links
    assert f"/county/verdicts/{NUMBER}/1/full/signed" not in links


@pytest.mark.parametrize("edition", ["full", "public"])
@pytest.mark.parametrize("form", ["pdf", "json"])
def test_a_file_comes_whole_in_ranges_or_not_again(
    official: Browser, verdict: Verdict, session: Session, campaign: Any, edition: str, form: str
) -> None:
    path = f"/county/verdicts/{NUMBER}/1/{edition}/{form}"
    row = next(one for one in verdict.editions if one.edition == edition)
    content = row.pdf if form == "pdf" else row.document

    whole = official.ask(path)
    tag = whole.headers["ETag"]
    again = official.ask(path, headers={"If-None-Match": tag})
    part = official.ask(path, headers={"Range": "bytes=5-14", "If-Range": tag})
    rest = official.ask(path, headers={"Range": "bytes=-7"})
    changed = official.ask(path, headers={"Range": "bytes=5-14", "If-Range": '"other"'})
    beyond = official.ask(path, headers={"Range": f"bytes={len(content)}-"})

    assert (whole.status_code, whole.data) == (200, content)
    assert tag == f'"{hashlib.sha256(content).hexdigest()}"'
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert f"{NUMBER}-v1-{edition}.{form}" in whole.headers["Content-Disposition"]
    assert (again.status_code, again.data) == (304, b"")
    assert (part.status_code, part.data) == (206, content[5:15])
    assert part.headers["Content-Range"] == f"bytes 5-14/{len(content)}"
    assert (rest.status_code, rest.data) == (206, content[-7:])
    assert (changed.status_code, changed.data) == (200, content)
    assert beyond.status_code == 416
    noted = [one for one in seen(session, campaign) if one.startswith("full edition")]
    assert bool(noted) == (edition == "full")


def test_a_file_that_is_not_there_is_a_page(official: Browser, verdict: Verdict) -> None:
    page = official.go(f"/county/verdicts/{NUMBER}/1/full/signed")

    assert page.status == 404
    assert "没有此页" in page.text


def test_the_county_objects_during_the_notice(
    official: Browser, as_role: Any, campaign: Any, verdict: Verdict
) -> None:
    path, base = f"/county/verdicts/{NUMBER}/1", f"/api/v1/verdicts/{NUMBER}/1"
    early = official.go(path)
    boss = as_role(Role.COMMISSIONER, campaign)
    boss.post(f"{base}/countersignature")
    boss.post(f"{base}/notice", json={"first_day": "2020-06-03"})
    official.go(path)

    sent = official.send(f"{path}/objections", text="错退率的分母有误")
    page = official.follow(sent)
    boss.post(f"{base}/objections/1/answer", json={"upheld": False, "text": "分母无误"})
    answered = official.go(path)

    assert "公示开始后方可提出异议" in early.text
    assert f"{path}/objections" not in early.forms
    assert "异议已收到" in page.text
    assert "2020年6月3日 至 2020年6月9日" in page.text
    assert "尚未答复" in page.text
    for expected in ("错退率的分母有误", "异议不成立", "分母无误"):
        assert expected in answered.text


def test_the_county_makes_a_statement(official: Browser, campaign: Any) -> None:
    path = f"/county/campaigns/{campaign.id}/statement"
    official.go(path)

    empty = official.send(path, text="  ")
    page = official.follow(official.send(path, text="样本村的路当时不通"))

    assert empty.status_code == 422
    assert "文字不能为空" in empty.text
    assert "意见已入卷" in page.text
    assert "样本村的路当时不通" in page.text


def test_a_notice_is_downloaded_and_acknowledged_once(
    app: Flask, official: Browser, case: str, campaign: Any, reviewer: Any, frozen_clock: Any
) -> None:
    path = f"/county/campaigns/{campaign.id}/notices"
    address = f"/api/v1/campaigns/{campaign.id}/hearings/{campaign.adcode}/notices"
    before = official.go(path)
    sent = reviewer.post(address, json={"kind": "told"}).get_json()
    listed = official.go(path)
    whole = official.ask(f"/county/notices/{sent['number']}/pdf")
    part = official.ask(f"/county/notices/{sent['number']}/pdf", headers={"Range": "bytes=0-3"})
    neighbour = Browser(app)
    neighbour.sign_in("neighbour")

    page = official.follow(official.send(f"/county/notices/{sent['number']}/receipt"))

    assert "尚未收到核实函" in before.text
    assert sent["number"] in listed.text
    assert "疑似问题核实函" in listed.text
    assert hashlib.sha256(whole.data).hexdigest() == sent["pdf_sha256"]
    assert (part.status_code, part.data) == (206, b"%PDF")
    assert "已签收" in page.text
    assert page.forms.keys() == {"/county/sign-out"}
    assert neighbour.ask(f"/county/notices/{sent['number']}/pdf").status_code == 404


# Every page


def test_both_languages_are_whole_and_the_choice_is_remembered(
    app: Flask, official: Browser, case: str, campaign: Any, verdict: Verdict
) -> None:
    paths = [
        "/county",
        f"/county/campaigns/{campaign.id}/cases",
        f"/county/campaigns/{campaign.id}/verdicts",
        f"/county/campaigns/{campaign.id}/notices",
        f"/county/campaigns/{campaign.id}/statement",
        f"/county/cases/{case}",
        f"/county/verdicts/{NUMBER}/1",
        "/county/invitation",
        "/county/cases/none",
        "/county/sign-in",
        "/join",
    ]
    for path in paths:
        assert official.go(path).all("html") == [{"lang": "zh-CN"}]

    assert official.go("/county?lang=en").all("html") == [{"lang": "en"}]
    for path in paths:
        page = official.go(path)
        assert page.all("html") == [{"lang": "en"}]
        left = re.sub(r"中文|第 1 版", "", page.text)
        assert not re.search("[一-鿿]", left), re.search("[一-鿿].*", left)
    strange = official.go("/county?endpoint=x&_external=1&_scheme=javascript&lang=en&after=%22")
    assert {one["href"] for one in strange.all("a")} >= {"/county?after=%22&lang=zh"}
    assert official.go("/county?lang=xx").all("html") == [{"lang": "en"}]
    assert Browser(app, "en-GB,en").go("/county/sign-in").all("html") == [{"lang": "en"}]
    assert Browser(app, "fr").go("/county/sign-in").all("html") == [{"lang": "zh-CN"}]


def test_an_address_that_nothing_has_is_a_page_for_browsers_only(app: Flask) -> None:
    browser = Browser(app)

    assert browser.go("/county/nowhere").status == 404
    assert "没有此页" in browser.go("/nowhere").text
    for path, headers in (("/api/v1/nowhere", {}), ("/nowhere", {"Accept": "application/json"})):
        answer = browser.ask(path, headers=headers)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_a_form_is_no_json_and_the_api_takes_no_form(official: Browser, case: str) -> None:
    wrong = official.ask(f"/county/cases/{case}/reply")
    plain = official.ask("/county/sign-in", "POST", data=b"x", headers={"Content-Type": "text/x"})
    api = official.ask(f"/api/v1/cases/{case}/evidence", "POST", data={"text": "x"})

    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "OPTIONS, POST")
    assert (plain.status_code, plain.mimetype) == (415, "text/html")
    assert (api.status_code, api.mimetype) == (415, "application/problem+json")


def test_words_are_in_both_languages() -> None:
    groups = [TEXTS, *WORDS.values(), CLAUSES, PROOFS]
    for code, (zh, en) in (row for group in groups for row in group.items()):
        if code not in ("form.json", "switch"):
            assert re.search("[一-鿿]", zh), code
            assert not re.search("[一-鿿]", en), code


def test_every_state_kind_and_block_has_words() -> None:
    assert set(WORDS["state"]) == {one.value for one in CaseState}
    assert set(WORDS["kind"]) == {one.value for one in CaseKind}
    assert set(CLAUSES) == set(PROOFS) == {*BLOCKS, "member_off_card"}
