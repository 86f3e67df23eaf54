"""Leases and their versions. A draft's only version is edited in place; from the offer on, versions are only added."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from parkmgr.accounts.models import User
from parkmgr.db import Base, Known, Versioned
from parkmgr.leases.rules import EXECUTED, Agreed, Facts, Indexation, Option, Step, Terms
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park, Space
from parkmgr.values import Money, Term


class Lease(Base, Versioned):
    """A lease. Its number is the document of its holds."""

    __tablename__ = "leases"
    __table_args__ = (Index("ix_leases_park_id_state", "park_id", "state"), Index("ix_leases_park_id_reference", "park_id", "reference"))

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    reference: Mapped[str] = mapped_column(String(80), default="")
    """Its number in somebody else's register; not unique."""
    tenant_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    state: Mapped[str] = mapped_column(String(12))
    drafted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    signed_at: Mapped[datetime | None]
    holdover_from: Mapped[date | None]
    """The first day on which the tenant stays on without a term (month to month)."""
    left_on: Mapped[date | None]
    """The last day of a lease that was ended, terminated or assigned."""
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("leases.id"))
    """The lease that this one renews, or was assigned from."""
    under_id: Mapped[int | None] = mapped_column(ForeignKey("leases.id"))
    """A sublease names its head lease, whose holds cover it: it takes none."""
    park: Mapped[Park] = relationship(lazy="raise_on_sql")
    tenant: Mapped[Organisation] = relationship(lazy="raise_on_sql")
    versions: Mapped[list[LeaseVersion]] = relationship(lazy="raise_on_sql", order_by="LeaseVersion.number", back_populates="lease")
    deposits: Mapped[list[DepositMovement]] = relationship(lazy="raise_on_sql", order_by="DepositMovement.on")

    @property
    def known_versions(self) -> list[LeaseVersion]:
        """The versions that are not withdrawn, in order of number."""
        return [version for version in self.versions if version.was_known(None)]

    @property
    def last_version(self) -> LeaseVersion:
        """The latest agreement, in force or to come: the one that starts from when it is amended again."""
        return max(self.known_versions, key=lambda version: (version.effective_on, version.number))

    def facts(self, today: date) -> Facts:
        """Where it is on a day, by its latest agreement, for judging deeds."""
        version = self.last_version
        return Facts(
            state=self.state,
            term=version.term,
            today=today,
            holdover_from=self.holdover_from,
            left_on=self.left_on,
            notice_months=version.notice_months,
            options=version.terms.options,
        )

    def held(self, currency: str) -> Money:
        """The deposit money that the park holds in a currency."""
        known = [movement for movement in self.deposits if movement.withdrawn_at is None and movement.currency == currency]
        return Money(sum(movement.minor for movement in known), currency)

    @property
    def is_executed(self) -> bool:
        """Whether it was signed, and not made void."""
        return self.state in EXECUTED

    @property
    def audit_covers(self) -> frozenset[str]:
        """An entry about a lease speaks for its versions and for its holds."""
        return frozenset({self.audited_as, f"documents:{self.number}"})


