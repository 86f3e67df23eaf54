"""The list of bookings, one booking and the pages of its deeds, as people use them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from python_calamine import CalamineWorkbook

from parkmgr.bookings import actions, queries, views
from parkmgr.db import db, transaction
from parkmgr.organisations.models import Organisation
from parkmgr.policy import Role
from parkmgr.values import Span
from tests.bookings.conftest import Desk, at, span
from tests.bookings.test_actions import TEN
from tests.making import Maker
from tests.web.visiting import Visitor

Counter = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture(autouse=True)
def _noon(desk: Desk) -> Iterator[None]:
    with time_machine.travel(desk.now, tick=False):
        yield


def page(number: str, deed: str = "") -> str:
    return f"/parks/HIT/bookings/{number}" + (f"/{deed}" if deed else "")


def version(visitor: Visitor, path: str) -> str:
    """The version that a form was opened on."""
    found = re.search(r'name="version" value="(\d+)"', visitor.get(path).text)
    return found[1] if found else ""


def do(visitor: Visitor, number: str, deed: str, **data: str) -> int:
    """A deed is done from its page; gives the answer's status."""
    path = page(number, deed)
    return visitor.post(path, version=version(visitor, path), **data).status_code


def whole(start: str, end: str, **more: str) -> dict[str, str]:
    """What a browser sends from the page of changing."""
    return {"scope": "this", "space": "R-1", "starts_at": start, "ends_at": end, "people": "4", "purpose": "", "guest": "", **more}


# The list and the page


def test_the_list_has_what_the_reader_may_know_of(desk: Desk, make: Maker, liaison: Visitor, administrator: Visitor) -> None:
    make.rules()
    room = make.room("R-1")
    own = desk.one(room, TEN, purpose="Семинар")
    other = desk.one(room, span("2026-03-03 12:00", "13:00"), by=desk.stranger, purpose="Secret")
    seen = liaison.get("/parks/HIT/bookings").text
    assert own in seen
    assert "Tue 3 Mar 2026" in seen
    assert "10:00–11:00" in seen
    assert other not in seen
    assert "Secret" not in seen
    assert other in administrator.get("/parks/HIT/bookings").text
    assert own not in administrator.get("/parks/HIT/bookings?organisation=SPBU").text
    for query, found in (
        ("q=Семинар", True),
        (f"q={own.lower()}", True),
        ("q=none", False),
        ("state=live", True),
        ("state=cancelled", False),
    ):
        assert (own in liaison.get(f"/parks/HIT/bookings?{query}").text) is found, query
    for query, found in (("space=R-1&mine=y", True), ("since=2026-03-04", False), ("until=2026-03-02", False), ("until=2026-03-03", True)):
        assert (own in liaison.get(f"/parks/HIT/bookings?{query}").text) is found, query
    assert liaison.get("/parks/HIT/bookings?since=nonsense&state=none&sort=none&page=-3").status_code == 200


def test_the_list_is_a_sheet(desk: Desk, make: Maker, liaison: Visitor) -> None:
    make.rules()
    number = desk.one(make.room("R-1"), TEN)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(liaison.get("/parks/HIT/bookings?format=xlsx").data)).get_sheet_by_index(0).to_python()
    assert rows[1][0] == number
    assert "Confirmed" in rows[1]
    assert number in liaison.get("/parks/HIT/bookings?format=csv").text


