"""`exit-inspection verdict render-all`, `summary`, `bundle`: all verdicts of a campaign at once."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inspect_app.cli.installation import FILE, FOLDER, application
from inspect_app.messages import say
from inspect_app.settings import Settings
from sampling.progress import Progress, silent

if TYPE_CHECKING:
    from report_templates.press import Sheet

CONSOLE = "console"
"""Who the access log says read the verdicts; whoever may run this may read the database anyway."""


def of_sheets(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the documents of a campaign or of a folder; the database is closed again."""

    @click.option("--campaign", "campaign_id", help="活动编号 | id of the campaign")
    @click.option(
        "--sheets",
        "folder",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="或：verdict.json 所在目录 | or: a folder of verdict.json files",
    )
    @click.option("--data", type=FOLDER, help="数据目录 | data folder")
    @click.option(
        "--database-url",
        envvar="DATABASE_URL",
        show_envvar=True,
        help="数据库，默认为数据目录中的 SQLite | database, by default SQLite in the data folder",
    )
    @wraps(command)
    def told(
        campaign_id: str | None,
        folder: Path | None,
        data: Path | None,
        database_url: str | None,
        **options: object,
    ) -> None:
        from inspect_app.services import rendering

        if (campaign_id is None) == (folder is None) or (campaign_id and data is None):
            raise click.UsageError(say("reports.source"))
        if folder is not None:
            sheets = rendering.in_folder(folder)
        elif campaign_id is not None and data is not None:
            sheets = _stored(Settings.for_folder(data, database_url=database_url), campaign_id)
        command(sheets, **options)

    return told


def _stored(settings: Settings, campaign_id: str) -> "list[Sheet]":
    from inspect_app import clock
    from inspect_app.extensions import db
    from inspect_app.rules.roles import Caller, Membership, Role
    from inspect_app.services import rendering

    by = Caller(CONSOLE, (Membership(campaign_id, Role.EXPERT),))
    with application(replace(settings, unhurried=True)):
        return rendering.stored(db.session(), campaign_id, by=by, at=clock.now())


@click.command("render-all")
@click.option("--out", type=FOLDER, required=True, help="输出目录 | output folder")
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=lambda: os.cpu_count() or 1,
    help="进程数，默认为处理器核数 | processes, by default one a core",
)
@of_sheets
def render_all(sheets: "list[Sheet]", out: Path, workers: int) -> None:
    """绘制全部县的两种版本 | Draw both editions of all counties; what stands already is kept."""
    from inspect_app.services import rendering

    with counted_bar() as progress:
        done = rendering.render_all(sheets, out, workers=workers, progress=progress)
    for one in done.failed:
        click.echo(f"{one.file}: {one.fault}", err=True)
    counts = {name: len(getattr(done, name)) for name in ("drawn", "kept", "failed")}
    click.echo(say("reports.rendered", folder=out, **counts))
    if done.failed:
        raise SystemExit(1)


@click.command("summary")
@click.option("--out", type=FILE, required=True, help="PDF 文件 | PDF file")
@of_sheets
def summarise(sheets: "list[Sheet]", out: Path) -> None:
    """全部县的结论总览 | Summary of all counties for the commissioner, without a ranking."""
    from inspect_app.services import summaries
    from inspect_app.services.documents import digest
    from report_templates import press

    _require_verdicts(sheets)
    pdf = summaries.render(sheets)
    press.write(out, pdf)
    click.echo(say("reports.summary", file=out, sha256=digest(pdf)))


@click.command("bundle")
@click.option("--out", type=FOLDER, required=True, help="输出目录 | output folder")
@of_sheets
def bundle(sheets: "list[Sheet]", out: Path) -> None:
    """公开数据包 | Figures of the public editions as CSV, Parquet and JSON, with a dictionary."""
    from inspect_app.services import bundles

    _require_verdicts(sheets)
    for name, sha256 in bundles.write(sheets, out).items():
        click.echo(f"{sha256}  {name}")


def _require_verdicts(sheets: "list[Sheet]") -> None:
    """End with a line for each document that is no verdict; nothing is drawn of the others."""
    from report_templates.verdict import VerdictSheet
    from report_templates.verdict_sheet import SheetError

    is_sound = True
    for sheet in sheets:
        try:
            VerdictSheet.from_json(sheet.content)
        except SheetError as error:
            click.echo(f"{sheet.file}: {error}", err=True)
            is_sound = False
    if not is_sound:
        raise SystemExit(1)


@contextmanager
def counted_bar() -> Iterator[Progress]:
    """Show count, rate and remaining time on stderr; silent where that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        yield silent
        return
    rate = TextColumn("{task.fields[rate]}")
    with Bar(
        BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn(), console=console
    ) as bar:
        task = bar.add_task("", total=None, rate="")

        def show(_: str, done: int, total: int) -> None:
            speed = bar.tasks[0].finished_speed or bar.tasks[0].speed
            bar.update(task, completed=done, total=total, rate=f"{speed:.1f}/s" if speed else "")

        yield show
