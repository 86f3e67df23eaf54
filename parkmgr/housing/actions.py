"""The deeds of housing, from the contract to the empty home. None commits; each leaves an audit entry about every residency it touches.

`waiver` is why an administrator sets aside what the park's rules allow to be set aside; it stands in the entry.
Where the parameter `version` is there, it is the version that the person's page was opened on: Stale when it is not the last.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from parkmgr.accounts.models import User
from parkmgr.audit.actions import record
from parkmgr.db import db, take_number
from parkmgr.errors import Missing, Objection, refuse
from parkmgr.housing import allocating_queries, queries, rules
from parkmgr.housing import checking_rules as checking
from parkmgr.housing.checking_rules import Inventory, InventoryLine, Reading
from parkmgr.housing.models import Application, Check, CheckLine, Deduction, MeterReading, Residency, ResidencyTerms, Vacancy
from parkmgr.housing.rules import BED, DAY, FLAT, Agreed, Elsewhere, Facts, InTheWay, Place, State
from parkmgr.housing.rules_actions import set_rules
from parkmgr.notices import actions as notices
from parkmgr.occupancy import actions as ledger
from parkmgr.occupancy import queries as ledger_queries
from parkmgr.occupancy.models import HoldKind
from parkmgr.organisations.models import Organisation
from parkmgr.people.models import Person
from parkmgr.places import queries as places
from parkmgr.places.models import Park, Particulars, Space
from parkmgr.policy import Actor, Role
from parkmgr.values import Money, Span, Term, day_of, last_day, midnight

__all__ = ("Agreed", "Inventory", "InventoryLine", "set_rules")

IN, OUT = "in", "out"

# What the park knows


def park_of(residency: Residency) -> Park:
    """Return the park of a residency."""
    return db.session.get_one(Park, residency.park_id)


def _today(park: Park, now: datetime) -> date:
    return day_of(now, park.zone)


def facts(residency: Residency, park: Park, now: datetime, *, agreed: Sequence[ResidencyTerms] | None = None) -> Facts:
    """Return how the residency stands."""
    rows = queries.terms(residency.id) if agreed is None else agreed
    if not rows:
        raise Missing
    last = rows[-1]
    return Facts(
        number=residency.number,
        state=residency.state,
        space=residency.space.code,
        term=last.term,
        today=_today(park, now),
        notice_days=last.notice_days,
        currency=last.currency,
        moved_on=residency.moved_on,
        notice_on=residency.notice_on,
        seen=not queries.vacancies(_with_parent(residency.space)),
    )


def _with_parent(space: Space) -> list[int]:
    return [space.id] if space.parent_id is None else [space.id, space.parent_id]


def there(rows: Iterable[Particulars]) -> tuple[Term, ...]:
    """Return on which days a space is a home for letting; what touches is one."""
    found: list[Term] = []
    for row in rows:
        if row.kind not in (FLAT, BED) or not row.lettable:
            continue
        ends_on = None if row.ends_on == date.max else row.ends_on - DAY
        if found and found[-1].ends_on is not None and found[-1].ends_on + DAY == row.starts_on:
            found[-1] = Term(found[-1].starts_on, ends_on)
        else:
            found.append(Term(row.starts_on, ends_on))
    return tuple(found)


def may_know(actor: Actor, park_id: int, holder_id: int) -> bool:
    """Tell whether the actor may know who has a home: the desk and who sees all, and a liaison of what is her organisation's."""
    return actor.sees_all(park_id) or Role.HOUSING_DESK in actor.roles(park_id) or holder_id in actor.organisations(park_id)


