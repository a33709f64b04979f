"""`estimate`: from interviews to the five figures of each county, and what they prove."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import polars as pl

from sampling.cli import progress_bar, refuse_unwritable
from sampling.diagnostics import WeightReport, household_report, signed
from sampling.errors import CalibrationError, EstimationError
from sampling.findings import Finding, Rule, exact, extension, finding, flip, meets
from sampling.frame import load_frame
from sampling.incidence import stratum_incidence, totals_by_stratum
from sampling.indicators import Analysis, Indicator, Totals, indicators
from sampling.messages import both, say
from sampling.plan import Plan, load_plan
from sampling.readers import read_table
from sampling.weights import weigh

if TYPE_CHECKING:
    from rich.console import Console

FILE = click.Path(path_type=Path)
DEFAULTS = {
    "wrong_exit_rate": "0.02",
    "missed_rate": "0.02",
    "poverty_incidence": "0.02",
    "satisfaction_rate": "0.9",
    "recurrence_rate": "0.02",
}
MANY_COUNTIES = 5
WIDTH = 132


@dataclass(frozen=True)
class County:
    """Everything printed and written about one county."""

    code: str
    villages: int
    households: int
    indicators: tuple[Indicator, ...]
    strata: Mapping[str, Any]
    weights: WeightReport | None


@dataclass(frozen=True)
class Weighting:
    """How to weigh afresh; as neither is asked, weights in the file stay as they are."""

    calibrate: bool
    trim_above: float | None

    @property
    def asked(self) -> bool:
        return self.calibrate or self.trim_above is not None


@click.command()
@click.option(
    "--interviews", "interviews_file", type=FILE, required=True, help="访谈表 | interviews"
)
@click.option("--totals", "totals_file", type=FILE, required=True, help="总数表 | official totals")
@click.option("--frame", "frame_folder", type=FILE, help="抽样框文件夹 | folder of the frame")
@click.option("--plan", "plan_folder", type=FILE, help="方案文件夹 | folder of the plan")
@click.option(
    "--threshold",
    "thresholds",
    multiple=True,
    metavar="INDICATOR=VALUE",
    help="标准，如 poverty_incidence=0.03 | a threshold",
)
@click.option(
    "--basis",
    type=click.Choice(["a", "b"]),
    default="b",
    show_default=True,
    help="漏评率分母 | denominator of the missed rate",
)
@click.option(
    "--calibrate",
    is_flag=True,
    help="按方案村框校准权数 | calibrate the weights to the plan's villages",
)
@click.option(
    "--trim-above",
    type=click.FloatRange(min=1, min_open=True),
    help="无回答系数的上限 | largest non-response factor",
)
@click.option("--out", type=FILE, help="写出 JSON 文件 | write a JSON file")
def estimate(
    interviews_file: Path,
    totals_file: Path,
    frame_folder: Path | None,
    plan_folder: Path | None,
    thresholds: tuple[str, ...],
    basis: str,
    calibrate: bool,
    trim_above: float | None,
    out: Path | None,
) -> None:
    """由访谈估计各县指标并给出判定 | Estimate each county's figures and judge them."""
    refuse_unwritable(out)
    rules, weighting = _rules(thresholds), Weighting(calibrate, trim_above)
    if calibrate and plan_folder is None:
        raise CalibrationError("calibration.plan_needed")
    plan, villages = load_plan(plan_folder) if plan_folder else (None, None)
    if villages is None and frame_folder:
        villages = load_frame(frame_folder).villages
    analysis = _analysis(plan, basis)
    with progress_bar() as progress:
        interviews = read_table(interviews_file, "interviews", progress=progress)
    totals = _totals(read_table(totals_file, "totals"))
    counties = sorted(interviews["county_adcode"].unique().to_list())
    found = []
    with progress_bar(show_from=MANY_COUNTIES) as progress:
        for done, code in enumerate(counties, 1):
            if code not in totals:
                raise EstimationError("estimate.totals_missing", county=code)
            rows = interviews.filter(pl.col("county_adcode") == code)
            found.append(_county(code, rows, totals[code], analysis, villages, weighting))
            progress("estimate", done, len(counties))
    for county in found:
        _print(county, rules, analysis)
    click.echo(say("estimate.ends", confidence=f"{analysis.confidence:.0%}"))
    if not any(text.startswith("poverty_incidence=") for text in thresholds):
        click.echo(say("estimate.central_line"))
    if out:
        _write(out, {"schema": "estimates/1", "counties": list(_records(found, rules, analysis))})
        click.echo(say("estimate.written", path=out))


