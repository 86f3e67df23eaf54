"""What the hospital and the sports centre offer when, and who gets which hours of a season. Pure: no database, no clock, no web."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from parkmgr.calendars.rules import DAY, Week, WeekdayOf, open_spans
from parkmgr.errors import N_, Objection
from parkmgr.values import Money, Span

KEPT = timedelta(days=90)
"""Who came to an appointment is erased so long after it."""
CLASSES = ("resident", "member", "tenant", "outside")
"""Classes of price at the desk."""
SHORTEST, LONGEST = 5, 480
"""Minutes of an appointment."""
STEP = 15
"""Wishes begin and end on steps of so many minutes."""
MOST_WISHES = 50
NEAR = 180
"""How many minutes earlier or later a refused wish is looked for."""

NO_HOURS = Objection("amenities.no_hours", N_("Say when it is open, one line for each kind of day."), "week")
BAD_SLOT = Objection("amenities.bad_slot", N_("It lasts from %(least)s to %(most)s minutes."), "slot_minutes")
NO_PLACES = Objection("amenities.no_places", N_("There must be at least one place; leave it empty where nobody counts."), "places")
NO_ROOMS = Objection("amenities.no_rooms", N_("Appointments are in rooms: name at least one."), "rooms")
NO_SUCH_ROOM = Objection("amenities.no_such_room", N_("There is no space of the code %(code)s here."), "rooms")
NOT_A_CLINIC = Objection(
    "amenities.not_a_clinic", N_("%(space)s is no clinic room, and the hospital's desk does not give it out."), "rooms"
)
NOT_A_COURT = Objection(
    "amenities.not_a_court", N_("%(space)s is no court or hall of the sports centre, and its desk does not give it out."), "rooms"
)
OTHER_CURRENCY = Objection("amenities.other_currency", N_("Prices are in the park's currency, %(currency)s."), "prices")
BAD_CLASS = Objection("amenities.bad_class", N_("There is no class of price %(name)s."), "class_")
DESK_STAYS = Objection("amenities.desk_stays", N_("A service stays with its desk; add another one for the other desk."), "desk")

INACTIVE = Objection("amenities.inactive", N_("%(service)s is not offered any more."), "service")
SLOT_PAST = Objection("amenities.slot_past", N_("The slot at %(at)s is over."), "at")
SHUT_DAY = Objection("amenities.shut_day", N_("%(service)s is closed on %(day)s."), "at")
NO_SLOT = Objection(
    "amenities.no_slot",
    N_("%(service)s has no slot that begins at %(at)s: a slot is %(minutes)s minutes long, and the hours are %(hours)s."),
    "at",
)
OTHER_ROOM = Objection("amenities.other_room", N_("%(space)s is no room of %(service)s."), "room")
ROOM_CLOSED = Objection("amenities.room_closed", N_("%(space)s is closed from %(starts_at)s to %(ends_at)s (%(document)s)."), "room")
ROOM_CLOSED_ON = Objection("amenities.room_closed", N_("%(space)s is closed from %(starts_at)s on (%(document)s)."), "room")
ROOM_TAKEN = Objection("amenities.room_taken", N_("%(space)s is taken from %(starts_at)s to %(ends_at)s."), "room")
ROOM_GONE = Objection("amenities.room_gone", N_("%(space)s is not in use on %(day)s."), "room")
NO_ROOM = Objection("amenities.no_room", N_("No room of %(service)s is free at %(at)s."), "room")
SLOTS_FULL = Objection("amenities.slots_full", N_("%(service)s receives %(places)s at once, and so many come at %(at)s."), "at")
WHO = Objection("amenities.who", N_("Say who comes: a resident number or a name."), "who")
NO_SUCH_PERSON = Objection("amenities.no_such_person", N_("Nobody has the resident number %(number)s."), "who")
WHICH_SLOT = Objection("amenities.which_slot", N_("Choose a free slot on the page of the desk."))
NOT_NOW = Objection("amenities.not_now", N_("%(number)s is over or cancelled; this cannot be done with it."))
NOT_BEGUN = Objection("amenities.not_begun", N_("%(number)s begins at %(starts_at)s; only then can somebody have missed it."))
CAME = Objection("amenities.came", N_("Somebody has arrived for %(number)s already."))

NEEDS_PLAN = Objection("amenities.needs_plan", N_("Say what the membership is called: Year, Ten visits."), "plan")
BACKWARDS = Objection("amenities.backwards", N_("It must end after it begins."), "ends_on")
NO_VISITS = Objection(
    "amenities.no_visits", N_("There must be at least one visit in it; leave it empty for as many as they like."), "visits"
)
PERSON_OF_OTHER = Objection("amenities.person_of_other", N_("%(number)s belongs to another organisation."), "person")
OVERLAPS = Objection(
    "amenities.overlaps", N_("%(person)s has the membership %(number)s from %(starts_on)s to %(ends_on)s already."), "starts_on"
)
ENDED = Objection("amenities.ended", N_("The membership %(number)s ended on %(ends_on)s."), "membership")
NOT_YET = Objection("amenities.not_yet", N_("The membership %(number)s begins on %(starts_on)s."), "membership")
USED_UP = Objection("amenities.used_up", N_("The membership %(number)s has %(left)s visits left, and %(people)s came."), "membership")
NO_SUCH_MEMBERSHIP = Objection("amenities.no_such_membership", N_("There is no membership of the number %(number)s."), "membership")
END_OUTSIDE = Objection("amenities.end_outside", N_("It can end from %(starts_on)s to %(ends_on)s."), "on")
CARD_OR_CLASS = Objection(
    "amenities.card_or_class", N_("Give a membership's number, or choose a class of price for who comes without one."), "membership"
)
NOBODY = Objection("amenities.nobody_came", N_("At least one person came."), "people")
SHUT_NOW = Objection("amenities.shut_now", N_("%(service)s is closed now; it is open %(hours)s."), "service")
FULL = Objection(
    "amenities.full", N_("%(service)s has %(places)s places; %(there)s are there now, so that %(people)s more cannot come in."), "people"
)
CANCELLED = Objection("amenities.cancelled", N_("This visit is taken back already."))

SEASON_BACKWARDS = Objection("amenities.season_backwards", N_("A season ends after it begins."), "ends_on")
SEASON_LONG = Objection("amenities.season_long", N_("A season is at most a year long."), "ends_on")
ASK_PAST = Objection("amenities.ask_past", N_("Clubs must be able to ask: the last day is not past."), "ask_until")
ASK_LATE = Objection("amenities.ask_late", N_("Clubs ask until a day before the season begins."), "ask_until")
NO_COURTS = Objection("amenities.no_courts", N_("Name at least one court."), "courts")
SEASON_CLOSED = Objection("amenities.season_closed", N_("The hours of %(season)s are given out, or it was cancelled."))
ASKED_LATE = Objection("amenities.asked_late", N_("Clubs could ask for hours of %(season)s until %(until)s."))
STILL_ASKED = Objection("amenities.still_asked", N_("Clubs may ask until %(until)s; the hours are given out after that day."))
NOBODY_ASKED = Objection("amenities.nobody_asked", N_("No club has asked for an hour of %(season)s."))
NOT_OF_SEASON = Objection("amenities.not_of_season", N_("%(space)s is not given out in %(season)s."), "court")
BAD_WEEKDAY = Objection("amenities.bad_weekday", N_("Choose a day of the week."), "weekday")
OFF_STEP = Objection("amenities.off_step", N_("Hours begin and end on steps of %(step)s minutes, within one day."), "at")
TOO_LONG = Objection("amenities.too_long", N_("A weekly hour lasts from %(least)s minutes to %(most)s minutes."), "minutes")
TOO_MANY_PEOPLE = Objection("amenities.too_many_people", N_("%(space)s has room for %(seats)s, not %(people)s."), "people")
NONE_SEATS = Objection("amenities.none_seats", N_("No court of the season has room for %(people)s."), "people")
TOO_MANY_WISHES = Objection("amenities.too_many_wishes", N_("A club asks for at most %(most)s weekly hours of a season."))
RANK_TAKEN = Objection("amenities.rank_taken", N_("You have a wish of the rank %(rank)s already."), "rank")
NO_SUCH_WEEKDAY = Objection("amenities.no_such_weekday", N_("The season has no such day of the week."), "weekday")
OUTCOME_CHANGED = Objection("amenities.outcome_changed", N_("Something has changed since you looked; look at the outcome again."))

WHY = {
    "shut": Objection("amenities.why", N_("%(court)s is closed then, first on %(on)s")),
    "closed": Objection("amenities.why", N_("%(court)s has a closure then, first on %(on)s")),
    "taken": Objection("amenities.why", N_("%(court)s is taken then, first on %(on)s")),
    "small": Objection("amenities.why", N_("%(court)s is too small")),
    "given": Objection("amenities.why", N_("%(court)s was given to %(to)s")),
    "never": Objection("amenities.why", N_("%(court)s has no open day of this kind in the season")),
}
"""Why a wish does not fit into a court."""

PERSON_NUMBER = re.compile(r"P-[0-9]{4}-[0-9]{4,}", re.IGNORECASE)


# Services


def weekday_hours(weekday_of: WeekdayOf, *, open_on_holidays: bool) -> WeekdayOf:
    """Return which weekday's hours apply on a day, for a service that is open on holidays or not."""
    return (lambda day: day.isoweekday()) if open_on_holidays else weekday_of


