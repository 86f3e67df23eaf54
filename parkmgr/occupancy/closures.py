"""Closing spaces for works. The deed does not commit; it leaves one audit entry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from parkmgr.audit.actions import record
from parkmgr.db import db, take_number
from parkmgr.occupancy import actions as ledger
from parkmgr.occupancy.models import Closure, HoldKind
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park, Space
from parkmgr.policy import Actor
from parkmgr.values import Term, day_of


def close(park: Park, spaces: Sequence[Space], term: Term, *, operator: Organisation, reason: str, actor: Actor, now: datetime) -> Closure:
    """The spaces are closed for the days of the term: who runs the park holds them.

    Raises:
        Refused: TAKEN (by transaction()), from the guard in the database, when somebody has one of them.
    """
    closure = Closure(
        park_id=park.id,
        number=take_number("C", day_of(now, park.zone).year),
        reason=reason,
        starts_on=term.starts_on,
        ends_on=term.ends_on,
    )
    db.session.add(closure)
    db.session.flush()
    record("occupancy.close", closure, actor=actor, now=now, reason=reason)
    ledger.take(spaces, term.span(park.zone), kind=HoldKind.CLOSURE, holder_id=operator.id, document=closure.number, now=now)
    return closure
