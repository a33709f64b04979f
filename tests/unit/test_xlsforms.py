"""Questionnaires from spreadsheets: what is taken, and the cell of each fault."""

import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from inspect_app.cli import main
from inspect_app.pages.questionnaire import in_words
from inspect_app.rules import questionnaires
from inspect_app.rules.errors import QuestionnaireInvalid
from inspect_app.rules.xpath import XPathFault, translate
from inspect_app.services import publishing, xlsforms
from inspect_app.settings import Settings

TYPES = {"age": "integer", "help": "select_many", "sex": "select_one", "name": "text"}
HEADS = ("type", "name", "label::中文", "label::English", "required", "relevant", "constraint")
HEADS += ("constraint_message::中文", "constraint_message::English", "asked_of", "severity")
SURVEY: list[tuple[str, ...]] = [
    ("begin_group", "home", "住户", "Household"),
    (
        "integer",
        "persons",
        "人口",
        "Persons",
        "yes",
        "",
        ". >= 1 and . <= 30",
        "1 至 30",
        "1 to 30",
    ),
    ("select_one yes_no", "aided", "是否受助", "Any help", "yes"),
    ("select_multiple kinds", "kinds", "帮扶", "Kinds of help", "no", "${aided} = 'yes'"),
    ("image", "mark", "签名", "Signature"),
    ("end_group", "", "", ""),
    ("begin_repeat", "members", "成员", "Members"),
    ("integer", "age", "年龄", "Age", "yes", "", ". >= 0", "不小于 0", "not below 0", "EP", "soft"),
    ("text", "note", "说明", "Note", "", "${age} < 6 or selected(${kinds}, 'job')"),
    ("end_repeat", "", "", ""),
]
CHOICES: list[tuple[str, ...]] = [
    ("yes_no", "yes", "是", "Yes"),
    ("yes_no", "no", "否", "No"),
    ("kinds", "job", "就业", "A job"),
    ("kinds", "loan", "贷款", "A loan"),
]


def a_workbook(
    folder: Path,
    *,
    survey: list[tuple[str, ...]] | None = None,
    heads: tuple[str, ...] = HEADS,
    leave_out: str = "",
    version: object = "0.2.0",
) -> Path:
    """A small form as people write it in a spreadsheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    sheets: dict[str, list[tuple[Any, ...]]] = {
        "survey": [heads, *(survey or SURVEY)],
        "choices": [("list_name", "name", "label::中文", "label::English"), *CHOICES],
        "settings": [("form_id", "version", "form_title", "title_zh")],
    }
    sheets["settings"].append(("village-visit", version, "A visit", "入户"))
    for name, rows in sheets.items():
        if name != leave_out:
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
    path = folder / "form.xlsx"
    book.save(path)
    book.close()
    return path


def faults(path: Path) -> list[str]:
    with pytest.raises(QuestionnaireInvalid) as caught:
        publishing.check(path)
    found: list[str] = caught.value.extra["faults"]  # type: ignore[assignment]  # as it is made
    return found


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("${age} >= 16", {"op": "ge", "args": [{"field": "age"}, 16]}),
        (". = 'x'", {"op": "eq", "args": [{"self": True}, "x"]}),
        ("not(${age} = 1)", {"op": "not", "args": [{"op": "eq", "args": [{"field": "age"}, 1]}]}),
        ("selected(${help}, 'job')", {"op": "has", "args": [{"field": "help"}, "job"]}),
        ("selected(${sex}, 'f')", {"op": "eq", "args": [{"field": "sex"}, "f"]}),
        ("count-selected(${help}) > 1", {"op": "gt", "args": [
            {"op": "size", "args": [{"field": "help"}]}, 1]}),
        ("regex(${name}, '[a-z]{2,3}')", {"op": "matches", "args": [
            {"field": "name"}, "[a-z]{2,3}"]}),
        ("-1 < ${age} * 1.50 + 2", {"op": "lt", "args": [-1, {"op": "add", "args": [
            {"op": "mul", "args": [{"field": "age"}, {"dec": "1.50"}]}, 2]}]}),
        ("true() and (false() or ${age} != 3)", {"op": "and", "args": [True, {"op": "or", "args": [
            False, {"op": "ne", "args": [{"field": "age"}, 3]}]}]}),
    ],
)  # fmt: skip
def test_expressions_become_those_of_the_dialect(source: str, expected: Any) -> None:
    assert translate(source, TYPES) == expected


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("${nobody} = 1", "no field 'nobody'"),
        ("${name} = ''", "empty text"),
        ("today() > 1", "today()"),
        ("${age} div 2", "not expected"),
        ("${age} >", "ends too soon"),
        ("(${age} = 1", "')' is missing"),
        ("${age} ; 1", "cannot read"),
        ("if(${age} = 1, 'a', 'b')", "if()"),
    ],
)
def test_what_the_dialect_cannot_say_is_a_fault(source: str, part: str) -> None:
    with pytest.raises(XPathFault, match=re.escape(part)):
        translate(source, TYPES)


def test_a_spreadsheet_becomes_a_questionnaire(tmp_path: Path) -> None:
    report = publishing.check(a_workbook(tmp_path))

    form = report.form
    assert (form.form_id, form.version, form.title_zh) == ("village-visit", "0.2.0", "入户")
    assert [block.id for block in form.blocks] == ["home", "members"]
    assert form.blocks[1].repeat == "member"
    persons, age = form.fields["persons"], form.fields["age"]
    assert persons.constraint is not None
    assert persons.constraint.severity == "hard"
    assert persons.allow_missing == {"dk", "refused"}
    assert (age.asked_of, age.constraint and age.constraint.severity) == ({"E", "P"}, "soft")
    assert form.fields["kinds"].values == ("job", "loan")
    assert form.fields["mark"].type == "photo"
    assert (report.blocks, report.fields, report.rules) == (2, 6, 4)
    assert json.loads(report.data)["dispositions"]["needs_revisit"] == ["partial"]


def test_each_fault_names_its_cell(tmp_path: Path) -> None:
    survey = [
        ("begin_group", "home", "住户", "Household"),
        ("decimal", "income", "收入", "Income"),
        ("integer", "persons", "人口", "", "maybe", "${nobody} = 1"),
        ("select_one nothing", "aided", "是否", "Help"),
        ("integer", "age", "年龄", "Age", "", "", "today() > 1"),
        ("begin_group", "inner", "内", "Inner"),
    ]

    found = faults(a_workbook(tmp_path, survey=survey))

    cells = ["A3", "D4", "E4", "F4", "A5", "G6", "A7"]
    assert sorted(one.partition(":")[0] for one in found) == sorted(f"survey!{at}" for at in cells)


def test_columns_that_are_not_understood_are_told_where_they_are_filled(tmp_path: Path) -> None:
    survey = [(*row[:4], *[""] * (len(HEADS) - 4), "3") for row in SURVEY[:1]]

    (first, *_) = faults(a_workbook(tmp_path, survey=survey, heads=(*HEADS, "calculation")))

    assert first == "survey!L2: the column 'calculation' is not taken"


def test_rules_are_checked_as_in_any_questionnaire(tmp_path: Path) -> None:
    """Types, choices and references are the questionnaire's own check, whatever it came from."""
    survey = [*SURVEY[:2], ("text", "word", "词", "Word", "", "${persons} = 'many'"), SURVEY[5]]

    assert faults(a_workbook(tmp_path, survey=survey)) == [
        "word/relevance: unlike-types number eq text"
    ]


