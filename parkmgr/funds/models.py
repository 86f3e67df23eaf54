"""Funds, commitments, notices with what each partner is told, flows of money, rounds of companies and valuations.

Everything that a metric counts is written once and withdrawn at most once, and carries its day: a metric can be asked as at a day,
as known at an instant. Amounts are in the smallest coin of the fund's currency.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from parkmgr.db import GUARDS, Base, Known, Named, Versioned
from parkmgr.errors import N_, Objection
from parkmgr.organisations.models import Organisation
from parkmgr.values import Money

NOT_WITHDRAWN = text("withdrawn_at IS NULL")
IMPORTED_NOW = text("withdrawn_at IS NULL AND external <> ''")


class Fund(Base, Named, Versioned):
    """A fund of the park."""

    __tablename__ = "funds"

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"), index=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    currency: Mapped[str] = mapped_column(String(3))
    vintage: Mapped[int] = mapped_column(Integer)
    """The year of its first closing, or of its first investment, as its agreement says."""
    size_minor: Mapped[int] = mapped_column(BigInteger)
    """What it is to raise; partners' commitments may be less."""
    starts_on: Mapped[date]
    """The first day of its life: no flow is earlier."""
    ends_on: Mapped[date | None]
    """The last day of its term, extensions included."""
    manager_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    general_partner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    notice_days: Mapped[int] = mapped_column(Integer, default=10)
    """The fewest business days between the notice of a call and the day it is due."""
    related_permille: Mapped[int] = mapped_column(Integer, default=200)
    """From which part of a company on (thousandths, owned by all funds of the park together) it counts as a related party."""

    manager: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[manager_id])
    general_partner: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[general_partner_id])

    @property
    def size(self) -> Money:
        """What it is to raise."""
        return Money(self.size_minor, self.currency)

    @property
    def audit_covers(self) -> frozenset[str]:
        """An entry about a fund speaks for its commitments, notices, flows and valuations."""
        return frozenset({self.audited_as, f"fund_papers:{self.id}"})


class OfFund:
    """What an audit entry about the fund speaks for."""

    fund_id: Mapped[int]

    @property
    def audited_as(self) -> str:
        """It is the fund's."""
        return f"fund_papers:{self.fund_id}"


