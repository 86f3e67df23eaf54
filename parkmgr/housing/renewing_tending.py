"""What the clock brings to residencies: who lives there is told before the end."""

from __future__ import annotations

from datetime import datetime

from parkmgr import rounds
from parkmgr.db import db
from parkmgr.housing import actions, queries
from parkmgr.housing.rules import SOON
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM
from parkmgr.values import day_of


def tell_ends(now: datetime) -> int:
    """Whoever lives in a home that ends within 60 days was told once; return how many residencies end so."""
    return rounds.each("housing", queries.parks(), lambda park_id: _tell_in(park_id, now))


def _tell_in(park_id: int, now: datetime) -> int:
    park = db.session.get_one(Park, park_id)
    today = day_of(now, park.zone)
    listed = queries.ending(park_id, today, today + SOON)
    agreed = queries.terms_of([one.id for one in listed])
    for one in listed:
        ends_on = agreed[one.id][-1].ends_on
        key = f"housing_ending {one.number} {ends_on}"
        actions.tell([one], "housing_ending", park, actor=SYSTEM, now=now, key=key, ends_on=ends_on)
    return len(listed)
