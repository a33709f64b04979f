"""Tickets: the only source of chance in a draw.

A ticket is the SHA-256 of a seed and the identifier of a unit. Whoever has the frame and the seed
can recompute every ticket with any software that knows SHA-256, on any machine and in any row
order; the n smallest tickets are a simple random sample without replacement.

The seeds form a tree. The commissioner's secret and a public value that appears only later make
the campaign seed; every further seed is derived from it by a purpose:

    campaign seed ─┬─ counties                                      counties of a spot check
                   └─ county/<adcode> ──┬── stage1                   villages
                                        ├── stage2/<village_code>    households of one village
                                        └── reinterview

Errors here are `ValueError`: a phone or an auditor needs this file and the standard library only.
"""

import unicodedata
from collections.abc import Callable, Iterable
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise

SEPARATOR = "\x1f"


def ticket(seed: str, unit_id: str) -> bytes:
    """Compute the ticket of one unit: SHA-256 of the UTF-8 bytes of seed, U+001F and unit id.

    Parameters
    ----------
    seed : any text in NFC without U+001F
    unit_id : identifier of the unit in NFC without U+001F, not empty

    Returns
    -------
    32 bytes; smaller means drawn earlier

    Raises
    ------
    ValueError : a text that is empty, not in NFC, or holds U+001F

    Examples
    --------
    >>> ticket("demo-seed", "530621100201-0006").hex()[:16]
    '015953eaeb5e567f'
    """
    return tickets(seed)(unit_id)


def tickets(seed: str) -> Callable[[str], bytes]:
    """Make the ticket function of one seed; the seed is hashed once, each unit continues from it.

    Examples
    --------
    >>> of = tickets("demo-seed")
    >>> of("530621100201-0006") == ticket("demo-seed", "530621100201-0006")
    True
    """
    started = sha256((_clean(seed, "seed") + SEPARATOR).encode())

    def of(unit_id: str) -> bytes:
        state = started.copy()
        state.update(_clean(unit_id, "unit id").encode())
        return state.digest()

    return of


def derive(seed: str, purpose: str) -> str:
    """Derive the seed of a purpose: the ticket of that purpose, as 64 hexadecimal digits.

    Examples
    --------
    >>> derive("demo-seed", "stage1")[:16]
    '670f7e40ecca8368'
    """
    return ticket(seed, purpose).hex()


def counties_seed(campaign: str) -> str:
    """Derive the seed that draws the counties of a spot check from the campaign seed.

    Examples
    --------
    >>> counties_seed("demo-seed")[:16]
    '1ce62e2458d71e5b'
    """
    return derive(campaign, "counties")


def county_seed(campaign: str, adcode: str) -> str:
    """Derive the seed of a county from the campaign seed.

    Examples
    --------
    >>> county_seed("demo-seed", "420528") == derive("demo-seed", "county/420528")
    True
    """
    return derive(campaign, f"county/{adcode}")


def stage1_seed(county: str) -> str:
    """Derive the seed that draws the villages from the county seed.

    Examples
    --------
    >>> stage1_seed("demo-seed") == derive("demo-seed", "stage1")
    True
    """
    return derive(county, "stage1")


def village_seed(county: str, village_code: str) -> str:
    """Derive the village seed, which draws the households, from the county seed.

    Examples
    --------
    >>> village_seed("demo-seed", "420528103201") == derive("demo-seed", "stage2/420528103201")
    True
    """
    return derive(county, f"stage2/{village_code}")


def reinterview_seed(county: str) -> str:
    """Derive the seed that draws the households to be interviewed again from the county seed.

    Examples
    --------
    >>> reinterview_seed("demo-seed") == derive("demo-seed", "reinterview")
    True
    """
    return derive(county, "reinterview")


def commitment(secret: str) -> str:
    """Hash a secret, to be published before the draw: SHA-256 of its UTF-8 bytes, 64 hex digits.

    Examples
    --------
    >>> commitment("a secret of the commissioner")[:16]
    '6542a578796739f9'
    """
    return sha256(_clean(secret, "secret").encode()).hexdigest()


