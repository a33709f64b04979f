"""Whatever county it is: the public edition that is derived for it gives nothing away."""

import json
from typing import Any

import pytest
from county_documents import a_county, a_full_edition
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspect_app.services import attackers, disclosure, editions
from inspect_app.services.documents import to_bytes
from sampling import example

UNITS = {
    household_class: example.interviews()
    .filter(household_class=household_class, disposition="completed")["unit_id"]
    .to_list()
    for household_class in "ENP"
}
CLEAN = {
    unit: {"wrong_exit": 0, "missed": 0, "approves": 1}
    for units in UNITS.values()
    for unit in units
}


@st.composite
def findings(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """A county in which some households fell, were missed, disapprove or refused."""
    found: dict[str, dict[str, Any]] = {unit: dict(said) for unit, said in CLEAN.items()}
    persons = {row["unit_id"]: row["persons"] for row in example.interviews().to_dicts()}
    for name, units in (("wrong_exit", UNITS["E"]), ("missed", UNITS["N"])):
        for unit in draw(st.lists(st.sampled_from(units), max_size=12, unique=True)):
            found[unit][name] = persons[unit]
    every = [unit for units in UNITS.values() for unit in units]
    for unit in draw(st.lists(st.sampled_from(every), max_size=30, unique=True)):
        found[unit]["approves"] = 0
    quiet = [unit for unit in every if not any(found[unit][k] for k in ("wrong_exit", "missed"))]
    for unit in draw(st.lists(st.sampled_from(quiet), max_size=10, unique=True)):
        found[unit] = {
            "disposition": "refused",
            **dict.fromkeys(("wrong_exit", "missed", "approves", "recurrence", "class_found")),
        }
    return found


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes=findings())
def test_no_public_edition_gives_a_household_away(changes: dict[str, dict[str, Any]]) -> None:
    county = a_county(changes)
    full = disclosure.restrained(county, a_full_edition(county))
    kept = attackers.secrets(county)

    public = json.loads(to_bytes(disclosure.public_edition(county, full)))

    assert disclosure.first_leaks(kept, public) == []
    assert disclosure.refusals_leak(county, full) == []
    assert "nonce" not in public
    for known in (*attackers.official(kept, public), *attackers.published(kept, public)):
        truth = kept.truth(known)
        assert known.low - 1e-9 <= truth <= known.high + 1e-9, known.what


@pytest.mark.parametrize("groups", [((1, 1), (2, 3)), ((1, 2), (3, 3)), ((1, 1), (2, 2), (3, 3))])
def test_a_county_without_cases_may_show_every_group(groups: Any) -> None:
    """That nothing was found in a group is what the county's figure says already: it may stand."""
    county = a_county(CLEAN)
    kept = attackers.secrets(county)

    public = editions.public(a_full_edition(county), groups)

    assert disclosure.first_leaks(kept, public) == []
