"""What is done with laboratories, equipment and permits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from parkmgr.db import db, transaction
from parkmgr.errors import Refused
from parkmgr.labs import actions, queries
from parkmgr.labs.models import Equipment
from parkmgr.labs.rules import Asset, EquipmentState
from parkmgr.people import actions as people
from parkmgr.places import queries as places
from parkmgr.places.models import Space
from parkmgr.policy import SYSTEM
from parkmgr.values import Names
from tests.labs.conftest import House


@contextmanager
def refused(*codes: str) -> Iterator[list[str]]:
    """What is done inside is refused for exactly these reasons; gives their sentences."""
    said: list[str] = []
    with pytest.raises(Refused) as caught:
        yield said
    said += [str(objection) for objection in caught.value.objections]
    assert [objection.code.removeprefix("labs.") for objection in caught.value.objections] == list(codes)


def read(number: str, house: House) -> Equipment:
    db.session.rollback()
    return queries.piece(house.park_id, number)


def test_a_laboratory_has_a_manager_and_hazards(house):
    lab = house.lab(manager_id=house.keeper.user_id, field="Nanomaterials", hazards=[("WHO risk group", "2"), ("GB 19489", "三级")])
    assert (lab.manager.name, lab.field) == ("keeper", "Nanomaterials")
    assert [(one.scheme, one.value) for one in queries.hazards(lab.id)] == [("GB 19489", "三级"), ("WHO risk group", "2")]
    with transaction():
        again = queries.lab(house.park_id, "LA-1")
        actions.change_lab(
            again,
            house.park,
            manager_id=None,
            field="",
            rules_text="Goggles on.",
            hazards=[("GHS", "GHS06")],
            actor=house.keeper,
            now=house.now,
        )
    db.session.rollback()
    lab = queries.lab(house.park_id, "LA-1")
    assert (lab.manager, lab.rules, [one.value for one in queries.hazards(lab.id)]) == (None, "Goggles on.", ["GHS06"])


def test_an_office_is_no_laboratory_and_a_liaison_no_manager(house):
    house.make.space(None, "O-1", kind="office")
    with refused("not_a_lab", "no_manager", "half_a_hazard", "hazard_there"):
        house.lab("O-1", manager_id=house.liaison.user_id, hazards=[("GHS", "GHS02"), ("GHS", "GHS02"), ("GHS", "")])
    house.lab()
    with refused("lab_there"):
        house.lab()


def test_an_instrument_is_a_unit_of_the_ledger_where_its_laboratory_is(house):
    house.lab()
    piece = house.piece()
    space = places.space(house.park_id, "EQ-1")
    assert (piece.space_id, space.bookable, space.building.code, space.floor.level) == (space.id, True, "LA", 2)
    [row] = places.particulars(space.id)
    assert (row.kind, row.lettable, row.capacity) == ("instrument", False, None)


def test_a_bench_has_a_part_for_each_place(house):
    house.lab()
    bench = house.piece("BN-1", kind="bench", places=3)
    assert [part.code for part in places.parts(bench.space_id)] == ["BN-1/1", "BN-1/2", "BN-1/3"]
    house.kind()
    house.require(bench.space, "laser")
    part = places.space(house.park_id, "BN-1/2")
    found = queries.places([part.id])[part.id]
    assert [demand.code for demand in found.bench.demands] == ["laser"]
    assert found.bench.state is EquipmentState.OPERATIONAL


def test_an_instrument_that_moves_takes_its_space_along(house):
    house.lab()
    house.make.building(code="LB")
    house.make.space(places.building(house.park_id, "LB"), "LB-1", kind="laboratory", level=5)
    house.lab("LB-1")
    house.piece("BN-1", kind="bench", places=2)
    with transaction():
        actions.move_equipment(queries.piece(house.park_id, "BN-1"), queries.lab(house.park_id, "LB-1"), **house.by)
    db.session.rollback()
    assert [(one.building.code, one.floor.level) for one in (places.space(house.park_id, code) for code in ("BN-1", "BN-1/2"))] == [
        ("LB", 5)
    ] * 2
    with refused("needs_lab"), transaction():
        actions.move_equipment(queries.piece(house.park_id, "BN-1"), None, **house.by)


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        pytest.param({"number": "a b"}, ["no_number"], id="a number with a space"),
        pytest.param({"bookable": True}, ["needs_lab"], id="booked nowhere"),
        pytest.param(
            {"bought_on": date(2026, 1, 2), "warranty_until": date(2026, 1, 1)}, ["backwards"], id="a warranty before the purchase"
        ),
        pytest.param({"calibrated_on": date(2026, 1, 2), "calibration_due": date(2026, 1, 1)}, ["backwards"], id="due before calibrated"),
        pytest.param({"bookable": True, "places_count": 3}, ["needs_lab", "places"], id="an instrument of three places"),
    ],
)
def test_what_is_against_a_piece_is_said_at_once(house, given, codes):
    more = {name: value for name, value in given.items() if name in ("bookable", "places_count")}
    its_own = {name: value for name, value in given.items() if name not in more}
    asset = Asset(**{"number": "EQ-9", "names": Names("Scale"), "owner_id": house.own_id, **its_own})
    with refused(*codes), transaction():
        actions.add_equipment(house.park, asset, **house.by, **more)


def test_a_number_is_given_once(house):
    house.lab()
    house.piece(bookable=False)
    with refused("number_taken"):
        house.piece(bookable=False)


def test_states_are_written_with_their_reasons(house):
    house.lab()
    house.piece(bookable=False, state=EquipmentState.COMMISSIONING)

    def to(state: EquipmentState, reason: str = "because") -> None:
        with transaction():
            actions.set_state(queries.piece(house.park_id, "EQ-1"), state, reason=reason, **house.by)

    with refused("why", "cannot_become"):
        to(EquipmentState.DOWN, "")
    to(EquipmentState.OPERATIONAL, "accepted")
    to(EquipmentState.DOWN, "lamp broke")
    to(EquipmentState.RETIRED, "sold")
    assert [(one.state, one.reason) for one in queries.states(read("EQ-1", house).id)] == [
        ("retired", "sold"),
        ("down", "lamp broke"),
        ("operational", "accepted"),
        ("commissioning", ""),
    ]
    with refused("gone"):
        to(EquipmentState.OPERATIONAL)


def test_what_is_booked_comes_down_by_its_downtime_and_is_no_space_when_retired(house):
    house.lab()
    house.piece()
    with refused("write_downtime"), transaction():
        actions.set_state(queries.piece(house.park_id, "EQ-1"), EquipmentState.DOWN, reason="broke", **house.by)
    with transaction():
        actions.set_state(queries.piece(house.park_id, "EQ-1"), EquipmentState.RETIRED, reason="sold", **house.by)
    db.session.rollback()
    [row] = places.particulars(read("EQ-1", house).space_id)
    assert row.ends_on == date(2026, 3, 3)


def test_calibration_is_noted(house):
    house.lab()
    house.piece(calibration_due=date(2026, 3, 1))
    with transaction():
        actions.calibrate(queries.piece(house.park_id, "EQ-1"), on=date(2026, 3, 2), due=date(2027, 3, 1), **house.by)
    assert read("EQ-1", house).calibration_due == date(2027, 3, 1)
    with refused("backwards"), transaction():
        actions.calibrate(queries.piece(house.park_id, "EQ-1"), on=date(2026, 3, 2), due=date(2026, 3, 1), **house.by)


def test_spaces_cannot_need_each_other(house):
    house.lab()
    first, second, third = (house.piece(f"EQ-{number}").space for number in (1, 2, 3))

    def need(space: Space, other: Space) -> None:
        with transaction():
            actions.need(db.session.get_one(Space, space.id), db.session.get_one(Space, other.id), **house.by)

    need(first, second)
    need(second, third)
    with refused("needs_itself"):
        need(first, first)
    with refused("in_circle"):
        need(third, first)
    with refused("need_there"):
        need(first, second)


def test_a_permit_is_granted_until_a_day(house):
    house.kind(days=30)
    number = house.grant(house.person(), "laser")
    permit = house.permit(number)
    assert (permit.granted_on, permit.until_on, permit.granted_by_id) == (date(2026, 3, 2), date(2026, 4, 1), house.keeper.user_id)
    assert number == "PM-2026-0001"


def test_a_permit_for_the_wrong_person_is_refused_for_each(house):
    house.kind()
    gone, elsewhere, mine, other, has = (house.person() for _ in range(3)), None, None, house.person(house.other_id), house.person()
    erased, _, _ = gone
    mine = house.person(user=house.keeper)
    house.grant(has, "laser")
    with transaction():
        people.erase(house.person_row(erased), actor=SYSTEM, now=house.now)
    second = house.make.park("QD")
    with transaction():
        from parkmgr.organisations.models import Organisation

        elsewhere = people.add(second, db.session.get_one(Organisation, house.own_id), name="B", actor=SYSTEM, now=house.now).number
    rows = [erased, elsewhere, mine, other, has]
    with refused("person_erased", "other_park", "to_oneself", "not_of", "has_it") as said, transaction():
        actions.grant_all(
            house.park,
            [house.person_row(number) for number in rows],
            house.kind_row("laser"),
            organisation_id=house.own_id,
            actor=house.keeper,
            now=house.now,
        )
    assert said[3] == f"{other} is of Organisation SPBU, not of Organisation MSU: look whether it is the right person."


@pytest.mark.parametrize(
    ("on", "until", "codes"),
    [
        (date(2026, 3, 3), date(2026, 4, 1), ["later"]),
        (date(2026, 3, 2), date(2026, 3, 1), ["ends_before"]),
        (date(2026, 1, 1), date(2026, 2, 1), ["ended"]),
        (date(2026, 3, 2), date(2037, 1, 1), ["too_long"]),
    ],
)
def test_days_of_a_permit(house, on, until, codes):
    house.kind()
    person = house.person()
    with refused(*codes):
        house.grant(person, "laser", on=on, until=until)


def test_a_permit_is_granted_where_it_is_asked_for(house):
    house.lab()
    piece = house.piece()
    house.kind()
    person = house.person()
    with refused("not_asked_there"):
        house.grant(person, "laser", space=piece.space)
    house.require(piece.space, "laser")
    with refused("asked_already"):
        house.require(piece.space, "laser")
    house.grant(person, "laser", space=piece.space)
    house.grant(person, "laser", until=date(2027, 3, 3))


def test_a_withdrawn_permit_does_not_hold(house):
    house.kind()
    number = house.grant(house.person(), "laser")

    def withdraw(reason: str) -> None:
        with transaction():
            actions.withdraw_permit(house.permit_in(number), reason=reason, **house.by)

    with refused("why"):
        withdraw("")
    withdraw("Left the group")
    assert house.permit(number).withdrawn_on == date(2026, 3, 2)
    with refused("withdrawn"):
        withdraw("again")


def test_a_permit_that_is_used_lives_on(house):
    house.lab()
    piece = house.piece()
    house.kind(unused_days=30)
    house.require(piece.space, "laser")
    number = house.grant(house.person(), "laser")
    person_id = house.permit(number).person_id
    with transaction():
        actions.use(piece.space_id, [person_id], date(2026, 3, 20), **house.by)
    assert house.permit(number).used_on == date(2026, 3, 20)
