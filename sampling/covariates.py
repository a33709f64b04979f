"""Villages of a plan county by county: who is inside the frame, and their checked covariates."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import polars as pl

from sampling.errors import PlanError
from sampling.groups import Groups
from sampling.messages import both, say
from sampling.plan import Plan

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

DISTANCE = "km_to_seat"
FALLBACK = "remoteness_fallback"
HOUSEHOLDS = ("households_e", "households_p", "households_n")
STRATA_COLUMNS = ("remoteness", "remoteness_class", "stratum")
"""What the frozen village artefact adds to the village frame."""


DEFAULT_WEIGHTS = {
    DISTANCE: 1.0,
    "elevation_m": 0.5,
    "relief": 0.5,
    "road_class": 0.5,
    "income": -0.5,
    FALLBACK: 1.0,
}
"""Covariates that are used where the frame has them and the plan names none."""


class Topic(IntEnum):
    """What a note is about, in the order in which the notes of a county are told."""

    OUTSIDE = 0
    BY_CODE = 1
    LEFT_OUT = 2
    FALLBACK = 3
    FEWER = 4
    MERGED = 5
    TYPES_MERGED = 6


@dataclass(frozen=True)
class Notes:
    """Bilingual lines that come up step by step and are told county by county.

    Parameters
    ----------
    adcodes : counties in the order to tell them
    """

    adcodes: Sequence[str]
    found: list[tuple[int, Topic, tuple[str, str]]] = field(default_factory=list)

    def add(self, county: int, topic: Topic, code: str, **details: object) -> None:
        """Note something about the county at this place of `adcodes`."""
        self.found.append((county, topic, both(code, adcode=self.adcodes[county], **details)))

    def told(self) -> tuple[str, ...]:
        """All lines, by county, then by topic, then as they were noted."""
        in_order = sorted(self.found, key=lambda note: note[:2])
        return tuple(f"{zh} | {en}" for *_, (zh, en) in in_order)

    def summed(self) -> tuple[str, ...]:
        """One line a topic: how many notes in how many counties, and the first of them."""
        lines = []
        for topic in Topic:
            notes = [note for note in self.found if note[1] == topic]
            if notes:
                _, _, (zh, en) = min(notes, key=lambda note: note[0])
                counties = len({county for county, *_ in notes})
                lines.append(
                    say("remoteness.summed", notes=len(notes), counties=counties, zh=zh, en=en)
                )
        return tuple(lines)


@dataclass(frozen=True)
class Covariate:
    """One covariate of remoteness.

    Parameters
    ----------
    values : (n_inside,) float, not a number in a county that has it nowhere
    known : (n_counties,) whether the county has it
    """

    values: Array
    known: Flags


@dataclass(frozen=True)
class Inside:
    """The villages of a plan, and those of them that have households, county by county.

    Parameters
    ----------
    plan : with its counties and weights spelled out
    villages : all villages of the plan's counties, sorted by code, without strata columns
    rows : (n_inside,) rows of `villages` that have households, by county and code
    groups : which of these rows are one county, in the order of `plan.counties`
    notes : what has to be said so far
    """

    plan: Plan
    villages: pl.DataFrame
    rows: Whole
    groups: Groups
    notes: Notes

    def column(self, name: str) -> pl.Series:
        """One column of the villages inside, in their order."""
        return self.villages[name][self.rows]

    def households(self) -> Array:
        """(n_inside,) households of all classes (count), > 0."""
        return _households(self.villages)[self.rows].astype(np.float64)

    def covariates(self) -> dict[str, Covariate]:
        """Read the covariates that the plan weighs.

        A county that has a covariate nowhere goes without it, which is noted.

        Raises
        ------
        PlanError : a covariate that is not numeric, a gap within a county, or a county without
            any covariate; the first county in order is named
        """
        found = {name: self._covariate(name) for name in self.plan.remoteness.weights}
        self._refuse_gaps(found)
        for name, one in found.items():
            for county in np.flatnonzero(one.known == (name == FALLBACK)).tolist():
                topic, code = (
                    (Topic.FALLBACK, "remoteness.note.fallback")
                    if name == FALLBACK
                    else (Topic.LEFT_OUT, "remoteness.note.left_out")
                )
                self.notes.add(county, topic, code, covariate=name)
        return found

    def types(self) -> tuple[list[str], Whole]:
        """Read the village types.

        Returns
        -------
        the types, sorted, and (n_inside,) place of each village's type among them

        Raises
        ------
        PlanError : no such column, or a village whose type is not one word
        """
        if "village_type" not in self.villages.columns:
            raise PlanError("plan.column_missing", column="village_type")
        types = self.column("village_type").cast(pl.String)
        strange = ~types.fill_null("").str.contains(r"^\w+$")
        if strange.any():
            row = int(strange.arg_max() or 0)
            code = self.column("village_code")[row]
            raise PlanError("remoteness.type", village_code=code, value=types[row])
        kinds = types.unique().sort().to_list()
        numbers = types.replace_strict(kinds, range(len(kinds)), return_dtype=pl.Int64)
        return kinds, numbers.to_numpy()

    def with_strata(self, index: Array | None, classes: Whole, strata: pl.Series) -> pl.DataFrame:
        """Put index, class and stratum of the villages inside beside all villages."""
        place = np.full(self.villages.height, -1)
        place[self.rows] = np.arange(len(self.rows))
        taken = pl.Series(place).replace(-1, None)
        measured = pl.Series(np.full(len(self.rows), np.nan) if index is None else index)
        return self.villages.with_columns(
            measured.fill_nan(None).gather(taken).alias("remoteness"),
            pl.Series(classes, dtype=pl.Int64).gather(taken).alias("remoteness_class"),
            strata.gather(taken).alias("stratum"),
        )

    def _covariate(self, name: str) -> Covariate:
        if name not in self.villages.columns:
            nothing = np.full(len(self.rows), np.nan)
            return Covariate(nothing, np.zeros(len(self.groups), dtype=bool))
        column = self.villages[name]
        if not column.dtype.is_numeric() and column.dtype != pl.Null:
            raise PlanError("remoteness.not_number", covariate=name)
        values = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()[self.rows]
        return Covariate(values, np.logical_or.reduceat(~np.isnan(values), self.groups.starts))

    def _refuse_gaps(self, covariates: dict[str, Covariate]) -> None:
        county_of = self.groups.of_row
        empty = np.ones(len(self.groups), dtype=bool)
        first = (len(self.groups), 0, "")
        for name, one in covariates.items():
            empty &= ~one.known
            gaps = np.flatnonzero(~np.isfinite(one.values) & one.known[county_of])
            if gaps.size and county_of[gaps[0]] < first[0]:
                first = (int(county_of[gaps[0]]), int(gaps[0]), name)
        county, row, name = first
        if empty[:county].any():
            adcode = self.plan.counties[int(np.argmax(empty))]
            names = ", ".join(self.plan.remoteness.weights or DEFAULT_WEIGHTS)
            raise PlanError("remoteness.no_covariate", adcode=adcode, names=names)
        if name:
            code = self.column("village_code")[row]
            raise PlanError("remoteness.missing", village_code=code, covariate=name)


def inside(plan: Plan, villages: pl.DataFrame) -> Inside:
    """Find the villages of a plan's counties that have households.

    Parameters
    ----------
    plan : no counties = all of the village frame, no weights = `DEFAULT_WEIGHTS` as far as the
        frame has them
    villages : village frame, one row a village, in any order

    Raises
    ------
    PlanError : a column is missing, a village without code or county or listed twice, a county
        that is not in the frame or has no households
    """
    known = _checked(villages)
    settled = _settled(plan, known)
    county = _county_numbers(settled, known)
    if (county < 0).any():
        known, county = known.filter(county >= 0), county[county >= 0]
    has_households = _households(known) > 0
    _refuse_empty(settled, county, has_households)
    rows = np.flatnonzero(has_households)
    rows = rows[np.argsort(county[rows], kind="stable")]
    found = Inside(settled, known, rows, Groups.of(county[rows]), Notes(settled.counties))
    _note_outside(found, county, has_households)
    _note_points(found)
    return found


def _checked(villages: pl.DataFrame) -> pl.DataFrame:
    """The village frame by village code, each village once, without strata of another plan."""
    for column in ("village_code", "county_adcode", *HOUSEHOLDS):
        if column not in villages.columns:
            raise PlanError("plan.column_missing", column=column)
    for column in ("village_code", "county_adcode"):
        if villages[column].has_nulls():
            raise PlanError("remoteness.no_code", column=column)
    known = villages.drop(STRATA_COLUMNS, strict=False)
    if not known["village_code"].is_sorted():
        known = known.sort("village_code")
    codes = known["village_code"]
    twice = codes.filter(codes == codes.shift(1))
    if twice.len():
        raise PlanError("remoteness.twice", village_code=twice[0])
    return known


def _settled(plan: Plan, villages: pl.DataFrame) -> Plan:
    weights = plan.remoteness.weights
    if not weights and plan.remoteness.method != "none":
        weights = {
            name: weight
            for name, weight in sorted(DEFAULT_WEIGHTS.items())
            if name in villages.columns and villages[name].null_count() < villages.height
        }
    return replace(
        plan,
        counties=plan.counties or tuple(villages["county_adcode"].unique().sort()),
        remoteness=replace(plan.remoteness, weights=weights),
    )


def _county_numbers(plan: Plan, villages: pl.DataFrame) -> Whole:
    """Place of each village's county in the plan, -1 for none."""
    adcodes = pl.Enum(sorted({*plan.counties, *villages["county_adcode"].unique()}))
    codes = villages["county_adcode"].cast(adcodes).to_physical().to_numpy()
    place = np.full(len(adcodes.categories), -1)
    named = pl.Series(plan.counties, dtype=adcodes).to_physical().to_numpy()
    place[named] = np.arange(len(plan.counties))
    numbers: Whole = place[codes]
    return numbers


