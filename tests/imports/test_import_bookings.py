"""Bookings of somebody's calendar or table: by the park's rules, all or none, once."""

from __future__ import annotations

import io
import re
import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter
from icalendar import Calendar
from sqlalchemy import func, select

from parkmgr.bookings import actions as booking_actions
from parkmgr.bookings.models import Booking
from parkmgr.db import Base, db, transaction
from parkmgr.errors import Refused
from parkmgr.imports import actions, mapping, reading
from parkmgr.imports.rules import Wall, wall_of
from parkmgr.organisations.models import Organisation
from parkmgr.policy import SYSTEM, Role
from parkmgr.values import Names
from tests.imports.bench import EXAMPLES
from tests.web.visiting import Visitor

ZONE = ZoneInfo("Asia/Shanghai")
MAPPING = """
what = "bookings"
[fields]
space = "location"
organisation = {column = "categories", values = {"Optics" = "OPT"}, default = "ITMO"}
starts = "start"
ends = "end"
uid = "uid"
purpose = "summary"
"""


@pytest.fixture
def stage(make):
    park = make.park("HIT", country="CN")
    building = make.building(park, "TW")
    make.rules(park, week="Mon-Fri 08:00-20:00", max_minutes=24 * 60)
    rooms = [make.room("TW-1", building=building), make.room("TW-2", building=building, name_ru="Зал")]
    make.organisation("ITMO", Names("ITMO University", "Университет ИТМО"))
    make.organisation("OPT", Names("Institute of Optics"))
    return rooms


@pytest.fixture
def put(stage, make, now, tmp_path):
    """Import a text into the park."""

    def run(source, plan=None, *, name="bookings.csv", dry_run=False, at=now):
        path = tmp_path / name
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
        given = None
        if plan is not None:
            given = tmp_path / "mapping.toml"
            given.write_text(plan, encoding="utf-8")
        return actions.run("bookings", path, make.the_park(), mapping=given, dry_run=dry_run, actor=SYSTEM, now=at)

    return run


def events(*lines: str) -> bytes:
    parts = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x"]
    for block in lines:
        parts += ["BEGIN:VEVENT", *block.strip().splitlines(), "END:VEVENT"]
    return "\r\n".join([*(part.strip() if not part.startswith(" ") else part for part in parts), "END:VCALENDAR", ""]).encode()


@pytest.fixture
def ics(put):
    def run(*blocks, plan=MAPPING, more="", **options):
        return put(events(*blocks), plan.replace("[fields]", f"[fields]{more}"), name="calendar.ics", **options)

    return run


SERIES = 'rrule = "rrule"\nexdates = "exdate"\nrdates = "rdate"\nrecurrence = "recurrence-id"\nstatus = "status"\n'


def series(*columns: str) -> str:
    return "\n" + "\n".join(line for line in SERIES.splitlines() if any(f'"{column}"' in line for column in columns))


def counts(outcome):
    figures = outcome.counts()
    rows = figures.pop("rows")
    assert rows == sum(figures.values()), "every row is accounted for"
    return tuple(figures.values())


def said(outcome):
    return [(one.row, one.column, one.value, one.reason.code.split(".")[1]) for one in outcome.problems]


def booked(state="confirmed"):
    db.session.rollback()
    rows = db.session.scalars(select(Booking).where(Booking.state == state).order_by(Booking.starts_at, Booking.id))
    return [f"{row.starts_at.astimezone(ZONE):%m-%d %H:%M}-{row.ends_at.astimezone(ZONE):%H:%M}" for row in rows]


def everything():
    db.session.rollback()
    return {table.name: db.session.scalar(select(func.count()).select_from(table)) for table in Base.metadata.sorted_tables}


# Tables

HEAD = "room,organisation,start,end"
TABLE = (
    HEAD
    + ",title,people\nTW-1,ITMO,2026-03-10 09:00,2026-03-10 10:30,Seminar,8\n"
    + ("ЗАЛ,Университет ИТМО,10.03.2026 09:00,10.03.2026 11:00,Встреча,2\n")
)


