"""Reports are asked for once, issued once, and never change; a worker that dies loses nothing and repeats nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta

import psutil
import pytest

from parkmgr.accounts.models import User
from parkmgr.audit.actions import record
from parkmgr.audit.models import Entry
from parkmgr.db import db, transaction
from parkmgr.errors import Refused
from parkmgr.notices.models import Notice
from parkmgr.policy import SYSTEM, Role
from parkmgr.reports import actions, jobs, queries
from parkmgr.reports.models import IssuedReport, ReportFile, ReportRequest, RequestState
from parkmgr.reports.rules import Wanted
from tests.making import actor

ON = date(2026, 6, 30)
AUDITOR = actor(Role.AUDITOR, name="Auditor Wang", user_id=None)


def ask(park, now, *, key="k", wanted=None, by=AUDITOR) -> int:
    with transaction():
        return actions.ask(queries.park_of_id(park.id), wanted or Wanted(ON), key=key, actor=by, now=now).id


def count(model) -> int:
    db.session.rollback()
    return db.session.execute(db.select(db.func.count()).select_from(model)).scalar_one()


def test_an_issued_report_has_a_number_its_rows_and_a_witness_of_the_audit(make, now):
    make.space(code="S")
    before = queries.audit_head()
    number, content = actions.produce(make.the_park(), Wanted(ON, None, "en"), "json", actor=AUDITOR, now=now)
    issued = queries.report(make.the_park().id, number, with_rows=True)
    assert number == "OCC-2026-0001" == json.loads(content)["number"]
    assert (issued.audit_size, issued.audit_hash, issued.audit_root) == before
    assert [row.space for row in actions.report_of(issued).rows] == ["S"]
    entry = db.session.execute(db.select(Entry).order_by(Entry.id.desc()).limit(1)).scalar_one()
    assert (entry.deed, entry.label, entry.actor, entry.park_id) == ("reports.request", number, "Auditor Wang", make.the_park().id)


def test_what_is_kept_does_not_follow_the_register(make, now):
    make.space(code="S")
    number, content = actions.produce(make.the_park(), Wanted(ON, None, "en"), "csv", actor=AUDITOR, now=now)
    make.space(code="T")
    assert actions.given_out(queries.report(make.the_park().id, number, with_rows=True), "csv") == content


def test_the_pdf_is_kept_and_drawn_again_it_is_the_same(make, now):
    make.space(code="S")
    number, content = actions.produce(make.the_park(), Wanted(ON, None, "zh"), "pdf", actor=AUDITOR, now=now)
    issued = queries.report(make.the_park().id, number, with_rows=True)
    assert queries.file(issued.id, "pdf").content == content == actions.rendered(issued)
    assert queries.pdf_of_hash(queries.file(issued.id, "pdf").sha256) == number


def test_a_report_for_later_days_of_knowledge_or_unknown_buildings_is_refused(make, now):
    make.space()
    wanted = Wanted(date(1776, 7, 4), now + timedelta(days=1), "fr", ("NOWHERE",))
    with pytest.raises(Refused) as refused:
        actions.compiled(make.the_park(), wanted, now=now)
    assert {objection.code for objection in refused.value.objections} == {
        "reports.known_later",
        "reports.day_out_of_reach",
        "reports.no_language",
        "reports.no_building",
    }


def test_a_double_click_is_one_request(make, now):
    make.space()
    assert ask(make.the_park(), now) == ask(make.the_park(), now)
    assert count(ReportRequest) == 1


def test_a_request_run_twice_is_one_report(make, now):
    make.space()
    request_id = ask(make.the_park(), now)
    jobs.run(request_id)
    jobs.run(request_id)
    done = db.session.get_one(ReportRequest, request_id)
    assert (done.state, done.progress, count(IssuedReport), count(ReportFile)) == (RequestState.DONE, 100, 1, 1)


def test_a_worker_that_died_after_the_issue_leaves_one_report_whose_pdf_is_drawn_then(make, now):
    make.space()
    request_id = ask(make.the_park(), now)
    jobs._issue(request_id)
    assert (count(IssuedReport), count(ReportFile)) == (1, 0)
    assert queries.unfinished() == [request_id]
    jobs.run(request_id)
    assert (count(IssuedReport), count(ReportFile), queries.unfinished()) == (1, 1, [])


def test_a_request_that_cannot_be_met_says_why(make, now):
    make.space()
    request_id = ask(make.the_park(), now)
    with transaction():
        db.session.get_one(ReportRequest, request_id).parameters = {
            **actions.parameters(Wanted(ON, None, "en", ("GONE",))),
            "actor": "x",
        }
    jobs.run(request_id)
    failed = db.session.get_one(ReportRequest, request_id)
    assert failed.state == RequestState.FAILED and "GONE" in failed.failure and count(IssuedReport) == 0


def test_whoever_asked_has_one_notice_in_her_language(make, now):
    make.space()
    auditor = make.granted(Role.AUDITOR)
    with transaction():
        db.session.get_one(User, auditor.user_id).language = "ru"
        record("accounts.change", db.session.get_one(User, auditor.user_id), actor=SYSTEM, now=now)
    request_id = ask(make.the_park(), now, by=auditor)
    for _ in range(2):
        jobs.run(request_id)
    [told] = db.session.scalars(db.select(Notice))
    assert (told.user_id, told.about) == (auditor.user_id, "OCC-2026-0001") and "Отчёт, который вы запросили, выпущен" in told.text


def test_whoever_asked_for_what_cannot_be_made_is_told_why(make, now):
    make.space()
    request_id = ask(make.the_park(), now, by=make.granted(Role.AUDITOR))
    with transaction():
        wanted = Wanted(ON, None, "en", ("GONE",))
        db.session.get_one(ReportRequest, request_id).parameters = {**actions.parameters(wanted), "actor": "x"}
    jobs.run(request_id)
    [told] = db.session.scalars(db.select(Notice))
    assert "could not be made" in told.subject and "GONE" in told.text


def test_a_killed_worker_loses_nothing_and_repeats_nothing(app, make, now):
    for _ in range(3):
        make.space()
    auditor = make.granted(Role.AUDITOR)
    ids = [ask(make.the_park(), now, key=f"k{n}", by=auditor) for n in range(3)]
    config = app.config["PARKMGR"]
    environment = {**os.environ, "PARKMGR_INSTANCE": str(config.instance)}
    if config.database_url:
        environment["PARKMGR_DATABASE_URL"] = config.database_url
    command = [sys.executable, "-c", "from parkmgr.cli import main; main()", "work"]
    for life in (1.5, 3.0):
        worker = subprocess.Popen(command, env=environment)
        time.sleep(life)
        worker.kill()
        worker.wait()
    worker = subprocess.Popen(command, env=environment)
    try:
        assert waited(lambda: queries.unfinished() == [])
    finally:
        worker.kill()
        worker.wait()
    states = db.session.scalars(db.select(ReportRequest.state).where(ReportRequest.id.in_(ids))).all()
    assert (states, count(IssuedReport), count(ReportFile), count(Notice)) == ([RequestState.DONE] * 3, 3, 3, 3)


def test_numbers_go_by_the_year_in_the_park(make):
    make.space()
    new_year = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)  # 1 January in Harbin
    number, _ = actions.produce(make.the_park(), Wanted(ON, None, "en"), "json", actor=AUDITOR, now=new_year)
    assert number == "OCC-2027-0001"


def test_the_server_s_worker_is_replaced_when_it_dies_and_ends_when_it_is_stopped(app, make, now, monkeypatch):
    make.space()
    if app.config["PARKMGR"].database_url:
        monkeypatch.setenv("PARKMGR_DATABASE_URL", app.config["PARKMGR"].database_url)
    before = {child.pid for child in psutil.Process().children()}

    def workers() -> list[psutil.Process]:
        return [child for child in psutil.Process().children() if child.pid not in before and child.status() != psutil.STATUS_ZOMBIE]

    stop = jobs.start(app)
    try:
        assert waited(lambda: bool(workers()))
        workers()[0].kill()
        request_id = ask(make.the_park(), now)
        jobs.enqueue(app, request_id)
        assert waited(lambda: queries.unfinished() == [])
    finally:
        stop.set()
        assert waited(lambda: not workers())


def waited(done, seconds: float = 120) -> bool:
    """Tell whether *done* came true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        db.session.rollback()
        if done():
            return True
        time.sleep(0.2)
    return False
