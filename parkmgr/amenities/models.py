"""Services with hours and prices, appointments, seasons with their wishes, memberships and counted visits.

The hours of rooms and courts are bookings; an appointment adds the person, whom only the hospital's desk reads.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from parkmgr.bookings.models import Booking, BookingSet
from parkmgr.db import GUARDS, Base, Named, Versioned
from parkmgr.errors import N_, Objection
from parkmgr.organisations.models import Organisation
from parkmgr.people.models import SECRET, Person
from parkmgr.places.models import Space
from parkmgr.values import Money


class Desk(StrEnum):
    """Which desk a service belongs to."""

    HOSPITAL = "hospital"
    SPORTS = "sports"


class Service(Base, Named, Versioned):
    """Something that the hospital or the sports centre offers: physiotherapy, swimming."""

    __tablename__ = "services"
    __table_args__ = (UniqueConstraint("park_id", "code"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    code: Mapped[str] = mapped_column(String(40))
    desk: Mapped[str] = mapped_column(String(8))
    operator_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    """Who runs it: the holder of its rooms' hours."""
    week: Mapped[str] = mapped_column(Text)
    """Opening hours, in the notation of calendars.rules.parse_week."""
    open_on_holidays: Mapped[bool] = mapped_column(Boolean, default=False)
    slot_minutes: Mapped[int] = mapped_column(Integer, default=30)
    """How long an appointment is."""
    places: Mapped[int | None] = mapped_column(Integer)
    """How many can be there at once; None: as many as come."""
    prices: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Lines of {class: resident | member | tenant | outside | "" for the others, minor, currency}: a visit."""
    active: Mapped[bool] = mapped_column(Boolean, default=True)

    operator: Mapped[Organisation] = relationship(lazy="raise_on_sql")

    @property
    def audit_covers(self) -> frozenset[str]:
        """An entry about a service speaks for its rooms."""
        return frozenset({self.audited_as, f"service_rooms:{self.id}"})


class ServiceRoom(Base):
    """A service uses a room or a court."""

    __tablename__ = "service_rooms"
    __table_args__ = (UniqueConstraint("service_id", "space_id"), Index("ix_service_rooms_space_id", "space_id"))

    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"))
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))

    @property
    def audited_as(self) -> str:
        """It is the service's."""
        return f"service_rooms:{self.service_id}"


class Appointment(Base):
    """Who comes to a booked hour of the hospital: a resident number or a name, for its desk alone."""

    __tablename__ = "appointments"
    __table_args__ = (Index("ix_appointments_service_id", "service_id"),)

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), unique=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), info=SECRET)
    name: Mapped[str] = mapped_column(String(200), default="", info=SECRET)
    erased_at: Mapped[datetime | None]
    """When who came was erased; that somebody came stays."""

    booking: Mapped[Booking] = relationship(lazy="raise_on_sql")
    service: Mapped[Service] = relationship(lazy="raise_on_sql")
    person: Mapped[Person | None] = relationship(lazy="raise_on_sql")

    @property
    def audited_as(self) -> str:
        """It is the booking's."""
        return f"bookings:{self.booking_id}"


class Season(Base, Named, Versioned):
    """Clubs ask for weekly hours of courts and halls; they are given out together, by one rule that everybody can read again."""

    __tablename__ = "seasons"
    __table_args__ = (UniqueConstraint("park_id", "code"), CheckConstraint("starts_on < ends_on", name="not_empty"))

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    code: Mapped[str] = mapped_column(String(40))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    """The last day."""
    ask_until: Mapped[date]
    seed: Mapped[str] = mapped_column(String(64), info={"secret": True})
    seed_sha256: Mapped[str] = mapped_column(String(64))
    """Ties are broken by SHA-256(seed ‖ organisation code); the seed's hash is published when the season opens."""
    state: Mapped[str] = mapped_column(String(10), default="open")
    """open | allocated | cancelled."""
    allocated_at: Mapped[datetime | None]
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """The allocation step by step: who was next, why, which wish, given or why not."""

    @property
    def audit_covers(self) -> frozenset[str]:
        """An entry about a season speaks for its courts and the wishes that it decides."""
        return frozenset({self.audited_as, f"season:{self.id}"})