class LeaseVersion(Base, Known):
    """What was agreed, in force from effective_on until the next version's effective_on. Kept with both times."""

    __tablename__ = "lease_versions"
    __table_args__ = (UniqueConstraint("lease_id", "number"),)

    lease_id: Mapped[int] = mapped_column(ForeignKey("leases.id"))
    number: Mapped[int] = mapped_column(Integer)
    effective_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text, default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    """The last day, inclusive; None is open-ended."""
    notice_months: Mapped[int] = mapped_column(Integer, default=0)
    purpose: Mapped[str] = mapped_column(Text, default="")
    deposit_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3))
    """Of every amount in this version."""
    vat_country: Mapped[str] = mapped_column(String(2), default="")
    """Whose value added tax is added to the rent; empty for none."""
    index_name: Mapped[str] = mapped_column(String(40), default="")
    """Empty: not indexed."""
    index_every_months: Mapped[int] = mapped_column(Integer, default=12)
    index_cap: Mapped[str] = mapped_column(String(20), default="")
    """A share as a fraction ("1/20"); empty for none."""
    index_collar: Mapped[str] = mapped_column(String(20), default="")
    index_upward_only: Mapped[bool] = mapped_column(Boolean, default=True)
    lease: Mapped[Lease] = relationship(lazy="raise_on_sql", back_populates="versions")
    spaces: Mapped[list[LeaseSpace]] = relationship(lazy="raise_on_sql", order_by="LeaseSpace.position", cascade="all, delete-orphan")
    steps: Mapped[list[RentStep]] = relationship(lazy="raise_on_sql", order_by="RentStep.from_on", cascade="all, delete-orphan")
    rent_free: Mapped[list[RentFree]] = relationship(lazy="raise_on_sql", order_by="RentFree.from_on", cascade="all, delete-orphan")
    options: Mapped[list[LeaseOption]] = relationship(lazy="raise_on_sql", order_by="LeaseOption.on", cascade="all, delete-orphan")

    @property
    def term(self) -> Term:
        """The days agreed."""
        return Term(self.starts_on, self.ends_on)

    def was_known(self, at: datetime | None) -> bool:
        """Tell whether the park knew it at an instant; None for now."""
        if at is None:
            return self.withdrawn_at is None
        return self.recorded_at <= at and (self.withdrawn_at is None or self.withdrawn_at > at)

    @property
    def deposit(self) -> Money:
        """The deposit due."""
        return Money(self.deposit_minor, self.currency)

    @property
    def indexation(self) -> Indexation | None:
        """The rule by which the rent follows an index."""
        if not self.index_name:
            return None
        return Indexation(
            self.index_name,
            self.index_every_months,
            Fraction(self.index_cap) if self.index_cap else None,
            Fraction(self.index_collar) if self.index_collar else None,
            self.index_upward_only,
        )

    @property
    def space_ids(self) -> tuple[int, ...]:
        """The spaces let, in the order in which they were named."""
        return tuple(one.space_id for one in self.spaces)

    @property
    def rent_steps(self) -> tuple[Step, ...]:
        """The rent schedule as values."""
        return tuple(Step(step.from_on, Money(step.minor, self.currency), step.basis) for step in self.steps)

    @property
    def rent_free_terms(self) -> tuple[Term, ...]:
        """The rent-free days as values."""
        return tuple(Term(free.from_on, free.until_on) for free in self.rent_free)

    @property
    def terms(self) -> Terms:
        """All that was agreed, as a value."""
        return Terms(
            term=self.term,
            space_ids=self.space_ids,
            currency=self.currency,
            steps=self.rent_steps,
            rent_free=self.rent_free_terms,
            deposit=self.deposit if self.deposit_minor else None,
            options=tuple(Option(option.kind, option.on, option.notice_months, option.side) for option in self.options),
            notice_months=self.notice_months,
            purpose=self.purpose,
            vat_country=self.vat_country,
            indexation=self.indexation,
        )

    @property
    def agreed(self) -> Agreed:
        """Who has which spaces when, by this version alone."""
        return Agreed(self.number, self.effective_on, self.term, self.space_ids)

    @property
    def audited_as(self) -> str:
        """A version is the lease's."""
        return f"leases:{self.lease_id}"


