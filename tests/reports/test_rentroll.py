"""The rent roll: golden values, what must hold whatever the rows, and the same figures on paper, on the screen and in sheets."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.db import db, transaction
from parkmgr.leases import actions as leases
from parkmgr.leases import queries as lease_queries
from parkmgr.leases.rules import Option, Step, Terms
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM, Role
from parkmgr.reports import actions, rentroll, rentroll_pages, rentroll_tables
from parkmgr.reports.occupancy import Row, Status
from parkmgr.reports.rentroll import Charge, Contract
from parkmgr.reports.rules import Wanted
from parkmgr.values import Area, Money, Names, Term
from tests.conftest import NOW
from tests.making import Maker
from tests.web.visiting import Visitor

CNY = "CNY"
ON = date(2025, 12, 31)
TODAY = date(2026, 3, 2)
WANTED = Wanted(TODAY, kind="rentroll")


def contract(a_year: int, ends_on: date | None, **more) -> Contract:
    return Contract("L", 1, CNY, date(2020, 1, 1), ends_on, (Charge(date(2020, 1, 1), a_year * 100 // 12),), **more)


THREE = [
    contract(1_200_000, date(2028, 12, 31), break_on=date(2027, 6, 30)),
    contract(600_000, date(2026, 9, 30)),
    Contract("L", 1, CNY, date(2020, 1, 1), date(2031, 12, 31), (Charge(date(2020, 1, 1), 1_666_667),)),
]


def row(space: str, m2: str | None = "100", status: Status = Status.LET, **more) -> Row:
    given = {"holder": Names("T"), "document": f"L-{space}", "holder_id": 1, "starts_on": date(2020, 1, 1), **more}
    return Row("B", "1", space, "office", None if m2 is None else Area.of(m2), status, **given)


# Golden values


def test_three_leases_mature_as_is_known():
    """DOMAIN: undiscounted payments for years one to five and after, of three leases, monthly in advance."""
    [found] = rentroll.maturities(THREE, ON)
    yuan = [minor // 100 for minor in found.years]
    assert yuan == [1_850_000, 1_400_000, 1_400_000, 200_000, 200_000, 200_000]


def test_the_epra_vacancy_is_by_market_rent_and_not_by_area():
    rows = [row("A", "500"), row("B", "300", Status.VACANT), row("C", "200"), row("D", "100", Status.VACANT)]
    market = {space: Money.of(rent, CNY) for space, rent in zip("ABCD", (3000, 2500, 4000, 2000), strict=True)}
    ([found], unknown) = rentroll.epra(rows, market)
    assert (found.rate, unknown) == (Decimal("29.23"), 0)


def test_years_to_expiry_and_to_break_are_as_is_known():
    rents = {"A": (10_000_000, date(2028, 12, 31), date(2027, 6, 30)), "B": (5_000_000, date(2026, 9, 30), None)}
    rents["C"] = (1_666_667, date(2031, 12, 31), date(2029, 12, 31))
    rows = [row(space, rent=Money(minor, CNY), ends_on=end, break_on=first) for space, (minor, end, first) in rents.items()]
    found = {one.weight: one for one in rentroll.wault(rows, date(2026, 1, 1))}[CNY]
    assert (found.to_expiry, found.to_break) == (Decimal("2.6245"), Decimal("1.5211"))


@pytest.mark.parametrize(
    ("shares", "hhi"), [((100,), "10000.0"), ((50, 50), "5000.0"), ((40, 30, 20, 10), "3000.0"), ((10,) * 10, "1000.0")]
)
def test_the_concentration_is_the_sum_of_squares(shares, hhi):
    rows = [row(str(n), rent=Money(share, CNY), holder_id=n, holder=Names(f"T{n}")) for n, share in enumerate(shares)]
    [found] = rentroll.concentration(rows)
    assert (str(found.hhi), found.top[0].share) == (hhi, Fraction(shares[0], sum(shares)))


# What is payable


@pytest.mark.parametrize(
    ("change", "first", "last", "coins"),
    [
        ({}, "2026-01-01", "2026-01-31", 3_000_000),
        ({}, "2028-02-12", "2028-02-29", Fraction(3_000_000 * 18, 29)),
        ({"rent_free": (Term(date(2026, 1, 1), date(2026, 1, 31)),)}, "2026-01-01", "2026-02-28", 3_000_000),
        ({"ends_on": date(2026, 1, 31)}, "2026-01-01", "2026-12-31", 3_000_000),
        ({"starts_on": date(2026, 2, 1)}, "2026-01-01", "2026-02-28", 3_000_000),
        ({"ends_on": date(2025, 1, 31)}, "2026-01-01", "2026-02-28", 0),
    ],
)
def test_days_are_paid_by_their_month(change, first, last, coins):
    of = replace(contract(360_000, None), **change)
    assert rentroll.payable(of, Term(date.fromisoformat(first), date.fromisoformat(last))) == coins


def test_a_step_counts_from_its_day_and_an_unknown_one_makes_it_unknown():
    stepped = replace(contract(360_000, None), charges=(Charge(date(2020, 1, 1), 300), Charge(date(2026, 1, 16), 600)))
    assert rentroll.payable(stepped, Term(date(2026, 1, 1), date(2026, 1, 31))) == Fraction(300 * 15 + 600 * 16, 31)
    unknown = replace(stepped, charges=(*stepped.charges, Charge(date(2026, 2, 1), None)))
    assert rentroll.payable(unknown, Term(date(2026, 1, 1), date(2026, 2, 28))) is None


def test_held_over_is_not_counted_and_without_an_end_is_told_apart():
    found = rentroll.maturities([contract(120_000, ON - timedelta(days=9), holdover=True), contract(120_000, None)], ON)
    assert [(one.total, one.endless) for one in found] == [(0, 1)]


DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@given(st.lists(st.tuples(st.integers(1, 10**9), DAYS), max_size=8), DAYS)
def test_years_sum_to_the_whole_whatever_the_leases(leases_, on):
    contracts = [contract(a_year, ends_on) for a_year, ends_on in leases_]
    found = rentroll.maturities(contracts, on)
    whole = sum(
        (rentroll.payable(one, Term(on + timedelta(days=1), one.ends_on)) for one in contracts if one.ends_on and one.ends_on > on),
        Fraction(0),
    )
    assert sum(one.total for one in found) == rentroll.rounded(whole)
    assert all(minor >= 0 for one in found for minor in one.years)


@given(st.lists(st.fractions(0, 10**6), min_size=1, max_size=9))
def test_parts_in_coins_sum_to_the_rounded_sum(parts):
    found = rentroll.in_coins(parts)
    assert sum(found) == rentroll.rounded(sum(parts, Fraction(0)))
    assert all(abs(coin - part) <= 1 for coin, part in zip(found, parts, strict=True))


ROWS = st.lists(
    st.builds(
        lambda n, status, minor, ends, broken: row(
            str(n), status=status, rent=None if minor is None else Money(minor, CNY), ends_on=ends, break_on=broken, holder_id=n % 3
        ),
        st.integers(0, 999),
        st.sampled_from([Status.LET, Status.HOLDOVER, Status.VACANT, Status.RESIDENT, Status.CLOSED]),
        st.none() | st.integers(0, 10**6),
        st.none() | DAYS,
        st.none() | DAYS,
    ),
    max_size=20,
)


@given(ROWS)
def test_the_profile_sums_to_the_rent_and_the_area_whatever_the_rows(rows):
    let = [one for one in rows if one.status in rentroll.LET]
    for to_break in (False, True):
        parts = rentroll.expiry(rows, to_break=to_break)
        assert sum(part.area.dm2 for part in parts) == sum(one.area.dm2 for one in let)
        assert sum(part.rent.get(CNY, 0) for part in parts) == sum(one.rent.minor for one in let if one.rent)
    shares = [one.share for part in rentroll.concentration(rows) for one in part.top]
    assert not shares or sum(shares) == 1


# The register


@pytest.fixture
def street(make: Maker) -> int:
    """A park with a lease of two units (one by the square metre), a lease held over, an empty unit and a closed one."""
    park = make.park("RP", country="CN", drafter_may_sign=True)
    building = make.building(park, "MAIN")
    ids = {code: make.space(building, code, area="50").id for code in ("A", "B", "C", "D")}
    tenant = make.organisation("TENANT").id
    make.organisation("OTHER")
    drafter = make.granted(Role.ADMINISTRATOR)

    def signed(codes: str, step: Step, ends_on: date, **more) -> None:
        terms = Terms(Term(date(2025, 1, 1), ends_on), tuple(ids[code] for code in codes), CNY, (step,), deposit=Money(90_000, CNY), **more)
        with transaction():
            found = db.session.get_one(Park, park_id), db.session.get_one(Organisation, tenant)
            number = leases.draft(*found, terms, actor=drafter, now=NOW).number
        for deed in (leases.offer, leases.sign):
            with transaction():
                deed(lease_queries.lease(number, SYSTEM), actor=drafter, now=NOW)
        numbers.append(number)

    park_id, numbers = park.id, []
    broken = (Option("break", date(2027, 6, 30), 6),)
    signed("AB", Step(date(2025, 1, 1), Money(5_000, CNY), "m2_month"), date(2029, 12, 31), options=broken)
    signed("C", Step(date(2025, 1, 1), Money(300_000, CNY)), date(2026, 2, 28))
    with transaction():
        first = lease_queries.lease(numbers[0], SYSTEM, to_change=True)
        leases.receive_deposit(first, on=date(2026, 2, 2), money=Money(90_000, CNY), actor=drafter, now=NOW)
    with transaction():
        leases.hold_over(lease_queries.lease(numbers[1], SYSTEM, to_change=True), actor=drafter, now=NOW)
    return park_id


def compiled(park_id: int, wanted: Wanted = WANTED, now=NOW) -> rentroll.Report:
    return actions.compiled(db.session.get_one(Park, park_id), wanted, now=now)


def test_every_unit_stands_there_with_its_lease(street: int):
    report = compiled(street)
    assert [(one.space, str(one.status)) for one in report.rows] == [("A", "let"), ("B", "let"), ("C", "holdover"), ("D", "vacant")]
    first, held_over = (report.contracts[number] for number in sorted(report.contracts))
    assert (first.charges, first.break_on, first.notice_by) == (
        (Charge(date(2025, 1, 1), 500_000),),
        date(2027, 6, 30),
        date(2026, 12, 30),
    )
    assert (first.deposit, first.held, held_over.held, held_over.holdover) == (90_000, 90_000, 0, True)
    assert [(part.year, part.leases) for part in report.to_expiry] == [(0, 1), (2029, 1)]
    assert [(part.year, part.leases) for part in report.to_break] == [(0, 1), (2027, 1)]


def test_what_does_not_agree_is_named(street: int):
    report = compiled(street)
    found = {one.code: (one.passed, len(one.exceptions)) for one in report.checks}
    assert found == {
        "units": (True, 0),
        "documents": (True, 0),
        "schedules": (True, 0),
        "rents": (True, 0),
        "profile": (True, 0),
        "deposits": (False, 1),
        "holdovers": (False, 1),
    }
    twice = replace(report, rows=(*report.rows, report.rows[0]))
    assert {one.code for one in twice.checks if not one.passed} >= {"units", "schedules"}
    lost = replace(report, contracts={})
    assert "documents" in {one.code for one in lost.checks if not one.passed}


def test_a_report_is_kept_whole_and_comes_back_the_same(street: int):
    report = compiled(street)
    assert rentroll.from_plain(json.loads(rentroll.canonical(report))) == report


def test_it_takes_the_same_few_selects_however_many_leases(street: int, statements):
    park = db.session.get_one(Park, street)
    with statements() as seen:
        actions.compiled(park, WANTED, now=NOW)
    assert len(seen) <= 9


def test_a_deposit_received_later_is_not_known_before(street: int):
    later = NOW + timedelta(days=1)
    number = sorted(compiled(street).contracts)[1]
    with transaction():
        one = lease_queries.lease(number, SYSTEM, to_change=True)
        leases.receive_deposit(one, on=TODAY, money=Money(90_000, CNY), actor=SYSTEM, now=later)
    assert compiled(street, Wanted(TODAY, NOW, kind="rentroll"), later).contracts[number].held == 0
    assert compiled(street, now=later).contracts[number].held == 90_000


def test_sheets_and_paper_have_the_same_figures(street: int):
    report = compiled(street)
    shape = json.loads(rentroll_tables.json_bytes(report, language="en"))
    assert [one["unit"] for one in shape["rows"]] == ["A", "B", "C", "D"]
    assert sum(Decimal(one["rent_per_month"] or 0) for one in shape["rows"]) == Decimal("8000.00")
    assert [one["deposit_held"] for one in shape["rows"]] == ["900.00", None, "0.00", None]
    assert rentroll_tables.csv_bytes(report, language="ru").count(b"\n") == 5
    assert rentroll_tables.xlsx_bytes(report, language="zh")[:2] == b"PK"
    for language in ("en", "ru", "zh"):
        html = rentroll_pages.paper(report, None, language=language)
        assert all(number in html for number in report.contracts)


def test_the_auditor_reads_it_and_a_liaison_does_not(app: Flask, street: int, make: Maker):
    park = db.session.get_one(Park, street)
    auditor = Visitor(app).is_(make.granted(Role.AUDITOR, park=park))
    other = db.session.scalars(db.select(Organisation).filter_by(code="TENANT")).one()
    liaison = Visitor(app).is_(make.granted(Role.LIAISON, park=db.session.get_one(Park, street), organisation=other))
    page = auditor.get("/parks/RP/reports/rent-roll?on=2026-03-02").get_data(as_text=True)
    assert "held over" in page and "1 exceptions" in page
    assert auditor.get("/parks/RP/reports/rent-roll?format=xlsx").status_code == 200
    assert liaison.get("/parks/RP/reports/rent-roll").status_code == 403


def test_it_is_issued_under_its_prefix(street: int):
    number, content = actions.produce(db.session.get_one(Park, street), WANTED, "pdf", actor=SYSTEM, now=NOW)
    assert number.startswith("RRL-") and content.startswith(b"%PDF")
