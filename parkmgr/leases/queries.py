"""Every question about leases."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, Subquery, and_, case, exists, false, func, null, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased, joinedload, selectinload

from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.leases.models import (
    DepositMovement,
    Lease,
    LeaseOption,
    LeaseRequest,
    LeaseSpace,
    LeaseVersion,
    NoticeGiven,
    RentFree,
    RentStep,
)
from parkmgr.leases.rules import EXECUTED, LEAVING, Existence, Facts, Option, State, Watched
from parkmgr.occupancy.models import Hold, HoldKind
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Building, Floor, Park, Particulars, Space
from parkmgr.policy import DEEDS, Actor, Role
from parkmgr.searching import matches
from parkmgr.values import Area, Money, Names, Term, midnight

Sortable = ColumnElement[Any] | InstrumentedAttribute[Any]

# Who may know


def readable(actor: Actor, deed: str = "leases.show") -> ColumnElement[bool]:
    """Which leases may this actor do this deed with? A liaison: those of her organisation that were offered or signed."""
    open_: list[ColumnElement[bool]] = []
    for grant in actor.grants:
        if grant.role not in DEEDS[deed].roles:
            continue
        there = true() if grant.park_id is None else Lease.park_id == grant.park_id
        if grant.role is Role.LIAISON:
            there = and_(there, Lease.tenant_id == grant.organisation_id, Lease.state != State.DRAFT)
        open_.append(there)
    return or_(false(), *open_)


# One lease

_WHOLE = (
    joinedload(Lease.park, innerjoin=True),
    joinedload(Lease.tenant, innerjoin=True),
    selectinload(Lease.deposits),
    selectinload(Lease.versions).options(
        selectinload(LeaseVersion.spaces),
        selectinload(LeaseVersion.steps),
        selectinload(LeaseVersion.rent_free),
        selectinload(LeaseVersion.options),
    ),
)


def lease(number: str, actor: Actor, deed: str = "leases.show", *, park: str = "", to_change: bool = False) -> Lease:
    """Which lease has this number, with its park, tenant, versions and deposits? In seven SELECTs, however large it is.

    park: the code of the park that it must be in. to_change: nobody else can change it before the transaction ends.
    Raises:
        Missing: when there is none, or the actor may not do the deed with it.
    """
    if not number.isprintable():  # PostgreSQL would not even compare it
        raise Missing
    wanted = select(Lease).where(Lease.number == number, readable(actor, deed)).options(*_WHOLE)
    if park:
        wanted = wanted.join(Park, Park.id == Lease.park_id).where(Park.code == park)
    if to_change:
        wanted = wanted.with_for_update(of=Lease)
    found = db.session.scalars(wanted).unique().one_or_none()
    if found is None:
        raise Missing
    return found


def lease_of(lease_id: int, *, to_change: bool = False) -> Lease:
    """Which lease has this key? For deeds that touch a second lease; it is not scoped to anybody."""
    wanted = select(Lease).where(Lease.id == lease_id).options(*_WHOLE)
    return db.session.scalars(wanted.with_for_update(of=Lease) if to_change else wanted).unique().one()


def notices(lease_id: int) -> list[NoticeGiven]:
    """Which notices were given, latest first?"""
    return list(
        db.session.scalars(
            select(NoticeGiven)
            .where(NoticeGiven.lease_id == lease_id, NoticeGiven.withdrawn_at.is_(None))
            .order_by(NoticeGiven.given_on.desc(), NoticeGiven.id.desc())
        )
    )


@dataclass(frozen=True, slots=True)
class Related:
    """Another lease that this one has to do with. relation: renews, renewed_by, under, sublease."""

    relation: str
    number: str
    tenant: Names
    state: str


def related(one: Lease, actor: Actor) -> list[Related]:
    """Which leases does it follow, follow it, stand above and below it, as far as the actor may know?"""
    rows = db.session.execute(
        select(Lease.id, Lease.number, Lease.state, Lease.follows_id, Organisation.name_en, Organisation.name_ru, Organisation.name_zh)
        .join(Organisation, Organisation.id == Lease.tenant_id)
        .where(
            or_(Lease.follows_id == one.id, Lease.under_id == one.id, Lease.id.in_([one.follows_id or 0, one.under_id or 0])),
            readable(actor),
        )
        .order_by(Lease.number)
    )

    def relation(id_: int, follows_id: int | None) -> str:
        if id_ == one.follows_id:
            return "follows"
        if id_ == one.under_id:
            return "under"
        return "followed_by" if follows_id == one.id else "sublease"

    return [Related(relation(row[0], row[3]), row[1], Names(*row[4:7]), row[2]) for row in rows]


def renewal_of(lease_id: int) -> str:
    """Which lease renews this one? Its number, or empty."""
    return (
        db.session.scalars(
            select(Lease.number).where(Lease.follows_id == lease_id, Lease.state != State.VOID).order_by(Lease.number).limit(1)
        ).one_or_none()
        or ""
    )


# Spaces of a lease


def spaces(space_ids: Collection[int]) -> list[Space]:
    """Which spaces are these, in the order asked for?"""
    found = {space.id: space for space in db.session.scalars(select(Space).where(Space.id.in_(space_ids)))}
    return [found[space_id] for space_id in space_ids if space_id in found]


def spaces_by_code(park_id: int, codes: Collection[str]) -> dict[str, Space]:
    """Which spaces of the park have these codes?"""
    return {space.code: space for space in db.session.scalars(select(Space).where(Space.park_id == park_id, Space.code.in_(codes)))}


@dataclass(frozen=True, slots=True)
class LetSpace:
    """A space as a lease's page shows it. area: of all its units on the day; None when one is not measured."""

    space_id: int
    code: str
    building: str
    floor: str
    kind: str
    area: Area | None
    units: tuple[tuple[int, Area | None], ...]


