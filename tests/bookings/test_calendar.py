"""The calendar: what stands where, and what it does not tell."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from parkmgr.bookings import actions, calendar_grids, calendar_queries
from parkmgr.bookings.actions import Wanted
from parkmgr.bookings.calendar_queries import Event
from parkmgr.bookings.queries import Slot
from parkmgr.bookings.rules import Conditions
from parkmgr.calendars.rules import parse_week
from parkmgr.db import db, transaction
from parkmgr.occupancy.models import HoldKind
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park
from parkmgr.policy import Role
from parkmgr.values import Names, Span
from tests.web.visiting import Visitor

BERLIN = ZoneInfo("Europe/Berlin")
HARBIN = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 3)
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def at(text: str, zone: ZoneInfo = HARBIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def event(starts: str, ends: str, zone: ZoneInfo = HARBIN, **more: object) -> Event:
    span = Span(at(starts, zone), at(ends, zone))
    return replace(Event(1, span, span.ends_at, "confirmed", "B-1"), **more)


# Where things stand


def opens(week: str, day: date, zone: ZoneInfo) -> set[int]:
    return calendar_grids.open_slots(Conditions(week=parse_week(week)), day, zone, lambda day: day.isoweekday())


def shown(
    events: list[Event], *, day: date = DAY, zone: ZoneInfo = HARBIN, week: str = "Mon-Sun 08:00-12:00", now: datetime = NOON
) -> list[str]:
    slots = opens(week, day, zone)
    hours = calendar_grids.shown_hours([slots], [calendar_grids.slots_of(one.span, day, zone) for one in events])
    lane = calendar_grids.lane(1, day, events, slots, zone, now, hours)
    text = calendar_grids.clock_text
    return [f"{cell.state} {text(cell.first)}-{text(cell.after)}" for cell in lane.cells if cell.state != "free"]


@pytest.mark.parametrize(
    ("events", "wanted"),
    [
        pytest.param([], [], id="an open morning is free"),
        pytest.param([("09:00", "10:00")], ["taken 09:00-10:00"], id="an hour takes two slots"),
        pytest.param([("09:10", "09:20")], ["taken 09:00-09:30"], id="ten minutes take the slot that they touch"),
        pytest.param([("09:00", "09:15"), ("09:15", "09:30")], ["taken 09:00-09:30"], id="two in one slot share a cell"),
        pytest.param([("09:00", "10:15"), ("10:15", "11:00")], ["taken 09:00-11:00"], id="those that touch one slot share a cell"),
        pytest.param([("09:00", "10:00"), ("10:00", "11:00")], ["taken 09:00-10:00", "taken 10:00-11:00"], id="neighbours do not"),
        pytest.param([("13:00", "14:00")], ["closed 12:00-13:00", "taken 13:00-14:00"], id="what is outside the hours widens the page"),
    ],
)
def test_a_lane(events, wanted):
    assert shown([event(f"2026-03-03T{first}", f"2026-03-03T{last}") for first, last in events]) == wanted


def test_what_is_over_is_past_and_a_turnaround_is_closed():
    assert shown([], day=date(2026, 3, 2), week="Mon-Sun 08:00-16:00") == ["past 08:00-12:00"]
    turning = event("2026-03-03T09:00", "2026-03-03T10:00", held_until=at("2026-03-03T10:20"))
    assert shown([turning]) == ["taken 09:00-10:00", "closed 10:00-10:30"]


def test_a_night_stands_on_both_days():
    night = event("2026-03-02T22:00", "2026-03-03T09:00")
    assert shown([night])[0] == "taken 00:00-09:00"
    assert shown([night], day=date(2026, 3, 2), week="Mon-Sun 20:00-24:00", now=NOON) == ["taken 22:00-24:00"]


def test_days_on_which_the_clocks_change_have_their_hours():
    forward, back = date(2027, 3, 28), date(2027, 10, 31)
    over = event("2027-03-28T01:00", "2027-03-28T04:00", BERLIN)
    assert shown([over], day=forward, zone=BERLIN, week="Mon-Sun 00:00-06:00") == ["taken 01:00-04:00"]
    twice = Span(at("2027-10-31T02:30", BERLIN), datetime(2027, 10, 31, 1, 0, tzinfo=UTC))  # from the first 02:30 to the second 02:00
    ends = Event(1, twice, twice.ends_at, "confirmed")
    assert shown([ends], day=back, zone=BERLIN, week="Mon-Sun 00:00-06:00") == ["taken 02:30-03:00"]


def test_a_free_slot_knows_until_when():
    slots = opens("Mon-Sun 08:00-12:00", DAY, HARBIN)
    lane = calendar_grids.lane(1, DAY, [event("2026-03-03T10:00", "2026-03-03T11:00")], slots, HARBIN, NOON, (16, 24))
    assert [(cell.first, cell.free_until) for cell in lane.cells if cell.state == "free"] == [
        (16, 20),
        (17, 20),
        (18, 20),
        (19, 20),
        (22, 24),
        (23, 24),
    ]
    assert [(cell.state, cell.first, cell.after) for cell in lane.stretches()] == [("free", 16, 20), ("taken", 20, 22), ("free", 22, 24)]


def test_months_are_whole_weeks():
    weeks = calendar_grids.weeks_of(date(2026, 2, 14))
    assert weeks[0][0] == date(2026, 1, 26) and weeks[-1][-1] == date(2026, 3, 1) and all(len(week) == 7 for week in weeks)


# Pages


@pytest.fixture
def park(make):
    return make.park("HIT", country="CN", name_ru="Парк", name_zh="园区")


@pytest.fixture
def rooms(make, park):
    building = make.building(park, "TW")
    make.rules(park, week="Mon-Fri 08:00-20:00")
    return [make.room(code, building=building) for code in ("TW-1", "TW-2")]


@pytest.fixture
def book(make, park):
    def made(space, starts, ends, organisation, *, purpose="Secret meeting", state=Role.LIAISON, **more):
        actor = make.granted(state, park=park, organisation=organisation if state is Role.LIAISON else None)
        space_id, organisation_id, park_id = space.id, organisation.id, park.id
        with transaction():
            here, for_whom = db.session.get_one(Park, park_id), db.session.get_one(Organisation, organisation_id)
            wanted = Wanted((Slot(space_id, Span(at(starts), at(ends))),), purpose=purpose, user_id=actor.user_id, **more)
            [booking] = actions.book(here, for_whom, wanted, actor=actor, now=NOON)
            return booking.number, actor

    return made


def body(answer) -> str:
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


VIEWS = ("timeline", "day", "week", "month")


def test_an_own_booking_is_named_and_anothers_is_only_busy(app, make, park, rooms, book):
    mine, theirs = make.organisation("MINE", Names("My institute")), make.organisation("THEIRS", Names("Their firm"))
    _own, liaison = book(rooms[0], "2026-03-03T09:00", "2026-03-03T10:00", mine, purpose="Seminar")
    other, _ = book(rooms[1], "2026-03-03T09:00", "2026-03-03T10:00", theirs, guest="Their guest")
    visitor = Visitor(app).is_(liaison)
    for view in VIEWS:
        text = body(visitor.get(f"/parks/HIT/calendar?view={view}&on=2026-03-03"))
        assert "Seminar" in text and "Busy" in text
        assert not re.search("Secret meeting|Their firm|Their guest|" + other, text)
    reader = Visitor(app).is_(make.granted(Role.AUDITOR, park=park))
    text = body(reader.get("/parks/HIT/calendar?view=day&on=2026-03-03"))
    assert "Seminar" in text and "Secret meeting" in text and "Their guest" in text


def test_a_request_of_another_that_holds_nothing_is_not_there(app, make, park, book):
    room = make.room("OPEN", building=make.building(park, "TW"))
    make.rules(park, week="Mon-Fri 08:00-20:00", answer="approval", request_holds=False)
    own = make.organisation()
    book(room, "2026-03-03T09:00", "2026-03-03T10:00", make.organisation(), purpose="Secret wish")
    _, liaison = book(room, "2026-03-03T09:00", "2026-03-03T10:00", own, purpose="Own wish")
    text = body(Visitor(app).is_(liaison).get("/parks/HIT/calendar?on=2026-03-03"))
    assert "Own wish" in text and "asked for" in text and "event-busy" not in text.split("cal-key")[0]


def test_leases_and_closures_are_grey_bars(app, make, park, rooms):
    make.hold(rooms[0], "2026-03-01", "2026-03-31")
    make.hold(rooms[1], "2026-03-03", "2026-03-03", kind=HoldKind.CLOSURE, document="C-2026-0001")
    liaison = make.granted(Role.LIAISON, park=park, organisation=make.organisation())
    text = body(Visitor(app).is_(liaison).get("/parks/HIT/calendar?view=timeline&on=2026-03-03")).split("cal-key")[0]
    assert "event-busy" in text and "event-closed" in text and "L-2020" not in text


def test_a_part_that_is_booked_takes_the_whole(make, park, book):
    building = make.building(park, "TW")
    hall = make.room("HALL", building=building)
    half = make.room("HALL/A", building=building, parent=hall)
    other = make.room("HALL/B", building=building, parent=hall)
    make.rules(park, week="Mon-Fri 08:00-20:00")
    number, liaison = book(half, "2026-03-03T09:00", "2026-03-03T10:00", make.organisation())
    window = calendar_grids.day_span(DAY, HARBIN)
    found = calendar_queries.events(park, [hall.id, half.id, other.id], window, liaison)
    assert {event.room_id for event in found} == {hall.id, half.id} and {event.number for event in found} == {number}


def test_holidays_are_named_in_the_readers_language(app, make, park, rooms):
    visitor = Visitor(app).is_(make.granted(Role.AUDITOR, park=park))
    text = body(visitor.get("/parks/HIT/calendar?view=month&on=2026-10-05"))
    assert "National Day" in text
    chinese = Visitor(app).is_(make.granted(Role.AUDITOR, park=park, language="zh"))
    assert "国庆节" in body(chinese.get("/parks/HIT/calendar?view=month&on=2026-10-05"))


def test_a_free_slot_leads_to_its_booking(app, make, park, rooms):
    day = date.today() + timedelta(days=7)  # noqa: DTZ011
    day += timedelta(days=-day.weekday())
    liaison = make.granted(Role.LIAISON, park=park, organisation=make.organisation())
    text = body(Visitor(app).is_(liaison).get(f"/parks/HIT/calendar?view=day&on={day + timedelta(days=7)}")).replace("%3A", ":")
    start = f"{day + timedelta(days=7)}T09:00"
    assert re.search(rf"/parks/HIT/book\?[^\"]*space=TW-1[^\"]*from={start}", text)
    auditor = Visitor(app).is_(make.granted(Role.AUDITOR, park=park))
    assert "/parks/HIT/book?" not in body(auditor.get(f"/parks/HIT/calendar?view=day&on={day}"))


def test_only_ones_own(app, make, park, rooms, book):
    organisation = make.organisation()
    _, liaison = book(rooms[0], "2026-03-03T09:00", "2026-03-03T10:00", organisation, purpose="Mine")
    book(rooms[1], "2026-03-03T09:00", "2026-03-03T10:00", organisation, purpose="A colleague's")
    for view in VIEWS:
        text = body(Visitor(app).is_(liaison).get(f"/parks/HIT/calendar?view={view}&on=2026-03-03&mine=1"))
        assert "Mine" in text and "colleague" not in text


def test_one_room_by_the_week(app, make, park, rooms, book):
    _, liaison = book(rooms[1], "2026-03-05T09:00", "2026-03-05T10:00", make.organisation(), purpose="Thursday")
    text = body(Visitor(app).is_(liaison).get("/parks/HIT/calendar?view=week&on=2026-03-03&space=TW-2"))
    assert "Thursday" in text and text.count('<th scope="col"') == 8


@pytest.mark.parametrize(
    "asked",
    [
        "on=tomorrow",
        "on=0001-01-01",
        "on=9999-12-31",
        "view=year",
        "view=day&view=week",
        "mine=maybe",
        "on=1900-01-01&view=month",
        "on=2199-12-31&view=week",
    ],
)
def test_a_malformed_address_shows_the_calendar_all_the_same(app, make, park, rooms, asked):
    visitor = Visitor(app).is_(make.granted(Role.AUDITOR, park=park))
    assert visitor.get(f"/parks/HIT/calendar?{asked}").status_code == 200


def test_what_is_not_there_is_missing(app, make, park, rooms):
    visitor = Visitor(app).is_(make.granted(Role.AUDITOR, park=park))
    for asked in ("building=NONE", "space=NONE", "building=TW&space=NONE", "space=%00", "building=%00"):
        assert visitor.get(f"/parks/HIT/calendar?{asked}").status_code == 404
    assert Visitor(app).is_(make.granted(Role.AUDITOR, park=make.park("FAR"))).get("/parks/HIT/calendar").status_code == 404
    assert Visitor(app).get("/parks/HIT/calendar").status_code == 303


def test_a_park_without_rooms_says_so(app, make, park):
    visitor = Visitor(app).is_(make.granted(Role.AUDITOR, park=park))
    assert "No space can be booked yet" in body(visitor.get("/parks/HIT/calendar"))


@pytest.mark.parametrize("view", VIEWS)
def test_a_page_asks_the_same_however_much_is_in_it(app, make, park, rooms, book, statements, view):
    organisation = make.organisation()
    visitor = Visitor(app).is_(make.granted(Role.AUDITOR, park=park))
    counts = []
    for hour in ("09", "11", "13"):
        book(rooms[0], f"2026-03-03T{hour}:00", f"2026-03-03T{hour}:30", organisation)
        book(rooms[1], f"2026-03-04T{hour}:00", f"2026-03-04T{hour}:30", organisation)
        with statements() as seen:
            visitor.get(f"/parks/HIT/calendar?view={view}&on=2026-03-03")
        counts.append(len(seen))
        assert sum("bookings" in statement for statement in seen if "FROM holds" in statement) == 1
    assert counts == [8, 8, 8]
