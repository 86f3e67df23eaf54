"""The calendar: a day, a week, a month, and a building's rooms over the hours of a day. It stands on the bookings' blueprint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from dateutil.relativedelta import relativedelta
from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectChoice, SelectField  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock
from parkmgr.bookings import calendar_grids as grids
from parkmgr.bookings import calendar_queries as queries
from parkmgr.bookings.calendar_grids import DAY, STEP, Cell, Lane
from parkmgr.bookings.calendar_queries import Event, Room
from parkmgr.bookings.views import bp
from parkmgr.calendars.working_days import Calendar
from parkmgr.calendars.working_days import calendar as working_days
from parkmgr.errors import Missing
from parkmgr.places.models import Park
from parkmgr.places.views import here, today
from parkmgr.values import Names, Span, day_of
from parkmgr.web import formats
from parkmgr.web.door import me
from parkmgr.web.forms import DayField, FilterForm
from parkmgr.web.page import page

VIEWS = ("timeline", "day", "week", "month")
MOST_LANES = 200
"""Rooms on one page; a building with more shows the first of them, and says so."""


def _views() -> list[SelectChoice]:
    words = {"timeline": _("Timeline"), "day": _("One day"), "week": _("Week"), "month": _("Month")}
    return [SelectChoice(view, words[view]) for view in VIEWS]


class CalendarFilter(FilterForm):
    """What the calendar shows."""

    view = SelectField(_l("View"), choices=_views)
    building = SelectField(_l("Building"), validate_choice=False)
    space = SelectField(_l("Space"), validate_choice=False)
    on = DayField(_l("Day"))
    mine = BooleanField(_l("Mine only"))


@dataclass(frozen=True, slots=True)
class Heading:
    """A day as the head of a column: its name, and what the park's calendar says of it."""

    day: date
    label: str
    long: str
    weekday: str
    holiday: str
    moved: bool
    today: bool
    other: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page is asked to show."""

    park: Park
    view: str
    on: date
    building: str
    rooms: Sequence[Room]
    days: Sequence[date]
    now: datetime
    mine: bool
    one: bool
    """One room only."""

    @property
    def window(self) -> Span:
        """The instants of its days."""
        return grids.day_span(self.days[0], self.park.zone, len(self.days))


@bp.get("/parks/<park>/calendar")
def calendar(park: str) -> ResponseReturnValue:
    """Show who has which room when."""
    found = here(park)
    now, actor = clock.now(), me()
    form = CalendarFilter.asked()
    on = form.on.data or today(found)
    view = form.view.data if form.view.data in VIEWS else "timeline"
    buildings = queries.buildings(found.id)
    building, rooms, one = _rooms(found, form, buildings, on)
    mine = bool(form.mine.data) and actor.user_id is not None
    shown = Shown(found, view, on, building, rooms[:MOST_LANES], _days(view, on), now, mine, one)
    if mine:
        events = queries.own_events(found, shown.window, actor)
        shown_rooms = [room for room in queries.rooms(found.id, on) if room.id in {event.room_id for event in events}]
        shown = Shown(found, view, on, building, shown_rooms, shown.days, now, mine, False)
    else:
        events = queries.events(found, [room.id for room in shown.rooms], shown.window, actor)
    form.view.data, form.on.data = view, on
    return page(
        "bookings/calendar.html",
        park=found,
        filter=form,
        shown=shown,
        more=len(rooms) - len(shown.rooms) if not mine else 0,
        title=_title(view, on, shown.days),
        moves=_moves(shown),
        has_rooms=bool(buildings),
        heads=(heads := _heads(shown)),
        heads_by_day={head.day: head for head in heads},
        **_body(shown, events),
    )


def _rooms(found: Park, form: CalendarFilter, buildings: list[tuple[str, Names]], on: date) -> tuple[str, list[Room], bool]:
    """Return the building that is shown, its rooms, and whether one of them was chosen.

    Raises:
        Missing: the building or the space is not there.
    """
    codes = [code for code, _names in buildings]
    asked, space = str(form.building.data or ""), str(form.space.data or "")
    if (asked and asked not in codes) or not space.isprintable():
        raise Missing
    if space and not asked:
        asked = queries.building_of(found.id, space)
    building = asked or (codes[0] if codes else "")
    rooms = queries.rooms(found.id, on, building=building) if building else []
    form.building.choices = [SelectChoice(code, f"{code} · {formats.names(names)}") for code, names in buildings]
    form.space.choices = [SelectChoice("", _("All rooms")), *(SelectChoice(room.code, _room_name(room)) for room in rooms)]
    form.building.data, form.space.data = building, ""
    if not space:
        return building, rooms, False
    one = [room for room in rooms if room.code == space]
    if not one:  # of the building that was left, or not there on the day
        queries.building_of(found.id, space)
        return building, rooms, False
    form.space.data = space
    return building, one, True


def _room_name(room: Room) -> str:
    name = formats.names(room.names)
    return room.code if not name or name == room.code else f"{room.code} · {name}"


def _days(view: str, on: date) -> list[date]:
    if view == "month":
        return [day for week in grids.weeks_of(on) for day in week]
    if view == "week":
        return [on - timedelta(days=on.weekday()) + step * DAY for step in range(7)]
    return [on]


def _locale() -> str:
    return {"zh": "zh_Hans_CN", "ru": "ru_RU"}.get(formats.language(), "en_GB")


def _title(view: str, on: date, days: Sequence[date]) -> str:
    if view == "month":
        return str(format_date(on, "y年M月" if formats.language() == "zh" else "LLLL y", locale=_locale()))
    if view == "week":
        return f"{formats.day(days[0])} – {formats.day(days[-1])}"
    return str(format_date(on, "full", locale=_locale()))


def _heads(shown: Shown) -> list[Heading]:
    """Return the days of the page with the names of their holidays."""
    working: Calendar = working_days(shown.park.country)
    language, this_day = formats.language(), day_of(shown.now, shown.park.zone)
    short = "M月d日 EEE" if language == "zh" else "EEE d MMM"
    return [
        Heading(
            day,
            str(format_date(day, "d" if shown.view == "month" else short, locale=_locale())),
            str(format_date(day, "full", locale=_locale())),
            str(format_date(day, "EEE", locale=_locale())),
            working.name(day, language) or (_("Holiday") if working.is_holiday(day) else ""),
            working.is_working_day(day) and day.isoweekday() > 5,
            day == this_day,
            shown.view == "month" and day.month != shown.on.month,
        )
        for day in shown.days
    ]


def _address(shown: Shown, **changes: Any) -> str:
    """Return this page's address with something else in it; what was filtered stays."""
    asked: dict[str, Any] = {"view": shown.view, "on": shown.on.isoformat(), "building": shown.building}
    if shown.one:
        asked["space"] = shown.rooms[0].code
    if shown.mine:
        asked["mine"] = 1
    asked |= changes
    return url_for("bookings.calendar", park=shown.park.code, **{key: value for key, value in asked.items() if value})


