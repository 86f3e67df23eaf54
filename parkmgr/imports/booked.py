"""Bookings of somebody's table or calendar into the register: by the park's rules, each date looked at, all of them or none.

What belongs together (a series and the events that move or cancel a date of it) is one group, known again by its UID; a row of a table
without one by what it says. Dates that have begun are left out: nobody can book them any more. What was done here with an imported date
since (a cancellation, say) stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from parkmgr.bookings import actions as bookings
from parkmgr.bookings import queries as booking_queries
from parkmgr.bookings import rules as booking_rules
from parkmgr.bookings.actions import Move, Planned, Wanted
from parkmgr.bookings.models import Booking
from parkmgr.bookings.queries import Line, Slot
from parkmgr.bookings.rules import LIVE, Facts, Taken, Used
from parkmgr.calendars import recurrence
from parkmgr.calendars.rules import instant_of
from parkmgr.db import db
from parkmgr.errors import N_, Objection, Refused
from parkmgr.imports import queries, rules
from parkmgr.imports.rules import BookingRow, Problem, Wall, folded
from parkmgr.occupancy import queries as ledger
from parkmgr.places.models import Park, Space
from parkmgr.values import Span

if TYPE_CHECKING:
    from parkmgr.imports.actions import _Work

MOST = 5000
"""Dates of one file."""
SAID = 20
"""So many dates of one row are said to be refused; the others are counted among them."""
CHUNK = 200
"""So many rows are written at once; progress is said after each."""

NO_ROOM = Objection("imports.no_room", N_("The park has no space of the code or name %(code)s."))
FIX_ROOM = Objection("imports.fix_room", N_("Write the code of a space, or say in the mapping which one is meant (values)."))
MANY_ROOMS = Objection("imports.many_rooms", N_("Several spaces are called %(code)s."))
FIX_ROOM_CODE = Objection("imports.fix_room_code", N_("Write the space's code."))
NO_ORGANISATION = Objection("imports.no_organisation", N_("There is no organisation of the code or name %(name)s."))
MANY_ORGANISATIONS = Objection("imports.many_organisations", N_("Several organisations are called %(name)s."))
FIX_ORGANISATION = Objection(
    "imports.fix_organisation", N_("Write an organisation's code, or give a default or a table of values in the mapping.")
)
SAME_TIME = Objection("imports.same_time", N_("Row %(row)s has %(space)s in the same time."))
TOO_MANY_DATES = Objection("imports.too_many_dates", N_("The file has more than %(most)s dates; divide it."), "file")
HANGS = Objection("imports.hangs", N_("Another row of the same series has a problem."))
FIX_RULE = Objection(
    "imports.fix_rule", N_('Mend the rule, or give a last day to series without an end (until = {constant = "2026-12-31"}).')
)
FIX_REFUSED = Objection("imports.fix_refused", N_("Take the date out or change it, or change the rules of the space first."))
ROWS_OF_ONE = Objection("imports.rows_of_one", N_("Row %(row)s has the same identifier and is no date of a series."))
NO_DATE = Objection("imports.no_date", N_("The row stands for a date that its series does not have; it is taken as one more."))
OVER = Objection("imports.over", N_("It has begun already."))
CANCELLED = Objection("imports.cancelled", N_("It was cancelled."))
BEGUN = Objection("imports.begun", N_("Dates that have begun already, left out: %(count)s."))
MORE_DATES = Objection("imports.more_dates", N_("%(count)s further dates of this row are refused."))
CHANGED_HERE = Objection("imports.changed_here", N_("%(number)s is %(state)s here; the row does not change that."))

IN_ROW = Objection("imports.in_row", N_("Row %(row)s: %(sentence)s"))

_FIELDS = {"starts_at": "starts", "ends_at": "ends", "dates": "starts"}


@dataclass(frozen=True, slots=True)
class _Date:
    """One date that the file wants. row: the one that says so."""

    row: int
    slot: Slot


@dataclass(slots=True)
class _Group:
    """What belongs together: the rows of one series, or one row."""

    uid: str
    rows: list[BookingRow]
    organisation_id: int
    main: BookingRow
    dates: list[_Date] = field(default_factory=list)
    rrule: str = ""
    starts_local: str = ""
    begun: int = 0
    new: list[_Date] = field(default_factory=list)
    moves: list[tuple[int, _Date]] = field(default_factory=list)
    """Ids of bookings that are to be elsewhere or at another time."""
    gone: list[int] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    lines: dict[Slot, Line] = field(default_factory=dict)
    """What the park's rules say to each date."""


