"""Papers are signed, and bear the Merkle root of the audit log; the auditor's desk."""

import hashlib
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from parkmgr.db import Instant, Key

revision = "0008"
down_revision = "0007"

ONCE = ("audit_point_messages", "audit_samples")
"""What is written once."""


def _guards(postgresql: bool) -> Iterator[str]:
    each, sqlite_end, postgresql_end = "FOR EACH ROW", "BEGIN SELECT RAISE(ABORT, '{name}'); END", "EXECUTE FUNCTION parkmgr_refuse()"
    for table in ONCE:
        for name, when in ((f"{table}_written_once", "UPDATE"), (f"{table}_kept", "DELETE")):
            if postgresql:
                yield f"CREATE TRIGGER {name} BEFORE {when} ON {table} {each} {postgresql_end}"
            else:
                yield f"CREATE TRIGGER {name} BEFORE {when} ON {table} {sqlite_end.format(name=name)}"


def upgrade() -> None:
    op.add_column("audit_heads", sa.Column("peaks", sa.Text(), nullable=False, server_default=""))
    op.add_column("issued_reports", sa.Column("audit_root", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("issued_reports", sa.Column("signed_by", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("issued_reports", sa.Column("since_last", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "audit_opened",
        sa.Column("user_id", Key, nullable=False),
        sa.Column("park_id", Key, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("address", sa.String(length=400), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_audit_opened_park_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_audit_opened_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_opened")),
    )
    op.create_index("ix_audit_opened_park_id_at", "audit_opened", ["park_id", "at"], unique=False)
    op.create_table(
        "audit_points",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.Column("owner_id", Key, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("raised_by", Key, nullable=True),
        sa.Column("raised_at", Instant(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_audit_points_owner_id")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_audit_points_park_id")),
        sa.ForeignKeyConstraint(["raised_by"], ["users.id"], name=op.f("fk_audit_points_raised_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_points")),
        sa.UniqueConstraint("number", name=op.f("uq_audit_points_number")),
    )
    op.create_index("ix_audit_points_park_id", "audit_points", ["park_id"], unique=False)
    op.create_table(
        "audit_samples",
        sa.Column("park_id", Key, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("population", sa.String(length=20), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("known_at", Instant(), nullable=False),
        sa.Column("method", sa.String(length=12), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("drawn", sa.JSON(), nullable=False),
        sa.Column("drawn_at", Instant(), nullable=False),
        sa.Column("drawn_by", sa.String(), nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_audit_samples_park_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_samples")),
        sa.UniqueConstraint("number", name=op.f("uq_audit_samples_number")),
    )
    op.create_index("ix_audit_samples_park_id", "audit_samples", ["park_id"], unique=False)
    op.create_table(
        "audit_point_messages",
        sa.Column("point_id", Key, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("user_id", Key, nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("id", Key, nullable=False),
        sa.ForeignKeyConstraint(["point_id"], ["audit_points.id"], name=op.f("fk_audit_point_messages_point_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_audit_point_messages_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_point_messages")),
    )
    op.create_index(op.f("ix_audit_point_messages_point_id"), "audit_point_messages", ["point_id"], unique=False)
    # ### end Alembic commands ###
    _grow()
    for guard in _guards(op.get_bind().dialect.name == "postgresql"):
        op.execute(guard)


def _grow() -> None:
    """The tree of the entries that there are stands at the head of the log."""
    peaks: list[tuple[int, bytes]] = []
    for (hash_,) in op.get_bind().execute(sa.text("SELECT hash FROM audit_entries ORDER BY id")):
        node, height = hashlib.sha256(b"\x00" + bytes.fromhex(hash_)).digest(), 0
        while peaks and peaks[-1][0] == height:
            _height, left = peaks.pop()
            node, height = hashlib.sha256(b"\x01" + left + node).digest(), height + 1
        peaks.append((height, node))
    op.execute(sa.text("UPDATE audit_heads SET peaks = :peaks").bindparams(peaks=" ".join(node.hex() for _height, node in peaks)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: the ledger is never migrated backwards.")
