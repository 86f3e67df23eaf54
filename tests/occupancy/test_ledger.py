"""The ledger, on both engines: what is taken, cut, prolonged and withdrawn, and what the queries answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta

import pytest

from parkmgr.audit.actions import record
from parkmgr.db import db, transaction
from parkmgr.errors import Refused
from parkmgr.leases.models import Lease
from parkmgr.occupancy import actions, queries
from parkmgr.occupancy.models import TAKEN, Hold, HoldKind
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Space
from parkmgr.policy import SYSTEM
from parkmgr.values import FOREVER, Area, Names, Span, Term, midnight
from tests.making import Maker

Counter = Callable[[], AbstractContextManager[list[str]]]
DOCUMENT = "L-2026-0001"


def days(make: Maker, first: str, last: str | None = None) -> Span:
    return Term(date.fromisoformat(first), date.fromisoformat(last) if last else None).span(make.the_park().zone)


def at(make: Maker, day: str) -> datetime:
    return midnight(date.fromisoformat(day), make.the_park().zone)


@pytest.fixture
def tenant(make: Maker) -> Organisation:
    """A tenant with a document that speaks for holds in the audit."""
    make.the_park()
    tenant = make.organisation(names=Names("Rayak", "Райак", "拉亚克"))
    make.keep(Lease(park_id=make.the_park().id, number=DOCUMENT, tenant_id=tenant.id, state="signed"))
    return tenant


def lease() -> Lease:
    return db.session.scalars(db.select(Lease)).one()


def take(spaces: list[Space], span: Span, tenant: Organisation, now: datetime) -> None:
    with transaction():
        record("tests.take", lease(), actor=SYSTEM, now=now)
        actions.take(spaces, span, kind=HoldKind.LEASE, holder_id=tenant.id, document=DOCUMENT, now=now)


def standing() -> list[tuple[int, Span]]:
    return [(held.space_id, held.span) for held in queries.of_document(DOCUMENT)]


def hall_of_two(make: Maker) -> tuple[Space, Space, Space]:
    hall = make.space(code="HALL")
    return hall, make.space(hall_building(make, hall), "HALL-1", parent=hall), make.space(hall_building(make, hall), "HALL-2", parent=hall)


def hall_building(make: Maker, hall: Space):  # type: ignore[no-untyped-def]
    from parkmgr.places.models import Building

    return db.session.get_one(Building, hall.building_id)


def test_taking_a_divided_space_takes_its_units(make: Maker, tenant: Organisation, now: datetime) -> None:
    hall, left, right = hall_of_two(make)
    span = days(make, "2026-01-01", "2026-12-31")
    take([hall], span, tenant, now)
    assert standing() == [(left.id, span), (right.id, span)]


def test_units_are_found_through_every_level(make: Maker, statements: Counter) -> None:
    whole = make.space(code="W")
    floor = make.space(hall_building(make, whole), "F", parent=whole)
    room = make.space(hall_building(make, whole), "R", parent=floor)
    alone = make.space(hall_building(make, whole), "A")
    ids = [whole.id, alone.id, floor.id]
    wanted = {whole.id: [room.id], alone.id: [alone.id], floor.id: [room.id]}
    with statements() as seen:
        found = queries.units(ids)
    assert (found, len(seen)) == (wanted, 1)


def test_the_guard_refuses_a_space_over_one_of_its_parts(make: Maker, tenant: Organisation, now: datetime) -> None:
    hall, left, _ = hall_of_two(make)
    make.hold(left, "2026-06-01", "2026-06-01")
    with pytest.raises(Refused) as refused:
        take([hall], days(make, "2026-01-01", "2026-12-31"), tenant, now)
    assert refused.value.objections == (TAKEN,)
    assert standing() == []


def test_the_same_unit_named_twice_is_held_once(make: Maker, tenant: Organisation, now: datetime) -> None:
    hall, left, _ = hall_of_two(make)
    take([hall, left], days(make, "2026-01-01", "2026-12-31"), tenant, now)
    assert len(standing()) == 2


def change(make: Maker, now: datetime, deed: Callable[[], object]) -> None:
    with transaction():
        record("tests.change", lease(), actor=SYSTEM, now=now)
        deed()


def test_a_cut_hold_keeps_its_past(make: Maker, tenant: Organisation, now: datetime) -> None:
    unit = make.space()
    take([unit], days(make, "2026-01-01", "2026-12-31"), tenant, now)
    later = now + timedelta(days=1)
    change(make, later, lambda: actions.cut(DOCUMENT, at(make, "2026-07-01"), now=later))
    assert standing() == [(unit.id, days(make, "2026-01-01", "2026-06-30"))]
    assert [held.span for held in queries.of_document(DOCUMENT, now)] == [days(make, "2026-01-01", "2026-12-31")]


def test_a_cut_before_its_beginning_leaves_nothing(make: Maker, tenant: Organisation, now: datetime) -> None:
    take([make.space()], days(make, "2026-01-01"), tenant, now)
    change(make, now, lambda: actions.cut(DOCUMENT, at(make, "2026-01-01"), now=now))
    assert standing() == []


def test_a_cut_after_its_end_changes_nothing(make: Maker, tenant: Organisation, now: datetime) -> None:
    take([make.space()], days(make, "2026-01-01", "2026-12-31"), tenant, now)
    change(make, now, lambda: actions.cut(DOCUMENT, at(make, "2027-01-01"), now=now))
    assert db.session.scalar(db.select(db.func.count(Hold.id))) == 1


def test_a_prolonged_document_prolongs_what_ends_last(make: Maker, tenant: Organisation, now: datetime) -> None:
    early, late = make.space(), make.space()
    take([early], days(make, "2026-01-01", "2026-03-31"), tenant, now)
    take([late], days(make, "2026-01-01", "2026-12-31"), tenant, now)
    change(make, now, lambda: actions.prolong(DOCUMENT, FOREVER, now=now))
    assert standing() == [(early.id, days(make, "2026-01-01", "2026-03-31")), (late.id, days(make, "2026-01-01"))]


def test_prolonging_into_somebody_elses_time_is_refused_and_changes_nothing(make: Maker, tenant: Organisation, now: datetime) -> None:
    unit = make.space()
    take([unit], days(make, "2026-01-01", "2026-12-31"), tenant, now)
    make.hold(unit, "2027-06-01", "2027-06-30")
    with pytest.raises(Refused) as refused:
        change(make, now, lambda: actions.prolong(DOCUMENT, FOREVER, now=now))
    assert refused.value.objections == (TAKEN,)
    assert standing() == [(unit.id, days(make, "2026-01-01", "2026-12-31"))]


def test_a_withdrawn_document_never_held_anything(make: Maker, tenant: Organisation, now: datetime) -> None:
    unit = make.space()
    take([unit], days(make, "2026-01-01"), tenant, now)
    later = now + timedelta(hours=1)
    change(make, later, lambda: actions.withdraw(DOCUMENT, now=later))
    assert queries.history(unit.id) == []
    assert len(queries.history(unit.id, now)) == 1
    assert queries.ever_held([unit.id])


def test_rewriting_leaves_alone_what_is_right(make: Maker, tenant: Organisation, now: datetime) -> None:
    kept, lost, new = make.space(), make.space(), make.space()
    year = days(make, "2026-01-01", "2026-12-31")
    take([kept, lost], year, tenant, now)
    before = {hold.space_id: hold.id for hold in queries.standing_holds(DOCUMENT)}
    wanted = [([kept], days(make, "2026-01-01", "2026-05-31")), ([kept, new], days(make, "2026-06-01", "2026-12-31"))]
    change(make, now, lambda: actions.rewrite(DOCUMENT, wanted, kind=HoldKind.LEASE, holder_id=tenant.id, now=now))
    assert standing() == [(kept.id, year), (new.id, days(make, "2026-06-01", "2026-12-31"))]
    assert {hold.space_id: hold.id for hold in queries.standing_holds(DOCUMENT)}[kept.id] == before[kept.id]


def test_holders_at_an_instant_as_known_then(make: Maker, tenant: Organisation, now: datetime, statements: Counter) -> None:
    unit, empty = make.space(), make.space()
    take([unit], days(make, "2026-01-01", "2026-12-31"), tenant, now)
    day, park_id = at(make, "2026-02-01"), unit.park_id
    with statements() as seen:
        held = queries.holders(park_id, day)
    assert len(seen) == 1
    assert held[unit.id].holder == Names("Rayak", "Райак", "拉亚克")
    assert held[unit.id].document == DOCUMENT
    assert empty.id not in held
    assert queries.holders(unit.park_id, day, now - timedelta(seconds=1)) == {}


def test_a_holders_day_ends_at_midnight_of_the_park(make: Maker, tenant: Organisation, now: datetime) -> None:
    unit = make.space()
    take([unit], days(make, "2026-01-01", "2026-01-31"), tenant, now)
    end = at(make, "2026-02-01")
    assert unit.id in queries.holders(unit.park_id, end - timedelta(microseconds=1))
    assert unit.id not in queries.holders(unit.park_id, end)


@pytest.mark.parametrize(
    ("first", "last", "is_free"),
    [
        pytest.param("2026-01-01", "2026-02-28", True, id="before"),
        pytest.param("2026-01-01", "2026-03-01", False, id="into the first day"),
        pytest.param("2026-04-01", "2026-04-02", False, id="inside"),
        pytest.param("2026-07-01", "2026-07-31", True, id="between"),
        pytest.param("2026-07-01", "2026-08-01", False, id="into the next"),
        pytest.param("2027-01-01", None, True, id="after"),
        pytest.param("2026-01-01", None, False, id="over all"),
    ],
)
def test_free_units_of_a_span(make: Maker, first: str, last: str | None, is_free: bool) -> None:
    unit = make.space()
    make.hold(unit, "2026-03-01", "2026-06-30")
    make.hold(unit, "2026-08-01", "2026-12-31")
    span = days(make, first, last)
    found = queries.free_units(unit.park_id, span, zone=make.the_park().zone)
    assert [free.space_id for free in found] == ([unit.id] if is_free else [])
    assert (queries.overlapping([unit.id], span) == []) is is_free


def test_free_units_say_until_when_and_smallest_first(make: Maker, statements: Counter) -> None:
    building = make.building()
    large, small = make.space(building, area="80"), make.space(building, area="20")
    unknown = make.space(building, area=None)
    make.hold(small, "2027-01-01", "2027-12-31")
    zone, park_id, span = make.the_park().zone, building.park_id, days(make, "2026-01-01", "2026-12-31")
    with statements() as seen:
        found = queries.free_units(park_id, span, zone=zone)
    assert len(seen) == 1
    assert [(free.space_id, free.free_until) for free in found] == [
        (small.id, at(make, "2027-01-01")),
        (large.id, FOREVER),
        (unknown.id, FOREVER),
    ]


def test_free_units_are_of_the_kind_and_size_that_is_asked_for(make: Maker) -> None:
    building = make.building()
    make.space(building, area="20")
    make.space(building, area="60", kind="laboratory")
    make.space(building, area="60", lettable=False)
    office = make.space(building, area="60")
    found = queries.free_units(
        building.park_id,
        days(make, "2026-01-01", "2026-12-31"),
        zone=make.the_park().zone,
        kind="office",
        at_least=Area.of("40"),
        building_id=building.id,
    )
    assert [free.space_id for free in found] == [office.id]


def test_a_space_that_is_retired_in_the_span_is_not_free(make: Maker) -> None:
    unit = make.space(ends_on=date(2026, 7, 1))
    zone = make.the_park().zone
    assert queries.free_units(unit.park_id, days(make, "2026-01-01", "2026-07-01"), zone=zone) == []
    assert len(queries.free_units(unit.park_id, days(make, "2026-01-01", "2026-06-30"), zone=zone)) == 1
    assert queries.free_units(unit.park_id, days(make, "2026-01-01"), zone=zone) == []


def test_for_how_long_a_space_stays_free(make: Maker, statements: Counter) -> None:
    hall, left, right = hall_of_two(make)
    make.hold(left, "2026-06-01", "2026-06-30")
    make.hold(right, "2026-04-01", "2026-04-30")
    hall_id, day, until = hall.id, at(make, "2026-01-01"), at(make, "2026-04-01")
    with statements() as seen:
        assert queries.free_until(hall_id, day) == until
    assert len(seen) == 1
    assert queries.free_until(hall.id, at(make, "2026-04-15")) is None
    assert queries.free_until(hall.id, at(make, "2026-05-01")) == at(make, "2026-06-01")
    assert queries.free_until(hall.id, at(make, "2026-07-01")) == FOREVER


def test_what_overlaps_names_the_space_that_was_asked_about(make: Maker, statements: Counter) -> None:
    hall, left, _ = hall_of_two(make)
    make.hold(left, "2026-06-01", "2026-06-30", document="L-2026-0007")
    hall_id, span = hall.id, days(make, "2026-01-01", "2026-12-31")
    with statements() as seen:
        found = queries.overlapping([hall_id], span)
    assert len(seen) == 2
    assert [(one.asked_id, one.held.space_id, one.held.document) for one in found] == [(hall.id, left.id, "L-2026-0007")]
    assert queries.overlapping([hall.id], days(make, "2026-01-01", "2026-12-31"), but="L-2026-0007") == []


def test_history_is_latest_first_and_knows_the_space_before_it_was_divided(make: Maker, statements: Counter) -> None:
    hall = make.space()
    make.hold(hall, "2020-01-01", "2020-12-31", document="L-2020-0001")
    part = make.space(hall_building(make, hall), parent=hall)
    make.hold(part, "2026-01-01", None, document="L-2026-0002")
    hall_id = hall.id
    with statements() as seen:
        found = queries.history(hall_id)
    assert ([held.document for held in found], len(seen)) == (["L-2026-0002", "L-2020-0001"], 1)


def test_a_space_that_nobody_had_was_never_held(make: Maker) -> None:
    assert not queries.ever_held([make.space().id])
