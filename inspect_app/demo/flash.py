"""A phone's storage: its whole state in one file, in place and flushed before anything rests on it.

`keep` returns when the state is on the disk; only then does a phone say that something is sealed,
or forget what it was sent for. Whatever ends the process leaves the state of before or of after.
Photos lie beside it under their hash, there before any state that names them.
"""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspect_app.demo.link import Link
from inspect_app.demo.outbox import KeptFile, Sealed
from inspect_app.demo.tasks import Task

if TYPE_CHECKING:
    from inspect_app.demo.phone import Phone

STATE = "state.json"
PLAIN = (
    "seed",
    "simulates",
    "campaign_id",
    "token",
    "state",
    "cursor",
    "receipt_keys",
    "draws",
    "drafts",
    "returns",
    "max_visits",
    "dispositions",
    "visits",
    "offsets",
    "impatient",
    "waiting",
    "is_wiped",
    "pushes",
    "boots",
)
"""What of a phone is JSON as it stands."""
SETS = ("acked", "complete")


class Flash:
    """The storage of one phone in a folder of its own.

    battery : asked at every step of a write; one that is empty ends the process there
    """

    def __init__(self, folder: Path, battery: Callable[[str], None] = lambda _step: None) -> None:
        self.folder, self.battery = folder, battery
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever kept here, or all of it was lost."""
        return not (self.folder / STATE).exists()

    def keep(self, phone: "Phone") -> None:
        """Keep the whole state of a phone; on return it survives the process and the battery."""
        self.battery("before")
        for sha256, kept in phone.files.items():
            if not (self.folder / sha256).exists():
                self._write(sha256, kept.data)
        self._write(STATE, json.dumps(remembered(phone), ensure_ascii=False).encode())
        self.battery("after")
        for path in self.folder.iterdir():
            if path.name != STATE and path.name not in phone.files:
                path.unlink()

    def restart(self, link: Link, *, now: datetime) -> "Phone":
        """Start the phone again from what was kept; its counter of milliseconds begins anew."""
        from inspect_app.demo.phone import Phone

        state = json.loads((self.folder / STATE).read_bytes())
        until = state["token_until"]
        known: dict[str, Any] = {name: state[name] for name in PLAIN}
        known |= {name: set(state[name]) for name in SETS}
        phone = Phone(
            link,
            **known,
            now=now,
            clock_error=timedelta(seconds=state["clock_error"]),
            token_until=datetime.fromisoformat(until) if until else None,
            tasks={task["unit_id"]: Task(**task) for task in state["tasks"]},
            outbox=[Sealed(one["op"], one["result"], set(one["needs"])) for one in state["outbox"]],
            files={
                sha256: KeptFile(type, (self.folder / sha256).read_bytes())
                for sha256, type in state["files"].items()
            },
            flash=self,
        )
        phone.boots += 1
        # How far an upload came is for the server to say.
        phone.doubtful = set(phone.files)
        self.keep(phone)
        return phone

    def lose(self) -> None:
        """Lose everything, as a browser does that needs the room."""
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    def _write(self, name: str, content: bytes) -> None:
        """Write a file whole: beside its place, flushed, renamed, and the folder flushed."""
        part = self.folder / f"{name}.part"
        half = len(content) // 2
        with part.open("wb") as file:
            file.write(content[:half])
            file.flush()
            self.battery("half")
            file.write(content[half:])
            file.flush()
            os.fsync(file.fileno())
        self.battery("written")
        part.rename(self.folder / name)
        self.battery("named")
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remembered(phone: "Phone") -> dict[str, Any]:
    """Return all that a phone must know after a restart, as JSON."""
    return {
        **{name: getattr(phone, name) for name in PLAIN},
        **{name: sorted(getattr(phone, name)) for name in SETS},
        "clock_error": phone.clock_error.total_seconds(),
        "token_until": phone.token_until.isoformat() if phone.token_until else None,
        "tasks": [asdict(task) for task in phone.tasks.values()],
        "outbox": [
            {"op": sealed.op, "result": sealed.result, "needs": sorted(sealed.needs)}
            for sealed in phone.outbox
        ],
        "files": {sha256: kept.type for sha256, kept in phone.files.items()},
    }
