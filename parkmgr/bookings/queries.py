"""Every question about bookings."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, exists, false, func, literal_column, or_, select, text, true
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from parkmgr.accounts.models import RoleGrant, User
from parkmgr.bookings.models import LIVE_ONES, Booking, BookingRules, Feature, SpaceFeature, Waiting, WaitState
from parkmgr.bookings.rules import (
    COUNTED,
    DESK_OF_KIND,
    DESK_OF_ROLE,
    LIVE,
    Access,
    Answer,
    Conditions,
    Facts,
    PriceClass,
    Quota,
    Standing,
    State,
    Taken,
    Used,
    Who,
    fee,
    objections,
    with_taken,
)
from parkmgr.calendars.rules import Week, parse_week
from parkmgr.calendars.working_days import calendar
from parkmgr.db import Instant, Key, db
from parkmgr.errors import Missing, Objection
from parkmgr.labs import queries as labs
from parkmgr.occupancy import queries as ledger
from parkmgr.occupancy.models import Hold, HoldKind
from parkmgr.organisations.models import Membership, Organisation
from parkmgr.people import queries as people
from parkmgr.places.models import Building, Park, Particulars, Space
from parkmgr.policy import DEEDS, Actor, Role
from parkmgr.searching import matches
from parkmgr.values import FOREVER, Money, Names, Span, day_of

# The rules of spaces


@lru_cache(maxsize=256)
def _week(text: str) -> Week:
    return parse_week(text)


def conditions(row: BookingRules) -> Conditions:
    """Return the rules of a row as values."""
    return Conditions(
        week=_week(row.week),
        open_on_holidays=row.open_on_holidays,
        answer=Answer(row.answer),
        access=tuple(Access(line["who"], line["name"], Answer(line["answer"])) for line in row.access),
        least=timedelta(minutes=row.min_minutes),
        most=timedelta(minutes=row.max_minutes),
        step=timedelta(minutes=row.step_minutes),
        lead=timedelta(minutes=row.lead_minutes),
        ahead=timedelta(days=row.ahead_days),
        turnaround=timedelta(minutes=row.turnaround_minutes),
        quotas=tuple(Quota(line["whom"], line["per"], line["measure"], line["most"]) for line in row.quotas),
        prices={line["class"]: Money(line["minor"], line["currency"]) for line in row.prices},
        request_holds=row.request_holds,
        decide_within=timedelta(hours=row.decide_hours),
        four_eyes=row.four_eyes,
        release=None if row.release_minutes is None else timedelta(minutes=row.release_minutes),
        alone=_week(row.alone_week) if row.alone_week else None,
        cancel_before=timedelta(minutes=row.cancel_minutes),
        rules_id=row.id,
    )


class RuleBook:
    """The rules of a park, read once; they know which are nearest to a space."""

    def __init__(self, rows: Sequence[BookingRules]) -> None:
        self.of_space = {row.space_id: conditions(row) for row in rows if row.space_id is not None}
        self.of_kind = {row.kind: conditions(row) for row in rows if row.space_id is None}

    def nearest(self, space_id: int, kind: str, *, bookable: bool) -> Conditions | None:
        """Return the rules of the space, else of its kind, else of the park; None where it cannot be booked."""
        if not bookable:
            return None
        return self.of_space.get(space_id) or self.of_kind.get(kind) or self.of_kind.get("")


def rule_book(park_id: int) -> RuleBook:
    """Under which rules are the park's spaces booked?"""
    return RuleBook(db.session.scalars(select(BookingRules).where(BookingRules.park_id == park_id)).all())


def all_rules(park_id: int) -> list[tuple[BookingRules, str]]:
    """Which rules has the park, with the code of the space that they are of (empty for a kind)? In order of kind and code."""
    rows = db.session.execute(
        select(BookingRules, func.coalesce(Space.code, ""))
        .outerjoin(Space, Space.id == BookingRules.space_id)
        .where(BookingRules.park_id == park_id)
        .order_by(BookingRules.kind, Space.code.nulls_first())
    )
    return [(row[0], row[1]) for row in rows]


