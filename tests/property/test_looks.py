"""Looking at a question quickly finds what running all of its rules finds.

Sound interviews are changed answer by answer within what their schema allows; each is checked with
the form as it is and with a form that knows no shortcuts, neither views of its blocks nor tables
of its expressions.
"""

import json
from copy import deepcopy
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pytest
from households import a_body

from inspect_app.rules import questionnaires
from inspect_app.rules.interviews import Interview, Occasion, check
from inspect_app.rules.questionnaires import Field
from inspect_app.schemas.interviews import parse_body

FORM = questionnaires.load("household-interview", "0.1.0")
NUMBERS = (-1, 0, 1, 2, 3, 5, 6, 7, 15, 16, 59, 60, 120, 121, 150, 151, 600, 601, 2012, 10**7)
INTERVIEWS = 400
FORM_DATE = date(2020, 1, 1)


SLOW_FORM = replace(FORM, blocks=tuple(replace(block, views={}) for block in FORM.blocks))
"""The same form, every rule run every time."""


def an_answer(question: Field, chance: Random) -> Any:
    """Some answer of the question's type, or none at all."""
    if chance.random() < 0.2:
        return None
    if question.allow_missing and chance.random() < 0.2:
        return chance.choice(sorted(question.allow_missing))
    if question.type == "select_one":
        return chance.choice(question.values)
    if question.type == "select_many":
        return chance.sample(question.values, chance.randint(1, min(3, len(question.values))))
    if question.type == "integer":
        return chance.choice(NUMBERS)
    return "2020-06-03T09:00:00+08:00" if question.type == "datetime" else None


def changed(body: dict[str, Any], chance: Random) -> dict[str, Any]:
    """The body with some other answers, of the household and of its members."""
    found = deepcopy(body)
    answers = found["answers"]
    for block in FORM.blocks:
        rows = answers.get(block.id, []) if block.repeat else [answers]
        for row in rows:
            for question in block.fields:
                if chance.random() < 0.25 and question.id != "household_id":
                    answer = an_answer(question, chance)
                    if answer is None:
                        row.pop(question.id, None)
                    else:
                        row[question.id] = answer
    return found


@pytest.mark.parametrize("household_class", ["E", "P", "N"])
def test_a_quick_look_finds_what_all_the_rules_find(
    household_class: str,
) -> None:
    chance = Random(household_class)
    body, met, found = a_body(household_class=household_class), 0, set()
    for _ in range(INTERVIEWS):
        interview = parse_body("interview", json.dumps(changed(body, chance)))
        if not isinstance(interview, Interview):
            continue
        met += 1
        for asked in (household_class, chance.choice("EPN"), None):
            occasion = Occasion(asked, "exit", FORM_DATE, max_visits=3)
            quick = check(interview, FORM, occasion)
            assert quick == check(interview, SLOW_FORM, occasion)
            found |= {one.code for one in (*quick.faults, *quick.flags)}
    assert met > INTERVIEWS // 10
    assert found >= {"constraint", "not-asked", "unanswered", "not_relevant", "soft_constraint"}
