"""Who gets which home, and what may be done with a residency. Pure: no database, no clock, no web."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from parkmgr.errors import N_, Objection
from parkmgr.policy import Role
from parkmgr.values import Money, Term, coins, rounded


class Asking(StrEnum):
    """How far an application is. Once its home is accepted, its residency says the rest."""

    SUBMITTED = "submitted"
    WAITING = "waiting"
    OFFERED = "offered"
    HOUSED = "housed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class State(StrEnum):
    """How far a residency is."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    RESIDENT = "resident"
    NOTICE = "notice"
    LEFT = "left"
    DECLINED = "declined"
    EXPIRED = "expired"


LIVE = frozenset({State.OFFERED, State.ACCEPTED, State.RESIDENT, State.NOTICE})
"""It holds its home."""


class Home(StrEnum):
    """What a flat or bed is on a day."""

    READY = "ready"
    OFFERED = "offered"
    OCCUPIED = "occupied"
    NOTICE = "notice"
    VACATED = "vacated"
    WORKS = "works"
    LET = "let"
    """An employer has it by a lease; who lives there is the employer's matter."""
    PARTLY = "partly"
    """Some of its beds are occupied, and some are not."""


FLAT, BED = "flat", "bed"
DAY = timedelta(days=1)
SOON = timedelta(days=60)
"""How long before its end the resident is told."""

# What a home is on a day


@dataclass(frozen=True, slots=True)
class Standing:
    """What bears on the state of a home on a day.

    hold: the kind of document that holds it then; residency: that document's state, where it is a residency; notice_on: when notice was
    given, if it was; coming: a residency that begins later is offered or agreed; vacated: left, and not seen since.
    """

    hold: str = ""
    residency: str = ""
    notice_on: date | None = None
    coming: bool = False
    vacated: bool = False


def home_state(standing: Standing, day: date) -> Home:
    """Return what a flat or a bed without parts is on the day.

    Works come before everything: nobody can be given a home in which there are works.
    """
    if standing.hold == "closure":
        return Home.WORKS
    if standing.hold == "residency":
        if standing.residency in (State.OFFERED, State.ACCEPTED):
            return Home.OFFERED
        given = standing.notice_on is not None and standing.notice_on <= day
        return Home.NOTICE if given else Home.OCCUPIED
    if standing.hold:
        return Home.LET
    if standing.vacated:
        return Home.VACATED
    return Home.OFFERED if standing.coming else Home.READY


def shared_state(beds: Collection[Home]) -> Home:
    """Return what a flat of beds is: what all its beds are, else partly taken."""
    different = set(beds)
    return different.pop() if len(different) == 1 else Home.PARTLY


TAKEN_HOMES = frozenset({Home.OCCUPIED, Home.NOTICE, Home.LET})
"""Somebody lives there, or an employer has it."""


def void_days(period: Term, *, there: Iterable[Term], taken: Iterable[Term], works: Iterable[Term]) -> int:
    """Return on how many days of the period a home existed, nobody had it, and there were no works.

    period: with an end. Days on which it is offered are void too: nobody lives there yet, unless a residency holds it.
    """
    if period.ends_on is None:
        raise ValueError("void days are counted over a period with an end")
    free: list[tuple[date, date]] = [one for one in (_within(term, period) for term in there) if one is not None]
    for term in (*taken, *works):
        cut = _within(term, period)
        if cut is not None:
            free = [piece for one in free for piece in _without(one, cut)]
    total, counted = 0, date.min  # the last day that was counted: a home that is named twice is there once
    for first, last in sorted(free):
        begins = max(first, counted + DAY)
        if begins <= last:
            total += (last - begins).days + 1
            counted = last
    return total


def _within(term: Term, period: Term) -> tuple[date, date] | None:
    first = max(term.starts_on, period.starts_on)
    ends = [one for one in (term.ends_on, period.ends_on) if one is not None]
    last = min(ends)
    return (first, last) if first <= last else None