def slots(week: Week, minutes: int, day: date, zone: ZoneInfo, weekday_of: WeekdayOf) -> list[Span]:
    """Return the slots of a civil day: each open stretch is cut from its beginning; what is left at its end is no slot."""
    found: list[Span] = []
    length = timedelta(minutes=minutes)
    for open_ in open_spans(week, day, zone, as_weekday=weekday_of(day)):
        at = open_.starts_at
        while at + length <= open_.ends_at:
            found.append(Span(at, at + length))
            at += length
    return found


@dataclass(frozen=True, slots=True)
class Offer:
    """What a service offers. prices: by class, "" for the others; a visit."""

    desk: str
    week: str
    slot_minutes: int = 30
    places: int | None = None
    prices: Mapping[str, Money] = field(default_factory=dict)
    open_on_holidays: bool = False
    active: bool = True


def offer_against(offer: Offer, currency: str, *, rooms: int) -> list[Objection]:
    """Return what is against such a service; its hours are read elsewhere."""
    against = [] if offer.week.strip() else [NO_HOURS]
    if not SHORTEST <= offer.slot_minutes <= LONGEST:
        against.append(BAD_SLOT.about(least=SHORTEST, most=LONGEST))
    if offer.places is not None and offer.places < 1:
        against.append(NO_PLACES)
    if offer.desk == "hospital" and not rooms:
        against.append(NO_ROOMS)
    against += [BAD_CLASS.about(name=name).at("prices") for name in offer.prices if name not in (*CLASSES, "")]
    if any(price.currency != currency for price in offer.prices.values()):
        against.append(OTHER_CURRENCY.about(currency=currency))
    return against


