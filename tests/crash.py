"""Kills servers and databases under phones that are sending, and counts what went wrong.

Phones push ops in batches and send the same bytes until they are answered; some are sent again
although they were answered, some come again with other content under their id. Meanwhile the
server, one of its workers, the database, or both are killed and started again. Afterwards what was
acknowledged is compared with what is stored. Everything random follows from one seed.
"""

import gzip
import hashlib
import http.client
import json
import math
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import crowd
import sqlalchemy as sa
from phones import reseal
from rehearsal import CAMPAIGN
from sqlalchemy.orm import Session

from inspect_app import create_app
from inspect_app.demo.cluster import Cluster
from inspect_app.demo.phone import Phone, Sealed
from inspect_app.demo.server import Server
from inspect_app.extensions import db
from inspect_app.services import replays
from inspect_app.settings import Limits, Settings

AGAIN = 0.05
"""Share of batches that are sent once more although they were answered."""
CHANGED = 0.01
"""Share of ops that come again with other content under the same id."""
PATIENCE = 300.0
"""Seconds after which a server is not waited for any longer; how fast it was is told."""
TEMPORARY = (429, 502, 503)
TAKEN = ("accepted", "duplicate")
CHUNK = 15_000
"""Bytes of a photo that travel at once."""
PACKED = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
BYTES = {"Content-Type": "application/offset+octet-stream"}


@dataclass
class Tally:
    """What the phones saw, all of them together."""

    sent: dict[str, str] = field(default_factory=dict)  # op_id -> body_sha256 of what was sealed
    bodies: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    files: dict[str, str] = field(default_factory=dict)  # sha256 of what is all here -> op_id
    torn: int = 0
    faults: list[str] = field(default_factory=list)
    on_the_way: int = 0
    allowed: float = math.inf  # acknowledgements after which the phones rest
    lock: threading.Lock = field(default_factory=threading.Lock)

    def blame(self, fault: str) -> None:
        with self.lock:
            self.faults.append(fault)


class Sender:
    """One phone's way to the server: the same bytes until they are answered."""

    def __init__(self, phone: Phone, port: int, tally: Tally, dice: random.Random) -> None:
        self.phone, self.port, self.tally, self.dice = phone, port, tally, dice
        self._connection: http.client.HTTPConnection | None = None

    def deliver(self, ops: Sequence[dict[str, Any]], stop: threading.Event) -> list[Any] | None:
        """Push a batch until it is answered; None when the play ends before."""
        envelope = {**self.phone.envelope([]), "manifest": None, "ops": list(ops)}
        body = gzip.compress(json.dumps(envelope, ensure_ascii=False).encode(), 1)
        while not stop.is_set():
            status, content, _ = self._try("POST", "/api/v1/sync/push", body, **PACKED)
            if status == 200:
                results: list[Any] = json.loads(content)["results"]
                return results
            if status and status not in TEMPORARY:
                self.tally.blame(f"answered {status}: {content[:200]!r}")
            time.sleep(self.dice.uniform(0.01, 0.2))
        return None

    def send_file(self, sha256: str, stop: threading.Event) -> bool:
        """Send a file in pieces; whenever a connection tears, ask how much is here."""
        data, path = self.phone.files[sha256].data, f"/api/v1/blobs/{sha256}"
        offset: int | None = 0
        while not stop.is_set():
            if offset is None:
                status, content, here = self._try("HEAD", path, None)
            else:
                told = {"Upload-Offset": str(offset), "Upload-Length": str(len(data))}
                piece = data[offset : offset + CHUNK]
                status, content, here = self._try("PATCH", path, piece, **told, **BYTES)
            if status in (200, 204, 409):
                offset = int(here["upload-offset"])
                if offset == len(data) and status != 409:
                    return True
                continue
            if status and status not in TEMPORARY:
                self.tally.blame(f"file answered {status}: {content[:200]!r}")
                return True
            offset = None
            time.sleep(self.dice.uniform(0.01, 0.2))
        return False

    def close(self) -> None:
        """Hang up; the next try opens a new connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _try(
        self, method: str, path: str, body: bytes | None, **headers: str
    ) -> tuple[int, bytes, dict[str, str]]:
        tally = self.tally
        with tally.lock:
            tally.on_the_way += 1
        try:
            connection = self._connection or http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=30
            )
            self._connection = connection
            headers["Authorization"] = f"Bearer {self.phone.token}"
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            with tally.lock:
                tally.answers[answer.status] += 1
            return (
                answer.status,
                content,
                {name.lower(): value for name, value in answer.getheaders()},
            )
        except (OSError, http.client.HTTPException):
            self.close()
            with tally.lock:
                tally.torn += 1
            return 0, b"", {}
        finally:
            with tally.lock:
                tally.on_the_way -= 1


def play_phone(
    ops: Sequence[dict[str, Any]],
    sender: Sender,
    batch: int,
    changed: float,
    stop: threading.Event,
) -> None:
    """Send a phone's ops in batches, some of them again, some with other content."""
    try:
        for start in range(0, len(ops), batch):
            while len(sender.tally.acknowledged) >= sender.tally.allowed and not stop.is_set():
                time.sleep(0.005)
            if not _send_batch(ops[start : start + batch], sender, changed, stop):
                return
    finally:
        sender.close()


