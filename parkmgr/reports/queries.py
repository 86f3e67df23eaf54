"""Every question that reports ask. Each is one SELECT."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Integer,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased, joinedload, undefer

from parkmgr.audit.merkle import Tree
from parkmgr.audit.models import Entry, Head
from parkmgr.db import Instant, db
from parkmgr.errors import Missing
from parkmgr.funds.models import Fund
from parkmgr.housing.models import Residency, ResidencyTerms
from parkmgr.housing.rules import State as Living
from parkmgr.leases.models import Lease, LeaseOption, LeaseVersion, RentFree, RentStep
from parkmgr.leases.rules import State
from parkmgr.occupancy.models import Hold, HoldKind
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import APPARATUS, Building, Floor, Park, Particulars, Space
from parkmgr.policy import Actor
from parkmgr.reports.models import IssuedReport, ReportFile, ReportRequest, RequestState
from parkmgr.reports.occupancy import Fact
from parkmgr.values import FOREVER, Names, Span, day_of, last_day, midnight

LASTING = (HoldKind.LEASE, HoldKind.RESIDENCY)
SPEAKING = (*LASTING, HoldKind.CLOSURE)
"""The holds that say what a unit is on a day; who sits in it by the hour does not."""
NEVER_AGREED = (Living.OFFERED, Living.DECLINED, Living.EXPIRED)


def _days(days: Sequence[date], zone: ZoneInfo) -> Subquery:
    """Return the days as rows, each with the instant at which it begins in the park."""
    rows = [select(literal(day, Date()).label("day"), literal(midnight(day, zone), Instant()).label("at")) for day in days]
    return union_all(*rows).subquery("days") if len(rows) > 1 else rows[0].subquery("days")


def _hold_id(space_id: ColumnElement[int], at: ColumnElement[datetime], known: datetime | None) -> ColumnElement[int]:
    """Return the hold that says what a unit is at an instant: the one that covers it, or else the next that will last.

    Holds of a unit never overlap, so only the last to begin by then can cover it: one step in the index, however many bookings there are.
    """
    by_then, later = aliased(Hold), aliased(Hold)
    covering = (
        select(case((and_(by_then.ends_at > at, by_then.kind.in_(SPEAKING)), by_then.id)))
        .where(by_then.space_id == space_id, by_then.known(known), by_then.starts_at <= at)
        .order_by(by_then.starts_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    coming = (
        select(later.id)
        .where(later.space_id == space_id, later.known(known), later.starts_at > at, later.kind.in_(LASTING))
        .order_by(later.starts_at)
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(covering, coming)


def _chosen(building_ids: Collection[int], known: datetime | None) -> ColumnElement[bool]:
    """Tell whether a space is in one of the buildings, or ever was on a lease with a space that is."""
    inside, beside, unit = aliased(Hold), aliased(Hold), aliased(Space)
    shared = (
        select(inside.document)
        .join(unit, unit.id == inside.space_id)
        .where(unit.building_id.in_(building_ids), inside.known(known), inside.kind == HoldKind.LEASE)
    )
    on_one_lease = select(beside.space_id).where(beside.document.in_(shared), beside.known(known))
    return or_(Space.building_id.in_(building_ids), Space.id.in_(on_one_lease))


def _units(park_id: int, days: Subquery, known: datetime | None, building_ids: Collection[int]) -> Subquery:
    """Return the spaces that exist on each day and have no part that does, with their particulars and their hold.

    Equipment that is booked as a space of its own is none: it stands in a room that is.
    """
    wanted = _chosen(building_ids, known) if building_ids else true()
    part, of_part = aliased(Space), aliased(Particulars)
    parts = (
        select(part.id)
        .join(of_part, of_part.space_id == part.id)
        .where(part.parent_id == Space.id, of_part.known(known), of_part.starts_on <= days.c.day, of_part.ends_on > days.c.day)
        .correlate(Space, days)
        .exists()
    )
    return (
        select(
            days.c.day,
            days.c.at,
            Space.id.label("space_id"),
            Space.code,
            Space.name_en,
            Space.name_ru,
            Space.name_zh,
            Space.building_id,
            Space.floor_id,
            Particulars.kind,
            Particulars.lettable,
            Particulars.area,
            Particulars.area_basis,
            _hold_id(cast(Any, Space.id), days.c.at, known).label("hold_id"),
        )
        .select_from(days)
        .join(Space, Space.park_id == park_id)
        .join(
            Particulars,
            and_(
                Particulars.space_id == Space.id,
                Particulars.known(known),
                Particulars.starts_on <= days.c.day,
                Particulars.ends_on > days.c.day,
                Particulars.kind.not_in(APPARATUS),
            ),
        )
        .where(or_(Space.divided.is_(False), ~parts), wanted)
        .subquery("units")
    )


def version_id(lease_id: Any, day: Any, known: datetime | None) -> ColumnElement[int]:
    """Return the version of a lease in force on a day; before the first, the first."""
    begun, first = aliased(LeaseVersion), aliased(LeaseVersion)
    in_force = (
        select(begun.id)
        .where(begun.lease_id == lease_id, begun.known(known), begun.effective_on <= day)
        .order_by(begun.effective_on.desc(), begun.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    coming = (
        select(first.id)
        .where(first.lease_id == lease_id, first.known(known))
        .order_by(first.effective_on, first.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(in_force, coming)


def _terms_id(residency_id: Any, day: Any, known: datetime | None) -> ColumnElement[int]:
    """Return the terms of a residency in force on a day; before the first, the first."""
    begun, first = aliased(ResidencyTerms), aliased(ResidencyTerms)
    in_force = (
        select(begun.id)
        .where(begun.residency_id == residency_id, begun.known(known), begun.from_on <= day)
        .order_by(begun.from_on.desc(), begun.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    coming = (
        select(first.id)
        .where(first.residency_id == residency_id, first.known(known))
        .order_by(first.from_on, first.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(in_force, coming)


def _offered(known: datetime | None) -> ColumnElement[bool]:
    """Tell whether a residency was an offer only: it was agreed later than is known, or never."""
    never = and_(Residency.agreed_at.is_(None), Residency.state.in_(NEVER_AGREED))
    return func.coalesce(never if known is None else or_(never, Residency.agreed_at > known), False)


def _held(units: Subquery, known: datetime | None) -> Subquery:
    """Return the units with their hold, and the version of the lease, or the terms of the residency, that it is for."""
    return (
        select(
            units,
            Hold.kind.label("hold"),
            Hold.holder_id,
            Hold.document,
            Hold.starts_at,
            Hold.ends_at,
            version_id(Lease.id, units.c.day, known).label("version_id"),
            case((Residency.id.is_not(None), _terms_id(Residency.id, units.c.day, known))).label("terms_id"),
            type_coerce(_offered(known), Boolean).label("offered"),
        )
        .select_from(units)
        .outerjoin(Hold, Hold.id == units.c.hold_id)
        .outerjoin(Lease, and_(Lease.number == Hold.document, Hold.kind == HoldKind.LEASE))
        .outerjoin(Residency, and_(Residency.number == Hold.document, Hold.kind == HoldKind.RESIDENCY))
        .subquery("held")
    )


def _step_id(version_id: Any, day: Any) -> ScalarSelect[int]:
    return (
        select(RentStep.id)
        .where(RentStep.version_id == version_id, RentStep.from_on <= day)
        .order_by(RentStep.from_on.desc())
        .limit(1)
        .scalar_subquery()
    )


def _agreed(held: Subquery) -> Subquery:
    """Return the units with what the lease, or the terms of the residency, say on the day."""
    free = select(RentFree.id).where(
        RentFree.version_id == LeaseVersion.id, RentFree.from_on <= held.c.day, RentFree.until_on >= held.c.day
    )
    break_on = (
        select(func.min(LeaseOption.on))
        .where(LeaseOption.version_id == LeaseVersion.id, LeaseOption.kind == "break", LeaseOption.on >= held.c.day)
        .scalar_subquery()
    )
    return (
        select(
            held,
            func.coalesce(LeaseVersion.starts_on, ResidencyTerms.starts_on).label("starts_on"),
            func.coalesce(LeaseVersion.ends_on, ResidencyTerms.ends_on).label("ends_on"),
            func.coalesce(LeaseVersion.currency, ResidencyTerms.currency).label("currency"),
            ResidencyTerms.minor.label("home_minor"),
            _step_id(LeaseVersion.id, held.c.day).label("step_id"),
            type_coerce(free.exists(), Boolean).label("free"),
            type_coerce(break_on, Date).label("break_on"),
        )
        .select_from(held)
        .outerjoin(LeaseVersion, LeaseVersion.id == held.c.version_id)
        .outerjoin(ResidencyTerms, ResidencyTerms.id == held.c.terms_id)
        .subquery("agreed")
    )


def _facts(
    park_id: int, days: Sequence[date], zone: ZoneInfo, known: datetime | None, building_ids: Collection[int], *, named: bool
) -> Select[Any]:
    held = _held(_units(park_id, _days(days, zone), known, building_ids), known)
    of = _agreed(held)
    mine = (Building.name_en, Building.name_ru, Building.name_zh, of.c.name_en, of.c.name_ru, of.c.name_zh)
    holders = (Organisation.name_en, Organisation.name_ru, Organisation.name_zh)
    names: tuple[Any, ...] = (*mine, *holders) if named else ()
    wanted = (
        select(
            of.c.day,
            of.c.building_id,
            Building.code,
            Building.residential,
            Floor.level,
            Floor.label,
            of.c.space_id,
            of.c.code,
            of.c.kind,
            of.c.lettable,
            of.c.area,
            of.c.area_basis,
            of.c.hold,
            of.c.at,
            of.c.starts_at,
            of.c.ends_at,
            of.c.holder_id,
            of.c.document,
            of.c.starts_on,
            of.c.ends_on,
            of.c.break_on,
            of.c.currency,
            func.coalesce(RentStep.minor, of.c.home_minor).label("minor"),
            func.coalesce(RentStep.basis, case((of.c.home_minor.is_not(None), "month"))).label("basis"),
            of.c.free,
            of.c.offered,
            *(column.label(f"name_{index}") for index, column in enumerate(names)),
        )
        .select_from(of)
        .join(Building, Building.id == of.c.building_id)
        .outerjoin(Floor, Floor.id == of.c.floor_id)
        .outerjoin(RentStep, RentStep.id == of.c.step_id)
    )
    if named:
        wanted = wanted.outerjoin(Organisation, Organisation.id == of.c.holder_id)
    return wanted


def occupancy(
    park: Park,
    on: date,
    known: datetime | None = None,
    building_ids: Collection[int] = (),
    *,
    days: Sequence[date] = (),
    named: bool = True,
) -> list[Fact]:
    """What is each unit of the park on a day, and who has it or will have it next, as known at an instant (None: now)?

    With *building_ids*: the units of these buildings, and those elsewhere that share a lease with them, for its rent is shared too.
    days: several days instead of *on*. named: with the names of buildings, spaces and holders.
    """
    zone = park.zone
    rows = db.session.connection().execute(_facts(park.id, days or (on,), zone, known, building_ids, named=named))
    return [_fact(row, zone) for row in rows]


def _names(english: str | None = "", russian: str | None = "", chinese: str | None = "") -> Names | None:
    return Names(english or "", russian or "", chinese or "") if english or russian or chinese else None


def _fact(row: Any, zone: ZoneInfo) -> Fact:
    (
        day,
        building_id,
        building,
        residential,
        level,
        floor,
        space_id,
        space,
        kind,
        lettable,
        area,
        basis,
        hold,
        at,
        starts_at,
        ends_at,
        holder_id,
        document,
        starts_on,
        ends_on,
        break_on,
        currency,
        minor,
        per,
        free,
        offered,
        *names,
    ) = row
    begun = hold is not None and starts_at <= at
    held_until = None
    if hold is not None and ends_at < FOREVER:
        held_until = last_day(Span(starts_at, ends_at), zone)
    if hold is not None and starts_on is None:
        starts_on = day_of(starts_at, zone)
    return Fact(
        day,
        building_id,
        building,
        _names(*names[0:3]),
        bool(residential),
        level,
        floor or ("" if level is None else str(level)),
        space_id,
        space,
        _names(*names[3:6]),
        kind,
        bool(lettable),
        area,
        basis,
        hold,
        begun,
        holder_id,
        _names(*names[6:9]),
        document or "",
        starts_on,
        ends_on,
        held_until,
        break_on,
        currency,
        minor,
        per,
        bool(free),
        bool(offered),
    )


def last_deed(park_id: int) -> int:
    """Which entry of the audit was the last about the park, or about what belongs to no park? Nothing has changed for the park since."""
    last = [
        select(func.coalesce(func.max(Entry.id), 0)).where(condition).scalar_subquery()
        for condition in (Entry.park_id == park_id, Entry.park_id.is_(None))
    ]
    of_park, of_none = db.session.execute(select(*last)).one()
    return int(max(of_park, of_none))


def checkpoints() -> dict[int, str]:
    """How long was the audit log, and what was its last hash, when each report was issued? As size -> hash."""
    rows = db.session.execute(select(IssuedReport.audit_size, IssuedReport.audit_hash).where(IssuedReport.audit_size > 0))
    return {row.audit_size: row.audit_hash for row in rows}


def deeds_on(park_id: int, documents: Collection[str], after: datetime, until: datetime, *, most: int = 300) -> list[Entry]:
    """What was done to these documents after an instant, up to another, in order?"""
    wanted = select(Entry).where(Entry.park_id == park_id, Entry.label.in_(documents), Entry.at > after, Entry.at <= until)
    return list(db.session.scalars(wanted.order_by(Entry.id).limit(most)))


def audit_head() -> tuple[int, str, str]:
    """How many entries has the audit, what is the hash of the last, and what is their Merkle root?"""
    size, hash_, peaks = db.session.execute(select(Head.size, Head.hash, Head.peaks).where(Head.id == 1)).one()
    return size, hash_, Tree.of(size, peaks).root()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Leases that wait for somebody."""

    drafts: int
    offers: int


