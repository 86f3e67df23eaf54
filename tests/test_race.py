"""Races: writers queue, the guard stands, and a process that is killed takes nothing with it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from benchmarks import race
from parkmgr import clock
from parkmgr import db as database
from parkmgr.audit.actions import record
from parkmgr.db import UNFIT, db, take_number, transaction
from parkmgr.errors import Refused, Unaudited
from parkmgr.occupancy import actions, queries
from parkmgr.occupancy.models import CLOCK, TAKEN, Hold, HoldKind
from parkmgr.places.models import Space
from parkmgr.policy import SYSTEM
from parkmgr.values import Span
from tests.making import LONG_AGO, Maker


def at_once(app: Flask, deed: Callable[[], object], times: int = 8) -> list[object]:
    """Do the same deed in as many threads, all beginning together; return what each came to, refusals too."""
    together = threading.Barrier(times)

    def one() -> object:
        with app.app_context():
            together.wait()
            try:
                with transaction():
                    return deed()
            except Refused as refused:
                return refused.objections
            finally:
                db.session.remove()

    with ThreadPoolExecutor(times) as pool:
        return [future.result() for future in [pool.submit(one) for _ in range(times)]]


def test_killed_and_racing_processes_hold_nothing_twice_and_lose_nothing(app: Flask) -> None:
    ground = race.lay_out(app)
    outcome = race.race(app, ground, attempts=600, breath=16, limit=240)
    assert outcome.wrong == dict.fromkeys(outcome.wrong, 0), outcome.said
    assert outcome.attempts == 600
    assert outcome.kills >= 3
    assert outcome.met["done"] > 50
    assert outcome.met["refused"] > 50
    assert len(outcome.acknowledged) >= outcome.met["done"]


def test_of_many_who_take_one_unit_at_once_one_has_it(app: Flask, make: Maker) -> None:
    unit, holder = make.space().id, make.organisation().id
    span = Span(LONG_AGO, LONG_AGO + timedelta(days=30))

    def take() -> str:
        document = take_number("R", 2026)
        held = actions.take(
            [db.session.get_one(Space, unit)], span, kind=HoldKind.LEASE, holder_id=holder, document=document, now=clock.now()
        )
        record("tests.take", held[0], actor=SYSTEM, now=clock.now())
        return document

    met = at_once(app, take)
    assert met.count((TAKEN,)) == 7
    assert {document for document in met if document != (TAKEN,)} == {"R-2026-0001"}


def test_a_number_is_given_once_also_when_its_series_begins(app: Flask) -> None:
    assert sorted(map(str, at_once(app, lambda: take_number("N", 2026)))) == [f"N-2026-{number:04d}" for number in range(1, 9)]


def test_changes_of_one_document_queue(app: Flask, make: Maker) -> None:
    hold = make.hold(make.space(), "2026-03-01", "2026-06-30", document="L-1")
    make.hold(make.space(), "2026-03-01", "2026-06-30", document="L-1")
    middle = hold.starts_at + (hold.ends_at - hold.starts_at) / 2
    hold_id = hold.id

    def cut() -> None:
        actions.cut("L-1", middle, now=clock.now())
        record("tests.cut", db.session.get_one(Hold, hold_id), actor=SYSTEM, now=clock.now())

    assert at_once(app, cut) == [None] * 8
    db.session.rollback()
    assert [held.ends_at for held in queries.of_document("L-1")] == [middle] * 2
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Hold)) == 4


def test_who_only_reads_does_not_wait_for_a_writer(app: Flask, make: Maker) -> None:
    space_id = make.space(code="OLD").id

    def read() -> object:
        with app.app_context():
            try:
                return db.session.scalar(sa.select(Space.code).where(Space.id == space_id))
            finally:
                db.session.remove()

    with ThreadPoolExecutor(1) as pool, transaction():
        db.session.get_one(Space, space_id).code = "NEW"
        record("tests.rename", db.session.get_one(Space, space_id), actor=SYSTEM, now=LONG_AGO)
        db.session.flush()
        assert pool.submit(read).result(timeout=5) == "OLD"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writers wait one second for their turn."""
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 1)


@pytest.mark.usefixtures("impatient")
def test_a_writer_whose_turn_does_not_come_is_told_so(app: Flask) -> None:
    def write() -> None:
        with app.app_context(), transaction():
            pass

    with ThreadPoolExecutor(1) as pool, transaction(), pytest.raises(sa.exc.OperationalError, match="lock"):
        pool.submit(write).result(timeout=20)


def test_who_can_do_without_its_turn_does_not_wait_for_it(app: Flask) -> None:
    def write() -> float:
        began = time.monotonic()
        with app.app_context(), pytest.raises(sa.exc.OperationalError), transaction(within=0.05):
            pass
        return time.monotonic() - began

    with ThreadPoolExecutor(1) as pool, transaction():
        assert pool.submit(write).result(timeout=20) < 5


def test_a_clock_that_was_set_back_is_an_objection(make: Maker) -> None:
    hold = make.hold(make.space(), "2026-03-01", "2026-06-30", document="L-1")
    with pytest.raises(Refused) as refused, transaction():
        actions.withdraw("L-1", now=hold.recorded_at - timedelta(seconds=1))
    assert refused.value.objections == (CLOCK,)


def test_a_number_too_large_for_its_column_is_an_objection(make: Maker) -> None:
    building = make.building()
    with pytest.raises(Refused) as refused, transaction():
        building.built = 10**30
        record("tests.change", building, actor=SYSTEM, now=LONG_AGO)
    assert refused.value.objections == (UNFIT,)


@pytest.mark.usefixtures("app")
def test_a_deed_has_no_savepoints() -> None:
    with pytest.raises(Unaudited, match="savepoint"), transaction(), db.session.begin_nested():
        pass