class _Named:
    """Finds spaces and organisations by code or by any of their names."""

    def __init__(self, work: _Work) -> None:
        self.work = work
        self.spaces = queries.spaces(work.park.id)
        self.named: dict[str, set[str]] = {}
        for code, space in self.spaces.items():
            for name in (space.name_en, space.name_ru, space.name_zh, code):
                if name:
                    self.named.setdefault(folded(name), set()).add(code)
        self.organisations = queries.tenants()

    def space(self, row: BookingRow) -> Space | None:
        """Return the row's space; None when there is a problem."""
        work, text = self.work, _valued(self.work, "space", row.space)
        codes = {text} if text in self.spaces else self.named.get(folded(text), set())
        if len(codes) == 1:
            return self.spaces[next(iter(codes))]
        if not text:
            work.refuse(row.row, "space", "", rules.NEEDED, rules.FIX_CELL)
        elif codes:
            work.refuse(row.row, "space", text, MANY_ROOMS.about(code=text[:80]), FIX_ROOM_CODE)
        else:
            work.refuse(row.row, "space", text, NO_ROOM.about(code=text[:80]), FIX_ROOM)
        return None

    def organisation(self, row: BookingRow) -> int | None:
        """Return the id of the row's organisation; None when there is a problem."""
        work, text = self.work, _valued(self.work, "organisation", row.organisation)
        if text in self.organisations.ids:
            return self.organisations.ids[text]
        codes = self.organisations.named.get(folded(text), [])
        if len(codes) == 1:
            return self.organisations.ids[codes[0]]
        if not text:
            work.refuse(row.row, "organisation", "", rules.NEEDED, FIX_ORGANISATION)
        else:
            reason = MANY_ORGANISATIONS if codes else NO_ORGANISATION
            work.refuse(row.row, "organisation", text, reason.about(name=text[:80]), FIX_ORGANISATION)
        return None


def _valued(work: _Work, name: str, text: str) -> str:
    """Return what the mapping's table of values makes of a text; of several divided by commas the first that it knows."""
    source = work.plan.fields.get(name)
    values = {folded(word): meant for word, meant in source.values.items()} if source else {}
    parts = (text, *(part.strip() for part in text.split(",")))
    return next((values[folded(part)] for part in parts if folded(part) in values), text)


def plan(work: _Work, rows: Sequence[BookingRow]) -> None:
    """Every row is looked at: what it would add or change, what is there already, and what the park's rules have against each date."""
    named = _Named(work)
    together, again = _groups(work, rows, named)
    groups = [group for group in together if _dated(work, group, named)]
    if sum(len(group.dates) for group in groups) > MOST:
        raise Refused([TOO_MANY_DATES.about(most=MOST)])
    known = _known(work.park, [group.uid for group in groups], work.now)
    for group in groups:
        _compare(work, group, known.get(group.uid, []))
    _check(work, groups)
    bad = {problem.row for problem in work.problems}
    for group in groups:
        _count(work, group, bad)
    changed = [group for group in groups if group.gone or group.moves]
    work.steps += [partial(_change, work, group) for group in changed]
    new = [group for group in groups if group.new]
    work.steps += [partial(_book, work, new[start : start + CHUNK]) for start in range(0, len(new), CHUNK)]
    counted = {row.row for group in groups for row in group.rows} | bad | {row.row for row in again}
    for row in rows:
        if row.row not in counted:
            work.refuse(row.row, "", "", HANGS)
    begun = sum(group.begun for group in groups)
    work.notes += [BEGUN.about(count=begun)] if begun else []


