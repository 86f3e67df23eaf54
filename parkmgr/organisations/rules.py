"""What an organisation is known by, and when it may belong to the association. Pure: no database, no clock, no web."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from parkmgr.errors import N_, Objection
from parkmgr.values import Names

CODE_SHAPE = Objection(
    "organisations.code_shape",
    N_(
        "“%(code)s” cannot be a code: it has at most 40 characters, begins and ends with a letter or digit, "
        "and has letters, digits, single spaces and the marks . _ - in between."
    ),
    "code",
)
NAME_LONG = Objection("organisations.name_long", N_("A name has at most %(longest)s characters."), "name_en")
TEXT_LONG = Objection("organisations.text_long", N_("This has more than %(longest)s characters."))
UNREADABLE = Objection(
    "organisations.unreadable", N_("This has characters that cannot be shown (control characters or direction marks)."), "name_en"
)
KIND_UNKNOWN = Objection("organisations.kind_unknown", N_("“%(kind)s” is no kind of organisation."), "kind")
COUNTRY_UNKNOWN = Objection("organisations.country_unknown", N_("“%(country)s” is no country; write one as CN."), "country")
WEBSITE_SHAPE = Objection("organisations.website_shape", N_("A website's address begins with https:// or http:// and a host."), "website")
ROR_WRONG = Objection(
    "organisations.ror_wrong", N_("“%(ror)s” is no ROR: it has nine characters, the last two of which check the others."), "ror"
)
INN_WRONG = Objection(
    "organisations.inn_wrong", N_("“%(inn)s” is no INN: it has 10 or 12 digits, the last of which check the others."), "inn"
)
USCC_WRONG = Objection(
    "organisations.uscc_wrong", N_("“%(uscc)s” is no USCC: it has 18 characters, the last of which checks the others."), "uscc"
)
STATUS_UNKNOWN = Objection("organisations.status_unknown", N_("“%(status)s” is neither member nor observer."), "status")
ALREADY = Objection("organisations.already", N_("It has this status on %(on)s already."), "on")
LATER = Objection("organisations.later", N_("There is a membership from %(starts_on)s on already: choose a day after that."), "on")
NO_MEMBER = Objection("organisations.no_member", N_("It does not belong to the association on %(on)s."), "on")
EMAIL_SHAPE = Objection("organisations.email_shape", N_("This is not an e-mail address."), "email")
UNREACHABLE = Objection("organisations.unreachable", N_("Give an e-mail address or a telephone number."), "email")
NAMELESS = Objection("organisations.nameless", N_("Give the contact's name."), "name")

LONGEST = 200
KINDS = frozenset(("university", "enterprise", "research_division", "fund_manager", "public_body", "association", "service"))
STATUSES = frozenset(("member", "observer"))
_CODE = re.compile(r"[^\W_](?:[ ._-]{0,3}[^\W_])*")
_IN_ADDRESSES = re.compile(r"\.\.|  ")
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_EMAIL = re.compile(r"[^@\s<>\"(),:;\\]{1,64}@[^@\s<>\"(),:;\\.]+(\.[^@\s<>\"(),:;\\.]+)+")
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_INN_10 = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_11 = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_12 = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)


@dataclass(frozen=True, slots=True)
class Identity:
    """What an organisation is. Identifiers that are not there are None; those that are, are written in one way (ror, inn, uscc)."""

    code: str
    kind: str
    names: Names
    country: str = ""
    city: str = ""
    website: str = ""
    ror: str | None = None
    inn: str | None = None
    uscc: str | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """A membership on the days [starts_on, ends_on)."""

    status: str
    starts_on: date
    ends_on: date


def ror(text: str | None) -> str | None:
    """Return a ROR as its nine characters, also from its address; None for nothing."""
    plain = re.sub(r"^(https?://)?(www\.)?ror\.org/", "", (text or "").strip().lower())
    return plain.rstrip("/") or None


def inn(text: str | None) -> str | None:
    """Return an INN as its digits, without spaces; None for nothing."""
    return "".join((text or "").split()).replace("-", "") or None


def uscc(text: str | None) -> str | None:
    """Return a USCC in capitals, without spaces; None for nothing."""
    return "".join((text or "").split()).replace("-", "").upper() or None


def is_ror(text: str) -> bool:
    """Tell whether the check digits are right.

    Source: ROR identifier pattern; ISO 7064 mod 97-10 over Crockford's base 32, https://ror.readme.io/docs/identifier.
    """
    if not re.fullmatch(rf"0[{_CROCKFORD}]{{6}}[0-9]{{2}}", text):
        return False
    number = 0
    for letter in text[:7]:
        number = number * 32 + _CROCKFORD.index(letter)
    return int(text[7:]) == 98 - (number * 100) % 97


def _inn_digit(digits: str, weights: tuple[int, ...]) -> str:
    return str(sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11 % 10)


def is_inn(text: str) -> bool:
    """Tell whether the check digits are right: one of ten (organisations), two of twelve (persons in business).

    Source: order of the Federal Tax Service of Russia on the structure of the INN.
    """
    if not re.fullmatch(r"[0-9]{10}|[0-9]{12}", text) or not text.strip("0"):
        return False
    if len(text) == 10:
        return text[9] == _inn_digit(text, _INN_10)
    return text[10] == _inn_digit(text, _INN_11) and text[11] == _inn_digit(text, _INN_12)


def is_uscc(text: str) -> bool:
    """Tell whether the check character is right. Source: GB 32100-2015, weights 3**i mod 31."""
    if not re.fullmatch(rf"[{_USCC}]{{2}}[0-9]{{6}}[{_USCC}]{{10}}", text):
        return False
    total = sum(_USCC.index(letter) * pow(3, place, 31) for place, letter in enumerate(text[:17]))
    return _USCC.index(text[17]) == (31 - total % 31) % 31


def legible(text: str) -> bool:
    """Tell whether *text* has nothing that deceives readers or cannot be kept: controls, lone surrogates, direction overrides."""
    return not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in _OVERRIDES for letter in text)


def text_objections(text: str, field: str, longest: int = LONGEST) -> list[Objection]:
    """Return what is wrong with a line of text."""
    against = [TEXT_LONG.about(longest=longest).at(field)] if len(text) > longest else []
    return against if legible(text) else [*against, UNREADABLE.at(field)]


def _shown(text: str) -> str:
    return "".join(letter for letter in text[:60] if legible(letter))


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)
    except ValueError:
        return False


def objections(identity: Identity) -> list[Objection]:
    """Return everything that is wrong with what is said of an organisation."""
    names = identity.names
    against: list[Objection] = []
    for field, name in (("name_en", names.en), ("name_ru", names.ru), ("name_zh", names.zh)):
        against += text_objections(name, field)
    against += [*text_objections(identity.city, "city"), *text_objections(identity.website, "website")]
    code, website = identity.code, identity.website
    against += [
        objection
        for objection, applies in (
            (CODE_SHAPE.about(code=_shown(code)), len(code) > 40 or not _CODE.fullmatch(code) or bool(_IN_ADDRESSES.search(code))),
            (KIND_UNKNOWN.about(kind=_shown(identity.kind)), identity.kind not in KINDS),
            (COUNTRY_UNKNOWN.about(country=_shown(identity.country)), not re.fullmatch("([A-Z]{2})?", identity.country)),
            (WEBSITE_SHAPE, bool(website) and not _is_address(website)),
            (ROR_WRONG.about(ror=_shown(identity.ror or "")), identity.ror is not None and not is_ror(identity.ror)),
            (INN_WRONG.about(inn=_shown(identity.inn or "")), identity.inn is not None and not is_inn(identity.inn)),
            (USCC_WRONG.about(uscc=_shown(identity.uscc or "")), identity.uscc is not None and not is_uscc(identity.uscc)),
        )
        if applies
    ]
    return against


def contact_objections(name: str, position: str, email: str, phone: str) -> list[Objection]:
    """Return everything that is wrong with a contact."""
    against = [
        objection
        for field, text in (("name", name), ("position", position), ("email", email), ("phone", phone))
        for objection in text_objections(text, field)
    ]
    if not name:
        against.append(NAMELESS)
    if not email and not phone:
        against.append(UNREACHABLE)
    if email and (len(email) > 254 or not _EMAIL.fullmatch(email)):
        against.append(EMAIL_SHAPE)
    return against


def on(periods: Iterable[Period], day: date) -> Period | None:
    """Return the membership on *day*; None when there is none."""
    return next((period for period in periods if period.starts_on <= day < period.ends_on), None)


def admit_objections(periods: Iterable[Period], status: str, day: date) -> list[Objection]:
    """Return why it cannot get this status on *day*: it has it, or its history goes on after that day."""
    known = list(periods)
    if status not in STATUSES:
        return [STATUS_UNKNOWN.about(status=_shown(status))]
    current = on(known, day)
    later = [period.starts_on for period in known if period.starts_on > day]
    if later:
        return [LATER.about(starts_on=max(later))]
    if current is not None and current.status == status:
        return [ALREADY.about(status=status, on=day)]
    return []


def end_objections(periods: Iterable[Period], day: date) -> list[Objection]:
    """Return why the membership cannot end: there is none on the day before *day* (its last), or another follows."""
    known = list(periods)
    later = [period.starts_on for period in known if period.starts_on >= day]
    if later:
        return [LATER.about(starts_on=max(later))]
    return [] if any(period.starts_on < day < period.ends_on for period in known) else [NO_MEMBER.about(on=day)]
