"""Users, their grants, their sign-ins, and the counts that slow down guessing."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from parkmgr.db import GUARDS, Base, Versioned
from parkmgr.errors import N_, Objection


class User(Base, Versioned):
    """Somebody who can sign in."""

    __tablename__ = "users"

    email: Mapped[str] = mapped_column(String(254), unique=True)
    """Casefolded."""
    name: Mapped[str] = mapped_column(String)
    password_hash: Mapped[str] = mapped_column(String, info={"secret": True})
    totp_secret: Mapped[str | None] = mapped_column(String(64), info={"secret": True})
    totp_last: Mapped[int | None] = mapped_column(BigInteger, info={"secret": True})
    """The time step of the last code used: a code is good once."""
    language: Mapped[str] = mapped_column(String(2), default="en")
    active: Mapped[bool] = mapped_column(Boolean, default=True)

    @property
    def label(self) -> str:
        """What the audit calls it."""
        return self.email


class RoleGrant(Base):
    """A role, somewhere, from a day to a day (inclusive). Never edited but for its last day."""

    __tablename__ = "grants"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    park_id: Mapped[int | None] = mapped_column(ForeignKey("parks.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    withdrawn_at: Mapped[datetime | None]

    @property
    def audited_as(self) -> str:
        """A grant is the user's."""
        return f"users:{self.user_id}"


class SignIn(Base):
    """One signed-in browser. The cookie holds a random token; here is its SHA-256. A copied cookie dies with the row."""

    __tablename__ = "sign_ins"
    __audited__ = False

    token: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Attempt(Base):
    """A sign-in that failed, by account and by address; old ones are removed."""

    __tablename__ = "attempts"
    __audited__ = False

    key: Mapped[str] = mapped_column(String(80), index=True)
    at: Mapped[datetime]


GUARDS["uq_users_email"] = Objection("accounts.email_taken", N_("There is an account of this e-mail address already."), "email")
