"""The public page of a report: what it shows, and that guessing teaches nothing."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient
from issued import NUMBER, a_verdict
from sqlalchemy import text
from sqlalchemy.orm import Session
from tampering import change

from inspect_app.models.verdicts import Verdict
from inspect_app.pages.wording import TEXTS
from inspect_app.rules.roles import Role
from inspect_app.services import countersigning


@pytest.fixture
def verdict(session: Session, a_campaign: Any) -> Verdict:
    """The first version of a verdict, just issued."""
    return a_verdict(session, a_campaign().id)


def edition_of(verdict: Verdict, edition: str = "public") -> Any:
    return next(one for one in verdict.editions if one.edition == edition)


def address(verdict: Verdict, edition: str = "public", *, digits: int = 16) -> str:
    return f"/verify/{verdict.number}/{edition_of(verdict, edition).document_sha256[:digits]}"


class Page(HTMLParser):
    """What a page says and asks for."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.text, self.tags, self.inside = "", [], ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in ("style", "script"):
            self.text += data


def test_a_holder_sees_what_to_compare_with_the_paper(
    client: FlaskClient, verdict: Verdict
) -> None:
    answer = client.get(address(verdict))

    assert answer.status_code == 200
    said = Page(answer.text).text
    for expected in (
        NUMBER,
        "长阳土家族自治县",
        "Changyang Tujia Autonomous County",
        "2019 年退出",
        "exit year 2019",
        "第 1 版",
        "公开版",
        "已出具，委托方尚未会签",
        "模拟数据",
        "达到退出标准",
        "错退率",
        "0.13%",
        "0.00% – 1.69%",
        "< 2%",
        "98.58%",
        "≥ 90%",
        "仅供参考",
        "尚未公示",
        "本版尚无电子签名",
        "全部相符",
    ):
        assert expected in said, expected
    one = edition_of(verdict)
    for digest in (one.document_sha256, one.pdf_sha256):
        assert " ".join(digest[at : at + 8] for at in range(0, 64, 8)) in said


def test_the_public_edition_does_not_give_away_the_digest_of_the_interviews(
    client: FlaskClient, verdict: Verdict
) -> None:
    shown = {
        edition: client.get(f"/api/v1{address(verdict, edition)}").get_json()
        for edition in ("full", "public")
    }

    named = {edition: found["chain"][1] for edition, found in shown.items()}
    assert named["full"]["sha256"] == verdict.interviews_sha256
    assert named["public"] == {"what": "interviews", "sha256": None, "holds": True}
    assert verdict.interviews_sha256 not in json.dumps(shown["public"])


def test_each_edition_has_its_own_page(client: FlaskClient, verdict: Verdict) -> None:
    assert "完整版" in Page(client.get(address(verdict, "full")).text).text
    assert "公开版" in Page(client.get(address(verdict, "public")).text).text


def test_more_digits_are_compared_too(client: FlaskClient, verdict: Verdict) -> None:
    whole = address(verdict, digits=64)

    assert client.get(whole).status_code == 200
    assert client.get(whole.upper().replace("VERIFY", "verify")).status_code == 200
    assert client.get(whole[:-1] + ("0" if whole[-1] != "0" else "1")).status_code == 404
    assert client.get(address(verdict, digits=15)).status_code == 404


def test_an_unknown_number_and_a_wrong_digest_are_one_answer(
    client: FlaskClient, verdict: Verdict
) -> None:
    right = edition_of(verdict).document_sha256[:16]
    wrong = [
        f"/verify/{NUMBER}/{'0' * 16}",
        f"/verify/530828-2019-01/{right}",
        f"/verify/{NUMBER}x/{right}",
        f"/verify/{NUMBER}/short",
        "/verify/..%00/x",
        "/verify?sha256=" + "0" * 64,
    ]

    answers = [client.get(one) for one in wrong[:4]] + [client.get(wrong[5])]

    assert {(one.status_code, one.data) for one in answers} == {(404, answers[0].data)}
    assert "查无此报告" in answers[0].text
    assert NUMBER not in answers[0].text.replace('placeholder="420528-2019-01"', "")


def test_guesses_are_counted_in_the_database_and_readers_are_not(
    session: Session, a_server: Any, settings: Any, verdict: Verdict, frozen_clock: Any
) -> None:
    limits = replace(settings.limits, guesses_per_minute=3)
    client = a_server(replace(settings, limits=limits))
    other = a_server(replace(settings, limits=limits))
    wrong = f"/verify/{NUMBER}/{'0' * 16}"

    assert [client.get(address(verdict)).status_code for _ in range(5)] == [200] * 5
    assert [client.get(wrong).status_code for _ in range(3)] == [404] * 3

    refused = other.get(address(verdict))
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "60"
    assert "一分钟后再试" in refused.text
    twin = other.get(f"/api/v1{address(verdict)}")
    assert (twin.status_code, twin.mimetype) == (429, "application/problem+json")
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    assert other.get(address(verdict), environ_base=elsewhere).status_code == 200
    frozen_clock.moment += timedelta(minutes=1)
    assert other.get(address(verdict)).status_code == 200


