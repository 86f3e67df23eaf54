"""Organisations, their contacts and memberships."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from parkmgr.db import GUARDS, Base, Known, Named, Versioned
from parkmgr.errors import N_, Objection


class OrganisationKind(StrEnum):
    """What an organisation is."""

    UNIVERSITY = "university"
    ENTERPRISE = "enterprise"
    RESEARCH_DIVISION = "research_division"
    FUND_MANAGER = "fund_manager"
    PUBLIC_BODY = "public_body"
    ASSOCIATION = "association"
    SERVICE = "service"


class Organisation(Base, Named, Versioned):
    """An organisation. Empty identifiers are None, so that each is unique where it is there."""

    __tablename__ = "organisations"

    code: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(20), index=True)
    country: Mapped[str] = mapped_column(String(2), default="")
    city: Mapped[str] = mapped_column(String, default="")
    website: Mapped[str] = mapped_column(String, default="")
    ror: Mapped[str | None] = mapped_column(String(9), unique=True)
    """The nine characters behind https://ror.org/."""
    inn: Mapped[str | None] = mapped_column(String(12), unique=True)
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)


class Contact(Base):
    """How to reach somebody there."""

    __tablename__ = "contacts"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String)
    position: Mapped[str] = mapped_column(String, default="")
    email: Mapped[str] = mapped_column(String, default="")
    phone: Mapped[str] = mapped_column(String, default="")

    @property
    def audited_as(self) -> str:
        """A contact is the organisation's."""
        return f"organisations:{self.organisation_id}"


class Membership(Base, Known):
    """Belongs to the Association of Sino-Russian Technical Universities on the days [starts_on, ends_on)."""

    __tablename__ = "memberships"
    __table_args__ = (Index("ix_memberships_organisation_id", "organisation_id"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    status: Mapped[str] = mapped_column(String(10))
    """`member` or `observer`."""
    starts_on: Mapped[date]
    ends_on: Mapped[date]

    @property
    def audited_as(self) -> str:
        """A membership is the organisation's."""
        return f"organisations:{self.organisation_id}"


GUARDS["uq_organisations_code"] = Objection("organisations.code_taken", N_("There is an organisation of this code already."), "code")
GUARDS["uq_organisations_ror"] = Objection("organisations.ror_taken", N_("Another organisation has this ROR."), "ror")
GUARDS["uq_organisations_inn"] = Objection("organisations.inn_taken", N_("Another organisation has this INN."), "inn")
GUARDS["uq_organisations_uscc"] = Objection("organisations.uscc_taken", N_("Another organisation has this USCC."), "uscc")
