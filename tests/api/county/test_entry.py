"""Who comes in to a county's pages, and who does not."""

from typing import Any

import pytest
from browsing import HOST, PASSWORD, Browser, Page, with_password
from flask import Flask
from sqlalchemy.orm import Session

from inspect_app.rules.roles import Role
from inspect_app.settings import Settings


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
    assert "您的角色不能这样做" in page.text
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
