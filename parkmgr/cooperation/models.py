"""Agreements, projects, events, visits of delegations.

What is in force under an agreement is dated and written anew, never edited. Who comes on a visit stands in secret columns.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from parkmgr.bookings.models import Booking
from parkmgr.cooperation.rules import DelegationState, ProjectState
from parkmgr.db import GUARDS, Base, Known, Named, Versioned
from parkmgr.errors import N_, Objection
from parkmgr.housing.models import Residency
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Space

SECRET = {"secret": True}


class Agreement(Base, Named, Versioned):
    """Universities, or a university and the park, agree to do things together. Its name is its title."""

    __tablename__ = "agreements"
    __table_args__ = (Index("ix_agreements_park_id_kind", "park_id", "kind"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    """AG-2026-0001."""
    kind: Mapped[str] = mapped_column(String(16))
    proposed_on: Mapped[date]
    under_id: Mapped[int | None] = mapped_column(ForeignKey("agreements.id"), index=True)
    """The framework that it is under."""
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("agreements.id"), unique=True)
    """The agreement that it renews."""
    subject: Mapped[str] = mapped_column(Text, default="")
    key: Mapped[str | None] = mapped_column(String(80), unique=True)

    @property
    def audit_covers(self) -> frozenset[str]:
        """An entry about an agreement speaks for its terms, parties, texts, plan and tasks."""
        return frozenset({self.audited_as, f"agreement_papers:{self.id}"})


class OfAgreement:
    """What an audit entry about the agreement speaks for."""

    agreement_id: Mapped[int]

    @property
    def audited_as(self) -> str:
        """It is the agreement's."""
        return f"agreement_papers:{self.agreement_id}"


class AgreementTerms(OfAgreement, Base, Known):
    """What an agreement is from a day on: its state and what it then says. The newest row of those whose day has come is in force."""

    __tablename__ = "agreement_terms"
    __table_args__ = (Index("ix_agreement_terms_agreement_id_since", "agreement_id", "since"),)

    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"))
    since: Mapped[date]
    state: Mapped[str] = mapped_column(String(14))
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    """The last day."""
    places_a_year: Mapped[int] = mapped_column(Integer, default=0)
    """Exchange places of students and staff."""
    renew_months: Mapped[int] = mapped_column(Integer, default=0)
    """By how much it goes on by itself when nobody gives notice; 0: it does not."""
    notice_days: Mapped[int] = mapped_column(Integer, default=90)
    """How long before the last day notice is given at the latest."""
    notice_by: Mapped[date | None]
    """The last day on which notice may be given, so that the database can tell what is due."""
    reason: Mapped[str] = mapped_column(Text, default="")


class AgreementParty(OfAgreement, Base, Known):
    """Who is party to it, when it signed and by whom, and who coordinates it there."""

    __tablename__ = "agreement_parties"
    __table_args__ = (
        Index("ix_agreement_parties_agreement_id", "agreement_id"),
        Index("ix_agreement_parties_organisation_id", "organisation_id"),
    )

    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    signed_on: Mapped[date | None]
    signatory: Mapped[str] = mapped_column(String(200), default="")
    coordinator: Mapped[str] = mapped_column(String(200), default="")
    coordinator_email: Mapped[str] = mapped_column(String(254), default="")

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")


class AgreementText(OfAgreement, Base):
    """The text in one language, scanned or not."""

    __tablename__ = "agreement_texts"
    __table_args__ = (Index("ix_agreement_texts_agreement_id", "agreement_id"),)

    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"))
    language: Mapped[str] = mapped_column(String(2))
    authentic: Mapped[bool] = mapped_column(Boolean, default=True)
    filename: Mapped[str] = mapped_column(String(200), default="")
    media_type: Mapped[str] = mapped_column(String(60), default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    """Of the file; empty where no file is attached."""
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary, info=SECRET))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class AgreementPlan(OfAgreement, Base):
    """How many activities of a kind are planned for a year."""

    __tablename__ = "agreement_plans"
    __table_args__ = (UniqueConstraint("agreement_id", "year", "what"),)

    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"))
    year: Mapped[int] = mapped_column(Integer)
    what: Mapped[str] = mapped_column(String(10))
    planned: Mapped[int] = mapped_column(Integer)


