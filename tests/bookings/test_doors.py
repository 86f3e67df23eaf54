"""The tablet at a door: who may put one there, and what anyone before it reads and does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from parkmgr import clock
from parkmgr.bookings import door_actions, rules_queries
from parkmgr.bookings.models import Booking, Door
from parkmgr.db import db, transaction
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park, Space
from tests.bookings.conftest import Desk, at, refused, span
from tests.making import Maker
from tests.web.visiting import Visitor

TEN_PAST = at("2026-03-03 10:07") + timedelta(seconds=20)


@pytest.fixture
def tablet(app: Flask) -> Visitor:
    """A browser that nobody signed in to."""
    return Visitor(app)


@pytest.fixture
def room(make: Maker) -> Space:
    """A room under rules with steps of a quarter of an hour."""
    make.rules(step_minutes=15, min_minutes=15)
    return make.room("M-101")


@pytest.fixture
def then(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[datetime]]:
    """What the clock on the wall shows to the pages; a test may change it."""
    shown = [TEN_PAST]
    monkeypatch.setattr(clock, "now", lambda: shown[0])
    yield shown


def put(desk: Desk, room: Space, language: str = "en") -> str:
    """There is a tablet at the room's door; its secret."""
    with transaction():
        _door, secret = door_actions.add_door(
            db.session.get_one(Park, desk.park_id),
            db.session.get_one(Space, room.id),
            db.session.get_one(Organisation, desk.other_id),
            language=language,
            actor=desk.administrator,
            now=desk.now,
        )
    return secret


def walk_in(secret: str, minutes: int, now: datetime, key: str = "k" * 20) -> str:
    """Somebody books at the door; the number."""
    with transaction():
        door, park = rules_queries.door(secret)
        return door_actions.book(door, park, minutes, key=key, reason="Booked at the door.", now=now).number


def test_who_walks_in_is_in_from_the_next_minute_on(desk: Desk, room: Space) -> None:
    number = walk_in(put(desk, room), 30, TEN_PAST)
    booking = desk.read(number)
    assert (booking.starts_at, booking.ends_at) == (at("2026-03-03 10:08"), at("2026-03-03 10:37"))
    assert (booking.state, booking.organisation_id, booking.user_id) == ("checked_in", desk.other_id, None)
    assert desk.entries(number) == ["book", "check_in"]
    assert desk.told() == []


def test_a_button_pressed_twice_books_once(desk: Desk, room: Space) -> None:
    secret = put(desk, room)
    assert walk_in(secret, 30, TEN_PAST) == walk_in(secret, 30, TEN_PAST + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("rules", "now", "codes"),
    [
        pytest.param({"answer": "approval"}, TEN_PAST, ["to_be_asked"], id="needs approval"),
        pytest.param({"answer": "closed"}, TEN_PAST, ["not_for_you"], id="closed to them"),
        pytest.param({"lead_minutes": 60}, TEN_PAST, ["too_soon"], id="to be booked an hour before"),
        pytest.param({"min_minutes": 60}, TEN_PAST, ["too_short"], id="an hour at least"),
        pytest.param({}, at("2026-03-03 23:00"), ["closed_then"], id="at night"),
        pytest.param({}, at("2026-03-03 21:45"), ["closed_then"], id="into the night"),
        pytest.param(
            {"quotas": [{"whom": "organisation", "per": "day", "measure": "hours", "most": 0}]}, TEN_PAST, ["quota"], id="over the limit"
        ),
    ],
)
def test_the_parks_rules_count_at_the_door_too(make: Maker, desk: Desk, rules: dict[str, Any], now: datetime, codes: list[str]) -> None:
    make.rules(**rules)
    secret = put(desk, make.room())
    with refused(*codes):
        walk_in(secret, 30, now)


def test_nobody_walks_into_what_is_taken(desk: Desk, room: Space) -> None:
    secret = put(desk, room)
    desk.one(room, span("2026-03-03 10:30", "11:00"))
    with refused("occupancy.taken"):
        walk_in(secret, 30, TEN_PAST)
    assert walk_in(secret, 15, TEN_PAST)