def test_a_table_comes_in_once(put):
    assert counts(put(TABLE, dry_run=True)) == (2, 0, 0, 0, 0) and not booked()
    assert counts(put(TABLE)) == (2, 0, 0, 0, 0)
    assert booked() == ["03-10 09:00-10:30", "03-10 09:00-11:00"]
    [first, second] = db.session.scalars(select(Booking).order_by(Booking.ends_at))
    assert (first.purpose, first.people, first.user_id, second.purpose) == ("Seminar", 8, None, "Встреча")
    before = everything()
    assert counts(put(TABLE)) == (0, 0, 2, 0, 0) and everything() == before


def test_a_day_and_two_times_are_put_together(put):
    table = "Date;Start;End;Room;Company\n03/17/2026;9:00;10:00;TW-1;ITMO\n03/18/2026;14:30;15:00;TW-1;ITMO\n"
    assert counts(put(table)) == (2, 0, 0, 0, 0)
    assert booked() == ["03-17 09:00-10:00", "03-18 14:30-15:00"]


def test_a_series_in_a_table(put):
    table = "room,organisation,start,end,rrule,until\nTW-1,ITMO,2026-03-10 09:00,2026-03-10 10:00,FREQ=WEEKLY,2026-03-24\n"
    assert counts(put(table)) == (1, 0, 0, 0, 0)
    assert booked() == ["03-10 09:00-10:00", "03-17 09:00-10:00", "03-24 09:00-10:00"]
    assert counts(put(table)) == (0, 0, 1, 0, 0)


def test_what_is_wrong_is_said_by_row_column_and_value(put):
    table = (
        "room,organisation,start,end,people,rrule\n"
        "NONE,ITMO,2026-03-10 09:00,2026-03-10 10:00,1,\n"
        "TW-1,Nobody,2026-03-10 09:00,2026-03-10 10:00,1,\n"
        "TW-1,ITMO,tomorrow,2026-03-10 10:00,1,\n"
        "TW-1,ITMO,2026-03-10 09:00,2026-03-10 08:00,1,\n"
        "TW-1,ITMO,2026-03-10 09:00 Mars/Olympus,2026-03-10 10:00 Mars/Olympus,1,\n"
        "TW-1,ITMO,2026-03-10 09:00,2026-03-10 10:00,0,\n"
        "TW-1,ITMO,2026-03-10 09:00,2026-03-10 10:00,1,FREQ=WEEKLY\n"
        ",,2026-03-10 09:00,2026-03-10 10:00,1,\n"
    )
    outcome = put(table)
    assert counts(outcome) == (0, 0, 0, 0, 8) and not booked()
    assert said(outcome) == [
        (2, "room", "NONE", "no_room"),
        (3, "organisation", "Nobody", "no_organisation"),
        (4, "start", "tomorrow", "not_a_time"),
        (5, "end", "2026-03-10 08:00", "not_after"),
        (6, "start", "Mars/Olympus", "no_such_zone"),
        (6, "end", "Mars/Olympus", "no_such_zone"),
        (7, "people", "0", "no_people"),
        (8, "rrule", "FREQ=WEEKLY", "no_end"),
        (9, "room", "", "needed"),
        (9, "organisation", "", "needed"),
    ]


def test_each_date_is_looked_at_and_nothing_is_written_when_one_is_refused(put, stage, make):
    make.hold(stage[0], "2026-03-17", "2026-03-17")
    table = "room,organisation,start,end,rrule,people\nTW-1,ITMO,2026-03-10 09:00,2026-03-10 10:00,FREQ=DAILY;COUNT=9,30\n"
    table += "TW-2,ITMO,2026-03-10 09:00,2026-03-10 10:00,,1\n"
    outcome = put(table)
    assert counts(outcome) == (1, 0, 0, 0, 1) and not booked()
    found = {(one.value, one.reason.code) for one in outcome.problems if one.reason.code != "bookings.too_many_people"}
    assert found == {
        ("2026-03-14 09:00", "bookings.closed_then"),
        ("2026-03-15 09:00", "bookings.closed_then"),
        ("2026-03-17 09:00", "occupancy.taken"),
    }
    assert sum(one.reason.code == "bookings.too_many_people" for one in outcome.problems) == 9
    assert "TW-1 is taken from 2026-03-17 00:00:00+08:00" in str(
        next(one for one in outcome.problems if one.reason.code == "occupancy.taken").reason
    )


