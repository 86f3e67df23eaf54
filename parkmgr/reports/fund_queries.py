"""What the fund report is made of: the facts of one fund, and who its partners and companies are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

from parkmgr.errors import Refused
from parkmgr.funds import queries
from parkmgr.funds.models import Fund
from parkmgr.places.models import Park
from parkmgr.reports import rules
from parkmgr.reports.fund import Head, Party, RelatedLet, Report
from parkmgr.reports.occupancy import Place
from parkmgr.reports.related_queries import related_parties


def fund_of(park: Park, code: str) -> Fund:
    """Return the fund that the report is about.

    Raises:
        Refused: the park has none of this code.
    """
    found = queries.of_code(code)
    if found is None or found.park_id != park.id:
        raise Refused([rules.NO_FUND.about(code=code)])
    return found


def report(park: Park, place: Place, code: str, on: date, known: datetime | None, now: datetime) -> Report:
    """Return the report of a fund at the end of a day, in nine SELECTs, and nine more for related parties."""
    fund = fund_of(park, code)
    facts = queries.facts([fund.id], known)[fund.id].by(on)
    companies = {one.company for one in facts.movements if one.company is not None}
    partners = {one.partner for one in facts.promises} | {one.partner for one in facts.movements if one.partner is not None}
    named = queries.organisations(companies | partners | {fund.manager_id, fund.general_partner_id})
    owned = queries.ownership(park.id, on, known, companies)
    tenants = queries.tenants_on(park, on, companies)
    return Report(
        park=place,
        on=on,
        known=known or now,
        fund=Head(
            fund.code,
            fund.names,
            fund.currency,
            fund.vintage,
            fund.size_minor,
            fund.starts_on,
            fund.ends_on,
            named[fund.manager_id].names,
            named[fund.general_partner_id].names,
        ),
        facts=facts,
        parties={
            id_: Party(
                named[id_].code,
                named[id_].names,
                owned[id_].by_fund.get(fund.id, Fraction(0)) if id_ in owned else None,
                id_ in tenants,
                id_ in owned and owned[id_].is_related(fund.related_permille),
            )
            for id_ in sorted(companies | partners)
        },
        related=_related(park, fund, on, known),
    )


def _related(park: Park, fund: Fund, on: date, known: datetime | None) -> tuple[RelatedLet, ...]:
    """Return what the fund's related companies let of the park and owe it, what must be told of first."""
    found = []
    for party in related_parties(park, on, known, only=[fund.id]):
        arrears = (*party.arrears.deposits, *party.arrears.statements)
        code = party.company.code
        lets = [RelatedLet(code, let.space, let.document, let.passing, let.market, let.is_free) for let in party.lets]
        found += [replace(one, arrears=() if place else arrears) for place, one in enumerate(lets)]
        if not lets:
            found.append(RelatedLet(code, "", "", None, None, free=False, arrears=arrears))
    return tuple(found)
