"""The application with a newer phone app, as after an upgrade of the server; run by gunicorn."""

import tempfile
from pathlib import Path

from inspect_app import from_environment
from inspect_app.pages import phone

folder = Path(tempfile.mkdtemp(prefix="newer-phone-"))
for file in phone.FOLDER.iterdir():
    (folder / file.name).write_bytes(file.read_bytes())
(folder / "style.css").write_bytes((folder / "style.css").read_bytes() + b"/* newer */\n")
newer = phone.Shell.read(folder)
for file in folder.iterdir():
    file.unlink()
folder.rmdir()
phone.shell = lambda: newer  # type: ignore[assignment]  # read once, as the real one is

app = from_environment()
