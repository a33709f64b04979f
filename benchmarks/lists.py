"""Pages of long lists at a million interviews: p50 and p99 of 120, CPU, statements, indices.

    python benchmarks/lists.py [--database postgresql|sqlite] [--rows N] [--plans] [--only NAME]

One real interview is pushed and copied by the database itself: forty counties, 1,400 phones,
villages of thirty, 3 % returned, 5 % waiting, pictures, lines of the chain, cases of 2 %, alarms,
quarantine of 5 %; then each list is asked for pages at random places, through its service and in
this process. A list that notes who saw it is timed with that commit. `CPU` is this process's part.
`--plans` prints the plan of every statement that took more than ten milliseconds.
"""

import argparse
import io
import random
import re
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import structlog
from fleet import CAMPAIGN, NOON, fill
from rehearsal import LEADER, PLANNER
from sqlalchemy import Connection, Engine, event, insert, inspect, select, text, update
from sqlalchemy.orm import Session

from inspect_app import create_app
from inspect_app.demo.cluster import FAST, Cluster
from inspect_app.extensions import db
from inspect_app.models.devices import Device
from inspect_app.models.ledger import LedgerDay
from inspect_app.models.samples import Enumerator
from inspect_app.rules.chain import EventName
from inspect_app.rules.roles import Caller, Membership, Role
from inspect_app.services import access, alarms, cases, feed, fleet, ledger, quarantine, queues
from inspect_app.settings import Settings

PHONES = 1400
LINES_A_DAY = 40_000
COUNTIES = 40
PAGE = 100
PAGES = 120
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

VILLAGE = "(n / 30)"
DAY = f"({VILLAGE} / {PHONES} * 2 + n % 30 / 15)"
"""A pair works in a village of thirty households for two days, fifteen interviews a day."""
MINUTE = "(n % 15 * 40)"


def moment(minutes: int = 0) -> str:
    """When the n-th interview was held, and so many minutes later."""
    return {
        "postgresql": f"(TIMESTAMPTZ '2020-06-03' + {DAY} * INTERVAL '1 day' "
        f"+ ({MINUTE} + {minutes}) * INTERVAL '1 minute')",
        "sqlite": f"datetime('2020-06-03', {DAY} || ' days', ({MINUTE} + {minutes}) || ' minutes')"
        " || '.000000'",
    }[DIALECT]


def written(minutes: int) -> str:
    """The same as phones write it."""
    return {
        "postgresql": f"to_char({moment(minutes)}, 'YYYY-MM-DD\"T\"HH24:MI:SS') || '+00:00'",
        "sqlite": f"strftime('%Y-%m-%dT%H:%M:%S', {moment(minutes)}) || '+00:00'",
    }[DIALECT]


def received(seq: str) -> str:
    """When a line of the chain came, so many lines a day."""
    day = f"(({seq} - 1) / {LINES_A_DAY})"
    return {
        "postgresql": f"to_char(DATE '2020-06-03' + {day}, 'YYYY-MM-DD') || 'T04:00:00.000Z'",
        "sqlite": f"date('2020-06-03', {day} || ' days') || 'T04:00:00.000Z'",
    }[DIALECT]


def traits() -> str:
    """Times, places seventy metres apart, a phone's counter, words unlike those of others."""
    as_json = "::json" if DIALECT == "postgresql" else ""
    sealed = f"(({DAY} * 1440 + {MINUTE}) * CAST(60000 AS BIGINT))"
    return (
        f'(\'{{"started": "\' || {written(0)} || \'", "ended": "\' || {written(35)} '
        f'|| \'", "boot_id": "b", "sealed_ms": \' || {sealed} '
        f"|| ', \"place\": [' || (30 + {VILLAGE} % 97 * 0.01 + n % 6 * 0.0007) || ', ' "
        f'|| (111 + n % 30 / 6 * 0.0007) || \'], "accuracy_m": 8.0, "phrases": ["\' '
        f"|| {spread(6)} || '\"]}}'){as_json}"
    )


