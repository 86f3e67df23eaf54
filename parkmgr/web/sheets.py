"""Rows as CSV and XLSX. A text that looks like a formula stays a text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import quote

import xlsxwriter
from flask import Response

from parkmgr.values import Area, Money, Names
from parkmgr.web.formats import language, zone

FORMATS = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_FORMULA = tuple("=+-@\t\r＝＋－＠")


def cell(value: object) -> str | int | Decimal | date | datetime | None:
    """Return *value* as a sheet holds it: money as its amount, an area in m², an instant in the park's zone."""
    if isinstance(value, Money):
        return value.amount
    if isinstance(value, Area):
        return value.m2
    if isinstance(value, Names):
        return value.in_(language())
    if isinstance(value, datetime):
        return value.astimezone(zone()).replace(tzinfo=None, microsecond=0)
    if value is None or isinstance(value, int | Decimal | date):
        return value
    return str(value)


def _csv_text(value: object) -> str:
    plain = cell(value)
    if plain is None:
        return ""
    if isinstance(plain, str):
        return f"'{plain}" if plain.startswith(_FORMULA) else plain
    if isinstance(plain, datetime):
        return plain.isoformat(sep=" ")
    return str(plain)


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return the rows as CSV, UTF-8 with a mark so that spreadsheets know it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_csv_text(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def xlsx_bytes(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return the rows as a workbook of one sheet."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "default_date_format": "yyyy-mm-dd"}
    )
    book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
    bold = book.add_format({"bold": True})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet("".join(c for c in title if c not in "[]:*?/\\")[:31] or "Sheet")
    sheet.freeze_panes(1, 0)
    widths = [len(label) for label in head]
    for column, label in enumerate(head):
        sheet.write_string(0, column, label, bold)
    last = 0
    for last, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            plain = cell(value)
            if plain is None:
                continue
            widths[column] = max(widths[column], min(60, len(str(plain))))
            if isinstance(plain, str):
                sheet.write_string(last, column, plain[:32767])
            elif isinstance(plain, datetime):
                sheet.write_datetime(last, column, plain, moment)
            elif isinstance(plain, date):
                sheet.write_datetime(last, column, datetime.combine(plain, datetime.min.time()))
            else:
                sheet.write_number(last, column, plain)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width + 2)
    sheet.autofilter(0, 0, last, max(0, len(head) - 1))
    book.close()
    return file.getvalue()


def attachment(content: bytes, filename: str, mimetype: str) -> Response:
    """Return a download; the name may be in any script."""
    plain = filename.encode("ascii", "replace").decode().translate({ord(c): "_" for c in '"\\?\r\n'})
    answer = Response(content, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
    return answer


def sheet(format_: str, name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Return the rows as a download in one of FORMATS."""
    content = csv_bytes(head, rows) if format_ == "csv" else xlsx_bytes(name, head, rows)
    return attachment(content, f"{name}.{format_}", FORMATS[format_])
