"""The deeds about people. None commits; what is personal is a secret column, so an entry says that a name changed, never which."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from parkmgr.accounts.actions import plain_email
from parkmgr.audit.actions import record
from parkmgr.db import db, take_number
from parkmgr.errors import Objection, Refused, refuse
from parkmgr.organisations.models import Organisation
from parkmgr.people import queries, rules
from parkmgr.people.models import HouseholdMember, Person
from parkmgr.places.models import Park
from parkmgr.policy import Actor
from parkmgr.searching import searchable
from parkmgr.values import Names, day_of

Household = Sequence[tuple[str, str, int | None]]
"""Members as (name, relation, year of birth)."""


def add(
    park: Park,
    organisation: Organisation,
    *,
    name: str,
    kind: str = "staff",
    email: str = "",
    phone: str = "",
    user_id: int | None = None,
    household: Household = (),
    actor: Actor,
    now: datetime,
) -> Person:
    """The person is known in the park under a new number; the organisation stands for them.

    Raises:
        Refused: with every objection; also (by transaction()) when the account is another person's.
    """
    year = day_of(now, park.zone).year
    kept = _checked(name, kind, email, phone, household, year)
    person = Person(park_id=park.id, number=take_number("P", year), organisation_id=organisation.id, user_id=user_id, added_at=now)
    _write(person, name, kind, kept, phone)
    db.session.add(person)
    db.session.flush()
    _live_with(person, household)
    record("people.add", person, actor=actor, now=now)
    return person


def change(
    person: Person,
    organisation: Organisation,
    *,
    name: str,
    kind: str,
    email: str = "",
    phone: str = "",
    user_id: int | None = None,
    household: Household = (),
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> None:
    """The person is written so, household and all; what was agreed with another organisation stays agreed with it.

    Raises:
        Refused: with every objection.
        Stale: when somebody saved in between.
    """
    person.expect(version)
    refuse([rules.ERASED.about(number=person.number)] if person.erased_at else [])
    kept = _checked(name, kind, email, phone, household, now.year)
    record("people.change", person, actor=actor, now=now)
    person.organisation_id, person.user_id = organisation.id, user_id
    _write(person, name, kind, kept, phone)
    there = queries.household(person.id)
    if [(one.name, one.relation, one.born) for one in there] != [(called.strip(), how, born) for called, how, born in household]:
        for one in there:
            db.session.delete(one)
        _live_with(person, household)
    db.session.flush()


def erase(person: Person, *, reason: str = "", actor: Actor, now: datetime, version: int | None = None) -> None:
    """Name, address, telephone, account and household are gone; the number stays, and so do the documents that name it.

    Raises:
        Refused: while the person lives here, has a permit that holds, or asks for a home.
    """
    person.expect(version)
    ties = queries.ties(person.id, now.date())
    refuse(rules.erasing_against(person.number, ties, erased=person.erased_at is not None))
    record("people.erase", person, actor=actor, now=now, reason=reason)
    person.name = person.search = person.email = person.phone = ""
    person.user_id, person.erased_at = None, now
    for one in queries.household(person.id):
        db.session.delete(one)
    db.session.flush()


def note(people: Sequence[Person] | Park, deed: str, *, actor: Actor, now: datetime) -> None:
    """Somebody looked at names: one entry, about the one person, or about the park when it was several people."""
    if isinstance(people, Park):
        record(deed, people, actor=actor, now=now)
    elif len(people) == 1:
        record(deed, people[0], actor=actor, now=now)
    elif people:
        record(deed, db.session.get_one(Park, people[0].park_id), actor=actor, now=now)


def _checked(name: str, kind: str, email: str, phone: str, household: Household, year: int) -> str:
    """Return the e-mail address as it is kept.

    Raises:
        Refused: with every objection.
    """
    against: list[Objection] = rules.against(name, kind, phone, household, year)
    kept = ""
    if email.strip():
        try:
            kept = plain_email(email)
        except Refused as refused:
            against += refused.objections
    refuse(against)
    return kept


def _write(person: Person, name: str, kind: str, email: str, phone: str) -> None:
    person.name, person.kind, person.email, person.phone = name.strip(), kind, email, phone.strip()
    person.search = searchable(Names(person.name), person.number)


def _live_with(person: Person, household: Household) -> None:
    for name, relation, born in household:
        db.session.add(HouseholdMember(person_id=person.id, name=name.strip(), relation=relation, born=born))
    db.session.flush()
