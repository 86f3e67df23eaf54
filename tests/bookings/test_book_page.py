"""The pages that find and book, as people meet them."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from parkmgr.bookings.models import Booking
from parkmgr.db import db
from parkmgr.places.models import Building, Space
from parkmgr.policy import Actor, Role
from tests.bookings.conftest import Desk, span
from tests.making import Maker
from tests.web.visiting import Visitor

TEN = {"from": "2026-03-03T10:00", "to": "2026-03-03T11:00"}


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with time_machine.travel("2026-03-02T04:00:00Z", tick=False):
        yield


class Page:
    """Somebody's answers, as text."""

    def __init__(self, app: Flask, who: Actor) -> None:
        self.visitor = Visitor(app).is_(who)

    def book(self, do: str = "", **given: Any) -> TestResponse:
        """The review (do empty), or the answer to its form."""
        if not do:
            return self.visitor.get("/parks/HIT/book?" + urlencode(given, doseq=True))
        return self.visitor.open("/parks/HIT/book", "POST", data={**given, "do": do})

    def find(self, **given: Any) -> TestResponse:
        return self.visitor.get("/parks/HIT/find?" + urlencode(given, doseq=True))


def text(answer: TestResponse) -> str:
    """Return what an answer says, without its marks."""
    plain = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", answer.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", plain)).split())


def key_of(answer: TestResponse) -> str:
    return re.findall(r'name="key" value="([^"]+)"', answer.text)[0]


def booked() -> list[Booking]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Booking).order_by(Booking.starts_at)))


@pytest.fixture
def room(make: Maker, desk: Desk) -> Space:
    """A room of twelve seats, for 100 CNY an hour."""
    make.rules(prices=[{"class": "", "minor": 10000, "currency": "CNY"}], cancel_minutes=60)
    return make.room("R1")


def test_a_room_is_found_reviewed_and_booked(app: Flask, desk: Desk, room: Space) -> None:
    page = Page(app, desk.liaison)
    found = page.find(kind="meeting_room", people=4, **{"from": TEN["from"], "for": "60"})
    assert "1 space fits" in text(found)
    [address] = re.findall(r'href="(/parks/HIT/book\?[^"]+)"', found.text)
    review = page.visitor.get(unescape(address))
    assert "Price: 100.00 CNY" in text(review)
    assert "It is booked at once." in text(review)
    answer = page.book("confirm", space="R1", people="4", key=key_of(review), **TEN)
    assert answer.status_code == 303
    [booking] = booked()
    assert answer.location == f"/parks/HIT/bookings/{booking.number}"
    assert (booking.span, booking.user_id, booking.people) == (span("2026-03-03 10:00", "11:00"), desk.liaison.user_id, 4)


def test_a_form_that_is_sent_twice_books_once(app: Flask, desk: Desk, room: Space) -> None:
    page = Page(app, desk.liaison)
    key = key_of(page.book(space="R1", **TEN))
    first, second = (page.book("confirm", space="R1", people="1", key=key, **TEN) for _ in range(2))
    assert first.location == second.location
    assert len(booked()) == 1


def test_a_refusal_says_why_who_waives_and_what_would_do(app: Flask, make: Maker, desk: Desk, room: Space) -> None:
    make.room("R2")
    desk.one(room, span("2026-03-03 10:30", "12:00"), by=desk.stranger)
    page = Page(app, desk.liaison)
    review = page.book(space="R1", **TEN)
    said = text(review)
    assert "R1 is taken from" in said
    assert "Nobody can waive this." in said
    assert "Take Tue 3 Mar 2026 12:00 – 13:00 (UTC+08:00)" in said
    assert "Take R2 instead" in said
    assert "Join the waiting list" in said
    assert "SPBU" not in said
    [other] = re.findall(r'href="(/parks/HIT/book\?space=R1[^"]+)"', review.text)
    assert "Confirm" in text(page.visitor.get(unescape(other)))
    refused = page.book("confirm", space="R1", people="1", purpose="seminar", **TEN)
    assert refused.status_code == 422
    assert 'value="seminar"' in refused.text
    assert len(booked()) == 1