def rules(park_id: int, rules_id: int) -> BookingRules:
    """Which rules have the id?

    Raises:
        Missing: none of this park's.
    """
    found = db.session.scalars(select(BookingRules).where(BookingRules.id == rules_id, BookingRules.park_id == park_id)).one_or_none()
    if found is None:
        raise Missing
    return found


# What bears on a request


@dataclass(frozen=True, slots=True)
class Slot:
    """One space on one date of what is asked. recurs_at: when the series' rule has it."""

    space_id: int
    span: Span
    recurs_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Crew:
    """Who works there, and the second person (ids of people), where a laboratory asks. person_id None: the booker's own person."""

    person_id: int | None = None
    buddy_id: int | None = None


NO_CREW = Crew()


@dataclass(frozen=True, slots=True)
class Line:
    """One slot, and what the park's rules say to it. price None: it costs nothing."""

    slot: Slot
    space: Space
    objections: tuple[Objection, ...]
    answer: Answer
    price: Money | None
    conditions: Conditions | None
    facts: Facts


@cache
def _standing_in_park() -> Select[bool, bool]:
    """Return the SELECT of whether an organisation is a member, and a tenant. Why made once: every booking asks."""
    organisation, park = bindparam("organisation", type_=Key), bindparam("park", type_=Key)
    today, now = bindparam("today", type_=Date), bindparam("now", type_=Instant)
    member = exists().where(
        Membership.organisation_id == organisation,
        Membership.withdrawn_at.is_(None),
        Membership.starts_on <= today,
        Membership.ends_on > today,
    )
    tenant = exists().where(
        Hold.holder_id == organisation,
        Hold.park_id == park,
        Hold.kind == literal_column("'lease'"),  # literally, so that the index of leases is seen to be meant
        Hold.withdrawn_at.is_(None),
        Hold.starts_at <= now,
        Hold.ends_at > now,
    )
    return select(member, tenant)


def who(park: Park, organisation: Organisation, actor: Actor, now: datetime) -> Who:
    """What is the organisation to the park today: a member of the Association, a tenant, or neither?"""
    asked = {"organisation": organisation.id, "park": park.id, "today": day_of(now, park.zone), "now": now}
    is_member, is_tenant = db.session.execute(_standing_in_park(), asked).one()
    class_ = PriceClass.MEMBER if is_member else PriceClass.TENANT if is_tenant else PriceClass.OUTSIDE
    return Who(organisation.code, organisation.kind, class_, frozenset(str(role) for role in actor.roles(park.id)))


def _particulars_then(starts: date) -> ColumnElement[bool]:
    return and_(
        Particulars.space_id == Space.id,
        Particulars.withdrawn_at.is_(None),
        Particulars.starts_on <= starts,
        Particulars.ends_on > starts,
    )


@dataclass(frozen=True, slots=True)
class _Then:
    """What a space is when the first date begins; from when until when (exclusive) it exists without a gap."""

    space: Space
    kind: str = ""
    capacity: int | None = None
    starts_on: date = date.max
    ends_on: date = date.min


@cache
def _between() -> Select[Space, Particulars]:
    """Return the SELECT of spaces of a park with what they are from a day to a day, in order of time."""
    then = and_(
        Particulars.space_id == Space.id,
        Particulars.withdrawn_at.is_(None),
        Particulars.starts_on <= bindparam("last", type_=Date),
        Particulars.ends_on > bindparam("first", type_=Date),
    )
    return (
        select(Space, Particulars)
        .outerjoin(Particulars, then)
        .where(Space.id.in_(bindparam("ids", expanding=True)), Space.park_id == bindparam("park", type_=Key))
        .options(joinedload(Space.building))
        .order_by(Space.id, Particulars.starts_on)
    )