def let_spaces(unit_ids: dict[int, list[int]], on: date) -> list[LetSpace]:
    """What are the spaces of a lease on a day? unit_ids: each with its units, as occupancy.queries.units gives them."""
    every = {unit for of_space in unit_ids.values() for unit in of_space} | set(unit_ids)
    rows = db.session.execute(
        select(Space.id, Space.code, Building.code, Floor.label, Particulars.kind, Particulars.area)
        .join(Building, Building.id == Space.building_id)
        .outerjoin(Floor, Floor.id == Space.floor_id)
        .outerjoin(
            Particulars,
            and_(
                Particulars.space_id == Space.id,
                Particulars.withdrawn_at.is_(None),
                Particulars.starts_on <= on,
                Particulars.ends_on > on,
            ),
        )
        .where(Space.id.in_(every))
    )
    known = {row[0]: row for row in rows}
    listed = []
    for space_id, of_space in unit_ids.items():
        there = [known[unit] for unit in of_space if known[unit][4] is not None]
        areas = [row[5] for row in there]
        whole = Area(sum(area.dm2 for area in areas if area is not None)) if areas and None not in areas else None
        row = known[space_id]
        kind = row[4] or (there[0][4] if there else "")
        listed.append(LetSpace(space_id, row[1], row[2], row[3] or "", kind, whole, tuple((one[0], one[5]) for one in there)))
    return listed


def existences(unit_ids: Collection[int]) -> dict[int, tuple[str, list[Existence]]]:
    """When does each unit exist, and is it for letting? Its code, and its times in order."""
    found: dict[int, tuple[str, list[Existence]]] = {}
    rows = db.session.execute(
        select(Space.id, Space.code, Particulars.starts_on, Particulars.ends_on, Particulars.lettable)
        .outerjoin(Particulars, and_(Particulars.space_id == Space.id, Particulars.withdrawn_at.is_(None)))
        .where(Space.id.in_(unit_ids))
        .order_by(Space.id, Particulars.starts_on)
    )
    for unit, code, starts_on, ends_on, lettable in rows:
        times = found.setdefault(unit, (code, []))[1]
        if starts_on is not None:
            times.append(Existence(starts_on, None if ends_on == date.max else date.fromordinal(ends_on.toordinal() - 1), lettable))
    return found


def subleases(head_id: int) -> list[Lease]:
    """Which subleases of a head lease were signed, with their versions' spaces?"""
    return list(
        db.session.scalars(
            select(Lease).where(Lease.under_id == head_id, Lease.state.in_(sorted(EXECUTED))).options(*_WHOLE).order_by(Lease.number)
        ).unique()
    )


# Versions in force


def _version_order(version: Any, on: date) -> list[ColumnElement[Any]]:
    """Return the order in which the version in force on a day comes first: rules.in_force, said in SQL."""
    begun = version.effective_on <= on
    return [
        case((begun, 0), else_=1),
        case((begun, version.effective_on)).desc(),
        case((begun, None), else_=version.effective_on).asc(),
        version.number.desc(),
    ]


