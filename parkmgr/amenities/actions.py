"""Every change of services, appointments, memberships and visits. Actions never commit; each leaves one audit entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from parkmgr.amenities import queries, rules
from parkmgr.amenities.models import Appointment, Desk, Service, ServiceRoom, SportsMembership, Visit
from parkmgr.amenities.rules import CLASSES, PERSON_NUMBER, Offer
from parkmgr.audit.actions import record
from parkmgr.bookings import actions as bookings
from parkmgr.bookings import queries as booking_queries
from parkmgr.bookings.models import Booking
from parkmgr.bookings.queries import Slot
from parkmgr.bookings.rules import Answer, Conditions, State
from parkmgr.calendars.rules import is_open, week_text
from parkmgr.db import db, take_number
from parkmgr.errors import Objection, Refused, refuse
from parkmgr.occupancy import actions as ledger
from parkmgr.occupancy.models import HoldKind
from parkmgr.occupancy.queries import Held
from parkmgr.organisations.models import Organisation
from parkmgr.people.models import Person
from parkmgr.places import rules as place_rules
from parkmgr.places.models import Park, Space
from parkmgr.policy import SYSTEM, Actor
from parkmgr.searching import searchable
from parkmgr.values import FOREVER, Money, Names, Span, day_of

CANCELLED = "-"
"""Why an appointment was cancelled is nobody's business: the booking's reason says nothing."""
KIND = {Desk.HOSPITAL.value: "clinic", Desk.SPORTS.value: "sports"}
"""The kind of the spaces that each desk gives out."""

# Services


def add_service(
    park: Park, operator: Organisation, code: str, names: Names, offer: Offer, rooms: Sequence[Space], *, actor: Actor, now: datetime
) -> Service:
    """The hospital or the sports centre offers it from now on; its operator holds the hours of its rooms.

    Raises:
        Refused: with every objection; also (by transaction()) when the code is taken.
    """
    against = [*place_rules.code_objections(code, 40, of_space=False), *place_rules.name_objections(names)]
    refuse(against + _against(park, offer, rooms, now))
    service = Service(park_id=park.id, code=code, desk=offer.desk, operator_id=operator.id)
    service.operator = operator
    _write(service, names, offer)
    db.session.add(service)
    db.session.flush()
    db.session.add_all(ServiceRoom(service_id=service.id, space_id=room.id) for room in dict.fromkeys(rooms))
    db.session.flush()
    record("amenities.add_service", service, actor=actor, now=now)
    return service


def change_service(
    service: Service,
    park: Park,
    operator: Organisation,
    names: Names,
    offer: Offer,
    rooms: Sequence[Space],
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """The service is offered so from now on. Appointments that are made stand.

    Raises:
        Refused: with every objection.
        Stale: somebody saved after *version*.
    """
    service.expect(version)
    against = place_rules.name_objections(names)
    if offer.desk != service.desk:
        against.append(rules.DESK_STAYS)
    refuse(against + _against(park, offer, rooms, now))
    service.operator_id, service.operator = operator.id, operator
    _write(service, names, offer)
    wanted, there = {room.id for room in rooms}, queries.room_rows(service.id)
    for row in there:
        if row.space_id not in wanted:
            db.session.delete(row)
    db.session.add_all(ServiceRoom(service_id=service.id, space_id=id_) for id_ in sorted(wanted - {row.space_id for row in there}))
    record("amenities.change_service", service, actor=actor, now=now)


def _against(park: Park, offer: Offer, rooms: Sequence[Space], now: datetime) -> list[Objection]:
    against = rules.offer_against(offer, park.currency, rooms=len(rooms))
    try:
        queries.week_of(offer.week)
    except Refused as refused:
        against += refused.objections
    return against + _of_kind(rooms, offer.desk, day_of(now, park.zone))


def _of_kind(rooms: Sequence[Space], desk: str, on: date) -> list[Objection]:
    kinds = queries.kinds([room.id for room in rooms], on)
    sentence = rules.NOT_A_CLINIC if desk == Desk.HOSPITAL else rules.NOT_A_COURT
    return [sentence.about(space=room.code) for room in rooms if kinds.get(room.id, ("", None))[0] != KIND.get(desk)]


def _write(service: Service, names: Names, offer: Offer) -> None:
    service.names, service.search = names, searchable(names, service.code)
    service.week, service.open_on_holidays = week_text(queries.week_of(offer.week)), offer.open_on_holidays
    service.slot_minutes, service.places, service.active = offer.slot_minutes, offer.places, offer.active
    service.prices = [{"class": name, "minor": price.minor, "currency": price.currency} for name, price in offer.prices.items()]


# Appointments


def appoint(
    service: Service,
    park: Park,
    space: Space | None,
    starts_at: datetime,
    *,
    who: str = "",
    person: Person | None = None,
    key: str | None = None,
    actor: Actor,
    now: datetime,
) -> Appointment:
    """Somebody comes to the service: its operator has the room for a slot. space None: the first of its rooms that is free.

    who: a resident number or a name; or *person*. Sent again with the same key it changes nothing.
    Raises:
        Refused: with every objection.
    """
    made = queries.of_key(key) if key is not None else None
    if made is not None and made.booking.made_by_id == actor.user_id:
        return made
    against: list[Objection] = []
    name = who.strip()
    if person is None and PERSON_NUMBER.fullmatch(name):
        person, number, name = queries.person_of(park.id, name), name, ""
        against += [] if person else [rules.NO_SUCH_PERSON.about(number=number.upper())]
    elif person is None and not name:
        against.append(rules.WHO)
    span = Span(starts_at, starts_at + timedelta(minutes=service.slot_minutes))
    room, of_slot = _room(service, park, space, span, now)
    refuse(against + of_slot)
    if room is None:
        raise LookupError("a slot without objections has a room")
    booking = _book(service, park, room, span, key, actor=actor, now=now)
    found = Appointment(booking_id=booking.id, service_id=service.id, person_id=person.id if person else None, name=name)
    found.booking, found.service = booking, service
    record("amenities.appoint", booking, actor=actor, now=now)
    db.session.add(found)
    db.session.flush()
    return found


def _room(
    service: Service, park: Park, space: Space | None, span: Span, now: datetime, *, but: str = ""
) -> tuple[Space | None, list[Objection]]:
    """Return the room for the slot, or what is against it."""
    against = _of_slot(service, park, span, now, but)
    rooms = queries.rooms([service.id])[service.id]
    if space is not None and space.id not in {room.id for room in rooms}:
        return None, [*against, rules.OTHER_ROOM.about(space=space.code, service=service.names)]
    tried = [space] if space is not None else rooms
    ids = [room.id for room in tried]
    held, kinds = queries.held(ids, span), queries.kinds(ids, day_of(span.starts_at, park.zone))
    found: list[Objection] = []
    for room in tried:
        in_the_way = _of_room(room, [one for one in held[room.id] if one.document != but], kinds, day_of(span.starts_at, park.zone))
        if not in_the_way:
            return room, against
        found += in_the_way
    return None, against + (found if space is not None else [rules.NO_ROOM.about(service=service.names, at=span.starts_at)])


def _of_slot(service: Service, park: Park, span: Span, now: datetime, but: str) -> list[Objection]:
    against = [] if service.active else [rules.INACTIVE.about(service=service.names)]
    if span.ends_at <= now:
        against.append(rules.SLOT_PAST.about(at=span.starts_at))
    day, week, weekday_of = day_of(span.starts_at, park.zone), queries.week(service), queries.weekday_of(service, park)
    slots = rules.slots(week, service.slot_minutes, day, park.zone, weekday_of)
    if not slots:
        against.append(rules.SHUT_DAY.about(service=service.names, day=day))
    elif span not in slots:
        hours = week_text(week).replace("\n", "; ")
        about = {"service": service.names, "at": span.starts_at, "minutes": service.slot_minutes, "hours": hours}
        against.append(rules.NO_SLOT.about(**about))
    if service.places is not None and queries.coming(service.id, span, but=but) >= service.places:
        against.append(rules.SLOTS_FULL.about(service=service.names, places=service.places, at=span.starts_at))
    return against


def _of_room(room: Space, held: Sequence[Held], kinds: dict[int, tuple[str, int | None]], day: date) -> list[Objection]:
    against = []
    if room.id not in kinds:
        against.append(rules.ROOM_GONE.about(space=room.code, day=day))
    elif kinds[room.id][0] != KIND[Desk.HOSPITAL]:
        against.append(rules.NOT_A_CLINIC.about(space=room.code).at("room"))
    for one in held[:1]:
        closed = one.kind == HoldKind.CLOSURE
        said = rules.ROOM_TAKEN if not closed else rules.ROOM_CLOSED if one.ends_at < FOREVER else rules.ROOM_CLOSED_ON
        against.append(said.about(space=room.code, starts_at=one.starts_at, ends_at=one.ends_at, document=one.document if closed else ""))
    return against


def _book(service: Service, park: Park, room: Space, span: Span, key: str | None, *, actor: Actor, now: datetime) -> Booking:
    """The operator has the room. The hours are the service's: the rules by which others might book a clinic do not count here."""
    slot = Slot(room.id, span)
    known = booking_queries.facts(park, [slot], service.operator, actor=actor, user_id=None, now=now)
    space, facts = known[room.id]
    hours = Conditions(week=queries.week(service), open_on_holidays=service.open_on_holidays)
    line = booking_queries.line(slot, 1, space, replace(facts, conditions=hours, used=()), now)
    plan = bookings.Planned(service.operator, bookings.Wanted((slot,), key=key), [replace(line, objections=(), answer=Answer.INSTANT)])
    [[booking]] = bookings.book_planned(park, [plan], actor=actor, now=now)
    booking.undo = booking.undo_until = None
    return booking