def _without(piece: tuple[date, date], cut: tuple[date, date]) -> Iterator[tuple[date, date]]:
    first, last = piece
    if cut[1] < first or cut[0] > last:
        yield piece
        return
    if first < cut[0]:
        yield (first, cut[0] - DAY)
    if cut[1] < last:
        yield (cut[1] + DAY, last)


def turnaround(vacated_on: date, moved_on: date) -> int:
    """Return how many days a home stood empty between two residents. vacated_on: the first day without the one before."""
    return (moved_on - vacated_on).days


# What is agreed


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a contract about a home says. rent: a month's. notice_days: how long before leaving notice is given."""

    term: Term
    rent: Money
    staff: bool = False
    deposit: Money | None = None
    notice_days: int = 30
    people: int = 1


@dataclass(frozen=True, slots=True)
class InTheWay:
    """Somebody has the home, or a part of it. kind: of the hold. ends_on: None without an end. by: empty when the reader may not know."""

    kind: str
    starts_on: date
    ends_on: date | None
    by: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The person has another home."""

    document: str
    space: str
    term: Term


@dataclass(frozen=True, slots=True)
class Place:
    """What the park knows of a home that is asked for. flat: of a bed, the flat that it stands in.

    there: on which days it exists as a home for letting. beds: for so many people; None: not said. in_the_way: in the term asked.
    """

    space: str
    kind: str
    there: tuple[Term, ...]
    flat: str = ""
    beds: int | None = None
    limit: int = 6
    in_the_way: tuple[InTheWay, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()


NOT_A_HOME = Objection("housing.not_a_home", N_("%(space)s is not a flat or a bed for letting during the whole of this time."), "space")
LET_UNTIL = Objection("housing.let", N_("%(space)s is let from %(starts_on)s to %(ends_on)s; it is free from %(free_on)s."), "space")
LET_ON = Objection("housing.let", N_("%(space)s is let from %(starts_on)s on, without an end."), "space")
LET_UNTIL_BY = Objection(
    "housing.let", N_("%(space)s is let from %(starts_on)s to %(ends_on)s by %(document)s (%(by)s); it is free from %(free_on)s."), "space"
)
LET_ON_BY = Objection("housing.let", N_("%(space)s is let from %(starts_on)s on, without an end, by %(document)s (%(by)s)."), "space")
BED_LET_UNTIL = Objection(
    "housing.bed_let",
    N_("%(space)s is a bed in the flat %(flat)s, which is let from %(starts_on)s to %(ends_on)s; the bed is free from %(free_on)s."),
    "space",
)
BED_LET_ON = Objection(
    "housing.bed_let", N_("%(space)s is a bed in the flat %(flat)s, which is let from %(starts_on)s on, without an end."), "space"
)
BED_LET_UNTIL_BY = Objection(
    "housing.bed_let",
    N_(
        "%(space)s is a bed in the flat %(flat)s, which is let from %(starts_on)s to %(ends_on)s by %(document)s (%(by)s); "
        "the bed is free from %(free_on)s."
    ),
    "space",
)
BED_LET_ON_BY = Objection(
    "housing.bed_let",
    N_("%(space)s is a bed in the flat %(flat)s, which is let from %(starts_on)s on, without an end, by %(document)s (%(by)s)."),
    "space",
)
WORKS_UNTIL = Objection(
    "housing.works", N_("%(space)s is closed for works from %(starts_on)s to %(ends_on)s; it is free from %(free_on)s."), "space"
)
WORKS_ON = Objection("housing.works", N_("%(space)s is closed for works from %(starts_on)s on, without an end."), "space")
HOME_UNTIL = Objection(
    "housing.taken", N_("%(space)s is somebody's home from %(starts_on)s to %(ends_on)s; it is free from %(free_on)s."), "space"
)
HOME_ON = Objection("housing.taken", N_("%(space)s is somebody's home from %(starts_on)s on, without an end."), "space")
HOME_UNTIL_BY = Objection(
    "housing.taken",
    N_("%(space)s is somebody's home from %(starts_on)s to %(ends_on)s (%(document)s, %(by)s); it is free from %(free_on)s."),
    "space",
)
HOME_ON_BY = Objection(
    "housing.taken", N_("%(space)s is somebody's home from %(starts_on)s on, without an end (%(document)s, %(by)s)."), "space"
)
BOOKED = Objection("housing.booked", N_("%(space)s is booked from %(starts_on)s to %(ends_on)s; it is free from %(free_on)s."), "space")
TWO_HOMES = Objection(
    "housing.two_homes", N_("%(person)s has the home %(space)s from %(starts_on)s to %(ends_on)s by %(document)s already."), "person"
)
TWO_HOMES_ON = Objection(
    "housing.two_homes", N_("%(person)s has the home %(space)s from %(starts_on)s on by %(document)s already."), "person"
)
TOO_MANY_PEOPLE = Objection(
    "housing.too_many_people", N_("%(people)s people are too many for %(space)s: it is for at most %(most)s."), "people"
)
NOBODY = Objection("housing.nobody", N_("At least one person lives there."), "people")
BACKWARDS = Objection("housing.backwards", N_("The last day must not be before the first."), "ends_on")
NO_RENT = Objection("housing.negative", N_("The rent must not be negative."), "rent")
NO_DEPOSIT = Objection("housing.negative", N_("The deposit must not be negative."), "deposit")
CURRENCIES = Objection(
    "housing.currencies", N_("The rent is in %(rent)s, the deposit in %(deposit)s: both must be in one currency."), "deposit"
)
OTHER_CURRENCY = Objection(
    "housing.other_currency", N_("The rent of %(document)s is agreed in %(agreed)s; it cannot become one in %(given)s."), "rent"
)
NOTICE_LENGTH = Objection("housing.notice_length", N_("The notice is from 0 to 366 days."), "notice_days")

_FREE = {
    # kind of hold: (until, on, until by, on by)
    "lease": (LET_UNTIL, LET_ON, LET_UNTIL_BY, LET_ON_BY),
    "closure": (WORKS_UNTIL, WORKS_ON, WORKS_UNTIL, WORKS_ON),
    "residency": (HOME_UNTIL, HOME_ON, HOME_UNTIL_BY, HOME_ON_BY),
    "booking": (BOOKED, BOOKED, BOOKED, BOOKED),
    "session": (BOOKED, BOOKED, BOOKED, BOOKED),
}
_BED_LET = (BED_LET_UNTIL, BED_LET_ON, BED_LET_UNTIL_BY, BED_LET_ON_BY)


def in_the_way(place: Place, one: InTheWay) -> Objection:
    """Return the sentence that says by what a home is taken, from when to when; by whom only where it is given."""
    bed_let = bool(place.flat) and one.kind == "lease"
    sentences = _BED_LET if bed_let else _FREE[one.kind]
    sentence = sentences[(one.ends_on is None) + 2 * bool(one.by)]
    facts: dict[str, object] = {
        "space": place.space,
        "flat": place.flat,
        "starts_on": one.starts_on,
        "by": one.by,
        "document": one.document,
    }
    if one.ends_on is not None:
        facts |= {"ends_on": one.ends_on, "free_on": one.ends_on + DAY}
    return sentence.about(**facts)


def most_people(place: Place) -> int:
    """Return for how many people a home is: a bed for one; a flat for its beds where they are known, else for the park's limit."""
    return 1 if place.kind == BED else place.beds or place.limit