def test_a_room_that_was_left_a_moment_ago_can_be_booked(desk: Desk, room: Space) -> None:
    from parkmgr.bookings import actions

    secret = put(desk, room)
    number = desk.one(room, span("2026-03-03 10:00", "11:00"))
    desk.do(number, actions.end, now=at("2026-03-03 10:07") + timedelta(seconds=10))
    assert walk_in(secret, 30, TEN_PAST)


def test_whoever_stands_there_checks_in_to_the_booking_of_now(desk: Desk, room: Space) -> None:
    secret = put(desk, room)
    number = desk.one(room, span("2026-03-03 10:15", "11:00"))

    def here(now: datetime) -> None:
        with transaction():
            door, _park = rules_queries.door(secret)
            door_actions.check_in(door, now=now)

    with refused("nobody_expected"):
        here(at("2026-03-03 09:59"))
    here(TEN_PAST)
    assert desk.state(number) == "checked_in"
    with refused("nobody_expected"):
        here(TEN_PAST)


def test_at_the_door_of_a_half_the_whole_can_be_checked_in(make: Maker, desk: Desk) -> None:
    make.rules()
    hall = make.room("H")
    half = make.space(code="H-1", parent=hall, kind="meeting_room", bookable=True)
    number = desk.one(hall, span("2026-03-03 10:00", "11:00"))
    secret = put(desk, half)
    with transaction():
        door, _park = rules_queries.door(secret)
        door_actions.check_in(door, now=TEN_PAST)
    assert desk.state(number) == "checked_in"


def test_the_page_names_nobody(desk: Desk, room: Space, tablet: Visitor, then: list[datetime]) -> None:
    desk.one(room, span("2026-03-03 10:00", "11:00"), purpose="secret merger", guest="Ann Guest")
    desk.one(room, span("2026-03-03 12:00", "13:00"))
    answer = tablet.get(f"/door/{put(desk, room)}")
    assert answer.status_code == 200
    text = re.sub(r"\s+", " ", answer.text)
    assert "Busy" in text
    assert "until 11:00" in text
    assert "12:00–13:00" in text
    assert "I am here" in text
    assert "Book now" not in text
    for secret in ("secret merger", "Ann Guest", "MSU", "B-2026", "liaison", "side-nav", "<script"):
        assert secret not in text
    assert 'http-equiv="refresh" content="30;url=/door/' in text


def test_a_free_room_is_booked_by_a_button(desk: Desk, room: Space, tablet: Visitor, then: list[datetime]) -> None:
    desk.one(room, span("2026-03-03 11:00", "12:00"))
    secret = put(desk, room)
    page = tablet.get(f"/door/{secret}").text
    assert "until 11:00" in page
    assert [minutes for minutes in ("15", "30", "60") if f'value="{minutes}"' in page] == ["15", "30"]
    assert tablet.post(f"/door/{secret}/book", minutes="30", key="k" * 20).status_code == 303
    after = tablet.get(f"/door/{secret}").text
    assert "It is yours." in after
    assert "until 10:37" in after
    assert tablet.post(f"/door/{secret}/book", minutes="30", key="j" * 20).status_code == 422
    assert len(db.session.scalars(db.select(Booking)).all()) == 2


@pytest.mark.parametrize("data", [{}, {"minutes": "30"}, {"minutes": "31", "key": "k" * 20}, {"minutes": "x", "key": "k" * 20}])
def test_what_no_button_says_books_nothing(desk: Desk, room: Space, tablet: Visitor, then: list[datetime], data: dict[str, str]) -> None:
    assert tablet.post(f"/door/{put(desk, room)}/book", **data).status_code == 422
    assert db.session.scalars(db.select(Booking)).all() == []