def _moves(shown: Shown) -> dict[str, str]:
    """Return the addresses of the page before and after, of today, and of the other views."""
    step = {"month": relativedelta(months=1), "week": relativedelta(weeks=1)}.get(shown.view, relativedelta(days=1))
    found = {view: _address(shown, view=view) for view in VIEWS}
    found["today"] = _address(shown, on=today(shown.park).isoformat())
    for name, moved in (("previous", -step), ("next", step)):
        day = shown.on + moved
        found[name] = _address(shown, on=day.isoformat()) if 1900 < day.year < 2199 else ""
    return found


# What stands in the page


def _body(shown: Shown, events: Sequence[Event]) -> dict[str, Any]:
    zone = shown.park.zone
    wholes = {day: grids.day_span(day, zone) for day in shown.days}
    given: dict[str, Any] = {
        "book": lambda lane, cell: _book(shown, lane, cell),
        "times": lambda event, day: _times(event, wholes[day], zone),
        "what": partial(_what, closed=_("Closed"), busy=_("Busy")),
        "clock_text": grids.clock_text,
        "room_name": _room_name,
        "of_day": lambda day: _address(shown, view="day", on=day.isoformat()),
        "of_room": lambda room: _address(shown, view="week", space=room.code, mine=None),
        "show": lambda event: _show(shown, event),
    }
    given["codes"] = {room.id: room.code for room in shown.rooms}
    given["only"] = shown.rooms[0].code if shown.one else ""
    by_room = grids.by_day(events, shown.days, zone)
    if shown.view == "month":
        by_day: dict[date, list[Event]] = {day: [] for day in shown.days}
        for (_room_id, day), found in by_room.items():
            by_day[day] += found
        by_day = {day: _once(sorted(found, key=lambda event: event.span.starts_at)) for day, found in by_day.items()}
        weeks = [shown.days[start : start + 7] for start in range(0, len(shown.days), 7)]
        return {**given, "by_day": by_day, "weeks": weeks, "lanes": [], "slots": []}
    if shown.view == "week" and not shown.one:
        return {**given, "by_room": by_room, "lanes": [], "slots": []}
    lanes, slots = _lanes(shown, events, by_room)
    return {**given, "lanes": lanes, "slots": slots}


