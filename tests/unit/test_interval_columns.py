"""Intervals and shares by column are those of one at a time."""

import numpy as np
import pytest

from sampling.errors import EstimationError
from sampling.estimate import proportion, proportions_by
from sampling.interval_columns import reaches, share_intervals
from sampling.intervals import bounds_at, share_interval
from sampling.stages import Design, cells, describe, encode

METHODS = ("korn-graubard", "wilson", "clopper-pearson", "logit", "likelihood", "asin", "mean")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20260201)


def a_design(rng: np.random.Generator) -> tuple[Design, np.ndarray, np.ndarray]:
    """Thirty villages in five counties, three strata each; one in twelve households fails."""
    village = np.repeat(np.arange(30), 8)
    weight = rng.uniform(5, 40, 240)
    design = describe(weight, psu=village, stratum=village // 2, single_psu="adjust")
    return design, rng.random(240) < 1 / 12, village // 6


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("cap", [None, 90.0])
def test_a_column_of_intervals_is_the_intervals_one_by_one(method: str, cap: float | None) -> None:
    p = np.array([0.0, 0.0, 1.0, 0.01, 0.3, 0.02, 0.02, 0.5])
    se = np.array([0.0, 0.0, 0.0, 0.004, 0.05, 0.01, 0.0, 0.1])
    n = np.array([300, 12, 40, 500, 80, 250, 250, 2])
    df = np.array([29, 3, 9, 40, 0, 28, 28, 5])

    found = share_intervals(p, se, n=n, df=df, level=0.9, method=method, cap=cap)

    for at in range(p.size):
        alone = share_interval(
            p[at], se[at], n=int(n[at]), df=int(df[at]), level=0.9, method=method, cap=cap
        )
        together = (found.low[at], found.high[at], found.n_eff[at])
        assert together == pytest.approx((alone.low, alone.high, alone.n_eff), rel=1e-12, abs=1e-12)
        if method in METHODS[:3]:
            assert found.capped[at] == alone.capped


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(EstimationError, match="exact"):
        share_intervals([0.1], [0.01], n=[100], df=[9], level=0.9, method="exact")


@pytest.mark.parametrize("method", ["korn-graubard", "wilson"])
def test_a_bound_is_reached_where_solving_for_it_says_so(method: str) -> None:
    p, n_eff = np.array([0.0, 0.01, 0.02, 1.0]), np.array([120.0, 300.0, 150.5, 80.0])
    high = np.array(
        [bounds_at(q, n, level=0.9, method=method)[1] for q, n in zip(p, n_eff, strict=True)]
    )

    assert reaches(p, n_eff, high - 1e-9, level=0.9, method=method).all()
    assert not reaches(p[:3], n_eff[:3], high[:3] + 1e-9, level=0.9, method=method).any()


@pytest.mark.parametrize("df", ["design", "domain"])
def test_shares_by_domain_are_the_shares_of_each_domain(rng: np.random.Generator, df: str) -> None:
    design, y, county = a_design(rng)

    together = proportions_by(design, y, domain=county, df=df, cap=30.0)  # type: ignore[arg-type]

    for code in range(5):
        alone = proportion(design, y, where=county == code, df=df, cap=30.0)  # type: ignore[arg-type]
        one = together[str(code)]
        assert (one.value, one.se, one.deff, one.df, one.n) == (
            alone.value,
            alone.se,
            alone.deff,
            alone.df,
            alone.n,
        )
        assert (one.low, one.high, one.n_eff) == pytest.approx(
            (alone.low, alone.high, alone.n_eff), rel=1e-12
        )


def test_domains_may_cut_through_villages(rng: np.random.Generator) -> None:
    design, y, _ = a_design(rng)
    group = rng.choice(["young", "old", ""], 240)

    together = proportions_by(design, y, domain=group, method="wilson")

    assert list(together) == ["old", "young"]
    alone = proportion(design, y, where=group == "old", method="wilson")
    assert together["old"].high == pytest.approx(alone.high, rel=1e-12)


def test_a_table_of_domains_reads_like_a_dictionary(rng: np.random.Generator) -> None:
    design, y, county = a_design(rng)

    found = proportions_by(design, y, domain=county)

    assert dict(found) == found.estimates()
    assert found.to_polars()["domain"].to_list() == ["0", "1", "2", "3", "4"]
    assert repr(found).startswith("Figures(5 domains: 0 0.")
    with pytest.raises(KeyError):
        found["5"]


@pytest.mark.parametrize(
    ("y", "message"), [([0.5] * 240, "y must be 0 or 1"), ([np.nan] * 240, "missing or infinite")]
)
def test_what_is_not_a_share_is_refused(
    rng: np.random.Generator, y: list[float], message: str
) -> None:
    design, _, county = a_design(rng)

    with pytest.raises(EstimationError, match=message):
        proportions_by(design, y, domain=county)


@pytest.mark.parametrize("labels", [["b", None, "a"], np.array(["b", None, "a"], dtype=object)])
def test_a_missing_label_is_refused(labels: object) -> None:
    with pytest.raises(EstimationError, match="label of stratum, sampling unit or domain"):
        encode(labels)


@pytest.mark.parametrize("widths", [(40, 3), (3, 40), (40, 40), (3_000, 3_000)])
def test_cells_are_the_pairs_that_occur_in_order(
    rng: np.random.Generator, widths: tuple[int, int]
) -> None:
    first, second = (rng.integers(0, width, 500) for width in widths)
    nested = first % 3

    for pair in ((first, second), (first, nested), (nested, first)):
        number, major, minor = cells(*pair)

        assert list(zip(major.tolist(), minor.tolist(), strict=True)) == sorted(
            set(zip(pair[0].tolist(), pair[1].tolist(), strict=True))
        )
        assert (major[number] == pair[0]).all()
        assert (minor[number] == pair[1]).all()


def test_without_degrees_of_freedom_no_cap_makes_up_for_them() -> None:
    for p, se in ((0.016, 0.0), (0.0, 0.0), (0.016, 0.01)):
        alone = share_interval(p, se, n=448, df=0, level=0.9, cap=227.0)
        columns = share_intervals([p], [se], n=448, df=0, level=0.9, cap=227.0)
        assert (alone.low, alone.high, alone.n_eff) == (0.0, 1.0, 0.0)
        assert (columns.low[0], columns.high[0], columns.n_eff[0]) == (0.0, 1.0, 0.0)