def _in_force_id(on: date, known: datetime | None = None) -> ScalarSelect[int]:
    version = aliased(LeaseVersion)
    return (
        select(version.id)
        .where(version.lease_id == Lease.id, version.known(known))
        .order_by(*_version_order(version, on))
        .limit(1)
        .correlate(Lease)
        .scalar_subquery()
    )


def _latest_id(known: datetime | None = None) -> ScalarSelect[int]:
    version = aliased(LeaseVersion)
    return (
        select(version.id)
        .where(version.lease_id == Lease.id, version.known(known))
        .order_by(version.effective_on.desc(), version.number.desc())
        .limit(1)
        .correlate(Lease)
        .scalar_subquery()
    )


def _options(condition: ColumnElement[bool]) -> dict[int, list[Option]]:
    found: dict[int, list[Option]] = {}
    rows = db.session.execute(
        select(LeaseOption.version_id, LeaseOption.kind, LeaseOption.on, LeaseOption.notice_months, LeaseOption.side)
        .where(condition)
        .order_by(LeaseOption.on)
    )
    for version_id, kind, on, months, side in rows:
        found.setdefault(version_id, []).append(Option(kind, on, months, side))
    return found


# Lists


def _standing(version: Any, on: date) -> ColumnElement[str]:
    """Return rules.standing, said in SQL."""
    return case(
        (Lease.state.in_([State.DRAFT, State.OFFERED, State.VOID]), Lease.state),
        (and_(Lease.state.in_(sorted(LEAVING)), Lease.left_on < on), Lease.state),
        (version.starts_on > on, "signed"),
        (or_(version.ends_on.is_(None), version.ends_on >= on), "active"),
        (Lease.holdover_from <= on, "holdover"),
        else_="expired",
    )


def _held_then(park: Park, on: date, known: datetime) -> Subquery:
    """Return the documents of leases with what they held as known at an instant: from when, to when, and whether on the day."""
    noon = datetime.combine(on, time(12), park.zone)
    return (
        select(
            Hold.document,
            func.min(Hold.starts_at, type_=Hold.starts_at.type).label("starts_at"),
            func.max(Hold.ends_at, type_=Hold.ends_at.type).label("ends_at"),
            func.max(case((and_(Hold.starts_at <= noon, Hold.ends_at > noon), 1), else_=0)).label("on_day"),
        )
        .where(Hold.park_id == park.id, Hold.kind == HoldKind.LEASE, Hold.known(known))
        .group_by(Hold.document)
        .subquery()
    )


def _standing_then(version: Any, held: Subquery, park: Park, on: date) -> ColumnElement[str]:
    """Return what a lease that was signed by then was on a day: the states of a lease are kept as they are now, its holds as they were.

    A sublease takes no holds: its term says it.
    """
    begins = midnight(on + timedelta(days=1), park.zone)
    return case(
        (and_(Lease.under_id.is_not(None), version.starts_on > on), "signed"),
        (and_(Lease.under_id.is_not(None), or_(version.ends_on.is_(None), version.ends_on >= on)), "active"),
        (Lease.under_id.is_not(None), "expired"),
        (held.c.document.is_(None), State.VOID.value),
        (and_(held.c.on_day == 1, version.ends_on < on), "holdover"),
        (held.c.on_day == 1, "active"),
        (held.c.starts_at >= begins, "signed"),
        (Lease.state.in_(sorted(LEAVING)), Lease.state),
        else_="expired",
    )


@dataclass(frozen=True, slots=True)
class Columns:
    """What a list of leases can be sorted by."""

    number: Sortable
    tenant: Sortable
    standing: Sortable
    starts_on: Sortable
    ends_on: Sortable


