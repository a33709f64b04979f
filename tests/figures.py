"""Figures that tests found on their way, told in the last lines of a run."""

import pytest

FIGURES = pytest.StashKey[list[str]]()
