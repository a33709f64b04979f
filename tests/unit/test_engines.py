"""Engines: one sample from polars, duckdb and Spark, however the register lies.

Spark is left out by name where there is no Java; REQUIRE_JAVA=1 makes that a failure.
"""

import os
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from frames import household_frame, village_frame
from polars.testing import assert_frame_equal

from sampling import splitmix, tickets
from sampling.engines import engine
from sampling.engines.cells import draw_cells, fingerprint
from sampling.engines.contract import Households
from sampling.engines.duckdb import DuckDB
from sampling.engines.polars import Polars
from sampling.engines.query import query
from sampling.engines.spark import Spark, has_java
from sampling.errors import DrawError, MissingExtra
from sampling.household_draw import draw_registered, other_counts
from sampling.plan import Plan
from sampling.remoteness import freeze
from sampling.stratified_draw import draw_stratified
from sampling.village_draw import draw_villages

ROWS = 100_000
SEED = "it's a seed"


@pytest.fixture(scope="session")
def duckdb():
    return pytest.importorskip("duckdb", reason="needs the extra [duckdb]")


@pytest.fixture(scope="session")
def spark():
    if not os.environ.get("REQUIRE_JAVA"):
        pytest.importorskip("pyspark", reason="needs the extra [spark]")
        pytest.importorskip("pyarrow", reason="needs the extra [spark]")
        if not has_java():
            pytest.skip("needs a Java runtime")
    assert has_java(), "REQUIRE_JAVA is set, and there is no Java"
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "3",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.log.level": "ERROR",
        # A short-lived machine: the second compiler would cost more than it saves.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    session = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="session")
