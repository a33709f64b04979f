"""The summary of a campaign: all counties by code, how many passes may be wrong, no ranking."""

import json
import re
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from click.testing import CliRunner
from reports import heard

from inspect_app.cli import main
from inspect_app.demo import places, verdicts
from inspect_app.rules.errors import Conflict, Unknown
from inspect_app.services import summaries
from inspect_app.services.documents import to_bytes
from report_templates import figures, gate, summary
from report_templates.figures import Rule
from report_templates.press import Sheet
from report_templates.summary_sheet import SummarySheet
from report_templates.summary_wording import SUMMARY
from report_templates.verdict_sheet import SheetError

COUNTIES = 12


@cache
def campaign() -> tuple[Sheet, ...]:
    """Simulate both editions of some counties all over the list, the last one first."""
    step = len(places.counties()) // COUNTIES
    chosen = reversed(places.counties()[::step][:COUNTIES])
    return tuple(
        Sheet(f"{number}.pdf", document)
        for county in verdicts.simulated(chosen)
        for number, document in enumerate(county)
    )


@cache
def content() -> dict[str, Any]:
    return summaries.content(campaign())


@cache
def report() -> bytes:
    return summaries.render(campaign())


def changed(**changes: Any) -> list[Sheet]:
    """Change the first document of the campaign."""
    said = json.loads(campaign()[0].content) | changes
    return [Sheet("changed.pdf", to_bytes(said)), *campaign()[1:]]


def test_counties_stand_in_the_order_of_their_codes_and_nothing_ranks_them() -> None:
    rows = content()["counties"]
    codes = [row["adcode"] for row in rows]

    assert len(codes) == COUNTIES
    assert codes == sorted(codes)
    assert not {"rank", "p_value", "q_value"} & set(rows[0])


def test_every_county_names_the_digests_of_its_documents() -> None:
    digests = {sheet.digest for sheet in campaign()}

    told = {one for row in content()["counties"] for one in row["digests"].values()}

    assert told == digests


@pytest.mark.parametrize("place", range(0, 2 * COUNTIES, 2))
def test_a_figure_leads_back_to_the_interval_it_is_printed_with(place: int) -> None:
    said = json.loads(campaign()[place].content)
    criteria = [one for one in said["indicators"] if not one["reference"]]

    for entry, judged in zip(criteria, summaries.judged_figures(said), strict=True):
        value, low, high = judged.footing.at(judged.footing.share, judged.footing.n_eff)
        found = entry["estimate"]
        assert judged.footing.method == "korn-graubard"
        assert (value, low, high) == pytest.approx(
            (found["value"], found["low"], found["high"]), abs=2e-4
        )
        assert (judged.p_value < 0.05) == (entry["finding"] == "met_established")


def test_counts_of_passes_are_those_of_the_verdicts() -> None:
    rows, found = content()["counties"], content()["passes"]
    meeting = [row for row in rows if row["outcome"] == "meets"]

    assert found["counties"] == COUNTIES
    assert found["passes"] == len(meeting)
    assert found["established"] == sum(row["standing"] == "established" for row in meeting)
    assert 0 < found["expected_established"] <= found["expected"] < found["passes"]
    assert found["expected"] == round(found["expected"], 1)


def test_the_page_says_what_the_sheet_says() -> None:
    root = heard(report())
    said = root.text
    tables = root.all("Table")
    rows = {row.children[0].text.strip(): row for table in tables for row in table.all("TR")}

    for row in content()["counties"]:
        printed = rows[row["adcode"]].text
        assert row["name_zh"] in printed
        for one in row["figures"]:
            rule = Rule(one["threshold"], one["strict"], one["direction"])
            assert str(figures.rounded(one["value"], rule)) in printed
    assert f"{content()['passes']['expected']:.1f}" in said
    assert "不作排名" in said
    assert "not ranked" in said
    assert "模拟数据" in said


def test_the_file_passes_the_gate_and_carries_its_figures() -> None:
    gate.check(report())

    with pikepdf.open(BytesIO(report())) as pdf:
        attached = pdf.attachments["summary.json"].get_file().read_bytes()

    assert attached == to_bytes(content())
    assert summary.render(SummarySheet.from_json(attached)) == report()


def test_the_order_of_the_sheets_does_not_matter() -> None:
    assert summaries.content(tuple(reversed(campaign()))) == content()


def test_no_county_without_a_full_edition_is_summed_up() -> None:
    with pytest.raises(Unknown):
        summaries.content(campaign()[1::2])


def test_two_campaigns_are_not_mixed() -> None:
    other = json.loads(campaign()[0].content)["campaign"] | {"id": "other"}

    with pytest.raises(Conflict):
        summaries.content(changed(campaign=other))


def test_a_county_with_two_verdicts_is_refused() -> None:
    with pytest.raises(Conflict):
        summaries.content([*campaign(), *changed(number="999999-2020-02")[:1]])


@pytest.mark.parametrize("document", [b"", b"{}", b'{"schema": "summary/1"}'])
def test_what_is_no_summary_is_refused(document: bytes) -> None:
    with pytest.raises(SheetError):
        SummarySheet.from_json(document)


def test_both_languages_of_every_text_take_the_same_figures() -> None:
    names = re.compile(r"{(\w+)}")
    for code, both in SUMMARY.items():
        if code != "province":  # each language has its own name
            assert set(names.findall(both.zh)) == set(names.findall(both.en)), code


def test_the_command_writes_the_summary_of_a_folder(tmp_path: Path) -> None:
    for number, sheet in enumerate(campaign()):
        (tmp_path / f"{number}.json").write_bytes(sheet.content)
    out = tmp_path / "summary.pdf"
    arguments = ["verdict", "summary", "--sheets", str(tmp_path), "--out", str(out)]

    found = CliRunner().invoke(main, arguments)

    assert found.exit_code == 0, found.output
    assert out.read_bytes() == report()
