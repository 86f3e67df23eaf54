"""Loading who lives, works and plays in the demo park: each deed by the action that its desk uses."""

from __future__ import annotations

from datetime import datetime
from functools import singledispatch

from parkmgr.demo import deeds
from parkmgr.demo.stage import Stage
from parkmgr.people import actions as people


@singledispatch
def do(deed: deeds.Deed, stage: Stage, now: datetime) -> None:
    """The deed is done."""
    raise TypeError(type(deed).__name__)


@do.register
def _(deed: deeds.AddPerson, stage: Stage, now: datetime) -> None:
    stage.made["person", deed.person] = people.add(
        stage.parks[deed.park],
        stage.organisations[deed.organisation],
        name=deed.name,
        kind=deed.kind,
        user_id=stage.actors[deed.account].user_id if deed.account else None,
        household=deed.household,
        actor=stage.desk("housing"),
        now=now,
    )
