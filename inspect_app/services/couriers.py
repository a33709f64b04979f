"""Couriers: what a phone sealed, brought as a file by the leader of its team.

The file takes the road of a push, line by line, so that importing it twice, or a sync in between,
leaves one copy. What was answered is kept and can be handed back to the phone as a file.
"""

import json
import re
import uuid
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from inspect_app.models.devices import Device
from inspect_app.models.samples import Enumerator
from inspect_app.models.seals import CarriedFile
from inspect_app.rules.chain import stamp
from inspect_app.rules.errors import BlobNotExpected, Invalid, Unknown
from inspect_app.rules.ops import Push, Result
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import access, blobs, fleet, sync
from inspect_app.services.seals import Read
from inspect_app.services.transactions import reading, writing
from inspect_app.settings import Settings

FORMAT, RECEIPTS_FORMAT = "xfz/1", "xfz-receipts/1"
FILE = re.compile(r"blobs/([0-9a-f]{64})", re.ASCII)
ENTRIES, LINES = 5000, 500
MANIFEST_BYTES = 2 * 1024 * 1024
TEXT_MOST = 40
ENCRYPTED = 1

ReadPush = Callable[[bytes], Push]
"""Reads one line of a file as the envelope of a push; Invalid for anything else."""


@dataclass(frozen=True)
class Upload:
    """A sealed file as somebody sends it.

    content : open for reading, from its beginning; sha256, bytes : of all of it
    """

    content: BinaryIO = field(repr=False)
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Carried:
    """A sealed file that was brought, and what was answered to each op in it."""

    id: str
    device_id: str
    enumerator: str
    sha256: str
    bytes: int
    made_at: str
    carried_by: str
    carried_at: datetime
    results: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class _Archive:
    """An archive that was looked at before anything of it was believed."""

    zip: zipfile.ZipFile
    manifest: dict[str, Any]

    def lines(self, limit: int) -> Iterator[bytes]:
        """The pushes, one a line, each of at most `limit` bytes."""
        with self.zip.open("ops.ndjson") as file:
            for n in range(LINES + 1):
                line = file.readline(limit + 1)
                if not line:
                    return
                if len(line) > limit or n == LINES:
                    raise Invalid("The file holds longer or more pushes than are taken.")
                if line.strip():
                    yield line

    def files(self) -> dict[str, str]:
        """Names of the sealed photos by their hashes."""
        found = (FILE.fullmatch(name) for name in self.zip.namelist())
        return {one.group(1): one.group(0) for one in found if one}