def _spaces_then(park: Park, space_ids: Collection[int], first: date, last: date) -> dict[int, _Then]:
    rows = db.session.execute(_between(), {"ids": list(space_ids), "park": park.id, "first": first, "last": last})
    found: dict[int, _Then] = {}
    for space, row in rows:
        particulars: Particulars | None = row
        then = found.get(space.id)
        if particulars is None:
            found[space.id] = _Then(space)
        elif then is None:
            found[space.id] = _Then(space, particulars.kind, particulars.capacity, particulars.starts_on, particulars.ends_on)
        elif then.ends_on == particulars.starts_on:
            found[space.id] = replace(then, ends_on=particulars.ends_on)
    return found


def _known_holder(held: ledger.Held, desk: str, park: Park, actor: Actor) -> tuple[Names | None, str]:
    own = actor.sees_all(park.id) or held.holder_id in actor.organisations(park.id)
    if own or (desk and decides(actor, park.id, [desk])):
        return held.holder, held.document
    return None, ""


def facts(
    park: Park,
    slots: Sequence[Slot],
    organisation: Organisation,
    *,
    actor: Actor,
    user_id: int | None,
    now: datetime,
    but: Collection[str] = (),
    crew: Crew = NO_CREW,
) -> dict[int, tuple[Space, Facts]]:
    """What bears on booking the slots, by space? In five SELECTs, one more where there are quotas, however many slots there are.

    Laboratories ask more: three SELECTs, and up to four for permits and for what they need.
    but: documents that do not count (what is being changed). Spaces that are not the park's are not in it.
    """
    first = min(slot.span.starts_at for slot in slots)
    last = max(slot.span.ends_at for slot in slots)
    ids = {slot.space_id for slot in slots}
    spaces = _spaces_then(park, ids, day_of(first, park.zone), day_of(last, park.zone))
    book = rule_book(park.id)
    asking = who(park, organisation, actor, now)
    taken: dict[int, dict[Taken, None]] = {space_id: {} for space_id in ids}  # of each document once, however many units it holds
    for overlap in ledger.overlapping(ids, Span(first, min(last + timedelta(days=1), FOREVER))):
        if overlap.held.document not in but:
            desk = DESK_OF_KIND.get(spaces[overlap.asked_id].kind, "") if overlap.asked_id in spaces else ""
            holder, document = _known_holder(overlap.held, desk, park, actor)
            taken[overlap.asked_id][Taken(overlap.held.span, holder, document, overlap.held.kind)] = None
    found: dict[int, tuple[Space, Facts]] = {}
    for space_id, then in spaces.items():
        found[space_id] = (
            then.space,
            Facts(
                space=then.space.code,
                zone=park.zone,
                weekday_of=calendar(park.country).weekday_of,
                conditions=book.nearest(space_id, then.kind, bookable=then.space.bookable),
                who=asking,
                capacity=then.capacity,
                exists_from=then.starts_on,
                exists_until=then.ends_on,
                held=tuple(taken[space_id]),
                kind=then.kind,
            ),
        )
    found = _with_labs(found, park.id, Span(first, last), crew, user_id)
    return _with_used(found, book, park, organisation, user_id, Span(first, last), now, but)


def _with_labs(
    found: dict[int, tuple[Space, Facts]], park_id: int, asked: Span, crew: Crew, user_id: int | None
) -> dict[int, tuple[Space, Facts]]:
    in_labs = [space_id for space_id, (_, facts_) in found.items() if facts_.desk == "lab"]
    if not in_labs:
        return found
    places = labs.places(in_labs)
    if crew.person_id is None:
        crew = replace(crew, person_id=people.person_of(park_id, user_id))
    ids = {id_ for id_ in (crew.person_id, crew.buddy_id) if id_ is not None}
    workers = labs.workers(ids, places) if ids else {}
    needed = {needs_id for place in places.values() for needs_id, _ in place.needs}
    closed: dict[int, list[Taken]] = {}
    for overlap in ledger.overlapping(needed, asked) if needed else ():
        if overlap.held.kind == HoldKind.CLOSURE:
            closed.setdefault(overlap.asked_id, []).append(Taken(overlap.held.span, document=overlap.held.document, kind=overlap.held.kind))
    after = dict(found)
    for space_id in in_labs:
        space, facts_ = found[space_id]
        place = places[space_id]
        after[space_id] = (
            space,
            replace(
                facts_,
                bench=place.bench,
                worker=workers.get((crew.person_id or 0, space_id)),
                buddy=workers.get((crew.buddy_id or 0, space_id)),
                needs=tuple((code, one) for needs_id, code in place.needs for one in dict.fromkeys(closed.get(needs_id, ()))),
            ),
        )
    return after