def price(prices: Mapping[str, Money], class_: str, people: int) -> Money | None:
    """Return what so many people of a class pay; None where it costs nothing."""
    each = prices.get(class_, prices.get(""))
    return each.times(people) if each is not None and each.minor else None


# Memberships and visits


@dataclass(frozen=True, slots=True)
class Card:
    """A membership as a visit sees it. left: visits; None: as many as they like."""

    number: str
    starts_on: date
    ends_on: date
    """The last day, also when it was ended early."""
    left: int | None


def card_against(card: Card, people: int, today: date) -> list[Objection]:
    """Return what is against coming in with the membership."""
    against = []
    if today < card.starts_on:
        against.append(NOT_YET.about(number=card.number, starts_on=card.starts_on))
    if today > card.ends_on:
        against.append(ENDED.about(number=card.number, ends_on=card.ends_on))
    if card.left is not None and people > card.left:
        against.append(USED_UP.about(number=card.number, left=max(0, card.left), people=people))
    return against


def visit_against(service: str, people: int, *, hours: str, is_open: bool, active: bool, places: int | None, there: int) -> list[Objection]:
    """Return what is against so many people coming in now."""
    against = [] if people > 0 else [NOBODY]
    if not active:
        against.append(INACTIVE.about(service=service))
    elif not is_open:
        against.append(SHUT_NOW.about(service=service, hours=hours))
    if places is not None and there + people > places:
        against.append(FULL.about(service=service, places=places, there=there, people=people))
    return against


