"""One thread where sums must not depend on how many there are."""

from contextlib import AbstractContextManager
from functools import cache
from typing import Any


def one_thread() -> AbstractContextManager[Any]:
    """Keep numerical libraries to one thread inside a `with` block.

    Several threads add up in an order that changes from run to run, and with it the last digits,
    a tie, a class. Call it after the library that is to be limited has been imported.
    """
    limited: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limited


@cache
def _controller() -> Any:
    """Found once: looking for the loaded libraries costs more than many a small fit."""
    import sklearn.utils  # noqa: F401  # loads what is to be limited
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # has no stubs

    return ThreadpoolController()
