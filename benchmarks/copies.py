"""A long campaign made of one real interview, which the database itself copies.

Forty counties, 1,400 phones, villages of thirty, 3 % returned, 5 % waiting, pictures, lines of the
chain, cases of 2 %, alarms, quarantine of 5 %: quicker than any client could send.
"""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from fleet import CAMPAIGN
from rehearsal import PLANNER
from sqlalchemy import Connection, Engine, insert, inspect, select, text, update

from inspect_app.models.devices import Device
from inspect_app.models.ledger import LedgerDay
from inspect_app.models.samples import Enumerator
from inspect_app.rules.chain import EventName

PHONES = 1400
LINES_A_DAY = 40_000
COUNTIES = 40

VILLAGE = "(n / 30)"
DAY = f"({VILLAGE} / {PHONES} * 2 + n % 30 / 15)"
"""A pair works in a village of thirty households for two days, fifteen interviews a day."""
MINUTE = "(n % 15 * 40)"
COUNTY = f"CAST(530000 + {VILLAGE} % {COUNTIES} AS TEXT)"
LOT = "(n * 2654435761 % 4294967296 / 65536 % 100)"
"""A number below a hundred that does not follow the order in which interviews came."""


@dataclass(frozen=True)
class Words:
    """SQL about the n-th interview, as each database has it."""

    is_postgres: bool

    @property
    def yes(self) -> str:
        return "true" if self.is_postgres else "1"

    @property
    def no(self) -> str:
        return "false" if self.is_postgres else "0"

    @property
    def device(self) -> str:
        """Whose phone it was; a phone has one village after the other."""
        number = f"{VILLAGE} % {PHONES} + 1"
        if self.is_postgres:
            return f"'00000000-0000-0000-0000-' || lpad(to_hex({number}), 12, '0')"
        return f"printf('00000000-0000-0000-0000-%012x', {number})"

    def numbers(self, rows: int) -> str:
        if self.is_postgres:
            return f"generate_series(1, {rows}) AS g(n)"
        return (
            f"(WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {rows}) "
            "SELECT n FROM g)"
        )

    def spread(self, shift: int) -> str:
        """A UUID that follows from n and does not follow its order; another for each shift."""
        if self.is_postgres:
            return (
                f"lpad(to_hex((n * 2654435761 + {shift}) % 4294967296), 8, '0') "
                f"|| '-0000-4000-8000-' || lpad(to_hex(n * 16 + {shift}), 12, '0')"
            )
        return (
            f"printf('%08x-0000-4000-8000-%012x', (n * 2654435761 + {shift}) % 4294967296, "
            f"n * 16 + {shift})"
        )

    def moment(self, minutes: int = 0) -> str:
        """When the n-th interview was held, and so many minutes later."""
        if self.is_postgres:
            return (
                f"(TIMESTAMPTZ '2020-06-03' + {DAY} * INTERVAL '1 day' "
                f"+ ({MINUTE} + {minutes}) * INTERVAL '1 minute')"
            )
        return (
            f"datetime('2020-06-03', {DAY} || ' days', ({MINUTE} + {minutes}) || ' minutes')"
            " || '.000000'"
        )

    def written(self, moment: str) -> str:
        """A moment as phones write it."""
        if self.is_postgres:
            return f"to_char({moment}, 'YYYY-MM-DD\"T\"HH24:MI:SS') || '+00:00'"
        return f"strftime('%Y-%m-%dT%H:%M:%S', {moment}) || '+00:00'"

    def received(self, seq: str) -> str:
        """When a line of the chain came, so many lines a day."""
        day = f"(({seq} - 1) / {LINES_A_DAY})"
        if self.is_postgres:
            return f"to_char(DATE '2020-06-03' + {day}, 'YYYY-MM-DD') || 'T04:00:00.000Z'"
        return f"date('2020-06-03', {day} || ' days') || 'T04:00:00.000Z'"

    def traits(self) -> str:
        """Times, places seventy metres apart, a phone's counter, words unlike those of others."""
        as_json = "::json" if self.is_postgres else ""
        sealed = f"(({DAY} * 1440 + {MINUTE}) * CAST(60000 AS BIGINT))"
        began, ended = self.written(self.moment()), self.written(self.moment(35))
        return (
            f'(\'{{"started": "\' || {began} || \'", "ended": "\' || {ended} '
            f'|| \'", "boot_id": "b", "sealed_ms": \' || {sealed} '
            f"|| ', \"place\": [' || (30 + {VILLAGE} % 97 * 0.01 + n % 6 * 0.0007) || ', ' "
            f'|| (111 + n % 30 / 6 * 0.0007) || \'], "accuracy_m": 8.0, "phrases": ["\' '
            f"|| {self.spread(6)} || '\"]}}'){as_json}"
        )