def agreed_against(agreed: Agreed) -> list[Objection]:
    """Return what in a contract contradicts itself."""
    objections = [] if agreed.rent.minor >= 0 else [NO_RENT]
    if agreed.deposit is not None and agreed.deposit.minor < 0:
        objections.append(NO_DEPOSIT)
    if agreed.deposit is not None and agreed.deposit.currency != agreed.rent.currency:
        objections.append(CURRENCIES.about(rent=agreed.rent.currency, deposit=agreed.deposit.currency))
    if not 0 <= agreed.notice_days <= 366:
        objections.append(NOTICE_LENGTH)
    return objections


def settling_against(term: Term, people: int, place: Place, person: str) -> list[Objection]:
    """Return every reason against giving a home to a person for the term, with so many people."""
    objections = [] if _lies_in(term, place.there) else [NOT_A_HOME.about(space=place.space)]
    objections += [in_the_way(place, one) for one in place.in_the_way]
    for other in place.elsewhere:
        facts = {"person": person, "space": other.space, "document": other.document, "starts_on": other.term.starts_on}
        objections.append(
            TWO_HOMES_ON.about(**facts) if other.term.ends_on is None else TWO_HOMES.about(ends_on=other.term.ends_on, **facts)
        )
    if people < 1:
        objections.append(NOBODY)
    elif people > most_people(place):
        objections.append(TOO_MANY_PEOPLE.about(people=people, space=place.space, most=most_people(place)))
    return objections


