"""The sheet every plot is drawn on: letters that exist, bytes that repeat, the simulation mark.

matplotlib is imported inside the functions; without it they name the extra that brings it.
"""

import atexit
import io
import lzma
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from sampling.errors import MissingExtra, SamplingError
from sampling.messages import both

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CARRIED = Path(__file__).parents[2] / "report_templates" / "fonts" / "NotoSansSC-Regular.ttf.xz"
"""The Chinese family of the printed documents, where both packages lie side by side."""

INSTALLED = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "SimHei",
)
"""Chinese families of a system, the first that is there is taken."""

INK, GREY, PALE, ALARM = "#222222", "#6b6b6b", "#d9d9d9", "#b3261e"
ENDINGS = (".png", ".svg")
DOTS_PER_INCH = 150


def need_matplotlib() -> None:
    """Refuse to go on without the library, in one sentence that names the extra.

    Raises
    ------
    MissingExtra : matplotlib is not installed
    """
    try:
        import matplotlib  # noqa: F401  # asked for, not used here
    except ModuleNotFoundError:
        raise MissingExtra("plot") from None


@contextmanager
def style() -> Iterator[None]:
    """Draw and save within this: one look, fonts by name, nothing that depends on the day.

    Raises
    ------
    MissingExtra : matplotlib is not installed
    """
    need_matplotlib()
    from matplotlib import rc_context

    family = chinese_family()
    settings: Any = {
        "font.family": [family, "DejaVu Sans"] if family else ["DejaVu Sans"],
        "font.size": 9,
        "text.color": INK,
        "axes.edgecolor": GREY,
        "axes.labelcolor": INK,
        "axes.titlesize": 10,
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.unicode_minus": False,
        "xtick.color": GREY,
        "ytick.color": GREY,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "grid.color": "#e6e6e6",
        "legend.frameon": False,
        "figure.facecolor": "white",
        "savefig.facecolor": "white",
        "svg.hashsalt": "sampling",
        "svg.fonttype": "path",
    }
    with rc_context(settings):
        yield


@cache
def chinese_family() -> str | None:
    """Find a family with Chinese letters: the one carried along, else one of the system.

    Returns
    -------
    its name, known to matplotlib; None when there is none, and labels are then English only
    """
    need_matplotlib()
    from matplotlib import font_manager

    if CARRIED.is_file():
        folder = Path(mkdtemp(prefix="sampling-plots-"))
        atexit.register(rmtree, folder, ignore_errors=True)
        path = folder / CARRIED.name.removesuffix(".xz")
        path.write_bytes(lzma.decompress(CARRIED.read_bytes()))
        font_manager.fontManager.addfont(path)
        return "Noto Sans SC"
    present = set(font_manager.fontManager.get_font_names())
    return next((family for family in INSTALLED if family in present), None)


def words(code: str, /, *, between: str = " ", **values: object) -> str:
    """Put the sentence of a code on a plot: Chinese and English, or English where letters lack."""
    zh, en = both(code, **values)
    return f"{zh}{between}{en}" if chinese_family() else en


def title_of(code: str, adcodes: Sequence[str]) -> str:
    """A title that says which counties a plot is about: their codes, or how many they are."""
    found = sorted(set(adcodes))
    where = ", ".join(found) if len(found) <= 2 else words("plots.counties", count=len(found))
    return f"{words(code)} · {where}"


def sheet(title: str, *, simulated: bool, width: float = 7.2, height: float = 4.4) -> "Figure":
    """Make an empty figure with its title, marked if the figures on it are simulated.

    Parameters
    ----------
    title : one line
    simulated : whether the register behind it is simulated
    width, height : inches
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, x=0.012, ha="left", fontsize=11)
    if simulated:
        figure.text(
            0.992,
            0.985,
            words("plots.simulated"),
            ha="right",
            va="top",
            fontsize=9,
            color=ALARM,
            bbox={"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": ALARM},
        )
    return figure


def footnote(figure: "Figure", *notes: tuple[str, str]) -> None:
    """Say below the plot what the reader has to know, Chinese above English, nothing cut off.

    Parameters
    ----------
    notes : Chinese and English sentence, see `sampling.messages.both`
    """
    if not notes:
        return
    inches = figure.get_figwidth()
    english = fill(" ".join(en for _, en in notes), int(17.5 * inches))
    chinese = fill("".join(zh for zh, _ in notes), int(8.5 * inches))
    text = f"{chinese}\n{english}" if chinese_family() else english
    figure.supxlabel(text, x=0.012, ha="left", fontsize=8, color=GREY)


def class_colours(classes: int) -> list[str]:
    """Colours of remoteness classes, near light and remote dark; they differ in grey too."""
    need_matplotlib()
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    places = np.linspace(0.22, 0.95, classes) if classes > 1 else np.array([0.55])
    return [to_hex(colormaps["viridis_r"](place)) for place in places]


def percent(axis: Any) -> None:
    """Write the ticks of an axis, which holds fractions, in per cent."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.4g}%"))


def thousands(axis: Any) -> None:
    """Write the ticks of an axis as whole numbers with separators."""
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    axis.set_major_locator(MaxNLocator(nbins=7, integer=True))
    axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def legend_beside(axes: "Axes", **options: Any) -> None:
    """Put the legend to the right of the axes, where it hides nothing."""
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0, **options)


def check_ending(path: Path | str) -> None:
    """Refuse a file name that is neither PNG nor SVG, before any work is done.

    Raises
    ------
    SamplingError : another ending
    """
    ending = Path(path).suffix
    if ending.lower() not in ENDINGS:
        raise SamplingError("plots.ending", ending=ending or "-", endings=", ".join(ENDINGS))


def image_bytes(figure: "Figure", ending: str = ".png") -> bytes:
    """Render a figure; the same figure gives the same bytes, whatever the day.

    Parameters
    ----------
    figure : from a function of this package
    ending : ".png" or ".svg"

    Raises
    ------
    SamplingError : another ending

    Examples
    --------
    >>> import polars as pl
    >>> from sampling.plots import sizes_plot
    >>> villages = pl.DataFrame({"county_adcode": "420528", "remoteness_class": 1,
    ...     "stratum": "420528-1", "households_e": [5, 9], "households_p": 0, "households_n": 300})
    >>> image_bytes(sizes_plot(villages)) == image_bytes(sizes_plot(villages))
    True
    """
    check_ending(f"plot{ending}")
    kind = ending.lower().removeprefix(".")
    buffer = io.BytesIO()
    metadata = {"Software": None} if kind == "png" else {"Date": None, "Creator": None}
    with style():
        figure.savefig(buffer, format=kind, dpi=DOTS_PER_INCH, metadata=metadata)
    return buffer.getvalue()


def save(figure: "Figure", path: Path | str) -> None:
    """Write a figure as PNG or SVG, by the ending of the name; a file there is replaced.

    Raises
    ------
    SamplingError : another ending
    OSError : the system refuses
    """
    path = Path(path)
    check_ending(path)
    path.write_bytes(image_bytes(figure, path.suffix))
