"""The first stage of many counties side by side: units, strata, their part of a variance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sampling.errors import EstimationError
from sampling.stages import Codes, Flags, Floats, tally


@dataclass(frozen=True, eq=False)
class Clusters:
    """First-stage units of many counties, drawn with replacement; made by `cluster`.

    Parameters
    ----------
    names : (counties,) codes of the counties
    unit : (rows,) int, unit of a row; units of a group stand in the order of their labels
    group : (units,) int, stratum a unit was drawn from
    county : (groups,) int, county of a stratum
    factor : (groups,) n/(n - 1), with the county's factor where single units are averaged
    centring : (groups,) 1/n; 0 for a single unit whose spread is taken about the county's mean,
        which is zero for the scores of a ratio
    """

    names: tuple[str, ...]
    unit: Codes
    group: Codes
    county: Codes
    factor: Floats
    centring: Floats

    @property
    def county_of_unit(self) -> Codes:
        return self.county[self.group]

    def by_county(self, units: Floats) -> Floats:
        """Sum a column of the units in each county."""
        return tally(self.county_of_unit, units, len(self.names))

    def by_unit(self, rows: Codes, values: Floats) -> Floats:
        """Sum a column of some of the rows in each unit."""
        return tally(self.unit[rows], values, self.group.size)

    def centred(self, units: Floats) -> Floats:
        """Deviations of a column of the units from the centre of their stratum."""
        centre = tally(self.group, units, self.county.size) * self.centring
        return units - centre[self.group]

    def df(self, live: Flags) -> Codes:
        """Units - strata of each county, counting the units that are live."""
        strata = np.bincount(self.group[live], minlength=self.county.size) > 0
        units = np.bincount(self.county_of_unit[live], minlength=len(self.names))
        return units - np.bincount(self.county[strata], minlength=len(self.names))


def cluster(
    names: Sequence[str],
    county: Codes,
    group: Codes,
    unit: Codes,
    *,
    group_names: Sequence[str],
    single_psu: str,
) -> Clusters:
    """Describe the first stage of many counties.

    Parameters
    ----------
    names : (counties,) codes
    county : (groups,) int, county of a stratum
    group : (units,) int, stratum of a unit
    unit : (rows,) int, unit of a row
    group_names : (groups,) labels, for errors
    single_psu : rule for strata of one unit, see `sampling.stages.describe`; `collapse` has been
        applied to the groups already

    Raises
    ------
    EstimationError : a stratum has a single unit where the rule refuses that, or every stratum
        of a county where single units take the mean of the others

    Examples
    --------
    >>> made = cluster(["a", "b"], np.array([0, 1]), np.array([0, 0, 1, 1]), np.arange(4),
    ...     group_names=["a-1", "b-1"], single_psu="adjust")
    >>> made.df(np.ones(4, dtype=bool)).tolist(), made.factor.tolist()
    ([1, 1], [2.0, 2.0])
    """
    drawn = np.bincount(group, minlength=county.size).astype(np.float64)
    single = drawn == 1
    factor = np.where(single, 1.0, drawn / np.maximum(drawn - 1, 1))
    if single_psu == "refuse" and single.any():
        raise _single(group_names, single)
    if single_psu == "average":
        strata = np.bincount(county, minlength=len(names))
        several = np.bincount(county[~single], minlength=len(names))
        if (several == 0).any():
            raise _single(group_names, several[county] == 0)
        factor = factor * (strata / several)[county]
    centring = 1 / drawn
    if single_psu == "adjust":
        centring = np.where(single, 0.0, centring)
    return Clusters(tuple(names), unit, group, county, factor, centring)


def _single(names: Sequence[str], groups: Flags) -> EstimationError:
    shown = [names[code] for code in np.flatnonzero(groups)[:5].tolist()]
    return EstimationError("estimate.single_psu", strata=", ".join(shown))