def place(
    park: Park, space: Space, term: Term, person: Person | None, *, actor: Actor, but: Sequence[str] = (), own: Sequence[int] = ()
) -> Place:
    """Return what the park knows of the home for the term. but: documents that do not count; own: residencies of the person that end."""
    listed = places.particulars(space.id)
    then = next((row for row in listed if row.starts_on <= term.starts_on < row.ends_on), None)
    overlaps = [one for one in ledger_queries.overlapping([space.id], term.span(park.zone)) if one.held.document not in but]
    units = len({unit for of_space in ledger_queries.units([space.id]).values() for unit in of_space}) if space.divided else None
    giving = allocating_queries.giving(park.id)
    parent = None if space.parent_id is None else db.session.get(Space, space.parent_id)
    return Place(
        space=space.code,
        kind=then.kind if then is not None else "",
        there=there(listed),
        flat=parent.code if parent is not None else "",
        beds=units or (then.capacity if then is not None else None),
        limit=giving.people_per_flat,
        in_the_way=blocking(park, overlaps, actor),
        elsewhere=elsewhere(person, term, but=own) if person is not None else (),
    )


def elsewhere(person: Person, term: Term, *, but: Collection[int] = ()) -> tuple[Elsewhere, ...]:
    """Return the other homes that the person has in the term. but: residencies that do not count."""
    return tuple(one for one in queries.lives_in([person.id], but=but).get(person.id, []) if one.term.overlaps(term))


def blocking(park: Park, overlaps: Iterable[ledger_queries.Overlap], actor: Actor) -> tuple[InTheWay, ...]:
    """Return what holds are in the way: each document once, named only where the actor may know."""
    spans: dict[str, Span] = {}
    first: dict[str, ledger_queries.Held] = {}
    for overlap in overlaps:
        held = first.setdefault(overlap.held.document, overlap.held)
        before = spans.get(held.document, held.span)
        spans[held.document] = Span(min(before.starts_at, overlap.held.starts_at), max(before.ends_at, overlap.held.ends_at))
    return tuple(
        InTheWay(
            held.kind,
            day_of(spans[document].starts_at, park.zone),
            last_day(spans[document], park.zone),
            str(held.holder) if may_know(actor, park.id, held.holder_id) else "",
            document if may_know(actor, park.id, held.holder_id) else "",
        )
        for document, held in first.items()
    )


def _refuse(objections: Sequence[Objection], waiver: str, actor: Actor, park: Park) -> None:
    role = Role.ADMINISTRATOR if Role.ADMINISTRATOR in actor.roles(park.id) else None
    refuse(list(dict.fromkeys(rules.waived(objections, waiver, role))))


# Terms


def _write_terms(residency: Residency, agreed: Agreed, now: datetime) -> None:
    db.session.add(
        ResidencyTerms(
            residency_id=residency.id,
            starts_on=agreed.term.starts_on,
            from_on=agreed.term.starts_on,
            ends_on=agreed.term.ends_on,
            minor=agreed.rent.minor,
            currency=agreed.rent.currency,
            staff=agreed.staff,
            notice_days=agreed.notice_days,
            recorded_at=now,
        )
    )


def rewrite_terms(
    rows: Sequence[ResidencyTerms], ends_on: date | None, now: datetime, *, rent: Money | None = None, from_on: date | None = None
) -> None:
    """The terms end on another day; with a rent: another rent counts from a day on. What was agreed before is kept as it was known."""
    for row in rows:
        row.withdrawn_at = now
        if ends_on is None or row.from_on <= ends_on:
            db.session.add(_again(row, row.from_on, ends_on, row.minor, now))
    if rent is not None and from_on is not None:
        db.session.add(_again(rows[-1], from_on, ends_on, rent.minor, now))


def _again(row: ResidencyTerms, from_on: date, ends_on: date | None, minor: int, now: datetime) -> ResidencyTerms:
    return ResidencyTerms(
        residency_id=row.residency_id,
        starts_on=row.starts_on,
        from_on=from_on,
        ends_on=ends_on,
        minor=minor,
        currency=row.currency,
        staff=row.staff,
        notice_days=row.notice_days,
        recorded_at=now,
    )


# A contract


