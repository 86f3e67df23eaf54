"""What was done, by whom, to what; and whether the chain still fits. Each question is one SELECT, but for `verify`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Integer, Select, String, Text, and_, cast, column, func, or_, select, table, type_coerce
from sqlalchemy.orm import aliased

from parkmgr.audit.checkpoints import Checkpoint
from parkmgr.audit.merkle import Tree
from parkmgr.audit.models import Entry, Head
from parkmgr.audit.rules import GENESIS, digest, digest_as_kept
from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.policy import Actor
from parkmgr.values import midnight

# Places and organisations stand above the audit: they are spoken of by name only.
_PARKS = table("parks", column("id", Integer), column("code", String), column("time_zone", String))
_ORGANISATIONS = table("organisations", column("id", Integer), column("code", String))


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries. Days are civil days, both inclusive."""

    deed: str = ""
    who: str = ""
    what: str = ""
    from_on: date | None = None
    until_on: date | None = None
    park_id: int | None = None


def _readable(actor: Actor) -> ColumnElement[bool]:
    """Tell which entries the reader may know of: those of his parks, those about organisations, and those about himself."""
    parks = actor.parks("audit.entries")
    if parks is None:
        return Entry.id > 0
    return or_(
        Entry.park_id.in_(parks),
        and_(Entry.park_id.is_(None), or_(Entry.subject.startswith("organisations:"), Entry.subject == f"users:{actor.user_id}")),
    )


def entries(actor: Actor, asked: Asked, zone: ZoneInfo) -> Select[Any]:
    """Which entries may the reader know of, without what they changed?"""
    statement = select(
        Entry.id,
        Entry.at,
        Entry.actor,
        Entry.deed,
        Entry.subject,
        Entry.label,
        Entry.reason,
        _PARKS.c.code.label("park"),
    )
    statement = statement.select_from(Entry).outerjoin(_PARKS, _PARKS.c.id == Entry.park_id).where(_readable(actor))
    if asked.deed:
        statement = statement.where(Entry.deed.startswith(asked.deed, autoescape=True))
    if asked.who:
        statement = statement.where(Entry.actor.icontains(asked.who, autoescape=True))
    if asked.what:
        statement = statement.where(
            or_(
                Entry.label.icontains(asked.what, autoescape=True),
                Entry.subject == asked.what,
                Entry.reason.icontains(asked.what, autoescape=True),
            )
        )
    if asked.from_on is not None:
        statement = statement.where(Entry.at >= midnight(asked.from_on, zone))
    if asked.until_on is not None:
        statement = statement.where(Entry.at < midnight(asked.until_on + timedelta(days=1), zone))
    if asked.park_id is not None:
        statement = statement.where(Entry.park_id == asked.park_id)
    return statement


def parks(actor: Actor) -> list[tuple[int, str, ZoneInfo]]:
    """Of which parks may the reader know the entries? As (id, code, zone)."""
    allowed = actor.parks("audit.entries")
    statement = select(_PARKS.c.id, _PARKS.c.code, _PARKS.c.time_zone).order_by(_PARKS.c.code)
    rows = db.session.execute(statement if allowed is None else statement.where(_PARKS.c.id.in_(allowed)))
    return [(park_id, code, ZoneInfo(zone)) for park_id, code, zone in rows]


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry with the codes of its park and organisation, and the nearest entries before and after it that the reader may know of."""

    entry: Entry
    park: str | None
    zone: ZoneInfo
    organisation: str | None
    before_id: int | None
    after_id: int | None


def entry(entry_id: int, actor: Actor) -> Shown:
    """Which entry is this?

    Raises:
        Missing: also when the reader may not know of it.
    """
    this = aliased(Entry, name="this")
    before = select(func.max(Entry.id)).where(Entry.id < entry_id, _readable(actor)).scalar_subquery()
    after = select(func.min(Entry.id)).where(Entry.id > entry_id, _readable(actor)).scalar_subquery()
    may = select(Entry.id).where(Entry.id == entry_id, _readable(actor)).scalar_subquery()
    row = db.session.execute(
        select(this, _PARKS.c.code, _PARKS.c.time_zone, _ORGANISATIONS.c.code, before, after)
        .outerjoin(_PARKS, _PARKS.c.id == this.park_id)
        .outerjoin(_ORGANISATIONS, _ORGANISATIONS.c.id == this.organisation_id)
        .where(this.id == may)
    ).one_or_none()
    if row is None:
        raise Missing
    return Shown(row[0], row[1], ZoneInfo(row[2] or "UTC"), row[3], row[4], row[5])


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the log is as it was written. size: how many entries were recomputed. broken: the first that does not fit, and why.

    root: the Merkle root (RFC 6962) of the hashes of those entries.
    """

    size: int
    head: str
    broken: int | None = None
    why: str = ""
    root: str = ""

    @property
    def ok(self) -> bool:
        """Whether every entry fits."""
        return not self.why

    def __str__(self) -> str:
        if self.ok:
            return f"{self.size} audit entries fit; the last hash is {self.head}"
        return self.why if self.broken is None else f"entry {self.broken}: {self.why}"


_CHUNK = 2000
_KEPT = ("actor", "actor_id", "at", "changes", "deed", "id", "label", "organisation_id", "park_id", "reason", "subject")
_AT, _ID, _PREVIOUS, _HASH = _KEPT.index("at"), _KEPT.index("id"), len(_KEPT), len(_KEPT) + 1
"""As `digest_as_kept` wants them."""


