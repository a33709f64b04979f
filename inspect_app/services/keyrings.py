"""The server's seal keys: files outside the database, with copies that were shown to work.

Each key is a file `seal-<kid>.json` in the folder of keys, readable by its owner only, closed by a
passphrase where the operator gives one. The database knows the public halves, so that a key that
has gone is missed. docs/sealing.md tells how keys are rotated, copied and brought back.
"""

import hashlib
import itertools
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.entropy import Entropy
from inspect_app.models.seals import SealKeyRow
from inspect_app.rules.errors import Unavailable
from inspect_app.rules.sealkeys import SealKeyError
from inspect_app.services.receipts import decode, encode
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings

FORMAT, COPY_FORMAT = "xf-seal-key/1", "xf-seal-copy/1"
P256_ORDER = int("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
SCALAR_BYTES, IV_BYTES = 32, 12
SCRYPT_BLOCK = 8
MOST_SCRYPT = 2**20
SHORTEST_PASSPHRASE = 12


@dataclass(frozen=True)
class SealKey:
    """A key that opens what phones sealed to its public half.

    p256 : the uncompressed point, base64url; created_at : RFC 3339
    """

    kid: str
    private: ec.EllipticCurvePrivateKey = field(repr=False)
    created_at: str

    @cached_property
    def point(self) -> bytes:
        """The public half, 65 bytes."""
        form = PublicFormat.UncompressedPoint
        return self.private.public_key().public_bytes(Encoding.X962, form)

    @cached_property
    def p256(self) -> str:
        """The public half as phones are given it."""
        return encode(self.point)


@dataclass(frozen=True)
class Known:
    """A seal key as an operator sees it.

    is_here : whether its file is here and opens; is_closed : whether by a passphrase
    """

    kid: str
    p256: str
    created_at: datetime
    retired_at: datetime | None
    rehearsed_at: datetime | None
    is_here: bool
    is_closed: bool


@dataclass(frozen=True)
class Rehearsal:
    """Which keys a copy opens, and which it lacks or holds wrongly."""

    opened: tuple[str, ...]
    lacking: tuple[str, ...]


# --- the server's own use -------------------------------------------------------------------


def ring(settings: Settings) -> Mapping[str, SealKey]:
    """Return every seal key of the server by its name; a file that comes or goes is noticed.

    Raises
    ------
    SealKeyError : a file is damaged, readable by others, or closed by another passphrase
    """
    files = sorted(settings.keys_dir.glob("seal-*.json"))
    seen = tuple((file, file.stat().st_mtime_ns, file.stat().st_size) for file in files)
    return _open_all(seen, settings.seal_passphrase)


@lru_cache(maxsize=8)
def _open_all(
    files: tuple[tuple[Path, int, int], ...], passphrase: str | None
) -> Mapping[str, SealKey]:
    found = [_read(file, passphrase) for file, _, _ in files]
    return {key.kid: key for key in found}


def usable(settings: Settings) -> Mapping[str, SealKey]:
    """Return the ring for the work of a request.

    Raises
    ------
    Unavailable : a key cannot be used; an operator has to look
    """
    try:
        return ring(settings)
    except SealKeyError as error:
        raise Unavailable("The seal keys of this server cannot be used now.") from error


def offered(session: Session, settings: Settings) -> tuple[dict[str, str], ...]:
    """Return the keys that phones shall seal to, the newest first; none that cannot open."""
    here = usable(settings)
    if not here:
        return ()
    rows = session.scalars(
        select(SealKeyRow)
        .where(SealKeyRow.retired_at.is_(None))
        .order_by(SealKeyRow.created_at.desc(), SealKeyRow.kid.desc())
    )
    return tuple({"kid": row.kid, "p256": row.public_key} for row in rows if row.kid in here)


# --- what an operator does ------------------------------------------------------------------


def create(session: Session, settings: Settings, *, at: datetime) -> Known:
    """Make a seal key, the one that phones use from their next token on; committed.

    Older keys are given to no phone any more and go on opening. The file is on the disk before
    the database speaks of it.
    """
    with writing(session):
        rows = session.scalars(select(SealKeyRow)).all()
        taken = {row.kid for row in rows} | set(ring(settings))
        n = 1 + max((int(kid[1:]) for kid in taken if kid[1:].isdigit()), default=0)
        key = _new(f"s{n}", settings, at)
        _write(key, settings)
        for row in rows:
            row.retired_at = row.retired_at or at
        row = SealKeyRow(kid=key.kid, public_key=key.p256, created_at=at)
        session.add(row)
        session.flush()
        return _known(row, settings)


def listed(session: Session, settings: Settings) -> list[Known]:
    """List the seal keys that were ever given to a phone, oldest first."""
    rows = session.scalars(select(SealKeyRow).order_by(SealKeyRow.created_at, SealKeyRow.kid))
    return [_known(row, settings) for row in rows]


def copy(settings: Settings, out: Path, passphrase: str, *, at: datetime) -> tuple[str, ...]:
    """Write all keys to a new file, closed by a passphrase of its own; return their names.

    Raises
    ------
    SealKeyError : the file exists, there is no key, or the passphrase is short
    """
    keys = ring(settings)
    if out.exists():
        raise SealKeyError("copy.exists", file=out)
    if not keys:
        raise SealKeyError("key.none")
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise SealKeyError("passphrase.short", least=SHORTEST_PASSPHRASE)
    told = [_shown(key, passphrase, settings) for key in keys.values()]
    content = {"format": COPY_FORMAT, "made_at": at.isoformat(), "keys": told}
    _put(out, json.dumps(content, indent=1))
    return tuple(keys)


def rehearse(session: Session, source: Path, passphrase: str, *, at: datetime) -> Rehearsal:
    """Open with a copy what is sealed to the public halves that phones have; committed: when.

    The server's own files are not looked at, as if they were lost.
    """
    copied = _copied(source, passphrase)
    opened, lacking = [], []
    with writing(session):
        for row in session.scalars(select(SealKeyRow).order_by(SealKeyRow.kid)):
            key = copied.get(row.kid)
            if key is not None and _opens(key, row.public_key):
                row.rehearsed_at = at
                opened.append(row.kid)
            else:
                lacking.append(row.kid)
    return Rehearsal(tuple(opened), tuple(lacking))


def recover(session: Session, settings: Settings, source: Path, passphrase: str) -> tuple[str, ...]:
    """Bring back from a copy the keys whose files are missing here or damaged; return their names.

    A damaged file, or one that holds another key, is kept under another name.

    Raises
    ------
    SealKeyError : the copy does not open, or holds another key under a name that phones know; or
        a file here may be whole, and its passphrase or its mode is wrong
    """
    copied = _copied(source, passphrase)
    known = {row.kid: row.public_key for row in session.scalars(select(SealKeyRow))}
    session.rollback()
    lost = [
        kid for kid in sorted(copied) if kid in known and not _is_sound(settings, kid, known[kid])
    ]
    for kid in lost:
        if copied[kid].p256 != known[kid]:
            raise SealKeyError("copy.other", kid=kid)
    for kid in lost:
        _put_aside(_file(settings, kid))
        _write(copied[kid], settings)
    return tuple(lost)


# --- keys and files -------------------------------------------------------------------------


def shared_secret(private: ec.EllipticCurvePrivateKey, point: bytes) -> bytes:
    """Return the X coordinate that two keys have in common.

    Raises
    ------
    ValueError : the bytes are no point on P-256
    """
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    return private.exchange(ec.ECDH(), public)


def _opens(key: SealKey, public: str) -> bool:
    """Whether what is sealed to a public half opens with a key: both reach the same secret."""
    once = ec.generate_private_key(ec.SECP256R1())
    form = PublicFormat.UncompressedPoint
    epk = once.public_key().public_bytes(Encoding.X962, form)
    return shared_secret(once, decode(public)) == shared_secret(key.private, epk)


def _known(row: SealKeyRow, settings: Settings) -> Known:
    try:
        is_here = _is_sound(settings, row.kid, row.public_key)
    except SealKeyError:
        is_here = False
    return Known(
        row.kid,
        row.public_key,
        row.created_at,
        row.retired_at,
        row.rehearsed_at,
        is_here=is_here,
        is_closed=_is_closed(_file(settings, row.kid)),
    )


def _is_closed(file: Path) -> bool:
    """Whether a key's file rests on a passphrase; of a file that cannot be read nobody knows."""
    try:
        return "kdf" in json.loads(file.read_bytes())["private"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _is_sound(settings: Settings, kid: str, public: str) -> bool:
    """Whether the file of a key is here, opens, and holds what phones seal to."""
    file = _file(settings, kid)
    try:
        return file.exists() and _read(file, settings.seal_passphrase).p256 == public
    except SealKeyError as error:
        if error.code != "key.damaged":
            raise
        return False


def _put_aside(file: Path) -> None:
    """Give a file that is of no use a name that no key has; nothing is overwritten."""
    if file.exists():
        names = (file.with_name(f"aside-{n}-{file.name}") for n in itertools.count(1))
        file.rename(next(name for name in names if not name.exists()))


def _new(kid: str, settings: Settings, at: datetime) -> SealKey:
    purpose = f"seal-key/{kid}"
    chance = Entropy(settings.demo_seed).secret_bytes(SCALAR_BYTES + 16, purpose)
    return _key(kid, int.from_bytes(chance, "big") % (P256_ORDER - 1) + 1, at.isoformat())


def _key(kid: str, number: int, created_at: str) -> SealKey:
    return SealKey(kid, ec.derive_private_key(number, ec.SECP256R1()), created_at)


def _file(settings: Settings, kid: str) -> Path:
    return settings.keys_dir / f"seal-{kid}.json"


def _write(key: SealKey, settings: Settings) -> None:
    settings.keys_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    told = _shown(key, settings.seal_passphrase, settings)
    _put(_file(settings, key.kid), json.dumps(told, indent=1))


def _put(place: Path, text: str) -> None:
    """Write a new file for its owner's eyes, flushed with its name; never over another."""
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _shown(key: SealKey, passphrase: str | None, settings: Settings) -> dict[str, Any]:
    """A key as a file holds it."""
    secret = key.private.private_numbers().private_value.to_bytes(SCALAR_BYTES, "big")
    told = {"format": FORMAT, "kid": key.kid, "p256": key.p256, "created_at": key.created_at}
    if passphrase is None:
        return {**told, "private": {"plain": encode(secret)}}
    # As costly as a password of a person here, a power of two as scrypt wants it.
    n = 1 << (settings.password_memory_kib.bit_length() - 1)
    salt, iv = os.urandom(16), os.urandom(IV_BYTES)
    closed = AESGCM(_stretched(passphrase, salt, n)).encrypt(iv, secret, _bound(told))
    how = {"kdf": "scrypt", "n": n, "r": SCRYPT_BLOCK, "p": 1, "salt": encode(salt)}
    return {**told, "private": {**how, "iv": encode(iv), "ct": encode(closed)}}


def _read(file: Path, passphrase: str | None) -> SealKey:
    try:
        if file.stat().st_mode & 0o077:
            raise SealKeyError("key.open", file=file)
        return _key_of(json.loads(file.read_bytes()), passphrase)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SealKeyError("key.unreadable", file=file, reason=reason) from None
    except InvalidTag:
        raise SealKeyError("key.closed", file=file) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SealKeyError("key.damaged", file=file) from None


def _copied(source: Path, passphrase: str) -> dict[str, SealKey]:
    try:
        content = json.loads(source.read_bytes())
        if content["format"] != COPY_FORMAT:
            raise ValueError
        return {one["kid"]: _key_of(one, passphrase) for one in content["keys"]}
    except InvalidTag:
        raise SealKeyError("copy.closed", file=source) from None
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        raise SealKeyError("copy.damaged", file=source) from None


def _key_of(told: Mapping[str, Any], passphrase: str | None) -> SealKey:
    """Take a key from what a file holds; InvalidTag where the passphrase is another."""
    private = told["private"]
    if told["format"] != FORMAT:
        raise ValueError("no seal key")
    if "plain" in private:
        secret = decode(private["plain"])
    else:
        if passphrase is None:
            raise InvalidTag
        if not 2 <= private["n"] <= MOST_SCRYPT:
            raise ValueError("no cost of ours")
        secret = AESGCM(_stretched(passphrase, decode(private["salt"]), private["n"])).decrypt(
            decode(private["iv"]), decode(private["ct"]), _bound(told)
        )
    key = _key(told["kid"], int.from_bytes(secret, "big"), told["created_at"])
    if key.p256 != told["p256"]:
        raise ValueError("the halves do not belong together")
    return key


def _stretched(passphrase: str, salt: bytes, n: int) -> bytes:
    memory = 256 * SCRYPT_BLOCK * n
    return hashlib.scrypt(
        passphrase.encode(), salt=salt, n=n, r=SCRYPT_BLOCK, p=1, maxmem=memory, dklen=32
    )


def _bound(told: Mapping[str, Any]) -> bytes:
    return "\n".join(str(told[name]) for name in ("format", "kid", "p256")).encode()
