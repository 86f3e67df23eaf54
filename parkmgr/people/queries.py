"""Every question about people. What it answers is personal: pages that show it note the look (people.actions.note)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from parkmgr.db import db
from parkmgr.people.models import Person


def person_of(park_id: int, user_id: int | None) -> int | None:
    """Who in the park is the person of an account, by id? None: nobody."""
    if user_id is None:
        return None
    return db.session.scalar(select(Person.id).where(Person.park_id == park_id, Person.user_id == user_id, Person.erased_at.is_(None)))


def by_ids(ids: Collection[int]) -> dict[int, Person]:
    """Which people have the ids?"""
    return {person.id: person for person in db.session.scalars(select(Person).where(Person.id.in_(ids)))}
