"""The story of a campaign, played for real: register, plan, server, sealed draws, field, verdict.

Everything follows from the seed. The server is a process of its own, reached over HTTP like any
other; nothing here opens its database.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any, Protocol

from inspect_app import create_app
from inspect_app.demo import (
    closing,
    contents,
    hearings,
    places,
    publishing,
    register,
    revisits,
    staff,
)
from inspect_app.demo.chance import digest
from inspect_app.demo.fieldwork import Connect, Fieldwork, shaky
from inspect_app.demo.people import Office, agency_province, identifier
from inspect_app.demo.places import County
from inspect_app.demo.profiles import simulated_line
from inspect_app.demo.register import SimulatedRegister
from inspect_app.demo.results import NAME, CountyResult, collect
from inspect_app.demo.server import Server
from inspect_app.settings import Settings
from sampling import tickets
from sampling.frame import Frame, import_register
from sampling.plan import Plan, write_plan
from sampling.reach import explain, rate_lines, reach
from sampling.remoteness import freeze

DEFAULT_COUNTIES = ("420528", "530828")
CHINA = timezone(timedelta(hours=8))
SECRET_PURPOSE = "commissioner's secret"  # nosec B105  # a purpose
PUBLIC_VALUE = "模拟开奖号码 simulated lottery result"


class Step(Protocol):
    """A bar that moves."""

    def advance(self, by: int = 1) -> None:
        """Move by so many units."""


class Narrator(Protocol):
    """Who tells the story while it happens."""

    def tell(self, zh: str, en: str) -> None:
        """Say one sentence."""

    def say_line(self, line: str) -> None:
        """Say a line that is bilingual already."""

    def steps(self, zh: str, en: str, total: int) -> AbstractContextManager[Step]:
        """Show a bar for a piece of work."""

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a table."""


@dataclass(frozen=True)
class Stage:
    """What is set before the first inspector travels."""

    out: Path
    seed: str
    counties: tuple[County, ...]
    register: SimulatedRegister
    frame: Frame
    plan: Plan
    settings: Settings

    @property
    def campaign_id(self) -> str:
        return identifier(self.seed, "campaign", *(county.adcode for county in self.counties))

    @property
    def first_day(self) -> date:
        """The day the first village is visited, in the March after the last exit."""
        return date(max(county.exit_year for county in self.counties) + 1, 3, 1)

    def moment(self, day: int, hour: float) -> datetime:
        """A simulated moment, China time; day 0 is the first in the field."""
        start = datetime.combine(self.first_day, time(), CHINA)
        return start + timedelta(days=day, hours=hour)


def play(stage: Stage, *, narrator: Narrator) -> list[CountyResult]:
    """Play a prepared campaign on a server of its own and return what came out.

    Raises
    ------
    DemoError, SamplingError, ApiProblem, OSError : what went wrong
    """
    with Server(stage.settings, log=stage.out / "server.log") as server:
        narrator.tell(
            f"服务器已在本机端口 {server.port} 启动",
            f"the server runs on local port {server.port}",
        )
        results = perform(stage, server.url, narrator=narrator, connect=shaky(server.url))
    narrator.tell("服务器已停止", "the server has stopped")
    return results


def perform(stage: Stage, url: str, *, narrator: Narrator, connect: Connect) -> list[CountyResult]:
    """Play a prepared campaign against the running server, from the commission to the verdicts.

    Parameters
    ----------
    url : address of the server
    connect : gives each phone its line to the server, with the faults it is to suffer
    """
    office = Office(url, stage.seed, frozenset({staff.BROWSER}))
    try:
        promised = commission(stage, office, narrator)
        field = Fieldwork(stage, office, narrator, connect=connect)
        field.play()
        day = revisits.ask_again(field)
        day = hearings.rule_on_cases(field, day)
        closing.call_phones_home(field, day)
        results = collect(stage, office, promised, last_day=day, narrator=narrator)
        day = publishing.publish(stage, office, results, day=day + 5, narrator=narrator)
        closing.look_back(field, day)
        return results
    finally:
        office.close()


def prepare(
    adcodes: Sequence[str],
    *,
    out: Path,
    seed: str,
    narrator: Narrator,
    changes: Sequence[str] = (),
    database_url: str | None = None,
) -> Stage:
    """Simulate the register, freeze the frame, write the plan, make the database.

    Parameters
    ----------
    adcodes : county codes
    out : empty or missing folder; everything is written below it
    seed : any text; the same seed gives the same bytes, whatever the database
    changes : settings of the plan that differ from its defaults, `KEY=VALUE`
    database_url : of an empty database; SQLite below `out` unless given
    """
    counties = tuple(places.find_county(adcode) for adcode in adcodes)
    for county in counties:
        narrator.tell(
            f"生成 {county.province_zh}{county.name_zh} 的模拟名册（乡村为真，户为虚构）",
            f"simulating the register of {county.name_en or county.adcode}: real places, "
            "invented households",
        )
    simulated = register.join_registers(
        register.simulate_register(county.adcode, seed=seed) for county in counties
    )
    data = out / "data"  # made only now, so that a refusal leaves nothing behind
    out.mkdir(parents=True, exist_ok=True)
    data.mkdir(mode=0o700, exist_ok=True)
    contents.mark(out, seed)
    settings = Settings.for_folder(
        data, demo_seed=digest(seed, "server"), database_url=database_url
    )
    register.write_register(simulated, out / "register")
    frame = import_register(
        *(out / "register" / f"{name}.csv" for name in ("villages", "households", "totals")),
        out=settings.frames_dir / NAME,
    )
    narrator.tell(
        f"抽样框已检查并冻结，哈希 {frame.sha256[:16]}…",
        f"the frame is checked and frozen, hash {frame.sha256[:16]}…",
    )
    plan = _write_plan(
        demo_plan(simulated, frame.households_sha256, changes),
        frame,
        settings.plans_dir / NAME,
        narrator,
    )
    with create_app(settings).app_context():
        _make_database(settings, seed, at=datetime.combine(date(2016, 1, 1), time(), CHINA))
    return Stage(out, seed, counties, simulated, frame, plan, settings)


