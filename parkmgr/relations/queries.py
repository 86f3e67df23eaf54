"""What an organisation does in a park, and what every university of the association does there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from parkmgr.bookings.models import Booking
from parkmgr.bookings.rules import LIVE
from parkmgr.charges.models import Statement
from parkmgr.cooperation.agreement_queries import in_force_terms, state_column
from parkmgr.cooperation.agreement_rules import IN_FORCE
from parkmgr.cooperation.health import CAME, USED
from parkmgr.cooperation.models import Agreement, AgreementParty, AgreementTerms, Delegation, Event, Project, ProjectUse
from parkmgr.cooperation.rules import EventState, ProjectState
from parkmgr.db import db
from parkmgr.housing.models import Residency
from parkmgr.occupancy.models import Hold, HoldKind
from parkmgr.organisations.models import Membership, Organisation, OrganisationKind
from parkmgr.places.models import Building, Park, Particulars, Space
from parkmgr.values import Area, midnight

YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class HeldSpace:
    """A space that an organisation has on a day."""

    code: str
    building: str
    kind: str
    area: Area | None
    hold: str
    document: str
    ends_at: datetime


def held(park: Park, organisation_id: int, on: date) -> list[HeldSpace]:
    """Which spaces does the organisation have for more than hours on a day, by code?"""
    at = midnight(on, park.zone)
    rows = db.session.execute(
        select(Space.code, Building.code, Particulars.kind, Particulars.area, Hold.kind, Hold.document, Hold.ends_at)
        .join(Space, Space.id == Hold.space_id)
        .join(Building, Building.id == Space.building_id)
        .outerjoin(Particulars, _then(on))
        .where(
            Hold.park_id == park.id,
            Hold.holder_id == organisation_id,
            Hold.kind.in_((HoldKind.LEASE.value, HoldKind.RESIDENCY.value)),
            Hold.withdrawn_at.is_(None),
            Hold.starts_at <= at,
            Hold.ends_at > at,
        )
        .order_by(Space.code)
    )
    return [HeldSpace(*row) for row in rows]


def _then(on: date) -> ColumnElement[bool]:
    return and_(Particulars.space_id == Space.id, Particulars.withdrawn_at.is_(None), Particulars.starts_on <= on, Particulars.ends_on > on)


def bookings_to_come(park_id: int, organisation_id: int, now: datetime) -> tuple[int, list[tuple[Booking, str]]]:
    """How many bookings of the organisation are still to come, and which are the next ones, with their spaces?"""
    conditions = (
        Booking.park_id == park_id,
        Booking.organisation_id == organisation_id,
        Booking.ends_at > now,
        Booking.state.in_(sorted(LIVE)),
    )
    count = db.session.scalar(select(func.count()).select_from(Booking).where(*conditions)) or 0
    rows = db.session.execute(
        select(Booking, Space.code)
        .join(Space, Space.id == Booking.space_id)
        .where(*conditions)
        .order_by(Booking.starts_at, Booking.id)
        .limit(8)
    )
    return count, [(row[0], row[1]) for row in rows]


def statements(park_id: int, organisation_id: int) -> list[tuple[str, str, int, int]]:
    """What do the organisation's laboratory statements come to: state, currency, how many, sum?"""
    rows = db.session.execute(
        select(Statement.state, Statement.currency, func.count(), func.sum(Statement.total_minor))
        .where(Statement.park_id == park_id, Statement.organisation_id == organisation_id)
        .group_by(Statement.state, Statement.currency)
        .order_by(Statement.state, Statement.currency)
    )
    return [(row[0], row[1], row[2], int(row[3])) for row in rows]