def _with_used(
    found: dict[int, tuple[Space, Facts]],
    book: RuleBook,
    park: Park,
    organisation: Organisation,
    user_id: int | None,
    asked: Span,
    now: datetime,
    but: Collection[str],
) -> dict[int, tuple[Space, Facts]]:
    with_quotas = {id_ for id_, (_, facts_) in found.items() if facts_.conditions is not None and facts_.conditions.quotas}
    if not with_quotas:
        return found
    counted = used(park, organisation, user_id, book, asked.starts_at, now, but)
    for space_id in with_quotas:
        space, facts_ = found[space_id]
        rules_id = facts_.conditions.rules_id if facts_.conditions else 0
        found[space_id] = (space, replace(facts_, used=counted.get(rules_id, ())))
    return found


def used(
    park: Park,
    organisation: Organisation,
    user_id: int | None,
    book: RuleBook,
    starts_at: datetime,
    now: datetime,
    but: Collection[str] = (),
) -> dict[int, tuple[Used, ...]]:
    """What has the organisation booked that counts against quotas, by the rules that it was booked under (their ids)? One SELECT."""
    rows = db.session.execute(
        select(Booking.space_id, Particulars.kind, Booking.starts_at, Booking.ends_at, Booking.user_id, Booking.number, Space.bookable)
        .join(Space, Space.id == Booking.space_id)
        .join(Particulars, _particulars_then(day_of(starts_at, park.zone)))
        .where(
            Booking.park_id == park.id,
            Booking.organisation_id == organisation.id,
            Booking.state.in_(COUNTED),
            Booking.starts_at >= min(now, starts_at) - timedelta(days=32),
        )
    )
    found: dict[int, list[Used]] = {}
    for row in rows:
        under = book.nearest(row.space_id, row.kind, bookable=row.bookable)
        if under is not None and row.number not in but:
            found.setdefault(under.rules_id, []).append(
                Used(Span(row.starts_at, row.ends_at), user_id is not None and row.user_id == user_id)
            )
    return {rules_id: tuple(counted) for rules_id, counted in found.items()}


def plan(
    park: Park,
    slots: Sequence[Slot],
    organisation: Organisation,
    people: int,
    *,
    actor: Actor,
    user_id: int | None,
    now: datetime,
    but: Collection[str] = (),
    crew: Crew = NO_CREW,
) -> list[Line]:
    """What do the park's rules say to each of the slots, when they are asked for together?

    Raises:
        Missing: a space is not the park's.
    """
    known = facts(park, slots, organisation, actor=actor, user_id=user_id, now=now, but=but, crew=crew)
    sharing = _sharing(known)
    lines = []
    for slot in slots:
        if slot.space_id not in known:
            raise Missing
        space, facts_ = known[slot.space_id]
        lines.append(line(slot, people, space, facts_, now))
        known = _counted(known, slot, facts_.conditions, sharing)
    return lines


def line(slot: Slot, people: int, space: Space, facts_: Facts, now: datetime) -> Line:
    """Return a slot with what the park's rules say to it, by what is known of its space."""
    conditions_ = facts_.conditions
    answer = conditions_.answer_to(facts_.who) if conditions_ else Answer.CLOSED
    price = fee(conditions_.per_hour(facts_.who.price_class), slot.span) if conditions_ else None
    return Line(slot, space, tuple(objections(slot.span, people, facts_, now)), answer, price, conditions_, facts_)


