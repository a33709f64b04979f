"""Deciding ops that are here for the first time, in the order of the request, under the lock."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from inspect_app.models.interviews import Contact as ContactRow
from inspect_app.models.interviews import Interview as InterviewRow
from inspect_app.models.interviews import Return, Revision, RosterList
from inspect_app.models.ledger import Quarantine
from inspect_app.models.samples import Village
from inspect_app.rules.chain import EventName, LineType, stamp
from inspect_app.rules.errors import UnitTaken
from inspect_app.rules.faults import Fault, fault
from inspect_app.rules.flags import urgency
from inspect_app.rules.interviews import Contact, Interview, Roster
from inspect_app.rules.ops import SealedOp, expected_interview_id, may_differ
from inspect_app.rules.states import InterviewState, OpStatus
from inspect_app.services import intake, samples
from inspect_app.services.intake import Ground, Judged, Place
from inspect_app.services.ledger import Draft
from inspect_app.services.reserves import open_reserves
from inspect_app.services.statements import Statement
from inspect_app.services.transactions import session_on

REVISIONS: Table = Revision.__table__  # type: ignore[assignment]  # declared as FromClause
INTERVIEWS: Table = InterviewRow.__table__  # type: ignore[assignment]  # as above
CONTACTS: Table = ContactRow.__table__  # type: ignore[assignment]  # as above
QUARANTINE: Table = Quarantine.__table__  # type: ignore[assignment]  # as above


CHANGING = (
    "device_id",
    "current_rev",
    "last_rev",
    "state",
    "in_conflict",
    "urgency",
    "arrived_at",
    "compared_at",
)
"""What a revision changes of its interview."""

_ADD_INTERVIEW = Statement(INTERVIEWS.insert())
_ADD_REVISION = Statement(REVISIONS.insert())
_ADD_CONTACT = CONTACTS.insert()
_KEEP_ASIDE = QUARANTINE.insert()
_CHANGE_INTERVIEW = (
    update(INTERVIEWS)
    .where(INTERVIEWS.c.interview_id == bindparam("this"))
    .values({name: bindparam(f"new_{name}", type_=INTERVIEWS.c[name].type) for name in CHANGING})
)
_STANDING = (
    select(INTERVIEWS)
    .where(INTERVIEWS.c.interview_id.in_(bindparam("wanted", expanding=True)))
    .with_for_update()
)


@dataclass
class Standing:
    """An interview while a batch is being decided."""

    row: dict[str, Any]
    is_new: bool = False
    is_changed: bool = False


@dataclass
class Batch:
    """What deciding has gathered so far: lines of the ledger, and rows to be written."""

    drafts: list[Draft] = field(default_factory=list)
    events: list[Draft] = field(default_factory=list)
    quarantine: list[dict[str, Any]] = field(default_factory=list)
    revisions: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    reserves: list[Judged] = field(default_factory=list)


@dataclass
class Decisions:
    """The decisions on one batch."""

    connection: Connection
    ground: Ground
    at: datetime
    standings: dict[str, Standing]
    batch: Batch = field(default_factory=Batch)

    def decide(self, one: Judged) -> Judged:
        """Decide an op that is here for the first time, in the order of the request."""
        rev: int | None = None
        interview_id = one.op.interview_id
        if one.status is OpStatus.NOT_ASSIGNED and isinstance(one.op.content, Interview | Contact):
            one = self._judge_again(one)
        content = one.op.content
        if not one.is_set_aside:
            if isinstance(content, Interview):
                one, rev = self._revise(one, content)
            elif isinstance(content, Contact):
                self._note_contact(one, content)
            elif isinstance(content, Roster):
                one = self._draw(one, content)
            if one.place and one.place.is_reserve:
                self.batch.reserves.append(one)
        elif isinstance(content, Interview | Contact):
            self._note_foreign_draw(one, content)
        if one.is_set_aside:
            self.batch.quarantine.append(
                quarantine_row(self.ground, one.op, one.status, at=self.at, faults=one.faults)
            )
        self.batch.drafts.append(
            Draft(
                LineType.OP,
                one.status.value,
                one.op.op_id,
                one.op.kind,
                interview_id,
                rev,
                one.op.body_sha256,
                self.ground.device_id,
            )
        )
        return one

    def _judge_again(self, one: Judged) -> Judged:
        """A roster of the same batch may have drawn this household a moment ago."""
        content = one.op.content
        assert isinstance(content, Interview | Contact)  # nosec B101  # for the type checker
        named = expected_interview_id(self.ground.campaign_id, content)
        found = intake.places(
            self.connection,
            self.ground.campaign_id,
            self.ground.device_id,
            [named] if named else [],
        )
        return intake.judge(one.op, replace(self.ground, places=found)) if found else one

    def _revise(self, one: Judged, content: Interview) -> tuple[Judged, int]:
        """Number a revision; it becomes current only as a first one or as an answer to a return."""
        place, op = one.place, one.op
        assert place is not None, "an interview without a household is not accepted"  # nosec B101  # a fact
        if place.interview_id not in self.standings and place.is_here:
            self.standings |= standings(self.connection, [one])
        standing = self.standings.get(place.interview_id)
        if standing is None:
            standing = self.standings[place.interview_id] = Standing(
                self._new_interview(place, content), True
            )
        row = standing.row
        base_rev = op.base_rev or 0
        is_next = base_rev == row["current_rev"] and (
            base_rev == 0 or self._answers_return(op, row)
        )
        row["last_rev"] += 1
        rev: int = row["last_rev"]
        standing.is_changed = True
        if is_next:
            row["current_rev"] = rev
            row["device_id"] = self.ground.device_id
            row["state"] = InterviewState.RECEIVED.value
        else:
            row["in_conflict"] = True
            one = replace(one, status=OpStatus.CONFLICT)
        row["urgency"] = max(
            urgency(
                [*(flag["code"] for flag in one.flags), *one.findings["flags"]],
                undetermined=bool(one.findings["undetermined"]),
                in_conflict=row["in_conflict"],
            ),
            0 if is_next else row["urgency"],
        )
        row["arrived_at"], row["compared_at"] = self.at, None
        self.batch.revisions.append(
            {
                "interview_id": place.interview_id,
                "rev": rev,
                "op_id": op.op_id,
                "base_rev": base_rev,
                "conflict": not is_next,
                "stale_form": one.stale_form,
                "offset_ms": self.ground.offset_ms,
                "disposition": content.disposition,
                "flags": list(one.flags),
                "findings": one.findings,
                "answers_sha256": one.answers_sha256,
                "traits": one.traits,
            }
        )
        return one, rev

    def _answers_return(self, op: SealedOp, row: dict[str, Any]) -> bool:
        if op.return_id is None or row["state"] != InterviewState.RETURNED.value:
            return False
        asked = self.connection.execute(
            select(Return.interview_id, Return.base_rev).where(Return.return_id == op.return_id)
        ).first()
        return asked is not None and tuple(asked) == (
            row["interview_id"],
            row["current_rev"],
        )

    def _new_interview(self, place: Place, content: Interview) -> dict[str, Any]:
        return {
            "interview_id": place.interview_id,
            "campaign_id": self.ground.campaign_id,
            "unit_id": place.unit_id,
            "round": content.round,
            "county_adcode": place.county_adcode,
            "village_code": place.village_code,
            "device_id": self.ground.device_id,
            "current_rev": 0,
            "last_rev": 0,
            "state": InterviewState.RECEIVED.value,
            "in_conflict": False,
            "urgency": 0,
            "arrived_at": self.at,
            "compared_at": None,
        }

    def _note_contact(self, one: Judged, content: Contact) -> None:
        self.batch.contacts.append(
            {
                "op_id": one.op.op_id,
                "campaign_id": self.ground.campaign_id,
                "unit_id": content.unit_id,
                "round": content.round,
                "visit_no": content.visit_no,
                "disposition": content.disposition,
                "at": content.at.isoformat(),
            }
        )

    def _draw(self, one: Judged, content: Roster) -> Judged:
        """Repeat the phone's draw from the first roster of a village; a second is in conflict."""
        first = self.connection.scalar(
            select(RosterList.op_id).where(
                RosterList.campaign_id == self.ground.campaign_id,
                RosterList.village_code == content.village_code,
                RosterList.stands,
            )
        )
        expected = self.connection.execute(
            select(Village.households_n).where(
                Village.campaign_id == self.ground.campaign_id,
                Village.village_code == content.village_code,
            )
        ).scalar_one()
        listed = sum(row.household_class == "N" for row in content.rows)
        tolerated = may_differ(expected, self.ground.book.roster_tolerance)
        differs = abs(listed - expected) > tolerated
        drawn: list[str] = []
        if first is None:
            try:
                with session_on(self.connection) as session:
                    sample, reserve = samples.draw_roster(
                        session, self.ground.campaign_id, content.village_code, content.rows
                    )
                    session.flush()
            except UnitTaken as taken:
                return replace(one, status=OpStatus.INVALID, faults=_taken(content, taken))
            drawn = [*sample, *reserve]
        self.connection.execute(
            insert(RosterList).values(
                op_id=one.op.op_id,
                campaign_id=self.ground.campaign_id,
                village_code=content.village_code,
                household_class=content.household_class,
                device_id=self.ground.device_id,
                households=listed,
                expected=expected,
                sealed_at=one.op.captured_at,
                drawn=drawn,
                differs=differs,
                stands=first is None,
            )
        )
        if differs:
            self.batch.events.append(self._event(EventName.ROSTER_DIFFERS, one))
        return one if first is None else replace(one, status=OpStatus.CONFLICT)

    def _note_foreign_draw(self, one: Judged, content: Interview | Contact) -> None:
        """A household that this phone took for drawn, in a village where the server drew others."""
        village_code = content.unit_id[:12]
        if one.status is not OpStatus.NOT_ASSIGNED or village_code not in self.ground.villages:
            return
        drawn_here = select(RosterList.op_id).where(
            RosterList.campaign_id == self.ground.campaign_id,
            RosterList.village_code == village_code,
        )
        if self.connection.scalar(drawn_here.limit(1)) is not None:
            self.batch.events.append(self._event(EventName.DRAW_DIFFERS, one))

    def note_reserves(self) -> None:
        """Look at reserves once the whole batch is in: were they opened in ticket order?"""
        cells = {
            (one.place.village_code, one.place.household_class)
            for one in self.batch.reserves
            if one.place
        }
        allowed = {
            unit_id
            for village_code, household_class in sorted(cells)
            for unit_id in open_reserves(
                self.connection,
                self.ground.campaign_id,
                village_code,
                household_class,
                max_visits=self.ground.book.max_visits,
            )
        }
        self.batch.events += [
            self._event(EventName.RESERVE_OUT_OF_ORDER, one)
            for one in self.batch.reserves
            if one.place and one.place.unit_id not in allowed
        ]

    def _event(self, name: EventName, one: Judged) -> Draft:
        return Draft(
            LineType.EVENT,
            name.value,
            op_id=one.op.op_id,
            kind=one.op.kind,
            interview_id=one.op.interview_id,
            device_id=self.ground.device_id,
        )

    def write(self) -> None:
        """Write what the decisions gathered; every set of rows sorted, against deadlocks."""
        standings = sorted(self.standings.items())
        connection = self.connection
        new = [standing.row for _, standing in standings if standing.is_new]
        if new:
            _ADD_INTERVIEW.write(connection, new)
        changed = [
            {f"new_{name}": standing.row[name] for name in CHANGING} | {"this": key}
            for key, standing in standings
            if standing.is_changed and not standing.is_new
        ]
        if changed:
            connection.execute(_CHANGE_INTERVIEW, changed)
        if self.batch.revisions:
            _ADD_REVISION.write(
                connection, sorted(self.batch.revisions, key=lambda row: row["op_id"])
            )
        if self.batch.contacts:
            connection.execute(_ADD_CONTACT, self.batch.contacts)
        if self.batch.quarantine:
            connection.execute(
                _KEEP_ASIDE, sorted(self.batch.quarantine, key=lambda row: row["op_id"])
            )


