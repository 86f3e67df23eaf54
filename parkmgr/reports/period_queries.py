"""What the report of a time asks: what each unit was, and by what it was held. Each is one SELECT."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import select, true

from parkmgr.db import db
from parkmgr.leases import market_rent_queries
from parkmgr.occupancy.models import Hold, HoldKind
from parkmgr.places.models import APPARATUS, Building, Park, Particulars, Space
from parkmgr.reports.occupancy import Place
from parkmgr.reports.period import Days, Piece, Report, Row, minus, sums, union
from parkmgr.reports.queries import SPEAKING
from parkmgr.values import FOREVER, Area, Names, day_of, midnight

DAY = timedelta(days=1)


def _pieces(
    park: Park, since: date, on: date, known: datetime | None, building_ids: Collection[int]
) -> list[tuple[int, int | None, str, str, str, bool, Area | None, tuple[int, int]]]:
    """What was each space of the park in the time? As (space, parent, building, code, kind, lettable, area, days), cut to the time."""
    wanted = Space.building_id.in_(building_ids) if building_ids else true()
    rows = db.session.execute(
        select(
            Space.id,
            Space.parent_id,
            Building.code,
            Space.code,
            Particulars.kind,
            Particulars.lettable,
            Particulars.area,
            Particulars.starts_on,
            Particulars.ends_on,
        )
        .join(Building, Building.id == Space.building_id)
        .join(Particulars, Particulars.space_id == Space.id)
        .where(
            Space.park_id == park.id,
            Particulars.known(known),
            Particulars.kind.not_in(APPARATUS),
            Particulars.starts_on <= on,
            Particulars.ends_on > since,
            wanted,
        )
        .order_by(Building.code, Space.code, Particulars.starts_on)
    )
    first, after = since.toordinal(), on.toordinal() + 1
    return [(*row[:5], bool(row[5]), row[6], (max(first, row[7].toordinal()), min(after, row[8].toordinal()))) for row in rows]


def _held(park: Park, since: date, on: date, known: datetime | None) -> dict[int, tuple[Days, Days]]:
    """When was each space held by leases and residencies, and when by works? As known at an instant, in days held whole or in part."""
    zone = park.zone
    rows = db.session.execute(
        select(Hold.space_id, Hold.kind, Hold.starts_at, Hold.ends_at).where(
            Hold.park_id == park.id,
            Hold.known(known),
            Hold.kind.in_(SPEAKING),
            Hold.starts_at < midnight(on + DAY, zone),
            Hold.ends_at > midnight(since, zone),
        )
    )
    taken: dict[int, Days] = defaultdict(list)
    works: dict[int, Days] = defaultdict(list)
    for space_id, kind, starts_at, ends_at in rows:
        first = day_of(starts_at, zone).toordinal()
        after = date.max.toordinal()
        if ends_at < FOREVER:
            last = day_of(ends_at, zone)
            after = last.toordinal() + (midnight(last, zone) < ends_at)
        (works if kind == HoldKind.CLOSURE.value else taken)[space_id].append((first, after))
    return {id_: (union(taken[id_]), union(works[id_])) for id_ in {*taken, *works}}


def report(
    park: Park,
    place: Place,
    since: date,
    on: date,
    known: datetime | None,
    building_ids: Collection[int],
    now: datetime,
) -> Report:
    """Return what was let over a time, in four SELECTs."""
    pieces = _pieces(park, since, on, known, building_ids)
    held = _held(park, since, on, known)
    market = market_rent_queries.market_rents(park.id, on, known)
    houses = db.session.execute(
        select(Building.code, Building.name_en, Building.name_ru, Building.name_zh)
        .where(Building.park_id == park.id)
        .order_by(Building.code)
    ).all()
    of_parts: dict[int, Days] = defaultdict(list)
    for _id, parent, *_rest, days in pieces:
        if parent is not None:
            of_parts[parent].append(days)
    rows: list[Row] = []
    listed: dict[int, list[Piece]] = defaultdict(list)
    what: dict[int, tuple[str, str, str, Area | None]] = {}
    for id_, _parent, building, code, kind, lettable, area, days in pieces:
        for own in minus([days], union(of_parts[id_])) if id_ in of_parts else [days]:
            if own[0] < own[1]:
                listed[id_].append(Piece(own, lettable, area))
                what[id_] = (building, code, kind, area)
    for id_, own_pieces in listed.items():
        taken, works = held.get(id_, ([], []))
        of_it = sums(own_pieces, taken, works, market.get(id_))
        if of_it.days:
            rows.append(Row(*what[id_], of_it, market.get(id_)))
    names = [(code, Names(*of_it) if any(of_it) else None) for code, *of_it in houses]
    there = {row.building for row in rows}
    chosen = tuple(sorted(there)) if building_ids else ()
    buildings = tuple(one for one in names if one[0] in there)
    return Report(place, on, known or now, chosen, since, tuple(rows), buildings)
