"""The rent roll as JSON, CSV and XLSX, of the same compiled object as the paper. Unknown is empty or null."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC
from fractions import Fraction

from parkmgr.reports.occupancy import Row
from parkmgr.reports.rentroll import LET, YEARS, Expiring, Report
from parkmgr.reports.tables import Sheets, checks_plain, csv_of, text
from parkmgr.values import Money, rounded

COLUMNS = (
    "building",
    "floor",
    "unit",
    "use",
    "area_m2",
    "area_basis",
    "status",
    "tenant",
    "lease",
    "version",
    "starts_on",
    "ends_on",
    "next_break",
    "notice_by",
    "rent_per_month",
    "rent_per_year",
    "rent_per_m2",
    "currency",
    "indexation",
    "rent_free_to",
    "market_rent_per_m2",
    "market_currency",
    "deposit_agreed",
    "deposit_held",
)
"""Of a unit, in every format. Deposits are of the whole lease, and stand at its first unit only, so that they add up."""
PROFILE = ("year", "leases", "area_m2", "currency", "rent_per_month")


def _lines(report: Report, language: str) -> list[tuple[object, ...]]:
    seen: set[str] = set()
    found = []
    for row in report.rows:
        found.append(_line(report, row, language, first=row.document not in seen))
        seen.add(row.document)
    return found


def _line(report: Report, row: Row, language: str, *, first: bool) -> tuple[object, ...]:
    contract = report.contracts.get(row.document) if row.status in LET else None
    market = report.market.get(row.space)
    a_year = Money(row.rent.minor * 12, row.rent.currency) if row.rent is not None else None
    a_metre = None
    if row.rent is not None and row.area is not None and row.area.dm2:
        a_metre = Money(rounded(Fraction(row.rent.minor * 100, row.area.dm2)), row.rent.currency)
    deposits: tuple[object, object] = (None, None)
    if contract is not None and first:
        deposits = (Money(contract.deposit, contract.currency).amount, Money(contract.held, contract.currency).amount)
    return (
        row.building,
        row.floor or None,
        row.space,
        row.kind,
        None if row.area is None else row.area.m2,
        row.basis or None,
        str(row.status),
        None if row.holder is None else row.holder.in_(language),
        row.document or None,
        contract.version if contract else None,
        row.starts_on,
        row.ends_on,
        row.break_on,
        contract.notice_by if contract else None,
        None if row.rent is None else row.rent.amount,
        None if a_year is None else a_year.amount,
        None if a_metre is None else a_metre.amount,
        row.currency,
        (contract.index or None) if contract else None,
        contract.free_to(report.on) if contract else None,
        None if market is None else market.amount,
        None if market is None else market.currency,
        *deposits,
    )


def _profile(parts: Sequence[Expiring]) -> list[tuple[object, ...]]:
    def year(part: Expiring) -> object:
        return "holdover" if part.year == 0 else "without end" if part.year is None else part.year

    found: list[tuple[object, ...]] = []
    for part in parts:
        rents: list[tuple[object, object]] = [(code, Money(minor, code).amount) for code, minor in part.rent.items()]
        found += [(year(part), part.leases, part.area.m2, code, amount) for code, amount in rents or [(None, None)]]
    return found


def _figures(report: Report) -> list[tuple[str, object]]:
    total, (epra, unpriced) = report.total, report.epra
    found: list[tuple[str, object]] = [
        ("units", total.units),
        ("let_units", total.let_units),
        ("vacant_units", total.vacant_units),
        ("lettable_m2", total.lettable.m2),
        ("let_m2", total.let.m2),
        ("leases", len(report.contracts)),
        ("units_without_market_rent", unpriced),
    ]
    found += [(f"rent_per_month {rent.currency}", rent.amount) for rent in total.rents]
    found += [(f"epra_vacancy {one.currency}", one.rate) for one in epra]
    for one in report.waults:
        found += [(f"wault_to_expiry {one.weight}", one.to_expiry), (f"wault_to_break {one.weight}", one.to_break)]
    for each in report.maturities:
        labels = [*(f"year_{year}" for year in range(1, YEARS + 1)), "later"]
        found += [
            (f"maturity_{label} {each.currency}", Money(minor, each.currency).amount)
            for label, minor in zip(labels, each.years, strict=True)
        ]
    for part in report.concentration("en"):
        found += [(f"hhi {part.currency}", part.hhi)]
    return found


def json_bytes(report: Report, /, *, language: str, number: str | None = None) -> bytes:
    """Return the report as JSON: decimals as strings, unknown as null."""
    shape = {
        "park": report.park.code,
        "on": report.on.isoformat(),
        "known": report.known.astimezone(UTC).isoformat(),
        "number": number,
        "buildings": list(report.chosen),
        "totals": {name: text(value) for name, value in _figures(report)},
        "expiry": [dict(zip(PROFILE, map(text, row), strict=True)) for row in _profile(report.to_expiry)],
        "breaks": [dict(zip(PROFILE, map(text, row), strict=True)) for row in _profile(report.to_break)],
        "checks": checks_plain(report.checks),
        "rows": [dict(zip(COLUMNS, map(text, row), strict=True)) for row in _lines(report, language)],
    }
    return json.dumps(shape, ensure_ascii=False, indent=1).encode() + b"\n"


def csv_bytes(report: Report, /, *, language: str) -> bytes:
    """Return the units as CSV."""
    return csv_of(COLUMNS, _lines(report, language))


def xlsx_bytes(report: Report, /, *, language: str, number: str | None = None, word: Callable[[str], str] = str) -> bytes:
    """Return a workbook: totals, the rent roll, what expires when, tenants, reconciliations."""
    sheets = Sheets(f"Rent roll {report.park.code} {report.on}")
    facts: list[tuple[object, ...]] = [
        ("park", report.park.code),
        ("on", report.on),
        ("known", report.known.astimezone(UTC).isoformat()),
        ("number", number),
        *_figures(report),
    ]
    sheets.write(word("Totals"), ("figure", "value"), facts)
    sheets.write(word("Rent roll"), COLUMNS, _lines(report, language))
    sheets.write(word("Expiry"), PROFILE, _profile(report.to_expiry))
    sheets.write(word("Breaks"), PROFILE, _profile(report.to_break))
    top = [
        (part.currency, place, one.name, Money(one.minor, part.currency).amount, float(one.share))
        for part in report.concentration(language)
        for place, one in enumerate(part.top, 1)
    ]
    sheets.write(word("Tenants"), ("currency", "place", "tenant", "rent_per_month", "share"), top)
    sheets.checks(report.checks, word)
    return sheets.closed()
