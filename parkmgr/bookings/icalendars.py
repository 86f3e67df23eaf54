"""Bookings as iCalendar (RFC 5545), written by the icalendar library. Pure: no database, no clock, no web.

Every date of a series is an event of its own, with its own UID, and not a RRULE with exceptions: each has its own state, and may stand in
another room; calendars agree on what single events are, and not on what an exception to a cancelled rule is. What a calendar was given
once is told by UID and SEQUENCE; whatever is no longer so stays in it for a while as cancelled.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Calendar, Timezone
from icalendar import Event as Component

from parkmgr.bookings.rules import State
from parkmgr.values import day_of

MIME = "text/calendar; charset=utf-8"
_STATUS = {
    State.REQUESTED: "TENTATIVE",
    State.CONFIRMED: "CONFIRMED",
    State.CHECKED_IN: "CONFIRMED",
    State.COMPLETED: "CONFIRMED",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One booking, as a calendar is told of it."""

    uid: str
    sequence: int
    state: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    summary: str
    location: str = ""
    description: str = ""
    category: str = ""
    url: str = ""

    @property
    def status(self) -> str:
        """RFC 5545: STATUS."""
        return _STATUS.get(State(self.state), "CANCELLED")


def uid(park: str, number: str, imported: str, recurs_at: datetime | None) -> str:
    """Return the UID of a booking: its own for ever, or the one that it had where it came from; the dates of an imported series differ."""
    if not imported:
        return f"{number}@{park}.parkmgr"
    return imported if recurs_at is None else f"{recurs_at:%Y%m%dT%H%M%SZ}-{imported}"


def hidden_uid(park: str, secret: str, booking_id: int) -> str:
    """Return the UID of a booking whose number the reader may not know: the same in each reading of one feed, and no other's."""
    return f"{hashlib.sha256(f'{secret}:{booking_id}'.encode()).hexdigest()[:32]}@{park}.parkmgr"


def plain(text: str) -> str:
    """Return *text* without characters that no calendar can hold: controls but for line breaks, and halves of characters."""
    return "".join(letter for letter in text if letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cs"))


@lru_cache(maxsize=64)
def _zone(key: str, first_year: int, last_year: int) -> Timezone:
    """Return the changes of a zone's clocks over some years."""
    made = Timezone.from_tzinfo(ZoneInfo(key), key, first_date=date(first_year, 1, 1), last_date=date(last_year, 12, 31))
    made.pop("comment", None)
    return made


def calendar(events: Sequence[Event], *, zone: ZoneInfo, name: str) -> bytes:
    """Return the events as a calendar file. The same events make the same bytes, whenever it is asked."""
    made = Calendar()
    made.add("prodid", "-//parkmgr//bookings//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", plain(name))
    made.add("x-wr-timezone", zone.key)
    if events:
        years = [day_of(event.starts_at, zone).year for event in events]
        made.add_component(_zone(zone.key, min(years), max(years) + 1))
    for event in events:
        made.add_component(_component(event, zone))
    return bytes(made.to_ical())


def _component(event: Event, zone: ZoneInfo) -> Component:
    made = Component()
    made.add("uid", plain(event.uid))
    made.add("dtstamp", event.changed_at)
    made.add("last-modified", event.changed_at)
    made.add("sequence", event.sequence)
    made.add("status", event.status)
    made.add("dtstart", event.starts_at.astimezone(zone))
    made.add("dtend", event.ends_at.astimezone(zone))
    made.add("summary", plain(event.summary))
    made.add("transp", "TRANSPARENT" if event.status == "CANCELLED" else "OPAQUE")
    for key, text in (("location", event.location), ("description", event.description)):
        if text:
            made.add(key, plain(text))
    if event.category:
        made.add("categories", [plain(event.category)])
    if event.url:
        made.add("url", event.url)
    return made


def etag(content: bytes) -> str:
    """Return what tells two readings of a feed apart."""
    return hashlib.sha256(content).hexdigest()[:32]
