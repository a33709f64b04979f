"""All reports in one run: the same for any number of workers, taken up again, none lost."""

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from presses import choke, die, shout
from reports import content

from inspect_app.cli import main
from inspect_app.demo import places, verdicts
from inspect_app.rules.errors import Unknown
from inspect_app.services import rendering
from report_templates import blocks, gate, press
from report_templates.linebreak import NEVER_FIRST, NEVER_LAST, Line
from report_templates.press import Sheet

COUNTIES = 20


def sheets(count: int) -> list[Sheet]:
    """Make small sheets that `shout` draws."""
    return [Sheet(f"full/{number:02}.pdf", f"sheet {number}".encode()) for number in range(count)]


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_any_number_of_workers_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "CHUNK", 1)  # else a few sheets are one worker's
    some = [
        Sheet(f"full/{name}.pdf", content(name))
        for name in ("crowded", "meets_open", "unmet_open", "demo_lancang")
    ]

    for workers, order in ((1, 1), (4, -1)):
        done = rendering.render_all(some[::order], tmp_path / str(workers), workers=workers)
        assert not done.failed
        assert (len(done.peaks) > 1) == (workers > 1)

    assert files(tmp_path / "1") == files(tmp_path / "4")
    assert files(tmp_path / "1")["full/crowded.pdf"] == press.draw(content("crowded"))


def test_a_second_run_draws_what_is_new_changed_or_damaged(tmp_path: Path) -> None:
    first = rendering.render_all(sheets(12), tmp_path, workers=1, draw=shout)
    (tmp_path / "full/02.pdf").write_bytes(b"damaged")
    (tmp_path / "full/05.pdf").unlink()
    told: list[tuple[int, int]] = []

    again = rendering.render_all(
        [*sheets(13)[:7], Sheet("full/07.pdf", b"corrected"), *sheets(13)[8:]],
        tmp_path,
        workers=1,
        draw=shout,
        progress=lambda _, done, total: told.append((done, total)),
    )

    assert len(first.drawn) == 12
    assert [one.file[-6:-4] for one in again.drawn] == ["02", "05", "07", "12"]
    assert len(again.kept) == 9
    assert told == [(9, 13), (13, 13)]
    assert (tmp_path / "full/07.pdf").read_bytes() == b"CORRECTED"


def test_another_version_of_the_software_draws_everything_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendering.render_all(sheets(2), tmp_path, workers=1, draw=shout)

    monkeypatch.setattr(rendering, "SOFTWARE", "exit-inspection 9")

    assert len(rendering.render_all(sheets(2), tmp_path, workers=1, draw=shout).drawn) == 2


@pytest.mark.parametrize("manifest", [b"", b"[]", b'{"reports": 3}', b'{"reports": {"a": 1}}'])
def test_a_manifest_that_cannot_be_used_draws_everything(tmp_path: Path, manifest: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(manifest)

    assert len(rendering.render_all(sheets(1), tmp_path, workers=1, draw=shout).drawn) == 1


def test_a_county_that_fails_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    done = rendering.render_all(sheets(12), tmp_path, workers=2, draw=choke)
    mended = rendering.render_all(sheets(12), tmp_path, workers=2, draw=shout)

    assert [(one.file, one.fault) for one in done.failed] == [
        ("full/03.pdf", "ValueError: sheet 3 cannot be drawn")
    ]
    assert len(done.drawn) == 11
    assert [one.file for one in mended.drawn] == ["full/03.pdf"]


def test_a_worker_that_dies_loses_only_the_sheet_it_died_of(tmp_path: Path) -> None:
    done = rendering.render_all(sheets(40), tmp_path, workers=2, draw=die)

    assert [(one.file, one.fault) for one in done.failed] == [("full/11.pdf", rendering.DIED)]
    assert len(done.drawn) == 39
    assert len(files(tmp_path)) == 40  # with the manifest, and nothing half-written


def test_what_the_gate_refuses_is_not_left_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(document: bytes) -> None:
        raise gate.Fault("unmarked", "paints outside", page=1)

    monkeypatch.setattr(gate, "check", refuse)

    (printed,) = press.put([Sheet("a.pdf", content("meets_open"))], tmp_path).printed

    assert "unmarked" in printed.fault
    assert not files(tmp_path)


def test_a_folder_of_documents_names_reports_by_what_they_say(tmp_path: Path) -> None:
    full = json.loads(content("meets_open"))
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.json").write_bytes(content("meets_open"))
    (tmp_path / "b.json").write_text(json.dumps({**full, "edition": "public"}))
    (tmp_path / "c.json").write_text(json.dumps({**full, "number": "../../escaped"}))
    (tmp_path / "d.json").write_text("not JSON")

    found = [sheet.file for sheet in rendering.in_folder(tmp_path)]

    assert found == [
        "c.pdf",
        "d.pdf",
        "full/420528-2019-01-1.pdf",
        "public/420528-2019-01-1.pdf",
    ]


def test_a_folder_without_or_with_contradicting_documents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unknown):
        rendering.in_folder(tmp_path)

    (tmp_path / "a.json").write_bytes(content("meets_open"))
    (tmp_path / "b.json").write_bytes(content("meets_open") + b"\n")
    with pytest.raises(Unknown, match="differ"):
        rendering.in_folder(tmp_path)


