"""From one interview to a finding: suspected, right, undetermined or excluded.

A finding is what the rules say before anybody has looked at the case. A suspicion opens a case;
only a ruling turns it into persons that count (`measures`). Weights use the class of the frame,
findings the class found on the spot.

The result by class found:

* E: any block fails, suspected wrong exit of all members (at a revisit: recurrence); none fails
  and some is unknown, undetermined; otherwise the exit was right. A household that fails and
  says it met the standard at its exit and fell back since is also a suspected recurrence.
* P: rightly registered or fit to exit, for information.
* N: income fails, or a block fails for want of money (reading `income_first`), suspected missed;
  with an exclusion item of the rule book it is excluded and left to the experts, and counts
  only if they overrule. Neither, and some block unknown: undetermined.
* E and P: a registered member who is not on the card is suspected missed, that person alone.

A ruling on what a second visit found goes before both the class and the gaps of the first answers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from inspect_app.rules import approval
from inspect_app.rules.answers import word, words
from inspect_app.rules.blocks import BlockFinding, State, judge_blocks
from inspect_app.rules.income import Income, head_count, stable_income
from inspect_app.rules.interviews import Interview, Row
from inspect_app.rules.monitoring import monitored_types
from inspect_app.rules.questionnaires import CLASSES
from inspect_app.rules.rulebooks import PovertyLine, RuleBook
from inspect_app.rules.states import CaseKind, CaseState

OF_EXITED = (CaseKind.WRONG_EXIT, CaseKind.RECURRENCE)
"""Kinds of which only an exited household can be suspected."""

RULED = (CaseState.CONFIRMED, CaseState.OVERTURNED)
"""States of a case that say whether it counts."""

CONTRADICTIONS = frozenset(
    {
        "class_differs",
        "house_looks_unsafe",
        "house_not_lived_in",
        "judged_wrong_exit",
        "judged_missed",
        "judged_at_risk",
    }
)
"""Flags of what an interview contradicts without opening a case: whoever accepts says why."""


def leaves_exited(frame_class: str | None, class_found: str) -> bool:
    """Whether a household that the register holds as exited counts no longer among those.

    It then enters no rate of wrong exits, whatever its answers; so the class is a decision.
    """
    return frame_class == "E" and class_found != "E"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What a case would be opened for, and how many persons it is about."""

    kind: CaseKind
    persons: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measures:
    """The columns that one interview adds to the input of the estimates.

    None is "not measured". An indicator named in `undetermined` is None too and is bounded:
    at worst `persons` count (for missed persons inside a registered household, `missed_base`, and
    at best those already confirmed, which `missed` then holds).
    """

    class_found: str
    persons: int | None
    wrong_exit: int | None
    missed: int | None
    recurrence: int | None
    missed_base: int | None
    approves: int | None
    undetermined: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What the rules say about one household."""

    unit_id: str
    round_kind: str
    class_found: str
    persons: int | None
    blocks: tuple[BlockFinding, ...] = ()
    income: Income | None = None
    suspicions: tuple[Suspicion, ...] = ()
    undetermined: tuple[str, ...] = ()
    excluded: bool = False
    approves: bool | None = None
    off_card: int = 0
    off_card_unknown: int = 0
    monitored: tuple[str, ...] = ()
    procedure: str | None = None
    flags: tuple[str, ...] = ()

    @property
    def suspected(self) -> bool:
        """Is there anything to open a case for?"""
        return bool(self.suspicions)

    @property
    def kind(self) -> str:
        """The leading suspicion: wrong_exit, missed, recurrence or none."""
        return str(self.suspicions[0].kind) if self.suspicions else "none"

    @property
    def block_states(self) -> dict[str, State]:
        """State by block."""
        return {block.block: block.state for block in self.blocks}

    def with_suspicions(self, others: Iterable[Suspicion]) -> "Finding":
        """Add what other people found in this household: kinds that it lacks itself, of no more
        persons than it counts."""
        found = self
        for one in others:
            if any(one.kind is own.kind for own in self.suspicions):
                continue
            persons = min(one.persons, self.persons or 0)
            added = replace(one, persons=persons)
            is_off_card = one.kind is CaseKind.MISSED and self.class_found in ("E", "P")
            found = replace(
                found,
                suspicions=(*found.suspicions, added),
                off_card=max(self.off_card, persons) if is_off_card else found.off_card,
            )
        return found

    def measures(self, rulings: Mapping[CaseKind, CaseState] | None = None) -> Measures:
        """What counts, given the state of the cases opened for this household.

        A confirmed case counts its persons, an overturned one none; a case that is open,
        undecided or not yet opened leaves its indicator undetermined. So do answers, until a case
        of the whole household is ruled on.
        """
        if self.persons is None:
            return Measures(self.class_found, None, None, None, None, None, None, ())
        tally = _Tally(self._in_class(rulings or {}), dict(rulings or {}))
        wrong_exit, missed, recurrence = tally.wrong_exit(), tally.missed(), tally.recurrence()
        return Measures(
            class_found=tally.finding.class_found,
            persons=self.persons,
            wrong_exit=wrong_exit,
            missed=missed,
            recurrence=recurrence,
            missed_base=tally.missed_base(missed),
            approves=None if self.approves is None else int(self.approves),
            undetermined=tally.undetermined(),
        )

    def _in_class(self, rulings: Mapping[CaseKind, CaseState]) -> "Finding":
        """The finding in the class that it counts in: where others found an exited household that
        fails, that of exited ones, unless their suspicion was overturned."""
        states = [rulings.get(one.kind) for one in self.suspicions if one.kind in OF_EXITED]
        if self.class_found == "E" or all(state is CaseState.OVERTURNED for state in states):
            return self
        is_open = CaseState.CONFIRMED not in states
        missed = sum(one.persons for one in self.suspicions if one.kind is CaseKind.MISSED)
        undetermined = set(self.undetermined)
        if self.class_found == "N" and "missed_rate" in undetermined:
            # Whether it was missed is asked of a household that no register held.
            if is_open:
                missed = self.persons or 0
            else:
                undetermined.remove("missed_rate")
        if self.approves is None:
            undetermined.add("satisfaction_rate")
        return replace(
            self,
            class_found="E",
            excluded=self.excluded and is_open,
            off_card=max(self.off_card, missed),
            undetermined=tuple(sorted(undetermined)),
        )


@dataclass(frozen=True, slots=True)
class _Tally:
    """Counts one household's suspicions under the rulings on its cases."""

    finding: Finding
    rulings: Mapping[CaseKind, CaseState]

    def wrong_exit(self) -> int | None:
        if self.finding.class_found != "E" or self.finding.round_kind == "revisit":
            return None
        return self._counted(CaseKind.WRONG_EXIT)

    def recurrence(self) -> int | None:
        """In an exit inspection nothing recurs in a household whose failing was overturned."""
        if self.finding.class_found != "E":
            return None
        is_overturned = self.rulings.get(CaseKind.WRONG_EXIT) is CaseState.OVERTURNED
        if self.finding.round_kind == "exit" and is_overturned:
            return 0
        return self._counted(CaseKind.RECURRENCE)

    def missed(self) -> int | None:
        """Persons that count; where others are open too, those confirmed."""
        if self.finding.class_found == "other":
            return None
        if self._is_partly_confirmed():
            return self.finding.off_card
        return self._counted(CaseKind.MISSED)

    def _is_partly_confirmed(self) -> bool:
        """Members off the card were confirmed, and of others it is not known."""
        return (
            self.finding.class_found in ("E", "P")
            and "missed_rate" in self.finding.undetermined
            and self.finding.off_card > 0
            and self.rulings.get(CaseKind.MISSED) is CaseState.CONFIRMED
        )

    def missed_base(self, missed: int | None) -> int | None:
        """Persons never registered; inside a registered household only those off the card."""
        if self.finding.class_found == "other":
            return None
        if self.finding.class_found == "N":
            return self.finding.persons
        if missed is not None and not self._is_partly_confirmed():
            return missed
        return self.finding.off_card + self.finding.off_card_unknown

    def undetermined(self) -> tuple[str, ...]:
        """In a fixed order: open by the answers, or open by the state of a case."""
        values = {
            "wrong_exit_rate": self.wrong_exit() is None and self._measures_wrong_exit(),
            "missed_rate": (self.missed() is None and self.finding.class_found != "other")
            or self._is_partly_confirmed(),
            "recurrence_rate": self.recurrence() is None and self.finding.class_found == "E",
            "satisfaction_rate": "satisfaction_rate" in self.finding.undetermined,
        }
        return tuple(code for code, is_open in values.items() if is_open)

    def _measures_wrong_exit(self) -> bool:
        return self.finding.class_found == "E" and self.finding.round_kind == "exit"

    def _counted(self, kind: CaseKind) -> int | None:
        persons = sum(each.persons for each in self.finding.suspicions if each.kind is kind)
        state = self.rulings.get(kind)
        is_of_some = kind is CaseKind.MISSED and self.finding.class_found in ("E", "P")
        is_settled = persons and state in RULED and not is_of_some
        if f"{kind}_rate" in self.finding.undetermined and not is_settled:
            return None
        if self.finding.excluded and kind is CaseKind.MISSED:
            overruled = state is CaseState.CONFIRMED
            return self.finding.persons if overruled else 0
        if not persons:
            return 0
        if state is CaseState.CONFIRMED:
            return persons
        return 0 if state is CaseState.OVERTURNED else None


