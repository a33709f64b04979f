"""Tables frozen beside a verdict come back as they were, whatever a county's households met."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from inspect_app.rules.errors import InputsDamaged
from inspect_app.services import inputs


def test_every_type_of_column_comes_back() -> None:
    rows = pl.DataFrame(
        {
            "unit_id": ["420528001001-0001", "420528001001-0002"],
            "weight": [12.25, 1 / 3],
            "persons": [4, None],
            "accepted": [True, None],
            "opened_at": [datetime(2020, 6, 3, 1, 0, 0, 123000, tzinfo=UTC), None],
            "undetermined": [["wrong_exit_rate", "satisfaction_rate"], []],
            "reason": [None, None],
        }
    )

    back = inputs._read_table(inputs._table(rows))

    assert back.equals(rows)
    assert back.schema == rows.schema


def test_a_type_that_would_not_come_back_is_refused() -> None:
    with pytest.raises(InputsDamaged, match="Duration"):
        inputs._table(pl.DataFrame({"took": [timedelta(days=1)]}))
