"""Agreement with a second oracle, the Python package svy (0.35), where it estimates as we do.

svy takes the degrees of freedom of a domain from the PSUs of the domain, and its Wilson interval
is another one; only what both define alike is compared. Its samplers are not.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from reference_folder import COPY, table

from sampling.association import association
from sampling.estimate import mean, means, proportion, ratio, total, totals
from sampling.quantiles import quantile
from sampling.resampling import jackknife
from sampling.stages import Design, describe

svy = pytest.importorskip("svy", reason="needs the package svy, an extra for tests")

CLOSE = 1e-9
Sampled = Callable[[], tuple[pl.DataFrame, Design, Any]]


def clustered() -> tuple[pl.DataFrame, Design, Any]:
    """Schools in districts, both stages without replacement."""
    rows = table(COPY / "apiclus2.csv")
    ours = describe(rows["pw"], psu=[rows["dnum"], rows["snum"]], fpc=[rows["fpc1"], rows["fpc2"]])
    counts = svy.PopSize(psu="fpc1", ssu="fpc2")
    theirs = svy.Design(psu="dnum", ssu="snum", wgt="pw", pop_size=counts)
    return rows, ours, svy.Sample(rows, theirs)


def stratified() -> tuple[pl.DataFrame, Design, Any]:
    """Households in villages in strata of remoteness, villages with replacement."""
    rows = table(COPY / "remote_a.csv")
    ours = describe(rows["w"], psu=rows["village"], stratum=rows["stratum"])
    theirs = svy.Design(stratum="stratum", psu="village", wgt="w")
    return rows, ours, svy.Sample(rows, theirs)


def their(table_of_estimates: pl.DataFrame, *columns: str) -> np.ndarray:
    return table_of_estimates.select(columns or ("est", "se", "lci", "uci")).to_numpy()


@pytest.mark.parametrize(
    ("sample", "y", "x"), [(clustered, "api00", "api99"), (stratified, "income", "size")]
)
def test_means_totals_and_ratios(sample: Sampled, y: str, x: str) -> None:
    rows, design, theirs = sample()
    made = theirs.estimation

    found = [mean(design, rows[y]), total(design, rows[y]), ratio(design, rows[y], rows[x])]

    shown = [made.mean(y), made.total(y), made.ratio(y, x)]
    for ours, other in zip(found, shown, strict=True):
        figures = [ours.value, ours.se, ours.low, ours.high]
        assert figures == pytest.approx(their(other.to_polars())[0], rel=CLOSE)
        assert ours.df == other.to_polars()["df"][0]


def test_design_effects() -> None:
    rows, design, theirs = clustered()

    shown = theirs.estimation.mean("api00", deff="wor").to_polars()

    assert mean(design, rows["api00"]).deff == pytest.approx(shown["deff"][0], rel=CLOSE)


@pytest.mark.parametrize("method", ["logit", "korn-graubard"])
@pytest.mark.parametrize(("sample", "y"), [(clustered, "sch01"), (stratified, "wrong_exit")])
def test_shares_and_their_intervals(sample: Sampled, y: str, method: str) -> None:
    rows, design, theirs = sample()

    found = proportion(design, rows[y], method=method)

    shown = theirs.estimation.prop(y, ci_method=method).to_polars().filter(pl.col(y) == 1)
    figures = [found.value, found.se, found.low, found.high]
    assert figures == pytest.approx(their(shown)[0], rel=CLOSE)


@pytest.mark.parametrize(
    ("sample", "y", "domain"), [(clustered, "api00", "stype"), (stratified, "income", "county")]
)
def test_domains_keep_the_whole_design(sample: Sampled, y: str, domain: str) -> None:
    rows, design, theirs = sample()

    for ours, theirs_of in ((means, theirs.estimation.mean), (totals, theirs.estimation.total)):
        found = ours(design, rows[y], domain=rows[domain])
        shown = theirs_of(y, by=domain).to_polars().sort(domain)
        assert list(found) == shown[domain].to_list()
        figures = np.array([[e.value, e.se] for e in found.values()])
        assert figures == pytest.approx(their(shown, "est", "se"), rel=CLOSE)


def test_a_share_in_a_domain_with_the_degrees_of_freedom_of_the_domain() -> None:
    rows, design, theirs = stratified()
    inside = (rows["county"] == "C02").to_numpy()

    found = proportion(design, rows["poor"], where=inside, df="domain")

    shown = theirs.estimation.prop(
        "poor", where=svy.col("county") == "C02", ci_method="korn-graubard"
    ).to_polars()
    figures = [found.value, found.se, found.low, found.high]
    assert figures == pytest.approx(their(shown.filter(pl.col("poor") == 1))[0], rel=CLOSE)


def test_quantiles() -> None:
    rows, design, theirs = stratified()
    probs = (0.1, 0.25, 0.5, 0.75, 0.9)

    found = quantile(design, rows["income"], probs).to_polars()

    shown = theirs.estimation.quantile("income", p=probs).to_polars()
    assert their(found, "value", "se", "low", "high") == pytest.approx(their(shown), rel=CLOSE)


def test_jackknife() -> None:
    rows, design, theirs = stratified()

    found = jackknife(design).ratio(rows["income"], rows["size"])

    sample = theirs.weighting.create_jk_wgts()
    shown = sample.estimation.ratio("income", "size", method="replication").to_polars()
    assert [found.value, found.se] == pytest.approx(their(shown, "est", "se")[0], rel=CLOSE)


def test_independence_of_two_categories() -> None:
    rows, design, theirs = stratified()

    found = association(design, rows["county"], rows["poor"])

    shown = theirs.categorical.tabulate(rowvar="county", colvar="poor").stats.f
    ours = [found.f, found.ndf, found.ddf, found.p]
    assert ours == pytest.approx([shown.value, shown.df_num, shown.df_den, shown.p_value], rel=1e-8)
