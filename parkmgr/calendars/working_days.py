"""Which days people work: public holidays, and the weekends that are moved to work, by country."""

from __future__ import annotations

from datetime import date


class Calendar:
    """The working days of one country."""

    def __init__(self, country: str) -> None:
        self.country = country

    def weekday_of(self, day: date) -> int | None:
        """Return the ISO weekday whose hours apply: None on a holiday, 1 on a weekend day moved to work, else its own."""
        raise NotImplementedError

    def is_holiday(self, day: date) -> bool:
        """Tell whether *day* is a holiday, or a day of rest moved to it."""
        raise NotImplementedError

    def is_working_day(self, day: date) -> bool:
        """Tell whether people work on *day*: Monday to Friday but holidays, and weekends moved to work."""
        raise NotImplementedError

    def name(self, day: date, language: str) -> str:
        """Return the holiday's name in *language* where it is known, else in English, else in the country's; empty where none is."""
        raise NotImplementedError


def calendar(country: str) -> Calendar:
    """Return the calendar of an ISO country code; without holidays for "" and for countries that the library does not know."""
    raise NotImplementedError


def countries() -> tuple[str, ...]:
    """Return the ISO codes of the countries whose holidays are known."""
    raise NotImplementedError