def settle(
    park: Park,
    space: Space,
    person: Person,
    organisation: Organisation,
    agreed: Agreed,
    *,
    actor: Actor,
    now: datetime,
    application: Application | None = None,
    external: str = "",
    key: str | None = None,
) -> Residency:
    """The home is agreed for the person, and held from the first day on. A key settles once.

    Raises:
        Refused: with every objection: what the contract contradicts, who has the home, another home of the person, too many people.
        Missing: the home or the person is another park's.
    """
    made = queries.of_key(key) if key else None
    if made is not None:
        return made
    if space.park_id != park.id or person.park_id != park.id:
        raise Missing
    found = place(park, space, agreed.term, person, actor=actor)
    refuse(rules.agreed_against(agreed) + rules.settling_against(agreed.term, agreed.people, found, person.number))
    residency = residency_of(park, space, person, organisation, agreed, State.ACCEPTED, now)
    residency.application, residency.external, residency.key = application, external, key
    take(residency, park, agreed, "housing.settle", actor=actor, now=now)
    tell([residency], "housing_agreed", park, actor=actor, now=now, agreed=agreed)
    return residency


def residency_of(
    park: Park, space: Space, person: Person, organisation: Organisation, agreed: Agreed, state: State, now: datetime
) -> Residency:
    """Return a residency under a new number, which is in no register yet: take() puts it there."""
    residency = Residency(
        park_id=park.id,
        number=take_number("RES", _today(park, now).year),
        space_id=space.id,
        person_id=person.id,
        organisation_id=organisation.id,
        state=state.value,
        people=agreed.people,
        agreed_at=None if state is State.OFFERED else now,
        deposit_minor=agreed.deposit.minor if agreed.deposit else None,
        deposit_currency=agreed.deposit.currency if agreed.deposit else "",
    )
    residency.space, residency.person, residency.organisation = space, person, organisation
    return residency


def take(residency: Residency, park: Park, agreed: Agreed, deed: str, *, actor: Actor, now: datetime, reason: str = "") -> None:
    """The residency is in the register with its terms, and holds its home."""
    db.session.add(residency)
    db.session.flush()
    _write_terms(residency, agreed, now)
    record(deed, residency, actor=actor, now=now, reason=reason)
    span = agreed.term.span(park.zone)
    ledger.take([residency.space], span, kind=HoldKind.RESIDENCY, holder_id=residency.organisation_id, document=residency.number, now=now)


def call_off(residency: Residency, reason: str, *, actor: Actor, now: datetime, version: int | None = None) -> None:
    """The contract is called off before anybody moved in; the home is free.

    Raises:
        Refused: when it is not agreed, or somebody has moved in; without a reason.
    """
    residency.expect(version)
    refuse([*rules.calling_off_against(residency.number, residency.state), *([] if reason.strip() else [checking.NO_REASON])])
    record("housing.call_off", residency, actor=actor, now=now, reason=reason)
    residency.state, residency.reason = State.DECLINED.value, reason
    ledger.withdraw(residency.number, now=now)


end_unmoved = call_off


# Moving in, and what was found


def move_in(
    residency: Residency, check: Inventory | None, *, on: date, waiver: str = "", actor: Actor, now: datetime, version: int | None = None
) -> Check | None:
    """Somebody lives there from the day on. check: the inventory of the check-in; None: none was made.

    Raises:
        Refused: with every objection: before the first day, a home that nobody has seen, photos that lack, meters that run backwards.
    """
    residency.expect(version)
    park = park_of(residency)
    against = rules.moving_in_against(facts(residency, park, now), on)
    against += _inventory_against(residency, check, on, None)
    _refuse(against, waiver, actor, park)
    record("housing.move_in", residency, actor=actor, now=now, reason=waiver)
    residency.state, residency.moved_on = State.RESIDENT.value, on
    made = _note_check(residency, IN, check, on, actor, now)
    if waiver:
        _see(residency, on, waiver, actor=actor, now=now)
    db.session.flush()
    return made


def _see(residency: Residency, on: date, note: str, *, actor: Actor, now: datetime) -> None:
    """What was vacated and not seen is ready, because an administrator says so."""
    for row in queries.vacancies(_with_parent(residency.space)).values():
        if row.residency_id is not None:
            record("housing.make_ready", db.session.get_one(Residency, row.residency_id), actor=actor, now=now, reason=note)
            row.ready_on, row.note = max(on, row.vacated_on), note


