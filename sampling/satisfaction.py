"""Satisfaction by question: how the answers divide, and the share satisfied."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from sampling.answers import prepare
from sampling.estimate import Estimate
from sampling.indicators import Analysis
from sampling.rates import Part, rate
from sampling.weights import spread

STEPS = (
    "very_satisfied",
    "satisfied",
    "neutral",
    "dissatisfied",
    "very_dissatisfied",
    "unaware",
)
QUESTIONS: dict[str, tuple[str, ...]] = {
    "sat_policy": STEPS,
    "sat_measures": STEPS,
    "sat_exit": STEPS,
    "sat_cadres": STEPS,
    "sat_overall": ("yes", "no"),
}
SATISFIED = ("very_satisfied", "satisfied", "yes")


@dataclass(frozen=True)
class Question:
    """Weighted answers to one question.

    Parameters
    ----------
    code : question
    n : households that answered it (count)
    shares : answer -> weighted share of those who answered; they add up to 1
    satisfied : share satisfied, with the interval that decides
    """

    code: str
    n: int
    shares: Mapping[str, float]
    satisfied: Estimate


def satisfaction(
    interviews: pl.DataFrame, *, analysis: Analysis | None = None
) -> tuple[Question, ...]:
    """Describe the answers to each satisfaction question of one county.

    Those who did not answer a question ("don't know" and refusals too) hand their weight on in
    their cell; "unaware" is an answer.

    Parameters
    ----------
    interviews : see `sampling.answers.prepare`, with the text columns of `QUESTIONS`

    Returns
    -------
    in the order of `QUESTIONS`; one that nobody answered is left out

    Raises
    ------
    EstimationError : see `prepare`

    Examples
    --------
    >>> from sampling import example
    >>> rows = example.interviews().with_columns(
    ...     sat_overall=pl.when(approves=1).then(pl.lit("yes")).otherwise(pl.lit("no")))
    >>> [(one.code, one.n, round(one.shares["yes"], 3)) for one in satisfaction(rows)]
    [('sat_overall', 973, 0.941)]
    """
    chosen = analysis or Analysis()
    answers = prepare(interviews, single_psu=chosen.single_psu)
    interviewed = (pl.col("outcome") == "respondent") & pl.col("class_found").is_in(["E", "P", "N"])
    found = []
    for code, choices in QUESTIONS.items():
        if code not in answers.rows.columns:
            continue
        rows = answers.rows.with_columns(
            carried=pl.when(interviewed).then("weight").otherwise(0.0),
            responded=interviewed & pl.col(code).cast(pl.String).is_in(choices).fill_null(False),
        )
        if not rows["responded"].any():
            continue
        weight = spread(rows)["spread_weight"].fill_null(0.0).to_numpy()
        said = rows[code].cast(pl.String)
        answered = rows["responded"].to_numpy()
        satisfied = said.is_in(SATISFIED).fill_null(False).to_numpy() & answered
        part = Part((answered & ~satisfied).astype(float), answered.astype(float), weight)
        dissatisfied = rate(
            answers.design, [part], icc=chosen.icc, method=chosen.interval, what=code
        ).estimate(chosen.two_sided, unit="households")
        shares = {
            choice: float(weight[(said == choice).fill_null(False).to_numpy()].sum())
            / float(weight.sum())
            for choice in choices
        }
        found.append(Question(code, int(np.sum(answered)), shares, dissatisfied.mirror()))
    return tuple(found)
