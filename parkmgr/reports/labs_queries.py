"""What the laboratories' report asks the register."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import and_, func, or_, select

from parkmgr.bookings.models import Booking
from parkmgr.charges import service_queries
from parkmgr.charges.models import Statement, StatementLine
from parkmgr.db import db
from parkmgr.labs.models import Equipment, Permit
from parkmgr.labs.rules import EquipmentState
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Building, Park, Space
from parkmgr.reports.labs import SOON, Owed, Report, Row
from parkmgr.reports.occupancy import Place
from parkmgr.utilisation.rules import period_of
from parkmgr.values import Money, Names, Span


def report(
    park: Park, since: date, on: date, known: datetime | None, building_ids: Collection[int], chosen: tuple[str, ...], now: datetime
) -> Report:
    """How much were the park's instruments used from day to day, how well did they serve, and what did it cost whom? In ten SELECTs.

    Permits, calibrations and check-ins have no history: those of now count.
    """
    served = service_queries.service(park, since, on, known, now=now, building_ids=building_ids)
    rows = tuple(
        Row(
            piece.room.building,
            piece.room.code,
            piece.room.kind,
            piece.place.lab,
            piece.place.lab_names,
            piece.place.number,
            piece.place.names or piece.room.names,
            piece.sums,
        )
        for piece in served.service.pieces
    )
    return Report(
        park=Place(park.code, park.names, park.time_zone, park.currency),
        on=on,
        known=known or now,
        chosen=chosen,
        since=since,
        rows=rows,
        owed=owed(park, period_of(since, on, park.zone), since, on, known or now, building_ids),
        permits_ending=permits_ending(park.id, on),
        calibrations_overdue=calibrations_overdue(park.id, on, building_ids),
    )


def owed(park: Park, period: Span, since: date, on: date, known: datetime, building_ids: Collection[int]) -> tuple[Owed, ...]:
    """What were organisations charged for the sessions that began in the period, by currency, as known at an instant?

    An adjustment belongs to its statement's month: it counts when the month's first day is among the days. With chosen buildings,
    adjustments, which are of no building, are left out.
    """
    of_session = and_(Booking.starts_at >= period.starts_at, Booking.starts_at < period.ends_at)
    if building_ids:
        of_session = and_(of_session, Space.building_id.in_(building_ids))
        wanted = of_session
    else:
        wanted = or_(of_session, and_(StatementLine.booking_id.is_(None), Statement.month >= since, Statement.month <= on))
    found: dict[str, tuple[Names, list[Money]]] = {}
    for row in db.session.execute(
        select(
            Organisation.code,
            Organisation.name_en,
            Organisation.name_ru,
            Organisation.name_zh,
            Statement.currency,
            func.sum(StatementLine.minor).label("minor"),
        )
        .select_from(StatementLine)
        .join(Statement, Statement.id == StatementLine.statement_id)
        .join(Organisation, Organisation.id == Statement.organisation_id)
        .outerjoin(Booking, Booking.id == StatementLine.booking_id)
        .outerjoin(Space, Space.id == Booking.space_id)
        .where(Statement.park_id == park.id, StatementLine.added_at <= known, wanted)
        .group_by(Organisation.id, Statement.currency)
        .order_by(Organisation.code, Statement.currency)
    ):
        names = Names(row.name_en, row.name_ru, row.name_zh)
        found.setdefault(row.code, (names, []))[1].append(Money(int(row.minor), row.currency))
    return tuple(Owed(code, names, tuple(charges)) for code, (names, charges) in found.items())


def permits_ending(park_id: int, on: date) -> int:
    """How many permits that hold on the day end within 90 days after it?"""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Permit)
            .where(
                Permit.park_id == park_id,
                Permit.granted_on <= on,
                Permit.until_on >= on,
                Permit.until_on <= on + SOON,
                or_(Permit.withdrawn_on.is_(None), Permit.withdrawn_on > on),
            )
        )
        or 0
    )


def calibrations_overdue(park_id: int, on: date, building_ids: Collection[int] = ()) -> int:
    """Of how many pieces of equipment that are not retired was the calibration due before the day?"""
    wanted = (
        select(func.count())
        .select_from(Equipment)
        .where(Equipment.park_id == park_id, Equipment.calibration_due < on, Equipment.state != EquipmentState.RETIRED.value)
    )
    if building_ids:
        wanted = wanted.join(Space, Space.id == Equipment.space_id).join(Building, Building.id == Space.building_id)
        wanted = wanted.where(Building.id.in_(building_ids))
    return db.session.scalar(wanted) or 0