def columns(words: Words, base: int) -> dict[str, dict[str, str]]:
    """What differs between the copies, by table and column."""
    yes, no = words.yes, words.no
    op, interview = {"op_id": words.spread(1)}, {"interview_id": words.spread(2)}
    return {
        "ops": op
        | interview
        | {"device_id": words.device, "complete": f"CASE WHEN n % 5 = 0 THEN {yes} ELSE {no} END"},
        "interviews": interview
        | {
            "unit_id": "'u' || n",
            "county_adcode": COUNTY,
            "village_code": f"{COUNTY} || CAST(100000 + {VILLAGE} AS TEXT)",
            "device_id": words.device,
            "state": f"CASE WHEN {LOT} < 92 THEN 'accepted' "
            f"WHEN {LOT} < 97 THEN 'received' ELSE 'returned' END",
            "in_conflict": f"CASE WHEN {LOT} = 93 AND n % 2 = 0 THEN {yes} ELSE {no} END",
            "urgency": "CASE WHEN n % 3 = 0 THEN n % 50 * 4 ELSE 0 END",
            "arrived_at": words.moment(60),
            "compared_at": f"CASE WHEN n % 5000 = 93 THEN NULL ELSE {words.moment(60)} END",
        },
        "revisions": op
        | interview
        # As in life, few households answer alike.
        | {
            "answers_sha256": "CASE WHEN n % 1000 < 2 THEN 'x' || (n / 1000) "
            f"ELSE {words.spread(5)} END",
            "traits": words.traits(),
        },
        "ledger": op
        | interview
        | {
            "device_id": words.device,
            "seq": f"{base} + n",
            "received_at": words.received(f"({base} + n)"),
        },
    }


def copy(engine: Engine, rows: int) -> None:
    """Let the database copy its one interview `rows` times, quicker than any client could send."""
    words = Words(engine.dialect.name == "postgresql")
    numbers = words.numbers(rows)
    with engine.connect() as connection:
        if words.is_postgres:
            connection.execute(text("SET session_replication_role = replica"))
            connection.execute(text("SET statement_timeout = 0"))
        base = int(connection.execute(text("SELECT max(seq) FROM ledger")).scalar() or 0)
        op_id = connection.execute(text("SELECT op_id FROM revisions")).scalar()
        interview = connection.execute(text("SELECT interview_id FROM revisions")).scalar()
        for table, changed in columns(words, base).items():
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
        for statement in others(words, base, rows):
            connection.execute(text(statement), {"one": op_id} if ":one" in statement else {})
        days = [
            {
                "campaign_id": CAMPAIGN,
                "day": (date(2020, 6, 3) + timedelta(days=n)).isoformat(),
                "count": (n + 1) * LINES_A_DAY,
                "root": f"{n:064x}",
            }
            for n in range((base + 2 * rows) // LINES_A_DAY)
        ]
        if days:
            connection.execute(insert(LedgerDay), days)
        teams(connection)
        connection.commit()
        if words.is_postgres:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                text("VACUUM ANALYZE")
            )
        else:
            connection.execute(text("ANALYZE"))
            connection.commit()
    engine.dispose()


