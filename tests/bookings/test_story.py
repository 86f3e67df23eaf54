"""Whatever is done in whatever order, the ledger is what a plain model says: nothing overlaps, and every deed has its audit entry."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import hypothesis.strategies as st
import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from parkmgr.audit import queries as audit
from parkmgr.audit.models import Entry
from parkmgr.bookings import actions, queries
from parkmgr.bookings.actions import Move, Wanted
from parkmgr.bookings.models import Booking
from parkmgr.bookings.queries import Slot
from parkmgr.db import db, transaction
from parkmgr.errors import Refused
from parkmgr.leases import actions as leases
from parkmgr.leases.rules import Step, Terms
from parkmgr.occupancy.closures import close
from parkmgr.occupancy.models import Hold
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park, Space
from parkmgr.policy import SYSTEM, Role
from parkmgr.values import Money, Span, Term
from tests.bookings.conftest import at
from tests.making import Maker

MORNING = at("2026-03-03 00:00")
HOURS = st.integers(0, 95)
LENGTHS = st.integers(1, 30)
DAYS = st.integers(0, 4)
PLACES = st.sampled_from(["room", "left", "right", "hall"])
CODES = itertools.count(1)


def hour(number: int) -> datetime:
    return MORNING + timedelta(hours=number)


@dataclass
class Doc:
    """What the model knows of a document."""

    place: str
    starts: int
    ends: int
    state: str
    holding: bool


class Story(RuleBasedStateMachine):
    """A room that is booked at once, and a hall of two halves that takes an approval; four days of hours."""

    @initialize(request_holds=st.booleans())
    def open(self, request_holds: bool) -> None:
        make = Maker()
        code = f"T{next(CODES)}"
        park = make.park(code, drafter_may_sign=True)
        self.park_id = park.id
        building = make.building(park)
        whole = {"week": "Mon-Sun 00:00-24:00", "open_on_holidays": True, "max_minutes": 24 * 60}
        make.rules(park, **whole)
        room = make.room(f"{code}-R", building=building)
        hall = make.room(f"{code}-H", building=building)
        left = make.room(f"{code}-A", building=building, parent=hall)
        right = make.room(f"{code}-B", building=building, parent=hall)
        self.units = {"room": [room.id], "left": [left.id], "right": [right.id], "hall": [left.id, right.id]}
        self.ids = {"room": room.id, "left": left.id, "right": right.id, "hall": hall.id}
        for place in ("left", "right", "hall"):
            make.rules(park, space_id=self.ids[place], answer="approval", request_holds=request_holds, decide_hours=9999, **whole)
        organisation, operator = make.organisation(f"{code}-O"), make.organisation(f"{code}-P")
        self.organisation_id, self.operator_id = organisation.id, operator.id
        self.liaison = make.granted(Role.LIAISON, organisation=organisation, email=f"liaison@{code.lower()}.example")
        self.administrator = make.granted(Role.ADMINISTRATOR, email=f"administrator@{code.lower()}.example")
        self.request_holds, self.now, self.docs = request_holds, 0, dict[str, Doc]()

    # The model

    def free(self, place: str, starts: int, ends: int, but: str = "") -> bool:
        return not any(
            doc.holding
            and number != but
            and starts < doc.ends
            and doc.starts < ends
            and set(self.units[place]) & set(self.units[doc.place])
            for number, doc in self.docs.items()
        )

    def entries(self) -> int:
        return db.session.scalar(select(func.count(Entry.id))) or 0

    def do(self, deed: Callable[[], object], *, may: bool) -> object:
        """The deed is done exactly when the model says that it may be; each leaves its entry, and a refused one nothing."""
        before = self.entries()
        try:
            with transaction():
                done = deed()
                number = getattr(done, "number", None)
        except Refused as reason:
            assert not may, [str(objection) for objection in reason.objections]
            assert self.entries() == before
            return None
        assert may, "it was done, and should not have been"
        assert self.entries() > before
        return number

    def pick(self, place: int, *states: str) -> str | None:
        found = sorted(number for number, doc in self.docs.items() if doc.state in states)
        return found[place % len(found)] if found else None

    # The deeds

    @rule(hours=st.integers(1, 9))
    def time_passes(self, hours: int) -> None:
        self.now = min(self.now + hours, 90)

    @rule(place=PLACES, starts=HOURS, length=LENGTHS)
    def book(self, place: str, starts: int, length: int) -> None:
        span = Span(hour(starts), hour(starts + length))
        may = starts >= self.now and length <= 24 and self.free(place, starts, starts + length)

        def deed() -> Booking:
            park, organisation = db.session.get_one(Park, self.park_id), db.session.get_one(Organisation, self.organisation_id)
            wanted = Wanted((Slot(self.ids[place], span),), user_id=self.liaison.user_id)
            return actions.book(park, organisation, wanted, actor=self.liaison, now=hour(self.now))[0]

        number = self.do(deed, may=may)
        if number is not None:
            at_once = place == "room"
            state = "confirmed" if at_once else "requested"
            self.docs[str(number)] = Doc(place, starts, starts + length, state, at_once or self.request_holds)

    @rule(which=st.integers(0, 99), place=PLACES, starts=HOURS)
    def move(self, which: int, place: str, starts: int) -> None:
        number = self.pick(which, "requested", "confirmed")
        if number is None:
            return
        doc = self.docs[number]
        length = doc.ends - doc.starts
        if (place, starts) == (doc.place, doc.starts):
            return
        in_time = self.now <= doc.starts or doc.state == "requested"
        may = starts >= self.now and in_time and self.free(place, starts, starts + length, but=number)

        def deed() -> None:
            booking = queries.booking(number, SYSTEM)
            slot = Slot(self.ids[place], Span(hour(starts), hour(starts + length)))
            actions.change([Move(booking, slot)], people=1, purpose="", guest="", actor=self.liaison, now=hour(self.now))

        before = self.entries()
        self.do(deed, may=may)
        if self.entries() > before:
            at_once = place == "room"
            state = "confirmed" if at_once else "requested"
            self.docs[number] = Doc(place, starts, starts + length, state, at_once or self.request_holds)

    @rule(which=st.integers(0, 99))
    def approve(self, which: int) -> None:
        number = self.pick(which, "requested")
        if number is None:
            return
        doc = self.docs[number]
        may = self.now < doc.ends and (doc.holding or self.free(doc.place, doc.starts, doc.ends))
        before = self.entries()
        self.do(lambda: actions.approve(queries.booking(number, SYSTEM), actor=self.administrator, now=hour(self.now)), may=may)
        if self.entries() > before:
            doc.state, doc.holding = "confirmed", True

    @rule(which=st.integers(0, 99))
    def reject(self, which: int) -> None:
        number = self.pick(which, "requested")
        if number is not None:
            booking = lambda: queries.booking(number, SYSTEM)  # noqa: E731
            self.do(lambda: actions.reject(booking(), reason="No.", actor=self.administrator, now=hour(self.now)), may=True)
            self.docs[number].state, self.docs[number].holding = "rejected", False

    @rule(which=st.integers(0, 99))
    def cancel(self, which: int) -> None:
        number = self.pick(which, "requested", "confirmed")
        if number is None:
            return
        doc = self.docs[number]
        may = self.now <= doc.starts or doc.state == "requested"
        before = self.entries()
        self.do(lambda: actions.cancel([queries.booking(number, SYSTEM)], actor=self.liaison, now=hour(self.now)), may=may)
        if self.entries() > before:
            doc.state, doc.holding = "cancelled", False

    @rule(which=st.integers(0, 99))
    def end(self, which: int) -> None:
        number = self.pick(which, "confirmed")
        if number is None:
            return
        doc = self.docs[number]
        before = self.entries()
        self.do(lambda: actions.end(queries.booking(number, SYSTEM), actor=self.liaison, now=hour(self.now)), may=self.now > doc.starts)
        if self.entries() > before:
            doc.state, doc.ends = "completed", min(doc.ends, self.now)

    @rule(place=PLACES, first=DAYS, days=st.integers(1, 2))
    def close(self, place: str, first: int, days: int) -> None:
        self.taken_by_days(place, first, days, self.closed)

    @rule(place=PLACES, first=DAYS, days=st.integers(1, 2))
    def let(self, place: str, first: int, days: int) -> None:
        self.taken_by_days(place, first, days, self.let_to)

    def taken_by_days(self, place: str, first: int, days: int, deed: Callable[[str, Term], object]) -> None:
        starts, ends = first * 24, (first + days) * 24
        opening = (MORNING + timedelta(hours=12, days=first)).date()
        term = Term(opening, opening + timedelta(days=days - 1))
        number = self.do(lambda: deed(place, term), may=self.free(place, starts, ends))
        if number is not None:
            self.docs[str(number)] = Doc(place, starts, ends, "standing", holding=True)

    def closed(self, place: str, term: Term) -> object:
        park, operator = db.session.get_one(Park, self.park_id), db.session.get_one(Organisation, self.operator_id)
        space = db.session.get_one(Space, self.ids[place])
        return close(park, [space], term, operator=operator, reason="Works", actor=self.administrator, now=hour(self.now))

    def let_to(self, place: str, term: Term) -> object:
        park, tenant = db.session.get_one(Park, self.park_id), db.session.get_one(Organisation, self.organisation_id)
        terms = Terms(term=term, space_ids=(self.ids[place],), currency="CNY", steps=(Step(term.starts_on, Money.of("100", "CNY")),))
        lease = leases.draft(park, tenant, terms, actor=self.administrator, now=hour(self.now))
        leases.sign(lease, actor=self.administrator, now=hour(self.now))
        return lease

    # What is always true

    @invariant()
    @precondition(lambda self: hasattr(self, "docs"))
    def the_ledger_is_what_the_model_says(self) -> None:
        db.session.rollback()
        rows = db.session.execute(
            select(Hold.document, Hold.space_id, Hold.starts_at, Hold.ends_at).where(
                Hold.park_id == self.park_id, Hold.withdrawn_at.is_(None)
            )
        )
        said = {
            (number, unit, hour(doc.starts), hour(doc.ends))
            for number, doc in self.docs.items()
            if doc.holding
            for unit in self.units[doc.place]
        }
        assert {tuple(row) for row in rows} == said
        states = dict(db.session.execute(select(Booking.number, Booking.state).where(Booking.park_id == self.park_id)).all())
        assert states == {number: doc.state for number, doc in self.docs.items() if number.startswith("B-")}

    def teardown(self) -> None:
        db.session.rollback()
        assert audit.verify().ok


@pytest.mark.parametrize(("engine_name", "examples"), [("sqlite", 60), pytest.param("postgresql", 12, marks=pytest.mark.postgres)])
def test_the_ledger_is_what_a_plain_model_says_whatever_is_done(app: Flask, examples: int) -> None:
    calm = settings(
        max_examples=examples,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Story, settings=calm)  # type: ignore[no-untyped-call]
