"""What recurs: RRULE of RFC 5545 in wall time, with bounded work whatever is typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from parkmgr.errors import N_, Objection

MOST = 366
NOT_A_RULE = Objection("calendars.not_a_rule", N_("“%(text)s” is not a rule of recurrence: %(why)s."), "rule")
TOO_FINE = Objection("calendars.too_fine", N_("A series repeats by days, weeks, months or years, not by hours or less."), "rule")
NO_END = Objection("calendars.no_end", N_("A series needs an end: a number of times, or a last day."), "rule")
TOO_MANY = Objection("calendars.too_many", N_("A series has at most %(most)s dates."), "rule")
TOO_LONG_RULE = Objection("calendars.too_long_rule", N_("The rule of recurrence is too long."), "rule")
BAD_INTERVAL = Objection("calendars.bad_interval", N_("The interval must be from 1 to %(most)s."), "rule")
NEVER = Objection("calendars.never", N_("The series has no date within %(years)s years of its start."), "rule")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of recurrence; text is its RRULE in one canonical order, without DTSTART; until is a wall time, inclusive."""

    text: str
    freq: str
    interval: int
    count: int | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of a series. trouble: "" or "skipped" (the wall time does not exist that day) or "twice" (the first was taken)."""

    local: datetime
    starts_at: datetime
    trouble: str = ""


def parse(text: str, zone: ZoneInfo) -> Rule:
    """Return the rule that *text* is, with or without `RRULE:` before it; an UNTIL in UTC is read in *zone*.

    Raises:
        Refused: NOT_A_RULE, TOO_FINE, NO_END, TOO_MANY, TOO_LONG_RULE, BAD_INTERVAL.
    """
    raise NotImplementedError


def occurrences(
    rule: Rule, start: datetime, *, exdates: frozenset[datetime] = frozenset(), most: int = MOST, until_bound: datetime | None = None
) -> list[datetime]:
    """Return the wall times of the series from *start*.

    Raises:
        Refused: TOO_MANY, NEVER.
    """
    raise NotImplementedError


def instants(locals_: Iterable[datetime], zone: ZoneInfo) -> list[Occurrence]:
    """Return the instants of wall times as RFC 5545 reads them: a skipped time by the offset before the gap, a double one as the first."""
    raise NotImplementedError


def weekly(start: datetime, weekdays: frozenset[int], *, interval: int = 1, until: date | None = None, count: int | None = None) -> str:
    """Return the RRULE of a form: on ISO weekdays every so many weeks, until a day inclusive or so many times."""
    raise NotImplementedError


def describe(rule: Rule, start: datetime, language: str) -> str:
    """Return the rule in words: “every 2 weeks on Monday and Friday, until 8 Dec 2026”."""
    raise NotImplementedError
