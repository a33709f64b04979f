"""Passwords of people: argon2id, at most two computed at once.

A check costs a quarter of a CPU second and the memory below; a crowd of log-ins must not take
either away from phones that are sending.
"""

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MEMORY_KIB = 64 * 1024
_two_at_once = threading.BoundedSemaphore(2)


def hash_password(password: str, *, memory_kib: int) -> str:
    """Hash a password for storage; `memory_kib` is the cost that a guesser pays as well."""
    with _two_at_once:
        return _hasher(memory_kib).hash(password)


def matches(stored: str | None, password: str, *, memory_kib: int) -> bool:
    """Whether a password is the stored one; without one, spend the same time and say no."""
    against = stored or _nobody(memory_kib)
    with _two_at_once:
        try:
            return _hasher(memory_kib).verify(against, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


@cache
def _hasher(memory_kib: int) -> PasswordHasher:
    return PasswordHasher(memory_cost=memory_kib)


@cache
def _nobody(memory_kib: int) -> str:
    return hash_password("nobody has this password", memory_kib=memory_kib)
