"""Passwords of people: argon2id, at most two computed at once.

A check costs a quarter of a CPU second and the memory below; a crowd of log-ins must not take
either away from phones that are sending.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from inspect_app.rules.errors import Unavailable

MEMORY_KIB = 64 * 1024
WAIT_SECONDS = 5.0
_two_at_once = threading.BoundedSemaphore(2)


def hash_password(password: str, *, memory_kib: int) -> str:
    """Hash a password for storage; `memory_kib` is the cost that a guesser pays as well.

    Raises
    ------
    Unavailable : too many others are being computed
    """
    with _a_turn():
        return _hasher(memory_kib).hash(password)


def matches(stored: str | None, password: str, *, memory_kib: int) -> bool:
    """Whether a password is the stored one; without one, spend the same time and say no.

    Raises
    ------
    Unavailable : too many others are being computed
    """
    against = stored or _nobody(memory_kib)
    with _a_turn():
        try:
            return _hasher(memory_kib).verify(against, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str, *, memory_kib: int) -> bool:
    """Whether a hash was made at another cost than is asked for now."""
    return _hasher(memory_kib).check_needs_rehash(stored)


@contextmanager
def _a_turn() -> Iterator[None]:
    """Wait for one of the two places, not for long: threads that wait here serve no phone."""
    if not _two_at_once.acquire(timeout=WAIT_SECONDS):
        raise Unavailable("Too many people log in at once; the same request may succeed later.")
    try:
        yield
    finally:
        _two_at_once.release()


@cache
def _hasher(memory_kib: int) -> PasswordHasher:
    return PasswordHasher(memory_cost=memory_kib)


@cache
def _nobody(memory_kib: int) -> str:
    return hash_password("nobody has this password", memory_kib=memory_kib)
