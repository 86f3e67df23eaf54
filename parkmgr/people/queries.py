"""Every question about people. What it answers is personal: pages that show it note the look (people.actions.note)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Select, String, and_, case, column, false, func, literal, or_, select, table, true
from sqlalchemy.orm import joinedload

from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.organisations.models import Organisation
from parkmgr.people.models import HouseholdMember, Person
from parkmgr.places.models import Park
from parkmgr.policy import DEEDS, Actor, Grant, Role
from parkmgr.searching import matches

# What a person still has stands in the tables of slices above this one: spoken of by name only.
_RESIDENCIES = table("residencies", column("number", String), column("person_id", Integer), column("state", String))
_PERMITS = table("permits", column("number", String), column("person_id", Integer), column("until_on", Date), column("withdrawn_on", Date))
_APPLICATIONS = table("housing_applications", column("number", String), column("person_id", Integer), column("state", String))


def _reaches(actor: Actor, grants: Iterable[Grant]) -> ColumnElement[bool]:
    reached: list[ColumnElement[bool]] = []
    for grant in grants:
        there = true() if grant.park_id is None else Person.park_id == grant.park_id
        if grant.role is Role.LIAISON:
            there = and_(there, Person.organisation_id == grant.organisation_id)
        reached.append(there)
    return or_(false(), *reached)


def readable(actor: Actor, deed: str = "people.show") -> ColumnElement[bool]:
    """Which people may this actor do this deed with? A liaison: those of her organisation."""
    return _reaches(actor, (grant for grant in actor.grants if grant.role in DEEDS[deed].roles))


def named(actor: Actor, deed: str = "people.people") -> ColumnElement[bool]:
    """Whose names may this actor read in a list? An auditor reads numbers only."""
    return _reaches(actor, (grant for grant in actor.grants if grant.role in DEEDS[deed].roles and grant.role is not Role.AUDITOR))


def person(number: str, actor: Actor, deed: str = "people.show", *, park: str = "") -> Person:
    """Which person has the number? With organisation and account. park: the code of the park that it must be in.

    Raises:
        Missing: there is none, or the actor may not do the deed with them.
    """
    if not number.isprintable():
        raise Missing
    wanted = select(Person).where(Person.number == number, readable(actor, deed))
    if park:
        wanted = wanted.join(Park, Park.id == Person.park_id).where(Park.code == park)
    found = db.session.scalars(wanted.options(joinedload(Person.organisation), joinedload(Person.user))).one_or_none()
    if found is None:
        raise Missing
    return found


def person_of(park_id: int, user_id: int | None) -> int | None:
    """Who in the park is the person of an account, by id? None: nobody."""
    if user_id is None:
        return None
    return db.session.scalar(select(Person.id).where(Person.park_id == park_id, Person.user_id == user_id, Person.erased_at.is_(None)))


def by_ids(ids: Collection[int]) -> dict[int, Person]:
    """Which people have the ids?"""
    return {person.id: person for person in db.session.scalars(select(Person).where(Person.id.in_(ids)))}


def by_numbers(park_id: int, numbers: Collection[str]) -> dict[str, Person]:
    """Which people of the park have the numbers? With their organisations."""
    printable = [number for number in numbers if number.isprintable()]  # PostgreSQL knows no text with a zero byte
    wanted = select(Person).where(Person.park_id == park_id, Person.number.in_(printable)).options(joinedload(Person.organisation))
    return {person.number: person for person in db.session.scalars(wanted)}


def household(person_id: int) -> list[HouseholdMember]:
    """Who lives with the person, in the order written?"""
    return list(db.session.scalars(select(HouseholdMember).where(HouseholdMember.person_id == person_id).order_by(HouseholdMember.id)))


def ties(person_id: int, today: date) -> list[tuple[str, str]]:
    """What keeps the person from being erased? (kind of document, number): live residencies, permits that hold, open applications."""
    residencies = select(literal("residency"), _RESIDENCIES.c.number).where(
        _RESIDENCIES.c.person_id == person_id, _RESIDENCIES.c.state.in_(("offered", "accepted", "resident", "notice"))
    )
    permits = select(literal("permit"), _PERMITS.c.number).where(
        _PERMITS.c.person_id == person_id,
        _PERMITS.c.until_on >= today,
        or_(_PERMITS.c.withdrawn_on.is_(None), _PERMITS.c.withdrawn_on > today),
    )
    applications = select(literal("application"), _APPLICATIONS.c.number).where(
        _APPLICATIONS.c.person_id == person_id, _APPLICATIONS.c.state.in_(("submitted", "waiting", "offered"))
    )
    return sorted((row[0], row[1]) for row in db.session.execute(residencies.union_all(permits, applications)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which people. text: words of name or number. erased: those who were erased too."""

    text: str = ""
    organisation_id: int | None = None
    kind: str = ""
    erased: bool = False


def shown_name(actor: Actor) -> ColumnElement[str]:
    """Return the name as the actor reads it in a list; empty where only the number may be read."""
    return case((named(actor), Person.name), else_="")


def people(park_id: int, actor: Actor, wanted: Wanted) -> Select[Any]:
    """Return the SELECT of the park's people that the actor may read.

    Rows have: number, name, kind, name_en, name_ru, name_zh, organisation (its code), household (how many), account, added_at, erased_at.
    """
    lives_with = select(func.count(HouseholdMember.id)).where(HouseholdMember.person_id == Person.id).correlate(Person).scalar_subquery()
    found = (
        select(
            Person.number,
            shown_name(actor).label("name"),
            Person.kind,
            Organisation.name_en,
            Organisation.name_ru,
            Organisation.name_zh,
            Organisation.code.label("organisation"),
            lives_with.label("household"),
            Person.user_id.is_not(None).label("account"),
            Person.added_at,
            Person.erased_at,
        )
        .join(Organisation, Organisation.id == Person.organisation_id)
        .where(Person.park_id == park_id, readable(actor, "people.people"))
    )
    if wanted.text.strip():
        by_name = and_(named(actor), matches(Person.search, wanted.text))
        found = found.where(or_(by_name, Person.number.icontains(wanted.text.strip(), autoescape=True)))
    if wanted.organisation_id is not None:
        found = found.where(Person.organisation_id == wanted.organisation_id)
    if wanted.kind:
        found = found.where(Person.kind == wanted.kind)
    return found if wanted.erased else found.where(Person.erased_at.is_(None))


def named_of(park_id: int, organisation_id: int, actor: Actor) -> list[tuple[str, str]]:
    """Who of an organisation may be named, by number and, where the actor may read it, name? In order of number."""
    wanted = select(Person.number, shown_name(actor)).where(
        Person.park_id == park_id, Person.organisation_id == organisation_id, Person.erased_at.is_(None), readable(actor, "people.people")
    )
    return [(row[0], row[1]) for row in db.session.execute(wanted.order_by(Person.number).limit(500))]


def organisations_to_add_for(park_id: int, actor: Actor, deed: str = "people.add") -> list[Organisation]:
    """For which organisations may the actor do this deed? A liaison: her own; the desks: all."""
    if not actor.may(deed, park_id):
        return []
    wanted = select(Organisation).order_by(Organisation.name_en, Organisation.code)
    if any(
        grant.role is not Role.LIAISON and grant.park_id in (None, park_id) for grant in actor.grants if grant.role in DEEDS[deed].roles
    ):
        return list(db.session.scalars(wanted))
    return list(db.session.scalars(wanted.where(Organisation.id.in_(actor.organisations(park_id)))))
