"""What time brings to offers and documents. Each thing is done in a transaction of its own, where it is asked again whether it is due."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import structlog

from parkmgr.db import db, transaction
from parkmgr.errors import Refused
from parkmgr.housing import allocating_actions as actions
from parkmgr.housing import allocating_queries as queries

log = structlog.get_logger()


def expire(now: datetime) -> int:
    """Offers that nobody answered are over, and documents of people who were erased are gone; return how many documents it changed."""
    return _round(queries.offers_over(now), lambda id_: actions.end_offer(queries.offer(id_), now=now)) + _round(
        queries.papers_of_erased(), lambda id_: _forget(id_, now)
    )


def _forget(paper_id: int, now: datetime) -> int:
    paper, application = queries.paper_with_application(paper_id)
    actions.forget_paper(paper, application, now=now)
    return 1


def _round(ids: Iterable[int], deed: Callable[[int], int]) -> int:
    listed = list(ids)
    db.session.rollback()  # what was read to find them is not held on to
    return sum(_done(deed, one) for one in listed)


def _done(deed: Callable[[int], int], id_: int) -> int:
    try:
        with transaction():
            return deed(id_)
    except Refused as refused:
        log.info("housing.not_tended", reason=str(refused))  # somebody was faster
    except Exception as error:
        log.error("housing.tending_failed", exc_info=error)
    return 0
