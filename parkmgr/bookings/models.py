"""Bookings, the rules of the spaces that they are made under, and what people keep beside them: waiting, feeds, doors."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from parkmgr.accounts.models import User
from parkmgr.bookings.rules import LIVE, Answer
from parkmgr.db import GUARDS, Base, Named, Versioned
from parkmgr.errors import N_, Objection
from parkmgr.organisations.models import Organisation
from parkmgr.people.models import Person
from parkmgr.places.models import Park, Space
from parkmgr.values import Money, Span

LIVE_ONES = text("state IN ({})".format(", ".join(f"'{state}'" for state in sorted(LIVE))))


class BookingRules(Base, Versioned):
    """The rules of one space, of a kind of space (space_id None), or of a park (kind empty too): the nearest ones count, whole."""

    __tablename__ = "booking_rules"
    __table_args__ = (
        Index(
            "uq_booking_rules_park_id_kind",
            "park_id",
            "kind",
            unique=True,
            postgresql_where=text("space_id IS NULL"),
            sqlite_where=text("space_id IS NULL"),
        ),
    )

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20), default="")
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"), unique=True)
    week: Mapped[str] = mapped_column(Text)
    """Bookable hours, in the notation of calendars.rules.parse_week."""
    open_on_holidays: Mapped[bool] = mapped_column(Boolean, default=False)
    answer: Mapped[str] = mapped_column(String(10), default=Answer.INSTANT.value)
    """An Answer for everybody whom no line of `access` names."""
    access: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Lines of {who, name, answer}: who is `organisation` (its code), `kind` (of organisation), `class` (of price) or `role`."""
    min_minutes: Mapped[int] = mapped_column(Integer, default=15)
    max_minutes: Mapped[int] = mapped_column(Integer, default=8 * 60)
    step_minutes: Mapped[int] = mapped_column(Integer, default=15)
    lead_minutes: Mapped[int] = mapped_column(Integer, default=0)
    ahead_days: Mapped[int] = mapped_column(Integer, default=365)
    turnaround_minutes: Mapped[int] = mapped_column(Integer, default=0)
    quotas: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Lines of {whom: organisation | person, per: day | week | month | open, measure: hours | count, most}."""
    prices: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Lines of {class: member | tenant | outside | "" for the others, minor, currency}: a price an hour."""
    request_holds: Mapped[bool] = mapped_column(Boolean, default=True)
    decide_hours: Mapped[int] = mapped_column(Integer, default=48)
    """A request that nobody decided so many hours after it was made, or at its start, expires."""
    four_eyes: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whoever asked cannot approve."""
    release_minutes: Mapped[int | None] = mapped_column(Integer)
    """Without a check-in so long after the start the rest is free again; None: nobody need check in."""
    alone_week: Mapped[str] = mapped_column(Text, default="")
    """When one person may work alone, in the notation of `week`; empty: always. Outside of it a second person is named."""
    cancel_minutes: Mapped[int] = mapped_column(Integer, default=0)
    """Until so long before the start the booker may cancel or move it alone."""

    @property
    def label(self) -> str:
        """What the audit calls it."""
        return self.kind or (f"space {self.space_id}" if self.space_id else "all")


class Feature(Base, Named):
    """Something that a space can have: a projector, a fume hood."""

    __tablename__ = "features"
    __table_args__ = (UniqueConstraint("park_id", "code"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    code: Mapped[str] = mapped_column(String(40))


class SpaceFeature(Base):
    """A space has a feature, so many of it."""

    __tablename__ = "space_features"
    __table_args__ = (UniqueConstraint("space_id", "feature_id"), Index("ix_space_features_feature_id", "feature_id"))

    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    feature_id: Mapped[int] = mapped_column(ForeignKey("features.id"))
    quantity: Mapped[int] = mapped_column(Integer, default=1)

    @property
    def audited_as(self) -> str:
        """It is the space's."""
        return f"spaces:{self.space_id}"


class BookingSet(Base):
    """Bookings made by one deed: the dates of a series, several rooms at once, or both."""

    __tablename__ = "booking_sets"

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"), index=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    rrule: Mapped[str] = mapped_column(Text, default="")
    """RFC 5545, without DTSTART; empty when it is several rooms on one date."""
    starts_local: Mapped[str] = mapped_column(String(16), default="")
    """The wall time of the rule's start, as 2026-09-01T09:00, in time_zone."""
    time_zone: Mapped[str] = mapped_column(String(64), default="")

    @property
    def audit_covers(self) -> frozenset[str]:
        """An entry about a set speaks for the set; its bookings have entries of their own."""
        return frozenset({self.audited_as})


