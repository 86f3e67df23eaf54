"""Every question about the use of rooms. Each is one SELECT."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, or_, select
from sqlalchemy.orm import aliased

from parkmgr.bookings import queries as bookings
from parkmgr.bookings.models import Booking, BookingRules
from parkmgr.calendars.working_days import calendar
from parkmgr.db import db
from parkmgr.occupancy.models import BY_THE_HOUR, Hold
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import APPARATUS, Building, Park, Particulars, Space
from parkmgr.policy import Actor
from parkmgr.utilisation import rules
from parkmgr.utilisation.rules import Made, Room, Use, Utilisation
from parkmgr.values import Names, Span, midnight


def utilisation(
    park: Park, since: date, until: date, known: datetime | None = None, building_ids: Collection[int] = (), kind: str = ""
) -> Utilisation:
    """How much of the bookable time of days (both inclusive) were the park's rooms booked, as known at an instant (None: now)?

    kind: of these spaces only; without one, of all rooms, which instruments and bench places are not.
    In two SELECTs: the rooms with their rules, and their holds. The rules of booking have no history: those of today count.
    """
    period = rules.period_of(since, until, park.zone)
    rooms = rooms_of(park, since, until, known, building_ids, kind)
    uses, organisations = uses_of(park, period, known, {room.space_id for room in rooms})
    return rules.compile(
        rooms, uses, period=period, zone=park.zone, weekday_of=calendar(park.country).weekday_of, organisations=organisations
    )


def rooms_of(
    park: Park, since: date, until: date, known: datetime | None, building_ids: Collection[int] = (), kind: str = ""
) -> list[Room]:
    """Which units could be booked by the hour on days of the period, and under which rules?

    A space with parts that can be booked is told by its units, each under its own rules or else under those of the nearest space above it.
    """
    tree = (
        select(Space.id.label("root_id"), Space.id.label("space_id"), Space.divided.label("divided"), literal(0).label("depth"))
        .where(Space.park_id == park.id, Space.bookable)
        .cte("bookable", recursive=True)
    )
    part = aliased(Space)
    tree = tree.union_all(select(tree.c.root_id, part.id, part.divided, tree.c.depth + 1).where(part.parent_id == tree.c.space_id))
    root, of_root = aliased(Space), aliased(Particulars)
    own, of_kind, of_park = aliased(BookingRules), aliased(BookingRules), aliased(BookingRules)
    wanted = [Building.id.in_(building_ids)] if building_ids else []
    rows = db.session.execute(
        select(tree.c.depth, Space, Building, Particulars, own, of_kind, of_park)
        .select_from(tree)
        .join(Space, Space.id == tree.c.space_id)
        .join(root, root.id == tree.c.root_id)
        .join(Building, Building.id == Space.building_id)
        .join(Particulars, and_(_in_period(Particulars, Space, since, until), Particulars.known(known)))
        .outerjoin(of_root, and_(_in_period(of_root, root, since, until), of_root.known(known)))
        .outerjoin(own, own.space_id == tree.c.root_id)
        .outerjoin(of_kind, and_(of_kind.park_id == park.id, of_kind.space_id.is_(None), of_kind.kind == of_root.kind, of_kind.kind != ""))
        .outerjoin(of_park, and_(of_park.park_id == park.id, of_park.space_id.is_(None), of_park.kind == ""))
        .where(tree.c.divided.is_(False), _of_kind(Particulars, kind), *wanted)
        .order_by(Space.id, tree.c.depth, Particulars.starts_on, of_root.starts_on)
    )
    return _rooms(rows, park, rules.period_of(since, until, park.zone))


def _of_kind(particulars: Any, kind: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = particulars.kind == kind if kind else particulars.kind.not_in(APPARATUS)
    return found


def _in_period(particulars: Any, space: Any, since: date, until: date) -> ColumnElement[bool]:
    return and_(particulars.space_id == space.id, particulars.starts_on <= until, particulars.ends_on > since)


def _rooms(rows: Iterable[Any], park: Park, period: Span) -> list[Room]:
    found: dict[int, Room] = {}
    nearest: dict[int, int] = {}
    for depth, space, building, particulars, *candidates in rows:
        row = next((each for each in candidates if each is not None), None)
        if row is None or nearest.setdefault(space.id, depth) != depth:
            continue
        before = found.get(space.id)
        span = _existence(particulars, park, period)
        spans = tuple(sorted({*(before.spans if before else ()), span})) if span else before.spans if before else ()
        under = bookings.conditions(row)
        found[space.id] = Room(
            space_id=space.id,
            code=space.code,
            building=building.code,
            kind=particulars.kind,
            week=under.week,
            open_on_holidays=under.open_on_holidays,
            spans=spans,
            names=space.names if space.name_en or space.name_ru or space.name_zh else None,
            building_names=building.names if building.name_en or building.name_ru or building.name_zh else None,
            capacity=particulars.capacity,
        )
    return list(found.values())


def _existence(particulars: Particulars, park: Park, period: Span) -> Span | None:
    """Return when in the period a stretch of particulars holds."""
    starts_at = max(period.starts_at, midnight(particulars.starts_on, park.zone))
    ends_at = period.ends_at if particulars.ends_on == date.max else min(period.ends_at, midnight(particulars.ends_on, park.zone))
    return Span(starts_at, ends_at) if starts_at < ends_at else None


def uses_of(park: Park, period: Span, known: datetime | None, space_ids: Collection[int]) -> tuple[list[Use], dict[int, tuple[str, Names]]]:
    """What held the units in the period, as known at an instant, and which organisations had them?

    An offer to somebody who waits is no use. A booking's hold counts without its turnaround; one cut when it was cancelled has none.
    """
    rows = db.session.execute(
        select(
            Hold.space_id,
            Hold.kind,
            Hold.starts_at,
            Hold.ends_at,
            Hold.document,
            Hold.holder_id,
            Organisation.code,
            Organisation.name_en,
            Organisation.name_ru,
            Organisation.name_zh,
            Booking.people,
            Booking.turnaround_minutes,
            Booking.ended_at,
        )
        .join(Organisation, Organisation.id == Hold.holder_id)
        .outerjoin(Booking, and_(Hold.kind.in_(BY_THE_HOUR), Booking.number == Hold.document))
        .where(
            Hold.space_id.in_(space_ids),
            Hold.known(known),
            Hold.starts_at < period.ends_at,
            Hold.ends_at > period.starts_at,
            or_(Hold.kind.not_in(BY_THE_HOUR), Booking.id.is_not(None)),
        )
        .order_by(Hold.space_id, Hold.starts_at)
    )
    uses, organisations = [], {}
    for row in rows:
        if row.kind not in BY_THE_HOUR:
            uses.append(Use(row.space_id, Span(row.starts_at, row.ends_at)))
            continue
        turnaround = timedelta() if row.ends_at == row.ended_at else timedelta(minutes=row.turnaround_minutes)
        if row.ends_at - turnaround > row.starts_at:
            uses.append(Use(row.space_id, Span(row.starts_at, row.ends_at - turnaround), row.document, row.holder_id, row.people))
            organisations[row.holder_id] = (row.code, Names(row.name_en, row.name_ru, row.name_zh))
    return uses, organisations


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which bookings count: those that were to start in the period, in a building where one is named, of a kind of space or of rooms."""

    period: Span
    building: str = ""
    kind: str = ""


