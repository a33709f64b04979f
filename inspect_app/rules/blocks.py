"""The standard of a household, block by block: ok, fails or unknown, and why.

A block fails as soon as one known answer fails it, is unknown while any answer it needs is
missing, and ok otherwise. "Does not know" and "refuses to say" are never ok.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from inspect_app.rules.answers import number, word, words
from inspect_app.rules.income import Income
from inspect_app.rules.interviews import Interview, Row
from inspect_app.rules.rulebooks import PROTEIN_STEPS, PovertyLine, RuleBook


class State(StrEnum):
    """What is known about one block of one household."""

    OK = "ok"
    FAILS = "fails"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing said about a block.

    `is_cost` tells whether a failure is for want of money; None means that the household was
    asked and the answer is missing.
    """

    state: State
    reason: str
    is_cost: bool | None = False


@dataclass(frozen=True, slots=True)
class BlockFinding:
    """State of one block, with the codes of `inspect_app.rules.reasons` that led to it."""

    block: str
    state: State
    reasons: tuple[str, ...]
    is_unaffordable: bool | None
    notes: tuple[str, ...] = ()

    @classmethod
    def from_remarks(cls, block: str, remarks: Sequence[Remark]) -> "BlockFinding":
        """The worst remark decides; remarks that say ok stay as notes."""
        if not remarks:
            return _sound(block)
        states = {remark.state for remark in remarks}
        state = next((s for s in (State.FAILS, State.UNKNOWN) if s in states), State.OK)
        costs = {remark.is_cost for remark in remarks if remark.state is State.FAILS}
        return cls(
            block=block,
            state=state,
            reasons=_distinct(r.reason for r in remarks if r.state is state is not State.OK),
            is_unaffordable=True if True in costs else None if None in costs else False,
            notes=_distinct(r.reason for r in remarks if r.state is State.OK),
        )


@cache
def _sound(block: str) -> BlockFinding:
    """The finding of a block that nothing is said against, as of nearly all."""
    return BlockFinding(block, State.OK, (), False)


def _distinct(codes: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))


def _fails(reason: str, *, is_cost: bool | None = False) -> Remark:
    return Remark(State.FAILS, reason, is_cost)


def _unknown(reason: str) -> Remark:
    return Remark(State.UNKNOWN, reason)


def _cost(row: Row, question: str) -> bool | None:
    """Did the household name cost as the reason? None when it did not say."""
    reason = word(row, question)
    return None if reason is None else reason == "cost"


def judge_blocks(
    interview: Interview, *, income: Income, line: PovertyLine, book: RuleBook
) -> tuple[BlockFinding, ...]:
    """All blocks that the rule book counts, in the order of the standard."""
    too_few = _lists_too_few(interview)
    found = {
        "income": _income(income, line),
        "food": _food(interview.answers, book),
        "clothing": _clothing(interview.answers),
        "schooling": _schooling(interview, book, too_few=too_few),
        "medical": _medical(interview, too_few=too_few),
        "housing": _housing(interview.answers, book),
    }
    if book.water_counts:
        found["water"] = _water(interview.answers, book)
    return tuple(
        BlockFinding.from_remarks(block, tuple(remarks)) for block, remarks in found.items()
    )


def _income(income: Income, line: PovertyLine) -> Iterator[Remark]:
    """Stable net income per head must exceed the line of the year; equality fails."""
    if income.is_at_or_below(line.yuan):
        yield _fails("income_not_above_line", is_cost=True)
    elif income.heads is None:
        yield _unknown("head_count_unanswered")
    elif not income.is_above(line.yuan):
        yield _unknown("income_part_missing")


def _food(answers: Row, book: RuleBook) -> Iterator[Remark]:
    staple = word(answers, "food_enough")
    if staple is None:
        yield _unknown("staple_unanswered")
    elif staple != "always":
        yield _fails("staple_short")
    protein = word(answers, "protein")
    if protein is None:
        yield _unknown("protein_unanswered")
    elif PROTEIN_STEPS.index(protein) > PROTEIN_STEPS.index(book.protein_floor):
        reason = word(answers, "protein_reason")
        if reason is None:
            yield _unknown("protein_reason_unanswered")
        elif reason in ("cost", "access"):
            yield _fails(f"protein_rare_for_{reason}", is_cost=reason == "cost")


def _clothing(answers: Row) -> Iterator[Remark]:
    has = words(answers, "clothing")
    if has is None:
        yield _unknown("clothing_unanswered")
    elif has != {"seasonal", "change", "bedding", "shoes"}:
        yield _fails("clothing_lacking")
    source = word(answers, "clothing_source")
    if source is None:
        yield _unknown("clothing_source_unanswered")
    elif source == "charity":
        yield _fails("clothing_mainly_donated")


