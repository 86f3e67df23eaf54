"""How well equipment served: against plain arithmetic, on either engine."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.audit.actions import record
from parkmgr.charges import actions as charges
from parkmgr.charges import service_queries, service_rules
from parkmgr.charges.service_rules import Counted, Down, Place, Sums
from parkmgr.db import db, transaction
from parkmgr.labs.models import Equipment, Lab
from parkmgr.occupancy.models import Closure, Hold
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM, Role
from parkmgr.reports import actions as reports
from parkmgr.reports import kinds, labs
from parkmgr.reports.rules import Wanted
from parkmgr.utilisation.rules import OfRoom, Room
from parkmgr.utilisation.rules import Sums as Use
from parkmgr.values import Span
from tests.charges.conftest import Lab as Stand
from tests.making import LONG_AGO
from tests.web.visiting import Visitor

Counter = Callable[[], AbstractContextManager[list[str]]]
FIRST = datetime(2026, 2, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
PERIOD = Span(FIRST, FIRST + 100 * HOUR)


def room(space_id: int = 1) -> OfRoom:
    return OfRoom(Room(space_id, f"X{space_id}", "B", "instrument", (), False, (PERIOD,)), Use(1))


def down(start: int, end: int, document: str, *, planned: bool = False) -> Down:
    return Down(1, Span(FIRST + start * HOUR, FIRST + end * HOUR), document, planned)


def served(*downs: Down, now: datetime = PERIOD.ends_at) -> Sums:
    past = service_rules.observed(PERIOD, now)
    return service_rules.compile([room()], downs, {}, {1: Counted(4, 1)}, {1: Place("L")}, past=past).total


def test_availability_is_operating_time_without_planned_downtime() -> None:
    sums = served(down(0, 20, "C-1", planned=True), down(30, 34, "C-2"), down(50, 56, "C-3"))
    assert (sums.operating, sums.availability) == (70 * 3600, Decimal("87.50"))
    assert (sums.failures, sums.mtbf, sums.mttr, sums.no_show_rate) == (2, 35 * 3600, 5 * 3600, Decimal("25.00"))


def test_without_a_failure_there_is_no_time_between_failures() -> None:
    assert (served().mtbf, served().mttr, served().availability) == (None, None, Decimal("100.00"))
    never = served(now=FIRST)
    assert (never.observed, never.availability) == (0, None)


def test_a_breakdown_around_a_session_is_one_failure_and_one_without_an_end_counts_until_now() -> None:
    sums = served(down(10, 12, "C-1"), down(14, 10_000, "C-1"), now=FIRST + 20 * HOUR)
    assert (sums.failures, sums.unplanned, sums.observed) == (1, 8 * 3600, 20 * 3600)


@given(st.lists(st.tuples(st.integers(-10, 110), st.integers(1, 9), st.booleans()), max_size=12), st.integers(1, 110))
def test_the_figures_agree_with_each_other(asked: list[tuple[int, int, bool]], hours: int) -> None:
    reached, downs = -20, []
    for start, length, planned in sorted(asked):
        if start >= reached:
            downs.append(down(start, start + length, f"C-{start}", planned=planned))
            reached = start + length
    sums = served(*downs, now=FIRST + hours * HOUR)
    assert sums.operating + sums.planned + sums.unplanned == sums.observed == min(hours, 100) * 3600
    assert sums.operating >= 0
    if sums.mtbf is not None and sums.mttr is not None and sums.mtbf + sums.mttr:
        share = sums.mtbf / (sums.mtbf + sums.mttr)
        assert share == Fraction(sums.operating, sums.observed - sums.planned)


def furnish(lab: Stand) -> None:
    """The instrument stands in a laboratory; a session ran, somebody did not come, and it broke down once."""
    make, zone = lab.make, ZoneInfo("Asia/Shanghai")
    make.rules(lab.park, week="Mon-Fri 08:00-18:00")
    hall = make.space(None, "HALL", kind="laboratory")
    run = Lab(park_id=lab.park.id, space_id=hall.id)
    make.keep(run)
    make.keep(
        Equipment(
            park_id=lab.park.id, number="A-1", lab_id=run.id, space_id=lab.space.id, owner_id=lab.organisation.id, name_en="Diffractometer",
            state="operational", calibration_due=date(2026, 2, 1),
        )
    )  # fmt: skip
    came = datetime(2026, 2, 10, 9, 10, tzinfo=zone)
    for booking in (lab.session(checked_in_at=came), lab.session("2026-02-11 09:00", state="no_show")):
        make.keep(
            Hold(
                park_id=lab.park.id, space_id=lab.space.id, holder_id=lab.organisation.id, kind="session", document=booking.number,
                starts_at=booking.starts_at, ends_at=booking.ends_at, recorded_at=LONG_AGO,
            )
        )  # fmt: skip
    start = datetime(2026, 2, 12, 8, tzinfo=zone)
    closure = Closure(park_id=lab.park.id, number="C-2026-0001", kind="breakdown", reason="Pump", starts_on=start.date())
    with transaction():
        db.session.add(closure)
        db.session.flush()
        db.session.add(
            Hold(
                park_id=lab.park.id, space_id=lab.space.id, holder_id=lab.organisation.id, kind="closure", document=closure.number,
                starts_at=start, ends_at=start + 10 * HOUR, recorded_at=datetime(2026, 2, 12, 1, tzinfo=UTC),
            )
        )  # fmt: skip
        record("tests.make", closure, actor=SYSTEM, now=LONG_AGO)


FEBRUARY = (date(2026, 2, 2), date(2026, 2, 13))


def test_service_is_read_from_the_ledger_as_known(lab: Stand, now: datetime, statements: Counter) -> None:
    furnish(lab)
    park = db.session.get_one(Park, lab.park.id)
    with statements() as seen:
        found = service_queries.service(park, *FEBRUARY, now=now).service
    assert len(seen) == 7
    [piece] = found.pieces
    assert (piece.place.lab, piece.place.number, piece.room.code) == ("HALL", "A-1", "XRD")
    sums = piece.sums
    assert (sums.observed, sums.unplanned, sums.failures) == (12 * 86400, 10 * 3600, 1)
    assert (sums.sessions, sums.no_show, sums.used) == (2, 1, 110 * 60)
    assert (sums.use.open, sums.use.booked) == ((10 * 10 - 10) * 3600, 4 * 3600)
    before = service_queries.service(park, *FEBRUARY, datetime(2026, 2, 12, tzinfo=UTC), now=now).service.total
    assert (before.failures, before.availability) == (0, Decimal("100.00"))
    assert not service_queries.service(park, *FEBRUARY, now=now, lab="NONE").service.pieces


def test_the_page_of_service_and_its_sheets(app: Flask, lab: Stand) -> None:
    furnish(lab)
    visitor = Visitor(app).is_(lab.make.granted(Role.AUDITOR, park=db.session.get_one(Park, lab.park.id)))
    address = "/parks/LAB/lab-service?since=2026-02-02&until=2026-02-13"
    shown = visitor.get(address).get_data(as_text=True)
    assert "Diffractometer" in shown and "96.53" in shown
    for table in ("pieces", "labs", "hours"):
        assert visitor.get(f"{address}&format=csv&table={table}").status_code == 200
    assert visitor.get(f"{address}&format=csv&table=none").status_code == 404
    assert visitor.get("/parks/LAB/lab-service?since=2026-02-02&until=2026-01-01").status_code == 200
    desk = Visitor(app).is_(lab.make.granted(Role.HOUSING_DESK, park=db.session.get_one(Park, lab.park.id)))
    assert desk.get(address).status_code == 403


def test_the_report_re_adds_and_comes_back_from_what_is_kept(app: Flask, lab: Stand, now: datetime) -> None:
    furnish(lab)
    lab.session("2026-02-13 09:00", currency="USD")
    with transaction():
        charges.make_statements(db.session.get_one(Park, lab.park.id), date(2026, 2, 1), actor=SYSTEM, now=now)
    park = db.session.get_one(Park, lab.park.id)
    wanted = Wanted(FEBRUARY[1], None, "zh", (), "labs", FEBRUARY[0])
    report: labs.Report = reports.compiled(park, wanted, now=now)
    assert [str(money) for money in report.charges] == ["200.00 CNY", "200.00 USD"]
    assert report.calibrations_overdue == 1
    assert sum((group.sums for group in report.by_lab), Sums()) == report.total
    with transaction():
        number = reports.issue(db.session.get_one(Park, park.id), report, wanted, actor=SYSTEM, now=now).number
    assert number == "LAB-2026-0001"
    from parkmgr.reports import queries

    issued = queries.report(park.id, number, with_rows=True)
    assert reports.report_of(issued) == report
    for format_ in ("json", "csv", "xlsx"):
        assert reports.given_out(issued, format_)
    assert "Diffractometer" in kinds.LABS.pages.paper(report, None, language="ru")


def test_the_report_on_the_screen(app: Flask, lab: Stand) -> None:
    furnish(lab)
    park = db.session.get_one(Park, lab.park.id)
    desk = Visitor(app).is_(lab.make.granted(Role.LAB_MANAGER, park=park))
    address = "/parks/LAB/reports/labs"
    assert "Diffractometer" in desk.get(f"{address}?since=2026-02-02&on=2026-02-13").get_data(as_text=True)
    assert desk.get(f"{address}?since=2026-02-14&on=2026-02-13").status_code == 200
    assert desk.get(address).status_code == 200
    assert '"sessions": 2' in desk.get(f"{address}?since=2026-02-02&on=2026-02-13&format=json").get_data(as_text=True)
    liaison = Visitor(app).is_(lab.make.granted(Role.LIAISON, park=db.session.get_one(Park, lab.park.id), organisation=lab.organisation))
    assert liaison.get(address).status_code == 403
