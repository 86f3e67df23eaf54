"""Reports that come every month."""

import sqlalchemy as sa
from alembic import op

from parkmgr.db import Instant, Key

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "report_schedules",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("fund", sa.String(length=20), nullable=False),
        sa.Column("buildings", sa.String(length=400), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("stopped_at", Instant(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_report_schedules_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_schedules")),
    )
    op.create_index(op.f("ix_report_schedules_park_id"), "report_schedules", ["park_id"], unique=False)
    op.create_table(
        "report_schedule_receivers",
        sa.Column("schedule_id", Key, nullable=False),
        sa.Column("user_id", Key, nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["schedule_id"], ["report_schedules.id"], name=op.f("fk_report_schedule_receivers_schedule_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_report_schedule_receivers_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_schedule_receivers")),
        sa.UniqueConstraint("schedule_id", "user_id", name=op.f("uq_report_schedule_receivers_schedule_id_user_id")),
    )
    op.create_index(op.f("ix_report_schedule_receivers_user_id"), "report_schedule_receivers", ["user_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: the ledger is never migrated backwards.")
