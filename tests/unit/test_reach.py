"""What a plan says it can establish, and what it will not promise."""

from dataclasses import replace

import polars as pl
import pytest
from click.testing import CliRunner
from frames import frozen_frame, village_frame

from sampling.cli import main
from sampling.county_curves import curve_lines, curve_table, curves
from sampling.design import strata
from sampling.plan import Plan
from sampling.reach import cost_lines, explain, rate_lines, reach
from sampling.remoteness import freeze


def settled(villages=None, *changes):
    villages = village_frame(60) if villages is None else villages
    frozen = freeze(Plan().override(changes), villages)
    return frozen.plan, frozen.villages


def test_the_default_plan_promises_nothing_and_says_what_would_be_enough():
    """480 households in 30 villages, icc .05, 90 % response: worth 247, zero bound 1.21 %.

    The chance is smaller than where weights are equal (.55 was simulated then): unequal weights
    and persons inflate the variance 1.4 times here.
    """
    plan, villages = settled(village_frame(160))
    exits = reach(plan, villages)[0]
    assert (exits.household_class, exits.villages, exits.households) == ("E", 30, 480)
    assert exits.deff == pytest.approx(1.75)
    assert exits.effective_n == pytest.approx(247, abs=1)
    assert exits.zero_bound == pytest.approx(0.0121, abs=1e-4)
    assert exits.unequal == pytest.approx(1.4)
    assert 0.25 < exits.chance < 0.4
    assert exits.clears_bad < 0.02
    assert exits.fails_good < 0.02
    assert not exits.promise
    assert exits.households_needed is not None
    lines = explain((exits,), plan)
    assert "no promise" in lines[1]
    assert str(exits.households_needed) in lines[1]


def test_what_would_be_enough_is_enough():
    plan, villages = settled(village_frame(160))
    needed = reach(plan, villages)[0]
    larger = plan.override([f"stage1.villages={needed.villages_needed}"])
    assert reach(larger, villages)[0].promise
    smaller = plan.override([f"stage1.villages={needed.villages_needed - 2}"])
    assert not reach(smaller, villages)[0].promise


def test_ten_villages_promise_nothing_however_many_households():
    plan, villages = settled(
        village_frame(160), "stage1.villages=10", "stage2.e=30", "assumptions.response=1"
    )
    exits = reach(plan, villages)[0]
    assert exits.effective_n == pytest.approx(122, abs=3)
    assert not exits.promise


def test_a_small_county_is_told_that_it_is_not_in_reach():
    plan, villages = settled(village_frame(5))
    exits = reach(plan, villages)[0]
    assert exits.households_needed is None
    assert "not in reach" in explain((exits,), plan)[1]


def test_rates_are_printed_and_a_fall_toward_remote_is_warned_of():
    plan, villages = settled()
    assert not [line for line in rate_lines(plan, villages) if "warning" in line]
    heavy = village_frame(60).with_columns(
        pl.when(pl.int_range(pl.len()) >= 40).then(10 * pl.col(name)).otherwise(name).alias(name)
        for name in ("households_e", "households_n")
    )
    plan, villages = settled(heavy, "stage1.allocation=power", "remoteness.cuts=[0.3, 0.66]")
    warned = [line for line in rate_lines(plan, villages) if "warning" in line]
    assert len(warned) == 2
    assert "420528" in warned[0]


def test_a_whole_county_is_judged_by_its_households():
    """No villages are left out, so households are the units and villages do not cluster them."""
    plan, villages = settled(village_frame(30))
    exits = reach(plan, villages)[0]
    assert exits.deff == 1
    assert exits.effective_n == pytest.approx(0.9 * exits.households)
    some, others = settled(village_frame(31))
    assert exits.chance > reach(some, others)[0].chance + 0.1


def test_a_class_that_is_not_drawn_promises_nothing():
    plan, villages = settled(village_frame(160), "stage2.n=0")
    missed = reach(plan, villages)[1]
    assert (missed.household_class, missed.households, missed.chance) == ("N", 0, 0)
    assert not missed.promise
    assert missed.households_needed is None


def test_errors_of_both_kinds_and_their_source_are_told():
    plan, villages = settled(village_frame(160))
    reaches = reach(plan, villages)
    lines = explain(reaches, plan)
    assert reaches[0].clears_bad < 0.05
    assert "would be cleared with a chance of" in lines[2]
    assert any("simulated" in line for line in lines)
    assert any("assume more in assumptions.icc" in line for line in lines)
    assert "docs/operating-curve.md" in lines[-1]


def test_more_than_the_error_asked_for_is_not_passed_over():
    plan, villages = settled(village_frame(160), "assumptions.alpha=0.05")
    exits = replace(reach(plan, villages)[0], clears_bad=0.08)
    told = [line for line in explain((exits,), plan) if "more than the 5%" in line]
    assert len(told) == 1
    assert "8.0%" in told[0]


def test_costs_are_told_where_they_are_known():
    assert cost_lines(*settled()) == ()
    plan, villages = settled(
        None, "allocation.village_costs=[500]", "allocation.household_costs=[40]"
    )
    drawn = sum(part.expected(one, plan) for part in strata(plan, villages) for one in "EPN")
    (line,) = cost_lines(plan, villages)
    assert f"{30 * 500 + 40 * float(drawn):,.0f}" in line


def test_many_counties_are_summed_up():
    counties = [
        village_frame(40).with_columns(
            county_adcode=pl.lit(f"42{k:04d}"),
            village_code=pl.lit(f"42{k:04d}") + pl.col("village_code").str.slice(6),
        )
        for k in range(14)
    ]
    plan, villages = settled(pl.concat(counties))
    reaches = reach(plan, villages)
    assert len(reaches) == 28
    lines = explain(reaches, plan)
    assert sum("of 14 counties" in line for line in lines) == 2
    assert len(lines) < 8
    assert "14 counties" in rate_lines(plan, villages)[0]
    assert curve_lines(plan, villages) == ()
    assert curve_table(curves(plan, villages, rates=[0.01, 0.02])).height == 56


def test_the_command_prints_and_writes_operating_curves(tmp_path):
    frame = frozen_frame(tmp_path / "register", village_frame(60))
    file = tmp_path / "curve.csv"
    answer = CliRunner().invoke(
        main,
        ["plan", "--frame", str(frame.folder), "--out", str(tmp_path / "plan"),
         "--curve", str(file)],
    )  # fmt: skip
    assert answer.exit_code == 0, answer.output
    assert "met, established" in answer.output
    table = pl.read_csv(file, schema_overrides={"county_adcode": pl.String})
    assert table.height == 40
    findings = ["met_established", "met_open", "unmet_open", "unmet_established"]
    assert table.columns == ["county_adcode", "household_class", "true_rate", *findings]
    sums = table.select(pl.sum_horizontal(findings)).to_series()
    assert sums.is_between(1 - 1e-9, 1 + 1e-9).all()
