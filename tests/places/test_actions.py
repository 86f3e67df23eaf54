"""Deeds on parks, buildings and spaces, on both engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime

import pytest
import sqlalchemy as sa

from parkmgr.audit.models import Entry
from parkmgr.db import db, transaction
from parkmgr.errors import Missing, Refused, Stale
from parkmgr.places import actions, queries
from parkmgr.places.models import Building, Park, Particulars, Space
from parkmgr.places.rules import Part, Particular
from parkmgr.policy import SYSTEM, Role
from parkmgr.values import Area, Names
from tests.making import Maker, actor

OFFICE = Particular("office", area=Area.of(40), area_basis="IPMS3", capacity=4)
START, DAY = date(2020, 1, 1), date(2026, 3, 2)


@contextmanager
def refused(*codes: str) -> Iterator[None]:
    with pytest.raises(Refused) as caught, transaction():
        yield
    assert [objection.code for objection in caught.value.objections] == list(codes)


def again(space: Space) -> Space:
    """The space, read in this transaction."""
    return queries.spaces_of_ids([space.id])[0]


def add(building: Building, code: str, now: datetime, **more: object) -> Space:
    given: dict[str, object] = {"starts_on": START, "level": 1, **more}
    with transaction():
        return actions.add_space(db.session.get_one(Building, building.id), code, None, OFFICE, actor=SYSTEM, now=now, **given)  # type: ignore[arg-type]


def timeline(space: Space) -> list[tuple[date, date, str]]:
    return [(row.starts_on, row.ends_on, row.kind) for row in queries.particulars(space.id)]


def test_a_park_is_added_and_found(make: Maker, now: datetime) -> None:
    with transaction():
        actions.add_park("HIT", Names("Park", "Парк", "园"), time_zone="Asia/Shanghai", currency="CNY", actor=SYSTEM, now=now)
    assert queries.park("HIT", SYSTEM).names == Names("Park", "Парк", "园")


def test_a_second_park_of_one_code_is_refused(make: Maker, now: datetime) -> None:
    make.park("HIT")
    with refused("places.code_taken"):
        actions.add_park("HIT", Names("Park"), time_zone="Asia/Shanghai", currency="CNY", actor=SYSTEM, now=now)


def test_a_strangers_park_is_missing(make: Maker) -> None:
    one, two = make.park("ONE"), make.park("TWO")
    mine = actor(Role.ADMINISTRATOR, park_id=one.id)
    assert [park.code for park in queries.parks_of(mine)] == ["ONE"]
    with pytest.raises(Missing):
        queries.park(two.code, mine)
    with pytest.raises(Missing):
        queries.park("ONE", actor(Role.AUDITOR, park_id=one.id), "places.change_park")


def test_a_time_zone_is_fixed_once_a_space_was_taken(make: Maker, now: datetime) -> None:
    park = make.park("HIT")
    make.hold(make.space(make.building(park)), "2026-01-01", "2026-12-31")
    settings = {"time_zone": "Europe/Berlin", "currency": "CNY"}
    with refused("places.time_zone_fixed"):
        actions.change_park(queries.park("HIT", SYSTEM), Names("Park"), **settings, actor=SYSTEM, now=now)


def test_the_second_of_two_open_forms_is_stale(make: Maker, now: datetime) -> None:
    make.building(make.park(), "A")
    with transaction():
        actions.change_building(queries.building(make.the_park().id, "A"), Names("First"), version=1, actor=SYSTEM, now=now)
    with pytest.raises(Stale), transaction():
        actions.change_building(queries.building(make.the_park().id, "A"), Names("Second"), version=1, actor=SYSTEM, now=now)


def test_a_building_keeps_what_is_declared(make: Maker, now: datetime) -> None:
    park = make.park()
    with transaction():
        row = db.session.get_one(Park, park.id)
        given = {"use": "office", "built": 2011, "area": Area.of("1200.5"), "area_basis": "GIA"}
        actions.add_building(row, "A", Names("A"), **given, actor=SYSTEM, now=now)
    found = queries.building(park.id, "A")
    assert (found.use, found.built, found.area, found.area_basis) == ("office", 2011, Area.of("1200.5"), "GIA")


def test_every_objection_to_a_building_is_said(make: Maker, now: datetime) -> None:
    park = make.park()
    with refused("places.code_shape", "places.name_unreadable", "places.use_unknown", "places.built_bounds"):
        actions.add_building(db.session.get_one(Park, park.id), "?", Names("\x00"), use="castle", built=3, actor=SYSTEM, now=now)


def test_a_space_makes_its_floor_once(make: Maker, now: datetime) -> None:
    building = make.building()
    one, two = add(building, "A-1", now, level=3), add(building, "A-2", now, level=3)
    assert again(one).floor_id == again(two).floor_id
    assert [floor.level for floor in queries.floors(building.id, DAY)] == [3]


def test_many_spaces_are_added_in_one_transaction(make: Maker, now: datetime) -> None:
    building = make.building()
    with transaction():
        row = db.session.get_one(Building, building.id)
        for number in range(6):
            actions.add_space(row, f"A-{number}", None, OFFICE, starts_on=START, level=number // 2, actor=SYSTEM, now=now)
    assert [counts.units for counts in queries.floors(building.id, DAY)] == [2, 2, 2]


def test_a_code_is_given_once_in_a_park(make: Maker, now: datetime) -> None:
    building = make.building()
    add(building, "A-1", now)
    with refused("places.code_taken"):
        actions.add_space(db.session.get_one(Building, building.id), "A-1", None, OFFICE, starts_on=START, actor=SYSTEM, now=now)


def test_a_first_part_makes_a_space_a_whole(make: Maker, now: datetime) -> None:
    building = make.building()
    hall = add(building, "H", now)
    half = add(building, "H-1", now, level=None, parent=hall)
    assert again(hall).divided
    assert again(half).floor_id == again(hall).floor_id


def test_a_let_space_gets_no_first_part(make: Maker, now: datetime) -> None:
    hall = make.space()
    make.hold(hall, "2026-01-01")
    row = queries.building(hall.park_id, queries.spaces_of_ids([hall.id])[0].building.code)
    with refused("places.held"):
        actions.add_space(row, "H-1", None, OFFICE, starts_on=DAY, parent=hall, actor=SYSTEM, now=now)


def test_a_part_is_not_in_another_building(make: Maker, now: datetime) -> None:
    hall, other = make.space(), make.building()
    with refused("places.parent_elsewhere"):
        actions.add_space(db.session.get_one(Building, other.id), "X", None, OFFICE, starts_on=DAY, parent=hall, actor=SYSTEM, now=now)


def test_a_change_keeps_both_times(make: Maker, now: datetime) -> None:
    space = make.space(starts_on=START)
    with transaction():
        actions.change_space(again(space), Names("Lab"), Particular("laboratory"), from_on=DAY, actor=SYSTEM, now=now)
    assert timeline(space) == [(START, DAY, "office"), (DAY, date.max, "laboratory")]
    before = queries.particulars(space.id, datetime.fromisoformat("2026-01-01T00:00+00:00"))
    assert [(row.starts_on, row.ends_on, row.kind) for row in before] == [(START, date.max, "office")]
    assert len(queries.every_particular(space.id)) == 3


def test_a_change_of_names_alone_writes_no_particulars(make: Maker, now: datetime) -> None:
    space = make.space(starts_on=START)
    (row,) = queries.stretches(queries.particulars(space.id))
    with transaction():
        actions.change_space(again(space), Names(zh="拉亚克"), row.particular, from_on=DAY, actor=SYSTEM, now=now)
    assert len(queries.every_particular(space.id)) == 1
    assert again(space).names == Names(zh="拉亚克")


def test_a_space_cannot_be_changed_on_a_day_without_it(make: Maker, now: datetime) -> None:
    space = make.space(starts_on=START)
    with refused("places.not_there"):
        actions.change_space(again(space), None, OFFICE, from_on=date(2019, 12, 31), actor=SYSTEM, now=now)


def test_a_space_is_retired_with_its_parts(make: Maker, now: datetime) -> None:
    hall = make.space(starts_on=START)
    half = make.space(parent=hall, starts_on=START)
    with transaction():
        actions.retire_space(again(hall), on=DAY, actor=SYSTEM, now=now)
    assert timeline(hall) == timeline(half) == [(START, DAY, "office")]


def test_a_space_with_a_let_part_is_not_retired(make: Maker, now: datetime) -> None:
    hall = make.space(starts_on=START)
    make.hold(make.space(parent=hall, starts_on=START), "2026-01-01", "2026-03-02")
    with refused("places.held"):
        actions.retire_space(again(hall), on=DAY, actor=SYSTEM, now=now)
    with transaction():
        actions.retire_space(again(hall), on=date(2026, 3, 3), actor=SYSTEM, now=now)


def test_a_space_that_nobody_had_is_removed(make: Maker, now: datetime) -> None:
    space = make.space(code="A-1")
    with transaction():
        actions.remove_space(again(space), reason="a slip", actor=SYSTEM, now=now)
    assert not queries.spaces_of_ids([space.id])
    entry = db.session.scalars(sa.select(Entry).order_by(Entry.id.desc()).limit(1)).one()
    assert (entry.deed, entry.reason, len(entry.changes["rows"])) == ("places.remove_space", "a slip", 2)


def test_a_space_that_was_ever_held_stays(make: Maker, now: datetime) -> None:
    space = make.space()
    hold = make.hold(space, "2019-01-01", "2019-12-31")
    with transaction():
        found = db.session.get_one(type(hold), hold.id)
        found.withdrawn_at = now
        from parkmgr.audit.actions import record

        record("tests.withdraw", found, actor=SYSTEM, now=now)
    with refused("places.was_held"):
        actions.remove_space(again(space), actor=SYSTEM, now=now)


def test_a_whole_without_its_last_part_is_a_unit_again(make: Maker, now: datetime) -> None:
    hall = make.space()
    half = make.space(parent=hall)
    with transaction():
        actions.remove_space(again(half), actor=SYSTEM, now=now)
    assert not again(hall).divided


def parts(*codes: str, m2: int = 20) -> list[Part]:
    return [Part(code, Particular("office", area=Area.of(m2))) for code in codes]


def test_a_unit_is_divided(make: Maker, now: datetime) -> None:
    hall = make.space(starts_on=START)
    make.hold(hall, "2025-01-01", "2026-03-01")
    with transaction():
        actions.divide_space(again(hall), parts("H-1", "H-2"), on=DAY, actor=SYSTEM, now=now)
    assert [part.code for part in queries.parts(hall.id)] == ["H-1", "H-2"]
    assert again(hall).divided
    assert timeline(hall) == [(START, date.max, "office")]


def test_a_let_unit_is_not_divided(make: Maker, now: datetime) -> None:
    hall = make.space(code="H", starts_on=START)
    make.hold(hall, "2025-01-01")
    with refused("places.held", "places.parts_large", "places.code_taken"):
        actions.divide_space(again(hall), parts("H", "H-2", m2=30), on=DAY, actor=SYSTEM, now=now)


def test_a_split_keeps_which_came_of_which(make: Maker, now: datetime) -> None:
    old = make.space(code="OLD", starts_on=START)
    with transaction():
        made = actions.split_space(again(old), parts("N-1", "N-2"), on=DAY, actor=SYSTEM, now=now)
        ids = [space.id for space in made]
    assert timeline(old) == [(START, DAY, "office")]
    assert [timeline(space) for space in queries.spaces_of_ids(ids)] == [[(DAY, date.max, "office")]] * 2
    assert [(row.code, row.on, row.came_before) for row in queries.successions(old.id)] == [("N-1", DAY, False), ("N-2", DAY, False)]
    assert [(row.code, row.came_before) for row in queries.successions(ids[0])] == [("OLD", True)]


def test_a_merger_keeps_which_came_of_which(make: Maker, now: datetime) -> None:
    building = make.building()
    one, two = make.space(building, "A", starts_on=START), make.space(building, "B", starts_on=START)
    with transaction():
        made = actions.merge_spaces(
            [again(one), again(two)], "AB", None, Particular("office", area=Area.of(80)), on=DAY, actor=SYSTEM, now=now
        )
        made_id = made.id
    assert timeline(one) == timeline(two) == [(START, DAY, "office")]
    assert [row.code for row in queries.successions(made_id)] == ["A", "B"]
    with refused("places.has_history"):
        actions.remove_space(queries.spaces_of_ids([made_id])[0], actor=SYSTEM, now=now)


def test_nothing_to_merge_is_refused(make: Maker, now: datetime) -> None:
    make.park()
    with refused("places.spaces_few"):
        actions.merge_spaces([], "AB", None, OFFICE, on=DAY, actor=SYSTEM, now=now)


Counting = Callable[[], AbstractContextManager[list[str]]]


def test_the_parks_are_one_select(make: Maker, statements: Counting) -> None:
    make.space(), make.space(starts_on=date(2030, 1, 1))
    make.park("EMPTY")
    with statements() as seen:
        rows = queries.parks(SYSTEM, DAY)
    assert len(seen) == 1
    assert [(row.buildings, row.spaces) for row in rows if row.park.code != "EMPTY"] == [(2, 1)]


def test_the_buildings_are_one_select(make: Maker, statements: Counting) -> None:
    building = make.building(code="A", use="office")
    make.space(building, area="40"), make.space(building, area="2.5", level=2), make.space(building, area=None)
    make.building(code="B")
    park_id = building.park_id
    with statements() as seen:
        rows = db.session.execute(queries.buildings(park_id, DAY).order_by(Building.code)).all()
    assert len(seen) == 1
    assert [(row.code, row.floors, row.spaces, row.known, row.unmeasured) for row in rows] == [
        ("A", 2, 3, Area.of("42.5"), 1),
        ("B", 0, 0, None, 0),
    ]


def test_buildings_are_found_by_use_and_in_any_script(make: Maker, now: datetime) -> None:
    park = make.park()
    with transaction():
        row = db.session.get_one(Park, park.id)
        actions.add_building(row, "A", Names(ru="Райак"), use="office", actor=SYSTEM, now=now)
        actions.add_building(row, "B", Names("Rayak House", zh="拉亚克楼"), use="flat", actor=SYSTEM, now=now)
        actions.add_building(row, "C", Names("Tower"), use="flat", actor=SYSTEM, now=now)

    def found(**wanted: str) -> list[str]:
        return sorted(row.code for row in db.session.execute(queries.buildings(park.id, DAY, **wanted)))

    assert found(search="Rayak") == found(search="райак") == ["A", "B"]
    assert found(search="拉亚克") == found(search="layake") == ["B"]
    assert found(use="flat") == ["B", "C"]
    assert found(search="rayak", use="flat") == ["B"]
    assert found(search="%") == []


def test_a_space_is_one_select(make: Maker, statements: Counting) -> None:
    make.space(make.building(make.park("HIT"), "A"), "A-1", level=3)
    park_id = make.the_park().id
    db.session.expunge_all()
    with statements() as seen:
        found = queries.space(park_id, "A-1")
        assert (found.park.code, found.building.code, found.floor and found.floor.level, found.parent) == ("HIT", "A", 3, None)
    assert len(seen) == 1


def test_particulars_are_never_edited(make: Maker, now: datetime) -> None:
    space = make.space(starts_on=START)
    with transaction():
        actions.change_space(again(space), None, Particular("laboratory"), from_on=DAY, actor=SYSTEM, now=now)
    rows = db.session.scalars(sa.select(Particulars).where(Particulars.withdrawn_at.is_not(None))).all()
    assert [(row.starts_on, row.ends_on, row.kind, row.withdrawn_at) for row in rows] == [(START, date.max, "office", now)]
