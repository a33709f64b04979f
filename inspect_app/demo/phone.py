"""The reference client: what a phone of an enumerator does, without its screen.

It enrols, hears what to do, draws a roster offline, seals interviews and visits, and sends the
same bytes until it holds a receipt for each. Everything random follows from its seed, so a
demonstration repeats itself; docs/sync-protocol.md tells the protocol.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from inspect_app.demo.identity import Identity, base64url
from inspect_app.demo.link import Answer, Link, PhoneRefused
from inspect_app.demo.outbox import (
    Arrangement,
    KeptFile,
    Sealed,
    awaited,
    manifest,
    named_files,
)
from inspect_app.demo.tasks import Task, drawn, is_far, open_now
from inspect_app.demo.uploads import CHUNK, CHUNK_TYPE, Uploads
from inspect_app.rules.ops import roster_id
from inspect_app.rules.reserves import INTERVIEW, Outcome, outcome

if TYPE_CHECKING:
    from inspect_app.demo.flash import Flash

__all__ = ["CHUNK_TYPE", "Phone", "PhoneRefused", "PortalMet", "Sealed", "Task"]

APP = "reference/1"
SERVICE = "exit-inspection-sync"
CHINA = timedelta(hours=8)
PROTOCOL = "1"
ORDERED = frozenset({"locked", "draining", "wiped"})
STOPPED = ORDERED | {"superseded"}


class PortalMet(PhoneRefused):
    """Somebody else answered in the server's place; nothing was sent."""


