"""Strata by village type, k-means classes, and many counties at once."""

import numpy as np
import polars as pl
import pytest
from frames import village_frame

from sampling.classes import cum_root_f_within, dalenius_hodges, merge_small, merge_small_within
from sampling.design import strata
from sampling.errors import PlanError
from sampling.groups import Groups
from sampling.plan import Plan
from sampling.reach import rate_lines
from sampling.remoteness import freeze, kmeans_classes, pca_index, rank_index

BY_TYPE = 'strata.by=["county", "remoteness", "village_type"]'


def typed(counts: dict[str, int], *, n: int = 60) -> pl.DataFrame:
    """A county whose classes cycle through these types, each so often in a row of villages."""
    cycle = [kind for kind, count in counts.items() for _ in range(count)]
    return village_frame(n).with_columns(
        pl.Series("village_type", [cycle[k % len(cycle)] for k in range(n)])
    )


def test_types_split_every_class_and_the_code_says_so():
    frozen = freeze(Plan().override([BY_TYPE]), village_frame(60))

    assert set(frozen.villages["stratum"]) == {
        f"420528-{number}-{kind}" for number in (1, 2, 3) for kind in ("other", "poor")
    }
    assert frozen.villages.filter(
        pl.col("stratum") != pl.format("420528-{}-{}", "remoteness_class", "village_type")
    ).is_empty()
    assert frozen.notes == ()


def test_types_do_not_move_index_or_class():
    plain = freeze(Plan(), village_frame(60)).villages
    by_type = freeze(Plan().override([BY_TYPE]), village_frame(60)).villages

    assert by_type.drop("stratum").equals(plain.drop("stratum"))


def test_types_without_remoteness_keep_one_class():
    frozen = freeze(Plan().override(['strata.by=["county", "village_type"]']), village_frame(20))

    assert set(frozen.villages["stratum"]) == {"420528-1-other", "420528-1-poor"}


def test_a_small_type_joins_the_next_smallest_of_its_class_and_is_said_so():
    villages = typed({"other": 7, "poor": 4, "relocation": 1})
    keys = ['strata.by=["county", "village_type"]', "strata.minimum_villages=6"]

    frozen = freeze(Plan().override(keys), villages)

    assert set(frozen.villages["stratum"]) == {"420528-1-other", "420528-1-poor+relocation"}
    assert frozen.notes == (
        "420528：等级1中 relocation 类仅5个村（少于6），与 poor 类合为一层 | 420528: class 1 has 5 "
        "villages of type relocation, fewer than 6; they make one stratum with type poor",
    )


def test_types_that_are_all_small_make_the_class_one_stratum():
    plan = Plan().override([BY_TYPE, "strata.minimum_villages=20"])
    frozen = freeze(plan, typed({"other": 3, "poor": 2, "relocation": 1}, n=24))

    assert set(frozen.villages["stratum"]) == {"420528-1-other+poor+relocation"}


def test_a_class_of_a_single_type_keeps_its_name_and_no_merging_means_none():
    villages = typed({"poor": 1})
    assert set(freeze(Plan().override([BY_TYPE]), villages).villages["stratum"]) == {
        f"420528-{number}-poor" for number in (1, 2, 3)
    }
    alone = typed({"other": 59, "relocation": 1})
    plan = Plan().override([BY_TYPE, "strata.merge=none"])
    assert "420528-3-relocation" in set(freeze(plan, alone).villages["stratum"])


@pytest.mark.parametrize("value", [None, "", "two words", "poor+other", "poor-1"])
def test_a_type_that_is_not_one_word_names_the_village(value: str | None):
    villages = village_frame(20).with_columns(
        village_type=pl.when(pl.int_range(20) == 7).then(pl.lit(value)).otherwise("village_type")
    )
    with pytest.raises(PlanError) as refused:
        freeze(Plan().override([BY_TYPE]), villages)
    assert refused.value.code == "remoteness.type"
    assert refused.value.details["village_code"] == "420528101202"


def test_a_frame_without_types_is_refused_only_where_they_are_needed():
    villages = village_frame(20).drop("village_type")
    assert freeze(Plan(), villages).villages.height == 20
    with pytest.raises(PlanError, match="village_type"):
        freeze(Plan().override([BY_TYPE]), villages)


