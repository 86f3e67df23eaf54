"""Tariffs, extras and statements, on either engine."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest

from parkmgr.audit.actions import record
from parkmgr.bookings.models import Booking
from parkmgr.calendars.rules import parse_week
from parkmgr.charges import actions, queries
from parkmgr.charges.models import Statement, StatementLine
from parkmgr.charges.rules import Basis, Terms, What
from parkmgr.db import db, transaction
from parkmgr.errors import Refused, Stale
from parkmgr.organisations.models import Membership
from parkmgr.places.models import Park, Space
from parkmgr.policy import SYSTEM, Role
from parkmgr.values import Money
from tests.charges.conftest import Lab
from tests.making import LONG_AGO, actor

FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)
Counter = Callable[[], AbstractContextManager[list[str]]]
ADMINISTRATOR = actor(Role.ADMINISTRATOR)


def made(lab: Lab, month: date, now: datetime) -> list[Statement]:
    with transaction():
        statements = actions.make_statements(db.session.get_one(Park, lab.park.id), month, actor=SYSTEM, now=now)
    return [db.session.get_one(Statement, statement.id) for statement in statements]


class refused(AbstractContextManager[object]):  # noqa: N801 - it reads as a sentence
    """The block is refused with the objection of this code."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        assert isinstance(error, Refused), f"not refused: {error!r}"
        assert self.code in {objection.code for objection in error.objections}
        return True


def lines(statement: Statement) -> list[StatementLine]:
    return list(db.session.scalars(db.select(StatementLine).filter_by(statement_id=statement.id).order_by(StatementLine.id)))


def test_a_month_is_charged_by_organisation_and_currency(lab: Lab, now: datetime) -> None:
    lab.session()
    lab.session("2026-02-11 09:00", currency="USD")
    lab.session("2026-02-12 09:00", organisation_id=lab.make.organisation("OTHER").id)
    lab.session("2026-02-28 23:00")
    for nothing in ({"state": "cancelled"}, {"state": "confirmed"}, {"desk": "sports"}, {"start": "2026-03-01 00:00"}):
        lab.session(**nothing)  # type: ignore[arg-type]
    statements = made(lab, FEBRUARY, now)
    assert sorted((s.currency, s.total_minor, s.state, s.month) for s in statements) == [
        ("CNY", 200_00, "open", FEBRUARY), ("CNY", 400_00, "open", FEBRUARY), ("USD", 200_00, "open", FEBRUARY),
    ]  # fmt: skip
    assert sorted(s.number for s in statements) == ["ST-2026-0001", "ST-2026-0002", "ST-2026-0003"]


def test_what_was_charged_is_never_charged_again(lab: Lab, now: datetime) -> None:
    booking = lab.session()
    [statement] = made(lab, FEBRUARY, now)
    assert made(lab, FEBRUARY, now) == []
    with refused("charges.charged"), transaction():
        row = db.session.get_one(Statement, statement.id)
        db.session.add(StatementLine(statement_id=row.id, booking_id=booking.id, what="use", minor=1, basis="", added_at=now))
        record("charges.make_statements", row, actor=SYSTEM, now=now)
    assert len(lines(db.session.get_one(Statement, statement.id))) == 1


def test_a_late_session_comes_into_the_open_statement_or_into_the_next(lab: Lab, now: datetime) -> None:
    lab.session()
    [first] = made(lab, FEBRUARY, now)
    lab.session("2026-02-11 09:00")
    [same] = made(lab, FEBRUARY, now)
    assert (same.id, same.total_minor, len(lines(same))) == (first.id, 400_00, 2)
    with transaction():
        actions.validate(db.session.get_one(Statement, first.id), park=db.session.get_one(Park, lab.park.id), actor=SYSTEM, now=now)
    lab.session("2026-02-12 09:00")
    [later] = made(lab, FEBRUARY, now)
    assert (later.month, later.total_minor) == (MARCH, 200_00)


