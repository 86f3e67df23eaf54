"""What auditors ask, what is answered, the samples they draw, and what they opened."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from parkmgr.db import Base


class PointKind(StrEnum):
    """A request asks for something; an exception says that something is not right."""

    REQUEST = "request"
    EXCEPTION = "exception"


class Point(Base):
    """Something an auditor wants answered: by whom, and by when. What is said about it are its messages."""

    __tablename__ = "audit_points"
    __table_args__ = (Index("ix_audit_points_park_id", "park_id"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(200))
    about: Mapped[str] = mapped_column(String(80), default="")
    """A number of the park's: of a lease, a report, a sample."""
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    due_on: Mapped[date]
    raised_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    raised_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    """When the park answered last; None while it is the park's turn."""
    closed_at: Mapped[datetime | None]

    @property
    def state(self) -> str:
        """Whose turn it is: open (the park's), answered (the auditor's), closed."""
        return "closed" if self.closed_at is not None else "answered" if self.answered_at is not None else "open"


class PointMessage(Base):
    """What somebody said about a point, perhaps with a file. Written once."""

    __tablename__ = "audit_point_messages"

    point_id: Mapped[int] = mapped_column(ForeignKey("audit_points.id"), index=True)
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    author: Mapped[str] = mapped_column(String)
    text: Mapped[str] = mapped_column(Text)
    filename: Mapped[str] = mapped_column(String(200), default="")
    media_type: Mapped[str] = mapped_column(String(100), default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary, info={"secret": True}))

    @property
    def audited_as(self) -> str:
        """What is said is the point's."""
        return f"audit_points:{self.point_id}"


class Sample(Base):
    """A sample that was drawn. Written once; whoever has the seed draws it again."""

    __tablename__ = "audit_samples"
    __table_args__ = (Index("ix_audit_samples_park_id", "park_id"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    population: Mapped[str] = mapped_column(String(20))
    on: Mapped[date]
    since: Mapped[date | None]
    known_at: Mapped[datetime]
    method: Mapped[str] = mapped_column(String(12))
    currency: Mapped[str] = mapped_column(String(3), default="")
    size: Mapped[int] = mapped_column(Integer)
    seed: Mapped[str] = mapped_column(String(64))
    count: Mapped[int] = mapped_column(Integer)
    """Of the population."""
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the population."""
    drawn: Mapped[dict[str, Any]]
    """items: [key, stratum, amount, how often it was hit]."""
    drawn_at: Mapped[datetime]
    drawn_by: Mapped[str] = mapped_column(String)


class Opened(Base):
    """A page that an auditor opened."""

    __tablename__ = "audit_opened"
    __audited__ = False
    __table_args__ = (Index("ix_audit_opened_park_id_at", "park_id", "at"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    park_id: Mapped[int | None] = mapped_column(ForeignKey("parks.id"))
    at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(400))
