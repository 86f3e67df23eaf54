"""What is known of related parties on a day, as known at an instant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import func, select

from parkmgr.charges.models import Statement
from parkmgr.charges.rules import StatementState
from parkmgr.db import db
from parkmgr.funds import queries as funds
from parkmgr.funds.models import Fund
from parkmgr.funds.rules import Ownership
from parkmgr.leases import market_rent_queries
from parkmgr.leases import queries as leases
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM
from parkmgr.reports import queries
from parkmgr.reports.related import Arrears, Company, RelatedParty, related
from parkmgr.values import Money


def related_parties(park: Park, on: date, known: datetime | None = None, *, only: Collection[int] | None = None) -> list[RelatedParty]:
    """Which companies do the park's funds own above what a fund says, what do they let, and what do they owe?

    only: funds whose companies are meant; None for all of the park. Arrears have one time only and are as they stand now.
    """
    owned = funds.ownership(park.id, on, known)
    all_funds = {one.id: one for one in funds.all_funds(park.id)}
    companies = _companies({id_: ownership for id_, ownership in owned.items() if _is_related(ownership, all_funds, only)}, all_funds)
    if not companies:
        return []
    return related(
        queries.occupancy(park, on, known),
        companies,
        market_rent_queries.market_rents(park.id, on, known),
        _arrears(park, {one.code: one.id for one in companies}, on),
    )


def _is_related(ownership: Ownership, all_funds: dict[int, Fund], only: Collection[int] | None) -> bool:
    return any(
        ownership.is_related(all_funds[fund].related_permille)
        for fund, part in ownership.by_fund.items()
        if part and (only is None or fund in only)
    )


def _companies(owned: dict[int, Ownership], all_funds: dict[int, Fund]) -> list[Company]:
    named = funds.organisations(owned)
    return [
        Company(
            id_,
            named[id_].code,
            named[id_].names,
            ownership.of_funds,
            tuple(sorted(all_funds[fund].code for fund, part in ownership.by_fund.items() if part)),
        )
        for id_, ownership in sorted(owned.items())
    ]


def _arrears(park: Park, ids: dict[str, int], on: date) -> dict[int, Arrears]:
    deposits: dict[int, list[Money]] = defaultdict(list)
    for one in leases.watched(park.id, SYSTEM, on):
        agreed, held = one.watched.deposit_due, one.watched.deposit_held
        if one.tenant_code in ids and agreed is not None and held is not None and agreed.minor > held.minor:
            deposits[ids[one.tenant_code]].append(agreed - held)
    statements: dict[int, list[Money]] = defaultdict(list)
    for id_, currency, minor in db.session.execute(
        select(Statement.organisation_id, Statement.currency, func.sum(Statement.total_minor))
        .where(Statement.park_id == park.id, Statement.organisation_id.in_(ids.values()), Statement.state != StatementState.CLOSED.value)
        .group_by(Statement.organisation_id, Statement.currency)
    ):
        if minor:
            statements[id_].append(Money(int(minor), currency))
    return {id_: Arrears(_summed(deposits[id_]), tuple(statements[id_])) for id_ in {*deposits, *statements}}


def _summed(parts: list[Money]) -> tuple[Money, ...]:
    sums: dict[str, int] = defaultdict(int)
    for money in parts:
        sums[money.currency] += money.minor
    return tuple(Money(minor, currency) for currency, minor in sorted(sums.items()))
