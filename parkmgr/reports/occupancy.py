"""The occupancy report: who has which unit on a day, and the sums of it. Pure: no database, no clock, no web.

`compile` turns the facts of one SELECT into a report whose totals re-add: over its rows, by building and by kind they are the same.
Every format (page, paper, sheet, CSV, JSON) is made of this object, so no two can disagree.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from parkmgr import values
from parkmgr.leases.rules import Step, rent_by_unit
from parkmgr.reports.ties import Check, none_of, once, outside, parts
from parkmgr.utilisation import rules as use
from parkmgr.values import NO_AREA, Area, Money, Names, percent, rounded

SOON = timedelta(days=90)
"""How far ahead a lease counts as ending soon."""


class Status(StrEnum):
    """What a unit is on a day. Let, holdover and resident are occupied; reserved is signed and begins later, or a home only offered."""

    VACANT = "vacant"
    LET = "let"
    HOLDOVER = "holdover"
    RESIDENT = "resident"
    RESERVED = "reserved"
    CLOSED = "closed"
    NOT_LETTABLE = "not lettable"
    BUSY = "busy"
    """Only in what a liaison sees: somebody has it, and who is not hers to know."""


OCCUPIED = frozenset({Status.LET, Status.HOLDOVER, Status.RESIDENT})


class Fact(NamedTuple):
    """A unit on a day, and the document that holds it then or else will hold it next. Names are None where nobody asked."""

    on: date
    building_id: int
    building: str
    building_names: Names | None
    residential: bool
    level: int | None
    floor: str
    space_id: int
    space: str
    names: Names | None
    kind: str
    lettable: bool
    area: Area | None
    basis: str
    hold: str | None
    """lease, residency or closure; None: nobody, now or later."""
    begun: bool
    """False: the hold begins after the day."""
    holder_id: int | None
    holder: Names | None
    document: str
    starts_on: date | None
    """As agreed in the version in force on the day."""
    ends_on: date | None
    """The last day; None is open-ended."""
    held_until: date | None
    """The last day of the hold itself; None is for ever."""
    break_on: date | None
    """The last day at the next break option."""
    currency: str | None
    minor: int | None
    """The rent step in force; None when none is."""
    per: str | None
    """month or m2_month."""
    free: bool
    """In a rent-free time on the day."""
    offered: bool = False
    """The home is only offered, and not accepted yet, as far as is known."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the schedule. rent is what is payable for the unit that day, a month; None where nobody pays or it is unknown."""

    building: str
    floor: str
    space: str
    kind: str
    area: Area | None
    status: Status
    holder: Names | None = None
    document: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    rent: Money | None = None
    currency: str | None = None
    basis: str = ""
    level: int | None = None
    break_on: date | None = None
    holder_id: int | None = None

    @property
    def occupied(self) -> bool:
        """Whether somebody is in it."""
        return self.status in OCCUPIED

    @property
    def lettable(self) -> bool:
        """Whether it counts among the units that can be let: all do but those that are not lettable and not let."""
        return self.status is not Status.NOT_LETTABLE


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over rows. Units are the lettable ones; areas are of those whose area is known; rents by currency, never added together."""

    spaces: int = 0
    units: int = 0
    let_units: int = 0
    vacant_units: int = 0
    reserved_units: int = 0
    closed_units: int = 0
    lettable: Area = NO_AREA
    let: Area = NO_AREA
    vacant: Area = NO_AREA
    unknown_area_spaces: int = 0
    unknown_area_units: int = 0
    unknown_rents: int = 0
    rent: Mapping[str, int] = field(default_factory=dict)
    """Currency -> smallest coins a month."""

    @property
    def occupancy_by_area(self) -> Decimal | None:
        """Per cent of the lettable area that is let; None (not defined) without any."""
        return percent(self.let.dm2, self.lettable.dm2)

    @property
    def occupancy_by_units(self) -> Decimal | None:
        """Per cent of the lettable units that are let; None (not defined) without any."""
        return percent(self.let_units, self.units)

    @property
    def rents(self) -> tuple[Money, ...]:
        """One sum for each currency."""
        return tuple(Money(minor, currency) for currency, minor in sorted(self.rent.items()))

    def __add__(self, other: Sums) -> Sums:
        rent = {code: self.rent.get(code, 0) + other.rent.get(code, 0) for code in sorted({*self.rent, *other.rent})}
        numbers = {name: getattr(self, name) + getattr(other, name) for name in self.__slots__ if name != "rent"}
        return Sums(**numbers, rent=rent)


@dataclass(frozen=True, slots=True)
class Group:
    """A building or a kind, and its sums."""

    code: str
    sums: Sums
    names: Names | None = None
    residential: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    """A day of the history: the last of a month, or the report's own."""

    on: date
    sums: Sums
    wault: tuple[Wault, ...] = ()
    ending: int = 0


