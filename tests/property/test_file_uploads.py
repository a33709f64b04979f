"""Any sequence of chunks, repeats, tears and lost answers ends in the same file."""

import hashlib
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from inspect_app.rules.errors import BlobHashMismatch, BlobOffset
from inspect_app.services.files import Store

CAMPAIGN = "00000000-0000-5000-8000-000000000001"
PHONES = ("00000000-0000-4000-8000-000000000002", "00000000-0000-4000-8000-000000000003")

Act = tuple[str, int, int, int]
ACTS = st.lists(
    st.tuples(
        st.sampled_from(("next", "again", "anywhere", "rubbish", "torn", "ask")),
        st.integers(0, 1),
        st.integers(0, 60),
        st.integers(1, 60),
    ),
    max_size=40,
)


@given(content=st.binary(max_size=200), acts=ACTS)
@settings(deadline=None)
def test_whatever_happens_the_file_is_the_one_that_was_named(
    content: bytes, acts: list[Act]
) -> None:
    sha256, length = hashlib.sha256(content).hexdigest(), len(content)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "blobs", CAMPAIGN)
        for act in acts:
            _play(store, act, content, sha256)
            if store.has(sha256):
                assert store.holds(sha256, length=length)
        for phone in PHONES:
            _finish(store, phone, content, sha256)
        store.clear(sha256)

        left = [path for path in Path(folder).rglob("*") if path.is_file()]
        assert left == [store.path(sha256)]
        assert left[0].read_bytes() == content


def _play(store: Store, act: Act, content: bytes, sha256: str) -> None:
    """What a phone, the network or a dying server may do next."""
    kind, who, where, size = act
    phone, length = PHONES[who], len(content)
    here = store.received(sha256, phone)
    offset = {"again": max(0, here - size), "anywhere": where}.get(kind, here)
    chunk = content[offset : offset + size]
    match kind:
        case "ask":
            store.finish(sha256, phone, length=length)
            return
        case "torn":  # the server died within a write: a beginning of the chunk is on the disk
            if not store.has(sha256) and here:
                part = store.path(sha256).with_name(f"{sha256}.{phone}.part")
                with part.open("ab") as file:
                    file.write(chunk[: where % (len(chunk) + 1)])
            return
        case "rubbish":
            chunk = bytes(len(chunk))
    try:
        after = store.append(sha256, phone, chunk, offset=offset, length=length)
    except BlobOffset:
        assert offset != here
    except BlobHashMismatch:
        assert store.received(sha256, phone) == 0
    else:
        assert after == length if store.has(sha256) else offset + len(chunk)


def _finish(store: Store, phone: str, content: bytes, sha256: str) -> None:
    """Go on as a phone does, until the server says that all of it is here."""
    length = len(content)
    for _attempt in range(4):
        if store.finish(sha256, phone, length=length):
            return
        here = store.received(sha256, phone)
        try:
            store.append(sha256, phone, content[here:], offset=here, length=length)
        except BlobHashMismatch:
            continue
        return
    raise AssertionError("the file never arrived")
