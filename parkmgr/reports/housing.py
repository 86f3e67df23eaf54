"""The housing report: who lives where on a day, how long homes stood empty, and who waits. Pure: no database, no clock, no web.

Flats and beds are never mixed: a shared flat is one flat, occupied when somebody lives in one of its beds; its beds are counted apart.
Every format is made of this one object, and the sums by block and by class of size re-add to the totals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from parkmgr import values
from parkmgr.housing.rules import turnaround, void_days
from parkmgr.reports.occupancy import (
    SOON,
    Place,
    Row,
    Status,
    names_from,
    place_from,
    plain_head,
    plain_names,
    plain_row,
    row_from,
)
from parkmgr.reports.ties import Check, none_of, once, outside, parts
from parkmgr.values import Money, Names, Term, percent

HOMES = ("flat", "bed")
"""The kinds of space that are homes."""
SIZES = ((4000, "to_40"), (6000, "to_60"), (8000, "to_80"))
"""Below so many dm² a flat is of this class."""
LARGE, SHARED, UNMEASURED = "from_80", "shared", "unmeasured"
CLASSES = ("to_40", "to_60", "to_80", LARGE, SHARED, UNMEASURED)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Home:
    """A flat, or a bed of a shared flat, on the day. flat: its own code, or that of the flat that the bed stands in.

    resident: the number of who lives there by a residency; never a name. void: days of the twelve months on which nobody had it.
    """

    row: Row
    flat: str
    resident: str = ""
    people: int = 0
    staff: bool = False
    notice_on: date | None = None
    void: int = 0

    @property
    def is_bed(self) -> bool:
        """Whether it is a bed."""
        return self.row.kind == "bed"

    @property
    def size(self) -> str:
        """Its class of size: beds and the flats that they stand in are a class of their own."""
        if self.is_bed:
            return SHARED
        if self.row.area is None:
            return UNMEASURED
        dm2 = self.row.area.dm2
        return next((code for below, code in SIZES if dm2 < below), LARGE)


@dataclass(frozen=True, slots=True)
class Living:
    """Who lives by a residency, by the number only."""

    resident: str
    people: int
    staff: bool
    notice_on: date | None


def home(row: Row, flat: str, living: Living | None, void: int) -> Home:
    """Return a home of the day. living: by the residency that has it then."""
    if living is None or row.status not in (Status.RESIDENT, Status.RESERVED):
        return Home(row, flat, void=void)
    return Home(row, flat, living.resident, living.people, living.staff, living.notice_on, void)


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over homes that can be let. void: days, of flats and beds apart."""

    flats: int = 0
    flats_occupied: int = 0
    beds: int = 0
    beds_occupied: int = 0
    vacant: int = 0
    offered: int = 0
    works: int = 0
    void: int = 0
    unknown_rents: int = 0
    rent: Mapping[str, int] = field(default_factory=dict)

    @property
    def by_flats(self) -> Decimal | None:
        """Per cent of the flats that are occupied; None (not defined) without any."""
        return percent(self.flats_occupied, self.flats)

    @property
    def by_beds(self) -> Decimal | None:
        """Per cent of the beds of shared flats that are occupied; None without any."""
        return percent(self.beds_occupied, self.beds)

    @property
    def rents(self) -> tuple[Money, ...]:
        """One sum for each currency."""
        return tuple(Money(minor, currency) for currency, minor in sorted(self.rent.items()))


@dataclass(frozen=True, slots=True)
class Group:
    """A block or a class of size, and its sums."""

    code: str
    sums: Sums
    names: Names | None = None


@dataclass(frozen=True, slots=True)
class Class:
    """A class of the waiting list. waiting and housed: days, of those who still wait, and of those who were housed in the twelve months."""

    code: str
    names: Names | None
    waiting: tuple[int, ...] = ()
    housed: tuple[int, ...] = ()
    offers: int = 0
    lets: int = 0

    @property
    def offers_per_let(self) -> Decimal | None:
        """How many offers a home took; None (not defined) where nobody accepted one."""
        return None if not self.lets else (Decimal(self.offers) / Decimal(self.lets)).quantize(Decimal("0.01"))


