"""The simulated register: sums exact, truth as ordered, repeatable, for any county."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from inspect_app.demo.errors import DemoError
from inspect_app.demo.places import find_county
from inspect_app.demo.profiles import CHANGYANG, LANCANG, profile_for, simulated_line
from inspect_app.demo.register import (
    FRAMES,
    SimulatedRegister,
    county_truth,
    join_registers,
    simulate_register,
    write_register,
)
from inspect_app.demo.truth import highest
from sampling.readers import read_table


@pytest.fixture(scope="module")
def changyang() -> SimulatedRegister:
    return simulate_register("420528", seed="a seed")


@pytest.fixture(scope="module")
def lancang() -> SimulatedRegister:
    return simulate_register("530828", seed="a seed")


@pytest.fixture(scope="module")
def qonggyai() -> SimulatedRegister:
    """琼结: 15 village committees, no township with a known position."""
    return simulate_register("540524", seed="a seed")


def test_persons_sum_to_the_rural_census_total(changyang: SimulatedRegister) -> None:
    totals = changyang.totals.row(0, named=True)
    assert totals["persons_rural"] == find_county("420528").rural_pop_2020
    for name, code in (("persons_e", "E"), ("persons_p", "P"), ("persons_n", "N")):
        members = changyang.truth.filter(household_class=code)["persons"].sum()
        assert totals[name] == changyang.villages[name].sum() == members
    parts = totals["persons_e"] + totals["persons_p"] + totals["persons_n"]
    assert parts == totals["persons_rural"]


def test_totals_say_that_they_are_simulated(changyang: SimulatedRegister) -> None:
    assert changyang.totals["simulated"].to_list() == [1]
    assert "模拟" in changyang.totals["document"][0]
    assert "simulated" in changyang.totals["document"][0]


def test_village_counts_are_those_of_their_households(lancang: SimulatedRegister) -> None:
    counted = lancang.truth.group_by("village_code").agg(
        e=(pl.col("household_class") == "E").sum(),
        p=(pl.col("household_class") == "P").sum(),
        n=(pl.col("household_class") == "N").sum(),
        persons=pl.col("persons").sum(),
    )
    both = lancang.villages.join(counted, on="village_code", how="left", validate="1:1")
    assert (both["households_e"] == both["e"]).all()
    assert (both["households_p"] == both["p"]).all()
    assert (both["households_n"] == both["n"]).all()
    together = both["persons_e"] + both["persons_p"] + both["persons_n"]
    assert (together == both["persons"]).all()


def test_register_and_rosters_hold_each_household_once(changyang: SimulatedRegister) -> None:
    registered = changyang.households["household_id"]
    listed = changyang.rosters["unit_id"]
    assert registered.str.contains(r"^\d{12}-\d{4}$").all()
    assert listed.str.contains(r"^\d{12}-n\d{4}$").all()
    assert registered.n_unique() + listed.n_unique() == changyang.truth["unit_id"].n_unique()
    assert set(changyang.households["household_class"]) == {"E", "P"}
    for village in changyang.villages["village_code"].head(3):
        roster = changyang.roster(village)
        assert roster["line"].to_list() == list(range(1, roster.height + 1))


def test_exit_years_end_with_the_year_of_the_county(lancang: SimulatedRegister) -> None:
    exited = lancang.households.filter(household_class="E")
    assert exited["exit_year"].null_count() == 0
    assert exited["exit_year"].max() == 2020
    assert (exited["registered_year"] < exited["exit_year"]).all()
    assert lancang.households.filter(household_class="P")["exit_year"].is_null().all()


def test_people_live_in_village_committees_only(changyang: SimulatedRegister) -> None:
    assert changyang.villages.height == 148
    assert not changyang.villages["village_name"].str.contains("社区居委会").any()


def test_the_truth_is_as_ordered(changyang: SimulatedRegister, lancang: SimulatedRegister) -> None:
    for register, profile in ((changyang, CHANGYANG), (lancang, LANCANG)):
        totals = register.totals.row(0, named=True)
        truth = county_truth(register)
        assert truth["wrong_exit_rate"] == pytest.approx(
            profile.wrong_exit_rate, abs=1 / totals["persons_e"]
        )
        assert truth["missed_rate"] == pytest.approx(
            profile.missed_rate, abs=1 / totals["persons_n"]
        )
        assert truth["satisfaction_rate"] == pytest.approx(profile.satisfaction_rate, abs=1e-4)
        assert truth["wrong_exit_rate_visible"] <= truth["wrong_exit_rate"]
        assert truth["recurrence_rate"] < truth["wrong_exit_rate"]
        expected = totals["persons_p"]
        expected += truth["wrong_exit_rate"] * totals["persons_e"]
        expected += truth["missed_rate"] * totals["persons_n"]
        assert truth["poverty_incidence"] == pytest.approx(expected / totals["persons_rural"])


def test_the_two_counties_of_the_demonstration_stay_under_their_lines(
    changyang: SimulatedRegister, lancang: SimulatedRegister
) -> None:
    assert county_truth(changyang)["poverty_incidence"] < 0.01
    assert 0.015 < county_truth(lancang)["poverty_incidence"] < 0.03


def test_remote_villages_fail_more_often(lancang: SimulatedRegister) -> None:
    exited = lancang.truth.filter(household_class="E")
    rates = [
        exited.filter(third=third).select((pl.col("status") == "wrong_exit").mean()).item()
        for third in (1, 2, 3)
    ]
    near, remote = (rate / (1 - rate) for rate in (rates[0], rates[2]))
    assert 2 < remote / near < 5


def test_failing_households_cluster_in_villages(lancang: SimulatedRegister) -> None:
    """Analysis-of-variance estimate of the correlation, wanted 0.05, over both classes."""
    for code, status in (("E", "wrong_exit"), ("N", "missed")):
        fails = lancang.truth.filter(household_class=code).group_by("village_code")
        cells = fails.agg(n=pl.len(), rate=(pl.col("status") == status).mean())
        n, rate = cells["n"].to_numpy(), cells["rate"].to_numpy()
        overall = np.average(rate, weights=n)
        between = (n * (rate - overall) ** 2).sum() / (len(n) - 1)
        within = (n * rate * (1 - rate)).sum() / (n.sum() - len(n))
        size = (n.sum() - (n**2).sum() / n.sum()) / (len(n) - 1)
        icc = (between - within) / (between + (size - 1) * within)
        assert 0.025 < icc < 0.09


def test_most_households_answer(changyang: SimulatedRegister) -> None:
    completed = changyang.truth.select((pl.col("disposition") == "completed").mean()).item()
    assert completed == pytest.approx(0.94, abs=0.005)


def test_the_same_seed_gives_the_same_register_and_another_does_not(
    qonggyai: SimulatedRegister,
) -> None:
    again = simulate_register("540524", seed="a seed")
    other = simulate_register("540524", seed="another seed")
    for name in FRAMES:
        assert getattr(again, name).equals(getattr(qonggyai, name))
    assert not other.households.equals(qonggyai.households)


def test_a_county_without_positions_gets_an_index_marked_as_such(
    qonggyai: SimulatedRegister,
) -> None:
    assert "km_to_seat" not in qonggyai.villages.columns
    assert set(qonggyai.villages["remoteness_source"]) == {"fallback"}
    by_type = qonggyai.villages["remoteness_fallback"]
    assert by_type.null_count() == 0
    assert by_type.n_unique() == qonggyai.villages.height


def test_a_county_with_positions_has_distances_from_them(changyang: SimulatedRegister) -> None:
    assert set(changyang.villages["remoteness_source"]) == {"position"}
    seat = changyang.villages.filter(town_code="420528101")
    remote = changyang.villages.filter(town_code="420528107")
    assert seat["km_to_seat"].min() < 3
    assert remote["km_to_seat"].min() >= 63.8
    assert remote["lat"].n_unique() == 1


def test_a_county_with_some_positions_fills_the_gaps_and_says_where() -> None:
    register = simulate_register("152202", seed="a seed")
    sources = dict(register.villages["remoteness_source"].value_counts().iter_rows())
    assert sources.keys() == {"position", "fallback"}
    assert register.villages["km_to_seat"].null_count() == 0


def test_a_county_without_rural_residents_in_the_census_is_filled_by_its_villages() -> None:
    register = simulate_register("632803", seed="a seed")
    assert register.villages.height == 3
    assert register.totals["persons_rural"].to_list() == [3 * 780]
    assert "no rural persons in the census" in register.totals["document"][0]


def test_a_county_of_no_known_profile_gets_one_from_the_seed() -> None:
    drawn = profile_for("621225", seed="a seed")
    assert drawn == profile_for("621225", seed="a seed")
    assert drawn != profile_for("621225", seed="another seed")
    assert 0.12 <= drawn.registered_share <= 0.30
    assert profile_for("530828", seed="any") is LANCANG


def test_a_clean_county_has_no_case_at_all() -> None:
    clean = replace(CHANGYANG, wrong_exit_rate=0.0, missed_rate=0.0, still_poor_share=0.0)
    truth = county_truth(simulate_register("540524", seed="a seed", profile=clean))
    assert truth["wrong_exit_rate"] == truth["missed_rate"] == truth["poverty_incidence"] == 0


def test_the_highest_scores_are_taken_to_the_exact_sum() -> None:
    score = np.array([9.0, 8.0, 7.0, 6.0, 5.0])
    size = np.array([3, 3, 3, 2, 1])
    assert sorted(highest(score, size, 8).tolist()) == [0, 1, 3]
    assert sorted(highest(score, size, 7).tolist()) == [0, 1, 4]
    assert highest(score, size, 0).tolist() == []


def test_lines_of_other_years_lie_on_the_curve_and_say_so() -> None:
    assert simulated_line(2020) == (4000, False)
    assert simulated_line(2019) == (3218, False)
    line, simulated = simulated_line(2016)
    assert simulated
    assert 2300 < line < 3218


@pytest.mark.parametrize(
    ("adcode", "seed", "code"),
    [
        ("110101", "x", "county.unknown"),
        ("冷湖", "x", "county.without_code"),
        ("420528", "", "register.no_seed"),
    ],
)
def test_what_cannot_be_simulated_is_refused(adcode: str, seed: str, code: str) -> None:
    with pytest.raises(DemoError) as refusal:
        simulate_register(adcode, seed=seed)
    assert refusal.value.code == code


def test_registers_are_joined_once_each(
    changyang: SimulatedRegister, qonggyai: SimulatedRegister
) -> None:
    both = join_registers([changyang, qonggyai])
    assert both.counties == ("420528", "540524")
    assert both.villages.height == changyang.villages.height + qonggyai.villages.height
    assert county_truth(both, "540524") == county_truth(qonggyai)
    with pytest.raises(DemoError) as refusal:
        join_registers([qonggyai, qonggyai])
    assert refusal.value.code == "register.two_seeds"


def test_truth_is_looked_up_by_household(qonggyai: SimulatedRegister) -> None:
    wanted = qonggyai.truth["unit_id"][[7, 3]].to_list()
    rows = qonggyai.truth_rows(wanted)
    assert list(rows) == wanted
    assert rows[wanted[0]].persons == qonggyai.truth["persons"][7]
    with pytest.raises(DemoError) as refusal:
        qonggyai.truth_rows(["540524001001-0000"])
    assert refusal.value.code == "register.unknown_household"


def test_the_files_are_read_back_by_the_register_import(
    tmp_path: Path, qonggyai: SimulatedRegister
) -> None:
    written = write_register(qonggyai, tmp_path / "out")
    assert written == write_register(qonggyai, tmp_path / "out")
    assert {path for path in (tmp_path / "out").rglob("*") if path.is_file()} == set(written)
    for table in ("villages", "households", "totals"):
        for ending in ("csv", "parquet"):
            read = read_table(tmp_path / "out" / f"{table}.{ending}", table)
            assert read.height == getattr(qonggyai, table).height
    villages = read_table(tmp_path / "out" / "villages.csv", "villages")
    assert villages["remoteness_fallback"].to_list() == pytest.approx(
        qonggyai.villages["remoteness_fallback"].to_list()
    )
    first = qonggyai.villages["village_code"][0]
    roster = read_table(tmp_path / "out" / "rosters" / f"{first}.csv", "roster")
    assert roster["unit_id"].to_list() == qonggyai.roster(first)["unit_id"].to_list()
    assert pl.read_parquet(tmp_path / "out" / "truth.parquet").equals(qonggyai.truth)
    assert "GeoNames" in (tmp_path / "out" / "ATTRIBUTION.md").read_text(encoding="utf-8")


def test_a_folder_with_other_files_is_left_alone(
    tmp_path: Path, qonggyai: SimulatedRegister
) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DemoError, match=r"letter\.txt"):
        write_register(qonggyai, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
