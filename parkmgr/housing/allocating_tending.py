"""What time brings to offers and documents. Each thing is done in a transaction of its own, where it is asked again whether it is due."""

from __future__ import annotations

from datetime import datetime

from parkmgr import rounds
from parkmgr.housing import allocating_actions as actions
from parkmgr.housing import allocating_queries as queries


def expire(now: datetime) -> int:
    """Offers that nobody answered are over, and documents of people who were erased are gone; return how many documents it changed."""
    ended = rounds.each("housing", queries.offers_over(now), lambda id_: actions.end_offer(queries.offer(id_), now=now))
    return ended + rounds.each("housing", queries.papers_of_erased(), lambda id_: _forget(id_, now))


def _forget(paper_id: int, now: datetime) -> int:
    paper, application = queries.paper_with_application(paper_id)
    actions.forget_paper(paper, application, now=now)
    return 1
