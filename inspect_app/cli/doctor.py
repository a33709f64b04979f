"""`exit-inspection doctor`: an installation looked at, and what to do about it."""

import json
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from inspect_app.cli.installation import EXISTING, of_installation, require_database
from inspect_app.messages import say
from inspect_app.settings import Settings, SettingsError

if TYPE_CHECKING:
    from inspect_app.doctor.findings import Finding

PINS = Path(__file__).parents[2] / "requirements.txt"
COLOURS = ("green", "yellow", "red")


@click.command()
@of_installation
@click.option("--url", help="手机所用地址 | the address that phones use, https://…")
@click.option(
    "--pins",
    type=EXISTING,
    help="锁定的版本 | pinned versions",
)
@click.option("--json", "as_json", is_flag=True, help="供程序读取 | for programs")
def doctor(settings: Settings, url: str | None, pins: Path | None, as_json: bool) -> None:
    """检查安装 | Look at an installation; ends with 0 good, 1 attention, 2 fault."""
    from inspect_app.cli.serve import as_told
    from inspect_app.doctor import web
    from inspect_app.doctor.findings import Grade

    if url is not None and not web.is_address(url):
        raise click.BadParameter(say("doctor.url", url=url), param_hint="--url")
    try:
        require_database(settings)
        settings = as_told(settings)
        found = list(_examine(settings, url, pins or PINS))
    except (SettingsError, OSError) as error:  # 1 would say that it serves
        click.echo(error, err=True)
        raise SystemExit(Grade.FAULT.value) from None
    if as_json:
        click.echo(json.dumps([each.as_json() for each in found], ensure_ascii=False, indent=1))
    else:
        _show(found)
    raise SystemExit(max((each.grade.value for each in found), default=0))


def _examine(settings: Settings, url: str | None, pins: Path) -> "list[Finding]":
    from inspect_app import create_app, requests
    from inspect_app.doctor import database, folder, machine, web
    from inspect_app.doctor.findings import run
    from inspect_app.extensions import db

    app = create_app(settings)
    with app.app_context():
        migrations = requests.PACKAGE / "migrations"
        of_database = list(
            run(lambda: database.examine(db.session(), settings=settings, migrations=migrations))
        )
        db.session.remove()
        db.engine.dispose()
    return [
        *of_database,
        *run(
            partial(folder.disk, settings),
            partial(folder.privacy, settings),
            partial(folder.mark, settings),
            folder.fonts,
            machine.clock_state,
            machine.limits,
            partial(machine.software, pins),
            partial(machine.secrets, settings, os.environ),
        ),
        *(run(partial(web.examine, url)) if url is not None else ()),
    ]


def _show(found: "list[Finding]") -> None:
    """Print a table: how bad, what was found, what to do."""
    from inspect_app.doctor.findings import GRADES

    table = Table(box=None, pad_edge=False)
    for heading in ("状态 state", "所见 found", "应做 to do"):
        table.add_column(heading, overflow="fold")
    for each in found:
        colour = COLOURS[each.grade]
        table.add_row(
            f"[{colour}]{GRADES[each.grade]}[/]", "\n".join(each.found), "\n".join(each.advice)
        )
    Console(soft_wrap=False).print(table)
