"""Selectors of fixed size with exact first-order inclusion probabilities.

A selector is a function of probabilities and uniform numbers; it has no chance of its own. The
numbers come from tickets in a draw that must be defended, from a generator in a simulation. With
numbers of shape (draws, …) a selector makes many draws at once.
"""

from sampling.selectors.balance import cube
from sampling.selectors.brewer_design import brewer
from sampling.selectors.conditional_poisson import max_entropy, max_entropy_working
from sampling.selectors.duels import pivotal, random_pivotal
from sampling.selectors.elimination import midzuno, tille
from sampling.selectors.hilbert_curve import hilbert
from sampling.selectors.local_pivotal import lpm2
from sampling.selectors.methods import METHODS, select, step_uniforms, unit_uniforms
from sampling.selectors.pareto_design import pareto, pareto_order, pareto_working
from sampling.selectors.probabilities import (
    inclusion_probabilities,
    pps_probabilities,
    srswor,
)
from sampling.selectors.sampford_design import sampford
from sampling.selectors.walks import pps_systematic, random_systematic, systematic

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
