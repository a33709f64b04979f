"""A worker of the press: sheets drawn, looked at by the gate and put into a folder.

A worker holds the fonts and little else, so that many of them fit into one machine; it knows no
database, and what it is given and returns crosses processes as plain values.
"""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from report_templates import gate
from report_templates.typeface import fonts
from report_templates.verdict import VerdictSheet, render


@dataclass(frozen=True)
class Sheet:
    """A verdict.json and the name of the file, below the folder, that its report goes to."""

    file: str
    content: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the document."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Printed:
    """What became of a sheet: the digest of its report, or the fault that kept it from being."""

    file: str
    document_sha256: str
    pdf_sha256: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Chunk:
    """What a worker did in one go.

    cpu : seconds of processor time
    peak : most memory the worker ever held, in MB
    """

    printed: tuple[Printed, ...]
    worker: int
    cpu: float
    peak: float


Draw = Callable[[bytes], bytes]


def warm_up() -> None:
    """Make a worker ready: fonts are read once; an interrupt is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    fonts()


def draw(content: bytes) -> bytes:
    """Draw a verdict.json and let the gate look at it.

    Raises
    ------
    SheetError, MissingGlyph, UnknownWording, Overflow, Fault : it may not leave as it is
    """
    document = render(VerdictSheet.from_json(content))
    gate.check(document)
    return document


def put(sheets: Sequence[Sheet], folder: Path, draw: Draw = draw) -> Chunk:
    """Draw sheets into a folder; one that fails keeps none of the others."""
    started = time.process_time()
    printed = tuple(_print(sheet, folder, draw) for sheet in sheets)
    return Chunk(printed, os.getpid(), time.process_time() - started, _peak())


def _peak() -> float:
    """Most memory this process ever held, in MB.

    Linux hands `ru_maxrss` down from the parent, so that a small worker would seem as large as
    the process that started it.
    """
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def _print(sheet: Sheet, folder: Path, draw: Draw) -> Printed:
    try:
        document = draw(sheet.content)
        write(folder / sheet.file, document)
    except Exception as error:  # whatever it is, it is told beside the sheet, and the rest goes on
        return Printed(sheet.file, sheet.digest, fault=f"{type(error).__name__}: {error}")
    return Printed(sheet.file, sheet.digest, hashlib.sha256(document).hexdigest())


def write(file: Path, content: bytes) -> None:
    """Write a file whole or not at all: under a passing name first, then renamed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    passing = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        passing.write_bytes(content)
        passing.replace(file)
    finally:
        passing.unlink(missing_ok=True)
