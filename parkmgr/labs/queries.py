"""Every question about laboratories, equipment and permits."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true
from sqlalchemy.orm import aliased, joinedload

from parkmgr.accounts.models import User
from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.labs.models import Equipment, Hazard, Lab, LabDocument, Need, Permit, PermitKind, Requirement, StateChange
from parkmgr.labs.rules import REMIND_DAYS, Bench, Demand, EquipmentState, Worker, lapses_on
from parkmgr.labs.rules import Permit as Held
from parkmgr.occupancy import queries as ledger
from parkmgr.organisations.models import Organisation
from parkmgr.people.models import Person
from parkmgr.places.models import Building, Floor, Park, Space
from parkmgr.policy import DEEDS, Actor, Role
from parkmgr.searching import matches
from parkmgr.values import Names, Span


@dataclass(frozen=True, slots=True)
class Place:
    """One space of a laboratory: what it demands, where its permits may be granted (itself, its laboratory), what it needs (id, code)."""

    bench: Bench
    at: tuple[int, ...]
    needs: tuple[tuple[int, str], ...] = ()


def places(space_ids: Collection[int]) -> dict[int, Place]:
    """What do the spaces demand of who works there, and which spaces do they need? A place at a bench: as the bench. In three SELECTs."""
    whole = aliased(Equipment)
    pieces = {
        row.id: row
        for row in db.session.execute(
            select(
                Space.id,
                Space.parent_id,
                func.coalesce(Equipment.state, whole.state).label("state"),
                Lab.space_id.label("lab_space_id"),
            )
            .outerjoin(Equipment, Equipment.space_id == Space.id)
            .outerjoin(whole, and_(whole.space_id == Space.parent_id, Equipment.id.is_(None)))
            .outerjoin(Lab, Lab.id == func.coalesce(Equipment.lab_id, whole.lab_id))
            .where(Space.id.in_(space_ids), or_(Equipment.id.is_not(None), whole.id.is_not(None)))
        )
    }

    def around(id_: int) -> tuple[int, ...]:
        """Return where its permits are granted: itself, the bench that it is a place of, its laboratory."""
        row = pieces.get(id_)
        others = (row.parent_id, row.lab_space_id) if row is not None else ()
        return tuple(dict.fromkeys((id_, *(one for one in others if one))))

    at = {id_: around(id_) for id_ in space_ids}
    demands: dict[int, list[Demand]] = {}
    for space_id, kind in db.session.execute(
        select(Requirement.space_id, PermitKind)
        .join(PermitKind, PermitKind.id == Requirement.kind_id)
        .where(Requirement.space_id.in_({one for of in at.values() for one in of}))
        .order_by(PermitKind.code)
    ):
        demands.setdefault(space_id, []).append(Demand(kind.code, kind.names, kind.how))
    needed: dict[int, list[tuple[int, str]]] = {}
    for space_id, needs_id, code in db.session.execute(
        select(Need.space_id, Need.needs_id, Space.code)
        .join(Space, Space.id == Need.needs_id)
        .where(Need.space_id.in_({one for of in at.values() for one in of}))
        .order_by(Space.code)
    ):
        needed.setdefault(space_id, []).append((needs_id, code))
    return {
        id_: Place(
            Bench(
                EquipmentState(pieces[id_].state) if id_ in pieces else None,
                tuple(dict.fromkeys(each for one in at[id_] for each in demands.get(one, ()))),
            ),
            at[id_],
            tuple(dict.fromkeys(each for one in at[id_] for each in needed.get(one, ()))),
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


# Laboratories


@dataclass(frozen=True, slots=True)
class WantedLabs:
    """Which laboratories a list shows. hazard: a scheme. permit: a kind's code that they ask for."""

    search: str = ""
    building: str = ""
    manager_id: int | None = None
    hazard: str = ""
    permit: str = ""


