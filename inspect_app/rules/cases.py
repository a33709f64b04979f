"""How a case moves from suspicion to ruling: steps, who may take them, and until when.

Days are working days in China time. Public holidays are not known here; an agency that counts
them sets longer deadlines in its rule book.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta

from inspect_app.rules.chain import CHINA
from inspect_app.rules.errors import CaseStep, Forbidden, OwnCase
from inspect_app.rules.roles import Role
from inspect_app.rules.states import CaseState

S = CaseState
RULED = frozenset({S.CONFIRMED, S.OVERTURNED, S.UNDECIDED})

REVIEWERS = frozenset({Role.REVIEWER, Role.EXPERT})
EXPERTS = frozenset({Role.EXPERT})
CONVENED = frozenset({Role.EXPERT, Role.COMMISSIONER})

STEPS: Mapping[tuple[CaseState, CaseState], frozenset[Role]] = {
    (S.SUSPECTED, S.EVIDENCE_DUE): REVIEWERS,
    (S.SUSPECTED, S.OVERTURNED): REVIEWERS,  # a data error only
    (S.EVIDENCE_DUE, S.EVIDENCE_RECEIVED): frozenset({Role.COUNTY_OFFICIAL}),
    (S.EVIDENCE_RECEIVED, S.EVIDENCE_RECEIVED): frozenset({Role.COUNTY_OFFICIAL}),
    (S.EVIDENCE_DUE, S.UNDER_RULING): REVIEWERS,  # the deadline has lapsed
    (S.EVIDENCE_RECEIVED, S.UNDER_RULING): REVIEWERS,
    (S.UNDER_RULING, S.CONFIRMED): EXPERTS,
    (S.UNDER_RULING, S.OVERTURNED): EXPERTS,
    (S.UNDER_RULING, S.UNDECIDED): EXPERTS,
    (S.UNDECIDED, S.CONFIRMED): CONVENED,
    (S.UNDECIDED, S.OVERTURNED): CONVENED,
}
"""From state, to state -> the roles that may take the step. Ruled cases are never reopened."""

DEFAULT_DEADLINES: Mapping[CaseState, int] = {
    S.SUSPECTED: 1,
    S.EVIDENCE_DUE: 3,
    S.EVIDENCE_RECEIVED: 2,
    S.UNDER_RULING: 5,
    S.UNDECIDED: 10,
}
"""Working days that a case may stay in a state."""


def require_step(
    before: CaseState,
    after: CaseState,
    *,
    role: Role,
    lapsed: bool = False,
    opened_by_actor: bool = False,
) -> None:
    """Refuse a step that the state, the role or the independence of rulings forbids.

    Parameters
    ----------
    lapsed : the deadline of the present state has passed
    opened_by_actor : whoever takes the step opened the case

    Raises
    ------
    CaseStep : no such step from this state, or evidence may still come in
    Forbidden : another role takes this step
    OwnCase : a ruling by whoever opened the case
    """
    roles = STEPS.get((before, after))
    if roles is None:
        raise CaseStep(f"A case that is {before} cannot become {after}.")
    if role not in roles:
        raise Forbidden(f"The step from {before} to {after} is for others: {_names(roles)}.")
    if (before, after) == (S.EVIDENCE_DUE, S.UNDER_RULING) and not lapsed:
        raise CaseStep("The county may still bring evidence; the deadline has not passed.")
    is_ruling = before in (S.UNDER_RULING, S.UNDECIDED)
    if is_ruling and opened_by_actor:
        raise OwnCase()


def due(
    state: CaseState, since: datetime, deadlines: Mapping[str, int] | None = None
) -> datetime | None:
    """Return the end of the working day until which a case may stay in a state.

    None for a state that is final. The day of entry does not count.
    """
    days = (deadlines or DEFAULT_DEADLINES).get(state)
    if days is None:
        return None
    day = since.astimezone(CHINA).date()
    left = days
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return datetime.combine(day, time(23, 59, 59), CHINA).astimezone(UTC)


def _names(roles: Iterable[Role]) -> str:
    return ", ".join(sorted(roles))
