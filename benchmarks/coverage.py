"""Compare estimates with the hidden truth over many seeds of the demonstration.

    python benchmarks/coverage.py --seeds 20

For every seed and county: the register of `exit-inspection demo --seed <k>` is simulated, its
sample drawn as the demonstration draws it, every sampled household looked up as the field would
find it (the short cut of inspect_app/demo/outcome.py instead of HTTP), and the five figures are
estimated. Printed: mean error of sample ratio and of weighted estimate, how often each one-sided
95 % bound held, findings, standard errors of the simulation. Two truths are compared: all that is
hidden, and what can be found at all (households hidden by coaching left out).
"""

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from inspect_app.demo import outcome
from inspect_app.demo import register as registers
from inspect_app.demo.campaign import PUBLIC_VALUE, demo_plan, secret_of
from inspect_app.demo.places import find_county
from inspect_app.rules import rulebooks
from inspect_app.rules.errors import VerdictWithheld
from inspect_app.rules.verdicts import decide, refuse_undecided
from sampling import tickets
from sampling.indicators import Analysis, Indicator
from sampling.remoteness import freeze


@dataclass(frozen=True)
class Outcome:
    """Verdict of one seed; findings by indicator, none where it is withheld."""

    outcome: str
    findings: dict[str, str]


def figures(seed: str, adcode: str) -> tuple[tuple[Indicator, ...], dict[str, float], Outcome]:
    """Estimates, truth and verdict of one seed and county."""
    register = registers.simulate_register(adcode, seed=seed)
    frozen = freeze(demo_plan(register, "0" * 64), register.villages)
    campaign_seed = tickets.campaign_seed(secret_of(seed), PUBLIC_VALUE)
    sample = outcome.draw(register, frozen.plan, frozen.villages, campaign_seed=campaign_seed)
    found = outcome.figures(register, sample.households, adcode, analysis=Analysis())
    book = rulebooks.load("2017-national")
    try:
        decision = decide(
            found,
            rulebook=book,
            region_group=find_county(adcode).threshold_group,
            round_kind="exit",
            villages_left=register.villages.height,
            other_readings={},
        )
        refuse_undecided(decision)
        verdict = Outcome(
            f"{decision.standing.outcome} ({decision.standing.standing})",
            {one.code: str(one.finding) for one in decision.criteria},
        )
    except VerdictWithheld:
        verdict = Outcome("withheld", {})
    return found, registers.county_truth(register), verdict


def tally(names: Sequence[str]) -> str:
    """How often each name occurs."""
    return ", ".join(f"{name} {count}" for name, count in Counter(names).most_common())


def share(flags: list[bool]) -> str:
    """A share with the standard error of the simulation."""
    p = fmean(flags)
    return f"{p:.3f} ({sqrt(p * (1 - p) / len(flags)):.3f})"


def main() -> None:
    """Run the seeds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--county", nargs="*", default=["420528", "530828"])
    options = parser.parse_args()
    started = time.process_time()
    held: dict[str, list[bool]] = defaultdict(list)
    for adcode in options.county:
        results = [figures(f"coverage-{k}", adcode) for k in range(options.seeds)]
        print(f"\n{adcode} {find_county(adcode).name_zh}, {options.seeds} seeds, in percent")
        print(
            f"{'indicator':20}{'truth':>8}{'findable':>10}{'sample':>9}{'estimate':>10}"
            f"{'se of mean':>11}{'upper bound holds':>20}{'lower bound holds':>20}"
        )
        for position, first in enumerate(results[0][0]):
            code = first.code
            of = [(found[position], truth) for found, truth, _ in results]
            findable = [truth.get(f"{code}_visible", truth[code]) for _, truth in of]
            upper = [one.estimate.high >= t for (one, _), t in zip(of, findable, strict=True)]
            lower = [one.estimate.low <= t for (one, _), t in zip(of, findable, strict=True)]
            held["upper"] += upper
            held["lower"] += lower
            codes = [verdict.findings.get(code, "reference") for _, _, verdict in results]
            bad_side = lower if code == "satisfaction_rate" else upper
            held["bound that can establish a pass"] += bad_side
            errors = [one.estimate.value for one, _ in of]
            spread = stdev(errors) / sqrt(len(errors)) if len(errors) > 1 else float("nan")
            print(
                f"{code:20}{100 * fmean(t[code] for _, t in of):8.3f}{100 * fmean(findable):10.3f}"
                f"{100 * fmean(float(one.sample) for one, _ in of):9.3f}"
                f"{100 * fmean(errors):10.3f}{100 * spread:11.3f}"
                f"{share(upper):>20}{share(lower):>20}  {tally(codes)}"
            )
        print("verdicts: " + tally([verdict.outcome for _, _, verdict in results]))
    print(
        "\nall counties and indicators, share of one-sided 95 % bounds that hold (standard error)"
    )
    for name, flags in held.items():
        print(f"  {name}: {share(flags)} of {len(flags)}")
    print(f"CPU {time.process_time() - started:.1f} s")


if __name__ == "__main__":
    main()
