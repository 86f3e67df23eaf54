"""Downtime of equipment that is booked by the hour: planned, or a breakdown. It is a closure of the equipment's space; no deed commits.

A breakdown without an end keeps the sessions of later days, for it may be repaired by then; `tend` cancels each before it begins
while the piece is still down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from parkmgr.audit.actions import record
from parkmgr.bookings import actions, closing, queries
from parkmgr.bookings.actions import let_go, tell
from parkmgr.bookings.closing import Asked, Choice, Decision, Found, What
from parkmgr.bookings.models import Booking
from parkmgr.bookings.rules import State
from parkmgr.db import db
from parkmgr.errors import N_, Objection, Refused, refuse
from parkmgr.labs import actions as labs
from parkmgr.labs import queries as lab_queries
from parkmgr.labs import rules as lab_rules
from parkmgr.labs.models import Equipment, Need
from parkmgr.labs.rules import EquipmentState
from parkmgr.occupancy import actions as ledger
from parkmgr.occupancy import queries as holds
from parkmgr.occupancy.models import Closure, ClosureKind, Hold, HoldKind
from parkmgr.organisations.models import Organisation
from parkmgr.places import queries as places
from parkmgr.places.models import Park, Space
from parkmgr.policy import SYSTEM, Actor
from parkmgr.values import FOREVER, Span

KINDS = (ClosureKind.MAINTENANCE.value, ClosureKind.BREAKDOWN.value)
NO_PIECE = Objection("bookings.no_piece", N_("Say which equipment."), "pieces")
NOT_BOOKED = Objection(
    "bookings.not_booked", N_("%(number)s is not booked by the hour: set its state, there are no sessions to decide."), "pieces"
)
NO_START = Objection("bookings.no_start", N_("Planned downtime begins now or later; what has happened already is a breakdown."), "starts")
NO_END = Objection("bookings.no_end", N_("Say until when planned downtime lasts."), "ends")
NOT_YET = Objection("bookings.not_yet_broken", N_("A breakdown has happened already; what is to come is planned downtime."), "starts")
ENDS_EARLY = Objection("bookings.ends_early", N_("Downtime ends after it begins."), "ends")
RUNNING = Objection(
    "bookings.running",
    N_("%(number)s is running in %(space)s until %(until)s: planned downtime begins after it, or the session is ended first."),
    "starts",
)
AT_ONCE = timedelta(hours=12)
"""A session that begins within it is moved or cancelled when something breaks, unless the desk says otherwise."""
GIVE_UP = timedelta(hours=1)
"""So long before it begins, a session that was kept is given up: the piece is still down."""
HORIZON = timedelta(days=7)
"""Of a breakdown without an end, the sessions of so many days are decided at once; later ones are kept until they are near."""
MOST = 2000
"""Sessions in the way, near and far."""


# Stopping


def asked(
    park: Park,
    pieces: Sequence[Equipment],
    *,
    planned: bool,
    reason: str,
    starts_at: datetime,
    ends_at: datetime | None,
    now: datetime,
) -> Asked:
    """Return the closure that the downtime is.

    Raises:
        Refused: with every objection to its times and to the pieces.
    """
    against = _against(pieces, planned=planned, starts_at=starts_at, ends_at=ends_at, now=now)
    refuse(against)
    ids = [piece.space_id for piece in pieces if piece.space_id is not None]
    units = sorted({unit for of_space in holds.units(ids).values() for unit in of_space})
    kind = ClosureKind.MAINTENANCE if planned else ClosureKind.BREAKDOWN
    owner = db.session.get_one(Organisation, pieces[0].owner_id)
    return Asked(tuple(places.spaces_of_ids(units)), Span(starts_at, ends_at or FOREVER), kind.value, reason, owner)


def _against(
    pieces: Sequence[Equipment], *, planned: bool, starts_at: datetime, ends_at: datetime | None, now: datetime
) -> list[Objection]:
    against = [] if pieces else [NO_PIECE]
    for piece in pieces:
        if piece.state == EquipmentState.RETIRED:
            against.append(lab_rules.GONE.about(number=piece.number).at("pieces"))
        elif piece.space_id is None:
            against.append(NOT_BOOKED.about(number=piece.number))
    if planned and starts_at < now - timedelta(minutes=5):  # forms know minutes
        against.append(NO_START)
    if planned and ends_at is None:
        against.append(NO_END)
    if not planned and starts_at > now:
        against.append(NOT_YET)
    if ends_at is not None and ends_at <= max(starts_at, now):
        against.append(ENDS_EARLY)
    return against


def look(park: Park, wanted: Asked, *, actor: Actor, now: datetime, propose: bool = True) -> Found:
    """What is in the way of the downtime, with what is proposed for the sessions that are to be decided? Later ones are in it too."""
    found = closing.in_the_way(park, wanted, actor=actor, now=now, propose=False, most=MOST)
    if not propose or found.against:
        return found
    near = [line for line in found.bookings if is_near(line.what.starts_at, wanted, now)]
    span = Span(max(wanted.span.starts_at, now), wanted.span.ends_at)
    proposed = {
        line.number: line for line in closing.with_proposals(park, span, {space.id for space in found.spaces}, near, actor=actor, now=now)
    }
    return replace(found, bookings=tuple(proposed.get(line.number, line) for line in found.bookings))


def is_near(starts_at: datetime, wanted: Asked, now: datetime) -> bool:
    """Tell whether a session is decided when the downtime is written down, and not kept for now."""
    return wanted.span.ends_at < FOREVER or starts_at < now + HORIZON


def begun(found: Found, now: datetime) -> list[Booking]:
    """Return the sessions that run now."""
    running = (State.CONFIRMED, State.CHECKED_IN)
    return [one for line in found.bookings if (one := line.booking) is not None and one.starts_at <= now and one.state in running]


def proposed(found: Found, wanted: Asked, now: datetime) -> Mapping[str, Choice]:
    """Return what becomes of the sessions when nobody says otherwise: the near ones move, or are cancelled; later ones are kept."""
    choices = {}
    soon = FOREVER if wanted.span.ends_at < FOREVER else now + AT_ONCE
    for line in found.bookings:
        if line.what.starts_at > soon:
            choices[line.number] = Choice(What.KEEP)
        else:
            choices[line.number] = Choice(What.MOVE, line.proposals[0].slot) if line.proposals else Choice(What.CANCEL)
    return choices


def stop(
    park: Park,
    pieces: Sequence[Equipment],
    *,
    planned: bool,
    reason: str,
    starts_at: datetime,
    ends_at: datetime | None = None,
    decision: Decision | None = None,
    actor: Actor,
    now: datetime,
) -> Closure:
    """The pieces are down: the sessions in the way are where it was decided (None: as proposed), and their people told. All or nothing.

    A breakdown ends the session that runs, which keeps what it really used; planned downtime begins after it. Those whose sessions need
    the pieces are told as well.
    Raises:
        Refused: with every objection to times and pieces; a session runs into planned downtime; or as closing.close().
    """
    wanted = asked(park, pieces, planned=planned, reason=reason, starts_at=starts_at, ends_at=ends_at, now=now)
    found = look(park, wanted, actor=actor, now=now, propose=decision is None)
    if decision is not None and decision.seen != found.seen:
        raise Refused([closing.CHANGED])
    running = begun(found, now)
    if planned and running:
        refuse([RUNNING.about(number=one.number, space=one.space.code, until=one.ends_at) for one in running])
    choices = dict(proposed(found, wanted, now) if decision is None else decision.choices)
    for line in found.bookings:
        if not is_near(line.what.starts_at, wanted, now):
            choices[line.number] = Choice(What.KEEP)
    for one in running:
        choices.pop(one.number, None)
        _end(one, reason, actor=actor, now=now)
    db.session.flush()
    again = closing.in_the_way(park, wanted, actor=actor, now=now, propose=False, most=MOST)
    settled = Decision(again.seen, choices, decision.agreed if decision is not None else "")
    closure = closing.close(park, wanted, settled, deed="bookings.stop", most=MOST, actor=actor, now=now)
    for piece in pieces:
        if starts_at <= now and piece.state != EquipmentState.DOWN:
            labs.note_state(piece, EquipmentState.DOWN, reason=f"{closure.number}: {reason}", at=starts_at, actor=actor, now=now)
    _tell_who_need(park, wanted, closure, now)
    return closure


def _end(booking: Booking, reason: str, *, actor: Actor, now: datetime) -> None:
    """The running session ends now, with what it used; where a check-in is asked for and nobody came, it is cancelled."""
    under = queries.conditions_of([booking])[booking.id]
    if booking.state == State.CONFIRMED and under is not None and under.release is not None:
        actions.cancel([booking], reason=reason, actor=actor, now=now)
        return
    if now <= booking.starts_at:
        actions.cancel([booking], reason=reason, actor=actor, now=now)
        return
    actions.end(booking, actor=actor, now=now)
    let_go(booking, now)
    tell([booking], "stopped", [booking.user] if booking.user_id != actor.user_id else [], now=now, park=booking.park, why=reason)


def _tell_who_need(park: Park, wanted: Asked, closure: Closure, now: datetime) -> None:
    """Who works soon at what needs the pieces is told; whether to come is theirs to say."""
    ids = [space.id for space in wanted.spaces]
    ids += [space.parent_id for space in wanted.spaces if space.parent_id is not None]
    span = Span(max(wanted.span.starts_at, now), min(wanted.span.ends_at, max(wanted.span.starts_at, now) + HORIZON))
    needing = db.session.scalars(select(Need.space_id).where(Need.needs_id.in_(ids))).all()
    touched = db.session.scalars(
        select(Booking.id).where(
            Booking.space_id.in_(needing),
            Booking.state.in_((State.REQUESTED, State.CONFIRMED)),
            Booking.starts_at < span.ends_at,
            Booking.ends_at > span.starts_at,
        )
    ).all()
    for booking in queries.by_ids(touched):
        tell([booking], "needs_down", [booking.user], now=now, park=park, why=f"{closure.number}: {closure.reason}")


# Restoring


def restore(
    closure: Closure,
    park: Park,
    *,
    reason: str = "",
    state: EquipmentState = EquipmentState.OPERATIONAL,
    actor: Actor,
    now: datetime,
) -> None:
    """The pieces are up again: the downtime ends now, and the rest of its time can be booked. One that has not begun is called off.

    Raises:
        Refused: it is over or ended already, or the pieces cannot come into the state.
    """
    pieces = pieces_of(closure)
    reason = reason or "restored"
    against = [lab_rules.CANNOT_BECOME.about(number=piece.number, state=lab_rules.STATES[EquipmentState(piece.state)]) for piece in pieces]
    refuse(against if state not in (EquipmentState.OPERATIONAL, EquipmentState.RESTRICTED) else [])
    closing.lift(closure, park, reason=reason, deed="bookings.restore", actor=actor, now=now)
    for piece in pieces:
        if piece.state == EquipmentState.DOWN and not _is_down(piece, now):
            labs.note_state(piece, state, reason=f"{closure.number}: {reason}", at=now, actor=actor, now=now)


def pieces_of(closure: Closure) -> list[Equipment]:
    """Which pieces of equipment does the downtime stop, or did it?"""
    ids = set(db.session.scalars(select(Hold.space_id).where(Hold.document == closure.number, Hold.kind == HoldKind.CLOSURE.value)))
    return lab_queries.pieces_at(ids)


def goes_on(space_id: int, now: datetime) -> Closure | None:
    """Which downtime keeps the space down now?"""
    return next(iter(_going_on(now, space_id)), None)


def coming(space_id: int, now: datetime) -> list[Closure]:
    """Which downtime of the space was written down, running or to come, in order of time?"""
    wanted = select(Closure).where(
        Closure.kind.in_(KINDS), Closure.lifted_at.is_(None), _holds(space_id), (Closure.ends_at.is_(None)) | (Closure.ends_at > now)
    )
    return list(db.session.scalars(wanted.order_by(Closure.starts_at)))


def _holds(space_id: int) -> Any:
    part = aliased(Space)
    units = select(part.id).where((part.id == space_id) | (part.parent_id == space_id))
    return exists().where(Hold.document == Closure.number, Hold.space_id.in_(units), Hold.withdrawn_at.is_(None))


def _going_on(now: datetime, space_id: int) -> list[Closure]:
    wanted = select(Closure).where(
        Closure.kind.in_(KINDS),
        Closure.lifted_at.is_(None),
        Closure.starts_at <= now,
        (Closure.ends_at.is_(None)) | (Closure.ends_at > now),
        _holds(space_id),
    )
    return list(db.session.scalars(wanted.order_by(Closure.starts_at)))


def _is_down(piece: Equipment, now: datetime) -> bool:
    db.session.flush()
    return piece.space_id is not None and bool(_going_on(now, piece.space_id))


# What time brings


def beginning(now: datetime) -> list[int]:
    """Which downtime has begun, or was broken all along, whose pieces are not down yet? By id."""
    part = aliased(Space)
    held = (
        exists()
        .where(Hold.document == Closure.number, Hold.withdrawn_at.is_(None), Hold.space_id == part.id)
        .where((Equipment.space_id == part.id) | (Equipment.space_id == part.parent_id))
        .where(Equipment.state.in_((EquipmentState.OPERATIONAL.value, EquipmentState.RESTRICTED.value)))
    )
    wanted = select(Closure.id).where(
        Closure.kind.in_(KINDS),
        Closure.lifted_at.is_(None),
        Closure.starts_at <= now,
        (Closure.ends_at.is_(None)) | (Closure.ends_at > now),
        held,
    )
    return list(db.session.scalars(wanted.order_by(Closure.id)))


def begin(closure_id: int, *, now: datetime) -> int:
    """The pieces of a downtime that has begun are down."""
    closure = db.session.get_one(Closure, closure_id)
    up = [piece for piece in pieces_of(closure) if piece.state in (EquipmentState.OPERATIONAL, EquipmentState.RESTRICTED)]
    for piece in up:
        at = closure.starts_at or now
        labs.note_state(piece, EquipmentState.DOWN, reason=f"{closure.number}: {closure.reason}", at=at, actor=SYSTEM, now=now)
    return len(up)


def ended(now: datetime) -> list[int]:
    """Which pieces are down though their downtime is over? By id."""
    rows = db.session.scalars(
        select(Equipment).where(Equipment.state == EquipmentState.DOWN.value, Equipment.space_id.is_not(None)).order_by(Equipment.id)
    )
    return [piece.id for piece in rows if not _is_down(piece, now)]


def come_back(equipment_id: int, *, now: datetime) -> int:
    """The piece whose planned downtime is over is as it was before."""
    piece = db.session.get_one(Equipment, equipment_id)
    if piece.state != EquipmentState.DOWN or _is_down(piece, now):
        return 0
    before = next((one.state for one in lab_queries.states(piece.id) if one.state != EquipmentState.DOWN), EquipmentState.OPERATIONAL.value)
    last = db.session.scalars(
        select(Closure).where(Closure.kind.in_(KINDS), Closure.ends_at <= now, _held_once(piece)).order_by(Closure.ends_at.desc()).limit(1)
    ).one_or_none()
    at = last.ends_at if last is not None and last.ends_at is not None and last.lifted_at is None else now
    labs.note_state(piece, EquipmentState(before), reason=last.number if last else "", at=at, actor=SYSTEM, now=now)
    return 1


def _held_once(piece: Equipment) -> Any:
    part = aliased(Space)
    units = select(part.id).where((part.id == piece.space_id) | (part.parent_id == piece.space_id))
    return exists().where(Hold.document == Closure.number, Hold.space_id.in_(units))


def given_up(now: datetime) -> list[tuple[int, int]]:
    """Which kept sessions begin soon at a piece that is still broken? (closure, booking) by id."""
    unit = aliased(Space)
    rows = db.session.execute(
        select(Closure.id, Booking.id)
        .select_from(Closure)
        .join(Hold, Hold.document == Closure.number)
        .join(unit, unit.id == Hold.space_id)
        .join(Booking, (Booking.space_id == unit.id) | (Booking.space_id == unit.parent_id))
        .where(
            Closure.kind == ClosureKind.BREAKDOWN.value,
            Closure.lifted_at.is_(None),
            Closure.starts_at <= now,
            Closure.ends_at.is_(None),
            Hold.withdrawn_at.is_(None),
            Booking.park_id == Closure.park_id,
            Booking.state.in_((State.REQUESTED, State.CONFIRMED)),
            Booking.starts_at > now,
            Booking.starts_at <= now + GIVE_UP,
        )
        .distinct()
        .order_by(Closure.id, Booking.id)
    )
    return [(row[0], row[1]) for row in rows]


def give_up(pair: tuple[int, int], *, now: datetime) -> int:
    """The kept session is cancelled, and its time is the breakdown's: the piece is still down. Who booked is told."""
    closure, [booking] = db.session.get_one(Closure, pair[0]), queries.by_ids([pair[1]])
    if closure.lifted_at is not None or booking.state not in (State.REQUESTED, State.CONFIRMED):
        return 0
    held = [(one.space_id, one.span) for one in holds.of_document(booking.number)]
    actions.cancel([booking], reason=f"{closure.number}: {closure.reason}", actor=SYSTEM, now=now)
    record("bookings.stop", closure, actor=SYSTEM, now=now, reason=booking.number)
    db.session.flush()
    holder = db.session.scalars(select(Hold.holder_id).where(Hold.document == closure.number).limit(1)).one()
    units = {space.id: space for space in places.spaces_of_ids([space_id for space_id, _ in held])}
    ledger.take_each(
        [(units[space_id], Span(max(span.starts_at, now), span.ends_at), holder, closure.number) for space_id, span in held],
        kind=HoldKind.CLOSURE,
        now=now,
    )
    return 1
