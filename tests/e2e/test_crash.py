"""What was acknowledged is stored, once and unchanged, whatever is killed; and the test can fail.

Small here. The long run is the same test with more kills and more visits:

    python -m pytest tests/e2e/test_crash.py -k survives --kills 40 --visits 605

The witness of flushes is left out by name where there is no strace; REQUIRE_STRACE=1 makes that a
failure.
"""

import os
import shutil
from pathlib import Path

import pytest
from crash import Outcome, Stage, play
from figures import FIGURES
from flushes import counting_flushes

KINDS = ("sqlite", "postgres")
PHOTOS = 3

needs_strace = pytest.mark.skipif(
    shutil.which("strace") is None and not os.environ.get("REQUIRE_STRACE"),
    reason="strace is not installed",
)


def tell(request: pytest.FixtureRequest, kind: str, outcome: Outcome) -> None:
    """Keep the figures for the last lines of the run."""
    kills = ", ".join(f"{count} {what}" for what, count in outcome.kills.items())
    request.config.stash[FIGURES].append(
        f"{kind}: killed {kills} ({outcome.void} void), {outcome.acknowledged} acknowledged, "
        f"{outcome.files} files, "
        f"{outcome.torn} connections torn, answers {outcome.answers}, ready again after at most "
        f"{outcome.longest_recovery:.1f} s, faults {len(outcome.faults)}"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_acknowledged_survives_every_kill(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    kills, visits = request.config.getoption("kills"), request.config.getoption("visits")

    with Stage(tmp_path, kind, phones=8, visits=visits, photos=PHOTOS) as stage:
        outcome = play(
            stage,
            kills=kills,
            seed=request.config.getoption("crash_seed"),
            seconds=600.0 + 60.0 * kills,
        )

    tell(request, kind, outcome)
    assert outcome.faults == ()
    assert outcome.longest_recovery <= request.config.getoption("recovery")
    assert outcome.kills.total() == kills
    assert outcome.acknowledged == 8 * (20 + visits)
    assert set(outcome.answers) <= {200, 204, 409, 429, 502, 503}
    assert outcome.files == 8 * PHOTOS
    assert outcome.statuses["again: duplicate"] > 0


def play_with(
    fault: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *, kills: int, settle: float = 0
) -> tuple[str, ...]:
    """Let phones send to a server with a planted fault; what the comparison complains of."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    with Stage(
        folder, "sqlite", phones=4, visits=40, application=f"faulty_server:{fault}()"
    ) as stage:
        return play(
            stage, kills=kills, seed=3, verify_each=False, changed=0.05, settle=settle, seconds=30
        ).faults


def test_an_acknowledgement_before_the_commit_is_found_by_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "calm").mkdir()
    (tmp_path / "killed").mkdir()

    calm = play_with("acknowledges_early", tmp_path / "calm", monkeypatch, kills=0, settle=60)
    killed = play_with("acknowledges_early", tmp_path / "killed", monkeypatch, kills=3)

    assert not any("is lost" in fault for fault in calm)
    assert any("was acknowledged and is lost" in fault for fault in killed)


def test_a_missing_key_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = play_with("has_no_key", tmp_path, monkeypatch, kills=0)

    assert any("is in the ledger 2 times" in fault for fault in faults)
    assert any("sent again was accepted" in fault for fault in faults)


def test_a_last_writer_that_wins_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = play_with("overwrites", tmp_path, monkeypatch, kills=0)

    assert any("with other content was duplicate" in fault for fault in faults)
    assert any("is stored with other content" in fault for fault in faults)


def test_a_database_that_does_not_flush_is_found(tmp_path: Path) -> None:
    rare, lazy = ("wal_writer_delay=10s",), "synchronous_commit=off"

    with Stage(tmp_path, "postgres", phones=4, visits=40, options=rare, asked=lazy) as stage:
        outcome = play(
            stage,
            kills=3,
            seed=3,
            only=("database",),
            verify_each=False,
            seconds=30,
            patience=5,  # a server with such a database never says that it is ready
        )

    assert any("was acknowledged and is lost" in one for one in outcome.faults)


@needs_strace
@pytest.mark.parametrize("kind", KINDS)
def test_every_acknowledgement_is_flushed_first(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with Stage(tmp_path, kind, phones=2, visits=80) as stage:
        flushed, acknowledged = counting_flushes(stage)

    request.config.stash[FIGURES].append(
        f"{kind}: {flushed} flushes over {acknowledged} single ops"
    )
    assert acknowledged == 100
    assert flushed >= acknowledged


@needs_strace
def test_the_count_of_flushes_sees_a_server_that_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))

    with Stage(
        tmp_path, "sqlite", phones=2, visits=80, application="faulty_server:never_flushes()"
    ) as stage:
        flushed, acknowledged = counting_flushes(stage)

    assert acknowledged == 100
    assert flushed < acknowledged / 2
