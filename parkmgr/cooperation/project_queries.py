"""Every SELECT on programmes, projects and events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import aliased, joinedload

from parkmgr.bookings.models import Booking
from parkmgr.cooperation import access
from parkmgr.cooperation.models import Agreement, Event, EventRoom, Project, ProjectUse
from parkmgr.cooperation.rules import ProjectKind
from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.funds.models import Fund
from parkmgr.organisations.models import Organisation
from parkmgr.people.models import Person
from parkmgr.places.models import Park, Space
from parkmgr.policy import Actor
from parkmgr.searching import matches


def project(number: str, actor: Actor, deed: str = "cooperation.project", *, park: str) -> Project:
    """Which project of the park has the number? With who leads it and its agreement.

    Raises:
        Missing: when there is none, or the actor may not do the deed with it.
    """
    found = db.session.scalars(
        select(Project)
        .join(Park, Park.id == Project.park_id)
        .where(Project.number == number, Park.code == park)
        .options(joinedload(Project.lead), joinedload(Project.agreement))
    ).one_or_none()
    if found is None or not db.session.scalar(select(exists().where(Project.id == found.id, access.projects(actor, deed, found.park_id)))):
        raise Missing
    return found


def project_of_key(key: str) -> Project | None:
    """Which project was made by this form?"""
    return db.session.scalars(select(Project).where(Project.key == key)).one_or_none()


def project_in(park_id: int, number: str) -> Project | None:
    """Which project of the park has the number, whoever asks?"""
    return db.session.scalars(select(Project).where(Project.park_id == park_id, Project.number == number)).one_or_none()


def under(project_id: int) -> list[Project]:
    """Which projects are under the programme, in order of number?"""
    return list(db.session.scalars(select(Project).where(Project.programme_id == project_id).order_by(Project.number)))


def programmes(park_id: int) -> list[Project]:
    """Which programmes does the park have, in order of number?"""
    wanted = select(Project).where(Project.park_id == park_id, Project.kind == ProjectKind.PROGRAMME.value)
    return list(db.session.scalars(wanted.order_by(Project.number)))


def of_agreement(agreement_id: int) -> list[Project]:
    """Which projects are under the agreement, the latest first?"""
    wanted = select(Project).where(Project.agreement_id == agreement_id).options(joinedload(Project.lead))
    return list(db.session.scalars(wanted.order_by(Project.starts_on.desc(), Project.id.desc())))


def project_by_id(id_: int | None) -> Project | None:
    """Which project has this id?"""
    return None if id_ is None else db.session.get(Project, id_)


def agreement_of(id_: int | None) -> Agreement | None:
    """Which agreement has this id?"""
    return None if id_ is None else db.session.get(Agreement, id_)


@dataclass(frozen=True, slots=True)
class Used:
    """What takes part in a project."""

    use: ProjectUse
    space: Space | None
    person: Person | None
    fund: Fund | None
    organisation: Organisation | None


def uses(project_id: int) -> list[Used]:
    """What takes part in the project, in order of its day?"""
    rows = db.session.execute(
        select(ProjectUse, Space, Person, Fund, Organisation)
        .outerjoin(Space, Space.id == ProjectUse.space_id)
        .outerjoin(Person, Person.id == ProjectUse.person_id)
        .outerjoin(Fund, Fund.id == ProjectUse.fund_id)
        .outerjoin(Organisation, Organisation.id == ProjectUse.organisation_id)
        .where(ProjectUse.project_id == project_id, ProjectUse.withdrawn_at.is_(None))
        .order_by(ProjectUse.starts_on, ProjectUse.id)
    )
    return [Used(*row) for row in rows]


def use(project_id: int, use_id: int) -> ProjectUse:
    """Which use of the project has this id?

    Raises:
        Missing: there is none.
    """
    wanted = select(ProjectUse).where(ProjectUse.project_id == project_id, ProjectUse.id == use_id, ProjectUse.withdrawn_at.is_(None))
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise Missing
    return found


PROGRAMME = aliased(Project, name="programme")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. organisation: a code, of who leads or takes part (projects), or hosts (events)."""

    search: str = ""
    kind: str = ""
    state: str = ""
    field: str = ""
    organisation: str = ""
    agreement: str = ""
    from_on: date | None = None
    until_on: date | None = None


