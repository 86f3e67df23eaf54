"""Every SELECT on market rents: of a space counts the newest whose day has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import aliased, joinedload

from parkmgr.db import db
from parkmgr.leases.models import MarketRent
from parkmgr.places.models import Building, Particulars, Space
from parkmgr.values import Money


def market_rents(park_id: int, on: date, known: datetime | None = None) -> dict[int, Money]:
    """What would each space of the park let for on a day, a month and square metre, as known at an instant (None: now)?"""
    rows = db.session.execute(
        select(MarketRent.space_id, MarketRent.minor, MarketRent.currency)
        .where(MarketRent.park_id == park_id, MarketRent.from_on <= on, MarketRent.known(known))
        .order_by(MarketRent.from_on, MarketRent.recorded_at, MarketRent.id)
    )
    return {space_id: Money(minor, currency) for space_id, minor, currency in rows}


def _newest(on: date) -> ColumnElement[int]:
    own = aliased(MarketRent)
    wanted = select(own.id).where(own.space_id == Space.id, own.withdrawn_at.is_(None), own.from_on <= on)
    return wanted.order_by(own.from_on.desc(), own.recorded_at.desc(), own.id.desc()).limit(1).correlate(Space).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. unknown: only spaces without one."""

    building: str = ""
    kind: str = ""
    unknown: bool = False


def spaces(park_id: int, on: date, wanted: Wanted) -> Select[Any]:
    """Return the SELECT of the lettable spaces of the park with what they would let for on a day."""
    conditions: list[ColumnElement[bool]] = [Space.park_id == park_id, Particulars.lettable.is_(True), Space.divided.is_(False)]
    if wanted.building:
        conditions.append(Building.code == wanted.building)
    if wanted.kind:
        conditions.append(Particulars.kind == wanted.kind)
    if wanted.unknown:
        conditions.append(MarketRent.id.is_(None))
    shown: tuple[Any, ...] = (
        Space.code,
        Building.code.label("building"),
        Particulars.kind,
        Particulars.area,
        MarketRent.from_on,
        MarketRent.minor,
        MarketRent.currency,
        MarketRent.source,
    )
    then = and_(Particulars.space_id == Space.id, Particulars.withdrawn_at.is_(None), Particulars.starts_on <= on, Particulars.ends_on > on)
    return (
        select(*shown)
        .select_from(Space)
        .join(Building, Building.id == Space.building_id)
        .join(Particulars, then)
        .outerjoin(MarketRent, MarketRent.id == _newest(on))
        .where(*conditions)
    )


def lettable(park_id: int, on: date, *, building: str = "", kind: str = "", code: str = "") -> list[Space]:
    """Which lettable spaces of the park are meant: those of a building and kind, or one by its code?"""
    wanted = (
        select(Space)
        .join(Building, Building.id == Space.building_id)
        .join(Particulars, Particulars.space_id == Space.id)
        .where(
            Space.park_id == park_id,
            Space.divided.is_(False),
            Particulars.withdrawn_at.is_(None),
            Particulars.starts_on <= on,
            Particulars.ends_on > on,
            Particulars.lettable.is_(True),
        )
        .options(joinedload(Space.building))
        .order_by(Space.code)
    )
    for column, value in ((Building.code, building), (Particulars.kind, kind), (Space.code, code)):
        if value:
            wanted = wanted.where(column == value)
    return list(db.session.scalars(wanted))
