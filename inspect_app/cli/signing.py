"""`exit-inspection verdict sign` and `verify`: the electronic signature of verdicts."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inspect_app.cli.installation import EXISTING, application, of_installation
from inspect_app.messages import say
from inspect_app.settings import Settings, Signing

if TYPE_CHECKING:
    from inspect_app.services.verification import Verification

EDITIONS = {"full": "完整版", "public": "公开版"}


@click.command("sign")
@click.argument("number")
@click.argument("version", type=click.IntRange(1, 9999))
@click.option(
    "--edition", type=click.Choice(list(EDITIONS)), help="仅此版本，默认两版 | only this one"
)
@of_installation
def sign_verdict(settings: Settings, number: str, version: int, edition: str | None) -> None:
    """签名已会签而尚未签名的结论 | Sign what was countersigned and has no signature yet."""
    from inspect_app import clock
    from inspect_app.extensions import db
    from inspect_app.services import countersigning

    settings = replace(settings, signing=Signing.from_environment(os.environ))
    with application(settings):
        files = countersigning.sign(
            db.session(),
            number,
            version,
            editions=[edition] if edition else list(EDITIONS),
            at=clock.now(),
            settings=settings,
        )
        for one in files:
            told = {"number": number, "version": version, "edition": one.edition}
            click.echo(say("verdict.signed", **told, sha256=one.sha256))
    if not files:
        click.echo(say("verdict.nothing_to_sign"))


@click.command("verify")
@click.argument("file", type=EXISTING)
@click.option(
    "--trust",
    type=EXISTING,
    envvar="EXIT_INSPECTION_SIGNING_TRUST",
    show_envvar=True,
    help="所信任机构的证书（PEM） | certificates of the authorities you trust (PEM)",
)
@click.option("--require-stamp", is_flag=True, help="须有时间戳 | refuse without a time stamp")
@click.option(
    "--revocations",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="吊销列表（*.crl）的目录 | folder of revocation lists (*.crl)",
)
def verify_file(
    file: Path, trust: Path | None, require_stamp: bool, revocations: Path | None
) -> None:
    """核验一份签名报告 | Check a signed report; exit code 0 if it is sound, 1 if not."""
    from inspect_app import clock
    from inspect_app.rules.verifying import Fault
    from inspect_app.services.signers import read_certificates
    from inspect_app.services.signing import revocation_lists
    from inspect_app.services.verification import verify

    found = verify(
        file.read_bytes(),
        trust=read_certificates(trust) if trust is not None else (),
        at=clock.now(),
        stamp_required=require_stamp,
        revocations=revocation_lists(revocations),
    )
    click.echo(say("verify.sound" if found.sound else "verify.refused", file=file))
    for fault in found.faults:
        click.echo(f"  [{fault}] {say(f'verify.{fault}')}")
    if trust is None and Fault.UNTRUSTED in found.faults:
        click.echo(f"  {say('verify.no_trust')}")
    _tell(found)
    if not found.sound:
        raise SystemExit(1)


def _tell(found: "Verification") -> None:
    """Say what a file says of itself, and by which digests it is found on the public page."""
    facts = found.facts
    if facts is not None:
        simulated = ("，模拟数据", ", simulated data") if facts.simulated else ("", "")
        click.echo(
            say(
                "verify.facts",
                number=facts.number,
                version=facts.version,
                edition=facts.edition,
                edition_zh=EDITIONS.get(facts.edition, facts.edition),
                simulated_zh=simulated[0],
                simulated=simulated[1],
            )
        )
    for name, digest in (
        ("document", found.document_sha256),
        ("unsigned", found.unsigned_sha256),
        ("file", found.sha256),
    ):
        if digest is not None:
            click.echo(say(f"verify.digest.{name}", sha256=digest))
    if facts is not None and facts.ledger_root is not None:
        click.echo(say("verify.ledger", root=facts.ledger_root, count=facts.ledger_count))
    if found.signer is not None and found.signed_at is not None:
        source = ("时间戳", "time stamp") if found.stamped else ("自述", "as the signer says")
        click.echo(
            say(
                "verify.signer",
                signer=found.signer,
                at=found.signed_at.isoformat(),
                source_zh=source[0],
                source=source[1],
            )
        )
