"""Every change of bookings. Actions never commit; each leaves one audit entry for each booking that it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from parkmgr.accounts import queries as accounts
from parkmgr.accounts.models import User
from parkmgr.audit.actions import record
from parkmgr.bookings import queries, rules
from parkmgr.bookings.models import Booking, BookingSet, Waiting, WaitState
from parkmgr.bookings.queries import NO_CREW, Crew, Line, Slot, decides
from parkmgr.bookings.rules import Answer, Conditions, State
from parkmgr.calendars.rules import zone_of_country
from parkmgr.db import db, take_number, take_numbers
from parkmgr.errors import Objection, Refused, refuse
from parkmgr.labs import actions as labs
from parkmgr.notices import actions as notices
from parkmgr.occupancy import actions as ledger
from parkmgr.occupancy.models import HoldKind
from parkmgr.occupancy.queries import standing_holds
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park, Space
from parkmgr.policy import Actor, Role
from parkmgr.values import Span, day_of

Told = Sequence[User]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. user_id: whose bookings they will be. key: of the form, so that sending it twice is one deed.

    rrule, starts_local: of a series (RFC 5545, wall time of its start as 2026-09-01T09:00). uid: of an imported calendar's event.
    crew: who works there, where a laboratory asks; the booker's own person when nobody is named.
    """

    slots: tuple[Slot, ...]
    people: int = 1
    purpose: str = ""
    guest: str = ""
    user_id: int | None = None
    key: str | None = None
    rrule: str = ""
    starts_local: str = ""
    uid: str = ""
    crew: Crew = NO_CREW


@dataclass(frozen=True, slots=True)
class Waiver:
    """Which objections an administrator waives (codes), and why."""

    codes: frozenset[str] = field(default_factory=frozenset)
    reason: str = ""


NO_WAIVER = Waiver()


def book(
    park: Park, organisation: Organisation, wanted: Wanted, *, actor: Actor, now: datetime, waiver: Waiver = NO_WAIVER
) -> list[Booking]:
    """The slots are booked for the organisation, or wait for a decision where the rules say so: all of them or none.

    Sent again with the same key it changes nothing, and gives what the first did.
    Raises:
        Refused: with every objection to every slot; of several dates each names its date.
    """
    made = queries.of_key(wanted.key) if wanted.key is not None else []
    if made and made[0].made_by_id == actor.user_id:
        return made
    if not wanted.slots:
        raise Refused([rules.NOTHING_ASKED])
    if len(wanted.slots) > rules.MAKE_LATEST:
        raise Refused([rules.TOO_MANY_DATES.about(most=rules.MAKE_LATEST, dates=len(wanted.slots))])
    lines = queries.plan(park, wanted.slots, organisation, wanted.people, actor=actor, user_id=wanted.user_id, now=now, crew=wanted.crew)
    _may_waive(waiver, actor, park, {line.facts.desk for line in lines})
    refuse(against(lines, waiver) + _at_other_desks(lines, park, actor))
    [bookings] = book_planned(park, [Planned(organisation, wanted, lines)], actor=actor, now=now, waiver=waiver)
    return bookings


def _at_other_desks(lines: Sequence[Line], park: Park, actor: Actor) -> list[Objection]:
    """A desk books what is its own; who is administrator or liaison too books as such."""
    if not actor.roles(park.id) or actor.roles(park.id) - set(rules.DESK_OF_ROLE):
        return []
    return [rules.OTHER_DESK.about(space=line.space.code) for line in lines if not decides(actor, park.id, {line.facts.desk})]


@dataclass(frozen=True, slots=True)
class Planned:
    """What is asked for, with what the park's rules say to each of its slots."""

    organisation: Organisation
    wanted: Wanted
    lines: Sequence[Line]


