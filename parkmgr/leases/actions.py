"""The deeds of letting. None commits; each leaves one audit entry about every lease that it touches.

Where the parameter `version` is there, it is the version that the person's page was opened on: Stale when it is not the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from parkmgr.accounts.models import User
from parkmgr.accounts.queries import administrators
from parkmgr.audit.actions import record
from parkmgr.db import db, take_number, take_numbers
from parkmgr.errors import Missing, Objection, refuse
from parkmgr.leases import queries, rules
from parkmgr.leases.models import (
    DepositMovement,
    Lease,
    LeaseOption,
    LeaseRequest,
    LeaseSpace,
    LeaseVersion,
    NoticeGiven,
    RentFree,
    RentStep,
    RequestState,
)
from parkmgr.leases.rules import DAY, Agreed, State, Terms
from parkmgr.notices import actions as notices
from parkmgr.occupancy import actions as ledger
from parkmgr.occupancy import queries as ledger_queries
from parkmgr.occupancy.models import HoldKind
from parkmgr.occupancy.rules import Blocking, covered, objection
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park, Space
from parkmgr.policy import Actor
from parkmgr.values import FOREVER, Money, Span, Term, day_of, last_day, midnight

# Writing what was agreed


def _write(version: LeaseVersion, terms: Terms) -> None:
    version.starts_on, version.ends_on = terms.term.starts_on, terms.term.ends_on
    version.notice_months, version.purpose, version.currency = terms.notice_months, terms.purpose, terms.currency
    version.deposit_minor = terms.deposit.minor if terms.deposit else 0
    version.vat_country = terms.vat_country
    index = terms.indexation
    version.index_name = index.name if index else ""
    version.index_every_months = index.every_months if index else 12
    version.index_cap = "" if index is None or index.cap is None else str(index.cap)
    version.index_collar = "" if index is None or index.collar is None else str(index.collar)
    version.index_upward_only = index.upward_only if index else True
    lease_id = version.lease_id
    version.spaces = [
        LeaseSpace(lease_id=lease_id, space_id=space_id, position=position) for position, space_id in enumerate(terms.space_ids)
    ]
    version.steps = [
        RentStep(lease_id=lease_id, from_on=step.from_on, minor=step.money.minor, basis=step.basis)
        for step in sorted(terms.steps, key=lambda step: step.from_on)
    ]
    version.rent_free = [
        RentFree(lease_id=lease_id, from_on=free.starts_on, until_on=free.ends_on)
        for free in sorted(terms.rent_free, key=lambda free: free.starts_on)
    ]
    version.options = [
        LeaseOption(lease_id=lease_id, kind=option.kind, on=option.on, notice_months=option.notice_months, side=option.side)
        for option in sorted(terms.options, key=lambda option: (option.on, option.kind))
    ]


def _add_version(lease: Lease, terms: Terms, *, effective_on: date, reason: str, now: datetime) -> LeaseVersion:
    number = max((version.number for version in lease.versions), default=0) + 1
    version = LeaseVersion(lease_id=lease.id, number=number, effective_on=effective_on, reason=reason, recorded_at=now)
    _write(version, terms)
    lease.versions.append(version)
    return version


def _terms_against(park: Park, terms: Terms) -> list[Objection]:
    """Return what is against the terms whoever agrees on them: contradictions, and a space named together with its part.

    Raises:
        Missing: when a space is not there, or is another park's.
    """
    against = rules.terms_against(terms)
    ids = set(terms.space_ids)
    found = queries.spaces(sorted(ids))
    if len(found) != len(ids) or any(space.park_id != park.id for space in found):
        raise Missing
    if any(space.divided for space in found):
        units = [unit for of_space in ledger_queries.units(sorted(ids)).values() for unit in of_space]
        if len(set(units)) < len(units) and rules.SPACE_TWICE not in against:
            against.append(rules.SPACE_TWICE)
    return against


def _facts(lease: Lease, now: datetime) -> rules.Facts:
    return lease.facts(day_of(now, lease.park.zone))


# Drafts


def draft(
    park: Park,
    tenant: Organisation,
    terms: Terms,
    *,
    reference: str = "",
    under: Lease | None = None,
    actor: Actor,
    now: datetime,
) -> Lease:
    """A draft is there, with its own number. *under*: the head lease of a sublease, loaded by queries.lease.

    Raises:
        Refused: with everything in the terms that contradicts itself; what is only missing may stay missing until the signature.
        Missing: when a space is not there, or is another park's.
    """
    lease = _draft(park, tenant, terms, reference=reference, under=under, follows=None, actor=actor, now=now)
    record("leases.draft", lease, actor=actor, now=now)
    return lease


def _draft(
    park: Park,
    tenant: Organisation,
    terms: Terms,
    *,
    reference: str,
    under: Lease | None,
    follows: Lease | None,
    actor: Actor,
    now: datetime,
) -> Lease:
    refuse([*_terms_against(park, terms), *_head_against(park, tenant, under)])
    lease = Lease(
        park=park,
        park_id=park.id,
        number=take_number("L", day_of(now, park.zone).year),
        reference=reference,
        tenant=tenant,
        tenant_id=tenant.id,
        state=State.DRAFT,
        drafted_by=actor.user_id,
        follows_id=follows.id if follows else None,
        under_id=under.id if under else None,
        versions=[],
        deposits=[],
    )
    db.session.add(lease)
    db.session.flush()
    _add_version(lease, terms, effective_on=terms.term.starts_on, reason="", now=now)
    db.session.flush()
    return lease


def _head_against(park: Park, tenant: Organisation, head: Lease | None) -> list[Objection]:
    if head is None:
        return []
    if head.park_id != park.id:
        raise Missing
    against: list[Objection] = []
    if head.state not in rules.EXECUTED:
        against.append(rules.HEAD_NOT_SIGNED.about(document=head.number))
    if head.under_id is not None:
        against.append(rules.HEAD_IS_SUB.about(document=head.number))
    if head.tenant_id == tenant.id:
        against.append(rules.HEAD_IS_OWN)
    return against


def change(
    lease: Lease,
    terms: Terms,
    *,
    actor: Actor,
    now: datetime,
    tenant: Organisation | None = None,
    reference: str | None = None,
    version: int | None = None,
) -> None:
    """The draft says *terms* (and names *tenant* and *reference* where given). An offer becomes a draft again; what was offered is kept.

    Raises:
        Refused: with everything in the terms that contradicts itself; or when it is signed already.
    """
    lease.expect(version)
    head = queries.lease_of(lease.under_id) if lease.under_id else None
    against = rules.change_against(_facts(lease, now))
    refuse([*against, *_terms_against(lease.park, terms), *_head_against(lease.park, tenant or lease.tenant, head)])
    record("leases.change", lease, actor=actor, now=now)
    lease.drafted_by = actor.user_id
    if tenant is not None:
        lease.tenant = tenant
    if reference is not None:
        lease.reference = reference
    latest = lease.last_version
    if lease.state == State.OFFERED:
        lease.state = State.DRAFT
        latest.withdrawn_at = now
        _add_version(lease, terms, effective_on=terms.term.starts_on, reason="", now=now)
    else:
        latest.spaces, latest.steps, latest.rent_free, latest.options = [], [], [], []
        db.session.flush()  # the old rows go first: the new ones may have the same keys
        latest.effective_on = terms.term.starts_on
        _write(latest, terms)
    db.session.flush()


def offer(lease: Lease, *, actor: Actor, now: datetime, version: int | None = None) -> None:
    """The draft was offered to the tenant, who may read it from now on.

    Raises:
        Refused: with everything that it lacks.
    """
    lease.expect(version)
    refuse([*rules.offer_against(_facts(lease, now)), *rules.incomplete(lease.last_version.terms)])
    record("leases.offer", lease, actor=actor, now=now)
    lease.state = State.OFFERED
    db.session.flush()


# Signature


def _existence_against(units: dict[int, list[int]], spaces: Sequence[Space], term: Term) -> list[Objection]:
    """Return which of the spaces do not exist or are not let in the term. A part that was retired before does not count."""
    times = queries.existences(sorted({unit for of_space in units.values() for unit in of_space}))
    against: list[Objection] = []
    for space in spaces:
        found = {unit: times[unit] for unit in units[space.id]}
        there = {
            unit: (code, listed)
            for unit, (code, listed) in found.items()
            if any(term.overlaps(Term(one.starts_on, one.ends_on)) for one in listed)
        }
        if not there:
            against.append(rules.NOT_THERE.about(space=space.code))
        for code, listed in there.values():
            against += rules.existence_against(code, listed, term)
    return against


def _taken_against(park: Park, spaces: Sequence[Space], term: Term, actor: Actor, but: str) -> list[Objection]:
    """Return who or what is in the way of taking the spaces: named only where the actor may know."""
    codes = {space.id: space.code for space in spaces}
    zone = park.zone
    blocking: dict[tuple[int, str], Span] = {}
    holders = {}
    for overlap in ledger_queries.overlapping(sorted(codes), term.span(zone), but=but):
        key = (overlap.asked_id, overlap.held.document)
        span = overlap.held.span
        before = blocking.get(key, span)
        blocking[key] = Span(min(before.starts_at, span.starts_at), max(before.ends_at, span.ends_at))
        holders[key] = overlap.held
    against = []
    for (space_id, document), span in blocking.items():
        held = holders[space_id, document]
        may_know = actor.sees_all(park.id) or held.holder_id in actor.organisations(park.id)
        against.append(
            objection(
                Blocking(
                    codes[space_id],
                    day_of(span.starts_at, zone),
                    last_day(span, zone),
                    str(held.holder) if may_know else "",
                    document if may_know else "",
                )
            )
        )
    return against


def _sublet_against(lease: Lease, units: dict[int, list[int]], spaces: Sequence[Space], term: Term) -> list[Objection]:
    """Return what is against a sublease: the head lease must hold every unit for the term, and must not have sublet it already."""
    if lease.under_id is None:
        return []
    head = queries.lease_of(lease.under_id)
    held: dict[int, list[Span]] = {}
    for one in ledger_queries.of_document(head.number):
        held.setdefault(one.space_id, []).append(one.span)
    span = term.span(lease.park.zone)
    against = [
        rules.NOT_COVERED.about(space=space.code, document=head.number)
        for space in spaces
        if not all(covered(span, held.get(unit, [])) for unit in units[space.id])
    ]
    own = {unit for of_space in units.values() for unit in of_space}
    for other in queries.subleases(head.id):
        if other.id == lease.id:
            continue
        for space_ids, days in _occupation(other):
            theirs = {unit for of_space in ledger_queries.units(space_ids).values() for unit in of_space}
            if own & theirs and days.overlaps(term):
                against.append(rules.SUBLET_ALREADY.about(space=spaces[0].code, document=other.number))
                break
    return against


def _occupation(lease: Lease, *more: Agreed, holdover: bool | None = None) -> list[tuple[tuple[int, ...], Term]]:
    goes_on = lease.holdover_from is not None if holdover is None else holdover
    versions = [version.agreed for version in lease.known_versions]
    return rules.occupation([*versions, *more], holdover=goes_on, left_on=lease.left_on)


def sign(lease: Lease, *, actor: Actor, now: datetime, version: int | None = None) -> None:
    """The lease is signed and holds its spaces for its term; a sublease stands under its head lease's holds instead.

    A tenant who held over under the lease that this one renews leaves that one on the day before.
    Raises:
        Refused: with every objection at once; a space that is taken names its holder only where the actor may know.
    """
    lease.expect(version)
    latest = lease.last_version
    terms = latest.terms
    before = _held_over_before(lease, terms.term)
    spaces = queries.spaces(terms.space_ids)
    units = ledger_queries.units(terms.space_ids)
    against = [
        *rules.sign_against(
            _facts(lease, now), drafter_id=lease.drafted_by, signer_id=actor.user_id, drafter_may_sign=lease.park.drafter_may_sign
        ),
        *rules.incomplete(terms),
        *rules.terms_against(terms),
        *_existence_against(units, spaces, terms.term),
        *_sublet_against(lease, units, spaces, terms.term),
    ]
    if lease.under_id is None:
        against += _taken_against(lease.park, spaces, terms.term, actor, before.number if before else "")
    refuse(against)
    record("leases.sign", lease, actor=actor, now=now)
    if before is not None:
        _leave(before, terms.term.starts_on - DAY, State.ENDED, "leases.end", f"→ {lease.number}", actor=actor, now=now)
    _executed(lease, actor, now)
    if lease.under_id is None:
        ledger.take(
            spaces,
            terms.term.span(lease.park.zone),
            kind=HoldKind.LEASE,
            holder_id=lease.tenant_id,
            document=lease.number,
            now=now,
        )
    db.session.flush()


def _executed(lease: Lease, actor: Actor, now: datetime) -> None:
    lease.state, lease.signed_by, lease.signed_at = State.SIGNED, actor.user_id, now


def _held_over_before(lease: Lease, term: Term) -> Lease | None:
    """Return the lease that this one renews, when its tenant holds over under it into the new term."""
    if lease.follows_id is None:
        return None
    before = queries.lease_of(lease.follows_id, to_change=True)
    holds_over = before.state == State.SIGNED and before.holdover_from is not None and before.tenant_id == lease.tenant_id
    return before if holds_over and before.last_version.starts_on < term.starts_on else None


# Signed elsewhere


@dataclass(frozen=True, slots=True)
class SignedElsewhere:
    """A lease that was signed before the park had this register, or outside of it."""

    tenant: Organisation
    terms: Terms
    spaces: tuple[Space, ...]
    reference: str = ""
    held_over: bool = False
    """Its term was over, and the tenant stayed on."""


def record_signed(park: Park, signed: Sequence[SignedElsewhere], *, actor: Actor, now: datetime, reason: str = "") -> list[Lease]:
    """The leases are in the register as they are, recorded now, and hold their spaces. Nobody here drafted or signed them.

    What a signature here asks for may be unknown (the rent), so only contradictions are refused; whether the spaces exist
    and are free is for the caller to ask, and for the guard to see to. Rows are written in bulk: whole registers come this way.
    Raises:
        Refused: with everything in the terms that contradicts itself; TAKEN (by transaction()), from the guard in the database.
    """
    refuse([objection for one in signed for objection in rules.terms_against(one.terms)])
    numbers = take_numbers("L", day_of(now, park.zone).year, len(signed))
    leases = [
        Lease(
            park=park,
            park_id=park.id,
            number=number,
            reference=one.reference,
            tenant=one.tenant,
            tenant_id=one.tenant.id,
            state=State.SIGNED,
            signed_at=now,
            holdover_from=one.terms.term.ends_on + DAY if one.held_over and one.terms.term.ends_on else None,
            versions=[],
            deposits=[],
        )
        for number, one in zip(numbers, signed, strict=True)
    ]
    db.session.add_all(leases)
    db.session.flush()
    held = []
    for lease, one in zip(leases, signed, strict=True):
        _add_version(lease, one.terms, effective_on=one.terms.term.starts_on, reason=reason, now=now)
        term = Term(one.terms.term.starts_on) if lease.holdover_from else one.terms.term
        held += [(space, term.span(park.zone), one.tenant.id, lease.number) for space in one.spaces]
        record("leases.record_signed", lease, actor=actor, now=now, reason=reason)
    db.session.flush()
    ledger.take_each(held, kind=HoldKind.LEASE, now=now)
    return leases


# While it runs


def amend(
    lease: Lease,
    terms: Terms,
    *,
    effective_on: date,
    reason: str,
    actor: Actor,
    now: datetime,
    version: int | None = None,
    elsewhere: bool = False,
) -> LeaseVersion:
    """From *effective_on* the lease says *terms*; what it said before stays known, and its holds follow.

    A lease that has not begun may move its first day: then the new agreement replaces the others altogether.
    elsewhere: it was agreed outside of this register, and may lack what an agreement here must say (the rent).
    Raises:
        Refused: with every objection at once.
    """
    lease.expect(version)
    facts = _facts(lease, now)
    moved = terms.term.starts_on != facts.term.starts_on
    if moved:
        effective_on = terms.term.starts_on
    stays_over = lease.holdover_from is not None and terms.term.ends_on == facts.term.ends_on
    new = Agreed(max(one.number for one in lease.versions) + 1, effective_on, terms.term, terms.space_ids)
    wanted = [] if effective_on < terms.term.starts_on else _amended(lease, new, moved=moved, holdover=stays_over)
    refuse(
        [
            *rules.amend_against(facts, terms.term, effective_on, reason, None if moved else _next_after(lease, effective_on)),
            *([] if elsewhere else rules.incomplete(terms)),
            *_terms_against(lease.park, terms),
            *_amended_against(lease, new, wanted, actor),
        ]
    )
    record("leases.amend", lease, actor=actor, now=now, reason=reason)
    if moved:
        for old in lease.known_versions:
            old.withdrawn_at = now
    if lease.holdover_from is not None and not stays_over:
        lease.holdover_from = None
    added = _add_version(lease, terms, effective_on=effective_on, reason=reason, now=now)
    if lease.under_id is None:
        zone = lease.park.zone
        ledger.rewrite(
            lease.number,
            [(queries.spaces(space_ids), term.span(zone)) for space_ids, term in wanted],
            kind=HoldKind.LEASE,
            holder_id=lease.tenant_id,
            now=now,
        )
    db.session.flush()
    return added


def _next_after(lease: Lease, on: date) -> date | None:
    return min((version.effective_on for version in lease.known_versions if version.effective_on > on), default=None)


def _amended(lease: Lease, new: Agreed, *, moved: bool, holdover: bool) -> list[tuple[tuple[int, ...], Term]]:
    if moved:
        return rules.occupation([new], left_on=lease.left_on)
    return _occupation(lease, new, holdover=holdover)


def _amended_against(lease: Lease, new: Agreed, wanted: list[tuple[tuple[int, ...], Term]], actor: Actor) -> list[Objection]:
    """Return what of the places is against an amendment: only for spaces and days that the lease does not have yet."""
    zone = lease.park.zone
    document = lease.number
    if lease.under_id is not None:
        document = queries.lease_of(lease.under_id).number
    has: dict[int, list[Span]] = {}
    for one in ledger_queries.of_document(document):
        has.setdefault(one.space_id, []).append(one.span)
    against: list[Objection] = []
    for space_ids, term in wanted:
        spaces, units = queries.spaces(space_ids), ledger_queries.units(space_ids)
        fresh = [space for space in spaces if not all(covered(term.span(zone), has.get(unit, [])) for unit in units[space.id])]
        if not fresh:
            continue
        if lease.under_id is not None:
            against += [rules.NOT_COVERED.about(space=space.code, document=document) for space in fresh]
            continue
        against += _existence_against(units, fresh, term)
        against += _taken_against(lease.park, fresh, term, actor, lease.number)
    return [*against, *_subleases_against(lease, wanted)]


def _subleases_against(lease: Lease, wanted: Iterable[tuple[tuple[int, ...], Term]]) -> list[Objection]:
    """Return the subleases that the head lease would no longer cover."""
    running = [] if lease.under_id is not None else queries.subleases(lease.id)
    if not running:
        return []
    zone = lease.park.zone
    keeps: dict[int, list[Span]] = {}
    for space_ids, term in wanted:
        for of_space in ledger_queries.units(space_ids).values():
            for unit in of_space:
                keeps.setdefault(unit, []).append(term.span(zone))
    against = []
    for sublease in running:
        for space_ids, term in _occupation(sublease):
            units = [unit for of_space in ledger_queries.units(space_ids).values() for unit in of_space]
            if not all(covered(term.span(zone), keeps.get(unit, [])) for unit in units):
                against.append(rules.SUBLET_STILL.about(document=sublease.number))
                break
    return against


def _left(lease: Lease, on: date) -> list[tuple[tuple[int, ...], Term]]:
    """Return what the lease has had when *on* is its last day."""
    return rules.occupation([one.agreed for one in lease.known_versions], holdover=lease.holdover_from is not None, left_on=on)


def _leave(lease: Lease, on: date, state: State, deed: str, reason: str, *, actor: Actor, now: datetime) -> None:
    """*on* is the lease's last day; its holds reach no further."""
    record(deed, lease, actor=actor, now=now, reason=reason)
    lease.state, lease.left_on = state, on
    if lease.under_id is None:
        ledger.cut(lease.number, midnight(on + DAY, lease.park.zone), now=now)
    db.session.flush()