def _rules(texts: tuple[str, ...]) -> dict[str, Rule]:
    """Thresholds by indicator; rates must lie below, approval at or above."""
    values = dict(DEFAULTS)
    for text in texts:
        code, _, value = text.partition("=")
        try:
            sound = code in values and 0 < exact(value) < 1
        except (ValueError, ZeroDivisionError):
            sound = False
        if not sound:
            raise EstimationError("estimate.threshold", text=text)
        values[code] = value
    return {
        code: Rule(value, strict=False, direction="above")
        if code == "satisfaction_rate"
        else Rule(value, strict=True, direction="below")
        for code, value in values.items()
    }


def _analysis(plan: Plan | None, basis: str) -> Analysis:
    denominator: Any = basis
    if plan is None:
        return Analysis(missed_denominator=denominator)
    return Analysis(
        confidence=plan.analysis.confidence,
        interval=plan.analysis.interval,
        icc=plan.assumptions.icc,
        single_psu=plan.analysis.single_psu,
        missed_denominator=denominator,
        round_kind="revisit" if plan.round_kind == "revisit" else "exit",
    )


def _totals(rows: pl.DataFrame) -> dict[str, Totals]:
    found = {}
    for row in rows.iter_rows(named=True):
        county, rural = row["county_adcode"], row["persons_rural"]
        of_county = Totals(row["persons_e"], row["persons_p"], row["persons_n"], rural)
        classes = of_county.persons_e + of_county.persons_p + of_county.persons_n
        if rural != classes:
            raise EstimationError("estimate.totals_sum", county=county, rural=rural, sum=classes)
        found[county] = of_county
    return found


def _county(
    code: str,
    rows: pl.DataFrame,
    totals: Totals,
    analysis: Analysis,
    villages: pl.DataFrame | None,
    weighting: Weighting,
) -> County:
    persons, strata, report = None, {}, None
    if weighting.asked:
        register = villages if weighting.calibrate else None
        rows = weigh(rows, trim_above=weighting.trim_above, register=register)
        report = household_report(rows, register)
    if villages is not None:
        persons = dict(zip(villages["village_code"], villages["persons_n"], strict=True))
        if "stratum" in villages.columns:
            of_strata = totals_by_stratum(villages, code)
            strata = stratum_incidence(rows, strata_totals=of_strata, analysis=analysis)
    figures = indicators(rows, totals=totals, analysis=analysis, village_persons=persons)
    completed = rows.filter(pl.col("disposition") == "completed")
    return County(code, completed["psu"].n_unique(), completed.height, figures, strata, report)


def _finding(figure: Indicator, rule: Rule, analysis: Analysis) -> Finding | None:
    """In an exit inspection recurrence stands there for reference, without a finding."""
    if figure.code == "recurrence_rate" and analysis.round_kind == "exit":
        return None
    e = figure.estimate
    return finding(
        e.value,
        e.low,
        e.high,
        threshold=rule.threshold,
        strict=rule.strict,
        direction=rule.direction,
    )


def _print(county: County, rules: Mapping[str, Rule], analysis: Analysis) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    title = say(
        "estimate.county",
        county=county.code,
        villages=county.villages,
        households=county.households,
    )
    table = Table(title=title, title_justify="left")
    level = f"{analysis.two_sided:.0%}"
    for name in ("indicator", "sample", "estimate", "interval", "threshold", "finding"):
        table.add_column("\n".join(both(f"estimate.column_{name}", level=level)))
    table.add_column("\n".join(both("estimate.column_undetermined")), justify="right")
    for figure in county.indicators:
        rule, e = rules[figure.code], figure.estimate
        low, high = _outward(e.low, math.floor, rule), _outward(e.high, math.ceil, rule)
        sign = (">=" if rule.direction == "above" else "<=")[: 1 if rule.strict else 2]
        table.add_row(
            "\n".join(both(f"estimate.{figure.code}")),
            f"{figure.numerator:,.6g}/{figure.denominator:,}\n{_percent(figure.sample, rule)}",
            _percent(e.value, rule),
            f"{low} … {high}",
            f"{sign} {float(exact(rule.threshold) * 100):.4g}%",
            "\n".join(both(f"estimate.{_finding(figure, rule, analysis) or 'reference'}")),
            str(figure.undetermined.count),
        )
    console.print(table)
    for figure in county.indicators:
        if figure.nothing_found:
            size = f"{figure.estimate.n_eff:.1f}"
            click.echo(say("estimate.nothing_found", indicator=figure.code, n_eff=size))
    if county.weights:
        _print_weights(county.weights, console)