def test_the_form_leads_to_the_page(client: FlaskClient, verdict: Verdict) -> None:
    digest = edition_of(verdict).document_sha256
    grouped = " ".join(digest[at : at + 8] for at in range(0, 64, 8)).upper()

    form = client.get("/verify")
    led = client.get("/verify", query_string={"number": f" {NUMBER} ", "digest": grouped})

    assert form.status_code == 200
    assert led.status_code == 303
    assert led.location == address(verdict)
    page = Page(form.text)
    named = {attributes.get("name") for tag, attributes in page.tags if tag == "input"}
    assert {"number", "digest", "sha256"} <= named
    assert all(attributes["method"] == "get" for tag, attributes in page.tags if tag == "form")


@pytest.mark.parametrize("which", ["document_sha256", "pdf_sha256"])
def test_a_file_is_found_by_its_digest(client: FlaskClient, verdict: Verdict, which: str) -> None:
    digest = getattr(edition_of(verdict, "full"), which)

    led = client.get("/verify", query_string={"sha256": digest})

    assert led.location == address(verdict, "full")
    found = client.get(f"/api/v1/verify/files/{digest}").get_json()
    assert (found["number"], found["edition"]) == (NUMBER, "full")
    assert client.get(f"/api/v1/verify/files/{digest[:-1]}").status_code == 404


def test_the_json_twin_says_the_same(client: FlaskClient, verdict: Verdict) -> None:
    found = client.get(f"/api/v1{address(verdict)}").get_json()

    one = edition_of(verdict)
    assert found["figures"][0] == {
        "code": "wrong_exit_rate",
        "estimate": "0.13%",
        "low": "0.00%",
        "high": "1.69%",
        "threshold": "< 2%",
        "finding": "met_established",
    }
    assert [figure["finding"] for figure in found["figures"]][-1] is None
    assert found["document_sha256"] == one.document_sha256
    assert found["signed_sha256"] is None
    assert found["standing"]["state"] == "issued"
    assert found["simulated"] is True
    assert [link["what"] for link in found["chain"]] == [
        "ledger",
        "interviews",
        "document",
        "pdf",
    ]
    assert found["sound"] is True
    assert "nonce" not in json.dumps(found)


def test_unknown_things_are_problems_in_json(client: FlaskClient, verdict: Verdict) -> None:
    answers = [
        client.get(f"/api/v1/verify/{NUMBER}/{'0' * 16}"),
        client.get(f"/api/v1/verify/530828-2019-01/{'0' * 16}"),
        client.get(f"/api/v1/verify/files/{'0' * 64}"),
    ]

    assert {(one.status_code, one.data) for one in answers} == {(404, answers[0].data)}
    assert answers[0].get_json()["type"] == "/problems/not-found"


def test_a_step_that_does_not_hold_is_shown(
    client: FlaskClient, session: Session, a_campaign: Any
) -> None:
    campaign = a_campaign()
    verdict = a_verdict(session, campaign.id)
    other = a_verdict(session, campaign.id, 2)
    change(
        session,
        text("UPDATE verdicts SET interviews = :other WHERE version = 2"),
        other=b"changed",
    )

    assert client.get(f"/api/v1{address(verdict)}").get_json()["sound"] is True
    found = client.get(f"/api/v1{address(other)}").get_json()
    assert [link["what"] for link in found["chain"] if not link["holds"]] == ["interviews"]
    said = Page(client.get(address(other)).text).text
    assert "至少一个环节不符" in said
    assert "does not agree" in said


def test_a_root_that_the_ledger_never_had_is_shown(
    client: FlaskClient, session: Session, a_campaign: Any
) -> None:
    provenance = {
        "interviews_sha256": "0" * 64,
        "ledger": {"root": "0" * 64, "count": 0, "day": None},
    }
    verdict = a_verdict(session, a_campaign().id, provenance=provenance)

    found = client.get(f"/api/v1{address(verdict)}").get_json()

    assert [link["holds"] for link in found["chain"]] == [False, False, True, True]


def test_an_old_version_names_the_new_one(
    client: FlaskClient, session: Session, a_campaign: Any
) -> None:
    campaign = a_campaign()
    old, new = (a_verdict(session, campaign.id, version) for version in (1, 2))

    assert "已被第 2 版取代" in Page(client.get(address(old)).text).text
    assert "已被第" not in Page(client.get(address(new)).text).text


