"""Every SELECT on agreements. What is in force on a day is the newest of the terms whose day has come by then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, select
from sqlalchemy.orm import aliased, joinedload, undefer

from parkmgr.cooperation import access
from parkmgr.cooperation.agreement_rules import S, Term, state_on
from parkmgr.cooperation.models import Activity, Agreement, AgreementParty, AgreementPlan, AgreementTerms, AgreementText, Task
from parkmgr.cooperation.rules import AgreementState
from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park
from parkmgr.policy import Actor
from parkmgr.searching import matches

# One agreement


def agreement(number: str, actor: Actor, deed: str = "cooperation.agreement", *, park: str) -> Agreement:
    """Which agreement of the park has the number?

    Raises:
        Missing: when there is none, or the actor may not do the deed with it.
    """
    found = db.session.scalars(
        select(Agreement).join(Park, Park.id == Agreement.park_id).where(Agreement.number == number, Park.code == park)
    ).one_or_none()
    readable = found is not None and select(exists().where(Agreement.id == found.id, access.agreements(actor, deed, found.park_id)))
    if found is None or readable is False or not db.session.scalar(readable):
        raise Missing
    return found


def of_key(key: str) -> Agreement | None:
    """Which agreement was made by this form?"""
    return db.session.scalars(select(Agreement).where(Agreement.key == key)).one_or_none()


def by_id(id_: int | None) -> Agreement | None:
    """Which agreement has this id?"""
    return None if id_ is None else db.session.get(Agreement, id_)


def followers(id_: int) -> list[Agreement]:
    """Which agreements renew this one or are under it, in order of number?"""
    wanted = (Agreement.follows_id == id_) | (Agreement.under_id == id_)
    return list(db.session.scalars(select(Agreement).where(wanted).order_by(Agreement.number)))


@dataclass(frozen=True, slots=True)
class Head:
    """How an agreement stands on a day. since: from when on the state holds. term None: it was never in force."""

    state: AgreementState
    since: date
    term: Term | None
    reason: str = ""


def _head(row: AgreementTerms, on: date) -> Head:
    term = None if row.starts_on is None else Term(row.starts_on, row.ends_on, row.places_a_year, row.renew_months, row.notice_days)
    return Head(state_on(row.state, row.ends_on, row.notice_by, on), row.since, term, row.reason)


def heads(agreement_ids: Collection[int], on: date, known: datetime | None = None) -> dict[int, Head]:
    """How does each of the agreements stand on a day, as known at an instant (None: now)?"""
    rows = db.session.scalars(
        select(AgreementTerms)
        .where(AgreementTerms.agreement_id.in_(agreement_ids), AgreementTerms.since <= on, AgreementTerms.known(known))
        .order_by(AgreementTerms.since, AgreementTerms.recorded_at, AgreementTerms.id)
    )
    return {row.agreement_id: _head(row, on) for row in rows}


def head(agreement_id: int, on: date) -> Head:
    """How does the agreement stand on a day?

    Raises:
        Missing: it was not proposed by then.
    """
    found = heads([agreement_id], on).get(agreement_id)
    if found is None:
        raise Missing
    return found


def history(agreement_id: int) -> list[AgreementTerms]:
    """What was ever said of its state, withdrawn rows too, in order of its day?"""
    wanted = select(AgreementTerms).where(AgreementTerms.agreement_id == agreement_id)
    return list(db.session.scalars(wanted.order_by(AgreementTerms.since, AgreementTerms.recorded_at, AgreementTerms.id)))


def to_come(agreement_id: int, after: date) -> list[AgreementTerms]:
    """Which known terms begin after a day?"""
    wanted = select(AgreementTerms).where(
        AgreementTerms.agreement_id == agreement_id, AgreementTerms.since > after, AgreementTerms.withdrawn_at.is_(None)
    )
    return list(db.session.scalars(wanted))


def parties(agreement_ids: Collection[int], known: datetime | None = None) -> dict[int, list[AgreementParty]]:
    """Who is party to each of the agreements, in order of joining?"""
    found: dict[int, list[AgreementParty]] = defaultdict(list)
    for row in db.session.scalars(
        select(AgreementParty)
        .where(AgreementParty.agreement_id.in_(agreement_ids), AgreementParty.known(known))
        .options(joinedload(AgreementParty.organisation))
        .order_by(AgreementParty.id)
    ):
        found[row.agreement_id].append(row)
    return found


def texts(agreement_id: int) -> list[AgreementText]:
    """Which texts does it have, by language?"""
    wanted = select(AgreementText).where(AgreementText.agreement_id == agreement_id, AgreementText.removed_at.is_(None))
    return list(db.session.scalars(wanted.order_by(AgreementText.language, AgreementText.id)))


def text(agreement_id: int, text_id: int, *, with_content: bool = False) -> AgreementText:
    """Which text of the agreement has this id?

    Raises:
        Missing: there is none.
    """
    wanted = select(AgreementText).where(
        AgreementText.agreement_id == agreement_id, AgreementText.id == text_id, AgreementText.removed_at.is_(None)
    )
    found = db.session.scalars(wanted.options(undefer(AgreementText.content)) if with_content else wanted).one_or_none()
    if found is None:
        raise Missing
    return found


def plans(agreement_ids: Collection[int], year: int) -> dict[int, dict[str, int]]:
    """What is planned under each of the agreements for a year: agreement -> kind of activity -> how many?"""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for row in db.session.scalars(
        select(AgreementPlan).where(AgreementPlan.agreement_id.in_(agreement_ids), AgreementPlan.year == year).order_by(AgreementPlan.id)
    ):
        found[row.agreement_id][row.what] = row.planned
    return found


def plan(agreement_id: int, year: int, what: str) -> AgreementPlan | None:
    """What is planned of a kind for a year?"""
    return db.session.scalars(
        select(AgreementPlan).where(AgreementPlan.agreement_id == agreement_id, AgreementPlan.year == year, AgreementPlan.what == what)
    ).one_or_none()


def activities(agreement_id: int) -> list[Activity]:
    """What was noted as done under it, the latest first?"""
    wanted = select(Activity).where(Activity.agreement_id == agreement_id, Activity.withdrawn_at.is_(None))
    return list(db.session.scalars(wanted.order_by(Activity.on.desc(), Activity.id.desc())))


def activity(agreement_id: int, activity_id: int) -> Activity:
    """Which activity of the agreement has this id?

    Raises:
        Missing: there is none.
    """
    found = db.session.scalars(select(Activity).where(Activity.agreement_id == agreement_id, Activity.id == activity_id)).one_or_none()
    if found is None:
        raise Missing
    return found


def tasks(agreement_id: int) -> list[Task]:
    """What is to be done and was, what is open first?"""
    wanted = select(Task).where(Task.agreement_id == agreement_id).options(joinedload(Task.organisation))
    return list(db.session.scalars(wanted.order_by(Task.done_on.is_not(None), Task.due_on, Task.id)))


def task(agreement_id: int, task_id: int) -> Task:
    """Which task of the agreement has this id?

    Raises:
        Missing: there is none.
    """
    found = db.session.scalars(select(Task).where(Task.agreement_id == agreement_id, Task.id == task_id)).one_or_none()
    if found is None:
        raise Missing
    return found


# All of them


def in_force_terms(on: date, agreement_id: Any = Agreement.id) -> ColumnElement[int]:
    """Return the id of the terms that hold on a day, as a scalar subquery correlated to the agreement."""
    own = aliased(AgreementTerms)
    newest = select(own.id).where(own.agreement_id == agreement_id, own.withdrawn_at.is_(None), own.since <= on)
    return newest.order_by(own.since.desc(), own.recorded_at.desc(), own.id.desc()).limit(1).correlate(Agreement).scalar_subquery()


def state_column(on: date) -> ColumnElement[str]:
    """Return the state on a day of the terms that are joined: agreement_rules.state_on, said to the database."""
    active = AgreementTerms.state == S.ACTIVE.value
    return case(
        (and_(active, AgreementTerms.ends_on < on), literal(S.EXPIRED.value)),
        (and_(active, AgreementTerms.notice_by <= on), literal(S.RENEWAL_DUE.value)),
        else_=AgreementTerms.state,
    )


def _party_codes() -> ColumnElement[str]:
    return (
        select(func.aggregate_strings(Organisation.code, ", "))
        .join(AgreementParty, AgreementParty.organisation_id == Organisation.id)
        .where(AgreementParty.agreement_id == Agreement.id, AgreementParty.withdrawn_at.is_(None))
        .correlate(Agreement)
        .scalar_subquery()
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. ends_by: it ends by that day."""

    search: str = ""
    state: str = ""
    kind: str = ""
    party: str = ""
    ends_by: date | None = None


