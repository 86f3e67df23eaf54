"""Who may ask for a home, what points a claim gives, and who is next in line. Pure: no database, no clock, no web."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from parkmgr.errors import N_, Objection
from parkmgr.housing.rules import Asking
from parkmgr.values import Area, Names

ORDERS = ("points", "time", "lottery")
WHO = ("organisation", "kind", "member", "tenant")
HOME_KINDS = ("flat", "bed")
MOST_CLAIMED = 100
AHEAD = 2
"""Years: for how far ahead a home is asked for."""

# The rules of a park, as values


@dataclass(frozen=True, slots=True)
class WaitingClass:
    """A class of the waiting list. order: of those in it. rank: classes of a lower rank are served first."""

    code: str
    names: Names
    order: str = "points"
    rank: int = 1


@dataclass(frozen=True, slots=True)
class Eligible:
    """Whose people may ask in which classes. who: organisation, kind, member or tenant. name: the code or the kind, where it needs one."""

    who: str
    name: str
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PointLine:
    """Points for something that can be claimed. most: so many at most for the line; None: no cap."""

    code: str
    names: Names
    each: int
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Thing:
    """What stands in an inventory. photo: one is asked for."""

    room: str
    item: str
    names: Names
    photo: bool = False


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter that is read at a check-in and a check-out."""

    code: str
    names: Names
    unit: str


@dataclass(frozen=True, slots=True)
class Giving:
    """How a park gives out its homes."""

    classes: tuple[WaitingClass, ...] = ()
    eligible: tuple[Eligible, ...] = ()
    points: tuple[PointLine, ...] = ()
    offer_days: int = 7
    declines: int = 2
    notice_days: int = 30
    people_per_flat: int = 6
    items: tuple[Thing, ...] = ()
    meters: tuple[Meter, ...] = ()

    def class_of(self, code: str) -> WaitingClass | None:
        """Return the class of a code."""
        return next((one for one in self.classes if one.code == code), None)


CODE_SHAPE = Objection("housing.code_shape", N_("“%(code)s” cannot be a code: write 1 to 20 letters, digits, hyphens or low lines."))
CODE_TWICE = Objection("housing.code_twice", N_("The code %(code)s stands twice."))
NO_CLASSES = Objection("housing.no_classes", N_("Name at least one class of the waiting list."), "classes")
NO_ORDER = Objection("housing.no_order", N_("Say for the class %(code)s: by points, by time or by lottery."), "classes")
ELIGIBLE_CLASS = Objection("housing.eligible_class", N_("There is no class %(code)s to ask in."), "eligible")
ELIGIBLE_NONE = Objection("housing.eligible_none", N_("Say in which classes they may ask."), "eligible")
ELIGIBLE_NAME = Objection("housing.eligible_name", N_("There is no organisation of the code %(code)s."), "eligible")
THING_TWICE = Objection("housing.thing_twice", N_("%(room)s: %(item)s stands twice in the inventory."), "items")
NAMELESS = Objection("housing.nameless", N_("Give the name of %(code)s in at least one of the three scripts."))


def plain_code(code: str) -> bool:
    """Tell whether something can be a code."""
    return 0 < len(code) <= 20 and code.isascii() and all(letter.isalnum() or letter in "-_" for letter in code)


def _codes_against(codes: Sequence[str], place: str) -> list[Objection]:
    bad = [CODE_SHAPE.about(code=code).at(place) for code in codes if not plain_code(code)]
    return bad + [CODE_TWICE.about(code=code).at(place) for code in sorted({code for code in codes if codes.count(code) > 1})]


def giving_against(giving: Giving, organisations: Collection[str]) -> list[Objection]:
    """Return what is against such rules; organisations: the codes that there are."""
    objections = [] if giving.classes else [NO_CLASSES]
    objections += _codes_against([one.code for one in giving.classes], "classes")
    objections += [NO_ORDER.about(code=one.code) for one in giving.classes if one.order not in ORDERS]
    objections += _codes_against([one.code for one in giving.points], "points")
    objections += _codes_against([one.code for one in giving.meters], "meters")
    classes = {one.code for one in giving.classes}
    for line in giving.eligible:
        objections += [] if line.classes else [ELIGIBLE_NONE]
        objections += [ELIGIBLE_CLASS.about(code=code) for code in line.classes if code not in classes]
        if line.who == "organisation" and line.name not in organisations:
            objections.append(ELIGIBLE_NAME.about(code=line.name))
    places = [(thing.room, thing.item) for thing in giving.items]
    objections += [THING_TWICE.about(room=room, item=item) for room, item in sorted(set(places)) if places.count((room, item)) > 1]
    return objections


