"""A campaign of two villages of twelve: drawn, visited, finished."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from verdict_field import Field

from sampling.plan import write_plan
from sampling.remoteness import freeze


@pytest.fixture(scope="session")
def folders(folders: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same frame with a plan of two villages, two households a class in each."""
    plans = tmp_path_factory.mktemp("two_villages") / "plans"
    wanted = folders.plan.override(
        ['strata.by=["county"]', "stage1.villages=2", "stage2.e=2", "stage2.n=2", "stage2.p=1"]
    )
    frozen = freeze(wanted, folders.frame.villages)
    plan = write_plan(plans / "changyang", frozen.plan, frozen.villages)
    return replace(folders, plan=plan, plans=plans)


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
