"""`exit-inspection`: demonstration, server, accounts, registers, ledger, and what sampling has."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inspect_app.demo.client import ApiProblem
from inspect_app.demo.errors import DemoError
from inspect_app.demo.link import LinkDown
from inspect_app.demo.phone import PhoneRefused
from inspect_app.messages import say
from inspect_app.rules.errors import RuleError
from inspect_app.rules.roles import SHORTEST_PASSWORD
from inspect_app.settings import DATABASE, Settings, SettingsError
from sampling.cli import COMMANDS, LazyGroup

if TYPE_CHECKING:
    from flask import Flask

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)


class Console(LazyGroup):
    """Refusals of the server's rules end a command as those of sampling do."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (RuleError, SettingsError, DemoError) as error:
            click.echo(str(error), err=True)
            ctx.exit(1)
        except (ApiProblem, LinkDown, PhoneRefused) as error:
            click.echo(say("demo.failed", reason=error), err=True)
            ctx.exit(1)


@click.group(cls=Console, lazy=COMMANDS)
@click.version_option(package_name="exit-inspection")
def main() -> None:
    """贫困县退出专项评估检查 | Third-party exit inspection of poverty counties."""


@contextmanager
def _application(data: Path) -> Iterator["Flask"]:
    """The application on a data folder, its database up to date, inside its context."""
    from sqlalchemy.exc import DatabaseError

    from inspect_app import create_app
    from inspect_app.migrations import upgrade

    data.mkdir(parents=True, exist_ok=True)
    app = create_app(Settings.for_folder(data))
    try:
        with app.app_context():
            upgrade()
            yield app
    except DatabaseError as error:
        click.echo(say("data.unusable", folder=data, reason=error.orig), err=True)
        raise SystemExit(1) from None


def _require_database(data: Path) -> None:
    if not (data / DATABASE).exists():
        raise SettingsError(say("data.none", folder=data))


def _require_port(host: str, port: int) -> None:
    """Find out before the server says that it serves."""
    import socket

    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(say("serve.port", host=host, port=port, reason=reason)) from None


@main.command()
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
def demo(counties: tuple[str, ...], out: Path, seed: str) -> None:
    """完整演示：名册到结论书 | The whole road on simulated data, register to verdict PDFs."""
    from inspect_app.cli.narrator import Narrator
    from inspect_app.demo.campaign import DEFAULT_COUNTIES, play
    from inspect_app.demo.results import tell_table

    if out.exists() and any(out.iterdir()):
        click.echo(say("demo.exists", folder=out), err=True)
        raise SystemExit(1)
    narrator = Narrator()
    results = play(counties or DEFAULT_COUNTIES, out=out, seed=seed, narrator=narrator)
    tell_table(results, narrator)
    for result in results:
        if result.pdf is not None:
            click.echo(say("demo.pdf", path=result.pdf))
    click.echo(say("demo.again", folder=out / "data"))


@main.command()
@click.option("--data", type=FOLDER, required=True, help="数据目录 | data folder")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
def serve(data: Path, host: str, port: int) -> None:
    """启动内嵌服务器 | Serve a data folder: SQLite, one process, sixteen threads."""
    from inspect_app.demo.server import command, environment

    _require_database(data)
    _require_port(host, port)
    with _application(data) as app:
        settings: Settings = app.config["SETTINGS"]
    click.echo(say("serve.open", url=f"http://{host}:{port}"), err=True)
    sys.stderr.flush()
    arguments = command(bind=f"{host}:{port}")
    os.execve(arguments[0], arguments, environment(settings, os.environ))


def _long_enough(_ctx: click.Context, _option: click.Parameter, password: str) -> str:
    """Hold a commissioner to the length that the API asks of everybody else."""
    if len(password) < SHORTEST_PASSWORD:
        raise click.BadParameter(say("account.short", least=SHORTEST_PASSWORD))
    return password


@main.group()
def account() -> None:
    """账号 | Accounts of people."""


@account.command("create")
@click.option("--data", type=FOLDER, required=True, help="数据目录 | data folder")
@click.option("--login", required=True, help="登录名 | login")
@click.option("--name", required=True, help="姓名或机构 | name of the person or office")
@click.password_option(
    callback=_long_enough, help="密码，省略则提示输入 | password, asked for when left out"
)
def create_account(data: Path, login: str, name: str, password: str) -> None:
    """建立首个委托方账号 | Make a commissioner's account."""
    from inspect_app import clock
    from inspect_app.entropy import Entropy
    from inspect_app.extensions import db
    from inspect_app.services import accounts

    with _application(data):
        accounts.create_first(
            db.session(),
            login=login,
            name=name,
            password=password,
            entropy=Entropy(),
            at=clock.now(),
        )
    click.echo(say("account.made", login=login))


