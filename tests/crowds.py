"""Several who act at once: threads that begin together."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import TypeVar

Got = TypeVar("Got")


def at_once(count: int, act: Callable[[int], Got]) -> list[Got]:
    """Let so many threads act together, each knowing its number; what each got, in that order."""
    barrier = Barrier(count)
    found: dict[int, Got] = {}

    def run(n: int) -> None:
        barrier.wait()
        found[n] = act(n)

    threads = [Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[n] for n in range(count)]
