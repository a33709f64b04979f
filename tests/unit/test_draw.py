"""Drawing villages and households: probabilities, order, reserve, waves, refusals."""

from itertools import pairwise

import polars as pl
import pytest
from frames import household_frame, roster, village_frame

from sampling import tickets
from sampling.design import strata
from sampling.errors import DrawError
from sampling.household_draw import draw_registered, draw_roster
from sampling.plan import Plan
from sampling.remoteness import freeze
from sampling.village_draw import draw_villages
from sampling.waves import window

SEED = "a campaign seed"


def planned(villages=None, *changes):
    villages = village_frame(60) if villages is None else villages
    frozen = freeze(Plan().override(changes), villages)
    return frozen.plan, frozen.villages


def sampled(*changes, villages=None):
    plan, frozen = planned(villages, *changes)
    return plan, frozen, draw_villages(plan, frozen, campaign_seed=SEED)


def test_each_stratum_gives_its_villages_and_its_reserve():
    plan, frozen, sample = sampled()
    for part in strata(plan, frozen):
        rows = sample.filter(pl.col("stratum") == part.code)
        assert rows["order"].to_list() == list(range(1, part.n + 3))
        assert rows["is_reserve"].to_list() == [False] * part.n + [True] * 2
        assert rows["village_code"].n_unique() == part.n + 2
        assert set(rows["village_code"]) <= set(part.villages)


def test_probabilities_are_those_of_the_design():
    plan, frozen, sample = sampled()
    design = {
        code: p
        for part in strata(plan, frozen)
        for code, p in zip(part.villages, part.probabilities, strict=True)
    }
    for row in sample.iter_rows(named=True):
        assert row["pi1"] == float(design[row["village_code"]])
        assert row["certainty"] == (row["pi1"] == 1)


def test_a_village_carries_the_ticket_of_the_stage_seed():
    _, _, sample = sampled()
    seed = tickets.derive(tickets.derive(SEED, "county/420528"), "stage1")
    for row in sample.iter_rows(named=True):
        assert row["ticket"] == tickets.ticket(seed, row["village_code"]).hex()


def test_a_dominant_village_is_certain_and_stands_first():
    giant = village_frame(60).with_columns(
        pl.when(pl.int_range(pl.len()) == 4).then(5_000).otherwise(pl.col(name)).alias(name)
        for name in ("households_e", "households_n")
    )
    _, _, sample = sampled("strata.by=['county']", villages=giant)
    first = sample.row(0, named=True)
    assert first["village_code"] == "420528100204"
    assert (first["pi1"], first["certainty"], first["order"]) == (1.0, True, 1)
    assert sample.filter("certainty").height == 1


def test_systematic_selection_spreads_over_the_walk():
    """Equal sizes and a quarter of the villages: one of every four neighbours along the curve."""
    alike = village_frame(40).with_columns(households_e=50, households_n=200, households_p=0)
    plan, frozen, sample = sampled(
        "strata.by=['county']", "stage1.villages=10", "stage1.allocation=proportional",
        villages=alike,
    )  # fmt: skip
    (part,) = strata(plan, frozen)
    places = sorted(
        part.villages.index(code) for code in sample.filter(~pl.col("is_reserve"))["village_code"]
    )
    assert {later - earlier for earlier, later in pairwise(places)} == {4}


def test_villages_that_share_a_point_walk_by_code():
    plan, frozen = planned(None, "strata.by=['county']")
    (part,) = strata(plan, frozen)
    towns = [code[:9] for code in part.villages]
    assert len([1 for a, b in pairwise(towns) if a != b]) == 11
    for town in set(towns):
        codes = [code for code in part.villages if code.startswith(town)]
        assert codes == sorted(codes)


def test_without_points_the_walk_goes_by_code():
    plan, frozen = planned(village_frame(60, points=False), "strata.by=['county']")
    (part,) = strata(plan, frozen)
    assert list(part.villages) == sorted(part.villages)


