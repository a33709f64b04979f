"""Suspected cases: a county's right of reply, rechecks, and rulings that take two signatures."""

from typing import TYPE_CHECKING, Any

from inspect_app.demo import papers, revisits, staff
from inspect_app.demo.chance import Dice
from inspect_app.demo.client import Client
from inspect_app.demo.errors import DemoError
from inspect_app.demo.fieldwork import pages
from inspect_app.demo.pictures import HOUSE, TYPE, picture
from inspect_app.demo.places import County
from inspect_app.demo.truth import TruthRow
from inspect_app.rules.states import CaseKind

if TYPE_CHECKING:
    from inspect_app.demo.fieldwork import Fieldwork

REPLY_SHARE = 0.6
"""Share of the confirmed cases on which a county replies all the same; it always replies where
it is in the right."""
DAYS_TO_REPLY = 7
FEW = 10
"""Cases of a county below which none is left undecided."""
Case = dict[str, Any]


def rule_on_cases(field: "Fieldwork", day: int) -> int:
    """Tell the counties, take their evidence, look again and rule; return the day of that."""
    stage, office = field.stage, field.office
    reviewer = office.speaks("reviewer", stage.moment(day, 9))
    cases = list(pages(reviewer, f"{field.campaign}/cases?state=suspected", "cases"))
    cases.sort(key=lambda case: str(case["id"]))
    truth = stage.register.truth_rows(sorted({case["unit_id"] for case in cases}))
    for county in stage.counties:
        meeting = {"held_on": stage.moment(day + 2, 9).date().isoformat()}
        reviewer.post(f"{field.campaign}/hearings/{county.adcode}/meeting", meeting)
    for case in cases:
        reviewer.post(f"/cases/{case['id']}/recheck", {"reason": "请县级举证"})
    notices = papers.send_notices(field, cases, "told", day)
    answered = [case for case in cases if _county_replies(field, case, truth[case["unit_id"]])]
    for case in answered:
        _reply(field, case, day + 1)
    _speak(field, day + 2)
    # Without a reply a case goes on when the deadline has passed: three working days.
    orders = list(_order_rechecks(field, answered, day + 3))
    revisits.visit_again(field, orders, day + 3)
    field.review(stage.moment(day + DAYS_TO_REPLY - 1, 21))
    field.narrator.tell(
        f"疑似问题 {len(cases)} 件，发核实函 {notices} 份并经签收，县级举证 {len(answered)} 件"
        f"（附文件），另一组入户核实 {len(orders)} 户",
        f"{len(cases)} suspected cases; {notices} notices, acknowledged; {len(answered)} with a "
        f"county's evidence and file; {len(orders)} households looked at again by other pairs",
    )
    _rule(field, cases, truth, day + DAYS_TO_REPLY)
    papers.send_notices(field, cases, "ruled", day + DAYS_TO_REPLY)
    return day + DAYS_TO_REPLY


def _county_replies(field: "Fieldwork", case: Case, household: TruthRow) -> bool:
    in_the_right = _outcome(case, household) == "overturned"
    return in_the_right or Dice(field.stage.seed, case["id"], "reply").chance(REPLY_SHARE)


def _reply(field: "Fieldwork", case: Case, day: int) -> None:
    at = field.stage.moment(day, 10)
    official = field.office.speaks(f"county-{case['county_adcode']}", at)
    official.post(
        f"/cases/{case['id']}/evidence",
        {"text": "县级说明材料（模拟） the county's account (simulated)", "document": None},
    )
    official.upload(
        f"/cases/{case['id']}/files",
        picture(HOUSE, field.stage.seed, case["id"], "evidence").data,
        name="evidence.png",
        type=TYPE,
        document_date=at.date().isoformat(),
        state_at_reference="基准日住房照片（模拟） the house at the reference date (simulated)",
    )


def _speak(field: "Fieldwork", day: int) -> None:
    """The feedback meetings: what each county says to the whole, and the agency's answer."""
    for login, hour, text in (
        ("", 10, "县级意见（模拟） the county's statement (simulated)"),
        ("reviewer", 15, "评估组答复（模拟） the agency's answer (simulated)"),
    ):
        for county in field.stage.counties:
            speaker = login or f"county-{county.adcode}"
            path = f"{field.campaign}/hearings/{county.adcode}/statements"
            field.office.speaks(speaker, field.stage.moment(day, hour)).post(path, {"text": text})


def _order_rechecks(field: "Fieldwork", answered: list[Case], day: int) -> Any:
    """Where answers and evidence differ, send a pair that was not there."""
    reviewer = field.office.speaks("reviewer", field.stage.moment(day, 7))
    counties = {county.adcode: county for county in field.stage.counties}
    seen: set[str] = set()
    for case in answered:
        if case["unit_id"] in seen:
            continue
        seen.add(case["unit_id"])
        county = counties[case["county_adcode"]]
        household = field.stage.register.truth_rows([case["unit_id"]])[case["unit_id"]]
        pair = field.others(county, household.village_code)
        reviewer.post(f"/cases/{case['id']}/visit", {"enumerators": list(pair)})
        yield county, case["unit_id"], pair