def _groups(work: _Work, rows: Sequence[BookingRow], named: _Named) -> tuple[list[_Group], list[BookingRow]]:
    """Return the rows that belong together, and those that only repeat another."""
    by_uid: dict[str, list[BookingRow]] = {}
    for row in rows:
        by_uid.setdefault(row.uid or _key(row), []).append(row)
    groups: list[_Group] = []
    same: list[BookingRow] = []
    for uid, together in by_uid.items():
        main = next((row for row in together if row.recurrence is None), together[0])
        twice = [row for row in together if row is not main and row.recurrence is None]
        again = [row for row in twice if replace(row, row=main.row) == main]
        work.skips.update(str(rules.SAME_AS) for _ in again)
        same += again
        for row in twice:
            if row not in again:
                work.refuse(row.row, "uid", row.uid, ROWS_OF_ONE.about(row=main.row), rules.FIX_REMOVE_ROW)
        organisation_id = named.organisation(main)
        if organisation_id is not None:
            groups.append(_Group(uid, [row for row in together if row not in twice], organisation_id, main))
    return groups, same


def _key(row: BookingRow) -> str:
    """Return by what a row without an identifier is known again: what it says."""
    said = repr((row.space, row.organisation, row.starts, row.ends, row.purpose, row.guest, row.rrule, row.until))
    return f"{hashlib.sha256(said.encode()).hexdigest()[:32]}@import.parkmgr"


# Which dates


def _dated(work: _Work, group: _Group, named: _Named) -> bool:
    """Find the dates of a group; tell whether nothing is wrong with them."""
    main, before = group.main, len(work.problems)
    space = named.space(main)
    dates: dict[datetime, _Date] = {}
    if space is not None and not (main.cancelled and main.recurrence is None):
        for local, span in _of_row(work, main, group):
            dates[local] = _Date(main.row, Slot(space.id, span, local if _is_series(group) else None))
    for row in group.rows:
        if row.recurrence is not None:
            _override(work, row, dates, named)
    group.dates = [date for date in dates.values() if date.slot.span.starts_at >= work.now]
    group.dates.sort(key=lambda date: (date.slot.span.starts_at, date.slot.space_id))
    group.begun = len(dates) - len(group.dates)
    return len(work.problems) == before


def _is_series(group: _Group) -> bool:
    return bool(group.main.rrule or group.main.rdates or len(group.rows) > 1 or group.main.recurrence)


