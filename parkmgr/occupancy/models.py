"""The ledger. The migration adds the guard: no unit is ever held twice at one instant by holds that are not withdrawn."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from parkmgr.db import GUARDS, Base, Known
from parkmgr.errors import N_, Objection
from parkmgr.values import Span

TAKEN = Objection("occupancy.taken", N_("A space is already taken in this time."))

CLOCK = Objection(
    "occupancy.clock",
    N_("The server's clock stands before the last change of this document. Its clock was set back; tell the administrator."),
)


class HoldKind(StrEnum):
    """Which kind of document holds the unit."""

    LEASE = "lease"
    BOOKING = "booking"
    RESIDENCY = "residency"
    SESSION = "session"
    CLOSURE = "closure"


NOT_WITHDRAWN = text("withdrawn_at IS NULL")
LEASES_NOW = text("withdrawn_at IS NULL AND kind = 'lease'")


class Hold(Base, Known):
    """A unit is held by a holder for [starts_at, ends_at), because of one document. Written once, withdrawn at most once."""

    __tablename__ = "holds"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="not_empty"),
        CheckConstraint("withdrawn_at IS NULL OR withdrawn_at >= recorded_at", name="withdrawn_later"),
        Index(
            "ix_holds_now",
            "space_id",
            "starts_at",
            "ends_at",
            "holder_id",
            "kind",
            "document",
            postgresql_where=NOT_WITHDRAWN,
            sqlite_where=NOT_WITHDRAWN,
        ),
        # Whether an organisation is a tenant is asked at each booking, and must not read its bookings.
        Index("ix_holds_leases", "holder_id", "ends_at", postgresql_where=LEASES_NOW, sqlite_where=LEASES_NOW),
        Index("ix_holds_document", "document"),
        Index("ix_holds_holder_id", "holder_id"),
        Index("ix_holds_space_id_recorded_at", "space_id", "recorded_at"),
    )

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    holder_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[str] = mapped_column(String(10))
    document: Mapped[str] = mapped_column(String(20))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    """FOREVER when the document is open-ended."""

    @property
    def span(self) -> Span:
        """Its instants."""
        return Span(self.starts_at, self.ends_at)

    @property
    def audited_as(self) -> str:
        """A hold is its document's."""
        return f"documents:{self.document}"


BY_THE_HOUR = (HoldKind.BOOKING.value, HoldKind.SESSION.value)
"""The holds of bookings."""


class ClosureKind(StrEnum):
    """Why spaces are closed."""

    WORKS = "works"
    EVENT = "event"
    HOLIDAY = "holiday"
    MAINTENANCE = "maintenance"
    """Planned downtime of equipment."""
    BREAKDOWN = "breakdown"
    """Unplanned downtime; open-ended until it is repaired."""


class Closure(Base):
    """Spaces are closed for works, an event or holidays. Its number is the document of its holds; their holder is who runs the park."""

    __tablename__ = "closures"

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"), index=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[str] = mapped_column(String(12), default=ClosureKind.WORKS.value)
    reason: Mapped[str] = mapped_column(Text)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    """The last day, inclusive."""
    starts_at: Mapped[datetime | None]
    """With ends_at: it is closed for hours, not for whole days."""
    ends_at: Mapped[datetime | None]
    lifted_at: Mapped[datetime | None]
    """When it was ended before its time."""

    @property
    def audit_covers(self) -> frozenset[str]:
        """An entry about a closure speaks for its holds."""
        return frozenset({self.audited_as, f"documents:{self.number}"})


GUARDS["holds_never_twice"] = TAKEN
GUARDS["ck_holds_withdrawn_later"] = CLOCK
