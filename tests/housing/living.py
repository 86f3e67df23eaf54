"""A block of flats with somebody at its desk, and a way to house people in one line."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from PIL import Image

from parkmgr.db import db, transaction
from parkmgr.housing import actions, queries
from parkmgr.housing.checking_rules import Inventory, InventoryLine
from parkmgr.housing.models import Residency
from parkmgr.housing.rules import Agreed
from parkmgr.organisations.models import Organisation
from parkmgr.people import actions as people
from parkmgr.people.models import Person
from parkmgr.places.models import Building, Park, Space
from parkmgr.policy import SYSTEM, Actor, Role
from parkmgr.values import Money, Term
from tests.making import Maker


def day(text: str) -> date:
    return date.fromisoformat(text)


def term(first: str, last: str | None = None) -> Term:
    return Term(day(first), day(last) if last else None)


def yuan(amount: str | int) -> Money:
    return Money.of(amount, "CNY")


def picture(colour: str = "red", size: tuple[int, int] = (40, 30), kind: str = "PNG") -> bytes:
    """Return a small photo."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def inventory(*, door: int = 2, keys: int = 2, meters: dict[str, int] | None = None, photo: bytes | None = None) -> Inventory:
    """Return an inventory of one door."""
    return Inventory(keys, (InventoryLine("Hall", "Door", door, "", photo),), meters or {})


@dataclass
class Block:
    """Ten flats, and who keeps them."""

    make: Maker
    park_id: int
    building_id: int
    employer_id: int
    desk: Actor
    administrator: Actor
    now: datetime

    @property
    def park(self) -> Park:
        return db.session.get_one(Park, self.park_id)

    @property
    def employer(self) -> Organisation:
        return db.session.get_one(Organisation, self.employer_id)

    def flat(self, code: str, **more: Any) -> Space:
        """One more flat."""
        return self.make.space(db.session.get_one(Building, self.building_id), code, **{"kind": "flat", "area": "45", **more})

    def person(self, name: str = "Ivan Petrov", employer: Organisation | None = None) -> Person:
        """Somebody."""
        with transaction():
            return people.add(self.park, employer or self.employer, name=name, actor=self.desk, now=self.now)

    def settle(self, space: Space, first: str, last: str | None, *, person: Person | None = None, **more: Any) -> str:
        """The number of a contract about a home."""
        person_id = (person or self.person()).id
        space_id = space.id
        agreed = Agreed(term(first, last), more.pop("rent", yuan(1800)), **more)
        with transaction():
            somebody = db.session.get_one(Person, person_id)
            home = db.session.get_one(Space, space_id)
            return actions.settle(self.park, home, somebody, self.employer, agreed, actor=self.desk, now=self.now).number

    def residency(self, number: str) -> Residency:
        """The residency, read anew."""
        return queries.residency(number, SYSTEM)

    def do(self, deed: Callable[..., Any], number: str, *given: Any, actor: Actor | None = None, **more: Any) -> Any:
        """Do a deed with a residency, in a transaction of its own."""
        with transaction():
            return deed(self.residency(number), *given, actor=actor or self.desk, now=self.now, **more)

    def resident(self, space: Space, first: str, last: str | None, **more: Any) -> str:
        """The number of a residency in which somebody lives from the first day on."""
        number = self.settle(space, first, last, **more)
        self.do(actions.move_in, number, None, on=day(first))
        return number


def block(make: Maker, now: datetime) -> Block:
    """A block without flats yet."""
    park = make.park("HIT")
    building = make.building(park, "R1")
    employer = make.organisation("EMP")
    desk = make.granted(Role.HOUSING_DESK, park=park, email="desk@parkmgr.example")
    administrator = make.granted(Role.ADMINISTRATOR, park=park, email="admin@parkmgr.example")
    return Block(make, park.id, building.id, employer.id, desk, administrator, now)
