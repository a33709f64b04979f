"""How the demonstration tells what it does: lines, progress bars and the closing table."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table


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
        self._errors = Console(stderr=True)

    def tell(self, zh: str, en: str) -> None:
        """Say one sentence in both languages."""
        self.console.print(f"• {zh}\n  [dim]{en}[/dim]")

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
        """Print a table; its first three columns are words, the others figures."""
        table = Table(title=title, title_justify="left", header_style="bold")
        for position, column in enumerate(columns):
            table.add_column(column, justify="left" if position < 2 else "right", no_wrap=True)
        for row in rows:
            table.add_row(*row)
        self.console.print(table)