def book_planned(park: Park, plans: Sequence[Planned], *, actor: Actor, now: datetime, waiver: Waiver = NO_WAIVER) -> list[list[Booking]]:
    """What was planned in this same transaction, and has nothing against it, is booked: each plan as one deed, many of them at once.

    Raises:
        Refused: TAKEN (by transaction()), from the guard in the database.
    """
    made: list[list[Booking]] = []
    held: dict[HoldKind, list[tuple[Space, Span, int, str]]] = {}
    for plan in plans:
        made.append(_made(park, plan.organisation, plan.wanted, plan.lines, waiver, actor=actor, now=now))
        for booking, line in zip(made[-1], plan.lines, strict=True):
            if line.conditions is not None and (booking.state == State.CONFIRMED or line.conditions.request_holds):
                wanted = (line.space, line.conditions.held(line.slot.span), plan.organisation.id, booking.number)
                held.setdefault(hold_kind(booking.desk), []).append(wanted)
    for kind, of_kind in held.items():
        ledger.take_each(of_kind, kind=kind, now=now)
    for bookings in made:
        _tell_made(park, bookings, actor=actor, now=now)
    return made


def hold_kind(desk: str) -> HoldKind:
    """Return the kind of the holds of a booking: work in a laboratory is a session."""
    return HoldKind.SESSION if desk == "lab" else HoldKind.BOOKING


def _may_waive(waiver: Waiver, actor: Actor, park: Park, desks: set[str]) -> None:
    if waiver.codes and not decides(actor, park.id, desks):
        raise Refused([rules.CANNOT_WAIVE])
    if waiver.codes and not waiver.reason:
        raise Refused([rules.NEEDS_REASON])


def against(lines: Sequence[Line], waiver: Waiver = NO_WAIVER) -> list[Objection]:
    """Return what stands against the lines; where there are several dates, each sentence names its date."""
    if len(lines) == 1:
        return rules.unwaived(lines[0].objections, waiver.codes)
    return [
        replace(rules.ON_DATE, code=objection.code, waiver=objection.waiver).about(date=line.slot.span.starts_at, objection=objection)
        for line in lines
        for objection in rules.unwaived(line.objections, waiver.codes)
    ]


def _made(
    park: Park, organisation: Organisation, wanted: Wanted, lines: Sequence[Line], waiver: Waiver, *, actor: Actor, now: datetime
) -> list[Booking]:
    year = day_of(now, park.zone).year
    together = None
    if len(lines) > 1 or wanted.rrule:
        together = BookingSet(
            park_id=park.id,
            number=take_number("S", year),
            rrule=wanted.rrule,
            starts_local=wanted.starts_local,
            time_zone=park.time_zone,
        )
        db.session.add(together)
        db.session.flush()
        record("bookings.book", together, actor=actor, now=now, reason=waiver.reason)
    numbers = take_numbers("B", year, len(lines))
    owner = db.session.get(User, wanted.user_id) if wanted.user_id is not None else None
    bookings = []
    for number, line in zip(numbers, lines, strict=True):
        bookings.append(_one(park, organisation, wanted, line, waiver, number, together, actor=actor, now=now))
        bookings[-1].user = owner
        wanted = replace(wanted, key=None)
    db.session.add_all(bookings)
    db.session.flush()
    for booking in bookings:
        record("bookings.book", booking, actor=actor, now=now, reason=waiver.reason)
    return bookings


def _one(
    park: Park,
    organisation: Organisation,
    wanted: Wanted,
    line: Line,
    waiver: Waiver,
    number: str,
    together: BookingSet | None,
    *,
    actor: Actor,
    now: datetime,
) -> Booking:
    under = line.conditions or Conditions(week=())
    at_once = is_instant(line, park, actor)
    waived = sorted({objection.code for objection in line.objections} & waiver.codes)
    booking = Booking(
        park_id=park.id,
        number=number,
        space_id=line.slot.space_id,
        organisation_id=organisation.id,
        user_id=wanted.user_id,
        made_by_id=actor.user_id,
        set_id=together.id if together else None,
        recurs_at=line.slot.recurs_at,
        starts_at=line.slot.span.starts_at,
        ends_at=line.slot.span.ends_at,
        turnaround_minutes=under.turnaround // timedelta(minutes=1),
        people=wanted.people,
        purpose=wanted.purpose,
        guest=wanted.guest,
        desk=line.facts.desk,
        person_id=line.facts.worker.person_id if line.facts.worker else None,
        buddy_id=line.facts.buddy.person_id if line.facts.buddy else None,
        state=(State.CONFIRMED if at_once else State.REQUESTED).value,
        requested_at=now,
        decide_by=None if at_once else rules.decide_by(under, line.slot.span, now),
        decided_at=now if at_once else None,
        waived=" ".join(waived),
        reason=waiver.reason if waived else "",
        price_minor=line.price.minor if line.price else None,
        currency=line.price.currency if line.price else "",
        key=wanted.key,
        uid=wanted.uid,
        undo_until=now + rules.UNDO,
        undo={"deed": "book", "by": actor.user_id},
    )
    booking.park, booking.space, booking.organisation, booking.set = park, line.space, organisation, together
    return booking


