"""What group commit gains on SQLite: sixteen writers, with and without it, on disks of two speeds.

    python benchmarks/group_commit.py

Each writes batches of twenty rows of 3 kB. The slow disk is played: every commit takes ten
milliseconds more. Prints waits, commits and CPU a batch.
"""

import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import Connection, create_engine, event, text

from inspect_app.extensions import make_sqlite_honest
from inspect_app.services import writer
from inspect_app.services.transactions import writing

WRITERS = 16
BATCHES = 12
ROWS = [{"body": b"x" * 3000}] * 20


def work(connection: Connection) -> None:
    connection.execute(text("INSERT INTO log (body) VALUES (:body)"), ROWS)


def measure(*, grouped: bool, flush: float, folder: Path) -> None:
    """Let all write at once, and print what it took."""
    engine = create_engine(f"sqlite:///{folder / f'{grouped}-{flush}.db'}", pool_size=WRITERS)
    make_sqlite_honest(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE log (n INTEGER PRIMARY KEY, body BLOB)"))
    commits: list[None] = []
    waits: list[float] = []

    def on_commit(_connection: object) -> None:
        commits.append(None)
        time.sleep(flush)

    def play() -> None:
        for _ in range(BATCHES):
            began = time.perf_counter()
            with engine.connect() as connection:
                if grouped:
                    writer.write(connection, "any", work, patience=60)
                else:
                    with writing(connection, patience=60):
                        work(connection)
            waits.append((time.perf_counter() - began) * 1000)

    event.listen(engine, "commit", on_commit)
    threads = [threading.Thread(target=play) for _ in range(WRITERS)]
    spent = time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = (time.process_time() - spent) / len(waits) * 1000
    waits.sort()
    print(
        f"{'grouped' if grouped else 'alone':8} flush +{flush * 1000:2.0f} ms: "
        f"p50 {waits[len(waits) // 2]:5.0f} ms, p99 {waits[int(len(waits) * 0.99)]:5.0f} ms, "
        f"{len(commits)} commits of {len(waits)} batches, {spent:.2f} ms CPU a batch"
    )
    engine.dispose()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        for flush in (0.0, 0.01):
            for grouped in (False, True):
                measure(grouped=grouped, flush=flush, folder=Path(name))


if __name__ == "__main__":
    main()
