"""Loading the demo park's funds: each deed by the action that a fund manager uses."""

from __future__ import annotations

from datetime import date, datetime

from parkmgr.demo import deeds
from parkmgr.demo.settling import do
from parkmgr.demo.stage import Stage
from parkmgr.funds import actions, queries
from parkmgr.funds.deed_rules import FundAsked, Investor, RoundAsked
from parkmgr.funds.models import Fund
from parkmgr.funds.rules import FlowKind, Instrument, Method, Purpose
from parkmgr.values import Money, day_of

__all__ = ["do"]


def _today(stage: Stage, fund: str, now: datetime) -> tuple[Fund, date]:
    found = stage.made["fund", fund]
    park = next(park for park in stage.parks.values() if park.id == found.park_id)
    return found, day_of(now, park.zone)


@do.register
def _(deed: deeds.AddFund, stage: Stage, now: datetime) -> None:
    asked = FundAsked(deed.code, deed.names, deed.size, deed.vintage, deed.starts_on, deed.ends_on)
    manager, general = stage.organisations[deed.manager], stage.organisations[deed.general_partner]
    stage.made["fund", deed.code] = actions.add_fund(stage.parks[deed.park], asked, manager, general, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.Commit, stage: Stage, now: datetime) -> None:
    fund, today = _today(stage, deed.fund, now)
    actions.commit(fund, stage.organisations[deed.partner], deed.money, today, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.CallCapital, stage: Stage, now: datetime) -> None:
    fund, today = _today(stage, deed.fund, now)
    lines = {Purpose(purpose): money for purpose, money in deed.lines}
    stage.made["call", deed.name] = actions.call(fund, lines, today, deed.due_on, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.CapitalReceived, stage: Stage, now: datetime) -> None:
    notice = stage.made["call", deed.call]
    fund, today = _today(stage, notice.fund.code, now)
    partners = {one.id: one for one in stage.organisations.values()}
    for partner, part in queries.parts(notice.id).items():
        organisation = partners[partner]
        minor = part.outstanding // 2 if organisation.code == deed.late else part.outstanding
        if minor:
            actions.receive(fund, notice, organisation, Money(minor, fund.currency), today, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.Distribute, stage: Stage, now: datetime) -> None:
    fund, today = _today(stage, deed.fund, now)
    lines = [(Purpose(purpose), money, back) for purpose, money, back in deed.lines]
    actions.distribute(fund, lines, today, deed.due_on, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.PayFromFund, stage: Stage, now: datetime) -> None:
    fund, today = _today(stage, deed.fund, now)
    actions.record_flow(fund, FlowKind(deed.kind), deed.money, today, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.InvestRound, stage: Stage, now: datetime) -> None:
    park = stage.parks[deed.park]
    investors = tuple(Investor(fund, money, shares, fund=stage.made["fund", fund].id) for fund, money, shares in deed.lines)
    asked = RoundAsked(day_of(now, park.zone), deed.name, Instrument(deed.instrument), deed.raised, deed.post, deed.shares_after, investors)
    actions.add_round(park, stage.organisations[deed.company], asked, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.ValueCompany, stage: Stage, now: datetime) -> None:
    fund, today = _today(stage, deed.fund, now)
    company, method = stage.organisations[deed.company], Method(deed.method)
    actions.value(fund, company, deed.money, today, method=method, valued_by="Valuation committee", actor=stage.by(), now=now)


@do.register
def _(deed: deeds.WriteOffCompany, stage: Stage, now: datetime) -> None:
    fund, today = _today(stage, deed.fund, now)
    actions.write_off(fund, stage.organisations[deed.company], today, reason=deed.reason, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.SellCompany, stage: Stage, now: datetime) -> None:
    fund, today = _today(stage, deed.fund, now)
    got = {Purpose.CAPITAL: deed.capital, Purpose.GAIN: deed.gain}
    actions.exit_(fund, stage.organisations[deed.company], today, got, actor=stage.by(), now=now)
