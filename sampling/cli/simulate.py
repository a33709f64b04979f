"""`simulate`: how a plan would do in counties where the truth is known."""

from itertools import product
from pathlib import Path

import click
import numpy as np
import polars as pl

from sampling.cli import progress_bar, refuse_unwritable
from sampling.errors import SimulationError
from sampling.messages import both, say
from sampling.performance import Measured, Performance
from sampling.plan import Plan, load_plan
from sampling.simulate import Simulation, explain, simulate_each
from sampling.truth import EFFECTS, Truth
from sampling.writers import write_table

FILE = click.Path(path_type=Path)
CONCENTRATION = 3.0
"""Risk in the remotest class over that in the nearest, unless told otherwise."""

MANY_COUNTIES = 5
WIDTH = 132


@click.command("simulate")
@click.argument("plan_folder", type=FILE, metavar="PLAN")
@click.option(
    "--rate",
    "rates",
    type=float,
    multiple=True,
    help="错退率，可多次给出；默认方案的 p1 与 p0 | wrong-exit rate, repeatable; default p1 and p0",
)
@click.option("--missed", type=float, help="漏评率；默认同错退率 | missed rate; default the same")
@click.option(
    "--icc", "iccs", type=float, multiple=True, help="村内相关；默认按方案 | default: the plan's"
)
@click.option(
    "--concentration",
    "concentrations",
    type=float,
    multiple=True,
    help="偏远层与近层风险之比 | risk, remotest over nearest stratum  [default: 3]",
)
@click.option("--effects", type=click.Choice(EFFECTS), default=EFFECTS[0], show_default=True)
@click.option(
    "--spatial",
    type=float,
    default=0.0,
    show_default=True,
    help="村效应中空间平滑的部分 | share of village effects that is smooth in space",
)
@click.option("--range-km", type=float, default=15.0, show_default=True)
@click.option("--nonresponse", type=float, help="无回答率；默认按方案 | default: the plan's")
@click.option(
    "--nonresponse-remote",
    type=float,
    default=1.0,
    show_default=True,
    help="偏远层无回答的优势比 | odds of not answering, remotest over nearest",
)
@click.option(
    "--nonresponse-failing",
    type=float,
    default=1.0,
    show_default=True,
    help="问题户无回答的优势比 | odds of not answering, failing over sound households",
)
@click.option("--county", "counties", multiple=True, metavar="ADCODE", help="只模拟这些县 | only")
@click.option("--runs", type=int, default=1000, show_default=True, help="次数 | runs a county")
@click.option("--seed", type=int, default=1, show_default=True, help="种子 | seed")
@click.option("--processes", type=int, default=2, show_default=True, help="进程数 | processes")
@click.option("--out", type=FILE, help="写出表（CSV 或 Parquet）| write the table")
@click.option("--plot", type=FILE, help="画出覆盖率（PNG 或 SVG）| plot the coverage")
def simulate_plan(
    plan_folder: Path,
    rates: tuple[float, ...],
    missed: float | None,
    iccs: tuple[float, ...],
    concentrations: tuple[float, ...],
    effects: str,
    spatial: float,
    range_km: float,
    nonresponse: float | None,
    nonresponse_remote: float,
    nonresponse_failing: float,
    counties: tuple[str, ...],
    runs: int,
    seed: int,
    processes: int,
    out: Path | None,
    plot: Path | None,
) -> None:
    """在已知真实情况的模拟名册上检验方案 | Try a plan on simulated registers of known truth.

    Every combination of --rate, --icc and --concentration is simulated. The result depends on
    the seed, not on the number of processes.
    """
    refuse_unwritable(out, plot)
    plan, villages = load_plan(plan_folder)
    _refuse_many(plan, counties)
    if seed < 0:
        raise SimulationError("simulate.whole", name="seed", low=0, value=seed)
    if plot:
        _refuse_without_plots(plot)
    known = plan.assumptions
    truths = [
        Truth(
            rate=rate,
            missed=missed,
            icc=icc,
            concentration=concentration,
            effects=effects,
            spatial=spatial,
            range_km=range_km,
            nonresponse=1 - known.response if nonresponse is None else nonresponse,
            nonresponse_remote=nonresponse_remote,
            nonresponse_failing=nonresponse_failing,
        )
        for rate, icc, concentration in product(
            rates or (known.p1, known.p0),
            iccs or (known.icc,),
            concentrations or (_default_concentration(villages),),
        )
    ]
    found: list[Simulation] = []
    with progress_bar(show_from=1) as progress:
        found += simulate_each(
            plan,
            villages,
            truths,
            runs=runs,
            rng=np.random.default_rng(seed),
            counties=counties,
            processes=processes,
            progress=progress,
        )
    for simulation in found:
        _print(simulation, seed)
    click.echo(say("simulate.errors", confidence=plan.analysis.confidence))
    table = pl.concat([one.to_polars() for one in found])
    if out:
        write_table(table, out)
        click.echo(say("simulate.written", path=out))
    if plot:
        _plot(table, plot)
        click.echo(say("simulate.written", path=plot))


