"""Who is signed in, which accounts there are, and what was granted. Each question is one SELECT."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select

from parkmgr import clock
from parkmgr.accounts.models import Attempt, RoleGrant, SignIn, User
from parkmgr.accounts.rules import IDLE, token_hash, within
from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park
from parkmgr.policy import Actor, Grant, Role
from parkmgr.searching import matches
from parkmgr.values import Term


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in by a token; what Flask-Login calls the user."""

    token: str
    actor: Actor
    language: str
    sign_in_id: int
    seen_at: datetime
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Return what the cookie holds."""
        return self.token


def signed_in(token: str) -> SignedIn | None:
    """Who is signed in by this token now, and with which grants? Nobody when it ended, was idle too long, or the account is disabled."""
    return signed_in_at(token, clock.now())


def _living(now: datetime) -> ColumnElement[bool]:
    return and_(SignIn.ended_at.is_(None), SignIn.expires_at > now, SignIn.seen_at > now - IDLE)


def signed_in_at(token: str, now: datetime) -> SignedIn | None:
    """Who is signed in by this token at an instant?"""
    rows = db.session.execute(
        select(
            SignIn.id,
            SignIn.seen_at,
            User.id.label("user_id"),
            User.name,
            User.language,
            RoleGrant.role,
            RoleGrant.park_id,
            RoleGrant.organisation_id,
            RoleGrant.starts_on,
            RoleGrant.ends_on,
        )
        .join(User, User.id == SignIn.user_id)
        .outerjoin(RoleGrant, and_(RoleGrant.user_id == User.id, RoleGrant.withdrawn_at.is_(None)))
        .where(SignIn.token == token_hash(token), _living(now), User.active)
    ).all()
    if not rows:
        return None
    grants = tuple(
        Grant(Role(row.role), Term(row.starts_on, row.ends_on), row.park_id, row.organisation_id) for row in rows if row.role is not None
    )
    first = rows[0]
    return SignedIn(token, Actor(first.user_id, first.name, grants), first.language, first.id, first.seen_at)


def user_by_email(email: str) -> User | None:
    """Which account has this e-mail address?"""
    return db.session.scalars(select(User).where(User.email == email.strip().casefold())).one_or_none()


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    """Tell which accounts an administrator may know of: all, or those that have or had a role in his parks."""
    parks = actor.parks("accounts.show")
    if parks is None:
        return User.id > 0
    return exists().where(RoleGrant.user_id == User.id, RoleGrant.park_id.in_(parks))


def user(user_id: int, actor: Actor) -> User:
    """Which account is this?

    Raises:
        Missing: also when the reader may not know of it.
    """
    found = db.session.scalars(select(User).where(User.id == user_id, _seen_by(actor))).one_or_none()
    if found is None:
        raise Missing
    return found


def own(actor: Actor) -> User:
    """Which is the reader's own account?"""
    return db.session.scalars(select(User).where(User.id == actor.user_id)).one()


def _held(day: date) -> ColumnElement[bool]:
    return and_(RoleGrant.withdrawn_at.is_(None), RoleGrant.starts_on <= day, or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= day))


def _scope(actor: Actor) -> ColumnElement[bool]:
    parks = actor.parks("accounts.show")
    return RoleGrant.id > 0 if parks is None else RoleGrant.park_id.in_(parks)


def users(actor: Actor, today: date, *, q: str = "", role: str = "", state: str = "") -> Select[Any]:
    """Which accounts may the reader know of, with today's roles in his parks and when they were last seen?"""
    roles = (
        select(func.aggregate_strings(RoleGrant.role, " "))
        .where(RoleGrant.user_id == User.id, _held(today), _scope(actor))
        .correlate(User)
        .scalar_subquery()
    )
    seen = select(func.max(SignIn.seen_at)).where(SignIn.user_id == User.id).correlate(User).scalar_subquery()
    statement = select(
        User.id,
        User.email,
        User.name,
        User.active,
        User.totp_secret.is_not(None).label("totp"),
        roles.label("roles"),
        seen.label("seen_at"),
    ).where(_seen_by(actor))
    if q:
        statement = statement.where(or_(matches(User.email, q), matches(User.name, q), User.name.icontains(q, autoescape=True)))
    if role:
        statement = statement.where(exists().where(RoleGrant.user_id == User.id, RoleGrant.role == role, _held(today), _scope(actor)))
    if state:
        statement = statement.where(User.active.is_(state == "active"))
    return statement


def grants_of(user_id: int, actor: Actor) -> Sequence[Row[RoleGrant, Park | None, Organisation | None]]:
    """Which roles does and did an account have in the reader's parks, latest first?"""
    return db.session.execute(
        select(RoleGrant, Park, Organisation)
        .outerjoin(Park, Park.id == RoleGrant.park_id)
        .outerjoin(Organisation, Organisation.id == RoleGrant.organisation_id)
        .where(RoleGrant.user_id == user_id, _scope(actor))
        .order_by(RoleGrant.withdrawn_at.is_not(None), RoleGrant.starts_on.desc(), RoleGrant.id.desc())
    ).all()


