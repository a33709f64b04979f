"""Reports of a campaign drawn again from the database, by the console."""

from pathlib import Path
from typing import Any

from click.testing import CliRunner
from issued import a_verdict
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.cli import main
from inspect_app.models.samples import AccessEntry
from inspect_app.models.verdicts import Edition
from inspect_app.settings import Settings
from report_templates import press


def render_all(settings: Settings, campaign_id: str, out: Path) -> Any:
    place = ["--data", str(settings.data_dir), "--database-url", settings.database_url]
    command = ["verdict", "render-all", "--campaign", campaign_id, "--out", str(out)]
    return CliRunner().invoke(main, [*command, *place, "--workers", "1"])


def test_both_editions_of_the_latest_version_are_drawn(
    campaign: Any, session: Session, settings: Settings, tmp_path: Path
) -> None:
    a_verdict(session, campaign.id)
    latest = a_verdict(session, campaign.id, 2)

    found = render_all(settings, campaign.id, tmp_path / "out")

    assert found.exit_code == 0, found.output
    assert "2 drawn, 0 kept, 0 failed" in found.output
    for edition in latest.editions:
        drawn = tmp_path / "out" / edition.edition / f"{latest.number}-2.pdf"
        document = session.get_one(Edition, (latest.number, 2, edition.edition)).document
        assert drawn.read_bytes() == press.draw(document)
    assert len(list((tmp_path / "out").rglob("*.pdf"))) == 2


def test_reading_all_verdicts_is_on_the_record(
    campaign: Any, session: Session, settings: Settings, tmp_path: Path
) -> None:
    a_verdict(session, campaign.id)

    render_all(settings, campaign.id, tmp_path / "out")

    seen = session.scalars(select(AccessEntry).where(AccessEntry.campaign_id == campaign.id)).all()
    assert [(one.actor, one.what) for one in seen][-1] == ("console", "all 2 editions of verdicts")


def test_a_campaign_without_verdicts_is_told(
    campaign: Any, settings: Settings, tmp_path: Path
) -> None:
    found = render_all(settings, campaign.id, tmp_path / "out")

    assert found.exit_code == 1
    assert "no verdict" in found.output
    assert not (tmp_path / "out").exists()