def _schooling(interview: Interview, book: RuleBook, *, too_few: bool) -> Iterator[Remark]:
    """Every member of school age, registered here or only living here."""
    youngest, oldest = book.school_ages
    if too_few:
        yield _unknown("members_not_listed")
    for row in interview.members:
        age = number(row, "m_age")
        if age is not None and not youngest <= age <= oldest:
            continue
        school = word(row, "m_school")
        if school is None:
            yield _unknown("schooling_unanswered")
        elif school in ("dropped_out", "never_enrolled"):
            reason = word(row, "m_school_reason")
            if age is None:
                yield _unknown("school_age_unanswered")
            elif reason is None:
                yield _unknown("school_reason_unanswered")
            elif reason == "health":
                yield _unknown("health_certificate_wanted")
            else:
                yield _fails("out_of_school", is_cost=reason == "cost")


def _medical(interview: Interview, *, too_few: bool) -> Iterator[Remark]:
    """Every registered member insured, and no treatment given up because of cost."""
    forgone = word(interview.answers, "care_forgone")
    if forgone is None:
        yield _unknown("care_forgone_unanswered")
    elif forgone == "yes":
        yield _fails("care_forgone", is_cost=True)
    if too_few:
        yield _unknown("members_not_listed")
    for row in interview.members:
        insured = word(row, "m_insured")
        if insured in ("resident", "worker", "soldier_etc"):
            continue
        registered = word(row, "m_registered")
        if registered == "no":
            continue
        if insured is None:
            yield _unknown("insurance_unanswered")
        elif insured == "elsewhere":
            yield _unknown("insured_elsewhere_unproven")
        elif registered is None:
            yield _unknown("registration_unanswered")
        else:
            yield _fails("uninsured", is_cost=_cost(row, "m_uninsured_reason"))


def _housing(answers: Row, book: RuleBook) -> Iterator[Remark]:
    dwelling, elders = word(answers, "dwelling"), word(answers, "elders_apart")
    if dwelling is None:
        yield _unknown("dwelling_unanswered")
    elif dwelling == "makeshift":
        yield _fails("dwelling_makeshift")
    if elders is None:
        yield _unknown("elders_unanswered")
    elif elders == "yes_member":
        yield _fails("elders_in_unsafe_house")
    elif elders == "yes_split":
        yield Remark(State.OK, "elders_apart_registered_elsewhere")
    yield from _grade(answers, book)


def _grade(answers: Row, book: RuleBook) -> Iterator[Remark]:
    grade, basis, seen = (
        word(answers, each) for each in ("house_grade", "grade_basis", "obs_house")
    )
    if grade is None:
        yield _unknown("grade_unanswered")
    elif grade == "not_appraised":
        if word(answers, "dwelling") == "old_house" and seen == "serious":
            yield _fails("old_house_unsafe")
        elif seen == "sound" and book.unappraised_house == "sound_if_seen":
            yield Remark(State.OK, "unappraised_seen_sound")
        else:
            yield _unknown("house_not_appraised")
    elif basis is None or basis == "household":
        yield _unknown("grade_by_word_only")
    elif grade in ("C", "D"):
        yield from _danger(answers)
    if grade in ("A", "B", "C", "D") and seen in (None, "not_seen"):
        yield _unknown("house_not_seen")


def _danger(answers: Row) -> Iterator[Remark]:
    action = word(answers, "danger_action")
    if action is None:
        yield _unknown("danger_action_unanswered")
    elif action != "done":
        yield _fails("unsafe_house_lived_in", is_cost=_cost(answers, "danger_reason"))


def _water(answers: Row, book: RuleBook) -> Iterator[Remark]:
    enough, clean, source = (
        word(answers, each) for each in ("water_enough", "water_clean", "water_source")
    )
    if enough is None:
        yield _unknown("water_amount_unanswered")
    elif enough == "no":
        yield _fails("water_too_little")
    if source != "piped_home":
        fetch = number(answers, "water_fetch")
        if fetch is None:
            yield _unknown("water_fetch_unanswered")
        elif fetch > book.water_fetch_minutes:
            yield _fails("water_too_far")
    dry = number(answers, "water_dry_days")
    if dry is None:
        yield _unknown("water_dry_days_unanswered")
    elif dry > book.water_dry_days:
        yield _fails("water_dry_too_long")
    if clean is None:
        yield _unknown("water_quality_unanswered")
    elif clean == "bad":
        yield _fails("water_unfit")
    elif clean == "turbid":
        yield _unknown("water_turbid_untested")


def _lists_too_few(interview: Interview) -> bool:
    """Fewer members listed than the household says are registered, so some are unanswered."""
    registered = number(interview.answers, "registered_members")
    left_out = [row.get("m_registered") for row in interview.members].count("no")
    listed = len(interview.members) - left_out
    return not interview.members or (registered is not None and listed < registered)
