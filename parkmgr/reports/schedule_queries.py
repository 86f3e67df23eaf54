"""What is asked of the reports that come every month."""

from __future__ import annotations

from sqlalchemy import select

from parkmgr.accounts.models import User
from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.reports.models import ReportSchedule, ScheduleReceiver


def schedules(park_id: int) -> list[tuple[ReportSchedule, list[User]]]:
    """Return the schedules of a park that were not stopped, each with who is sent its reports."""
    rows = db.session.execute(
        select(ReportSchedule, User)
        .join(ScheduleReceiver, ScheduleReceiver.schedule_id == ReportSchedule.id)
        .join(User, User.id == ScheduleReceiver.user_id)
        .where(ReportSchedule.park_id == park_id, ReportSchedule.stopped_at.is_(None))
        .order_by(ReportSchedule.id, User.email)
    )
    found: dict[int, tuple[ReportSchedule, list[User]]] = {}
    for schedule, user in rows:
        found.setdefault(schedule.id, (schedule, []))[1].append(user)
    return list(found.values())


def schedule(park_id: int, schedule_id: int) -> ReportSchedule:
    """Return a schedule that was not stopped.

    Raises:
        Missing: there is none.
    """
    found = db.session.get(ReportSchedule, schedule_id)
    if found is None or found.park_id != park_id or found.stopped_at is not None:
        raise Missing
    return found


def receivers(schedule_id: int) -> list[User]:
    """Return who is sent the reports of a schedule."""
    wanted = select(User).join(ScheduleReceiver, ScheduleReceiver.user_id == User.id).where(ScheduleReceiver.schedule_id == schedule_id)
    return list(db.session.scalars(wanted.order_by(User.email)))


def running() -> list[int]:
    """Which schedules of all parks were not stopped, oldest first?"""
    return list(db.session.scalars(select(ReportSchedule.id).where(ReportSchedule.stopped_at.is_(None)).order_by(ReportSchedule.id)))