def test_the_design_shares_villages_by_class_whatever_the_types():
    plan = Plan().override([BY_TYPE, "stage1.villages=40", "stage1.remote_factor=4"])
    frozen = freeze(plan, typed({"other": 1, "poor": 1}, n=240))

    parts = strata(frozen.plan, frozen.villages)

    assert sum(part.n for part in parts) == 40
    assert {part.code: part.remoteness_class for part in parts} == {
        f"420528-{number}-{kind}": number for number in (1, 2, 3) for kind in ("other", "poor")
    }
    rates = [
        sum(part.n for part in parts if part.remoteness_class == number)
        / sum(sum(part.sizes) for part in parts if part.remoteness_class == number)
        for number in (1, 2, 3)
    ]
    assert rates == sorted(rates)


def test_rates_of_two_types_of_one_class_are_no_warning():
    plan = Plan().override([BY_TYPE, "stage1.villages=60", "stage1.remote_factor=4"])
    frozen = freeze(plan, typed({"other": 1, "poor": 1}, n=240))

    lines = rate_lines(frozen.plan, frozen.villages)

    assert not [line for line in lines if "do not rise" in line]


def test_kmeans_finds_the_groups_that_lie_apart_and_numbers_them_by_remoteness():
    km = np.array([80.0, 3.0, 5.0, 31.0, 78.0, 30.0, 4.0])
    rise = np.array([900.0, 100.0, 110.0, 500.0, 920.0, 480.0, 90.0])
    found = kmeans_classes(
        {"km_to_seat": km, "relief": rise}, {"km_to_seat": 1.0, "relief": 0.5}, np.ones(7), 3
    )
    assert found.tolist() == [3, 1, 1, 2, 3, 2, 1]


def test_kmeans_counts_households_not_villages():
    """Three clumps and two classes: the middle clump goes with whichever side has the people."""
    km = np.repeat([0.0, 5.0, 10.0], 4)
    near_heavy = np.repeat([1_000.0, 400.0, 10.0], 4)
    found = kmeans_classes({"km_to_seat": km}, {"km_to_seat": 1.0}, near_heavy, 2)
    turned = kmeans_classes({"km_to_seat": km}, {"km_to_seat": 1.0}, near_heavy[::-1], 2)
    assert found.tolist() == [1] * 4 + [2] * 8
    assert turned.tolist() == [1] * 8 + [2] * 4


def test_kmeans_as_the_method_of_a_plan_repeats_and_refuses_cuts():
    plan = Plan().override(["remoteness.method=kmeans", "remoteness.classes=4"])
    first = freeze(plan, village_frame(80)).villages
    shuffled = village_frame(80).sample(fraction=1, shuffle=True, seed=5)

    assert freeze(plan, shuffled).villages.equals(first)
    assert first["remoteness_class"].unique().sort().to_list() == [1, 2, 3, 4]
    means = first.group_by("remoteness_class").agg(pl.col("remoteness").mean())
    assert means.sort("remoteness_class")["remoteness"].is_sorted()
    with pytest.raises(PlanError) as refused:
        freeze(plan.override(["remoteness.cuts=[0.5]"]), village_frame(80))
    assert refused.value.code == "remoteness.cuts_of_kmeans"


def test_kmeans_with_fewer_kinds_of_village_than_classes_says_so():
    villages = village_frame(20).with_columns(
        pl.Series("km_to_seat", [5.0] * 10 + [50.0] * 10), elevation_m=pl.lit(100.0)
    )
    frozen = freeze(Plan().override(["remoteness.method=kmeans"]), villages)
    assert frozen.villages["remoteness_class"].max() == 2
    assert any("2 remoteness classes instead of 3" in note for note in frozen.notes)


