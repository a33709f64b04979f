"""Bodies as no sound client sends them: mutations of sound ones, and rubbish, from a seed."""

import codecs
import copy
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Any

Raw = tuple[bytes, dict[str, str]]
"""A body and the headers it makes necessary."""

HUGE = 10**400
BOMB = 64 * 1024 * 1024


def nested(levels: int) -> Any:
    """A list in a list in a list …"""
    found: Any = 1
    for _ in range(levels):
        found = [found]
    return found


ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.0,
    0.1,
    1e308,
    float("nan"),
    float("inf"),
    2**31,
    2**53,
    2**63,
    2**64,
    HUGE,
    -HUGE,
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff\ud800",
    "\u202e",
    "e\u0301",
    "x" * 300,
    "长" * 70_000,
    "null",
    "2020-02-30T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "2020-06-03T09:00:00",
    "' OR 1=1 --",
    "../../../etc/passwd",
    "00000000-0000-0000-0000-000000000000",
    "٣" * 12,
    [],
    {},
    [[]],
    {"": ""},
    [None],
    nested(18),
    nested(40),
    [0] * 5_000,
    {str(n): n for n in range(3_000)},
)


def rubbish() -> Iterator[Raw]:
    """Bodies that have nothing of a sound one; each once."""
    plain = (
        b"",
        b" ",
        b"null",
        b"[]",
        b"{}",
        b'""',
        b"0",
        b"NaN",
        b"-Infinity",
        b"{",
        b'{"a":',
        b'{"a":1,"a":2}',
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b"1" * 5_000,
        b"1" * 500_000,
        b"1e999999",
        b"\xff\xfe\x00\xd8",
        b"\x00" * 1_000,
        b'"\xed\xa0\x80"',
        b'"\xc0\x80"',
        b'{"\\ud800":1}',
        b"<html>",
        b"a=1&b=2",
    )
    for body in plain:
        yield body, {}
        yield gzip.compress(body, mtime=0), {"Content-Encoding": "gzip"}
    sound = b'{"ops":[]}'
    packed = gzip.compress(sound, mtime=0)
    yield sound, {"Content-Encoding": "gzip"}
    yield sound, {"Content-Encoding": "br"}
    yield sound, {"Content-Encoding": "gzip, gzip"}
    yield packed, {}
    yield packed + packed, {"Content-Encoding": "gzip"}
    yield packed[:-4], {"Content-Encoding": "gzip"}
    yield packed + b"more", {"Content-Encoding": "gzip"}
    yield gzip.compress(packed, mtime=0), {"Content-Encoding": "gzip"}
    yield bomb(), {"Content-Encoding": "gzip"}
    yield sound, {"Content-Type": "text/plain"}
    yield sound, {"Content-Type": "application/json; charset=utf-16"}
    yield sound, {"Content-Type": ""}


@cache
def bomb() -> bytes:
    """64 MiB of nothing, in 64 KiB."""
    return gzip.compress(bytes(BOMB), mtime=0)


def mutated(sound: bytes, chance: Random) -> Raw:
    """A sound body, changed: its bytes, its JSON at any level, or the way it is packed."""
    how: Callable[[bytes, Random], Raw] = chance.choice(
        (_flipped, _cut, _stuffed, _changed, _changed, _changed, _changed, _resealed, _encoded)
    )
    body, headers = how(sound, chance)
    if chance.random() < 0.3 and not headers:
        packed = bytearray(gzip.compress(body, mtime=0))
        if chance.random() < 0.3:
            packed[chance.randrange(len(packed))] ^= 1 << chance.randrange(8)
        return bytes(packed), {"Content-Encoding": "gzip"}
    return body, headers


def _flipped(sound: bytes, chance: Random) -> Raw:
    body = bytearray(sound)
    for _ in range(chance.randint(1, 8) if body else 0):
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    return bytes(body), {}


def _cut(sound: bytes, chance: Random) -> Raw:
    return sound[: chance.randrange(len(sound) + 1)], {}


def _stuffed(sound: bytes, chance: Random) -> Raw:
    at = chance.randrange(len(sound) + 1)
    return sound[:at] + chance.randbytes(chance.randint(1, 40)) + sound[at:], {}


def _encoded(sound: bytes, chance: Random) -> Raw:
    text = sound.decode("utf-8", "replace")
    name = chance.choice(("utf-16", "utf-32", "gb18030", "latin-1", "utf-8-sig", "utf-7"))
    return codecs.encode(text, name, "replace"), {}


def _changed(sound: bytes, chance: Random) -> Raw:
    try:
        found = json.loads(sound)
    except ValueError:
        return _flipped(sound, chance)
    for _ in range(chance.randint(1, 3)):
        found = _changed_at(found, chance)
    return _written(found, chance), {}


def _resealed(sound: bytes, chance: Random) -> Raw:
    """Change what an op holds and make its hash fit: the body is read then, and judged."""
    found = json.loads(sound) if sound[:1] == b"{" else None
    if not isinstance(found, dict) or not found.get("ops"):
        return _changed(sound, chance)
    op = chance.choice(found["ops"])
    inner = json.loads(op["body"])
    if chance.random() < 0.8:
        inner = _changed_at(inner, chance)
    body = _written(inner, chance)
    if chance.random() < 0.3:
        body, _ = _flipped(body, chance)
    op["body"] = body.decode("utf-8", "replace")
    op["body_sha256"] = hashlib.sha256(op["body"].encode()).hexdigest()
    op["op_id"] = f"{chance.getrandbits(32):08x}-0000-4000-8000-{chance.getrandbits(48):012x}"
    return json.dumps(found, ensure_ascii=chance.random() < 0.5).encode(), {}


def _changed_at(found: Any, chance: Random) -> Any:
    """The same value with one place in it changed, at any depth."""
    found = copy.deepcopy(found)
    places = list(_places(found))
    if not places:
        return chance.choice(ODD)
    holder, key = chance.choice(places)
    what = chance.random()
    if what < 0.15:
        del holder[key]
    elif what < 0.25 and isinstance(holder, dict):
        holder[chance.choice(("extra", "", "\0", "__proto__", "ops", "x" * 500))] = holder[key]
    elif what < 0.3 and isinstance(holder, list):
        holder.extend([holder[key]] * chance.choice((1, 200)))
    else:
        holder[key] = chance.choice(ODD)
    return found


def _places(found: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(found, dict):
        for key, inner in found.items():
            yield found, key
            yield from _places(inner)
    elif isinstance(found, list):
        for key, inner in enumerate(found[:20]):
            yield found, key
            yield from _places(inner)


def _written(found: Any, chance: Random) -> bytes:
    """Write as JSON, at times with a key twice, or with raw surrogates."""
    text = json.dumps(found, ensure_ascii=chance.random() < 0.5)
    if chance.random() < 0.1 and text.startswith("{") and len(text) > 2:
        text = text[:-1] + "," + text[1:]
    return text.encode("utf-8", "surrogatepass")