def is_instant(line: Line, park: Park, actor: Actor) -> bool:
    """Tell whether the line is booked at once: the rules say so, or who books decides such requests anyway (but for four eyes)."""
    if line.answer is Answer.INSTANT:
        return True
    four_eyes = line.conditions is not None and line.conditions.four_eyes
    return decides(actor, park.id, {line.facts.desk}) and not four_eyes


# Notices


def tell(bookings: Sequence[Booking], event: str, receivers: Iterable[User | None], *, now: datetime, park: Park, why: str = "") -> None:
    """Each receiver has a notice about the event in the outbox. One event of a booking (at one version of it) is told once."""
    first = bookings[0]
    about = first.set.number if len(bookings) > 1 and first.set else first.number
    for receiver in {user.id: user for user in receivers if user is not None and user.active}.values():
        notices.post(
            receiver,
            f"booking_{event}",
            key=f"booking {event} {first.number} {first.sequence} {first.version} {now.isoformat()}",
            park_id=park.id,
            about=about,
            now=now,
            zone=park.zone,
            bookings=bookings,
            booking=first,
            park=park,
            why=why,
            clock=second_clock(park, first.organisation, first.starts_at),
        )


def second_clock(park: Park, organisation: Organisation, at: datetime) -> ZoneInfo | None:
    """Return the zone of the organisation's country, where its clocks show another time than the park's at an instant."""
    zone = zone_of_country(organisation.country)
    return None if zone is None or at.astimezone(zone).utcoffset() == at.astimezone(park.zone).utcoffset() else zone


def _tell_made(park: Park, bookings: Sequence[Booking], *, actor: Actor, now: datetime) -> None:
    waiting = [booking for booking in bookings if booking.state == State.REQUESTED]
    confirmed = [booking for booking in bookings if booking.state == State.CONFIRMED]
    if confirmed:
        tell(confirmed, "confirmed", [confirmed[0].user], now=now, park=park)
    if waiting:
        tell(waiting, "requested", _deciders(park, {one.desk for one in waiting}, actor, now), now=now, park=park)


def who_decides(park: Park, desks: Iterable[str], now: datetime) -> list[User]:
    """Return who decides requests of the desks: administrators, and who keeps the desks."""
    wanted = set(desks)
    roles = [Role.ADMINISTRATOR, *(role for role, desk in rules.DESK_OF_ROLE.items() if desk in wanted)]
    return accounts.with_roles(park.id, roles, day_of(now, park.zone))


def _deciders(park: Park, desks: Iterable[str], actor: Actor, now: datetime) -> list[User]:
    """Return who decides requests of the desks, but for who does the deed."""
    return [user for user in who_decides(park, desks, now) if user.id != actor.user_id]


def _others(booking: Booking, actor: Actor) -> list[User | None]:
    """Return whose booking it is, unless they do it themselves."""
    return [booking.user] if booking.user_id != actor.user_id else []


# Deciding


def approve(booking: Booking, *, actor: Actor, now: datetime, reason: str = "") -> None:
    """The request is confirmed and holds its space. Requests for the same time that held nothing stay, until somebody decides them.

    Raises:
        Refused: it is no request any more, four eyes are asked for, or its space is taken.
    """
    approve_all([booking], actor=actor, now=now, reason=reason)


