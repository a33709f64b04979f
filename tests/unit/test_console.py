"""`exit-inspection`: what its commands say in two languages, and how they end when they cannot."""

import os
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from inspect_app.cli import main
from inspect_app.cli.installation import Tables
from inspect_app.demo import campaign
from inspect_app.demo.client import ApiProblem
from inspect_app.demo.link import Answer, LinkDown
from inspect_app.demo.phone import PhoneRefused
from inspect_app.schemas.fields import LIMITS
from inspect_app.settings import Settings
from sampling.frame import load_frame

COMMANDS = {
    "account",
    "demo",
    "ledger",
    "register",
    "serve",
    "verdict",
    "frame",
    "plan",
    "draw",
    "verify-draw",
    "estimate",
}
SMALLEST = "542521"  # 普兰: nine villages


def run(*words: object, **given: Any) -> Result:
    """Run the console; whatever happens, nobody sees a traceback."""
    result = CliRunner().invoke(main, [str(word) for word in words], **given)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def assert_refused(result: Result, *parts: str, code: int = 1) -> None:
    """One line on standard error, Chinese and English, and nothing on standard output."""
    assert (result.exit_code, result.stdout) == (code, "")
    (line,) = result.stderr.splitlines()
    chinese, _, english = line.partition(" | ")
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese)
    assert english
    for part in parts:
        assert part in line


# --- help ----------------------------------------------------------------------------------------


def test_every_command_is_listed_with_help_in_both_languages() -> None:
    shown = run("--help")

    assert shown.exit_code == 0
    listed = shown.stdout.partition("Commands:")[2]
    for name in COMMANDS:
        (line,) = (line for line in listed.splitlines() if line.startswith(f"  {name} "))
        chinese, _, english = line.partition(" | ")
        assert chinese.split()[1:]
        assert english


@pytest.mark.parametrize(
    "words",
    [
        ["demo"],
        ["serve"],
        ["account", "create"],
        ["account", "list"],
        ["account", "lock"],
        ["account", "reset-password"],
        ["register", "simulate"],
        ["register", "import"],
        ["ledger", "verify"],
        ["verdict", "render"],
    ],
)
def test_the_help_of_a_command_is_bilingual(words: list[str]) -> None:
    shown = run(*words, "--help")

    assert shown.exit_code == 0
    summary = shown.stdout.splitlines()[2]
    assert " | " in summary


@pytest.mark.parametrize(
    "words", [["serve"], ["demo", "--colour"], ["register", "simulate"], ["no-such-command"]]
)
def test_a_command_that_is_written_wrongly_ends_with_two(words: list[str]) -> None:
    assert run(*words).exit_code == 2


# --- demo ----------------------------------------------------------------------------------------


def test_a_demonstration_leaves_a_folder_with_files_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")

    assert_refused(run("demo", "--out", tmp_path), str(tmp_path), "is not empty")

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("counties", "reason"),
    [
        (["冷湖"], "has no division code"),
        (["999999"], "no county has the code 999999"),
        ([SMALLEST, SMALLEST], "the same county twice"),
    ],
)
def test_a_demonstration_that_cannot_be_played_leaves_nothing_behind(
    tmp_path: Path, counties: list[str], reason: str
) -> None:
    options = [word for county in counties for word in ("--county", county)]

    result = run("demo", *options, "--out", tmp_path / "out")

    assert result.exit_code == 1
    assert reason in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "failure",
    [
        ApiProblem(409, {"type": "/problems/conflict", "title": "The present state forbids this"}),
        LinkDown("no answer after 8 tries"),
        PhoneRefused(Answer(503, {}, b"{}")),
    ],
)
def test_a_demonstration_that_breaks_off_says_why_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(campaign, "prepare", fail)

    assert_refused(run("demo", "--out", tmp_path), "the demonstration stopped", str(failure))


# --- registers -------------------------------------------------------------------------------


def test_a_simulated_register_can_be_imported(tmp_path: Path) -> None:
    made = run("register", "simulate", "--county", "普兰县", "--out", tmp_path / "register")
    files = [
        word
        for role in ("villages", "households", "totals")
        for word in (f"--{role}", tmp_path / "register" / f"{role}.csv")
    ]

    imported = run("register", "import", *files, "--out", tmp_path / "frame")

    assert (made.exit_code, imported.exit_code) == (0, 0)
    assert str(tmp_path / "register") in made.stdout
    assert " | " in made.stdout
    frame = load_frame(tmp_path / "frame")
    assert (frame.counties, frame.simulated, frame.villages.height) == ((SMALLEST,), True, 9)
    assert frame.sha256[:12] in imported.stdout


def test_the_seed_decides_the_register(tmp_path: Path) -> None:
    for name, seed in (("one", "a"), ("again", "a"), ("other", "b")):
        run("register", "simulate", "--county", SMALLEST, "--seed", seed, "--out", tmp_path / name)

    one, again, other = (
        (tmp_path / name / "households.csv").read_bytes() for name in ("one", "again", "other")
    )
    assert one == again
    assert one != other


