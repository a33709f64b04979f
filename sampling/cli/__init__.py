"""The group of commands, how they report errors and how they show progress.

Commands live in the modules of this folder and are imported when they are called, so that
`--help` stays quick and a command without its libraries does not take the others with it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import click

from sampling.errors import SamplingError
from sampling.messages import say
from sampling.progress import Progress, silent

PROGRESS_FROM = 100_000

COMMANDS = {
    "frame": (
        "sampling.cli.frame:frame",
        "检查名册，冻结抽样框 | check and freeze a register",
    ),
    "plan": ("sampling.cli.plan:plan", "制定抽样方案 | make the sampling plan"),
    "simulate": (
        "sampling.cli.simulate:simulate_plan",
        "在已知真实情况的名册上检验方案 | try a plan on registers of known truth",
    ),
    "draw": ("sampling.cli.draw:draw", "按种子抽取样本 | draw the sample from a seed"),
    "verify-draw": (
        "sampling.cli.draw:verify_draw",
        "重算并核对样本 | recompute a draw",
    ),
    "estimate": ("sampling.cli.estimate:estimate", "由访谈估计指标 | estimate the indicators"),
    "plot": ("sampling.cli.plot:plot", "画抽样框与方案的图 | plot a frame and its plan"),
    "risk": (
        "sampling.cli.risk:risk",
        "返贫风险与关注名单，仅用于计划 | recurrence risk, for planning only",
    ),
}


class LazyGroup(click.Group):
    """A group that imports a command when it is called, and prints errors as lines.

    Parameters
    ----------
    lazy : name of the command -> ("module:attribute", one line of help)
    """

    def __init__(
        self, *args: Any, lazy: dict[str, tuple[str, str]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        present = [name for name, (target, _) in self.lazy.items() if _exists(target)]
        return [*super().list_commands(ctx), *present]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.lazy or not _exists(self.lazy[cmd_name][0]):
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self.lazy[cmd_name][0].partition(":")
        return cast(click.Command, getattr(import_module(module), attribute))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, self._help_line(ctx, name)) for name in self.list_commands(ctx)]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    def _help_line(self, ctx: click.Context, name: str) -> str:
        if name in self.lazy:
            return self.lazy[name][1]
        command = self.get_command(ctx, name)
        return command.get_short_help_str(limit=100) if command else ""

    def invoke(self, ctx: click.Context) -> Any:
        with errors_as_lines(ctx):
            return super().invoke(ctx)


def _exists(target: str) -> bool:
    return find_spec(target.partition(":")[0]) is not None


@contextmanager
def errors_as_lines(ctx: click.Context) -> Iterator[None]:
    """End with exit code 1 and the lines of the error on stderr, never a traceback."""
    try:
        yield
    except SamplingError as error:
        for line in error.lines:
            click.echo(line, err=True)
        ctx.exit(1)
    except BrokenPipeError:
        raise  # click ends quietly when the reader of a pipe has gone
    except OSError as error:
        reason = error.strerror or type(error).__name__
        click.echo(say("file.system", path=error.filename or "-", reason=reason), err=True)
        ctx.exit(1)


@contextmanager
def progress_bar(*, show_from: int = PROGRESS_FROM) -> Iterator[Progress]:
    """Show a bar on stderr while work goes on; silent off a terminal or for short work.

    Yields
    ------
    progress(stage, done, total) : a new stage starts a new line once total >= `show_from`
    """
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    tasks: dict[str, Any] = {}
    with Bar(console=Console(stderr=True)) as bar:

        def show(stage: str, done: int, total: int) -> None:
            if total < show_from:
                return
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield show


def refuse_unwritable(*files: Path | None) -> None:
    """Refuse files that cannot be written where they are wanted, before any work is done."""
    for file in files:
        if file is None:
            continue
        if file.is_dir():
            raise SamplingError("file.is_folder", path=file)
        if not file.parent.is_dir():
            raise SamplingError("file.no_folder", path=file, folder=file.parent)


@click.group(cls=LazyGroup, lazy=COMMANDS)
def main() -> None:
    """抽样：名册、方案、抽取、核对、估计 | Sampling: frame, plan, draw, verification, estimates."""
