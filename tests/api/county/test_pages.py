"""What holds on every page of a county."""

import re
from typing import Any

from browsing import Browser
from flask import Flask
from issued import NUMBER

from inspect_app.models.verdicts import Verdict
from inspect_app.pages.texts import TEXTS, WORDS
from inspect_app.rules.clauses import CLAUSES, PROOFS
from inspect_app.rules.reasons import BLOCKS
from inspect_app.rules.states import CaseKind, CaseState


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