def leases(
    park: Park,
    actor: Actor,
    on: date,
    known: datetime | None = None,
    *,
    text: str = "",
    standing: str = "",
    tenant_id: int | None = None,
    building_id: int | None = None,
    ends_before: date | None = None,
) -> tuple[Select[Any], Columns]:
    """Which leases of the park may the actor read, as they stand on a day? One SELECT to be sorted and paged, and what sorts it.

    known: as the register knew them at an instant, of those that were signed by then; None for now.
    text: a piece of the number or the reference, or of the tenant's names in any script.
    Rows have: number, reference, name_en, name_ru, name_zh, tenant_code, standing, starts_on, ends_on (as decided; with *known*
    as agreed, and ends_at the instant at which the holds of then end), spaces, minor, basis, currency.
    """
    now, latest = aliased(LeaseVersion), aliased(LeaseVersion)
    ends_on: Any = latest.ends_on
    ends_at: Any = null()
    if known is None:
        where_it_stands = _standing(latest, on)
        going_on = case((Lease.holdover_from.is_not(None), None), else_=latest.ends_on)
        ends_on = func.coalesce(Lease.left_on, going_on, type_=latest.ends_on.type)
    else:
        held = _held_then(park, on, known)
        where_it_stands = _standing_then(latest, held, park, on)
        ends_at = held.c.ends_at
    codes = (
        select(func.aggregate_strings(Space.code, ", "))
        .select_from(LeaseSpace)
        .join(Space, Space.id == LeaseSpace.space_id)
        .where(LeaseSpace.version_id == now.id)
        .correlate(now)
        .scalar_subquery()
    )
    wanted = (
        select(
            Lease.number,
            Lease.reference,
            Organisation.name_en,
            Organisation.name_ru,
            Organisation.name_zh,
            Organisation.code.label("tenant_code"),
            where_it_stands.label("standing"),
            latest.starts_on,
            ends_on.label("ends_on"),
            ends_at.label("ends_at"),
            codes.label("spaces"),
            _step(now, on, RentStep.minor).label("minor"),
            _step(now, on, RentStep.basis).label("basis"),
            now.currency,
        )
        .select_from(Lease)
        .join(Organisation, Organisation.id == Lease.tenant_id)
        .join(now, now.id == _in_force_id(on, known))
        .join(latest, latest.id == _latest_id(known))
        .where(Lease.park_id == park.id, readable(actor, "leases.leases"))
    )
    if known is not None:
        wanted = wanted.outerjoin(held, held.c.document == Lease.number).where(Lease.signed_at <= known)
    if text:
        like = Lease.number.icontains(text, autoescape=True) | Lease.reference.icontains(text, autoescape=True)
        wanted = wanted.where(or_(like, matches(Organisation.search, text)))
    if standing:
        wanted = wanted.where(where_it_stands == standing)
    if tenant_id is not None:
        wanted = wanted.where(Lease.tenant_id == tenant_id)
    if building_id is not None:
        inside = (
            select(LeaseSpace.id)
            .join(Space, Space.id == LeaseSpace.space_id)
            .where(LeaseSpace.version_id == now.id, Space.building_id == building_id)
        )
        wanted = wanted.where(inside.correlate(now).exists())
    if ends_before is not None:
        wanted = wanted.where(ends_on < ends_before if known is None else ends_at <= midnight(ends_before, park.zone))
    return wanted, Columns(Lease.number, Organisation.search, where_it_stands, latest.starts_on, ends_on if known is None else ends_at)


def _step(version: Any, on: date, column: Any) -> ScalarSelect[Any]:
    return (
        select(column)
        .where(RentStep.version_id == version.id, RentStep.from_on <= on)
        .order_by(RentStep.from_on.desc())
        .limit(1)
        .correlate(version)
        .scalar_subquery()
    )


def _executed(known: datetime | None) -> ColumnElement[bool]:
    """Tell whether a lease was signed and not void; as known earlier, one made void since had holds then."""
    standing = Lease.state.in_(sorted(EXECUTED))
    if known is None:
        return standing
    held = exists().where(Hold.document == Lease.number, Hold.known(known))
    return and_(Lease.signed_at <= known, or_(standing, and_(Lease.state == State.VOID, held)))


