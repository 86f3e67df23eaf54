"""What each unit is on a day, asked of a register on both engines: one SELECT, whatever the day and the instant of knowledge."""

from __future__ import annotations

from datetime import UTC, date, datetime

from parkmgr.audit.actions import record
from parkmgr.db import db, transaction
from parkmgr.leases import actions as leases
from parkmgr.leases import queries as lease_queries
from parkmgr.leases.models import Lease
from parkmgr.leases.rules import Option, Step, Terms
from parkmgr.occupancy.models import HoldKind
from parkmgr.organisations.models import Organisation
from parkmgr.policy import SYSTEM
from parkmgr.reports import queries
from parkmgr.reports.occupancy import Fact, Row, Status, passing_rents, row
from parkmgr.values import Area, Money, Names, Term

ON = date(2026, 3, 2)


def terms(*spaces, starts_on="2026-01-01", ends_on="2026-12-31", steps=None, **more) -> Terms:
    term = Term(date.fromisoformat(starts_on), date.fromisoformat(ends_on) if ends_on else None)
    steps = (Step(term.starts_on, Money.of("3000", "CNY")),) if steps is None else steps
    return Terms(term, tuple(space.id for space in spaces), "CNY", steps=steps, **more)


def signed(make, wanted: Terms, *, tenant=None, now=datetime(2025, 6, 1, tzinfo=UTC)) -> str:
    tenant_id = (tenant or make.organisation()).id
    with transaction():
        make.the_park().drafter_may_sign = True
        record("places.change_park", make.the_park(), actor=SYSTEM, now=now)
        tenant = db.session.get_one(Organisation, tenant_id)
        lease = leases.draft(make.the_park(), tenant, wanted, actor=SYSTEM, now=now)
        db.session.flush()
        number = lease.number
    deed(number, leases.offer, now=now)
    deed(number, leases.sign, now=now)
    return number


def deed(number: str, do, *, now: datetime, **more) -> None:
    with transaction():
        lease: Lease = lease_queries.lease(number, SYSTEM, to_change=True)
        do(lease, actor=SYSTEM, now=now, **more)


def asked(make, on=ON, known=None, **more) -> dict[str, Fact]:
    return {fact.space: fact for fact in queries.occupancy(make.the_park(), on, known, **more)}


def rows(make, on=ON, known=None) -> dict[str, Row]:
    facts = queries.occupancy(make.the_park(), on, known)
    rents = passing_rents(facts)
    return {fact.space: row(fact, rents) for fact in facts}


def test_every_unit_is_told_in_one_select(make, statements):
    building = make.building(code="B", name_zh="楼", residential=True)
    let, vacant = make.space(building, "B-1", area="40"), make.space(building, "B-2", area=None, level=2)
    number = signed(
        make, terms(let, options=(Option("break", date(2026, 6, 30), 3, "tenant"),)), tenant=make.organisation(names=Names("", "Райак", ""))
    )
    park = make.the_park()
    park.zone  # noqa: B018 - loaded before the count
    with statements() as seen:
        facts = {fact.space: fact for fact in queries.occupancy(park, ON)}
    assert len(seen) == 1
    told = facts["B-1"]
    assert (told.building_names, told.residential, told.floor) == (Names("Building B", "", "楼"), True, "1")
    assert (told.space_id, told.kind, told.area, told.basis) == (let.id, "office", Area.of("40"), "IPMS3")
    assert (told.hold, told.begun, told.holder, told.document) == ("lease", True, Names("", "Райак", ""), number)
    assert (told.starts_on, told.ends_on, told.held_until) == (date(2026, 1, 1), date(2026, 12, 31), date(2026, 12, 31))
    assert (told.break_on, told.currency, told.minor, told.per, told.free) == (date(2026, 6, 30), "CNY", 300_000, "month", False)
    assert facts["B-2"].hold is None and facts["B-2"].area is None and facts["B-2"].space_id == vacant.id


def test_a_lease_that_begins_later_reserves(make):
    space = make.space(code="S")
    signed(make, terms(space, starts_on="2026-04-01"))
    assert rows(make)["S"].status is Status.RESERVED
    assert rows(make)["S"].starts_on == date(2026, 4, 1)
    assert rows(make, date(2026, 4, 1))["S"].status is Status.LET


def test_the_last_day_is_let_and_the_next_is_not(make):
    signed(make, terms(make.space(code="S")))
    assert rows(make, date(2026, 12, 31))["S"].status is Status.LET
    assert rows(make, date(2027, 1, 1))["S"].status is Status.VACANT


def test_a_tenant_who_stays_is_a_holdover_with_the_term_that_is_over(make):
    number = signed(make, terms(make.space(code="S"), starts_on="2025-01-01", ends_on="2025-12-31"), now=datetime(2025, 1, 1, tzinfo=UTC))
    deed(number, leases.hold_over, now=datetime(2026, 1, 10, tzinfo=UTC))
    assert rows(make)["S"].status is Status.HOLDOVER
    assert rows(make)["S"].ends_on == date(2025, 12, 31)
    assert rows(make, date(2025, 7, 1))["S"].status is Status.LET


