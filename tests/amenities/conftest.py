"""A hospital with two rooms and a sports centre with two courts, their desks, and three clubs; noon on Monday, 2 March 2026, in Harbin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from parkmgr import clock
from parkmgr.amenities import actions, queries, season_actions
from parkmgr.amenities.models import Appointment, Season
from parkmgr.amenities.rules import Offer
from parkmgr.bookings import queries as bookings
from parkmgr.bookings.models import Booking
from parkmgr.db import db, transaction
from parkmgr.errors import Refused
from parkmgr.organisations.models import Organisation
from parkmgr.people import actions as people
from parkmgr.people.models import Person
from parkmgr.places.models import Park
from parkmgr.places.queries import space
from parkmgr.policy import SYSTEM, Actor, Role
from parkmgr.values import Money, Names
from tests.making import Maker
from tests.web.visiting import Visitor

ZONE = ZoneInfo("Asia/Shanghai")
PATIENT = "Xiulan Zherebtsova"
"""Found nowhere but at the hospital's desk."""


def at(text: str) -> datetime:
    """The instant of a wall time in Harbin."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@contextmanager
def refused(*codes: str) -> Iterator[list[str]]:
    """What is done inside is refused for exactly these reasons; gives their sentences."""
    said: list[str] = []
    with pytest.raises(Refused) as caught:
        yield said
    said += [str(objection) for objection in caught.value.objections]
    assert [objection.code.removeprefix("amenities.") for objection in caught.value.objections] == list(codes)


@dataclass
class Centre:
    """The hospital and the sports centre. Everything is committed, so that it is read anew."""

    make: Maker
    now: datetime
    park_id: int
    hospital: Actor
    sports: Actor
    administrator: Actor
    auditor: Actor
    liaison: Actor
    person: str

    def park(self) -> Park:
        """The park, read anew."""
        return db.session.get_one(Park, self.park_id)

    def appoint(
        self,
        when: str,
        who: str = PATIENT,
        *,
        room: str | None = "HO-1",
        service: str = "gp",
        now: datetime | None = None,
        key: str | None = None,
    ) -> str:
        """The number of a new appointment."""
        with transaction():
            park = self.park()
            where = space(park.id, room) if room else None
            made = actions.appoint(
                queries.service(park.id, service), park, where, at(when), who=who, key=key, actor=self.hospital, now=now or self.now
            )
            return made.booking.number

    def appointment(self, number: str) -> Appointment:
        """An appointment, read anew."""
        db.session.rollback()
        return queries.appointment(self.park_id, number)

    def booking(self, number: str) -> Booking:
        """A booking, read anew."""
        db.session.rollback()
        return bookings.booking(number, SYSTEM)

    def season(self, courts: Sequence[str] = ("SC-1", "SC-2"), *, seed: str = "seed") -> str:
        """The code of a new season from 1 April to 30 June 2026, asked for through 15 March."""
        with transaction():
            park = self.park()
            made = season_actions.open_season(
                park,
                "2026-spring",
                Names("Spring 2026", "Весна 2026", "2026年春季"),
                [space(park.id, code) for code in courts],
                starts_on=date(2026, 4, 1),
                ends_on=date(2026, 6, 30),
                ask_until=date(2026, 3, 15),
                seed=seed,
                actor=self.sports,
                now=self.now,
            )
            return made.code

    def read(self, code: str = "2026-spring") -> Season:
        """A season, read anew."""
        db.session.rollback()
        return queries.season(self.park_id, code)

    def wish(
        self,
        club: str,
        weekday: int,
        when: str = "18:00",
        minutes: int = 120,
        *,
        court: str = "",
        people: int = 8,
        by: Actor | None = None,
        **more: object,
    ) -> int:
        """A new wish's id."""
        with transaction():
            park = self.park()
            of = db.session.scalars(db.select(Organisation).where(Organisation.code == club)).one()
            made = season_actions.wish(
                queries.season(park.id, "2026-spring"),
                park,
                of,
                weekday=weekday,
                at=time.fromisoformat(when),
                minutes=minutes,
                court=court,
                people=people,
                actor=by or self.sports,
                **{"now": self.now, **more},  # type: ignore[arg-type]
            )
            return made.id


@pytest.fixture
def centre(make: Maker, now: datetime) -> Centre:
    """The hospital and the sports centre of Harbin."""
    park = make.park("HIT", country="CN")
    building = make.building(park, "HO")
    for code in ("HO-1", "HO-2"):
        make.space(building, code, kind="clinic", lettable=False, bookable=True)
    for code, seats in (("SC-1", 10), ("SC-2", 40)):
        make.space(building, code, kind="sports", capacity=seats, bookable=True)
    make.space(building, "OFFICE")
    make.rules(park, kind="sports", week="Mon-Sun 08:00-22:00", ahead_days=30, max_minutes=120)
    make.rules(park, kind="clinic", week="Mon-Fri 08:00-12:00", answer="closed", step_minutes=5)
    operator, club = make.organisation("HIT-HOSPITAL"), make.organisation("ALPHA")
    make.organisation("BETA"), make.organisation("GAMMA")
    sports = make.granted(Role.SPORTS_DESK, park=park)
    hospital = make.granted(Role.HOSPITAL_DESK, park=park)
    with transaction():
        here = db.session.get_one(Park, park.id)
        one = people.add(here, db.session.get_one(Organisation, club.id), name=PATIENT, actor=SYSTEM, now=now)
        number = one.number
        hours = "Mon-Fri 08:00-12:00\nMon-Fri 13:30-17:00"
        names = Names("General practice", "Терапевт", "全科门诊")
        run_by = db.session.get_one(Organisation, operator.id)
        rooms = [space(here.id, "HO-1"), space(here.id, "HO-2")]
        actions.add_service(here, run_by, "gp", names, Offer("hospital", hours), rooms, actor=hospital, now=now)
        prices = {"resident": Money(2000, "CNY"), "": Money(4500, "CNY")}
        offer = Offer("sports", "Mon-Sun 07:00-22:00", 60, 10, prices)
        actions.add_service(here, run_by, "pool", Names("Swimming pool"), offer, [], actor=sports, now=now)
    return Centre(
        make,
        now,
        park.id,
        hospital,
        sports,
        make.granted(Role.ADMINISTRATOR, park=park),
        make.granted(Role.AUDITOR, park=park),
        make.granted(Role.LIAISON, park=park, organisation=club),
        number,
    )


@pytest.fixture
def person(centre: Centre) -> Person:
    """The patient, who lives in the park."""
    return db.session.scalars(db.select(Person).where(Person.number == centre.person)).one()


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch, now: datetime) -> datetime:
    """The pages are looked at when the deeds are done."""
    monkeypatch.setattr(clock, "now", lambda: now)
    return now


@pytest.fixture
def desk(app: Flask, noon: datetime, centre: Centre) -> Visitor:
    """The browser of the hospital's desk."""
    return Visitor(app).is_(centre.hospital)


@pytest.fixture
def sports(app: Flask, noon: datetime, centre: Centre) -> Visitor:
    """The browser of the sports centre's desk."""
    return Visitor(app).is_(centre.sports)


@pytest.fixture
def liaison(app: Flask, noon: datetime, centre: Centre) -> Visitor:
    """The browser of the liaison of the club ALPHA."""
    return Visitor(app).is_(centre.liaison)