def test_an_administrator_waives_with_a_reason(app: Flask, make: Maker, desk: Desk, room: Space) -> None:
    page = Page(app, desk.administrator)
    asked: dict[str, Any] = {"space": "R1", "people": "20", "organisation": "MSU", **TEN}
    assert "has 12 seats, not 20" in text(page.book(**asked))
    no_reason = page.book("confirm", waive="bookings.too_many_people", **asked)
    assert "Say why" in text(no_reason)
    answer = page.book("confirm", waive="bookings.too_many_people", reason="They stand.", **asked)
    assert answer.status_code == 303
    assert booked()[0].waived == "bookings.too_many_people"
    liaison = Page(app, desk.liaison).book("confirm", waive="bookings.too_many_people", reason="So.", **{**asked, "organisation": ""})
    assert "Only an administrator may waive" in text(liaison)


SERIES = {"space": "R1", "people": "2", "every": "week", "count": "4", **TEN}


def test_a_series_is_mended_date_by_date(app: Flask, make: Maker, desk: Desk, room: Space) -> None:
    other = make.room("R2")
    desk.one(room, span("2026-03-10 10:00", "10:30"), by=desk.stranger)
    desk.one(room, span("2026-03-17 10:00", "10:30"), by=desk.stranger)
    desk.one(room, span("2026-03-24 09:00", "11:30"), by=desk.stranger)
    page = Page(app, desk.liaison)
    review = page.book(**SERIES)
    assert text(review).count("R1 is taken from") == 3
    assert "R2 instead, then" in text(review)
    refused = page.book("confirm", **SERIES)
    assert refused.status_code == 422
    assert "3 of the dates below cannot be booked as they are" in text(refused)
    moved = re.findall(r'<option value="(at:2026-03-17[^"]+)"', refused.text)[0]
    choices = {
        "do.20260310T1000.R1": "skip",
        "do.20260317T1000.R1": moved,
        "do.20260324T1000.R1": "room:R2",
    }
    checked = page.book("check", **SERIES, **choices)
    assert checked.status_code == 200
    assert f'value="{moved}" selected' in checked.text
    assert "skipped" in text(checked)
    answer = page.book("confirm", **SERIES, **choices)
    assert answer.status_code == 303, text(answer)
    made = [booking for booking in booked() if booking.user_id == desk.liaison.user_id]
    assert [(booking.space_id, booking.span) for booking in made] == [
        (room.id, span("2026-03-03 10:00", "11:00")),
        (room.id, span("2026-03-17 08:00", "09:00")),
        (other.id, span("2026-03-24 10:00", "11:00")),
    ]
    assert made[1].recurs_at == span("2026-03-17 10:00", "11:00").starts_at
    assert len({booking.set_id for booking in made}) == 1


def test_a_date_is_moved_to_a_time_of_ones_own(app: Flask, desk: Desk, room: Space) -> None:
    own = {"do.20260310T1000.R1": "own", "at.20260310T1000.R1": "2026-03-11T15:00"}
    page = Page(app, desk.liaison)
    assert "Say when instead" in text(page.book("check", **SERIES, **{**own, "at.20260310T1000.R1": "some day"}))
    assert page.book("confirm", **SERIES, **own).status_code == 303
    assert span("2026-03-11 15:00", "16:00") in [booking.span for booking in booked()]


def test_several_rooms_are_booked_all_or_none(app: Flask, make: Maker, desk: Desk, room: Space) -> None:
    other = make.room("R2")
    desk.one(other, span("2026-03-03 10:30", "12:00"), by=desk.stranger)
    page = Page(app, desk.liaison)
    both = {"space": "R1, R2", "people": "2"}
    assert page.book("confirm", **both, **TEN).status_code == 422
    assert len(booked()) == 1
    assert page.book("confirm", **both, **{"from": "2026-03-04T10:00", "to": "2026-03-04T11:00"}).status_code == 303
    assert len(booked()) == 3