class _Part:
    """A row that belongs to one version of a lease."""

    lease_id: Mapped[int] = mapped_column(ForeignKey("leases.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("lease_versions.id"), index=True)

    @property
    def audited_as(self) -> str:
        """A part of a version is the lease's."""
        return f"leases:{self.lease_id}"


class LeaseSpace(_Part, Base):
    """A space that the lease lets; one with parts stands for all its units."""

    __tablename__ = "lease_spaces"
    __table_args__ = (UniqueConstraint("version_id", "space_id"), Index("ix_lease_spaces_space_id", "space_id"))

    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    position: Mapped[int] = mapped_column(Integer, default=0)


class RentStep(_Part, Base):
    """From a day on, the rent is this much a month, or a square metre and month."""

    __tablename__ = "rent_steps"
    __table_args__ = (UniqueConstraint("version_id", "from_on"), CheckConstraint("minor >= 0", name="not_negative"))

    from_on: Mapped[date]
    minor: Mapped[int] = mapped_column(BigInteger)
    basis: Mapped[str] = mapped_column(String(10))


class RentFree(_Part, Base):
    """No rent is due from a day to a day, both inclusive."""

    __tablename__ = "rent_free"

    from_on: Mapped[date]
    until_on: Mapped[date]


class LeaseOption(_Part, Base):
    """On a day, with so many months' notice, a side may break (the last day), renew or expand."""

    __tablename__ = "lease_options"

    kind: Mapped[str] = mapped_column(String(10))
    on: Mapped[date]
    notice_months: Mapped[int] = mapped_column(Integer, default=0)
    side: Mapped[str] = mapped_column(String(8), default="tenant")
    """tenant, landlord or either."""


class DepositMovement(Base, Known):
    """Deposit money received (positive) or returned (negative)."""

    __tablename__ = "deposit_movements"

    lease_id: Mapped[int] = mapped_column(ForeignKey("leases.id"), index=True)
    on: Mapped[date]
    minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    note: Mapped[str] = mapped_column(String, default="")

    @property
    def money(self) -> Money:
        """The amount."""
        return Money(self.minor, self.currency)

    @property
    def audited_as(self) -> str:
        """A deposit is the lease's."""
        return f"leases:{self.lease_id}"


class NoticeGiven(Base, Known):
    """Notice was given: the lease will end on a day."""

    __tablename__ = "notices_given"

    lease_id: Mapped[int] = mapped_column(ForeignKey("leases.id"), index=True)
    given_on: Mapped[date]
    leaves_on: Mapped[date]
    side: Mapped[str] = mapped_column(String(8))
    exercised_break: Mapped[bool] = mapped_column(Boolean, default=False)
    note: Mapped[str] = mapped_column(Text, default="")

    @property
    def audited_as(self) -> str:
        """A notice is the lease's."""
        return f"leases:{self.lease_id}"


class RequestState(StrEnum):
    """How far a request for a lease is."""

    REQUESTED = "requested"
    DRAFTED = "drafted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class LeaseRequest(Base, Versioned):
    """An organisation asks for a lease of a space. It holds nothing; an administrator drafts a lease of it, or says why not."""

    __tablename__ = "lease_requests"
    __table_args__ = (Index("ix_lease_requests_park_id_state", "park_id", "state"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    """The last day, inclusive."""
    people: Mapped[int] = mapped_column(Integer, default=1)
    purpose: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[str] = mapped_column(String(10))
    requested_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    lease_id: Mapped[int | None] = mapped_column(ForeignKey("leases.id"))
    key: Mapped[str | None] = mapped_column(String(80), unique=True)

    park: Mapped[Park] = relationship(lazy="raise_on_sql")
    space: Mapped[Space] = relationship(lazy="raise_on_sql")
    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")
    user: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[user_id])

    @property
    def term(self) -> Term:
        """The days asked for."""
        return Term(self.starts_on, self.ends_on)


class MarketRent(Base, Known):
    """What a square metre of a space would let for a month, from a day on, as somebody found it. The newest whose day has come counts."""

    __tablename__ = "market_rents"
    __table_args__ = (Index("ix_market_rents_space_id_from_on", "space_id", "from_on"), CheckConstraint("minor > 0", name="positive"))

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"), index=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    from_on: Mapped[date]
    minor: Mapped[int] = mapped_column(BigInteger)
    """Of one square metre, for one month."""
    currency: Mapped[str] = mapped_column(String(3))
    source: Mapped[str] = mapped_column(String(200), default="")
    """Who found it, and how."""

    @property
    def audited_as(self) -> str:
        """It is the park's: one entry speaks for the rents of many spaces."""
        return f"parks:{self.park_id}"

    @property
    def money(self) -> Money:
        """A month's, of one square metre."""
        return Money(self.minor, self.currency)
