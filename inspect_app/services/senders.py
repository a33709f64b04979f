"""Whose a revision is: the phone's that sent it, or that of the phone it was released for."""

from typing import Any

from sqlalchemy import ColumnElement, func, select

from inspect_app.models.ledger import Op, Quarantine, QuarantineDecision
from inspect_app.rules.states import QuarantineState


def phone() -> ColumnElement[Any]:
    """The phone that an op counts for, in a query that reads `Op`.

    An op that was stored when it was released has the phone of the release as its own; one that
    had lain here keeps its sender, and what was decided says for whom it counts.
    """
    released_for = (
        select(QuarantineDecision.as_device)
        .join(Quarantine, Quarantine.id == QuarantineDecision.quarantine_id)
        .where(
            Quarantine.op_id == Op.op_id,
            Quarantine.body_sha256 == Op.body_sha256,
            QuarantineDecision.decision == QuarantineState.RELEASED.value,
        )
        .correlate(Op)
        .scalar_subquery()
    )
    return func.coalesce(released_for, Op.device_id)
