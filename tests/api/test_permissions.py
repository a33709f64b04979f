"""Every role on every route: what the table of rights says is what the server does."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from inspect_app.extensions import db
from inspect_app.models.accounts import Token
from inspect_app.rules.permissions import (
    ACTIONS,
    BY_OPERATION,
    LOCKED_PHONES_TOO,
    Action,
)
from inspect_app.rules.roles import PEOPLE, Role
from inspect_app.services import tokens

ROOT = Path(__file__).parents[2]
NOBODY = "6b1fd3a2-0000-4000-8000-0000000000ff"
REGENERATE = "run `python docs/make_permissions.py` and read the difference"
# Their answer ends the caller's own token, so they come last, and it is revived after each.
LAST = ("accounts.log_out", "pages.sign_out")
MEDIA = {"POST": "application/json", "PATCH": "application/offset+octet-stream"}
PLACES = {
    Role.COUNTY_OFFICIAL: {"county": "420528"},
    Role.TEAM_LEADER: {"team": "A"},
}


def routes(app: Flask) -> Iterator[tuple[Rule, str, Action]]:
    """Every rule with each of its methods and its action; what ends the caller's token last."""
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint in LAST, rule.rule))
    for rule in rules:
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            yield rule, method, BY_OPERATION[rule.endpoint]


def address(app: Flask, rule: Rule, campaign_id: str) -> str:
    """The path of a rule, with the campaign and otherwise with names that nothing has."""
    values: dict[str, Any] = {name: NOBODY for name in rule.arguments}
    for name, one in rule._converters.items():
        if isinstance(one, IntegerConverter):
            values[name] = 1
        elif isinstance(one, AnyConverter):
            values[name] = min(one.items)
    if "campaign_id" in values:
        values["campaign_id"] = campaign_id
    if "sha256" in values:
        values["sha256"] = "ab" * 32
    return app.url_map.bind("localhost").build(rule.endpoint, values, method=None)


def send(client: FlaskClient, method: str, path: str, data: bytes = b'{"nobody": 1}') -> int:
    """Ask with a body that no schema takes: a guard speaks before the body is looked at."""
    body = {} if method in ("GET", "HEAD") else {"data": data, "content_type": MEDIA[method]}
    return client.open(path, method=method, **body).status_code


def outcomes(
    app: Flask, client: FlaskClient, campaign_id: str
) -> Iterator[tuple[Rule, str, Action, int]]:
    for rule, method, action in routes(app):
        yield rule, method, action, send(client, method, address(app, rule, campaign_id))
        if rule.endpoint in LAST:
            revive(app)


def revive(app: Flask) -> None:
    """Let tokens work again that a log-out has ended."""
    with app.app_context():
        db.session.execute(update(Token).values(revoked_at=None))
        db.session.commit()


def test_every_route_is_an_action_and_its_guard_the_actions_roles(app: Flask) -> None:
    guards = {
        rule.endpoint: getattr(app.view_functions[rule.endpoint], "roles", ())
        for rule in app.url_map.iter_rules()
    }

    assert sorted(set(guards) ^ set(BY_OPERATION)) == [], "name the route in rules/permissions.py"
    assert {
        endpoint: (set(roles), set(BY_OPERATION[endpoint].roles))
        for endpoint, roles in guards.items()
        if set(roles) != set(BY_OPERATION[endpoint].roles)
    } == {}


def test_no_action_and_no_operation_is_named_twice() -> None:
    operations = [operation for action in ACTIONS for operation in action.operations]

    assert len({action.name for action in ACTIONS}) == len(ACTIONS)
    assert len(set(operations)) == len(operations)
    assert [action.name for action in ACTIONS if set(action.everywhere) & set(action.own)] == []
    assert [action.name for action in ACTIONS if action.public != (not action.roles)] == []


def test_the_committed_table_is_current() -> None:
    check = subprocess.run([sys.executable, ROOT / "docs" / "make_permissions.py", "--check"])

    assert check.returncode == 0, REGENERATE


@pytest.mark.parametrize(
    ("action", "never"),
    [
        ("see-answers", {Role.COMMISSIONER, Role.PLANNER, Role.COUNTY_OFFICIAL}),
        ("return", {Role.COMMISSIONER, Role.PLANNER, Role.COUNTY_OFFICIAL}),
        ("see-quarantine", {Role.COMMISSIONER, Role.PLANNER, Role.COUNTY_OFFICIAL}),
        ("see-sample", {Role.COUNTY_OFFICIAL, Role.ENUMERATOR}),
        ("see-estimates", {Role.COUNTY_OFFICIAL, Role.TEAM_LEADER, Role.ENUMERATOR}),
        ("rule", {Role.PLANNER, Role.TEAM_LEADER, Role.COUNTY_OFFICIAL}),
        ("sign-verdict", {Role.COMMISSIONER, Role.PLANNER, Role.COUNTY_OFFICIAL}),
        ("let-phones-in", {Role.PLANNER, Role.COMMISSIONER}),
        ("assign", {Role.COMMISSIONER, Role.TEAM_LEADER}),
        ("commission", set(Role) - {Role.COMMISSIONER}),
        ("seed", set(Role) - {Role.COMMISSIONER}),
        ("replace", set(Role) - {Role.TEAM_LEADER}),
        ("evidence", set(Role) - {Role.COUNTY_OFFICIAL}),
        ("collect", set(Role) - {Role.ENUMERATOR}),
    ],
)
def test_the_lines_that_independence_draws(action: str, never: set[Role]) -> None:
    (found,) = (one for one in ACTIONS if one.name == action)

    assert never.isdisjoint(found.roles)


