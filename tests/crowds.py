"""Several who act at once: threads that begin together."""

from collections.abc import Callable
from threading import Barrier, Thread


def at_once(count: int, act: Callable[[int], int]) -> list[int]:
    """Let so many threads act together, each knowing its number; return what each got."""
    barrier = Barrier(count)
    found: list[int] = []

    def run(n: int) -> None:
        barrier.wait()
        found.append(act(n))

    threads = [Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
