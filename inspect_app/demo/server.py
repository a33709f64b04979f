"""A real server on a loopback port, for the demonstration and for tests that kill it."""

import os
import socket
import subprocess  # nosec B404  # starts our server
import time
from pathlib import Path
from types import TracebackType
from urllib.error import URLError
from urllib.request import urlopen

from inspect_app.demo.errors import DemoError
from inspect_app.serving.command import command, environment
from inspect_app.settings import Settings

START_SECONDS = 60.0


class Server:
    """A gunicorn on a free loopback port; a context manager that leaves nothing running.

    The socket is opened here and inherited, so the port is known and stays ours when the server
    is killed and started again.

    application : another than ours, for tests that wrap it
    """

    def __init__(self, settings: Settings, *, log: Path, application: str | None = None) -> None:
        self.settings = settings
        self.log = log
        self._application = [application] if application else []
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self._socket.set_inheritable(True)
        self.port: int = self._socket.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Process id of the server's first process, which starts the others."""
        assert self._process is not None, "not started"  # nosec B101  # a fact
        return self._process.pid

    def start(self) -> "Server":
        """Start and wait until the server answers; `DemoError` names the log if it does not."""
        fd = self._socket.fileno()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # nosec B603  # our own list of words
                [*command(bind=f"fd://{fd}"), *self._application],
                env=environment(self.settings, os.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(fd,),
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise DemoError("server.ended", log=self.log)
            try:
                with urlopen(f"{self.url}/livez", timeout=5):  # nosec B310  # loopback
                    return self
            except (URLError, OSError):
                time.sleep(0.05)
        raise DemoError("server.silent", seconds=round(START_SECONDS), log=self.log)

    def kill(self) -> None:
        """Kill the whole process group at once, as a power cut would end it."""
        if self._process is not None:
            os.killpg(self._process.pid, 9)
            self._process.wait()

    def stop(self) -> None:
        """Ask the server to finish its requests and end; kill it if it does not."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()

    def __enter__(self) -> "Server":
        try:
            return self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._socket.close()
