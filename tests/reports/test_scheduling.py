"""Reports that come every month: when they are due, for whom, each asked for once and told once."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from parkmgr import clock
from parkmgr.accounts.models import User
from parkmgr.audit.actions import record
from parkmgr.db import db, transaction
from parkmgr.errors import Refused
from parkmgr.notices.models import Notice
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM, Role
from parkmgr.reports import jobs, queries, schedule_queries, schedule_rules, scheduling
from parkmgr.reports.models import ReportRequest, ReportSchedule, RequestState
from tests.making import Maker
from tests.web.visiting import Visitor

JUNE = (date(2026, 6, 1), date(2026, 6, 30))
MAY = (date(2026, 5, 1), date(2026, 5, 31))


@pytest.mark.parametrize(
    ("added", "today", "months"),
    [
        (date(2026, 1, 1), date(2026, 7, 2), [MAY, JUNE]),
        (date(2026, 1, 1), date(2026, 7, 1), [MAY]),
        (date(2026, 7, 2), date(2026, 7, 2), [JUNE]),
        (date(2026, 7, 3), date(2026, 7, 31), []),
        (date(2026, 6, 3), date(2026, 7, 28), [JUNE]),
        (date(2025, 12, 1), date(2026, 1, 2), [(date(2025, 11, 1), date(2025, 11, 30)), (date(2025, 12, 1), date(2025, 12, 31))]),
    ],
)
def test_a_month_is_due_on_its_day_and_for_a_month_after(added, today, months):
    assert schedule_rules.due(2, added, today) == months


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 28), st.integers(0, 700))
def test_whoever_looks_each_day_misses_no_month_and_sees_none_too_early(added, day, days):
    seen = {month for n in range(days) for month in schedule_rules.due(day, added, added + timedelta(days=n))}
    lasts = sorted(last for _first, last in seen)
    assert all((after - before).days in range(28, 32) for before, after in itertools.pairwise(lasts))
    assert all(last < added + timedelta(days=days) for last in lasts)


@pytest.mark.parametrize(("day", "emails", "codes"), [(0, [], 2), (29, ["a@b.example"], 1), (28, ["a@b.example"], 0), (1, [], 1)])
def test_a_schedule_has_a_day_that_each_month_has_and_somebody_to_read_it(day, emails, codes):
    assert len(schedule_rules.against(day, emails)) == codes


ADDED = datetime(2026, 3, 1, 4, tzinfo=UTC)
DUE = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.fixture
def park(make: Maker) -> Park:
    return make.park("HIT")


@pytest.fixture
def auditors(make: Maker, park: Park) -> list[str]:
    for name, language in (("anna", "ru"), ("li", "zh"), ("wang", "zh")):
        make.granted(Role.AUDITOR, park=park, email=f"{name}@audit.example", language=language)
    return [f"{name}@audit.example" for name in ("anna", "li", "wang")]


def add(park: Park, emails: list[str], code: str = "occupancy", **more) -> ReportSchedule:
    with transaction():
        return scheduling.add(db.session.merge(park), code, 2, emails, actor=SYSTEM, now=ADDED, **more)


def requests() -> list[ReportRequest]:
    return list(db.session.scalars(db.select(ReportRequest).order_by(ReportRequest.id)))


def test_on_its_day_it_is_asked_for_once_in_each_language_that_is_read(park, auditors):
    add(park, auditors)
    scheduling.tend(ADDED)
    assert not requests()
    scheduling.tend(DUE)
    scheduling.tend(DUE + timedelta(hours=1))
    assert [(one.parameters["on"], one.parameters["language"]) for one in requests()] == [("2026-02-28", "ru"), ("2026-02-28", "zh")]


def test_a_report_about_a_time_is_about_the_month_before(park, auditors):
    add(park, auditors[:1], "labs")
    scheduling.tend(DUE)
    assert [(one.parameters["since"], one.parameters["on"]) for one in requests()] == [("2026-02-01", "2026-02-28")]


def test_whoever_reads_it_is_told_once_when_it_is_there(park, auditors):
    add(park, auditors)
    scheduling.tend(DUE)
    assert not db.session.scalars(db.select(Notice)).all()
    for one in requests():
        jobs.run(one.id)
    scheduling.tend(clock.now())
    scheduling.tend(DUE + timedelta(hours=1))
    scheduling.tend(DUE + timedelta(hours=2))
    told = list(db.session.scalars(db.select(Notice).order_by(Notice.address)))
    assert [one.address for one in told] == auditors and told[1].about == told[2].about != told[0].about
    issued = queries.issued_for(requests()[0].id)
    assert issued is not None and issued.number in told[0].subject and issued.sha256 in told[0].text


def fail(number: int) -> None:
    with transaction():
        queries.request_to_do(requests()[number].id).state = RequestState.FAILED


def test_one_that_fails_is_tried_three_times_and_then_its_readers_are_told(park, auditors):
    add(park, ["li@audit.example"])
    for tried in range(3):
        scheduling.tend(DUE + tried * scheduling.AGAIN)
        assert len(requests()) == tried + 1
        scheduling.tend(DUE + tried * scheduling.AGAIN + timedelta(hours=1))
        assert len(requests()) == tried + 1 and not db.session.scalars(db.select(Notice)).all()
        fail(tried)
    for hours in (20, 40):
        scheduling.tend(DUE + timedelta(hours=hours))
    assert len(requests()) == 3
    [told] = db.session.scalars(db.select(Notice))
    assert told.address == "li@audit.example" and "/reports/new" in told.text


def test_one_that_failed_and_then_came_is_told_of_as_ever(park, auditors):
    add(park, ["li@audit.example"])
    scheduling.tend(DUE)
    fail(0)
    scheduling.tend(DUE + scheduling.AGAIN)
    jobs.run(requests()[1].id)
    scheduling.tend(DUE + 2 * scheduling.AGAIN)
    [told] = db.session.scalars(db.select(Notice))
    assert told.about == queries.issued_for(requests()[1].id).number and len(requests()) == 2


def test_whoever_may_read_it_no_more_is_sent_nothing(park, auditors):
    add(park, auditors)
    with transaction():
        user = db.session.scalars(db.select(User).filter_by(email="anna@audit.example")).one()
        user.active = False
        record("tests.close", user, actor=SYSTEM, now=ADDED)
    scheduling.tend(DUE)
    assert [one.parameters["language"] for one in requests()] == ["zh"]


def test_what_was_stopped_comes_no_more(park, auditors):
    row = add(park, auditors)
    with transaction():
        scheduling.stop(db.session.merge(row), actor=SYSTEM, now=ADDED)
    scheduling.tend(DUE)
    assert not requests() and schedule_queries.schedules(park.id) == []


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"emails": ["nobody@audit.example"]}, "may_not"),
        ({"emails": []}, "nobody"),
        ({"code": "nonsense"}, "no_kind"),
        ({"code": "fund", "fund": "NONE"}, "no_fund"),
        ({"buildings": ["XX"]}, "no_building"),
    ],
)
def test_a_wrong_schedule_is_refused(park, auditors, given_, said):
    with pytest.raises(Refused) as refused:
        add(park, **{"emails": auditors, **given_})
    assert said in str([one.code for one in refused.value.objections])


def test_a_liaison_is_not_sent_the_park_s_reports(make, park):
    make.granted(Role.LIAISON, park=park, organisation=make.organisation(), email="l@uni.example")
    with pytest.raises(Refused):
        add(park, ["l@uni.example"])


def test_an_administrator_adds_one_and_stops_it_and_an_auditor_sees_it(app: Flask, make: Maker, park: Park, auditors):
    admin = Visitor(app).is_(make.granted(Role.ADMINISTRATOR, park=park))
    auditor = Visitor(app).is_(make.granted(Role.AUDITOR, park=park))
    where = "/parks/HIT/report-schedules"
    wrong = admin.post(f"{where}/new", kind="occupancy", day="30", receivers="who@there.example")
    assert wrong.status_code == 422 and "who@there.example" in wrong.text and "from 1 to 28" in wrong.text
    assert admin.post(f"{where}/new", kind="rentroll", day="3", receivers="ANNA@audit.example, li@audit.example").status_code == 303
    assert "anna@audit.example" in auditor.get(where).text
    [(row, users)] = schedule_queries.schedules(park.id)
    assert (row.kind, row.day, len(users)) == ("rentroll", 3, 2)
    assert auditor.post(f"{where}/{row.id}/stop").status_code == 403
    assert admin.post(f"{where}/{row.id}/stop").status_code == 303
    assert "anna@audit.example" not in auditor.get(where).text and admin.get(f"{where}/{row.id}/stop").status_code == 404


def test_the_page_is_one_select(park, auditors, statements):
    add(park, auditors)
    add(park, auditors, "rentroll")
    park_id = park.id
    with statements() as seen:
        assert len(schedule_queries.schedules(park_id)) == 2
    assert len(seen) == 1
