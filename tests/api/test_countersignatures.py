"""What becomes of a verdict: countersigned and signed, published, objected to, withdrawn."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from cryptography.hazmat.primitives import serialization
from flask.testing import FlaskClient
from issued import NUMBER, a_verdict
from signatures import NOW, YEAR, Authority, a_key, an_authority
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspect_app.models.samples import AccessEntry
from inspect_app.models.signatures import SignedFile
from inspect_app.models.verdicts import Verdict
from inspect_app.rules.roles import Role
from inspect_app.services import countersigning, signing
from inspect_app.services.verification import verify
from inspect_app.settings import Settings, Signing

BASE = f"/api/v1/verdicts/{NUMBER}/1"
TODAY = "2020-06-03"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """A server with a signing key, whose authority a reader may trust."""
    authority = an_authority()
    key = tmp_path / "signing.pem"
    key.write_bytes(
        a_key("agency").private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + _pem(authority)
    )
    key.chmod(0o600)
    trust = tmp_path / "trust.pem"
    trust.write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    return replace(settings, signing=Signing(key=key, trust=trust))


def _pem(authority: Authority) -> bytes:
    from cryptography import x509

    signer = authority.certify(since=NOW - 8 * YEAR)
    certificate = x509.load_der_x509_certificate(signer.certificate)
    return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def verdict(session: Session, campaign: Any) -> Verdict:
    """The first version, just issued."""
    return a_verdict(session, campaign.id)


@pytest.fixture
def commissioner(
    as_role: Callable[..., FlaskClient], campaign: Any, verdict: Verdict
) -> FlaskClient:
    """Who countersigns, publishes and withdraws."""
    return as_role(Role.COMMISSIONER, campaign)


@pytest.fixture
def county(as_role: Callable[..., FlaskClient], campaign: Any, verdict: Verdict) -> FlaskClient:
    """The official of the county judged."""
    return as_role(Role.COUNTY_OFFICIAL, campaign, county="420528")


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["type"].rpartition("/")[2]


def publish(commissioner: FlaskClient, first_day: str = TODAY) -> Any:
    commissioner.post(f"{BASE}/countersignature")
    return commissioner.post(f"{BASE}/notice", json={"first_day": first_day})


def test_a_countersignature_signs_both_editions(
    commissioner: FlaskClient, verdict: Verdict, settings: Settings
) -> None:
    answer = commissioner.post(f"{BASE}/countersignature")

    assert answer.status_code == 201
    assert answer.get_json()["number"] == NUMBER
    assert commissioner.get(f"{BASE}/standing").get_json()["state"] == "valid"
    for one in verdict.editions:
        signed = commissioner.get(f"{BASE}/signed?edition={one.edition}")
        assert signed.mimetype == "application/pdf"
        assert signed.data.startswith(one.pdf)
        found = verify(signed.data, trust=an_authority().trust, at=NOW)
        assert found.faults == ()
        assert found.facts is not None
        assert (found.facts.number, found.facts.edition) == (NUMBER, one.edition)
        assert found.unsigned_sha256 == one.pdf_sha256
        assert found.document_sha256 == one.document_sha256


@pytest.mark.parametrize("form", ["json", "pdf", "signed"])
def test_who_takes_the_full_edition_is_written_down(
    commissioner: FlaskClient,
    as_role: Callable[..., FlaskClient],
    campaign: Any,
    session: Session,
    form: str,
) -> None:
    commissioner.post(f"{BASE}/countersignature")
    leader = as_role(Role.TEAM_LEADER, campaign, team="A")

    for client, query in (
        (commissioner, "?edition=full"),
        (commissioner, ""),  # the fullest that may be read
        (commissioner, "?edition=public"),
        (leader, ""),  # reads the public one only
    ):
        assert client.get(f"{BASE}/{form}{query}").status_code == 200
    assert told(leader.get(f"{BASE}/{form}?edition=full"))[0] in (403, 404)

    session.rollback()
    seen = list(session.scalars(select(AccessEntry.what).order_by(AccessEntry.id)))
    lines = [one for one in seen if "edition of verdict" in one]
    assert len(lines) == 2
    assert lines[0].startswith(f"full edition of verdict {NUMBER}/1, {form} ")


def test_countersigning_again_changes_nothing(commissioner: FlaskClient) -> None:
    first = commissioner.post(f"{BASE}/countersignature")
    signed = commissioner.get(f"{BASE}/signed?edition=full").data

    again = commissioner.post(f"{BASE}/countersignature")

    assert again.get_json() == first.get_json()
    assert commissioner.get(f"{BASE}/signed?edition=full").data == signed


def test_only_the_commissioner_of_the_campaign_countersigns(
    as_role: Callable[..., FlaskClient], campaign: Any, a_campaign: Any, verdict: Verdict
) -> None:
    for role in (Role.PLANNER, Role.REVIEWER, Role.EXPERT, Role.TEAM_LEADER):
        assert told(as_role(role, campaign).post(f"{BASE}/countersignature")) == (403, "forbidden")
    elsewhere = a_campaign("commissioned", name="second")
    stranger = as_role(Role.COMMISSIONER, elsewhere, login="another commissioner")
    assert told(stranger.post(f"{BASE}/countersignature")) == (404, "not-found")


def test_without_a_key_the_agreement_stands_and_nothing_is_signed(
    a_server: Any, settings: Settings, commissioner: FlaskClient, session: Session
) -> None:
    bare = a_server(replace(settings, signing=Signing()))
    bare.environ_base |= commissioner.environ_base

    assert bare.post(f"{BASE}/countersignature").status_code == 201

    assert told(bare.get(f"{BASE}/signed?edition=full")) == (404, "not-found")
    files = countersigning.sign(session, NUMBER, 1, at=NOW, settings=settings)
    assert [one.edition for one in files] == ["full", "public"]
    assert commissioner.get(f"{BASE}/signed?edition=public").status_code == 200
    assert countersigning.sign(session, NUMBER, 1, at=NOW, settings=settings) == []


def test_a_key_that_cannot_be_used_leaves_nothing_half_done(
    commissioner: FlaskClient, settings: Settings, session: Session
) -> None:
    assert settings.signing.key is not None
    settings.signing.key.chmod(0o644)

    answer = commissioner.post(f"{BASE}/countersignature")

    assert told(answer) == (503, "signing-unavailable")
    assert commissioner.get(f"{BASE}/standing").get_json()["state"] == "issued"
    assert session.query(SignedFile).count() == 0


def test_a_version_that_does_not_stand_is_not_countersigned(
    commissioner: FlaskClient, session: Session, campaign: Any
) -> None:
    a_verdict(session, campaign.id, 2)

    assert told(commissioner.post(f"{BASE}/countersignature")) == (409, "conflict")
    newer = BASE[:-1] + "2"
    assert commissioner.post(f"{newer}/withdrawal", json={"reason": "有误"}).status_code == 201
    assert told(commissioner.post(f"{newer}/countersignature")) == (409, "conflict")


def test_a_notice_runs_as_long_as_the_rule_book_says(commissioner: FlaskClient) -> None:
    standing = publish(commissioner, "2020-06-05").get_json()

    assert (standing["first_day"], standing["last_day"]) == ("2020-06-05", "2020-06-11")
    assert told(publish(commissioner)) == (409, "already-fixed")


def test_nothing_is_published_before_it_is_countersigned_or_into_the_past(
    commissioner: FlaskClient,
) -> None:
    notice = commissioner.post(f"{BASE}/notice", json={"first_day": TODAY})
    assert told(notice) == (409, "step-missing")
    assert told(publish(commissioner, "2020-06-02")) == (422, "rule-violated")


def test_objections_are_kept_with_their_answers(
    commissioner: FlaskClient, county: FlaskClient, frozen_clock: Any
) -> None:
    said = {"text": "漏评率的分母有误"}
    assert told(county.post(f"{BASE}/objections", json=said)) == (409, "step-missing")
    publish(commissioner)

    own = county.post(f"{BASE}/objections", json=said)
    frozen_clock.pass_by(days=10)
    letter = commissioner.post(
        f"{BASE}/objections", json={"text": "来信", "received_on": "2020-06-09"}
    )
    late = commissioner.post(f"{BASE}/objections", json={"text": "迟到的来信"})

    assert own.status_code == letter.status_code == late.status_code == 201
    found = [one.get_json() for one in (own, letter, late)]
    assert [(one["n"], one["origin"], one["late"]) for one in found] == [
        (1, "county", False),
        (2, "public", False),
        (3, "public", True),
    ]
    answer = commissioner.post(
        f"{BASE}/objections/1/answer", json={"upheld": True, "text": "属实，将更正"}
    )
    assert answer.get_json()["answer"]["upheld"] is True
    again = commissioner.post(f"{BASE}/objections/1/answer", json={"upheld": False, "text": "否"})
    assert told(again) == (409, "already-fixed")
    nowhere = commissioner.post(f"{BASE}/objections/9/answer", json={"upheld": False, "text": "x"})
    assert told(nowhere) == (404, "not-found")
    standing = county.get(f"{BASE}/standing").get_json()
    assert [standing[name] for name in ("objections", "answered", "upheld")] == [3, 1, 1]
    whole = commissioner.get(f"{BASE}/objections").get_json()["objections"]
    assert [one["n"] for one in whole] == [1, 2, 3]
    assert [one["n"] for one in county.get(f"{BASE}/objections").get_json()["objections"]] == [1]


@pytest.mark.parametrize("day", ["2020-06-02", "2020-06-04"])
def test_an_objection_is_received_between_the_first_day_and_today(
    commissioner: FlaskClient, day: str
) -> None:
    publish(commissioner)

    answer = commissioner.post(f"{BASE}/objections", json={"text": "来信", "received_on": day})

    assert told(answer) == (422, "rule-violated")


def test_a_county_objects_to_its_own_verdict_alone(
    as_role: Callable[..., FlaskClient], campaign: Any, commissioner: FlaskClient
) -> None:
    publish(commissioner)
    neighbour = as_role(Role.COUNTY_OFFICIAL, campaign, county="530828", login="neighbour")

    assert told(neighbour.post(f"{BASE}/objections", json={"text": "x"})) == (404, "not-found")
    assert told(neighbour.get(f"{BASE}/standing")) == (404, "not-found")


def test_a_withdrawal_names_its_reason_and_is_final(
    commissioner: FlaskClient, county: FlaskClient, frozen_clock: Any
) -> None:
    publish(commissioner)
    frozen_clock.pass_by(days=1)

    withdrawn = commissioner.post(f"{BASE}/withdrawal", json={"reason": "两村的数据被调换"})

    assert withdrawn.status_code == 201
    standing = county.get(f"{BASE}/standing").get_json()
    assert (standing["state"], standing["withdrawn_reason"]) == ("withdrawn", "两村的数据被调换")
    again = commissioner.post(f"{BASE}/withdrawal", json={"reason": "x"})
    assert told(again) == (409, "already-fixed")
    assert county.get(f"{BASE}/signed?edition=full").status_code == 200


def test_a_new_version_replaces_the_old_one(
    commissioner: FlaskClient, session: Session, campaign: Any
) -> None:
    commissioner.post(f"{BASE}/countersignature")
    a_verdict(session, campaign.id, 2)

    old, new = (commissioner.get(f"{BASE[:-1]}{version}/standing").get_json() for version in (1, 2))

    assert (old["state"], old["replaced_by"]) == ("replaced", 2)
    assert (new["state"], new["replaced_by"]) == ("issued", None)


@pytest.mark.parametrize(
    "table", ["countersignatures", "signed_files", "public_notices", "objections", "withdrawals"]
)
@pytest.mark.parametrize("act", ["UPDATE {} SET version = 7", "DELETE FROM {}"])
def test_the_database_itself_changes_no_row(
    commissioner: FlaskClient, session: Session, table: str, act: str
) -> None:
    publish(commissioner)
    commissioner.post(f"{BASE}/objections", json={"text": "来信"})
    commissioner.post(f"{BASE}/withdrawal", json={"reason": "有误"})

    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text(act.format(table)))
    session.rollback()


def test_a_time_stamp_is_asked_for_once_for_each_edition(
    commissioner: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    from signatures import a_stamper

    at = NOW - timedelta(days=3)
    monkeypatch.setattr(signing, "stamper_of", lambda _: a_stamper(an_authority(), at))

    assert commissioner.post(f"{BASE}/countersignature").status_code == 201

    files = session.query(SignedFile).all()
    assert [one.stamped for one in files] == [True, True]
    found = verify(files[0].content, trust=an_authority().trust, at=NOW, stamp_required=True)
    assert (found.faults, found.signed_at) == ((), at)


def test_a_signed_file_is_read_by_other_programs_too(commissioner: FlaskClient) -> None:
    commissioner.post(f"{BASE}/countersignature")

    content = commissioner.get(f"{BASE}/signed?edition=public").data

    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert list(pdf.attachments) == ["verdict.json"]