# Seasons


@dataclass(frozen=True, slots=True)
class Blocked:
    """A court cannot be had on a weekday from a minute of the day to another. on: the first such day. why: a key of WHY."""

    weekday: int
    first: int
    last: int
    why: str
    on: str


@dataclass(frozen=True, slots=True)
class Court:
    """A court of a season. units: what it shares with others (a hall and its halves). weekdays: on which it is ever open."""

    code: str
    seats: int | None
    units: frozenset[int]
    turnaround: int = 0
    blocked: tuple[Blocked, ...] = ()
    weekdays: frozenset[int] = frozenset(range(1, 8))


@dataclass(frozen=True, slots=True)
class Hour:
    """A wish: the rank of an organisation's, a weekday and minutes of the day. court: empty for any that has room."""

    organisation: str
    rank: int
    weekday: int
    first: int
    minutes: int
    court: str = ""
    people: int = 1

    @property
    def last(self) -> int:
        """The minute of the day at which it ends."""
        return self.first + self.minutes


@dataclass(frozen=True, slots=True)
class Given:
    """An hour that was given, with its court."""

    hour: Hour
    court: Court

    @property
    def until(self) -> int:
        """The minute of the day from which the court can be had again."""
        return self.hour.last + self.court.turnaround


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an hour does not fit into a court. why: a key of WHY. on: a day. to: whom it was given to."""

    court: str
    why: str
    on: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One decision. given, asked: the organisation's minutes so far, and of all its wishes. ties: with how many it was drawn.

    court: empty when the wish is refused; then reasons say why not, court by court, and near what would have been free.
    """

    organisation: str
    rank: int
    given: int
    asked: int
    ties: int
    court: str = ""
    reasons: tuple[Reason, ...] = ()
    near: tuple[str, int] | None = None


def draw(seed: str, organisation: str) -> str:
    """Return what settles between organisations that are equal: the smaller goes first."""
    return hashlib.sha256(f"{seed}{organisation}".encode()).hexdigest()


def published(seed: str) -> str:
    """Return what is published of a seed when the season opens."""
    return hashlib.sha256(seed.encode()).hexdigest()


def _court_order(court: Court) -> tuple[bool, int, str]:
    return court.seats is None, court.seats or 0, court.code


def against_court(hour: Hour, court: Court, given: Iterable[Given]) -> Reason | None:
    """Return why the hour does not fit into the court on every open day of the season; None when it does."""
    if court.seats is not None and hour.people > court.seats:
        return Reason(court.code, "small")
    if hour.weekday not in court.weekdays:
        return Reason(court.code, "never")
    until = hour.last + court.turnaround
    for block in court.blocked:
        ends = hour.last if block.why == "shut" else until
        if block.weekday == hour.weekday and block.first < ends and hour.first < block.last:
            return Reason(court.code, block.why, block.on)
    for one in given:
        if one.hour.weekday == hour.weekday and one.court.units & court.units and one.hour.first < until and hour.first < one.until:
            return Reason(court.code, "given", to=one.hour.organisation)
    return None