def test_rows_that_are_in_each_others_way(put):
    table = "room,organisation,start,end,title\nTW-1,ITMO,2026-03-10 09:00,2026-03-10 10:00,A\n"
    table += "TW-1,OPT,2026-03-10 09:30,2026-03-10 10:30,B\nTW-1,ITMO,2026-03-10 09:00,2026-03-10 10:00,A\n"
    outcome = put(table)
    assert counts(outcome) == (1, 0, 0, 1, 1)
    assert said(outcome) == [(3, "start", "2026-03-10 09:30", "same_time")] and "Row 2 has TW-1" in str(outcome.problems[0].reason)


def test_a_part_is_in_the_way_of_the_whole(put, stage, make):
    hall = make.room("HALL", building=make.building(make.the_park(), "H"))
    make.room("HALL/A", parent=hall, building=make.building(make.the_park(), "H2"))
    table = "room,organisation,start,end\nHALL,ITMO,2026-03-10 09:00,2026-03-10 10:00\nHALL/A,OPT,2026-03-10 09:30,2026-03-10 10:30\n"
    assert said(put(table)) == [(3, "start", "2026-03-10 09:30", "same_time")]


def test_quotas_count_the_file_itself(put, make):
    make.rules(
        kind="meeting_room", week="Mon-Fri 08:00-20:00", quotas=[{"whom": "organisation", "per": "day", "measure": "count", "most": 2}]
    )
    rows = "".join(f"TW-{1 + hour % 2},ITMO,2026-03-10 {hour:02d}:00,2026-03-10 {hour:02d}:30\n" for hour in (9, 10, 11))
    outcome = put("room,organisation,start,end\n" + rows)
    assert said(outcome) == [(4, "start", "2026-03-10 11:00", "quota")]


def test_a_workbook_comes_in(put):
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet, day, clock = book.add_worksheet(), book.add_format({"num_format": "dd.mm.yyyy"}), book.add_format({"num_format": "hh:mm"})
    sheet.write_row(0, 0, ["Дата", "Начало", "Конец", "Помещение", "Организация"])
    sheet.write_datetime(1, 0, date(2026, 3, 10), day)
    for column, hour in ((1, 9), (2, 10)):
        sheet.write_datetime(1, column, datetime.min.time().replace(hour=hour, minute=30), clock)
    sheet.write_row(1, 3, ["TW-1", "ITMO"])
    book.close()
    assert counts(put(file.getvalue(), name="bookings.xlsx")) == (1, 0, 0, 0, 0) and booked() == ["03-10 09:30-10:30"]


# Calendars


def test_a_calendar_comes_in_once(ics):
    blocks = (
        "UID:a@x\nSUMMARY:Семинар\\, открытый\nLOCATION:TW-1\nDTSTART;TZID=Asia/Shanghai:20260310T090000\nDTEND:20260310T100000",
        "UID:b@x\nLOCATION:зал\nCATEGORIES:Optics\nDTSTART:20260310T010000Z\nDURATION:PT90M",
        "UID:c@x\nLOCATION:TW-1\nDTSTART:20260311T090000\nDTEND:20260311T100000",
    )
    assert counts(ics(*blocks, dry_run=True)) == (3, 0, 0, 0, 0) and not booked()
    assert counts(ics(*blocks)) == (3, 0, 0, 0, 0)
    assert booked() == ["03-10 09:00-10:00", "03-10 09:00-10:30", "03-11 09:00-10:00"]
    [first, *_] = db.session.scalars(select(Booking).order_by(Booking.id))
    assert (first.uid, first.purpose) == ("a@x", "Семинар, открытый")
    optics = db.session.scalar(select(Organisation.id).where(Organisation.code == "OPT"))
    assert db.session.scalar(select(Booking.organisation_id).where(Booking.uid == "b@x")) == optics
    before = everything()
    assert counts(ics(*blocks)) == (0, 0, 3, 0, 0) and everything() == before