def agreements(park_id: int, actor: Actor, on: date, wanted: Wanted) -> Select[Any]:
    """Return the SELECT of the agreements of a park with state, first and last day on a day, and the codes of the parties."""
    state = state_column(on)
    conditions: list[ColumnElement[bool]] = [Agreement.park_id == park_id, access.agreements(actor, "cooperation.agreements", park_id)]
    if wanted.search.strip():
        conditions.append(matches(Agreement.search, wanted.search))
    if wanted.state:
        conditions.append(state == wanted.state)
    if wanted.kind:
        conditions.append(Agreement.kind == wanted.kind)
    if wanted.ends_by is not None:
        conditions.append(and_(AgreementTerms.ends_on <= wanted.ends_by, AgreementTerms.ends_on >= on))
    if wanted.party:
        of_party = (
            select(AgreementParty.agreement_id)
            .join(Organisation, Organisation.id == AgreementParty.organisation_id)
            .where(Organisation.code == wanted.party, AgreementParty.withdrawn_at.is_(None))
        )
        conditions.append(Agreement.id.in_(of_party))
    shown: tuple[Any, ...] = (
        Agreement,
        state.label("state"),
        AgreementTerms.starts_on.label("starts_on"),
        AgreementTerms.ends_on.label("ends_on"),
        _party_codes().label("parties"),
    )
    return select(*shown).select_from(Agreement).join(AgreementTerms, AgreementTerms.id == in_force_terms(on)).where(*conditions)


