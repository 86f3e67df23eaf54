"""Laboratories, their hazards and documents, equipment, and permits. Sessions are bookings; downtime is a closure."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from parkmgr.accounts.models import User
from parkmgr.db import GUARDS, Base, Named, Versioned
from parkmgr.errors import N_, Objection
from parkmgr.labs.rules import EquipmentState
from parkmgr.organisations.models import Organisation
from parkmgr.people.models import Person
from parkmgr.places.models import Space


class Lab(Base, Versioned):
    """A space is run as a laboratory."""

    __tablename__ = "labs"

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"), index=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"), unique=True)
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    field: Mapped[str] = mapped_column(String(200), default="")
    """What is done there: nanomaterials, genomics."""
    rules: Mapped[str] = mapped_column(Text, default="")
    """What who works there must keep to."""

    space: Mapped[Space] = relationship(lazy="raise_on_sql")
    manager: Mapped[User | None] = relationship(lazy="raise_on_sql")


class Hazard(Base):
    """A laboratory works with something dangerous. Schemes number their groups differently, so a value says little without its scheme."""

    __tablename__ = "hazards"
    __table_args__ = (UniqueConstraint("lab_id", "scheme", "value"),)

    lab_id: Mapped[int] = mapped_column(ForeignKey("labs.id"))
    scheme: Mapped[str] = mapped_column(String(60))
    """As `WHO risk group`, `GB 19489`, `SanPiN 3.3686-21`, `GHS`, `laser class`."""
    value: Mapped[str] = mapped_column(String(60))
    note: Mapped[str] = mapped_column(String(200), default="")

    @property
    def audited_as(self) -> str:
        """It is the laboratory's."""
        return f"labs:{self.lab_id}"


class LabDocument(Base):
    """A file of a laboratory or of a piece of its equipment: a risk assessment, a manual, a certificate."""

    __tablename__ = "lab_documents"
    __table_args__ = (Index("ix_lab_documents_lab_id", "lab_id"),)

    lab_id: Mapped[int] = mapped_column(ForeignKey("labs.id"))
    equipment_id: Mapped[int | None] = mapped_column(ForeignKey("equipment.id"))
    title: Mapped[str] = mapped_column(String(200))
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(60))
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary, info={"secret": True}))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    @property
    def audited_as(self) -> str:
        """It is the laboratory's."""
        return f"labs:{self.lab_id}"


class Equipment(Base, Named, Versioned):
    """A piece of equipment. One that can be booked is a unit of the ledger too: its space, of the kind `instrument` or `bench`."""

    __tablename__ = "equipment"
    __table_args__ = (UniqueConstraint("park_id", "number"), Index("ix_equipment_lab_id", "lab_id"))

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    number: Mapped[str] = mapped_column(String(40))
    """The asset number on its plate."""
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("labs.id"))
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"), unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    make: Mapped[str] = mapped_column(String(120), default="")
    model: Mapped[str] = mapped_column(String(120), default="")
    serial: Mapped[str] = mapped_column(String(120), default="")
    contact: Mapped[str] = mapped_column(String(254), default="")
    """Whom to ask: a name or an address, as the owner publishes it."""
    state: Mapped[str] = mapped_column(String(14), default=EquipmentState.COMMISSIONING.value)
    bought_on: Mapped[date | None]
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3), default="")
    warranty_until: Mapped[date | None]
    calibrated_on: Mapped[date | None]
    calibration_due: Mapped[date | None]
    reminded_for: Mapped[date | None]
    """The calibration day about which the laboratory's manager was told."""

    lab: Mapped[Lab | None] = relationship(lazy="raise_on_sql")
    space: Mapped[Space | None] = relationship(lazy="raise_on_sql")
    owner: Mapped[Organisation] = relationship(lazy="raise_on_sql")


class StateChange(Base):
    """A piece of equipment came into a state; its history is what availability is counted from."""

    __tablename__ = "equipment_states"
    __table_args__ = (Index("ix_equipment_states_equipment_id_at", "equipment_id", "at"),)

    equipment_id: Mapped[int] = mapped_column(ForeignKey("equipment.id"))
    state: Mapped[str] = mapped_column(String(14))
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200), default="")

    @property
    def audited_as(self) -> str:
        """It is the equipment's."""
        return f"equipment:{self.equipment_id}"


class Need(Base):
    """A space works only while another does: an instrument needs its gas line."""

    __tablename__ = "space_needs"
    __table_args__ = (UniqueConstraint("space_id", "needs_id"), Index("ix_space_needs_needs_id", "needs_id"))

    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    needs_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))

    @property
    def audited_as(self) -> str:
        """It is the space's."""
        return f"spaces:{self.space_id}"


class PermitKind(Base, Named, Versioned):
    """A training or qualification that laboratories ask for."""

    __tablename__ = "permit_kinds"
    __table_args__ = (UniqueConstraint("park_id", "code"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    code: Mapped[str] = mapped_column(String(40))
    days: Mapped[int] = mapped_column(Integer, default=365)
    """For how long it is granted when nothing else is said."""
    unused_days: Mapped[int | None] = mapped_column(Integer)
    """It lapses after so many days without use; None: never."""
    how: Mapped[str] = mapped_column(Text, default="")
    """How to get it: whom to ask, which course."""


class Requirement(Base):
    """A space asks for a permit: a laboratory for everything in it, an instrument for itself."""

    __tablename__ = "permit_requirements"
    __table_args__ = (UniqueConstraint("space_id", "kind_id"), Index("ix_permit_requirements_kind_id", "kind_id"))

    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("permit_kinds.id"))

    @property
    def audited_as(self) -> str:
        """It is the space's."""
        return f"spaces:{self.space_id}"


class Permit(Base, Versioned):
    """A person has a training or qualification, everywhere that it is asked for or at one space. It holds through until_on."""

    __tablename__ = "permits"
    __table_args__ = (
        Index("ix_permits_person_id_kind_id", "person_id", "kind_id"),
        Index("ix_permits_park_id_until_on", "park_id", "until_on"),
    )

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("permit_kinds.id"))
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"))
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    granted_on: Mapped[date]
    until_on: Mapped[date]
    used_on: Mapped[date | None]
    """The last day of work under it."""
    withdrawn_on: Mapped[date | None]
    """From this day on it does not hold."""
    reason: Mapped[str] = mapped_column(String(200), default="")
    reminded_on: Mapped[date | None]

    person: Mapped[Person] = relationship(lazy="raise_on_sql")
    kind: Mapped[PermitKind] = relationship(lazy="raise_on_sql")
    space: Mapped[Space | None] = relationship(lazy="raise_on_sql")
    granted_by: Mapped[User | None] = relationship(lazy="raise_on_sql")


GUARDS["uq_labs_space_id"] = Objection("labs.lab_there", N_("This space is a laboratory already."), "space")
GUARDS["uq_equipment_park_id_number"] = Objection("labs.number_taken", N_("There is equipment of this asset number already."), "number")
GUARDS["uq_permit_kinds_park_id_code"] = Objection("labs.permit_there", N_("There is a permit of this code already."), "code")
GUARDS["uq_hazards_lab_id_scheme_value"] = Objection("labs.hazard_there", N_("This hazard is noted already."), "value")
