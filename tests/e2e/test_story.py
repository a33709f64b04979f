"""The whole story through HTTP, in one small county, under every sort of bad luck.

The same campaign is played in folders of its own: on SQLite with a quiet network; then on SQLite
and on PostgreSQL with every push sent twice and half of the answers lost, and with the server
killed after pushes that it had committed and not yet answered. What comes out is compared byte for
byte, and with figures that never went through a server.
"""

import json
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result
from databases import Databases
from pypdf import PdfReader
from silence import Silent

from inspect_app.cli import main
from inspect_app.demo import outcome
from inspect_app.demo.campaign import PUBLIC_VALUE, Stage, perform, prepare, secret_of
from inspect_app.demo.contents import papers
from inspect_app.demo.fieldwork import Connect
from inspect_app.demo.link import Answer, Faults, HttpWire, Link
from inspect_app.demo.publication import visited
from inspect_app.demo.results import NAME
from inspect_app.demo.server import Server
from sampling import tickets
from sampling.indicators import Analysis, Indicator
from sampling.plan import load_plan
from sampling.sample import Sample, write_sample

RUTOG = "542524"  # 日土: twelve villages, left in 2018
SEED = "story-h"  # finds wrong exits as well as missed households
CHANGES = ("stage1.villages=11", "stage2.e=4", "stage2.n=3", "stage2.p=1")
CUTS = (2, 9, 17)
PRINTED = 1e-4
"""Approval is told no finer than a hundredth of a per cent: more would name villages."""
SAMPLE = ("sample_villages.csv", "sample_households.csv", "sample_households.parquet", "draw.json")


@dataclass
class Played:
    """A campaign that was played to its end, and the lines its phones had."""

    stage: Stage
    links: list[Link]

    @property
    def data(self) -> Path:
        return self.stage.settings.data_dir

    def file(self, ending: str) -> bytes:
        """One of the files of the county's verdict."""
        (found,) = (self.stage.out / "verdicts").glob(f"{RUTOG}-2018-01{ending}")
        return found.read_bytes()

    def record(self, name: str) -> Any:
        """One of the records that anybody may read."""
        return json.loads((self.stage.out / "publication" / f"{name}.json").read_bytes())

    def sample(self) -> dict[str, bytes]:
        return {name: (self.stage.out / "sample" / name).read_bytes() for name in SAMPLE}


@dataclass
class PowerCuts:
    """Kills the server at some pushes, counted over all phones, and starts it again.

    A push is on the disk and nobody has read a byte of its answer when the power goes.
    """

    server: Server
    databases: Databases
    at: tuple[int, ...] = CUTS
    heard: list[bytes] = field(default_factory=list)
    struck: list[bytes] = field(default_factory=list)
    results: list[list[str]] = field(default_factory=list)

    def strike(self, wire: HttpWire, *request: Any) -> None:
        """Send a push, kill the server as soon as its ops are committed, and start it again."""
        before = self._ops()
        wire.close()  # a line that was silent for half a minute the server has hung up
        wire.send_and_leave(*request)
        deadline = time.monotonic() + 60
        while self._ops() == before:
            assert time.monotonic() < deadline, "the push was not stored in a minute"
            time.sleep(0.0005)
        self.server.kill()
        self.server.start()

    def _ops(self) -> int:
        url = self.server.settings.database_url
        return int(self.databases.rows(url, "SELECT count(*) FROM ops")[0][0])


@dataclass
class CutWire(HttpWire):
    """A wire that is there when the power goes."""

    cuts: PowerCuts | None = None

    def exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Answer:
        cuts = self.cuts
        if cuts is None or body is None or not path.endswith("/sync/push"):
            return super().exchange(method, path, body, headers)
        # A push whose token had run out comes again with the same bytes, and is no other push.
        if body not in cuts.heard:
            cuts.heard.append(body)
            if len(cuts.heard) in cuts.at:
                cuts.struck.append(body)
                cuts.strike(self, method, path, body, headers)
                raise ConnectionResetError("the power went")
        answer = super().exchange(method, path, body, headers)
        if body in cuts.struck:
            cuts.results.append([one["status"] for one in answer.json()["results"]])
        return answer


def play(
    out: Path, connect: Callable[[Server], Connect], *, databases: Databases | None = None
) -> Played:
    """Play the campaign over lines of this kind, on SQLite unless told otherwise."""
    stage = prepare(
        [RUTOG],
        out=out,
        seed=SEED,
        narrator=Silent(),
        changes=CHANGES,
        database_url=databases.empty(out / "data") if databases else None,
    )
    links: list[Link] = []
    with Server(stage.settings, log=out / "server.log") as server:
        line = connect(server)

        def connected(seed: str) -> Link:
            links.append(line(seed))
            return links[-1]

        perform(stage, server.url, narrator=Silent(), connect=connected)
        for link in links:
            link.wire.close()  # type: ignore[attr-defined]  # every wire here is over HTTP
    return Played(stage, links)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """A network without faults."""
    return play(
        tmp_path_factory.mktemp("quiet"), lambda server: lambda _seed: Link(HttpWire(server.url))
    )


