"""Pages of long lists at a million interviews: p50 and the worst of forty, with the plans.

    python benchmarks/lists.py [--database postgresql|sqlite] [--rows N] [--plans]

One real interview is pushed and copied by the database itself, a hundred counties of it; then each
list is asked for pages at random places, through its service and in this process. A list that
notes who saw it is timed with that commit. `--plans` prints the plan of every statement that took
more than ten milliseconds.
"""

import argparse
import io
import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import structlog
from fleet import CAMPAIGN, NOON, fill
from rehearsal import PLANNER
from sqlalchemy import Engine, event, inspect, text
from sqlalchemy.orm import Session

from inspect_app import create_app
from inspect_app.demo.cluster import FAST, Cluster
from inspect_app.extensions import db
from inspect_app.rules.roles import Caller, Membership, Role
from inspect_app.services import alarms, cases, feed, fleet, ledger, quarantine, queues
from inspect_app.settings import Settings

PHONES = 1400
COUNTIES = 100
PAGE = 50
PAGES = 40
SLOW_MS = 10.0


def spread(shift: int) -> str:
    """A UUID that follows from n and does not follow its order; another for each shift."""
    return {
        "postgresql": f"lpad(to_hex((n * 2654435761 + {shift}) % 4294967296), 8, '0') "
        f"|| '-0000-4000-8000-' || lpad(to_hex(n * 16 + {shift}), 12, '0')",
        "sqlite": f"printf('%08x-0000-4000-8000-%012x', (n * 2654435761 + {shift}) % 4294967296, "
        f"n * 16 + {shift})",
    }[DIALECT]


DIALECT = "postgresql"


def columns(base: int) -> dict[str, dict[str, str]]:
    """What differs between the copies, by table and column."""
    county = f"CAST(530000 + n / 20 % {COUNTIES} AS TEXT)"
    device = (
        f"'00000000-0000-0000-0000-' || lpad(to_hex(n / 20 % {PHONES} + 1), 12, '0')"
        if DIALECT == "postgresql"
        else f"printf('00000000-0000-0000-0000-%012x', n / 20 % {PHONES} + 1)"
    )
    op, interview = {"op_id": spread(1)}, {"interview_id": spread(2)}
    minutes = (
        f"TIMESTAMPTZ '2020-06-03' + n / {20 * PHONES} * INTERVAL '1 day'"
        if DIALECT == "postgresql"
        else f"datetime('2020-06-03', (n / {20 * PHONES}) || ' days')"
    )
    return {
        "ops": op | interview | {"device_id": device},
        "interviews": interview
        | {
            "unit_id": "'u' || n",
            "county_adcode": county,
            "village_code": f"{county} || CAST(100000 + n / 20 AS TEXT)",
            "device_id": device,
            "state": "CASE WHEN n % 10 < 7 THEN 'accepted' "
            "WHEN n % 10 < 9 THEN 'received' ELSE 'returned' END",
            "urgency": "n % 50",
            "arrived_at": minutes,
            "compared_at": f"CASE WHEN n % 5000 = 0 THEN NULL ELSE {minutes} END",
        },
        # As in life, few households answer alike.
        "revisions": op | interview | {"answers_sha256": f"{spread(5)} || 'x'"},
        "ledger": op | interview | {"device_id": device, "seq": f"{base} + n"},
    }


