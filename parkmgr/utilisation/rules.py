"""How much of the time that rooms can be booked they are booked. Pure: no database, no clock, no web.

All times are whole seconds, so that sums are exact: over rooms, buildings, organisations and hours of the week they are the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from parkmgr.calendars.rules import Week, open_spans
from parkmgr.errors import N_, Objection
from parkmgr.values import Names, Span, day_of, midnight, percent

MOST_DAYS = 366
BACKWARDS = Objection("utilisation.backwards", N_("The last day must not be before the first."), "until")
TOO_LONG = Objection("utilisation.too_long", N_("At most %(most)s days at once; this would be %(days)s."), "until")
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
HOURS = 7 * 24
"""Hours of a week, the first from Monday 00:00 to 01:00."""


def objections(since: date, until: date) -> list[Objection]:
    """Return every reason against asking about the days *since* to *until*, both inclusive."""
    days = (until - since).days + 1
    if days < 1:
        return [BACKWARDS]
    return [TOO_LONG.about(most=MOST_DAYS, days=days)] if days > MOST_DAYS else []


@dataclass(frozen=True, slots=True)
class Room:
    """A unit that can be booked by the hour. spans: when it exists in the period. week: when it may be booked."""

    space_id: int
    code: str
    building: str
    kind: str
    week: Week
    open_on_holidays: bool
    spans: tuple[Span, ...]
    names: Names | None = None
    building_names: Names | None = None
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """A unit is held by the hour, without the turnaround; or it cannot be booked then, because something else has it (document empty)."""

    space_id: int
    span: Span
    document: str = ""
    organisation_id: int = 0
    people: int = 0


@dataclass(frozen=True, slots=True)
class Sums:
    """Seconds over rooms. open: bookable ones; closed: inside the hours of the rules, but something else had the room then.

    booked: inside the bookable hours. outside: booked at other times; in no ratio.
    """

    rooms: int = 0
    open: int = 0
    closed: int = 0
    booked: int = 0
    outside: int = 0

    @property
    def ratio(self) -> Decimal | None:
        """Per cent of the bookable time that was booked; None (not defined) without any."""
        return percent(self.booked, self.open)

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.rooms + other.rooms,
            self.open + other.open,
            self.closed + other.closed,
            self.booked + other.booked,
            self.outside + other.outside,
        )


@dataclass(frozen=True, slots=True)
class OfRoom:
    """A room and its sums."""

    room: Room
    sums: Sums


@dataclass(frozen=True, slots=True)
class OfBuilding:
    """A building and the sums of its rooms."""

    code: str
    names: Names | None
    sums: Sums


@dataclass(frozen=True, slots=True)
class OfOrganisation:
    """What an organisation booked, in seconds. organisation_id None: all others together."""

    organisation_id: int | None
    names: Names | None
    code: str
    booked: int
    outside: int


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of the week (0 to 167, from Monday) over the whole period: seconds bookable and booked."""

    open: int = 0
    booked: int = 0

    @property
    def ratio(self) -> Decimal | None:
        """Per cent of the bookable time that was booked; None (not defined) without any."""
        return percent(self.booked, self.open)


@dataclass(frozen=True, slots=True)
class Seats:
    """How full rooms were while they were booked, in seconds of people and of seats; bookings of rooms without a capacity are left out."""

    taken: int = 0
    offered: int = 0
    unknown: int = 0
    """Bookings left out."""

    @property
    def ratio(self) -> Decimal | None:
        """Per cent of the seats; None (not defined) where nothing is known."""
        return percent(self.taken, self.offered)


@dataclass(frozen=True, slots=True)
class Utilisation:
    """The whole answer."""

    rooms: tuple[OfRoom, ...]
    buildings: tuple[OfBuilding, ...]
    organisations: tuple[OfOrganisation, ...]
    hours: tuple[Hour, ...]
    """168 of them."""
    total: Sums
    seats: Seats = field(default_factory=Seats)


# Time


def whole(span: Span) -> Span | None:
    """Return the span to whole seconds; None when nothing is left."""
    starts_at, ends_at = span.starts_at.replace(microsecond=0), span.ends_at.replace(microsecond=0)
    return Span(starts_at, ends_at) if starts_at < ends_at else None


