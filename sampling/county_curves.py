"""Operating curves of the counties of a plan, as a table and as lines to print."""

from collections.abc import Sequence

import polars as pl

from sampling.county_reach import CLASS_ZH, MANY, by_county, county_class, expected_sample
from sampling.messages import say
from sampling.operating import OperatingCurve
from sampling.plan import Plan
from sampling.progress import Progress, silent
from sampling.village_allocation import JUDGED

SHOWN_RATES = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
"""True rates of a printed operating curve, in thresholds."""


def curves(
    plan: Plan,
    villages: pl.DataFrame,
    *,
    rates: Sequence[float] | None = None,
    progress: Progress = silent,
) -> dict[tuple[str, str], OperatingCurve]:
    """Compute the operating curve of each county, for classes E and N.

    Parameters
    ----------
    plan, villages : as for `reach`
    rates : true rates; None = twenty from p0/10 to 2 p0

    Returns
    -------
    (county, class) -> curve, sorted

    Raises
    ------
    PlanError, AllocationError : see `sampling.design.strata`

    Examples
    --------
    >>> import numpy as np
    >>> from sampling.population import invent_county
    >>> from sampling.remoteness import freeze
    >>> frozen = freeze(Plan(), invent_county(160, rng=np.random.default_rng(1)))
    >>> found = curves(frozen.plan, frozen.villages, rates=[0.005, 0.02])
    >>> curve_table(found).shape
    (4, 7)
    """
    counties = by_county(plan, villages)
    found = {}
    for done, (adcode, parts) in enumerate(counties):
        progress("curve", done, len(counties))
        for one in JUDGED:
            drawn, expected = expected_sample(plan, parts, one)
            if expected:
                known = county_class(plan, parts, one)
                found[adcode, one] = known.curve(drawn, expected, rates)
    progress("curve", len(counties), len(counties))
    return found


def curve_table(found: dict[tuple[str, str], OperatingCurve]) -> pl.DataFrame:
    """Stack operating curves: `county_adcode`, `household_class`, `true_rate`, the findings."""
    tables = [
        curve.to_polars().select(
            pl.lit(adcode).alias("county_adcode"), pl.lit(one).alias("household_class"), pl.all()
        )
        for (adcode, one), curve in found.items()
    ]
    return pl.concat(tables) if tables else pl.DataFrame()


def curve_lines(plan: Plan, villages: pl.DataFrame) -> tuple[str, ...]:
    """Print the chance of each finding at a few true rates; nothing for many counties."""
    if len(by_county(plan, villages)) > MANY:
        return ()
    p0 = plan.assumptions.p0
    lines = []
    for (adcode, one), curve in curves(
        plan, villages, rates=[p0 * part for part in SHOWN_RATES if p0 * part < 1]
    ).items():
        lines.append(
            say("plan.curve.title", adcode=adcode, household_class=one, class_zh=CLASS_ZH[one])
        )
        lines.append(_row([f"{rate:.2%}" for rate in curve.rates], "plan.curve.true_rate"))
        lines += [
            _row([f"{chance:.0%}" for chance in chances], f"plan.curve.{name}")
            for name, chances in curve.chances.items()
        ]
    return tuple(lines)


def _row(figures: list[str], code: str) -> str:
    """Figures in columns, then what they are."""
    return "".join(f"{one:>8}" for one in figures) + "  " + say(code)
