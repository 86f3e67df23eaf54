"""How much rooms are used, asked of a register on both engines, and its page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask

from parkmgr.bookings import actions as bookings
from parkmgr.bookings import queries as booking_queries
from parkmgr.bookings.actions import Wanted
from parkmgr.bookings.queries import Slot
from parkmgr.db import db, transaction
from parkmgr.occupancy.models import HoldKind
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Space
from parkmgr.policy import SYSTEM, Role
from parkmgr.utilisation import queries, rules
from parkmgr.utilisation.queries import Chosen
from parkmgr.values import Names, Span
from tests.making import Maker
from tests.web.visiting import Visitor

MONDAY = date(2026, 3, 2)
HOUR = 3600


def harbin(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


def book(
    make: Maker, space: Space, starts: str, ends: str, *, organisation: Organisation, now: datetime, people: int = 4, user_id=None
) -> str:
    slot = Slot(space.id, Span(harbin(starts), harbin(ends)))
    organisation_id, park = organisation.id, make.the_park()
    with transaction():
        holder = db.session.get_one(Organisation, organisation_id)
        [made] = bookings.book(park, holder, Wanted((slot,), people, "Talk"), actor=SYSTEM, now=now)
        return made.number


@pytest.fixture
def early() -> datetime:
    return harbin("2026-02-20T08:00")


@pytest.fixture
def rooms(make: Maker) -> list[Space]:
    """Two rooms that are open ten hours a day, with half an hour between bookings of the first."""
    make.park("HIT")
    building = make.building(code="C")
    found = [make.room("C-1", building=building), make.room("C-2", building=building, capacity=None)]
    make.rules(week="Mon-Sun 08:00-18:00")
    make.rules(week="Mon-Fri 08:00-18:00", space_id=found[0].id, turnaround_minutes=30)
    make.space(building, "C-office")
    return found


def test_hours_come_from_the_ledger_without_the_turnaround(make, rooms, early, statements):
    own, other = make.organisation("OWN", Names("Rayak")), make.organisation("OTHER")
    book(make, rooms[0], "2026-03-02T09:00", "2026-03-02T11:00", organisation=own, now=early)
    book(make, rooms[1], "2026-03-02T08:00", "2026-03-02T13:00", organisation=other, now=early)
    park = make.the_park()
    park.zone  # noqa: B018 - loaded before the count
    with statements() as seen:
        found = queries.utilisation(park, MONDAY, MONDAY)
    assert len(seen) == 2
    assert [(each.room.code, each.sums.open, each.sums.booked) for each in found.rooms] == [
        ("C-1", 10 * HOUR, 2 * HOUR),
        ("C-2", 10 * HOUR, 5 * HOUR),
    ]
    assert found.total.ratio == Decimal("35.00")
    assert [(each.code, each.booked) for each in found.organisations] == [("OTHER", 5 * HOUR), ("OWN", 2 * HOUR)]
    assert (found.seats.ratio, found.seats.unknown) == (Decimal("33.33"), 1)


def test_an_instant_of_knowledge_counts_what_was_known_then(make, rooms, early):
    number = book(make, rooms[0], "2026-03-02T09:00", "2026-03-02T11:00", organisation=make.organisation(), now=early)
    later = early + timedelta(days=2)
    with transaction():
        booking = booking_queries.booking(number, SYSTEM)
        bookings.cancel([booking], reason="no need", actor=SYSTEM, now=later)
    park = make.the_park()
    assert queries.utilisation(park, MONDAY, MONDAY).total.booked == 0
    assert queries.utilisation(park, MONDAY, MONDAY, later - timedelta(seconds=1)).total.booked == 2 * HOUR
    assert queries.utilisation(park, MONDAY, MONDAY, early - timedelta(seconds=1)).total.booked == 0


def test_closures_and_leases_leave_the_denominator(make, rooms):
    make.hold(rooms[0], "2026-03-02", "2026-03-02")
    make.hold(rooms[1], "2026-03-03", "2026-03-03", kind=HoldKind.CLOSURE, document="C-1")
    found = queries.utilisation(make.the_park(), MONDAY, MONDAY + timedelta(days=1))
    assert [(each.sums.open, each.sums.closed) for each in found.rooms] == [(10 * HOUR, 10 * HOUR)] * 2


def test_holidays_of_the_calendar_are_not_bookable(make, early):
    park = make.park("HIT", country="CN")
    make.room("C-1")
    make.rules(week="Mon-Sun 08:00-18:00")
    assert queries.utilisation(park, date(2026, 10, 1), date(2026, 10, 1)).total.open == 0
    assert queries.utilisation(park, date(2026, 9, 29), date(2026, 9, 30)).total.open == 20 * HOUR


def test_a_hall_is_told_by_its_parts_under_the_nearest_rules(make):
    hall = make.room("H", building=make.building(code="C"))
    make.space(None, "H-a", parent=hall, kind="sports")
    make.space(None, "H-b", parent=hall, kind="sports", bookable=True, starts_on=date(2026, 3, 3))
    make.rules(week="Mon-Sun 08:00-18:00")
    make.rules(week="Mon-Sun 08:00-12:00", kind="sports")
    found = queries.utilisation(make.the_park(), MONDAY, MONDAY + timedelta(days=1))
    assert {each.room.code: each.sums.open for each in found.rooms} == {"H-a": 20 * HOUR, "H-b": 4 * HOUR}


def test_without_rules_or_rooms_there_is_nothing(make):
    make.room()
    found = queries.utilisation(make.the_park(), MONDAY, MONDAY)
    assert (found.rooms, found.total.ratio) == ((), None)


def test_what_became_of_bookings_is_of_those_that_start_in_the_days(make, rooms, early):
    own = make.organisation("OWN")
    book(make, rooms[0], "2026-03-02T09:00", "2026-03-02T11:00", organisation=own, now=early)
    book(make, rooms[0], "2026-03-03T09:00", "2026-03-03T11:00", organisation=own, now=early)
    park = make.the_park()
    period = rules.period_of(MONDAY, MONDAY, park.zone)
    assert [made.state for made in queries.made(park, Chosen(period, "C"), SYSTEM)] == ["confirmed"]
    assert queries.made(park, Chosen(period, "X"), SYSTEM) == []
    stranger = make.granted(Role.LIAISON, park=park, organisation=make.organisation("ELSE"))
    assert queries.made(park, Chosen(period), stranger) == []


# The page


class TestPage:
    """Pages are asked for on SQLite; what they ask of the database is tested on both engines."""

    @pytest.fixture
    def engine_name(self) -> str:
        return "sqlite"

    @pytest.fixture
    def visitor(self, app: Flask) -> Visitor:
        return Visitor(app)

    @pytest.fixture
    def booked(self, make: Maker, rooms: list[Space], early: datetime) -> Organisation:
        """The organisation that booked the first room; another booked the second."""
        own = make.organisation("OWN", Names("Polytechnic"))
        book(make, rooms[0], "2026-03-02T09:00", "2026-03-02T11:00", organisation=own, now=early)
        book(make, rooms[1], "2026-03-02T09:00", "2026-03-02T12:00", organisation=make.organisation("SECRET", Names("Rayak")), now=early)
        return own

    PATH = "/parks/HIT/utilisation?since=2026-03-02&until=2026-03-02"

    def test_an_auditor_reads_all(self, make, booked, visitor):
        visitor.is_(make.granted(Role.AUDITOR))
        text = visitor.get(self.PATH).text
        assert all(said in text for said in ("Polytechnic", "Rayak", "C-1", "C-2", "25.0", "5.00 of 20.00 bookable hours"))

    def test_a_liaison_reads_others_as_one_sum(self, make, booked, visitor):
        visitor.is_(make.granted(Role.LIAISON, park=make.the_park(), organisation=booked))
        for path in (self.PATH, *(f"{self.PATH}&format=csv&table={table}" for table in ("rooms", "organisations", "hours", "buildings"))):
            text = visitor.get(path).text
            assert "Rayak" not in text and "SECRET" not in text
        text = visitor.get(self.PATH).text
        assert "Polytechnic" in text and "all others" in text

    def test_a_stranger_is_sent_to_sign_in(self, booked, visitor):
        assert visitor.get(self.PATH).status_code == 303

    @pytest.mark.parametrize("table", ["rooms", "buildings", "organisations", "hours"])
    def test_each_table_is_a_sheet(self, make, booked, visitor, table):
        visitor.is_(make.granted(Role.AUDITOR))
        assert visitor.get(f"{self.PATH}&format=xlsx&table={table}").data[:2] == b"PK"
        rows = visitor.get(f"{self.PATH}&format=csv&table={table}").text.splitlines()
        assert len(rows) == {"rooms": 3, "buildings": 2, "organisations": 3, "hours": 169}[table]

    @pytest.mark.parametrize(
        "asked",
        ["since=yesterday", "since=2026-03-02&until=2026-03-01", "since=2020-01-01&until=2026-01-01", "building=NOWHERE", "known=never"],
    )
    def test_what_cannot_be_answered_is_said(self, make, booked, visitor, asked):
        visitor.is_(make.granted(Role.AUDITOR))
        assert visitor.get(f"/parks/HIT/utilisation?{asked}").status_code == 200

    def test_unknown_formats_and_tables_are_not_found(self, make, booked, visitor):
        visitor.is_(make.granted(Role.AUDITOR))
        assert visitor.get(f"{self.PATH}&format=exe").status_code == 404
        assert visitor.get(f"{self.PATH}&format=csv&table=users").status_code == 404

    def test_a_park_without_rooms_says_what_the_page_is_for(self, make, visitor):
        make.park("NEW")
        visitor.is_(make.granted(Role.AUDITOR))
        assert "No room can be booked by the hour" in visitor.get("/parks/NEW/utilisation").text