def _households(villages: pl.DataFrame) -> Whole:
    total = villages.select(pl.sum_horizontal(HOUSEHOLDS)).to_series()
    households: Whole = total.cast(pl.Int64).to_numpy()
    return households


def _refuse_empty(plan: Plan, county: Whole, has_households: Flags) -> None:
    villages = np.bincount(county, minlength=len(plan.counties))
    filled = np.bincount(county[has_households], minlength=len(plan.counties))
    if not filled.all():
        first = int(np.argmin(filled > 0))
        code = "plan.county_empty" if villages[first] else "plan.county_unknown"
        raise PlanError(code, adcode=plan.counties[first])


def _note_outside(found: Inside, county: Whole, has_households: Flags) -> None:
    outside = np.flatnonzero(~has_households)
    for number in np.unique(county[outside]).tolist():
        codes = found.villages["village_code"][outside[county[outside] == number]]
        shown = ", ".join(codes.head(5)) + (" …" if codes.len() > 5 else "")
        found.notes.add(
            number, Topic.OUTSIDE, "remoteness.note.outside", villages=codes.len(), codes=shown
        )


def _note_points(found: Inside) -> None:
    """Say where a walk along a curve will not be possible."""
    if found.plan.stage1.method != "pps_systematic":
        return
    unplaced = np.ones(len(found.rows), dtype=bool)
    if {"lat", "lon"} <= set(found.villages.columns):
        points = found.villages.select(
            pl.col(name).cast(pl.Float64).fill_null(float("nan")) for name in ("lat", "lon")
        ).to_numpy()
        unplaced = np.isnan(points).any(axis=1)[found.rows]
    counts = np.add.reduceat(unplaced.astype(np.int64), found.groups.starts)
    for number in np.flatnonzero(counts).tolist():
        found.notes.add(
            number, Topic.BY_CODE, "remoteness.note.by_code", villages=int(counts[number])
        )
