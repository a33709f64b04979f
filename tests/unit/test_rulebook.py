"""The rule book: complete, sourced, and refused whenever it asks for what nobody implemented."""

import hashlib
import json
from datetime import date
from importlib import resources
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from inspect_app.cli import main
from inspect_app.rules.errors import LineMissing, RuleBookInvalid, RuleBookUnknown
from inspect_app.rules.rulebooks import QUALITY, RuleBook, load, names, parse

NAME = "2017-national"
TEXT = (resources.files("inspect_app") / "rulebooks" / f"{NAME}.toml").read_text("utf-8")

DEFAULTS = {
    "missed_denominator": "b",
    "missed_threshold": 0.02,
    "wrong_exit_threshold": 0.02,
    "incidence_threshold": {"central_2pct": 0.02, "west_3pct": 0.03},
    "approval_threshold": 0.9,
    "strict_rates": True,
    "strict_approval": False,
    "exited_scope": "to_date",
    "members_basis": "registered",
    "income_concept": "net",
    "line": "higher",
    "reference_date": "exit_year_end",
    "one_off_income": "not_counted",
    "approval_rule": "overall_without_dissent",
    "missed_test": "income_first",
    "exclusion_list": ["public_employee", "village_cadre", "vehicle_machine"],
    "within_household_missed": True,
    "water_counts": True,
    "protein_floor": "weekly",
    "unappraised_house": "sound_if_seen",
    "shock_ratio": 0.5,
    "recurrence_threshold": 0.02,
    "grace_end": "five_years",
    "official_estimator": "design",
    "confidence": 0.95,
    "notice_days": 7,
    "max_visits": 3,
    "case_deadlines": {
        "suspected": 1,
        "evidence_due": 3,
        "evidence_received": 2,
        "under_ruling": 5,
        "undecided": 10,
    },
    "replacement_alarm": 0.1,
    "roster_tolerance": 0.03,
    "pair_max_days": 3,
    "small_cell": {"households": 100, "villages": 5},
    "quality": dict(QUALITY),
    "reinterview_share": 0.05,
    "reinterview_alarm": 0.85,
    "holidays": [],
    "make_up_days": [],
    "school_ages": [6, 15],
    "water_fetch_minutes": 30,
    "water_dry_days": 15,
}


def book() -> RuleBook:
    return load(NAME)


def faults_of(text: str) -> list[str]:
    with pytest.raises(RuleBookInvalid) as refused:
        parse(text)
    return refused.value.extra["faults"]


def changed(old: str, new: str) -> str:
    assert TEXT.count(old) == 1
    return TEXT.replace(old, new)


def test_every_setting_stands_at_its_default():
    assert book().settings == DEFAULTS
    assert json.loads(json.dumps(book().settings)) == DEFAULTS


def test_every_setting_names_where_it_comes_from():
    assert set(book().sources) == set(DEFAULTS)
    for source in book().sources.values():
        assert source.source == "our default" or source.source.startswith("http")
        assert all(source.readings)


def test_the_digest_is_of_the_bytes_in_the_package():
    file = resources.files("inspect_app") / "rulebooks" / f"{NAME}.toml"

    assert book().sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("indicator", "group", "value", "strict", "direction"),
    [
        ("wrong_exit_rate", "west_3pct", 0.02, True, "below"),
        ("missed_rate", "central_2pct", 0.02, True, "below"),
        ("poverty_incidence", "west_3pct", 0.03, True, "below"),
        ("poverty_incidence", "central_2pct", 0.02, True, "below"),
        ("register_incidence", "west_3pct", 0.03, True, "below"),
        ("recurrence_rate", "central_2pct", 0.02, True, "below"),
        ("satisfaction_rate", "west_3pct", 0.9, False, "above"),
    ],
)
def test_thresholds_by_region_group(indicator, group, value, strict, direction):
    found = book().threshold(indicator, group)

    assert (found.value, found.strict, found.direction) == (value, strict, direction)


