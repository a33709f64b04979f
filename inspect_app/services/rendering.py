"""Every report of a campaign drawn from its stored documents, by as many processes as are free.

The parent reads all sheets in one pass and needs the database no more; workers know none. A
manifest beside the reports says what each was drawn from, so that a second run draws only what is
new, changed or damaged.
"""

import json
import multiprocessing
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.verdicts import Edition, Verdict
from inspect_app.rules.errors import Unknown
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import access
from inspect_app.services.documents import digest
from inspect_app.services.editions import EDITIONS
from inspect_app.version import SOFTWARE
from report_templates import press
from report_templates.press import Chunk, Draw, Printed, Sheet
from sampling.progress import Progress, silent

CHUNK = 8
MANIFEST = "manifest.json"
NUMBER = r"\d{6}-\d{4}-\d{2}"
DIED = "a worker died of this sheet"


@dataclass(frozen=True)
class Rendered:
    """What a run did, file by file in the order of their names.

    kept : files that stood already
    cpu : seconds of processor time of all workers; peaks : MB a worker, chunk by chunk
    """

    drawn: tuple[Printed, ...]
    kept: tuple[str, ...]
    failed: tuple[Printed, ...]
    cpu: float = 0.0
    peaks: Mapping[int, Sequence[float]] = field(default_factory=dict)


def stored(session: Session, campaign_id: str, *, by: Caller, at: datetime) -> list[Sheet]:
    """Read both editions of the latest version of every verdict; committed: that they were read.

    Raises
    ------
    Unknown : the campaign has issued no verdict
    """
    by.require(campaign_id, Role.COMMISSIONER, Role.EXPERT)
    latest = (
        select(Verdict.number, func.max(Verdict.version).label("version"))
        .where(Verdict.campaign_id == campaign_id)
        .group_by(Verdict.number)
        .subquery()
    )
    rows = session.execute(
        select(Edition.number, Edition.version, Edition.edition, Edition.document)
        .join(latest, (Edition.number == latest.c.number) & (Edition.version == latest.c.version))
        .order_by(Edition.number, Edition.edition)
    ).all()
    if not rows:
        raise Unknown("The campaign has issued no verdict.")
    access.note_access(session, campaign_id, f"all {len(rows)} editions of verdicts", by=by, at=at)
    return [
        Sheet(_name(number, version, edition), document)
        for number, version, edition, document in rows
    ]


def in_folder(folder: Path) -> list[Sheet]:
    """Read every verdict.json below a folder; a report is named by what its document says.

    A file that is no such document keeps its own name, and fails where it is drawn.

    Raises
    ------
    Unknown : there is no JSON file
    """
    found: dict[str, Sheet] = {}
    for file in sorted(folder.rglob("*.json")):
        if file.name == MANIFEST:
            continue
        content = file.read_bytes()
        name = _named(content) or str(file.relative_to(folder).with_suffix(".pdf"))
        if name in found and found[name].content != content:
            raise Unknown(f"Two documents of {folder} differ and are both {name}.")
        found[name] = Sheet(name, content)
    if not found:
        raise Unknown(f"There is no verdict.json below {folder}.")
    return [found[name] for name in sorted(found)]


def _named(content: bytes) -> str:
    """Name the report of a document by what it says, if that can be a name."""
    try:
        said = json.loads(content)
        number, version, edition = said["number"], int(said["version"]), str(said["edition"])
    except (ValueError, KeyError, TypeError):
        return ""
    sound = edition in EDITIONS and re.fullmatch(NUMBER, str(number))
    return _name(number, version, edition) if sound else ""


def _name(number: str, version: int, edition: str) -> str:
    return f"{edition}/{number}-{version}.pdf"


