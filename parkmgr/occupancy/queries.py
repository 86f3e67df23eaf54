"""Every question to the ledger. Each is one SELECT."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import CTE, ColumnElement, Row, Select, and_, bindparam, func, or_, select, true, union_all
from sqlalchemy.orm import aliased

from parkmgr.db import Instant, Key, db
from parkmgr.occupancy.models import BY_THE_HOUR, Hold
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Building, Particulars, Space
from parkmgr.values import FOREVER, Area, Names, Span, day_of, last_day


@dataclass(frozen=True, slots=True)
class Held:
    """A unit is held. ends_at is FOREVER for what has no end; withdrawn_at is None for what still counts."""

    space_id: int
    holder_id: int
    holder: Names
    kind: str
    document: str
    starts_at: datetime
    ends_at: datetime
    recorded_at: datetime
    withdrawn_at: datetime | None = None

    @property
    def span(self) -> Span:
        """Its instants."""
        return Span(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class Overlap:
    """A hold on a unit of the space that was asked about."""

    asked_id: int
    held: Held


@dataclass(frozen=True, slots=True)
class FreeUnit:
    """A unit that nobody has in the span. free_until is FOREVER when nothing follows."""

    space_id: int
    code: str
    names: Names | None
    building_id: int
    building: str
    kind: str
    area: Area | None
    capacity: int | None
    free_until: datetime


_HELD = (
    Hold.space_id,
    Hold.holder_id,
    Organisation.name_en,
    Organisation.name_ru,
    Organisation.name_zh,
    Hold.kind,
    Hold.document,
    Hold.starts_at,
    Hold.ends_at,
    Hold.recorded_at,
    Hold.withdrawn_at,
)


def _held(row: Row[*tuple[object, ...]] | tuple[object, ...]) -> Held:
    space_id, holder_id, english, russian, chinese, *rest = row
    return Held(space_id, holder_id, Names(english, russian, chinese), *rest)  # type: ignore[arg-type]


@cache
def _tree() -> CTE:
    """Return the spaces asked about (the parameter space_ids) and all their parts, each under the one that was asked about (root_id).

    Why made once: every deed of letting asks several times, and writing the expression costs more than the answer.
    """
    wanted = Space.id.in_(bindparam("space_ids", expanding=True))
    roots = select(Space.id.label("root_id"), Space.id.label("space_id"), Space.divided.label("divided")).where(wanted)
    tree = roots.cte("tree", recursive=True)
    part = aliased(Space)
    return tree.union_all(
        select(tree.c.root_id, part.id, part.divided).where(part.parent_id == tree.c.space_id),
    )


def units(space_ids: Collection[int]) -> dict[int, list[int]]:
    """Which units does each of the spaces consist of? Itself, or its parts that have no parts, in id order."""
    found: dict[int, list[int]] = {space_id: [] for space_id in space_ids}
    tree = _tree()
    rows = db.session.execute(
        select(tree.c.root_id, tree.c.space_id).where(tree.c.divided.is_(False)).order_by(tree.c.root_id, tree.c.space_id),
        {"space_ids": list(space_ids)},
    )
    for root_id, space_id in rows:
        found[root_id].append(space_id)
    return found


def holders(park_id: int, at: datetime, known: datetime | None = None) -> dict[int, Held]:
    """Who holds each unit of the park at an instant, as known at an instant (None: now)? Units that nobody holds are not in it.

    Why by way of the spaces: the covering index of the ledger begins with the unit.
    """
    rows = db.session.execute(
        select(*_HELD)
        .select_from(Space)
        .join(Hold, Hold.space_id == Space.id)
        .join(Organisation, Organisation.id == Hold.holder_id)
        .where(Space.park_id == park_id, Hold.starts_at <= at, Hold.ends_at > at, Hold.known(known))
    )
    return {row[0]: _held(row) for row in rows}


def _last_end_before(until: datetime) -> ColumnElement[datetime]:
    """Return when the last hold ends that starts before an instant: holds of a unit never overlap, so only that one can be in the way."""
    return (
        select(Hold.ends_at)
        .where(Hold.space_id == Space.id, Hold.withdrawn_at.is_(None), Hold.starts_at < until)
        .order_by(Hold.starts_at.desc())
        .limit(1)
        .correlate(Space)
        .scalar_subquery()
    )


def _next_start(since: datetime) -> ColumnElement[datetime]:
    return (
        select(Hold.starts_at)
        .where(Hold.space_id == Space.id, Hold.withdrawn_at.is_(None), Hold.starts_at >= since)
        .order_by(Hold.starts_at)
        .limit(1)
        .correlate(Space)
        .scalar_subquery()
    )


def free_units(
    park_id: int,
    span: Span,
    *,
    zone: ZoneInfo,
    kind: str = "",
    at_least: Area | None = None,
    capacity: int | None = None,
    building_id: int | None = None,
    lettable: bool | None = True,
) -> list[FreeUnit]:
    """Which units of the park exist through *span* and are held by nobody in it? Smallest area first, unmeasured ones last.

    kind, at_least and capacity are asked of what the unit is on the first day. lettable None: also what is not let.
    """
    in_the_way = _last_end_before(span.ends_at)
    wanted: list[ColumnElement[bool]] = [
        Space.park_id == park_id,
        Space.divided.is_(False),
        or_(in_the_way.is_(None), in_the_way <= span.starts_at),
        _goes_on_until(last_day(span, zone)),
    ]
    if kind:
        wanted.append(Particulars.kind == kind)
    if at_least is not None:
        wanted.append(Particulars.area >= at_least)
    if capacity is not None:
        wanted.append(Particulars.capacity >= capacity)
    if building_id is not None:
        wanted.append(Space.building_id == building_id)
    if lettable is not None:
        wanted.append(Particulars.lettable.is_(lettable))
    first = day_of(span.starts_at, zone)
    rows = db.session.execute(
        select(
            Space.id,
            Space.code,
            Space.name_en,
            Space.name_ru,
            Space.name_zh,
            Space.building_id,
            Building.code,
            Particulars.kind,
            Particulars.area,
            Particulars.capacity,
            _next_start(span.ends_at),
        )
        .join(Building, Building.id == Space.building_id)
        .join(
            Particulars,
            and_(
                Particulars.space_id == Space.id,
                Particulars.withdrawn_at.is_(None),
                Particulars.starts_on <= first,
                Particulars.ends_on > first,
            ),
        )
        .where(*wanted)
        .order_by(Particulars.area.is_(None), Particulars.area, Space.code)
    )
    return [
        FreeUnit(
            row[0],
            row[1],
            Names(*row[2:5]) if any(row[2:5]) else None,
            row[5],
            row[6],
            row[7],
            row[8],
            row[9],
            FOREVER if row[10] is None else row[10],
        )
        for row in rows
    ]


def _goes_on_until(last: date | None) -> ColumnElement[bool]:
    later = aliased(Particulars)
    beyond = date.max if last is None else last + timedelta(days=1)
    return (
        select(later.id).where(later.space_id == Space.id, later.withdrawn_at.is_(None), later.ends_on >= beyond).correlate(Space).exists()
    )


def free_until(space_id: int, at: datetime) -> datetime | None:
    """Until when is the whole space free from an instant on? FOREVER when nothing follows; None when some of it is held then."""
    tree = _tree()
    first = db.session.execute(
        select(Hold.starts_at)
        .join(tree, tree.c.space_id == Hold.space_id)
        .where(Hold.withdrawn_at.is_(None), Hold.ends_at > at)
        .order_by(Hold.starts_at)
        .limit(1),
        {"space_ids": [space_id]},
    ).scalar_one_or_none()
    if first is None:
        return FOREVER
    return None if first <= at else first


@cache
def _in_the_way() -> Select[*tuple[object, ...]]:
    """Return the SELECT of the holds on the units (parameter units) in [starts_at, ends_at). Made once, as _tree is."""
    wanted = bindparam("units", expanding=True, type_=Key)
    starts_at, ends_at = bindparam("starts_at", type_=Instant), bindparam("ends_at", type_=Instant)
    earlier = aliased(Hold)
    last_before = (
        select(earlier.id)
        .where(earlier.space_id == Space.id, earlier.withdrawn_at.is_(None), earlier.starts_at < starts_at)
        .order_by(earlier.starts_at.desc())
        .limit(1)
        .correlate(Space)
        .scalar_subquery()
    )
    reaching_in = select(Hold.id).where(Hold.id.in_(select(last_before).where(Space.id.in_(wanted))), Hold.ends_at > starts_at)
    starting_in = select(Hold.id).where(
        Hold.space_id.in_(wanted), Hold.withdrawn_at.is_(None), Hold.starts_at >= starts_at, Hold.starts_at < ends_at
    )
    return (
        select(*_HELD)
        .join(Organisation, Organisation.id == Hold.holder_id)
        .where(Hold.id.in_(union_all(reaching_in, starting_in)), Hold.document != bindparam("but"))
        .order_by(Hold.starts_at, Hold.space_id)
    )


def overlapping(space_ids: Collection[int], span: Span, *, but: str = "") -> list[Overlap]:
    """Which holds on units of the spaces share an instant with *span*, in order of time? Those of the document *but* do not count.

    In two SELECTs: the units first. Why: told which units, either engine goes to each one's last hold that starts before the span, and
    to those that start in it; the holds of the past are never read, however many there are.
    """
    of_unit: dict[int, list[int]] = {}
    for root_id, unit_ids in units(space_ids).items():
        for unit in unit_ids:
            of_unit.setdefault(unit, []).append(root_id)
    asked = {"units": list(of_unit), "starts_at": span.starts_at, "ends_at": span.ends_at, "but": but}
    rows = db.session.execute(_in_the_way(), asked)
    return [Overlap(root_id, held) for held in map(_held, rows) for root_id in of_unit[held.space_id]]


def history(space_id: int, known: datetime | None = None, *, booked_since: datetime | None = None) -> list[Held]:
    """Who has had the space or any part of it, and who will, as known at an instant (None: now), latest first?

    booked_since: bookings that were over by then are left out; a room has thousands.
    """
    counts = true() if booked_since is None else or_(Hold.kind.not_in(BY_THE_HOUR), Hold.ends_at > booked_since)
    tree = _tree()
    return [
        _held(row)
        for row in db.session.execute(
            select(*_HELD)
            .select_from(tree)
            .join(Hold, Hold.space_id == tree.c.space_id)
            .join(Organisation, Organisation.id == Hold.holder_id)
            .where(Hold.known(known), counts)
            .order_by(Hold.starts_at.desc(), Hold.space_id),
            {"space_ids": [space_id]},
        )
    ]


def ever_held(space_ids: Collection[int]) -> bool:
    """Was any of the spaces or their parts ever held, also by what was withdrawn?"""
    tree = _tree()
    return bool(
        db.session.execute(
            select(func.count()).select_from(tree).join(Hold, Hold.space_id == tree.c.space_id), {"space_ids": list(space_ids)}
        ).scalar_one()
    )


def of_document(document: str, known: datetime | None = None) -> list[Held]:
    """What does a document hold, as known at an instant (None: now), in order of unit and time?"""
    return [_held(row) for row in db.session.execute(_document(document).where(Hold.known(known)))]


def _document(document: str) -> Select[*tuple[object, ...]]:
    return (
        select(*_HELD)
        .join(Organisation, Organisation.id == Hold.holder_id)
        .where(Hold.document == document)
        .order_by(Hold.space_id, Hold.starts_at)
    )


def standing_holds(document: str) -> list[Hold]:
    """Which rows of the ledger does a document have that are not withdrawn, in order of unit and time?"""
    return list(
        db.session.scalars(
            select(Hold).where(Hold.document == document, Hold.withdrawn_at.is_(None)).order_by(Hold.space_id, Hold.starts_at)
        )
    )


def standing_of(documents: Collection[str]) -> list[Hold]:
    """Which rows of the ledger do the documents have that are not withdrawn, in order of unit and time?"""
    wanted = select(Hold).where(Hold.document.in_(documents), Hold.withdrawn_at.is_(None)).order_by(Hold.space_id, Hold.starts_at)
    return list(db.session.scalars(wanted))
