"""Signed files: what a signature promises, and every way to break it, each with its own reason."""

import hashlib
import io
import random
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from signatures import (
    NOW,
    YEAR,
    a_document,
    a_key,
    a_pdf,
    a_stamper,
    an_authority,
)

from inspect_app.rules.errors import SigningUnavailable, StampRefused
from inspect_app.rules.verifying import Fault, read_digest, read_number
from inspect_app.services import signing
from inspect_app.services.signers import authorities_of, signer_of
from inspect_app.services.signing import Evidence, sign_pdf, stamper_of, unsigned_part
from inspect_app.services.verification import Verification, verify
from inspect_app.settings import Settings, SettingsError, Signing
from report_templates import gate
from report_templates.verdict import VerdictSheet, render

DATA = Path(__file__).parents[1] / "data" / "report"
DOCUMENT = a_document()
DIGEST = hashlib.sha256(DOCUMENT).hexdigest()
UNSIGNED = a_pdf(DOCUMENT, DIGEST)
PASSPHRASE = "correct horse"


def signed(pdf: bytes = UNSIGNED, *, by: str = "authority", **more: Any) -> bytes:
    """Sign as the agency that an authority certifies."""
    signer = an_authority(by).certify(
        **{name: more.pop(name) for name in ("since", "until") if name in more}
    )
    return sign_pdf(pdf, signer, **{"at": NOW, "reason": "评估结论 Verdict", **more})


def check(content: bytes, **changes: Any) -> Verification:
    """Check as somebody who believes the authority."""
    return verify(content, **{"trust": an_authority().trust, "at": NOW, **changes})


def test_a_signed_file_is_sound_and_tells_what_it_is() -> None:
    content = signed()

    found = check(content)

    assert found.faults == ()
    assert found.sound
    assert found.facts is not None
    assert (found.facts.number, found.facts.version, found.facts.edition) == (
        "420528-2019-01",
        1,
        "public",
    )
    assert (found.facts.ledger_root, found.facts.ledger_count) == ("ab" * 32, 12)
    assert found.document_sha256 == found.printed_sha256 == DIGEST
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert found.signer == "Common Name: agency"
    assert (found.signed_at, found.stamped) == (NOW, False)


def test_the_file_as_drawn_is_the_exact_beginning_of_the_signed_one() -> None:
    content = signed()

    assert content.startswith(UNSIGNED)
    assert unsigned_part(content) == UNSIGNED
    assert check(content).unsigned_sha256 == hashlib.sha256(UNSIGNED).hexdigest()


def test_the_same_file_signed_at_the_same_moment_is_the_same_file() -> None:
    """A demonstration repeats itself, its signed files included."""
    assert signed() == signed()


def test_signing_leaves_description_and_version_alone() -> None:
    with (
        pikepdf.open(io.BytesIO(UNSIGNED)) as before,
        pikepdf.open(io.BytesIO(signed())) as after,
    ):
        assert after.docinfo == before.docinfo
        assert after.pdf_version == before.pdf_version
        assert "/Version" not in after.Root
        field = after.Root.AcroForm.Fields[0]
        assert [float(edge) for edge in field.Rect] == [-9999] * 4
        assert after.Root.Perms.DocMDP.Reference[0].TransformParams.P == 1
        assert after.Root.Perms.DocMDP.SubFilter == "/ETSI.CAdES.detached"


def test_a_report_passes_its_gate_signed_as_it_does_unsigned() -> None:
    document = (DATA / "demo_changyang.json").read_bytes()
    drawn = render(VerdictSheet.from_json(document))

    content = signed(drawn)

    gate.check(content)
    found = check(content)
    assert found.faults == ()
    assert found.document_sha256 == hashlib.sha256(document).hexdigest()
    assert found.unsigned_sha256 == hashlib.sha256(drawn).hexdigest()
    assert found.facts is not None
    assert found.facts.edition == "full"


def test_a_file_without_signature_is_told_apart() -> None:
    assert check(UNSIGNED).faults == (Fault.NOT_SIGNED,)


def test_something_that_is_no_pdf_is_told_apart() -> None:
    assert check(b"%PDF-1.7 but not really").faults == (Fault.UNREADABLE,)
    assert check(b"").faults == (Fault.UNREADABLE,)


