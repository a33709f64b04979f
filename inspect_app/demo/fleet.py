"""Plays many phones at once through whatever weather, each from its own storage.

A visit seals one op, so that a phone which comes back from a dead battery goes on at the visit
whose op it does not find on its flash. Between visits come contacts with the server; at the end
contacts until nothing is left to send.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from inspect_app.demo.flash import Flash
from inspect_app.demo.link import Link, LinkDown
from inspect_app.demo.outbox import Sealed
from inspect_app.demo.phone import Phone, PhoneRefused
from inspect_app.demo.weather import (
    Battery,
    BatteryDied,
    Clock,
    FragileWire,
    RoughWire,
    Weather,
)

Visit = Callable[[Phone], object]
"""Seals one op."""

CONTACTS = 200
"""After so many contacts a phone that still holds something is given up."""
EVERY = 3
"""One visit in so many is followed by a contact."""
BATCH = 4
LOST = 4
"""So many visits go with the storage when it is lost."""


class Unfinished(Exception):
    """A phone could not deliver everything, however often it tried."""


class SealedAndGone(Exception):
    """A phone said that an op was sealed, and does not have it after a restart."""


@dataclass
class Player:
    """One phone, its flash and its network.

    start : a phone that has enrolled; its state goes to the flash at once
    visits : what its enumerator does, in this order
    enrol_again : makes a new phone of the same enumerator, after the storage was lost
    losing_at : lose the storage after so many visits, the last few of them told and not sent
    seen : every op that the phone ever said was sealed
    gone : those that went with the storage
    before : those of the phone whose storage was lost
    """

    start: Phone
    visits: Sequence[Visit]
    weather: Weather
    wire: FragileWire
    folder: Path
    met: Counter[str]
    sleep: Callable[[float], None]
    now: Callable[[], datetime]
    enrol_again: Callable[[Phone], Phone] | None = None
    losing_at: int | None = None
    seen: dict[str, Sealed] = field(default_factory=dict)
    gone: dict[str, Sealed] = field(default_factory=dict)
    before: dict[str, Sealed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.whose = self.start.seed
        self.battery = Battery(self.weather, self.whose, self.met)
        self.rough = RoughWire(self.wire, self.weather, self.whose, self.met, self.battery)
        self.flash = Flash(self.folder, self.battery)
        self.clock = self.weather.clock(self.whose)
        if self.clock is not Clock.RIGHT:
            self.met[f"clock {self.clock.value}"] += 1
        self.contacts = 0
        self.todo = list(self.visits)  # the n-th seals the n-th op of the present phone
        self.phone = self._take(self.start)

    def play(self) -> None:
        """Do every visit and deliver everything.

        Raises
        ------
        Unfinished : something could not be delivered
        """
        while len(self.phone.outbox) < len(self.todo):
            self._survive(self._visit)
            done = len(self.phone.outbox)
            if self.losing_at is not None and done >= self.losing_at - LOST:
                if done == self.losing_at - LOST:
                    self._deliver()
                elif done == self.losing_at:
                    self._lose_storage()
            elif self.weather.share(self.whose, done, "contact") < 1 / EVERY:
                self._contact()
        self._deliver()

    def _deliver(self) -> None:
        """Contacts until nothing is left to send, and nothing is on its way."""
        tried = 0
        while not self._is_empty:
            tried += 1
            if tried > CONTACTS:
                raise Unfinished(f"{self.whose} still holds {len(self.phone.unsent)} ops")
            self._contact()
        self.rough.clear_up()

    @property
    def _is_empty(self) -> bool:
        ids = {sealed.op["op_id"] for sealed in self.phone.outbox}
        return not self.phone.unsent and ids <= self.phone.complete

    def _visit(self) -> None:
        done = len(self.phone.outbox)
        self._set_clock(done)
        self.todo[done](self.phone)
        # It says `sealed` here, and not before.
        sealed = self.phone.outbox[done]
        self.seen[sealed.op["op_id"]] = sealed

    def _contact(self) -> None:
        """Try to send and to hear; whatever comes of it, the work goes on."""
        self.contacts += 1
        self.rough.portal = self.weather.portal(self.whose, self.contacts)
        try:
            self._survive(self._send_and_hear)
        except (LinkDown, PhoneRefused) as error:
            self.met[f"contact ended by {type(error).__name__}"] += 1
        finally:
            self.rough.portal = None

    def _send_and_hear(self) -> None:
        self._set_clock(len(self.phone.outbox))
        self.phone.contact(batch=BATCH, arranged=self._arranged)

    def _arranged(self, waiting: Sequence[Sealed]) -> list[Sealed]:
        """Later ops before earlier ones; but a roster goes before what was drawn from it."""
        if not self.weather.late:
            return list(waiting)

        def place(sealed: Sealed) -> tuple[bool, float]:
            lot = self.weather.share(self.whose, self.contacts, "place", sealed.op["op_id"])
            return sealed.op["kind"] != "roster", lot

        return sorted(waiting, key=place)

    def _survive(self, act: Callable[[], None]) -> None:
        """Act; a phone whose battery dies meanwhile starts again from its flash.

        Raises
        ------
        SealedAndGone : it has lost or changed what it had said was sealed
        """
        try:
            act()
        except BatteryDied:
            self.phone = self._restarted()
            kept = {sealed.op["op_id"]: sealed.op for sealed in self.phone.outbox}
            for op_id, sealed in self.seen.items():
                if op_id not in self.gone and kept.get(op_id, sealed.op) != sealed.op:
                    raise SealedAndGone(f"{self.whose} {op_id} is another") from None
            missing = self.seen.keys() - kept.keys() - self.gone.keys() - self.before.keys()
            if missing:
                raise SealedAndGone(f"{self.whose} {sorted(missing)}") from None

    def _restarted(self) -> Phone:
        while True:
            try:
                return self.flash.restart(self._link(), now=self.now())
            except BatteryDied:
                continue

    def _lose_storage(self) -> None:
        """Tell what is unsent, lose everything, and let a new phone do those visits again."""
        if self.enrol_again is None:
            raise ValueError("nobody gives this enumerator a new code")
        old = self.phone
        with self.battery.spare():
            old.link = Link(self.wire, sleep=self.sleep)
            old.heartbeat()
            self.gone = {sealed.op["op_id"]: sealed for sealed in old.unsent}
            self.before = {sealed.op["op_id"]: sealed for sealed in old.outbox}
            self.todo = [
                *(self.todo[n] for n, sealed in enumerate(old.outbox) if not sealed.is_done),
                *self.todo[len(old.outbox) :],
            ]
            self.flash.lose()
            self.met["storage lost"] += 1
            self.losing_at = None
            old.flash = None
            self.phone = self._take(self.enrol_again(old))

    def _take(self, phone: Phone) -> Phone:
        """Give a phone its flash and its network."""
        with self.battery.spare():
            phone.flash, phone.link = self.flash, self._link()
            phone.save()
        return phone

    def _link(self) -> Link:
        return Link(self.rough, sleep=self.sleep)

    def _set_clock(self, visits: int) -> None:
        self.phone.now = self.now()
        self.phone.clock_error = self.clock.error(visits, now=self.phone.now)


def play(players: Sequence[Player], *, at_once: int = 16) -> None:
    """Play all phones, so many at the same time.

    Raises
    ------
    Unfinished, or whatever else ended a phone's play : the first of them, after all have ended
    """
    errors: list[BaseException] = []
    waiting = list(reversed(players))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                player = waiting.pop()
            try:
                player.play()
            except Exception as error:
                errors.append(error)
            finally:
                player.wire.close()

    threads = [threading.Thread(target=work) for _ in range(min(at_once, len(players)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
