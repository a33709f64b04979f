"""Shapes of the nightly review."""

import re

import marshmallow as ma

from inspect_app.rules.states import InterviewState
from inspect_app.schemas.accounts import line_of_text, some_text
from inspect_app.schemas.fields import UUID_PATTERN, Text, TrueFalse
from inspect_app.schemas.lists import Counted

REASON = some_text(2000)
REV = ma.validate.Range(1, 10_000)
ADCODE = re.compile(r"[0-9]{6}", re.ASCII)
PAGE = 500


class InterviewQuerySchema(ma.Schema):
    """Which interviews, and from where on."""

    state = ma.fields.String(
        load_default=None, validate=ma.validate.OneOf([state.value for state in InterviewState])
    )
    county_adcode = Text(ADCODE, load_default=None)
    after = Text(UUID_PATTERN, load_default=None)
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, PAGE))


class QueueQuerySchema(ma.Schema):
    """Which part of the evening's queue; `after` is the last interview of the page before."""

    county_adcode = Text(ADCODE, load_default=None)
    after = Text(UUID_PATTERN, load_default=None)
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(1, PAGE))


class FlagSchema(ma.Schema):
    """Something to look at; weights of 100 send an interview back."""

    code = ma.fields.String(required=True, metadata={"example": "photo_seen_elsewhere"})
    field = ma.fields.String(required=True)
    row = ma.fields.Integer(allow_none=True)
    detail = ma.fields.String(required=True)
    weight = ma.fields.Integer(required=True)
    zh = ma.fields.String(required=True)
    en = ma.fields.String(required=True)


class ListedInterviewSchema(ma.Schema):
    """An interview without its answers; flags tell where to look, the weightiest first."""

    interview_id = ma.fields.String(required=True)
    unit_id = ma.fields.String(required=True)
    round = ma.fields.String(required=True)
    county_adcode = ma.fields.String(required=True)
    village_code = ma.fields.String(required=True)
    device_id = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    rev = ma.fields.Integer(required=True)
    in_conflict = ma.fields.Boolean(required=True)
    disposition = ma.fields.String(required=True)
    class_found = ma.fields.String(required=True)
    persons = ma.fields.Integer(allow_none=True)
    flags = ma.fields.List(ma.fields.Nested(FlagSchema), required=True)
    suspicions = ma.fields.List(ma.fields.String(), required=True)
    undetermined = ma.fields.List(ma.fields.String(), required=True)
    must_return = ma.fields.Boolean(required=True)
    urgency = ma.fields.Integer(required=True)
    arrived_at = ma.fields.AwareDateTime(allow_none=True)


class WaitingSchema(ma.Schema):
    """How much waits for a decision: of a village in one county or team, otherwise of a county."""

    team = ma.fields.String(required=True)
    county_adcode = ma.fields.String(required=True)
    village_code = ma.fields.String(required=True, allow_none=True)
    waiting = ma.fields.Integer(required=True)
    must_return = ma.fields.Integer(required=True)
    in_conflict = ma.fields.Integer(required=True)


class QueueSchema(ma.Schema):
    """A page of the evening's queue, the most pressing first; `next` is none at the end."""

    interviews = ma.fields.List(ma.fields.Nested(ListedInterviewSchema), required=True)
    counts = ma.fields.List(ma.fields.Nested(WaitingSchema), required=True)
    next = ma.fields.String(allow_none=True)


class InterviewListSchema(ma.Schema):
    """A page of interviews; `next` is the id to continue from, none at the end."""

    interviews = ma.fields.List(ma.fields.Nested(ListedInterviewSchema), required=True)
    next = ma.fields.String(allow_none=True)


class VersionSchema(ma.Schema):
    """One revision with its answers and what the rules make of them."""

    rev = ma.fields.Integer(required=True)
    base_rev = ma.fields.Integer(required=True)
    op_id = ma.fields.String(required=True)
    conflict = ma.fields.Boolean(required=True)
    stale_form = ma.fields.Boolean(required=True)
    captured_at = ma.fields.String(required=True)
    answers = ma.fields.Dict(required=True)
    findings = ma.fields.Dict(required=True)


class InterviewRecordSchema(ma.Schema):
    """An interview with all its revisions."""

    interview = ma.fields.Nested(ListedInterviewSchema, required=True)
    versions = ma.fields.List(ma.fields.Nested(VersionSchema), required=True)


class AcceptSchema(ma.Schema):
    """Which revision, needed where several are in conflict; a reason for that, or for going
    without files."""

    rev = ma.fields.Integer(strict=True, load_default=None, allow_none=True, validate=REV)
    reason = ma.fields.String(load_default="", validate=some_text(2000, least=0))
    without_files = TrueFalse(
        load_default=False,
        description="accept although photos or signatures have not arrived",
    )
    class_found = ma.fields.String(
        allow_none=True,
        load_default=None,
        validate=ma.validate.OneOf(["E", "P", "N", "other"]),
        metadata={
            "description": "the class found, confirmed; needed where the register has E and the "
            "interview another class"
        },
    )


class ReturnSchema(ma.Schema):
    """Why the household is to be asked again, and by which pair if not by whose it is."""

    rev = ma.fields.Integer(strict=True, load_default=None, allow_none=True, validate=REV)
    reason = ma.fields.String(required=True, validate=REASON)
    enumerators = Counted(
        Text(UUID_PATTERN), load_default=None, allow_none=True, validate=ma.validate.Length(equal=2)
    )
    interpreter = ma.fields.String(
        allow_none=True,
        load_default=None,
        validate=line_of_text(100),
        metadata={"description": "whom the agency brings, where neither speaks the language"},
    )