def _sharing(space_ids: Collection[int]) -> set[tuple[int, int]]:
    """Return which of the spaces have a unit in common, as a whole and its part have. No SELECT where one space is asked for."""
    if len(space_ids) < 2:
        return {(space_id, space_id) for space_id in space_ids}
    of = {space_id: set(units) for space_id, units in ledger.units(space_ids).items()}
    return {(one, other) for one in of for other in of if of[one] & of[other]}


def _counted(
    known: dict[int, tuple[Space, Facts]], slot: Slot, under: Conditions | None, sharing: set[tuple[int, int]]
) -> dict[int, tuple[Space, Facts]]:
    """Return the facts with the slot in them: it is in the way of what has units of it, and counts for all spaces of the same rules."""
    after = dict(known)
    for space_id, (space, facts_) in known.items():
        if (slot.space_id, space_id) in sharing:
            after[space_id] = (space, with_taken(facts_, [slot.span]))
        elif under is not None and facts_.conditions is not None and facts_.conditions.rules_id == under.rules_id:
            after[space_id] = (space, replace(facts_, used=(*facts_.used, Used(slot.span, True))))
    return after


# Bookings


def readable(
    actor: Actor,
    deed: str = "bookings.show",
    *,
    park: ColumnElement[int] | InstrumentedAttribute[int] = Booking.park_id,
    organisation: ColumnElement[int] | InstrumentedAttribute[int] = Booking.organisation_id,
) -> ColumnElement[bool]:
    """Which bookings may this actor do this deed with? A liaison: those of her organisation.

    park, organisation: written as a sum, so that SQLite does not go by their index where another condition leaves fewer.
    """
    open_: list[ColumnElement[bool]] = []
    for grant in actor.grants:
        if grant.role not in DEEDS[deed].roles:
            continue
        there = true() if grant.park_id is None else park == grant.park_id
        if grant.role is Role.LIAISON:
            there = and_(there, organisation == grant.organisation_id)
        elif grant.role in DESK_OF_ROLE:
            there = and_(there, Booking.desk == DESK_OF_ROLE[grant.role])
        open_.append(there)
    return or_(false(), *open_)


def keeps_a_desk(actor: Actor, park_id: int) -> bool:
    """Does the actor keep a desk in the park, and so read everybody's bookings of it?"""
    return bool(actor.roles(park_id) & set(DESK_OF_ROLE))


def decides(actor: Actor, park_id: int, desks: Collection[str]) -> bool:
    """Does the actor decide bookings of all these desks in the park ("": no desk's, the administrators' alone)?"""
    roles = actor.roles(park_id)
    own = {DESK_OF_ROLE[role] for role in roles if role in DESK_OF_ROLE}
    return Role.ADMINISTRATOR in roles or (bool(desks) and own.issuperset(desks))


_WHOLE = (
    joinedload(Booking.park, innerjoin=True),
    joinedload(Booking.space, innerjoin=True).joinedload(Space.building, innerjoin=True),
    joinedload(Booking.organisation, innerjoin=True),
    joinedload(Booking.user),
    joinedload(Booking.made_by),
    joinedload(Booking.decided_by),
    joinedload(Booking.set),
    joinedload(Booking.person),
    joinedload(Booking.buddy),
)


def booking(number: str, actor: Actor, deed: str = "bookings.show", *, park: str = "") -> Booking:
    """Which booking has this number, with its park, space, organisation, people and set? One SELECT.

    park: the code of the park that it must be in.
    Raises:
        Missing: when there is none, or the actor may not do the deed with it.
    """
    if not number.isprintable():
        raise Missing
    wanted = select(Booking).where(Booking.number == number, readable(actor, deed)).options(*_WHOLE)
    if park:
        wanted = wanted.join(Park, Park.id == Booking.park_id).where(Park.code == park)
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise Missing
    return found


def by_ids(ids: Collection[int]) -> list[Booking]:
    """Which bookings have the ids? In order of time."""
    return list(
        db.session.scalars(select(Booking).where(Booking.id.in_(ids)).options(*_WHOLE).order_by(Booking.starts_at, Booking.id)).unique()
    )