@dataclass(frozen=True, slots=True)
class Wault:
    """The weighted average of what is left of the lease terms, in years. weight: a currency, or `area`."""

    weight: str
    to_expiry: Decimal | None
    to_break: Decimal | None
    open_ended: int
    """Units left out because their lease has no end."""


@dataclass(frozen=True, slots=True)
class Place:
    """The park as a report names it."""

    code: str
    names: Names
    time_zone: str
    currency: str

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True)
class RoomUse:
    """A room that can be booked by the hour, and how much it was."""

    building: str
    space: str
    sums: use.Sums


@dataclass(frozen=True, slots=True)
class RoomsUse:
    """How much rooms were booked from the first of the month to the day of the report. hours: 168 of the week; none without rooms."""

    since: date
    rows: tuple[RoomUse, ...] = ()
    names: tuple[tuple[str, Names | None], ...] = ()
    """Of each building that has rooms, by code."""
    hours: tuple[use.Hour, ...] = ()

    @property
    def total(self) -> use.Sums:
        """The sums over all rooms."""
        return sum((row.sums for row in self.rows), use.Sums())

    @property
    def by_building(self) -> tuple[use.OfBuilding, ...]:
        """The sums of each building, by code."""
        return tuple(
            use.OfBuilding(code, names, sum((row.sums for row in self.rows if row.building == code), use.Sums()))
            for code, names in self.names
        )


