"""The housing report as JSON, CSV and XLSX, of the same compiled object as the paper. Nobody's name is in it; unknown is empty or null."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC
from typing import Any

from parkmgr.reports.housing import Class, Group, Home, Report, Sums, median
from parkmgr.reports.tables import Sheets, checks_plain, csv_of, text
from parkmgr.values import Money

COLUMNS = (
    "residency",
    "home",
    "flat",
    "building",
    "floor",
    "kind",
    "area_m2",
    "organisation",
    "resident",
    "people",
    "starts_on",
    "ends_on",
    "notice_on",
    "status",
    "staff_rent",
    "rent_per_month",
    "currency",
)
"""Of the list of residencies, in every format."""
SUMS = (
    "flats",
    "flats_occupied",
    "occupied_by_flats",
    "beds",
    "beds_occupied",
    "occupied_by_beds",
    "vacant",
    "offered",
    "works",
    "void_days",
)
WAITING = (
    "class",
    "waiting",
    "waiting_median_days",
    "waiting_longest_days",
    "housed",
    "housed_median_days",
    "housed_longest_days",
    "offers",
    "lets",
    "offers_per_let",
)


def _cells(home: Home, language: str) -> tuple[object, ...]:
    row = home.row
    return (
        row.document,
        row.space,
        home.flat,
        row.building,
        row.floor or None,
        row.kind,
        None if row.area is None else row.area.m2,
        None if row.holder is None else row.holder.in_(language),
        home.resident,
        home.people,
        row.starts_on,
        row.ends_on,
        home.notice_on,
        str(row.status),
        "yes" if home.staff else "no",
        None if row.rent is None else row.rent.amount,
        row.currency,
    )


def _sums(of: Sums) -> tuple[object, ...]:
    return (
        of.flats,
        of.flats_occupied,
        of.by_flats,
        of.beds,
        of.beds_occupied,
        of.by_beds,
        of.vacant,
        of.offered,
        of.works,
        of.void,
    )


def _class(one: Class) -> tuple[object, ...]:
    return (
        one.code,
        len(one.waiting),
        median(one.waiting),
        max(one.waiting, default=None),
        len(one.housed),
        median(one.housed),
        max(one.housed, default=None),
        one.offers,
        one.lets,
        one.offers_per_let,
    )


def _named(head: Sequence[str], values: Sequence[object]) -> dict[str, Any]:
    return dict(zip(head, map(text, values), strict=True))


def _group(group: Group) -> dict[str, Any]:
    rents = {rent.currency: str(rent.amount) for rent in group.sums.rents}
    return {"code": group.code, **_named(SUMS, _sums(group.sums)), "rent_per_month": rents}


def json_bytes(report: Report, /, *, language: str, number: str | None = None) -> bytes:
    """Return the report as JSON: decimals as strings, unknown as null."""
    total = report.total
    shape = {
        "park": report.park.code,
        "on": report.on.isoformat(),
        "since": report.since.isoformat(),
        "known": report.known.astimezone(UTC).isoformat(),
        "number": number,
        "totals": {
            **_named(SUMS, _sums(total)),
            "rent_per_month": {rent.currency: str(rent.amount) for rent in total.rents},
            "turnarounds": len(report.turnarounds),
            "turnaround_median_days": text(median(report.turnarounds)),
            "turnaround_longest_days": max(report.turnarounds, default=None),
            "ending_within_90_days": len(report.ending),
        },
        "blocks": [_group(group) for group in report.by_block],
        "sizes": [_group(group) for group in report.by_size],
        "waiting": [_named(WAITING, _class(one)) for one in report.classes],
        "rows": [_named(COLUMNS, _cells(home, language)) for home in report.residencies],
    }
    shape["checks"] = checks_plain(report.checks)
    return json.dumps(shape, ensure_ascii=False, indent=1).encode() + b"\n"


def csv_bytes(report: Report, /, *, language: str) -> bytes:
    """Return the list of residencies as CSV."""
    return csv_of(COLUMNS, (_cells(home, language) for home in report.residencies))


def xlsx_bytes(report: Report, /, *, language: str, number: str | None = None, word: Callable[[str], str] = str) -> bytes:
    """Return a workbook: totals, sums by block and by class of size, the waiting list, what ends soon, the residencies."""
    sheets = Sheets(f"Housing {report.park.code} {report.on}")
    total = report.total
    facts: list[tuple[object, ...]] = [
        ("park", report.park.code),
        ("on", report.on),
        ("since", report.since),
        ("known", report.known.astimezone(UTC).isoformat()),
        ("number", number),
        *zip(SUMS, _sums(total), strict=True),
        ("turnarounds", len(report.turnarounds)),
        ("turnaround_median_days", median(report.turnarounds)),
        ("turnaround_longest_days", max(report.turnarounds, default=None)),
        ("ending_within_90_days", len(report.ending)),
        *((f"rent_per_month {rent.currency}", rent) for rent in total.rents),
    ]
    sheets.write(word("Totals"), ("figure", "value"), facts)
    currencies = sorted(total.rent)
    head = ("code", *SUMS, *(f"rent {currency}" for currency in currencies))
    for title, groups in ((word("Blocks"), report.by_block), (word("Sizes"), report.by_size)):
        sheets.write(title, head, [_line(group, currencies) for group in groups])
    sheets.write(word("Waiting list"), WAITING, [_class(one) for one in report.classes])
    for title, homes in ((word("Ending"), report.ending), (word("Residencies"), report.residencies)):
        sheets.write(title, COLUMNS, [_cells(home, language) for home in homes])
    sheets.checks(report.checks, word)
    return sheets.closed()


def _line(group: Group, currencies: Sequence[str]) -> tuple[object, ...]:
    return (group.code, *_sums(group.sums), *(Money(group.sums.rent.get(currency, 0), currency) for currency in currencies))
