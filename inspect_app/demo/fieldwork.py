"""The field: rounds of village days, and the evenings of review.

Ten pairs a county each take one village of the sealed list at a time. A round lasts five days:
on the first morning villages are released and rosters listed, sealed and drawn; interviews fill
three days and the call-backs of returned ones the fourth. Every evening phones send, the reviewer
decides and the team leader approves replacements.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from inspect_app.demo import mishaps, papers, revisits, staff
from inspect_app.demo.client import Client
from inspect_app.demo.errors import DemoError
from inspect_app.demo.link import Faults, HttpWire, Link
from inspect_app.demo.people import Office, identifier
from inspect_app.demo.phone import Phone
from inspect_app.demo.places import County
from inspect_app.demo.profiles import simulated_line
from inspect_app.demo.village import VillageVisit

if TYPE_CHECKING:
    from inspect_app.demo.campaign import Narrator, Stage, Step

DAYS_A_ROUND = 5
PAGE = 200
FIRST_ROUND = "1"
FAULTS = 0.1
"""Share of pushes whose answer is lost, and of those sent twice."""

Connect = Callable[[str], Link]
"""From the seed of a phone to its line to the server."""


def shaky(url: str) -> Connect:
    """Lines as in the mountains: some answers of the server at this address are not heard."""
    return lambda seed: Link(HttpWire(url), Faults(seed, lost=FAULTS, repeated=FAULTS))


@dataclass
class Pair:
    """Two enumerators in the village they were given, and what is to befall them.

    number : place among the pairs of the county in this round
    cut_off : what their phone sealed has not reached the server
    """

    visit: VillageVisit
    county: County
    happenings: mishaps.Quiet
    number: int
    cut_off: bool = False

    @property
    def phone(self) -> Phone:
        """The phone that they work with."""
        return self.visit.phone


class Fieldwork:
    """Plays the field phase of a campaign against the running server.

    phones : every phone that came in, by its id; carried : the last one of each enumerator
    sheets : addresses of the assignment sheets that were printed, with their county
    reserves : villages in reserve by county; a small one has none
    """

    def __init__(
        self, stage: "Stage", office: Office, narrator: "Narrator", *, connect: Connect
    ) -> None:
        self.stage = stage
        self.office = office
        self.narrator = narrator
        self.connect = connect
        self.campaign = f"/campaigns/{stage.campaign_id}"
        self.last_day = 0
        self.returned = 0
        self.replaced = 0
        self.phones: dict[str, Phone] = {}
        self.carried: dict[str, Phone] = {}
        self.went: dict[str, set[str]] = {}
        self.met: set[frozenset[str]] = set()
        self.wiped_ops: set[str] = set()
        self.turns = 0
        self.sheets: list[tuple[County, str]] = []
        self.reserves: dict[str, int] = {}

    def play(self) -> None:
        """Enrol the phones and visit every drawn village, with a review every evening."""
        self._enrol_all()
        staff.try_kin(self.stage, self.office, self.narrator)
        rounds = self._rounds()
        for number, counts in enumerate(rounds):
            self._play_round(number, counts)
        self.last_day = DAYS_A_ROUND * len(rounds)
        self.narrator.tell(
            f"每晚复核：退回 {self.returned} 份补问，批准替换 {self.replaced} 户",
            f"reviewed every evening: {self.returned} interviews returned to be completed, "
            f"{self.replaced} replacements approved",
        )

    def _enrol_all(self) -> None:
        at = self.stage.moment(-1, 10)
        total = staff.PAIRS * len(self.stage.counties)
        with self.narrator.steps("登记手机", "enrolling phones", total) as bar:
            for county in self.stage.counties:
                for person in range(staff.PAIRS):
                    self.enrol(county, person, at)
                    bar.advance()
        self.narrator.tell(
            f"组长发码，{total} 部模拟手机登记，密钥各自持有",
            f"{total} simulated phones come in by their leaders' codes, each with its own key",
        )

    def enrol(self, county: County, person: int, at: datetime, *, turn: int = 1) -> Phone:
        """Let a phone of an enumerator in; `turn` counts this person's phones."""
        enumerator = staff.enumerator(self.stage, county, person)
        code = self.leader(county, at).post(
            "/devices/codes",
            {"campaign_id": self.stage.campaign_id, "enumerator_id": enumerator},
        )["code"]
        again = (str(turn),) if turn > 1 else ()
        seed = identifier(self.stage.seed, "phone", county.adcode, str(person), *again)
        phone = Phone(self.connect(seed), seed, now=at)
        phone.enrol(code)
        self.phones[phone.device_id] = phone
        self.carried[enumerator] = phone
        return phone

    def carried_in(self, county: County) -> list[Phone]:
        """Return the phones that a county's team carries."""
        team = (staff.enumerator(self.stage, county, n) for n in staff.team_of(self.stage, county))
        return [self.carried[one] for one in team if one in self.carried]

    @property
    def sealed_ops(self) -> set[str]:
        """The ids of everything that any phone ever sealed."""
        return {
            *self.wiped_ops,
            *(one.op["op_id"] for phone in self.phones.values() for one in phone.outbox),
        }

    def others(self, county: County, village_code: str) -> tuple[str, str]:
        """Pick a pair that was not in a village, and note that it goes there."""
        pair = revisits.pair_for(self, county, self.went.get(village_code, set()), self.turns)
        self.turns += 1
        self._note(village_code, pair)
        return pair

    def _note(self, village_code: str, pair: Iterable[str]) -> None:
        """Remember who was sent where, and who with whom."""
        self.went.setdefault(village_code, set()).update(pair)
        self.met.add(frozenset(pair))

    def leader(self, county: County, at: datetime) -> Client:
        """Return the client of a county's team leader."""
        return self.office.speaks(f"leader-{county.adcode}", at)

    def person(self, county: County, enumerator: str) -> int:
        """Return the number of an enumerator in the county's team."""
        team = {staff.enumerator(self.stage, county, n): n for n in range(staff.KIN + 1)}
        return team[enumerator]

    def _rounds(self) -> list[dict[County, int]]:
        """How many villages of each county every round takes; pairs change every round."""
        sealed = self.office.speaks("planner", self.stage.moment(-1, 11)).get(
            f"{self.campaign}/samples"
        )
        drawn = {one["county_adcode"]: one["drawn"] for one in sealed["counties"]}
        self.reserves = {one["county_adcode"]: one["reserve"] for one in sealed["counties"]}
        return [
            {
                county: min(drawn[county.adcode] - done, staff.PAIRS)
                for county in self.stage.counties
                if done < drawn[county.adcode]
            }
            for done in range(0, max(drawn.values()), staff.PAIRS)
        ]

    def _play_round(self, number: int, counts: dict[County, int]) -> None:
        first = DAYS_A_ROUND * number
        pairs: list[Pair] = []
        for county, count in counts.items():
            eventful = number == 0 and county == self.stage.counties[0]
            happenings = mishaps.Mishaps(self) if eventful else mishaps.Quiet(self)
            pairs += self._send_out(first, county, count, happenings)
        self.narrator.tell(
            f"第 {number + 1} 轮入村：服务器提出 {len(pairs)} 组，无一违规；村当日揭晓，"
            "名册当场列出、封存、抽取",
            f"round {number + 1} in the field: the server proposes {len(pairs)} pairs that break "
            "no rule; villages are released on the day, rosters listed, sealed, drawn on the spot",
        )
        households = sum(pair.visit.left for pair in pairs)
        with self.narrator.steps("入户访谈", "interviews", households) as bar:
            for day in range(first, first + DAYS_A_ROUND):
                self._play_day(pairs, day, bar)
        unfinished = [pair for pair in pairs if pair.visit.left]
        if unfinished:
            raise DemoError("field.unfinished", villages=len(unfinished))

    def _send_out(
        self, day: int, county: County, count: int, happenings: mishaps.Quiet
    ) -> list[Pair]:
        """Release a village to each pair in the morning and let the phones take them."""
        visit_date = self.stage.moment(day, 7).date().isoformat()
        planner = self.office.speaks("planner", self.stage.moment(day, 7))
        proposal = planner.post(
            f"{self.campaign}/assignments/proposal",
            {
                "county_adcode": county.adcode,
                "visit_date": visit_date,
                "count": count,
                "team": f"team-{county.adcode}",
            },
        )
        if not proposal["is_full"]:
            raise DemoError("field.unfilled", zh=proposal["zh"], en=proposal["en"])
        wanted = [
            {
                "county_adcode": county.adcode,
                "order": one["order"],
                "visit_date": visit_date,
                "enumerators": one["enumerators"],
            }
            for one in proposal["pairs"]
        ]
        if self.reserves[county.adcode]:
            happenings.close_a_road(wanted)
        batch = {"assignments": wanted}
        given = planner.post(f"{self.campaign}/assignments/batch", batch)["assignments"]
        for assigned in given:
            phone = self.phones[assigned["device_id"]]
            phone.now = self.stage.moment(day, 8)
            phone.pull()
            self._note(assigned["village_code"], assigned["enumerators"])
        given = happenings.relieve(given, county, day)
        if day == 0:
            papers.print_sheets(self, county, given, day)
        for assigned in given:
            self._note(assigned["village_code"], assigned["enumerators"])
        return [
            Pair(self._arrive(assigned, county, n, day, happenings), county, happenings, n)
            for n, assigned in enumerate(given)
        ]

    def _arrive(
        self,
        assigned: dict[str, Any],
        county: County,
        n: int,
        day: int,
        happenings: mishaps.Quiet,
    ) -> VillageVisit:
        """List the village, seal the list and draw from it."""
        phone = self.phones[assigned["device_id"]]
        phone.now = self.stage.moment(day, 8.5)
        village_code = assigned["village_code"]
        roster = self.stage.register.roster(village_code).to_dicts()
        happenings.list_village(phone, county, village_code, roster, n)
        return VillageVisit(
            phone,
            village_code,
            enumerators=(assigned["enumerators"][0], assigned["enumerators"][1]),
            seed=self.stage.seed,
            poverty_line=simulated_line(county.exit_year)[0],
            reference_date=date(county.exit_year, 12, 31),
            truth=self.stage.register.truth_rows(
                unit_id
                for unit_id, task in phone.tasks.items()
                if task.village_code == village_code
            ),
        )

    def _play_day(self, pairs: list[Pair], day: int, bar: "Step") -> None:
        for pair in pairs:
            before = pair.visit.left
            pair.visit.work(self.stage.moment(day, 9), until=self.stage.moment(day, 19.5))
            bar.advance(max(before - pair.visit.left, 0))
        # The server dates what it receives, and refuses a clock that runs backwards.
        for pair in sorted(pairs, key=lambda pair: pair.happenings.is_late(pair)):
            pair.phone.now = self.stage.moment(day, 20)
            pair.happenings.send(pair, day)
        self.review(self.stage.moment(day, 21))
        self._approve_replacements(pairs, day)
        for pair in pairs:
            pair.phone.now = self.stage.moment(day, 22.5)
            pair.visit.take_back(item for item in pair.phone.pull() if item["type"] == "return")
            pair.happenings.end_day(pair, day)

    def review(self, at: datetime) -> None:
        """Decide on everything that arrived: return what is open or odd once, accept the rest."""
        reviewer = self.office.speaks("reviewer", at)
        for interview in pages(reviewer, f"{self.campaign}/review-queue?", "interviews"):
            path = f"/interviews/{interview['interview_id']}"
            if interview["must_return"] or (interview["rev"] == 1 and _needs_return(interview)):
                reviewer.post(f"{path}/return", {"reason": "请回访补问 call back"})
                self.returned += 1
            else:
                reviewer.post(
                    f"{path}/accept",
                    {"reason": "已逐项核对 checked", "class_found": interview["class_found"]},
                )

    def _approve_replacements(self, pairs: list[Pair], day: int) -> None:
        at = self.stage.moment(day, 22)
        for pair in pairs:
            if pair.cut_off:
                continue
            leader = self.leader(pair.county, at)
            for interview_id, reserve, disposition in pair.visit.replacements():
                leader.post(
                    f"/interviews/{interview_id}/replacement",
                    {"reserve_unit_id": reserve, "reason": f"{disposition}，已按规定次数上门"},
                )
                self.replaced += 1


def _needs_return(interview: dict[str, Any]) -> bool:
    """Whether a first interview of a round goes back: a deciding part is open, or it was short."""
    return interview["round"] == FIRST_ROUND and (
        bool(interview["undetermined"])
        or any(flag["code"] == "too_short" for flag in interview["flags"])
    )


def pages(client: Client, path: str, name: str) -> Iterator[dict[str, Any]]:
    """Yield a whole list, page by page; read before anything on it is changed.

    path : with its query, or a question mark where it has none
    """
    rows: list[dict[str, Any]] = []
    after = ""
    while True:
        page = client.get(f"{path}&limit={PAGE}{after}")
        rows += page[name]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    yield from rows
