"""Agreement with R, case by case.

Provenance: R 4.2.2; packages survey 4.1-1 (Debian r-cran-survey), sampling 2.9, PracTools 1.7.5,
SamplingStrata 1.5-5, stratification 2.2-7. Estimates: svymean, svytotal, svyratio, svyby,
svyciprop, svyquantile, svychisq, as.svrepdesign, postStratify, rake, calibrate and trimWeights on
the designs that each case states; standard errors of totals under lonely.psu = "adjust" are those
of survey 4.5. Draws: inclusionprobabilities, UP*pi2, varHT, varest, calib. What the fields of a
case mean, and the tolerances, stand in reference/README.md.

SAMPLING_REFERENCE_DIR names another folder of the same format; after the run a table says how
many cases of each kind passed. A kind that nothing here checks fails, and so does a figure that a
check did not look at.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import reference_draws as draws
import reference_estimates as estimates
import reference_plans as plans
import reference_replicates as replicates
import reference_weights as weights
from reference_folder import COPY, Case, Expected, chosen_folder, load

from sampling.errors import EstimationError

Check = Callable[[Case], None]

# Kind -> check. A kind that ends in … is the beginning of one.
CHECKS: dict[str, Check] = {
    "design": estimates.design,
    "mean": estimates.mean_or_total,
    "total": estimates.mean_or_total,
    "mean and total": estimates.mean_and_total,
    "ratio": estimates.ratio_of_two,
    "proportions of the levels of a category": estimates.levels_of_a_category,
    "totals of the levels of a category": estimates.levels_of_a_category,
    "proportion_ci": estimates.interval_of_a_share,
    "domain mean": estimates.domains,
    "domain total": estimates.domains,
    "domain ratio": estimates.domains,
    "domain proportion_ci": estimates.interval_of_a_share_in_a_domain,
    "quantile": estimates.quantiles,
    "Rao-Scott F": estimates.rao_scott,
    "replicate variance": replicates.replicate_variance,
    "calibration": weights.calibration,
    "calibration g-weights": weights.g_weights,
    "inclusion_probabilities": draws.inclusion,
    "inclusion probabilities, SRS in strata": draws.inclusion_in_strata,
    "joint_inclusion_probabilities": draws.joint_inclusion,
    "joint_inclusion_probabilities_monte_carlo": draws.joint_frequencies,
    "pps_systematic_given_start": draws.systematic_given_start,
    "conditional Poisson working probabilities": draws.working_probabilities,
    "Horvitz-Thompson total and variance…": draws.horvitz_thompson_variances,
    "variance of a balanced sample…": draws.balanced_variance,
    "allocation prop": plans.allocation,
    "allocation neyman": plans.allocation,
    "allocation optimal for a fixed cost…": plans.optimal_for_cost,
    "allocation optimal for a fixed variance…": plans.optimal_for_variance,
    "Bethel multivariate allocation…": plans.several_targets,
    "Dalenius-Hodges cumulative root frequency…": plans.boundaries,
    "geometric…": plans.boundaries,
    "Lavallee-Hidiroglou…": plans.best_boundaries,
    "sample size for a proportion at a CV…": plans.size_at_cv,
    "sample size for a Wilson interval…": plans.size_for_interval,
    "sample size for a log-odds interval…": plans.size_for_interval,
    "optimum households per village…": plans.households_per_village,
    "Kish design effect of weights": plans.kish_effect,
}
CASES = load(chosen_folder())


def known_kind(kind: str) -> str:
    """The key of `CHECKS` that a kind belongs to; the kind itself when nothing checks it."""
    if kind in CHECKS:
        return kind
    starts = [key for key in CHECKS if key.endswith("…") and kind.startswith(key[:-1])]
    return starts[0] if starts else kind


def check(case: Case) -> None:
    kind = known_kind(case.kind)
    if kind not in CHECKS:
        pytest.fail(f"no check for the kind {case.kind!r}")
    CHECKS[kind](case)
    left = list(case.expect.unread())
    assert not left, f"nothing compares {', '.join(left)}"


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_agrees_with_r(case: Case, counted_as: Callable[[str], None]) -> None:
    counted_as(known_kind(case.kind).removesuffix("…"))

    check(case)


def a_case(**changes: Any) -> Case:
    """The first mean of the copy, changed."""
    base = next(case for case in load(COPY) if case.kind == "mean" and "estimate" in case.expect)
    return Case(**(vars(base) | changes))


def test_a_kind_that_nothing_checks_fails() -> None:
    for kind in ("harmonic mean", "mean of the upper half", "Horvitz", ""):
        with pytest.raises(pytest.fail.Exception, match="no check for the kind"):
            check(a_case(kind=kind))


def test_a_figure_that_nothing_compares_fails() -> None:
    expect = Expected({**a_case().expect, "skewness": 0.1})

    with pytest.raises(AssertionError, match="nothing compares skewness"):
        check(a_case(expect=expect))


def test_a_figure_that_differs_fails() -> None:
    expect = a_case().expect
    off = Expected({**expect, "estimate": [value * (1 + 1e-6) for value in expect["estimate"]]})

    with pytest.raises(AssertionError):
        check(a_case(expect=off))


def test_where_r_stopped_the_method_is_known_by_its_place() -> None:
    base = next(case for case in load(COPY) if case.kind == "proportion_ci")
    stopped = {"error": "no convergence", "degenerate": True}
    unbounded = base.expect["results"][1] | {"ci": [0, None]}
    results = [stopped, unbounded, *base.expect["results"][2:]]
    expect = Expected({"df": base.expect["df"], "results": results})

    check(Case(**(vars(base) | {"expect": expect})))
    unknown = Case(**(vars(base) | {"expect": expect, "said": base.said | {"methods": "guess"}}))
    with pytest.raises(EstimationError, match="unknown interval method"):
        check(unknown)


def test_an_interval_that_r_shrinks_to_a_point_may_be_wider_but_not_elsewhere() -> None:
    base = next(case for case in load(COPY) if case.kind == "proportion_ci")
    first = base.expect["results"][0]
    df, share = base.expect["df"], first["estimate"]

    point = Expected({"df": df, "results": first | {"ci": [share] * 2}})
    check(Case(**(vars(base) | {"expect": point})))
    away = Expected({"df": df, "results": first | {"ci": [share / 9] * 2}})
    with pytest.raises(AssertionError):
        check(Case(**(vars(base) | {"expect": away})))


def test_shares_that_the_design_knows_vary_by_rounding_alone() -> None:
    """Shares of strata, drawn by SRS: R gives zeros."""
    base = next(case for case in load(COPY) if case.id == "apistrat/prop_sch.wide")
    stype, weight = np.array(base.labels("stype")), base.column("pw")
    levels = np.unique(stype).tolist()
    shares = [weight[stype == level].sum() / weight.sum() for level in levels]
    expect = {"names": [f"stype{level}" for level in levels], "estimate": shares}
    expect |= {"se": [0, 0, 0], "vcov": [[0, 0, 0]] * 3, "df": 197}
    said = base.said | {"variables": "stype"}

    check(Case(**(vars(base) | {"said": said, "expect": Expected(expect)})))


def test_a_quantile_that_everybody_reaches_is_not_bounded(tmp_path: Path) -> None:
    """R takes the share up to the largest value for certain, and its interval for a point."""
    (tmp_path / "ties.csv").write_text("w,y\n" + "1,1\n1,2\n1,2\n" + "1,9\n" * 7, "utf-8")
    design = {"ids": None, "strata": None, "weights": "w", "fpc": None}
    expect = {"estimate": 9, "ci_l": 9, "ci_u": 9, "se": 0}
    said = {"variable": "y", "probs": 0.75}
    case = a_case(folder=tmp_path, csv="ties.csv", kind="quantile", design=design, said=said)

    check(Case(**(vars(case) | {"expect": Expected(expect)})))
    with pytest.raises(AssertionError):
        check(Case(**(vars(case) | {"expect": Expected(expect | {"ci_l": 2})})))


def test_a_census_has_no_design_effect(tmp_path: Path) -> None:
    (tmp_path / "all.csv").write_text("w,y\n1,1\n1,2\n1,6\n", "utf-8")
    design = {"ids": None, "strata": None, "weights": "w", "fpc": None}
    expect = {"names": "y", "estimate": 3, "se": (7 / 3) ** 0.5, "vcov": 7 / 3, "df": 2}
    case = a_case(folder=tmp_path, csv="all.csv", design=design, said={"variables": "y"})

    expect |= {"deff_srswor": None, "deff_srswr": 1}
    check(Case(**(vars(case) | {"expect": Expected(expect)})))
    with pytest.raises(AssertionError):
        check(Case(**(vars(case) | {"expect": Expected(expect | {"deff_srswor": 1})})))


@pytest.mark.parametrize("kind", ["proportion_ci", "domain proportion_ci"])
def test_a_case_without_results_is_no_agreement(kind: str) -> None:
    base = next(case for case in load(COPY) if case.kind == kind)
    empty = Expected({**base.expect, "results": []})

    with pytest.raises(AssertionError):
        check(Case(**(vars(base) | {"expect": empty})))


def test_a_folder_without_cases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"neither cases\.json nor allocation_cases\.json"):
        load(tmp_path)


def test_another_folder_is_read_and_counted(tmp_path: Path) -> None:
    """Three cases placed elsewhere: one agrees, one is wrong, one is of no known kind."""
    (tmp_path / "few.csv").write_text("w,y\n" + "2,1\n" * 4, "utf-8")
    design = {"ids": None, "strata": None, "weights": "w", "fpc": None}
    kinds = {"right": ("design", 3), "wrong": ("design", 4), "odd": ("harmonic mean", 3)}
    cases = [
        {
            "id": name,
            "csv": "few.csv",
            "design": design,
            "analysis": {"stat": kind},
            "expect": {"df": df, "n": 4, "sum_weights": 8},
        }
        for name, (kind, df) in kinds.items()
    ]
    (tmp_path / "cases.json").write_text(json.dumps({"cases": cases}), "utf-8")

    run = subprocess.run(
        [sys.executable, "-m", "pytest", __file__, "-k", "agrees_with_r", "-p", "no:cacheprovider"],
        env=os.environ | {"SAMPLING_REFERENCE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )

    assert run.returncode == 1, run.stdout + run.stderr
    assert "no check for the kind 'harmonic mean'" in run.stdout
    assert "   1 of    2  design" in run.stdout
    assert "   0 of    1  harmonic mean" in run.stdout
    assert "   1 of    3  in all" in run.stdout