def made(park: Park, chosen: Chosen, actor: Actor) -> list[Made]:
    """Which bookings were to start in the period, as far as the actor may read them, and what became of them as the park knows now?"""
    wanted = (
        select(Booking.state, Booking.requested_at, Booking.starts_at)
        .where(
            Booking.park_id == park.id,
            Booking.starts_at >= chosen.period.starts_at,
            Booking.starts_at < chosen.period.ends_at,
            bookings.readable(actor, "utilisation.rooms"),
            select(Particulars.id)
            .where(Particulars.space_id == Booking.space_id, Particulars.withdrawn_at.is_(None), _of_kind(Particulars, chosen.kind))
            .exists(),
        )
        .order_by(Booking.id)
    )
    if chosen.building:
        wanted = wanted.join(Space, Space.id == Booking.space_id).join(Building, Building.id == Space.building_id)
        wanted = wanted.where(Building.code == chosen.building)
    return [Made(row.state, max(0, (row.starts_at - row.requested_at) // timedelta(seconds=1))) for row in db.session.execute(wanted)]


def buildings(park_id: int) -> list[tuple[str, int, Names | None]]:
    """Which buildings have spaces that can be booked? Codes, ids and names, in order of code."""
    rows = db.session.execute(
        select(Building.code, Building.id, Building.name_en, Building.name_ru, Building.name_zh)
        .where(Building.park_id == park_id, select(Space.id).where(Space.building_id == Building.id, Space.bookable).exists())
        .order_by(Building.code)
    )
    return [(row[0], row[1], Names(*row[2:]) if any(row[2:]) else None) for row in rows]
