"""Stand-ins for drawing that a worker finds by name; nothing heavy is imported with them."""

import os


def shout(content: bytes) -> bytes:
    """Stand in for drawing."""
    return content.upper()


def choke(content: bytes) -> bytes:
    """Fail on one sheet."""
    if content == b"sheet 3":
        raise ValueError("sheet 3 cannot be drawn")
    return content.upper()


def die(content: bytes) -> bytes:
    """Take the worker along on one sheet, as a machine without memory does."""
    if content == b"sheet 11":
        os._exit(9)
    return content.upper()
