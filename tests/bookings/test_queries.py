"""The questions about bookings, and how many SELECTs each asks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from parkmgr.bookings import actions, queries
from parkmgr.bookings.queries import Slot, Wanted
from parkmgr.bookings.rules import Answer
from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM, Actor, Role
from tests.bookings.conftest import Desk, at, span
from tests.bookings.test_actions import TEN
from tests.making import Maker

Counter = Callable[[], AbstractContextManager[list[str]]]
TODAY = at("2026-03-02 12:00").date()


def park(desk: Desk) -> Park:
    return db.session.get_one(Park, desk.park_id)


def found(desk: Desk, actor: Actor, **wanted: object) -> list[str]:
    """The numbers of a list, in order."""
    rows = db.session.execute(queries.bookings(desk.park_id, actor, Wanted(**wanted)))  # type: ignore[arg-type]
    return sorted(row.number for row in rows)


def test_a_plan_asks_as_much_for_a_hundred_slots_as_for_two(desk: Desk, make: Maker, statements: Counter) -> None:
    make.rules(open_on_holidays=True)
    rooms = [make.room() for _ in range(5)]
    here, organisation = park(desk), db.session.get_one(Organisation, desk.organisation_id)
    slots = [Slot(room.id, span(f"2026-03-{day:02} 10:00", "11:00")) for room in rooms for day in range(3, 23)]

    def asked() -> int:
        with statements() as seen:
            queries.plan(here, slots, organisation, 4, actor=desk.liaison, user_id=1, now=desk.now)
        return len(seen)

    without = asked()
    make.rules(kind="meeting_room", open_on_holidays=True, quotas=[{"whom": "person", "per": "day", "measure": "count", "most": 9}])
    here, organisation = park(desk), db.session.get_one(Organisation, desk.organisation_id)
    assert (without, asked()) == (6, 7)


def test_the_nearest_rules_count_whole(desk: Desk, make: Maker) -> None:
    room, hall, office = make.room(), make.room(), make.space(bookable=True)
    cellar = make.space()
    make.rules(max_minutes=60)
    make.rules(kind="meeting_room", max_minutes=120)
    make.rules(kind="meeting_room", space_id=hall.id, max_minutes=180)
    book = queries.rule_book(desk.park_id)
    most = [
        found_.most // timedelta(minutes=1) if found_ else None
        for found_ in (
            book.nearest(room.id, "meeting_room", bookable=True),
            book.nearest(hall.id, "meeting_room", bookable=True),
            book.nearest(office.id, "office", bookable=True),
            book.nearest(cellar.id, "office", bookable=False),
        )
    ]
    assert most == [120, 180, 60, None]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ({"who": "organisation", "name": "MSU", "answer": "closed"}, Answer.CLOSED),
        ({"who": "kind", "name": "enterprise", "answer": "approval"}, Answer.APPROVAL),
        ({"who": "class", "name": "outside", "answer": "approval"}, Answer.APPROVAL),
        ({"who": "role", "name": "liaison", "answer": "closed"}, Answer.CLOSED),
        ({"who": "organisation", "name": "SPBU", "answer": "closed"}, Answer.INSTANT),
    ],
)
def test_who_may_book_how(desk: Desk, make: Maker, line: dict[str, str], answer: Answer) -> None:
    make.rules(access=[line])
    room = make.room()
    organisation = db.session.get_one(Organisation, desk.organisation_id)
    [found_] = queries.plan(park(desk), [Slot(room.id, TEN)], organisation, 4, actor=desk.liaison, user_id=1, now=desk.now)
    assert found_.answer is answer
    assert [objection.code for objection in found_.objections] == (["bookings.not_for_you"] if answer is Answer.CLOSED else [])


def test_a_list_is_filtered_and_never_says_more_than_the_reader_may_know(desk: Desk, make: Maker, statements: Counter) -> None:
    make.rules()
    building = make.building(code="CC")
    room, other = make.room("R-1", building=building), make.room("R-2")
    one = desk.one(room, TEN, purpose="Учёный совет")
    two = desk.one(other, span("2026-03-04 10:00", "11:00"), by=desk.colleague)
    three = desk.one(room, span("2026-03-05 10:00", "11:00"), by=desk.stranger)
    desk.all([two], actions.cancel, by=desk.colleague)
    assert found(desk, desk.liaison) == [one, two]
    assert found(desk, desk.stranger) == [three]
    assert found(desk, desk.administrator) == [one, two, three]
    assert found(desk, make.granted(Role.AUDITOR)) == [one, two, three]
    assert found(desk, make.granted(Role.LIAISON, organisation=db.session.get_one(Organisation, desk.other_id))) == [three]
    assert found(desk, make.granted(Role.ADMINISTRATOR, park=make.park("ELSE"))) == []
    assert found(desk, SYSTEM, mine=True) == []
    everyone = desk.administrator
    for wanted, numbers in (
        ({"search": "Учёный"}, [one]),
        ({"search": " совет "}, [one]),
        ({"search": three.lower()}, [three]),
        ({"search": "spbu"}, [three]),
        ({"search": "%"}, []),
        ({"state": "live"}, [one, three]),
        ({"state": "cancelled"}, [two]),
        ({"organisation": "MSU", "space": "R-2"}, [two]),
        ({"building": "CC"}, [one, three]),
        ({"since": TEN.ends_at}, [two, three]),
        ({"until": TEN.ends_at}, [one]),
        ({"since": at("2026-03-03 10:30"), "until": at("2026-03-03 10:31")}, [one]),
    ):
        assert found(desk, everyone, **wanted) == numbers, wanted
    with statements() as seen:
        found(desk, everyone)
    assert len(seen) == 1
    assert found(desk, desk.colleague, mine=True) == [two]


def test_one_booking_is_one_question_and_somebody_elses_is_missing(desk: Desk, make: Maker, statements: Counter) -> None:
    make.rules()
    number = desk.one(make.room(), TEN)
    with statements() as seen:
        booking = queries.booking(number, desk.liaison, park="HIT")
        assert (booking.space.building.park_id, booking.organisation.code, booking.user is not None) == (desk.park_id, "MSU", True)
    assert len(seen) == 1
    for who, where in ((desk.stranger, "HIT"), (desk.liaison, "ELSE"), (make.granted(Role.ADMINISTRATOR, park=make.park("FAR")), "")):
        with pytest.raises(Missing):
            queries.booking(number, who, park=where)
    with pytest.raises(Missing):
        queries.booking(number, make.granted(Role.AUDITOR), "bookings.change")


def test_rivals_are_found_by_units_in_few_questions(desk: Desk, make: Maker, statements: Counter) -> None:
    make.rules(answer="approval", request_holds=False)
    building = make.building()
    hall = make.room("HALL", building=building)
    left, right = (make.room(code, building=building, parent=hall) for code in ("LEFT", "RIGHT"))
    whole = desk.one(hall, TEN)
    of_left = desk.one(left, span("2026-03-03 10:30", "11:30"), by=desk.stranger)
    of_right = desk.one(right, span("2026-03-03 10:30", "11:30"), by=desk.stranger)
    desk.one(left, span("2026-03-03 11:00", "12:00"), by=desk.colleague)
    with statements() as seen:
        assert [each.number for each in queries.rivals(desk.read(whole))] == [of_left, of_right]
    assert len(seen) == 4
    assert [each.number for each in queries.rivals(desk.read(of_right))] == [whole]


def test_requests_wait_in_order_of_their_day(desk: Desk, make: Maker, statements: Counter) -> None:
    make.rules(answer="approval", decide_hours=500)
    room = make.room()
    later = desk.one(room, span("2026-03-06 10:00", "11:00"), by=desk.stranger)
    sooner = desk.one(room, span("2026-03-04 10:00", "11:00"))
    decided = desk.one(room, span("2026-03-05 10:00", "11:00"))
    desk.do(decided, actions.approve, by=desk.administrator)
    with statements() as seen:
        waiting = queries.requests(desk.park_id, desk.administrator)
        assert [(each.number, each.space.building.id > 0) for each in waiting] == [(sooner, True), (later, True)]
    assert len(seen) == 1
    assert [each.number for each in queries.requests(desk.park_id, desk.liaison)] == [sooner]
    counts = [queries.requests_waiting(desk.park_id, who) for who in (desk.administrator, desk.liaison, make.granted(Role.AUDITOR))]
    assert counts == [2, 1, 0]


def test_who_is_at_the_door_sees_what_she_may_check_in_to(desk: Desk, make: Maker) -> None:
    make.rules()
    room = make.room()
    number, following = desk.one(room, TEN), desk.one(room, span("2026-03-03 11:00", "12:00"))
    quarter = timedelta(minutes=15)

    def there(who: Actor, when: str) -> list[str]:
        return [each.number for each in queries.at_door(room.id, who, at(when), opens=quarter)]

    assert there(desk.liaison, "2026-03-03 09:44") == []
    assert there(desk.colleague, "2026-03-03 09:45") == [number]
    assert there(desk.liaison, "2026-03-03 10:50") == [number, following]
    assert there(desk.liaison, "2026-03-03 11:00") == [following]
    assert there(desk.stranger, "2026-03-03 10:30") == []


def test_who_booked_the_whole_checks_in_at_the_door_of_a_part(desk: Desk, make: Maker) -> None:
    make.rules()
    building = make.building()
    hall = make.room("HALL", building=building)
    left, _right = (make.room(code, building=building, parent=hall) for code in ("LEFT", "RIGHT"))
    number = desk.one(hall, TEN)
    assert [each.number for each in queries.at_door(left.id, desk.liaison, TEN.starts_at, opens=timedelta())] == [number]


def test_colleagues_are_those_of_the_organisation_in_the_park(desk: Desk, make: Maker) -> None:
    organisation = db.session.get_one(Organisation, desk.organisation_id)
    make.granted(Role.LIAISON, organisation=organisation, email="everywhere@parkmgr.example")
    make.granted(Role.LIAISON, park=make.park("ELSE"), organisation=organisation, email="else@parkmgr.example")
    names = [user.name for user in queries.colleagues(desk.park_id, [desk.organisation_id], TODAY)]
    assert names == ["colleague", "everywhere", "liaison"]
    assert queries.colleague(desk.park_id, desk.organisation_id, "else@parkmgr.example", TODAY) is None


def test_rules_of_many_bookings_are_two_questions(desk: Desk, make: Maker, statements: Counter) -> None:
    make.rules(open_on_holidays=True)
    numbers = desk.weekly(make.room(), TEN, 5)
    bookings = queries.of_set(desk.read(numbers[0]).set_id or 0)
    with statements() as seen:
        under = queries.conditions_of(bookings)
    assert len(seen) == 2
    assert all(under[each.id] is not None for each in bookings)
