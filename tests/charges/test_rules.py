"""What a session costs: by tables, and by properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.calendars.rules import parse_week
from parkmgr.charges import rules
from parkmgr.charges.rules import Basis, Line, Price, Session, Standing, StatementState, Terms, What
from parkmgr.values import Money, Span

HARBIN, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
PEAK = parse_week("Mon-Fri 09:00-12:00")
HUNDRED = Price(Fraction(100_00), "CNY")


def at(text: str, zone: ZoneInfo = HARBIN) -> datetime:
    return datetime.fromisoformat(f"2026-03-02 {text}").replace(tzinfo=zone).astimezone(UTC)  # a Monday


def session(booked: str, used: str = "", *, missed: bool = False) -> Session:
    first, last = booked.split("-")
    came, went = used.split("-") if used else ("", "")
    return Session(at(first), at(last), at(came) if came else None, at(went) if went else None, missed)


@pytest.mark.parametrize(
    ("of", "terms", "minutes", "peak", "cost", "basis"),
    [
        pytest.param(session("08:00-10:00"), Terms(), 120, 0, 200_00, "booked", id="as booked"),
        pytest.param(session("08:00-10:00", "08:30-09:00"), Terms(), 120, 0, 200_00, "booked", id="by booked, used less"),
        pytest.param(session("08:00-10:00", "08:30-09:00"), Terms(Basis.USED), 30, 0, 50_00, "used", id="by used"),
        pytest.param(session("08:00-10:00"), Terms(Basis.USED), 120, 0, 200_00, "booked", id="by used, nobody checked in"),
        pytest.param(session("08:00-10:00", "08:30-09:00"), Terms(Basis.GREATER), 120, 0, 200_00, "booked", id="the greater: booked"),
        pytest.param(session("08:00-10:00", "07:50-10:00"), Terms(Basis.GREATER), 130, 0, 216_67, "used", id="the greater: came early"),
        pytest.param(session("08:00-08:20"), Terms(minimum_minutes=60), 60, 0, 100_00, "booked", id="the minimum"),
        pytest.param(session("08:00-09:01"), Terms(block_minutes=30), 90, 0, 150_00, "booked", id="a begun block"),
        pytest.param(session("08:00-09:00"), Terms(block_minutes=30), 60, 0, 100_00, "booked", id="whole blocks"),
        pytest.param(session("08:00-08:20"), Terms(minimum_minutes=40, block_minutes=30), 60, 0, 100_00, "booked", id="minimum and blocks"),
        pytest.param(session("08:00-10:00"), Terms(peak=PEAK, peak_percent=150), 120, 60, 250_00, "booked", id="an hour of the peak"),
        pytest.param(session("08:00-10:00"), Terms(peak=PEAK, peak_percent=0), 120, 60, 100_00, "booked", id="a peak that costs nothing"),
        pytest.param(session("11:50-12:10"), Terms(peak=PEAK, peak_percent=200), 20, 10, 50_00, "booked", id="over the end of the peak"),
        pytest.param(
            session("08:40-08:50"), Terms(minimum_minutes=60, peak=PEAK, peak_percent=200), 60, 40, 166_67, "booked",
            id="the minimum reaches into the peak",
        ),
        pytest.param(session("08:00-10:00", "09:00-09:00"), Terms(Basis.USED), 0, 0, 0, "used", id="came and went"),
        pytest.param(session("08:00-08:00", "08:00-08:00"), Terms(Basis.USED, 15), 15, 0, 25_00, "used", id="came and went, a minimum"),
    ],
)  # fmt: skip
def test_the_time_of_a_session(of: Session, terms: Terms, minutes: int, peak: int, cost: int, basis: str) -> None:
    line = rules.use(of, terms, HUNDRED, HARBIN)
    assert (line.what, line.minutes, line.peak_minutes, line.money, line.basis) == (What.USE, minutes, peak, Money(cost, "CNY"), basis)
    assert (line.hour, line.percent) == (Money(100_00, "CNY"), terms.peak_percent)


@pytest.mark.parametrize(("percent", "cost"), [(0, 0), (50, 125_00), (100, 250_00)])
def test_who_does_not_come_pays_a_part_of_what_was_booked(percent: int, cost: int) -> None:
    terms = Terms(Basis.USED, peak=PEAK, peak_percent=150, no_show_percent=percent)
    line = rules.use(session("08:00-10:00", missed=True), terms, HUNDRED, HARBIN)
    assert (line.what, line.minutes, line.money, line.percent) == (What.NO_SHOW, 120, Money(cost, "CNY"), percent)


def test_half_a_coin_goes_to_the_even_one() -> None:
    half = Session(at("08:00"), at("08:30"))
    assert [rules.use(half, Terms(), Price(Fraction(coins), "CNY"), HARBIN).money.minor for coins in (1, 3, 5)] == [0, 2, 2]


def test_a_price_that_does_not_come_out_even_gives_the_agreed_sum_back() -> None:
    """An hour of 100.00 for 20 minutes was agreed as 33.33; charged as booked, it is 33.33 again."""
    span = Span(at("08:00"), at("08:20"))
    price = Price.agreed(Money(33_33, "CNY"), span)
    assert rules.use(Session(span.starts_at, span.ends_at), Terms(), price, HARBIN).money == Money(33_33, "CNY")


@pytest.mark.parametrize(
    ("day", "peak"),
    [
        pytest.param("2026-03-28", 180, id="the day before"),
        pytest.param("2026-03-29", 120, id="the clocks go forward: an hour of the peak is not there"),
        pytest.param("2026-10-25", 240, id="the clocks go back: an hour of the peak is there twice"),
    ],
)
def test_peak_hours_are_those_of_the_clock(day: str, peak: int) -> None:
    night = parse_week("Mon-Sun 01:00-04:00")
    first = datetime.fromisoformat(f"{day} 00:00").replace(tzinfo=BERLIN)
    span = Span(first.astimezone(UTC), (first + timedelta(days=1)).astimezone(UTC))
    assert rules.peak_minutes(night, span, BERLIN) == peak


def test_lines_sum_to_the_total_of_each_currency() -> None:
    extras = [Line(What.OPERATOR, Money(5, "CNY"), 10), Line(What.CONSUMABLE, Money(7, "USD"))]
    charge = rules.charge(session("08:00-10:00"), Terms(), HUNDRED, HARBIN, extras)
    assert charge.totals == {"CNY": Money(200_05, "CNY"), "USD": Money(7, "USD")}
    assert rules.operator_cost(Money(100, "CNY"), 90) == Money(150, "CNY")


more_minutes = st.integers(0, 3000)
prices = st.fractions(0, 10**7, max_denominator=3600).map(lambda hour: Price(hour, "CNY"))


@st.composite
def all_terms(draw: st.DrawFn) -> Terms:
    return Terms(
        draw(st.sampled_from(Basis)),
        draw(st.integers(0, 300)),
        draw(st.integers(1, 120)),
        draw(st.sampled_from([(), PEAK, parse_week("Mon-Sun 00:00-24:00"), parse_week("Sat,Sun 22:00-24:00")])),
        draw(st.integers(0, 400)),
        draw(st.integers(0, 100)),
    )


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    start = at("08:00") + timedelta(seconds=draw(st.integers(-(10**7), 10**7)))
    end = start + timedelta(minutes=draw(st.integers(1, 3000)))
    came = start + timedelta(seconds=draw(st.integers(-900, 3600)))
    went = came + timedelta(seconds=draw(st.integers(0, 10**5)))
    used = draw(st.booleans())
    return Session(start, end, came if used else None, went if used else None, draw(st.booleans()))


@given(sessions(), all_terms(), prices)
def test_a_session_never_costs_less_than_nothing_and_its_lines_sum(one: Session, terms: Terms, price: Price) -> None:
    charge = rules.charge(one, terms, price, BERLIN)
    assert all(line.money.minor >= 0 for line in charge.lines)
    assert charge.totals["CNY"].minor == sum(line.money.minor for line in charge.lines)
    line = charge.lines[0]
    assert 0 <= (line.peak_minutes or 0) <= (line.minutes or 0)
    assert (line.minutes or 0) % terms.block_minutes == 0 and (line.minutes or 0) >= terms.minimum_minutes


@given(sessions(), all_terms(), prices)
def test_the_greater_is_never_less_than_either(one: Session, terms: Terms, price: Price) -> None:
    cost = {basis: rules.use(one, replace(terms, basis=basis), price, BERLIN).money.minor for basis in Basis}
    assert cost[Basis.GREATER] == max(cost[Basis.BOOKED], cost[Basis.USED])


@given(sessions(), all_terms(), prices, more_minutes)
def test_more_time_never_costs_less(one: Session, terms: Terms, price: Price, more: int) -> None:
    longer = replace(one, ends_at=one.ends_at + more * rules.MINUTE, used_until=one.used_until and one.used_until + more * rules.MINUTE)
    assert rules.use(longer, terms, price, BERLIN).money.minor >= rules.use(one, terms, price, BERLIN).money.minor


@given(sessions(), st.integers(1, 10**6))
def test_charged_as_booked_it_costs_what_was_agreed(one: Session, agreed: int) -> None:
    price = Price.agreed(Money(agreed, "CNY"), Span(one.starts_at, one.ends_at))
    assert rules.use(replace(one, missed=False), Terms(), price, BERLIN).money == Money(agreed, "CNY")


@pytest.mark.parametrize(
    ("terms", "more", "against"),
    [
        pytest.param(Terms(), {}, [], id="as booked"),
        pytest.param(Terms(), {"kind": "instrument", "has_space": True}, [rules.KIND_OR_SPACE], id="a kind and a space"),
        pytest.param(Terms(), {"kind": "office"}, [rules.NO_SUCH_KIND], id="offices have no sessions"),
        pytest.param(Terms(block_minutes=0, minimum_minutes=-1), {}, [rules.BAD_BLOCK, rules.BAD_MINIMUM], id="all at once"),
        pytest.param(Terms(peak_percent=150), {}, [rules.NO_PEAK], id="a peak price without a peak"),
        pytest.param(Terms(no_show_percent=101), {}, [rules.BAD_NO_SHOW], id="more than all"),
        pytest.param(Terms(prices={"friend": Money(1, "CNY")}), {}, [rules.NO_SUCH_CLASS], id="an unknown class"),
    ],
)
def test_objections_to_a_tariff(terms: Terms, more: dict[str, object], against: list[object]) -> None:
    assert rules.against_terms(terms, **more) == against  # type: ignore[arg-type]


MARCH = Standing("ST-2026-0001", StatementState.OPEN, date(2026, 4, 1))


@pytest.mark.parametrize(
    ("deed", "state", "today", "reason", "against"),
    [
        pytest.param("validate", "open", date(2026, 4, 1), "", [], id="the month is over"),
        pytest.param("validate", "open", date(2026, 3, 31), "", [rules.MONTH_GOES_ON], id="the month goes on"),
        pytest.param("validate", "validated", date(2026, 4, 1), "", [rules.NOT_NOW], id="twice"),
        pytest.param("validate", "disputed", date(2026, 4, 1), "", [rules.SAY_HOW_SETTLED], id="a dispute is settled with a word"),
        pytest.param("validate", "disputed", date(2026, 4, 1), "Agreed", [], id="settled"),
        pytest.param("dispute", "open", date(2026, 3, 5), "Wrong", [], id="disputed at once"),
        pytest.param("dispute", "validated", date(2026, 4, 5), "", [rules.NEEDS_REASON], id="without a word"),
        pytest.param("dispute", "closed", date(2026, 4, 5), "Wrong", [rules.NOT_NOW], id="too late"),
        pytest.param("close", "open", date(2026, 4, 5), "", [rules.NOT_NOW], id="nobody looked at it"),
        pytest.param("close", "validated", date(2026, 4, 5), "", [], id="done"),
        pytest.param("close", "disputed", date(2026, 4, 5), "Dropped", [], id="a dispute that was dropped"),
    ],
)
def test_what_may_be_done_with_a_statement(deed: str, state: str, today: date, reason: str, against: list[object]) -> None:
    assert rules.against(deed, replace(MARCH, state=StatementState(state)), today=today, reason=reason) == against


def test_a_late_session_comes_into_the_next_month_that_takes_it() -> None:
    states = {
        date(2026, 1, 1): StatementState.CLOSED,
        date(2026, 2, 1): StatementState.VALIDATED,
        date(2026, 3, 1): StatementState.DISPUTED,
    }
    assert rules.open_month(date(2026, 1, 1), states) == date(2026, 3, 1)
    assert rules.open_month(date(2025, 12, 1), states) == date(2025, 12, 1)
    assert rules.open_month(date(2026, 1, 1), {date(2026, 1, 1): StatementState.CLOSED}) == date(2026, 2, 1)