@pytest.mark.parametrize("leave_out", ["survey", "choices", "settings"])
def test_a_missing_sheet_is_named(tmp_path: Path, leave_out: str) -> None:
    assert f"{leave_out}: the sheet is missing" in faults(a_workbook(tmp_path, leave_out=leave_out))


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    path.write_bytes(b"not a workbook")

    with pytest.raises(QuestionnaireInvalid):
        xlsforms.read(path)


def test_a_published_version_is_never_changed(tmp_path: Path) -> None:
    settings = Settings.for_folder(tmp_path)
    path = a_workbook(tmp_path)
    first = publishing.publish(path, settings)
    again = publishing.publish(path, settings)
    other = a_workbook(tmp_path, survey=[*SURVEY[:2], SURVEY[5]])

    with pytest.raises(QuestionnaireInvalid, match="other bytes"):
        publishing.publish(other, settings)

    assert first.form.sha256 == again.form.sha256
    assert [form.form_id for form in publishing.shelf(settings)] == [
        "household-interview",
        "village-visit",
    ]


def test_the_softwares_own_version_cannot_be_published_with_other_bytes(tmp_path: Path) -> None:
    own = json.loads(questionnaires.published()[0].data)
    own["title_en"] = "another"
    path = tmp_path / "own.json"
    path.write_text(json.dumps(own))

    with pytest.raises(QuestionnaireInvalid, match="other bytes"):
        publishing.publish(path, Settings.for_folder(tmp_path))


def test_a_file_on_the_shelf_that_was_changed_is_not_used(tmp_path: Path) -> None:
    settings = Settings.for_folder(tmp_path)
    publishing.publish(a_workbook(tmp_path), settings)
    (file,) = settings.questionnaires_dir.glob("*.json")
    file.write_bytes(file.read_bytes() + b" ")

    with pytest.raises(QuestionnaireInvalid):
        publishing.shelf(settings)


def test_the_commands_check_publish_list_and_preview(tmp_path: Path) -> None:
    path = a_workbook(tmp_path)
    page = tmp_path / "preview.html"

    checked = run("questionnaire", "check", path, "--out", tmp_path / "form.json")
    published = run("questionnaire", "publish", path, "--data", tmp_path)
    listed = run("questionnaire", "list", "--data", tmp_path)
    shown = run("questionnaire", "preview", path, "--out", page)

    assert [one.exit_code for one in (checked, published, listed, shown)] == [0] * 4
    assert "2 blocks, 6 fields, 4 rules" in checked.stdout
    assert "village-visit 0.2.0" in listed.stdout
    text = page.read_text("utf-8")
    assert "1 to 30" in text
    assert "aided = “yes”" in text
    assert "<script" not in text


def test_the_commands_name_every_fault(tmp_path: Path) -> None:
    path = a_workbook(tmp_path, survey=[("integer", "x", "甲", "")])

    refused = run("questionnaire", "publish", path, "--data", tmp_path)

    assert refused.exit_code == 1
    assert "survey!D2" in refused.stderr
    assert not (tmp_path / "questionnaires").exists()


def test_rules_are_put_into_words() -> None:
    node = {
        "op": "and",
        "args": [
            {"op": "or", "args": [{"field": "a"}, {"op": "not", "args": [{"field": "b"}]}]},
            {"op": "le", "args": [{"self": True}, {"context": "max_visits"}]},
        ],
    }

    assert in_words(node) == "(a 或 or 非 not (b)) 且 and 本题 this ≤ [max_visits]"