def _rule(field: "Fieldwork", cases: list[Case], truth: dict[str, TruthRow], day: int) -> None:
    stage, office = field.stage, field.office
    doubted = _doubted(cases, truth)
    with field.narrator.steps("认定疑似户", "ruling on cases", len(cases)) as bar:
        for case in cases:
            office.speaks("reviewer", stage.moment(day, 9)).post(
                f"/cases/{case['id']}/recheck", {"reason": "卷宗已齐 the file is complete"}
            )
        for case in cases:
            office.speaks("expert", stage.moment(day, 14)).post(
                f"/cases/{case['id']}/ruling",
                {
                    "outcome": _outcome(case, truth[case["unit_id"]]),
                    "reason": "依据核实与举证材料 on recheck and evidence",
                },
            )
        for case in cases:
            agrees = case["id"] != doubted
            office.speaks(staff.BROWSER, stage.moment(day, 15)).post(
                f"/cases/{case['id']}/ruling/signature",
                {"agrees": agrees, "reason": "" if agrees else "证据不足 evidence is thin"},
            )
            bar.advance()
    browser = office.browser(staff.BROWSER, stage.moment(day, 15))
    if cases and browser.forge(f"/cases/{cases[0]['id']}/ruling/signature") != 403:
        raise DemoError("field.forged")
    field.narrator.tell(
        "裁定须两位专家签字；一位用浏览器会话，冒充其页面的跨站请求被拒",
        "every ruling takes two experts; one works at a browser, and a request forged by another "
        "site is refused",
    )
    if doubted is not None:
        _settle(field, doubted, cases, truth, day)


def _doubted(cases: list[Case], truth: dict[str, TruthRow]) -> str | None:
    """A wrong exit that the experts will differ on, of the outcome that most of them have."""
    by_outcome: dict[str, list[str]] = {}
    for case in cases:
        if case["kind"] == CaseKind.WRONG_EXIT:
            by_outcome.setdefault(_outcome(case, truth[case["unit_id"]]), []).append(case["id"])
    return max(by_outcome.values(), key=len)[0] if by_outcome else None


def _settle(
    field: "Fieldwork", doubted: str, cases: list[Case], truth: dict[str, TruthRow], day: int
) -> None:
    """An undecided case counts both ways; where much hangs on it the commissioner takes it up."""
    case = next(one for one in cases if one["id"] == doubted)
    county = next(one for one in field.stage.counties if one.adcode == case["county_adcode"])
    name = county.name_en or county.adcode
    rates = _open_rates(field.office.speaks("reviewer", field.stage.moment(day, 16)), field, county)
    rate = next(one for one in rates if one["code"] == "wrong_exit_rate")
    low, high = rate["undetermined"]["low"], rate["undetermined"]["high"]
    field.narrator.tell(
        f"{county.name_zh}（模拟）一案专家意见不一，列为未定，错退率按两种结果计算："
        f"{low:.2%} 至 {high:.2%}",
        f"the experts differ on a case of {name} (simulated): undecided, and the wrong-exit rate "
        f"is computed both ways: {low:.2%} to {high:.2%}",
    )
    here = sum(one["county_adcode"] == county.adcode for one in cases)
    if here >= FEW and not any(_turns(one) for one in rates):
        return
    path, outcome = f"/cases/{case['id']}/ruling", _outcome(case, truth[case["unit_id"]])
    at = field.stage.moment(day, 17)
    body = {"outcome": outcome, "reason": "召集专家复议 experts convened"}
    field.office.speaks("commissioner", at).post(path, body)
    field.office.speaks("expert", at).post(f"{path}/signature", {"agrees": True})
    field.narrator.tell(
        "该案举足轻重：委托方召集复议，第二人签字后定案",
        "so much hangs on it that the commissioner takes it up as the last resort, and a second "
        "person signs",
    )


def _open_rates(reviewer: Client, field: "Fieldwork", county: County) -> list[dict[str, Any]]:
    """The figures of a county with what they would be if every open household went either way."""
    body = {"county_adcode": county.adcode}
    found: list[dict[str, Any]] = reviewer.post(f"{field.campaign}/estimates", body)["indicators"]
    return found


def _turns(rate: dict[str, Any]) -> bool:
    """Whether households that nobody could judge would turn a criterion."""
    open_ends = rate["undetermined"]
    ends = (open_ends["low"], open_ends["high"])
    is_open = open_ends["households"] > 0 and rate["finding"] is not None
    return is_open and min(ends) < rate["threshold"] <= max(ends)


def _outcome(case: Case, household: TruthRow) -> str:
    if case["kind"] == CaseKind.RECURRENCE and not household.recurrence:
        return "overturned"
    return household.ruling()
