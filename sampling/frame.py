"""The frozen frame: a register that passed every check, as files whose hash goes into the plan.

A frame is a folder: villages, totals and one household file a county in Parquet, and a manifest
with the SHA-256 of each. It is written whole or not at all, and never changed afterwards.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from sampling.errors import Fault, FrameError, SamplingError
from sampling.messages import both, say
from sampling.progress import Progress, silent
from sampling.register import Register, read_register
from sampling.writers import parquet_bytes

SCHEMA = "frame/1"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Frame:
    """A frozen frame on disk.

    Parameters
    ----------
    folder : where it lies
    manifest : its manifest, as parsed
    villages : (n_villages, ≥ 11) village frame, sorted by village_code
    totals : (n_counties, ≥ 6) official totals (persons), sorted by county_adcode
    """

    folder: Path
    manifest: Mapping[str, Any]
    villages: pl.DataFrame
    totals: pl.DataFrame

    @property
    def simulated(self) -> bool:
        """Whether the register was marked as simulated."""
        return bool(self.manifest["simulated"])

    @property
    def counties(self) -> tuple[str, ...]:
        """Codes of the counties, ascending."""
        return tuple(self.manifest["counties"])

    @property
    def sha256(self) -> str:
        """Hash over the names and hashes of all files."""
        return str(self.manifest["frame_sha256"])

    @property
    def villages_sha256(self) -> str:
        """Hash of the village file."""
        return str(self.manifest["villages_sha256"])

    @property
    def households_sha256(self) -> str:
        """Hash over the names and hashes of the household files."""
        return str(self.manifest["households_sha256"])

    def households(self, adcode: str) -> pl.DataFrame:
        """Read the registered households of a county, sorted by household_id.

        Raises
        ------
        FrameError : the county is not in the frame
        """
        return self._of_county("households", adcode)

    def members(self, adcode: str) -> pl.DataFrame | None:
        """Read the registered members of a county; None when the register came without."""
        if f"members/{adcode}.parquet" not in self.manifest["files"]:
            return None
        return self._of_county("members", adcode)

    def _of_county(self, part: str, adcode: str) -> pl.DataFrame:
        if adcode not in self.counties:
            place = Fault(self.folder.name, 0, "", "frame.no_county", {"county": adcode})
            raise FrameError([place])
        return pl.read_parquet(self.folder / part / f"{adcode}.parquet")


def import_register(
    villages: Path | str,
    households: Path | str,
    totals: Path | str,
    *,
    out: Path | str,
    members: Path | str | None = None,
    progress: Progress = silent,
) -> Frame:
    """Check a register and freeze it into a frame.

    Parameters
    ----------
    villages, households, totals, members : CSV (UTF-8 with or without byte order mark, or
        GB18030), XLSX or Parquet, with the headers of `sampling.columns`
    out : folder of the frame; new, empty, or already holding the same frame
    progress : told what is being done, in rows

    Returns
    -------
    the frame; its warnings are in `manifest["warnings"]`

    Raises
    ------
    FrameError : the register has faults; nothing was written
    SamplingError : `out` holds something else, and was left as it is
    OSError : the system refuses to write; nothing is left behind
    """
    register = read_register(
        Path(villages),
        Path(households),
        Path(totals),
        Path(members) if members else None,
        progress=progress,
    )
    return write_frame(register, out, progress=progress)


def write_frame(register: Register, out: Path | str, *, progress: Progress = silent) -> Frame:
    """Freeze a checked register; the bytes do not depend on the order of its rows.

    Parameters
    ----------
    register : from `read_register`
    out : folder, as in `import_register`

    Returns
    -------
    the frame as it lies on disk

    Raises
    ------
    SamplingError : `out` holds something else
    """
    out = Path(out).absolute()
    if out.exists() and not out.is_dir():
        raise SamplingError("file.not_folder", path=out)
    with _all_or_nothing(out) as folder:
        files = _write_files(register, folder, progress)
        manifest = _manifest(register, files)
        text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
        _write(folder / MANIFEST, text.encode())
        standing = _standing(out)
        if standing:
            if standing.sha256 != manifest["frame_sha256"]:
                raise SamplingError("file.folder_in_use", path=out)
            return standing
        _settle(folder, out)
    return load_frame(out, verify=False)


def load_frame(folder: Path | str, *, verify: bool = True) -> Frame:
    """Open a frozen frame.

    Parameters
    ----------
    folder : the folder that `write_frame` made
    verify : recompute every hash, so that a changed file is named

    Raises
    ------
    FrameError : no frame, or a file that is missing, changed or not in the manifest
    """
    folder = Path(folder).absolute()
    manifest = _read_manifest(folder)
    if verify:
        _verify(folder, manifest)
    return Frame(
        folder=folder,
        manifest=manifest,
        villages=pl.read_parquet(folder / "villages.parquet"),
        totals=pl.read_parquet(folder / "totals.parquet"),
    )


def _write_files(
    register: Register, folder: Path, progress: Progress
) -> dict[str, dict[str, int | str]]:
    """Write the tables; name -> SHA-256 and rows."""
    stage = say("frame.stage_writing")
    tables = (register.villages, register.households, register.totals, register.members)
    total = sum(table.height for table in tables if table is not None)
    files: dict[str, dict[str, int | str]] = {}
    done = 0
    for name, table in _tables(register):
        data = parquet_bytes(table)
        _write(folder / name, data)
        files[name] = {"sha256": hashlib.sha256(data).hexdigest(), "rows": table.height}
        done += table.height
        progress(stage, done, total)
    return files


def _tables(register: Register) -> Iterator[tuple[str, pl.DataFrame]]:
    """Every file of a frame, its rows in their frozen order."""
    villages = register.villages.sort("village_code")
    counties = villages["county_adcode"].unique().sort().to_list()
    yield "villages.parquet", villages
    yield "totals.parquet", register.totals.sort("county_adcode")
    county_of = register.households.select(
        "household_id", pl.col("village_code").str.slice(0, 6).alias("__county")
    )
    households = register.households.with_columns(county_of["__county"])
    yield from _by_county("households", households, counties, ["household_id"])
    if register.members is not None:
        members = register.members.join(county_of, on="household_id", how="left")
        yield from _by_county("members", members, counties, ["household_id", "person_code"])


def _by_county(
    part: str, table: pl.DataFrame, counties: list[str], order: list[str]
) -> Iterator[tuple[str, pl.DataFrame]]:
    empty = table.clear().drop("__county")
    found = table.partition_by("__county", as_dict=True, include_key=False)
    for county in counties:
        yield f"{part}/{county}.parquet", found.get((county,), empty).sort(order)


def _manifest(
    register: Register, files: Mapping[str, Mapping[str, int | str]]
) -> dict[str, object]:
    warnings = [_record(warning) for warning in register.warnings]
    if register.more_warnings:
        zh, en = both("frame.more_warnings", count=register.more_warnings)
        warnings.append({"code": "frame.more_warnings", "zh": zh, "en": en})
    counties = sorted(register.villages["county_adcode"].unique().to_list())
    return {
        "schema": SCHEMA,
        "simulated": register.simulated,
        "counties": counties,
        "files": files,
        **_summary_hashes(files),
        "inputs": dict(register.inputs),
        "warnings": warnings,
    }


def _record(warning: Fault) -> dict[str, object]:
    zh, en = warning.sentences
    return {
        "file": warning.file,
        "row": warning.row,
        "column": warning.column,
        "code": warning.code,
        "zh": zh,
        "en": en,
    }


def _summary_hashes(files: Mapping[str, Mapping[str, int | str]]) -> dict[str, str]:
    households = {name: entry for name, entry in files.items() if name.startswith("households/")}
    return {
        "villages_sha256": str(files["villages.parquet"]["sha256"]),
        "households_sha256": _hash_of_list(households),
        "frame_sha256": _hash_of_list(files),
    }


def _hash_of_list(files: Mapping[str, Mapping[str, int | str]]) -> str:
    """SHA-256 of the lines `<name> <sha256>`, sorted by name, each ended by a line feed."""
    lines = "".join(f"{name} {files[name]['sha256']}\n" for name in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()


@contextmanager
def _all_or_nothing(out: Path) -> Iterator[Path]:
    """A new folder beside `out` that is gone afterwards, unless it was moved to its place."""
    made = [parent for parent in out.parents if not parent.exists()]
    folder = out.parent / f".{out.name}.{secrets.token_hex(4)}.partial"
    try:
        folder.mkdir(parents=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if not out.exists():
            with suppress(OSError):
                for parent in made:
                    parent.rmdir()


def _standing(out: Path) -> Frame | None:
    """The frame that `out` holds already; None when there is nothing."""
    if not out.exists() or not any(out.iterdir()):
        return None
    try:
        return load_frame(out)
    except FrameError as error:
        raise SamplingError("file.folder_in_use", path=out) from error


def _settle(folder: Path, out: Path) -> None:
    """Move a complete folder to its place, so that a crash shows all of it or nothing."""
    for inner in (*(path for path in folder.iterdir() if path.is_dir()), folder):
        _flush(inner)
    folder.rename(out)
    _flush(out.parent)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise FrameError([Fault(folder.name, 0, "", "frame.no_manifest")])
    try:
        manifest = json.loads(path.read_bytes())
        sound = manifest["schema"] == SCHEMA and {
            "simulated",
            "counties",
            "frame_sha256",
            "villages_sha256",
            "households_sha256",
        } <= set(manifest)
        sound = sound and {"villages.parquet", "totals.parquet"} <= set(manifest["files"])
    except (ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        raise FrameError([Fault(f"{folder.name}/{MANIFEST}", 0, "", "frame.bad_manifest")])
    return dict(manifest)


def _verify(folder: Path, manifest: Mapping[str, Any]) -> None:
    faults = []
    files = manifest["files"]
    for name in sorted(files):
        path = folder / name
        if not path.is_file():
            faults.append(Fault(name, 0, "", "frame.gone"))
            continue
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        expected = str(files[name]["sha256"])
        if found != expected:
            details = {"found": found[:16], "expected": expected[:16]}
            faults.append(Fault(name, 0, "", "frame.changed", details))
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet")}
    faults += [Fault(name, 0, "", "frame.stranger") for name in sorted(present - set(files))]
    if any(manifest[name] != value for name, value in _summary_hashes(files).items()):
        faults.append(Fault(MANIFEST, 0, "", "frame.manifest_changed"))
    if faults:
        raise FrameError(faults)
