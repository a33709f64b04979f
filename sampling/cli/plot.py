"""`plot`: pictures of a plan and its villages, as PNG or SVG."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click
import polars as pl

from sampling.cli import progress_bar, refuse_unwritable
from sampling.errors import PlanError, SamplingError
from sampling.frame import load_frame
from sampling.messages import say
from sampling.plan import Plan, load_plan

PATH = click.Path(path_type=Path)
MOST_CURVES = 3
"""Counties whose operating curves fit on one sheet."""

RATES = 41
"""True rates of a drawn operating curve, from p0/20 to 2 p0."""


@dataclass(frozen=True)
class Subject:
    """What a plot is about."""

    plan: Plan
    villages: pl.DataFrame
    simulated: bool


@click.group()
def plot() -> None:
    """画抽样框与方案的图 | Plot a frame and its plan, as PNG or SVG.

    Needs the extra [plot]. With --frame the plot says so when the register is simulated.
    """


def about(command: Callable[..., Any]) -> Callable[..., Any]:
    """Read the plan, narrow it to some counties, and write the figure the command returns."""

    @click.option(
        "--plan", "folder", type=PATH, required=True, help="方案文件夹 | folder of the plan"
    )
    @click.option("--frame", "frame_folder", type=PATH, help="抽样框文件夹 | folder of its frame")
    @click.option(
        "--county", "counties", multiple=True, metavar="ADCODE", help="只画这些县 | these only"
    )
    @click.option("--out", type=PATH, required=True, help="PNG 或 SVG 文件 | PNG or SVG file")
    @wraps(command)
    def run(
        folder: Path,
        frame_folder: Path | None,
        counties: tuple[str, ...],
        out: Path,
        **options: Any,
    ) -> None:
        from sampling.plots import check_ending, save

        check_ending(out)
        refuse_unwritable(out)
        subject = _subject(folder, frame_folder, counties)
        save(command(subject, **options), out)
        click.echo(say("plots.written", path=out))
        if frame_folder is None:
            click.echo(say("plots.unmarked"), err=True)

    return run


@plot.command()
@about
def index(subject: Subject) -> Any:
    """偏远指数与等级分界 | Remoteness index with class cuts."""
    from sampling.plots import index_plot

    return index_plot(subject.villages, simulated=subject.simulated)


@plot.command()
@click.option(
    "--towns",
    "towns_file",
    type=PATH,
    help="乡镇点 CSV：town_code、lat、lon | CSV of township points, for villages without position",
)
@about
def strata(subject: Subject, towns_file: Path | None) -> Any:
    """各层的村的位置图 | Map of villages by stratum."""
    from sampling.plots import strata_map

    towns = None if towns_file is None else _towns(towns_file)
    return strata_map(subject.villages, towns=towns, simulated=subject.simulated)


@plot.command()
@about
def sizes(subject: Subject) -> Any:
    """村的规模分布 | How large villages are."""
    from sampling.plots import sizes_plot

    take_e, take_n = (
        None if take == "all" else take for take in (subject.plan.stage2.e, subject.plan.stage2.n)
    )
    return sizes_plot(subject.villages, take_e=take_e, take_n=take_n, simulated=subject.simulated)


@plot.command()
@about
def rates(subject: Subject) -> Any:
    """各层样本与抽样率 | Villages drawn, sampling rates."""
    from sampling.design import strata as strata_of
    from sampling.plots import rates_plot

    return rates_plot(
        strata_of(subject.plan, subject.villages), subject.plan, simulated=subject.simulated
    )


@plot.command()
@about
def curve(subject: Subject) -> Any:
    """检验能力曲线 | Operating curve: chance of each finding."""
    from sampling.county_curves import curves
    from sampling.county_reach import CLASS_ZH
    from sampling.plots import curve_plot, words

    known = subject.plan.assumptions
    if subject.villages["county_adcode"].n_unique() > MOST_CURVES:
        raise SamplingError("plots.many_curves", most=MOST_CURVES)
    wanted = [known.p0 * 2 * k / (RATES - 1) for k in range(1, RATES)]
    with progress_bar(show_from=2) as progress:
        found = curves(subject.plan, subject.villages, rates=wanted, progress=progress)
    return curve_plot(
        {
            words("plots.curve.panel", adcode=adcode, zh=CLASS_ZH[one], en=one): each.to_polars()
            for (adcode, one), each in found.items()
        },
        p0=known.p0,
        p1=known.p1,
        power=1 - known.beta,
        simulated=subject.simulated,
    )


def _subject(folder: Path, frame_folder: Path | None, counties: tuple[str, ...]) -> Subject:
    """The plan and its villages, of these counties or all; the frame must be the plan's own."""
    plan, villages = load_plan(folder)
    simulated = False
    if frame_folder is not None:
        frame = load_frame(frame_folder)
        if plan.frame.households_sha256 != frame.households_sha256:
            raise PlanError("plots.other_frame", plan=folder, frame=frame_folder)
        simulated = frame.simulated
    present = set(villages["county_adcode"])
    for adcode in counties:
        if adcode not in present:
            raise PlanError("plan.county_unknown", adcode=adcode)
    if counties:
        villages = villages.filter(pl.col("county_adcode").is_in(counties))
    return Subject(plan=plan, villages=villages, simulated=simulated)


def _towns(file: Path) -> pl.DataFrame:
    """Township points from a CSV, plain or gzipped; codes stay text."""
    if not file.is_file():
        raise PlanError("file.missing", path=file)
    try:
        return pl.read_csv(
            file, schema_overrides={"town_code": pl.String, "lat": pl.Float64, "lon": pl.Float64}
        )
    except pl.exceptions.PolarsError as error:
        reason = str(error).partition("\n")[0]
        raise PlanError("plots.towns_file", path=file, reason=reason) from None
