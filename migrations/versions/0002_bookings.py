"""Bookings, the rules they are made under, waiting, feeds and doors; requests for leases; closures of a kind, and by the hour."""

import sqlalchemy as sa
from alembic import op

from parkmgr.db import Instant, Key

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "booking_sets",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("rrule", sa.Text(), nullable=False),
        sa.Column("starts_local", sa.String(length=16), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_booking_sets_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_sets")),
        sa.UniqueConstraint("number", name=op.f("uq_booking_sets_number")),
    )
    op.create_index(op.f("ix_booking_sets_park_id"), "booking_sets", ["park_id"], unique=False)
    op.create_table(
        "features",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_ru", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_features_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_features")),
        sa.UniqueConstraint("park_id", "code", name=op.f("uq_features_park_id_code")),
    )
    op.create_table(
        "booking_rules",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("space_id", Key, nullable=True),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("open_on_holidays", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("access", sa.JSON(), nullable=False),
        sa.Column("min_minutes", sa.Integer(), nullable=False),
        sa.Column("max_minutes", sa.Integer(), nullable=False),
        sa.Column("step_minutes", sa.Integer(), nullable=False),
        sa.Column("lead_minutes", sa.Integer(), nullable=False),
        sa.Column("ahead_days", sa.Integer(), nullable=False),
        sa.Column("turnaround_minutes", sa.Integer(), nullable=False),
        sa.Column("quotas", sa.JSON(), nullable=False),
        sa.Column("prices", sa.JSON(), nullable=False),
        sa.Column("request_holds", sa.Boolean(), nullable=False),
        sa.Column("decide_hours", sa.Integer(), nullable=False),
        sa.Column("four_eyes", sa.Boolean(), nullable=False),
        sa.Column("release_minutes", sa.Integer(), nullable=True),
        sa.Column("cancel_minutes", sa.Integer(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_booking_rules_park_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_booking_rules_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_rules")),
        sa.UniqueConstraint("space_id", name=op.f("uq_booking_rules_space_id")),
    )
    op.create_index(op.f("ix_booking_rules_park_id"), "booking_rules", ["park_id"], unique=False)
    op.create_index(
        "uq_booking_rules_park_id_kind",
        "booking_rules",
        ["park_id", "kind"],
        unique=True,
        postgresql_where=sa.text("space_id IS NULL"),
        sqlite_where=sa.text("space_id IS NULL"),
    )
    op.create_table(
        "bookings",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("space_id", Key, nullable=False),
        sa.Column("organisation_id", Key, nullable=False),
        sa.Column("user_id", Key, nullable=True),
        sa.Column("made_by_id", Key, nullable=True),
        sa.Column("set_id", Key, nullable=True),
        sa.Column("recurs_at", Instant(), nullable=True),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("turnaround_minutes", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("guest", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("decide_by", Instant(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by_id", Key, nullable=True),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("waived", sa.String(length=200), nullable=False),
        sa.Column("checked_in_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("uid", sa.String(length=200), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("undo_until", Instant(), nullable=True),
        sa.Column("undo", sa.JSON(), nullable=True),
        sa.Column("reminded_at", Instant(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_bookings_not_empty")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_bookings_decided_by_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_bookings_made_by_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_bookings_organisation_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_bookings_park_id")),
        sa.ForeignKeyConstraint(["set_id"], ["booking_sets.id"], name=op.f("fk_bookings_set_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_bookings_space_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_bookings_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
        sa.UniqueConstraint("key", name=op.f("uq_bookings_key")),
        sa.UniqueConstraint("number", name=op.f("uq_bookings_number")),
    )
    op.create_index(
        "ix_bookings_live",
        "bookings",
        ["state", "ends_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('checked_in', 'confirmed', 'requested')"),
        sqlite_where=sa.text("state IN ('checked_in', 'confirmed', 'requested')"),
    )
    op.create_index("ix_bookings_organisation_id_starts_at", "bookings", ["organisation_id", "starts_at"], unique=False)
    op.create_index("ix_bookings_park_id_starts_at", "bookings", ["park_id", "starts_at", "ends_at"], unique=False)
    op.create_index("ix_bookings_set_id", "bookings", ["set_id"], unique=False)
    op.create_index("ix_bookings_space_id_starts_at", "bookings", ["space_id", "starts_at"], unique=False)
    op.create_index("ix_bookings_user_id_starts_at", "bookings", ["user_id", "starts_at"], unique=False)
    op.create_table(
        "doors",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("space_id", Key, nullable=False),
        sa.Column("organisation_id", Key, nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_doors_organisation_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_doors_park_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_doors_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doors")),
        sa.UniqueConstraint("token", name=op.f("uq_doors_token")),
    )
    op.create_index("ix_doors_space_id", "doors", ["space_id"], unique=False)
    op.create_table(
        "feeds",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("user_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("space_id", Key, nullable=True),
        sa.Column("organisation_id", Key, nullable=True),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_feeds_organisation_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_feeds_park_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_feeds_space_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_feeds_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("token", name=op.f("uq_feeds_token")),
    )
    op.create_index("ix_feeds_user_id", "feeds", ["user_id"], unique=False)
    op.create_table(
        "lease_requests",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("space_id", Key, nullable=False),
        sa.Column("organisation_id", Key, nullable=False),
        sa.Column("user_id", Key, nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by_id", Key, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lease_id", Key, nullable=True),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_lease_requests_decided_by_id")),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_lease_requests_lease_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_lease_requests_organisation_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_lease_requests_park_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_lease_requests_space_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_lease_requests_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease_requests")),
        sa.UniqueConstraint("key", name=op.f("uq_lease_requests_key")),
        sa.UniqueConstraint("number", name=op.f("uq_lease_requests_number")),
    )
    op.create_index("ix_lease_requests_park_id_state", "lease_requests", ["park_id", "state"], unique=False)
    op.create_table(
        "space_features",
        sa.Column("space_id", Key, nullable=False),
        sa.Column("feature_id", Key, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["feature_id"], ["features.id"], name=op.f("fk_space_features_feature_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_space_features_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_space_features")),
        sa.UniqueConstraint("space_id", "feature_id", name=op.f("uq_space_features_space_id_feature_id")),
    )
    op.create_index("ix_space_features_feature_id", "space_features", ["feature_id"], unique=False)
    op.create_table(
        "waiting",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("space_id", Key, nullable=False),
        sa.Column("organisation_id", Key, nullable=False),
        sa.Column("user_id", Key, nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("joined_at", Instant(), nullable=False),
        sa.Column("offer_until", Instant(), nullable=True),
        sa.Column("booking_id", Key, nullable=True),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_waiting_booking_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_waiting_organisation_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_waiting_park_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_waiting_space_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_waiting_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting")),
        sa.UniqueConstraint("key", name=op.f("uq_waiting_key")),
        sa.UniqueConstraint("number", name=op.f("uq_waiting_number")),
    )
    op.create_index("ix_waiting_state_starts_at", "waiting", ["state", "starts_at"], unique=False)
    op.create_index("ix_waiting_user_id", "waiting", ["user_id"], unique=False)
    leases_now = sa.text("withdrawn_at IS NULL AND kind = 'lease'")
    op.create_index("ix_holds_leases", "holds", ["holder_id", "ends_at"], postgresql_where=leases_now, sqlite_where=leases_now)
    op.add_column("closures", sa.Column("kind", sa.String(length=10), nullable=False, server_default="works"))
    op.add_column("closures", sa.Column("starts_at", Instant(), nullable=True))
    op.add_column("closures", sa.Column("ends_at", Instant(), nullable=True))
    op.add_column("closures", sa.Column("lifted_at", Instant(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: the ledger is never migrated backwards.")