def seconds(spans: Iterable[Span]) -> int:
    """Return how long spans are together."""
    return sum(span.length // SECOND for span in spans)


def _meeting(one: Span, others: Sequence[Span]) -> Iterator[Span]:
    """Yield those of the others that share an instant with *one*; they are in order of time and do not overlap."""
    for at in range(bisect_right(others, one.starts_at, key=_end), len(others)):
        other = others[at]
        if other.starts_at >= one.ends_at:
            return
        yield other


def _end(span: Span) -> datetime:
    return span.ends_at


def both(ones: Iterable[Span], others: Sequence[Span]) -> list[Span]:
    """Return the instants that lie in one of each; either are in order of time and do not overlap."""
    return [Span(max(one.starts_at, other.starts_at), min(one.ends_at, other.ends_at)) for one in ones for other in _meeting(one, others)]


def without(ones: Iterable[Span], others: Sequence[Span]) -> list[Span]:
    """Return the instants of *ones* that lie in none of the others; either are in order of time and do not overlap."""
    found = []
    for one in ones:
        reached = one.starts_at
        for other in _meeting(one, others):
            if other.starts_at > reached:
                found.append(Span(reached, other.starts_at))
            reached = max(reached, other.ends_at)
        if reached < one.ends_at:
            found.append(Span(reached, one.ends_at))
    return found


def by_hour(spans: Iterable[Span], zone: ZoneInfo) -> Counter[int]:
    """Return the seconds of spans by the hour of the week that the clocks of *zone* show."""
    found: Counter[int] = Counter()
    for span in spans:
        at = span.starts_at
        while at < span.ends_at:
            local = at.astimezone(zone)
            until = min(span.ends_at, at + timedelta(hours=1, minutes=-local.minute, seconds=-local.second))
            found[local.weekday() * 24 + local.hour] += (until - at) // SECOND
            at = until
    return found


def _days(span: Span, zone: ZoneInfo) -> Iterator[date]:
    day = day_of(span.starts_at, zone)
    last = day_of(span.ends_at - timedelta(microseconds=1), zone)
    while day <= last:
        yield day
        day += DAY


WeekdayOf = Callable[[date], int | None]


def open_in(week: Week, period: Span, zone: ZoneInfo, weekday_of: WeekdayOf) -> list[Span]:
    """Return when a week is open in a period, in order of time."""
    spans = [span for day in _days(period, zone) for span in open_spans(week, day, zone, as_weekday=weekday_of(day))]
    return both(spans, [period])


# The answer


class _Opening:
    """The open hours of a period, worked out once for all rooms of the same rules."""

    def __init__(self, period: Span, zone: ZoneInfo, weekday_of: WeekdayOf) -> None:
        self.period, self.zone, self.weekday_of = period, zone, weekday_of
        self._spans: dict[tuple[Week, bool], list[Span]] = {}
        self._hours: dict[tuple[Week, bool], Counter[int]] = {}

    def spans(self, room: Room) -> list[Span]:
        key = (room.week, room.open_on_holidays)
        if key not in self._spans:
            of = date.isoweekday if room.open_on_holidays else self.weekday_of
            self._spans[key] = open_in(room.week, self.period, self.zone, of)
        return self._spans[key]

    def hours(self, room: Room, spans: list[Span]) -> Counter[int]:
        """Return the bookable seconds of a room by hour; most rooms are open as their rules say, and share the work."""
        key = (room.week, room.open_on_holidays)
        if spans != self._spans[key]:
            return by_hour(spans, self.zone)
        if key not in self._hours:
            self._hours[key] = by_hour(spans, self.zone)
        return self._hours[key]


def compile(  # noqa: A001 - the answer is compiled as a report is; nothing here compiles Python
    rooms: Iterable[Room],
    uses: Iterable[Use],
    *,
    period: Span,
    zone: ZoneInfo,
    weekday_of: WeekdayOf,
    organisations: Mapping[int, tuple[str, Names]],
) -> Utilisation:
    """Return the answer for a period. Uses of one unit do not overlap: the ledger sees to that."""
    opening = _Opening(period, zone, weekday_of)
    of_unit: dict[int, list[Use]] = defaultdict(list)
    for use in uses:
        cut = both([use.span], [period])
        span = whole(cut[0]) if cut else None
        if span is not None:
            of_unit[use.space_id].append(Use(use.space_id, span, use.document, use.organisation_id, use.people))
    listed: list[OfRoom] = []
    booked_by: Counter[int] = Counter()
    outside_by: Counter[int] = Counter()
    open_at: Counter[int] = Counter()
    booked_at: Counter[int] = Counter()
    for room in sorted(rooms, key=lambda room: (room.building, room.code)):
        ordered = sorted(of_unit.get(room.space_id, ()), key=lambda use: use.span)
        hours = both(opening.spans(room), sorted(room.spans)) if room.spans != (period,) else opening.spans(room)
        bookable = without(hours, [use.span for use in ordered if not use.document])
        booked = outside = 0
        for use in ordered:
            if use.document:
                inside = both([use.span], bookable)
                mine = seconds(inside)
                booked += mine
                outside += use.span.length // SECOND - mine
                booked_by[use.organisation_id] += mine
                outside_by[use.organisation_id] += use.span.length // SECOND - mine
                booked_at.update(by_hour(inside, zone))
        open_at.update(opening.hours(room, bookable))
        open_ = seconds(bookable)
        listed.append(OfRoom(room, Sums(1, open_, seconds(hours) - open_, booked, outside)))
    known = {each.room.space_id: each.room for each in listed}
    return Utilisation(
        rooms=tuple(listed),
        buildings=_by_building(listed),
        organisations=_by_organisation(booked_by, outside_by, organisations),
        hours=tuple(Hour(open_at[hour], booked_at[hour]) for hour in range(HOURS)),
        total=sum((each.sums for each in listed), Sums()),
        seats=_seats((use for of_room in of_unit.values() for use in of_room if use.document and use.space_id in known), known),
    )


def _by_building(rooms: Iterable[OfRoom]) -> tuple[OfBuilding, ...]:
    found: dict[str, OfBuilding] = {}
    for each in rooms:
        code = each.room.building
        before = found.get(code, OfBuilding(code, each.room.building_names, Sums()))
        found[code] = OfBuilding(code, before.names, before.sums + each.sums)
    return tuple(found[code] for code in sorted(found))


def _by_organisation(
    booked: Mapping[int, int], outside: Mapping[int, int], organisations: Mapping[int, tuple[str, Names]]
) -> tuple[OfOrganisation, ...]:
    listed = []
    for organisation_id in {*booked, *outside}:
        code, names = organisations.get(organisation_id, ("", None))
        listed.append(OfOrganisation(organisation_id, names, code, booked.get(organisation_id, 0), outside.get(organisation_id, 0)))
    return tuple(sorted(listed, key=lambda each: (-each.booked, -each.outside, each.code)))


def _seats(uses: Iterable[Use], rooms: Mapping[int, Room]) -> Seats:
    """Add up people and seats; a booking of several units (a hall of two halves) has its people once, and the seats of all."""
    of_document: dict[str, list[Use]] = defaultdict(list)
    for use in uses:
        of_document[use.document].append(use)
    taken = offered = unknown = 0
    for held in of_document.values():
        capacities = [rooms[use.space_id].capacity for use in held]
        if any(capacity is None for capacity in capacities):
            unknown += 1
            continue
        longest = max(use.span.length // SECOND for use in held)
        taken += held[0].people * longest
        offered += sum((capacity or 0) * (use.span.length // SECOND) for capacity, use in zip(capacities, held, strict=True))
    return Seats(taken, offered, unknown)


def narrowed(found: Utilisation, organisation_ids: Collection[int]) -> Utilisation:
    """Return the answer as a liaison of the organisations may read it: all others are one sum."""
    own = [each for each in found.organisations if each.organisation_id in organisation_ids]
    others = [each for each in found.organisations if each.organisation_id not in organisation_ids]
    if others:
        own.append(OfOrganisation(None, None, "", sum(each.booked for each in others), sum(each.outside for each in others)))
    return Utilisation(found.rooms, found.buildings, tuple(own), found.hours, found.total, Seats())


# Bookings


@dataclass(frozen=True, slots=True)
class Made:
    """A booking that was to start in the period."""

    state: str
    lead: int
    """Seconds from asking to the start."""


CAME = frozenset({"completed", "checked_in"})
STOOD = CAME | {"no_show", "confirmed", "requested"}
"""Something came of it, or still may."""


@dataclass(frozen=True, slots=True)
class Conduct:
    """What became of the bookings that were to start in the period."""

    made: int
    cancelled: int
    came: int
    """Completed or checked in."""
    no_show: int
    leads: tuple[int, ...]
    """Seconds, in order, of those that were not turned down, cancelled or expired."""

    @property
    def no_show_rate(self) -> Decimal | None:
        """Per cent of those that somebody came to or should have; None (not defined) without any."""
        return percent(self.no_show, self.came + self.no_show)

    @property
    def cancelled_rate(self) -> Decimal | None:
        """Per cent of all that were made; None (not defined) without any."""
        return percent(self.cancelled, self.made)

    @property
    def mean_lead(self) -> Fraction | None:
        """The mean of the seconds from asking to the start; None without any."""
        return Fraction(sum(self.leads), len(self.leads)) if self.leads else None

    @property
    def median_lead(self) -> Fraction | None:
        """The median: of an even number the middle between the two."""
        count = len(self.leads)
        return Fraction(self.leads[(count - 1) // 2] + self.leads[count // 2], 2) if count else None


def conduct(made: Iterable[Made]) -> Conduct:
    """Return what became of bookings."""
    states: Counter[str] = Counter()
    leads = []
    for each in made:
        states[each.state] += 1
        if each.state in STOOD:
            leads.append(each.lead)
    return Conduct(
        made=sum(states.values()),
        cancelled=states["cancelled"],
        came=sum(states[state] for state in CAME),
        no_show=states["no_show"],
        leads=tuple(sorted(leads)),
    )


def period_of(since: date, until: date, zone: ZoneInfo) -> Span:
    """Return the instants of the days, both inclusive."""
    return Span(midnight(since, zone), midnight(until + DAY, zone))


def hours(length: int | Fraction) -> Decimal:
    """Return seconds as hours, to a hundredth, half to even."""
    found = Fraction(length) / 3600 * 100
    return Decimal(round(found)).scaleb(-2)
