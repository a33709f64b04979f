"""The household draw of a plan as one SQL query, for platforms that no engine can reach.

The query derives the village seeds from the campaign seed, hashes the households of the villages
given, ranks them and keeps the ranks of the wave: all of stage 2 for the register's households, in
whole numbers and SHA-256. Its rows are those of `sampling.household_draw.draw_registered`.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, Protocol

import polars as pl

from sampling.engines.contract import Households
from sampling.plan import Plan

Dialect = Literal["postgres", "hive"]

LISTED = 2_000
"""Villages that are written into the query; more of them are read from a table."""

REGISTERED = ("E", "P")
VILLAGE = ("village_code", "county_adcode", "stratum", "pi1")


class Spelling(Protocol):
    """What the dialects spell differently."""

    placeholder: str
    run: str
    text: str
    real: str
    divide: str
    bytewise: str

    def name(self, *parts: str) -> str:
        """Quote a name, or the parts of one."""

    def literal(self, text: str) -> str:
        """Quote a text."""

    def joined(self, *texts: str) -> str:
        """Several texts in one."""

    def sha256(self, text: str) -> str:
        """SHA-256 of the UTF-8 bytes of a text, as 64 hexadecimal digits."""

    def villages(self, rows: Sequence[str]) -> str:
        """A named list of rows."""


class Postgres:
    """PostgreSQL 11 or newer."""

    placeholder = ":'campaign_seed'"
    run = r"in psql \prompt 'campaign seed: ' campaign_seed and then \i this file"
    text = "text"
    real = "double precision"
    divide = "/"
    bytewise = ' collate "C"'

    def name(self, *parts: str) -> str:
        """Quote a name, or the parts of one."""
        return ".".join('"' + part.replace('"', '""') + '"' for part in parts)

    def literal(self, text: str) -> str:
        """Quote a text."""
        return "'" + text.replace("'", "''") + "'"

    def joined(self, *texts: str) -> str:
        """Several texts in one."""
        return " || ".join(texts)

    def sha256(self, text: str) -> str:
        """SHA-256 of the UTF-8 bytes of a text, as 64 hexadecimal digits."""
        return f"encode(sha256(convert_to({text}, 'UTF8')), 'hex')"

    def villages(self, rows: Sequence[str]) -> str:
        """A named list of rows."""
        listed = ",\n    ".join(f"({row})" for row in rows)
        return f"villages ({', '.join(VILLAGE)}) as (\n  values\n    {listed}\n)"


class Hive:
    """Hive 2.0 or newer; Spark SQL reads the same text."""

    placeholder = "'${hivevar:campaign_seed}'"
    run = "in beeline or spark-sql set hivevar:campaign_seed=...; and then this text"
    text = "string"
    real = "double"
    divide = "div"
    bytewise = ""

    def name(self, *parts: str) -> str:
        """Quote a name, or the parts of one."""
        return ".".join("`" + part.replace("`", "``") + "`" for part in parts)

    def literal(self, text: str) -> str:
        """Quote a text."""
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def joined(self, *texts: str) -> str:
        """Several texts in one."""
        return f"concat({', '.join(texts)})"

    def sha256(self, text: str) -> str:
        """SHA-256 of the UTF-8 bytes of a text, as 64 hexadecimal digits."""
        return f"sha2({text}, 256)"

    def villages(self, rows: Sequence[str]) -> str:
        """A named list of rows."""
        listed = ",\n    ".join(f"struct({row})" for row in rows)
        return (
            f"villages as (\n  select inline(array(\n    {listed}\n"
            f"  )) as ({', '.join(VILLAGE)})\n)"
        )


SPELLINGS: dict[Dialect, Spelling] = {"postgres": Postgres(), "hive": Hive()}


def query(
    dialect: Dialect,
    plan: Plan,
    sample_villages: pl.DataFrame,
    households: Households,
    *,
    campaign_seed: str | None = None,
) -> str:
    """Write the query that draws the E and P households of the villages given.

    Parameters
    ----------
    dialect : "postgres" (11 or newer), or "hive" (2.0 or newer; Spark SQL reads it too)
    plan : takes, reserve, rotation and wave of stage 2
    sample_villages : released villages, rows of `draw_villages`
    households : table and columns of the register; its `source` is the name of the table
    campaign_seed : written into the query; without it there is a placeholder that whoever runs
        the query fills

    Returns
    -------
    one query with its instructions as comments. Up to `LISTED` villages stand in it, more of them
    are expected in a table `sample_villages`

    Examples
    --------
    >>> villages = pl.DataFrame({"village_code": ["530621100201"], "county_adcode": ["530621"],
    ...     "stratum": ["530621-1"], "pi1": [0.25], "is_reserve": [False]})
    >>> text = query("postgres", Plan(), villages, Households("register.households"))
    >>> print(text.splitlines()[9].strip())
    ('530621100201', '530621', '530621-1', cast('0.25' as double precision))
    """
    spell = SPELLINGS[dialect]
    released = sample_villages.filter(~pl.col("is_reserve")).sort("village_code")
    seed = spell.placeholder if campaign_seed is None else spell.literal(campaign_seed)
    unit = f"cast(h.{spell.name(households.unit)} as {spell.text})"
    cell = "partition by village_code, household_class"
    bytewise, order = spell.bytewise, spell.name("order")
    return f"""{_instructions(spell, plan, released, campaign_seed)}