def listed(names: Iterable[Names]) -> Names:
    """Return several names as one, in each language."""
    every = list(names)
    return Names(*(mark.join(name.in_(language) for name in every) for language, mark in (("en", ", "), ("ru", ", "), ("zh", "、"))))


# Who may ask


@dataclass(frozen=True, slots=True)
class Employer:
    """Who stands for the person, on the day: code, kind, names, whether it belongs to the Association, whether it has a lease here."""

    code: str
    kind: str
    names: Names
    member: bool = False
    tenant: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What home is asked for. claims: line of points -> how many."""

    class_code: str
    kind: str = "flat"
    people: int = 1
    from_on: date = date.min
    until_on: date | None = None
    least: Area | None = None
    claims: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who asks. asking: the number of an application that is open already."""

    number: str
    employer: Employer
    asking: str = ""
    erased: bool = False


NOT_OPEN = Objection("housing.not_open", N_("No home can be asked for before the park has rules of housing; the housing desk writes them."))
NO_CLASS = Objection("housing.no_class", N_("Choose one of the classes of the waiting list."), "class_code")
NOT_ELIGIBLE = Objection(
    "housing.not_eligible", N_("People of %(organisation)s may not ask for a home in the class %(class_)s."), "class_code"
)
IN_OTHER_CLASSES = Objection("housing.in_other_classes", N_("They may ask in: %(classes)s."), "class_code")
FOR_ORGANISATION = Objection("housing.for_organisation", N_("People of the organisation %(name)s may ask in: %(classes)s."), "class_code")
FOR_UNIVERSITIES = Objection("housing.for_universities", N_("People of universities may ask in: %(classes)s."), "class_code")
FOR_ENTERPRISES = Objection("housing.for_enterprises", N_("People of enterprises may ask in: %(classes)s."), "class_code")
FOR_KIND = Objection("housing.for_kind", N_("People of organisations of another kind may ask in: %(classes)s."), "class_code")
FOR_MEMBERS = Objection("housing.for_members", N_("People of members of the Association may ask in: %(classes)s."), "class_code")
FOR_TENANTS = Objection("housing.for_tenants", N_("People of the park's tenants may ask in: %(classes)s."), "class_code")
ASKS_ALREADY = Objection("housing.asks_already", N_("%(person)s asks for a home already by %(number)s; withdraw it first."), "person")
ERASED = Objection("housing.erased", N_("%(person)s was erased; add the person anew."), "person")
NO_HOME_KIND = Objection("housing.no_home_kind", N_("Ask for a flat or for a bed."), "kind")
TOO_MANY_PEOPLE = Objection("housing.too_many_people", N_("At most %(most)s people live in a flat of the park."), "people")
BED_IS_FOR_ONE = Objection("housing.bed_is_for_one", N_("A bed is for one person; ask for a flat."), "people")
NOBODY = Objection("housing.nobody", N_("At least one person lives in a home."), "people")
FROM_PAST = Objection("housing.from_past", N_("%(on)s is over; ask for a home from today or later."), "from_on")
FROM_FAR = Objection("housing.from_far", N_("A home is asked for at most %(years)s years ahead, until %(last)s."), "from_on")
WISH_BACKWARDS = Objection("housing.wish_backwards", N_("The last day must not be before the first."), "until_on")
NO_CLAIM = Objection("housing.no_claim", N_("The park gives no points for “%(code)s”."), "claims")
CLAIM_BOUNDS = Objection("housing.claim_bounds", N_("“%(claim)s” must be from 0 to %(most)s."), "claims")


def _fits_line(line: Eligible, employer: Employer) -> bool:
    if line.who == "organisation":
        return line.name == employer.code
    if line.who == "kind":
        return line.name == employer.kind
    return employer.member if line.who == "member" else employer.tenant


def classes_open_to(giving: Giving, employer: Employer) -> list[WaitingClass]:
    """Return the classes in which people of the employer may ask, in order of rank."""
    codes = {code for line in giving.eligible if _fits_line(line, employer) for code in line.classes}
    return sorted((one for one in giving.classes if one.code in codes), key=lambda one: (one.rank, one.code))


