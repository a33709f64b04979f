"""Horvitz-Thompson total of a sample drawn with unequal probabilities, and its variance."""

import numpy as np
from numpy.typing import ArrayLike

from sampling.errors import EstimationError
from sampling.selectors.probabilities import Floats


def total(y: ArrayLike, pi: ArrayLike) -> float:
    """Estimate the total of y from a sample: the sum of y / π.

    Parameters
    ----------
    y : (n,) float, study variable of the units drawn
    pi : (n,) π in (0, 1] of these units

    Returns
    -------
    total, in the unit of y

    Raises
    ------
    EstimationError : lengths differ, a value is missing, or a probability outside (0, 1]

    References
    ----------
    Horvitz and Thompson (1952), A generalization of sampling without replacement from a finite
    universe, J. Amer. Statist. Assoc. 47, 663-685.

    Examples
    --------
    >>> total([3.0, 5.0], [0.5, 0.25])
    26.0
    """
    return float(_expanded(y, pi)[0].sum())


def variance_ht(y: ArrayLike, pi: ArrayLike, pi2: ArrayLike) -> float:
    """Estimate the variance of the total in the form of Horvitz and Thompson.

    ΣΣ (π_kl - π_k π_l) / π_kl y_k/π_k y_l/π_l, with π_kk = π_k; unbiased for any design whose
    joint probabilities are all positive, of fixed size or not. It can be negative.

    Parameters
    ----------
    y, pi : as for `total`
    pi2 : (n, n) joint probabilities of the units drawn, see `sampling.joint`

    Returns
    -------
    variance, in the square of the unit of y

    Raises
    ------
    EstimationError : as for `total`, or a joint probability that is not positive

    References
    ----------
    Horvitz and Thompson (1952), J. Amer. Statist. Assoc. 47, 663-685.

    Examples
    --------
    >>> round(variance_ht([3.0, 5.0], [0.5, 0.5], [[0.5, 0.2], [0.2, 0.5]]), 6)
    38.0
    """
    z, p = _expanded(y, pi)
    return float(z @ _excess(p, pi2) @ z)


def variance_syg(y: ArrayLike, pi: ArrayLike, pi2: ArrayLike) -> float:
    """Estimate the variance of the total in the form of Sen, Yates and Grundy.

    -1/2 ΣΣ (π_kl - π_k π_l) / π_kl (y_k/π_k - y_l/π_l)²; for designs of fixed size only, where it
    is unbiased, usually steadier than `variance_ht`, and 0 when y is proportional to π.

    Parameters
    ----------
    y, pi, pi2 : as for `variance_ht`

    References
    ----------
    Sen (1953), J. Indian Soc. Agric. Statist. 5, 119-127. Yates and Grundy (1953), J. Roy.
    Statist. Soc. B 15, 253-261.

    Examples
    --------
    >>> round(variance_syg([3.0, 5.0], [0.5, 0.5], [[0.5, 0.2], [0.2, 0.5]]), 6)
    4.0
    """
    z, p = _expanded(y, pi)
    return float(-0.5 * (_excess(p, pi2) * (z[:, None] - z[None, :]) ** 2).sum())


def variance_deville(y: ArrayLike, pi: ArrayLike) -> float:
    """Estimate the variance of the total without joint probabilities.

    Σ (1 - π_k) (y_k/π_k - A)² / (1 - Σ a²), a = (1 - π) / Σ (1 - π), A = Σ a y/π: an approximation
    for designs of fixed size and high entropy (max_entropy, sampford, pareto).

    Parameters
    ----------
    y, pi : as for `total`

    Raises
    ------
    EstimationError : as for `total`, or fewer than two units that are not certain

    References
    ----------
    Deville (1993), Estimation de la variance pour les enquêtes en deux phases, INSEE. Tillé
    (2006), Sampling Algorithms, section 7.6.

    Examples
    --------
    >>> round(variance_deville([3.0, 5.0], [0.5, 0.5]), 6)
    8.0
    """
    z, p = _expanded(y, pi)
    return _deville(z, p)


