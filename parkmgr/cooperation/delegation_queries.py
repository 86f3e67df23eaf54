"""Every SELECT on visits of delegations, and what is free for one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from parkmgr.cooperation import access
from parkmgr.cooperation.delegation_rules import FreeFlat
from parkmgr.cooperation.models import Agreement, Delegation, DelegationItem, DelegationMember, DelegationOutcome, Project
from parkmgr.cooperation.rules import DelegationState
from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.housing.models import Residency, Vacancy
from parkmgr.occupancy.models import Hold
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park, Particulars, Space
from parkmgr.policy import Actor
from parkmgr.searching import matches
from parkmgr.values import Names, Span


def delegation(number: str, actor: Actor, deed: str = "cooperation.delegation", *, park: str) -> Delegation:
    """Which visit of the park has the number? With guest, host and agreement.

    Raises:
        Missing: when there is none, or the actor may not do the deed with it.
    """
    found = db.session.scalars(
        select(Delegation)
        .join(Park, Park.id == Delegation.park_id)
        .where(Delegation.number == number, Park.code == park)
        .options(joinedload(Delegation.guest), joinedload(Delegation.host), joinedload(Delegation.agreement))
    ).one_or_none()
    if found is None:
        raise Missing
    if not db.session.scalar(select(exists().where(Delegation.id == found.id, access.delegations(actor, deed, found.park_id)))):
        raise Missing
    return found


def of_key(key: str) -> Delegation | None:
    """Which visit was asked for by this form?"""
    return db.session.scalars(select(Delegation).where(Delegation.key == key)).one_or_none()


def items(delegation_id: int) -> list[DelegationItem]:
    """What is in the programme, in order of time, with spaces, bookings and residencies?"""
    return list(
        db.session.scalars(
            select(DelegationItem)
            .where(DelegationItem.delegation_id == delegation_id)
            .options(
                joinedload(DelegationItem.space),
                joinedload(DelegationItem.booking),
                joinedload(DelegationItem.residency).joinedload(Residency.space),
            )
            .order_by(DelegationItem.starts_at, DelegationItem.ends_at, DelegationItem.id)
        )
    )


def members(delegation_id: int) -> list[DelegationMember]:
    """Who comes, who leads first? Only for who may know."""
    wanted = select(DelegationMember).where(DelegationMember.delegation_id == delegation_id)
    return list(db.session.scalars(wanted.order_by(DelegationMember.leads.desc(), DelegationMember.id)))


def member(delegation_id: int, member_id: int) -> DelegationMember:
    """Which member of the delegation has this id?

    Raises:
        Missing: there is none.
    """
    wanted = select(DelegationMember).where(DelegationMember.delegation_id == delegation_id, DelegationMember.id == member_id)
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise Missing
    return found


def named(delegation_id: int) -> int:
    """How many members are named?"""
    wanted = select(func.count()).select_from(DelegationMember).where(DelegationMember.delegation_id == delegation_id)
    return db.session.scalar(wanted) or 0


def outcomes(delegation_id: int) -> list[tuple[DelegationOutcome, Agreement | None, Project | None]]:
    """What came of it, with the agreements and projects that it is about?"""
    rows = db.session.execute(
        select(DelegationOutcome, Agreement, Project)
        .outerjoin(Agreement, Agreement.id == DelegationOutcome.agreement_id)
        .outerjoin(Project, Project.id == DelegationOutcome.project_id)
        .where(DelegationOutcome.delegation_id == delegation_id, DelegationOutcome.withdrawn_at.is_(None))
        .order_by(DelegationOutcome.id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


GUEST, HOST = aliased(Organisation, name="guest"), aliased(Organisation, name="host")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. organisation: a code, as guest or host."""

    search: str = ""
    state: str = ""
    organisation: str = ""
    agreement: str = ""
    from_on: date | None = None
    until_on: date | None = None


