"""What time brings to the hospital: who came to an appointment is erased when it need not be known any more."""

from __future__ import annotations

from datetime import datetime

from parkmgr.amenities import actions, queries
from parkmgr.db import db, transaction


def tend(now: datetime) -> int:
    """Who came so long ago that it is not kept is erased; return how many appointments that were."""
    ids = queries.to_be_erased(now)
    db.session.rollback()
    if not ids:
        return 0
    with transaction():
        return sum(actions.erase_who_came(one, now=now) for one in queries.appointments_of_ids(ids))
