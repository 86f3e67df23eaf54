"""Every question about services, appointments, memberships, visits and seasons.

Who comes to an appointment is answered to the hospital's desk alone; its pages note the look before they are shown.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true
from sqlalchemy.orm import joinedload

from parkmgr.amenities.models import Appointment, Desk, Season, SeasonSpace, Service, ServiceRoom, SportsMembership, Visit, Wish
from parkmgr.amenities.rules import KEPT, Blocked, Card, Court, Hour, dates, minutes_of, weekday_hours
from parkmgr.bookings.models import Booking
from parkmgr.bookings.queries import RuleBook, rule_book
from parkmgr.bookings.rules import Conditions, State
from parkmgr.calendars.rules import Week, WeekdayOf, open_spans, parse_week
from parkmgr.calendars.working_days import calendar
from parkmgr.db import db
from parkmgr.errors import Missing, Refused
from parkmgr.occupancy import queries as ledger
from parkmgr.occupancy.models import HoldKind
from parkmgr.occupancy.queries import Held
from parkmgr.organisations.models import Organisation
from parkmgr.people.models import Person
from parkmgr.places.models import Park, Particulars, Space
from parkmgr.places.queries import now_of
from parkmgr.policy import DEEDS, Actor, Role
from parkmgr.searching import matches
from parkmgr.values import Money, Span, midnight

COMING = (State.CONFIRMED.value, State.CHECKED_IN.value)
"""An appointment takes a place."""


@lru_cache(maxsize=128)
def _week(text: str) -> Week:
    return parse_week(text)


def week(service: Service) -> Week:
    """When is the service open?"""
    return _week(service.week)


def weekday_of(service: Service, park: Park) -> WeekdayOf:
    """Which weekday's hours of the service apply on a day?"""
    return weekday_hours(calendar(park.country).weekday_of, open_on_holidays=service.open_on_holidays)


def prices(service: Service) -> dict[str, Money]:
    """What does a visit cost, by class?"""
    return {line["class"]: Money(line["minor"], line["currency"]) for line in service.prices}


# Services


def services(park_id: int, desk: str = "", *, active: bool = False) -> list[Service]:
    """Which services has the park (one desk), in order of desk and code? With their operators."""
    wanted = select(Service).where(Service.park_id == park_id).options(joinedload(Service.operator)).order_by(Service.desk, Service.code)
    if desk:
        wanted = wanted.where(Service.desk == desk)
    if active:
        wanted = wanted.where(Service.active)
    return list(db.session.scalars(wanted))


def service(park_id: int, code: str, desk: str = "") -> Service:
    """Which service of the park (of one desk) has the code?

    Raises:
        Missing: there is none.
    """
    wanted = select(Service).where(Service.park_id == park_id, Service.code == code).options(joinedload(Service.operator))
    if desk:
        wanted = wanted.where(Service.desk == desk)
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise Missing
    return found


def rooms(service_ids: Collection[int]) -> dict[int, list[Space]]:
    """Which rooms has each service, in order of code?"""
    found: dict[int, list[Space]] = {id_: [] for id_ in service_ids}
    for id_, space in db.session.execute(
        select(ServiceRoom.service_id, Space)
        .join(Space, Space.id == ServiceRoom.space_id)
        .where(ServiceRoom.service_id.in_(service_ids))
        .order_by(Space.code)
    ):
        found[id_].append(space)
    return found


def room_rows(service_id: int) -> list[ServiceRoom]:
    """Which rows say that the service uses a room?"""
    return list(db.session.scalars(select(ServiceRoom).where(ServiceRoom.service_id == service_id)))


def kinds(space_ids: Collection[int], on: date) -> dict[int, tuple[str, int | None]]:
    """What is each of the spaces on a day: its kind, and how many it seats? Those that are not there then are not in it."""
    rows = db.session.execute(
        select(Space.id, Particulars.kind, Particulars.capacity).join(Particulars, now_of(on)).where(Space.id.in_(space_ids))
    )
    return {row[0]: (row[1], row[2]) for row in rows}


# Appointments


@dataclass(frozen=True, slots=True)
class Came:
    """An appointment, and who comes: a number, a name, or both; neither once that was erased."""

    number: str
    space_id: int
    span: Span
    state: str
    person: str
    name: str


def held(space_ids: Collection[int], span: Span) -> dict[int, list[Held]]:
    """What is in the ledger about each of the spaces in the span, in order of time? In two SELECTs."""
    found: dict[int, list[Held]] = {id_: [] for id_ in space_ids}
    for overlap in ledger.overlapping(space_ids, span):
        found[overlap.asked_id].append(overlap.held)
    return found


