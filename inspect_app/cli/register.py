"""`exit-inspection register`: registers of households."""

from pathlib import Path
from typing import Any

import click

from inspect_app.cli.installation import FILE, FOLDER
from inspect_app.messages import say


@click.group()
def register() -> None:
    """名册：模拟与导入 | Registers: simulate one, import one."""


@register.command("simulate")
@click.option("--county", required=True, help="县代码 | county code")
@click.option("--out", type=FOLDER, required=True, help="输出目录 | output folder")
@click.option("--seed", default="demo", show_default=True, help="种子 | seed")
def simulate_register(county: str, out: Path, seed: str) -> None:
    """在真实乡村上生成模拟名册 | Simulate a register on a county's real townships and villages."""
    from inspect_app.demo.register import simulate_register, write_register

    write_register(simulate_register(county, seed=seed), out)
    click.echo(say("register.written", folder=out))


@register.command("import")
@click.option("--villages", type=FILE, required=True, help="村表 | village frame")
@click.option("--households", type=FILE, required=True, help="户表 | household frame")
@click.option("--totals", type=FILE, required=True, help="县总数 | county totals")
@click.option("--members", type=FILE, help="人员表 | members")
@click.option("--out", type=FOLDER, required=True, help="抽样框目录 | folder of the frame")
@click.pass_context
def import_register(ctx: click.Context, /, **options: Any) -> None:
    """检查名册并冻结抽样框 | Check a register and freeze it as a frame (the command `frame`)."""
    whole = ctx.find_root().command
    assert isinstance(whole, click.Group), "registers are part of the whole command"  # nosec B101  # a fact
    command = whole.get_command(ctx, "frame")
    assert command is not None, "the sampling package always has this command"  # nosec B101  # a fact
    ctx.invoke(command, **options)
