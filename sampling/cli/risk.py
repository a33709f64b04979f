"""`risk`: how well recurrence can be foreseen, and a watch list for planning visits."""

from pathlib import Path
from typing import Any

import click
import polars as pl

from sampling.cli import progress_bar, refuse_unwritable
from sampling.errors import RiskError
from sampling.frame import Frame, load_frame
from sampling.messages import say
from sampling.plan import load_plan
from sampling.readers import read_table
from sampling.reliability import RiskReport
from sampling.risk import COUNTY, RiskModel, cross_validate, fit, score
from sampling.writers import write_table

FILE = click.Path(path_type=Path)


@click.command()
@click.option(
    "--interviews",
    "interview_files",
    type=FILE,
    required=True,
    multiple=True,
    help="访谈表，可多个 | interviews of several counties or waves",
)
@click.option(
    "--frame", "frame_folder", type=FILE, required=True, help="抽样框文件夹 | folder of the frame"
)
@click.option(
    "--plan",
    "plan_folder",
    type=FILE,
    help="方案文件夹，取偏远指数 | plan with the remoteness of villages",
)
@click.option(
    "--outcome",
    type=click.Choice(["recurrence", "wrong_exit"]),
    default="recurrence",
    show_default=True,
    help="预测的结果 | what is foreseen",
)
@click.option(
    "--feature",
    "features",
    multiple=True,
    metavar="COLUMN",
    help="入户前已知的列 | a column known before a visit",
)
@click.option(
    "--calibration",
    type=click.Choice(["sigmoid", "isotonic"]),
    default="sigmoid",
    show_default=True,
    help="校准方法 | how risks are calibrated",
)
@click.option(
    "--folds",
    type=click.IntRange(2),
    default=5,
    show_default=True,
    help="县的分组数 | groups of counties",
)
@click.option(
    "--random-state",
    type=click.IntRange(0, 2**32 - 1),
    default=1,
    show_default=True,
    help="随机状态 | random state",
)
@click.option(
    "--top",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="每县名单户数 | households listed in each county",
)
@click.option("--out", type=FILE, help="写出关注名单 | write the watch list (CSV or Parquet)")
@click.option("--plot", "plot_file", type=FILE, help="写出校准图 | write the calibration plot")
def risk(
    interview_files: tuple[Path, ...],
    frame_folder: Path,
    plan_folder: Path | None,
    outcome: str,
    features: tuple[str, ...],
    calibration: str,
    folds: int,
    random_state: int,
    top: int,
    out: Path | None,
    plot_file: Path | None,
) -> None:
    """检验返贫风险模型并列出关注户（仅用于计划） | Try a recurrence risk model, for planning only.

    Every county is predicted by models that have not seen it, and what is printed is how good
    those predictions are. The watch list, if asked for, ranks the exited households of each
    county by predicted risk. It says where to look, never what a household is: no estimate and
    no verdict reads it.
    """
    refuse_unwritable(out, plot_file)
    if plot_file:
        from sampling.plots import check_ending

        check_ending(plot_file)
    frame = load_frame(frame_folder)
    villages = load_plan(plan_folder)[1] if plan_folder else frame.villages
    with progress_bar() as progress:
        tables = [read_table(file, "interviews", progress=progress) for file in interview_files]
    interviews = pl.concat(tables, how="diagonal_relaxed")
    known, left_out = _known(interviews, frame, villages, outcome)
    settings: dict[str, Any] = {
        "features": features or None,
        "calibration": calibration,
        "folds": folds,
        "random_state": random_state,
    }
    with progress_bar(show_from=2) as progress:
        found = cross_validate(known, outcome, progress=progress, **settings)
        model = fit(known, outcome, **settings)
    if frame.simulated:
        click.echo(say("frame.simulated"))
    _print(found, model, left_out)
    if plot_file:
        from sampling.plots import calibration_plot, save

        save(calibration_plot(found.reliability, simulated=frame.simulated), plot_file)
        click.echo(say("plots.written", path=plot_file))
    if out:
        listed = _watch_list(model, frame, villages, interviews, top)
        write_table(listed, out)
        click.echo(say("risk.line.written", households=listed.height, path=out))


