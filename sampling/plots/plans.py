"""Plots of a plan: how the sample is shared among strata, and what it can establish."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sampling.design import Stratum
from sampling.errors import SamplingError
from sampling.messages import both
from sampling.plan import Plan
from sampling.plots.canvas import (
    ALARM,
    INK,
    PALE,
    class_colours,
    footnote,
    percent,
    sheet,
    style,
    thousands,
    title_of,
    words,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS = 24
"""With more strata than this, those of one remoteness class share a row."""

FINDINGS = {
    "met_established": "#2f7f5f",
    "met_open": "#b9dcc9",
    "unmet_open": "#f0cdb4",
    "unmet_established": "#c0622d",
}


def rates_plot(strata: Sequence[Stratum], plan: Plan, *, simulated: bool = False) -> "Figure":
    """Draw how many villages each stratum gives and how likely its households are to be drawn.

    One row a stratum; above 24 strata one row a remoteness class, with the span of its strata.

    Parameters
    ----------
    strata : see `sampling.design.strata`
    plan : the plan they were made by
    simulated : whether the frame is simulated

    Returns
    -------
    a figure: villages on the left, sampling rates of E and N households on the right

    Raises
    ------
    SamplingError : no strata
    MissingExtra : matplotlib is not installed

    Examples
    --------
    >>> from sampling.design import strata
    >>> from sampling.remoteness import freeze
    >>> villages = pl.DataFrame({
    ...     "village_code": ["420528100200", "420528100201"], "county_adcode": "420528",
    ...     "km_to_seat": [2.0, 9.0], "households_e": 32, "households_p": 0, "households_n": 320})
    >>> plan = Plan().override(["stage1.villages=2"])
    >>> figure = rates_plot(strata(plan, freeze(plan, villages).villages), plan)
    >>> [float(bar.get_width()) for bar in figure.axes[1].patches]
    [0.5, 0.05]
    """
    if not strata:
        raise SamplingError("plots.no_villages")
    rows = _rows(strata, plan)
    summed = len(rows) < len(strata)
    with style():
        figure = sheet(
            title_of("plots.rates.title", [stratum.county_adcode for stratum in strata]),
            simulated=simulated,
            width=8.4,
            height=1.9 + 0.36 * len(rows),
        )
        left, right = figure.subplots(1, 2, sharey=True, gridspec_kw={"wspace": 0.08})
        _draw_villages(left, rows)
        _draw_rates(right, rows)
        left.set_yticks(range(len(rows)), [row.label for row in rows])
        left.invert_yaxis()
        if summed:
            footnote(figure, both("plots.rates.span"))
    return figure


def curve_plot(
    curves: Mapping[str, pl.DataFrame],
    *,
    p0: float,
    p1: float | None = None,
    power: float | None = None,
    simulated: bool = False,
) -> "Figure":
    """Draw the operating curve: the chance of each finding against the true rate.

    Parameters
    ----------
    curves : title of a panel -> `true_rate`, `met_established`, `met_open`, `unmet_open`,
        `unmet_established`, all in [0, 1], one row a rate, ascending; see
        `sampling.operating.OperatingCurve.to_polars`
    p0 : threshold, drawn as a line
    p1 : rate the plan assumes, drawn with its chance to establish "met"; none = not drawn
    power : chance the plan asks for, drawn as a line; none = not drawn
    simulated : whether the frame is simulated

    Returns
    -------
    a figure with one axes a panel

    Raises
    ------
    SamplingError : no curve, fewer than two rates, or a column is missing
    MissingExtra : matplotlib is not installed

    Examples
    --------
    >>> chances = {"true_rate": [0.0, 0.04], "met_established": [1.0, 0.0],
    ...     "met_open": [0.0, 0.0], "unmet_open": [0.0, 0.5], "unmet_established": [0.0, 0.5]}
    >>> figure = curve_plot({"E": pl.DataFrame(chances)}, p0=0.02, p1=0.01)
    >>> [text.get_text() for text in figure.axes[0].texts][-1]
    '75%'
    """
    if not curves:
        raise SamplingError("plots.no_curve")
    for curve in curves.values():
        for column in ("true_rate", *FINDINGS):
            if column not in curve.columns:
                raise SamplingError("plots.column", column=column)
        if curve.height < 2:
            raise SamplingError("plots.no_curve")
    across = min(len(curves), 2)
    down = -(-len(curves) // across)
    with style():
        figure = sheet(
            words("plots.curve.title"),
            simulated=simulated,
            width=3.2 + 3.0 * across,
            height=1.0 + 3.2 * down,
        )
        grid = figure.subplots(down, across, sharey=True, squeeze=False)
        for axes, (title, curve) in zip(grid.ravel(), curves.items(), strict=False):
            _draw_curve(axes, curve, p0=p0, p1=p1, power=power)
            axes.set_title(title)
        for axes in grid.ravel()[len(curves) :]:
            axes.set_visible(False)
        for axes in grid[:, 0]:
            axes.set_ylabel(words("plots.curve.y"))
        percent(grid[0, 0].yaxis)
        handles, labels = grid[0, 0].get_legend_handles_labels()
        figure.legend(
            handles[::-1], labels[::-1], loc="outside right center", fontsize=8.5, labelspacing=1.0
        )
    return figure


@dataclass(frozen=True)
class _Row:
    """One stratum, or all of a remoteness class."""

    label: str
    number: int
    villages: int
    drawn: int
    rates: Mapping[str, float]
    spans: Mapping[str, tuple[float, float]]


def _rows(strata: Sequence[Stratum], plan: Plan) -> list[_Row]:
    if len(strata) <= MOST_ROWS:
        return [_row(one.code, [one], plan) for one in sorted(strata, key=lambda one: one.code)]
    by_class: dict[int, list[Stratum]] = {}
    for stratum in strata:
        by_class.setdefault(stratum.remoteness_class, []).append(stratum)
    return [
        _row(words("plots.class", number=number), parts, plan)
        for number, parts in sorted(by_class.items())
    ]


def _row(label: str, parts: Sequence[Stratum], plan: Plan) -> _Row:
    rates, spans = {}, {}
    for one in ("E", "N"):
        total = sum(part.total(one) for part in parts)
        rates[one] = float(sum(part.expected(one, plan) for part in parts) / total) if total else 0
        each = [part.rate(one, plan) for part in parts if part.total(one)]
        spans[one] = (min(each, default=0.0), max(each, default=0.0))
    return _Row(
        label=label,
        number=parts[0].remoteness_class,
        villages=sum(len(part.villages) for part in parts),
        drawn=sum(part.n for part in parts),
        rates=rates,
        spans=spans,
    )


def _draw_villages(axes: "Axes", rows: Sequence[_Row]) -> None:
    colours = class_colours(max(row.number for row in rows))
    places = range(len(rows))
    axes.barh(places, [row.villages for row in rows], color=PALE, height=0.66)
    axes.barh(
        places,
        [row.drawn for row in rows],
        color=[colours[row.number - 1] for row in rows],
        height=0.66,
    )
    for place, row in zip(places, rows, strict=True):
        axes.annotate(
            f"{row.drawn:,} / {row.villages:,}",
            (row.villages, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    axes.set_xlabel(words("plots.rates.villages"))
    axes.margins(x=0.22)
    axes.tick_params(axis="y", length=0)
    thousands(axes.xaxis)


def _draw_rates(axes: "Axes", rows: Sequence[_Row]) -> None:
    for offset, one, colour in ((-0.18, "E", "#40739e"), (0.18, "N", "#a4b8c4")):
        places = [place + offset for place in range(len(rows))]
        rates = [row.rates[one] for row in rows]
        axes.barh(places, rates, height=0.34, color=colour, label=words(f"plots.rates.of_{one}"))
        for place, row in zip(places, rows, strict=True):
            low, high = row.spans[one]
            if high > low:
                axes.plot([low, high], [place, place], color=INK, linewidth=0.9)
            axes.annotate(
                f"{row.rates[one]:.2%}",
                (max(high, row.rates[one]), place),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=7.5,
            )
    axes.set_xlabel(words("plots.rates.rate"))
    axes.margins(x=0.2)
    axes.tick_params(axis="y", length=0)
    percent(axes.xaxis)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=8.5)


def _draw_curve(
    axes: "Axes", curve: pl.DataFrame, *, p0: float, p1: float | None, power: float | None
) -> None:
    rates = curve["true_rate"].to_numpy()
    axes.stackplot(
        rates,
        [curve[one].to_numpy() for one in FINDINGS],
        colors=list(FINDINGS.values()),
        labels=[words(f"plots.curve.{one}") for one in FINDINGS],
    )
    axes.set_xlim(rates[0], rates[-1])
    axes.set_ylim(0, 1)
    axes.set_xlabel(words("plots.curve.x"))
    percent(axes.xaxis)
    axes.axvline(p0, color=ALARM, linewidth=1.2)
    _beside(axes, words("plots.curve.p0", p0=p0), (p0, 0.94))
    if power is not None:
        axes.axhline(power, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
        _beside(axes, words("plots.curve.power", power=power), (rates[-1], power), ha="right")
    if p1 is not None and rates[0] <= p1 <= rates[-1]:
        chance = _at(curve, p1)
        axes.plot([p1, p1], [0, chance], color=INK, linewidth=0.9)
        axes.plot([p1], [chance], marker="o", color=INK, markersize=4)
        _beside(axes, f"{chance:.0%}", (p1, chance))


def _at(curve: pl.DataFrame, rate: float) -> float:
    """Chance to establish "met" at a rate, between the rates of the curve by a straight line."""
    return float(
        np.interp(rate, curve["true_rate"].to_numpy(), curve["met_established"].to_numpy())
    )


def _beside(axes: "Axes", text: str, place: tuple[float, float], ha: str = "left") -> None:
    axes.annotate(
        text,
        place,
        xytext=(4 if ha == "left" else -4, 3),
        textcoords="offset points",
        ha=ha,
        fontsize=8,
        color=INK,
        bbox={
            "boxstyle": "round,pad=0.12",
            "facecolor": "white",
            "edgecolor": "none",
            "alpha": 0.75,
        },
    )
