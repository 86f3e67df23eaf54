"""What the housing report asks beside the occupancy of homes. Each is one SELECT."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select, true
from sqlalchemy.orm import aliased

from parkmgr.db import db
from parkmgr.housing.models import Application, HousingRules, Residency, ResidencyTerms
from parkmgr.occupancy.models import Hold, HoldKind
from parkmgr.people.models import Person
from parkmgr.places.models import Park, Particulars, Space
from parkmgr.reports.housing import DAY, HOMES, Held, Living, Offer, Waiter
from parkmgr.reports.queries import SPEAKING
from parkmgr.values import FOREVER, Names, Term, day_of, midnight


def residents(park: Park, on: date, known: datetime | None) -> dict[str, Living]:
    """Who has the residencies that hold something of the park on the day, as known at an instant? By the residency's number."""
    later = aliased(ResidencyTerms)
    at = midnight(on, park.zone)
    newer = select(later.id).where(
        later.residency_id == Residency.id, later.known(known), later.from_on <= on, later.from_on > ResidencyTerms.from_on
    )
    rows = db.session.execute(
        select(Residency.number, Person.number, Residency.people, ResidencyTerms.staff, Residency.notice_on)
        .join(Person, Person.id == Residency.person_id)
        .outerjoin(
            ResidencyTerms,
            and_(ResidencyTerms.residency_id == Residency.id, ResidencyTerms.known(known), ResidencyTerms.from_on <= on, ~newer.exists()),
        )
        .where(
            Residency.park_id == park.id,
            select(Hold.id)
            .where(
                Hold.document == Residency.number,
                Hold.kind == HoldKind.RESIDENCY.value,
                Hold.known(known),
                Hold.starts_at <= at,
                Hold.ends_at > at,
            )
            .exists(),
        )
    )
    until = known or FOREVER
    return {
        number: Living(resident, people, bool(staff), notice if notice is not None and midnight(notice, park.zone) <= until else None)
        for number, resident, people, staff, notice in rows
    }


def flats_of_beds(park_id: int) -> dict[str, str]:
    """In which flat does each bed stand? Code -> code."""
    flat = aliased(Space)
    rows = db.session.execute(select(Space.code, flat.code).join(flat, flat.id == Space.parent_id).where(Space.park_id == park_id))
    return {row[0]: row[1] for row in rows}


def _term(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> Term | None:
    """Return the days of an interval whose first and last instants are at midnight, or the days that it touches."""
    first = day_of(starts_at, zone)
    if ends_at >= FOREVER:
        return Term(first)
    last = day_of(ends_at, zone)
    last = last if midnight(last, zone) < ends_at else last - DAY
    return Term(first, last) if first <= last else None


def there(park: Park, period: Term, known: datetime | None, building_ids: Collection[int]) -> dict[str, list[Term]]:
    """On which days was each home of the park, without parts, there for letting, as known at an instant? By code."""
    wanted = Space.building_id.in_(building_ids) if building_ids else true()
    rows = db.session.execute(
        select(Space.code, Particulars.starts_on, Particulars.ends_on)
        .join(Particulars, Particulars.space_id == Space.id)
        .where(
            Space.park_id == park.id,
            Space.divided.is_(False),
            Particulars.known(known),
            Particulars.kind.in_(HOMES),
            Particulars.lettable,
            Particulars.starts_on <= (period.ends_on or date.max),
            Particulars.ends_on > period.starts_on,
            wanted,
        )
    )
    found: dict[str, list[Term]] = defaultdict(list)
    for code, starts_on, ends_on in rows:
        found[code].append(Term(starts_on, None if ends_on == date.max else ends_on - DAY))
    return found


def held(park: Park, period: Term, known: datetime | None, building_ids: Collection[int]) -> list[Held]:
    """Which homes of the park were held by leases, residencies and works in the period, and by what before it, as known at an instant?

    What ended at most a year before the period is in it: a turnaround begins with the end of the residency before.
    """
    wanted = Space.building_id.in_(building_ids) if building_ids else true()
    zone = park.zone
    first = period.starts_on.replace(year=period.starts_on.year - 1, day=min(period.starts_on.day, 28))
    rows = db.session.execute(
        select(Space.code, Hold.kind, Hold.starts_at, Hold.ends_at)
        .join(Space, Space.id == Hold.space_id)
        .where(
            Hold.park_id == park.id,
            Hold.known(known),
            Hold.kind.in_(SPEAKING),
            Hold.starts_at < midnight((period.ends_on or date.max) + DAY, zone),
            Hold.ends_at > midnight(first, zone),
            select(Particulars.id).where(Particulars.space_id == Space.id, Particulars.kind.in_(HOMES)).exists(),
            wanted,
        )
    )
    found: list[Held] = []
    for code, kind, starts_at, ends_at in rows:
        term = _term(starts_at, ends_at, zone)
        if term is not None:
            found.append(Held(code, str(kind), term))
    return found


def waiters(park_id: int) -> list[Waiter]:
    """Which applications were ever on the park's waiting list, and what became of them?"""
    home = aliased(Residency)
    agreed = (
        select(home.agreed_at)
        .where(home.application_id == Application.id, home.agreed_at.is_not(None))
        .order_by(home.agreed_at)
        .limit(1)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Application.class_code, Application.waiting_at, Application.closed_at, agreed).where(
            Application.park_id == park_id, Application.waiting_at.is_not(None)
        )
    )
    return [Waiter(*row) for row in rows]


def offers(park_id: int) -> list[Offer]:
    """Which homes were ever offered to applications of the park?"""
    rows = db.session.execute(
        select(Application.class_code, Residency.offered_at, Residency.agreed_at)
        .join(Application, Application.id == Residency.application_id)
        .where(Residency.park_id == park_id)
    )
    return [Offer(code, offered_at, agreed_at) for code, offered_at, agreed_at in rows if offered_at is not None]


def class_names(park_id: int) -> list[tuple[str, Names | None]]:
    """Which classes has the park's waiting list, those served first first?"""
    lines: list[dict[str, Any]] = db.session.scalars(select(HousingRules.classes).where(HousingRules.park_id == park_id)).first() or []
    ordered = sorted(lines, key=lambda line: (line.get("rank") or 0, line["code"]))
    names = [(line["code"], (line.get("en") or "", line.get("ru") or "", line.get("zh") or "")) for line in ordered]
    return [(code, Names(*given) if any(given) else None) for code, given in names]