WEEKLY = """UID:w@x
SUMMARY:Weekly
LOCATION:TW-1
DTSTART;TZID=Asia/Shanghai:20260310T090000
DTEND;TZID=Asia/Shanghai:20260310T100000
RRULE:FREQ=WEEKLY;COUNT=4
EXDATE;TZID=Asia/Shanghai:20260317T090000
RDATE;TZID=Asia/Shanghai:20260312T090000"""
MOVED = """UID:w@x
SUMMARY:Weekly
LOCATION:TW-2
RECURRENCE-ID;TZID=Asia/Shanghai:20260324T090000
DTSTART;TZID=Asia/Shanghai:20260325T140000
DTEND;TZID=Asia/Shanghai:20260325T150000"""
OUT = """UID:w@x
LOCATION:TW-1
STATUS:CANCELLED
RECURRENCE-ID:20260331T010000Z
DTSTART;TZID=Asia/Shanghai:20260331T090000
DTEND;TZID=Asia/Shanghai:20260331T100000"""


def test_a_series_with_dates_left_out_added_moved_and_cancelled(ics):
    assert counts(ics(WEEKLY, MOVED, OUT, more=series("rrule", "exdate", "rdate", "recurrence-id", "status"))) == (3, 0, 0, 0, 0)
    assert booked() == ["03-10 09:00-10:00", "03-12 09:00-10:00", "03-25 14:00-15:00"]
    moved = db.session.scalars(select(Booking).order_by(Booking.starts_at.desc())).first()
    assert moved.space_id != db.session.scalars(select(Booking).order_by(Booking.starts_at)).first().space_id
    assert moved.recurs_at.astimezone(ZONE) == datetime(2026, 3, 24, 9, tzinfo=ZONE)
    assert db.session.scalar(select(func.count(func.distinct(Booking.set_id)))) == 1


def test_the_example_reads_a_calendar(put, make):
    make.room("CC-01", building=make.building(make.the_park(), "CC"))
    make.organisation("HIT")
    endless = "UID:w@x\nSUMMARY:Council\nLOCATION:Large hall\nDTSTART:20270607T010000Z\nDTEND:20270607T020000Z\nRRULE:FREQ=WEEKLY"
    outcome = put(events(endless), (EXAMPLES / "calendar.toml").read_text("utf-8"), name="x.ics", at=datetime(2027, 6, 1, tzinfo=UTC))
    assert counts(outcome) == (1, 0, 0, 0, 0) and booked()[-1] == "06-28 09:00-10:00" and len(booked()) == 4


def test_a_later_calendar_changes_what_an_earlier_one_made(ics):
    ics(WEEKLY, more=series("rrule", "exdate", "rdate"))
    assert booked() == ["03-10 09:00-10:00", "03-12 09:00-10:00", "03-24 09:00-10:00", "03-31 09:00-10:00"]
    more = series("rrule", "exdate", "rdate", "recurrence-id", "status")
    assert counts(ics(WEEKLY, MOVED, OUT, more=more)) == (0, 3, 0, 0, 0)
    assert booked() == ["03-10 09:00-10:00", "03-12 09:00-10:00", "03-25 14:00-15:00"] and booked("cancelled") == ["03-31 09:00-10:00"]
    assert db.session.scalar(select(func.max(Booking.sequence))) == 1
    assert counts(ics(WEEKLY, MOVED, OUT, more=more)) == (0, 0, 3, 0, 0)
    longer = WEEKLY.replace("COUNT=4", "COUNT=5")
    assert counts(ics(longer, MOVED, OUT, more=more)) == (0, 3, 0, 0, 0) and booked()[-1] == "04-07 09:00-10:00"
    assert counts(ics(longer.replace("Weekly", "Other name"), MOVED, OUT, more=more)) == (0, 3, 0, 0, 0)
    assert set(db.session.scalars(select(Booking.purpose).where(Booking.state == "confirmed"))) == {"Other name"}


