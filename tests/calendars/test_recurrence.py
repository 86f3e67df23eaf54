"""Series: what is refused, which dates there are, and whether python-dateutil and recurring-ical-events say the same."""

from __future__ import annotations

import random
import time as stopwatch
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.calendars import recurrence
from parkmgr.calendars.recurrence import Rule, describe, instants, occurrences, parse, weekly
from parkmgr.errors import Refused

BERLIN, SHANGHAI, MOSCOW = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Moscow")


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


START = wall("2026-01-05 09:00")  # a Monday


def dates(text: str, start: datetime = START) -> str:
    """Return the days of a series, shortly; those of one month after its name."""
    found = occurrences(parse(text, BERLIN), start)
    return " ".join(f"{local:%m-%d}" if local.year == start.year else f"{local:%Y-%m-%d}" for local in found)


# What is typed


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "unknown_part"),
        ("every Monday", "unknown_part"),
        ("COUNT=3", "no_frequency"),
        ("FREQ=FORTNIGHTLY;COUNT=3", "no_frequency"),
        ("FREQ=DAILY;COUNT=3;BYEASTER=0", "unknown_part"),
        ("RSCALE=CHINESE;FREQ=YEARLY;COUNT=3", "unknown_part"),
        ("FREQ=DAILY;COUNT=3;COUNT=4", "part_twice"),
        ("FREQ=DAILY;COUNT=0", "bad_value"),
        ("FREQ=DAILY;COUNT=-3", "bad_value"),
        ("FREQ=DAILY;COUNT=٣", "bad_value"),
        ("FREQ=DAILY;COUNT=99999999999999999999", "bad_value"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270101", "not_together"),
        ("FREQ=DAILY;UNTIL=tomorrow", "bad_value"),
        ("FREQ=DAILY;UNTIL=20260231", "bad_value"),
        ("FREQ=DAILY;UNTIL=00010101T000000Z", "bad_value"),
        ("FREQ=WEEKLY;COUNT=3;BYDAY=XX", "bad_value"),
        ("FREQ=WEEKLY;COUNT=3;BYDAY=1MO", "not_together"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=0MO", "bad_value"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=54MO", "bad_value"),
        ("FREQ=WEEKLY;COUNT=3;BYMONTHDAY=1", "not_together"),
        ("FREQ=MONTHLY;COUNT=3;BYYEARDAY=1", "not_together"),
        ("FREQ=MONTHLY;COUNT=3;BYWEEKNO=1", "not_together"),
        ("FREQ=YEARLY;COUNT=3;BYWEEKNO=1;BYDAY=1MO", "not_together"),
        ("FREQ=DAILY;COUNT=3;BYSETPOS=1", "alone"),
        ("FREQ=MONTHLY;COUNT=3;BYMONTHDAY=0", "bad_value"),
        ("FREQ=MONTHLY;COUNT=3;BYMONTHDAY=32", "bad_value"),
        ("FREQ=MONTHLY;COUNT=3;BYMONTHDAY=1,,2", "bad_value"),
        ("FREQ=YEARLY;COUNT=3;BYMONTH=-1", "bad_value"),
        ("FREQ=DAILY;COUNT=3;WKST=XX", "bad_value"),
        ("FREQ=DAILY;COUNT=3\nEXRULE:FREQ=DAILY", "bad_value"),
    ],
)
def test_what_is_not_a_rule_is_refused_and_told_why(text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(text, SHANGHAI)
    (objection,) = refused.value.objections
    assert objection == recurrence.NOT_A_RULE
    assert objection.facts["why"].code == f"calendars.{code}"  # type: ignore[attr-defined]
    assert "%(" not in str(objection)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=SECONDLY;COUNT=3", [recurrence.TOO_FINE]),
        ("FREQ=MINUTELY", [recurrence.TOO_FINE]),
        ("FREQ=HOURLY;UNTIL=20270101", [recurrence.TOO_FINE]),
        ("FREQ=DAILY;COUNT=3;BYHOUR=9,17", [recurrence.TOO_FINE]),
        ("FREQ=DAILY", [recurrence.NO_END]),
        ("FREQ=DAILY;UNTIL=99991231T235959Z", [recurrence.NO_END]),
        ("FREQ=DAILY;COUNT=367", [recurrence.TOO_MANY]),
        ("FREQ=DAILY;COUNT=10000", [recurrence.TOO_MANY]),
        ("FREQ=DAILY;INTERVAL=0;COUNT=3", [recurrence.BAD_INTERVAL]),
        ("FREQ=DAILY;INTERVAL=367;COUNT=3", [recurrence.BAD_INTERVAL]),
        ("FREQ=DAILY;INTERVAL=999999999", [recurrence.BAD_INTERVAL, recurrence.NO_END]),
        ("FREQ=DAILY;COUNT=3;" + " " * 500, [recurrence.TOO_LONG_RULE]),
        ("FREQ=YEARLY;COUNT=3;BYYEARDAY=" + ",".join(map(str, range(1, 62))), [recurrence.TOO_LONG_RULE]),
    ],
)
def test_a_rule_that_is_no_series_of_bookings_is_refused(text: str, expected: list[object]) -> None:
    with pytest.raises(Refused) as refused:
        parse(text, BERLIN)
    assert list(refused.value.objections) == expected


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("RRULE:FREQ=DAILY;COUNT=3", "FREQ=DAILY;COUNT=3"),
        ("count=3;interval=1;freq=daily;", "FREQ=DAILY;COUNT=3"),
        ("BYDAY=FR,MO;WKST=SU;FREQ=WEEKLY;INTERVAL=2;COUNT=03", "FREQ=WEEKLY;INTERVAL=2;COUNT=3;BYDAY=MO,FR;WKST=SU"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=+1MO,-1FR", "FREQ=MONTHLY;COUNT=3;BYDAY=-1FR,1MO"),
        ("FREQ=DAILY;UNTIL=20260110", "FREQ=DAILY;UNTIL=20260110T235959"),
        ("FREQ=DAILY;UNTIL=20260110T090000", "FREQ=DAILY;UNTIL=20260110T090000"),
        ("FREQ=DAILY;UNTIL=20260110T230000Z", "FREQ=DAILY;UNTIL=20260111T000000"),
        ("FREQ=DAILY;UNTIL=20260710T230000Z", "FREQ=DAILY;UNTIL=20260711T010000"),
    ],
)
def test_a_rule_has_one_text(text: str, canonical: str) -> None:
    rule = parse(text, BERLIN)
    assert rule.text == canonical
    assert parse(rule.text, BERLIN) == rule
    assert parse(rule.ical(BERLIN), BERLIN) == rule


