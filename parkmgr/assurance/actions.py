"""Deeds of the auditor's desk. Auditors ask, draw and close; the park answers. Nothing here changes what is audited."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date, datetime

from parkmgr.accounts import queries as accounts
from parkmgr.accounts.models import User
from parkmgr.assurance import queries, rules, sampling
from parkmgr.assurance.models import Opened, Point, PointKind, PointMessage, Sample
from parkmgr.assurance.sampling import Item
from parkmgr.audit.actions import record
from parkmgr.db import db, take_number
from parkmgr.errors import Objection, Refused, refuse
from parkmgr.labs import rules as files
from parkmgr.notices import actions as notices
from parkmgr.places.models import Park
from parkmgr.policy import Actor, Role
from parkmgr.reports import actions as reports
from parkmgr.reports.occupancy import Row, Status
from parkmgr.reports.rules import Wanted
from parkmgr.values import day_of

PREFIXES = {PointKind.REQUEST: "ARQ", PointKind.EXCEPTION: "AEX"}


def owners(park: Park, today: date) -> list[User]:
    """Return who can be asked: the park's administrators."""
    return accounts.with_roles(park.id, (Role.ADMINISTRATOR,), today)


def raise_point(
    park: Park,
    kind: str,
    subject: str,
    text: str,
    *,
    about: str = "",
    owner_id: int,
    due_on: date,
    filename: str = "",
    content: bytes | None = None,
    actor: Actor,
    now: datetime,
) -> Point:
    """The park is asked for something, or told what is not right; its owner is told.

    Raises:
        Refused: no such kind, an owner who is none, a day that is over, a bad file.
    """
    today = day_of(now, park.zone)
    against: list[Objection] = []
    if kind not in PREFIXES:
        against.append(rules.NO_KIND)
    owner = {user.id: user for user in owners(park, today)}.get(owner_id)
    if owner is None:
        against.append(rules.NO_OWNER)
    if due_on < today:
        against.append(rules.PAST)
    against += files.file_objections(filename, content) if content is not None else []
    refuse(against)
    made = Point(
        park_id=park.id,
        number=take_number(PREFIXES[PointKind(kind)], today.year),
        kind=kind,
        subject=subject,
        about=about,
        owner_id=owner_id,
        due_on=due_on,
        raised_by=actor.user_id,
        raised_at=now,
    )
    db.session.add(made)
    db.session.flush()
    _say(made, text, filename, content, actor, now)
    record("assurance.raise_point", made, actor=actor, now=now)
    db.session.flush()
    if owner is not None:
        _tell(owner, made, park, "audit_point_raised", now)
    return made


def say(
    point: Point, park: Park, text: str, *, filename: str = "", content: bytes | None = None, actor: Actor, now: datetime
) -> PointMessage:
    """Something is said about a point, perhaps with a file; the other side is told, and it is its turn.

    Raises:
        Refused: it is closed; nothing is said; a bad file.
    """
    against = [rules.CLOSED] if point.closed_at is not None else []
    against += [rules.SILENT] if not text and content is None else []
    against += files.file_objections(filename, content) if content is not None else []
    refuse(against)
    said = _say(point, text, filename, content, actor, now)
    of_park = Role.ADMINISTRATOR in actor.roles(park.id)
    point.answered_at = now if of_park else None
    record("assurance.say", point, actor=actor, now=now)
    db.session.flush()
    other = queries.people(point).get((point.raised_by or 0) if of_park else point.owner_id)
    if other is not None and other.id != actor.user_id:
        _tell(other, point, park, "audit_point_answered", now)
    return said


def close(point: Point, text: str, *, actor: Actor, now: datetime) -> None:
    """The auditor has what was asked for, or what was not right is settled.

    Raises:
        Refused: it is closed already.
    """
    refuse([rules.CLOSED] if point.closed_at is not None else [])
    if text:
        _say(point, text, "", None, actor, now)
    point.closed_at = now
    record("assurance.close", point, actor=actor, now=now)
    db.session.flush()


def _say(point: Point, text: str, filename: str, content: bytes | None, actor: Actor, now: datetime) -> PointMessage:
    said = PointMessage(point_id=point.id, at=now, user_id=actor.user_id, author=actor.name, text=text)
    if content is not None:
        said.filename, said.content = filename, content
        said.media_type = files.media_type(filename, content) or "application/octet-stream"
        said.sha256 = hashlib.sha256(content).hexdigest()
    db.session.add(said)
    db.session.flush()
    return said


