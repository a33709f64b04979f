"""An invented county, for the examples of these pages and for first steps.

Its code begins with 99, as no county of the country does; villages, people and answers are made
by a rule and mean nothing.
"""

import polars as pl

from sampling import tickets
from sampling.household_draw import draw_registered, draw_roster
from sampling.plan import Plan
from sampling.remoteness import freeze
from sampling.village_draw import draw_villages

ADCODE = "990001"
SEED = "example"
VILLAGES = 48
VILLAGES_A_TOWN = 6
FAILING = 0.01
REFUSING = 0.06


def villages() -> pl.DataFrame:
    """Make the village frame: 48 villages in 8 towns, remoter from town to town.

    Returns
    -------
    (48 rows) columns of a village frame with `lat lon km_to_seat elevation_m`

    Examples
    --------
    >>> frame = villages()
    >>> frame.height, int(frame["households_e"].sum()), int(frame["households_n"].sum())
    (48, 2676, 10944)
    """
    rows = []
    for i in range(VILLAGES):
        town, place = divmod(i, VILLAGES_A_TOWN)
        exited, poor, plain = 30 + i * 37 % 54, 1 + i % 4, 120 + i * 61 % 241
        rows.append(
            {
                "village_code": f"{ADCODE}{101 + town}{201 + place}",
                "village_name": f"示例{i + 1}村",
                "town_code": f"{ADCODE}{101 + town}",
                "county_adcode": ADCODE,
                "village_type": "other" if i % 3 else "poor",
                "households_e": exited,
                "persons_e": 3 * exited,
                "households_p": poor,
                "persons_p": 2 * poor,
                "households_n": plain,
                "persons_n": 3 * plain,
                "lat": 30 + 0.04 * (town % 4) + 0.006 * (place % 3),
                "lon": 110 + 0.05 * (town // 4) + 0.007 * (place // 3),
                "km_to_seat": 4.0 + 7 * town + 1.5 * place,
                "elevation_m": 300.0 + 90 * town + i * 29 % 80,
            }
        )
    return pl.DataFrame(rows)


def households() -> pl.DataFrame:
    """Make the household frame: every E and P household that `villages` counts.

    Examples
    --------
    >>> households().group_by("household_class").len().sort("household_class").rows()
    [('E', 2676), ('P', 120)]
    """
    return pl.DataFrame(
        [
            {
                "household_id": f"{village['village_code']}-{one}{line:03}",
                "village_code": village["village_code"],
                "household_class": one,
                "persons": village[f"persons_{one.lower()}"]
                // village[f"households_{one.lower()}"],
                "exit_year": 2019 if one == "E" else None,
            }
            for village in villages().iter_rows(named=True)
            for one in ("E", "P")
            for line in range(1, village[f"households_{one.lower()}"] + 1)
        ],
        schema_overrides={"exit_year": pl.Int64},
    )


def totals() -> pl.DataFrame:
    """Make the totals of the county, marked as simulated.

    Examples
    --------
    >>> totals()["persons_rural"].item()
    41100
    """
    frame = villages()
    persons = {f"persons_{one}": int(frame[f"persons_{one}"].sum()) for one in "epn"}
    rural = sum(persons.values())
    return pl.DataFrame(
        [
            {
                "county_adcode": ADCODE,
                **persons,
                "persons_rural": rural,
                "document": "invented",
                "simulated": 1,
            }
        ]
    )


def roster(village_code: str) -> pl.DataFrame:
    """List the N households of a village, as a team does on arrival.

    Examples
    --------
    >>> roster("990001101201").height
    120
    """
    count = villages().filter(pl.col("village_code") == village_code)["households_n"].item()
    return pl.DataFrame(
        {
            "unit_id": [f"{village_code}-n{line:04}" for line in range(1, count + 1)],
            "village_code": [village_code] * count,
            "household_class": ["N"] * count,
            "persons": [3] * count,
            "line": range(1, count + 1),
        }
    )


def plan() -> tuple[Plan, pl.DataFrame]:
    """Make a plan of 30 villages, and the frozen villages it belongs to.

    Examples
    --------
    >>> settings, frozen = plan()
    >>> settings.stage1.villages, sorted(frozen["stratum"].unique())
    (30, ['990001-1', '990001-2', '990001-3'])
    """
    frozen = freeze(Plan(campaign=SEED, counties=(ADCODE,)), villages())
    return frozen.plan, frozen.villages


def sample() -> pl.DataFrame:
    """Draw the sample of `plan`: households of all three classes, without reserve.

    Examples
    --------
    >>> drawn = sample()
    >>> drawn["psu"].n_unique(), round(drawn["base_weight"].sum())
    (30, 13687)
    """
    settings, frozen = plan()
    drawn = draw_villages(settings, frozen, campaign_seed=SEED).filter(~pl.col("is_reserve"))
    county = tickets.county_seed(SEED, ADCODE)
    parts = [draw_registered(settings, drawn, households(), campaign_seed=SEED)]
    for village in drawn.iter_rows(named=True):
        code = village["village_code"]
        seed = tickets.village_seed(county, code)
        parts.append(draw_roster(settings, village, roster(code), village_seed=seed))
    return pl.concat(parts).filter(~pl.col("is_reserve")).sort("unit_id")


def interviews() -> pl.DataFrame:
    """Interview the sample: some refuse, one household in a hundred fails, nine in ten approve.

    Returns
    -------
    columns of `interviews`, as `sampling.weights.weigh` and `sampling.indicators` take them

    Examples
    --------
    >>> interviews()["disposition"].value_counts().sort("disposition").row(1)[0]
    'refused'
    """
    drawn = sample()
    chance = [tickets.uniform("answers", unit_id) for unit_id in drawn["unit_id"]]
    opinion = [tickets.uniform("approval", unit_id) for unit_id in drawn["unit_id"]]
    answered = pl.col("chance") >= REFUSING
    failing = pl.when(pl.col("chance") >= 1 - FAILING).then("persons").otherwise(0)

    def of(household_class: str) -> pl.Expr:
        return answered & (pl.col("household_class") == household_class)

    return drawn.with_columns(chance=pl.Series(chance), opinion=pl.Series(opinion)).select(
        *drawn.columns,
        disposition=pl.when(answered).then(pl.lit("completed")).otherwise(pl.lit("refused")),
        class_found=pl.when(answered).then("household_class"),
        wrong_exit=pl.when(of("E")).then(failing),
        missed=pl.when(of("N")).then(failing),
        missed_base=pl.when(of("N")).then("persons"),
        recurrence=pl.when(of("E")).then(0),
        approves=pl.when(answered).then((pl.col("opinion") < 0.93).cast(pl.Int64)),
        undetermined=pl.lit(""),
    )