def _would_pass(giving: Giving, line: Eligible) -> Objection:
    """Return the sentence that says whose people may ask by a line."""
    classes = listed(one.names for one in giving.classes if one.code in line.classes)
    if line.who == "organisation":
        return FOR_ORGANISATION.about(name=line.name, classes=classes)
    kinds = {"university": FOR_UNIVERSITIES, "enterprise": FOR_ENTERPRISES}
    by_who = {"kind": kinds.get(line.name, FOR_KIND), "member": FOR_MEMBERS}
    return by_who.get(line.who, FOR_TENANTS).about(classes=classes)


def eligibility_against(giving: Giving, employer: Employer, class_code: str) -> list[Objection]:
    """Return why people of the employer may not ask in the class, and what would make it pass."""
    wanted = giving.class_of(class_code)
    if wanted is None:
        return [NO_CLASS]
    open_to = classes_open_to(giving, employer)
    if wanted in open_to:
        return []
    refused = NOT_ELIGIBLE.about(organisation=employer.names, class_=wanted.names)
    if open_to:
        return [refused, IN_OTHER_CLASSES.about(classes=listed(one.names for one in open_to))]
    return [refused, *(_would_pass(giving, line) for line in giving.eligible if set(line.classes) & {one.code for one in giving.classes})]


def wish_against(giving: Giving, applicant: Applicant, wish: Wish, today: date) -> list[Objection]:
    """Return every reason against asking for this home."""
    if not giving.classes:
        return [NOT_OPEN]
    objections = [ERASED.about(person=applicant.number)] if applicant.erased else []
    if applicant.asking:
        objections.append(ASKS_ALREADY.about(person=applicant.number, number=applicant.asking))
    objections += eligibility_against(giving, applicant.employer, wish.class_code)
    objections += _size_against(giving, wish)
    objections += _days_against(wish, today)
    return objections + claims_against(giving, wish.claims)


def _size_against(giving: Giving, wish: Wish) -> list[Objection]:
    if wish.people < 1:
        return [NOBODY]
    if wish.kind not in HOME_KINDS:
        return [NO_HOME_KIND]
    if wish.kind == "bed":
        return [BED_IS_FOR_ONE] if wish.people > 1 else []
    return [TOO_MANY_PEOPLE.about(most=giving.people_per_flat)] if wish.people > giving.people_per_flat else []


def _days_against(wish: Wish, today: date) -> list[Objection]:
    objections = []
    last = today + timedelta(days=366 * AHEAD)
    if wish.from_on < today:
        objections.append(FROM_PAST.about(on=wish.from_on))
    elif wish.from_on > last:
        objections.append(FROM_FAR.about(years=AHEAD, last=last))
    if wish.until_on is not None and wish.until_on < wish.from_on:
        objections.append(WISH_BACKWARDS)
    return objections


def claims_against(giving: Giving, claims: Mapping[str, int]) -> list[Objection]:
    """Return what is against claiming points for these."""
    lines = {line.code: line for line in giving.points}
    unknown = [NO_CLAIM.about(code=code) for code in claims if code not in lines]
    return unknown + [
        CLAIM_BOUNDS.about(claim=lines[code].names, most=MOST_CLAIMED)
        for code, count in claims.items()
        if code in lines and not 0 <= count <= MOST_CLAIMED
    ]


def points(giving: Giving, claims: Mapping[str, int]) -> int:
    """Return the points of the claims: each line's times how many, up to the line's cap."""
    total = 0
    for line in giving.points:
        whole = line.each * claims.get(line.code, 0)
        total += whole if line.most is None else min(whole, line.most)
    return total


# The states of an application

MOVES: dict[str, frozenset[Asking]] = {
    "admit": frozenset({Asking.SUBMITTED}),
    "refuse": frozenset({Asking.SUBMITTED, Asking.WAITING}),
    "withdraw": frozenset({Asking.SUBMITTED, Asking.WAITING}),
    "offer": frozenset({Asking.WAITING}),
    "accept": frozenset({Asking.OFFERED}),
    "decline": frozenset({Asking.OFFERED}),
    "expire": frozenset({Asking.OFFERED}),
}
"""Deed -> the states from which it leads on."""
OPEN = frozenset({Asking.SUBMITTED, Asking.WAITING, Asking.OFFERED})

