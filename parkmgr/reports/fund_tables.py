"""The fund report as JSON, CSV and XLSX, of the same compiled object as the paper. Not defined is empty or null."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

from parkmgr.funds.rates import Rate
from parkmgr.funds.rules import Account, Holding, Metrics
from parkmgr.reports.fund import Party, RelatedLet, Report, of, sequence
from parkmgr.reports.tables import Sheets, checks_plain, csv_of, text
from parkmgr.values import Money

SUMS = ("committed", "called", "uncalled", "paid_in", "distributed", "nav")
RATIOS = ("pic", "dpi", "rvpi", "tvpi")
LINES = ("beginning", "contributions", "distributions", "operating", "realised", "unrealised", "ending")
COLUMNS = ("day", "kind", "amount", "currency", "partner", "partner_name", "company", "company_name", "purpose", "recallable")
"""Of a flow, in every format."""
PARTNERS = ("code", "name", *SUMS, *RATIOS, "net_irr")
COMPANIES = (
    "code",
    "name",
    "first_paid",
    "invested",
    "proceeds",
    "fair_value",
    "moic",
    "irr",
    "owned",
    "valued_on",
    "method",
    "tenant",
    "related",
)


RELATED = ("code", "space", "lease", "passing_per_m2", "market_per_m2", "currency", "below_market", "rent_free", "arrears")


def _ratio(value: Fraction | None) -> Decimal | None:
    if value is None:
        return None
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(1).scaleb(-10), ROUND_HALF_EVEN)


def _rate(found: Rate | None) -> Decimal | None:
    return None if found is None or found.value is None else found.value.quantize(Decimal(1).scaleb(-10), ROUND_HALF_EVEN)


def _metrics(found: Metrics, currency: str) -> tuple[object, ...]:
    sums = [Money(getattr(found, name), currency).amount for name in SUMS]
    return (*sums, *(_ratio(getattr(found, name)) for name in RATIOS), _rate(found.net))


def _partner(party: Party, found: Metrics, currency: str, language: str) -> tuple[object, ...]:
    return (party.code, party.names.in_(language), *_metrics(found, currency))


def _company(party: Party, one: Holding, currency: str, language: str) -> tuple[object, ...]:
    sums = [Money(minor, currency).amount for minor in (one.invested, one.proceeds, one.fair_value)]
    return (
        party.code,
        party.names.in_(language),
        one.first_on,
        *sums,
        _ratio(one.moic),
        _rate(one.rate),
        _ratio(party.owned),
        one.valued_on,
        one.method or None,
        party.tenant,
        party.related,
    )


def _let(one: RelatedLet) -> tuple[object, ...]:
    return (
        one.code,
        one.space or None,
        one.document or None,
        one.passing.amount if one.passing else None,
        one.market.amount if one.market else None,
        one.passing.currency if one.passing else None,
        _ratio(one.below),
        one.free,
        "; ".join(f"{money.amount} {money.currency}" for money in one.arrears) or None,
    )


def _account(account: Account, currency: str) -> tuple[object, ...]:
    return tuple(Money(getattr(account, name), currency).amount for name in LINES)


def _flows(report: Report, language: str) -> list[tuple[object, ...]]:
    return [
        (
            one.on,
            str(one.kind),
            Money(one.minor, report.fund.currency).amount,
            report.fund.currency,
            partner.code if partner else None,
            partner.names.in_(language) if partner else None,
            company.code if company else None,
            company.names.in_(language) if company else None,
            one.purpose or None,
            one.recallable,
        )
        for one, partner, company in sequence(report)
    ]


def _named(head: Sequence[str], values: Sequence[object]) -> dict[str, Any]:
    return dict(zip(head, map(text, values), strict=True))


def _parts(report: Report, language: str) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    currency = report.fund.currency
    partners = [_partner(report.parties[id_], found, currency, language) for id_, found in report.partners.items()]
    companies = [
        _company(party, one, currency, language) for one in report.holdings if (party := of(report.parties, one.company)) is not None
    ]
    return partners, companies


def json_bytes(report: Report, /, *, language: str, number: str | None = None) -> bytes:
    """Return the report as JSON: decimals as strings, not defined as null."""
    currency = report.fund.currency
    partners, companies = _parts(report, language)
    whole = report.metrics
    shape = {
        "park": report.park.code,
        "fund": report.fund.code,
        "currency": currency,
        "on": report.on.isoformat(),
        "known": report.known.astimezone(UTC).isoformat(),
        "number": number,
        "totals": {
            **_named((*SUMS, *RATIOS, "net_irr"), _metrics(whole, currency)),
            **_named(("moic", "gross_irr"), (_ratio(whole.moic), _rate(whole.gross))),
        },
        "capital_account": {
            "since_inception": _named(LINES, _account(report.account, currency)),
            "year_to_date": _named(LINES, _account(report.this_year, currency)),
        },
        "partners": [_named(PARTNERS, row) for row in partners],
        "companies": [_named(COMPANIES, row) for row in companies],
        "related": None if report.related is None else [_named(RELATED, _let(one)) for one in report.related],
        "rows": [_named(COLUMNS, row) for row in _flows(report, language)],
    }
    shape["checks"] = checks_plain(report.checks)
    return json.dumps(shape, ensure_ascii=False, indent=1).encode() + b"\n"


def csv_bytes(report: Report, /, *, language: str) -> bytes:
    """Return the flows as CSV."""
    return csv_of(COLUMNS, _flows(report, language))


def xlsx_bytes(report: Report, /, *, language: str, number: str | None = None, word: Callable[[str], str] = str) -> bytes:
    """Return a workbook: totals, capital account, partners, companies, flows."""
    currency, whole = report.fund.currency, report.metrics
    sheets = Sheets(f"Fund {report.fund.code} {report.on}")
    facts: list[tuple[object, ...]] = [
        ("park", report.park.code),
        ("fund", report.fund.code),
        ("currency", currency),
        ("on", report.on),
        ("known", report.known.astimezone(UTC).isoformat()),
        ("number", number),
        *zip((*SUMS, *RATIOS, "net_irr"), _metrics(whole, currency), strict=True),
        ("moic", _ratio(whole.moic)),
        ("gross_irr", _rate(whole.gross)),
    ]
    partners, companies = _parts(report, language)
    sheets.write(word("Totals"), ("figure", "value"), facts)
    accounts = zip(LINES, _account(report.account, currency), _account(report.this_year, currency), strict=True)
    sheets.write(word("Capital account"), ("line", "since_inception", "year_to_date"), list(accounts))
    sheets.write(word("Partners"), PARTNERS, partners)
    sheets.write(word("Companies"), COMPANIES, companies)
    if report.related is not None:
        sheets.write(word("Related parties"), RELATED, [_let(one) for one in report.related])
    sheets.write(word("Flows"), COLUMNS, _flows(report, language))
    sheets.checks(report.checks, word)
    return sheets.closed()
