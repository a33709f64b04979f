"""What goes wrong in the first round of the first county, and what people do about it.

A road is closed, somebody falls ill, a phone is lost and found, another is left behind, a clock is
wrong, files travel in pieces, a list is too short. None of it changes what is found.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from inspect_app.demo import staff
from inspect_app.demo.errors import DemoError
from inspect_app.demo.phone import Phone
from inspect_app.demo.places import County
from inspect_app.rules.ops import roster_id

if TYPE_CHECKING:
    from inspect_app.demo.fieldwork import Fieldwork, Pair

ROAD, ILL, LOST, LOCKED, SHORT_LIST, CLOCK, PIECES = range(7)
"""Which pair of the round each mishap befalls."""
PIECE = 400
"""Bytes of a piece, where the network carries no more at a time."""
CLOCK_ERROR = timedelta(minutes=17)
UNLISTED = 0.25
"""Share of the households that a hurried list leaves out."""


class Quiet:
    """A round in which everything goes as it should."""

    def __init__(self, field: "Fieldwork") -> None:
        self.field = field

    def close_a_road(self, wanted: list[dict[str, Any]]) -> None:
        """Change what the planner asks for, where a village cannot be reached."""

    def relieve(
        self, given: list[dict[str, Any]], county: County, day: int
    ) -> list[dict[str, Any]]:
        """Return who goes where in the end."""
        return given

    def list_village(
        self, phone: Phone, county: County, village_code: str, roster: Sequence[Any], n: int
    ) -> None:
        """Seal the list of a village on its phone, which draws from it."""
        phone.seal_roster(village_code, roster)

    def send(self, pair: "Pair", day: int) -> None:
        """Send in the evening what was sealed."""
        pair.phone.push()

    def is_late(self, pair: "Pair") -> bool:
        """Whether this pair's evening is longer than that of the others."""
        return False

    def end_day(self, pair: "Pair", day: int) -> None:
        """Whatever happens at night."""