def renew(lease: Lease, terms: Terms, *, actor: Actor, now: datetime, reference: str = "", version: int | None = None) -> Lease:
    """A draft is there that follows the lease, for the same tenant, under the same head lease.

    Raises:
        Refused: when it would begin before the lease ends, or another renews it already.
    """
    lease.expect(version)
    head = queries.lease_of(lease.under_id) if lease.under_id else None
    refuse(rules.renew_against(_facts(lease, now), terms.term, queries.renewal_of(lease.id)))
    new = _draft(lease.park, lease.tenant, terms, reference=reference, under=head, follows=lease, actor=actor, now=now)
    record("leases.renew", new, actor=actor, now=now)
    record("leases.renew", lease, actor=actor, now=now, reason=f"→ {new.number}")
    return new


def give_notice(
    lease: Lease,
    *,
    given_on: date,
    leaves_on: date,
    side: str,
    note: str = "",
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> None:
    """Notice is given: *leaves_on* is the lease's last day, and its spaces are free after it.

    Raises:
        Refused: when a term stands against it, or the months of notice are not kept.
    """
    lease.expect(version)
    refuse([*rules.notice_against(_facts(lease, now), given_on, leaves_on, side), *_subleases_against(lease, _left(lease, leaves_on))])
    _leave(lease, leaves_on, State.ENDED, "leases.give_notice", note, actor=actor, now=now)
    _notice(lease, given_on, leaves_on, side, note, exercised_break=False, now=now)


def _notice(lease: Lease, given_on: date, leaves_on: date, side: str, note: str, *, exercised_break: bool, now: datetime) -> None:
    db.session.add(
        NoticeGiven(
            lease_id=lease.id,
            given_on=given_on,
            leaves_on=leaves_on,
            side=side,
            note=note,
            exercised_break=exercised_break,
            recorded_at=now,
        )
    )
    db.session.flush()


def exercise_break(
    lease: Lease,
    *,
    option_on: date,
    given_on: date,
    side: str,
    note: str = "",
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> None:
    """A break option is exercised: its day is the lease's last.

    Raises:
        Refused: when there is no such option, it is the other side's, or its notice is too late.
    """
    lease.expect(version)
    refuse([*rules.break_against(_facts(lease, now), option_on, given_on, side), *_subleases_against(lease, _left(lease, option_on))])
    _leave(lease, option_on, State.TERMINATED, "leases.exercise_break", note, actor=actor, now=now)
    _notice(lease, given_on, option_on, side, note, exercised_break=True, now=now)


def assign(lease: Lease, to: Organisation, *, on: date, actor: Actor, now: datetime, version: int | None = None) -> Lease:
    """*to* is the tenant from *on* (its first day), by a new lease that says what is left of the old one; subleases go over to it.

    Raises:
        Refused: when *on* is not within the lease, or *to* is the tenant already.
    """
    lease.expect(version)
    refuse(rules.assign_against(_facts(lease, now), on, same_tenant=to.id == lease.tenant_id))
    running = queries.subleases(lease.id)
    head = queries.lease_of(lease.under_id) if lease.under_id else None
    wanted = rules.in_force(lease.known_versions, on).terms
    latest = lease.last_version.terms
    terms = rules.remaining(replace(wanted, term=latest.term), on)
    new = _draft(lease.park, to, terms, reference=lease.reference, under=head, follows=lease, actor=actor, now=now)
    record("leases.assign", new, actor=actor, now=now)
    _carry_on(lease, new, on, now)
    _leave(lease, on - DAY, State.ASSIGNED, "leases.assign", f"→ {new.number}", actor=actor, now=now)
    _executed(new, actor, now)
    if new.under_id is None:
        zone = lease.park.zone
        ledger.rewrite(
            new.number,
            [(queries.spaces(space_ids), term.span(zone)) for space_ids, term in _occupation(new)],
            kind=HoldKind.LEASE,
            holder_id=to.id,
            now=now,
        )
    for sublease in running:
        record("leases.assign", sublease, actor=actor, now=now, reason=f"{lease.number} → {new.number}")
        sublease.under_id = new.id
    db.session.flush()
    return new


def _carry_on(old: Lease, new: Lease, on: date, now: datetime) -> None:
    """Amendments of the old lease that come into force later are the new one's too."""
    later = [version for version in old.known_versions if version.effective_on > on]
    for version in sorted(later, key=lambda one: (one.effective_on, one.number)):
        terms = version.terms
        moved = replace(terms, term=replace(terms.term, starts_on=on), options=tuple(one for one in terms.options if one.on >= on))
        _add_version(new, moved, effective_on=version.effective_on, reason=version.reason, now=now)
    db.session.flush()


def hold_over(lease: Lease, *, actor: Actor, now: datetime, version: int | None = None) -> None:
    """The tenant stays on after the term, month to month: the spaces stay held, without an end.

    Raises:
        Refused: when the term is not over, or somebody else has a space afterwards.
    """
    lease.expect(version)
    facts = _facts(lease, now)
    against = rules.hold_over_against(facts)
    if not against and facts.term.ends_on is not None and lease.under_id is None:
        spaces = queries.spaces(lease.last_version.space_ids)
        against += _taken_against(lease.park, spaces, Term(facts.term.ends_on + DAY), actor, lease.number)
    refuse(against)
    record("leases.hold_over", lease, actor=actor, now=now)
    if facts.term.ends_on is not None:
        lease.holdover_from = facts.term.ends_on + DAY
    if lease.under_id is None:
        ledger.prolong(lease.number, FOREVER, now=now)
    db.session.flush()


def end(lease: Lease, *, on: date, reason: str, actor: Actor, now: datetime, version: int | None = None) -> None:
    """*on* is the lease's last day, by agreement: terminated when that is before its term is over, ended otherwise.

    Raises:
        Refused: when the day is not within the lease, or a sublease runs on.
    """
    lease.expect(version)
    facts = _facts(lease, now)
    refuse([*rules.end_against(facts, on, reason), *_subleases_against(lease, _left(lease, on))])
    state = State.TERMINATED if facts.term.ends_on is not None and on < facts.term.ends_on else State.ENDED
    _leave(lease, on, state, "leases.end", reason, actor=actor, now=now)


def void(lease: Lease, *, reason: str, actor: Actor, now: datetime, version: int | None = None) -> None:
    """The lease is void and holds nothing; it stays in the register.

    Raises:
        Refused: when it has begun.
    """
    lease.expect(version)
    refuse([*rules.void_against(_facts(lease, now), reason), *_subleases_against(lease, [])])
    record("leases.void", lease, actor=actor, now=now, reason=reason)
    lease.state = State.VOID
    ledger.withdraw(lease.number, now=now)
    db.session.flush()


# Deposits


def receive_deposit(
    lease: Lease, *, on: date, money: Money, note: str = "", actor: Actor, now: datetime, version: int | None = None
) -> None:
    """Deposit money was received.

    Raises:
        Refused: when it is in another currency than the lease, or on a day to come.
    """
    lease.expect(version)
    refuse(rules.deposit_against(_facts(lease, now), money, on, lease.last_version.currency, None))
    record("leases.receive_deposit", lease, actor=actor, now=now, reason=note)
    _move(lease, on, money.minor, money.currency, note, now)


def return_deposit(
    lease: Lease, *, on: date, money: Money, note: str = "", actor: Actor, now: datetime, version: int | None = None
) -> None:
    """Deposit money was returned.

    Raises:
        Refused: when less than that is held.
    """
    lease.expect(version)
    currency = lease.last_version.currency
    refuse(rules.deposit_against(_facts(lease, now), money, on, currency, lease.held(money.currency)))
    record("leases.return_deposit", lease, actor=actor, now=now, reason=note)
    _move(lease, on, -money.minor, money.currency, note, now)


def _move(lease: Lease, on: date, minor: int, currency: str, note: str, now: datetime) -> None:
    lease.deposits.append(DepositMovement(lease_id=lease.id, on=on, minor=minor, currency=currency, note=note, recorded_at=now))
    db.session.flush()


# Requests for leases


def ask(
    park: Park,
    space: Space,
    organisation: Organisation,
    term: Term,
    *,
    people: int = 1,
    purpose: str = "",
    key: str | None = None,
    actor: Actor,
    now: datetime,
) -> LeaseRequest:
    """A lease of the space is asked for; administrators read it. It holds nothing. Sent again with the same key it changes nothing.

    Raises:
        Refused: with every objection: the days, the space's own being, and who has it then.
    """
    made = queries.request_of_key(key) if key else None
    if made is not None:
        return made
    today = day_of(now, park.zone)
    ends_on = term.ends_on or date.max
    refuse(
        [
            *rules.asked_against(space.code, divided=space.divided, starts_on=term.starts_on, ends_on=ends_on, today=today),
            *(one.at("space") for one in _existence_against(ledger_queries.units([space.id]), [space], term)),
            *(one.at("space") for one in _taken_against(park, [space], term, actor, "")),
        ]
    )
    request = LeaseRequest(
        park_id=park.id,
        number=take_number("R", today.year),
        space_id=space.id,
        organisation_id=organisation.id,
        user_id=actor.user_id,
        starts_on=term.starts_on,
        ends_on=ends_on,
        people=people,
        purpose=purpose,
        state=RequestState.REQUESTED.value,
        requested_at=now,
        key=key,
    )
    request.park, request.space, request.organisation = park, space, organisation
    db.session.add(request)
    db.session.flush()
    record("leases.ask", request, actor=actor, now=now)
    for administrator in administrators(park.id, today):
        if administrator.id != actor.user_id:
            _tell(request, administrator, "lease_asked", now)
    return request


def _tell(request: LeaseRequest, receiver: User | None, template: str, now: datetime, **more: object) -> None:
    if receiver is not None and receiver.active:
        notices.post(
            receiver,
            template,
            key=f"{template} {request.number}",
            park_id=request.park_id,
            about=request.number,
            now=now,
            zone=request.park.zone,
            request=request,
            park=request.park,
            **more,
        )


def _decided(request: LeaseRequest, state: RequestState, reason: str, *, actor: Actor, now: datetime) -> None:
    refuse([] if request.state == RequestState.REQUESTED else [rules.REQUEST_CLOSED.about(number=request.number)])
    request.state, request.reason = state.value, reason
    request.decided_at, request.decided_by_id = now, actor.user_id


def reject_request(request: LeaseRequest, *, reason: str, actor: Actor, now: datetime, version: int | None = None) -> None:
    """The request is rejected, and who asked reads why.

    Raises:
        Refused: it was decided or withdrawn already.
    """
    request.expect(version)
    _decided(request, RequestState.REJECTED, reason, actor=actor, now=now)
    record("leases.reject_request", request, actor=actor, now=now, reason=reason)
    if request.user_id != actor.user_id:
        _tell(request, request.user, "lease_request_rejected", now)


def withdraw_request(request: LeaseRequest, *, actor: Actor, now: datetime, version: int | None = None) -> None:
    """Nobody asks for it any more.

    Raises:
        Refused: it was decided or withdrawn already.
    """
    request.expect(version)
    _decided(request, RequestState.WITHDRAWN, "", actor=actor, now=now)
    record("leases.withdraw_request", request, actor=actor, now=now)


def take_up(request: LeaseRequest, lease: Lease, *, actor: Actor, now: datetime) -> None:
    """A lease was drafted of the request.

    Raises:
        Refused: it was decided or withdrawn already.
    """
    _decided(request, RequestState.DRAFTED, "", actor=actor, now=now)
    request.lease_id = lease.id
    record("leases.draft", request, actor=actor, now=now, reason=lease.number)
    if request.user_id != actor.user_id:
        _tell(request, request.user, "lease_request_drafted", now, lease=lease)
