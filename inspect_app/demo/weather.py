"""What goes wrong between a phone and the server, and with the phone: all of it from a seed.

`Weather` says how often; `RoughWire` carries a phone's requests through it. Every request is
numbered for its phone, so that the same seed brings the same faults to it, in whatever order the
phones are served.
"""

import enum
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Protocol

from inspect_app.demo.link import Answer, Wire
from sampling.tickets import uniform

LATEST = 6
"""So many requests later at most does a delayed one arrive."""
RETRY_AFTER = {429: 20, 502: None, 503: 30}
JUMPS_AT = 3
DRIFT = timedelta(seconds=45)


class BatteryDied(Exception):
    """The process of the phone ends here; what is not on its flash is gone."""


class Portal(enum.Enum):
    """Somebody else's answer to everything, as guest networks give it."""

    PAGE = "200 with HTML"
    JSON = "200 with JSON of another service"
    REDIRECT = "302"

    def answer(self) -> Answer:
        """Return what it says, whatever it was asked."""
        if self is Portal.REDIRECT:
            return Answer(302, {"location": "http://login.example/", "content-type": "x"}, b"")
        if self is Portal.JSON:
            body = json.dumps({"service": "hotel-wifi", "online": False}).encode()
            return Answer(200, {"content-type": "application/json"}, body)
        return Answer(200, {"content-type": "text/html"}, b"<html>please log in</html>")


class Clock(enum.Enum):
    """How a phone's clock goes."""

    RIGHT = "right"
    EPOCH = "1970"
    AHEAD = "one day ahead"
    JUMP = "set right in the middle of the work"
    DRIFT = "forty-five seconds more with every visit"

    def error(self, visits: int, *, now: datetime) -> timedelta:
        """Return phone time minus true time after so many visits."""
        match self:
            case Clock.EPOCH:
                return datetime(1970, 1, 1, tzinfo=UTC) - now + timedelta(minutes=visits)
            case Clock.AHEAD:
                return timedelta(days=1)
            case Clock.JUMP:
                return timedelta(hours=-9) if visits < JUMPS_AT else timedelta()
            case Clock.DRIFT:
                return DRIFT * visits
        return timedelta()


@dataclass(frozen=True)
class Weather:
    """How often each thing goes wrong, as a share of requests unless said otherwise.

    lost : the request arrives, its answer is not heard
    torn : the request is cut in the middle of its body
    late : nothing is heard, and a copy of the request arrives after later ones
    again : the request arrives twice
    gateway : 429, 502 or 503 of something in between; of half of them the server did the work
    portals : contacts that meet somebody else's page
    deaths : steps at which the battery dies
    clocks : phones whose clock is wrong
    """

    seed: str
    lost: float = 0.0
    torn: float = 0.0
    late: float = 0.0
    again: float = 0.0
    gateway: float = 0.0
    portals: float = 0.0
    deaths: float = 0.0
    clocks: float = 0.0

    def share(self, *names: object) -> float:
        """A number in [0, 1) that follows from seed and names."""
        return uniform(self.seed, "/".join(str(name) for name in names))

    def clock(self, whose: str) -> Clock:
        """How the clock of a phone goes."""
        if self.share(whose, "clock") >= self.clocks:
            return Clock.RIGHT
        wrong = [clock for clock in Clock if clock is not Clock.RIGHT]
        return wrong[int(self.share(whose, "which clock") * len(wrong))]

    def portal(self, whose: str, contact: int) -> Portal | None:
        """Whose page a contact meets, if any."""
        if self.share(whose, contact, "portal") >= self.portals:
            return None
        return list(Portal)[int(self.share(whose, contact, "which portal") * len(Portal))]


