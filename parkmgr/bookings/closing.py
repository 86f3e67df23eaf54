"""Closing spaces, with what becomes of the bookings that are in the way. Its deeds do not commit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from parkmgr.audit.actions import record
from parkmgr.audit.models import Entry
from parkmgr.bookings import actions, queries, rules
from parkmgr.bookings.actions import Move, Waiver
from parkmgr.bookings.models import Booking, Waiting, WaitState
from parkmgr.bookings.queries import Crew, Slot
from parkmgr.bookings.rules import LIVE, Facts, State, Taken, Used
from parkmgr.calendars.working_days import calendar
from parkmgr.db import db, take_number
from parkmgr.errors import N_, Missing, Objection, Refused, refuse
from parkmgr.occupancy import actions as ledger
from parkmgr.occupancy import queries as holds
from parkmgr.occupancy.models import BY_THE_HOUR, Closure, Hold, HoldKind
from parkmgr.occupancy.rules import joined
from parkmgr.organisations.models import Organisation
from parkmgr.places import queries as places
from parkmgr.places.models import APPARATUS, Building, Floor, Park, Particulars, Space
from parkmgr.places.rules import NO_SUCH_SPACE
from parkmgr.policy import Actor
from parkmgr.values import FOREVER, Span, Term, day_of

NOTHING_CHOSEN = Objection("bookings.nothing_to_close", N_("Name spaces, or choose a building."), "codes")
NOT_THERE = Objection("bookings.not_there", N_("None of these spaces exists on %(day)s."), "codes")
OVER = Objection("bookings.closure_over", N_("The closure would be over before now."), "until_on")
LET = Objection(
    "bookings.let", N_("%(space)s is let from %(starts_at)s to %(ends_at)s (%(document)s, %(holder)s): it cannot be closed over."), "codes"
)
LET_ON = Objection(
    "bookings.let", N_("%(space)s is let from %(starts_at)s on (%(document)s, %(holder)s): it cannot be closed over."), "codes"
)
CLOSED_ALREADY = Objection(
    "bookings.closed_already", N_("%(space)s is closed already from %(starts_at)s to %(ends_at)s by %(document)s."), "codes"
)
CLOSED_ON = Objection("bookings.closed_already", N_("%(space)s is closed already from %(starts_at)s on by %(document)s."), "codes")
MORE = Objection("bookings.let", N_("And %(count)s more leases or closures are in the way. You can leave out what they have."), "leave_out")
TOO_MANY = Objection(
    "bookings.too_many_in_the_way",
    N_("%(count)s bookings are in the way; at most %(most)s can be decided at once. Close less at once."),
    "codes",
)
CHANGED = Objection("bookings.changed_meanwhile", N_("What is in the way has changed since you looked. Nothing was changed; look again."))
NOT_CHOSEN = Objection("bookings.not_chosen", N_("%(number)s: say what becomes of it."))
CANNOT = Objection("bookings.cannot_choose", N_("%(number)s has begun: it can only be kept."))
OF_ONE = Objection("bookings.of_one", N_("%(number)s: %(objection)s"))
NOTHING_LEFT = Objection("bookings.nothing_left", N_("Nothing is left to be closed: somebody has every space for the whole time."), "codes")
LIFTED = Objection("bookings.lifted", N_("%(number)s is over, or was lifted already."))

MOST_IN_THE_WAY = 200
MOST_TOLD = 20
"""Leases and closures that are told one by one."""
MOST_ROOMS = 12
"""How many other rooms are looked at for one booking, the nearest in size first."""
LOOK_AHEAD = timedelta(days=31)
"""How long after the closure the next time is looked for."""


# What is closed


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which spaces: by code, or all of a building, or of a floor of it. bookable: of a building only what can be booked."""

    codes: tuple[str, ...] = ()
    building: str = ""
    level: int | None = None
    bookable: bool = False


