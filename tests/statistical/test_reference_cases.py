"""Agreement with R.

Provenance: R 4.2.2, package survey 4.1-1 (Debian r-cran-survey), calls svymean, svytotal,
svyratio, svyby and svyciprop on the designs that each case states; standard errors of totals
under lonely.psu = "adjust" are those of survey 4.5. Tolerances: 1e-8 relative for estimates,
standard errors and covariances; 1e-6 absolute for the intervals of shares, 1e-4 for the profile
likelihood. R's `logit` and `likelihood` take their estimate from a logistic model that stops a few
1e-9 early, hence 1e-7 there.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from sampling.errors import EstimationError
from sampling.estimate import (
    Estimate,
    mean,
    means,
    proportion,
    proportions,
    ratio,
    ratios,
    total,
    totals,
)
from sampling.stages import Design, describe
from sampling.variance import covariance

HERE = Path(__file__).parent / "reference"
CASES = json.loads((HERE / "cases.json").read_text("utf-8"))["cases"]
METHODS = {"beta": "korn-graubard", "xlogit": "logit"}
CLOSE = 1e-8


def cases(*stats: str) -> Any:
    chosen = [case for case in CASES if case["analysis"]["stat"] in stats]
    return pytest.mark.parametrize("case", chosen, ids=[case["id"] for case in chosen])


@cache
def table(name: str) -> pl.DataFrame:
    return pl.read_csv(HERE / name)


def listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def the_design(case: dict[str, Any]) -> Design:
    rows, said = table(case["csv"]), case["design"]
    ids, fpc = listed(said["ids"]), listed(said["fpc"])
    return describe(
        rows[said["weights"]],
        psu=[rows[name] for name in ids] or None,
        stratum=rows[said["strata"]] if said["strata"] else None,
        fpc=[rows[name] for name in fpc] or None,
        single_psu={"fail": "refuse", "remove": "certainty"}.get(
            said.get("lonely_psu", "fail"), said.get("lonely_psu", "fail")
        ),
    )


def column(case: dict[str, Any], name: str) -> Any:
    return table(case["csv"])[name].to_numpy().astype(float)


def groups(case: dict[str, Any]) -> list[str]:
    keys = [
        table(case["csv"])[name].cast(pl.String).to_list()
        for name in listed(case["analysis"]["domain"])
    ]
    return ["/".join(parts) for parts in zip(*keys, strict=True)]


def group_labels(domain: dict[str, Any]) -> list[str]:
    return ["/".join(map(str, parts)) for parts in zip(*map(listed, domain.values()), strict=True)]


def agrees(found: list[Estimate], expected: dict[str, Any], *, level: float = 0.95) -> None:
    assert [e.value for e in found] == pytest.approx(listed(expected["estimate"]), rel=CLOSE)
    assert [e.se for e in found] == pytest.approx(listed(expected["se"]), rel=CLOSE, abs=1e-12)
    if "df" in expected:
        assert {e.df for e in found} == {expected["df"]}
    if "ci_t" in expected:
        ends = np.array([[e.low, e.high] for e in found])
        assert ends == pytest.approx(np.array(expected["ci_t"]).reshape(-1, 2), rel=CLOSE)
    if "deff_srswor" in expected:
        theirs = listed(expected["deff_srswor"])
        assert [e.deff for e in found] == pytest.approx(theirs, rel=CLOSE)


@cases("design")
def test_degrees_of_freedom(case: dict[str, Any]) -> None:
    made = the_design(case)

    assert made.df() == case["expect"]["df"]
    assert made.rows == case["expect"]["n"]
    assert made.weight.sum() == pytest.approx(case["expect"]["sum_weights"], rel=CLOSE)


@cases("mean", "total")
def test_means_and_totals(case: dict[str, Any]) -> None:
    made, expected = the_design(case), case["expect"]
    names = listed(case["analysis"]["variables"])
    if expected.get("error"):
        with pytest.raises(EstimationError, match="single primary sampling unit"):
            mean(made, column(case, names[0]))
        return
    statistic = mean if case["analysis"]["stat"] == "mean" else total

    found = [statistic(made, column(case, name)) for name in names]

    agrees(found, expected)
    values = np.column_stack([column(case, name) for name in names])
    weights = made.weight
    if case["analysis"]["stat"] == "mean":
        values, weights = values - [e.value for e in found], weights / weights.sum()
    theirs = np.array(expected["vcov"])
    assert covariance(made, weights[:, None] * values) == pytest.approx(
        theirs, rel=CLOSE, abs=1e-9 * float(np.abs(theirs).max())
    )


@cases("mean and total")
def test_strata_of_one_psu(case: dict[str, Any]) -> None:
    made, names = the_design(case), case["analysis"]["variables"]

    agrees([mean(made, column(case, name)) for name in names], case["expect"]["mean"])
    agrees([total(made, column(case, name)) for name in names], case["expect"]["total"])


@cases("ratio")
def test_ratios(case: dict[str, Any]) -> None:
    said = case["analysis"]

    found = ratio(
        the_design(case), column(case, said["numerator"]), column(case, said["denominator"])
    )

    agrees([found], case["expect"])


@cases("proportions of the levels of a category", "totals of the levels of a category")
def test_levels_of_a_category(case: dict[str, Any]) -> None:
    made, name = the_design(case), listed(case["analysis"]["variables"])[0]
    values = table(case["csv"])[name].cast(pl.String)

    if case["analysis"]["stat"].startswith("proportions"):
        shares = proportions(made, values)
    else:
        levels = values.unique().sort().to_list()
        shares = {level: total(made, (values == level).to_numpy()) for level in levels}

    assert [name + level for level in shares] == case["expect"]["names"]
    agrees(list(shares.values()), case["expect"])


@cases("domain mean", "domain total", "domain ratio")
def test_domains(case: dict[str, Any]) -> None:
    made, said, expected = the_design(case), case["analysis"], case["expect"]
    labels = groups(case)

    if said["stat"] == "domain ratio":
        above, below = column(case, said["numerator"]), column(case, said["denominator"])
        found = ratios(made, above, below, domain=labels)
    else:
        many = means if said["stat"] == "domain mean" else totals
        found = many(made, column(case, said["variable"]), domain=labels)

    agrees([found[label] for label in group_labels(expected["domain"])], expected)


@cases("proportion_ci")
def test_intervals_of_a_share(case: dict[str, Any]) -> None:
    made, y = the_design(case), column(case, case["analysis"]["variable"])

    for expected in case["expect"]["results"]:
        method = METHODS.get(expected["method"], expected["method"])
        found = proportion(made, y, method=method, level=expected["level"])
        close = 1e-4 if method == "likelihood" else 1e-6
        assert found.value == pytest.approx(expected["estimate"], abs=1e-7)
        if expected.get("ci") is not None:
            assert [found.low, found.high] == pytest.approx(expected["ci"], abs=close), expected


@cases("domain proportion_ci")
def test_intervals_of_a_share_in_a_domain(case: dict[str, Any]) -> None:
    made, said = the_design(case), case["analysis"]
    y, labels = column(case, said["variable"]), np.array(groups(case))
    method = METHODS.get(said["method"], said["method"])

    for expected in case["expect"]["results"]:
        label = "/".join(map(str, expected["domain"].values()))
        by_domain, by_design = (
            proportion(made, y, where=labels == label, method=method, level=said["level"], df=df)
            for df in ("domain", "design")
        )
        assert by_domain.n == expected["n"]
        assert by_domain.df == expected["domain_df"]
        if expected.get("degenerate"):
            assert by_domain.high - by_domain.low > 0
            continue
        assert by_domain.value == pytest.approx(expected["estimate"], abs=1e-7)
        assert by_domain.se == pytest.approx(expected["se"], rel=1e-6)
        ends = [by_domain.low, by_domain.high]
        assert ends == pytest.approx(expected["ci_domain_df"], abs=1e-6)
        if method != "korn-graubard":  # R takes the domain's df for `beta` whatever is asked
            ends = [by_design.low, by_design.high]
            assert ends == pytest.approx(expected["ci_design_df"], abs=1e-6)
