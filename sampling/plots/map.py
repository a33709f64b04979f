"""Map of villages by stratum: class by colour, type by marker, one panel a county."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from sampling.errors import SamplingError
from sampling.messages import both
from sampling.plots.canvas import GREY, footnote, sheet, style, words
from sampling.plots.villages import colours_of, inside_of, title_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = npt.NDArray[np.float64]

TYPES = {"poor": "贫困村", "other": "非贫困村", "relocation": "安置点"}
MARKERS = ("o", "^", "s", "D", "P", "X", "v", "*")
MOST_PANELS = 9
"""With more counties than this, all share one map."""

LEGEND_WIDTH, PANEL_WIDTH = 2.5, 4.6
"""Inches."""

GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def strata_map(
    villages: pl.DataFrame, *, towns: pl.DataFrame | None = None, simulated: bool = False
) -> "Figure":
    """Draw where the villages of each stratum lie: class by colour, village type by marker.

    Up to nine counties have a panel each, more share one map. A village without a position of
    its own takes the point of its township. Villages that share a point are spread around it, so
    that none hides another.

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
    inside = inside_of(villages)
    placed = _with_points(inside, towns)
    if placed.is_empty():
        raise SamplingError("plots.no_points")
    panels = _panels(placed)
    layers = _layers(placed)
    across = int(np.ceil(np.sqrt(len(panels))))
    down = -(-len(panels) // across)
    width = PANEL_WIDTH / min(across, 2)
    height = max(panel.height(width) for panel in panels)
    with style():
        figure = sheet(
            title_for("plots.strata.title", inside),
            simulated=simulated,
            width=LEGEND_WIDTH + width * across,
            height=max(1.0 + height * down, 1.0 + 0.36 * len(layers)),
        )
        grid = figure.subplots(down, across, squeeze=False)
        for axes, panel in zip(grid.ravel(), panels, strict=False):
            _draw(axes, panel, layers, scale=1 / across)
            if len(panels) > 1:
                axes.set_title(panel.villages["county_adcode"][0])
        for axes in grid.ravel()[len(panels) :]:
            axes.set_visible(False)
        for axes in grid[:, 0]:
            axes.set_ylabel(words("plots.strata.lat"))
        for axes in grid.ravel()[max(0, len(panels) - across) : len(panels)]:
            axes.set_xlabel(words("plots.strata.lon"))
        _legend(figure, layers)
        notes = [both("plots.strata.spread")] if any(panel.is_spread for panel in panels) else []
        if placed.height < inside.height:
            notes.append(both("plots.strata.unplaced", villages=inside.height - placed.height))
        footnote(figure, *notes)
    return figure


@dataclass(frozen=True)
class _Layer:
    """One stratum, by class and type, whatever the county."""

    number: int
    kind: str
    colour: str
    marker: str
    label: str


@dataclass(frozen=True, eq=False)
class _Panel:
    """Villages of one map.

    Parameters
    ----------
    villages : with a position each
    points : (n_villages, 2) degrees of longitude and latitude, spread where they were shared
    is_spread : whether any were
    stretch : degrees of latitude that are as long as one of longitude
    """

    villages: pl.DataFrame
    points: Array
    is_spread: bool
    stretch: float

    @classmethod
    def of(cls, villages: pl.DataFrame) -> "_Panel":
        degrees = villages.select("lon", "lat").to_numpy().astype(np.float64)
        stretch = float(np.cos(np.radians(degrees[:, 1].mean())))
        points, is_spread = _spread_out(degrees * (stretch, 1))
        return cls(villages, points / (stretch, 1), is_spread, stretch)

    def height(self, width: float) -> float:
        """Inches that a map of this width needs so that little of it stays empty."""
        wide, high = np.maximum(np.ptp(self.points * (self.stretch, 1), axis=0), 0.04)
        return float(np.clip(0.85 * width * high / wide, 1.8, 1.5 * width)) + 0.6


def _panels(villages: pl.DataFrame) -> list[_Panel]:
    by_county = villages.sort("county_adcode", maintain_order=True).partition_by(
        "county_adcode", maintain_order=True
    )
    return [
        _Panel.of(part) for part in (by_county if len(by_county) <= MOST_PANELS else [villages])
    ]


def _kinds(villages: pl.DataFrame) -> pl.Series:
    """Type part of the stratum codes, empty where strata are not by type."""
    return villages["stratum"].str.splitn("-", 3).struct.field("field_2").fill_null("")


def _layers(villages: pl.DataFrame) -> list[_Layer]:
    kinds, classes = _kinds(villages), villages["remoteness_class"]
    names = sorted(set(kinds))
    numbers = np.unique(classes.to_numpy())
    found = []
    for number, colour in zip(numbers.tolist(), colours_of(villages, numbers), strict=True):
        for place, kind in enumerate(names):
            count = int(((classes == number) & (kinds == kind)).sum())
            if count:
                label = words("plots.class_of", number=number, villages=count)
                found.append(
                    _Layer(
                        number=number,
                        kind=kind,
                        colour=colour,
                        marker=MARKERS[place % len(MARKERS)],
                        label=f"{label}\n{_type_words(kind)}" if kind else label,
                    )
                )
    return found


def _draw(axes: "Axes", panel: _Panel, layers: list[_Layer], *, scale: float) -> None:
    kinds, classes = _kinds(panel.villages), panel.villages["remoteness_class"]
    size = float(np.clip(360 * scale / np.sqrt(panel.villages.height), 1, 34))
    for layer in layers:
        chosen = ((classes == layer.number) & (kinds == layer.kind)).to_numpy()
        if chosen.any():
            axes.scatter(
                panel.points[chosen, 0],
                panel.points[chosen, 1],
                s=size,
                c=layer.colour,
                marker=layer.marker,
                edgecolors=GREY,
                linewidths=0.3 if size > 4 else 0,
            )
    middle = (panel.points.min(axis=0) + panel.points.max(axis=0)) / 2
    axes.update_datalim([middle - 0.02, middle + 0.02])  # never less than some kilometres
    axes.set_aspect(1 / panel.stretch, adjustable="datalim")
    axes.margins(0.06)
    axes.autoscale_view()
    axes.ticklabel_format(useOffset=False)
    axes.locator_params(nbins=6)
    axes.grid(linewidth=0.5)


def _legend(figure: "Figure", layers: list[_Layer]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [],
            [],
            linestyle="",
            marker=layer.marker,
            color=layer.colour,
            markeredgecolor=GREY,
            markeredgewidth=0.3,
            label=layer.label,
        )
        for layer in layers
    ]
    figure.legend(handles=handles, loc="outside right center", fontsize=8.5)


def _type_words(kind: str) -> str:
    """Types of a stratum in both languages; a type of the user's own stays as it is."""
    chinese = "+".join(TYPES.get(one, one) for one in kind.split("+"))
    return words("plots.type", zh=chinese, en=kind) if chinese != kind else kind


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