def test_a_room_that_cannot_be_booked_now_says_why(make: Maker, desk: Desk, tablet: Visitor, then: list[datetime]) -> None:
    make.rules(answer="approval")
    page = tablet.get(f"/door/{put(desk, make.room('M-102'))}").text
    assert "It cannot be booked now" in page
    assert "M-102 needs approval" in page


def test_checking_in_at_the_door(desk: Desk, room: Space, tablet: Visitor, then: list[datetime]) -> None:
    secret = put(desk, room)
    number = desk.one(room, span("2026-03-03 10:00", "11:00"))
    assert tablet.post(f"/door/{secret}/check-in").status_code == 303
    assert desk.state(number) == "checked_in"
    assert tablet.post(f"/door/{secret}/check-in").status_code == 422


def test_the_door_speaks_its_own_language(desk: Desk, room: Space, tablet: Visitor, then: list[datetime]) -> None:
    assert '<html lang="zh-Hans"' in tablet.get(f"/door/{put(desk, room, 'zh')}").text


def test_a_wrong_or_revoked_address_opens_nothing(app: Flask, desk: Desk, room: Space, tablet: Visitor) -> None:
    secret = put(desk, room)
    door_id = db.session.scalars(db.select(Door.id)).one()
    administrator = Visitor(app).is_(desk.administrator)
    assert administrator.get(f"/parks/HIT/doors/{door_id}/revoke").status_code == 200
    assert administrator.post(f"/parks/HIT/doors/{door_id}/revoke").status_code == 303
    for path in (f"/door/{secret}", "/door/none", f"/door/{secret}x"):
        assert tablet.get(path).status_code == 404
        assert tablet.post(f"{path}/book", minutes="30", key="k" * 20).status_code == 404
        assert tablet.post(f"{path}/check-in").status_code == 404
    assert administrator.post(f"/parks/HIT/doors/{door_id}/revoke").status_code == 404


def test_an_address_is_shown_once(app: Flask, desk: Desk, room: Space, tablet: Visitor) -> None:
    administrator = Visitor(app).is_(desk.administrator)
    answer = administrator.post("/parks/HIT/doors/new", space="M-101", organisation="SPBU · St Petersburg", language="ru")
    assert answer.status_code == 201
    [secret] = set(re.findall(r"/door/([\w-]{20,})", answer.text))
    assert tablet.get(f"/door/{secret}").status_code == 200
    listed = administrator.get("/parks/HIT/doors").text
    assert "M-101" in listed
    assert secret not in listed
    assert db.session.scalars(db.select(Door.token)).one() != secret
    assert Visitor(app).is_(desk.liaison).get("/parks/HIT/doors").status_code == 403


def test_a_door_needs_a_bookable_space_and_an_organisation(app: Flask, make: Maker, desk: Desk) -> None:
    make.space(code="S-1")
    administrator = Visitor(app).is_(desk.administrator)
    for data, said in (
        ({"space": "S-1", "organisation": "MSU", "language": "en"}, "not marked as bookable"),
        ({"space": "NO", "organisation": "NOBODY", "language": "en"}, "no organisation of the code NOBODY"),
        ({"space": "", "organisation": "", "language": "xx"}, "Please fill in this field"),
    ):
        answer = administrator.post("/parks/HIT/doors/new", **data)
        assert answer.status_code == 422
        assert said in answer.text


def test_the_page_asks_few_questions(desk: Desk, room: Space, tablet: Visitor, then: list[datetime], statements: Any) -> None:
    for hour in range(8, 20):
        desk.one(room, span(f"2026-03-03 {hour:02}:00", f"{hour:02}:30"), now=at("2026-03-02 12:00"))
    secret = put(desk, room)
    with statements() as seen:
        assert tablet.get(f"/door/{secret}").status_code == 200
    assert len(seen) <= 13


def test_walking_in_is_in_whole_minutes() -> None:
    wanted = door_actions.walk_in(15, datetime(2026, 3, 3, 10, 7, tzinfo=UTC))
    assert wanted.asked == wanted.span
