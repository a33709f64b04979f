"""What goes on paper: assignment sheets to the village, notices to the county.

The first sheet of every county is kept among the results, and so is every notice.
"""

from typing import TYPE_CHECKING, Any

from inspect_app.demo.client import Client
from inspect_app.demo.places import County

if TYPE_CHECKING:
    from pathlib import Path

    from inspect_app.demo.campaign import Stage
    from inspect_app.demo.fieldwork import Fieldwork

FOLDER = "papers"
WITHOUT_SIGNAL = 3
"""Villages a county to which paper goes along."""


def keep(stage: "Stage", name: str, content: bytes) -> "Path":
    """Put a file among the papers."""
    folder = stage.out / FOLDER
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def print_sheets(field: "Fieldwork", county: County, given: list[dict[str, Any]], day: int) -> None:
    """Let the leader print sheets for villages of a day, the first one with roster forms."""
    leader = field.leader(county, field.stage.moment(day, 8.4))
    for n, assigned in enumerate(given[:WITHOUT_SIGNAL]):
        path = f"{field.campaign}/assignments/{assigned['id']}/sheets"
        pdf = leader.fetch("POST", path, {"with_roster": n == 0})
        field.sheets.append((county, path))
        if n == 0:
            keep(field.stage, f"sheet-{county.adcode}.pdf", pdf)


def take_back_sheets(field: "Fieldwork", day: int) -> None:
    """Enter that every copy was handed back and destroyed."""
    for county, path in field.sheets:
        leader = field.leader(county, field.stage.moment(day, 19))
        for what, note in (
            ("returned", "外业结束交回 handed back after fieldwork"),
            ("destroyed", "当场碎毁 shredded"),
        ):
            leader.post(f"{path}/1/events", {"what": what, "note": note})
    count = len(field.sheets)
    field.narrator.tell(
        f"为无信号的村打印任务单 {count} 份，逐份编号，均已交回并销毁",
        f"{count} numbered assignment sheets were printed for villages without signal; every one "
        "was handed back and destroyed",
    )


def send_notices(field: "Fieldwork", cases: list[dict[str, Any]], kind: str, day: int) -> int:
    """Issue a notice to every county that has cases; its official downloads and acknowledges it.

    kind : told, which asks about cases, or ruled, which tells what became of them
    """
    with_cases = {case["county_adcode"] for case in cases}
    counties = [one for one in field.stage.counties if one.adcode in with_cases]
    for county in counties:
        reviewer = field.office.speaks("reviewer", field.stage.moment(day, 18))
        path = f"{field.campaign}/hearings/{county.adcode}/notices"
        issued = reviewer.post(path, {"kind": kind})
        login = f"county-{county.adcode}"
        _take(field, field.office.speaks(login, field.stage.moment(day, 18.5)), issued["number"])
    return len(counties)


def _take(field: "Fieldwork", official: Client, number: str) -> None:
    for form, ending in (("pdf", ".pdf"), ("signed", "-signed.pdf")):
        content = official.fetch("GET", f"/notices/{number}/{form}")
        keep(field.stage, f"notice-{number}{ending}", content)
    official.post(f"/notices/{number}/receipt")