def _tell(user: User, point: Point, park: Park, template: str, now: datetime) -> None:
    notices.post(
        user,
        template,
        key=f"{template} {point.number} {now.isoformat()}",
        now=now,
        park_id=park.id,
        about=point.number,
        zone=park.zone,
        point=point,
        park=park,
    )


# Samples


def population(park: Park, code: str, since: date | None, on: date, known: datetime, currency: str, now: datetime) -> list[Item]:
    """Return what a sample is drawn from, as known at an instant."""
    if code == "entries":
        return [Item(str(id_), deed) for id_, deed in queries.deeds(park.id, since or on, on, known, park.zone)]
    wanted = Wanted(on, min(known, now))
    report = reports.compiled(park, wanted, now=now, with_history=False, with_rooms=False)
    if code == "units":
        return [Item(row.space, str(row.status), 0 if row.area is None else row.area.dm2) for row in report.rows]
    if code == "residencies":
        rows = [row for row in report.rows if row.status is Status.RESIDENT]
        return _by_document(rows, currency, lambda row: row.building)
    rows = [row for row in report.rows if row.status in (Status.LET, Status.HOLDOVER)]
    return _by_document(rows, currency, lambda row: row.currency or "")


def _by_document(rows: Sequence[Row], currency: str, stratum: object) -> list[Item]:
    found: dict[str, Item] = {}
    for row in rows:
        amount = row.rent.minor if row.rent is not None and row.rent.currency == currency else 0
        before = found.get(row.document)
        group = before.stratum if before is not None else stratum(row)  # type: ignore[operator]
        found[row.document] = Item(row.document, group, amount + (before.amount if before is not None else 0))
    return [found[number] for number in sorted(found)]


def draw(
    park: Park,
    code: str,
    method: str,
    size: int,
    *,
    on: date,
    since: date | None = None,
    currency: str = "",
    seed: str = "",
    actor: Actor,
    now: datetime,
) -> Sample:
    """A sample is drawn and kept. seed: empty for one that nobody chose.

    Raises:
        Refused: days or sizes that cannot be.
    """
    refuse(rules.against_days(code, since, on, day_of(now, park.zone)))
    seed, currency = seed or secrets.token_hex(16), currency or park.currency
    items = population(park, code, since, on, now, currency, now)
    refuse(sampling.objections(items, method, size))
    drawn = sampling.drawn(items, method, size, seed)
    made = Sample(
        park_id=park.id,
        number=take_number("SMP", day_of(now, park.zone).year),
        population=code,
        on=on,
        since=since if code == "entries" else None,
        known_at=now,
        method=method,
        currency=currency,
        size=size,
        seed=seed,
        count=len(items),
        sha256=sampling.fingerprint(items),
        drawn={"items": [[item.key, item.stratum, item.amount, item.hits] for item in drawn]},
        drawn_at=now,
        drawn_by=actor.name,
    )
    db.session.add(made)
    db.session.flush()
    record("assurance.draw", made, actor=actor, now=now)
    db.session.flush()
    return made


def items_of(sample: Sample) -> list[Item]:
    """Return what was drawn."""
    return [Item(*row) for row in sample.drawn["items"]]


def again(park: Park, sample: Sample, *, now: datetime) -> tuple[bool, bool]:
    """Draw a sample again; return whether the population is the same as it was then, and whether the sample is.

    Raises:
        Refused: the population cannot be compiled any more.
    """
    items = population(park, sample.population, sample.since, sample.on, sample.known_at, sample.currency, now)
    if sampling.objections(items, sample.method, sample.size):
        raise Refused(sampling.objections(items, sample.method, sample.size))
    drawn = sampling.drawn(items, sample.method, sample.size, sample.seed)
    return sampling.fingerprint(items) == sample.sha256, drawn == items_of(sample)


def note(user_id: int, park_id: int | None, address: str, *, now: datetime) -> None:
    """An auditor opened a page."""
    db.session.add(Opened(user_id=user_id, park_id=park_id, at=now, address=address[:400]))
    db.session.flush()