def _known(
    interviews: pl.DataFrame, frame: Frame, villages: pl.DataFrame, outcome: str
) -> tuple[pl.DataFrame, int]:
    """Exited households whose outcome was measured, with what the frame knows of them."""
    if outcome not in interviews.columns:
        raise RiskError("risk.none_known", column=outcome)
    visited = interviews.filter(pl.col("household_class") == "E")
    measured = visited.filter(pl.col(outcome).is_not_null()).select(
        pl.col("unit_id").alias("household_id"), COUNTY, outcome
    )
    if measured.is_empty():
        raise RiskError("risk.none_known", column=outcome)
    parts = [
        _attributes(frame, villages, adcode).join(
            of_county.drop(COUNTY), on="household_id", how="inner"
        )
        for (adcode,), of_county in measured.group_by(COUNTY, maintain_order=True)
    ]
    known = pl.concat(parts, how="diagonal_relaxed")
    if known.height < measured.height:
        strangers = measured.join(known, on="household_id", how="anti")
        raise RiskError(
            "risk.not_in_frame", count=strangers.height, unit_id=strangers["household_id"][0]
        )
    return known, visited.height - measured.height


def _attributes(frame: Frame, villages: pl.DataFrame, adcode: object) -> pl.DataFrame:
    """Exited households of a county with their own columns and those of their villages."""
    households = frame.households(str(adcode)).filter(pl.col("household_class") == "E")
    columns = [name for name in villages.columns if name not in households.columns]
    of_village = villages.filter(pl.col(COUNTY) == adcode).select("village_code", *columns)
    return households.join(of_village, on="village_code", how="left", maintain_order="left")


def _watch_list(
    model: RiskModel, frame: Frame, villages: pl.DataFrame, interviews: pl.DataFrame, top: int
) -> pl.DataFrame:
    """The households of each county with the highest risk, highest first."""
    visited = interviews["unit_id"].unique().to_list()
    parts = []
    with progress_bar(show_from=20) as progress:
        for done, adcode in enumerate(frame.counties, 1):
            households = _attributes(frame, villages, adcode)
            ranked = (
                households.select("household_id", "village_code", COUNTY)
                .with_columns(pl.Series("planning_risk", score(model, households)).round(6))
                .sort("planning_risk", "household_id", descending=[True, False])
                .head(top)
            )
            parts.append(ranked)
            progress(say("risk.scoring"), done, len(frame.counties))
    return pl.concat(parts).with_columns(
        pl.col("planning_risk").rank("ordinal", descending=True).over(COUNTY).alias("rank"),
        pl.col("household_id").is_in(visited).alias("interviewed"),
        pl.lit(frame.simulated).alias("simulated"),
    )


def _print(found: RiskReport, model: RiskModel, left_out: int) -> None:
    def line(code: str, **values: object) -> None:
        click.echo(say(code, **values))

    line("risk.line.use")
    line(
        "risk.line.known",
        households=found.households,
        cases=found.cases,
        counties=found.counties,
        left_out=left_out,
        features=", ".join(model.features),
    )
    line(
        "risk.line.held_out",
        auc=found.auc,
        within="-" if found.auc_within is None else f"{found.auc_within:.3f}",
        brier=found.brier,
        skill=found.brier_skill,
        log_loss=found.log_loss,
    )
    line(
        "risk.line.calibration",
        slope="-" if found.slope is None else f"{found.slope:.2f} ± {found.slope_se:.2f}",
        intercept=found.intercept,
        intercept_se=found.intercept_se,
    )
    if not found.is_useful:
        line("risk.line.weak")
    line("risk.line.groups")
    for row in found.reliability.iter_rows(named=True):
        line("risk.line.group", **row)
    line("risk.line.counties")
    for row in found.by_county.iter_rows(named=True):
        auc = "-" if row["auc"] is None else f"{row['auc']:.3f}"
        line("risk.line.county", **{**row, "auc": auc, "county": row[COUNTY]})