def _send_batch(
    part: Sequence[dict[str, Any]], sender: Sender, changed: float, stop: threading.Event
) -> bool:
    """Send one batch, and what comes after it; False when the play has ended."""
    tally, dice = sender.tally, sender.dice
    with tally.lock:
        tally.sent.update({op["op_id"]: op["body_sha256"] for op in part})
        tally.bodies.update({op["op_id"]: op["body"] for op in part})
    results = sender.deliver(part, stop)
    if results is None:
        return False
    _note_results(part, results, tally)
    for result in results:
        for sha256 in result.get("need_blobs", ()):
            if not sender.send_file(sha256, stop):
                return False
            with tally.lock:
                tally.files[sha256] = result["op_id"]
    if dice.random() < AGAIN:
        results = sender.deliver(part, stop)
        if results is None:
            return False
        _note_repeated(part, results, tally)
    for op in part:
        if dice.random() < changed:
            _send_changed(op, sender, stop)
    return True


def _note_results(part: Sequence[dict[str, Any]], results: list[Any], tally: Tally) -> None:
    if [one["op_id"] for one in results] != [op["op_id"] for op in part]:
        return tally.blame("results in another order")
    with tally.lock:
        for op, result in zip(part, results, strict=True):
            tally.statuses[result["status"]] += 1
            if result["status"] in TAKEN and result["body_sha256"] == op["body_sha256"]:
                tally.acknowledged[op["op_id"]] = result
            elif result["status"] != "failed":
                tally.faults.append(f"{op['op_id']} answered {result['status']}")
    return None


def _note_repeated(part: Sequence[dict[str, Any]], results: list[Any], tally: Tally) -> None:
    for op, result in zip(part, results, strict=True):
        with tally.lock:
            tally.statuses[f"again: {result['status']}"] += 1
            first = tally.acknowledged.get(op["op_id"])
        if result["status"] != "duplicate":
            tally.blame(f"{op['op_id']} sent again was {result['status']}")
        elif first is not None and result["receipt"] != first["receipt"]:
            tally.blame(f"{op['op_id']} got another receipt")


def _send_changed(op: dict[str, Any], sender: Sender, stop: threading.Event) -> None:
    changed = reseal(Sealed(op), note="other content")
    results = sender.deliver([changed], stop)
    if results is None:
        return
    status = results[0]["status"]
    with sender.tally.lock:
        sender.tally.statuses[f"changed: {status}"] += 1
    if status != "op_id_reused":
        sender.tally.blame(f"{op['op_id']} with other content was {status}")


