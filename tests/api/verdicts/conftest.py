"""A campaign of two villages of twelve: drawn, visited, finished."""

from typing import Any

import pytest
from flask import Flask
from frames import two_villages
from verdict_field import Field


@pytest.fixture(scope="session")
def folders(folders: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same frame with a plan of two villages."""
    return two_villages(folders, tmp_path_factory.mktemp("two_villages"))


@pytest.fixture
def drawn(app: Flask, as_role: Any, a_campaign: Any, frozen_clock: Any) -> Field:
    """Two villages are drawn, nobody has travelled."""
    return Field(app, as_role, a_campaign(), frozen_clock)


@pytest.fixture
def visited(drawn: Field) -> Field:
    """Both villages are listed, nobody has been asked."""
    for order in (1, 2):
        drawn.visit(order)
    return drawn


@pytest.fixture
def finished(visited: Field) -> Field:
    """Everybody was asked, everything accepted, nothing suspected."""
    visited.interview_everybody()
    assert visited.accept_everything() == []
    return visited
