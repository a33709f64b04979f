"""The store on the disk: whole files or beginnings of them, whatever dies in the middle."""

import errno
import hashlib
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from inspect_app.rules.errors import BlobHashMismatch, BlobOffset, Invalid, Unavailable
from inspect_app.services import files
from inspect_app.services.files import Store

CAMPAIGN = "00000000-0000-5000-8000-000000000001"
PHONE = "00000000-0000-4000-8000-000000000002"
OTHER = "00000000-0000-4000-8000-000000000003"
CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()
ROOT = Path(__file__).parents[2]

# Appends pieces for ever, starting again whenever the file is whole: something is always under way.
BUSY = """
import sys
from pathlib import Path
from inspect_app.services.files import Store
store = Store(Path(sys.argv[1]), sys.argv[2])
content, name, owner = bytes(range(256)) * 40, sys.argv[3], sys.argv[4]
print("ready", flush=True)
while True:
    while not store.has(name):
        offset = store.received(name, owner)
        store.append(name, owner, content[offset:offset + 997], offset=offset, length=len(content))
    store.path(name).unlink()
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "blobs", CAMPAIGN)


def names(store: Store) -> list[str]:
    return sorted(path.name for path in store.folder.rglob("*") if path.is_file())


def test_a_file_appears_whole_and_under_its_hash(store: Store) -> None:
    assert store.append(SHA256, PHONE, CONTENT[:100], offset=0, length=len(CONTENT)) == 100
    assert not store.has(SHA256)
    assert store.received(SHA256, PHONE) == 100

    here = store.append(SHA256, PHONE, CONTENT[100:], offset=100, length=len(CONTENT))

    assert here == len(CONTENT)
    assert names(store) == [SHA256]
    assert store.holds(SHA256, length=len(CONTENT))
    with store.open(SHA256) as file:
        assert file.read() == CONTENT


def test_uploads_of_two_owners_are_apart_until_one_is_whole(store: Store) -> None:
    store.append(SHA256, PHONE, CONTENT[:100], offset=0, length=len(CONTENT))
    store.append(SHA256, OTHER, b"not the file", offset=0, length=len(CONTENT))

    store.append(SHA256, PHONE, CONTENT[100:], offset=100, length=len(CONTENT))

    assert store.append(SHA256, OTHER, b"", offset=0, length=len(CONTENT)) == len(CONTENT)
    store.clear(SHA256)
    assert names(store) == [SHA256]


def test_a_file_with_another_hash_is_thrown_away(store: Store) -> None:
    with pytest.raises(BlobHashMismatch) as caught:
        store.append(SHA256, PHONE, bytes(len(CONTENT)), offset=0, length=len(CONTENT))

    assert caught.value.extra == {"upload_offset": 0}
    assert names(store) == []


@pytest.mark.parametrize("offset", [0, 99, 101])
def test_a_chunk_elsewhere_leaves_the_file_as_it_is(store: Store, offset: int) -> None:
    store.append(SHA256, PHONE, CONTENT[:100], offset=0, length=len(CONTENT))

    with pytest.raises(BlobOffset) as caught:
        store.append(SHA256, PHONE, b"x", offset=offset, length=len(CONTENT))

    assert caught.value.extra == {"upload_offset": 100}
    assert store.received(SHA256, PHONE) == 100


def test_a_chunk_beyond_the_length_is_refused(store: Store) -> None:
    with pytest.raises(Invalid):
        store.append(SHA256, PHONE, CONTENT, offset=0, length=len(CONTENT) - 1)

    assert store.received(SHA256, PHONE) == 0


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", SHA256.upper(), SHA256[:-1], SHA256 + "\n", "g" * 64]
)
def test_only_hashes_name_files(store: Store, name: str) -> None:
    for act in (
        lambda: store.has(name),
        lambda: store.received(name, PHONE),
        lambda: store.append(name, PHONE, b"", offset=0, length=0),
        lambda: store.open(name),
    ):
        with pytest.raises(Invalid):
            act()


@pytest.mark.parametrize("name", ["", "..", "a/../b", PHONE.replace("0", "A"), PHONE + "\n"])
def test_only_ids_name_campaigns_and_owners(store: Store, name: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        store.append(SHA256, name, b"", offset=0, length=0)
    with pytest.raises(Invalid):
        Store(tmp_path, name)


def test_whole_bytes_are_stored_once(store: Store) -> None:
    assert store.put(CONTENT) == SHA256
    assert store.put(CONTENT) == SHA256

    assert names(store) == [SHA256]
    assert store.path(SHA256).stat().st_mode & 0o777 == 0o600
    assert store.path(SHA256).parent.stat().st_mode & 0o777 == 0o700


def test_an_empty_file_is_finished_by_asking(store: Store) -> None:
    empty = hashlib.sha256(b"").hexdigest()

    assert store.finish(empty, PHONE, length=0)

    assert names(store) == [empty]


def test_an_upload_that_nobody_finished_is_finished_later(store: Store) -> None:
    store.append(SHA256, PHONE, CONTENT[:-1], offset=0, length=len(CONTENT))
    assert not store.finish(SHA256, PHONE, length=len(CONTENT))
    with store.path(SHA256).with_name(f"{SHA256}.{PHONE}.part").open("ab") as part:
        part.write(CONTENT[-1:])

    assert store.finish(SHA256, PHONE, length=len(CONTENT))

    assert names(store) == [SHA256]
    assert store.finish(SHA256, PHONE, length=len(CONTENT))


def test_wrong_bytes_found_later_are_thrown_away(store: Store) -> None:
    store.append(SHA256, PHONE, CONTENT[:-1], offset=0, length=len(CONTENT))
    store.path(SHA256).with_name(f"{SHA256}.{PHONE}.part").write_bytes(bytes(len(CONTENT)))

    assert not store.finish(SHA256, PHONE, length=len(CONTENT))

    assert names(store) == []


def test_an_upload_that_nobody_goes_on_with_is_thrown_away_by_the_next(store: Store) -> None:
    neighbour = f"{SHA256[:2]}{'0' * 62}"
    store.append(SHA256, PHONE, CONTENT[:100], offset=0, length=len(CONTENT))
    store.append(neighbour, OTHER, b"x", offset=0, length=9)
    assert len(names(store)) == 2
    (part,) = store.folder.rglob(f"{SHA256}.*")
    os.utime(part, (0, 0))

    store.append(neighbour, PHONE, b"x", offset=0, length=9)

    assert store.received(SHA256, PHONE) == 0
    assert store.received(neighbour, OTHER) == 1


def test_a_full_disk_leaves_what_was_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.append(SHA256, PHONE, CONTENT[:100], offset=0, length=len(CONTENT))
    write = os.write

    def half(descriptor: int, content: Any) -> int:
        if len(content) < 50:
            raise OSError(errno.ENOSPC, "no space left")
        return write(descriptor, content[:60])

    monkeypatch.setattr(files.os, "write", half)
    with pytest.raises(Unavailable):
        store.append(SHA256, PHONE, CONTENT[100:200], offset=100, length=len(CONTENT))
    monkeypatch.undo()

    assert store.received(SHA256, PHONE) == 100
    assert store.append(SHA256, PHONE, CONTENT[100:], offset=100, length=len(CONTENT))


def test_a_link_in_the_place_of_a_part_is_not_followed(store: Store, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"")
    part = store.path(SHA256).with_name(f"{SHA256}.{PHONE}.part")
    part.parent.mkdir(parents=True)
    part.symlink_to(victim)

    with pytest.raises(OSError, match="symbolic link"):
        store.append(SHA256, PHONE, b"x", offset=0, length=len(CONTENT))

    assert victim.read_bytes() == b""


def test_threads_that_send_the_same_file_make_one(store: Store) -> None:
    def upload(_number: int) -> None:
        while not store.has(SHA256):
            offset = store.received(SHA256, PHONE)
            chunk = CONTENT[offset : offset + 500]
            try:
                store.append(SHA256, PHONE, chunk, offset=offset, length=len(CONTENT))
            except BlobOffset:
                continue

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(upload, range(8)))

    assert names(store) == [SHA256]
    assert store.holds(SHA256, length=len(CONTENT))


def test_a_process_killed_at_any_moment_leaves_a_beginning_or_the_whole(
    store: Store,
) -> None:
    """Fifteen kills; afterwards what is said to be here is here, and the upload goes on."""
    store.folder.mkdir()
    for number in range(15):
        busy = subprocess.Popen(
            [sys.executable, "-c", BUSY, store.folder, CAMPAIGN, SHA256, PHONE],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        assert busy.stdout is not None
        assert busy.stdout.readline() == b"ready\n"
        try:
            busy.wait(0.003 + 0.0017 * number)
        except subprocess.TimeoutExpired:
            busy.send_signal(signal.SIGKILL)
        assert busy.wait() == -signal.SIGKILL
        busy.stdout.close()

        here = store.received(SHA256, PHONE)
        if store.has(SHA256):
            assert store.holds(SHA256, length=len(CONTENT))
        part = store.path(SHA256).with_name(f"{SHA256}.{PHONE}.part")
        found = part.read_bytes() if part.exists() else b""
        assert (len(found), found) == (here, CONTENT[:here])

    if not store.finish(SHA256, PHONE, length=len(CONTENT)):
        here = store.received(SHA256, PHONE)
        store.append(SHA256, PHONE, CONTENT[here:], offset=here, length=len(CONTENT))
    assert names(store) == [SHA256]
    assert store.holds(SHA256, length=len(CONTENT))


def test_a_file_is_flushed_before_it_appears(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes first, then the name, then the folder that holds the name."""
    acts: list[str] = []
    fsync, rename = os.fsync, Path.rename
    monkeypatch.setattr(files.os, "fsync", lambda fd: (acts.append("flush"), fsync(fd)))
    monkeypatch.setattr(
        Path, "rename", lambda path, to: (acts.append("appear"), rename(path, to))[1]
    )
    store.append(SHA256, PHONE, CONTENT[:-1], offset=0, length=len(CONTENT))
    acts.clear()

    store.append(SHA256, PHONE, CONTENT[-1:], offset=len(CONTENT) - 1, length=len(CONTENT))

    assert acts == ["flush", "appear", "flush"]


def test_a_name_that_was_not_flushed_is_flushed_before_the_file_counts(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush, flushed = os.fsync, []

    def die_after_the_name(descriptor: int) -> None:
        if store.has(SHA256):
            raise SystemExit("between the name and its flush")
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", die_after_the_name)
    with pytest.raises(SystemExit):
        store.append(SHA256, PHONE, CONTENT, offset=0, length=len(CONTENT))
    monkeypatch.setattr(os, "fsync", flushed.append)

    assert store.finish(SHA256, PHONE, length=len(CONTENT))
    assert len(flushed) == 1
