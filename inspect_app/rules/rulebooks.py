"""Rule books: thresholds and contested readings, each with its source, frozen by digest.

Every reading that a book may choose is implemented; a book that asks for another is refused, so
that no setting is printed in a report without having been obeyed.
"""

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from inspect_app.rules.errors import LineMissing, RuleBookInvalid, RuleBookUnknown
from inspect_app.rules.states import CaseState

REGION_GROUPS = ("central_2pct", "west_3pct")
PROTEIN_STEPS = ("any_time", "weekly", "monthly", "rarely")
QUALITY: Mapping[str, int] = {
    "shortest_minutes": 15,
    "longest_minutes": 240,
    "rapid_minutes": 10,
    "clock_minutes": 5,
    "accuracy_m": 100,
    "distance_m": 1000,
    "same_spot_m": 15,
    "apart_m": 60,
    "night_from": 21,
    "night_until": 7,
    "phrase_signs": 8,
    "phrase_alike_pct": 80,
    "one_off_pct": 30,
    "absent_pct": 40,
    "absent_visits": 10,
}
"""Limits of the nightly review, our default: a form of sixty questions read out and answered takes
a quarter of an hour at the least."""
LINE_STATUSES = ("sourced", "sourced-secondary", "document", "simulated")


@dataclass(frozen=True, slots=True)
class PovertyLine:
    """Yuan a person and year below which, or at which, a household is poor."""

    year: int
    yuan: int
    status: str
    document: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where the value of a setting comes from, and what else was found."""

    source: str
    readings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    """The figure an indicator is held against, and which side passes at equality."""

    value: float
    strict: bool
    direction: str

    def is_met(self, numerator: int, denominator: int) -> bool:
        """Exact comparison of counts: 40 of 2,000 is 2 %, not nearly 2 %."""
        return self._passes(Fraction(numerator, denominator), Fraction(str(self.value)))

    def is_met_by(self, rate: float) -> bool:
        """The same for an estimate that is no ratio of counts."""
        return self._passes(rate, self.value)

    def _passes(self, rate: Any, limit: Any) -> bool:
        if rate == limit:
            return not self.strict
        return bool(rate < limit) if self.direction == "below" else bool(rate > limit)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Every setting of one rule book. Shares are fractions, days are working days.

    dated : the day it was written; the oldest books name a year only
    """

    id: str
    year: int
    title_zh: str
    title_en: str
    notes: str
    sha256: str
    dated: date | None
    sources: Mapping[str, Source] = field(repr=False)
    lines: tuple[PovertyLine, ...]
    wrong_exit_threshold: float
    missed_threshold: float
    incidence_threshold: Mapping[str, float]
    approval_threshold: float
    recurrence_threshold: float
    strict_rates: bool
    strict_approval: bool
    official_estimator: str
    confidence: float
    missed_denominator: str
    exited_scope: str
    members_basis: str
    within_household_missed: bool
    income_concept: str
    line_rule: str
    reference_date_rule: str
    one_off_income: str
    protein_floor: str
    unappraised_house: str
    water_counts: bool
    missed_test: str
    exclusion_list: tuple[str, ...]
    shock_ratio: float
    approval_rule: str
    grace_end: str
    notice_days: int
    max_visits: int
    case_deadlines: Mapping[str, int]
    replacement_alarm: float
    roster_tolerance: float
    pair_max_days: int
    small_cell: Mapping[str, int]
    quality: Mapping[str, int]
    reinterview_share: float
    reinterview_alarm: float
    holidays: tuple[str, ...]
    make_up_days: tuple[str, ...]
    school_ages: tuple[int, int]
    water_fetch_minutes: int
    water_dry_days: int

    @property
    def settings(self) -> dict[str, object]:
        """Every setting by its key, ready for JSON."""
        return {key: _plain(getattr(self, _attribute(key))) for key in _READINGS}

    def threshold(self, indicator: str, region_group: str) -> Threshold:
        """What an indicator is held against in a county of that region group."""
        if indicator == "satisfaction_rate":
            return Threshold(self.approval_threshold, self.strict_approval, "above")
        values = {
            "wrong_exit_rate": self.wrong_exit_threshold,
            "missed_rate": self.missed_threshold,
            "poverty_incidence": self.incidence_threshold[region_group],
            "register_incidence": self.incidence_threshold[region_group],
            "recurrence_rate": self.recurrence_threshold,
        }
        return Threshold(values[indicator], self.strict_rates, "below")

    def line(self, year: int) -> PovertyLine:
        """The line of a year, the highest where several are entered; `LineMissing` if none is."""
        known = [each for each in self.lines if each.year == year]
        if not known:
            raise LineMissing(
                f"规则库 {self.id} 没有 {year} 年的贫困线 | "
                f"rule book {self.id} has no poverty line of {year}",
                year=year,
                rulebook=self.id,
            )
        return max(known, key=lambda each: each.yuan)

    def with_line(self, year: int, yuan: int, *, document: str) -> "RuleBook":
        """The book with a provincial or further line, entered with its document."""
        if not document.strip():
            raise RuleBookInvalid("a line is entered with its document", year=year)
        return self._with(PovertyLine(_checked_year(year), _whole(yuan), "document", document))

    def with_simulated_line(self, year: int, yuan: int) -> "RuleBook":
        """The book with an invented line for a demonstration, recorded as simulated.

        Raises `RuleBookInvalid` when the year has a sourced line: that one must be used.
        """
        if any(each.year == year for each in self.lines):
            raise RuleBookInvalid(f"{year} has a sourced line", year=year)
        document = "模拟 | simulated for a demonstration"
        return self._with(PovertyLine(_checked_year(year), _whole(yuan), "simulated", document))

    def with_reading(self, key: str, value: object) -> "RuleBook":
        """The book under another reading of one setting, to see what it would change."""
        if key not in _READINGS:
            raise RuleBookInvalid(f"unknown setting {key}", setting=key)
        try:
            changed = _READINGS[key](value)
        except (ValueError, TypeError) as fault:
            raise RuleBookInvalid(f"{key}: {fault}", setting=key) from fault
        changes: dict[str, Any] = {_attribute(key): changed}
        return replace(self, **changes)

    def reference_date(self, exit_year: int) -> date:
        """The day on which ages are counted and twelve months of income end."""
        return date(exit_year, 12, 31)

    def _with(self, line: PovertyLine) -> "RuleBook":
        return replace(self, lines=(*self.lines, line))