def _lies_in(term: Term, there: Sequence[Term]) -> bool:
    return any(
        one.starts_on <= term.starts_on and (one.ends_on is None or (term.ends_on is not None and term.ends_on <= one.ends_on))
        for one in there
    )


# What may be done with a residency


@dataclass(frozen=True, slots=True)
class Facts:
    """How a residency stands. term: as agreed now. seen: nobody has to look at the home first."""

    number: str
    state: str
    space: str
    term: Term
    today: date
    notice_days: int = 30
    currency: str = "CNY"
    moved_on: date | None = None
    notice_on: date | None = None
    seen: bool = True


IS_OFFERED = Objection("housing.state", N_("%(document)s is only offered so far; it must be accepted first."))
NOT_MOVED_IN = Objection("housing.state", N_("Nobody has moved in under %(document)s yet."))
MOVED_IN = Objection("housing.state", N_("Somebody has moved in under %(document)s already."))
NOTICE_IS_GIVEN = Objection("housing.state", N_("Notice of %(document)s was given on %(on)s already."))
IS_OVER = Objection("housing.state", N_("%(document)s is over."))
TO_COME = Objection("housing.to_come", N_("%(on)s is still to come: note it on its day."), "on")
BEFORE_START = Objection("housing.before_start", N_("%(document)s begins on %(starts_on)s: nobody moves in before."), "on")
AFTER_END = Objection("housing.after_end", N_("%(document)s ends on %(ends_on)s. Extend it first, or give a day up to then."), "on")
NOT_SEEN = Objection(
    "housing.not_ready", N_("%(space)s was vacated, and nobody has seen it since: it is made ready first."), "on", waiver="administrator"
)
OUT_BEFORE_IN = Objection("housing.out_before_in", N_("The check-out on %(on)s is before the check-in on %(moved_on)s."), "on")
NO_NOTICE = Objection(
    "housing.no_notice",
    N_("%(document)s goes on to %(ends_on)s and no notice was given. Give notice first; it is %(notice_days)s days long."),
    "on",
    waiver="administrator",
)
NO_NOTICE_ON = Objection(
    "housing.no_notice",
    N_("%(document)s has no end and no notice was given. Give notice first; it is %(notice_days)s days long."),
    "on",
    waiver="administrator",
)
SHORT_NOTICE = Objection(
    "housing.short_notice",
    N_("Notice is given %(notice_days)s days before: given on %(given_on)s, the last day is not before %(earliest)s."),
    "leaves_on",
    waiver="administrator",
)
NOTICE_BACKWARDS = Objection("housing.notice_backwards", N_("The last day must not be before the day of the notice."), "leaves_on")
NOTICE_BEYOND = Objection(
    "housing.notice_beyond", N_("%(document)s ends on %(ends_on)s anyway: no notice is needed for a later day."), "leaves_on"
)
NOTICE_BEFORE_START = Objection("housing.notice_before_start", N_("The last day must not be before the first, %(starts_on)s."), "leaves_on")
NOT_LATER = Objection("housing.not_later", N_("%(document)s runs to %(ends_on)s: the new last day must be later."), "ends_on")
ENDLESS = Objection("housing.endless", N_("%(document)s has no end, and needs no extension."), "ends_on")
UNDER_NOTICE = Objection("housing.under_notice", N_("Notice of %(document)s was given; the resident leaves on %(ends_on)s."), "ends_on")
SAME_HOME = Objection("housing.same_home", N_("%(space)s is the home that they have now."), "space")
TRANSFER_START = Objection(
    "housing.transfer_start", N_("The day must be after %(starts_on)s, the first day of %(document)s, and at most %(last)s."), "on"
)
SAME_RESIDENCY = Objection("housing.same_residency", N_("A swap is between two different residencies."), "other")