BAD: tuple[tuple[dict[str, str], str], ...] = (
    ({"from": "2026-03-01T10:00", "for": "60"}, "is past"),
    ({"from": "2026-03-03T10:00", "to": "2026-03-03T09:00"}, "It must end after it starts."),
    ({"from": "2026-03-03T10:00", "to": "2027-03-04T10:00"}, "The longest booking of R1 is 480 minutes."),
    ({**TEN, "every": "day", "count": "10000"}, "at most 366 dates"),
    ({**TEN, "every": "week"}, "A series needs an end"),
    ({**TEN, "rrule": "FREQ=SECONDLY;COUNT=3"}, "not several times a day"),
    ({**TEN, "rrule": "FREQ=WEEKLY;" + "BYDAY=MO," * 90}, "longer than 600 characters"),
    ({**TEN, "rrule": "nonsense"}, "is not a rule of recurrence"),
    ({**TEN, "space": "NONE"}, "The park has no space NONE."),
    ({**TEN, "space": ""}, "Say which space."),
    ({"to": "2026-03-03T09:00"}, "Say from when."),
    ({"from": "soon", "for": "60"}, "This is not a day and a time."),
    ({"from": "2026-03-03T10:00", "for": "abc"}, "Not a valid choice"),
    ({**TEN, "people": "0"}, "This must be from 1 to"),
)


def test_bad_input_gets_its_sentence_and_keeps_what_was_typed(app: Flask, desk: Desk, room: Space) -> None:
    page = Page(app, desk.liaison)
    for given, said in BAD:
        asked = {"space": "R1", "people": "2", "purpose": "kept", **given}
        assert said in text(page.book(**asked))
        refused = page.book("confirm", **asked)
        assert refused.status_code == 422, given
        assert said in text(refused)
        assert 'value="kept"' in refused.text
    assert not booked()


def test_an_hour_that_exists_twice_is_asked_about_and_one_that_does_not_is_said(app: Flask, make: Maker, desk: Desk) -> None:
    park = make.park("BER", time_zone="Europe/Berlin")
    make.rules(park, week="Mon-Sun 00:00-24:00")
    make.room("B1", building=make.building(park))
    page = Page(app, make.granted(Role.ADMINISTRATOR))

    def at(**given: str) -> TestResponse:
        return page.visitor.get("/parks/BER/book?" + urlencode({"space": "B1", "organisation": "MSU", **given}))

    twice = {"from": "2026-10-25T02:30", "for": "60"}
    asked = at(**{"from": "2026-10-25T02:30", "to": "2026-10-25T04:00"})
    assert "exists twice" in text(asked)
    assert 'name="from_which"' in asked.text
    assert "(UTC+01:00)" in text(at(**twice, from_which="second"))
    assert "does not exist" in text(at(**{"from": "2026-03-29T02:30", "to": "2026-03-29T04:00"}))
    series = at(**{"from": "2026-03-28T02:30", "to": "2026-03-28T02:45", "every": "day", "count": "3"})
    assert "skipped" in text(series)
    assert "2 dates are to be booked" in text(series)
    autumn = at(**{"from": "2026-10-24T02:30", "to": "2026-10-24T02:45", "every": "day", "count": "3"})
    assert "say whether the first or the second" in text(autumn)


def test_an_auditor_finds_and_does_not_book(app: Flask, make: Maker, desk: Desk, room: Space) -> None:
    auditor = Page(app, make.granted(Role.AUDITOR))
    found = auditor.find()
    assert "1 space fits" in text(found)
    assert "/book?" not in found.text
    assert auditor.book(space="R1", **TEN).status_code == 403


def test_the_finding_page_keeps_what_was_typed_wrong(app: Flask, desk: Desk, room: Space) -> None:
    page = Page(app, desk.liaison)
    assert "is past" in text(page.find(**{"from": "2026-03-01T10:00"}))
    assert "A series needs an end" in text(page.find(**{"from": "2026-03-03T10:00", "every": "week"}))
    assert "This is not a day and a time." in text(page.find(**{"from": "never"}))
    assert page.find(kind="palace", people="-3", area="x").status_code == 200


