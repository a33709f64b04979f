"""What lies in the folder of a demonstration, said in a file there and at its end."""

from collections.abc import Iterator
from pathlib import Path

MARK = "SIMULATED.txt"
SAID = """模拟数据 SIMULATED DATA

县、乡镇、村的名称是真实的；住户、人数、访谈、认定、结论全部为虚构，不反映任何真实的县、户或人。
The names of counties, townships and villages are real. The households, totals, interviews, rulings
and verdicts are invented, and say nothing about any real county, household or person.

由 exit-inspection demo 以种子“{seed}”生成。
Made by `exit-inspection demo` from the seed "{seed}".
"""
PAPERS = (
    ("verdicts/*[0-9].pdf", "结论书，完整版", "verdict, full edition"),
    ("verdicts/*[0-9]-signed.pdf", "同上，已签名", "the same, signed"),
    ("verdicts/*-public.pdf", "结论书，公开版", "verdict, public edition"),
    ("verdicts/*-public-signed.pdf", "同上，已签名", "the same, signed"),
    ("papers/notice-*[0-9].pdf", "致县核实函", "notice to a county"),
    ("papers/notice-*-signed.pdf", "同上，已签名", "the same, signed"),
    ("papers/sheet-*.pdf", "任务单", "assignment sheet"),
    ("summary/summary.pdf", "各县结论总览", "summary of all counties"),
    ("summary/annex.pdf", "方法附件", "methods annex"),
)
"""Documents by where they lie, and what they are."""


def mark(out: Path, seed: str) -> None:
    """Say in the folder itself that everything in it is invented."""
    (out / MARK).write_text(SAID.format(seed=seed), encoding="utf-8")


def papers(out: Path) -> Iterator[tuple[Path, str, str]]:
    """Yield every document with what it is, in both languages."""
    for pattern, zh, en in PAPERS:
        for path in sorted(out.glob(pattern)):
            yield path, zh, en
