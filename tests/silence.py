"""A narrator that says nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Silent:
    """Tells nobody what a demonstration does."""

    def tell(self, zh: str, en: str) -> None: ...

    def say_line(self, line: str) -> None: ...

    def advance(self, by: int = 1) -> None: ...

    def table(self, *_: Any) -> None: ...

    @contextmanager
    def steps(self, zh: str, en: str, total: int) -> Iterator["Silent"]:
        yield self