def of_key(key: str) -> list[Booking]:
    """Which bookings did the form with this key make? Empty when it was not sent yet."""
    first = db.session.scalars(select(Booking).where(Booking.key == key)).one_or_none()
    if first is None:
        return []
    return of_set(first.set_id) if first.set_id is not None else [first]


def of_set(set_id: int) -> list[Booking]:
    """Which bookings are in the set, in order of time?"""
    return list(
        db.session.scalars(
            select(Booking).where(Booking.set_id == set_id).options(*_WHOLE).order_by(Booking.starts_at, Booking.id)
        ).unique()
    )


_NUMBER = re.compile(r"B-[0-9]{4}-[0-9]{4,}")
LONGEST = timedelta(days=31)
"""What is longer is let, not booked; a list need not look further back for what still goes on."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bookings a list shows. state: a State, `live` or empty. since, until: those that touch [since, until)."""

    search: str = ""
    state: str = ""
    organisation: str = ""
    space: str = ""
    building: str = ""
    since: datetime | None = None
    until: datetime | None = None
    mine: bool = False


def _found_by(text_: str) -> ColumnElement[bool]:
    if _NUMBER.fullmatch(text_.upper()):
        return Booking.number == text_.upper()
    return or_(
        Space.code == text_,
        matches(Organisation.search, text_),
        matches(func.lower(Booking.purpose), text_),
        Booking.purpose.contains(text_, autoescape=True),  # SQLite folds Latin letters only
    )


def bookings(park_id: int, actor: Actor, wanted: Wanted) -> Select[Any]:
    """Return the SELECT of the park's bookings that the actor may read."""
    park = Booking.park_id if actor.sees_all(park_id) else Booking.park_id + 0
    conditions_: list[ColumnElement[bool]] = [park == park_id, readable(actor, "bookings.bookings", park=park)]
    if wanted.search.strip():
        conditions_.append(_found_by(wanted.search.strip()))
    if wanted.state == "live":
        conditions_.append(Booking.state.in_(LIVE))
    elif wanted.state:
        conditions_.append(Booking.state == wanted.state)
    if wanted.organisation:
        conditions_.append(Organisation.code == wanted.organisation)
    if wanted.space:
        conditions_.append(Space.code == wanted.space)
    if wanted.building:
        conditions_.append(Building.code == wanted.building)
    if wanted.since is not None:
        conditions_ += [Booking.ends_at > wanted.since, Booking.starts_at > wanted.since - LONGEST]
    if wanted.until is not None:
        conditions_.append(Booking.starts_at < wanted.until)
    if wanted.mine:
        conditions_.append(Booking.user_id == actor.user_id)
    shown: tuple[Any, ...] = (
        Booking.id,
        Booking.number,
        Booking.state,
        Booking.starts_at,
        Booking.ends_at,
        Booking.people,
        Booking.purpose,
        Booking.guest,
        Booking.price_minor,
        Booking.currency,
        Booking.decide_by,
        Booking.requested_at,
        Booking.checked_in_at,
        Booking.set_id,
        Space.code.label("space"),
        Building.code.label("building"),
        Organisation.code.label("organisation"),
        Organisation.name_en,
        Organisation.name_ru,
        Organisation.name_zh,
        User.name.label("person"),
    )
    return (
        select(*shown)
        .select_from(Booking)
        .join(Space, Space.id == Booking.space_id)
        .join(Building, Building.id == Space.building_id)
        .join(Organisation, Organisation.id == Booking.organisation_id)
        .outerjoin(User, User.id == Booking.user_id)
        .where(*conditions_)
    )


def standing(booking_: Booking, conditions_: Conditions | None) -> Standing:
    """Return what bears on a deed about the booking."""
    return Standing(booking_.number, State(booking_.state), booking_.span, conditions_)