def units(park: Park, chosen: Chosen, day: date) -> list[Space]:
    """Which units are these, as far as they exist on the day? In order of code.

    Raises:
        Refused: nothing is named, a code is unknown, or none of them exists then.
    """
    if not chosen.codes and not chosen.building:
        raise Refused([NOTHING_CHOSEN])
    named = places.spaces_by_code(park.id, chosen.codes) if chosen.codes else {}
    refuse([NO_SUCH_SPACE.about(space=code).at("codes") for code in chosen.codes if code not in named])
    ids = {space.id for space in named.values()}
    if chosen.building:
        ids |= set(_in_building(park, chosen))
    found = {unit for of_space in holds.units(ids).values() for unit in of_space}
    there = list(
        db.session.scalars(
            select(Space)
            .join(Particulars, places.now_of(day))
            .where(Space.id.in_(found))
            .options(joinedload(Space.building))
            .order_by(Space.code)
        )
    )
    if not there:
        raise Refused([NOT_THERE.about(day=day).at("codes" if chosen.codes else "building")])
    return there


def _in_building(park: Park, chosen: Chosen) -> Iterable[int]:
    wanted = select(Space.id).join(Building, Building.id == Space.building_id)
    wanted = wanted.where(Building.park_id == park.id, Building.code == chosen.building)
    if chosen.level is not None:
        wanted = wanted.join(Floor, Floor.id == Space.floor_id).where(Floor.level == chosen.level)
    return db.session.scalars(wanted.where(Space.bookable) if chosen.bookable else wanted)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be closed, and when. term: whole days; without one it is closed for hours. leave_out: not what is let or closed."""

    spaces: tuple[Space, ...]
    span: Span
    kind: str
    reason: str
    operator: Organisation
    term: Term | None = None
    leave_out: bool = False


# What is in the way


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where, or when, a booking could be instead. later: in the same space, after the closure."""

    slot: Slot
    space: str
    later: bool

    @property
    def value(self) -> str:
        """How a form says it."""
        return f"move {self.slot.space_id} {self.slot.span.starts_at.isoformat()}"


@dataclass(frozen=True, slots=True)
class InTheWay:
    """A booking, or an offer to somebody who waits, in the way of a closure. held: what it keeps of which units, if it stays."""

    number: str
    what: Booking | Waiting
    held: Mapping[int, tuple[Span, ...]]
    proposals: tuple[Proposal, ...] = ()

    @property
    def booking(self) -> Booking | None:
        """The booking; None when it is an offer."""
        return self.what if isinstance(self.what, Booking) else None

    @property
    def has_begun(self) -> bool:
        """Whether somebody is there already: then it can only be kept."""
        return self.what.state == State.CHECKED_IN


@dataclass(frozen=True, slots=True)
class Found:
    """What is in the way of a closure. left_out: spaces that are let or closed already, when they are to be left out."""

    against: tuple[Objection, ...]
    bookings: tuple[InTheWay, ...]
    left_out: tuple[str, ...]
    spaces: tuple[Space, ...]
    kept: Mapping[int, tuple[Span, ...]]
    """What stays as it is whatever is chosen: the end of bookings that are over."""
    seen: str
    """A mark of all this: a decision is about what was seen."""


def in_the_way(park: Park, asked: Asked, *, actor: Actor, now: datetime, propose: bool = True, most: int = MOST_IN_THE_WAY) -> Found:
    """What is in the way of the closure, and where could the bookings be instead? propose False: only what is."""
    span = _from_now(asked.span, now)
    by_id = {space.id: space for space in asked.spaces}
    overlaps = holds.overlapping(list(by_id), span)
    lasting = [each for each in overlaps if each.held.kind not in BY_THE_HOUR]
    left_out = {each.asked_id for each in lasting} if asked.leave_out else set()
    against = [] if asked.leave_out else _all_against(by_id, lasting)
    spaces = tuple(space for space in asked.spaces if space.id not in left_out)
    if not spaces:
        against.append(NOTHING_LEFT)
    held: dict[str, dict[int, list[Span]]] = {}
    for each in overlaps:
        if each.held.kind in BY_THE_HOUR and each.asked_id not in left_out:
            held.setdefault(each.held.document, {}).setdefault(each.asked_id, []).append(each.held.span)
    lines, kept = _live(park, span, spaces, held)
    if len(lines) > most:
        raise Refused([*against, TOO_MANY.about(count=len(lines), most=most)])
    if propose and not against:
        lines = with_proposals(park, span, {space.id for space in spaces}, lines, actor=actor, now=now)
    mark = [sorted(space.id for space in spaces), asked.kind, asked.span.starts_at.isoformat(), asked.span.ends_at.isoformat()]
    mark += [[line.number, line.what.state, *(at.isoformat() for at in (line.what.starts_at, line.what.ends_at))] for line in lines]
    seen = hashlib.sha256(json.dumps(mark).encode()).hexdigest()[:16]
    codes = tuple(sorted(by_id[id_].code for id_ in left_out))
    return Found(tuple(against), tuple(lines), codes, spaces, kept, seen)


