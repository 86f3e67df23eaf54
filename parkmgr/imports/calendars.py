"""A calendar file (RFC 5545) as a table: a row for each event, with the line of its BEGIN as its number. Read by the child, like any file.

The lines are looked at first: how long they are, how deep parts stand in parts, how many events there are. Only the events' own lines are
given to the icalendar library; alarms, tasks and definitions of zones are left out (a zone is known by its name, or not at all).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from icalendar import Component, Event
from icalendar.prop import vBroken, vDDDLists, vDDDTypes

from parkmgr.errors import Refused
from parkmgr.imports import reading
from parkmgr.imports.reading import Limits, Table
from parkmgr.imports.rules import Row

COLUMNS = (
    *("uid", "recurrence-id", "summary", "location", "resources", "organizer", "attendee", "categories", "start", "end"),
    *("rrule", "exdate", "rdate", "status"),
)
_DEPTH = 8
_PROPERTIES = frozenset({name.upper() for name in COLUMNS} | {"DTSTART", "DTEND", "DURATION"})
_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Block:
    """The lines of one event, unfolded."""

    row: int
    lines: list[str]


def table(text: str, limits: Limits, encoding: str) -> Table:
    """Return the events of a calendar as a table of texts, always of the same columns, so that one mapping fits all calendars.

    Raises:
        Refused: with one objection about the file.
    """
    blocks = list(islice(_blocks(text, limits), limits.events + 1))
    if len(blocks) > limits.events:
        raise Refused([reading.TOO_MANY_EVENTS.about(limit=limits.events)])
    if not blocks:
        raise Refused([reading.NO_EVENTS])
    found = [_cells(block) for block in blocks]
    rows = tuple(Row(block.row, tuple(cells.get(name, "") for name in COLUMNS)) for block, cells in zip(blocks, found, strict=True))
    if any(len(cell) > limits.cell for row in rows for cell in row.cells):
        raise Refused(
            [reading.CELL_TOO_LONG.about(row=next(r.number for r in rows if max(map(len, r.cells)) > limits.cell), limit=limits.cell)]
        )
    return Table(COLUMNS, rows, encoding)


def _blocks(text: str, limits: Limits) -> Iterator[_Block]:
    """Yield the events of a calendar; what stands in them (alarms) and beside them is left out."""
    within: list[str] = []
    block: _Block | None = None
    for number, line in _unfolded(text, limits):
        name, _, value = line.partition(":")
        part = value.strip().upper()
        match name.strip().upper():
            case "BEGIN":
                within.append(part)
                if len(within) > _DEPTH:
                    raise Refused([reading.NOT_A_CALENDAR.about(row=number)])
                if part == "VEVENT" and block is None:
                    block = _Block(number, [])
            case "END":
                if not within or within.pop() != part:
                    raise Refused([reading.NOT_A_CALENDAR.about(row=number)])
                if part == "VEVENT" and "VEVENT" not in within and block is not None:
                    yield block
                    block = None
            case _ if block is not None and within[-1] == "VEVENT" and name.partition(";")[0].strip().upper() in _PROPERTIES:
                block.lines.append(line)
    if within:
        raise Refused([reading.NOT_A_CALENDAR.about(row=text.count("\n") + 1)])


def _unfolded(text: str, limits: Limits) -> Iterator[tuple[int, str]]:
    """Yield the lines with their numbers; what was folded is one line, under its first number."""
    number, parts, length = 0, [""], 0
    first = 1
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if line[:1] in (" ", "\t") and number > 1:
            parts.append(line[1:])
            length += len(line) - 1
        else:
            if parts != [""]:
                yield first, "".join(parts)
            first, parts, length = number, [line], len(line)
        if length > limits.cell:
            raise Refused([reading.CELL_TOO_LONG.about(row=first, limit=limits.cell)])
    if parts != [""]:
        yield first, "".join(parts)


def _cells(block: _Block) -> dict[str, str]:
    """Return what an event says, in texts."""
    source = "\r\n".join(["BEGIN:VEVENT", *block.lines, "END:VEVENT", ""])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            event = Event.from_ical(source)
    except (ValueError, KeyError, IndexError, TypeError, OverflowError) as error:
        raise Refused([reading.NOT_A_CALENDAR.about(row=block.row)]) from error
    starts, ends = _one(event, "DTSTART"), _one(event, "DTEND")
    cells = {name: _texts(event, name.upper()) for name in ("uid", "summary", "location", "resources", "organizer", "attendee", "status")}
    cells["categories"] = _categories(event)
    cells["rrule"] = next((line.partition(":")[2].strip() for line in block.lines if line[:5].upper() == "RRULE"), "")
    cells["start"], cells["recurrence-id"] = _moment(starts), _moment(_one(event, "RECURRENCE-ID"))
    cells["end"] = _end(starts, ends, _one(event, "DURATION"))
    cells["exdate"], cells["rdate"] = (_moments(event, name) for name in ("EXDATE", "RDATE"))
    return {name: value for name, value in cells.items() if value}


def _all(event: Component, name: str) -> list[object]:
    found = event.get(name)
    return found if isinstance(found, list) else [] if found is None else [found]


def _one(event: Component, name: str) -> object:
    return next(iter(_all(event, name)), None)


def _texts(event: Component, name: str) -> str:
    return ", ".join(_said(value) for value in _all(event, name))


def _said(value: object) -> str:
    """Return a text; of a person the name, or else the address."""
    named = getattr(value, "params", {}).get("CN")
    text = str(named or value)
    return text[7:] if text.lower().startswith("mailto:") else text


def _categories(event: Component) -> str:
    return ", ".join(str(category) for value in _all(event, "CATEGORIES") for category in getattr(value, "cats", [value]))


def _moments(event: Component, name: str) -> str:
    found: list[str] = []
    for value in _all(event, name):
        if isinstance(value, vDDDLists):
            found += [_moment(one) for one in value.dts]
        else:
            found.append(_moment(value))
    return "; ".join(found)


def _moment(value: object) -> str:
    """Return a day, or a wall time with its zone: UTC, the name of a zone, or none where the calendar says none."""
    if value is None:
        return ""
    if isinstance(value, vBroken) or not isinstance(value, vDDDTypes):
        return str(value)
    at = value.dt
    if isinstance(at, tuple):  # a period: its start
        at = at[0]
    return _written(at, str(value.params.get("TZID", "")))


def _written(at: object, zone: str) -> str:
    if isinstance(at, datetime):
        key = getattr(at.tzinfo, "key", "")
        if at.tzinfo is not None and not key:
            at, key = at.astimezone(UTC), "UTC"
        return f"{at.replace(tzinfo=None).isoformat(sep=' ')} {key or '_'.join(zone.split())}".strip()
    return at.isoformat() if isinstance(at, date) else str(at)


def _end(starts: object, ends: object, duration: object) -> str:
    """Return when an event ends: as it says, or after its duration; a day alone ends with the day."""
    if ends is not None:
        text = _moment(ends)
        return f"{text} 00:00:00" if len(text) == 10 else text
    if isinstance(starts, vBroken) or not isinstance(starts, vDDDTypes):
        return ""
    at, zone = starts.dt, str(starts.params.get("TZID", ""))
    length = duration.dt if isinstance(duration, vDDDTypes) else None
    if isinstance(at, date) and not isinstance(at, datetime):
        at = datetime.combine(at, datetime.min.time())
        length = length or _DAY
    if not isinstance(at, datetime) or not isinstance(length, timedelta):
        return ""
    try:
        return _written(at + length, zone)
    except OverflowError:
        return str(getattr(duration, "dt", ""))
