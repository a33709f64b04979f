"""Checks of estimates against R survey: means, totals, shares, domains, quantiles, tests."""

from typing import Any

import numpy as np
import pytest
from reference_folder import Case, Expected, crossed, design_of, listed

from sampling.association import association
from sampling.errors import EstimationError
from sampling.estimate import (
    LEVEL,
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
from sampling.intervals import critical
from sampling.quantiles import quantile
from sampling.stages import Design, Floats
from sampling.variance import covariance

CLOSE = 1e-8
# R's `logit` and `likelihood` take the share from a logistic model that stops a few 1e-9 early.
SHARE = 1e-7
INTERVAL = 1e-6
POINT = 1e-8
METHODS = {"beta": "korn-graubard", "xlogit": "logit"}


def agrees(found: list[Estimate], expected: Expected, close: float = CLOSE) -> None:
    """Estimates, standard errors and both intervals."""
    values, errors = np.array([e.value for e in found]), np.array([e.se for e in found])
    assert values == pytest.approx(np.array(listed(expected["estimate"])), rel=close)
    theirs = np.array(listed(expected["se"]))
    assert errors == pytest.approx(theirs, rel=close, abs=1e-13 * np.abs(values).max())
    if "df" in expected:
        assert {e.df for e in found} == {expected["df"]}
    if "ci_t" in expected:
        ends = np.array([[e.low, e.high] for e in found])
        assert ends == pytest.approx(_pairs(expected["ci_t"]), rel=close, abs=1e-13)
    if "ci_normal" in expected:
        reach = critical(expected.get("level", 0.95), np.inf) * errors
        ends = np.column_stack([values - reach, values + reach])
        assert ends == pytest.approx(_pairs(expected["ci_normal"]), rel=close, abs=1e-13)


def varies(vcov: Floats, expected: Expected, close: float = CLOSE) -> None:
    """A covariance matrix; entries that vanish do so next to the largest one, all of them (as of
    shares that the design knows) next to the square of the estimates."""
    theirs = np.array(expected["vcov"], dtype=float).reshape(vcov.shape)
    rounding = (1e-13 * np.abs(np.array(listed(expected["estimate"]), dtype=float)).max()) ** 2
    vanishing = max(close / 10 * np.abs(theirs).max(), rounding)
    assert vcov == pytest.approx(theirs, rel=close, abs=vanishing)


def design(case: Case) -> None:
    made, expected = design_of(case), case.expect

    assert made.df() == expected["df"]
    assert made.rows == expected["n"]
    assert made.weight.sum() == pytest.approx(expected["sum_weights"], rel=CLOSE)


def mean_or_total(case: Case) -> None:
    made = design_of(case)
    names = listed(case.said["variables"])
    if case.expect.get("error"):
        with pytest.raises(EstimationError, match="single primary sampling unit"):
            mean(made, case.column(names[0]))
        return
    moments(case, made, case.kind, case.expect)


def mean_and_total(case: Case) -> None:
    made = design_of(case)

    assert made.df() == case.expect["df"]
    for statistic in ("mean", "total"):
        moments(case, made, statistic, case.expect[statistic])


def moments(
    case: Case, made: Design, statistic: str, expected: Expected, close: float = CLOSE
) -> None:
    """Means or totals of the variables of a case, their joint covariance, design effects."""
    names = listed(case.said["variables"])
    assert names == listed(expected["names"])
    level = expected.get("level", 0.95)
    columns = {name: case.column(name) for name in names}
    one = mean if statistic == "mean" else total

    found = [one(made, column, level=level) for column in columns.values()]

    agrees(found, expected, close)
    _design_effects(made, found, expected)
    values = np.column_stack(list(columns.values()))
    varies(_joint(made, statistic, values, found), expected, close)


def levels_of_a_category(case: Case) -> None:
    made, expected = design_of(case), case.expect
    [name] = listed(case.said["variables"])
    labels = np.array(case.labels(name))
    statistic = "mean" if case.kind.startswith("proportions") else "total"

    if statistic == "mean":
        found = proportions(made, labels.tolist())
    else:
        found = {level: total(made, labels == level) for level in np.unique(labels).tolist()}

    assert sorted(name + level for level in found) == sorted(expected["names"])
    ordered = [label.removeprefix(name) for label in expected["names"]]
    estimates = [found[level] for level in ordered]
    agrees(estimates, expected)
    _design_effects(made, estimates, expected)
    inside = np.column_stack([labels == level for level in ordered]).astype(float)
    varies(_joint(made, statistic, inside, estimates), expected)


def ratio_of_two(case: Case) -> None:
    said, level = case.said, case.expect.get("level", 0.95)
    above, below = case.column(said["numerator"]), case.column(said["denominator"])

    agrees([ratio(design_of(case), above, below, level=level)], case.expect)


def domains(case: Case) -> None:
    made, said, expected = design_of(case), case.said, case.expect
    labels = crossed(case, said["domain"])

    if case.kind == "domain ratio":
        above, below = case.column(said["numerator"]), case.column(said["denominator"])
        found = ratios(made, above, below, domain=labels)
    else:
        many = means if case.kind == "domain mean" else totals
        found = many(made, case.column(said["variable"]), domain=labels)

    key = expected["domain"]
    parts = [listed(key[name]) for name in listed(said["domain"])]
    order = ["/".join(map(str, part)) for part in zip(*parts, strict=True)]
    assert sorted(order) == sorted(found)
    agrees([found[label] for label in order], expected)


def interval_of_a_share(case: Case) -> None:
    made, y = design_of(case), case.column(case.said["variable"])

    results, methods = listed(case.expect["results"]), listed(case.said.get("methods"))
    assert made.df() == case.expect["df"]
    assert results
    for k, expected in enumerate(results):
        # Where R stopped with an error the method is known by its place alone.
        name = expected.get("method") or methods[k % len(methods)]
        method = METHODS.get(name, name)
        found = proportion(made, y, method=method, level=expected.get("level", LEVEL))
        share_agrees(found, expected, method=method)


def share_agrees(found: Estimate, expected: Expected, *, method: str) -> None:
    """A share with its interval; of a degenerate one only that it claims no certainty."""
    ends = expected.get("ci")
    estimate, se = expected.get("estimate"), expected.get("se")
    refused = [key for key in ("degenerate", "error") if expected.get(key)]
    if refused or not _usable(estimate, ends):
        assert found.low < found.high
        return
    assert found.value == pytest.approx(estimate, abs=SHARE)
    if se is not None:
        assert found.se == pytest.approx(se, rel=SHARE)
    close = 1e-4 if method == "likelihood" else INTERVAL
    if ends[1] - ends[0] < POINT:  # R takes units that all agree for certainty; we need not
        assert found.low <= ends[0] + close
        assert found.high >= ends[1] - close
        return
    assert [found.low, found.high] == pytest.approx(ends, abs=close), method


def interval_of_a_share_in_a_domain(case: Case) -> None:
    made, said = design_of(case), case.said
    y, labels = case.column(said["variable"]), np.array(crossed(case, said["domain"]))
    method = METHODS.get(said["method"], said["method"])

    results = listed(case.expect["results"])
    assert made.df() == case.expect["design_df"]
    assert results
    for expected in results:
        key = expected["domain"]
        inside = labels == "/".join(str(key[name]) for name in listed(said["domain"]))
        by_domain, by_design = (
            proportion(made, y, where=inside, method=method, level=said["level"], df=df)
            for df in ("domain", "design")
        )
        assert by_domain.n == expected["n"]
        assert by_domain.df == expected["domain_df"]
        ends = {"domain": expected.get("ci_domain_df"), "design": expected.get("ci_design_df")}
        figures = {key: expected.get(key) for key in ("estimate", "se", "degenerate")}
        share_agrees(by_domain, Expected(figures | {"ci": ends["domain"]}), method=method)
        if method == "korn-graubard":  # R takes the domain's df for `beta` whatever is asked
            assert listed(ends["design"]) == listed(ends["domain"])
        else:
            share_agrees(by_design, Expected(figures | {"ci": ends["design"]}), method=method)


def quantiles(case: Case) -> None:
    said, expected = case.said, case.expect
    probs = listed(said["probs"])

    found = quantile(design_of(case), case.column(said["variable"]), probs)

    for p, estimate, theirs in zip(probs, found, listed(expected["estimate"]), strict=True):
        assert theirs in [pytest.approx(value, rel=CLOSE) for value in _as_r(case, p, estimate)]
    largest = case.column(said["variable"]).max()
    for side, key in (("low", "ci_l"), ("high", "ci_u")):
        ours = np.array([getattr(e, side) for e in found])
        theirs = np.array(listed(expected[key]), dtype=float)
        # R gives nothing where the sample does not bound a quantile, and the largest value where
        # the share of those up to it is a certain 1; ours is infinite in both cases.
        known = np.isfinite(ours)
        assert (np.isnan(theirs[~known]) | (theirs[~known] == largest)).all()
        assert ours[known] == pytest.approx(theirs[known], rel=CLOSE)
    theirs = np.array(listed(expected["se"]), dtype=float)
    errors = np.array([e.se for e in found])
    known = np.isfinite(errors)
    assert errors[known] == pytest.approx(theirs[known], rel=CLOSE)


def rao_scott(case: Case) -> None:
    rows, columns = (case.labels(name) for name in case.said["variables"])

    found = association(design_of(case), rows, columns)

    assert found.f == pytest.approx(case.expect["F"], rel=CLOSE)
    assert found.ndf == pytest.approx(case.expect["ndf"], rel=CLOSE)
    assert found.ddf == pytest.approx(case.expect["ddf"], rel=CLOSE)
    assert found.p == pytest.approx(case.expect["p"], rel=CLOSE, abs=1e-15)


def _design_effects(made: Design, found: list[Estimate], expected: Expected) -> None:
    ours = np.array([e.deff for e in found])
    if "deff_srswor" in expected:
        _known_agree(ours, listed(expected["deff_srswor"]))
    if "deff_srswr" in expected:
        drawn = float((made.weight > 0).sum() / made.weight.sum())
        _known_agree(ours * (1 - drawn), listed(expected["deff_srswr"]), anyhow=drawn < 1)


def _known_agree(ours: Floats, theirs: list[Any], *, anyhow: bool = True) -> None:
    """Design effects; where R divides by a variance of zero, ours is missing or infinite."""
    told = np.array(theirs, dtype=float)
    known = np.isfinite(told)
    if anyhow:
        assert ours[known] == pytest.approx(told[known], rel=CLOSE, abs=1e-13)
        assert not np.isfinite(ours[~known]).any()
    else:  # the sample is the population: nothing is left to compare with
        assert not np.isfinite(ours).any()


def _joint(made: Design, statistic: str, values: Floats, found: list[Estimate]) -> Any:
    weight = made.weight
    if statistic == "mean":
        values, weight = values - [e.value for e in found], weight / weight.sum()
    return covariance(made, weight[:, None] * values)


def _usable(estimate: Any, ends: Any) -> bool:
    """R gives no interval, or one with a missing end, where it has nothing to go by."""
    figures = [estimate, *listed(ends)]
    return len(figures) == 3 and all(isinstance(figure, int | float) for figure in figures)


def _as_r(case: Case, p: float, estimate: Estimate) -> list[float]:
    """The quantile, and what R gives where its comparison of sums of weights steps one further:
    they meet p but for rounding, or the smallest value passes p already."""
    y, weight = case.column(case.said["variable"]), case.column(case.design["weights"])
    order = np.argsort(y, kind="stable")
    ordered, share = y[order], np.cumsum(weight[order]) / weight.sum()
    met = np.flatnonzero(np.isclose(share, p, rtol=1e-12, atol=0))
    beyond = met if met.size else np.flatnonzero(share[:1] > p)
    return [estimate.value, *ordered[np.minimum(beyond + 1, order.size - 1)].tolist()]


def _pairs(ends: Any) -> Floats:
    return np.array(ends, dtype=float).reshape(-1, 2)