def variance_balanced(
    y: ArrayLike, pi: ArrayLike, auxiliaries: ArrayLike, *, tolerance: float | None = None
) -> float:
    """Estimate the variance of the total of a balanced sample.

    As `variance_deville`, with y replaced by its residual on the balancing variables (weighted
    least squares, weights (1 - π) / π²).

    Parameters
    ----------
    y, pi : as for `total`
    auxiliaries : (n, p) balancing variables of the units drawn, π among them for a fixed size
    tolerance : None = least squares on scaled variables; a number = generalised inverse of the
        weighted cross products in the units given, singular values below this share of the
        largest taken as 0

    Raises
    ------
    EstimationError : as for `variance_deville`

    Notes
    -----
    `sampling::varest` of R inverts with tolerance 1.5e-8, so beside a variable of large unit
    (persons) one of small unit (π) counts as 0 and is not adjusted for; `tolerance=1.5e-8`
    reproduces its figure, the default does not depend on units.

    References
    ----------
    Deville and Tillé (2005), Variance approximation under balanced sampling, J. Statist. Plann.
    Inference 128, 569-591.

    Examples
    --------
    >>> sizes = [[0.5, 2.0], [0.5, 5.0], [0.25, 1.0], [0.25, 3.0]]
    >>> round(variance_balanced([4.0, 10.0, 2.0, 6.0], [0.5, 0.5, 0.25, 0.25], sizes), 9)
    0.0
    """
    z, p = _expanded(y, pi)
    x = np.asarray(auxiliaries, dtype=np.float64).reshape(len(np.asarray(auxiliaries)), -1)
    if len(x) != p.size:
        raise EstimationError(
            "horvitz_thompson.length", name="auxiliaries", found=len(x), expected=p.size
        )
    if not np.isfinite(x).all():
        raise EstimationError("horvitz_thompson.missing", name="auxiliaries")
    root = np.sqrt(1 - p) / p
    left, right = root[:, None] * x, root * z * p
    if tolerance is None:
        scale = np.linalg.norm(left, axis=0)
        scale = np.where(scale > 0, scale, 1.0)
        coefficients = np.linalg.lstsq(left / scale, right, rcond=None)[0] / scale
    else:
        coefficients = np.linalg.pinv(left.T @ left, rcond=tolerance) @ left.T @ right
    return _deville(z - x @ coefficients / p, p)


def _deville(z: Floats, p: Floats) -> float:
    spare = 1 - p
    if np.count_nonzero(spare) < 2:
        raise EstimationError("horvitz_thompson.few")
    share = spare / spare.sum()
    return float((spare * (z - share @ z) ** 2).sum() / (1 - share @ share))


def _expanded(y: ArrayLike, pi: ArrayLike) -> tuple[Floats, Floats]:
    """y / π and π, checked."""
    values, p = np.asarray(y, dtype=np.float64), np.asarray(pi, dtype=np.float64)
    if values.shape != p.shape or values.ndim != 1:
        raise EstimationError(
            "horvitz_thompson.length", name="pi", found=p.size, expected=values.size
        )
    if not np.isfinite(values).all():
        raise EstimationError("horvitz_thompson.missing", name="y")
    wrong = ~((p > 0) & (p <= 1))
    if wrong.any():
        raise EstimationError("horvitz_thompson.probability", value=float(p[wrong][0]))
    return values / p, p


def _excess(p: Floats, pi2: ArrayLike) -> Floats:
    """(π_kl - π_k π_l) / π_kl, with π_k for π_kk."""
    joint = np.array(pi2, dtype=np.float64)
    if joint.shape != (p.size, p.size):
        raise EstimationError(
            "horvitz_thompson.length", name="pi2", found=len(joint), expected=p.size
        )
    np.fill_diagonal(joint, p)
    wrong = ~(joint > 0)
    if wrong.any():
        raise EstimationError("horvitz_thompson.joint")
    return np.asarray(1 - np.outer(p, p) / joint)
