"""Every phone of a county comes back into signal at the same moment.

Small here. With all two hundred phones:

    python -m pytest tests/e2e/test_storm.py --phones 200
"""

import gzip
import http.client
import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from crash import Stage, chain_faults
from crowds import at_once
from figures import FIGURES

from inspect_app.demo.phone import Phone

KINDS = ("sqlite", "postgres")
COPIES = 8
PATIENCE = 120.0
GROWTH = 1.25
"""What a server may grow between the first storm and the last, of caches that fill."""


def packed(phone: Phone, ops: Sequence[dict[str, Any]]) -> bytes:
    """The bytes of one push."""
    envelope = {**phone.envelope([]), "manifest": None, "ops": list(ops)}
    return gzip.compress(json.dumps(envelope, ensure_ascii=False).encode(), 1)


def post(stage: Stage, phone: Phone, body: bytes) -> tuple[int, str | None, Any]:
    """Send one push over a connection of its own: status, Retry-After, and what was answered."""
    connection = http.client.HTTPConnection("127.0.0.1", stage.server.port, timeout=120)
    try:
        headers = {
            "Authorization": f"Bearer {phone.token}",
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
        }
        connection.request("POST", "/api/v1/sync/push", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Retry-After"), json.loads(answer.read())
    finally:
        connection.close()


def together(acts: Sequence[Callable[[], None]]) -> None:
    """Let all of these begin at the same moment, and wait for the last."""
    at_once(len(acts), lambda n: acts[n]())


def memory(stage: Stage) -> float:
    """Resident memory of all the server's processes, MiB."""
    first = stage.server.pid
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    kib = 0
    for pid in (first, *children):
        status = Path(f"/proc/{pid}/status").read_text()
        kib += int(status.partition("VmRSS:")[2].split()[0])
    return kib / 1024


@pytest.mark.parametrize("kind", KINDS)
def test_of_eight_copies_at_once_one_is_accepted(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    heard: list[tuple[int, Any]] = []

    with Stage(tmp_path, kind, phones=40, households=1, visits=0) as stage:
        pushes = [(phone, packed(phone, stage.ops[phone.seed])) for phone in stage.phones]

        def send(phone: Phone, body: bytes) -> Callable[[], None]:
            def act() -> None:
                status, _, answer = post(stage, phone, body)
                heard.append((status, answer))

            return act

        together([send(*push) for push in pushes for _ in range(COPIES)])
        faults = chain_faults(stage.settings)

    answers = Counter(status for status, _ in heard)
    results = [answer["results"][0] for status, answer in heard if status == 200]
    statuses = Counter(result["status"] for result in results)
    receipts = {(result["op_id"], result["receipt"]["sig"]) for result in results}
    request.config.stash[FIGURES].append(f"{kind}: 320 posts at once, {dict(statuses)}")
    assert answers == {200: 320}
    assert statuses == {"accepted": 40, "duplicate": 280}
    assert len(receipts) == 40
    assert faults == []


@pytest.mark.parametrize("kind", KINDS)
def test_all_phones_at_once_are_served(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    count = request.config.getoption("phones")
    answers: Counter[int] = Counter()
    seconds: list[float] = []
    statuses: Counter[str] = Counter()

    with Stage(tmp_path, kind, phones=count, households=20, visits=60) as stage:

        def send(phone: Phone, ops: Sequence[dict[str, Any]]) -> Callable[[], None]:
            body, dice = packed(phone, ops), random.Random(f"{phone.seed}/{ops[0]['op_id']}")

            def act() -> None:
                deadline = time.monotonic() + PATIENCE
                while time.monotonic() < deadline:
                    began = time.perf_counter()
                    status, retry_after, answer = post(stage, phone, body)
                    seconds.append(time.perf_counter() - began)
                    answers[status] += 1
                    if status == 200:
                        statuses.update(result["status"] for result in answer["results"])
                        return
                    assert retry_after is not None
                    # A phone waits that long; this one has less time.
                    time.sleep(dice.uniform(0, int(retry_after) / 20))

            return act

        storms = []
        for start in range(0, 80, 20):
            together(
                [send(phone, stage.ops[phone.seed][start : start + 20]) for phone in stage.phones]
            )
            storms.append(memory(stage))
        faults = chain_faults(stage.settings)

    slowest = statistics.quantiles(seconds, n=20)[-1]
    request.config.stash[FIGURES].append(
        f"{kind}: {count} phones x 20 ops at once, 4 times: {dict(answers)}, p95 {slowest:.2f} s, "
        f"memory {', '.join(f'{one:.0f}' for one in storms)} MiB"
    )
    assert set(answers) <= {200, 429, 503}
    assert statuses.total() == count * 80
    assert set(statuses) <= {"accepted", "duplicate"}
    assert faults == []
    assert storms[-1] < storms[0] * GROWTH
