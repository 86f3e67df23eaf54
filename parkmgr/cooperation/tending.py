"""What time brings to agreements: they go on by themselves, and their parties are reminded. Each in a transaction of its own, told once."""

from __future__ import annotations

from datetime import date, datetime

from parkmgr import rounds
from parkmgr.cooperation import agreement_actions as actions
from parkmgr.cooperation import agreement_queries as queries
from parkmgr.cooperation import delegation_actions, delegation_queries
from parkmgr.cooperation.agreement_rules import IN_FORCE, REMIND_DAYS
from parkmgr.cooperation.models import Agreement, Delegation
from parkmgr.cooperation.told import readers
from parkmgr.db import db
from parkmgr.notices import actions as notices
from parkmgr.notices import queries as notice_queries
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM
from parkmgr.values import day_of


def tend(now: datetime) -> int:
    """What is to go on has gone on, and who must be told of an end or of a task is told; return of how many agreements."""
    return rounds.each("cooperation", queries.in_force_anywhere(), lambda id_: of_agreement(id_, now))


def of_agreement(agreement_id: int, now: datetime) -> int:
    """The agreement is looked after."""
    agreement = db.session.get_one(Agreement, agreement_id)
    park = db.session.get_one(Park, agreement.park_id)
    today = day_of(now, park.zone)
    went_on = actions.go_on(agreement, actor=SYSTEM, now=now)
    head = queries.heads([agreement.id], today).get(agreement.id)
    if head is None or head.state not in IN_FORCE or head.term is None:
        return int(went_on)
    told = 0
    ends_on = head.term.ends_on
    left = None if ends_on is None or head.term.renew_months else (ends_on - today).days
    near = None if left is None else min((days for days in REMIND_DAYS if left <= days), default=None)
    if near is not None:
        told += _tell(
            agreement, park, "agreement_ends", f"agreement ends {agreement.number} {ends_on} {near}", today, now, ends_on=ends_on, left=left
        )
    for task in queries.tasks(agreement.id):
        if task.done_on is None and task.due_on <= today:
            told += _tell(agreement, park, "agreement_task", f"agreement task {task.id} {task.due_on}", today, now, task=task)
    return int(went_on or told > 0)


def erase(now: datetime) -> int:
    """Who came with delegations that left long enough ago is erased; return of how many."""
    return rounds.each("cooperation", delegation_queries.to_erase(now.date()), lambda id_: _erase(id_, now))


def _erase(delegation_id: int, now: datetime) -> int:
    delegation = db.session.get_one(Delegation, delegation_id)
    if delegation.erased_at is not None:
        return 0
    delegation_actions.erase_members(delegation, actor=SYSTEM, now=now)
    return 1


def _tell(agreement: Agreement, park: Park, template: str, key: str, today: date, now: datetime, **more: object) -> int:
    parties = [row.organisation_id for row in queries.parties([agreement.id])[agreement.id]]
    told = 0
    for user in readers(park, parties, today):
        if not notice_queries.is_told(f"{key} to {user.id}"):
            told += 1
            notices.post(
                user,
                template,
                key=key,
                park_id=park.id,
                about=agreement.number,
                now=now,
                zone=park.zone,
                agreement=agreement,
                park=park,
                **more,
            )
    return told
