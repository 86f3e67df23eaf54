"""Every change of tariffs, extras and statements. Actions never commit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from parkmgr.audit.actions import record
from parkmgr.bookings.models import Booking
from parkmgr.bookings.rules import State
from parkmgr.calendars.rules import week_text
from parkmgr.charges import queries, rules
from parkmgr.charges.models import Extra, Statement, StatementLine, Tariff
from parkmgr.charges.rules import Line, StatementState, Terms, What
from parkmgr.db import db, take_numbers
from parkmgr.errors import Objection, Stale, refuse
from parkmgr.places.models import Park, Space
from parkmgr.policy import Actor
from parkmgr.values import Money, day_of

LONGEST = 250
"""Characters of a reason."""


# Tariffs


def set_tariff(
    park: Park, terms: Terms, from_on: date, *, space: Space | None = None, kind: str = "", actor: Actor, now: datetime
) -> Tariff:
    """Sessions from the day on are charged like this: at the space (and what stands in it), else at its kind, else everywhere.

    A tariff of the same spaces from the same day is replaced; what was charged stays.
    Raises:
        Refused: with every objection; also when statements of the day's month are validated already.
    """
    objections = rules.against_terms(terms, kind=kind, has_space=space is not None)
    settled = queries.settled_month(park.id)
    if settled is not None and from_on < rules.next_month(settled):
        objections.append(rules.FROM_CHARGED.about(month=f"{settled:%Y-%m}", first=rules.next_month(settled)))
    refuse(objections)
    before = queries.tariff_from(park.id, space.id if space else None, kind, from_on)
    tariff = Tariff(
        park_id=park.id,
        space_id=space.id if space else None,
        kind=kind,
        from_on=from_on,
        basis=terms.basis.value,
        minimum_minutes=terms.minimum_minutes,
        block_minutes=terms.block_minutes,
        peak_week=week_text(terms.peak),
        peak_percent=terms.peak_percent,
        no_show_percent=terms.no_show_percent,
        prices=_lines(terms.prices),
        operator=_lines(terms.operator),
        recorded_at=now,
    )
    if before is not None:
        before.withdrawn_at = now
        record("charges.set_tariff", before, actor=actor, now=now)
    db.session.add(tariff)
    db.session.flush()
    record("charges.set_tariff", tariff, actor=actor, now=now)
    return tariff


def _lines(prices: Any) -> list[dict[str, Any]]:
    return [{"class": name, "minor": money.minor, "currency": money.currency} for name, money in (prices or {}).items()]


# Extras


def add_extra(
    booking: Booking,
    what: What,
    quantity: int,
    *,
    name: str = "",
    money: Money | None = None,
    park: Park,
    actor: Actor,
    now: datetime,
) -> Extra:
    """The session cost more: an operator's minutes, or pieces of a consumable. An operator's price comes from the tariff if none is said.

    Raises:
        Refused: it is no session, did not take place, or something is not said.
    """
    objections = [] if booking.desk == queries.LAB else [rules.NO_SESSION.about(number=booking.number)]
    if not objections and booking.state not in (State.CONFIRMED, State.CHECKED_IN, State.COMPLETED):
        objections.append(rules.NOT_HELD.about(number=booking.number))
    if quantity < 1:
        objections.append(rules.NO_QUANTITY)
    if what is What.CONSUMABLE and not name:
        objections.append(rules.NO_NAME)
    if money is None and not objections:
        money = _of_operator(booking, quantity, park) if what is What.OPERATOR else None
        if money is None:
            objections.append(rules.NO_OPERATOR_PRICE if what is What.OPERATOR else rules.NO_AMOUNT)
    refuse(objections)
    if money is None:
        raise LookupError("an extra without a price")
    extra = Extra(
        booking_id=booking.id, what=what.value, name=name, quantity=quantity, minor=money.minor, currency=money.currency, added_at=now
    )
    db.session.add(extra)
    record("charges.add_extra", booking, actor=actor, now=now)
    db.session.flush()
    return extra


def _of_operator(booking: Booking, minutes: int, park: Park) -> Money | None:
    terms = queries.all_tariffs(park.id, [booking.space_id]).of(booking.space_id, day_of(booking.starts_at, park.zone))
    class_ = queries.classes(park, [booking.organisation_id]).of(booking.organisation_id, booking.requested_at)
    per_hour = terms.per_operator_hour(class_)
    return None if per_hour is None else rules.operator_cost(per_hour, minutes)


def remove_extra(booking: Booking, extra_id: int, *, actor: Actor, now: datetime) -> None:
    """The extra is not charged: it was noted by mistake. Whoever removed it already has nothing left to do.

    Raises:
        Refused: it is charged already.
    """
    for extra, charged_in in queries.extras(booking.id):
        if extra.id == extra_id:
            refuse([rules.EXTRA_CHARGED.about(number=charged_in)] if charged_in else [])
            extra.removed_at = now
            record("charges.remove_extra", booking, actor=actor, now=now)


# Statements


class _Writing:
    """Lines on their way into statements: of each organisation and currency, from a month on."""

    def __init__(self, park: Park, month: date, organisation_ids: Iterable[int] | None, *, actor: Actor, now: datetime) -> None:
        self.park, self.month, self.actor, self.now = park, month, actor, now
        ids = None if organisation_ids is None else list(organisation_ids)
        self.there = queries.later_statements(park.id, month, ids)
        self.pending: dict[tuple[int, str], list[StatementLine]] = {}

    def add(self, organisation_id: int, line: Line, booking_id: int | None, extra_id: int | None = None) -> None:
        """The line is to be written."""
        row = StatementLine(
            booking_id=booking_id,
            what=line.what.value,
            minutes=line.minutes,
            peak_minutes=line.peak_minutes,
            hour_minor=line.hour.minor if line.hour else None,
            percent=line.percent,
            basis=str(line.basis),
            minor=line.money.minor,
            note=line.note,
            extra_id=extra_id,
            added_at=self.now,
        )
        self.pending.setdefault((organisation_id, line.money.currency), []).append(row)

    def write(self, deed: str, reason: str = "") -> list[Statement]:
        """Each line stands in the statement of the first month that still takes it; what is not there yet is made."""
        targets = {key: self._target(key) for key in self.pending}
        made = [statement for statement in targets.values() if statement.id is None]
        for statement, number in zip(
            made, take_numbers("ST", day_of(self.now, self.park.zone).year, len(made)) if made else (), strict=True
        ):
            statement.number = number
        db.session.add_all(made)
        db.session.flush()
        for key, rows in self.pending.items():
            statement = targets[key]
            for row in rows:
                row.statement_id = statement.id
            if statement not in made:
                statement.expect(None)
            statement.total_minor += sum(row.minor for row in rows)
            db.session.add_all(rows)
            record(deed, statement, actor=self.actor, now=self.now, reason=reason)
        db.session.flush()
        return list(targets.values())

    def _target(self, key: tuple[int, str]) -> Statement:
        of_month = self.there.get(key, {})
        month = rules.open_month(self.month, {at: StatementState(row.state) for at, row in of_month.items()})
        if month in of_month:
            return of_month[month]
        organisation_id, currency = key
        return Statement(
            park_id=self.park.id,
            organisation_id=organisation_id,
            month=month,
            currency=currency,
            state=StatementState.OPEN.value,
            total_minor=0,
            made_at=self.now,
        )


def make_statements(park: Park, month: date, *, actor: Actor, now: datetime) -> list[Statement]:
    """Every session that began in the month, and what more it cost, stands in a statement of its organisation and currency.

    Done again, it adds what was found since: to the month's statement while it is open or disputed, else to a later one's.
    Returns the statements that something came into.
    Raises:
        Refused: the month has not begun.
    """
    month = rules.month_of(month)
    refuse([rules.MONTH_TO_COME.about(month=f"{month:%Y-%m}")] if month > day_of(now, park.zone) else [])
    sessions = queries.sessions_to_charge(park, month, now)
    extras = queries.extras_to_charge(park, month, now)
    if not sessions and not extras:
        return []
    tariffs = queries.all_tariffs(park.id)
    zone = park.zone
    classes = queries.classes(park, {row.organisation_id for row in sessions}) if tariffs.have_prices else None
    writing = _Writing(park, month, None, actor=actor, now=now)
    for row in sessions:
        terms = tariffs.of(row.space_id, day_of(row.starts_at, zone))
        class_ = classes.of(row.organisation_id, row.requested_at) if classes is not None else ""
        price = queries.price(row, terms, class_, park.currency)
        writing.add(row.organisation_id, rules.use(queries.session(row), terms, price, zone), row.id)
    for extra, organisation_id in extras:
        writing.add(organisation_id, queries.extra_line(extra), extra.booking_id, extra.id)
    return writing.write("charges.make_statements")


def _decide(
    deed: str, statement: Statement, state: StatementState, *, park: Park, reason: str, version: int | None, actor: Actor, now: datetime
) -> None:
    objections = rules.against(deed, queries.standing(statement), today=day_of(now, park.zone), reason=reason)
    refuse([*objections, *_too_long(reason)])
    statement.expect(version)
    statement.state, statement.decided_at = state.value, now
    statement.reason = reason or statement.reason
    record(f"charges.{deed}", statement, actor=actor, now=now, reason=reason)


def _too_long(reason: str) -> list[Objection]:
    return [rules.TOO_LONG.about(most=LONGEST)] if len(reason) > LONGEST else []


def validate(statement: Statement, *, park: Park, reason: str = "", version: int | None = None, actor: Actor, now: datetime) -> None:
    """The statement is right: nothing more comes into it. reason: how its dispute was settled.

    Raises:
        Refused: it is not open or disputed, its month is not over, or how the dispute was settled is not said.
    """
    _decide("validate", statement, StatementState.VALIDATED, park=park, reason=reason, version=version, actor=actor, now=now)


def dispute(statement: Statement, *, park: Park, reason: str, version: int | None = None, actor: Actor, now: datetime) -> None:
    """The organisation does not agree, and says why.

    Raises:
        Refused: it is closed or disputed already, or no reason is given.
    """
    _decide("dispute", statement, StatementState.DISPUTED, park=park, reason=reason, version=version, actor=actor, now=now)


def close(statement: Statement, *, park: Park, reason: str = "", version: int | None = None, actor: Actor, now: datetime) -> None:
    """The statement is done with: it never changes again.

    Raises:
        Refused: it is open or closed already, or how its dispute was settled is not said.
    """
    _decide("close", statement, StatementState.CLOSED, park=park, reason=reason, version=version, actor=actor, now=now)


def adjust(
    statement: Statement, money: Money, reason: str, *, park: Park, version: int | None = None, actor: Actor, now: datetime
) -> Statement:
    """A line mends the statement by so much, up or down. In one that is validated or closed nothing is mended: the line stands in the next
    one that takes it, and names it. Returns the statement that it stands in.

    Raises:
        Refused: the amount is nothing or of another currency, or no reason is given.
    """
    objections = [rules.NOTHING] if not money.minor else []
    if money.currency != statement.currency:
        objections.append(rules.OTHER_CURRENCY.about(number=statement.number, currency=statement.currency))
    if not reason:
        objections.append(rules.NEEDS_REASON)
    refuse([*objections, *_too_long(reason)])
    settled = statement.state in rules.SETTLED
    if version not in (None, statement.version):
        raise Stale
    month = rules.next_month(statement.month) if settled else statement.month
    writing = _Writing(park, month, [statement.organisation_id], actor=actor, now=now)
    note = f"{statement.number}: {reason}" if settled else reason
    writing.add(statement.organisation_id, Line(What.ADJUSTMENT, money, note=note), None)
    [found] = writing.write("charges.adjust", reason)
    return found
