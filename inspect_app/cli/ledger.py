"""`exit-inspection ledger`: what was received, replayed."""

from dataclasses import replace

import click

from inspect_app.cli.installation import application, of_installation
from inspect_app.cli.serve import as_told
from inspect_app.messages import say
from inspect_app.settings import Settings


@click.group()
def ledger() -> None:
    """账本 | The ledger of received field data."""


@ledger.command("verify")
@click.option(
    "--files", is_flag=True, help="并逐个读出照片与签名 | also read every photo and signature"
)
@click.option(
    "--findings",
    is_flag=True,
    help="并由原文重新判定每份问卷 | also judge every body anew, by this release",
)
@of_installation
def verify_ledger(settings: Settings, files: bool, findings: bool) -> None:
    """重放链条、回执与每日根 | Replay chains, receipts and daily roots."""
    from inspect_app.extensions import db
    from inspect_app.schemas.fields import LIMITS
    from inspect_app.schemas.sync import reread
    from inspect_app.services import campaigns, replays

    read = reread if findings else None
    good = True
    with application(settings):
        settings = replace(settings, limits=as_told(settings).limits)
        LIMITS.set(settings.limits)  # a body is read as the server reads it
        session = db.session()
        known = campaigns.all_ids(session)
        if not known:
            click.echo(say("ledger.empty"))
        for campaign_id in known:
            report = replays.verify(session, campaign_id, settings=settings, files=files, read=read)
            for fault in report.faults:
                click.echo(say("ledger.bad", campaign=campaign_id, fault=fault), err=True)
            if report.faults:
                good = False
            else:
                click.echo(
                    say("ledger.good", campaign=campaign_id, count=report.count, root=report.root)
                )
                if report.void:
                    click.echo(say("ledger.void", campaign=campaign_id, count=report.void))
    if not good:
        raise SystemExit(1)


@ledger.command("confirm-clock")
@of_installation
def confirm_clock(settings: Settings) -> None:
    """确认系统时钟正确，账本继续 | Say that the clock is right where the ledger contradicts it."""
    from inspect_app import clock
    from inspect_app.extensions import db
    from inspect_app.services import campaigns
    from inspect_app.services import ledger as lines

    with application(settings):
        session = db.session()
        for campaign_id in campaigns.all_ids(session):
            fault = lines.confirm_clock(session, campaign_id, settings=settings, at=clock.now())
            if fault is not None:
                click.echo(say("ledger.clock", campaign=campaign_id, fault=fault))
