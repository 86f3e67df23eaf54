"""The pages of rules and features: who may, what is refused, and that bookings that stand are not touched."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from parkmgr.audit.models import Entry
from parkmgr.bookings import queries
from parkmgr.bookings.models import BookingRules, Feature
from parkmgr.bookings.rules import Answer
from parkmgr.db import db
from tests.bookings.conftest import Desk, span
from tests.making import Maker
from tests.web.visiting import Visitor

FILLED: dict[str, Any] = {
    "kind": "meeting_room",
    "week": "Mon-Fri 08:00-20:00\nSat 10:00-16:00",
    "answer": "instant",
    "access-0-whom": "class:outside",
    "access-0-answer": "approval",
    "access-1-whom": "organisation",
    "access-1-organisation": "MSU · Moscow State University",
    "access-1-answer": "closed",
    "min_minutes": "30",
    "max_minutes": "240",
    "step_minutes": "30",
    "lead_minutes": "60",
    "ahead_days": "90",
    "turnaround_minutes": "10",
    "quotas-0-most": "8",
    "quotas-0-measure": "hours",
    "quotas-0-per": "week",
    "quotas-0-whom": "organisation",
    "prices-0-for_class": "member",
    "prices-0-amount": "",
    "prices-1-for_class": "tenant",
    "prices-1-amount": "25,50",
    "prices-2-for_class": "outside",
    "prices-2-amount": "",
    "prices-3-for_class": "",
    "prices-3-amount": "100",
    "request_holds": "y",
    "decide_hours": "24",
    "release_minutes": "15",
    "cancel_minutes": "120",
}


@pytest.fixture
def administrator(app: Flask, desk: Desk) -> Visitor:
    """The administrator's browser."""
    return Visitor(app).is_(desk.administrator)


def read() -> BookingRules:
    """The only rules, read anew."""
    db.session.rollback()
    return db.session.scalars(db.select(BookingRules)).one()


def test_rules_are_kept_as_they_were_typed_and_are_audited(administrator: Visitor) -> None:
    answer = administrator.post("/parks/HIT/booking-rules/new", **FILLED)
    assert answer.status_code == 303
    kept = queries.conditions(read())
    assert len(kept.week) == 2
    assert (kept.answer, [(line.who, line.name, line.answer) for line in kept.access]) == (
        Answer.INSTANT,
        [("class", "outside", Answer.APPROVAL), ("organisation", "MSU", Answer.CLOSED)],
    )
    assert [(q.most, q.measure, q.per, q.whom) for q in kept.quotas] == [(8, "hours", "week", "organisation")]
    assert {name: str(price) for name, price in (kept.prices or {}).items()} == {"tenant": "25.50 CNY", "": "100.00 CNY"}
    assert read().release_minutes == 15
    assert db.session.scalars(db.select(Entry.deed).order_by(Entry.id.desc())).first() == "bookings.add_rules"


