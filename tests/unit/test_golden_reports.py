"""Pages of three counties against the pictures kept of them, and what the pictures show."""

import json

import golden_reports
import pytest
from golden_reports import COUNTIES, EDITIONS, MOST_DIFFERENT
from PIL import Image, ImageDraw

OF_ALL = [(name, edition) for name in COUNTIES for edition in EDITIONS]


@pytest.mark.parametrize(("name", "edition"), OF_ALL)
def test_pages_look_as_they_did(name: str, edition: str) -> None:
    pages, kept = list(golden_reports.pages(name, edition)), golden_reports.kept(name, edition)

    assert [file.name for file in kept] == [
        f"{name}-{edition}-{number}.png" for number in range(1, len(pages) + 1)
    ]
    for page, file in zip(pages, kept, strict=True):
        with Image.open(file) as then:
            share = golden_reports.different(page, then)
        assert share <= MOST_DIFFERENT, (
            f"{file.name}: {share:.2%} of the pixels moved; look at the page, then run "
            "`python tests/golden_reports.py renew`"
        )


def test_a_moved_line_and_a_lost_mark_are_seen() -> None:
    page = next(iter(golden_reports.pages("open", "full")))
    with Image.open(golden_reports.picture("open", "full", 1)) as then:
        moved = page.copy()
        moved.paste(page.crop((0, 100, page.width, 130)), (0, 102))
        lost = page.copy()
        ImageDraw.Draw(lost).rectangle((60, 120, 100, 160), fill="white")

        assert golden_reports.different(moved, then) > MOST_DIFFERENT
        assert golden_reports.different(lost, then) > MOST_DIFFERENT
        assert golden_reports.different(page.crop((0, 0, 9, 9)), then) == 1.0


def test_one_county_passes_one_is_open_and_one_fails() -> None:
    verdicts = [json.loads(golden_reports.document(name, "full"))["verdict"] for name in COUNTIES]

    assert [(one["outcome"], one["standing"]) for one in verdicts] == [
        ("meets", "established"),
        ("meets", "open"),
        ("does_not_meet", "established"),
    ]
    assert verdicts[0]["established"] == 4


@pytest.mark.parametrize("name", COUNTIES)
def test_figures_of_a_county_agree_with_each_other(name: str) -> None:
    row = json.loads(golden_reports.document(name, "full"))
    by_code = {one["code"]: one["estimate"]["value"] for one in row["indicators"]}
    persons = {one["code"]: one["value"] for one in row["sources"]}
    opened = sum(row["sample"]["opened"].values())
    composite = (
        persons["persons_p"]
        + by_code["wrong_exit_rate"] * persons["persons_e"]
        + by_code["missed_rate"] * persons["persons_n"]
    ) / persons["persons_rural"]

    assert by_code["poverty_incidence"] == pytest.approx(composite)
    assert by_code["satisfaction_rate"] <= row["approval"]["at_most"] + 5e-4
    assert sum(one["households"] for one in row["strata"]) == opened
    assert sum(one["households"] for one in row["townships"]) == opened
    assert sum(one["revisits"] for one in row["townships"]) == row["open"]["blind_reinterviews"]
    assert len(row["confirmed"]) == sum(one["confirmed"] for one in row["cases"].values())
    for one in row["cases"].values():
        assert one["flagged"] == one["overturned"] + one["confirmed"] + one["undecided"]


def test_the_pictures_stay_small() -> None:
    files = list(golden_reports.FOLDER.iterdir())

    assert sum(file.stat().st_size for file in files) < 2_500_000