def _inventory_against(residency: Residency, check: Inventory | None, on: date, given: int | None) -> list[Objection]:
    if check is None:
        return []
    giving = allocating_queries.giving(residency.park_id)
    read = [Reading(one.meter, one.on, one.value) for one in queries.readings(residency.space_id)]
    against = checking.inventory_against(
        check,
        photos={(thing.room, thing.item) for thing in giving.items if thing.photo},
        meters=[meter.code for meter in giving.meters],
        on=on,
        read=read,
    )
    return against + checking.keys_against(given, check.lines, check.keys)


def _note_check(residency: Residency, kind: str, check: Inventory | None, on: date, actor: Actor, now: datetime) -> Check | None:
    if check is None:
        return None
    row = Check(
        park_id=residency.park_id,
        residency_id=residency.id,
        kind=kind,
        on=on,
        keys=check.keys,
        made_at=now,
        made_by_id=actor.user_id,
    )
    row.residency = residency
    db.session.add(row)
    db.session.flush()
    for line in check.lines:
        db.session.add(
            CheckLine(
                check_id=row.id,
                residency_id=residency.id,
                room=line.room,
                item=line.item,
                grade=line.grade,
                note=line.note,
                photo=line.photo,
                photo_sha256=hashlib.sha256(line.photo).hexdigest() if line.photo else "",
                photo_type="image/jpeg" if line.photo else "",
            )
        )
    for meter, value in sorted(check.meters.items()):
        db.session.add(
            MeterReading(space_id=residency.space_id, meter=meter, on=on, value=value, check_id=row.id, residency_id=residency.id)
        )
    return row


def confirm_desk(check: Check, *, actor: Actor, now: datetime) -> None:
    """The desk says that the check is right.

    Raises:
        Refused: when it has said so.
    """
    refuse([] if check.desk_at is None else [checking.CONFIRMED])
    record("housing.confirm_check", check.residency, actor=actor, now=now, reason=f"{check.kind}: desk")
    check.desk_at, check.desk_by_id = now, actor.user_id
    db.session.flush()


def sign_at_desk(check: Check, *, actor: Actor, now: datetime) -> None:
    """The resident has signed the paper at the desk.

    Raises:
        Refused: when it is confirmed.
    """
    refuse([] if check.resident_at is None else [checking.CONFIRMED])
    record("housing.sign_check", check.residency, actor=actor, now=now, reason=f"{check.kind}: signed at the desk")
    check.resident_at, check.token = now, None
    db.session.flush()


def make_link(check: Check, *, actor: Actor, now: datetime) -> str:
    """A secret address leads the resident to the check; return its secret, which is kept nowhere. One made before opens nothing any more.

    Raises:
        Refused: when the resident has confirmed it.
    """
    refuse([] if check.resident_at is None else [checking.CONFIRMED])
    secret = secrets.token_urlsafe(24)
    record("housing.make_link", check.residency, actor=actor, now=now, reason=check.kind)
    check.token = hashlib.sha256(secret.encode()).hexdigest()
    db.session.flush()
    return secret


def confirm_resident(check: Check, *, now: datetime) -> None:
    """Whoever has the secret address says that the check is right.

    Raises:
        Refused: when it is confirmed.
    """
    refuse([] if check.resident_at is None else [checking.CONFIRMED])
    record("housing.confirm_resident", check.residency, actor=Actor(None, "resident by link"), now=now, reason=check.kind)
    check.resident_at = now
    db.session.flush()


# While it runs