@pytest.mark.parametrize("name", ["冷湖", "冷湖行委", "Lenghu", "999999", "县", ""])
def test_a_county_that_cannot_be_simulated_is_refused_by_name(tmp_path: Path, name: str) -> None:
    result = run("register", "simulate", "--county", name, "--out", tmp_path / "register")

    is_lenghu = name.startswith(("冷湖", "Lenghu"))
    assert_refused(result, "茫崖市 632803" if is_lenghu else f"no county has the code {name}")
    assert not (tmp_path / "register").exists()


def test_a_register_is_not_written_between_other_files(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")

    result = run("register", "simulate", "--county", SMALLEST, "--out", tmp_path)

    assert_refused(result, "thesis.txt")
    assert len(list(tmp_path.iterdir())) == 1


def test_every_fault_of_an_import_has_a_line_and_nothing_is_written(tmp_path: Path) -> None:
    missing = tmp_path / "missing.csv"
    damaged = tmp_path / "villages.csv"
    pl.DataFrame({"village_code": ["420528100001"], "colour": ["red"]}).write_csv(damaged)

    result = run(
        "register",
        "import",
        *("--villages", damaged, "--households", missing, "--totals", missing),
        *("--out", tmp_path / "frame"),
    )

    assert (result.exit_code, result.stdout) == (1, "")
    lines = result.stderr.splitlines()
    assert len(lines) > 1
    assert all(" | " in line for line in lines)
    assert not (tmp_path / "frame").exists()


# --- server, accounts, ledger ------------------------------------------------------------------


def test_an_account_is_made_once(tmp_path: Path) -> None:
    words = ["account", "create", "--data", tmp_path, "--login", "boss", "--name", "委托方"]

    made = run(*words, input="long enough\nlong enough\n")
    again = run(*words, "--password", "long enough")

    assert made.exit_code == 0
    assert "已建立委托方账号 boss | commissioner's account boss made" in made.stdout
    assert "long enough" not in made.output
    assert_refused(again, "another account has this login")


def test_a_short_password_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    words = ["--login", "boss", "--name", "委托方", "--password", "too short"]

    result = run("account", "create", "--data", tmp_path / "data", *words)

    assert result.exit_code == 2
    assert "密码至少 10 个字符 | a password has at least 10 characters" in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_password_that_would_be_guessed_is_refused_before_anything_is_made(
    tmp_path: Path,
) -> None:
    words = ["--login", "boss", "--name", "委托方", "--password", "password123"]

    result = run("account", "create", "--data", tmp_path / "data", *words)

    assert result.exit_code == 2
    assert "此密码容易被猜到" in result.stderr
    assert not (tmp_path / "data").exists()


def test_an_operator_looks_after_accounts(tmp_path: Path) -> None:
    who = ["--data", tmp_path, "--login", "boss"]
    words = ["--name", "委托方", "--password", "long enough to do"]
    assert run("account", "create", *who, *words).exit_code == 0

    locked = run("account", "lock", *who)
    listed = run("account", "list", "--data", tmp_path)
    opened = run("account", "unlock", *who)
    link = run("account", "reset-password", *who)
    typed = run("account", "set-password", *who, input="seven bridges\nseven bridges\n")
    unknown = run("account", "lock", "--data", tmp_path, "--login", "nobody")

    assert "已锁定" in locked.stdout
    assert "boss, may commission, in 0 campaigns, 0 failed log-ins, locked" in listed.stdout
    assert "is open again" in opened.stdout
    assert "/join#r=" in link.stdout
    assert "the password of boss has changed" in typed.stdout
    assert "seven bridges" not in typed.output
    assert_refused(unknown, "没有账号 nobody | there is no account nobody")


def test_the_ledger_of_a_mistyped_folder_is_refused_and_not_made(tmp_path: Path) -> None:
    assert_refused(run("ledger", "verify", "--data", tmp_path / "none"), "there is no database in")
    assert not (tmp_path / "none").exists()


def test_the_ledger_of_a_fresh_database_holds_nothing(tmp_path: Path) -> None:
    words = ["--login", "boss", "--name", "委托方", "--password", "long enough to do"]
    assert run("account", "create", "--data", tmp_path, *words).exit_code == 0

    result = run("ledger", "verify", "--data", tmp_path)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "没有任何活动 | there are no campaigns\n"


def test_serving_a_folder_hands_over_to_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[str, list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda *call: started.append(call))
    monkeypatch.setenv("EXIT_INSPECTION_DEMO_SEED", "left over")

    words = ["--login", "boss", "--name", "委托方", "--password", "long enough to do"]
    mistyped = run("serve", "--data", tmp_path / "none")
    assert run("account", "create", "--data", tmp_path, *words).exit_code == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = run("serve", "--data", tmp_path, "--port", taken.getsockname()[1])

    served = run("serve", "--data", tmp_path, "--port", 8123)

    assert_refused(mistyped, "there is no database in")
    assert_refused(busy, "cannot serve at 127.0.0.1")
    assert served.exit_code == 0
    program, arguments, environment = started[0]
    assert (arguments[0], arguments[2]) == (program, "gunicorn")
    assert "127.0.0.1:8123" in arguments
    assert environment["EXIT_INSPECTION_DATA"] == str(tmp_path.resolve())
    assert "EXIT_INSPECTION_DEMO_SEED" not in environment


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "unix:/run/office.sock"),
        (("--port", 8123), "127.0.0.1:8123"),
        (("--host", "localhost", "--port", 8123), "localhost:8123"),
        (("--bind", "unix:/run/another.sock"), "unix:/run/another.sock"),
    ],
)
def test_a_server_listens_where_the_environment_says_unless_the_command_says_otherwise(
    words: tuple[Any, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[str, list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda *call: started.append(call))
    monkeypatch.setenv("EXIT_INSPECTION_BIND", "unix:/run/office.sock")
    someone = ["--login", "boss", "--name", "委托方", "--password", "long enough to do"]
    assert run("account", "create", "--data", tmp_path, *someone).exit_code == 0

    served = run("serve", "--data", tmp_path, *words)

    assert told in served.stderr
    assert [call[1][-1] for call in started] == [told]


def test_a_server_brings_its_tables_up_to_date_without_hurry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    @contextmanager
    def looking(settings: Settings, tables: Tables) -> Iterator[None]:
        seen.append(settings.unhurried and tables is Tables.UPGRADED)
        yield

    monkeypatch.setattr(os, "execve", lambda *_call: None)
    monkeypatch.setattr(sys.modules["inspect_app.cli.serve"], "application", looking)
    someone = ["--login", "boss", "--name", "委托方", "--password", "long enough to do"]
    assert run("account", "create", "--data", tmp_path, *someone).exit_code == 0

    assert run("serve", "--data", tmp_path, "--bind", "unix:/run/x.sock").exit_code == 0
    assert seen == [True]


def test_the_ledger_is_verified_by_the_limits_of_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["--login", "boss", "--name", "委托方", "--password", "long enough to do"]
    assert run("account", "create", "--data", tmp_path, *words).exit_code == 0
    monkeypatch.setenv("EXIT_INSPECTION_LIMIT_OP_BODY_BYTES", "200000")

    own = copy_context()  # so that no other test reads by these limits

    assert own.run(run, "ledger", "verify", "--data", tmp_path).exit_code == 0
    assert own[LIMITS].op_body_bytes == 200_000


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    words = ["--login", "boss", "--name", "委托方", "--password", "long enough to do"]
    result = run("account", "create", "--data", tmp_path / "file" / "data", *words)

    assert_refused(result, "file")


def test_a_database_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "exit-inspection.db").write_bytes(b"this is no database" * 100)

    assert_refused(run("ledger", "verify", "--data", tmp_path), "file is not a database")


@pytest.mark.parametrize("present", ["0002", "9999"])
@pytest.mark.parametrize("words", [["ledger", "verify"], ["seal-key", "list"], ["account", "list"]])
def test_a_command_that_reads_leaves_tables_of_another_release_alone(
    tmp_path: Path, words: list[str], present: str
) -> None:
    someone = ["--login", "boss", "--name", "委托方", "--password", "long enough to do"]
    assert run("account", "create", "--data", tmp_path, *someone).exit_code == 0
    with closing(sqlite3.connect(tmp_path / "exit-inspection.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = ?", [present])

    assert_refused(run(*words, "--data", tmp_path), present, "exit-inspection database upgrade")

    with closing(sqlite3.connect(tmp_path / "exit-inspection.db")) as database:
        (left,) = database.execute("SELECT version_num FROM alembic_version")
    assert left == (present,)


def test_tables_of_a_newer_release_are_not_brought_up_to_date(tmp_path: Path) -> None:
    someone = ["--login", "boss", "--name", "委托方", "--password", "long enough to do"]
    assert run("account", "create", "--data", tmp_path, *someone).exit_code == 0
    with closing(sqlite3.connect(tmp_path / "exit-inspection.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")

    for words in (["database", "upgrade"], ["serve", "--bind", "unix:/run/x.sock"]):
        assert_refused(run(*words, "--data", tmp_path), "9999", "install the newer release")


def test_certificates_that_are_not_there_are_written_wrongly(tmp_path: Path) -> None:
    (tmp_path / "report.pdf").touch()
    words = ["verdict", "verify", tmp_path / "report.pdf", "--trust", tmp_path / "none.pem"]

    found = run(*words)

    assert (found.exit_code, found.stdout) == (2, "")
    assert "none.pem" in found.stderr
