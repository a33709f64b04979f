"""`exit-inspection`: demonstration, server, accounts, registers, ledger, and what sampling has.

One file a noun; each imports what is heavy inside its commands.
"""

from typing import Any

import click

from inspect_app.cli.account import account
from inspect_app.cli.backup import backup, restore
from inspect_app.cli.database import database
from inspect_app.cli.demo import demo
from inspect_app.cli.doctor import doctor
from inspect_app.cli.export import export
from inspect_app.cli.ledger import ledger
from inspect_app.cli.openapi import write_openapi
from inspect_app.cli.questionnaire import questionnaire
from inspect_app.cli.register import register
from inspect_app.cli.rulebook import rulebook
from inspect_app.cli.sealkey import seal_key
from inspect_app.cli.serve import serve
from inspect_app.cli.verdict import verdict
from inspect_app.demo.client import ApiProblem
from inspect_app.demo.errors import DemoError
from inspect_app.demo.link import LinkDown
from inspect_app.demo.phone import PhoneRefused
from inspect_app.messages import say
from inspect_app.rules.backups import BackupError
from inspect_app.rules.errors import RuleError
from inspect_app.rules.sealkeys import SealKeyError
from inspect_app.settings import SettingsError
from sampling.cli import COMMANDS, LazyGroup


class Console(LazyGroup):
    """Refusals of the server's rules end a command as those of sampling do."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (RuleError, SettingsError, DemoError, BackupError, SealKeyError) as error:
            click.echo(str(error), err=True)
            ctx.exit(1)
        except (ApiProblem, LinkDown, PhoneRefused) as error:
            click.echo(say("demo.failed", reason=error), err=True)
            ctx.exit(1)


@click.group(cls=Console, lazy=COMMANDS)
@click.version_option(package_name="exit-inspection")
def main() -> None:
    """贫困县退出专项评估检查 | Third-party exit inspection of poverty counties."""


for command in (
    demo,
    serve,
    doctor,
    database,
    account,
    register,
    questionnaire,
    ledger,
    rulebook,
    verdict,
    export,
    backup,
    restore,
    seal_key,
    write_openapi,
):
    main.add_command(command)