def test_months_lead_to_a_request_for_a_lease(app: Flask, make: Maker, desk: Desk) -> None:
    make.space(code="O1", area="45", capacity=4)
    make.space(code="O2", area="38", capacity=4)
    taken = make.space(code="O3", area="60")
    make.hold(taken, "2026-01-01", "2027-12-31")
    page = Page(app, desk.liaison)
    found = page.find(kind="office", people=4, area=40, **{"from": "2026-04-01T00:00", "for": "12m"})
    said = text(found)
    assert "1 space can be let from 1 Apr 2026 to 31 Mar 2027" in said
    assert "38.00 m², 2.00 m² less" in said
    assert "O3" not in said
    [address] = re.findall(r'href="(/parks/HIT/leases/ask[^"]+)"', found.text)
    asked = page.visitor.get(unescape(address))
    assert 'value="O1"' in asked.text
    answer = page.visitor.open(
        "/parks/HIT/leases/ask", "POST", data={"space": "O1", "from": "2026-04-01", "to": "2027-03-31", "people": "4", "key": key_of(asked)}
    )
    assert answer.status_code == 303
    assert "R-2026-0001" in text(page.visitor.get("/parks/HIT/leases/requests"))
    refused = page.visitor.open("/parks/HIT/leases/ask", "POST", data={"space": "O3", "from": "2026-02-01", "to": "2026-12-31"})
    assert refused.status_code == 422
    assert "O3 is taken from" in text(refused)
    assert "is past" in text(refused)


def test_pages_ask_as_often_for_one_room_and_date_as_for_many(
    app: Flask, make: Maker, desk: Desk, room: Space, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    page = Page(app, desk.liaison)

    def asked(times: int) -> list[int]:
        counts = []
        for answer in (lambda: page.find(**{"from": TEN["from"]}), lambda: page.book(**{**SERIES, "count": str(times)})):
            answer()
            with statements() as seen:
                assert answer().status_code == 200
            counts.append(len(seen))
        return counts

    few = asked(2)
    for number in range(2, 9):
        make.room(f"R{number}", building=db.session.get_one(Building, room.building_id))
        desk.one(room, span(f"2026-03-{number + 7:02d} 10:00", "10:30"), by=desk.stranger)
    assert all(many <= before + 5 for before, many in zip(few, asked(30), strict=True)), "what else would do is asked once for all dates"


def test_odd_choices_are_no_mistakes_of_the_program(app: Flask, desk: Desk, room: Space) -> None:
    page = Page(app, desk.liaison)
    key = "do.20260310T1000.R1"
    for odd in ("at:0001-01-01T00:00+14:00", "at:9999-12-31T23:59+00:00", "at:x", "room:NONE", "room:\x00", "first", "zz:yy", ":", "own"):
        assert page.book("check", **SERIES, **{key: odd}).status_code == 200, odd
    for odd in ({"space": "\x00"}, {"weekdays": "x"}, {"organisation": "\x00"}, {"key": "k" * 90}):
        assert page.book(**{**SERIES, **odd}).status_code == 200, odd
        assert page.book("confirm", **{**SERIES, **odd}).status_code in (303, 422), odd


def test_the_day_is_drawn_and_told_without_names_of_others(app: Flask, make: Maker, desk: Desk, room: Space) -> None:
    desk.one(room, span("2026-03-03 10:30", "12:00"), by=desk.stranger, purpose="secret talks")
    found = Page(app, desk.liaison).find(**{"from": TEN["from"], "for": "60"})
    assert "R1 — 10:30–12:00 taken no" in text(found)
    assert "taken until 12:00" in text(found)
    assert found.text.count("tl-busy") == 2, "the key, and one bar"
    assert "SPBU" not in found.text
    assert "secret" not in found.text
    assert "Organisation SPBU" in text(Page(app, desk.administrator).find(**{"from": TEN["from"], "for": "60"}))


def test_on_behalf_of_a_colleague_it_is_the_colleagues_booking_and_a_guest_stays_a_name(app: Flask, desk: Desk, room: Space) -> None:
    page = Page(app, desk.liaison)
    review = page.book(space="R1", **TEN)
    assert "colleague@parkmgr.example" in review.text
    assert "stranger@parkmgr.example" not in review.text
    page.book("confirm", space="R1", **TEN, people="2", guest="Ann <colleague@parkmgr.example>", key=key_of(review))
    later = {"from": "2026-03-03T12:00", "to": "2026-03-03T13:00"}
    page.book("confirm", space="R1", **later, people="2", guest="Prof. Li, stranger@parkmgr.example")
    first, second = booked()
    assert (first.user_id, first.guest) == (desk.colleague.user_id, "")
    assert (second.user_id, second.guest) == (desk.liaison.user_id, "Prof. Li, stranger@parkmgr.example")
