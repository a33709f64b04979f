"""Selectors of fixed size with exact first-order inclusion probabilities.

A selector is a function of probabilities and uniform numbers; it has no chance of its own. The
numbers come from tickets in a draw that must be defended, from a generator in a simulation. With
numbers of shape (draws, …) a selector makes many draws at once.
"""

from sampling.selectors.brewer import brewer
from sampling.selectors.cube import cube
from sampling.selectors.elimination import midzuno, tille
from sampling.selectors.hilbert import hilbert
from sampling.selectors.local_pivotal import lpm2
from sampling.selectors.max_entropy import max_entropy, max_entropy_working
from sampling.selectors.methods import METHODS, select, step_uniforms, unit_uniforms
from sampling.selectors.pareto import pareto, pareto_order, pareto_working
from sampling.selectors.pivotal import pivotal, random_pivotal
from sampling.selectors.probabilities import (
    inclusion_probabilities,
    pps_probabilities,
    srswor,
)
from sampling.selectors.sampford import sampford
from sampling.selectors.systematic import pps_systematic, random_systematic, systematic

__all__ = [
    "METHODS",
    "brewer",
    "cube",
    "hilbert",
    "inclusion_probabilities",
    "lpm2",
    "max_entropy",
    "max_entropy_working",
    "midzuno",
    "pareto",
    "pareto_order",
    "pareto_working",
    "pivotal",
    "pps_probabilities",
    "pps_systematic",
    "random_pivotal",
    "random_systematic",
    "sampford",
    "select",
    "srswor",
    "step_uniforms",
    "systematic",
    "tille",
    "unit_uniforms",
]
