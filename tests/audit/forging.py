"""What somebody does who has the database in hand, and is thorough."""

from __future__ import annotations

import sqlalchemy as sa

from parkmgr.audit.merkle import Tree
from parkmgr.audit.models import Entry, Head
from parkmgr.db import db


def fit_the_tree() -> None:
    """The peaks at the head of the log are those of its entries as they stand now."""
    with db.engine.begin() as connection:
        tree = Tree()
        for hash_ in connection.execute(sa.select(Entry.hash).order_by(Entry.id)).scalars():
            tree.add(bytes.fromhex(hash_))
        connection.execute(sa.update(Head.__table__).values(peaks=tree.peaks))
