"""A year in the life of one flat and of one laboratory: the occupancy report is right on every day, also as it was known after each deed.

What is right is said by a plain calendar, a cell for each day, which every deed paints over; a copy of it is kept as it was known then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

import pytest

from parkmgr.bookings import downtime
from parkmgr.db import db, transaction
from parkmgr.housing import actions as housing
from parkmgr.housing import allocating_actions as allocating
from parkmgr.housing import allocating_queries, rules_actions
from parkmgr.housing import queries as housing_queries
from parkmgr.housing.allocating_rules import Eligible, Giving, WaitingClass, Wish
from parkmgr.housing.models import Vacancy
from parkmgr.housing.rules import Agreed
from parkmgr.labs import actions as labs
from parkmgr.labs import queries as lab_queries
from parkmgr.labs.rules import Asset, EquipmentState
from parkmgr.leases import actions as leases
from parkmgr.leases import queries as lease_queries
from parkmgr.leases.rules import Step, Terms
from parkmgr.occupancy import closures
from parkmgr.occupancy.models import Closure
from parkmgr.organisations.models import Organisation
from parkmgr.people import actions as people
from parkmgr.people import queries as people_queries
from parkmgr.people.models import Person
from parkmgr.places import queries as places
from parkmgr.places.models import Park, Space
from parkmgr.policy import SYSTEM, Actor, Role
from parkmgr.reports import kinds, occupancy, queries
from parkmgr.reports.occupancy import Status
from parkmgr.utilisation import queries as utilisation
from parkmgr.values import Money, Names, Term
from tests.bookings import conftest as bookings
from tests.bookings.conftest import Desk, at, span

desk = bookings.desk
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
DAY = timedelta(days=1)


def days(first: date = FIRST, last: date = LAST) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def yuan(amount: int) -> Money:
    return Money.of(amount, "CNY")


class Cell(NamedTuple):
    """What is so on a day: who has it by which document, until when, for how much. rent None: it is only offered."""

    document: str
    last: date | None
    rent: Money | None
    status: Status = Status.RESIDENT


@dataclass
class Calendar:
    """A space, day by day: a cell where somebody has it."""

    cells: dict[date, Cell] = field(default_factory=dict)
    horizon: date = date(2027, 12, 31)

    def copy(self) -> Calendar:
        return Calendar(dict(self.cells))

    def paint(self, first: str, last: date, cell: Cell) -> None:
        self.cells.update((one, cell) for one in days(day(first), min(last, self.horizon)))

    def end(self, document: str, last: date) -> None:
        """The document has nothing after the day, and says so of the days before."""
        for one, cell in list(self.cells.items()):
            if cell.document == document:
                if one > last:
                    del self.cells[one]
                else:
                    self.cells[one] = cell._replace(last=last)

    def row(self, on: date) -> tuple[Status, str, date | None, Money | None]:
        """Return what the report must say."""
        cell = self.cells.get(on)
        if cell is not None and (cell.rent is not None or cell.status is Status.CLOSED):
            return cell.status, cell.document, cell.last, cell.rent
        if cell is None:
            later = [one for one in sorted(self.cells) if one > on and self.cells[one].status is not Status.CLOSED]
            cell = self.cells[later[0]] if later else None
        return (Status.VACANT, "", None, None) if cell is None else (Status.RESERVED, cell.document, cell.last, None)


class Chronicle:
    """What the calendars were after each deed."""

    def __init__(self, **calendars: Calendar) -> None:
        self.calendars = calendars
        self.known: list[tuple[datetime, dict[str, Calendar]]] = [(at("2025-12-31T12:00"), self._now())]

    def _now(self) -> dict[str, Calendar]:
        return {code: calendar.copy() for code, calendar in self.calendars.items()}

    def wrote(self, instant: datetime) -> None:
        self.known.append((instant, self._now()))

    def check(self, park: Park) -> None:
        """The report says the same on every day of the year, as known after every deed, and now."""
        wrong: list[str] = []
        for known, calendars in [*self.known, (None, self._now())]:
            for month in range(1, 13):
                first = date(2026, month, 1)
                wanted = list(days(first, min(LAST, (first + timedelta(days=31)).replace(day=1) - DAY)))
                facts = queries.occupancy(park, first, known, days=wanted, named=False)
                for fact in facts:
                    if fact.space not in calendars:
                        wrong.append(f"{fact.space} is in the report")
                        continue
                    row = occupancy.row(fact, occupancy.passing_rents([fact]))
                    said = (row.status, row.document, row.ends_on, row.rent)
                    right = calendars[fact.space].row(fact.on)
                    if said != right:
                        wrong.append(f"{fact.space} on {fact.on} as known {known}: {said}, not {right}")
                assert len(facts) == len(wanted) * len(calendars)
        assert not wrong, "\n".join(wrong[:20])
        whole = occupancy.compile(
            queries.occupancy(park, LAST),
            park=kinds.place(park),
            on=LAST,
            known=at("2027-01-01T00:00"),
        )
        assert whole.total.rent == _sum(Calendar.row(calendar, LAST)[3] for calendar in self.calendars.values())


def _sum(rents: Iterator[Money | None]) -> dict[str, int]:
    total = sum(rent.minor for rent in rents if rent is not None)
    return {"CNY": total} if total else {}


class Estate:
    """Two flats, an employer, and the desk."""

    def __init__(self, make) -> None:
        park = make.park("HIT")
        block = make.building(park, "R1", residential=True)
        self.park_id = park.id
        self.flats = {code: make.space(block, code, kind="flat", area="45", capacity=3).id for code in ("A", "B")}
        self.employer_id = make.organisation("HITU", kind="university").id
        self.desk = make.granted(Role.HOUSING_DESK, park=park)

    @property
    def park(self) -> Park:
        return db.session.get_one(Park, self.park_id)

    def flat(self, code: str) -> Space:
        return db.session.get_one(Space, self.flats[code])

    def person(self, name: str, now: datetime) -> str:
        with transaction():
            return people.add(self.park, db.session.get_one(Organisation, self.employer_id), name=name, actor=SYSTEM, now=now).number

    def known(self, number: str) -> Person:
        return people_queries.person(number, SYSTEM)

    def do(self, deed: Callable[..., object], number: str, *given: object, now: datetime, **more: object) -> object:
        with transaction():
            return deed(housing_queries.residency(number, SYSTEM), *given, actor=self.desk, now=now, **more)


def test_a_year_of_a_flat(make):
    estate = Estate(make)
    a, b = Calendar(), Calendar()
    told = Chronicle(A=a, B=b)

    now = at("2026-01-10T12:00")  # a home is offered
    anna, boris = estate.person("Anna", at("2025-12-01T12:00")), estate.person("Boris", at("2025-12-01T12:00"))
    giving = Giving(
        classes=(WaitingClass("staff", Names("Staff"), "time", 1),), eligible=(Eligible("kind", "university", ("staff",)),), offer_days=14
    )
    with transaction():
        rules_actions.set_rules(estate.park, giving, actor=SYSTEM, now=at("2025-12-01T12:00"))
    with transaction():
        wish = Wish(class_code="staff", people=1, from_on=day("02-01"))
        asked = allocating.apply(
            estate.park, people_queries.person(anna, SYSTEM), wish, actor=estate.desk, now=at("2025-12-02T12:00")
        ).number
    with transaction():
        allocating.admit(allocating_queries.application(asked, SYSTEM), actor=estate.desk, now=at("2025-12-03T12:00"))
    with transaction():
        agreed = Agreed(Term(day("02-01"), day("06-30")), yuan(1500))
        made = allocating.offer(allocating_queries.application(asked, SYSTEM), estate.flat("A"), agreed, actor=estate.desk, now=now)
        first, offered_id = made.number, made.id
    a.paint("02-01", day("06-30"), Cell(first, day("06-30"), None))
    told.wrote(now)

    now = at("2026-01-15T12:00")  # and accepted
    with transaction():
        allocating.accept(allocating_queries.offer(offered_id), actor=estate.desk, now=now)
    a.paint("02-01", day("06-30"), Cell(first, day("06-30"), yuan(1500)))
    told.wrote(now)

    now = at("2026-02-01T12:00")  # Anna moves in
    estate.do(housing.move_in, first, None, on=day("02-01"), now=now)
    told.wrote(now)

    now = at("2026-03-10T12:00")  # she stays longer, from July at another rent
    estate.do(housing.extend, first, day("12-31"), rent=yuan(1600), now=now)
    a.paint("02-01", day("12-31"), Cell(first, day("12-31"), yuan(1500)))
    a.paint("07-01", day("12-31"), Cell(first, day("12-31"), yuan(1600)))
    told.wrote(now)

    now = at("2026-08-15T12:00")  # a transfer to B, on the day
    with transaction():
        second = housing.transfer(
            housing_queries.residency(first, SYSTEM), estate.flat("B"), on=day("08-15"), rent=yuan(1800), actor=estate.desk, now=now
        ).number
    a.end(first, day("08-14"))
    b.paint("08-15", day("12-31"), Cell(second, day("12-31"), yuan(1800)))
    told.wrote(now)

    now = at("2026-08-18T12:00")  # works in A
    with transaction():
        closed = closures.close(
            estate.park, [estate.flat("A")], Term(day("08-20"), day("09-10")),
            operator=db.session.get_one(Organisation, estate.employer_id), reason="Paint", actor=SYSTEM, now=now,
        ).number  # fmt: skip
    a.paint("08-20", day("09-10"), Cell(closed, day("09-10"), None, Status.CLOSED))
    told.wrote(now)

    now = at("2026-09-12T12:00")  # and it is ready again
    with transaction():
        vacancy = db.session.scalars(db.select(Vacancy).where(Vacancy.space_id == estate.flats["A"])).one()
        housing.make_ready(vacancy, on=day("09-12"), note="Painted", actor=estate.desk, now=now)
    told.wrote(now)

    now = at("2026-09-15T12:00")  # Boris gets it
    with transaction():
        agreed = Agreed(Term(day("10-01"), date(2027, 9, 30)), yuan(1400))
        employer = db.session.get_one(Organisation, estate.employer_id)
        third = housing.settle(estate.park, estate.flat("A"), estate.known(boris), employer, agreed, actor=estate.desk, now=now).number
    a.paint("10-01", date(2027, 9, 30), Cell(third, date(2027, 9, 30), yuan(1400)))
    told.wrote(now)

    now = at("2026-10-20T12:00")  # Anna gives notice, and leaves
    estate.do(housing.give_notice, second, given_on=day("10-20"), leaves_on=day("11-30"), now=now)
    b.end(second, day("11-30"))
    told.wrote(now)
    now = at("2026-11-30T12:00")
    estate.do(housing.leave, second, None, on=day("11-30"), now=now)
    told.wrote(now)

    told.check(estate.park)


@pytest.fixture
def lab(desk: Desk) -> int:
    """A laboratory with an instrument that is booked by the hour."""
    building = desk.make.building(code="LA")
    room = desk.make.space(building, "LA-1", kind="laboratory", area="100")
    desk.make.rules(week="Mon-Sun 08:00-18:00", kind="instrument", max_minutes=600)
    with transaction():
        park = db.session.get_one(Park, desk.park_id)
        run = labs.run_lab(park, db.session.get_one(Space, room.id), actor=SYSTEM, now=desk.now)
        labs.add_equipment(
            park, Asset("EM-1", Names("Microscope"), desk.other_id), lab=run, bookable=True, state=EquipmentState.OPERATIONAL,
            starts_on=FIRST, actor=SYSTEM, now=at("2025-12-30T12:00"),
        )  # fmt: skip
    return room.id


def _lease(desk: Desk, lab_id: int, now: datetime) -> str:
    """The number of a lease of the laboratory, signed."""
    terms = Terms(Term(day("02-01"), date(2027, 1, 31)), (lab_id,), "CNY", steps=(Step(day("02-01"), yuan(9000)),))
    with transaction():
        park = db.session.get_one(Park, desk.park_id)
        number = leases.draft(park, db.session.get_one(Organisation, desk.other_id), terms, actor=SYSTEM, now=now).number
    for deed in (leases.offer, leases.sign):
        with transaction():
            deed(lease_queries.lease(number, SYSTEM, to_change=True), actor=Actor(None, deed.__name__, SYSTEM.grants), now=now)
    return number


def test_a_year_of_a_laboratory(desk: Desk, lab: int):
    park = db.session.get_one(Park, desk.park_id)
    before = {space.code for space in db.session.scalars(db.select(Space).where(Space.park_id == desk.park_id))} - {"LA-1", "EM-1"}
    calendar = Calendar()
    told = Chronicle(**{"LA-1": calendar})
    term = date(2027, 1, 31)

    now = at("2026-01-20T12:00")  # it is let from February on
    number = _lease(desk, lab, now)
    calendar.paint("02-01", term, Cell(number, term, yuan(9000), Status.LET))
    told.wrote(now)

    now = at("2026-05-01T12:00")  # dearer from July on
    with transaction():
        lease = lease_queries.lease(number, SYSTEM, to_change=True)
        terms = lease.last_version.terms
        steps = (*terms.steps, Step(day("07-01"), yuan(9500)))
        leases.amend(
            lease, Terms(terms.term, terms.space_ids, "CNY", steps=steps), effective_on=day("07-01"), reason="Index", actor=SYSTEM, now=now
        )
    calendar.paint("07-01", term, Cell(number, term, yuan(9500), Status.LET))
    told.wrote(now)
    _only(told, park, before)

    # Sessions of its instrument, and what breaks: none of it changes who has the laboratory.
    used: dict[date, int] = {}
    for hour, one in enumerate(days(day("06-01"), day("06-05"))):
        desk.now = at("2026-05-20T12:00")
        desk.one(places.space(desk.park_id, "EM-1"), span(f"{one} 10:00", f"{12 + hour}:00"))
        used[one] = (2 + hour) * 3600
    _sessions(park, used, None)
    planned = dict(used)
    now = at("2026-06-03T09:00")
    with transaction():
        park = db.session.get_one(Park, desk.park_id)
        broken = downtime.stop(
            park, [lab_queries.piece(park.id, "EM-1")], planned=False, reason="Pump", starts_at=now, ends_at=at("2026-06-05T09:00"),
            decision=None, actor=SYSTEM, now=now,
        ).number  # fmt: skip
    park = db.session.get_one(Park, desk.park_id)
    _sessions(park, planned, at("2026-06-03T08:00"))
    later = _booked(park, None)
    assert {one: later.get(one, 0) for one in (day("06-01"), day("06-02"))} == {day("06-01"): 7200, day("06-02"): 10800}
    assert not later.get(day("06-03")) and not later.get(day("06-04"))
    with transaction():
        row = db.session.scalars(db.select(Closure).where(Closure.number == broken)).one()
        downtime.restore(row, db.session.get_one(Park, desk.park_id), reason="New pump", actor=SYSTEM, now=at("2026-06-04T12:00"))
    park = db.session.get_one(Park, desk.park_id)
    _sessions(park, planned, at("2026-06-03T08:00"))
    _only(told, park, before)


def _only(told: Chronicle, park: Park, others: set[str]) -> None:
    """The chronicle of the laboratory is right; what else stands in the park was not touched."""
    for _known, calendars in told.known:
        calendars.update({code: Calendar() for code in others})
    told.calendars.update({code: Calendar() for code in others})
    told.check(park)


def _booked(park: Park, known: datetime | None) -> dict[date, int]:
    """Return the seconds that the instrument was booked on each day on which it was."""
    found = {
        one: utilisation.utilisation(park, one, one, known, kind="instrument").total.booked for one in days(day("05-31"), day("06-06"))
    }
    return {one: seconds for one, seconds in found.items() if seconds}


def _sessions(park: Park, wanted: dict[date, int], known: datetime | None) -> None:
    assert _booked(park, known) == wanted
    assert utilisation.utilisation(park, day("06-01"), day("06-05"), known).total.booked == 0
