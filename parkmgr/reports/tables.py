"""The report as JSON, CSV and XLSX, of the same compiled object as the paper. Numbers are the register's; unknown is empty or null."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from parkmgr.reports.occupancy import Report, RoomsUse, RoomUse, Row, Sums
from parkmgr.reports.ties import Check
from parkmgr.values import Area, Money

TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
"""Format -> media type."""

COLUMNS = (
    "building",
    "floor",
    "space",
    "kind",
    "area_m2",
    "status",
    "holder",
    "document",
    "starts_on",
    "ends_on",
    "rent_per_month",
    "currency",
)
"""Of the schedule, in every format."""

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def _cells(row: Row, language: str) -> tuple[object, ...]:
    return (
        row.building,
        row.floor or None,
        row.space,
        row.kind,
        None if row.area is None else row.area.m2,
        str(row.status),
        None if row.holder is None else row.holder.in_(language),
        row.document or None,
        row.starts_on,
        row.ends_on,
        None if row.rent is None else row.rent.amount,
        row.currency,
    )


def text(value: object) -> Any:
    """Return a value as JSON has it: decimals as strings."""
    return None if value is None else value if isinstance(value, int) else value.isoformat() if isinstance(value, date) else str(value)


def _totals(sums: Sums) -> dict[str, Any]:
    return {
        "spaces": sums.spaces,
        "units": sums.units,
        "let_units": sums.let_units,
        "lettable_m2": str(sums.lettable.m2),
        "let_m2": str(sums.let.m2),
        "unknown_area_spaces": sums.unknown_area_spaces,
        "occupancy_by_area": text(sums.occupancy_by_area),
        "occupancy_by_units": text(sums.occupancy_by_units),
        "rent_per_month": {rent.currency: str(rent.amount) for rent in sums.rents},
    }


def json_bytes(report: Report, *, language: str, number: str | None = None) -> bytes:
    """Return the report as JSON: decimals as strings, unknown as null."""
    shape = {
        "park": report.park.code,
        "on": report.on.isoformat(),
        "known": report.known.astimezone(UTC).isoformat(),
        "number": number,
        "totals": _totals(report.total),
        "rows": [dict(zip(COLUMNS, map(text, _cells(row, language)), strict=True)) for row in report.rows],
    }
    if report.rooms is not None:
        shape["rooms"] = _rooms(report.rooms)
    shape["checks"] = checks_plain(report.checks)
    return json.dumps(shape, ensure_ascii=False, indent=1).encode() + b"\n"


ROOM_COLUMNS = ("building", "space", "bookable_seconds", "closed_seconds", "booked_seconds", "outside_seconds")
"""Of the use of rooms, in JSON and sheets; seconds, so that they add up exactly."""


def _room(row: RoomUse) -> tuple[object, ...]:
    return (row.building, row.space, row.sums.open, row.sums.closed, row.sums.booked, row.sums.outside)


def _rooms(rooms: RoomsUse) -> dict[str, Any]:
    """Return the use of rooms: by room, and by hour of the week from Monday 00:00."""
    return {
        "since": rooms.since.isoformat(),
        "booked_per_cent": text(rooms.total.ratio),
        "rows": [dict(zip(ROOM_COLUMNS, _room(row), strict=True)) for row in rooms.rows],
        "hours": [{"bookable_seconds": hour.open, "booked_seconds": hour.booked} for hour in rooms.hours],
    }


def csv_bytes(report: Report, *, language: str) -> bytes:
    """Return the schedule as CSV."""
    return csv_of(COLUMNS, (_cells(row, language) for row in report.rows))


def csv_of(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return rows as CSV, UTF-8 with a mark so that spreadsheets know it. A text that looks like a formula gets an apostrophe."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([csv_cell(value) for value in row])
    return file.getvalue().encode("utf-8-sig", "replace")


def csv_cell(value: object) -> str:
    """Return a value as a cell of CSV."""
    plain = text(value)
    if plain is None:
        return ""
    return f"'{plain}" if isinstance(value, str) and value.startswith(_FORMULA) else str(plain)


def xlsx_bytes(report: Report, *, language: str, number: str | None = None, word: Callable[[str], str] = str) -> bytes:
    """Return a workbook: totals, sums by building and by kind, the schedule. *word* gives the heads in the reader's language."""
    sheets = Sheets(f"Occupancy {report.park.code} {report.on}")
    total = _totals(report.total)
    facts: list[tuple[object, ...]] = [
        ("park", report.park.code),
        ("on", report.on),
        ("known", report.known.astimezone(UTC).isoformat()),
        ("number", number),
        *((name, total[name]) for name in ("spaces", "units", "let_units")),
        ("lettable_m2", report.total.lettable),
        ("let_m2", report.total.let),
        ("unknown_area_spaces", report.total.unknown_area_spaces),
        ("occupancy_by_area", report.total.occupancy_by_area),
        ("occupancy_by_units", report.total.occupancy_by_units),
        *((f"rent_per_month {rent.currency}", rent) for rent in report.total.rents),
    ]
    sheets.write(word("Totals"), ("figure", "value"), facts)
    for title, groups in ((word("Buildings"), report.by_building), (word("Kinds"), report.by_kind)):
        currencies = sorted(report.total.rent)
        head = ("code", "spaces", "units", "let_units", "lettable_m2", "let_m2", "unknown_area_spaces", *(f"rent {c}" for c in currencies))
        sheets.write(title, head, [_group(group.code, group.sums, currencies) for group in groups])
    sheets.write(word("Schedule"), COLUMNS, [_cells(row, language) for row in report.rows])
    if report.rooms is not None and report.rooms.rows:
        sheets.write(word("Rooms"), ROOM_COLUMNS, [_room(row) for row in report.rooms.rows])
    sheets.checks(report.checks, word)
    return sheets.closed()


