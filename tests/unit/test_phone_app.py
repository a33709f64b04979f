"""The phone app without a browser: its words, its size, how it is served."""

import gzip
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from inspect_app import create_app
from inspect_app.pages.phone import FOLDER, Shell, shell, without_remarks
from inspect_app.settings import Settings

BUDGET = 40_000
ENTRY = re.compile(r'^  (\w+): \[\s*"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)",?\s*\],$', re.M)
WORDS = (FOLDER / "words.js").read_text("utf-8")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return create_app(Settings.for_folder(tmp_path)).test_client()


def words() -> dict[str, tuple[str, str]]:
    """Every entry of the table."""
    return {key: (zh, en) for key, zh, en in ENTRY.findall(WORDS)}


def test_every_word_stands_in_both_languages() -> None:
    table = words()

    assert len(table) == len(re.findall(r"^  \w+: \[", WORDS, re.M)) > 150
    same = {"light_on", "light_off"}
    for key, (zh, en) in table.items():
        assert zh, key
        assert en, key
        assert CHINESE.search(zh) or key in {*same, "language"}, key
        assert not CHINESE.search(en) or key == "language", key
        assert sorted(re.findall(r"\{\d\}", zh)) == sorted(re.findall(r"\{\d\}", en)), key


def test_every_word_that_is_said_is_in_the_table_and_none_is_idle() -> None:
    code = "".join(p.read_text("utf-8") for p in FOLDER.glob("*.js") if p.name != "words.js")
    table = words()

    said = set(re.findall(r'\bt\("(\w+)"', code))
    built = tuple(re.findall(r"\bt\(`(\w+_)\$\{", code))
    assert said - set(table) == set()
    idle = {
        key
        for key in table
        if key not in said and not key.startswith(built) and f'"{key}"' not in code
    }
    assert idle == set()


def test_the_shell_is_small() -> None:
    app = shell()
    sizes = {name: len(file.packed) for name, file in app.files.items()}
    sizes |= {"index.html": len(app.page.packed), "sw.js": len(app.worker.packed)}

    assert sum(sizes.values()) <= BUDGET, sizes


def test_what_is_left_out_for_a_thin_signal_is_no_code() -> None:
    text = b"""// above
const a = "// not a comment"; // stays
  /** one
   * two */
  f(`x`);
"""

    assert without_remarks(text) == b'const a = "// not a comment"; // stays\nf(`x`);\n'
    for path in FOLDER.glob("*.js"):
        lines = path.read_text("utf-8").splitlines()
        # A text over several lines would lose its indentation.
        assert [line for line in lines if line.count("`") % 2] == [], path.name


def test_no_code_is_written_into_the_page_and_nothing_foreign_is_named() -> None:
    page = (FOLDER / "index.html").read_text("utf-8")

    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\son\w+=|\sstyle=|javascript:", page)
    for path in FOLDER.iterdir():
        text = path.read_text("utf-8")
        found = set(re.findall(r"https?://[^\s\"'`)]+", text))
        assert found <= {"http://www.w3.org/2000/svg"}, path.name
        assert not re.search(r"\binnerHTML\b|\beval\(|new Function\b", text), path.name


def test_a_version_is_a_folder_and_the_page_names_it(client: FlaskClient) -> None:
    app = shell()
    page = client.get("/app/", headers={"Accept-Encoding": "gzip"})

    assert page.status_code == 200
    assert page.headers["Content-Encoding"] == "gzip"
    assert page.headers["Cache-Control"] == "no-cache"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self'; ")
    assert "geolocation=(self)" in page.headers["Permissions-Policy"]
    html = gzip.decompress(page.get_data()).decode()
    assert f"/app/{app.version}/main.js" in html
    assert "{{" not in html
    script = client.get(f"/app/{app.version}/main.js")
    assert script.mimetype == "text/javascript"
    assert "immutable" in script.headers["Cache-Control"]
    assert script.get_data() == without_remarks((FOLDER / "main.js").read_bytes())
    assert client.get("/app/000000000000/main.js").status_code == 404
    assert client.get(f"/app/{app.version}/..%2fsettings.py").status_code == 404
    worker = client.get("/app/sw.js")
    assert worker.headers["Cache-Control"] == "no-cache"
    told = worker.get_data(as_text=True)
    for name in app.files:
        assert f'"/app/{app.version}/{name}"' in told


def test_another_byte_is_another_version(tmp_path: Path) -> None:
    for path in FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    same = Shell.read(tmp_path).version
    (tmp_path / "style.css").write_text("/* */")

    assert same == shell().version != Shell.read(tmp_path).version
