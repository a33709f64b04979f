"""Plots: what is drawn is what the tables say; the same tables give the same bytes."""

import builtins
import sys

import numpy as np
import polars as pl
import pytest
from frames import village_frame

from sampling.design import strata
from sampling.errors import MissingExtra, SamplingError
from sampling.messages.plots import TEXTS
from sampling.plan import Plan
from sampling.remoteness import freeze

pytest.importorskip("matplotlib", reason="matplotlib (extra [plot]) is not installed")

from sampling import plots
from sampling.plots import canvas

BY_TYPE = 'strata.by=["county", "remoteness", "village_type"]'


def frozen(*keys: str, n: int = 60, **options) -> pl.DataFrame:
    return freeze(Plan().override(keys), village_frame(n, **options)).villages


def texts(figure) -> str:
    """Everything written on a figure, one piece a line."""
    from matplotlib.text import Text

    with canvas.style():
        figure.draw_without_rendering()
    return "\n".join(text.get_text() for text in figure.findobj(Text) if text.get_visible())


def test_index_bars_hold_all_households_and_cuts_part_the_classes():
    villages = frozen()
    axes = plots.index_plot(villages).axes[0]

    households = villages.select(
        pl.sum_horizontal("households_e", "households_p", "households_n")
    ).to_series()
    assert sum(bar.get_height() for bar in axes.patches) == pytest.approx(households.sum())
    cuts = [line.get_xdata()[0] for line in axes.lines]
    assert len(cuts) == 2
    for number, cut in enumerate(cuts, 1):
        index, remoteness_class = villages["remoteness"], villages["remoteness_class"]
        assert (index.filter(remoteness_class <= number) < cut).all()
        assert (index.filter(remoteness_class > number) > cut).all()


def test_cuts_that_the_plan_gives_are_where_they_were_given():
    villages = frozen("remoteness.cuts=[0.25, 0.5]", "strata.minimum_villages=1")
    cuts = [line.get_xdata()[0] for line in plots.index_plot(villages).axes[0].lines]
    assert cuts == pytest.approx([0.25, 0.5], abs=0.02)


def test_overlapping_classes_and_several_counties_have_no_cuts_and_say_why():
    other = pl.when(pl.int_range(60) % 2 == 0).then(1).otherwise(2).cast(pl.Int64)
    mixed = plots.index_plot(frozen().with_columns(remoteness_class=other))
    assert mixed.axes[0].lines[:] == []
    assert "Classes overlap" in texts(mixed)
    two = freeze(Plan(), pl.concat([village_frame(), village_frame(adcode="530828")])).villages
    assert plots.index_plot(two).axes[0].lines[:] == []
    assert "its own cuts" in texts(plots.index_plot(two))


def test_map_has_every_village_once_at_its_own_point_where_it_is_alone():
    villages = frozen().with_columns(
        lat=30 + 0.01 * pl.int_range(60).cast(pl.Float64), lon=pl.lit(111.0)
    )
    layers = plots.strata_map(villages).axes[0].collections
    drawn = np.concatenate([layer.get_offsets() for layer in layers])
    assert len(layers) == 3
    assert sorted(drawn[:, 1]) == pytest.approx(sorted(villages["lat"]))


def test_map_spreads_villages_of_one_point_so_that_none_hides_another():
    figure = plots.strata_map(frozen())
    drawn = np.concatenate([layer.get_offsets() for layer in figure.axes[0].collections])
    assert len(np.unique(np.round(drawn, 6), axis=0)) == 60
    towns = frozen().select("lat", "lon").unique()
    assert towns.height == 12
    nearest = np.sqrt(((drawn[:, None] - towns.select("lon", "lat").to_numpy()) ** 2).sum(axis=2))
    assert nearest.min(axis=1).max() < 0.02
    assert "spread around it" in texts(figure)


def test_map_takes_township_points_and_counts_whom_it_cannot_place():
    villages = frozen().drop("lat", "lon")
    towns = (
        frozen()
        .select("town_code", "lat", "lon")
        .unique("town_code")
        .filter(pl.col("town_code") != "420528100")
    )
    figure = plots.strata_map(villages, towns=towns)
    assert sum(len(layer.get_offsets()) for layer in figure.axes[0].collections) == 55
    assert "5 villages have no position" in texts(figure)
    with pytest.raises(SamplingError) as refused:
        plots.strata_map(villages)
    assert refused.value.code == "plots.no_points"


def test_map_tells_types_by_marker_and_counties_by_panel():
    both = pl.concat([village_frame(60), village_frame(40, adcode="530828")])
    villages = freeze(Plan().override([BY_TYPE]), both).villages
    figure = plots.strata_map(villages)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["420528", "530828"]
    drawn = [sum(len(layer.get_offsets()) for layer in axes.collections) for axes in figure.axes]
    assert drawn == [60, 40]
    (legend,) = figure.legends
    assert len(legend.get_texts()) == 6
    assert {handle.get_marker() for handle in legend.legend_handles} == {"o", "^"}