@dataclass(frozen=True, slots=True)
class Waiter:
    """An application, with its instants. housed_at: when its home was agreed."""

    class_code: str
    waiting_at: datetime | None
    closed_at: datetime | None
    housed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A home was offered to an application of a class; agreed_at: and accepted."""

    class_code: str
    offered_at: datetime
    agreed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """A home was held for days. kind: lease, residency or closure."""

    space: str
    kind: str
    term: Term


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report. since: the first of the twelve months that end with the day. Waiting lists are the park's, whatever was chosen."""

    park: Place
    on: date
    known: datetime
    chosen: tuple[str, ...]
    since: date
    rows: tuple[Home, ...]
    blocks: tuple[tuple[str, Names | None], ...]
    classes: tuple[Class, ...]
    turnarounds: tuple[int, ...]

    @property
    def checks(self) -> tuple[Check, ...]:
        """Reconciliations of homes with themselves and with the residencies."""
        living = [home for home in self.rows if home.row.status is Status.RESIDENT]
        by_block = sums([home for home in self.rows if home.row.building in {code for code, _names in self.blocks}])
        by_size = sums([home for code in CLASSES for home in self.rows if home.size == code])

        def space(home: Home) -> str:
            return home.row.space

        return (
            once("units", [home.row.space for home in self.rows]),
            none_of("held", living, lambda home: not home.row.document, space),
            none_of("terms", living, lambda home: outside(home.row.starts_on, home.row.ends_on, self.on), space),
            once("residents", [home.resident for home in living if home.resident]),
            none_of("beds", [home for home in living if home.is_bed], lambda home: home.people > 1, space),
            none_of("payable", living, lambda home: home.row.rent is None, space),
            none_of("measured", self.rows, lambda home: home.row.area is None, space),
            parts(self.total, {"by block": by_block, "by class of size": by_size}),
        )

    @property
    def total(self) -> Sums:
        """The sums over all homes."""
        return sums(self.rows)

    @property
    def by_block(self) -> tuple[Group, ...]:
        """The sums of each block, by code."""
        of = _grouped(self.rows, lambda home: home.row.building)
        return tuple(Group(code, sums(of.get(code, ())), names) for code, names in self.blocks)

    @property
    def by_size(self) -> tuple[Group, ...]:
        """The sums of each class of size that there is."""
        of = _grouped(self.rows, lambda home: home.size)
        return tuple(Group(code, sums(of[code])) for code in CLASSES if code in of)

    @property
    def residencies(self) -> tuple[Home, ...]:
        """The homes that somebody has by a residency, or is offered."""
        return tuple(home for home in self.rows if home.resident)

    @property
    def ending(self) -> tuple[Home, ...]:
        """The residencies whose last day is within 90 days from the day, the soonest first."""
        soon = [home for home in self.rows if home.row.status is Status.RESIDENT and _within(home.row.ends_on, self.on)]
        return tuple(sorted(soon, key=lambda home: (home.row.ends_on or date.max, home.row.space)))


def _within(ends_on: date | None, on: date) -> bool:
    return ends_on is not None and on <= ends_on <= on + SOON


def _grouped(homes: Iterable[Home], key: Callable[[Home], str]) -> dict[str, list[Home]]:
    found: dict[str, list[Home]] = defaultdict(list)
    for home in homes:
        found[key(home)].append(home)
    return found


def sums(homes: Iterable[Home]) -> Sums:
    """Return the sums over homes; what is not for letting, and not let, is in none."""
    listed = [home for home in homes if home.row.lettable]
    rent: dict[str, int] = defaultdict(int)
    for home in listed:
        if home.row.rent is not None:
            rent[home.row.rent.currency] += home.row.rent.minor

    def count(*statuses: Status) -> int:
        return sum(home.row.status in statuses for home in listed)

    return Sums(
        flats=len({home.flat for home in listed}),
        flats_occupied=len({home.flat for home in listed if home.row.occupied}),
        beds=sum(home.is_bed for home in listed),
        beds_occupied=sum(home.is_bed and home.row.occupied for home in listed),
        vacant=count(Status.VACANT),
        offered=count(Status.RESERVED),
        works=count(Status.CLOSED),
        void=sum(home.void for home in listed),
        unknown_rents=sum(home.row.occupied and home.row.rent is None for home in listed),
        rent=dict(sorted(rent.items())),
    )


def median(days: Sequence[int]) -> Decimal | None:
    """Return the middle of the days, or the mean of the two in the middle; None without any."""
    ordered = sorted(days)
    if not ordered:
        return None
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return Decimal(ordered[middle])
    return Decimal(ordered[middle - 1] + ordered[middle]) / 2


