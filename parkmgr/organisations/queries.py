"""Every question about organisations. Each is one SELECT."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, select

from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.organisations.models import Contact, Membership, Organisation
from parkmgr.organisations.rules import Period
from parkmgr.searching import matches
from parkmgr.values import Names


def organisation(code: str) -> Organisation:
    """Which organisation has the code?

    Raises:
        Missing: there is none.
    """
    found = db.session.scalars(select(Organisation).where(Organisation.code == code)).one_or_none()
    if found is None:
        raise Missing
    return found


def choices(*, kind: str = "") -> list[tuple[str, Names]]:
    """Which organisations are there to choose from? Codes and names, in order of name."""
    wanted = select(Organisation.code, Organisation.name_en, Organisation.name_ru, Organisation.name_zh).order_by(
        Organisation.name_en, Organisation.code
    )
    rows = db.session.execute(wanted.where(Organisation.kind == kind) if kind else wanted)
    return [(row[0], Names(*row[1:])) for row in rows]


def countries() -> list[str]:
    """In which countries are organisations, in order of code?"""
    found = select(Organisation.country).where(Organisation.country != "").distinct().order_by(Organisation.country)
    return list(db.session.scalars(found))


def organisations(*, on: date, search: str = "", kind: str = "", country: str = "", membership: str = "") -> Select[Any]:
    """Return the SELECT of the organisations with how each belongs to the association on a day. membership: a status, or `none`."""
    wanted = []
    if search.strip():
        wanted.append(matches(Organisation.search, search))
    if kind:
        wanted.append(Organisation.kind == kind)
    if country:
        wanted.append(Organisation.country == country)
    if membership == "none":
        wanted.append(Membership.id.is_(None))
    elif membership:
        wanted.append(Membership.status == membership)
    shown: tuple[Any, ...] = (
        Organisation.code,
        Organisation.name_en,
        Organisation.name_ru,
        Organisation.name_zh,
        Organisation.kind,
        Organisation.country,
        Organisation.city,
        Membership.status.label("membership"),
        Membership.starts_on.label("since"),
        Organisation.ror,
        Organisation.inn,
        Organisation.uscc,
    )
    return (
        select(*shown)
        .select_from(Organisation)
        .outerjoin(
            Membership,
            and_(
                Membership.organisation_id == Organisation.id,
                Membership.withdrawn_at.is_(None),
                Membership.starts_on <= on,
                Membership.ends_on > on,
            ),
        )
        .where(*wanted)
    )


def memberships(organisation_id: int, known: datetime | None = None) -> list[Membership]:
    """How did it belong to the association from when to when, as known at an instant (None: now), latest first?"""
    return list(
        db.session.scalars(
            select(Membership)
            .where(Membership.organisation_id == organisation_id, Membership.known(known))
            .order_by(Membership.starts_on.desc())
        )
    )


def periods(rows: Iterable[Membership]) -> list[Period]:
    """Return the rows as values."""
    return [Period(row.status, row.starts_on, row.ends_on) for row in rows]


def contacts(organisation_id: int) -> list[Contact]:
    """How is it reached? In order of name."""
    return list(db.session.scalars(select(Contact).where(Contact.organisation_id == organisation_id).order_by(Contact.name, Contact.id)))


def contact(organisation_id: int, contact_id: int) -> Contact:
    """Which contact of the organisation has the id?

    Raises:
        Missing: there is none.
    """
    found = db.session.scalars(select(Contact).where(Contact.id == contact_id, Contact.organisation_id == organisation_id)).one_or_none()
    if found is None:
        raise Missing
    return found