def labs(park_id: int, wanted: WantedLabs) -> Select[Any]:
    """Return the SELECT of the park's laboratories.

    Rows have: id, code, name_en, name_ru, name_zh, field, building, level, manager, hazards (in one text), pieces and down (how many).
    """
    told = (
        select(func.aggregate_strings(Hazard.scheme + " " + Hazard.value, ", "))
        .where(Hazard.lab_id == Lab.id)
        .correlate(Lab)
        .scalar_subquery()
    )
    standing = Equipment.state != EquipmentState.RETIRED.value
    pieces = select(func.count(Equipment.id)).where(Equipment.lab_id == Lab.id, standing).correlate(Lab).scalar_subquery()
    down = (
        select(func.count(Equipment.id))
        .where(Equipment.lab_id == Lab.id, Equipment.state == EquipmentState.DOWN.value)
        .correlate(Lab)
        .scalar_subquery()
    )
    found = (
        select(
            Lab.id,
            Space.code,
            Space.name_en,
            Space.name_ru,
            Space.name_zh,
            Lab.field,
            Building.code.label("building"),
            Floor.level,
            User.name.label("manager"),
            told.label("hazards"),
            pieces.label("pieces"),
            down.label("down"),
        )
        .join(Space, Space.id == Lab.space_id)
        .join(Building, Building.id == Space.building_id)
        .outerjoin(Floor, Floor.id == Space.floor_id)
        .outerjoin(User, User.id == Lab.manager_id)
        .where(Lab.park_id == park_id)
    )
    if wanted.search.strip():
        text = wanted.search.strip()
        found = found.where(or_(matches(Space.search, text), Lab.field.icontains(text, autoescape=True)))
    if wanted.building:
        found = found.where(Building.code == wanted.building)
    if wanted.manager_id is not None:
        found = found.where(Lab.manager_id == wanted.manager_id)
    if wanted.hazard:
        found = found.where(select(Hazard.id).where(Hazard.lab_id == Lab.id, Hazard.scheme == wanted.hazard).exists())
    if wanted.permit:
        asks = select(Requirement.id).join(PermitKind, PermitKind.id == Requirement.kind_id)
        found = found.where(asks.where(Requirement.space_id == Lab.space_id, PermitKind.code == wanted.permit).exists())
    return found


