"""`exit-inspection rulebook`: which rule books there are, whether one is sound, what it changes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inspect_app.cli.installation import EXISTING, FOLDER, application
from inspect_app.messages import TEXTS, say
from inspect_app.rules.errors import RuleBookInvalid
from inspect_app.settings import Settings

if TYPE_CHECKING:
    from inspect_app.rules.rulebooks import RuleBook
    from inspect_app.services.contrasts import CountyContrast, Side

AS_JSON = click.option("--json", "as_json", is_flag=True, help="机器可读 | machine-readable")


@click.group()
def rulebook() -> None:
    """规则库 | Rule books: thresholds and contested readings."""


@rulebook.command("list")
@AS_JSON
def list_books(as_json: bool) -> None:
    """列出随软件提供的规则库 | List the rule books that come with the software."""
    from inspect_app.rules import rulebooks

    books = [rulebooks.load(name) for name in rulebooks.names()]
    if as_json:
        _write([_described(book) for book in books])
        return
    for book in books:
        click.echo(say("rulebook.line", **_described(book)))


@rulebook.command("check")
@click.argument("file", type=EXISTING)
def check_book(file: Path) -> None:
    """核对规则库文件，逐条列出错误所在行 | Check a rule book; every fault with its line."""
    book = _open(str(file))
    settings = book.settings
    click.echo(say("rulebook.good", file=file, count=len(settings), sha256=book.sha256))


@rulebook.command("diff")
@click.argument("one")
@click.argument("other")
@click.option("--campaign", "campaign_id", help="活动编号 | id of the campaign")
@click.option("--data", type=FOLDER, help="数据目录 | data folder")
@click.option(
    "--database-url",
    envvar="DATABASE_URL",
    show_envvar=True,
    help="数据库，默认为数据目录中的 SQLite | database, by default SQLite in the data folder",
)
@AS_JSON
def diff_books(
    one: str,
    other: str,
    campaign_id: str | None,
    data: Path | None,
    database_url: str | None,
    as_json: bool,
) -> None:
    """比较两部规则库；给出活动时，列出结论会改变的县 | What another book would change.

    ONE and OTHER are names of packaged books or files ending in .toml.
    """
    from inspect_app.services import contrasts

    if (campaign_id is None) != (data is None):
        raise click.UsageError("--campaign, --data")
    mine, others = _open(one), _open(other)
    differ = contrasts.settings_changed(mine, others)
    found: list[CountyContrast] = []
    if campaign_id is not None and data is not None:
        settings = replace(Settings.for_folder(data, database_url=database_url), unhurried=True)
        with _counties(settings, campaign_id, mine, others) as counties:
            for county in counties:
                found.append(county)
                if not as_json:
                    _tell(county)
    if as_json:
        _write(
            {
                "one": _described(mine),
                "other": _described(others),
                "settings": {key: {"one": a, "other": b} for key, (a, b) in sorted(differ.items())},
                "campaign": campaign_id,
                "counties": [county.to_json() for county in found],
            }
        )
        return
    for key, (a, b) in differ.items():
        click.echo(f"{key}: {_spelled(a)} → {_spelled(b)}")
    if not differ:
        click.echo(say("rulebook.equal"))
    if campaign_id is not None:
        _sum_up(found)


@contextmanager
def _counties(
    settings: Settings, campaign_id: str, one: "RuleBook", other: "RuleBook"
) -> "Iterator[Iterator[CountyContrast]]":
    """The counties of a campaign under two books, with a bar on stderr."""
    from inspect_app.extensions import db
    from inspect_app.services import campaigns, contrasts
    from sampling.cli import progress_bar

    with application(settings), progress_bar(show_from=2) as progress:
        session = db.session()
        total = len(campaigns.read(session, campaign_id).counties)

        def each() -> "Iterator[CountyContrast]":
            made = contrasts.contrast(session, campaign_id, one, other, settings=settings)
            for done, county in enumerate(made, start=1):
                progress(say("rulebook.stage"), done, total)
                yield county

        yield each()


def _open(word: str) -> "RuleBook":
    from inspect_app.services import contrasts

    try:
        return contrasts.open_book(word)
    except RuleBookInvalid as fault:
        for line in str(fault).splitlines():
            click.echo(line, err=True)
        raise SystemExit(1) from None


def _described(book: "RuleBook") -> dict[str, object]:
    return {
        "id": book.id,
        "title_zh": book.title_zh,
        "title_en": book.title_en,
        "dated": book.dated.isoformat() if book.dated else str(book.year),
        "sha256": book.sha256,
    }


def _tell(county: "CountyContrast") -> None:
    """Say of a county what differs, and nothing where nothing does."""
    named = {"adcode": county.adcode, "name": county.name_zh}
    if county.fault is not None:
        click.echo(say("rulebook.fault", **named, fault=county.fault))
    if not county.changes or county.one is None or county.other is None:
        return
    code = "rulebook.estimated" if county.number is None else "rulebook.issued"
    source_zh, source = (
        words.format(number=county.number, version=county.version) for words in TEXTS[code]
    )
    one_zh, one = _verdict(county.one)
    other_zh, other = _verdict(county.other)
    told = {"source_zh": source_zh, "source": source, "one_zh": one_zh, "other_zh": other_zh}
    click.echo(say("rulebook.county", **named, **told, one=one, other=other))
    for indicator in county.findings:
        mine, others = county.one.indicators[indicator], county.other.indicators[indicator]
        click.echo(
            f"  {say(f'indicator.{indicator}')}: "
            f"{mine.value:.4%} ({mine.threshold:.2%}) {say(f'finding.{mine.finding}')} → "
            f"{others.value:.4%} ({others.threshold:.2%}) {say(f'finding.{others.finding}')}"
        )
    if county.other.unruled:
        click.echo(say("rulebook.unruled", count=county.other.unruled))


def _verdict(side: "Side") -> tuple[str, str]:
    """Outcome and standing in Chinese and in English."""
    pairs = (TEXTS[f"outcome.{side.outcome}"], TEXTS[f"standing.{side.standing}"])
    return "，".join(zh for zh, _ in pairs), ", ".join(en for _, en in pairs)


def _sum_up(found: "list[CountyContrast]") -> None:
    both = [(one.one, one.other) for one in found if one.one and one.other]
    click.echo(
        say(
            "rulebook.summary",
            counties=len(found),
            changed=sum(county.changes for county in found),
            outcomes=sum(one.outcome != other.outcome for one, other in both),
            faults=sum(county.fault is not None for county in found),
        )
    )


def _spelled(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _write(content: object) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=1))
