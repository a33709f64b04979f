"""`exit-inspection account`: people."""

import click

from inspect_app.cli.installation import Tables, application, of_installation
from inspect_app.messages import say
from inspect_app.rules.errors import PasswordRefused
from inspect_app.rules.passwords import acceptable
from inspect_app.rules.roles import SHORTEST_PASSWORD
from inspect_app.settings import Settings


def _long_enough(_ctx: click.Context, _option: click.Parameter, password: str) -> str:
    """Hold everybody to the length that the API asks for, before anything is made."""
    if len(password) < SHORTEST_PASSWORD:
        raise click.BadParameter(say("account.short", least=SHORTEST_PASSWORD))
    return password


def _refuse_guessable(password: str, login: str) -> None:
    try:
        acceptable(password, login=login)
    except PasswordRefused:
        raise click.BadParameter(say("account.guessed"), param_hint="--password") from None


@click.group()
def account() -> None:
    """账号 | Accounts of people."""


@account.command("create")
@of_installation
@click.option("--login", required=True, help="登录名 | login")
@click.option("--name", required=True, help="姓名或机构 | name of the person or office")
@click.password_option(
    callback=_long_enough, help="密码，省略则提示输入 | password, asked for when left out"
)
def create_account(settings: Settings, login: str, name: str, password: str) -> None:
    """建立首个委托方账号 | Make a commissioner's account."""
    from inspect_app import clock
    from inspect_app.entropy import Entropy
    from inspect_app.extensions import db
    from inspect_app.services import accounts

    _refuse_guessable(password, login)
    with application(settings, Tables.MADE):
        accounts.create_first(
            db.session(),
            login=login,
            name=name,
            password=password,
            entropy=Entropy(),
            at=clock.now(),
        )
    click.echo(say("account.made", login=login))


@account.command("list")
@of_installation
def list_accounts(settings: Settings) -> None:
    """列出账号 | List the accounts."""
    from inspect_app.extensions import db
    from inspect_app.services import accounts

    with application(settings):
        found = accounts.listed(db.session())
    if not found:
        click.echo(say("account.none"))
    for one in found:
        click.echo(
            say(
                "account.line",
                login=one.login,
                kind_zh="可委托" if one.may_commission else "普通",
                kind="may commission" if one.may_commission else "ordinary",
                campaigns=one.campaigns,
                failed=one.failed_logins,
                state_zh="已锁定" if one.locked_at else "开放",
                state="locked" if one.locked_at else "open",
            )
        )


@account.command("lock")
@of_installation
@click.option("--login", required=True, help="登录名 | login")
def lock_account(settings: Settings, login: str) -> None:
    """锁定账号并收回其令牌 | Close an account and end its sessions and tokens."""
    from inspect_app import clock
    from inspect_app.extensions import db
    from inspect_app.services import accounts

    with application(settings):
        accounts.lock(db.session(), login, at=clock.now())
    click.echo(say("account.locked", login=login))


@account.command("unlock")
@of_installation
@click.option("--login", required=True, help="登录名 | login")
def unlock_account(settings: Settings, login: str) -> None:
    """重新开放账号 | Open an account again, also after failed log-ins."""
    from inspect_app import clock
    from inspect_app.extensions import db
    from inspect_app.services import accounts

    with application(settings):
        accounts.unlock(db.session(), login, at=clock.now())
    click.echo(say("account.unlocked", login=login))


@account.command("reset-password")
@of_installation
@click.option("--login", required=True, help="登录名 | login")
def reset_password(settings: Settings, login: str) -> None:
    """给出一次性重设密码链接 | Give a one-time link by which the person sets a password."""
    from inspect_app import clock
    from inspect_app.entropy import Entropy
    from inspect_app.extensions import db
    from inspect_app.services import accounts

    with application(settings):
        token, until = accounts.make_password_link(
            db.session(), login, entropy=Entropy(), at=clock.now()
        )
    click.echo(say("account.link", login=login, token=token, until=f"{until:%Y-%m-%d %H:%M} UTC"))


@account.command("set-password")
@of_installation
@click.option("--login", required=True, help="登录名 | login")
@click.password_option(
    callback=_long_enough, help="密码，省略则提示输入 | password, asked for when left out"
)
def set_password(settings: Settings, login: str, password: str) -> None:
    """本人在场时于控制台设新密码 | Set a password on the console, typed by the person."""
    from inspect_app import clock
    from inspect_app.entropy import Entropy
    from inspect_app.extensions import db
    from inspect_app.services import accounts, logins

    _refuse_guessable(password, login)
    with application(settings):
        session = db.session()
        token, _ = accounts.make_password_link(session, login, entropy=Entropy(), at=clock.now())
        logins.use_password_link(session, token, password, door=logins.Door(), at=clock.now())
    click.echo(say("account.changed", login=login))