def _zone(work: _Work, row: BookingRow, wall: Wall, name: str) -> ZoneInfo | None:
    if not wall.zone:
        return work.park.zone
    try:
        return ZoneInfo(wall.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        work.refuse(row.row, name, wall.zone, rules.NO_SUCH_ZONE.about(zone=wall.zone[:60]), rules.FIX_ZONE)
        return None


def _instant(work: _Work, row: BookingRow, wall: Wall, name: str) -> datetime | None:
    """Return the instant of a wall time; of one that exists twice the first, as calendars read it."""
    zone = _zone(work, row, wall, name)
    if zone is None:
        return None
    try:
        return instant_of(wall.local, zone, second=False)
    except Refused as refused:
        work.against(row.row, _shown(wall), [one.at(name) for one in refused.objections], rules.FIX_TIME)
        return None


def _shown(wall: Wall) -> str:
    return f"{wall.local:%Y-%m-%d %H:%M} {wall.zone}".strip()


def _span(work: _Work, row: BookingRow) -> Span | None:
    starts, ends = _instant(work, row, row.starts, "starts"), _instant(work, row, row.ends, "ends")
    if starts is None or ends is None:
        return None
    if ends <= starts:
        work.refuse(row.row, "ends", _shown(row.ends), rules.NOT_AFTER, rules.FIX_ORDER)
        return None
    return Span(starts, ends)


def _of_row(work: _Work, row: BookingRow, group: _Group) -> list[tuple[datetime, Span]]:
    """Return each date of a row: when its rule has it, and its instants."""
    span = _span(work, row)
    zone = _zone(work, row, row.starts, "starts") if span is not None else None
    if span is None or zone is None:
        return []
    if row.recurrence is not None:
        return []  # an event that stands for one date: it is found among the overrides
    if not row.rrule and not row.rdates:
        return [(span.starts_at, span)]
    locals_ = _locals(work, row, zone)
    if row.rrule and zone.key == work.park.zone.key:  # elsewhere a rule means other days
        group.rrule, group.starts_local = _ruled(row), f"{row.starts.local:%Y-%m-%dT%H:%M}"
    length = span.length
    left_out = {instant for wall in row.exdates for instant in _except(work, row, wall, row.starts)}
    found = []
    for occurrence in recurrence.instants(sorted(locals_), zone):
        if occurrence.starts_at not in left_out:
            ends = _ends(occurrence, row, zone, length)
            found.append((occurrence.starts_at, Span(occurrence.starts_at, ends)))
    for wall in row.rdates:
        starts = _instant(work, row, _timed(wall, row.starts), "rdates")
        if starts is not None and starts not in left_out and all(starts != known for known, _ in found):
            found.append((starts, Span(starts, starts + length)))
    return found


def _timed(wall: Wall, like: Wall) -> Wall:
    """Return the time of a date: one that is only a day has the series' time."""
    return Wall(datetime.combine(wall.local.date(), like.local.time()), like.zone) if wall.all_day else wall


def _except(work: _Work, row: BookingRow, wall: Wall, like: Wall) -> list[datetime]:
    timed = _timed(wall, like)
    zone = _zone(work, row, timed, "exdates")
    return [found.starts_at for found in recurrence.instants([timed.local], zone)] if zone else []


def _ends(occurrence: recurrence.Occurrence, row: BookingRow, zone: ZoneInfo, length: timedelta) -> datetime:
    """Return when a date ends: at the same wall time as the first one where both its times are of one zone, else after as long."""
    if row.starts.zone != row.ends.zone:
        return occurrence.starts_at + length
    local = occurrence.local + (row.ends.local - row.starts.local)
    ends = recurrence.instants([local], zone)[0].starts_at
    return ends if ends > occurrence.starts_at else occurrence.starts_at + length


def _ruled(row: BookingRow) -> str:
    """Return the row's rule, with the last day that another column or the mapping gives where the rule has no end."""
    text = row.rrule.strip().rstrip(";")
    endless = not any(part in text.upper() for part in ("UNTIL=", "COUNT="))
    return f"{text};UNTIL={row.until:%Y%m%d}T235959" if endless and row.until is not None else text


def _locals(work: _Work, row: BookingRow, zone: ZoneInfo) -> list[datetime]:
    if not row.rrule:
        return [row.starts.local]
    try:
        rule = recurrence.parse(_ruled(row), zone)
        found = recurrence.occurrences(rule, row.starts.local, most=MOST)
    except Refused as refused:
        work.against(row.row, row.rrule, [one.at("rrule") for one in refused.objections], FIX_RULE)
        return []
    return found


def _override(work: _Work, row: BookingRow, dates: dict[datetime, _Date], named: _Named) -> None:
    """A row that stands for one date of a series moves it, or takes it out."""
    wall = row.recurrence
    if wall is None:
        return
    at = _instant(work, row, _timed(wall, row.starts), "recurrence")
    if at is None:
        return
    there = dates.pop(at, None)
    if row.cancelled:
        return
    space, span = named.space(row), _span(work, row)
    if space is None or span is None:
        return
    if there is None and row.rrule == "" and dates:
        work.warnings.append(Problem(row.row, work.column("recurrence"), _shown(wall), NO_DATE))
    dates[at] = _Date(row.row, Slot(space.id, span, at))


# What is there already


def _known(park: Park, uids: Sequence[str], now: datetime) -> dict[str, list[Booking]]:
    """Return the bookings that earlier files made and that are still to come, by UID."""
    found: dict[str, list[Booking]] = {}
    for start in range(0, len(uids), 500):
        wanted = db.select(Booking).where(Booking.park_id == park.id, Booking.uid.in_(uids[start : start + 500]), Booking.starts_at >= now)
        for booking in db.session.scalars(wanted.order_by(Booking.id)):
            found.setdefault(booking.uid, []).append(booking)
    return found


def _compare(work: _Work, group: _Group, known: Sequence[Booking]) -> None:
    """Say what brings the register to what the group says: dates to be booked, moved and cancelled."""
    left = list(known)
    wanted: list[_Date] = []
    for date in group.dates:
        here = (group.organisation_id, date.slot.space_id, date.slot.span)
        same = next((one for one in left if (one.organisation_id, one.space_id, one.span) == here), None)
        if same is None:
            wanted.append(date)
            continue
        left.remove(same)
        if same.state in LIVE:
            group.kept.append(same.id)
        else:
            state = booking_rules.STATES[booking_rules.State(same.state)]
            work.warnings.append(Problem(date.row, "", same.number, CHANGED_HERE.about(number=same.number, state=state)))
    living = [one for one in left if one.state in LIVE]
    for date in wanted:
        moves = (one for one in living if (one.organisation_id, one.recurs_at) == (group.organisation_id, date.slot.recurs_at))
        moved = next(moves, None)
        if moved is None:
            group.new.append(date)
        else:
            living.remove(moved)
            group.moves.append((moved.id, date))
    group.gone = [one.id for one in living]
    if not (group.new or group.moves or group.gone) and group.kept:
        ours = {one.id: one for one in known}
        if all(_says(ours[id_]) == _wants(group) for id_ in group.kept):
            return
        by_id = {(one.space_id, one.span): one.id for one in known if one.id in group.kept}
        group.moves = [
            (by_id[date.slot.space_id, date.slot.span], date) for date in group.dates if (date.slot.space_id, date.slot.span) in by_id
        ]


def _says(booking: Booking) -> tuple[object, ...]:
    return booking.people, booking.purpose, booking.guest


def _wants(group: _Group) -> tuple[object, ...]:
    return group.main.people, group.main.purpose, group.main.guest


def _count(work: _Work, group: _Group, bad: Collection[int]) -> None:
    """Count the group's rows, and plan what is done for it."""
    rows = [row for row in group.rows if row.row not in bad]
    changes = bool(group.new or group.moves or group.gone)
    if changes and (group.kept or group.moves or group.gone):
        work.changed += len(rows)
    elif changes:
        work.added += len(rows)
    elif group.dates:
        work.unchanged += len(rows)
    else:
        work.skips.update(str(CANCELLED if group.main.cancelled or not group.begun else OVER) for _ in rows)


# What the park's rules say


class _Room:
    """What bears on booking one space for one organisation, so that a date is looked at without looking at all that is held."""

    def __init__(self, space: Space, facts: Facts, used: list[Used]) -> None:
        self.space = space
        self.facts = replace(facts, held=(), used=())
        self.used = used
        self.long: list[Taken] = []
        self.by_day: dict[int, list[Taken]] = {}
        for taken in facts.held:
            self.take(taken)

    def take(self, taken: Taken) -> None:
        """The space is held."""
        first, last = (instant.toordinal() for instant in (taken.span.starts_at, taken.span.ends_at))
        if last - first > 40:
            self.long.append(taken)
            return
        for day in range(first, last + 1):
            self.by_day.setdefault(day, []).append(taken)

    def near(self, span: Span) -> Facts:
        """Return the facts with what is held on the days of a span."""
        days = range(span.starts_at.toordinal(), min(span.ends_at.toordinal() + 2, span.starts_at.toordinal() + 400))
        held = {id(one): one for day in days for one in self.by_day.get(day, ())}
        quotas = self.facts.conditions is not None and self.facts.conditions.quotas
        return replace(self.facts, held=(*self.long, *held.values()), used=tuple(self.used) if quotas else ())


def _check(work: _Work, groups: Sequence[_Group]) -> None:
    """Note what the park's rules have against each date that would be booked or moved, those of the file among themselves too."""
    asked = [(group, date) for group in groups for date in (*group.new, *(date for _, date in group.moves))]
    if not asked:
        return
    units = ledger.units({date.slot.space_id for _, date in asked})
    ids = [id_ for group in groups for id_ in (*group.gone, *(moved for moved, _ in group.moves))]
    but = set(db.session.scalars(db.select(Booking.number).where(Booking.id.in_(ids)))) if ids else set()
    organisations = queries.organisations_of({group.organisation_id for group, _ in asked})
    of_file: dict[tuple[int, int], list[tuple[Span, int]]] = {}
    for organisation_id, organisation in organisations.items():
        own = [(group, date) for group, date in asked if group.organisation_id == organisation_id]
        facts = booking_queries.facts(
            work.park, [date.slot for _, date in own], organisation, actor=work.actor, user_id=None, now=work.now, but=but
        )
        used: dict[int, list[Used]] = {}
        rooms = {
            space_id: _Room(space, found, used.setdefault(found.conditions.rules_id if found.conditions else 0, list(found.used)))
            for space_id, (space, found) in facts.items()
        }
        refused: dict[int, int] = {}
        for group, date in own:
            against = _against(work, group, date, rooms, units, of_file)
            refused[date.row] = refused.get(date.row, 0) + bool(against)
            if against and refused[date.row] <= SAID:
                _refuse(work, date, against)
        for row, count in refused.items():
            if count > SAID:
                work.refuse(row, "starts", "", MORE_DATES.about(count=count - SAID), FIX_REFUSED)


def _against(
    work: _Work,
    group: _Group,
    date: _Date,
    rooms: Mapping[int, _Room],
    units: Mapping[int, Sequence[int]],
    of_file: dict[tuple[int, int], list[tuple[Span, int]]],
) -> list[Objection]:
    room, span = rooms[date.slot.space_id], date.slot.span
    line = booking_queries.line(date.slot, group.main.people, room.space, room.near(span), work.now)
    group.lines[date.slot] = replace(line, facts=room.facts)
    against = list(line.objections)
    conditions = room.facts.conditions
    held = conditions.held(span) if conditions else span
    first, last = held.starts_at.toordinal(), min(held.ends_at.toordinal(), held.starts_at.toordinal() + 400)
    keys = [(unit, day) for unit in units[date.slot.space_id] for day in range(first, last + 1)]
    other = next((row for key in keys for there, row in of_file.get(key, ()) if there.overlaps(held)), None)
    if other is not None:
        against.append(SAME_TIME.about(row=other, space=room.facts.space).at("starts_at"))
    for key in keys:
        of_file.setdefault(key, []).append((held, date.row))
    room.used.append(Used(span, True))
    return against


def _refuse(work: _Work, date: _Date, against: Sequence[Objection]) -> None:
    """Note what is against a date; its value is the date, and instants are said as the park's clock shows them."""
    zone = work.park.zone
    shown = f"{date.slot.span.starts_at.astimezone(zone):%Y-%m-%d %H:%M}"
    for one in against:
        facts = {name: fact.astimezone(zone) if isinstance(fact, datetime) else fact for name, fact in one.facts.items()}
        work.refuse(date.row, _FIELDS.get(one.field, one.field or "starts"), shown, replace(one, facts=facts), FIX_REFUSED)


# Writing


def _change(work: _Work, group: _Group) -> None:
    """The dates that are no more are cancelled, and those that are elsewhere or at another time are moved."""
    found = {one.id: one for one in booking_queries.by_ids([*group.gone, *(id_ for id_, _ in group.moves)])}
    try:
        if group.gone:
            bookings.cancel([found[id_] for id_ in group.gone], reason="import", actor=work.actor, now=work.now)
        if group.moves:
            bookings.change(
                [Move(found[id_], date.slot) for id_, date in group.moves],
                people=group.main.people,
                purpose=group.main.purpose,
                guest=group.main.guest,
                actor=work.actor,
                now=work.now,
            )
    except Refused as refused:
        raise Refused([IN_ROW.about(row=group.main.row, sentence=one) for one in refused.objections]) from refused


def _book(work: _Work, groups: Sequence[_Group]) -> None:
    """The new dates of many groups are booked; that nothing is against them was found in this same transaction."""
    organisations = queries.organisations_of({group.organisation_id for group in groups})
    plans = []
    for group in groups:
        main = group.main
        for start in range(0, len(group.new), booking_rules.MAKE_LATEST):
            slots = tuple(date.slot for date in group.new[start : start + booking_rules.MAKE_LATEST])
            wanted = Wanted(slots, main.people, main.purpose, main.guest, rrule=group.rrule, starts_local=group.starts_local, uid=group.uid)
            plans.append(Planned(organisations[group.organisation_id], wanted, [group.lines[slot] for slot in slots]))
    bookings.book_planned(work.park, plans, actor=work.actor, now=work.now)
