"""What time changes in bookings, and who waits. Asked every few seconds, so each question goes through an index to what is due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import joinedload

from parkmgr.accounts import queries as accounts
from parkmgr.accounts.models import User
from parkmgr.bookings import queries
from parkmgr.bookings.models import LIVE_ONES, Booking, BookingRules, Waiting, WaitState
from parkmgr.bookings.rules import State
from parkmgr.db import db
from parkmgr.occupancy import queries as ledger
from parkmgr.places import queries as places
from parkmgr.places.models import Park, Space
from parkmgr.policy import Actor, Grant, Role
from parkmgr.values import Span, Term, day_of

AT_ONCE = 500
"""So many things of a kind are looked at in one round; what is left comes in the next."""
REMIND_MOST = timedelta(hours=4)
"""Who decides is reminded when a quarter of the time is left, at most so long before."""
DAY = timedelta(days=1)
_LIVE: ColumnElement[bool] = text(f"bookings.{LIVE_ONES}")  # type: ignore[assignment]  # said as the index says it: SQLite uses it only then


def undecided(now: datetime) -> list[list[int]]:
    """Which requests expire now, because nobody decided? By id, those of one deed together."""
    rows = db.session.execute(
        select(Booking.id, Booking.set_id)
        .where(_LIVE, Booking.state == State.REQUESTED.value, func.coalesce(Booking.decide_by, Booking.starts_at) <= now)
        .order_by(Booking.decide_by, Booking.id)
        .limit(AT_ONCE)
    )
    return _together((row.id, row.set_id) for row in rows)


def unspoken(now: datetime) -> list[list[int]]:
    """Which requests expire soon, without a reminder so far? By id, those of one deed together."""
    rows = db.session.execute(
        select(Booking.id, Booking.set_id, Booking.requested_at, Booking.decide_by)
        .where(
            _LIVE,
            Booking.state == State.REQUESTED.value,
            Booking.reminded_at.is_(None),
            Booking.decide_by > now,
            Booking.decide_by <= now + REMIND_MOST,
        )
        .order_by(Booking.decide_by, Booking.id)
        .limit(AT_ONCE)
    )
    return _together((row.id, row.set_id) for row in rows if remind_at(row.requested_at, row.decide_by) <= now)


def remind_at(requested_at: datetime, decide_by: datetime) -> datetime:
    """Return when who decides is reminded of a request."""
    return decide_by - min(REMIND_MOST, (decide_by - requested_at) / 4)


def _together(rows: Iterable[tuple[int, int | None]]) -> list[list[int]]:
    groups: dict[tuple[str, int], list[int]] = {}
    for id_, set_id in rows:
        groups.setdefault(("set", set_id) if set_id is not None else ("one", id_), []).append(id_)
    return list(groups.values())


def over(now: datetime) -> list[int]:
    """Which bookings are at their end, by id, those that ended first?"""
    return list(
        db.session.scalars(
            select(Booking.id)
            .where(_LIVE, Booking.state.in_((State.CONFIRMED.value, State.CHECKED_IN.value)), Booking.ends_at <= now)
            .order_by(Booking.ends_at, Booking.id)
            .limit(AT_ONCE)
        )
    )


def nobody_came(now: datetime) -> list[int]:
    """Which bookings that have begun are released now, because nobody checked in? By id."""
    parks = db.session.execute(
        select(BookingRules.park_id, func.max(BookingRules.max_minutes), func.min(BookingRules.release_minutes))
        .where(BookingRules.release_minutes.is_not(None))
        .group_by(BookingRules.park_id)
    ).all()
    found: list[int] = []
    for park_id, longest, soonest in parks:
        found += _nobody_came_in(park_id, now, timedelta(minutes=longest) + DAY, timedelta(minutes=soonest or 0))
    return found


def _nobody_came_in(park_id: int, now: datetime, longest: timedelta, soonest: timedelta) -> list[int]:
    begun = db.session.execute(
        select(Booking.id, Booking.space_id, Booking.starts_at, Booking.ends_at, Space.bookable)
        .join(Space, Space.id == Booking.space_id)
        .where(
            Booking.park_id == park_id,
            Booking.state == State.CONFIRMED.value,
            Booking.starts_at > now - longest,
            Booking.starts_at <= now - soonest,
            Booking.ends_at > now,
        )
        .order_by(Booking.starts_at, Booking.id)
    ).all()
    if not begun:
        return []
    zone, book = db.session.get_one(Park, park_id).zone, queries.rule_book(park_id)
    kinds = places.particulars_of({row.space_id for row in begun})
    found = []
    for row in begun:
        day = day_of(row.starts_at, zone)
        kind = next((each.kind for each in kinds.get(row.space_id, ()) if each.starts_on <= day < each.ends_on), "")
        under = book.nearest(row.space_id, kind, bookable=row.bookable)
        if under is not None and under.release is not None and row.starts_at + under.release <= now:
            found.append(row.id)
    return found


# Waiting


def ended_offers(now: datetime) -> list[int]:
    """Which offers end now, and who waits for what has begun? By id."""
    waits = Waiting.state.in_((WaitState.WAITING.value, WaitState.OFFERED.value))
    begun = select(Waiting.id).where(waits, Waiting.starts_at <= now)
    ended = select(Waiting.id).where(Waiting.state == WaitState.OFFERED.value, Waiting.offer_until <= now)
    return sorted({*db.session.scalars(begun.limit(AT_ONCE)), *db.session.scalars(ended.limit(AT_ONCE))})


def free_for(now: datetime) -> list[int]:
    """Who waits for what nobody holds now, in order of joining? By id; whether the rules let them have it is another question."""
    rows = db.session.execute(
        select(Waiting.id, Waiting.space_id, Waiting.starts_at, Waiting.ends_at)
        .where(Waiting.state == WaitState.WAITING.value, Waiting.starts_at > now)
        .order_by(Waiting.joined_at, Waiting.id)
    ).all()
    if not rows:
        return []
    asked: dict[tuple[int, Span], bool] = {}
    for row in rows:
        key = (row.space_id, Span(row.starts_at, row.ends_at))
        if key not in asked:
            asked[key] = not ledger.overlapping([row.space_id], key[1])
    return [row.id for row in rows if asked[row.space_id, Span(row.starts_at, row.ends_at)]]


def waiting(waiting_id: int) -> Waiting:
    """Who waits for what, by id, with everything that an offer needs?"""
    return db.session.scalars(
        select(Waiting)
        .where(Waiting.id == waiting_id)
        .options(
            joinedload(Waiting.space, innerjoin=True).joinedload(Space.building, innerjoin=True),
            joinedload(Waiting.organisation, innerjoin=True),
            joinedload(Waiting.user, innerjoin=True),
        )
    ).one()


def as_actor(user: User, now: datetime) -> Actor:
    """What may this person do today? Nothing, when the account is disabled."""
    day = accounts.today(now)
    rows = accounts.living_grants(user.id, day) if user.active else []
    grants = (Grant(Role(row.role), Term(row.starts_on, row.ends_on), row.park_id, row.organisation_id) for row in rows)
    return Actor(user.id, user.name, tuple(grants)).on(day)