with
{_villages(spell, released)},
counties as (
  select {", ".join(VILLAGE)},
    {_ticket(spell, seed, spell.joined("'county/'", "county_adcode"))} as county_seed
  from villages
),
seeds as (
  select {", ".join(VILLAGE)},
    {_ticket(spell, "county_seed", spell.joined("'stage2/'", "village_code"))} as village_seed
  from counties
),
tickets as (
  select {", ".join(f"s.{column}" for column in VILLAGE)},
    {unit} as unit_id,
    h.{spell.name(households.household_class)} as household_class,
    cast(h.{spell.name("persons")} as bigint) as persons,
    {_ticket(spell, "s.village_seed", unit)} as ticket
  from seeds s
  join {spell.name(*str(households.source).split("."))} h
    on h.{spell.name(households.village)} = s.village_code
  where h.{spell.name(households.household_class)} in ('E', 'P')
),
ranks as (
  select tickets.*,
    row_number() over ({cell} order by ticket{bytewise}, unit_id{bytewise}) as place,
    count(*) over ({cell}) as cell_size
  from tickets
),
takes as (
  select ranks.*,
    {_take(plan)} as n
  from ranks
),
visits as (
  select takes.*,
    (place - 1 + cell_size - {_first(spell, plan)} % cell_size) % cell_size + 1 as visit,
    cast(n as {spell.real}) / cast(cell_size as {spell.real}) as pi2
  from takes
)
select
  unit_id, county_adcode, stratum, village_code as psu, household_class, persons, ticket,
  visit as {order}, visit > n as is_reserve,
  pi1, pi2, pi1 * pi2 as inclusion_prob, 1 / (pi1 * pi2) as base_weight, {plan.wave} as wave
from visits
where n > 0 and visit <= n + least({plan.stage2.reserve}, cell_size - n)
order by psu, household_class, {order};
"""  # nosec B608  # text for readers, names quoted


def _instructions(
    spell: Spelling, plan: Plan, released: pl.DataFrame, campaign_seed: str | None
) -> str:
    lines = [
        f"draw of the E and P households, campaign {plan.campaign or '-'}, wave {plan.wave}",
        f"plan sha256 {plan.sha256}",
        "the villages below are sealed until they are released: keep this text closed",
    ]
    if campaign_seed is None:
        lines.append(f"{spell.placeholder} is the campaign seed, secret until fieldwork ends:")
        lines.append(f"  {spell.run}")
    else:
        lines.append("this text holds the campaign seed: keep it as you keep the seed")
    if released.height > LISTED:
        lines.append("first load sample_villages.csv into a table sample_villages: codes as text,")
        lines.append(f"  pi1 as {spell.real}, is_reserve as 0 or 1")
    lines.append("the rows are those of sample_households.csv; verify-draw checks them")
    return "\n".join(f"-- {line}" for line in lines)


def _villages(spell: Spelling, released: pl.DataFrame) -> str:
    if released.height > LISTED:
        columns = ", ".join(VILLAGE)
        listed = f"select {columns} from sample_villages"  # nosec B608  # columns of our own
        return f"villages as (\n  {listed} where is_reserve = 0\n)"
    return spell.villages(
        [
            ", ".join([*map(spell.literal, codes), f"cast('{pi1!r}' as {spell.real})"])
            for *codes, pi1 in released.select(VILLAGE).iter_rows()
        ]
    )


def _ticket(spell: Spelling, seed: str, unit: str) -> str:
    """The ticket of a unit; see `sampling.tickets.ticket`."""
    return spell.sha256(spell.joined(seed, "chr(31)", unit))


def _take(plan: Plan) -> str:
    """How many to draw from a cell; see `sampling.design.cell_size`."""
    takes = [
        f"when household_class = '{one}' then "
        + ("cell_size" if take == "all" else f"least({take}, cell_size)")
        for one, take in ((one, plan.stage2.take(one)) for one in REGISTERED)
    ]
    whole = f"when cell_size < {plan.stage2.take_all_below} then cell_size"
    return "case " + " ".join([whole, *takes]) + " end"


def _first(spell: Spelling, plan: Plan) -> str:
    """Ranks before the first of the wave; see `sampling.waves.window`."""
    share = Fraction(repr(plan.stage2.rotation))
    step = f"((n * {share.numerator} + {share.denominator - 1}) {spell.divide} {share.denominator})"
    return f"{plan.wave - 1} * {step}"
