"""Servers in trouble that is no crash: standing still, a full disk; nothing half done remains.

A server that answers nothing for twenty seconds stands still for one here, and a phone that would
wait a minute for it waits as much less.
"""

import os
import random
import resource
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from crash import Sender, Stage, Tally, chain_faults, play_phone, stored_faults
from flushes import family

STILL_SECONDS = 1.0
ROOM = 256 * 1024
"""So many bytes of a file does a full disk still take: a quarter of what these phones send."""


def freeze(stage: Stage, signal_number: int) -> None:
    """Stop or continue every process of the server."""
    for pid in family(stage.server.pid):
        os.kill(pid, signal_number)


def deliver(stage: Stage, tally: Tally, stop: threading.Event) -> list[threading.Thread]:
    """Let every phone begin to send all it has."""
    threads = []
    for n, phone in enumerate(stage.phones):
        sender = Sender(phone, stage.server.port, tally, random.Random(n))
        given = (stage.ops[phone.seed], sender, 5, 0.0, stop)
        threads.append(threading.Thread(target=play_phone, args=given, daemon=True))
    for thread in threads:
        thread.start()
    return threads


def await_(condition: Any, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_server_that_stood_still_goes_on_and_nothing_is_doubled(
    kind: str, tmp_path: Path
) -> None:
    """SIGSTOP in the middle of pushes, and a phone that gives up and asks again meanwhile."""
    with Stage(tmp_path, kind, phones=4, households=4, visits=20) as stage:
        tally, stop = Tally(), threading.Event()
        threads = deliver(stage, tally, stop)
        await_(lambda: len(tally.acknowledged) > 10)
        freeze(stage, signal.SIGSTOP)
        busy = tally.on_the_way
        # The same bytes again, over another line, while the first copy is stuck.
        again = Sender(stage.phones[0], stage.server.port, tally, random.Random(9))
        first = stage.ops[stage.phones[0].seed][:5]
        results: list[Any] = []
        repeat = threading.Thread(target=lambda: results.extend(again.deliver(first, stop) or []))
        repeat.start()
        time.sleep(STILL_SECONDS)
        freeze(stage, signal.SIGCONT)
        repeat.join(60)
        for thread in threads:
            thread.join(60)
        again.close()
        faults = chain_faults(stage.settings) + stored_faults(stage.settings, tally)

    assert busy > 0
    assert tally.faults == faults == []
    assert len(tally.acknowledged) == 4 * 24
    assert {one["status"] for one in results} <= {"accepted", "duplicate"}
    assert set(tally.answers) <= {200, 503}


def test_a_full_disk_acknowledges_nothing_that_it_cannot_keep(tmp_path: Path) -> None:
    """SQLite whose files take no more: 503, never 500; with room again everything arrives."""
    with Stage(tmp_path, "sqlite", phones=4, households=4, visits=20) as stage:
        tally, stop = Tally(), threading.Event()
        limit_files(stage, ROOM)
        threads = deliver(stage, tally, stop)
        await_(lambda: tally.answers[503] > 3)
        refused = Counter(tally.answers)
        early = set(tally.acknowledged)
        faults = stored_faults(stage.settings, tally)
        limit_files(stage, resource.RLIM_INFINITY)
        for thread in threads:
            thread.join(60)
        faults += chain_faults(stage.settings) + stored_faults(stage.settings, tally)

    assert refused[503] > 3
    assert set(tally.answers) <= {200, 503}
    assert tally.faults == faults == []
    assert len(early) < 4 * 24
    assert len(tally.acknowledged) == 4 * 24


def limit_files(stage: Stage, size: int) -> None:
    """Let no file of the server be written beyond this."""
    for pid in family(stage.server.pid):
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