def bring(
    session: Session,
    campaign_id: str,
    upload: Upload,
    *,
    read_push: ReadPush,
    read: Read,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> Carried:
    """Take a sealed file of a phone of the own team: its ops as a push, then its photos.

    Committed: push by push as ever, photo by photo, at last who brought which file and what was
    answered. Stopped half-way, the same file again takes the rest.

    Raises
    ------
    Invalid : it is no sealed file, or of another campaign
    Unknown : the caller's team has no such phone
    """
    by.require(campaign_id, Role.TEAM_LEADER)
    with _opened(upload.content, settings) as archive:
        device_id = str(archive.manifest["device_id"])
        phone = fleet.phone_of_team(session, device_id, by=by)
        if (phone.campaign_id, archive.manifest["campaign"]) != (campaign_id, campaign_id):
            raise Invalid("The file is of another campaign.")
        # All is read before anything is taken: a file with one bad line is another file.
        pushes = [read_push(line) for line in archive.lines(settings.limits.request_bytes)]
        results: dict[str, Result] = {}
        session.rollback()  # what was read so far; each push has a transaction of its own
        with reading(session) as connection:
            for push in pushes:
                own = replace(push, device_id=device_id)
                told = sync.push(connection, own, read=read, by=by, settings=settings, at=at)
                results |= {one.op_id: one for one in told.results}
        needed = {sha256 for one in results.values() for sha256 in one.need_blobs}
        names = archive.files()
        for sha256 in sorted(needed & names.keys()):
            content = archive.zip.read(names[sha256])
            _take(session, campaign_id, device_id, sha256, content, settings=settings, at=at)
        made_at = str(archive.manifest["made_at"])[:TEXT_MOST]
    return _keep(session, campaign_id, device_id, upload, made_at, results.values(), by=by, at=at)


def listed(
    session: Session, campaign_id: str, *, by: Caller, after: str | None, limit: int
) -> list[Carried]:
    """List what was brought of phones of the own team, the latest first."""
    membership = by.require(campaign_id, Role.TEAM_LEADER)
    query = (
        select(CarriedFile, Enumerator.name)
        .join(Device, Device.id == CarriedFile.device_id)
        .join(Enumerator, Enumerator.id == Device.enumerator_id)
        .where(CarriedFile.campaign_id == campaign_id, Enumerator.team == membership.team)
    )
    if after is not None:
        before = session.get(CarriedFile, after)
        if before is None:
            raise Unknown("There is no such sealed file.")
        key = (before.carried_at, before.id)
        query = query.where(
            (CarriedFile.carried_at < key[0])
            | ((CarriedFile.carried_at == key[0]) & (CarriedFile.id < key[1]))
        )
    rows = session.execute(
        query.order_by(CarriedFile.carried_at.desc(), CarriedFile.id.desc()).limit(limit)
    )
    return [_carried(row, name) for row, name in rows]


def show(session: Session, campaign_id: str, file_id: str, *, by: Caller) -> Carried:
    """Return one file that was brought.

    Raises
    ------
    Unknown : the team brought no such file
    """
    membership = by.require(campaign_id, Role.TEAM_LEADER)
    row = session.execute(
        select(CarriedFile, Enumerator.name)
        .join(Device, Device.id == CarriedFile.device_id)
        .join(Enumerator, Enumerator.id == Device.enumerator_id)
        .where(
            CarriedFile.campaign_id == campaign_id,
            CarriedFile.id == file_id,
            Enumerator.team == membership.team,
        )
    ).first()
    if row is None:
        raise Unknown("There is no such sealed file.")
    return _carried(*row)


def receipts(
    session: Session, campaign_id: str, file_id: str, *, by: Caller, at: datetime
) -> dict[str, Any]:
    """Write what the phone is to be told, as a file for it."""
    found = show(session, campaign_id, file_id, by=by)
    return {
        "format": RECEIPTS_FORMAT,
        "campaign": campaign_id,
        "device_id": found.device_id,
        "made_at": stamp(at),
        "results": list(found.results),
    }


@contextmanager
def _opened(content: BinaryIO, settings: Settings) -> Iterator[_Archive]:
    """Open an archive whose entries are stored, named as they should be, and not too large."""
    try:
        with zipfile.ZipFile(content) as archive:
            entries = archive.infolist()
            names = [one.filename for one in entries]
            if len(entries) > ENTRIES or len(set(names)) < len(names):
                raise Invalid("The file holds too many entries, or one twice.")
            for one in entries:
                if one.compress_type != zipfile.ZIP_STORED or one.flag_bits & ENCRYPTED:
                    raise Invalid("Entries of a sealed file are stored, neither packed nor locked.")
                is_photo = FILE.fullmatch(one.filename) is not None
                if not is_photo and one.filename not in ("manifest.json", "ops.ndjson"):
                    raise Invalid("The file holds an entry that no sealed file has.")
                if is_photo and one.file_size > settings.limits.blob_bytes:
                    raise Invalid("The file holds a photo that is too large.")
            manifest = _manifest(archive)
            yield _Archive(archive, manifest)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, EOFError) as error:
        raise Invalid("This is no sealed file, or a torn one.") from error


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    with archive.open("manifest.json") as file:
        text = file.read(MANIFEST_BYTES + 1)
    try:
        manifest = json.loads(text) if len(text) <= MANIFEST_BYTES else None
    except (ValueError, RecursionError):
        manifest = None
    wanted = ("campaign", "device_id", "made_at")
    if (
        not isinstance(manifest, dict)
        or manifest.get("format") != FORMAT
        or not all(isinstance(manifest.get(name), str) for name in wanted)
    ):
        raise Invalid("The manifest of the file is none of ours.")
    return manifest


def _take(
    session: Session,
    campaign_id: str,
    device_id: str,
    sha256: str,
    content: bytes,
    *,
    settings: Settings,
    at: datetime,
) -> None:
    """Take one photo; a torn one, or one that no op names, waits for the phone itself."""
    try:
        blobs.bring(session, campaign_id, device_id, sha256, content, settings=settings, at=at)
    except BlobNotExpected:
        return


def _keep(
    session: Session,
    campaign_id: str,
    device_id: str,
    upload: Upload,
    made_at: str,
    results: Iterable[Result],
    *,
    by: Caller,
    at: datetime,
) -> Carried:
    """Write down who brought which file, and what the phone is to be told."""
    answered = list(results)
    here = [one.op_id for one in answered if one.receipt is not None]
    missing, complete = blobs.missing(session, here), blobs.complete_ops(session, here)
    told = [
        {
            **{name: value for name, value in asdict(one).items() if value not in (None, ())},
            "faults": [asdict(fault) for fault in one.faults],
            "need_blobs": list(missing.get(one.op_id, ())),
            "complete": one.op_id in complete,
        }
        for one in answered
    ]
    row = {
        "id": str(uuid.uuid4()),
        "campaign_id": campaign_id,
        "device_id": device_id,
        "sha256": upload.sha256,
        "bytes": upload.bytes,
        "made_at": made_at,
        "results": told,
        "carried_by": by.actor,
        "carried_at": at,
    }
    with writing(session, campaign_id):
        session.execute(insert(CarriedFile), row)
        access.record(session, campaign_id, f"sealed file {row['id']}", by=by, at=at)
    return show(session, campaign_id, str(row["id"]), by=by)


def _carried(row: CarriedFile, enumerator: str) -> Carried:
    return Carried(
        row.id,
        row.device_id,
        enumerator,
        row.sha256,
        row.bytes,
        row.made_at,
        row.carried_by,
        row.carried_at,
        tuple(row.results),
    )
