"""The entries and the head of their chain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from parkmgr.db import Base


class Entry(Base):
    """One deed. id counts from 1 without a gap; hash covers every other column and the hash before it."""

    __tablename__ = "audit_entries"
    __audited__ = False
    __table_args__ = (Index("ix_audit_entries_subject", "subject"), Index("ix_audit_entries_park_id_id", "park_id", "id"))

    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String)
    organisation_id: Mapped[int | None]
    park_id: Mapped[int | None]
    deed: Mapped[str] = mapped_column(String(64), index=True)
    subject: Mapped[str] = mapped_column(String(80))
    label: Mapped[str] = mapped_column(String)
    changes: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(Text, default="")
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class Head(Base):
    """The one row that writers of entries lock in turn: how many there are, the hash of the last, and the peaks of their Merkle tree."""

    __tablename__ = "audit_heads"
    __audited__ = False

    size: Mapped[int] = mapped_column(Integer)
    hash: Mapped[str] = mapped_column(String(64))
    peaks: Mapped[str] = mapped_column(Text, default="")
    """So that the root of any size is had without reading the log."""
