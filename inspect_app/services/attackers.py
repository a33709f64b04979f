"""What readers of a verdict hold about households: unknown counts, and figures that bound them.

Weights, sample and register are taken as known to everybody, since draw and frame are published.
Unknown are, for the households of one weight in one village, how many were found to have fallen
(wrong exits, at a revisit recurrence), were missed, disapprove, or refused; and for the first two
how many persons. The first attacker holds the public edition. The second, a county official, holds
both editions and the register, and must not learn what any household thinks or whether it refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import polars as pl

from inspect_app.rules.errors import UntracedNumber
from inspect_app.services.estimates import CountyData
from sampling.answers import Answers, Measure, prepare
from sampling.disclosure import LEAST, Attacker, Known, Target
from sampling.indicators import Analysis, Totals
from sampling.inversion import Range, shares_behind

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
    of_village : village -> what a missed person there adds to the rate over all persons
    """

    cells: pl.DataFrame
    base: Mapping[str, pl.DataFrame]
    totals: Totals
    of_class: Mapping[int, Totals]
    of_village: Mapping[str, float]
    analysis: Analysis

    @property
    def is_revisit(self) -> bool:
        """Whether what fell is recurrence."""
        return self.analysis.round_kind == "revisit"

    @property
    def has_few_cases(self) -> bool:
        """Whether some households of a kind of case were found, but fewer than tell nothing.

        A place cannot hide what it has where the whole county has so little, so that a figure of
        a place is safe at most where it says nothing new.
        """
        counted = self.cells.group_by("kind").agg(pl.col("found").sum())
        return any(0 < found < LEAST for kind, found in counted.rows() if kind in CELLS_NAMED)

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
            wide = row["households"] * (row["most"] - row["least"])
            for one, low in ((row["least"], 0), (row["most"], -wide)):
                terms = {y: 1.0, x: -float(one)}
                found.append(Known("persons", terms, low, low + wide, official=True))
        return tuple(found)

    @property
    def _rows(self) -> list[dict[str, Any]]:
        return self.cells.to_dicts()

    @property
    def counts(self) -> dict[str, int]:
        """What the unknowns really are."""
        found = {f"x/{row['name']}": row["found"] for row in self._rows}
        return found | {f"y/{row['name']}": row["found_persons"] for row in self._rows}

    def truth(self, known: Known) -> float:
        """What a sum of unknowns really is."""
        values = self.counts
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

    @property
    def missed_of_all(self) -> dict[str, float]:
        """Weighted rate of the missed over all persons of the villages."""
        return {f"y/{row['name']}": self.of_village[row["psu"]] for row in self._where("missed")}

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
    over_all = answers.by_village(measures["missed"], data.village_persons).known
    each = over_all.weight / float(over_all.weight @ over_all.x)
    of_village = dict(zip(answers.rows["psu"], each.tolist(), strict=True))
    return Secrets(pl.concat(cells), base, data.totals, persons, of_village, data.analysis)


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
    """What the county's own result says: counts, ratios, estimates and their other denominator."""
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
        if kind != "missed":
            terms = secrets.rate(kind, 1.0)
            found.append(_figure(code, terms, by_code[code]["estimate"], secrets, kind=kind))
    totals, rural = secrets.totals, secrets.totals.persons_rural
    fallen = secrets.rate("fallen", totals.persons_e / rural)
    missed = {"b": secrets.rate("missed", 1.0), "a": secrets.missed_of_all}
    for basis, rate in missed.items():
        for code, terms, within in (
            ("missed_rate", rate, None),
            ("poverty_incidence", fallen | _times(rate, totals.persons_n / rural), totals),
        ):
            if (shown := _on_basis(secrets, by_code[code], basis)) is not None:
                found.append(_figure(f"{code} ({basis})", terms, shown, secrets, totals=within))
    return tuple(found)


def _on_basis(secrets: Secrets, entry: Mapping[str, Any], basis: str) -> Mapping[str, Any] | None:
    """An estimate with one or the other denominator of the missed, where it is given."""
    if secrets.analysis.missed_denominator == basis:
        return dict(entry["estimate"])
    readings = ((one["setting"], one["reading"], one) for one in entry["variants"])
    if entry["decided_by"] != "estimate":
        return None  # the reading says the plain ratio, which the counts say too
    return next(
        (
            {"value": one["value"]}
            for setting, reading, one in readings
            if (setting, reading) == ("missed_denominator", basis)
        ),
        None,
    )


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
        terms = _composite(secrets, totals, (first, last))
        shown = row["estimate"]
        one = _figure(f"group {first}-{last}", terms, shown, secrets, totals=totals)
        found.append(replace(one, official=False))
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
    return Attacker(secrets.most, known, (secrets.counts,))


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


def _figure(
    what: str,
    terms: Mapping[str, float],
    shown: Mapping[str, Any],
    secrets: Secrets,
    *,
    kind: str = "",
    totals: Totals | None = None,
) -> Known:
    """An estimate as closely as its own rounding and that of its bounds tell it.

    kind : `against` where what is shown is approval; totals : of the composite
    """
    half = _unit(shown["value"]) / 2
    offset, scale = 0.0, 1.0
    if totals is not None:
        offset = totals.persons_p / totals.persons_rural
        scale = (totals.persons_e + totals.persons_n) / totals.persons_rural

    def share(low: float, high: float) -> Range:
        if kind == "against":
            low, high = 1 - high, 1 - low
        return Range((low - offset) / scale, (high - offset) / scale)

    found = share(shown["value"] - half, shown["value"] + half)
    if "n_eff" in shown:
        low, high = shown["low"], shown["high"]
        ends = share(low, low + _unit(low)), share(high - _unit(high), high)
        size = shown["n_eff"]
        found = shares_behind(
            found,
            low=min(ends, key=lambda one: one.low),
            high=max(ends, key=lambda one: one.low),
            n_eff=Range(size, size + 1 if isinstance(size, int) else size),
            level=secrets.analysis.two_sided,
            method=secrets.analysis.interval,
        )
    return Known(what, terms, found.low * scale, found.high * scale, official=True)


def _unit(shown: float) -> float:
    """The last place a rate is printed with: two decimals of a percentage, or as many as it has."""
    exponent = Decimal(repr(shown)).as_tuple().exponent
    return float(10.0 ** min(int(exponent), -4))


def _times(terms: Mapping[str, float], share: float) -> dict[str, float]:
    return {name: share * c for name, c in terms.items()}