def copy(engine: Engine, rows: int) -> None:
    """Let the database copy its one interview `rows` times."""
    numbers = (
        f"generate_series(1, {rows}) AS g(n)"
        if DIALECT == "postgresql"
        else f"(WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {rows}) "
        "SELECT n FROM g)"
    )
    with engine.connect() as connection:
        if DIALECT == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
        base = connection.execute(text("SELECT max(seq) FROM ledger")).scalar()
        op_id = connection.execute(text("SELECT op_id FROM revisions")).scalar()
        interview = connection.execute(text("SELECT interview_id FROM revisions")).scalar()
        for table, changed in columns(int(base or 0)).items():
            names = [each["name"] for each in inspect(engine).get_columns(table)]
            chosen = ", ".join(changed.get(name, f't."{name}"') for name in names)
            key = "interview_id" if table == "interviews" else "op_id"
            quoted = ", ".join(f'"{name}"' for name in names)
            connection.execute(
                text(
                    f"INSERT INTO {table} ({quoted}) SELECT {chosen} "
                    f"FROM {table} t, {numbers} WHERE t.{key} = :one"
                ),
                {"one": interview if table == "interviews" else op_id},
            )
        connection.execute(
            text(
                "INSERT INTO cases (id, campaign_id, county_adcode, unit_id, interview_id, kind, "
                "state, persons, blocks, opened_by, opened_at, from_sample) "
                f"SELECT {spread(3)}, '{CAMPAIGN}', CAST(530000 + n % {COUNTIES} AS TEXT), "
                f"'u' || n, {spread(2)}, 'wrong_exit', "
                "CASE WHEN n % 3 = 0 THEN 'suspected' ELSE 'confirmed' END, 4, '[]', "
                f"'{PLANNER}', '2020-06-03', {'true' if DIALECT == 'postgresql' else '1'} "
                f"FROM {numbers} WHERE n % 20 = 0"
            )
        )
        connection.execute(
            text(
                "INSERT INTO quarantine (campaign_id, device_id, op_id, body_sha256, status, "
                "faults, received_at, county_adcode, state) "
                f"SELECT '{CAMPAIGN}', t.device_id, {spread(1)}, 'x' || n, 'invalid', '[]', "
                f"'2020-06-03T00:00:00.000Z', CAST(530000 + n % {COUNTIES} AS TEXT), "
                "CASE WHEN n % 3 = 0 THEN 'open' ELSE 'released' END "
                f"FROM ops t, {numbers} WHERE n % 20 = 0 AND t.op_id = :one"
            ),
            {"one": op_id},
        )
        connection.commit()
        if DIALECT == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                text("VACUUM ANALYZE")
            )
    engine.dispose()


def lists(session: Session, rows: int, settings: Settings) -> dict[str, Callable[[], object]]:
    """Each list, at a random place."""
    chance = random.Random(1)
    reviewer = Caller(PLANNER, (Membership(CAMPAIGN, Role.REVIEWER),))
    planner = Caller(PLANNER, (Membership(CAMPAIGN, Role.PLANNER),))
    ids = [
        row.interview_id
        for row in session.execute(
            text(
                "SELECT interview_id FROM interviews WHERE state = 'received' "
                "ORDER BY interview_id LIMIT 20000"
            )
        )
    ]
    session.rollback()
    usual: dict[str, Any] = {"by": reviewer, "limit": PAGE}
    op_ids = [
        row.op_id
        for row in session.execute(text("SELECT op_id FROM ledger WHERE type = 'op' LIMIT 5000"))
    ]
    session.rollback()

    def a_county() -> str:
        return str(530000 + chance.randrange(COUNTIES))

    def after() -> str:
        return f"{chance.randrange(16**8):08x}"

    def interviews(state: str | None, county: Callable[[], str | None]) -> Callable[[], object]:
        return lambda: queues.listed(
            session,
            CAMPAIGN,
            state=state,
            county_adcode=county(),
            after=after(),
            at=NOON,
            **usual,
        )

    def none() -> None:
        return None

    def queue(county: Callable[[], str | None], place: Callable[[], str | None]) -> Any:
        return lambda: queues.queue(
            session, CAMPAIGN, county_adcode=county(), after=place(), at=NOON, **usual
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
            **usual,
        )

    def kept(state: str | None, county: Callable[[], str | None]) -> Callable[[], object]:
        return lambda: quarantine.listed(
            session,
            CAMPAIGN,
            state=state,
            status=None,
            county_adcode=county(),
            device_id=None,
            after=chance.randrange(rows // 20),
            **usual,
        )

    def a_feed() -> object:
        device = f"00000000-0000-0000-0000-{chance.randrange(PHONES) + 1:012x}"
        cursor = feed._encode(0, chance.randrange(rows))
        return feed.read(session, device, cursor, limit=500, may_read=True)

    return {
        "interviews": interviews(None, none),
        "interviews by state": interviews("returned", none),
        "interviews by county": interviews(None, a_county),
        "interviews by both": interviews("received", a_county),
        "queue": queue(none, none),
        "queue, later page": queue(none, lambda: chance.choice(ids)),
        "queue of a county": queue(a_county, none),
        "cases": cases_of(None, none),
        "cases by state": cases_of("suspected", none),
        "cases by county": cases_of(None, a_county),
        "quarantine": kept(None, none),
        "quarantine, open": kept("open", none),
        "quarantine by county": kept(None, a_county),
        "alarms": lambda: alarms.listed(
            session, CAMPAIGN, open_only=False, after=chance.randrange(rows), **usual
        ),
        "phones": lambda: fleet.listed(
            session, CAMPAIGN, by=planner, after=None, limit=PAGE, at=NOON
        ),
        "feed": a_feed,
        "ledger proof": lambda: ledger.proof(
            session, chance.choice(op_ids), by=reviewer, settings=settings
        ),
        "ledger root": lambda: ledger.signed_root(
            session, CAMPAIGN, by=reviewer, settings=settings
        ),
    }


def main() -> None:
    global DIALECT
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--plans", action="store_true")
    told = parser.parse_args()
    DIALECT = told.database
    cluster = Cluster(FAST) if DIALECT == "postgresql" else nullcontext()
    with tempfile.TemporaryDirectory() as name, cluster as running:
        url = running.url() if running else None
        settings, senders = fill(Path(name), phones=PHONES, households=1, url=url)
        app = create_app(settings)
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=io.StringIO()))
        headers = {
            "Authorization": f"Bearer {senders[0].token}",
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "X-Simulated-Time": NOON.isoformat(),
        }
        packed = senders[0].envelope(senders[0].ops(1))
        answer = app.test_client().post("/api/v1/sync/push", data=packed, headers=headers)
        assert answer.get_json()["results"][0]["status"] == "accepted", answer.get_data()
        with app.app_context():
            engine = db.engine
        started = time.perf_counter()
        copy(engine, told.rows)
        print(f"{DIALECT}: {told.rows:,} interviews in {time.perf_counter() - started:.0f} s")
        run(engine, told.rows, settings, told.plans)
        engine.dispose()


