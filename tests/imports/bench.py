"""Workbooks made by hand, part by part, as no spreadsheet program would make them."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path

import xlsxwriter

FILES = Path(__file__).parent / "files"
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "_rels/.rels": "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
    f"<Relationship Id='r1' Type='{OFFICE}/officeDocument' Target='xl/workbook.xml'/>"
    "</Relationships>",
    "xl/workbook.xml": f"<workbook xmlns='{MAIN}' xmlns:r='{OFFICE}'><sheets><sheet name='one' sheetId='1' r:id='r1'/></sheets></workbook>",
    "xl/_rels/workbook.xml.rels": "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
    f"<Relationship Id='r1' Type='{OFFICE}/worksheet' Target='worksheets/sheet1.xml'/>"
    "</Relationships>",
}
HEAD = "<row r='1'><c r='A1' t='inlineStr'><is><t>code</t></is></c></row>"


def sheet(rows: str, before: str = "", declaration: str = "") -> str:
    """Return a sheet with the XML of its rows."""
    return f"{declaration}<worksheet xmlns='{MAIN}'>{before}<sheetData>{HEAD}{rows}</sheetData></worksheet>"


def workbook(sheet_xml: str | bytes, **more: str | bytes) -> bytes:
    """Return a workbook of one sheet; *more*: other parts, dots in their names as double underscores."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, text in {**PARTS, "xl/worksheets/sheet1.xml": sheet_xml, **more}.items():
            parts.writestr(name, text)
    return file.getvalue()


def written(rows: list[list[object]], *, date_1904: bool = False) -> bytes:
    """Return a workbook as a spreadsheet program writes it."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"date_1904": date_1904, "nan_inf_to_errors": True})
    page = book.add_worksheet("list")
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, datetime):
                page.write_datetime(number, column, value, day)
            elif isinstance(value, str) and value.startswith("="):
                page.write_formula(number, column, value, None, "#DIV/0!")
            else:
                page.write(number, column, value)
    book.close()
    return file.getvalue()
