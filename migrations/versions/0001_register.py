"""The register: every table of the first release, and the guards of the ledger and of the audit."""

import sqlalchemy as sa
from alembic import op

from parkmgr.db import AreaColumn, Instant, Key

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
    _tables()
    for guard in POSTGRESQL_GUARDS if postgresql else SQLITE_GUARDS:
        op.execute(sa.text(guard.replace(":", r"\:")))
    op.execute(sa.text("INSERT INTO audit_heads (id, size, hash) VALUES (1, 0, :genesis)").bindparams(genesis="0" * 64))


def _tables() -> None:
    op.create_table(
        "attempts",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_key"), "attempts", ["key"], unique=False)
    op.create_table(
        "audit_entries",
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("park_id", sa.Integer(), nullable=True),
        sa.Column("deed", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index(op.f("ix_audit_entries_deed"), "audit_entries", ["deed"], unique=False)
    op.create_index("ix_audit_entries_park_id_id", "audit_entries", ["park_id", "id"], unique=False)
    op.create_index("ix_audit_entries_subject", "audit_entries", ["subject"], unique=False)
    op.create_table(
        "audit_heads",
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_heads")),
    )
    op.create_table(
        "numbers",
        sa.Column("series", sa.String(length=20), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_numbers")),
        sa.UniqueConstraint("series", name=op.f("uq_numbers_series")),
    )
    op.create_table(
        "organisations",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=False),
        sa.Column("ror", sa.String(length=9), nullable=True),
        sa.Column("inn", sa.String(length=12), nullable=True),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_ru", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("code", name=op.f("uq_organisations_code")),
        sa.UniqueConstraint("inn", name=op.f("uq_organisations_inn")),
        sa.UniqueConstraint("ror", name=op.f("uq_organisations_ror")),
        sa.UniqueConstraint("uscc", name=op.f("uq_organisations_uscc")),
    )
    op.create_index(op.f("ix_organisations_kind"), "organisations", ["kind"], unique=False)
    op.create_table(
        "parks",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("drafter_may_sign", sa.Boolean(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_ru", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parks")),
        sa.UniqueConstraint("code", name=op.f("uq_parks_code")),
    )
    op.create_table(
        "users",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("totp_secret", sa.String(length=64), nullable=True),
        sa.Column("totp_last", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "buildings",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("use", sa.String(length=20), nullable=False),
        sa.Column("residential", sa.Boolean(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("built", sa.Integer(), nullable=True),
        sa.Column("area", AreaColumn(), nullable=True),
        sa.Column("area_basis", sa.String(length=5), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_ru", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_buildings_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buildings")),
        sa.UniqueConstraint("park_id", "code", name=op.f("uq_buildings_park_id_code")),
    )
    op.create_table(
        "closures",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_closures_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closures")),
        sa.UniqueConstraint("number", name=op.f("uq_closures_number")),
    )
    op.create_index(op.f("ix_closures_park_id"), "closures", ["park_id"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("organisation_id", Key, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_contacts_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_organisation_id"), "contacts", ["organisation_id"], unique=False)
    op.create_table(
        "grants",
        sa.Column("user_id", Key, nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("park_id", Key, nullable=True),
        sa.Column("organisation_id", Key, nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_grants_organisation_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_grants_park_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_grants_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index(op.f("ix_grants_user_id"), "grants", ["user_id"], unique=False)
    op.create_table(
        "import_files",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("uploaded_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("row_count", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_import_files_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_files")),
    )
    op.create_index("ix_import_files_park_id", "import_files", ["park_id"], unique=False)
    op.create_table(
        "issued_reports",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("known_at", Instant(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("issued_by", Key, nullable=True),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("audit_size", sa.Integer(), nullable=False),
        sa.Column("audit_hash", sa.String(length=64), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["issued_by"], ["users.id"], name=op.f("fk_issued_reports_issued_by")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_issued_reports_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issued_reports")),
        sa.UniqueConstraint("number", name=op.f("uq_issued_reports_number")),
    )
    op.create_index("ix_issued_reports_park_id_kind", "issued_reports", ["park_id", "kind"], unique=False)
    op.create_table(
        "leases",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", Key, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("drafted_by", Key, nullable=True),
        sa.Column("signed_by", Key, nullable=True),
        sa.Column("signed_at", Instant(), nullable=True),
        sa.Column("holdover_from", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("follows_id", Key, nullable=True),
        sa.Column("under_id", Key, nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["drafted_by"], ["users.id"], name=op.f("fk_leases_drafted_by")),
        sa.ForeignKeyConstraint(["follows_id"], ["leases.id"], name=op.f("fk_leases_follows_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_leases_park_id")),
        sa.ForeignKeyConstraint(["signed_by"], ["users.id"], name=op.f("fk_leases_signed_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["organisations.id"], name=op.f("fk_leases_tenant_id")),
        sa.ForeignKeyConstraint(["under_id"], ["leases.id"], name=op.f("fk_leases_under_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leases")),
        sa.UniqueConstraint("number", name=op.f("uq_leases_number")),
    )
    op.create_index("ix_leases_park_id_reference", "leases", ["park_id", "reference"], unique=False)
    op.create_index("ix_leases_park_id_state", "leases", ["park_id", "state"], unique=False)
    op.create_index(op.f("ix_leases_tenant_id"), "leases", ["tenant_id"], unique=False)
    op.create_table(
        "memberships",
        sa.Column("organisation_id", Key, nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_memberships_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_organisation_id", "memberships", ["organisation_id"], unique=False)
    op.create_table(
        "sign_ins",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("user_id", Key, nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("token", name=op.f("uq_sign_ins_token")),
    )
    op.create_index(op.f("ix_sign_ins_user_id"), "sign_ins", ["user_id"], unique=False)
    op.create_table(
        "deposit_movements",
        sa.Column("lease_id", Key, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_deposit_movements_lease_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit_movements")),
    )
    op.create_index(op.f("ix_deposit_movements_lease_id"), "deposit_movements", ["lease_id"], unique=False)
    op.create_table(
        "floors",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("building_id", Key, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=20), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["building_id"], ["buildings.id"], name=op.f("fk_floors_building_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_floors_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_floors")),
        sa.UniqueConstraint("building_id", "level", name=op.f("uq_floors_building_id_level")),
    )
    op.create_table(
        "lease_versions",
        sa.Column("lease_id", Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("notice_months", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("deposit_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("vat_country", sa.String(length=2), nullable=False),
        sa.Column("index_name", sa.String(length=40), nullable=False),
        sa.Column("index_every_months", sa.Integer(), nullable=False),
        sa.Column("index_cap", sa.String(length=20), nullable=False),
        sa.Column("index_collar", sa.String(length=20), nullable=False),
        sa.Column("index_upward_only", sa.Boolean(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_lease_versions_lease_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease_versions")),
        sa.UniqueConstraint("lease_id", "number", name=op.f("uq_lease_versions_lease_id_number")),
    )
    op.create_table(
        "notices_given",
        sa.Column("lease_id", Key, nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("leaves_on", sa.Date(), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("exercised_break", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_notices_given_lease_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices_given")),
    )
    op.create_index(op.f("ix_notices_given_lease_id"), "notices_given", ["lease_id"], unique=False)
    op.create_table(
        "report_files",
        sa.Column("report_id", Key, nullable=False),
        sa.Column("format", sa.String(length=4), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["issued_reports.id"], name=op.f("fk_report_files_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_files")),
        sa.UniqueConstraint("report_id", "format", name=op.f("uq_report_files_report_id_format")),
    )
    op.create_table(
        "report_requests",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("user_id", Key, nullable=True),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("report_id", Key, nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_report_requests_park_id")),
        sa.ForeignKeyConstraint(["report_id"], ["issued_reports.id"], name=op.f("fk_report_requests_report_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_report_requests_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_requests")),
        sa.UniqueConstraint("key", name=op.f("uq_report_requests_key")),
    )
    op.create_table(
        "lease_options",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("notice_months", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("lease_id", Key, nullable=False),
        sa.Column("version_id", Key, nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_lease_options_lease_id")),
        sa.ForeignKeyConstraint(["version_id"], ["lease_versions.id"], name=op.f("fk_lease_options_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease_options")),
    )
    op.create_index(op.f("ix_lease_options_version_id"), "lease_options", ["version_id"], unique=False)
    op.create_table(
        "rent_free",
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("lease_id", Key, nullable=False),
        sa.Column("version_id", Key, nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_rent_free_lease_id")),
        sa.ForeignKeyConstraint(["version_id"], ["lease_versions.id"], name=op.f("fk_rent_free_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rent_free")),
    )
    op.create_index(op.f("ix_rent_free_version_id"), "rent_free", ["version_id"], unique=False)
    op.create_table(
        "rent_steps",
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.String(length=10), nullable=False),
        sa.Column("lease_id", Key, nullable=False),
        sa.Column("version_id", Key, nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.CheckConstraint("minor >= 0", name=op.f("ck_rent_steps_not_negative")),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_rent_steps_lease_id")),
        sa.ForeignKeyConstraint(["version_id"], ["lease_versions.id"], name=op.f("fk_rent_steps_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rent_steps")),
        sa.UniqueConstraint("version_id", "from_on", name=op.f("uq_rent_steps_version_id_from_on")),
    )
    op.create_index(op.f("ix_rent_steps_version_id"), "rent_steps", ["version_id"], unique=False)
    op.create_table(
        "spaces",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("building_id", Key, nullable=False),
        sa.Column("floor_id", Key, nullable=True),
        sa.Column("parent_id", Key, nullable=True),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("divided", sa.Boolean(), nullable=False),
        sa.Column("bookable", sa.Boolean(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_ru", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["building_id"], ["buildings.id"], name=op.f("fk_spaces_building_id")),
        sa.ForeignKeyConstraint(["floor_id"], ["floors.id"], name=op.f("fk_spaces_floor_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["spaces.id"], name=op.f("fk_spaces_parent_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_spaces_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spaces")),
        sa.UniqueConstraint("park_id", "code", name=op.f("uq_spaces_park_id_code")),
    )
    op.create_index("ix_spaces_building_id_floor_id", "spaces", ["building_id", "floor_id"], unique=False)
    op.create_index("ix_spaces_parent_id", "spaces", ["parent_id"], unique=False)
    op.create_table(
        "holds",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("space_id", Key, nullable=False),
        sa.Column("holder_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("document", sa.String(length=20), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_holds_not_empty")),
        sa.CheckConstraint("withdrawn_at IS NULL OR withdrawn_at >= recorded_at", name=op.f("ck_holds_withdrawn_later")),
        sa.ForeignKeyConstraint(["holder_id"], ["organisations.id"], name=op.f("fk_holds_holder_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_holds_park_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_holds_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_document", "holds", ["document"], unique=False)
    op.create_index("ix_holds_holder_id", "holds", ["holder_id"], unique=False)
    op.create_index(
        "ix_holds_now",
        "holds",
        ["space_id", "starts_at", "ends_at", "holder_id", "kind", "document"],
        unique=False,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
        sqlite_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_index("ix_holds_space_id_recorded_at", "holds", ["space_id", "recorded_at"], unique=False)
    op.create_table(
        "lease_spaces",
        sa.Column("space_id", Key, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("lease_id", Key, nullable=False),
        sa.Column("version_id", Key, nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_lease_spaces_lease_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_lease_spaces_space_id")),
        sa.ForeignKeyConstraint(["version_id"], ["lease_versions.id"], name=op.f("fk_lease_spaces_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease_spaces")),
        sa.UniqueConstraint("version_id", "space_id", name=op.f("uq_lease_spaces_version_id_space_id")),
    )
    op.create_index("ix_lease_spaces_space_id", "lease_spaces", ["space_id"], unique=False)
    op.create_index(op.f("ix_lease_spaces_version_id"), "lease_spaces", ["version_id"], unique=False)
    op.create_table(
        "particulars",
        sa.Column("space_id", Key, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("lettable", sa.Boolean(), nullable=False),
        sa.Column("area", AreaColumn(), nullable=True),
        sa.Column("area_basis", sa.String(length=5), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.CheckConstraint("starts_on < ends_on", name=op.f("ck_particulars_not_empty")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_particulars_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_particulars")),
    )
    op.create_index(
        "ix_particulars_now",
        "particulars",
        ["space_id", "starts_on", "ends_on"],
        unique=False,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
        sqlite_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_index("ix_particulars_space_id", "particulars", ["space_id"], unique=False)
    op.create_table(
        "successions",
        sa.Column("old_id", Key, nullable=False),
        sa.Column("new_id", Key, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["new_id"], ["spaces.id"], name=op.f("fk_successions_new_id")),
        sa.ForeignKeyConstraint(["old_id"], ["spaces.id"], name=op.f("fk_successions_old_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_successions")),
        sa.UniqueConstraint("old_id", "new_id", name=op.f("uq_successions_old_id_new_id")),
    )
    op.create_index(op.f("ix_successions_new_id"), "successions", ["new_id"], unique=False)
    # ### end Alembic commands ###


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: the ledger is never migrated backwards.")