def test_the_list_says_the_rules_in_words(administrator: Visitor) -> None:
    administrator.post("/parks/HIT/booking-rules/new", **FILLED)
    text = administrator.get("/parks/HIT/booking-rules").text
    for said in (
        "Mon–Fri 08:00–20:00; Sat 10:00–16:00; not on holidays",
        "from 30 minutes to 4 hours",
        "MSU: not at all",
        "25.50",
        "each organisation: at most 8 hours a week",
        "1 hour before",
    ):
        assert said in text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"week": "Monday to Friday"}, "Line 1 cannot be read"),
        ({"week": "Mon 08:00-12:00\nMon 11:00-13:00"}, "overlaps other hours"),
        ({"week": " "}, "Please fill in this field"),
        ({"max_minutes": "15"}, "must not be shorter than the shortest"),
        ({"step_minutes": "7"}, "divide a day evenly"),
        ({"step_minutes": "0"}, "from 1 to 1440"),
        ({"lead_minutes": "-1"}, "from 0 to"),
        ({"ahead_days": "99999999999999999999999"}, "from 1 to 3660"),
        ({"access-1-organisation": "NOBODY"}, "no organisation of the code NOBODY"),
        ({"access-1-organisation": ""}, "Fill in this field, or choose nobody"),
        ({"access-1-whom": "class:outside", "access-1-organisation": ""}, "named twice"),
        ({"access-1-whom": "nonsense"}, "Not a valid choice"),
        ({"prices-1-amount": "0.001"}, "At most 2 decimal places"),
        ({"prices-1-amount": "-5"}, "must not be negative"),
        ({"quotas-0-most": "0"}, "from 1 to"),
        ({"space": "NOWHERE", "kind": ""}, "no space of the code NOWHERE"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field_and_nothing_is_kept(administrator: Visitor, wrong: dict[str, str], said: str) -> None:
    answer = administrator.post("/parks/HIT/booking-rules/new", **(FILLED | wrong))
    assert answer.status_code == 422
    assert said in answer.text
    assert "turnaround_minutes" in answer.text
    assert db.session.scalars(db.select(BookingRules)).all() == []


def test_a_kind_has_rules_once(administrator: Visitor) -> None:
    assert administrator.post("/parks/HIT/booking-rules/new", **FILLED).status_code == 303
    again = administrator.post("/parks/HIT/booking-rules/new", **FILLED)
    assert again.status_code == 422
    assert "has rules already" in again.text


def test_one_more_row_keeps_what_was_typed_and_changes_nothing(administrator: Visitor) -> None:
    answer = administrator.post("/parks/HIT/booking-rules/new", more="access", **FILLED)
    assert "access-2-whom" in answer.text
    assert "In words: Mon–Fri 08:00–20:00; Sat 10:00–16:00" in answer.text
    assert db.session.scalars(db.select(BookingRules)).all() == []


def test_changed_rules_leave_bookings_as_they_are(make: Maker, desk: Desk, administrator: Visitor) -> None:
    room, rules = make.room(), make.rules()
    number = desk.one(room, span("2026-03-03 10:00", "11:00"))
    before = (desk.read(number).version, desk.holds(number))
    address = f"/parks/HIT/booking-rules/{rules.id}/change"
    answer = administrator.post(address, version="1", **(FILLED | {"week": "Sun 10:00-11:00", "turnaround_minutes": "60"}))
    assert answer.status_code == 303
    assert read().week == "Sun 10:00-11:00"
    assert (desk.read(number).version, desk.holds(number)) == before
    assert administrator.post(address, version="1", **FILLED).status_code == 409


def test_what_is_shown_can_be_saved_as_it_is(make: Maker, administrator: Visitor) -> None:
    administrator.post("/parks/HIT/booking-rules/new", **FILLED)
    before = queries.conditions(read())
    page = administrator.get(f"/parks/HIT/booking-rules/{before.rules_id}/change")
    assert page.status_code == 200
    assert 'value="25.50"' in page.text
    assert administrator.post(f"/parks/HIT/booking-rules/{before.rules_id}/change", **FILLED).status_code == 303
    assert queries.conditions(read()) == before


def test_removed_rules_leave_bookings_and_close_what_has_no_others(make: Maker, desk: Desk, administrator: Visitor) -> None:
    room, rules = make.room(), make.rules()
    number = desk.one(room, span("2026-03-03 10:00", "11:00"))
    assert administrator.get(f"/parks/HIT/booking-rules/{rules.id}/remove").status_code == 200
    assert administrator.post(f"/parks/HIT/booking-rules/{rules.id}/remove", version="1").status_code == 303
    assert db.session.scalars(db.select(BookingRules)).all() == []
    assert desk.state(number) == "confirmed"


def test_a_liaison_reads_rules_but_not_which_other_organisation_they_name(app: Flask, make: Maker, desk: Desk) -> None:
    make.rules(access=[{"who": "organisation", "name": code, "answer": "closed"} for code in ("MSU", "SPBU")])
    visitor = Visitor(app).is_(desk.liaison)
    text = visitor.get("/parks/HIT/booking-rules").text
    assert "MSU: not at all" in text
    assert "SPBU" not in text
    assert visitor.get("/parks/HIT/booking-rules/new").status_code == 403
    assert visitor.get("/parks/HIT/features").status_code == 403


def test_the_list_asks_few_questions(make: Maker, desk: Desk, administrator: Visitor, statements: Any) -> None:
    for kind in ("office", "laboratory", "desk", ""):
        make.rules(kind=kind)
    make.rules(space_id=make.room().id)
    with statements() as seen:
        assert administrator.get("/parks/HIT/booking-rules").status_code == 200
    assert len(seen) <= 6


def test_features_are_added_and_spaces_are_equipped(make: Maker, desk: Desk, administrator: Visitor) -> None:
    room = make.room("M-101")
    for code, name in (("projector", "Projector"), ("fume-hood", "Fume hood")):
        assert administrator.post("/parks/HIT/features/new", code=code, name_en=name, name_ru="", name_zh="").status_code == 303
    assert administrator.post("/parks/HIT/features/new", code="projector", name_en="Again").status_code == 422
    assert administrator.post("/parks/HIT/features/new", code="nameless").status_code == 422
    address = "/parks/HIT/equip-space/M-101"
    assert "Fume hood" in administrator.get(address).text
    rows = {"rows-0-code": "fume-hood", "rows-0-quantity": "", "rows-1-code": "projector", "rows-1-quantity": "2"}
    assert administrator.post(address, version=str(room.version), **rows).status_code == 303
    db.session.rollback()
    assert [(feature.code, count) for feature, count in queries.features_of([room.id])[room.id]] == [("projector", 2)]
    assert "2 × projector" in administrator.get("/parks/HIT/features").text
    assert administrator.post(address, version="1", **rows).status_code == 409
    assert administrator.post(address, **(rows | {"rows-1-quantity": "0"})).status_code == 303
    db.session.rollback()
    assert queries.features_of([room.id])[room.id] == []
    assert administrator.post(address, **(rows | {"rows-1-quantity": "x"})).status_code == 422
    assert len(db.session.scalars(db.select(Feature)).all()) == 2
