"""`plan`: from a frame to a plan folder, with what the plan can and cannot establish."""

from dataclasses import replace
from pathlib import Path

import click

from sampling.cli import progress_bar, refuse_unwritable
from sampling.counties import county_lines
from sampling.county_curves import curve_lines, curve_table, curves
from sampling.county_reach import MANY
from sampling.errors import PlanError
from sampling.frame import load_frame
from sampling.messages import say
from sampling.plan import PLAN_FILE, VILLAGES_FILE, Plan, read_toml, write_plan
from sampling.reach import cost_lines, explain, rate_lines, reach
from sampling.remoteness import Frozen, freeze

FOLDER = click.Path(path_type=Path)
BYTE_ORDER_MARK = "\ufeff"
"""What some editors put before the text of a file."""


@click.command()
@click.option(
    "--frame",
    "frame_folder",
    type=FOLDER,
    required=True,
    help="抽样框文件夹 | folder of the frame",
)
@click.option("--out", type=FOLDER, required=True, help="方案文件夹 | folder of the plan")
@click.option(
    "--from",
    "source",
    type=FOLDER,
    help="从此 TOML 文件取设定 | take settings from this TOML file",
)
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    help="改一个键，如 stage1.villages=40 | change a key",
)
@click.option(
    "--county",
    "counties",
    multiple=True,
    metavar="ADCODE",
    help="只含这些县 | these counties only",
)
@click.option(
    "--notes",
    "notes_file",
    type=FOLDER,
    metavar="FILE.txt",
    help="逐县说明另存 | notes on every county, merged strata and gaps",
)
@click.option(
    "--curve",
    "curve_file",
    type=FOLDER,
    metavar="FILE.csv",
    help="操作特性曲线另存为 CSV | operating curves as CSV",
)
def plan(
    frame_folder: Path,
    out: Path,
    source: Path | None,
    assignments: tuple[str, ...],
    counties: tuple[str, ...],
    notes_file: Path | None,
    curve_file: Path | None,
) -> None:
    """制定抽样方案并说明其能力 | Make a sampling plan and say what it can establish.

    Without further options every setting takes its default: strata by county and remoteness, 30
    villages a county, 16 exited and 16 other households a village. The plan is written as
    plan.toml with every key spelled out; change keys with --set, or edit the file and give it
    again with --from. The keys most often changed:

    \b
      stage1.villages=40          villages a county, or "all"
      stage2.e=20  stage2.n=16    households of a class a village
      remoteness.method=pca       rank, pca, kmeans or none
      remoteness.classes=4        2 to 6
      'strata.by=["county", "remoteness", "village_type"]'
      assumptions.p1=0.01         the true rate it should cope with
      county_stage.method=srswor  draw counties first, as for a spot check
    """
    settings = _settings(source).override(assignments)
    if counties:
        listed = ", ".join(f'"{adcode}"' for adcode in counties)
        settings = settings.override([f"counties=[{listed}]"])
    refuse_unwritable(notes_file, curve_file)
    _refuse_other_files(out)
    frame = load_frame(frame_folder)
    hashes = replace(settings.frame, households_sha256=frame.households_sha256)
    frozen = freeze(replace(settings, frame=hashes), frame.villages)
    with progress_bar(show_from=MANY) as progress:
        reaches = reach(frozen.plan, frozen.villages, progress=progress)
    notes = frozen.notes if len(frozen.plan.counties) <= MANY else frozen.summary
    _section("counties.head", *county_lines(frozen.plan, frozen.villages))
    _section("plan.head.strata", *notes, *rate_lines(frozen.plan, frozen.villages))
    _section(
        "plan.head.reach",
        *cost_lines(frozen.plan, frozen.villages),
        *explain(reaches, frozen.plan),
    )
    _section("plan.head.curve", *curve_lines(frozen.plan, frozen.villages))
    written = write_plan(out, frozen.plan, frozen.villages)
    click.echo(say("plan.written", path=out, sha256=written.sha256))
    if notes_file is not None:
        notes_file.write_text("".join(f"{note}\n" for note in frozen.notes), "utf-8")
        click.echo(say("plan.notes.written", count=len(frozen.notes), path=notes_file))
    if curve_file is not None:
        _write_curves(curve_file, frozen)


def _section(heading: str, *lines: str) -> None:
    """Lines below their heading; nothing where there are none."""
    if lines:
        click.echo(say(heading))
        for line in lines:
            click.echo(line)
        click.echo()


def _write_curves(path: Path, frozen: Frozen) -> None:
    with progress_bar(show_from=MANY) as progress:
        table = curve_table(curves(frozen.plan, frozen.villages, progress=progress))
    table.write_csv(path)
    click.echo(say("plan.curve.written", path=path, rows=table.height))


def _settings(source: Path | None) -> Plan:
    if source is None:
        return Plan()
    if not source.is_file():
        raise PlanError("file.missing", path=source)
    return Plan.from_toml(read_toml(source).removeprefix(BYTE_ORDER_MARK))


def _refuse_other_files(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise PlanError("file.not_folder", path=folder)
    if folder.is_dir() and {one.name for one in folder.iterdir()} - {PLAN_FILE, VILLAGES_FILE}:
        raise PlanError("file.folder_in_use", path=folder)
    if (folder / PLAN_FILE).is_file() and _settings(folder / PLAN_FILE).seed.commitment:
        raise PlanError("plan.stands", path=folder)