@pytest.mark.parametrize("method", ["rank", "pca", "kmeans"])
def test_a_county_is_frozen_alike_alone_and_among_others(method: str):
    """Counties of different sizes, one without elevation, are worked on in one pass."""
    counties = {
        "420528": village_frame(37, adcode="420528", seed=1),
        "530828": village_frame(64, adcode="530828", seed=2).drop("elevation_m"),
        "652925": village_frame(9, adcode="652925", seed=3),
    }
    plan = Plan().override(
        [f"remoteness.method={method}", BY_TYPE, "remoteness.weights={km_to_seat=1, elevation_m=1}"]
    )
    together = freeze(plan, pl.concat(counties.values(), how="diagonal"))
    for adcode, villages in counties.items():
        alone = freeze(plan, villages)
        among = together.villages.filter(pl.col("county_adcode") == adcode)
        assert among.select(alone.villages.columns).equals(alone.villages)
        assert [line for line in together.notes if line.startswith(adcode)] == list(alone.notes)


def test_groups_of_one_pass_agree_with_one_group_at_a_time():
    """Hundreds of random counties: index, classes and merged classes, bit for bit."""
    rng = np.random.default_rng(11)
    of_row = np.repeat(np.arange(200), rng.integers(1, 40, 200))
    groups = Groups.of(of_row)
    index = np.round(rng.gamma(2, 1, len(of_row)), 1)
    households = rng.integers(1, 900, len(of_row)).astype(float)

    ranks = groups.mean_ranks(index)
    classes = cum_root_f_within(groups, index, households, 5)
    merged, steps = merge_small_within(groups, classes, 4)

    for group in range(200):
        rows = groups.rows(group)
        alone = {"km": index[rows]}
        assert np.array_equal(
            np.round((ranks[rows] - 0.5) / groups.sizes[group], 12), rank_index(alone, {"km": 1.0})
        )
        assert np.array_equal(classes[rows], dalenius_hodges(index[rows], households[rows], 5))
        one, one_steps = merge_small(classes[rows], 4)
        assert np.array_equal(merged[rows], one)
        assert steps.get(group, []) == one_steps


def test_numbers_that_cannot_be_ranked_are_refused_by_name():
    with pytest.raises(PlanError, match="covariate km"):
        rank_index({"km": np.array([1.0, np.nan])}, {"km": 1.0})
    with pytest.raises(PlanError, match="must be finite"):
        dalenius_hodges(np.array([1.0, np.inf]), np.ones(2), 2)
    with pytest.raises(PlanError, match="at least one"):
        dalenius_hodges(np.array([1.0, 2.0]), np.zeros(2), 2)
    with pytest.raises(PlanError, match="covariate relief"):
        pca_index({"km_to_seat": np.ones(3), "relief": np.array([1.0, np.nan, 2.0])})


def test_a_village_that_stands_twice_or_without_code_is_refused():
    villages = village_frame(10)
    with pytest.raises(PlanError, match="420528100200 stands there twice"):
        freeze(Plan(), pl.concat([villages, villages.head(1)]))
    with pytest.raises(PlanError, match="county_adcode"):
        freeze(Plan(), villages.with_columns(county_adcode=pl.lit(None, pl.String)))


def test_the_first_county_at_fault_is_the_one_named():
    """A gap in the second county does not hide that the first has no covariate at all."""
    first = village_frame(10, adcode="110229").drop("km_to_seat", "elevation_m")
    second = village_frame(10, adcode="420528").with_columns(
        elevation_m=pl.when(pl.int_range(10) > 3).then("elevation_m")
    )
    both = pl.concat([first, second], how="diagonal")
    with pytest.raises(PlanError) as refused:
        freeze(Plan(), both)
    assert (refused.value.code, refused.value.details["adcode"]) == (
        "remoteness.no_covariate",
        "110229",
    )
    with pytest.raises(PlanError) as refused:
        freeze(Plan(counties=("420528",)), both)
    assert refused.value.code == "remoteness.missing"


def test_notes_on_many_counties_are_summed_by_what_they_say():
    counties = [village_frame(8, adcode=f"{110_100 + k}", points=k > 1) for k in range(4)]
    frozen = freeze(Plan(), pl.concat(counties, how="diagonal"))

    no_points = [line for line in frozen.notes if "no coordinates" in line]
    merged = [line for line in frozen.notes if "joins class" in line]
    assert (len(no_points), len(merged) > 4) == (2, True)
    assert len(frozen.summary) == 2
    assert "2 counties have notes of this kind (2 in all), such as 110100: 8" in frozen.summary[0]
    assert f"({len(merged)} in all)" in frozen.summary[1]