def rooms_use(found: use.Utilisation, since: date) -> RoomsUse:
    """Return what a report keeps of the use of rooms."""
    return RoomsUse(
        since,
        tuple(RoomUse(each.room.building, each.room.code, each.sums) for each in found.rooms),
        tuple((each.code, each.names) for each in found.buildings),
        found.hours if found.rooms else (),
    )


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report. chosen: the buildings asked for; empty is all of the park. known: the instant whose knowledge counts."""

    park: Place
    on: date
    known: datetime
    chosen: tuple[str, ...]
    rows: tuple[Row, ...]
    total: Sums
    by_building: tuple[Group, ...]
    by_kind: tuple[Group, ...]
    wault: tuple[Wault, ...]
    history: tuple[Month, ...] = ()
    rooms: RoomsUse | None = None
    """None: nobody asked, or it was issued before reports told of it."""
    declared: Mapping[str, int] | None = None
    """Building -> its declared rentable area, in dm²; None: it was issued before reports told of it."""

    @property
    def checks(self) -> tuple[Check, ...]:
        """Reconciliations of the rows with themselves, their documents and their buildings."""
        return (*checks(self.rows, self.on), parts(self.total, self._sums()), *self._areas())

    def _sums(self) -> dict[str, Sums]:
        return {
            "by building": sum((group.sums for group in self.by_building), Sums()),
            "by kind": sum((group.sums for group in self.by_kind), Sums()),
        }

    def _areas(self) -> tuple[Check, ...]:
        if self.declared is None:
            return ()
        areas = {group.code: group.sums.lettable.dm2 for group in self.by_building if group.code in self.declared}
        above = (f"{code} {Area(area).m2} > {Area(self.declared[code]).m2}" for code, area in areas.items() if area > self.declared[code])
        return (Check("areas", len(areas), tuple(sorted(above))),)

    @property
    def unmeasured(self) -> tuple[Row, ...]:
        """The rows without a measured area."""
        return tuple(row for row in self.rows if row.area is None)

    @property
    def ending_soon(self) -> tuple[str, ...]:
        """The documents whose term ends within 90 days of the day."""
        return ending(self.rows, self.on)

    def of_building(self, code: str) -> tuple[Row, ...]:
        """Return the rows of one building."""
        return tuple(row for row in self.rows if row.building == code)


def checks(rows: Sequence[Row], on: date) -> tuple[Check, ...]:
    """Return the reconciliations of units with their documents."""
    held = [row for row in rows if row.occupied]
    let = [row for row in held if row.status is not Status.RESIDENT]

    def space(row: Row) -> str:
        return row.space

    return (
        once("units", [row.space for row in rows]),
        none_of("held", held, lambda row: not row.document, space),
        none_of("terms", [row for row in held if row.status is Status.LET], lambda row: outside(row.starts_on, row.ends_on, on), space),
        none_of("payable", let, lambda row: row.rent is None, space),
        none_of("holdovers", let, lambda row: row.status is Status.HOLDOVER, lambda row: row.document),
        none_of("measured", rows, lambda row: row.area is None, space),
    )


def status(fact: Fact) -> Status:
    """Return what the unit is on the day. What is let counts as let, even where nobody had called it lettable."""
    if fact.begun and fact.hold == "lease":
        return Status.HOLDOVER if fact.ends_on is not None and fact.ends_on < fact.on else Status.LET
    if fact.begun and fact.hold == "residency" and not fact.offered:
        return Status.RESIDENT
    if not fact.lettable:
        return Status.NOT_LETTABLE
    if fact.begun and fact.hold == "closure":
        return Status.CLOSED
    return Status.RESERVED if fact.hold in ("lease", "residency") else Status.VACANT


@lru_cache(maxsize=16384)
def _by_area(minor: int, dm2: int) -> int:
    return rounded(Fraction(minor * dm2, 100))


def passing_rents(facts: Iterable[Fact]) -> dict[int, int | None]:
    """Return the rent payable on the day for each let unit: none is due in a rent-free time; None where it is unknown."""
    leases: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.hold in ("lease", "residency") and fact.begun:
            leases[fact.document].append(fact)
    rents: dict[int, int | None] = {}
    for units in leases.values():
        first = units[0]
        if first.free:
            rents.update((unit.space_id, 0) for unit in units)
        elif first.minor is None or first.per is None or first.currency is None:
            rents.update((unit.space_id, None) for unit in units)
        elif len(units) == 1 and first.per == "month":
            rents[first.space_id] = first.minor
        elif len(units) == 1:
            rents[first.space_id] = None if first.area is None else _by_area(first.minor, first.area.dm2)
        else:
            step = Step(first.on, Money(first.minor, first.currency), first.per)
            shares = rent_by_unit(step, {unit.space_id: unit.area for unit in units})
            rents.update((space_id, None if share is None else share.minor) for space_id, share in shares.items())
    return rents


def last_day(fact: Fact, is_: Status) -> date | None:
    """Return the last day agreed, or of the hold when that is earlier; for a holdover the end of the term that is over."""
    if is_ is Status.HOLDOVER or fact.held_until is None:
        return fact.ends_on
    return fact.held_until if fact.ends_on is None else min(fact.ends_on, fact.held_until)


def row(fact: Fact, rents: Mapping[int, int | None]) -> Row:
    """Return the unit's line of the schedule. Who has it is not told of a unit that nobody has and nobody will have."""
    is_ = status(fact)
    told = is_ not in (Status.VACANT, Status.NOT_LETTABLE)
    minor = rents.get(fact.space_id) if is_ in OCCUPIED else None
    let = is_ in (Status.LET, Status.HOLDOVER)
    return Row(
        building=fact.building,
        floor=fact.floor,
        space=fact.space,
        kind=fact.kind,
        area=fact.area,
        status=is_,
        holder=fact.holder if told else None,
        document=fact.document if told else "",
        starts_on=fact.starts_on if told else None,
        ends_on=last_day(fact, is_) if told else None,
        rent=Money(minor, fact.currency) if minor is not None and fact.currency else None,
        currency=fact.currency if is_ in OCCUPIED else None,
        basis=fact.basis,
        level=fact.level,
        break_on=fact.break_on if let else None,
        holder_id=fact.holder_id if told else None,
    )


