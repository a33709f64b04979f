"""Registers of known truth are as ordered, and simulations depend on plan, truth and seed alone."""

import math

import numpy as np
import polars as pl
import pytest

from sampling.errors import SamplingError
from sampling.layout import layout
from sampling.performance import Measured, Outcomes, perform
from sampling.plan import Plan
from sampling.population import INVENTED, Population, invent_county, population
from sampling.remoteness import freeze
from sampling.simulate import explain, simulate, simulate_each
from sampling.trials import draw_trials
from sampling.truth import Registers, Truth

REGISTERS = 60


def frozen(villages: int = 150, *changes: str, seed: int = 1):
    """Plan and frozen villages of an invented county."""
    county = invent_county(villages, rng=np.random.default_rng(seed))
    made = freeze(Plan().override(changes), county)
    return made.plan, made.villages


@pytest.fixture(scope="module")
def people() -> Population:
    _, villages = frozen()
    return population(villages, county_adcode=INVENTED, rng=np.random.default_rng(1))


def registers(people: Population, truth: Truth, *, count: int = REGISTERS, seed: int = 1):
    rng = np.random.default_rng(seed)
    maker = Registers(people, truth)
    return [maker.make(rng=rng) for _ in range(count)]


def test_persons_of_villages_are_those_of_the_frame() -> None:
    _, villages = frozen(30)

    people = population(villages, county_adcode=INVENTED, rng=np.random.default_rng(1))

    for letter, part in zip("epn", people.classes.values(), strict=True):
        persons = np.add.reduceat(part.persons, part.start[:-1])
        assert persons.tolist() == villages.sort("village_code")[f"persons_{letter}"].to_list()
        assert part.persons.min() == 1


@pytest.mark.parametrize("effects", ["beta", "logit-normal"])
@pytest.mark.parametrize("rate", [0.002, 0.02, 0.05])
def test_rates_are_met_to_the_person(people: Population, effects: str, rate: float) -> None:
    truth = Truth(rate=rate, missed=rate / 2, concentration=3, effects=effects)

    made = registers(people, truth, count=5)

    for household_class, wanted in (("E", rate), ("N", rate / 2)):
        persons = int(people.classes[household_class].persons.sum())
        for register in made:
            assert abs(register.rate(household_class) - wanted) <= 1.01 / persons


@pytest.mark.parametrize("effects", ["beta", "logit-normal"])
@pytest.mark.parametrize("concentration", [1.0, 6.0])
@pytest.mark.parametrize("icc", [0.0, 0.05, 0.2])
def test_households_of_a_village_are_as_alike_as_ordered(
    people: Population, effects: str, concentration: float, icc: float
) -> None:
    truth = Truth(rate=0.05, missed=0, icc=icc, concentration=concentration, effects=effects)

    found = np.array([one.icc("E") for one in registers(people, truth)])

    error = found.std(ddof=1) / math.sqrt(found.size)
    assert abs(found.mean() - icc) < 4 * error + 0.04 * icc  # the calibration is approximate


@pytest.mark.parametrize("concentration", [1.0, 3.0, 6.0])
def test_remote_villages_fail_as_much_more_often_as_ordered(
    people: Population, concentration: float
) -> None:
    made = registers(people, Truth(rate=0.03, missed=0, icc=0.02, concentration=concentration))

    rates = np.array([list(one.class_rate("E").values()) for one in made])
    near, _, remote = rates.mean(axis=0)
    errors = rates.std(axis=0, ddof=1) / math.sqrt(REGISTERS) / rates.mean(axis=0)
    error = math.hypot(errors[0], errors[2])
    assert abs(math.log(remote / near) - math.log(concentration)) < 4 * error