def test_no_byte_can_change_unnoticed() -> None:
    content, chance = signed(), random.Random(5)
    signature = content.index(b"/Contents <", len(UNSIGNED))
    places = {chance.randrange(len(content)) for _ in range(150)}
    places |= {signature + chance.randrange(5000) for _ in range(150)}

    for place in sorted(one for one in places if one < len(content)):
        for bit in (0x01, 0x20):
            broken = bytearray(content)
            broken[place] ^= bit
            assert not check(bytes(broken)).sound, place


def test_a_flipped_byte_of_what_is_shown_breaks_the_signature() -> None:
    broken = bytearray(signed())
    broken[broken.index(b"SHA-256") + 20] ^= 1

    assert Fault.ALTERED in check(bytes(broken)).faults


def test_zeros_that_pad_the_signature_count_too() -> None:
    content = signed()
    start = content.index(b"/Contents <", len(UNSIGNED)) + len(b"/Contents <")
    end = content.index(b">", start)
    broken = content[: end - 1] + b"1" + content[end:]

    assert check(broken).faults == (Fault.ALTERED,)


@pytest.mark.parametrize("junk", [b"\n", b"junk", b"\n% a comment\n"])
def test_bytes_after_the_end_are_refused(junk: bytes) -> None:
    assert check(signed() + junk).faults == (Fault.APPENDED,)


def test_a_later_revision_is_refused() -> None:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(signed()))
    writer.root["/PageMode"] = writer.root["/Type"]
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)

    assert check(out.getvalue()).faults == (Fault.CHANGED_LATER,)


def test_a_swapped_document_is_refused_even_under_a_good_signature() -> None:
    other = a_document(version=2)

    found = check(signed(a_pdf(other, DIGEST)))

    assert found.faults == (Fault.DOCUMENT_SWAPPED,)
    assert found.document_sha256 == hashlib.sha256(other).hexdigest() != found.printed_sha256


def test_a_document_swapped_after_signing_breaks_the_signature_too() -> None:
    with pikepdf.open(io.BytesIO(signed())) as pdf:
        del pdf.attachments["verdict.json"]
        pdf.attachments["verdict.json"] = pikepdf.AttachedFileSpec(
            pdf, a_document(version=2), filename="verdict.json"
        )
        pdf.Root.AF = pikepdf.Array([pdf.attachments["verdict.json"].obj])
        out = io.BytesIO()
        pdf.save(out)

    faults = check(out.getvalue()).faults

    assert Fault.DOCUMENT_SWAPPED in faults
    assert {Fault.ALTERED, Fault.UNREADABLE} & set(faults)


def test_two_documents_are_none() -> None:
    with pikepdf.open(io.BytesIO(UNSIGNED)) as pdf:
        spec = pikepdf.AttachedFileSpec(pdf, a_document(version=2), filename="verdict.json")
        pdf.Root.AF.append(pdf.make_indirect(spec.obj))
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)

    assert check(signed(out.getvalue())).faults == (Fault.NO_DOCUMENT,)


def test_a_signer_of_an_unknown_authority_is_refused() -> None:
    content = signed(by="somebody else")

    assert check(content).faults == (Fault.UNTRUSTED,)
    assert check(content, trust=an_authority("somebody else").trust).sound
    assert check(content, trust=()).faults == (Fault.UNTRUSTED,)


def test_an_expired_certificate_is_refused() -> None:
    content = signed()

    assert check(content, at=NOW + 2 * YEAR).faults == (Fault.EXPIRED,)
    assert check(content, at=NOW - 2 * YEAR).faults == (Fault.EXPIRED,)


def test_a_time_stamp_outlives_the_certificate() -> None:
    content = signed(stamper=a_stamper(an_authority(), NOW - timedelta(hours=1)))

    found = check(content, at=NOW + 2 * YEAR, stamp_required=True)

    assert found.faults == ()
    assert (found.signed_at, found.stamped) == (NOW - timedelta(hours=1), True)


def test_a_time_stamp_from_before_or_after_the_certificate_does_not_help() -> None:
    content = signed(stamper=a_stamper(an_authority(), NOW + 2 * YEAR))

    assert check(content).faults == (Fault.EXPIRED,)


def test_a_missing_time_stamp_is_refused_where_one_is_asked_for() -> None:
    assert check(signed(), stamp_required=True).faults == (Fault.NO_STAMP,)


