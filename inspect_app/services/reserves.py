"""Which reserve households may be visited: in ticket order, one for each household lost."""

from collections.abc import Sequence

from sqlalchemy import String, select
from sqlalchemy.orm import Session

from inspect_app.models.interviews import Contact, Interview, Revision
from inspect_app.models.ledger import LedgerEntry
from inspect_app.models.samples import SampleHousehold
from inspect_app.rules.chain import LineType
from inspect_app.rules.ops import Seat, unlocked


def open_reserves(
    session: Session, campaign_id: str, village_code: str, household_class: str
) -> tuple[str, ...]:
    """Return the reserves of a cell that sealed dispositions have opened, in ticket order."""
    seats = [
        Seat(*row)
        for row in session.execute(
            select(SampleHousehold.unit_id, SampleHousehold.order, SampleHousehold.is_reserve)
            .where(
                SampleHousehold.campaign_id == campaign_id,
                SampleHousehold.psu == village_code,
                SampleHousehold.household_class == household_class,
            )
            .order_by(SampleHousehold.order)
        )
    ]
    return unlocked(seats, dispositions(session, campaign_id, [seat.unit_id for seat in seats]))


def dispositions(session: Session, campaign_id: str, units: Sequence[str]) -> dict[str, str]:
    """Return the present outcome of households: the current interview's, else the last visit's.

    Second visits say nothing of the first: only the round that was drawn counts.
    """
    found: dict[str, str] = {}
    visits = session.execute(
        select(Contact.unit_id, Contact.disposition)
        .join(LedgerEntry, LedgerEntry.op_id == Contact.op_id)
        .join(
            SampleHousehold,
            (SampleHousehold.campaign_id == Contact.campaign_id)
            & (SampleHousehold.unit_id == Contact.unit_id),
        )
        .where(
            Contact.campaign_id == campaign_id,
            Contact.unit_id.in_(units),
            Contact.round == SampleHousehold.wave.cast(String),
            LedgerEntry.type == LineType.OP.value,
        )
        .order_by(LedgerEntry.seq)
    )
    found.update((row.unit_id, row.disposition) for row in visits)
    interviews = session.execute(
        select(Interview.unit_id, Revision.disposition)
        .join(SampleHousehold, SampleHousehold.interview_id == Interview.interview_id)
        .join(
            Revision,
            (Revision.interview_id == Interview.interview_id)
            & (Revision.rev == Interview.current_rev),
        )
        .where(Interview.campaign_id == campaign_id, Interview.unit_id.in_(units))
    )
    found.update((row.unit_id, row.disposition) for row in interviews)
    return found