def _living(facts: Facts) -> list[Objection]:
    """Return what is against a deed that asks for somebody who lives there."""
    if facts.state in (State.RESIDENT, State.NOTICE):
        return []
    if facts.state == State.OFFERED:
        return [IS_OFFERED.about(document=facts.number)]
    return [(NOT_MOVED_IN if facts.state == State.ACCEPTED else IS_OVER).about(document=facts.number)]


def moving_in_against(facts: Facts, on: date) -> list[Objection]:
    """Return every reason against moving in on the day."""
    objections: list[Objection] = []
    if facts.state == State.OFFERED:
        objections.append(IS_OFFERED.about(document=facts.number))
    elif facts.state != State.ACCEPTED:
        objections.append((MOVED_IN if facts.state in LIVE else IS_OVER).about(document=facts.number))
    if on < facts.term.starts_on:
        objections.append(BEFORE_START.about(document=facts.number, starts_on=facts.term.starts_on))
    if facts.term.ends_on is not None and on > facts.term.ends_on:
        objections.append(AFTER_END.about(document=facts.number, ends_on=facts.term.ends_on))
    if on > facts.today:
        objections.append(TO_COME.about(on=on))
    if not facts.seen:
        objections.append(NOT_SEEN.about(space=facts.space))
    return objections


def notice_against(facts: Facts, given_on: date, leaves_on: date) -> list[Objection]:
    """Return every reason against the notice."""
    objections = _living(facts)
    if facts.state == State.NOTICE:
        objections.append(NOTICE_IS_GIVEN.about(document=facts.number, on=facts.notice_on or given_on))
    if given_on > facts.today:
        objections.append(TO_COME.about(on=given_on).at("given_on"))
    if leaves_on < given_on:
        objections.append(NOTICE_BACKWARDS)
    elif leaves_on < facts.term.starts_on:
        objections.append(NOTICE_BEFORE_START.about(starts_on=facts.term.starts_on))
    elif facts.term.ends_on is not None and leaves_on > facts.term.ends_on:
        objections.append(NOTICE_BEYOND.about(document=facts.number, ends_on=facts.term.ends_on))
    elif leaves_on != facts.term.ends_on and leaves_on < given_on + timedelta(days=facts.notice_days):
        earliest = given_on + timedelta(days=facts.notice_days)
        objections.append(SHORT_NOTICE.about(notice_days=facts.notice_days, given_on=given_on, earliest=earliest))
    return objections


def extending_against(facts: Facts, ends_on: date, rent: Money | None) -> list[Objection]:
    """Return every reason against a later last day, but for who else has the home then."""
    objections: list[Objection] = []
    if facts.state == State.NOTICE:
        objections.append(UNDER_NOTICE.about(document=facts.number, ends_on=facts.term.ends_on or ends_on))
    elif facts.state not in (State.ACCEPTED, State.RESIDENT):
        objections.append((IS_OFFERED if facts.state == State.OFFERED else IS_OVER).about(document=facts.number))
    if facts.term.ends_on is None:
        objections.append(ENDLESS.about(document=facts.number))
    elif ends_on <= facts.term.ends_on:
        objections.append(NOT_LATER.about(document=facts.number, ends_on=facts.term.ends_on))
    return objections + rent_against(facts, rent)


