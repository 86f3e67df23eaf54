"""Money, areas, times and names."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.values import FOREVER, SQUARE_FOOT, Area, Money, Names, Span, Term, apportioned, day_of, last_day, midnight, percent, totals

HARBIN = ZoneInfo("Asia/Shanghai")
MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "currency", "minor"), [("12.34", "CNY", 1234), ("-5", "RUB", -500), ("1200", "JPY", 1200), ("1.234", "KWD", 1234)]
)
def test_an_amount_is_read_exactly(text: str, currency: str, minor: int) -> None:
    money = Money.of(text, currency)
    assert (money.minor, money.amount) == (minor, Decimal(text))


@pytest.mark.parametrize(
    ("text", "currency"), [("0.001", "CNY"), ("0.5", "JPY"), ("NaN", "CNY"), ("Infinity", "CNY"), ("x", "CNY"), ("1", "cny"), ("1", "")]
)
def test_what_is_no_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"not|finer"):
        Money.of(text, currency)


def test_two_currencies_are_never_added() -> None:
    with pytest.raises(ValueError, match="never added"):
        Money(1, "RUB") + Money(1, "CNY")
    assert totals([Money(1, "RUB"), Money(2, "CNY"), Money(3, "RUB")]) == {"CNY": Money(2, "CNY"), "RUB": Money(4, "RUB")}


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=30).filter(any))
def test_parts_of_an_amount_sum_to_it(minor: int, weights: list[int]) -> None:
    parts = Money(minor, "CNY").split([Fraction(weight) for weight in weights])
    assert sum(part.minor for part in parts) == minor
    assert all(abs(part.minor - Fraction(minor) * weight / sum(weights)) < 1 for part, weight in zip(parts, weights, strict=True))


def test_nothing_is_apportioned_by_no_weight() -> None:
    with pytest.raises(ValueError, match="zero"):
        apportioned(10, [0, 0])


def test_a_square_foot_is_exact() -> None:
    assert Area.of("54743", per_m2=SQUARE_FOOT) == Area(508579)
    assert Fraction("0.3048") ** 2 == SQUARE_FOOT


@pytest.mark.parametrize("text", ["-1", "NaN", "Infinity", "", "4O"])
def test_what_is_no_area_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="area"):
        Area.of(text)


def test_new_year_in_harbin_is_still_the_old_year_in_greenwich() -> None:
    assert Term(date(2026, 1, 1), date(2026, 1, 1)).span(HARBIN) == Span(
        datetime(2025, 12, 31, 16, tzinfo=UTC), datetime(2026, 1, 1, 16, tzinfo=UTC)
    )
    assert day_of(datetime(2025, 12, 31, 21, 30, tzinfo=UTC), HARBIN) == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        pytest.param(BERLIN, date(2026, 3, 29), 23, id="Berlin loses an hour"),
        pytest.param(BERLIN, date(2026, 10, 25), 25, id="Berlin has one twice"),
        pytest.param(MOSCOW, date(2011, 3, 27), 23, id="Moscow's last summer time"),
        pytest.param(MOSCOW, date(2014, 10, 26), 25, id="Moscow goes back for good"),
        pytest.param(HARBIN, date(2026, 3, 29), 24, id="Harbin has none"),
        pytest.param(ZoneInfo("America/Sao_Paulo"), date(2018, 11, 4), 23, id="midnight itself is skipped"),
    ],
)
def test_a_day_is_as_long_as_its_zone_says(zone: ZoneInfo, day: date, hours: int) -> None:
    assert Term(day, day).span(zone).length == timedelta(hours=hours)


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(0, 20000), st.sampled_from([HARBIN, MOSCOW, BERLIN]))
def test_the_days_of_a_term_come_back_from_its_span(first: date, length: int, zone: ZoneInfo) -> None:
    span = Term(first, first + timedelta(days=length)).span(zone)
    assert (day_of(span.starts_at, zone), last_day(span, zone)) == (first, first + timedelta(days=length))
    assert midnight(first + timedelta(days=length + 1), zone) == span.ends_at


def test_an_open_term_never_ends() -> None:
    span = Term(date(2026, 1, 1)).span(HARBIN)
    assert (span.ends_at, last_day(span, HARBIN)) == (FOREVER, None)


@pytest.mark.parametrize("ends_on", [date(2025, 12, 31), date(1, 1, 1)])
def test_a_term_does_not_end_before_it_starts(ends_on: date) -> None:
    with pytest.raises(ValueError, match="before"):
        Term(date(2026, 1, 1), ends_on)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        Span(datetime(2026, 1, 1))  # noqa: DTZ001 - that is what is tested


def test_a_name_is_shown_in_the_script_that_there_is() -> None:
    rayak = Names(ru="Райак", zh="拉亚克")
    assert [rayak.in_(language) for language in ("en", "ru", "zh")] == ["Райак", "Райак", "拉亚克"]
    with pytest.raises(ValueError, match="name"):
        Names()


def test_a_share_of_nothing_is_not_defined() -> None:
    assert percent(1, 0) is None
    assert percent(2, 3) == Decimal("66.67")
