"""A browser without scripts: remembers cookies and the page that is open, and sends its forms."""

import re
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from inspect_app.models.accounts import Account
from inspect_app.models.samples import AccessEntry
from inspect_app.services import passwords
from inspect_app.settings import Settings

HOST = "https://inspection.example"
PASSWORD = "rivers run past 41 villages"
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


def seen(session: Session, campaign: Any, login: str = "county") -> list[str]:
    """What the log of accesses says of somebody."""
    session.rollback()
    rows = select(AccessEntry.what).join(Account, Account.id == AccessEntry.actor)
    return list(session.scalars(rows.where(Account.login == login).order_by(AccessEntry.id)))