class Mishaps(Quiet):
    """A round in which something happens to every other pair."""

    def __init__(self, field: "Fieldwork") -> None:
        super().__init__(field)
        self.first_day: int | None = None
        self.old: Phone | None = None

    def _tell(self, zh: str, en: str) -> None:
        self.field.narrator.tell(zh, en)

    def _at(self, day: int, hour: float) -> datetime:
        return self.field.stage.moment(day, hour)

    # --- a village that cannot be reached -----------------------------------------------------

    def close_a_road(self, wanted: list[dict[str, Any]]) -> None:
        wanted[ROAD]["unreachable"] = "道路塌方，无法通行 landslide, road closed"
        self._tell(
            "一个村因塌方无法进入，放弃并记明理由，由同层备用村按签序顶替",
            "a landslide closes the road to a village: it is given up with the reason, and the "
            "next reserve of its stratum takes its place in ticket order",
        )

    # --- somebody falls ill -------------------------------------------------------------------

    def relieve(
        self, given: list[dict[str, Any]], county: County, day: int
    ) -> list[dict[str, Any]]:
        self.first_day = day
        if len(given) <= ILL:
            return given
        field, at = self.field, self._at(day, 8.25)
        busy = {person for assigned in given for person in assigned["enumerators"]}
        fit = [
            person
            for person in staff.team_of(field.stage, county)
            if person != staff.KIN and staff.enumerator(field.stage, county, person) not in busy
        ]
        relief = [staff.enumerator(field.stage, county, person) for person in fit[:2]]
        if not any(person in field.carried for person in relief):
            field.enrol(county, fit[0], at)
        ill = given[ILL]
        given[ILL] = field.office.speaks("planner", at).post(
            f"{field.campaign}/assignments/{ill['id']}/reassign",
            {"enumerators": relief, "reason": "调查员突发疾病 taken ill"},
        )
        phones = [field.phones[one["device_id"]] for one in (ill, given[ILL])]
        for phone in phones:
            phone.now = at
            phone.pull()
        if any(task.village_code == ill["village_code"] for task in phones[0].tasks.values()):
            raise DemoError("field.not_revoked")
        self._tell(
            "一组调查员突发疾病：村改派候补组，原手机上的任务收回",
            "a pair falls ill: others take their village over, and it leaves the first phone",
        )
        return given

    # --- a list that is too short -------------------------------------------------------------

    def list_village(
        self, phone: Phone, county: County, village_code: str, roster: Sequence[Any], n: int
    ) -> None:
        if n == CLOCK:
            phone.clock_error = CLOCK_ERROR
        if n != SHORT_LIST:
            super().list_village(phone, county, village_code, roster, n)
            if n == LOST:
                phone.push()  # the list at least is safe before the phone is lost
            return
        told = phone.draws[village_code]
        missing = max(round(UNLISTED * len(roster)), told["may_differ"] + 1)
        phone.seal_roster(village_code, roster[:-missing])
        phone.push()
        leader = self.field.leader(county, phone.now + timedelta(minutes=10))
        (flagged,) = (
            one
            for one in leader.get(f"{self.field.campaign}/rosters")["rosters"]
            if one["differs"] and one["village_code"] == village_code
        )
        path = f"{self.field.campaign}/rosters"
        reason = {"reason": "村干部称有户外迁 officials say families have left"}
        leader.post(f"{path}/{flagged['op_id']}/release", reason)
        phone.now += timedelta(minutes=20)
        phone.pull()
        short = set(phone.tasks)
        phone.now += timedelta(minutes=30)
        second = phone._seal(
            "roster",
            f"roster/{village_code}/2",
            {
                "village_code": village_code,
                "household_class": told["household_class"],
                "households": list(roster),
            },
            interview_id=roster_id(phone.campaign_id, village_code),
        )
        phone.push()
        leader = self.field.leader(county, phone.now)
        reason = {"reason": "走村发现漏列一组 walking the village found a hamlet left out"}
        leader.post(f"{path}/{second.op['op_id']}/stand", reason)
        phone.pull()
        changed = len(set(phone.tasks) - short)
        self._tell(
            f"一村名册比登记少 {missing} 户：手机停抽待放行；走村后补全重列，组长认定第二份，"
            f"重抽换入 {changed} 户，第一份仍可查",
            f"a village list is {missing} households short: the phone waits for its release; "
            "walking the village finds a hamlet, the leader lets the second list stand, "
            f"{changed} households are drawn anew, the first list stays readable",
        )

    # --- evenings -----------------------------------------------------------------------------

    def send(self, pair: "Pair", day: int) -> None:
        assert self.first_day is not None  # nosec B101  # a round begins with its assignments
        since = day - self.first_day
        if pair.number == LOST and since == 0:
            self._lose_phone(pair, day)
        elif pair.number == LOST and since == 1:
            pair.phone.push()
            self._find_phone(pair, day)
        elif pair.number == PIECES:
            waiting = pair.phone.unsent
            if waiting:
                pair.phone.push_once(waiting)
            pair.phone.upload(chunk=PIECE)
        else:
            pair.phone.push()

    def is_late(self, pair: "Pair") -> bool:
        return pair.number == LOST

    def end_day(self, pair: "Pair", day: int) -> None:
        assert self.first_day is not None  # nosec B101  # as above
        since = day - self.first_day
        if pair.number == LOCKED and since == 0:
            self._lock(pair, day)

    def _lose_phone(self, pair: "Pair", day: int) -> None:
        """A phone is gone with a day's work; another one takes over before dark."""
        self.old = pair.phone
        at = self._at(day, 20.2)
        person = self.field.person(pair.county, pair.visit.carrier(self.field.carried))
        pair.visit.phone = self.field.enrol(pair.county, person, at, turn=2)
        pair.visit.phone.pull()
        pair.visit.ask_once_more(self.old)
        pair.cut_off = True
        self._tell(
            f"一部手机丢失，内有 {len(self.old.unsent)} 份未传；换发新机接手",
            f"a phone is lost with {len(self.old.unsent)} records unsent; a new one takes over",
        )

    def _find_phone(self, pair: "Pair", day: int) -> None:
        """The lost phone comes back and sends; its leader lets every record count."""
        old = self.old
        assert old is not None  # nosec B101  # it was lost the day before
        old.now = self._at(day, 20.4)
        sent = len(old.push())
        field = self.field
        leader = field.leader(pair.county, self._at(day, 20.6))
        waits = leader.get(f"{field.campaign}/quarantine?state=open&limit=500")["quarantine"]
        reason = {"reason": "手机找回，内容属实 the phone is found, its records are sound"}
        found = [
            leader.post(f"{field.campaign}/quarantine/{one['number']}/release", reason)
            for one in waits
            if one["device_id"] == old.device_id
        ]
        if len(found) != sent:
            raise DemoError("field.not_kept")
        conflicts = [one for one in found if one["status"] == "conflict"]
        for one in conflicts:
            kept = next(sealed for sealed in old.outbox if sealed.op["op_id"] == one["op_id"])
            leader.post(
                f"/interviews/{kept.op['interview_id']}/conflict",
                {"rev": one["rev"], "reason": "以首次访问为准 the first visit stands"},
            )
        pair.cut_off = False
        self._tell(
            f"丢失的手机找回并上传：{len(found)} 份先隔离，组长逐份放行；其中 {len(conflicts)} 户"
            "被重访而冲突，组长择一，两份都保留",
            f"the lost phone is found and sends: {len(found)} records wait in quarantine until the "
            f"leader releases them; {len(conflicts)} household asked twice is in conflict, the "
            "leader picks one and both are kept",
        )

    def _lock(self, pair: "Pair", day: int) -> None:
        """A phone is left behind, locked for the night, and found again."""
        order = f"{self.field.campaign}/devices/{pair.phone.device_id}/orders"
        for state, hour, why in (
            ("locked", 22.6, "遗忘在村委会 left at the village office"),
            ("active", 23.2, "已取回 fetched back"),
        ):
            leader = self.field.leader(pair.county, self._at(day, hour))
            leader.post(order, {"state": state, "reason": why})
            pair.phone.now = self._at(day, hour + 0.1)
            pair.phone.pull()
            if pair.phone.state != state:
                raise DemoError("field.disobeyed", state=state)
        self._tell(
            "一部手机遗忘在村里：当晚锁定，取回后解锁",
            "a phone is left behind: locked that night, unlocked once it is fetched back",
        )
