"""One village as a pair lives it: household after household, until nobody is left to ask."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from inspect_app.demo.answers import Visit, answers_for, minutes
from inspect_app.demo.outcome import is_replaced
from inspect_app.demo.phone import Phone, Task
from inspect_app.demo.pictures import TYPE, of_visit
from inspect_app.demo.truth import TruthRow
from inspect_app.rules import questionnaires
from inspect_app.rules.states import Disposition

WALK = timedelta(minutes=5)
AT_THE_DOOR = timedelta(minutes=3)


@dataclass
class Errand:
    """A household to go to: which visit is next, not before which day, and whether again."""

    task: Task
    visit_no: int = 1
    not_before: date | None = None
    repeat: bool = False


class VillageVisit:
    """A pair's stay in one village, after the list was sealed and drawn from.

    Households are visited in ticket order, class by class; one that could not be had after the
    last visit opens the next reserve of its class, and the swap waits for the team leader.
    """

    def __init__(
        self,
        phone: Phone,
        village_code: str,
        *,
        enumerators: tuple[str, str],
        seed: str,
        poverty_line: int,
        reference_date: date,
        truth: Mapping[str, TruthRow],
    ) -> None:
        self.phone = phone
        self.enumerators = enumerators
        self.seed = seed
        self.poverty_line = poverty_line
        self.reference_date = reference_date
        self.truth = truth
        mine = [task for task in phone.tasks.values() if task.village_code == village_code]
        mine.sort(key=lambda task: (task.household_class, task.order))
        self._by_interview = {task.interview_id: task for task in mine}
        self._errands = deque(Errand(task) for task in mine if not task.is_reserve)
        self._reserves = {
            of: deque(task for task in mine if task.is_reserve and task.household_class == of)
            for of in ("E", "N", "P")
        }
        self._swaps: list[tuple[str, str, str]] = []

    @property
    def left(self) -> int:
        """Households still to be gone to."""
        return len(self._errands)

    def work(self, start: datetime, *, until: datetime) -> None:
        """Go from household to household from `start`, as long as a visit can begin by `until`."""
        clock = start
        while clock < until:
            errand = self._next(clock.date())
            if errand is None:
                break
            clock = self._visit(errand, clock) + WALK

    def take_back(self, returns: Iterable[Mapping[str, Any]]) -> None:
        """Put returned interviews on the list again."""
        for item in returns:
            task = self._by_interview[item["interview_id"]]
            visit_no = self.truth[task.unit_id].visit_no
            self._errands.append(Errand(task, visit_no, repeat=True))

    def carrier(self, carried: Mapping[str, Phone]) -> str:
        """Return who of the pair carries the phone; `carried` is by enumerator."""
        return next(one for one in self.enumerators if carried.get(one) is self.phone)

    def ask_once_more(self, lost: Phone) -> None:
        """Go again to one household whose interview a lost phone holds, and perhaps for ever."""
        for sealed in lost.unsent:
            task = self._by_interview.get(sealed.op["interview_id"])
            if sealed.op["kind"] == "interview" and sealed.op["base_rev"] == 0 and task:
                household = self.truth[task.unit_id]
                if household.appearance == "plain":
                    self._errands.appendleft(Errand(task, household.visit_no))
                    return

    def replacements(self) -> Iterator[tuple[str, str, str]]:
        """Yield (interview id of the household lost, reserve, disposition) since the last call."""
        swaps, self._swaps = self._swaps, []
        yield from swaps

    def _next(self, today: date) -> Errand | None:
        for errand in self._errands:
            if errand.not_before is None or errand.not_before <= today:
                self._errands.remove(errand)
                return errand
        return None

    def _visit(self, errand: Errand, clock: datetime) -> datetime:
        """Knock at a door; return when the pair leaves it."""
        household = self.truth[errand.task.unit_id]
        if errand.visit_no < household.visit_no:
            return self._find_nobody(errand, clock)
        visit = Visit(
            started_at=clock,
            enumerators=self.enumerators,
            visit_no=household.visit_no,
            repeat=errand.repeat,
        )
        ended = clock + timedelta(minutes=minutes(household, visit=visit, seed=self.seed))
        self.phone.now = ended
        if household.disposition == Disposition.COMPLETED:
            for picture in of_visit(household, visit, self.seed).values():
                self.phone.keep(picture.data, type=TYPE)
            self.phone.seal_interview(errand.task.unit_id, self._answers(errand, household, visit))
        else:
            self._seal_contact(errand, household.disposition)
            self._open_reserve(errand, household)
        return ended

    def _find_nobody(self, errand: Errand, clock: datetime) -> datetime:
        self.phone.now = clock + AT_THE_DOOR
        self._seal_contact(errand, Disposition.ABSENT.value)
        # The second visit comes on another day, a third may follow on that day.
        wait = timedelta(days=1 if errand.visit_no == 1 else 0)
        self._errands.append(Errand(errand.task, errand.visit_no + 1, clock.date() + wait))
        return clock + AT_THE_DOOR

    def _answers(self, errand: Errand, household: TruthRow, visit: Visit) -> dict[str, Any]:
        return answers_for(
            household,
            questionnaire=questionnaires.load(errand.task.form_id, errand.task.version),
            visit=visit,
            poverty_line=self.poverty_line,
            reference_date=self.reference_date,
            seed=self.seed,
        )

    def _seal_contact(self, errand: Errand, disposition: str) -> None:
        self.phone.seal_contact(
            errand.task.unit_id, visit_no=errand.visit_no, disposition=disposition
        )

    def _open_reserve(self, errand: Errand, household: TruthRow) -> None:
        reserves = self._reserves[errand.task.household_class]
        if is_replaced(household) and reserves:
            reserve = reserves.popleft()
            self._swaps.append((errand.task.interview_id, reserve.unit_id, household.disposition))
            self._errands.append(Errand(reserve))