class Activity(OfAgreement, Base, Known):
    """Something that was done under the agreement and that nothing else in the register tells: an exchange, a lecture."""

    __tablename__ = "agreement_activities"
    __table_args__ = (Index("ix_agreement_activities_agreement_id_on", "agreement_id", "on"),)

    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"))
    on: Mapped[date]
    what: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(300))
    people: Mapped[int] = mapped_column(Integer, default=0)


class Task(OfAgreement, Base):
    """Something that is to be done under the agreement, by whom until when."""

    __tablename__ = "agreement_tasks"
    __table_args__ = (Index("ix_agreement_tasks_agreement_id", "agreement_id"),)

    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"))
    what: Mapped[str] = mapped_column(String(300))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    due_on: Mapped[date]
    added_at: Mapped[datetime]
    done_on: Mapped[date | None]
    outcome: Mapped[str] = mapped_column(Text, default="")

    organisation: Mapped[Organisation | None] = relationship(lazy="raise_on_sql")


class Project(Base, Named, Versioned):
    """A programme, or a project under it or under an agreement."""

    __tablename__ = "projects"
    __table_args__ = (Index("ix_projects_park_id_state", "park_id", "state"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    """PR-2026-0001."""
    kind: Mapped[str] = mapped_column(String(10))
    field: Mapped[str] = mapped_column(String(16), default="")
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("agreements.id"), index=True)
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"), index=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(10), default=ProjectState.PLANNED.value)
    outcome: Mapped[str] = mapped_column(Text, default="")
    key: Mapped[str | None] = mapped_column(String(80), unique=True)

    lead: Mapped[Organisation] = relationship(lazy="raise_on_sql")
    agreement: Mapped[Agreement | None] = relationship(lazy="raise_on_sql")

    @property
    def audit_covers(self) -> frozenset[str]:
        """An entry about a project speaks for what it uses."""
        return frozenset({self.audited_as, f"project_uses:{self.id}"})


class ProjectUse(Base, Known):
    """What takes part in a project from a day on: a laboratory or an office, somebody, a fund, a partner. One of the four."""

    __tablename__ = "project_uses"
    __table_args__ = (
        Index("ix_project_uses_project_id", "project_id"),
        Index("ix_project_uses_organisation_id", "organisation_id"),
    )

    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    fund_id: Mapped[int | None] = mapped_column(ForeignKey("funds.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    @property
    def audited_as(self) -> str:
        """It is the project's."""
        return f"project_uses:{self.project_id}"


class Event(Base, Named, Versioned):
    """A symposium, a presentation. Its rooms are bookings."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_park_id_starts_at", "park_id", "starts_at"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    """EV-2026-0001."""
    kind: Mapped[str] = mapped_column(String(14))
    state: Mapped[str] = mapped_column(String(10))
    host_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("agreements.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    people: Mapped[int] = mapped_column(Integer)
    """Expected."""
    came: Mapped[int | None] = mapped_column(Integer)
    """Once it was held."""
    programme: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    key: Mapped[str | None] = mapped_column(String(80), unique=True)

    host: Mapped[Organisation] = relationship(lazy="raise_on_sql")

    @property
    def audit_covers(self) -> frozenset[str]:
        """An entry about an event speaks for which bookings are its rooms."""
        return frozenset({self.audited_as, f"event_rooms:{self.id}"})


class EventRoom(Base):
    """A booking that is a room of an event."""

    __tablename__ = "event_rooms"
    __table_args__ = (Index("ix_event_rooms_event_id", "event_id"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), unique=True)

    booking: Mapped[Booking] = relationship(lazy="raise_on_sql")

    @property
    def audited_as(self) -> str:
        """It is the event's."""
        return f"event_rooms:{self.event_id}"


class Delegation(Base, Named, Versioned):
    """A delegation comes. Its name is what it comes for. Nothing is held before it is approved; then everything is."""

    __tablename__ = "delegations"
    __table_args__ = (
        Index("ix_delegations_park_id_arrives_on", "park_id", "arrives_on"),
        CheckConstraint("arrives_on <= leaves_on", name="forwards"),
    )

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    """V-2026-0001."""
    guest_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    """Whose delegation it is."""
    host_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    """Who receives it."""
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("agreements.id"), index=True)
    arrives_on: Mapped[date]
    leaves_on: Mapped[date]
    """The day of departure; nobody sleeps there that night."""
    people: Mapped[int] = mapped_column(Integer)
    language: Mapped[str] = mapped_column(String(2))
    """Of the guests; their papers are in it and in the host's."""
    host_language: Mapped[str] = mapped_column(String(2))
    needs: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(10), default=DelegationState.REQUESTED.value)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    invited_on: Mapped[date | None]
    confirmed_on: Mapped[date | None]
    reported_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was rejected or cancelled."""
    summary: Mapped[str] = mapped_column(Text, default="")
    """What came of it, in words."""
    erase_days: Mapped[int] = mapped_column(Integer, default=30)
    """So many days after they left, who came is erased."""
    erased_at: Mapped[datetime | None]
    key: Mapped[str | None] = mapped_column(String(80), unique=True)

    guest: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[guest_id])
    host: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[host_id])
    agreement: Mapped[Agreement | None] = relationship(lazy="raise_on_sql")

    @property
    def audit_covers(self) -> frozenset[str]:
        """An entry about a visit speaks for its programme, members and outcomes."""
        return frozenset({self.audited_as, f"delegation_papers:{self.id}"})


class OfDelegation:
    """What an audit entry about the visit speaks for."""

    delegation_id: Mapped[int]

    @property
    def audited_as(self) -> str:
        """It is the visit's."""
        return f"delegation_papers:{self.delegation_id}"


class DelegationItem(OfDelegation, Base):
    """A line of the programme."""

    __tablename__ = "delegation_items"
    __table_args__ = (Index("ix_delegation_items_delegation_id_starts_at", "delegation_id", "starts_at"),)

    delegation_id: Mapped[int] = mapped_column(ForeignKey("delegations.id"))
    kind: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(200), default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    people: Mapped[int] = mapped_column(Integer, default=1)
    """How many of them: in the room, in the flat, in the car."""
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"))
    provider: Mapped[str] = mapped_column(String(200), default="")
    """Who interprets or drives."""
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"), unique=True)
    residency_id: Mapped[int | None] = mapped_column(ForeignKey("residencies.id"), unique=True)

    space: Mapped[Space | None] = relationship(lazy="raise_on_sql")
    booking: Mapped[Booking | None] = relationship(lazy="raise_on_sql")
    residency: Mapped[Residency | None] = relationship(lazy="raise_on_sql")


class DelegationMember(OfDelegation, Base):
    """Somebody of the delegation. Only the cooperation desk sees who; the columns are emptied some days after."""

    __tablename__ = "delegation_members"
    __table_args__ = (Index("ix_delegation_members_delegation_id", "delegation_id"),)

    delegation_id: Mapped[int] = mapped_column(ForeignKey("delegations.id"))
    leads: Mapped[bool] = mapped_column(Boolean, default=False)
    name: Mapped[str] = mapped_column(String(200), default="", info=SECRET)
    position: Mapped[str] = mapped_column(String(200), default="", info=SECRET)
    citizenship: Mapped[str] = mapped_column(String(2), default="", info=SECRET)
    passport: Mapped[str] = mapped_column(String(40), default="", info=SECRET)
    born_on: Mapped[date | None] = mapped_column(info=SECRET)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """The guest in the register of people, once a home is held for them."""
    erased_at: Mapped[datetime | None]


class DelegationOutcome(OfDelegation, Base, Known):
    """What came of a visit."""

    __tablename__ = "delegation_outcomes"
    __table_args__ = (Index("ix_delegation_outcomes_delegation_id", "delegation_id"),)

    delegation_id: Mapped[int] = mapped_column(ForeignKey("delegations.id"))
    kind: Mapped[str] = mapped_column(String(20))
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("agreements.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    text: Mapped[str] = mapped_column(Text, default="")


GUARDS["uq_agreements_follows_id"] = Objection("cooperation.renewed_already", N_("Another agreement renews this one already."), "follows")
GUARDS["uq_agreement_plans_agreement_id"] = Objection("cooperation.planned", N_("This is planned for the year already."), "what")
GUARDS["ck_delegations_forwards"] = Objection("cooperation.backwards", N_("They leave before they arrive."), "leaves_on")
