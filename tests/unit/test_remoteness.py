"""Remoteness: indices, classes, merged strata, and gaps that are named."""

import numpy as np
import polars as pl
import pytest
from frames import village_frame

from sampling.errors import PlanError
from sampling.plan import Plan
from sampling.remoteness import dalenius_hodges, freeze, merge_small, pca_index, rank_index


def test_three_classes_rise_with_distance():
    frozen = freeze(Plan(), village_frame(60))
    means = (
        frozen.villages.group_by("remoteness_class")
        .agg(pl.col("km_to_seat").mean())
        .sort("remoteness_class")
    )
    assert means["remoteness_class"].to_list() == [1, 2, 3]
    assert means["km_to_seat"].is_sorted()
    assert set(frozen.villages["stratum"]) == {"420528-1", "420528-2", "420528-3"}


def test_the_plan_comes_back_with_counties_and_weights_spelled_out():
    frozen = freeze(Plan(), village_frame())
    assert frozen.plan.counties == ("420528",)
    assert frozen.plan.remoteness.weights == {"elevation_m": 0.5, "km_to_seat": 1.0}


def test_row_order_changes_nothing():
    villages = village_frame(60)
    shuffled = villages.sample(fraction=1, shuffle=True, seed=3)
    assert freeze(Plan(), shuffled).villages.equals(freeze(Plan(), villages).villages)


def test_rank_index_averages_ties_and_turns_negative_weights_round():
    covariates = {"km": np.array([1.0, 2.0, 2.0, 9.0]), "income": np.array([4.0, 3.0, 2.0, 1.0])}
    index = rank_index(covariates, {"km": 3.0, "income": -1.0})
    by_hand = [
        0.75 * km + 0.25 * (1 - income)
        for km, income in zip((0.125, 0.5, 0.5, 0.875), (0.875, 0.625, 0.375, 0.125), strict=True)
    ]
    assert index.tolist() == pytest.approx(by_hand)


def test_pca_loads_distance_positively_whatever_the_other_covariates():
    km = np.linspace(1, 50, 30)
    index = pca_index({"km_to_seat": km, "income": 9_000 - 100 * km})
    assert np.all(np.diff(index) > 0)
    assert pca_index({"km_to_seat": np.full(4, 7.0)}).tolist() == [0, 0, 0, 0]


def test_pca_needs_the_distance():
    with pytest.raises(PlanError) as refused:
        pca_index({"elevation_m": np.arange(5.0)})
    assert refused.value.code == "remoteness.no_distance"


def test_pca_as_the_method_of_a_plan():
    plan = Plan().override(["remoteness.method=pca"])
    frozen = freeze(plan, village_frame(60))
    assert frozen.villages.select(pl.corr("remoteness", "km_to_seat")).item() > 0.9


def test_classes_share_the_root_frequency_of_households():
    """Cochran (1977), section 5A.7: with equal numbers of households the classes have equal width;
    where households crowd near the seat, so do the cuts."""
    index = np.linspace(0, 1, 300)
    even = dalenius_hodges(index, np.ones(300), 3)
    assert np.bincount(even)[1:].tolist() == [100, 100, 100]
    crowded = dalenius_hodges(index, np.where(index < 0.2, 100.0, 1.0), 3)
    assert index[crowded == 1].max() < 0.2


def test_boundaries_agree_with_a_published_case():
    """Cumulated roots 10, 30, 40, 50, 60 of five bins and two classes: the cut nearest to 30."""
    index = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    households = np.array([100.0, 400.0, 100.0, 100.0, 100.0])
    assert dalenius_hodges(index, households, 2).tolist() == [1, 1, 2, 2, 2]


def test_fewer_distinct_values_than_classes_are_said_so():
    villages = village_frame(20).with_columns(
        pl.Series("km_to_seat", [5.0] * 10 + [50.0] * 10), elevation_m=pl.lit(100.0)
    )
    frozen = freeze(Plan(), villages)
    assert frozen.villages["remoteness_class"].max() == 2
    assert any("2 remoteness classes instead of 3" in note for note in frozen.notes)


def test_all_villages_alike_make_one_stratum():
    villages = village_frame(12).with_columns(km_to_seat=pl.lit(7.0), elevation_m=pl.lit(100.0))
    assert set(freeze(Plan(), villages).villages["stratum"]) == {"420528-1"}


