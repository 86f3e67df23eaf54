"""Every question about tariffs, sessions that are charged, and statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, literal_column, or_, select, true
from sqlalchemy.orm import aliased, joinedload

from parkmgr.bookings.models import Booking
from parkmgr.bookings.rules import PriceClass, State
from parkmgr.calendars.rules import parse_week
from parkmgr.charges import rules
from parkmgr.charges.models import Extra, Statement, StatementLine, Tariff
from parkmgr.charges.rules import Basis, Line, Price, Session, StatementState, Terms, What
from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.labs.models import Equipment, Lab
from parkmgr.occupancy.models import Hold, HoldKind
from parkmgr.organisations.models import Membership, Organisation
from parkmgr.places.models import Park, Particulars, Space
from parkmgr.policy import DEEDS, Actor, Role
from parkmgr.searching import matches
from parkmgr.values import Money, Span, day_of, midnight

LAB = "lab"
"""The desk of sessions."""


# Tariffs


def terms(tariff: Tariff) -> Terms:
    """Return a tariff as rules read it."""
    return Terms(
        basis=Basis(tariff.basis),
        minimum_minutes=tariff.minimum_minutes,
        block_minutes=tariff.block_minutes,
        peak=parse_week(tariff.peak_week),
        peak_percent=tariff.peak_percent,
        no_show_percent=tariff.no_show_percent,
        prices={line["class"]: Money(line["minor"], line["currency"]) for line in tariff.prices},
        operator={line["class"]: Money(line["minor"], line["currency"]) for line in tariff.operator},
    )


def tariffs(park_id: int, known: datetime | None = None, *, every: bool = False) -> list[tuple[Tariff, str]]:
    """Which tariffs has the park, with the codes of their spaces, the latest first? every: also those that were replaced."""
    wanted = [Tariff.park_id == park_id, *(() if every else (Tariff.known(known),))]
    rows = db.session.execute(
        select(Tariff, Space.code)
        .outerjoin(Space, Space.id == Tariff.space_id)
        .where(*wanted)
        .order_by(Space.code, Tariff.kind, Tariff.from_on.desc(), Tariff.recorded_at.desc(), Tariff.id.desc())
    )
    return [(tariff, code or "") for tariff, code in rows]


def tariff_from(park_id: int, space_id: int | None, kind: str, from_on: date) -> Tariff | None:
    """Which tariff of these spaces begins on the day?"""
    return db.session.scalars(
        select(Tariff).where(
            Tariff.park_id == park_id,
            Tariff.space_id == space_id if space_id is not None else Tariff.space_id.is_(None),
            Tariff.kind == kind,
            Tariff.from_on == from_on,
            Tariff.withdrawn_at.is_(None),
        )
    ).one_or_none()


def settled_month(park_id: int) -> date | None:
    """Which is the last month of which a statement is validated or closed?"""
    found: date | None = db.session.scalar(
        select(func.max(Statement.month)).where(Statement.park_id == park_id, Statement.state.in_(sorted(rules.SETTLED)))
    )
    return found


def lab_spaces(park_id: int) -> list[str]:
    """Which spaces of the park can have a tariff of their own? Codes, in order."""
    return list(
        db.session.scalars(
            select(Space.code)
            .join(Particulars, and_(Particulars.space_id == Space.id, Particulars.withdrawn_at.is_(None)))
            .where(Space.park_id == park_id, Particulars.kind.in_(rules.LAB_KINDS))
            .distinct()
            .order_by(Space.code)
        )
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a tariff is looked for: the space itself, what it is a part of, its laboratory; then its kind."""

    chain: tuple[int, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Tariffs:
    """The tariffs of a park and where they count."""

    rows: Mapping[tuple[int | None, str], Sequence[tuple[date, Terms]]]
    """By space or kind, the latest first."""
    places: Mapping[int, _Place]

    def of(self, space_id: int, day: date) -> Terms:
        """Return how sessions at the space are charged on a day: the nearest tariff counts, whole; without one, as booked."""
        place = self.places.get(space_id, _Place((space_id,), ""))
        keys: list[tuple[int | None, str]] = [*((id_, "") for id_ in place.chain), (None, place.kind), (None, "")]
        for key in keys:
            for from_on, found in self.rows.get(key, ()):
                if from_on <= day:
                    return found
        return rules.AS_BOOKED

    @property
    def have_prices(self) -> bool:
        """Whether an hour has another price than the booking's anywhere."""
        return any(found.prices for rows in self.rows.values() for _, found in rows)


def all_tariffs(park_id: int, space_ids: Collection[int] | None = None) -> Tariffs:
    """How are sessions in the park charged? In two SELECTs. space_ids: only at these spaces; None: anywhere."""
    rows: dict[tuple[int | None, str], list[tuple[date, Terms]]] = {}
    for tariff, _code in tariffs(park_id):
        rows.setdefault((tariff.space_id, tariff.kind), []).append((tariff.from_on, terms(tariff)))
    if not rows:
        return Tariffs({}, {})
    places = {}
    wanted = [Space.park_id == park_id, Particulars.kind.in_(rules.LAB_KINDS)] if space_ids is None else [Space.id.in_(space_ids)]
    of_lab = aliased(Lab)
    for row in db.session.execute(
        select(Space.id, Space.parent_id, of_lab.space_id.label("lab_id"), Particulars.kind)
        .join(Particulars, and_(Particulars.space_id == Space.id, Particulars.withdrawn_at.is_(None)))
        .outerjoin(Equipment, or_(Equipment.space_id == Space.id, Equipment.space_id == Space.parent_id))
        .outerjoin(of_lab, of_lab.id == Equipment.lab_id)
        .where(*wanted)
        .order_by(Particulars.starts_on)
    ):
        chain = (row.id, row.parent_id, row.lab_id)
        places[row.id] = _Place(tuple(dict.fromkeys(id_ for id_ in chain if id_ is not None)), row.kind)
    return Tariffs(rows, places)


@dataclass(frozen=True, slots=True)
class Classes:
    """What organisations were to the park, and when."""

    zone: Any
    members: Mapping[int, Sequence[tuple[date, date]]]
    tenants: Mapping[int, Sequence[tuple[datetime, datetime]]]

    def of(self, organisation_id: int, at: datetime) -> PriceClass:
        """Return the price class of an organisation at an instant, as bookings see it."""
        day = day_of(at, self.zone)
        if any(starts <= day < ends for starts, ends in self.members.get(organisation_id, ())):
            return PriceClass.MEMBER
        let = any(starts <= at < ends for starts, ends in self.tenants.get(organisation_id, ()))
        return PriceClass.TENANT if let else PriceClass.OUTSIDE


def classes(park: Park, organisation_ids: Collection[int]) -> Classes:
    """What were the organisations to the park: members of the Association, tenants? In two SELECTs."""
    members: dict[int, list[tuple[date, date]]] = {}
    for id_, starts_on, ends_on in db.session.execute(
        select(Membership.organisation_id, Membership.starts_on, Membership.ends_on).where(
            Membership.organisation_id.in_(organisation_ids), Membership.withdrawn_at.is_(None)
        )
    ):
        members.setdefault(id_, []).append((starts_on, ends_on))
    tenants: dict[int, list[tuple[datetime, datetime]]] = {}
    for id_, starts_at, ends_at in db.session.execute(
        select(Hold.holder_id, Hold.starts_at, Hold.ends_at).where(
            Hold.holder_id.in_(organisation_ids),
            Hold.park_id == park.id,
            Hold.kind == HoldKind.LEASE.value,
            Hold.withdrawn_at.is_(None),
        )
    ):
        tenants.setdefault(id_, []).append((starts_at, ends_at))
    return Classes(park.zone, members, tenants)


# Sessions


OVER = (State.COMPLETED.value, State.NO_SHOW.value)

_CHARGED = exists().where(
    StatementLine.booking_id == Booking.id,
    StatementLine.what.in_([literal_column(f"'{what}'") for what in (What.USE, What.NO_SHOW)]),
)
"""Said as the guard's index says it: SQLite uses a partial index only then, and else reads every line for every session."""


def took_place(now: datetime) -> ColumnElement[bool]:
    """Which bookings are sessions that are over, or that nobody came to?"""
    return and_(
        Booking.desk == LAB,
        or_(Booking.state.in_(OVER), and_(Booking.state == State.CHECKED_IN.value, Booking.ends_at <= now)),
    )


def sessions_to_charge(park: Park, month: date, now: datetime) -> Sequence[Any]:
    """Which sessions that began in the month took place and are not charged yet, in order of time? One SELECT."""
    return db.session.execute(
        select(
            Booking.id,
            Booking.organisation_id,
            Booking.space_id,
            Booking.starts_at,
            Booking.ends_at,
            Booking.booked_until,
            Booking.checked_in_at,
            Booking.ended_at,
            Booking.state,
            Booking.price_minor,
            Booking.currency,
            Booking.requested_at,
        )
        .where(
            Booking.park_id == park.id,
            Booking.starts_at >= midnight(month, park.zone),
            Booking.starts_at < midnight(rules.next_month(month), park.zone),
            took_place(now),
            ~_CHARGED,
        )
        .order_by(Booking.starts_at, Booking.id)
    ).all()


def extras_to_charge(park: Park, month: date, now: datetime) -> Sequence[tuple[Extra, int]]:
    """Which extras of sessions that began in the month are not charged yet, with whose they are?"""
    rows = db.session.execute(
        select(Extra, Booking.organisation_id)
        .join(Booking, Booking.id == Extra.booking_id)
        .where(
            Booking.park_id == park.id,
            Booking.starts_at >= midnight(month, park.zone),
            Booking.starts_at < midnight(rules.next_month(month), park.zone),
            took_place(now),
            Extra.removed_at.is_(None),
            ~exists().where(StatementLine.extra_id == Extra.id),
        )
        .order_by(Booking.starts_at, Extra.id)
    )
    return [(extra, organisation_id) for extra, organisation_id in rows]


def session(row: Any) -> Session:
    """Return a booking (the row or its columns) as a session."""
    booked_until = row.booked_until or row.ends_at
    missed = row.state == State.NO_SHOW
    used = None if missed else row.checked_in_at
    return Session(row.starts_at, booked_until, used, row.ends_at if used is not None else None, missed)


def price(row: Any, terms_: Terms, price_class: str, currency: str) -> Price:
    """Return what an hour costs: as the tariff says for the class, else as it was agreed when it was booked."""
    own = terms_.per_hour(price_class)
    if own is not None:
        return Price.of(own)
    if row.price_minor is None:
        return Price.of(Money(0, currency))
    return Price.agreed(Money(row.price_minor, row.currency), Span(row.starts_at, row.booked_until or row.ends_at))


def extra_line(extra: Extra) -> Line:
    """Return an extra as a line of a charge."""
    operator = extra.what == What.OPERATOR
    note = extra.name if operator or extra.quantity == 1 else f"{extra.quantity} × {extra.name}"
    return Line(What(extra.what), Money(extra.minor, extra.currency), extra.quantity if operator else None, note=note)


def extras(booking_id: int) -> list[tuple[Extra, str]]:
    """What more did a session cost, and in which statement is it charged (empty: in none yet)?"""
    rows = db.session.execute(
        select(Extra, Statement.number)
        .outerjoin(StatementLine, StatementLine.extra_id == Extra.id)
        .outerjoin(Statement, Statement.id == StatementLine.statement_id)
        .where(Extra.booking_id == booking_id, Extra.removed_at.is_(None))
        .order_by(Extra.id)
    )
    return [(extra, number or "") for extra, number in rows]


def charged(booking_id: int) -> list[tuple[StatementLine, Statement]]:
    """Which lines of which statements charge a session?"""
    rows = db.session.execute(
        select(StatementLine, Statement)
        .join(Statement, Statement.id == StatementLine.statement_id)
        .where(StatementLine.booking_id == booking_id)
        .order_by(StatementLine.id)
    )
    return [(line, statement) for line, statement in rows]


# Statements


def readable(actor: Actor, deed: str) -> ColumnElement[bool]:
    """Which statements may this actor do this deed with? A liaison: those of her organisation."""
    open_: list[ColumnElement[bool]] = []
    for grant in actor.grants:
        if grant.role not in DEEDS[deed].roles:
            continue
        there = true() if grant.park_id is None else Statement.park_id == grant.park_id
        if grant.role is Role.LIAISON:
            there = and_(there, Statement.organisation_id == grant.organisation_id)
        open_.append(there)
    return or_(false(), *open_)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which statements a list shows."""

    search: str = ""
    month: date | None = None
    state: str = ""
    organisation: str = ""


def statements(park_id: int, actor: Actor, wanted: Wanted) -> Select[Any]:
    """Return the SELECT of the park's statements that the actor may read."""
    conditions = [Statement.park_id == park_id, readable(actor, "charges.statements")]
    if wanted.search.strip():
        text = wanted.search.strip()
        conditions.append(or_(Statement.number == text.upper(), matches(Organisation.search, text)))
    if wanted.month is not None:
        conditions.append(Statement.month == rules.month_of(wanted.month))
    if wanted.state:
        conditions.append(Statement.state == wanted.state)
    if wanted.organisation:
        conditions.append(Organisation.code == wanted.organisation)
    shown: tuple[Any, ...] = (
        Statement.id,
        Statement.number,
        Statement.month,
        Statement.currency,
        Statement.state,
        Statement.total_minor,
        Statement.made_at,
        Organisation.code.label("organisation"),
        Organisation.name_en,
        Organisation.name_ru,
        Organisation.name_zh,
    )
    return select(*shown).select_from(Statement).join(Organisation, Organisation.id == Statement.organisation_id).where(*conditions)


def statement(number: str, actor: Actor, deed: str = "charges.statement", *, park: str = "") -> Statement:
    """Which statement has this number, with its organisation? park: the code of the park that it must be in.

    Raises:
        Missing: when there is none, or the actor may not do the deed with it.
    """
    if not number.isprintable():
        raise Missing
    wanted = select(Statement).where(Statement.number == number, readable(actor, deed)).options(joinedload(Statement.organisation))
    if park:
        wanted = wanted.join(Park, Park.id == Statement.park_id).where(Park.code == park)
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise Missing
    return found


def lines(statement_id: int) -> Select[Any]:
    """Return the SELECT of a statement's lines with their sessions."""
    shown: tuple[Any, ...] = (
        StatementLine.id,
        StatementLine.what,
        StatementLine.minutes,
        StatementLine.peak_minutes,
        StatementLine.hour_minor,
        StatementLine.percent,
        StatementLine.basis,
        StatementLine.minor,
        StatementLine.note,
        StatementLine.added_at,
        Statement.currency,
        Booking.number.label("booking"),
        Booking.starts_at,
        Booking.ends_at,
        Booking.booked_until,
        Space.code.label("space"),
        Space.name_en,
        Space.name_ru,
        Space.name_zh,
    )
    return (
        select(*shown)
        .select_from(StatementLine)
        .join(Statement, Statement.id == StatementLine.statement_id)
        .outerjoin(Booking, Booking.id == StatementLine.booking_id)
        .outerjoin(Space, Space.id == Booking.space_id)
        .where(StatementLine.statement_id == statement_id)
    )


def in_order(statement_id: int) -> Select[Any]:
    """Return the SELECT of a statement's lines in order of time; adjustments stand last."""
    return lines(statement_id).order_by(Booking.starts_at.asc().nulls_last(), StatementLine.id)


@dataclass(frozen=True, slots=True)
class Sum:
    """What the lines of one kind come to."""

    what: str
    lines: int
    minutes: int | None
    money: Money


def sums(statement_: Statement) -> list[Sum]:
    """What do the lines of a statement come to, by kind?"""
    rows = db.session.execute(
        select(StatementLine.what, func.count(), func.sum(StatementLine.minutes), func.sum(StatementLine.minor))
        .where(StatementLine.statement_id == statement_.id)
        .group_by(StatementLine.what)
        .order_by(StatementLine.what)
    )
    order = [what.value for what in What]
    found = [
        Sum(what, count, None if time is None else int(time), Money(int(minor), statement_.currency)) for what, count, time, minor in rows
    ]
    return sorted(found, key=lambda each: order.index(each.what))


def later_statements(
    park_id: int, month: date, organisation_ids: Collection[int] | None = None
) -> dict[tuple[int, str], dict[date, Statement]]:
    """Which statements are there from a month on, by organisation and currency, then by month?"""
    wanted = [] if organisation_ids is None else [Statement.organisation_id.in_(organisation_ids)]
    found: dict[tuple[int, str], dict[date, Statement]] = {}
    for row in db.session.scalars(select(Statement).where(Statement.park_id == park_id, Statement.month >= month, *wanted)):
        found.setdefault((row.organisation_id, row.currency), {})[row.month] = row
    return found


def standing(statement_: Statement) -> rules.Standing:
    """Return what bears on a deed about a statement."""
    return rules.Standing(statement_.number, StatementState(statement_.state), rules.next_month(statement_.month))


def months(park_id: int, actor: Actor) -> list[date]:
    """Of which months are there statements that the actor may read, the latest first?"""
    return list(
        db.session.scalars(
            select(Statement.month)
            .where(Statement.park_id == park_id, readable(actor, "charges.statements"))
            .distinct()
            .order_by(Statement.month.desc())
        )
    )
