"""The report on agreements as JSON, CSV and XLSX, of the same compiled object as the paper."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC
from decimal import Decimal
from fractions import Fraction

from parkmgr.cooperation.health_rules import Health
from parkmgr.reports.cooperation import Report
from parkmgr.reports.tables import Sheets, checks_plain, csv_of, text

COLUMNS = (
    "number",
    "agreement",
    "kind",
    "parties",
    "state",
    "first_day",
    "last_day",
    "goes_on",
    "days_left",
    "last_activity",
    "planned",
    "done",
    "room_hours",
    "lab_hours",
    "people_housed",
    "projects",
    "open_tasks",
    "overdue_tasks",
    "mark",
    "reasons",
)
TOTALS = ("agreements", "in_force", "parties", "members", "planned", "done", "projects", "open_tasks", "overdue_tasks")


def _hours(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.01"))


def _row(one: Health, language: str) -> tuple[object, ...]:
    return (
        one.number,
        one.names.in_(language),
        one.kind,
        ", ".join(code for code, _names in one.parties),
        one.state.value,
        one.starts_on,
        one.ends_on,
        one.goes_on,
        one.days_left,
        one.last_on,
        one.planned_count,
        one.done_count,
        _hours(one.use.room_hours),
        _hours(one.use.lab_hours),
        one.use.housed,
        one.projects,
        one.open_tasks,
        len(one.overdue_since),
        one.mark.value,
        " ".join(reason.code.partition(".")[2] for _mark, reason in one.reasons) or None,
    )


def _totals(report: Report) -> tuple[int, ...]:
    return (
        len(report.rows), len(report.in_force), report.parties, report.members, report.planned, report.done, report.projects, *report.tasks
    )  # fmt: skip


def json_bytes(report: Report, /, *, language: str, number: str | None = None) -> bytes:
    """Return the report as JSON: decimals as strings, not known as null."""
    shape = {
        "park": report.park.code,
        "on": report.on.isoformat(),
        "known": report.known.astimezone(UTC).isoformat(),
        "number": number,
        "totals": dict(zip(TOTALS, map(text, _totals(report)), strict=True)),
        "marks": {mark.value: count for mark, count in report.marks.items()},
        "rows": [dict(zip(COLUMNS, map(text, _row(one, language)), strict=True)) for one in report.rows],
    }
    shape["checks"] = checks_plain(report.checks)
    return json.dumps(shape, ensure_ascii=False, indent=1).encode() + b"\n"


def csv_bytes(report: Report, /, *, language: str) -> bytes:
    """Return the agreements as CSV."""
    return csv_of(COLUMNS, [_row(one, language) for one in report.rows])


def xlsx_bytes(report: Report, /, *, language: str, number: str | None = None, word: Callable[[str], str] = str) -> bytes:
    """Return a workbook: totals, agreements."""
    sheets = Sheets(f"Agreements {report.park.code} {report.on}")
    facts: list[tuple[object, ...]] = [
        ("park", report.park.code),
        ("on", report.on),
        ("known", report.known.astimezone(UTC).isoformat()),
        ("number", number),
        *zip(TOTALS, _totals(report), strict=True),
        *((f"mark_{mark.value}", count) for mark, count in report.marks.items()),
    ]
    sheets.write(word("Totals"), ("figure", "value"), facts)
    sheets.write(word("Agreements"), COLUMNS, [_row(one, language) for one in report.rows])
    sheets.checks(report.checks, word)
    return sheets.closed()
