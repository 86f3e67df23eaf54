"""What the register says about the things in a file: a handful of SELECTs, however long the file is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import aliased, joinedload

from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.housing.models import Residency, ResidencyTerms
from parkmgr.imports.models import ImportFile
from parkmgr.imports.rules import folded
from parkmgr.labs.models import Equipment, Lab
from parkmgr.leases.models import Lease, LeaseSpace, LeaseVersion, RentStep
from parkmgr.leases.rules import EXECUTED
from parkmgr.organisations.models import Organisation
from parkmgr.people.models import Person
from parkmgr.places.models import Building, Particulars, Space
from parkmgr.values import Area


def files(park_id: int) -> Select[Any]:
    """Return the SELECT of the files that were put in for a park."""
    return select(ImportFile).where(ImportFile.park_id == park_id)


def file(park_id: int, file_id: int, *, to_change: bool = False) -> ImportFile:
    """Which file of the park has the id?

    Raises:
        Missing: there is none.
    """
    wanted = select(ImportFile).where(ImportFile.park_id == park_id, ImportFile.id == file_id)
    found = db.session.scalars(wanted.with_for_update() if to_change else wanted).one_or_none()
    if found is None:
        raise Missing
    return found


def done_before(park_id: int, sha256: str, what: str) -> ImportFile | None:
    """Which file of the same content was imported into the park last?"""
    return db.session.scalars(
        select(ImportFile)
        .where(ImportFile.park_id == park_id, ImportFile.sha256 == sha256, ImportFile.what == what, ImportFile.state == "done")
        .order_by(ImportFile.id.desc())
        .limit(1)
    ).one_or_none()


def buildings(park_id: int) -> dict[str, Building]:
    """Which buildings does the park have, by code?"""
    return {found.code: found for found in db.session.scalars(select(Building).where(Building.park_id == park_id))}


def organisations() -> list[Organisation]:
    """Which organisations are there?"""
    return list(db.session.scalars(select(Organisation).order_by(Organisation.id)))


@dataclass(slots=True)
class Tenants:
    """Who can be meant by a code or a name."""

    ids: dict[str, int] = field(default_factory=dict)
    """By code."""
    named: dict[str, list[str]] = field(default_factory=dict)
    """Codes by folded name."""


def tenants() -> Tenants:
    """Which organisations are there, by code and by each of their names?"""
    found = Tenants()
    rows = db.session.execute(
        select(Organisation.id, Organisation.code, Organisation.name_en, Organisation.name_ru, Organisation.name_zh).order_by(
            Organisation.id
        )
    )
    for id_, code, *names in rows:
        found.ids[code] = id_
        for name in {folded(name) for name in names if name}:
            found.named.setdefault(name, []).append(code)
    return found


def organisations_of(ids: Collection[int]) -> dict[int, Organisation]:
    """Which organisations have the ids?"""
    return {found.id: found for found in db.session.scalars(select(Organisation).where(Organisation.id.in_(ids)))}


def space_codes(park_id: int) -> set[str]:
    """Which codes do spaces of the park have?"""
    return set(db.session.scalars(select(Space.code).where(Space.park_id == park_id)))


def spaces(park_id: int) -> dict[str, Space]:
    """Which spaces does the park have, by code, with their building and floor?"""
    wanted = (
        select(Space).where(Space.park_id == park_id).options(joinedload(Space.building), joinedload(Space.floor), joinedload(Space.parent))
    )
    return {found.code: found for found in db.session.scalars(wanted)}


def particulars(park_id: int) -> dict[int, list[Particulars]]:
    """What is each space of the park from which day, as known now, in order of time?"""
    found: dict[int, list[Particulars]] = {}
    for row in db.session.scalars(
        select(Particulars)
        .join(Space, Space.id == Particulars.space_id)
        .where(Space.park_id == park_id, Particulars.withdrawn_at.is_(None))
        .order_by(Particulars.space_id, Particulars.starts_on)
    ):
        found.setdefault(row.space_id, []).append(row)
    return found


@dataclass(slots=True)
class Standing:
    """A lease that was signed, as the register has it now."""

    id: int
    number: str
    reference: str
    tenant_id: int
    held_over: bool
    left_on: date | None
    version_id: int
    starts_on: date
    ends_on: date | None
    currency: str
    deposit_minor: int
    notice_months: int
    purpose: str
    spaces: list[LetSpace] = field(default_factory=list)
    steps: list[tuple[date, int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LetSpace:
    """A space that a lease lets. kind and area: what it was last."""

    id: int
    code: str
    building: str
    names: tuple[str, str, str]
    kind: str
    area: Area | None


def standing_leases(park_id: int) -> list[Standing]:
    """Which leases of the park were signed, with what they say last, their spaces and their rents? In three SELECTs, in order of number."""
    last = aliased(LeaseVersion)
    newest = select(func.max(last.number)).where(last.lease_id == Lease.id, last.withdrawn_at.is_(None)).correlate(Lease).scalar_subquery()
    rows = db.session.execute(
        select(
            Lease.id,
            Lease.number,
            Lease.reference,
            Lease.tenant_id,
            Lease.holdover_from.is_not(None),
            Lease.left_on,
            LeaseVersion.id,
            LeaseVersion.starts_on,
            LeaseVersion.ends_on,
            LeaseVersion.currency,
            LeaseVersion.deposit_minor,
            LeaseVersion.notice_months,
            LeaseVersion.purpose,
        )
        .join(LeaseVersion, and_(LeaseVersion.lease_id == Lease.id, LeaseVersion.withdrawn_at.is_(None), LeaseVersion.number == newest))
        .where(Lease.park_id == park_id, Lease.state.in_(sorted(EXECUTED)))
        .order_by(Lease.id)
    )
    found = {row[6]: Standing(*row) for row in rows}  # type: ignore[call-arg]
    if not found:
        return []
    of_park = LeaseVersion.lease_id.in_(select(Lease.id).where(Lease.park_id == park_id))
    let = db.session.execute(
        select(
            LeaseSpace.version_id,
            Space.id,
            Space.code,
            Building.code,
            Space.name_en,
            Space.name_ru,
            Space.name_zh,
            Particulars.kind,
            Particulars.area,
        )
        .join(LeaseVersion, LeaseVersion.id == LeaseSpace.version_id)
        .join(Space, Space.id == LeaseSpace.space_id)
        .join(Building, Building.id == Space.building_id)
        .outerjoin(Particulars, and_(Particulars.space_id == Space.id, Particulars.withdrawn_at.is_(None)))
        .where(of_park)
        .order_by(LeaseSpace.version_id, LeaseSpace.position, Particulars.starts_on.desc())
    )
    for version_id, id_, code, building, *names, kind, area in let:
        lease = found.get(version_id)
        if lease is not None and all(space.id != id_ for space in lease.spaces):
            lease.spaces.append(LetSpace(id_, code, building, (names[0], names[1], names[2]), kind or "", area))
    steps = db.session.execute(
        select(RentStep.version_id, RentStep.from_on, RentStep.minor, RentStep.basis)
        .join(LeaseVersion, LeaseVersion.id == RentStep.version_id)
        .where(of_park)
        .order_by(RentStep.version_id, RentStep.from_on)
    )
    for version_id, from_on, minor, basis in steps:
        if version_id in found:
            found[version_id].steps.append((from_on, minor, basis))
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody whom the park knows."""

    id: int
    number: str
    name: str
    organisation_id: int