def appointments(service_id: int, span: Span) -> list[Came]:
    """Who comes to the service in the span? In order of time and room; one SELECT."""
    rows = db.session.execute(
        select(
            Booking.number,
            Booking.space_id,
            Booking.starts_at,
            Booking.ends_at,
            Booking.state,
            func.coalesce(Person.number, ""),
            case((Appointment.name != "", Appointment.name), else_=func.coalesce(Person.name, "")),
        )
        .select_from(Appointment)
        .join(Booking, Booking.id == Appointment.booking_id)
        .outerjoin(Person, Person.id == Appointment.person_id)
        .where(Appointment.service_id == service_id, Booking.starts_at < span.ends_at, Booking.ends_at > span.starts_at)
        .order_by(Booking.starts_at, Booking.space_id, Booking.id)
    )
    return [Came(row[0], row[1], Span(row[2], row[3]), row[4], row[5], row[6]) for row in rows]


def coming(service_id: int, span: Span, *, but: str = "") -> int:
    """How many appointments of the service are in the span? That of the number *but* does not count."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Appointment)
            .join(Booking, Booking.id == Appointment.booking_id)
            .where(
                Appointment.service_id == service_id,
                Booking.state.in_(COMING),
                Booking.starts_at < span.ends_at,
                Booking.ends_at > span.starts_at,
                Booking.number != but,
            )
        )
        or 0
    )


def appointment(park_id: int, number: str) -> Appointment:
    """Which appointment has the number of its booking? With booking, service and person. For the hospital's desk.

    Raises:
        Missing: there is none.
    """
    if not number.isprintable():
        raise Missing
    found = db.session.scalars(
        select(Appointment)
        .join(Booking, Booking.id == Appointment.booking_id)
        .where(Booking.number == number, Booking.park_id == park_id)
        .options(
            joinedload(Appointment.booking).joinedload(Booking.park),
            joinedload(Appointment.booking).joinedload(Booking.space),
            joinedload(Appointment.booking).joinedload(Booking.organisation),
            joinedload(Appointment.booking).joinedload(Booking.user),
            joinedload(Appointment.service).joinedload(Service.operator),
            joinedload(Appointment.person),
        )
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def of_key(key: str) -> Appointment | None:
    """Which appointment did the form with this key make?"""
    return db.session.scalars(
        select(Appointment)
        .join(Booking, Booking.id == Appointment.booking_id)
        .where(Booking.key == key)
        .options(joinedload(Appointment.booking))
    ).one_or_none()


def to_be_erased(now: datetime, *, most: int = 500) -> list[int]:
    """Who came long enough ago to be erased? Ids of appointments, the oldest first."""
    return list(
        db.session.scalars(
            select(Appointment.id)
            .join(Booking, Booking.id == Appointment.booking_id)
            .where(Appointment.erased_at.is_(None), Booking.ends_at <= now - KEPT)
            .order_by(Appointment.id)
            .limit(most)
        )
    )


def appointments_of_ids(ids: Collection[int]) -> list[Appointment]:
    """Which appointments have the ids? With their bookings."""
    return list(
        db.session.scalars(
            select(Appointment).where(Appointment.id.in_(ids)).options(joinedload(Appointment.booking)).order_by(Appointment.id)
        )
    )


# Memberships


def own(actor: Actor, deed: str, park: Any, organisation: Any) -> ColumnElement[bool]:
    """Which rows of a park and an organisation may the actor do the deed with? A liaison: those of her organisation."""
    open_: list[ColumnElement[bool]] = []
    for grant in actor.grants:
        if grant.role in DEEDS[deed].roles:
            there = true() if grant.park_id is None else park == grant.park_id
            open_.append(and_(there, organisation == grant.organisation_id) if grant.role is Role.LIAISON else there)
    return or_(false(), *open_)


def _used() -> Any:
    return (
        select(func.coalesce(func.sum(Visit.people), 0))
        .where(Visit.membership_id == SportsMembership.id, Visit.cancelled_at.is_(None))
        .correlate(SportsMembership)
        .scalar_subquery()
    )


def memberships(park_id: int, actor: Actor, *, search: str = "", valid_on: date | None = None) -> Select[Any]:
    """Return the SELECT of the park's sports memberships that the actor may read, with how many visits were counted."""
    last = func.coalesce(SportsMembership.ended_on, SportsMembership.ends_on)
    wanted = [
        SportsMembership.park_id == park_id,
        own(actor, "amenities.memberships", SportsMembership.park_id, SportsMembership.organisation_id),
    ]
    if search.strip():
        text = search.strip()
        wanted.append(
            or_(
                SportsMembership.number == text.upper(),
                Person.number == text.upper(),
                matches(Organisation.search, text),
                SportsMembership.plan.icontains(text, autoescape=True),
            )
        )
    if valid_on is not None:
        wanted += [SportsMembership.starts_on <= valid_on, last >= valid_on]
    return (
        select(
            SportsMembership.id,
            SportsMembership.number,
            SportsMembership.plan,
            SportsMembership.starts_on,
            last.label("ends_on"),
            SportsMembership.visits,
            _used().label("used"),
            SportsMembership.price_minor,
            SportsMembership.currency,
            SportsMembership.ended_on,
            Person.number.label("person"),
            Organisation.code.label("organisation"),
            Organisation.name_en,
            Organisation.name_ru,
            Organisation.name_zh,
        )
        .select_from(SportsMembership)
        .join(Organisation, Organisation.id == SportsMembership.organisation_id)
        .outerjoin(Person, Person.id == SportsMembership.person_id)
        .where(*wanted)
    )


