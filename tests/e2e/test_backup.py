"""Backups of a server that is being written to, restored elsewhere, on both databases."""

import json
import os
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from databases import Databases
from fieldwork import tasks
from rehearsal import CAMPAIGN, rehearse

from inspect_app.cli import main
from inspect_app.demo.link import HttpWire, Link, LinkDown
from inspect_app.demo.phone import Phone
from inspect_app.demo.server import Server
from inspect_app.settings import Limits, Settings

SEED = "backup"
LINES = "SELECT seq, h, signature FROM ledger ORDER BY seq"
EPOCHS = "SELECT epoch FROM feed_epochs"
OPS = "SELECT op_id, body_sha256, body FROM ops ORDER BY op_id"


@dataclass
class Installation:
    """A data folder and its database, on which commands are run."""

    data: Path
    url: str

    def run(self, *arguments: str | Path) -> Result:
        where = ["--data", str(self.data), "--database-url", self.url]
        return CliRunner().invoke(main, [*map(str, arguments), *where])


@dataclass
class Places:
    """Makes installations, and drops their databases in the end."""

    root: Path
    databases: Databases
    numbers: Iterator[int] = field(default_factory=count)
    made: list[str] = field(default_factory=list)

    def empty(self) -> Installation:
        folder = self.root / f"place-{next(self.numbers)}"
        url = self.databases.empty(folder)
        self.made.append(url)
        return Installation(folder, url)


@pytest.fixture(scope="module")
def places(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    found = Places(tmp_path_factory.mktemp("places"), databases)
    yield found
    for url in found.made:
        databases.drop(url)


@dataclass
class Busy:
    """An installation that was backed up while a phone was sending, and what came of it."""

    origin: Installation
    backups: list[tuple[Path, Result]]
    last: Path


@pytest.fixture(scope="module")
def busy(places: Places, tmp_path_factory: pytest.TempPathFactory) -> Busy:
    """Three backups during writes, folders and archives, and one when all was quiet."""
    out = tmp_path_factory.mktemp("backups")
    origin = places.empty()
    origin.data.mkdir()
    phone = rehearse(origin.data, seed=SEED, url=origin.url)
    unfinished = origin.data / "blobs" / CAMPAIGN / "ab" / "ab.part"
    unfinished.parent.mkdir(parents=True)
    unfinished.write_bytes(b"half a photo")
    backups = []
    settings = replace(
        Settings.for_folder(origin.data, demo_seed=SEED, database_url=origin.url),
        # This phone does not rest; refused for that, it would wait for minutes.
        limits=Limits(pushes_per_minute=1_000_000),
    )
    with Server(settings, log=out / "server.log") as server:
        wire = HttpWire(server.url)
        phone.link = Link(wire, sleep=lambda seconds: time.sleep(seconds / 200))
        done = threading.Event()
        sender = threading.Thread(target=keep_sending, args=(phone, done))
        sender.start()
        for name in ("first", "second.tar", "third"):
            backups.append((out / name, origin.run("backup", "--out", out / name)))
            time.sleep(0.2)
        done.set()
        sender.join(600)
        assert not sender.is_alive()
        wire.close()
        origin.run("backup", "--out", out / "last")
    return Busy(origin, backups, out / "last")


def keep_sending(phone: Phone, done: threading.Event) -> None:
    """Seal and push one visit after another, until told to stop."""
    unit_id = tasks(phone)[0].unit_id
    for visit_no in count(1):
        phone.seal_contact(unit_id, visit_no=visit_no, disposition="partial")
        with suppress(LinkDown):  # a busy machine; what was not sent goes with the next
            phone.push()
        if done.wait(0.05) or visit_no == 500:
            return


def manifest_of(backup: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((backup / "manifest.json").read_text("utf-8"))
    return found


def test_backups_made_during_writes_are_restored_and_verify(busy: Busy, places: Places) -> None:
    everything = places.databases.rows(busy.origin.url, LINES)
    assert [made.exit_code for _, made in busy.backups] == [0, 0, 0]
    held, epochs = [], set()
    for backup, _ in busy.backups:
        target = places.empty()

        restored = target.run("restore", "--from", backup)
        verified = target.run("ledger", "verify")

        assert (restored.exit_code, restored.stderr) == (0, "")
        assert (verified.exit_code, verified.stderr) == (0, "")
        lines = places.databases.rows(target.url, LINES)
        assert lines == everything[: len(lines)]
        ((epoch,),) = places.databases.rows(target.url, EPOCHS)
        epochs.add(epoch)
        held.append(len(lines))

    assert len(epochs) == len(held)  # cursors of before begin anew
    assert held == sorted(held)
    assert held[0] < held[-1]  # the phone was sending all the while


def test_the_copy_is_equal_down_to_the_files(busy: Busy, places: Places) -> None:
    target = places.empty()

    target.run("restore", "--from", busy.last)

    for query in (LINES, OPS):
        assert places.databases.rows(target.url, query) == places.databases.rows(
            busy.origin.url, query
        )
    names = {
        path.relative_to(busy.origin.data)
        for folder in ("keys", "frames", "plans")
        for path in (busy.origin.data / folder).rglob("*")
        if path.is_file()
    }
    assert len(names) > 4
    for name in names:
        assert (target.data / name).read_bytes() == (busy.origin.data / name).read_bytes()
        assert (target.data / name).stat().st_mode == (busy.origin.data / name).stat().st_mode
    assert (target.data / "demonstration").exists()
    assert not list(target.data.rglob("*.part"))


def test_what_is_restored_is_its_owners_alone(busy: Busy, places: Places) -> None:
    archive = next(made for made, _ in busy.backups if made.suffix == ".tar")
    for backup in (archive, busy.last):
        target = places.empty()
        usual = os.umask(0o022)
        try:
            assert target.run("restore", "--from", backup).exit_code == 0
        finally:
            os.umask(usual)

        folders = [target.data, *(path for path in target.data.rglob("*") if path.is_dir())]
        assert len(folders) > 3
        assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}


def test_an_archive_is_unpacked_where_the_service_may_write(
    busy: Busy, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = next(made for made, _ in busy.backups if made.suffix == ".tar")
    target, room = places.empty(), places.empty().data
    room.mkdir()
    seen: list[Path] = []
    unpack = tarfile.TarFile.extractall
    monkeypatch.setattr(tempfile, "tempdir", str(room))
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) != target.data.parent)
    monkeypatch.setattr(
        tarfile.TarFile,
        "extractall",
        lambda self, path, **how: (seen.append(Path(path)), unpack(self, path, **how)),
    )

    assert target.run("restore", "--from", archive).exit_code == 0
    assert [path.parent for path in seen] == [room]
    assert list(room.iterdir()) == []


