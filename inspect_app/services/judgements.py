"""Findings as they are kept beside a revision: written once, read back for review and counting."""

from typing import Any

from inspect_app.rules.approval import SUBJECTS
from inspect_app.rules.findings import Finding, Suspicion
from inspect_app.rules.interviews import Interview
from inspect_app.rules.states import CaseKind

SATISFACTION = (*SUBJECTS, "sat_overall")


def to_json(finding: Finding, interview: Interview) -> dict[str, Any]:
    """Write a finding with the answers that the report tabulates, as plain JSON."""
    return {
        "round_kind": finding.round_kind,
        "class_found": finding.class_found,
        "persons": finding.persons,
        "blocks": [
            {
                "block": block.block,
                "state": block.state.value,
                "reasons": list(block.reasons),
                "notes": list(block.notes),
            }
            for block in finding.blocks
        ],
        "suspicions": [
            {"kind": one.kind.value, "persons": one.persons, "reasons": list(one.reasons)}
            for one in finding.suspicions
        ],
        "undetermined": list(finding.undetermined),
        "excluded": finding.excluded,
        "approves": finding.approves,
        "off_card": finding.off_card,
        "off_card_unknown": finding.off_card_unknown,
        "monitored": list(finding.monitored),
        "procedure": finding.procedure,
        "flags": list(finding.flags),
        "satisfaction": {name: interview.answers.get(name) for name in SATISFACTION},
    }


def from_json(unit_id: str, stored: dict[str, Any]) -> Finding:
    """Read back what counting needs; income and blocks stay in the stored form."""
    return Finding(
        unit_id=unit_id,
        round_kind=stored["round_kind"],
        class_found=stored["class_found"],
        persons=stored["persons"],
        suspicions=suspicions(stored),
        undetermined=tuple(stored["undetermined"]),
        excluded=stored["excluded"],
        approves=stored["approves"],
        off_card=stored["off_card"],
        off_card_unknown=stored["off_card_unknown"],
    )


def suspicions(stored: dict[str, Any]) -> tuple[Suspicion, ...]:
    """Return what a case would be opened for."""
    return tuple(
        Suspicion(CaseKind(one["kind"]), one["persons"], tuple(one["reasons"]))
        for one in stored["suspicions"]
    )


def failing_blocks(stored: dict[str, Any]) -> list[str]:
    """Name the blocks that fail: all that a county is told of the answers."""
    return [block["block"] for block in stored["blocks"] if block["state"] == "fails"]
