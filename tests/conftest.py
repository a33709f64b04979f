"""Every test that stores something runs on SQLite and on PostgreSQL; `--db` chooses one."""

from collections.abc import Iterator

import pytest
from databases import KINDS, Databases

USED = pytest.StashKey[dict[str, str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--db",
        choices=(*KINDS, "both"),
        default="both",
        help="database engine of the tests that need one",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[USED] = {}


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