def conditions_of(bookings_: Sequence[Booking]) -> dict[int, Conditions | None]:
    """Under which rules does each of one park's bookings stand today, by id? None: its space cannot be booked now. In two SELECTs."""
    zone = bookings_[0].park.zone
    rows = db.session.execute(
        select(Particulars.space_id, Particulars.starts_on, Particulars.ends_on, Particulars.kind).where(
            Particulars.space_id.in_({one.space_id for one in bookings_}), Particulars.withdrawn_at.is_(None)
        )
    ).all()
    book = rule_book(bookings_[0].park_id)

    def kind(one: Booking) -> str:
        day = day_of(one.starts_at, zone)
        return next((row.kind for row in rows if row.space_id == one.space_id and row.starts_on <= day < row.ends_on), "")

    return {one.id: book.nearest(one.space_id, kind(one), bookable=one.space.bookable) for one in bookings_}


def at_door(space_id: int, actor: Actor, now: datetime, *, opens: timedelta) -> list[Booking]:
    """Which bookings of the space, of its whole or its parts, go on now or begin within *opens*, for who may check in? In order of time."""
    held = ledger.overlapping([space_id], Span(now, now + opens + timedelta(microseconds=1)))
    return list(
        db.session.scalars(
            select(Booking)
            .where(
                Booking.number.in_({overlap.held.document for overlap in held}),
                Booking.state.in_((State.CONFIRMED, State.CHECKED_IN)),
                Booking.ends_at > now,
                readable(actor, "bookings.check_in"),
            )
            .options(*_WHOLE)
            .order_by(Booking.starts_at)
        ).unique()
    )


def bookable(park_id: int) -> list[str]:
    """Which codes have the park's bookable spaces?"""
    return list(db.session.scalars(select(Space.code).where(Space.park_id == park_id, Space.bookable).order_by(Space.code)))


def rivals(booking_: Booking) -> list[Booking]:
    """Which other requests are for the same space, or a part or the whole of it, at the same time? In order of asking."""
    units = ledger.units([booking_.space_id])[booking_.space_id]
    others = db.session.scalars(
        select(Booking)
        .where(
            Booking.park_id == booking_.park_id,
            Booking.state == State.REQUESTED.value,
            Booking.id != booking_.id,
            Booking.starts_at < booking_.ends_at,
            Booking.ends_at > booking_.starts_at,
        )
        .options(*_WHOLE)
        .order_by(Booking.requested_at, Booking.id)
    ).all()
    theirs = ledger.units(list({other.space_id for other in others}))
    return [other for other in others if set(theirs[other.space_id]) & set(units)]


_LIVE_ONES = text(f"bookings.{LIVE_ONES}")
"""Said as the index of what is still open says it: SQLite uses it only then."""


def _waits(park_id: int, actor: Actor) -> ColumnElement[bool]:
    park, organisation = Booking.park_id + 0, Booking.organisation_id + 0
    mine = readable(actor, "bookings.inbox", park=park, organisation=organisation)
    return and_(_LIVE_ONES, Booking.state == State.REQUESTED.value, park == park_id, mine)


def requests(park_id: int, actor: Actor, *, most: int = 200) -> list[Booking]:
    """Which requests wait for a decision, those due first?"""
    wanted = select(Booking).where(_waits(park_id, actor)).options(*_WHOLE).order_by(Booking.decide_by, Booking.id).limit(most)
    return list(db.session.scalars(wanted).unique())


def requests_waiting(park_id: int, actor: Actor) -> int:
    """How many requests wait for a decision? The dates of a series, and rooms asked for at once, are one."""
    matter = func.coalesce(-Booking.set_id, Booking.id)
    return int(db.session.scalar(select(func.count(matter.distinct())).where(_waits(park_id, actor))) or 0)


def _follows(park_id: int, organisation_ids: Collection[int], today: date) -> ColumnElement[bool]:
    """Tell whether somebody follows one of the organisations in the park as its liaison on a day."""
    granted = exists().where(
        RoleGrant.user_id == User.id,
        RoleGrant.role == Role.LIAISON,
        RoleGrant.organisation_id.in_(organisation_ids),
        or_(RoleGrant.park_id.is_(None), RoleGrant.park_id == park_id),
        RoleGrant.withdrawn_at.is_(None),
        RoleGrant.starts_on <= today,
        or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= today),
    )
    return and_(User.active, granted)