class Commitment(OfFund, Base, Known):
    """A partner promises to pay into the fund; further closings are further rows. A withdrawn one never counted."""

    __tablename__ = "fund_commitments"
    __table_args__ = (
        CheckConstraint("minor > 0", name="positive"),
        Index("ix_fund_commitments_fund_id", "fund_id"),
        Index("ix_fund_commitments_organisation_id", "organisation_id"),
        Index("uq_fund_commitments_external", "fund_id", "external", unique=True, sqlite_where=IMPORTED_NOW, postgresql_where=IMPORTED_NOW),
    )

    fund_id: Mapped[int] = mapped_column(ForeignKey("funds.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    on: Mapped[date]
    minor: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(Text, default="")
    external: Mapped[str] = mapped_column(String(80), default="")
    """Its key in the file that it came from."""

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")


class FundNotice(OfFund, Base, Known):
    """Partners are told to pay, or that they are paid. Cancelled is withdrawn."""

    __tablename__ = "fund_notices"
    __table_args__ = (Index("ix_fund_notices_fund_id", "fund_id"),)

    fund_id: Mapped[int] = mapped_column(ForeignKey("funds.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    """CALL-2026-0001 | DIST-2026-0001."""
    kind: Mapped[str] = mapped_column(String(12))
    notified_on: Mapped[date]
    due_on: Mapped[date]
    """When a call is to be paid, or a distribution is paid."""
    note: Mapped[str] = mapped_column(Text, default="")
    key: Mapped[str | None] = mapped_column(String(80), unique=True)
    """From the form: a double click is one notice."""

    fund: Mapped[Fund] = relationship(lazy="raise_on_sql")


class NoticeShare(OfFund, Base):
    """What one partner is told of one line of a notice; written with the notice, as known as the notice is."""

    __tablename__ = "fund_notice_shares"
    __table_args__ = (
        Index("ix_fund_notice_shares_notice_id", "notice_id"),
        Index("ix_fund_notice_shares_fund_id_organisation_id", "fund_id", "organisation_id"),
    )

    fund_id: Mapped[int] = mapped_column(ForeignKey("funds.id"))
    notice_id: Mapped[int] = mapped_column(ForeignKey("fund_notices.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    purpose: Mapped[str] = mapped_column(String(12))
    minor: Mapped[int] = mapped_column(BigInteger)
    recallable: Mapped[bool] = mapped_column(Boolean, default=False)
    """Of a distribution: the fund may call it again."""


class Flow(OfFund, Base, Known):
    """Money moved, on a day. The amount is positive; its kind says from whom to whom."""

    __tablename__ = "fund_flows"
    __table_args__ = (
        CheckConstraint("minor > 0", name="positive"),
        Index("ix_fund_flows_now", "fund_id", "on", sqlite_where=NOT_WITHDRAWN, postgresql_where=NOT_WITHDRAWN),
        Index("ix_fund_flows_fund_id_on", "fund_id", "on"),
        Index("ix_fund_flows_organisation_id", "organisation_id"),
        Index("ix_fund_flows_company_id", "company_id"),
        Index("ix_fund_flows_notice_id", "notice_id"),
        Index("uq_fund_flows_external", "fund_id", "external", unique=True, sqlite_where=IMPORTED_NOW, postgresql_where=IMPORTED_NOW),
    )

    fund_id: Mapped[int] = mapped_column(ForeignKey("funds.id"))
    kind: Mapped[str] = mapped_column(String(12))
    on: Mapped[date]
    minor: Mapped[int] = mapped_column(BigInteger)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    """The partner of a contribution or a distribution."""
    company_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    """The company of an investment or of proceeds."""
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("fund_notices.id"))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("company_rounds.id"))
    purpose: Mapped[str] = mapped_column(String(12), default="")
    """Of a distribution and of proceeds: capital | gain | income."""
    recallable: Mapped[bool] = mapped_column(Boolean, default=False)
    note: Mapped[str] = mapped_column(Text, default="")
    external: Mapped[str] = mapped_column(String(80), default="")
    """Its key in the file that it came from."""

    organisation: Mapped[Organisation | None] = relationship(lazy="raise_on_sql", foreign_keys=[organisation_id])
    company: Mapped[Organisation | None] = relationship(lazy="raise_on_sql", foreign_keys=[company_id])


class Round(Base, Known):
    """A company takes in money, or was founded. What the park's funds paid stands as flows beside it, each under its fund's entry."""

    __tablename__ = "company_rounds"
    __table_args__ = (Index("ix_company_rounds_company_id_on", "company_id", "on"),)

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"), index=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    on: Mapped[date]
    name: Mapped[str] = mapped_column(String(40), default="")
    """Seed, A, B."""
    instrument: Mapped[str] = mapped_column(String(12))
    currency: Mapped[str] = mapped_column(String(3))
    raised_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    """From everybody."""
    post_minor: Mapped[int | None] = mapped_column(BigInteger)
    """What the company is worth after it."""
    shares_after: Mapped[int | None] = mapped_column(BigInteger)
    """All shares there are after it, fully diluted. None: it issued none."""
    note: Mapped[str] = mapped_column(Text, default="")

    company: Mapped[Organisation] = relationship(lazy="raise_on_sql")


class RoundShare(Base):
    """What one investor put into a round and got; written with the round, as known as the round is. fund_id: a fund of the park."""

    __tablename__ = "company_round_shares"
    __table_args__ = (
        Index("ix_company_round_shares_round_id", "round_id"),
        Index("ix_company_round_shares_organisation_id", "organisation_id"),
        Index("ix_company_round_shares_fund_id", "fund_id"),
        CheckConstraint("(fund_id IS NULL) <> (organisation_id IS NULL)", name="one_investor"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("company_rounds.id"))
    fund_id: Mapped[int | None] = mapped_column(ForeignKey("funds.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    minor: Mapped[int] = mapped_column(BigInteger, default=0)
    """In the round's currency."""
    shares: Mapped[int] = mapped_column(BigInteger, default=0)

    @property
    def audited_as(self) -> str:
        """It is the round's."""
        return f"company_rounds:{self.round_id}"


class Valuation(OfFund, Base, Known):
    """What the fund's part of a company was worth on a day (fair value), found by whom and how."""

    __tablename__ = "fund_valuations"
    __table_args__ = (
        CheckConstraint("minor >= 0", name="not_negative"),
        Index("ix_fund_valuations_fund_id_company_id", "fund_id", "company_id", "on"),
    )

    fund_id: Mapped[int] = mapped_column(ForeignKey("funds.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    on: Mapped[date]
    minor: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[str] = mapped_column(String(20))
    valued_by: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(Text, default="")

    company: Mapped[Organisation] = relationship(lazy="raise_on_sql")


GUARDS["uq_funds_code"] = Objection("funds.code_taken", N_("There is a fund of this code already."), "code")
GUARDS["uq_fund_commitments_external"] = Objection("funds.external_taken", N_("The fund has a row of this key already."), "external")
GUARDS["uq_fund_flows_external"] = GUARDS["uq_fund_commitments_external"]
