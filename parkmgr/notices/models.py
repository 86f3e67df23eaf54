"""The outbox."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from parkmgr.db import Base

UNSENT = text("sent_at IS NULL")


class Notice(Base):
    """One person is told of one event, by mail and under "Notices". Written in the same transaction as what it tells of."""

    __tablename__ = "notices"
    __audited__ = False
    __table_args__ = (Index("ix_notices_due_at", "due_at", postgresql_where=UNSENT, sqlite_where=UNSENT),)

    key: Mapped[str] = mapped_column(String(200), unique=True)
    """The event and the receiver: nobody is told of one event twice."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    """Of e-mail, as it was then."""
    language: Mapped[str] = mapped_column(String(2))
    subject: Mapped[str] = mapped_column(String)
    text: Mapped[str] = mapped_column(Text)
    search: Mapped[str] = mapped_column(Text)
    park_id: Mapped[int | None] = mapped_column(ForeignKey("parks.id"), index=True)
    about: Mapped[str] = mapped_column(String(20), default="")
    """The number of the document; empty for none."""
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    """Not tried (again) before: written, claimed by a worker until then, or after the pause that a failure asks for."""
    trying_at: Mapped[datetime | None]
    """When it was tried last."""
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    sent_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(Text, default="")
    """What the mail server said last; empty when nothing failed."""
