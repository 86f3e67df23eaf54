"""How a space that is taken is spoken of, and how holds of one unit are joined. Pure: no database, no clock, no web."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from parkmgr.errors import N_, Objection
from parkmgr.values import Span

TAKEN_UNTIL = Objection(
    "occupancy.taken",
    N_("%(space)s is taken from %(starts_on)s to %(ends_on)s; it is free from %(free_on)s."),
    "spaces",
)
TAKEN_ON = Objection("occupancy.taken", N_("%(space)s is taken from %(starts_on)s on, without an end."), "spaces")
HELD_UNTIL = Objection(
    "occupancy.taken",
    N_("%(space)s is taken from %(starts_on)s to %(ends_on)s by %(holder)s (%(document)s); it is free from %(free_on)s."),
    "spaces",
)
HELD_ON = Objection(
    "occupancy.taken",
    N_("%(space)s is taken from %(starts_on)s on, without an end, by %(holder)s (%(document)s)."),
    "spaces",
)


@dataclass(frozen=True, slots=True)
class Blocking:
    """What is in the way of taking a space.

    holder and document: empty when the reader may not know them. ends_on: the last day, None without an end.
    """

    space: str
    starts_on: date
    ends_on: date | None
    holder: str = ""
    document: str = ""


def objection(blocking: Blocking) -> Objection:
    """Return the sentence that says what is in the way, and when it is over; the holder only where it is given."""
    facts: dict[str, object] = {"space": blocking.space, "starts_on": blocking.starts_on}
    if blocking.holder:
        facts |= {"holder": blocking.holder, "document": blocking.document}
    if blocking.ends_on is None:
        return (HELD_ON if blocking.holder else TAKEN_ON).about(**facts)
    facts |= {"ends_on": blocking.ends_on, "free_on": blocking.ends_on + timedelta(days=1)}
    return (HELD_UNTIL if blocking.holder else TAKEN_UNTIL).about(**facts)


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return the same instants as few spans in order of time: what touches or overlaps becomes one."""
    whole: list[Span] = []
    for span in sorted(spans):
        if whole and span.starts_at <= whole[-1].ends_at:
            whole[-1] = Span(whole[-1].starts_at, max(whole[-1].ends_at, span.ends_at))
        else:
            whole.append(span)
    return whole


def covered(span: Span, by: Sequence[Span]) -> bool:
    """Tell whether every instant of *span* lies in one of *by*."""
    return any(whole.starts_at <= span.starts_at and span.ends_at <= whole.ends_at for whole in joined(by))
