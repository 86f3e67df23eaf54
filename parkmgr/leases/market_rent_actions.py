"""What spaces would let for: written as somebody found it, withdrawn when it was wrong, never edited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from parkmgr.audit.actions import record
from parkmgr.db import db
from parkmgr.errors import N_, Objection, refuse
from parkmgr.leases.models import MarketRent
from parkmgr.places.models import Park, Space
from parkmgr.policy import Actor
from parkmgr.values import Money

NOT_POSITIVE = Objection("leases.market_positive", N_("Give an amount of more than zero."), "amount")
NO_SPACES = Objection("leases.market_spaces", N_("No space that is let is meant by this."), "building")
NO_SOURCE = Objection("leases.market_source", N_("Say who found it, and how."), "source")
TO_COME = Objection("leases.market_to_come", N_("A market rent is found for a day that has come."), "from_on")


def set_market_rents(
    park: Park, rents: Mapping[Space, Money], from_on: date, source: str, *, today: date, actor: Actor, now: datetime
) -> int:
    """From the day on each of the spaces would let for so much a month and square metre; return for how many that is new.

    What was found for the same day before is withdrawn; it is still what was known then.
    Raises:
        Refused: no spaces, not positive, no source, a day to come.
    """
    against = [] if rents else [NO_SPACES]
    if any(money.minor <= 0 for money in rents.values()):
        against.append(NOT_POSITIVE)
    if not source:
        against.append(NO_SOURCE)
    refuse([*against, TO_COME] if from_on > today else against)
    there = {
        row.space_id: row
        for row in db.session.scalars(
            db.select(MarketRent).where(
                MarketRent.space_id.in_([space.id for space in rents]), MarketRent.from_on == from_on, MarketRent.withdrawn_at.is_(None)
            )
        )
    }
    made = 0
    for space, money in rents.items():
        row = there.get(space.id)
        if row is not None and (row.money, row.source) == (money, source):
            continue
        if row is not None:
            row.withdrawn_at = now
        made += 1
        db.session.add(
            MarketRent(
                park_id=park.id,
                space_id=space.id,
                from_on=from_on,
                minor=money.minor,
                currency=money.currency,
                source=source,
                recorded_at=now,
            )
        )
    if made:
        record("leases.set_market_rents", park, actor=actor, now=now)
    db.session.flush()
    return made
