"""The demo park's story, counted without a database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from parkmgr.demo import facts
from parkmgr.demo.deeds import (
    AddSpace,
    Assign,
    Close,
    Draft,
    End,
    ExerciseBreak,
    ExtendHome,
    GiveHomeNotice,
    GiveNotice,
    HoldOver,
    LeaveHome,
    MergeSpaces,
    Room,
    Settle,
    Sign,
    SplitSpace,
)

FOREVER = date.max


@dataclass
class Taken:
    """A lease or closure and the days it takes its units."""

    document: str
    tenant: str
    units: tuple[tuple[str, str], ...]
    starts_on: date
    ends_on: date
    known_on: date


@cache
def told() -> tuple[facts.Told, ...]:
    """Return the story."""
    return facts.demo()


@cache
def rooms() -> dict[tuple[str, str], Room]:
    """Return every space that is there at the end."""
    there: dict[tuple[str, str], Room] = {}
    for each in told():
        deed = each.deed
        if isinstance(deed, AddSpace):
            there[deed.room.park, deed.room.code] = deed.room
        if isinstance(deed, SplitSpace):
            del there[deed.park, deed.code]
            there |= {(deed.park, part.code): part for part in deed.parts}
        if isinstance(deed, MergeSpaces):
            for code in deed.codes:
                del there[deed.park, code]
            there[deed.park, deed.into.code] = deed.into
    return there


@cache
def units() -> dict[tuple[str, str], Room]:
    """Return the spaces without parts."""
    wholes = {(room.park, room.whole) for room in rooms().values()}
    return {key: room for key, room in rooms().items() if key not in wholes}


def units_of(park: str, codes: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the units of spaces."""
    listed = set(codes)
    return tuple((park, room.code) for room in units().values() if room.park == park and (room.code in listed or room.whole in listed))


@cache
def drafts() -> dict[str, Draft]:
    """Return every lease as it was drafted."""
    return {each.deed.lease: each.deed for each in told() if isinstance(each.deed, Draft)}


@cache
def taken() -> tuple[Taken, ...]:
    """Return what takes units, as it came to be."""
    found: dict[str, Taken] = {}
    closures = []
    for each in told():
        deed, on = each.deed, each.at.date()
        if isinstance(deed, Sign):
            draft = drafts()[deed.lease]
            if draft.under is None:
                term = draft.terms.term
                found[deed.lease] = Taken(
                    deed.lease, draft.tenant, units_of(draft.park, draft.terms.spaces), term.starts_on, term.ends_on or FOREVER, on
                )
        elif isinstance(deed, Settle | ExtendHome | GiveHomeNotice | LeaveHome):
            _lived_in(found, deed, on)
        elif isinstance(deed, Close):
            closures.append(Taken("", "", units_of(deed.park, deed.spaces), deed.term.starts_on, deed.term.ends_on or FOREVER, on))
        elif isinstance(deed, HoldOver):
            found[deed.lease].ends_on = FOREVER
        elif isinstance(deed, Assign):
            old = found[deed.lease]
            found[deed.heir] = Taken(deed.heir, deed.to, old.units, deed.on, old.ends_on, on)
            old.ends_on = date.fromordinal(deed.on.toordinal() - 1)
        elif isinstance(deed, End | ExerciseBreak | GiveNotice) and deed.lease in found:
            found[deed.lease].ends_on = (
                deed.on if isinstance(deed, End) else deed.option_on if isinstance(deed, ExerciseBreak) else deed.leaves_on
            )
    return (*found.values(), *closures)


def _lived_in(found: dict[str, Taken], deed: Settle | ExtendHome | GiveHomeNotice | LeaveHome, on: date) -> None:
    if isinstance(deed, Settle):
        units, term = units_of(deed.park, (deed.space,)), deed.term
        found[deed.home] = Taken(deed.home, deed.organisation, units, term.starts_on, term.ends_on or FOREVER, on)
    elif isinstance(deed, ExtendHome):
        found[deed.home].ends_on = deed.ends_on
    else:
        found[deed.home].ends_on = deed.leaves_on if isinstance(deed, GiveHomeNotice) else deed.on


@cache
def by_unit() -> dict[tuple[str, str], list[Taken]]:
    """Return what takes each unit, in order of time."""
    found: defaultdict[tuple[str, str], list[Taken]] = defaultdict(list)
    for each in sorted(taken(), key=lambda one: one.starts_on):
        for unit in each.units:
            found[unit].append(each)
    return found


def status(unit: tuple[str, str], on: date) -> str:
    """Return let, closed, reserved (signed by then, begins later) or vacant."""
    now = [each for each in by_unit()[unit] if each.starts_on <= on <= each.ends_on]
    if now:
        return "let" if now[0].document else "closed"
    later = [each for each in by_unit()[unit] if each.starts_on > on and each.known_on <= on and each.document]
    return "reserved" if later else "vacant"