def own_grants(actor: Actor, today: date) -> Sequence[Row[RoleGrant, Park | None, Organisation | None]]:
    """Which roles has the reader today, or to come?"""
    return db.session.execute(
        select(RoleGrant, Park, Organisation)
        .outerjoin(Park, Park.id == RoleGrant.park_id)
        .outerjoin(Organisation, Organisation.id == RoleGrant.organisation_id)
        .where(
            RoleGrant.user_id == actor.user_id,
            RoleGrant.withdrawn_at.is_(None),
            or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= today),
        )
        .order_by(RoleGrant.starts_on, RoleGrant.id)
    ).all()


def grant(grant_id: int, user_id: int, actor: Actor) -> RoleGrant:
    """Which grant of the account is this?

    Raises:
        Missing: also when it is in a park that is not the reader's.
    """
    found = db.session.scalars(select(RoleGrant).where(RoleGrant.id == grant_id, RoleGrant.user_id == user_id, _scope(actor))).one_or_none()
    if found is None:
        raise Missing
    return found


def living_grants(user_id: int, today: date) -> list[RoleGrant]:
    """Which grants of an account hold today or are to come?"""
    return list(
        db.session.scalars(
            select(RoleGrant).where(
                RoleGrant.user_id == user_id,
                RoleGrant.withdrawn_at.is_(None),
                or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= today),
            )
        )
    )


def reaches_elsewhere(user_id: int, parks: frozenset[int] | None, today: date) -> bool:
    """Has the account living roles outside *parks*?"""
    return any(not within(grant.park_id, parks) for grant in living_grants(user_id, today))


def administrators_of_all(today: date) -> frozenset[tuple[int, int]]:
    """Who administers all parks today, as (user, grant)?"""
    rows = db.session.execute(
        select(RoleGrant.user_id, RoleGrant.id)
        .join(User, User.id == RoleGrant.user_id)
        .where(RoleGrant.role == Role.ADMINISTRATOR, RoleGrant.park_id.is_(None), _held(today), User.active)
    )
    return frozenset((row.user_id, row.id) for row in rows)


def administrators(park_id: int, today: date) -> list[User]:
    """Who administers the park on a day, in order of joining?"""
    return with_roles(park_id, (Role.ADMINISTRATOR,), today)


def with_roles(park_id: int, roles: Collection[Role], today: date) -> list[User]:
    """Who has one of the roles in the park on a day, in order of joining?"""
    there = or_(RoleGrant.park_id.is_(None), RoleGrant.park_id == park_id)
    granted = exists().where(RoleGrant.user_id == User.id, RoleGrant.role.in_(roles), there, _held(today))
    return list(db.session.scalars(select(User).where(User.active, granted).order_by(User.id)))


def of_organisations(role: Role, park_id: int, organisation_ids: Collection[int], day: date) -> dict[int, list[User]]:
    """Who has a role for each of the organisations in the park on a day, in order of joining?"""
    found: dict[int, list[User]] = {}
    rows = db.session.execute(
        select(RoleGrant.organisation_id, User)
        .join(User, User.id == RoleGrant.user_id)
        .where(
            User.active,
            RoleGrant.role == role,
            RoleGrant.organisation_id.in_(organisation_ids),
            or_(RoleGrant.park_id.is_(None), RoleGrant.park_id == park_id),
            _held(day),
        )
        .order_by(User.id)
    )
    for organisation_id, user in rows:
        found.setdefault(organisation_id or 0, []).append(user)
    return found


def sign_ins_of(user_id: int, now: datetime) -> Sequence[SignIn]:
    """Which sign-ins of an account are alive, latest first?"""
    return db.session.scalars(select(SignIn).where(SignIn.user_id == user_id, _living(now)).order_by(SignIn.started_at.desc())).all()


def unended_sign_ins(user_id: int) -> Sequence[SignIn]:
    """Which sign-ins of an account have not been ended?"""
    return db.session.scalars(select(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))).all()


def tries(keys: Collection[str], since: datetime) -> dict[str, list[datetime]]:
    """When was each key tried since an instant, oldest first?"""
    found: dict[str, list[datetime]] = {key: [] for key in keys}
    for key, at in db.session.execute(
        select(Attempt.key, Attempt.at).where(Attempt.key.in_(keys), Attempt.at > since).order_by(Attempt.at, Attempt.id)
    ):
        found[key].append(at)
    return found


def parks_to_grant(actor: Actor) -> Sequence[Park]:
    """In which parks may the reader give roles?"""
    parks = actor.parks("accounts.grant")
    statement = select(Park).order_by(Park.code)
    return db.session.scalars(statement if parks is None else statement.where(Park.id.in_(parks))).all()


def organisation_by_code(code: str) -> Organisation | None:
    """Which organisation has this code?"""
    return db.session.scalars(select(Organisation).where(Organisation.code == code)).one_or_none()


def today(now: datetime) -> date:
    """Which day counts for grants? That of UTC, as at the door."""
    return now.astimezone(UTC).date()
