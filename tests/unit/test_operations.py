"""The files of docs/examples agree with the server that they start and shield."""

import configparser
import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from inspect_app.requests import FORM_BYTES
from inspect_app.settings import Limits, Settings

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
NGINX = (EXAMPLES / "nginx.conf").read_text("utf-8")
MANUAL = (ROOT / "docs" / "operations.md").read_text("utf-8")
SIZES = {"": 1, "k": 2**10, "m": 2**20}


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """What gunicorn is told, on a folder of its own."""
    monkeypatch.setenv("EXIT_INSPECTION_DATA", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    name = "inspect_app.serving.configuration"
    sys.modules.pop(name, None)
    yield importlib.import_module(name)  # type: ignore[misc]
    sys.modules.pop(name, None)


def told(directive: str, *, of: str = "") -> str:
    """The value of a directive of nginx, which stands there once; `of` a location, if given."""
    evidence, archives = re.findall(r"location ~ [^{]+\{[^}]+\}", NGINX)
    where = {"evidence": evidence, "archives": archives}.get(of, "")
    if not of:
        where = NGINX.replace(evidence, "").replace(archives, "")
    (value,) = re.findall(rf"^\s*{directive}\s+([^;]+);", where, re.M)
    return str(value)


def bytes_of(value: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([km]?)", value).groups()  # type: ignore[union-attr]
    return int(number) * SIZES[unit]


def seconds_of(value: str) -> int:
    return int(value.removesuffix("s"))


def unit() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    parser.read(EXAMPLES / "exit-inspection.service", encoding="utf-8")
    return parser["Service"]


def environment() -> dict[str, str]:
    lines = (EXAMPLES / "environment.example").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_proxy_takes_what_the_server_takes() -> None:
    assert bytes_of(told("client_max_body_size")) == Limits().request_bytes
    assert bytes_of(told("client_body_buffer_size")) >= Limits().request_bytes
    assert Limits().chunk_bytes <= bytes_of(told("client_max_body_size"))
    assert told("proxy_request_buffering") == "on"
    evidence = bytes_of(told("client_max_body_size", of="evidence"))
    assert evidence >= Limits().blob_bytes + FORM_BYTES
    assert bytes_of(told("client_body_buffer_size", of="evidence")) >= evidence
    archives = bytes_of(told("client_max_body_size", of="archives"))
    assert archives >= Limits().archive_bytes + FORM_BYTES


def test_the_proxy_waits_longer_than_the_server(configuration: ModuleType) -> None:
    assert seconds_of(told("proxy_read_timeout")) >= configuration.timeout
    assert seconds_of(told("proxy_read_timeout")) > configuration.graceful_timeout
    count, size = told("large_client_header_buffers").split()
    assert bytes_of(size) <= configuration.limit_request_field_size + 2
    assert int(count) >= 1


def test_the_proxy_hides_the_measures_and_says_for_whom_it_speaks() -> None:
    assert re.search(r"location = /metrics \{\s*return 404;", NGINX)
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in NGINX
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in NGINX
    assert "proxy_set_header X-Request-Id $request_id;" in NGINX
    assert environment()["EXIT_INSPECTION_PROXIES"] == "1"


def test_its_own_refusals_are_problems() -> None:
    for status in (413, 503):
        assert re.search(rf"return {status} '\{{\"type\":\"/problems/", NGINX)


@pytest.mark.parametrize("nginx", [shutil.which("nginx")])
def test_nginx_can_read_it(nginx: str | None, tmp_path: Path) -> None:
    """By nginx itself where it is installed; at least the braces and the ends of lines else."""
    if nginx is None:
        plain = re.sub(r"'[^']*'|#.*", "", NGINX)
        assert plain.count("{") == plain.count("}")
        ends = [line.strip()[-1] for line in plain.splitlines() if line.strip()]
        assert set(ends) <= {"{", "}", ";"}
        return
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=collect.example.cn"]
    subprocess.run(
        ["openssl", "req", *subject, "-keyout", key, "-out", certificate, "-days", "2"],
        check=True,
        capture_output=True,
    )
    site = re.sub(r"\S+fullchain\.pem", str(certificate), NGINX)
    site = re.sub(r"\S+privkey\.pem", str(key), site)
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{site}\n}}\n")
    said = subprocess.run(
        [nginx, "-t", "-c", whole, "-e", "stderr"], capture_output=True, text=True
    )

    assert "syntax is ok" in said.stderr, said.stderr


def test_the_unit_gives_the_server_time_to_end(configuration: ModuleType) -> None:
    assert int(unit()["TimeoutStopSec"]) > configuration.graceful_timeout + 5
    assert unit()["KillMode"] == "mixed"
    assert "python:inspect_app.serving.configuration" in unit()["ExecStart"]
    assert int(unit()["LimitNOFILE"]) > configuration.worker_connections


def test_the_environment_can_be_read_and_has_no_secret(tmp_path: Path) -> None:
    told = {**environment(), "EXIT_INSPECTION_DATA": str(tmp_path)}

    settings = Settings.from_environment(told)

    assert (settings.workers, settings.threads, settings.proxies) == (2, 8, 1)
    assert settings.metrics_token is None
    assert settings.demo_seed is None
    assert not settings.weak_durability_allowed
    socket = environment()["EXIT_INSPECTION_BIND"].removeprefix("unix:")
    assert f"server unix:{socket}" in NGINX


def test_the_manual_names_every_word_of_the_environment() -> None:
    sources = ["settings.py", "serving/configuration.py"]
    text = "".join((ROOT / "inspect_app" / source).read_text("utf-8") for source in sources)
    words = set(re.findall(r"\b(EXIT_INSPECTION_[A-Z_]+[A-Z])\b", text)) - {"EXIT_INSPECTION_LIMIT"}

    assert [word for word in sorted(words) if word not in MANUAL] == []


def test_the_manual_states_the_times_that_are_set(configuration: ModuleType) -> None:
    for value in (configuration.graceful_timeout, configuration.keepalive, configuration.timeout):
        assert re.search(rf"\b{value} s\b", MANUAL)
