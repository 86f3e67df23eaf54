"""Questions about rules, features and doors that only their pages ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from parkmgr.bookings.models import Booking, Door, Feature, SpaceFeature
from parkmgr.bookings.queries import secret_of
from parkmgr.bookings.rules import State
from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.occupancy import queries as ledger
from parkmgr.occupancy.models import BY_THE_HOUR
from parkmgr.places.models import Building, Park, Space
from parkmgr.values import Span


def space_features(space_id: int) -> list[SpaceFeature]:
    """Which features has the space, as rows?"""
    return list(db.session.scalars(select(SpaceFeature).where(SpaceFeature.space_id == space_id)))


def space_codes(space_ids: list[int]) -> dict[int, str]:
    """Which codes have the spaces?"""
    return {row.id: row.code for row in db.session.execute(select(Space.id, Space.code).where(Space.id.in_(space_ids)))}


@dataclass(frozen=True, slots=True)
class Counted:
    """A feature, how many spaces have it, and how many pieces there are."""

    feature: Feature
    spaces: int
    pieces: int


def features_counted(park_id: int) -> list[Counted]:
    """Which features have the park's spaces, how many spaces and how many pieces, in order of code?"""
    rows = db.session.execute(
        select(Feature, func.count(SpaceFeature.id), func.coalesce(func.sum(SpaceFeature.quantity), 0))
        .outerjoin(SpaceFeature, SpaceFeature.feature_id == Feature.id)
        .where(Feature.park_id == park_id)
        .group_by(Feature.id)
        .order_by(Feature.code)
    )
    return [Counted(row[0], int(row[1]), int(row[2])) for row in rows]


def bookable(park_id: int) -> list[tuple[str, str, str]]:
    """Which spaces of the park can be booked, with their buildings, and which features (by code) have they? In order of code."""
    spaces = db.session.execute(
        select(Space.id, Space.code, Building.code.label("building"))
        .join(Building, Building.id == Space.building_id)
        .where(Space.park_id == park_id, Space.bookable)
        .order_by(Space.code)
    ).all()
    had: dict[int, list[str]] = {}
    for row in db.session.execute(
        select(SpaceFeature.space_id, Feature.code, SpaceFeature.quantity)
        .join(Feature, Feature.id == SpaceFeature.feature_id)
        .where(Feature.park_id == park_id)
        .order_by(Feature.code)
    ):
        had.setdefault(row.space_id, []).append(row.code if row.quantity == 1 else f"{row.quantity} × {row.code}")
    return [(row.code, row.building, ", ".join(had.get(row.id, ()))) for row in spaces]


# Doors


def _doors() -> Select[Door]:
    return select(Door).options(
        joinedload(Door.space, innerjoin=True).joinedload(Space.building, innerjoin=True), joinedload(Door.organisation, innerjoin=True)
    )


def doors(park_id: int) -> list[Door]:
    """Which doors of the park show what is on, in order of their spaces?"""
    return list(
        db.session.scalars(
            _doors()
            .join(Space, Space.id == Door.space_id)
            .where(Door.park_id == park_id, Door.revoked_at.is_(None))
            .order_by(Space.code, Door.id)
        )
    )


def door_of(park_id: int, door_id: int) -> Door:
    """Which door of the park has the id?

    Raises:
        Missing: none that is not revoked.
    """
    found = db.session.scalars(_doors().where(Door.id == door_id, Door.park_id == park_id, Door.revoked_at.is_(None))).one_or_none()
    if found is None:
        raise Missing
    return found


def door(token: str) -> tuple[Door, Park]:
    """Which door has this secret address, and in which park?

    Raises:
        Missing: none, or it was revoked.
    """
    found = db.session.scalars(_doors().where(Door.token == secret_of(token), Door.revoked_at.is_(None))).one_or_none()
    if found is None:
        raise Missing
    return found, db.session.get_one(Park, found.park_id)


def confirmed_at(space_id: int, now: datetime, opens: datetime) -> Booking | None:
    """Which confirmed booking of the space, of its parts or of its whole runs now, or begins by *opens*? None while somebody is in."""
    near = ledger.overlapping([space_id], Span(now, opens + timedelta(seconds=1)))
    numbers = {overlap.held.document for overlap in near if overlap.held.kind in BY_THE_HOUR}
    listed = db.session.scalars(
        select(Booking)
        .where(
            Booking.number.in_(numbers),
            Booking.state.in_((State.CONFIRMED.value, State.CHECKED_IN.value)),
            Booking.starts_at <= opens,
            Booking.ends_at > now,
        )
        .options(joinedload(Booking.park), joinedload(Booking.space), joinedload(Booking.organisation), joinedload(Booking.user))
        .order_by(Booking.starts_at, Booking.id)
    ).all()
    return next((booking for booking in listed if booking.state == State.CONFIRMED), None)


def taken(space_id: int, span: Span) -> list[Span]:
    """When is the space, or a part of it, held within a time? Joined where holds touch, in order."""
    found: list[Span] = []
    for overlap in ledger.overlapping([space_id], span):
        held = overlap.held.span
        if found and held.starts_at <= found[-1].ends_at:
            found[-1] = Span(found[-1].starts_at, max(found[-1].ends_at, held.ends_at))
        else:
            found.append(held)
    return found