def test_a_backup_is_its_owners_alone_and_names_what_it_holds(
    busy: Busy, databases: Databases
) -> None:
    told = manifest_of(busy.last)

    assert busy.last.stat().st_mode & 0o077 == 0
    assert told["engine"] == {"sqlite": "sqlite", "postgres": "postgresql"}[databases.name]
    assert told["revision"].isdigit()
    assert told["ledgers"][CAMPAIGN][0] == len(databases.rows(busy.origin.url, LINES))
    assert any(name.startswith("files/keys/") for name in told["files"])
    assert [path.name for path in busy.last.parent.glob("*.part")] == []


@pytest.mark.parametrize("part", ["database.*", "files/keys/*", "files/frames/*/*.parquet"])
def test_a_flipped_byte_is_found_before_anything_is_restored(
    busy: Busy, places: Places, part: str
) -> None:
    (file, *_) = sorted(busy.last.glob(part))
    whole = file.read_bytes()
    middle = len(whole) // 2
    target = places.empty()
    try:
        file.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
        refused = target.run("restore", "--from", busy.last)
    finally:
        file.write_bytes(whole)

    assert refused.exit_code == 1
    assert f"the backup is damaged: {file.relative_to(busy.last)} differs" in refused.stderr
    assert not target.data.exists()


def test_a_file_too_few_or_too_many_is_found(busy: Busy, places: Places) -> None:
    target = places.empty()
    extra = busy.last / "files" / "extra"
    extra.write_text("?")
    foreign = target.run("restore", "--from", busy.last)
    extra.unlink()
    mark = busy.last / "files" / "demonstration"
    mark.rename(extra.with_name("demonstration-away"))
    missing = target.run("restore", "--from", busy.last)
    extra.with_name("demonstration-away").rename(mark)

    assert "the backup holds files/extra" in foreign.stderr
    assert "the backup is not whole: files/demonstration is missing" in missing.stderr


