"""A laboratory with an instrument, people of two organisations, and who keeps them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import pytest
from flask import Flask

from parkmgr.db import db, transaction
from parkmgr.labs import actions, queries
from parkmgr.labs.models import Equipment, Lab, Permit, PermitKind
from parkmgr.labs.rules import Asset, EquipmentState
from parkmgr.organisations.models import Organisation
from parkmgr.people import actions as people
from parkmgr.people.models import Person
from parkmgr.places.models import Park, Space
from parkmgr.policy import SYSTEM, Actor, Role
from parkmgr.values import Names
from tests.making import Maker
from tests.web.visiting import Visitor

T = TypeVar("T")


@dataclass
class House:
    """A block of laboratories. Everything is committed, so that it is read anew."""

    make: Maker
    now: datetime
    park_id: int
    building_code: str
    own_id: int
    other_id: int
    keeper: Actor
    administrator: Actor
    liaison: Actor
    stranger: Actor
    auditor: Actor

    @property
    def park(self) -> Park:
        """The park, read anew."""
        return db.session.get_one(Park, self.park_id)

    @property
    def by(self) -> dict[str, Any]:
        """By whom and when most deeds are done."""
        return {"actor": self.keeper, "now": self.now}

    def do(self, deed: Callable[[], T]) -> T:
        """The deed is done and committed."""
        with transaction():
            return deed()

    def person(self, of: int | None = None, *, user: Actor | None = None, name: str = "Anna Petrova") -> str:
        """The number of a new person."""
        with transaction():
            organisation = db.session.get_one(Organisation, of or self.own_id)
            user_id = user.user_id if user else None
            return people.add(self.park, organisation, name=name, user_id=user_id, actor=SYSTEM, now=self.now).number

    def kind(self, code: str = "laser", **more: object) -> str:
        """The code of a new kind of permit."""
        with transaction():
            given: dict[str, object] = {"how": "Ask the laser officer.", **more}
            return actions.add_permit_kind(
                self.park,
                code,
                Names(f"Permit {code}"),
                actor=self.keeper,
                now=self.now,
                **given,  # type: ignore[arg-type]
            ).code

    def lab(self, code: str = "LA-1", **more: object) -> Lab:
        """A laboratory."""
        from parkmgr.places import queries as places

        building = db.session.scalars(db.select(Space).where(Space.code == code)).one_or_none()
        space = building or self.make.space(places.building(self.park_id, self.building_code), code, kind="laboratory", level=2)
        with transaction():
            room = db.session.get_one(Space, space.id)
            actions.run_lab(self.park, room, actor=self.administrator, now=self.now, **more)  # type: ignore[arg-type]
        return queries.lab(self.park_id, code)

    def piece(
        self,
        number: str = "EQ-1",
        lab: str = "LA-1",
        *,
        bookable: bool = True,
        state: EquipmentState = EquipmentState.OPERATIONAL,
        kind: str = "instrument",
        places: int = 1,
        names: Names | None = None,
        **more: object,
    ) -> Equipment:
        """A piece of equipment that works."""
        with transaction():
            room = queries.lab(self.park_id, lab)
            asset = Asset(number, names or Names("Microscope"), self.own_id, **more)  # type: ignore[arg-type]
            actions.add_equipment(
                self.park,
                asset,
                lab=room,
                bookable=bookable,
                kind=kind,
                places_count=places,
                state=state,
                starts_on=date(2026, 1, 1),
                actor=self.keeper,
                now=self.now,
            )
        return queries.piece(self.park_id, number)

    def require(self, space: Space, code: str) -> None:
        """The space asks for the permit."""
        with transaction():
            actions.require(db.session.get_one(Space, space.id), self.kind_row(code), actor=self.keeper, now=self.now)

    def kind_row(self, code: str) -> PermitKind:
        """The kind, read anew."""
        return queries.kind(self.park_id, code)

    def person_row(self, number: str) -> Person:
        """The person, read anew."""
        return db.session.scalars(db.select(Person).where(Person.number == number)).one()

    def grant(self, person: str, code: str, *, by: Actor | None = None, now: datetime | None = None, **more: object) -> str:
        """The number of a permit."""
        with transaction():
            return actions.grant(
                self.park,
                self.person_row(person),
                self.kind_row(code),
                actor=by or self.keeper,
                now=now or self.now,
                **more,  # type: ignore[arg-type]
            ).number

    def permit_in(self, number: str) -> Permit:
        """The permit, read in this transaction."""
        return queries.permit(number, SYSTEM, "labs.permits", park=self.park.code)

    def permit(self, number: str) -> Permit:
        """The permit, read anew."""
        db.session.rollback()
        return queries.permit(number, SYSTEM, "labs.permits", park=self.park.code)


@pytest.fixture
def house(make: Maker, now: datetime) -> House:
    """A block of laboratories in Harbin at noon on Monday, 2 March 2026."""
    park = make.park("HIT", country="CN")
    own, other = make.organisation("MSU"), make.organisation("SPBU")
    building = make.building(park, "LA")

    def who(name: str, role: Role, of: Organisation | None = None) -> Actor:
        return make.granted(role, park=park, organisation=of, email=f"{name}@parkmgr.example")

    return House(
        make,
        now,
        park.id,
        building.code,
        own.id,
        other.id,
        who("keeper", Role.LAB_MANAGER),
        who("administrator", Role.ADMINISTRATOR),
        who("liaison", Role.LIAISON, own),
        who("stranger", Role.LIAISON, other),
        who("auditor", Role.AUDITOR),
    )


@pytest.fixture
def keeper(app: Flask, house: House) -> Visitor:
    """The browser of a lab manager."""
    return Visitor(app).is_(house.keeper)


@pytest.fixture
def liaison(app: Flask, house: House) -> Visitor:
    """The browser of a liaison."""
    return Visitor(app).is_(house.liaison)


@pytest.fixture
def stranger(app: Flask, house: House) -> Visitor:
    """The browser of another organisation's liaison."""
    return Visitor(app).is_(house.stranger)
