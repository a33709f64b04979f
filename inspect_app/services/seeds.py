"""Commit and reveal: the campaign's chance is promised, opened to the server, then published."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Seed
from inspect_app.models.samples import Assignment, SealedSample
from inspect_app.rules.campaigns import Step
from inspect_app.rules.errors import (
    AlreadyFixed,
    CommitmentBroken,
    Conflict,
    Invalid,
    SameHands,
    StepMissing,
    TooEarly,
    Unknown,
)
from inspect_app.rules.independence import field_day
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import access_log, fieldwork, frames, plans, steps
from inspect_app.services.transactions import writing
from sampling import tickets
from sampling.plan import Plan


@dataclass(frozen=True)
class PublishedSeed:
    """What the public may know: before publication no secret, no public value, no seed."""

    commitment: str
    frame_sha256: str
    villages_sha256: str
    households_sha256: str
    plan_sha256: str
    committed_at: datetime
    public_value_source: str | None
    public_value_at: datetime | None
    opened_at: datetime | None
    published_at: datetime | None
    secret: str | None
    public_value: str | None
    campaign_seed: str | None
    access_log_sha256: str | None


def promise(
    session: Session,
    campaign_id: str,
    commitment: str,
    *,
    public_value_source: str,
    public_value_at: datetime,
    by: Caller,
    at: datetime,
) -> PublishedSeed:
    """Publish the hash of the secret with those of frame and plan, which stand from now on.

    A value chosen after the secret is known would let whoever opens draw until it suits: so what
    it will be and when it appears is part of the promise.

    public_value_source : what will be the public value, in words that anybody can check
    public_value_at : when it will appear; the secret is not opened earlier

    Raises
    ------
    StepMissing : frame or plan are not there
    Invalid : the plan names another commitment or source, the public value is out already
    AlreadyFixed : another commitment, source or time was published
    SameHands : the caller planned
    """
    by.require(campaign_id, Role.COMMISSIONER)
    with writing(session, campaign_id):
        frames.current(session, campaign_id)
        planned = Plan.from_toml(plans.current(session, campaign_id).toml).seed
        if planned.commitment and planned.commitment != commitment:
            raise Invalid("The plan names another commitment.", commitment=planned.commitment)
        if planned.public_value_source and planned.public_value_source != public_value_source:
            raise Invalid("The plan names another source of the public value.")
        _other_hands(session, campaign_id, by)
        seed = session.get(Seed, campaign_id)
        if seed is not None and seed.commitment != commitment:
            raise AlreadyFixed("Another commitment was published.", commitment=seed.commitment)
        if seed is not None and (seed.public_value_source, seed.public_value_at) != (
            public_value_source,
            public_value_at,
        ):
            raise AlreadyFixed("Another public value was promised.")
        if seed is None:
            if public_value_at <= at:
                raise Invalid("The public value must appear after the commitment.")
            session.add(
                Seed(
                    campaign_id=campaign_id,
                    commitment=commitment,
                    committed_at=at,
                    committed_by=by.actor,
                    public_value_source=public_value_source,
                    public_value_at=public_value_at,
                )
            )
            session.flush()
        return _published(session, campaign_id)


def open_to_server(
    session: Session,
    campaign_id: str,
    *,
    secret: str,
    public_value: str,
    by: Caller,
    at: datetime,
    public_value_at: datetime | None = None,
) -> PublishedSeed:
    """Give the server the secret and the public value; the same again changes nothing.

    public_value_at : when the public value appeared, unless the commitment said so

    Raises
    ------
    StepMissing : no commitment
    CommitmentBroken : the secret is not the one promised
    Invalid : a text that tickets cannot take, a public value older than the commitment
    TooEarly : the public value has not appeared yet
    AlreadyFixed : the seed was opened with another public value
    SameHands : the caller planned
    """
    by.require(campaign_id, Role.COMMISSIONER)
    try:
        promised = tickets.commitment(secret)
        opened_seed = tickets.campaign_seed(secret, public_value)
    except ValueError as error:
        raise Invalid("Secret and public value are text in NFC without U+001F.") from error
    with writing(session, campaign_id):
        seed = _committed(session, campaign_id)
        _other_hands(session, campaign_id, by)
        _appeared(seed, public_value_at, at=at)
        if promised != seed.commitment:
            raise CommitmentBroken()
        if seed.campaign_seed is not None and seed.campaign_seed != opened_seed:
            raise AlreadyFixed("The seed was opened with another public value.")
        if seed.campaign_seed is None:
            seed.secret, seed.public_value, seed.campaign_seed = secret, public_value, opened_seed
            seed.opened_at, seed.opened_by = at, by.actor
            seed.public_value_at = seed.public_value_at or public_value_at
            session.flush()
        return _published(session, campaign_id)


def publish(session: Session, campaign_id: str, *, by: Caller, at: datetime) -> PublishedSeed:
    """Publish secret, public value and seed; no village is assigned after that.

    Raises
    ------
    StepMissing : nothing has been drawn
    Conflict : the last village day is not over
    FieldworkUnfinished : a drawn village was neither released nor given up, or a list is to come;
        whoever has the seed and a list knows its households
    """
    by.require(campaign_id, Role.COMMISSIONER)
    with writing(session, campaign_id):
        seed = _committed(session, campaign_id)
        if session.get(SealedSample, campaign_id) is None:
            raise StepMissing("Nothing has been drawn yet.")
        if seed.published_at is not None:
            return _published(session, campaign_id)
        last = session.scalar(
            select(func.max(Assignment.visit_date)).where(Assignment.campaign_id == campaign_id)
        )
        if last is not None and last >= field_day(at):
            raise Conflict("The last village day is not over.", last_day=last.isoformat())
        fieldwork.refuse_open_villages(session, campaign_id)
        seed.published_at = at
        seed.access_log_sha256 = access_log.head(session, campaign_id) or None
        steps.mark(session, campaign_id, Step.FIELDWORK_ENDED, by=by, at=at)
        session.flush()
        return _published(session, campaign_id)


def read(session: Session, campaign_id: str) -> PublishedSeed:
    """Return what is public of a campaign's seed; `Unknown` before the commitment."""
    return _published(session, campaign_id)