def test_nothing_is_written_over(busy: Busy, places: Places) -> None:
    again = busy.origin.run("backup", "--out", busy.last)
    onto_itself = busy.origin.run("restore", "--from", busy.last)
    folder = places.empty()
    folder.data.mkdir()
    (folder.data / "notes").write_text("mine")
    into_a_used_folder = folder.run("restore", "--from", busy.last)

    assert "a backup overwrites nothing" in again.stderr
    assert "is not empty" in onto_itself.stderr
    assert "is not empty" in into_a_used_folder.stderr
    assert [path.name for path in folder.data.iterdir()] == ["notes"]


def test_a_used_database_is_not_written_into(busy: Busy, places: Places) -> None:
    used = Installation(places.root / "new-folder", busy.origin.url)
    before = places.databases.rows(used.url, LINES)

    refused = used.run("restore", "--from", busy.last)

    assert refused.exit_code == 1
    assert "the target database is not empty" in refused.stderr
    assert places.databases.rows(used.url, LINES) == before


def test_a_ledger_that_was_changed_before_the_backup_is_told_after_the_restore(
    busy: Busy, places: Places, databases: Databases, tmp_path: Path
) -> None:
    tampered = places.empty()
    tampered.run("restore", "--from", busy.last)
    on = " ON ledger" if databases.name == "postgres" else ""
    databases.change(
        tampered.url,
        f"DROP TRIGGER ledger_no_update{on}",
        "UPDATE ledger SET status = 'conflict' WHERE seq = 1",
    )
    target = places.empty()

    made = tampered.run("backup", "--out", tmp_path / "tampered")
    told = target.run("restore", "--from", tmp_path / "tampered")

    assert (made.exit_code, told.exit_code) == (0, 1)
    assert "the hash of line 1 differs" in told.stderr


def test_a_photo_damaged_on_the_disk_is_named(busy: Busy, places: Places, tmp_path: Path) -> None:
    place = places.empty()
    place.run("restore", "--from", busy.last)
    photo = place.data / "blobs" / CAMPAIGN / "cd" / ("cd" * 32)
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"not what its name says")

    made = place.run("backup", "--out", tmp_path / "out")

    assert made.exit_code == 1
    assert f"damaged where it lies, backed up as it is: files/blobs/{CAMPAIGN}" in made.stderr
    assert (tmp_path / "out" / "manifest.json").exists()


def test_a_file_that_cannot_be_copied_is_named(busy: Busy, places: Places, tmp_path: Path) -> None:
    place = places.empty()
    place.run("restore", "--from", busy.last)
    (place.data / "blobs" / CAMPAIGN).mkdir(parents=True, exist_ok=True)
    (place.data / "blobs" / CAMPAIGN / "gone").symlink_to(tmp_path / "nowhere")

    made = place.run("backup", "--out", tmp_path / "out")

    (line,) = made.stderr.splitlines()
    assert made.exit_code == 1
    assert f"blobs/{CAMPAIGN}/gone cannot be backed up" in line
    assert not (tmp_path / "out").exists()


def test_something_else_is_no_backup(places: Places, tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"nothing")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "manifest.json").write_text('{"format": 99}')
    target = places.empty()

    assert "is no backup" in target.run("restore", "--from", tmp_path / "x.tar").stderr
    assert "newer than this software" in target.run("restore", "--from", tmp_path / "folder").stderr


def test_client_programs_that_are_missing_or_too_old_are_named(
    busy: Busy, databases: Databases, tmp_path: Path
) -> None:
    """SQLite needs none."""
    old = tmp_path / "old"
    old.mkdir()
    (old / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    (old / "pg_dump").chmod(0o755)

    missing = busy.origin.run("backup", "--out", tmp_path / "a", "--pg-bin", tmp_path)
    ancient = busy.origin.run("backup", "--out", tmp_path / "b", "--pg-bin", old)

    if databases.name == "sqlite":
        assert (missing.exit_code, ancient.exit_code) == (0, 0)
    else:
        assert "pg_dump was not found: install postgresql-client" in missing.stderr
        assert "pg_dump 9 is older than the server" in ancient.stderr
        assert not list(tmp_path.glob("?"))