def choices(park_id: int, actor: Actor, deed: str, on: date) -> list[tuple[str, Agreement]]:
    """Which agreements may something be put under: number and agreement, the newest first? What is over is left out."""
    state = state_column(on)
    over = (S.EXPIRED.value, S.TERMINATED.value, S.DROPPED.value, S.RENEWED.value)
    rows = db.session.scalars(
        select(Agreement)
        .join(AgreementTerms, AgreementTerms.id == in_force_terms(on))
        .where(Agreement.park_id == park_id, access.agreements(actor, deed, park_id), state.not_in(over))
        .order_by(Agreement.number.desc())
    )
    return [(row.number, row) for row in rows]


def readable_in(park_id: int, actor: Actor, deed: str) -> list[Agreement]:
    """Which agreements of the park may the actor do the deed with, in order of number?"""
    wanted = select(Agreement).where(Agreement.park_id == park_id, access.agreements(actor, deed, park_id))
    return list(db.session.scalars(wanted.order_by(Agreement.number)))


def in_force_anywhere() -> Sequence[int]:
    """Which agreements of any park were ever in force and were not ended by hand? For what time brings."""
    return db.session.scalars(
        select(AgreementTerms.agreement_id)
        .where(AgreementTerms.state == S.ACTIVE.value, AgreementTerms.withdrawn_at.is_(None))
        .distinct()
        .order_by(AgreementTerms.agreement_id)
    ).all()
