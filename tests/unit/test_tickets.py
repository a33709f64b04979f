"""Tickets agree with the published vectors and with SHA-256 computed by hand."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from sampling import tickets

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "tickets.json").read_text("utf-8"))


def test_first_vector_gives_the_known_sample():
    """Vector of the synchronisation rules: six, three, four of eight households."""
    ids = [f"530621100201-{line:04}" for line in range(1, 9)]
    sample, reserve = tickets.draw_units("demo-seed", ids, 3, reserve=0)
    assert sample == ["530621100201-0006", "530621100201-0003", "530621100201-0004"]
    assert reserve == []


def test_a_ticket_is_sha256_of_seed_separator_and_id():
    by_hand = sha256(b"demo-seed\x1f530621100201-0006").digest()
    assert tickets.ticket("demo-seed", "530621100201-0006") == by_hand
    assert tickets.derive("demo-seed", "stage1") == sha256(b"demo-seed\x1fstage1").hexdigest()


def test_draws_tickets_and_seeds_agree_with_the_vectors():
    for draw in VECTORS["draws"]:
        found = tickets.draw_units(draw["seed"], draw["unit_ids"], draw["n"], draw["reserve"])
        assert found == (draw["sample"], draw["reserve_ids"])
    for one in VECTORS["tickets"]:
        assert tickets.ticket(one["seed"], one["unit_id"]).hex() == one["ticket"]
    for one in VECTORS["derived"]:
        assert tickets.derive(one["seed"], one["purpose"]) == one["derived"]
    for one in VECTORS["uniform"]:
        assert tickets.uniform(one["seed"], one["name"]) == one["value"]
        assert tickets.ticket(one["seed"], one["name"])[:8].hex() == one["word"]
    seeds = VECTORS["seeds"]
    assert tickets.commitment(seeds["secret"]) == seeds["commitment"]
    assert tickets.campaign_seed(seeds["secret"], seeds["public_value"]) == seeds["campaign_seed"]


@pytest.mark.parametrize("refused", VECTORS["refused"], ids=lambda one: one["why"])
def test_identifiers_that_are_not_clean_are_refused(refused):
    with pytest.raises(ValueError, match="unit id"):
        tickets.ticket("demo-seed", refused["unit_id"])
    with pytest.raises(ValueError, match="unit id"):
        tickets.draw_units("demo-seed", ["good", refused["unit_id"]], 1)


def test_a_seed_that_is_not_clean_is_refused():
    for seed in ("", "a\x1fb", "e\u0301"):
        with pytest.raises(ValueError, match="seed"):
            tickets.ticket(seed, "unit")


def test_lone_surrogates_are_a_value_error():
    with pytest.raises(ValueError, match="surrogates"):
        tickets.ticket("demo-seed", "\ud800")


def test_seeds_of_the_tree_follow_their_purposes():
    county = tickets.county_seed("campaign", "420528")
    assert county == tickets.derive("campaign", "county/420528")
    assert tickets.stage1_seed(county) == tickets.derive(county, "stage1")
    assert tickets.village_seed(county, "420528101214") == tickets.derive(
        county, "stage2/420528101214"
    )
    assert tickets.reinterview_seed(county) == tickets.derive(county, "reinterview")


def test_rank_does_not_depend_on_the_order_of_the_list():
    ids = [f"u{number}" for number in range(200)]
    assert tickets.rank("seed", ids) == tickets.rank("seed", reversed(ids))
    own = [ticket for _, ticket in tickets.rank("seed", ids)]
    assert own == sorted(own)


def test_equal_tickets_are_ordered_by_the_bytes_of_the_id(monkeypatch):
    monkeypatch.setattr(tickets, "tickets", lambda seed: lambda unit_id: b"same")
    assert [unit_id for unit_id, _ in tickets.rank("seed", ["b", "é", "a"])] == ["a", "b", "é"]


def test_an_id_given_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        tickets.draw_units("seed", ["a", "b", "a"], 1)


def test_a_list_that_is_too_short_is_drawn_whole():
    sample, reserve = tickets.draw_units("seed", ["a", "b"], 5, reserve=3)
    assert sorted(sample) == ["a", "b"]
    assert reserve == []
    with pytest.raises(ValueError, match="negative"):
        tickets.draw_units("seed", ["a", "b"], -1)


def test_uniform_numbers_stay_below_one(monkeypatch):
    monkeypatch.setattr(tickets, "ticket", lambda seed, unit_id: b"\xff" * 32)
    assert tickets.uniform("seed", "start") < 1
    assert tickets.fraction("seed", "start") < 1


def test_a_fingerprint_names_a_set():
    assert tickets.fingerprint(["b", "a"]) == sha256(b"a\nb\n").hexdigest()
    assert tickets.fingerprint([]) == sha256(b"").hexdigest()