def names() -> tuple[str, ...]:
    """Name the packaged rule books."""
    folder = resources.files("inspect_app") / "rulebooks"
    files = (each.name for each in folder.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


@cache
def load(name: str) -> RuleBook:
    """A packaged rule book; `RuleBookUnknown` or `RuleBookInvalid` otherwise."""
    if not re.fullmatch(r"[0-9a-z]+(-[0-9a-z]+)*", name):
        raise RuleBookUnknown(name, rulebook=name)
    file = resources.files("inspect_app") / "rulebooks" / f"{name}.toml"
    if not file.is_file():
        raise RuleBookUnknown(name, rulebook=name)
    return parse(file.read_text("utf-8"))


@lru_cache(maxsize=64)
def parse(text: str) -> RuleBook:
    """Read a rule book; every key must be there, none may be unknown.

    The same text is read once: campaigns are asked for their frozen book at every review.

    Raises `RuleBookInvalid` whose `extra["faults"]` names every fault found.
    """
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as fault:
        raise RuleBookInvalid("not TOML", faults=[str(fault)]) from fault
    faults: list[str] = []
    head: dict[str, Any] = {key: raw.get(key) for key in ("id", "title_zh", "title_en", "notes")}
    faults += [f"{key}: text expected" for key, value in head.items() if not _is_text(value)]
    if type(raw.get("year")) is not int:
        faults.append("year: whole number expected")
    dated = raw.get("dated")
    if dated is not None and type(dated) is not date:
        faults.append("dated: a day expected, as 2026-01-31")
    known = {*head, "year", "dated", "settings", "lines"}
    faults += [f"{key}: unknown key" for key in raw if key not in known]
    values, sources = _settings(raw.get("settings"), faults)
    lines = _lines(raw.get("lines"), faults)
    if faults:
        raise RuleBookInvalid(f"{len(faults)} faults: {faults[0]}", faults=faults)
    return RuleBook(
        **head,
        year=raw["year"],
        dated=dated,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        sources=sources,
        lines=lines,
        **{_attribute(key): value for key, value in values.items()},
    )


def _settings(raw: object, faults: list[str]) -> tuple[dict[str, Any], dict[str, Source]]:
    values: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    given = raw if isinstance(raw, dict) else {}
    faults += [f"settings.{key}: unknown key" for key in given if key not in _READINGS]
    for key, read in _READINGS.items():
        entry = given.get(key, _LATER.get(key))
        if not isinstance(entry, dict) or set(entry) != {"value", "source", "readings"}:
            faults.append(f"settings.{key}: needs value, source and readings")
            continue
        try:
            values[key] = read(entry["value"])
        except (ValueError, TypeError) as fault:
            faults.append(f"settings.{key}: {fault}")
        readings = entry["readings"]
        if not _is_text(entry["source"]) or not isinstance(readings, list) or not readings:
            faults.append(f"settings.{key}: source or readings missing")
            continue
        sources[key] = Source(entry["source"], tuple(str(reading) for reading in readings))
    return values, sources


def _lines(raw: object, faults: list[str]) -> tuple[PovertyLine, ...]:
    lines: list[PovertyLine] = []
    for n, entry in enumerate(raw if isinstance(raw, list) else ()):
        try:
            if set(entry) != {each.name for each in fields(PovertyLine)}:
                raise ValueError("needs year, yuan, status and document")
            if entry["status"] not in LINE_STATUSES or not _is_text(entry["document"]):
                raise ValueError("status unknown or document missing")
            year, yuan = _checked_year(entry["year"]), _whole(entry["yuan"])
            lines.append(PovertyLine(year, yuan, entry["status"], entry["document"]))
        except (ValueError, TypeError) as fault:
            faults.append(f"lines[{n}]: {fault}")
    return tuple(lines)


def _attribute(key: str) -> str:
    """Two keys share their names with methods of the book."""
    return {"line": "line_rule", "reference_date": "reference_date_rule"}.get(key, key)


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _checked_year(value: object) -> int:
    year = _whole(value)
    if not 2000 <= year <= 2100:
        raise ValueError(f"year {year}")
    return year


def _whole(value: object) -> int:
    if type(value) is not int or value < 1:
        raise ValueError(f"{value!r} is not a whole number from 1")
    return value


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, Decimal | float):
        raise ValueError(f"{value!r} is not a fraction")
    if not 0 < value < 1:
        raise ValueError(f"{value} is not between 0 and 1")
    return float(value)


