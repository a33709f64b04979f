"""splitmix64 tickets: one definition in every spelling. Spark's is in test_engines.py."""

import numpy as np
import polars as pl
import pytest

from sampling import splitmix

ROW_KEYS = [0, 1, -1, 42, 29_480_000, 2**63 - 1, -(2**63), 0x0123456789ABCDEF]
KEYS = (0x0123456789ABCDEF, 0xFEDCBA9876543210)

# Made by the Python whole numbers of `splitmix.ticket`, whose mix is checked below.
TICKETS = [
    0x12606BC1C15101C8,
    0xB4D7E00FA7C659E4,
    0xAFF8A8FFDDDDE504,
    0x8217FD333E9D6CDA,
    0x807D1782FB420181,
    0x0450A00EA4A26A8F,
    0x46976FB94D0E8196,
    0x9767DF3EFF11EB2C,
]


def test_the_mix_is_that_of_the_authors():
    """First output of the authors' splitmix64.c for the state 0 (Vigna 2015, public domain)."""
    first = 0xE220A8397B1DCDAF
    assert splitmix.ticket((0, first), 0) == first


def test_tickets_as_whole_numbers():
    assert [splitmix.ticket(KEYS, one) for one in ROW_KEYS] == TICKETS


def test_tickets_as_an_array():
    found = splitmix.tickets(KEYS, np.array(ROW_KEYS))
    assert found.dtype == np.uint64
    assert found.tolist() == TICKETS


def test_an_array_is_left_as_it_was():
    row_keys = np.array(ROW_KEYS)
    splitmix.tickets(KEYS, row_keys)
    assert row_keys.tolist() == ROW_KEYS


def test_row_keys_that_were_rounded_are_refused():
    with pytest.raises(TypeError, match="int64"):
        splitmix.tickets(KEYS, np.array([1.0]))


@pytest.mark.parametrize("where", ["literals", "columns"])
def test_tickets_as_expressions(where):
    rows = pl.LazyFrame({"key": ROW_KEYS}).with_columns(
        pl.lit(key, pl.UInt64).alias(name) for name, key in zip("ab", KEYS, strict=True)
    )
    keys = splitmix.literals(KEYS) if where == "literals" else (pl.col("a"), pl.col("b"))
    found = splitmix.with_tickets(rows, keys, row_key="key", into="prn")
    assert found.collect(engine="streaming")["prn"].to_list() == TICKETS


def test_tickets_in_duckdb():
    duckdb = pytest.importorskip("duckdb", reason="needs the extra [duckdb]")
    query = "select unnest($rows) as row_key"
    query = f"select (row_key::hugeint & {splitmix.MASK}::hugeint)::uhugeint as z from ({query})"
    keys = tuple(splitmix.sql_literal("duckdb", key) for key in KEYS)
    for step in splitmix.steps("duckdb", keys):
        query = f"select {step} as z from ({query})"
    rows = duckdb.connect().execute(query, {"rows": ROW_KEYS}).fetchall()
    assert [ticket for (ticket,) in rows] == TICKETS


def test_different_row_keys_have_different_tickets():
    row_keys = np.arange(-50_000, 50_000)
    assert len(set(splitmix.tickets(KEYS, row_keys).tolist())) == 100_000


def test_tickets_fill_their_range_evenly():
    """Chi-square of 256 classes, 255 degrees of freedom; 5 standard deviations are 113."""
    classes = splitmix.tickets(splitmix.keys("even"), np.arange(200_000)) >> np.uint64(56)
    counts = np.bincount(classes.astype(int), minlength=256)
    expected = 200_000 / 256
    assert abs(((counts - expected) ** 2 / expected).sum() - 255) < 113


def test_another_seed_has_other_keys():
    assert len({*splitmix.keys("a"), *splitmix.keys("b")}) == 4