def test_an_estimate_is_held_against_the_threshold():
    below = book().threshold("wrong_exit_rate", "west_3pct")
    above = book().threshold("satisfaction_rate", "west_3pct")

    assert [below.is_met_by(rate) for rate in (0.0199, 0.02, 0.0201)] == [True, False, False]
    assert [above.is_met_by(rate) for rate in (0.8999, 0.9, 0.9001)] == [False, True, True]


def test_lines_of_two_years_are_sourced_and_others_are_missing():
    assert (book().line(2019).yuan, book().line(2019).status) == (3218, "sourced-secondary")
    assert (book().line(2020).yuan, book().line(2020).status) == (4000, "sourced")

    with pytest.raises(LineMissing, match="2018") as refused:
        book().line(2018)

    assert refused.value.extra == {"year": 2018, "rulebook": NAME}


def test_a_simulated_line_says_that_it_is_one():
    line = book().with_simulated_line(2018, 2995).line(2018)

    assert (line.yuan, line.status) == (2995, "simulated")
    with pytest.raises(LineMissing):
        book().line(2018)


def test_a_sourced_line_cannot_be_replaced_by_an_invented_one():
    with pytest.raises(RuleBookInvalid, match="2020 has a sourced line"):
        book().with_simulated_line(2020, 9999)


def test_the_higher_of_national_and_provincial_line_counts():
    higher = book().with_line(2020, 4500, document="provincial notice 7")
    lower = book().with_line(2020, 3500, document="provincial notice 7")

    assert (higher.line(2020).yuan, higher.line(2020).document) == (4500, "provincial notice 7")
    assert lower.line(2020).yuan == 4000


def test_a_line_needs_its_document():
    with pytest.raises(RuleBookInvalid, match="document"):
        book().with_line(2020, 4500, document=" ")


def test_another_reading_is_another_book():
    other = book().with_reading("missed_threshold", 0.01)

    assert other.threshold("missed_rate", "west_3pct").value == 0.01
    assert book().threshold("missed_rate", "west_3pct").value == 0.02


def test_no_book_is_found_under_another_name():
    for name in ("2099-lunar", "../2017-national", "", "2017-national.toml"):
        with pytest.raises(RuleBookUnknown):
            load(name)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('value = "b"', 'value = "c"', "settings.missed_denominator: 'c' is none of a, b"),
        ('value = "net"', 'value = "disposable"', "settings.income_concept"),
        ("value = 0.9\n", "value = 90\n", "settings.approval_threshold: 90 is not a fraction"),
        ("value = 0.95", "value = 1.5", "settings.confidence: 1.5 is not between 0 and 1"),
        ("value = 0.95", "value = 0.5", "settings.confidence: 0.5 is not above 0.5"),
        ("one_off_pct = 30", "one_off_pct = 101", "settings.quality: one_off_pct = 101 is above"),
        ("night_from = 21", "night_from = 24", "settings.quality: night_from = 24 is above 23"),
        ("year = 2017\n", 'year = 2017\ndated = "soon"\n', "dated: a day expected"),
        ("value = 7", "value = 7.0", "settings.notice_days"),
        ("west_3pct = 0.03", "east_3pct = 0.03", "settings.incidence_threshold"),
        ("value = [6, 15]", "value = [15, 6]", "settings.school_ages"),
        ('"vehicle_machine"]', '"tractor"]', "settings.exclusion_list"),
        ("[settings.water_counts]", "[settings.water_counted]", "settings.water_counted: unknown"),
        ("yuan = 3218", "yuan = -1", "lines[0]"),
        ('status = "sourced"\n', 'status = "hearsay"\n', "lines[1]: status unknown"),
        ("year = 2017\n", "", "year: whole number expected"),
        ('id = "2017-national"', 'id = "2017-national"\ncolour = "red"', "colour: unknown key"),
    ],
)
def test_a_faulty_book_is_refused_by_key(old, new, fault):
    assert any(found.startswith(fault) for found in faults_of(changed(old, new)))


def test_all_faults_are_named_at_once():
    text = changed('value = "b"', 'value = "c"').replace("value = 0.95", "value = 95")

    assert len(faults_of(text)) == 2


def test_a_setting_without_source_is_refused():
    text = TEXT.replace('source = "our default"\nreadings = ["no rule found"]', "", 1)

    assert faults_of(text) == ["settings.max_visits: needs value, source and readings"]


