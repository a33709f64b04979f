"""The tables of docs/coverage.md, put in their places between `<!-- name -->` and `<!-- end -->`.

    python benchmarks/coverage_page.py

Reads docs/coverage.csv as benchmarks/coverage_grid.py leaves it; the words around the tables are
written by hand.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from sampling.assurance import ASSUMED, ICCS, KNOWN, RUNS, VILLAGES, Assurance, cell_error

ROOT = Path(__file__).parents[1]
SHOWN_THRESHOLDS = (0.01, 0.02, 0.03, 0.05)
WORST = 12
ENOUGH = 30
METHODS = {
    "verdict": "verdict, plan assumes icc 0.05",
    "verdict-known-icc": "verdict, plan assumes the true icc",
    "korn-graubard": "Korn–Graubard, no cap",
    "wilson": "Wilson on the effective n, no cap",
    "logit": "logit",
    "mean": "Wald",
}


def tables(found: pl.DataFrame) -> dict[str, str]:
    """Name of the place -> table in Markdown."""
    return {
        "study": _study(found),
        "assumed": "\n".join(_errors(ASSUMED)),
        "known": "\n".join(_errors(KNOWN)),
        "worst": "\n".join(_worst(found)),
        "methods": "\n".join(_methods(found)),
        "rates": "\n".join(_rates(found)),
    }


def _study(found: pl.DataFrame) -> str:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    cells = found.select("rate", "icc", "concentration").n_unique()
    return (
        f"Package version {version}, seed 20201, {RUNS:,} runs in each of {cells} truths × "
        f"{len(VILLAGES)} plans."
    )


def _errors(counts: dict[tuple[float, float], tuple[int, ...]]) -> Iterator[str]:
    yield "| standard | icc | " + " | ".join(f"{n} villages" for n in VILLAGES) + " |"
    yield "|---" * (2 + len(VILLAGES)) + "|"
    for threshold in SHOWN_THRESHOLDS:
        for icc in ICCS:
            cells = (_percent(cell_error(n)) for n in counts[threshold, icc])
            yield f"| {threshold} | {icc:g} | " + " | ".join(cells) + " |"


def _worst(found: pl.DataFrame) -> Iterator[str]:
    yield "| rate | icc | concentration | villages | clears a county at the standard | none found |"
    yield "|---" * 6 + "|"
    shown = (
        found.filter(pl.col("method") == "verdict", pl.col("villages") >= ENOUGH)
        .sort("met_at_threshold", descending=True, maintain_order=True)
        .head(WORST)
    )
    for row in shown.iter_rows(named=True):
        error = _percent(Assurance(row["met_at_threshold"], row["se"]))
        yield (
            f"| {row['rate']} | {row['icc']:g} | {row['concentration']:g} | {row['villages']} | "
            f"{error} | {100 * row['nothing_found']:.1f}% |"
        )


def _methods(found: pl.DataFrame) -> Iterator[str]:
    yield (
        "| bound | least coverage | mean coverage | cells short of 95 % | mean bound / true rate |"
    )
    yield "|---" * 5 + "|"
    enough = found.filter(pl.col("villages") >= ENOUGH)
    for method, name in METHODS.items():
        here = enough.filter(pl.col("method") == method)
        short = here.filter(pl.col("coverage") + 3 * pl.col("se") < 0.95).height
        ratio = (here["mean_high"] / here["rate"]).mean()
        yield (
            f"| {name} | {100 * here['coverage'].min():.1f}% | "
            f"{100 * here['coverage'].mean():.1f}% | {short} of {here.height} | {ratio:.1f} |"
        )


def _rates(found: pl.DataFrame) -> Iterator[str]:
    yield "| rate | villages | verdict | Korn–Graubard | Wilson | logit | Wald | none found |"
    yield "|---" * 8 + "|"
    middle = found.filter(pl.col("icc") == 0.05, pl.col("concentration") == 3)
    for rate in middle["rate"].unique().sort():
        for villages in (10, 30, 60):
            here = middle.filter(pl.col("rate") == rate, pl.col("villages") == villages)
            of = dict(here.select("method", "coverage").iter_rows())
            methods = [method for method in METHODS if method != "verdict-known-icc"]
            cells = " | ".join(f"{100 * of[method]:.1f}%" for method in methods)
            yield f"| {rate} | {villages} | {cells} | {100 * here['nothing_found'][0]:.1f}% |"


def _percent(found: Assurance) -> str:
    return f"{100 * found.chance:.1f} ± {100 * found.se:.1f}%"


def main() -> None:
    path = ROOT / "docs" / "coverage.md"
    text = path.read_text("utf-8")
    for name, table in tables(pl.read_csv(ROOT / "docs" / "coverage.csv")).items():
        place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.S)
        text, found = place.subn(lambda own, table=table: f"{own[1]}{table}\n{own[2]}", text)
        if found != 1:
            raise SystemExit(f"docs/coverage.md has no place for {name}")
    path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