def campaign_seed(secret: str, public_value: str) -> str:
    """Join the committed secret with the public value that nobody controls; 64 hex digits.

    Examples
    --------
    >>> campaign_seed("secret", "lottery 2026-11-01") == derive("secret", "lottery 2026-11-01")
    True
    """
    return derive(secret, public_value)


def fraction(seed: str, name: str) -> Fraction:
    """Compute a uniform number exactly: the first 8 bytes of a ticket, big-endian, over 2^64.

    Returns
    -------
    a fraction in [0, 1)

    Examples
    --------
    >>> 0 <= fraction("demo-seed", "start/420528-3") < 1
    True
    """
    return Fraction(int.from_bytes(ticket(seed, name)[:8], "big"), 1 << 64)


def uniform(seed: str, name: str) -> float:
    """Compute the same number as the nearest double; 1.0 is rounded down to stay in [0, 1).

    Examples
    --------
    >>> round(uniform("demo-seed", "start/420528-3"), 6)
    0.505285
    """
    return min(float(fraction(seed, name)), 1.0 - 2.0**-53)


def rank(seed: str, unit_ids: Iterable[str]) -> list[tuple[str, bytes]]:
    """Order units by ticket, ascending; equal tickets by the UTF-8 bytes of the id.

    Parameters
    ----------
    seed : seed of the stage
    unit_ids : distinct identifiers, in any order

    Returns
    -------
    (unit id, ticket) for every unit

    Raises
    ------
    ValueError : an identifier that is not clean, or one that is there twice

    Examples
    --------
    >>> [unit_id for unit_id, _ in rank("demo-seed", ["a", "b", "c"])]
    ['c', 'b', 'a']
    """
    of = tickets(seed)
    ranked = sorted((of(unit_id), unit_id.encode(), unit_id) for unit_id in unit_ids)
    for before, after in pairwise(ranked):
        if before[2] == after[2]:
            raise ValueError(f"unit id given twice: {after[2]!r}")
    return [(unit_id, own) for own, _, unit_id in ranked]


def draw_units(
    seed: str, unit_ids: Iterable[str], n: int, reserve: int = 0
) -> tuple[list[str], list[str]]:
    """Draw a simple random sample and its reserve from a list, as a phone does from a roster.

    Parameters
    ----------
    seed : village seed
    unit_ids : distinct identifiers, in any order
    n : units to draw (count); all of them where the list is shorter
    reserve : units to hold ready (count), as far as the list goes

    Returns
    -------
    sample and reserve, both in the order of their tickets

    Raises
    ------
    ValueError : n or reserve negative, an identifier that is not clean or there twice

    Examples
    --------
    >>> ids = [f"530621100201-{line:04}" for line in range(1, 9)]
    >>> draw_units("demo-seed", ids, 3)[0]
    ['530621100201-0006', '530621100201-0003', '530621100201-0004']
    """
    if n < 0 or reserve < 0:
        raise ValueError(f"sizes cannot be negative: n {n}, reserve {reserve}")
    ordered = [unit_id for unit_id, _ in rank(seed, unit_ids)]
    return ordered[:n], ordered[n : n + reserve]


def fingerprint(unit_ids: Iterable[str]) -> str:
    """Hash a set of units whatever their order: SHA-256 of the sorted ids, one a line.

    Examples
    --------
    >>> fingerprint(["b", "a"]) == sha256(b"a\\nb\\n").hexdigest()
    True
    """
    lines = sorted(unit_id.encode() + b"\n" for unit_id in unit_ids)
    return sha256(b"".join(lines)).hexdigest()


def _clean(text: str, what: str) -> str:
    if not text:
        raise ValueError(f"{what} is empty")
    if SEPARATOR in text:
        raise ValueError(f"{what} holds U+001F: {text!r}")
    if not unicodedata.is_normalized("NFC", text):
        raise ValueError(f"{what} is not in Unicode normal form NFC: {text!r}")
    return text
