"""The interviews of one county made ready to count: weights, domains, what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import polars as pl

from sampling.errors import EstimationError
from sampling.rates import Part
from sampling.register_weights import calibration_of
from sampling.stages import Design, Flags, Floats, describe
from sampling.weights import OUTCOMES, check_units, spread, weigh

MEASURED = {
    "wrong_exit_rate": "wrong_exit",
    "missed_rate": "missed",
    "satisfaction_rate": "approves",
    "recurrence_rate": "recurrence",
}

CLASSES_FOUND = ("E", "P", "N", "other")
NO_CLASS = len(CLASSES_FOUND)
"""Code of a household whose class is not known."""
CERTAIN = 1 - 1e-12
"""From this probability on a village was taken for certain."""


@dataclass(frozen=True, eq=False)
class Measure:
    """What one indicator counts.

    Parameters
    ----------
    code : indicator
    known : the ratio of those determined, the weight of the others handed on in their cell
    right, failing : the ratio of all, the undetermined taken as all right, as all failing
    determined, undetermined : (rows,) bool, households it is about
    counts : plain numerator and denominator of those determined
    step : what one more confirmed household of mean weight and mean persons adds to the ratio
    """

    code: str
    known: Part
    right: Part
    failing: Part
    determined: Flags
    undetermined: Flags
    counts: tuple[int, int]
    step: float

    @property
    def sample(self) -> Fraction:
        """The plain sample ratio, exact."""
        return Fraction(*self.counts)

    @property
    def range(self) -> tuple[float, float]:
        """The weighted ratio with the undetermined all right, and all failing."""
        return self.right.ratio, self.failing.ratio


@dataclass(frozen=True, eq=False)
class Counted:
    """Which households an indicator is about, and what it counts in them; made by `counted`.

    Parameters
    ----------
    of_class : (rows,) bool, of a class that the indicator counts
    inside : (rows,) bool, these and, for the missed, those that `missed_base` names
    undetermined : (rows,) bool, among those inside
    y, x : (rows,) float, numerator and denominator; 0 outside, y 0 where undetermined
    certain : (rows,) float, y and, of those undetermined, what is certain of it already
    """

    of_class: Flags
    inside: Flags
    undetermined: Flags
    y: Floats
    x: Floats
    certain: Floats

    @property
    def determined(self) -> Flags:
        return self.inside & ~self.undetermined


@dataclass(frozen=True, eq=False)
class Answers:
    """Weighted interviews of one county and the design they came from; made by `prepare`.

    Parameters
    ----------
    rows : as `completed` leaves them
    design : its first stage are villages or, where all of a stratum were taken, households
    county : code
    units : (rows,) label of the first-stage unit, the same in every wave
    """

    rows: pl.DataFrame
    design: Design
    county: str
    units: pl.Series

    def column(self, name: str) -> Floats:
        return column(self.rows, name)

    def asked(self, code: str) -> bool:
        """Whether an indicator has a value, or is open, in any household."""
        column = MEASURED[code]
        is_open = bool(self.rows[f"undetermined_{column}"].any())
        return is_open or self.rows[column].null_count() < self.rows.height

    def measure(self, code: str, *, where: Flags | None = None) -> Measure:
        """What an indicator counts, in the county or in some of its rows, such as a stratum.

        Wrong exits and recurrence: persons of households found to be E. Missed: persons of
        households found to be N, and those of any household that `missed_base` names.
        Approval: households found to be E, P or N; what is counted is disapproval. A value
        that is missing, or listed in `undetermined`, is not known; it never counts as good.
        The weight of such a household goes to its cell, unless only `missed_base` names it:
        those left in the cell would be the households with a member missed, and no others.

        Raises
        ------
        EstimationError : more persons than the household has, or persons of a household that
            the indicator does not count; negative counts, nobody measured
        """
        about = counted(self.rows, code, where=where)
        inside, undetermined, of_class = about.inside, about.undetermined, about.of_class
        x, y, known = about.x, about.y, about.determined
        if not (known & (x > 0)).any():
            raise EstimationError("estimate.not_measured", county=self.county, indicator=code)
        whole = np.where(inside, self.column("weight"), 0.0)
        weight = whole
        if (of_class & undetermined).any():
            weight = np.where(of_class, self._handed_on(of_class, undetermined), whole)
        base = np.where(known, x, 0.0)
        return Measure(
            code,
            Part(y, base, weight),
            Part(about.certain, x, whole),
            Part(np.where(undetermined, x, y), x, whole),
            known,
            undetermined,
            (round(float(y.sum())), round(float(base.sum()))),
            float(weight[known].mean() * x[known].mean()) / float(weight @ base),
        )

    def by_village(self, missed: Measure, village_persons: Mapping[str, int]) -> Measure:
        """The missed over all non-registered persons of the sampled villages, basis (a).

        sum w1 y / sum w1 M, w1 = 1/pi1; M stands in the first row of its village.

        Parameters
        ----------
        missed : the measure on basis (b)
        village_persons : village code -> M, persons

        Raises
        ------
        EstimationError : a sampled village is not among them, or nobody lives in any
        """
        villages = self.rows["psu"].to_list()
        absent = sorted(set(villages) - set(village_persons))
        if absent:
            raise EstimationError("estimate.village_persons", psu=absent[0])
        persons = np.array([village_persons[village] for village in villages], dtype=np.float64)
        base = np.where(self.rows["psu"].is_first_distinct().to_numpy(), persons, 0.0)
        weight = 1 / self.column("pi1")
        if float(weight @ base) <= 0:
            raise EstimationError("estimate.zero_denominator", what=missed.code)
        known = Part(missed.known.y, base, weight)
        return Measure(
            missed.code,
            known,
            Part(missed.right.y, base, weight),
            Part(missed.failing.y, base, weight),
            missed.determined,
            missed.undetermined,
            (missed.counts[0], round(float(base.sum()))),
            float(weight[missed.determined].mean() * missed.known.x[missed.determined].mean())
            / float(weight @ base),
        )

    def village_design(self) -> Design:
        """Villages as PSUs throughout, for figures whose denominator belongs to the village."""
        return describe(
            np.ones(self.design.rows),
            psu=self.rows["psu"],
            stratum=self.rows["stratum"],
            single_psu=self.design.single_psu,
        )

    def _handed_on(self, inside: Flags, undetermined: Flags) -> Floats:
        """Weights after those determined took over from the undetermined of their cell."""
        chosen = self.rows.select(
            "county_adcode", "household_class", "stratum", carried="weight"
        ).with_columns(responded=pl.Series(~undetermined))
        weight = np.zeros(self.design.rows)
        weight[inside] = spread(chosen.filter(pl.Series(inside)))["spread_weight"].fill_null(0.0)
        return weight


def prepare(interviews: pl.DataFrame, *, single_psu: str) -> Answers:
    """Weigh the interviews of one county, unless they carry weights, and set up their design.

    Villages are the PSUs of their strata, as if drawn with replacement; in a stratum of which
    every village was taken there is no sampling of villages, so there each village is a
    stratum and its households are the PSUs.

    Parameters
    ----------
    interviews : as for `sampling.weights.weigh`, with `persons` as found and, as far as
        measured, `class_found` (default: the frame's), `wrong_exit`, `missed`, `recurrence`
        (persons), `missed_base`, `approves` (1/0), `undetermined` (list of indicators, or text
        with `;` between)
    single_psu : rule for strata of one village, see `sampling.stages.describe`

    Raises
    ------
    EstimationError : not one county, a column missing, a village in two strata or of two
        probabilities, a class or indicator that does not exist, or as `weigh`

    Examples
    --------
    >>> from sampling import example
    >>> found = prepare(example.interviews(), single_psu="adjust")
    >>> found.county, found.design.df()
    ('990001', 27)
    """
    need(interviews)
    counties = interviews["county_adcode"].unique().to_list()
    if len(counties) != 1:
        raise EstimationError("estimate.counties", count=len(counties))
    check_units(interviews)
    _check_villages(interviews)
    rows = completed(interviews if _weighted(interviews) else weigh(interviews))
    taken = pl.col("pi1") if "pi1" in rows.columns else pl.lit(0.0)
    whole = (taken >= CERTAIN).fill_null(False).all().over("stratum")
    labels = rows.select(
        stratum=pl.when(whole).then(pl.format("{}:{}", "stratum", "psu")).otherwise("stratum"),
        psu=pl.when(whole).then("unit_id").otherwise("psu"),
    )
    design = describe(
        rows["weight"].to_numpy(),
        psu=labels["psu"],
        stratum=labels["stratum"],
        single_psu=single_psu,
        calibration=calibration_of(rows),
    )
    return Answers(rows, design, str(counties[0]), labels["psu"])


def _weighted(interviews: pl.DataFrame) -> bool:
    """Whether every completed interview brings a weight of its own."""
    if "weight" not in interviews.columns:
        return False
    completed = interviews.filter(pl.col("disposition") == "completed")
    return completed["weight"].null_count() == 0 and completed.height > 0


def counted(rows: pl.DataFrame, code: str, *, where: Flags | None = None) -> Counted:
    """Find the households that an indicator is about; see `Answers.measure`.

    Parameters
    ----------
    rows : as `completed` leaves them, of one county or of many
    where : (rows,) bool, the part of them that counts; None = all

    Raises
    ------
    EstimationError : more persons than the household has, or persons of a household that the
        indicator does not count; negative counts

    Examples
    --------
    >>> from sampling import example
    >>> from sampling.weights import weigh
    >>> rows = completed(weigh(example.interviews()))
    >>> about = counted(rows, "wrong_exit_rate")
    >>> int(about.determined.sum()), int(about.y.sum()), int(about.x.sum())
    (448, 18, 1344)
    """
    name, interviewed = MEASURED[code], rows["respondent"].to_numpy()
    if where is not None:
        interviewed = interviewed & where
    x, raw = column(rows, "persons"), column(rows, name)
    if code == "satisfaction_rate":
        classes, x, y = ["E", "P", "N"], np.ones(rows.height), 1 - raw
    elif code == "missed_rate":
        base = column(rows, "missed_base")  # NaN is not above 0
        classes, x, y = ["N"], np.where(np.isnan(base), x, base), raw
    else:
        classes, y = ["E"], raw
    counts = np.isin(np.arange(NO_CLASS + 1), [CLASSES_FOUND.index(one) for one in classes])
    of_class = counts[rows["class_code"].to_numpy()] & interviewed
    inside = of_class
    if code == "missed_rate":
        inside = of_class | (interviewed & (base > 0))
    undetermined = inside & (rows[f"undetermined_{name}"].to_numpy() | np.isnan(y))
    known = inside & ~undetermined
    # Persons already confirmed in a household where others are open: only the others are open.
    certain = undetermined & (code == "missed_rate") & ~of_class & ~np.isnan(raw)
    _check_counts(rows, name, y, x, known)
    if code != "satisfaction_rate":
        stray = interviewed & ~inside & (raw > 0)
        _check_counts(rows, name, raw, np.zeros(raw.size), stray)
    return Counted(
        of_class,
        inside,
        undetermined,
        y=np.where(known, y, 0.0),
        x=np.where(inside & ~np.isnan(x), x, 0.0),
        certain=np.where(known, y, np.where(certain, raw, 0.0)),
    )


def column(rows: pl.DataFrame, name: str) -> Floats:
    """A column as floats, NaN where nothing was measured.

    Examples
    --------
    >>> column(pl.DataFrame({"persons": [3, None]}), "persons").tolist()
    [3.0, nan]
    """
    return rows[name].cast(pl.Float64).to_numpy().astype(np.float64, copy=False)


def need(interviews: pl.DataFrame) -> None:
    """Refuse interviews without county or persons.

    Examples
    --------
    >>> need(pl.DataFrame({"county_adcode": ["990001"], "persons": [3]}))
    """
    for name in ("county_adcode", "persons"):
        if name not in interviews.columns:
            raise EstimationError("estimate.column", column=name)


def completed(rows: pl.DataFrame) -> pl.DataFrame:
    """Fill in the columns that may be absent, and flag what is undetermined.

    Raises
    ------
    EstimationError : a class found or an indicator that does not exist, which would count for
        nothing; an interview without persons, or whose weight is not above 0

    Examples
    --------
    >>> from sampling import example
    >>> from sampling.weights import weigh
    >>> completed(weigh(example.interviews()))["respondent"].sum()
    973
    """
    outcome = pl.col("disposition").replace_strict(OUTCOMES, default=None, return_dtype=pl.String)
    absent = [
        pl.lit(None, pl.Float64).alias(name)
        for name in (*MEASURED.values(), "missed_base")
        if name not in rows.columns
    ]
    rows = rows.with_columns(*absent, outcome=outcome)
    found = pl.col("class_found") if "class_found" in rows.columns else pl.lit(None, pl.String)
    rows = rows.with_columns(
        class_found=pl.coalesce(found, "household_class"),
        weight=pl.when(pl.col("outcome") == "respondent").then("weight").fill_null(0.0),
    )
    known = rows["class_found"].cast(pl.Enum(CLASSES_FOUND), strict=False)
    if known.null_count() > rows["class_found"].null_count():
        strange = rows.filter(known.is_null() & rows["class_found"].is_not_null())
        raise _unknown(strange["unit_id"][0], strange["class_found"][0], "estimate.class")
    rows = rows.with_columns(
        *_undetermined(rows),
        class_code=known.to_physical().fill_null(NO_CLASS),
        respondent=(pl.col("outcome") == "respondent").fill_null(False),
    )
    if (rows["persons"].is_null() & rows["respondent"]).any():
        raise EstimationError("estimate.not_finite", name="persons")
    sound = (rows["weight"] > 0) & rows["weight"].is_finite()
    weightless = ~sound & rows["respondent"]
    if weightless.any():
        at = int(weightless.arg_max() or 0)
        weight = rows["weight"][at]
        raise EstimationError("estimate.weightless", unit=rows["unit_id"][at], weight=weight)
    return rows


def _undetermined(rows: pl.DataFrame) -> list[pl.Series]:
    """One flag column an indicator; only the rows that list something are looked at."""
    listed = _listed(rows)
    known = [name for code in MEASURED for name in _names(code)]
    strange = pl.col("names").list.set_difference([*known, ""])
    bad = listed.filter(strange.list.len() > 0).select("unit_id", value=strange.list.join(";"))
    if bad.height:
        raise _unknown(bad["unit_id"][0], bad["value"][0], "estimate.undetermined")
    flags = []
    for code, name in MEASURED.items():
        flag = np.zeros(rows.height, dtype=bool)
        named = pl.col("names").list.set_intersection(_names(code)).list.len() > 0
        flag[listed.filter(named)["at"].to_numpy()] = True
        flags.append(pl.Series(f"undetermined_{name}", flag))
    return flags


def _unknown(unit: str, value: str, code: str) -> EstimationError:
    return EstimationError(code, unit=unit, value=value)


def _check_counts(rows: pl.DataFrame, name: str, y: Floats, x: Floats, known: Flags) -> None:
    ids = rows["unit_id"]
    if (known & (y < 0)).any():
        unit = ids[int(np.flatnonzero(known & (y < 0))[0])]
        raise EstimationError("estimate.negative", unit=unit, column=name)
    if (known & ~(y <= x)).any():
        at = int(np.flatnonzero(known & ~(y <= x))[0])
        raise EstimationError(
            "estimate.too_many",
            unit=ids[at],
            column=name,
            count=f"{y[at]:g}",
            persons=f"{x[at]:g}",
        )


def _names(code: str) -> list[str]:
    """What an indicator may be called in `undetermined`."""
    return [code, code.removesuffix("_rate"), MEASURED[code]]


def _check_villages(rows: pl.DataFrame) -> None:
    """Refuse a village that is not one primary sampling unit."""
    columns = [column for column in ("stratum", "pi1") if column in rows.columns]
    drawn = rows.select("psu", *columns).unique()
    split = drawn.filter(pl.col("psu").is_duplicated())["psu"].sort()
    if split.len():
        raise EstimationError("estimate.village", psu=split[0])


def _listed(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that list something as undetermined: `at` (row number), `unit_id`, `names`."""
    numbered = rows.lazy().with_row_index("at")
    if "undetermined" not in rows.columns or rows["undetermined"].dtype == pl.Null:
        return (
            numbered.select("at", "unit_id", names=pl.lit([], pl.List(pl.String))).head(0).collect()
        )
    listed = pl.col("undetermined")
    if isinstance(rows["undetermined"].dtype, pl.List):
        some, names = listed.list.len() > 0, listed.cast(pl.List(pl.String))
    else:
        text = listed.cast(pl.String)
        plain = text.str.replace_all(r"[\[\]'\" ]", "").str.replace_all(r"[,|]", ";")
        some, names = text != "", plain.str.split(";")
    return numbered.filter(some).select("at", "unit_id", names=names).collect()