def _once(events: Sequence[Event]) -> list[Event]:
    """Return the events without those that stand in several rooms (a whole and its parts) more than once."""
    return list({event.number or str(place): event for place, event in enumerate(events)}.values())


def _lanes(shown: Shown, events: Sequence[Event], by_room: Mapping[tuple[int, date], Sequence[Event]]) -> tuple[list[Lane], list[int]]:
    """Return the lanes of the page, one for each room or day, and the slots that it shows."""
    zone, weekday_of = shown.park.zone, working_days(shown.park.country).weekday_of
    pairs = [(room, day) for room in shown.rooms for day in shown.days]
    opened: dict[tuple[int, date], set[int]] = {}
    of_rules: dict[tuple[int, date], set[int]] = {}
    for room, day in pairs:
        key = (room.conditions.rules_id if room.conditions else 0, day)
        if key not in of_rules:
            of_rules[key] = grids.open_slots(room.conditions, day, zone, weekday_of)
        opened[room.id, day] = of_rules[key]
    taken = [grids.slots_of(event.span, day, zone) for (_room, day), found in by_room.items() for event in found]
    hours = grids.shown_hours(opened.values(), taken)
    of_room: dict[int, list[Event]] = {}
    for event in events:
        of_room.setdefault(event.room_id, []).append(event)
    lanes = [grids.lane(room.id, day, of_room.get(room.id, []), opened[room.id, day], zone, shown.now, hours) for room, day in pairs]
    return lanes, list(range(*hours))


def _book(shown: Shown, lane: Lane, cell: Cell) -> str:
    """Return the way to book a free slot: an hour, or what is free, or the least that the rules allow; nothing where nobody may book."""
    if not me().may("bookings.book", shown.park.id):
        return ""
    room = next(room for room in shown.rooms if room.id == lane.room_id)
    least = int(room.conditions.least.total_seconds() // 60) if room.conditions else STEP
    length = max(least, min(60, (cell.free_until - cell.first) * STEP))
    starts = grids.wall(lane.day, cell.first)
    ends = starts + timedelta(minutes=length)
    slot: dict[str, Any] = {"from": starts.isoformat(timespec="minutes"), "to": ends.isoformat(timespec="minutes")}
    return url_for("bookings.book", park=shown.park.code, space=room.code, **slot)


def _show(shown: Shown, event: Event) -> str:
    if not event.number:
        return ""
    return url_for("bookings.show", park=shown.park.code, number=event.number)


def _times(event: Event, whole: Span, zone: ZoneInfo) -> str:
    """Return the times of an event as its day shows them: 09:00–10:30, and an arrow where it goes on over midnight."""
    starts, ends = event.span.starts_at.astimezone(zone), event.span.ends_at.astimezone(zone)
    before, after = event.span.starts_at < whole.starts_at, event.span.ends_at > whole.ends_at
    if before and after:
        return str(_("all day"))
    last = "24:00" if event.span.ends_at == whole.ends_at else f"{ends:%H:%M}"
    return f"{'…' if before else f'{starts:%H:%M}'}–{'…' if after else last}"


def _what(event: Event, *, closed: str, busy: str) -> str:
    """Return what an event is called: its purpose or its holder, or only that the room is busy or closed."""
    if event.state == "closed":
        return closed
    if event.state == "busy" and event.holder is None:
        return busy
    return event.purpose or formats.names(event.holder)
