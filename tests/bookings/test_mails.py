"""The mails of bookings: what happened, where and when on both clocks, why, and the way there."""

from __future__ import annotations

import pytest
from flask import Flask

from parkmgr.bookings import actions, queries, tending
from parkmgr.bookings.queries import Slot
from parkmgr.config import ROOT
from parkmgr.db import db, transaction
from parkmgr.notices.models import Notice
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park, Space
from parkmgr.policy import SYSTEM
from parkmgr.values import LANGUAGES
from tests.bookings.conftest import Desk, at, span
from tests.making import LONG_AGO, Maker

TEN = span("2026-03-03 10:00", "11:00")
MAILS = sorted(path.stem for path in (ROOT / "templates" / "mail").glob("booking_*.txt"))


@pytest.fixture
def room(make: Maker, desk: Desk) -> Space:
    """A room of a Russian organisation's bookings."""
    from parkmgr.audit.actions import record

    with transaction():
        organisation = db.session.get_one(Organisation, desk.organisation_id)
        organisation.country = "RU"
        record("tests.make", organisation, actor=SYSTEM, now=LONG_AGO)
    return make.room("M-101")


def last() -> Notice:
    """The mail written last."""
    db.session.rollback()
    found = db.session.scalars(db.select(Notice).order_by(Notice.id.desc())).first()
    assert found is not None
    return found


def colleague_books(desk: Desk, room: Space, **more: object) -> str:
    """An administrator books for the liaison, who is told."""
    with transaction():
        [booking] = actions.book(
            db.session.get_one(Park, desk.park_id),
            db.session.get_one(Organisation, desk.organisation_id),
            actions.Wanted((Slot(room.id, TEN),), 4, "Seminar", user_id=desk.liaison.user_id, **more),  # type: ignore[arg-type]
            actor=desk.administrator,
            now=desk.now,
        )
        return booking.number


def test_a_mail_says_where_when_on_both_clocks_and_the_way_there(app: Flask, make: Maker, desk: Desk, room: Space) -> None:
    make.rules()
    number = colleague_books(desk, room)
    mail = last()
    assert mail.subject == f"Booked: M-101, {number}"
    assert "M-101: Tue 3 Mar 2026, 10:00–11:00 +08:00 (Europe/Moscow: Tue 3 Mar 2026, 05:00–06:00 +03:00)" in mail.text
    assert "Seminar" in mail.text
    assert f"{app.config['PUBLIC_URL'].rstrip('/')}/parks/HIT/bookings/{number}" in mail.text


def test_the_second_clock_is_left_out_where_it_shows_the_same(make: Maker, desk: Desk) -> None:
    make.rules()
    colleague_books(desk, make.room())
    assert "(" not in last().text


def test_a_series_lists_its_dates_and_not_too_many(make: Maker, desk: Desk, room: Space) -> None:
    make.rules(answer="approval", open_on_holidays=True)
    desk.weekly(room, TEN, times=25)
    text = last().text
    assert text.count("M-101: ") == 20
    assert "and 5 more" in text


def test_a_request_says_until_when_to_decide(make: Maker, desk: Desk, room: Space) -> None:
    make.rules(answer="approval", decide_hours=2)
    desk.one(room, TEN)
    assert last().subject.startswith("To decide: M-101")
    assert "2 Mar 2026 14:00 +08:00" in last().text
    tending.tend(at("2026-03-02 13:31"))
    assert last().subject.startswith("Still to decide: M-101")
    assert "2 Mar 2026 14:00 +08:00" in last().text


def test_a_refusal_says_why(make: Maker, desk: Desk, room: Space) -> None:
    make.rules(answer="approval")
    number = desk.one(room, TEN)
    desk.do(number, actions.reject, by=desk.administrator, reason="The dean needs it.")
    assert "The dean needs it." in last().text
    number = colleague_books(desk, room)
    desk.all([number], actions.cancel, by=desk.administrator, reason="Water in the hall.")
    assert last().subject.startswith("Cancelled: M-101")
    assert "Water in the hall." in last().text


def test_a_question_and_its_answer_are_quoted(make: Maker, desk: Desk, room: Space) -> None:
    make.rules(answer="approval")
    number = desk.one(room, TEN)
    desk.do(number, actions.ask, by=desk.administrator, question="How many guests?")
    assert "How many guests?" in last().text
    desk.do(number, actions.reply, text="Three <b>professors</b> & a dean")
    assert "Three <b>professors</b> & a dean" in last().text


def test_an_offer_leads_to_where_it_is_taken(make: Maker, desk: Desk, room: Space) -> None:
    make.rules()
    number = desk.one(room, TEN, by=desk.stranger)
    with transaction():
        park, organisation = db.session.get_one(Park, desk.park_id), db.session.get_one(Organisation, desk.organisation_id)
        actions.join(park, organisation, Slot(room.id, TEN), people=2, purpose="Talk", actor=desk.liaison, now=desk.now)
    desk.all([number], actions.cancel, by=desk.stranger)
    tending.tend(desk.now)
    text = last().text
    assert last().subject.startswith("Free now: M-101, W-2026-")
    assert "2 Mar 2026 14:00 +08:00" in text
    assert "05:00–06:00 +03:00" in text
    assert "/parks/HIT/bookings" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_can_be_written_in_every_language(make: Maker, desk: Desk, room: Space, language: str) -> None:
    from parkmgr.notices import actions as notices

    make.rules()
    number = colleague_books(desk, room)
    with transaction():
        booking = queries.booking(number, SYSTEM)
        owner = booking.user
        assert owner is not None
        booking.reason, booking.question, booking.reply = "why", "what", "that"
        booking.ended_at = booking.decide_by = desk.now
        owner.language = language
        object.__setattr__(booking, "offer_until", desk.now)  # an offer says the same of whoever waits
        for name in MAILS:
            notices.post(
                owner,
                name,
                key=f"{name} {language}",
                now=desk.now,
                zone=booking.park.zone,
                bookings=[booking],
                booking=booking,
                waiting=booking,
                park=booking.park,
                clock=actions.second_clock(booking.park, booking.organisation, booking.starts_at),
            )
        written = db.session.scalars(db.select(Notice).where(Notice.language == language, Notice.key.contains(f" {language} to "))).all()
        shown = [(notice.subject, notice.text) for notice in written]
        db.session.rollback()
    assert len(shown) == len(MAILS)
    for subject, text in shown:
        assert "M-101" in subject
        assert "%(" not in subject + text
        assert "\n\n\n" not in text
        assert "/parks/HIT/bookings" in text


def test_every_event_has_its_mail() -> None:
    told = {
        "requested", "confirmed", "rejected", "asked", "replied", "changed", "cancelled", "transferred", "undone", "expired",
        "released", "remind", "offered", "stopped", "needs_down",
    }  # fmt: skip
    assert told == {name.removeprefix("booking_") for name in MAILS}
