"""Values as people read them, in the reader's language and the park's time zone. Used by templates, sentences and sheets alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import g
from flask_babel import get_locale, gettext

from parkmgr.errors import Objection
from parkmgr.values import FOREVER, Area, Money, Names


def language() -> str:
    """Return the reader's language: en, ru or zh."""
    return str(getattr(get_locale(), "language", "en"))


def _locale() -> str:
    return {"zh": "zh_Hans_CN", "ru": "ru_RU"}.get(language(), "en_GB")


def zone() -> ZoneInfo:
    """Return the time zone of the park that the page is about; UTC where there is none."""
    found: ZoneInfo = g.get("zone", ZoneInfo("UTC"))
    return found


def number(value: Decimal | int | None, places: int | None = None) -> str:
    """Return a number with the language's separators; an em dash for unknown."""
    if value is None:
        return "—"
    pattern = None if places is None else "#,##0" + ("." + "0" * places if places else "")
    return str(format_decimal(value, format=pattern, locale=_locale()))


def money(value: Money | None) -> str:
    """Return an amount with its ISO code (¥ is two currencies)."""
    if value is None:
        return "—"
    return f"{number(value.amount, max(0, -int(value.amount.as_tuple().exponent)))}\N{NO-BREAK SPACE}{value.currency}"


def area(value: Area | None) -> str:
    """Return square metres, two places; an em dash for not measured."""
    return "—" if value is None else number(value.m2, 2)


def square_metres(shown_area: str) -> str:
    """Return a number that is shown already with its unit."""
    return str(gettext("%(area)s m²", area=shown_area))


def percent(value: Decimal | None, places: int = 1) -> str:
    """Return per cent; an em dash where it is not defined."""
    return "—" if value is None else f"{number(value, places)}\N{NO-BREAK SPACE}%"


def day(value: date | datetime | None) -> str:
    """Return a civil day; an instant is read in the park's zone; an em dash for none or for ever."""
    if isinstance(value, datetime):
        value = None if value >= FOREVER else value.astimezone(zone()).date()
    if value is None or value == date.max:
        return "—"
    return str(format_date(value, "d MMM y" if language() != "zh" else "y年M月d日", locale=_locale()))


def instant(value: datetime | None, seconds: bool = False) -> str:
    """Return an instant in the park's zone, with the zone's offset."""
    if value is None or value >= FOREVER:
        return "—"
    pattern = ("d MMM y HH:mm" if language() != "zh" else "y年M月d日 HH:mm") + (":ss" if seconds else "") + " ZZZZZ"
    return str(format_datetime(value.astimezone(zone()), pattern, tzinfo=zone(), locale=_locale()))


def weekday(value: datetime, in_zone: ZoneInfo | None = None) -> str:
    """Return the civil day of an instant with its name, in the park's zone or another."""
    at = in_zone or zone()
    pattern = "EEE d MMM y" if language() != "zh" else "y年M月d日EEE"
    return str(format_datetime(value.astimezone(at), pattern, tzinfo=at, locale=_locale()))


def hours(starts_at: datetime, ends_at: datetime, in_zone: ZoneInfo | None = None) -> str:
    """Return from what time until what time, with the last day where it is another; 24:00 is the end of the day."""
    at = in_zone or zone()
    first, last = starts_at.astimezone(at), ends_at.astimezone(at)
    if last.date() == first.date():
        return f"{first:%H:%M}–{last:%H:%M}"
    if last.date() - first.date() == timedelta(days=1) and last.time() == time():
        return f"{first:%H:%M}–24:00"
    return f"{first:%H:%M} – {weekday(ends_at, at)}, {last:%H:%M}"


def when(starts_at: datetime, ends_at: datetime, in_zone: ZoneInfo | None = None) -> str:
    """Return from when until when, the day once where it is one day, in the park's zone or another, with the zone's offset."""
    at = in_zone or zone()
    offset = format_datetime(ends_at.astimezone(at), "ZZZZZ", tzinfo=at, locale=_locale())
    return f"{weekday(starts_at, at)}, {hours(starts_at, ends_at, at)} {offset}"


def names(value: Names | None) -> str:
    """Return a name in the reader's language, or in the script that there is."""
    return "" if value is None else value.in_(language())


def shown(value: object) -> str:
    """Return any value as text for a sentence or a cell."""
    if value is None:
        return "—"
    if isinstance(value, Money):
        return money(value)
    if isinstance(value, Area):
        return square_metres(area(value))
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Names):
        return names(value)
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, Objection):
        return sentence(value)
    return str(value)


def sentence(objection: Objection) -> str:
    """Return the objection's sentence in the reader's language."""
    facts: Mapping[str, str] = {name: shown(value) for name, value in objection.facts.items()}
    return str(gettext(objection.sentence)) % facts


FILTERS = {
    "number": number,
    "money": money,
    "area": area,
    "percent": percent,
    "day": day,
    "instant": instant,
    "when": when,
    "weekday": weekday,
    "hours": hours,
    "names": names,
    "sentence": sentence,
    "shown": shown,
}