def first_rows(statement: Select[Any], by: Any, most: int = 8) -> tuple[int, Sequence[Any]]:
    """Return of a list's SELECT how many rows there are, and the first."""
    found = db.session.execute(statement.add_columns(func.count().over().label("of_all")).order_by(by).limit(most)).all()
    return (found[0].of_all if found else 0), found


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which universities are meant. membership: member, observer, or empty for both."""

    country: str = ""
    membership: str = ""


def matrix(park: Park, on: date, wanted: Wanted) -> tuple[Select[Any], dict[str, ColumnElement[Any]]]:
    """Return the SELECT of the association's universities on a day with what each does in the park, and its counts by name."""
    at, today = midnight(on, park.zone), midnight(on + timedelta(days=1), park.zone)
    first = midnight(date(on.year, 1, 1), park.zone)
    of = Organisation.id

    def count(model: Any, *conditions: Any) -> ColumnElement[Any]:
        return select(func.count()).select_from(model).where(*conditions).correlate(Organisation).scalar_subquery()

    holds = (Hold.park_id == park.id, Hold.holder_id == of, Hold.withdrawn_at.is_(None), Hold.starts_at <= at, Hold.ends_at > at)
    offices = (
        select(func.count())
        .select_from(Hold)
        .join(Space, Space.id == Hold.space_id)
        .join(Particulars, _then(on))
        .where(*holds, Hold.kind == HoldKind.LEASE.value, Particulars.kind.in_(("office", "desk")))
        .correlate(Organisation)
        .scalar_subquery()
    )
    agreements = (
        select(func.count())
        .select_from(AgreementParty)
        .join(Agreement, Agreement.id == AgreementParty.agreement_id)
        .join(AgreementTerms, AgreementTerms.id == in_force_terms(on))
        .where(
            AgreementParty.organisation_id == of,
            AgreementParty.withdrawn_at.is_(None),
            Agreement.park_id == park.id,
            state_column(on).in_(sorted(IN_FORCE)),
        )
        .correlate(Organisation)
        .scalar_subquery()
    )
    takes_part = (
        select(ProjectUse.project_id).where(ProjectUse.withdrawn_at.is_(None), ProjectUse.organisation_id == of).correlate(Organisation)
    )
    housed = (
        select(func.coalesce(func.sum(Residency.people), 0))
        .where(
            Residency.organisation_id == of,
            Residency.number.in_(select(Hold.document).where(*holds, Hold.kind == HoldKind.RESIDENCY.value).correlate(Organisation)),
        )
        .correlate(Organisation)
        .scalar_subquery()
    )
    booked = (
        Booking.park_id == park.id,
        Booking.organisation_id == of,
        Booking.state.in_(USED),
        Booking.starts_at >= first,
        Booking.starts_at < today,
    )
    counts: dict[str, ColumnElement[Any]] = {
        "offices": offices,
        "agreements": agreements,
        "delegations": count(
            Delegation,
            Delegation.park_id == park.id,
            Delegation.guest_id == of,
            Delegation.state.in_(CAME),
            Delegation.arrives_on <= on,
            Delegation.arrives_on > on - YEAR,
        ),
        "projects": count(
            Project,
            Project.park_id == park.id,
            Project.state == ProjectState.RUNNING.value,
            or_(Project.lead_id == of, Project.id.in_(takes_part)),
        ),
        "events": count(
            Event,
            Event.park_id == park.id,
            Event.host_id == of,
            Event.state != EventState.CANCELLED.value,
            Event.starts_at >= midnight(on - YEAR, park.zone),
            Event.starts_at < today,
        ),
        "rooms": count(Booking, *booked, Booking.desk != "lab"),
        "labs": count(Booking, *booked, Booking.desk == "lab"),
        "housed": housed,
    }
    shown: tuple[Any, ...] = (
        Organisation.code,
        Organisation.name_en,
        Organisation.name_ru,
        Organisation.name_zh,
        Organisation.country,
        Membership.status.label("membership"),
        Membership.starts_on.label("since"),
        *(column.label(name) for name, column in counts.items()),
    )
    conditions: list[ColumnElement[bool]] = [Organisation.kind == OrganisationKind.UNIVERSITY.value]
    if wanted.country:
        conditions.append(Organisation.country == wanted.country)
    if wanted.membership:
        conditions.append(Membership.status == wanted.membership)
    belongs = and_(
        Membership.organisation_id == Organisation.id,
        Membership.withdrawn_at.is_(None),
        Membership.starts_on <= on,
        Membership.ends_on > on,
    )
    return select(*shown).select_from(Organisation).join(Membership, belongs).where(*conditions), counts


def belonging(on: date) -> list[tuple[str, str, int]]:
    """How many universities belong to the association on a day, by country and status?"""
    rows = db.session.execute(
        select(Organisation.country, Membership.status, func.count())
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.withdrawn_at.is_(None), Membership.starts_on <= on, Membership.ends_on > on)
        .group_by(Organisation.country, Membership.status)
        .order_by(Organisation.country, Membership.status)
    )
    return [(row[0], row[1], row[2]) for row in rows]
