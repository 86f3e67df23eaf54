"""The deeds that change parks, buildings and spaces. None commits; each leaves its audit entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from parkmgr.audit.actions import record
from parkmgr.db import db
from parkmgr.errors import Objection, refuse
from parkmgr.places import queries, rules
from parkmgr.places.models import Building, Floor, Park, Particulars, Space, Succession
from parkmgr.places.rules import Facts, Part, Particular, Stretch
from parkmgr.policy import Actor
from parkmgr.searching import searchable
from parkmgr.values import Area, Names


def add_park(
    code: str,
    names: Names,
    *,
    time_zone: str,
    currency: str,
    country: str = "",
    drafter_may_sign: bool = False,
    actor: Actor,
    now: datetime,
) -> Park:
    """There is a park of this code.

    Raises:
        Refused: with every objection; also (by transaction()) when the code is taken.
    """
    refuse(
        [
            *rules.code_objections(code, 20, of_space=False),
            *rules.name_objections(names),
            *rules.park_objections(time_zone, currency, country),
        ]
    )
    park = Park(code=code, time_zone=time_zone, currency=currency, country=country, drafter_may_sign=drafter_may_sign)
    park.names, park.search = names, searchable(names, code)
    db.session.add(park)
    db.session.flush()
    record("places.add_park", park, actor=actor, now=now)
    return park


def change_park(
    park: Park,
    names: Names,
    *,
    time_zone: str,
    currency: str,
    country: str = "",
    drafter_may_sign: bool = False,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """The park has these names and settings.

    Raises:
        Refused: with every objection.
        Stale: somebody saved after *version*.
    """
    against = [*rules.name_objections(names), *rules.park_objections(time_zone, currency, country)]
    if time_zone != park.time_zone and queries.park_held(park.id):
        against.append(rules.TIME_ZONE_FIXED.about(time_zone=park.time_zone))
    refuse(against)
    park.expect(version)
    park.names, park.search = names, searchable(names, park.code)
    park.time_zone, park.currency, park.country, park.drafter_may_sign = time_zone, currency, country, drafter_may_sign
    record("places.change_park", park, actor=actor, now=now)


def add_building(
    park: Park,
    code: str,
    names: Names,
    *,
    use: str = "",
    residential: bool = False,
    address: str = "",
    built: int | None = None,
    area: Area | None = None,
    area_basis: str = "",
    actor: Actor,
    now: datetime,
) -> Building:
    """The park has a building of this code.

    Raises:
        Refused: with every objection; also (by transaction()) when the code is taken.
    """
    refuse(
        [
            *rules.code_objections(code, 40, of_space=False),
            *rules.name_objections(names),
            *rules.building_objections(use, built, area, area_basis),
        ]
    )
    building = Building(
        park_id=park.id,
        code=code,
        use=str(use),
        residential=residential,
        address=address,
        built=built,
        area=area,
        area_basis=str(area_basis),
        park=park,
    )
    building.names, building.search = names, searchable(names, code, address)
    db.session.add(building)
    db.session.flush()
    record("places.add_building", building, actor=actor, now=now)
    return building


def change_building(
    building: Building,
    names: Names,
    *,
    use: str = "",
    residential: bool = False,
    address: str = "",
    built: int | None = None,
    area: Area | None = None,
    area_basis: str = "",
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """The building has these names and particulars.

    Raises:
        Refused: with every objection.
        Stale: somebody saved after *version*.
    """
    refuse([*rules.name_objections(names), *rules.building_objections(use, built, area, area_basis)])
    building.expect(version)
    building.names, building.search = names, searchable(names, building.code, address)
    building.use, building.residential, building.address, building.built = str(use), residential, address, built
    building.area, building.area_basis = area, str(area_basis)
    record("places.change_building", building, actor=actor, now=now)


def add_space(
    building: Building,
    code: str,
    names: Names | None,
    particulars: Particular,
    *,
    starts_on: date,
    level: int | None = None,
    parent: Space | None = None,
    bookable: bool = False,
    actor: Actor,
    now: datetime,
) -> Space:
    """The building has a space of this code from a day on. Its floor is made when there is none.

    A unit that gets its first part is a unit no more; nobody may have it from that day on.

    Raises:
        Refused: with every objection; also (by transaction()) when the code is taken.
    """
    against = [
        *rules.code_objections(code),
        *rules.name_objections(names),
        *rules.particular_objections(particulars),
        *rules.level_objections(level),
    ]
    if parent is not None:
        if parent.building_id != building.id:
            against.append(rules.PARENT_ELSEWHERE.about(space=parent.code))
        if not parent.divided:
            queries.lock([parent.id])
            against += rules.held_objections(queries.facts([parent])[0], starts_on)
    refuse(against)
    floor = None if level is None else _floor(building, level, actor, now)
    floor_id = floor.id if floor is not None else (parent.floor_id if parent is not None else None)
    if parent is not None and not parent.divided:
        parent.divided = True
        record("places.divide_space", parent, actor=actor, now=now)
    return _add(
        Part(code, particulars, names, bookable), building.park_id, building.id, floor_id, parent, starts_on, "places.add_space", actor, now
    )


def _floor(building: Building, level: int, actor: Actor, now: datetime) -> Floor:
    floor = queries.floor(building.id, level)
    if floor is None:
        floor = Floor(park_id=building.park_id, building_id=building.id, level=level, label=str(level))
        db.session.add(floor)
        db.session.flush()
        record("places.add_floor", building, actor=actor, now=now)
    return floor


def _add(
    part: Part,
    park_id: int,
    building_id: int,
    floor_id: int | None,
    parent: Space | None,
    starts_on: date,
    deed: str,
    actor: Actor,
    now: datetime,
) -> Space:
    names = part.names
    space = Space(
        park_id=park_id,
        building_id=building_id,
        floor_id=floor_id,
        parent_id=None if parent is None else parent.id,
        code=part.code,
        bookable=part.bookable,
        divided=False,
        search=searchable(names, part.code),
    )
    if names is not None:
        space.names = names
    db.session.add(space)
    db.session.flush()
    db.session.add(_row(space, Stretch(starts_on, date.max, part.particular), now))
    record(deed, space, actor=actor, now=now)
    return space


def _row(space: Space, stretch: Stretch, now: datetime) -> Particulars:
    what = stretch.particular
    return Particulars(
        space_id=space.id,
        starts_on=stretch.starts_on,
        ends_on=stretch.ends_on,
        kind=str(what.kind),
        lettable=what.lettable,
        area=what.area,
        area_basis=str(what.area_basis),
        capacity=what.capacity,
        recorded_at=now,
    )


def _rewrite(space: Space, wanted: Iterable[Stretch], now: datetime) -> None:
    """The space's particulars are *wanted*: rows that are right stay, the others are withdrawn and written anew."""
    missing = list(wanted)
    for row in queries.particulars(space.id):
        (stretch,) = queries.stretches([row])
        if stretch in missing:
            missing.remove(stretch)
        else:
            row.withdrawn_at = now
    db.session.add_all(_row(space, stretch, now) for stretch in missing)


