"""Selectors of fixed size with exact first-order inclusion probabilities."""

from sampling.selectors.hilbert import hilbert
from sampling.selectors.probabilities import (
    inclusion_probabilities,
    pps_probabilities,
    srswor,
)
from sampling.selectors.systematic import pps_systematic

__all__ = ["hilbert", "inclusion_probabilities", "pps_probabilities", "pps_systematic", "srswor"]
