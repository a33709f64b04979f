"""`exit-inspection questionnaire`: check, publish, list and preview questionnaires."""

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from inspect_app.cli.installation import EXISTING, FILE, of_installation
from inspect_app.messages import say
from inspect_app.settings import Settings

if TYPE_CHECKING:
    from inspect_app.services.publishing import Report


@click.group()
def questionnaire() -> None:
    """问卷：检查、发布、列出、预览 | Questionnaires: check, publish, list, preview."""


@questionnaire.command("check")
@click.argument("source", metavar="FILE", type=EXISTING)
@click.option("--out", type=FILE, help="写出 JSON | also write it as JSON")
def check_file(source: Path, out: Path | None) -> None:
    """检查 JSON 或 XLSForm：引用、类型、循环、代价 | Check references, types, cycles and cost."""
    report = _checked(source)
    if out is not None:
        out.write_bytes(report.data)
    _tell(report)


@questionnaire.command("publish")
@click.argument("source", metavar="FILE", type=EXISTING)
@of_installation
def publish_file(settings: Settings, source: Path) -> None:
    """发布；已发布的版本不可更改 | Publish; a version that was published is never changed."""
    from inspect_app.rules.errors import QuestionnaireInvalid
    from inspect_app.services import publishing

    try:
        report = publishing.publish(source, settings)
    except QuestionnaireInvalid as error:
        _refuse(source, error)
    _tell(report)
    click.echo(say("questionnaire.published", sha256=report.form.sha256))


@questionnaire.command("list")
@of_installation
def list_published(settings: Settings) -> None:
    """列出已发布的问卷 | List what is published here, the software's own first."""
    from inspect_app.services import publishing

    for form in publishing.shelf(settings):
        told = {"form": form.form_id, "version": form.version, "title_zh": form.title_zh}
        click.echo(say("questionnaire.line", **told, title=form.title_en, sha256=form.sha256))


@questionnaire.command("preview")
@click.argument("source", metavar="FILE", type=EXISTING)
@click.option("--out", type=FILE, required=True, help="网页文件 | page to write")
def preview_file(source: Path, out: Path) -> None:
    """写出一页供审阅：题目、选项、跳转与约束 | Write a page to read it by, rules in words."""
    from inspect_app.pages.questionnaire import preview

    report = _checked(source)
    out.write_text(preview(report.form), encoding="utf-8")
    click.echo(say("questionnaire.previewed", file=out))


def _checked(source: Path) -> "Report":
    from inspect_app.rules.errors import QuestionnaireInvalid
    from inspect_app.services import publishing

    try:
        return publishing.check(source)
    except QuestionnaireInvalid as error:
        _refuse(source, error)


def _refuse(source: Path, error: Exception) -> NoReturn:
    """Name every fault, one a line."""
    faults = getattr(error, "extra", {}).get("faults", [])
    click.echo(say("questionnaire.refused", file=source, count=len(faults)), err=True)
    for fault in faults:
        click.echo(f"  {fault}", err=True)
    raise SystemExit(1)


def _tell(report: "Report") -> None:
    form = report.form
    click.echo(
        say(
            "questionnaire.sound",
            form=form.form_id,
            version=form.version,
            blocks=report.blocks,
            fields=report.fields,
            rules=report.rules,
            cost=report.cost,
            most=report.most,
            dearest=report.dearest or "–",
        )
    )
