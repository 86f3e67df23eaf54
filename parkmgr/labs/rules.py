"""What stands against work in a laboratory. Pure: no database, no clock, no web."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from parkmgr.errors import N_, Objection
from parkmgr.values import Names


class EquipmentState(StrEnum):
    """How far a piece of equipment can be used."""

    COMMISSIONING = "commissioning"
    OPERATIONAL = "operational"
    RESTRICTED = "restricted"
    DOWN = "down"
    RETIRED = "retired"


NEXT: Mapping[EquipmentState, frozenset[EquipmentState]] = {
    EquipmentState.COMMISSIONING: frozenset({EquipmentState.OPERATIONAL, EquipmentState.RESTRICTED, EquipmentState.RETIRED}),
    EquipmentState.OPERATIONAL: frozenset({EquipmentState.RESTRICTED, EquipmentState.DOWN, EquipmentState.RETIRED}),
    EquipmentState.RESTRICTED: frozenset({EquipmentState.OPERATIONAL, EquipmentState.DOWN, EquipmentState.RETIRED}),
    EquipmentState.DOWN: frozenset({EquipmentState.OPERATIONAL, EquipmentState.RESTRICTED, EquipmentState.RETIRED}),
    EquipmentState.RETIRED: frozenset(),
}
"""What may follow a state."""
USABLE = frozenset({EquipmentState.OPERATIONAL, EquipmentState.RESTRICTED, EquipmentState.DOWN})
"""What can be booked: while it is down, a closure is in the ledger from when to when."""

NOBODY = Objection("labs.nobody", N_("Say who will work with %(space)s: it needs the permit %(permit)s."), "person")
NO_PERMIT = Objection("labs.no_permit", N_("%(person)s has no permit %(permit)s, which %(space)s needs. How to get it: %(how)s"), "person")
PERMIT_ENDS = Objection(
    "labs.permit_ends", N_("The permit %(permit)s of %(person)s (%(number)s) ends on %(until)s; %(space)s needs it on %(day)s."), "person"
)
PERMIT_UNUSED = Objection(
    "labs.permit_unused",
    N_("The permit %(permit)s of %(person)s (%(number)s) lapsed on %(until)s, after %(days)s days without use. How to get it: %(how)s"),
    "person",
)
NOT_IN_USE = Objection("labs.not_in_use", N_("%(space)s cannot be used now: %(state)s."), "space")
STATES = {
    EquipmentState.COMMISSIONING: Objection("labs.state", N_("it is being commissioned")),
    EquipmentState.OPERATIONAL: Objection("labs.state", N_("it works")),
    EquipmentState.RESTRICTED: Objection("labs.state", N_("its use is restricted")),
    EquipmentState.DOWN: Objection("labs.state", N_("it is down")),
    EquipmentState.RETIRED: Objection("labs.state", N_("it is retired")),
}
ALONE = Objection("labs.alone", N_("At %(space)s nobody works alone outside %(hours)s: name a second person who has its permits."), "buddy")
SAME_PERSON = Objection("labs.same_person", N_("The second person must be somebody else."), "buddy")
OTHER_ORGANISATION = Objection(
    "labs.other_organisation", N_("%(person)s is not of the organisation %(organisation)s, for which it is booked."), "person"
)
NEEDS_CLOSED = Objection(
    "labs.needs_closed", N_("%(space)s needs %(needs)s, which is closed from %(starts_at)s to %(ends_at)s (%(document)s)."), "starts_at"
)
NEEDS_CLOSED_ON = Objection(
    "labs.needs_closed", N_("%(space)s needs %(needs)s, which is closed from %(starts_at)s on (%(document)s)."), "starts_at"
)


@dataclass(frozen=True, slots=True)
class Permit:
    """Somebody may do something. until_on: the last day. lapses_on: the last day if it stays unused; None: it need not be used."""

    number: str
    until_on: date
    lapses_on: date | None = None
    unused_days: int = 0


@dataclass(frozen=True, slots=True)
class Demand:
    """A permit that a space asks for. how: how to get it."""

    code: str
    names: Names
    how: str = ""


@dataclass(frozen=True, slots=True)
class Worker:
    """Who will work there, and the permits that count for the space, by the code of their kind (the one that lasts longest)."""

    person_id: int
    number: str
    organisation: str
    permits: Mapping[str, Permit]


@dataclass(frozen=True, slots=True)
class Bench:
    """What a laboratory demands of who works at one of its spaces. state None: the space is no piece of equipment."""

    state: EquipmentState | None = None
    demands: tuple[Demand, ...] = ()


NO_BENCH = Bench()


def lapses_on(granted_on: date, used_on: date | None, unused_days: int | None) -> date | None:
    """Return the last day on which a permit holds that lapses when it is not used; None when it need not be."""
    return None if unused_days is None else max(granted_on, used_on or granted_on) + timedelta(days=unused_days)


def objections(space: str, day: date, bench: Bench, worker: Worker | None) -> list[Objection]:
    """Return every reason why *worker* may not work at the space on *day*. worker None: nobody was named."""
    against = []
    if bench.state is not None and bench.state not in USABLE:
        against.append(NOT_IN_USE.about(space=space, state=STATES[bench.state]))
    for demand in bench.demands:
        against += _of_demand(space, day, demand, worker)
    return against


def _of_demand(space: str, day: date, demand: Demand, worker: Worker | None) -> Iterable[Objection]:
    if worker is None:
        return [NOBODY.about(space=space, permit=demand.names)]
    permit = worker.permits.get(demand.code)
    said = {"space": space, "permit": demand.names, "person": worker.number, "how": demand.how}
    if permit is None:
        return [NO_PERMIT.about(**said)]
    said["number"] = permit.number
    if permit.until_on < day:
        return [PERMIT_ENDS.about(**said, until=permit.until_on, day=day)]
    if permit.lapses_on is not None and permit.lapses_on < day:
        return [PERMIT_UNUSED.about(**said, until=permit.lapses_on, days=permit.unused_days)]
    return []
