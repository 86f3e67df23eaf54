"""Leases that are asked for: who may, what is against it, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask

from parkmgr.db import db, transaction
from parkmgr.errors import Missing, Refused
from parkmgr.leases import actions, queries
from parkmgr.leases.models import LeaseRequest
from parkmgr.notices.models import Notice
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park, Space
from parkmgr.policy import SYSTEM, Actor, Role
from parkmgr.values import Term
from tests.making import Maker
from tests.web.visiting import Visitor

YEAR = Term(date(2026, 4, 1), date(2027, 3, 31))


@dataclass
class Desk:
    """A liaison who asks, an administrator who answers, and an office."""

    park_id: int
    office_id: int
    organisation_id: int
    liaison: Actor
    administrator: Actor
    now: datetime

    def ask(self, term: Term = YEAR, *, space_id: int = 0, by: Actor | None = None, **more: Any) -> str:
        """The number of a new request."""
        with transaction():
            return actions.ask(
                db.session.get_one(Park, self.park_id),
                db.session.get_one(Space, space_id or self.office_id),
                db.session.get_one(Organisation, self.organisation_id),
                term,
                actor=by or self.liaison,
                now=self.now,
                **more,
            ).number

    def read(self, number: str) -> LeaseRequest:
        """The request, read anew."""
        db.session.rollback()
        return queries.request(number, SYSTEM, park="P")


@pytest.fixture
def desk(make: Maker, now: datetime) -> Desk:
    """At noon on 2 March 2026."""
    park = make.park("P")
    office, organisation = make.space(code="O1"), make.organisation("MSU")
    liaison = make.granted(Role.LIAISON, park=park, organisation=organisation, email="liaison@parkmgr.example")
    administrator = make.granted(Role.ADMINISTRATOR, park=park, email="administrator@parkmgr.example")
    return Desk(park.id, office.id, organisation.id, liaison, administrator, now)


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [objection.code for objection in refused.value.objections]


def told() -> list[tuple[str, str]]:
    return [
        (notice.address.split("@")[0], notice.subject.split(":")[0]) for notice in db.session.scalars(db.select(Notice).order_by(Notice.id))
    ]


def test_a_request_holds_nothing_and_is_told_to_administrators(desk: Desk) -> None:
    number = desk.ask(key="k")
    assert desk.ask(key="k") == number
    assert desk.read(number).state == "requested"
    assert told() == [("administrator", "A lease is asked for")]


def test_everything_against_a_request_is_said(make: Maker, desk: Desk) -> None:
    make.hold(db.session.get_one(Space, desk.office_id), "2026-06-01", "2026-12-31")
    with pytest.raises(Refused) as refused:
        desk.ask(Term(date(2026, 1, 1), date(2027, 1, 1)))
    assert codes(refused) == ["leases.asked_past", "occupancy.taken"]
    kept = make.space(code="K", lettable=False)
    with pytest.raises(Refused) as refused:
        desk.ask(space_id=kept.id)
    assert codes(refused) == ["leases.not_lettable"]
    whole = make.space(code="W")
    make.space(code="W-1", parent=whole)
    with pytest.raises(Refused) as refused:
        desk.ask(space_id=whole.id)
    assert codes(refused) == ["leases.asked_divided"]


def test_a_rejected_request_says_why_and_is_closed(desk: Desk) -> None:
    number = desk.ask()
    with transaction():
        actions.reject_request(desk.read(number), reason="Reserved for works.", actor=desk.administrator, now=desk.now)
    assert (desk.read(number).state, desk.read(number).reason) == ("rejected", "Reserved for works.")
    assert told()[-1] == ("liaison", "No lease")
    with pytest.raises(Refused) as refused, transaction():
        actions.withdraw_request(
            queries.request(number, desk.liaison, "leases.withdraw_request", park="P"), actor=desk.liaison, now=desk.now
        )
    assert codes(refused) == ["leases.request_closed"]


def test_another_organisation_knows_nothing_of_a_request(make: Maker, desk: Desk) -> None:
    number = desk.ask()
    park = db.session.get_one(Park, desk.park_id)
    other = make.granted(Role.LIAISON, park=park, organisation=make.organisation("SPBU"))
    with pytest.raises(Missing):
        queries.request(number, other, "leases.withdraw_request", park="P")
    with pytest.raises(Missing):
        queries.request(number, desk.liaison, "leases.reject_request", park="P")


@time_machine.travel("2026-03-02T04:00:00Z", tick=False)
def test_a_draft_begins_with_the_request_and_takes_it_up(app: Flask, desk: Desk) -> None:
    number = desk.ask(purpose="A joint laboratory")
    visitor = Visitor(app).is_(desk.administrator)
    address = f"/parks/P/leases/new?request={number}"
    form = visitor.get(address).text
    assert "MSU · " in form
    assert "A joint laboratory" in form
    sent = {
        "tenant": "MSU",
        "spaces": "O1",
        "starts_on": "2026-04-01",
        "ends_on": "2027-03-31",
        "currency": "CNY",
        "steps-0-from_on": "2026-04-01",
        "steps-0-amount": "1000",
        "steps-0-basis": "month",
    }
    answer = visitor.open(address, "POST", data=sent)
    assert answer.status_code == 303
    taken_up = desk.read(number)
    assert (taken_up.state, taken_up.lease_id is not None) == ("drafted", True)
    assert visitor.open(address, "POST", data=sent).status_code == 422
    assert visitor.get("/parks/P/leases/new?request=R-1999-0001").status_code == 404


@time_machine.travel("2026-03-02T04:00:00Z", tick=False)
def test_requests_are_answered_on_their_pages(app: Flask, desk: Desk) -> None:
    first, second = desk.ask(), desk.ask()
    administrator, liaison = Visitor(app).is_(desk.administrator), Visitor(app).is_(desk.liaison)
    assert first in liaison.get("/parks/P/leases/requests").text
    reject = f"/parks/P/leases/requests/{first}/reject"
    assert liaison.get(reject).status_code == 403
    assert administrator.post(reject, reason="").status_code == 422
    assert administrator.post(reject, reason="No.", version="1").status_code == 303
    assert administrator.post(reject, reason="No.", version="1").status_code == 409
    assert liaison.post(f"/parks/P/leases/requests/{second}/withdraw").status_code == 303
    assert [desk.read(number).state for number in (first, second)] == ["rejected", "withdrawn"]