def membership(park_id: int, number: str) -> SportsMembership:
    """Which sports membership of the park has the number? With organisation and person.

    Raises:
        Missing: there is none.
    """
    if not number.isprintable():
        raise Missing
    found = db.session.scalars(
        select(SportsMembership)
        .where(SportsMembership.park_id == park_id, SportsMembership.number == number)
        .options(joinedload(SportsMembership.organisation), joinedload(SportsMembership.person))
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def card(membership_: SportsMembership) -> Card:
    """What is the membership worth to who comes with it?"""
    used = (
        db.session.scalar(
            select(func.coalesce(func.sum(Visit.people), 0)).where(Visit.membership_id == membership_.id, Visit.cancelled_at.is_(None))
        )
        or 0
    )
    left = None if membership_.visits is None else membership_.visits - int(used)
    return Card(membership_.number, membership_.starts_on, membership_.ended_on or membership_.ends_on, left)


def overlapping_membership(person_id: int, starts_on: date, ends_on: date) -> SportsMembership | None:
    """Which membership of a person holds in the days from one to another already?"""
    return db.session.scalars(
        select(SportsMembership)
        .where(
            SportsMembership.person_id == person_id,
            SportsMembership.starts_on <= ends_on,
            func.coalesce(SportsMembership.ended_on, SportsMembership.ends_on) >= starts_on,
        )
        .order_by(SportsMembership.starts_on)
        .limit(1)
    ).one_or_none()


# Visits


def there_now(service_ids: Collection[int], now: datetime, lengths: dict[int, int]) -> dict[int, int]:
    """How many people are at each service now? A visit counts for the minutes that the service says one lasts."""
    longest = max((lengths[id_] for id_ in service_ids), default=0)
    counted = dict.fromkeys(service_ids, 0)
    for service_id, at, people in db.session.execute(
        select(Visit.service_id, Visit.at, Visit.people).where(
            Visit.service_id.in_(service_ids),
            Visit.cancelled_at.is_(None),
            Visit.at > now - timedelta(minutes=longest),
            Visit.at <= now,
        )
    ):
        if at > now - timedelta(minutes=lengths[service_id]):
            counted[service_id] += people
    return counted


def visit_of_key(key: str) -> Visit | None:
    """Which visit did the form with this key count?"""
    return db.session.scalars(select(Visit).where(Visit.key == key).options(joinedload(Visit.service))).one_or_none()


def visit(park_id: int, visit_id: int) -> Visit:
    """Which visit has the id?

    Raises:
        Missing: none of this park's.
    """
    found = db.session.scalars(
        select(Visit).where(Visit.id == visit_id, Visit.park_id == park_id).options(joinedload(Visit.service))
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def last_visits(park_id: int, since: datetime, *, most: int = 20) -> list[Visit]:
    """Which visits were counted last, since an instant? The latest first."""
    return list(
        db.session.scalars(
            select(Visit)
            .join(Service, Service.id == Visit.service_id)
            .where(Visit.park_id == park_id, Visit.at >= since, Service.desk == Desk.SPORTS.value)
            .options(joinedload(Visit.service), joinedload(Visit.membership))
            .order_by(Visit.at.desc(), Visit.id.desc())
            .limit(most)
        )
    )


@dataclass(frozen=True, slots=True)
class DayCount:
    """A service's visits of a day. money: what who came without a membership paid; None where nothing."""

    day: date
    service: Service
    visits: int
    people: int
    with_membership: int
    money: Money | None


def visits_by_day(park: Park, first: date, last: date, *, service: str = "") -> list[DayCount]:
    """How many came on each of the days (both inclusive) to each service? Days and services without a visit are left out; one SELECT."""
    wanted = (
        select(Visit, Service)
        .join(Service, Service.id == Visit.service_id)
        .where(
            Visit.park_id == park.id,
            Visit.cancelled_at.is_(None),
            Visit.at >= midnight(first, park.zone),
            Visit.at < midnight(last + timedelta(days=1), park.zone),
        )
        .order_by(Visit.at)
    )
    if service:
        wanted = wanted.where(Service.code == service)
    found: dict[tuple[date, str], list[tuple[Visit, Service]]] = {}
    for visit_, service_ in db.session.execute(wanted):
        found.setdefault((visit_.at.astimezone(park.zone).date(), service_.code), []).append((visit_, service_))
    return [_day_count(day, rows) for (day, _), rows in sorted(found.items(), key=lambda item: item[0])]


def _day_count(day: date, rows: Sequence[tuple[Visit, Service]]) -> DayCount:
    paid = [Money(visit_.price_minor, visit_.currency) for visit_, _ in rows if visit_.price_minor is not None]
    return DayCount(
        day,
        rows[0][1],
        len(rows),
        sum(visit_.people for visit_, _ in rows),
        sum(visit_.people for visit_, _ in rows if visit_.membership_id is not None),
        sum(paid[1:], paid[0]) if paid else None,
    )


# Seasons


def seasons(park_id: int) -> list[Season]:
    """Which seasons has the park, the latest first?"""
    return list(db.session.scalars(select(Season).where(Season.park_id == park_id).order_by(Season.starts_on.desc(), Season.code)))


def season(park_id: int, code: str) -> Season:
    """Which season of the park has the code?

    Raises:
        Missing: there is none.
    """
    found = db.session.scalars(select(Season).where(Season.park_id == park_id, Season.code == code)).one_or_none()
    if found is None:
        raise Missing
    return found


def season_spaces(season_id: int) -> list[Space]:
    """Which courts does the season give out, in order of code?"""
    return list(
        db.session.scalars(
            select(Space).join(SeasonSpace, SeasonSpace.space_id == Space.id).where(SeasonSpace.season_id == season_id).order_by(Space.code)
        )
    )


def wishes(season_: Season, actor: Actor | None = None) -> list[Wish]:
    """Which wishes has the season that were not withdrawn, by organisation and rank? actor: only those that she may read."""
    wanted = (
        select(Wish)
        .join(Organisation, Organisation.id == Wish.organisation_id)
        .where(Wish.season_id == season_.id, Wish.state != "withdrawn")
        .options(joinedload(Wish.organisation), joinedload(Wish.space), joinedload(Wish.given_space), joinedload(Wish.set))
        .order_by(Organisation.code, Wish.rank)
    )
    if actor is not None and not all_wishes(actor, season_):
        wanted = wanted.where(Wish.organisation_id.in_(actor.organisations(season_.park_id)))
    return list(db.session.scalars(wanted))


def all_wishes(actor: Actor, season_: Season) -> bool:
    """May the actor read what every club asked for? Everybody once the hours are given out; before that only the park's own people."""
    keeps = actor.roles(season_.park_id) & {Role.ADMINISTRATOR, Role.AUDITOR, Role.SPORTS_DESK}
    return bool(keeps) or season_.state == "allocated"


def wish(season_: Season, wish_id: int, actor: Actor) -> Wish:
    """Which wish of the season has the id?

    Raises:
        Missing: there is none, or it is another club's.
    """
    mine = own(actor, "amenities.withdraw_wish", season_.park_id, Wish.organisation_id)
    found = db.session.scalars(
        select(Wish)
        .where(Wish.id == wish_id, Wish.season_id == season_.id, Wish.state != "withdrawn", mine)
        .options(joinedload(Wish.organisation), joinedload(Wish.season))
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def clubs(park_id: int, actor: Actor, deed: str = "amenities.wish") -> list[Organisation]:
    """For which organisations may the actor ask for hours? A liaison for her own, who keeps the courts for all."""
    wanted = select(Organisation).order_by(Organisation.code)
    keeps = any(
        grant.role in DEEDS[deed].roles and grant.role is not Role.LIAISON and grant.park_id in (None, park_id) for grant in actor.grants
    )
    return list(db.session.scalars(wanted if keeps else wanted.where(Organisation.id.in_(actor.organisations(park_id)))))


def hour(wish_: Wish) -> Hour:
    """Return a wish as a value."""
    court = wish_.space.code if wish_.space is not None else ""
    return Hour(wish_.organisation.code, wish_.rank, wish_.weekday, wish_.from_minute, wish_.minutes, court, wish_.people)


@dataclass(frozen=True, slots=True)
class Board:
    """The courts of a season with all that is in their way. closed: days on which none of them is open, left out of every series."""

    courts: tuple[Court, ...]
    spaces: dict[str, Space]
    closed: frozenset[date]


def board(park: Park, season_: Season) -> Board:
    """Which courts does the season give out, and what is in the way on which of its days? In six SELECTs."""
    spaces = season_spaces(season_.id)
    ids = [space.id for space in spaces]
    book, units = rule_book(park.id), ledger.units(ids)
    what = kinds(ids, season_.starts_on)
    whole = Span(midnight(season_.starts_on, park.zone), midnight(season_.ends_on + timedelta(days=2), park.zone))
    holds = held(ids, whole)
    under = {space.id: _conditions(space, book, what) for space in spaces}
    days = [day for number in range(1, 8) for day in dates(season_.starts_on, season_.ends_on, number)]
    closed = frozenset(day for day in days if all(_day_closed(day, park, under[id_], holds[id_]) for id_ in ids))
    courts = tuple(
        _court(
            space, park, under[space.id], holds[space.id], frozenset(units[space.id]), what.get(space.id, ("", None))[1], season_, closed
        )
        for space in spaces
    )
    return Board(courts, {space.code: space for space in spaces}, closed)


def _conditions(space: Space, book: RuleBook, what: dict[int, tuple[str, int | None]]) -> Conditions | None:
    kind = what[space.id][0] if space.id in what else ""
    return book.nearest(space.id, kind, bookable=space.bookable and space.id in what)


def _open_weekday(conditions: Conditions, park: Park) -> WeekdayOf:
    return weekday_hours(calendar(park.country).weekday_of, open_on_holidays=conditions.open_on_holidays)


def _day_closed(day: date, park: Park, conditions: Conditions | None, holds: Sequence[Held]) -> bool:
    """Tell whether the court is closed all that day: a holiday, or a closure over all of its open hours."""
    if conditions is None or _open_weekday(conditions, park)(day) is None:
        return True
    spans = open_spans(conditions.week, day, park.zone, as_weekday=_open_weekday(conditions, park)(day))
    closures = [one.span for one in holds if one.kind == HoldKind.CLOSURE]
    return bool(spans) and all(any(c.starts_at <= s.starts_at and s.ends_at <= c.ends_at for c in closures) for s in spans)


def _court(
    space: Space,
    park: Park,
    conditions: Conditions | None,
    holds: Sequence[Held],
    units: frozenset[int],
    seats: int | None,
    season_: Season,
    closed: frozenset[date],
) -> Court:
    if conditions is None:
        return Court(space.code, seats, units, weekdays=frozenset())
    weekday = _open_weekday(conditions, park)
    first: dict[tuple[int, int, int, str], date] = {}
    open_days = set()
    for number in range(1, 8):
        for day in dates(season_.starts_on, season_.ends_on, number):
            if day in closed:
                continue
            spans = open_spans(conditions.week, day, park.zone, as_weekday=weekday(day))
            if spans:
                open_days.add(number)
            for begins, ends in _shut([minutes_of(span, day, park.zone) for span in spans]):
                first.setdefault((number, begins, ends, "shut"), day)
            today = Span(midnight(day, park.zone), midnight(day + timedelta(days=1), park.zone))
            for one in holds:
                if one.span.overlaps(today):
                    why = "closed" if one.kind == HoldKind.CLOSURE else "taken"
                    first.setdefault((number, *minutes_of(one.span, day, park.zone), why), day)
    blocked = tuple(Blocked(*key, on=day.isoformat()) for key, day in sorted(first.items()))
    turnaround = conditions.turnaround // timedelta(minutes=1)
    return Court(space.code, seats, units, turnaround, blocked, frozenset(open_days))


def _shut(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the minutes of a day outside its open ones."""
    found, reached = [], 0
    for first, last in sorted(spans):
        if first > reached:
            found.append((reached, first))
        reached = max(reached, last)
    return [*found, (reached, 1440)] if reached < 1440 else found


def person_of(park_id: int, number: str) -> Person | None:
    """Who in the park has the resident number, and was not erased?"""
    return db.session.scalars(
        select(Person).where(Person.park_id == park_id, Person.number == number.upper(), Person.erased_at.is_(None))
    ).one_or_none()


def week_of(text: str) -> Week:
    """Return the hours that a text says.

    Raises:
        Refused: at the field `week`, with what cannot be read.
    """
    try:
        return parse_week(text)
    except Refused as refused:
        raise Refused([objection.at("week") for objection in refused.objections]) from None
