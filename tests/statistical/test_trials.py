"""Simulated draws are weighed and bounded exactly as the library does it, one sample at a time.

The sample is drawn by `draw_villages`, `draw_registered` and `draw_roster` from a register of
known truth; one in ten households (in one plan: half of them) does not answer. What `indicators`
makes of the interviews is compared with what the simulation makes of the same households, to 1e-9
of the figure: estimates, standard errors, bounds, degrees of freedom, effective sizes.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest

from sampling import tickets
from sampling.county_rates import CountyRates
from sampling.household_draw import draw_registered, draw_roster
from sampling.indicators import Analysis, Indicator, Totals, indicators
from sampling.layout import Layout, layout
from sampling.plan import Plan
from sampling.population import INVENTED, invent_county, population
from sampling.remoteness import freeze
from sampling.trials import Trial, Visits, weigh_trials
from sampling.truth import Register, Registers, Truth
from sampling.village_draw import draw_villages

DRAWS = 3
ICC = 0.05
FEW = ("stage1.villages=6", "stage1.minimum=1", "stage1.remote_factor=8.0")


def drawn(plan: Plan, villages: pl.DataFrame, register: pl.DataFrame, seed: str):
    """Villages and households of all classes, without reserves."""
    chosen = draw_villages(plan, villages, campaign_seed=seed).filter(~pl.col("is_reserve"))
    parts = [draw_registered(plan, chosen, register, campaign_seed=seed)]
    for row in chosen.iter_rows(named=True):
        code = row["village_code"]
        roster = register.filter(
            pl.col("village_code") == code, pl.col("household_class") == "N"
        ).rename({"household_id": "unit_id"})
        own = tickets.village_seed(tickets.county_seed(seed, INVENTED), code)
        parts.append(draw_roster(plan, row, roster, village_seed=own))
    return chosen, pl.concat(parts).filter(~pl.col("is_reserve"))


def interviewed(sample: pl.DataFrame, register: pl.DataFrame, refusing: float, seed: int):
    """The sample with what was found in each household, and who refused."""
    refused = np.random.default_rng(seed).random(sample.height) < refusing
    truth = register.select("wrong_exit", "missed", unit_id="household_id")
    return sample.join(truth, on="unit_id", how="left", maintain_order="left").with_columns(
        disposition=pl.when(pl.Series(refused))
        .then(pl.lit("refused"))
        .otherwise(pl.lit("completed")),
        approves=pl.lit(1),
        recurrence=pl.when(pl.col("household_class") == "E").then(0),
    )


def as_trial(
    design: Layout, register: Register, chosen: pl.DataFrame, interviews: pl.DataFrame
) -> Trial:
    """The same draw as the simulation holds it."""
    people = design.population
    position = {code: place for place, code in enumerate(people.villages)}
    slots = {code: place for place, code in enumerate(chosen["village_code"])}
    visits = {}
    for one in design.classes():
        place = {unit: at for at, unit in enumerate(people.unit_ids(one).tolist())}
        rows = interviews.filter(pl.col("household_class") == one)
        household = np.array([place[unit] for unit in rows["unit_id"]])
        visits[one] = Visits(
            slot=np.array([slots[code] for code in rows["psu"]]),
            household=household,
            failing=register.failing[one][household],
            answered=(rows["disposition"] == "completed").to_numpy(),
        )
    villages = np.array([position[code] for code in chosen["village_code"]])
    return Trial(villages, visits, {one: register.rate(one) for one in visits})


def figures(found: CountyRates, offset: float, scale: float) -> Iterator[tuple[float, ...]]:
    """Value, error, bounds, df, n and effective n of each draw."""
    made = found.intervals(0.9)
    for at in range(found.value.size):
        ends = (found.value[at], made.low[at], made.high[at])
        value, low, high = (offset + scale * float(one) for one in ends)
        yield (value, scale * found.se[at], low, high, found.df[at], found.n[at], made.n_eff[at])


def expected(one: Indicator) -> tuple[float, ...]:
    e = one.estimate
    return (e.value, e.se, e.low, e.high, e.df, e.n, e.n_eff)


@pytest.mark.parametrize(
    ("villages", "changes", "rate", "icc", "refusing"),
    [
        (80, (), 0.02, 0.05, 0.1),
        (80, (), 0.08, 0.2, 0.1),
        (80, ("stage1.villages=12",), 0.05, 0.1, 0.5),  # weighting cells are joined
        (25, ("stage1.villages=all",), 0.03, 0.05, 0.1),  # households are the primary units
        (24, ("stage1.villages=20",), 0.03, 0.05, 0.1),  # some strata whole, some not
        (60, (*FEW, "analysis.single_psu=adjust"), 0.04, 0.05, 0.1),
        (60, (*FEW, "analysis.single_psu=certainty"), 0.04, 0.05, 0.1),
        (60, (*FEW, "analysis.single_psu=average"), 0.04, 0.05, 0.1),
        (60, (*FEW, "analysis.single_psu=collapse"), 0.04, 0.05, 0.1),
        (80, ("stage1.method=srswor", "stage1.size=equal"), 0.03, 0.1, 0.1),
        (80, ("stage1.method=pareto", "analysis.interval=wilson"), 0.03, 0.1, 0.1),
    ],
)
def test_the_simulation_computes_what_the_library_does(
    villages: int, changes: tuple[str, ...], rate: float, icc: float, refusing: float
) -> None:
    rng = np.random.default_rng(villages)
    county = invent_county(villages, rng=rng, households_e=25, households_n=40)
    frozen = freeze(Plan().override(changes), county)
    people = population(frozen.villages, county_adcode=INVENTED, rng=rng)
    truth = Truth(rate=rate, missed=rate / 2, icc=icc, concentration=2)
    register = Registers(people, truth).make(rng=rng)
    households = register.households()
    design = layout(frozen.plan, frozen.villages, people)
    rule = frozen.plan.analysis
    persons = {one: int(part.persons.sum()) for one, part in people.classes.items()}
    totals = Totals(persons["E"], persons["P"], persons["N"], sum(persons.values()))
    analysis = Analysis(icc=ICC, single_psu=rule.single_psu, interval=rule.interval)
    by_library, trials = [], []
    for k in range(DRAWS):
        chosen, sample = drawn(frozen.plan, frozen.villages, households, f"seed {k}")
        interviews = interviewed(sample, households, refusing, seed=k)
        found = indicators(interviews, totals=totals, analysis=analysis)
        by_library.append({one.code: expected(one) for one in found})
        trials.append(as_trial(design, register, chosen, interviews))

    answers = weigh_trials(design, trials)

    of_e = persons["E"] / (persons["E"] + persons["N"])
    offset = persons["P"] / totals.persons_rural
    for code, shares, place in (
        ("wrong_exit_rate", {"E": 1.0}, (0.0, 1.0)),
        ("missed_rate", {"N": 1.0}, (0.0, 1.0)),
        ("poverty_incidence", {"E": of_e, "N": 1 - of_e}, (offset, 1 - offset)),
    ):
        rates = answers.rates(shares, icc=ICC, method=rule.interval)
        for simulated, library in zip(figures(rates, *place), by_library, strict=True):
            assert simulated == pytest.approx(library[code], rel=1e-9, abs=1e-12)