def residents(park_id: int) -> list[Resident]:
    """Whom does the park know, who was not erased?"""
    rows = db.session.execute(
        select(Person.id, Person.number, Person.name, Person.organisation_id)
        .where(Person.park_id == park_id, Person.erased_at.is_(None))
        .order_by(Person.id)
    )
    return [Resident(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Settled:
    """A residency, with what was agreed last."""

    id: int
    number: str
    external: str
    space_id: int
    person_id: int
    state: str
    people: int
    deposit_minor: int
    starts_on: date
    ends_on: date | None
    minor: int
    currency: str
    notice_days: int


def settled(park_id: int) -> list[Settled]:
    """Which residencies has the park, with their last terms, in order of number?"""
    last = aliased(ResidencyTerms)
    newest = (
        select(func.max(last.from_on))
        .where(last.residency_id == Residency.id, last.withdrawn_at.is_(None))
        .correlate(Residency)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            Residency.id,
            Residency.number,
            Residency.external,
            Residency.space_id,
            Residency.person_id,
            Residency.state,
            Residency.people,
            func.coalesce(Residency.deposit_minor, 0),
            ResidencyTerms.starts_on,
            ResidencyTerms.ends_on,
            ResidencyTerms.minor,
            ResidencyTerms.currency,
            ResidencyTerms.notice_days,
        )
        .join(
            ResidencyTerms,
            and_(ResidencyTerms.residency_id == Residency.id, ResidencyTerms.withdrawn_at.is_(None), ResidencyTerms.from_on == newest),
        )
        .where(Residency.park_id == park_id)
        .order_by(Residency.id)
    )
    return [Settled(*row) for row in rows]  # type: ignore[call-arg]


def labs(park_id: int) -> dict[str, Lab]:
    """Which laboratories has the park, by the code of their space?"""
    rows = db.session.execute(select(Space.code, Lab).join(Space, Space.id == Lab.space_id).where(Lab.park_id == park_id))
    return {row[0]: row[1] for row in rows}


def pieces(park_id: int) -> list[Equipment]:
    """Which equipment has the park, in order of id?"""
    return list(db.session.scalars(select(Equipment).where(Equipment.park_id == park_id).order_by(Equipment.id)))


def lab(lab_id: int) -> Lab:
    """Which laboratory has the id?"""
    return db.session.get_one(Lab, lab_id)