def change_space(
    space: Space,
    names: Names | None,
    particular: Particular,
    *,
    from_on: date,
    bookable: bool = False,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """The space has these names, and from a day on it is *particular*; what it was before that day stays known.

    Raises:
        Refused: with every objection.
        Stale: somebody saved after *version*.
    """
    against = [*rules.name_objections(names), *rules.particular_objections(particular)]
    known = queries.stretches(queries.particulars(space.id))
    if rules.on(known, from_on) is None:
        against.append(rules.NOT_THERE.about(space=space.code, on=from_on).at("from_on"))
    refuse(against)
    space.expect(version)
    space.name_en, space.name_ru, space.name_zh = (names.en, names.ru, names.zh) if names else ("", "", "")
    space.search, space.bookable = searchable(names, space.code), bookable
    _rewrite(space, rules.changed(known, from_on, particular), now)
    record("places.change_space", space, actor=actor, now=now)


def move_space(space: Space, building: Building, *, floor_id: int | None, actor: Actor, now: datetime) -> None:
    """What can be moved, as apparatus can, stands on another floor or in another building of the park, with its parts."""
    for part in queries.spaces_of_ids(queries.with_parts([space.id])):
        part.building_id, part.floor_id = building.id, floor_id
        record("places.move_space", part, actor=actor, now=now)


def retire_space(space: Space, *, on: date, reason: str = "", actor: Actor, now: datetime) -> None:
    """The space and its parts do not exist from a day on; what was before that day stays.

    Raises:
        Refused: somebody has it then, or it does not exist then anyway.
    """
    queries.lock(queries.with_parts([space.id]))
    facts = queries.facts([space])[0]
    refuse(rules.retire_objections(facts, on))
    rows = queries.particulars_of(queries.with_parts([space.id]))
    for part in queries.spaces_of_ids(rows):
        _rewrite(part, rules.ended(queries.stretches(rows[part.id]), on), now)
        record("places.retire_space", part, actor=actor, now=now, reason=reason)


def remove_space(space: Space, *, reason: str = "", actor: Actor, now: datetime) -> None:
    """The space, entered by mistake, is not in the register. A space without its last part is a unit again.

    Raises:
        Refused: it was taken once, has parts or a history, or stands in a lease: then it is retired instead.
    """
    queries.lock([space.id])
    refuse(
        rules.remove_objections(
            Facts(space.code, (), divided=space.divided),
            was_held=queries.ever_held(space.id),
            has_history=bool(queries.successions(space.id)),
            needed=queries.in_a_lease(space.id),
        )
    )
    for row in queries.every_particular(space.id):
        db.session.delete(row)
    db.session.flush()
    record("places.remove_space", space, actor=actor, now=now, reason=reason)
    db.session.delete(space)
    db.session.flush()
    if space.parent_id is not None and not queries.parts(space.parent_id):
        parent = db.session.get_one(Space, space.parent_id)
        parent.divided = False
        record("places.remove_space", parent, actor=actor, now=now, reason=reason)


def divide_space(space: Space, parts: Sequence[Part], *, on: date, actor: Actor, now: datetime) -> list[Space]:
    """The unit has these parts from a day on, and is taken through them.

    Raises:
        Refused: with every objection.
    """
    queries.lock([space.id])
    facts = queries.facts([space])[0]
    refuse([*rules.divide_objections(facts, parts, on), *_codes_taken(space.park_id, parts)])
    space.divided = True
    record("places.divide_space", space, actor=actor, now=now)
    return [_add(part, space.park_id, space.building_id, space.floor_id, space, on, "places.divide_space", actor, now) for part in parts]


def split_space(space: Space, parts: Sequence[Part], *, on: date, actor: Actor, now: datetime) -> list[Space]:
    """Other spaces are in the place of this one from a day on; which came of which stays known.

    Raises:
        Refused: with every objection.
    """
    queries.lock([space.id])
    facts = queries.facts([space])[0]
    refuse([*rules.split_objections(facts, parts, on), *_codes_taken(space.park_id, parts)])
    parent = None if space.parent_id is None else db.session.get_one(Space, space.parent_id)
    made = [_add(part, space.park_id, space.building_id, space.floor_id, parent, on, "places.split_space", actor, now) for part in parts]
    _succeed([(space, facts)], made, on, "places.split_space", actor, now)
    return made


def merge_spaces(
    spaces: Sequence[Space],
    code: str,
    names: Names | None,
    particular: Particular,
    *,
    on: date,
    bookable: bool = False,
    actor: Actor,
    now: datetime,
) -> Space:
    """One space is in the place of these from a day on; which came of which stays known.

    Raises:
        Refused: with every objection.
    """
    queries.lock([space.id for space in spaces])
    known = queries.facts(spaces)
    part = Part(code, particular, names, bookable)
    refuse(
        [
            *rules.merge_objections(known, [(space.building_id, space.parent_id) for space in spaces], on),
            *rules.code_objections(code),
            *rules.name_objections(names),
            *rules.particular_objections(particular),
            *(objection.at("code") for objection in _codes_taken(spaces[0].park_id if spaces else 0, [part])),
        ]
    )
    first = spaces[0]
    parent = None if first.parent_id is None else db.session.get_one(Space, first.parent_id)
    floors = {space.floor_id for space in spaces}
    floor_id = first.floor_id if len(floors) == 1 else min((floor for floor in floors if floor is not None), default=None)
    made = _add(part, first.park_id, first.building_id, floor_id, parent, on, "places.merge_spaces", actor, now)
    _succeed(list(zip(spaces, known, strict=True)), [made], on, "places.merge_spaces", actor, now)
    return made


def _succeed(olds: Sequence[tuple[Space, Facts]], made: Sequence[Space], on: date, deed: str, actor: Actor, now: datetime) -> None:
    for old, facts in olds:
        _rewrite(old, rules.ended(facts.stretches, on), now)
        db.session.add_all(Succession(old_id=old.id, new_id=new.id, on=on) for new in made)
        record(deed, old, actor=actor, now=now)


def _codes_taken(park_id: int, parts: Sequence[Part]) -> list[Objection]:
    taken = queries.taken_codes(park_id, [part.code for part in parts])
    return [rules.CODE_TAKEN.about(code=code).at("parts") for code in sorted(taken)]
