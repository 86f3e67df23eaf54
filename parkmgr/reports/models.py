"""Requests for reports, and the reports that were issued with their rows."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from parkmgr.db import Base, Versioned


class RequestState(StrEnum):
    """How far a request has come."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ReportRequest(Base):
    """Somebody asked for a report; a job makes it, once."""

    __tablename__ = "report_requests"
    __audited__ = False

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    """From the form: a double click is one request."""
    kind: Mapped[str] = mapped_column(String(20))
    parameters: Mapped[dict[str, Any]]
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10))
    progress: Mapped[int] = mapped_column(Integer, default=0)
    """Per cent."""
    failure: Mapped[str] = mapped_column(Text, default="")
    report_id: Mapped[int | None] = mapped_column(ForeignKey("issued_reports.id"))


class IssuedReport(Base):
    """A report that was issued; it never changes. rows: the compiled object as canonical JSON, compressed by zlib."""

    __tablename__ = "issued_reports"
    __table_args__ = (Index("ix_issued_reports_park_id_kind", "park_id", "kind"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    on: Mapped[date]
    known_at: Mapped[datetime]
    language: Mapped[str] = mapped_column(String(2))
    parameters: Mapped[dict[str, Any]]
    rows: Mapped[bytes] = deferred(mapped_column(LargeBinary, info={"secret": True}))
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the canonical JSON of the compiled object."""
    issued_at: Mapped[datetime]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    issuer: Mapped[str] = mapped_column(String)
    audit_size: Mapped[int] = mapped_column(Integer)
    audit_hash: Mapped[str] = mapped_column(String(64))
    audit_root: Mapped[str] = mapped_column(String(64), default="")
    """The Merkle root (RFC 6962) of so many entries."""
    signed_by: Mapped[str] = mapped_column(String(64), default="")
    """SHA-256 of the certificate whose key signs its PDF; empty: the park had none then."""
    since_last: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What changed since the last report of the same, as `ties.since_last` gives it."""


class ReportFile(Base):
    """The PDF of an issued report as it was given out, or (format p7s) its signature."""

    __tablename__ = "report_files"
    __audited__ = False
    __table_args__ = (UniqueConstraint("report_id", "format"),)

    report_id: Mapped[int] = mapped_column(ForeignKey("issued_reports.id"))
    format: Mapped[str] = mapped_column(String(4))
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))


class ReportSchedule(Base, Versioned):
    """A report that comes every month on a day, about the month before."""

    __tablename__ = "report_schedules"

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    day: Mapped[int] = mapped_column(Integer)
    """Of the month, 1 to 28."""
    fund: Mapped[str] = mapped_column(String(20), default="")
    buildings: Mapped[str] = mapped_column(String(400), default="")
    """Codes, a space between; none is the whole park."""
    added_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]

    @property
    def label(self) -> str:
        """What the audit calls it."""
        return f"{self.kind} {self.day}"

    @property
    def audit_covers(self) -> frozenset[str]:
        """An entry about a schedule speaks for who is sent its reports."""
        return frozenset({self.audited_as, f"schedule_receivers:{self.id}"})


class ScheduleReceiver(Base):
    """Somebody who is sent the reports of a schedule."""

    __tablename__ = "report_schedule_receivers"
    __table_args__ = (UniqueConstraint("schedule_id", "user_id"),)

    schedule_id: Mapped[int] = mapped_column(ForeignKey("report_schedules.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)

    @property
    def audited_as(self) -> str:
        """It is the schedule's."""
        return f"schedule_receivers:{self.schedule_id}"