def render_all(
    sheets: Sequence[Sheet],
    out: Path,
    *,
    workers: int,
    progress: Progress = silent,
    draw: Draw = press.draw,
) -> Rendered:
    """Draw sheets into a folder, each report looked at by the gate.

    Parameters
    ----------
    workers : processes, 1 or more; the files are the same for any number
    progress : told of sheets, those that stand already included
    draw : from a document to a report; a function that another process finds by its name
    """
    manifest = _Manifest(out / MANIFEST)
    kept = [sheet for sheet in sheets if manifest.holds(sheet)]
    standing = {sheet.file for sheet in kept}
    wanted = [sheet for sheet in sheets if sheet.file not in standing]
    progress("render", len(kept), len(sheets))
    results: list[Printed] = []
    peaks: dict[int, list[float]] = {}
    cpu = 0.0
    for chunk in _chunks(wanted, out, workers, draw):
        results += chunk.printed
        cpu += chunk.cpu
        peaks.setdefault(chunk.worker, []).append(chunk.peak)
        manifest.note(chunk.printed)
        progress("render", len(kept) + len(results), len(sheets))
    results.sort(key=lambda one: one.file)
    return Rendered(
        drawn=tuple(one for one in results if not one.fault),
        kept=tuple(sheet.file for sheet in kept),
        failed=tuple(one for one in results if one.fault),
        cpu=cpu,
        peaks=peaks,
    )


class _Manifest:
    """What each report of a folder was drawn from, by which software, and its digest."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.entries: dict[str, Any] = {}
        with suppress(OSError, ValueError, KeyError, TypeError):  # without one all is drawn anew
            self.entries = dict(json.loads(file.read_bytes())["reports"])

    def holds(self, sheet: Sheet) -> bool:
        """Whether the report of a sheet stands in the folder as it was drawn."""
        if sheet.file not in self.entries:
            return False
        try:
            standing = digest((self.file.parent / sheet.file).read_bytes())
        except OSError:
            return False
        return bool(self.entries[sheet.file] == _entry(sheet.digest, standing))

    def note(self, printed: Sequence[Printed]) -> None:
        """Write down what was drawn; nothing of what failed."""
        for one in printed:
            self.entries.pop(one.file, None)
            if not one.fault:
                self.entries[one.file] = _entry(one.document_sha256, one.pdf_sha256)
        said = {"reports": dict(sorted(self.entries.items()))}
        press.write(self.file, json.dumps(said, indent=1).encode())


def _entry(document: str, pdf: str) -> dict[str, str]:
    return {"document": document, "pdf": pdf, "software": SOFTWARE}


def _chunks(sheets: Sequence[Sheet], out: Path, workers: int, draw: Draw) -> Iterator[Chunk]:
    """Yield what workers did as it is done.

    Should one die, the sheets that were on their way are drawn one by one, so that only the sheet
    it died of is lost.
    """
    waiting = deque(list(sheets[at : at + CHUNK]) for at in range(0, len(sheets), CHUNK))
    while waiting:
        lost: list[Sheet] = []
        yield from _until_one_dies(waiting, lost, out, workers, draw)
        yield from _one_by_one(lost, out, draw)


def _until_one_dies(
    waiting: deque[list[Sheet]], lost: list[Sheet], out: Path, workers: int, draw: Draw
) -> Iterator[Chunk]:
    """Take chunks from `waiting`; what a broken pool held goes to `lost`."""
    running: dict[Future[Chunk], list[Sheet]] = {}
    with _pool(min(workers, len(waiting))) as pool:
        while (waiting and not lost) or running:
            while waiting and not lost and len(running) < 2 * workers:
                chunk = waiting.popleft()
                try:
                    running[pool.submit(press.put, chunk, out, draw)] = chunk
                except BrokenProcessPool:
                    lost += chunk
            done, _ = wait(running, return_when=FIRST_COMPLETED)  # none where nothing runs
            for future in done:
                chunk = running.pop(future)
                try:
                    yield future.result()
                except BrokenProcessPool:
                    lost += chunk


def _one_by_one(sheets: Sequence[Sheet], out: Path, draw: Draw) -> Iterator[Chunk]:
    left = deque(sheets)
    while left:
        with _pool(1) as pool:
            while left:
                sheet = left.popleft()
                try:
                    yield pool.submit(press.put, [sheet], out, draw).result()
                except BrokenProcessPool:
                    yield Chunk((Printed(sheet.file, sheet.digest, fault=DIED),), 0, 0.0, 0.0)
                    break


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=press.warm_up
    )
