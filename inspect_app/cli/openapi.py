"""`exit-inspection openapi`: the API document."""

from pathlib import Path

import click

from inspect_app.cli.installation import FILE
from inspect_app.messages import say
from inspect_app.settings import Settings


@click.command("openapi")
@click.option("--out", type=FILE, default=Path("docs/openapi.json"), show_default=True)
def write_openapi(out: Path) -> None:
    """写出接口文档 | Write the API document."""
    import json
    import tempfile

    from inspect_app import create_app
    from inspect_app.api.openapi import document

    with tempfile.TemporaryDirectory() as folder:
        text = json.dumps(
            document(create_app(Settings.for_folder(Path(folder)))),
            ensure_ascii=False,
            indent=1,
            sort_keys=True,
        )
    out.write_text(text + "\n", encoding="utf-8")
    click.echo(say("openapi.written", file=out))
