"""`exit-inspection verdict verify` and `sign`, as somebody at a terminal sees them."""

import hashlib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from signatures import NOW, a_document, a_pdf, an_authority

from inspect_app import clock
from inspect_app.cli import main
from inspect_app.messages import TEXTS
from inspect_app.rules.verifying import Fault
from inspect_app.services.signing import sign_pdf

DOCUMENT = a_document()
DIGEST = hashlib.sha256(DOCUMENT).hexdigest()


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day on which the certificates of these tests are good."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.delenv("EXIT_INSPECTION_SIGNING_TRUST", raising=False)


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    """The authority's certificate as a file."""
    path = tmp_path / "authority.pem"
    path.write_bytes(an_authority().certificate.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A signed report as a file."""
    path = tmp_path / "report.pdf"
    unsigned = a_pdf(DOCUMENT, DIGEST)
    path.write_bytes(sign_pdf(unsigned, an_authority().certify(), at=NOW, reason="x"))
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["verdict", *map(str, words)])


def test_a_sound_report_ends_with_zero_and_its_facts(report: Path, trust: Path) -> None:
    result = run("verify", report, "--trust", trust)

    assert result.exit_code == 0, result.output
    for expected in (
        "核验通过",
        "sound, not a byte has changed since it was signed",
        "编号 420528-2019-01，第 1 版，公开版，模拟数据",
        "number 420528-2019-01, version 1, public edition, simulated data",
        DIGEST,
        hashlib.sha256(report.read_bytes()).hexdigest(),
        hashlib.sha256(a_pdf(DOCUMENT, DIGEST)).hexdigest(),
        "ab" * 32,
        "Common Name: agency",
        "as the signer says",
    ):
        assert expected in result.output, expected


def test_a_refused_report_ends_with_one_and_every_reason(report: Path, trust: Path) -> None:
    report.write_bytes(report.read_bytes() + b"junk")

    result = run("verify", report, "--trust", trust, "--require-stamp")

    assert result.exit_code == 1
    assert "[appended] 文件末尾之后添加了内容" in result.output
    assert "[no-stamp]" in result.output
    assert "refused" in result.output


def test_nobody_is_trusted_who_was_not_named(report: Path) -> None:
    result = run("verify", report)

    assert result.exit_code == 1
    assert "[untrusted]" in result.output
    assert "no authority was named with --trust" in result.output


def test_the_authority_may_be_named_by_the_environment(
    report: Path, trust: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXIT_INSPECTION_SIGNING_TRUST", str(trust))

    assert run("verify", report).exit_code == 0


def test_revocation_lists_are_read_from_a_folder(report: Path, trust: Path, tmp_path: Path) -> None:
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "authority.crl").write_bytes(an_authority().revoke())

    result = run("verify", report, "--trust", trust, "--revocations", lists)

    assert result.exit_code == 1
    assert "[revoked]" in result.output


def test_a_trust_file_without_a_certificate_is_one_line(report: Path) -> None:
    result = run("verify", report, "--trust", report)

    assert result.exit_code == 1
    assert "holds no certificate" in result.output
    assert "Traceback" not in result.output


def test_a_file_that_is_not_there_is_a_mistake_of_the_caller(report: Path) -> None:
    nowhere = report.with_name("nowhere")

    assert run("verify", nowhere).exit_code == 2
    assert run("verify", report, "--trust", nowhere).exit_code == 2


def test_every_reason_has_its_words() -> None:
    said = [TEXTS[f"verify.{fault}"] for fault in Fault]

    assert len(set(said)) == len(Fault)


def test_signing_on_a_folder_without_a_database_is_one_line(tmp_path: Path) -> None:
    result = run("sign", "420528-2019-01", 1, "--data", tmp_path)

    assert result.exit_code == 1
    assert "没有数据库" in result.output