def test_a_time_stamp_of_a_stranger_is_refused() -> None:
    content = signed(stamper=a_stamper(an_authority("strange clocks"), NOW))

    assert check(content).faults == (Fault.STAMP_UNTRUSTED,)


def test_a_signature_that_allows_changes_is_refused() -> None:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.signers import PdfSignatureMetadata
    from pyhanko.sign.signers import sign_pdf as sign_somehow

    hand = signing._hand(an_authority().certify())
    somehow = PdfSignatureMetadata(field_name="Signature", md_algorithm="sha256")
    content = sign_somehow(IncrementalPdfFileWriter(io.BytesIO(UNSIGNED)), somehow, hand)

    assert Fault.NOT_CERTIFIED in check(content.getvalue()).faults


def test_a_revoked_certificate_is_refused() -> None:
    assert check(signed(), revocations=[an_authority().revoke()]).faults == (Fault.REVOKED,)


def test_a_signature_carries_the_lists_that_show_it_was_not_revoked() -> None:
    lists = Evidence(an_authority().trust, (an_authority().revoke_nobody(),))

    content = signed(evidence=lists)

    assert check(content).sound
    assert content.startswith(UNSIGNED)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert len(pdf.Root.DSS.CRLs) == 1


def test_nothing_is_signed_with_a_certificate_that_the_lists_name_or_leave_out() -> None:
    trust = an_authority().trust
    elsewhere = an_authority("somebody else").revoke_nobody()

    for lists in (an_authority().revoke(), elsewhere):
        with pytest.raises(SigningUnavailable):
            signed(evidence=Evidence(trust, (lists,)))


def test_settings_without_a_key_sign_nothing(tmp_path: Path) -> None:
    settings = Settings.for_folder(tmp_path)

    assert signer_of(settings) is None
    assert authorities_of(settings) == ()
    assert stamper_of(settings.signing) is None


def test_a_demonstration_signs_with_an_authority_that_says_it_is_none(tmp_path: Path) -> None:
    settings = Settings.for_folder(tmp_path, demo_seed="a seed")
    signer = signer_of(settings)
    assert signer is not None

    content = sign_pdf(UNSIGNED, signer, at=datetime.now(NOW.tzinfo), reason="x")

    found = verify(content, trust=authorities_of(settings), at=NOW)
    assert found.sound
    assert "SIMULATED" in str(found.signer)
    assert signer_of(Settings.for_folder(tmp_path / "x", demo_seed="a seed")) == signer
    assert signer_of(Settings.for_folder(tmp_path, demo_seed="another")) != signer


def a_key_file(folder: Path, name: str = "key.pem", *, passphrase: str | None = None) -> Path:
    """Write the agency's key with its certificate, PEM or PKCS#12 by the name."""
    signer, key = an_authority().certify(), a_key("agency")
    certificate = x509.load_der_x509_certificate(signer.certificate)
    encryption: Any = (
        serialization.BestAvailableEncryption(passphrase.encode())
        if passphrase
        else serialization.NoEncryption()
    )
    if name.endswith(".p12"):
        content = pkcs12.serialize_key_and_certificates(
            b"agency", key, certificate, [an_authority().certificate], encryption
        )
    else:
        content = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        ) + certificate.public_bytes(serialization.Encoding.PEM)
    path = folder / name
    path.write_bytes(content)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("name", ["key.pem", "key.p12"])
@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_a_key_is_read_from_either_form(tmp_path: Path, name: str, passphrase: str | None) -> None:
    path = a_key_file(tmp_path, name, passphrase=passphrase)
    settings = replace(
        Settings.for_folder(tmp_path), signing=Signing(key=path, passphrase=passphrase)
    )

    signer = signer_of(settings)

    assert signer is not None
    assert signer.name == "CN=agency"
    assert check(sign_pdf(UNSIGNED, signer, at=NOW, reason="x")).sound


