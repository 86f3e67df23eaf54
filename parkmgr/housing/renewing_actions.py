"""Renewing many residencies at once: looked at row by row, done whole or not at all, in few statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from parkmgr.audit.actions import record
from parkmgr.db import db
from parkmgr.errors import N_, Objection, Refused, refuse
from parkmgr.housing import actions, queries, rules
from parkmgr.housing.models import Residency, ResidencyTerms
from parkmgr.housing.rules import DAY, Facts, InTheWay, Place
from parkmgr.occupancy import actions as ledger
from parkmgr.occupancy import queries as ledger_queries
from parkmgr.places import queries as places
from parkmgr.places.models import Park
from parkmgr.policy import Actor
from parkmgr.values import Money, Span, Term, day_of

MOST = 2000
AHEAD = timedelta(days=5 * 366)

NONE_CHOSEN = Objection("housing.none_chosen", N_("No residency that holds a home ends in these days."))
TOO_MANY = Objection("housing.too_many_chosen", N_("At most %(most)s residencies are renewed at once; these are %(count)s. Choose fewer."))
TOO_FAR = Objection("housing.too_far", N_("The new last day is at most five years ahead."), "until")
PERCENT = Objection("housing.percent", N_("The rent changes by -100 to 100 per cent."), "percent")
OF_ONE = Objection("housing.of_one", N_("%(number)s: %(objection)s"))
MORE = Objection("housing.of_one", N_("And %(count)s more cannot be renewed."))
MOST_TOLD = 30


@dataclass(frozen=True, slots=True)
class Renewal:
    """What renewing does to one residency. against: why it cannot be done."""

    residency: Residency
    terms: tuple[ResidencyTerms, ...]
    ends_on: date | None
    until: date
    rent: Money
    new_rent: Money
    against: tuple[Objection, ...]


def _asked_against(residencies: Sequence[Residency], until: date, percent: Decimal, today: date) -> list[Objection]:
    against = [] if residencies else [NONE_CHOSEN]
    if len(residencies) > MOST:
        against.append(TOO_MANY.about(most=MOST, count=len(residencies)))
    if until > today + AHEAD:
        against.append(TOO_FAR)
    return against if -100 <= percent <= 100 else [*against, PERCENT]


def look(park: Park, residencies: Sequence[Residency], *, until: date, percent: Decimal, actor: Actor, now: datetime) -> list[Renewal]:
    """What would renewing do to each of the residencies (loaded with space and person), and what is against it? In few SELECTs.

    Raises:
        Refused: it cannot be asked so at all.
    """
    today = day_of(now, park.zone)
    refuse(_asked_against(residencies, until, percent, today))
    ids = [one.id for one in residencies]
    agreed = queries.terms_of(ids)
    blocked = _in_the_way(park, residencies, agreed, until, actor)
    elsewhere = queries.lives_in({one.person_id for one in residencies}, but=ids)
    existing = places.particulars_of({one.space_id for one in residencies})
    listed = []
    for one in residencies:
        rows = agreed[one.id]
        last = rows[-1]
        new_rent = rules.raised(last.rent, percent)
        standing = Facts(
            one.number, one.state, one.space.code, last.term, today, last.notice_days, last.currency, one.moved_on, one.notice_on
        )
        against = rules.extending_against(standing, until, new_rent)
        if last.ends_on is not None and until > last.ends_on:
            more = Term(last.ends_on + DAY, until)
            known = Place(
                space=one.space.code,
                kind=rules.FLAT,
                there=actions.there(existing.get(one.space_id, [])),
                limit=one.people,
                in_the_way=tuple(blocked.get(one.id, ())),
                elsewhere=tuple(other for other in elsewhere.get(one.person_id, []) if other.term.overlaps(more)),
            )
            against += rules.settling_against(more, one.people, known, one.person.number)
        listed.append(Renewal(one, tuple(rows), last.ends_on, until, last.rent, new_rent, tuple(against)))
    return listed


def _in_the_way(
    park: Park, residencies: Sequence[Residency], agreed: dict[int, list[ResidencyTerms]], until: date, actor: Actor
) -> dict[int, list[InTheWay]]:
    """Return who has each home between its residency's end and the new one, by the residency's id: in two SELECTs for all."""
    wanted: dict[int, list[tuple[Residency, Span]]] = {}
    for one in residencies:
        ends_on = agreed[one.id][-1].ends_on
        if ends_on is not None and ends_on < until:
            wanted.setdefault(one.space_id, []).append((one, Term(ends_on + DAY, until).span(park.zone)))
    if not wanted:
        return {}
    spans = [span for pairs in wanted.values() for _, span in pairs]
    whole = Span(min(span.starts_at for span in spans), max(span.ends_at for span in spans))
    found: dict[int, list[ledger_queries.Overlap]] = {}
    for overlap in ledger_queries.overlapping(list(wanted), whole):
        for one, span in wanted[overlap.asked_id]:
            if overlap.held.document != one.number and overlap.held.span.overlaps(span):
                found.setdefault(one.id, []).append(overlap)
    return {residency_id: list(actions.blocking(park, overlaps, actor)) for residency_id, overlaps in found.items()}


def renew(
    park: Park, residencies: Sequence[Residency], *, until: date, percent: Decimal = Decimal(0), actor: Actor, now: datetime
) -> list[Residency]:
    """Each of the residencies ends on the day, from its old end on at a rent so many per cent higher: all of them, or none.

    Raises:
        Refused: with what is against each of them.
    """
    listed = look(park, residencies, until=until, percent=percent, actor=actor, now=now)
    against = [OF_ONE.about(number=one.residency.number, objection=objection) for one in listed for objection in one.against]
    if len(against) > MOST_TOLD:
        against = [*against[:MOST_TOLD], MORE.about(count=len(against) - MOST_TOLD)]
    if against:
        raise Refused(against)
    for one in listed:
        one.residency.expect(None)
        record("housing.renew", one.residency, actor=actor, now=now)
        changed = one.new_rent if one.new_rent != one.rent else None
        actions.rewrite_terms(one.terms, until, now, rent=changed, from_on=None if one.ends_on is None else one.ends_on + DAY)
    db.session.flush()
    ends_at = Term(until, until).span(park.zone).ends_at
    ledger.prolong_each({one.residency.number: ends_at for one in listed}, now=now)
    actions.tell([one.residency for one in listed], "housing_renewed", park, actor=actor, now=now, until=until)
    return [one.residency for one in listed]