def judge(
    interview: Interview,
    *,
    book: RuleBook,
    line: PovertyLine,
    round_kind: str,
    frame_class: str | None,
    frame_persons: int,
    monitoring_line: PovertyLine | None = None,
) -> Finding:
    """The finding of one interview under one rule book.

    `line` is `book.line(year)` of the exit year (at a revisit the monitoring line of province
    and year), `frame_class` what the register says, which decides what was asked, and
    `frame_persons` the head-count of the register, used where the household gave none.
    """
    found = interview.class_found
    if not interview.is_completed:
        return Finding(interview.unit_id, round_kind, found, persons=None)
    heads, counted_from = head_count(interview, frame_persons=frame_persons, book=book)
    known_heads = None if counted_from == "register" else heads
    income = stable_income(interview, heads=known_heads, book=book)
    blocks = judge_blocks(interview, income=income, line=line, book=book)
    household = _Household.of(interview, round_kind, found, frame_class, heads, blocks, book)
    is_sound = not household.fails and not household.is_open
    monitored = (
        monitored_types(
            interview,
            class_found=found,
            income=income,
            book=book,
            monitoring_line=monitoring_line,
        )
        if not household.fails
        else ()
    )
    suspicions = household.suspicions()
    flags = (
        *(() if counted_from == "answer" else (f"persons_from_{counted_from}",)),
        *(() if frame_class in (None, found) else ("class_differs",)),
        *household.flags(is_sound=is_sound, suspicions=suspicions, monitored=monitored),
    )
    return Finding(
        unit_id=interview.unit_id,
        round_kind=round_kind,
        class_found=found,
        persons=heads,
        blocks=blocks,
        income=income,
        suspicions=suspicions,
        undetermined=household.undetermined(),
        excluded=household.is_excluded(),
        approves=household.approves(),
        off_card=household.off_card,
        off_card_unknown=household.off_card_unknown,
        monitored=monitored,
        procedure=household.procedure(),
        flags=flags,
    )