def test_a_smooth_field_makes_neighbours_alike(people: Population) -> None:
    smooth = [
        one.moran("E", range_km=10)
        for one in registers(people, Truth(rate=0.02, missed=0, spatial=1.0, range_km=10))
    ]
    scattered = [
        one.moran("E", range_km=10)
        for one in registers(people, Truth(rate=0.02, missed=0, spatial=0.0))
    ]

    near, apart = Measured.mean(np.array(smooth)), Measured.mean(np.array(scattered))
    assert min(smooth) > 0
    assert near.value - 10 * near.se > apart.value + 10 * apart.se
    assert abs(apart.value) < 4 * apart.se + 2 / len(people.villages)


def test_a_clean_county_has_no_case(people: Population) -> None:
    (register,) = registers(people, Truth(rate=0.0), count=1)

    assert register.rate("E") == register.rate("N") == 0
    assert math.isnan(register.concentration("E"))
    assert register.households()["wrong_exit"].sum() == 0


def test_the_household_frame_says_who_fails(people: Population) -> None:
    (register,) = registers(people, Truth(rate=0.02, missed=0.01), count=1)

    table = register.households()

    failing = table.group_by("household_class").agg(
        pl.col("wrong_exit", "missed").sum(), pl.col("persons").sum()
    )
    sums = {row["household_class"]: row for row in failing.iter_rows(named=True)}
    assert sums["E"]["wrong_exit"] / sums["E"]["persons"] == register.rate("E")
    assert sums["N"]["missed"] / sums["N"]["persons"] == register.rate("N")
    assert table["household_id"].n_unique() == table.height
    assert table.filter(pl.col("household_class") == "P")["wrong_exit"].null_count() == 300


def test_who_does_not_answer_is_as_ordered(people: Population) -> None:
    truth = Truth(rate=0.02, nonresponse=0.15, nonresponse_remote=2, nonresponse_failing=4)

    sound, failing = Registers(people, truth).answering("E")

    odds = (1 - np.array([sound, failing])) / np.array([sound, failing])
    near, remote = people.position() == 0, people.position() == 1
    assert odds[1] / odds[0] == pytest.approx(4)
    assert odds[0, remote][0] / odds[0, near][0] == pytest.approx(2)
    share = people.classes["E"].count / people.classes["E"].count.sum()
    rate = 0.02  # no concentration: the same in all villages
    assert share @ ((1 - rate) * (1 - sound) + rate * (1 - failing)) == pytest.approx(0.15)


def test_the_same_generator_gives_the_same_register(people: Population) -> None:
    truth = Truth(rate=0.02)

    (one,), (same,), (other,) = (registers(people, truth, count=1, seed=seed) for seed in (1, 1, 2))

    assert (one.failing["E"] == same.failing["E"]).all()
    assert (one.failing["E"] != other.failing["E"]).any()


@pytest.mark.parametrize(
    ("ordered", "code"),
    [
        ({"rate": 1.0}, "simulate.rate"),
        ({"rate": math.nan}, "simulate.rate"),
        ({"missed": -0.1}, "simulate.rate"),
        ({"icc": 1.0}, "simulate.rate"),
        ({"nonresponse": 1.0}, "simulate.rate"),
        ({"spatial": 1.1}, "simulate.share"),
        ({"concentration": 0.0}, "simulate.positive"),
        ({"concentration": math.inf}, "simulate.positive"),
        ({"range_km": -1.0}, "simulate.positive"),
        ({"nonresponse_failing": math.nan}, "simulate.positive"),
        ({"effects": "normal"}, "simulate.choice"),
        ({"rate": 0.5, "concentration": 30.0}, "simulate.class_rate"),
        ({"rate": 0.0005, "icc": 0.3}, "simulate.icc"),
    ],
)
def test_a_truth_that_cannot_be_is_refused(people: Population, ordered: dict, code: str) -> None:
    with pytest.raises(SamplingError) as refused:
        Registers(people, Truth(**{"rate": 0.02, **ordered}))
    assert refused.value.code == code


