"""Verdicts computed again, by the same rule book or by another one."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import update
from sqlalchemy.orm import Session
from tampering import change
from verdict_field import NUMBER, POOR, Field, documents

from inspect_app.cli import main as console
from inspect_app.models.verdicts import Verdict
from inspect_app.services import estimates, rereading
from inspect_app.settings import Settings


def recompute(settings: Settings, *words: str) -> Any:
    data = ["--data", str(settings.data_dir), "--database-url", settings.database_url]
    return CliRunner().invoke(console, ["verdict", "recompute", *words, *data])


def test_every_version_is_recomputed_to_the_bytes_that_were_issued(
    finished: Field, settings: Settings
) -> None:
    finished.issue()
    finished.issue(release_date="2020-07-01", reason="other", note="改期")

    one = recompute(settings, NUMBER, "1")
    last = recompute(settings, NUMBER)
    both = recompute(settings, "--all", "--campaign", finished.campaign.id)

    same = [f"{NUMBER} version {version}: the same bytes" for version in (1, 2)]
    assert (one.exit_code, same[0] in one.output, same[1] in one.output) == (0, True, False)
    assert (last.exit_code, same[0] in last.output, same[1] in last.output) == (0, False, True)
    assert both.exit_code == 0
    assert all(told in both.output for told in same)


def test_a_row_that_was_changed_is_found_out(
    finished: Field, session: Session, settings: Settings
) -> None:
    finished.issue()
    row = session.get_one(Verdict, (NUMBER, 1))
    assert row.inputs is not None
    kept, interviews = row.inputs, row.interviews

    moved = kept.replace(b'"exit_year":2019', b'"exit_year":2018')
    change(session, update(Verdict).values(inputs=moved))
    other = recompute(settings, NUMBER, "1")
    refused = interviews.replace(b"completed", b"refused", 1)
    change(session, update(Verdict).values(inputs=kept, interviews=refused))
    harmed = recompute(settings, NUMBER, "1")
    change(session, update(Verdict).values(inputs=None))
    older = recompute(settings, NUMBER, "1")

    assert (other.exit_code, "full: county.exit_year" in other.output) == (1, True)
    assert (harmed.exit_code, "what was stored is not what it was" in harmed.output) == (1, True)
    assert (older.exit_code, "issued before inputs were frozen" in older.output) == (0, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [((), 2), (("--all",), 2), ((NUMBER, "--all", "--campaign", "x"), 2), ((NUMBER,), 1)],
)
def test_what_cannot_be_recomputed(
    drawn: Field, settings: Settings, words: tuple[str, ...], code: int
) -> None:
    assert recompute(settings, *words).exit_code == code


# --- another rule book -------------------------------------------------------------------------


def diff(settings: Settings, campaign: Any, *books: str) -> dict[str, Any]:
    data = ["--data", str(settings.data_dir), "--database-url", settings.database_url]
    told = CliRunner().invoke(
        console, ["rulebook", "diff", *books, "--campaign", campaign.id, "--json", *data]
    )
    assert told.exit_code == 0, told.output
    (county,) = json.loads(told.stdout)["counties"]
    return dict(county)


def a_book(folder: Path, setting: str, value: str) -> str:
    """The national rule book with another value, as a file."""
    text = (resources.files("inspect_app") / "rulebooks" / "2017-national.toml").read_text("utf-8")
    head, section, tail = text.partition(f"[settings.{setting}]\n")
    path = folder / f"{setting}.toml"
    path.write_text(f"{head}{section}value = {value}\n{tail.split(chr(10), 1)[1]}", "utf-8")
    return str(path)


def test_the_same_book_judges_every_household_as_before(
    visited: Field, session: Session, settings: Settings
) -> None:
    visited.interview_everybody(**POOR)
    (case,) = visited.accept_everything()
    visited.rule(case, "confirmed")
    data = estimates.gather(session, visited.campaign.id, "420528", settings=settings)

    almost = data.rulebook.with_reading("water_dry_days", 16)  # nobody is without for so long

    found = rereading.under(session, data, almost)

    assert data.interviews["wrong_exit"].sum() == 4
    assert (found.unruled, found.data.rulebook) == (0, almost)
    assert found.data.interviews.equals(data.interviews)


def test_what_another_threshold_changes(
    finished: Field, settings: Settings, tmp_path: Path
) -> None:
    low = a_book(tmp_path, "incidence_threshold", "{ central_2pct = 0.0001, west_3pct = 0.0001 }")

    before = diff(settings, finished.campaign, "2017-national", low)
    finished.issue()
    issued = diff(settings, finished.campaign, "2017-national", low)
    same = diff(settings, finished.campaign, "2017-national", "2017-national")

    assert (before["number"], issued["number"], issued["version"]) == (None, NUMBER, 1)
    for county in (before, issued):
        assert (county["changes"], county["findings"]) == (True, ["poverty_incidence"])
        assert (county["one"]["outcome"], county["other"]["outcome"]) == (
            "meets",
            "does_not_meet",
        )
        mine, other = (county[side]["indicators"]["poverty_incidence"] for side in ("one", "other"))
        assert mine["value"] == other["value"]
        assert (mine["threshold"], other["threshold"]) == (0.02, 0.0001)
    assert (same["changes"], same["findings"], same["one"]) == (False, [], same["other"])


def test_what_another_judgement_of_households_changes(
    visited: Field, settings: Settings, tmp_path: Path
) -> None:
    _, far = visited.sampled("N")[0]
    for of in "ENP":
        for phone, task in visited.sampled(of):
            visited.interview(phone, task, **({"water_clean": "bad"} if task is far else {}))
    for phone in visited.phones:
        phone.push()
    assert visited.accept_everything() == []
    book = a_book(tmp_path, "missed_test", '"same_as_exit"')

    county = diff(settings, visited.campaign, "2017-national", book)
    visited.issue()
    full, public = documents(visited, 1)
    again = recompute(settings, NUMBER)

    mine, other = county["one"], county["other"]
    assert (mine["unruled"], other["unruled"]) == (0, 1)
    assert mine["indicators"]["missed_rate"]["value"] == 0
    assert other["indicators"]["missed_rate"]["value"] > 0.02
    assert (county["changes"], other["outcome"]) == (True, "does_not_meet")
    for edition in (full, public):
        missed = next(one for one in edition["indicators"] if one["code"] == "missed_rate")
        (shown,) = (one for one in missed["variants"] if one["setting"] == "missed_test")
        assert (shown["reading"], shown["changes"]) == ("same_as_exit", True)
        assert shown["finding"] == other["indicators"]["missed_rate"]["finding"]
        assert shown["value"] == pytest.approx(
            other["indicators"]["missed_rate"]["value"], abs=0.0001
        )
    assert again.exit_code == 0, again.output


def test_a_county_without_figures_is_named(drawn: Field, settings: Settings) -> None:
    county = diff(settings, drawn.campaign, "2017-national", "2017-strict")

    assert (county["one"], county["other"], county["changes"]) == (None, None, False)
    assert "accepted" in county["fault"]
