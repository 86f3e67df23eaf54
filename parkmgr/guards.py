"""The guards that the database must have; they are made by migrations, and start-up refuses to go on without them."""

from __future__ import annotations

from sqlalchemy import text

from parkmgr.db import GUARDS, db
from parkmgr.errors import N_, Objection

WRITTEN_ONCE = (
    "holds",
    "audit_entries",
    "fund_commitments",
    "fund_notices",
    "fund_notice_shares",
    "fund_flows",
    "fund_valuations",
    "company_rounds",
    "company_round_shares",
    "agreement_terms",
    "agreement_parties",
    "agreement_activities",
    "project_uses",
    "delegation_outcomes",
    "market_rents",
    "audit_point_messages",
    "audit_samples",
)
"""Tables whose rows are written once, at most withdrawn, and never deleted."""

NAMES = frozenset({"holds_never_twice", "holds_units_only"}) | {
    f"{table}_{guard}" for table in WRITTEN_ONCE for guard in ("written_once", "kept")
}

GUARDS["holds_units_only"] = Objection("occupancy.divided", N_("The space has been divided in the meantime; choose its parts."))


def missing() -> frozenset[str]:
    """Return the names of the guards that the database lacks; all of them when it is empty."""
    if db.engine.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' "
            "UNION SELECT conname FROM pg_constraint WHERE contype = 'x'"
        )
    with db.engine.connect() as connection:
        return NAMES - {row[0] for row in connection.execute(text(query))}