def verify(
    progress: Callable[[int, int], None] | None = None,
    witnesses: Mapping[int, str] | None = None,
    checkpoints: Iterable[Checkpoint] = (),
) -> Verdict:
    """Is every entry as it was written, none is missing, and the chain is as long as its head says?

    progress: is told how many of how many are done. witnesses: size -> hash, from checkpoints that stand elsewhere (issued reports); they
    show what the chain alone cannot, that its tail was cut off or written anew. checkpoints: from a file outside the
    database, to the same end.
    """
    still = {"isolation_level": "REPEATABLE READ"} if db.engine.dialect.name == "postgresql" else {}
    with db.engine.connect().execution_options(**still) as connection:
        return _verify(connection, progress, witnesses or {}, _by_size(checkpoints))


def _by_size(checkpoints: Iterable[Checkpoint]) -> dict[int, set[tuple[str, str]]]:
    """Return what is borne witness to, root and head; what contradicts itself agrees with no log."""
    found: dict[int, set[tuple[str, str]]] = {}
    for one in checkpoints:
        found.setdefault(one.size, set()).add((one.root, one.head))
    return found


def _verify(
    connection: Connection,
    progress: Callable[[int, int], None] | None,
    witnesses: Mapping[int, str],
    checkpoints: Mapping[int, set[tuple[str, str]]],
) -> Verdict:
    size, head, peaks = connection.execute(select(Head.size, Head.hash, Head.peaks).where(Head.id == 1)).one()
    done, last, tree = 0, GENESIS, Tree()
    with connection.execution_options(yield_per=_CHUNK).execute(_as_kept(connection.dialect.name)) as rows:
        for chunk in rows.partitions():
            for row in chunk:
                why = _wrong(row, done + 1, last, witnesses)
                if why:
                    return Verdict(done, last, row[_ID], why)
                done, last = done + 1, row[_HASH]
                tree.add(bytes.fromhex(last))
                if checkpoints and done in checkpoints and checkpoints[done] != {(tree.root(), last)}:
                    return Verdict(done, last, done, "a checkpoint bears witness to another log up to here")
            if progress is not None:
                progress(done, size)
    found = _whole(done, last, size, head, witnesses)
    beyond = max(checkpoints, default=0)
    if found.ok and beyond > done:
        return Verdict(done, last, None, f"a checkpoint bears witness to {beyond} entries, there are {done}")
    if found.ok and peaks != tree.peaks:
        return Verdict(done, last, None, "the head has another tree than the entries")
    return replace(found, root=tree.root())


def _as_kept(dialect: str) -> Select[Any]:
    """Return the entries in order, JSON and, where it is kept so, time as the text that stands in the database."""
    kept: dict[str, Any] = {name: getattr(Entry, name) for name in _KEPT}
    kept["changes"] = cast(type_coerce(Entry.changes, Text) if dialect == "sqlite" else Entry.changes, Text)
    if dialect == "sqlite":
        kept["at"] = type_coerce(Entry.at, Text)
    return select(*(column.label(name) for name, column in kept.items()), Entry.previous, Entry.hash).order_by(Entry.id)


def _wrong(row: Any, number: int, last: str, witnesses: Mapping[int, str]) -> str:
    """Tell what is wrong with an entry. Why by place, not by name: a row looks a name up each time, and there may be millions of rows."""
    hash_ = row[_HASH]
    if row[_ID] != number:
        return f"entry {number} is missing" if row[_ID] > number else "its number is not in order"
    if row[_PREVIOUS] != last:
        return "it does not follow the entry before it"
    kept = row[:_PREVIOUS]
    if not isinstance(row[_AT], str):
        kept = (*row[:_AT], row[_AT].astimezone(UTC).isoformat(timespec="microseconds"), *row[_AT + 1 : _PREVIOUS])
    if digest_as_kept(last, kept) != hash_ and _digest(row) != hash_:
        return "its content is not what was hashed when it was written"
    if witnesses and witnesses.get(number, hash_) != hash_:
        return "an issued report bears witness to another hash"
    return ""


def _digest(row: Any) -> str:
    """Return the hash of an entry whose JSON is kept in another form: with spaces, as it was written once."""
    entry = {name: getattr(row, name) for name in _KEPT}
    try:
        at = row.at if isinstance(row.at, datetime) else datetime.fromisoformat(row.at)
        return digest(row.previous, {**entry, "at": at, "changes": json.loads(row.changes)})
    except (ValueError, TypeError, RecursionError):
        return ""


def _whole(done: int, last: str, size: int, head: str, witnesses: Iterable[int]) -> Verdict:
    if done != size:
        return Verdict(done, last, None, f"the head counts {size} entries, there are {done}")
    if last != head:
        return Verdict(done, last, None, "the head has another hash than the last entry")
    beyond = max(witnesses, default=0)
    if beyond > done:
        return Verdict(done, last, None, f"an issued report bears witness to {beyond} entries, there are {done}")
    return Verdict(done, last)


def hash_of(entry_id: int) -> str:
    """What is the hash of an entry? That of the beginning for 0; empty where there is no such entry."""
    if entry_id == 0:
        return GENESIS
    return db.session.scalar(select(Entry.hash).where(Entry.id == entry_id)) or ""


def root_of(size: int) -> str:
    """What is the Merkle root of the first so many entries, by the hashes that stand with them?"""
    tree = Tree()
    for hash_ in db.session.execute(select(Entry.hash).where(Entry.id <= size).order_by(Entry.id)).scalars():
        tree.add(bytes.fromhex(hash_))
    return tree.root()