PIECES = ("FREQ", "=", "DAILY", "WEEKLY", ";", "COUNT", "UNTIL", "2026", "0101", "T", "Z", "BYDAY", "MO", "-1", ",", "9", "INTERVAL")


@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_is_a_rule_or_is_refused(text: str) -> None:
    try:
        rule = parse(text, BERLIN)
    except Refused:
        return
    assert parse(rule.text, BERLIN) == rule


# Which days: the examples of RFC 5545 and of people


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=DAILY;COUNT=3", "01-05 01-06 01-07"),
        ("FREQ=DAILY;INTERVAL=10;COUNT=3", "01-05 01-15 01-25"),
        ("FREQ=WEEKLY;COUNT=3", "01-05 01-12 01-19"),
        ("FREQ=WEEKLY;COUNT=3;BYDAY=TU", "01-06 01-13 01-20"),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=MO,FR", "01-05 01-09 01-19 01-23"),
        ("FREQ=WEEKLY;UNTIL=20260119;BYDAY=MO", "01-05 01-12 01-19"),
        ("FREQ=WEEKLY;UNTIL=20260119T085959;BYDAY=MO", "01-05 01-12"),
        ("FREQ=WEEKLY;UNTIL=20260119T080000Z;BYDAY=MO", "01-05 01-12 01-19"),
        ("FREQ=MONTHLY;COUNT=3;BYMONTHDAY=31", "01-31 03-31 05-31"),
        ("FREQ=MONTHLY;COUNT=3;BYMONTHDAY=-1", "01-31 02-28 03-31"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=-1FR", "01-30 02-27 03-27"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=5MO", "03-30 06-29 08-31"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=FR;BYMONTHDAY=13", "02-13 03-13 11-13"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "01-30 02-27 03-31"),
        ("FREQ=YEARLY;COUNT=2;BYDAY=20MO", "05-18 2027-05-17"),
        ("FREQ=YEARLY;COUNT=2;BYWEEKNO=20;BYDAY=MO", "05-11 2027-05-17"),
        ("FREQ=YEARLY;COUNT=3;BYMONTH=3;BYDAY=TH", "03-05 03-12 03-19"),
        ("FREQ=YEARLY;COUNT=3;BYYEARDAY=1,100,-1", "04-10 12-31 2027-01-01"),
        ("FREQ=YEARLY;COUNT=1;BYMONTH=2;BYMONTHDAY=29", "2028-02-29"),
        ("FREQ=DAILY;COUNT=2;BYMONTH=3", "03-01 03-02"),
    ],
)
def test_a_series_has_these_dates(text: str, expected: str) -> None:
    assert dates(text) == expected