def test_a_long_list_is_counted_only_so_far(desk: Desk, make: Maker, liaison: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    make.rules(open_on_holidays=True)
    room = make.room("R-1")
    numbers = desk.weekly(room, TEN, 3)
    assert "1–3 of 3" in liaison.get("/parks/HIT/bookings").text
    monkeypatch.setattr(views, "MOST_COUNTED", 2)
    seen = liaison.get("/parks/HIT/bookings").text
    assert "of more than 2" in seen
    assert all(number in seen for number in numbers)


def test_pages_ask_few_questions(desk: Desk, make: Maker, liaison: Visitor, statements: Counter) -> None:
    make.rules(open_on_holidays=True)
    room = make.room("R-1")
    numbers = desk.weekly(room, TEN, 30)
    for path, most in (("/parks/HIT/bookings", 10), (page(numbers[0]), 10), (page(numbers[0], "change"), 11)):
        liaison.get(path)
        with statements() as seen:
            liaison.get(path)
        assert len(seen) <= most, (path, len(seen))


def test_a_booking_shows_both_clocks_and_what_may_be_done(desk: Desk, make: Maker, liaison: Visitor, administrator: Visitor) -> None:
    make.rules(release_minutes=15, cancel_minutes=60, prices=[{"class": "", "minor": 10000, "currency": "CNY"}])
    with transaction():
        db.session.get_one(Organisation, desk.organisation_id).country = "RU"
        actions.record("tests.change", db.session.get_one(Organisation, desk.organisation_id), actor=desk.administrator, now=desk.now)
    numbers = desk.weekly(make.room("R-1"), TEN, 2, purpose="Seminar <b>", guest="Prof. Li")
    seen = liaison.get(page(numbers[0])).text
    for words in (
        "10:00–11:00 +08:00",
        "05:00–06:00 +03:00",
        "Europe/Moscow",
        "Seminar &lt;b&gt;",
        "Prof. Li",
        "100.00",
        numbers[1],
        "S-2026-0001",
    ):
        assert words in seen, words
    assert "Check in by 3 Mar 2026 10:15" in seen
    assert "until 3 Mar 2026 09:00" in seen
    for deed, there in (
        ("change", True),
        ("cancel", True),
        ("transfer", True),
        ("extend", True),
        ("end", False),
        ("check-in", False),
        ("approve", False),
    ):
        assert (page(numbers[0], deed) in seen) is there, deed
    assert "/audit" not in seen
    assert "/audit" in administrator.get(page(numbers[0])).text
    assert page(numbers[0]) + ".ics" in seen


def test_somebody_elses_booking_is_not_there(desk: Desk, make: Maker, stranger: Visitor) -> None:
    make.rules(answer="approval")
    number = desk.one(make.room("R-1"), TEN)
    assert stranger.get(page(number)).status_code == 404
    for deed in ("reply", "end", "extend", "change", "cancel", "transfer"):
        assert stranger.get(page(number, deed)).status_code == 404, deed
        assert stranger.post(page(number, deed)).status_code == 404, deed
    for deed in ("check-in", "undo"):
        assert stranger.post(page(number, deed)).status_code == 404, deed
    for deed in ("approve", "reject", "ask"):
        assert stranger.post(page(number, deed)).status_code == 403, deed
    assert desk.state(number) == "requested"


# Deeds


def test_a_booking_is_checked_in_at_the_door_extended_and_ended(desk: Desk, make: Maker, liaison: Visitor, stranger: Visitor) -> None:
    make.rules()
    room = make.room("3/12 A")
    number = desk.one(room, span("2026-03-02 12:00", "13:00"))
    door = liaison.get("/parks/HIT/bookings/check-in/3/12%20A").text
    assert number in door
    assert number not in stranger.get("/parks/HIT/bookings/check-in/3/12%20A").text
    assert liaison.get("/parks/HIT/bookings/check-in/none").status_code == 404
    assert liaison.post(page(number, "check-in")).location == page(number)
    assert desk.state(number) == "checked_in"
    assert "checked in; this cannot be done" in liaison.post(page(number, "check-in")).text
    assert do(liaison, number, "extend", ends_at="2026-03-02T13:30") == 303
    assert desk.read(number).ends_at == at("2026-03-02 13:30")
    with time_machine.travel(desk.now + timedelta(minutes=20), tick=False):
        assert do(liaison, number, "end") == 303
        assert "Undo" in liaison.get(page(number)).text
        assert liaison.post(page(number, "undo")).status_code == 303
        assert desk.state(number) == "checked_in"
        assert do(liaison, number, "end") == 303
    with time_machine.travel(desk.now + timedelta(minutes=21), tick=False):
        assert "Undo" not in liaison.get(page(number)).text
        assert "ten seconds only" in liaison.post(page(number, "undo")).text


def test_a_refusal_keeps_what_was_typed_and_says_who_may_waive(desk: Desk, make: Maker, liaison: Visitor, administrator: Visitor) -> None:
    make.rules(max_minutes=60)
    number = desk.one(make.room("R-1"), TEN)
    path = page(number, "extend")
    answer = liaison.post(path, ends_at="2026-03-03T11:37")
    assert answer.status_code == 422
    for words in (
        "The longest booking of R-1 is 60 minutes.",
        "steps of 15 minutes",
        "2026-03-03T11:37",
        "An administrator of the park may waive",
    ):
        assert words in answer.text, words
    assert 'type="checkbox" name="waive"' not in answer.text
    answer = liaison.post(path, ends_at="2026-03-03T11:30", waive="bookings.too_long", reason="I want it")
    assert "Only an administrator may waive" in answer.text
    answer = administrator.post(path, ends_at="2026-03-03T11:30")
    assert 'name="waive" value="bookings.too_long"' in answer.text
    assert "Say why" in administrator.post(path, ends_at="2026-03-03T11:30", waive="bookings.too_long").text
    assert administrator.post(path, ends_at="2026-03-03T11:30", waive="bookings.too_long", reason="The rector asks").status_code == 303
    assert desk.read(number).ends_at == at("2026-03-03 11:30")


@pytest.mark.parametrize(
    "ends_at", ["", "tomorrow", "2026-03-03T10:00", "2026-03-03T09:00", "0001-01-01T00:00", "9999-12-31T23:59", "2026-03-03T11:00+03:00"]
)
def test_bad_times_are_said_at_their_field(desk: Desk, make: Maker, liaison: Visitor, ends_at: str) -> None:
    make.rules()
    number = desk.one(make.room("R-1"), TEN)
    for deed, data in (("extend", {"ends_at": ends_at}), ("change", whole("2026-03-03T10:00", ends_at))):
        answer = liaison.post(page(number, deed), **data)
        assert answer.status_code == 422
        assert 'id="ends_at-errors"' in answer.text
    assert desk.read(number).span == TEN


def test_a_series_is_changed_by_the_clock_on_the_wall(desk: Desk, make: Maker, liaison: Visitor) -> None:
    make.rules()
    room, other = make.room("R-1"), make.room("R-2")
    numbers = desk.weekly(room, TEN, 4)
    assert (
        do(
            liaison,
            numbers[1],
            "change",
            **whole("2026-03-10T14:00", "2026-03-10T16:00", scope="following", space="R-2", people="6", purpose="Later"),
        )
        == 303
    )
    assert [desk.read(number).space_id for number in numbers] == [room.id, other.id, other.id, other.id]
    assert desk.read(numbers[3]).span == span("2026-03-24 14:00", "16:00")
    assert desk.read(numbers[3]).people == 6
    assert do(liaison, numbers[2], "change", **whole("2026-03-17T15:00", "2026-03-17T16:00", scope="this", space="R-2")) == 303
    assert desk.read(numbers[3]).span == span("2026-03-24 14:00", "16:00")
    taken = desk.one(other, span("2026-03-10 12:00", "12:30"), by=desk.stranger)
    answer = liaison.post(page(numbers[0], "change"), **whole("2026-03-03T08:00", "2026-03-03T09:00", scope="all", space="R-1"))
    assert answer.status_code == 422
    assert "10 Mar 2026" in answer.text
    assert taken not in answer.text
    assert desk.read(numbers[0]).span == TEN
    assert (
        "There is no space of the code R-9 here."
        in liaison.post(page(numbers[0], "change"), **whole("2026-03-03T08:00", "2026-03-03T09:00", space="R-9")).text
    )


def test_a_series_across_a_change_of_clocks_stays_at_its_hour(app: Flask, desk: Desk, make: Maker) -> None:
    somebody = make.granted(Role.ADMINISTRATOR)
    administrator = Visitor(app).is_(somebody)
    berlin = make.park("TUB", time_zone="Europe/Berlin", country="DE")
    make.rules(berlin, open_on_holidays=True)
    room = make.room("R-1", building=make.building(berlin))
    zone = ZoneInfo("Europe/Berlin")
    days = [f"2026-03-{day} 10:00" for day in (17, 24, 31)]
    desk.park_id = berlin.id
    numbers = desk.book(
        [queries.Slot(room.id, Span(at(day, zone), at(day, zone) + timedelta(hours=1))) for day in days], by=desk.administrator
    )
    path = f"/parks/TUB/bookings/{numbers[0]}/change"
    assert administrator.post(path, **whole("2026-03-17T12:00", "2026-03-17T13:00", scope="all")).status_code == 303
    assert [desk.read(number).starts_at.astimezone(zone).hour for number in numbers] == [12, 12, 12]
    answer = administrator.post(f"/parks/TUB/bookings/{numbers[2]}/change", **whole("2026-03-29T02:30", "2026-03-29T04:00"))
    assert "does not exist" in answer.text
    answer = administrator.post(f"/parks/TUB/bookings/{numbers[2]}/change", **whole("2026-10-25T02:30", "2026-10-25T04:00"))
    assert "exists twice" in answer.text
    assert 'name="starts_which"' in answer.text


def test_a_series_breaks_a_rule_with_one_reason_for_all_its_dates(desk: Desk, make: Maker, administrator: Visitor) -> None:
    make.rules(max_minutes=60)
    numbers = desk.weekly(make.room("R-1"), TEN, 3)
    longer = whole("2026-03-03T10:00", "2026-03-03T12:00", scope="all", purpose="Congress")
    answer = administrator.post(page(numbers[0], "change"), **longer)
    assert answer.status_code == 422
    assert answer.text.count('name="waive"') == 1
    assert answer.text.count("17 Mar 2026 10:00 +08:00: The longest booking of R-1 is 60 minutes.") == 2
    assert administrator.post(page(numbers[0], "change"), **longer, waive="bookings.too_long", reason="The rector").status_code == 303
    last = desk.read(numbers[2])
    assert (last.ends_at, last.waived, last.reason) == (at("2026-03-17 12:00"), "bookings.too_long", "The rector")


def test_a_series_is_cancelled_from_a_date_on_and_taken_back(desk: Desk, make: Maker, liaison: Visitor) -> None:
    make.rules()
    numbers = desk.weekly(make.room("R-1"), TEN, 4)
    assert do(liaison, numbers[2], "cancel", scope="following") == 303
    assert [desk.state(number) for number in numbers] == ["confirmed"] * 2 + ["cancelled"] * 2
    assert "Undo" in liaison.get(page(numbers[2])).text
    assert liaison.post(page(numbers[2], "undo")).status_code == 303
    assert [desk.state(number) for number in numbers] == ["confirmed"] * 4


def test_a_booking_passes_to_a_colleague_of_the_list(desk: Desk, make: Maker, liaison: Visitor) -> None:
    make.rules()
    number = desk.one(make.room("R-1"), TEN)
    seen = liaison.get(page(number, "transfer")).text
    assert "colleague@parkmgr.example" in seen
    assert "stranger@parkmgr.example" not in seen
    answer = liaison.post(page(number, "transfer"), email="stranger@parkmgr.example")
    assert "Nobody of your organisation has this address." in answer.text
    assert do(liaison, number, "transfer", email="colleague@parkmgr.example") == 303
    assert desk.read(number).user_id == desk.colleague.user_id


def test_the_second_of_two_open_forms_is_told_so(desk: Desk, make: Maker, liaison: Visitor) -> None:
    make.rules()
    number = desk.one(make.room("R-1"), TEN)
    opened = version(liaison, page(number, "cancel"))
    assert do(liaison, number, "change", **whole("2026-03-03T12:00", "2026-03-03T13:00")) == 303
    assert liaison.post(page(number, "cancel"), version=opened).status_code == 409
    assert desk.state(number) == "confirmed"
    assert do(liaison, number, "cancel") == 303
    assert liaison.post(page(number, "cancel")).status_code == 422


# Waiting


def test_who_waits_joins_takes_and_leaves(desk: Desk, make: Maker, liaison: Visitor, stranger: Visitor) -> None:
    make.rules()
    room = make.room("R-1")
    form = liaison.get("/parks/HIT/waiting/join?space=R-1&from=2026-03-03T10:00&to=2026-03-03T11:00&people=3").text
    for words in ('value="R-1"', 'value="2026-03-03T10:00"', 'value="3"'):
        assert words in form, words
    data = {
        "space": "R-1",
        "starts_at": "2026-03-03T10:00",
        "ends_at": "2026-03-03T11:00",
        "people": "3",
        "key": "w",
        "organisation": "MSU",
    }
    assert "R-1 is free then: book it." in liaison.post("/parks/HIT/waiting/join", **data).text
    desk.one(room, TEN, by=desk.stranger)
    for _ in range(2):
        assert liaison.post("/parks/HIT/waiting/join", **data).status_code == 303
    seen = liaison.get("/parks/HIT/bookings").text
    assert "You wait for" in seen
    assert liaison.post("/parks/HIT/waiting/W-2026-0001/accept").status_code == 422
    assert stranger.post("/parks/HIT/waiting/W-2026-0001/leave").status_code == 404
    assert stranger.post("/parks/HIT/waiting/join", **{**data, "key": "x"}).status_code == 404
    assert liaison.post("/parks/HIT/waiting/W-2026-0001/leave").status_code == 303
    assert "You wait for" not in liaison.get("/parks/HIT/bookings").text
    assert liaison.get("/parks/HIT/waiting/join?from=nonsense&people=many").status_code == 200
