"""Every question about places. Each is one SELECT."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    cast,
    column,
    exists,
    func,
    or_,
    select,
    table,
    true,
    type_coerce,
)
from sqlalchemy.orm import aliased, joinedload

from parkmgr.db import AreaColumn, Instant, db
from parkmgr.errors import Missing
from parkmgr.places.models import Building, Floor, Park, Particulars, Space, Succession
from parkmgr.places.rules import Facts, Particular, Stretch
from parkmgr.policy import Actor
from parkmgr.searching import matches
from parkmgr.values import FOREVER, NO_AREA, Area, Names, Span, last_day, midnight

# Whether a space is taken decides whether it may be retired, and stands in the tables of slices above this one.
# They are spoken of by name only: to import their models from here would turn the rank around.
_HOLDS = table(
    "holds", column("space_id", Integer), column("park_id", Integer), column("ends_at", Instant()), column("withdrawn_at", Instant())
)
_LEASE_SPACES = table("lease_spaces", column("space_id", Integer))


def parks_of(actor: Actor) -> list[Park]:
    """Which parks may the actor see, in order of code?"""
    allowed = actor.parks("places.parks")
    wanted = select(Park).order_by(Park.code)
    return list(db.session.scalars(wanted if allowed is None else wanted.where(Park.id.in_(allowed))))


def park(code: str, actor: Actor, deed: str = "places.parks") -> Park:
    """Which park has the code, if the actor may do *deed* in it?

    Raises:
        Missing: there is none, or it is not the actor's.
    """
    found = db.session.scalars(select(Park).where(Park.code == code)).one_or_none()
    if found is None or not actor.may(deed, found.id):
        raise Missing
    return found


@dataclass(frozen=True, slots=True)
class ParkCounts:
    """A park and how much is in it."""

    park: Park
    buildings: int
    spaces: int


def parks(actor: Actor, on: date) -> list[ParkCounts]:
    """Which parks may the actor see, and how many buildings and spaces (units that exist on the day) are in each?"""
    allowed = actor.parks("places.parks")
    buildings = select(func.count(Building.id)).where(Building.park_id == Park.id).correlate(Park).scalar_subquery()
    spaces = (
        select(func.count(Space.id))
        .join(Particulars, now_of(on))
        .where(Space.park_id == Park.id, Space.divided.is_(False))
        .correlate(Park)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Park, buildings, spaces).where(true() if allowed is None else Park.id.in_(allowed)).order_by(Park.code)
    )
    return [ParkCounts(*row) for row in rows]


def now_of(on: date, known: datetime | None = None) -> Any:
    """Join particulars to their space: those that hold on a day, as known at an instant (None: now)."""
    return and_(Particulars.space_id == Space.id, Particulars.known(known), Particulars.starts_on <= on, Particulars.ends_on > on)


def known_area() -> ColumnElement[Area | None]:
    """Return the sum of the measured areas; None when none is. Why the cast: PostgreSQL sums integers to numerics."""
    return type_coerce(cast(func.sum(Particulars.area), BigInteger), AreaColumn())


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


def space(park_id: int, code: str) -> Space:
    """Which space of the park has the code? With its park, building, floor and parent.

    Raises:
        Missing: there is none.
    """
    found = _spaces(Space.park_id == park_id, Space.code == code)
    if not found:
        raise Missing
    return found[0]


def _spaces(*wanted: Any) -> list[Space]:
    return list(
        db.session.scalars(
            select(Space)
            .options(joinedload(Space.park), joinedload(Space.building), joinedload(Space.floor), joinedload(Space.parent))
            .where(*wanted)
            .order_by(Space.code)
        )
    )


def spaces_by_code(park_id: int, codes: Collection[str]) -> dict[str, Space]:
    """Which spaces of the park have the codes?"""
    return {found.code: found for found in _spaces(Space.park_id == park_id, Space.code.in_(codes))}


def spaces_of_ids(space_ids: Collection[int]) -> list[Space]:
    """Which spaces have the ids, in order of code?"""
    return _spaces(Space.id.in_(space_ids))


def parts(space_id: int) -> list[Space]:
    """Which parts does the space have, in order of code?"""
    return _spaces(Space.parent_id == space_id)


def building_choices(park_id: int) -> list[tuple[str, Names]]:
    """Which buildings does the park have? Codes and names, in order of code."""
    rows = db.session.execute(
        select(Building.code, Building.name_en, Building.name_ru, Building.name_zh)
        .where(Building.park_id == park_id)
        .order_by(Building.code)
    )
    return [(row[0], Names(*row[1:])) for row in rows]


def floor(building_id: int, level: int) -> Floor | None:
    """Which floor of the building has the level?"""
    return db.session.scalars(select(Floor).where(Floor.building_id == building_id, Floor.level == level)).one_or_none()


def buildings(park_id: int, on: date, known: datetime | None = None, *, search: str = "", use: str = "") -> Select[Any]:
    """Return the SELECT of the park's buildings with floors, units on a day, their known area, and how many are not measured.

    known: as the register knew it at an instant; None for now. What is declared of a building is as it is now.
    """
    floors = select(func.count(Floor.id)).where(Floor.building_id == Building.id).correlate(Building).scalar_subquery()
    units = (
        select(
            Space.building_id,
            func.count(Space.id).label("spaces"),
            known_area().label("known"),
            (func.count(Space.id) - func.count(Particulars.area)).label("unmeasured"),
        )
        .join(Particulars, now_of(on, known))
        .where(Space.park_id == park_id, Space.divided.is_(False))
        .group_by(Space.building_id)
        .subquery()
    )
    wanted = [Building.park_id == park_id]
    if search.strip():
        wanted.append(matches(Building.search, search))
    if use:
        wanted.append(Building.use == use)
    return (
        select(
            Building.code,
            Building.name_en,
            Building.name_ru,
            Building.name_zh,
            Building.use,
            Building.area,
            Building.area_basis,
            floors.label("floors"),
            func.coalesce(units.c.spaces, 0).label("spaces"),
            units.c.known,
            func.coalesce(units.c.unmeasured, 0).label("unmeasured"),
        )
        .outerjoin(units, units.c.building_id == Building.id)
        .where(*wanted)
    )


@dataclass(frozen=True, slots=True)
class FloorCounts:
    """A floor and its units on a day. level None: units of no floor. area: of the measured ones."""

    level: int | None
    label: str
    units: int
    area: Area
    unmeasured: int


def floors(building_id: int, on: date, known: datetime | None = None) -> list[FloorCounts]:
    """Which floors does the building have, and how many units with how much known area are on each? The top floor first."""
    rows = db.session.execute(
        select(
            Floor.level,
            Floor.label,
            func.count(Particulars.id),
            known_area(),
            func.count(Particulars.id) - func.count(Particulars.area),
        )
        .select_from(Space)
        .join(Particulars, now_of(on, known))
        .join(Floor, Floor.id == Space.floor_id, isouter=True)
        .where(Space.building_id == building_id, Space.divided.is_(False))
        .group_by(Floor.level, Floor.label)
    ).all()
    listed = [FloorCounts(row[0], row[1] or "", row[2], row[3] or NO_AREA, row[4]) for row in rows]
    return sorted(listed, key=lambda counts: (counts.level is None, -(counts.level or 0)))


def particulars(space_id: int, known: datetime | None = None) -> list[Particulars]:
    """What is the space from which day, as known at an instant (None: now), in order of time?"""
    return particulars_of([space_id], known).get(space_id, [])


def particulars_of(space_ids: Collection[int], known: datetime | None = None) -> dict[int, list[Particulars]]:
    """What is each of the spaces from which day, as known at an instant (None: now), in order of time?"""
    found: dict[int, list[Particulars]] = {}
    for row in db.session.scalars(
        select(Particulars)
        .where(Particulars.space_id.in_(space_ids), Particulars.known(known))
        .order_by(Particulars.space_id, Particulars.starts_on)
    ):
        found.setdefault(row.space_id, []).append(row)
    return found


def every_particular(space_id: int) -> list[Particulars]:
    """What was ever recorded of the space, also what was withdrawn since, latest knowledge first?"""
    return list(
        db.session.scalars(
            select(Particulars)
            .where(Particulars.space_id == space_id)
            .order_by(Particulars.recorded_at.desc(), Particulars.starts_on.desc(), Particulars.id.desc())
        )
    )


def stretches(rows: Iterable[Particulars]) -> tuple[Stretch, ...]:
    """Return the rows as values."""
    return tuple(
        Stretch(row.starts_on, row.ends_on, Particular(row.kind, row.lettable, row.area, row.area_basis, row.capacity)) for row in rows
    )


def _tree(space_ids: Collection[int]) -> CTE:
    roots = select(Space.id.label("root_id"), Space.id.label("space_id")).where(Space.id.in_(space_ids))
    tree = roots.cte("tree", recursive=True)
    part = aliased(Space)
    return tree.union_all(select(tree.c.root_id, part.id).where(part.parent_id == tree.c.space_id))


def with_parts(space_ids: Collection[int]) -> list[int]:
    """Which spaces are these and all their parts and parts' parts, in id order?"""
    return sorted(set(db.session.scalars(select(_tree(space_ids).c.space_id))))


