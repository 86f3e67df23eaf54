"""Residencies of somebody's table into the register: who lives where, from when to when, for how much; all of them or none.

A residency is known again by its number (ours, or the one of the register that it came from), or by home, resident and first day. A later
last day is an extension. What ends earlier, moves to another home or pays another rent is a deed of its own, with a notice or a transfer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from parkmgr.db import db
from parkmgr.errors import N_, Objection, Refused
from parkmgr.housing import actions as housing
from parkmgr.housing import allocating_queries
from parkmgr.housing import queries as housing_queries
from parkmgr.housing import rules as housing_rules
from parkmgr.housing.rules import Agreed, Elsewhere, Facts, Place, State
from parkmgr.imports import queries, rules
from parkmgr.imports.booked import FIX_ORGANISATION, IN_ROW, MANY_ORGANISATIONS, NO_ORGANISATION
from parkmgr.imports.queries import Resident, Settled
from parkmgr.imports.rules import Problem, ResidencyRow, folded
from parkmgr.occupancy import queries as ledger
from parkmgr.organisations.models import Organisation
from parkmgr.people import actions as people
from parkmgr.people.models import Person
from parkmgr.places.models import Space
from parkmgr.values import Money, Term, day_of

if TYPE_CHECKING:
    from parkmgr.imports.actions import _Work

DAY = timedelta(days=1)

NO_HOME = Objection("imports.no_home", N_("The park has no flat or bed %(code)s."))
FIX_HOME = Objection("imports.fix_home", N_("Import the spaces first, or write the code of a flat or bed that is there."))
NO_PERSON = Objection("imports.no_person", N_("The park knows nobody of the number %(number)s."))
FIX_PERSON = Objection("imports.fix_person", N_("Write the number as it stands in the list of people, or the name."))
OTHER_EMPLOYER = Objection("imports.other_employer", N_("%(organisation)s stands for %(person)s, not the one in the row."))
MANY_PEOPLE = Objection("imports.many_people", N_("Several people of this organisation have this name."))
FIX_PERSON_NUMBER = Objection("imports.fix_person_number", N_("Write the resident's number."))
MADE_PERSON = Objection("imports.made_person", N_("Somebody new: a number is given to them."))
SAME_HOME = Objection("imports.same_home", N_("Row %(row)s gives %(space)s, or a part of it, in the same days."))
SAME_PERSON = Objection("imports.same_person", N_("Row %(row)s gives the same person %(space)s in the same days."))
OTHER_HOME = Objection("imports.other_home", N_("%(number)s is about %(space)s here."))
FIX_TRANSFER = Objection("imports.fix_transfer", N_("Transfer the resident in the register first, or mend the row."))
EARLIER = Objection("imports.earlier", N_("%(number)s goes on to %(ends_on)s here, and the row ends earlier."))
EARLIER_ENDLESS = Objection("imports.earlier", N_("%(number)s has no end here, and the row has one."))
FIX_NOTICE = Objection("imports.fix_notice", N_("Give notice in the register, or mend the row."))
OVER_HERE = Objection("imports.over_here", N_("%(number)s is over here; the row does not change that."))
OTHER_TERMS = Objection("imports.other_terms", N_("%(number)s has another rent, deposit or number of people here; that stays."))
ENDED = Objection("imports.ended", N_("It has ended already."))

_FIELDS = {
    "person": "resident",
    "rent": "monthly_rent",
    "people": "people",
    "deposit": "deposit",
    "ends_on": "ends_on",
    "starts_on": "starts_on",
}


@dataclass(frozen=True, slots=True)
class _Who:
    """The resident of a row: somebody of the register, or a name that is somebody new."""

    id: int | None
    number: str
    name: str
    organisation_id: int

    @property
    def key(self) -> tuple[object, ...]:
        """By what rows speak of the same person."""
        return (self.id,) if self.id is not None else (folded(self.name), self.organisation_id)


class _Register:
    """What the register says of everything that the rows name, read at once."""

    def __init__(self, work: _Work, rows: Sequence[ResidencyRow]) -> None:
        park = work.park
        self.work = work
        self.spaces = queries.spaces(park.id)
        self.particulars = queries.particulars(park.id)
        self.tenants = queries.tenants()
        self.codes = {id_: code for code, id_ in self.tenants.ids.items()}
        self.residents = queries.residents(park.id)
        self.by_number = {one.number: one for one in self.residents}
        self.by_name: dict[tuple[str, int], list[Resident]] = {}
        for one in self.residents:
            if one.name:
                self.by_name.setdefault((folded(one.name), one.organisation_id), []).append(one)
        self.settled = queries.settled(park.id)
        self.giving = allocating_queries.giving(park.id)
        ids = {self.spaces[row.space].id for row in rows if row.space in self.spaces}
        self.units = ledger.units(ids) if ids else {}
        first = min((row.starts_on for row in rows), default=date.max)
        self.overlaps: dict[int, list[ledger.Overlap]] = {}
        if ids and first < date.max:
            for overlap in ledger.overlapping(ids, Term(first).span(park.zone)):
                self.overlaps.setdefault(overlap.asked_id, []).append(overlap)
        self.homes = housing_queries.lives_in([one.id for one in self.residents])

    def organisation(self, row: ResidencyRow) -> int | None:
        """Return the id of the row's organisation; None when there is a problem."""
        text = row.organisation
        if text in self.tenants.ids:
            return self.tenants.ids[text]
        named = self.tenants.named.get(folded(text), [])
        if len(named) == 1:
            return self.tenants.ids[named[0]]
        reason = (MANY_ORGANISATIONS if named else NO_ORGANISATION).about(name=text[:80]) if text else rules.NEEDED
        self.work.refuse(row.row, "organisation", text, reason, FIX_ORGANISATION)
        return None

    def who(self, row: ResidencyRow, organisation_id: int) -> _Who | None:
        """Return the row's resident; None when there is a problem. What is wrong never repeats a name."""
        text = row.resident
        known = self.by_number.get(text.upper())
        if known is not None:
            if known.organisation_id != organisation_id:
                about = OTHER_EMPLOYER.about(organisation=self.codes[known.organisation_id], person=known.number)
                self.work.refuse(row.row, "organisation", row.organisation, about, FIX_ORGANISATION)
                return None
            return _Who(known.id, known.number, known.name, organisation_id)
        if text.upper().startswith("P-") and text[2:3].isdigit():
            self.work.refuse(row.row, "resident", text, NO_PERSON.about(number=text[:20]), FIX_PERSON)
            return None
        named = self.by_name.get((folded(text), organisation_id), [])
        if len(named) > 1:
            self.work.refuse(row.row, "resident", "", MANY_PEOPLE, FIX_PERSON_NUMBER)
            return None
        return _Who(named[0].id, named[0].number, named[0].name, organisation_id) if named else _Who(None, "", text, organisation_id)

    def place(self, space: Space, term: Term, who: _Who, *, but: str = "") -> Place:
        """Return what is known of a home for the term."""
        span = term.span(self.work.park.zone)
        listed = self.particulars.get(space.id, [])
        then = next((one for one in listed if one.starts_on <= term.starts_on < one.ends_on), None)
        overlaps = [one for one in self.overlaps.get(space.id, []) if one.held.span.overlaps(span) and one.held.document != but]
        others: Sequence[Elsewhere] = self.homes.get(who.id, []) if who.id is not None else []
        return Place(
            space=space.code,
            kind=then.kind if then is not None else "",
            there=housing.there(listed),
            flat=space.parent.code if space.parent is not None else "",
            beds=len(self.units[space.id]) if space.divided else then.capacity if then is not None else None,
            limit=self.giving.people_per_flat,
            in_the_way=housing.blocking(self.work.park, overlaps, self.work.actor),
            elsewhere=tuple(one for one in others if one.term.overlaps(term) and one.document != but),
        )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A row that settles somebody."""

    row: ResidencyRow
    who: _Who
    space: Space


def plan(work: _Work, rows: Sequence[ResidencyRow]) -> None:
    """Plan what the rows add to the register, or change in it, and note everything that is against it."""
    register = _Register(work, rows)
    today = day_of(work.now, work.park.zone)
    given: dict[int, list[tuple[Term, ResidencyRow]]] = {}
    placed: dict[tuple[object, ...], list[tuple[Term, ResidencyRow]]] = {}
    made: dict[tuple[object, ...], list[Person]] = {}
    for row in rows:
        space, organisation_id = _home(work, register, row), register.organisation(row)
        who = register.who(row, organisation_id) if organisation_id is not None else None
        if space is None or who is None:
            continue
        before = _before(register, row, space, who)
        if before is not None:
            _compare(work, register, before, row, space, who)
            continue
        if row.ends_on is not None and row.ends_on < today:
            work.skips[str(ENDED)] += 1
            continue
        wanted = _Wanted(row, who, space)
        if _refused(work, register, wanted, given, placed):
            continue
        if who.id is None and who.key not in made:
            made[who.key] = []
            work.made["people"] += 1
            work.warnings.append(Problem(row.row, work.column("resident"), "", MADE_PERSON))
        work.added += 1
        work.steps.append(partial(_settle, work, wanted, made.setdefault(who.key, []), register.giving.notice_days))


def _home(work: _Work, register: _Register, row: ResidencyRow) -> Space | None:
    space = register.spaces.get(row.space)
    if space is None:
        work.refuse(row.row, "space", row.space, NO_HOME.about(code=row.space[:60]) if row.space else rules.NEEDED, FIX_HOME)
    return space


def _before(register: _Register, row: ResidencyRow, space: Space, who: _Who) -> Settled | None:
    """Return the residency that the row speaks of."""
    if row.reference:
        by_reference = [one for one in register.settled if row.reference in (one.number, one.external)]
        if by_reference:
            return by_reference[-1]
    came_to_be = (one for one in register.settled if one.state not in (State.DECLINED, State.EXPIRED))
    alike = (one for one in came_to_be if (one.space_id, one.person_id, one.starts_on) == (space.id, who.id, row.starts_on))
    return next((one for one in alike if not row.reference or not one.external), None) if who.id is not None else None


def _refused(
    work: _Work,
    register: _Register,
    wanted: _Wanted,
    given: dict[int, list[tuple[Term, ResidencyRow]]],
    placed: dict[tuple[object, ...], list[tuple[Term, ResidencyRow]]],
) -> bool:
    """Note what is against a row, also what rows above it say; tell whether anything is."""
    row, who, space = wanted.row, wanted.who, wanted.space
    term = Term(row.starts_on, row.ends_on)
    against = housing_rules.agreed_against(_agreed(row, register.giving.notice_days))
    against += housing_rules.settling_against(term, row.people, register.place(space, term, who), who.number or N_("somebody new"))
    if not who.name and not who.number:
        against.append(rules.NEEDED.at("resident"))
    refused = work.against(row.row, row.space, [one.at(_FIELDS.get(one.field, "space")) for one in against])
    for unit in register.units[space.id]:
        other = next((one for days, one in given.get(unit, []) if days.overlaps(term)), None)
        if other is not None:
            refused = True
            work.refuse(row.row, "space", row.space, SAME_HOME.about(row=other.row, space=other.space), rules.FIX_REMOVE_ROW)
            break
    elsewhere = next((one for days, one in placed.get(who.key, []) if days.overlaps(term)), None)
    if elsewhere is not None:
        refused = True
        about = SAME_PERSON.about(row=elsewhere.row, space=elsewhere.space)
        work.refuse(row.row, "resident", who.number, about, rules.FIX_REMOVE_ROW)
    if not refused:
        for unit in register.units[space.id]:
            given.setdefault(unit, []).append((term, row))
        placed.setdefault(who.key, []).append((term, row))
    return refused


def _agreed(row: ResidencyRow, notice_days: int) -> Agreed:
    return Agreed(
        Term(row.starts_on, row.ends_on),
        Money(row.rent_minor, row.currency),
        staff=row.staff,
        deposit=Money(row.deposit_minor, row.currency) if row.deposit_minor else None,
        notice_days=notice_days,
        people=row.people,
    )


def _settle(work: _Work, wanted: _Wanted, made: list[Person], notice_days: int) -> None:
    row, who = wanted.row, wanted.who
    organisation = db.session.get_one(Organisation, who.organisation_id)
    if who.id is not None:
        person = db.session.get_one(Person, who.id)
    else:
        if not made:
            made.append(people.add(work.park, organisation, name=who.name, actor=work.actor, now=work.now))
        person = made[0]
    try:
        residency = housing.settle(
            work.park,
            wanted.space,
            person,
            organisation,
            _agreed(row, notice_days),
            actor=work.actor,
            now=work.now,
            external=row.reference,
        )
        if row.starts_on <= day_of(work.now, work.park.zone):
            waiver = f"import, row {row.row}"  # who lives there already needs no check-in
            housing.move_in(residency, None, on=row.starts_on, waiver=waiver, actor=work.actor, now=work.now)
    except Refused as refused:
        raise Refused([IN_ROW.about(row=row.row, sentence=one) for one in refused.objections]) from refused


def _compare(work: _Work, register: _Register, before: Settled, row: ResidencyRow, space: Space, who: _Who) -> None:
    """Count the row as unchanged, or plan the extension that it asks for; or note why that is none."""
    if before.space_id != space.id or before.person_id != who.id:
        here = next((one.code for one in register.spaces.values() if one.id == before.space_id), "")
        work.refuse(row.row, "space", row.space, OTHER_HOME.about(number=before.number, space=here), FIX_TRANSFER)
        return
    if before.state == State.OFFERED:
        work.unchanged += 1
        return
    if before.state not in (State.ACCEPTED, State.RESIDENT, State.NOTICE):
        work.unchanged += 1
        work.warnings.append(Problem(row.row, work.column("reference"), row.reference, OVER_HERE.about(number=before.number)))
        return
    if _differs(work, before, row):
        work.warnings.append(Problem(row.row, work.column("monthly_rent"), "", OTHER_TERMS.about(number=before.number)))
    ends_on = work.known("ends_on", row.ends_on, before.ends_on)
    if ends_on == before.ends_on:
        work.unchanged += 1
    elif before.ends_on is None:
        work.refuse(row.row, "ends_on", str(ends_on or ""), EARLIER_ENDLESS.about(number=before.number), FIX_NOTICE)
    elif ends_on is None or ends_on > before.ends_on:
        _extend(work, register, before, row, space, who, ends_on)
    else:
        about = EARLIER.about(number=before.number, ends_on=before.ends_on)
        work.refuse(row.row, "ends_on", ends_on.isoformat(), about, FIX_NOTICE)


NO_END = Objection("imports.no_end", N_("An extension needs a last day."))


def _extend(work: _Work, register: _Register, before: Settled, row: ResidencyRow, space: Space, who: _Who, ends_on: date | None) -> None:
    if ends_on is None or before.ends_on is None:
        work.refuse(row.row, "ends_on", "", NO_END, rules.FIX_CELL)
        return
    more = Term(before.ends_on + DAY, ends_on)
    facts = Facts(
        before.number,
        before.state,
        space.code,
        Term(before.starts_on, before.ends_on),
        day_of(work.now, work.park.zone),
        before.notice_days,
        before.currency,
    )
    against = housing_rules.extending_against(facts, ends_on, None)
    against += housing_rules.settling_against(more, before.people, register.place(space, more, who, but=before.number), who.number)
    if not work.against(row.row, ends_on.isoformat(), [one.at("ends_on") for one in against]):
        work.changed += 1
        work.steps.append(partial(_prolong, work, before.id, ends_on, row.row))


def _prolong(work: _Work, residency_id: int, ends_on: date, row: int) -> None:
    [residency] = housing_queries.residencies_of([residency_id])
    try:
        housing.extend(residency, ends_on, actor=work.actor, now=work.now)
    except Refused as refused:
        raise Refused([IN_ROW.about(row=row, sentence=one) for one in refused.objections]) from refused


def _differs(work: _Work, before: Settled, row: ResidencyRow) -> bool:
    said: Mapping[str, tuple[object, object]] = {
        "monthly_rent": ((row.rent_minor, row.currency), (before.minor, before.currency)),
        "deposit": (row.deposit_minor, before.deposit_minor),
        "people": (row.people, before.people),
    }
    return any(name in work.plan.fields and one != other for name, (one, other) in said.items())