def tenants(
    park_id: int,
    at: datetime,
    on: date,
    known: datetime | None = None,
    *,
    text: str = "",
    current: bool = True,
) -> tuple[Select[Any], dict[str, ColumnElement[Any]]]:
    """Which organisations have, or had, a lease in the park? One SELECT to be sorted and paged, and what sorts it.

    Rows have: code, name_en, name_ru, name_zh, kind, country, leases (signed ones, of any time), units, area (in m², of measured units) and
    unmeasured (units) as held at an instant, ends_on (when the next hold ends; FOREVER for none).
    """
    held = (
        select(
            Hold.holder_id,
            func.count().label("units"),
            func.sum(Particulars.area, type_=Particulars.area.type).label("area"),
            func.sum(case((Particulars.area.is_(None), 1), else_=0)).label("unmeasured"),
            func.min(Hold.ends_at, type_=Hold.ends_at.type).label("ends_at"),
        )
        .outerjoin(
            Particulars,
            and_(
                Particulars.space_id == Hold.space_id,
                Particulars.known(known),
                Particulars.starts_on <= on,
                Particulars.ends_on > on,
            ),
        )
        .where(
            Hold.park_id == park_id,
            Hold.kind == HoldKind.LEASE,
            Hold.known(known),
            Hold.starts_at <= at,
            Hold.ends_at > at,
        )
        .group_by(Hold.holder_id)
        .subquery()
    )
    executed = [Lease.park_id == park_id, Lease.tenant_id == Organisation.id, _executed(known)]
    signed = select(func.count()).select_from(Lease).where(*executed).correlate(Organisation).scalar_subquery()
    wanted = select(
        Organisation.code,
        Organisation.name_en,
        Organisation.name_ru,
        Organisation.name_zh,
        Organisation.kind,
        Organisation.country,
        signed.label("leases"),
        held.c.units,
        held.c.area,
        held.c.unmeasured,
        held.c.ends_at,
    ).join(held, held.c.holder_id == Organisation.id, isouter=not current)
    if not current:
        wanted = wanted.where(exists().where(*executed))
    if text:
        wanted = wanted.where(matches(Organisation.search, text))
    return wanted, {"leases": signed, "units": held.c.units, "area": held.c.area, "ends_on": held.c.ends_at}


def buildings(park_id: int) -> list[Building]:
    """Which buildings does the park have, by code?"""
    return list(db.session.scalars(select(Building).where(Building.park_id == park_id).order_by(Building.code)))


def organisation(code: str) -> Organisation | None:
    """Which organisation has this code?"""
    return db.session.scalars(select(Organisation).where(Organisation.code == code)).one_or_none()


def organisations_named(name: str) -> list[Organisation]:
    """Which organisations are called exactly this, in one script or another? Eleven at most."""
    is_called = or_(*(column == name for column in (Organisation.name_en, Organisation.name_ru, Organisation.name_zh)))
    return list(db.session.scalars(select(Organisation).where(is_called).order_by(Organisation.code).limit(11)))


def organisations_to_offer() -> list[Organisation]:
    """Which organisations does a form propose as tenants? The first five hundred by English name."""
    return list(db.session.scalars(select(Organisation).order_by(Organisation.name_en, Organisation.code).limit(500)))


# Critical dates


@dataclass(frozen=True, slots=True)
class WatchedLease:
    """A lease that is watched for its dates, and whose it is."""

    watched: Watched
    tenant: Names
    tenant_code: str


def watched(park_id: int, actor: Actor, today: date) -> list[WatchedLease]:
    """Which leases of the park that are not over have dates to be watched, as far as the actor may read them? Four SELECTs."""
    latest = aliased(LeaseVersion)
    rows = db.session.execute(
        select(
            latest.id,
            Lease.id.label("lease_id"),
            Lease.number,
            Lease.state,
            Lease.holdover_from,
            Lease.left_on,
            latest.starts_on,
            latest.ends_on,
            latest.notice_months,
            latest.deposit_minor,
            latest.currency,
            Organisation.name_en,
            Organisation.name_ru,
            Organisation.name_zh,
            Organisation.code,
        )
        .select_from(Lease)
        .join(latest, latest.id == _latest_id())
        .join(Organisation, Organisation.id == Lease.tenant_id)
        .where(
            Lease.park_id == park_id,
            Lease.state.in_(sorted(EXECUTED)),
            or_(Lease.left_on.is_(None), Lease.left_on >= today),
            readable(actor, "leases.critical_dates"),
        )
        .order_by(Lease.number)
    ).all()
    options = _options(LeaseOption.version_id.in_([row.id for row in rows]))
    free: dict[int, list[Term]] = {}
    for version_id, from_on, until_on in db.session.execute(
        select(RentFree.version_id, RentFree.from_on, RentFree.until_on).where(RentFree.version_id.in_([row.id for row in rows]))
    ):
        free.setdefault(version_id, []).append(Term(from_on, until_on))
    deposits = _deposits(row.lease_id for row in rows)
    return [
        WatchedLease(
            Watched(
                row.number,
                Facts(
                    row.state,
                    Term(row.starts_on, row.ends_on),
                    today,
                    row.holdover_from,
                    row.left_on,
                    row.notice_months,
                    tuple(options.get(row.id, ())),
                ),
                tuple(free.get(row.id, ())),
                Money(row.deposit_minor, row.currency),
                Money(deposits.get((row.lease_id, row.currency), 0), row.currency),
            ),
            Names(row.name_en, row.name_ru, row.name_zh),
            row.code,
        )
        for row in rows
    ]


