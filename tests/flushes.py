"""A second witness of durability: how often a server asks its disk to keep what it was told.

A killed process leaves the page cache alive, so no kill shows a missing flush. Here `strace` counts
the calls of fsync and fdatasync while single ops are sent one after another.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crash import Stage

CALLS = re.compile(r"\b(?:fsync|fdatasync)\(")


def counting_flushes(stage: "Stage", ops: int = 100) -> tuple[int, int]:
    """Send ops one by one; count the flushes of server and database meanwhile, and the answers.

    Raises
    ------
    RuntimeError : strace is missing, or may not trace here
    """
    from crash import Sender, Tally

    tracer = shutil.which("strace")
    if tracer is None:
        raise RuntimeError("strace is missing: Debian's package of that name")
    phone = stage.phones[0]
    sender = Sender(phone, stage.server.port, Tally(), random.Random(1))
    waiting, stop = stage.ops[phone.seed][:ops], threading.Event()
    sender.deliver([], stop)  # connections are open, so every process is there
    log = stage.folder / "flushes"
    processes = [part for pid in _processes(stage) for part in ("-p", str(pid))]
    complaints = stage.folder / "strace.log"
    with complaints.open("wb") as said:
        witness = subprocess.Popen(
            [tracer, "-f", "-q", "-e", "trace=fsync,fdatasync", "-o", log, *processes],
            stderr=said,
        )
    _await_tracing(stage, witness, complaints)
    before = _count(log)
    answered = 0
    for op in waiting:
        results = sender.deliver([op], stop) or []
        answered += sum(one["status"] == "accepted" for one in results)
    sender.close()
    time.sleep(0.2)
    witness.send_signal(signal.SIGINT)
    witness.wait(timeout=20)
    return _count(log) - before, answered


def _processes(stage: "Stage") -> list[int]:
    """The server's processes and, where there is one, those of the database."""
    found = family(stage.server.pid)
    if stage.cluster is not None:
        found += family(stage.cluster.pid)
    return found


def family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def _await_tracing(stage: "Stage", witness: "subprocess.Popen[bytes]", complaints: Path) -> None:
    deadline = time.monotonic() + 20
    pids = _processes(stage)
    while time.monotonic() < deadline:
        if witness.poll() is not None:
            reason = complaints.read_text("utf-8", "replace")[-300:]
            raise RuntimeError(f"strace may not trace here: {reason}")
        traced = [
            "TracerPid:\t0" not in Path(f"/proc/{pid}/status").read_text()
            for pid in pids
            if os.path.exists(f"/proc/{pid}")
        ]
        if all(traced):
            return
        time.sleep(0.05)
    raise RuntimeError("strace did not attach within 20 s")


def _count(log: Path) -> int:
    return len(CALLS.findall(log.read_text("utf-8", "replace"))) if log.exists() else 0
