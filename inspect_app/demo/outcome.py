"""What the office will know of a simulated county once it is visited, reviewed and ruled on.

The demonstration gets there over HTTP; studies of many seeds take this short cut. A test holds
the two together.
"""

from collections.abc import Iterator
from typing import Any

import polars as pl

from inspect_app.demo.register import SimulatedRegister
from inspect_app.demo.truth import TruthRow
from inspect_app.rules.states import REPLACEABLE, Disposition
from sampling.indicators import Analysis, Indicator, Totals, indicators
from sampling.plan import Plan
from sampling.sample import Sample, Source, draw_sample
from sampling.weights import weigh


def draw(
    register: SimulatedRegister, plan: Plan, villages: pl.DataFrame, *, campaign_seed: str
) -> Sample:
    """Draw both stages from a register and its rosters, as the server and the phones do.

    plan, villages : frozen, with strata
    """

    def registered(adcode: str) -> pl.DataFrame:
        here = villages.filter(pl.col("county_adcode") == adcode)
        return register.households.join(here, on="village_code", how="semi")

    return draw_sample(
        plan,
        villages,
        Source("", registered, lambda _adcode, village_code: register.roster(village_code)),
        campaign_seed=campaign_seed,
        seed_commitment=plan.seed.commitment,
    )


def figures(
    register: SimulatedRegister,
    households: pl.DataFrame,
    adcode: str,
    *,
    analysis: Analysis,
) -> tuple[Indicator, ...]:
    """Estimate a county's indicators from its sample as the field would leave it.

    households : sample and reserves of the villages gone to, columns of `sample_households`
    """
    drawn = households.filter(pl.col("county_adcode") == adcode)
    rows = pl.DataFrame(list(_opened(register, drawn)), infer_schema_length=None)
    totals = register.totals.row(by_predicate=pl.col("county_adcode") == adcode, named=True)
    named = ("persons_e", "persons_p", "persons_n", "persons_rural")
    return indicators(
        weigh(rows),
        totals=Totals(**{name: totals[name] for name in named}),
        analysis=analysis,
    )


def is_returned(household: TruthRow) -> bool:
    """Whether the reviewer sends the first interview back: a part is open, or it was made up."""
    return household.appearance == "fabricated" or bool(household.unanswered_block())


def is_replaced(household: TruthRow) -> bool:
    """Whether a reserve household takes this one's place."""
    return Disposition(household.disposition) in REPLACEABLE


def final_row(household: TruthRow) -> dict[str, Any]:
    """Columns of `interviews` that the field adds to a sampled household."""
    row: dict[str, Any] = {
        "disposition": household.disposition,
        "class_found": None,
        "persons": household.persons,
        "wrong_exit": None,
        "missed": None,
        "recurrence": None,
        "missed_base": None,
        "approves": None,
        "undetermined": [],
    }
    if household.disposition != "completed":
        return row
    again = is_returned(household)
    looks = household.looks(repeat=again)
    confirmed = looks in ("wrong_exit", "missed") and household.ruling() == "confirmed"
    approves = household.approval(repeat=again)
    row["class_found"] = household.household_class
    row["approves"] = None if approves is None else int(approves)
    if approves is None:
        row["undetermined"] = ["satisfaction_rate"]
    counted = household.persons if confirmed else 0
    if household.household_class == "E":
        open_still = looks == "undetermined"
        row["wrong_exit"] = None if open_still else counted
        row["recurrence"] = counted * household.recurrence
        if open_still:
            row["undetermined"] = [*row["undetermined"], "wrong_exit_rate"]
    elif household.household_class == "N":
        open_still = looks == "undetermined"
        row["missed"] = None if open_still else counted
        row["missed_base"] = household.persons
        if open_still:
            row["undetermined"] = [*row["undetermined"], "missed_rate"]
    return row


def _opened(register: SimulatedRegister, drawn: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Households that were gone to: each one that is replaced opens the next reserve of its cell.

    drawn : sample and reserve, by village, class and order
    """
    truth = register.truth_rows(drawn["unit_id"])
    cells = drawn.partition_by("psu", "household_class", maintain_order=True)
    for rows in (cell.to_dicts() for cell in cells):
        reserve = [row for row in rows if row["is_reserve"]]
        queue = [row for row in rows if not row["is_reserve"]]
        while queue:
            row = queue.pop(0)
            household = truth[row["unit_id"]]
            yield {**row, **final_row(household)}
            if is_replaced(household) and reserve:
                queue.append(reserve.pop(0))
