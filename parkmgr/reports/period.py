"""How much was let over a time, compiled: on how many days each unit was let, closed and empty, and what emptiness cost. Pure.

Everything is counted in whole days, and areas in dm² times days, so that the parts sum to the whole exactly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from parkmgr import values
from parkmgr.reports.occupancy import Place, names_from, place_from, plain_head, plain_names
from parkmgr.reports.ties import Check, none_of, once, parts
from parkmgr.values import Area, Money, Names, percent, rounded

DAYS_A_YEAR = 365
LONGEST = 20
"""So many of the longest empty units are named apart."""

Days = list[tuple[int, int]]
"""Days as ordinals, from the first up to and without the second; in order, and none twice."""


def union(pieces: Iterable[tuple[int, int]]) -> Days:
    """Return the days that are in any of the pieces."""
    found: Days = []
    for begins, ends in sorted(piece for piece in pieces if piece[0] < piece[1]):
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((begins, ends))
    return found


def minus(days: Days, others: Days) -> Days:
    """Return the days that are not among the others."""
    found = days
    for begins, ends in others:
        found = [piece for one in found for piece in ((one[0], min(one[1], begins)), (max(one[0], ends), one[1])) if piece[0] < piece[1]]
    return found


def meet(days: Days, others: Days) -> Days:
    """Return the days that are in both."""
    return minus(days, minus(days, others))


def count(days: Days) -> int:
    """Return how many days they are."""
    return sum(ends - begins for begins, ends in days)


@dataclass(frozen=True, slots=True)
class Piece:
    """What a unit was for some days. ends: the first day after them. area None: not measured."""

    days: tuple[int, int]
    lettable: bool
    area: Area | None


@dataclass(frozen=True, slots=True)
class Sums:
    """Days of units, and dm² times days of those that are measured. void_cost: currency -> coins, of those with a market rent."""

    units: int = 0
    let: int = 0
    closed: int = 0
    void: int = 0
    let_area: int = 0
    closed_area: int = 0
    void_area: int = 0
    unpriced: int = 0
    """Void days of units whose market rent or area is not known."""
    cost: tuple[tuple[str, int], ...] = ()

    @property
    def days(self) -> int:
        """Days on which units were there."""
        return self.let + self.closed + self.void

    @property
    def by_units(self) -> Decimal | None:
        """Let days in per cent of all; None (not defined) without any."""
        return percent(self.let, self.days)

    @property
    def by_area(self) -> Decimal | None:
        """Let area-days in per cent of all; None without any that is measured."""
        return percent(self.let_area, self.let_area + self.closed_area + self.void_area)

    @property
    def costs(self) -> tuple[Money, ...]:
        """What emptiness cost, one sum for each currency."""
        return tuple(Money(minor, code) for code, minor in self.cost)

    def __add__(self, other: Sums) -> Sums:
        cost: dict[str, int] = defaultdict(int)
        for code, minor in (*self.cost, *other.cost):
            cost[code] += minor
        numbers = {name: getattr(self, name) + getattr(other, name) for name in self.__slots__ if name != "cost"}
        return Sums(**numbers, cost=tuple(sorted(cost.items())))


@dataclass(frozen=True, slots=True)
class Row:
    """A unit over the time. area: as it was last. market: a month's, of one square metre, on the last day."""

    building: str
    space: str
    kind: str
    area: Area | None
    sums: Sums
    market: Money | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A building or a kind, and its sums."""

    code: str
    sums: Sums
    names: Names | None = None


def sums(pieces: Iterable[Piece], taken: Days, works: Days, market: Money | None) -> Sums:
    """Return what a unit was, day by day: let where somebody had it, else closed for works, else empty; only where it could be let.

    A day on which somebody has it counts even where it is not called lettable. An empty day costs 12 / 365 of its market rent a month.
    """
    found = Sums()
    for piece in pieces:
        own = [piece.days]
        let = meet(own, taken)
        rest = minus(own, taken) if piece.lettable else []
        closed = meet(rest, works)
        numbers = (count(let), count(closed), count(rest) - count(closed))
        dm2 = piece.area.dm2 if piece.area is not None else 0
        areas = (numbers[0] * dm2, numbers[1] * dm2, numbers[2] * dm2)
        known = market is not None and piece.area is not None
        cost = rounded(Fraction(market.minor * dm2 * 12 * numbers[2], 100 * DAYS_A_YEAR)) if known and market is not None else 0
        priced = ((market.currency, cost),) if known and market is not None and numbers[2] else ()
        found += Sums(0, *numbers, *areas, unpriced=0 if known else numbers[2], cost=priced)
    return found + Sums(units=1)


@dataclass(frozen=True)
class Report:
    """What was let from *since* to *on*, as known at an instant."""

    park: Place
    on: date
    known: datetime
    chosen: tuple[str, ...]
    since: date
    rows: tuple[Row, ...]
    buildings: tuple[tuple[str, Names | None], ...]

    @property
    def length(self) -> int:
        """How many days it is about."""
        return (self.on - self.since).days + 1

    @cached_property
    def total(self) -> Sums:
        """Over all units."""
        return sum((row.sums for row in self.rows), Sums())

    @cached_property
    def by_building(self) -> tuple[Group, ...]:
        """The buildings, by code."""
        names = dict(self.buildings)
        return tuple(Group(code, of_it, names.get(code)) for code, of_it in self._grouped(lambda row: row.building))

    @cached_property
    def by_kind(self) -> tuple[Group, ...]:
        """The kinds of space."""
        return tuple(Group(code, of_it) for code, of_it in self._grouped(lambda row: row.kind))

    def _grouped(self, key: Callable[[Row], str]) -> list[tuple[str, Sums]]:
        found: dict[str, Sums] = {}
        for row in self.rows:
            found[key(row)] = found.get(key(row), Sums()) + row.sums
        return sorted(found.items())

    @property
    def emptiest(self) -> tuple[Row, ...]:
        """The units that stood empty longest."""
        listed = sorted((row for row in self.rows if row.sums.void), key=lambda row: (-row.sums.void, row.space))
        return tuple(listed[:LONGEST])

    @property
    def checks(self) -> tuple[Check, ...]:
        """Reconciliations of units with themselves and with the time."""

        def space(row: Row) -> str:
            return row.space

        return (
            once("units", [row.space for row in self.rows]),
            none_of("days", self.rows, lambda row: row.sums.days > self.length, space),
            none_of("measured", self.rows, lambda row: row.area is None, space),
            none_of("priced", [row for row in self.rows if row.sums.void], lambda row: bool(row.sums.unpriced), space),
            parts(
                self.total,
                {
                    "by building": sum((group.sums for group in self.by_building), Sums()),
                    "by kind": sum((group.sums for group in self.by_kind), Sums()),
                },
            ),
        )


# What is kept


def _plain_sums(of: Sums) -> list[Any]:
    numbers = [getattr(of, name) for name in Sums.__slots__ if name != "cost"]
    return [*numbers, [list(one) for one in of.cost]]


def _sums_from(kept: Sequence[Any]) -> Sums:
    cost = tuple((code, minor) for code, minor in kept[-1])
    names = (name for name in Sums.__slots__ if name != "cost")
    return Sums(**dict(zip(names, kept[:-1], strict=True)), cost=cost)


def plain(report: Report) -> dict[str, Any]:
    """Return the report as plain values."""
    return {
        "kind": "period",
        **plain_head(report.park, report.on, report.known, report.chosen),
        "since": report.since.isoformat(),
        "buildings": [[code, plain_names(names)] for code, names in report.buildings],
        "rows": [
            [
                row.building,
                row.space,
                row.kind,
                None if row.area is None else row.area.dm2,
                _plain_sums(row.sums),
                None if row.market is None else [row.market.minor, row.market.currency],
            ]
            for row in report.rows
        ],
    }


def from_plain(kept: Mapping[str, Any]) -> Report:
    """Return the report that `plain` was made of."""
    return Report(
        park=place_from(kept["park"]),
        on=date.fromisoformat(kept["on"]),
        known=datetime.fromisoformat(kept["known"]),
        chosen=tuple(kept["chosen"]),
        since=date.fromisoformat(kept["since"]),
        rows=tuple(
            Row(building, space, kind, None if area is None else Area(area), _sums_from(of), None if market is None else Money(*market))
            for building, space, kind, area, of, market in kept["rows"]
        ),
        buildings=tuple((code, names_from(names)) for code, names in kept["buildings"]),
    )


def canonical(report: Report) -> bytes:
    """Return the bytes whose SHA-256 is the report's: sorted keys, no spaces, UTF-8."""
    return values.canonical(plain(report)).encode()
