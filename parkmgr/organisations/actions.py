"""The deeds that change organisations, their contacts and memberships. None commits; each leaves one audit entry."""

from __future__ import annotations

from datetime import date, datetime

from parkmgr.audit.actions import record
from parkmgr.db import db
from parkmgr.errors import refuse
from parkmgr.organisations import queries, rules
from parkmgr.organisations.models import Contact, Membership, Organisation
from parkmgr.organisations.rules import Identity
from parkmgr.policy import Actor
from parkmgr.searching import searchable
from parkmgr.values import Names


def _write(organisation: Organisation, identity: Identity) -> None:
    organisation.kind, organisation.names = str(identity.kind), identity.names
    organisation.country, organisation.city, organisation.website = identity.country, identity.city, identity.website
    organisation.ror, organisation.inn, organisation.uscc = identity.ror, identity.inn, identity.uscc
    organisation.search = searchable(identity.names, organisation.code, identity.ror, identity.inn, identity.uscc)


def add(
    code: str,
    kind: str,
    names: Names,
    *,
    country: str = "",
    city: str = "",
    website: str = "",
    ror: str | None = None,
    inn: str | None = None,
    uscc: str | None = None,
    actor: Actor,
    now: datetime,
) -> Organisation:
    """There is an organisation of this code. Identifiers may be written in any usual way.

    Raises:
        Refused: with every objection; also (by transaction()) when the code or an identifier is another's.
    """
    identity = Identity(code, kind, names, country, city, website, rules.ror(ror), rules.inn(inn), rules.uscc(uscc))
    refuse(rules.objections(identity))
    organisation = Organisation(code=code)
    _write(organisation, identity)
    db.session.add(organisation)
    db.session.flush()
    record("organisations.add", organisation, actor=actor, now=now)
    return organisation


def change(
    organisation: Organisation,
    kind: str,
    names: Names,
    *,
    country: str = "",
    city: str = "",
    website: str = "",
    ror: str | None = None,
    inn: str | None = None,
    uscc: str | None = None,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """The organisation has these names and particulars; its code stays.

    Raises:
        Refused: with every objection; also (by transaction()) when an identifier is another's.
        Stale: somebody saved after *version*.
    """
    identity = Identity(organisation.code, kind, names, country, city, website, rules.ror(ror), rules.inn(inn), rules.uscc(uscc))
    refuse(rules.objections(identity))
    organisation.expect(version)
    _write(organisation, identity)
    record("organisations.change", organisation, actor=actor, now=now)


def add_contact(
    organisation: Organisation, name: str, *, position: str = "", email: str = "", phone: str = "", actor: Actor, now: datetime
) -> Contact:
    """Somebody there can be reached.

    Raises:
        Refused: with every objection.
    """
    refuse(rules.contact_objections(name, position, email, phone))
    contact = Contact(organisation_id=organisation.id, name=name, position=position, email=email, phone=phone)
    db.session.add(contact)
    record("organisations.add_contact", organisation, actor=actor, now=now)
    return contact


def remove_contact(organisation: Organisation, contact: Contact, *, actor: Actor, now: datetime) -> None:
    """The contact is not in the register any more."""
    db.session.delete(contact)
    record("organisations.remove_contact", organisation, actor=actor, now=now)


def _row(organisation: Organisation, status: str, starts_on: date, ends_on: date, now: datetime) -> Membership:
    return Membership(organisation_id=organisation.id, status=str(status), starts_on=starts_on, ends_on=ends_on, recorded_at=now)


def _cut(organisation: Organisation, rows: list[Membership], on: date, now: datetime) -> None:
    """No membership reaches beyond the day before *on*: it is withdrawn and written anew."""
    for row in rows:
        if row.ends_on > on:
            row.withdrawn_at = now
            if row.starts_on < on:
                db.session.add(_row(organisation, row.status, row.starts_on, on, now))


def admit(organisation: Organisation, status: str, *, on: date, actor: Actor, now: datetime) -> Membership:
    """The organisation belongs to the association as *status* from a day on; another status ends the day before.

    Raises:
        Refused: it has the status on that day, or its history goes on after it.
    """
    rows = queries.memberships(organisation.id)
    refuse(rules.admit_objections(queries.periods(rows), status, on))
    _cut(organisation, rows, on, now)
    membership = _row(organisation, status, on, date.max, now)
    db.session.add(membership)
    db.session.flush()
    record("organisations.admit", organisation, actor=actor, now=now)
    return membership


def end_membership(organisation: Organisation, *, on: date, reason: str = "", actor: Actor, now: datetime) -> None:
    """The organisation does not belong to the association from a day on.

    Raises:
        Refused: it does not belong on that day anyway.
    """
    rows = queries.memberships(organisation.id)
    refuse(rules.end_objections(queries.periods(rows), on))
    _cut(organisation, rows, on, now)
    db.session.flush()
    record("organisations.end_membership", organisation, actor=actor, now=now, reason=reason)
