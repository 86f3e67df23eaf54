"""The cut-off list: what came late for a day stands there once, whatever kind of fact it is, and nothing else."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Row

from parkmgr.db import db, transaction
from parkmgr.leases import actions as leases
from parkmgr.leases import market_rent_actions, market_rent_queries
from parkmgr.leases import queries as lease_queries
from parkmgr.policy import SYSTEM, Role
from parkmgr.reports import cutoff_queries as queries
from parkmgr.values import Money
from tests.leases.conftest import terms
from tests.making import Maker

CLOSED = date(2026, 3, 31)


def listed(make: Maker, on: date, after: datetime, fact: str = "") -> list[Row[tuple[object, ...]]]:
    return list(db.session.execute(queries.late(make.the_park(), on, after, fact)))


def facts(make: Maker, on: date, after: datetime, fact: str = "") -> list[str]:
    return sorted(row.fact for row in listed(make, on, after, fact))


def let(make: Maker, first: str, now: datetime) -> str:
    clerk, signer = make.granted(Role.ADMINISTRATOR), make.granted(Role.ADMINISTRATOR)
    space, tenant = make.space(), make.organisation()
    with transaction():
        lease = leases.draft(make.the_park(), tenant, terms([space], first, "2026-12-31"), actor=clerk, now=now)
        leases.sign(lease, actor=signer, now=now)
        return lease.number


def test_what_was_known_in_time_is_not_listed(make: Maker, now: datetime) -> None:
    let(make, "2026-01-01", now)
    assert listed(make, CLOSED, now) == []


def test_a_late_lease_is_listed_with_its_hold(make: Maker, now: datetime) -> None:
    make.space()
    number = let(make, "2026-01-01", now + timedelta(days=40))
    rows = listed(make, CLOSED, now + timedelta(days=30))
    assert sorted((row.fact, row.document) for row in rows if row.document) == [("hold", number), ("lease", number)]


def test_what_begins_after_the_day_is_not_late(make: Maker, now: datetime) -> None:
    let(make, "2026-04-01", now + timedelta(days=40))
    assert "lease" not in facts(make, CLOSED, now + timedelta(days=30))


def test_what_was_withdrawn_late_is_listed(make: Maker, now: datetime) -> None:
    number = let(make, "2026-01-01", now)
    later = now + timedelta(days=40)
    with transaction():
        leases.end(lease_queries.lease(number, SYSTEM), on=date(2026, 3, 15), reason="late", actor=SYSTEM, now=later)
    rows = [row for row in listed(make, CLOSED, now + timedelta(days=30)) if row.fact == "hold"]
    assert sorted(row.withdrawn_at is None for row in rows) == [False, True]
    assert {row.document for row in rows} == {number}


def test_deposits_and_market_rents_are_facts_too(make: Maker, now: datetime) -> None:
    number = let(make, "2026-01-01", now)
    later, money, first = now + timedelta(days=40), Money.of("500", "CNY"), date(2026, 3, 1)
    with transaction():
        leases.receive_deposit(lease_queries.lease(number, SYSTEM), money=money, on=first, actor=SYSTEM, now=later)
    with transaction():
        park = make.the_park()
        rents = dict.fromkeys(market_rent_queries.lettable(park.id, first), Money(100, "CNY"))
        market_rent_actions.set_market_rents(park, rents, first, "Survey", today=first, actor=SYSTEM, now=later)
    after = now + timedelta(days=30)
    assert {"deposit", "market_rent"} <= set(facts(make, CLOSED, after))
    assert facts(make, CLOSED, after, "deposit") == ["deposit"]


def test_the_list_is_one_select(make: Maker, now: datetime, statements) -> None:
    let(make, "2026-01-01", now)
    wanted = queries.late(make.the_park(), CLOSED, now)
    with statements() as seen:
        list(db.session.execute(wanted))
    assert len(seen) == 1
