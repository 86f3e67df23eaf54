"""Who is told of permits and calibrations that end, once."""

from __future__ import annotations

from datetime import date, timedelta

from parkmgr.db import db
from parkmgr.labs import reminding
from parkmgr.notices.models import Notice


def told() -> list[tuple[str, str]]:
    db.session.rollback()
    rows = db.session.scalars(db.select(Notice).order_by(Notice.id))
    return [(row.address.split("@")[0], row.subject.split(":")[0]) for row in rows]


def test_the_person_and_the_manager_are_told_before_a_permit_ends(house):
    house.lab(manager_id=house.keeper.user_id)
    piece = house.piece()
    house.kind(days=20)
    house.require(piece.space, "laser")
    person = house.person(user=house.liaison)
    number = house.grant(person, "laser")
    assert reminding.remind(house.now) == 1
    assert sorted(told()) == [("keeper", "Ends soon"), ("liaison", "Ends soon")]
    assert reminding.remind(house.now + timedelta(days=1)) == 0
    assert reminding.remind(house.now + timedelta(days=7)) == 1
    assert reminding.remind(house.now + timedelta(days=8)) == 0
    assert len(told()) == 4
    assert house.permit(number).reminded_on == date(2026, 3, 9)


def test_a_manager_is_told_of_a_calibration_once(house):
    house.lab(manager_id=house.administrator.user_id)
    house.piece(calibration_due=date(2026, 3, 20))
    assert reminding.remind(house.now) == 1
    assert told() == [("administrator", "Calibration due")]
    assert reminding.remind(house.now + timedelta(days=3)) == 0