def test_what_was_not_known_yet_does_not_count(make):
    number = signed(make, terms(make.space(code="S")), now=datetime(2025, 6, 1, tzinfo=UTC))
    deed(number, leases.end, now=datetime(2026, 2, 10, tzinfo=UTC), on=date(2026, 1, 31), reason="closed")
    assert rows(make)["S"].status is Status.VACANT
    assert rows(make, known=datetime(2026, 2, 1, tzinfo=UTC))["S"].status is Status.LET
    assert rows(make, known=datetime(2025, 5, 1, tzinfo=UTC))["S"].status is Status.VACANT


def test_an_amendment_counts_from_its_day_and_from_when_it_was_known(make):
    space = make.space(code="S")
    number = signed(make, terms(space))
    dearer = terms(space, steps=(Step(date(2026, 1, 1), Money.of("3000", "CNY")), Step(date(2026, 2, 1), Money.of("4000", "CNY"))))
    deed(number, leases.amend, now=datetime(2026, 2, 20, tzinfo=UTC), terms=dearer, effective_on=date(2026, 2, 1), reason="more")
    assert rows(make)["S"].rent == Money.of("4000", "CNY")
    assert rows(make, date(2026, 1, 31))["S"].rent == Money.of("3000", "CNY")
    assert rows(make, known=datetime(2026, 2, 19, tzinfo=UTC))["S"].rent == Money.of("3000", "CNY")


def test_nothing_is_payable_in_a_rent_free_month(make):
    signed(make, terms(make.space(code="S"), rent_free=(Term(date(2026, 3, 1), date(2026, 3, 31)),)))
    assert rows(make)["S"].rent == Money(0, "CNY")
    assert rows(make, date(2026, 4, 1))["S"].rent == Money.of("3000", "CNY")


def test_a_lease_of_several_spaces_shares_its_rent_by_area(make):
    signed(make, terms(make.space(code="S1", area="10"), make.space(code="S2", area="20")))
    assert [row.rent for row in rows(make).values()] == [Money.of("1000", "CNY"), Money.of("2000", "CNY")]


def test_chosen_buildings_bring_the_rest_of_their_leases_with_them(make):
    one, other, third = make.building(code="A"), make.building(code="B"), make.building(code="C")
    spaces = make.space(one, "A1"), make.space(other, "B1"), make.space(third, "C1")
    signed(make, terms(*spaces[:2]))
    assert set(asked(make, building_ids=[one.id])) == {"A1", "B1"}
    assert set(asked(make, building_ids=[third.id])) == {"C1"}


def test_a_space_with_parts_is_told_by_its_parts_from_when_it_has_them(make):
    hall = make.space(code="H")
    make.space(code="H-a", parent=hall, building=None, starts_on=date(2026, 2, 1))
    assert set(asked(make)) == {"H-a"}
    assert set(asked(make, date(2026, 1, 31))) == {"H"}


def test_a_retired_space_is_there_until_it_was_retired(make):
    make.space(code="S", ends_on=date(2026, 3, 2))
    assert set(asked(make)) == set()
    assert set(asked(make, date(2026, 3, 1))) == {"S"}


def test_works_close_and_an_hour_in_a_meeting_room_does_not_let(make):
    flat, room = make.space(code="F", kind="flat"), make.space(code="R", kind="meeting_room")
    make.hold(flat, "2026-02-01", "2026-04-01", kind=HoldKind.CLOSURE, document="C-1")
    make.hold(room, "2026-03-02", "2026-03-02", kind=HoldKind.BOOKING, document="B-1")
    found = rows(make)
    assert (found["F"].status, found["R"].status) == (Status.CLOSED, Status.VACANT)


def test_a_residency_is_a_resident(make):
    flat = make.space(code="F", kind="flat")
    make.hold(flat, "2026-02-01", "2026-08-31", kind=HoldKind.RESIDENCY, document="R-2026-0001")
    found = rows(make)["F"]
    assert (found.status, found.document, found.starts_on, found.ends_on) == (
        Status.RESIDENT, "R-2026-0001", date(2026, 2, 1), date(2026, 8, 31),
    )  # fmt: skip


def test_several_days_are_one_select(make, statements):
    signed(make, terms(make.space(code="S")))
    park = make.the_park()
    park.zone  # noqa: B018
    with statements() as seen:
        facts = queries.occupancy(park, ON, days=(date(2025, 12, 31), date(2026, 1, 31)), named=False)
    assert len(seen) == 1
    assert [(fact.on, fact.begun) for fact in sorted(facts)] == [(date(2025, 12, 31), False), (date(2026, 1, 31), True)]


def test_another_park_is_not_in_it(make):
    make.space(make.building(make.park("X")), "X1")
    make.space(make.building(make.park("Y")), "Y1")
    assert set(asked(make)) == {"X1"}
