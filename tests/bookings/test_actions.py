"""The deeds of booking, on both engines: what stands in the register, in the ledger, in the audit and in the outbox afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from parkmgr.bookings import actions, queries, rules
from parkmgr.bookings.actions import Move, Waiver, Wanted
from parkmgr.bookings.models import Booking, BookingSet, Waiting, WaitState
from parkmgr.bookings.queries import Slot
from parkmgr.db import db, transaction
from parkmgr.errors import Missing, Refused, Stale
from parkmgr.occupancy import actions as occupancy
from parkmgr.occupancy.models import Hold, HoldKind
from parkmgr.organisations.models import Membership, Organisation
from parkmgr.places.models import Park, Particulars, Space
from parkmgr.policy import SYSTEM
from parkmgr.values import Money, Span
from tests.bookings.conftest import Desk, at, refused, span
from tests.making import LONG_AGO, Maker

TEN = span("2026-03-03 10:00", "11:00")
"""Tuesday, the day after the deeds."""
SOON = timedelta(seconds=5)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WAIVED = "An exception of the rector."


# Booking


def test_a_booking_holds_its_space_and_the_turnaround(desk: Desk, make: Maker) -> None:
    make.rules(turnaround_minutes=15)
    room = make.room("R-1")
    number = desk.one(room, TEN, purpose="Seminar", guest="Prof. Li")
    booking = desk.read(number)
    assert (number, booking.state, booking.purpose, booking.guest) == ("B-2026-0001", "confirmed", "Seminar", "Prof. Li")
    assert desk.holds(number) == [(room.id, span("2026-03-03 10:00", "11:15"))]
    assert desk.entries(number) == ["book"]
    assert desk.told() == [("liaison", "Booked")]
    with refused("occupancy.taken"):
        desk.one(room, span("2026-03-03 11:00", "12:00"))
    desk.one(room, span("2026-03-03 11:15", "12:00"))


@pytest.mark.parametrize("request_holds", [True, False])
def test_what_needs_approval_waits_for_it(desk: Desk, make: Maker, request_holds: bool) -> None:
    make.rules(answer="approval", request_holds=request_holds, decide_hours=5)
    number = desk.one(make.room(), TEN)
    booking = desk.read(number)
    assert (booking.state, booking.decide_by) == ("requested", desk.now + 5 * HOUR)
    assert bool(desk.holds(number)) is request_holds
    assert desk.told() == [("administrator", "To decide"), ("second", "To decide")]


def test_who_decides_books_at_once_but_for_four_eyes(desk: Desk, make: Maker) -> None:
    rules_ = make.rules(answer="approval")
    room, rules_id = make.room(), rules_.id
    assert desk.state(desk.one(room, TEN, by=desk.administrator)) == "confirmed"
    with transaction():
        row = queries.rules(desk.park_id, rules_id)
        row.four_eyes = True
        actions.record("tests.change", row, actor=SYSTEM, now=LONG_AGO)
    number = desk.one(room, span("2026-03-03 12:00", "13:00"), by=desk.administrator)
    assert desk.state(number) == "requested"
    with refused("four_eyes"):
        desk.do(number, actions.approve, by=desk.administrator)
    desk.do(number, actions.approve, by=desk.second)
    assert desk.state(number) == "confirmed"


def test_everything_against_a_booking_is_said_at_once_with_who_may_waive_it(desk: Desk, make: Maker) -> None:
    make.rules(
        week="Mon-Fri 09:00-18:00", min_minutes=30, max_minutes=120, lead_minutes=24 * 60, quotas=[_quota("person", "day", "hours", 1)]
    )
    room = make.room("R-1", capacity=3)
    with pytest.raises(Refused) as caught:
        desk.one(room, span("2026-03-02 17:10", "20:00"))
    against = caught.value.objections
    assert [(o.code, o.waiver) for o in against] == [
        ("bookings.too_long", "administrator"),
        ("bookings.off_step", "administrator"),
        ("bookings.too_soon", "administrator"),
        ("bookings.closed_then", "administrator"),
        ("bookings.too_many_people", "administrator"),
        ("bookings.quota", "administrator"),
    ]
    waiver = Waiver(frozenset(o.code for o in against), WAIVED)
    with refused("cannot_waive"):
        desk.one(room, span("2026-03-02 17:10", "20:00"), waiver=waiver)
    with refused("needs_reason"):
        desk.one(room, span("2026-03-02 17:10", "20:00"), by=desk.administrator, waiver=Waiver(waiver.codes))
    number = desk.one(room, span("2026-03-02 17:10", "20:00"), by=desk.administrator, waiver=waiver)
    booking = desk.read(number)
    assert booking.reason == WAIVED
    assert set(booking.waived.split()) == waiver.codes


def test_nobody_waives_that_a_space_is_let(desk: Desk, make: Maker) -> None:
    make.rules(kind="office")
    office = make.space(code="O-1", bookable=True)
    make.hold(office, "2026-01-01", "2026-12-31", document="L-2026-0001")
    waiver = Waiver(frozenset({"occupancy.taken"}), WAIVED)
    with refused("occupancy.taken") as said:
        desk.one(office, TEN, by=desk.administrator, waiver=waiver)
    assert "L-2026-0001" in said[0]
    with refused("occupancy.taken") as said:
        desk.one(office, TEN)
    assert "L-2026-0001" not in said[0]
    assert "ORG" not in said[0]


def _quota(whom: str, per: str, measure: str, most: int) -> dict[str, object]:
    return {"whom": whom, "per": per, "measure": measure, "most": most}


@pytest.mark.parametrize(
    ("quota", "by_colleague"),
    [
        pytest.param(_quota("person", "day", "hours", 2), True, id="hours of a person"),
        pytest.param(_quota("organisation", "week", "count", 2), False, id="bookings of an organisation a week"),
        pytest.param(_quota("organisation", "month", "hours", 2), False, id="hours of an organisation a month"),
        pytest.param(_quota("person", "open", "count", 2), True, id="bookings ahead"),
    ],
)
def test_quotas(desk: Desk, make: Maker, quota: dict[str, object], by_colleague: bool) -> None:
    make.rules(quotas=[quota])
    rooms = [make.room(), make.room()]
    desk.book([Slot(room.id, TEN) for room in rooms])
    later = span("2026-03-03 12:00", "13:00")
    with refused("quota"):
        desk.one(rooms[0], later)
    if by_colleague:
        desk.one(rooms[0], later, by=desk.colleague)
    else:
        with refused("quota"):
            desk.one(rooms[0], later, by=desk.colleague)
    desk.one(rooms[1], later, by=desk.stranger)


def test_one_request_counts_against_its_own_quota(desk: Desk, make: Maker) -> None:
    make.rules(quotas=[_quota("organisation", "week", "count", 2)])
    room = make.room()
    with refused("quota"):
        desk.book([Slot(room.id, span(f"2026-03-03 {hour}:00", f"{hour + 1}:00")) for hour in (10, 12, 14)])


def test_a_cancelled_booking_counts_no_more(desk: Desk, make: Maker) -> None:
    make.rules(quotas=[_quota("organisation", "week", "count", 1)])
    room = make.room()
    number = desk.one(room, TEN)
    desk.all([number], actions.cancel)
    desk.one(room, TEN)


def test_a_member_of_the_association_pays_its_price_to_the_second(desk: Desk, make: Maker) -> None:
    make.rules(
        step_minutes=1,
        prices=[{"class": "member", "minor": 10001, "currency": "CNY"}, {"class": "", "minor": 20000, "currency": "CNY"}],
    )
    room = make.room()
    make.keep(
        Membership(
            organisation_id=desk.organisation_id, status="member", starts_on=date(2011, 1, 1), ends_on=date.max, recorded_at=LONG_AGO
        )
    )
    assert desk.read(desk.one(room, span("2026-03-03 10:00", "10:50"))).price == Money(8334, "CNY")
    assert desk.read(desk.one(room, span("2026-03-03 11:00", "12:30"), by=desk.stranger)).price == Money(30000, "CNY")
    make.hold(make.space(), "2026-01-01", holder=db.session.get_one(Organisation, desk.other_id))
    assert (
        queries.who(db.session.get_one(Park, desk.park_id), db.session.get_one(Organisation, desk.other_id), SYSTEM, desk.now).price_class
        == "tenant"
    )


def test_the_same_form_sent_twice_books_once(desk: Desk, make: Maker) -> None:
    make.rules()
    room = make.room()
    first = desk.book([Slot(room.id, TEN), Slot(room.id, span("2026-03-04 10:00", "11:00"))], key="k")
    assert desk.book([Slot(room.id, TEN), Slot(room.id, span("2026-03-04 10:00", "11:00"))], key="k") == first
    assert db.session.scalar(sa.select(sa.func.count(Booking.id))) == 2
    assert len(desk.told()) == 1


def test_somebody_elses_key_gives_nothing_away(desk: Desk, make: Maker) -> None:
    make.rules()
    room = make.room()
    desk.one(room, TEN, key="k")
    with refused("db.already_there"):
        desk.one(room, span("2026-03-03 12:00", "13:00"), by=desk.stranger, key="k")


def test_a_part_and_its_whole_are_never_both_booked(desk: Desk, make: Maker) -> None:
    make.rules()
    building = make.building()
    hall = make.room("HALL", building=building)
    left, right = (make.room(code, building=building, parent=hall) for code in ("LEFT", "RIGHT"))
    whole = desk.one(hall, TEN)
    assert {space_id for space_id, _ in desk.holds(whole)} == {left.id, right.id}
    with refused("occupancy.taken"):
        desk.one(left, TEN)
    later = span("2026-03-03 12:00", "13:00")
    desk.one(left, later)
    with refused("occupancy.taken"):
        desk.one(hall, later)
    desk.one(right, later)
    with refused("occupancy.taken") as said:
        desk.book([Slot(hall.id, span("2026-03-03 14:00", "15:00")), Slot(left.id, span("2026-03-03 14:00", "15:00"))])
    assert "LEFT is taken from 2026-03-03" in said[0]


def test_several_rooms_are_booked_all_or_none(desk: Desk, make: Maker) -> None:
    make.rules()
    rooms = [make.room(f"R-{number}") for number in range(3)]
    taken = desk.one(rooms[1], TEN, by=desk.stranger)
    with refused("occupancy.taken") as said:
        desk.book([Slot(room.id, TEN) for room in rooms])
    assert "R-1 is taken" in said[0]
    assert taken not in said[0]
    assert db.session.scalar(sa.select(sa.func.count(Booking.id))) == 1
    numbers = desk.book([Slot(room.id, span("2026-03-03 12:00", "13:00")) for room in rooms])
    assert len({desk.read(number).set_id for number in numbers}) == 1
    assert desk.entries(db.session.scalars(sa.select(BookingSet.number)).one()) == ["book"]


def test_a_space_that_changes_in_the_middle_of_a_series_is_still_there(desk: Desk, make: Maker) -> None:
    make.rules()
    room = make.space(code="R-1", kind="meeting_room", bookable=True, ends_on=date(2026, 3, 8))
    make.keep(
        Particulars(
            space_id=room.id,
            starts_on=date(2026, 3, 8),
            ends_on=date(2026, 3, 15),
            kind="meeting_room",
            lettable=True,
            recorded_at=LONG_AGO,
        )
    )
    desk.weekly(room, TEN, 2)
    with refused("gone"):
        desk.weekly(room, span("2026-03-03 12:00", "13:00"), 3)


def test_a_series_is_refused_date_by_date(desk: Desk, make: Maker) -> None:
    make.rules()
    room = make.room("R-1")
    for week in (1, 3):
        desk.one(room, Span(TEN.starts_at + timedelta(weeks=week), TEN.ends_at + timedelta(weeks=week)), by=desk.stranger)
    with refused("occupancy.taken", "occupancy.taken") as said:
        desk.weekly(room, TEN, 5)
    assert "2026-03-10" in said[0]
    assert "2026-03-24" in said[1]


def test_a_series_that_overlaps_itself_is_refused(desk: Desk, make: Maker) -> None:
    make.rules()
    room = make.room()
    with refused("occupancy.taken"):
        desk.book([Slot(room.id, TEN), Slot(room.id, span("2026-03-03 10:30", "11:30"))])
    with refused("nothing_asked"):
        desk.book([])
    with refused("too_many_dates"):
        desk.book([Slot(room.id, TEN)] * 367)


def test_a_series_of_a_year_is_booked(desk: Desk, make: Maker) -> None:
    make.rules(ahead_days=800, open_on_holidays=True)
    numbers = desk.weekly(make.room(), TEN, 104)
    assert len(numbers) == 104
    assert len(desk.holds(numbers[-1])) == 1


STATEMENTS = 14


def test_a_booking_asks_few_questions(
    app: Flask, desk: Desk, make: Maker, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    """The figure of docs: everything that the database is asked between the turn and the commit."""
    make.rules(open_on_holidays=True)
    room = make.room()
    desk.one(room, TEN)
    with statements() as seen:
        desk.one(room, span("2026-03-03 12:00", "13:00"))
    one = len(seen)
    with statements() as seen:
        desk.weekly(room, span("2026-03-03 14:00", "15:00"), 20)
    assert (one, len(seen)) == (STATEMENTS, STATEMENTS + 1)


def test_of_many_who_book_one_room_at_once_one_has_it(app: Flask, desk: Desk, make: Maker) -> None:
    make.rules()
    room_id = make.room().id
    met = _at_once(app, [lambda: desk.book([Slot(room_id, TEN)]) for _ in range(6)])
    assert sum(isinstance(each, list) for each in met) == 1
    assert met.count("occupancy.taken") == 5


def _at_once(app: Flask, deeds: list[Callable[[], object]]) -> list[object]:
    """Do the deeds in threads, all beginning together; return what each came to, or the code of what was against it."""
    together = threading.Barrier(len(deeds))

    def one(deed: Callable[[], object]) -> object:
        with app.app_context():
            together.wait()
            try:
                return deed()
            except Refused as refused_:
                return refused_.objections[0].code
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return [future.result() for future in [pool.submit(one, deed) for deed in deeds]]


# Deciding


def test_of_two_requests_for_one_time_approved_at_once_one_wins_and_the_other_reads_that_it_is_taken(
    app: Flask, desk: Desk, make: Maker
) -> None:
    make.rules(answer="approval", request_holds=False)
    room = make.room()
    numbers = [desk.one(room, TEN), desk.one(room, span("2026-03-03 10:30", "11:30"), by=desk.stranger)]

    def approve(number: str, by: object) -> Callable[[], object]:
        return lambda: desk.do(number, actions.approve, by=by)  # type: ignore[arg-type]

    met = _at_once(app, [approve(numbers[0], desk.administrator), approve(numbers[1], desk.second)])
    assert sorted(map(str, met)) == ["None", "occupancy.taken"]
    assert sorted(desk.state(number) for number in numbers) == ["confirmed", "requested"]


def test_an_approval_is_told_and_a_second_is_refused(desk: Desk, make: Maker) -> None:
    make.rules(answer="approval", request_holds=False, turnaround_minutes=30)
    room = make.room()
    number = desk.one(room, TEN)
    assert [each.number for each in queries.rivals(desk.read(number))] == []
    rival = desk.one(room, TEN, by=desk.stranger)
    assert [each.number for each in queries.rivals(desk.read(number))] == [rival]
    desk.do(number, actions.approve, by=desk.administrator)
    assert desk.holds(number) == [(room.id, span("2026-03-03 10:00", "11:30"))]
    assert desk.told()[-1] == ("liaison", "Booked")
    with refused("not_now") as said:
        desk.do(number, actions.approve, by=desk.second)
    assert "confirmed" in said[0]
    with refused("occupancy.taken"):
        desk.do(rival, actions.approve, by=desk.second)


def test_a_rejection_frees_the_time_and_says_why(desk: Desk, make: Maker) -> None:
    make.rules(answer="approval")
    number = desk.one(make.room(), TEN)
    with refused("needs_reason"):
        desk.do(number, actions.reject, by=desk.administrator, reason="")
    desk.do(number, actions.reject, by=desk.administrator, reason="The hall is for the congress.")
    assert (desk.state(number), desk.holds(number)) == ("rejected", [])
    assert desk.told()[-1] == ("liaison", "Rejected")
    assert desk.entries(number) == ["book", "reject"]


def test_a_question_is_answered_while_the_request_waits(desk: Desk, make: Maker) -> None:
    make.rules(answer="approval")
    number = desk.one(make.room(), TEN)
    with refused("needs_reason"):
        desk.do(number, actions.ask, by=desk.administrator, question="")
    desk.do(number, actions.ask, by=desk.administrator, question="With catering?")
    desk.do(number, actions.reply, text="Without.")
    booking = desk.read(number)
    assert (booking.question, booking.reply, booking.state) == ("With catering?", "Without.", "requested")
    assert [what for _, what in desk.told()[-3:]] == ["A question about " + booking.space.code + ", " + number] + [
        f"An answer about {booking.space.code}, {number}"
    ] * 2


def test_what_is_over_is_not_approved(desk: Desk, make: Maker) -> None:
    make.rules(answer="approval")
    number = desk.one(make.room(), TEN)
    with refused("over"):
        desk.do(number, actions.approve, by=desk.administrator, now=TEN.ends_at)


# On the day


def test_checking_in_opens_a_quarter_of_an_hour_before_and_closes_with_the_booking(desk: Desk, make: Maker) -> None:
    make.rules()
    number = desk.one(make.room(), TEN)
    with refused("not_yet"):
        desk.do(number, actions.check_in, now=TEN.starts_at - 16 * MINUTE)
    with refused("over"):
        desk.do(number, actions.check_in, now=TEN.ends_at)
    desk.do(number, actions.check_in, now=TEN.starts_at - 15 * MINUTE)
    assert desk.state(number) == "checked_in"
    with refused("not_now"):
        desk.do(number, actions.check_in, now=TEN.starts_at)


def test_ending_frees_the_rest_but_for_the_turnaround(desk: Desk, make: Maker) -> None:
    make.rules(turnaround_minutes=10)
    room = make.room()
    number = desk.one(room, span("2026-03-03 10:00", "13:00"))
    with refused("not_started"):
        desk.do(number, actions.end)
    half = at("2026-03-03 11:20")
    desk.do(number, actions.end, now=half)
    assert desk.holds(number) == [(room.id, Span(TEN.starts_at, half + 10 * MINUTE))]
    assert desk.state(number) == "completed"
    desk.do(number, lambda booking, **more: actions.undo([booking], **more), now=half + SOON)
    assert desk.holds(number) == [(room.id, span("2026-03-03 10:00", "13:10"))]
    assert (desk.state(number), desk.read(number).ends_at) == ("confirmed", at("2026-03-03 13:00"))


def test_a_booking_is_extended_where_the_space_is_free(desk: Desk, make: Maker) -> None:
    make.rules(max_minutes=180, prices=[{"class": "", "minor": 10000, "currency": "CNY"}])
    room = make.room()
    number = desk.one(room, TEN)
    desk.one(room, span("2026-03-03 12:00", "13:00"), by=desk.stranger)
    now = at("2026-03-03 10:50")
    with refused("no_longer"):
        desk.do(number, actions.extend, until=TEN.ends_at, now=now)
    with refused("occupancy.taken"):
        desk.do(number, actions.extend, until=at("2026-03-03 12:30"), now=now)
    desk.do(number, actions.extend, until=at("2026-03-03 12:00"), now=now)
    booking = desk.read(number)
    assert (booking.ends_at, booking.price) == (at("2026-03-03 12:00"), Money(20000, "CNY"))
    assert desk.holds(number) == [(room.id, span("2026-03-03 10:00", "12:00"))]
    desk.all([number], actions.undo, now=now + SOON)
    assert desk.read(number).price == Money(10000, "CNY")
    assert desk.holds(number) == [(room.id, TEN)]
    with refused("over"):
        desk.do(number, actions.extend, until=at("2026-03-03 12:00"), now=TEN.ends_at + MINUTE)


def test_extending_breaks_no_rule_that_is_not_waived_and_passes_no_approval(desk: Desk, make: Maker) -> None:
    make.rules(max_minutes=60, lead_minutes=60)
    room = make.room()
    number = desk.one(room, TEN)
    now, until = at("2026-03-03 09:50"), at("2026-03-03 11:30")
    with refused("too_long"):
        desk.do(number, actions.extend, until=until, now=now)
    desk.do(number, actions.extend, until=until, now=now, by=desk.administrator, waiver=Waiver(frozenset({"bookings.too_long"}), WAIVED))
    make.rules(kind="meeting_room", answer="approval")
    with refused("needs_approval"):
        desk.do(number, actions.extend, until=at("2026-03-03 12:00"), now=now)
    desk.do(number, actions.extend, until=at("2026-03-03 12:00"), now=now, by=desk.administrator)


# Changing


def _change(desk: Desk, numbers: list[str], by: timedelta, **more: object) -> Callable[..., None]:
    given = {"people": 4, "purpose": "", "guest": "", **more}

    def deed(bookings: list[Booking], **rest: object) -> None:
        moves = [Move(each, Slot(each.space_id, Span(each.starts_at + by, each.ends_at + by), each.recurs_at)) for each in bookings]
        actions.change(moves, **given, **rest)  # type: ignore[arg-type]

    return deed


def test_a_series_moves_through_its_own_dates(desk: Desk, make: Maker) -> None:
    make.rules()
    room = make.room()
    numbers = desk.weekly(room, TEN, 4)
    desk.all(numbers, _change(desk, numbers, timedelta(weeks=1), purpose="Later"))
    assert desk.holds(numbers[0]) == [(room.id, Span(TEN.starts_at + timedelta(weeks=1), TEN.ends_at + timedelta(weeks=1)))]
    assert [desk.read(number).purpose for number in numbers] == ["Later"] * 4
    assert desk.read(numbers[0]).recurs_at == TEN.starts_at
    assert desk.entries(numbers[0]) == ["book", "change"]
    with refused(*["occupancy.taken"] * 2):
        desk.all(numbers[:2], _change(desk, numbers, timedelta(weeks=2)))


def test_a_series_is_moved_whole_or_not_at_all(desk: Desk, make: Maker) -> None:
    make.rules()
    room = make.room()
    numbers = desk.weekly(room, TEN, 3)
    desk.one(room, span("2026-03-10 12:00", "13:00"), by=desk.stranger)
    with refused("occupancy.taken") as said:
        desk.all(numbers, _change(desk, numbers, 2 * HOUR))
    assert "2026-03-10" in said[0]
    assert desk.holds(numbers[0]) == [(room.id, TEN)]


def test_moving_what_needs_approval_asks_for_it_again(desk: Desk, make: Maker) -> None:
    make.rules(answer="approval")
    room = make.room()
    number = desk.one(room, TEN)
    desk.do(number, actions.approve, by=desk.administrator)
    desk.all([number], _change(desk, [number], timedelta(), purpose="New words"))
    assert desk.state(number) == "confirmed"
    desk.all([number], _change(desk, [number], HOUR))
    assert (desk.state(number), desk.holds(number)) == ("requested", [(room.id, span("2026-03-03 11:00", "12:00"))])
    assert desk.told()[-2:] == [("administrator", "To decide"), ("second", "To decide")]
    desk.all([number], _change(desk, [number], HOUR), by=desk.administrator)
    assert desk.state(number) == "confirmed"
    assert desk.told()[-1] == ("liaison", "Changed")


def test_changing_late_is_for_administrators(desk: Desk, make: Maker) -> None:
    make.rules(cancel_minutes=60, answer="approval")
    number = desk.one(make.room(), TEN, by=desk.liaison)
    late = TEN.starts_at - 30 * MINUTE
    desk.all([number], _change(desk, [number], HOUR), now=late)
    desk.do(number, actions.approve, by=desk.administrator)
    late = TEN.starts_at + 30 * MINUTE
    with refused("too_late"):
        desk.all([number], _change(desk, [number], HOUR), now=late)
    with refused("too_many_people"):
        desk.all([number], _change(desk, [number], timedelta(), people=50), now=late)
    desk.all([number], _change(desk, [number], timedelta(), people=5), now=late)
    desk.all([number], _change(desk, [number], HOUR), now=late, by=desk.administrator)
    assert desk.read(number).starts_at == TEN.starts_at + 2 * HOUR


def test_a_cancelled_booking_frees_its_time(desk: Desk, make: Maker) -> None:
    make.rules(cancel_minutes=120)
    room = make.room()
    numbers = desk.weekly(room, TEN, 3)
    desk.all(numbers[1:], actions.cancel)
    assert [desk.state(number) for number in numbers] == ["confirmed", "cancelled", "cancelled"]
    assert [len(desk.holds(number)) for number in numbers] == [1, 0, 0]
    late = TEN.starts_at - HOUR
    with refused("too_late") as said:
        desk.all(numbers[:1], actions.cancel, now=late)
    assert "08:00" in said[0] or "00:00" in said[0]
    with refused("needs_reason"):
        desk.all(numbers[:1], actions.cancel, now=late, by=desk.administrator)
    desk.all(numbers[:1], actions.cancel, now=TEN.starts_at + 30 * MINUTE, by=desk.administrator, reason="A leak.")
    assert desk.holds(numbers[0]) == [(room.id, Span(TEN.starts_at, TEN.starts_at + 30 * MINUTE))]
    assert desk.told()[-1] == ("liaison", "Cancelled")
    with refused("not_now"):
        desk.all(numbers[:1], actions.cancel)


def test_a_series_is_cancelled_in_few_questions(
    desk: Desk, make: Maker, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    make.rules(open_on_holidays=True)
    numbers = desk.weekly(make.room(), TEN, 10)

    def cancel() -> None:
        with transaction():
            actions.cancel(queries.of_set(desk.read(numbers[0]).set_id or 0), actor=desk.liaison, now=desk.now)

    with statements() as seen:
        cancel()
    assert len(seen) <= 6 + 3 * len(numbers)


def test_a_booking_passes_to_a_colleague_only(desk: Desk, make: Maker) -> None:
    make.rules()
    number = desk.one(make.room(), TEN)
    for email in ("stranger@parkmgr.example", "administrator@parkmgr.example", "nobody@parkmgr.example", ""):
        with refused("not_a_colleague"):
            desk.do(number, actions.transfer, email=email)
    desk.do(number, actions.transfer, email="Colleague@parkmgr.example ")
    assert desk.read(number).user_id == desk.colleague.user_id
    assert desk.told()[-1] == ("colleague", "Passed on")


# Taking back


def test_a_booking_is_taken_back_for_ten_seconds_by_who_made_it(desk: Desk, make: Maker) -> None:
    make.rules()
    room = make.room()
    number = desk.one(room, TEN)
    for by, now in ((desk.colleague, desk.now + SOON), (desk.liaison, desk.now + rules.UNDO + SOON)):
        with refused("undo_over"):
            desk.all([number], actions.undo, by=by, now=now)
    desk.all([number], actions.undo, now=desk.now + SOON)
    assert (desk.state(number), desk.holds(number)) == ("cancelled", [])
    with refused("undo_over"):
        desk.all([number], actions.undo, now=desk.now + SOON)
    desk.one(room, TEN, by=desk.stranger)


def test_a_cancelled_booking_stands_again_unless_somebody_was_faster(desk: Desk, make: Maker) -> None:
    make.rules()
    room = make.room()
    one, other = desk.one(room, TEN), desk.one(room, span("2026-03-03 12:00", "13:00"))
    desk.all([one, other], actions.cancel)
    desk.all([one], actions.undo, now=desk.now + SOON)
    assert (desk.state(one), desk.holds(one)) == ("confirmed", [(room.id, TEN)])
    desk.one(room, span("2026-03-03 12:00", "13:00"), by=desk.stranger)
    with refused("occupancy.taken"):
        desk.all([other], actions.undo, now=desk.now + SOON)
    assert desk.state(other) == "cancelled"


@pytest.mark.parametrize("request_holds", [True, False])
@pytest.mark.parametrize("deed", ["approve", "reject"])
def test_a_decision_is_taken_back(desk: Desk, make: Maker, request_holds: bool, deed: str) -> None:
    make.rules(answer="approval", request_holds=request_holds)
    number = desk.one(make.room(), TEN)
    before, held = desk.read(number).decide_by, desk.holds(number)
    desk.do(number, getattr(actions, deed), by=desk.administrator, reason="So be it.")
    desk.all([number], actions.undo, by=desk.administrator, now=desk.now + SOON)
    booking = desk.read(number)
    assert (booking.state, booking.decide_by, booking.decided_at, booking.reason) == ("requested", before, None, "")
    assert desk.holds(number) == held
    assert desk.told()[-1] == ("liaison", "Taken back")


def test_a_form_opened_before_somebody_else_saved_is_stale(desk: Desk, make: Maker) -> None:
    make.rules()
    number = desk.one(make.room(), TEN)

    def deed(booking: Booking, **_more: object) -> None:
        booking.expect(7)

    with pytest.raises(Stale):
        desk.do(number, deed)


# Waiting


def _join(desk: Desk, room: Space, when: Span = TEN, key: str | None = None) -> str:
    with transaction():
        park, organisation = db.session.get_one(Park, desk.park_id), db.session.get_one(Organisation, desk.organisation_id)
        slot = Slot(room.id, when)
        return actions.join(park, organisation, slot, people=4, purpose="", key=key, actor=desk.liaison, now=desk.now).number


def test_who_waits_can_be_offered_the_space_and_take_it(desk: Desk, make: Maker) -> None:
    make.rules()
    room = make.room()
    with refused("free_now"):
        _join(desk, room)
    taken = desk.one(room, TEN, by=desk.stranger)
    with refused("too_long", "closed_then"):
        _join(desk, room, span("2026-03-03 10:30", "23:00"))
    number = _join(desk, room, key="w")
    assert _join(desk, room, key="w") == number
    with refused("offer_over"):
        _accept(desk, number)
    desk.all([taken], actions.cancel, by=desk.stranger)
    _offer(desk, number)
    _accept(desk, number)
    waiting = queries.waiting(number, desk.liaison, park="HIT")
    assert waiting.state == WaitState.TAKEN
    assert waiting.booking is not None
    assert desk.holds(waiting.booking.number) == [(room.id, TEN)]
    assert desk.entries(number) == ["join", "offer", "accept"]
    with pytest.raises(Missing):
        queries.waiting(number, desk.colleague, park="HIT")


def _offer(desk: Desk, number: str) -> None:
    with transaction():
        waiting = db.session.scalars(sa.select(Waiting).filter_by(number=number)).one()
        space = db.session.get_one(Space, waiting.space_id)
        waiting.state, waiting.offer_until = "offered", desk.now + HOUR
        actions.record("bookings.offer", waiting, actor=SYSTEM, now=desk.now)
        occupancy.take([space], waiting.span, kind=HoldKind.BOOKING, holder_id=waiting.organisation_id, document=number, now=desk.now)


def _accept(desk: Desk, number: str) -> None:
    with transaction():
        park = db.session.get_one(Park, desk.park_id)
        actions.accept(queries.waiting(number, desk.liaison, park="HIT"), park, actor=desk.liaison, now=desk.now)


def test_who_leaves_the_list_lets_the_offer_go(desk: Desk, make: Maker) -> None:
    make.rules()
    room = make.room()
    taken = desk.one(room, TEN, by=desk.stranger)
    number = _join(desk, room)
    desk.all([taken], actions.cancel, by=desk.stranger)
    _offer(desk, number)
    with transaction():
        actions.leave(queries.waiting(number, desk.liaison, park="HIT"), actor=desk.liaison, now=desk.now)
    assert desk.holds(number) == []
    desk.one(room, TEN, by=desk.stranger)


# Time zones


def test_hours_are_the_parks_whatever_the_clock_of_the_server(desk: Desk, make: Maker) -> None:
    make.rules(week="Mon-Sun 08:00-22:00")
    room = make.room()
    desk.one(room, Span(at("2026-03-03 08:00"), at("2026-03-03 09:00")))
    with refused("closed_then"):
        desk.one(room, Span(at("2026-03-03 07:00"), at("2026-03-03 08:00")))
    assert db.session.scalars(sa.select(Hold.starts_at)).one() == at("2026-03-03 08:00")


def test_nothing_is_booked_in_a_park_where_the_space_is_not(desk: Desk, make: Maker) -> None:
    make.rules()
    away = make.park("AWAY")
    room = make.room(building=make.building(away))
    with pytest.raises(Missing):
        desk.one(room, TEN)
    assert Wanted(()).people == 1
