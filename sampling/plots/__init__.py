"""Plots for planners: the index, the strata, the plan and its checks, as PNG or SVG.

Every function takes tables and returns a matplotlib figure; `save` writes it. matplotlib comes
with the extra `[plot]`. Labels are Chinese and English where a Chinese font is found (the one of
the printed documents, else one of the system), otherwise English.
"""

from sampling.plots.canvas import check_ending, image_bytes, save, words
from sampling.plots.checks import calibration_plot, coverage_plot
from sampling.plots.map import strata_map
from sampling.plots.plans import curve_plot, rates_plot
from sampling.plots.villages import index_plot, sizes_plot

__all__ = [
    "calibration_plot",
    "check_ending",
    "coverage_plot",
    "curve_plot",
    "image_bytes",
    "index_plot",
    "rates_plot",
    "save",
    "sizes_plot",
    "strata_map",
    "words",
]