def _group(code: str, sums: Sums, currencies: Sequence[str]) -> tuple[object, ...]:
    rents = (Money(sums.rent.get(currency, 0), currency) for currency in currencies)
    return (code, sums.spaces, sums.units, sums.let_units, sums.lettable, sums.let, sums.unknown_area_spaces, *rents)


def checks_plain(checks: Iterable[Check]) -> list[dict[str, Any]]:
    """Return reconciliations as JSON has them, with every exception."""
    return [{"check": one.code, "compared": one.count, "passed": one.passed, "exceptions": list(one.exceptions)} for one in checks]


class Sheets:
    """A workbook whose sheets have one look; the same rows give the same bytes."""

    def __init__(self, title: str) -> None:
        self.file = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.book = book = xlsxwriter.Workbook(self.file, options)
        book.set_properties({"created": datetime(2000, 1, 1), "title": title})  # noqa: DTZ001
        self.head = book.add_format({"bold": True, "bottom": 1})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.number = book.add_format({"num_format": "#,##0.00"})

    def closed(self) -> bytes:
        """Return the workbook, which is written then."""
        self.book.close()
        return self.file.getvalue()

    def write(self, title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """There is a sheet of this title."""
        sheet = self.book.add_worksheet("".join(c for c in title if c not in "[]:*?/\\'")[:31])
        sheet.freeze_panes(1, 0)
        widths = [len(label) for label in head]
        for column, label in enumerate(head):
            sheet.write_string(0, column, label, self.head)
        for index, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if value is not None:
                    widths[column] = max(widths[column], min(48, len(str(value))))
                    self._cell(sheet, index, column, value)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width + 2)
        sheet.autofilter(0, 0, max(1, len(rows)), max(0, len(head) - 1))

    def checks(self, checks: Iterable[Check], word: Callable[[str], str]) -> None:
        """There is a sheet of reconciliations: a row for each, and one for each exception."""
        rows: list[tuple[object, ...]] = []
        for one in checks:
            rows.append((one.code, one.count, "pass" if one.passed else "fail", None))
            rows += ((one.code, None, "exception", exception) for exception in one.exceptions)
        self.write(word("Reconciliations"), ("check", "compared", "result", "exception"), rows)

    def _cell(self, sheet: Any, row: int, column: int, value: object) -> None:
        if isinstance(value, Area):
            value = value.m2
        elif isinstance(value, Money):
            value = value.amount
        if isinstance(value, date):
            sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), self.day)  # noqa: DTZ001
        elif isinstance(value, Decimal):
            sheet.write_number(row, column, value, self.number)
        elif isinstance(value, int):
            sheet.write_number(row, column, value)
        else:
            sheet.write_string(row, column, str(value)[:32767])
