"""When leases expire, compiled: every lease in force, what of the rent and of the area ends in which year, with and without breaks. Pure.

It is made of the units of the rent roll, and its sums are the rent roll's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property
from typing import Any

from parkmgr import values
from parkmgr.leases.rules import months_later
from parkmgr.reports import rentroll
from parkmgr.reports.occupancy import Place, Row, Status, Wault, day_from, day_text, names_from, place_from, plain_head, plain_names, wault
from parkmgr.reports.rentroll import Contract, Expiring
from parkmgr.reports.ties import Check, none_of, once, parts
from parkmgr.values import Area, Money, Names


@dataclass(frozen=True, slots=True)
class Line:
    """A lease that has units on the day. area: of the measured ones. rent: payable a month for the units whose rent is known.

    ends_on: the last day as agreed; None: without an end. notice_by: the last day of notice for the next break.
    """

    number: str
    version: int
    tenant: Names | None
    tenant_id: int | None
    buildings: tuple[str, ...]
    units: int
    unmeasured: int
    area: Area | None
    starts_on: date | None
    ends_on: date | None
    break_on: date | None
    notice_by: date | None
    rent: Money | None
    unknown: int
    """Units whose rent is not known."""
    holdover: bool

    @property
    def as_row(self) -> Row:
        """The lease as if it were one unit: its units end together, so what is weighted by them comes to the same."""
        return Row(
            self.buildings[0] if self.buildings else "",
            "",
            self.number,
            "",
            self.area,
            Status.HOLDOVER if self.holdover else Status.LET,
            holder=self.tenant,
            document=self.number,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            rent=self.rent,
            break_on=self.break_on,
            holder_id=self.tenant_id,
        )

    @property
    def first_end(self) -> date | None:
        """The next break, where that is earlier than the end."""
        return min((day for day in (self.ends_on, self.break_on) if day is not None), default=None)


def lines(rows: Iterable[Row], contracts: Mapping[str, Contract]) -> tuple[Line, ...]:
    """Return the leases of the units that are let, the first to end first; what has no end stands last."""
    by_lease: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.status in rentroll.LET:
            by_lease[row.document].append(row)
    found = [_line(number, units, contracts.get(number)) for number, units in by_lease.items()]
    return tuple(sorted(found, key=lambda line: (not line.holdover, line.ends_on or date.max, line.number)))


def _line(number: str, units: Sequence[Row], contract: Contract | None) -> Line:
    first = units[0]
    areas = [row.area.dm2 for row in units if row.area is not None]
    rents = [row.rent for row in units if row.rent is not None]
    return Line(
        number,
        contract.version if contract else 0,
        first.holder,
        first.holder_id,
        tuple(sorted({row.building for row in units})),
        len(units),
        len(units) - len(areas),
        Area(sum(areas)) if areas else None,
        first.starts_on,
        first.ends_on,
        first.break_on,
        contract.notice_by if contract else None,
        Money(sum(rent.minor for rent in rents), rents[0].currency) if rents else None,
        len(units) - len(rents),
        first.status is Status.HOLDOVER,
    )


@dataclass(frozen=True)
class Report:
    """When the leases of a park expire, seen at the end of a day, as known at an instant."""

    park: Place
    on: date
    known: datetime
    chosen: tuple[str, ...]
    rows: tuple[Line, ...]

    @cached_property
    def area(self) -> int:
        """Measured area of all leases, in dm²."""
        return sum(line.area.dm2 for line in self.rows if line.area is not None)

    @cached_property
    def rents(self) -> dict[str, int]:
        """Rent a month of all leases: currency -> coins."""
        found: dict[str, int] = defaultdict(int)
        for line in self.rows:
            if line.rent is not None:
                found[line.rent.currency] += line.rent.minor
        return dict(sorted(found.items()))

    @cached_property
    def to_expiry(self) -> tuple[Expiring, ...]:
        """What expires in which year."""
        return rentroll.expiry((line.as_row for line in self.rows), to_break=False)

    @cached_property
    def to_break(self) -> tuple[Expiring, ...]:
        """What expires or may be given up in which year."""
        return rentroll.expiry((line.as_row for line in self.rows), to_break=True)

    @cached_property
    def waults(self) -> tuple[Wault, ...]:
        """How long leases still run, weighted by area and by rent."""
        return wault((line.as_row for line in self.rows), self.on)

    @property
    def rollover(self) -> tuple[tuple[int, str, Fraction], ...]:
        """Years in which so much of the rent of a currency expires that a reader is alerted: year, currency, part."""
        return rentroll.rollovers(self.to_expiry)

    def within_a_year(self, currency: str, *, to_break: bool) -> int:
        """Return the rent a month, in coins, of what ends within twelve months after the day; what is held over may end on any day."""
        last = months_later(self.on, 12)
        total = 0
        for line in self.rows:
            end = line.first_end if to_break else line.ends_on
            if line.rent is not None and line.rent.currency == currency and (line.holdover or (end is not None and end <= last)):
                total += line.rent.minor
        return total

    @property
    def checks(self) -> tuple[Check, ...]:
        """Reconciliations of leases with themselves and with their sums."""

        def number(line: Line) -> str:
            return line.number

        whole = (len(self.rows), self.area, self.rents)
        return (
            once("leases", [line.number for line in self.rows]),
            parts(whole, {"to expiry": _summed(self.to_expiry), "to break": _summed(self.to_break)}),
            none_of("rents", self.rows, lambda line: bool(line.unknown), number),
            none_of("measured", self.rows, lambda line: bool(line.unmeasured), number),
            none_of("holdovers", self.rows, lambda line: line.holdover, number),
            none_of("breaks", [line for line in self.rows if line.break_on], lambda line: line.notice_by is None, number),
        )


def _summed(expiring: Iterable[Expiring]) -> tuple[int, int, dict[str, int]]:
    leases, area, rents = 0, 0, dict[str, int]()
    for one in expiring:
        leases, area = leases + one.leases, area + one.area.dm2
        for code, minor in one.rent.items():
            rents[code] = rents.get(code, 0) + minor
    return leases, area, dict(sorted(rents.items()))


# What is kept


def plain(report: Report) -> dict[str, Any]:
    """Return the report as plain values."""
    return {
        "kind": "expiry",
        **plain_head(report.park, report.on, report.known, report.chosen),
        "rows": [
            [
                line.number,
                line.version,
                plain_names(line.tenant),
                line.tenant_id,
                list(line.buildings),
                line.units,
                line.unmeasured,
                None if line.area is None else line.area.dm2,
                day_text(line.starts_on),
                day_text(line.ends_on),
                day_text(line.break_on),
                day_text(line.notice_by),
                None if line.rent is None else [line.rent.minor, line.rent.currency],
                line.unknown,
                line.holdover,
            ]
            for line in report.rows
        ],
    }


def from_plain(kept: Mapping[str, Any]) -> Report:
    """Return the report that `plain` was made of."""
    return Report(
        park=place_from(kept["park"]),
        on=date.fromisoformat(kept["on"]),
        known=datetime.fromisoformat(kept["known"]),
        chosen=tuple(kept["chosen"]),
        rows=tuple(_line_from(row) for row in kept["rows"]),
    )


def _line_from(row: Sequence[Any]) -> Line:
    number, version, tenant, tenant_id, buildings, units, unmeasured, area, *days, rent, unknown, holdover = row
    starts_on, ends_on, break_on, notice_by = map(day_from, days)
    return Line(
        number,
        version,
        names_from(tenant),
        tenant_id,
        tuple(buildings),
        units,
        unmeasured,
        None if area is None else Area(area),
        starts_on,
        ends_on,
        break_on,
        notice_by,
        None if rent is None else Money(*rent),
        unknown,
        holdover,
    )


def canonical(report: Report) -> bytes:
    """Return the bytes whose SHA-256 is the report's: sorted keys, no spaces, UTF-8."""
    return values.canonical(plain(report)).encode()