def columns(base: int) -> dict[str, dict[str, str]]:
    """What differs between the copies, by table and column."""
    county = f"CAST(530000 + {VILLAGE} % {COUNTIES} AS TEXT)"
    device = (
        f"'00000000-0000-0000-0000-' || lpad(to_hex({VILLAGE} % {PHONES} + 1), 12, '0')"
        if DIALECT == "postgresql"
        else f"printf('00000000-0000-0000-0000-%012x', {VILLAGE} % {PHONES} + 1)"
    )
    yes, no = ("true", "false") if DIALECT == "postgresql" else ("1", "0")
    op, interview = {"op_id": spread(1)}, {"interview_id": spread(2)}
    return {
        "ops": op
        | interview
        | {"device_id": device, "complete": f"CASE WHEN n % 5 = 0 THEN {yes} ELSE {no} END"},
        "interviews": interview
        | {
            "unit_id": "'u' || n",
            "county_adcode": county,
            "village_code": f"{county} || CAST(100000 + {VILLAGE} AS TEXT)",
            "device_id": device,
            "state": "CASE WHEN n % 100 < 92 THEN 'accepted' "
            "WHEN n % 100 < 97 THEN 'received' ELSE 'returned' END",
            "in_conflict": f"CASE WHEN n % 200 = 93 THEN {yes} ELSE {no} END",
            "urgency": "CASE WHEN n % 3 = 0 THEN n % 50 * 4 ELSE 0 END",
            "arrived_at": moment(60),
            "compared_at": f"CASE WHEN n % 5000 = 93 THEN NULL ELSE {moment(60)} END",
        },
        "revisions": op
        | interview
        # As in life, few households answer alike.
        | {
            "answers_sha256": f"CASE WHEN n % 1000 < 2 THEN 'x' || (n / 1000) ELSE {spread(5)} END",
            "traits": traits(),
        },
        "ledger": op
        | interview
        | {"device_id": device, "seq": f"{base} + n", "received_at": received(f"({base} + n)")},
    }


def copy(engine: Engine, rows: int) -> None:
    """Let the database copy its one interview `rows` times, quicker than any client could send."""
    numbers = (
        f"generate_series(1, {rows}) AS g(n)"
        if DIALECT == "postgresql"
        else f"(WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {rows}) "
        "SELECT n FROM g)"
    )
    with engine.connect() as connection:
        if DIALECT == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
            connection.execute(text("SET statement_timeout = 0"))
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
        for statement in others(int(base or 0), rows, numbers):
            connection.execute(text(statement), {"one": op_id} if ":one" in statement else {})
        connection.execute(
            insert(LedgerDay),
            [
                {
                    "campaign_id": CAMPAIGN,
                    "day": (date(2020, 6, 3) + timedelta(days=n)).isoformat(),
                    "count": (n + 1) * LINES_A_DAY,
                    "root": "0" * 64,
                }
                for n in range((int(base or 0) + 2 * rows) // LINES_A_DAY)
            ],
        )
        teams(connection)
        connection.commit()
        if DIALECT == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                text("VACUUM ANALYZE")
            )
        else:
            connection.execute(text("ANALYZE"))
            connection.commit()
    engine.dispose()


