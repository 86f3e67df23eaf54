"""Every change of agreements. What was in force is never edited: each deed writes from when on something else holds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from parkmgr.audit.actions import record
from parkmgr.cooperation import agreement_queries as queries
from parkmgr.cooperation import agreement_rules as rules
from parkmgr.cooperation.agreement_rules import Facts, Party, Proposed, S, Term
from parkmgr.cooperation.models import Activity, Agreement, AgreementParty, AgreementPlan, AgreementTerms, AgreementText, Task
from parkmgr.cooperation.rules import ActivityKind, AgreementState
from parkmgr.db import db, take_number
from parkmgr.errors import refuse
from parkmgr.labs import rules as files
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park
from parkmgr.policy import Actor, Role
from parkmgr.searching import searchable
from parkmgr.values import Names, day_of


def _today(park_id: int, now: datetime) -> date:
    return day_of(now, db.session.get_one(Park, park_id).zone)


def facts(agreement: Agreement, now: datetime) -> Facts:
    """Return how the agreement stands today."""
    today = _today(agreement.park_id, now)
    head = queries.head(agreement.id, max(today, agreement.proposed_on))
    parties = tuple(Party(one.organisation.code, one.signed_on) for one in queries.parties([agreement.id])[agreement.id])
    authentic = frozenset(one.language for one in queries.texts(agreement.id) if one.authentic)
    return Facts(agreement.number, head.state, agreement.proposed_on, today, parties, authentic, head.term)


def _write(agreement: Agreement, state: AgreementState, since: date, term: Term | None, now: datetime, reason: str = "") -> None:
    db.session.add(
        AgreementTerms(
            agreement_id=agreement.id,
            since=since,
            state=state.value,
            starts_on=term.starts_on if term else None,
            ends_on=term.ends_on if term else None,
            places_a_year=term.places_a_year if term else 0,
            renew_months=term.renew_months if term else 0,
            notice_days=term.notice_days if term else 90,
            notice_by=term.notice_by if term else None,
            reason=reason,
            recorded_at=now,
        )
    )
    db.session.flush()


def propose(
    park: Park,
    asked: Proposed,
    parties: Sequence[Organisation],
    *,
    under: Agreement | None = None,
    key: str | None = None,
    actor: Actor,
    now: datetime,
) -> Agreement:
    """Somebody proposes an agreement to the parties. A key proposes once.

    Raises:
        Refused: with every objection.
    """
    made = queries.of_key(key) if key else None
    if made is not None:
        return made
    refuse(rules.proposing_against(asked, [one.code for one in parties], _today(park.id, now)))
    agreement = _agreement(park, asked, parties, now, key=key)
    agreement.under_id = under.id if under else None
    _write(agreement, S.PROPOSED, asked.on, None, now)
    record("cooperation.propose", agreement, actor=actor, now=now)
    db.session.flush()
    return agreement


def _agreement(park: Park, asked: Proposed, parties: Sequence[Organisation], now: datetime, *, key: str | None = None) -> Agreement:
    agreement = Agreement(
        park_id=park.id,
        number=take_number("AG", asked.on.year),
        kind=asked.kind,
        proposed_on=asked.on,
        subject=asked.subject,
        key=key,
        name_en=asked.names.en,
        name_ru=asked.names.ru,
        name_zh=asked.names.zh,
    )
    agreement.search = searchable(asked.names, agreement.number, *(one.code for one in parties))
    db.session.add(agreement)
    db.session.flush()
    db.session.add_all(AgreementParty(agreement_id=agreement.id, organisation_id=one.id, recorded_at=now) for one in parties)
    db.session.flush()
    return agreement


def change_agreement(
    agreement: Agreement,
    names: Names,
    subject: str,
    *,
    under: Agreement | None = None,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """The agreement is called so, and is about that.

    Raises:
        Refused: it would be under itself.
        Stale: somebody saved after *version*.
    """
    agreement.expect(version)
    above = under
    while above is not None and above.id != agreement.id:
        above = queries.by_id(above.under_id)
    refuse([rules.UNDER_ITSELF] if above is not None else [])
    agreement.name_en, agreement.name_ru, agreement.name_zh, agreement.subject = names.en, names.ru, names.zh, subject
    agreement.under_id = under.id if under else None
    codes = (one.organisation.code for one in queries.parties([agreement.id])[agreement.id])
    agreement.search = searchable(names, agreement.number, *codes)
    record("cooperation.change_agreement", agreement, actor=actor, now=now)
    db.session.flush()


def advance(agreement: Agreement, to: AgreementState, *, on: date, actor: Actor, now: datetime) -> None:
    """It has come a step further, or goes back to its drafting.

    Raises:
        Refused: with every objection.
    """
    refuse(rules.advancing_against(facts(agreement, now), to, on))
    _write(agreement, to, on, None, now)
    record("cooperation.advance", agreement, actor=actor, now=now)


# Parties


def _party(agreement: Agreement, organisation: Organisation) -> AgreementParty | None:
    return next((one for one in queries.parties([agreement.id])[agreement.id] if one.organisation_id == organisation.id), None)


def _again(row: AgreementParty, now: datetime, *, signed_on: date | None, signatory: str, coordinator: str, email: str) -> None:
    row.withdrawn_at = now
    db.session.flush()
    db.session.add(
        AgreementParty(
            agreement_id=row.agreement_id,
            organisation_id=row.organisation_id,
            signed_on=signed_on,
            signatory=signatory,
            coordinator=coordinator,
            coordinator_email=email,
            recorded_at=now,
        )
    )
    db.session.flush()


def set_party(
    agreement: Agreement, organisation: Organisation, *, coordinator: str = "", email: str = "", actor: Actor, now: datetime
) -> None:
    """The organisation is party to it, and somebody there coordinates it.

    Raises:
        Refused: the agreement is too far for another party.
    """
    refuse(rules.party_against(facts(agreement, now), organisation.code))
    row = _party(agreement, organisation)
    if row is None:
        db.session.add(
            AgreementParty(
                agreement_id=agreement.id,
                organisation_id=organisation.id,
                coordinator=coordinator,
                coordinator_email=email,
                recorded_at=now,
            )
        )
        agreement.search = f"{agreement.search} {searchable(None, organisation.code)}"
    else:
        _again(row, now, signed_on=row.signed_on, signatory=row.signatory, coordinator=coordinator, email=email)
    record("cooperation.set_party", agreement, actor=actor, now=now)
    db.session.flush()


def remove_party(agreement: Agreement, organisation: Organisation, *, actor: Actor, now: datetime) -> None:
    """The organisation is no party to it.

    Raises:
        Refused: it has signed, the agreement is too far, or one party would be left.
    """
    refuse(rules.removing_against(facts(agreement, now), organisation.code))
    row = _party(agreement, organisation)
    if row is not None:
        row.withdrawn_at = now
    record("cooperation.remove_party", agreement, actor=actor, now=now)
    db.session.flush()


def sign(agreement: Agreement, organisation: Organisation, *, on: date, signatory: str, actor: Actor, now: datetime) -> None:
    """The party has signed; once all have, the agreement is signed.

    Raises:
        Refused: with every objection: before it was proposed or reviewed, to come, no party, signed already, no text that counts.
    """
    found = facts(agreement, now)
    refuse(rules.signing_against(found, organisation.code, on, signatory))
    row = _party(agreement, organisation)
    if row is not None:
        _again(row, now, signed_on=on, signatory=signatory, coordinator=row.coordinator, email=row.coordinator_email)
    others = [one for one in found.parties if one.code != organisation.code]
    if all(one.signed_on for one in others):
        _write(agreement, S.SIGNED, max([on, *(one.signed_on for one in others if one.signed_on)]), None, now)
    record("cooperation.sign", agreement, actor=actor, now=now)


# Its time


def start(agreement: Agreement, term: Term, *, actor: Actor, now: datetime) -> None:
    """It comes into force for the term.

    Raises:
        Refused: with every objection.
    """
    refuse(rules.starting_against(facts(agreement, now), term))
    _write(agreement, S.ACTIVE, term.starts_on, term, now)
    record("cooperation.start", agreement, actor=actor, now=now)


def renew(
    agreement: Agreement, *, signed_on: date, ends_on: date | None, places_a_year: int | None = None, actor: Actor, now: datetime
) -> Agreement:
    """Another agreement of the same parties follows it from the day after its last; all have signed on the day.

    Raises:
        Refused: with every objection.
    """
    found = facts(agreement, now)
    refuse(rules.renewing_against(found, ends_on, signed_on))
    old = found.term
    if old is None or old.ends_on is None:
        raise LookupError(agreement.number)  # rules.renewing_against has said so
    park = db.session.get_one(Park, agreement.park_id)
    rows = queries.parties([agreement.id])[agreement.id]
    asked = Proposed(agreement.kind, agreement.names, signed_on, agreement.subject)
    made = _agreement(park, asked, [one.organisation for one in rows], now)
    made.follows_id, made.under_id = agreement.id, agreement.under_id
    for row, before in zip(queries.parties([made.id])[made.id], rows, strict=True):
        _again(row, now, signed_on=signed_on, signatory=before.signatory, coordinator=before.coordinator, email=before.coordinator_email)
    db.session.add_all(
        AgreementText(agreement_id=made.id, language=one.language, authentic=one.authentic, added_at=now)
        for one in queries.texts(agreement.id)
    )
    places = old.places_a_year if places_a_year is None else places_a_year
    term = Term(old.ends_on + rules.DAY, ends_on, places, old.renew_months if ends_on else 0, old.notice_days)
    refuse(rules.term_against(term))
    _write(made, S.SIGNED, signed_on, None, now)
    _write(made, S.ACTIVE, max(term.starts_on, signed_on), term, now)
    _write(agreement, S.RENEWED, term.starts_on, old, now)
    record("cooperation.renew", agreement, actor=actor, now=now)
    record("cooperation.renew", made, actor=actor, now=now)
    db.session.flush()
    return made


def terminate(agreement: Agreement, *, given_on: date, ends_on: date, reason: str, waiver: str = "", actor: Actor, now: datetime) -> None:
    """Notice is given: the day is its last one.

    Raises:
        Refused: with every objection; an administrator may waive that the notice is short, with a reason.
    """
    found = facts(agreement, now)
    against = rules.terminating_against(found, given_on, ends_on, reason)
    if waiver and Role.ADMINISTRATOR in actor.roles(agreement.park_id):
        against = [one for one in against if one.waiver != Role.ADMINISTRATOR.value]
    refuse(against)
    if found.term is None:
        raise LookupError(agreement.number)  # rules.terminating_against has said so
    term = Term(found.term.starts_on, ends_on, found.term.places_a_year, 0, found.term.notice_days)
    _write(agreement, S.ACTIVE, given_on, term, now, reason)
    _write(agreement, S.TERMINATED, ends_on + rules.DAY, term, now, reason)
    record("cooperation.terminate", agreement, actor=actor, now=now, reason=waiver or reason)


def drop(agreement: Agreement, *, reason: str, actor: Actor, now: datetime) -> None:
    """It is given up before all have signed.

    Raises:
        Refused: it is signed, or no reason is given.
    """
    refuse(rules.dropping_against(facts(agreement, now), reason))
    _write(agreement, S.DROPPED, max(_today(agreement.park_id, now), agreement.proposed_on), None, now, reason)
    record("cooperation.drop", agreement, actor=actor, now=now, reason=reason)


def go_on(agreement: Agreement, *, actor: Actor, now: datetime) -> bool:
    """It goes on by itself where nobody gave notice in time; tell whether it did."""
    found = facts(agreement, now)
    if found.term is None or found.state not in rules.IN_FORCE:
        return False
    longer = rules.prolonged(found.term, found.today)
    if longer == found.term:
        return False
    _write(agreement, S.ACTIVE, found.today, longer, now)
    record("cooperation.go_on", agreement, actor=actor, now=now)
    return True


# Texts, plan, activities, tasks


def add_text(
    agreement: Agreement, language: str, *, authentic: bool, filename: str = "", content: bytes | None = None, actor: Actor, now: datetime
) -> AgreementText:
    """It has a text in the language; the SHA-256 of a file says whether it is still the same.

    Raises:
        Refused: the file is empty, too big, or no document.
    """
    refuse(files.file_objections(filename, content) if content is not None else [])
    text = AgreementText(agreement_id=agreement.id, language=language, authentic=authentic, added_at=now)
    if content is not None:
        text.filename, text.content = filename, content
        text.media_type = files.media_type(filename, content) or "application/octet-stream"
        text.sha256 = hashlib.sha256(content).hexdigest()
    db.session.add(text)
    record("cooperation.add_text", agreement, actor=actor, now=now)
    db.session.flush()
    return text


def remove_text(agreement: Agreement, text: AgreementText, *, actor: Actor, now: datetime) -> None:
    """The text is not shown any more; it stays in the register."""
    text.removed_at = now
    record("cooperation.remove_text", agreement, actor=actor, now=now)
    db.session.flush()


def set_plan(agreement: Agreement, year: int, planned: dict[ActivityKind, int], *, actor: Actor, now: datetime) -> None:
    """So many activities of each kind are planned for the year; of a kind that is not named, none."""
    for kind in ActivityKind:
        row, count = queries.plan(agreement.id, year, kind.value), planned.get(kind, 0)
        if row is None and count:
            db.session.add(AgreementPlan(agreement_id=agreement.id, year=year, what=kind.value, planned=count))
        elif row is not None and count:
            row.planned = count
        elif row is not None:
            db.session.delete(row)
    record("cooperation.set_plan", agreement, actor=actor, now=now)
    db.session.flush()


def add_activity(
    agreement: Agreement, what: ActivityKind, title: str, *, on: date, people: int = 0, actor: Actor, now: datetime
) -> Activity:
    """Something was done under it that nothing else in the register tells.

    Raises:
        Refused: to come, before it was in force, without a title.
    """
    refuse(rules.activity_against(facts(agreement, now), on, title))
    activity = Activity(agreement_id=agreement.id, on=on, what=what.value, title=title, people=people, recorded_at=now)
    db.session.add(activity)
    record("cooperation.add_activity", agreement, actor=actor, now=now)
    db.session.flush()
    return activity


def withdraw_activity(agreement: Agreement, activity: Activity, *, actor: Actor, now: datetime) -> None:
    """It was noted by mistake.

    Raises:
        Refused: it is withdrawn already.
    """
    refuse([rules.WITHDRAWN] if activity.withdrawn_at is not None else [])
    activity.withdrawn_at = now
    record("cooperation.withdraw_activity", agreement, actor=actor, now=now)
    db.session.flush()


def add_task(agreement: Agreement, what: str, *, due_on: date, by: Organisation | None = None, actor: Actor, now: datetime) -> Task:
    """Something is to be done under it until a day.

    Raises:
        Refused: the day is over, or nothing is said.
    """
    against = [] if what else [rules.NO_TITLE.at("what")]
    refuse([*against, rules.DUE_PAST] if due_on < _today(agreement.park_id, now) else against)
    task = Task(agreement_id=agreement.id, what=what, organisation_id=by.id if by else None, due_on=due_on, added_at=now)
    db.session.add(task)
    record("cooperation.add_task", agreement, actor=actor, now=now)
    db.session.flush()
    return task


def do_task(agreement: Agreement, task: Task, *, outcome: str = "", actor: Actor, now: datetime) -> None:
    """It is done.

    Raises:
        Refused: it was done already.
    """
    refuse([rules.DONE.about(on=task.done_on)] if task.done_on else [])
    task.done_on, task.outcome = _today(agreement.park_id, now), outcome
    record("cooperation.do_task", agreement, actor=actor, now=now)
    db.session.flush()
