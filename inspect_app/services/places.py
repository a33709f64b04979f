"""Parts of a county that a report speaks of: strata, runs of remoteness classes, townships."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from sampling.incidence import Domain
from sampling.indicators import Totals


@dataclass(frozen=True)
class Place:
    """A part of a county.

    kind : stratum, run or town; code : of the stratum or town, `1-2` of a run
    first, last : remoteness classes it reaches from and to, 1 being near
    domain : its villages in the sample, and all persons who live in it
    opened : households of the sample opened there, by class
    """

    kind: str
    code: str
    first: int
    last: int
    domain: Domain
    opened: Mapping[str, int]

    @property
    def name(self) -> str:
        return f"{self.kind}/{self.code}"


def places(villages: pl.DataFrame, interviews: pl.DataFrame) -> tuple[Place, ...]:
    """List the strata, every run of neighbouring classes, and the townships that were visited.

    Parameters
    ----------
    villages : frozen villages of one county, `village_code town_code stratum remoteness_class`
        and `persons_e persons_p persons_n`
    interviews : opened households with `psu` and `household_class`
    """
    known = villages.filter(pl.col("stratum").is_not_null()).with_columns(
        remoteness_class=pl.col("remoteness_class").fill_null(1)
        if "remoteness_class" in villages.columns
        else pl.lit(1)
    )
    sample = known.join(
        interviews.group_by("psu", "household_class").agg(opened=pl.len()),
        left_on="village_code",
        right_on="psu",
    )
    found = [
        _place("stratum", code, known.filter(stratum=code), sample.filter(stratum=code))
        for code in known["stratum"].unique().sort()
    ]
    classes = known["remoteness_class"].unique().sort().to_list()
    for first in classes:
        for last in (one for one in classes if one >= first):
            inside = pl.col("remoteness_class").is_between(first, last)
            found.append(
                _place("run", f"{first}-{last}", known.filter(inside), sample.filter(inside))
            )
    for code in sample["town_code"].unique().sort():
        found.append(
            _place("town", code, known.filter(town_code=code), sample.filter(town_code=code))
        )
    return tuple(found)


def _place(kind: str, code: str, villages: pl.DataFrame, sample: pl.DataFrame) -> Place:
    persons: dict[str, Any] = villages.select(
        pl.col("persons_e", "persons_p", "persons_n").sum()
    ).row(0, named=True)
    e, p, n = persons["persons_e"], persons["persons_p"], persons["persons_n"]
    opened = sample.group_by("household_class").agg(pl.col("opened").sum())
    return Place(
        kind,
        code,
        int(villages["remoteness_class"].min()),  # type: ignore[arg-type]
        int(villages["remoteness_class"].max()),  # type: ignore[arg-type]
        Domain(frozenset(sample["village_code"]), Totals(e, p, n, e + p + n)),
        dict(sorted(opened.iter_rows())),
    )