def others(base: int, rows: int, numbers: str) -> list[str]:
    """What comes with interviews: pictures, lines of the chain, cases, quarantine, who looked."""
    yes = "true" if DIALECT == "postgresql" else "1"
    device = columns(base)["ops"]["device_id"]
    line = (
        "INSERT INTO ledger (campaign_id, seq, type, op_id, kind, interview_id, rev, body_sha256, "
        "device_id, received_at, status, h, kid, signature) SELECT t.campaign_id, {seq}, '{type}', "
        f"{spread(1)}, t.kind, {spread(2)}, t.rev, t.body_sha256, {device}, {{received}}, "
        "'{status}', t.h, t.kid, t.signature FROM ledger t, {numbers} "
        "WHERE t.op_id = :one AND t.type = 'op' AND {which}"
    )
    county = f"CAST(530000 + {VILLAGE} % {COUNTIES} AS TEXT)"
    picture = f"CASE WHEN n % 5000 < 2 THEN 'y' || (n / 5000) ELSE {spread(8)} END"
    return [
        f"INSERT INTO op_blobs (op_id, sha256, campaign_id, device_id, bytes, type, "
        f"is_household_photo) SELECT {spread(1)}, {picture}, '{CAMPAIGN}', {device}, 90000, "
        f"'image/jpeg', {yes} FROM {numbers} WHERE n % 5 > 0",
        f"INSERT INTO blobs (campaign_id, sha256, bytes, completed_at) SELECT '{CAMPAIGN}', "
        f"{spread(8)}, 90000, '2020-06-03' FROM {numbers} WHERE n % 5 > 0 AND n % 50 > 1 "
        "AND n % 5000 > 1",
        line.format(
            seq=f"{base + rows} + n",
            received=received(f"({base + rows} + n)"),
            type="complete",
            status="complete",
            numbers=numbers,
            which="n % 5 > 0 AND n % 50 > 1 AND n % 5000 > 1",
        ),
        line.format(
            seq=f"{base + 2 * rows} + n",
            received=received(f"({base + 2 * rows} + n)"),
            type="event",
            status=EventName.LEFT_MANIFEST.value,
            numbers=numbers,
            which="n % 500 = 0",
        ),
        "INSERT INTO cases (id, campaign_id, county_adcode, unit_id, interview_id, kind, "
        "state, persons, blocks, opened_by, opened_at, from_sample) "
        f"SELECT {spread(3)}, '{CAMPAIGN}', {county}, "
        f"'u' || n, {spread(2)}, 'wrong_exit', "
        "CASE WHEN n % 3 = 0 THEN 'suspected' ELSE 'confirmed' END, 4, '[]', "
        f"'{PLANNER}', '2020-06-03', {yes} "
        f"FROM {numbers} WHERE n % 50 = 0",
        "INSERT INTO quarantine (campaign_id, device_id, op_id, body_sha256, status, "
        "faults, received_at, county_adcode, state) "
        f"SELECT '{CAMPAIGN}', {device}, {spread(1)}, 'x' || n, 'invalid', '[]', "
        f"'2020-06-03T00:00:00.000Z', {county}, "
        "CASE WHEN n % 3 = 0 THEN 'open' ELSE 'released' END "
        f"FROM {numbers} WHERE n % 20 = 0",
        "INSERT INTO access_entries (campaign_id, actor, what, at) "
        f"SELECT '{CAMPAIGN}', '{PLANNER}', '100 interviews', '2020-06-03' "
        f"FROM {numbers} WHERE n % 10 = 0",
        "INSERT INTO feed_items (device_id, seq, type, payload) "
        f"SELECT {device}, 1000000 + n, 'return', '{{}}' FROM {numbers} WHERE n % 33 = 0",
    ]


def teams(connection: Connection) -> None:
    """Give the phones to as many teams as there are counties."""
    first = connection.execute(select(*Enumerator.__table__.c)).first()
    assert first is not None
    people = [str(uuid.UUID(int=2**64 + n)) for n in range(COUNTIES)]
    connection.execute(
        insert(Enumerator),
        [first._asdict() | {"id": one, "team": f"T{n}"} for n, one in enumerate(people)],
    )
    for n, person in enumerate(people):
        phones = [str(uuid.UUID(int=one + 1)) for one in range(n, PHONES, COUNTIES)]
        connection.execute(update(Device).where(Device.id.in_(phones)).values(enumerator_id=person))


def compare(engine: Engine) -> None:
    """Keep a comparison of every interview, as its review does; nothing was found."""
    if DIALECT == "postgresql":
        order = "arrived_at RANGE BETWEEN '2 days' PRECEDING AND '2 days' FOLLOWING"
        days = "arrived_at - INTERVAL '2 days', arrived_at + INTERVAL '2 days'"
        latest = "to_char({}, 'YYYY-MM-DD\"T\"HH24:MI:SS') || '+00:00'"
    else:
        order = (
            "CAST(strftime('%s', arrived_at) AS INTEGER) "
            "RANGE BETWEEN 172800 PRECEDING AND 172800 FOLLOWING"
        )
        days = (
            "datetime(arrived_at, '-2 days') || '.000000', "
            "datetime(arrived_at, '+2 days') || '.000000'"
        )
        latest = "strftime('%Y-%m-%dT%H:%M:%S', {}) || '+00:00'"
    village, phone = "(PARTITION BY village_code)", f"(PARTITION BY device_id ORDER BY {order})"
    stamp = " || '|' || ".join(
        f"count(*) OVER {part} || '.' || sum(current_rev) OVER {part} || '.' || "
        + latest.format(f"max(arrived_at) OVER {part}")
        for part in (village, phone)
    )
    with engine.connect() as connection:
        if DIALECT == "postgresql":
            connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("DELETE FROM comparisons"))
        connection.execute(
            text(
                "INSERT INTO comparisons (interview_id, rev, device_id, since, until, stamp, flags)"
                f" SELECT interview_id, current_rev, device_id, {days}, {stamp}, '[]' "
                "FROM interviews"
            )
        )
        connection.commit()
        if DIALECT == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                text("VACUUM ANALYZE comparisons")
            )


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
    op_ids = list(
        session.scalars(
            text("SELECT op_id FROM ledger WHERE type = 'op' ORDER BY op_id LIMIT 5000")
        )
    )
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
        device = f"00000000-0000-0000-0000-{chance.randrange(PHONES) + 1:012x}"
        cursor = feed._encode(chance.randrange(1_000_000 + rows), chance.randrange(rows))
        return feed.read(session, device, cursor, limit=500, may_read=True)

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
        "ledger proof": lambda: ledger.proof(session, chance.choice(op_ids), settings=settings),
        "ledger root": lambda: ledger.signed_root(session, CAMPAIGN, settings=settings),
    }


