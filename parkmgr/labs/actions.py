"""Every change of laboratories, equipment and permits. Actions never commit."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from parkmgr.audit.actions import record
from parkmgr.labs import queries
from parkmgr.policy import Actor


def use(space_id: int, person_ids: Collection[int], on: date, *, actor: Actor, now: datetime) -> None:
    """The permits under which the people work at the space were used on a day; those that must be used live on."""
    for permit in queries.permits_used(person_ids, queries.places([space_id])[space_id]):
        if permit.used_on is None or permit.used_on < on:
            permit.used_on = on
            record("labs.use", permit, actor=actor, now=now)