def test_a_session_that_was_ended_early_is_charged_as_it_was_booked_or_used(lab: Lab, now: datetime) -> None:
    space = lab.space
    with transaction():
        actions.set_tariff(lab.park, Terms(Basis.USED), date(2026, 1, 1), space=space, actor=ADMINISTRATOR, now=now)
    start = datetime(2026, 2, 10, 1, tzinfo=UTC)
    cut = {"checked_in_at": start, "ended_at": start + timedelta(minutes=30), "booked_until": start + timedelta(hours=2)}
    lab.session(hours=0.5, **cut)
    [by_use] = made(lab, FEBRUARY, now)
    with transaction():
        actions.set_tariff(
            db.session.get_one(Park, lab.park.id), Terms(Basis.GREATER), date(2026, 2, 11),
            space=db.session.get_one(Space, space.id), actor=ADMINISTRATOR, now=now,
        )  # fmt: skip
    later = {key: value + timedelta(days=1) for key, value in cut.items()}
    lab.session("2026-02-11 09:00", hours=0.5, **later)
    made(lab, FEBRUARY, now)
    assert [(line.minor, line.minutes, line.basis) for line in lines(by_use)] == [(50_00, 30, "used"), (200_00, 120, "booked")]


def test_the_nearest_tariff_counts_and_its_price_is_by_the_class_on_the_day_of_booking(lab: Lab, now: datetime) -> None:
    member = Membership(
        organisation_id=lab.organisation.id, status="member", starts_on=date(2026, 2, 1), ends_on=date(2026, 2, 9), recorded_at=LONG_AGO
    )
    with transaction():
        db.session.add(member)
        record("tests.make", lab.organisation, actor=SYSTEM, now=LONG_AGO)
    prices = {"member": Money(60_00, "CNY"), "": Money(90_00, "CNY")}
    for terms, where in ((Terms(), {}), (Terms(prices=prices), {"kind": "instrument"})):
        with transaction():
            actions.set_tariff(db.session.get_one(Park, lab.park.id), terms, date(2026, 1, 1), actor=ADMINISTRATOR, now=now, **where)
    lab.session()
    lab.session("2026-02-20 09:00")
    [statement] = made(lab, FEBRUARY, now)
    assert [line.minor for line in lines(statement)] == [120_00, 180_00]


def test_a_tariff_does_not_begin_in_a_month_that_is_settled(lab: Lab, now: datetime) -> None:
    lab.session()
    [statement] = made(lab, FEBRUARY, now)
    with transaction():
        actions.validate(db.session.get_one(Statement, statement.id), park=lab.park, actor=SYSTEM, now=now)
    with refused("charges.from_charged"), transaction():
        actions.set_tariff(db.session.get_one(Park, lab.park.id), Terms(), date(2026, 2, 28), actor=ADMINISTRATOR, now=now)
    with transaction():
        actions.set_tariff(db.session.get_one(Park, lab.park.id), Terms(), MARCH, actor=ADMINISTRATOR, now=now)
    with transaction():
        actions.set_tariff(db.session.get_one(Park, lab.park.id), Terms(Basis.USED), MARCH, actor=ADMINISTRATOR, now=now)
    assert [tariff.basis for tariff, _ in queries.tariffs(lab.park.id)] == ["used"]
    assert len(queries.tariffs(lab.park.id, every=True)) == 2


def test_extras_are_charged_once_and_then_stay(lab: Lab, now: datetime) -> None:
    with transaction():
        terms = Terms(operator={"": Money(120_00, "CNY")}, peak=parse_week("Mon-Fri 09:00-10:00"))
        actions.set_tariff(lab.park, terms, date(2026, 1, 1), actor=ADMINISTRATOR, now=now)
    id_ = lab.session().id
    with transaction():
        park, booking = db.session.get_one(Park, lab.park.id), db.session.get_one(Booking, id_)
        actions.add_extra(booking, What.OPERATOR, 45, park=park, actor=ADMINISTRATOR, now=now)
        gone = actions.add_extra(
            booking, What.CONSUMABLE, 1, name="Gloves", money=Money(1, "CNY"), park=park, actor=ADMINISTRATOR, now=now
        ).id
        actions.add_extra(booking, What.CONSUMABLE, 2, name="Gold", money=Money(5_00, "USD"), park=park, actor=ADMINISTRATOR, now=now)
    with transaction():
        actions.remove_extra(db.session.get_one(Booking, id_), gone, actor=ADMINISTRATOR, now=now)
    statements = {statement.currency: statement for statement in made(lab, FEBRUARY, now)}
    assert [(line.what, line.minor) for line in lines(statements["CNY"])] == [("use", 200_00), ("operator", 90_00)]
    assert [(line.what, line.minor, line.note) for line in lines(statements["USD"])] == [("consumable", 5_00, "2 × Gold")]
    [(charged, number), _] = queries.extras(id_)
    assert number == statements["CNY"].number
    with refused("charges.extra_charged"), transaction():
        actions.remove_extra(db.session.get_one(Booking, id_), charged.id, actor=ADMINISTRATOR, now=now)