def test_the_week_s_first_day_decides_which_fortnight_it_is() -> None:
    """RFC 5545, 3.8.5.3, with its own dates."""
    start = wall("1997-08-05 09:00")
    assert dates("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", start) == "08-05 08-10 08-19 08-24"
    assert dates("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", start) == "08-05 08-17 08-19 08-31"


def test_a_start_that_the_rule_does_not_match_is_not_in_the_series() -> None:
    assert dates("FREQ=WEEKLY;COUNT=2;BYDAY=WE") == "01-07 01-14"


def test_an_hour_in_the_rule_is_the_hour_of_the_series() -> None:
    rule = parse("FREQ=DAILY;COUNT=2;BYHOUR=7;BYMINUTE=30", BERLIN)
    assert occurrences(rule, START) == [wall("2026-01-06 07:30"), wall("2026-01-07 07:30")]


def test_a_date_that_is_taken_out_still_counts() -> None:
    rule = parse("FREQ=DAILY;COUNT=3", BERLIN)
    assert occurrences(rule, START, exdates=frozenset({wall("2026-01-06 09:00")})) == [START, wall("2026-01-07 09:00")]
    with pytest.raises(Refused) as refused:
        occurrences(parse("FREQ=DAILY;COUNT=1", BERLIN), START, exdates=frozenset({START}))
    assert refused.value.objections == (recurrence.NEVER,)


def test_a_bound_cuts_a_series_without_an_objection() -> None:
    rule = parse("FREQ=WEEKLY;COUNT=300", BERLIN)
    assert occurrences(rule, START, until_bound=wall("2026-01-12 09:00")) == [START, wall("2026-01-12 09:00")]


def test_fewer_may_be_allowed() -> None:
    with pytest.raises(Refused) as refused:
        occurrences(parse("FREQ=DAILY;COUNT=11", BERLIN), START, most=10)
    assert refused.value.objections == (recurrence.TOO_MANY,)


def test_a_series_recurs_in_wall_time() -> None:
    with pytest.raises(ValueError, match="wall time"):
        occurrences(parse("FREQ=DAILY;COUNT=1", BERLIN), START.replace(tzinfo=UTC))


MANY = ",".join(map(str, range(1, 61)))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=1", "never"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;UNTIL=21991231", "never"),
        ("FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2,4,6,9,11;COUNT=366", "never"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=31;COUNT=3", "never"),
        ("FREQ=YEARLY;BYWEEKNO=1;BYMONTH=6;COUNT=3", "never"),
        (f"FREQ=YEARLY;BYYEARDAY={MANY};BYMONTH=12;BYDAY=1MO,2TU,-3WE;BYSETPOS=-1;COUNT=9", "never"),
        (f"FREQ=YEARLY;BYYEARDAY={MANY};BYDAY=53MO;BYSETPOS={MANY};COUNT=366", "never"),
        (f"FREQ=YEARLY;BYWEEKNO={MANY[:140]};BYMONTHDAY=31;BYMONTH=2;COUNT=3", "never"),
        ("FREQ=DAILY;INTERVAL=366;BYMONTH=2;BYMONTHDAY=30;UNTIL=21991231", "never"),
        ("FREQ=DAILY;UNTIL=20251231", "never"),
        ("FREQ=DAILY;UNTIL=21991231", "too_many"),
        ("FREQ=WEEKLY;UNTIL=21991231", "too_far"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=10", "too_far"),
        ("FREQ=YEARLY;COUNT=366;BYDAY=MO", "too_far"),
    ],
)
def test_a_bomb_does_not_go_off(text: str, code: str) -> None:
    started = stopwatch.process_time()
    with pytest.raises(Refused) as refused:
        occurrences(parse(text, BERLIN), START)
    assert stopwatch.process_time() - started < 0.1
    (objection,) = refused.value.objections
    assert objection.code == f"calendars.{code}" or (code, objection.code) == ("never", "calendars.not_a_rule")
    assert "%(" not in str(objection)


