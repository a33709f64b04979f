"""A verdict kept from an earlier commit: recomputed to the same bytes, or the software is told."""

import json
from dataclasses import replace
from typing import Any

import kept_verdict
import pytest

from inspect_app.rules.errors import InputsDamaged
from inspect_app.services import inputs, recomputing
from inspect_app.services.documents import digest
from inspect_app.services.recomputing import Outcome, compare
from inspect_app.version import SOFTWARE

FULL = "full"


def recomputed(*, frozen: bytes | None = None, **kept: Any) -> recomputing.Recomputed:
    """Recompute the verdict as if it had been kept otherwise."""
    inputs_kept, interviews = kept_verdict.frozen()
    editions = [replace(one, **kept) if one.edition == FULL else one for one in kept_verdict.kept()]
    return compare(
        "990001-2020-01", 1, editions, frozen=frozen or inputs_kept, interviews=interviews
    )


def changed(**settings: Any) -> bytes:
    """The inputs with other values of the county."""
    content, _ = kept_verdict.frozen()
    told = json.loads(content)
    told["county"] |= settings
    return json.dumps(told).encode()


def test_the_digests_kept_are_of_the_documents_kept():
    for one in kept_verdict.kept():
        assert one.document_sha256 == digest(one.document)


def test_todays_software_computes_the_kept_verdict_to_the_same_bytes_or_says_which_differ():
    found = kept_verdict.recomputed()

    if found.software == SOFTWARE:
        assert found.outcome is Outcome.SAME, (
            f"{found.differences}: see tests/kept_verdict.py, and raise the version if published "
            "figures change"
        )
    else:
        assert found.outcome in (Outcome.SAME, Outcome.OTHER_SOFTWARE)
        assert bool(found.differences) == (found.outcome is Outcome.OTHER_SOFTWARE)


def test_other_inputs_by_the_same_software_are_different_by_name(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(recomputing, "SOFTWARE", kept_verdict.recomputed().software)

    found = recomputed(frozen=changed(line_yuan=3999))

    assert (found.outcome, found.is_sound) == (Outcome.DIFFERENT, False)
    assert found.differences == {
        edition: ["campaign.poverty_line.yuan"] for edition in ("full", "public")
    }


def test_a_difference_of_another_software_is_told_with_its_version(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(recomputing, "SOFTWARE", "exit-inspection 99.0")

    found = recomputed(frozen=changed(region_group="central_2pct"))

    assert (found.outcome, found.is_sound) == (Outcome.OTHER_SOFTWARE, True)
    assert "county.region_group" in found.differences[FULL]
    assert "indicators[2].threshold" in found.differences[FULL]


def test_a_page_that_moved_differs_in_its_pdf_alone():
    found = recomputed(pdf_sha256="0" * 64)

    assert found.differences == {FULL: ["pdf"]}


def test_a_page_that_cannot_be_drawn_any_more_is_a_difference(monkeypatch: pytest.MonkeyPatch):
    def refuse(sheet: Any) -> bytes:
        raise ValueError("no room")

    monkeypatch.setattr(recomputing.verdict_report, "render", refuse)

    found = kept_verdict.recomputed()

    assert found.differences["full"] == ["pdf (ValueError: no room)"]


@pytest.mark.parametrize(
    "harm",
    [
        lambda frozen, rows: (b"{", rows),
        lambda frozen, rows: (frozen.replace(b"inputs/1", b"inputs/9"), rows),
        lambda frozen, rows: (frozen.replace(b'"county":', b'"country":'), rows),
        lambda frozen, rows: (frozen, rows.replace(b"completed", b"refused", 1)),
        lambda frozen, rows: (frozen, b""),
        lambda frozen, rows: (frozen.replace(b"value = 0.02", b"value = 0.03", 1), rows),
        lambda frozen, rows: (frozen.replace(b"seed", b"seeds"), rows),
    ],
)
def test_what_was_frozen_is_held_to_its_digests(harm: Any):
    frozen, interviews = harm(*kept_verdict.frozen())

    with pytest.raises(InputsDamaged):
        inputs.thaw(frozen, interviews)
    found = compare("990001-2020-01", 1, kept_verdict.kept(), frozen=frozen, interviews=interviews)
    assert (found.outcome, found.is_sound) == (Outcome.DAMAGED, False)
    assert found.fault


def test_inputs_read_are_written_to_the_same_bytes():
    frozen, interviews = kept_verdict.frozen()

    assert inputs.freeze(*inputs.thaw(frozen, interviews)) == frozen