def test_what_was_cancelled_here_stays_cancelled(ics, now):
    one = "UID:a@x\nLOCATION:TW-1\nDTSTART:20260310T010000Z\nDTEND:20260310T020000Z"
    ics(one)
    with transaction():
        from parkmgr.bookings import queries

        found = queries.by_ids(list(db.session.scalars(select(Booking.id))))
        booking_actions.cancel(found, reason="not needed", actor=SYSTEM, now=now)
    outcome = ics(one)
    assert counts(outcome) == (0, 0, 1, 0, 0) and not booked() and "is cancelled here" in str(outcome.warnings[0].reason)


def test_an_event_that_is_cancelled_in_the_calendar(ics):
    one = "UID:a@x\nLOCATION:TW-1\nDTSTART:20260310T010000Z\nDTEND:20260310T020000Z"
    more = series("status")
    assert counts(ics(f"{one}\nSTATUS:CANCELLED", more=more)) == (0, 0, 0, 1, 0)
    ics(f"{one}\nSTATUS:CONFIRMED", more=more)
    assert counts(ics(f"{one}\nSTATUS:CANCELLED", more=more)) == (0, 1, 0, 0, 0) and booked("cancelled") == ["03-10 09:00-10:00"]


def test_what_has_begun_is_left_out(ics):
    old = "UID:old@x\nLOCATION:TW-1\nDTSTART:20200310T010000Z\nDTEND:20200310T020000Z"
    since = "UID:w@x\nLOCATION:TW-1\nDTSTART:20260223T010000Z\nDTEND:20260223T020000Z\nRRULE:FREQ=WEEKLY;COUNT=3"
    outcome = ics(old, since, more=series("rrule"))
    assert counts(outcome) == (1, 0, 0, 1, 0) and booked() == ["03-09 09:00-10:00"]
    assert any("left out: 3" in str(note) for note in outcome.notes)


def test_a_series_of_another_zone_keeps_its_wall_time(ics):
    berlin = "UID:w@x\nLOCATION:TW-1\nRRULE:FREQ=WEEKLY;COUNT=3\n"
    berlin += "DTSTART;TZID=Europe/Berlin:20260319T100000\nDTEND;TZID=Europe/Berlin:20260319T110000"
    ics(berlin, more=series("rrule"))
    assert booked() == ["03-19 17:00-18:00", "03-26 17:00-18:00", "04-02 16:00-17:00"]


@pytest.mark.parametrize(
    ("starts", "wanted"),
    [
        ("DTSTART;TZID=China Standard Time:20260310T090000\nDTEND;TZID=China Standard Time:20260310T100000", "03-10 09:00-10:00"),
        ("DTSTART;TZID=/x.org/1/Asia/Shanghai:20260310T090000\nDTEND;TZID=/x.org/1/Asia/Shanghai:20260310T100000", "03-10 09:00-10:00"),
        ("DTSTART:20260310T090000\nDTEND:20260310T100000", "03-10 09:00-10:00"),
        ("DTSTART:20260310T010000Z\nDTEND:20260310T020000Z", "03-10 09:00-10:00"),
        ("DTSTART;VALUE=DATE:20260310", "03-10 00:00-00:00"),
        ("DTSTART;VALUE=DATE:20260310\nDTEND;VALUE=DATE:20260311", "03-10 00:00-00:00"),
    ],
)
def test_times_in_every_way_that_calendars_write_them(ics, make, starts, wanted):
    make.rules(kind="meeting_room", week="Mon-Sun 00:00-24:00", max_minutes=1440)
    assert counts(ics(f"UID:a@x\nLOCATION:TW-1\n{starts}")) == (1, 0, 0, 0, 0)
    assert booked() == [wanted]


def test_a_row_that_hangs_on_a_refused_one_is_refused_with_it(ics):
    outcome = ics(WEEKLY.replace("TW-1", "NONE"), MOVED, more=series("rrule", "exdate", "rdate", "recurrence-id"))
    assert counts(outcome) == (0, 0, 0, 0, 2) and [one.reason.code for one in outcome.problems] == ["imports.no_room", "imports.hangs"]


# What nobody means well


