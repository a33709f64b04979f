"""Every word of three reports, as it is read back from the file by strangers' readers."""

from collections import Counter

import pytest
from golden_reports import COUNTIES, EDITIONS
from snapshots import EXTRACTORS, by_pypdf, drawn, kept, normal

from report_templates import gate

BOTH = [(county, edition) for county in COUNTIES for edition in EDITIONS]
RENEW = "read the difference; if it is wanted, run `PYTHONPATH=. python tests/snapshots.py`"


@pytest.mark.parametrize(("county", "edition"), BOTH)
def test_a_report_says_word_for_word_what_was_read_through(county: str, edition: str) -> None:
    said = normal(by_pypdf(drawn(county, edition)))

    assert said == kept(county, edition).read_text(encoding="utf-8"), RENEW


@pytest.mark.parametrize("other", ["pdfminer", "pdfium"])
@pytest.mark.parametrize(("county", "edition"), BOTH)
def test_another_reader_finds_the_same_characters_on_every_page(
    county: str, edition: str, other: str
) -> None:
    pages, others = (EXTRACTORS[name](drawn(county, edition)) for name in ("pypdf", other))

    assert len(pages) == len(others) >= 4
    for one, another in zip(pages, others, strict=True):
        counted = [Counter("".join(page.split())) for page in (one, another)]
        assert counted[0] == counted[1]


@pytest.mark.parametrize(("county", "edition"), BOTH)
def test_what_is_kept_passes_the_gate(county: str, edition: str) -> None:
    gate.check(drawn(county, edition))


def test_the_three_show_the_three_kinds_of_verdict() -> None:
    words = ("四项均统计确证", "建议复核", "未达标，统计确证")

    for county, word in zip(COUNTIES, words, strict=True):
        first = kept(county, "public").read_text(encoding="utf-8").split("== 2 ==")[0]
        assert word in first
