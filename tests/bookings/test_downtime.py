"""Downtime of instruments: planned and not, over sessions that run, are near and are far."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest

from parkmgr.bookings import actions, downtime, tending
from parkmgr.bookings.closing import Choice, Decision, Found, What
from parkmgr.db import db, transaction
from parkmgr.labs import actions as labs
from parkmgr.labs import queries as lab_queries
from parkmgr.labs.rules import Asset, EquipmentState
from parkmgr.occupancy.models import Closure
from parkmgr.places import queries as places
from parkmgr.places.models import Park, Space
from parkmgr.policy import SYSTEM, Actor, Role
from parkmgr.values import FOREVER, Names, Span
from tests.bookings.conftest import Desk, at, refused, span

TUESDAY = "2026-03-03"


@pytest.fixture
def keeper(desk: Desk) -> Actor:
    """A lab manager."""
    return desk.make.granted(Role.LAB_MANAGER, park=db.session.get_one(Park, desk.park_id), email="keeper@parkmgr.example")


@pytest.fixture
def instruments(desk: Desk) -> list[Space]:
    """Two microscopes and a laser in one laboratory."""
    building = desk.make.building(code="LA")
    room = desk.make.space(building, "LA-1", kind="laboratory")
    desk.make.rules(week="Mon-Sun 00:00-24:00", kind="instrument", max_minutes=600)
    with transaction():
        park = db.session.get_one(Park, desk.park_id)
        lab = labs.run_lab(park, db.session.get_one(Space, room.id), actor=SYSTEM, now=desk.now)
        for number, name in (("EM-1", "Microscope"), ("EM-2", "Microscope"), ("LS-1", "Laser")):
            asset = Asset(number, Names(name), desk.other_id)
            labs.add_equipment(
                park, asset, lab=lab, bookable=True, state=EquipmentState.OPERATIONAL, starts_on=date(2026, 1, 1),
                actor=SYSTEM, now=desk.now,
            )  # fmt: skip
    return [places.space(desk.park_id, code) for code in ("EM-1", "EM-2", "LS-1")]


class Stopping:
    """Somebody writes down downtime."""

    def __init__(self, desk: Desk, by: Actor, *numbers: str, planned: bool, starts_at: datetime, ends_at: datetime | None = None) -> None:
        self.desk, self.by, self.numbers = desk, by, numbers or ("EM-1",)
        self.times = {"planned": planned, "reason": "Pump", "starts_at": starts_at, "ends_at": ends_at}

    def park(self) -> Park:
        return db.session.get_one(Park, self.desk.park_id)

    def look(self, now: datetime | None = None) -> Found:
        db.session.rollback()
        pieces = [lab_queries.piece(self.desk.park_id, number) for number in self.numbers]
        wanted = downtime.asked(self.park(), pieces, now=now or self.desk.now, **self.times)  # type: ignore[arg-type]
        return downtime.look(self.park(), wanted, actor=self.by, now=now or self.desk.now)

    def do(self, choices: dict[str, Choice] | None = None, *, now: datetime | None = None) -> str:
        decision = None if choices is None else Decision(self.look(now).seen, choices)
        with transaction():
            pieces = [lab_queries.piece(self.desk.park_id, number) for number in self.numbers]
            return downtime.stop(
                self.park(),
                pieces,
                decision=decision,
                actor=self.by,
                now=now or self.desk.now,
                **self.times,  # type: ignore[arg-type]
            ).number


def closure(number: str) -> Closure:
    db.session.rollback()
    return db.session.scalars(db.select(Closure).where(Closure.number == number)).one()


def states(desk: Desk, number: str = "EM-1") -> Sequence[tuple[str, datetime]]:
    db.session.rollback()
    piece = lab_queries.piece(desk.park_id, number)
    found = [(one.state, one.at) for one in lab_queries.states(piece.id)]
    assert piece.state == found[0][0]
    return found[:-1]


def restore(desk: Desk, number: str, by: Actor, now: datetime) -> None:
    with transaction():
        row = db.session.scalars(db.select(Closure).where(Closure.number == number)).one()
        downtime.restore(row, db.session.get_one(Park, desk.park_id), reason="New pump", actor=by, now=now)


def test_planned_downtime_moves_a_session_to_a_like_instrument_only(desk, instruments, keeper):
    session = desk.one(instruments[0], span(f"{TUESDAY} 10:00", "11:00"))
    stopping = Stopping(desk, keeper, planned=True, starts_at=at(f"{TUESDAY} 08:00"), ends_at=at(f"{TUESDAY} 18:00"))
    [line] = stopping.look().bookings
    assert [(one.space, one.later) for one in line.proposals] == [("EM-2", False), ("EM-1", True)]
    number = stopping.do()
    assert desk.holds(session) == [(instruments[1].id, span(f"{TUESDAY} 10:00", "11:00"))]
    assert desk.holds(number) == [(instruments[0].id, span(f"{TUESDAY} 08:00", "18:00"))]
    assert closure(number).kind == "maintenance"
    assert desk.entries(number) == ["stop"]
    assert desk.told()[-1] == ("liaison", "Changed")
    assert states(desk) == []


def test_the_piece_is_down_while_planned_downtime_lasts(desk, instruments, keeper):
    Stopping(desk, keeper, planned=True, starts_at=at(f"{TUESDAY} 08:00"), ends_at=at(f"{TUESDAY} 18:00")).do()
    tending.tend(at(f"{TUESDAY} 08:01"))
    assert states(desk) == [("down", at(f"{TUESDAY} 08:00"))]
    tending.tend(at(f"{TUESDAY} 18:02"))
    assert states(desk)[0] == ("operational", at(f"{TUESDAY} 18:00"))
    assert tending.tend(at(f"{TUESDAY} 18:03")) == 0


@pytest.mark.parametrize(
    ("planned", "starts", "ends", "codes"),
    [
        pytest.param(True, "2026-03-02 10:00", "2026-03-02 13:00", ["no_start"], id="planned in the past"),
        pytest.param(True, "2026-03-03 10:00", None, ["no_end"], id="planned without an end"),
        pytest.param(True, "2026-03-03 10:00", "2026-03-03 09:00", ["ends_early"], id="backwards"),
        pytest.param(False, "2026-03-03 10:00", None, ["not_yet_broken"], id="a breakdown to come"),
        pytest.param(False, "2026-03-02 10:00", "2026-03-02 11:00", ["ends_early"], id="a breakdown that is over"),
    ],
)
def test_times_that_cannot_be(desk, instruments, keeper, planned, starts, ends, codes):
    with refused(*codes):
        Stopping(desk, keeper, planned=planned, starts_at=at(starts), ends_at=at(ends) if ends else None).do()


def test_planned_downtime_does_not_begin_inside_a_running_session(desk, instruments, keeper):
    session = desk.one(instruments[0], span("2026-03-02 12:00", "14:00"))
    desk.do(session, actions.check_in)
    now = at("2026-03-02 13:00")
    with refused("running") as said:
        Stopping(desk, keeper, planned=True, starts_at=now, ends_at=at("2026-03-02 18:00")).do(now=now)
    assert said[0].startswith(f"{session} is running in EM-1 until 2026-03-02 06:00")
    assert desk.state(session) == "checked_in"


def test_a_breakdown_ends_the_running_session_and_keeps_what_it_used(desk, instruments, keeper):
    session = desk.one(instruments[0], span("2026-03-02 12:00", "14:00"))
    desk.do(session, actions.check_in)
    now = at("2026-03-02 13:00")
    number = Stopping(desk, keeper, planned=False, starts_at=at("2026-03-02 12:50")).do(now=now)
    booking = desk.read(session)
    assert (booking.state, booking.ends_at, booking.booked_until) == ("completed", now, at("2026-03-02 14:00"))
    assert desk.holds(session) == [(instruments[0].id, Span(at("2026-03-02 12:00"), now))]
    assert desk.holds(number) == [(instruments[0].id, Span(now, FOREVER))]
    assert desk.told()[-1] == ("liaison", "Ended early")
    assert states(desk) == [("down", at("2026-03-02 12:50"))]


def test_a_breakdown_cancels_what_is_near_and_keeps_what_is_far(desk, instruments, keeper):
    near, far = (desk.one(instruments[2], span(f"2026-03-{day} 14:00", "15:00")) for day in ("02", "20"))
    number = Stopping(desk, keeper, "LS-1", planned=False, starts_at=desk.now).do()
    assert (desk.state(near), desk.state(far)) == ("cancelled", "confirmed")
    with refused("occupancy.taken"):
        desk.book(instruments[2], span(f"{TUESDAY} 10:00", "11:00"))
    assert tending.tend(at("2026-03-20 12:00")) == 0
    assert tending.tend(at("2026-03-20 13:30")) == 1
    assert desk.state(far) == "cancelled"
    assert sorted(held.starts_at for _space, held in desk.holds(number)) == [desk.now, at("2026-03-20 14:00"), at("2026-03-20 15:00")]
    assert desk.told()[-1] == ("liaison", "Cancelled")


def test_what_is_restored_can_be_booked_again(desk, instruments, keeper):
    number = Stopping(desk, keeper, planned=False, starts_at=desk.now).do()
    later = desk.now + timedelta(hours=3)
    restore(desk, number, keeper, later)
    assert states(desk) == [("operational", later), ("down", desk.now)]
    desk.book(instruments[0], span("2026-03-02 16:00", "17:00"), now=later)
    with refused("lifted"):
        restore(desk, number, keeper, later)


def test_planned_downtime_that_is_called_off_leaves_the_state(desk, instruments, keeper):
    number = Stopping(desk, keeper, planned=True, starts_at=at(f"{TUESDAY} 08:00"), ends_at=at(f"{TUESDAY} 18:00")).do()
    restore(desk, number, keeper, desk.now)
    assert (states(desk), desk.holds(number)) == ([], [])


def test_the_desk_decides_each_session(desk, instruments, keeper):
    kept, gone = (desk.one(instruments[0], span(f"{TUESDAY} {hour}:00", f"{hour + 1}:00")) for hour in (10, 14))
    stopping = Stopping(desk, keeper, planned=True, starts_at=at(f"{TUESDAY} 08:00"), ends_at=at(f"{TUESDAY} 18:00"))
    with refused("not_chosen"):
        stopping.do({gone: Choice(What.CANCEL)})
    number = stopping.do({gone: Choice(What.CANCEL), kept: Choice(What.KEEP)})
    assert (desk.state(kept), desk.state(gone)) == ("confirmed", "cancelled")
    assert [held for _space, held in desk.holds(number)] == [span(f"{TUESDAY} 08:00", "10:00"), span(f"{TUESDAY} 11:00", "18:00")]


def test_what_came_in_the_way_meanwhile_is_looked_at_again(desk, instruments, keeper):
    stopping = Stopping(desk, keeper, planned=True, starts_at=at(f"{TUESDAY} 08:00"), ends_at=at(f"{TUESDAY} 18:00"))
    seen = stopping.look().seen
    desk.one(instruments[0], span(f"{TUESDAY} 10:00", "11:00"))
    with refused("changed_meanwhile"), transaction():
        pieces = [lab_queries.piece(desk.park_id, "EM-1")]
        downtime.stop(
            stopping.park(),
            pieces,
            decision=Decision(seen, {}),
            actor=keeper,
            now=desk.now,
            **stopping.times,  # type: ignore[arg-type]
        )


def test_who_needs_what_is_down_is_told_and_cannot_book(desk, instruments, keeper):
    with transaction():
        labs.need(db.session.get_one(Space, instruments[2].id), db.session.get_one(Space, instruments[0].id), actor=keeper, now=desk.now)
    desk.one(instruments[2], span(f"{TUESDAY} 10:00", "11:00"))
    Stopping(desk, keeper, planned=True, starts_at=at(f"{TUESDAY} 08:00"), ends_at=at(f"{TUESDAY} 18:00")).do()
    assert desk.told()[-1] == ("liaison", "Look before you come")
    with refused("labs.needs_closed") as said:
        desk.book(instruments[2], span(f"{TUESDAY} 12:00", "13:00"))
    assert said[0].startswith("LS-1 needs EM-1, which is closed from")
