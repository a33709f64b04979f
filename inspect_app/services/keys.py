"""Secret keys of the server: files outside the database, made once, for their owner's eyes only.

In a demonstration they follow from the demo seed, so that the same seed gives the same bytes.
"""

import os
import uuid
from functools import lru_cache
from pathlib import Path

from inspect_app.entropy import Entropy

KEY_BYTES = 32


@lru_cache(maxsize=32)
def secret_key(path: Path, *, purpose: str, demo_seed: str | None) -> bytes:
    """Return the key of this file, making it at the first call ever.

    Raises
    ------
    ValueError : the file does not hold a key
    PermissionError : others than its owner may read it
    """
    if not path.exists():
        _create(path, Entropy(demo_seed).secret_bytes(KEY_BYTES, purpose))
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"others may read the secret key {path}; chmod 600 it")
    key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path} does not hold a key of {KEY_BYTES} bytes")
    return key


def _create(path: Path, key: bytes) -> None:
    """Write the key under its name in one step; whoever comes second keeps the first one's."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Threads and processes alike may come first; each writes a draft of its own.
    draft = path.with_name(f"{path.name}.{uuid.uuid4().hex}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