def lock(space_ids: Collection[int]) -> None:
    """Ask for the rows of the spaces in id order, to be ours until the transaction ends: nobody takes them meanwhile.

    Why in order: two writers queue, and never deadlock. SQLite's transaction has the whole database already.
    """
    db.session.execute(select(Space.id).where(Space.id.in_(sorted(space_ids))).order_by(Space.id).with_for_update(key_share=True)).all()


def facts(spaces: Sequence[Space]) -> list[Facts]:
    """What bears on letting each of the spaces go: what it is from when, until when anybody has it or a part of it?"""
    by_id = particulars_of([found.id for found in spaces])
    tree = _tree([found.id for found in spaces])
    ends = {
        row[0]: row[1]
        for row in db.session.execute(
            select(tree.c.root_id, func.max(_HOLDS.c.ends_at, type_=Instant()))
            .select_from(tree)
            .join(_HOLDS, _HOLDS.c.space_id == tree.c.space_id)
            .where(_HOLDS.c.withdrawn_at.is_(None))
            .group_by(tree.c.root_id)
        )
    }
    zones = {found.id: found.zone for found in db.session.scalars(select(Park).where(Park.id.in_({found.park_id for found in spaces})))}
    return [
        Facts(found.code, stretches(by_id.get(found.id, ())), _last_held(ends.get(found.id), zones[found.park_id]), found.divided)
        for found in spaces
    ]


