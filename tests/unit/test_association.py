"""Rao–Scott: independence of two categories under a design."""

import math

import numpy as np
import polars as pl
import pytest

from sampling.association import association
from sampling.errors import EstimationError
from sampling.stages import describe


def test_without_clusters_the_test_is_nearly_pearsons() -> None:
    """Equal weights, independent rows: F * ndf is X^2 times (n - 1)/n."""
    rows = ["a"] * 40 + ["b"] * 60
    columns = ["u"] * 10 + ["v"] * 30 + ["u"] * 30 + ["v"] * 30
    table = np.array([[10, 30], [30, 30]])
    expected = table.sum(1)[:, None] * table.sum(0) / 100
    pearson = float(((table - expected) ** 2 / expected).sum())

    found = association(describe(np.ones(100)), rows, columns)

    # the variance is estimated in the observed table, Pearson's is that under independence
    assert found.f * found.ndf == pytest.approx(pearson, rel=0.15)
    assert found.ndf == pytest.approx(1.0)
    assert found.ddf == pytest.approx(99.0)
    assert found.shares.tolist() == [[0.1, 0.3], [0.3, 0.3]]


def test_clusters_that_repeat_each_answer_do_not_pass_for_evidence() -> None:
    rows, columns = list("aabbabab") * 3, list("uvvvuuvv") * 3
    apart = describe(np.ones(24))
    together = describe(np.ones(24), psu=list(range(8)) * 3)

    assert association(together, rows, columns).p > association(apart, rows, columns).p
    assert association(together, rows, columns).f < association(apart, rows, columns).f


def test_rows_and_columns_may_change_places() -> None:
    rng = np.random.default_rng(4)
    rows, columns = rng.integers(0, 3, 90), rng.integers(0, 4, 90)
    design = describe(rng.uniform(1, 3, 90), psu=np.repeat(np.arange(30), 3))

    one, other = association(design, rows, columns), association(design, columns, rows)

    assert (one.f, one.ndf, one.ddf) == pytest.approx((other.f, other.ndf, other.ddf))
    assert one.to_polars().height == 12


def test_rows_without_weight_may_lack_labels() -> None:
    labels = pl.Series(["a", "b", "a", "b", "a", None])
    design = describe([1.0] * 5 + [0.0])

    assert association(design, labels, list("uvvuuv")).rows == ("a", "b")


@pytest.mark.parametrize("missing", [None, math.nan])
def test_missing_labels_are_refused(missing: float | None) -> None:
    with pytest.raises(EstimationError, match="rows has missing values"):
        association(describe(np.ones(4)), pl.Series([1.0, 2.0, missing, 1.0]), list("uvuv"))


def test_labels_of_several_types_are_compared_as_text() -> None:
    design = describe(np.ones(8))

    found = association(design, ["a", 1] * 4, list("uvvuuvuv"))

    assert found.rows == ("1", "a")


def test_a_single_level_is_refused() -> None:
    with pytest.raises(EstimationError, match="columns takes a single value"):
        association(describe(np.ones(4)), list("abab"), list("uuuu"))


def test_a_design_without_freedom_is_refused() -> None:
    design = describe(np.ones(4), psu=[1, 1, 1, 1], single_psu="certainty")

    with pytest.raises(EstimationError, match="no degrees of freedom"):
        association(design, list("abab"), list("uuvv"))


def test_a_table_of_too_many_empty_cells_is_refused() -> None:
    with pytest.raises(EstimationError, match="too many cells are empty"):
        association(describe(np.ones(9)), list("aaabbbccc"), list("uuuvvvwww"))