def standings(
    connection: Connection, judged: Iterable[Judged], *, believing: bool = False
) -> dict[str, Standing]:
    """Read where the interviews of a batch stand, as rows to be changed in memory.

    believing : pass over what was not here before the lock was taken; should it have come since,
        the database refuses to store it a second time, and the batch is run again
    """
    ids = sorted(
        {
            one.place.interview_id
            for one in judged
            if one.place
            and one.op.kind == "interview"
            and (one.place.is_here or one.op.base_rev or not believing)
        }
    )
    if not ids:
        return {}
    rows = connection.execute(_STANDING, {"wanted": ids}).mappings()
    return {row["interview_id"]: Standing(dict(row)) for row in rows}


def quarantine_row(
    ground: Ground,
    op: SealedOp,
    status: OpStatus,
    *,
    at: datetime,
    faults: tuple[Fault, ...] = (),
    body: bytes | None = None,
) -> dict[str, Any]:
    """Build the row of something kept for a person to judge; `body` where no op holds it."""
    return {
        "campaign_id": ground.campaign_id,
        "device_id": ground.device_id,
        "op_id": op.op_id,
        "body_sha256": op.body_sha256,
        "status": status.value,
        "faults": [
            {"pointer": one.pointer, "code": one.code, "detail": one.detail} for one in faults
        ],
        "received_at": stamp(at),
        "body": body,
        "county_adcode": _county(op),
        "offset_ms": ground.offset_ms,
        # An op keeps its own envelope.
        "envelope": None if body is None else op.envelope | _seal(op),
    }


def _taken(content: Roster, taken: UnitTaken) -> tuple[Fault, ...]:
    """The rows of a list whose ids belong to others."""
    return tuple(
        fault(f"/households/{n}/unit_id", "unit-taken")
        for n, row in enumerate(content.rows)
        if row.unit_id in taken.unit_ids
    )


def _county(op: SealedOp) -> str | None:
    """The county that a body names, as far as it can be read: names of places begin with it."""
    match op.content:
        case Interview(unit_id=place) | Contact(unit_id=place) | Roster(village_code=place):
            digits = place[:6]
            return digits if len(digits) == 6 and digits.isascii() and digits.isdigit() else None
    return None


def _seal(op: SealedOp) -> dict[str, Any]:
    """Who closed it, where it came sealed."""
    return {"seal": {"kid": op.seal.kid, "sig": op.seal.sig}} if op.seal else {}
