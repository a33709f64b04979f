"""What it costs to store a drawn sample: 100,000 households on SQLite and on PostgreSQL.

    python benchmarks/load_sample.py [ROWS]

For each engine the bulk road of `services/loading.py` and single objects of the ORM, each into an
empty table and committed: seconds, CPU of this process and, for PostgreSQL, of its backend; median
of three after one warm-up. PostgreSQL runs with its ordinary, durable settings. Wall seconds mean
nothing without the disk, so a 4 kB write with its flush is timed beside them.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from inspect_app import create_app
from inspect_app.demo.cluster import Cluster
from inspect_app.extensions import db
from inspect_app.migrations import upgrade
from inspect_app.models.accounts import Account
from inspect_app.models.base import Base
from inspect_app.models.campaigns import Campaign
from inspect_app.models.samples import SampleHousehold, SampleVillage, Village
from inspect_app.services.loading import load
from inspect_app.settings import Settings

CAMPAIGN = "6b1fd3a2-0000-5000-8000-000000000001"
NOON = datetime(2020, 6, 3, 4, 0, tzinfo=UTC)
ROUNDS = 3


def households(count: int) -> list[dict[str, Any]]:
    """Rows as a draw makes them, twenty a village."""
    return [
        {
            "campaign_id": CAMPAIGN,
            "unit_id": f"{530621100000 + n // 20}-{n % 20:04}",
            "county_adcode": "530621",
            "stratum": "530621-far",
            "psu": str(530621100000 + n // 20),
            "household_class": "EPN"[n % 3],
            "persons": 1 + n % 7,
            "ticket": f"{n:064x}",
            "order": 1 + n % 20,
            "is_reserve": n % 20 > 14,
            "pi1": 0.125,
            "pi2": 1 / (3 + n % 11),
            "inclusion_prob": 0.125 / (3 + n % 11),
            "base_weight": 8.0 * (3 + n % 11),
            "wave": 1,
            "interview_id": f"{n:08x}-0000-5000-8000-000000000000",
        }
        for n in range(count)
    ]


def flush_ms(folder: Path) -> float:
    """Time one small write that must reach the disk."""
    spent = []
    with (folder / "probe").open("wb", buffering=0) as file:
        for _ in range(20):
            started = time.perf_counter()
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            spent.append(time.perf_counter() - started)
    return 1000 * median(spent)


def backend_cpu(session: Session) -> float:
    """CPU seconds of the process that serves this connection, 0 where it is our own."""
    if session.get_bind().dialect.name == "sqlite":
        return 0.0
    pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def filled(model: type[Base], **known: Any) -> dict[str, Any]:
    """A row in which every column that must have a value has some."""
    fillers: dict[type, Any] = {str: "x", int: 1, bool: True, bytes: b"", float: 0.5}
    return {
        column.name: known.get(column.name, fillers.get(column.type.python_type, NOON))
        for column in model.__table__.columns
        if column.name in known or not column.nullable
    }


def prepare(session: Session, rows: list[dict[str, Any]]) -> None:
    """Store what the households refer to: campaign and villages."""
    load(session, Account, [filled(Account, id="x")])
    load(session, Campaign, [filled(Campaign, id=CAMPAIGN)])
    villages = sorted({row["psu"] for row in rows})
    for model in (Village, SampleVillage):
        load(
            session,
            model,
            [
                filled(
                    model,
                    campaign_id=CAMPAIGN,
                    village_code=code,
                    county_adcode="530621",
                    position=n,
                )
                for n, code in enumerate(villages)
            ],
        )
    session.commit()


def measured(
    session: Session, store: Callable[[Session], None]
) -> Iterator[tuple[float, float, float]]:
    """Seconds, own CPU and backend CPU of each round."""
    for _ in range(ROUNDS + 1):
        session.execute(delete(SampleHousehold))
        session.commit()
        session.expunge_all()
        theirs = backend_cpu(session)
        wall, own = time.perf_counter(), time.process_time()
        store(session)
        session.commit()
        spent = time.perf_counter() - wall, time.process_time() - own
        yield *spent, backend_cpu(session) - theirs


def run(settings: Settings, name: str, rows: list[dict[str, Any]]) -> None:
    """Store the rows both ways and print what it took."""
    app = create_app(replace(settings, threads=1, unhurried=True))
    with app.app_context():
        upgrade()
        with Session(db.engine) as session:
            prepare(session, rows)
        roads: dict[str, Callable[[Session], None]] = {
            "bulk": lambda session: load(session, SampleHousehold, rows),
            "objects": lambda session: session.add_all(SampleHousehold(**row) for row in rows),
        }
        for road, store in roads.items():
            with Session(db.engine) as session:
                found = list(measured(session, store))[1:]
            wall, own, theirs = (median(column) for column in zip(*found, strict=True))
            print(f"{name:<18}{road:<9}{wall:8.2f} s{own:8.2f} CPU s{theirs:8.2f} CPU s backend")
        db.session.remove()
        db.engine.dispose()


def main(count: int) -> None:
    rows = households(count)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"{count} rows of sample_households; write and flush {flush_ms(folder):.2f} ms")
        run(Settings.for_folder(folder), "SQLite", rows)
        with Cluster() as cluster:
            settings = replace(Settings.for_folder(folder), database_url=cluster.url())
            run(settings, f"PostgreSQL {cluster.version}", rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
