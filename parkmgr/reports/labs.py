"""The laboratories' report: how much instruments were used, how well they served, and what it cost whom. Pure: rows in, one object out.

Everything that is added up is a whole number (seconds, coins, counts), so that totals are sums of rows exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from parkmgr import values
from parkmgr.charges.service_rules import Sums
from parkmgr.reports.occupancy import Place, names_from, place_from, plain_head, plain_names
from parkmgr.reports.ties import Check, none_of, once, parts
from parkmgr.utilisation.rules import Sums as Use
from parkmgr.values import Money, Names, totals

SOON = timedelta(days=90)
"""Permits that end so soon after the last day are counted."""


@dataclass(frozen=True, slots=True)
class Row:
    """A piece that can be booked: an instrument, a place at a bench, a laboratory. number: the asset's."""

    building: str
    space: str
    kind: str
    lab: str
    lab_names: Names | None
    number: str
    names: Names | None
    sums: Sums


@dataclass(frozen=True, slots=True)
class Group:
    """A laboratory and its pieces; code empty: those of none."""

    code: str
    names: Names | None
    pieces: int
    sums: Sums


@dataclass(frozen=True, slots=True)
class Owed:
    """What an organisation was charged, in each currency; two are never added."""

    code: str
    names: Names
    charges: tuple[Money, ...]

    def of(self, currency: str) -> Money | None:
        """Return what it was charged in one currency; None where nothing was."""
        return next((money for money in self.charges if money.currency == currency), None)


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report, of the days from *since* to *on*. chosen: the buildings asked for; empty is all of the park."""

    park: Place
    on: date
    known: datetime
    chosen: tuple[str, ...]
    since: date
    rows: tuple[Row, ...]
    owed: tuple[Owed, ...] = ()
    permits_ending: int = 0
    calibrations_overdue: int = 0

    @property
    def checks(self) -> tuple[Check, ...]:
        """Reconciliations of pieces with themselves."""

        def too_long(row: Row) -> bool:
            return row.sums.operating < 0 or row.sums.used > row.sums.observed or row.sums.use.booked > row.sums.use.open

        def piece(row: Row) -> str:
            return " ".join(filter(None, (row.space, row.number)))

        return (
            once("units", [piece(row) for row in self.rows]),
            none_of("hours", self.rows, too_long, piece),
            parts(self.total, {"by laboratory": sum((group.sums for group in self.by_lab), Sums())}),
        )

    @property
    def total(self) -> Sums:
        """The sum of all pieces."""
        return sum((row.sums for row in self.rows), Sums())

    @property
    def by_lab(self) -> tuple[Group, ...]:
        """The pieces by laboratory, in order of code; those of none stand last."""
        found: dict[str, Group] = {}
        for row in self.rows:
            before = found.get(row.lab, Group(row.lab, row.lab_names, 0, Sums()))
            found[row.lab] = Group(row.lab, before.names, before.pieces + 1, before.sums + row.sums)
        return tuple(found[code] for code in sorted(found, key=lambda code: (not code, code)))

    @property
    def charges(self) -> tuple[Money, ...]:
        """What was charged in all, one sum for each currency."""
        return tuple(totals(money for owed in self.owed for money in owed.charges).values())


# What is kept: the compiled object as plain values, and back.


def _plain_sums(sums: Sums) -> list[int]:
    use = sums.use
    own = [sums.observed, sums.planned, sums.unplanned, sums.failures, sums.sessions, sums.no_show, sums.used]
    return [*own, use.rooms, use.open, use.closed, use.booked, use.outside]


def _sums_from(kept: Sequence[int]) -> Sums:
    observed, planned, unplanned, failures, sessions, no_show, used, *use = kept
    return Sums(observed, planned, unplanned, failures, sessions, no_show, used, Use(*use))


def plain(report: Report) -> dict[str, Any]:
    """Return the report as plain values."""
    return {
        "kind": "labs",
        **plain_head(report.park, report.on, report.known, report.chosen),
        "since": report.since.isoformat(),
        "permits_ending": report.permits_ending,
        "calibrations_overdue": report.calibrations_overdue,
        "owed": [[owed.code, plain_names(owed.names), [[money.minor, money.currency] for money in owed.charges]] for owed in report.owed],
        "rows": [
            [
                row.building,
                row.space,
                row.kind,
                row.lab,
                plain_names(row.lab_names),
                row.number,
                plain_names(row.names),
                _plain_sums(row.sums),
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
            Row(building, space, kind, lab, names_from(lab_names), number, names_from(of_it), _sums_from(sums))
            for building, space, kind, lab, lab_names, number, of_it, sums in kept["rows"]
        ),
        owed=tuple(Owed(owed, Names(*of_it), tuple(Money(*money) for money in charges)) for owed, of_it, charges in kept["owed"]),
        permits_ending=kept["permits_ending"],
        calibrations_overdue=kept["calibrations_overdue"],
    )


def canonical(report: Report) -> bytes:
    """Return the report as canonical JSON. Its SHA-256 names the report's data."""
    return values.canonical(plain(report)).encode()