class Stage:
    """A server, its database, and the phones of a crowd; on SQLite or on PostgreSQL.

    photos : of so many of its households does each phone send one
    application : what gunicorn serves, in the stead of the real application, to plant faults
    asked : what the address of the database asks of each connection, after our own wishes
    """

    def __init__(
        self,
        folder: Path,
        kind: str,
        *,
        phones: int,
        households: int = 20,
        visits: int = 30,
        photos: int = 0,
        application: str | None = None,
        options: Sequence[str] = (),
        asked: str = "",
    ) -> None:
        self.folder, self.kind = folder, kind
        self.cluster: Cluster | None = None
        settings = Settings.for_folder(folder)
        if kind == "postgres":
            self.cluster = Cluster(options).start()
            url = sa.make_url(self.cluster.url())
            if asked:
                url = url.update_query_dict({"options": f"-c {asked}"})
            settings = Settings.for_folder(folder, database_url=str(url))
        # These phones do not rest between two pushes.
        settings = replace(settings, limits=Limits(pushes_per_minute=1_000_000))
        self.settings = settings
        at = datetime.now(UTC)
        self.phones = crowd.gather(settings, phones=phones, households=households, at=at)
        if self.cluster is not None:
            _flush(settings.database_url)  # whatever is lost later, this is not
        self.ops = {phone.seed: list(ops_of(phone, visits, photos)) for phone in self.phones}
        self.server = Server(settings, log=folder / "server.log", application=application)

    def __enter__(self) -> "Stage":
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.__exit__(None, None, None)
        if self.cluster is not None:
            self.cluster.remove()

    @property
    def deaths(self) -> tuple[str, ...]:
        """What can be killed: SQLite lives in the server's one process."""
        if self.cluster is None:
            return ("server",)
        return ("server", "worker", "database", "both")

    def kill(self, what: str, patience: float) -> float:
        """Kill something and start it again; seconds until the server is ready."""
        if what in ("server", "both"):
            self.server.kill()
        if what in ("database", "both"):
            assert self.cluster is not None
            self.cluster.kill()
        if what == "worker":
            os.kill(self._worker(), signal.SIGKILL)
        began = time.monotonic()
        if what in ("database", "both"):
            assert self.cluster is not None
            self.cluster.start()
        if what in ("server", "both"):
            self.server.start()
        while time.monotonic() - began < patience:
            try:
                with urlopen(f"{self.server.url}/readyz", timeout=30):
                    break
            except (URLError, OSError, http.client.HTTPException):
                time.sleep(0.05)
        return time.monotonic() - began

    def _worker(self) -> int:
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children")
        return int(random.choice(children.read_text().split()))  # any of them


def _flush(url: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("CHECKPOINT"))
    engine.dispose()


def ops_of(phone: Phone, visits: int, photos: int) -> Iterator[dict[str, Any]]:
    """Interviews of a phone's households, some with a photo, and visits without interview."""
    for sealed in crowd.interviews(phone, photos=photos):
        yield sealed.op
    units = sorted(phone.tasks)
    for n in range(visits):
        round_no, which = divmod(n, len(units))  # a visit is named by its household and number
        unit = units[which]
        yield phone.seal_contact(unit, visit_no=1 + round_no, disposition="partial", note=str(n)).op


@dataclass(frozen=True)
class Outcome:
    """What a play came to."""

    kills: Counter[str]
    void: int
    acknowledged: int
    files: int
    torn: int
    statuses: dict[str, int]
    answers: dict[int, int]
    longest_recovery: float
    faults: tuple[str, ...]


