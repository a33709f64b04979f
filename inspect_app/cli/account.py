"""`exit-inspection account`: people."""

import click

from inspect_app.cli.installation import application, of_installation
from inspect_app.messages import say
from inspect_app.rules.roles import SHORTEST_PASSWORD
from inspect_app.settings import Settings


def _long_enough(_ctx: click.Context, _option: click.Parameter, password: str) -> str:
    """Hold a commissioner to the length that the API asks of everybody else."""
    if len(password) < SHORTEST_PASSWORD:
        raise click.BadParameter(say("account.short", least=SHORTEST_PASSWORD))
    return password


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

    with application(settings, makes_database=True):
        accounts.create_first(
            db.session(),
            login=login,
            name=name,
            password=password,
            entropy=Entropy(),
            at=clock.now(),
        )
    click.echo(say("account.made", login=login))
