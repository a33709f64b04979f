"""`exit-inspection verdict`: verdicts as they were issued."""

from pathlib import Path

import click

from inspect_app.cli.installation import FILE
from inspect_app.cli.recomputing import recompute_verdict
from inspect_app.cli.reports import bundle, render_all, summarise
from inspect_app.cli.signing import sign_verdict, verify_file
from inspect_app.messages import say


@click.group()
def verdict() -> None:
    """评估结论 | Verdicts."""


@verdict.command("render")
@click.argument("document", type=FILE)
@click.option("--out", type=FILE, required=True, help="PDF 文件 | PDF file")
def render_verdict(document: Path, out: Path) -> None:
    """由 verdict.json 重绘 PDF | Draw the PDF of a verdict.json again, byte for byte."""
    import hashlib

    from report_templates import gate
    from report_templates.verdict import VerdictSheet, render
    from report_templates.verdict_sheet import SheetError

    content = document.read_bytes()
    try:
        pdf = render(VerdictSheet.from_json(content))
        gate.check(pdf)
    except (SheetError, gate.Fault) as error:
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


verdict.add_command(render_all)
verdict.add_command(summarise)
verdict.add_command(bundle)
verdict.add_command(sign_verdict)
verdict.add_command(verify_file)
verdict.add_command(recompute_verdict)