def test_what_is_no_toml_is_refused():
    assert faults_of("= 3")[0]
    assert "settings.confidence: needs value, source and readings" in faults_of("")


@pytest.mark.parametrize(("key", "value"), [("approval_rule", "feeling"), ("moon_phase", 1)])
def test_a_reading_without_a_rule_cannot_be_chosen(key, value):
    with pytest.raises(RuleBookInvalid, match=key):
        book().with_reading(key, value)


STRICT = {
    "missed_threshold": (0.02, 0.01),
    "strict_approval": (False, True),
    "unappraised_house": ("sound_if_seen", "unknown"),
    "missed_test": ("income_first", "same_as_exit"),
}


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["rulebook", *map(str, words)])


def a_file(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_strict_book_differs_where_it_says():
    national, strict = (load(name).settings for name in ("2017-national", "2017-strict"))

    assert {
        key: (national[key], strict[key]) for key in national if national[key] != strict[key]
    } == (STRICT)
    text = (resources.files("inspect_app") / "rulebooks" / "2017-strict.toml").read_text("utf-8")
    reasons = text[: text.index("id = ")]
    assert all(f"# {key}" in reasons for key in STRICT)
    assert load("2017-strict").dated == date(2026, 11, 22)


def test_every_packaged_book_is_listed_under_its_own_name():
    told = json.loads(run("list", "--json").stdout)

    assert [one["id"] for one in told] == list(names()) == ["2017-national", "2017-strict"]
    assert [one["sha256"] for one in told] == [load(name).sha256 for name in names()]
    assert all(name in run("list").output for name in names())


def test_a_sound_file_is_said_to_be_so(tmp_path: Path):
    told = run("check", a_file(tmp_path, TEXT))

    assert told.exit_code == 0
    assert f"{len(DEFAULTS)} settings" in told.output
    assert book().sha256 in told.output


def test_every_fault_is_told_with_its_line(tmp_path: Path):
    text = TEXT.replace("value = 0.95", "value = 95", 1).replace("yuan = 4000", "yuan = 0")
    text = text.replace("[settings.water_counts]", "[settings.water]")
    path = a_file(tmp_path, text.replace("year = 2017\n", 'year = "2017"\n', 1))
    lines = path.read_text("utf-8").splitlines()

    told = run("check", path)

    assert told.exit_code == 1
    faults = told.stderr.splitlines()
    for key, head in (
        ("year", 'year = "2017"'),
        ("settings.confidence", "[settings.confidence]"),
        ("settings.water", "[settings.water]"),
    ):
        assert any(one.startswith(f"{path}:{lines.index(head) + 1}: {key}: ") for one in faults)
    second = [n for n, line in enumerate(lines, 1) if line == "[[lines]]"][1]
    assert any(one.startswith(f"{path}:{second}: lines[1]: ") for one in faults)
    assert f"{path}:1: settings.water_counts: needs value, source and readings" in faults


def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path):
    told = run("check", a_file(tmp_path, 'id = "a"\nyear = \n'))

    assert told.exit_code == 1
    assert told.stderr.startswith(f"{tmp_path / 'mine.toml'}:2: ")


def test_two_books_are_held_against_each_other(tmp_path: Path):
    told = run("diff", "2017-national", "2017-strict")
    in_json = json.loads(run("diff", "2017-national", "2017-strict", "--json").stdout)
    equal = run("diff", "2017-national", a_file(tmp_path, TEXT))

    assert told.exit_code == 0
    assert "missed_threshold: 0.02 → 0.01" in told.output
    assert in_json["settings"] == {
        key: {"one": one, "other": other} for key, (one, other) in STRICT.items()
    }
    assert (in_json["campaign"], in_json["counties"]) == (None, [])
    assert "disagree on no setting" in equal.output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("diff", "2017-national", "2099-lunar"), 1),
        (("diff", "2017-national", "2017-strict", "--campaign", "x"), 2),
        (("check", "nowhere.toml"), 2),
    ],
)
def test_what_there_is_not_is_refused(words: tuple[str, ...], code: int):
    assert run(*words).exit_code == code
