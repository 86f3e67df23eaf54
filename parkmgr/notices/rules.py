"""When a notice is tried again, and what a rendered mail says. Pure: no database, no clock, no web."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class State(StrEnum):
    """How far a notice is. UNSET: it is not sent, because no mail server is set."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    UNSET = "unset"


CLAIM = timedelta(minutes=10)
"""How long a notice is left to whoever is sending it; after that the worker is taken for dead."""
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
GIVE_UP = timedelta(days=7)
"""After its writing; by then the person has heard of it in another way, or need not any more."""


def pause(attempts: int) -> timedelta:
    """Return how long to wait after so many failures; at last once a day."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else timedelta(days=1)


def letter(rendered: str) -> tuple[str, str]:
    """Return the subject and the text of a rendered mail: `Subject: …`, an empty line, the text.

    The subject is one line of printable letters, whatever was written into it: no fact of a notice becomes a head of a mail.
    Raises:
        ValueError: it does not begin with a subject.
    """
    head, _, text = rendered.replace("\r\n", "\n").lstrip().partition("\n\n")
    if not head.startswith("Subject:"):
        raise ValueError("a mail's template begins with a line `Subject: …` and an empty line")
    words = " ".join(head.removeprefix("Subject:").split())
    return "".join(sign for sign in words if sign.isprintable()), storable(text.strip()) + "\n"


def storable(text: str) -> str:
    """Return *text* without what no database keeps."""
    return text.replace("\x00", "")
