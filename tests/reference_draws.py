"""Checks of inclusion probabilities, selections and variances of totals against R sampling."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from reference_folder import Case, listed, load

from sampling import horvitz_thompson, joint
from sampling.errors import DrawError
from sampling.selectors import (
    brewer,
    inclusion_probabilities,
    max_entropy_working,
    pivotal,
    random_pivotal,
    random_systematic,
    srswor,
    systematic,
)
from sampling.stages import Floats

CLOSE = 1e-8
# R finds maximum entropy designs by an iteration that leaves row sums wrong by some 1e-7; the
# Horvitz-Thompson variance, a small difference of large terms, magnifies that.
ITERATED = 1e-6
MAGNIFIED = 1e-4
# R inverts with this tolerance, so that balancing variables of small unit drop out.
INVERSE = 1.5e-8
SURE = 1 - 1e-9

# What R calls a design -> its exact joint probabilities.
JOINT: dict[str, Callable[[Floats], Floats]] = {
    "tille": joint.tille,
    "maxentropy": joint.max_entropy,
    "sampford": joint.sampford,
    "systematic": joint.systematic,
    "midzuno": joint.midzuno,
}
# Words in the name of a simulated design, the first that fits -> exact, or else simulated.
Draw = Callable[[Floats, int, np.random.Generator], np.ndarray]
SIMULATED: dict[str, tuple[Callable[[Floats], Floats], Draw]] = {
    "brewer": (joint.brewer, lambda pi, runs, rng: brewer(pi, rng.random((runs, pi.size)))),
    "random pivotal": (
        joint.random_pivotal,
        lambda pi, runs, rng: random_pivotal(pi, rng.random((runs, pi.size, 2))),
    ),
    "pivotal": (
        joint.ordered_pivotal,
        lambda pi, runs, rng: pivotal(pi, rng.random((runs, pi.size))),
    ),
    "random": (
        joint.random_systematic,
        lambda pi, runs, rng: random_systematic(pi, rng.random((runs, pi.size)), rng.random(runs)),
    ),
}
RUNS = 200_000


def inclusion(case: Case) -> None:
    found = inclusion_probabilities(case.column(case.said["size"]), case.said["n"])

    assert found == pytest.approx(np.array(case.expect["pik"]), rel=CLOSE)
    assert (found > SURE).sum() == case.expect["certainties"]


def inclusion_in_strata(case: Case) -> None:
    """n of the k-th stratum in the order of codes, as R takes them."""
    labels = np.array(case.rows[case.said["strata"]].to_list())
    found = np.empty(labels.size)
    for stratum, n in zip(np.unique(labels), listed(case.said["n_by_stratum"]), strict=True):
        inside = labels == stratum
        found[inside] = [float(p) for p in srswor(int(inside.sum()), n)]

    assert found == pytest.approx(np.array(case.expect["pik"]), rel=CLOSE)


def joint_inclusion(case: Case) -> None:
    name = case.said["design"]
    if name not in JOINT:
        pytest.fail(f"no joint probabilities of the design {name!r}")
    pi = _probabilities(case)
    theirs = case.beside(case.expect["pi2_csv"]).to_numpy().astype(float)

    found = JOINT[name](pi)

    assert np.diag(found) == pytest.approx(pi, rel=CLOSE)
    assert found.sum(axis=1) == pytest.approx(round(pi.sum()) * pi, rel=CLOSE)
    sure = pi > SURE
    if name == "tille" and sure.any():
        # R leaves 0 for pairs with a certain unit (the case's own row sums say so); such a pair
        # is in the sample whenever the other unit is.
        assert found[np.ix_(sure, ~sure)] == pytest.approx(np.tile(pi[~sure], (sure.sum(), 1)))
        found, theirs = found[np.ix_(~sure, ~sure)], theirs[np.ix_(~sure, ~sure)]
    if name == "maxentropy":
        assert found == pytest.approx(theirs, abs=ITERATED)
    else:
        assert found == pytest.approx(theirs, rel=CLOSE, abs=1e-12)


def joint_frequencies(case: Case) -> None:
    """R's frequencies within five standard errors of the exact ones (of the difference to our
    own frequencies, where units are too many to go through)."""
    name = case.said["design"].lower()
    word = next((word for word in SIMULATED if word in name), None)
    if word is None:
        pytest.fail(f"no simulated design of the name {name!r}")
    exactly, draw = SIMULATED[word]
    pi = _probabilities(case)
    theirs = case.beside(case.expect["pi2_csv"]).to_numpy().astype(float)
    error_of_one = 1 / case.said["replicates"]

    try:
        found = exactly(pi)
    except DrawError:
        taken = draw(pi, RUNS, np.random.default_rng(20251122)).astype(float)
        found = taken.T @ taken / RUNS
        error_of_one += 1 / RUNS

    error = np.sqrt(found * (1 - found) * error_of_one)
    assert (np.abs(theirs - found) <= 5 * error + 1e-9).all()


def systematic_given_start(case: Case) -> None:
    pi = _probabilities(case)

    for expected in listed(case.expect["draws"]):
        taken = systematic(pi, expected["u"])
        assert (np.flatnonzero(taken) + 1).tolist() == listed(expected["selected_rows_1based"])


def working_probabilities(case: Case) -> None:
    pi, expected = _probabilities(case), case.expect

    found = max_entropy_working(pi)

    assert found == pytest.approx(np.array(expected["pik_tilde"]), abs=ITERATED)
    # What R's working probabilities give is as far from the target as its iteration stops.
    assert pi == pytest.approx(np.array(expected["pik_from_q"]), abs=ITERATED)


def horvitz_thompson_variances(case: Case) -> None:
    """The design stands in brackets; the case does not say its size measure, so it is the column
    whose probabilities give the total."""
    expected = case.expect
    rows = np.array(listed(case.said["sample_rows_1based"])) - 1
    y = case.column(case.said["variable"])[rows]
    pi = _sized(case, y, rows)
    in_brackets = re.search(r"\(([^()]*)\)", case.kind)
    name = in_brackets[1].replace(" ", "") if in_brackets else "maximumentropy"
    name = {"maximumentropy": "maxentropy"}.get(name, name)
    if name not in JOINT:
        pytest.fail(f"no joint probabilities of the design {name!r}")
    sample, exact = pi[rows], JOINT[name](pi)

    assert horvitz_thompson.total(y, sample) == pytest.approx(expected["total"], rel=CLOSE)
    assert horvitz_thompson.variance_deville(y, sample) == pytest.approx(
        expected["var_Deville"], rel=CLOSE
    )
    published = _published(case, name, pi)
    for pi2, close in ((exact, MAGNIFIED if name == "maxentropy" else CLOSE), (published, CLOSE)):
        if pi2 is None:
            continue
        inside = pi2[np.ix_(rows, rows)]
        ht = horvitz_thompson.variance_ht(y, sample, inside)
        syg = horvitz_thompson.variance_syg(y, sample, inside)
        assert ht == pytest.approx(expected["var_HT"], rel=close)
        assert syg == pytest.approx(expected["var_SYG"], rel=close)


def balanced_variance(case: Case) -> None:
    """Balancing variables stand at the end of the kind: `balancing on pik, Men04, Tot03`."""
    said, expected = case.said, case.expect
    pi = np.array(said["pik"], dtype=float)
    rows = np.array(listed(said["sample_rows_1based"])) - 1
    names = re.split(r", *", case.kind.rpartition("balancing on ")[2].strip())
    x = np.column_stack([_balancing(case, name, pi) for name in names])
    y = case.column(said["variable"])[rows]
    sample = pi[rows]

    assert rows.size == expected["n_drawn"]
    assert (x[rows] / sample[:, None]).sum(axis=0) == pytest.approx(
        np.array(listed(expected["balance_HT"])), rel=CLOSE
    )
    assert x.sum(axis=0) == pytest.approx(np.array(listed(expected["balance_true"])), rel=CLOSE)
    assert horvitz_thompson.total(y, sample) == pytest.approx(expected["total"], rel=CLOSE)
    found = horvitz_thompson.variance_balanced(y, sample, x[rows], tolerance=INVERSE)
    assert found == pytest.approx(expected["var_Deville_balanced"], rel=CLOSE)
    assert horvitz_thompson.variance_deville(y, sample) == pytest.approx(
        expected["var_Deville_no_aux"], rel=CLOSE
    )


def _probabilities(case: Case) -> Floats:
    """π of a case, checked against what R says it is."""
    pi = inclusion_probabilities(case.column(case.said["size"]), case.said["n"])
    assert pi == pytest.approx(np.array(case.expect["pik"]), rel=CLOSE)
    return pi


def _published(case: Case, design: str, pi: Floats) -> Floats | None:
    """R's own joint probabilities of the same design, where another case of the folder has them."""
    for other in load(case.folder):
        same = other.csv == case.csv and "pi2_csv" in other.expect
        if same and other.said.get("design") == design:
            pi2 = other.beside(other.expect["pi2_csv"]).to_numpy().astype(float)
            if np.allclose(np.diag(pi2), pi, rtol=ITERATED, atol=0):
                return pi2
    return None


def _sized(case: Case, y: Floats, rows: np.ndarray) -> Floats:
    if "pik" in case.said:
        return np.array(case.said["pik"], dtype=float)
    columns = [case.said["size"]] if "size" in case.said else _sizes(case)
    for column in columns:
        pi = inclusion_probabilities(case.column(column), case.said["n"])
        if abs(float((y / pi[rows]).sum()) / case.expect["total"] - 1) < 1e-6:
            return pi
    pytest.fail("no column gives probabilities that agree with the total")


def _sizes(case: Case) -> list[str]:
    rows = case.rows
    return [name for name in rows.columns if rows[name].dtype.is_numeric() and rows[name].min() > 0]


def _balancing(case: Case, name: str, pi: Floats) -> Floats:
    if name in ("pik", "pi"):
        return pi
    return np.ones(pi.size) if name == "1" else case.column(name)
