"""Backups of an installation: database, keys, frames, plans and files, with their digests.

The database is copied first. A file is on the disk before the database speaks of it and is never
changed afterwards, so whatever the copy names is among the files that are copied next.
"""

import hashlib
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, select
from sqlalchemy.orm import Session

from inspect_app.models.blobs import Blob
from inspect_app.rules.backups import BackupError, Manifest
from inspect_app.rules.chain import stamp
from inspect_app.services import campaigns, dumps, feed, replays
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings
from inspect_app.version import VERSION

MANIFEST = "manifest.json"
DATABASE = {"sqlite": "database.db", "postgresql": "database.dump"}
ARCHIVE = ".tar"
NAMED_BY_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


def make(
    session: Session, settings: Settings, out: Path, *, at: datetime, programs: Path | None = None
) -> Manifest:
    """Write a backup while the server runs; it appears under its name when it is whole.

    out : folder, or file ending in .tar; readable by its owner only, as it holds the keys
    programs : folder of PostgreSQL's client programs, looked for where None

    Raises
    ------
    BackupError : `out` exists, or the database or a file cannot be copied
    """
    if out.exists():
        raise BackupError("out.exists", path=out)
    out.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f"{out.name}.", suffix=".part", dir=out.parent))
    try:
        manifest = _fill(part / "backup", session, settings, at, programs)
        whole = part / "backup"
        if out.suffix == ARCHIVE:
            whole = _packed(whole, part / "archive")
        whole.rename(out)
        _flush(out.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return manifest


def restore(
    settings: Settings, url: URL, source: Path, *, programs: Path | None = None
) -> Manifest:
    """Check a backup and put it into an empty data folder and an empty database.

    url : of the database that takes it

    Raises
    ------
    BackupError : the backup is not whole or not intact, or the target is not empty
    """
    with _opened(source, settings.data_dir.parent) as folder:
        manifest = _checked(folder)
        target = url.get_backend_name()
        if manifest.engine != target:
            raise BackupError("engine.other", made=manifest.engine, target=target)
        data = settings.data_dir
        if data.exists() and any(data.iterdir()):
            raise BackupError("target.folder", path=data)
        if target == "postgresql":
            dumps.refuse_full(url)
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            shutil.copytree(folder / "files", data, dirs_exist_ok=True)
            _make_private(data)
            dumps.restore(url, folder / DATABASE[target], server=manifest.server, programs=programs)
        except BaseException:
            for one in data.iterdir():
                shutil.rmtree(one) if one.is_dir() else one.unlink()
            raise
    return manifest


def verify(session: Session, settings: Settings, manifest: Manifest) -> list[str]:
    """Replay the ledgers of a restored installation and look for every file that arrived.

    Committed first: that the feeds of phones begin anew, since the server may have told them of
    what came after the backup.

    Returns
    -------
    what is wrong, one sentence each; empty when everything is as it was
    """
    with writing(session):
        feed.begin_anew(session)
    faults = []
    for campaign_id in campaigns.all_ids(session):
        report = replays.verify(session, campaign_id, settings=settings)
        faults += [f"{campaign_id}: {fault}" for fault in report.faults]
        known = manifest.ledgers.get(campaign_id, (0, ""))[0]
        if report.count != known:
            faults.append(f"{campaign_id}: {report.count} ledger lines, {known} in the backup")
    arrived = session.execute(
        select(Blob.campaign_id, Blob.sha256).order_by(Blob.campaign_id, Blob.sha256)
    )
    for campaign_id, sha256 in arrived:
        if not (settings.blobs_dir / campaign_id / sha256[:2] / sha256).is_file():
            faults.append(f"{campaign_id}: file {sha256} is missing")
    session.rollback()
    return faults


def _fill(
    folder: Path, session: Session, settings: Settings, at: datetime, programs: Path | None
) -> Manifest:
    engine = session.get_bind().dialect.name
    (folder / "files").mkdir(parents=True, mode=0o700)
    folder.chmod(0o700)
    database = folder / DATABASE[engine]
    os.close(os.open(database, os.O_CREAT | os.O_WRONLY, 0o600))
    dumped = dumps.dump(session, database, programs=programs)
    for kept in (
        settings.keys_dir,
        settings.frames_dir,
        settings.plans_dir,
        settings.questionnaires_dir,
        settings.blobs_dir,
    ):
        if kept.is_dir():
            # Unfinished uploads are sent again by the phones.
            unfinished = shutil.ignore_patterns("*.part", ".*")
            try:
                shutil.copytree(kept, folder / "files" / kept.name, ignore=unfinished)
            except shutil.Error as error:  # of each file that it could not copy
                source, _, reason = error.args[0][0]
                raise BackupError("file.unread", file=source, reason=reason) from None
    if settings.demonstration_mark.exists():
        shutil.copy2(settings.demonstration_mark, folder / "files")
    files = {name: _sha256(folder / name) for name in _names(folder)}
    manifest = Manifest(
        software=VERSION,
        engine=engine,
        server=dumped.server,
        revision=dumped.revision,
        made_at=stamp(at),
        ledgers=dumped.ledgers,
        files=files,
        damaged=tuple(name for name, found in files.items() if _is_damaged(name, found)),
    )
    (folder / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
    for name in (*files, MANIFEST):
        _flush(folder / name)
    return manifest


def _is_damaged(name: str, found: str) -> bool:
    own = Path(name).name
    return NAMED_BY_HASH.fullmatch(own) is not None and own != found


def _checked(folder: Path) -> Manifest:
    """Read the manifest and hold every file to it."""
    try:
        text = (folder / MANIFEST).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise BackupError("backup.none", path=folder) from None
    manifest = Manifest.from_json(text, path=folder)
    present = set(_names(folder)) - {MANIFEST}
    needed = {*manifest.files, DATABASE.get(manifest.engine, DATABASE["sqlite"])}
    for name in sorted(needed - present):
        raise BackupError("backup.missing", file=name)
    for name in sorted(present - set(manifest.files)):
        raise BackupError("backup.foreign", file=name)
    for name, sha256 in manifest.files.items():
        if _sha256(folder / name) != sha256:
            raise BackupError("backup.damaged", file=name)
    return manifest


@contextmanager
def _opened(source: Path, beside: Path) -> Iterator[Path]:
    """The folder of a backup; an archive is unpacked for as long as the block runs."""
    if source.is_dir():
        yield source
        return
    beside.mkdir(parents=True, exist_ok=True)
    if not os.access(beside, os.W_OK):  # /var/lib is root's, and the service is not
        beside = Path(tempfile.gettempdir())
    with tempfile.TemporaryDirectory(prefix="restore-", dir=beside) as folder:
        try:
            with tarfile.open(source) as archive:
                archive.extractall(folder, filter="data")
        except (OSError, tarfile.TarError):
            raise BackupError("backup.none", path=source) from None
        yield Path(folder)


def _make_private(folder: Path) -> None:
    """Leave every folder to its owner; an archive, unpacked, does not keep their modes."""
    folder.chmod(0o700)
    for path in folder.rglob("*"):
        if path.is_dir():
            path.chmod(0o700)


def _packed(folder: Path, archive: Path) -> Path:
    with tarfile.open(archive, "x") as packed:
        for name in sorted(one.name for one in folder.iterdir()):
            packed.add(folder / name, arcname=name)
    archive.chmod(0o600)
    _flush(archive)
    return archive


def _names(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