def _deposits(lease_ids: Iterable[int]) -> dict[tuple[int, str], int]:
    rows = db.session.execute(
        select(DepositMovement.lease_id, DepositMovement.currency, func.sum(DepositMovement.minor))
        .where(DepositMovement.lease_id.in_(list(lease_ids)), DepositMovement.withdrawn_at.is_(None))
        .group_by(DepositMovement.lease_id, DepositMovement.currency)
    )
    return {(row[0], row[1]): int(row[2]) for row in rows}


# Requests for leases


def readable_requests(actor: Actor, deed: str) -> ColumnElement[bool]:
    """With which requests may this actor do this deed? A liaison: with those of her organisation."""
    open_: list[ColumnElement[bool]] = []
    for grant in actor.grants:
        if grant.role in DEEDS[deed].roles:
            there = true() if grant.park_id is None else LeaseRequest.park_id == grant.park_id
            open_.append(and_(there, LeaseRequest.organisation_id == grant.organisation_id) if grant.role is Role.LIAISON else there)
    return or_(false(), *open_)


_ASKED = (
    joinedload(LeaseRequest.park, innerjoin=True),
    joinedload(LeaseRequest.space, innerjoin=True).joinedload(Space.building, innerjoin=True),
    joinedload(LeaseRequest.organisation, innerjoin=True),
    joinedload(LeaseRequest.user),
)


def request(number: str, actor: Actor, deed: str = "leases.requests", *, park: str) -> LeaseRequest:
    """Which request for a lease has the number, with its park, space, organisation and asker?

    Raises:
        Missing: there is none, or the actor may not do the deed with it.
    """
    if not number.isprintable():
        raise Missing
    wanted = select(LeaseRequest).join(Park, Park.id == LeaseRequest.park_id).where(Park.code == park, LeaseRequest.number == number)
    found = db.session.scalars(wanted.where(readable_requests(actor, deed)).options(*_ASKED)).one_or_none()
    if found is None:
        raise Missing
    return found


def request_of_key(key: str) -> LeaseRequest | None:
    """Which request did the form with this key make? None when it was not sent yet."""
    return db.session.scalars(select(LeaseRequest).where(LeaseRequest.key == key)).one_or_none()


def requests(park_id: int, actor: Actor, state: str = "") -> Select[Any]:
    """Return the SELECT of the park's requests for leases that the actor may read."""
    wanted = [LeaseRequest.park_id == park_id, readable_requests(actor, "leases.requests")]
    if state:
        wanted.append(LeaseRequest.state == state)
    shown: tuple[Any, ...] = (
        LeaseRequest.id,
        LeaseRequest.number,
        LeaseRequest.state,
        LeaseRequest.starts_on,
        LeaseRequest.ends_on,
        LeaseRequest.people,
        LeaseRequest.purpose,
        LeaseRequest.reason,
        LeaseRequest.requested_at,
        Space.code.label("space"),
        Organisation.code.label("organisation"),
        Organisation.name_en,
        Organisation.name_ru,
        Organisation.name_zh,
        Lease.number.label("lease"),
    )
    return (
        select(*shown)
        .select_from(LeaseRequest)
        .join(Space, Space.id == LeaseRequest.space_id)
        .join(Organisation, Organisation.id == LeaseRequest.organisation_id)
        .outerjoin(Lease, Lease.id == LeaseRequest.lease_id)
        .where(*wanted)
    )


def organisations_to_ask_for(park_id: int, actor: Actor) -> list[Organisation]:
    """For which organisations may the actor ask for a lease? A liaison for her own; an administrator for all."""
    wanted = select(Organisation).order_by(Organisation.code)
    if not actor.may("leases.draft", park_id):
        wanted = wanted.where(Organisation.id.in_(actor.organisations(park_id)))
    return list(db.session.scalars(wanted))
