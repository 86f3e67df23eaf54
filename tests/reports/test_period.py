"""Letting over a time: every day of every unit is let, closed or empty, once; what emptiness cost; as known then."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import page
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.db import db, transaction
from parkmgr.errors import Refused
from parkmgr.leases import market_rent_actions
from parkmgr.occupancy.models import HoldKind
from parkmgr.places.models import Park, Space
from parkmgr.policy import SYSTEM, Role
from parkmgr.reports import actions, period, period_tables, queries
from parkmgr.reports.period import Piece, Sums
from parkmgr.reports.rules import Wanted
from parkmgr.values import Area, Money
from tests.conftest import NOW
from tests.making import Maker, actor
from tests.web.visiting import Visitor

AUDITOR = actor(Role.AUDITOR, name="Auditor Wang", user_id=None)
SINCE, ON = date(2026, 1, 1), date(2026, 1, 31)
TIME = Wanted(ON, kind="period", since=SINCE)
HALF = Area.of("50")

days = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


def each(pieces) -> set[int]:
    return {day for begins, ends in pieces for day in range(begins, ends)}


@given(days, days)
def test_days_are_what_sets_of_days_are(one, other):
    first, second = period.union(one), period.union(other)
    assert each(first) == each(one) and period.count(first) == len(each(one))
    assert each(period.minus(first, second)) == each(one) - each(other)
    assert each(period.meet(first, second)) == each(one) & each(other)
    assert first == sorted(first) and all(a[1] < b[0] for a, b in pairwise(first))


@given(days, days, days, st.booleans())
def test_every_day_is_let_closed_or_empty_once(there, taken, works, lettable):
    pieces = [Piece(one, lettable, HALF) for one in period.union(there)]
    found = period.sums(pieces, period.union(taken), period.union(works), Money(100, "CNY"))
    own, had = each(there), each(taken)
    assert found.let == len(own & had)
    assert (found.closed, found.void) == ((len((own & each(works)) - had), len(own - had - each(works))) if lettable else (0, 0))
    assert (found.let_area, found.closed_area, found.void_area) == (found.let * 5000, found.closed * 5000, found.void * 5000)


@pytest.mark.parametrize(
    ("area", "market", "cost", "unpriced"),
    [
        (HALF, Money(4_000, "CNY"), (("CNY", 2_038_356),), 0),  # 40.00 × 50 × 12 / 365 × 31 × 10
        (HALF, None, (), 310),
        (None, Money(4_000, "CNY"), (), 310),
    ],
)
def test_what_emptiness_costs(area, market, cost, unpriced):
    found = period.sums([Piece((0, 310), True, area)], [], [], market)
    assert (found.cost, found.unpriced, found.void) == (cost, unpriced, 310)


def test_nothing_is_not_zero_per_cent():
    assert (Sums().by_units, Sums().by_area) == (None, None)


# The register


def compiled(make: Maker, wanted: Wanted = TIME) -> period.Report:
    return actions.compiled(make.the_park(), wanted, now=NOW)


def rows(make: Maker, wanted: Wanted = TIME) -> dict[str, tuple[int, int, int]]:
    return {row.space: (row.sums.let, row.sums.closed, row.sums.void) for row in compiled(make, wanted).rows}


def test_days_of_leases_residencies_and_works_are_told_apart(make: Maker):
    make.hold(make.space(code="A"), "2026-01-11", "2026-01-20")
    make.hold(make.space(code="B"), "2025-06-01", None)
    make.hold(make.space(code="C", kind="flat"), "2026-01-31", "2026-12-31", kind=HoldKind.RESIDENCY)
    make.hold(make.space(code="D"), "2026-01-01", "2026-01-03", kind=HoldKind.CLOSURE)
    make.space(code="E", lettable=False)
    assert rows(make) == {"A": (10, 0, 21), "B": (31, 0, 0), "C": (1, 0, 30), "D": (0, 3, 28)}


def test_a_space_counts_through_its_parts(make: Maker):
    whole = make.space(code="W")
    make.space(code="W-1", parent=whole)
    assert set(rows(make)) == {"W-1"}


def test_what_was_not_known_yet_does_not_count(make: Maker):
    make.hold(make.space(code="A"), "2026-01-11", "2026-01-20")
    early = Wanted(ON, datetime(2009, 1, 1, tzinfo=UTC), kind="period", since=SINCE)
    assert rows(make, early) == {}


def test_market_rents_price_what_is_empty(make: Maker):
    make.space(code="A", area="50")
    make.space(code="B", area="50")
    with transaction():
        space = db.session.scalars(db.select(Space).where(Space.code == "A")).one()
        park = db.session.get_one(Park, space.park_id)
        market_rent_actions.set_market_rents(park, {space: Money(4_000, "CNY")}, SINCE, "S", today=ON, actor=SYSTEM, now=NOW)
    report = compiled(make)
    assert report.total.costs == (Money(203_836, "CNY"),)
    assert {one.code: one.exceptions for one in report.checks if one.exceptions} == {"priced": ("B",)}


def test_the_average_is_over_days_and_area(make: Maker):
    make.hold(make.space(code="A", area="30"), "2026-01-01", "2026-01-31")
    make.space(code="B", area="10")
    total = compiled(make).total
    assert (total.by_area, total.by_units) == (Decimal("75.00"), Decimal("50.00"))


def test_a_report_is_kept_whole_and_comes_back_the_same(make: Maker):
    make.hold(make.space(code="A"), "2026-01-11", "2026-01-20")
    make.space(code="B", area=None)
    report = compiled(make)
    assert period.from_plain(json.loads(period.canonical(report))) == report
    told = json.loads(period_tables.json_bytes(report, language="en"))
    assert (told["totals"]["let_days"], told["totals"]["void_days"], len(told["rows"])) == (10, 52, 2)
    assert len(period_tables.csv_bytes(report, language="en").splitlines()) == 3
    assert period_tables.xlsx_bytes(report, language="en")[:2] == b"PK"


def test_it_takes_few_selects(make: Maker, statements):
    make.space(code="A")
    park = make.the_park()
    park.zone  # noqa: B018 - loaded before the count
    with statements() as seen:
        actions.compiled(park, TIME, now=NOW)
    assert len(seen) == 4


@pytest.mark.parametrize("since", [None, ON + timedelta(days=1), date(2010, 1, 1)])
def test_a_time_that_is_none_is_refused(make: Maker, since):
    make.space(code="A")
    with pytest.raises(Refused):
        compiled(make, Wanted(ON, kind="period", since=since))


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_the_paper_is_of_both_standards_and_drawn_again_the_same(make: Maker, language: str):
    make.hold(make.space(code="A"), "2026-01-11", "2026-01-20")
    park = make.the_park()
    number, content = actions.produce(park, Wanted(ON, None, language, kind="period", since=SINCE), "pdf", actor=AUDITOR, now=NOW)
    assert number == "LET-2026-0001"
    assert content == actions.rendered(queries.report(park.id, number, with_rows=True))
    failures = [
        failure.message
        for profile in (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_3A)
        for failure in page.validate_pdf_bytes(content, profile=profile).failures
    ]
    assert failures == []


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_page_and_its_sheets(app, make: Maker):
    make.hold(make.space(code="A"), "2026-01-11", "2026-01-20")
    auditor = Visitor(app).is_(make.granted(Role.AUDITOR, park=make.the_park()))
    address = f"/parks/{make.the_park().code}/reports/period?since=2026-01-01&on=2026-01-31"
    assert "32.26" in auditor.get(address).text
    assert auditor.get(f"{address}&format=csv").data.count(b"\r\n") == 2
    wrong = auditor.get(f"/parks/{make.the_park().code}/reports/period?since=2026-02-01&on=2026-01-31")
    assert wrong.status_code == 200 and "must not be after the last" in wrong.text