@pytest.mark.parametrize("role", PEOPLE)
def test_a_role_in_its_own_campaign(app: Flask, as_role: Any, a_campaign: Any, role: Role) -> None:
    campaign = a_campaign("commissioned")
    client = as_role(role, campaign, **PLACES.get(role, {}))

    wrong = [
        (rule.rule, method, status)
        for rule, method, action, status in outcomes(app, client, campaign.id)
        if (status not in (401, 403)) != (action.public or role in action.roles)
    ]

    assert [one for one in wrong if not is_metrics(one)] == []


@pytest.mark.parametrize("role", PEOPLE)
def test_a_role_in_another_campaign_finds_none(
    app: Flask, as_role: Any, a_campaign: Any, role: Role
) -> None:
    own, other = a_campaign("commissioned"), a_campaign("commissioned", "second")
    client = as_role(role, own, login=f"only {role}", **PLACES.get(role, {}))

    found = [
        (rule.rule, method, status)
        for rule, method, action, status in outcomes(app, client, other.id)
        if "campaign_id" in rule.arguments and not action.public and status != 404
    ]

    assert found == []


def test_another_campaign_answers_like_none_at_all(
    app: Flask, as_role: Any, a_campaign: Any
) -> None:
    own, other = a_campaign("commissioned"), a_campaign("commissioned", "second")
    clients = [as_role(role, own, login=f"only {role}", **PLACES.get(role, {})) for role in PEOPLE]
    guarded = [
        (rule, method)
        for rule, method, action in routes(app)
        if "campaign_id" in rule.arguments and not action.public and method != "HEAD"
    ]

    for client in clients:
        for rule, method in guarded:
            theirs, nobodys = (
                client.open(address(app, rule, one), method=method).get_json()
                for one in (other.id, NOBODY)
            )
            assert theirs == nobodys, rule.rule


def test_a_stranger_may_only_what_is_public(
    app: Flask, client: FlaskClient, a_campaign: Any
) -> None:
    campaign = a_campaign("commissioned")

    wrong = [
        (rule.rule, method, status)
        for rule, method, action, status in outcomes(app, client, campaign.id)
        # A log-in without a password is 422; public operations never ask who calls.
        if (status == 401) == action.public
    ]

    assert [one for one in wrong if not is_metrics(one)] == []


def test_an_account_without_a_role_may_only_mind_itself(
    app: Flask, as_role: Any, a_campaign: Any
) -> None:
    campaign = a_campaign("commissioned")
    client = as_role(Role.REVIEWER, login="no campaign yet")

    wrong = [
        (rule.rule, method, status)
        for rule, method, action, status in outcomes(app, client, campaign.id)
        if (status in (401, 403)) == (action.public or action.name == "own-account")
        and status != 404
    ]

    assert [one for one in wrong if not is_metrics(one)] == []


@pytest.mark.parametrize("scope", ["full", "push"])
def test_a_phone_does_what_phones_do_and_a_locked_one_only_sends(
    app: Flask, a_campaign: Any, session: Session, frozen_clock: Any, scope: str
) -> None:
    campaign = a_campaign("commissioned")
    device_id = campaign.a_phone(campaign.an_enumerator("Li"))
    client = with_token(app, session, device_id, scope=scope, at=frozen_clock.moment)

    wrong = [
        (rule.rule, method, status)
        for rule, method, action, status in outcomes(app, client, campaign.id)
        if (status not in (401, 403))
        != (
            action.public
            or (
                Role.ENUMERATOR in action.roles
                and (scope == "full" or rule.endpoint in LOCKED_PHONES_TOO)
            )
        )
    ]

    assert [one for one in wrong if not is_metrics(one)] == []


def test_a_guard_speaks_before_the_body_is_read(app: Flask, client: FlaskClient) -> None:
    """A stranger learns nothing of schemas, and cannot make the server work."""
    for rule, method, action in routes(app):
        if action.public or method in ("GET", "HEAD"):
            continue
        status = send(client, method, address(app, rule, NOBODY), b'{"not": "even JSON')
        assert (rule.rule, status) == (rule.rule, 401)


def test_the_table_for_readers_names_every_route(app: Flask) -> None:
    told = (ROOT / "docs/permissions.md").read_text("utf-8")
    named = set(re.findall(r"`([\w-]+\.\w+)`", told))

    assert named - {"permissions.py"} == {rule.endpoint for rule in app.url_map.iter_rules()}


def is_metrics(one: tuple[str, str, int]) -> bool:
    """Metrics and readiness answer by their own rules: their token, this machine, the disk."""
    return one[0] in ("/metrics", "/readyz")


def with_token(app: Flask, session: Session, device_id: str, *, scope: str, at: Any) -> FlaskClient:
    text = f"token of a phone, {uuid4()}"
    session.add(
        Token(
            hash=tokens.digest(text),
            device_id=device_id,
            scope=scope,
            kind="bearer",
            expires_at=at.replace(year=at.year + 1),
        )
    )
    session.commit()
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {text}"
    return client