def run(engine: Engine, rows: int, settings: Settings, plans: bool) -> None:
    """Time every list, and explain what was slow."""
    slow: dict[str, tuple[float, Any]] = {}
    count = 0

    def before(_c: Any, _u: Any, _s: str, _p: Any, context: Any, _m: bool) -> None:
        nonlocal count
        count += 1
        context.began = time.perf_counter()

    def after(_c: Any, _u: Any, statement: str, parameters: Any, context: Any, _m: bool) -> None:
        took = (time.perf_counter() - context.began) * 1000
        if took > SLOW_MS and took > slow.get(statement, (0.0, None))[0]:
            slow[statement] = took, parameters

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    with Session(engine) as session:
        for name, page in lists(session, rows, settings).items():
            page()
            session.rollback()
            count = 0
            times = []
            for _ in range(PAGES):
                started = time.perf_counter()
                page()
                times.append((time.perf_counter() - started) * 1000)
                session.rollback()
                session.expunge_all()
            times.sort()
            print(
                f"  {name:22} p50 {times[len(times) // 2]:7.1f} ms  worst {times[-1]:7.1f} ms  "
                f"{count / PAGES:5.1f} statements",
                flush=True,
            )
    if plans:
        explain(engine, slow)


def explain(engine: Engine, slow: dict[str, tuple[float, Any]]) -> None:
    how = "EXPLAIN (ANALYZE, BUFFERS)" if DIALECT == "postgresql" else "EXPLAIN QUERY PLAN"
    connection = engine.raw_connection()
    for statement, (took, parameters) in sorted(slow.items(), key=lambda item: -item[1][0]):
        if statement.lstrip().startswith(("SELECT", "WITH")):
            print(f"\n{took:.0f} ms: {' '.join(statement.split())[:600]}")
            cursor = connection.cursor()
            cursor.execute(f"{how} {statement}", parameters)
            for row in cursor.fetchall():
                print("   ", row[0] if DIALECT == "postgresql" else row)
    connection.close()


if __name__ == "__main__":
    main()