@main.group()
def register() -> None:
    """名册：模拟与导入 | Registers: simulate one, import one."""


@register.command("simulate")
@click.option("--county", required=True, help="县代码 | county code")
@click.option("--out", type=FOLDER, required=True, help="输出目录 | output folder")
@click.option("--seed", default="demo", show_default=True, help="种子 | seed")
def simulate_register(county: str, out: Path, seed: str) -> None:
    """在真实乡村上生成模拟名册 | Simulate a register on a county's real townships and villages."""
    from inspect_app.demo.register import simulate_register, write_register

    write_register(simulate_register(county, seed=seed), out)
    click.echo(say("register.written", folder=out))


@register.command("import")
@click.option("--villages", type=FILE, required=True, help="村表 | village frame")
@click.option("--households", type=FILE, required=True, help="户表 | household frame")
@click.option("--totals", type=FILE, required=True, help="县总数 | county totals")
@click.option("--members", type=FILE, help="人员表 | members")
@click.option("--out", type=FOLDER, required=True, help="抽样框目录 | folder of the frame")
@click.pass_context
def import_register(ctx: click.Context, /, **options: Any) -> None:
    """检查名册并冻结抽样框 | Check a register and freeze it as a frame (the command `frame`)."""
    command = main.get_command(ctx, "frame")
    assert command is not None, "the sampling package always has this command"
    ctx.invoke(command, **options)


@main.group()
def ledger() -> None:
    """账本 | The ledger of received field data."""


@ledger.command("verify")
@click.option("--data", type=FOLDER, required=True, help="数据目录 | data folder")
def verify_ledger(data: Path) -> None:
    """重放链条、回执与每日根 | Replay chains, receipts and daily roots."""
    from inspect_app.extensions import db
    from inspect_app.services import campaigns, ledger

    _require_database(data)
    good = True
    with _application(data) as app:
        session = db.session()
        known = campaigns.all_ids(session)
        if not known:
            click.echo(say("ledger.empty"))
        for campaign_id in known:
            report = ledger.verify(session, campaign_id, settings=app.config["SETTINGS"])
            for fault in report.faults:
                click.echo(say("ledger.bad", campaign=campaign_id, fault=fault), err=True)
            if report.faults:
                good = False
            else:
                click.echo(
                    say("ledger.good", campaign=campaign_id, count=report.count, root=report.root)
                )
    if not good:
        raise SystemExit(1)


@main.group()
def verdict() -> None:
    """评估结论 | Verdicts."""


@verdict.command("render")
@click.argument("document", type=FILE)
@click.option("--out", type=FILE, required=True, help="PDF 文件 | PDF file")
def render_verdict(document: Path, out: Path) -> None:
    """由 verdict.json 重绘 PDF | Draw the PDF of a verdict.json again, byte for byte."""
    import hashlib

    from report_templates.verdict import VerdictSheet, render
    from report_templates.verdict_sheet import SheetError

    content = document.read_bytes()
    try:
        pdf = render(VerdictSheet.from_json(content))
    except SheetError as error:
        click.echo(str(error), err=True)
        raise SystemExit(1) from None
    out.write_bytes(pdf)
    click.echo(
        say(
            "verdict.drawn",
            file=out,
            document=hashlib.sha256(content).hexdigest(),
            pdf=hashlib.sha256(pdf).hexdigest(),
        )
    )


@main.command("openapi")
@click.option("--out", type=FILE, default=Path("docs/openapi.json"), show_default=True)
def write_openapi(out: Path) -> None:
    """写出接口文档 | Write the API document."""
    import json
    import tempfile

    from inspect_app import create_app
    from inspect_app.api.openapi import document

    with tempfile.TemporaryDirectory() as folder:
        text = json.dumps(
            document(create_app(Settings.for_folder(Path(folder)))),
            ensure_ascii=False,
            indent=1,
            sort_keys=True,
        )
    out.write_text(text + "\n", encoding="utf-8")
    click.echo(say("openapi.written", file=out))
