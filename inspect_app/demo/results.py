"""The end of the story: verdicts are issued and fetched, and set beside the hidden truth."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspect_app.demo.places import County
from inspect_app.demo.register import county_truth

if TYPE_CHECKING:
    from inspect_app.demo.campaign import Narrator, Stage
    from inspect_app.demo.people import Office

INDICATOR_NAMES = {
    "wrong_exit_rate": "错退率 wrong exits",
    "missed_rate": "漏评率 missed",
    "poverty_incidence": "综合贫困发生率 composite",
    "satisfaction_rate": "群众认可度 satisfaction",
    "recurrence_rate": "返贫率 recurrence",
}
FINDING_NAMES = {
    "met_established": "达标，统计确证 met, established",
    "met_open": "达标，未确证 met, open",
    "unmet_open": "未达标，未确证 unmet, open",
    "unmet_established": "未达标，统计确证 unmet, established",
    None: "参考 reference",
}
COLUMNS = (
    "县 County",
    "指标 Indicator",
    "样本比率 Sample",
    "加权估计 Estimate",
    "90% 区间 Interval",
    "真值 Truth",
    "判定 Finding",
)


@dataclass(frozen=True)
class CountyResult:
    """What came out for one county; `truth` is what only a simulation knows."""

    county: County
    document: dict[str, Any]
    truth: dict[str, float]
    pdf: Path

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """One row an indicator, for the closing table."""
        return [
            (
                self.county.name_zh,
                INDICATOR_NAMES[one["code"]],
                _percent(one["sample_ratio"]["numerator"] / one["sample_ratio"]["denominator"]),
                _percent(one["estimate"]["value"]),
                f"{_percent(one['estimate']['low'])}–{_percent(one['estimate']['high'])}",
                _percent(self.truth[one["code"]]),
                FINDING_NAMES[one["finding"]],
            )
            for one in self.document["indicators"]
        ]


def collect(
    stage: "Stage", office: "Office", *, last_day: int, narrator: "Narrator"
) -> list[CountyResult]:
    """Publish the seed, issue and fetch every county's verdict, and tell the table."""
    campaign = f"/campaigns/{stage.campaign_id}"
    at = stage.moment(last_day + 5, 9)
    office.speaks("commissioner", at).post(f"{campaign}/seeds/publication")
    narrator.tell(
        "外业结束，种子公开，任何人可重算样本",
        "fieldwork is over, the seed is public, anybody can recompute the sample",
    )
    folder = stage.out / "verdicts"
    folder.mkdir(exist_ok=True)
    results = []
    release = (at.date()).isoformat()
    for county in stage.counties:
        reviewer = office.speaks("reviewer", at)
        issued = reviewer.post(
            f"{campaign}/verdicts", {"county_adcode": county.adcode, "release_date": release}
        )
        path = f"/verdicts/{issued['number']}/{issued['version']}"
        content = reviewer.fetch("GET", f"{path}/json")
        pdf = folder / f"{issued['number']}.pdf"
        pdf.write_bytes(reviewer.fetch("GET", f"{path}/pdf"))
        (folder / f"{issued['number']}.json").write_bytes(content)
        (folder / f"{issued['number']}-interviews.csv").write_bytes(
            reviewer.fetch("GET", f"{path}/interviews")
        )
        truth = county_truth(stage.register, county.adcode)
        results.append(CountyResult(county, json.loads(content), truth, pdf))
        narrator.tell(
            f"{county.name_zh} 结论书 {issued['number']} 已签发，PDF 摘要 "
            f"{issued['pdf_sha256'][:16]}…",
            f"verdict {issued['number']} issued, PDF digest {issued['pdf_sha256'][:16]}…",
        )
    return results


def tell_table(results: Sequence[CountyResult], narrator: "Narrator") -> None:
    """Print estimates beside the hidden truth."""
    narrator.table(
        "估计与隐藏真值（模拟数据） Estimates beside the hidden truth (simulated data)",
        COLUMNS,
        [row for result in results for row in result.rows],
    )


def _percent(rate: float) -> str:
    return f"{100 * rate:.2f}%"
