"""Sessions at instruments: permits on the day, the second person, the desk that decides, and who is told."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from parkmgr.audit.actions import record
from parkmgr.bookings import actions, queries
from parkmgr.bookings.queries import Crew
from parkmgr.db import db, transaction
from parkmgr.labs import actions as labs
from parkmgr.labs import queries as lab_queries
from parkmgr.labs.rules import Asset, EquipmentState
from parkmgr.organisations.models import Organisation
from parkmgr.people import actions as people
from parkmgr.people.models import Person
from parkmgr.places import queries as places
from parkmgr.places.models import Park, Space
from parkmgr.policy import SYSTEM, Actor, Role
from parkmgr.values import Names
from tests.bookings.conftest import Desk, at, refused, span
from tests.web.visiting import Visitor

TEN = span("2026-03-03 10:00", "11:00")
LATE = span("2026-03-03 20:00", "21:00")


@pytest.fixture
def keeper(desk: Desk) -> Actor:
    """A lab manager."""
    return desk.make.granted(Role.LAB_MANAGER, park=db.session.get_one(Park, desk.park_id), email="keeper@parkmgr.example")


@pytest.fixture
def laser(desk: Desk, keeper: Actor) -> Space:
    """A laser that asks for a permit; alone only by day; others than members of the Association ask first."""
    desk.emails["keeper"] = "keeper@parkmgr.example"
    room = desk.make.space(desk.make.building(code="LA"), "LA-1", kind="laboratory")
    desk.make.rules(week="Mon-Sun 00:00-24:00", kind="instrument", alone_week="Mon-Fri 08:00-18:00")
    with transaction():
        park = db.session.get_one(Park, desk.park_id)
        lab = labs.run_lab(park, db.session.get_one(Space, room.id), actor=SYSTEM, now=desk.now)
        asset, works = Asset("LS-1", Names("Laser"), desk.other_id), EquipmentState.OPERATIONAL
        first = date(2026, 1, 1)
        labs.add_equipment(park, asset, lab=lab, bookable=True, state=works, starts_on=first, actor=SYSTEM, now=desk.now)
        kind = labs.add_permit_kind(park, "laser", Names("Lasers"), how="Ask the officer.", actor=SYSTEM, now=desk.now)
        labs.require(db.session.get_one(Space, room.id), kind, actor=SYSTEM, now=desk.now)
    return places.space(desk.park_id, "LS-1")


def somebody(desk: Desk, *, of: int | None = None, permit: bool = True, user: Actor | None = None) -> int:
    """The id of a person, with or without the permit."""
    with transaction():
        park, organisation = db.session.get_one(Park, desk.park_id), db.session.get_one(Organisation, of or desk.organisation_id)
        person = people.add(park, organisation, name="A", user_id=user.user_id if user else None, actor=SYSTEM, now=desk.now)
        if permit:
            labs.grant(park, person, lab_queries.kind(park.id, "laser"), actor=SYSTEM, now=desk.now)
        return person.id


def test_nobody_works_without_a_permit(desk, laser):
    with refused("labs.nobody"):
        desk.book(laser, TEN)
    without = somebody(desk, permit=False)
    with refused("labs.no_permit") as said:
        desk.book(laser, TEN, crew=Crew(without))
    assert said[0].endswith("which LS-1 needs. How to get it: Ask the officer.")
    other = somebody(desk, of=desk.other_id)
    with refused("labs.other_organisation"):
        desk.book(laser, TEN, crew=Crew(other))
    desk.one(laser, TEN, crew=Crew(somebody(desk)))


def test_the_bookers_own_person_counts_when_nobody_is_named(desk, laser):
    mine = somebody(desk, user=desk.liaison)
    assert desk.read(desk.one(laser, TEN)).person_id == mine


def test_nobody_is_alone_at_night(desk, laser):
    one, two, without = somebody(desk), somebody(desk), somebody(desk, permit=False)
    with refused("labs.alone"):
        desk.book(laser, LATE, crew=Crew(one))
    with refused("labs.same_person"):
        desk.book(laser, LATE, crew=Crew(one, one))
    with refused("labs.no_permit"):
        desk.book(laser, LATE, crew=Crew(one, without))
    assert desk.read(desk.one(laser, LATE, crew=Crew(one, two))).buddy_id == two


def test_a_session_is_held_as_one_and_uses_the_permit(desk, laser):
    person = somebody(desk)
    number = desk.one(laser, TEN, crew=Crew(person))
    desk.do(number, actions.check_in, now=at("2026-03-03 09:50"))
    assert [permit.used_on for permit in lab_queries.permits_used([person], lab_queries.places([laser.id])[laser.id])] == [date(2026, 3, 3)]


def test_a_permit_that_was_withdrawn_is_refused_at_the_door(desk, laser):
    person = somebody(desk)
    number = desk.one(laser, TEN, crew=Crew(person))
    [permit] = lab_queries.permits_used([person], lab_queries.places([laser.id])[laser.id])
    code = permit.number
    with transaction():
        gone = lab_queries.permit(code, SYSTEM, "labs.withdraw_permit", park="HIT")
        labs.withdraw_permit(gone, reason="Accident", actor=SYSTEM, now=desk.now)
    with refused("labs.no_permit"):
        desk.do(number, actions.check_in, now=at("2026-03-03 09:50"))


def test_the_desk_is_told_sees_and_decides_its_requests_and_no_others(app: Flask, desk, laser, keeper):
    with transaction():
        rules = db.session.scalars(db.select(queries.BookingRules).where(queries.BookingRules.kind == "instrument")).one()
        rules.answer = "approval"
        record("tests.make", rules, actor=SYSTEM, now=desk.now)
    number = desk.one(laser, TEN, crew=Crew(somebody(desk)))
    assert {name for name, subject in desk.told()} == {"keeper", "administrator", "second"}
    desk.make.rules(kind="meeting_room", answer="approval")
    other = desk.one(desk.make.room(), TEN)
    assert "keeper" not in {name for name, _subject in desk.told()[3:]}
    browser = Visitor(app).is_(keeper)
    assert browser.open(f"/parks/HIT/bookings/{number}").status_code == 200
    assert browser.open(f"/parks/HIT/bookings/{other}").status_code == 404
    assert number in browser.open("/parks/HIT/inbox").get_data(as_text=True)
    desk.do(number, actions.approve, by=keeper)
    assert desk.state(number) == "confirmed"


def test_the_page_names_who_may_work_and_notes_the_look(app: Flask, desk, laser, liaison):
    somebody(desk)
    person = db.session.scalars(db.select(Person.number)).one()
    page = liaison.open("/parks/HIT/book?space=LS-1").get_data(as_text=True)
    assert f"{person} · A" in page
    assert "Say who will work with LS-1: it needs the permit Lasers." in page
    assert desk.entries("HIT")[-1] == "people.people"
