"""What agencies take away: the same figures again, nothing else, and a trace of who took it."""

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyreadstat
import pytest
from click.testing import CliRunner
from fieldwork import a_code, tasks
from flask import Flask
from frames import two_villages
from phones import a_phone, a_roster, an_interview
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.cli.export import export as export_command
from inspect_app.demo.phone import Phone
from inspect_app.models.samples import AccessEntry
from inspect_app.rules.exports import INTERVIEWS, PARADATA
from inspect_app.rules.roles import Role
from inspect_app.services import exports
from inspect_app.settings import Settings
from sampling.indicators import Analysis, Totals, indicators
from sampling.readers import read_table

READERS = (Role.COMMISSIONER, Role.PLANNER, Role.REVIEWER, Role.EXPERT)
REASON = "帮扶措施没有落到实处，王某某说的"
POOR = {"wage_local": 0, "wage_away": 0, "crop_gross": 100, "livestock_gross": 0}


@pytest.fixture(scope="session")
def folders(folders: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same frame with a plan of two villages."""
    return two_villages(folders, tmp_path_factory.mktemp("two_villages_out"))


@pytest.fixture
def phones(app: Flask, as_role: Any, campaign: Any, frozen_clock: Any) -> list[Phone]:
    """Two villages visited: one household was poor, one not at home, one is returned."""
    found = []
    for order in (1, 2):
        pair = campaign.a_pair(f"Li{order}", f"Wang{order}")
        phone = a_phone(app, seed=f"phone{order}", now=frozen_clock.moment)
        phone.enrol(a_code(as_role, campaign, pair[0]))
        campaign.assign(order, pair=pair)
        phone.pull()
        (village,) = phone.draws
        phone.seal_roster(village, a_roster(village))
        for household_class in ("E", "N", "P"):
            for task in tasks(phone, household_class):
                if task.is_reserve:
                    continue
                digest = hashlib.sha256(task.unit_id.encode()).hexdigest()
                changes: dict[str, Any] = {"crop_gross": 9000 + int(digest[:3], 16)}
                if (order, household_class, task.order) == (1, "E", 1):
                    changes |= POOR | {"sat_overall": "no", "sat_reason": REASON}
                if (order, household_class, task.order) == (2, "N", 1):
                    phone.seal_contact(task.unit_id, visit_no=1, disposition="absent", note="锁门")
                    continue
                an_interview(phone, task, **changes)
        phone.push()
        found.append(phone)
    return found


@pytest.fixture
def finished(phones: list[Phone], as_role: Any, campaign: Any) -> list[Phone]:
    """All but one are accepted; that one goes back to the field."""
    reviewer = as_role(Role.REVIEWER, campaign)
    listed = reviewer.get(
        f"/api/v1/campaigns/{campaign.id}/interviews?state=received&limit=500"
    ).get_json()["interviews"]
    again = next(one["interview_id"] for one in listed if one["class_found"] == "P")
    for one in listed:
        is_returned = one["interview_id"] == again
        step, body = ("return", {"reason": "补问"}) if is_returned else ("accept", {})
        answer = reviewer.post(f"/api/v1/interviews/{one['interview_id']}/{step}", json=body)
        assert answer.status_code == 200, answer.get_json()
    return phones


@pytest.fixture
def take(as_role: Any, campaign: Any) -> Callable[..., Any]:
    """Download an export as a person of a role."""

    def download(name: str, role: Role = Role.REVIEWER) -> Any:
        return as_role(role, campaign).get(f"/api/v1/campaigns/{campaign.id}/exports/{name}")

    return download


def table(answer: Any) -> pl.DataFrame:
    assert answer.status_code == 200, answer.get_data()
    return pl.read_csv(io.BytesIO(answer.get_data()), infer_schema=False)


def test_the_interviews_lead_to_the_figures_of_the_server(
    finished: list[Phone],
    take: Callable[..., Any],
    as_role: Any,
    campaign: Any,
    folders: Any,
    tmp_path: Path,
) -> None:
    server = as_role(Role.PLANNER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/estimates", json={"county_adcode": "420528"}
    )
    assert server.status_code in (200, 201), server.get_json()
    wanted = {one["code"]: one["estimate"] for one in server.get_json()["indicators"]}
    row = folders.frame.totals.row(0, named=True)
    totals = Totals(row["persons_e"], row["persons_p"], row["persons_n"], row["persons_rural"])

    for form in ("csv", "parquet"):
        file = tmp_path / f"interviews.{form}"
        file.write_bytes(take(f"interviews.{form}", Role.REVIEWER).get_data())
        rows = read_table(file, "interviews")
        found = indicators(rows, totals=totals, analysis=Analysis())

        for one in found:
            for name in ("value", "low", "high", "n"):
                assert getattr(one.estimate, name) == pytest.approx(wanted[one.code][name])
    assert wanted["wrong_exit_rate"]["n"] > 0


def test_interviews_hold_every_opened_household_and_no_answers(
    finished: list[Phone], take: Callable[..., Any]
) -> None:
    rows = table(take("interviews.csv"))

    assert rows.columns == [column.name for column in INTERVIEWS]
    assert set(rows["disposition"]) == {"completed", "partial", "absent"}
    assert not [name for name in rows.columns if name.startswith("sat_")]
    assert REASON not in take("interviews.csv").get_data(as_text=True)
    assert set(rows.filter(pl.col("disposition") == "completed")["approves"]) == {"0", "1"}


def test_paradata_tell_how_the_work_was_done_and_nothing_that_was_said(
    finished: list[Phone], take: Callable[..., Any], campaign: Any
) -> None:
    answer = take("paradata.csv", Role.PLANNER)
    rows = table(answer)

    assert rows.columns == [column.name for column in PARADATA]
    sent = [sealed.op["op_id"] for phone in finished for sealed in phone.outbox]
    assert rows["op_id"].to_list() == sent
    assert answer.headers["X-Row-Count"] == str(len(sent))
    for said in (REASON, "锁门", "补问", "王某某", "Li1"):
        assert said not in answer.get_data(as_text=True)
    assert set(rows["simulated"]) == {"true"}
    interview = rows.filter(pl.col("kind") == "interview").row(1, named=True)
    assert interview["status"] == "accepted"
    assert interview["complete"] == "true"
    assert float(interview["duration_minutes"]) > 0
    assert interview["started_at"].endswith("+08:00")
    assert interview["visit_date"] == "2020-06-03"
    assert interview["is_current"] == "true"
    contact = rows.filter(pl.col("kind") == "contact").row(0, named=True)
    assert (contact["disposition"], contact["visit_no"]) == ("absent", "1")
    returned = rows.filter(pl.col("returns") == "1")
    assert returned["decision"].to_list() == ["returned"]


def test_parquet_carries_its_marks_and_its_types(
    finished: list[Phone], take: Callable[..., Any], campaign: Any
) -> None:
    for name, columns in (("interviews", INTERVIEWS), ("paradata", PARADATA)):
        content = take(f"{name}.parquet").get_data()

        rows = pl.read_parquet(io.BytesIO(content))
        marks = pl.read_parquet_metadata(io.BytesIO(content))
        assert marks["simulated"] == "true"
        assert marks["campaign"] == campaign.id
        described = json.loads(marks["columns"])
        assert [one["name"] for one in described] == rows.columns
        assert rows.columns == [column.name for column in columns]
    assert rows.schema["seq"] == pl.Int64
    assert rows.schema["duration_minutes"] == pl.Float64


def test_stata_reads_words_in_both_languages(
    finished: list[Phone], take: Callable[..., Any], tmp_path: Path, frozen_clock: Any
) -> None:
    for name, columns in (("interviews", INTERVIEWS), ("paradata", PARADATA)):
        file = tmp_path / f"{name}.dta"
        file.write_bytes(take(f"{name}.dta").get_data())

        rows, about = pyreadstat.read_dta(file, output_format="polars")

        assert rows.columns == [column.name for column in columns]
        assert about.file_label == f"{name} 模拟数据 simulated data"
        assert about.creation_time == frozen_clock.moment.replace(tzinfo=None)
        assert about.column_names_to_labels["disposition"] == "访问结果 | disposition"
        assert about.variable_value_labels["disposition"][1] == "完成 | completed"
        assert about.variable_value_labels["is_reserve"] == {0: "否 | no", 1: "是 | yes"}
        flat = table(take(f"{name}.csv"))
        assert rows.height == flat.height
        assert rows["disposition"].drop_nulls().to_list() == [
            1 + list(about.variable_value_labels["disposition"].values()).index(words)
            for words in (
                next(
                    label
                    for label in about.variable_value_labels["disposition"].values()
                    if label.endswith(f"| {value}")
                )
                for value in flat["disposition"].drop_nulls()
            )
        ]


def test_an_installation_without_the_extra_says_so_in_one_sentence(
    finished: list[Phone], take: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyreadstat", None)

    answer = take("interviews.dta")

    assert answer.status_code == 503
    assert answer.get_json()["type"] == "/problems/extra-missing"
    assert "[export]" in answer.get_json()["detail"]


def test_answers_are_for_reviewers(finished: list[Phone], take: Callable[..., Any]) -> None:
    rows = table(take("answers.csv"))
    people = table(take("members.csv", Role.EXPERT))

    accepted = sum(len(phone.outbox) for phone in finished) - 2 - 1 - 1
    assert rows.height == accepted
    assert REASON in rows["sat_reason"].to_list()
    assert {"location_lat", "location_lon", "location_accuracy"} <= set(rows.columns)
    assert set(people["interview_id"]) == set(rows["interview_id"])
    assert set(people["line"]) >= {"1", "2", "3"}
    assert "m_age" in people.columns
    assert "m_age" not in rows.columns
    assert take("answers.parquet").status_code == 200
    assert take("answers.dta").status_code == 404
    for role in (Role.PLANNER, Role.COMMISSIONER):
        assert take("answers.csv", role).status_code == 403
        assert take("members.csv", role).status_code == 403


def test_who_may_take_figures(
    finished: list[Phone], as_role: Any, campaign: Any, a_campaign: Any, client: Any
) -> None:
    path = f"/api/v1/campaigns/{campaign.id}/exports/interviews.csv"
    for role in Role:
        who = as_role(role, campaign, county="420528", team="A")
        assert who.get(path).status_code == (200 if role in READERS else 403), role
    other = a_campaign("commissioned", "second")
    assert as_role(Role.REVIEWER, other, login="foreign").get(path).status_code in (403, 404)
    assert client.get(path).status_code == 401
    for name in ("interviews.xlsx", "secrets.csv", "interviews"):
        unknown = f"/api/v1/campaigns/{campaign.id}/exports/{name}"
        assert as_role(Role.REVIEWER, campaign).get(unknown).status_code == 404


def test_every_export_leaves_its_rows_and_its_hash(
    finished: list[Phone], take: Callable[..., Any], session: Session
) -> None:
    answer = take("paradata.csv", Role.COMMISSIONER)

    sha256 = hashlib.sha256(answer.get_data()).hexdigest()
    assert answer.headers["X-Content-SHA256"] == sha256
    assert answer.headers["Content-Disposition"] == 'attachment; filename="simulated-paradata.csv"'
    session.rollback()
    seen = session.scalars(select(AccessEntry.what)).all()
    assert f"export paradata.csv: {answer.headers['X-Row-Count']} rows, {sha256}" in seen


def test_nothing_to_export_is_an_empty_table(
    phones: list[Phone], take: Callable[..., Any], settings: Settings
) -> None:
    """Nothing is accepted yet: columns, no rows, in every form."""
    assert table(take("interviews.csv")).height == 0
    assert pl.read_parquet(io.BytesIO(take("interviews.parquet").get_data())).height == 0
    assert table(take("answers.csv")).height == 0
    assert take("interviews.dta").status_code == 200
    assert list((settings.data_dir / "exports").iterdir()) == []


def test_the_console_writes_files_with_a_manifest(
    finished: list[Phone], settings: Settings, campaign: Any, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = ["--data", str(settings.data_dir), "--database-url", settings.database_url]
    command += ["--campaign", campaign.id, "--out", str(out), "--format", "parquet"]

    done = CliRunner().invoke(export_command, command)

    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in out.iterdir()) == [
        "simulated-interviews.parquet",
        "simulated-interviews.parquet.manifest.json",
        "simulated-paradata.parquet",
        "simulated-paradata.parquet.manifest.json",
    ]
    manifest = json.loads((out / "simulated-paradata.parquet.manifest.json").read_text("utf-8"))
    content = (out / manifest["file"]).read_bytes()
    assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
    assert manifest["rows"] == pl.read_parquet(io.BytesIO(content)).height
    assert manifest["simulated"] is True


@pytest.mark.parametrize("write", [exports.write_csv, exports.write_parquet])
def test_parts_are_written_one_after_the_other(write: Any, tmp_path: Path) -> None:
    """A writer that gathered everything first would ask for the last part before writing."""
    part = pl.DataFrame(
        [{column.name: None for column in PARADATA} | {"seq": 1}],
        schema=exports.datasets.schema(PARADATA),
    )

    def parts() -> Iterator[pl.DataFrame]:
        for _number in range(300):
            yield part

    rows = write(tmp_path / "file", parts(), PARADATA, {"simulated": True})

    assert rows == 300