def play(
    stage: Stage,
    *,
    kills: int,
    seed: int,
    batches: Sequence[int] = (1, 20),
    verify_each: bool = True,
    only: Sequence[str] = (),
    changed: float = CHANGED,
    settle: float = 0.0,
    seconds: float = 600.0,
    patience: float = PATIENCE,
) -> Outcome:
    """Let all phones send while things die; return what was seen and what disagrees.

    A kill counts only if something was on its way at that moment. The play ends when all kills
    are done and every phone has delivered.

    only : what to kill, instead of everything that can be
    changed : share of ops that come again with other content under the same id
    patience : seconds after a kill until the server is given up
    settle : seconds that may pass between the last answer and a comparison where nothing is lost
    """
    tally, stop, dice = Tally(), threading.Event(), random.Random(seed)
    threads = []
    for n, phone in enumerate(stage.phones):
        sender = Sender(phone, stage.server.port, tally, random.Random(f"{seed}/{n}"))
        given = (stage.ops[phone.seed], sender, batches[n % len(batches)], changed, stop)
        threads.append(threading.Thread(target=play_phone, args=given, daemon=True))
    doomed = tuple(only) or stage.deaths
    died: Counter[str] = Counter()
    void, recoveries, faults = 0, [0.0], []
    total = sum(len(ops) for ops in stage.ops.values())
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + seconds
    for n in range(kills):
        # Kills are spread over all ops: phones rest while a chain is replayed, then go on to meet
        # the next one.
        target = total * (n + 1) // (kills + 1)
        tally.allowed = total * (n + 2) // (kills + 1)
        while len(tally.acknowledged) < target and any(one.is_alive() for one in threads):
            time.sleep(0.002)
        time.sleep(dice.uniform(0, 0.05))
        while tally.on_the_way == 0 and any(one.is_alive() for one in threads):
            # Phones rest between two tries, or because they are ahead; a kill strikes a push.
            tally.allowed = max(tally.allowed, len(tally.acknowledged) + 1)
            time.sleep(0.0005)
        what = doomed[n % len(doomed)]
        was_on_the_way = tally.on_the_way > 0
        recoveries.append(stage.kill(what, patience))
        died[what] += was_on_the_way
        void += not was_on_the_way
        if verify_each:
            faults += chain_faults(stage.settings)
    tally.allowed = math.inf
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    stop.set()
    settled = time.monotonic() + settle
    while time.monotonic() < settled and any(
        "is lost" in fault for fault in stored_faults(stage.settings, tally)
    ):
        time.sleep(0.2)
    faults += tally.faults + stored_faults(stage.settings, tally)
    faults += chain_faults(stage.settings, files=True)
    if any(thread.is_alive() for thread in threads):
        faults.append("not everything was delivered in time")
    if max(recoveries) > patience:
        faults.append(f"not ready after {max(recoveries):.0f} s")
    return Outcome(
        died,
        void,
        len(tally.acknowledged),
        len(tally.files),
        tally.torn,
        dict(tally.statuses),
        dict(tally.answers),
        max(recoveries),
        tuple(faults),
    )


def chain_faults(settings: Settings, *, files: bool = False) -> list[str]:
    """Replay the ledger: numbers, hashes, receipts, bodies, and in the end files."""
    app = create_app(settings)
    with app.app_context():
        with Session(db.engine) as session:
            report = replays.verify(session, CAMPAIGN, settings=settings, files=files)
        db.engine.dispose()
    return list(report.faults)


def stored_faults(settings: Settings, tally: Tally) -> list[str]:
    """Compare what was acknowledged with what is stored."""
    engine = sa.create_engine(settings.database_url)
    with engine.connect() as connection:
        ops = list(connection.execute(sa.text("SELECT op_id, body_sha256, body FROM ops")))
        lines = list(
            connection.execute(
                sa.text("SELECT op_id, h, signature FROM ledger WHERE type = 'op' ORDER BY seq")
            )
        )
        kept = Counter(
            connection.execute(
                sa.text("SELECT op_id FROM revisions UNION ALL SELECT op_id FROM contacts")
            ).scalars()
        )
        complete = set(
            connection.execute(
                sa.text("SELECT op_id FROM ledger WHERE type = 'complete'")
            ).scalars()
        )
    engine.dispose()
    faults = [
        f"{op_id} has its file and is not complete"
        for op_id in tally.files.values()
        if op_id not in complete
    ]
    stored = {row.op_id: row for row in ops}
    receipts = {row.op_id: row for row in lines}
    counted = Counter(row.op_id for row in lines)
    faults += [f"{op_id} is in the ledger {n} times" for op_id, n in counted.items() if n > 1]
    faults += [f"{op_id} is stored {n} times" for op_id, n in kept.items() if n > 1]
    faults += [
        f"{op_id} is stored {n} times"
        for op_id, n in Counter(row.op_id for row in ops).items()
        if n > 1
    ]
    faults += [f"{op_id} was never sent" for op_id in stored if op_id not in tally.sent]
    for op_id, row in stored.items():
        body = bytes(row.body)
        if body != tally.bodies.get(op_id, "").encode():
            faults.append(f"{op_id} is stored with other content")
        if hashlib.sha256(body).hexdigest() != row.body_sha256:
            faults.append(f"{op_id} is stored under a wrong hash")
    for op_id, result in tally.acknowledged.items():
        line = receipts.get(op_id)
        if op_id not in stored or line is None or not kept[op_id]:
            faults.append(f"{op_id} was acknowledged and is lost")
        elif (line.h, line.signature) != (result["receipt"]["h"], result["receipt"]["sig"]):
            faults.append(f"{op_id} has another receipt than the phone")
    return faults
