"""Plots of villages: the distribution of the index, and of the sizes."""

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from sampling.errors import SamplingError
from sampling.messages import both
from sampling.plots.canvas import (
    INK,
    class_colours,
    footnote,
    legend_beside,
    sheet,
    style,
    thousands,
    title_of,
    words,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = npt.NDArray[np.float64]

HOUSEHOLDS = ("households_e", "households_p", "households_n")
BINS = 40


def index_plot(villages: pl.DataFrame, *, simulated: bool = False) -> "Figure":
    """Draw the distribution of the remoteness index, coloured by class, with the class cuts.

    Bars count households, for it is households that the classes share out. A cut is drawn where
    all villages of one class lie below all of the next: classes by k-means may overlap and have
    none, and cuts of several counties are not drawn on one sheet.

    Parameters
    ----------
    villages : frozen villages, see `sampling.remoteness.freeze`
    simulated : whether the frame is simulated

    Returns
    -------
    a figure; `sampling.plots.save` writes it

    Raises
    ------
    SamplingError : no village has an index (method "none"), or a column is missing
    MissingExtra : matplotlib is not installed

    Examples
    --------
    >>> villages = pl.DataFrame({"county_adcode": "420528", "remoteness": [0.1, 0.2, 0.8, 0.9],
    ...     "remoteness_class": [1, 1, 2, 2], "stratum": ["a", "a", "b", "b"],
    ...     "households_e": 40, "households_p": 2, "households_n": 300})
    >>> axes = index_plot(villages).axes[0]
    >>> [line.get_xdata()[0] for line in axes.lines]
    [0.5]
    """
    inside = inside_of(villages, "remoteness", *HOUSEHOLDS)
    measured = inside.filter(pl.col("remoteness").is_not_null())
    if measured.is_empty():
        raise SamplingError("plots.no_index")
    index = measured["remoteness"].to_numpy()
    households = _households(measured)
    classes = measured["remoteness_class"].to_numpy()
    with style():
        figure = sheet(title_for("plots.index.title", measured), simulated=simulated)
        axes = figure.add_subplot()
        edges = np.histogram_bin_edges(index, BINS if np.ptp(index) else 1).tolist()
        numbers = np.unique(classes)
        axes.hist(
            [index[classes == number] for number in numbers],
            bins=edges,
            weights=[households[classes == number] for number in numbers],
            stacked=True,
            color=colours_of(measured, numbers),
            label=[_class_label(measured, number) for number in numbers.tolist()],
            edgecolor="white",
            linewidth=0.4,
        )
        is_one = measured["county_adcode"].n_unique() == 1
        cuts = _cuts(index, classes) if is_one else []
        for cut in cuts:
            axes.axvline(cut, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
            axes.annotate(
                f"{cut:.3g}",
                (cut, 1),
                xycoords=("data", "axes fraction"),
                xytext=(3, -2),
                textcoords="offset points",
                va="top",
                fontsize=8,
            )
        axes.set_xlabel(words("plots.index.x"))
        axes.set_ylabel(words("plots.households"))
        axes.margins(x=0.01, y=0.08)
        thousands(axes.yaxis)
        legend_beside(axes)
        if not cuts and len(numbers) > 1:
            footnote(figure, both("plots.index.overlap" if is_one else "plots.index.counties"))
    return figure


def sizes_plot(
    villages: pl.DataFrame,
    *,
    take_e: int | None = None,
    take_n: int | None = None,
    simulated: bool = False,
) -> "Figure":
    """Draw how large villages are: their E and their N households, coloured by class.

    Parameters
    ----------
    villages : frozen villages
    take_e, take_n : households to draw in a village (count), drawn as a line: smaller villages
        are taken whole
    simulated : whether the frame is simulated

    Returns
    -------
    a figure with one axes a class of households

    Raises
    ------
    SamplingError : no village with households, or a column is missing
    MissingExtra : matplotlib is not installed

    Examples
    --------
    >>> villages = pl.DataFrame({"county_adcode": "420528", "remoteness_class": 1,
    ...     "stratum": "420528-1", "households_e": [5, 5, 9], "households_p": 0,
    ...     "households_n": 300})
    >>> bars = sizes_plot(villages).axes[0].patches
    >>> {round(bar.get_x() + 0.5): int(bar.get_height()) for bar in bars if bar.get_height()}
    {5: 2, 9: 1}
    """
    inside = inside_of(villages, "remoteness_class", *HOUSEHOLDS)
    if inside.is_empty():
        raise SamplingError("plots.no_villages")
    classes = inside["remoteness_class"].to_numpy()
    numbers = np.unique(classes)
    with style():
        figure = sheet(title_for("plots.sizes.title", inside), simulated=simulated, height=4.1)
        pair = figure.subplots(1, 2, sharey=True)
        for axes, letter, take in zip(pair, "en", (take_e, take_n), strict=True):
            sizes = inside[f"households_{letter}"].to_numpy().astype(np.float64)
            axes.hist(
                [sizes[classes == number] for number in numbers],
                bins=_size_bins(sizes).tolist(),
                stacked=True,
                color=colours_of(inside, numbers),
                label=[words("plots.class", number=number) for number in numbers.tolist()],
                edgecolor="white",
                linewidth=0.4,
            )
            axes.set_xlabel(words(f"plots.sizes.x_{letter}"))
            thousands(axes.xaxis)
            thousands(axes.yaxis)
            if take is not None:
                whole = int((sizes <= take).sum())
                axes.axvline(take, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
                axes.set_title(
                    words("plots.sizes.take", take=take, villages=whole, between="\n"), fontsize=8.5
                )
        pair[0].set_ylabel(words("plots.villages"))
        pair[0].margins(y=0.08)
        legend_beside(pair[1])
    return figure


def inside_of(villages: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Villages of the frame that have a stratum; refuses a table that lacks a column."""
    for column in ("county_adcode", "stratum", "remoteness_class", *columns):
        if column not in villages.columns:
            raise SamplingError("plots.column", column=column)
    return villages.filter(pl.col("stratum").is_not_null())


def _households(villages: pl.DataFrame) -> Array:
    return villages.select(pl.sum_horizontal(HOUSEHOLDS)).to_series().cast(pl.Float64).to_numpy()


def title_for(code: str, villages: pl.DataFrame) -> str:
    return title_of(code, villages["county_adcode"].unique().to_list())


def colours_of(villages: pl.DataFrame, numbers: npt.NDArray[np.int64]) -> list[str]:
    colours = class_colours(int(villages["remoteness_class"].max()))  # type: ignore[arg-type]  # a column of whole numbers
    return [colours[number - 1] for number in numbers.tolist()]


def _class_label(villages: pl.DataFrame, number: int) -> str:
    of_class = villages.filter(pl.col("remoteness_class") == number)
    return (
        words("plots.class_of", number=number, villages=of_class.height)
        + "\n"
        + words("plots.class_households", households=int(_households(of_class).sum()))
    )


def _cuts(index: Array, classes: npt.NDArray[np.int64]) -> list[float]:
    """Middle of the gap between neighbouring classes, where there is a gap."""
    numbers = np.unique(classes)
    ends = [(index[classes == one].min(), index[classes == one].max()) for one in numbers]
    return [
        float((before[1] + after[0]) / 2)
        for before, after in pairwise(ends)
        if before[1] < after[0]
    ]


def _size_bins(sizes: Array) -> Array:
    """Bins of whole households, about thirty."""
    step = max(1, int(np.ceil((sizes.max() + 1) / 30)))
    return np.arange(0, sizes.max() + step + 1, step) - 0.5
