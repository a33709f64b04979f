"""Plots that check: coverage of bounds in simulation, calibration of predicted risks."""

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sampling.errors import SamplingError
from sampling.messages import both
from sampling.plots.canvas import (
    GREY,
    INK,
    PALE,
    footnote,
    percent,
    sheet,
    style,
    thousands,
    words,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#2f5f8a", "#c0622d", "#2f7f5f", "#7b4f9d", "#8a6d1f", "#5a5a5a")
MARKERS = ("o", "s", "^", "D", "v", "P")


def coverage_plot(
    table: pl.DataFrame, *, nominal: float = 0.95, simulated: bool = True
) -> "Figure":
    """Draw the simulated coverage of bounds against the true rate, one panel an icc.

    Parameters
    ----------
    table : `rate` (true rate), `icc`, `coverage` (in [0, 1]), `se` (its Monte Carlo standard
        error), `method` (name of the bound)
    nominal : coverage that is promised, drawn as a line
    simulated : whether the register is simulated, as it is in a Monte Carlo study

    Returns
    -------
    a figure; whiskers are two standard errors to each side

    Raises
    ------
    SamplingError : no rows, or a column is missing
    MissingExtra : matplotlib is not installed

    Examples
    --------
    >>> table = pl.DataFrame({"rate": [0.01, 0.02], "icc": 0.05, "coverage": [0.97, 0.96],
    ...     "se": 0.005, "method": "korn-graubard"})
    >>> coverage_plot(table).axes[0].lines[0].get_ydata().tolist()
    [0.97, 0.96]
    """
    _need(table, ("rate", "icc", "coverage", "se", "method"))
    methods = table["method"].unique(maintain_order=True).to_list()
    panels = table["icc"].unique().sort().to_list()
    with style():
        across = min(len(panels), 3)
        down = -(-len(panels) // across)
        figure = sheet(
            words("plots.coverage.title"),
            simulated=simulated,
            width=2.2 + 2.7 * across,
            height=1.2 + 2.7 * down,
        )
        grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False).ravel()
        for axes, icc in zip(grid, panels, strict=False):
            part = table.filter(pl.col("icc") == icc).sort("rate")
            for place, method in enumerate(methods):
                _draw_coverage(axes, part.filter(pl.col("method") == method), str(method), place)
            axes.axhline(nominal, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
            axes.set_title(words("plots.coverage.icc", icc=icc))
            axes.grid(axis="y", linewidth=0.5)
        for axes in grid[len(panels) :]:
            axes.set_visible(False)
        for axes in grid[max(0, len(panels) - across) : len(panels)]:
            axes.set_xlabel(words("plots.coverage.x"))
            axes.tick_params(labelbottom=True)
        percent(grid[0].xaxis)
        percent(grid[0].yaxis)
        figure.supylabel(words("plots.coverage.y"), fontsize=9)
        handles, labels = grid[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside right center", fontsize=8.5)
        footnote(figure, both("plots.coverage.note", nominal=nominal))
    return figure


def calibration_plot(reliability: pl.DataFrame, *, simulated: bool = False) -> "Figure":
    """Draw predicted against observed risk, with the households behind each point.

    Parameters
    ----------
    reliability : `predicted` and `observed` (means in [0, 1]), `se` (standard error of
        `observed`), `households` (count), one row a group; see `sampling.risk.RiskReport`
    simulated : whether the outcomes are simulated

    Returns
    -------
    a figure; whiskers are two standard errors to each side

    Raises
    ------
    SamplingError : no rows, or a column is missing
    MissingExtra : matplotlib is not installed

    Examples
    --------
    >>> table = pl.DataFrame({"predicted": [0.01, 0.05], "observed": [0.02, 0.04],
    ...     "se": 0.01, "households": [300, 100]})
    >>> [int(bar.get_height()) for bar in calibration_plot(table).axes[1].patches]
    [300, 100]
    """
    _need(reliability, ("predicted", "observed", "se", "households"))
    predicted, observed, se = (
        reliability[name].to_numpy().astype(np.float64) for name in ("predicted", "observed", "se")
    )
    most = float(max(predicted.max(), (observed + 2 * se).max())) * 1.05 or 1.0
    with style():
        figure = sheet(words("plots.calibration.title"), simulated=simulated, width=5.4, height=5.6)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3.2, 1))
        upper.plot([0, most], [0, most], color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
        upper.text(
            0.95 * most,
            0.965 * most,
            words("plots.calibration.perfect"),
            ha="right",
            va="bottom",
            rotation=45,
            rotation_mode="anchor",
            transform_rotates_text=True,
            fontsize=8,
            color=GREY,
        )
        upper.errorbar(
            predicted,
            observed,
            yerr=2 * se,
            color=COLOURS[0],
            marker="o",
            markersize=5,
            linewidth=1.2,
            elinewidth=1,
            capsize=2.5,
        )
        upper.set_xlim(0, most)
        upper.set_ylim(0, most)
        upper.set_ylabel(words("plots.calibration.y"))
        percent(upper.yaxis)
        lower.bar(
            predicted,
            reliability["households"].to_numpy(),
            width=most / 60,
            color=PALE,
            edgecolor=GREY,
            linewidth=0.5,
        )
        lower.set_ylabel(words("plots.households"))
        lower.set_xlabel(words("plots.calibration.x"))
        thousands(lower.yaxis)
        percent(lower.xaxis)
        footnote(figure, both("plots.calibration.note"))
    return figure


def _draw_coverage(axes: "Axes", part: pl.DataFrame, method: str, place: int) -> None:
    if part.is_empty():
        return
    axes.errorbar(
        part["rate"].to_numpy(),
        part["coverage"].to_numpy(),
        yerr=2 * part["se"].to_numpy(),
        color=COLOURS[place % len(COLOURS)],
        marker=MARKERS[place % len(MARKERS)],
        markersize=4,
        linewidth=1.2,
        elinewidth=0.9,
        capsize=2,
        label=method,
    )


def _need(table: pl.DataFrame, columns: tuple[str, ...]) -> None:
    for column in columns:
        if column not in table.columns:
            raise SamplingError("plots.column", column=column)
    if table.is_empty():
        raise SamplingError("plots.no_rows")
