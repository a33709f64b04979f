"""`python -m sampling frame`: what it prints, where, and with which exit code."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from sampling.cli import LazyGroup, main, progress_bar
from sampling.frame import load_frame
from sampling.progress import silent

ROOT = Path(__file__).parents[2]
REGISTER = {
    "villages": "行政村代码,行政村,乡镇代码,县代码,村类型,脱贫户数,脱贫人口,未脱贫户数,未脱贫人口,"
    "一般户数,一般人口\n"
    "420528100001,龙舟坪村,420528100,420528,贫困村,2,7,1,2,10,30\n",
    "households": "户编码,行政村代码,户属性,人口数,脱贫年度\n"
    "H1,420528100001,脱贫户,3,2018\n"
    "H2,420528100001,脱贫户,4,2019\n"
    "H3,420528100001,未脱贫户,2,\n",
    "totals": "县代码,脱贫人口,未脱贫人口,一般人口,农村人口,依据文件,模拟\n"
    "420528,7,2,30,39,假定,是\n",
}


def options(folder: Path, **changed: str) -> list[str]:
    """Write a register and name its files as the command wants them."""
    words = []
    for role, text in {**REGISTER, **changed}.items():
        path = folder / f"{role}.csv"
        path.write_text(text, encoding="utf-8")
        words += [f"--{role}", str(path)]
    return ["frame", *words, "--out", str(folder / "frame")]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        encoding="utf-8",
    )


def test_command_freezes_and_prints_warnings_apart(tmp_path: Path) -> None:
    totals = REGISTER["totals"].replace(",7,2,30,39,", ",8,2,30,40,")

    done = run("-m", "sampling", *options(tmp_path, totals=totals))

    frame = load_frame(tmp_path / "frame")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "模拟数据 | simulated data"
    assert "households 3 (exited 2, registered 1, other 0), warnings 1" in done.stdout
    assert frame.sha256 in done.stdout
    assert done.stderr.splitlines() == [
        "提醒：totals.csv 第2行 “脱贫人口”列：县420528的E类：总数8人，各户合计7人 | warning: "
        'totals.csv row 2 column "脱贫人口": county 420528, class E: 8 persons in the totals, '
        "7 in the households"
    ]


def test_command_prints_each_fault_on_a_line_and_fails(tmp_path: Path) -> None:
    households = REGISTER["households"].replace(",3,2018", ",-3,2018").replace("未脱贫户", "富户")

    done = run("-m", "sampling", *options(tmp_path, households=households))

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        'households.csv 第2行 “人口数”列：-3是负数 | households.csv row 2 column "人口数": -3 is '
        "negative",
        "households.csv 第4行 “户属性”列：“富户”不在可用值之内：E / P / N / 脱贫户 / 未脱贫户 / "
        '一般农户 | households.csv row 4 column "户属性": "富户" is not one of: E / P / N / 脱贫户 '
        "/ 未脱贫户 / 一般农户",
    ]
    assert not (tmp_path / "frame").exists()


def test_a_folder_in_use_is_one_line(tmp_path: Path) -> None:
    words = options(tmp_path)
    (tmp_path / "frame").mkdir()
    (tmp_path / "frame" / "letter.txt").write_text("dear county", encoding="utf-8")

    result = CliRunner().invoke(main, words)

    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "already holds something else" in result.stderr


def test_a_refusal_of_the_system_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device", str(tmp_path / "frame"))

    monkeypatch.setattr("os.fsync", full)
    result = CliRunner().invoke(main, options(tmp_path))

    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.endswith("refused by the system (No space left on device)\n")
    assert not (tmp_path / "frame").exists()


def test_a_missing_option_is_an_error_of_usage() -> None:
    result = CliRunner().invoke(main, ["frame", "--out", "x"])

    assert result.exit_code == 2


def test_a_command_whose_module_is_missing_does_not_break_the_others() -> None:
    lazy = {
        "gone": ("sampling.cli.gone:gone", "不在 | absent"),
        "frame": ("sampling.cli.frame:frame", "冻结 | freeze"),
    }
    group = LazyGroup("group", lazy=lazy)

    result = CliRunner().invoke(group, ["--help"])
    missing = CliRunner().invoke(group, ["gone"])

    assert "frame  冻结 | freeze" in result.output
    assert "gone" not in result.output
    assert missing.exit_code == 2
    assert isinstance(group.get_command(click.Context(group), "frame"), click.Command)


def test_nothing_heavy_is_loaded_to_show_help() -> None:
    probe = (
        "import sys, sampling.cli\n"
        "try:\n"
        "    sampling.cli.main(['--help'])\n"
        "except SystemExit:\n"
        "    names = {'flask', 'sqlalchemy', 'polars', 'numpy', 'rich'} & set(sys.modules)\n"
        "    print(sorted(names))\n"
    )

    assert run("-c", probe).stdout.splitlines()[-1] == "[]"


def test_import_needs_no_web_application(tmp_path: Path) -> None:
    probe = (
        "import sys, sampling.cli\n"
        "try:\n"
        "    sampling.cli.main(sys.argv[1:])\n"
        "except SystemExit as end:\n"
        "    names = {'flask', 'sqlalchemy', 'marshmallow', 'reportlab', 'inspect_app'}\n"
        "    print(end.code, sorted(names & set(sys.modules)))\n"
    )

    assert run("-c", probe, *options(tmp_path)).stdout.splitlines()[-1] == "0 []"


class Terminal:
    """A stream that claims to be a terminal and remembers what was shown."""

    def __init__(self) -> None:
        self.shown = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.shown += text
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""


def test_a_bar_is_shown_for_long_work_only(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")

    with progress_bar() as progress:
        progress("短", 500, 1_000)
        progress("长", 100_000, 200_000)

    assert "短" not in terminal.shown
    assert "长" in terminal.shown


def test_no_bar_off_a_terminal() -> None:
    with progress_bar() as progress:
        assert progress is silent
