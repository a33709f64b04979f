"""23. The rule dialect and the tickets say the same in JavaScript and in Python.

`pytest tests/browser/test_23_dialect_and_tickets.py --expressions 10000` at full size.
"""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from expressions import SCOPE, as_told, random_case

from inspect_app.rules.dialect import compile_expression
from inspect_app.rules.ops import interview_id, roster_id
from inspect_app.rules.values import Reading

VECTORS = Path(__file__).parents[1] / "vectors"

RUN = """async ([scope, cases]) => {
    const folder = document.querySelector("script[type=module]").src.replace(/[^/]*$/, "");
    const { compile, typeOf } = await import(folder + "dialect.js");
    const named = (table) => Object.fromEntries(Object.entries(table).map(([key, raw]) =>
        [key, {type: typeOf(raw.type), missing: raw.missing || [], block: raw.block}]));
    const fields = named(scope.fields), context = named(scope.context);
    return cases.map((one) => {
        const built = compile(one.expr, {fields, context}, fields[one.own]);
        const reading = {
            answers: one.answers || {}, rows: one.rows || {}, context: one.context || {},
        };
        const value = built.run(reading, one.row || {}, one.self);
        return typeof value === "bigint" ? `${value} at ${built.type.places}` : value;
    });
}"""


@pytest.fixture(scope="module")
def page(chromium: Any, outpost: Any) -> Any:
    """The app's own page, whose modules are asked."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{outpost.url}/app/")
    yield page
    context.close()


def test_every_vector_holds_in_the_browser(page: Any) -> None:
    told = json.loads((VECTORS / "dialect.json").read_text("utf-8"))

    found = page.evaluate(RUN, [told["scope"], told["cases"]])

    assert len(told["cases"]) >= 200
    assert [
        case["name"]
        for case, value in zip(told["cases"], found, strict=True)
        if value != _written(case["is"], value)
    ] == []


def _written(expected: Any, found: Any) -> Any:
    """A number of the vectors, as the page writes it at its own places."""
    if isinstance(expected, bool) or expected is None or isinstance(expected, str):
        return expected
    places = int(str(found).rpartition(" ")[2])
    if isinstance(expected, int):
        return f"{expected * 10**places} at {places}"
    whole, _, behind = expected["dec"].partition(".")
    # Written as floor and rest, so that -0.5 stands as -1.5.
    return f"{int(whole) * 10**places + int(behind or 0)} at {places}"


def test_random_expressions_agree(page: Any, request: pytest.FixtureRequest) -> None:
    dice = random.Random(request.config.getoption("--fuzz-seed"))
    wanted = request.config.getoption("--expressions")
    cases = [random_case(dice) for _ in range(wanted)]

    found: list[Any] = []
    for start in range(0, wanted, 500):
        found += page.evaluate(RUN, [as_told(), cases[start : start + 500]])

    told: dict[Any, int] = {}
    for case, value in zip(cases, found, strict=True):
        own = SCOPE.fields[case["own"]]
        built = compile_expression(
            case["expr"], SCOPE, block=case.get("block"), own=own, wants=None
        )
        reading = Reading(case["answers"], case["rows"], case["context"])
        expected = built.holds(reading, case["row"], case.get("self"))
        if isinstance(expected, int) and not isinstance(expected, bool):
            expected = f"{expected} at {built.type.places}"
        assert value == expected, json.dumps(case, ensure_ascii=False)
        told[expected if expected in (True, False, None) else "number"] = 1
    assert {True, False, None} <= set(told)  # the dice cover all three values


def test_tickets_and_names_hold_in_the_browser(page: Any) -> None:
    told = json.loads((VECTORS / "tickets.json").read_text("utf-8"))
    campaign = "6b1f6f0e-3c6e-4f57-9a5c-0f2f6a1f7d10"

    found = page.evaluate(
        """async ([told, campaign]) => {
            const folder = document.querySelector("script[type=module]").src
                .replace(/[^/]*$/, "");
            const draw = await import(folder + "draw.js");
            return {
                tickets: await Promise.all(told.tickets.map((one) =>
                    draw.ticket(one.seed, one.unit_id))),
                draws: await Promise.all(told.draws.map((one) =>
                    draw.drawUnits(one.seed, one.unit_ids, one.n, one.reserve))),
                interview: await draw.interviewId(campaign, "长阳-0001", "1b"),
                roster: await draw.rosterId(campaign, "530621100201"),
            };
        }""",
        [told, campaign],
    )

    assert found["tickets"] == [one["ticket"] for one in told["tickets"]]
    assert found["draws"] == [
        {"sample": one["sample"], "reserve": one["reserve_ids"]} for one in told["draws"]
    ]
    assert found["interview"] == interview_id(campaign, "长阳-0001", "1b")
    assert found["roster"] == roster_id(campaign, "530621100201")
