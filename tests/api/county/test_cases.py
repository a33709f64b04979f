"""A county's cases as its official walks through them: reply, evidence, ruling."""

import hashlib
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from browsing import Browser, seen
from flask import Flask
from issued import NUMBER
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.cases import Evidence
from inspect_app.models.verdicts import Verdict
from inspect_app.rules.roles import Role

PDF = b"%PDF-1.7 a page of the exit file"


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
        "files": {
            "file": (BytesIO(PDF), "x.pdf", "application/pdf"),
            "document_date": "2019-11-20",
        },
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

    dated = {"document_date": "2019-11-20"}
    sent = official.send(
        f"{path}/files", file=(BytesIO(large), "a.pdf", "application/pdf"), **dated
    )
    official.go(path)
    refused = official.send(
        f"{path}/files", file=(BytesIO(too_large), "b.pdf", "application/pdf"), **dated
    )

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
    sound = (BytesIO(PDF), "x.pdf", "application/pdf")
    sent = official.send(f"{path}/files", file=sound, state_at_reference="2019 年底")
    assert sent.status_code == 303


def test_a_paper_without_a_date_or_a_word_on_the_reference_date_is_asked_for_one(
    official: Browser, case: str
) -> None:
    path = f"/county/cases/{case}"
    official.go(path)

    bare = official.send(f"{path}/files", file=(BytesIO(PDF), "a.pdf", "application/pdf"))
    later = official.send(
        f"{path}/files",
        file=(BytesIO(PDF), "a.pdf", "application/pdf"),
        document_date="2031-01-01",
    )

    assert (bare.status_code, later.status_code) == (422, 422)
    assert "请填材料日期" in bare.text
    assert "材料日期晚于今天" in later.text


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
