"""A phone's storage: whole or not at all, wherever the battery dies; and the fleet sees if not."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inspect_app.demo.flash import Flash
from inspect_app.demo.fleet import Player, SealedAndGone, play
from inspect_app.demo.link import Answer, HttpWire, Link
from inspect_app.demo.phone import Phone, Task
from inspect_app.demo.weather import BatteryDied, Clock, Portal, Weather, everything

NOW = datetime(2020, 6, 3, 1, 0, tzinfo=UTC)
STEPS = ("before", "half", "written", "named", "after")
TASK = Task("i", "530621100201-0007", "530621100201", "E", "1", 1, False, "form", "1")


class DeadLine(HttpWire):
    """Where no request ever arrives."""

    def exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Answer:
        raise OSError("no signal")


def a_phone() -> Phone:
    phone = Phone(Link(DeadLine("")), "phone", NOW, simulates=False)
    phone.tasks[TASK.unit_id] = TASK
    phone.token_until = NOW
    return phone


def call(phone: Phone) -> object:
    return phone.seal_contact(
        TASK.unit_id, visit_no=1 + len(phone.outbox), disposition="partial", note="不在家"
    )


@pytest.mark.parametrize("step", STEPS)
def test_a_battery_that_dies_in_a_write_leaves_the_state_of_before_or_of_after(
    step: str, tmp_path: Path
) -> None:
    phone = a_phone()
    flash = phone.flash = Flash(tmp_path)
    call(phone)

    def die(reached: str) -> None:
        if reached == step:
            raise BatteryDied(step)

    flash.battery = die
    with pytest.raises(BatteryDied):
        call(phone)
    flash.battery = lambda _step: None
    again = flash.restart(phone.link, now=NOW)

    assert len(again.outbox) == (2 if step in ("named", "after") else 1)
    assert [one.op for one in again.outbox] == [one.op for one in phone.outbox[: len(again.outbox)]]
    assert again.outbox[0].op["boot_id"] != again.envelope([])["boot_id"]


def test_all_that_a_phone_knows_survives_a_restart(tmp_path: Path) -> None:
    phone = a_phone()
    phone.flash = Flash(tmp_path)
    phone.keep(b"a house")
    phone.acked.add("a")
    phone.cursor = "k7"
    phone.draft(TASK.unit_id, {"note": "半"})

    again = phone.flash.restart(phone.link, now=NOW)

    assert (again.tasks, again.drafts, again.files) == (phone.tasks, phone.drafts, phone.files)
    assert (again.acked, again.cursor, again.token_until) == ({"a"}, "k7", NOW)
    assert again.doubtful == set(phone.files)
    assert again.identity == phone.identity


def test_a_phone_that_says_sealed_too_early_is_found(tmp_path: Path) -> None:
    """A planted fault: nothing is kept after the first time."""

    class Forgetful(Flash):
        def keep(self, phone: Phone) -> None:
            if self.is_empty or phone.boots:
                super().keep(phone)

    player = Player(
        a_phone(),
        [call] * 20,
        Weather("forgetful", deaths=0.3),
        DeadLine(""),
        tmp_path,
        Counter(),
        sleep=lambda _seconds: None,
        now=lambda: NOW,
    )
    player.flash = Forgetful(tmp_path, player.battery)
    player.phone.flash = player.flash

    with pytest.raises(SealedAndGone):
        play([player])


def test_the_same_seed_brings_the_same_weather() -> None:
    one, same, other = everything("a"), everything("a"), everything("b")

    def seen(weather: Weather) -> list[object]:
        return [
            (weather.share("phone", n), weather.portal("phone", n), weather.clock(str(n)))
            for n in range(40)
        ]

    assert seen(one) == seen(same) != seen(other)
    assert {clock for _, _, clock in seen(one)} == set(Clock)  # type: ignore[misc]
    assert {portal for _, portal, _ in seen(one)} >= set(Portal)  # type: ignore[misc]
