"""Base weights with opened reserves, and the handing on of weight in cells."""

from typing import Any

import polars as pl
import pytest

from sampling.errors import EstimationError
from sampling.weights import weigh


def a_household(unit: str, **changes: Any) -> dict[str, Any]:
    return {
        "unit_id": unit,
        "county_adcode": "420528",
        "stratum": "420528-1",
        "psu": "420528001",
        "household_class": "E",
        "is_reserve": False,
        "pi1": 0.5,
        "pi2": 0.1,
        "disposition": "completed",
    } | changes


def a_cell(name: str, sizes: dict[str, int], **changes: Any) -> list[dict[str, Any]]:
    """Households of one stratum and class, so many of each disposition."""
    return [
        a_household(f"{name}-{disposition}-{k}", disposition=disposition, **changes)
        for disposition, count in sizes.items()
        for k in range(count)
    ]


def test_opened_reserves_share_the_cell() -> None:
    # 4 of 40 drawn, one refused, one reserve opened: the cell's five smallest tickets.
    rows = [a_household(f"h{k}") for k in range(3)]
    rows += [a_household("h3", disposition="refused"), a_household("r1", is_reserve=True)]

    weighed = weigh(pl.DataFrame(rows))

    assert weighed["pi2_opened"].to_list() == pytest.approx([5 / 40] * 5)
    assert weighed["base_weight"].to_list() == pytest.approx([16.0] * 5)
    assert weighed["nonresponse_factor"].to_list() == [1.25, 1.25, 1.25, None, 1.25]
    assert weighed["weight"].sum() == pytest.approx(80)


def test_households_that_left_the_population_take_their_weight_with_them() -> None:
    rows = a_cell("a", {"completed": 30, "absent": 5, "moved_out": 3, "dead": 2})

    weighed = weigh(pl.DataFrame(rows))

    assert weighed["weight"].sum() == pytest.approx(35 * 20)
    assert set(weighed.filter(pl.col("outcome") == "out_of_scope")["weight"]) == {0.0}


def test_every_kind_of_missing_interview_is_non_response() -> None:
    kinds = ["refused", "absent", "not_visited", "partial", "not_found"]
    rows = a_cell("a", {"completed": 25} | dict.fromkeys(kinds, 1))

    weighed = weigh(pl.DataFrame(rows))

    assert weighed["weight"].sum() == pytest.approx(30 * 20)
    assert weighed["weight"].max() == pytest.approx(20 * 30 / 25)


def test_a_small_cell_joins_its_smaller_neighbour_of_the_same_class() -> None:
    near = a_cell("n", {"completed": 40}, stratum="420528-1", psu="v1")
    middle = a_cell("m", {"completed": 10, "refused": 10}, stratum="420528-2", psu="v2")
    remote = a_cell("r", {"completed": 25, "refused": 5}, stratum="420528-3", psu="v3")

    weighed = weigh(pl.DataFrame(near + middle + remote))

    cells = dict(weighed.group_by("stratum").agg(pl.col("cell").first()).iter_rows())
    assert cells == {
        "420528-1": "420528-1/E",
        "420528-2": "420528-2+420528-3/E",
        "420528-3": "420528-2+420528-3/E",
    }
    factor = weighed.filter(pl.col("cell") == "420528-2+420528-3/E")["nonresponse_factor"].max()
    assert factor == pytest.approx(50 / 35)


def test_a_class_nobody_answered_for_is_carried_by_the_county() -> None:
    rows = a_cell("e", {"completed": 30}) + a_cell("p", {"refused": 3}, household_class="P")

    weighed = weigh(pl.DataFrame(rows))

    assert weighed["weight"].sum() == pytest.approx(33 * 20)
    assert set(weighed.filter(pl.col("household_class") == "P")["weight"]) == {0.0}


def test_counties_do_not_share_cells() -> None:
    rows = a_cell("a", {"completed": 25, "refused": 5})
    rows += a_cell("b", {"completed": 30}, county_adcode="530828", psu="w")

    weighed = weigh(pl.DataFrame(rows))

    of_county = dict(weighed.group_by("county_adcode").agg(pl.col("weight").sum()).iter_rows())
    assert of_county == pytest.approx({"420528": 600.0, "530828": 600.0})


def test_rows_keep_their_order_and_weighing_twice_changes_nothing() -> None:
    rows = [*a_cell("a", {"refused": 5, "completed": 25}), a_household("r", is_reserve=True)]
    once = weigh(pl.DataFrame(rows))

    assert once["unit_id"].to_list() == [row["unit_id"] for row in rows]
    again = weigh(once)
    assert again["weight"].to_list() == pytest.approx(once["weight"].to_list())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"disposition": "lost"}, "unknown disposition: lost"),
        ({"household_class": "X"}, "unknown class: X"),
        ({"stratum": None}, "household h1 has no stratum"),
        ({"psu": None}, "household h1 has no psu"),
        ({"county_adcode": None}, "household h1 has no county_adcode"),
        ({"pi1": 0.0}, "outside"),
        ({"pi1": float("nan")}, "outside"),
        ({"pi1": None}, "outside"),
        ({"pi2": 1.5}, "outside"),
        ({"unit_id": "h0"}, "more than once"),
        ({"pi2": 0.2}, "pi2 differs"),
    ],
)
def test_what_cannot_be_weighed_is_refused(change: dict[str, Any], message: str) -> None:
    rows = [a_household("h0"), a_household("h1") | change]

    with pytest.raises(EstimationError, match=message):
        weigh(pl.DataFrame(rows))


def test_more_reserves_than_the_village_has_households() -> None:
    rows = [a_household("h0", pi2=0.5)]
    rows += [a_household(f"r{k}", is_reserve=True, pi2=0.5) for k in range(2)]

    with pytest.raises(EstimationError, match="more households opened than there are"):
        weigh(pl.DataFrame(rows))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(EstimationError, match="lack the column pi2"):
        weigh(pl.DataFrame([a_household("h0")]).drop("pi2"))


def test_a_county_without_any_interview_is_refused() -> None:
    with pytest.raises(EstimationError, match="no unit"):
        weigh(pl.DataFrame([a_household("h0", disposition="refused")]))