def _last_held(ends_at: datetime | None, zone: Any) -> date | None:
    if ends_at is None:
        return None
    if ends_at >= FOREVER:
        return date.max
    return last_day(Span(midnight(date(1, 1, 2), zone), ends_at), zone)


def ever_held(space_id: int) -> bool:
    """Was the space ever taken, also by what was withdrawn?"""
    return bool(db.session.scalar(select(exists().where(_HOLDS.c.space_id == space_id))))


def in_a_lease(space_id: int) -> bool:
    """Does any version of any lease name the space?"""
    return bool(db.session.scalar(select(exists().where(_LEASE_SPACES.c.space_id == space_id))))


def park_held(park_id: int) -> bool:
    """Was any space of the park ever taken?"""
    return bool(db.session.scalar(select(exists().where(_HOLDS.c.park_id == park_id))))


@dataclass(frozen=True, slots=True)
class Succeeded:
    """A space that came before or after another, on a day."""

    code: str
    on: date
    came_before: bool


def successions(space_id: int) -> list[Succeeded]:
    """Which spaces came before this one and which after it, in order of time?"""
    other = aliased(Space)
    rows = db.session.execute(
        select(other.code, Succession.on, Succession.new_id)
        .join(
            other,
            or_(
                and_(other.id == Succession.old_id, Succession.new_id == space_id),
                and_(other.id == Succession.new_id, Succession.old_id == space_id),
            ),
        )
        .where(or_(Succession.old_id == space_id, Succession.new_id == space_id))
        .order_by(Succession.on, other.code)
    )
    return [Succeeded(row[0], row[1], row[2] == space_id) for row in rows]


def taken_codes(park_id: int, codes: Collection[str]) -> set[str]:
    """Which of the codes do spaces of the park have already?"""
    return set(db.session.scalars(select(Space.code).where(Space.park_id == park_id, Space.code.in_(codes))))