def _near(hour: Hour, courts: Sequence[Court], given: Sequence[Given]) -> tuple[str, int] | None:
    """Return the court and the minute, nearest to what was wished, that would have fitted on the same weekday; None where none is near.

    Any court of the season counts, the wished one first; of two as near the earlier one counts.
    """
    for away in range(0, NEAR + 1, STEP):
        for first in dict.fromkeys((hour.first - away, hour.first + away)):
            if first < 0 or first + hour.minutes > 1440:
                continue
            moved = Hour(hour.organisation, hour.rank, hour.weekday, first, hour.minutes, people=hour.people)
            for court in sorted(courts, key=lambda court: (court.code != hour.court, _court_order(court))):
                if against_court(moved, court, given) is None:
                    return court.code, first
    return None


def allocate(hours: Iterable[Hour], courts: Iterable[Court], seed: str) -> list[Step]:
    """Return who gets which hours of a season, decision by decision.

    Next is the organisation with the smallest share of what it asked for (minutes given / minutes asked); among equal ones that with the
    smallest SHA-256 of the seed and its code. It gets the best of its wishes that still fits, in the named court or in the smallest one
    with room; better ones that do not fit are refused on the way, for what is given is not taken back.

    Source: house decision, docs/domain.md "Seasons".
    """
    listed = sorted(courts, key=_court_order)
    open_: dict[str, list[Hour]] = {}
    for hour in sorted(hours, key=lambda hour: (hour.organisation, hour.rank)):
        open_.setdefault(hour.organisation, []).append(hour)
    asked = {code: sum(hour.minutes for hour in wishes) for code, wishes in open_.items()}
    minutes = dict.fromkeys(open_, 0)
    drawn = {code: draw(seed, code) for code in open_}
    given: list[Given] = []
    steps: list[Step] = []
    while any(open_.values()):
        shares = {code: Fraction(minutes[code], asked[code]) for code, wishes in open_.items() if wishes}
        code = min(shares, key=lambda code: (shares[code], drawn[code]))
        ties = sum(share == shares[code] for share in shares.values()) - 1
        while open_[code]:
            hour = open_[code].pop(0)
            tried = [court for court in listed if not hour.court or court.code == hour.court]
            reasons = []
            for court in tried:
                reason = against_court(hour, court, given)
                if reason is None:
                    steps.append(Step(code, hour.rank, minutes[code], asked[code], ties, court.code))
                    given.append(Given(hour, court))
                    break
                reasons.append(reason)
            else:
                near = _near(hour, listed, given)
                steps.append(Step(code, hour.rank, minutes[code], asked[code], ties, reasons=tuple(reasons), near=near))
                continue
            minutes[code] += hour.minutes
            break
    return steps


# The document of an allocation: what everybody can run again


def document(hours: Iterable[Hour], courts: Iterable[Court], steps: Iterable[Step], closed_days: Iterable[date]) -> dict[str, Any]:
    """Return what bears on an allocation and what came out, as plain JSON values."""
    return {
        "closed_days": [day.isoformat() for day in sorted(closed_days)],
        "courts": [
            {
                "code": court.code,
                "seats": court.seats,
                "units": sorted(court.units),
                "turnaround": court.turnaround,
                "weekdays": sorted(court.weekdays),
                "blocked": [[block.weekday, block.first, block.last, block.why, block.on] for block in court.blocked],
            }
            for court in sorted(courts, key=lambda court: court.code)
        ],
        "wishes": [
            {
                "organisation": hour.organisation,
                "rank": hour.rank,
                "weekday": hour.weekday,
                "first": hour.first,
                "minutes": hour.minutes,
                "court": hour.court,
                "people": hour.people,
            }
            for hour in sorted(hours, key=lambda hour: (hour.organisation, hour.rank))
        ],
        "steps": [_plain(step) for step in steps],
    }


