"""The deeds of accounts. None commits; each leaves one audit entry, but for what is no fact of the park (tries, sign-outs).

A deed is recorded before its rows are changed: so two deeds on one account in one transaction each have their own changes.
"""

from __future__ import annotations

import functools
import re
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete

from parkmgr.accounts import queries, rules
from parkmgr.accounts.models import Attempt, RoleGrant, SignIn, User
from parkmgr.audit.actions import record
from parkmgr.db import db
from parkmgr.errors import N_, Objection, Refused, refuse
from parkmgr.policy import Actor, Role
from parkmgr.values import LANGUAGES

_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
"""argon2id. Source: OWASP Password Storage Cheat Sheet (19 MiB, two passes, one lane)."""

BAD_EMAIL = Objection("accounts.bad_email", N_("This is not an e-mail address."), "email")
BAD_NAME = Objection("accounts.bad_name", N_("A name is needed, of at most %(most)s characters."), "name")
BAD_LANGUAGE = Objection("accounts.bad_language", N_("The language is English, Russian or Chinese."), "language")
CHANGED = Objection("accounts.changed", N_("The account has changed in the meantime; sign in again."))


def random_password() -> str:
    """Return a password that nobody guesses: 100 bits as five groups of four characters that are not mistaken for one another."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789ACDEFGHJKMNPQRTUVWXYZ"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(5))


def hashed(password: str) -> str:
    """Return what is kept of a password. Units: about 23 ms."""
    return _HASHER.hash(unicodedata.normalize("NFC", password))


@functools.cache
def _nobodys() -> str:
    """Return the hash of a password that nobody has: an account that is not there takes as long to refuse as one that is."""
    return _HASHER.hash(secrets.token_urlsafe(32))


def opens(user: User | None, password: str) -> bool:
    """Tell whether *password* opens the account, in the same time whether there is one or not."""
    nobodys = _nobodys()
    stored = user.password_hash if user is not None and user.active else nobodys
    plain = unicodedata.normalize("NFC", password)[: rules.LONGEST + 1]
    try:
        return _HASHER.verify(stored, plain) and stored != nobodys
    except InvalidHashError:
        _opens_nothing(nobodys, plain)
        return False
    except VerificationError:
        return False


def _opens_nothing(nobodys: str, plain: str) -> None:
    try:
        _HASHER.verify(nobodys, plain)
    except VerificationError:
        return


def plain_email(text: str) -> str:
    """Return the address as the register keeps it.

    Raises:
        Refused: BAD_EMAIL.
    """
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized.casefold()
    except EmailNotValidError:
        raise Refused([BAD_EMAIL]) from None


def add_user(email: str, name: str, *, password: str, language: str = "en", actor: Actor, now: datetime) -> User:
    """There is an account; it may do nothing until a role is given to it.

    Raises:
        Refused: for the address, the name, the language, the password; when there is an account of this address.
    """
    against = [BAD_LANGUAGE] if language not in LANGUAGES else []
    if not name.strip() or len(name) > 200:
        against.append(BAD_NAME.about(most=200))
    kept = ""
    try:
        kept = plain_email(email)
    except Refused as refused:
        against.extend(refused.objections)
    against.extend(o.at("password") for o in rules.password_objections(password, email=kept, name=name))
    refuse(against)
    user = User(email=kept, name=name.strip(), password_hash=hashed(password), language=language)
    db.session.add(user)
    db.session.flush()
    record("accounts.add", user, actor=actor, now=now)
    return user


def _end_sign_ins(user_id: int, now: datetime) -> None:
    for sign_in in queries.unended_sign_ins(user_id):
        sign_in.ended_at = now


def set_password(user: User, password: str, *, actor: Actor, now: datetime, deed: str = "accounts.password") -> None:
    """The account opens by *password* only, and every one of its sign-ins has ended.

    Raises:
        Refused: with every reason against the password.
    """
    refuse(rules.password_objections(password, email=user.email, name=user.name))
    record(deed, user, actor=actor, now=now)
    user.password_hash = hashed(password)
    _end_sign_ins(user.id, now)


def change_me(user: User, *, name: str, language: str, version: int | None, now: datetime) -> None:
    """The account's own name and language are these.

    Raises:
        Stale: when the form was opened before the last change.
    """
    user.expect(version)
    if not name.strip() or len(name) > 200:
        raise Refused([BAD_NAME.about(most=200)])
    user.name, user.language = name.strip(), language
    record("accounts.me", user, actor=Actor(user.id, user.name), now=now)


def grant(
    user: User,
    role: Role,
    *,
    park_id: int | None = None,
    organisation_id: int | None = None,
    starts_on: date,
    ends_on: date | None = None,
    actor: Actor,
    now: datetime,
) -> RoleGrant:
    """The account has the role on these days; it has to sign in again.

    Raises:
        Refused: with every reason against it.
    """
    today = queries.today(now)
    asked = rules.Asked(Role(role), park_id, organisation_id, starts_on, ends_on)
    same = [
        one.starts_on
        for one in queries.living_grants(user.id, today)
        if (one.role, one.park_id, one.organisation_id) == (asked.role, park_id, organisation_id)
        and (one.ends_on is None or starts_on <= one.ends_on)
        and (ends_on is None or one.starts_on <= ends_on)
    ]
    facts = rules.GrantFacts(actor.user_id == user.id, actor.parks("accounts.grant"), min(same, default=None), today)
    refuse(rules.grant_objections(asked, facts))
    record("accounts.grant", user, actor=actor, now=now)
    given = RoleGrant(
        user_id=user.id,
        role=asked.role.value,
        park_id=park_id,
        organisation_id=organisation_id,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    db.session.add(given)
    db.session.flush()
    _end_sign_ins(user.id, now)
    return given


def withdraw_grant(user: User, grant: RoleGrant, *, actor: Actor, now: datetime, reason: str = "") -> None:
    """The account has the role no more; it has to sign in again.

    Raises:
        Refused: it is one's own, or the last administrator's of all parks, or not in one's parks, or withdrawn already.
    """
    living = queries.administrators_of_all(queries.today(now))
    refuse(
        [
            objection
            for objection, applies in (
                (rules.OWN, actor.user_id == user.id),
                (rules.NOT_ADMINISTRATOR, not rules.within(grant.park_id, actor.parks("accounts.withdraw_grant"))),
                (rules.WITHDRAWN, grant.withdrawn_at is not None),
                (rules.LAST, rules.alone(living, grant_id=grant.id)),
            )
            if applies
        ]
    )
    record("accounts.withdraw_grant", user, actor=actor, now=now, reason=reason)
    grant.withdrawn_at = now
    _end_sign_ins(user.id, now)


def _may_close(user: User, deed: str, actor: Actor, now: datetime) -> list[Objection]:
    today = queries.today(now)
    return [
        objection
        for objection, applies in (
            (rules.OWN, actor.user_id == user.id),
            (rules.ELSEWHERE, queries.reaches_elsewhere(user.id, actor.parks(deed), today)),
        )
        if applies
    ]


def disable(user: User, *, actor: Actor, now: datetime, reason: str = "") -> None:
    """Nobody can sign in with the account, and nobody is.

    Raises:
        Refused: it is one's own, or the last administrator's of all parks, or has roles outside one's parks.
    """
    against = _may_close(user, "accounts.disable", actor, now)
    if rules.alone(queries.administrators_of_all(queries.today(now)), user_id=user.id):
        against.append(rules.LAST)
    refuse(against)
    record("accounts.disable", user, actor=actor, now=now, reason=reason)
    user.active = False
    _end_sign_ins(user.id, now)


def enable(user: User, *, actor: Actor, now: datetime, reason: str = "") -> None:
    """The account can be signed in with again.

    Raises:
        Refused: it has roles outside one's parks.
    """
    refuse(_may_close(user, "accounts.enable", actor, now))
    record("accounts.enable", user, actor=actor, now=now, reason=reason)
    user.active = True


def matching_step(secret: str, code: str, *, last: int | None, now: datetime) -> int | None:
    """Return the time step that *code* is of; None when it is wrong or its step was used."""
    code = re.sub(r"\s", "", code)
    totp = pyotp.TOTP(secret, interval=rules.STEP)
    matching = [step for step in rules.steps(now, last) if rules.same(totp.at(step * rules.STEP), code)]
    return matching[0] if matching else None


def _use_code(user: User, code: str, now: datetime) -> None:
    step = None if user.totp_secret is None else matching_step(user.totp_secret, code, last=user.totp_last, now=now)
    if step is None:
        raise Refused([rules.WRONG_CODE])
    user.totp_last = step


def totp_on(user: User, secret: str, code: str, *, now: datetime) -> None:
    """Signing in needs a code of the secret from now on, and every sign-in of the account has ended.

    Raises:
        Refused: WRONG_CODE, when the code shows that the application does not have the secret.
    """
    user.totp_secret, user.totp_last = secret, None
    _use_code(user, code, now)
    _end_sign_ins(user.id, now)
    record("accounts.totp", user, actor=Actor(user.id, user.name), now=now)


def totp_off(user: User, *, actor: Actor, now: datetime) -> None:
    """Signing in needs the password only, and every sign-in of the account has ended."""
    record("accounts.totp_off", user, actor=actor, now=now)
    user.totp_secret = user.totp_last = None
    _end_sign_ins(user.id, now)


def sign_in(user: User, *, proof: str, code: str | None = None, now: datetime) -> str:
    """There is a new sign-in, and its token is returned: only the browser has it.

    proof: rules.proof of the stored password that was opened. code: where the account has a second factor.
    Raises:
        Refused: the account was disabled or its password changed in the meantime; the code is wrong or used.
    """
    if not user.active or not rules.same(proof, rules.proof(user.password_hash)):
        raise Refused([CHANGED])
    if user.totp_secret is not None:
        _use_code(user, code or "", now)
    token = begin(user, now=now)
    record("accounts.sign_in", user, actor=Actor(user.id, user.name), now=now)
    return token


def begin(user: User, *, now: datetime) -> str:
    """There is a new sign-in of the account, whatever was asked for it before; its token is returned."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        SignIn(token=rules.token_hash(token), user_id=user.id, started_at=now, seen_at=now, expires_at=now + rules.LIFE, ended_at=None)
    )
    db.session.flush()
    return token


