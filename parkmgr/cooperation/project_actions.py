"""Every change of programmes, projects and events. An event's rooms are bookings: all of them are booked, or the event is not planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from parkmgr.audit.actions import record
from parkmgr.bookings import actions as bookings
from parkmgr.bookings import queries as booking_queries
from parkmgr.bookings.actions import Planned
from parkmgr.bookings.queries import Slot
from parkmgr.bookings.rules import LIVE
from parkmgr.cooperation import agreement_queries, project_rules
from parkmgr.cooperation import project_queries as queries
from parkmgr.cooperation.models import Agreement, Event, EventRoom, Project, ProjectUse
from parkmgr.cooperation.project_rules import EventAsked, ProjectAsked, Under
from parkmgr.cooperation.rules import EventState, ProjectKind, ProjectState
from parkmgr.db import db, take_number
from parkmgr.errors import Objection, refuse
from parkmgr.funds.models import Fund
from parkmgr.organisations.models import Organisation
from parkmgr.people.models import Person
from parkmgr.places.models import Park, Space
from parkmgr.policy import Actor
from parkmgr.searching import searchable
from parkmgr.values import Span, day_of

# Projects


def _under(agreement: Agreement | None, programme: Project | None) -> Under:
    in_force = None
    if agreement is not None:
        in_force = min(
            (row.starts_on for row in agreement_queries.history(agreement.id) if row.starts_on and not row.withdrawn_at), default=None
        )
    return Under(
        agreement.number if agreement else "",
        in_force,
        programme.number if programme else "",
        ProjectKind(programme.kind) if programme else None,
    )


def add_project(
    park: Park,
    asked: ProjectAsked,
    lead: Organisation,
    *,
    agreement: Agreement | None = None,
    programme: Project | None = None,
    key: str | None = None,
    actor: Actor,
    now: datetime,
) -> Project:
    """There is a project, or a programme. A key adds once.

    Raises:
        Refused: with every objection.
    """
    made = queries.project_of_key(key) if key else None
    if made is not None:
        return made
    refuse(project_rules.project_against(asked, _under(agreement, programme)))
    project = Project(
        park_id=park.id,
        number=take_number("PR", asked.starts_on.year),
        kind=asked.kind.value,
        lead_id=lead.id,
        starts_on=asked.starts_on,
        key=key,
    )
    _written(project, asked, lead, agreement, programme)
    db.session.add(project)
    record("cooperation.add_project", project, actor=actor, now=now)
    db.session.flush()
    return project


def _written(project: Project, asked: ProjectAsked, lead: Organisation, agreement: Agreement | None, programme: Project | None) -> None:
    project.name_en, project.name_ru, project.name_zh = asked.names.en, asked.names.ru, asked.names.zh
    project.search = searchable(asked.names, project.number, lead.code)
    project.field, project.state, project.outcome = asked.field, asked.state.value, asked.outcome
    project.starts_on, project.ends_on = asked.starts_on, asked.ends_on
    project.lead_id, project.lead, project.agreement = lead.id, lead, agreement
    project.agreement_id = agreement.id if agreement else None
    project.programme_id = programme.id if programme else None


def change_project(
    project: Project,
    asked: ProjectAsked,
    lead: Organisation,
    *,
    agreement: Agreement | None = None,
    programme: Project | None = None,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """The project is so, and has come so far. It stays a project, or a programme.

    Raises:
        Refused: with every objection.
        Stale: somebody saved after *version*.
    """
    project.expect(version)
    asked = replace(asked, kind=ProjectKind(project.kind))
    against = project_rules.project_against(asked, _under(agreement, programme))
    if asked.state not in project_rules.STEPS[ProjectState(project.state)]:
        against.append(project_rules.STEP.about(number=project.number))
    refuse(against)
    _written(project, asked, lead, agreement, programme)
    record("cooperation.change_project", project, actor=actor, now=now)
    db.session.flush()


@dataclass(frozen=True, slots=True)
class What:
    """What takes part in a project: one of the four."""

    space: Space | None = None
    person: Person | None = None
    fund: Fund | None = None
    organisation: Organisation | None = None

    def ids(self) -> tuple[int | None, ...]:
        """Return the ids of the four."""
        return tuple(one.id if one is not None else None for one in (self.space, self.person, self.fund, self.organisation))


def add_use(project: Project, what: What, starts_on: date, ends_on: date | None = None, *, actor: Actor, now: datetime) -> ProjectUse:
    """Something takes part in the project from the day on.

    Raises:
        Refused: not one thing; it takes part already; before the project, or backwards.
    """
    ids = what.ids()
    against = [] if sum(one is not None for one in ids) == 1 else [project_rules.ONE_USE]
    there = [
        (one.use.space_id, one.use.person_id, one.use.fund_id, one.use.organisation_id)
        for one in queries.uses(project.id)
        if not one.use.ends_on
    ]
    if not against and ids in there:
        against.append(project_rules.USED_ALREADY)
    if starts_on < project.starts_on:
        against.append(project_rules.USE_BEFORE.about(starts_on=project.starts_on))
    if ends_on is not None and ends_on < starts_on:
        against.append(project_rules.ENDS_FIRST)
    refuse(against)
    row = _use(project.id, ids, starts_on, ends_on, now)
    record("cooperation.add_use", project, actor=actor, now=now)
    db.session.flush()
    return row


def _use(project_id: int, ids: Sequence[int | None], starts_on: date, ends_on: date | None, now: datetime) -> ProjectUse:
    space, person, fund, organisation = ids
    row = ProjectUse(
        project_id=project_id, space_id=space, person_id=person, fund_id=fund, organisation_id=organisation,
        starts_on=starts_on, ends_on=ends_on, recorded_at=now,
    )  # fmt: skip
    db.session.add(row)
    return row


def end_use(project: Project, use: ProjectUse, ends_on: date, *, actor: Actor, now: datetime) -> None:
    """It takes part up to the day.

    Raises:
        Refused: it ended already, or began later.
    """
    against = [project_rules.USE_ENDED] if use.ends_on is not None else []
    refuse([*against, project_rules.USE_BACKWARDS.about(starts_on=use.starts_on)] if ends_on < use.starts_on else against)
    use.withdrawn_at = now
    db.session.flush()
    _use(project.id, (use.space_id, use.person_id, use.fund_id, use.organisation_id), use.starts_on, ends_on, now)
    record("cooperation.end_use", project, actor=actor, now=now)
    db.session.flush()


# Events


def plan_event(
    park: Park,
    asked: EventAsked,
    host: Organisation,
    rooms: Sequence[Space],
    *,
    agreement: Agreement | None = None,
    project: Project | None = None,
    key: str | None = None,
    actor: Actor,
    now: datetime,
) -> Event:
    """An event is planned, and its rooms are booked for its host: all of them or none. A room that must be decided is asked for.

    Raises:
        Refused: with every objection, of the event and of each room.
    """
    made = queries.event_of_key(key) if key else None
    if made is not None:
        return made
    against = project_rules.event_against(asked, len(rooms))
    refuse(against)
    slots = [Slot(room.id, Span(asked.starts_at, asked.ends_at)) for room in rooms]
    seats = asked.people if len(rooms) == 1 else 1
    lines = booking_queries.plan(park, slots, host, seats, actor=actor, user_id=actor.user_id, now=now)
    refuse([project_rules.ROOM.about(space=line.space.code, objection=one) for line in lines for one in line.objections])
    event = Event(
        park_id=park.id,
        number=take_number("EV", day_of(asked.starts_at, park.zone).year),
        kind=asked.kind.value,
        state=EventState.PLANNED.value,
        host_id=host.id,
        agreement_id=agreement.id if agreement else None,
        project_id=project.id if project else None,
        starts_at=asked.starts_at,
        ends_at=asked.ends_at,
        people=asked.people,
        programme=asked.programme,
        key=key,
        name_en=asked.names.en,
        name_ru=asked.names.ru,
        name_zh=asked.names.zh,
    )
    event.host = host
    event.search = searchable(asked.names, event.number, host.code)
    db.session.add(event)
    db.session.flush()
    wanted = bookings.Wanted(tuple(slots), seats, f"{event.number} · {asked.names}"[:200], user_id=actor.user_id)
    [booked] = bookings.book_planned(park, [Planned(host, wanted, lines)], actor=actor, now=now)
    db.session.add_all(EventRoom(event_id=event.id, booking_id=booking.id) for booking in booked)
    record("cooperation.plan_event", event, actor=actor, now=now)
    db.session.flush()
    return event


def _unless_planned(event: Event) -> list[Objection]:
    state = EventState(event.state)
    if state is EventState.PLANNED:
        return []
    return [project_rules.IS_OVER.about(number=event.number, state=project_rules.EVENT_STATES[state])]


def cancel_event(event: Event, *, reason: str, actor: Actor, now: datetime) -> None:
    """The event does not take place; its rooms are free.

    Raises:
        Refused: it was held or cancelled, no reason is given, or it is too late for its rooms.
    """
    against = _unless_planned(event)
    refuse(against if reason else [*against, project_rules.NEEDS_REASON])
    live = [one for one in queries.rooms(event.id) if one.state in LIVE]
    if live:
        bookings.cancel(live, reason=reason, actor=actor, now=now)
    event.state, event.reason = EventState.CANCELLED.value, reason
    record("cooperation.cancel_event", event, actor=actor, now=now, reason=reason)
    db.session.flush()


def report_event(event: Event, came: int, *, actor: Actor, now: datetime) -> None:
    """The event was held, and so many people came.

    Raises:
        Refused: it was reported or cancelled, or has not begun.
    """
    against = _unless_planned(event)
    if now < event.starts_at:
        against.append(project_rules.NOT_HELD_YET.about(number=event.number, starts_at=event.starts_at))
    refuse(against)
    event.state, event.came = EventState.HELD.value, came
    record("cooperation.report_event", event, actor=actor, now=now)
    db.session.flush()