def _from_now(span: Span, now: datetime) -> Span:
    """Return what is to come of a span: what was, was.

    Raises:
        Refused: nothing of it is.
    """
    if span.ends_at <= now:
        raise Refused([OVER])
    return Span(max(span.starts_at, now), span.ends_at)


def _all_against(by_id: Mapping[int, Space], lasting: Sequence[holds.Overlap]) -> list[Objection]:
    """Return what has the spaces for long, one by one as far as somebody reads it."""
    told = [_against(by_id[each.asked_id].code, each.held) for each in lasting[:MOST_TOLD]]
    return told + ([MORE.about(count=len(lasting) - MOST_TOLD)] if len(lasting) > MOST_TOLD else [])


def _against(space: str, held: holds.Held) -> Objection:
    closed, endless = held.kind == HoldKind.CLOSURE, held.ends_at >= FOREVER
    sentence = (CLOSED_ON if endless else CLOSED_ALREADY) if closed else (LET_ON if endless else LET)
    return sentence.about(space=space, starts_at=held.starts_at, ends_at=held.ends_at, document=held.document, holder=held.holder)


def _live(
    park: Park, span: Span, spaces: Sequence[Space], held: Mapping[str, Mapping[int, Sequence[Span]]]
) -> tuple[list[InTheWay], dict[int, tuple[Span, ...]]]:
    """Return the bookings and offers of which something may still come, and what others keep of the units."""
    found: dict[str, InTheWay] = {}
    for booking in _bookings(park, span, list(held)):
        of_it = {unit: tuple(spans) for unit, spans in held.get(booking.number, {}).items()}
        if not of_it:
            whole = Span(booking.starts_at, booking.ends_at + timedelta(minutes=booking.turnaround_minutes))
            of_it = dict.fromkeys(_units_of(booking, spaces), (whole,)) if whole.overlaps(span) else {}
        if of_it:
            found[booking.number] = InTheWay(booking.number, booking, of_it)
    for waiting in _offers(list(held)):
        found[waiting.number] = InTheWay(waiting.number, waiting, {unit: tuple(s) for unit, s in held[waiting.number].items()})
    kept: dict[int, list[Span]] = {}
    for number, of_units in held.items():
        if number not in found:
            for unit, spans in of_units.items():
                kept.setdefault(unit, []).extend(spans)
    lines = sorted(found.values(), key=lambda line: (line.what.starts_at, line.number))
    return lines, {unit: tuple(spans) for unit, spans in kept.items()}


def _bookings(park: Park, span: Span, documents: Collection[str]) -> list[Booking]:
    """Which live bookings have one of the numbers, or are requests that touch the span (they may hold nothing)?"""
    touching = and_(
        Booking.state == State.REQUESTED.value,
        Booking.starts_at < span.ends_at,
        Booking.ends_at > span.starts_at - timedelta(days=1),  # the turnaround after it is shorter
    )
    ids = db.session.scalars(
        select(Booking.id).where(Booking.park_id == park.id, Booking.state.in_(LIVE), or_(Booking.number.in_(documents), touching))
    ).all()
    return queries.by_ids(ids)


def _units_of(booking: Booking, spaces: Sequence[Space]) -> set[int]:
    return set(holds.units([booking.space_id])[booking.space_id]) & {space.id for space in spaces}


def _offers(documents: Collection[str]) -> list[Waiting]:
    return list(
        db.session.scalars(
            select(Waiting)
            .where(Waiting.number.in_(documents), Waiting.state == WaitState.OFFERED.value)
            .options(joinedload(Waiting.space), joinedload(Waiting.organisation), joinedload(Waiting.user))
        )
    )


# Where the bookings could be instead


@dataclass(frozen=True, slots=True)
class _Room:
    """A space that can be booked."""

    id: int
    building_id: int
    code: str
    kind: str
    capacity: int | None
    name: str = ""
    """What apparatus is: only its like is proposed instead."""