def main() -> None:
    global DIALECT
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--plans", action="store_true")
    parser.add_argument("--only", default="", help="part of the names of lists")
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
        print("Never compared before:")
        run(engine, told.rows, settings, "interviews", told.plans)
        compare(engine)
        print("Compared before, as after a look at the queue or a review:")
        run(engine, told.rows, settings, told.only, told.plans)
        engine.dispose()


def run(engine: Engine, rows: int, settings: Settings, only: str, plans: bool) -> None:
    """Time every list, say which indices it used, and explain what was slow."""
    slow: dict[str, tuple[float, Any]] = {}
    seen: dict[str, Any] = {}
    count = 0

    def before(_c: Any, _u: Any, _s: str, _p: Any, context: Any, _m: bool) -> None:
        nonlocal count
        count += 1
        context.began = time.perf_counter()

    def after(_c: Any, _u: Any, statement: str, parameters: Any, context: Any, _m: bool) -> None:
        seen[statement] = parameters
        took = (time.perf_counter() - context.began) * 1000
        if took > SLOW_MS and took > slow.get(statement, (0.0, None))[0]:
            slow[statement] = took, parameters

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    print(f"  {'list':22} {'p50 ms':>8} {'p99 ms':>8} {'CPU ms':>7} statements  indices")
    used: set[str] = set()
    with Session(engine) as session:
        for name, page in lists(session, rows, settings).items():
            if only not in name:
                continue
            page()
            session.rollback()
            count, times = 0, []
            seen.clear()
            cpu = time.process_time()
            for _ in range(PAGES):
                started = time.perf_counter()
                page()
                times.append((time.perf_counter() - started) * 1000)
                session.rollback()
                session.expunge_all()
            cpu = (time.process_time() - cpu) / PAGES * 1000
            times.sort()
            indices = indices_of(engine, seen)
            used |= indices
            print(
                f"  {name:22} {times[len(times) // 2]:8.1f} {times[int(len(times) * 0.99)]:8.1f} "
                f"{cpu:7.1f} {count / PAGES:10.1f}  {' '.join(sorted(indices))}",
                flush=True,
            )
    if plans:
        explain(engine, slow)


def indices_of(engine: Engine, statements: dict[str, Any]) -> set[str]:
    """Indices in the plans of these statements, and tables that are read whole."""
    pattern = (
        r"(?:Scan using|Scan on|Scan Backward using) (ix_\w+|uq_\w+|pk_\w+)|(Seq Scan on \w+)"
        if DIALECT == "postgresql"
        else r"INDEX (ix_\w+|uq_\w+|pk_\w+)|(^SCAN \w+$)"
    )
    how = "EXPLAIN" if DIALECT == "postgresql" else "EXPLAIN QUERY PLAN"
    connection = engine.raw_connection()
    found: set[str] = set()
    for statement, parameters in statements.items():
        if statement.lstrip().startswith(("SELECT", "WITH")):
            cursor = connection.cursor()
            cursor.execute(f"{how} {statement}", parameters)
            for row in cursor.fetchall():
                line = row[0] if DIALECT == "postgresql" else row[3]
                found |= {
                    (one or whole).replace(" ", "-") for one, whole in re.findall(pattern, line)
                }
    connection.rollback()
    connection.close()
    return found


def explain(engine: Engine, slow: dict[str, tuple[float, Any]]) -> None:
    how = "EXPLAIN (ANALYZE, BUFFERS)" if DIALECT == "postgresql" else "EXPLAIN QUERY PLAN"
    connection = engine.raw_connection()
    for statement, (took, parameters) in sorted(slow.items(), key=lambda item: -item[1][0]):
        if statement.lstrip().startswith(("SELECT", "WITH")):
            print(f"\n{took:.0f} ms: {' '.join(statement.split())[:900]}")
            cursor = connection.cursor()
            cursor.execute(f"{how} {statement}", parameters)
            for row in cursor.fetchall():
                print("   ", row[0] if DIALECT == "postgresql" else row[3])
    connection.close()


if __name__ == "__main__":
    main()
