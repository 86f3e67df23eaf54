"""Applications, lotteries, residencies with their terms, check-ins and check-outs with their inventories."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from parkmgr.db import GUARDS, Base, Known, Versioned
from parkmgr.errors import N_, Objection
from parkmgr.housing.rules import LIVE
from parkmgr.organisations.models import Organisation
from parkmgr.people.models import Person
from parkmgr.places.models import Space
from parkmgr.values import Money, Term

LIVING = text("state IN ({})".format(", ".join(f"'{state}'" for state in sorted(LIVE))))


class HousingRules(Base, Versioned):
    """How a park's homes are given out: one row for a park."""

    __tablename__ = "housing_rules"

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"), unique=True)
    housing_office_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    """Who holds the home of somebody whom no employer or university stands for."""
    classes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Lines of {code, en, ru, zh, order: points | time | lottery, rank}: the classes of the waiting list, those served first first."""
    eligible: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Lines of {who: organisation | kind | member | tenant, name, classes: [code]}: whose people may apply, and in which class."""
    points: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Lines of {code, en, ru, zh, each, most}: points for a child, a year waited, a degree."""
    offer_days: Mapped[int] = mapped_column(Integer, default=7)
    declines: Mapped[int] = mapped_column(Integer, default=2)
    """After so many declined offers an application goes to the end of its class."""
    notice_days: Mapped[int] = mapped_column(Integer, default=30)
    people_per_flat: Mapped[int] = mapped_column(Integer, default=6)
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Lines of {room, item, en, ru, zh, photo: bool}: what stands in an inventory; photo: one is asked for."""
    meters: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Lines of {code, en, ru, zh, unit}: the meters that are read."""


class Application(Base, Versioned):
    """Somebody asks for a home. Class, points and time decide the place in the list."""

    __tablename__ = "housing_applications"
    __table_args__ = (Index("ix_housing_applications_park_id_state", "park_id", "state", "class_code"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    """Who stands for the person, when it was asked."""
    class_code: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(4), default="flat")
    """flat | bed."""
    people: Mapped[int] = mapped_column(Integer, default=1)
    least_dm2: Mapped[int | None] = mapped_column(Integer)
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    claims: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Line of points -> how many of it, as claimed and then confirmed."""
    points: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(String(10))
    submitted_at: Mapped[datetime]
    waiting_at: Mapped[datetime | None]
    """Since when it counts in the list."""
    last_at: Mapped[datetime | None]
    """When it was put to the end of its class: it counts from then."""
    drawn_at: Mapped[datetime | None]
    """When its class's lottery was drawn: an earlier drawing goes before a later one."""
    lot: Mapped[str] = mapped_column(String(64), default="")
    """SHA-256(seed ‖ number), once its class's lottery is drawn."""
    declined: Mapped[int] = mapped_column(Integer, default=0)
    closed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    key: Mapped[str | None] = mapped_column(String(80), unique=True)

    person: Mapped[Person] = relationship(lazy="raise_on_sql")
    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")

    @property
    def audit_covers(self) -> frozenset[str]:
        """An entry about an application speaks for its papers."""
        return frozenset({self.audited_as, f"papers:{self.number}"})


class Paper(Base):
    """A document of an application: a certificate of employment, of marriage. Each look at it is noted."""

    __tablename__ = "housing_papers"
    __table_args__ = (Index("ix_housing_papers_application_id", "application_id"),)

    application_id: Mapped[int] = mapped_column(ForeignKey("housing_applications.id"))
    application_number: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    filename: Mapped[str] = mapped_column(String(200), info={"secret": True})
    media_type: Mapped[str] = mapped_column(String(60))
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary, info={"secret": True}))
    added_at: Mapped[datetime]

    @property
    def audited_as(self) -> str:
        """It is the application's."""
        return f"papers:{self.application_number}"