def sign_out(sign_in_id: int, *, now: datetime) -> None:
    """The sign-in has ended; a copy of its cookie opens nothing."""
    sign_in = db.session.get(SignIn, sign_in_id)
    if sign_in is not None and sign_in.ended_at is None:
        sign_in.ended_at = now


def end_other_sign_ins(user_id: int, but: int, *, now: datetime) -> None:
    """Only one sign-in of the account is alive."""
    for sign_in in queries.unended_sign_ins(user_id):
        if sign_in.id != but:
            sign_in.ended_at = now


def seen(sign_in_id: int, *, now: datetime) -> None:
    """The sign-in was used at *now*."""
    sign_in = db.session.get(SignIn, sign_in_id)
    if sign_in is not None:
        sign_in.seen_at = max(sign_in.seen_at, now)


def count_try(limits: Sequence[rules.Limit], *, now: datetime) -> None:
    """One more try stands under each key, before anything is looked at: who tries in parallel gains nothing.

    Raises:
        Refused: TOO_MANY; then the try does not count.
    """
    keys = [limit.key for limit in limits]
    since = now - rules.WINDOW
    db.session.execute(delete(Attempt).where(Attempt.at <= since), execution_options={"synchronize_session": False})
    tried = queries.tries(keys, since)
    waits = [rules.minutes_left(tried[limit.key][-limit.most], now) for limit in limits if len(tried[limit.key]) >= limit.most]
    if waits:
        raise Refused([rules.TOO_MANY.about(minutes=max(waits))])
    db.session.add_all([Attempt(key=key, at=now) for key in keys])


def forgive(limits: Sequence[rules.Limit], *, tried_at: datetime) -> None:
    """The try of that instant was none, and the first key (the account) has none left: it is known again.

    Why only the first: whoever owns an account must not clear the count of his address.
    """
    account, *others = limits
    for condition in (
        Attempt.key == account.key,
        Attempt.key.in_([limit.key for limit in others]) & (Attempt.at == tried_at),
    ):
        db.session.execute(delete(Attempt).where(condition), execution_options={"synchronize_session": False})
