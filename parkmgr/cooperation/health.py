"""How agreements do: what was done under them against what was planned, and what their universities use of the park."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import Select, func, or_, select

from parkmgr.bookings.models import Booking
from parkmgr.bookings.rules import State as BookingState
from parkmgr.cooperation import agreement_queries as queries
from parkmgr.cooperation.health_rules import Health, Mark, Use
from parkmgr.cooperation.models import Activity, Agreement, Delegation, Event, Project, Task
from parkmgr.cooperation.rules import ActivityKind, DelegationState, EventState, ProjectKind, ProjectState
from parkmgr.db import db
from parkmgr.housing.models import Residency
from parkmgr.occupancy.models import Hold, HoldKind
from parkmgr.organisations.models import OrganisationKind
from parkmgr.places.models import Park
from parkmgr.values import midnight

UNIVERSITIES = frozenset({OrganisationKind.UNIVERSITY.value, OrganisationKind.RESEARCH_DIVISION.value})
USED = (BookingState.CONFIRMED.value, BookingState.CHECKED_IN.value, BookingState.COMPLETED.value)
CAME = (
    DelegationState.APPROVED.value,
    DelegationState.INVITED.value,
    DelegationState.CONFIRMED.value,
    DelegationState.REPORTED.value,
)
GRAVEST = (Mark.ACT, Mark.WATCH, Mark.GOOD, Mark.COMING, Mark.OVER)


def health(park: Park, on: date, ids: Collection[int], known: datetime | None = None) -> list[Health]:
    """How does each of the agreements do on a day? In twelve SELECTs, however many there are; what needs somebody first.

    known: by when what is in force, the parties and the activities were recorded; visits, events, projects, tasks and bookings have
    one time only and count as they stand now.
    """
    found = list(db.session.scalars(select(Agreement).where(Agreement.id.in_(ids)).order_by(Agreement.number)))
    heads = queries.heads(ids, on, known)
    parties = queries.parties(ids, known)
    plans = queries.plans(ids, on.year)
    done, last = _done(park, on, ids, known)
    universities = {row.organisation_id for rows in parties.values() for row in rows if row.organisation.kind in UNIVERSITIES}
    use = uses(park, on, universities, known)
    projects = _counts(
        db.session.execute(
            select(Project.agreement_id, func.count())
            .where(Project.agreement_id.in_(ids), Project.kind == ProjectKind.PROJECT.value, Project.state == ProjectState.RUNNING.value)
            .group_by(Project.agreement_id)
        )
    )
    tasks: dict[int, list[date]] = defaultdict(list)
    for id_, due_on in db.session.execute(
        select(Task.agreement_id, Task.due_on).where(Task.agreement_id.in_(ids), or_(Task.done_on.is_(None), Task.done_on > on))
    ):
        tasks[id_].append(due_on)
    listed = []
    for one in found:
        if one.id not in heads:
            continue
        head, own = heads[one.id], [row for row in parties[one.id] if row.organisation_id in universities]
        listed.append(
            Health(
                id=one.id,
                number=one.number,
                kind=one.kind,
                names=one.names,
                parties=tuple((row.organisation.code, row.organisation.names) for row in parties[one.id]),
                on=on,
                state=head.state,
                starts_on=head.term.starts_on if head.term else None,
                ends_on=head.term.ends_on if head.term else None,
                goes_on=bool(head.term and head.term.renew_months),
                last_on=last.get(one.id),
                planned=plans.get(one.id, {}),
                done=done.get(one.id, {}),
                use=_summed([use[row.organisation_id] for row in own if row.organisation_id in use]),
                projects=projects.get(one.id, 0),
                open_tasks=len(tasks[one.id]),
                overdue_since=tuple(sorted(due_on for due_on in tasks[one.id] if due_on < on)),
            )
        )
    return sorted(listed, key=lambda one: (GRAVEST.index(one.mark), one.ends_on or date.max, one.number))


def _summed(parts: list[Use]) -> Use:
    rooms, labs = (sum((getattr(one, name) for one in parts), Fraction(0)) for name in ("room_hours", "lab_hours"))
    return Use(rooms, labs, sum(one.housed for one in parts))


def _done(park: Park, on: date, ids: Collection[int], known: datetime | None) -> tuple[dict[int, Counter[str]], dict[int, date]]:
    """Return what was done under each agreement in the year up to the day, and on which day something was done last."""
    done: dict[int, Counter[str]] = defaultdict(Counter)
    last: dict[int, date] = {}
    for id_, what, day in _happened(park, on, ids, known):
        last[id_] = max(day, last.get(id_, day))
        if day.year == on.year:
            done[id_][what] += 1
    return done, last


def _happened(park: Park, on: date, ids: Collection[int], known: datetime | None) -> Iterator[tuple[int, str, date]]:
    for id_, day in db.session.execute(
        select(Delegation.agreement_id, Delegation.arrives_on).where(
            Delegation.agreement_id.in_(ids), Delegation.arrives_on <= on, Delegation.state.in_(CAME)
        )
    ):
        yield id_ or 0, ActivityKind.VISIT.value, day
    after = midnight(on + timedelta(days=1), park.zone)
    for id_, at in db.session.execute(
        select(Event.agreement_id, Event.starts_at).where(
            Event.agreement_id.in_(ids),
            Event.starts_at < after,
            Event.state != EventState.CANCELLED.value,
        )
    ):
        yield id_ or 0, ActivityKind.EVENT.value, at.astimezone(park.zone).date()
    for id_, day in db.session.execute(
        select(Project.agreement_id, Project.starts_on).where(
            Project.agreement_id.in_(ids), Project.starts_on <= on, Project.kind == ProjectKind.PROJECT.value
        )
    ):
        yield id_ or 0, ActivityKind.PROJECT.value, day
    for id_, what, day in db.session.execute(
        select(Activity.agreement_id, Activity.what, Activity.on).where(
            Activity.agreement_id.in_(ids), Activity.on <= on, Activity.known(known)
        )
    ):
        yield id_, what, day


def uses(park: Park, on: date, organisation_ids: Collection[int], known: datetime | None = None) -> dict[int, Use]:
    """What does each of the organisations use of the park: hours in the year up to the day, people housed on the day?

    Hours: bookings that were confirmed and not given back, laboratories and the rest apart.
    """
    rooms: dict[int, timedelta] = defaultdict(timedelta)
    labs: dict[int, timedelta] = defaultdict(timedelta)
    first, after = midnight(date(on.year, 1, 1), park.zone), midnight(on + timedelta(days=1), park.zone)
    for id_, desk, starts_at, ends_at in db.session.execute(
        select(Booking.organisation_id, Booking.desk, Booking.starts_at, Booking.ends_at).where(
            Booking.park_id == park.id,
            Booking.organisation_id.in_(organisation_ids),
            Booking.state.in_(USED),
            Booking.starts_at >= first,
            Booking.starts_at < after,
        )
    ):
        (labs if desk == "lab" else rooms)[id_] += ends_at - starts_at
    housed = _counts(db.session.execute(housed_on(park, on, known).where(Residency.organisation_id.in_(organisation_ids))))
    return {id_: Use(_hours(rooms[id_]), _hours(labs[id_]), housed.get(id_, 0)) for id_ in {*rooms, *labs, *housed}}


def _counts(rows: Iterable[Any]) -> dict[int, int]:
    return {id_: int(count) for id_, count in rows}


def _hours(length: timedelta) -> Fraction:
    return Fraction(length // timedelta(microseconds=1), timedelta(hours=1) // timedelta(microseconds=1))


def housed_on(park: Park, on: date, known: datetime | None = None) -> Select[Any]:
    """Return the SELECT of how many people each organisation houses in the park on a day."""
    at = midnight(on, park.zone)
    held = select(Hold.document).where(
        Hold.park_id == park.id, Hold.kind == HoldKind.RESIDENCY.value, Hold.known(known), Hold.starts_at <= at, Hold.ends_at > at
    )
    shown: tuple[Any, ...] = (Residency.organisation_id, func.sum(Residency.people))
    return select(*shown).where(Residency.number.in_(held)).group_by(Residency.organisation_id)