def _plain(step: Step) -> dict[str, Any]:
    return {
        "organisation": step.organisation,
        "rank": step.rank,
        "given": step.given,
        "asked": step.asked,
        "ties": step.ties,
        "court": step.court,
        "reasons": [{"court": reason.court, "why": reason.why, "on": reason.on, "to": reason.to} for reason in step.reasons],
        "near": list(step.near) if step.near else None,
    }


def of_document(kept: Mapping[str, Any]) -> tuple[list[Hour], list[Court]]:
    """Return the wishes and courts of an allocation's document."""
    hours = [Hour(**wish) for wish in kept["wishes"]]
    courts = [
        Court(
            court["code"],
            court["seats"],
            frozenset(court["units"]),
            court["turnaround"],
            tuple(Blocked(*block) for block in court["blocked"]),
            frozenset(court["weekdays"]),
        )
        for court in kept["courts"]
    ]
    return hours, courts


def run_again(kept: Mapping[str, Any], seed: str) -> bool:
    """Tell whether the same steps come out of an allocation's document, run again with the seed."""
    return bool([_plain(step) for step in allocate(*of_document(kept), seed)] == kept["steps"])


def dates(starts_on: date, ends_on: date, weekday: int) -> list[date]:
    """Return the days of a season that are of an ISO weekday."""
    first = starts_on + ((weekday - starts_on.isoweekday()) % 7) * DAY
    return [first + week * 7 * DAY for week in range(((ends_on - first).days // 7) + 1)] if first <= ends_on else []


def clock_time(minute: int) -> str:
    """Return a minute of the day as the clock shows it."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def minutes_of(span: Span, day: date, zone: ZoneInfo) -> tuple[int, int]:
    """Return from which minute to which of a civil day a span reaches, by the wall clock; it touches the day."""
    first, last = span.starts_at.astimezone(zone), span.ends_at.astimezone(zone)
    return (_minute(first) if first.date() == day else 0), (_minute(last, up=True) if last.date() == day else 1440)


def _minute(local: datetime, *, up: bool = False) -> int:
    return local.hour * 60 + local.minute + (1 if up and (local.second or local.microsecond) else 0)


def season_against(starts_on: date, ends_on: date, ask_until: date, today: date, *, courts: int) -> list[Objection]:
    """Return what is against such a season."""
    against = [] if ends_on > starts_on else [SEASON_BACKWARDS]
    if (ends_on - starts_on).days > 366:
        against.append(SEASON_LONG)
    if ask_until < today:
        against.append(ASK_PAST)
    if ask_until >= starts_on:
        against.append(ASK_LATE)
    return against if courts else [*against, NO_COURTS]


def wish_against(hour: Hour, seats: Mapping[str, int | None], season: str, days: int) -> list[Objection]:
    """Return what is against the wish itself. seats: of each court of the season. days: how many such weekdays the season has."""
    against = []
    if not 1 <= hour.weekday <= 7:
        against.append(BAD_WEEKDAY)
    elif not days:
        against.append(NO_SUCH_WEEKDAY)
    if hour.first % STEP or hour.minutes % STEP or not 0 <= hour.first < 1440 or hour.last > 1440:
        against.append(OFF_STEP.about(step=STEP))
    if not STEP <= hour.minutes <= LONGEST:
        against.append(TOO_LONG.about(least=STEP, most=LONGEST))
    if hour.people < 1:
        against.append(NOBODY)
    if hour.court and hour.court not in seats:
        against.append(NOT_OF_SEASON.about(space=hour.court, season=season))
    elif hour.court and (seats[hour.court] or hour.people) < hour.people:
        against.append(TOO_MANY_PEOPLE.about(space=hour.court, seats=seats[hour.court], people=hour.people))
    elif not hour.court and all(room is not None and room < hour.people for room in seats.values()):
        against.append(NONE_SEATS.about(people=hour.people))
    return against
