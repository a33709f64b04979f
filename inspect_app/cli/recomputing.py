"""`exit-inspection verdict recompute`: verdicts computed again from what was frozen."""

from typing import TYPE_CHECKING

import click

from inspect_app.cli.installation import application, of_installation
from inspect_app.messages import say
from inspect_app.settings import Settings

if TYPE_CHECKING:
    from inspect_app.services.recomputing import Recomputed


@click.command("recompute")
@click.argument("number", required=False)
@click.argument("version", type=click.IntRange(1, 9999), required=False)
@click.option("--all", "everything", is_flag=True, help="全部结论 | every verdict of a campaign")
@click.option("--campaign", "campaign_id", help="活动编号 | id of the campaign")
@of_installation
def recompute_verdict(
    settings: Settings,
    number: str | None,
    version: int | None,
    everything: bool,
    campaign_id: str | None,
) -> None:
    """由冻结的数据重算结论并逐字节比较 | Compute a verdict again and compare every byte."""
    from inspect_app.extensions import db
    from inspect_app.services import recomputing
    from sampling.cli import progress_bar

    if (number is not None) == everything or everything != (campaign_id is not None):
        raise click.UsageError(say("recompute.usage"))
    sound = True
    with application(settings):
        session = db.session()
        if campaign_id is not None:
            wanted = recomputing.versions(session, campaign_id)
        else:
            wanted = [(number or "", version or recomputing.latest(session, number or ""))]
        with progress_bar(show_from=2) as progress:
            for done, one in enumerate(wanted, start=1):
                result = recomputing.recompute(session, *one)
                session.expunge_all()
                _tell(result)
                sound = sound and result.is_sound
                progress(say("recompute.stage"), done, len(wanted))
    if not wanted:
        click.echo(say("recompute.none"))
    if not sound:
        raise SystemExit(1)


def _tell(result: "Recomputed") -> None:
    from inspect_app.services.recomputing import SHOWN
    from inspect_app.version import SOFTWARE

    click.echo(
        say(
            f"recompute.{result.outcome}",
            number=result.number,
            version=result.version,
            issued_by=result.software,
            software=SOFTWARE,
            fault=result.fault,
        ),
        err=not result.is_sound,
    )
    for edition, keys in result.differences.items():
        shown = ", ".join(keys[:SHOWN])
        more = len(keys) - SHOWN
        click.echo(f"  {edition}: {shown}{f' … +{more}' if more > 0 else ''}")
