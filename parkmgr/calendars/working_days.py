"""Which days people work: public holidays, and the weekends that are moved to work, by country. Source: the holidays library.

What the library knows (0.109), looked at year by year:

- China: public holidays from 1950; the State Council's days of rest and working weekends of each year from 2001 to 2026. They are decided
  each November for the year after: until the library follows, a later year has the holidays by law only, and no working weekend.
- Russia: the holidays by law from 1991; the Government's moved days of rest and working Saturdays of each year to 2027 (a year without
  any had none). The hour less on the eve of a holiday is not known.
- Elsewhere: the public holidays and the country's own weekend, without regions.

A Saturday or Sunday beside a holiday stays a weekend, although the Chinese notices count it among the days of rest: its own hours apply.
Who closes over the whole festival says so by a closure.

Names are in English, Russian and Chinese for Russia; in English and Chinese for China, whose names in Russian stand here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

_RUSSIAN = {
    "New Year's Day": "Новый год",
    "Chinese New Year (Spring Festival)": "Китайский Новый год (Праздник Весны)",
    "Chinese New Year's Eve": "Канун китайского Нового года",
    "Chinese New Year Extended Holiday": "Продлённые каникулы китайского Нового года",
    "Tomb-Sweeping Day": "День поминовения усопших (Цинмин)",
    "Labor Day": "День труда",
    "Dragon Boat Festival": "Праздник драконьих лодок",
    "Mid-Autumn Festival": "Праздник середины осени",
    "National Day": "День образования КНР",
}
_LANGUAGES = {"en": "en_US", "ru": "ru", "zh": "zh_CN"}


@dataclass(frozen=True, slots=True)
class _Year:
    """One year of a country: its holidays, its days of work on weekends, and its weekend."""

    holidays: frozenset[date] = frozenset()
    moved: frozenset[date] = frozenset()
    weekend: frozenset[int] = frozenset({6, 7})


class Calendar:
    """The working days of one country; each year is looked up once."""

    def __init__(self, country: str) -> None:
        self.country = country
        self._years: dict[int, _Year] = {}
        self._names: dict[tuple[int, str], Mapping[date, str]] = {}

    def weekday_of(self, day: date) -> int | None:
        """Return the ISO weekday whose hours apply: None on a holiday, 1 on a weekend day moved to work, else its own."""
        year = self._year(day.year)
        if day in year.moved:
            return 1
        return None if day in year.holidays else day.isoweekday()

    def is_holiday(self, day: date) -> bool:
        """Tell whether *day* is a holiday, or a day of rest moved to it."""
        return day in self._year(day.year).holidays

    def is_working_day(self, day: date) -> bool:
        """Tell whether people work on *day*: on a day of the week that is neither weekend nor holiday, or on a weekend moved to work."""
        year = self._year(day.year)
        return day in year.moved or (day.isoweekday() not in year.weekend and day not in year.holidays)

    def name(self, day: date, language: str) -> str:
        """Return the holiday's name in *language* where it is known, else in English, else in the country's; empty where none is."""
        if not self.is_holiday(day):
            return ""
        key = (day.year, language[:2])
        if key not in self._names:
            self._names[key] = _names(self.country, *key)
        return self._names[key].get(day, "")

    def _year(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            found = self._years[year] = _read(self.country, year)
        return found


@lru_cache(maxsize=512)
def calendar(country: str) -> Calendar:
    """Return the calendar of an ISO country code; without holidays for "" and for countries that the library does not know."""
    return Calendar(country.upper() if country.upper() in countries() else "")


@lru_cache(maxsize=1)
def countries() -> tuple[str, ...]:
    """Return the ISO codes of the countries whose holidays are known."""
    import holidays

    return tuple(sorted(holidays.list_supported_countries(include_aliases=False)))


def _read(country: str, year: int) -> _Year:
    if not country:
        return _Year()
    import holidays

    found = holidays.country_holidays(country, years=year)
    moved = frozenset(day for day in found.weekend_workdays if day.year == year)
    return _Year(
        holidays=frozenset(day for day in found if day.year == year) - moved,
        moved=moved,
        weekend=frozenset(number + 1 for number in found.weekend),
    )


def _names(country: str, year: int, language: str) -> dict[date, str]:
    import holidays

    known = holidays.country_holidays(country).supported_languages
    tries = [wanted for wanted in (_LANGUAGES.get(language), "en_US") if wanted in known]
    found = dict(holidays.country_holidays(country, years=year, language=tries[0] if tries else None).items())
    return {day: _in_russian(name) for day, name in found.items()} if (country, language) == ("CN", "ru") else found


def _in_russian(name: str) -> str:
    """Return the Russian name of a Chinese day of rest, or its English one where there is none."""
    moved = re.fullmatch(r"Day off \(substituted from (..)/(..)/(....)\)", name)
    if moved:
        return f"Выходной (перенесено с {moved[2]}.{moved[1]}.{moved[3]})"
    plain = [part.removesuffix(" (observed)") for part in name.split("; ")]
    if any(part not in _RUSSIAN for part in plain):
        return name
    return "; ".join(_RUSSIAN[part] for part in plain) + (" (выходной)" if name.endswith(" (observed)") else "")
