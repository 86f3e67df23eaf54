"""Closing spaces: what is in the way is looked at first, decided one by one, and done all at once."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as some

from parkmgr.audit.models import Entry
from parkmgr.bookings import actions, closing
from parkmgr.bookings.closing import Asked, Choice, Chosen, Decision, Found, InTheWay, What, around
from parkmgr.bookings.models import Waiting
from parkmgr.bookings.queries import Slot
from parkmgr.db import db, transaction
from parkmgr.notices.models import Notice
from parkmgr.occupancy.models import Closure, Hold
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park, Space
from parkmgr.policy import Role
from parkmgr.values import FOREVER, Span, Term
from tests.bookings.conftest import Desk, at, refused, span
from tests.web.visiting import Visitor

DAY = "2026-03-03"
MORNING = (f"{DAY} 08:00", "12:00")
LONG = span(f"{DAY} 08:00", "16:00")


@pytest.fixture
def rooms(desk: Desk) -> list[Space]:
    """Three meeting rooms in one building; the last is small."""
    building = desk.make.building(code="C")
    desk.make.rules(week="Mon-Sun 08:00-20:00")
    return [desk.make.room(f"C-{number}", building=building, capacity=seats) for number, seats in ((1, 12), (2, 12), (3, 3))]


class Closing:
    """Somebody closes spaces."""

    def __init__(self, desk: Desk, *codes: str, when: Span | None = None, **more: object) -> None:
        self.desk, self.codes, self.when, self.more = desk, codes, when or span(*MORNING), more

    def asked(self, park: Park) -> Asked:
        spaces = closing.units(park, Chosen(self.codes), self.when.starts_at.date())
        operator = db.session.get_one(Organisation, self.desk.other_id)
        given: dict[str, object] = {"kind": "works", "reason": "New carpet", **self.more}
        return Asked(tuple(spaces), self.when, operator=operator, **given)  # type: ignore[arg-type]

    def look(self, now: datetime | None = None) -> Found:
        db.session.rollback()
        park = db.session.get_one(Park, self.desk.park_id)
        return closing.in_the_way(park, self.asked(park), actor=self.desk.administrator, now=now or self.desk.now)

    def do(self, choices: dict[str, Choice] | None = None, *, seen: str | None = None, now: datetime | None = None) -> str:
        mark = self.look(now).seen if seen is None else seen
        with transaction():
            park = db.session.get_one(Park, self.desk.park_id)
            decision = Decision(mark, choices or {})
            return closing.close(park, self.asked(park), decision, actor=self.desk.administrator, now=now or self.desk.now).number


def line(found: Found) -> InTheWay:
    [only] = found.bookings
    return only


def move(to: InTheWay, index: int = 0, *, agreed: bool = False) -> Choice:
    return Choice(What.MOVE, to.proposals[index].slot, agreed)


def reason_of(number: str) -> str:
    return db.session.scalars(db.select(Entry.reason).where(Entry.label == number).order_by(Entry.id.desc()).limit(1)).one()


def test_a_free_room_is_closed_and_nobody_can_book_it(desk, rooms):
    number = Closing(desk, "C-1").do()
    assert desk.holds(number) == [(rooms[0].id, span(*MORNING))]
    with refused("occupancy.taken"):
        desk.book(rooms[0], span(f"{DAY} 10:00", "11:00"))
    desk.book(rooms[0], span(f"{DAY} 12:00", "13:00"))
    assert desk.entries(number) == ["close"]


def test_a_booking_is_moved_to_a_like_room_at_the_same_time(desk, rooms):
    booking = desk.one(rooms[0], span(f"{DAY} 10:00", "11:00"))
    found = line(Closing(desk, "C-1").look())
    assert [(one.space, one.later) for one in found.proposals] == [("C-2", False), ("C-1", True)]
    number = Closing(desk, "C-1").do({booking: move(found, agreed=True)})
    assert desk.holds(booking) == [(rooms[1].id, span(f"{DAY} 10:00", "11:00"))]
    assert desk.holds(number) == [(rooms[0].id, span(*MORNING))]
    assert reason_of(booking) == f"{number}: New carpet (agreed with the booker)"
    assert desk.told()[-1] == ("liaison", "Changed")
    assert f"{number}: New carpet" in db.session.scalars(db.select(Notice.text).order_by(Notice.id.desc())).first()


def test_a_booking_is_moved_to_after_the_closure(desk, rooms):
    booking = desk.one(rooms[0], span(f"{DAY} 10:00", "11:00"))
    desk.one(rooms[0], span(f"{DAY} 12:00", "13:30"))
    found = line(Closing(desk, "C-1").look())
    assert found.proposals[1].slot.span == span(f"{DAY} 13:30", "14:30")
    Closing(desk, "C-1").do({booking: move(found, 1)})
    assert desk.holds(booking) == [(rooms[0].id, span(f"{DAY} 13:30", "14:30"))]


def test_a_booking_is_cancelled_with_the_reason(desk, rooms):
    booking = desk.one(rooms[0], span(f"{DAY} 10:00", "11:00"))
    number = Closing(desk, "C-1").do({booking: Choice(What.CANCEL)})
    assert (desk.state(booking), desk.holds(booking)) == ("cancelled", [])
    assert desk.read(booking).reason == f"{number}: New carpet"
    assert desk.told()[-1] == ("liaison", "Cancelled")


def test_a_booking_that_is_kept_leaves_its_time_out_of_its_space_only(desk, rooms):
    booking = desk.one(rooms[0], span(f"{DAY} 10:00", "11:00"))
    number = Closing(desk, "C-1", "C-2").do({booking: Choice(What.KEEP)})
    assert desk.holds(number) == [
        (rooms[0].id, span(f"{DAY} 08:00", "10:00")),
        (rooms[0].id, span(f"{DAY} 11:00", "12:00")),
        (rooms[1].id, span(*MORNING)),
    ]
    assert desk.told()[-1] == ("liaison", "Booked")


def test_two_bookings_of_one_time_are_not_proposed_the_same_room(desk, rooms):
    ones = [
        desk.one(rooms[0], span(f"{DAY} 10:00", "11:00")),
        desk.one(rooms[2], span(f"{DAY} 10:00", "11:00"), people=2, by=desk.stranger),
    ]
    found = Closing(desk, "C-1", "C-3").look()
    assert [[one.space for one in each.proposals if not one.later] for each in found.bookings] == [["C-2"], []]
    Closing(desk, "C-1", "C-3").do({ones[0]: move(found.bookings[0]), ones[1]: move(found.bookings[1])})
    assert [desk.holds(number)[0][0] for number in ones] == [rooms[1].id, rooms[2].id]


def test_a_room_with_too_few_seats_is_not_proposed(desk, rooms):
    desk.one(rooms[0], span(f"{DAY} 10:00", "11:00"))
    desk.one(rooms[1], span(f"{DAY} 10:00", "11:00"))
    assert [one.later for one in line(Closing(desk, "C-1").look()).proposals] == [True]


def test_a_request_that_holds_nothing_is_in_the_way_too(desk, rooms):
    desk.make.rules(week="Mon-Sun 08:00-20:00", space_id=rooms[0].id, answer="approval", request_holds=False)
    request = desk.one(rooms[0], span(f"{DAY} 10:00", "11:00"))
    assert line(Closing(desk, "C-1").look()).number == request
    number = Closing(desk, "C-1").do({request: Choice(What.KEEP)})
    assert len(desk.holds(number)) == 2


def test_somebody_who_is_there_already_can_only_be_kept(desk, rooms):
    booking = desk.one(rooms[0], span("2026-03-02 12:00", "13:00"))
    desk.do(booking, actions.check_in)
    asked = Closing(desk, "C-1", when=span("2026-03-02 08:00", "18:00"))
    assert line(asked.look()).has_begun and not line(asked.look()).proposals
    with refused("cannot_choose"):
        asked.do({booking: Choice(What.CANCEL)})
    number = asked.do({booking: Choice(What.KEEP)})
    assert desk.holds(number) == [(rooms[0].id, span("2026-03-02 13:00", "18:00"))]


def test_an_offer_to_somebody_who_waits_ends(desk, rooms, now):
    waiting = Waiting(
        park_id=desk.park_id, number="W-2026-0001", space_id=rooms[0].id, organisation_id=desk.other_id, user_id=desk.stranger.user_id,
        starts_at=at(f"{DAY} 10:00"), ends_at=at(f"{DAY} 11:00"), people=1, purpose="", state="offered", joined_at=now, offer_until=now,
    )  # fmt: skip
    desk.make.keep(waiting)
    desk.make.keep(
        Hold(
            park_id=desk.park_id, space_id=rooms[0].id, holder_id=desk.other_id, kind="booking", document="W-2026-0001",
            starts_at=at(f"{DAY} 10:00"), ends_at=at(f"{DAY} 11:00"), recorded_at=now,
        )
    )  # fmt: skip
    assert line(Closing(desk, "C-1").look()).booking is None
    number = Closing(desk, "C-1").do({"W-2026-0001": Choice(What.CANCEL)})
    assert (db.session.scalars(db.select(Waiting.state)).one(), len(desk.holds(number))) == ("left", 1)


def test_what_is_let_cannot_be_closed_over(desk, rooms):
    office = desk.make.space(code="C-office")
    desk.make.hold(office, "2026-01-01", "2026-12-31", document="L-2026-0001")
    with refused("let") as said:
        Closing(desk, "C-1", "C-office").do()
    assert "C-office" in said[0] and "L-2026-0001" in said[0] and "cannot be closed over" in said[0]
    left = Closing(desk, "C-1", "C-office", leave_out=True)
    assert left.look().left_out == ("C-office",)
    assert [unit for unit, _span in desk.holds(left.do())] == [rooms[0].id]


def test_what_is_closed_already_is_not_closed_again(desk, rooms):
    Closing(desk, "C-1").do()
    with refused("closed_already"):
        Closing(desk, "C-1").do()
    with refused("nothing_left"):
        Closing(desk, "C-1", leave_out=True).do()


def test_who_booked_in_between_is_seen_before_anything_is_done(desk, rooms):
    seen = Closing(desk, "C-1").look().seen
    desk.one(rooms[0], span(f"{DAY} 10:00", "11:00"))
    with refused("changed_meanwhile"):
        Closing(desk, "C-1").do(seen=seen)
    assert db.session.scalars(db.select(Closure)).all() == []


def test_what_is_not_decided_is_asked_for(desk, rooms):
    ones = [desk.one(rooms[0], span(f"{DAY} {hour}:00", f"{hour + 1}:00")) for hour in (10, 12)]
    with refused("not_chosen"):
        Closing(desk, "C-1", when=LONG).do({ones[0]: Choice(What.KEEP)})


def test_all_is_done_or_nothing(desk, rooms):
    first, second = (desk.one(rooms[0], span(f"{DAY} {hour}:00", f"{hour + 1}:00")) for hour in (10, 13))
    desk.one(rooms[1], span(f"{DAY} 10:00", "11:00"))
    wrong = Choice(What.MOVE, Slot(rooms[1].id, span(f"{DAY} 10:00", "11:00")))
    with refused("of_one") as said:
        Closing(desk, "C-1", when=LONG).do({first: wrong, second: Choice(What.CANCEL)})
    assert first in said[0] and "taken" in said[0]
    assert (desk.state(first), desk.state(second)) == ("confirmed", "confirmed")
    assert desk.holds("C-2026-0001") == []


def test_days_without_an_end_are_closed_until_they_are_lifted(desk, rooms):
    term = Term(date(2026, 3, 3))
    number = Closing(desk, "C-1", when=term.span(desk.make.the_park().zone), term=term).do()
    assert desk.holds(number)[0][1].ends_at == FOREVER
    with transaction():
        park = db.session.get_one(Park, desk.park_id)
        closing.lift(closing.closure(park, number), park, reason="done", actor=desk.administrator, now=at("2026-03-05 10:00"))
    assert desk.holds(number)[0][1] == Span(term.span(desk.make.the_park().zone).starts_at, at("2026-03-05 10:00"))
    assert desk.entries(number) == ["close", "lift"]
    with refused("lifted"), transaction():
        park = db.session.get_one(Park, desk.park_id)
        closing.lift(closing.closure(park, number), park, reason="again", actor=desk.administrator, now=at("2026-03-06 10:00"))


def test_a_closure_that_is_lifted_before_it_begins_never_was(desk, rooms):
    number = Closing(desk, "C-1").do()
    with transaction():
        park = db.session.get_one(Park, desk.park_id)
        closing.lift(closing.closure(park, number), park, reason="not needed", actor=desk.administrator, now=desk.now)
    assert desk.holds(number) == []
    assert [one.withdrawn for one in closing.closed(number)] == [True]


def test_a_closure_that_would_be_over_or_of_nothing_is_refused(desk, rooms):
    with refused("closure_over"):
        Closing(desk, "C-1", when=span("2026-03-01 08:00", "12:00")).do()
    with refused("nothing_to_close"):
        Closing(desk).do()
    with refused("places.no_such_space"):
        Closing(desk, "X-9").do()
    with refused("not_there"):
        desk.make.space(code="C-later", starts_on=date(2027, 1, 1))
        Closing(desk, "C-later").do()


def test_a_building_is_all_its_units_and_a_space_with_parts_is_its_parts(desk, rooms):
    building = desk.make.building(code="D")
    hall = desk.make.room("D-hall", building=building)
    desk.make.space(building, "D-half", parent=hall)
    desk.make.space(building, "D-office", level=2)

    def codes(**chosen: object) -> list[str]:
        park = db.session.get_one(Park, desk.park_id)
        return [space.code for space in closing.units(park, Chosen(**chosen), date(2026, 3, 3))]  # type: ignore[arg-type]

    assert codes(building="C") == ["C-1", "C-2", "C-3"]
    assert codes(codes=("D-hall", "C-1")) == ["C-1", "D-half"]
    assert codes(building="D") == ["D-half", "D-office"]
    assert codes(building="D", level=2) == ["D-office"]
    assert codes(building="D", bookable=True) == ["D-half"]


def test_what_it_settled_is_told_by_the_audit(desk, rooms):
    ones = [desk.one(rooms[0], span(f"{DAY} {hour}:00", f"{hour + 1}:00")) for hour in (10, 12)]
    found = Closing(desk, "C-1", when=LONG).look()
    number = Closing(desk, "C-1", when=LONG).do({ones[0]: move(found.bookings[0]), ones[1]: Choice(What.CANCEL)})
    park = db.session.get_one(Park, desk.park_id)
    told = closing.settled(closing.closure(park, number))
    assert {(one.number, one.deed) for one in told} == {(ones[0], "bookings.change"), (ones[1], "bookings.cancel")}


def test_a_list_of_closures_is_one_select(desk, rooms, statements):
    Closing(desk, "C-1", "C-2").do()
    Closing(desk, "C-3", when=span("2026-04-03 08:00", "12:00"), kind="event").do()
    with statements() as seen:
        rows = db.session.execute(closing.closures(desk.park_id, closing.Wanted())).all()
    assert len(seen) == 1
    assert sorted((row[0].kind, row.units, row.buildings) for row in rows) == [("event", 1, "C"), ("works", 2, "C")]
    for wanted, count in (
        (closing.Wanted(since=date(2026, 3, 4)), 1),
        (closing.Wanted(until=date(2026, 3, 4)), 1),
        (closing.Wanted(kind="event"), 1),
        (closing.Wanted(building="D"), 0),
    ):
        assert len(db.session.execute(closing.closures(desk.park_id, wanted)).all()) == count


SPANS = some.tuples(some.integers(0, 100), some.integers(1, 30)).map(
    lambda pair: Span(at("2026-03-03 00:00") + timedelta(minutes=pair[0]), at("2026-03-03 00:00") + timedelta(minutes=sum(pair)))
)


@given(SPANS, some.lists(SPANS, max_size=6))
def test_around_what_is_kept_is_everything_else(whole, kept):
    left = around(whole, kept)

    def inside(minute: datetime, spans: list[Span]) -> bool:
        return any(each.holds(minute) for each in spans)

    assert all(one.ends_at < other.starts_at for one, other in pairwise(left))
    for minute in range(140):
        instant = at("2026-03-03 00:00") + timedelta(minutes=minute)
        assert inside(instant, left) == (whole.holds(instant) and not inside(instant, kept))


def test_the_next_holidays_of_the_calendar_stand_together():
    found = closing.holidays("CN", date(2026, 9, 1), "en", days=60)
    assert found[0].term.starts_on <= date(2026, 10, 1) <= (found[-1].term.ends_on or date.min)
    assert closing.holidays("", date(2026, 9, 1), "en") == []


# The pages


class TestPages:
    """Pages are asked for on SQLite; what they do is tested on both engines."""

    @pytest.fixture
    def engine_name(self) -> str:
        return "sqlite"

    @pytest.fixture
    def visitor(self, app: Flask, monkeypatch: pytest.MonkeyPatch, desk: Desk) -> Visitor:
        monkeypatch.setattr("parkmgr.clock.now", lambda: desk.now)
        return Visitor(app)

    FORM = {"codes": "C-1", "kind": "works", "starts": f"{DAY}T08:00", "ends": f"{DAY}T12:00", "reason": "New carpet", "operator": "SPBU"}  # noqa: RUF012
    NEW = "/parks/HIT/closures/new"

    def test_it_is_looked_at_decided_and_done(self, desk, rooms, visitor):
        visitor.is_(desk.administrator)
        booking = desk.one(rooms[0], span(f"{DAY} 10:00", "11:00"))
        look = visitor.post(self.NEW, **self.FORM)
        assert look.status_code == 200 and booking in look.text and "move to C-2" in look.text
        assert db.session.scalars(db.select(Closure)).all() == []
        seen, chosen = _of(look.text, 'name="seen" value="([^"]+)"'), _of(look.text, r'<option value="(move [^"]+)" selected')
        late = desk.one(rooms[0], span(f"{DAY} 11:00", "12:00"))
        again = visitor.post(self.NEW, **self.FORM, seen=seen, **{f"choice-{booking}": "keep"})
        assert again.status_code == 422 and late in again.text and "has changed since you looked" in again.text
        assert _of(again.text, r'<option value="(keep)" selected') == "keep"
        seen = _of(again.text, 'name="seen" value="([^"]+)"')
        done = visitor.post(
            self.NEW, **self.FORM, seen=seen, **{f"choice-{booking}": chosen, f"agreed-{booking}": "on", f"choice-{late}": "cancel"}
        )
        assert done.status_code == 303 and done.location.endswith("/closures/C-2026-0001")
        assert (desk.holds(booking)[0][0], desk.state(late)) == (rooms[1].id, "cancelled")
        page = visitor.get(done.location).text
        assert booking in page and late in page and "agreed with the booker" in page

    def test_who_may_do_what(self, desk, rooms, visitor):
        number = Closing(desk, "C-1").do()
        paths = ("/parks/HIT/closures", f"/parks/HIT/closures/{number}", self.NEW, f"/parks/HIT/closures/{number}/lift")
        assert [visitor.get(path).status_code for path in paths] == [303] * 4
        visitor.is_(desk.stranger)
        assert [visitor.get(path).status_code for path in paths] == [200, 200, 403, 403]
        visitor.is_(desk.administrator)
        assert [visitor.get(path).status_code for path in paths] == [200] * 4
        assert visitor.get("/parks/HIT/closures/C-1999-0001").status_code == 404

    def test_a_liaison_reads_nothing_of_others_bookings(self, desk, rooms, visitor):
        booking = desk.one(rooms[0], span(f"{DAY} 10:00", "11:00"), purpose="Secret talk")
        number = Closing(desk, "C-1").do({booking: Choice(What.CANCEL)})
        visitor.is_(desk.stranger)
        for path in ("/parks/HIT/closures", f"/parks/HIT/closures/{number}"):
            text = visitor.get(path).text
            assert booking not in text and "Secret" not in text and "MSU" not in text

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"codes": ""}, "Name spaces, or choose a building."),
            ({"codes": "C-99"}, "no space of the code"),
            ({"starts": ""}, "Give days, or hours"),
            ({"starts": "", "ends": ""}, "Give days, or hours"),
            ({"from_on": DAY}, "Give days, or hours"),
            ({"starts": f"{DAY}T13:00"}, "must end after it starts"),
            ({"starts": "", "ends": "", "from_on": DAY, "until_on": "2026-03-01"}, "must not be before the first"),
            ({"reason": ""}, "Please fill in"),
            ({"operator": ""}, "Please fill in"),
            ({"kind": "party"}, "Not a valid choice"),
            ({"starts": "tomorrow"}, "not a day and a time"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field(self, desk, rooms, visitor, wrong, said):
        visitor.is_(desk.administrator)
        answer = visitor.post(self.NEW, **{**self.FORM, **wrong})
        assert answer.status_code == 422 and said in answer.text
        assert 'name="seen"' not in answer.text

    def test_a_choice_that_was_never_proposed_is_none(self, desk, rooms, visitor):
        visitor.is_(desk.administrator)
        booking = desk.one(rooms[0], span(f"{DAY} 10:00", "11:00"))
        seen = _of(visitor.post(self.NEW, **self.FORM).text, 'name="seen" value="([^"]+)"')
        for choice in (
            "",
            "burn it",
            "move",
            "move x y",
            "move 99999999999999999999 2026-03-03T10:00:00+00:00",
            "move 1 2026-03-03T10:00:00",
        ):
            answer = visitor.post(self.NEW, **self.FORM, seen=seen, **{f"choice-{booking}": choice})
            assert answer.status_code in (404, 422), choice
        assert desk.state(booking) == "confirmed"

    def test_an_hour_that_the_clocks_show_twice_is_asked_for(self, desk, visitor):
        park = desk.make.park("BER", time_zone="Europe/Berlin", country="DE")
        desk.make.room("B-1", building=desk.make.building(park))
        visitor.is_(desk.make.granted(Role.ADMINISTRATOR, park=park))
        asked = {**self.FORM, "codes": "B-1", "starts": "2026-10-25T02:30", "ends": "2026-10-25T12:00"}
        answer = visitor.post("/parks/BER/closures/new", **asked)
        assert answer.status_code == 422 and "exists twice" in answer.text
        assert visitor.post("/parks/BER/closures/new", **asked, second="on").status_code == 200
        answer = visitor.post("/parks/BER/closures/new", **{**asked, "starts": "2026-03-29T02:30"})
        assert answer.status_code == 422 and "does not exist" in answer.text

    def test_holidays_are_offered_and_fill_the_form(self, desk, visitor):
        visitor.is_(desk.administrator)
        text = visitor.get(f"{self.NEW}?codes=C-1").text
        address = _of(text, r'href="([^"]+kind=holiday[^"]+)"').replace("&amp;", "&")
        filled = visitor.get(address).text
        assert '<option selected value="holiday">' in filled and "C-1" in filled

    def test_it_is_lifted_with_a_reason(self, desk, rooms, visitor):
        number = Closing(desk, "C-1").do()
        visitor.is_(desk.administrator)
        path = f"/parks/HIT/closures/{number}"
        assert visitor.post(f"{path}/lift", reason="").status_code == 422
        assert visitor.post(f"{path}/lift", reason="done early").status_code == 303
        assert "Lifted" in visitor.get(path).text
        assert visitor.post(f"{path}/lift", reason="again").status_code == 422


def _of(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    assert found, pattern
    return found[1]