def waiting(park_id: int, actor: Actor) -> Waiting:
    """How many leases of the park, as far as the actor may read them, are drafts, and how many offers wait for a signature?"""
    mine: ColumnElement[bool] = true()
    if not actor.sees_all(park_id):
        mine = and_(Lease.tenant_id.in_(actor.organisations(park_id)), Lease.state != State.DRAFT)
    row = db.session.execute(
        select(
            func.coalesce(func.sum(case((Lease.state == State.DRAFT, 1), else_=0)), 0).cast(Integer),
            func.coalesce(func.sum(case((Lease.state == State.OFFERED, 1), else_=0)), 0).cast(Integer),
        ).where(Lease.park_id == park_id, Lease.state.in_((State.DRAFT, State.OFFERED)), mine)
    ).one()
    return Waiting(row[0], row[1])


def building_ids(park_id: int, codes: Collection[str]) -> dict[str, int]:
    """Which buildings of the park have these codes?"""
    rows = db.session.execute(select(Building.code, Building.id).where(Building.park_id == park_id, Building.code.in_(codes)))
    return {row[0]: row[1] for row in rows}


def of_buildings(park_id: int) -> list[Building]:
    """Which buildings has the park, by code?"""
    return list(db.session.scalars(select(Building).where(Building.park_id == park_id).order_by(Building.code)))


