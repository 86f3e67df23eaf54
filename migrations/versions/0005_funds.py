"""Venture funds."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from parkmgr.db import Instant, Key

revision = "0005"
down_revision = "0004"

ONCE = {
    "fund_commitments": ("fund_id", "organisation_id", "on", "minor", "note", "external", "recorded_at"),
    "fund_notices": ("fund_id", "number", "kind", "notified_on", "due_on", "note", "key", "recorded_at"),
    "fund_flows": (
        "fund_id",
        "kind",
        "on",
        "minor",
        "organisation_id",
        "company_id",
        "notice_id",
        "round_id",
        "purpose",
        "recallable",
        "note",
        "external",
        "recorded_at",
    ),
    "fund_valuations": ("fund_id", "company_id", "on", "minor", "method", "valued_by", "note", "recorded_at"),
    "company_rounds": (
        "park_id",
        "company_id",
        "on",
        "name",
        "instrument",
        "currency",
        "raised_minor",
        "post_minor",
        "shares_after",
        "note",
        "recorded_at",
    ),
}
"""What is written once, and at most withdrawn."""
FOR_GOOD = ("fund_notice_shares", "company_round_shares")
"""What is never even withdrawn: it is as known as what it belongs to."""


def _guards(postgresql: bool) -> Iterator[str]:
    each, sqlite_end, postgresql_end = "FOR EACH ROW", "BEGIN SELECT RAISE(ABORT, '{name}'); END", "EXECUTE FUNCTION parkmgr_refuse()"

    def guard(name: str, when: str, table: str, condition: str = "") -> str:
        if postgresql:
            return f"CREATE TRIGGER {name} BEFORE {when} ON {table} {each} {condition} {postgresql_end}"
        return f"CREATE TRIGGER {name} BEFORE {when} ON {table} {condition} {sqlite_end.format(name=name)}"

    differ = "IS DISTINCT FROM" if postgresql else "IS NOT"
    for table, columns in ONCE.items():
        changed = " OR ".join(f'NEW."{column}" {differ} OLD."{column}"' for column in ("id", *columns))
        yield guard(
            f"{table}_written_once", "UPDATE", table, f"WHEN (OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL OR {changed})"
        )
        yield guard(f"{table}_kept", "DELETE", table)
    for table in FOR_GOOD:
        yield guard(f"{table}_written_once", "UPDATE", table)
        yield guard(f"{table}_kept", "DELETE", table)


def upgrade() -> None:
    op.create_table(
        "company_rounds",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("company_id", Key, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("instrument", sa.String(length=12), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("raised_minor", sa.BigInteger(), nullable=False),
        sa.Column("post_minor", sa.BigInteger(), nullable=True),
        sa.Column("shares_after", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["organisations.id"], name=op.f("fk_company_rounds_company_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_company_rounds_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_rounds")),
    )
    op.create_index("ix_company_rounds_company_id_on", "company_rounds", ["company_id", "on"], unique=False)
    op.create_index(op.f("ix_company_rounds_park_id"), "company_rounds", ["park_id"], unique=False)
    op.create_table(
        "funds",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("vintage", sa.Integer(), nullable=False),
        sa.Column("size_minor", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("manager_id", Key, nullable=False),
        sa.Column("general_partner_id", Key, nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("related_permille", sa.Integer(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_ru", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["general_partner_id"], ["organisations.id"], name=op.f("fk_funds_general_partner_id")),
        sa.ForeignKeyConstraint(["manager_id"], ["organisations.id"], name=op.f("fk_funds_manager_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_funds_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_funds")),
        sa.UniqueConstraint("code", name=op.f("uq_funds_code")),
    )
    op.create_index(op.f("ix_funds_manager_id"), "funds", ["manager_id"], unique=False)
    op.create_index(op.f("ix_funds_park_id"), "funds", ["park_id"], unique=False)
    op.create_table(
        "company_round_shares",
        sa.Column("round_id", Key, nullable=False),
        sa.Column("fund_id", Key, nullable=True),
        sa.Column("organisation_id", Key, nullable=True),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("shares", sa.BigInteger(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.CheckConstraint("(fund_id IS NULL) <> (organisation_id IS NULL)", name=op.f("ck_company_round_shares_one_investor")),
        sa.ForeignKeyConstraint(["fund_id"], ["funds.id"], name=op.f("fk_company_round_shares_fund_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_company_round_shares_organisation_id")),
        sa.ForeignKeyConstraint(["round_id"], ["company_rounds.id"], name=op.f("fk_company_round_shares_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_round_shares")),
    )
    op.create_index("ix_company_round_shares_fund_id", "company_round_shares", ["fund_id"], unique=False)
    op.create_index("ix_company_round_shares_organisation_id", "company_round_shares", ["organisation_id"], unique=False)
    op.create_index("ix_company_round_shares_round_id", "company_round_shares", ["round_id"], unique=False)
    op.create_table(
        "fund_commitments",
        sa.Column("fund_id", Key, nullable=False),
        sa.Column("organisation_id", Key, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("external", sa.String(length=80), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.CheckConstraint("minor > 0", name=op.f("ck_fund_commitments_positive")),
        sa.ForeignKeyConstraint(["fund_id"], ["funds.id"], name=op.f("fk_fund_commitments_fund_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_fund_commitments_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_commitments")),
    )
    op.create_index("ix_fund_commitments_fund_id", "fund_commitments", ["fund_id"], unique=False)
    op.create_index("ix_fund_commitments_organisation_id", "fund_commitments", ["organisation_id"], unique=False)
    op.create_index(
        "uq_fund_commitments_external",
        "fund_commitments",
        ["fund_id", "external"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL AND external <> ''"),
        postgresql_where=sa.text("withdrawn_at IS NULL AND external <> ''"),
    )
    op.create_table(
        "fund_notices",
        sa.Column("fund_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("notified_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["fund_id"], ["funds.id"], name=op.f("fk_fund_notices_fund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_notices")),
        sa.UniqueConstraint("key", name=op.f("uq_fund_notices_key")),
        sa.UniqueConstraint("number", name=op.f("uq_fund_notices_number")),
    )
    op.create_index("ix_fund_notices_fund_id", "fund_notices", ["fund_id"], unique=False)
    op.create_table(
        "fund_valuations",
        sa.Column("fund_id", Key, nullable=False),
        sa.Column("company_id", Key, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("valued_by", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.CheckConstraint("minor >= 0", name=op.f("ck_fund_valuations_not_negative")),
        sa.ForeignKeyConstraint(["company_id"], ["organisations.id"], name=op.f("fk_fund_valuations_company_id")),
        sa.ForeignKeyConstraint(["fund_id"], ["funds.id"], name=op.f("fk_fund_valuations_fund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_valuations")),
    )
    op.create_index(op.f("ix_fund_valuations_company_id"), "fund_valuations", ["company_id"], unique=False)
    op.create_index("ix_fund_valuations_fund_id_company_id", "fund_valuations", ["fund_id", "company_id", "on"], unique=False)
    op.create_table(
        "fund_flows",
        sa.Column("fund_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", Key, nullable=True),
        sa.Column("company_id", Key, nullable=True),
        sa.Column("notice_id", Key, nullable=True),
        sa.Column("round_id", Key, nullable=True),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("recallable", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("external", sa.String(length=80), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.CheckConstraint("minor > 0", name=op.f("ck_fund_flows_positive")),
        sa.ForeignKeyConstraint(["company_id"], ["organisations.id"], name=op.f("fk_fund_flows_company_id")),
        sa.ForeignKeyConstraint(["fund_id"], ["funds.id"], name=op.f("fk_fund_flows_fund_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["fund_notices.id"], name=op.f("fk_fund_flows_notice_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_fund_flows_organisation_id")),
        sa.ForeignKeyConstraint(["round_id"], ["company_rounds.id"], name=op.f("fk_fund_flows_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_flows")),
    )
    op.create_index("ix_fund_flows_company_id", "fund_flows", ["company_id"], unique=False)
    op.create_index("ix_fund_flows_fund_id_on", "fund_flows", ["fund_id", "on"], unique=False)
    op.create_index("ix_fund_flows_notice_id", "fund_flows", ["notice_id"], unique=False)
    op.create_index(
        "ix_fund_flows_now",
        "fund_flows",
        ["fund_id", "on"],
        unique=False,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_index("ix_fund_flows_organisation_id", "fund_flows", ["organisation_id"], unique=False)
    op.create_index(
        "uq_fund_flows_external",
        "fund_flows",
        ["fund_id", "external"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL AND external <> ''"),
        postgresql_where=sa.text("withdrawn_at IS NULL AND external <> ''"),
    )
    op.create_table(
        "fund_notice_shares",
        sa.Column("fund_id", Key, nullable=False),
        sa.Column("notice_id", Key, nullable=False),
        sa.Column("organisation_id", Key, nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("recallable", sa.Boolean(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["fund_id"], ["funds.id"], name=op.f("fk_fund_notice_shares_fund_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["fund_notices.id"], name=op.f("fk_fund_notice_shares_notice_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_fund_notice_shares_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_notice_shares")),
    )
    op.create_index("ix_fund_notice_shares_fund_id_organisation_id", "fund_notice_shares", ["fund_id", "organisation_id"], unique=False)
    op.create_index("ix_fund_notice_shares_notice_id", "fund_notice_shares", ["notice_id"], unique=False)
    for guard in _guards(op.get_bind().dialect.name == "postgresql"):
        op.execute(guard)


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: the ledger is never migrated backwards.")
