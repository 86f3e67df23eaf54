"""Parks, buildings, floors, spaces with parts, and the dated facts about them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from parkmgr.db import GUARDS, Base, Known, Named, Versioned
from parkmgr.errors import N_, Objection
from parkmgr.values import Area


class SpaceKind(StrEnum):
    """What a space is used for. Source: the families of FICM, house choice of words."""

    OFFICE = "office"
    LABORATORY = "laboratory"
    PRODUCTION = "production"
    FLAT = "flat"
    BED = "bed"
    MEETING_ROOM = "meeting_room"
    DESK = "desk"
    CLINIC = "clinic"
    SPORTS = "sports"
    STORAGE = "storage"
    RETAIL = "retail"
    PARKING = "parking"
    CIRCULATION = "circulation"
    INSTRUMENT = "instrument"
    """Equipment that is booked by the hour: a unit of the ledger, but no room; reports on rooms leave it out."""
    BENCH = "bench"
    """A place to work in a laboratory; as an instrument."""
    WHOLE = "whole"
    """A building, floor or group that is let as one; it has parts."""


APPARATUS = (SpaceKind.INSTRUMENT.value, SpaceKind.BENCH.value)
"""What stands in a room that is counted itself."""


class AreaBasis(StrEnum):
    """What an area counts. Source: IPMS (2023), RICS Code of Measuring Practice."""

    IPMS1 = "IPMS1"
    IPMS2 = "IPMS2"
    IPMS3 = "IPMS3"
    GIA = "GIA"
    NIA = "NIA"
    GLA = "GLA"


class Park(Base, Named, Versioned):
    """A park: one time zone, one working currency."""

    __tablename__ = "parks"

    code: Mapped[str] = mapped_column(String(20), unique=True)
    time_zone: Mapped[str] = mapped_column(String(64))
    currency: Mapped[str] = mapped_column(String(3))
    country: Mapped[str] = mapped_column(String(2), default="")
    drafter_may_sign: Mapped[bool] = mapped_column(Boolean, default=False)
    """Four eyes: unless set, whoever drafted a lease cannot sign it."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone that turns its days into instants."""
        return ZoneInfo(self.time_zone)


class Building(Base, Named, Versioned):
    """A building of a park."""

    __tablename__ = "buildings"
    __table_args__ = (UniqueConstraint("park_id", "code"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    code: Mapped[str] = mapped_column(String(40))
    use: Mapped[str] = mapped_column(String(20), default="")
    """The kind of space that it is mainly for (a SpaceKind), or empty."""
    residential: Mapped[bool] = mapped_column(Boolean, default=False)
    address: Mapped[str] = mapped_column(String, default="")
    built: Mapped[int | None] = mapped_column(Integer)
    area: Mapped[Area | None]
    """The declared rentable area; a declaration, never added to the areas of spaces."""
    area_basis: Mapped[str] = mapped_column(String(5), default="")
    park: Mapped[Park] = relationship(lazy="raise_on_sql")


class Floor(Base):
    """A floor of a building; level 0 is at the ground."""

    __tablename__ = "floors"
    __table_args__ = (UniqueConstraint("building_id", "level"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    building_id: Mapped[int] = mapped_column(ForeignKey("buildings.id"))
    level: Mapped[int] = mapped_column(Integer)
    label: Mapped[str] = mapped_column(String(20), default="")
    building: Mapped[Building] = relationship(lazy="raise_on_sql")

    @property
    def audited_as(self) -> str:
        """Floors come and go with their building's spaces."""
        return f"buildings:{self.building_id}"


class Space(Base, Named, Versioned):
    """A space. One with parts is let through its parts; one without parts is a unit, and units are what holds hold."""

    __tablename__ = "spaces"
    __table_args__ = (
        UniqueConstraint("park_id", "code"),
        Index("ix_spaces_building_id_floor_id", "building_id", "floor_id"),
        Index("ix_spaces_parent_id", "parent_id"),
    )

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    building_id: Mapped[int] = mapped_column(ForeignKey("buildings.id"))
    floor_id: Mapped[int | None] = mapped_column(ForeignKey("floors.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"))
    code: Mapped[str] = mapped_column(String(60))
    divided: Mapped[bool] = mapped_column(Boolean, default=False)
    """True when it has parts: then it is no unit and is never held itself."""
    bookable: Mapped[bool] = mapped_column(Boolean, default=False)
    park: Mapped[Park] = relationship(lazy="raise_on_sql")
    building: Mapped[Building] = relationship(lazy="raise_on_sql")
    floor: Mapped[Floor | None] = relationship(lazy="raise_on_sql")
    parent: Mapped[Space | None] = relationship(lazy="raise_on_sql", remote_side="Space.id")


class Particulars(Base, Known):
    """What a space is, for the days [starts_on, ends_on): it exists on the days that it has particulars for.

    Kept with both times. area None: not measured, which is not zero. To retire a space is to end its particulars.
    """

    __tablename__ = "particulars"
    __table_args__ = (
        CheckConstraint("starts_on < ends_on", name="not_empty"),
        Index(
            "ix_particulars_now",
            "space_id",
            "starts_on",
            "ends_on",
            postgresql_where=text("withdrawn_at IS NULL"),
            sqlite_where=text("withdrawn_at IS NULL"),
        ),
        Index("ix_particulars_space_id", "space_id"),
    )

    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    """Exclusive; date.max when the space goes on."""
    kind: Mapped[str] = mapped_column(String(20))
    lettable: Mapped[bool] = mapped_column(Boolean)
    area: Mapped[Area | None]
    area_basis: Mapped[str] = mapped_column(String(5), default="")
    capacity: Mapped[int | None] = mapped_column(Integer)

    @property
    def audited_as(self) -> str:
        """Particulars are the space's."""
        return f"spaces:{self.space_id}"


class Succession(Base):
    """A space took the place of another on a day (a split or a merger)."""

    __tablename__ = "successions"
    __table_args__ = (UniqueConstraint("old_id", "new_id"),)

    old_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    new_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"), index=True)
    on: Mapped[date]

    @property
    def audited_as(self) -> str:
        """It stands under the space that was."""
        return f"spaces:{self.old_id}"


GUARDS["uq_parks_code"] = Objection("places.code_taken", N_("There is a park of this code already."), "code")
GUARDS["uq_buildings_park_id_code"] = Objection("places.code_taken", N_("There is a building of this code already."), "code")
GUARDS["uq_spaces_park_id_code"] = Objection("places.code_taken", N_("There is a space of this code already."), "code")
