"""What the rent roll is made of beside the units: their leases as they stood on a day, as known at an instant. Seven SELECTs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import func, select

from parkmgr.calendars.working_days import calendar
from parkmgr.db import db
from parkmgr.leases import market_rent_queries
from parkmgr.leases.models import DepositMovement, Lease, LeaseOption, LeaseVersion, RentFree, RentStep
from parkmgr.leases.rules import Step, notice_deadline, rent_a_month
from parkmgr.places.models import Park
from parkmgr.reports.occupancy import Fact, Row, Status
from parkmgr.reports.queries import version_id
from parkmgr.reports.rentroll import LET, Charge, Contract
from parkmgr.values import Area, Money, Term


def contracts(park: Park, on: date, known: datetime | None, rows: Sequence[Row], facts: Sequence[Fact]) -> dict[str, Contract]:
    """Return the leases of the rows that are let, by number. facts: of all units of these leases, for rents by the square metre."""
    numbers = {row.document for row in rows if row.status in LET}
    over = {row.document for row in rows if row.status is Status.HOLDOVER}
    areas: dict[str, list[Area | None]] = defaultdict(list)
    for fact in facts:
        if fact.hold == "lease" and fact.begun:
            areas[fact.document].append(fact.area)
    versions = {
        version.id: (number, version)
        for number, version in db.session.execute(
            select(Lease.number, LeaseVersion)
            .join(LeaseVersion, LeaseVersion.id == version_id(Lease.id, on, known))
            .where(Lease.park_id == park.id, Lease.number.in_(numbers))
        )
    }
    steps: dict[int, list[Step]] = defaultdict(list)
    for row in db.session.scalars(select(RentStep).where(RentStep.version_id.in_(versions)).order_by(RentStep.from_on)):
        money = Money(row.minor, versions[row.version_id][1].currency)
        steps[row.version_id].append(Step(row.from_on, money, row.basis))
    free: dict[int, list[Term]] = defaultdict(list)
    for free_row in db.session.scalars(select(RentFree).where(RentFree.version_id.in_(versions)).order_by(RentFree.from_on)):
        free[free_row.version_id].append(Term(free_row.from_on, free_row.until_on))
    breaks: dict[int, LeaseOption] = {}
    for option in db.session.scalars(
        select(LeaseOption)
        .where(LeaseOption.version_id.in_(versions), LeaseOption.kind == "break", LeaseOption.on >= on)
        .order_by(LeaseOption.on.desc())
    ):
        breaks[option.version_id] = option
    held = _held({version.lease_id for _number, version in versions.values()}, on, known)
    works = calendar(park.country).is_working_day
    found = {}
    for id_, (number, version) in versions.items():
        option_ = breaks.get(id_)
        found[number] = Contract(
            number,
            version.number,
            version.currency,
            version.starts_on,
            version.ends_on,
            tuple(Charge(step.from_on, _minor(step, areas[number])) for step in steps[id_]),
            tuple(free[id_]),
            option_.on if option_ else None,
            notice_deadline(option_.on, option_.notice_months, works) if option_ else None,
            version.index_name,
            version.deposit_minor,
            held.get((version.lease_id, version.currency), 0),
            number in over,
        )
    return found


def _minor(step: Step, areas: Sequence[Area | None]) -> int | None:
    rent = rent_a_month(step, areas)
    return None if rent is None else rent.minor


def _held(lease_ids: Collection[int], on: date, known: datetime | None) -> dict[tuple[int, str], int]:
    rows = db.session.execute(
        select(DepositMovement.lease_id, DepositMovement.currency, func.sum(DepositMovement.minor))
        .where(DepositMovement.lease_id.in_(lease_ids), DepositMovement.on <= on, DepositMovement.known(known))
        .group_by(DepositMovement.lease_id, DepositMovement.currency)
    )
    return {(row[0], row[1]): int(row[2]) for row in rows}


def market(park: Park, on: date, known: datetime | None, facts: Sequence[Fact]) -> Mapping[str, Money]:
    """Return what each of the units would let for: space -> a month's, of one square metre."""
    rents = market_rent_queries.market_rents(park.id, on, known)
    return {fact.space: rents[fact.space_id] for fact in facts if fact.space_id in rents}