def projects(park_id: int, actor: Actor, wanted: Wanted) -> Select[Any]:
    """Return the SELECT of programmes and projects with who leads them, the agreement and the programme that they are under."""
    conditions: list[ColumnElement[bool]] = [Project.park_id == park_id, access.projects(actor, "cooperation.projects", park_id)]
    if wanted.search.strip():
        conditions.append(matches(Project.search, wanted.search))
    for column, value in ((Project.kind, wanted.kind), (Project.state, wanted.state), (Project.field, wanted.field)):
        if value:
            conditions.append(column == value)
    if wanted.agreement:
        conditions.append(Agreement.number == wanted.agreement)
    if wanted.organisation:
        partner = (
            select(ProjectUse.project_id)
            .join(Organisation, Organisation.id == ProjectUse.organisation_id)
            .where(Organisation.code == wanted.organisation, ProjectUse.withdrawn_at.is_(None))
        )
        conditions.append((Organisation.code == wanted.organisation) | Project.id.in_(partner))
    shown: tuple[Any, ...] = (Project, Organisation, Agreement.number.label("agreement"), PROGRAMME.number.label("programme"))
    return (
        select(*shown)
        .select_from(Project)
        .join(Organisation, Organisation.id == Project.lead_id)
        .outerjoin(Agreement, Agreement.id == Project.agreement_id)
        .outerjoin(PROGRAMME, PROGRAMME.id == Project.programme_id)
        .where(*conditions)
    )


# Events


def event(number: str, actor: Actor, deed: str = "cooperation.event", *, park: str) -> Event:
    """Which event of the park has the number? With its host.

    Raises:
        Missing: when there is none, or the actor may not do the deed with it.
    """
    found = db.session.scalars(
        select(Event).join(Park, Park.id == Event.park_id).where(Event.number == number, Park.code == park).options(joinedload(Event.host))
    ).one_or_none()
    if found is None or not db.session.scalar(select(exists().where(Event.id == found.id, access.events(actor, deed, found.park_id)))):
        raise Missing
    return found


def event_of_key(key: str) -> Event | None:
    """Which event was planned by this form?"""
    return db.session.scalars(select(Event).where(Event.key == key)).one_or_none()


def rooms(event_id: int) -> list[Booking]:
    """Which bookings are the rooms of the event?"""
    wanted = select(Booking).join(EventRoom, EventRoom.booking_id == Booking.id).where(EventRoom.event_id == event_id)
    wanted = wanted.options(joinedload(Booking.space), joinedload(Booking.organisation), joinedload(Booking.park), joinedload(Booking.user))
    return list(db.session.scalars(wanted.order_by(Booking.number)))


def events_of_agreement(agreement_id: int) -> list[Event]:
    """Which events are under the agreement, the latest first?"""
    wanted = select(Event).where(Event.agreement_id == agreement_id).options(joinedload(Event.host))
    return list(db.session.scalars(wanted.order_by(Event.starts_at.desc(), Event.id.desc())))


def events(park_id: int, actor: Actor, wanted: Wanted, first: datetime | None, after: datetime | None) -> Select[Any]:
    """Return the SELECT of the events of a park with hosts, agreements and codes of rooms. first, after: of their beginning."""
    conditions: list[ColumnElement[bool]] = [Event.park_id == park_id, access.events(actor, "cooperation.events", park_id)]
    if wanted.search.strip():
        conditions.append(matches(Event.search, wanted.search))
    for column, value in ((Event.kind, wanted.kind), (Event.state, wanted.state), (Organisation.code, wanted.organisation)):
        if value:
            conditions.append(column == value)
    if wanted.agreement:
        conditions.append(Agreement.number == wanted.agreement)
    if first is not None:
        conditions.append(Event.starts_at >= first)
    if after is not None:
        conditions.append(Event.starts_at < after)
    codes = (
        select(func.aggregate_strings(Space.code, ", "))
        .join(Booking, Booking.space_id == Space.id)
        .join(EventRoom, EventRoom.booking_id == Booking.id)
        .where(EventRoom.event_id == Event.id)
        .correlate(Event)
        .scalar_subquery()
    )
    shown: tuple[Any, ...] = (Event, Organisation, Agreement.number.label("agreement"), codes.label("rooms"))
    return (
        select(*shown)
        .select_from(Event)
        .join(Organisation, Organisation.id == Event.host_id)
        .outerjoin(Agreement, Agreement.id == Event.agreement_id)
        .where(*conditions)
    )


def spaces(park_id: int, codes: Sequence[str]) -> dict[str, Space]:
    """Which spaces of the park have the codes?"""
    found = db.session.scalars(select(Space).where(Space.park_id == park_id, Space.code.in_(codes)))
    return {one.code: one for one in found}
