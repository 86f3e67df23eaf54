"""The use of rooms: spans, hours of the week, and sums that are the same however they are cut."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from parkmgr.calendars.rules import parse_week
from parkmgr.utilisation import rules
from parkmgr.utilisation.rules import Conduct, Made, OfOrganisation, Room, Seats, Sums, Use, Utilisation
from parkmgr.values import Names, Span

HARBIN, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 3, 2)
HOUR = 3600


def at(text: str, zone: ZoneInfo = HARBIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def span(starts: str, ends: str, zone: ZoneInfo = HARBIN) -> Span:
    return Span(at(starts, zone), at(ends, zone))


def room(space_id: int = 1, *, period: Span, week: str = "Mon-Fri 08:00-18:00", building: str = "B", **more: object) -> Room:
    given: dict[str, object] = {"kind": "meeting_room", "open_on_holidays": True, "spans": (period,), "capacity": 10, **more}
    return Room(space_id=space_id, code=f"R{space_id}", building=building, week=parse_week(week), **given)  # type: ignore[arg-type]


def use(starts: str, ends: str, *, unit: int = 1, document: str = "B-1", organisation: int = 7, people: int = 4) -> Use:
    return Use(unit, span(starts, ends), document, organisation, people)


def used(*uses: Use, rooms: tuple[Room, ...] = (), since: date = MONDAY, until: date = MONDAY, zone: ZoneInfo = HARBIN) -> Utilisation:
    period = rules.period_of(since, until, zone)
    return rules.compile(
        rooms or (room(period=period),),
        uses,
        period=period,
        zone=zone,
        weekday_of=lambda day: day.isoweekday(),
        organisations={7: ("A", Names("Rayak")), 8: ("B", Names("Neva"))},
    )


def test_a_day_of_ten_hours_of_which_three_are_booked():
    found = used(use("2026-03-02T09:00", "2026-03-02T12:00"))
    assert found.total == Sums(1, 10 * HOUR, 0, 3 * HOUR, 0)
    assert found.total.ratio == Decimal("30.00")
    assert [index for index, hour in enumerate(found.hours) if hour.booked] == [9, 10, 11]
    assert [index for index, hour in enumerate(found.hours) if hour.open] == list(range(8, 18))


def test_what_is_booked_outside_the_hours_is_in_no_ratio():
    total = used(use("2026-03-02T17:00", "2026-03-02T20:00")).total
    assert (total.booked, total.outside, total.ratio) == (HOUR, 2 * HOUR, Decimal("10.00"))


def test_a_closure_leaves_the_bookable_hours_and_is_told_apart():
    found = used(use("2026-03-02T06:00", "2026-03-02T10:00", document=""), use("2026-03-02T10:00", "2026-03-02T14:00"))
    assert found.total == Sums(1, 8 * HOUR, 2 * HOUR, 4 * HOUR, 0)
    assert found.total.ratio == Decimal("50.00")


def test_what_reaches_beyond_the_period_counts_in_it_only():
    found = used(use("2026-03-01T10:00", "2026-03-03T10:00"))
    assert (found.total.booked, found.total.outside) == (10 * HOUR, 14 * HOUR)


def test_without_bookable_hours_nothing_is_defined():
    found = used(use("2026-03-01T10:00", "2026-03-01T12:00"), since=date(2026, 3, 1), until=date(2026, 3, 1))
    assert (found.total.open, found.total.ratio, found.total.outside) == (0, None, 2 * HOUR)
    assert used(rooms=(), since=MONDAY).hours[0].ratio is None
    assert Seats().ratio is None


def test_a_room_counts_on_the_days_on_which_it_exists():
    period = rules.period_of(MONDAY, MONDAY + timedelta(days=1), HARBIN)
    first = Span(period.starts_at, period.starts_at + timedelta(days=1))
    assert used(rooms=(room(period=period, spans=(first,)),), until=MONDAY + timedelta(days=1)).total.open == 10 * HOUR


@pytest.mark.parametrize(("day", "open_hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_of_another_length_has_its_hours(day: date, open_hours: int):
    period = rules.period_of(day, day, BERLIN)
    found = used(rooms=(room(period=period, week="Mon-Sun 00:00-24:00"),), since=day, until=day, zone=BERLIN)
    assert found.total.open == open_hours * HOUR == sum(hour.open for hour in found.hours)


def test_a_hall_of_two_halves_has_its_people_once_and_the_seats_of_both():
    period = rules.period_of(MONDAY, MONDAY, HARBIN)
    halves = (room(1, period=period, capacity=10), room(2, period=period, capacity=20))
    both = tuple(use("2026-03-02T09:00", "2026-03-02T11:00", unit=unit, people=15) for unit in (1, 2))
    assert used(*both, rooms=halves).seats == Seats(15 * 2 * HOUR, 30 * 2 * HOUR, 0)
    unknown = (halves[0], room(2, period=period, capacity=None))
    assert used(*both, rooms=unknown).seats == Seats(0, 0, 1)


def test_a_liaison_reads_others_as_one_sum():
    period = rules.period_of(MONDAY, MONDAY, HARBIN)
    found = used(
        use("2026-03-02T09:00", "2026-03-02T10:00"),
        use("2026-03-02T10:00", "2026-03-02T12:00", document="B-2", organisation=8),
        use("2026-03-02T12:00", "2026-03-02T13:00", document="B-3", organisation=9),
        rooms=(room(period=period),),
    )
    told = rules.narrowed(found, {7})
    assert told.organisations == (OfOrganisation(7, Names("Rayak"), "A", HOUR, 0), OfOrganisation(None, None, "", 3 * HOUR, 0))
    assert told.total == found.total and "Neva" not in repr(told)


def test_what_became_of_bookings():
    states = ["completed", "completed", "checked_in", "no_show", "cancelled", "rejected", "confirmed", "expired"]
    found = rules.conduct(Made(state, (index + 1) * HOUR) for index, state in enumerate(states))
    assert (found.made, found.came, found.no_show, found.cancelled) == (8, 3, 1, 1)
    assert (found.no_show_rate, found.cancelled_rate) == (Decimal("25.00"), Decimal("12.50"))
    assert (found.median_lead, found.mean_lead) == (3 * HOUR, Decimal(17 * HOUR) / 5)
    assert rules.conduct([Made("completed", 10), Made("completed", 20)]).median_lead == 15
    nothing = Conduct(0, 0, 0, 0, ())
    assert (nothing.no_show_rate, nothing.cancelled_rate, nothing.mean_lead, nothing.median_lead) == (None, None, None, None)


@pytest.mark.parametrize(
    ("since", "until", "against"),
    [
        (MONDAY, MONDAY, []),
        (MONDAY, MONDAY - timedelta(days=1), [rules.BACKWARDS]),
        (MONDAY, MONDAY + timedelta(days=365), []),
        (MONDAY, MONDAY + timedelta(days=366), [rules.TOO_LONG]),
    ],
)
def test_days_that_may_be_asked_about(since: date, until: date, against: list[object]):
    assert rules.objections(since, until) == against


def test_hours_are_rounded_half_to_even():
    assert [str(rules.hours(seconds)) for seconds in (0, 18, 54, 3600, 5400)] == ["0.00", "0.00", "0.02", "1.00", "1.50"]


# Sums, however they are cut


@some.composite
def parks(draw: some.DrawFn) -> tuple[list[Room], list[Use], date, date, ZoneInfo]:
    """Some rooms, and what held them: in one unit nothing overlaps, as the ledger has it."""
    zone = draw(some.sampled_from([HARBIN, BERLIN, ZoneInfo("Australia/Lord_Howe")]))
    since = draw(some.dates(date(2026, 3, 1), date(2026, 11, 30)))
    until = since + timedelta(days=draw(some.integers(0, 9)))
    period = rules.period_of(since, until, zone)
    rooms, uses = [], []
    weeks = ["Mon-Fri 08:00-18:00", "Mon-Sun 00:00-24:00", "Sat,Sun 10:15-11:45\nMon 22:00-24:00", ""]
    for number in range(1, draw(some.integers(1, 4)) + 1):
        building = draw(some.sampled_from("AB"))
        rooms.append(room(number, period=period, week=draw(some.sampled_from(weeks)), building=building))
        at = period.starts_at - timedelta(hours=5)
        for _ in range(draw(some.integers(0, 6))):
            starts = at + timedelta(seconds=draw(some.integers(0, 90_000)), microseconds=draw(some.integers(0, 999_999)))
            at = starts + timedelta(seconds=draw(some.integers(1, 50_000)))
            organisation = draw(some.integers(0, 3))
            uses.append(Use(number, Span(starts, at), f"B-{organisation}" if organisation else "", organisation, 3))
    return rooms, uses, since, until, zone


@settings(max_examples=150, deadline=None)
@given(parks())
def test_sums_over_rooms_buildings_organisations_and_hours_are_the_same(given_):
    rooms, uses, since, until, zone = given_
    found = used(*uses, rooms=tuple(rooms), since=since, until=until, zone=zone)
    assert sum((each.sums for each in found.rooms), Sums()) == found.total
    assert sum((each.sums for each in found.buildings), Sums()) == found.total
    assert sum(each.booked for each in found.organisations) == found.total.booked == sum(hour.booked for hour in found.hours)
    assert sum(each.outside for each in found.organisations) == found.total.outside
    assert sum(hour.open for hour in found.hours) == found.total.open
    assert len(found.hours) == 168 and all(0 <= hour.booked <= hour.open for hour in found.hours)
    assert found.total.booked <= found.total.open
    narrowed = rules.narrowed(found, {1})
    assert sum(each.booked for each in narrowed.organisations) == found.total.booked


@settings(max_examples=100, deadline=None)
@given(parks())
def test_both_and_without_divide_every_instant(given_):
    _rooms, uses, since, until, zone = given_
    period = rules.period_of(since, until, zone)
    ones = rules.open_in(parse_week("Mon-Sun 07:00-19:00"), period, zone, lambda day: day.isoweekday())
    others = sorted(use.span for use in uses if use.space_id == 1)
    length = sum((one.length for one in ones), timedelta())
    assert sum((one.length for one in [*rules.both(ones, others), *rules.without(ones, others)]), timedelta()) == length
