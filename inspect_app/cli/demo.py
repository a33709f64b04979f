"""`exit-inspection demo`: the whole road on simulated data."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inspect_app.cli.installation import FOLDER
from inspect_app.messages import say

if TYPE_CHECKING:
    from inspect_app.demo.campaign import Stage

ENGINES = ("sqlite", "postgresql")


@contextmanager
def database_of(engine: str) -> Iterator[str | None]:
    """Give the address of the database to play on; None is SQLite in the folder of results.

    For PostgreSQL that of DATABASE_URL, which must be empty, or a throw-away server.
    """
    stated = os.environ.get("DATABASE_URL")
    if engine == "sqlite":
        yield None
    elif stated:
        _require_empty(stated)
        yield stated
    else:
        from inspect_app.demo.cluster import Cluster

        with Cluster() as cluster:
            click.echo(say("demo.cluster", version=cluster.version), err=True)
            yield cluster.url()


def _require_empty(stated: str) -> None:
    from inspect_app.extensions import address
    from inspect_app.rules.backups import BackupError
    from inspect_app.services.dumps import refuse_full
    from inspect_app.settings import Settings, SettingsError

    url = address(Settings.for_folder(Path(), database_url=stated))
    if url.get_backend_name() == "sqlite":
        raise SettingsError(say("demo.engine"))
    try:
        refuse_full(url)
    except BackupError as error:
        is_used = error.code == "target.database"
        raise SettingsError(say("demo.used") if is_used else f"DATABASE_URL: {error}") from None


@click.command()
@click.option(
    "--county", "counties", multiple=True, help="县代码，可重复 | county code, repeatable"
)
@click.option(
    "--out",
    type=FOLDER,
    default=Path("demo-out"),
    show_default=True,
    help="结果目录 | folder for the results",
)
@click.option("--seed", default="inspection", show_default=True, help="种子 | seed")
@click.option(
    "--database",
    "engine",
    type=click.Choice(ENGINES),
    default=ENGINES[0],
    show_default=True,
    help="数据库：postgresql 用 DATABASE_URL，未设则临时启动 | "
    "postgresql takes DATABASE_URL, or starts a throw-away server",
)
@click.option(
    "--serve",
    "is_served",
    is_flag=True,
    help="演示后不关服务器，给出手机登记链接 | keep the server, with a village for a phone",
)
def demo(counties: tuple[str, ...], out: Path, seed: str, engine: str, is_served: bool) -> None:
    """完整演示：名册到结论书 | The whole road on simulated data, register to verdict PDFs."""
    from inspect_app.cli.narrator import Narrator
    from inspect_app.demo.campaign import DEFAULT_COUNTIES, play, prepare
    from inspect_app.demo.results import tell_table

    if out.exists() and any(out.iterdir()):
        click.echo(say("demo.exists", folder=out), err=True)
        raise SystemExit(1)
    narrator = Narrator()
    with _ending_when_told(), database_of(engine) as url:
        stage = prepare(
            counties or DEFAULT_COUNTIES, out=out, seed=seed, narrator=narrator, database_url=url
        )
        tell_table(play(stage, narrator=narrator), narrator)
        _tell_papers(out, engine)
        if is_served:
            _serve(stage)


@contextmanager
def _ending_when_told() -> Iterator[None]:
    """End by SIGTERM as by Ctrl-C, so that no server of the demonstration stays behind."""

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _serve(stage: "Stage") -> None:
    """Keep a server for a person with a browser, until Ctrl-C."""
    from inspect_app import clock
    from inspect_app.demo import practice
    from inspect_app.demo.campaign import CHINA
    from inspect_app.demo.server import Server

    at = clock.now().astimezone(CHINA)
    practice.give_seal_key(stage, at=at)
    with Server(stage.settings, log=stage.out / "server.log") as server:
        found = practice.open_campaign(stage, server.url, at=at)
        home = f"http://localhost:{server.port}"
        click.echo(say("demo.link", link=f"{home}{found.link}", village=found.village))
        team = {"page": f"{home}/team", "login": found.leader, "password": found.password}
        click.echo(say("demo.team", **team))
        review = {"login": found.reviewer, "password": found.reviewer_password}
        click.echo(say("demo.review", **review))
        click.echo(say("demo.served", verify=f"{home}/verify", county=f"{home}/county"))
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


def _tell_papers(out: Path, engine: str) -> None:
    from inspect_app.demo import contents
    from inspect_app.services.signers import AUTHORITY_FILE

    click.echo(say("demo.papers", mark=out / contents.MARK))
    for path, zh, en in contents.papers(out):
        click.echo(f"  {path}  {zh} {en}")
    for signed in sorted((out / "verdicts").glob("*-public-signed.pdf"))[:1]:
        trust = out / "data" / AUTHORITY_FILE
        click.echo(say("demo.verify", file=signed, trust=trust))
    if engine == "sqlite":
        click.echo(say("demo.again", folder=out / "data", logins=out / "logins.csv"))
        click.echo(say("demo.clock", folder=out / "data"))
