"""Tariffs, extras of sessions, and monthly statements with their lines."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from parkmgr.charges.rules import Basis, StatementState
from parkmgr.db import GUARDS, Base, Known, Versioned
from parkmgr.errors import N_, Objection
from parkmgr.organisations.models import Organisation


class Tariff(Base, Known):
    """How sessions are charged from a day on: of one space, or of a kind of space (space_id None). The nearest one counts, whole.

    The price of an hour is the booking's own: by the class that the organisation had when it booked.
    """

    __tablename__ = "tariffs"
    __table_args__ = (
        Index(
            "ix_tariffs_now",
            "park_id",
            "space_id",
            "kind",
            "from_on",
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"))
    kind: Mapped[str] = mapped_column(String(20), default="")
    from_on: Mapped[date]
    basis: Mapped[str] = mapped_column(String(8), default=Basis.GREATER.value)
    minimum_minutes: Mapped[int] = mapped_column(Integer, default=0)
    block_minutes: Mapped[int] = mapped_column(Integer, default=1)
    """Time is rounded up to whole blocks."""
    peak_week: Mapped[str] = mapped_column(Text, default="")
    """Peak hours in the notation of calendars.rules.parse_week; empty: none."""
    peak_percent: Mapped[int] = mapped_column(Integer, default=100)
    """What an hour in the peak costs, in per cent of the price."""
    no_show_percent: Mapped[int] = mapped_column(Integer, default=0)
    """What a session costs to which nobody came, in per cent of its booked time."""
    prices: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Lines of {class, minor, currency}: an hour, where it is not the booking's own price."""
    operator: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Lines of {class: member | tenant | outside | "", minor, currency}: an operator's hour."""


class Extra(Base):
    """Something more that a session cost: an operator's hours, consumables."""

    __tablename__ = "session_extras"
    __table_args__ = (Index("ix_session_extras_booking_id", "booking_id"),)

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"))
    what: Mapped[str] = mapped_column(String(12))
    """operator | consumable."""
    name: Mapped[str] = mapped_column(String(200), default="")
    quantity: Mapped[int] = mapped_column(Integer, default=1)
    """Minutes of an operator, pieces of a consumable."""
    minor: Mapped[int] = mapped_column(BigInteger)
    """What it costs in all."""
    currency: Mapped[str] = mapped_column(String(3))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    @property
    def audited_as(self) -> str:
        """It is the session's."""
        return f"bookings:{self.booking_id}"


class Statement(Base, Versioned):
    """What an organisation owes for a month's sessions, in one currency."""

    __tablename__ = "statements"
    __table_args__ = (
        UniqueConstraint("park_id", "organisation_id", "month", "currency"),
        Index("ix_statements_park_id_month", "park_id", "month"),
    )

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    month: Mapped[date]
    """Its first day."""
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(10), default=StatementState.OPEN.value)
    total_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    """The sum of its lines, kept by the deeds that write them."""
    made_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it is disputed, or how the dispute was settled."""

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")

    @property
    def audit_covers(self) -> frozenset[str]:
        """An entry about a statement speaks for its lines."""
        return frozenset({self.audited_as, f"statement_lines:{self.id}"})


FOR_USE = text("what IN ('use', 'no_show')")


class StatementLine(Base):
    """One charge. Lines are added, never changed: a correction is an adjustment with its reason."""

    __tablename__ = "statement_lines"
    __table_args__ = (
        Index("ix_statement_lines_statement_id", "statement_id"),
        Index("uq_statement_lines_booking_id", "booking_id", unique=True, sqlite_where=FOR_USE, postgresql_where=FOR_USE),
    )

    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id"))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"))
    what: Mapped[str] = mapped_column(String(12))
    """use | no_show | operator | consumable | adjustment."""
    minutes: Mapped[int | None] = mapped_column(Integer)
    """What was charged, after minimum and blocks."""
    peak_minutes: Mapped[int | None] = mapped_column(Integer)
    hour_minor: Mapped[int | None] = mapped_column(BigInteger)
    """The price of an hour, to the nearest coin."""
    percent: Mapped[int | None] = mapped_column(Integer)
    """What a peak hour cost in per cent of it; of a no-show: the part that is charged."""
    basis: Mapped[str] = mapped_column(String(8), default="")
    """Which time was charged: booked or used."""
    extra_id: Mapped[int | None] = mapped_column(ForeignKey("session_extras.id"), unique=True)
    minor: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(String(300), default="")
    added_at: Mapped[datetime]

    @property
    def audited_as(self) -> str:
        """It is the statement's."""
        return f"statement_lines:{self.statement_id}"


CHARGED = Objection("charges.charged", N_("A session is charged once; what was charged wrongly is mended by an adjustment."))
GUARDS["uq_statement_lines_booking_id"] = GUARDS["uq_statement_lines_extra_id"] = CHARGED
GUARDS["uq_statements_park_id_organisation_id_month_currency"] = Objection(
    "charges.statement_there", N_("There is a statement of this organisation for the month already."), "month"
)
