"""Lists as the register knew them: what was listed after each deed is listed again, whatever was done since. On both engines."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from parkmgr.db import db, transaction
from parkmgr.leases import actions, queries
from parkmgr.leases.models import Lease
from parkmgr.leases.views import last_day_of
from parkmgr.occupancy import listings
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Space
from parkmgr.policy import SYSTEM
from tests.leases.conftest import Office, day, terms
from tests.making import Maker

DAYS = [day(text) for text in ("2026-01-15", "2026-03-02", "2026-04-15", "2026-08-15", "2027-02-01")]
NEVER_SIGNED = {"draft", "offered"}


def _noon(make: Maker, on: date) -> datetime:
    return datetime.combine(on, time(12), make.the_park().zone)


def leases(make: Maker, on: date, known: datetime | None) -> list[Any]:
    park = make.the_park()
    wanted, _columns = queries.leases(park, SYSTEM, on, known)
    rows = db.session.execute(wanted.order_by(Lease.number)).all()
    return [
        (row.number, row.standing, row.starts_on, last_day_of(row, park), sorted((row.spaces or "").split(", ")), row.minor)
        for row in rows
        if row.standing not in NEVER_SIGNED
    ]


def tenants(make: Maker, on: date, known: datetime | None) -> list[Any]:
    park = make.the_park()
    wanted, _columns = queries.tenants(park.id, _noon(make, on), on, known, current=False)
    return [tuple(row) for row in db.session.execute(wanted.order_by(Organisation.code))]


def spaces(make: Maker, on: date, known: datetime | None) -> list[Any]:
    park = make.the_park()
    asked = listings.Wanted(on, _noon(make, on), known)
    return [tuple(row) for row in db.session.execute(listings.spaces(park.id, SYSTEM, asked).order_by(Space.code))]


def test_what_was_listed_then_is_listed_again(make: Maker, office: Office) -> None:
    """The days from the one of the last deed on are compared: earlier ones are told by what is known of them now."""
    first, second, third = make.space(), make.space(), make.space()
    seen: list[tuple[datetime, date, list[Any], list[Any], list[Any]]] = []

    def look() -> None:
        seen.extend((office.now, on, leases(make, on, None), tenants(make, on, None), spaces(make, on, None)) for on in DAYS)
        office.now += timedelta(hours=1)

    number = office.let([first], "2025-01-01", "2026-02-28")
    look()
    with transaction():
        actions.hold_over(office.lease(number), actor=office.signer, now=office.now)
    look()
    other = office.let([second], "2026-01-01", "2026-12-31")
    look()
    with transaction():
        agreed = terms([second, third], "2026-01-01", "2026-12-31", rent="1500")
        actions.amend(office.lease(other), agreed, effective_on=day("2026-04-01"), reason="grows", actor=office.signer, now=office.now)
    look()
    with transaction():
        actions.end(office.lease(other), on=day("2026-07-31"), reason="moves out", actor=office.signer, now=office.now)
    look()
    slip = office.let([third], "2026-10-01", "2027-09-30")
    look()
    with transaction():
        actions.void(office.lease(slip), reason="a slip", actor=office.signer, now=office.now)
    look()
    with transaction():
        actions.give_notice(
            office.lease(number),
            given_on=day("2026-03-02"),
            leaves_on=day("2026-04-02"),
            side="tenant",
            actor=office.signer,
            now=office.now,
        )
    look()
    for known, on, was_let, had, stood in seen:
        assert leases(make, on, known) == [_as_ended_now(row, make, on) for row in was_let], (known, on)
        assert spaces(make, on, known) == stood, (known, on)
        assert tenants(make, on, known) == had, (known, on)


def _as_ended_now(row: tuple[Any, ...], make: Maker, on: date) -> tuple[Any, ...]:
    """How a lease ended is told as it is known now; that it was over, as it was known then."""
    state = db.session.scalars(db.select(Lease.state).where(Lease.number == row[0])).one()
    return (row[0], state, *row[2:]) if row[1] == "expired" and state in ("ended", "terminated") else row


def test_nothing_is_listed_before_it_was_recorded(make: Maker, office: Office) -> None:
    office.let([make.space()], "2020-01-01", "2026-12-31")
    before = office.now - timedelta(seconds=1)
    assert leases(make, day("2026-03-02"), before) == []
    assert [row[-4:] for row in tenants(make, day("2026-03-02"), before)] == []


def test_a_sublease_is_told_by_its_term(make: Maker, office: Office) -> None:
    space = make.space()
    head = office.let([space], "2026-01-01", "2026-12-31")
    office.let([space], "2026-02-01", "2026-06-30", under=head, tenant=make.organisation())
    for on, standings in (
        ("2026-01-15", ["active", "signed"]),
        ("2026-03-02", ["active", "active"]),
        ("2026-08-01", ["active", "expired"]),
    ):
        assert [row[1] for row in leases(make, day(on), office.now)] == standings, on