NOT_SUBMITTED = Objection("housing.not_submitted", N_("%(number)s was examined already."))
NOT_OPEN_ANY_MORE = Objection("housing.not_open_any_more", N_("%(number)s is closed already."))
OFFER_OPEN = Objection("housing.offer_open", N_("A home is offered to %(number)s; decline the offer first."))
NOT_WAITING = Objection("housing.not_waiting", N_("%(number)s does not wait for a home."), "application")
NO_OFFER = Objection("housing.no_offer", N_("No home is offered to %(number)s."))
REASON_NEEDED = Objection("housing.reason_needed", N_("Say why; who asked reads it."), "reason")


def move_against(deed: str, state: str, number: str) -> list[Objection]:
    """Return what is against a deed with an application in this state."""
    if state in MOVES[deed]:
        return []
    if deed == "admit":
        return [(NOT_SUBMITTED if state in OPEN else NOT_OPEN_ANY_MORE).about(number=number)]
    if deed in ("refuse", "withdraw"):
        return [(OFFER_OPEN if state == Asking.OFFERED else NOT_OPEN_ANY_MORE).about(number=number)]
    return [(NOT_WAITING if deed == "offer" else NO_OFFER).about(number=number)]


def to_the_end(declined: int, declines: int) -> bool:
    """Tell whether the application goes to the end of its class now, with so many offers declined."""
    return declines > 0 and declined > 0 and declined % declines == 0


# Documents

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
MAGIC = ((b"%PDF-", PDF), (b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG))
LARGEST = 10 * 1024 * 1024
MOST_PAPERS = 10
PAPER_EMPTY = Objection("housing.paper_empty", N_("Choose a file; this one is empty."), "file")
PAPER_LARGE = Objection("housing.paper_large", N_("A document has at most %(most)s MB."), "file")
PAPER_KIND = Objection(
    "housing.paper_kind", N_("A document is a PDF, a JPEG or a PNG; this file is none of them, whatever its name."), "file"
)
PAPER_TITLE = Objection("housing.paper_title", N_("Say what the document is."), "title")
PAPERS_MANY = Objection("housing.papers_many", N_("An application has at most %(most)s documents."), "file")


def media_type(content: bytes) -> str:
    """Return what a file is by its first bytes; empty for anything that is not taken."""
    return next((kind for magic, kind in MAGIC if content.startswith(magic)), "")


