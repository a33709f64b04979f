"""One county from its frame to a statement, with nothing but `sampling`.

    python docs/examples/county.py --out example-out

Read it from top to bottom like a notebook; every step prints what it found and the plots lie in
the folder given. The county is invented (`sampling.example`), and every plot says so.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from sampling import example
from sampling.county_curves import curves
from sampling.design import strata
from sampling.diagnostics import household_report
from sampling.findings import Criterion, Rule, extension, finding, flip, meets, standing
from sampling.indicators import Analysis, Indicator, Totals, indicators
from sampling.plots import curve_plot, index_plot, rates_plot, save, sizes_plot, strata_map
from sampling.reach import explain, rate_lines, reach
from sampling.simulate import simulate
from sampling.truth import Truth
from sampling.weights import weigh

RULES = {
    "wrong_exit_rate": Rule("0.02", strict=True, direction="below"),
    "missed_rate": Rule("0.02", strict=True, direction="below"),
    "poverty_incidence": Rule("0.03", strict=True, direction="below"),
    "satisfaction_rate": Rule("0.90", strict=False, direction="above"),
}


def main(out: Path, *, runs: int) -> None:
    out.mkdir(parents=True, exist_ok=True)

    heading("1. The frame, its remoteness and its strata")
    plan, villages = example.plan()
    tell(rate_lines(plan, villages))
    save(index_plot(villages, simulated=True), out / "index.png")
    save(strata_map(villages, simulated=True), out / "strata.png")
    save(sizes_plot(villages, simulated=True), out / "sizes.png")
    save(rates_plot(strata(plan, villages), plan, simulated=True), out / "rates.png")

    heading("2. What the plan can establish, before anybody travels")
    tell(explain(reach(plan, villages), plan))
    known = plan.assumptions
    rates = [known.p1 * k / 2 for k in range(1, 17)]
    panels = {
        f"class {household_class}": curve.to_polars()
        for (_, household_class), curve in curves(plan, villages, rates=rates).items()
    }
    figure = curve_plot(panels, p0=known.p0, p1=known.p1, power=1 - known.beta, simulated=True)
    save(figure, out / "curve.png")

    heading("3. The same by simulation: registers of known truth, drawn from by this plan")
    truth = Truth(rate=known.p1, icc=known.icc, concentration=3)
    tell([repr(simulate(plan, villages, truth, runs=runs, rng=np.random.default_rng(1)))])

    heading("4. The draw: tickets of one seed, probabilities with every unit")
    first = example.sample().head(4).iter_rows(named=True)
    tell(
        f"{row['unit_id']}  stratum {row['stratum']}  ticket {row['ticket'][:12]}…  "
        f"pi {row['pi1']:.4f} x {row['pi2']:.4f}  base weight {row['base_weight']:.2f}"
        for row in first
    )

    heading("5. The interviews come back: weights, factor by factor, beside the register")
    interviews = weigh(example.interviews())
    tell([repr(household_report(interviews, villages))])

    heading("6. Figures with their errors, and what they prove")
    row = example.totals().row(0, named=True)
    totals = Totals(*(row[f"persons_{one}"] for one in ("e", "p", "n", "rural")))
    analysis = Analysis(confidence=plan.analysis.confidence, icc=known.icc)
    found = indicators(interviews, totals=totals, analysis=analysis)
    judged = [judge(one) for one in found if one.code in RULES]
    verdict = standing(judged)
    sure = f"{verdict.established} of {len(judged)} criteria established"
    tell([f"outcome: {verdict.outcome}, {verdict.standing} ({sure})"])


def judge(one: Indicator) -> Criterion:
    """Print a figure, its finding, and what would change it."""
    rule, estimate = RULES[one.code], one.estimate
    decided = finding(
        estimate.value,
        estimate.low,
        estimate.high,
        threshold=rule.threshold,
        strict=rule.strict,
        direction=rule.direction,
    )
    line = (
        f"{one.code:18} {estimate.value:7.2%} [{estimate.low:.2%}, {estimate.high:.2%}]  "
        f"threshold {float(rule.threshold):.0%}  deff {estimate.deff:.2f}  {decided}"
    )
    change, more = flip(one.footing, rule), extension(one.footing, rule)
    if change is not None:
        line += f"; {change.households} more confirmed households: {change.finding}"
    if more is not None:
        line += f"; about {more.households} more households would probably settle it"
    tell([line])
    nearest = one.interval_certain[0 if rule.direction == "below" else 1]
    certain = not meets(estimate.value, rule) and not meets(nearest, rule)
    return Criterion(one.code, decided, certain)


def heading(text: str) -> None:
    sys.stdout.write(f"\n== {text}\n")


def tell(lines: Iterable[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="One county from its frame to a statement.")
    options.add_argument("--out", type=Path, required=True, help="folder for the plots")
    options.add_argument("--runs", type=int, default=400, help="registers to simulate")
    chosen = options.parse_args()
    main(chosen.out, runs=chosen.runs)
