"""Every question about how equipment served."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from parkmgr.bookings.models import Booking
from parkmgr.bookings.rules import State
from parkmgr.calendars.working_days import calendar
from parkmgr.charges import service_rules
from parkmgr.charges.queries import LAB
from parkmgr.charges.rules import LAB_KINDS
from parkmgr.charges.service_rules import Counted, Down, Place, Service
from parkmgr.db import db
from parkmgr.labs.models import Equipment, Lab
from parkmgr.occupancy.models import Closure, ClosureKind, Hold, HoldKind
from parkmgr.places.models import Park, Space
from parkmgr.utilisation import queries as utilisation
from parkmgr.utilisation import rules as use_rules
from parkmgr.utilisation.rules import Use, Utilisation
from parkmgr.values import Names, Span


@dataclass(frozen=True, slots=True)
class Served:
    """How the pieces served, and how much they were booked by hour of the week and organisation."""

    service: Service
    use: Utilisation


def service(
    park: Park,
    since: date,
    until: date,
    known: datetime | None = None,
    *,
    now: datetime,
    lab: str = "",
    building_ids: Collection[int] = (),
) -> Served:
    """How did the instruments, benches and laboratories that can be booked serve on the days, both inclusive, as known at an instant?

    lab: only those of the laboratory with this code. Downtime and bookings are the ledger's as known then; check-ins are as they are now.
    In seven SELECTs, however many pieces there are.
    """
    period = use_rules.period_of(since, until, park.zone)
    rooms = [room for kind in LAB_KINDS for room in utilisation.rooms_of(park, since, until, known, building_ids, kind)]
    places, parents = _places({room.space_id for room in rooms})
    if lab:
        rooms = [room for room in rooms if places[room.space_id].lab == lab]
    ids = {room.space_id for room in rooms}
    uses, organisations = utilisation.uses_of(park, period, known, ids)
    weekday_of = calendar(park.country).weekday_of
    use = use_rules.compile(rooms, uses, period=period, zone=park.zone, weekday_of=weekday_of, organisations=organisations)
    worked, counted = _sessions(park, period, ids, parents)
    closed = [one for one in uses if not one.document]
    used = use_rules.compile(rooms, [*worked, *closed], period=period, zone=park.zone, weekday_of=weekday_of, organisations={})
    in_use = {each.room.space_id: each.sums.booked for each in used.rooms}
    past = service_rules.observed(period, known or now)
    return Served(service_rules.compile(use.rooms, _downs(period, known, ids), in_use, counted, places, past=past), use)


def _places(space_ids: Collection[int]) -> tuple[dict[int, Place], dict[int, list[int]]]:
    """Return whose the units are, and the units by what they are parts of."""
    at, found = aliased(Space), {}
    parents: dict[int, list[int]] = defaultdict(list)
    for row in db.session.execute(
        select(
            Space.id,
            Space.parent_id,
            Equipment.number,
            Equipment.name_en,
            Equipment.name_ru,
            Equipment.name_zh,
            at.code.label("lab"),
            at.name_en.label("lab_en"),
            at.name_ru.label("lab_ru"),
            at.name_zh.label("lab_zh"),
        )
        .outerjoin(Equipment, or_(Equipment.space_id == Space.id, Equipment.space_id == Space.parent_id))
        .outerjoin(Lab, or_(Lab.id == Equipment.lab_id, Lab.space_id == Space.id, Lab.space_id == Space.parent_id))
        .outerjoin(at, at.id == Lab.space_id)
        .where(Space.id.in_(space_ids))
        .order_by(Space.id)
    ):
        names = _named(row.name_en, row.name_ru, row.name_zh)
        found[row.id] = Place(row.lab or "", _named(row.lab_en, row.lab_ru, row.lab_zh), row.number or "", names)
        if row.parent_id is not None and row.id not in parents[row.parent_id]:
            parents[row.parent_id].append(row.id)
    return found, parents


def _named(*names: str | None) -> Names | None:
    return Names(*(name or "" for name in names)) if any(names) else None


def _downs(period: Span, known: datetime | None, space_ids: Collection[int]) -> list[Down]:
    rows = db.session.execute(
        select(Hold.space_id, Hold.starts_at, Hold.ends_at, Hold.document, Closure.kind)
        .join(Closure, Closure.number == Hold.document)
        .where(
            Hold.space_id.in_(space_ids),
            Hold.kind == HoldKind.CLOSURE.value,
            Hold.known(known),
            Hold.starts_at < period.ends_at,
            Hold.ends_at > period.starts_at,
        )
        .order_by(Hold.space_id, Hold.starts_at)
    )
    return [Down(row.space_id, Span(row.starts_at, row.ends_at), row.document, row.kind != ClosureKind.BREAKDOWN) for row in rows]


CAME = (State.CHECKED_IN.value, State.COMPLETED.value)


def _sessions(park: Park, period: Span, space_ids: Collection[int], parents: dict[int, list[int]]) -> tuple[list[Use], dict[int, Counted]]:
    """Return when units were in use, and what became of the sessions that began in the period. A session at a whole counts at each part."""
    used: list[Use] = []
    reached: dict[int, datetime] = {}
    came: Counter[int] = Counter()
    missed: Counter[int] = Counter()
    for row in _of_period(park, period):
        units = [row.space_id] if row.space_id in space_ids else [id_ for id_ in parents.get(row.space_id, ()) if id_ in space_ids]
        for id_ in units:
            if row.state == State.NO_SHOW:
                missed[id_] += 1
                continue
            came[id_] += 1
            since = row.checked_in_at and max(row.checked_in_at, reached.get(id_, row.checked_in_at))
            if since is not None and since < row.ends_at:  # who checks in early does not use it while another still does
                used.append(Use(id_, Span(since, row.ends_at), row.number))
                reached[id_] = row.ends_at
    counted = {id_: Counted(came[id_] + missed[id_], missed[id_]) for id_ in {*came, *missed}}
    return used, counted


def _of_period(park: Park, period: Span) -> Any:
    return db.session.execute(
        select(Booking.number, Booking.space_id, Booking.state, Booking.ends_at, Booking.checked_in_at)
        .where(
            Booking.park_id == park.id,
            Booking.starts_at >= period.starts_at,
            Booking.starts_at < period.ends_at,
            and_(Booking.desk == LAB, Booking.state.in_((*CAME, State.NO_SHOW.value))),
        )
        .order_by(Booking.starts_at, Booking.id)
    )


def labs(park_id: int) -> list[str]:
    """Which laboratories has the park? Codes, in order."""
    return list(
        db.session.scalars(select(Space.code).join(Lab, Lab.space_id == Space.id).where(Lab.park_id == park_id).order_by(Space.code))
    )