def year_before(on: date) -> date:
    """Return the first of the twelve months that end with the day."""
    last_year = on.replace(year=on.year - 1, day=min(on.day, 28)) if (on.month, on.day) == (2, 29) else on.replace(year=on.year - 1)
    return last_year + DAY


def voids(period: Term, there: Mapping[str, Sequence[Term]], held: Iterable[Held]) -> dict[str, int]:
    """Return on how many days of the period each home existed and nobody had it, works left out."""
    taken: dict[str, list[Term]] = defaultdict(list)
    works: dict[str, list[Term]] = defaultdict(list)
    for one in held:
        (works if one.kind == "closure" else taken)[one.space].append(one.term)
    return {space: void_days(period, there=terms, taken=taken[space], works=works[space]) for space, terms in there.items()}


def turnarounds(period: Term, held: Iterable[Held]) -> tuple[int, ...]:
    """Return how many days passed between two residencies of a home, for each that began in the period; works are in them."""
    of: dict[str, list[Held]] = defaultdict(list)
    for one in held:
        if one.kind != "closure":
            of[one.space].append(one)
    found = []
    for homes in of.values():
        homes.sort(key=lambda one: one.term.starts_on)
        for before, after in pairwise(homes):
            began = after.term.starts_on
            if before.kind == after.kind == "residency" and before.term.ends_on is not None and _in(period, began):
                found.append(turnaround(before.term.ends_on + DAY, began))
    return tuple(sorted(found))


def _in(period: Term, day: date) -> bool:
    return period.starts_on <= day and (period.ends_on is None or day <= period.ends_on)


def classes(
    names: Sequence[tuple[str, Names | None]], waiters: Iterable[Waiter], offers: Iterable[Offer], since: datetime, until: datetime
) -> tuple[Class, ...]:
    """Return the waiting list by class, as it stood at *until*, and what became of it since *since*."""
    waiting: dict[str, list[int]] = defaultdict(list)
    housed: dict[str, list[int]] = defaultdict(list)
    for one in waiters:
        if one.waiting_at is None or one.waiting_at >= until:
            continue
        ended = min((at for at in (one.closed_at, one.housed_at) if at is not None), default=None)
        if ended is None or ended >= until:
            waiting[one.class_code].append((until - one.waiting_at).days)
        elif one.housed_at is not None and since <= one.housed_at < until:
            housed[one.class_code].append((one.housed_at - one.waiting_at).days)
    made: dict[str, int] = defaultdict(int)
    let: dict[str, int] = defaultdict(int)
    for offer in offers:
        made[offer.class_code] += since <= offer.offered_at < until
        let[offer.class_code] += offer.agreed_at is not None and since <= offer.agreed_at < until
    listed = dict(names)
    codes = [*listed, *sorted({*waiting, *housed, *made, *let} - listed.keys())]
    return tuple(
        Class(code, listed.get(code), tuple(sorted(waiting[code])), tuple(sorted(housed[code])), made[code], let[code]) for code in codes
    )


# What is kept: the compiled object as plain values, and back.


def plain(report: Report) -> dict[str, Any]:
    """Return the report as plain values."""
    return {
        "kind": "housing",
        **plain_head(report.park, report.on, report.known, report.chosen),
        "since": report.since.isoformat(),
        "blocks": [[code, plain_names(names)] for code, names in report.blocks],
        "classes": [
            [one.code, plain_names(one.names), list(one.waiting), list(one.housed), one.offers, one.lets] for one in report.classes
        ],
        "turnarounds": list(report.turnarounds),
        "rows": [
            [
                plain_row(home.row),
                home.flat,
                home.resident,
                home.people,
                home.staff,
                None if home.notice_on is None else home.notice_on.isoformat(),
                home.void,
            ]
            for home in report.rows
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
            Home(row_from(row), flat, resident, people, staff, None if notice is None else date.fromisoformat(notice), void)
            for row, flat, resident, people, staff, notice, void in kept["rows"]
        ),
        blocks=tuple((block, names_from(of_it)) for block, of_it in kept["blocks"]),
        classes=tuple(
            Class(class_, names_from(of_it), tuple(waiting), tuple(housed), offers, lets)
            for class_, of_it, waiting, housed, offers, lets in kept["classes"]
        ),
        turnarounds=tuple(kept["turnarounds"]),
    )


def canonical(report: Report) -> bytes:
    """Return the report as canonical JSON. Its SHA-256 names the report's data."""
    return values.canonical(plain(report)).encode()