def test_what_is_wrong_with_a_key_is_said_without_the_key(tmp_path: Path) -> None:
    path = a_key_file(tmp_path, passphrase=PASSPHRASE)

    def told(named: Signing) -> str:
        with pytest.raises(SigningUnavailable) as refused:
            signer_of(replace(Settings.for_folder(tmp_path), signing=named))
        return refused.value.detail

    assert "cannot be used" in told(Signing(key=path, passphrase="wrong"))
    assert "cannot be used" in told(Signing(key=path))
    assert "cannot be used" in told(Signing(key=tmp_path / "nowhere.pem"))
    path.chmod(0o644)
    assert "chmod 600" in told(Signing(key=path, passphrase=PASSPHRASE))
    assert PASSPHRASE not in repr(Signing(key=path, passphrase=PASSPHRASE))


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    path, other = a_key_file(tmp_path), tmp_path / "other.pem"
    certificate = x509.load_der_x509_certificate(an_authority().certify("another").certificate)
    other.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    with pytest.raises(SigningUnavailable, match="not of a pair"):
        signer_of(replace(Settings.for_folder(tmp_path), signing=Signing(key=path, chain=other)))


def test_the_environment_names_files_and_never_a_default(tmp_path: Path) -> None:
    path, secret = a_key_file(tmp_path), tmp_path / "passphrase"
    secret.write_text(PASSPHRASE + "\n", "utf-8")
    environment = {
        "EXIT_INSPECTION_DATA": str(tmp_path),
        "EXIT_INSPECTION_SIGNING_KEY": str(path),
        "EXIT_INSPECTION_SIGNING_PASSPHRASE_FILE": str(secret),
        "EXIT_INSPECTION_STAMP_URL": "https://stamps.example/tsa/",
        "EXIT_INSPECTION_VERIFY_BASE": "https://inspection.example/",
    }

    settings = Settings.from_environment(environment)

    assert settings.signing == Signing(
        key=path, passphrase=PASSPHRASE, stamp_url="https://stamps.example/tsa/"
    )
    assert settings.verify_base == "https://inspection.example"
    for name, value in (
        ("EXIT_INSPECTION_SIGNING_KEY", str(tmp_path / "nowhere")),
        ("EXIT_INSPECTION_SIGNING_PASSPHRASE_FILE", str(tmp_path / "nowhere")),
        ("EXIT_INSPECTION_STAMP_URL", "file:///etc/passwd"),
        ("EXIT_INSPECTION_VERIFY_BASE", "inspection.example"),
    ):
        with pytest.raises(SettingsError):
            Settings.from_environment({**environment, name: value})


class Stamps(BaseHTTPRequestHandler):
    """A time-stamping authority behind HTTP, which wants a user and a password."""

    seen: list[str | None] = []  # noqa: RUF012  # read by the test
    granting = True

    def do_POST(self) -> None:
        from asn1crypto import tsp

        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(self.headers["Authorization"])
        if not self.granting:
            self.send_error(403)
            return
        stamper = a_stamper(an_authority(), NOW)
        answer = stamper.request_tsa_response(tsp.TimeStampReq.load(body)).dump()
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def stamps(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An address where time stamps are to be had."""
    monkeypatch.setattr(Stamps, "seen", [])
    with HTTPServer(("127.0.0.1", 0), Stamps) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_time_stamp_is_asked_for_over_http(stamps: str) -> None:
    named = Signing(stamp_url=stamps, stamp_user="agency", stamp_password="secret")

    found = check(signed(stamper=stamper_of(named)), stamp_required=True)

    assert found.sound
    assert found.stamped
    assert set(Stamps.seen) == {"Basic YWdlbmN5OnNlY3JldA=="}


def test_without_its_time_stamp_nothing_is_signed(
    stamps: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stamps, "granting", False)

    with pytest.raises(StampRefused):
        signed(stamper=stamper_of(Signing(stamp_url=stamps)))
    with pytest.raises(StampRefused):
        signed(stamper=stamper_of(Signing(stamp_url="http://127.0.0.1:9")))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (DIGEST, DIGEST),
        (DIGEST[:16].upper(), DIGEST[:16]),
        (" ".join(DIGEST[at : at + 8] for at in range(0, 64, 8)) + "\n", DIGEST),
        (DIGEST[:15], None),
        (DIGEST + "0", None),
        ("z" * 16, None),
        ("٣" * 16, None),
        ("", None),
    ],
)
def test_digests_are_read_as_people_type_them(typed: str, meant: str | None) -> None:
    assert read_digest(typed) == meant


def test_numbers_are_read_as_they_are_stored() -> None:
    assert read_number(" 420528-2019-01 ") == "420528-2019-01"
    assert [read_number(one) for one in ("420528", "４２０５２８-2019-01", "")] == [None] * 3
