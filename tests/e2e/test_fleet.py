"""Phones in every kind of bad weather leave behind what phones leave that nothing happened to.

Small here. The long run:

    python -m pytest tests/e2e/test_fleet.py --phones 200 --visits 60 --crash-seed 7
"""

from collections import Counter
from pathlib import Path

import pytest
from crash import Stage, chain_faults
from figures import FIGURES
from fleets import Stored, crew, stored

from inspect_app.demo.fleet import play
from inspect_app.demo.weather import CALM, Weather, everything

KINDS = ("sqlite", "postgres")
SMALL = 6
HOUSEHOLDS = 4
LOSING = (1,)
ALARMS = {"enrolled_with_unsent", "left_manifest"}
MET = {
    "lost",
    "torn",
    "late",
    "again",
    "gateway",
    "battery died",
    "storage lost",
    "contact ended by PortalMet",
}
"""Faults that even a small fleet has to meet, or the run proves nothing."""


def phones_of(config: pytest.Config) -> int:
    """The storm's option counts for a fleet as well, unless it was left as it is."""
    asked: int = config.getoption("phones")
    return SMALL if asked == 24 else asked


def contacts_of(config: pytest.Config) -> int:
    asked: int = config.getoption("visits")
    return 6 if asked == 30 else asked


@pytest.fixture(scope="module")
def perfect(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Stored, Counter[str]]:
    """What phones leave behind to which nothing happens; once, as engines may not differ."""
    folder = tmp_path_factory.mktemp("calm")
    count, contacts = phones_of(request.config), contacts_of(request.config)
    with Stage(folder, "sqlite", phones=count, households=HOUSEHOLDS, visits=0) as stage:
        players, met = crew(stage, CALM, contacts=contacts)
        play(players)
        return stored(stage), met


@pytest.mark.parametrize("kind", KINDS)
def test_a_rough_campaign_leaves_what_a_calm_one_leaves(
    kind: str,
    perfect: tuple[Stored, Counter[str]],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """Nothing lost, doubled or changed; what went with a phone's storage is an alarm each."""
    calm, nothing = perfect
    count, contacts = phones_of(request.config), contacts_of(request.config)
    weather: Weather = everything(f"rough/{request.config.getoption('crash_seed')}")

    with Stage(tmp_path, kind, phones=count, households=HOUSEHOLDS, visits=0) as stage:
        players, met = crew(stage, weather, contacts=contacts, losing=LOSING)
        play(players)
        rough, faults = stored(stage), chain_faults(stage.settings)

    request.config.stash[FIGURES].append(
        f"{kind}: {count} phones, {sum(calm.content.values())} ops, {len(calm.files)} files; met "
        f"{', '.join(f'{n} {what}' for what, n in sorted(met.items()))}"
    )
    assert faults == []
    assert nothing == Counter()
    assert met.keys() >= MET
    # The same content once each, whichever phone brought it.
    assert max(calm.content.values()) == 1
    assert rough.content == calm.content
    assert rough.shown == calm.shown
    assert set(rough.statuses) == set(calm.statuses) == {"accepted"}
    assert rough.incomplete == calm.incomplete == set()
    assert rough.files == calm.files
    # What a phone once called sealed is here under its hash, or went with its storage.
    gone = {op_id for player in players for op_id in player.gone}
    sealed = {
        op_id: one.op["body_sha256"]
        for player in players
        for op_id, one in player.seen.items()
        if op_id not in gone
    }
    assert sealed.items() <= rough.bodies.items()
    assert len(gone) == 4 * len(LOSING)
    assert not gone & rough.bodies.keys()
    # Each of these is told to the supervisor, and nothing else is called lost for good.
    alarmed = {op_id for event, op_id in rough.alarms if event in ALARMS}
    assert alarmed - rough.bodies.keys() == gone
    assert not {op_id for event, op_id in calm.alarms if event in ALARMS}
