"""Plots of villages and their strata: the index, the map, the sizes."""

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from sampling.errors import SamplingError
from sampling.messages import both
from sampling.plots.canvas import (
    GREY,
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
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = npt.NDArray[np.float64]

HOUSEHOLDS = ("households_e", "households_p", "households_n")
BINS = 40
TYPES = {"poor": "贫困村", "other": "非贫困村", "relocation": "安置点"}
MARKERS = ("o", "^", "s", "D", "P", "X", "v", "*")
MAP_WIDTH = 4.3
"""Inches between the axis and the legend of a map, about."""
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def index_plot(villages: pl.DataFrame, *, simulated: bool = False) -> "Figure":
    """Draw the distribution of the remoteness index, coloured by class, with the class cuts.

    Bars count households, for it is households that the classes share out. A cut is drawn where
    all villages of one class lie below all of the next; classes of several counties, or by
    k-means, may overlap and have none.

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
    inside = _inside(villages, "remoteness", *HOUSEHOLDS)
    measured = inside.filter(pl.col("remoteness").is_not_null())
    if measured.is_empty():
        raise SamplingError("plots.no_index")
    index = measured["remoteness"].to_numpy()
    households = _households(measured)
    classes = measured["remoteness_class"].to_numpy()
    with style():
        figure = sheet(_title("plots.index.title", measured), simulated=simulated)
        axes = figure.add_subplot()
        edges = np.histogram_bin_edges(index, BINS if np.ptp(index) else 1).tolist()
        numbers = np.unique(classes)
        axes.hist(
            [index[classes == number] for number in numbers],
            bins=edges,
            weights=[households[classes == number] for number in numbers],
            stacked=True,
            color=_colours(measured, numbers),
            label=[_class_label(measured, number) for number in numbers.tolist()],
            edgecolor="white",
            linewidth=0.4,
        )
        for cut in _cuts(index, classes):
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
        if not _cuts(index, classes) and len(numbers) > 1:
            footnote(figure, both("plots.index.overlap"))
    return figure


def strata_map(
    villages: pl.DataFrame, *, towns: pl.DataFrame | None = None, simulated: bool = False
) -> "Figure":
    """Draw where the villages of each stratum lie: class by colour, village type by marker.

    A village without a position of its own takes the point of its township. Villages that share
    a point are spread around it, so that none hides another.

    Parameters
    ----------
    villages : frozen villages; `lat` and `lon` in degrees where they are known
    towns : `town_code`, `lat`, `lon` of townships, for villages without a position
    simulated : whether the frame is simulated

    Returns
    -------
    a figure

    Raises
    ------
    SamplingError : no village has a position, or a column is missing
    MissingExtra : matplotlib is not installed

    Examples
    --------
    >>> villages = pl.DataFrame({"county_adcode": "420528", "remoteness_class": [1, 2],
    ...     "stratum": ["420528-1-poor", "420528-2-other"], "town_code": ["a", "b"]})
    >>> towns = pl.DataFrame({"town_code": ["a", "b"], "lat": [30.4, 30.6], "lon": [110.5, 111]})
    >>> axes = strata_map(villages, towns=towns).axes[0]
    >>> [layer.get_offsets().tolist() for layer in axes.collections]
    [[[110.5, 30.4]], [[111.0, 30.6]]]
    """
    inside = _inside(villages, "remoteness_class")
    placed = _with_points(inside, towns)
    if placed.is_empty():
        raise SamplingError("plots.no_points")
    points = placed.select("lon", "lat").to_numpy().astype(np.float64)
    stretch = float(np.cos(np.radians(points[:, 1].mean())))
    spread, is_shared = _spread_out(points * (stretch, 1))
    with style():
        figure = sheet(_title("plots.strata.title", inside), simulated=simulated)
        axes = figure.add_subplot()
        _scatter(axes, placed, spread / (stretch, 1))
        axes.set_aspect(1 / stretch, adjustable="datalim")
        _frame(axes, spread / (stretch, 1))
        axes.set_xlabel(words("plots.strata.lon"))
        axes.set_ylabel(words("plots.strata.lat"))
        axes.grid(linewidth=0.5)
        legend_beside(axes, markerscale=max(1.0, 4.5 / _marker_size(placed.height) ** 0.5))
        notes = [both("plots.strata.spread")] if is_shared else []
        if placed.height < inside.height:
            notes.append(both("plots.strata.unplaced", villages=inside.height - placed.height))
        footnote(figure, *notes)
        entries = len(axes.get_legend_handles_labels()[0])
        figure.set_figheight(max(_map_height(spread), 1.2 + 0.36 * entries))
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
    inside = _inside(villages, "remoteness_class", *HOUSEHOLDS)
    if inside.is_empty():
        raise SamplingError("plots.no_villages")
    classes = inside["remoteness_class"].to_numpy()
    numbers = np.unique(classes)
    with style():
        figure = sheet(_title("plots.sizes.title", inside), simulated=simulated, height=4.1)
        pair = figure.subplots(1, 2, sharey=True)
        for axes, letter, take in zip(pair, "en", (take_e, take_n), strict=True):
            sizes = inside[f"households_{letter}"].to_numpy().astype(np.float64)
            axes.hist(
                [sizes[classes == number] for number in numbers],
                bins=_size_bins(sizes).tolist(),
                stacked=True,
                color=_colours(inside, numbers),
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


def _inside(villages: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Villages of the frame that have a stratum; refuses a table that lacks a column."""
    for column in ("county_adcode", "stratum", "remoteness_class", *columns):
        if column not in villages.columns:
            raise SamplingError("plots.column", column=column)
    return villages.filter(pl.col("stratum").is_not_null())


def _households(villages: pl.DataFrame) -> Array:
    return villages.select(pl.sum_horizontal(HOUSEHOLDS)).to_series().cast(pl.Float64).to_numpy()


def _title(code: str, villages: pl.DataFrame) -> str:
    return title_of(code, villages["county_adcode"].unique().to_list())


def _colours(villages: pl.DataFrame, numbers: npt.NDArray[np.int64]) -> list[str]:
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


def _with_points(villages: pl.DataFrame, towns: pl.DataFrame | None) -> pl.DataFrame:
    """Villages with `lat` and `lon`, their own or their township's; those with neither left out."""
    own = [
        (pl.col(name) if name in villages.columns else pl.lit(None))
        .cast(pl.Float64)
        .fill_nan(None)
        .alias(name)
        for name in ("lat", "lon")
    ]
    placed = villages.with_columns(own)
    if towns is not None:
        for column in ("town_code", "lat", "lon"):
            if column not in towns.columns:
                raise SamplingError("plots.towns_column", column=column)
        if "town_code" not in villages.columns:
            raise SamplingError("plots.column", column="town_code")
        points = towns.select(
            pl.col("town_code").cast(pl.String),
            pl.col("lat", "lon").cast(pl.Float64).fill_nan(None).name.prefix("town_"),
        ).unique("town_code", keep="first", maintain_order=True)
        both_known = pl.col("lat").is_not_null() & pl.col("lon").is_not_null()
        placed = placed.join(
            points, on="town_code", how="left", maintain_order="left"
        ).with_columns(
            pl.when(both_known).then(name).otherwise(f"town_{name}").alias(name)
            for name in ("lat", "lon")
        )
    return placed.drop_nulls(["lat", "lon"])


def _spread_out(points: Array) -> tuple[Array, bool]:
    """Move villages that share a point into a sunflower around it; the first stays in place."""
    shared, of_row, counts = np.unique(points, axis=0, return_inverse=True, return_counts=True)
    of_row = of_row.ravel()
    if counts.max() == 1:
        return points, False
    order = np.argsort(of_row, kind="stable")
    nth = np.empty(len(points))
    nth[order] = np.arange(len(points)) - np.repeat(np.cumsum(counts) - counts, counts)
    extent = max(float(np.ptp(points, axis=0).max()), 0.05)
    step = min(0.014 * extent, 0.5 * _nearest(shared, extent) / float(np.sqrt(counts.max())))
    turn, radius = nth * GOLDEN_ANGLE, step * np.sqrt(nth)
    return points + radius[:, None] * np.column_stack([np.cos(turn), np.sin(turn)]), True


def _nearest(points: Array, extent: float) -> float:
    """Typical distance from a point to its nearest neighbour."""
    if len(points) < 2:
        return extent
    from scipy.spatial import KDTree

    return float(np.median(KDTree(points).query(points, k=2)[0][:, 1]))


def _map_height(points: Array) -> float:
    """Inches that a map needs so that little of it stays empty."""
    wide, high = np.maximum(np.ptp(points, axis=0), 0.04)
    return float(np.clip(MAP_WIDTH * high / wide, 2.0, 6.0)) + 1.4


def _frame(axes: "Axes", points: Array) -> None:
    """Show all points with a margin, and never less than some kilometres."""
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    axes.update_datalim([middle - 0.02, middle + 0.02])
    axes.margins(0.06)
    axes.autoscale_view()
    axes.ticklabel_format(useOffset=False)


def _marker_size(villages: int) -> float:
    return float(np.clip(360 / np.sqrt(villages), 1, 34))


def _scatter(axes: "Axes", villages: pl.DataFrame, points: Array) -> None:
    """One layer a stratum, by class and type, whatever the county."""
    parts = villages["stratum"].str.splitn("-", 3).struct.field("field_2").fill_null("")
    kinds = sorted(set(parts))
    classes = villages["remoteness_class"].to_numpy()
    numbers = np.unique(classes)
    size = _marker_size(villages.height)
    for number, colour in zip(numbers.tolist(), _colours(villages, numbers), strict=True):
        for place, kind in enumerate(kinds):
            chosen = (classes == number) & (parts == kind).to_numpy()
            if chosen.any():
                axes.scatter(
                    points[chosen, 0],
                    points[chosen, 1],
                    s=size,
                    c=colour,
                    marker=MARKERS[place % len(MARKERS)],
                    edgecolors=GREY,
                    linewidths=0.3 if size > 4 else 0,
                    label=_stratum_label(number, kind, int(chosen.sum())),
                )


def _stratum_label(number: int, kind: str, villages: int) -> str:
    label = words("plots.class_of", number=number, villages=villages)
    return f"{label}\n{_type_words(kind)}" if kind else label


def _type_words(kind: str) -> str:
    """Types of a stratum in both languages; a type of the user's own stays as it is."""
    chinese = "+".join(TYPES.get(one, one) for one in kind.split("+"))
    return words("plots.type", zh=chinese, en=kind) if chinese != kind else kind
