"""What an organisation owes for sessions in laboratories in a month, compiled from its statement. Pure: rows in, one object out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any

from parkmgr import values
from parkmgr.reports.occupancy import Place, place_from, plain_head, plain_names
from parkmgr.reports.ties import Check, once, parts
from parkmgr.values import Money, Names

FOR_USE = ("use", "no_show")


@dataclass(frozen=True, slots=True)
class Line:
    """A charge, as charges.models.StatementLine has it; booking and times are those of its session, empty for an adjustment."""

    key: int
    what: str
    booking: str
    space: str
    starts_at: datetime | None
    until: datetime | None
    added_at: datetime
    minutes: int | None
    peak_minutes: int | None
    hour_minor: int | None
    percent: int | None
    basis: str
    minor: int
    note: str


@dataclass(frozen=True, slots=True)
class Sum:
    """What the lines of one kind come to."""

    what: str
    lines: int
    minutes: int
    minor: int


@dataclass(frozen=True)
class Report:
    """A statement as known at an instant. on: the last day of its month. owed: its total in the register; None as known earlier."""

    park: Place
    on: date
    known: datetime
    chosen: tuple[str, ...]
    number: str
    month: date
    organisation: Names
    code: str
    currency: str
    state: str
    reason: str
    owed: int | None
    rows: tuple[Line, ...]

    @property
    def total(self) -> Money:
        """The sum of its lines."""
        return Money(sum(line.minor for line in self.rows), self.currency)

    @property
    def sums(self) -> tuple[Sum, ...]:
        """What each kind of line comes to, in order of first appearance."""
        found: dict[str, Sum] = {}
        for line in self.rows:
            old = found.get(line.what, Sum(line.what, 0, 0, 0))
            found[line.what] = Sum(line.what, old.lines + 1, old.minutes + (line.minutes or 0), old.minor + line.minor)
        return tuple(found.values())

    @property
    def checks(self) -> tuple[Check, ...]:
        """Reconciliations of the statement with itself and with the register."""
        of_register = () if self.owed is None else (Check("owed", 1, () if self.owed == self.total.minor else (self.number,)),)
        return (
            once("lines", [str(line.key) for line in self.rows]),
            once("charged", [line.booking for line in self.rows if line.what in FOR_USE]),
            parts(self.total.minor, {"by kind": sum(each.minor for each in self.sums)}),
            *of_register,
        )


# What is kept


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _from(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def plain(report: Report) -> dict[str, Any]:
    """Return the report as plain values."""
    return {
        "kind": "statement",
        **plain_head(report.park, report.on, report.known, report.chosen),
        "statement": [
            report.number,
            report.month.isoformat(),
            plain_names(report.organisation),
            report.code,
            report.currency,
            report.state,
            report.reason,
            report.owed,
        ],
        "rows": [[_instant(part) if isinstance(part, datetime) else part for part in astuple(line)] for line in report.rows],
    }


def from_plain(kept: Mapping[str, Any]) -> Report:
    """Return the report that `plain` was made of."""
    number, month, organisation, code, currency, state, reason, owed = kept["statement"]
    return Report(
        place_from(kept["park"]),
        date.fromisoformat(kept["on"]),
        datetime.fromisoformat(kept["known"]),
        tuple(kept["chosen"]),
        number,
        date.fromisoformat(month),
        Names(*organisation),
        code,
        currency,
        state,
        reason,
        owed,
        tuple(_line(row) for row in kept["rows"]),
    )


def _line(row: Sequence[Any]) -> Line:
    key, what, booking, space, starts_at, until, added_at, *rest = row
    return Line(key, what, booking, space, _from(starts_at), _from(until), datetime.fromisoformat(added_at), *rest)


def canonical(report: Report) -> bytes:
    """Return the bytes whose SHA-256 is the report's: sorted keys, no spaces, UTF-8."""
    return values.canonical(plain(report)).encode()