class Lottery(Base, Versioned):
    """The order of a class by SHA-256(seed ‖ application number). The seed's hash is published before; the seed when it is drawn."""

    __tablename__ = "housing_lotteries"

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"), index=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    class_code: Mapped[str] = mapped_column(String(20))
    seed: Mapped[str] = mapped_column(String(64), info={"secret": True})
    seed_sha256: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the seed's hexadecimal digits as ASCII."""
    published_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    """Applications that wait in the class by then take part."""
    drawn_at: Mapped[datetime | None]
    order: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Lines of {application, lot} in the order drawn."""


class Residency(Base, Versioned):
    """Somebody lives in a flat or a bed. Its number is the document of its holds; their holder is who stands for the person.

    Offered, it holds the home too, until the offer ends. What was agreed stands in its terms.
    """

    __tablename__ = "residencies"
    __table_args__ = (
        Index("ix_residencies_park_id_state", "park_id", "state"),
        Index("ix_residencies_space_id", "space_id"),
        Index("ix_residencies_living", "person_id", postgresql_where=LIVING, sqlite_where=LIVING),
        Index("ix_residencies_organisation_id", "organisation_id"),
    )

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("housing_applications.id"), index=True)
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("residencies.id"), index=True)
    """The residency that it goes on from, by a transfer or a swap."""
    state: Mapped[str] = mapped_column(String(10))
    people: Mapped[int] = mapped_column(Integer, default=1)
    offered_at: Mapped[datetime | None]
    offer_until: Mapped[datetime | None]
    agreed_at: Mapped[datetime | None]
    moved_on: Mapped[date | None]
    """When somebody moved in."""
    notice_on: Mapped[date | None]
    """When notice was given."""
    left_on: Mapped[date | None]
    """Its last day, once it is over."""
    reason: Mapped[str] = mapped_column(Text, default="")
    deposit_minor: Mapped[int | None] = mapped_column(BigInteger)
    deposit_currency: Mapped[str] = mapped_column(String(3), default="")
    deposit_paid_on: Mapped[date | None]
    deposit_returned_on: Mapped[date | None]
    external: Mapped[str] = mapped_column(String(80), default="")
    """Its number in the register that it was imported from."""
    key: Mapped[str | None] = mapped_column(String(80), unique=True)

    space: Mapped[Space] = relationship(lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql")
    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")
    application: Mapped[Application | None] = relationship(lazy="raise_on_sql")
    follows: Mapped[Residency | None] = relationship(lazy="raise_on_sql", remote_side="Residency.id")

    @property
    def audit_covers(self) -> frozenset[str]:
        """An entry about a residency speaks for its terms, holds, check-ins and check-outs."""
        return frozenset({self.audited_as, f"documents:{self.number}", f"residency:{self.id}"})


class ResidencyTerms(Base, Known):
    """What was agreed for the days of a residency from from_on on. The rows of a residency that are known together cover it without a gap.

    ends_on: the last day of the whole residency, as these terms have it; None: open-ended.
    """

    __tablename__ = "residency_terms"
    __table_args__ = (Index("ix_residency_terms_residency_id_from_on", "residency_id", "from_on"),)

    residency_id: Mapped[int] = mapped_column(ForeignKey("residencies.id"))
    starts_on: Mapped[date]
    """The first day of the whole residency."""
    from_on: Mapped[date]
    ends_on: Mapped[date | None]
    minor: Mapped[int] = mapped_column(BigInteger)
    """Rent a month."""
    currency: Mapped[str] = mapped_column(String(3))
    staff: Mapped[bool] = mapped_column(Boolean, default=False)
    """A staff rent, below the market's."""
    notice_days: Mapped[int] = mapped_column(Integer, default=30)

    @property
    def rent(self) -> Money:
        """A month's rent."""
        return Money(self.minor, self.currency)

    @property
    def term(self) -> Term:
        """The days of the whole residency."""
        return Term(self.starts_on, self.ends_on)

    @property
    def audited_as(self) -> str:
        """They are the residency's."""
        return f"residency:{self.residency_id}"