def approve_all(bookings: Sequence[Booking], *, actor: Actor, now: datetime, reason: str = "") -> None:
    """The requests of one deed are confirmed: all or none. Who asked is told once.

    Raises:
        Refused: with what is against each; of several each names its date.
    """
    _each(bookings, lambda booking: _approve(booking, actor=actor, now=now, reason=reason))
    tell(bookings, "confirmed", _others(bookings[0], actor), now=now, park=bookings[0].park)


def _each(bookings: Sequence[Booking], deed: Callable[[Booking], None]) -> None:
    """The deed is done with each booking, or what is against it with any of them is said."""
    objections: list[Objection] = []
    for booking in bookings:
        try:
            deed(booking)
        except Refused as refused:
            if len(bookings) == 1:
                raise
            objections += [rules.ON_DATE.about(date=booking.starts_at, objection=objection) for objection in refused.objections]
    refuse(objections)


def _approve(booking: Booking, *, actor: Actor, now: datetime, reason: str) -> None:
    under = queries.conditions_of([booking])[booking.id]
    standing = queries.standing(booking, under)
    objections = rules.not_now("approve", standing) or rules.over(standing, now)
    if under is not None and under.four_eyes and booking.made_by_id is not None and booking.made_by_id == actor.user_id:
        objections.append(rules.FOUR_EYES.about(number=booking.number))
    held = standing_holds(booking.number)
    if not held:
        objections += _still_possible(booking, actor=actor, now=now)
    refuse(objections)
    _undoable(booking, "approve", actor, now)
    booking.state, booking.decided_at, booking.decided_by_id, booking.decide_by = State.CONFIRMED.value, now, actor.user_id, None
    booking.reason = reason or booking.reason
    record("bookings.approve", booking, actor=actor, now=now, reason=reason)
    if not held:
        _hold(booking, now)


def _still_possible(booking: Booking, *, actor: Actor, now: datetime) -> list[Objection]:
    """Return what makes a request impossible, not merely against the rules: those were looked at when it was made."""
    line = _line_of(booking, Slot(booking.space_id, booking.span, booking.recurs_at), actor=actor, now=now)
    return [objection for objection in line.objections if not objection.waiver and objection.code != rules.IN_PAST.code]


def _hold(booking: Booking, now: datetime) -> None:
    ledger.take(
        [booking.space],
        _held_span(booking),
        kind=hold_kind(booking.desk),
        holder_id=booking.organisation_id,
        document=booking.number,
        now=now,
    )


def _held_span(booking: Booking) -> Span:
    return Span(booking.starts_at, booking.ends_at + timedelta(minutes=booking.turnaround_minutes))


def reject(booking: Booking, *, reason: str, actor: Actor, now: datetime) -> None:
    """The request is rejected, its time is free, and who asked reads why.

    Raises:
        Refused: it is no request any more, or no reason is given.
    """
    reject_all([booking], reason=reason, actor=actor, now=now)


def reject_all(bookings: Sequence[Booking], *, reason: str, actor: Actor, now: datetime) -> None:
    """The requests of one deed are rejected: all or none. Who asked is told once.

    Raises:
        Refused: with what is against each; of several each names its date.
    """
    _each(bookings, lambda booking: _reject(booking, reason=reason, actor=actor, now=now))
    tell(bookings, "rejected", _others(bookings[0], actor), now=now, park=bookings[0].park)


def _reject(booking: Booking, *, reason: str, actor: Actor, now: datetime) -> None:
    objections = rules.not_now("reject", queries.standing(booking, None))
    refuse(objections if reason else [*objections, rules.NEEDS_REASON])
    _undoable(booking, "reject", actor, now)
    booking.state, booking.decided_at, booking.decided_by_id, booking.reason = State.REJECTED.value, now, actor.user_id, reason
    booking.ended_at = now
    record("bookings.reject", booking, actor=actor, now=now, reason=reason)
    ledger.withdraw(booking.number, now=now)