@pytest.fixture(scope="module")
def rough(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Every push is sent twice, and the answers to half of them are lost before that."""
    return play(
        tmp_path_factory.mktemp("rough"),
        lambda server: (
            lambda seed: Link(HttpWire(server.url), Faults(seed, lost=0.5, repeated=1.0))
        ),
        databases=databases,
    )


@pytest.fixture(scope="module")
def power(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Played, PowerCuts]:
    """The server is killed after it has committed pushes, before their answers are heard."""
    outages: list[PowerCuts] = []

    def connect(server: Server) -> Connect:
        outages.append(PowerCuts(server, databases))
        return lambda _seed: Link(CutWire(server.url, cuts=outages[0]), sleep=lambda _seconds: None)

    return play(tmp_path_factory.mktemp("power"), connect, databases=databases), outages[0]


def drawn_from(stage: Stage) -> Sample:
    """The sample as anybody draws it who has the register, the plan and the seed."""
    plan, villages = load_plan(stage.settings.plans_dir / NAME)
    seed = tickets.campaign_seed(secret_of(stage.seed), PUBLIC_VALUE)
    return outcome.draw(stage.register, plan, villages, campaign_seed=seed)


def short_cut(played: Played) -> tuple[Indicator, ...]:
    """The figures of the same campaign without a server."""
    stage = played.stage
    seed = tickets.campaign_seed(secret_of(stage.seed), PUBLIC_VALUE)
    gone_to = visited(stage, drawn_from(stage), played.record("villages"), seed)
    return outcome.figures(stage.register, gone_to, RUTOG, analysis=Analysis())


def figures(indicators: tuple[Indicator, ...]) -> dict[str, list[float]]:
    return {
        one.code: [
            round(one.numerator),
            one.denominator,
            one.estimate.value,
            one.estimate.se,
            one.estimate.low,
            one.estimate.high,
            one.undetermined.count,
        ]
        for one in indicators
    }


def published(document: bytes) -> dict[str, Any]:
    """The same figures as verdict.json has them: ten digits, of approval no more than printed."""
    return {
        one["code"]: pytest.approx(
            [
                one["sample_ratio"]["numerator"],
                one["sample_ratio"]["denominator"],
                *(one["estimate"][name] for name in ("value", "se", "low", "high")),
                one["undetermined"]["households"],
            ],
            rel=1e-9,
            abs=PRINTED if one["code"] == "satisfaction_rate" else None,
        )
        for one in json.loads(document)["indicators"]
    }


def verified(data: Path, url: str) -> Result:
    where = ["--data", str(data), "--database-url", url]
    return CliRunner().invoke(main, ["ledger", "verify", *where])


def assert_same_story(one: Played, other: Played) -> None:
    """Sample, verdicts, the interviews behind them and all papers are equal byte for byte."""
    assert one.stage.out != other.stage.out
    assert one.sample() == other.sample()
    for ending in (".json", "-interviews.csv", ".pdf"):
        assert one.file(ending) == other.file(ending), ending
    for folder in ("verdicts", "papers", "summary"):
        files = [sorted((played.stage.out / folder).glob("*.pdf")) for played in (one, other)]
        assert [path.name for path in files[0]] == [path.name for path in files[1]]
        for path, same in zip(*files, strict=True):
            assert path.read_bytes() == same.read_bytes(), path
    exported = [
        played.stage.out / "exports" / "simulated-interviews.csv" for played in (one, other)
    ]
    assert exported[0].read_bytes() == exported[1].read_bytes()


def test_the_story_has_something_to_tell(quiet: Played) -> None:
    told = json.loads(quiet.file(".json"))

    assert told["simulated"] is True
    assert told["sample"]["villages"] == 11
    assert sum(told["sample"]["opened"].values()) > sum(told["sample"]["completed"].values())
    assert told["sample"]["replacement_rate"] > 0
    for kind in ("wrong_exit", "missed"):
        assert told["cases"][kind]["confirmed"] > 0
    assert told["cases"]["wrong_exit"]["overturned"] > 0
    assert told["cases"]["wrong_exit"]["undecided"] == 0  # the commissioner took it up
    assert quiet.file(".pdf").startswith(b"%PDF-")


def test_a_village_was_given_up_and_the_record_of_the_draw_holds(quiet: Played) -> None:
    villages = quiet.record("villages")
    (stand_in,) = (one for one in villages if one["replaces"] is not None)
    (given_up,) = (one for one in villages if one["village_code"] == stand_in["replaces"])
    drawn = {one["village_code"] for one in villages if not one["is_reserve"]}

    assert (stand_in["is_reserve"], stand_in["was_visited"]) == (True, True)
    assert (given_up["is_reserve"], given_up["was_visited"]) == (False, False)
    assert given_up["stratum"] == stand_in["stratum"]
    assert sum(one["was_visited"] for one in villages) == len(drawn) == 11
    assert quiet.record("promised")["secret"] is None
    assert quiet.record("revealed")["secret"] == secret_of(SEED)


def test_its_papers_are_left_marked_and_signed(quiet: Played) -> None:
    names = {path.relative_to(quiet.stage.out).as_posix() for path, _, _ in papers(quiet.stage.out)}
    number = f"{RUTOG}-2018-01"

    assert names == {
        *(f"verdicts/{number}{end}.pdf" for end in ("", "-signed", "-public", "-public-signed")),
        *(f"papers/notice-{number}-N0{n}{end}.pdf" for n in (1, 2) for end in ("", "-signed")),
        f"papers/sheet-{RUTOG}.pdf",
        "summary/summary.pdf",
        "summary/annex.pdf",
    }
    for name in names:
        assert "模拟数据" in said(quiet.stage.out / name), name
    assert "SIMULATED" in (quiet.stage.out / "SIMULATED.txt").read_text("utf-8")


def said(pdf: Path) -> str:
    """What the first page of a file says, without its spaces."""
    return re.sub(r"\s", "", PdfReader(pdf).pages[0].extract_text())


def test_mishaps_left_their_traces(quiet: Played) -> None:
    rows = pl.read_csv(quiet.stage.out / "exports" / "simulated-paradata.csv", infer_schema=False)
    statuses = set(rows["status"])
    rounds = set(rows["round"].drop_nulls())

    assert {"accepted", "superseded_device", "conflict"} <= statuses
    assert {"1", "1b", "1c"} <= rounds
    assert rows["op_id"].is_unique().all()


def test_figures_equal_those_that_never_saw_a_server(quiet: Played) -> None:
    document = quiet.file(".json")

    assert figures(short_cut(quiet)) == published(document)

    truth = quiet.stage.register.truth.with_columns(pl.lit("coached").alias("appearance"))
    hushed = replace(quiet.stage, register=replace(quiet.stage.register, truth=truth))
    assert figures(short_cut(replace(quiet, stage=hushed))) != published(document)


def test_every_push_twice_and_half_of_the_answers_lost_change_no_byte(
    quiet: Played, rough: Played
) -> None:
    pushes = sum(link.repeated for link in rough.links)
    lost = sum(link.lost for link in rough.links)

    assert pushes > 20
    assert 0.3 * pushes < lost < 0.7 * pushes
    assert sum(link.lost + link.repeated for link in quiet.links) == 0
    assert_same_story(quiet, rough)


def test_a_server_killed_before_it_could_answer_changes_no_byte(
    quiet: Played, power: tuple[Played, PowerCuts]
) -> None:
    survivor, cuts = power

    assert len(cuts.results) == len(CUTS)
    assert {status for results in cuts.results for status in results} == {"duplicate"}
    assert_same_story(quiet, survivor)


def test_the_ledger_is_sound_after_the_power_cuts_and_shows_a_changed_body(
    power: tuple[Played, PowerCuts], databases: Databases, tmp_path: Path
) -> None:
    survivor, _ = power
    url = survivor.stage.settings.database_url
    data = tmp_path / "data"
    shutil.copytree(survivor.data, data)
    other = databases.copied(url, data)
    first = "SELECT op_id FROM ledger WHERE type = 'op' ORDER BY seq LIMIT 1"
    body = "x'7b7d'" if databases.name == "sqlite" else "'{}'"
    on = "" if databases.name == "sqlite" else " ON ops"
    databases.change(
        other,
        f"DROP TRIGGER ops_no_update{on}",
        f"UPDATE ops SET body = {body} WHERE op_id = ({first})",
    )

    sound, changed = verified(survivor.data, url), verified(data, other)
    databases.drop(other)

    assert (sound.exit_code, sound.stderr) == (0, "")
    assert survivor.stage.campaign_id in sound.stdout
    assert changed.exit_code == 1
    assert "the body of line" in changed.stderr
    assert changed.stderr.count("\n") == 1


def test_another_seed_gives_another_sample_and_the_same_seed_the_same_files(
    quiet: Played, tmp_path: Path
) -> None:
    other = prepare(
        [RUTOG], out=tmp_path / "other", seed="story-i", narrator=Silent(), changes=CHANGES
    )
    same, different = drawn_from(quiet.stage), drawn_from(other)
    for name, sample in (("same", same), ("different", different)):
        write_sample(tmp_path / name, sample)

    written = quiet.sample()["sample_households.csv"]
    assert (tmp_path / "same" / "sample_households.csv").read_bytes() == written
    assert (tmp_path / "different" / "sample_households.csv").read_bytes() != written
    assert set(same.households["unit_id"]) != set(different.households["unit_id"])
