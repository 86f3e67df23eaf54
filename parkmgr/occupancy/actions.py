"""The only writer of the ledger. None of these deeds commits; the document's own deed leaves the audit entry.

Units are locked in id order before anything is written, so that two writers queue and never deadlock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from parkmgr.db import db
from parkmgr.occupancy import queries
from parkmgr.occupancy.models import Hold, HoldKind
from parkmgr.occupancy.rules import joined
from parkmgr.places import queries as places
from parkmgr.places.models import Space
from parkmgr.values import Span


def take(spaces: Sequence[Space], span: Span, *, kind: HoldKind, holder_id: int, document: str, now: datetime) -> list[Hold]:
    """Every unit of each of the spaces is held for *span*.

    Raises:
        Refused: TAKEN (by transaction()), from the guard in the database, whoever wrote the other hold.
    """
    parks = {space.id: space.park_id for space in spaces}
    park_of = {unit: parks[space_id] for space_id, of_space in queries.units(list(parks)).items() for unit in of_space}
    places.lock(park_of)
    return _write([(park_of[unit], unit, span) for unit in sorted(park_of)], kind=kind, holder_id=holder_id, document=document, now=now)


def take_each(wanted: Sequence[tuple[Space, Span, int, str]], *, kind: HoldKind, now: datetime) -> list[Hold]:
    """Each space is held, for its span, by its holder (an id), because of its document: what many documents take at once.

    Raises:
        Refused: TAKEN (by transaction()), from the guard in the database.
    """
    units = queries.units(list({space.id for space, *_ in wanted}))
    places.lock({unit for of_space in units.values() for unit in of_space})
    holds = [
        Hold(
            park_id=space.park_id,
            space_id=unit,
            holder_id=holder_id,
            kind=str(kind),
            document=document,
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            recorded_at=now,
        )
        for space, span, holder_id, document in wanted
        for unit in units[space.id]
    ]
    db.session.add_all(holds)
    db.session.flush()
    return holds


def _write(wanted: Iterable[tuple[int, int, Span]], *, kind: str, holder_id: int, document: str, now: datetime) -> list[Hold]:
    holds = [
        Hold(
            park_id=park_id,
            space_id=unit,
            holder_id=holder_id,
            kind=str(kind),
            document=document,
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            recorded_at=now,
        )
        for park_id, unit, span in wanted
    ]
    db.session.add_all(holds)
    db.session.flush()
    return holds


def rewrite(
    document: str,
    wanted: Sequence[tuple[Sequence[Space], Span]],
    *,
    kind: HoldKind,
    holder_id: int,
    now: datetime,
) -> list[Hold]:
    """The document holds exactly *wanted*: holds that are right stay, the others are withdrawn and written anew.

    Raises:
        Refused: TAKEN, from the guard in the database.
    """
    parks = {space.id: space.park_id for spaces, _ in wanted for space in spaces}
    units = queries.units(list(parks))
    spans: dict[int, list[Span]] = {}
    park_of: dict[int, int] = {}
    for spaces, span in wanted:
        for space in spaces:
            for unit in units[space.id]:
                spans.setdefault(unit, []).append(span)
                park_of[unit] = space.park_id
    right = {(unit, span) for unit, of_unit in spans.items() for span in joined(of_unit)}
    standing = queries.standing_holds(document)
    places.lock({hold.space_id for hold in standing} | set(spans))
    kept = {(hold.space_id, hold.span) for hold in standing} & right
    _withdraw((hold for hold in standing if (hold.space_id, hold.span) not in kept), now)
    missing = sorted(right - kept)
    return _write([(park_of[unit], unit, span) for unit, span in missing], kind=kind, holder_id=holder_id, document=document, now=now)


def _withdraw(holds: Iterable[Hold], now: datetime) -> None:
    for hold in holds:
        hold.withdrawn_at = now
    db.session.flush()  # before anything new is written: the guard speaks of what is not withdrawn


def _replace(holds: Sequence[Hold], ends_at: datetime, now: datetime) -> None:
    """The holds are withdrawn, and written anew up to *ends_at* where something of them is left."""
    _withdraw(holds, now)
    for hold in holds:
        if hold.starts_at < ends_at:
            db.session.add(
                Hold(
                    park_id=hold.park_id,
                    space_id=hold.space_id,
                    holder_id=hold.holder_id,
                    kind=hold.kind,
                    document=hold.document,
                    starts_at=hold.starts_at,
                    ends_at=ends_at,
                    recorded_at=now,
                )
            )
    db.session.flush()


def _standing(document: str) -> list[Hold]:
    holds = queries.standing_holds(document)
    places.lock({hold.space_id for hold in holds})
    return holds


def cut(document: str, at: datetime, *, now: datetime) -> None:
    """No hold of the document reaches beyond *at*; what it held before, it held."""
    _replace([hold for hold in _standing(document) if hold.ends_at > at], at, now)


def prolong(document: str, until: datetime, *, now: datetime) -> None:
    """The holds of the document that end last end at *until*.

    Raises:
        Refused: TAKEN, from the guard in the database.
    """
    holds = _standing(document)
    last = max((hold.ends_at for hold in holds), default=until)
    _replace([hold for hold in holds if hold.ends_at == last and last != until], until, now)


def prolong_each(until: Mapping[str, datetime], *, now: datetime) -> None:
    """The holds of each document that end last end at its instant: what many documents prolong at once, in few statements.

    Raises:
        Refused: TAKEN (by transaction()), from the guard in the database.
    """
    holds = queries.standing_of(until)
    places.lock({hold.space_id for hold in holds})
    last: dict[str, datetime] = {}
    for hold in holds:
        last[hold.document] = max(last.get(hold.document, hold.ends_at), hold.ends_at)
    moved = [hold for hold in holds if hold.ends_at == last[hold.document] != until[hold.document]]
    _withdraw(moved, now)
    db.session.add_all(
        Hold(
            park_id=hold.park_id,
            space_id=hold.space_id,
            holder_id=hold.holder_id,
            kind=hold.kind,
            document=hold.document,
            starts_at=hold.starts_at,
            ends_at=until[hold.document],
            recorded_at=now,
        )
        for hold in moved
    )
    db.session.flush()


def withdraw(document: str, *, now: datetime) -> None:
    """The document holds nothing, and as far as the park knows now it never did."""
    _withdraw(_standing(document), now)
