"""How a phone sends its files: piece by piece, going on where the server says."""

from collections.abc import Callable
from dataclasses import dataclass

from inspect_app.demo.link import Answer, PhoneRefused
from inspect_app.demo.outbox import KeptFile

CHUNK_TYPE = "application/offset+octet-stream"
CHUNK = 256 * 1024
RESTARTS = 3
"""How often a file that arrived with another hash is sent from its beginning."""


@dataclass
class Uploads:
    """The files of one phone, and how far each has come.

    ask : sends a request in the phone's name
    offsets : where to go on, as the last answer said
    doubtful : files of which an answer was missed
    """

    ask: Callable[..., Answer]
    seed: str
    files: dict[str, KeptFile]
    offsets: dict[str, int]
    doubtful: set[str]

    def ask_offset(self, sha256: str) -> int:
        """Ask how much of a file has arrived."""
        answer = self.ask("HEAD", f"/blobs/{sha256}")
        if answer.status != 200:
            raise PhoneRefused(answer)
        return int(answer.headers["upload-offset"])

    def send_chunk(self, sha256: str, offset: int, chunk: int) -> Answer:
        """Send the piece of a file that starts at an offset."""
        data = self.files[sha256].data
        return self.ask(
            "PATCH",
            f"/blobs/{sha256}",
            data[offset : offset + chunk],
            name=f"{self.seed}/blob/{sha256}/{offset}",
            headers={
                "Content-Type": CHUNK_TYPE,
                "Upload-Offset": str(offset),
                "Upload-Length": str(len(data)),
            },
        )

    def send(self, sha256: str, chunk: int) -> None:
        """Send a file to its end; asks where to go on only after an answer was missed."""
        length = len(self.files[sha256].data)
        offset = self.ask_offset(sha256) if sha256 in self.doubtful else self.offsets.get(sha256, 0)
        restarts = 0
        is_done = sha256 in self.doubtful and offset == length
        while not is_done:
            self.doubtful.add(sha256)
            answer = self.send_chunk(sha256, offset, chunk)
            self.doubtful.discard(sha256)
            if answer.status not in (204, 409, 422) or "upload-offset" not in answer.headers:
                raise PhoneRefused(answer)
            if answer.status == 422:
                restarts += 1
                if restarts > RESTARTS:
                    raise PhoneRefused(answer)
            offset = self.offsets[sha256] = int(answer.headers["upload-offset"])
            is_done = answer.status != 422 and offset == length
        self.doubtful.discard(sha256)
        self.offsets.pop(sha256, None)