class Booking(Base, Versioned):
    """A space is asked for, or booked, for an organisation. Its holds reach to ends_at and the turnaround after it."""

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="not_empty"),
        Index("ix_bookings_park_id_starts_at", "park_id", "starts_at", "ends_at"),
        Index("ix_bookings_space_id_starts_at", "space_id", "starts_at"),
        Index("ix_bookings_organisation_id_starts_at", "organisation_id", "starts_at"),
        Index("ix_bookings_user_id_starts_at", "user_id", "starts_at"),
        Index("ix_bookings_set_id", "set_id"),
        Index("ix_bookings_live", "state", "ends_at", postgresql_where=LIVE_ONES, sqlite_where=LIVE_ONES),
    )

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Whose booking it is; None for what an import or the door made."""
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who asked for it: four eyes look at this."""
    set_id: Mapped[int | None] = mapped_column(ForeignKey("booking_sets.id"))
    recurs_at: Mapped[datetime | None]
    """When the series' rule has it, wherever it was moved (RFC 5545: RECURRENCE-ID)."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    turnaround_minutes: Mapped[int] = mapped_column(Integer, default=0)
    people: Mapped[int] = mapped_column(Integer, default=1)
    purpose: Mapped[str] = mapped_column(String(200), default="")
    guest: Mapped[str] = mapped_column(String(200), default="")
    """The colleague or guest whom it is for, when that is not the booker."""
    desk: Mapped[str] = mapped_column(String(8), default="")
    """Whose desk decides it beside the administrators: lab, sports, hospital; by the kind of its space."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    """Who works there, where permits are asked for."""
    buddy_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """The second person."""
    state: Mapped[str] = mapped_column(String(10))
    requested_at: Mapped[datetime]
    decide_by: Mapped[datetime | None]
    """A request expires then."""
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    question: Mapped[str] = mapped_column(Text, default="")
    reply: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was rejected, cancelled or waived."""
    waived: Mapped[str] = mapped_column(String(200), default="")
    """Codes of objections that an administrator waived, by spaces."""
    checked_in_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """When it was ended early, released or cancelled."""
    booked_until: Mapped[datetime | None]
    """Its end as it was booked, when it was ended early."""
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3), default="")
    key: Mapped[str | None] = mapped_column(String(80), unique=True)
    """What makes a form that is sent twice one deed (the first booking of a deed has it)."""
    uid: Mapped[str] = mapped_column(String(200), default="")
    """The UID that it had in an imported calendar."""
    sequence: Mapped[int] = mapped_column(Integer, default=0)
    """RFC 5545: SEQUENCE."""
    undo_until: Mapped[datetime | None]
    undo: Mapped[dict[str, Any] | None]
    """What the last deed changed, for who takes it back at once."""
    reminded_at: Mapped[datetime | None]

    park: Mapped[Park] = relationship(lazy="raise_on_sql")
    space: Mapped[Space] = relationship(lazy="raise_on_sql")
    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")
    user: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[user_id])
    made_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[made_by_id])
    decided_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[decided_by_id])
    set: Mapped[BookingSet | None] = relationship(lazy="raise_on_sql")
    person: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=[person_id])
    buddy: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=[buddy_id])

    @property
    def span(self) -> Span:
        """Its instants, without the turnaround."""
        return Span(self.starts_at, self.ends_at)

    @property
    def price(self) -> Money | None:
        """What it costs; None when nothing was agreed."""
        return None if self.price_minor is None else Money(self.price_minor, self.currency)

    @property
    def audit_covers(self) -> frozenset[str]:
        """An entry about a booking speaks for its holds."""
        return frozenset({self.audited_as, f"documents:{self.number}"})


class WaitState(StrEnum):
    """How far somebody's waiting is."""

    WAITING = "waiting"
    OFFERED = "offered"
    TAKEN = "taken"
    EXPIRED = "expired"
    LEFT = "left"


class Waiting(Base, Versioned):
    """Somebody waits for a space that is taken. Its number is the document of the hold that keeps an offer."""

    __tablename__ = "waiting"
    __table_args__ = (Index("ix_waiting_state_starts_at", "state", "starts_at"), Index("ix_waiting_user_id", "user_id"))

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    people: Mapped[int] = mapped_column(Integer, default=1)
    purpose: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(10))
    joined_at: Mapped[datetime]
    offer_until: Mapped[datetime | None]
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"))
    key: Mapped[str | None] = mapped_column(String(80), unique=True)

    space: Mapped[Space] = relationship(lazy="raise_on_sql")
    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")
    user: Mapped[User] = relationship(lazy="raise_on_sql")
    booking: Mapped[Booking | None] = relationship(lazy="raise_on_sql")

    @property
    def span(self) -> Span:
        """Its instants."""
        return Span(self.starts_at, self.ends_at)

    @property
    def audit_covers(self) -> frozenset[str]:
        """An entry about somebody's waiting speaks for the hold of its offer."""
        return frozenset({self.audited_as, f"documents:{self.number}"})


class FeedKind(StrEnum):
    """What a calendar feed has in it."""

    MINE = "mine"
    SPACE = "space"
    ORGANISATION = "organisation"


class Feed(Base):
    """A secret address of a calendar. Here is its token's SHA-256; who has the address reads on with the rights its owner has then."""

    __tablename__ = "feeds"
    __table_args__ = (Index("ix_feeds_user_id", "user_id"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(12))
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    token: Mapped[str] = mapped_column(String(64), unique=True, info={"secret": True})
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    space: Mapped[Space | None] = relationship(lazy="raise_on_sql")
    organisation: Mapped[Organisation | None] = relationship(lazy="raise_on_sql")


class Door(Base):
    """The tablet at a space's door. Here is its address's token as SHA-256; walk-ins book for its organisation."""

    __tablename__ = "doors"
    __table_args__ = (Index("ix_doors_space_id", "space_id"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    token: Mapped[str] = mapped_column(String(64), unique=True, info={"secret": True})
    language: Mapped[str] = mapped_column(String(2), default="en")
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    space: Mapped[Space] = relationship(lazy="raise_on_sql")
    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")


GUARDS["uq_booking_rules_park_id_kind"] = Objection("bookings.rules_there", N_("This kind of space has rules already."), "kind")
GUARDS["uq_booking_rules_space_id"] = Objection("bookings.rules_there", N_("This space has rules of its own already."), "space")
GUARDS["uq_features_park_id_code"] = Objection("bookings.feature_there", N_("There is a feature of this code already."), "code")
