"""Whether every drawn village was gone to: released and listed, or given up for a reserve."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from inspect_app.models.interviews import RosterList
from inspect_app.models.samples import SampleVillage, Village
from inspect_app.rules.errors import FieldworkUnfinished


def refuse_open_villages(session: Session, campaign_id: str, adcode: str | None = None) -> None:
    """Refuse while a drawn village is to come or a list is missing, in a county or in all.

    A sample of fewer villages than were drawn speaks for nobody in those left out; one that was
    given up has a reserve in its place. Sealed villages are counted, not named.

    Raises
    ------
    FieldworkUnfinished : villages were never released, or the list of one is missing
    """
    here = [SampleVillage.campaign_id == campaign_id, SampleVillage.given_up_at.is_(None)]
    if adcode is not None:
        here.append(SampleVillage.county_adcode == adcode)
    codes = select(SampleVillage.village_code).order_by(SampleVillage.village_code)
    sealed = session.scalars(
        codes.where(*here, ~SampleVillage.is_reserve, SampleVillage.released_at.is_(None))
    ).all()
    if sealed:
        raise FieldworkUnfinished("Drawn villages were never released.", villages=len(sealed))
    has_list = exists().where(
        RosterList.campaign_id == campaign_id,
        RosterList.village_code == SampleVillage.village_code,
        RosterList.stands,
    )
    unlisted = session.scalars(
        codes.join(Village)
        .where(*here, SampleVillage.released_at.is_not(None), Village.households_n > 0, ~has_list)
        .limit(1)
    ).first()
    if unlisted is not None:
        raise FieldworkUnfinished("The list of a village is missing.", village_code=unlisted)
