"""What readers of a verdict hold about households: unknown counts, and figures that bound them.

Weights, sample and register are taken as known to everybody, since draw and frame are published.
Unknown are, for the households of one weight in one village, how many were found to have fallen
(wrong exits, at a revisit recurrence), were missed, disapprove, or refused; and for the first two
how many persons. The first attacker holds the public edition. The second, a county official, holds
both editions and the register, and must not learn what any household thinks or whether it refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from inspect_app.rules.errors import UntracedNumber
from inspect_app.services.estimates import CountyData
from sampling.answers import Answers, Measure, prepare
from sampling.disclosure import Attacker, Known, Target
from sampling.indicators import Totals

COUNTS = ("fallen", "missed", "against")
CELLS_NAMED = {"fallen": ("wrong_exit", "recurrence"), "missed": ("missed",)}
LEVELS = ("remoteness_class", "town_code", "psu")
LEVEL_NAMES = {"remoteness_class": "class", "town_code": "town", "psu": "village"}
PLACE = {"remoteness_class", "remoteness_to", "classes", "stratum", "villages", "households"}
TOWN = {"town_code", "name_zh", "villages", "households", "response"}


@dataclass(frozen=True, eq=False)
class Secrets:
    """The unknown counts of a county, and the truth about them.

    Parameters
    ----------
    cells : a row for all households of one weight, village and kind of count: `name kind psu
        town_code remoteness_class weight households` (most), `least most` (persons of one),
        `found found_persons` (the truth)
    base : kind -> the rows that its rate is over: `psu remoteness_class weighted` (w x)
    is_revisit : whether what fell is recurrence
    is_basis_b : whether missed persons are counted over the persons interviewed
    """

    cells: pl.DataFrame
    base: Mapping[str, pl.DataFrame]
    totals: Totals
    of_class: Mapping[int, Totals]
    is_revisit: bool
    is_basis_b: bool

    @property
    def most(self) -> dict[str, int]:
        """Every unknown with the most it can be: households as `x/…`, persons as `y/…`."""
        found = {f"x/{row['name']}": row["households"] for row in self._rows}
        for row in self._rows:
            if row["kind"] != "against":
                found[f"y/{row['name']}"] = row["households"] * row["most"]
        return found

    @property
    def sizes(self) -> tuple[Known, ...]:
        """A household counts between its least and its most persons; the register says so."""
        found = []
        for row in self._rows:
            if row["kind"] == "against":
                continue
            x, y = f"x/{row['name']}", f"y/{row['name']}"
            wide = row["households"] * row["most"]
            found.append(Known("persons", {y: 1.0, x: -row["least"]}, 0, wide, official=True))
            found.append(Known("persons", {y: -1.0, x: row["most"]}, 0, wide, official=True))
        return tuple(found)

    @property
    def _rows(self) -> list[dict[str, Any]]:
        return self.cells.to_dicts()

    def truth(self, known: Known) -> float:
        """What a sum of unknowns really is."""
        values = {f"x/{row['name']}": row["found"] for row in self._rows}
        values |= {f"y/{row['name']}": row["found_persons"] for row in self._rows}
        return float(sum(values[name] * c for name, c in known.terms.items()))

    def counted(self, kind: str, unit: str = "x", **place: Any) -> dict[str, float]:
        """All unknowns of a kind, in a place, each once."""
        return {f"{unit}/{row['name']}": 1.0 for row in self._where(kind, **place)}

    def rate(
        self, kind: str, share: float, classes: tuple[int, int] | None = None
    ) -> dict[str, float]:
        """Weighted rate of a kind, over persons or (disapproval) households, times `share`."""
        inside = (
            pl.lit(True) if classes is None else pl.col("remoteness_class").is_between(*classes)
        )
        whole = float(self.base[kind].filter(inside)["weighted"].sum())
        unit = "x" if kind == "against" else "y"
        rows = self.cells.filter((pl.col("kind") == kind) & inside).to_dicts()
        return {f"{unit}/{row['name']}": share * row["weight"] / whole for row in rows}

    def targets(self, *kinds: str) -> list[Target]:
        """Counts below the county that nobody may learn, from the widest place to the village."""
        found = []
        for level in LEVELS:
            for kind in kinds:
                cells = self.cells.filter(kind=kind)
                for (place,), rows in sorted(cells.partition_by(level, as_dict=True).items()):
                    for unit in ("x",) if kind == "against" else ("x", "y"):
                        parts = frozenset(f"{unit}/{name}" for name in rows["name"])
                        what = f"{kind} {unit} {LEVEL_NAMES[level]} {place}"
                        found.append(Target(what, parts))
        return found

    def _where(self, kind: str, **place: Any) -> list[dict[str, Any]]:
        return self.cells.filter(kind=kind, **place).to_dicts()


def secrets(data: CountyData) -> Secrets:
    """Find what is to be kept of a county's interviews."""
    answers = prepare(data.interviews, single_psu=data.analysis.single_psu)
    is_revisit = data.analysis.round_kind == "revisit"
    known = data.frozen.filter(pl.col("county_adcode") == data.county.adcode)
    places = known.select("village_code", "town_code", pl.col("remoteness_class").fill_null(1))
    measures = {
        "fallen": answers.measure("recurrence_rate" if is_revisit else "wrong_exit_rate"),
        "missed": answers.measure("missed_rate"),
        "against": answers.measure("satisfaction_rate"),
    }
    cells, base = [], {}
    for kind, measure in measures.items():
        rows = _rows(answers, measure, kind).join(
            places, left_on="psu", right_on="village_code", how="left"
        )
        base[kind] = rows.filter("determined").select(
            "psu", "remoteness_class", weighted=pl.col("weight") * pl.col("x")
        )
        cells.append(_cells(rows, kind))
    persons = {
        place.first: place.domain.totals
        for place in data.places
        if place.kind == "run" and place.first == place.last
    }
    is_basis_b = data.analysis.missed_denominator == "b"
    return Secrets(pl.concat(cells), base, data.totals, persons, is_revisit, is_basis_b)