def colleague(park_id: int, organisation_id: int, email: str, today: date) -> User | None:
    """Who has this address and follows the organisation in the park as its liaison on a day?"""
    wanted = select(User).where(User.email == email.strip().casefold(), _follows(park_id, [organisation_id], today))
    return db.session.scalars(wanted).one_or_none()


def colleagues(park_id: int, organisation_ids: Collection[int], today: date) -> list[User]:
    """Who follows one of the organisations in the park as its liaison on a day? In order of name."""
    return list(db.session.scalars(select(User).where(_follows(park_id, organisation_ids, today)).order_by(User.name, User.id)))


def organisations_to_book_for(park_id: int, actor: Actor) -> list[Organisation]:
    """For which organisations may the actor book? A liaison for her own; an administrator for all, her own first."""
    own = actor.organisations(park_id)
    wanted = select(Organisation).order_by(Organisation.code)
    if not actor.may("bookings.approve", park_id):
        wanted = wanted.where(Organisation.id.in_(own))
    return list(db.session.scalars(wanted))


# What spaces have


def features(park_id: int) -> list[Feature]:
    """Which features do the park's spaces have, in order of code?"""
    return list(db.session.scalars(select(Feature).where(Feature.park_id == park_id).order_by(Feature.code)))


def features_of(space_ids: Collection[int]) -> dict[int, list[tuple[Feature, int]]]:
    """Which features have the spaces, and how many of each?"""
    found: dict[int, list[tuple[Feature, int]]] = {space_id: [] for space_id in space_ids}
    rows = db.session.execute(
        select(SpaceFeature.space_id, Feature, SpaceFeature.quantity)
        .join(Feature, Feature.id == SpaceFeature.feature_id)
        .where(SpaceFeature.space_id.in_(space_ids))
        .order_by(Feature.code)
    )
    for space_id, feature, quantity in rows:
        found[space_id].append((feature, quantity))
    return found


def waiting(number: str, actor: Actor, *, park: str) -> Waiting:
    """Which of the actor's own waitings has the number?

    Raises:
        Missing: there is none.
    """
    found = db.session.scalars(
        select(Waiting)
        .join(Park, Park.id == Waiting.park_id)
        .where(Waiting.number == number, Waiting.user_id == actor.user_id, Park.code == park)
        .options(joinedload(Waiting.space), joinedload(Waiting.organisation), joinedload(Waiting.user), joinedload(Waiting.booking))
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def waiting_of_key(key: str) -> Waiting | None:
    """Which waiting did the form with this key make? None when it was not sent yet."""
    return db.session.scalars(select(Waiting).where(Waiting.key == key)).one_or_none()


def waiting_of(park_id: int, user_id: int | None, now: datetime) -> list[Waiting]:
    """What does somebody wait for that is still to come? In order of time."""
    return list(
        db.session.scalars(
            select(Waiting)
            .where(
                Waiting.park_id == park_id,
                Waiting.user_id == user_id,
                Waiting.state.in_((WaitState.WAITING, WaitState.OFFERED)),
                Waiting.ends_at > now,
            )
            .options(joinedload(Waiting.space), joinedload(Waiting.organisation))
            .order_by(Waiting.starts_at, Waiting.id)
        )
    )


# What time brings


def due(now: datetime) -> list[int]:
    """Which bookings does time change now: undecided requests, bookings that nobody came to, bookings that are over? By id."""
    starting = Booking.starts_at <= now
    return list(
        db.session.scalars(
            select(Booking.id)
            .where(
                or_(
                    and_(Booking.state == State.REQUESTED.value, or_(Booking.decide_by <= now, starting)),
                    and_(Booking.state == State.CONFIRMED.value, starting),
                    and_(Booking.state == State.CHECKED_IN.value, Booking.ends_at <= now),
                )
            )
            .order_by(Booking.id)
        )
    )


def secret_of(token: str) -> str:
    """Return what is kept of a secret address."""
    return hashlib.sha256(token.encode()).hexdigest()
