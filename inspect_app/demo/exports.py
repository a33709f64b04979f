"""What an agency takes away: data sets with a manifest, and the same figures computed from them."""

import hashlib
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from inspect_app.demo.client import ApiProblem, Client
from inspect_app.demo.errors import DemoError
from sampling.indicators import Analysis, Totals, indicators
from sampling.plan import Plan
from sampling.readers import read_table

if TYPE_CHECKING:
    from inspect_app.demo.campaign import Narrator, Stage
    from inspect_app.demo.people import Office
    from inspect_app.demo.results import CountyResult

FOLDER = "exports"
TAKEN = (
    ("interviews", "csv"),
    ("interviews", "parquet"),
    ("interviews", "dta"),
    ("paradata", "csv"),
    ("paradata", "parquet"),
)
COMPARED = ("value", "se", "low", "high")


def name_of(dataset: str, form: str) -> str:
    """Return the name of a file, marked as what it is."""
    return f"simulated-{dataset}.{form}"


def take_away(
    stage: "Stage",
    office: "Office",
    results: "list[CountyResult]",
    *,
    last_day: int,
    narrator: "Narrator",
) -> None:
    """Fetch the data sets into a folder of their own and hold the figures to those issued."""
    folder = stage.out / FOLDER
    folder.mkdir()
    reviewer = office.speaks("reviewer", stage.moment(last_day + 5, 14))
    written = [
        entry
        for dataset, form in TAKEN
        if (entry := _fetch(reviewer, stage.campaign_id, dataset, form, folder)) is not None
    ]
    manifest = {"campaign": stage.campaign_id, "simulated": True, "files": written}
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(f"{text}\n", encoding="utf-8")
    for result in results:
        _compare(folder / name_of("interviews", "csv"), stage, result)
    lacks = len(written) < len(TAKEN)
    narrator.tell(
        f"已导出 {len(written)} 个数据文件并附清单；由导出的访谈重算，各县指标与签发一致"
        + ("（Stata 需 [export] 附加包）" if lacks else ""),
        f"{len(written)} data files taken away with a manifest; estimates from the exported "
        "interviews equal those issued" + (" (Stata needs the extra [export])" if lacks else ""),
    )


def _fetch(
    reviewer: Client, campaign_id: str, dataset: str, form: str, folder: Path
) -> dict[str, Any] | None:
    """Fetch one file and describe it; None where the installation lacks what it needs."""
    try:
        content = reviewer.fetch("GET", f"/campaigns/{campaign_id}/exports/{dataset}.{form}")
    except ApiProblem as problem:
        if problem.is_about("extra-missing"):
            return None
        raise
    (folder / name_of(dataset, form)).write_bytes(content)
    return {
        "file": name_of(dataset, form),
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _compare(file: Path, stage: "Stage", result: "CountyResult") -> None:
    """Estimate from the exported interviews as `python -m sampling estimate` does."""
    adcode = result.county.adcode
    rows = read_table(file, "interviews").filter(pl.col("county_adcode") == adcode)
    totals = stage.register.totals.row(by_predicate=pl.col("county_adcode") == adcode, named=True)
    named = ("persons_e", "persons_p", "persons_n", "persons_rural")
    again = indicators(
        rows,
        totals=Totals(**{name: totals[name] for name in named}),
        analysis=_analysis(stage.plan),
    )
    found = {one.code: one.estimate for one in again}
    for issued in result.indicators:
        mine, theirs = found[issued["code"]], issued["estimate"]
        if not all(
            math.isclose(getattr(mine, name), theirs[name], rel_tol=1e-9, abs_tol=1e-12)
            for name in COMPARED
        ):
            raise DemoError("export.differs", code=issued["code"])


def _analysis(plan: Plan) -> Analysis:
    return Analysis(
        confidence=plan.analysis.confidence,
        interval=plan.analysis.interval,
        icc=plan.assumptions.icc,
        single_psu=plan.analysis.single_psu,
    )