def test_size_bars_count_every_village_and_the_take_says_how_many_are_taken_whole():
    villages = frozen()
    of_e, of_n = plots.sizes_plot(villages, take_e=30).axes
    assert sum(bar.get_height() for bar in of_e.patches) == 60
    assert sum(bar.get_height() for bar in of_n.patches) == 60
    assert [line.get_xdata()[0] for line in of_e.lines] == [30]
    assert list(of_n.lines) == []
    small = int((villages["households_e"] <= 30).sum())
    assert f"taken whole: {small}" in of_e.get_title(loc="left")


def test_rate_bars_are_those_of_the_design():
    plan = Plan().override([BY_TYPE])
    parts = strata(plan, frozen(BY_TYPE))
    left, right = plots.rates_plot(parts, plan).axes
    bars = [bar.get_width() for bar in left.patches]
    assert bars == [len(part.villages) for part in parts] + [part.n for part in parts]
    assert [label.get_text() for label in left.get_yticklabels()] == [part.code for part in parts]
    rates = [part.rate(one, plan) for one in ("E", "N") for part in parts]
    assert [bar.get_width() for bar in right.patches] == pytest.approx(rates)


def test_many_strata_share_a_row_a_class_with_the_span_of_their_rates():
    plan = Plan()
    many = pl.concat(village_frame(30, adcode=f"{110000 + k}", seed=k) for k in range(9))
    parts = strata(plan, freeze(plan, many).villages)
    figure = plots.rates_plot(parts, plan)
    left, right = figure.axes
    assert len(parts) == 27
    assert len(left.patches) == 6
    assert sum(bar.get_width() for bar in left.patches[3:]) == sum(part.n for part in parts)
    span = right.lines[0].get_xdata()
    near = [part.rate("E", plan) for part in parts if part.remoteness_class == 1]
    assert list(span) == pytest.approx([min(near), max(near)])
    assert "summed by class" in texts(figure)


CURVE = pl.DataFrame(
    {
        "true_rate": [0.0, 0.01, 0.02, 0.04],
        "met_established": [0.9, 0.4, 0.05, 0.0],
        "met_open": [0.1, 0.5, 0.45, 0.1],
        "unmet_open": [0.0, 0.1, 0.45, 0.5],
        "unmet_established": [0.0, 0.0, 0.05, 0.4],
    }
)


def test_curve_is_stacked_to_one_and_marks_threshold_assumption_and_wanted_chance():
    figure = plots.curve_plot({"E": CURVE, "N": CURVE}, p0=0.02, p1=0.005, power=0.8)
    axes = figure.axes[0]
    tops = [layer.get_paths()[0].vertices[:, 1].max() for layer in axes.collections]
    assert tops == pytest.approx([0.9, 1, 1, 1])
    threshold, wanted, assumed, point = axes.lines
    assert threshold.get_xdata()[0] == 0.02
    assert wanted.get_ydata()[0] == 0.8
    assert list(assumed.get_xdata()) == [0.005, 0.005]
    assert point.get_ydata()[0] == pytest.approx(0.65)
    assert [one.get_title(loc="left") for one in figure.axes] == ["E", "N"]


def test_coverage_has_a_panel_an_icc_a_line_a_method_and_the_nominal_level():
    table = pl.DataFrame(
        {
            "rate": [0.005, 0.02] * 4,
            "icc": [0.0, 0.0, 0.05, 0.05] * 2,
            "method": ["korn-graubard"] * 4 + ["wald"] * 4,
            "coverage": [0.97, 0.96, 0.955, 0.95, 0.9, 0.91, 0.8, 0.85],
            "se": [0.01] * 8,
        }
    )
    figure = plots.coverage_plot(table)
    second = figure.axes[1]
    lines = [list(line.get_ydata()) for line in second.lines]
    assert [axes.get_title(loc="left").split()[-1] for axes in figure.axes] == ["0", "0.05"]
    assert [0.955, 0.95] in lines
    assert [0.8, 0.85] in lines
    assert [0.95, 0.95] in lines
    whiskers = second.collections[0].get_segments()
    assert whiskers[0][:, 1].tolist() == pytest.approx([0.935, 0.975])


def test_calibration_has_two_standard_errors_and_the_households_behind_each_point():
    table = pl.DataFrame(
        {
            "predicted": [0.01, 0.05],
            "observed": [0.02, 0.04],
            "se": [0.004, 0.01],
            "households": [300, 100],
        }
    )
    figure = plots.calibration_plot(table)
    upper, lower = figure.axes
    assert upper.collections[0].get_segments()[1][:, 1].tolist() == pytest.approx([0.02, 0.06])
    assert [bar.get_height() for bar in lower.patches] == [300, 100]
    assert "For planning only" in texts(figure)


def test_simulated_frames_are_marked_and_others_are_not():
    assert "Simulated" in texts(plots.sizes_plot(frozen(), simulated=True))
    assert "Simulated" not in texts(plots.sizes_plot(frozen()))