def ask(booking: Booking, *, question: str, actor: Actor, now: datetime) -> None:
    """Who asked for it is asked back; the request waits on.

    Raises:
        Refused: it is no request any more, or the question is empty.
    """
    objections = rules.not_now("ask", queries.standing(booking, None))
    refuse(objections if question else [*objections, rules.NEEDS_REASON.at("question")])
    booking.question, booking.reply = question, ""
    record("bookings.ask", booking, actor=actor, now=now, reason=question)
    tell([booking], "asked", _others(booking, actor), now=now, park=booking.park)


def reply(booking: Booking, *, text: str, actor: Actor, now: datetime) -> None:
    """The question is answered; who decides reads it.

    Raises:
        Refused: it is no request any more, or the answer is empty.
    """
    objections = rules.not_now("reply", queries.standing(booking, None))
    refuse(objections if text else [*objections, rules.NEEDS_REASON.at("reply")])
    booking.reply = text
    record("bookings.reply", booking, actor=actor, now=now, reason=text)
    tell([booking], "replied", _deciders(booking.park, [booking.desk], actor, now), now=now, park=booking.park)


# On the day


def check_in(booking: Booking, *, actor: Actor, now: datetime) -> None:
    """Somebody is there.

    Raises:
        Refused: it is not confirmed, or it is too early or too late.
    """
    standing = queries.standing(booking, None)
    refuse(rules.not_now("check_in", standing) or rules.early(standing, now) or rules.over(standing, now))
    if booking.desk == "lab":
        line = _line_of(booking, Slot(booking.space_id, booking.span, booking.recurs_at), actor=actor, now=now)
        refuse([objection for objection in line.objections if objection.code in rules.AT_CHECK_IN])
    booking.state, booking.checked_in_at = State.CHECKED_IN.value, now
    booking.undo = booking.undo_until = None
    record("bookings.check_in", booking, actor=actor, now=now)
    crew = [id_ for id_ in (booking.person_id, booking.buddy_id) if id_ is not None]
    if booking.desk == "lab" and crew:
        labs.use(booking.space_id, crew, day_of(now, booking.park.zone), actor=actor, now=now)


def end(booking: Booking, *, actor: Actor, now: datetime) -> None:
    """The booking ends now; the rest, but for the turnaround, is free.

    Raises:
        Refused: it has not begun, or is over.
    """
    standing = queries.standing(booking, None)
    objections = rules.not_now("end", standing)
    if not objections and now <= booking.starts_at:
        objections.append(rules.NOT_STARTED.about(number=booking.number))
    refuse(objections)
    booking.undo = booking.undo_until = None
    if now < booking.ends_at:
        _undoable(booking, "end", actor, now)
        booking.booked_until, booking.ended_at, booking.ends_at = booking.ends_at, now, now
        booking.sequence += 1
    booking.state = State.COMPLETED.value
    record("bookings.end", booking, actor=actor, now=now)
    ledger.cut(booking.number, now + timedelta(minutes=booking.turnaround_minutes), now=now)


def extend(booking: Booking, until: datetime, *, actor: Actor, now: datetime, waiver: Waiver = NO_WAIVER) -> None:
    """The booking goes on until *until*. What was waived when it was made stays waived.

    Raises:
        Refused: it is over, somebody has the space then, or the park's rules are against it.
    """
    standing = queries.standing(booking, None)
    refuse(rules.not_now("extend", standing) or rules.over(standing, now))
    if until <= booking.ends_at:
        raise Refused([rules.NO_LONGER.about(ends_at=booking.ends_at)])
    _may_waive(waiver, actor, booking.park, {booking.desk})
    span = Span(booking.starts_at, until)
    line = _line_of(booking, Slot(booking.space_id, span, booking.recurs_at), actor=actor, now=now)
    objections = rules.of_longer(line.objections, span, line.facts)
    if not is_instant(line, booking.park, actor):
        objections.append(rules.NEEDS_APPROVAL.about(space=booking.space.code, number=booking.number))
    refuse(rules.unwaived(objections, waiver.codes | set(booking.waived.split())))
    _undoable(booking, "extend", actor, now)
    booking.ends_at = until
    booking.sequence += 1
    _priced(booking, line)
    record("bookings.extend", booking, actor=actor, now=now, reason=waiver.reason)
    _rehold(booking, now)