class _Tally:
    """Sums while they grow."""

    __slots__ = ("areas", "counts", "rent")

    def __init__(self) -> None:
        self.counts: dict[str, int] = defaultdict(int)
        self.areas: dict[str, int] = defaultdict(int)
        self.rent: dict[str, int] = defaultdict(int)

    def add(self, row: Row) -> None:
        counts = self.counts
        counts["spaces"] += 1
        if row.area is None:
            counts["unknown_area_spaces"] += 1
        if row.rent is not None:
            self.rent[row.rent.currency] += row.rent.minor
        elif row.occupied:
            counts["unknown_rents"] += 1
        if not row.lettable:
            return
        counts["units"] += 1
        place = "let" if row.occupied else str(row.status)
        counts[f"{place}_units"] += 1
        if row.area is None:
            counts["unknown_area_units"] += 1
        else:
            self.areas["lettable"] += row.area.dm2
            self.areas[place] += row.area.dm2

    def sums(self) -> Sums:
        counts = self.counts
        return Sums(
            spaces=counts["spaces"],
            units=counts["units"],
            let_units=counts["let_units"],
            vacant_units=counts["vacant_units"],
            reserved_units=counts["reserved_units"],
            closed_units=counts["closed_units"],
            lettable=Area(self.areas["lettable"]),
            let=Area(self.areas["let"]),
            vacant=Area(self.areas["vacant"]),
            unknown_area_spaces=counts["unknown_area_spaces"],
            unknown_area_units=counts["unknown_area_units"],
            unknown_rents=counts["unknown_rents"],
            rent=dict(sorted(self.rent.items())),
        )


def sums(rows: Iterable[Row]) -> Sums:
    """Return the sums over rows."""
    tally = _Tally()
    for each in rows:
        tally.add(each)
    return tally.sums()


def _grouped(rows: Iterable[Row], key: str) -> dict[str, Sums]:
    tallies: dict[str, _Tally] = {}
    for each in rows:
        code = getattr(each, key)
        tally = tallies.get(code)
        if tally is None:
            tally = tallies[code] = _Tally()
        tally.add(each)
    return {code: tally.sums() for code, tally in tallies.items()}


def _average(weighted: Mapping[str, list[int]], weight: str) -> Decimal | None:
    """Return the years that a sum of weights and a sum of weighted days come to."""
    whole, days = weighted[weight]
    if not whole:
        return None
    years = Fraction(days * 4, whole * 1461)
    return (Decimal(years.numerator) / Decimal(years.denominator)).quantize(Decimal("0.0001"))


def wault(rows: Iterable[Row], on: date) -> tuple[Wault, ...]:
    """Return the WAULT to expiry and to the next break, weighted by area and by the passing rent of each currency.

    Years are days, both inclusive, over 365.25. A holdover counts zero years; a lease without an end is left out and counted.
    Source: the usual WAULT; weights and open-ended leases: house decision, docs/domain.md "WAULT".
    """
    to_expiry: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    to_break: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    endless: dict[str, int] = defaultdict(int)
    for each in rows:
        if each.status is not Status.LET and each.status is not Status.HOLDOVER:
            continue
        weights = [("area", each.area.dm2)] if each.area is not None else []
        if each.rent is not None:
            weights.append((each.rent.currency, each.rent.minor))
        expiry = each.ends_on
        first_break = each.break_on if expiry is None or (each.break_on is not None and each.break_on < expiry) else expiry
        for weight, size in weights:
            endless[weight] += expiry is None
            for sums_, end in ((to_expiry[weight], expiry), (to_break[weight], first_break)):
                if end is not None:
                    sums_[0] += size
                    sums_[1] += size * max(0, (end - on).days + 1)
    return tuple(
        Wault(weight, _average(to_expiry, weight), _average(to_break, weight), endless[weight])
        for weight in sorted(endless, key=lambda code: (code != "area", code))
    )


