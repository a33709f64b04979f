"""What gunicorn is told: `gunicorn -c python:inspect_app.serving.configuration`.

The embedded server and production read this one file; what differs is in the environment
(docs/operations.md). Read by gunicorn alone: importing it needs a data folder.
"""

import gc
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from inspect_app.messages import say
from inspect_app.rules.sealkeys import SealKeyError
from inspect_app.services import keyrings
from inspect_app.serving import lock
from inspect_app.settings import Settings, SettingsError

settings = Settings.from_environment(os.environ)

wsgi_app = "inspect_app:from_environment()"
worker_class = "inspect_app.serving.worker.Worker"
logger_class = "inspect_app.serving.journal.Journal"
bind = os.environ.get("EXIT_INSPECTION_BIND", "127.0.0.1:8000")
workers = settings.workers
threads = settings.threads
preload_app = False  # engines are made after the fork
control_socket_disable = True  # a second server would silently take it over

keepalive = 30  # phones come back within seconds, over links that take seconds to open
timeout = 60
graceful_timeout = 25  # seconds that requests in flight have after SIGTERM
worker_connections = 2000
MEMORY = "/dev/shm"  # nosec B108  # gunicorn names its own file, and unlinks it at once
worker_tmp_dir = MEMORY if Path(MEMORY).is_dir() else None  # a heartbeat needs no disk
umask = 0o007  # of a Unix socket: the proxy's group, nobody else

limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

loglevel = "warning"
accesslog = None  # the application logs each request, without address and query

# Headers of proxies are believed in one place, the application, and only if they are ours.
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""


def on_starting(server: Any) -> None:
    """Refuse what cannot work, hold the folder, and make room for the counts of the workers."""
    try:
        if settings.database_url.startswith("sqlite"):
            if server.cfg.workers > 1:
                raise SettingsError(say("serve.one", count=server.cfg.workers))
            lock.hold(settings.data_dir)
        keyrings.ring(settings)  # those that do not open end the start, and not the evening
    except (SettingsError, SealKeyError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    if server.cfg.workers > 1:
        shutil.rmtree(settings.counts_dir, ignore_errors=True)
        settings.counts_dir.mkdir(parents=True, mode=0o700)
        # The library reads this once, when a worker imports it.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(settings.counts_dir)
    else:
        os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)


def post_worker_init(_worker: Any) -> None:
    """Keep what lives as long as the worker out of the collector's rounds, each 0.2 s over it.

    And let it go round seldom: nearly all that a push makes goes by itself when it is answered.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def nworkers_changed(server: Any, new: int, _old: int | None) -> None:
    """Keep SQLite to one process when a signal asks for more."""
    if new > 1 and _old is not None and settings.database_url.startswith("sqlite"):
        server.num_workers = 1


def child_exit(_server: Any, worker: Any) -> None:
    """Take what a dead worker counted as living out of the sums."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
