"""Who gets which home, and what may be done with a residency. Pure: no database, no clock, no web."""

from __future__ import annotations

from enum import StrEnum


class Asking(StrEnum):
    """How far an application is. Once its home is accepted, its residency says the rest."""

    SUBMITTED = "submitted"
    WAITING = "waiting"
    OFFERED = "offered"
    HOUSED = "housed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class State(StrEnum):
    """How far a residency is."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    RESIDENT = "resident"
    NOTICE = "notice"
    LEFT = "left"
    DECLINED = "declined"
    EXPIRED = "expired"


LIVE = frozenset({State.OFFERED, State.ACCEPTED, State.RESIDENT, State.NOTICE})
"""It holds its home."""


class Home(StrEnum):
    """What a flat or bed is on a day."""

    READY = "ready"
    OFFERED = "offered"
    OCCUPIED = "occupied"
    NOTICE = "notice"
    VACATED = "vacated"
    WORKS = "works"
    LET = "let"
    """An employer has it by a lease; who lives there is the employer's matter."""
    PARTLY = "partly"
    """Some of its beds are occupied, and some are not."""
