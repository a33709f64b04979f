"""The public figures of a campaign for machines: three forms, one dictionary, nothing withheld."""

import io
import json
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from inspect_app.cli import main
from inspect_app.demo import places, verdicts
from inspect_app.rules.bundles import TABLES
from inspect_app.rules.errors import Unknown
from inspect_app.services import bundles
from report_templates.press import Sheet


@cache
def campaign() -> tuple[Sheet, ...]:
    return tuple(
        Sheet(f"{edition}/{number}.pdf", document)
        for number, county in enumerate(verdicts.simulated(places.counties()[100:104]))
        for edition, document in zip(("full", "public"), county, strict=True)
    )


def documents(edition: str) -> list[dict[str, object]]:
    found = [json.loads(sheet.content) for sheet in campaign()]
    return [one for one in found if one["edition"] == edition]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundle")
    bundles.write(campaign(), out)
    return out


@pytest.mark.parametrize("name", [*TABLES, "dictionary"])
def test_three_forms_say_the_same(folder: Path, name: str) -> None:
    parquet = pl.read_parquet(folder / f"{name}.parquet")
    csv = pl.read_csv(folder / f"{name}.csv", schema=parquet.schema)
    rows = json.loads((folder / f"{name}.json").read_bytes())["rows"]

    assert parquet.height == len(rows) > 0
    assert csv.equals(parquet)
    assert pl.DataFrame(rows, schema=parquet.schema).equals(parquet)


def test_the_dictionary_has_every_column_and_no_other(folder: Path) -> None:
    told = pl.read_csv(folder / "dictionary.csv")

    for name in (*TABLES, "dictionary"):
        columns = told.filter(table=name)["column"].to_list()
        assert columns == pl.read_parquet(folder / f"{name}.parquet").columns
    assert told.null_count().sum_horizontal().item() == 0


def test_figures_are_those_of_the_public_edition(folder: Path) -> None:
    rows = pl.read_csv(folder / "indicators.csv", schema_overrides={"county_adcode": pl.String})

    for document in documents("public"):
        county = document["county"]["adcode"]  # type: ignore[index]
        for one in document["indicators"]:  # type: ignore[attr-defined]
            (row,) = rows.filter(county_adcode=county, indicator=one["code"]).to_dicts()
            assert row["value"] == one["estimate"]["value"]
            assert row["finding"] == one["finding"]
            assert row["threshold"] == one["threshold"]


def test_nothing_of_a_full_edition_comes_near_the_bundle(folder: Path) -> None:
    written = b"".join(file.read_bytes() for file in sorted(folder.glob("*.[cj]s*"))).decode()

    for document in documents("full"):
        assert document["nonce"] not in written  # type: ignore[operator]
        for case in document["confirmed"]:  # type: ignore[attr-defined]
            assert case["unit_id"] not in written
    for sheet in campaign():
        assert (sheet.digest in written) == (b'"edition":"public"' in sheet.content)


def test_only_public_columns_are_declared() -> None:
    public, full = documents("public")[0], documents("full")[0]

    for table in TABLES.values():
        for path in table.columns:
            part = path.split(".")[0]
            assert (part or table.rows) in public
    assert "nonce" in full


def test_the_manifest_names_every_file_and_the_same_input_gives_the_same(
    folder: Path, tmp_path: Path
) -> None:
    digests = bundles.write(tuple(reversed(campaign())), tmp_path)
    manifest = json.loads((folder / "manifest.json").read_bytes())

    assert manifest["files"] == digests
    assert manifest["simulated"] is True
    assert len(manifest["documents"]) == 4
    files = {file.name for file in folder.iterdir()}
    assert files == {*digests, "manifest.json"}
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        file.name: file.read_bytes() for file in tmp_path.iterdir()
    }


def test_without_a_public_edition_there_is_nothing_to_bundle(tmp_path: Path) -> None:
    with pytest.raises(Unknown):
        bundles.write(campaign()[::2], tmp_path)

    assert not list(tmp_path.iterdir())


def test_the_command_writes_a_bundle(tmp_path: Path) -> None:
    for number, sheet in enumerate(campaign()):
        (tmp_path / f"{number}.json").write_bytes(sheet.content)
    out = tmp_path / "out"
    arguments = ["verdict", "bundle", "--sheets", str(tmp_path), "--out", str(out)]

    found = CliRunner().invoke(main, arguments)

    assert found.exit_code == 0, found.output
    assert "counties.parquet" in found.output
    assert pl.read_parquet(io.BytesIO((out / "counties.parquet").read_bytes())).height == 4
