"""What calendars and feeds ask of the register."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased, joinedload

from parkmgr.accounts.models import RoleGrant, User
from parkmgr.audit.models import Entry
from parkmgr.bookings.models import Booking, Feed, FeedKind
from parkmgr.bookings.queries import decides, readable, rule_book, secret_of
from parkmgr.bookings.rules import LIVE, Conditions, State
from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.occupancy import queries as ledger
from parkmgr.occupancy.models import BY_THE_HOUR, Hold, HoldKind
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Building, Park, Particulars, Space
from parkmgr.places.queries import now_of
from parkmgr.policy import Actor, Grant, Role
from parkmgr.values import Names, Span, Term

KEPT = timedelta(days=60)
"""What was cancelled, or is over, stays in a feed so long."""
MOST_EVENTS = 5000


@dataclass(frozen=True, slots=True)
class Room:
    """A space that can be booked. conditions None: there are no rules for it yet."""

    id: int
    code: str
    names: Names | None
    kind: str
    capacity: int | None
    conditions: Conditions | None


@dataclass(frozen=True, slots=True)
class Event:
    """Somebody has a room, or asks for it. held_until: its end with the turnaround.

    state: a State; or closed, or busy when the reader may know no more than that: the rest is empty then.
    """

    room_id: int
    span: Span
    held_until: datetime
    state: str
    number: str = ""
    purpose: str = ""
    holder: Names | None = None
    person: str = ""
    kind: str = ""
    mine: bool = False
    space: str = ""


def buildings(park_id: int) -> list[tuple[str, Names]]:
    """Which buildings of the park have spaces that can be booked? Codes and names, in order of code."""
    rows = db.session.execute(
        select(Building.code, Building.name_en, Building.name_ru, Building.name_zh)
        .where(Building.park_id == park_id, Building.id.in_(select(Space.building_id).where(Space.park_id == park_id, Space.bookable)))
        .order_by(Building.code)
    )
    return [(row[0], Names(*row[1:])) for row in rows]


def rooms(park_id: int, on: date, *, building: str = "") -> list[Room]:
    """Which spaces of a building (of the park, where none is named) can be booked on a day, in order of code? In two SELECTs."""
    book = rule_book(park_id)
    wanted = (
        select(Space.id, Space.code, Space.name_en, Space.name_ru, Space.name_zh, Particulars.kind, Particulars.capacity)
        .join(Particulars, now_of(on))
        .join(Building, Building.id == Space.building_id)
        .where(Space.park_id == park_id, Space.bookable)
        .order_by(Space.code)
    )
    if building:
        wanted = wanted.where(Building.code == building)
    return [
        Room(
            row.id,
            row.code,
            Names(*names) if any(names := (row.name_en, row.name_ru, row.name_zh)) else None,
            row.kind,
            row.capacity,
            book.nearest(row.id, row.kind, bookable=True),
        )
        for row in db.session.execute(wanted)
    ]


def building_of(park_id: int, space: str) -> str:
    """In which building is a space that can be booked?

    Raises:
        Missing: there is none.
    """
    found = db.session.scalar(
        select(Building.code)
        .join(Space, Space.building_id == Building.id)
        .where(Space.park_id == park_id, Space.code == space, Space.bookable)
    )
    if found is None:
        raise Missing
    return found


# Events

_SHOWN = (
    Booking.number,
    Booking.state,
    Booking.starts_at,
    Booking.ends_at,
    Booking.purpose,
    Booking.guest,
    Booking.user_id,
    Organisation.id,
    Organisation.name_en,
    Organisation.name_ru,
    Organisation.name_zh,
    User.name,
    Booking.desk,
)


def events(park: Park, room_ids: Collection[int], window: Span, actor: Actor) -> list[Event]:
    """Who has the rooms or parts of them in the window, and who asks for them? In order of time; one SELECT, another for their parts.

    What is not the reader's own is only busy, and requests of others that hold nothing are not there.
    Why by the last hold before the window: see occupancy.queries.overlapping.
    """
    if not room_ids:
        return []
    of_unit: dict[int, list[int]] = {}
    for room_id, units in ledger.units(room_ids).items():
        for unit in units:
            of_unit.setdefault(unit, []).append(room_id)
    booked = aliased(Space)
    columns = (Hold.space_id.label("unit"), Hold.kind, Hold.starts_at.label("held_from"), Hold.ends_at.label("held_until"), *_labelled())
    held = (
        select(*columns, booked.code.label("space"))
        .join(Organisation, Organisation.id == Hold.holder_id)
        .outerjoin(Booking, and_(Booking.number == Hold.document, Hold.kind.in_(BY_THE_HOUR)))
        .outerjoin(booked, booked.id == Booking.space_id)
        .outerjoin(User, User.id == Booking.user_id)
        .where(Hold.id.in_(_in_window(of_unit, window)))
    )
    asked = (
        select(
            Booking.space_id,
            literal(HoldKind.BOOKING.value),
            Booking.starts_at,
            Booking.ends_at,
            *_labelled(),
            booked.code,
        )
        .join(Organisation, Organisation.id == Booking.organisation_id)
        .join(booked, booked.id == Booking.space_id)
        .outerjoin(User, User.id == Booking.user_id)
        .where(
            Booking.space_id.in_(room_ids),
            Booking.state == State.REQUESTED.value,
            Booking.starts_at < window.ends_at,
            Booking.ends_at > window.starts_at,
            readable(actor, "bookings.bookings"),
        )
    )
    found: dict[tuple[object, ...], Event] = {}
    rows: list[tuple[Any, ...]] = list(map(tuple, db.session.execute(union_all(held, asked)).all()))
    for row in rows:
        unit, kind, held_from, held_until, number = row[:5]
        for room_id in of_unit.get(unit, [unit]):
            key = (room_id, number or held_from, kind)
            if key not in found:
                found[key] = _event(room_id, kind, Span(held_from, held_until), row[4:], actor, park.id)
    return sorted(found.values(), key=lambda event: (event.span.starts_at, event.room_id))


def _labelled() -> list[ColumnElement[object]]:
    return [column.label(f"b{index}") for index, column in enumerate(_SHOWN)]


def _in_window(units: Collection[int], window: Span) -> ColumnElement[int]:
    earlier = aliased(Hold)
    last_before = (
        select(earlier.id)
        .where(earlier.space_id == Space.id, earlier.withdrawn_at.is_(None), earlier.starts_at < window.starts_at)
        .order_by(earlier.starts_at.desc())
        .limit(1)
        .correlate(Space)
        .scalar_subquery()
    )
    reaching_in = select(Hold.id).where(Hold.id.in_(select(last_before).where(Space.id.in_(units))), Hold.ends_at > window.starts_at)
    starting_in = select(Hold.id).where(
        Hold.space_id.in_(units), Hold.withdrawn_at.is_(None), Hold.starts_at >= window.starts_at, Hold.starts_at < window.ends_at
    )
    return union_all(reaching_in, starting_in)  # type: ignore[return-value]


def _event(room_id: int, kind: str, held: Span, row: Sequence[object], actor: Actor, park_id: int) -> Event:
    number, state, starts_at, ends_at, purpose, guest, user_id, holder_id, english, russian, chinese, person, desk, space = row
    if kind == HoldKind.CLOSURE.value:
        return Event(room_id, held, held.ends_at, "closed", kind=kind)
    span = Span(starts_at, ends_at) if isinstance(starts_at, datetime) and isinstance(ends_at, datetime) else held
    own = actor.sees_all(park_id) or holder_id in actor.organisations(park_id)
    if not own and not (desk and decides(actor, park_id, [str(desk)])):
        return Event(room_id, held, held.ends_at, "busy")
    return Event(
        room_id,
        span,
        max(held.ends_at, span.ends_at),
        str(state or "busy"),
        str(number or ""),
        str(purpose or ""),
        Names(str(english), str(russian), str(chinese)),
        str(guest or person or ""),
        kind,
        user_id is not None and user_id == actor.user_id,
        str(space or ""),
    )


def own_events(park: Park, window: Span, actor: Actor) -> list[Event]:
    """What has the actor booked in the park in the window? In order of time; one SELECT."""
    rows = db.session.execute(
        select(*_SHOWN, Space.code, Space.id)
        .join(Organisation, Organisation.id == Booking.organisation_id)
        .join(Space, Space.id == Booking.space_id)
        .outerjoin(User, User.id == Booking.user_id)
        .where(
            Booking.park_id == park.id,
            Booking.user_id == actor.user_id,
            Booking.state.in_((*LIVE, State.COMPLETED.value)),
            Booking.starts_at < window.ends_at,
            Booking.ends_at > window.starts_at,
            readable(actor, "bookings.bookings"),
        )
        .order_by(Booking.starts_at, Booking.id)
    ).all()
    return [_event(int(row[-1]), HoldKind.BOOKING.value, Span(row[2], row[3]), tuple(row[:-1]), actor, park.id) for row in rows]


# Feeds


def feeds(park_id: int, actor: Actor) -> list[Feed]:
    """Which feeds of the park has the actor that are not revoked, the latest first?"""
    return list(
        db.session.scalars(
            select(Feed)
            .where(Feed.park_id == park_id, Feed.user_id == actor.user_id, Feed.revoked_at.is_(None))
            .options(joinedload(Feed.space), joinedload(Feed.organisation))
            .order_by(Feed.id.desc())
        )
    )


def own_feed(park_id: int, feed_id: int, actor: Actor) -> Feed:
    """Which of the actor's own feeds has the id?

    Raises:
        Missing: there is none.
    """
    found = db.session.scalars(
        select(Feed).where(Feed.id == feed_id, Feed.park_id == park_id, Feed.user_id == actor.user_id, Feed.revoked_at.is_(None))
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def own_organisations(park_id: int, actor: Actor) -> list[Organisation]:
    """Which organisations does the actor follow in the park as a liaison, in order of code?"""
    ids = actor.organisations(park_id)
    return list(db.session.scalars(select(Organisation).where(Organisation.id.in_(ids)).order_by(Organisation.code)))


def bookable_spaces(park_id: int) -> list[tuple[int, str, Names | None]]:
    """Which spaces of the park can be booked: id, code and names, in order of code?"""
    rows = db.session.execute(
        select(Space.id, Space.code, Space.name_en, Space.name_ru, Space.name_zh)
        .where(Space.park_id == park_id, Space.bookable)
        .order_by(Space.code)
    )
    return [(row[0], row[1], Names(*row[2:]) if any(row[2:]) else None) for row in rows]


@dataclass(frozen=True, slots=True)
class Reading:
    """A feed that is read now: whose it is, with the rights of this moment."""

    feed: Feed
    park: Park
    reader: Actor
    language: str


def reading(token: str, now: datetime) -> Reading:
    """Which feed has the secret address, and who reads in it?

    Raises:
        Missing: there is none; it was revoked; or its owner may not read it any more.
    """
    rows = db.session.execute(
        select(Feed, Park, User, RoleGrant)
        .join(Park, Park.id == Feed.park_id)
        .join(User, User.id == Feed.user_id)
        .join(RoleGrant, and_(RoleGrant.user_id == User.id, RoleGrant.withdrawn_at.is_(None)))
        .where(Feed.token == secret_of(token), Feed.revoked_at.is_(None), User.active)
        .options(joinedload(Feed.space), joinedload(Feed.organisation))
    ).all()
    if not rows:
        raise Missing
    feed, park, user, _grant = rows[0]
    grants = tuple(Grant(Role(row[3].role), Term(row[3].starts_on, row[3].ends_on), row[3].park_id, row[3].organisation_id) for row in rows)
    reader = Actor(user.id, user.name, grants).on(now.astimezone(UTC).date())
    follows = feed.organisation_id is None or reader.sees_all(park.id) or feed.organisation_id in reader.organisations(park.id)
    if not reader.may("bookings.feeds", park.id) or not follows:
        raise Missing
    return Reading(feed, park, reader, user.language)


@dataclass(frozen=True, slots=True)
class Published:
    """A booking in a feed. known: the reader may know whose it is."""

    booking: Booking
    changed_at: datetime
    known: bool


def _changed_at() -> ColumnElement[datetime]:
    """Return when the last deed was done to a booking, as the audit says."""
    subject = literal("bookings:") + cast(Booking.id, String)
    return select(func.max(Entry.at)).where(Entry.subject == subject).correlate(Booking).scalar_subquery()


_WHOLE = (
    joinedload(Booking.space, innerjoin=True).joinedload(Space.building, innerjoin=True),
    joinedload(Booking.organisation, innerjoin=True),
    joinedload(Booking.user),
)


def published(read: Reading, since: datetime) -> list[Published]:
    """Which bookings stand in the feed, those that ended before *since* left out? In order of time; one SELECT, for a room one more."""
    feed, actor = read.feed, read.reader
    wanted = (
        select(Booking, _changed_at(), readable(actor, "bookings.bookings").label("known"))
        .where(Booking.park_id == feed.park_id, Booking.ends_at > since)
        .options(*_WHOLE)
        .order_by(Booking.starts_at, Booking.id)
        .limit(MOST_EVENTS)
    )
    if feed.kind == FeedKind.SPACE:
        wanted = wanted.where(Booking.space_id.in_(_family(feed.space_id or 0)))
        # What holds nothing makes the room busy for nobody else; what did so once is told as cancelled.
        wanted = wanted.where(or_(readable(actor, "bookings.bookings"), Booking.id.in_(_ever_held(since))))
    else:
        own = Booking.user_id == feed.user_id if feed.kind == FeedKind.MINE else Booking.organisation_id == feed.organisation_id
        wanted = wanted.where(own, readable(actor, "bookings.bookings"))
    return [
        Published(booking, changed_at or booking.requested_at, bool(known)) for booking, changed_at, known in db.session.execute(wanted)
    ]


def _ever_held(since: datetime) -> ColumnElement[int]:
    return select(Booking.id).where(  # type: ignore[return-value]
        Booking.ends_at > since, select(Hold.id).where(Hold.document == Booking.number).correlate(Booking).exists()
    )


def _family(space_id: int) -> list[int]:
    """Return the space, all its parts and all that it is a part of: a booking of any of them is one of it."""
    up = select(Space.id, Space.parent_id).where(Space.id == space_id).cte("up", recursive=True)
    whole = aliased(Space)
    up = up.union_all(select(whole.id, whole.parent_id).where(whole.id == up.c.parent_id))
    down = select(Space.id, literal(0).label("parent_id")).where(Space.id == space_id).cte("down", recursive=True)
    part = aliased(Space)
    down = down.union_all(select(part.id, literal(0)).where(part.parent_id == down.c.id))
    return list(db.session.scalars(select(up.c.id).union(select(down.c.id))))


def published_one(booking: Booking, *, together: bool) -> list[Published]:
    """Return a booking for a calendar file; together: with the other dates of its series. One SELECT."""
    wanted = select(Booking, _changed_at()).options(*_WHOLE).order_by(Booking.starts_at, Booking.id)
    of_set = together and booking.set_id is not None
    wanted = wanted.where(
        and_(Booking.set_id == booking.set_id, Booking.organisation_id == booking.organisation_id) if of_set else Booking.id == booking.id
    )
    return [Published(found, changed_at or found.requested_at, True) for found, changed_at in db.session.execute(wanted)]
