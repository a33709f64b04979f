"""Hadamard matrices, which balance half-samples."""

import math
from itertools import count

import numpy as np

from sampling.stages import Floats

_PAIR = np.array([[1.0, 1.0], [1.0, -1.0]])


def hadamard_above(size: int) -> Floats:
    """Build a Hadamard matrix of the smallest order above `size` that is known how to build.

    Orders are 2 and multiples of 4, by doubling and by Paley's two constructions over the
    integers modulo a prime; where neither gives an order (52 is the first), the next one is taken.

    Parameters
    ----------
    size : columns wanted beside the first (count), >= 1

    Returns
    -------
    (order, order) of 1 and -1, rows orthogonal, first column all 1: every other one sums to 0

    References
    ----------
    Paley (1933), Journal of Mathematics and Physics 12, 311-320.

    Examples
    --------
    >>> matrix = hadamard_above(9)
    >>> matrix.shape, bool((matrix @ matrix.T == 12 * np.eye(12)).all())
    ((12, 12), True)
    """
    orders = count(4 * (size // 4) + 4, 4) if size > 1 else iter((2,))
    matrix = next(found for order in orders if (found := _of_order(order)) is not None)
    return matrix * matrix[:, :1]


def _of_order(order: int) -> Floats | None:
    if order <= 2:
        return _PAIR[:order, :order]
    if order % 4:
        return None
    if _is_prime(q := order - 1):
        return np.eye(order) + _residues(q, -1.0)
    if _is_prime(q := order // 2 - 1) and q % 4 == 1:
        return np.kron(_residues(q, 1.0), _PAIR) + np.kron(np.eye(q + 1), _PAIR[:, ::-1] * [1, -1])
    half = _of_order(order // 2)
    return None if half is None else np.kron(_PAIR, half)


def _residues(q: int, corner: float) -> Floats:
    """Whether i - j is a square modulo q (1) or not (-1), in a border of ones; 0 on the diagonal.

    The left border is `corner` times one.
    """
    square = -np.ones(q)
    square[np.arange(1, q) ** 2 % q] = 1.0
    square[0] = 0.0
    bordered = np.zeros((q + 1, q + 1))
    bordered[0, 1:], bordered[1:, 0] = 1.0, corner
    bordered[1:, 1:] = square[np.subtract.outer(np.arange(q), np.arange(q)) % q]
    return bordered


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % d for d in range(2, math.isqrt(number) + 1))
