"""The part of the occupancy report about rooms that can be booked: kept with it, drawn of what is kept, and absent from what is older."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import page
import pypdfium2
import pytest

from parkmgr.occupancy.models import Hold
from parkmgr.policy import Role
from parkmgr.reports import actions, occupancy, pages, queries, tables
from parkmgr.reports.occupancy import RoomsUse, RoomUse
from parkmgr.reports.rules import Wanted
from parkmgr.utilisation.rules import Hour, Sums
from parkmgr.values import Names
from tests.bookings.conftest import at
from tests.making import actor
from tests.reports.sample import report
from tests.web.visiting import Visitor

ON = date(2026, 3, 10)
AUDITOR = actor(Role.AUDITOR, name="Auditor Wang", user_id=None)
HOUR = 3600


def rooms(since: date = date(2026, 6, 1)) -> RoomsUse:
    return RoomsUse(
        since,
        (RoomUse("IT", "IT-1", Sums(1, 100 * HOUR, HOUR, 25 * HOUR, 2 * HOUR)), RoomUse("L1", "L1-1", Sums(1, 0, 0, 0, 0))),
        (("IT", Names("Innovation tower")), ("L1", None)),
        tuple(Hour(HOUR, index) for index in range(168)),
    )


def told(**more: object) -> occupancy.Report:
    return occupancy.replace(report(40), **more)  # type: ignore[type-var]


def test_what_is_kept_gives_the_same_rooms_again():
    made = told(rooms=rooms())
    assert occupancy.from_plain(json.loads(occupancy.canonical(made))) == made
    assert made.rooms.total == Sums(2, 100 * HOUR, HOUR, 25 * HOUR, 2 * HOUR)
    assert [(one.code, one.sums.ratio) for one in made.rooms.by_building] == [("IT", Decimal("25.00")), ("L1", None)]


def test_an_older_report_keeps_its_bytes():
    """Its data, of which everything else is made, are those of the day before reports told of rooms."""
    older = report(150)
    assert occupancy.fingerprint(occupancy.canonical(older)).startswith("f79c4d327f5fc0ed")
    assert b'"rooms"' not in tables.json_bytes(older, language="en")
    assert occupancy.from_plain(json.loads(occupancy.canonical(older))).rooms is None


@pytest.fixture
def engine_name() -> str:
    """What is asked of the database is tested on both engines with the slice that asks it."""
    return "sqlite"


@pytest.fixture
def park(make):
    """A park with a room that is booked for two hours, and an office."""
    building = make.building(make.park("HIT"), "C", name_zh="会议中心")
    room = make.room("C-1", building=building)
    make.rules(week="Mon-Sun 08:00-18:00")
    holder = make.organisation("MSU")
    make.space(building, "C-office")
    booking = {"park_id": room.park_id, "space_id": room.id, "organisation_id": holder.id, "number": "B-2026-0001"}
    from parkmgr.bookings.models import Booking

    times = {"starts_at": at("2026-03-03T10:00"), "ends_at": at("2026-03-03T12:00")}
    make.keep(Booking(**booking, **times, state="confirmed", requested_at=at("2026-03-01T10:00")))
    make.keep(
        Hold(
            park_id=room.park_id, space_id=room.id, holder_id=holder.id, kind="booking", document="B-2026-0001",
            recorded_at=at("2026-03-01T10:00"), **times,
        )
    )  # fmt: skip
    return make.the_park()


def test_the_month_up_to_the_day_as_it_was_known(park, now):
    made = actions.compiled(park, Wanted(ON), now=now, with_history=False)
    assert [(row.space, row.sums) for row in made.rooms.rows] == [("C-1", Sums(1, 100 * HOUR, 0, 2 * HOUR, 0))]
    assert made.rooms.since == date(2026, 3, 1)
    before = actions.compiled(park, Wanted(ON, datetime(2026, 2, 28, tzinfo=UTC)), now=now, with_history=False)
    assert before.rooms.total.booked == 0
    assert actions.compiled(park, Wanted(ON), now=now, with_history=False, with_rooms=False).rooms is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_paper_tells_of_rooms_by_both_standards_and_drawn_again_is_the_same(park, now, language):
    number, content = actions.produce(park, Wanted(ON, None, language), "pdf", actor=AUDITOR, now=now)
    issued = queries.report(park.id, number, with_rows=True)
    assert actions.rendered(issued) == content
    failures = [
        failure.message
        for profile in (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_3A)
        for failure in page.validate_pdf_bytes(content, profile=profile).failures
    ]
    assert failures == []
    if language == "en":
        text = "\n".join(sheet.get_textpage().get_text_range() for sheet in pypdfium2.PdfDocument(content))
        assert "Use of bookable rooms" in text and "2.00 of 100.00 bookable hours" in text.replace("\r\n", " ")
    data = json.loads(actions.given_out(issued, "json"))["rooms"]
    assert (data["rows"][0]["booked_seconds"], data["booked_per_cent"], len(data["hours"])) == (2 * HOUR, "2.00", 168)
    assert actions.given_out(issued, "xlsx")[:2] == b"PK"


def test_a_park_without_bookable_rooms_says_so_in_a_line(app, make, now):
    make.space(make.building(make.park("HIT"), "C"))
    made = actions.compiled(make.the_park(), Wanted(ON), now=now, with_history=False)
    html = pages.paper(made, None, language="en")
    assert "No room could be booked by the hour from 1 Mar 2026 to 10 Mar 2026." in html and "bookable hours" not in html
    assert "Use of bookable rooms" not in pages.paper(occupancy.replace(made, rooms=None), None, language="en")
    assert io.BytesIO(tables.xlsx_bytes(made, language="en")).getvalue()[:2] == b"PK"


def test_the_page_tells_the_same(app, make, park):
    visitor = Visitor(app).is_(make.granted(Role.AUDITOR, park=park))
    text = visitor.get("/parks/HIT/reports/occupancy?on=2026-03-10").text
    assert "Use of bookable rooms" in text and "100.00 bookable hours" in text