_NAMED = Space.name_en + Space.name_ru + Space.name_zh


def _rooms(park: Park, day: date) -> dict[int, _Room]:
    rows = db.session.execute(
        select(Space.id, Space.building_id, Space.code, Particulars.kind, Particulars.capacity, _NAMED)
        .join(Particulars, places.now_of(day))
        .where(Space.park_id == park.id, Space.bookable)
        .order_by(Space.code)
    )
    return {row[0]: _Room(*row) for row in rows}


def _like(own: _Room, rooms: Iterable[_Room], people: int) -> list[_Room]:
    """Return the rooms of the same kind with seats for as many people, those of the same building and size first."""
    fit = [room for room in rooms if room.kind == own.kind and room.id != own.id and (room.capacity is None or room.capacity >= people)]
    if own.kind in APPARATUS:
        fit = [room for room in fit if room.name == own.name]
    fit.sort(key=lambda room: (abs((room.capacity or 0) - (own.capacity or 0)), room.building_id != own.building_id, room.code))
    return fit[:MOST_ROOMS]


def with_proposals(
    park: Park, span: Span, closed: Collection[int], lines: Sequence[InTheWay], *, actor: Actor, now: datetime
) -> list[InTheWay]:
    """Return the lines with where each booking could be: those of one person are asked about together, in a few SELECTs."""
    rooms = _rooms(park, day_of(span.starts_at, park.zone))
    of_room = holds.units(list(rooms)) if rooms else {}
    open_rooms = [room for room in rooms.values() if not set(of_room[room.id]) & set(closed)]
    groups: dict[tuple[int | None, ...], list[Booking]] = {}
    for line in lines:
        if line.booking is not None and not line.has_begun and line.booking.space_id in rooms:
            one = line.booking
            groups.setdefault((one.organisation_id, one.user_id, one.person_id, one.buddy_id), []).append(one)
    given: dict[int, list[Span]] = {}
    proposed: dict[str, tuple[Proposal, ...]] = {}
    for bookings in groups.values():
        slots = _looked_at(bookings, rooms, open_rooms, span)
        first = bookings[0]
        crew = Crew(first.person_id, first.buddy_id)
        known = queries.facts(park, slots, first.organisation, actor=actor, user_id=first.user_id, now=now, crew=crew)
        for booking in bookings:
            like = [room.id for room in _like(rooms[booking.space_id], open_rooms, booking.people)]
            options = [_elsewhere(booking, like, known, given, now), _later(booking, span, known, given, now)]
            found = tuple(option for option in options if option is not None)
            if found:
                given.setdefault(found[0].slot.space_id, []).append(found[0].slot.span)
            proposed[booking.number] = found
    return [replace(line, proposals=proposed.get(line.number, ())) for line in lines]


def _looked_at(bookings: Sequence[Booking], rooms: Mapping[int, _Room], open_rooms: Sequence[_Room], span: Span) -> list[Slot]:
    ids = {booking.space_id for booking in bookings}
    for booking in bookings:
        ids |= {room.id for room in _like(rooms[booking.space_id], open_rooms, booking.people)}
    first = min(booking.starts_at for booking in bookings)
    last = max(booking.ends_at for booking in bookings)
    if span.ends_at < FOREVER:
        last = max(last, span.ends_at + LOOK_AHEAD)
    return [Slot(id_, Span(first, last)) for id_ in ids]


def _for(booking: Booking, facts: Facts, given: Iterable[Span]) -> Facts:
    """Return the facts without the booking itself, with what was proposed to others."""
    own = [used for used in facts.used if used.span == booking.span]
    used: list[Used] = list(facts.used)
    for each in own[:1]:
        used.remove(each)
    held = tuple(taken for taken in facts.held if taken.document != booking.number)
    conditions = facts.conditions
    more = tuple(Taken(conditions.held(span)) for span in given) if conditions is not None else ()
    return replace(facts, held=held + more, used=tuple(used))


def _elsewhere(
    booking: Booking, like: Iterable[int], known: Mapping[int, tuple[Space, Facts]], given: Mapping[int, list[Span]], now: datetime
) -> Proposal | None:
    for space_id in like:
        if space_id in known:
            space, facts = known[space_id]
            if not rules.objections(booking.span, booking.people, _for(booking, facts, given.get(space_id, ())), now):
                return Proposal(Slot(space_id, booking.span, booking.recurs_at), space.code, later=False)
    return None