def others(words: Words, base: int, rows: int) -> list[str]:
    """What comes with interviews: pictures, lines of the chain, cases, quarantine, who looked."""
    yes, device, numbers = words.yes, words.device, words.numbers(rows)
    spread, received = words.spread, words.received
    line = (
        "INSERT INTO ledger (campaign_id, seq, type, op_id, kind, interview_id, rev, body_sha256, "
        "device_id, received_at, status, h, kid, signature) SELECT t.campaign_id, {seq}, '{type}', "
        f"{spread(1)}, t.kind, {spread(2)}, t.rev, t.body_sha256, {device}, {{received}}, "
        "'{status}', t.h, t.kid, t.signature FROM ledger t, {numbers} "
        "WHERE t.op_id = :one AND t.type = 'op' AND {which}"
    )
    picture = f"CASE WHEN n % 5000 < 2 THEN 'y' || (n / 5000) ELSE {spread(8)} END"
    return [
        f"INSERT INTO op_blobs (op_id, sha256, plain_sha256, campaign_id, device_id, bytes, type, "
        f"is_household_photo) SELECT {spread(1)}, {picture}, {picture}, '{CAMPAIGN}', {device}, "
        f"90000, 'image/jpeg', {yes} FROM {numbers} WHERE n % 5 > 0",
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
        f"SELECT {spread(3)}, '{CAMPAIGN}', {COUNTY}, "
        f"'u' || n, {spread(2)}, 'wrong_exit', "
        "CASE WHEN n % 3 = 0 THEN 'suspected' ELSE 'confirmed' END, 4, '[]', "
        f"'{PLANNER}', '2020-06-03', {yes} "
        f"FROM {numbers} WHERE n % 50 = 0",
        "INSERT INTO quarantine (campaign_id, device_id, op_id, body_sha256, status, "
        "faults, received_at, county_adcode, state) "
        f"SELECT '{CAMPAIGN}', {device}, {spread(1)}, 'x' || n, 'invalid', '[]', "
        f"'2020-06-03T00:00:00.000Z', {COUNTY}, "
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
    if connection.dialect.name == "sqlite":  # elsewhere no trigger is asked
        connection.execute(text("DROP TRIGGER IF EXISTS devices_no_update"))
    for n, person in enumerate(people):
        phones = [str(uuid.UUID(int=one + 1)) for one in range(n, PHONES, COUNTIES)]
        connection.execute(update(Device).where(Device.id.in_(phones)).values(enumerator_id=person))


def compare(engine: Engine) -> None:
    """Keep a comparison of every interview, as its review does; nothing was found."""
    words = Words(engine.dialect.name == "postgresql")
    if words.is_postgres:
        order = "arrived_at RANGE BETWEEN '2 days' PRECEDING AND '2 days' FOLLOWING"
        days = "arrived_at - INTERVAL '2 days', arrived_at + INTERVAL '2 days'"
    else:
        order = (
            "CAST(strftime('%s', arrived_at) AS INTEGER) "
            "RANGE BETWEEN 172800 PRECEDING AND 172800 FOLLOWING"
        )
        days = (
            "datetime(arrived_at, '-2 days') || '.000000', "
            "datetime(arrived_at, '+2 days') || '.000000'"
        )
    village, phone = "(PARTITION BY village_code)", f"(PARTITION BY device_id ORDER BY {order})"
    stamp = " || '|' || ".join(
        f"count(*) OVER {part} || '.' || sum(current_rev) OVER {part} || '.' || "
        + words.written(f"max(arrived_at) OVER {part}")
        for part in (village, phone)
    )
    with engine.connect() as connection:
        if words.is_postgres:
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
        if words.is_postgres:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                text("VACUUM ANALYZE comparisons")
            )