def lab(park_id: int, code: str) -> Lab:
    """Which laboratory is the space of this code? With its space, building, floor and manager.

    Raises:
        Missing: there is none.
    """
    if not code.isprintable():
        raise Missing
    found = db.session.scalars(
        select(Lab)
        .join(Space, Space.id == Lab.space_id)
        .where(Lab.park_id == park_id, Space.code == code)
        .options(joinedload(Lab.space).joinedload(Space.building), joinedload(Lab.space).joinedload(Space.floor), joinedload(Lab.manager))
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def lab_choices(park_id: int) -> list[tuple[str, str]]:
    """Which laboratories has the park? Codes of their spaces and fields, in order of code."""
    wanted = select(Space.code, Lab.field).join(Lab, Lab.space_id == Space.id).where(Lab.park_id == park_id).order_by(Space.code)
    return [(row[0], row[1]) for row in db.session.execute(wanted)]


def schemes(park_id: int) -> list[str]:
    """Which schemes of hazards are used in the park?"""
    wanted = select(Hazard.scheme).join(Lab, Lab.id == Hazard.lab_id).where(Lab.park_id == park_id).distinct().order_by(Hazard.scheme)
    return list(db.session.scalars(wanted))


def hazards(lab_id: int) -> list[Hazard]:
    """What is dangerous in the laboratory, in order of scheme?"""
    return list(db.session.scalars(select(Hazard).where(Hazard.lab_id == lab_id).order_by(Hazard.scheme, Hazard.value)))


def documents(lab_id: int, *, equipment_id: int | None = None) -> list[LabDocument]:
    """Which documents has the laboratory, or only a piece of its equipment, without the removed ones? In order of title."""
    wanted = select(LabDocument).where(LabDocument.lab_id == lab_id, LabDocument.removed_at.is_(None)).order_by(LabDocument.title)
    if equipment_id is not None:
        wanted = wanted.where(LabDocument.equipment_id == equipment_id)
    return list(db.session.scalars(wanted))


def document(park_id: int, document_id: int) -> tuple[LabDocument, Lab]:
    """Which document of which laboratory has the id? Removed ones too.

    Raises:
        Missing: there is none in this park.
    """
    wanted = select(LabDocument, Lab).join(Lab, Lab.id == LabDocument.lab_id).options(joinedload(Lab.space))
    found = db.session.execute(wanted.where(LabDocument.id == document_id, Lab.park_id == park_id)).one_or_none()
    if found is None:
        raise Missing
    return found[0], found[1]


def reads_documents(actor: Actor, park_id: int, lab_: Lab, now: datetime) -> bool:
    """May the actor read the laboratory's documents? Who keeps laboratories, auditors, and who has the laboratory today."""
    if actor.roles(park_id) & {Role.ADMINISTRATOR, Role.LAB_MANAGER, Role.AUDITOR}:
        return True
    return bool(
        {one.held.holder_id for one in ledger.overlapping([lab_.space_id], Span(now, now + timedelta(microseconds=1)))}
        & actor.organisations(park_id)
    )


# Equipment


@dataclass(frozen=True, slots=True)
class WantedEquipment:
    """Which equipment a list shows. lab: the code of its space. due_by: its calibration is due until then. owner: a code."""

    search: str = ""
    lab: str = ""
    state: str = ""
    owner: str = ""
    due_by: date | None = None
    bookable: bool = False


def equipment(park_id: int, wanted: WantedEquipment) -> Select[Any]:
    """Return the SELECT of the park's equipment; what is retired only when it is asked for.

    Rows have: id, number, name_en, name_ru, name_zh, make, model, serial, contact, state, lab, building, space, owner (code), owner_en,
    owner_ru, owner_zh, calibration_due, warranty_until, bought_on.
    """
    room, own = aliased(Space), aliased(Space)
    shown: tuple[Any, ...] = (
        Equipment.id,
        Equipment.number,
        Equipment.name_en,
        Equipment.name_ru,
        Equipment.name_zh,
        Equipment.make,
        Equipment.model,
        Equipment.serial,
        Equipment.contact,
        Equipment.state,
        room.code.label("lab"),
        Building.code.label("building"),
        own.code.label("space"),
        Organisation.code.label("owner"),
        Organisation.name_en.label("owner_en"),
        Organisation.name_ru.label("owner_ru"),
        Organisation.name_zh.label("owner_zh"),
        Equipment.calibration_due,
        Equipment.warranty_until,
        Equipment.bought_on,
    )
    found = (
        select(*shown)
        .select_from(Equipment)
        .join(Organisation, Organisation.id == Equipment.owner_id)
        .outerjoin(Lab, Lab.id == Equipment.lab_id)
        .outerjoin(room, room.id == Lab.space_id)
        .outerjoin(Building, Building.id == room.building_id)
        .outerjoin(own, own.id == Equipment.space_id)
        .where(Equipment.park_id == park_id)
    )
    if wanted.search.strip():
        text = wanted.search.strip()
        named = (
            Equipment.number,
            Equipment.name_en,
            Equipment.name_ru,
            Equipment.name_zh,
            Equipment.make,
            Equipment.model,
            Equipment.serial,
        )
        found = found.where(or_(*(column.icontains(text, autoescape=True) for column in named)))
    if wanted.lab:
        found = found.where(room.code == wanted.lab)
    if wanted.owner:
        found = found.where(Organisation.code == wanted.owner)
    if wanted.due_by is not None:
        found = found.where(Equipment.calibration_due <= wanted.due_by)
    if wanted.bookable:
        found = found.where(Equipment.space_id.is_not(None))
    state = Equipment.state == wanted.state if wanted.state else Equipment.state != EquipmentState.RETIRED.value
    return found.where(state)


_WHOLE_PIECE = (
    joinedload(Equipment.lab).joinedload(Lab.space),
    joinedload(Equipment.lab).joinedload(Lab.manager),
    joinedload(Equipment.space).joinedload(Space.building),
    joinedload(Equipment.owner),
)


def piece(park_id: int, number: str) -> Equipment:
    """Which piece of equipment has the asset number? With its laboratory, manager, space and owner.

    Raises:
        Missing: there is none.
    """
    if not number.isprintable():
        raise Missing
    wanted = select(Equipment).where(Equipment.park_id == park_id, Equipment.number == number).options(*_WHOLE_PIECE)
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise Missing
    return found


def pieces_of(lab_id: int) -> list[Equipment]:
    """What stands in the laboratory, in order of number, without the retired?"""
    wanted = select(Equipment).where(Equipment.lab_id == lab_id, Equipment.state != EquipmentState.RETIRED.value)
    return list(db.session.scalars(wanted.options(joinedload(Equipment.space), joinedload(Equipment.owner)).order_by(Equipment.number)))


def pieces_at(space_ids: Collection[int]) -> list[Equipment]:
    """Which pieces are the spaces, or the benches that the spaces are places of? In order of number."""
    wholes = select(Space.parent_id).where(Space.id.in_(space_ids), Space.parent_id.is_not(None))
    wanted = select(Equipment).where(or_(Equipment.space_id.in_(space_ids), Equipment.space_id.in_(wholes)))
    return list(db.session.scalars(wanted.options(*_WHOLE_PIECE).order_by(Equipment.number)))


def states(equipment_id: int) -> list[StateChange]:
    """Into which states did the piece come, the last first?"""
    wanted = select(StateChange).where(StateChange.equipment_id == equipment_id)
    return list(db.session.scalars(wanted.order_by(StateChange.at.desc(), StateChange.id.desc())))


def calibrations_due(by: date) -> list[Equipment]:
    """Whose calibration is due until a day, of which the manager was not told yet? In all parks."""
    wanted = select(Equipment).where(
        Equipment.calibration_due <= by,
        or_(Equipment.reminded_for.is_(None), Equipment.reminded_for != Equipment.calibration_due),
        Equipment.state != EquipmentState.RETIRED.value,
    )
    return list(db.session.scalars(wanted.options(*_WHOLE_PIECE).order_by(Equipment.id)))


# What spaces ask for


def requirements(space_ids: Collection[int]) -> list[Requirement]:
    """Which permits do the spaces themselves ask for?"""
    return list(db.session.scalars(select(Requirement).where(Requirement.space_id.in_(space_ids))))


def needs(space_ids: Collection[int]) -> list[Need]:
    """Which spaces do the spaces themselves need?"""
    return list(db.session.scalars(select(Need).where(Need.space_id.in_(space_ids))))


def is_needed_by(space_id: int, other_id: int) -> bool:
    """Does the other space need the space, directly or by others?"""
    found = select(Need.needs_id).where(Need.space_id == other_id).cte("found", recursive=True)
    found = found.union(select(Need.needs_id).join(found, Need.space_id == found.c.needs_id))
    return db.session.scalar(select(found.c.needs_id).where(found.c.needs_id == space_id).limit(1)) is not None


def kinds_asked(space_id: int) -> list[PermitKind]:
    """Which permits does the space itself ask for, in order of code?"""
    wanted = select(PermitKind).join(Requirement, Requirement.kind_id == PermitKind.id).where(Requirement.space_id == space_id)
    return list(db.session.scalars(wanted.order_by(PermitKind.code)))


def spaces_needed(space_id: int) -> list[Space]:
    """Which spaces does the space itself need, in order of code?"""
    return list(
        db.session.scalars(select(Space).join(Need, Need.needs_id == Space.id).where(Need.space_id == space_id).order_by(Space.code))
    )


def asked_at(space_id: int) -> set[str]:
    """Which permits (codes) are asked for at the space, or at anything in the laboratory that it is?"""
    inside = (
        select(Equipment.space_id).join(Lab, Lab.id == Equipment.lab_id).where(Lab.space_id == space_id, Equipment.space_id.is_not(None))
    )
    here = {demand.code for demand in places([space_id])[space_id].bench.demands}
    wanted = select(PermitKind.code).join(Requirement, Requirement.kind_id == PermitKind.id).where(Requirement.space_id.in_(inside))
    return here | set(db.session.scalars(wanted))


# Permits


def kinds(park_id: int) -> list[PermitKind]:
    """Which permits does the park know, in order of code?"""
    return list(db.session.scalars(select(PermitKind).where(PermitKind.park_id == park_id).order_by(PermitKind.code)))


def kind(park_id: int, code: str) -> PermitKind:
    """Which permit has the code?

    Raises:
        Missing: there is none.
    """
    found = db.session.scalars(select(PermitKind).where(PermitKind.park_id == park_id, PermitKind.code == code)).one_or_none()
    if found is None:
        raise Missing
    return found


def asking(park_id: int) -> dict[int, list[tuple[str, bool]]]:
    """Who asks for each permit, by its id? Codes of spaces, and whether each is a laboratory, in order of code."""
    rows = db.session.execute(
        select(Requirement.kind_id, Space.code, Lab.id.is_not(None))
        .join(Space, Space.id == Requirement.space_id)
        .outerjoin(Lab, Lab.space_id == Space.id)
        .where(Space.park_id == park_id)
        .order_by(Space.code)
    )
    found: dict[int, list[tuple[str, bool]]] = {}
    for kind_id, code, is_lab in rows:
        found.setdefault(kind_id, []).append((code, bool(is_lab)))
    return found


def organisation_names(ids: Collection[int]) -> dict[int, Names]:
    """How are the organisations called, by id?"""
    return {one.id: one.names for one in db.session.scalars(select(Organisation).where(Organisation.id.in_(ids)))}


def standing(person_ids: Collection[int], kind_id: int, space: Space | None, today: date) -> list[Permit]:
    """Which permits of the kind have the people for the space (None: everywhere) that hold today? The longest last."""
    where = Permit.space_id.is_(None) if space is None else or_(Permit.space_id.is_(None), Permit.space_id == space.id)
    wanted = select(Permit).where(
        Permit.person_id.in_(person_ids), Permit.kind_id == kind_id, where, Permit.withdrawn_on.is_(None), Permit.until_on >= today
    )
    return list(db.session.scalars(wanted.order_by(Permit.until_on)))


def readable(actor: Actor, deed: str) -> ColumnElement[bool]:
    """Whose permits may the actor do the deed with? A liaison: those of her organisation's people. Needs Person joined."""
    reached: list[ColumnElement[bool]] = []
    for grant in actor.grants:
        if grant.role not in DEEDS[deed].roles:
            continue
        there = true() if grant.park_id is None else Permit.park_id == grant.park_id
        if grant.role is Role.LIAISON:
            there = and_(there, Person.organisation_id == grant.organisation_id)
        reached.append(there)
    return or_(false(), *reached)


@dataclass(frozen=True, slots=True)
class WantedPermits:
    """Which permits a list shows. state: valid | ending | lapsed | ended | withdrawn, or empty for all. within: days, for those ending."""

    search: str = ""
    kind: str = ""
    space: str = ""
    state: str = ""
    within: int = 60


def lapses() -> ColumnElement[Any]:
    """Return since when a permit counts as used: its days without use count from then."""
    return case((Permit.used_on > Permit.granted_on, Permit.used_on), else_=Permit.granted_on)


def _in_state(wanted: WantedPermits, today: date, unused: Iterable[tuple[int, int]]) -> ColumnElement[bool]:
    """Return what picks permits of a state. unused: kinds (id) that lapse, each with its days."""
    stands, ended = Permit.withdrawn_on.is_(None), Permit.until_on < today
    lapsed = or_(false(), *(and_(Permit.kind_id == id_, lapses() < today - timedelta(days=days)) for id_, days in unused))
    soon = today + timedelta(days=wanted.within)
    return {
        "valid": and_(stands, ~ended, ~lapsed),
        "ending": and_(stands, ~ended, Permit.until_on <= soon),
        "lapsed": and_(stands, ~ended, lapsed),
        "ended": and_(stands, ended),
        "withdrawn": Permit.withdrawn_on.is_not(None),
    }.get(wanted.state, true())


def permits(park_id: int, actor: Actor, wanted: WantedPermits, today: date, kinds_: Iterable[PermitKind]) -> Select[Any]:
    """Return the SELECT of the park's permits that the actor may read.

    Rows have: Permit, person (number), kind (code), name_en, name_ru, name_zh (of the kind), unused_days, space, organisation (code),
    of_en, of_ru, of_zh.
    """
    shown: tuple[Any, ...] = (
        Permit,
        Person.number.label("person"),
        PermitKind.code.label("kind"),
        PermitKind.name_en,
        PermitKind.name_ru,
        PermitKind.name_zh,
        PermitKind.unused_days,
        Space.code.label("space"),
        Organisation.code.label("organisation"),
        Organisation.name_en.label("of_en"),
        Organisation.name_ru.label("of_ru"),
        Organisation.name_zh.label("of_zh"),
    )
    found = (
        select(*shown)
        .select_from(Permit)
        .join(Person, Person.id == Permit.person_id)
        .join(Organisation, Organisation.id == Person.organisation_id)
        .join(PermitKind, PermitKind.id == Permit.kind_id)
        .outerjoin(Space, Space.id == Permit.space_id)
        .where(Permit.park_id == park_id, readable(actor, "labs.permits"))
    )
    if wanted.search.strip():
        text = wanted.search.strip()
        found = found.where(
            or_(
                Permit.number.icontains(text, autoescape=True),
                Person.number.icontains(text, autoescape=True),
                matches(Organisation.search, text),
            )
        )
    if wanted.kind:
        found = found.where(PermitKind.code == wanted.kind)
    if wanted.space:
        found = found.where(Space.code == wanted.space)
    if wanted.state:
        found = found.where(_in_state(wanted, today, [(one.id, one.unused_days) for one in kinds_ if one.unused_days is not None]))
    return found


def permit(number: str, actor: Actor, deed: str, *, park: str) -> Permit:
    """Which permit has the number? With its person, kind and space.

    Raises:
        Missing: there is none, or the actor may not do the deed with it.
    """
    if not number.isprintable():
        raise Missing
    wanted = (
        select(Permit)
        .join(Person, Person.id == Permit.person_id)
        .join(Park, Park.id == Permit.park_id)
        .where(Permit.number == number, Park.code == park, readable(actor, deed))
        .options(joinedload(Permit.person), joinedload(Permit.kind), joinedload(Permit.space))
    )
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise Missing
    return found


def holders(space_ids: Collection[int], codes: Collection[str], actor: Actor, today: date) -> list[tuple[Permit, str]]:
    """Who has the permits that a laboratory and what stands in it ask for, as far as the actor may read? With the organisation's code."""
    rows = db.session.execute(
        select(Permit, Organisation.code)
        .join(Person, Person.id == Permit.person_id)
        .join(Organisation, Organisation.id == Person.organisation_id)
        .join(PermitKind, PermitKind.id == Permit.kind_id)
        .where(
            PermitKind.code.in_(codes),
            or_(Permit.space_id.is_(None), Permit.space_id.in_(space_ids)),
            Permit.withdrawn_on.is_(None),
            Permit.until_on >= today,
            readable(actor, "labs.permits"),
        )
        .options(joinedload(Permit.person), joinedload(Permit.kind), joinedload(Permit.space))
        .order_by(PermitKind.code, Permit.until_on.desc(), Permit.id)
    )
    return [(row[0], row[1]) for row in rows]


def to_remind(today: date) -> list[Permit]:
    """Which permits may their people have to be told of, in all parks? Those that end soon, and those that lapse soon."""
    ends = today + timedelta(days=max(REMIND_DAYS))
    wanted = (
        select(Permit)
        .join(PermitKind, PermitKind.id == Permit.kind_id)
        .where(
            Permit.withdrawn_on.is_(None),
            Permit.until_on >= today,
            or_(Permit.until_on <= ends, PermitKind.unused_days.is_not(None)),
        )
        .options(joinedload(Permit.person).joinedload(Person.user), joinedload(Permit.kind), joinedload(Permit.space))
        .order_by(Permit.id)
    )
    return list(db.session.scalars(wanted))


# Who has the instruments


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody has an instrument then. document empty: the reader may know only that it is busy."""

    space: str
    span: Span
    kind: str
    document: str
    holder: Names | None


def sessions(space_ids: Collection[int], window: Span, park_id: int, actor: Actor, *, most: int = 20) -> list[Session]:
    """Who has the spaces in a window, in order of time? Of others, who may not know them, only that they are busy."""
    if not space_ids:
        return []
    overlaps = ledger.overlapping(space_ids, window)
    codes = {row.id: row.code for row in db.session.execute(select(Space.id, Space.code).where(Space.id.in_(space_ids)))}
    decides = bool(actor.roles(park_id) & {Role.LAB_MANAGER, Role.ADMINISTRATOR, Role.AUDITOR})
    own = actor.organisations(park_id)
    found: dict[tuple[str, str], Session] = {}
    for overlap in sorted(overlaps, key=lambda each: (each.held.starts_at, each.held.document)):
        held = overlap.held
        known = decides or held.holder_id in own or held.kind == "closure"
        one = Session(
            codes[overlap.asked_id],
            held.span,
            held.kind,
            held.document if known else "",
            held.holder if known else None,
        )
        found.setdefault((codes[overlap.asked_id], held.document), one)
    return list(found.values())[:most]


# What the clock brings


def permit_of_id(permit_id: int) -> Permit:
    """Which permit has the id? With its person, their account, kind and space."""
    whole = (joinedload(Permit.person).joinedload(Person.user), joinedload(Permit.kind), joinedload(Permit.space))
    return db.session.scalars(select(Permit).where(Permit.id == permit_id).options(*whole)).one()


def piece_of_id(equipment_id: int) -> Equipment:
    """Which piece of equipment has the id? With its laboratory, manager, space and owner."""
    return db.session.scalars(select(Equipment).where(Equipment.id == equipment_id).options(*_WHOLE_PIECE)).one()


def managers_asking(kind_id: int, space_id: int | None) -> list[User]:
    """Who runs the laboratory that a permit was granted for, or where it is asked for only at one?"""
    asks = select(Requirement.space_id).where(Requirement.kind_id == kind_id)
    if space_id is not None:
        asks = asks.where(Requirement.space_id == space_id)
    inside = select(Equipment.lab_id).where(Equipment.space_id.in_(asks))
    wanted = select(User).join(Lab, Lab.manager_id == User.id).where(or_(Lab.space_id.in_(asks), Lab.id.in_(inside))).distinct()
    found = list(db.session.scalars(wanted.order_by(User.id)))
    return found if space_id is not None or len(found) == 1 else []
