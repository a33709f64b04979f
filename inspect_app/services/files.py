"""Files on the disk: what phones send piece by piece, and what arrives as a whole.

A campaign's files lie under `<folder>/<campaign>/<first two digits>/<sha256>`. A file appears
there in one step, whole, checked against its hash and flushed; until then it grows as
`<sha256>.<owner>.part`, one for each phone that sends it, so that nobody can spoil or watch
another's upload. Whatever kills the server leaves a whole file, the beginning of one, or nothing.

Names are made from hex digits and UUIDs only. One writer at a time works in a folder: the lock is
on the folder itself, so it holds between threads and processes alike and dies with its holder.
"""

import errno
import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from inspect_app.rules.errors import BlobHashMismatch, BlobOffset, Invalid, Unavailable

SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
AT_ONCE = 1024 * 1024
ABANDONED_SECONDS = 30 * 24 * 3600
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True)
class Store:
    """The files of one campaign.

    folder : of all campaigns; made at the first write, readable by its owner only
    """

    folder: Path
    campaign_id: str

    def __post_init__(self) -> None:
        if not UUID.fullmatch(self.campaign_id):
            raise Invalid("Files belong to a campaign, which is named by a UUID.")

    def has(self, sha256: str) -> bool:
        """Whether the whole file is here."""
        return self._place(sha256).is_file()

    def received(self, sha256: str, owner: str) -> int:
        """Count the bytes of an owner's unfinished upload; 0 where there is none."""
        try:
            return self._part(sha256, owner).stat().st_size
        except FileNotFoundError:
            return 0

    def put(self, content: bytes) -> str:
        """Store a whole file, flushed to the disk, and return its SHA-256; again is harmless."""
        sha256 = hashlib.sha256(content).hexdigest()
        with self._alone(sha256) as folder:
            place = self._place(sha256)
            if self._is_kept(sha256, folder):
                return sha256
            part = place.with_name(f"{sha256}.part")
            with _writing(part, os.O_TRUNC) as file:
                _write(file, content)
                os.fsync(file)
            _appear(part, place, folder)
        return sha256

    def append(self, sha256: str, owner: str, chunk: bytes, *, offset: int, length: int) -> int:
        """Add a chunk to an owner's upload and return how many bytes are here now.

        At `length` the file is checked and appears as a whole, flushed to the disk. One that is
        whole already stays as it is.

        Raises
        ------
        BlobOffset : the chunk does not start where the upload ends
        Invalid : the chunk goes beyond the stated length
        BlobHashMismatch : all bytes are here and are not the file; they are thrown away
        Unavailable : the disk is full; what was here before is still here
        """
        with self._alone(sha256) as folder:
            if self._is_kept(sha256, folder):
                return length
            size = self.received(sha256, owner)
            if offset != size:
                raise BlobOffset(f"{size} bytes are here.", upload_offset=size)
            if size + len(chunk) > length:
                raise Invalid("The chunk goes beyond the length of the file.")
            part = self._part(sha256, owner)
            with _writing(part, 0) as file:
                if size == 0:
                    _sweep(part.parent, now=os.fstat(file).st_mtime)
                try:
                    _write(file, chunk)
                except BaseException:
                    os.ftruncate(file, size)
                    raise
            if size + len(chunk) == length:
                self._finish(part, sha256, folder)
            return size + len(chunk)

    def finish(self, sha256: str, owner: str, *, length: int) -> bool:
        """Let an upload that has all its bytes appear, as `append` would have; whether it did.

        A server that died between the last byte and the check left it so. Wrong bytes are thrown
        away, to be sent again.
        """
        with self._alone(sha256) as folder:
            if self._is_kept(sha256, folder):
                return True
            part = self._part(sha256, owner)
            if self.received(sha256, owner) != length:
                return False
            part.touch(0o600)  # of an empty file nothing ever arrives
            try:
                self._finish(part, sha256, folder)
            except BlobHashMismatch:
                return False
            return True

    def clear(self, sha256: str) -> None:
        """Throw away unfinished uploads of a file that is here."""
        folder = self._place(sha256).parent
        if not any(folder.glob(f"{sha256}.*part")):
            return
        with self._alone(sha256):
            for part in folder.glob(f"{sha256}.*part"):
                part.unlink(missing_ok=True)

    def discard(self, sha256: str) -> None:
        """Take a file from the disk, with unfinished uploads of it; again is harmless."""
        with self._alone(sha256) as folder:
            for part in self._place(sha256).parent.glob(f"{sha256}*"):
                part.unlink()
            os.fsync(folder)

    def path(self, sha256: str) -> Path:
        """Where a whole file lies, to be sent to a reader who may see it."""
        return self._place(sha256)

    def open(self, sha256: str) -> BinaryIO:
        """Open a whole file for reading; FileNotFoundError when it is not here."""
        return self._place(sha256).open("rb")

    def holds(self, sha256: str, *, length: int) -> bool:
        """Whether the file is here with this length and its own hash; reads all of it."""
        try:
            with self.open(sha256) as file:
                return os.fstat(file.fileno()).st_size == length and _digest(file) == sha256
        except FileNotFoundError:
            return False

    def _is_kept(self, sha256: str, folder: int) -> bool:
        """Whether the whole file is here, and its name on the disk.

        Whoever gave it the name may have died before that was flushed.
        """
        if not self.has(sha256):
            return False
        os.fsync(folder)
        return True

    def _finish(self, part: Path, sha256: str, folder: int) -> None:
        with part.open("rb") as file:
            if _digest(file) != sha256:
                part.unlink()
                raise BlobHashMismatch("The file starts again at 0.", upload_offset=0)
            os.fsync(file.fileno())
        _appear(part, self._place(sha256), folder)

    def _place(self, sha256: str) -> Path:
        if not SHA256.fullmatch(sha256):
            raise Invalid("A file is named by 64 hex digits.")
        return self.folder / self.campaign_id / sha256[:2] / sha256

    def _part(self, sha256: str, owner: str) -> Path:
        if not UUID.fullmatch(owner):
            raise Invalid("An upload belongs to a phone, which is named by a UUID.")
        return self._place(sha256).with_name(f"{sha256}.{owner}.part")

    @contextmanager
    def _alone(self, sha256: str) -> Iterator[int]:
        """The folder of a file, open and locked; made if it is missing."""
        folder = self._place(sha256).parent
        _make(folder, below=self.folder.parent)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        except OSError as error:
            if error.errno in NO_ROOM:
                raise Unavailable("The disk is full.") from error
            raise
        finally:
            os.close(descriptor)