def test_given_cuts_replace_the_classes():
    plan = Plan().override(["remoteness.cuts=[0.25, 0.5]", "strata.minimum_villages=1"])
    frozen = freeze(plan, village_frame(40))
    near = frozen.villages.filter(pl.col("remoteness_class") == 1)
    assert near["remoteness"].max() <= 0.25
    assert frozen.villages["remoteness_class"].max() == 3


def test_small_classes_join_the_next_nearer_one():
    classes, steps = merge_small(np.array([1] * 5 + [2] * 5 + [3] * 2), 4)
    assert classes.tolist() == [1] * 5 + [2] * 7
    assert steps == [(3, 2, 2)]


def test_a_small_nearest_class_joins_the_next_remoter_one():
    classes, steps = merge_small(np.array([1] * 2 + [2] * 5 + [3] * 5), 4)
    assert classes.tolist() == [1] * 7 + [2] * 5
    assert steps == [(1, 2, 2)]


def test_classes_that_are_all_small_end_as_one():
    classes, steps = merge_small(np.array([1, 2, 3]), 4)
    assert classes.tolist() == [1, 1, 1]
    assert len(steps) == 2


def test_a_merged_stratum_is_said_so_and_its_class_renumbered():
    plan = Plan().override(["remoteness.cuts=[0.05, 0.5]"])
    frozen = freeze(plan, village_frame(40))
    assert set(frozen.villages["stratum"]) == {"420528-1", "420528-2"}
    assert any("joins class" in note for note in frozen.notes)


def test_a_missing_value_names_the_village():
    villages = village_frame(20).with_columns(
        km_to_seat=pl.when(pl.col("village_code") == "420528101203").then(None).otherwise(7.0)
    )
    with pytest.raises(PlanError, match="420528101203") as refused:
        freeze(Plan(), villages)
    assert refused.value.details["covariate"] == "km_to_seat"


def test_a_county_without_positions_uses_the_fallback_and_says_so():
    known = village_frame(20)
    unknown = (
        village_frame(20, adcode="530828")
        .with_columns(remoteness_fallback=pl.int_range(20).cast(pl.Float64))
        .drop("km_to_seat", "elevation_m")
    )
    frozen = freeze(Plan(), pl.concat([known, unknown], how="diagonal"))
    fallback = [note for note in frozen.notes if "fallback" in note]
    assert len(fallback) == 1
    assert fallback[0].startswith("530828")
    assert frozen.villages["stratum"].null_count() == 0


def test_no_covariate_at_all_is_refused_and_none_is_an_answer():
    villages = village_frame(20).drop("km_to_seat", "elevation_m")
    with pytest.raises(PlanError) as refused:
        freeze(Plan(), villages)
    assert refused.value.code == "remoteness.no_covariate"
    frozen = freeze(Plan().override(["remoteness.method=none"]), villages)
    assert set(frozen.villages["stratum"]) == {"420528-1"}
    assert frozen.villages["remoteness"].null_count() == 20


def test_a_covariate_that_is_text_is_refused():
    with pytest.raises(PlanError) as refused:
        freeze(Plan().override(["remoteness.weights={village_type = 1}"]), village_frame(20))
    assert refused.value.code == "remoteness.not_number"


def test_a_village_without_households_is_outside_the_frame_and_said_so():
    empty = [pl.when(pl.int_range(pl.len()) == 3).then(0).otherwise(pl.col(name)).alias(name)
             for name in ("households_e", "households_p", "households_n")]  # fmt: skip
    frozen = freeze(Plan(), village_frame(30).with_columns(empty))
    outside = frozen.villages.filter(pl.col("stratum").is_null())
    assert outside["village_code"].to_list() == ["420528100203"]
    assert any("420528100203" in note for note in frozen.notes)


def test_a_county_that_is_not_there_or_empty_is_refused():
    with pytest.raises(PlanError) as refused:
        freeze(Plan(counties=("110101",)), village_frame(5))
    assert refused.value.code == "plan.county_unknown"
    nobody = village_frame(5).with_columns(
        pl.lit(0).alias(name) for name in ("households_e", "households_p", "households_n")
    )
    with pytest.raises(PlanError) as refused:
        freeze(Plan(), nobody)
    assert refused.value.code == "plan.county_empty"


def test_villages_without_coordinates_are_said_to_be_walked_by_code():
    assert not [note for note in freeze(Plan(), village_frame(20)).notes if "coordinates" in note]
    (note,) = freeze(Plan(), village_frame(20, points=False)).notes
    assert "20 villages have no coordinates" in note
