"""Incidence of poverty by stratum or any other part of a county, and whether two differ."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from sampling.answers import prepare
from sampling.errors import EstimationError
from sampling.estimate import Estimate
from sampling.indicators import Analysis, Indicator, Totals, incidence


def stratum_incidence(
    interviews: pl.DataFrame,
    *,
    strata_totals: Mapping[str, Totals],
    analysis: Analysis | None = None,
) -> dict[str, Estimate]:
    """Compute the composite incidence within each remoteness stratum of a county.

    The same formula as for the county, with the persons that the village frame counts in the
    stratum, on basis (b). Weights come from the whole county.

    Parameters
    ----------
    interviews : see `sampling.answers.prepare`; one county
    strata_totals : stratum -> persons by class, see `totals_by_stratum`

    Returns
    -------
    stratum -> estimate with the interval that decides, in the order of the strata; a stratum
    in which nobody was interviewed, or with a single village, has no estimate and is left out

    Raises
    ------
    EstimationError : see `prepare`

    Examples
    --------
    >>> from sampling import example
    >>> _, villages = example.plan()
    >>> sums = totals_by_stratum(villages, example.ADCODE)
    >>> found = stratum_incidence(example.interviews(), strata_totals=sums)
    >>> {stratum: f"{one.value:.2%}" for stratum, one in found.items()}
    {'990001-1': '1.10%', '990001-2': '2.45%', '990001-3': '0.97%'}
    """
    villages = interviews.group_by("stratum").agg(pl.col("psu").unique())
    of_stratum: dict[str, list[str]] = dict(villages.iter_rows())
    domains = {
        stratum: Domain(frozenset(of_stratum.get(stratum, ())), strata_totals[stratum])
        for stratum in sorted(strata_totals)
    }
    found = domain_incidence(interviews, domains=domains, analysis=analysis)
    return {stratum: one.estimate for stratum, one in found.items()}


@dataclass(frozen=True)
class Domain:
    """A part of a county: its villages in the sample, and all persons who live in it by class."""

    villages: Collection[str]
    totals: Totals


def domain_incidence(
    interviews: pl.DataFrame,
    *,
    domains: Mapping[str, Domain],
    analysis: Analysis | None = None,
) -> dict[str, Indicator]:
    """Compute the composite incidence of parts of a county, which may overlap.

    As `stratum_incidence`; the variance comes from the whole design, with zeros outside a part.

    Returns
    -------
    name -> indicator, in the order given; a part without estimate is left out

    Raises
    ------
    EstimationError : see `prepare`

    Examples
    --------
    >>> from sampling import example
    >>> rows, (_, villages) = example.interviews(), example.plan()
    >>> persons = totals_by_stratum(villages, example.ADCODE)["990001-1"]
    >>> here = rows.filter(stratum="990001-1")["psu"].unique().to_list()
    >>> found = domain_incidence(rows, domains={"near": Domain(here, persons)})
    >>> f"{found['near'].estimate.value:.2%}"
    '1.10%'
    """
    chosen = analysis or Analysis()
    answers = prepare(interviews, single_psu=chosen.single_psu)
    fallen = "recurrence_rate" if chosen.round_kind == "revisit" else "wrong_exit_rate"
    found = {}
    for name, domain in domains.items():
        where = answers.rows["psu"].is_in(list(domain.villages)).to_numpy()
        try:
            found[name] = incidence(
                answers,
                answers.measure(fallen, where=where),
                answers.measure("missed_rate", where=where),
                domain.totals,
                chosen,
            )
        except EstimationError as error:
            if error.code not in _NO_ESTIMATE:
                raise
    return found


def totals_by_stratum(villages: pl.DataFrame, county: str) -> dict[str, Totals]:
    """Add up the persons of a county's villages by stratum and class.

    Parameters
    ----------
    villages : frozen village artefact with `county_adcode stratum persons_e persons_p persons_n`

    Examples
    --------
    >>> from sampling import example
    >>> _, villages = example.plan()
    >>> totals_by_stratum(villages, example.ADCODE)["990001-1"]
    Totals(persons_e=2475, persons_p=72, persons_n=9432, persons_rural=11979)
    """
    sums = (
        villages.filter(pl.col("county_adcode") == county)
        .group_by("stratum")
        .agg(pl.col("persons_e", "persons_p", "persons_n").sum())
        .sort("stratum")
    )
    return {
        stratum: Totals(e, p, n, e + p + n)
        for stratum, e, p, n in sums.select(
            "stratum", "persons_e", "persons_p", "persons_n"
        ).iter_rows()
    }


def difference(a: Estimate, b: Estimate) -> tuple[float, float, float]:
    """Difference a - b of two independent estimates, with an interval of their level.

    Each end combines the nearer limits of the two (the MOVER method), so that strata in which
    nothing was found keep a width.

    Returns
    -------
    difference, low, high

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873-890; Zou and Donner (2008), same journal 27.

    Examples
    --------
    >>> a = Estimate(0.05, 0.01, 0.03, 0.08, 1.0, 20, 300, 300.0)
    >>> b = Estimate(0.00, 0.00, 0.00, 0.01, 1.0, 20, 300, 300.0)
    >>> [round(x, 4) for x in difference(a, b)]
    [0.05, 0.0276, 0.08]
    """
    gap = a.value - b.value
    low = gap - math.hypot(a.value - a.low, b.high - b.value)
    high = gap + math.hypot(a.high - a.value, b.value - b.low)
    return gap, low, high


_NO_ESTIMATE = ("estimate.not_measured", "estimate.no_freedom", "estimate.zero_denominator")
