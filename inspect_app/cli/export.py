"""`exit-inspection export`: data sets of a campaign as files, each with a manifest beside it."""

import json
from pathlib import Path

import click

from inspect_app.cli.installation import FOLDER, application, of_installation
from inspect_app.messages import say
from inspect_app.rules.exports import CODED, FORMATS, SPOKEN
from inspect_app.settings import Settings

CONSOLE = "console"
"""Who the access log says took the file; whoever may run this may read the database anyway."""


@click.command("export")
@click.option("--campaign", "campaign_id", required=True, help="活动编号 | id of the campaign")
@click.option("--out", type=FOLDER, required=True, help="输出目录 | output folder")
@click.option(
    "--dataset",
    "chosen",
    type=click.Choice((*CODED, *SPOKEN)),
    multiple=True,
    default=CODED,
    show_default=True,
    help="数据集，可重复 | data set, repeatable",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="csv",
    show_default=True,
    help="文件格式 | file format",
)
@of_installation
def export(
    settings: Settings, campaign_id: str, out: Path, chosen: tuple[str, ...], form: str
) -> None:
    """导出已复核数据与过程数据 | Export reviewed interviews and paradata."""
    from inspect_app import clock
    from inspect_app.extensions import db
    from inspect_app.rules.roles import Caller, Membership, Role
    from inspect_app.services import exports

    by = Caller(CONSOLE, (Membership(campaign_id, Role.EXPERT),))
    out.mkdir(parents=True, exist_ok=True)
    with application(settings):
        for dataset in dict.fromkeys(chosen):
            made = exports.make(
                db.session(), campaign_id, dataset, form, by=by, settings=settings, at=clock.now()
            )
            place = out / made.name
            with place.open("wb") as file:
                file.writelines(made.pieces())
            manifest = json.dumps(dict(made.manifest), ensure_ascii=False, indent=1)
            place.with_name(f"{made.name}.manifest.json").write_text(
                f"{manifest}\n", encoding="utf-8"
            )
            click.echo(say("export.written", file=place, rows=made.rows, sha256=made.sha256))