# Requests and issued reports.


def reports(park_id: int, kinds: Collection[str], *, number: str = "", funds: Collection[str] | None = None) -> Select[Any]:
    """Which reports of the park and these kinds were issued? A SELECT to be sorted and paged; without their rows.

    funds: of reports about a fund only those about these; None for all.
    """
    wanted = select(IssuedReport).where(IssuedReport.park_id == park_id, IssuedReport.kind.in_(kinds))
    if funds is not None:
        wanted = wanted.where(_of_funds(IssuedReport.parameters, funds))
    return wanted.where(IssuedReport.number.icontains(number, autoescape=True)) if number else wanted


def _of_funds(parameters: Any, funds: Collection[str]) -> ColumnElement[bool]:
    about = func.coalesce(parameters["fund"].as_string(), "")
    return about.in_(["", *funds])


def has_fund(park_id: int, code: str) -> bool:
    """Tell whether the park has a fund of this code."""
    return db.session.scalar(select(Fund.id).where(Fund.park_id == park_id, Fund.code == code)) is not None


def report(park_id: int, number: str, *, with_rows: bool = False) -> IssuedReport:
    """Which report of the park has the number?

    Raises:
        Missing: there is none.
    """
    wanted = select(IssuedReport).where(IssuedReport.park_id == park_id, IssuedReport.number == number)
    found = db.session.scalars(wanted.options(undefer(IssuedReport.rows)) if with_rows else wanted).one_or_none()
    if found is None:
        raise Missing
    return found


