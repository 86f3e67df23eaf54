"""The laboratories' report as JSON, CSV and XLSX, of the same compiled object as the paper. Not defined is empty or null."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC
from typing import Any

from parkmgr.charges.service_rules import Sums
from parkmgr.reports.labs import Group, Owed, Report, Row
from parkmgr.reports.tables import Sheets, checks_plain, csv_of, text
from parkmgr.utilisation.rules import hours
from parkmgr.values import Money

SUMS = (
    "sessions",
    "no_shows",
    "no_show_per_cent",
    "bookable_hours",
    "booked_hours",
    "booked_per_cent",
    "used_hours",
    "used_per_cent",
    "observed_hours",
    "planned_downtime_hours",
    "unplanned_downtime_hours",
    "failures",
    "availability_per_cent",
    "mtbf_hours",
    "mttr_hours",
)
"""Of a piece, a laboratory, or all; in every format."""
SECONDS = ("bookable_seconds", "booked_seconds", "used_seconds", "observed_seconds", "planned_seconds", "unplanned_seconds")
"""Beside them, so that they add up exactly."""
COLUMNS = ("laboratory", "building", "space", "kind", "asset_number", "name", *SUMS, *SECONDS)
"""Of a piece, in every format."""


def _sums(sums: Sums) -> tuple[object, ...]:
    return (
        sums.sessions,
        sums.no_show,
        sums.no_show_rate,
        hours(sums.use.open),
        hours(sums.use.booked),
        sums.use.ratio,
        hours(sums.used),
        sums.used_ratio,
        hours(sums.observed),
        hours(sums.planned),
        hours(sums.unplanned),
        sums.failures,
        sums.availability,
        None if sums.mtbf is None else hours(sums.mtbf),
        None if sums.mttr is None else hours(sums.mttr),
    )


def _seconds(sums: Sums) -> tuple[int, ...]:
    return (sums.use.open, sums.use.booked, sums.used, sums.observed, sums.planned, sums.unplanned)


def _cells(row: Row, language: str) -> tuple[object, ...]:
    name = row.names.in_(language) if row.names is not None else None
    return (row.lab or None, row.building, row.space, row.kind, row.number or None, name, *_sums(row.sums), *_seconds(row.sums))


def _named(head: Sequence[str], values: Sequence[object]) -> dict[str, Any]:
    return dict(zip(head, map(text, values), strict=True))


def _owed(owed: Owed, language: str) -> dict[str, Any]:
    charges = {money.currency: str(money.amount) for money in owed.charges}
    return {"organisation": owed.code, "name": owed.names.in_(language), "charges": charges}


def json_bytes(report: Report, /, *, language: str, number: str | None = None) -> bytes:
    """Return the report as JSON: decimals as strings, not defined as null."""
    whole = (*SUMS, *SECONDS)
    shape = {
        "park": report.park.code,
        "since": report.since.isoformat(),
        "on": report.on.isoformat(),
        "known": report.known.astimezone(UTC).isoformat(),
        "number": number,
        "totals": {
            **_named(whole, (*_sums(report.total), *_seconds(report.total))),
            "charges": {money.currency: str(money.amount) for money in report.charges},
            "permits_ending_within_90_days": report.permits_ending,
            "calibrations_overdue": report.calibrations_overdue,
        },
        "laboratories": [
            {"code": group.code or None, "pieces": group.pieces, **_named(whole, (*_sums(group.sums), *_seconds(group.sums)))}
            for group in report.by_lab
        ],
        "charges": [_owed(owed, language) for owed in report.owed],
        "rows": [_named(COLUMNS, _cells(row, language)) for row in report.rows],
    }
    shape["checks"] = checks_plain(report.checks)
    return json.dumps(shape, ensure_ascii=False, indent=1).encode() + b"\n"


def csv_bytes(report: Report, /, *, language: str) -> bytes:
    """Return the pieces as CSV."""
    return csv_of(COLUMNS, (_cells(row, language) for row in report.rows))


def xlsx_bytes(report: Report, /, *, language: str, number: str | None = None, word: Callable[[str], str] = str) -> bytes:
    """Return a workbook: totals, laboratories, charges by organisation, pieces."""
    sheets = Sheets(f"Laboratories {report.park.code} {report.on}")
    facts: list[tuple[object, ...]] = [
        ("park", report.park.code),
        ("since", report.since),
        ("on", report.on),
        ("known", report.known.astimezone(UTC).isoformat()),
        ("number", number),
        *zip((*SUMS, *SECONDS), (*_sums(report.total), *_seconds(report.total)), strict=True),
        *((f"charges {money.currency}", money) for money in report.charges),
        ("permits_ending_within_90_days", report.permits_ending),
        ("calibrations_overdue", report.calibrations_overdue),
    ]
    sheets.write(word("Totals"), ("figure", "value"), facts)
    sheets.write(word("Laboratories"), ("code", "pieces", *SUMS, *SECONDS), [_group(group) for group in report.by_lab])
    currencies = [money.currency for money in report.charges]
    head = ("organisation", "name", *(f"charges {currency}" for currency in currencies))
    sheets.write(word("Charges"), head, [_charged(owed, currencies, language) for owed in report.owed])
    sheets.write(word("Pieces"), COLUMNS, [_cells(row, language) for row in report.rows])
    sheets.checks(report.checks, word)
    return sheets.closed()


def _group(group: Group) -> tuple[object, ...]:
    return (group.code, group.pieces, *_sums(group.sums), *_seconds(group.sums))


def _charged(owed: Owed, currencies: Sequence[str], language: str) -> tuple[object, ...]:
    return (owed.code, owed.names.in_(language), *(owed.of(currency) or Money(0, currency) for currency in currencies))
