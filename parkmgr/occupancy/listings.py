"""The list of spaces on a day: what each is, and who has it as far as the reader may know. One SELECT."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    and_,
    case,
    column,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.orm import aliased

from parkmgr.db import Instant
from parkmgr.occupancy.models import Hold, HoldKind
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import APPARATUS, Building, Floor, Particulars, Space
from parkmgr.policy import Actor
from parkmgr.searching import matches
from parkmgr.values import Area

# Holdover and offer are words of leases and residencies, which rank above the ledger: their tables are spoken of by their names only.
_LEASES = table("leases", column("id", Integer), column("number", String), column("holdover_from", Date))
_VERSIONS = table(
    "lease_versions",
    column("lease_id", Integer),
    column("number", Integer),
    column("effective_on", Date),
    column("ends_on", Date),
    column("recorded_at", Instant()),
    column("withdrawn_at", Instant()),
)
_RESIDENCIES = table("residencies", column("number", String), column("state", String), column("agreed_at", Instant()))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which spaces are asked for. on and at: the day, and the instant of it whose holds count. known: None for now."""

    on: date
    at: datetime
    known: datetime | None = None
    search: str = ""
    building: str = ""
    floor: int | None = None
    kind: str = ""
    status: str = ""
    at_least: Area | None = None


def _own(holder_id: ColumnElement[int] | Any, park_id: int, actor: Actor) -> ColumnElement[bool]:
    """Tell whether the reader may know whose a hold is."""
    if actor.sees_all(park_id):
        return true()
    own = actor.organisations(park_id)
    return holder_id.in_(own) if own else false()


def _term_over(wanted: Wanted) -> ColumnElement[bool]:
    """Tell whether the term of a lease that holds a unit was over. As known earlier, its last version of then says so."""
    if wanted.known is None:
        return _LEASES.c.holdover_from <= wanted.on
    known = and_(_VERSIONS.c.recorded_at <= wanted.known, or_(_VERSIONS.c.withdrawn_at.is_(None), _VERSIONS.c.withdrawn_at > wanted.known))
    last = (
        select(_VERSIONS.c.ends_on)
        .where(_VERSIONS.c.lease_id == _LEASES.c.id, known)
        .order_by(_VERSIONS.c.effective_on.desc(), _VERSIONS.c.number.desc())
        .limit(1)
        .correlate(_LEASES)
        .scalar_subquery()
    )
    return last < wanted.on


def _only_offered(wanted: Wanted) -> ColumnElement[bool]:
    """Tell whether a residency was no more than an offer, and came to nothing if it is not one any more."""
    never = and_(_RESIDENCIES.c.agreed_at.is_(None), _RESIDENCIES.c.state.in_(("offered", "declined", "expired")))
    return never if wanted.known is None else or_(never, _RESIDENCIES.c.agreed_at > wanted.known)


def _status(wanted: Wanted, park_id: int, actor: Actor) -> ColumnElement[str | None]:
    later = aliased(Hold)
    coming = exists().where(
        later.space_id == Space.id,
        later.known(wanted.known),
        later.starts_at > wanted.at,
        later.kind.in_((HoldKind.LEASE.value, HoldKind.RESIDENCY.value)),
        _own(later.holder_id, park_id, actor),
    )
    taken = Hold.id.is_not(None)
    return case(
        (and_(taken, ~_own(Hold.holder_id, park_id, actor)), literal("busy")),
        (and_(Hold.kind == HoldKind.LEASE.value, _term_over(wanted)), literal("holdover")),
        (Hold.kind == HoldKind.LEASE.value, literal("let")),
        (_only_offered(wanted), literal("reserved")),
        (Hold.kind == HoldKind.RESIDENCY.value, literal("resident")),
        (Hold.kind == HoldKind.CLOSURE.value, literal("closed")),
        (taken, literal("booked")),
        (Space.divided.is_(True), null()),
        (coming, literal("reserved")),
        (Particulars.lettable.is_(False), literal("not lettable")),
        else_=literal("vacant" if actor.sees_all(park_id) else "free"),
    )


def statuses(park_id: int, actor: Actor) -> tuple[str, ...]:
    """Return the statuses that the reader may see in the list."""
    if actor.sees_all(park_id):
        return ("vacant", "let", "holdover", "resident", "reserved", "booked", "closed", "not lettable")
    return ("free", "busy", "let", "holdover", "resident", "reserved", "booked", "not lettable")


def _conditions(wanted: Wanted, park_id: int, status: ColumnElement[str | None]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Space.park_id == park_id]
    if wanted.search.strip():
        conditions.append(or_(matches(Space.search, wanted.search), Space.code == wanted.search.strip()))
    if wanted.building:
        conditions.append(Building.code == wanted.building)
    if wanted.floor is not None:
        conditions.append(Floor.level == wanted.floor)
    conditions.append(Particulars.kind == wanted.kind if wanted.kind else Particulars.kind.not_in(APPARATUS))
    if wanted.at_least is not None:
        conditions.append(Particulars.area >= wanted.at_least)
    if wanted.status:
        conditions.append(status == wanted.status)
    return conditions


def spaces(park_id: int, actor: Actor, wanted: Wanted) -> Select[Any]:
    """Return the SELECT of the park's spaces on a day: particulars, status, and for whom the reader may know: holder and document."""
    status = _status(wanted, park_id, actor)
    own = _own(Hold.holder_id, park_id, actor)

    def known(value: Any, label: str) -> Any:
        return case((own, value), else_=null()).label(label)

    shown: tuple[Any, ...] = (
        Space.id.label("space_id"),
        Space.code,
        Space.name_en,
        Space.name_ru,
        Space.name_zh,
        Space.divided,
        Building.code.label("building"),
        Floor.level,
        func.coalesce(func.nullif(Floor.label, ""), "").label("floor"),
        Particulars.kind,
        Particulars.area,
        Particulars.area_basis,
        Particulars.capacity,
        status.label("status"),
        known(Organisation.code, "holder"),
        known(Organisation.name_en, "holder_en"),
        known(Organisation.name_ru, "holder_ru"),
        known(Organisation.name_zh, "holder_zh"),
        known(Hold.kind, "hold_kind"),
        known(Hold.document, "document"),
        known(Hold.ends_at, "ends_at"),
    )
    return (
        select(*shown)
        .select_from(Space)
        .join(Building, Building.id == Space.building_id)
        .join(
            Particulars,
            and_(
                Particulars.space_id == Space.id,
                Particulars.known(wanted.known),
                Particulars.starts_on <= wanted.on,
                Particulars.ends_on > wanted.on,
            ),
        )
        .outerjoin(Floor, Floor.id == Space.floor_id)
        .outerjoin(Hold, and_(Hold.space_id == Space.id, Hold.known(wanted.known), Hold.starts_at <= wanted.at, Hold.ends_at > wanted.at))
        .outerjoin(Organisation, Organisation.id == Hold.holder_id)
        .outerjoin(_LEASES, and_(Hold.kind == HoldKind.LEASE.value, _LEASES.c.number == Hold.document))
        .outerjoin(_RESIDENCIES, and_(Hold.kind == HoldKind.RESIDENCY.value, _RESIDENCIES.c.number == Hold.document))
        .where(*_conditions(wanted, park_id, status))
    )