def opened(session: Session, campaign_id: str) -> str:
    """Return the campaign seed to a use case that draws; it must not leave the server."""
    seed = _committed(session, campaign_id)
    if seed.campaign_seed is None:
        raise StepMissing("The commissioner has not opened the seed yet.")
    return seed.campaign_seed


def is_published(session: Session, campaign_id: str) -> bool:
    """Whether fieldwork is declared over and the seed public."""
    seed = session.get(Seed, campaign_id)
    return seed is not None and seed.published_at is not None


def _committed(session: Session, campaign_id: str) -> Seed:
    seed = session.get(Seed, campaign_id)
    if seed is None:
        raise StepMissing("No seed is committed yet.")
    return seed


def _other_hands(session: Session, campaign_id: str, by: Caller) -> None:
    if plans.current(session, campaign_id).accepted_by == by.actor:
        raise SameHands("Another planner has to accept the plan, or another commissioner do this.")


def _appeared(seed: Seed, stated: datetime | None, *, at: datetime) -> None:
    """Hold the public value to its time: after the commitment, and not before it is out."""
    if stated is not None and stated <= seed.committed_at:
        raise Invalid("The public value must be younger than the commitment.")
    for moment in (seed.public_value_at, stated):
        if moment is not None and at < moment:
            raise TooEarly(
                "The public value has not appeared yet.", public_value_at=moment.isoformat()
            )


def _published(session: Session, campaign_id: str) -> PublishedSeed:
    seed = session.get(Seed, campaign_id)
    if seed is None:
        raise Unknown("No seed is committed for this campaign.")
    frame, plan = frames.current(session, campaign_id), plans.current(session, campaign_id)
    shown = seed.published_at is not None
    return PublishedSeed(
        commitment=seed.commitment,
        frame_sha256=frame.frame_sha256,
        villages_sha256=frame.villages_sha256,
        households_sha256=frame.households_sha256,
        plan_sha256=plan.plan_sha256,
        committed_at=seed.committed_at,
        public_value_source=seed.public_value_source,
        public_value_at=seed.public_value_at,
        opened_at=seed.opened_at,
        published_at=seed.published_at,
        secret=seed.secret if shown else None,
        public_value=seed.public_value if shown else None,
        campaign_seed=seed.campaign_seed if shown else None,
        access_log_sha256=seed.access_log_sha256,
    )