def _later(
    booking: Booking, span: Span, known: Mapping[int, tuple[Space, Facts]], given: Mapping[int, list[Span]], now: datetime
) -> Proposal | None:
    if span.ends_at >= FOREVER or booking.space_id not in known:
        return None
    space, facts = known[booking.space_id]
    facts = _for(booking, facts, given.get(space.id, ()))
    starts_at = rules.next_fit(booking.span.length, facts, span.ends_at, now, until=span.ends_at + LOOK_AHEAD)
    if starts_at is None:
        return None
    then = Span(starts_at, starts_at + booking.span.length)
    if rules.objections(then, booking.people, facts, now):
        return None
    return Proposal(Slot(space.id, then, booking.recurs_at), space.code, later=True)


# Deciding


class What(StrEnum):
    """What becomes of a booking in the way."""

    MOVE = "move"
    CANCEL = "cancel"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of one booking. agreed: its booker was asked. slot: where it moves to."""

    what: What
    slot: Slot | None = None
    agreed: bool = False


def choice(line: InTheWay, said: str, *, agreed: bool) -> Choice | None:
    """Return what a form says about a booking; None when it says nothing, or what was never proposed."""
    word, _, rest = said.partition(" ")
    if word in (What.CANCEL, What.KEEP) and not rest:
        return Choice(What(word), agreed=agreed)
    if word != What.MOVE or line.booking is None:
        return None
    space_id, _, instant = rest.partition(" ")
    try:
        starts_at = datetime.fromisoformat(instant)
        slot = Slot(int(space_id[:18]), Span(starts_at, starts_at + line.booking.span.length), line.booking.recurs_at)
    except (ValueError, OverflowError):
        return None
    return Choice(What.MOVE, slot, agreed)


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided, looking at what was in the way. agreed: how the audit says that a booker was asked."""

    seen: str
    choices: Mapping[str, Choice]
    agreed: str = "agreed with the booker"


def close(
    park: Park,
    asked: Asked,
    decision: Decision,
    *,
    deed: str = "bookings.close",
    most: int = MOST_IN_THE_WAY,
    actor: Actor,
    now: datetime,
) -> Closure:
    """The spaces are closed, but for what is kept; the bookings in the way are where it was decided, and their people are told.

    All of it or nothing. deed: as the audit calls it.
    Raises:
        Refused: somebody has a space that cannot be closed over, something came in the way since it was looked at, a booking cannot
            be where it was to go, or nothing is left to be closed.
    """
    refuse([] if asked.reason else [rules.NEEDS_REASON])
    found = in_the_way(park, asked, actor=actor, now=now, propose=False, most=most)
    refuse(found.against)
    if found.seen != decision.seen:
        raise Refused([CHANGED])
    refuse([_undecided(line, decision) for line in found.bookings if not _is_decided(line, decision)])
    number = take_number("C", day_of(now, park.zone).year)
    for line in sorted(
        found.bookings, key=lambda line: decision.choices[line.number].what is not What.CANCEL
    ):  # what is free is free first
        _settle(line, decision, f"{number}: {asked.reason}", actor=actor, now=now)
    last_on = None if asked.span.ends_at >= FOREVER else day_of(asked.span.ends_at - timedelta(microseconds=1), park.zone)
    closure = Closure(
        park_id=park.id,
        number=number,
        kind=asked.kind,
        reason=asked.reason,
        starts_on=asked.term.starts_on if asked.term else day_of(asked.span.starts_at, park.zone),
        ends_on=asked.term.ends_on if asked.term else last_on,
        starts_at=None if asked.term else asked.span.starts_at,
        ends_at=None if asked.term or last_on is None else asked.span.ends_at,
    )
    db.session.add(closure)
    db.session.flush()
    record(deed, closure, actor=actor, now=now, reason=asked.reason)
    wanted = _holds(found, decision, _from_now(asked.span, now))
    refuse([] if wanted else [NOTHING_LEFT])
    ledger.take_each([(space, span, asked.operator.id, number) for space, span in wanted], kind=HoldKind.CLOSURE, now=now)
    return closure


