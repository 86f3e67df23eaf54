"""What recurs: RRULE of RFC 5545 in wall time, with bounded work whatever is typed.

The rule is expanded here and not by python-dateutil, because dateutil looks for the next date until the year 9999 and cannot be told to
stop: four seconds for the 30th of February, where here it is five milliseconds. The tests hold the two, and recurring-ical-events, against
each other over thousands of series.
Where they differ:

- BYDAY=MO,1TU is the union of both (RFC 5545, 3.3.10); dateutil takes what is both, so nothing.
- BYSETPOS of a weekly rule counts from the first day of the week (WKST), as in every other interval; dateutil counts the first week from
  the start of the series.
- The days of January before the first week are in the last week of the year before, by that year's own count; dateutil takes the length of
  the wrong year, and so has a week 53 of 2026 (WKST=SU).
- A date as UNTIL is the last day, inclusive. RFC 5545 forbids it beside a time; dateutil reads midnight and so loses that day.
- A start that the rule does not match is not in the series. RFC 5545 calls the outcome undefined; dateutil leaves it out too.
- What RFC 5545 forbids is refused (a numbered BYDAY in a weekly rule, BYYEARDAY in a monthly one, …); dateutil makes something of it.
- recurring-ical-events, which expands by dateutil, adds the start in any case: by COUNT, one date more.
- As in dateutil, YEARLY;BYWEEKNO without BYDAY is every day of the week, and weeks are sought in calendar years.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_day_names
from babel.lists import format_list
from flask_babel import force_locale, gettext, ngettext

from parkmgr.calendars.rules import FIRST_YEAR, LAST_YEAR, bad_year
from parkmgr.errors import N_, Objection, Refused, refuse

MOST = 366
YEARS = 6
LETTERS = 500
ENTRIES = 60

NOT_A_RULE = Objection("calendars.not_a_rule", N_("“%(text)s” is not a rule of recurrence. %(why)s"), "rule")
TOO_FINE = Objection("calendars.too_fine", N_("A series repeats by days, weeks, months or years, not several times a day."), "rule")
NO_END = Objection("calendars.no_end", N_("A series needs an end: a number of times, or a last day."), "rule")
TOO_MANY = Objection("calendars.too_many", N_("A series has at most %(most)s dates."), "rule")
TOO_FAR = Objection("calendars.too_far", N_("A series ends within %(years)s years; this one goes on after %(last)s."), "rule")
TOO_LONG_RULE = Objection("calendars.too_long_rule", N_("The rule of recurrence is too long."), "rule")
BAD_INTERVAL = Objection("calendars.bad_interval", N_("A series repeats every 1 to %(most)s days, weeks, months or years."), "rule")
NEVER = Objection("calendars.never", N_("The series has no date between %(first)s and %(last)s."), "rule")

UNKNOWN_PART = Objection("calendars.unknown_part", N_("The part “%(part)s” is not known."))
PART_TWICE = Objection("calendars.part_twice", N_("The part “%(part)s” stands in it twice."))
NO_FREQUENCY = Objection("calendars.no_frequency", N_("It does not say how often (FREQ=DAILY, WEEKLY, MONTHLY or YEARLY)."))
BAD_VALUE = Objection("calendars.bad_value", N_("“%(value)s” cannot stand in %(part)s."))
NOT_TOGETHER = Objection("calendars.not_together", N_("%(part)s cannot stand in a rule with %(other)s."))
ALONE = Objection("calendars.alone", N_("BYSETPOS needs another part that begins with BY."))

_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_FINE = ("SECONDLY", "MINUTELY", "HOURLY")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LISTS = {
    "BYMONTH": (1, 12, False),
    "BYWEEKNO": (1, 53, True),
    "BYYEARDAY": (1, 366, True),
    "BYMONTHDAY": (1, 31, True),
    "BYHOUR": (0, 23, False),
    "BYMINUTE": (0, 59, False),
    "BYSECOND": (0, 59, False),
    "BYSETPOS": (1, 366, True),
}
"""Least, most, and whether it may count from the end. Source: RFC 5545, 3.3.10 (without the leap second)."""
_ORDER = ("FREQ", "INTERVAL", "COUNT", "UNTIL", *tuple(_LISTS)[:4], "BYDAY", *tuple(_LISTS)[4:], "WKST")
_NUMBER = re.compile(r"[+-]?[0-9]{1,3}")
_BYDAY = re.compile(r"(?P<number>[+-]?[0-9]{1,2})?(?P<day>MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(?P<day>[0-9]{8})(?:T(?P<time>[0-9]{6})(?P<utc>Z)?)?")
_LAST_SECOND = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of recurrence; text is its RRULE in one order of parts, without DTSTART, with a wall time as UNTIL, inclusive.

    byday holds (number, ISO weekday), number 0 for every one; the other tuples are sorted.
    """

    text: str
    freq: str
    interval: int
    count: int | None
    until: datetime | None
    bymonth: tuple[int, ...] = ()
    byweekno: tuple[int, ...] = ()
    byyearday: tuple[int, ...] = ()
    bymonthday: tuple[int, ...] = ()
    byday: tuple[tuple[int, int], ...] = ()
    at: tuple[int | None, int | None, int | None] = (None, None, None)
    bysetpos: tuple[int, ...] = ()
    wkst: int = 1

    def ical(self, zone: ZoneInfo) -> str:
        """Return the RRULE for a calendar file beside a DTSTART with TZID, where RFC 5545 wants UNTIL in UTC."""
        if self.until is None:
            return self.text
        utc = self.until.replace(tzinfo=zone).astimezone(UTC)
        return self.text.replace(f"UNTIL={self.until:%Y%m%dT%H%M%S}", f"UNTIL={utc:%Y%m%dT%H%M%SZ}")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of a series. trouble: "" or "skipped" (the wall time does not exist that day) or "twice" (the first was taken)."""

    local: datetime
    starts_at: datetime
    trouble: str = ""


# What is typed


class _Wrong(Exception):
    """Why a text is not a rule."""

    def __init__(self, why: Objection) -> None:
        super().__init__(str(why))
        self.why = why


def parse(text: str, zone: ZoneInfo) -> Rule:
    """Return the rule that *text* is, with or without `RRULE:` before it; an UNTIL in UTC is read in *zone*.

    Raises:
        Refused: NOT_A_RULE (its fact `why` is an objection itself), TOO_FINE, NO_END, TOO_MANY, TOO_LONG_RULE, BAD_INTERVAL.
    """
    if len(text) > LETTERS:
        raise Refused([TOO_LONG_RULE])
    try:
        parts = _parts(text)
        if parts["FREQ"] in _FINE:
            raise Refused([TOO_FINE])
        rule = _rule(parts, zone)
        _check_together(parts)
    except _Wrong as wrong:
        raise Refused([NOT_A_RULE.about(text=text.strip()[:60], why=wrong.why)]) from None
    refuse(_against(rule, parts))
    return rule


def _parts(text: str) -> dict[str, str]:
    plain = text.strip().upper().removeprefix("RRULE:").rstrip(";")
    parts: dict[str, str] = {}
    for part in plain.split(";"):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if name not in _ORDER or not equals:
            raise _Wrong(UNKNOWN_PART.about(part=part[:30]))
        if name in parts:
            raise _Wrong(PART_TWICE.about(part=name))
        parts[name] = value
    if parts.get("FREQ") not in _FREQUENCIES + _FINE:
        raise _Wrong(NO_FREQUENCY)
    return parts


def _against(rule: Rule, parts: dict[str, str]) -> list[Objection]:
    several = any("," in parts.get(name, "") for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))
    long = any(value.count(",") >= ENTRIES for value in parts.values())
    return [
        objection
        for objection, applies in (
            (TOO_LONG_RULE, long),
            (TOO_FINE, several),
            (BAD_INTERVAL.about(most=MOST), not 1 <= rule.interval <= MOST),
            (NO_END, rule.count is None and rule.until is None),
            (TOO_MANY.about(most=MOST), rule.count is not None and rule.count > MOST),
        )
        if applies
    ]


def _check_together(parts: dict[str, str]) -> None:
    """Hold the rule against what RFC 5545, 3.3.10, says must not stand together."""
    freq = parts["FREQ"]
    numbered = any(letter.isdigit() for letter in parts.get("BYDAY", ""))
    for part, other, wrong in (
        ("COUNT", "UNTIL", "COUNT" in parts and "UNTIL" in parts),
        ("BYWEEKNO", f"FREQ={freq}", "BYWEEKNO" in parts and freq != "YEARLY"),
        ("BYYEARDAY", f"FREQ={freq}", "BYYEARDAY" in parts and freq != "YEARLY"),
        ("BYMONTHDAY", f"FREQ={freq}", "BYMONTHDAY" in parts and freq == "WEEKLY"),
        (f"BYDAY={parts.get('BYDAY', '')[:30]}", f"FREQ={freq}", numbered and freq in ("DAILY", "WEEKLY")),
        (f"BYDAY={parts.get('BYDAY', '')[:30]}", "BYWEEKNO", numbered and "BYWEEKNO" in parts),
    ):
        if wrong:
            raise _Wrong(NOT_TOGETHER.about(part=part, other=other))
    if "BYSETPOS" in parts and not any(name.startswith("BY") and name != "BYSETPOS" for name in parts):
        raise _Wrong(ALONE)


def _rule(parts: dict[str, str], zone: ZoneInfo) -> Rule:
    lists = {name: _numbers(parts, name) for name in _LISTS}
    byday = _weekdays(parts)
    interval = _whole(parts, "INTERVAL") or 0 if "INTERVAL" in parts else 1
    count, until, wkst = _whole(parts, "COUNT"), _until(parts, zone), parts.get("WKST", "MO")
    if wkst not in _DAYS:
        raise _Wrong(BAD_VALUE.about(part="WKST", value=wkst[:30]))
    if count == 0:
        raise _Wrong(BAD_VALUE.about(part="COUNT", value=0))
    shown = {
        "FREQ": parts["FREQ"],
        "INTERVAL": str(interval) if interval != 1 else "",
        "COUNT": str(count or ""),
        "UNTIL": f"{until:%Y%m%dT%H%M%S}" if until else "",
        "BYDAY": ",".join(f"{number or ''}{_DAYS[day - 1]}" for number, day in byday),
        "WKST": wkst if wkst != "MO" else "",
        **{name: ",".join(map(str, numbers)) for name, numbers in lists.items()},
    }
    return Rule(
        text=";".join(f"{name}={shown[name]}" for name in _ORDER if shown[name]),
        freq=parts["FREQ"],
        interval=interval,
        count=count,
        until=until,
        bymonth=lists["BYMONTH"],
        byweekno=lists["BYWEEKNO"],
        byyearday=lists["BYYEARDAY"],
        bymonthday=lists["BYMONTHDAY"],
        byday=byday,
        at=(_only(lists["BYHOUR"]), _only(lists["BYMINUTE"]), _only(lists["BYSECOND"])),
        bysetpos=lists["BYSETPOS"],
        wkst=_DAYS.index(wkst) + 1,
    )


def _only(numbers: tuple[int, ...]) -> int | None:
    return numbers[0] if numbers else None


def _whole(parts: dict[str, str], name: str) -> int | None:
    value = parts.get(name)
    if value is None:
        return None
    if not re.fullmatch("[0-9]{1,9}", value):
        raise _Wrong(BAD_VALUE.about(part=name, value=value[:30]))
    return int(value)


def _numbers(parts: dict[str, str], name: str) -> tuple[int, ...]:
    least, most, signed = _LISTS[name]
    found: set[int] = set()
    for text in parts[name].split(",") if name in parts else ():
        number = int(text) if _NUMBER.fullmatch(text.strip()) else least - 1
        if not least <= (abs(number) if signed else number) <= most:
            raise _Wrong(BAD_VALUE.about(part=name, value=text[:30]))
        found.add(number)
    return tuple(sorted(found))


def _weekdays(parts: dict[str, str]) -> tuple[tuple[int, int], ...]:
    found: set[tuple[int, int]] = set()
    for text in parts["BYDAY"].split(",") if "BYDAY" in parts else ():
        match = _BYDAY.fullmatch(text.strip())
        number = int(match["number"] or 0) if match else 99
        if match is None or abs(number) > 53 or (match["number"] is not None and number == 0):
            raise _Wrong(BAD_VALUE.about(part="BYDAY", value=text[:30]))
        found.add((number, _DAYS.index(match["day"]) + 1))
    return tuple(sorted(found))


def _until(parts: dict[str, str], zone: ZoneInfo) -> datetime | None:
    if "UNTIL" not in parts:
        return None
    match = _UNTIL.fullmatch(parts["UNTIL"])
    try:
        if match is None or int(match["day"][:4]) < FIRST_YEAR:
            raise ValueError("not a date of a series")
        if int(match["day"][:4]) > LAST_YEAR:  # as calendars write for ever
            raise Refused([NO_END])
        day = datetime.strptime(match["day"], "%Y%m%d")  # noqa: DTZ007 - a wall time
        if match["time"] is None:
            return datetime.combine(day, _LAST_SECOND)
        at = datetime.strptime(match["day"] + match["time"], "%Y%m%d%H%M%S")  # noqa: DTZ007
        return at.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None, fold=0) if match["utc"] else at
    except ValueError:
        raise _Wrong(BAD_VALUE.about(part="UNTIL", value=parts["UNTIL"][:30])) from None


# Which days


def occurrences(
    rule: Rule, start: datetime, *, exdates: frozenset[datetime] = frozenset(), most: int = MOST, until_bound: datetime | None = None
) -> list[datetime]:
    """Return the wall times of the series from *start*, in order, without *exdates*, and none after *until_bound*.

    The start itself is one only if the rule matches it. RFC 5545 counts DTSTART as the first in any case, and calls the outcome undefined
    where the rule does not match it. COUNT counts the dates before exdates are taken out, as RFC 5545 says. At most YEARS years are looked
    at: some milliseconds, whatever the rule.

    Raises:
        Refused: TOO_MANY; TOO_FAR when the series is not at its end by then; NEVER when it has no date; rules.BAD_YEAR.
    """
    if start.tzinfo is not None:
        raise ValueError("a series recurs in wall time")
    refuse(bad_year(start))
    start = start.replace(microsecond=0, fold=0)
    horizon = _years_after(start)
    last = min(at for at in (horizon, rule.until, until_bound) if at is not None)
    found: list[datetime] = []
    counted = 0
    for local in _matching(rule, start, last):
        counted += 1
        if local not in exdates:
            found.append(local)
        if len(found) > most:
            raise Refused([TOO_MANY.about(most=most)])
        if counted == rule.count:
            break
    if not found:
        raise Refused([NEVER.about(first=start.date(), last=max(start, last).date())])
    if last == horizon and counted != rule.count and last not in (rule.until, until_bound):
        raise Refused([TOO_FAR.about(years=YEARS, last=horizon.date())])
    return found


def _years_after(start: datetime) -> datetime:
    return start.replace(year=start.year + YEARS, day=min(start.day, 28) if start.month == 2 else start.day)


def _matching(rule: Rule, start: datetime, last: datetime) -> Iterator[datetime]:
    rule = _with_start(rule, start)
    hour, minute, second = (
        own if given is None else given for given, own in zip(rule.at, (start.hour, start.minute, start.second), strict=True)
    )
    at = time(hour, minute, second)
    matches = _Match(rule)
    for days in _intervals(rule, start.date(), last.date()):
        chosen = [day for day in days if matches(day)]
        if rule.bysetpos:
            chosen = [chosen[index] for index in sorted(_indices(rule.bysetpos, len(chosen)))]
        for day in chosen:
            local = datetime.combine(day, at)
            if local > last:
                return
            if local >= start:
                yield local


def _indices(positions: Sequence[int], length: int) -> set[int]:
    indices = {position - 1 if position > 0 else length + position for position in positions}
    return {index for index in indices if 0 <= index < length}


def _with_start(rule: Rule, start: datetime) -> Rule:
    """Return the rule with what its start says where the rule does not say it."""
    if rule.byweekno or rule.byyearday or rule.bymonthday or rule.byday or rule.freq == "DAILY":
        return rule
    if rule.freq == "WEEKLY":
        return replace(rule, byday=((0, start.isoweekday()),))
    month = rule.bymonth or ((start.month,) if rule.freq == "YEARLY" else ())
    return replace(rule, bymonth=month, bymonthday=(start.day,))


def _intervals(rule: Rule, start: date, last: date) -> Iterator[list[date]]:
    """Yield the days of each day, week, month or year that the rule visits."""
    number = 0
    while True:
        first, length = _interval(rule, start, number * rule.interval)
        if first > last:
            return
        yield [first + timedelta(days=step) for step in range(length)]
        number += 1


def _interval(rule: Rule, start: date, ahead: int) -> tuple[date, int]:
    if rule.freq == "DAILY":
        return start + timedelta(days=ahead), 1
    if rule.freq == "WEEKLY":
        return start + timedelta(days=7 * ahead - (start.isoweekday() - rule.wkst) % 7), 7
    if rule.freq == "MONTHLY":
        year, month = divmod(start.year * 12 + start.month - 1 + ahead, 12)
        return date(year, month + 1, 1), monthrange(year, month + 1)[1]
    return date(start.year + ahead, 1, 1), 366 if isleap(start.year + ahead) else 365


class _Match:
    """Whether a day has everything that the rule asks for."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.plain = {day for number, day in rule.byday if not number}
        self.numbered = {(number, day) for number, day in rule.byday if number}
        self.in_month = rule.freq == "MONTHLY" or bool(rule.bymonth)

    def __call__(self, day: date) -> bool:
        rule = self.rule
        return (
            (not rule.bymonth or day.month in rule.bymonth)
            and (not rule.byday or self.weekday(day))
            and (not rule.bymonthday or day.day in rule.bymonthday or day.day - monthrange(day.year, day.month)[1] - 1 in rule.bymonthday)
            and (not rule.byyearday or self.yearday(day))
            and (not rule.byweekno or self.week(day))
        )

    def weekday(self, day: date) -> bool:
        """Tell whether it is one of the weekdays, or of the numbered weekdays of its month or year."""
        weekday = day.isoweekday()
        if weekday in self.plain:
            return True
        if not self.numbered:
            return False
        position, length = (day.day, monthrange(day.year, day.month)[1]) if self.in_month else _of_year(day)
        return ((position - 1) // 7 + 1, weekday) in self.numbered or (-((length - position) // 7 + 1), weekday) in self.numbered

    def yearday(self, day: date) -> bool:
        """Tell whether it is one of the days of the year."""
        position, length = _of_year(day)
        return position in self.rule.byyearday or position - length - 1 in self.rule.byyearday

    def week(self, day: date) -> bool:
        """Tell whether it is in one of the weeks, of which the first is the one with at least four days in the year."""
        for year in (day.year + 1, day.year, day.year - 1):
            first = _first_week(year, self.rule.wkst)
            if day >= first:
                number = (day - first).days // 7 + 1
                weeks = (_first_week(year + 1, self.rule.wkst) - first).days // 7
                return number in self.rule.byweekno or number - weeks - 1 in self.rule.byweekno
        return False


def _of_year(day: date) -> tuple[int, int]:
    return day.timetuple().tm_yday, 366 if isleap(day.year) else 365


def _first_week(year: int, wkst: int) -> date:
    """Return the first day of a year's first week. Source: RFC 5545, 3.3.10, WKST."""
    first = date(year, 1, 1)
    past = (first.isoweekday() - wkst) % 7
    return first - timedelta(days=past) if past <= 3 else first + timedelta(days=7 - past)


# Which instants


def instants(locals_: Iterable[datetime], zone: ZoneInfo) -> list[Occurrence]:
    """Return the instants of wall times as RFC 5545 reads them: a skipped time by the offset before the gap, a double one as the first."""
    return [_instant(local, zone) for local in locals_]


def _instant(local: datetime, zone: ZoneInfo) -> Occurrence:
    before, after = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    offset, later = before.utcoffset(), after.utcoffset()
    trouble = ""
    if offset is not None and later is not None and offset != later:
        trouble = "skipped" if offset < later else "twice"
    return Occurrence(local, before.astimezone(UTC), trouble)


# Forms and words


def weekly(start: datetime, weekdays: frozenset[int], *, interval: int = 1, until: date | None = None, count: int | None = None) -> str:
    """Return the RRULE of a form: on ISO weekdays (none: that of the start) every so many weeks, until a day inclusive or so many times."""
    days = ",".join(_DAYS[day - 1] for day in sorted(weekdays or {start.isoweekday()}))
    ends = [f"COUNT={count}"] if count is not None else []
    ends += [f"UNTIL={until:%Y%m%d}T235959"] if until is not None else []
    return ";".join(["FREQ=WEEKLY", *([f"INTERVAL={interval}"] if interval != 1 else []), *ends, f"BYDAY={days}"])


def describe(rule: Rule, start: datetime, language: str) -> str:
    """Return the rule in words: “every 2 weeks on Monday and Friday, until 8 Dec 2026”; a rule without such words is shown as it is."""
    with force_locale(language):
        often = _often(rule.freq, rule.interval)
        on = _on(_with_start(rule, start), often, _locale(language))
        if rule.count is not None:
            return str(ngettext("%(series)s, %(num)s time", "%(series)s, %(num)s times", rule.count, series=on))
        if rule.until is None:
            return on
        last = rule.until.date() if rule.until.time() >= start.time() else rule.until.date() - timedelta(days=1)
        pattern = "y年M月d日" if language[:2] == "zh" else "d MMM y"
        return str(gettext("%(series)s, until %(day)s", series=on, day=format_date(last, pattern, locale=_locale(language))))


def _locale(language: str) -> str:
    return {"zh": "zh_Hans_CN", "ru": "ru_RU"}.get(language[:2], "en_GB")


_ONCE = {"DAILY": N_("every day"), "WEEKLY": N_("every week"), "MONTHLY": N_("every month"), "YEARLY": N_("every year")}


def _often(freq: str, interval: int) -> str:
    if interval == 1:  # not the plural's form for one: in Russian that one also counts 21
        return str(gettext(_ONCE[freq]))
    if freq == "DAILY":
        return str(ngettext("every %(num)s day", "every %(num)s days", interval))
    if freq == "WEEKLY":
        return str(ngettext("every %(num)s week", "every %(num)s weeks", interval))
    if freq == "MONTHLY":
        return str(ngettext("every %(num)s month", "every %(num)s months", interval))
    return str(ngettext("every %(num)s year", "every %(num)s years", interval))


def _on(rule: Rule, often: str, locale: str) -> str:
    """Return how often and on which days, in one sentence."""
    used = {name for name in ("bymonth", "byweekno", "byyearday", "bymonthday", "byday", "bysetpos") if getattr(rule, name)}
    names = get_day_names("wide", locale=locale)
    if rule.freq == "WEEKLY" and used == {"byday"}:
        days = format_list([names[day - 1] for _, day in rule.byday], locale=locale)
        return str(gettext("%(often)s on %(days)s", often=often, days=days))
    if not used:
        return often
    if rule.freq == "MONTHLY" and used == {"byday"} and len(rule.byday) == 1:
        number, day = rule.byday[0]
        return _numbered(rule, often, number, names[day - 1])
    if rule.freq == "MONTHLY" and used == {"bymonthday"} and min(rule.bymonthday) > 0:
        days = format_list([str(day) for day in rule.bymonthday], locale=locale)
        return str(gettext("%(often)s on day %(days)s", often=often, days=days))
    if rule.freq == "MONTHLY" and used == {"bymonthday"} and rule.bymonthday == (-1,):
        return str(gettext("%(often)s on the last day", often=often))
    if rule.freq == "YEARLY" and used == {"bymonth", "bymonthday"} and len(rule.bymonth) == len(rule.bymonthday) == 1:
        month, day = rule.bymonth[0], rule.bymonthday[0]
        if 0 < day <= monthrange(2000, month)[1]:
            shown = format_date(date(2000, month, day), "M月d日" if locale.startswith("zh") else "d MMMM", locale=locale)
            return str(gettext("%(often)s on %(days)s", often=often, days=shown))
    return _as_it_is(rule, often)


def _numbered(rule: Rule, often: str, number: int, day: str) -> str:
    if number == 1:
        return str(gettext("%(often)s on the first %(day)s", often=often, day=day))
    if number == 2:
        return str(gettext("%(often)s on the second %(day)s", often=often, day=day))
    if number == 3:
        return str(gettext("%(often)s on the third %(day)s", often=often, day=day))
    if number == 4:
        return str(gettext("%(often)s on the fourth %(day)s", often=often, day=day))
    if number == -1:
        return str(gettext("%(often)s on the last %(day)s", often=often, day=day))
    return _as_it_is(rule, often)


def _as_it_is(rule: Rule, often: str) -> str:
    return str(gettext("%(often)s (%(rule)s)", often=often, rule=rule.text))