def paper_against(title: str, content: bytes, there: int) -> list[Objection]:
    """Return what is against adding a document to an application that has so many."""
    objections = [] if title.strip() else [PAPER_TITLE]
    if there >= MOST_PAPERS:
        objections.append(PAPERS_MANY.about(most=MOST_PAPERS))
    if not content:
        return [*objections, PAPER_EMPTY]
    if len(content) > LARGEST:
        return [*objections, PAPER_LARGE.about(most=LARGEST // 1024 // 1024)]
    return objections if media_type(content) else [*objections, PAPER_KIND]


# Who is next


@dataclass(frozen=True, slots=True)
class InLine:
    """An application that waits. last_at: when it was put to the end of its class. drawn_at, lot: of its class's lottery."""

    number: str
    class_code: str
    points: int
    waiting_at: datetime
    last_at: datetime | None = None
    drawn_at: datetime | None = None
    lot: str = ""


_EARLY, _LATE = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def place_key(one: InLine, order: str) -> tuple[Any, ...]:
    """Return what an application's place in its class depends on: on itself alone, so that nobody who joins changes the order of others.

    Whoever was put to the end stands behind all others. Then by points (the most first) and time; by time; or by the lottery: an earlier
    drawing first, by lot, and who joined after the drawing last. The number settles what is equal.
    """
    last = (one.last_at is not None, one.last_at or _EARLY)
    since = (one.waiting_at, one.number)
    if order == "points":
        return (*last, -one.points, *since)
    if order == "lottery":
        return (*last, one.drawn_at or _LATE, one.lot, *since)
    return (*last, *since)


def in_order(waiting: Iterable[InLine], giving: Giving) -> list[InLine]:
    """Return who waits in the order in which homes are offered: by rank of the class, then by place in it."""
    classes = {one.code: one for one in giving.classes}

    def key(one: InLine) -> tuple[Any, ...]:
        found = classes.get(one.class_code)
        return (found is None, found.rank if found else 0, one.class_code, *place_key(one, found.order if found else "time"))

    return sorted(waiting, key=key)


@dataclass(frozen=True, slots=True)
class OfferedHome:
    """A home that can be given from a day on. people: how many it is for. area: None when it is not measured."""

    code: str
    kind: str
    from_on: date
    people: int
    area: Area | None = None


OTHER_KIND = Objection("housing.other_kind", N_("%(number)s asks for a home of the other kind: a flat is no bed."), "application")
TOO_SMALL = Objection("housing.too_small", N_("%(number)s asks for at least %(least)s; %(home)s has %(area)s."), "application")
NOT_MEASURED = Objection("housing.not_measured", N_("%(number)s asks for at least %(least)s; %(home)s is not measured."), "application")
TOO_FULL = Objection("housing.too_full", N_("%(number)s is for %(people)s people; %(home)s is for %(most)s at most."), "application")
NOT_YET = Objection("housing.not_yet", N_("%(number)s asks for a home from %(from_on)s on, not from %(on)s."), "application")


def fit_against(number: str, wish: Wish, home: OfferedHome) -> list[Objection]:
    """Return why a home is not what an application asks for."""
    about = {"number": number, "home": home.code}
    objections = [OTHER_KIND.about(**about)] if wish.kind != home.kind else []
    if wish.people > home.people:
        objections.append(TOO_FULL.about(**about, people=wish.people, most=home.people))
    if wish.least is not None and home.area is None:
        objections.append(NOT_MEASURED.about(**about, least=wish.least))
    elif wish.least is not None and home.area is not None and home.area < wish.least:
        objections.append(TOO_SMALL.about(**about, least=wish.least, area=home.area))
    if wish.from_on > home.from_on:
        objections.append(NOT_YET.about(**about, from_on=wish.from_on, on=home.from_on))
    return objections


# Offers

BY_THE_BED = Objection("housing.by_the_bed", N_("%(home)s is given out bed by bed; offer one of its beds."), "space")
NOT_READY = Objection(
    "housing.not_ready",
    N_("%(home)s was vacated on %(on)s, and nobody has called it ready yet; look at it and call it ready first."),
    "space",
)
OFFERED_NOW = Objection("housing.offered_now", N_("%(home)s is offered to somebody else (%(document)s) until %(until)s."), "space")
OFFER_PAST = Objection("housing.offer_past", N_("A home is not offered from a day that is over."), "starts_on")
OTHER_CURRENCY = Objection("housing.other_currency", N_("Rents are in the park's currency, %(currency)s."), "rent")
NOT_NEXT = Objection(
    "housing.not_next", N_("%(before)s comes before and asks for such a home; say why %(number)s gets it first."), "reason"
)
OFFER_OVER = Objection("housing.offer_over", N_("The offer of %(home)s ended on %(until)s."))


def offer_until(now: datetime, days: int) -> datetime:
    """Return when an offer made now ends."""
    return now + timedelta(days=days)


# Lotteries

CLASS_NOT_DRAWN = Objection("housing.class_not_drawn", N_("The class %(code)s is not ordered by a lottery."), "class_code")
CLOSES_PAST = Objection("housing.closes_past", N_("A lottery closes at a time to come."), "closes_at")
LOTTERY_RUNS = Objection("housing.lottery_runs", N_("The lottery %(number)s of this class is not drawn yet."), "class_code")
DRAW_EARLY = Objection("housing.draw_early", N_("The lottery closes at %(closes_at)s; it is drawn after that."))
DRAWN = Objection(
    "housing.drawn", N_("%(number)s was drawn at %(drawn_at)s. It is drawn once: its order stands, and its seed is published.")
)
OTHER_SEED = Objection(
    "housing.other_seed",
    N_("This is another seed: its SHA-256 is %(found)s, but %(published)s was published before."),
    "seed",
)


def sha256(text: str) -> str:
    """Return SHA-256 of a text in ASCII, as hexadecimal digits."""
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def lot(seed: str, number: str) -> str:
    """Return an application's lot: SHA-256(seed ‖ number) as hexadecimal digits; both in ASCII."""
    return sha256(seed + number)


def drawn(seed: str, numbers: Collection[str]) -> list[tuple[str, str]]:
    """Return (number, lot) of each application in the order drawn: by lot."""
    return sorted(((number, lot(seed, number)) for number in set(numbers)), key=lambda pair: (pair[1], pair[0]))


def seed_against(seed: str, published: str) -> list[Objection]:
    """Return what is against drawing with this seed."""
    found = sha256(seed) if seed.isascii() else "—"
    return [] if found == published else [OTHER_SEED.about(found=found, published=published)]


# What of a published file fails, when anybody runs it again

FILE_SHAPE = Objection("housing.file_shape", N_("The file is no lottery of a park: %(what)s is missing or not what it should be."))
FILE_NOT_DRAWN = Objection(
    "housing.file_not_drawn", N_("The lottery %(number)s is not drawn yet: its file has no seed, and no order to verify.")
)
FILE_SEED = Objection("housing.file_seed", N_("Another seed: the SHA-256 of the seed is %(found)s; published before was %(published)s."))
FILE_BEFORE = Objection("housing.file_before", N_("%(what)s is %(found)s; in the file published before it was %(published)s."))
FILE_MISSING = Objection("housing.file_missing", N_("%(number)s took part and is missing in the order."))
FILE_EXTRA = Objection("housing.file_extra", N_("%(number)s stands in the order and did not take part."))
FILE_TWICE = Objection("housing.file_twice", N_("%(number)s stands more than once."))
FILE_LOT = Objection("housing.file_lot", N_("The lot of %(number)s is %(found)s; SHA-256 of seed and number is %(lot)s."))
FILE_ORDER = Objection("housing.file_order", N_("The order is changed: at place %(place)s stands %(found)s; by the lots it is %(number)s."))


def _misshapen(file: Mapping[str, Any]) -> str:
    """Return the first part of a published file that is not as it must be; empty when all is."""
    for name in ("lottery", "class", "seed_sha256", "closes_at"):
        if not isinstance(file.get(name), str) or not file[name].isascii():
            return name
    if file.get("seed") is None:
        return ""
    if not isinstance(file["seed"], str) or not file["seed"].isascii():
        return "seed"
    took_part, order = file.get("applications"), file.get("order")
    if not isinstance(took_part, list) or not all(isinstance(one, str) and one.isascii() for one in took_part):
        return "applications"
    whole = isinstance(order, list) and all(
        isinstance(one, dict) and all(isinstance(one.get(part), str) and one[part].isascii() for part in ("application", "lot"))
        for one in order
    )
    return "" if whole else "order"


def verify(file: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> list[Objection]:
    """Return everything that is wrong with a published lottery; empty when anybody would have drawn the same.

    before: the file as it was published before the drawing, where somebody kept it.
    """
    for one in (file, before):
        wrong = _misshapen(one) if one is not None else ""
        if wrong:
            return [FILE_SHAPE.about(what=wrong)]
    if file.get("seed") is None:
        return [FILE_NOT_DRAWN.about(number=file["lottery"])]
    objections = [
        FILE_BEFORE.about(what=name, found=file[name], published=before[name])
        for name in ("lottery", "class", "seed_sha256", "closes_at")
        if before is not None and file[name] != before[name]
    ]
    found = sha256(file["seed"])
    if found != file["seed_sha256"]:
        objections.append(FILE_SEED.about(found=found, published=file["seed_sha256"]))
    return objections + _order_against(file["seed"], file["applications"], [(one["application"], one["lot"]) for one in file["order"]])


def _order_against(seed: str, took_part: Sequence[str], order: Sequence[tuple[str, str]]) -> list[Objection]:
    standing = [number for number, _ in order]
    objections = [FILE_MISSING.about(number=number) for number in sorted(set(took_part) - set(standing))]
    objections += [FILE_EXTRA.about(number=number) for number in sorted(set(standing) - set(took_part))]
    twice = {number for numbers in (took_part, standing) for number, times in Counter(numbers).items() if times > 1}
    objections += [FILE_TWICE.about(number=number) for number in sorted(twice)]
    objections += [FILE_LOT.about(number=number, found=has, lot=lot(seed, number)) for number, has in order if has != lot(seed, number)]
    if not objections:
        right = [number for number, _ in drawn(seed, standing)]
        changed = next((place for place, pair in enumerate(zip(standing, right, strict=True)) if pair[0] != pair[1]), None)
        if changed is not None:
            objections.append(FILE_ORDER.about(place=changed + 1, found=standing[changed], number=right[changed]))
    return objections


# Figures


def median(days: Sequence[int]) -> int | None:
    """Return the median, the lower of two in the middle; None of nothing."""
    return sorted(days)[(len(days) - 1) // 2] if days else None
