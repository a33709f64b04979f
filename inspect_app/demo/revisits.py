"""Second visits by pairs who were not there: blind re-interviews, and rechecks of cases."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from inspect_app.demo import staff
from inspect_app.demo.answers import Visit, answers_for, minutes
from inspect_app.demo.chance import Dice
from inspect_app.demo.memory import retold
from inspect_app.demo.phone import Phone
from inspect_app.demo.pictures import TYPE, of_visit
from inspect_app.demo.places import County
from inspect_app.demo.profiles import simulated_line
from inspect_app.demo.truth import TruthRow
from inspect_app.rules import questionnaires

if TYPE_CHECKING:
    from inspect_app.demo.fieldwork import Fieldwork

BREAK = timedelta(minutes=20)
LAST_HOUR = 18
STEP = 23
"""From one turn to the next among the pairs who may go, so that others carry the next phone."""


def ask_again(field: "Fieldwork") -> int:
    """Repeat blind what chance chose, tell how far the answers agree; return the day after."""
    first_day = field.last_day
    orders = [order for county in field.stage.counties for order in _blind(field, county)]
    last_day = visit_again(field, orders, first_day)
    field.review(field.stage.moment(last_day, 21))
    reviewer = field.office.speaks("reviewer", field.stage.moment(last_day, 22))
    done = reviewer.get(f"{field.campaign}/revisits?kind=blind&limit=500")["revisits"]
    equal, compared = (sum(one[name] for one in done) for name in ("equal", "compared"))
    field.narrator.tell(
        f"盲法复访 {len(done)} 户，由封存种子抽定、另一组执行：{compared} 题中 {equal} 题一致"
        f"（{equal / max(compared, 1):.1%}）",
        f"{len(done)} blind re-interviews, chosen by the sealed seed and held by other pairs: "
        f"{equal} of {compared} answers agree ({equal / max(compared, 1):.1%})",
    )
    return last_day + 1


def _blind(field: "Fieldwork", county: County) -> Iterable[tuple[County, str, tuple[str, str]]]:
    """Order the re-interviews that are due in a county; yield household and pair of each."""
    at = field.stage.moment(field.last_day, 7)
    planner = field.office.speaks("planner", at)
    due = planner.post(
        f"{field.campaign}/revisits/proposal", {"county_adcode": county.adcode, "limit": 200}
    )["due"]
    for household in due:
        pair = field.others(county, household["village_code"])
        planner.post(
            f"{field.campaign}/revisits",
            {"first_interview_id": household["first_interview_id"], "enumerators": list(pair)},
        )
        yield county, household["unit_id"], pair


def visit_again(
    field: "Fieldwork", orders: Iterable[tuple[County, str, tuple[str, str]]], first_day: int
) -> int:
    """Let each pair ask its households, day after day; return the day on which all have sent."""
    errands: dict[str, list[tuple[County, str, tuple[str, str]]]] = {}
    for county, unit_id, pair in orders:
        errands.setdefault(field.carried[pair[0]].device_id, []).append((county, unit_id, pair))
    last_day = first_day
    for device_id in sorted(errands):
        phone = field.phones[device_id]
        phone.now = field.stage.moment(first_day, 8)
        phone.pull()
        day, clock = first_day, field.stage.moment(first_day, 9)
        for county, unit_id, pair in errands[device_id]:
            if clock >= field.stage.moment(day, LAST_HOUR):
                day, clock = day + 1, field.stage.moment(day + 1, 9)
            household = field.stage.register.truth_rows([unit_id])[unit_id]
            clock = _ask(field, phone, county, household, pair, clock) + BREAK
        last_day = max(last_day, day)
    for device_id in sorted(errands):
        field.phones[device_id].now = field.stage.moment(last_day, 20)
        field.phones[device_id].push()
    return last_day


def _ask(
    field: "Fieldwork",
    phone: Phone,
    county: County,
    household: TruthRow,
    pair: tuple[str, str],
    clock: datetime,
) -> datetime:
    """Interview a household once more; return when the pair leaves it."""
    seed, task = field.stage.seed, phone.tasks[household.unit_id]
    visit = Visit(started_at=clock, enumerators=pair, visit_no=household.visit_no, repeat=True)
    phone.now = clock + timedelta(minutes=minutes(household, visit=visit, seed=seed))
    for picture in of_visit(household, visit, seed).values():
        phone.keep(picture.data, type=TYPE)
    answers = answers_for(
        household,
        questionnaire=questionnaires.load(task.form_id, task.version),
        visit=visit,
        poverty_line=simulated_line(county.exit_year)[0],
        reference_date=date(county.exit_year, 12, 31),
        seed=seed,
    )
    heard = retold(answers, Dice(seed, household.unit_id, "retold", task.round))
    phone.seal_interview(household.unit_id, heard)
    return phone.now


def pair_for(
    field: "Fieldwork", county: County, were_there: Iterable[str], turn: int
) -> tuple[str, str]:
    """Pick two of a county's team who were not there and never went together, in turn; the first
    has a phone."""
    excluded = {staff.enumerator(field.stage, county, staff.KIN), *were_there}
    team = [staff.enumerator(field.stage, county, n) for n in staff.team_of(field.stage, county)]
    fit = [one for one in team if one not in excluded]
    strangers = [
        (one, other)
        for one in fit
        if one in field.carried
        for other in fit
        if other != one and frozenset((one, other)) not in field.met
    ]
    return strangers[STEP * turn % len(strangers)]
