"""What time brings: requests expire, rooms that nobody came to get free, bookings end, who waits gets an offer.

`tend` looks for what is due and does each thing in a transaction of its own, where it asks again whether it is still due. So two workers
may tend the same park, a worker may die at any time, and what fails is no hindrance to the rest. The deeds themselves never commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from parkmgr import rounds
from parkmgr.accounts.models import User
from parkmgr.audit.actions import record
from parkmgr.bookings import downtime, queries, rules, tending_queries
from parkmgr.bookings.actions import hold_kind, let_go, second_clock, tell, who_decides
from parkmgr.bookings.models import Booking, Waiting, WaitState
from parkmgr.bookings.queries import Line, Slot
from parkmgr.bookings.rules import State
from parkmgr.db import db
from parkmgr.notices import actions as notices
from parkmgr.occupancy import actions as ledger
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM

_K = TypeVar("_K")


def tend(now: datetime) -> int:
    """Everything that is due by *now* is done; return how many documents it changed."""
    return (
        _round(tending_queries.undecided, lambda ids: expire(queries.by_ids(ids), now=now), now)
        + _round(tending_queries.unspoken, lambda ids: remind(queries.by_ids(ids), now=now), now)
        + _round(tending_queries.nobody_came, lambda id_: finish(queries.by_ids([id_])[0], now=now), now)
        + _round(tending_queries.over, lambda id_: finish(queries.by_ids([id_])[0], now=now), now)
        + _round(downtime.beginning, lambda id_: downtime.begin(id_, now=now), now)
        + _round(downtime.ended, lambda id_: downtime.come_back(id_, now=now), now)
        + _round(downtime.given_up, lambda pair: downtime.give_up(pair, now=now), now)
        + _round(tending_queries.ended_offers, lambda id_: end_offer(tending_queries.waiting(id_), now=now), now)
        + _round(tending_queries.free_for, lambda id_: offer(tending_queries.waiting(id_), now=now), now)
    )


def _round(find: Callable[[datetime], Iterable[_K]], deed: Callable[[_K], int], now: datetime) -> int:
    return rounds.each("bookings", find(now), deed)


# Requests


def expire(bookings: Sequence[Booking], *, now: datetime) -> int:
    """Those of the requests that nobody decided in time are expired; what they held is free, and who asked reads it."""
    due = [one for one in bookings if one.state == State.REQUESTED and (one.decide_by or one.starts_at) <= now]
    for booking in due:
        booking.expect(None)
        booking.state, booking.ended_at = State.EXPIRED.value, now
        booking.undo = booking.undo_until = None
        booking.sequence += 1
        record("bookings.expire", booking, actor=SYSTEM, now=now)
        ledger.withdraw(booking.number, now=now)
    if due:
        tell(due, "expired", [due[0].user], now=now, park=due[0].park)
    return len(due)


def remind(bookings: Sequence[Booking], *, now: datetime) -> int:
    """Who decides is reminded, once, of the requests that expire soon."""
    due = [one for one in bookings if one.state == State.REQUESTED and one.reminded_at is None and one.decide_by and one.decide_by > now]
    for booking in due:
        booking.reminded_at = now
        record("bookings.remind", booking, actor=SYSTEM, now=now)
    if due:
        park = due[0].park
        tell(due, "remind", who_decides(park, {one.desk for one in due}, now), now=now, park=park)
    return len(due)


# Bookings


def finish(booking: Booking, *, now: datetime) -> int:
    """The booking is released when nobody checked in where somebody must, and else completed when it is over."""
    if booking.state not in (State.CONFIRMED, State.CHECKED_IN):
        return 0
    release_at = queries.standing(booking, queries.conditions_of([booking])[booking.id]).release_at
    if booking.state == State.CONFIRMED and release_at is not None and release_at <= now:
        release(booking, now=now)
        return 1
    if booking.ends_at <= now:
        complete(booking, now=now)
        return 1
    return 0


def release(booking: Booking, *, now: datetime) -> None:
    """Nobody came: the rest is free, and whose it was reads it."""
    booking.expect(None)
    booking.state, booking.ended_at = State.NO_SHOW.value, now
    booking.undo = booking.undo_until = None
    booking.sequence += 1
    record("bookings.release", booking, actor=SYSTEM, now=now)
    let_go(booking, now)
    tell([booking], "released", [booking.user], now=now, park=booking.park)


def complete(booking: Booking, *, now: datetime) -> None:
    """The booking is over."""
    booking.state = State.COMPLETED.value
    booking.undo = booking.undo_until = None
    record("bookings.complete", booking, actor=SYSTEM, now=now)


# Waiting


def end_offer(waiting: Waiting, *, now: datetime) -> int:
    """An offer that was not taken in time, and waiting for what has begun, are over; the next in line is looked at."""
    ended = waiting.state == WaitState.OFFERED and waiting.offer_until is not None and waiting.offer_until <= now
    begun = waiting.state in (WaitState.WAITING, WaitState.OFFERED) and waiting.starts_at <= now
    if not (ended or begun):
        return 0
    waiting.expect(None)
    waiting.state = WaitState.EXPIRED.value
    record("bookings.end_offer", waiting, actor=SYSTEM, now=now)
    ledger.withdraw(waiting.number, now=now)
    return 1


def offer(waiting: Waiting, *, now: datetime) -> int:
    """What somebody waits for is kept for them until the offer ends, when it is free and the park's rules let them have it."""
    if waiting.state != WaitState.WAITING or waiting.starts_at <= now:
        return 0
    park = db.session.get_one(Park, waiting.park_id)
    line = _judged(waiting, park, now)
    if line is None or line.objections or line.conditions is None:
        return 0
    until = min(now + rules.OFFER, waiting.starts_at - line.conditions.lead)
    if until <= now + timedelta(minutes=1):
        return 0
    waiting.expect(None)
    waiting.state, waiting.offer_until = WaitState.OFFERED.value, until
    record("bookings.offer", waiting, actor=SYSTEM, now=now)
    ledger.take(
        [waiting.space],
        line.conditions.held(waiting.span),
        kind=hold_kind(line.facts.desk),
        holder_id=waiting.organisation_id,
        document=waiting.number,
        now=now,
    )
    _tell_offered(waiting, waiting.user, park, now)
    return 1


def _judged(waiting: Waiting, park: Park, now: datetime) -> Line | None:
    """Return what the park's rules say today; None when the person may not book for the organisation any more."""
    actor = tending_queries.as_actor(waiting.user, now)
    if not actor.may("bookings.accept", park.id):
        return None
    if waiting.organisation_id not in actor.organisations(park.id) and not actor.may("bookings.approve", park.id):
        return None
    slot = Slot(waiting.space_id, waiting.span)
    [line] = queries.plan(park, [slot], waiting.organisation, waiting.people, actor=actor, user_id=waiting.user_id, now=now)
    return line


def _tell_offered(waiting: Waiting, receiver: User, park: Park, now: datetime) -> None:
    notices.post(
        receiver,
        "booking_offered",
        key=f"booking offered {waiting.number} {waiting.version} {now.isoformat()}",
        park_id=park.id,
        about=waiting.number,
        now=now,
        zone=park.zone,
        waiting=waiting,
        park=park,
        clock=second_clock(park, waiting.organisation, waiting.starts_at),
    )
