"""What the park's rules say to a request, rule by rule and against plain models. No database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parkmgr.bookings import rules, rules_actions
from parkmgr.bookings.rules import Access, Answer, Conditions, Facts, PriceClass, Quota, Standing, State, Taken, Used, Who
from parkmgr.calendars.rules import is_open, parse_week
from parkmgr.values import FOREVER, Money, Names, Span
from tests.bookings.conftest import at, span

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = at("2026-03-02 12:00")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
WHO = Who("MSU", "university", PriceClass.MEMBER, frozenset({"liaison"}))
WEEK = parse_week("Mon-Fri 08:00-22:00\nSat 10:00-16:00")
HOLIDAY = date(2026, 3, 5)


def under(**more: Any) -> Conditions:
    """Rules that let nearly everything pass."""
    return Conditions(**{"week": WEEK, **more})


def known(conditions: Conditions | None = None, **more: Any) -> Facts:
    """What is known of a room in Harbin; the fifth is a holiday."""
    given = {
        "space": "M-101",
        "zone": SHANGHAI,
        "weekday_of": lambda day: None if day == HOLIDAY else day.isoweekday(),
        "conditions": conditions if conditions is not None else under(),
        "who": WHO,
        "capacity": 12,
        **more,
    }
    return Facts(**given)


def codes(asked: Span, facts: Facts, people: int = 4, now: datetime = NOW) -> list[str]:
    """The reasons against it."""
    return [objection.code.split(".")[1] for objection in rules.objections(asked, people, facts, now)]


TUESDAY = span("2026-03-03 10:00", "11:00")


@pytest.mark.parametrize(
    ("asked", "conditions", "against"),
    [
        pytest.param(TUESDAY, {}, [], id="an hour tomorrow"),
        pytest.param(span("2026-03-02 12:00", "13:00"), {}, [], id="from this instant"),
        pytest.param(span("2026-03-02 11:00", "12:00"), {}, ["in_past"], id="an hour ago"),
        pytest.param(span("2026-03-03 10:00", "10:15"), {"least": 15 * MINUTE}, [], id="as short as can be"),
        pytest.param(span("2026-03-03 10:00", "10:15"), {"least": 16 * MINUTE}, ["too_short"], id="shorter"),
        pytest.param(TUESDAY, {"most": HOUR}, [], id="as long as can be"),
        pytest.param(TUESDAY, {"most": 59 * MINUTE}, ["too_long"], id="longer"),
        pytest.param(span("2026-03-03 10:05", "11:00"), {}, ["off_step"], id="begins off the step"),
        pytest.param(span("2026-03-03 10:00", "10:50"), {}, ["off_step"], id="ends off the step"),
        pytest.param(span("2026-03-03 10:05", "10:50"), {"step": 5 * MINUTE}, [], id="finer steps"),
        pytest.param(TUESDAY, {"lead": 22 * HOUR}, [], id="just early enough"),
        pytest.param(TUESDAY, {"lead": 22 * HOUR + MINUTE}, ["too_soon"], id="a minute too late"),
        pytest.param(TUESDAY, {"ahead": timedelta(days=1)}, [], id="the last day that can be booked"),
        pytest.param(span("2026-03-04 10:00", "11:00"), {"ahead": timedelta(days=1)}, ["too_far"], id="the day after it"),
        pytest.param(span("2026-03-03 21:00", "22:00"), {}, [], id="until it closes"),
        pytest.param(span("2026-03-03 21:00", "22:15"), {}, ["closed_then"], id="past closing"),
        pytest.param(span("2026-03-08 10:00", "11:00"), {}, ["closed_then"], id="on Sunday"),
        pytest.param(span("2026-03-05 10:00", "11:00"), {}, ["holiday"], id="on a holiday"),
        pytest.param(span("2026-03-05 10:00", "11:00"), {"open_on_holidays": True}, [], id="on a holiday that counts for nothing"),
        pytest.param(TUESDAY, {"answer": Answer.CLOSED}, ["not_for_you"], id="closed to everybody"),
        pytest.param(TUESDAY, {"answer": Answer.APPROVAL}, [], id="to be approved"),
        pytest.param(
            span("2026-03-01 23:55", "2026-03-02 00:01"),
            {"least": 15 * MINUTE, "answer": Answer.CLOSED},
            ["in_past", "not_for_you", "too_short", "off_step", "closed_then"],
            id="everything at once",
        ),
    ],
)
def test_every_reason_against_a_time(asked: Span, conditions: dict[str, Any], against: list[str]) -> None:
    assert codes(asked, known(under(**conditions))) == against


@pytest.mark.parametrize(
    ("facts", "people", "against"),
    [
        pytest.param({}, 12, [], id="twelve on twelve seats"),
        pytest.param({}, 13, ["too_many_people"], id="thirteen"),
        pytest.param({"capacity": None}, 999, [], id="seats that nobody counted"),
        pytest.param({"exists_from": date(2026, 3, 3)}, 4, [], id="from its first day"),
        pytest.param({"exists_from": date(2026, 3, 4)}, 4, ["gone"], id="before its first day"),
        pytest.param({"exists_until": date(2026, 3, 4)}, 4, [], id="on its last day"),
        pytest.param({"exists_until": date(2026, 3, 3)}, 4, ["gone"], id="after its last day"),
        pytest.param({"held": (Taken(span("2026-03-03 09:00", "10:00")),)}, 4, [], id="right after another"),
        pytest.param({"held": (Taken(span("2026-03-03 11:00", "12:00")),)}, 4, [], id="right before another"),
        pytest.param({"held": (Taken(span("2026-03-03 10:59", "12:00")),)}, 4, ["taken"], id="a minute into another"),
        pytest.param({"held": (Taken(Span(at("2026-01-01 00:00"), FOREVER)),)}, 4, ["taken"], id="of what never ends"),
    ],
)
def test_every_reason_against_a_space(facts: dict[str, Any], people: int, against: list[str]) -> None:
    assert codes(TUESDAY, known(**facts), people) == against


def test_what_cannot_be_booked_says_only_that() -> None:
    facts = replace(known(), conditions=None)
    assert codes(span("2026-03-01 10:05", "10:06"), facts, 99) == ["in_past", "not_bookable"]


def test_the_turnaround_must_be_free_too() -> None:
    held = (Taken(span("2026-03-03 11:00", "12:00")),)
    assert codes(TUESDAY, known(under(turnaround=MINUTE), held=held)) == ["taken"]
    assert codes(TUESDAY, known(under(turnaround=MINUTE))) == []


def test_a_holder_is_named_to_whoever_may_know() -> None:
    named = Taken(TUESDAY, Names("Ann's company"), "B-2026-0001")
    [hidden], [shown] = ([str(one) for one in rules.objections(TUESDAY, 1, known(held=(held,)), NOW)] for held in (Taken(TUESDAY), named))
    assert "B-2026-0001" not in hidden
    assert "B-2026-0001" in shown


def test_at_most_three_reasons_say_taken() -> None:
    held = tuple(Taken(span(f"2026-03-03 10:{minute:02}", f"10:{minute + 5}")) for minute in range(10, 50, 10))
    assert codes(TUESDAY, known(held=held)) == ["taken"] * 3


def test_only_the_parks_own_rules_can_be_waived() -> None:
    facts = known(under(least=2 * HOUR, answer=Answer.CLOSED), held=(Taken(TUESDAY),), capacity=1)
    against = rules.objections(TUESDAY, 4, facts, TUESDAY.starts_at + HOUR)
    everything = frozenset(objection.code for objection in against)
    assert [one.code for one in rules.unwaived(against, everything)] == ["bookings.in_past", "occupancy.taken"]


ACCESS = (
    Access("role", "liaison", Answer.CLOSED),
    Access("kind", "university", Answer.APPROVAL),
    Access("class", "member", Answer.INSTANT),
    Access("organisation", "MSU", Answer.CLOSED),
)


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (ACCESS, Answer.CLOSED),
        (ACCESS[:3], Answer.INSTANT),
        (ACCESS[:2], Answer.APPROVAL),
        (ACCESS[:1], Answer.CLOSED),
        ((), Answer.APPROVAL),
        ((Access("organisation", "SPBU", Answer.CLOSED), Access("role", "auditor", Answer.CLOSED)), Answer.APPROVAL),
        (tuple(reversed(ACCESS)), Answer.CLOSED),
    ],
    ids=["organisation", "class", "kind", "role", "nobody", "others", "in any order"],
)
def test_the_line_that_says_most_exactly_who_counts(lines: tuple[Access, ...], answer: Answer) -> None:
    assert under(access=lines, answer=Answer.APPROVAL).answer_to(WHO) is answer


@given(st.permutations(ACCESS), st.integers(0, 4))
def test_the_order_of_lines_says_nothing(lines: list[Access], many: int) -> None:
    chosen = tuple(lines[:many])
    ranks = {line.who: line.answer for line in chosen}
    expected = next((ranks[who] for who in ("organisation", "class", "kind", "role") if who in ranks), Answer.INSTANT)
    assert under(access=chosen).answer_to(WHO) is expected


# Quotas


def used(*spans: Span, person: bool = True) -> tuple[Used, ...]:
    """Bookings that count."""
    return tuple(Used(one, person) for one in spans)


def quota(per: str, measure: str, most: int, whom: str = "organisation") -> Conditions:
    """Rules with one limit."""
    return under(quotas=(Quota(whom, per, measure, most),), ahead=timedelta(days=900))


def in_zone(zone: ZoneInfo, conditions: Conditions, *spans: Span) -> Facts:
    """What is known of a room there, always open."""
    week = parse_week("Mon-Sun 00:00-24:00")
    return known(replace(conditions, week=week), zone=zone, used=used(*spans))


@pytest.mark.parametrize(
    ("per", "measure", "most", "earlier", "against"),
    [
        pytest.param("day", "count", 2, ["2026-03-03 08:00"], [], id="the second of two a day"),
        pytest.param("day", "count", 1, ["2026-03-03 08:00"], ["quota"], id="the second of one a day"),
        pytest.param("day", "count", 1, ["2026-03-04 08:00", "2026-03-02 22:00"], [], id="other days count for nothing"),
        pytest.param("day", "hours", 2, ["2026-03-03 08:00"], [], id="the second hour of two"),
        pytest.param("day", "hours", 1, ["2026-03-03 08:00"], ["quota"], id="the second hour of one"),
        pytest.param("week", "count", 1, ["2026-03-02 08:00"], ["quota"], id="Monday is in Tuesday's week"),
        pytest.param("week", "count", 1, ["2026-03-08 20:00"], ["quota"], id="and Sunday"),
        pytest.param("week", "count", 1, ["2026-03-01 20:00", "2026-03-09 08:00"], [], id="the Sunday before and the Monday after are not"),
        pytest.param("month", "count", 1, ["2026-03-31 23:00"], ["quota"], id="the last hour of the month"),
        pytest.param("month", "count", 1, ["2026-02-28 23:00", "2026-04-01 00:00"], [], id="the hours around the month"),
        pytest.param("open", "count", 1, ["2026-03-02 10:00"], [], id="what is over is not open"),
        pytest.param("open", "count", 1, ["2026-03-02 11:30"], ["quota"], id="what goes on is"),
        pytest.param("open", "hours", 1, ["2027-01-01 10:00"], ["quota"], id="whenever it is"),
    ],
)
def test_quotas_count_what_begins_in_their_time(per: str, measure: str, most: int, earlier: list[str], against: list[str]) -> None:
    spans = [Span(at(first), at(first) + HOUR) for first in earlier]
    assert codes(TUESDAY, known(quota(per, measure, most), used=used(*spans))) == against


def test_a_persons_quota_counts_only_hers() -> None:
    other = used(span("2026-03-03 08:00", "09:00"), person=False)
    assert codes(TUESDAY, known(quota("day", "count", 1, "person"), used=other)) == []
    assert codes(TUESDAY, known(quota("day", "count", 1), used=other)) == ["quota"]


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)], ids=["clocks go forward", "clocks go back", "neither"]
)
def test_a_day_is_as_long_as_it_is(day: str, hours: int) -> None:
    """On a day when the clocks change the quota still counts what begins between the two midnights, in hours that pass."""
    first = at(f"{day} 00:00", BERLIN)
    hour_by_hour = [Span(first + number * HOUR, first + (number + 1) * HOUR) for number in range(hours)]
    facts = in_zone(BERLIN, quota("day", "hours", hours), *hour_by_hour[:-1])
    assert codes(hour_by_hour[-1], facts) == []
    facts = in_zone(BERLIN, quota("day", "hours", hours - 1), *hour_by_hour[:-1])
    assert codes(hour_by_hour[-1], facts) == ["quota"]
    after = Span(hour_by_hour[-1].ends_at, hour_by_hour[-1].ends_at + HOUR)
    assert codes(after, facts) == []


@given(day=st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_periods_hold_their_day_and_follow_one_another(day: date) -> None:
    for per in ("day", "week", "month"):
        first, after = rules.period(per, day)
        assert first <= day < after
        assert rules.period(per, after)[0] == after
        assert rules.period(per, first) == rules.period(per, after - timedelta(days=1)) == (first, after)


@settings(deadline=None, max_examples=60)
@given(
    per=st.sampled_from(["day", "week", "month", "open"]),
    measure=st.sampled_from(["hours", "count"]),
    most=st.integers(0, 12),
    starts=st.lists(st.integers(-60 * 24, 60 * 24), max_size=20),
    asked=st.integers(1, 40 * 24),
)
def test_quotas_agree_with_counting_by_hand(per: str, measure: str, most: int, starts: list[int], asked: int) -> None:
    now = at("2026-03-10 12:00", BERLIN)
    wanted = Span(now + asked * HOUR, now + (asked + 1) * HOUR)
    spans = [Span(now + start * HOUR, now + (start + 1) * HOUR) for start in starts]

    def same(one: Span) -> bool:
        if per == "open":
            return one.ends_at > now
        mine, theirs = (moment.astimezone(BERLIN) for moment in (wanted.starts_at, one.starts_at))
        shapes = {"day": "%Y-%m-%d", "week": "%G-%V", "month": "%Y-%m"}
        return mine.strftime(shapes[per]) == theirs.strftime(shapes[per])

    would = 1 + sum(same(one) for one in spans)
    found = codes(wanted, in_zone(BERLIN, quota(per, measure, most), *spans), now=now)
    assert found == (["quota"] if would > most else [])


def test_dates_of_one_request_bear_on_each_other() -> None:
    facts = rules.with_taken(known(quota("week", "count", 1)), [TUESDAY])
    assert codes(TUESDAY, facts) == ["quota", "taken"]
    assert codes(span("2026-03-10 10:00", "11:00"), facts) == []


# Prices, times


@pytest.mark.parametrize(
    ("price", "minutes", "costs"),
    [
        ("100.00", 60, "100.00"),
        ("100.00", 20, "33.33"),
        ("0.01", 30, "0.00"),
        ("0.03", 30, "0.02"),
        ("100.00", 24 * 60, "2400.00"),
        ("0", 60, "0.00"),
    ],
)
def test_the_fee_is_pro_rata_half_even(price: str, minutes: int, costs: str) -> None:
    asked = Span(TUESDAY.starts_at, TUESDAY.starts_at + minutes * MINUTE)
    assert rules.fee(Money.of(price, "CNY"), asked) == Money.of(costs, "CNY")
    assert rules.fee(None, asked) is None


@given(minor=st.integers(0, 10**9), minutes=st.integers(1, 10_000))
def test_the_fee_is_never_half_a_coin_off(minor: int, minutes: int) -> None:
    fee = rules.fee(Money(minor, "CNY"), Span(NOW, NOW + minutes * MINUTE))
    assert fee is not None
    assert abs(Fraction(fee.minor) - Fraction(minor * minutes, 60)) <= Fraction(1, 2)


def test_the_price_is_that_of_the_class_else_of_everybody() -> None:
    prices = {"member": Money.of(10, "CNY"), "": Money.of(30, "CNY")}
    conditions = under(prices=prices)
    assert conditions.per_hour(PriceClass.MEMBER) == Money.of(10, "CNY")
    assert conditions.per_hour(PriceClass.TENANT) == Money.of(30, "CNY")
    assert under(prices={"member": Money.of(10, "CNY")}).per_hour(PriceClass.OUTSIDE) is None


def by_hand(length: timedelta, facts: Facts, after: datetime, now: datetime, until: datetime) -> datetime | None:
    """Try every five minutes."""
    conditions = facts.conditions
    assert conditions is not None
    step = int(conditions.step // MINUTE)
    start = max(after, now + conditions.lead).replace(second=0, microsecond=0)
    start -= timedelta(minutes=start.minute % 5)
    while start + length <= until:
        local = start.astimezone(facts.zone)
        on_grid = (local.hour * 60 + local.minute) % step == 0 and start >= max(after, now + conditions.lead)
        wanted = Span(start, start + length)
        free = not any(taken.span.overlaps(conditions.held(wanted)) for taken in facts.held)
        if on_grid and free and is_open(conditions.week, wanted, facts.zone, facts.open_weekday):
            return start
        start += 5 * MINUTE
    return None


@settings(deadline=None, max_examples=120)
@given(
    day=st.sampled_from(["2026-03-28", "2026-10-24", "2026-06-01"]),
    week=st.sampled_from(
        ["Mon-Sun 00:00-24:00", "Sat,Sun 01:00-04:00", "Mon-Fri 08:00-18:00\nSun 02:00-03:30", "Sun 22:00-24:00\nMon 00:00-06:00"]
    ),
    step=st.sampled_from([5, 15, 30, 60]),
    length=st.integers(1, 40),
    lead=st.sampled_from([0, 45, 600]),
    turnaround=st.sampled_from([0, 10, 60]),
    first=st.integers(0, 600),
    held=st.lists(st.tuples(st.integers(0, 800), st.integers(1, 60)), max_size=8),
)
def test_the_next_fit_is_the_first_that_trying_finds(
    day: str, week: str, step: int, length: int, lead: int, turnaround: int, first: int, held: list[tuple[int, int]]
) -> None:
    now = at(f"{day} 00:00", BERLIN)
    five = 5 * MINUTE
    taken = tuple(Taken(Span(now + begin * five, now + (begin + many) * five)) for begin, many in held)
    conditions = under(week=parse_week(week), step=step * MINUTE, lead=lead * MINUTE, turnaround=turnaround * MINUTE)
    facts = known(conditions, zone=BERLIN, held=taken, weekday_of=lambda on: on.isoweekday())
    after, until = now + first * five, now + timedelta(days=4)
    assert rules.next_fit(length * five, facts, after, now, until=until) == by_hand(length * five, facts, after, now, until)


def test_what_cannot_be_booked_fits_never() -> None:
    assert rules.next_fit(HOUR, replace(known(), conditions=None), NOW, NOW, until=NOW + timedelta(days=9)) is None


@settings(deadline=None, max_examples=60)
@given(first=st.integers(0, 2000), length=st.integers(1, 30))
def test_what_fits_next_has_nothing_against_it(first: int, length: int) -> None:
    facts = known(under(turnaround=10 * MINUTE, lead=HOUR), held=(Taken(span("2026-03-03 10:00", "13:00")),))
    size = length * 15 * MINUTE
    found = rules.next_fit(size, facts, NOW + first * 5 * MINUTE, NOW, until=NOW + timedelta(days=20))
    assert found is not None
    assert codes(Span(found, found + size), facts) == []


# Standing


@pytest.mark.parametrize("state", list(State))
def test_what_is_over_can_be_changed_by_no_deed(state: State) -> None:
    standing = Standing("B-1", state, TUESDAY, under())
    allowed = {deed for deed in rules._ALLOWED if not rules.not_now(deed, standing)}
    assert bool(allowed) == (state in rules.LIVE)


@pytest.mark.parametrize(
    ("conditions", "release_at"),
    [
        (None, None),
        (under(), None),
        (under(release=15 * MINUTE), at("2026-03-03 10:15")),
        (under(release=3 * HOUR), TUESDAY.ends_at),
    ],
)
def test_when_nobody_came(conditions: Conditions | None, release_at: datetime | None) -> None:
    assert Standing("B-1", State.CONFIRMED, TUESDAY, conditions).release_at == release_at


def test_until_when_the_booker_may_cancel_alone() -> None:
    standing = Standing("B-1", State.CONFIRMED, TUESDAY, under(cancel_before=2 * HOUR))
    assert rules.late(standing, at("2026-03-03 08:00"), decides=False) == []
    assert [one.code for one in rules.late(standing, at("2026-03-03 08:01"), decides=False)] == ["bookings.too_late"]
    assert rules.late(standing, at("2026-03-03 08:01"), decides=True) == []


def test_check_in_opens_a_quarter_of_an_hour_before() -> None:
    standing = Standing("B-1", State.CONFIRMED, TUESDAY, under())
    assert rules.early(standing, at("2026-03-03 09:45")) == []
    assert [one.code for one in rules.early(standing, at("2026-03-03 09:44"))] == ["bookings.not_yet"]


@pytest.mark.parametrize(
    ("hours", "starts", "by"),
    [
        (48, "2026-03-20 10:00", "2026-03-04 12:00"),
        (48, "2026-03-03 10:00", "2026-03-03 10:00"),
        (1, "2026-03-02 11:00", "2026-03-02 12:00"),
    ],
    ids=["in two days", "at its start", "now, of what has begun"],
)
def test_when_a_request_expires(hours: int, starts: str, by: str) -> None:
    asked = Span(at(starts), at(starts) + HOUR)
    assert rules.decide_by(under(decide_within=hours * HOUR), asked, NOW) == at(by)


# Rules that make sense


@pytest.mark.parametrize(
    ("conditions", "against"),
    [
        ({}, []),
        ({"week": ()}, ["never_open"]),
        ({"least": 2 * HOUR, "most": HOUR}, ["bad_order"]),
        ({"step": 7 * MINUTE}, ["bad_step"]),
        ({"step": timedelta()}, ["bad_step"]),
        ({"step": 12 * HOUR, "most": HOUR}, ["step_too_long"]),
        ({"access": ACCESS}, []),
        ({"access": (*ACCESS, ACCESS[0])}, ["access_twice"]),
        ({"access": (Access("organisation", "NOBODY", Answer.CLOSED),)}, ["no_organisation"]),
        ({"quotas": (Quota("person", "day", "hours", 1), Quota("person", "day", "hours", 2))}, ["quota_twice"]),
        ({"prices": {"": Money.of(1, "USD")}}, ["other_currency"]),
    ],
)
def test_rules_that_make_no_sense_are_refused(conditions: dict[str, Any], against: list[str]) -> None:
    found = rules_actions.against(under(**conditions), "CNY", {"MSU"})
    assert [one.code.removeprefix("bookings.") for one in found] == against


def test_every_sentence_has_its_facts() -> None:
    facts = known(
        under(
            least=2 * HOUR,
            most=HOUR,
            lead=48 * HOUR,
            ahead=timedelta(),
            answer=Answer.CLOSED,
            quotas=tuple(
                Quota(whom, per, measure, 0)
                for whom in ("organisation", "person")
                for per in ("week", "open")
                for measure in ("hours", "count")
            ),
        ),
        held=(Taken(TUESDAY),),
        capacity=1,
    )
    for objection in rules.objections(span("2026-03-03 10:05", "11:40"), 4, facts, NOW):
        assert "%(" not in str(objection)
        assert str(objection).endswith(".")