def rent_against(facts: Facts, rent: Money | None) -> list[Objection]:
    """Return what is against a rent in place of the one that is agreed."""
    if rent is None:
        return []
    objections = [] if rent.minor >= 0 else [NO_RENT]
    if rent.currency != facts.currency:
        objections.append(OTHER_CURRENCY.about(document=facts.number, agreed=facts.currency, given=rent.currency))
    return objections


def moving_against(facts: Facts, on: date) -> list[Objection]:
    """Return every reason against leaving this home for another one on the day, by a transfer or a swap."""
    objections = _living(facts)
    last = facts.today if facts.term.ends_on is None else min(facts.today, facts.term.ends_on)
    if not max(facts.term.starts_on, facts.moved_on or facts.term.starts_on) < on <= last:
        first = max(facts.term.starts_on, facts.moved_on or facts.term.starts_on)
        objections.append(TRANSFER_START.about(document=facts.number, starts_on=first, last=last))
    return objections


def leaving_against(facts: Facts, on: date) -> list[Objection]:
    """Return every reason against leaving on the day, which is the last one of the residency."""
    objections = _living(facts)
    if on > facts.today:
        objections.append(TO_COME.about(on=on))
    moved_on = facts.moved_on or facts.term.starts_on
    if on < moved_on:
        objections.append(OUT_BEFORE_IN.about(on=on, moved_on=moved_on))
    ends_on = facts.term.ends_on
    if ends_on is not None and on > ends_on:
        objections.append(AFTER_END.about(document=facts.number, ends_on=ends_on))
    elif facts.state == State.RESIDENT and ends_on is None:
        objections.append(NO_NOTICE_ON.about(document=facts.number, notice_days=facts.notice_days))
    elif facts.state == State.RESIDENT and ends_on is not None and on < ends_on:
        objections.append(NO_NOTICE.about(document=facts.number, ends_on=ends_on, notice_days=facts.notice_days))
    return objections


def calling_off_against(number: str, state: str) -> list[Objection]:
    """Return what is against calling off a contract before anybody moves in."""
    if state == State.ACCEPTED:
        return []
    return [(IS_OFFERED if state == State.OFFERED else MOVED_IN if state in LIVE else IS_OVER).about(document=number)]


def rest_of(term: Term, on: date) -> Term:
    """Return the days of the term from a day on; the day alone when there are none."""
    return Term(on, None if term.ends_on is None else max(on, term.ends_on))


READY_ALREADY = Objection("housing.ready_already", N_("%(space)s is ready since %(on)s."))
READY_BEFORE = Objection("housing.ready_before", N_("%(space)s was vacated on %(vacated_on)s: it is not ready before."), "on")


def ready_against(space: str, vacated_on: date, ready_on: date | None, on: date, today: date, works: Sequence[InTheWay]) -> list[Objection]:
    """Return what is against calling a vacated home ready on the day. works: those of the day."""
    objections = [] if ready_on is None else [READY_ALREADY.about(space=space, on=ready_on)]
    if on < vacated_on:
        objections.append(READY_BEFORE.about(space=space, vacated_on=vacated_on))
    if on > today:
        objections.append(TO_COME.about(on=on))
    return objections + [in_the_way(Place(space, FLAT, ()), one).at("on") for one in works]


def raised(rent: Money, percent: Decimal) -> Money:
    """Return the rent so many per cent higher (or lower), half to even to the whole unit of its currency."""
    whole = 10 ** coins(rent.currency)
    return Money(rounded(Fraction(rent.minor) * (1 + Fraction(percent) / 100) / whole) * whole, rent.currency)


def waived(objections: Sequence[Objection], reason: str, role: Role | None) -> list[Objection]:
    """Return the objections that stand: those that the role may waive fall away when a reason is given."""
    if not reason.strip() or role is None:
        return list(objections)
    return [one for one in objections if one.waiver != role]