def _line_of(booking: Booking, slot: Slot, *, actor: Actor, now: datetime) -> Line:
    [line] = queries.plan(
        booking.park,
        [slot],
        booking.organisation,
        booking.people,
        actor=actor,
        user_id=booking.user_id,
        now=now,
        but=[booking.number],
        crew=Crew(booking.person_id, booking.buddy_id),
    )
    return line


def _priced(booking: Booking, line: Line) -> None:
    booking.price_minor, booking.currency = (line.price.minor, line.price.currency) if line.price else (None, "")


def _rehold(booking: Booking, now: datetime) -> None:
    ledger.rewrite(
        booking.number,
        [([booking.space], _held_span(booking))],
        kind=hold_kind(booking.desk),
        holder_id=booking.organisation_id,
        now=now,
    )


# Changing


@dataclass(frozen=True, slots=True)
class Move:
    """One booking is to be there, then."""

    booking: Booking
    slot: Slot


def change(
    moves: Sequence[Move],
    *,
    people: int,
    purpose: str,
    guest: str,
    actor: Actor,
    now: datetime,
    waiver: Waiver = NO_WAIVER,
) -> None:
    """The bookings (one, this and those that follow, or a whole series) are where and when the moves say: all or none.

    A booking that moved and needs approval waits again, unless who moves it decides such requests.
    Raises:
        Refused: with every objection to every date.
    """
    bookings = [move.booking for move in moves]
    park, organisation = bookings[0].park, bookings[0].organisation
    lines = queries.plan(
        park,
        [move.slot for move in moves],
        organisation,
        people,
        actor=actor,
        user_id=bookings[0].user_id,
        now=now,
        but=[booking.number for booking in bookings],
        crew=Crew(bookings[0].person_id, bookings[0].buddy_id),
    )
    desks = {booking.desk for booking in bookings} | {line.facts.desk for line in lines}
    _may_waive(waiver, actor, park, desks)
    changed = [_Changed(booking, line, _is_moved(booking, line)) for booking, line in zip(bookings, lines, strict=True)]
    deciding = decides(actor, park.id, desks)
    objections = _at_other_desks(lines, park, actor)
    for one in changed:
        standing = queries.standing(one.booking, one.line.conditions)
        objections += rules.not_now("change", standing) or (rules.late(standing, now, decides=deciding) if one.moved else [])
    refuse(objections + against([one.bearing(people) for one in changed], waiver))
    for one in changed:
        if one.moved:
            ledger.withdraw(one.booking.number, now=now)
    for one in changed:
        booking = one.booking
        if one.moved:
            _moved(booking, one.line, waiver, actor=actor, now=now)
        booking.people, booking.purpose, booking.guest = people, purpose, guest
        booking.undo = booking.undo_until = None
        booking.sequence += 1
        record("bookings.change", booking, actor=actor, now=now, reason=waiver.reason)
        if one.moved and (booking.state == State.CONFIRMED or (one.line.conditions is not None and one.line.conditions.request_holds)):
            _hold(booking, now)
    tell(bookings, "changed", _others(bookings[0], actor), now=now, park=park, why=waiver.reason)
    waiting = [one.booking for one in changed if one.moved and one.booking.state == State.REQUESTED]
    if waiting:
        tell(waiting, "requested", _deciders(park, {one.desk for one in waiting}, actor, now), now=now, park=park)


@dataclass(frozen=True, slots=True)
class _Changed:
    """A booking, what the rules say to where it goes, and whether it goes anywhere."""

    booking: Booking
    line: Line
    moved: bool

    def bearing(self, people: int) -> Line:
        """Return the line with the objections that bear on the change: what stays where it is was looked at before."""
        if self.moved:
            return self.line
        of_people = [objection for objection in self.line.objections if objection.field == "people" and people != self.booking.people]
        return replace(self.line, objections=tuple(of_people))


