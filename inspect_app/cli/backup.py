"""`exit-inspection backup` and `restore`: a copy of everything, and everything from the copy."""

from pathlib import Path

import click

from inspect_app.cli.installation import FOLDER, Tables, application, of_installation
from inspect_app.messages import say
from inspect_app.settings import Settings

programs_option = click.option(
    "--pg-bin",
    "programs",
    type=FOLDER,
    envvar="PG_BIN",
    show_envvar=True,
    help="pg_dump 与 pg_restore 所在目录 | folder of pg_dump and pg_restore",
)


@click.command()
@of_installation
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="新目录，或 .tar 文件 | new folder, or a file ending in .tar",
)
@programs_option
def backup(settings: Settings, out: Path, programs: Path | None) -> None:
    """备份数据库、密钥与文件 | Back up database, keys and files, while the server runs."""
    from inspect_app import clock
    from inspect_app.extensions import db
    from inspect_app.services import backups

    with application(settings, Tables.ANY):
        made = backups.make(db.session(), settings, out, at=clock.now(), programs=programs)
    lines = sum(count for count, _ in made.ledgers.values())
    click.echo(say("backup.made", out=out, files=len(made.files), lines=lines))
    for name in made.damaged:
        click.echo(say("backup.damaged", file=name), err=True)
    if made.damaged:
        raise SystemExit(1)


@click.command()
@of_installation
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, path_type=Path),
    required=True,
    help="备份目录或 .tar 文件 | folder or .tar file of a backup",
)
@programs_option
def restore(settings: Settings, source: Path, programs: Path | None) -> None:
    """恢复到空目录与空数据库，并核验账本 | Restore into an empty place, and verify the ledger."""
    from inspect_app.extensions import address, db
    from inspect_app.services import backups

    manifest = backups.restore(settings, address(settings), source, programs=programs)
    with application(settings, Tables.UPGRADED):
        faults = backups.verify(db.session(), settings, manifest)
    for fault in faults:
        click.echo(say("restore.fault", fault=fault), err=True)
    if faults:
        raise SystemExit(1)
    lines = sum(count for count, _ in manifest.ledgers.values())
    click.echo(
        say(
            "restore.done",
            folder=settings.data_dir,
            lines=lines,
            made_at=manifest.made_at,
            software=manifest.software,
        )
    )
