"""Pages of long lists at a million interviews: p50 and p99 of 120 pages of each list.

    python benchmarks/lists.py [--database postgresql|sqlite] [--rows N] [--only NAME] [--plans]

`benchmarks/copies.py` makes the interviews; then each list is asked for pages at random places,
through its service and in this process. A list that notes who saw it is timed with that commit, on
a server that flushes it. `CPU` is what a page takes of processors, here and in the database
together, and does not grow where others work on the same machine; p99 of it stands beside that of
the time that passed. `--plans` explains every statement that took more than ten milliseconds.
"""

import argparse
import gc
import io
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import structlog
from copies import COUNTIES, PHONES, compare, copy
from fleet import NOON, fill
from phones import AppWire
from rehearsal import CAMPAIGN, LEADER, PLANNER
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from inspect_app import create_app
from inspect_app.demo.cluster import Cluster
from inspect_app.extensions import db
from inspect_app.rules.roles import Caller, Membership, Role
from inspect_app.services import access, alarms, cases, feed, fleet, ledger, quarantine, queues
from inspect_app.settings import Settings

PAGE = 100
PAGES = 120
SLOW_MS = 10.0


def lists(session: Session, rows: int, settings: Settings) -> dict[str, Callable[[], object]]:
    """Each list, at a random place."""
    chance = random.Random(1)
    reviewer = Caller(PLANNER, (Membership(CAMPAIGN, Role.REVIEWER),))
    planner = Caller(PLANNER, (Membership(CAMPAIGN, Role.PLANNER),))
    leader = Caller(LEADER, (Membership(CAMPAIGN, Role.TEAM_LEADER, None, "T7"),))
    ids = list(
        session.scalars(
            text(
                "SELECT interview_id FROM interviews WHERE state = 'received' "
                "ORDER BY interview_id LIMIT 20000"
            )
        )
    )
    lines = session.execute(
        text("SELECT op_id, device_id, seq FROM ledger WHERE type = 'op' ORDER BY op_id LIMIT 5000")
    ).all()
    session.rollback()

    def a_county() -> str:
        return str(530000 + chance.randrange(COUNTIES))

    def after() -> str:
        return f"{chance.randrange(16**8):08x}"

    def none() -> None:
        return None

    def interviews(
        state: str | None, county: Callable[[], str | None], by: Caller = reviewer
    ) -> Callable[[], object]:
        return lambda: queues.listed(
            session,
            CAMPAIGN,
            state=state,
            county_adcode=county(),
            after=after(),
            at=NOON,
            by=by,
            limit=PAGE,
        )

    def queue(
        county: Callable[[], str | None], place: Callable[[], str | None], by: Caller = reviewer
    ) -> Callable[[], object]:
        return lambda: queues.queue(
            session, CAMPAIGN, county_adcode=county(), after=place(), at=NOON, by=by, limit=50
        )

    def cases_of(state: str | None, county: Callable[[], str | None]) -> Callable[[], object]:
        return lambda: cases.listed(
            session,
            CAMPAIGN,
            state=state,
            county_adcode=county(),
            from_sample=None,
            after=after(),
            at=NOON,
            by=reviewer,
            limit=PAGE,
        )

    def kept(
        state: str | None, county: Callable[[], str | None], by: Caller = reviewer
    ) -> Callable[[], object]:
        return lambda: quarantine.listed(
            session,
            CAMPAIGN,
            state=state,
            status=None,
            county_adcode=county(),
            device_id=None,
            after=chance.randrange(rows // 20),
            by=by,
            limit=PAGE,
        )

    def alarms_of(by: Caller, open_only: bool) -> Callable[[], object]:
        return lambda: alarms.listed(
            session,
            CAMPAIGN,
            open_only=open_only,
            after=2 * rows + chance.randrange(rows),
            by=by,
            limit=PAGE,
        )

    def phones(by: Caller) -> Callable[[], object]:
        return lambda: fleet.listed(
            session, CAMPAIGN, by=by, state=None, after=None, limit=PAGE, at=NOON
        )

    def a_feed() -> object:
        line = chance.choice(lines)
        cursor = feed._encode(None, 0, line.seq)
        return feed.read(session, line.device_id, cursor, limit=500, may_read=True)

    return {
        "interviews": interviews(None, none),
        "interviews by state": interviews("returned", none),
        "interviews by county": interviews(None, a_county),
        "interviews by both": interviews("received", a_county),
        "interviews of a team": interviews(None, none, leader),
        "queue": queue(none, none),
        "queue, later page": queue(none, lambda: chance.choice(ids)),
        "queue of a county": queue(a_county, none),
        "queue of a team": queue(none, none, leader),
        "cases": cases_of(None, none),
        "cases by state": cases_of("suspected", none),
        "cases by county": cases_of(None, a_county),
        "quarantine": kept(None, none),
        "quarantine, open": kept("open", none),
        "quarantine by county": kept(None, a_county),
        "quarantine of a team": kept(None, none, leader),
        "alarms": alarms_of(reviewer, False),
        "alarms of a team, open": alarms_of(leader, True),
        "phones": phones(planner),
        "phones of a team": phones(leader),
        "access log": lambda: access.entries(
            session, CAMPAIGN, after=chance.randrange(rows // 10), limit=PAGE
        ),
        "feed": a_feed,
        "ledger proof": lambda: ledger.proof(
            session, chance.choice(lines).op_id, settings=settings
        ),
        "ledger root": lambda: ledger.signed_root(session, CAMPAIGN, settings=settings),
    }


@contextmanager
def filled(database: str, rows: int) -> Iterator[tuple[Engine, Settings]]:
    """A database of its own with so many interviews, each compared with those around it."""
    with tempfile.TemporaryDirectory() as name:
        cluster = Cluster(("max_wal_size=8GB",)).start() if database == "postgresql" else None
        try:
            url = cluster.url() if cluster else None
            settings, senders = fill(Path(name), phones=PHONES, households=1, url=url)
            app = create_app(settings)
            structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=io.StringIO()))
            answer = senders[0].push(AppWire(app), senders[0].envelope(senders[0].ops(1)))
            assert answer.json()["results"][0]["status"] == "accepted", answer.body
            with app.app_context():
                engine = db.engine
            gc.collect()
            gc.freeze()  # as a worker of the server does
            copy(engine, rows)
            compare(engine)
            yield engine, settings
            engine.dispose()
        finally:
            if cluster:
                cluster.remove()