def _is_moved(booking: Booking, line: Line) -> bool:
    return (booking.space_id, booking.span) != (line.slot.space_id, line.slot.span)


def _moved(booking: Booking, line: Line, waiver: Waiver, *, actor: Actor, now: datetime) -> None:
    under = line.conditions
    booking.space_id, booking.starts_at, booking.ends_at = line.slot.space_id, line.slot.span.starts_at, line.slot.span.ends_at
    booking.space = line.space
    booking.desk = line.facts.desk
    booking.turnaround_minutes = under.turnaround // timedelta(minutes=1) if under else 0
    waived = {objection.code for objection in line.objections} & waiver.codes
    if waived:
        booking.waived, booking.reason = " ".join(sorted(waived)), waiver.reason
    _priced(booking, line)
    if not is_instant(line, booking.park, actor):
        booking.state, booking.decided_at, booking.decided_by_id = State.REQUESTED.value, None, None
        booking.decide_by, booking.reminded_at = rules.decide_by(under or Conditions(week=()), line.slot.span, now), None
    elif booking.state == State.REQUESTED:
        booking.state, booking.decided_at, booking.decide_by = State.CONFIRMED.value, now, None
        booking.decided_by_id = actor.user_id if line.answer is not Answer.INSTANT else None


def cancel(bookings: Sequence[Booking], *, reason: str = "", actor: Actor, now: datetime) -> None:
    """The bookings are cancelled and their time is free: all or none.

    Raises:
        Refused: one is over, or it is too late for the booker, or somebody else's is cancelled without a reason.
    """
    park = bookings[0].park
    deciding = decides(actor, park.id, {booking.desk for booking in bookings})
    under = queries.conditions_of(bookings)
    objections = []
    for booking in bookings:
        standing = queries.standing(booking, under[booking.id])
        objections += rules.not_now("cancel", standing) or rules.late(standing, now, decides=deciding)
    if not reason and any(booking.user_id != actor.user_id for booking in bookings) and deciding:
        objections.append(rules.NEEDS_REASON)
    refuse(objections)
    for booking in bookings:
        _undoable(booking, "cancel", actor, now)
        booking.state, booking.ended_at, booking.reason = State.CANCELLED.value, now, reason
        booking.sequence += 1
        record("bookings.cancel", booking, actor=actor, now=now, reason=reason)
        let_go(booking, now)
    tell(bookings, "cancelled", _others(bookings[0], actor), now=now, park=park)


def let_go(booking: Booking, now: datetime) -> None:
    """What is still to come of its hold is free; what was, was."""
    if now <= booking.starts_at:
        ledger.withdraw(booking.number, now=now)
    else:
        ledger.cut(booking.number, now, now=now)


def transfer(booking: Booking, email: str, *, actor: Actor, now: datetime) -> None:
    """A colleague of the same organisation has the booking.

    Raises:
        Refused: it is over, or there is no such colleague.
    """
    to = queries.colleague(booking.park_id, booking.organisation_id, email, day_of(now, booking.park.zone))
    objections = rules.not_now("transfer", queries.standing(booking, None))
    refuse(objections if to else [*objections, rules.NOT_A_COLLEAGUE])
    before = booking.user
    booking.user_id = to.id if to else None
    booking.user = to
    booking.undo = booking.undo_until = None
    record("bookings.transfer", booking, actor=actor, now=now)
    tell([booking], "transferred", [user for user in (before, to) if user and user.id != actor.user_id], now=now, park=booking.park)


# Taking back


def _undoable(booking: Booking, deed: str, actor: Actor, now: datetime) -> None:
    """Who did the deed can take it back for ten seconds."""
    booking.undo_until = now + rules.UNDO
    booking.undo = {
        "deed": deed,
        "by": actor.user_id,
        "state": booking.state,
        "ends_at": booking.ends_at.isoformat(),
        "decide_by": booking.decide_by.isoformat() if booking.decide_by else None,
        "price_minor": booking.price_minor,
        "currency": booking.currency,
        "reason": booking.reason,
        "held": bool(standing_holds(booking.number)),
    }


