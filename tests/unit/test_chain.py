"""The chain against vectors made by the recursive definitions, and against tampering."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from inspect_app.entropy import Entropy
from inspect_app.rules import chain
from inspect_app.rules.chain import Line
from inspect_app.services import receipts
from inspect_app.services.receipts import ReceiptKey, key_of
from inspect_app.settings import Settings

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "chain.json").read_text("utf-8"))


def lines() -> list[Line]:
    return [
        Line(seq, type_, received_at, status, op_id, kind, interview_id, rev, body, device)
        for seq, type_, op_id, kind, interview_id, rev, body, device, received_at, status in (
            vector["values"] for vector in VECTORS["lines"]
        )
    ]


def test_lines_and_hashes_follow_the_vectors() -> None:
    h = chain.genesis(VECTORS["campaign"])
    assert h.hex() == VECTORS["h_0"]
    for line, vector in zip(lines(), VECTORS["lines"], strict=True):
        h = chain.link(h, line.text)
        assert line.text == vector["text"]
        assert h.hex() == vector["h"]
        assert chain.receipt_message(line.text, h).decode() == vector["receipt_message"]


def test_days_end_at_midnight_in_china_and_begin_with_the_root_before() -> None:
    entries = [
        (line.day, bytes.fromhex(vector["h"]))
        for line, vector in zip(lines(), VECTORS["lines"], strict=True)
    ]

    days = chain.days(VECTORS["campaign"], entries)

    assert [{"day": d.day, "count": d.count, "root": d.root.hex()} for d in days] == VECTORS["days"]
    assert days[1].leaves[0] == days[0].root


def test_trees_and_paths_follow_rfc_6962() -> None:
    for tree in VECTORS["trees"]:
        leaves = [bytes.fromhex(leaf) for leaf in tree["leaves"]]
        grown = chain.Tree(leaves)
        assert grown.root().hex() == tree["root"]
        for index, leaf in enumerate(leaves):
            path = grown.path(index)
            assert [h.hex() for h in path] == tree["paths"][index]
            assert chain.follow(leaf, index, len(leaves), path).hex() == tree["root"]


def test_a_path_proves_no_other_leaf() -> None:
    leaves = [bytes([n]) * 4 for n in range(9)]
    tree = chain.Tree(leaves)
    path = tree.path(4)

    assert chain.follow(b"else", 4, 9, path) != tree.root()
    assert chain.follow(leaves[4], 5, 9, path) != tree.root()


def test_a_tree_still_knows_what_it_was() -> None:
    leaves = [bytes([n]) * 4 for n in range(70)]
    tree = chain.Tree(leaves)

    for size in range(len(leaves) + 1):
        then = chain.Tree(leaves[:size])
        assert tree.root(size) == then.root()
        for index in range(size):
            assert tree.path(index, size) == then.path(index)
            assert chain.follow(leaves[index], index, size, then.path(index)) == then.root()


def test_a_changed_line_changes_every_later_hash() -> None:
    true, forged = lines(), lines()
    forged[1] = Line(**{**forged[1].__dict__, "status": "conflict"})
    h, g = chain.genesis("c"), chain.genesis("c")
    differing = []
    for one, other in zip(true, forged, strict=True):
        h, g = chain.link(h, one.text), chain.link(g, other.text)
        differing.append(h != g)

    assert differing == [False, True, True, True]


def test_a_receipt_follows_the_vector_and_holds_for_its_line_only() -> None:
    vector = VECTORS["receipt"]
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["seed"]))
    key = ReceiptKey("r1", private, b"")
    message = VECTORS["lines"][0]["receipt_message"].encode()

    assert key.sign(message) == vector["sig"]
    assert key.public == vector["public"]
    assert receipts.verify(key.public, message, vector["sig"])
    assert not receipts.verify(key.public, message + b" ", vector["sig"])
    assert not receipts.verify(key.public, message, "not a signature")


def test_the_key_file_is_made_once_and_is_private(tmp_path: Path) -> None:
    settings = Settings.for_folder(tmp_path)
    first = key_of(settings)
    receipts._load.cache_clear()

    assert key_of(settings).public == first.public
    (file,) = settings.keys_dir.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_demonstration_repeats_its_key_and_production_does_not(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "abcd"]
    publics = [
        key_of(Settings.for_folder(folder, demo_seed=seed)).public
        for folder, seed in zip(folders, ["s", "s", None, None], strict=True)
    ]

    assert publics[0] == publics[1]
    assert len({*publics[1:]}) == 3


def test_demo_secrets_differ_by_purpose() -> None:
    entropy = Entropy("seed")

    assert entropy.secret_bytes(40, "a") == entropy.secret_bytes(40, "a")
    assert entropy.secret_bytes(40, "a") != entropy.secret_bytes(40, "b")


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2018, 7, 3, 11, 2, 12, 1500, UTC), "2018-07-03T11:02:12.001Z"),
        (datetime(2018, 7, 3, 19, 2, tzinfo=chain.CHINA), "2018-07-03T11:02:00.000Z"),
    ],
)
def test_times_are_written_in_utc_with_milliseconds(moment: datetime, text: str) -> None:
    assert chain.stamp(moment) == text