def registers(tmp_path_factory) -> dict[str, Path]:
    """The same 100,000 households sorted in one file, shuffled, and shuffled over seven files."""
    rng = np.random.default_rng(11)
    villages = np.sort(rng.choice(300, ROWS, p=rng.dirichlet(np.full(300, 2.0))))
    rows = pl.DataFrame(
        {
            "household_id": [f"{530000 + one}-{i:06}" for i, one in enumerate(villages)],
            "village_code": [f"{530000 + one}" for one in villages],
            "household_class": np.where(rng.random(ROWS) < 0.95, "E", "P"),
            "persons": rng.integers(1, 9, ROWS),
            "row_key": rng.permutation(np.arange(-ROWS // 2, ROWS // 2) * 7_919),
        }
    )
    shuffled = rows.sample(fraction=1, shuffle=True, seed=5)
    folders = {}
    for name, parts in {
        "sorted": [rows],
        "shuffled": [shuffled],
        "repartitioned": [shuffled.gather_every(7, offset) for offset in range(7)],
    }.items():
        folders[name] = tmp_path_factory.mktemp(name)
        for number, part in enumerate(parts):
            part.write_parquet(folders[name] / f"{number}.parquet", row_group_size=5_000)
    return folders


def by_village_and_class(register: Path) -> pl.DataFrame:
    """20 of every village × class, each village with its own seed."""
    sizes = pl.read_parquet(register).group_by("village_code", "household_class").len("size")
    seeds = [tickets.village_seed(SEED, code) for code in sizes["village_code"]]
    return sizes.with_columns(
        pl.Series("seed", seeds),
        cell=pl.col("village_code") + pl.col("household_class"),
        n=pl.min_horizontal("size", 20),
    )


def by_stratum(register: Path) -> pl.DataFrame:
    """4 % of every stratum of some ten villages, all with one seed."""
    sizes = pl.read_parquet(register).group_by("village_code").len("size")
    return (
        sizes.with_columns(cell=pl.col("village_code").str.slice(0, 5), seed=pl.lit(SEED))
        .with_columns(pl.col("size").sum().over("cell"))
        .with_columns(n=pl.col("size") // 25)
    )


DESIGNS = {"village and class": by_village_and_class, "stratum": by_stratum}


@pytest.mark.parametrize("method", ["sha256", "splitmix64"])
@pytest.mark.parametrize("design", DESIGNS)
def test_polars_and_duckdb_agree_on_every_layout(duckdb, registers, design, method):
    found = {
        fingerprint(draw_cells(by, Households(folder), DESIGNS[design](folder), method=method))
        for folder in registers.values()
        for by in (Polars(), DuckDB())
    }
    assert len(found) == 1


@pytest.mark.parametrize("method", ["sha256", "splitmix64"])
@pytest.mark.parametrize("layout", ["sorted", "shuffled", "repartitioned"])
def test_spark_agrees_on_every_layout(spark, registers, layout, method):
    folder = registers[layout]
    partitions = {"sorted": 2, "shuffled": 3, "repartitioned": 7}[layout]
    table = spark.read.parquet(str(folder)).repartition(partitions)
    cells = by_village_and_class(folder)

    drawn = draw_cells(Spark(spark), Households(table), cells, method=method)

    assert table.rdd.getNumPartitions() == partitions
    same = draw_cells(Polars(), Households(folder), cells, method=method)
    assert fingerprint(drawn) == fingerprint(same)
    assert_frame_equal(drawn, same)


def test_spark_draws_a_stratified_sample_from_a_table(spark, registers):
    folder = registers["repartitioned"]
    spark.read.parquet(str(folder)).createOrReplaceTempView("households")
    cells = by_stratum(folder)
    ansi = spark.conf.get("spark.sql.ansi.enabled")

    drawn = draw_cells(Spark(), Households("households"), cells, method="splitmix64")

    same = draw_cells(Polars(), Households(folder), cells, method="splitmix64")
    assert_frame_equal(drawn, same)
    assert spark.conf.get("spark.sql.ansi.enabled") == ansi


def test_spark_mixes_as_everybody_does(spark):
    row_keys, keys = [0, -1, 2**63 - 1, -(2**63), 29_480_000], splitmix.keys(SEED)
    rows = spark.createDataFrame([(one,) for one in row_keys], "row_key bigint")
    mixed = rows.selectExpr("row_key", "row_key as z")
    spark.conf.set("spark.sql.ansi.enabled", "false")
    for step in splitmix.steps("spark", tuple(splitmix.sql_literal("spark", key) for key in keys)):
        mixed = mixed.selectExpr("row_key", f"{step} as z")
    found = {row.row_key: row.z for row in mixed.collect()}
    spark.conf.unset("spark.sql.ansi.enabled")
    assert found == {one: splitmix.signed(splitmix.ticket(keys, one)) for one in row_keys}


def test_the_sample_is_that_of_the_definition(registers):
    register = pl.read_parquet(registers["shuffled"])
    cells = by_village_and_class(registers["shuffled"])
    drawn = draw_cells(Polars(), Households(registers["shuffled"]), cells)
    for cell in cells.sample(12, seed=1).iter_rows(named=True):
        ids = register.filter(
            village_code=cell["village_code"], household_class=cell["household_class"]
        )["household_id"]
        sample, _ = tickets.draw_units(cell["seed"], ids, cell["n"])
        rows = drawn.filter(cell=cell["cell"])
        assert rows["unit_id"].to_list() == sample
        assert rows["rank"].to_list() == list(range(1, cell["n"] + 1))
        first = int.from_bytes(tickets.ticket(cell["seed"], sample[0])[:8], "big")
        assert rows["prn"][0] == first


def test_splitmix_takes_the_smallest_tickets(registers):
    register = pl.read_parquet(registers["sorted"])
    cells = by_stratum(registers["sorted"])
    drawn = draw_cells(Polars(), Households(registers["sorted"]), cells, method="splitmix64")
    prn = splitmix.tickets(splitmix.keys(SEED), register["row_key"].to_numpy())
    ordered = register.with_columns(
        cell=pl.col("village_code").str.slice(0, 5), prn=pl.Series(prn)
    ).sort("cell", "prn")
    expected = ordered.join(cells.select("cell", "n").unique(), on="cell").filter(
        pl.int_range(pl.len()).over("cell") < pl.col("n")
    )
    assert set(drawn["unit_id"]) == set(expected["household_id"])


@pytest.mark.parametrize("name", ["polars", "duckdb", "spark"])
def test_columns_are_carried_and_the_register_counted(request, registers, name):
    if name != "polars":
        request.getfixturevalue(name)
    folder = registers["repartitioned"]
    register = pl.read_parquet(folder)
    cells = by_village_and_class(folder).filter(pl.col("village_code") < "530010")
    columns = ("persons", "household_class", "village_code", "row_key")

    drawn = draw_cells(engine(name), Households(folder), cells, carry=columns)

    known = register.select(pl.col("household_id").alias("unit_id"), *columns)
    assert_frame_equal(
        drawn.select("unit_id", *columns).sort("unit_id"),
        known.join(drawn, on="unit_id", how="semi").sort("unit_id"),
    )
    places = cells.select(
        pl.col("village_code").alias("village"), "household_class", cell=pl.int_range(pl.len())
    )
    counts = engine(name).counts(Households(folder), places).sort("cell")
    assert counts["size"].to_list() == cells["size"].to_list()


@pytest.mark.parametrize("name", ["duckdb", "spark"])
def test_the_draw_of_a_plan_is_the_same(request, name):
    request.getfixturevalue(name)
    plan, villages, drawn = planned("wave=2", "stage2.reserve=3")
    register = household_frame(villages)
    ours = draw_registered(plan, drawn, register, campaign_seed=SEED)
    theirs = draw_registered(plan, drawn, register, campaign_seed=SEED, engine=engine(name))
    assert ours.equals(theirs)
    assert ours.height > 100


def planned(*changes: str) -> tuple[Plan, pl.DataFrame, pl.DataFrame]:
    """A plan, its villages, and those drawn."""
    frozen = freeze(Plan().override(["stage1.method=srswor", *changes]), village_frame(24))
    drawn = draw_villages(frozen.plan, frozen.villages, campaign_seed=SEED)
    return frozen.plan, frozen.villages, drawn.filter(~pl.col("is_reserve"))


RULES = [
    ("wave=1",),
    ("wave=3", "stage2.rotation=0.4", "stage2.take_all_below=30", 'stage2.p="all"'),
    ("wave=7", "stage2.e=45", "stage2.reserve=20", "stage2.p=0"),
]


@pytest.mark.parametrize("rules", RULES[1:2])
def test_the_query_for_hive_draws_the_sample(spark, rules):
    plan, villages, drawn = planned(*rules)
    register = household_frame(villages)
    spark.createDataFrame(register.to_arrow()).createOrReplaceTempView("register")
    spark.conf.set("campaign_seed", SEED.replace("'", "\\'"))

    text = query("hive", plan, drawn, Households("register"))

    found = pl.from_arrow(spark.sql(text.rstrip().removesuffix(";")).toArrow())
    assert_same_rows(found, draw_registered(plan, drawn, register, campaign_seed=SEED))


@pytest.mark.parametrize("rules", RULES)
def test_the_query_for_postgres_draws_the_sample(duckdb, tmp_path, rules):
    """duckdb reads the query of PostgreSQL once three things are called as there."""
    plan, villages, drawn = planned(*rules)
    register = household_frame(villages)
    register.write_parquet(tmp_path / "register.parquet")
    connection = duckdb.connect()
    connection.execute("set integer_division = true")
    connection.execute("create macro convert_to(words, encoding) as words")
    connection.execute("create macro encode(digits, format) as digits")
    connection.execute("create schema register")
    source = f"'{tmp_path}/register.parquet'"
    connection.execute(f"create table register.households as from {source}")

    text = query("postgres", plan, drawn, Households("register.households"), campaign_seed=SEED)

    path = tmp_path / "found.parquet"
    connection.execute(f"copy ({text.rstrip().removesuffix(';')}) to '{path}'")
    expected = draw_registered(plan, drawn, register, campaign_seed=SEED)
    assert_same_rows(pl.read_parquet(path), expected)


def assert_same_rows(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    assert found.columns == expected.columns
    assert found.cast(dict(expected.schema)).equals(expected)


def test_a_query_with_many_villages_reads_them_from_a_table(monkeypatch):
    monkeypatch.setattr("sampling.engines.query.LISTED", 3)
    plan, _, drawn = planned()
    text = query("postgres", plan, drawn, Households("households"))
    assert "from sample_villages where is_reserve = 0" in text
    assert "load sample_villages.csv into a table sample_villages" in text
    assert drawn["village_code"][0] not in text


def test_a_stratified_sample_carries_its_probabilities(registers):
    folder = registers["shuffled"]
    register = pl.read_parquet(folder)
    codes = register["village_code"].unique().sort()
    villages = pl.DataFrame(
        {"village_code": codes, "county_adcode": "530000", "stratum": codes.str.slice(0, 5)}
    )
    sizes = register["village_code"].str.slice(0, 5).value_counts()
    take = {stratum: 7 + place for place, stratum in enumerate(sorted(sizes["village_code"]))}

    drawn = draw_stratified(villages, take, register, seed=SEED, carry=("row_key",))

    assert drawn.height == sum(take.values())
    weights = drawn.group_by("stratum").agg(pl.col("base_weight").sum())
    for stratum, size in sizes.iter_rows():
        rows = drawn.filter(stratum=stratum)
        assert rows["order"].to_list() == list(range(1, take[stratum] + 1))
        assert set(rows["inclusion_prob"]) == {take[stratum] / size}
        assert weights.filter(stratum=stratum)["base_weight"][0] == pytest.approx(size)
    row = drawn.row(0, named=True)
    assert row["ticket"] == tickets.ticket(SEED, row["unit_id"]).hex()
    assert row["psu"] == row["unit_id"][:6]
    stated = draw_stratified(
        villages, take, Households(folder), seed=SEED, sizes=dict(sizes.iter_rows())
    )
    assert stated.equals(drawn.drop("row_key"))


def test_a_wide_table_is_read_in_two_goes_with_the_same_rows(registers):
    folder = registers["sorted"]
    cells, columns = by_stratum(folder), ("persons", "household_class", "village_code", "row_key")
    for method in ("sha256", "splitmix64"):
        wide = draw_cells(Polars(), Households(folder), cells, method=method, carry=columns)
        memory = Households(pl.read_parquet(folder))
        assert_frame_equal(wide, draw_cells(Polars(), memory, cells, method=method, carry=columns))


class Scarce(Polars):
    """Loses candidates below a threshold, as a one in a billion draw would."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def candidates(self, households, villages, *, method, carry=()):
        self.asked.append(villages["cell"].n_unique())
        found = super().candidates(households, villages, method=method, carry=carry)
        whole = set(villages.filter(pl.col("limit") == 2**64 - 1)["cell"])
        return (
            found.filter(pl.col("cell").is_in(whole) | (pl.col("cell") > 3))
            if whole
            else (found.filter(pl.col("cell") > 3))
        )


def test_a_cell_with_too_few_candidates_is_drawn_again_whole(registers):
    cells = by_stratum(registers["sorted"])
    scarce = Scarce()
    drawn = draw_cells(scarce, Households(registers["sorted"]), cells)
    assert scarce.asked == [cells["cell"].n_unique(), 4]
    assert_frame_equal(drawn, draw_cells(Polars(), Households(registers["sorted"]), cells))


class Tied(Polars):
    """Gives every candidate the same first 8 bytes."""

    def candidates(self, households, villages, *, method, carry=()):
        found = super().candidates(households, villages, method=method, carry=carry)
        return found.with_columns(prn=pl.lit(7, pl.UInt64))


def test_equal_first_bytes_are_ordered_by_the_rest_of_the_ticket():
    register = some_households(30)
    drawn = draw_cells(Tied(), Households(register), one_cell(30))
    rest = {unit: tickets.ticket("s", unit)[8:] for unit in register["household_id"]}
    assert drawn["unit_id"].to_list() == sorted(rest, key=rest.__getitem__)[:5]


def test_a_larger_sample_begins_with_the_smaller(registers):
    register, cells = Households(registers["shuffled"]), by_stratum(registers["shuffled"])
    smaller = draw_cells(Polars(), register, cells)
    larger = draw_cells(Polars(), register, cells.with_columns(n=pl.col("n") + 3))
    assert_frame_equal(larger.join(smaller, on="unit_id", how="semi"), smaller)


@pytest.mark.parametrize("name", ["polars", "duckdb"])
@pytest.mark.parametrize("method", ["sha256", "splitmix64"])
def test_nothing_wanted_gives_no_rows(request, name, method):
    if name != "polars":
        request.getfixturevalue(name)
    register = Households(some_households(30))
    for cells in (one_cell(30, n=0), one_cell(30).clear()):
        drawn = draw_cells(engine(name), register, cells, method=method)
        assert drawn.is_empty()
        assert drawn.columns == ["unit_id", "cell", "prn", "rank"]


def some_households(n: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "household_id": [f"h{i:03}" for i in range(n)],
            "village_code": ["v"] * n,
            "row_key": range(n),
        }
    )


def one_cell(size: int, *, n: int = 5) -> pl.DataFrame:
    return pl.DataFrame(
        {"village_code": ["v"], "cell": ["c"], "seed": ["s"], "n": [n], "size": [size]}
    )


def test_bad_cells_are_refused():
    register, good = Households(some_households(30)), one_cell(30)
    other_seed = good.with_columns(seed=pl.lit("t"), village_code=pl.lit("w"))
    refusals = {
        "draw.column_missing": good.drop("seed"),
        "draw.place_twice": pl.concat([good, good]),
        "draw.cell_differs": pl.concat([good, other_seed]),
        "draw.cell_size": one_cell(30, n=31),
        "draw.other_size": one_cell(31),
    }
    for code, cells in refusals.items():
        with pytest.raises(DrawError) as refused:
            draw_cells(Polars(), register, cells)
        assert refused.value.code == code
    with pytest.raises(DrawError, match="rename that column"):
        draw_cells(Polars(), register, good, carry=("cell",))


@pytest.mark.parametrize("name", ["polars", "duckdb"])
@pytest.mark.parametrize("method", ["sha256", "splitmix64"])
@pytest.mark.parametrize("fault", ["twice", "null", "separator", "decomposed"])
def test_identifiers_that_cannot_be_drawn_are_refused(request, name, method, fault):
    if name != "polars":
        request.getfixturevalue(name)
    n = 400 if fault == "null" else 30
    wrong = {"twice": "h001", "null": None, "separator": "h\x1f", "decomposed": "he\u0301"}[fault]
    row = pl.int_range(pl.len()) == 2
    rows = some_households(n).with_columns(
        household_id=pl.when(row).then(pl.lit(wrong)).otherwise("household_id"),
        row_key=pl.when(row).then(1 if fault == "twice" else None).otherwise("row_key")
        if method == "splitmix64" and fault in ("twice", "null")
        else "row_key",
    )
    with pytest.raises(DrawError) as refused:
        draw_cells(engine(name), Households(rows), one_cell(n), method=method)
    assert refused.value.code == "draw.unit_id"


def test_a_register_that_cannot_be_read_is_one_sentence(request, tmp_path):
    missing = {"polars": tmp_path / "none.parquet", "duckdb": "nowhere", "spark": "nowhere"}
    for name, source in missing.items():
        if name != "polars":
            request.getfixturevalue(name)
        with pytest.raises(DrawError) as refused:
            draw_cells(engine(name), Households(source), one_cell(30))
        assert refused.value.code == "draw.engine"
        assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(("name", "library"), [("duckdb", "duckdb"), ("spark", "pyspark")])
def test_a_missing_extra_is_named(monkeypatch, name, library):
    for module in (library, f"{library}.errors", f"{library}.sql"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match=rf"pip install 'exit-inspection\[{name}\]'"):
        draw_cells(engine(name), Households(some_households(30)), one_cell(30))


def test_spark_without_java_says_so(monkeypatch):
    pytest.importorskip("pyspark", reason="needs the extra [spark]")
    from pyspark.sql import SparkSession

    monkeypatch.setattr(SparkSession, "getActiveSession", lambda: None)
    monkeypatch.setattr("sampling.engines.spark.has_java", lambda: False)
    monkeypatch.delenv("SPARK_REMOTE", raising=False)
    with pytest.raises(DrawError) as refused:
        draw_cells(Spark(), Households(some_households(30)), one_cell(30))
    assert refused.value.code == "draw.no_java"


def test_counts_that_differ_from_the_village_frame_are_found():
    _, villages, drawn = planned()
    register = Households(household_frame(villages)[1:])
    found = other_counts(drawn, villages, register)
    first = villages.sort("village_code").row(0, named=True)
    assert first["village_code"] in drawn["village_code"].to_list()
    assert found.rows() == [
        (first["village_code"], "E", first["households_e"] - 1, first["households_e"])
    ]
