"""A statement as JSON, CSV and XLSX, of the same compiled object as the paper. Unknown is empty or null."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC
from typing import Any

from parkmgr.reports.statement import Line, Report
from parkmgr.reports.tables import Sheets, checks_plain, csv_of, text
from parkmgr.values import Money

COLUMNS = (
    "booking",
    "space",
    "from",
    "to",
    "what",
    "charged_minutes",
    "peak_minutes",
    "price_per_hour",
    "percent",
    "basis",
    "amount",
    "currency",
    "note",
    "added",
)
"""Of a line, in every format."""


def _cells(line: Line, currency: str) -> tuple[object, ...]:
    return (
        line.booking or None,
        line.space or None,
        None if line.starts_at is None else line.starts_at.astimezone(UTC).isoformat(),
        None if line.until is None else line.until.astimezone(UTC).isoformat(),
        line.what,
        line.minutes,
        line.peak_minutes,
        None if line.hour_minor is None else Money(line.hour_minor, currency).amount,
        line.percent,
        line.basis or None,
        Money(line.minor, currency).amount,
        currency,
        line.note or None,
        line.added_at.astimezone(UTC).isoformat(),
    )


def _head(report: Report, language: str, number: str | None) -> list[tuple[str, object]]:
    return [
        ("park", report.park.code),
        ("statement", report.number),
        ("month", f"{report.month:%Y-%m}"),
        ("organisation", report.code),
        ("organisation_name", report.organisation.in_(language)),
        ("state", report.state),
        ("known", report.known.astimezone(UTC).isoformat()),
        ("number", number),
        ("currency", report.currency),
        ("total", report.total.amount),
    ]


def json_bytes(report: Report, /, *, language: str, number: str | None = None) -> bytes:
    """Return the statement as JSON: decimals as strings, unknown as null."""
    shape: dict[str, Any] = {
        **{name: text(value) for name, value in _head(report, language, number)},
        "checks": checks_plain(report.checks),
        "rows": [dict(zip(COLUMNS, map(text, _cells(line, report.currency)), strict=True)) for line in report.rows],
    }
    return json.dumps(shape, ensure_ascii=False, indent=1).encode() + b"\n"


def csv_bytes(report: Report, /, *, language: str) -> bytes:
    """Return the lines as CSV."""
    return csv_of(COLUMNS, (_cells(line, report.currency) for line in report.rows))


def xlsx_bytes(report: Report, /, *, language: str, number: str | None = None, word: Callable[[str], str] = str) -> bytes:
    """Return a workbook: head, lines, reconciliations."""
    sheets = Sheets(f"Statement {report.number}")
    sheets.write(word("Totals"), ("figure", "value"), _head(report, language, number))
    sheets.write(word("Lines"), COLUMNS, [_cells(line, report.currency) for line in report.rows])
    sheets.checks(report.checks, word)
    return sheets.closed()
