"""The inbox: the queue of requests, for who decides and for who asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
import time_machine
from flask import Flask

from parkmgr.bookings import actions, queries
from parkmgr.db import db
from parkmgr.policy import Role
from tests.bookings.conftest import Desk, span
from tests.bookings.test_actions import TEN
from tests.bookings.test_deed_pages import page
from tests.making import Maker
from tests.web.visiting import Visitor

INBOX = "/parks/HIT/inbox"
Counter = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture(autouse=True)
def _noon(desk: Desk) -> Iterator[None]:
    with time_machine.travel(desk.now, tick=False):
        yield


def test_an_empty_inbox_says_what_comes_here(administrator: Visitor, liaison: Visitor) -> None:
    assert "Nothing waits for a decision" in administrator.get(INBOX).text
    assert "None of your requests waits" in liaison.get(INBOX).text
    assert administrator.get(INBOX + "?at=B-1&done=%00").status_code == 200


def test_the_request_due_first_is_shown_in_full_and_a_decision_leads_to_the_next(desk: Desk, make: Maker, administrator: Visitor) -> None:
    make.rules(answer="approval", prices=[{"class": "", "minor": 5000, "currency": "CNY"}])
    room = make.room("R-1")
    make.room("R-2")
    later = desk.one(room, span("2026-03-05 10:00", "11:00"), by=desk.stranger, purpose="Congress")
    first = desk.one(room, TEN, purpose="Seminar")
    seen = administrator.get(INBOX).text
    for words in (
        "2 requests",
        "Seminar",
        "The rules of R-1 ask for approval of every booking.",
        "The request holds the space already",
        "1 other space",
        "50.00",
        'side-count">2<',
    ):
        assert words in seen, words
    assert "Congress" in administrator.get(f"{INBOX}?at={later}").text
    form = {"onward": later, "version": str(desk.read(first).version), "reason": ""}
    answer = administrator.post(page(first, "approve"), **form)
    assert answer.location == f"{INBOX}?at={later}&done={first}"
    seen = administrator.get(answer.location).text
    assert "Undo" in seen
    assert "Congress" in seen
    answer = administrator.post(page(first, "undo"), onward=first)
    assert answer.location == f"{INBOX}?at={first}&done={first}"
    assert desk.state(first) == "requested"
    answer = administrator.post(page(later, "reject"), onward="", reason="")
    assert answer.status_code == 422
    assert 'name="onward"' in answer.text
    answer = administrator.post(page(later, "reject"), onward="", reason="No.")
    assert answer.location == f"{INBOX}?done={later}"
    assert administrator.get(answer.location).status_code == 200


def test_rivals_stand_side_by_side_and_may_be_rejected_with_an_approval(desk: Desk, make: Maker, administrator: Visitor) -> None:
    make.rules(answer="approval", request_holds=False)
    room = make.room("R-1")
    one, other = (
        desk.one(room, TEN, purpose="Seminar"),
        desk.one(room, span("2026-03-03 10:30", "11:30"), by=desk.stranger, purpose="Congress"),
    )
    seen = administrator.get(f"{INBOX}?at={one}").text
    assert "Others who ask for this time" in seen
    assert "Congress" in seen
    assert administrator.post(page(one, "approve"), others="y", reason="").status_code == 303
    assert (desk.state(one), desk.state(other)) == ("confirmed", "rejected")
    assert "another request" in desk.read(other).reason


def test_a_series_is_one_matter_and_decided_whole_or_by_the_date(desk: Desk, make: Maker, administrator: Visitor) -> None:
    make.rules(answer="approval", request_holds=False)
    room = make.room("R-1")
    numbers = desk.weekly(room, TEN, 4)
    single = desk.one(room, span("2026-03-06 10:00", "11:00"), by=desk.stranger)
    seen = administrator.get(INBOX).text
    for words in ("2 requests", "4 dates", "Tue 24 Mar 2026", "checked"):
        assert words in seen, words
    assert numbers[2] in administrator.get(f"{INBOX}?at={numbers[2]}").text
    assert administrator.post(page(numbers[0], "reject"), reason="Not this week.", onward=single).status_code == 303
    assert [desk.state(number) for number in numbers] == ["rejected", *["requested"] * 3]
    taken = desk.one(room, span("2026-03-17 10:00", "10:30"), by=desk.administrator)
    answer = administrator.post(page(numbers[1], "approve"), together="y", reason="")
    assert answer.status_code == 422
    assert "17 Mar 2026 10:00 +08:00: R-1 is taken" in answer.text
    assert [desk.state(number) for number in numbers[1:]] == ["requested"] * 3
    desk.all([taken], actions.cancel, by=desk.administrator)
    assert administrator.post(page(numbers[1], "approve"), together="y", reason="").status_code == 303
    assert [desk.state(number) for number in numbers[1:]] == ["confirmed"] * 3
    assert desk.told()[-1] == ("liaison", "Booked")
    assert desk.told().count(("liaison", "Booked")) == 1
    assert administrator.post(page(numbers[1], "undo")).status_code == 303
    assert [desk.state(number) for number in numbers[1:]] == ["requested"] * 3
    assert administrator.post(page(numbers[1], "reject"), together="y", reason="No.").status_code == 303
    assert [desk.state(number) for number in [*numbers, single]] == ["rejected"] * 4 + ["requested"]


def test_what_cannot_be_approved_says_so(desk: Desk, make: Maker, administrator: Visitor) -> None:
    make.rules(answer="approval", request_holds=False)
    room = make.room("R-1")
    one, other = desk.one(room, TEN), desk.one(room, TEN, by=desk.stranger)
    desk.do(one, actions.approve, by=desk.second)
    assert f"({one})" in administrator.get(f"{INBOX}?at={other}").text
    answer = administrator.post(page(other, "approve"))
    assert answer.status_code == 422
    assert "R-1 is taken" in answer.text


def test_who_asked_answers_in_the_inbox_and_sees_no_rival(desk: Desk, make: Maker, administrator: Visitor, liaison: Visitor) -> None:
    make.rules(answer="approval", request_holds=False)
    room = make.room("R-1")
    one = desk.one(room, TEN)
    desk.one(room, TEN, by=desk.stranger, purpose="Congress")
    assert administrator.post(page(one, "ask"), onward="", question="For <whom>?").status_code == 303
    seen = liaison.get(INBOX).text
    assert "For &lt;whom&gt;?" in seen
    assert "Congress" not in seen
    assert "SPBU" not in seen
    assert "1 request<" in seen
    assert liaison.post(page(one, "reply"), reply="For all.", onward="").status_code == 303
    assert "For all." in administrator.get(f"{INBOX}?at={one}").text
    assert liaison.get(page(one, "approve")).status_code == 403


def test_an_auditor_has_no_inbox(app: Flask, desk: Desk, make: Maker) -> None:
    auditor = Visitor(app).is_(make.granted(Role.AUDITOR))
    assert auditor.get(INBOX).status_code == 403
    assert "/inbox" not in auditor.get("/parks/HIT/bookings").text


def test_the_inbox_asks_few_questions(desk: Desk, make: Maker, administrator: Visitor, statements: Counter) -> None:
    make.rules(answer="approval", open_on_holidays=True)
    room = make.room("R-1")
    desk.weekly(room, TEN, 20)
    assert queries.requests_waiting(desk.park_id, desk.administrator) == 1
    administrator.get(INBOX)
    with statements() as seen:
        administrator.get(INBOX)
    assert len(seen) <= 18, len(seen)


@pytest.mark.parametrize("engine_name", ["sqlite"])  # the planner of the other engine goes by sizes
def test_counting_what_waits_reads_the_index_of_what_is_open(app: Flask, desk: Desk, make: Maker, statements: Counter) -> None:
    make.rules(answer="approval")
    desk.one(make.room("R-1"), TEN)
    with statements() as seen:
        assert queries.requests_waiting(desk.park_id, desk.administrator) == 1
        assert queries.requests_waiting(desk.park_id, desk.stranger) == 0
    assert len(seen) == 2
    plan = (
        db.session.connection().exec_driver_sql("EXPLAIN QUERY PLAN " + seen[0], ("requested", 0, desk.park_id, 0, desk.park_id)).fetchall()
    )
    assert "ix_bookings_live" in str(plan)
