"""Cooperation without a database: the states of agreements and visits, and the words for kinds."""

from __future__ import annotations

from enum import StrEnum


class AgreementKind(StrEnum):
    """What an agreement is."""

    MEMORANDUM = "memorandum"
    FRAMEWORK = "framework"
    PROJECT = "project"
    EXCHANGE = "exchange"
    OFFICE_ANNEX = "office_annex"


class AgreementState(StrEnum):
    """How far an agreement has come."""

    PROPOSED = "proposed"
    DRAFTING = "drafting"
    LEGAL_REVIEW = "legal_review"
    SIGNED = "signed"
    ACTIVE = "active"
    RENEWAL_DUE = "renewal_due"
    RENEWED = "renewed"
    """Another agreement follows it."""
    EXPIRED = "expired"
    TERMINATED = "terminated"
    DROPPED = "dropped"
    """Never signed."""


class ActivityKind(StrEnum):
    """What is done under an agreement, as planned and as it was."""

    VISIT = "visit"
    EVENT = "event"
    PROJECT = "project"
    EXCHANGE = "exchange"
    OFFICE = "office"
    OTHER = "other"


class ProjectKind(StrEnum):
    """A programme is a frame for projects."""

    PROGRAMME = "programme"
    PROJECT = "project"


class ProjectState(StrEnum):
    """How far a project has come."""

    PLANNED = "planned"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"


class EventKind(StrEnum):
    """What an event is."""

    SYMPOSIUM = "symposium"
    PRESENTATION = "presentation"
    SEMINAR = "seminar"
    CEREMONY = "ceremony"


class EventState(StrEnum):
    """How far an event has come."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class DelegationState(StrEnum):
    """How far the visit of a delegation has come."""

    REQUESTED = "requested"
    PROGRAMME = "programme"
    """The desk works on its programme."""
    APPROVED = "approved"
    """Everything in it is booked."""
    INVITED = "invited"
    CONFIRMED = "confirmed"
    REPORTED = "reported"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class ItemKind(StrEnum):
    """A line of a visit's programme."""

    MEETING = "meeting"
    OFFICE = "office"
    LAB_TOUR = "lab_tour"
    HOME = "home"
    INTERPRETER = "interpreter"
    TRANSPORT = "transport"
    OTHER = "other"


BOOKED = frozenset({ItemKind.MEETING, ItemKind.OFFICE, ItemKind.LAB_TOUR})
"""Lines for which a room is booked; a home is held by a guest's residency; others hold nothing of the park."""


class OutcomeKind(StrEnum):
    """What came of a visit."""

    AGREEMENT_CONFIRMED = "agreement_confirmed"
    AGREEMENT_SIGNED = "agreement_signed"
    PROJECT_BEGUN = "project_begun"
    OTHER = "other"


class Field(StrEnum):
    """A field of research."""

    NANOTECHNOLOGY = "nanotechnology"
    BIOTECHNOLOGY = "biotechnology"
    NANOMATERIALS = "nanomaterials"
    INFORMATION = "information"
    SPACE = "space"
    ENERGY = "energy"
    OTHER = "other"
