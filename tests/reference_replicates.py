"""Checks of replicate weights and what is estimated with them against R survey."""

import re

import numpy as np
import pytest
from reference_estimates import CLOSE, share_agrees, varies
from reference_folder import Case, Expected, design_of, listed

from sampling.intervals import critical
from sampling.replicates import JointEstimate, Replicates, given
from sampling.resampling import balanced, jackknife

METHODS = {"beta": "korn-graubard"}


def replicate_variance(case: Case) -> None:
    """The weights that R used; and our own, where the method leaves nothing to chance."""
    kind = case.said["type"]
    if "replicate_weights_csv" in case.expect:
        _agrees(case, _given(case))
    elif not kind.startswith("JK"):
        pytest.fail(f"no way to make replicates of the type {kind!r}")
    if kind.startswith("JK"):
        _agrees(case, jackknife(design_of(case), mse=case.expect["mse"]))
    elif "BRR" in kind:
        _balanced_agrees(case)


def _given(case: Case) -> Replicates:
    expected = case.expect
    weights = case.beside(expected["replicate_weights_csv"]).to_numpy().astype(float)
    base = case.column(case.design["weights"])
    rscales, mse = listed(expected["rscales"]), expected["mse"]
    scales = rscales if len(rscales) > 1 else rscales[0]
    return given(weights, base, scale=expected["scale"], rscales=scales, mse=mse)


def _balanced_agrees(case: Case) -> None:
    """Our own half-samples: any balanced set gives a total the same variance, so the totals are
    compared, which do not depend on the choice of a Hadamard matrix. R drops population counts."""
    expected, values = case.expect, case.columns(case.said["variables"])
    rho = re.search(r"rho *= *([\d.]+)", case.said["type"])
    bare = Case(**(vars(case) | {"design": case.design | {"fpc": None}}))

    sample = balanced(design_of(bare), float(rho[1]) if rho else 0.0, mse=expected["mse"])

    assert sample.df == expected["df"]
    varies(sample.estimate(lambda w: w @ values).vcov, expected["total"])
    if sample.replicates == expected["n_replicates"]:
        assert sample.scale == pytest.approx(expected["scale"], rel=CLOSE)


def _agrees(case: Case, sample: Replicates) -> None:
    expected, said = case.expect, case.said
    values = case.columns(said["variables"])

    assert sample.replicates == expected["n_replicates"]
    assert sample.scale == pytest.approx(expected["scale"], rel=CLOSE)
    ours, theirs = np.sort(sample.rscales), np.sort(listed(expected["rscales"]))
    assert ours == pytest.approx(np.broadcast_to(theirs, ours.shape), rel=CLOSE)
    assert sample.df == expected["df"]
    means = sample.estimate(lambda w: w @ values / w.sum())
    totals = sample.estimate(lambda w: w @ values)
    for joint, part in ((means, expected["mean"]), (totals, expected["total"])):
        assert listed(part["names"]) == listed(said["variables"])
        _joint_agrees(joint, part)
    for k, column in enumerate(values.T):
        assert sample.mean(column).se == pytest.approx(float(means.se[k]), rel=CLOSE)
        assert sample.total(column).se == pytest.approx(float(totals.se[k]), rel=CLOSE)
    if "ratio" in expected:
        part = expected["ratio"]
        above, below = case.column(part["numerator"]), case.column(part["denominator"])
        found = sample.ratio(above, below)
        assert found.value == pytest.approx(part["estimate"], rel=CLOSE)
        assert found.se == pytest.approx(part["se"], rel=CLOSE)
    for name, part in (expected.get("ciprop") or {}).items():
        method = METHODS.get(name, name)
        found = sample.proportion(case.column(part["variable"]), method=method)
        share_agrees(found, expected["ciprop"][name], method=method)


def _joint_agrees(joint: JointEstimate, expected: Expected) -> None:
    assert joint.df == expected["df"]
    assert joint.level == expected["level"]
    assert joint.value == pytest.approx(np.array(listed(expected["estimate"])), rel=CLOSE)
    assert joint.se == pytest.approx(np.array(listed(expected["se"])), rel=CLOSE)
    varies(joint.vcov, expected)
    ends = np.column_stack([joint.low, joint.high])
    assert ends == pytest.approx(np.array(expected["ci_t"]).reshape(-1, 2), rel=CLOSE)
    reach = critical(expected["level"], np.inf) * joint.se
    ends = np.column_stack([joint.value - reach, joint.value + reach])
    assert ends == pytest.approx(np.array(expected["ci_normal"]).reshape(-1, 2), rel=CLOSE)