def delegations(park_id: int, actor: Actor, wanted: Wanted) -> Select[Any]:
    """Return the SELECT of the visits of a park with guest, host and the number of the agreement."""
    conditions: list[ColumnElement[bool]] = [
        Delegation.park_id == park_id,
        access.delegations(actor, "cooperation.delegations", park_id),
    ]
    if wanted.search.strip():
        conditions.append(matches(Delegation.search, wanted.search))
    if wanted.state:
        conditions.append(Delegation.state == wanted.state)
    if wanted.organisation:
        conditions.append(or_(GUEST.code == wanted.organisation, HOST.code == wanted.organisation))
    if wanted.agreement:
        conditions.append(Agreement.number == wanted.agreement)
    if wanted.from_on is not None:
        conditions.append(Delegation.leaves_on >= wanted.from_on)
    if wanted.until_on is not None:
        conditions.append(Delegation.arrives_on <= wanted.until_on)
    shown: tuple[Any, ...] = (Delegation, GUEST, HOST, Agreement.number.label("agreement"))
    return (
        select(*shown)
        .select_from(Delegation)
        .join(GUEST, GUEST.id == Delegation.guest_id)
        .join(HOST, HOST.id == Delegation.host_id)
        .outerjoin(Agreement, Agreement.id == Delegation.agreement_id)
        .where(*conditions)
    )


def of_agreement(agreement_id: int) -> list[Delegation]:
    """Which visits are under the agreement, the latest first, with their guests?"""
    wanted = select(Delegation).where(Delegation.agreement_id == agreement_id).options(joinedload(Delegation.guest))
    return list(db.session.scalars(wanted.order_by(Delegation.arrives_on.desc(), Delegation.id.desc())))


def waiting(park_id: int) -> int:
    """How many visits wait for a decision?"""
    states = (DelegationState.REQUESTED.value, DelegationState.PROGRAMME.value)
    found = select(func.count()).select_from(Delegation).where(Delegation.park_id == park_id, Delegation.state.in_(states))
    return db.session.scalar(found) or 0


def to_erase(day: date) -> list[int]:
    """Of which visits may names be due for erasing on a day? The day on which each is due depends on its own term."""
    rows = db.session.execute(
        select(Delegation.id, Delegation.leaves_on, Delegation.erase_days).where(Delegation.erased_at.is_(None), Delegation.leaves_on < day)
    )
    return [id_ for id_, leaves_on, days in rows if (day - leaves_on).days > days]


# What is free


def free_flats(park_id: int, first: date, nights: Span, *, most: int) -> list[FreeFlat]:
    """Which whole flats does nobody have on these nights, by code? most: how many sleep in a flat whose beds are not counted.

    A flat that was vacated and not seen since is left out.
    """
    day = first
    busy = exists().where(
        Hold.space_id == Space.id, Hold.withdrawn_at.is_(None), Hold.starts_at < nights.ends_at, Hold.ends_at > nights.starts_at
    )
    unseen = exists().where(Vacancy.space_id == Space.id, Vacancy.ready_on.is_(None))
    rows = db.session.execute(
        select(Space.id, Space.code, Particulars.capacity)
        .join(Particulars, Particulars.space_id == Space.id)
        .where(
            Space.park_id == park_id,
            Space.divided.is_(False),
            Space.parent_id.is_(None),
            Particulars.withdrawn_at.is_(None),
            Particulars.kind == "flat",
            Particulars.lettable.is_(True),
            Particulars.starts_on <= day,
            Particulars.ends_on > day,
            ~busy,
            ~unseen,
        )
        .order_by(Space.code)
    )
    return [FreeFlat(id_, code, capacity or most) for id_, code, capacity in rows]


def labs_to_tour(park_id: int, day: date) -> list[tuple[str, Names | None]]:
    """Which laboratories are there on a day, by code, with their names?"""
    rows = db.session.scalars(
        select(Space)
        .join(Particulars, Particulars.space_id == Space.id)
        .where(
            Space.park_id == park_id,
            Particulars.withdrawn_at.is_(None),
            Particulars.kind == "laboratory",
            Particulars.starts_on <= day,
            Particulars.ends_on > day,
        )
        .order_by(Space.code)
    )
    return [(row.code, row.names if row.name_en or row.name_ru or row.name_zh else None) for row in rows]


def by_ids(ids: Collection[int]) -> list[Organisation]:
    """Which organisations have the ids?"""
    return list(db.session.scalars(select(Organisation).where(Organisation.id.in_(ids)))) if ids else []
