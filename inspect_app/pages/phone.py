"""The phone app: plain files of the package, served under a name that changes with their content.

`/app/` and the worker are asked for anew each time; everything else lies in a folder named after
the digest of all files, so a browser may keep it for ever and never mixes two versions.
"""

import gzip
import hashlib
import json
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, request

from inspect_app.auth import public
from inspect_app.requests import PACKAGE
from inspect_app.rules.errors import Unknown

blueprint = Blueprint("phone", __name__, url_prefix="/app")

FOLDER = PACKAGE / "phone"
PAGE, WORKER = "index.html", "sw.js"
DIGITS = 12
TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}
LATER = frozenset({"carry.js", "dialect.js", "fields.js", "interview.js"})
"""Modules that the first page can do without."""
FOR_EVER = "public, max-age=31536000, immutable"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
}
"""Our own files only, nothing inline; an inspector takes photos and the location."""


REMARK = re.compile(rb"^[ \t]*(?://.*|/\*(?:.|\n)*?\*/)?\n", re.MULTILINE)
INDENT = re.compile(rb"^[ \t]+", re.MULTILINE)


def without_remarks(content: bytes) -> bytes:
    """Leave out indentation, empty lines, and the comments that have lines of their own.

    A village's signal pays for every byte; whoever reads the code reads the package.
    """
    return INDENT.sub(b"", REMARK.sub(b"", content))


@dataclass(frozen=True)
class File:
    """One file as it is sent."""

    content: bytes
    packed: bytes
    type: str

    @classmethod
    def of(cls, name: str, content: bytes) -> "File":
        """Pack a file once, as hard as gzip can."""
        suffix = Path(name).suffix
        kind = TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
        if suffix in (".js", ".css"):
            content = without_remarks(content)
        return cls(content, gzip.compress(content, 9, mtime=0), kind)


@dataclass(frozen=True)
class Shell:
    """All files of one version of the app."""

    version: str
    page: File
    worker: File
    files: Mapping[str, File]

    @classmethod
    def read(cls, folder: Path) -> "Shell":
        """Read the folder; the version is a digest of every name and byte in it."""
        found = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
        told = "".join(
            f"{name} {hashlib.sha256(data).hexdigest()}\n" for name, data in found.items()
        )
        version = hashlib.sha256(told.encode()).hexdigest()[:DIGITS]
        page, worker = found.pop(PAGE), found.pop(WORKER)
        within = f"/app/{version}/"
        kept = json.dumps(["/app/", *(within + name for name in found)])
        head = f"const VERSION = {json.dumps(version)};\nconst FILES = {kept};\n"
        # Named in the page, so that no module waits for another to be found out about.
        modules = [name for name in found if name.endswith(".js") and name not in LATER]
        filled = page.decode()
        for name, value in {
            "version": version,
            "folder": within,
            "preloads": "\n".join(
                f'<link rel="modulepreload" href="{within}{name}">' for name in modules
            ),
        }.items():
            filled = filled.replace("{{" + name + "}}", value)
        return cls(
            version,
            File.of(PAGE, filled.encode()),
            File.of(WORKER, head.encode() + worker),
            {name: File.of(name, data) for name, data in found.items()},
        )


@cache
def shell() -> Shell:
    """The app as this server has it, read once."""
    return Shell.read(FOLDER)


@blueprint.get("/")
@public
def show_app() -> Response:
    """Show the app's page, which names the files of this version."""
    return _sent(shell().page, "no-cache")


@blueprint.get("/sw.js")
@public
def get_worker() -> Response:
    """Hand out the service worker, with the list of what it keeps."""
    return _sent(shell().worker, "no-cache")


@blueprint.get("/<version>/<name>")
@public
def get_file(version: str, name: str) -> Response:
    """Hand out a file of this version; older ones live on in the phones that have them."""
    app = shell()
    found = app.files.get(name) if version == app.version else None
    if found is None:
        raise Unknown("This version of the app has no such file.")
    return _sent(found, FOR_EVER)


def _sent(file: File, caching: str) -> Response:
    packs = "gzip" in request.headers.get("Accept-Encoding", "")
    answer = Response(file.packed if packs else file.content, mimetype=file.type)
    if packs:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers.update({**HEADERS, "Cache-Control": caching, "Vary": "Accept-Encoding"})
    return answer
