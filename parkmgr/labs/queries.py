"""Every question about laboratories, equipment and permits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import or_, select

from parkmgr.db import db
from parkmgr.labs.models import Equipment, Lab, Need, Permit, PermitKind, Requirement
from parkmgr.labs.rules import Bench, Demand, EquipmentState, Worker, lapses_on
from parkmgr.labs.rules import Permit as Held
from parkmgr.organisations.models import Organisation
from parkmgr.people.models import Person
from parkmgr.places.models import Space


@dataclass(frozen=True, slots=True)
class Place:
    """One space of a laboratory: what it demands, where its permits may be granted (itself, its laboratory), what it needs (id, code)."""

    bench: Bench
    at: tuple[int, ...]
    needs: tuple[tuple[int, str], ...] = ()


def places(space_ids: Collection[int]) -> dict[int, Place]:
    """What do the spaces demand of who works there, and which spaces do they need? In three SELECTs."""
    pieces = {
        row.space_id: (EquipmentState(row.state), row.lab_space_id)
        for row in db.session.execute(
            select(Equipment.space_id, Equipment.state, Lab.space_id.label("lab_space_id"))
            .outerjoin(Lab, Lab.id == Equipment.lab_id)
            .where(Equipment.space_id.in_(space_ids))
        )
    }
    at = {id_: tuple(dict.fromkeys((id_, *(one for one in (pieces.get(id_, (None, None))[1],) if one)))) for id_ in space_ids}
    demands: dict[int, list[Demand]] = {}
    for space_id, kind in db.session.execute(
        select(Requirement.space_id, PermitKind)
        .join(PermitKind, PermitKind.id == Requirement.kind_id)
        .where(Requirement.space_id.in_({one for of in at.values() for one in of}))
        .order_by(PermitKind.code)
    ):
        demands.setdefault(space_id, []).append(Demand(kind.code, kind.names, kind.how))
    needs: dict[int, list[tuple[int, str]]] = {}
    for space_id, needs_id, code in db.session.execute(
        select(Need.space_id, Need.needs_id, Space.code).join(Space, Space.id == Need.needs_id).where(Need.space_id.in_(space_ids))
    ):
        needs.setdefault(space_id, []).append((needs_id, code))
    return {
        id_: Place(
            Bench(
                pieces[id_][0] if id_ in pieces else None, tuple(dict.fromkeys(each for one in at[id_] for each in demands.get(one, ())))
            ),
            at[id_],
            tuple(needs.get(id_, ())),
        )
        for id_ in space_ids
    }


def workers(person_ids: Collection[int], at: dict[int, Place]) -> dict[tuple[int, int], Worker]:
    """Who are the people, and which permits count for them at each space, by (person, space)? In two SELECTs at most."""
    people = db.session.execute(
        select(Person.id, Person.number, Organisation.code)
        .join(Organisation, Organisation.id == Person.organisation_id)
        .where(Person.id.in_(person_ids), Person.erased_at.is_(None))
    ).all()
    codes = {demand.code for place in at.values() for demand in place.bench.demands}
    spaces = {one for place in at.values() for one in place.at}
    held = (
        db.session.execute(
            select(Permit, PermitKind.code, PermitKind.unused_days)
            .join(PermitKind, PermitKind.id == Permit.kind_id)
            .where(
                Permit.person_id.in_([row.id for row in people]),
                Permit.withdrawn_on.is_(None),
                PermitKind.code.in_(codes),
                or_(Permit.space_id.is_(None), Permit.space_id.in_(spaces)),
            )
            .order_by(Permit.until_on)
        ).all()
        if codes and people
        else []
    )
    found = {}
    for person_id, number, organisation in people:
        for space_id, place in at.items():
            mine = {
                code: Held(permit.number, permit.until_on, lapses_on(permit.granted_on, permit.used_on, unused), unused or 0)
                for permit, code, unused in held
                if permit.person_id == person_id and (permit.space_id is None or permit.space_id in place.at)
            }
            found[person_id, space_id] = Worker(person_id, number, organisation, mine)
    return found


def permits_used(person_ids: Collection[int], place: Place) -> list[Permit]:
    """Which permits of the people are used by working at a place?"""
    codes = [demand.code for demand in place.bench.demands]
    if not codes or not person_ids:
        return []
    return list(
        db.session.scalars(
            select(Permit)
            .join(PermitKind, PermitKind.id == Permit.kind_id)
            .where(
                Permit.person_id.in_(person_ids),
                Permit.withdrawn_on.is_(None),
                PermitKind.code.in_(codes),
                or_(Permit.space_id.is_(None), Permit.space_id.in_(place.at)),
            )
        )
    )
