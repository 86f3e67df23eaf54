"""What the report on agreements is made of."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select

from parkmgr.cooperation.health import health
from parkmgr.cooperation.models import Agreement
from parkmgr.db import db
from parkmgr.organisations.models import Membership
from parkmgr.places.models import Park
from parkmgr.reports.cooperation import Report
from parkmgr.reports.occupancy import Place


def report(park: Park, place: Place, on: date, known: datetime | None, now: datetime) -> Report:
    """Return how the agreements of a park do on a day, in fourteen SELECTs, however many there are."""
    ids = list(db.session.scalars(select(Agreement.id).where(Agreement.park_id == park.id)))
    belong = (Membership.known(known), Membership.starts_on <= on, Membership.ends_on > on)
    members = db.session.scalar(select(func.count()).select_from(Membership).where(*belong)) or 0
    return Report(place, on, known or now, tuple(health(park, on, ids, known)), members)