def _rows(answers: Answers, measure: Measure, kind: str) -> pl.DataFrame:
    """Households that a kind of count is about, as far as anybody can know without asking them.

    A member missed in a household that is itself registered shows only where one was found, so
    every household interviewed may hold one.
    """
    part = measure.known
    rows = answers.rows.select(
        "psu",
        "respondent",
        persons=pl.col("persons").cast(pl.Float64),
        outside=pl.lit(True) if kind != "missed" else pl.col("class_found") != "N",
        plain=pl.col("weight").cast(pl.Float64),
    ).with_columns(
        weight=pl.Series(part.weight),
        x=pl.Series(part.x),
        y=pl.Series(part.y),
        determined=pl.Series(measure.determined),
    )
    if kind != "missed":
        return rows.filter("determined").with_columns(least=pl.col("x"), most=pl.col("x"))
    within = pl.col("respondent") & pl.col("outside")
    return rows.filter(pl.col("determined") | within).with_columns(
        weight=pl.when(within).then("plain").otherwise("weight"),
        least=pl.lit(1.0),
        most=pl.when(within).then("persons").otherwise("x"),
    )


def _cells(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Put together what nobody can tell apart: equal weight, one village."""
    return (
        rows.with_columns(weight=pl.col("weight").round_sig_figs(12))
        .group_by("psu", "town_code", "remoteness_class", "weight")
        .agg(
            households=pl.len(),
            least=pl.col("least").min(),
            most=pl.col("most").max(),
            found=(pl.col("y") > 0).sum(),
            found_persons=pl.col("y").sum(),
        )
        .sort("psu", "weight")
        .with_row_index("n")
        .select(
            pl.format("{}/{}", pl.lit(kind), "n").alias("name"),
            pl.lit(kind).alias("kind"),
            *("psu", "town_code", "remoteness_class", "weight"),
            *(pl.col(name).cast(pl.Int64) for name in ("households", "least", "most")),
            *(pl.col(name).cast(pl.Int64) for name in ("found", "found_persons")),
        )
    )


def official(secrets: Secrets, document: Mapping[str, Any]) -> tuple[Known, ...]:
    """What the county's own result says: counts, ratios and estimates of page 1."""
    found = list(secrets.sizes)
    by_code = {one["code"]: one for one in document["indicators"]}
    for kind in COUNTS:
        code = _code(secrets, kind)
        ratio = by_code[code]["sample_ratio"]
        unit = "x" if kind == "against" else "y"
        counted = ratio["numerator"]
        if kind == "against":
            counted = ratio["denominator"] - counted
        found.append(_exactly(f"{code} ratio", secrets.counted(kind, unit), counted))
        if kind != "against":
            households = sum(row["found"] for row in secrets.cells.filter(kind=kind).to_dicts())
            found.append(_exactly(f"{kind} cases", secrets.counted(kind), households))
        if kind == "missed" and not secrets.is_basis_b:
            continue  # over all persons of the villages, by other weights: not used here
        shown = by_code[code]["estimate"]["value"]
        value = 1 - shown if kind == "against" else shown
        terms = secrets.rate(kind, 1.0)
        found.append(_rounded(f"{code} estimate", terms, value, shown, is_official=True))
    if secrets.is_basis_b:
        totals = secrets.totals
        terms = _composite(secrets, totals)
        value = by_code["poverty_incidence"]["estimate"]["value"]
        left = value - totals.persons_p / totals.persons_rural
        found.append(_rounded("poverty_incidence estimate", terms, left, value, is_official=True))
    return tuple(found)


def published(secrets: Secrets, document: Mapping[str, Any]) -> tuple[Known, ...]:
    """What the public edition says of places below the county.

    Raises
    ------
    UntracedNumber : a place holds a figure of which nothing is known here
    """
    found = []
    for row in document["strata"]:
        _refuse_unknown(row, PLACE | {"estimate", "interval_95", "cases"})
        first, last = row["remoteness_class"], row["remoteness_to"]
        totals = _sum(secrets.of_class[c] for c in secrets.of_class if first <= c <= last)
        value = row["estimate"]["value"]
        left = value - totals.persons_p / totals.persons_rural
        terms = _composite(secrets, totals, (first, last))
        found.append(_rounded(f"group {first}-{last}", terms, left, value))
        inside = pl.col("remoteness_class").is_between(first, last)
        found += _counts(secrets, row, inside, f"group {first}-{last}")
    for row in document["townships"]:
        _refuse_unknown(row, TOWN | {"cases"})
        inside = pl.col("town_code") == row["town_code"]
        found += _counts(secrets, row, inside, f"township {row['town_code']}")
    return tuple(found)


def reader(secrets: Secrets, document: Mapping[str, Any], *more: Known) -> Attacker:
    """The first attacker: holds a public edition, and whatever more is given."""
    known = (*official(secrets, document), *published(secrets, document), *more)
    return Attacker(secrets.most, known)


def _counts(secrets: Secrets, row: Mapping[str, Any], inside: pl.Expr, what: str) -> list[Known]:
    """Counts of cases in a place, should anybody print them."""
    found = []
    for name, count in row.get("cases", {}).items():
        kind = next((kind for kind, names in CELLS_NAMED.items() if name in names), None)
        if kind is None:
            raise UntracedNumber(f"Nothing is known of {name} in {what}.")
        cells = secrets.cells.filter((pl.col("kind") == kind) & inside)
        terms = {f"x/{one}": 1.0 for one in cells["name"]}
        found.append(Known(f"{name} in {what}", terms, count, count))
    return found


def _refuse_unknown(row: Mapping[str, Any], known: set[str]) -> None:
    if strange := sorted(set(row) - known):
        raise UntracedNumber(f"The public edition holds {', '.join(strange)} of a place.")


def _code(secrets: Secrets, kind: str) -> str:
    fallen = "recurrence_rate" if secrets.is_revisit else "wrong_exit_rate"
    return {"fallen": fallen, "missed": "missed_rate", "against": "satisfaction_rate"}[kind]


def _composite(
    secrets: Secrets, totals: Totals, classes: tuple[int, int] | None = None
) -> dict[str, float]:
    rural = totals.persons_rural
    return secrets.rate("fallen", totals.persons_e / rural, classes) | secrets.rate(
        "missed", totals.persons_n / rural, classes
    )


def _sum(parts: Any) -> Totals:
    rows = list(parts)
    return Totals(
        *(
            sum(getattr(one, name) for one in rows)
            for name in ("persons_e", "persons_p", "persons_n", "persons_rural")
        )
    )


def _exactly(what: str, terms: Mapping[str, float], count: float) -> Known:
    return Known(what, terms, count, count, official=True)


def _rounded(
    what: str,
    terms: Mapping[str, float],
    value: float,
    shown: float | None = None,
    *,
    is_official: bool = False,
) -> Known:
    """A rate as printed: to two decimals of a percentage, or as many as it is given with."""
    exponent = Decimal(repr(value if shown is None else shown)).as_tuple().exponent
    half = 0.5 * 10.0 ** min(int(exponent), -4)
    return Known(what, terms, value - half, value + half, official=is_official)
