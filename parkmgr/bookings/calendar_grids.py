"""Where things stand on a page of a calendar, in wall time. Pure: no database, no clock, no web.

A day is a lane of half hours. What happens in it takes the slots that it touches; things that touch one slot share a cell, so that the
grid is a table without overlaps that a screen reader can read. On a day on which the clocks change, a slot is what the clocks show.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from parkmgr.bookings.calendar_queries import Event
from parkmgr.bookings.rules import Conditions
from parkmgr.calendars.rules import WeekdayOf, open_spans
from parkmgr.values import Span, midnight

STEP = 30
SLOTS = 24 * 60 // STEP
DAY = timedelta(days=1)
USUAL = (8 * 60 // STEP, 20 * 60 // STEP)
"""The hours that are shown where nothing else says."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Slots [first, after) of a lane: free (one slot that can be booked), past, closed, or taken by events."""

    state: str
    first: int
    after: int
    events: tuple[Event, ...] = ()
    free_until: int = 0
    """Of a free slot: the first slot after it that is not free."""

    @property
    def slots(self) -> int:
        """How many slots it takes."""
        return self.after - self.first


@dataclass(frozen=True, slots=True)
class Lane:
    """One room on one day."""

    room_id: int
    day: date
    cells: tuple[Cell, ...]

    def starting(self, slot: int) -> Cell | None:
        """Return the cell that begins at a slot; None inside one."""
        return next((cell for cell in self.cells if cell.first == slot), None)

    def stretches(self) -> list[Cell]:
        """Return what happens in order, free slots beside each other as one stretch, without what is closed or past."""
        found: list[Cell] = []
        for cell in self.cells:
            if cell.state == "free" and found and found[-1].state == "free" and found[-1].after == cell.first:
                found[-1] = Cell("free", found[-1].first, cell.after, free_until=cell.after)
            elif cell.state in ("free", "taken"):
                found.append(cell)
        return found


def wall(day: date, slot: int) -> datetime:
    """Return the wall time of a slot; the last one's end is midnight."""
    return datetime.combine(day, time()) + timedelta(minutes=slot * STEP)


def clock_text(slot: int) -> str:
    """Return how the clock shows a slot: 09:30, and 24:00 at the end of the day."""
    return f"{slot * STEP // 60:02d}:{slot * STEP % 60:02d}"


def _minutes(instant: datetime, day: date, zone: ZoneInfo) -> int:
    local = instant.astimezone(zone)
    minutes = (local.date() - day).days * 1440 + local.hour * 60 + local.minute
    return max(0, min(1440, minutes))


