"""What an interview costs the server, beside a fixed load of the same run; and who waits how long.

    python benchmarks/ingest.py [--database sqlite|postgresql|both] [--members N] [--quick]

Real servers, real HTTP. CPU is that of the server's processes (gunicorn with its workers) and, for
PostgreSQL, of the database's, per interview: median of five rounds after one warm-up. The fixed
load of the same run is one marshmallow load of the same body in this process, and a 4 kB write with
`fdatasync`. Ratios come first: they are what carries over to another machine. Then: p50 and p95 of
pushes of 20 from 8 and 32 clients, and whether the cost grows with the length of the ledger, by
three lengths and their exponent.
"""

import argparse
import math
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))

import orjson
from fleet import LIMITS, Sender, body_of, fill

from inspect_app.demo.cluster import Cluster
from inspect_app.demo.link import HttpWire
from inspect_app.demo.server import Server
from inspect_app.schemas import interviews
from inspect_app.settings import Settings

BATCH = 20
ROUNDS = 5
PER_ROUND = 200
TICK = os.sysconf("SC_CLK_TCK")


# --- the fixed load ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reference:
    """CPU of one marshmallow load and one gate of the same body, seconds; one flush, wall."""

    load: float
    gate: float
    flush: float
    size: int
    leaves: int


def reference(members: int) -> Reference:
    """Measure the fixed load, median of five."""
    text = body_of("530621100201-n00001", members=members)
    raw = orjson.loads(text)
    schema = interviews._schema("interview", "household-interview", "0.1.0")
    gate = interviews._gate("interview", "household-interview", "0.1.0")
    rows = raw["answers"]["members"]
    return Reference(
        load=_cpu_of(lambda: schema.load(raw)),
        gate=_cpu_of(lambda: gate.load(raw)),
        flush=median(_flushes()),
        size=len(text.encode()),
        leaves=len(raw["answers"]) - 1 + sum(map(len, rows)) + 3,
    )


def _cpu_of(act: Callable[[], object], times: int = 200) -> float:
    act()
    spent = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(times):
            act()
        spent.append((time.process_time() - started) / times)
    return median(spent)


def _flushes() -> Iterator[float]:
    with tempfile.TemporaryFile() as file:
        for _ in range(50):
            started = time.perf_counter()
            file.write(os.urandom(4096))
            file.flush()
            os.fdatasync(file.fileno())
            yield time.perf_counter() - started


# --- CPU of other processes ----------------------------------------------------------------------


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and its living and dead descendants."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return 0.0
    ticks = sum(int(stat[n]) for n in (11, 12, 13, 14))
    return ticks / TICK + sum(cpu_of(int(child)) for child in children)


@dataclass
class Setting:
    """A server at work, and whose CPU counts."""

    server: Server
    senders: list[Sender]
    cluster: Cluster | None

    def cpu(self) -> tuple[float, float]:
        own = cpu_of(self.server.pid)
        return own, cpu_of(self.cluster.pid) if self.cluster else 0.0


@contextmanager
def served(
    settings: Settings, senders: list[Sender], cluster: Cluster | None, variant: str = "usual"
) -> Iterator[Setting]:
    """Start a server on a filled database."""
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])
    application = f"benchmarks.variants:{variant}()"
    log = settings.data_dir / "server.log"
    with Server(replace(settings, limits=LIMITS), log=log, application=application) as server:
        yield Setting(server, senders, cluster)


# --- measurements --------------------------------------------------------------------------------


