"""Papers are signed, and bear the Merkle root of the audit log."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("audit_heads", sa.Column("peaks", sa.Text(), nullable=False, server_default=""))
    op.add_column("issued_reports", sa.Column("audit_root", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("issued_reports", sa.Column("signed_by", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("issued_reports", sa.Column("since_last", sa.JSON(), nullable=False, server_default="{}"))
    _grow()


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