def slots_of(span: Span, day: date, zone: ZoneInfo) -> tuple[int, int]:
    """Return the slots [first, after) of the day that a span touches; at least one where it touches the day at all."""
    first = _minutes(span.starts_at, day, zone) // STEP
    after = -(-_minutes(span.ends_at, day, zone) // STEP)
    return min(first, SLOTS - 1), max(after, min(first, SLOTS - 1) + 1)


def day_span(day: date, zone: ZoneInfo, days: int = 1) -> Span:
    """Return the instants of some civil days."""
    return Span(midnight(day, zone), midnight(day + days * DAY, zone))


def open_slots(conditions: Conditions | None, day: date, zone: ZoneInfo, weekday_of: WeekdayOf) -> set[int]:
    """Return the slots in which a room can be booked, wholly open ones only."""
    if conditions is None:
        return set()
    weekday = day.isoweekday() if conditions.open_on_holidays else weekday_of(day)
    found: set[int] = set()
    for span in open_spans(conditions.week, day, zone, as_weekday=weekday):
        ends = 1440 if span.ends_at >= midnight(day + DAY, zone) else _minutes(span.ends_at, day, zone)
        found.update(range(-(-_minutes(span.starts_at, day, zone) // STEP), ends // STEP))
    return found


def shown_hours(opens: Iterable[set[int]], taken: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """Return the slots [first, after) that a page shows, by whole hours: all that is open or taken on one of its lanes."""
    per_hour = 60 // STEP
    edges = [edge for slots in opens if slots for edge in (min(slots), max(slots) + 1)]
    edges = edges or list(USUAL)
    edges += [edge for pair in taken if pair != (0, SLOTS) for edge in pair]
    first, after = min(edges), max(edges)
    return first // per_hour * per_hour, min(SLOTS, -(-after // per_hour) * per_hour)


def lane(
    room_id: int,
    day: date,
    events: Sequence[Event],
    opens: set[int],
    zone: ZoneInfo,
    now: datetime,
    shown: tuple[int, int],
) -> Lane:
    """Return one room on one day: which slots are free, past, closed or taken, between the hours that are shown."""
    whole = day_span(day, zone)
    here = [event for event in events if event.room_id == room_id and Span(event.span.starts_at, event.held_until).overlaps(whole)]
    groups: list[tuple[int, int, list[Event]]] = []
    turning: set[int] = set()
    for event in sorted(here, key=lambda event: event.span.starts_at):
        if event.held_until > event.span.ends_at:
            turning.update(range(*slots_of(Span(event.span.starts_at, event.held_until), day, zone)))
        if not event.span.overlaps(whole):
            continue
        first, after = slots_of(event.span, day, zone)
        if groups and first < groups[-1][1]:
            before = groups.pop()
            groups.append((before[0], max(before[1], after), [*before[2], event]))
        else:
            groups.append((first, after, [event]))
    taken = {group[0]: group for group in groups}
    past = _past_before(day, zone, now)
    cells: list[Cell] = []
    covered = {slot: group for group in groups for slot in range(group[0], group[1])}
    slot = shown[0]
    while slot < shown[1]:
        if slot in covered:
            group = taken[covered[slot][0]]
            cells.append(Cell("taken", slot, min(group[1], shown[1]), tuple(group[2])))
        else:
            state = "closed" if slot not in opens or slot in turning else "past" if slot < past else "free"
            if state != "free" and cells and cells[-1].state == state:
                cells[-1] = Cell(state, cells[-1].first, slot + 1)
            else:
                cells.append(Cell(state, slot, slot + 1))
        slot = cells[-1].after
    return Lane(room_id, day, tuple(_with_ends(cells)))


def _past_before(day: date, zone: ZoneInfo, now: datetime) -> int:
    """Return the first slot that is still to come."""
    whole = day_span(day, zone)
    if now >= whole.ends_at:
        return SLOTS
    return -(-_minutes(now, day, zone) // STEP) if now > whole.starts_at else 0


def _with_ends(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells; each free one knows until when it is free."""
    found: list[Cell] = []
    until = 0
    for cell in reversed(cells):
        if cell.state == "free":
            until = until if found and found[-1].state == "free" else cell.after
            found.append(Cell("free", cell.first, cell.after, free_until=until))
        else:
            found.append(cell)
    return found[::-1]


def weeks_of(day: date) -> list[list[date]]:
    """Return the weeks of the day's month, Monday first, with the days of other months that fill them."""
    first = day.replace(day=1)
    monday = first - timedelta(days=first.weekday())
    last = (first + timedelta(days=32)).replace(day=1) - DAY
    weeks = []
    while monday <= last:
        weeks.append([monday + step * DAY for step in range(7)])
        monday += 7 * DAY
    return weeks


def by_day(events: Iterable[Event], days: Sequence[date], zone: ZoneInfo) -> dict[tuple[int, date], list[Event]]:
    """Return the events that touch each of the days, by room and day, in the order in which they came."""
    found: dict[tuple[int, date], list[Event]] = {}
    for event in events:
        day = max(event.span.starts_at.astimezone(zone).date(), days[0])
        last = min((event.span.ends_at - timedelta(microseconds=1)).astimezone(zone).date(), days[-1])
        while day <= last:
            found.setdefault((event.room_id, day), []).append(event)
            day += DAY
    return found
