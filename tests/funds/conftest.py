"""A fund with two partners, and a company."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest

from parkmgr.db import db, transaction
from parkmgr.funds import actions
from parkmgr.funds.deed_rules import FundAsked, Investor, RoundAsked
from parkmgr.funds.models import Fund, FundNotice
from parkmgr.funds.rules import Instrument, Purpose
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM, Actor, Role
from parkmgr.values import Money, Names
from tests.conftest import NOW
from tests.making import Maker

STARTS_ON = date(2025, 1, 6)
TODAY = date(2026, 3, 2)


@dataclass
class Venture:
    """The park, its fund of 3,000 CNY with partners of 2,000 and 1,000, and a company. Ids, for each deed expires what was read."""

    make: Maker
    park_id: int
    fund_id: int
    ids: dict[str, int]

    @property
    def park(self) -> Park:
        return db.session.get_one(Park, self.park_id)

    @property
    def fund(self) -> Fund:
        return db.session.get_one(Fund, self.fund_id)

    def organisation(self, name: str) -> Organisation:
        return db.session.get_one(Organisation, self.ids[name])

    def call(self, minor: int = 90_000, *, on: date = date(2025, 2, 3), due: date = date(2025, 3, 10), **more: Any) -> FundNotice:
        """Capital is called for investments."""
        with transaction():
            return actions.call(self.fund, {Purpose.INVESTMENT: Money(minor, "CNY")}, on, due, actor=SYSTEM, now=NOW, **more)

    def receive(self, notice: FundNotice, partner: str, minor: int, on: date = date(2025, 3, 10)) -> None:
        """A partner pays."""
        with transaction():
            notice = db.session.get_one(FundNotice, notice.id)
            actions.receive(self.fund, notice, self.organisation(partner), Money(minor, "CNY"), on, actor=SYSTEM, now=NOW)

    def paid_in(self, minor: int = 90_000) -> FundNotice:
        """Capital was called and paid."""
        notice = self.call(minor)
        self.receive(notice, "BIG", minor * 2 // 3)
        self.receive(notice, "SMALL", minor // 3)
        return notice

    def invest(self, minor: int = 60_000, *, on: date = date(2025, 4, 1), shares: int = 250, after: int = 1000, **more: Any) -> None:
        """The fund takes part in a round of the company."""
        money = Money(minor, "CNY")
        asked = RoundAsked(
            on, "A", Instrument.EQUITY, money, Money(minor * 4, "CNY"), after, (Investor("FUND", money, shares, fund=self.fund_id),), **more
        )
        with transaction():
            actions.add_round(self.park, self.organisation("COMPANY"), asked, actor=SYSTEM, now=NOW)


@pytest.fixture
def venture(make: Maker, now: datetime) -> Venture:
    park = make.park("VP", country="CN")
    ids = {name: make.organisation(name).id for name in ("MANAGER", "BIG", "SMALL", "COMPANY", "OTHER")}
    asked = FundAsked("FUND", Names("A fund"), Money(300_000, "CNY"), 2025, STARTS_ON, date(2034, 12, 31))
    with transaction():
        manager = db.session.get_one(Organisation, ids["MANAGER"])
        fund = actions.add_fund(db.session.get_one(Park, park.id), asked, manager, manager, actor=SYSTEM, now=now)
        fund_id, park_id = fund.id, fund.park_id
    found = Venture(make, park_id, fund_id, ids)
    for name, minor in (("BIG", 200_000), ("SMALL", 100_000)):
        with transaction():
            actions.commit(found.fund, found.organisation(name), Money(minor, "CNY"), STARTS_ON, actor=SYSTEM, now=now)
    return found


def manager_of(venture: Venture, **more: Any) -> Actor:
    """Somebody who manages funds for an organisation."""
    name = more.pop("name", "MANAGER")
    return venture.make.granted(Role.FUND_MANAGER, park=venture.park, organisation=venture.organisation(name), **more)


def partner_of(venture: Venture, name: str = "BIG", **more: Any) -> Actor:
    """Somebody who reads a partner's account."""
    return venture.make.granted(Role.FUND_PARTNER, park=venture.park, organisation=venture.organisation(name), **more)