class DecidedSchema(ma.Schema):
    """What a decision left."""

    interview_id = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    rev = ma.fields.Integer(required=True)
    return_id = ma.fields.String(allow_none=True)
    cases = ma.fields.List(ma.fields.String(), required=True)


class ReplacementSchema(ma.Schema):
    """Which reserve takes the household's place, and why."""

    reserve_unit_id = ma.fields.String(required=True, validate=line_of_text(120))
    reason = ma.fields.String(required=True, validate=REASON)


class ReplacedSchema(ma.Schema):
    """An approved replacement."""

    unit_id = ma.fields.String(required=True)
    reserve_unit_id = ma.fields.String(required=True)
    approved_by = ma.fields.String(required=True)
    approved_at = ma.fields.AwareDateTime(required=True)
    late = ma.fields.Boolean(required=True)


class RefusalSchema(ma.Schema):
    """Why a household is not replaced but visited again."""

    reason = ma.fields.String(required=True, validate=REASON)


class RefusedSchema(ma.Schema):
    """A refused replacement."""

    unit_id = ma.fields.String(required=True)
    reason = ma.fields.String(required=True)
    refused_by = ma.fields.String(required=True)
    refused_at = ma.fields.AwareDateTime(required=True)


class ReplacementQuerySchema(ma.Schema):
    """Which requests, and from where on."""

    state = ma.fields.String(
        load_default=None, validate=ma.validate.OneOf(["requested", "approved", "refused"])
    )
    after = Text(UUID_PATTERN, load_default=None)
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, PAGE))


class VisitMadeSchema(ma.Schema):
    """One visit without interview."""

    visit_no = ma.fields.Integer(required=True)
    disposition = ma.fields.String(required=True)
    at = ma.fields.String(required=True)
    received_at = ma.fields.String(required=True)


class ReplacementRequestSchema(ma.Schema):
    """A household that could not be had: visits made, who would be next, what became of it."""

    interview_id = ma.fields.String(required=True)
    unit_id = ma.fields.String(required=True)
    village_code = ma.fields.String(required=True)
    household_class = ma.fields.String(required=True)
    disposition = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    is_due = ma.fields.Boolean(
        required=True,
        metadata={"description": "lost by now; where nobody was met, after the last visit"},
    )
    visits = ma.fields.List(ma.fields.Nested(VisitMadeSchema), required=True)
    next_reserve = ma.fields.String(allow_none=True)
    approved = ma.fields.Nested(ReplacedSchema, allow_none=True)
    refused = ma.fields.Nested(RefusedSchema, allow_none=True)


class ReplacementListSchema(ma.Schema):
    """A page of requests; `next` is the id to continue from, none at the end."""

    replacements = ma.fields.List(ma.fields.Nested(ReplacementRequestSchema), required=True)
    next = ma.fields.String(allow_none=True)


class CountySchema(ma.Schema):
    """One county of the campaign."""

    county_adcode = Text(ADCODE, required=True)


class FigureSchema(ma.Schema):
    """Counts and rates of a county, a team or a pair; a rate without cases is none."""

    team = ma.fields.String(allow_none=True)
    enumerators = ma.fields.List(ma.fields.String(), required=True)
    interviews = ma.fields.Integer(required=True)
    completed = ma.fields.Integer(required=True)
    accepted = ma.fields.Integer(required=True)
    without_files = ma.fields.Integer(required=True)
    returned = ma.fields.Integer(required=True)
    visits = ma.fields.Integer(required=True)
    absent = ma.fields.Integer(required=True)
    many_absent = ma.fields.Boolean(required=True)
    drawn = ma.fields.Integer(required=True)
    replaced = ma.fields.Integer(required=True)
    replaced_late = ma.fields.Integer(required=True)
    replacement_rate = ma.fields.Float(allow_none=True)
    minutes = ma.fields.Float(allow_none=True, metadata={"description": "median length"})
    flags = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    reinterviews = ma.fields.Integer(required=True)
    compared = ma.fields.Integer(required=True)
    equal = ma.fields.Integer(required=True)
    agreement = ma.fields.Float(allow_none=True)
    cases = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    overturn_rate = ma.fields.Float(allow_none=True)
    gone = ma.fields.Integer(
        required=True, metadata={"description": "interviews whose suspicion went with a return"}
    )


class CountyFiguresSchema(ma.Schema):
    """How the field works in a county, by team and by pair; no answers and no households."""

    county_adcode = ma.fields.String(required=True)
    county = ma.fields.Nested(FigureSchema, required=True)
    teams = ma.fields.List(ma.fields.Nested(FigureSchema), required=True)
    pairs = ma.fields.List(ma.fields.Nested(FigureSchema), required=True)
    replacement_alarm = ma.fields.Boolean(required=True)
    alarm_rate = ma.fields.Float(required=True)
    villages_given_up = ma.fields.Integer(required=True)
    cases_silent = ma.fields.Integer(required=True)
    data_errors = ma.fields.Integer(
        required=True,
        metadata={"description": "cases that were ended before the county was told of them"},
    )
    leads = ma.fields.Integer(required=True)