def test_a_county_that_cannot_have_the_truth_is_refused() -> None:
    rng = np.random.default_rng(1)
    _, one_class = frozen(20, "strata.by=['county']")
    flat = population(one_class, county_adcode=INVENTED, rng=rng)
    nowhere = population(one_class.drop("lat"), county_adcode=INVENTED, rng=rng)
    crowded = one_class.with_columns(persons_e=pl.col("households_e") - 1)

    for act, code in (
        (lambda: Registers(flat, Truth(rate=0.02, concentration=2)), "simulate.one_class"),
        (lambda: Registers(nowhere, Truth(rate=0.02, spatial=0.5)), "simulate.points"),
        (lambda: population(crowded, county_adcode=INVENTED, rng=rng), "simulate.persons"),
        (lambda: population(one_class, county_adcode="420528", rng=rng), "simulate.county"),
        (lambda: invent_county(0, rng=rng), "simulate.whole"),
    ):
        with pytest.raises(SamplingError) as refused:
            act()
        assert refused.value.code == code


@pytest.mark.parametrize("method", ["pps_systematic", "srswor", "pareto", "lpm2"])
def test_households_are_drawn_with_the_probabilities_of_the_plan(method: str) -> None:
    plan, villages = frozen(
        24, f"stage1.method={method}", "stage1.villages=9", "stage2.e=4", "stage2.n=0"
    )
    rng = np.random.default_rng(4)
    people = population(villages, county_adcode=INVENTED, rng=rng)
    design, maker = layout(plan, villages, people), Registers(people, Truth(rate=0.02))
    draws = 1500

    trials = draw_trials(design, maker, [maker.make(rng=rng)] * draws, rngs=[rng] * draws)

    part = people.classes["E"]
    probability = (design.pi1 * design.take["E"] / part.count)[part.village]
    households = np.concatenate([trial.visits["E"].household for trial in trials])
    share = np.bincount(households, minlength=part.persons.size) / draws
    score = (share - probability) / np.sqrt(probability * (1 - probability) / draws)
    assert np.abs(score).max() < 5
    assert all(np.unique(trial.visits["E"].household).size == 36 for trial in trials)


def test_a_simulation_does_not_depend_on_the_number_of_processes() -> None:
    plan, villages = frozen(60, "stage1.villages=12")
    truth = Truth(rate=0.02, concentration=3)

    alone, shared = (
        simulate(
            plan, villages, truth, runs=120, rng=np.random.default_rng(7), processes=processes
        ).to_polars()
        for processes in (1, 2)
    )

    assert alone.equals(shared)


def test_a_simulation_depends_on_its_seed_and_no_other_county() -> None:
    parts = [
        invent_county(40, rng=np.random.default_rng(seed), adcode=adcode)
        for seed, adcode in ((1, "990001"), (2, "990002"))
    ]
    made = freeze(Plan().override(["stage1.villages=10", "stage2.n=0"]), pl.concat(parts))

    def figures(seed: int, *counties: str) -> pl.DataFrame:
        found = simulate(
            made.plan,
            made.villages,
            Truth(rate=0.02),
            runs=60,
            rng=np.random.default_rng(seed),
            counties=counties,
        )
        return found.to_polars().drop("villages", "cost")

    both = figures(1)
    assert both["county_adcode"].unique().to_list() in (["990001", "990002"], ["990002", "990001"])
    assert figures(1, "990002").equals(both.filter(pl.col("county_adcode") == "990002"))
    assert not figures(2).equals(both)


def test_indicators_are_those_the_plan_asks_for() -> None:
    for changes, expected in (
        (["stage2.n=0"], ["wrong_exit_rate"]),
        (["stage2.e=0"], ["missed_rate"]),
        ([], ["wrong_exit_rate", "missed_rate", "poverty_incidence"]),
    ):
        plan, villages = frozen(40, "stage1.villages=10", *changes)
        found = simulate(
            plan, villages, Truth(rate=0.03, missed=0.01), runs=20, rng=np.random.default_rng(1)
        )
        assert [one.indicator for one in found.performances] == expected
    truths = [one.truth for one in found.performances]
    assert truths[:2] == pytest.approx([0.03, 0.01], rel=0.02)
    assert truths[1] < truths[2] < 0.03  # E and N together, and the few P


