"""Calendar files and feeds: what other programs read, and what they may not."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from icalendar import Calendar

from parkmgr.accounts.models import RoleGrant, User
from parkmgr.audit.actions import record
from parkmgr.bookings import actions, feed_actions, icalendars
from parkmgr.bookings import queries as bookings
from parkmgr.bookings.actions import Wanted
from parkmgr.bookings.models import Feed, FeedKind
from parkmgr.bookings.queries import Slot
from parkmgr.db import db, transaction
from parkmgr.errors import Refused
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM, Role
from parkmgr.values import Names, Span
from tests.web.visiting import Visitor

BERLIN = ZoneInfo("Europe/Berlin")
HARBIN = ZoneInfo("Asia/Shanghai")


def one(**more: object) -> icalendars.Event:
    given: dict[str, object] = {
        "uid": "B-2026-0001@HIT.parkmgr",
        "sequence": 3,
        "state": "confirmed",
        "starts_at": datetime(2026, 9, 1, 1, 0, tzinfo=UTC),
        "ends_at": datetime(2026, 9, 1, 2, 0, tzinfo=UTC),
        "changed_at": datetime(2026, 8, 1, tzinfo=UTC),
        "summary": "Seminar",
        **more,
    }
    return icalendars.Event(**given)


def written(*events: icalendars.Event, zone: ZoneInfo = HARBIN) -> bytes:
    return icalendars.calendar(events, zone=zone, name="Park")


# What is written


@pytest.mark.parametrize(
    "text",
    [
        'Family name, given; \\ and "more"',
        "Семинар по теплофизике и теплотехнике: длинное название, которое не помещается в одну строку; продолжение",
        "关于空间科学与技术国际合作的研讨会,由两所大学联合举办;请提前十分钟到场" * 3,
        "Two\nlines",
        "😀" * 60,
    ],
)
def test_texts_come_back_and_lines_are_short(text):
    content = written(one(summary=text, location=text, description=text))
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    [event] = Calendar.from_ical(content).walk("VEVENT")
    assert [str(event[key]) for key in ("SUMMARY", "LOCATION", "DESCRIPTION")] == [text] * 3


@pytest.mark.parametrize(
    "text", ["x\r\nATTENDEE:mailto:evil@example.org", "x\rEND:VEVENT\rBEGIN:VALARM", "x\x00\x07\x1b\u2028y\ud800", "x\n END:VCALENDAR"]
)
def test_no_text_makes_a_line_of_its_own(text):
    content = written(one(summary=text, location=text, description=text, category=text, uid=f"{text}@x"))
    found = Calendar.from_ical(content)
    assert [part.name for part in found.walk()] == ["VCALENDAR", "VTIMEZONE", "STANDARD", "VEVENT"]
    assert not re.search(rb"^(ATTENDEE|BEGIN:VALARM)", content, re.M) and not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", content)


def test_times_stand_in_the_parks_zone_with_its_rules():
    first, last = one(), one(uid="b", starts_at=datetime(2026, 12, 1, 1, tzinfo=UTC), ends_at=datetime(2026, 12, 1, 2, tzinfo=UTC))
    content = written(first, last, zone=BERLIN)
    found = Calendar.from_ical(content)
    assert [str(zone["TZID"]) for zone in found.walk("VTIMEZONE")] == ["Europe/Berlin"]
    assert b"DTSTART;TZID=Europe/Berlin:20260901T030000" in content and b"DTSTART;TZID=Europe/Berlin:20261201T020000" in content
    instants = [event["DTSTART"].dt.astimezone(UTC) for event in found.walk("VEVENT")]
    assert instants == [first.starts_at, last.starts_at]
    [occurrence] = recurring_ical_events.of(found).at(date(2026, 9, 1))
    assert occurrence["DTEND"].dt.astimezone(UTC) == first.ends_at


@pytest.mark.parametrize(
    ("state", "status"),
    [("requested", "TENTATIVE"), ("confirmed", "CONFIRMED"), ("checked_in", "CONFIRMED"), ("completed", "CONFIRMED")]
    + [(state, "CANCELLED") for state in ("rejected", "cancelled", "no_show", "expired")],
)
def test_states(state, status):
    assert f"STATUS:{status}".encode() in written(one(state=state))


def test_the_same_events_are_the_same_bytes():
    assert written(one()) == written(one()) != written(one(sequence=4))
    assert written().count(b"BEGIN") == 1


# Feeds


@pytest.fixture
def park(make):
    return make.park("HIT", country="CN")


@pytest.fixture
def stage(make, park):
    """A room, two organisations, a liaison of each."""
    building = make.building(park, "TW")
    make.rules(park, week="Mon-Sun 00:00-24:00")

    class Stage:
        room = make.room("TW-1", building=building)
        other_room = make.room("TW-2", building=building)
        own = make.organisation("OWN", Names("Own institute", "Свой институт"))
        other = make.organisation("OTHER", Names("Other firm"))
        liaison = make.granted(Role.LIAISON, park=park, organisation=own)
        rival = make.granted(Role.LIAISON, park=park, organisation=other)

    return Stage


def soon(hours: int) -> Span:
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=7, hours=hours)
    return Span(start, start + timedelta(hours=1))


def book(stage, actor, organisation, *spans, space=None, purpose="Seminar", **more):
    space_id, organisation_id = (space or stage.room).id, organisation.id
    with transaction():
        park = db.session.scalars(db.select(Park)).first()
        slots = tuple(Slot(space_id, span, span.starts_at if len(spans) > 1 else None) for span in spans)
        wanted = Wanted(slots, purpose=purpose, user_id=actor.user_id, guest="A guest", **more)
        made = actions.book(park, db.session.get_one(Organisation, organisation_id), wanted, actor=actor, now=datetime.now(UTC))
        return [booking.number for booking in made]


def subscribe(actor, kind=FeedKind.MINE, **more):
    with transaction():
        park = db.session.scalars(db.select(Park)).first()
        return feed_actions.add_feed(park, kind, actor=actor, now=datetime.now(UTC), **more)[1]


def events(answer):
    assert answer.status_code == 200 and answer.mimetype == "text/calendar"
    return {str(event["UID"]): event for event in Calendar.from_ical(answer.data).walk("VEVENT")}


def test_a_feed_of_mine_has_what_its_owner_booked(app, stage):
    [number] = book(stage, stage.liaison, stage.own, soon(0))
    book(stage, stage.rival, stage.other, soon(2), purpose="Secret")
    answer = Visitor(app).get(f"/feeds/{subscribe(stage.liaison)}.ics")
    [event] = events(answer).values()
    assert str(event["UID"]) == f"{number}@HIT.parkmgr" and str(event["SUMMARY"]) == "TW-1 · Seminar" and event["SEQUENCE"] == 0
    assert event["DTSTART"].dt.astimezone(UTC) == soon(0).starts_at and "Secret" not in answer.text


def test_a_feed_is_not_sent_again_while_nothing_changes(app, stage):
    [number] = book(stage, stage.liaison, stage.own, soon(0))
    address = f"/feeds/{subscribe(stage.liaison)}.ics"
    first = Visitor(app).get(address)
    assert "private" in first.headers["Cache-Control"] and first.data == Visitor(app).get(address).data
    again = Visitor(app).get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and not again.data
    with transaction():
        actions.cancel([bookings.booking(number, stage.liaison)], actor=stage.liaison, now=datetime.now(UTC))
    changed = Visitor(app).get(address, headers={"If-None-Match": first.headers["ETag"]})
    [before], [after] = events(first).values(), events(changed).values()
    assert before["UID"] == after["UID"] and (str(before["STATUS"]), str(after["STATUS"])) == ("CONFIRMED", "CANCELLED")
    assert after["SEQUENCE"] > before["SEQUENCE"] and after["LAST-MODIFIED"].dt >= before["LAST-MODIFIED"].dt


def test_what_is_long_over_leaves_the_feed(app, stage):
    [number] = book(stage, stage.liaison, stage.own, soon(0))
    address = f"/feeds/{subscribe(stage.liaison)}.ics"
    for days, there in ((59, 1), (62, 0)):
        with transaction():
            booking = bookings.booking(number, SYSTEM)
            booking.ends_at = datetime.now(UTC) - timedelta(days=days)
            booking.starts_at = booking.ends_at - timedelta(hours=1)
            record("tests.age", booking, actor=SYSTEM, now=datetime.now(UTC))
        assert len(events(Visitor(app).get(address))) == there


def test_a_feed_of_a_room_says_only_busy_of_others(app, stage):
    [own] = book(stage, stage.liaison, stage.own, soon(0))
    [theirs] = book(stage, stage.rival, stage.other, soon(2), purpose="Secret")
    book(stage, stage.rival, stage.other, soon(2), space=stage.other_room)
    address = f"/feeds/{subscribe(stage.liaison, FeedKind.SPACE, space='TW-1')}.ics"
    answer = Visitor(app).get(address)
    found = events(answer)
    assert len(found) == 2 and f"{own}@HIT.parkmgr" in found
    assert sorted(str(event["SUMMARY"]) for event in found.values()) == ["Busy", "TW-1 · Seminar"]
    assert not re.search(f"Secret|{theirs}|Other firm|A guest.*A guest", answer.text, re.S)
    assert events(Visitor(app).get(address)).keys() == found.keys()


def test_a_feed_of_an_organisation_has_all_its_bookings(app, make, park, stage):
    colleague = make.granted(Role.LIAISON, park=park, organisation=stage.own)
    book(stage, stage.liaison, stage.own, soon(0))
    book(stage, colleague, stage.own, soon(1))
    book(stage, stage.rival, stage.other, soon(2))
    address = f"/feeds/{subscribe(stage.liaison, FeedKind.ORGANISATION, organisation='OWN')}.ics"
    assert len(events(Visitor(app).get(address))) == 2


def test_a_feed_is_written_in_its_owners_language(app, make, park, stage):
    reader = make.granted(Role.LIAISON, park=park, organisation=stage.own, language="ru")
    book(stage, reader, stage.own, soon(0), purpose="")
    [event] = events(Visitor(app).get(f"/feeds/{subscribe(reader)}.ics", headers={"Accept-Language": "zh"})).values()
    assert str(event["SUMMARY"]) == "TW-1 · Свой институт"


def test_a_feed_ends_with_the_rights_of_its_owner(app, stage):
    book(stage, stage.liaison, stage.own, soon(0))
    addresses = [f"/feeds/{subscribe(stage.liaison, kind, **more)}.ics" for kind, more in _KINDS]
    assert [Visitor(app).get(address).status_code for address in addresses] == [200, 200, 200]
    with transaction():
        user = db.session.get_one(User, stage.liaison.user_id)
        user.active = False
        record("tests.disable", user, actor=SYSTEM, now=datetime.now(UTC))
    assert [Visitor(app).get(address).status_code for address in addresses] == [404, 404, 404]
    with transaction():
        user = db.session.get_one(User, stage.liaison.user_id)
        user.active = True
        grant = db.session.scalars(db.select(RoleGrant).filter_by(user_id=user.id)).one()
        grant.withdrawn_at = datetime.now(UTC)
        record("tests.withdraw", user, actor=SYSTEM, now=datetime.now(UTC))
    assert [Visitor(app).get(address).status_code for address in addresses] == [404, 404, 404]


_KINDS = ((FeedKind.MINE, {}), (FeedKind.SPACE, {"space": "TW-1"}), (FeedKind.ORGANISATION, {"organisation": "OWN"}))


def test_who_follows_another_organisation_now_reads_nothing_of_the_first(app, stage):
    book(stage, stage.liaison, stage.own, soon(0))
    mine, room, organisation = (f"/feeds/{subscribe(stage.liaison, kind, **more)}.ics" for kind, more in _KINDS)
    other_id = stage.other.id
    with transaction():
        user = db.session.get_one(User, stage.liaison.user_id)
        grant = db.session.scalars(db.select(RoleGrant).filter_by(user_id=user.id)).one()
        grant.organisation_id = other_id
        record("tests.move", user, actor=SYSTEM, now=datetime.now(UTC))
    assert not events(Visitor(app).get(mine))
    assert [str(event["SUMMARY"]) for event in events(Visitor(app).get(room)).values()] == ["Busy"]
    assert Visitor(app).get(organisation).status_code == 404


@pytest.mark.parametrize("token", ["x", "x" * 500, "%00", "..%2F", "é", "%0d%0aX-Evil:1", "x%20y"])
def test_no_other_address_is_a_feed(app, token):
    assert Visitor(app).get(f"/feeds/{token}.ics").status_code == 404


def test_an_address_is_shown_once_and_can_be_revoked(app, make, park, stage):
    visitor = Visitor(app).is_(stage.liaison)
    made = visitor.post("/parks/HIT/feeds/new", kind="space", space="TW-1")
    assert made.status_code == 200
    [address] = set(re.findall(r"/feeds/([\w-]+)\.ics", made.text))
    listed = visitor.get("/parks/HIT/feeds")
    assert address not in listed.text and "Space TW-1" in listed.text and address not in db.session.scalars(db.select(Feed.token)).one()
    [revoke] = re.findall(r'action="(/parks/HIT/feeds/\d+/revoke)"', listed.text)
    assert Visitor(app).is_(stage.rival).post(revoke).status_code == 404
    assert Visitor(app).get(f"/feeds/{address}.ics").status_code == 200
    assert visitor.post(revoke).status_code == 303 and visitor.post(revoke).status_code == 404
    assert Visitor(app).get(f"/feeds/{address}.ics").status_code == 404


@pytest.mark.parametrize("asked", [{"kind": "space", "space": "NONE"}, {"kind": "organisation", "organisation": "OTHER"}, {"kind": "all"}])
def test_a_feed_of_what_is_not_ones_own_is_refused(app, stage, asked):
    assert Visitor(app).is_(stage.liaison).post("/parks/HIT/feeds/new", **asked).status_code == 422
    assert not db.session.scalars(db.select(Feed)).all()


def test_nobody_has_feeds_without_end(app, stage):
    for _ in range(feed_actions.MOST_FEEDS):
        subscribe(stage.liaison)
    with pytest.raises(Refused, match="20 calendar addresses"):
        subscribe(stage.liaison)


# One booking


def test_a_booking_and_its_series_as_a_file(app, stage):
    spans = [soon(24 * week * 7) for week in range(3)]
    numbers = book(stage, stage.liaison, stage.own, *spans, rrule="FREQ=WEEKLY;COUNT=3", starts_local="2026-09-01T09:00")
    visitor = Visitor(app).is_(stage.liaison)
    whole = visitor.get(f"/parks/HIT/bookings/{numbers[1]}.ics")
    found = events(whole)
    assert len(found) == 3 and "attachment" in whole.headers["Content-Disposition"]
    [occurrence] = recurring_ical_events.of(Calendar.from_ical(whole.data)).at(spans[2].starts_at.astimezone(HARBIN).date())
    assert occurrence["DTSTART"].dt.astimezone(UTC) == spans[2].starts_at
    assert list(events(visitor.get(f"/parks/HIT/bookings/{numbers[1]}.ics?only=1"))) == [f"{numbers[1]}@HIT.parkmgr"]
    assert Visitor(app).is_(stage.rival).get(f"/parks/HIT/bookings/{numbers[0]}.ics").status_code == 404
    assert visitor.get("/parks/HIT/bookings/B-1999-0001.ics").status_code == 404
    assert Visitor(app).get(f"/parks/HIT/bookings/{numbers[0]}.ics").status_code == 303


def test_the_dates_of_an_imported_series_have_uids_of_their_own(app, stage):
    numbers = book(stage, stage.liaison, stage.own, soon(0), soon(24), uid="event@elsewhere.example")
    found = events(Visitor(app).is_(stage.liaison).get(f"/parks/HIT/bookings/{numbers[0]}.ics"))
    assert len(found) == 2 and all(uid.endswith("Z-event@elsewhere.example") for uid in found)


def test_a_feed_asks_little(app, stage, statements):
    for hour in range(4):
        book(stage, stage.liaison, stage.own, soon(hour))
    address = f"/feeds/{subscribe(stage.liaison, FeedKind.SPACE, space='TW-1')}.ics"
    with statements() as seen:
        assert len(events(Visitor(app).get(address))) == 4
    assert len(seen) == 3
