"""`exit-inspection demo`: the whole road on simulated data."""

from pathlib import Path

import click

from inspect_app.cli.installation import FOLDER
from inspect_app.messages import say


@click.command()
@click.option(
    "--county", "counties", multiple=True, help="县代码，可重复 | county code, repeatable"
)
@click.option(
    "--out",
    type=FOLDER,
    default=Path("demo-out"),
    show_default=True,
    help="结果目录 | folder for the results",
)
@click.option("--seed", default="inspection", show_default=True, help="种子 | seed")
def demo(counties: tuple[str, ...], out: Path, seed: str) -> None:
    """完整演示：名册到结论书 | The whole road on simulated data, register to verdict PDFs."""
    from inspect_app.cli.narrator import Narrator
    from inspect_app.demo.campaign import DEFAULT_COUNTIES, play
    from inspect_app.demo.results import tell_table

    if out.exists() and any(out.iterdir()):
        click.echo(say("demo.exists", folder=out), err=True)
        raise SystemExit(1)
    narrator = Narrator()
    results = play(counties or DEFAULT_COUNTIES, out=out, seed=seed, narrator=narrator)
    tell_table(results, narrator)
    for result in results:
        if result.pdf is not None:
            click.echo(say("demo.pdf", path=result.pdf))
    click.echo(say("demo.again", folder=out / "data"))