def ending(rows: Iterable[Row], on: date) -> tuple[str, ...]:
    """Return the numbers of the leases whose last day is within 90 days from *on*, that day included."""
    return tuple(sorted({r.document for r in rows if r.status is Status.LET and r.ends_on is not None and on <= r.ends_on <= on + SOON}))


def month_ends(on: date) -> tuple[date, ...]:
    """Return the last days of the twelve months before *on*, and *on* itself."""
    days = [on]
    first = on.replace(day=1)
    for _ in range(12):
        last = first - timedelta(days=1)
        days.append(last)
        first = last.replace(day=1)
    return tuple(reversed(days))


def months(facts: Iterable[Fact], building_ids: Collection[int] = ()) -> tuple[Month, ...]:
    """Return the history over the days that *facts* speak of, in order; a day without any unit is left out."""
    by_day: dict[date, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_day[fact.on].append(fact)
    found = []
    for on in sorted(by_day):
        rows = _rows(by_day[on], building_ids)
        found.append(Month(on, sums(rows), wault(rows, on), len(ending(rows, on))))
    return tuple(found)


def _order(fact: Fact) -> tuple[str, int, str]:
    return (fact.building, -10_000 if fact.level is None else fact.level, fact.space)


def _rows(facts: Sequence[Fact], building_ids: Collection[int] = ()) -> list[Row]:
    rents = passing_rents(facts)
    return [row(fact, rents) for fact in facts if not building_ids or fact.building_id in building_ids]


def compile(  # noqa: A001 - the deed's name; nothing here compiles Python
    facts: Sequence[Fact],
    *,
    park: Place,
    on: date,
    known: datetime,
    building_ids: Collection[int] = (),
    history: tuple[Month, ...] = (),
    rooms: RoomsUse | None = None,
    declared: Mapping[str, int] | None = None,
) -> Report:
    """Return the report. *facts* may reach beyond the chosen buildings, where a lease does: its rent is shared among all its units."""
    facts = sorted(facts, key=_order)
    rows = tuple(_rows(facts, building_ids))
    buildings = {fact.building: fact for fact in facts}
    by_building = tuple(
        Group(code, of_it, buildings[code].building_names, buildings[code].residential)
        for code, of_it in sorted(_grouped(rows, "building").items())
    )
    by_kind = tuple(Group(code, of_it) for code, of_it in sorted(_grouped(rows, "kind").items()))
    return Report(
        park=park,
        on=on,
        known=known,
        chosen=tuple(group.code for group in by_building) if building_ids else (),
        rows=rows,
        total=sums(rows),
        by_building=by_building,
        by_kind=by_kind,
        wault=wault(rows, on),
        history=history,
        rooms=rooms,
        declared=declared,
    )


def narrowed(rows: Iterable[Row], organisation_ids: Collection[int]) -> tuple[Row, ...]:
    """Return the rows as a liaison of the organisations may read them: of others' units only whether they are busy."""
    shown = []
    for each in rows:
        if each.holder_id in organisation_ids or each.status in (Status.VACANT, Status.NOT_LETTABLE):
            shown.append(each)
        else:
            shown.append(Row(each.building, each.floor, each.space, each.kind, each.area, Status.BUSY, basis=each.basis, level=each.level))
    return tuple(shown)


@dataclass(frozen=True, slots=True)
class Quarter:
    """Leases that end in a quarter. label: 2026 Q1, or `earlier` (holdovers), `later`, `open`."""

    label: str
    units: int
    area: Area


def expiries(rows: Iterable[Row], on: date, quarters: int = 8) -> tuple[Quarter, ...]:
    """Return let units and their known area by the quarter in which the term ends, from the one of *on*."""
    first = on.year * 4 + (on.month - 1) // 3
    labels = ["earlier", *(f"{n // 4} Q{n % 4 + 1}" for n in range(first, first + quarters)), "later", "open"]
    counts = dict.fromkeys(labels, 0)
    areas = dict.fromkeys(labels, 0)
    for each in rows:
        if each.status not in (Status.LET, Status.HOLDOVER):
            continue
        label = "open" if each.ends_on is None else _quarter(each.ends_on, on, labels)
        counts[label] += 1
        areas[label] += 0 if each.area is None else each.area.dm2
    return tuple(Quarter(label, counts[label], Area(areas[label])) for label in labels)


def _quarter(ends_on: date, on: date, labels: Sequence[str]) -> str:
    if ends_on < on:
        return "earlier"
    label = f"{ends_on.year} Q{(ends_on.month - 1) // 3 + 1}"
    return label if label in labels else "later"


# What is kept: the compiled object as plain values, and back.


def plain_names(names: Names | None) -> list[str] | None:
    """Return a name as plain values."""
    return None if names is None else [names.en, names.ru, names.zh]


def names_from(kept: Sequence[str] | None) -> Names | None:
    """Return the name that `plain_names` was made of."""
    return None if kept is None else Names(*kept)


def day_text(day: date | None) -> str | None:
    """Return a day as it is kept."""
    return None if day is None else day.isoformat()


def day_from(kept: str | None) -> date | None:
    """Return the day that `day_text` was made of."""
    return None if kept is None else date.fromisoformat(kept)


def plain_head(park: Place, on: date, known: datetime, chosen: Sequence[str]) -> dict[str, Any]:
    """Return what every kind of report is about, as plain values."""
    return {
        "form": 1,
        "park": [park.code, plain_names(park.names), park.time_zone, park.currency],
        "on": on.isoformat(),
        "known": known.astimezone(UTC).isoformat(timespec="microseconds"),
        "chosen": list(chosen),
    }


def place_from(kept: Sequence[Any]) -> Place:
    """Return the park that a report is about."""
    code, names, time_zone, currency = kept
    return Place(code, Names(*names), time_zone, currency)


def _text(value: date | Decimal | None) -> str | None:
    return None if value is None else value.isoformat() if isinstance(value, date) else str(value)


def plain_row(each: Row) -> list[Any]:
    """Return a row as plain values."""
    return [
        each.building,
        each.floor,
        each.space,
        each.kind,
        None if each.area is None else each.area.dm2,
        str(each.status),
        plain_names(each.holder),
        each.document,
        _text(each.starts_on),
        _text(each.ends_on),
        None if each.rent is None else [each.rent.minor, each.rent.currency],
        each.currency,
        each.basis,
        each.level,
        _text(each.break_on),
        each.holder_id,
    ]


def row_from(kept: Sequence[Any]) -> Row:
    """Return the row that `plain_row` was made of."""
    return Row(
        building=kept[0],
        floor=kept[1],
        space=kept[2],
        kind=kept[3],
        area=None if kept[4] is None else Area(kept[4]),
        status=Status(kept[5]),
        holder=names_from(kept[6]),
        document=kept[7],
        starts_on=_day_from(kept[8]),
        ends_on=_day_from(kept[9]),
        rent=None if kept[10] is None else Money(*kept[10]),
        currency=kept[11],
        basis=kept[12],
        level=kept[13],
        break_on=_day_from(kept[14]),
        holder_id=kept[15],
    )


def _day_from(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _plain_sums(sums_: Sums) -> dict[str, Any]:
    plain = {name: getattr(sums_, name) for name in Sums.__slots__}
    return {name: value.dm2 if isinstance(value, Area) else dict(value) if name == "rent" else value for name, value in plain.items()}


def _sums_from(kept: Mapping[str, Any]) -> Sums:
    return Sums(**{**kept, **{name: Area(kept[name]) for name in ("lettable", "let", "vacant")}})


def _wault_from(kept: Sequence[Sequence[Any]]) -> tuple[Wault, ...]:
    return tuple(
        Wault(weight, None if expiry is None else Decimal(expiry), None if break_ is None else Decimal(break_), endless)
        for weight, expiry, break_, endless in kept
    )


def _plain_rooms(rooms: RoomsUse) -> dict[str, Any]:
    return {
        "since": rooms.since.isoformat(),
        "buildings": [[code, plain_names(names)] for code, names in rooms.names],
        "rows": [[row.building, row.space, *_seconds(row.sums)] for row in rooms.rows],
        "hours": [[hour.open, hour.booked] for hour in rooms.hours],
    }


def _seconds(sums_: use.Sums) -> list[int]:
    return [sums_.open, sums_.closed, sums_.booked, sums_.outside]


def _rooms_from(kept: Mapping[str, Any]) -> RoomsUse:
    return RoomsUse(
        date.fromisoformat(kept["since"]),
        tuple(RoomUse(building, space, use.Sums(1, *seconds)) for building, space, *seconds in kept["rows"]),
        tuple((code, names_from(names)) for code, names in kept["buildings"]),
        tuple(use.Hour(*hour) for hour in kept["hours"]),
    )


def plain(report: Report) -> dict[str, Any]:
    """Return the report as plain values: what cannot be computed from its rows, and the rows.

    The use of rooms and the declared areas are in it when the report tells of them: what was issued before keeps its bytes.
    """
    rooms = {} if report.rooms is None else {"rooms": _plain_rooms(report.rooms)}
    declared = {} if report.declared is None else {"declared": dict(report.declared)}
    return {
        **rooms,
        **declared,
        "kind": "occupancy",
        **plain_head(report.park, report.on, report.known, report.chosen),
        "buildings": [[group.code, plain_names(group.names), group.residential] for group in report.by_building],
        "history": [
            [
                month.on.isoformat(),
                _plain_sums(month.sums),
                [[w.weight, _text(w.to_expiry), _text(w.to_break), w.open_ended] for w in month.wault],
                month.ending,
            ]
            for month in report.history
        ],
        "rows": [plain_row(each) for each in report.rows],
    }


def from_plain(kept: Mapping[str, Any]) -> Report:
    """Return the report that `plain` was made of."""
    rows = tuple(row_from(each) for each in kept["rows"])
    on = date.fromisoformat(kept["on"])
    grouped = _grouped(rows, "building")
    return Report(
        park=place_from(kept["park"]),
        on=on,
        known=datetime.fromisoformat(kept["known"]),
        chosen=tuple(kept["chosen"]),
        rows=rows,
        total=sums(rows),
        by_building=tuple(Group(code, grouped[code], names_from(names), residential) for code, names, residential in kept["buildings"]),
        by_kind=tuple(Group(code, of_it) for code, of_it in sorted(_grouped(rows, "kind").items())),
        wault=wault(rows, on),
        history=tuple(
            Month(date.fromisoformat(day), _sums_from(of_it), _wault_from(waults), ending_)
            for day, of_it, waults, ending_ in kept["history"]
        ),
        rooms=_rooms_from(kept["rooms"]) if "rooms" in kept else None,
        declared=kept.get("declared"),
    )


def canonical(report: Report) -> bytes:
    """Return the report as canonical JSON. Its SHA-256 names the report's data."""
    return values.canonical(plain(report)).encode()


def fingerprint(kept: bytes) -> str:
    """Return the SHA-256 (hex) of a report's data."""
    return hashlib.sha256(kept).hexdigest()


def only(report: Report, rows: Iterable[Row]) -> Report:
    """Return the report over other rows of the same units, with the sums of these."""
    kept = tuple(rows)
    names = {group.code: group for group in report.by_building}
    return replace(
        report,
        rows=kept,
        total=sums(kept),
        by_building=tuple(
            Group(code, of_it, names[code].names, names[code].residential) for code, of_it in sorted(_grouped(kept, "building").items())
        ),
        by_kind=tuple(Group(code, of_it) for code, of_it in sorted(_grouped(kept, "kind").items())),
        wault=wault(kept, report.on),
    )
