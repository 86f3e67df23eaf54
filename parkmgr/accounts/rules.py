"""When a password will do, when a try is one too many, how long a sign-in lives, and who may give which role. Pure."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from parkmgr.errors import N_, Objection
from parkmgr.policy import OF_ORGANISATION, Role

SHORTEST, LONGEST = 12, 1000
"""Characters of a password. Source: NIST SP 800-63B-4 (15 alone, 8 beside a second factor), house decision between."""

TOO_SHORT = Objection("accounts.password_too_short", N_("A password needs at least %(least)s characters; a sentence does well."), "new")
TOO_LONG = Objection("accounts.password_too_long", N_("A password has at most %(most)s characters."), "new")
TOO_PLAIN = Objection("accounts.password_too_plain", N_("This password is a few characters over and over; choose another."), "new")
IS_EMAIL = Objection("accounts.password_is_email", N_("The password must not be the e-mail address or the name."), "new")


def password_objections(password: str, *, email: str, name: str) -> list[Objection]:
    """Return every reason against *password*. No mixture of kinds of characters is asked for.

    Source: NIST SP 800-63B-4, 3.1.1.2; ASVS 5.0, 6.2.
    """
    plain = password.casefold().strip()
    own = {email, email.split("@", maxsplit=1)[0], name.casefold().strip()}
    return [
        objection
        for objection, applies in (
            (TOO_SHORT.about(least=SHORTEST), len(password) < SHORTEST),
            (TOO_LONG.about(most=LONGEST), len(password) > LONGEST),
            (TOO_PLAIN, SHORTEST <= len(password) <= LONGEST and len(set(plain)) < 5),
            (IS_EMAIL, plain in own),
        )
        if applies
    ]


WINDOW = timedelta(minutes=15)
"""How long a try counts."""

TOO_MANY = Objection("accounts.too_many_tries", N_("Too many tries. Nothing was looked at; try again in %(minutes)s minutes."))


@dataclass(frozen=True, slots=True)
class Limit:
    """At most *most* tries under one key in WINDOW; the next is refused without being looked at."""

    key: str
    most: int


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _network(address: str) -> str:
    """Return the address, or of an IPv6 address the /64 that one subscriber has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return _sha256(address)
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)


def password_limits(email: str, address: str) -> tuple[Limit, ...]:
    """Return the limits on guessing a password: of one account from anywhere, and of any account from one address."""
    return Limit(f"account:{_sha256(email)}", 10), Limit(f"address:{_network(address)}", 50)


def code_limits(user_id: int, address: str) -> tuple[Limit, ...]:
    """Return the limits on guessing the second factor."""
    return Limit(f"code:{user_id}", 5), Limit(f"address:{_network(address)}", 50)


def link_limits(email: str, address: str) -> tuple[Limit, ...]:
    """Return the limits on asking for links, whether or not there is such an account."""
    return Limit(f"link:{_sha256(email)}", 3), Limit(f"links:{_network(address)}", 30)


def minutes_left(oldest: datetime, now: datetime) -> int:
    """Return in how many minutes the try at *oldest* counts no more, at least one."""
    return max(1, -int(-(oldest + WINDOW - now).total_seconds() // 60))


IDLE = timedelta(hours=2)
LIFE = timedelta(hours=12)
NOTICED = timedelta(minutes=5)
"""How old `seen_at` may get before it is written again: not every page view is a write."""
SECOND_FACTOR = timedelta(minutes=5)
"""How long the second step may take after the first."""
LINK = timedelta(hours=1)
"""How long a link to a new password is good."""


def token_hash(token: str) -> str:
    """Return what the register keeps of a token: who reads the register cannot sign in by it."""
    return _sha256(token)


def proof(password_hash: str) -> str:
    """Return a short digest of a stored password: a link or half a sign-in dies when the password changes."""
    return _sha256(password_hash)[:20]


def same(one: str, other: str) -> bool:
    """Tell whether two texts are equal, in a time that does not say how much of them is."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


STEP = 30
"""Seconds of a code of the second factor. Source: RFC 6238."""


def steps(now: datetime, last: int | None) -> list[int]:
    """Return the time steps whose codes are good: now, one before and one after for clocks that differ; none up to the last used."""
    this = int(now.timestamp()) // STEP
    return [step for step in (this, this - 1, this + 1) if last is None or step > last]


NOT_ADMINISTRATOR = Objection("accounts.not_administrator", N_("You can give and take roles only in parks that you administer."), "park")
OWN = Objection("accounts.own_account", N_("Nobody changes the roles of his own account, or disables it; ask another administrator."))
LAST = Objection("accounts.last_administrator", N_("This is the last administrator of all parks; first make another."))
NEEDS_ORGANISATION = Objection("accounts.needs_organisation", N_("This role is had for an organisation: say which."), "organisation")
NO_ORGANISATION = Objection("accounts.no_organisation", N_("This role is not an organisation's; leave it empty."), "organisation")
BACKWARDS = Objection("accounts.backwards", N_("The last day is before the first."), "ends_on")
OVER = Objection("accounts.over", N_("This role would be over already; give a last day that is to come."), "ends_on")
HAS_IT = Objection("accounts.has_it", N_("The account has this role there already, from %(starts_on)s on."), "role")
ELSEWHERE = Objection(
    "accounts.elsewhere", N_("This account also has roles outside your parks; only an administrator of all parks can do this.")
)
WITHDRAWN = Objection("accounts.withdrawn", N_("This role has been withdrawn already."))
WRONG_PASSWORD = Objection("accounts.wrong_password", N_("This is not your password."), "old")
WRONG_CODE = Objection(
    "accounts.wrong_code", N_("This code is wrong, or was used already. Wait for the next code of your application."), "code"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A role as it is asked for."""

    role: Role
    park_id: int | None
    organisation_id: int | None
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class GrantFacts:
    """What bears on it. parks: where the giver administers, None for everywhere. has_from: since when it has the role there."""

    own: bool
    parks: frozenset[int] | None
    has_from: date | None
    today: date


def grant_objections(asked: Asked, facts: GrantFacts) -> list[Objection]:
    """Return every reason against giving the role."""
    of_one = asked.role in OF_ORGANISATION
    return [
        objection
        for objection, applies in (
            (OWN, facts.own),
            (NOT_ADMINISTRATOR, not within(asked.park_id, facts.parks)),
            (NEEDS_ORGANISATION, of_one and asked.organisation_id is None),
            (NO_ORGANISATION, not of_one and asked.organisation_id is not None),
            (BACKWARDS, asked.ends_on is not None and asked.ends_on < asked.starts_on),
            (OVER, asked.ends_on is not None and asked.starts_on <= asked.ends_on < facts.today),
            (HAS_IT.about(starts_on=facts.has_from), facts.has_from is not None),
        )
        if applies
    ]


def within(park_id: int | None, parks: frozenset[int] | None) -> bool:
    """Tell whether a grant's park lies in *parks* (None: everywhere). A grant in all parks lies in no smaller set."""
    return parks is None or (park_id is not None and park_id in parks)


def alone(living: frozenset[tuple[int, int]], *, user_id: int | None = None, grant_id: int | None = None) -> bool:
    """Tell whether no administrator of all parks is left without the user, or without the grant.

    living: (user, grant) of each administrator of all parks today. False when he, or it, is none of them.
    """
    gone = {one for one in living if one[0] == user_id or one[1] == grant_id}
    return bool(gone) and gone == living