def _print_weights(report: WeightReport, console: "Console") -> None:
    from rich.table import Table

    shown = {name: f"{getattr(report, name):,.4g}" for name in ("low", "high", "ratio")}
    shown |= {name: f"{getattr(report, name):.3f}" for name in ("deff", "g_low", "g_high")}
    click.echo(say("calibration.report", n=report.n, total=f"{report.total:,.1f}", **shown))
    if report.trimmed:
        moved = f"{report.moved:,.1f}"
        click.echo(say("calibration.report_trimmed", trimmed=report.trimmed, moved=moved))
    if not report.margins:
        return
    table = Table()
    for name in ("margin", "target", "before", "after"):
        title = "\n".join(both(f"calibration.report_{name}"))
        table.add_column(title, justify="left" if name == "margin" else "right")
    for margin in report.margins:
        place, what = margin.name.rsplit(" ", 1)
        table.add_row(
            f"{place} " + " ".join(both(f"calibration.report_{what}")),
            f"{margin.target:,.0f}",
            signed(margin.distance_before),
            signed(margin.distance_after),
        )
    console.print(table)


def _percent(value: Any, rule: Rule) -> str:
    """Two decimals, more where fewer would put the figure on the other side of its threshold."""
    for decimals in range(2, 9):
        text = f"{float(value) * 100:.{decimals}f}"
        if meets(exact(text) / 100, rule) == meets(value, rule):
            return text + "%"
    return f"{float(value) * 100}%"


def _outward(value: float, rounded: Any, rule: Rule) -> str:
    """As `_percent`, an end of an interval, rounded away from the estimate."""
    for decimals in range(2, 9):
        shown = rounded(value * 100 * 10**decimals) / 10**decimals
        text = f"{min(max(shown, 0.0), 100.0):.{decimals}f}"
        if meets(exact(text) / 100, rule) == meets(value, rule):
            return text + "%"
    return f"{value * 100}%"


def _records(
    counties: list[County], rules: Mapping[str, Rule], analysis: Analysis
) -> Iterator[dict[str, Any]]:
    for county in counties:
        yield {
            "county_adcode": county.code,
            "villages": county.villages,
            "households": county.households,
            "analysis": asdict(analysis),
            "indicators": [
                _record(figure, rules[figure.code], analysis) for figure in county.indicators
            ],
            "strata": {name: asdict(found) for name, found in county.strata.items()},
            **({"weights": asdict(county.weights)} if county.weights else {}),
        }


def _record(figure: Indicator, rule: Rule, analysis: Analysis) -> dict[str, Any]:
    turned, more = flip(figure.footing, rule), extension(figure.footing, rule)
    return {
        "code": figure.code,
        "sample_ratio": {
            "numerator": figure.numerator,
            "denominator": figure.denominator,
            "unit": figure.unit,
        },
        "estimate": asdict(figure.estimate),
        "interval_95": dict(zip(("low", "high"), figure.interval_95, strict=True)),
        "interval_certain": dict(zip(("low", "high"), figure.interval_certain, strict=True)),
        "undetermined": asdict(figure.undetermined),
        "nothing_found": figure.nothing_found,
        "threshold": float(exact(rule.threshold)),
        "strict": rule.strict,
        "direction": rule.direction,
        "finding": _finding(figure, rule, analysis),
        "flip": asdict(turned) if turned else None,
        "extension": asdict(more) if more else None,
    }


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """All or nothing: written beside, then renamed."""
    text = json.dumps(_finite(content), ensure_ascii=False, indent=1, sort_keys=True)
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_text(text + "\n", "utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _finite(value: Any) -> Any:
    """JSON has no NaN: a figure that cannot be computed is null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