def undo(bookings: Sequence[Booking], *, actor: Actor, now: datetime) -> None:
    """The last deed of the actor with the bookings is taken back: a booking is cancelled, a cancelled one stands again.

    Raises:
        Refused: more than ten seconds are over, or somebody has the space by now.
    """
    for booking in bookings:
        if booking.undo is None or booking.undo_until is None or now > booking.undo_until or booking.undo["by"] != actor.user_id:
            raise Refused([rules.UNDO_OVER])
    for booking in bookings:
        last = booking.undo or {}
        booking.undo = booking.undo_until = None
        booking.sequence += 1
        if last["deed"] == "book":
            booking.state, booking.ended_at = State.CANCELLED.value, now
        else:
            _put_back(booking, last)
        record("bookings.undo", booking, actor=actor, now=now)
        if last.get("held"):
            _rehold(booking, now)
        else:
            ledger.withdraw(booking.number, now=now)
    tell(bookings, "undone", _others(bookings[0], actor), now=now, park=bookings[0].park)


def _put_back(booking: Booking, last: dict[str, Any]) -> None:
    booking.state, booking.ended_at, booking.booked_until, booking.reason = last["state"], None, None, last["reason"]
    booking.ends_at = datetime.fromisoformat(last["ends_at"])
    booking.decide_by = datetime.fromisoformat(last["decide_by"]) if last["decide_by"] else None
    booking.price_minor, booking.currency = last["price_minor"], last["currency"]
    if booking.state == State.REQUESTED:
        booking.decided_at = booking.decided_by_id = None


# Waiting


def join(
    park: Park,
    organisation: Organisation,
    slot: Slot,
    *,
    people: int,
    purpose: str,
    key: str | None = None,
    actor: Actor,
    now: datetime,
) -> Waiting:
    """The actor waits for the space: when it gets free, it is offered to who joined first. Sent again with the same key it changes nothing.

    Raises:
        Refused: it is free, or something else than being taken is against it.
    """
    made = queries.waiting_of_key(key) if key is not None else None
    if made is not None and made.user_id == actor.user_id:
        return made
    [line] = queries.plan(park, [slot], organisation, people, actor=actor, user_id=actor.user_id, now=now)
    others = [objection for objection in line.objections if objection.code != rules.TAKEN.code]
    if not line.objections:
        others = [rules.FREE_NOW.about(space=line.space.code)]
    refuse(others)
    waiting = Waiting(
        park_id=park.id,
        number=take_number("W", day_of(now, park.zone).year),
        space_id=slot.space_id,
        organisation_id=organisation.id,
        user_id=actor.user_id,
        starts_at=slot.span.starts_at,
        ends_at=slot.span.ends_at,
        people=people,
        purpose=purpose,
        state=WaitState.WAITING.value,
        joined_at=now,
        key=key,
    )
    db.session.add(waiting)
    db.session.flush()
    record("bookings.join", waiting, actor=actor, now=now)
    return waiting


def leave(waiting: Waiting, *, actor: Actor, now: datetime) -> None:
    """The actor waits no longer; an offer goes to the next."""
    if waiting.state in (WaitState.WAITING, WaitState.OFFERED):
        waiting.state = WaitState.LEFT.value
        record("bookings.leave", waiting, actor=actor, now=now)
        ledger.withdraw(waiting.number, now=now)


def accept(waiting: Waiting, park: Park, *, actor: Actor, now: datetime) -> Booking:
    """The offer is taken: the space is booked.

    Raises:
        Refused: the offer has ended.
    """
    if waiting.state != WaitState.OFFERED or waiting.offer_until is None or now >= waiting.offer_until:
        raise Refused([rules.OFFER_OVER])
    waiting.state = WaitState.TAKEN.value
    record("bookings.accept", waiting, actor=actor, now=now)
    ledger.withdraw(waiting.number, now=now)
    wanted = Wanted((Slot(waiting.space_id, waiting.span),), waiting.people, waiting.purpose, user_id=actor.user_id)
    [booking] = book(park, waiting.organisation, wanted, actor=actor, now=now)
    waiting.booking_id = booking.id
    return booking
