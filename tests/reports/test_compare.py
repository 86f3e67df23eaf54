"""Two states compared: what was restated, what came late, who came and left; the parts tie to the coin whatever the rows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.db import db, transaction
from parkmgr.leases import actions as leases
from parkmgr.leases import queries as lease_queries
from parkmgr.leases.rules import Step, Terms
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM, Role
from parkmgr.reports.comparing import FIELDS, compared
from parkmgr.reports.occupancy import Row, Status
from parkmgr.values import Area, Money, Term
from tests.conftest import NOW
from tests.making import Maker
from tests.web.visiting import Visitor

CNY, RUB = "CNY", "RUB"


def row(space: str, minor: int | None = None, document: str = "L-1", currency: str = CNY, status: Status = Status.LET) -> Row:
    money = None if minor is None else Money(minor, currency)
    return Row("B", "1", space, "office", Area.of(10), status, document=document, rent=money)


EMPTY = Status.VACANT


@pytest.mark.parametrize(
    ("before", "after", "departed", "arrived", "stayed"),
    [
        ([row("A", 100)], [row("A", 100)], 0, 0, 0),
        ([row("A", 100)], [row("A", 110)], 0, 0, 10),
        ([row("A", 100)], [row("A", None, "", status=EMPTY)], 100, 0, 0),
        ([row("A", None, "", status=EMPTY)], [row("A", 90)], 0, 90, 0),
        ([row("A", 100)], [row("A", 120, "L-2")], 100, 120, 0),
        ([row("A", 100)], [], 100, 0, 0),
        ([], [row("A", 100)], 0, 100, 0),
    ],
)
def test_rent_goes_from_the_one_to_the_other_by_its_reasons(before, after, departed, arrived, stayed):
    found = compared(before, after)
    assert [(one.departed, one.arrived, one.stayed) for one in found.bridges] == [(departed, arrived, stayed)]
    assert bool(found.changes) == (before != after)


def test_another_currency_is_another_letting():
    found = {one.currency: one for one in compared([row("A", 100)], [row("A", 900, currency=RUB)]).bridges}
    assert (found[CNY].departed, found[RUB].arrived) == (100, 900)


UNITS = st.dictionaries(
    st.sampled_from("ABCDEF"),
    st.tuples(
        st.none() | st.integers(0, 10**9),
        st.sampled_from(["L-1", "L-2"]),
        st.sampled_from([CNY, RUB]),
        st.sampled_from([Status.LET, EMPTY, Status.HOLDOVER]),
    ),
)


@given(UNITS, UNITS)
def test_the_parts_make_up_the_difference_whatever_the_rows(first, second):
    before, after = ([row(space, *of) for space, of in units.items()] for units in (first, second))
    found = compared(before, after)
    assert all(one.ties for one in found.bridges)
    rows = ({row.space: row for row in side} for side in (before, after))
    old, new = rows
    assert {one.space for one in found.changes} == {space for space in {*old, *new} if old.get(space) != new.get(space)}
    assert all(set(one.fields) <= set(FIELDS) for one in found.changes)


@pytest.fixture
def backdated(make: Maker) -> str:
    """A lease that began in January and was recorded in March; its number."""
    park = make.park("KP", country="CN", drafter_may_sign=True)
    unit = make.space(make.building(park, "MAIN"), "A", area="50").id
    tenant, drafter = make.organisation("TENANT").id, make.granted(Role.ADMINISTRATOR)
    first = date(2026, 1, 1)
    terms = Terms(Term(first, date(2028, 12, 31)), (unit,), CNY, (Step(first, Money(300_000, CNY)),))
    with transaction():
        number = leases.draft(
            db.session.get_one(Park, park.id), db.session.get_one(Organisation, tenant), terms, actor=drafter, now=NOW
        ).number
    for deed in (leases.offer, leases.sign):
        with transaction():
            deed(lease_queries.lease(number, SYSTEM), actor=drafter, now=NOW + timedelta(seconds=1))
    return number


@pytest.fixture
def auditor(app: Flask, make: Maker, backdated: str) -> Visitor:
    return Visitor(app).is_(make.granted(Role.AUDITOR, park=db.session.scalars(db.select(Park)).one()))


def text(answer) -> str:
    return answer.get_data(as_text=True)


ADDRESS = "/parks/KP/reports/compare"


def test_what_was_restated_is_shown_with_the_deeds_that_did_it(auditor: Visitor, backdated: str):
    page = text(auditor.get(f"{ADDRESS}?on=2026-01-31&known=2026-02-01T00:00&other_on=2026-01-31"))
    assert backdated in page and "leases.sign" in page and "3,000.00" in page
    assert "The parts make up the difference" in page
    assert backdated in text(auditor.get(f"{ADDRESS}?on=2026-01-31&known=2026-02-01T00:00&other_on=2026-01-31&format=csv"))


def test_between_two_days_it_says_who_came(auditor: Visitor):
    page = text(auditor.get(f"{ADDRESS}?on=2025-12-31&other_on=2026-01-31"))
    assert "Who came" in page and "Deeds between" not in page


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ("on=2026-01-31&other_on=2026-01-31", "Both sides are the same"),
        ("on=2026-01-31&known=2999-01-01T00:00", "cannot know today"),
        ("on=nonsense&other_on=2026-01-31&known=2026-02-01T00:00", "This is not a day"),
    ],
)
def test_bad_input_has_its_sentence(auditor: Visitor, args: str, says: str):
    answer = auditor.get(f"{ADDRESS}?{args}")
    assert (answer.status_code, says in text(answer)) == (200, True)


def test_without_a_question_it_shows_what_came_late(auditor: Visitor):
    assert "recorded after the last day of last month" in text(auditor.get(ADDRESS))
    assert auditor.get(f"{ADDRESS}?on=2026-01-31&other_on=2025-01-31&format=exe").status_code == 404
