"""`draw` and `verify-draw`: a sample from a seed, and the same sample again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import click
import polars as pl

from sampling import tickets
from sampling.cli import progress_bar
from sampling.engines import NAMES, contract, engine
from sampling.engines.query import SPELLINGS, Dialect, query
from sampling.errors import DrawError
from sampling.frame import Frame, load_frame
from sampling.household_draw import other_counts
from sampling.messages import say
from sampling.plan import Plan, load_plan
from sampling.readers import read_table
from sampling.sample import (
    ALL_CLASSES,
    RECORD,
    TABLES,
    Sample,
    Source,
    changed_files,
    differences,
    draw_sample,
    read_record,
    refuse_changed_frame,
    write_sample,
)
from sampling.village_draw import draw_villages

FOLDER = click.Path(path_type=Path)
MANY_COUNTIES = 5
SHOWN = 10


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that both commands take."""
    options = (
        click.option(
            "--frame",
            "frame_folder",
            type=FOLDER,
            help="抽样框文件夹；有 --households 时可省 | folder of the frame; not needed beside "
            "--households",
        ),
        click.option(
            "--plan",
            "plan_folder",
            type=FOLDER,
            required=True,
            help="方案文件夹 | folder of the plan",
        ),
        click.option("--seed", help="活动种子 | campaign seed"),
        click.option("--secret", help="委托方的密钥 | secret of the commissioner"),
        click.option("--public-value", help="事后公开的数 | the public value that came later"),
        click.option(
            "--rosters",
            type=FOLDER,
            help="花名册文件夹，一村一个文件 | rosters, <village_code>.csv, .parquet or .xlsx",
        ),
        click.option(
            "--engine",
            "engine_name",
            type=click.Choice(tuple(NAMES)),
            default="polars",
            help="由谁扫描户名册，结果相同 | what scans the households; the sample is the same",
        ),
        click.option(
            "--households",
            "register",
            metavar="PATH|TABLE",
            help="抽样框之外的户名册：Parquet 文件、文件夹，或 Spark 集群中的表 | "
            "households outside a frame: Parquet file or folder, or a table of the Spark cluster",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@_shared
@click.option("--out", type=FOLDER, help="样本文件夹 | folder of the sample")
@click.option("--show", is_flag=True, help="显示活动种子 | print the campaign seed")
@click.option(
    "--emit-sql",
    "dialect",
    type=click.Choice(tuple(SPELLINGS)),
    help="不抽取，只输出抽取登记户的 SQL | draw nothing, print the query that draws the households",
)
def draw(
    frame_folder: Path | None,
    plan_folder: Path,
    seed: str | None,
    secret: str | None,
    public_value: str | None,
    rosters: Path | None,
    engine_name: str,
    register: str | None,
    out: Path | None,
    show: bool,
    dialect: Dialect | None,
) -> None:
    """按方案和种子抽取样本 | Draw the sample of a plan from a seed."""
    plan, villages = load_plan(plan_folder)
    if seed is not None and plan.seed.commitment:
        raise DrawError("draw.seed_uncommitted")
    source = Seed.given(plan, seed, secret, public_value)
    if dialect is not None:
        table = contract.Households(register or "households")
        opened = draw_villages(plan, villages, campaign_seed=source.campaign_seed)
        shown = source.campaign_seed if show else None
        click.echo(query(dialect, plan, opened, table, campaign_seed=shown), nl=False)
        return
    if out is None:
        raise click.UsageError(say("draw.out"))
    _refuse_other_files(out)
    households = Register.given(frame_folder, register, rosters, engine_name)
    sample = _draw(plan, villages, households, source)
    _refuse_other_draw(out, sample)
    write_sample(out, sample)
    if not plan.seed.commitment:
        click.echo(say("draw.no_commitment"), err=True)
    if plan.stage2.n != 0 and not sample.record["rosters"]:
        click.echo(say("draw.no_rosters"), err=True)
    if households.whole is not None and households.outside:
        _tell_other_counts(villages, sample, households.whole, households.engine)
    reserves = {
        f"reserve_{name}": int(table["is_reserve"].sum())
        for name, table in (("villages", sample.villages), ("households", sample.households))
    }
    click.echo(say("draw.written", path=out, **_counts(sample), **reserves))
    if show:
        click.echo(say("draw.show_seed", seed=source.campaign_seed))


@click.command("verify-draw")
@_shared
@click.option(
    "--sample",
    "sample_folder",
    type=FOLDER,
    required=True,
    help="样本文件夹 | folder of the sample",
)
def verify_draw(
    frame_folder: Path | None,
    plan_folder: Path,
    seed: str | None,
    secret: str | None,
    public_value: str | None,
    rosters: Path | None,
    engine_name: str,
    register: str | None,
    sample_folder: Path,
) -> None:
    """由抽样框、方案和种子重算样本并核对 | Draw again from frame, plan and seed, and compare."""
    plan, villages = load_plan(plan_folder)
    record = read_record(sample_folder)
    source = Seed.given(plan, seed, secret, public_value)
    unproved = seed is not None and bool(plan.seed.commitment)
    if seed is not None:  # the seed alone cannot say which secret was committed
        source = replace(source, commitment=str(record.get("seed_commitment")))
    households = Register.given(frame_folder, register, rosters, engine_name)
    sample = _draw(plan, villages, households, source)
    left_out = bool(record.get("rosters")) and not sample.record["rosters"]
    classes = ("E", "P") if left_out else tuple(sorted(ALL_CLASSES))
    found = differences(sample_folder, sample, classes=classes)
    if left_out and not found:
        found = changed_files(sample_folder, record)
    if found:
        for line in found[:SHOWN]:
            click.echo(line, err=True)
        if len(found) > SHOWN:
            click.echo(say("draw.diff.more", count=len(found) - SHOWN), err=True)
        raise DrawError("draw.differs", count=len(found))
    if unproved:
        click.echo(say("draw.seed_unproved"), err=True)
    if left_out:
        click.echo(say("draw.verified_part", **_counts(sample), of=record.get("households")))
    elif sample.record["frame_sha256"] is None:
        click.echo(say("draw.verified_outside", **_counts(sample)))
    else:
        click.echo(say("draw.verified", **_counts(sample)))


@dataclass(frozen=True)
class Seed:
    """The campaign seed and the hash that was published for it."""

    campaign_seed: str
    commitment: str

    @classmethod
    def given(
        cls, plan: Plan, seed: str | None, secret: str | None, public_value: str | None
    ) -> "Seed":
        """Take the seed, or make it from secret and public value, and hold it to the plan.

        Raises
        ------
        DrawError : neither or both given, text that is not clean, or a broken commitment
        """
        try:
            if seed is not None and secret is None and public_value is None:
                found = cls(seed, plan.seed.commitment or tickets.commitment(seed))
            elif seed is None and secret is not None and public_value is not None:
                joined = tickets.campaign_seed(secret, public_value)
                found = cls(joined, tickets.commitment(secret))
            else:
                raise DrawError("draw.seed_choice")
        except ValueError as error:
            reason = str(error).partition(":")[0]  # what follows would show the secret
            raise DrawError("draw.seed_text", reason=reason) from None
        expected = plan.seed.commitment
        if expected and secret is not None and found.commitment != expected:
            raise DrawError("draw.commitment", found=found.commitment, expected=expected)
        return found


@dataclass(frozen=True)
class Register:
    """Households of a frame, or of a register elsewhere; rosters from a folder or the frame."""

    frame: Frame | None
    whole: contract.Households | None
    rosters: Path | None
    engine: contract.Engine
    outside: bool
    """Whether the households are read from elsewhere than the frame, where no hash holds them."""

    @classmethod
    def given(
        cls, frame_folder: Path | None, register: str | None, rosters: Path | None, name: str
    ) -> "Register":
        """Open the frame, the register, or both.

        Raises
        ------
        DrawError : neither is given, or polars or duckdb are to read what is no file
        """
        if frame_folder is None and register is None:
            raise DrawError("draw.no_register")
        if register is not None and name != "spark" and not Path(register).exists():
            raise DrawError("file.missing", path=register)
        frame = None if frame_folder is None else load_frame(frame_folder)
        whole = None
        if register is not None:
            whole = contract.Households(register)
        elif frame is not None and name != "polars":
            whole = contract.Households(frame.folder / "households")
        return cls(frame, whole, rosters, engine(name), outside=register is not None)

    @cached_property
    def _loaded(self) -> dict[str, pl.DataFrame]:
        return {}

    def registered(self, adcode: str) -> pl.DataFrame:
        """Household frame of a county, read once."""
        assert self.frame is not None  # nosec B101  # for the type checker
        if adcode not in self._loaded:
            self._loaded.clear()
            self._loaded[adcode] = self.frame.households(adcode)
        return self._loaded[adcode]

    def roster(self, adcode: str, village_code: str) -> pl.DataFrame | None:
        """Roster of a village; none where nobody has listed it yet."""
        if self.rosters is not None:
            return _read_roster(self.rosters, village_code)
        if self.frame is None:
            return None
        listed = self.registered(adcode).filter(
            pl.col("village_code") == village_code, pl.col("household_class") == "N"
        )
        return None if listed.is_empty() else listed.rename({"household_id": "unit_id"})


def _draw(plan: Plan, villages: pl.DataFrame, households: Register, seed: Seed) -> Sample:
    frame = households.frame
    if frame is not None:
        refuse_changed_frame(
            plan,
            villages,
            frame_villages=frame.villages,
            households_sha256=frame.households_sha256,
        )
    source = Source(
        frame_sha256=None if frame is None or households.outside else frame.sha256,
        registered=households.registered,
        roster=households.roster,
        whole=households.whole,
        engine=households.engine,
    )
    with progress_bar(show_from=MANY_COUNTIES) as progress:
        return draw_sample(
            plan,
            villages,
            source,
            campaign_seed=seed.campaign_seed,
            seed_commitment=seed.commitment,
            progress=progress,
        )


def _tell_other_counts(
    villages: pl.DataFrame, sample: Sample, households: contract.Households, by: contract.Engine
) -> None:
    """Say so where a village drawn has other counts in the register than in the village frame."""
    drawn = sample.villages.filter(~pl.col("is_reserve"))
    found = other_counts(drawn.select("village_code"), villages, households, engine=by)
    for row in found.head(1).iter_rows(named=True):
        click.echo(say("draw.other_counts", count=found.height, **row), err=True)


def _read_roster(folder: Path, village_code: str) -> pl.DataFrame:
    for ending in ("parquet", "csv", "xlsx"):
        path = folder / f"{village_code}.{ending}"
        if path.is_file():
            return read_table(path, "roster")
    raise DrawError("draw.roster_missing", village_code=village_code, folder=folder)


def _counts(sample: Sample) -> dict[str, object]:
    return {key: sample.record[key] for key in ("villages", "households", "fingerprint")}


def _refuse_other_files(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise DrawError("file.not_folder", path=folder)
    own = {RECORD, *(f"{name}.{ending}" for name in TABLES for ending in ("csv", "parquet"))}
    if folder.is_dir() and {one.name for one in folder.iterdir()} - own:
        raise DrawError("file.folder_in_use", path=folder)


def _refuse_other_draw(folder: Path, sample: Sample) -> None:
    """Keep a draw that stands: drawing again until it pleases must leave a trace."""
    if not (folder / RECORD).is_file():
        return
    standing = read_record(folder)
    if any(standing.get(key) != value for key, value in sample.record.items()):
        raise DrawError("draw.stands", path=folder)