class SeasonSpace(Base):
    """A court or hall of which the season gives out the hours."""

    __tablename__ = "season_spaces"
    __table_args__ = (UniqueConstraint("season_id", "space_id"),)

    season_id: Mapped[int] = mapped_column(ForeignKey("seasons.id"))
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))

    @property
    def audited_as(self) -> str:
        """It is the season's."""
        return f"season:{self.season_id}"


class Wish(Base):
    """A club asks for a weekly hour of a season."""

    __tablename__ = "season_wishes"
    __table_args__ = (UniqueConstraint("season_id", "organisation_id", "rank"),)

    season_id: Mapped[int] = mapped_column(ForeignKey("seasons.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    rank: Mapped[int] = mapped_column(Integer)
    """1 is what the club wants most."""
    weekday: Mapped[int] = mapped_column(Integer)
    """1 is Monday."""
    from_minute: Mapped[int] = mapped_column(Integer)
    """Of the day, on the park's clock."""
    minutes: Mapped[int] = mapped_column(Integer)
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"))
    """None: any court of the season that seats the people."""
    people: Mapped[int] = mapped_column(Integer, default=1)
    purpose: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(10), default="asked")
    """asked | given | refused | withdrawn."""
    reason: Mapped[str] = mapped_column(Text, default="")
    given_space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"))
    set_id: Mapped[int | None] = mapped_column(ForeignKey("booking_sets.id"))

    season: Mapped[Season] = relationship(lazy="raise_on_sql")
    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")
    space: Mapped[Space | None] = relationship(lazy="raise_on_sql", foreign_keys=[space_id])
    given_space: Mapped[Space | None] = relationship(lazy="raise_on_sql", foreign_keys=[given_space_id])
    set: Mapped[BookingSet | None] = relationship(lazy="raise_on_sql")

    @property
    def audited_as(self) -> str:
        """It is the season's."""
        return f"season:{self.season_id}"


class SportsMembership(Base, Versioned):
    """Somebody, or an organisation's people, may use the sports centre's services for a time or a number of visits."""

    __tablename__ = "sports_memberships"
    __table_args__ = (Index("ix_sports_memberships_park_id_ends_on", "park_id", "ends_on"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """None: anybody of the organisation who shows its card."""
    plan: Mapped[str] = mapped_column(String(60), default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    """The last day."""
    visits: Mapped[int | None] = mapped_column(Integer)
    """How many visits are in it; None: as many as they like."""
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3), default="")
    ended_on: Mapped[date | None]

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")
    person: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class Visit(Base):
    """Somebody came to a service, counted at the desk."""

    __tablename__ = "visits"
    __table_args__ = (
        CheckConstraint("people > 0", name="somebody"),
        Index("ix_visits_service_id_at", "service_id", "at"),
        Index("ix_visits_membership_id", "membership_id"),
    )

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"))
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("sports_memberships.id"))
    at: Mapped[datetime]
    people: Mapped[int] = mapped_column(Integer, default=1)
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3), default="")
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    cancelled_at: Mapped[datetime | None]
    """It was counted by mistake."""
    key: Mapped[str | None] = mapped_column(String(80), unique=True)

    service: Mapped[Service] = relationship(lazy="raise_on_sql")
    membership: Mapped[SportsMembership | None] = relationship(lazy="raise_on_sql")

    @property
    def price(self) -> Money | None:
        """What was paid for it; None where it cost nothing."""
        return None if self.price_minor is None else Money(self.price_minor, self.currency)


GUARDS["uq_services_park_id_code"] = Objection("amenities.code_taken", N_("There is a service of this code already."), "code")
GUARDS["uq_seasons_park_id_code"] = Objection("amenities.season_taken", N_("There is a season of this code already."), "code")
GUARDS["uq_season_wishes_season_id_organisation_id_rank"] = Objection(
    "amenities.rank_taken", N_("You have a wish of this rank already."), "rank"
)
GUARDS["ck_visits_somebody"] = Objection("amenities.nobody_came", N_("At least one person came."), "people")