def bomb(**more: str) -> bytes:
    lines = {"UID": "a@x", "LOCATION": "TW-1", "DTSTART": "20260310T010000Z", "DTEND": "20260310T020000Z", **more}
    return events("\n".join(f"{name}:{value}" for name, value in lines.items() if value))


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        pytest.param(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "has no event", id="empty"),
        pytest.param(b"BEGIN:VCALENDAR\r\n" * 100 + b"BEGIN:VEVENT\r\n", "cannot be read at line", id="deep calendars"),
        pytest.param(events("UID:1\n" + "BEGIN:VALARM\n" * 50 + "END:VALARM\n" * 50), "cannot be read at line", id="deep alarms"),
        pytest.param(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n", "cannot be read at line", id="cut off"),
        pytest.param(events("SUMMARY:" + "x" * 65536), "has more than 32767 characters", id="a line of 64 KB"),
        pytest.param(events("SUMMARY:x" + "\r\n xxxxxxxx" * 8000), "has more than 32767 characters", id="a folded line of 64 KB"),
        pytest.param(events(*["UID:1"] * 10_000), "more than 5000 events", id="10,000 events"),
        pytest.param(events("UID:1").replace(b"UID", b"\xff\xfe\xd8UID"), "encoding", id="no encoding"),
        pytest.param(events("UID:1\nSUMMARY:\0"), "encoding", id="a zero"),
    ],
)
def test_a_calendar_that_cannot_be_used_is_refused_in_a_sentence(content, wanted):
    started = time.monotonic()
    with pytest.raises(Refused) as refused:
        reading.read(content)
    assert len(refused.value.objections) == 1 and wanted in str(refused.value) and time.monotonic() - started < 20


RULES = {
    "FREQ=SECONDLY;COUNT=100000000": "too_fine",
    "FREQ=DAILY": "no_end",
    "FREQ=DAILY;UNTIL=99991231T235959Z": "no_end",
    "FREQ=DAILY;COUNT=1000000000": "not_a_rule",
    "FREQ=DAILY;UNTIL=21990101T000000Z": "too_far",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3": "never",
    "FREQ=DAILY;BYDAY=" + ",".join(["MO"] * 400) + ";COUNT=3": "too_long_rule",
    "FREQ=DAILY;COUNT=3;X=1": "not_a_rule",
    "\u202eCOUNT": "not_a_rule",
}


def test_rules_without_measure_are_refused_in_a_sentence_each(ics):
    started = time.monotonic()
    one = "LOCATION:TW-1\nDTSTART:20260310T010000Z\nDTEND:20260310T020000Z"
    outcome = ics(*(f"UID:{number}\n{one}\nRRULE:{rule}" for number, rule in enumerate(RULES)), more=series("rrule"))
    assert counts(outcome) == (0, 0, 0, 0, len(RULES)) and time.monotonic() - started < 20
    assert [(column, code) for _, column, _, code in said(outcome)] == [("rrule", code) for code in RULES.values()]


def test_times_that_are_none_are_said(ics):
    wrong = ("20261332T010000Z", "x", "00000000T000000", "99991231T235959Z", "?", '";', "20260310T010000+0800")
    given = [(name, value) for name in ("DTSTART", "DTEND") for value in wrong]
    blocks = []
    for number, (name, value) in enumerate(given):
        lines = {"DTSTART": "20260310T010000Z", "DTEND": "20260310T020000Z", name: value}
        blocks.append("\n".join([f"UID:{number}", "LOCATION:TW-1", *(f"{key}:{text}" for key, text in lines.items())]))
    blocks.append('UID:z\nLOCATION:TW-1\nDTSTART;TZID="x:20260310T010000Z\nDTEND;=;:1')
    assert counts(ics(*blocks)) == (0, 0, 0, 0, len(blocks))


