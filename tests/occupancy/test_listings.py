"""The list of spaces on a day: one SELECT, and nobody else's names in it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, time
from typing import Any

import pytest

from parkmgr.db import db
from parkmgr.occupancy import listings
from parkmgr.occupancy.listings import Wanted
from parkmgr.occupancy.models import HoldKind
from parkmgr.places.models import Space
from parkmgr.policy import Actor, Role
from parkmgr.values import Area
from tests.making import Maker, actor

DAY = date(2026, 3, 2)
Counting = Callable[[], AbstractContextManager[list[str]]]


def wanted(make: Maker, on: date = DAY, **more: Any) -> Wanted:
    return Wanted(on, datetime.combine(on, time(12), make.the_park().zone), **more)


def rows(make: Maker, who: Actor, asked: Wanted | None = None) -> list[Any]:
    return list(db.session.execute(listings.spaces(make.the_park().id, who, asked or wanted(make)).order_by(Space.code)))


def statuses(make: Maker, who: Actor, asked: Wanted | None = None) -> dict[str, str | None]:
    return {row.code: row.status for row in rows(make, who, asked)}


AUDITOR = actor(Role.AUDITOR)


@pytest.fixture
def street(make: Maker) -> Maker:
    """One space of each status on the day."""
    building = make.building(make.park("HIT"), "A")
    for kind, code in ((HoldKind.LEASE, "let"), (HoldKind.CLOSURE, "shut"), (HoldKind.RESIDENCY, "home"), (HoldKind.BOOKING, "booked")):
        make.hold(make.space(building, code), "2026-01-01", "2026-12-31", kind=kind)
    make.hold(make.space(building, "later"), "2026-04-01", "2026-12-31")
    make.hold(make.space(building, "was"), "2025-01-01", "2026-03-01")
    make.space(building, "stairs", kind="circulation", lettable=False)
    make.space(building, "gone", ends_on=DAY)
    make.space(building, "planned", starts_on=date(2027, 1, 1))
    hall = make.space(building, "hall")
    make.space(building, "hall-1", parent=hall)
    return make


def test_each_space_has_its_status_on_the_day(street: Maker) -> None:
    assert statuses(street, AUDITOR) == {
        "booked": "booked",
        "hall": None,
        "hall-1": "vacant",
        "home": "resident",
        "later": "reserved",
        "let": "let",
        "shut": "closed",
        "stairs": "not lettable",
        "was": "vacant",
    }


def test_another_day_has_other_spaces(street: Maker) -> None:
    on = date(2026, 3, 1)
    found = statuses(street, AUDITOR, wanted(street, on))
    assert (found["was"], found["gone"]) == ("let", "vacant")
    assert statuses(street, AUDITOR, wanted(street, date(2027, 1, 1)))["planned"] == "vacant"


def test_a_liaison_sees_busy_and_free_only(street: Maker) -> None:
    own = street.organisation("MINE")
    street.hold(street.space(code="own"), "2026-01-01", holder=own)
    liaison = actor(Role.LIAISON, organisation_id=own.id)
    found = rows(street, liaison)
    assert {row.code: row.status for row in found} == {
        **dict.fromkeys(("booked", "home", "let", "shut"), "busy"),
        **dict.fromkeys(("hall-1", "later", "was"), "free"),
        "hall": None,
        "own": "let",
        "stairs": "not lettable",
    }
    secret = [
        (row.holder, row.holder_en, row.holder_ru, row.holder_zh, row.hold_kind, row.document, row.ends_at)
        for row in found
        if row.code != "own"
    ]
    assert set(secret) == {(None,) * 7}
    assert next(row for row in found if row.code == "own").holder == "MINE"


def test_a_liaison_cannot_filter_by_what_she_may_not_see(street: Maker) -> None:
    liaison = actor(Role.LIAISON, organisation_id=street.organisation().id)
    for status in ("let", "closed", "resident", "reserved", "booked", "vacant"):
        assert rows(street, liaison, wanted(street, status=status)) == []
    assert len(rows(street, liaison, wanted(street, status="busy"))) == 4


def test_somebody_without_an_organisation_sees_no_names(street: Maker) -> None:
    assert {row.holder for row in rows(street, actor(Role.LIAISON))} == {None}


@pytest.mark.parametrize("who", [AUDITOR, actor(Role.LIAISON, organisation_id=1)], ids=["auditor", "liaison"])
def test_the_list_is_one_select(street: Maker, who: Actor, statements: Counting) -> None:
    asked = listings.spaces(
        street.the_park().id, who, wanted(street, search="a", building="A", floor=1, kind="office", at_least=Area.of(1))
    )
    with statements() as seen:
        db.session.execute(asked).all()
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"search": "hall"}, ["hall", "hall-1"]),
        ({"search": "HALL-1"}, ["hall-1"]),
        ({"kind": "circulation"}, ["stairs"]),
        ({"status": "reserved"}, ["later"]),
        ({"building": "NONE"}, []),
        ({"floor": 2}, []),
        ({"at_least": Area.of(41)}, []),
        ({"status": "vacant", "at_least": Area.of(40), "floor": 1, "building": "A"}, ["hall-1", "was"]),
    ],
)
def test_spaces_are_filtered(street: Maker, asked: dict[str, Any], found: list[str]) -> None:
    assert [row.code for row in rows(street, AUDITOR, wanted(street, **asked))] == found


def test_an_unmeasured_space_is_not_at_least_anything(make: Maker) -> None:
    make.space(code="unknown", area=None)
    assert rows(make, AUDITOR, wanted(make, at_least=Area.of(0))) == []
    assert rows(make, AUDITOR)[0].area is None


def test_what_was_known_then(make: Maker) -> None:
    space = make.space(code="A-1")
    make.hold(space, "2026-01-01", recorded_at=datetime.fromisoformat("2026-02-01T00:00+00:00"))
    before = datetime.fromisoformat("2026-01-15T00:00+00:00")
    assert statuses(make, AUDITOR, wanted(make, known=before)) == {"A-1": "vacant"}
    assert statuses(make, AUDITOR) == {"A-1": "let"}


def test_another_parks_spaces_are_not_listed(make: Maker) -> None:
    make.space(make.building(make.park("ONE")), "mine")
    make.space(make.building(make.park("TWO")), "theirs")
    assert list(statuses(make, AUDITOR)) == ["mine"]


def test_instruments_are_listed_when_they_are_asked_for(make):
    building = make.building(code="L1")
    make.space(building, "L1-101", kind="laboratory")
    make.space(building, "EM-1", kind="instrument", lettable=False)
    reader = actor(Role.AUDITOR)
    assert [row.code for row in rows(make, reader)] == ["L1-101"]
    assert [row.code for row in rows(make, reader, wanted(make, kind="instrument"))] == ["EM-1"]