def test_another_seed_gives_another_sample():
    plan, frozen, sample = sampled()
    other = draw_villages(plan, frozen, campaign_seed=SEED + "!")
    assert set(other["village_code"]) != set(sample["village_code"])


def test_srswor_takes_the_smallest_tickets_and_waves_move_on():
    changes = ["stage1.method=srswor", "strata.by=['county']", "stage1.villages=12"]
    _, frozen, first = sampled(*changes)
    seed = tickets.stage1_seed(tickets.county_seed(SEED, "420528"))
    ranked = [code for code, _ in tickets.rank(seed, frozen["village_code"])]
    assert first["village_code"].to_list() == ranked[:14]
    assert set(first["pi1"]) == {12 / 60}
    _, _, second = sampled(*changes, "wave=2")
    assert second["village_code"].to_list() == ranked[3:17]
    assert set(second["wave"]) == {2}


def test_households_are_the_smallest_tickets_of_the_village_seed():
    plan, frozen, sample = sampled()
    register = household_frame(frozen)
    drawn = draw_registered(plan, sample, register, campaign_seed=SEED)
    village = sample.row(0, named=True)
    county = tickets.county_seed(SEED, "420528")
    seed = tickets.village_seed(county, village["village_code"])
    ids = register.filter(
        pl.col("village_code") == village["village_code"], pl.col("household_class") == "E"
    )["household_id"]
    expected, reserve = tickets.draw_units(seed, ids, 16, reserve=4)
    cell = drawn.filter(pl.col("psu") == village["village_code"], pl.col("household_class") == "E")
    assert cell.filter(~pl.col("is_reserve"))["unit_id"].to_list() == expected
    assert cell.filter("is_reserve")["unit_id"].to_list() == reserve
    assert cell["order"].to_list() == list(range(1, 21))
    for row in cell.iter_rows(named=True):
        assert row["pi2"] == 16 / len(ids)
        assert row["inclusion_prob"] == village["pi1"] * row["pi2"]
        assert row["base_weight"] == 1 / row["inclusion_prob"]
        assert row["ticket"] == tickets.ticket(seed, row["unit_id"]).hex()
        assert row["stratum"] == village["stratum"]


def test_small_cells_are_taken_whole_and_empty_ones_are_absent():
    plan, frozen, sample = sampled("stage2.p=4")
    drawn = draw_registered(plan, sample, household_frame(frozen), campaign_seed=SEED)
    counts = dict(frozen.select("village_code", "households_p").iter_rows())
    for code in sample["village_code"]:
        cell = drawn.filter(pl.col("psu") == code, pl.col("household_class") == "P")
        assert cell.height == counts[code]
        assert cell.filter(~pl.col("is_reserve")).height == min(4, counts[code])
        if 0 < counts[code] <= 4:
            assert set(cell["pi2"]) == {1.0}


def test_take_all_and_take_all_below():
    plan, frozen, sample = sampled("stage2.p=all", "stage2.take_all_below=40", "stage2.reserve=0")
    drawn = draw_registered(plan, sample, household_frame(frozen), campaign_seed=SEED)
    counts = dict(frozen.select("village_code", "households_e").iter_rows())
    taken = dict(drawn.filter(household_class="E").group_by("psu").len().iter_rows())
    assert taken == {
        code: counts[code] if counts[code] < 40 else 16 for code in sample["village_code"]
    }
    assert set(drawn.filter(household_class="P")["pi2"]) == {1.0}


def test_a_class_that_is_not_taken_is_absent():
    plan, frozen, sample = sampled("stage2.p=0")
    drawn = draw_registered(plan, sample, household_frame(frozen), campaign_seed=SEED)
    assert set(drawn["household_class"]) == {"E"}


