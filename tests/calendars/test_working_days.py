"""Which days people work, against the decrees of the State Council and of the Government."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest

from parkmgr.calendars.working_days import calendar, countries

CHINA, RUSSIA, NOWHERE = calendar("CN"), calendar("RU"), calendar("")


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "weekday"),
    [
        pytest.param("2026-01-01", None, id="New Year"),
        pytest.param("2026-01-02", None, id="a Friday moved to rest"),
        pytest.param("2026-01-03", 6, id="a Saturday beside it stays a Saturday"),
        pytest.param("2026-01-04", 1, id="a Sunday moved to work"),
        pytest.param("2026-02-14", 1, id="a Saturday moved to work before the festival"),
        pytest.param("2026-02-17", None, id="Spring Festival"),
        pytest.param("2026-02-23", None, id="its last day of rest"),
        pytest.param("2026-02-24", 2, id="work again"),
        pytest.param("2026-02-28", 1, id="a Saturday moved to work after the festival"),
        pytest.param("2026-05-09", 1, id="for Labour Day"),
        pytest.param("2026-09-20", 1, id="a Sunday for National Day"),
        pytest.param("2026-10-10", 1, id="a Saturday for National Day"),
        pytest.param("2025-01-26", 1, id="2025"),
        pytest.param("2024-09-14", 1, id="2024: before Mid-Autumn"),
        pytest.param("2020-05-09", 1, id="2020"),
        pytest.param("2026-06-18", 4, id="a plain Thursday"),
    ],
)
def test_china(text: str, weekday: int | None) -> None:
    assert CHINA.weekday_of(day(text)) == weekday
    assert CHINA.is_holiday(day(text)) == (weekday is None)
    assert CHINA.is_working_day(day(text)) == (weekday is not None and weekday < 6)


@pytest.mark.parametrize(
    ("text", "weekday"),
    [
        pytest.param("2025-11-01", 1, id="a working Saturday"),
        pytest.param("2025-11-03", None, id="the Monday it was moved from"),
        pytest.param("2025-11-04", None, id="Unity Day"),
        pytest.param("2024-04-27", 1, id="2024: April"),
        pytest.param("2024-11-02", 1, id="2024: November"),
        pytest.param("2024-12-28", 1, id="2024: December"),
        pytest.param("2026-01-08", None, id="New Year's holidays"),
        pytest.param("2026-01-09", None, id="moved from Saturday 3 January"),
        pytest.param("2026-01-12", 1, id="the first working day of 2026"),
        pytest.param("2026-03-09", None, id="8 March was a Sunday"),
        pytest.param("2026-05-11", None, id="9 May was a Saturday"),
        pytest.param("2026-12-31", None, id="moved from Sunday 4 January"),
        pytest.param("2027-02-20", 1, id="2027: a working Saturday"),
        pytest.param("2026-06-13", 6, id="a plain Saturday"),
    ],
)
def test_russia(text: str, weekday: int | None) -> None:
    assert RUSSIA.weekday_of(day(text)) == weekday
    assert RUSSIA.is_working_day(day(text)) == (weekday is not None and weekday < 6)


def test_working_days_of_a_year_are_as_many_as_the_production_calendar_says() -> None:
    """Russia, five-day week: 248 in 2024, 247 in 2025 and 2026. China: 248 in 2025 and 2026."""
    found = {
        (one.country, year): sum(one.is_working_day(date(year, 1, 1) + timedelta(days=step)) for step in range(365 + (year % 4 == 0)))
        for one, year in ((RUSSIA, 2024), (RUSSIA, 2025), (RUSSIA, 2026), (CHINA, 2025), (CHINA, 2026))
    }
    assert found == {("RU", 2024): 248, ("RU", 2025): 247, ("RU", 2026): 247, ("CN", 2025): 248, ("CN", 2026): 248}


def test_no_country_has_no_holidays() -> None:
    assert NOWHERE.weekday_of(day("2026-01-01")) == 4
    assert not NOWHERE.is_holiday(day("2026-01-01"))
    assert NOWHERE.is_working_day(day("2026-01-01"))
    assert not NOWHERE.is_working_day(day("2026-01-03"))
    assert NOWHERE.name(day("2026-01-01"), "en") == ""


def test_a_country_that_is_not_known_has_no_holidays() -> None:
    assert calendar("XX").country == ""
    assert calendar("cn") is not None
    assert calendar("cn").country == "CN"


def test_every_country_that_is_offered_can_be_asked() -> None:
    assert {"CN", "RU", "DE", "US"} <= set(countries())
    for country in countries():
        assert calendar(country).weekday_of(day("2026-06-17")) in (None, 3)


def test_a_weekend_is_the_country_s_own() -> None:
    assert calendar("IL").is_working_day(day("2026-06-14"))  # a Sunday
    assert not calendar("IL").is_working_day(day("2026-06-19"))  # a Friday


@pytest.mark.parametrize(
    ("country", "text", "language", "name"),
    [
        ("CN", "2026-02-17", "en", "Chinese New Year (Spring Festival)"),
        ("CN", "2026-02-17", "zh", "春节"),
        ("CN", "2026-02-17", "ru", "Китайский Новый год (Праздник Весны)"),
        ("CN", "2026-02-20", "ru", "Выходной (перенесено с 14.02.2026)"),
        ("CN", "2026-04-06", "ru", "День поминовения усопших (Цинмин) (выходной)"),
        ("CN", "2020-10-01", "ru", "Праздник середины осени; День образования КНР"),
        ("RU", "2026-06-12", "ru", "День России"),
        ("RU", "2026-06-12", "en", "Russia Day"),
        ("RU", "2026-06-12", "zh", "俄罗斯日"),
        ("DE", "2026-10-03", "ru", "German Unity Day"),
        ("CN", "2026-02-14", "en", ""),
    ],
)
def test_a_holiday_has_a_name_that_the_reader_can_read(country: str, text: str, language: str, name: str) -> None:
    assert calendar(country).name(day(text), language) == name


def test_a_look_up_takes_microseconds() -> None:
    days = [date(2026, 1, 1) + timedelta(days=step) for step in range(365)]
    CHINA.is_working_day(days[0])
    started = time.process_time()
    for _ in range(20):
        for one in days:
            CHINA.weekday_of(one)
    assert (time.process_time() - started) / (20 * len(days)) < 10e-6