def issued(number: str) -> IssuedReport | None:
    """Which report, of whatever park, has the number? For the public check."""
    return db.session.scalars(select(IssuedReport).where(IssuedReport.number == number)).one_or_none()


def issued_for(request_id: int) -> IssuedReport | None:
    """Which report was issued for a request? With its rows."""
    return db.session.scalars(
        select(IssuedReport)
        .join(ReportRequest, ReportRequest.report_id == IssuedReport.id)
        .where(ReportRequest.id == request_id)
        .options(undefer(IssuedReport.rows))
    ).one_or_none()


def file(report_id: int, format_: str) -> ReportFile | None:
    """Which file of a report was kept in a format, with its content?"""
    return db.session.scalars(
        select(ReportFile).where(ReportFile.report_id == report_id, ReportFile.format == format_).options(undefer(ReportFile.content))
    ).one_or_none()


def file_sizes(report_ids: Collection[int]) -> dict[int, tuple[int, str]]:
    """How long is the kept PDF of each report, and what is its SHA-256?"""
    rows = db.session.execute(
        select(ReportFile.report_id, func.length(ReportFile.content), ReportFile.sha256).where(
            ReportFile.report_id.in_(report_ids), ReportFile.format == "pdf"
        )
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def rows_of(report_id: int) -> bytes:
    """Which rows were kept of a report? Compressed, as they stand in the register."""
    return db.session.execute(select(IssuedReport.rows).where(IssuedReport.id == report_id)).scalar_one()


def pdf_of_hash(sha256: str) -> str | None:
    """Which report is the PDF with this SHA-256? Its number."""
    return db.session.execute(
        select(IssuedReport.number)
        .join(ReportFile, ReportFile.report_id == IssuedReport.id)
        .where(ReportFile.sha256 == sha256, ReportFile.format == "pdf")
    ).scalar_one_or_none()


def later(report: IssuedReport) -> str | None:
    """Which is the newest report of the same park, kind, fund, days and buildings that knows of more than this one? Its number."""
    rows = db.session.execute(
        select(IssuedReport.number, IssuedReport.parameters)
        .where(
            IssuedReport.park_id == report.park_id,
            IssuedReport.kind == report.kind,
            IssuedReport.on == report.on,
            IssuedReport.id > report.id,
            IssuedReport.known_at > report.known_at,
        )
        .order_by(IssuedReport.id.desc())
    )
    about = _about(report.parameters)
    return next((number for number, parameters in rows if _about(parameters) == about), None)


def last_of(park_id: int, kind: str, buildings: list[str], about: str) -> IssuedReport | None:
    """Which report of the kind, about the same buildings, fund or statement, was issued last? With its rows."""
    rows = db.session.execute(
        select(IssuedReport.id, IssuedReport.parameters)
        .where(IssuedReport.park_id == park_id, IssuedReport.kind == kind)
        .order_by(IssuedReport.id.desc())
        .limit(1000)
    )
    found = (id_ for id_, of in rows if (of.get("buildings", []), of.get("fund") or of.get("statement", "")) == (buildings, about))
    last = next(found, None)
    if last is None:
        return None
    return db.session.scalars(select(IssuedReport).where(IssuedReport.id == last).options(undefer(IssuedReport.rows))).one()


def earlier(report: IssuedReport, most: int = 100) -> list[IssuedReport]:
    """Which reports of the same kind and fund or statement were issued before this one, the newest first? Without their rows."""
    wanted = select(IssuedReport).where(
        IssuedReport.park_id == report.park_id, IssuedReport.kind == report.kind, IssuedReport.id < report.id
    )
    fund = str(report.parameters.get("fund", ""))
    if fund:
        wanted = wanted.where(_of_funds(IssuedReport.parameters, [fund]))
    statement = str(report.parameters.get("statement", ""))
    if statement:
        wanted = wanted.where(IssuedReport.parameters["statement"].as_string() == statement)
    return list(db.session.scalars(wanted.order_by(IssuedReport.id.desc()).limit(most)))


def deeds_between(park_id: int, after: int, until: int) -> dict[str, int]:
    """What was done in the park, or to what belongs to none, in the entries after one up to another? Deed -> how often."""
    mine = or_(Entry.park_id == park_id, Entry.park_id.is_(None))
    rows = db.session.execute(select(Entry.deed, func.count()).where(Entry.id > after, Entry.id <= until, mine).group_by(Entry.deed))
    return {row[0]: row[1] for row in rows}


def _about(parameters: dict[str, Any]) -> tuple[Any, ...]:
    return parameters["buildings"], parameters.get("since"), parameters.get("fund"), parameters.get("statement")


def request(request_id: int, park_id: int) -> ReportRequest:
    """Which request of the park is this?

    Raises:
        Missing: there is none.
    """
    found = db.session.scalars(select(ReportRequest).where(ReportRequest.id == request_id, ReportRequest.park_id == park_id)).one_or_none()
    if found is None:
        raise Missing
    return found


def request_of_key(key: str) -> ReportRequest | None:
    """Which request came from this form?"""
    return db.session.scalars(select(ReportRequest).where(ReportRequest.key == key)).one_or_none()


def request_to_do(request_id: int) -> ReportRequest | None:
    """Which request is this, for its job? The row is locked where the database can."""
    return db.session.scalars(select(ReportRequest).where(ReportRequest.id == request_id).with_for_update()).one_or_none()


def unfinished() -> list[int]:
    """Which requests are neither done nor failed, oldest first?"""
    return list(
        db.session.scalars(
            select(ReportRequest.id)
            .where(ReportRequest.state.in_((RequestState.WAITING, RequestState.RUNNING)))
            .order_by(ReportRequest.asked_at, ReportRequest.id)
        )
    )


def unfinished_of(park_id: int, kinds: Collection[str], *, funds: Collection[str] | None = None) -> list[ReportRequest]:
    """Which requests of the park for these kinds are not done, newest first? Failed ones too. funds: as of reports."""
    wanted = select(ReportRequest).where(
        ReportRequest.park_id == park_id, ReportRequest.kind.in_(kinds), ReportRequest.state != RequestState.DONE
    )
    if funds is not None:
        wanted = wanted.where(_of_funds(ReportRequest.parameters, funds))
    return list(db.session.scalars(wanted.order_by(ReportRequest.id.desc()).limit(10)))


def park_of_id(park_id: int) -> Park:
    """Which park has this key?"""
    return db.session.scalars(select(Park).where(Park.id == park_id)).one()


def building(park_id: int, code: str) -> Building:
    """Which building of the park has the code?

    Raises:
        Missing: there is none.
    """
    found = db.session.scalars(
        select(Building).options(joinedload(Building.park)).where(Building.park_id == park_id, Building.code == code)
    ).one_or_none()
    if found is None:
        raise Missing
    return found