def _cards(members: tuple[Row, ...]) -> tuple[tuple[str | None, str | None], ...]:
    """Registered or not, and on the card or not, of each member."""
    return tuple((word(row, "m_registered"), word(row, "m_on_card")) for row in members)


@dataclass(frozen=True, slots=True)
class _Household:
    """One household with its blocks judged."""

    interview: Interview
    round_kind: str
    class_found: str
    frame_class: str | None
    heads: int
    blocks: tuple[BlockFinding, ...]
    book: RuleBook
    fails: bool
    is_open: bool
    """No block fails, and some are unknown."""
    off_card: int
    """Registered members certainly not on the card."""
    off_card_unknown: int
    """Members of whom it was asked and not answered."""

    @classmethod
    def of(
        cls,
        interview: Interview,
        round_kind: str,
        class_found: str,
        frame_class: str | None,
        heads: int,
        blocks: tuple[BlockFinding, ...],
        book: RuleBook,
    ) -> "_Household":
        states = [block.state for block in blocks]
        fails = State.FAILS in states
        is_asked = frame_class in ("E", "P") and class_found in ("E", "P")
        is_counted = is_asked and book.within_household_missed
        cards = _cards(interview.members) if is_counted else ()
        return cls(
            interview,
            round_kind,
            class_found,
            frame_class,
            heads,
            blocks,
            book,
            fails,
            is_open=not fails and State.UNKNOWN in states,
            off_card=cards.count(("yes", "no")),
            off_card_unknown=cards.count(("yes", None)) + cards.count((None, "no")),
        )

    def suspicions(self) -> tuple[Suspicion, ...]:
        found: list[Suspicion] = []
        if self.class_found == "E" and self.fails:
            reasons = self._reasons(self.blocks)
            if self.round_kind == "revisit":
                found.append(Suspicion(CaseKind.RECURRENCE, self.heads, reasons))
            else:
                found.append(Suspicion(CaseKind.WRONG_EXIT, self.heads, reasons))
                if word(self.interview.answers, "relapsed_since") == "yes_now":
                    found.append(Suspicion(CaseKind.RECURRENCE, self.heads, reasons))
        if self.class_found == "N" and self._qualifies() and not self._has_exclusion():
            reasons = self._reasons(self._qualifying())
            found.append(Suspicion(CaseKind.MISSED, self.heads, reasons))
        if self.off_card:
            found.append(Suspicion(CaseKind.MISSED, self.off_card, ("member_off_card",)))
        return tuple(found)

    def undetermined(self) -> tuple[str, ...]:
        """Indicators that a further answer could still move for this household."""
        codes = []
        if self.class_found == "E":
            if self.is_open and self.round_kind != "revisit":
                codes.append("wrong_exit_rate")
            if self._recurrence_is_open():
                codes.append("recurrence_rate")
        if self._missed_is_open():
            codes.append("missed_rate")
        if self.class_found in CLASSES and self.approves() is None:
            codes.append("satisfaction_rate")
        return tuple(codes)

    def approves(self) -> bool | None:
        """Households of another class are not among those who are asked to approve."""
        if self.class_found not in CLASSES:
            return None
        return approval.approves(self.interview.answers, self.book.approval_rule)

    def _recurrence_is_open(self) -> bool:
        if self.round_kind == "revisit":
            return self.is_open
        relapsed = word(self.interview.answers, "relapsed_since")
        if relapsed in ("no", "yes_recovered") or self.frame_class != "E":
            return False
        return self.is_open or (self.fails and relapsed is None)

    def _missed_is_open(self) -> bool:
        if self.class_found == "N":
            if self._qualifies():
                return False
            return any(
                block.state is State.UNKNOWN
                or (block.state is State.FAILS and block.is_unaffordable is None)
                for block in self.blocks
            )
        return self.off_card_unknown > 0

    def is_excluded(self) -> bool:
        return self.class_found == "N" and self._qualifies() and self._has_exclusion()

    def _qualifies(self) -> bool:
        return bool(self._qualifying())

    def _qualifying(self) -> tuple[BlockFinding, ...]:
        """The failing blocks that make a household one the register should have held."""
        failing = tuple(block for block in self.blocks if block.state is State.FAILS)
        if self.book.missed_test == "same_as_exit":
            return failing
        return tuple(b for b in failing if b.block == "income" or b.is_unaffordable)

    def _has_exclusion(self) -> bool:
        """Unanswered excludes nobody."""
        items = words(self.interview.answers, "exclusion_items")
        return bool(items and items & set(self.book.exclusion_list))

    def procedure(self) -> str | None:
        """Exit without the household's agreement on paper; not a wrong exit by itself."""
        agreed = word(self.interview.answers, "exit_agreed")
        if self.class_found != "E" or agreed in (None, "signed_agreed"):
            return None
        return agreed

    @staticmethod
    def _reasons(blocks: tuple[BlockFinding, ...]) -> tuple[str, ...]:
        failing = (block for block in blocks if block.state is State.FAILS)
        return tuple(dict.fromkeys(reason for block in failing for reason in block.reasons))

    def flags(
        self,
        *,
        is_sound: bool,
        suspicions: tuple[Suspicion, ...],
        monitored: tuple[str, ...],
    ) -> tuple[str, ...]:
        """Contradictions and remarks; they decide nothing and force a reviewer to decide."""
        answers = self.interview.answers
        grade, judgement = word(answers, "house_grade"), word(answers, "judgement")
        match = word(answers, "obs_match")
        kinds = {each.kind for each in suspicions}
        items = words(answers, "exclusion_items") or frozenset()
        notes = {note for block in self.blocks for note in block.notes}
        told = {
            "house_looks_unsafe": word(answers, "obs_house") == "serious" and grade in ("A", "B"),
            "house_not_lived_in": word(answers, "obs_lived_in") == "no",
            "relocation_not_lived_in": word(answers, "relocated") in ("not_moved", "returned"),
            "seen_better_than_found": match == "better" and self.fails,
            "seen_worse_than_found": match == "worse" and is_sound,
            "judged_secure": judgement == "secure" and self.fails,
            "judged_wrong_exit": judgement == "doubt_wrong_exit"
            and not kinds & {CaseKind.WRONG_EXIT, CaseKind.RECURRENCE},
            "judged_missed": judgement == "doubt_missed" and CaseKind.MISSED not in kinds,
            "judged_at_risk": judgement == "at_risk" and not monitored and not self.fails,
            "judged_well_off": judgement == "well_off" and self.fails,
            "income_will_end": word(answers, "income_outlook") == "lost",
            "monitoring_missing": bool(monitored)
            and word(answers, "monitored_now") in (None, "none"),
            "fit_to_exit": self.class_found == "P" and is_sound,
            "fails_without_want_of_money": self.class_found == "N"
            and self.fails
            and not self._qualifies(),
            "other_exclusion": self.class_found == "N"
            and bool(items - set(self.book.exclusion_list)),
            "unappraised_seen_sound": "unappraised_seen_sound" in notes,
            "elders_apart_registered_elsewhere": "elders_apart_registered_elsewhere" in notes,
        }
        return tuple(code for code, holds in told.items() if holds)
