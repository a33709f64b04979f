"""Which reserve households may be visited: in ticket order, one for each household lost."""

from collections.abc import Sequence

from sqlalchemy import String, select

from inspect_app.models.interviews import Contact, Interview, Revision
from inspect_app.models.ledger import LedgerEntry, Op
from inspect_app.models.samples import SampleHousehold
from inspect_app.rules.chain import LineType
from inspect_app.rules.reserves import INTERVIEW, Outcome, Seat, outcome, unlocked
from inspect_app.services.transactions import Source


def open_reserves(
    source: Source,
    campaign_id: str,
    village_code: str,
    household_class: str,
    *,
    max_visits: int,
) -> tuple[str, ...]:
    """Return the reserves of a cell that sealed dispositions have opened, in ticket order."""
    seats = [
        Seat(*row)
        for row in source.execute(
            select(SampleHousehold.unit_id, SampleHousehold.order, SampleHousehold.is_reserve)
            .where(
                SampleHousehold.campaign_id == campaign_id,
                SampleHousehold.psu == village_code,
                SampleHousehold.household_class == household_class,
            )
            .order_by(SampleHousehold.order)
        )
    ]
    found = outcomes(source, campaign_id, [seat.unit_id for seat in seats])
    return unlocked(seats, found, max_visits=max_visits)


def outcomes(source: Source, campaign_id: str, units: Sequence[str]) -> dict[str, Outcome]:
    """Return the present outcome of households: the current interview's, else the last visit's.

    A visit counts once by its number, an interview as one more; days are those of the phone's
    clock. Second visits say nothing of the first: only the round that was drawn counts.
    """
    last: dict[str, str] = {}
    made: dict[str, dict[int, str]] = {}
    visits = source.execute(
        select(Contact.unit_id, Contact.visit_no, Contact.disposition, Contact.at)
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
    for visit in visits:
        last[visit.unit_id] = visit.disposition
        made.setdefault(visit.unit_id, {})[visit.visit_no] = visit.at
    interviews = source.execute(
        select(Interview.unit_id, Revision.disposition, Op.captured_at)
        .join(SampleHousehold, SampleHousehold.interview_id == Interview.interview_id)
        .join(
            Revision,
            (Revision.interview_id == Interview.interview_id)
            & (Revision.rev == Interview.current_rev),
        )
        .join(Op, Op.op_id == Revision.op_id)
        .where(Interview.campaign_id == campaign_id, Interview.unit_id.in_(units))
    )
    for row in interviews:
        last[row.unit_id] = row.disposition
        made.setdefault(row.unit_id, {})[INTERVIEW] = row.captured_at
    return {
        unit_id: outcome(disposition, made[unit_id].values())
        for unit_id, disposition in last.items()
    }