def test_failing_households_that_hide_make_estimates_too_low() -> None:
    plan, villages = frozen(60, "stage2.n=0")
    truths = [
        Truth(rate=0.05, nonresponse=0.3, nonresponse_failing=odds, icc=0.0) for odds in (1.0, 8.0)
    ]

    open_, hiding = (
        one.performances[0]
        for one in simulate_each(plan, villages, truths, runs=200, rng=np.random.default_rng(1))
    )

    assert abs(open_.bias.value) < 4 * open_.bias.se
    assert hiding.bias.value < -10 * hiding.bias.se
    assert hiding.nonresponse_bias.value == pytest.approx(hiding.bias.value, abs=4 * open_.bias.se)


def test_a_simulation_says_what_falls_short() -> None:
    plan, villages = frozen(100, "stage1.villages=40", "stage2.n=0", "assumptions.icc=0.0")
    truth = Truth(rate=0.05, icc=0.3, nonresponse=0.3, nonresponse_failing=8)

    found = simulate(plan, villages, truth, runs=200, rng=np.random.default_rng(1))
    lines = "\n".join(explain(found))

    assert found.performances[0].bounds[0].upper.value < 0.85
    assert "上界只有" in lines
    assert "the plan's cap assumes an icc of 0, simulated was 0.3" in lines
    assert "of which non-response makes -" in lines
    assert "the truth, 5.0" in lines


def test_at_the_threshold_the_chance_of_error_is_named() -> None:
    plan, villages = frozen(60, "stage2.n=0")

    found = simulate(plan, villages, Truth(rate=0.02), runs=60, rng=np.random.default_rng(1))

    assert "at most 5% is allowed" in explain(found)[0]
    assert repr(found).startswith("Simulation(plan ")
    assert "upper bound holds" in repr(found)


def test_impossible_counts_and_plans_are_refused() -> None:
    plan, villages = frozen(20)
    rng = np.random.default_rng(1)
    nothing = plan.override(["stage2.e=0", "stage2.n=0"])

    for act, code in (
        (lambda: simulate(plan, villages, Truth(0.02), runs=1, rng=rng), "simulate.whole"),
        (
            lambda: simulate(plan, villages, Truth(0.02), runs=9, rng=rng, processes=0),
            "simulate.whole",
        ),
        (lambda: simulate(nothing, villages, Truth(0.02), runs=9, rng=rng), "simulate.nobody"),
        (
            lambda: simulate(plan, villages, Truth(0.02), runs=9, rng=rng, counties=["110101"]),
            "simulate.county",
        ),
    ):
        with pytest.raises(SamplingError) as refused:
            act()
        assert refused.value.code == code


def test_a_run_without_a_figure_settles_nothing() -> None:
    runs = Outcomes(
        truth=np.full(4, 0.01),
        value=np.array([0.0, 0.01, 0.01, math.nan]),
        se=np.array([0.0, 0.01, 0.01, math.nan]),
        everybody=np.zeros(4),
        n=np.array([300.0, 300.0, 300.0, 0.0]),
        intervals={"verdict": np.array([[0.0] * 4, [0.008, 0.018, 0.03, 1.0]])},
        frame=9_000,
    )

    found = perform(runs, county_adcode=INVENTED, indicator="wrong_exit_rate", p0=0.02)

    assert (found.runs, found.estimable) == (4, 3)
    assert found.bounds[0].met.value == 0.5
    assert found.bounds[0].upper.value == pytest.approx(2 / 3)
    assert found.nothing_found.value == pytest.approx(1 / 3)
    assert Measured.share(np.ones(50, dtype=bool)).se > 0
