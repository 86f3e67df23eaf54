"""What time brings: each thing once, in a transaction of its own, with its entry and its notice."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask

from parkmgr.bookings import actions, tending, tending_queries
from parkmgr.bookings.models import Waiting
from parkmgr.bookings.queries import Slot
from parkmgr.db import db, transaction
from parkmgr.occupancy.queries import standing_holds
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park, Space
from parkmgr.policy import Actor
from tests.bookings.conftest import Desk, at, span
from tests.making import Maker

TEN = span("2026-03-03 10:00", "11:00")
HOUR = timedelta(hours=1)


def wait(desk: Desk, room: Space, by: Actor | None = None) -> str:
    """Somebody waits for the room at ten; the number."""
    by = by or desk.stranger
    of = desk.other_id if by is desk.stranger else desk.organisation_id
    with transaction():
        waiting = actions.join(
            db.session.get_one(Park, desk.park_id),
            db.session.get_one(Organisation, of),
            Slot(room.id, TEN),
            people=2,
            purpose="talk",
            actor=by,
            now=desk.now,
        )
        return waiting.number


def waits(number: str) -> Waiting:
    """The waiting, read anew."""
    db.session.rollback()
    return db.session.scalars(db.select(Waiting).where(Waiting.number == number)).one()


def test_a_request_that_nobody_decided_expires_and_its_room_is_free(make: Maker, desk: Desk) -> None:
    room, _ = make.room(), make.rules(answer="approval", decide_hours=2)
    number = desk.one(room, TEN)
    assert tending.tend(desk.now + 2 * HOUR - timedelta(seconds=1)) == 1  # the reminder
    assert tending.tend(desk.now + 2 * HOUR) == 1
    assert desk.state(number) == "expired"
    assert desk.holds(number) == []
    assert desk.entries(number) == ["book", "remind", "expire"]
    assert desk.told()[-1] == ("liaison", "Expired")
    assert tending.tend(desk.now + 2 * HOUR) == 0


def test_a_request_expires_at_its_start_at_the_latest(make: Maker, desk: Desk) -> None:
    room, _ = make.room(), make.rules(answer="approval", decide_hours=48)
    number = desk.one(room, TEN)
    tending.tend(TEN.starts_at - timedelta(seconds=1))
    assert desk.state(number) == "requested"
    tending.tend(TEN.starts_at)
    assert desk.state(number) == "expired"


def test_the_dates_of_a_series_expire_together_and_one_mail_says_so(make: Maker, desk: Desk) -> None:
    room, _ = make.room(), make.rules(answer="approval", decide_hours=2)
    numbers = desk.weekly(room, TEN, times=3)
    before = len(desk.told())
    assert tending.tend(desk.now + 3 * HOUR) == 3
    assert {desk.state(number) for number in numbers} == {"expired"}
    assert desk.told()[before:] == [("liaison", "Expired")]


@pytest.mark.parametrize(
    ("hours", "left"),
    [
        pytest.param(48, timedelta(hours=4), id="four hours before, of two days"),
        pytest.param(4, timedelta(hours=1), id="a quarter, of four hours"),
    ],
)
def test_administrators_are_reminded_once(make: Maker, desk: Desk, hours: int, left: timedelta) -> None:
    room, _ = make.room(), make.rules(answer="approval", decide_hours=hours)
    number = desk.one(room, span("2026-03-20 10:00", "11:00"))
    due = desk.now + hours * HOUR - left
    before = len(desk.told())
    assert tending.tend(due - timedelta(seconds=1)) == 0
    assert tending.tend(due) == 1
    assert tending.tend(due + timedelta(seconds=20)) == 0
    assert desk.told()[before:] == [("administrator", "Still to decide"), ("second", "Still to decide")]
    assert desk.state(number) == "requested"


def test_a_room_that_nobody_came_to_is_free_again_after_so_many_minutes(make: Maker, desk: Desk) -> None:
    room, _ = make.room(), make.rules(release_minutes=15, turnaround_minutes=10)
    number = desk.one(room, TEN)
    released = at("2026-03-03 10:15")
    assert tending.tend(released - timedelta(seconds=1)) == 0
    assert tending.tend(released) == 1
    assert desk.state(number) == "no_show"
    assert [held.ends_at for _, held in desk.holds(number)] == [released]
    assert desk.read(number).ends_at == TEN.ends_at
    assert desk.entries(number) == ["book", "release"]
    assert desk.told()[-1] == ("liaison", "Released")
    assert desk.one(room, span("2026-03-03 10:30", "11:00"), now=released)


def test_who_checked_in_keeps_the_room_until_the_end(make: Maker, desk: Desk) -> None:
    room, _ = make.room(), make.rules(release_minutes=15)
    number = desk.one(room, TEN)
    desk.do(number, actions.check_in, now=TEN.starts_at)
    assert tending.tend(at("2026-03-03 10:30")) == 0
    told = desk.told()
    assert tending.tend(TEN.ends_at) == 1
    assert desk.state(number) == "completed"
    assert desk.entries(number) == ["book", "check_in", "complete"]
    assert desk.told() == told


def test_where_nobody_need_check_in_a_booking_is_completed_at_its_end(make: Maker, desk: Desk) -> None:
    room, _ = make.room(), make.rules()
    number = desk.one(room, TEN)
    assert tending.tend(at("2026-03-03 10:59")) == 0
    assert tending.tend(TEN.ends_at) == 1
    assert desk.state(number) == "completed"
    assert len(desk.holds(number)) == 1


def test_after_a_night_without_a_worker_nobody_came_all_the_same(make: Maker, desk: Desk) -> None:
    room, _ = make.room(), make.rules(release_minutes=15)
    number = desk.one(room, TEN)
    assert tending.tend(TEN.ends_at + timedelta(days=2)) == 1
    assert desk.state(number) == "no_show"


def test_the_rules_of_the_room_itself_say_when_it_is_released(make: Maker, desk: Desk) -> None:
    room, other = make.room(), make.room()
    make.rules(release_minutes=10)
    make.rules(space_id=other.id, release_minutes=None)
    numbers = [desk.one(one, TEN) for one in (room, other)]
    assert tending.tend(at("2026-03-03 10:20")) == 1
    assert [desk.state(number) for number in numbers] == ["no_show", "confirmed"]


def test_what_gets_free_is_kept_for_who_joined_first(make: Maker, desk: Desk) -> None:
    room, _ = make.room(), make.rules()
    number = desk.one(room, TEN)
    first, second = wait(desk, room), wait(desk, room, desk.colleague)
    assert tending.tend(desk.now) == 0
    desk.all([number], actions.cancel)
    assert tending.tend(desk.now) == 1
    assert (waits(first).state, waits(first).offer_until) == ("offered", desk.now + 2 * HOUR)
    assert waits(second).state == "waiting"
    assert [hold.holder_id for hold in standing_holds(first)] == [desk.other_id]
    assert desk.entries(first) == ["join", "offer"]
    assert desk.told()[-1] == ("stranger", "Free now")
    assert tending.tend(desk.now) == 0


def test_an_offer_that_nobody_takes_goes_to_the_next(make: Maker, desk: Desk) -> None:
    room, _ = make.room(), make.rules()
    number = desk.one(room, TEN)
    first, second = wait(desk, room), wait(desk, room, desk.colleague)
    desk.all([number], actions.cancel)
    tending.tend(desk.now)
    assert tending.tend(desk.now + 2 * HOUR) == 2
    assert (waits(first).state, waits(second).state) == ("expired", "offered")
    assert standing_holds(first) == []
    assert desk.entries(first) == ["join", "offer", "end_offer"]


def test_an_offer_can_be_taken(make: Maker, desk: Desk) -> None:
    room, _ = make.room(), make.rules()
    number = desk.one(room, TEN)
    waiting = wait(desk, room)
    desk.all([number], actions.cancel)
    tending.tend(desk.now)
    with transaction():
        park = db.session.get_one(Park, desk.park_id)
        taken = actions.accept(tending_queries.waiting(waits(waiting).id), park, actor=desk.stranger, now=desk.now + HOUR).number
    assert desk.state(taken) == "confirmed"
    assert tending.tend(desk.now + 3 * HOUR) == 0


def test_who_may_not_book_any_more_is_passed_over(make: Maker, desk: Desk) -> None:
    room, _ = make.room(), make.rules(quotas=[{"whom": "organisation", "per": "day", "measure": "count", "most": 2}])
    number = desk.one(room, TEN)
    first, second = wait(desk, room), wait(desk, room, desk.colleague)
    for _ in range(2):  # the quota of the first in line
        desk.one(make.room(), TEN, by=desk.stranger)
    desk.all([number], actions.cancel)
    assert tending.tend(desk.now) == 1
    assert (waits(first).state, waits(second).state) == ("waiting", "offered")


def test_waiting_ends_when_what_was_waited_for_has_begun(make: Maker, desk: Desk) -> None:
    room, _ = make.room(), make.rules()
    desk.one(room, TEN)
    waiting = wait(desk, room)
    tending.tend(TEN.starts_at)
    assert waits(waiting).state == "expired"


def test_what_fails_is_no_hindrance_to_the_rest(make: Maker, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    room, other = make.room(), make.room()
    make.rules()
    bad, good = desk.one(room, TEN), desk.one(other, TEN)
    complete = tending.complete

    def fails(booking: object, **more: object) -> None:
        if getattr(booking, "number", "") == bad:
            raise RuntimeError("a mistake")
        complete(booking, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(tending, "complete", fails)
    assert tending.tend(TEN.ends_at) == 1
    assert [desk.state(number) for number in (bad, good)] == ["confirmed", "completed"]


def test_what_another_worker_did_in_between_is_not_done_again(make: Maker, desk: Desk) -> None:
    room, _ = make.room(), make.rules(release_minutes=15)
    number = desk.one(room, TEN)
    late = at("2026-03-03 10:20")
    due = tending_queries.nobody_came(late)
    assert len(due) == 1
    tending.tend(late)
    entries = desk.entries(number)
    with transaction():
        assert tending.finish(desk.read(number), now=late) == 0
    assert desk.entries(number) == entries


def test_looking_for_what_is_due_takes_few_questions(make: Maker, desk: Desk, statements: object) -> None:
    make.rules(release_minutes=15)
    for _ in range(6):
        desk.one(make.room(), TEN)
    with statements() as seen:  # type: ignore[operator]
        assert tending.tend(at("2026-03-03 10:05")) == 0
    assert len(seen) == 11


def test_two_workers_at_once_do_each_thing_once(app: Flask, make: Maker, desk: Desk) -> None:
    make.rules(release_minutes=15)
    numbers = [desk.one(make.room(), TEN) for _ in range(4)]
    waiting = wait(desk, db.session.get_one(Space, desk.read(numbers[0]).space_id))
    late, done = at("2026-03-03 10:20"), []

    def work() -> None:
        with app.app_context():
            try:
                done.append(tending.tend(late))
            finally:
                db.session.remove()

    db.session.rollback()
    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(done) == 5
    assert [desk.entries(number) for number in numbers] == [["book", "release"]] * 4
    assert desk.told().count(("liaison", "Released")) == 4
    assert desk.entries(waiting) == ["join", "end_offer"]
