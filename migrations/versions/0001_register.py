"""The register: every table of the first release, and the guards of the ledger and of the audit."""

import sqlalchemy as sa
from alembic import op

import parkmgr.accounts.models
import parkmgr.imports.models
import parkmgr.leases.models
import parkmgr.occupancy.models
import parkmgr.reports.models  # noqa: F401
from parkmgr.db import Base

revision = "0001"
down_revision = None

SQLITE_GUARDS = (
    # Holds of a unit that are not withdrawn never overlap, so only the last one to start before the new one ends can be in the way.
    """
    CREATE TRIGGER holds_never_twice BEFORE INSERT ON holds WHEN NEW.withdrawn_at IS NULL BEGIN
      SELECT RAISE(ABORT, 'holds_never_twice') WHERE (
        SELECT ends_at FROM holds
        WHERE space_id = NEW.space_id AND withdrawn_at IS NULL AND starts_at < NEW.ends_at
        ORDER BY starts_at DESC LIMIT 1) > NEW.starts_at;
    END
    """,
    """
    CREATE TRIGGER holds_units_only BEFORE INSERT ON holds BEGIN
      SELECT RAISE(ABORT, 'holds_units_only') WHERE (SELECT divided FROM spaces WHERE id = NEW.space_id);
    END
    """,
    """
    CREATE TRIGGER holds_written_once BEFORE UPDATE ON holds
    WHEN OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL OR NEW.id <> OLD.id OR NEW.park_id <> OLD.park_id
      OR NEW.space_id <> OLD.space_id
      OR NEW.holder_id <> OLD.holder_id OR NEW.kind <> OLD.kind OR NEW.document <> OLD.document OR NEW.starts_at <> OLD.starts_at
      OR NEW.ends_at <> OLD.ends_at OR NEW.recorded_at <> OLD.recorded_at
    BEGIN SELECT RAISE(ABORT, 'holds_written_once'); END
    """,
    "CREATE TRIGGER holds_kept BEFORE DELETE ON holds BEGIN SELECT RAISE(ABORT, 'holds_kept'); END",
    "CREATE TRIGGER audit_entries_written_once BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, 'audit_entries_written_once'); END",
    "CREATE TRIGGER audit_entries_kept BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, 'audit_entries_kept'); END",
)

POSTGRESQL_GUARDS = (
    """
    ALTER TABLE holds ADD CONSTRAINT holds_never_twice
    EXCLUDE USING gist (space_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (withdrawn_at IS NULL)
    """,
    """
    CREATE FUNCTION parkmgr_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '%', TG_NAME USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME; END $$
    """,
    """
    CREATE FUNCTION parkmgr_units_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (SELECT divided FROM spaces WHERE id = NEW.space_id) THEN
        RAISE EXCEPTION '%', TG_NAME USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER holds_units_only BEFORE INSERT ON holds FOR EACH ROW EXECUTE FUNCTION parkmgr_units_only()",
    """
    CREATE TRIGGER holds_written_once BEFORE UPDATE ON holds FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL OR
      (NEW.id, NEW.park_id, NEW.space_id, NEW.holder_id, NEW.kind, NEW.document, NEW.starts_at, NEW.ends_at, NEW.recorded_at)
      IS DISTINCT FROM
      (OLD.id, OLD.park_id, OLD.space_id, OLD.holder_id, OLD.kind, OLD.document, OLD.starts_at, OLD.ends_at, OLD.recorded_at))
    EXECUTE FUNCTION parkmgr_refuse()
    """,
    "CREATE TRIGGER holds_kept BEFORE DELETE ON holds FOR EACH ROW EXECUTE FUNCTION parkmgr_refuse()",
    "CREATE TRIGGER audit_entries_written_once BEFORE UPDATE ON audit_entries FOR EACH ROW EXECUTE FUNCTION parkmgr_refuse()",
    "CREATE TRIGGER audit_entries_kept BEFORE DELETE ON audit_entries FOR EACH ROW EXECUTE FUNCTION parkmgr_refuse()",
)


def upgrade() -> None:
    bind = op.get_bind()
    postgresql = bind.dialect.name == "postgresql"
    if postgresql:
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    Base.metadata.create_all(bind)
    for guard in POSTGRESQL_GUARDS if postgresql else SQLITE_GUARDS:
        op.execute(sa.text(guard.replace(":", r"\:")))
    op.execute(sa.text("INSERT INTO audit_heads (id, size, hash) VALUES (1, 0, :genesis)").bindparams(genesis="0" * 64))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: the ledger is never migrated backwards.")
