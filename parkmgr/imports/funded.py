"""Commitments and flows of funds of somebody's table into the register: all of them or none.

A row is known again by its reference; without one by all that it says, and by how many rows before it say the same. What is recorded is
never changed by a table: a row of a known reference that says something else is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from parkmgr.db import db
from parkmgr.errors import N_, Objection, Refused
from parkmgr.funds import actions as funds
from parkmgr.funds import deed_rules
from parkmgr.funds import queries as fund_queries
from parkmgr.funds.deed_rules import Brought, Standing
from parkmgr.funds.models import Commitment, Flow, Fund
from parkmgr.funds.rules import FlowKind
from parkmgr.imports import queries
from parkmgr.imports.booked import FIX_ORGANISATION, IN_ROW, MANY_ORGANISATIONS, NO_ORGANISATION
from parkmgr.imports.rules import CommitmentRow, FlowRow, folded
from parkmgr.organisations.models import Organisation
from parkmgr.values import Money, day_of

if TYPE_CHECKING:
    from parkmgr.imports.actions import _Work

NO_FUND = Objection("imports.no_fund", N_("The park has no fund %(code)s."), "fund")
DIFFERS = Objection(
    "imports.differs", N_("What is recorded under %(key)s says something else; withdraw it in the register first."), "reference"
)


def plan(work: _Work, rows: Sequence[CommitmentRow | FlowRow]) -> None:
    """Plan what the rows add to the register, and note everything that is against it."""
    known = {one.code: one for one in fund_queries.all_funds(work.park.id)}
    ids = [one.id for one in known.values()]
    tenants = queries.tenants()
    promises, flows = fund_queries.promises_by_external(ids), fund_queries.by_external(ids)
    said: dict[tuple[object, ...], int] = defaultdict(int)
    brought: dict[str, list[Brought]] = defaultdict(list)
    for row in rows:
        fund = known.get(row.fund)
        if fund is None:
            work.refuse(row.row, "fund", row.fund, NO_FUND.about(code=row.fund[:20]))
            continue
        parties = [_party(work, row, name, tenants) for name in ("partner", "company") if getattr(row, name, "")]
        if None in parties:
            continue
        key = _key(row, said)
        if isinstance(row, CommitmentRow):
            _commitment(work, row, fund, tenants, key, promises.get((fund.id, key)))
        else:
            _flow(work, row, fund, tenants, key, flows.get((fund.id, key)), brought)
    for code, listed in brought.items():
        against = funds.brought_against(known[code], listed, now=work.now)
        for number, objection in against:
            work.refuse(number, objection.field, "", objection)
        work.steps.append(partial(_bring_in, work, known[code], listed))


def _party(work: _Work, row: CommitmentRow | FlowRow, name: str, tenants: queries.Tenants) -> int | None:
    """Return the id of the organisation in a cell; None when there is a problem."""
    text = getattr(row, name)
    found = _organisation(text, tenants)
    if found is None:
        many = len(tenants.named.get(folded(text), [])) > 1
        work.refuse(row.row, name, text, (MANY_ORGANISATIONS if many else NO_ORGANISATION).about(name=text[:80]), FIX_ORGANISATION)
    return found


def _organisation(text: str, tenants: queries.Tenants) -> int | None:
    if text in tenants.ids:
        return tenants.ids[text]
    named = tenants.named.get(folded(text), [])
    return tenants.ids[named[0]] if len(named) == 1 else None


def _key(row: CommitmentRow | FlowRow, said: dict[tuple[object, ...], int]) -> str:
    """Return by what the row is known again."""
    if row.reference:
        return row.reference
    what = (row.fund, getattr(row, "kind", ""), row.on, row.minor, row.partner, getattr(row, "company", ""), getattr(row, "purpose", ""))
    said[what] += 1
    parties = folded(row.partner or getattr(row, "company", ""))[:30]
    return f"{row.on.isoformat()} {what[1]} {what[6]} {row.minor} {parties} {said[what]}"[:80]


def _money(row: CommitmentRow | FlowRow, fund: Fund) -> Money:
    return Money(row.minor, row.currency or fund.currency)


def _commitment(work: _Work, row: CommitmentRow, fund: Fund, tenants: queries.Tenants, key: str, there: Commitment | None) -> None:
    partner = _organisation(row.partner, tenants)
    money = _money(row, fund)
    if there is not None:
        if (there.on, there.minor, there.organisation_id) == (row.on, row.minor, partner):
            work.unchanged += 1
        else:
            work.refuse(row.row, "reference", row.reference, DIFFERS.about(key=key))
        return
    on = Standing(fund.currency, fund.starts_on, day_of(work.now, work.park.zone))
    if not work.against(row.row, row.partner, deed_rules.money_objections(money, row.on, on)):
        work.added += 1
        work.steps.append(partial(_commit, work, fund, partner, money, row, key))


def _commit(work: _Work, fund: Fund, partner: int | None, money: Money, row: CommitmentRow, key: str) -> None:
    organisation = db.session.get_one(Organisation, partner)
    try:
        funds.commit(fund, organisation, money, row.on, note=row.note, external=key, actor=work.actor, now=work.now)
    except Refused as refused:
        raise Refused([IN_ROW.about(row=row.row, sentence=one) for one in refused.objections]) from refused


def _flow(
    work: _Work, row: FlowRow, fund: Fund, tenants: queries.Tenants, key: str, there: Flow | None, brought: dict[str, list[Brought]]
) -> None:
    partner = _organisation(row.partner, tenants) if row.partner else None
    company = _organisation(row.company, tenants) if row.company else None
    if there is not None:
        if (there.kind, there.on, there.minor) == (row.kind, row.on, row.minor) and (there.organisation_id or there.company_id) in (
            partner,
            company,
            None,
        ):
            work.unchanged += 1
        else:
            work.refuse(row.row, "reference", row.reference, DIFFERS.about(key=key))
        return
    work.added += 1
    brought[fund.code].append(
        Brought(row.row, FlowKind(row.kind), _money(row, fund), row.on, partner, company, row.purpose, row.recallable, row.note, key)
    )


def _bring_in(work: _Work, fund: Fund, listed: Sequence[Brought]) -> None:
    try:
        funds.bring_in(fund, listed, actor=work.actor, now=work.now)
    except Refused as refused:
        raise Refused([IN_ROW.about(row=one.facts.get("row", 0), sentence=one) for one in refused.objections]) from refused
