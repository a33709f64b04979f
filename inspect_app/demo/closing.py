"""The end of fieldwork, and what is looked at once more: phones, ledger, logs, measures."""

import os
import subprocess  # nosec B404  # runs our own command
import sys
from collections import Counter
from typing import TYPE_CHECKING
from urllib.request import urlopen

import polars as pl

from inspect_app.demo import papers
from inspect_app.demo.errors import DemoError
from inspect_app.demo.exports import FOLDER, name_of
from inspect_app.demo.fieldwork import pages
from inspect_app.serving.command import environment

if TYPE_CHECKING:
    from inspect_app.demo.fieldwork import Fieldwork


def call_phones_home(field: "Fieldwork", day: int) -> None:
    """See that no phone holds anything; one is drained and wiped, and fieldwork is ended."""
    county = field.stage.counties[0]
    phone = min(
        (one for one in field.carried_in(county) if one.state == "active"),
        key=lambda one: one.device_id,
    )
    field.wiped_ops = {sealed.op["op_id"] for sealed in phone.outbox}
    order = f"{field.campaign}/devices/{phone.device_id}/orders"
    for state, hour in (("draining", 18.2), ("wiped", 18.6)):
        leader = field.leader(county, field.stage.moment(day, hour))
        leader.post(order, {"state": state, "reason": "外业结束，交回 fieldwork is over"})
        phone.now = field.stage.moment(day, hour + 0.2)
        phone.pull()
    if not phone.is_wiped:
        raise DemoError("field.disobeyed", state=phone.state)
    papers.take_back_sheets(field, day)
    held = Counter(len(one.unsent) for one in field.phones.values())
    field.office.speaks("commissioner", field.stage.moment(day, 20)).post(
        f"{field.campaign}/steps", {"step": "fieldwork_ended"}
    )
    field.narrator.tell(
        f"{len(field.phones)} 部手机均已传清（{held[0]} 部无余留）；一部交回：清空上传后抹除",
        f"{held[0]} of {len(field.phones)} phones hold nothing any more; one is handed in, drained "
        "and wiped",
    )


def look_back(field: "Fieldwork", day: int) -> None:
    """Hold the ledger to the phones, read the logs and alarms, and replay every chain."""
    stage, office = field.stage, field.office
    at = stage.moment(day, 20)
    _each_once(field)
    commissioner = office.speaks("commissioner", at)
    accesses = list(pages(commissioner, f"{field.campaign}/access-log?", "accesses"))
    who = Counter(one["actor"] for one in accesses)
    field.narrator.tell(
        f"访问日志 {len(accesses)} 条、{len(who)} 人：谁何时看过哪份名单都有记录",
        f"the access log has {len(accesses)} entries of {len(who)} people: who saw which list when",
    )
    open_alarms = list(pages(office.speaks("reviewer", at), f"{field.campaign}/alarms?", "alarms"))
    kinds = Counter(one["name"] for one in open_alarms)
    words = ", ".join(f"{name} {count}" for name, count in sorted(kinds.items()))
    field.narrator.tell(
        f"未处理警报：{words or '无'}", f"alarms not looked at yet: {words or 'none'}"
    )
    _measure(field)
    _verify(field)


def _each_once(field: "Fieldwork") -> None:
    """Compare what the phones sealed with what the ledger holds, op by op."""
    rows = pl.read_csv(field.stage.out / FOLDER / name_of("paradata", "csv"), infer_schema=False)
    stored = Counter(rows["op_id"].to_list())
    doubled = sum(count - 1 for count in stored.values())
    sealed = field.sealed_ops
    differing = len(sealed.symmetric_difference(stored)) + doubled
    if differing:
        raise DemoError("field.lost", count=differing)
    links = [phone.link for phone in field.phones.values()]
    lost, again = (sum(getattr(one, name) for one in links) for name in ("lost", "repeated"))
    field.narrator.tell(
        f"封存 {len(sealed)} 份，丢失应答 {lost} 次、重发 {again} 次：每份在账本中恰好一次",
        f"{len(sealed)} records were sealed, {lost} answers lost, {again} requests repeated: each "
        "record is in the ledger exactly once",
    )


def _measure(field: "Fieldwork") -> None:
    with urlopen(f"{field.office.base_url}/metrics", timeout=30) as answer:  # nosec B310  # loopback
        lines = answer.read().decode().splitlines()
    measured = {line.partition("{")[0].partition(" ")[0] for line in lines if line[:1] != "#"}
    field.narrator.tell(
        f"运行指标已抓取：{len(measured)} 项",
        f"the server's measures are scraped once: {len(measured)} of them",
    )


def _verify(field: "Fieldwork") -> None:
    """Replay chains, receipts, roots and files as anybody who holds the installation may."""
    settings = field.stage.settings
    log = field.stage.out / "ledger-verify.log"
    program = "from inspect_app.cli import main; main()"
    words = ("ledger", "verify", "--files", "--data", str(settings.data_dir))
    done = subprocess.run(  # nosec B603  # our own list of words
        [sys.executable, "-c", program, *words],
        env=environment(settings, os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode:
        raise DemoError("ledger.unsound", log=log)
    field.narrator.say_line(done.stdout.splitlines()[0])