def test_more_dates_than_a_file_may_have(put):
    blocks = [
        f"UID:{number}@x\nLOCATION:TW-1\nDTSTART:20260310T010000Z\nDTEND:20260310T020000Z\nRRULE:FREQ=DAILY;COUNT=366"
        for number in range(20)
    ]
    with pytest.raises(Refused, match="more than 5000 dates"):
        put(events(*blocks), MAPPING.replace("[fields]", "[fields]" + series("rrule")), name="x.ics")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-03-10 09:00", Wall(datetime.fromisoformat("2026-03-10T09:00:00"))),
        ("2026-03-10T09:00:30Z", Wall(datetime.fromisoformat("2026-03-10T09:00:30"), "UTC")),
        ("2026-03-10T09:00+08:00", Wall(datetime.fromisoformat("2026-03-10T01:00:00"), "UTC")),
        ("10.03.2026 09:00", Wall(datetime.fromisoformat("2026-03-10T09:00:00"))),
        ("2026年03月10日 09:00", Wall(datetime.fromisoformat("2026-03-10T09:00:00"))),
        ("2026-03-10", Wall(datetime.fromisoformat("2026-03-10T00:00:00"), "", True)),
        ("2026-03-10 09:00 Europe/Moscow", Wall(datetime.fromisoformat("2026-03-10T09:00:00"), "Europe/Moscow")),
    ],
)
def test_times_of_cells(text, wanted):
    assert wall_of(text, ()) == wanted


@pytest.mark.parametrize(
    "text", ["", "x", "2026-03-10 25:00", "0001-01-01 00:00", "2026-03-10T09:00Z UTC", "9999-12-31T23:59-23:59", "1e5"]
)
def test_what_is_no_time(text):
    with pytest.raises(ValueError):
        wall_of(text, ())


def test_a_calendar_is_read_as_a_table_and_proposed_by_its_names():
    table = reading.parse(events(WEEKLY, MOVED))
    plan = mapping.propose("bookings", table)
    assert {name: source.columns[0] for name, source in plan.fields.items()} == {
        "space": "location",
        "starts": "start",
        "ends": "end",
        "uid": "uid",
        "recurrence": "recurrence-id",
        "purpose": "summary",
        "rrule": "rrule",
        "exdates": "exdate",
        "rdates": "rdate",
        "status": "status",
    }
    in_resources = reading.parse(events(WEEKLY.replace("LOCATION", "RESOURCES")))
    assert mapping.propose("bookings", in_resources).fields["space"].columns == ("resources",)
    assert [row.number for row in table.rows] == [4, 14]


# The web page and the way back


def test_a_calendar_in_the_browser(app, stage, make):
    make.park("OTHER")
    visitor = Visitor(app).is_(make.granted(Role.ADMINISTRATOR))
    content = bomb(DTSTART="20990310T010000Z", DTEND="20990310T020000Z")
    data = {"what": "bookings", "file": (io.BytesIO(content), "calendar.ics"), "mapping": (io.BytesIO(MAPPING.encode()), "m.toml")}
    sent = visitor.open("/parks/HIT/imports/upload", "POST", data=data, content_type="multipart/form-data")
    assert sent.status_code == 303
    preview = visitor.get(sent.location)
    assert preview.status_code == 200 and "2099-03-10 09:00" in preview.text and "days ahead" in preview.text
    assert re.search("Space \\(code or name\\)", preview.text)


def test_what_was_imported_goes_out_as_it_came(app, ics, stage, make):
    ics(WEEKLY, MOVED, OUT, more=series("rrule", "exdate", "rdate", "recurrence-id", "status"))
    number = db.session.scalars(select(Booking.number).order_by(Booking.id)).first()
    visitor = Visitor(app).is_(make.granted(Role.AUDITOR))
    found = Calendar.from_ical(visitor.get(f"/parks/HIT/bookings/{number}.ics").data).walk("VEVENT")
    assert sorted(event["DTSTART"].dt.astimezone(UTC).date() for event in found) == [
        date(2026, 3, 10),
        date(2026, 3, 12),
        date(2026, 3, 25),
    ]


def test_a_file_asks_little(put, statements):
    rows = "".join(
        f"TW-{1 + n % 2},ITMO,2026-03-{10 + n // 20:02d} {8 + n % 20 // 2:02d}:00,2026-03-{10 + n // 20:02d} {8 + n % 20 // 2:02d}:30\n"
        for n in range(60)
    )
    with statements() as seen:
        assert counts(put("room,organisation,start,end\n" + rows, dry_run=True)) == (60, 0, 0, 0, 0)
    assert len(seen) <= 14
