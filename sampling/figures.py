"""One figure with everything needed to judge it, and a table of such figures by domain."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from sampling.stages import Codes, Floats


@dataclass(frozen=True)
class Estimate:
    """One figure with everything needed to judge it.

    Parameters
    ----------
    value : in the variable's unit (rates are fractions in [0, 1])
    se : standard error, same unit
    low, high : interval; of which level and method, the function that made it says
    deff : variance over that of simple random sampling without replacement of the same n
    df : degrees of freedom of the variance (count)
    n : units the estimate rests on (count)
    n_eff : size of a simple random sample that would be as precise (count, may be fractional)
    unit : what is counted
    """

    value: float
    se: float
    low: float
    high: float
    deff: float
    df: int
    n: int
    n_eff: float
    unit: str = "units"

    def mirror(self) -> "Estimate":
        """The estimate of 1 - value, as approval is of disapproval."""
        return replace(self, value=1 - self.value, low=1 - self.high, high=1 - self.low)


@dataclass(frozen=True, eq=False, repr=False)
class Figures(Mapping[str, Estimate]):
    """One figure in each of many domains; read like a dictionary of estimates.

    Parameters
    ----------
    labels : names of the domains, in order
    value, se, low, high, deff, n_eff : (domains,) float, see `Estimate`
    df, n : (domains,) int, see `Estimate`
    """

    labels: tuple[str, ...]
    value: Floats
    se: Floats
    low: Floats
    high: Floats
    deff: Floats
    df: Codes
    n: Codes
    n_eff: Floats

    def __getitem__(self, label: str) -> Estimate:
        try:
            at = self._places[label]
        except KeyError:
            raise KeyError(label) from None
        return Estimate(*(getattr(self, name)[at].item() for name in _COLUMNS))

    def __iter__(self) -> Iterator[str]:
        return iter(self.labels)

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        shown = (f"{label} {self.value[at]:.4g}" for at, label in enumerate(self.labels[:3]))
        more = ", …" if len(self) > 3 else ""
        return f"Figures({len(self)} domains: {', '.join(shown)}{more})"

    def estimates(self) -> dict[str, Estimate]:
        """Label -> estimate, in order."""
        rows = zip(*(getattr(self, name).tolist() for name in _COLUMNS), strict=True)
        return {label: Estimate(*row) for label, row in zip(self.labels, rows, strict=True)}

    def to_polars(self) -> pl.DataFrame:
        """One row a domain: `domain` and the fields of `Estimate`."""
        columns = {name: getattr(self, name) for name in _COLUMNS}
        return pl.DataFrame({"domain": pl.Series(self.labels, dtype=pl.String), **columns})

    @cached_property
    def _places(self) -> dict[str, int]:
        return {label: at for at, label in enumerate(self.labels)}


@dataclass(frozen=True, eq=False)
class Domains:
    """Disjoint domains: the code of each row, -1 = in none, and their labels in order."""

    codes: Codes
    labels: tuple[str, ...]


_COLUMNS = ("value", "se", "low", "high", "deff", "df", "n", "n_eff")