def move_appointment(
    appointment: Appointment,
    park: Park,
    space: Space | None,
    starts_at: datetime,
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """The appointment is in another slot or room of its service, under the same number.

    Raises:
        Refused: with every objection.
        Stale: somebody changed it after *version*.
    """
    booking, service = appointment.booking, appointment.service
    booking.expect(version)
    span = Span(starts_at, starts_at + timedelta(minutes=service.slot_minutes))
    if booking.state != State.CONFIRMED:
        raise Refused([rules.NOT_NOW.about(number=booking.number)])
    room, against = _room(service, park, space, span, now, but=booking.number)
    refuse(against)
    if room is None:
        raise LookupError("a slot without objections has a room")
    ledger.withdraw(booking.number, now=now)
    booking.space_id, booking.space, booking.starts_at, booking.ends_at = room.id, room, span.starts_at, span.ends_at
    booking.sequence += 1
    booking.undo = booking.undo_until = None
    record("amenities.move_appointment", booking, actor=actor, now=now)
    ledger.take([room], span, kind=HoldKind.BOOKING, holder_id=booking.organisation_id, document=booking.number, now=now)


def cancel_appointment(appointment: Appointment, *, version: int | None = None, actor: Actor, now: datetime) -> None:
    """Nobody comes, and the room is free again.

    Raises:
        Refused: it is over or cancelled.
        Stale: somebody changed it after *version*.
    """
    appointment.booking.expect(version)
    bookings.cancel([appointment.booking], reason=CANCELLED, actor=actor, now=now)


def arrive(appointment: Appointment, *, version: int | None = None, actor: Actor, now: datetime) -> None:
    """Who was expected is there.

    Raises:
        Refused: it is too early or too late, or it is cancelled.
        Stale: somebody changed it after *version*.
    """
    appointment.booking.expect(version)
    bookings.check_in(appointment.booking, actor=actor, now=now)


def miss(appointment: Appointment, *, version: int | None = None, actor: Actor, now: datetime) -> None:
    """Nobody came; what is left of the slot is free.

    Raises:
        Refused: it has not begun, somebody came, or it is cancelled.
        Stale: somebody changed it after *version*.
    """
    booking = appointment.booking
    booking.expect(version)
    against = []
    if booking.checked_in_at is not None:
        against.append(rules.CAME.about(number=booking.number))
    elif booking.state not in (State.CONFIRMED, State.COMPLETED):
        against.append(rules.NOT_NOW.about(number=booking.number))
    elif now < booking.starts_at:
        against.append(rules.NOT_BEGUN.about(number=booking.number, starts_at=booking.starts_at))
    refuse(against)
    booking.state, booking.ended_at = State.NO_SHOW.value, now
    booking.undo = booking.undo_until = None
    booking.sequence += 1
    record("amenities.miss", booking, actor=actor, now=now)
    if now < booking.ends_at:
        bookings.let_go(booking, now)


def erase_who_came(appointment: Appointment, *, now: datetime) -> bool:
    """Who came is not kept any longer; that somebody came stays. Tell whether anything was to be erased."""
    if appointment.erased_at is not None or appointment.booking.ends_at > now - rules.KEPT:
        return False
    appointment.person_id, appointment.name, appointment.erased_at = None, "", now
    record("amenities.erase", appointment.booking, actor=SYSTEM, now=now)
    return True


# Memberships


def add_membership(
    park: Park,
    organisation: Organisation,
    *,
    plan: str,
    starts_on: date,
    ends_on: date,
    visits: int | None = None,
    price: Money | None = None,
    person: Person | None = None,
    actor: Actor,
    now: datetime,
) -> SportsMembership:
    """The person, or whoever shows the organisation's card, may use the sports centre from one day to another.

    Raises:
        Refused: with every objection; a person has one membership at a time.
    """
    against = [] if plan.strip() else [rules.NEEDS_PLAN]
    if ends_on < starts_on:
        against.append(rules.BACKWARDS)
    if visits is not None and visits < 1:
        against.append(rules.NO_VISITS)
    if price is not None and price.currency != park.currency:
        against.append(rules.OTHER_CURRENCY.about(currency=park.currency).at("price"))
    if person is not None and person.organisation_id != organisation.id:
        against.append(rules.PERSON_OF_OTHER.about(number=person.number))
    other = queries.overlapping_membership(person.id, starts_on, ends_on) if person is not None and not against else None
    if other is not None and person is not None:
        about = {"person": person.number, "number": other.number, "starts_on": other.starts_on, "ends_on": other.ended_on or other.ends_on}
        against.append(rules.OVERLAPS.about(**about))
    refuse(against)
    membership = SportsMembership(
        park_id=park.id,
        number=take_number("SM", day_of(now, park.zone).year),
        organisation_id=organisation.id,
        person_id=person.id if person else None,
        plan=plan.strip(),
        starts_on=starts_on,
        ends_on=ends_on,
        visits=visits,
        price_minor=price.minor if price else None,
        currency=price.currency if price else "",
    )
    db.session.add(membership)
    db.session.flush()
    record("amenities.add_membership", membership, actor=actor, now=now)
    return membership


def end_membership(membership: SportsMembership, on: date, *, version: int | None = None, actor: Actor, now: datetime) -> None:
    """The membership ends on a day earlier than was agreed; that day is its last.

    Raises:
        Refused: it has ended, or the day is not inside it.
        Stale: somebody changed it after *version*.
    """
    membership.expect(version)
    if membership.ended_on is not None:
        raise Refused([rules.ENDED.about(number=membership.number, ends_on=membership.ended_on).at("on")])
    if not membership.starts_on <= on <= membership.ends_on:
        raise Refused([rules.END_OUTSIDE.about(starts_on=membership.starts_on, ends_on=membership.ends_on)])
    membership.ended_on = on
    record("amenities.end_membership", membership, actor=actor, now=now)


# Visits


def count_visit(
    service: Service,
    park: Park,
    *,
    membership: SportsMembership | None = None,
    class_: str = "",
    people: int = 1,
    key: str | None = None,
    actor: Actor,
    now: datetime,
) -> Visit:
    """So many people came in, with a membership or as a class of price. Sent again with the same key it changes nothing.

    Raises:
        Refused: with every objection.
    """
    made = queries.visit_of_key(key) if key is not None else None
    if made is not None:
        return made
    day, week, weekday_of = day_of(now, park.zone), queries.week(service), queries.weekday_of(service, park)
    against = rules.visit_against(
        str(service.names),
        people,
        hours=week_text(week).replace("\n", "; "),
        is_open=is_open(week, Span(now, now + timedelta(seconds=1)), park.zone, weekday_of),
        active=service.active,
        places=service.places,
        there=queries.there_now([service.id], now, {service.id: service.slot_minutes})[service.id],
    )
    if (membership is None) == (class_ == ""):
        against.append(rules.CARD_OR_CLASS)
    elif membership is not None:
        against += rules.card_against(queries.card(membership), people, day)
    elif class_ not in CLASSES:
        against.append(rules.BAD_CLASS.about(name=class_))
    refuse(against)
    price = None if membership is not None else rules.price(queries.prices(service), class_, people)
    visit = Visit(
        park_id=park.id,
        service_id=service.id,
        membership_id=membership.id if membership else None,
        at=now,
        people=people,
        price_minor=price.minor if price else None,
        currency=price.currency if price else "",
        made_by_id=actor.user_id,
        key=key,
    )
    db.session.add(visit)
    db.session.flush()
    record("amenities.count_visit", visit, actor=actor, now=now)
    return visit


def cancel_visit(visit: Visit, *, actor: Actor, now: datetime) -> None:
    """It was counted by mistake, and does not count.

    Raises:
        Refused: it is taken back already.
    """
    if visit.cancelled_at is not None:
        raise Refused([rules.CANCELLED])
    visit.cancelled_at = now
    record("amenities.cancel_visit", visit, actor=actor, now=now)