def _refuse_many(plan: Plan, counties: tuple[str, ...]) -> None:
    for adcode in counties:
        if plan.counties and adcode not in plan.counties:
            raise SimulationError("simulate.county", adcode=adcode)
    if not counties and len(plan.counties) > MANY_COUNTIES:
        raise SimulationError("simulate.counties", count=len(plan.counties), most=MANY_COUNTIES)


def _refuse_without_plots(path: Path) -> None:
    """Before hours of simulation, not after them."""
    from sampling.plots import check_ending
    from sampling.plots.canvas import style

    check_ending(path)
    with style():
        pass


def _default_concentration(villages: pl.DataFrame) -> float:
    """1 where some county has a single remoteness class: there remoteness cannot matter."""
    classes = villages.group_by("county_adcode").agg(pl.col("remoteness_class").n_unique())
    inside = villages["remoteness_class"].drop_nulls()
    single = inside.is_empty() or bool((classes["remoteness_class"] == 1).any())
    return 1.0 if single else CONCENTRATION


def _print(simulation: Simulation, seed: int) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    truth = simulation.truth
    click.echo(
        say(
            "simulate.plan",
            sha256=simulation.plan_sha256[:12],
            villages=simulation.villages,
            households=simulation.households.value,
            cost=simulation.cost.value,
            runs=simulation.runs,
            seed=seed,
        )
    )
    click.echo(
        say(
            "simulate.truth",
            rate=truth.rate,
            missed=truth.rate_of("N"),
            icc=truth.icc,
            concentration=truth.concentration,
            nonresponse=truth.nonresponse,
        )
    )
    table = Table()
    table.add_column("\n".join(both("simulate.column_indicator")))
    for name in ("bias", "upper", "lower", "met", "unmet", "deff", "effective", "nothing"):
        table.add_column("\n".join(both(f"simulate.column_{name}")), justify="right")
    for one in simulation.performances:
        table.add_row(*_cells(one))
    console.print(table)
    for line in explain(simulation):
        click.echo(line)
    click.echo()


def _cells(one: Performance) -> tuple[str, ...]:
    verdict = one.bounds[0]
    name = "\n".join(both(f"estimate.{one.indicator}"))
    return (
        f"{one.county_adcode} {name}",
        _percent(one.bias, "+.3f"),
        _percent(verdict.upper),
        _percent(verdict.lower),
        _percent(verdict.met),
        _percent(verdict.unmet),
        f"{one.deff.value:.2f}\n± {one.deff.se:.2f}",
        f"{one.effective.value:.0f}\n± {one.effective.se:.0f}",
        _percent(one.nothing_found),
    )


def _percent(one: Measured, form: str = ".1f") -> str:
    return f"{100 * one.value:{form}}%\n± {100 * one.se:{form.lstrip('+')}}"


def _plot(table: pl.DataFrame, path: Path) -> None:
    """Coverage in the first county for its first indicator; a line for each concentration."""
    from sampling.plots import coverage_plot, save

    first = table.row(0, named=True)
    shown = table.filter(
        pl.col("county_adcode") == first["county_adcode"],
        pl.col("indicator") == first["indicator"],
    )
    if shown["concentration"].n_unique() > 1:
        shown = shown.with_columns(method=pl.format("{} × {}", "method", "concentration"))
    save(coverage_plot(shown), path)
