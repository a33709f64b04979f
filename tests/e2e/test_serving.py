"""A real server: its end loses nothing, its threads cannot be kept, its refusals are problems."""

import gzip
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from databases import migrate
from fieldwork import tasks
from phones import an_interview
from rehearsal import rehearse
from sqlalchemy.orm import Session

from inspect_app import create_app
from inspect_app.demo.cluster import Cluster
from inspect_app.demo.phone import Phone
from inspect_app.demo.server import Server
from inspect_app.extensions import db
from inspect_app.models.ledger import Op
from inspect_app.serving import lock
from inspect_app.serving.command import command, environment
from inspect_app.settings import Settings, SettingsError

ROOT = Path(__file__).parents[2]
SEED = "serving"
THREADS = 4
MEBIBYTE = 2**20


@pytest.fixture(autouse=True, scope="module")
def on_the_path() -> Iterator[None]:
    """Servers find the tests' own application, wherever they are started."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{ROOT / 'tests'}")
        yield


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A small server on SQLite, with its tables."""
    made = replace(Settings.for_folder(tmp_path_factory.mktemp("data")), threads=THREADS)
    migrate(made)
    return made


@pytest.fixture(scope="module")
def server(settings: Settings, on_the_path: None) -> Iterator[Server]:
    """It runs, and gives senders up within a second when others wait."""
    log = settings.data_dir / "log"
    with Server(settings, log=log, application="slow_server:app") as running:
        yield running


