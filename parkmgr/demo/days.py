"""Days of the demo park's calendar."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

COUNTED_ON = date(2026, 6, 30)
"""The day for which the demo park's shares of let space are promised."""
TOLD_UNTIL = date(2026, 11, 20)
"""No deed is later: the story ends here, its leases run on."""
DAY = timedelta(days=1)


def months_on(day: date, months: int) -> date:
    """Return the same day of the month, *months* later (the month's last day where it is shorter)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def years_from(starts_on: date, years: int) -> date:
    """Return the last day of a term of *years* from *starts_on*."""
    return months_on(starts_on, 12 * years) - DAY


def working_day(day: date) -> date:
    """Return *day*, or the Friday before a weekend."""
    return day - max(0, day.weekday() - 4) * DAY


def first_of_month(day: date) -> date:
    """Return the first day of a month that is not before *day*."""
    return day if day.day == 1 else months_on(day.replace(day=1), 1)
