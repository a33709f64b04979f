"""Killing the server anywhere in a push, and sending everything twice, changes nothing.

Two servers start from the same data. One is left alone; the other dies by SIGKILL at every step
of a push, once before the answer of a push that was committed, and hears every push twice. What
both hold in the end is equal row by row, hashes and signatures included.
"""

import copy
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from databases import Databases
from fieldwork import tasks
from phones import a_roster, an_interview
from rehearsal import CAMPAIGN, rehearse
from sqlalchemy.orm import Session

from inspect_app import create_app
from inspect_app.demo.link import Faults, HttpWire, Link
from inspect_app.demo.phone import Phone
from inspect_app.extensions import db
from inspect_app.models.base import Base
from inspect_app.services import replays
from inspect_app.settings import Settings

SEED = "replay"
TABLES = (
    "ops",
    "ledger",
    "interviews",
    "revisions",
    "contacts",
    "roster_lists",
    "quarantine",
    "sample_households",
    "feed_items",
    "devices",
)
COUNTER = "pushes_in_minute"  # of a phone: sending twice is what it counts


@pytest.fixture(scope="module")
def start(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str, Phone]:
    """A data folder and its database with one village released, and the phone sent there."""
    folder = tmp_path_factory.mktemp("start")
    url = databases.empty(folder)
    return folder, url, rehearse(folder, seed=SEED, url=url)


@contextmanager
def serving(folder: Path, url: str, plan: Path) -> Iterator[str]:
    """A server that dies as planned and comes back; gives its address."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    listening.set_inheritable(True)
    fd = listening.fileno()
    script = Path(__file__).parents[1] / "dying_server.py"
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, str(script), str(folder), SEED, str(fd), str(plan)],
            cwd=Path(__file__).parents[2],
            env={
                **os.environ,
                "PYTHONPATH": str(Path(__file__).parents[2]),
                "DATABASE_URL": url,
            },
            pass_fds=(fd,),
            stdout=log,
            stderr=log,
        )
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
        listening.close()


def batches(phone: Phone) -> Iterator[None]:
    """Seal one batch after another: roster, interviews, visits, a reserve, something invalid."""
    village = next(iter(phone.draws))
    phone.seal_roster(village, a_roster(village, households=phone.draws[village]["expected"]))
    yield
    for task in [task for task in tasks(phone, "N") if not task.is_reserve][:4]:
        an_interview(phone, task)
    yield
    lost, *others = tasks(phone)
    phone.seal_contact(lost.unit_id, visit_no=1, disposition="moved_out")
    an_interview(phone, next(task for task in others if task.is_reserve))
    yield
    an_interview(phone, others[0], wage_local="many")  # kept as invalid
    yield
    for visit_no in range(1, 60):
        if visit_no == 1:
            an_interview(phone, others[1])
        phone.seal_contact(others[2].unit_id, visit_no=visit_no, disposition="partial")
        yield


def contents(databases: Databases, url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that a push can leave, in a fixed order."""
    found = {}
    for table in TABLES:
        columns = Base.metadata.tables[table].columns.keys()
        wanted = ", ".join(f'"{name}"' for name in columns if name != COUNTER)
        found[table] = sorted(databases.rows(url, f"SELECT {wanted} FROM {table}"), key=repr)
    return found


def play(
    folder: Path, url: str, phone: Phone, plan: Path, deaths: list[str], *, faults: Faults
) -> tuple[Phone, list[str]]:
    """Send the batches, killing the server once in each of the first; return who has died."""
    died = []
    with serving(folder, url, plan) as server:
        wire = HttpWire(server, timeout=30)
        phone.link = Link(wire, faults, sleep=lambda _seconds: time.sleep(0.05))
        for n, _ in enumerate(batches(phone)):
            if n < len(deaths):
                plan.write_text(deaths[n])
            phone.push(batch=100)
            if n < len(deaths) and not plan.exists():
                died.append(deaths[n])
            plan.unlink(missing_ok=True)
            if n + 1 >= len(deaths) and n >= 30:
                break
        wire.close()
    return phone, died


def test_a_server_killed_at_every_step_ends_like_one_left_alone(
    start: tuple[Path, str, Phone], databases: Databases, tmp_path: Path
) -> None:
    origin, origin_url, phone = start
    deaths = ["answer", "answer", "answer", "answer", *(str(step) for step in range(1, 27))]
    ends = []
    urls: dict[str, str] = {}
    for name, planned, faults in (
        ("calm", [], Faults("calm")),
        ("rough", deaths, Faults("rough", lost=0.3, repeated=1.0)),
    ):
        shutil.copytree(origin, tmp_path / name)
        urls[name] = databases.copied(origin_url, tmp_path / name)
        ends.append(
            play(
                tmp_path / name,
                urls[name],
                copy.deepcopy(phone),
                tmp_path / f"{name}.plan",
                planned,
                faults=faults,
            )
        )
    (calm, nobody), (rough, died) = ends

    assert nobody == []
    # Every step of a push was hit, the commit and the answer among them.
    assert len(died) >= 14
    assert died[:4] == ["answer"] * 4
    assert rough.unsent == calm.unsent == []
    assert {one.result["receipt"]["sig"] for one in rough.outbox if one.result} == {
        one.result["receipt"]["sig"] for one in calm.outbox if one.result
    }
    left_alone, killed = (contents(databases, urls[name]) for name in urls)
    for table in TABLES:
        assert killed[table] == left_alone[table], table
    for name in ("calm", "rough"):
        settings = Settings.for_folder(tmp_path / name, demo_seed=SEED, database_url=urls[name])
        app = create_app(settings)
        with app.app_context():
            with Session(db.engine) as session:
                report = replays.verify(session, CAMPAIGN, settings=settings)
            db.engine.dispose()
        assert report.faults == ()
        assert report.count == len(killed["ledger"])
