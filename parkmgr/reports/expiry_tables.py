"""When leases expire, as JSON, CSV and XLSX, of the same compiled object as the paper. Unknown is empty or null."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC
from typing import Any

from parkmgr.reports.expiry import Line, Report
from parkmgr.reports.rentroll import Expiring
from parkmgr.reports.tables import Sheets, checks_plain, csv_of, text
from parkmgr.values import Area, Money, percent

COLUMNS = (
    "lease",
    "version",
    "tenant",
    "buildings",
    "units",
    "units_not_measured",
    "area_m2",
    "starts_on",
    "ends_on",
    "holdover",
    "next_break",
    "notice_by",
    "rent_per_month",
    "rent_per_year",
    "currency",
    "units_without_rent",
)
"""Of a lease, in every format."""
PROFILE = ("year", "leases", "area_m2", "area_percent", "currency", "rent_per_month", "rent_percent")


def _cells(line: Line, language: str) -> tuple[object, ...]:
    rent = line.rent
    return (
        line.number,
        line.version,
        None if line.tenant is None else line.tenant.in_(language),
        " ".join(line.buildings),
        line.units,
        line.unmeasured,
        None if line.area is None else line.area.m2,
        line.starts_on,
        line.ends_on,
        line.holdover,
        line.break_on,
        line.notice_by,
        None if rent is None else rent.amount,
        None if rent is None else Money(rent.minor * 12, rent.currency).amount,
        None if rent is None else rent.currency,
        line.unknown,
    )


def _profile(report: Report, expiring: Sequence[Expiring]) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for one in expiring:
        year = "holdover" if one.year == 0 else "without end" if one.year is None else one.year
        head = (year, one.leases, one.area.m2, percent(one.area.dm2, report.area))
        rents: list[tuple[object, object, object]] = [
            (code, Money(minor, code).amount, percent(minor, report.rents[code])) for code, minor in one.rent.items()
        ]
        found += [(*head, *rent) for rent in rents or [(None, None, None)]]
    return found


def _figures(report: Report) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = [("leases", len(report.rows)), ("area_m2", Area(report.area).m2)]
    for code, minor in report.rents.items():
        found += [
            (f"rent_per_month {code}", Money(minor, code).amount),
            (f"expires_within_a_year_percent {code}", percent(report.within_a_year(code, to_break=False), minor)),
            (f"may_end_within_a_year_percent {code}", percent(report.within_a_year(code, to_break=True), minor)),
        ]
    for one in report.waults:
        found += [(f"wault_to_expiry {one.weight}", one.to_expiry), (f"wault_to_break {one.weight}", one.to_break)]
    return found


def json_bytes(report: Report, /, *, language: str, number: str | None = None) -> bytes:
    """Return the report as JSON: decimals as strings, not defined as null."""
    shape: dict[str, Any] = {
        "park": report.park.code,
        "on": report.on.isoformat(),
        "known": report.known.astimezone(UTC).isoformat(),
        "number": number,
        "buildings": list(report.chosen),
        "totals": {name: text(value) for name, value in _figures(report)},
        "expiry": [dict(zip(PROFILE, map(text, row), strict=True)) for row in _profile(report, report.to_expiry)],
        "breaks": [dict(zip(PROFILE, map(text, row), strict=True)) for row in _profile(report, report.to_break)],
        "checks": checks_plain(report.checks),
        "rows": [dict(zip(COLUMNS, map(text, _cells(line, language)), strict=True)) for line in report.rows],
    }
    return json.dumps(shape, ensure_ascii=False, indent=1).encode() + b"\n"


def csv_bytes(report: Report, /, *, language: str) -> bytes:
    """Return the leases as CSV."""
    return csv_of(COLUMNS, (_cells(line, language) for line in report.rows))


def xlsx_bytes(report: Report, /, *, language: str, number: str | None = None, word: Callable[[str], str] = str) -> bytes:
    """Return a workbook: totals, leases, what expires when with and without breaks, reconciliations."""
    sheets = Sheets(f"Lease expiry {report.park.code} {report.on}")
    facts: list[tuple[object, ...]] = [
        ("park", report.park.code),
        ("on", report.on),
        ("known", report.known.astimezone(UTC).isoformat()),
        ("number", number),
        *_figures(report),
    ]
    sheets.write(word("Totals"), ("figure", "value"), facts)
    sheets.write(word("Leases"), COLUMNS, [_cells(line, language) for line in report.rows])
    sheets.write(word("Expiry"), PROFILE, _profile(report, report.to_expiry))
    sheets.write(word("Breaks"), PROFILE, _profile(report, report.to_break))
    sheets.checks(report.checks, word)
    return sheets.closed()
