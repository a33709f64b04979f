"""How long work tells whoever waits for it; drawing a bar is the command line's business."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""`progress(stage, done, total)`: a stage in words, and rows done of rows in all."""


def silent(stage: str, done: int, total: int) -> None:
    """Tell nobody."""