@dataclass
class Phone:
    """One phone; `now` is moved by whoever plays with it.

    seed : everything of this phone that is random follows from it
    clock_error : phone time minus true time
    simulates : send the present of the play along, for a demonstration server
    impatient : draw from a list far from the register's without the supervisor's release
    waiting : lists that wait for it, by village
    max_visits : after how many nobody needs to be met any more, by the rule book
    visits : when a household was visited, by number of the visit
    drafts : answers so far, by household; gone when the interview is sealed
    flash : where its state is kept; without one it ends with the process
    boots : how often it was started again
    """

    link: Link
    seed: str
    now: datetime
    clock_error: timedelta = timedelta()
    simulates: bool = True
    campaign_id: str = ""
    token: str = ""
    token_until: datetime | None = None
    state: str = "new"
    cursor: str | None = None
    receipt_keys: list[dict[str, str]] = field(default_factory=list)
    tasks: dict[str, Task] = field(default_factory=dict)
    draws: dict[str, dict[str, Any]] = field(default_factory=dict)
    returns: dict[str, dict[str, Any]] = field(default_factory=dict)
    max_visits: int = 3
    dispositions: dict[str, str] = field(default_factory=dict)
    visits: dict[str, dict[str, str]] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    outbox: list[Sealed] = field(default_factory=list)
    acked: set[str] = field(default_factory=set)
    complete: set[str] = field(default_factory=set)
    files: dict[str, KeptFile] = field(default_factory=dict)
    offsets: dict[str, int] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    impatient: bool = False
    waiting: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    drafts: dict[str, dict[str, Any]] = field(default_factory=dict)
    is_wiped: bool = False
    pushes: int = 0
    boots: int = 0
    flash: "Flash | None" = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("a phone lives in a time with an offset")
        self.booted = self.now

    # --- who it is -------------------------------------------------------------------------

    @property
    def identity(self) -> Identity:
        return Identity(self.seed)

    @property
    def device_id(self) -> str:
        return self.identity.device_id

    @property
    def public_key(self) -> dict[str, str]:
        return self.identity.public_key

    def sign(self, text: str) -> str:
        """Sign with the device key, as browsers do."""
        return self.identity.sign(text)

    def enrol(self, code: str) -> None:
        """Come in with a one-time code."""
        answer = self._send(
            "POST",
            "/devices/enrol",
            {
                "code": code,
                "device_id": self.device_id,
                "public_key": self.public_key,
                "app": APP,
            },
        )
        welcome = self._expect(answer, 200, 201)
        self.campaign_id = welcome["campaign"]
        self.receipt_keys = welcome["receipt_keys"]
        self.max_visits = welcome["policy"]["max_visits"]
        self._take_token(welcome)
        self.state = "active"
        self.save()

    def greet(self) -> dict[str, Any]:
        """Ask who answers; anything but the marker is somebody else's page."""
        answer = self._send("GET", "/hello")
        try:
            hello = self._expect(answer, 200)
        except PhoneRefused as error:
            raise PortalMet(answer) from error
        if not isinstance(hello, dict) or hello.get("service") != SERVICE:
            raise PortalMet(answer)
        return hello

    def renew_token(self) -> None:
        """Sign the server's nonce and get a token for a day."""
        nonce = self.greet()["nonce"]
        answer = self._send(
            "POST",
            "/devices/token",
            {"device_id": self.device_id, "nonce": nonce, "signature": self.sign(nonce)},
        )
        self._take_token(self._expect(answer, 200))
        self.save()

    # --- what it is told -------------------------------------------------------------------

    def pull(self) -> list[dict[str, Any]]:
        """Fetch everything new from the feed; items and cursor are kept together."""
        heard: list[dict[str, Any]] = []
        more = True
        while more:
            query = f"?cursor={self.cursor}" if self.cursor else ""
            stated = {"X-Sync-Protocol": PROTOCOL, "X-Device-Now": self._device_now()}
            answer = self._authorised("GET", f"/sync/pull{query}", headers=stated)
            page = self._expect(answer, 200)
            for item in page["items"]:
                self._take(item)
            heard += page["items"]
            self.cursor, self.state = page["next_cursor"] or self.cursor, page["state"]
            self.save()
            more = page["more"]
        self._obey()
        return heard

    def _obey(self) -> None:
        """Become what was ordered: send what is left, or forget everything and say so."""
        if self.state == "draining":
            self.push()
            self.heartbeat()
        if self.state == "wiped" and not self.is_wiped:
            self.is_wiped = True
            for kept in (
                self.outbox,
                self.tasks,
                self.draws,
                self.returns,
                self.waiting,
                self.drafts,
                self.files,
            ):
                kept.clear()
            self.save()
            self.heartbeat()

    def _take(self, item: dict[str, Any]) -> None:
        match item["type"]:
            case "assign":
                task = Task(**{key: item[key] for key in Task.__dataclass_fields__})
                self.tasks[task.unit_id] = task
            case "roster_draw":
                self.draws[item["village_code"]] = item
            case "return":
                self.returns[item["interview_id"]] = item
            case "revoke":
                self.tasks.pop(item["unit_id"], None)
                left = {task.village_code for task in self.tasks.values()}
                if item["unit_id"] is None or item["village_code"] not in left:
                    self.draws.pop(item["village_code"], None)
            case "roster_release":
                if item["village_code"] in self.waiting:
                    self._draw(item["village_code"], self.waiting.pop(item["village_code"]))
            case "command":
                self.state = item["state"]
            case "ack":
                self.acked.add(item["op_id"])
                if item["complete"]:
                    self.complete.add(item["op_id"])
            case _:
                pass  # newer servers know types that this phone does not

    # --- what it does in the village ---------------------------------------------------------

    def seal_roster(self, village_code: str, households: Sequence[dict[str, Any]]) -> list[Task]:
        """Seal the list of a village, then draw from it offline; the households to visit.

        Nothing yet where the count is too far from the register's: the supervisor must release
        the draw first.

        households : rows `unit_id village_code household_class persons line`, in the order listed
        """
        told = self.draws[village_code]
        self._seal(
            "roster",
            f"roster/{village_code}",
            {
                "village_code": village_code,
                "household_class": told["household_class"],
                "households": list(households),
            },
            interview_id=roster_id(self.campaign_id, village_code),
        )
        if is_far(told, households) and not self.impatient:
            self.waiting[village_code] = list(households)
            tasks: list[Task] = []
        else:
            tasks = self._draw(village_code, households)
        self.save()
        return tasks

    def _draw(self, village_code: str, households: Sequence[dict[str, Any]]) -> list[Task]:
        """Draw from a sealed list with the village's seed."""
        tasks = drawn(self.draws[village_code], households, self.campaign_id)
        self.tasks.update({task.unit_id: task for task in tasks})
        return tasks

    def to_visit(self, village_code: str) -> list[Task]:
        """The households that may be visited now: the sample, and the reserves opened in order."""
        if self.state in STOPPED:
            return []
        here = (task for task in self.tasks.values() if task.village_code == village_code)
        return open_now(here, self.outcomes, max_visits=self.max_visits)

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """What came of each household visited so far."""
        return {
            unit_id: outcome(disposition, self.visits[unit_id].values())
            for unit_id, disposition in self.dispositions.items()
        }

    def _note_visit(self, unit_id: str, visit_no: int, disposition: str) -> None:
        self.dispositions[unit_id] = disposition
        self.visits.setdefault(unit_id, {})[str(visit_no)] = self._device_now()

    def keep(self, data: bytes, *, type: str = "image/jpeg") -> str:
        """Keep a file for an interview about to be sealed; return the hash that answers name."""
        sha256 = hashlib.sha256(data).hexdigest()
        self.files[sha256] = KeptFile(type, data)
        return sha256

    def draft(self, unit_id: str, answers: dict[str, Any]) -> None:
        """Keep what was answered so far; a phone does so with every answer."""
        self.drafts[unit_id] = answers
        self.save()

    def seal_interview(self, unit_id: str, answers: dict[str, Any]) -> Sealed:
        """Seal an interview; after a return it is the answer to that return."""
        task = self.tasks[unit_id]
        asked = self.returns.get(task.interview_id)
        base_rev = asked["base_rev"] if asked else 0
        sealed = self._seal(
            "interview",
            f"interview/{unit_id}/{task.round}/{base_rev}",
            {"unit_id": unit_id, "round": task.round, "answers": answers},
            interview_id=task.interview_id,
            base_rev=base_rev,
            return_id=asked["return_id"] if asked else None,
            form_id=task.form_id,
            version=task.version,
            blobs=named_files(answers, self.files),
        )
        self._note_visit(unit_id, INTERVIEW, answers["disposition"])
        self.drafts.pop(unit_id, None)
        self.save()
        return sealed

    def seal_contact(
        self, unit_id: str, *, visit_no: int, disposition: str, note: str = ""
    ) -> Sealed:
        """Seal a visit that brought no interview."""
        task = self.tasks[unit_id]
        sealed = self._seal(
            "contact",
            f"contact/{unit_id}/{task.round}/{visit_no}",
            {
                "unit_id": unit_id,
                "round": task.round,
                "visit_no": visit_no,
                "disposition": disposition,
                "at": self._device_now(),
                "note": note,
            },
            interview_id=task.interview_id,
        )
        self._note_visit(unit_id, visit_no, disposition)
        self.save()
        return sealed

    def _seal(self, kind: str, name: str, content: dict[str, Any], **envelope: Any) -> Sealed:
        body = json.dumps(
            {"salt": base64url(self.identity.bytes(f"salt/{name}", 16)), **content},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        op = {
            "op_id": self.identity.uuid(f"op/{name}"),
            "kind": kind,
            "captured_at": self._device_now(),
            "boot_id": self._boot_id,
            "mono_ms": self._mono_ms(),
            "body_sha256": hashlib.sha256(body.encode()).hexdigest(),
            "body": body,
            **envelope,
        }
        sealed = Sealed(op)
        self.outbox.append(sealed)
        return sealed

    # --- sending ---------------------------------------------------------------------------

    @property
    def unsent(self) -> list[Sealed]:
        """Ops without a result that lets the phone delete them, in the order sealed."""
        return [sealed for sealed in self.outbox if not sealed.is_done]

    def contact(self, *, batch: int = 20, arranged: Arrangement = list) -> list[dict[str, Any]]:
        """Ask who answers, then send and hear everything; what was heard.

        Raises
        ------
        PortalMet : somebody else answers; nothing was sent
        """
        self.greet()
        self.push(batch=batch, arranged=arranged)
        return self.pull()

    def push(
        self,
        *,
        batch: int = 20,
        on_batch: Callable[[int], None] = lambda _count: None,
        arranged: Arrangement = list,
    ) -> list[dict[str, Any]]:
        """Send everything unsent in batches, then the files; results in the order sent.

        on_batch : called with the count of ops after each batch
        arranged : puts what is unsent into another order than that of sealing
        """
        results: list[dict[str, Any]] = []
        waiting = arranged(self.unsent)
        for start in range(0, len(waiting), batch):
            part = waiting[start : start + batch]
            results += self.push_once(part)
            on_batch(len(part))
        self.upload()
        return results

    def heartbeat(self) -> None:
        """Push nothing but the manifest."""
        self.push_once([])

    def push_once(self, part: Sequence[Sealed]) -> list[dict[str, Any]]:
        """Send one batch, whatever it takes, and keep the results."""
        self.pushes += 1
        envelope = self.envelope(part)
        answer = self._authorised(
            "POST", "/sync/push", envelope, name=f"{self.seed}/push/{self.pushes}"
        )
        results: list[dict[str, Any]] = self._expect(answer, 200)["results"]
        for sealed, result in zip(part, results, strict=True):
            if result["op_id"] != sealed.op["op_id"]:
                raise PhoneRefused(answer)
            if result["body_sha256"] == sealed.op["body_sha256"]:
                sealed.result = result
                sealed.needs = set(result["need_blobs"])
        self.save()
        return results

    def upload(self, *, chunk: int = CHUNK) -> None:
        """Send the files that the server waits for, and drop the copies nobody waits for.

        One that is not taken holds up nothing else; an op whose file is not awaited is sent again.
        """
        for sealed in self.outbox:
            for sha256 in sorted(sealed.needs & self.files.keys()):
                try:
                    self._uploads.send(sha256, chunk)
                except PhoneRefused as error:
                    if error.status not in (404, 413):
                        raise
                    if error.status == 404:
                        sealed.result = None
                    continue
                for other in self.outbox:
                    other.needs.discard(sha256)
                self.save()
        waiting = awaited(self.outbox)
        self.files = {key: kept for key, kept in self.files.items() if key in waiting}
        self.save()

    def ask_offset(self, sha256: str) -> int:
        """Ask how much of a file has arrived."""
        return self._uploads.ask_offset(sha256)

    def send_chunk(self, sha256: str, offset: int, *, chunk: int = CHUNK) -> Answer:
        """Send the piece of a file that starts at an offset."""
        return self._uploads.send_chunk(sha256, offset, chunk)

    @property
    def _uploads(self) -> Uploads:
        return Uploads(self._authorised, self.seed, self.files, self.offsets, self.doubtful)

    def envelope(self, part: Iterable[Sealed]) -> dict[str, Any]:
        """The JSON of one push: the batch and the manifest of all that is unsent.

        What it was ordered to become, a phone says to a server that knows the field.
        """
        reached = {}
        if self.state in ORDERED and "device-state" in self.greet()["features"]:
            reached = {"state": self.state}
        return reached | {
            "device_now": self._device_now(),
            "boot_id": self._boot_id,
            "mono_ms": self._mono_ms(),
            "app": APP,
            "manifest": manifest(self.unsent),
            "ops": [sealed.op for sealed in part],
        }

    def _authorised(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | bytes | None = None,
        *,
        name: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        if self.token_until is None or self.token_until <= self.now:
            self.renew_token()
        answer = self._send(method, path, body, name=name, token=self.token, headers=headers)
        if answer.status == 401:
            self.renew_token()
            answer = self._send(method, path, body, name=name, token=self.token, headers=headers)
        return answer

    def _send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | bytes | None = None,
        *,
        name: str | None = None,
        token: str = "",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        headers = {"Accept": "application/json", **(headers or {})}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if self.simulates:
            headers["X-Simulated-Time"] = self.now.isoformat()
        return self.link.request(method, f"/api/v1{path}", body, headers=headers, name=name)

    @staticmethod
    def _expect(answer: Answer, *statuses: int) -> Any:
        if answer.status not in statuses:
            raise PhoneRefused(answer)
        try:
            return answer.json()
        except ValueError as error:  # a captive portal answers 200 with a page
            raise PhoneRefused(answer) from error

    def _take_token(self, given: dict[str, Any]) -> None:
        self.token = given["access_token"]
        self.token_until = datetime.fromisoformat(given["expires_at"])

    def save(self) -> None:
        """Put everything on the flash, as one; what follows may rest on it."""
        if self.flash is not None:
            self.flash.keep(self)

    # --- time and chance ---------------------------------------------------------------------

    def _device_now(self) -> str:
        shown = (self.now + self.clock_error).astimezone(UTC) + CHINA
        return shown.replace(tzinfo=None).isoformat(timespec="milliseconds") + "+08:00"

    @property
    def _boot_id(self) -> str:
        return self.identity.uuid(f"boot/{self.boots}" if self.boots else "boot")

    def _mono_ms(self) -> int:
        return max(0, round((self.now - self.booted).total_seconds() * 1000)) + self.pushes
