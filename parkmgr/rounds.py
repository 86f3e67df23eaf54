"""What the clock brings is done thing by thing, each in a transaction of its own: one that fails does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog

from parkmgr.db import db, transaction
from parkmgr.errors import Refused

log = structlog.get_logger()

_K = TypeVar("_K")


def each(what: str, things: Iterable[_K], deed: Callable[[_K], int]) -> int:
    """Do a deed with each thing that was found; the deed returns how many documents it changed, and so does this, of all.

    what: whose round it is, for the log.
    """
    found = list(things)
    db.session.rollback()  # what was read to find them is not held on to
    return sum(_done(what, deed, thing) for thing in found)


def _done(what: str, deed: Callable[[_K], int], thing: _K) -> int:
    try:
        with transaction():
            return deed(thing)
    except Refused as refused:
        log.info(f"{what}.not_tended", reason=str(refused))  # somebody was faster
    except Exception as error:
        log.error(f"{what}.tending_failed", exc_info=error)
    return 0
