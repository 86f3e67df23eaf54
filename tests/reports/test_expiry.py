"""When leases expire: golden values, the sums of the rent roll whatever the rows, and the same on paper, screen and in sheets."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.db import transaction
from parkmgr.leases import actions as leases
from parkmgr.leases.rules import Option
from parkmgr.policy import Role
from parkmgr.reports import actions, expiry, queries, rentroll
from parkmgr.reports.expiry import lines
from parkmgr.reports.occupancy import Place, Row, Status, wault
from parkmgr.reports.rules import Wanted
from parkmgr.values import Area, Money, Names
from tests.conftest import NOW
from tests.leases.conftest import terms
from tests.making import Maker, actor
from tests.reports.test_pdf import failures
from tests.web.visiting import Visitor

ON = date(2026, 1, 1)
CNY = "CNY"
AUDITOR = actor(Role.AUDITOR, name="Auditor Wang", user_id=None)
PLACE = Place("P", Names("Park"), "Asia/Harbin", CNY)


def unit(space: str, lease: str, minor: int | None, ends_on: date | None, *, m2: int | None = 100, **more) -> Row:
    given = {"status": Status.LET, "holder": Names("T"), "holder_id": 1, **more}
    area, rent = None if m2 is None else Area.of(m2), None if minor is None else Money(minor, CNY)
    return Row("B", "1", space, "office", area, document=lease, rent=rent, starts_on=date(2020, 1, 1), ends_on=ends_on, **given)


def report(rows: list[Row]) -> expiry.Report:
    return expiry.Report(PLACE, ON, NOW, (), lines(rows, {}))


THREE = [
    unit("A-1", "A", 6_000_000, date(2028, 12, 31), break_on=date(2027, 6, 30)),
    unit("A-2", "A", 4_000_000, date(2028, 12, 31), break_on=date(2027, 6, 30)),
    unit("B", "B", 5_000_000, date(2026, 9, 30)),
    unit("C", "C", 1_666_667, date(2031, 12, 31), break_on=date(2029, 12, 31)),
]


def test_a_lease_is_one_row_and_years_are_as_is_known():
    """DOMAIN: 2.6245 years to expiry and 1.5211 to the break, of three leases, weighted by rent; one of them has two units here."""
    found = report(THREE)
    assert [(line.number, line.units) for line in found.rows] == [("B", 1), ("A", 2), ("C", 1)]
    by_rent = next(one for one in found.waults if one.weight == CNY)
    assert (by_rent.to_expiry, by_rent.to_break) == (Decimal("2.6245"), Decimal("1.5211"))


def test_what_expires_and_what_may_end_are_told_apart():
    found = report(THREE)
    assert [(one.year, one.leases) for one in found.to_expiry] == [(2026, 1), (2028, 1), (2031, 1)]
    assert [(one.year, one.leases) for one in found.to_break] == [(2026, 1), (2027, 1), (2029, 1)]
    assert (found.within_a_year(CNY, to_break=False), found.within_a_year(CNY, to_break=True)) == (5_000_000, 5_000_000)


@pytest.mark.parametrize(("days", "soon"), [(364, True), (365, True), (366, False)])
def test_a_year_is_twelve_months_from_the_day(days, soon):
    found = report([unit("A", "A", 100, ON + timedelta(days=days))])
    assert found.within_a_year(CNY, to_break=False) == (100 if soon else 0)


def test_much_rent_in_one_year_is_an_alert():
    assert [(year, str(part)) for year, _code, part in report(THREE).rollover] == [(2026, "5000000/16666667"), (2028, "10000000/16666667")]


def test_held_over_stands_first_and_without_an_end_last():
    rows = [unit("A", "A", 1, None), unit("B", "B", 1, date(2030, 1, 1)), unit("C", "C", 1, date(2025, 1, 1), status=Status.HOLDOVER)]
    found = report(rows)
    assert [line.number for line in found.rows] == ["C", "B", "A"]
    assert [one.year for one in found.to_expiry] == [0, 2030, None]
    assert found.within_a_year(CNY, to_break=False) == 1


def test_an_exception_is_named():
    found = report([unit("A", "A", None, ON, m2=None), unit("B", "B", 1, ON, break_on=ON)])
    assert {check.code: check.exceptions for check in found.checks if not check.passed} == {
        "rents": ("A",),
        "measured": ("A",),
        "breaks": ("B",),
    }


ROWS = st.lists(
    st.builds(
        unit,
        st.uuids().map(str),
        st.sampled_from("ABCD"),
        st.none() | st.integers(0, 10**9),
        st.none(),
        m2=st.none() | st.integers(0, 500),
    ),
    max_size=12,
)
ENDS = {"A": date(2026, 5, 5), "B": date(2029, 1, 1), "C": None, "D": date(2025, 1, 1)}


@given(ROWS)
def test_the_sums_are_those_of_the_rent_roll(rows):
    rows = [replace(row, ends_on=ENDS[row.document], break_on=ENDS["A"]) for row in rows]
    found = report(rows)
    for to_break, own in ((False, found.to_expiry), (True, found.to_break)):
        theirs = rentroll.expiry(rows, to_break=to_break)
        assert [(one.year, one.leases, one.area, dict(one.rent)) for one in own] == [
            (one.year, one.leases, one.area, dict(one.rent)) for one in theirs
        ]
    assert {one.weight: (one.to_expiry, one.to_break) for one in found.waults} == {
        one.weight: (one.to_expiry, one.to_break) for one in wault(rows, ON)
    }
    assert next(check for check in found.checks if check.code == "parts").passed


@given(ROWS)
def test_it_is_kept_whole_and_comes_back_the_same(rows):
    found = report(rows)
    assert expiry.from_plain(json.loads(expiry.canonical(found))) == found


# From the register


@pytest.fixture
def let(make: Maker) -> Maker:
    clerk, signer = make.granted(Role.ADMINISTRATOR), make.granted(Role.ADMINISTRATOR)
    building = make.building(make.park("EX"), "MAIN")
    for code, last, rent in (("A", "2026-12-31", "1000"), ("B", "2029-12-31", "3000")):
        space, tenant = make.space(building, code), make.organisation()
        with transaction():
            agreed = terms([space], "2026-01-01", last, rent=rent, options=(Option("break", date(2026, 11, 30), 6),))
            one = leases.draft(make.the_park(), tenant, agreed, actor=clerk, now=NOW)
            leases.sign(one, actor=signer, now=NOW)
    return make


TODAY = date(2026, 3, 2)


def test_the_register_is_told_lease_by_lease(let: Maker):
    found = actions.compiled(let.the_park(), Wanted(TODAY, kind="expiry"), now=NOW)
    assert [(str(line.ends_on), str(line.break_on), str(line.notice_by)) for line in found.rows] == [
        ("2026-12-31", "2026-11-30", "2026-05-29"),
        ("2029-12-31", "2026-11-30", "2026-05-29"),
    ]
    assert found.rents == {CNY: 400_000}


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_the_paper_is_of_both_standards_and_drawn_again_the_same(let: Maker, language: str):
    park = let.the_park()
    number, content = actions.produce(park, Wanted(TODAY, None, language, kind="expiry"), "pdf", actor=AUDITOR, now=NOW)
    assert number == "EXP-2026-0001"
    assert content == actions.rendered(queries.report(park.id, number, with_rows=True))
    assert failures(content) == []


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_page_and_its_sheets(app: Flask, let: Maker):
    auditor = Visitor(app).is_(let.granted(Role.AUDITOR, park=let.the_park()))
    address = "/parks/EX/reports/lease-expiry?on=2026-03-02"
    shown = auditor.get(address).text
    assert "In 2029 75.0\N{NO-BREAK SPACE}% of the rent in CNY expires" in shown and "29 May 2026" in shown
    assert auditor.get(f"{address}&format=csv").data.count(b"\r\n") == 3
    assert json.loads(auditor.get(f"{address}&format=json").data)["totals"]["expires_within_a_year_percent CNY"] == "25.00"
    assert auditor.get(f"{address}&format=xlsx").data.startswith(b"PK")
    assert "cannot know today" in auditor.get("/parks/EX/reports/lease-expiry?known=2199-01-01T00:00").text
