"""The end of the story: verdicts are issued and fetched, and set beside the hidden truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from inspect_app.demo import publication
from inspect_app.demo.client import ApiProblem, Client
from inspect_app.demo.errors import DemoError
from inspect_app.demo.exports import take_away
from inspect_app.demo.places import County
from inspect_app.demo.register import county_truth
from sampling.plan import load_plan
from sampling.sample import Sample, Source, draw_sample, write_sample

if TYPE_CHECKING:
    from inspect_app.demo.campaign import Narrator, Stage
    from inspect_app.demo.people import Office

INDICATOR_NAMES = {
    "wrong_exit_rate": "错退率\nwrong exits",
    "missed_rate": "漏评率\nmissed",
    "poverty_incidence": "综合贫困发生率\ncomposite incidence",
    "satisfaction_rate": "群众认可度\nsatisfaction",
    "recurrence_rate": "返贫率\nrecurrence",
}
FINDING_NAMES = {
    "met_established": "达标，统计确证\nmet, established",
    "met_open": "达标，未确证\nmet, open",
    "unmet_open": "未达标，未确证\nunmet, open",
    "unmet_established": "未达标，统计确证\nunmet, established",
    None: "参考\nreference",
}
NAME = "demo"
"""Name of the frame and plan folders on the server."""

COLUMNS = (
    "县\nCounty",
    "指标\nIndicator",
    "判定\nFinding",
    "样本比率\nsample",
    "加权估计\nestimate",
    "90% 区间\ninterval",
    "真值\ntruth",
)


@dataclass(frozen=True)
class CountyResult:
    """What came out for one county; `truth` is what only a simulation knows.

    pdf : None where the verdict is withheld, because households that nobody could judge decide it
    """

    county: County
    indicators: list[dict[str, Any]]
    truth: dict[str, float]
    pdf: Path | None

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """One row an indicator, for the closing table."""
        return [
            (
                f"{self.county.name_zh}\n{self.county.adcode}",
                INDICATOR_NAMES[one["code"]],
                FINDING_NAMES[one["finding"]],
                _percent(one["sample_ratio"]["numerator"] / one["sample_ratio"]["denominator"]),
                _percent(one["estimate"]["value"]),
                _interval(one["estimate"]["low"], one["estimate"]["high"]),
                _percent(self.truth[one["code"]]),
            )
            for one in self.indicators
        ]


def collect(
    stage: "Stage",
    office: "Office",
    promised: dict[str, Any],
    *,
    last_day: int,
    narrator: "Narrator",
) -> list[CountyResult]:
    """Publish the seed, issue and fetch every county's verdict, take the data away.

    promised : what was public before the draw
    """
    campaign = f"/campaigns/{stage.campaign_id}"
    at = stage.moment(last_day + 5, 9)
    published = office.speaks("commissioner", at).post(f"{campaign}/seeds/publication")
    narrator.tell(
        "外业结束，种子公开，任何人可重算样本",
        "fieldwork is over, the seed is public, anybody can recompute the sample",
    )
    record = publication.hold_to_promise(stage, office.stranger(at), promised, narrator)
    sample = _draw_again(stage, published)
    visited = publication.visited(stage, sample, record, published["campaign_seed"])
    folder = stage.out / "verdicts"
    folder.mkdir(exist_ok=True)
    results = []
    release = at.date().isoformat()
    for county in stage.counties:
        reviewer = office.speaks("reviewer", at)
        figures = reviewer.post(f"{campaign}/estimates", {"county_adcode": county.adcode})
        pdf = _issue(reviewer, campaign, county, release, folder, narrator)
        if pdf is not None:
            _hold_to_draw(visited, pdf, county, narrator)
        truth = county_truth(stage.register, county.adcode)
        results.append(CountyResult(county, figures["indicators"], truth, pdf))
    take_away(stage, office, results, last_day=last_day, narrator=narrator)
    return results


def _draw_again(stage: "Stage", published: dict[str, Any]) -> Sample:
    """Draw from frame, rosters and published seed, as any outsider may, and keep the files."""
    plan, villages = load_plan(stage.settings.plans_dir / NAME)
    sample = draw_sample(
        plan,
        villages,
        Source(
            stage.frame.sha256,
            stage.frame.households,
            lambda _adcode, village_code: stage.register.roster(village_code),
        ),
        campaign_seed=published["campaign_seed"],
        seed_commitment=published["commitment"],
    )
    write_sample(stage.out / "sample", sample)
    return sample


def _hold_to_draw(visited: pl.DataFrame, pdf: Path, county: County, narrator: "Narrator") -> None:
    """Compare every household behind a verdict with the draw made outside the server."""
    columns = ["unit_id", "ticket", "order", "pi1", "pi2"]
    behind = pl.read_csv(
        pdf.with_name(f"{pdf.stem}-interviews.csv"), schema_overrides={"unit_id": pl.String}
    ).select(columns)
    drawn = visited.select(columns)
    strangers = behind.join(drawn, on=columns, how="anti")
    if strangers.height:
        raise DemoError("draw.differs", unit_id=strangers["unit_id"][0])
    narrator.tell(
        f"{county.name_zh}（模拟）{behind.height} 户与服务器之外重算的样本逐户一致",
        f"{behind.height} households of {county.name_en or county.adcode} (simulated) equal the "
        "sample recomputed outside the server, ticket by ticket",
    )


def _issue(
    reviewer: Client,
    campaign: str,
    county: County,
    release_date: str,
    folder: Path,
    narrator: "Narrator",
) -> Path | None:
    """Issue one verdict and fetch its files; None where it is withheld."""
    try:
        issued = reviewer.post(
            f"{campaign}/verdicts", {"county_adcode": county.adcode, "release_date": release_date}
        )
    except ApiProblem as problem:
        if not problem.is_about("verdict-withheld"):
            raise
        narrator.tell(
            f"{county.name_zh}（模拟）暂不作结论：未能判定的户会改变结果，须先查清",
            f"no verdict for {county.name_en or county.adcode} (simulated) yet: households nobody "
            "could judge would decide it",
        )
        return None
    path = f"/verdicts/{issued['number']}/{issued['version']}"
    files = {"json": ".json", "pdf": ".pdf", "interviews": "-interviews.csv"}
    for name, ending in files.items():
        (folder / f"{issued['number']}{ending}").write_bytes(
            reviewer.fetch("GET", f"{path}/{name}")
        )
    for kind in ("json", "pdf"):
        content = reviewer.fetch("GET", f"{path}/{kind}?edition=public")
        (folder / f"{issued['number']}-public.{kind}").write_bytes(content)
    pdf_sha256 = {one["edition"]: one["pdf_sha256"] for one in issued["editions"]}
    narrator.tell(
        f"{county.name_zh}（模拟）结论书 {issued['number']} 已出具，PDF 摘要 "
        f"{pdf_sha256['full'][:16]}…",
        f"verdict {issued['number']} issued, PDF digest {pdf_sha256['full'][:16]}…",
    )
    return folder / f"{issued['number']}.pdf"


def tell_table(results: Sequence[CountyResult], narrator: "Narrator") -> None:
    """Print estimates beside the hidden truth."""
    narrator.table(
        "估计与隐藏真值（模拟数据） Estimates beside the hidden truth (simulated data)",
        COLUMNS,
        [row for result in results for row in result.rows],
    )


def _interval(low: float, high: float) -> str:
    """An interval in percent, rounded outward as the report rounds it."""
    return f"{floor(1e4 * low) / 100:.2f}–{ceil(1e4 * high) / 100:.2f}%"


def _percent(rate: float) -> str:
    return f"{100 * rate:.2f}%"
