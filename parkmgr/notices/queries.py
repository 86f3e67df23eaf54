"""Which notices there are, and which is sent next. Each question is one SELECT."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, case, literal, select

from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.notices.models import Notice
from parkmgr.notices.rules import GIVE_UP, State
from parkmgr.places.models import Park
from parkmgr.policy import Actor
from parkmgr.searching import matches


def is_told(key: str) -> bool:
    """Is the receiver told of this event already?"""
    return db.session.scalars(select(Notice.id).where(Notice.key == key)).one_or_none() is not None


def next_due(now: datetime) -> Notice | None:
    """Which notice is to be sent next? None when there is nothing to do."""
    waiting = select(Notice).where(Notice.sent_at.is_(None), Notice.due_at <= now, Notice.created_at > now - GIVE_UP)
    return db.session.scalars(waiting.order_by(Notice.due_at, Notice.id).limit(1)).one_or_none()


def state(now: datetime, *, sends: bool) -> ColumnElement[str]:
    """How far is a notice? sends: whether a mail server is set."""
    return case(
        (Notice.sent_at.is_not(None), State.SENT.value),
        (Notice.created_at <= now - GIVE_UP, State.FAILED.value),
        (literal(not sends), State.UNSET.value),
        (Notice.failure != "", State.FAILED.value),
        else_=State.WAITING.value,
    )


def _readable(actor: Actor, deed: str) -> ColumnElement[bool]:
    """Tell which notices may be read: those about the reader's parks; whoever reads all parks, also those about none."""
    parks = actor.parks(deed)
    return Notice.id > 0 if parks is None else Notice.park_id.in_(parks)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which notices. q: words of address, subject or document number."""

    state: str = ""
    q: str = ""
    park_id: int | None = None


def _listed(*more: Any) -> Select[Any]:
    columns = (Notice.id, Notice.subject, Notice.about, Notice.created_at, Park.code.label("park"), *more)
    return select(*columns).outerjoin(Park, Park.id == Notice.park_id)


def outbox(actor: Actor, asked: Asked, now: datetime, *, sends: bool) -> Select[Any]:
    """Which notices of the reader's parks are there, without their texts?"""
    how_far = state(now, sends=sends)
    wanted = _listed(Notice.address, how_far.label("state")).where(_readable(actor, "notices.outbox"))
    if asked.state:
        wanted = wanted.where(how_far == asked.state)
    if asked.q:
        wanted = wanted.where(matches(Notice.search, asked.q))
    if asked.park_id is not None:
        wanted = wanted.where(Notice.park_id == asked.park_id)
    return wanted


def mine(actor: Actor) -> Select[Any]:
    """Of what was the reader told?"""
    return _listed().where(Notice.user_id == actor.user_id)


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice with its park's code and zone, and how far it is."""

    notice: Notice
    park: str | None
    zone: ZoneInfo
    state: str


def _one(notice_id: int, allowed: ColumnElement[bool], now: datetime, *, sends: bool) -> Shown:
    row = db.session.execute(
        select(Notice, Park.code, Park.time_zone, state(now, sends=sends))
        .outerjoin(Park, Park.id == Notice.park_id)
        .where(Notice.id == notice_id, allowed)
    ).one_or_none()
    if row is None:
        raise Missing
    return Shown(row[0], row[1], ZoneInfo(row[2] or "UTC"), row[3])


def notice(notice_id: int, actor: Actor, now: datetime, *, sends: bool) -> Shown:
    """Which notice is this?

    Raises:
        Missing: also when the reader may not know of it.
    """
    return _one(notice_id, _readable(actor, "notices.show"), now, sends=sends)


def own_notice(notice_id: int, actor: Actor, now: datetime, *, sends: bool) -> Shown:
    """Which notice to the reader is this?

    Raises:
        Missing: also when it is to somebody else.
    """
    return _one(notice_id, Notice.user_id == actor.user_id, now, sends=sends)