def secret_of(seed: str) -> str:
    """Return the commissioner's secret of a demonstration."""
    return digest(seed, SECRET_PURPOSE)


def demo_plan(
    simulated: SimulatedRegister, households_sha256: str, changes: Sequence[str] = ()
) -> Plan:
    """Return the plan of a demonstration: wave 1, defaults but for the changes."""
    return Plan().override(
        [
            f"campaign=demo {'-'.join(simulated.counties)}",
            f"seed.commitment={tickets.commitment(secret_of(simulated.seed))}",
            f"seed.public_value_source={PUBLIC_VALUE}",
            f"frame.households_sha256={households_sha256}",
            *changes,
        ]
    )


def commission(stage: Stage, office: Office, narrator: Narrator) -> dict[str, Any]:
    """Commission the campaign, fix frame and plan, commit and open the seed, draw the villages.

    Returns the record as it was published before the draw.
    """
    at = stage.moment(-10, 9)
    campaign = f"/campaigns/{stage.campaign_id}"
    office.speaks("commissioner", at).post("/campaigns", commission_body(stage))
    staff.hire(stage, office, narrator, at)
    planner = office.speaks("planner", at)
    planner.post(f"{campaign}/frames", {"name": NAME})
    planner.post(f"{campaign}/plans", {"name": NAME})
    secret = secret_of(stage.seed)
    commissioner = office.speaks("commissioner", stage.moment(-8, 9))
    promise = {
        "commitment": tickets.commitment(secret),
        "public_value_source": PUBLIC_VALUE,
        "public_value_at": stage.moment(-3, 21).isoformat(),
    }
    commissioner.post(f"{campaign}/seeds", promise)
    promised: dict[str, Any] = office.stranger(stage.moment(-3, 9)).get(f"{campaign}/publication")
    narrator.tell(
        "抽样框、方案、规则库与种子承诺的哈希已公布，任何人可读，此后才抽样",
        "hashes of frame, plan, rule book and seed commitment are published for anybody to read "
        "before anything is drawn",
    )
    office.speaks("commissioner", stage.moment(-2, 9)).post(
        f"{campaign}/seeds/opening", {"secret": secret, "public_value": PUBLIC_VALUE}
    )
    sealed = office.speaks("planner", stage.moment(-2, 10)).post(f"{campaign}/samples")
    narrator.tell(
        f"第一轮：{sealed['villages']} 个村（含备用）已抽出并封存，名单哈希 "
        f"{sealed['sha256'][:16]}…",
        f"round 1: {sealed['villages']} villages, reserves included, drawn and sealed, "
        f"list hash {sealed['sha256'][:16]}…",
    )
    return promised


def _write_plan(plan: Plan, frame: Frame, folder: Path, narrator: Narrator) -> Plan:
    frozen = freeze(plan, frame.villages)
    written = write_plan(folder, frozen.plan, frozen.villages)
    for line in (
        *frozen.notes,
        *rate_lines(frozen.plan, frozen.villages),
        *explain(reach(frozen.plan, frozen.villages), frozen.plan),
    ):
        narrator.say_line(line)
    return written


def _make_database(settings: Settings, seed: str, *, at: datetime) -> None:
    from inspect_app.entropy import Entropy
    from inspect_app.extensions import db
    from inspect_app.migrations import upgrade
    from inspect_app.services import accounts

    upgrade()
    accounts.create_first(
        db.session(),
        login="commissioner",
        name="模拟委托方",
        password=Office("", seed).password("commissioner"),
        entropy=Entropy(settings.demo_seed),
        at=at,
        memory_kib=settings.password_memory_kib,
    )
    db.session.remove()
    db.engine.dispose()


def commission_body(stage: Stage) -> dict[str, Any]:
    """What the commission of a campaign says."""
    years = sorted({county.exit_year for county in stage.counties})
    named = "、".join(map(str, years)), ", ".join(map(str, years))
    return {
        "id": stage.campaign_id,
        "name_zh": f"{named[0]} 年度贫困县退出专项评估检查（模拟）",
        "name_en": f"Exit inspection of {named[1]} (simulated)",
        "agency_zh": "示例大学评估组（模拟）",
        "agency_en": "Example University team (simulated)",
        "agency_province": agency_province(list(stage.counties)),
        "agency_declaration": staff.declaration(stage, "agency"),
        "simulated": True,
        "counties": [_county(county) for county in stage.counties],
    }


def _county(county: County) -> dict[str, Any]:
    body: dict[str, Any] = {
        "adcode": county.adcode,
        "name_zh": county.name_zh,
        "name_en": county.name_en or None,
        "province_zh": county.province_zh,
        "province_en": county.province_en,
        "city_zh": county.city_zh,
        "region_group": county.threshold_group,
        "exit_year": county.exit_year,
    }
    yuan, simulated = simulated_line(county.exit_year)
    if simulated:
        body["simulated_line"] = yuan
    return body
