"""The interviews of many counties made ready to count, as `sampling.answers` does for one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from sampling.answers import CERTAIN, MEASURED, column, completed, counted, need
from sampling.county_clusters import Clusters, cluster
from sampling.county_rates import CountyPart
from sampling.errors import EstimationError
from sampling.register_weights import refuse_calibrated
from sampling.stages import Codes, Flags, Floats, cells, collapse_strata, encode, tally
from sampling.weighting_cells import MINIMUM_CELL, joined_cells
from sampling.weights import check_units, weigh

CLASSES = ("E", "P", "N")


@dataclass(frozen=True, eq=False)
class CountyMeasure:
    """What one indicator counts in each county; see `sampling.answers.Measure`.

    Parameters
    ----------
    code : indicator
    known : the ratio of those determined
    low, high : (counties,) float, ratio with the undetermined all right, and all failing
    found, base : (counties,) int, plain numerator and denominator of those determined
    step : (counties,) float, what one more confirmed household adds to the ratio
    determined, undetermined : (rows,) bool
    """

    code: str
    known: CountyPart
    low: Floats
    high: Floats
    found: Codes
    base: Codes
    step: Floats
    determined: Flags
    undetermined: Flags


@dataclass(frozen=True, eq=False)
class Places:
    """Which county, village and stratum each row lies in.

    Parameters
    ----------
    names : (counties,) codes, sorted
    county, village, stratum : (rows,) int; villages and strata are numbered county by county
    village_names, stratum_names : as given; another county may have the same ones
    county_of_village, stratum_of_village : (villages,) int
    county_of_stratum : (strata,) int
    """

    names: tuple[str, ...]
    county: Codes
    village: Codes
    stratum: Codes
    village_names: tuple[str, ...]
    stratum_names: tuple[str, ...]
    county_of_village: Codes
    county_of_stratum: Codes
    stratum_of_village: Codes


@dataclass(frozen=True, eq=False)
class CountyAnswers:
    """Weighted interviews of many counties and the first stage they came from.

    Parameters
    ----------
    rows : as `sampling.answers.completed` leaves them
    places : where they lie
    clusters : units and strata, see `sampling.answers.prepare`
    single_psu : rule for strata of one unit
    """

    rows: pl.DataFrame
    places: Places
    clusters: Clusters
    single_psu: str

    @property
    def names(self) -> tuple[str, ...]:
        return self.places.names

    @cached_property
    def _weight(self) -> Floats:
        return column(self.rows, "weight")

    @cached_property
    def _class(self) -> Codes:
        codes = self.rows["household_class"].cast(pl.Enum(CLASSES)).to_physical()
        return codes.to_numpy().astype(np.int64)

    def asked(self, code: str) -> Flags:
        """Counties in which an indicator has a value, or is open, in any household."""
        name = MEASURED[code]
        some = self.rows[f"undetermined_{name}"] | self.rows[name].is_not_null()
        return self.by_county(np.flatnonzero(some.to_numpy())) > 0

    def by_county(self, rows: Codes, values: Floats | None = None) -> Floats:
        """Sum a column of some of the rows, or count them, in each county."""
        column = np.ones(rows.size) if values is None else values
        return tally(self.places.county[rows], column, len(self.names))

    def villages(self, rows: Flags) -> Codes:
        """Villages of each county with any of these rows (count)."""
        seen = np.bincount(self.places.village[rows], minlength=len(self.places.village_names)) > 0
        return np.bincount(self.places.county_of_village[seen], minlength=len(self.names))

    def measure(self, code: str, wanted: Flags) -> CountyMeasure:
        """What an indicator counts, in every county; see `sampling.answers.Answers.measure`.

        Raises
        ------
        EstimationError : as there, for the first of the wanted counties concerned
        """
        about = counted(self.rows, code)
        at = np.flatnonzero(about.inside)
        of, counties = self.places.county[at], len(self.names)
        y, x, whole = about.y[at], about.x[at], self._weight[at]
        open_ = about.undetermined[at]
        base = np.where(open_, 0.0, x)
        persons = tally(of, base, counties)
        bare = wanted & ~(persons > 0)
        if bare.any():
            first = self.names[int(np.flatnonzero(bare)[0])]
            raise EstimationError("estimate.not_measured", county=first, indicator=code)
        weight = self._handed_on(at, about.of_class[at], open_, whole, wanted)
        some, left = np.flatnonzero(y), np.flatnonzero(open_)
        count = np.bincount(of, minlength=counties) - np.bincount(of[left], minlength=counties)
        known_weight = tally(of, weight, counties) - tally(of[left], weight[left], counties)
        sure = np.flatnonzero(about.certain[at])
        least = tally(of[sure], whole[sure] * about.certain[at][sure], counties)
        every = tally(of, whole * x, counties)
        good = tally(of[some], whole[some] * y[some], counties)
        open_persons = tally(of[left], whole[left] * x[left], counties)
        with np.errstate(invalid="ignore", divide="ignore"):
            low, high = least / every, (good + open_persons) / every
            step = known_weight / count * (persons / count) / tally(of, weight * base, counties)
        return CountyMeasure(
            code,
            CountyPart(at, y, base, weight, np.ones(counties)),
            low,
            high,
            np.rint(tally(of[some], y[some], counties)).astype(np.int64),
            np.rint(persons).astype(np.int64),
            step,
            about.determined,
            about.undetermined,
        )

    def by_village(
        self, missed: CountyMeasure, village_persons: Mapping[str, int]
    ) -> CountyMeasure:
        """The missed over all non-registered persons of the villages; see `Answers.by_village`.

        Raises
        ------
        EstimationError : a sampled village is not among them, or nobody lives in any of a county
        """
        absent = sorted(set(self.places.village_names) - set(village_persons))
        if absent:
            raise EstimationError("estimate.village_persons", psu=absent[0])
        persons = np.array(
            [village_persons[name] for name in self.places.village_names], np.float64
        )
        first = np.full(persons.size, self.places.village.size)
        np.minimum.at(first, self.places.village, np.arange(self.places.village.size))
        x = np.zeros(self.places.village.size)
        x[first] = persons
        weight = 1 / column(self.rows, "pi1")
        rows = np.arange(x.size)
        base = self.by_county(rows, weight * x)
        if (base <= 0).any():
            county = self.names[int(np.flatnonzero(base <= 0)[0])]
            raise EstimationError("estimate.zero_denominator", what=f"{missed.code}, {county}")
        at, known = missed.known.rows, np.flatnonzero(missed.determined)
        y = np.zeros(x.size)
        y[at] = missed.known.y
        about = counted(self.rows, missed.code)
        failing = y.copy()
        open_ = missed.undetermined
        failing[open_] = about.x[open_]
        plain = np.zeros(x.size)
        plain[at] = missed.known.x
        count = np.maximum(self.by_county(known), 1)
        mean_weight = self.by_county(known, weight[known]) / count
        mean_persons = self.by_county(known, plain[known]) / count
        return CountyMeasure(
            missed.code,
            CountyPart(rows, y, x, weight, np.ones(len(self.names))),
            self.by_county(rows, weight * about.certain) / base,
            self.by_county(rows, weight * failing) / base,
            missed.found,
            np.rint(self.by_county(rows, x)).astype(np.int64),
            mean_weight * mean_persons / base,
            missed.determined,
            missed.undetermined,
        )

    def village_clusters(self) -> Clusters:
        """Villages as units throughout, for figures whose denominator belongs to the village."""
        places = self.places
        return _grouped(
            places, places.stratum, places.village, places.stratum_names, self.single_psu
        )

    def _handed_on(
        self, at: Codes, of_class: Flags, open_: Flags, whole: Floats, wanted: Flags
    ) -> Floats:
        """Weights after those determined took over from the undetermined of their cell.

        As `sampling.weights.spread` does it row by row, here from the sums of the strata; only
        in counties where somebody of a counted class is undetermined.
        """
        places, classes = self.places, len(CLASSES)
        concerned = wanted & (self.by_county(at[of_class & open_]) > 0)
        here = np.flatnonzero(of_class & concerned[places.county[at]])
        if not here.size:
            return whole
        rows, carried, known = at[here], whole[here], ~open_[here]
        strata = len(places.stratum_names)
        part = places.stratum[rows] * classes + self._class[rows]  # stratum x class
        answered = tally(part, known.astype(np.float64), strata * classes)
        every = tally(part, carried, strata * classes)
        kept = tally(part, np.where(known, carried, 0.0), strata * classes)
        cell = _cells(places.county_of_stratum, answered.reshape(strata, classes), every > 0)
        of_cell, kept = tally(cell, every, cell.size)[cell], tally(cell, kept, cell.size)[cell]
        orphan = kept == 0  # nobody answered in the whole class: its weight goes to the others
        county = np.repeat(places.county_of_stratum, classes)
        everything = tally(county, every, len(self.names))
        placed = tally(county, np.where(orphan, 0.0, every), len(self.names))
        lost = (everything > 0) & (placed == 0)
        if lost.any():
            raise EstimationError("estimate.empty", what=self.names[int(np.flatnonzero(lost)[0])])
        factor = np.divide(of_cell, kept, out=np.zeros(cell.size), where=~orphan)
        factor *= np.divide(
            everything[county], placed[county], out=np.zeros(cell.size), where=placed[county] > 0
        )
        weight = whole.copy()
        weight[here] = np.where(known, carried * factor[part], 0.0)
        return weight


def prepare_counties(interviews: pl.DataFrame, *, single_psu: str) -> CountyAnswers:
    """Weigh interviews of many counties, where they bring no weights, and set up their design.

    Each county is treated as `sampling.answers.prepare` treats it alone; labels of villages and
    strata need to be unique within a county only.

    Parameters
    ----------
    interviews, single_psu : see `sampling.answers.prepare`

    Raises
    ------
    EstimationError : as there
    CalibrationError : calibrated weights, whose variance needs the counties one at a time

    Examples
    --------
    >>> from sampling import example
    >>> found = prepare_counties(example.interviews(), single_psu="adjust")
    >>> found.names, int(found.villages(np.ones(found.rows.height, dtype=bool))[0])
    (('990001',), 30)
    """
    need(interviews)
    check_units(interviews)
    refuse_calibrated(interviews)
    county, names = encode(interviews["county_adcode"])
    psu, psu_names = encode(interviews["psu"])
    label, label_names = encode(interviews["stratum"])
    village, county_of_village, psu_of_village = cells(county, psu)
    stratum, county_of_stratum, label_of_stratum = cells(county, label)
    village_names = tuple(psu_names[code] for code in psu_of_village.tolist())
    places = Places(
        names,
        county,
        village,
        stratum,
        village_names,
        tuple(label_names[code] for code in label_of_stratum.tolist()),
        county_of_village,
        county_of_stratum,
        _one_each(village, stratum, village_names).astype(np.int64),
    )
    taken = np.zeros(interviews.height)
    if "pi1" in interviews.columns:
        taken = interviews["pi1"].cast(pl.Float64).fill_null(-1.0).to_numpy()
        _one_each(village, taken, village_names)
    rows = completed(_weighed(interviews, county, shared=len(village_names) > len(psu_names)))
    clusters = _clusters(places, rows["unit_id"], taken >= CERTAIN, single_psu)
    return CountyAnswers(rows, places, clusters, single_psu)


def _one_each(village: Codes, values: Floats | Codes, names: tuple[str, ...]) -> Floats:
    """The value of each village; refused where its households differ."""
    found = np.empty(len(names))
    found[village] = values
    differ = found[village] != values
    if differ.any():
        split = sorted(names[code] for code in np.unique(village[differ]).tolist())
        raise EstimationError("estimate.village", psu=split[0])
    return found


def _weighed(interviews: pl.DataFrame, county: Codes, *, shared: bool) -> pl.DataFrame:
    """Weigh the counties of which some completed interview brings no weight.

    `shared` says that two counties have a village of the same name.
    """
    weighted = np.zeros(int(county.max(initial=-1)) + 1, dtype=bool)
    if "weight" in interviews.columns:
        done = (interviews["disposition"] == "completed").to_numpy()
        bare = done & interviews["weight"].is_null().to_numpy()
        weighted = np.bincount(county[done], minlength=weighted.size) > 0
        weighted &= np.bincount(county[bare], minlength=weighted.size) == 0
    if weighted.all():
        return interviews
    rows = interviews.with_row_index("row")
    if shared:
        rows = rows.with_columns(psu=pl.format("{}/{}", "county_adcode", "psu"))
    theirs = pl.Series(weighted[county])
    parts = [rows.filter(theirs), weigh(rows.filter(~theirs))]
    together = pl.concat(parts, how="diagonal_relaxed") if theirs.any() else parts[1]
    return together.sort("row").drop("row").with_columns(interviews["psu"])


def _clusters(places: Places, unit_ids: pl.Series, taken: Flags, single_psu: str) -> Clusters:
    """Villages within strata; where all villages were taken, households within villages."""
    strata, villages = len(places.stratum_names), len(places.village_names)
    sampled = np.bincount(places.stratum[~taken], minlength=strata) > 0
    whole = ~sampled[places.stratum]
    if not whole.any():
        return _grouped(places, places.stratum, places.village, places.stratum_names, single_psu)
    alone = np.flatnonzero(~sampled[places.stratum_of_village])
    listed = [
        (places.county_of_stratum[code], places.stratum_names[code], code)
        for code in np.flatnonzero(sampled).tolist()
    ]
    for code in alone.tolist():
        stratum = places.stratum_of_village[code]
        label = f"{places.stratum_names[stratum]}:{places.village_names[code]}"
        listed.append((places.county_of_stratum[stratum], label, strata + code))
    listed.sort()
    number = np.zeros(strata + villages, np.int64)
    number[[key for _, _, key in listed]] = np.arange(len(listed))
    group = np.where(whole, number[strata + places.village], number[places.stratum])
    unit = places.village.copy()
    unit[whole] = villages + encode(unit_ids.filter(pl.Series(whole)))[0]
    return _grouped(places, group, unit, tuple(label for _, label, _ in listed), single_psu)


def _grouped(
    places: Places, group: Codes, unit: Codes, labels: tuple[str, ...], single_psu: str
) -> Clusters:
    """Clusters of rows given by stratum and unit, both numbered in the order of their labels."""
    number, group_of_unit, _ = cells(group, unit)
    county = np.zeros(len(labels), np.int64)
    county[group] = places.county
    if single_psu == "collapse":
        group_of_unit, county, labels = _collapsed(group_of_unit, county, labels)
    return cluster(
        places.names, county, group_of_unit, number, group_names=labels, single_psu=single_psu
    )


def _collapsed(
    group: Codes, county: Codes, labels: tuple[str, ...]
) -> tuple[Codes, Codes, tuple[str, ...]]:
    """Join strata of one unit to a neighbour in their county; see `sampling.stages.describe`."""
    joined = group.copy()
    counties: list[int] = []
    names: list[str] = []
    ends = np.append(np.flatnonzero(np.diff(county)) + 1, county.size).tolist()
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        here = (group >= start) & (group < end)
        local, _, left = collapse_strata(
            group[here] - start, np.full(end - start, np.inf), labels[start:end]
        )
        joined[here] = len(names) + local
        names += left
        counties += [int(county[start])] * len(left)
    return joined, np.array(counties, np.int64), tuple(names)


def _cells(county: Codes, answered: Floats, there: Flags) -> Codes:
    """The cell of each stratum x class, named by its first; see `joined_cells`.

    Parameters
    ----------
    county : (strata,) int, sorted
    answered : (strata, classes) households that answered (count)
    there : (strata x classes,) bool, which occur at all
    """
    classes = answered.shape[1]
    cell = np.arange(answered.size)
    thin = (answered.ravel() < MINIMUM_CELL) & there
    counties = np.unique(np.flatnonzero(thin) // classes)
    for start in np.unique(np.searchsorted(county, county[counties])).tolist():
        end = int(np.searchsorted(county, county[start], side="right"))
        for one in range(classes):
            places = np.arange(start * classes + one, end * classes, classes)
            places = places[there[places]]
            for members in joined_cells(answered.ravel()[places].astype(int).tolist()):
                cell[places[members]] = places[members[0]]
    return cell
