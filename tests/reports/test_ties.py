"""Reconciliations: each names every row that does not agree and no other, and a report says what changed since the last one of the same."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parkmgr.charges.service_rules import Sums
from parkmgr.funds.rules import Facts, FlowKind, Movement, NoticeKind, Promise, Purpose, Share
from parkmgr.policy import Role
from parkmgr.reports import actions, fund, housing, labs, occupancy, queries, ties
from parkmgr.reports.occupancy import Row, Status
from parkmgr.reports.rules import Wanted
from parkmgr.utilisation.rules import Sums as Use
from parkmgr.values import Area, Money, Names
from tests.making import actor
from tests.reports.sample import KNOWN, ON, PARK, fact, facts, let

AUDITOR = actor(Role.AUDITOR, name="Auditor Wang", user_id=None)
DAY = timedelta(days=1)


def exceptions(checks) -> dict[str, tuple[str, ...]]:
    return {one.code: one.exceptions for one in checks if one.exceptions}


def of_rows(*given_: Row) -> dict[str, tuple[str, ...]]:
    return exceptions(occupancy.checks(given_, ON))


LET = Row("B1", "1", "A", "office", Area.of("40"), Status.LET, None, "L-1", ON - DAY, ON + DAY, Money(100, "CNY"))


def test_what_agrees_has_no_exception():
    assert of_rows(LET, replace(LET, space="B", status=Status.VACANT, document="", rent=None)) == {}


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ((LET, LET), {"units": ("A",)}),
        ((replace(LET, document=""),), {"held": ("A",)}),
        ((replace(LET, starts_on=ON + DAY),), {"terms": ("A",)}),
        ((replace(LET, ends_on=ON - DAY),), {"terms": ("A",)}),
        ((replace(LET, starts_on=ON, ends_on=ON),), {}),
        ((replace(LET, ends_on=None),), {}),
        ((replace(LET, status=Status.HOLDOVER, ends_on=ON - DAY),), {"holdovers": ("L-1",)}),
        ((replace(LET, rent=None),), {"payable": ("A",)}),
        ((replace(LET, rent=Money(0, "CNY")),), {}),
        ((replace(LET, status=Status.RESIDENT, rent=None),), {}),
        ((replace(LET, area=None),), {"measured": ("A",)}),
    ],
)
def test_each_row_that_does_not_agree_is_named(rows, found):
    assert of_rows(*rows) == found


def compiled(*given_, declared=None) -> occupancy.Report:
    return occupancy.compile(given_, park=PARK, on=ON, known=KNOWN, declared=declared)


@pytest.mark.parametrize(("declared", "found"), [({"B1": 8_000}, ()), ({"B1": 7_999}, ("B1 80.00 > 79.99",)), ({"B2": 1}, ()), ({}, ())])
def test_units_have_no_more_than_their_building(declared, found):
    report = compiled(let(), fact("B1-102"), declared=declared)
    assert {one.code: one.exceptions for one in report.checks}["areas"] == found


def test_a_report_of_before_is_not_compared_with_declared_areas():
    report = compiled(let())
    assert "areas" not in {one.code for one in report.checks}
    assert occupancy.from_plain(json.loads(occupancy.canonical(report))) == report
    assert "declared" not in occupancy.plain(report)


def test_a_report_keeps_what_it_was_compared_with():
    report = compiled(let(), declared={"B1": 3_000})
    again = occupancy.from_plain(json.loads(occupancy.canonical(report)))
    assert again.checks == report.checks and exceptions(again.checks) == {"areas": ("B1 40.00 > 30.00",)}


@settings(max_examples=40)
@given(st.integers(0, 400), st.integers(0, 9))
def test_parts_sum_to_the_whole_whatever_the_rows(count, seed):
    report = compiled(*facts(count, seed=seed))
    assert "parts" not in exceptions(report.checks)
    assert {one.count for one in report.checks if one.code in ("units", "measured")} == {count}


def test_a_part_that_is_not_the_whole_is_named():
    report = compiled(let(), fact("B1-102"))
    assert exceptions(replace(report, by_kind=report.by_kind[:0]).checks) == {"parts": ("by kind",)}


def home(space: str, *, resident: str, people: int = 1, kind: str = "flat", **of: object) -> housing.Home:
    row = replace(LET, building="R1", space=space, kind=kind, status=Status.RESIDENT, document="RES-1")
    return housing.Home(replace(row, **of), space, resident, people)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("homes", "found"),
    [
        ((home("A", resident="P-1"), home("B", resident="P-2")), {}),
        ((home("A", resident="P-1"), home("B", resident="P-1")), {"residents": ("P-1",)}),
        ((home("A", resident="P-1", people=2),), {}),
        ((home("A", resident="P-1", people=2, kind="bed"),), {"beds": ("A",)}),
        ((home("A", resident="P-1", ends_on=ON - DAY),), {"terms": ("A",)}),
        ((home("A", resident="P-1", building="R9"),), {"parts": ("by block",)}),
    ],
)
def test_homes_and_residents(homes, found):
    report = housing.Report(PARK, ON, KNOWN, (), ON, homes, (("R1", Names("One")),), (), ())
    assert exceptions(report.checks) == found


@pytest.mark.parametrize(
    ("sums", "found"),
    [
        (Sums(observed=10, used=10, use=Use(1, 10, 0, 10, 0)), {}),
        (Sums(observed=10, used=11), {"hours": ("E 1",)}),
        (Sums(observed=10, planned=6, unplanned=5), {"hours": ("E 1",)}),
        (Sums(observed=10, use=Use(1, 5, 0, 6, 0)), {"hours": ("E 1",)}),
    ],
)
def test_pieces_and_hours(sums, found):
    report = labs.Report(PARK, ON, KNOWN, (), ON, (labs.Row("B1", "E", "instrument", "", None, "1", None, sums),))
    assert exceptions(report.checks) == found


def of_fund(called: int, paid: int) -> fund.Report:
    head = fund.Head("F", Names("F"), "CNY", 2020, 0, date(2020, 1, 1), None, Names("M"), Names("G"))
    share = Share(1, NoticeKind.CALL, ON, ON, next(iter(Purpose)), called, 1)
    moved = Movement(FlowKind.CONTRIBUTION, ON, paid, 1, None, 1)
    told = Facts((Promise(1, ON, 100),), (share,), (moved,))
    return fund.Report(PARK, ON, KNOWN, head, told, {1: fund.Party("BIG", Names("Big"))})


@pytest.mark.parametrize(
    ("called", "paid", "found"), [(100, 100, {}), (50, 20, {}), (101, 100, {"calls": ("BIG",)}), (50, 51, {"paid": ("BIG",)})]
)
def test_calls_and_commitments(called, paid, found):
    assert exceptions(of_fund(called, paid).checks) == found


# This report and the last one


def plain(*rows) -> dict[str, object]:
    return {"on": "2026-06-30", "known": "2026-07-01T04:00:00+00:00", "rows": [["B1", "1", code, what] for code, what in rows]}


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ((), (), (0, [], [], [])),
        ((("A", 1),), (("A", 1),), (1, [], [], [])),
        ((("A", 1),), (("A", 2),), (0, [], [], ["A"])),
        ((("A", 1), ("B", 1)), (("B", 1), ("C", 1)), (1, ["C"], ["A"], [])),
        ((("A", 1), ("A", 2)), (("A", 2), ("A", 1)), (1, [], [], [])),
    ],
)
def test_rows_are_the_same_new_gone_or_changed(before, after, found):
    told = ties.since_last("occupancy", plain(*before), plain(*after), "OCC-2026-0001", {"a": 1, "b": 2})
    assert (told["same"], told["new"], told["gone"], told["changed"]) == found
    assert list(told["deeds"]) == ["b", "a"] and told["number"] == "OCC-2026-0001"


def test_a_report_says_what_was_done_since_the_last_of_the_same(make, now):
    make.space(code="S")
    park = make.the_park()
    first, _content = actions.produce(park, Wanted(ON), "json", actor=AUDITOR, now=now)
    make.space(code="T")
    actions.produce(park, Wanted(ON, kind="rentroll"), "json", actor=AUDITOR, now=now)
    second, _content = actions.produce(park, Wanted(ON + DAY), "json", actor=AUDITOR, now=now)
    assert queries.report(park.id, first).since_last == {}
    told = queries.report(park.id, second).since_last
    assert (told["number"], told["same"], told["new"], told["deeds"]["reports.request"]) == (first, 1, ["T"], 2)
    assert not any(deed.startswith("leases") for deed in told["deeds"])


def test_a_report_about_other_buildings_is_another(make, now):
    make.space(code="S")
    park = make.the_park()
    house = queries.of_buildings(park.id)[0].code
    actions.produce(park, Wanted(ON, buildings=(house,)), "json", actor=AUDITOR, now=now)
    number, _content = actions.produce(park, Wanted(ON), "json", actor=AUDITOR, now=now)
    assert queries.report(park.id, number).since_last == {}