def cost(setting: Setting, batch: int, rounds: int = ROUNDS) -> tuple[float, float]:
    """CPU an interview of server and database, seconds: median of rounds after a warm-up."""
    wire, spent = HttpWire(setting.server.url), []
    for n in range(rounds + 1):
        sender = setting.senders[n % len(setting.senders)]
        packed = [sender.envelope(sender.ops(batch)) for _ in range(PER_ROUND // batch)]
        before = setting.cpu()
        for push in packed:
            answer = sender.push(wire, push)
            statuses = {one["status"] for one in answer.json()["results"]}
            if answer.status != 200 or statuses != {"accepted"}:
                raise SystemExit(f"{answer.status} {answer.body[:400]!r}")
        after = setting.cpu()
        done = batch * len(packed)
        spent.append(tuple((b - a) / done for a, b in zip(before, after, strict=True)))
    wire.close()
    own, of_database = zip(*spent[1:], strict=True)
    return median(own), median(of_database)


def waits(setting: Setting, clients: int, pushes: int, batch: int = BATCH) -> list[float]:
    """Seconds from push to answer, `clients` phones at once, sorted."""
    found: list[float] = []
    ready = threading.Barrier(clients)

    def play(sender: Sender) -> None:
        wire = HttpWire(setting.server.url)
        packed = [sender.envelope(sender.ops(batch)) for _ in range(pushes)]
        ready.wait()
        for push in packed:
            started = time.perf_counter()
            status = 0
            while status != 200:  # 503: the writer was waited for in vain
                status = sender.push(wire, push).status
            found.append(time.perf_counter() - started)
        wire.close()

    threads = [threading.Thread(target=play, args=(one,)) for one in setting.senders[:clients]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


def share(values: list[float], p: float) -> float:
    return values[min(len(values) - 1, math.ceil(len(values) * p) - 1)]


@contextmanager
def database(kind: str) -> Iterator[tuple[str | None, Cluster | None]]:
    if kind == "sqlite":
        yield None, None
        return
    with Cluster() as cluster:
        yield cluster.url(), cluster


def measure(kind: str, members: int, quick: bool) -> None:
    """Print everything for one database."""
    known = reference(members)
    rounds = 2 if quick else ROUNDS
    households = 8 * PER_ROUND
    found = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url, cluster = stack.enter_context(database(kind))
        settings, senders = fill(folder, phones=32, households=households, url=url, members=members)
        for label, variant, batch in (
            ("single, gate", "usual", 1),
            ("single, law", "ungated", 1),
            ("batch of 20, law", "ungated", BATCH),
            ("batch of 20, gate", "usual", BATCH),
        ):
            with served(settings, senders, cluster, variant) as setting:
                found[label] = cost(setting, batch, rounds)
        print(f"\n{kind}, interview of {known.size:,} bytes and {known.leaves} leaves")
        print("ratio to one marshmallow load of it (server CPU / load):")
        for label, (own, _) in found.items():
            print(f"  {label:18} {own / known.load:5.2f}")
        print(f"  {'gate':18} {known.gate / known.load:5.3f}")
        print("milliseconds of CPU an interview:")
        for label, (own, of_database) in found.items():
            beside = f", database {of_database * 1000:.2f}" if cluster else ""
            print(f"  {label:18} {own * 1000:5.2f}{beside}")
        print(f"  {'marshmallow load':18} {known.load * 1000:5.2f}")
        print(f"  {'gate':18} {known.gate * 1000:5.3f}")
        print(f"4 kB write and fdatasync: {known.flush * 1000:.2f} ms, median of 50")
        with served(settings, senders, cluster) as setting:
            for clients in (8, 32):
                times = waits(setting, clients, 4)
                p50, p95 = share(times, 0.5) * 1000, share(times, 0.95) * 1000
                print(f"{clients:3} clients, pushes of {BATCH}: p50 {p50:.0f} ms, p95 {p95:.0f} ms")
    if not quick:
        scaling(kind, members)


def scaling(kind: str, members: int) -> None:
    """Does an interview cost more when many are in the ledger?"""
    points = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url, cluster = stack.enter_context(database(kind))
        settings, senders = fill(folder, phones=8, households=3000, url=url, members=members)
        with served(settings, senders, cluster) as setting:
            wire, sent = HttpWire(setting.server.url), 0
            for length in (1000, 4000, 16000):
                while sent < length:
                    sender = setting.senders[sent // 100 % 8]
                    sender.push(wire, sender.envelope(sender.ops(100)))
                    sent += 100
                own, _ = cost(setting, BATCH, rounds=3)
                sent += 4 * PER_ROUND
                points.append((length, own))
            wire.close()
    first, last = points[0], points[-1]
    exponent = math.log(last[1] / first[1]) / math.log(last[0] / first[0])
    print("ledger of " + ", ".join(f"{n:,}: {own * 1000:.2f} ms" for n, own in points))
    print(f"exponent of the cost in the ledger's length: {exponent:+.3f}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--members", type=int, default=4)
    parser.add_argument("--quick", action="store_true")
    told = parser.parse_args()
    kinds = ("sqlite", "postgresql") if told.database == "both" else (told.database,)
    for kind in kinds:
        measure(kind, told.members, told.quick)


if __name__ == "__main__":
    main()