def _is_decided(line: InTheWay, decision: Decision) -> bool:
    chosen = decision.choices.get(line.number)
    return chosen is not None and (chosen.what is What.KEEP or not line.has_begun)


def _undecided(line: InTheWay, decision: Decision) -> Objection:
    return (CANNOT if line.number in decision.choices else NOT_CHOSEN).about(number=line.number)


def _settle(line: InTheWay, decision: Decision, reason: str, *, actor: Actor, now: datetime) -> None:
    """The booking is where, or gone, as it was decided; the audit says why, and whether its booker was asked."""
    chosen = decision.choices[line.number]
    if chosen.agreed:
        reason = f"{reason} ({decision.agreed})"
    try:
        if chosen.what is What.CANCEL:
            _cancel(line, reason, actor=actor, now=now)
        elif chosen.what is What.MOVE and chosen.slot is not None and line.booking is not None:
            actions.change(
                [Move(line.booking, chosen.slot)],
                people=line.booking.people,
                purpose=line.booking.purpose,
                guest=line.booking.guest,
                actor=actor,
                now=now,
                waiver=Waiver(reason=reason),
            )
    except Refused as refused:
        raise Refused([OF_ONE.about(number=line.number, objection=each) for each in refused.objections]) from refused
    db.session.flush()


def _cancel(line: InTheWay, reason: str, *, actor: Actor, now: datetime) -> None:
    if isinstance(line.what, Waiting):
        actions.leave(line.what, actor=actor, now=now)
    else:
        actions.cancel([line.what], reason=reason, actor=actor, now=now)


def _holds(found: Found, decision: Decision, span: Span) -> list[tuple[Space, Span]]:
    kept: dict[int, list[Span]] = {unit: list(spans) for unit, spans in found.kept.items()}
    for line in found.bookings:
        if decision.choices[line.number].what is What.KEEP:
            for unit, spans in line.held.items():
                kept.setdefault(unit, []).extend(spans)
    return [(space, part) for space in found.spaces for part in around(span, kept.get(space.id, ()))]


def around(span: Span, kept: Iterable[Span]) -> list[Span]:
    """Return what is left of a span around others, in order of time."""
    left, reached = [], span.starts_at
    for other in joined(kept):
        if other.starts_at > reached and reached < span.ends_at:
            left.append(Span(reached, min(other.starts_at, span.ends_at)))
        reached = max(reached, other.ends_at)
    if reached < span.ends_at:
        left.append(Span(reached, span.ends_at))
    return left


def lift(closure: Closure, park: Park, *, reason: str, deed: str = "bookings.lift", actor: Actor, now: datetime) -> None:
    """The closure ends now: what was closed was, and the rest is free. One that has not begun never was. deed: as the audit calls it.

    Raises:
        Refused: it is over or lifted, or no reason is given.
    """
    over = closure.lifted_at is not None or ends(closure, park) <= now
    refuse([*([LIFTED.about(number=closure.number)] if over else []), *([] if reason else [rules.NEEDS_REASON])])
    closure.lifted_at = now
    record(deed, closure, actor=actor, now=now, reason=reason)
    ledger.cut(closure.number, now, now=now)


# Questions


def begins(closure: Closure, park: Park) -> datetime:
    """Return when the closure begins, as it was written down."""
    return closure.starts_at or Term(closure.starts_on).span(park.zone).starts_at


def ends(closure: Closure, park: Park) -> datetime:
    """Return when the closure ends, as it was written down; FOREVER when nobody said."""
    return closure.ends_at or Term(closure.starts_on, closure.ends_on).span(park.zone).ends_at


