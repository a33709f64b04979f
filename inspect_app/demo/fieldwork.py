"""The field: rounds of village days, evenings of review, and the cases that come of them.

Ten pairs a county each take one village of the sealed list at a time. A round lasts five days:
on the first morning villages are released and rosters listed, sealed and drawn; interviews fill
three days and the call-backs of returned ones the fourth. Every evening phones send, the reviewer
decides and the team leader approves replacements.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from inspect_app.demo.chance import Dice
from inspect_app.demo.client import Client
from inspect_app.demo.errors import DemoError
from inspect_app.demo.link import Faults, HttpWire, Link
from inspect_app.demo.people import Office, identifier
from inspect_app.demo.phone import Phone
from inspect_app.demo.places import County
from inspect_app.demo.profiles import simulated_line
from inspect_app.demo.truth import TruthRow
from inspect_app.demo.village import VillageVisit
from inspect_app.rules.states import CaseKind

if TYPE_CHECKING:
    from inspect_app.demo.campaign import Narrator, Stage, Step

PAIRS = 10
DAYS_A_ROUND = 5
PAGE = 500
FAULTS = 0.1
"""Share of pushes whose answer is lost, and of those sent twice."""
REPLY_SHARE = 0.6
"""Share of the confirmed cases on which a county replies all the same; it always replies where
it is in the right."""

Connect = Callable[[str], Link]
"""From the seed of a phone to its line to the server."""


def shaky(url: str) -> Connect:
    """Lines as in the mountains: some answers of the server at this address are not heard."""
    return lambda seed: Link(HttpWire(url), Faults(seed, lost=FAULTS, repeated=FAULTS))


@dataclass
class Pair:
    """Two enumerators for one round, the phone of the first, and the village they were given."""

    phone: Phone
    county: County
    visit: VillageVisit


class Fieldwork:
    """Plays the field phase of a campaign against the running server."""

    def __init__(
        self, stage: "Stage", office: Office, narrator: "Narrator", *, connect: Connect
    ) -> None:
        self.stage = stage
        self.office = office
        self.narrator = narrator
        self.connect = connect
        self.campaign = f"/campaigns/{stage.campaign_id}"
        self.last_day = 0
        self._phones: dict[tuple[str, int], Phone] = {}

    def play(self) -> None:
        """Enrol the phones, visit every drawn village, and rule on every case."""
        self._enrol()
        rounds = self._rounds()
        for number, places in enumerate(rounds):
            self._play_round(number, places)
        self.last_day = DAYS_A_ROUND * len(rounds)
        self._rule_on_cases()

    def _enrol(self) -> None:
        at = self.stage.moment(-1, 10)
        total = PAIRS * len(self.stage.counties)
        with self.narrator.steps("登记手机", "enrolling phones", total) as bar:
            for county in self.stage.counties:
                leader = self.office.speaks(f"leader-{county.adcode}", at)
                for person in range(PAIRS):
                    self._phones[county.adcode, person] = self._phone(county, person, leader, at)
                    bar.advance()
        self.narrator.tell(
            f"{total} 部模拟手机已登记，密钥各自持有",
            f"{total} simulated phones are enrolled, each with its own key",
        )

    def _phone(self, county: County, person: int, leader: Client, at: datetime) -> Phone:
        code = leader.post(
            "/devices/codes",
            {
                "campaign_id": self.stage.campaign_id,
                "enumerator_id": self._enumerator(county, person),
            },
        )["code"]
        seed = identifier(self.stage.seed, "phone", county.adcode, str(person))
        phone = Phone(self.connect(seed), seed, now=at)
        phone.enrol(code)
        return phone

    def _enumerator(self, county: County, person: int) -> str:
        return identifier(self.stage.seed, "enumerator", county.adcode, str(person))

    def _rounds(self) -> list[list[tuple[County, int, int]]]:
        """Rounds of (county, pair, place of the sealed list); pairs change every round."""
        sealed = self.office.speaks("planner", self.stage.moment(-1, 11)).get(
            f"{self.campaign}/samples"
        )
        drawn = {one["county_adcode"]: one["drawn"] for one in sealed["counties"]}
        count = -(-max(drawn.values()) // PAIRS)
        return [
            [
                (county, pair, number * PAIRS + pair + 1)
                for county in self.stage.counties
                for pair in range(PAIRS)
                if number * PAIRS + pair < drawn[county.adcode]
            ]
            for number in range(count)
        ]

    def _play_round(self, number: int, places: list[tuple[County, int, int]]) -> None:
        first = DAYS_A_ROUND * number
        pairs = [self._send_out(number, first, *place) for place in places]
        self.narrator.tell(
            f"第 {number + 1} 轮入村：{len(pairs)} 个村当日揭晓，名册当场列出、封存、抽取",
            f"round {number + 1} in the field: {len(pairs)} villages released on the day, rosters "
            "listed, sealed and drawn on the spot",
        )
        households = sum(pair.visit.left for pair in pairs)
        with self.narrator.steps("入户访谈", "interviews", households) as bar:
            for day in range(first, first + DAYS_A_ROUND):
                self._play_day(pairs, day, bar)
        unfinished = [pair for pair in pairs if pair.visit.left]
        if unfinished:
            raise DemoError("field.unfinished", villages=len(unfinished))

    def _send_out(self, number: int, day: int, county: County, pair: int, place: int) -> Pair:
        """Release a village to a pair in the morning and let its phone take the assignment."""
        partner = PAIRS + (pair + number) % PAIRS
        enumerators = self._enumerator(county, pair), self._enumerator(county, partner)
        assigned = self.office.speaks("planner", self.stage.moment(day, 7)).post(
            f"{self.campaign}/assignments",
            {
                "county_adcode": county.adcode,
                "order": place,
                "visit_date": self.stage.moment(day, 7).date().isoformat(),
                "enumerators": list(enumerators),
            },
        )
        phone = self._phones[county.adcode, pair]
        phone.now = self.stage.moment(day, 8)
        phone.pull()
        phone.now = self.stage.moment(day, 8.5)
        village_code = assigned["village_code"]
        phone.seal_roster(village_code, self.stage.register.roster(village_code).to_dicts())
        visit = VillageVisit(
            phone,
            village_code,
            enumerators=enumerators,
            seed=self.stage.seed,
            poverty_line=simulated_line(county.exit_year)[0],
            reference_date=date(county.exit_year, 12, 31),
            truth=self.stage.register.truth_rows(
                unit_id
                for unit_id, task in phone.tasks.items()
                if task.village_code == village_code
            ),
        )
        return Pair(phone, county, visit)

    def _play_day(self, pairs: list[Pair], day: int, bar: "Step") -> None:
        for pair in pairs:
            before = pair.visit.left
            pair.visit.work(self.stage.moment(day, 9), until=self.stage.moment(day, 19.5))
            bar.advance(max(before - pair.visit.left, 0))
        for pair in pairs:
            pair.phone.now = self.stage.moment(day, 20)
            pair.phone.push()
        self._review(day)
        self._approve_replacements(pairs, day)
        for pair in pairs:
            pair.phone.now = self.stage.moment(day, 22.5)
            pair.visit.take_back(item for item in pair.phone.pull() if item["type"] == "return")

    def _review(self, day: int) -> None:
        """Decide on everything that arrived: return what is open or odd once, accept the rest."""
        reviewer = self.office.speaks("reviewer", self.stage.moment(day, 21))
        for interview in _pages(
            reviewer, f"{self.campaign}/interviews?state=received", "interviews"
        ):
            path = f"/interviews/{interview['interview_id']}"
            if interview["must_return"] or (interview["rev"] == 1 and _needs_return(interview)):
                reviewer.post(f"{path}/return", {"reason": "请回访补问 call back"})
            else:
                reviewer.post(f"{path}/accept", {})

    def _approve_replacements(self, pairs: list[Pair], day: int) -> None:
        at = self.stage.moment(day, 22)
        for pair in pairs:
            leader = self.office.speaks(f"leader-{pair.county.adcode}", at)
            for interview_id, reserve, disposition in pair.visit.replacements():
                leader.post(
                    f"/interviews/{interview_id}/replacement",
                    {"reserve_unit_id": reserve, "reason": f"{disposition}，已按规定次数上门"},
                )

    def _rule_on_cases(self) -> None:
        """Tell the county, take its evidence, recheck, and let the expert find the truth."""
        day = self.last_day
        reviewer = self.office.speaks("reviewer", self.stage.moment(day, 9))
        cases = list(_pages(reviewer, f"{self.campaign}/cases?state=suspected", "cases"))
        cases.sort(key=lambda case: case["id"])
        truth = self.stage.register.truth_rows(sorted({case["unit_id"] for case in cases}))
        for case in cases:
            reviewer.post(f"/cases/{case['id']}/recheck", {"reason": "请县级举证"})
        replies = 0
        for case in cases:
            if self._county_replies(case, truth[case["unit_id"]]):
                replies += 1
                self._reply(case, day)
        # Without a reply the case goes on when the deadline has passed: three working days.
        ruling_day = day + 7
        with self.narrator.steps("认定疑似户", "ruling on cases", len(cases)) as bar:
            for case in cases:
                self.office.speaks("reviewer", self.stage.moment(ruling_day, 9)).post(
                    f"/cases/{case['id']}/recheck", {"reason": "另一组入户核实 rechecked"}
                )
                self.office.speaks("expert", self.stage.moment(ruling_day, 14)).post(
                    f"/cases/{case['id']}/ruling",
                    {
                        "outcome": _ruling(case, truth[case["unit_id"]]),
                        "reason": "依据核实与举证材料 on recheck and evidence",
                    },
                )
                self.office.speaks("second-expert", self.stage.moment(ruling_day, 15)).post(
                    f"/cases/{case['id']}/ruling/signature", {"agrees": True}
                )
                bar.advance()
        self.last_day = ruling_day
        self.narrator.tell(
            f"疑似问题 {len(cases)} 件，县级举证 {replies} 件，均已认定",
            f"{len(cases)} suspected cases, {replies} with a county's reply, all ruled on",
        )

    def _county_replies(self, case: dict[str, Any], household: TruthRow) -> bool:
        in_the_right = _ruling(case, household) == "overturned"
        return in_the_right or Dice(self.stage.seed, case["id"], "reply").chance(REPLY_SHARE)

    def _reply(self, case: dict[str, Any], day: int) -> None:
        official = self.office.speaks(
            f"county-{case['county_adcode']}", self.stage.moment(day + 1, 10)
        )
        official.post(
            f"/cases/{case['id']}/evidence",
            {"text": "县级说明材料（模拟） the county's account (simulated)", "document": None},
        )


def _needs_return(interview: dict[str, Any]) -> bool:
    """Whether a first interview goes back: a deciding part is open, or it was too short."""
    return bool(interview["undetermined"]) or any(
        flag["code"] == "too_short" for flag in interview["flags"]
    )


def _ruling(case: dict[str, Any], household: TruthRow) -> str:
    if case["kind"] == CaseKind.RECURRENCE and not household.recurrence:
        return "overturned"
    return household.ruling()


def _pages(client: Client, path: str, name: str) -> Iterator[dict[str, Any]]:
    """Yield a whole list, page by page; read before anything on it is changed."""
    rows: list[dict[str, Any]] = []
    after = ""
    while True:
        page = client.get(f"{path}&limit={PAGE}{after}")
        rows += page[name]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    yield from rows
