"""Every change of laboratories, equipment and permits. Actions never commit."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

from parkmgr.accounts import queries as accounts
from parkmgr.audit.actions import record
from parkmgr.db import db, take_numbers
from parkmgr.errors import Objection, Refused, refuse
from parkmgr.labs import queries, rules
from parkmgr.labs.models import Equipment, Hazard, Lab, LabDocument, Need, Permit, PermitKind, Requirement, StateChange
from parkmgr.labs.rules import Asset, EquipmentState
from parkmgr.people.models import Person
from parkmgr.places import actions as places
from parkmgr.places import queries as place_queries
from parkmgr.places import rules as place_rules
from parkmgr.places.models import Building, Park, Space
from parkmgr.places.rules import Particular
from parkmgr.policy import Actor, Role
from parkmgr.values import Names, day_of

# Laboratories


def run_lab(
    park: Park,
    space: Space,
    *,
    manager_id: int | None = None,
    field: str = "",
    rules_text: str = "",
    hazards: Sequence[tuple[str, str]] = (),
    actor: Actor,
    now: datetime,
) -> Lab:
    """The space is run as a laboratory. hazards: (scheme, value).

    Raises:
        Refused: with every objection; also (by transaction()) when it is one already.
    """
    today = day_of(now, park.zone)
    kinds = {row.kind for row in place_queries.particulars(space.id) if row.starts_on <= today < row.ends_on}
    against = [] if kinds & rules.KINDS_OF_LAB else [rules.NOT_A_LAB.about(space=space.code)]
    refuse([*against, *_manager_objections(park, manager_id, today), *rules.hazard_objections(hazards)])
    lab = Lab(park_id=park.id, space_id=space.id, manager_id=manager_id, field=field, rules=rules_text, space=space)
    db.session.add(lab)
    db.session.flush()
    db.session.add_all(Hazard(lab_id=lab.id, scheme=scheme, value=value) for scheme, value in hazards)
    record("labs.run_lab", lab, actor=actor, now=now)
    db.session.flush()
    return lab


def _manager_objections(park: Park, manager_id: int | None, today: date) -> list[Objection]:
    if manager_id is None:
        return []
    known = accounts.with_roles(park.id, (Role.ADMINISTRATOR, Role.LAB_MANAGER), today)
    return [] if any(user.id == manager_id for user in known) else [rules.NO_MANAGER]


def change_lab(
    lab: Lab,
    park: Park,
    *,
    manager_id: int | None,
    field: str,
    rules_text: str,
    hazards: Sequence[tuple[str, str]],
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """The laboratory is run so, with these hazards and no others.

    Raises:
        Refused: with every objection.
        Stale: somebody saved after *version*.
    """
    lab.expect(version)
    against = _manager_objections(park, manager_id, day_of(now, park.zone)) if manager_id != lab.manager_id else []
    refuse([*against, *rules.hazard_objections(hazards)])
    lab.manager_id, lab.field, lab.rules = manager_id, field, rules_text
    there = {(one.scheme, one.value): one for one in queries.hazards(lab.id)}
    for pair, row in there.items():
        if pair not in hazards:
            db.session.delete(row)
    db.session.add_all(Hazard(lab_id=lab.id, scheme=scheme, value=value) for scheme, value in hazards if (scheme, value) not in there)
    record("labs.change_lab", lab, actor=actor, now=now)
    db.session.flush()


def add_document(
    lab: Lab, title: str, filename: str, content: bytes, *, equipment: Equipment | None = None, actor: Actor, now: datetime
) -> LabDocument:
    """The laboratory, or a piece of its equipment, has the file; its SHA-256 says whether it is still the same.

    Raises:
        Refused: it is empty, too big, or no document.
    """
    refuse(rules.file_objections(filename, content))
    document = LabDocument(
        lab_id=lab.id,
        equipment_id=equipment.id if equipment is not None else None,
        title=title or filename,
        filename=filename,
        media_type=rules.media_type(filename, content) or "application/octet-stream",
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        added_at=now,
    )
    db.session.add(document)
    db.session.flush()
    record("labs.add_document", lab, actor=actor, now=now)
    return document


def remove_document(document: LabDocument, lab: Lab, *, actor: Actor, now: datetime) -> None:
    """The document is not shown any more; it stays in the register, for what was done under it.

    Raises:
        Refused: it is removed already.
    """
    refuse([rules.REMOVED] if document.removed_at is not None else [])
    document.removed_at = now
    record("labs.remove_document", lab, actor=actor, now=now)


# Equipment


def add_equipment(
    park: Park,
    asset: Asset,
    *,
    lab: Lab | None = None,
    bookable: bool = False,
    kind: str = "instrument",
    places_count: int = 1,
    state: EquipmentState = EquipmentState.COMMISSIONING,
    starts_on: date | None = None,
    actor: Actor,
    now: datetime,
) -> Equipment:
    """The park knows the piece. One that is booked by the hour is a space of its number's code from a day on (today), a bench of several
    places a space of as many parts.

    Raises:
        Refused: with every objection; also (by transaction()) when the number is taken.
    """
    refuse(rules.asset_objections(asset) + (_place_objections(asset.number, lab, kind, places_count) if bookable else []))
    equipment = Equipment(park_id=park.id, number=asset.number, lab_id=lab.id if lab is not None else None, state=state.value)
    equipment.lab = lab
    _write(equipment, asset)
    db.session.add(equipment)
    db.session.flush()
    db.session.add(StateChange(equipment_id=equipment.id, state=state.value, at=now))
    record("labs.add_equipment", equipment, actor=actor, now=now)
    if bookable and lab is not None:
        _open(equipment, lab, kind, places_count, starts_on or day_of(now, park.zone), actor, now)
    db.session.flush()
    return equipment


def _place_objections(number: str, lab: Lab | None, kind: str, count: int) -> list[Objection]:
    return rules.place_objections(number, in_lab=lab is not None, kind=kind, places=count)


def _write(equipment: Equipment, asset: Asset) -> None:
    equipment.names, equipment.owner_id = asset.names, asset.owner_id
    equipment.make, equipment.model, equipment.serial, equipment.contact = asset.make, asset.model, asset.serial, asset.contact
    equipment.bought_on, equipment.warranty_until = asset.bought_on, asset.warranty_until
    equipment.price_minor = asset.price.minor if asset.price else None
    equipment.currency = asset.price.currency if asset.price else ""
    equipment.calibrated_on, equipment.calibration_due = asset.calibrated_on, asset.calibration_due


def _open(equipment: Equipment, lab: Lab, kind: str, count: int, starts_on: date, actor: Actor, now: datetime) -> None:
    """The piece is a unit of the ledger, where its laboratory is; a bench has a part for each place."""
    room = place_queries.spaces_of_ids([lab.space_id])[0]
    level = room.floor.level if room.floor is not None else None

    def add(code: str, capacity: int | None, parent: Space | None = None) -> Space:
        particular = Particular(kind, lettable=False, capacity=capacity)
        return places.add_space(
            room.building,
            code,
            equipment.names,
            particular,
            starts_on=starts_on,
            level=level,
            parent=parent,
            bookable=True,
            actor=actor,
            now=now,
        )

    try:
        space = add(equipment.number, count if kind == "bench" else None)
        for place in range(1, count + 1 if count > 1 else 1):
            add(f"{equipment.number}/{place}", 1, space)
    except Refused as refused:
        raise Refused([one.at("number") if one.field == "code" else one for one in refused.objections]) from refused
    equipment.space_id, equipment.space = space.id, space


def change_equipment(
    equipment: Equipment,
    asset: Asset,
    *,
    lab: Lab | None,
    bookable: bool = False,
    kind: str = "instrument",
    places_count: int = 1,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """This is known of the piece, and it stands there. The number stays; what becomes bookable is a space from today on.

    Raises:
        Refused: with every objection.
        Stale: somebody saved after *version*.
    """
    equipment.expect(version)
    gone = [rules.GONE.about(number=equipment.number)] if equipment.state == EquipmentState.RETIRED else []
    against = gone + rules.asset_objections(asset)
    if equipment.space_id is not None:
        against += [] if bookable else [rules.BOOKABLE_STAYS.about(number=equipment.number)]
        against += [] if lab is not None else [rules.NEEDS_LAB.about(number=equipment.number)]
    elif bookable:
        against += _place_objections(equipment.number, lab, kind, places_count)
    refuse(against)
    if asset.calibration_due != equipment.calibration_due:
        equipment.reminded_for = None
    _write(equipment, asset)
    record("labs.change_equipment", equipment, actor=actor, now=now)
    if (lab.id if lab is not None else None) != equipment.lab_id:
        move_equipment(equipment, lab, actor=actor, now=now)
    if bookable and equipment.space_id is None and lab is not None:
        park = db.session.get_one(Park, equipment.park_id)
        _open(equipment, lab, kind, places_count, day_of(now, park.zone), actor, now)
    db.session.flush()


def move_equipment(equipment: Equipment, lab: Lab | None, *, actor: Actor, now: datetime) -> None:
    """The piece stands in the laboratory (None: in none); where it is booked, its space is on that floor of that building.

    Raises:
        Refused: what is booked by the hour stands somewhere.
    """
    if equipment.space_id is not None and lab is None:
        raise Refused([rules.NEEDS_LAB.about(number=equipment.number)])
    equipment.lab_id, equipment.lab = (lab.id, lab) if lab is not None else (None, None)
    record("labs.move_equipment", equipment, actor=actor, now=now)
    if equipment.space_id is not None and lab is not None:
        room = place_queries.spaces_of_ids([lab.space_id])[0]
        building = db.session.get_one(Building, room.building_id)
        places.move_space(place_queries.spaces_of_ids([equipment.space_id])[0], building, floor_id=room.floor_id, actor=actor, now=now)


def set_state(equipment: Equipment, state: EquipmentState, *, reason: str, actor: Actor, now: datetime) -> None:
    """The piece is in the state, with the reason in its history. One that is retired is no space from tomorrow on.

    What is booked by the hour comes down, and up again, by its downtime (bookings.downtime), which decides its sessions.
    Raises:
        Refused: it cannot come into this state now, no reason is given, or a retired one is still booked.
    """
    bookable = equipment.space_id is not None
    refuse(rules.state_objections(equipment.number, EquipmentState(equipment.state), state, reason, bookable=bookable))
    if state is EquipmentState.RETIRED and equipment.space_id is not None:
        [space] = place_queries.spaces_of_ids([equipment.space_id])
        tomorrow = day_of(now, space.park.zone) + timedelta(days=1)
        places.retire_space(space, on=tomorrow, reason=reason, actor=actor, now=now)
    note_state(equipment, state, reason=reason, at=now, actor=actor, now=now)


def note_state(equipment: Equipment, state: EquipmentState, *, reason: str, at: datetime, actor: Actor, now: datetime) -> None:
    """The piece is in the state since an instant. For downtime, which has judged it; by hand: set_state."""
    equipment.state = state.value
    db.session.add(StateChange(equipment_id=equipment.id, state=state.value, at=at, reason=reason[:200]))
    record("labs.set_state", equipment, actor=actor, now=now, reason=reason)
    db.session.flush()


def calibrate(equipment: Equipment, *, on: date, due: date | None, actor: Actor, now: datetime) -> None:
    """The piece was calibrated on a day, and is due again on another (None: never).

    Raises:
        Refused: it is due before it was calibrated, or it is retired.
    """
    against = [rules.GONE.about(number=equipment.number)] if equipment.state == EquipmentState.RETIRED else []
    if due is not None and due < on:
        against.append(rules.BACKWARDS.about(later=due, earlier=on).at("due"))
    refuse(against)
    equipment.calibrated_on, equipment.calibration_due, equipment.reminded_for = on, due, None
    record("labs.calibrate", equipment, actor=actor, now=now)


def need(space: Space, other: Space, *, actor: Actor, now: datetime) -> Need:
    """The space works only while the other does: whoever books it is told when the other is closed.

    Raises:
        Refused: it would need itself, directly or by others, or does already.
    """
    against = [rules.NEEDS_ITSELF.about(space=space.code)] if space.id == other.id else []
    if not against and queries.is_needed_by(space.id, other.id):
        against.append(rules.IN_CIRCLE.about(needs=other.code, space=space.code))
    if any(row.needs_id == other.id for row in queries.needs([space.id])):
        against.append(rules.NEED_THERE.about(space=space.code, needs=other.code))
    refuse(against)
    row = Need(space_id=space.id, needs_id=other.id)
    db.session.add(row)
    record("labs.need", space, actor=actor, now=now)
    db.session.flush()
    return row


def require(space: Space, kind: PermitKind, *, actor: Actor, now: datetime) -> Requirement:
    """Whoever works at the space needs the permit: in a laboratory at everything that stands in it. Sessions that are booked stay.

    Raises:
        Refused: it asks for it already.
    """
    if any(row.kind_id == kind.id for row in queries.requirements([space.id])):
        raise Refused([rules.ASKED_ALREADY.about(space=space.code, permit=kind.names)])
    row = Requirement(space_id=space.id, kind_id=kind.id)
    db.session.add(row)
    record("labs.require", space, actor=actor, now=now)
    db.session.flush()
    return row


def set_demands(space: Space, kinds: Collection[PermitKind], others: Collection[Space], *, actor: Actor, now: datetime) -> None:
    """The space asks for these permits, and needs these other spaces, and none besides.

    Raises:
        Refused: as need().
    """
    asked, needed = queries.requirements([space.id]), queries.needs([space.id])
    for row in asked:
        if row.kind_id not in {kind.id for kind in kinds}:
            db.session.delete(row)
    for one in needed:
        if one.needs_id not in {other.id for other in others}:
            db.session.delete(one)
    record("labs.set_demands", space, actor=actor, now=now)
    db.session.flush()
    for kind in kinds:
        if kind.id not in {row.kind_id for row in asked}:
            require(space, kind, actor=actor, now=now)
    for other in others:
        if other.id not in {one.needs_id for one in needed}:
            need(space, other, actor=actor, now=now)


# Permits


def add_permit_kind(
    park: Park, code: str, names: Names, *, days: int = 365, unused_days: int | None = None, how: str = "", actor: Actor, now: datetime
) -> PermitKind:
    """The park knows the permit: granted for so many days, lapsing after so many without use (None: never). how: to get it.

    Raises:
        Refused: with every objection; also (by transaction()) when the code is taken.
    """
    refuse([*rules.kind_objections(code, days, unused_days), *place_rules.name_objections(names)])
    kind = PermitKind(park_id=park.id, code=code, days=days, unused_days=unused_days, how=how)
    kind.names = names
    db.session.add(kind)
    db.session.flush()
    record("labs.add_permit_kind", kind, actor=actor, now=now)
    return kind


def change_permit_kind(
    kind: PermitKind,
    names: Names,
    *,
    days: int,
    unused_days: int | None,
    how: str,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """The permit is called and granted so; permits that were granted keep their last day.

    Raises:
        Refused: with every objection.
        Stale: somebody saved after *version*.
    """
    kind.expect(version)
    refuse([*rules.kind_objections(kind.code, days, unused_days), *place_rules.name_objections(names)])
    kind.names, kind.days, kind.unused_days, kind.how = names, days, unused_days, how
    record("labs.change_permit_kind", kind, actor=actor, now=now)


def grant(
    park: Park,
    person: Person,
    kind: PermitKind,
    *,
    space: Space | None = None,
    on: date | None = None,
    until: date | None = None,
    organisation_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> Permit:
    """The person has the permit from a day (today) through another (as long as its kind says): everywhere, or at one space only.

    Raises:
        Refused: with every objection.
    """
    [permit] = grant_all(park, [person], kind, space=space, on=on, until=until, organisation_id=organisation_id, actor=actor, now=now)
    return permit


def grant_all(
    park: Park,
    people: Sequence[Person],
    kind: PermitKind,
    *,
    space: Space | None = None,
    on: date | None = None,
    until: date | None = None,
    organisation_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> list[Permit]:
    """Each of the people has the permit: all or none. organisation_id: of which they are meant to be, where that is said.

    Raises:
        Refused: with every objection to every person: erased, of another park or organisation, the granter, or having it already.
    """
    today = day_of(now, park.zone)
    on = on or today
    until = until or on + timedelta(days=kind.days)
    against = rules.term_objections(on, until, today)
    if not people:
        against.append(rules.NOBODY_NAMED)
    if len(people) > rules.MOST_AT_ONCE:
        raise Refused([*against, rules.TOO_MANY_PEOPLE.about(most=rules.MOST_AT_ONCE, count=len(people))])
    if space is not None and kind.code not in queries.asked_at(space.id):
        against.append(rules.NOT_ASKED_THERE.about(space=space.code, permit=kind.names))
    has = {permit.person_id: permit for permit in queries.standing([person.id for person in people], kind.id, space, today)}
    named = queries.organisation_names({person.organisation_id for person in people} | ({organisation_id} if organisation_id else set()))
    for person in people:
        against += _person_objections(park, person, organisation_id, named, actor)
        held = has.get(person.id)
        if held is not None and held.until_on >= until:
            against.append(rules.HAS_IT.about(person=person.number, permit=kind.names, until=held.until_on, number=held.number))
    refuse(against)
    permits = []
    for number, person in zip(take_numbers("PM", today.year, len(people)), people, strict=True):
        permits.append(
            Permit(
                park_id=park.id,
                number=number,
                person_id=person.id,
                kind_id=kind.id,
                space_id=space.id if space is not None else None,
                granted_by_id=actor.user_id,
                granted_on=on,
                until_on=until,
                person=person,
                kind=kind,
                space=space,
            )
        )
    db.session.add_all(permits)
    db.session.flush()
    for permit in permits:
        record("labs.grant", permit, actor=actor, now=now)
    return permits


def _person_objections(
    park: Park, person: Person, organisation_id: int | None, named: dict[int, Names], actor: Actor
) -> Iterable[Objection]:
    if person.park_id != park.id:
        return [rules.OTHER_PARK.about(person=person.number)]
    if person.erased_at is not None:
        return [rules.PERSON_ERASED.about(person=person.number)]
    against = []
    if organisation_id is not None and person.organisation_id != organisation_id:
        theirs, wanted = named.get(person.organisation_id), named.get(organisation_id)
        against.append(rules.NOT_OF.about(person=person.number, theirs=theirs, organisation=wanted))
    if actor.user_id is not None and person.user_id == actor.user_id:
        against.append(rules.TO_ONESELF.about(person=person.number))
    return against


def withdraw_permit(permit: Permit, *, reason: str, actor: Actor, now: datetime) -> None:
    """From today on the permit does not hold. Sessions that are booked are refused at check-in.

    Raises:
        Refused: it is withdrawn or over already, or no reason is given.
    """
    park = db.session.get_one(Park, permit.park_id)
    today = day_of(now, park.zone)
    against = [] if reason else [rules.WHY]
    if permit.withdrawn_on is not None:
        against.append(rules.WITHDRAWN.about(number=permit.number, on=permit.withdrawn_on))
    elif permit.until_on < today:
        against.append(rules.PERMIT_OVER.about(number=permit.number, until=permit.until_on))
    refuse(against)
    permit.withdrawn_on, permit.reason = today, reason
    record("labs.withdraw_permit", permit, actor=actor, now=now, reason=reason)


def use(space_id: int, person_ids: Collection[int], on: date, *, actor: Actor, now: datetime) -> None:
    """The permits under which the people work at the space were used on a day; those that must be used live on."""
    for permit in queries.permits_used(person_ids, queries.places([space_id])[space_id]):
        if permit.used_on is None or permit.used_on < on:
            permit.used_on = on
            record("labs.use", permit, actor=actor, now=now)
