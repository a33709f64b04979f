"""How the demonstration tells what it does: lines, progress bars and the closing table."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.box import HORIZONTALS
from rich.console import Console, JustifyMethod
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

WORD_COLUMNS = 3
NARROWEST = 112


class Step:
    """One bar; `advance` moves it."""

    def __init__(self, bar: Progress, task: int) -> None:
        self._bar = bar
        self._task = task

    def advance(self, by: int = 1) -> None:
        """Move the bar by so many units of work."""
        self._bar.advance(self._task, by)  # type: ignore[arg-type]  # a TaskID is an int


class Narrator:
    """Speaks on standard output, shows progress on standard error."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
        if self.console.width < NARROWEST:  # a pipe, or a window that must not cut figures
            self.console = Console(highlight=False, soft_wrap=True, width=NARROWEST)
        self._errors = Console(stderr=True)

    def tell(self, zh: str, en: str) -> None:
        """Say one sentence in both languages."""
        self.console.print(f"• {zh.strip()}\n  [dim]{en.strip()}[/dim]")

    def say_line(self, line: str) -> None:
        """Say a line that holds both languages already."""
        zh, _, en = line.partition(" | ")
        self.tell(zh, en)

    @contextmanager
    def steps(self, zh: str, en: str, total: int) -> Iterator[Step]:
        """Show a bar for a piece of work; silent when standard error is not a terminal."""
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._errors,
            disable=not self._errors.is_terminal,
        ) as bar:
            yield Step(bar, bar.add_task(f"{zh} {en}", total=total))

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a table; its first columns are words, the others figures."""
        table = Table(title=title, title_justify="left", header_style="bold", box=HORIZONTALS)
        for position, column in enumerate(columns):
            justify: JustifyMethod = "left" if position < WORD_COLUMNS else "right"
            table.add_column(column, justify=justify, no_wrap=True)
        for row in rows:
            table.add_row(*row)
        self.console.print(table)