@pytest.mark.parametrize("year", [1, 1899, 2200, 9999])
def test_a_year_in_which_nobody_books_is_refused(year: int) -> None:
    with pytest.raises(Refused, match="from 1900 to 2199"):
        occurrences(parse("FREQ=DAILY;COUNT=1", BERLIN), START.replace(year=year))


# Which instants


def test_skipped_and_double_times_are_read_as_rfc_5545_says() -> None:
    spring, autumn, plain = wall("2026-03-29 02:30"), wall("2026-10-25 02:30"), wall("2026-06-01 02:30")
    assert [(one.starts_at.isoformat(), one.trouble) for one in instants([spring, autumn, plain], BERLIN)] == [
        ("2026-03-29T01:30:00+00:00", "skipped"),
        ("2026-10-25T00:30:00+00:00", "twice"),
        ("2026-06-01T00:30:00+00:00", ""),
    ]


# The libraries


@dataclass(frozen=True)
class Series:
    """A generated series."""

    text: str
    start: datetime
    zone: ZoneInfo

    def __str__(self) -> str:
        return f"{self.zone.key} {self.start} {self.text}"


HOURS = ("00:00", "01:30", "02:00", "02:30", "02:59", "03:00", "09:00", "23:45")
CHANGES = {
    BERLIN: ("2025-03-30", "2026-10-25", "2027-03-28"),
    MOSCOW: ("2010-10-31", "2011-03-27", "2014-10-26"),
    SHANGHAI: ("2026-06-01",),
}
MAY = {
    "DAILY": ("BYMONTH", "BYMONTHDAY", "BYDAY"),
    "WEEKLY": ("BYMONTH", "BYDAY"),
    "MONTHLY": ("BYMONTH", "BYMONTHDAY", "BYDAY"),
    "YEARLY": ("BYMONTH", "BYMONTHDAY", "BYDAY", "BYYEARDAY", "BYWEEKNO"),
}
LIMITS = {"BYMONTH": (1, 12), "BYMONTHDAY": (-31, 31), "BYYEARDAY": (-366, 366), "BYWEEKNO": (-50, 53)}
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def numbers(chance: random.Random, name: str) -> str:
    least, most = LIMITS[name]
    found = {chance.randint(least, most) for _ in range(chance.choice((1, 1, 2, 5)))} - {0} or {1}
    return ",".join(map(str, sorted(found)))


def weekdays(chance: random.Random, numbered: bool, in_month: bool) -> str:
    days = chance.sample(DAYS, chance.choice((1, 1, 2, 3)))
    most = 5 if in_month else 53
    return ",".join(f"{chance.choice((-1, 1)) * chance.randint(1, most)}{day}" if numbered else day for day in days)


def by_parts(chance: random.Random, freq: str) -> dict[str, str]:
    names = [name for name in MAY[freq] if chance.random() < (0.6 if name == "BYDAY" else 0.25)]
    found = {name: numbers(chance, name) for name in names if name != "BYDAY"}
    if "BYDAY" in names:
        may_number = freq in ("MONTHLY", "YEARLY") and "BYWEEKNO" not in names
        found["BYDAY"] = weekdays(chance, may_number and chance.random() < 0.4, freq == "MONTHLY" or "BYMONTH" in names)
    if found and freq != "WEEKLY" and chance.random() < 0.25:
        found["BYSETPOS"] = ",".join(map(str, {chance.choice((1, 2, 3, -1, -2)) for _ in range(2)}))
    if chance.random() < 0.2:
        found["WKST"] = chance.choice(DAYS)
    return found