class Check(Base, Versioned):
    """A check-in or check-out: the condition of the home when it was given or given back, keys and meters, confirmed by both sides."""

    __tablename__ = "housing_checks"
    __table_args__ = (UniqueConstraint("residency_id", "kind"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    residency_id: Mapped[int] = mapped_column(ForeignKey("residencies.id"))
    kind: Mapped[str] = mapped_column(String(3))
    """in | out."""
    on: Mapped[date]
    keys: Mapped[int] = mapped_column(Integer, default=0)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    desk_at: Mapped[datetime | None]
    """When the desk confirmed it."""
    desk_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    resident_at: Mapped[datetime | None]
    """When the resident confirmed it: signed at the desk, or by the secret link."""
    token: Mapped[str | None] = mapped_column(String(64), unique=True, info={"secret": True})
    """SHA-256 of the link's token."""

    residency: Mapped[Residency] = relationship(lazy="raise_on_sql")

    @property
    def audited_as(self) -> str:
        """It is the residency's."""
        return f"residency:{self.residency_id}"


class CheckLine(Base):
    """One thing of an inventory. grade: 1 new, 2 good, 3 worn, 4 damaged, 5 missing."""

    __tablename__ = "housing_check_lines"
    __table_args__ = (UniqueConstraint("check_id", "room", "item"),)

    check_id: Mapped[int] = mapped_column(ForeignKey("housing_checks.id"))
    residency_id: Mapped[int] = mapped_column(ForeignKey("residencies.id"))
    room: Mapped[str] = mapped_column(String(60))
    item: Mapped[str] = mapped_column(String(120))
    grade: Mapped[int] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(String(300), default="")
    photo: Mapped[bytes | None] = deferred(mapped_column(LargeBinary, info={"secret": True}))
    photo_sha256: Mapped[str] = mapped_column(String(64), default="")
    photo_type: Mapped[str] = mapped_column(String(20), default="")

    @property
    def audited_as(self) -> str:
        """It is the residency's."""
        return f"residency:{self.residency_id}"


class MeterReading(Base):
    """What a meter of a space showed on a day. value: thousandths of its unit."""

    __tablename__ = "meter_readings"
    __table_args__ = (
        CheckConstraint("value >= 0", name="not_negative"),
        Index("ix_meter_readings_space_id_meter_on", "space_id", "meter", "on"),
    )

    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    meter: Mapped[str] = mapped_column(String(20))
    on: Mapped[date]
    value: Mapped[int] = mapped_column(BigInteger)
    check_id: Mapped[int | None] = mapped_column(ForeignKey("housing_checks.id"))
    residency_id: Mapped[int] = mapped_column(ForeignKey("residencies.id"))

    @property
    def audited_as(self) -> str:
        """It is the residency's at whose check it was read."""
        return f"residency:{self.residency_id}"


class Deduction(Base):
    """Something is kept of a deposit, because of one line of the check-out."""

    __tablename__ = "housing_deductions"
    __table_args__ = (Index("ix_housing_deductions_residency_id", "residency_id"),)

    residency_id: Mapped[int] = mapped_column(ForeignKey("residencies.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("housing_check_lines.id"))
    minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(String(300))
    made_at: Mapped[datetime]

    @property
    def money(self) -> Money:
        """What is kept."""
        return Money(self.minor, self.currency)

    @property
    def audited_as(self) -> str:
        """It is the residency's."""
        return f"residency:{self.residency_id}"


class Vacancy(Base):
    """A home was vacated, and is not given again before somebody has seen it and called it ready."""

    __tablename__ = "housing_vacancies"
    __table_args__ = (
        Index("ix_housing_vacancies_space_id", "space_id", "vacated_on"),
        Index("ix_housing_vacancies_park_id", "park_id", "vacated_on"),
    )

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    residency_id: Mapped[int | None] = mapped_column(ForeignKey("residencies.id"))
    vacated_on: Mapped[date]
    """The first day without the resident."""
    ready_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(300), default="")

    space: Mapped[Space] = relationship(lazy="raise_on_sql")

    @property
    def audited_as(self) -> str:
        """It is the residency's that left it."""
        return f"residency:{self.residency_id}"


GUARDS["ck_meter_readings_not_negative"] = Objection("housing.meter_negative", N_("A meter does not show less than nothing."), "meters")
GUARDS["uq_housing_checks_residency_id_kind"] = Objection("housing.check_there", N_("This was noted already."))
GUARDS["uq_housing_check_lines_check_id_room_item"] = Objection("housing.line_there", N_("A thing stands twice in the inventory."), "lines")