def _level(value: object) -> float:
    """A one-sided level: at one half or less, bounds would not enclose anything."""
    level = _share(value)
    if level <= 0.5:
        raise ValueError(f"{value} is not above 0.5")
    return level


def _quality(value: object) -> Mapping[str, int]:
    limits: Mapping[str, int] = _table(tuple(QUALITY), _whole)(value)
    for key, limit in limits.items():
        most = 100 if key.endswith("_pct") else 23 if key.startswith("night_") else None
        if most is not None and limit > most:
            raise ValueError(f"{key} = {limit} is above {most}")
    return limits


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is not true or false")
    return value


def _one_of(*allowed: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in allowed:
            raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
        return str(value)

    return read


def _some_of(*allowed: str) -> Callable[[object], tuple[str, ...]]:
    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not set(value) <= set(allowed):
            raise ValueError(f"{value!r} is no list out of {', '.join(allowed)}")
        return tuple(value)

    return read


def _table(keys: tuple[str, ...], read: Callable[[object], Any]) -> Callable[[object], Any]:
    def read_table(value: object) -> Mapping[str, Any]:
        if not isinstance(value, Mapping) or set(value) != set(keys):
            raise ValueError(f"{value!r} needs exactly {', '.join(keys)}")
        return {key: read(value[key]) for key in keys}

    return read_table


def _days(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(day, str) for day in value):
        raise ValueError(f"{value!r} is no list of days as text")
    return tuple(sorted(date.fromisoformat(day).isoformat() for day in value))


def _ages(value: object) -> tuple[int, int]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"{value!r} is not a pair of ages")
    youngest, oldest = _whole(value[0]), _whole(value[1])
    if youngest > oldest:
        raise ValueError(f"{value!r} is the wrong way round")
    return youngest, oldest


_DEADLINES = tuple(
    str(state) for state in CaseState if state not in (CaseState.CONFIRMED, CaseState.OVERTURNED)
)

_READINGS: Mapping[str, Callable[[object], Any]] = {
    "wrong_exit_threshold": _share,
    "missed_threshold": _share,
    "incidence_threshold": _table(REGION_GROUPS, _share),
    "approval_threshold": _share,
    "recurrence_threshold": _share,
    "strict_rates": _flag,
    "strict_approval": _flag,
    "official_estimator": _one_of("design", "sample"),
    "confidence": _level,
    "missed_denominator": _one_of("a", "b"),
    "exited_scope": _one_of("to_date"),
    "members_basis": _one_of("registered", "resident"),
    "within_household_missed": _flag,
    "income_concept": _one_of("net"),
    "line": _one_of("higher"),
    "reference_date": _one_of("exit_year_end"),
    "one_off_income": _one_of("not_counted", "counted"),
    "protein_floor": _one_of(*PROTEIN_STEPS[:-1]),
    "unappraised_house": _one_of("sound_if_seen", "unknown"),
    "water_counts": _flag,
    "missed_test": _one_of("income_first", "same_as_exit"),
    "exclusion_list": _some_of(
        "public_employee", "village_cadre", "vehicle_machine", "urban_housing", "business"
    ),
    "shock_ratio": _share,
    "approval_rule": _one_of(
        "overall_without_dissent", "overall", "overall_without_discontent", "all_four", "majority"
    ),
    "grace_end": _one_of("five_years"),
    "notice_days": _whole,
    "max_visits": _whole,
    "case_deadlines": _table(_DEADLINES, _whole),
    "replacement_alarm": _share,
    "roster_tolerance": _share,
    "pair_max_days": _whole,
    "small_cell": _table(("households", "villages"), _whole),
    "quality": _quality,
    "reinterview_share": _share,
    "reinterview_alarm": _share,
    "holidays": _days,
    "make_up_days": _days,
    "school_ages": _ages,
    "water_fetch_minutes": _whole,
    "water_dry_days": _whole,
}

_LATER: Mapping[str, Mapping[str, Any]] = {
    key: {"value": value, "source": "our default", "readings": ["a book older than this setting"]}
    for key, value in {
        "quality": QUALITY,
        "reinterview_share": 0.05,
        "reinterview_alarm": 0.85,
        "holidays": [],
        "make_up_days": [],
    }.items()
}
"""What a book says that was frozen before a setting was thought of: our default."""
