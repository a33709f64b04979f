"""Every example in the docstrings of `sampling` runs and prints what it says."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def modules() -> list[str]:
    """Modules of `sampling` by dotted name, the commands and their texts left out."""
    paths = (path.relative_to(ROOT) for path in sorted((ROOT / "sampling").rglob("*.py")))
    names = (".".join(path.with_suffix("").parts) for path in paths)
    plain = (name.removesuffix(".__init__") for name in names)
    return [name for name in plain if not name.endswith("__main__")]


@pytest.mark.parametrize("name", modules())
def test_examples_print_what_they_say(name: str) -> None:
    result = doctest.testmod(import_module(name), optionflags=OPTIONS)

    assert result.failed == 0, "see the report above"
