"""The verdicts go out: countersigned, signed, published, objected to, checked by anybody."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from inspect_app.demo.client import Client
from inspect_app.demo.errors import DemoError
from inspect_app.services import bundles, rendering, summaries
from inspect_app.services.signers import authorities_of
from inspect_app.services.verification import verify

if TYPE_CHECKING:
    from datetime import datetime

    from inspect_app.demo.campaign import Narrator, Stage
    from inspect_app.demo.people import Office
    from inspect_app.demo.results import CountyResult

FOLDER = "summary"
EDITIONS = {"": "full", "-public": "public"}
"""Editions by what the names of their files end with."""
OBJECTION = "县级异议（模拟）：一户入户日期有误 the county objects (simulated): a date is wrong"
ANSWER = "核对原始记录，日期无误（模拟） the record was looked up, the date is right (simulated)"


def publish(
    stage: "Stage",
    office: "Office",
    results: "list[CountyResult]",
    *,
    day: int,
    narrator: "Narrator",
) -> int:
    """Bring every issued verdict to its public, and the campaign to its end; return that day."""
    issued = [result for result in results if result.pdf is not None]
    if not issued:
        return day
    at = stage.moment(day, 15)
    for result in issued:
        _countersign(office, result, at)
    narrator.tell(
        f"委托方会签 {len(issued)} 份结论并签名，两种版本均有电子签名；用所附机构证书核验无误，"
        "公示自次日起",
        f"the commissioner countersigns {len(issued)} verdicts; both editions of each are signed, "
        "check against the authority's certificate, and are published from the next day on",
    )
    for result in issued:
        for ending in EDITIONS:
            _check_signature(stage, result, ending, at)
    _summarise(stage, office, issued, at)
    if len(issued) == len(results):
        _take_step(stage, office, "objections", day + 1)
    _object(office, issued[0], stage.moment(day + 2, 10))
    for result in issued:
        _look_up(office, result, stage.moment(day + 2, 16))
    narrator.tell(
        "无账号者凭编号与摘要、或凭文件摘要在公开页查到各份结论，各环节重算相符；公开版可下载",
        "without an account, by number and digest or by the digest of the file, anybody finds "
        "each verdict on the public page, every step computed anew; the public edition is there "
        "to download",
    )
    if len(issued) < len(results):
        return day + 2
    _take_step(stage, office, "closed", day + 10)
    narrator.tell(
        "异议期满，收到异议 1 件并已答复，活动结束",
        "the period of objections is over: one objection, answered; the campaign is closed",
    )
    return day + 10


def _countersign(office: "Office", result: "CountyResult", at: "datetime") -> None:
    """Countersign, fetch the signed files, begin the notice tomorrow."""
    commissioner, path = office.speaks("commissioner", at), _path(result)
    commissioner.post(f"{path}/countersignature")
    for ending, edition in EDITIONS.items():
        signed = commissioner.fetch("GET", f"{path}/signed?edition={edition}")
        _file(result, f"{ending}-signed.pdf").write_bytes(signed)
    first_day = (at + timedelta(days=1)).date()
    commissioner.post(f"{path}/notice", {"first_day": first_day.isoformat()})


def _check_signature(stage: "Stage", result: "CountyResult", ending: str, at: "datetime") -> None:
    """Check a signed file as whoever trusts the demonstration's authority may."""
    content = _file(result, f"{ending}-signed.pdf").read_bytes()
    found = verify(content, trust=authorities_of(stage.settings), at=at)
    if not found.sound:
        raise DemoError("verdict.unsound", faults=", ".join(found.faults))


def _summarise(
    stage: "Stage", office: "Office", issued: "list[CountyResult]", at: "datetime"
) -> None:
    """Leave the annex of the campaign, the summary of its counties, and their public figures."""
    folder = stage.out / FOLDER
    folder.mkdir()
    commissioner = office.speaks("commissioner", at)
    annex = commissioner.fetch("GET", f"/campaigns/{stage.campaign_id}/annex/pdf")
    (folder / "annex.pdf").write_bytes(annex)
    sheets = rendering.in_folder(_file(issued[0], ".pdf").parent)
    (folder / "summary.pdf").write_bytes(summaries.render(sheets))
    bundles.write(sheets, folder / "bundle")


def _object(office: "Office", result: "CountyResult", at: "datetime") -> None:
    """A county objects during the notice, and the commissioner answers."""
    path = _path(result)
    official = office.speaks(f"county-{result.county.adcode}", at)
    n = official.post(f"{path}/objections", {"text": OBJECTION})["n"]
    later = at + timedelta(hours=5)
    office.speaks("commissioner", later).post(
        f"{path}/objections/{n}/answer", {"upheld": False, "text": ANSWER}
    )


def _look_up(office: "Office", result: "CountyResult", at: "datetime") -> None:
    """Check both editions on the public page, and take the public one from it."""
    stranger = office.stranger(at)
    for ending in EDITIONS:
        found = _found(stranger, _file(result, f"{ending}-signed.pdf"))
        address = f"/verify/{found['number']}/{found['document_sha256'][:16]}"
        again = stranger.get(address)
        if not (again["sound"] and again["standing"]["state"] == "valid"):
            raise DemoError("verdict.unsound", faults=again["standing"]["state"])
    for name, file in (("signed", "-public-signed.pdf"), ("pdf", "-public.pdf")):
        asked = Request(
            f"{office.base_url}{address}/{name}", headers={"X-Simulated-Time": at.isoformat()}
        )
        with urlopen(asked, timeout=60) as answer:  # nosec B310  # loopback
            if answer.read() != _file(result, file).read_bytes():
                raise DemoError("verdict.unsound", faults=name)


def _found(stranger: Client, file: Path) -> dict[str, Any]:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    found: dict[str, Any] = stranger.get(f"/verify/files/{digest}")
    return found


def _take_step(stage: "Stage", office: "Office", step: str, day: int) -> None:
    commissioner = office.speaks("commissioner", stage.moment(day, 9))
    commissioner.post(f"/campaigns/{stage.campaign_id}/steps", {"step": step})


def _path(result: "CountyResult") -> str:
    """The address of a result's verdict, which is its first version."""
    return f"/verdicts/{_file(result, '').name}/1"


def _file(result: "CountyResult", ending: str) -> Path:
    assert result.pdf is not None  # nosec B101  # a verdict that was issued
    return result.pdf.with_name(f"{result.pdf.stem}{ending}")
