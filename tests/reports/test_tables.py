"""JSON, CSV and XLSX say what the paper says: the same object, unknown empty, and no text becomes a formula."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from parkmgr.reports import occupancy, tables
from parkmgr.values import Area, Names
from tests.reports.sample import KNOWN, ON, PARK, fact, let


def made(*given):
    return occupancy.compile(given, park=PARK, on=ON, known=KNOWN)


def schedule(content: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_object(io.BytesIO(content)).get_sheet_by_name("Schedule").to_python()


def test_json_has_the_agreed_shape():
    found = json.loads(tables.json_bytes(made(let(), fact("B1-102", area=None)), language="ru", number="OCC-2026-0001"))
    checks = {one["check"]: (one["compared"], one["exceptions"]) for one in found.pop("checks")}
    assert (checks["measured"], checks["payable"]) == ((2, ["B1-102"]), (1, []))
    assert found == {
        "park": "HIT",
        "on": "2026-06-30",
        "known": "2026-07-01T04:00:00+00:00",
        "number": "OCC-2026-0001",
        "totals": {
            "spaces": 2,
            "units": 2,
            "let_units": 1,
            "lettable_m2": "40.00",
            "let_m2": "40.00",
            "unknown_area_spaces": 1,
            "occupancy_by_area": "100.00",
            "occupancy_by_units": "50.00",
            "rent_per_month": {"CNY": "3000.00"},
        },
        "rows": [
            {
                "building": "B1",
                "floor": "1",
                "space": "B1-101",
                "kind": "office",
                "area_m2": "40.00",
                "status": "let",
                "holder": "Райак Нанотех",
                "document": "L-2025-0001",
                "starts_on": "2025-01-01",
                "ends_on": "2027-12-31",
                "rent_per_month": "3000.00",
                "currency": "CNY",
            },
            {
                "building": "B1",
                "floor": "1",
                "space": "B1-102",
                "kind": "office",
                "area_m2": None,
                "status": "vacant",
                "holder": None,
                "document": None,
                "starts_on": None,
                "ends_on": None,
                "rent_per_month": None,
                "currency": None,
            },
        ],
    }


def test_nothing_lettable_is_null_not_zero():
    totals = json.loads(tables.json_bytes(made(fact(lettable=False)), language="en"))["totals"]
    assert (totals["occupancy_by_area"], totals["occupancy_by_units"], totals["rent_per_month"]) == (None, None, {})


def test_not_lettable_is_two_words():
    assert json.loads(tables.json_bytes(made(fact(lettable=False)), language="en"))["rows"][0]["status"] == "not lettable"


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "＋1", "－1", "＠x"])
def test_a_name_like_a_formula_stays_a_text(name):
    report = made(let(holder=Names(name)))
    (_head, row) = csv.reader(io.StringIO(tables.csv_bytes(report, language="en").decode("utf-8-sig"), newline=""))
    assert row[6] == f"'{name}"
    cell = schedule(tables.xlsx_bytes(report, language="en"))[1][6]
    assert isinstance(cell, str) and cell.strip() == name.strip()


def test_the_workbook_has_numbers_and_days():
    row = schedule(tables.xlsx_bytes(made(let()), language="en"))[1]
    assert (row[4], row[8], row[10]) == (40.0, date(2025, 1, 1), 3000.0)


def test_csv_reads_back_to_the_totals():
    report = made(let(), let("B1-102", document="L-2", area=Area(1234)), fact("B1-103"))
    rows = list(csv.DictReader(io.StringIO(tables.csv_bytes(report, language="en").decode("utf-8-sig"))))
    let_area = sum(Decimal(row["area_m2"]) for row in rows if row["status"] == "let")
    assert let_area == report.total.let.m2
    assert sum(Decimal(row["rent_per_month"] or 0) for row in rows) == report.total.rents[0].amount
