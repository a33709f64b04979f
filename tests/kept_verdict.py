"""A verdict of an invented county kept in `data/report/kept`, to be recomputed by later software.

    PYTHONPATH=. python tests/kept_verdict.py pages    the pages moved: keep their new digests
    PYTHONPATH=. python tests/kept_verdict.py new      the document changed: keep a new verdict

`pages` refuses where verdict.json differs. Say in the commit why either was run.
"""

import json
import lzma
import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl
from county_documents import NONCE, a_county, around

from inspect_app.services import inputs
from inspect_app.services.documents import digest, interviews_csv, to_bytes
from inspect_app.services.inputs import Inputs, Version
from inspect_app.services.recomputing import Kept, Recomputed, compare
from inspect_app.version import SOFTWARE
from report_templates.verdict import VerdictSheet, render

FOLDER = Path(__file__).parent / "data" / "report" / "kept"
NUMBER, VERSION = "990001-2020-01", 1
"""The county's code begins with 99, as no county of the country does."""


def opinions() -> dict[str, pl.Expr]:
    """Answers to the questions on satisfaction, by a rule that suits who approves."""
    line, approves = pl.int_range(pl.len()), pl.col("approves")
    said = {
        f"sat_{subject}": pl.when(approves == 1)
        .then(pl.when(line % (5 + n) == 0).then(pl.lit("neutral")).otherwise(pl.lit("satisfied")))
        .when(approves == 0)
        .then(pl.lit("dissatisfied"))
        for n, subject in enumerate(("policy", "measures", "exit", "cadres"))
    }
    yes = pl.when(approves == 1).then(pl.lit("yes")).when(approves == 0).then(pl.lit("no"))
    return {**said, "sat_overall": yes}


def a_verdict() -> tuple[Inputs, Version]:
    """Take the county's inputs as if its verdict were issued."""
    toml = (resources.files("inspect_app") / "rulebooks" / "2017-national.toml").read_bytes()
    data = a_county(**opinions())
    data.campaign.rulebook_toml, data.campaign.rulebook_sha256 = toml, digest(toml)
    found = around(data)
    provenance = replace(
        found.provenance,
        plan_sha256=data.plan.sha256,
        interviews_sha256=digest(interviews_csv(data.interviews)),
        software=SOFTWARE,
    )
    return replace(found, provenance=provenance), Version(VERSION, None, NONCE, [])


def keep() -> None:
    """Write a new verdict: inputs, interviews, both documents, and the digests of all."""
    taken, version = a_verdict()
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "inputs.json").write_bytes(inputs.freeze(taken, version))
    interviews = interviews_csv(taken.data.interviews)
    (FOLDER / "interviews.csv.xz").write_bytes(lzma.compress(interviews, preset=9))
    for content in inputs.again(taken, version):
        (FOLDER / f"{content['edition']}.json").write_bytes(to_bytes(content))
    keep_pages()


def keep_pages() -> None:
    """Write the digests of the documents that are kept, and of their pages as drawn today."""
    told = {}
    for edition in ("full", "public"):
        document = (FOLDER / f"{edition}.json").read_bytes()
        told[edition] = {
            "document_sha256": digest(document),
            "pdf_sha256": digest(render(VerdictSheet.from_json(document))),
        }
    (FOLDER / "digests.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def frozen() -> tuple[bytes, bytes]:
    """Read the inputs and interviews that are kept."""
    interviews = lzma.decompress((FOLDER / "interviews.csv.xz").read_bytes())
    return (FOLDER / "inputs.json").read_bytes(), interviews


def kept() -> list[Kept]:
    """Read the editions that are kept."""
    told: dict[str, Any] = json.loads((FOLDER / "digests.json").read_text("utf-8"))
    return [
        Kept(edition, (FOLDER / f"{edition}.json").read_bytes(), **digests)
        for edition, digests in told.items()
    ]


def recomputed() -> Recomputed:
    """Compute the kept verdict again by today's software."""
    inputs_kept, interviews = frozen()
    return compare(NUMBER, VERSION, kept(), frozen=inputs_kept, interviews=interviews)


def main(word: str) -> None:
    """Do what a word of the command line says."""
    if word == "new":
        keep()
    elif word == "pages":
        differing = {key for keys in recomputed().differences.values() for key in keys} - {"pdf"}
        if differing:
            raise SystemExit(f"verdict.json differs, run `new`: {sorted(differing)}")
        keep_pages()
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:2] or [""])
