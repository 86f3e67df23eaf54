"""Two states of the same park compared, unit by unit: of one day as known at two instants, or of two days. Pure.

What a unit brings goes from the one to the other by departures, arrivals and changes of what stayed; the parts tie to the coin.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from parkmgr.reports.occupancy import OCCUPIED, Row

FIELDS = ("kind", "area", "basis", "status", "holder", "document", "starts_on", "ends_on", "break_on", "rent")
"""What is compared of a unit."""


@dataclass(frozen=True, slots=True)
class Change:
    """A unit that is not what it was. before None: it is new; after None: it is gone. fields: what of it differs."""

    space: str
    before: Row | None
    after: Row | None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bridge:
    """The rent of a currency, a month in coins, from one state to the other. stayed: the change for whoever has the unit in both."""

    currency: str
    before: int
    departed: int
    arrived: int
    stayed: int
    after: int
    alike: int
    """What those who stayed paid before: the base of the like-for-like change."""

    @property
    def ties(self) -> bool:
        """Tell whether the parts make up the difference."""
        return self.before - self.departed + self.arrived + self.stayed == self.after


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs, in order of unit, and how the rent of each currency goes from the one to the other."""

    changes: tuple[Change, ...]
    bridges: tuple[Bridge, ...]
    arrived: int = 0
    departed: int = 0
    """Units that somebody has only afterwards, and only before."""

    @property
    def documents(self) -> frozenset[str]:
        """The numbers of the leases and residencies that bear on it."""
        rows = (row for change in self.changes for row in (change.before, change.after) if row is not None)
        return frozenset(row.document for row in rows if row.document)


def compared(before: Iterable[Row], after: Iterable[Row]) -> Comparison:
    """Return how the units differ. Whoever has a unit under another document, or pays in another currency, has left and come."""
    first, second = {row.space: row for row in before}, {row.space: row for row in after}
    changes = []
    for space in sorted({*first, *second}):
        old, new = first.get(space), second.get(space)
        fields = tuple(name for name in FIELDS if old is None or new is None or getattr(old, name) != getattr(new, name))
        if fields:
            changes.append(Change(space, old, new, fields))
    parts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    arrived = departed = 0
    for space in {*first, *second}:
        old, new = first.get(space), second.get(space)
        old_rent, new_rent = _rent(old), _rent(new)
        stayed = _has(old) and _has(new) and old is not None and new is not None and old.document == new.document
        stayed = stayed and (old_rent is None or new_rent is None or old_rent[0] == new_rent[0])
        arrived += _has(new) and not stayed
        departed += _has(old) and not stayed
        _add(parts, old_rent, new_rent, stayed=stayed)
    return Comparison(tuple(changes), tuple(_bridge(code, of) for code, of in sorted(parts.items())), arrived, departed)


def _has(row: Row | None) -> bool:
    return row is not None and row.status in OCCUPIED


def _rent(row: Row | None) -> tuple[str, int] | None:
    return None if row is None or row.rent is None else (row.rent.currency, row.rent.minor)


def _add(parts: Mapping[str, dict[str, int]], old: tuple[str, int] | None, new: tuple[str, int] | None, *, stayed: bool) -> None:
    if old is not None:
        parts[old[0]]["before"] += old[1]
        if stayed:
            parts[old[0]]["alike"] += old[1]
            parts[old[0]]["stayed"] -= old[1]
        else:
            parts[old[0]]["departed"] += old[1]
    if new is not None:
        parts[new[0]]["after"] += new[1]
        parts[new[0]]["stayed" if stayed else "arrived"] += new[1]


def _bridge(code: str, of: Mapping[str, int]) -> Bridge:
    return Bridge(code, of["before"], of["departed"], of["arrived"], of["stayed"], of["after"], of["alike"])
