"""People and their households. Names, addresses and telephones never reach the audit's entries: they are secret columns."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from parkmgr.accounts.models import User
from parkmgr.db import GUARDS, Base, Versioned
from parkmgr.errors import N_, Objection
from parkmgr.organisations.models import Organisation

SECRET = {"secret": True}


class PersonKind(StrEnum):
    """What somebody is to the organisation."""

    STAFF = "staff"
    STUDENT = "student"
    RESEARCHER = "researcher"
    GUEST = "guest"


class Person(Base, Versioned):
    """Somebody whom the park houses, admits to a laboratory or receives. The number is the resident number."""

    __tablename__ = "people"
    __table_args__ = (Index("ix_people_park_id_organisation_id", "park_id", "organisation_id"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    """The employer or university that stands for the person: the holder on the ledger."""
    kind: Mapped[str] = mapped_column(String(12), default=PersonKind.STAFF.value)
    name: Mapped[str] = mapped_column(String(200), default="", info=SECRET)
    search: Mapped[str] = mapped_column(Text, default="", info=SECRET)
    """The name, folded and transliterated, by which the person is found."""
    email: Mapped[str] = mapped_column(String(254), default="", info=SECRET)
    phone: Mapped[str] = mapped_column(String(60), default="", info=SECRET)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), unique=True)
    """The account of the same person, where there is one."""
    added_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    """When name, address, telephone and household were erased; number and documents stay."""

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")
    user: Mapped[User | None] = relationship(lazy="raise_on_sql")

    @property
    def audit_covers(self) -> frozenset[str]:
        """An entry about a person speaks for the household."""
        return frozenset({self.audited_as, f"households:{self.id}"})


class HouseholdMember(Base):
    """Somebody who lives with a person."""

    __tablename__ = "household_members"
    __table_args__ = (Index("ix_household_members_person_id", "person_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str] = mapped_column(String(200), default="", info=SECRET)
    relation: Mapped[str] = mapped_column(String(12))
    """spouse | child | parent | other."""
    born: Mapped[int | None] = mapped_column(Integer, info=SECRET)
    """The year only; it says who counts as a child."""

    @property
    def audited_as(self) -> str:
        """The household is the person's."""
        return f"households:{self.person_id}"


GUARDS["uq_people_user_id"] = Objection("people.has_account", N_("This account is another person's already."), "email")