def series(chance: random.Random, zone: ZoneInfo) -> Series:
    near = wall(chance.choice(CHANGES[zone])) - timedelta(days=chance.choice((0, 1, 7, 14, 30, chance.randint(0, 400))))
    hour, minute = chance.choice(HOURS).split(":")
    start = near.replace(hour=int(hour), minute=int(minute))
    freq = chance.choice(("DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "YEARLY"))
    parts = {"FREQ": freq, "INTERVAL": str(chance.choice((1, 1, 1, 2, 3, 5)))}
    if chance.random() < 0.5:
        parts["COUNT"] = str(chance.choice((1, 5, 10, 52)))
    else:
        parts["UNTIL"] = f"{start + timedelta(days=chance.randint(0, 900)):%Y%m%dT%H%M%S}"
    parts |= by_parts(chance, freq)
    return Series(";".join(f"{name}={value}" for name, value in parts.items()), start, zone)


def all_of(one: Series) -> tuple[Rule, list[datetime]]:
    """Return every date of a series within six years; none when it has none there."""
    rule = parse(one.text, one.zone)
    try:
        return rule, occurrences(rule, one.start, until_bound=one.start + timedelta(days=365 * recurrence.YEARS))
    except Refused as refused:
        assert refused.objections in ((recurrence.NEVER,), (recurrence.TOO_MANY,)), str(one)
        return rule, []


def by_dateutil(one: Series, most: int) -> list[datetime]:
    horizon = one.start + timedelta(days=365 * recurrence.YEARS)
    return list(islice(takewhile(lambda local: local <= horizon, rrulestr(one.text, dtstart=one.start)), most))


def by_recurring_ical_events(one: Series, rule: Rule, last: datetime) -> set[datetime]:
    text = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//parkmgr//tests//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
        f"DTSTART;TZID={one.zone.key}:{one.start:%Y%m%dT%H%M%S}\r\nDURATION:PT1M\r\nRRULE:{rule.ical(one.zone)}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    span = ((local + timedelta(days=away)).replace(tzinfo=one.zone) for local, away in ((one.start, -1), (last, 1)))
    events = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(*span)
    return {event["DTSTART"].dt.astimezone(UTC) for event in events}


def generated(zone: ZoneInfo, many: int, seed: str = "") -> Iterator[Series]:
    chance = random.Random(zone.key + seed)
    return (series(chance, zone) for _ in range(many))


@pytest.mark.parametrize(
    ("zone", "many", "crossed"),
    [
        pytest.param(BERLIN, 1000, {"skipped 2025-03", "skipped 2027-03", "twice 2026-10"}, id="Berlin"),
        pytest.param(MOSCOW, 700, {"twice 2010-10", "skipped 2011-03", "twice 2014-10"}, id="Moscow"),
        pytest.param(SHANGHAI, 300, set(), id="Shanghai"),
    ],
)
def test_the_libraries_find_the_same_dates(zone: ZoneInfo, many: int, crossed: set[str]) -> None:
    """recurring-ical-events adds the start in any case, so that a series by COUNT has one more where the rule does not match its start."""
    compared, troubled = 0, set()
    for one in generated(zone, many):
        rule, found = all_of(one)
        if not found:
            continue
        assert by_dateutil(one, len(found)) == found, str(one)
        expected = instants({one.start, *found}, zone)
        latest = instants([max(found)], zone)[0].starts_at
        theirs = by_recurring_ical_events(one, rule, max(found))
        assert {at for at in theirs if at <= latest} == {each.starts_at for each in expected}, str(one)
        compared += 1
        troubled |= {f"{each.trouble} {each.local:%Y-%m}" for each in expected if each.trouble}
    assert compared > 0.8 * many
    assert crossed <= troubled
    assert bool(crossed) == bool(troubled)


# Where we read RFC 5545 and dateutil does not


def test_plain_and_numbered_weekdays_are_added_up() -> None:
    text = "FREQ=MONTHLY;COUNT=6;BYDAY=1MO,TU"
    assert dates(text) == "01-05 01-06 01-13 01-20 01-27 02-02"
    assert list(rrulestr(text.replace("COUNT=6", "UNTIL=20261231"), dtstart=START)) == []


def test_positions_of_a_weekly_rule_count_from_the_first_day_of_the_week() -> None:
    text, wednesday = "FREQ=WEEKLY;COUNT=2;BYDAY=MO,TH,FR;BYSETPOS=2", wall("2026-01-07 09:00")
    assert dates(text, wednesday) == "01-08 01-15"
    assert [f"{local:%m-%d}" for local in rrulestr(text, dtstart=wednesday)] == ["01-09", "01-15"]


def test_the_last_week_of_a_year_is_counted_in_that_year() -> None:
    """Weeks from Sunday: those of 2026 begin on 4 January 2026, those of 2027 on 3 January 2027, 364 days later: there is no 53rd."""
    text = "FREQ=YEARLY;UNTIL=20270110T090000;BYWEEKNO=%d;WKST=SU"
    assert dates(text % 52, wall("2026-12-20 09:00")) == "12-27 12-28 12-29 12-30 12-31 2027-01-01 2027-01-02"
    with pytest.raises(Refused):
        dates(text % 53, wall("2026-12-20 09:00"))
    assert len(list(rrulestr(text % 53, dtstart=wall("2026-12-20 09:00")))) == 2


def test_a_date_as_the_end_is_the_last_day() -> None:
    text = "FREQ=DAILY;UNTIL=20260107"
    assert dates(text) == "01-05 01-06 01-07"
    assert len(list(rrulestr(text, dtstart=START))) == 2


# Forms and words


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (weekly(START, frozenset({1, 5}), count=10), "FREQ=WEEKLY;COUNT=10;BYDAY=MO,FR"),
        (weekly(START, frozenset(), interval=2, until=date(2026, 12, 8)), "FREQ=WEEKLY;INTERVAL=2;UNTIL=20261208T235959;BYDAY=MO"),
    ],
)
def test_a_form_makes_a_rule(made: str, text: str) -> None:
    assert made == text
    assert parse(made, BERLIN).text == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("FREQ=WEEKLY;UNTIL=20261208;BYDAY=TU", "every week on Tuesday, until 8 Dec 2026"),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=10;BYDAY=MO,FR", "every 2 weeks on Monday and Friday, 10 times"),
        ("FREQ=WEEKLY;COUNT=1", "every week on Monday, 1 time"),
        ("FREQ=DAILY;COUNT=3", "every day, 3 times"),
        ("FREQ=DAILY;INTERVAL=3;UNTIL=20260201T080000", "every 3 days, until 31 Jan 2026"),
        ("FREQ=MONTHLY;COUNT=3", "every month on day 5, 3 times"),
        ("FREQ=MONTHLY;COUNT=3;BYMONTHDAY=1,15", "every month on day 1 and 15, 3 times"),
        ("FREQ=MONTHLY;COUNT=3;BYMONTHDAY=-1", "every month on the last day, 3 times"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=1MO", "every month on the first Monday, 3 times"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=2TU", "every month on the second Tuesday, 3 times"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=3WE", "every month on the third Wednesday, 3 times"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=4TH", "every month on the fourth Thursday, 3 times"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=-1FR", "every month on the last Friday, 3 times"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=-2FR", "every month (FREQ=MONTHLY;COUNT=3;BYDAY=-2FR), 3 times"),
        ("FREQ=YEARLY;COUNT=3", "every year on 5 January, 3 times"),
        ("FREQ=YEARLY;COUNT=3;BYMONTH=2;BYMONTHDAY=31", "every year (FREQ=YEARLY;COUNT=3;BYMONTH=2;BYMONTHDAY=31), 3 times"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=MO", "every month (FREQ=MONTHLY;COUNT=3;BYDAY=MO), 3 times"),
        ("FREQ=WEEKLY;COUNT=3;BYDAY=MO;BYMONTH=3", "every week (FREQ=WEEKLY;COUNT=3;BYMONTH=3;BYDAY=MO), 3 times"),
    ],
)
def test_a_rule_is_said_in_words(text: str, words: str) -> None:
    assert describe(parse(text, BERLIN), START, "en") == words


def test_a_day_is_named_in_the_reader_s_language() -> None:
    rule = parse("FREQ=WEEKLY;COUNT=3;BYDAY=TU,FR", BERLIN)
    assert "вторник и пятница" in describe(rule, START, "ru")
    assert "星期二和星期五" in describe(rule, START, "zh")