def give_notice(
    residency: Residency,
    *,
    given_on: date,
    leaves_on: date,
    reason: str = "",
    waiver: str = "",
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> None:
    """Notice is given; the home is free after the last day.

    Raises:
        Refused: with every objection; a notice that is too short may be waived by an administrator.
    """
    residency.expect(version)
    park = park_of(residency)
    _refuse(rules.notice_against(facts(residency, park, now), given_on, leaves_on), waiver, actor, park)
    record("housing.give_notice", residency, actor=actor, now=now, reason=waiver or reason)
    residency.state, residency.notice_on, residency.reason = State.NOTICE.value, given_on, reason
    _end_on(residency, park, leaves_on, now)
    tell([residency], "housing_notice_given", park, actor=actor, now=now, leaves_on=leaves_on)


def _end_on(residency: Residency, park: Park, last: date, now: datetime) -> None:
    """The terms and the holds end on the day."""
    rows = queries.terms(residency.id)
    if rows[-1].ends_on != last:
        rewrite_terms(rows, last, now)
    ledger.cut(residency.number, midnight(last + DAY, park.zone), now=now)


def extend(
    residency: Residency, ends_on: date, *, rent: Money | None = None, actor: Actor, now: datetime, version: int | None = None
) -> None:
    """The residency ends later, from its old end on at another rent where one is given.

    Raises:
        Refused: with every objection; who has the home then is named only where the actor may know.
    """
    residency.expect(version)
    park = park_of(residency)
    rows = queries.terms(residency.id)
    standing = facts(residency, park, now, agreed=rows)
    against = rules.extending_against(standing, ends_on, rent)
    old = standing.term.ends_on
    if old is not None and ends_on > old:
        more = Term(old + DAY, ends_on)
        found = place(park, residency.space, more, residency.person, actor=actor, but=[residency.number], own=[residency.id])
        against += rules.settling_against(more, residency.people, found, residency.person.number)
    refuse(against)
    record("housing.extend", residency, actor=actor, now=now)
    changes = rent if rent is not None and rent.minor != rows[-1].minor else None
    rewrite_terms(rows, ends_on, now, rent=changes, from_on=None if old is None else old + DAY)
    ledger.prolong(residency.number, Term(standing.term.starts_on, ends_on).span(park.zone).ends_at, now=now)


# From one home to another


def transfer(
    residency: Residency,
    space: Space,
    *,
    on: date,
    rent: Money | None = None,
    check_out: Inventory | None = None,
    check_in: Inventory | None = None,
    reason: str = "",
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> Residency:
    """The resident lives in the other home from the day on; return the new residency. The deposit goes with them.

    Raises:
        Refused: with every objection, of both homes.
        Missing: the home is another park's.
    """
    residency.expect(version)
    park = park_of(residency)
    if space.park_id != park.id:
        raise Missing
    rows = queries.terms(residency.id)
    standing = facts(residency, park, now, agreed=rows)
    against = rules.moving_against(standing, on) + rules.rent_against(standing, rent)
    against += [rules.SAME_HOME.about(space=space.code)] if space.id == residency.space_id else []
    term = rules.rest_of(standing.term, on)
    found = place(park, space, term, residency.person, actor=actor, but=[residency.number], own=[residency.id])
    against += rules.settling_against(term, residency.people, found, residency.person.number)
    against += [rules.NOT_SEEN.about(space=space.code)] if queries.vacancies(_with_parent(space)) else []
    against += _inventory_against(residency, check_out, on, None)
    refuse(list(dict.fromkeys(against)))
    _close(residency, park, on - DAY, "housing.transfer", actor=actor, now=now, reason=reason)
    _note_check(residency, OUT, check_out, on, actor, now)
    made = _follow(residency, space, rows[-1], term, rent, park, "housing.transfer", actor=actor, now=now, reason=reason)
    _note_check(made, IN, check_in, on, actor, now)
    db.session.add(_vacated(residency, on))
    db.session.flush()
    return made


def swap(
    one: Residency,
    other: Residency,
    *,
    on: date,
    rents: tuple[Money | None, Money | None] = (None, None),
    reason: str = "",
    actor: Actor,
    now: datetime,
) -> tuple[Residency, Residency]:
    """Two residents change homes on the day; return the new residency of each. Each keeps its rent, where no other is given.

    Raises:
        Refused: with every objection, of both.
    """
    if one.id == other.id or one.park_id != other.park_id:
        refuse([rules.SAME_RESIDENCY])
    park = park_of(one)
    documents, ids = [one.number, other.number], [one.id, other.id]
    against: list[Objection] = []
    plans = []
    for mine, theirs, rent in ((one, other, rents[0]), (other, one, rents[1])):
        mine.expect(None)
        rows = queries.terms(mine.id)
        standing = facts(mine, park, now, agreed=rows)
        against += rules.moving_against(standing, on) + rules.rent_against(standing, rent)
        term = rules.rest_of(standing.term, on)
        found = place(park, theirs.space, term, mine.person, actor=actor, but=documents, own=ids)
        against += rules.settling_against(term, mine.people, found, mine.person.number)
        plans.append((mine, theirs.space, rows[-1], term, rent))
    refuse(list(dict.fromkeys(against)))
    for mine, *_rest in plans:
        _close(mine, park, on - DAY, "housing.swap", actor=actor, now=now, reason=reason)
    made = [
        _follow(mine, space, last, term, rent, park, "housing.swap", actor=actor, now=now, reason=reason)
        for mine, space, last, term, rent in plans
    ]
    return made[0], made[1]


def _close(residency: Residency, park: Park, last: date, deed: str, *, actor: Actor, now: datetime, reason: str) -> None:
    """The residency is over after the day."""
    record(deed, residency, actor=actor, now=now, reason=reason)
    residency.state, residency.left_on = State.LEFT.value, last
    _end_on(residency, park, last, now)
    db.session.flush()


def _follow(
    before: Residency,
    space: Space,
    last: ResidencyTerms,
    term: Term,
    rent: Money | None,
    park: Park,
    deed: str,
    *,
    actor: Actor,
    now: datetime,
    reason: str,
) -> Residency:
    """The residency goes on in another home, with what was agreed and with its deposit."""
    agreed = Agreed(term, rent or last.rent, last.staff, None, last.notice_days, before.people)
    made = residency_of(park, space, before.person, before.organisation, agreed, State.RESIDENT, now)
    made.moved_on, made.follows, made.notice_on = term.starts_on, before, before.notice_on
    if before.notice_on is not None:
        made.state = State.NOTICE.value
    made.deposit_minor, made.deposit_currency, made.deposit_paid_on = (
        before.deposit_minor,
        before.deposit_currency,
        before.deposit_paid_on,
    )
    before.deposit_minor, before.deposit_currency, before.deposit_paid_on = None, "", None
    take(made, park, agreed, deed, actor=actor, now=now, reason=reason)
    tell([made], "housing_agreed", park, actor=actor, now=now, agreed=agreed)
    return made


# The end


def leave(
    residency: Residency, check: Inventory | None, *, on: date, waiver: str = "", actor: Actor, now: datetime, version: int | None = None
) -> Vacancy:
    """The resident has left; the day is the last one. The home is vacated, until somebody calls it ready.

    Raises:
        Refused: with every objection: before the check-in, without notice, photos that lack, meters that run backwards.
    """
    residency.expect(version)
    park = park_of(residency)
    given = queries.checks(residency.id).get(IN)
    against = rules.leaving_against(facts(residency, park, now), on)
    against += _inventory_against(residency, check, on, given.keys if given is not None else None)
    _refuse(against, waiver, actor, park)
    _close(residency, park, on, "housing.leave", actor=actor, now=now, reason=waiver)
    _note_check(residency, OUT, check, on, actor, now)
    vacancy = _vacated(residency, on + DAY)
    db.session.add(vacancy)
    db.session.flush()
    return vacancy


def _vacated(residency: Residency, on: date) -> Vacancy:
    vacancy = Vacancy(park_id=residency.park_id, space_id=residency.space_id, residency_id=residency.id, vacated_on=on)
    vacancy.space = residency.space
    return vacancy


def make_ready(vacancy: Vacancy, *, on: date, note: str = "", actor: Actor, now: datetime) -> None:
    """Somebody has seen the empty home, and it can be given again from the day on.

    Raises:
        Refused: when it is ready, the day is before it was vacated or to come, or there are works on the day.
    """
    park = db.session.get_one(Park, vacancy.park_id)
    space = db.session.get_one(Space, vacancy.space_id)
    held = ledger_queries.overlapping([space.id], Term(on, on).span(park.zone))
    works = [one for one in blocking(park, held, actor) if one.kind == HoldKind.CLOSURE.value]
    refuse(rules.ready_against(space.code, vacancy.vacated_on, vacancy.ready_on, on, _today(park, now), works))
    about = vacancy.residency_id
    if about is None:
        raise Missing
    record("housing.make_ready", db.session.get_one(Residency, about), actor=actor, now=now, reason=note)
    vacancy.ready_on, vacancy.note = on, note
    db.session.flush()


# Deposits


def held(residency: Residency) -> checking.Held:
    """Return the deposit of the residency, and what is kept of it."""
    agreed = None if residency.deposit_minor is None else Money(residency.deposit_minor, residency.deposit_currency)
    kept = tuple(Money(one.minor, one.currency) for one in queries.deductions(residency.id))
    return checking.Held(residency.number, agreed, residency.deposit_paid_on, residency.deposit_returned_on, kept)


def receive_deposit(residency: Residency, *, on: date, actor: Actor, now: datetime, version: int | None = None) -> None:
    """The deposit was received on the day.

    Raises:
        Refused: when none is agreed, or it was received before.
    """
    residency.expect(version)
    refuse(checking.receiving_against(held(residency), on, _today(park_of(residency), now)))
    record("housing.receive_deposit", residency, actor=actor, now=now)
    residency.deposit_paid_on = on


def deduct(
    residency: Residency, line_id: int, amount: Money, reason: str, *, actor: Actor, now: datetime, version: int | None = None
) -> Deduction:
    """So much of the deposit is kept, because of one line of the check-out that is worse than at the check-in.

    Raises:
        Refused: with every objection.
    """
    residency.expect(version)
    by_kind = queries.checks(residency.id)
    of_check = queries.lines([check.id for check in by_kind.values()])
    out = of_check.get(by_kind[OUT].id, []) if OUT in by_kind else []
    row = next((line for line in out if line.id == line_id), None)
    line = None if row is None else InventoryLine(row.room, row.item, row.grade)
    before = None
    if row is not None and IN in by_kind:
        before = next((one.grade for one in of_check.get(by_kind[IN].id, []) if (one.room, one.item) == (row.room, row.item)), None)
    refuse(checking.deducting_against(held(residency), amount, reason, line, before))
    record("housing.deduct", residency, actor=actor, now=now, reason=reason)
    deduction = Deduction(
        residency_id=residency.id, line_id=line_id, minor=amount.minor, currency=amount.currency, reason=reason, made_at=now
    )
    db.session.add(deduction)
    db.session.flush()
    return deduction


def return_deposit(residency: Residency, *, on: date, actor: Actor, now: datetime, version: int | None = None) -> Money:
    """What is left of the deposit was returned on the day; return how much.

    Raises:
        Refused: when the resident has not left, or there is nothing that was received.
    """
    residency.expect(version)
    deposit = held(residency)
    refuse(checking.returning_against(deposit, on, _today(park_of(residency), now), left=residency.state == State.LEFT))
    record("housing.return_deposit", residency, actor=actor, now=now)
    residency.deposit_returned_on = on
    return deposit.left or Money(0, residency.deposit_currency)


# Telling


def tell(
    residencies: Sequence[Residency], template: str, park: Park, *, actor: Actor, now: datetime, key: str = "", **more: object
) -> None:
    """Who lives there is told, where they have an account, and the liaisons of who stands for them: one letter each about all of theirs."""
    liaisons = queries.told(park.id, {one.organisation_id for one in residencies}, _today(park, now))
    letters: dict[int, list[Residency]] = {}
    receivers = {}
    for residency in residencies:
        account = None if residency.person.user_id is None else db.session.get(User, residency.person.user_id)
        own = [account] if account is not None and account.active else []
        for receiver in {user.id: user for user in [*own, *liaisons.get(residency.organisation_id, [])]}.values():
            if receiver.id != actor.user_id:
                receivers[receiver.id] = receiver
                letters.setdefault(receiver.id, []).append(residency)
    for user_id, listed in letters.items():
        first = listed[0]
        notices.post(
            receivers[user_id],
            template,
            key=key or f"{template} {first.number} {len(listed)} {now.isoformat()}",
            park_id=park.id,
            about=first.number,
            now=now,
            zone=park.zone,
            residency=first,
            residencies=listed,
            park=park,
            **more,
        )
