"""CPU of our reports against Typst and WeasyPrint on the same content, in one run.

Every text and table cell of a report, as a screen reader hears them, is set again by the other
engines, tagged as well: same paper, margins and fonts, tables with the same cells, no charts. Each
engine sets the reports of several counties one after the other, as a batch does, each in a process
that has read its fonts; the median counts, without the first. Both are extras of this benchmark:

    python -m venv V && V/bin/pip install typst weasyprint
    python benchmarks/render_engines.py [--with V/bin/python]
"""

from __future__ import annotations

import argparse
import html
import json
import lzma
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

COUNTIES = 8
FAMILY = "Noto Sans SC"
TARGETS = {"typst": 1.6, "weasyprint": 1 / 5}
"""Most that a report of ours may cost, as a multiple of the other engine."""


def heard(pdf: bytes) -> list[list[Any]]:
    """Return what a report says as blocks: ["h1", text], ["p", text], ["table", rows]."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    import reports

    blocks: list[list[Any]] = []

    def walk(node: Any) -> None:
        if node.role in ("H1", "H2", "P", "LBody", "Caption"):
            blocks.append([node.role.lower(), node.text])
        elif node.role == "Table":
            rows = [[cell.text for cell in row.children] for row in node.all("TR")]
            blocks.append(["table", rows])
            blocks.extend(["caption", one.text] for one in node.all("Caption"))
        else:
            for child in node.children:
                if not isinstance(child, str):
                    walk(child)

    walk(reports.heard(pdf))
    return blocks


def as_typst(blocks: list[list[Any]]) -> str:
    """Write the blocks in Typst's language; every text is a string, so nothing needs escaping."""
    said = [
        '#set document(title: "report")',
        '#set page(paper: "a4", margin: 18mm)',
        f'#set text(font: "{FAMILY}", size: 9pt, lang: "zh")',
        "#set par(justify: false)",
        "#set table(stroke: (bottom: 0.6pt))",
    ]
    for kind, content in blocks:
        if kind == "table":
            width = max(len(row) for row in content)
            cells = ", ".join(
                f"[#{json.dumps(cell, ensure_ascii=False)}]"
                for row in content
                for cell in [*row, *[""] * (width - len(row))]
            )
            said.append(f"#table(columns: {width}, {cells})")
        else:
            text = json.dumps(content, ensure_ascii=False)
            sign = {"h1": f"#heading(level: 1, {text})", "h2": f"#heading(level: 2, {text})"}
            said.append(sign.get(kind, f"#par({text})"))
    return "\n".join(said)


def as_html(blocks: list[list[Any]], fonts: Path) -> str:
    """Write the blocks as a page for WeasyPrint."""
    faces = "".join(
        f"@font-face {{font-family: N; font-weight: {weight}; src: url(file://{fonts}/{name})}}"
        for name, weight in (("Regular.ttf", 400), ("Bold.ttf", 700))
    )
    style = (
        f"{faces} @page {{size: A4; margin: 18mm}} body {{font: 9pt N}}"
        "table {border-collapse: collapse; width: 100%} td {border-bottom: 0.6pt solid}"
    )
    body = []
    for kind, content in blocks:
        if kind == "table":
            rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in content)
            body.append(f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>")
        else:
            name = kind if kind in ("h1", "h2") else "p"
            body.append(f"<{name}>{html.escape(content)}</{name}>")
    return f"<html lang=zh><title>report</title><style>{style}</style>{''.join(body)}</html>"


def median(works: Sequence[Callable[[], bytes]]) -> tuple[float, int]:
    """Return the CPU seconds of the median work, threads included, and the bytes of the last."""
    seconds = []
    for work in works:
        started = resource.getrusage(resource.RUSAGE_SELF)
        made = work()
        ended = resource.getrusage(resource.RUSAGE_SELF)
        seconds.append(ended.ru_utime + ended.ru_stime - started.ru_utime - started.ru_stime)
    return statistics.median(seconds[1:]), len(made)


def other(engine: str, folder: Path) -> None:
    """Time an engine in a process of its own, which may be another Python; prints JSON."""
    works: list[Callable[[], bytes]] = []
    if engine == "typst":
        import typst

        for file in sorted(folder.glob("*.typ")):
            compiler = typst.Compiler(str(file), font_paths=[str(folder)])
            works.append(partial(compiler.compile, pdf_standards=["a-3a", "ua-1"]))
    else:
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration

        def page(text: str) -> bytes:
            return bytes(weasyprint.HTML(string=text).write_pdf(**options))

        options = {"font_config": FontConfiguration(), "pdf_variant": "pdf/ua-1", "pdf_tags": True}
        for file in sorted(folder.glob("*.html")):
            works.append(partial(page, file.read_text(encoding="utf-8")))
    seconds, size = median(works)
    print(json.dumps({"cpu": seconds, "bytes": size}))


def ask(python: str, engine: str, folder: Path) -> dict[str, float] | str:
    """Return the figures of an engine, or why there are none."""
    done = subprocess.run(
        [python, __file__, "--engine", engine, "--folder", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def unpack_fonts(folder: Path) -> None:
    """Write both weights where the other engines look for them."""
    for name in ("Regular", "Bold"):
        packed = files("report_templates") / "fonts" / f"NotoSansSC-{name}.ttf.xz"
        (folder / f"{name}.ttf").write_bytes(lzma.decompress(packed.read_bytes()))


def compare(python: str) -> None:
    """Time all engines on one simulated report and print the table."""
    from inspect_app.demo import places, verdicts
    from report_templates.typeface import fonts
    from report_templates.verdict import VerdictSheet, render

    chosen = places.counties()[50 :: len(places.counties()) // COUNTIES][:COUNTIES]
    documents = [full for full, _ in verdicts.simulated(chosen)]

    def report(document: bytes) -> bytes:
        return render(VerdictSheet.from_json(document))

    fonts()
    seconds, size = median([partial(report, one) for one in documents])
    said = [heard(report(one)) for one in documents]
    print(
        f"{len(said)} reports, {sum(len(str(blocks)) for blocks in said) // len(said)} characters"
    )
    print(f"reportlab    {seconds:.3f} CPU s   {size / 1000:.0f} kB   (with charts)")
    with tempfile.TemporaryDirectory() as passing:
        folder = Path(passing)
        unpack_fonts(folder)
        for number, blocks in enumerate(said):
            (folder / f"{number}.typ").write_text(as_typst(blocks), encoding="utf-8")
            (folder / f"{number}.html").write_text(as_html(blocks, folder), encoding="utf-8")
        for engine, target in TARGETS.items():
            found = ask(python, engine, folder)
            if isinstance(found, str):
                print(f"{engine:<12} left out: {found}")
                continue
            ratio = seconds / found["cpu"]
            print(
                f"{engine:<12} {found['cpu']:.3f} CPU s   {found['bytes'] / 1000:.0f} kB   "
                f"ours is {ratio:.2f} of it, target at most {target:.2f}"
            )


def main() -> None:
    """Compare, or be the process of one engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--with", dest="python", default=sys.executable)
    parser.add_argument("--engine", choices=list(TARGETS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine:
        other(options.engine, options.folder)
    else:
        compare(options.python)


if __name__ == "__main__":
    main()