def test_a_roster_is_drawn_as_on_the_phone():
    plan, _, sample = sampled()
    village = sample.row(0, named=True)
    seed = tickets.village_seed(tickets.county_seed(SEED, "420528"), village["village_code"])
    listed = roster(village["village_code"], 60, registered=5)
    drawn = draw_roster(plan, village, listed, village_seed=seed)
    ids = listed.filter(household_class="N")["unit_id"]
    expected, reserve = tickets.draw_units(seed, ids, 16, 4)
    assert drawn["unit_id"].to_list() == expected + reserve
    assert set(drawn["household_class"]) == {"N"}
    assert set(drawn["pi2"]) == {16 / 60}
    assert set(drawn["psu"]) == {village["village_code"]}


def test_a_roster_may_be_drawn_in_another_number():
    plan, _, sample = sampled()
    village = sample.row(0, named=True)
    listed = roster(village["village_code"], 60)
    drawn = draw_roster(plan, village, listed, village_seed="seed", take=20)
    assert drawn.filter(~pl.col("is_reserve")).height == 20
    assert set(drawn["pi2"]) == {20 / 60}
    nobody = draw_roster(plan, village, listed.clear(), village_seed="seed")
    assert nobody.is_empty()
    assert nobody.columns == drawn.columns


def test_rosters_that_cannot_be_drawn_are_refused():
    plan, _, sample = sampled()
    village = sample.row(0, named=True)
    listed = roster(village["village_code"])
    refusals = {
        "draw.roster_village": roster("420528999200"),
        "draw.class": listed.with_columns(household_class=pl.lit("X")),
        "draw.column_missing": listed.drop("persons"),
        "draw.unit_id": pl.concat([listed, listed]),
    }
    for code, given in refusals.items():
        with pytest.raises(DrawError) as refused:
            draw_roster(plan, village, given, village_seed="seed")
        assert refused.value.code == code
    decomposed = listed.with_columns(unit_id=pl.col("unit_id") + "e\u0301")
    with pytest.raises(DrawError, match="NFC"):
        draw_roster(plan, village, decomposed, village_seed="seed")


def test_a_register_with_an_id_twice_is_refused():
    plan, frozen, sample = sampled()
    register = household_frame(frozen)
    with pytest.raises(DrawError, match="twice"):
        draw_registered(plan, sample, pl.concat([register, register]), campaign_seed=SEED)


def test_waves_start_again_at_the_end_of_a_cell():
    places = window(20, 16, reserve=4, rotation=0.3333, wave=3)
    assert places.sample == range(12, 28)
    sample, reserve = places.of(list(range(1, 21)))
    assert sample == [13, 14, 15, 16, 17, 18, 19, 20, 1, 2, 3, 4, 5, 6, 7, 8]
    assert reserve == [9, 10, 11, 12]


def test_nobody_is_visited_in_more_than_three_waves():
    visits = [0] * 400
    for wave in range(1, 20):
        for place in window(400, 16, reserve=0, rotation=0.3333, wave=wave).sample:
            visits[place] += 1
    assert max(visits) == 3


def test_a_cell_taken_whole_has_no_reserve_in_any_wave():
    for wave in (1, 2, 3):
        sample, reserve = window(10, 10, reserve=4, rotation=0.3333, wave=wave).of(range(10))
        assert sorted(sample) == list(range(10))
        assert reserve == []


def test_household_waves_overlap_by_two_thirds():
    first = draw_registered(*_wave(1), campaign_seed=SEED).filter(household_class="E")
    second = draw_registered(*_wave(2), campaign_seed=SEED).filter(household_class="E")
    both = set(first.filter(~pl.col("is_reserve"))["unit_id"]) & set(
        second.filter(~pl.col("is_reserve"))["unit_id"]
    )
    assert len(both) == 10
    assert set(second["wave"]) == {2}


def _wave(wave):
    plan, frozen, sample = sampled()
    large = frozen.sort("households_e").tail(1)["village_code"][0]
    row = sample.head(1).with_columns(village_code=pl.lit(large))
    return plan.override([f"wave={wave}"]), row, household_frame(frozen)