def test_the_command_draws_a_folder_and_names_what_failed(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    (source / "sound.json").write_bytes(content("meets_open"))
    (source / "unsound.json").write_text("{}")
    arguments = ["verdict", "render-all", "--sheets", str(source), "--out", str(out)]

    found = CliRunner().invoke(main, [*arguments, "--workers", "1"])

    assert found.exit_code == 1
    assert "1 drawn, 0 kept, 1 failed" in found.stdout
    assert found.stderr.startswith("unsound.pdf: SheetError")
    assert (out / "full/420528-2019-01-1.pdf").read_bytes() == press.draw(content("meets_open"))

    (source / "unsound.json").unlink()
    again = CliRunner().invoke(main, [*arguments, "--workers", "1"])
    assert again.exit_code == 0
    assert "0 drawn, 1 kept, 0 failed" in again.stdout
    assert not again.stderr


@pytest.mark.parametrize("options", [[], ["--campaign", "c"], ["--campaign", "c", "--sheets", "."]])
def test_the_command_wants_one_source(tmp_path: Path, options: list[str]) -> None:
    found = CliRunner().invoke(main, ["verdict", "render-all", "--out", str(tmp_path), *options])

    assert found.exit_code == 2
    assert "--sheets" in found.stderr


def test_simulated_counties_keep_every_rule_of_lines_and_of_the_gate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faults: list[str] = []
    broken = 0
    plain = blocks.break_lines

    def watched(*arguments: object, **options: object) -> tuple[Line, ...]:
        nonlocal broken
        lines = plain(*arguments, **options)  # type: ignore[arg-type]
        broken += len(lines)
        faults.extend(line.text for line in lines[1:] if line.text[0] in NEVER_FIRST)
        faults.extend(line.text for line in lines[:-1] if line.text[-1] in NEVER_LAST)
        return lines

    monkeypatch.setattr(blocks, "break_lines", watched)
    step = len(places.counties()) // COUNTIES
    outcomes = set()

    for county in places.counties()[::step][:COUNTIES]:
        for document in verdicts.documents(county):
            outcomes.add(json.loads(document)["verdict"]["outcome"])
            press.draw(document)

    assert outcomes == {"meets", "does_not_meet"}
    assert broken > 1000
    assert not faults


def test_simulated_verdicts_say_so_and_are_the_same_every_time() -> None:
    county = places.find_county("433126")

    full, public = verdicts.documents(county)

    assert (full, public) == verdicts.documents(county)
    assert full != verdicts.documents(county, seed="other")[0]
    for document in (full, public):
        said = json.loads(document)
        assert said["simulated"] is True
        assert said["county"]["name_zh"] == county.name_zh
    assert hashlib.sha256(full).hexdigest() not in public.decode()


def test_every_listed_county_has_a_code_of_its_own_in_the_simulation() -> None:
    codes = [verdicts.with_code(county).adcode for county in places.counties()]

    assert len(codes) == 832
    assert len(set(codes)) == 832


def test_the_longest_findings_fit_the_narrow_box_of_page_1() -> None:
    county = places.find_county(
        "341522"
    )  # nothing found in three criteria, the fourth close to its threshold

    for document in verdicts.documents(county):
        assert press.draw(document)


@pytest.mark.parametrize("command", ["summary", "bundle"])
@pytest.mark.parametrize("broken", ["{}", "[]", "{", '{"edition": ["full"], "number": 1}'])
def test_a_summary_names_what_is_no_verdict_and_writes_nothing(
    tmp_path: Path, command: str, broken: str
) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    (source / "sound.json").write_bytes(content("meets_open"))
    (source / "unsound.json").write_text(broken)

    found = CliRunner().invoke(
        main, ["verdict", command, "--sheets", str(source), "--out", str(out)]
    )

    (line,) = found.stderr.splitlines()
    assert (found.exit_code, line.partition(":")[0]) == (1, "unsound.pdf")
    assert not out.exists()
