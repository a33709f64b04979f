"""Every test that stores something runs on SQLite and on PostgreSQL; `--db` chooses one."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from databases import KINDS, Databases
from figures import FIGURES
from hypothesis import settings
from routes import compile_late
from statements import compile_once

settings.register_profile("unhurried", deadline=None)  # a busy machine is no finding
settings.load_profile("unhurried")

USED = pytest.StashKey[dict[str, str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--db",
        choices=(*KINDS, "both"),
        default="both",
        help="database engine of the tests that need one",
    )
    parser.addoption("--kills", type=int, default=4, help="kills of the crash test, each engine")
    parser.addoption("--recovery", type=float, default=300, help="seconds to be ready after a kill")
    parser.addoption("--visits", type=int, default=30, help="visits without interview, each phone")
    parser.addoption("--phones", type=int, default=24, help="phones of the storm")
    parser.addoption("--bodies", type=int, default=400, help="mutated bodies, each engine")
    parser.addoption("--schema-cases", type=int, default=0, help="cases an operation and role")
    parser.addoption("--sync-stories", type=int, default=12, help="stories of the sync machine")
    parser.addoption("--photos", type=int, default=20, help="photos on a phone")
    parser.addoption("--expressions", type=int, default=500, help="random rules in the browser")
    parser.addoption("--fuzz-seed", type=int, default=1, help="seed of the fuzz tests")
    parser.addoption("--crash-seed", type=int, default=1, help="seed of the crash test")


def pytest_configure(config: pytest.Config) -> None:
    compile_late()
    compile_once()
    gc.set_threshold(50_000, 20, 20)  # as of a worker of the server
    config.stash[USED] = {}
    config.stash[FIGURES] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of a run in several processes hands over what it has to say in the end."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["used"] = session.config.stash[USED]
        session.config.workeroutput["figures"] = session.config.stash[FIGURES]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker has to say; one that died says nothing."""
    said = getattr(node, "workeroutput", {})
    node.config.stash[USED].update(said.get("used", {}))
    node.config.stash[FIGURES].extend(said.get("figures", []))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "databases" in metafunc.fixturenames:
        wanted = metafunc.config.getoption("db")
        kinds = tuple(KINDS) if wanted == "both" else (wanted,)
        metafunc.parametrize("databases", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    """Makes databases of the kind this test is run with; a missing PostgreSQL fails the test."""
    made = KINDS[request.param](tmp_path_factory.mktemp(request.param))
    request.config.stash[USED][made.name] = made.version
    yield made
    made.close()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say in one line which databases were behind the tests."""
    if used := config.stash[USED]:
        terminalreporter.write_line(f"databases: {', '.join(used.values())}")
    for line in config.stash[FIGURES]:
        terminalreporter.write_line(line)