@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_the_same_table_gives_the_same_bytes_without_a_date(ending: str):
    first = plots.image_bytes(plots.index_plot(frozen()), ending)
    again = plots.image_bytes(plots.index_plot(frozen()), ending)
    assert first == again
    assert first.startswith(b"\x89PNG" if ending == ".png" else b"<?xml")
    for word in (b"date>", b"tEXtCreation", b"Matplotlib v"):
        assert word not in first


def test_nothing_written_is_cut_off_or_covers_something_else():
    """Texts of every plot lie within the sheet, and the mark touches no title."""
    plan = Plan().override([BY_TYPE, "remoteness.classes=5", "strata.minimum_villages=2"])
    villages = freeze(plan, village_frame(80)).villages
    figures = (
        plots.index_plot(villages, simulated=True),
        plots.strata_map(villages, simulated=True),
        plots.sizes_plot(villages, take_e=16, take_n=16, simulated=True),
        plots.rates_plot(strata(plan, villages), plan, simulated=True),
        plots.curve_plot({"420528 E": CURVE}, p0=0.02, p1=0.005, simulated=True),
    )
    for figure in figures:
        with canvas.style():
            figure.draw_without_rendering()
        renderer = figure.canvas.get_renderer()
        drawn = figure.get_tightbbox(renderer)
        width, height = figure.get_size_inches()
        title = figure.get_suptitle()
        assert min(drawn.x0, drawn.y0, width - drawn.x1, height - drawn.y1) > -0.01, title
        (mark,) = [text for text in figure.texts if "Simulated" in text.get_text()]
        (head,) = [text for text in figure.texts if text.get_text() == title]
        assert not mark.get_window_extent(renderer).overlaps(head.get_window_extent(renderer))


def test_labels_are_bilingual_with_a_chinese_font_and_english_without(monkeypatch):
    assert canvas.chinese_family() == "Noto Sans SC"
    assert "偏远指数 Remoteness index" in texts(plots.index_plot(frozen()))
    monkeypatch.setattr(canvas, "chinese_family", lambda: None)
    english = texts(plots.index_plot(frozen(), simulated=True))
    assert "Remoteness index" in english
    assert english.isascii() or set(english) - set("·°") <= set(map(chr, range(128)))


def test_a_chinese_font_of_the_system_is_taken_where_none_is_carried(monkeypatch, tmp_path):
    from matplotlib import font_manager

    monkeypatch.setattr(canvas, "CARRIED", tmp_path / "none.ttf.xz")
    names = ["DejaVu Sans", "SimHei", "Microsoft YaHei"]
    monkeypatch.setattr(font_manager.fontManager, "get_font_names", lambda: names)
    canvas.chinese_family.cache_clear()
    try:
        assert canvas.chinese_family() == "Microsoft YaHei"
        names[:] = ["DejaVu Sans"]
        canvas.chinese_family.cache_clear()
        assert canvas.chinese_family() is None
    finally:
        canvas.chinese_family.cache_clear()


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.index_plot(frozen()),
        lambda: plots.strata_map(frozen()),
        lambda: plots.rates_plot(strata(Plan(), frozen()), Plan()),
        lambda: plots.words("plots.villages"),
        lambda: canvas.class_colours(3),
    ],
)
def test_without_matplotlib_the_extra_is_named(monkeypatch, draw):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.partition(".")[0] == "matplotlib":
            raise ModuleNotFoundError(name)
        return real(name, *args, **kwargs)

    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    canvas.chinese_family.cache_clear()
    try:
        with pytest.raises(MissingExtra, match=r"exit-inspection\[plot\]"):
            draw()
    finally:
        canvas.chinese_family.cache_clear()


@pytest.mark.parametrize(
    ("draw", "code"),
    [
        (lambda: plots.index_plot(frozen("remoteness.method=none")), "plots.no_index"),
        (lambda: plots.index_plot(frozen().drop("remoteness")), "plots.column"),
        (lambda: plots.sizes_plot(frozen().clear()), "plots.no_villages"),
        (lambda: plots.rates_plot([], Plan()), "plots.no_villages"),
        (lambda: plots.curve_plot({}, p0=0.02), "plots.no_curve"),
        (lambda: plots.curve_plot({"E": CURVE.head(1)}, p0=0.02), "plots.no_curve"),
        (lambda: plots.curve_plot({"E": CURVE.drop("met_open")}, p0=0.02), "plots.column"),
        (lambda: plots.coverage_plot(pl.DataFrame({"rate": [0.1]})), "plots.column"),
        (
            lambda: plots.strata_map(frozen(), towns=pl.DataFrame({"town": ["a"]})),
            "plots.towns_column",
        ),
        (lambda: plots.save(plots.sizes_plot(frozen()), "plot.pdf"), "plots.ending"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(draw, code: str):
    with pytest.raises(SamplingError) as refused:
        draw()
    assert refused.value.code == code


def test_every_text_of_the_plots_has_two_languages():
    assert all(zh and en for zh, en in TEXTS.values())