_flushed: set[Path] = set()
"""Folders whose names this process knows to be on the disk."""


def _make(folder: Path, *, below: Path) -> None:
    """Make a folder with those above it, each so that a power cut does not forget it."""
    if folder == below or (folder in _flushed and folder.is_dir()):
        return
    _make(folder.parent, below=below)
    folder.mkdir(mode=0o700, exist_ok=True)
    above = os.open(folder.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(above)
    finally:
        os.close(above)
    _flushed.add(folder)


@contextmanager
def _writing(part: Path, flags: int) -> Iterator[int]:
    mode = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(part, mode | flags, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _sweep(folder: Path, *, now: float) -> None:
    """Throw away uploads that nobody went on with for a month; whoever comes again begins anew.

    Every upload that begins looks at the folder it begins in, so none needs a clock of its own.
    """
    for part in folder.glob("*.part"):
        if now - part.stat().st_mtime > ABANDONED_SECONDS:
            part.unlink()


def _write(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _digest(file: BinaryIO) -> str:
    machine = hashlib.sha256()
    while piece := file.read(AT_ONCE):
        machine.update(piece)
    return machine.hexdigest()


def _appear(part: Path, place: Path, folder: int) -> None:
    """Give a flushed file its name, and flush that too."""
    part.rename(place)
    os.fsync(folder)
