"""The data folder: its disk, who may read it, its keys, and the fonts of the reports."""

import hashlib
import os
import shutil
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from inspect_app.doctor.findings import Finding, Grade, attention, fault, good, graded
from inspect_app.services import health, receipts
from inspect_app.settings import DATABASE, Settings

FORGETFUL = frozenset({"tmpfs", "ramfs"})
ELSEWHERE = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs"})


def disk(settings: Settings) -> Iterator[Finding]:
    """Room on the disk, and what kind of disk it is."""
    usage = shutil.disk_usage(settings.data_dir)
    share = usage.free / max(1, usage.used + usage.free)
    least = settings.limits.disk_free_share
    free_mb, least_mb = usage.free // 2**20, health.FREE_BYTES // 2**20
    values = {
        "free_mb": free_mb,
        "share": f"{share:.0%}",
        "least_mb": least_mb,
        "least_share": f"{least:.0%}",
    }
    if usage.free < health.FREE_BYTES or share < least:
        yield fault("disk.free", **values)
    else:
        yield graded("disk.free", share >= 2 * least, Grade.ATTENTION, **values)
    kind, options = mount_of(settings.data_dir, Path("/proc/self/mountinfo"))
    told = {"kind": kind, "options": ",".join(options) or "-"}
    if kind in FORGETFUL | ELSEWHERE or "ro" in options:
        yield fault("disk.kind", **told)
    else:
        yield graded("disk.kind", "nobarrier" not in options, Grade.FAULT, **told)


def mount_of(folder: Path, table: Path) -> tuple[str, tuple[str, ...]]:
    """Return kind and options of the file system below a folder, as the kernel lists them."""
    found: tuple[int, str, tuple[str, ...]] = (-1, "?", ())
    if not table.exists():
        return "?", ()
    for line in table.read_text(encoding="utf-8", errors="replace").splitlines():
        fields, _, rest = line.partition(" - ")
        where = Path(fields.split()[4].replace("\\040", " "))
        if folder.resolve().is_relative_to(where) and len(where.parts) >= found[0]:
            kind, _, of_disk = [*rest.split(), "", "", ""][:3]
            options = {*fields.split()[5].split(","), *of_disk.split(",")} - {""}
            told = sorted(options & {"ro", "rw", "nobarrier", "sync", "noatime", "relatime"})
            found = (len(where.parts), kind, tuple(told))
    return found[1], found[2]


def privacy(settings: Settings) -> Iterator[Finding]:
    """Who may read folder, database and keys, and whether files can be written."""
    mode = settings.data_dir.stat().st_mode & 0o777
    yield graded("folder.private", not mode & 0o007, Grade.ATTENTION, mode=f"{mode:03o}")
    files = [settings.data_dir / DATABASE] if settings.database_url.startswith("sqlite") else []
    files += sorted(settings.keys_dir.glob("*")) if settings.keys_dir.is_dir() else []
    for file in files:
        if file.is_file():
            mode = file.stat().st_mode & 0o777
            yield graded("file.private", not mode & 0o077, file=file.name, mode=f"{mode:03o}")
    for folder in (settings.data_dir, settings.blobs_dir):
        if folder.exists():
            is_writable = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
            yield graded(
                "folder.writable", is_writable, folder=folder.name, is_writable=is_writable
            )


def key(settings: Settings, *, has_lines: bool) -> Iterator[Finding]:
    """The receipt key: there, whole, and its owner's alone."""
    faults = health.bad_key(settings, has_lines=has_lines)
    if faults:
        yield fault("key.present", state=faults[0])
    elif receipts.file_of(settings).exists():
        yield good("key.present", state="ok")
    else:
        yield good("key.present", state="made with the first receipt")


def mark(settings: Settings) -> Iterator[Finding]:
    """Whether this folder ever played a demonstration."""
    if settings.is_public_knowledge:
        yield attention("demonstration", marked=True)
    else:
        yield good("demonstration", marked=False)


def fonts() -> Iterator[Finding]:
    """Digests of the packed fonts, as the table beside them says."""
    folder = resources.files("report_templates") / "fonts"
    table = tomllib.loads((folder / "FONTS.toml").read_text(encoding="utf-8"))
    wrong = []
    for entry in table["files"].values():
        file = folder / entry["file"]
        if not file.is_file():
            wrong.append(f"{entry['file']} missing")
        elif hashlib.sha256(file.read_bytes()).hexdigest() != entry["sha256"]:
            wrong.append(f"{entry['file']} differs")
    yield graded("fonts", not wrong, state=", ".join(wrong) or "ok")
