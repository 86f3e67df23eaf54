"""What spaces would let for: known from a day on, and as it was known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from parkmgr.db import db, transaction
from parkmgr.errors import Refused
from parkmgr.leases import market_rent_actions as actions
from parkmgr.leases import market_rent_queries as queries
from parkmgr.leases.models import MarketRent
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM, Role
from parkmgr.values import Money
from tests.conftest import NOW
from tests.making import Maker
from tests.web.visiting import Visitor

TODAY = date(2026, 3, 2)


@pytest.fixture
def park(make: Maker) -> int:
    park = make.park("MP")
    building = make.building(park, "MAIN")
    make.space(building, "A"), make.space(building, "B"), make.space(building, "LAB", kind="laboratory")
    make.space(building, "HALL", lettable=False)
    return park.id


def put(park_id: int, minor: int, from_on: date = TODAY, *, kind: str = "office", source: str = "Survey", now=NOW) -> int:
    with transaction():
        park = db.session.get_one(Park, park_id)
        rents = dict.fromkeys(queries.lettable(park_id, TODAY, kind=kind), Money(minor, "CNY"))
        return actions.set_market_rents(park, rents, from_on, source, today=TODAY, actor=SYSTEM, now=now)


def test_the_newest_whose_day_has_come_counts(park: int):
    assert put(park, 5000, date(2024, 5, 1)) == 2
    assert put(park, 5600) == 2
    assert set(queries.market_rents(park, TODAY).values()) == {Money(5600, "CNY")}
    assert set(queries.market_rents(park, date(2026, 3, 1)).values()) == {Money(5000, "CNY")}
    assert queries.market_rents(park, date(2024, 4, 30)) == {}


def test_what_was_known_stays_known(park: int):
    later = NOW + timedelta(days=1)
    put(park, 5000)
    assert put(park, 5000, now=later) == 0
    assert put(park, 5100, now=later) == 2
    assert set(queries.market_rents(park, TODAY, NOW).values()) == {Money(5000, "CNY")}
    assert set(queries.market_rents(park, TODAY).values()) == {Money(5100, "CNY")}
    with pytest.raises(db.exc.DBAPIError, match="market_rents"), db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE market_rents SET minor = 1")


@pytest.mark.parametrize(
    ("change", "against"),
    [
        ({"minor": 0}, ["market_positive"]),
        ({"source": ""}, ["market_source"]),
        ({"from_on": date(2026, 3, 3)}, ["market_to_come"]),
        ({"kind": "clinic"}, ["market_spaces"]),
        ({"minor": 0, "source": ""}, ["market_positive", "market_source"]),
    ],
)
def test_what_cannot_be_is_refused(park: int, change, against):
    with pytest.raises(Refused) as caught:
        put(park, **({"minor": 5000} | change))
    assert [one.code.partition(".")[2] for one in caught.value.objections] == against
    assert db.session.scalar(db.select(db.func.count()).select_from(MarketRent)) == 0


def test_the_list_is_one_select(park: int, statements):
    put(park, 5000)
    with statements() as seen:
        rows = db.session.execute(queries.spaces(park, TODAY, queries.Wanted())).all()
    assert ([(row.code, row.minor) for row in sorted(rows)], len(seen)) == ([("A", 5000), ("B", 5000), ("LAB", None)], 1)
    unknown = db.session.execute(queries.spaces(park, TODAY, queries.Wanted(unknown=True))).all()
    assert [row.code for row in unknown] == ["LAB"]


def test_rents_are_set_and_read_on_their_pages(app: Flask, park: int, make: Maker):
    administrator = Visitor(app).is_(make.granted(Role.ADMINISTRATOR))
    asked = {"kind": "office", "amount": "56.00", "currency": "CNY", "from_on": "2026-03-02", "source": "Survey"}
    assert administrator.post("/parks/MP/market-rents/set", **asked).status_code == 303
    auditor = Visitor(app).is_(make.granted(Role.AUDITOR, park=db.session.get_one(Park, park)))
    assert "56.00" in auditor.get("/parks/MP/market-rents").get_data(as_text=True)
    assert auditor.post("/parks/MP/market-rents/set", **asked).status_code == 403
    answer = administrator.post("/parks/MP/market-rents/set", **(asked | {"source": "", "space": "NONE"}))
    assert (answer.status_code, "Say who found it" in answer.get_data(as_text=True)) == (422, True)
