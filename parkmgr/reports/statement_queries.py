"""What the report of a statement asks. Two SELECTs."""

from __future__ import annotations

from datetime import datetime

from dateutil.relativedelta import relativedelta
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from parkmgr.charges import queries as charges
from parkmgr.charges.models import Statement, StatementLine
from parkmgr.db import db
from parkmgr.places.models import Park
from parkmgr.reports.occupancy import Place
from parkmgr.reports.statement import Line, Report


def has(park_id: int, number: str) -> bool:
    """Tell whether the park has a statement of this number."""
    if not number.isprintable():
        return False
    return db.session.scalar(select(Statement.id).where(Statement.park_id == park_id, Statement.number == number)) is not None


def report(park: Park, place: Place, number: str, known: datetime | None, now: datetime) -> Report:
    """Return a statement of the park with the lines that were known at an instant; its state and reason are as they are now."""
    statement = db.session.scalars(
        select(Statement).where(Statement.park_id == park.id, Statement.number == number).options(joinedload(Statement.organisation))
    ).one()
    wanted = charges.in_order(statement.id)
    if known is not None:
        wanted = wanted.where(StatementLine.added_at <= known)
    lines = tuple(
        Line(
            row.id,
            row.what,
            row.booking or "",
            row.space or "",
            row.starts_at,
            row.booked_until or row.ends_at,
            row.added_at,
            row.minutes,
            row.peak_minutes,
            row.hour_minor,
            row.percent,
            row.basis,
            row.minor,
            row.note,
        )
        for row in db.session.execute(wanted)
    )
    return Report(
        place,
        statement.month + relativedelta(months=1, days=-1),
        known or now,
        (),
        statement.number,
        statement.month,
        statement.organisation.names,
        statement.organisation.code,
        statement.currency,
        statement.state,
        statement.reason,
        statement.total_minor if known is None else None,
        lines,
    )