def test_what_an_extra_must_say(lab: Lab, now: datetime) -> None:
    booking = lab.session(state="no_show")
    other = lab.session("2026-02-12 09:00")
    for row, what, quantity, code in (
        (booking, What.OPERATOR, 5, "charges.not_held"),
        (other, What.OPERATOR, 0, "charges.no_quantity"),
        (other, What.OPERATOR, 5, "charges.no_operator_price"),
        (other, What.CONSUMABLE, 1, "charges.no_name"),
    ):
        with refused(code), transaction():
            actions.add_extra(
                db.session.get_one(Booking, row.id),
                what,
                quantity,
                park=db.session.get_one(Park, lab.park.id),
                actor=ADMINISTRATOR,
                now=now,
            )


def test_a_dispute_is_settled_by_an_adjustment_and_a_word(lab: Lab, now: datetime) -> None:
    lab.session()
    [statement] = made(lab, FEBRUARY, now)
    park_id, id_ = lab.park.id, statement.id

    def deed(deed: object, *given: object, **more: object) -> object:
        with transaction():
            return deed(db.session.get_one(Statement, id_), *given, park=db.session.get_one(Park, park_id), actor=SYSTEM, now=now, **more)  # type: ignore[operator]

    with refused("charges.needs_reason"):
        deed(actions.dispute, reason="")
    deed(actions.dispute, reason="The instrument was down")
    with refused("charges.nothing"):
        deed(actions.adjust, Money(0, "CNY"), "Down")
    with refused("charges.other_currency"):
        deed(actions.adjust, Money(1, "USD"), "Down")
    deed(actions.adjust, Money(-50_00, "CNY"), "Half an hour less", version=2)
    with pytest.raises(Stale):
        deed(actions.adjust, Money(-50_00, "CNY"), "Half an hour less", version=2)
    with refused("charges.say_how_settled"):
        deed(actions.validate)
    deed(actions.validate, reason="Half an hour less")
    deed(actions.close)
    with refused("charges.not_now"):
        deed(actions.dispute, reason="Still")
    closed = db.session.get_one(Statement, id_)
    assert (closed.state, closed.total_minor, sum(line.minor for line in lines(closed))) == ("closed", 150_00, 150_00)
    deed(actions.adjust, Money(-1_00, "CNY"), "A coin")
    [later] = db.session.scalars(db.select(Statement).filter_by(month=MARCH))
    assert [(line.what, line.minor, line.note) for line in lines(later)] == [("adjustment", -1_00, f"{closed.number}: A coin")]
    assert db.session.get_one(Statement, id_).total_minor == 150_00


def test_a_month_to_come_is_not_charged(lab: Lab, now: datetime) -> None:
    with refused("charges.month_to_come"):
        made(lab, date(2026, 4, 1), now)
    lab.session("2026-03-01 09:00")
    [statement] = made(lab, date(2026, 3, 2), now)
    with refused("charges.month_goes_on"), transaction():
        actions.validate(db.session.get_one(Statement, statement.id), park=lab.park, actor=SYSTEM, now=now)


def test_many_sessions_take_few_statements(lab: Lab, now: datetime, statements: Counter) -> None:
    for day in range(1, 29):
        lab.session(f"2026-02-{day:02d} 09:00")
    with transaction():
        park = db.session.get_one(Park, lab.park.id)
        with statements() as seen:
            actions.make_statements(park, FEBRUARY, actor=SYSTEM, now=now)
    assert len(seen) <= 6, seen