def said(port: int, request: bytes, *, wait: float = 30.0) -> bytes:
    """Everything the server says to these bytes until it hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as wire:
        wire.sendall(request)
        return heard(wire)


def heard(wire: socket.socket) -> bytes:
    parts = []
    while True:
        try:
            part = wire.recv(65536)
        except ConnectionResetError:
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts)


def is_problem(answer: bytes, status: int) -> bool:
    """Whether an answer is one problem of this status, and no page."""
    head, _, body = answer.partition(b"\r\n\r\n")
    problem = json.loads(body)
    return (
        head.startswith(b"HTTP/1.1 %d " % status)
        and b"application/problem+json" in head
        and b"<html" not in answer
        and problem["status"] == status
        and problem["type"].startswith("/problems/")
    )


def asked(port: int, path: str = "/livez") -> int:
    """The status of a plain request on a connection of its own."""
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return int(answer.status)


# --- the end -------------------------------------------------------------------------------------


def test_a_stop_finishes_what_was_begun_and_sends_the_rest_away(tmp_path: Path) -> None:
    phone = rehearse(tmp_path, seed=SEED)
    settings = Settings.for_folder(tmp_path, demo_seed=SEED)
    sealed = an_interview(phone, tasks(phone)[0])
    with (
        Server(settings, log=tmp_path / "log", application="slow_server:app") as server,
        ThreadPoolExecutor() as pool,
    ):
        idle = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        idle.request("GET", "/livez")
        idle.getresponse().read()
        slow = pool.submit(push, server.port, phone, sealed, dawdle=6)
        time.sleep(1)  # it is at work by now

        os.kill(pid_of(server), signal.SIGTERM)
        time.sleep(0.5)
        late = said(server.port, b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        idle.request("GET", "/livez")
        kept = idle.getresponse()

        status, answer = slow.result()
        ended = wait_for_end(server)

    assert (status, answer["results"][0]["status"]) == (200, "accepted")
    assert is_problem(late, 503)
    assert re.search(rb"\r\nRetry-After: [2-6][0-9]\r\n", late)
    assert (kept.status, kept.headers["Connection"]) == (200, "close")
    assert ended == 0
    assert stored(settings) == [sealed.op["op_id"]]


def push(port: int, phone: Phone, *sealed: Any, dawdle: float) -> tuple[int, dict[str, Any]]:
    """Send ops over a connection of their own, and wait for as long as it takes."""
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {
        "Authorization": f"Bearer {phone.token}",
        "Content-Type": "application/json",
        "X-Dawdle": str(dawdle),
        "X-Simulated-Time": phone.now.isoformat(),
    }
    wire.request("POST", "/api/v1/sync/push", json.dumps(phone.envelope(list(sealed))), headers)
    answer = wire.getresponse()
    found = answer.status, json.loads(answer.read())
    wire.close()
    return found


def pid_of(server: Server) -> int:
    process = server._process
    assert process is not None
    return process.pid


def wait_for_end(server: Server) -> int:
    process = server._process
    assert process is not None
    return process.wait(timeout=25)


def stored(settings: Settings) -> list[str]:
    with create_app(settings).app_context():
        with Session(db.engine) as session:
            found = [op.op_id for op in session.query(Op)]
        db.session.remove()
        db.engine.dispose()
    return found


# --- one server a folder -------------------------------------------------------------------------


def test_a_second_server_on_a_folder_is_told_so(server: Server, settings: Settings) -> None:
    with pytest.raises(SettingsError, match="another server has"):
        lock.require_free(settings.data_dir, patience=0.3)


def test_a_server_that_was_killed_holds_its_folder_no_longer(tmp_path: Path) -> None:
    migrate(Settings.for_folder(tmp_path))
    with Server(Settings.for_folder(tmp_path), log=tmp_path / "log") as server:
        server.kill()

        lock.require_free(tmp_path)


def test_sqlite_takes_one_process(settings: Settings) -> None:
    refused = subprocess.run(
        command(bind="127.0.0.1:0"),
        env=environment(replace(settings, workers=2), os.environ),
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert refused.returncode == 1
    assert "SQLite 只有一个写入者" in refused.stderr
    assert "one worker process, not 2" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_server_whose_seal_keys_do_not_open_does_not_start(tmp_path: Path) -> None:
    settings = Settings.for_folder(tmp_path)
    migrate(settings)
    settings.keys_dir.mkdir(mode=0o700, exist_ok=True)
    (settings.keys_dir / "seal-s1.json").touch(mode=0o600)

    refused = subprocess.run(
        command(bind="127.0.0.1:0"),
        env=environment(settings, os.environ),
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert refused.returncode == 1
    assert "s1" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_server_without_a_folder_says_what_is_missing() -> None:
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ["PYTHONPATH"]}

    refused = subprocess.run(
        command(bind="127.0.0.1:0"), env=bare, capture_output=True, text=True, timeout=60
    )

    assert refused.returncode != 0
    assert "set EXIT_INSPECTION_DATA" in refused.stderr


# --- what never reaches the application ----------------------------------------------------------


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"get /livez HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 9000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 100 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nno colon here\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
    ],
)
def test_refusals_of_the_server_itself_are_problems(
    server: Server, request_line: bytes, status: int
) -> None:
    assert is_problem(said(server.port, request_line), status)


LOGIN = b"POST /api/v1/logins HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
JSON = b"Content-Type: application/json\r\n"


def test_bodies_are_bounded_before_any_work(server: Server) -> None:
    """Stated, unstated, packed: a hundred mebibytes go nowhere, and the worker does not grow."""
    before = memory(server)
    stated = LOGIN + JSON + b"Content-Length: 104857600\r\n\r\n"
    bomb = gzip.compress(b"[" + b" " * (100 * MEBIBYTE) + b"]")
    packed = LOGIN + JSON + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    broken = LOGIN + JSON + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n0\r\n\r\n"
    deep = b"[" * 60_000
    nested = LOGIN + JSON + b"Content-Length: %d\r\n\r\n" % len(deep)
    strange = LOGIN + JSON + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}"

    assert is_problem(said(server.port, stated), 413)
    assert is_problem(said(server.port, packed + bomb), 413)
    assert is_problem(said(server.port, broken), 400)
    assert is_problem(said(server.port, nested + deep), 400)
    assert is_problem(said(server.port, strange), 415)
    assert is_problem(endless(server.port), 413)
    assert memory(server) - before < 64 * MEBIBYTE


def endless(port: int) -> bytes:
    """Send chunks for as long as the server takes them, a hundred mebibytes at most."""
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as wire:
        wire.sendall(LOGIN + JSON + b"Transfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(1600):
                wire.sendall(chunk)
        except OSError:
            pass  # it has heard enough
        return heard(wire)


def memory(server: Server) -> int:
    """Resident bytes of the one worker, as the server tells them itself."""
    with urlopen(f"{server.url}/metrics", timeout=30) as page:
        text = page.read().decode()
    return int(float(re.findall(r"^exit_inspection_memory_bytes\{[^}]*\} (\S+)$", text, re.M)[0]))


# --- slow senders --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "begun", [b"", b"GET /livez HTT", LOGIN + JSON + b"Content-Length: 900\r\n\r\n{"]
)
def test_senders_who_do_not_send_keep_nobody_out(server: Server, begun: bytes) -> None:
    """Three times as many as there are threads; those in the way are told, or hung up on."""
    wires = [socket.create_connection(("127.0.0.1", server.port), 30) for _ in range(3 * THREADS)]
    for wire in wires:
        wire.sendall(begun)

    assert asked(server.port) == 200

    if begun:
        assert is_problem(heard(wires[0]), 408)
    for wire in wires:
        wire.close()


def test_a_body_in_drops_is_given_up_when_others_wait(server: Server) -> None:
    wires = [socket.create_connection(("127.0.0.1", server.port), 30) for _ in range(2 * THREADS)]
    for wire in wires:
        wire.sendall(LOGIN + JSON + b"Content-Length: 900\r\n\r\n")
    with ThreadPoolExecutor() as pool:
        asking = pool.submit(asked, server.port)
        while not asking.done():
            for wire in wires:
                try:
                    wire.send(b" ")
                except OSError:
                    continue  # given up already
            time.sleep(0.1)

    assert asking.result() == 200
    for wire in wires:
        wire.close()


def test_a_slow_sender_is_heard_while_nobody_waits(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 30) as wire:
        wire.sendall(LOGIN + JSON + b"Content-Length: 2\r\n\r\n{")
        time.sleep(2.5)  # longer than a crowd would be patient
        wire.sendall(b"}")

        assert is_problem(heard(wire), 422)


# --- two processes -------------------------------------------------------------------------------


def test_two_processes_add_up_what_they_count(tmp_path: Path) -> None:
    with Cluster() as cluster:
        url = cluster.url("postgres")
        settings = replace(
            Settings.for_folder(tmp_path), database_url=url, workers=2, threads=THREADS
        )
        migrate(settings)
        stale = settings.counts_dir / "counter_1.db"
        stale.parent.mkdir()
        stale.write_bytes(b"of an earlier start")
        with Server(settings, log=tmp_path / "log") as server:
            first = alive(server)
            for _ in range(30):
                assert asked(server.port) == 200
            workers = pids(server)
            os.kill(workers[0], signal.SIGKILL)
            time.sleep(0.5)
            statuses = {asked(server.port) for _ in range(10)}
            last = alive(server)

        assert not stale.exists()
        assert len(workers) == 2
        assert statuses == {200}
        assert last - first == 40


def alive(server: Server) -> int:
    """How often the server says that it was asked whether it lives."""
    text = page_of(server)
    pattern = r'^exit_inspection_requests_total\{method="GET",route="/livez",status="200"\} (\S+)$'
    return int(float(re.findall(pattern, text, re.M)[0]))


def pids(server: Server) -> list[int]:
    return [int(pid) for pid in re.findall(r'memory_bytes\{pid="(\d+)"\}', page_of(server))]


def page_of(server: Server) -> str:
    with urlopen(f"{server.url}/metrics", timeout=30) as page:
        text: str = page.read().decode()
    return text
