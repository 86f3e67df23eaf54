"""Files that were put in, so that a dry run can be looked at and then done, and the same file is done once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from parkmgr.db import Base


class ImportFile(Base):
    """A file, its mapping, and what came of it: state is waiting, done or dropped."""

    __tablename__ = "import_files"
    __table_args__ = (Index("ix_import_files_park_id", "park_id"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    what: Mapped[str] = mapped_column(String(20))
    filename: Mapped[str] = mapped_column(String)
    sha256: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[str] = mapped_column(Text)
    """TOML."""
    state: Mapped[str] = mapped_column(String(10))
    uploaded_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    row_count: Mapped[int | None] = mapped_column(Integer)
    outcome: Mapped[dict[str, Any]]
    """How many were added, unchanged, changed; as counted when it was done."""
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary, info={"secret": True}))

    @property
    def label(self) -> str:
        """What the audit calls it."""
        return self.filename
