"""Reports that come by themselves: every month, to named people, in their languages. Each is asked for once and told once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask, current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from parkmgr import rounds
from parkmgr.accounts import queries as accounts
from parkmgr.accounts.models import User
from parkmgr.audit.actions import record
from parkmgr.db import db
from parkmgr.errors import Objection, Refused, refuse
from parkmgr.notices import actions as notices
from parkmgr.places.models import Park
from parkmgr.policy import DEEDS, SYSTEM, Actor, Role
from parkmgr.reports import actions, jobs, queries, schedule_queries, schedule_rules
from parkmgr.reports.kinds import KINDS, Kind
from parkmgr.reports.models import IssuedReport, ReportRequest, ReportSchedule, RequestState, ScheduleReceiver
from parkmgr.reports.rules import NO_FUND, NO_KIND, Wanted
from parkmgr.values import day_of

ALL = (Role.ADMINISTRATOR, Role.AUDITOR)


def entitled(kind: Kind[Any], park_id: int, today: date) -> list[User]:
    """Return who may be sent reports of a kind: who may read them; of funds, who reads every fund's."""
    roles = ALL if kind.of_fund else tuple(DEEDS[kind.deed].roles)
    return accounts.with_roles(park_id, roles, today)


def add(
    park: Park, code: str, day: int, emails: Sequence[str], *, fund: str = "", buildings: Sequence[str] = (), actor: Actor, now: datetime
) -> ReportSchedule:
    """From now on the report comes every month on the day, about the month before, to these people.

    Raises:
        Refused: no such kind, fund or building; nobody; somebody who may not read such reports.
    """
    kind = KINDS.get(code)
    if kind is None or kind.of_statement:
        raise Refused([NO_KIND.about(kind=code)])
    today = day_of(now, park.zone)
    against: list[Objection] = schedule_rules.against(day, emails)
    if kind.of_fund and not queries.has_fund(park.id, fund):
        against.append(NO_FUND.about(code=fund))
    there = queries.building_ids(park.id, buildings) if buildings else {}
    against += [schedule_rules.NO_BUILDING.about(code=one) for one in buildings if one not in there]
    may = {user.email: user for user in entitled(kind, park.id, today)}
    against += [schedule_rules.MAY_NOT.about(email=email) for email in emails if email not in may]
    refuse(against)
    made = ReportSchedule(
        park_id=park.id, kind=code, day=day, fund=fund if kind.of_fund else "", buildings=" ".join(buildings), added_at=now
    )
    db.session.add(made)
    db.session.flush()
    db.session.add_all(ScheduleReceiver(schedule_id=made.id, user_id=may[email].id) for email in dict.fromkeys(emails))
    record("reports.add_schedule", made, actor=actor, now=now)
    db.session.flush()
    return made


def stop(row: ReportSchedule, *, actor: Actor, now: datetime) -> None:
    """The report does not come any more; what came stays."""
    row.stopped_at = now
    record("reports.stop_schedule", row, actor=actor, now=now)
    db.session.flush()


# What time brings


def tend(now: datetime) -> int:
    """What is due is asked for, and whoever must be told of what was issued is told; return of how many schedules."""
    ids = schedule_queries.running()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    requests: list[int] = []
    asked = rounds.each("reports", ids, lambda id_: _ask(id_, now, requests))
    for request_id in requests:  # only now that they are committed: a worker may be faster than this round
        jobs.enqueue(app, request_id)
    return asked + rounds.each("reports", ids, lambda id_: _tell(id_, now))


def _park(row: ReportSchedule) -> Park:
    return db.session.get_one(Park, row.park_id)


def _due(row: ReportSchedule, park: Park, now: datetime) -> list[tuple[date, date]]:
    return schedule_rules.due(row.day, day_of(row.added_at, park.zone), day_of(now, park.zone))


TRIES = 3
AGAIN = timedelta(hours=6)
"""After so long a report that failed is asked for again."""


def _key(row: ReportSchedule, last: date, language: str, tried: int = 0) -> str:
    return f"schedule {row.id} {last:%Y-%m} {language}" + (f" {tried + 1}" if tried else "")


def _tried(row: ReportSchedule, last: date, language: str) -> list[ReportRequest]:
    """Return the requests for a report, in order: one, and others after those that failed."""
    found = (queries.request_of_key(_key(row, last, language, tried)) for tried in range(TRIES))
    return [one for one in found if one is not None]


def _is_due(tried: Sequence[ReportRequest], now: datetime) -> bool:
    if not tried:
        return True
    return tried[-1].state == RequestState.FAILED and len(tried) < TRIES and now - tried[-1].asked_at >= AGAIN


def _languages(users: Collection[User]) -> list[str]:
    return sorted({user.language for user in users})


def _readers(row: ReportSchedule, park: Park, now: datetime) -> list[User]:
    may = {user.id for user in entitled(KINDS[row.kind], park.id, day_of(now, park.zone))}
    return [user for user in schedule_queries.receivers(row.id) if user.id in may]


def _ask(schedule_id: int, now: datetime, requests: list[int]) -> int:
    row = db.session.get_one(ReportSchedule, schedule_id)
    park = _park(row)
    asked = 0
    for first, last in _due(row, park, now):
        for language in _languages(_readers(row, park, now)):
            tried = _tried(row, last, language)
            if not _is_due(tried, now):
                continue
            wanted = Wanted(last, None, language, tuple(row.buildings.split()), row.kind, fund=row.fund)
            if KINDS[row.kind].period:
                wanted = replace(wanted, since=first)
            key = _key(row, last, language, len(tried))
            requests.append(actions.ask(park, wanted, key=key, actor=SYSTEM, now=now).id)
            asked += 1
    return int(asked > 0)


def _issued(row: ReportSchedule, last: date, language: str) -> IssuedReport | None:
    done = next((one for one in _tried(row, last, language) if one.state == RequestState.DONE), None)
    return queries.issued_for(done.id) if done is not None else None


def _given_up(row: ReportSchedule, last: date, language: str) -> bool:
    tried = _tried(row, last, language)
    return len(tried) == TRIES and tried[-1].state == RequestState.FAILED


def _tell(schedule_id: int, now: datetime) -> int:
    row = db.session.get_one(ReportSchedule, schedule_id)
    park = _park(row)
    readers = _readers(row, park, now)
    there = [(last, _issued(row, last, language)) for _first, last in _due(row, park, now) for language in _languages(readers)]
    for last, issued in there:
        if issued is not None:
            for user in readers:
                if user.language == issued.language:
                    _post(user, issued, park, last, now)
    for _first, last in _due(row, park, now):
        for user in readers:
            if _given_up(row, last, user.language):
                _tell_of_failure(user, row, park, last, now)
    return int(any(issued for _last, issued in there))


def _tell_of_failure(user: User, row: ReportSchedule, park: Park, last: date, now: datetime) -> None:
    with force_locale(user.language):
        title = str(_(KINDS[row.kind].title))
    key = f"failed {_key(row, last, user.language)}"
    notices.post(
        user,
        "report_failed",
        key=key,
        now=now,
        park_id=park.id,
        about=row.label,
        zone=park.zone,
        park=park,
        title=title,
        last=last,
    )


def _post(user: User, issued: IssuedReport, park: Park, last: date, now: datetime) -> None:
    with force_locale(user.language):
        title = str(_(KINDS[issued.kind].title))
    notices.post(
        user,
        "report_issued",
        key=f"report {issued.number}",
        now=now,
        park_id=park.id,
        about=issued.number,
        zone=park.zone,
        issued=issued,
        park=park,
        title=title,
        last=last,
    )
