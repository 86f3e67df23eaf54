"""Writing entries. `record` says what was done; what changed is read off the session, so an entry cannot leave anything out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, SessionTransaction, UOWTransaction

from parkmgr.audit.merkle import Tree
from parkmgr.audit.models import Entry, Head
from parkmgr.audit.rules import digest
from parkmgr.db import Base, Register, db
from parkmgr.errors import Unaudited
from parkmgr.policy import Actor
from parkmgr.values import Area


@dataclass(slots=True)
class _Deed:
    deed: str
    about: Base
    actor: Actor
    at: datetime
    reason: str
    label: str
    changes: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class _Pending:
    deeds: list[_Deed] = field(default_factory=list)
    changes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    subjects: set[int] = field(default_factory=set)


def record(deed: str, about: Base, *, actor: Actor, now: datetime, reason: str = "") -> None:
    """The entry for *deed* stands when the transaction does, with every change since the last entry about the same thing."""
    pending = _pending(db.session())
    if id(about) in pending.subjects:
        db.session.flush()
        _assign(pending)
    pending.subjects.add(id(about))
    label = getattr(about, "label", None) or getattr(about, "number", None) or getattr(about, "code", None) or ""
    pending.deeds.append(_Deed(deed, about, actor, now, reason, str(label)))


def settle() -> None:
    """The entries so far are written, in the same transaction: for long loads, which would else keep every deed in memory."""
    _write(db.session())


def _pending(session: Session) -> _Pending:
    found: _Pending = session.info.setdefault("audit", _Pending())
    return found


def _plain(value: object) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Area):
        return value.dm2
    return value if isinstance(value, str | int | bool | dict | list | None) else str(value)


@cache
def _columns(class_: type[Base]) -> list[tuple[str, bool]]:
    return [
        (attribute.key, bool(attribute.columns[0].info.get("secret")))
        for attribute in inspect(class_).column_attrs
        if attribute.key not in ("id", "search", "version")
    ]


def _whole(row: Base) -> dict[str, Any]:
    """Return every column of a row that says something."""
    values = ((name, secret, getattr(row, name)) for name, secret in _columns(type(row)))
    return {name: "***" if secret else _plain(value) for name, secret, value in values if value is not None and value != ""}


def _change(row: Base, kind: str) -> dict[str, Any] | None:
    before: dict[str, Any] = _whole(row) if kind == "deleted" else {}
    after: dict[str, Any] = _whole(row) if kind == "new" else {}
    if kind == "dirty":
        state = inspect(row)
        for name, secret in _columns(type(row)):
            history = state.attrs[name].history
            if history.has_changes():
                old = history.deleted[0] if history.deleted else None
                before[name], after[name] = ("***", "***") if secret else (_plain(old), _plain(getattr(row, name)))
        if not after:
            return None
    return {"row": f"{row.__tablename__}:{row.id}", "before": before, "after": after}


def _set(_row: object, _new: object, _old: object, _initiator: object) -> None:
    return None


@event.listens_for(Mapper, "mapper_configured")
def _read_before_written(mapper: Mapper[Any], class_: type[Any]) -> None:
    """A column that is written without having been read is read first: else an entry could not say what was there before."""
    if getattr(class_, "__audited__", False):
        for attribute in mapper.column_attrs:
            event.listen(attribute.class_attribute, "set", _set, active_history=True)


@event.listens_for(Register, "after_flush")
def _collect(session: Session, _context: UOWTransaction) -> None:
    pending = _pending(session)
    for kind, rows in (("new", session.new), ("dirty", session.dirty), ("deleted", session.deleted)):
        for row in rows:
            if isinstance(row, Base) and row.__audited__:
                change = _change(row, kind)
                if change is not None:
                    pending.changes.append((row.audited_as, change))


def _assign(pending: _Pending) -> None:
    latest: dict[str, _Deed] = {}
    for deed in pending.deeds:
        for subject in deed.about.audit_covers:
            latest[subject] = deed
    lost: set[str] = set()
    for subject, change in pending.changes:
        if subject in latest:
            latest[subject].changes.append(change)
        else:
            lost.add(subject)
    if lost:
        raise Unaudited(", ".join(sorted(lost)))
    pending.changes.clear()


@event.listens_for(Register, "before_commit")
def _write(session: Session) -> None:
    session.flush()
    pending = _pending(session)
    _assign(pending)
    if not pending.deeds:
        return
    head = session.execute(select(Head).where(Head.id == 1).with_for_update()).scalar_one()
    size, previous, tree = head.size, head.hash, Tree.of(head.size, head.peaks)
    for deed in pending.deeds:
        size += 1
        about: Any = deed.about
        columns: dict[str, Any] = {
            "id": size,
            "at": deed.at,
            "actor_id": deed.actor.user_id,
            "actor": deed.actor.name,
            "organisation_id": next(iter(sorted(deed.actor.organisations())), None),
            "park_id": getattr(about, "park_id", None) or (about.id if about.__tablename__ == "parks" else None),
            "deed": deed.deed,
            "subject": deed.about.audited_as,
            "label": deed.label,
            "changes": {"rows": deed.changes},
            "reason": deed.reason,
        }
        entry = Entry(**columns, previous=previous, hash=digest(previous, columns))
        previous = entry.hash
        tree.add(bytes.fromhex(previous))
        session.add(entry)
    head.size, head.hash, head.peaks = size, previous, tree.peaks
    session.info.pop("audit", None)
    session.flush()
    session.info.pop("audit", None)


@event.listens_for(Register, "after_soft_rollback")
def _forget(session: Session, _previous: object) -> None:
    session.info.pop("audit", None)


@event.listens_for(Register, "after_transaction_create")
def _no_part_undone(_session: Session, begun: SessionTransaction) -> None:
    if begun.nested:
        raise Unaudited("a deed is done whole or not at all: no savepoint, which the entries would not follow")


@event.listens_for(Register, "do_orm_execute")
def _no_bulk(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        mapper = state.bind_mapper
        if mapper is not None and getattr(mapper.class_, "__audited__", True):
            raise Unaudited(f"{mapper.class_.__name__} is changed through the session's objects only")
