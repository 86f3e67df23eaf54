"""Questions of the auditor's desk. Each list is one SELECT."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import aliased, undefer

from parkmgr.accounts.models import User
from parkmgr.assurance.models import Opened, Point, PointMessage, Sample
from parkmgr.audit.models import Entry
from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.reports.models import IssuedReport, ReportFile
from parkmgr.values import midnight

Owner = aliased(User, name="owner")
Raiser = aliased(User, name="raiser")


def points(park_id: int, *, kind: str = "", state: str = "", text: str = "") -> Select[Any]:
    """Which points were raised in the park? As (point, its owner, who raised it); to be sorted and paged."""
    wanted: Any = (
        select(Point, Owner, Raiser)
        .join(Owner, Owner.id == Point.owner_id)
        .outerjoin(Raiser, Raiser.id == Point.raised_by)
        .where(Point.park_id == park_id)
    )
    if kind:
        wanted = wanted.where(Point.kind == kind)
    if state == "closed":
        wanted = wanted.where(Point.closed_at.is_not(None))
    elif state == "answered":
        wanted = wanted.where(Point.closed_at.is_(None), Point.answered_at.is_not(None))
    elif state == "open":
        wanted = wanted.where(Point.closed_at.is_(None), Point.answered_at.is_(None))
    if text:
        wanted = wanted.where(
            Point.subject.icontains(text, autoescape=True) | Point.number.icontains(text, autoescape=True) | (Point.about == text)
        )
    found: Select[Any] = wanted
    return found


def point(park_id: int, number: str) -> Point:
    """Which point is it?

    Raises:
        Missing: there is none of this number in the park.
    """
    found = db.session.scalars(select(Point).where(Point.park_id == park_id, Point.number == number)).one_or_none()
    if found is None:
        raise Missing
    return found


def people(of: Point) -> dict[int, User]:
    """Who owns a point, and who raised it? By id."""
    return {user.id: user for user in db.session.scalars(select(User).where(User.id.in_([of.owner_id, of.raised_by or 0])))}


def messages(point_id: int) -> list[PointMessage]:
    """What was said about a point, in order? Without the files."""
    return list(db.session.scalars(select(PointMessage).where(PointMessage.point_id == point_id).order_by(PointMessage.id)))


def message(point_id: int, message_id: int) -> PointMessage:
    """Which message is it? With its file.

    Raises:
        Missing: the point has no such message with a file.
    """
    found = db.session.scalars(
        select(PointMessage)
        .where(PointMessage.point_id == point_id, PointMessage.id == message_id, PointMessage.content.is_not(None))
        .options(undefer(PointMessage.content))
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def counts(park_id: int, today: date) -> dict[str, int]:
    """How many points wait for the park, for the auditor, and are past their day?"""
    open_ = and_(Point.closed_at.is_(None), Point.answered_at.is_(None))
    row = db.session.execute(
        select(
            func.count().filter(open_),
            func.count().filter(Point.closed_at.is_(None), Point.answered_at.is_not(None)),
            func.count().filter(open_, Point.due_on < today),
        ).where(Point.park_id == park_id)
    ).one()
    return {"open": row[0], "answered": row[1], "overdue": row[2]}


def samples(park_id: int) -> Select[Any]:
    """Which samples were drawn in the park?"""
    return select(Sample).where(Sample.park_id == park_id)


def sample(park_id: int, number: str) -> Sample:
    """Which sample is it?

    Raises:
        Missing: there is none of this number in the park.
    """
    found = db.session.scalars(select(Sample).where(Sample.park_id == park_id, Sample.number == number)).one_or_none()
    if found is None:
        raise Missing
    return found


def opened(park_id: int) -> Select[Any]:
    """Which pages of the park did auditors open? As (what was opened, by whom)."""
    wanted: Any = select(Opened, User).join(User, User.id == Opened.user_id).where(Opened.park_id == park_id)
    found: Select[Any] = wanted
    return found


def deeds(park_id: int, since: date, on: date, known: datetime, zone: ZoneInfo) -> list[tuple[int, str]]:
    """Which entries of the audit are of these days in the park, known by an instant? As (number, deed)."""
    rows = db.session.execute(
        select(Entry.id, Entry.deed)
        .where(
            Entry.park_id == park_id,
            Entry.at >= midnight(since, zone),
            Entry.at < midnight(on + timedelta(days=1), zone),
            Entry.at <= known,
        )
        .order_by(Entry.id)
    )
    return [(row[0], row[1]) for row in rows]


MOST_ENTRIES = 20_000


def entries_of(park_id: int, labels: Collection[str]) -> list[Entry]:
    """What was done to the things of these numbers or codes, in order?"""
    wanted = select(Entry).where(Entry.park_id == park_id, Entry.label.in_(labels)).order_by(Entry.id).limit(MOST_ENTRIES)
    return list(db.session.scalars(wanted))


def entries(ids: Collection[int]) -> list[Entry]:
    """Which entries are these?"""
    return list(db.session.scalars(select(Entry).where(Entry.id.in_(ids)).order_by(Entry.id)))


def issued_on(park_id: int, on: date) -> list[tuple[IssuedReport, ReportFile]]:
    """Which papers were issued about a day? Each with its PDF or its signature."""
    rows = db.session.execute(
        select(IssuedReport, ReportFile)
        .join(ReportFile, ReportFile.report_id == IssuedReport.id)
        .where(IssuedReport.park_id == park_id, IssuedReport.on == on)
        .options(undefer(ReportFile.content))
        .order_by(IssuedReport.id, ReportFile.format)
        .limit(40)
    )
    return [(row[0], row[1]) for row in rows]


def attached_to(park_id: int, about: Collection[str]) -> list[tuple[Point, PointMessage]]:
    """What was handed over about these numbers? Each file with its point."""
    rows = db.session.execute(
        select(Point, PointMessage)
        .join(PointMessage, PointMessage.point_id == Point.id)
        .where(Point.park_id == park_id, Point.about.in_(about), PointMessage.content.is_not(None))
        .options(undefer(PointMessage.content))
        .order_by(PointMessage.id)
        .limit(500)
    )
    return [(row[0], row[1]) for row in rows]
