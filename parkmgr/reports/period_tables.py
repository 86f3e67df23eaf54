"""The report of a time as JSON, CSV and XLSX, of the same compiled object as the paper. Unknown is empty or null."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC
from decimal import Decimal
from typing import Any

from parkmgr.reports.period import Group, Report, Row, Sums
from parkmgr.reports.tables import Sheets, checks_plain, csv_of, text

SUMS = ("units", "days", "let_days", "closed_days", "void_days", "let_m2_days", "closed_m2_days", "void_m2_days", "by_units", "by_area")
COLUMNS = (
    "building",
    "unit",
    "use",
    "area_m2",
    *SUMS[1:],
    "market_rent_per_m2",
    "currency",
    "void_cost",
    "void_days_without_price",
)
"""Of a unit, in every format."""


def _m2(dm2_days: int) -> Decimal:
    return Decimal(dm2_days) / 100


def _sums(of: Sums) -> tuple[object, ...]:
    return (
        of.units,
        of.days,
        of.let,
        of.closed,
        of.void,
        _m2(of.let_area),
        _m2(of.closed_area),
        _m2(of.void_area),
        of.by_units,
        of.by_area,
    )


def _cells(row: Row) -> tuple[object, ...]:
    cost = next((money.amount for money in row.sums.costs), None)
    return (
        row.building,
        row.space,
        row.kind,
        None if row.area is None else row.area.m2,
        *_sums(row.sums)[1:],
        None if row.market is None else row.market.amount,
        None if row.market is None else row.market.currency,
        cost,
        row.sums.unpriced,
    )


def _group(group: Group) -> tuple[object, ...]:
    return (group.code, *_sums(group.sums), "; ".join(f"{money.amount} {money.currency}" for money in group.sums.costs) or None)


def json_bytes(report: Report, /, *, language: str, number: str | None = None) -> bytes:
    """Return the report as JSON: decimals as strings, not defined as null."""
    shape: dict[str, Any] = {
        "park": report.park.code,
        "since": report.since.isoformat(),
        "on": report.on.isoformat(),
        "known": report.known.astimezone(UTC).isoformat(),
        "number": number,
        "buildings": list(report.chosen),
        "totals": {
            **dict(zip(SUMS, map(text, _sums(report.total)), strict=True)),
            "void_cost": {money.currency: str(money.amount) for money in report.total.costs},
            "void_days_without_price": report.total.unpriced,
        },
        "rows": [dict(zip(COLUMNS, map(text, _cells(row)), strict=True)) for row in report.rows],
    }
    shape["checks"] = checks_plain(report.checks)
    return json.dumps(shape, ensure_ascii=False, indent=1).encode() + b"\n"


def csv_bytes(report: Report, /, *, language: str) -> bytes:
    """Return the units as CSV."""
    return csv_of(COLUMNS, (_cells(row) for row in report.rows))


def xlsx_bytes(report: Report, /, *, language: str, number: str | None = None, word: Callable[[str], str] = str) -> bytes:
    """Return a workbook: totals, buildings, kinds, units, reconciliations."""
    sheets = Sheets(f"Letting {report.park.code} {report.since} {report.on}")
    facts: list[tuple[object, ...]] = [
        ("park", report.park.code),
        ("since", report.since),
        ("on", report.on),
        ("known", report.known.astimezone(UTC).isoformat()),
        ("number", number),
        *zip(SUMS, _sums(report.total), strict=True),
        *((f"void_cost {money.currency}", money) for money in report.total.costs),
        ("void_days_without_price", report.total.unpriced),
    ]
    sheets.write(word("Totals"), ("figure", "value"), facts)
    sheets.write(word("Buildings"), ("code", *SUMS, "void_cost"), [_group(group) for group in report.by_building])
    sheets.write(word("Kinds"), ("code", *SUMS, "void_cost"), [_group(group) for group in report.by_kind])
    sheets.write(word("Units"), COLUMNS, [_cells(row) for row in report.rows])
    sheets.checks(report.checks, word)
    return sheets.closed()