@dataclass
class Watched:
    """The statements of a list: how many, and those that took long with what they were given."""

    count: int = 0
    slow: dict[str, tuple[float, Any]] = field(default_factory=dict)

    def listen(self, engine: Engine) -> None:
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)

    def _before(self, _c: Any, _u: Any, _s: str, _p: Any, context: Any, _m: bool) -> None:
        self.count += 1
        context.began = time.perf_counter()

    def _after(self, _c: Any, _u: Any, said: str, given: Any, context: Any, _m: bool) -> None:
        took = (time.perf_counter() - context.began) * 1000
        if took > max(SLOW_MS, self.slow.get(said, (0.0, None))[0]):
            self.slow[said] = took, given


def run(engine: Engine, rows: int, settings: Settings, only: str, plans: bool) -> None:
    """Time every list, and explain what was slow."""
    watched = Watched()
    watched.listen(engine)
    print(
        f"{'list':22} {'p50 ms':>7} {'p99 ms':>7} {'CPU p50':>8} {'CPU p99':>8} {'statements':>11}"
    )
    with Session(engine) as session:
        backend = _backend(session)
        for name, page in lists(session, rows, settings).items():
            if only not in name:
                continue
            page()
            session.rollback()
            watched.count = 0
            pages = [_timed(session, page, backend) for _ in range(PAGES)]
            times, spent = (sorted(one) for one in zip(*pages, strict=True))
            half, most = PAGES // 2, int(PAGES * 0.99)
            print(
                f"{name:22} {times[half]:7.1f} {times[most]:7.1f} {spent[half]:8.1f} "
                f"{spent[most]:8.1f} {watched.count / PAGES:11.1f}",
                flush=True,
            )
    if plans:
        explain(engine, watched.slow)


def _timed(
    session: Session, page: Callable[[], object], backend: Path | None
) -> tuple[float, float]:
    """Milliseconds that pass for a page, and those of processors."""
    database = _cpu_of(backend)
    started, cpu = time.perf_counter(), time.process_time()
    page()
    took, cpu = time.perf_counter() - started, time.process_time() - cpu
    session.rollback()
    session.expunge_all()
    return took * 1000, (cpu + _cpu_of(backend) - database) * 1000


def _backend(session: Session) -> Path | None:
    """Where the system counts the time of the process behind the one connection there is."""
    if session.get_bind().dialect.name == "sqlite":
        return None  # a part of this process
    pid = session.scalar(text("SELECT pg_backend_pid()"))
    session.rollback()
    return Path(f"/proc/{pid}/schedstat")


def _cpu_of(backend: Path | None) -> float:
    return int(backend.read_text().split()[0]) / 1e9 if backend else 0.0


def explain(engine: Engine, slow: dict[str, tuple[float, Any]]) -> None:
    """Print the plan of each of these statements, the slowest first."""
    is_postgres = engine.dialect.name == "postgresql"
    how = "EXPLAIN (ANALYZE, BUFFERS)" if is_postgres else "EXPLAIN QUERY PLAN"
    connection = engine.raw_connection()
    for statement, (took, given) in sorted(slow.items(), key=lambda item: -item[1][0]):
        if statement.lstrip().startswith(("SELECT", "WITH")):
            print(f"\n{took:.0f} ms: {' '.join(statement.split())[:900]}")
            cursor = connection.cursor()
            cursor.execute(f"{how} {statement}", given)
            for row in cursor.fetchall():
                print("   ", row[0] if is_postgres else row[3])
    connection.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", default="", help="part of the names of lists")
    parser.add_argument("--plans", action="store_true")
    told = parser.parse_args()
    with filled(told.database, told.rows) as (engine, settings):
        print(f"{told.database}, {told.rows:,} interviews")
        run(engine, told.rows, settings, told.only, told.plans)


if __name__ == "__main__":
    main()
