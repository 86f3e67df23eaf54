"""The report's sums re-add whatever the facts are, and its figures are those of the definitions."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from parkmgr.reports import occupancy
from parkmgr.reports.occupancy import Row, Status, Sums, narrowed, status, sums, wault
from parkmgr.values import Area, Money, Names
from tests.reports.sample import KNOWN, ON, PARK, fact, facts, let, report


def compiled(*given, **more) -> occupancy.Report:
    return occupancy.compile(given, park=PARK, on=ON, known=KNOWN, **more)


@pytest.mark.parametrize(
    ("asked", "is_"),
    [
        pytest.param(fact(), Status.VACANT, id="nobody"),
        pytest.param(let(), Status.LET, id="a lease"),
        pytest.param(let(ends_on=ON, held_until=ON), Status.LET, id="on its last day"),
        pytest.param(let(ends_on=date(2026, 6, 29), held_until=None), Status.HOLDOVER, id="the term is over and it is held"),
        pytest.param(let(ends_on=None, held_until=None), Status.LET, id="no end"),
        pytest.param(let(begun=False), Status.RESERVED, id="begins later"),
        pytest.param(let(hold="residency", begun=False), Status.RESERVED, id="somebody moves in later"),
        pytest.param(let(hold="residency"), Status.RESIDENT, id="somebody lives there"),
        pytest.param(let(hold="closure"), Status.CLOSED, id="works"),
        pytest.param(fact(lettable=False), Status.NOT_LETTABLE, id="a corridor"),
        pytest.param(let(lettable=False), Status.LET, id="let though nobody had called it lettable"),
        pytest.param(let(lettable=False, begun=False), Status.NOT_LETTABLE, id="not lettable before it is let"),
        pytest.param(let(lettable=False, hold="closure"), Status.NOT_LETTABLE, id="works in a corridor"),
    ],
)
def test_status(asked, is_):
    assert status(asked) is is_


def test_who_will_have_it_is_told_but_pays_nothing_yet():
    (row,) = compiled(let(begun=False)).rows
    assert (row.document, row.rent, row.currency) == ("L-2025-0001", None, None)


def test_a_month_s_rent_is_shared_by_area_to_the_last_coin():
    rows = compiled(let("a", rent=100, area=Area(1)), let("b", rent=100, area=Area(1)), let("c", rent=100, area=Area(1))).rows
    assert [row.rent for row in rows] == [Money(34, "CNY"), Money(33, "CNY"), Money(33, "CNY")]


def test_a_month_s_rent_is_shared_equally_when_an_area_is_unknown():
    rows = compiled(let("a", rent=100, area=Area(900)), let("b", rent=100, area=None)).rows
    assert [row.rent for row in rows] == [Money(50, "CNY"), Money(50, "CNY")]


def test_rent_by_the_square_metre_of_an_unmeasured_unit_is_unknown():
    total = compiled(let("a", rent=5000, per="m2_month"), let("b", document="L-2", rent=5000, per="m2_month", area=None)).total
    assert (total.rent, total.unknown_rents) == ({"CNY": 200_000}, 1)


def test_rent_outside_the_chosen_buildings_is_not_counted_but_shares():
    chosen = compiled(let("a"), let("b", building="B2", building_id=2), building_ids=(1,))
    assert [row.rent for row in chosen.rows] == [Money(150_000, "CNY")]


def test_currencies_are_never_added():
    total = compiled(let("a"), let("b", document="L-2", currency="RUB")).total
    assert total.rent == {"CNY": 300_000, "RUB": 300_000}


def test_occupancy_by_area_is_over_known_areas_and_by_units_over_all():
    total = compiled(let("a"), fact("b"), fact("c"), let("d", document="L-2", area=None), fact("e", lettable=False)).total
    assert (total.occupancy_by_area, total.occupancy_by_units) == (Decimal("33.33"), Decimal("50.00"))
    assert (total.spaces, total.units, total.unknown_area_spaces) == (5, 4, 1)


def test_without_any_unit_occupancy_is_not_defined():
    assert compiled().total.occupancy_by_area is None
    assert compiled(fact(lettable=False)).total.occupancy_by_units is None


def test_the_term_ends_when_the_hold_does_if_that_is_earlier():
    (row,) = compiled(let(held_until=date(2026, 9, 30))).rows
    assert row.ends_on == date(2026, 9, 30)


def test_wault_of_the_worked_example():
    """Source: the vector in docs/domain.md."""
    rows = [
        Row("B", "1", code, "office", None, Status.LET, rent=Money(rent, "CNY"), ends_on=date.fromisoformat(ends), break_on=break_)
        for code, rent, ends, break_ in (
            ("a", 120_000_000, "2028-12-31", date(2027, 6, 30)),
            ("b", 60_000_000, "2026-09-30", None),
            ("c", 20_000_000, "2031-12-31", date(2029, 12, 31)),
        )
    ]
    (by_rent,) = wault(rows, date(2026, 1, 1))
    assert (by_rent.to_expiry, by_rent.to_break) == (Decimal("2.6245"), Decimal("1.5211"))


def test_in_the_wault_a_holdover_counts_zero_and_what_has_no_end_is_left_out():
    rows = [
        Row("B", "1", "a", "office", Area(100), Status.HOLDOVER, ends_on=date(2026, 1, 1)),
        Row("B", "1", "b", "office", Area(100), Status.LET, ends_on=date(2027, 6, 30)),
        Row("B", "1", "c", "office", Area(100), Status.LET),
    ]
    (by_area,) = wault(rows, ON)
    assert (by_area.to_expiry, by_area.open_ended) == (Decimal("0.5010"), 1)


def test_leases_that_end_within_ninety_days_are_counted_once_each():
    rows = compiled(
        let("a", held_until=date(2026, 9, 28)),
        let("b", held_until=date(2026, 9, 28)),
        let("c", document="L-2", held_until=date(2026, 9, 29)),
        let("d", document="L-3", ends_on=date(2026, 6, 1), held_until=None),
    )
    assert rows.ending_soon == ("L-2025-0001",)


def test_the_history_is_the_ends_of_twelve_months_and_the_day():
    days = occupancy.month_ends(date(2026, 3, 15))
    assert (len(days), days[0], days[-2], days[-1]) == (13, date(2025, 3, 31), date(2026, 2, 28), date(2026, 3, 15))
    assert occupancy.month_ends(date(2026, 6, 30))[-2] == date(2026, 5, 31)


def test_a_liaison_reads_of_others_only_that_they_are_there():
    mine, other = let("a", holder_id=1), let("b", document="X-9", holder_id=2, holder=Names("Secret Ltd"))
    works = let("c", document="C-1", hold="closure", holder_id=3)
    rows = narrowed(compiled(mine, other, works, fact("d")).rows, {1})
    assert [row.status for row in rows] == [Status.LET, Status.BUSY, Status.BUSY, Status.VACANT]
    assert "Secret" not in repr(rows) and "X-9" not in repr(rows)


def test_what_is_kept_gives_the_same_report_again():
    made = report(200)
    assert occupancy.from_plain(json.loads(occupancy.canonical(made))) == made


def test_the_canonical_form_does_not_change_with_the_order_of_the_facts():
    made = facts(150)
    one, other = (occupancy.compile(given, park=PARK, on=ON, known=KNOWN) for given in (made, made[::-1]))
    assert occupancy.canonical(one) == occupancy.canonical(other)


def test_leases_end_in_their_quarter():
    rows = compiled(
        let("a", held_until=date(2026, 6, 30)),
        let("b", document="L-2", held_until=date(2026, 7, 1)),
        let("c", document="L-3", ends_on=date(2026, 1, 1), held_until=None),
        let("d", document="L-4", ends_on=None, held_until=None),
        let("e", document="L-5", ends_on=date(2040, 1, 1), held_until=date(2040, 1, 1)),
    ).rows
    found = {quarter.label: quarter.units for quarter in occupancy.expiries(rows, ON) if quarter.units}
    assert found == {"earlier": 1, "2026 Q2": 1, "2026 Q3": 1, "later": 1, "open": 1}


KINDS = some.sampled_from(["office", "flat", "laboratory"])
FACTS = some.builds(
    lambda index, building, kind, area, hold, begun, lettable, document, minor, per, free, ends: fact(
        f"S{index}",
        space_id=index,
        building=f"B{building}",
        building_id=building,
        kind=kind,
        area=None if area is None else Area(area),
        hold=hold,
        begun=begun,
        lettable=lettable,
        document=f"L-{document}",
        holder_id=document,
        holder=Names(f"O{document}"),
        currency=("CNY", "RUB", "USD")[document % 3],
        minor=None if minor is None else minor * document,
        per=("month", "m2_month")[document % 2],
        free=document == 7,
        starts_on=date(2025, 1, 1),
        ends_on=ends,
        held_until=None,
    ),
    index=some.integers(1, 10**6),
    building=some.integers(1, 4),
    kind=KINDS,
    area=some.none() | some.integers(0, 10**6),
    hold=some.sampled_from([None, "lease", "lease", "residency", "closure"]),
    begun=some.booleans(),
    lettable=some.booleans(),
    document=some.integers(1, 9),
    minor=some.just(1_000_003),
    per=some.just("month"),
    free=some.booleans(),
    ends=some.none() | some.dates(date(2026, 1, 1), date(2030, 1, 1)),
)


@settings(max_examples=150, deadline=None)
@given(some.lists(FACTS, max_size=40, unique_by=lambda each: each.space_id))
def test_sums_of_rows_by_building_and_by_kind_are_the_total(given_):
    made = compiled(*given_)
    assert sum((group.sums for group in made.by_building), Sums()) == made.total
    assert sum((group.sums for group in made.by_kind), Sums()) == made.total
    assert sum((sums([row]) for row in made.rows), Sums()) == made.total
    assert made.total.let_units + made.total.vacant_units + made.total.reserved_units + made.total.closed_units == made.total.units
    for document in {fact_.document for fact_ in given_}:
        units = [each for each in given_ if each.document == document and each.hold == "lease" and each.begun]
        if units and units[0].per == "month" and not units[0].free:
            paid = [row.rent.minor for row in made.rows if row.document == document and row.rent is not None]
            assert sum(paid) == units[0].minor