class FragileWire(Wire, Protocol):
    """A wire that can also tear in the middle of a request."""

    def send_torn(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Send the head and half of the body of a request, and hang up."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


CALM = Weather("calm")


def everything(seed: str) -> Weather:
    """All faults at once, each often enough to be met by a small fleet."""
    return Weather(
        seed,
        lost=0.12,
        torn=0.08,
        late=0.08,
        again=0.12,
        gateway=0.08,
        portals=0.2,
        deaths=0.03,
        clocks=0.7,
    )


@dataclass
class Battery:
    """Ends a phone's process at steps that follow from the seed."""

    weather: Weather
    whose: str
    met: Counter[str]
    steps: int = 0
    is_spare: bool = False

    def __call__(self, step: str) -> None:
        self.steps += 1
        if self.is_spare:
            return
        if self.weather.share(self.whose, self.steps, "battery") < self.weather.deaths:
            self.met["battery died"] += 1
            raise BatteryDied(f"{self.whose} at {step}")

    @contextmanager
    def spare(self) -> Iterator[None]:
        """Run from a spare battery meanwhile."""
        before, self.is_spare = self.is_spare, True
        try:
            yield
        finally:
            self.is_spare = before


@dataclass(frozen=True)
class Request:
    """A request as it would travel."""

    method: str
    path: str
    body: bytes | None = field(repr=False)
    headers: dict[str, str] = field(repr=False)


@dataclass
class RoughWire:
    """Carries requests through bad weather.

    met : how often each fault came, added up by whoever shares the counter
    portal : somebody else's page that answers everything at present
    """

    wire: FragileWire
    weather: Weather
    whose: str
    met: Counter[str]
    battery: Battery
    portal: Portal | None = None
    number: int = 0
    delayed: list[tuple[int, Request]] = field(default_factory=list)

    def exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Answer:
        """Carry one request, or let it suffer; OSError when nothing is heard."""
        self.number += 1
        request = Request(method, path, body, headers)
        self.battery("before sending")
        self._deliver_delayed()
        if self.portal is not None:
            self.met[f"portal {self.portal.value}"] += 1
            return self.portal.answer()
        if self._meets("torn", self.weather.torn) and body:
            self.wire.send_torn(method, path, body, headers)
            raise OSError("cut in the middle of the body")
        if self._meets("late", self.weather.late):
            due = self.number + 1 + int(self.weather.share(self.whose, self.number, "due") * LATEST)
            self.delayed.append((due, request))
            raise OSError("no answer")
        gateway = self._gateway()
        if gateway is not None and self.weather.share(self.whose, self.number, "idle") < 0.5:
            return gateway
        if self._meets("again", self.weather.again):
            self.wire.exchange(method, path, body, headers)
        answer = self.wire.exchange(method, path, body, headers)
        if gateway is not None:
            return gateway
        if self._meets("lost", self.weather.lost):
            raise OSError("the answer is lost")
        self.battery("after the answer")
        return answer

    def send_and_leave(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> None:
        self.wire.send_and_leave(method, path, body, headers)

    def clear_up(self) -> None:
        """Let everything that is still on its way arrive."""
        self.number += LATEST + 1
        self._deliver_delayed()

    def _deliver_delayed(self) -> None:
        arrived = [request for due, request in self.delayed if due <= self.number]
        self.delayed = [(due, request) for due, request in self.delayed if due > self.number]
        for one in arrived:
            with suppress(OSError):
                self.wire.exchange(one.method, one.path, one.body, one.headers)

    def _gateway(self) -> Answer | None:
        if not self._meets("gateway", self.weather.gateway):
            return None
        status = sorted(RETRY_AFTER)[
            int(self.weather.share(self.whose, self.number, "status") * len(RETRY_AFTER))
        ]
        wait = RETRY_AFTER[status]
        headers = {} if wait is None else {"retry-after": str(wait)}
        return Answer(status, headers, HTTPStatus(status).phrase.encode())

    def _meets(self, fault: str, share: float) -> bool:
        if self.weather.share(self.whose, self.number, fault) >= share:
            return False
        self.met[fault] += 1
        return True
