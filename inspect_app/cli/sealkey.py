"""`exit-inspection seal-key`: the keys that phones seal finished interviews to."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inspect_app.cli.installation import EXISTING, FILE, application, of_installation
from inspect_app.messages import say
from inspect_app.settings import Settings, seal_passphrase

if TYPE_CHECKING:
    from inspect_app.services.keyrings import Known


new_passphrase = click.password_option(
    "--passphrase",
    prompt="备份口令 | passphrase of the copy",
    help="备份口令，省略则提示输入 | passphrase of the copy, asked for when left out",
)
passphrase_option = click.option(
    "--passphrase",
    prompt="备份口令 | passphrase of the copy",
    hide_input=True,
    help="备份口令，省略则提示输入 | passphrase of the copy, asked for when left out",
)


@click.group("seal-key")
def seal_key() -> None:
    """封存密钥：建立、更换、备份、演练恢复 | Seal keys: make, rotate, copy, rehearse, recover."""


@seal_key.command("create")
@of_installation
def create_key(settings: Settings) -> None:
    """建立第一把密钥，此后手机封存完成的问卷 | Make the first key; phones seal from then on."""
    _make(settings, is_first=True)


@seal_key.command("rotate")
@of_installation
def rotate_key(settings: Settings) -> None:
    """更换：手机改用新密钥，旧密钥继续解封 | Make the next key; older ones go on opening."""
    _make(settings, is_first=False)


@seal_key.command("list")
@of_installation
def list_keys(settings: Settings) -> None:
    """列出密钥与上次演练 | List the keys, whether they open, and when recovery was rehearsed."""
    from inspect_app.extensions import db
    from inspect_app.services import keyrings

    settings = _with_passphrase(settings)
    with application(settings):
        found = keyrings.listed(db.session(), settings)
    for one in found:
        click.echo(_line(one))
    if not found:
        click.echo(say("seal.none"))
    if not all(one.is_here for one in found):
        raise SystemExit(1)


@seal_key.command("copy")
@of_installation
@click.option("--out", type=FILE, required=True, help="新文件，存于别处 | new file, kept elsewhere")
@new_passphrase
def copy_keys(settings: Settings, out: Path, passphrase: str) -> None:
    """把全部密钥写入一份加密备份 | Write all keys into a copy that a passphrase closes."""
    from inspect_app import clock
    from inspect_app.services import keyrings

    kids = keyrings.copy(_with_passphrase(settings), out, passphrase, at=clock.now())
    click.echo(say("seal.copied", kids=" ".join(kids), file=out))


@seal_key.command("rehearse")
@of_installation
@click.argument("source", metavar="FILE", type=EXISTING)
@passphrase_option
def rehearse_recovery(settings: Settings, source: Path, passphrase: str) -> None:
    """演练恢复：不用本机密钥，仅凭备份解封 | Open with the copy alone, as if all keys were lost."""
    from inspect_app import clock
    from inspect_app.extensions import db
    from inspect_app.services import keyrings

    with application(settings):
        found = keyrings.rehearse(db.session(), source, passphrase, at=clock.now())
    for kid in found.opened:
        click.echo(say("seal.rehearsed", kid=kid))
    for kid in found.lacking:
        click.echo(say("seal.lacking", kid=kid), err=True)
    if found.lacking or not found.opened:
        raise SystemExit(1)


@seal_key.command("recover")
@of_installation
@click.argument("source", metavar="FILE", type=EXISTING)
@passphrase_option
def recover_keys(settings: Settings, source: Path, passphrase: str) -> None:
    """从备份恢复丢失的密钥文件 | Bring back key files that are missing here."""
    from inspect_app.extensions import db
    from inspect_app.services import keyrings

    settings = _with_passphrase(settings)
    with application(settings):
        back = keyrings.recover(db.session(), settings, source, passphrase)
    click.echo(say("seal.recovered", kids=" ".join(back)) if back else say("seal.whole"))


def _make(settings: Settings, *, is_first: bool) -> None:
    from inspect_app import clock
    from inspect_app.extensions import db
    from inspect_app.rules.sealkeys import SealKeyError
    from inspect_app.services import keyrings

    settings = _with_passphrase(settings)
    with application(settings):
        session = db.session()
        known = keyrings.listed(session, settings)
        if is_first and known:
            raise SealKeyError("key.exists", kid=known[-1].kid)
        made = keyrings.create(session, settings, at=clock.now())
    click.echo(say("seal.made", kid=made.kid, file=settings.keys_dir / f"seal-{made.kid}.json"))
    click.echo(say("seal.next"))


def _with_passphrase(settings: Settings) -> Settings:
    return replace(settings, seal_passphrase=seal_passphrase(os.environ))


def _line(one: "Known") -> str:
    state = ("停用", "retired") if one.retired_at else ("使用中", "in use")
    here = ("可解封", "opens") if one.is_here else ("文件丢失或打不开", "FILE MISSING OR CLOSED")
    closed = ("有口令", "passphrase") if one.is_closed else ("无口令", "no passphrase")
    day = f"{one.rehearsed_at:%Y-%m-%d}" if one.rehearsed_at else None
    told = {"state": state, "here": here, "closed": closed}
    pairs = {f"{name}_zh": zh for name, (zh, _) in told.items()}
    pairs |= {name: en for name, (_, en) in told.items()}
    pairs |= {"rehearsed_zh": day or "从未", "rehearsed": day or "never"}
    return say("seal.line", kid=one.kid, made=f"{one.created_at:%Y-%m-%d}", **pairs)
