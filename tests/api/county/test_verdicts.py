"""A county's verdicts, notices and statement as its official reads them."""

import hashlib
from typing import Any

import pytest
from browsing import Browser, seen
from flask import Flask
from issued import NUMBER
from sqlalchemy.orm import Session

from inspect_app.models.verdicts import Verdict
from inspect_app.rules.roles import Role

PDF = b"%PDF-1.7 a page of the exit file"


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
