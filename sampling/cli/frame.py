"""`frame`: check a register and freeze it."""

from pathlib import Path

import click

from sampling.cli import progress_bar
from sampling.messages import say

_FILE = click.Path(path_type=Path)


@click.command()
@click.option("--villages", type=_FILE, required=True, help="村名册 | village file")
@click.option("--households", type=_FILE, required=True, help="户名册 | household file")
@click.option("--totals", type=_FILE, required=True, help="县总数 | county totals")
@click.option("--members", type=_FILE, help="成员表（可选） | member file, optional")
@click.option("--out", type=_FILE, required=True, help="抽样框文件夹 | folder of the frame")
def frame(villages: Path, households: Path, totals: Path, members: Path | None, out: Path) -> None:
    """检查名册(CSV、XLSX、Parquet)并冻结为抽样框 | Check a register and freeze it as a frame."""
    import polars as pl

    from sampling.frame import import_register

    with progress_bar() as progress:
        frozen = import_register(
            villages, households, totals, members=members, out=out, progress=progress
        )
    for warning in frozen.manifest["warnings"]:
        click.echo(say("frame.warning", zh=warning["zh"], en=warning["en"]), err=True)
    files = [frozen.folder / "households" / f"{county}.parquet" for county in frozen.counties]
    of_class = pl.scan_parquet(files).group_by("household_class").len().collect(engine="streaming")
    count = {"E": 0, "P": 0, "N": 0, **dict(of_class.iter_rows())}
    if frozen.simulated:
        click.echo(say("frame.simulated"))
    click.echo(
        say(
            "frame.done",
            folder=out,
            counties=len(frozen.counties),
            villages=frozen.villages.height,
            households=sum(count.values()),
            e=count["E"],
            p=count["P"],
            n=count["N"],
            warnings=len(frozen.manifest["warnings"]),
        )
    )
    click.echo(say("frame.hash", sha256=frozen.sha256))