def closure(park: Park, number: str) -> Closure:
    """Which closure of the park has the number?

    Raises:
        Missing: there is none.
    """
    if not number.isprintable():
        raise Missing
    found = db.session.scalars(select(Closure).where(Closure.park_id == park.id, Closure.number == number)).one_or_none()
    if found is None:
        raise Missing
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which closures a list shows. Days inclusive: those that touch them."""

    since: date | None = None
    until: date | None = None
    building: str = ""
    kind: str = ""


def closures(park_id: int, wanted: Wanted) -> Select[Any]:
    """Return the SELECT of the park's closures, with how many units they had in which buildings, lifted ones too."""
    of_it = (
        select(Hold.document, Building.code, func.count(Hold.space_id.distinct()).label("units"))
        .join(Space, Space.id == Hold.space_id)
        .join(Building, Building.id == Space.building_id)
        .where(Hold.park_id == park_id, Hold.kind == HoldKind.CLOSURE.value)
        .group_by(Hold.document, Building.code)
        .subquery("of_it")
    )
    every = (
        select(of_it.c.document, func.sum(of_it.c.units).label("units"), func.aggregate_strings(of_it.c.code, ", ").label("buildings"))
        .group_by(of_it.c.document)
        .subquery("every")
    )
    conditions = [Closure.park_id == park_id]
    if wanted.since is not None:
        conditions.append(or_(Closure.ends_on.is_(None), Closure.ends_on >= wanted.since))
    if wanted.until is not None:
        conditions.append(Closure.starts_on <= wanted.until)
    if wanted.kind:
        conditions.append(Closure.kind == wanted.kind)
    if wanted.building:
        conditions.append(select(of_it.c.document).where(of_it.c.document == Closure.number, of_it.c.code == wanted.building).exists())
    return select(Closure, every.c.units, every.c.buildings).outerjoin(every, every.c.document == Closure.number).where(*conditions)


@dataclass(frozen=True, slots=True)
class Closed:
    """A unit and when it is, or was, closed."""

    space: str
    building: str
    span: Span
    withdrawn: bool


def closed(number: str) -> list[Closed]:
    """Which units does a closure hold when, in order of code? Of one that was lifted before it began, what it would have held."""
    rows = db.session.execute(
        select(Space.code, Building.code, Hold.starts_at, Hold.ends_at, Hold.withdrawn_at)
        .join(Space, Space.id == Hold.space_id)
        .join(Building, Building.id == Space.building_id)
        .where(Hold.document == number, Hold.kind == HoldKind.CLOSURE.value)
        .order_by(Space.code, Hold.starts_at)
    ).all()
    standing = [row for row in rows if row[4] is None] or rows
    return [Closed(row[0], row[1], Span(row[2], row[3]), row[4] is not None) for row in standing]


@dataclass(frozen=True, slots=True)
class Settled:
    """What a closure did to a booking. deed: bookings.change or bookings.cancel."""

    number: str
    deed: str
    reason: str


def settled(closure_: Closure) -> list[Settled]:
    """Which bookings were moved or cancelled for a closure, by the audit's entries of the same deed?"""
    own = (
        select(Entry.id, Entry.at)
        .where(Entry.subject == closure_.audited_as, Entry.deed.in_(("bookings.close", "bookings.stop")))
        .subquery("own")
    )
    rows = db.session.execute(
        select(Entry.label, Entry.deed, Entry.reason)
        .join(own, and_(Entry.at == own.c.at, Entry.id.between(own.c.id - 2 * MOST_IN_THE_WAY, own.c.id + 2 * MOST_IN_THE_WAY)))
        .where(Entry.deed.in_(("bookings.change", "bookings.cancel", "bookings.leave", "bookings.end")), Entry.park_id == closure_.park_id)
        .order_by(Entry.id)
    )
    return [Settled(*row) for row in rows]


def last_operator(park_id: int) -> str:
    """Who held the park's last closure, by code? Empty where there was none."""
    return (
        db.session.scalar(
            select(Organisation.code)
            .join(Hold, Hold.holder_id == Organisation.id)
            .join(Closure, Closure.number == Hold.document)
            .where(Closure.park_id == park_id)
            .order_by(Closure.id.desc())
            .limit(1)
        )
        or ""
    )


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days of rest in a row. name: of the first that has one."""

    term: Term
    name: str


def holidays(country: str, today: date, language: str, *, days: int = 366) -> list[Holiday]:
    """Return the coming holidays of a country, those in a row together."""
    known = calendar(country)
    found: list[Holiday] = []
    for day in (today + timedelta(days=number) for number in range(days)):
        if not known.is_holiday(day):
            continue
        last = found[-1].term.ends_on if found else None
        name = known.name(day, language)
        if last == day - timedelta(days=1):
            found[-1] = Holiday(Term(found[-1].term.starts_on, day), found[-1].name or name)
        else:
            found.append(Holiday(Term(day, day), name))
    return found