def test_nothing_is_kept_framed_or_sent_anywhere(client: FlaskClient, verdict: Verdict) -> None:
    for path in ("/verify", address(verdict), f"/verify/{NUMBER}/{'0' * 16}"):
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none';")
        assert "unsafe" not in policy
        assert "connect-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        for tag in ("style", "script"):
            found = re.findall(rf"<{tag}>(.*?)</{tag}>", answer.text, re.S)
            assert len(found) == 1
            digest = base64.b64encode(hashlib.sha256(found[0].encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{digest}'" in policy
        page = Page(answer.text)
        assert not [one for one in page.tags if "src" in one[1] or "style" in one[1]]
        assert sum(tag == "h1" for tag, _ in page.tags) == 1


def test_every_text_of_the_pages_is_in_both_languages() -> None:
    for code, (zh, en) in TEXTS.items():
        assert re.search("[一-鿿]", zh), code
        assert not re.search("[一-鿿]", en), code


def test_what_happens_to_a_verdict_shows_on_its_page(
    client: FlaskClient, as_role: Any, session: Session, a_campaign: Any
) -> None:
    campaign = a_campaign()
    verdict = a_verdict(session, campaign.id)
    commissioner = as_role(Role.COMMISSIONER, campaign)
    base = f"/api/v1/verdicts/{NUMBER}/1"
    assert commissioner.post(f"{base}/countersignature").status_code == 201
    assert commissioner.post(f"{base}/notice", json={"first_day": "2020-06-03"}).status_code == 201
    said = Page(client.get(address(verdict)).text).text
    assert "有效" in said
    assert "委托方于 2020-06-03 会签" in said
    assert "公示期 2020-06-03 至 2020-06-09" in said

    reason = "数据有误 <b>wrong</b>"
    assert commissioner.post(f"{base}/withdrawal", json={"reason": reason}).status_code == 201

    answer = client.get(address(verdict))
    assert "已撤回" in Page(answer.text).text
    assert "&lt;b&gt;wrong" in answer.text


def published(as_role: Any, campaign: Any, version: int = 1) -> Any:
    """The commissioner, after countersigning and beginning the notice tomorrow."""
    commissioner = as_role(Role.COMMISSIONER, campaign)
    base = f"/api/v1/verdicts/{NUMBER}/{version}"
    assert commissioner.post(f"{base}/countersignature").status_code == 201
    assert commissioner.post(f"{base}/notice", json={"first_day": "2020-06-04"}).status_code == 201
    return commissioner


def test_anybody_downloads_the_public_edition_once_it_is_published(
    client: FlaskClient,
    as_role: Any,
    session: Session,
    settings: Any,
    a_campaign: Any,
    frozen_clock: Any,
) -> None:
    campaign = a_campaign()
    verdict = a_verdict(session, campaign.id)
    files = [f"{address(verdict)}/{form}" for form in ("signed", "pdf")]
    assert [client.get(one).status_code for one in files] == [404, 404]
    published(as_role, campaign)
    keyed = replace(settings, demo_seed="demo")
    countersigning.sign(session, NUMBER, 1, at=frozen_clock.moment, settings=keyed)
    assert [client.get(one).status_code for one in files] == [404, 404]
    assert "公示首日起可在其核验页下载" in client.get(address(verdict)).text
    frozen_clock.moment += timedelta(days=1)

    page = Page(client.get(address(verdict)).text)
    links = {found["href"] for tag, found in page.tags if tag == "a"}
    signed, drawn = (client.get(one) for one in files)

    assert links > set(files)
    assert drawn.data == edition_of(verdict).pdf
    assert signed.data.startswith(drawn.data)
    assert len(signed.data) > len(drawn.data)
    for answer, name in ((signed, f"{NUMBER}-v1-public-signed.pdf"), (drawn, "public.pdf")):
        assert answer.mimetype == "application/pdf"
        assert name in answer.headers["Content-Disposition"]
        assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.data).hexdigest()}"'
    part = client.get(files[1], headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, b"%PDF")


def test_nobody_downloads_the_full_edition_by_its_page(
    client: FlaskClient, as_role: Any, session: Session, a_campaign: Any, frozen_clock: Any
) -> None:
    campaign = a_campaign()
    verdict = a_verdict(session, campaign.id)
    published(as_role, campaign)
    frozen_clock.moment += timedelta(days=1)

    page = Page(client.get(address(verdict, "full")).text)

    links = {found["href"] for tag, found in page.tags if tag == "a"}
    assert address(verdict, "public") in links
    for form in ("pdf", "signed", "json"):
        assert client.get(f"{address(verdict, 'full')}/{form}").status_code == 404
    assert client.get(f"{address(verdict)}/json").status_code == 404
    guess = client.get(f"/verify/{NUMBER}/{'0' * 16}/pdf")
    assert guess.data == client.get(f"/verify/{NUMBER}/{'0' * 16}").data


def test_what_does_not_stand_any_more_is_not_handed_out(
    client: FlaskClient, as_role: Any, session: Session, a_campaign: Any, frozen_clock: Any
) -> None:
    campaign = a_campaign()
    verdict = a_verdict(session, campaign.id)
    commissioner = published(as_role, campaign)
    frozen_clock.moment += timedelta(days=1)
    path = f"{address(verdict)}/pdf"
    assert client.get(path).status_code == 200

    taken_back = commissioner.post(
        f"/api/v1/verdicts/{NUMBER}/1/withdrawal", json={"reason": "数据有误"}
    )

    assert taken_back.status_code == 201
    assert client.get(path).status_code == 404
    assert path not in client.get(address(verdict)).text
