"""A desk where rooms are booked: liaisons of two organisations, administrators, and times as the park's clock shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from parkmgr.audit.models import Entry
from parkmgr.bookings import actions, queries
from parkmgr.bookings.actions import NO_WAIVER, Waiver, Wanted
from parkmgr.bookings.models import Booking
from parkmgr.bookings.queries import Slot
from parkmgr.db import db, transaction
from parkmgr.errors import Refused
from parkmgr.occupancy import queries as ledger
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park, Space
from parkmgr.policy import SYSTEM, Actor, Role
from parkmgr.values import Span
from tests.making import Maker
from tests.web.visiting import Visitor

ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str, zone: ZoneInfo = ZONE) -> datetime:
    """The instant of a wall time."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def span(first: str, last: str, zone: ZoneInfo = ZONE) -> Span:
    """From a wall time to another, of the same day when only an hour is said."""
    return Span(at(first, zone), at(last if "-" in last else f"{first[:10]} {last}", zone))


@contextmanager
def refused(*codes: str) -> Iterator[list[str]]:
    """What is done inside is refused for exactly these reasons; gives their sentences."""
    said: list[str] = []
    with pytest.raises(Refused) as caught:
        yield said
    said += [str(objection) for objection in caught.value.objections]
    assert [objection.code.removeprefix("bookings.") for objection in caught.value.objections] == list(codes)


@dataclass
class Desk:
    """Where rooms are booked. Everything is committed, so that it is read anew."""

    make: Maker
    now: datetime
    park_id: int
    organisation_id: int
    other_id: int
    liaison: Actor
    colleague: Actor
    stranger: Actor
    administrator: Actor
    second: Actor
    emails: dict[str, str] = field(default_factory=dict)

    def book(
        self,
        room: Space | Sequence[Slot],
        when: Span | None = None,
        *,
        by: Actor | None = None,
        of: int | None = None,
        now: datetime | None = None,
        people: int = 4,
        waiver: Waiver = NO_WAIVER,
        **more: object,
    ) -> list[str]:
        """The numbers of new bookings."""
        by = by or self.liaison
        slots = tuple(room) if not isinstance(room, Space) else (Slot(room.id, when or span("2026-03-03 10:00", "11:00")),)
        of = of or (self.other_id if by is self.stranger else self.organisation_id)
        with transaction():
            made = actions.book(
                db.session.get_one(Park, self.park_id),
                db.session.get_one(Organisation, of),
                Wanted(slots, people=people, user_id=by.user_id, **more),  # type: ignore[arg-type]
                actor=by,
                now=now or self.now,
                waiver=waiver,
            )
            return [booking.number for booking in made]

    def one(self, room: Space, when: Span | None = None, **more: object) -> str:
        """The number of one new booking."""
        [number] = self.book(room, when, **more)  # type: ignore[arg-type]
        return number

    def weekly(self, room: Space, when: Span, times: int = 3, **more: object) -> list[str]:
        """The numbers of a weekly series."""
        weeks = [timedelta(weeks=number) for number in range(times)]
        slots = [Slot(room.id, Span(when.starts_at + by, when.ends_at + by), when.starts_at + by) for by in weeks]
        local = when.starts_at.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")
        return self.book(slots, rrule=f"FREQ=WEEKLY;COUNT={times}", starts_local=local, **more)

    def do(self, number: str, deed: Callable[..., object], *, by: Actor | None = None, now: datetime | None = None, **more: object) -> None:
        """A deed with one booking is done."""
        with transaction():
            deed(queries.booking(number, SYSTEM), actor=by or self.liaison, now=now or self.now, **more)

    def all(
        self, numbers: Sequence[str], deed: Callable[..., object], *, by: Actor | None = None, now: datetime | None = None, **more: object
    ) -> None:
        """A deed with several bookings is done."""
        with transaction():
            deed([queries.booking(number, SYSTEM) for number in numbers], actor=by or self.liaison, now=now or self.now, **more)

    def read(self, number: str) -> Booking:
        """The booking, read anew."""
        db.session.rollback()
        return queries.booking(number, SYSTEM)

    def state(self, number: str) -> str:
        """How far a booking is."""
        return self.read(number).state

    def holds(self, number: str) -> list[tuple[int, Span]]:
        """What a booking holds."""
        db.session.rollback()
        return [(held.space_id, held.span) for held in ledger.of_document(number)]

    def entries(self, label: str) -> list[str]:
        """The deeds in the audit about a booking."""
        deeds = db.session.scalars(db.select(Entry.deed).where(Entry.label == label).order_by(Entry.id))
        return [deed.removeprefix("bookings.") for deed in deeds]

    def told(self) -> list[tuple[str, str]]:
        """Who was written to about what, in order: the receiver and the first word of the subject."""
        from parkmgr.notices.models import Notice

        db.session.rollback()
        names = {address: name for name, address in self.emails.items()}
        notices = db.session.scalars(db.select(Notice).order_by(Notice.id))
        return [(names.get(notice.address, notice.address), notice.subject.split(":")[0]) for notice in notices]


@pytest.fixture
def desk(make: Maker, now: datetime) -> Desk:
    """A desk in Harbin at noon on Monday, 2 March 2026."""
    park = make.park("HIT", country="CN")
    organisation, other = make.organisation("MSU"), make.organisation("SPBU")
    emails = {name: f"{name}@parkmgr.example" for name in ("liaison", "colleague", "stranger", "administrator", "second")}

    def who(name: str, role: Role, of: Organisation | None = None) -> Actor:
        return make.granted(role, park=park, organisation=of, email=emails[name])

    return Desk(
        make,
        now,
        park.id,
        organisation.id,
        other.id,
        who("liaison", Role.LIAISON, organisation),
        who("colleague", Role.LIAISON, organisation),
        who("stranger", Role.LIAISON, other),
        who("administrator", Role.ADMINISTRATOR),
        who("second", Role.ADMINISTRATOR),
        emails,
    )


@pytest.fixture
def liaison(app: Flask, desk: Desk) -> Visitor:
    """The browser of a liaison."""
    return Visitor(app).is_(desk.liaison)


@pytest.fixture
def stranger(app: Flask, desk: Desk) -> Visitor:
    """The browser of another organisation's liaison."""
    return Visitor(app).is_(desk.stranger)


@pytest.fixture
def administrator(app: Flask, desk: Desk) -> Visitor:
    """The browser of an administrator."""
    return Visitor(app).is_(desk.administrator)
