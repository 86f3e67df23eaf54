"""When a space may be booked, by whom, and what it costs. Pure: no database, no clock, no web."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from parkmgr.calendars.rules import Week, is_open, next_open, week_text
from parkmgr.errors import N_, Objection
from parkmgr.labs.rules import ALONE, NEEDS_CLOSED, NEEDS_CLOSED_ON, NO_BENCH, OTHER_ORGANISATION, SAME_PERSON, Bench, Worker
from parkmgr.labs.rules import objections as lab_objections
from parkmgr.policy import Role
from parkmgr.values import FOREVER, Money, Names, Span, day_of, midnight


class State(StrEnum):
    """How far a booking is."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    CHECKED_IN = "checked_in"
    COMPLETED = "completed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    EXPIRED = "expired"


DESK_OF_KIND: Mapping[str, str] = {"laboratory": "lab", "instrument": "lab", "bench": "lab", "sports": "sports", "clinic": "hospital"}
"""Whose desk decides bookings of a kind of space, beside the administrators."""
DESK_OF_ROLE: Mapping[Role, str] = {Role.LAB_MANAGER: "lab", Role.SPORTS_DESK: "sports", Role.HOSPITAL_DESK: "hospital"}
LIVE = frozenset({State.REQUESTED, State.CONFIRMED, State.CHECKED_IN})
"""Something may still come of it."""
COUNTED = frozenset({State.REQUESTED, State.CONFIRMED, State.CHECKED_IN, State.COMPLETED, State.NO_SHOW})
"""It counts against quotas."""


class Answer(StrEnum):
    """What the rules say to somebody who asks."""

    INSTANT = "instant"
    APPROVAL = "approval"
    CLOSED = "closed"


class PriceClass(StrEnum):
    """What an organisation is to the park, as prices see it: a member of the Association, a tenant, or neither."""

    MEMBER = "member"
    TENANT = "tenant"
    OUTSIDE = "outside"


MAKE_LATEST = 366
"""Dates of one deed at most."""
EARLY_CHECK_IN = timedelta(minutes=15)
UNDO = timedelta(seconds=10)
OFFER = timedelta(hours=2)
"""An offer to somebody who waits stands so long, at most until the start."""

_ADMINISTRATOR = Role.ADMINISTRATOR.value
IN_PAST = Objection("bookings.in_past", N_("%(starts_at)s is past."), "starts_at")
BACKWARDS = Objection("bookings.backwards", N_("It must end after it starts."), "ends_at")
NOT_BOOKABLE = Objection("bookings.not_bookable", N_("%(space)s cannot be booked by the hour."), "space")
GONE = Objection("bookings.gone", N_("%(space)s is not in use then."), "space")
NOT_FOR_YOU = Objection(
    "bookings.not_for_you", N_("%(space)s is closed for bookings of your organisation."), "space", waiver=_ADMINISTRATOR
)
CLOSED_THEN = Objection(
    "bookings.closed_then", N_("%(space)s can be booked %(hours)s; the day is %(day)s."), "starts_at", waiver=_ADMINISTRATOR
)
HOLIDAY = Objection("bookings.holiday", N_("%(day)s is a holiday, and %(space)s is closed then."), "starts_at", waiver=_ADMINISTRATOR)
TOO_SHORT = Objection("bookings.too_short", N_("The shortest booking of %(space)s is %(least)s minutes."), "ends_at", waiver=_ADMINISTRATOR)
TOO_LONG = Objection("bookings.too_long", N_("The longest booking of %(space)s is %(most)s minutes."), "ends_at", waiver=_ADMINISTRATOR)
OFF_STEP = Objection(
    "bookings.off_step", N_("Bookings of %(space)s begin and end on steps of %(step)s minutes."), "starts_at", waiver=_ADMINISTRATOR
)
TOO_SOON = Objection(
    "bookings.too_soon",
    N_("%(space)s must be booked at least %(lead)s minutes before; the earliest start is now %(earliest)s."),
    "starts_at",
    waiver=_ADMINISTRATOR,
)
TOO_FAR = Objection(
    "bookings.too_far",
    N_("%(space)s can be booked at most %(days)s days ahead; today the last day is %(last)s."),
    "starts_at",
    waiver=_ADMINISTRATOR,
)
TOO_MANY_PEOPLE = Objection(
    "bookings.too_many_people", N_("%(space)s has %(seats)s seats, not %(people)s."), "people", waiver=_ADMINISTRATOR
)
TAKEN = Objection("occupancy.taken", N_("%(space)s is taken from %(starts_at)s to %(ends_at)s."), "starts_at")
TAKEN_BY = Objection(
    "occupancy.taken", N_("%(space)s is taken from %(starts_at)s to %(ends_at)s by %(holder)s (%(document)s)."), "starts_at"
)
TAKEN_ON = Objection("occupancy.taken", N_("%(space)s is taken from %(starts_at)s on, without an end."), "starts_at")
_QUOTA = {
    ("organisation", "hours"): N_("Your organisation may book %(most)s hours of %(space)s per %(per)s; with this it would be %(would)s."),
    ("organisation", "count"): N_(
        "Your organisation may make %(most)s bookings of %(space)s per %(per)s; with this it would be %(would)s."
    ),
    ("person", "hours"): N_("You may book %(most)s hours of %(space)s per %(per)s; with this it would be %(would)s."),
    ("person", "count"): N_("You may make %(most)s bookings of %(space)s per %(per)s; with this it would be %(would)s."),
}
_QUOTA_OPEN = {
    ("organisation", "hours"): N_("Your organisation may have %(most)s hours of %(space)s booked ahead; with this it would be %(would)s."),
    ("organisation", "count"): N_("Your organisation may have %(most)s bookings of %(space)s ahead; with this it would be %(would)s."),
    ("person", "hours"): N_("You may have %(most)s hours of %(space)s booked ahead; with this it would be %(would)s."),
    ("person", "count"): N_("You may have %(most)s bookings of %(space)s ahead; with this it would be %(would)s."),
}
PER = {
    "day": Objection("bookings.per", N_("day")),
    "week": Objection("bookings.per", N_("week")),
    "month": Objection("bookings.per", N_("month")),
}
NOTHING_ASKED = Objection("bookings.nothing_asked", N_("No date is left to be booked."), "starts_at")
TOO_MANY_DATES = Objection("bookings.too_many_dates", N_("At most %(most)s dates can be booked at once; this would be %(dates)s."), "rrule")
ON_DATE = Objection("bookings.on_date", N_("%(date)s: %(objection)s"), "dates")

STATES = {
    State.REQUESTED: Objection("bookings.state", N_("waiting for a decision")),
    State.CONFIRMED: Objection("bookings.state", N_("confirmed")),
    State.CHECKED_IN: Objection("bookings.state", N_("checked in")),
    State.COMPLETED: Objection("bookings.state", N_("completed")),
    State.REJECTED: Objection("bookings.state", N_("rejected")),
    State.CANCELLED: Objection("bookings.state", N_("cancelled")),
    State.NO_SHOW: Objection("bookings.state", N_("released, because nobody came")),
    State.EXPIRED: Objection("bookings.state", N_("expired without a decision")),
}
NOT_NOW = Objection("bookings.not_now", N_("%(number)s is %(state)s; this cannot be done with it now."))
FOUR_EYES = Objection("bookings.four_eyes", N_("You asked for %(number)s yourself; somebody else must approve it."))
NEEDS_REASON = Objection("bookings.needs_reason", N_("Say why; the other side reads it."), "reason")
NOT_YET = Objection("bookings.not_yet", N_("Check-in opens at %(opens_at)s."))
TOO_LATE = Objection(
    "bookings.too_late", N_("%(number)s could be cancelled or moved until %(until)s; now only an administrator can."), waiver=_ADMINISTRATOR
)
NOT_STARTED = Objection("bookings.not_started", N_("%(number)s has not begun; cancel it instead."))
OVER = Objection("bookings.over", N_("%(number)s was over at %(ends_at)s."))
NEEDS_APPROVAL = Objection(
    "bookings.needs_approval",
    N_("Bookings of %(space)s are approved by an administrator: ask for more time by changing %(number)s before it begins."),
    "ends_at",
    waiver=_ADMINISTRATOR,
)
NO_LONGER = Objection("bookings.no_longer", N_("It must end later than now, at %(ends_at)s."), "ends_at")
UNDO_OVER = Objection("bookings.undo_over", N_("This can be undone for ten seconds only."))
OFFER_OVER = Objection("bookings.offer_over", N_("This offer has ended."))
NO_SUCH_SPACE = Objection("bookings.no_such_space", N_("There is no space of the code %(code)s here."), "space")
NOT_A_COLLEAGUE = Objection("bookings.not_a_colleague", N_("Nobody of your organisation has this address."), "email")
FREE_NOW = Objection("bookings.free_now", N_("%(space)s is free then: book it."))
OTHER_DESK = Objection("bookings.other_desk", N_("%(space)s is not given out at your desk."), "space")
CANNOT_WAIVE = Objection("bookings.cannot_waive", N_("Only an administrator may waive the park's rules."))


AT_CHECK_IN = frozenset({"labs.no_permit", "labs.permit_ends", "labs.permit_unused"})
"""Objections to a session that are looked at again when somebody comes: permits may have been withdrawn since."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks: the organisation that will hold the space, and what the asking person is here."""

    organisation: str
    kind: str
    price_class: PriceClass = PriceClass.OUTSIDE
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Access:
    """One line of who may book how. who: organisation (a code), class, kind or role."""

    who: str
    name: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Quota:
    """At most so much. whom: organisation | person. per: day | week | month | open. measure: hours | count."""

    whom: str
    per: str
    measure: str
    most: int


@dataclass(frozen=True, slots=True)
class Conditions:
    """The rules of a space as values. prices: by class, "" for the others; None where it costs nothing."""

    week: Week
    open_on_holidays: bool = False
    answer: Answer = Answer.INSTANT
    access: tuple[Access, ...] = ()
    least: timedelta = timedelta(minutes=15)
    most: timedelta = timedelta(hours=8)
    step: timedelta = timedelta(minutes=15)
    lead: timedelta = timedelta()
    ahead: timedelta = timedelta(days=365)
    turnaround: timedelta = timedelta()
    quotas: tuple[Quota, ...] = ()
    prices: Mapping[str, Money] | None = None
    request_holds: bool = True
    decide_within: timedelta = timedelta(hours=48)
    four_eyes: bool = False
    release: timedelta | None = None
    alone: Week | None = None
    cancel_before: timedelta = timedelta()
    rules_id: int = 0

    def answer_to(self, who: Who) -> Answer:
        """Return what they say to somebody: the line that names the organisation counts before its class, its kind and the role."""
        line = self.line_for(who)
        return self.answer if line is None else line.answer

    def line_for(self, who: Who) -> Access | None:
        """Return the line that counts for somebody; None where the answer to everybody does."""
        said = {"organisation": {who.organisation}, "class": {who.price_class.value}, "kind": {who.kind}, "role": set(who.roles)}
        for rank in ("organisation", "class", "kind", "role"):
            for line in self.access:
                if line.who == rank and line.name in said[rank]:
                    return line
        return None

    def per_hour(self, price_class: PriceClass) -> Money | None:
        """Return the price of an hour; None where it costs nothing."""
        prices = self.prices or {}
        price = prices.get(price_class.value, prices.get(""))
        return price if price is not None and price.minor else None

    def held(self, span: Span) -> Span:
        """Return what is held for a booking: the turnaround is inside."""
        return Span(span.starts_at, span.ends_at + self.turnaround)


@dataclass(frozen=True, slots=True)
class Taken:
    """The space, or a part of it, is held. holder None and document empty: the reader may not know."""

    span: Span
    holder: Names | None = None
    document: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Used:
    """Another booking under the same rules. person: it is the asking person's own."""

    span: Span
    person: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What the park knows of one space that bears on a request.

    conditions None: it cannot be booked. weekday_of: the working calendar (None: closed). used: the organisation's, under the same rules.
    """

    space: str
    zone: ZoneInfo
    weekday_of: Callable[[date], int | None]
    conditions: Conditions | None
    who: Who
    capacity: int | None = None
    exists_from: date = date.min
    exists_until: date = date.max
    """Exclusive."""
    held: tuple[Taken, ...] = ()
    used: tuple[Used, ...] = ()
    kind: str = ""
    bench: Bench = NO_BENCH
    worker: Worker | None = None
    buddy: Worker | None = None
    needs: tuple[tuple[str, Taken], ...] = ()
    """Closures of the spaces that it needs, each with the code of the space."""

    @property
    def desk(self) -> str:
        """Whose desk decides it, beside the administrators."""
        return DESK_OF_KIND.get(self.kind, "")

    def open_weekday(self, day: date) -> int | None:
        """Return the weekday whose hours apply on *day*; None when it is closed."""
        if self.conditions is not None and self.conditions.open_on_holidays:
            return day.isoweekday()
        return self.weekday_of(day)


def objections(span: Span, people: int, facts: Facts, now: datetime) -> list[Objection]:
    """Return every reason against booking the space for *span*; empty when it may be done.

    Source: house decision, docs/domain.md "Bookings".
    """
    against = [IN_PAST.about(starts_at=span.starts_at)] if span.starts_at < now else []
    first, last = day_of(span.starts_at, facts.zone), day_of(span.ends_at - timedelta(microseconds=1), facts.zone)
    if first < facts.exists_from or last >= facts.exists_until:
        against.append(GONE.about(space=facts.space))
    if facts.conditions is None:
        return [*against, NOT_BOOKABLE.about(space=facts.space)]
    if facts.conditions.answer_to(facts.who) is Answer.CLOSED:
        against.append(NOT_FOR_YOU.about(space=facts.space))
    against += _of_time(span, facts, facts.conditions, now)
    if facts.capacity is not None and people > facts.capacity:
        against.append(TOO_MANY_PEOPLE.about(space=facts.space, seats=facts.capacity, people=people))
    against += _of_quotas(span, facts, facts.conditions, now)
    return against + _of_work(span, facts, facts.conditions) + _taken(span, facts, facts.conditions)


def _of_work(span: Span, facts: Facts, conditions: Conditions) -> list[Objection]:
    """Return what stands against working there then: permits of both people, being alone, what the space needs."""
    day = day_of(span.starts_at, facts.zone)
    against = lab_objections(facts.space, day, facts.bench, facts.worker)
    alone = conditions.alone is None or is_open(conditions.alone, span, facts.zone, facts.weekday_of)
    if facts.buddy is not None:
        against += [objection.at("buddy") for objection in lab_objections(facts.space, day, facts.bench, facts.buddy)]
        if facts.worker is not None and facts.buddy.number == facts.worker.number:
            against.append(SAME_PERSON)
    elif not alone and conditions.alone is not None:
        against.append(ALONE.about(space=facts.space, hours=week_text(conditions.alone).replace("\n", "; ")))
    if facts.worker is not None and facts.worker.organisation != facts.who.organisation:
        against.append(OTHER_ORGANISATION.about(person=facts.worker.number, organisation=facts.who.organisation))
    for needed, taken in facts.needs:
        if taken.span.overlaps(span):
            said = NEEDS_CLOSED_ON if taken.span.ends_at >= FOREVER else NEEDS_CLOSED
            against.append(
                said.about(
                    space=facts.space,
                    needs=needed,
                    starts_at=taken.span.starts_at,
                    ends_at=taken.span.ends_at,
                    document=taken.document,
                )
            )
    return against


def _minutes(length: timedelta) -> int:
    return int(length // timedelta(minutes=1))


def _of_time(span: Span, facts: Facts, conditions: Conditions, now: datetime) -> list[Objection]:
    name = facts.space
    against = []
    if span.length < conditions.least:
        against.append(TOO_SHORT.about(space=name, least=_minutes(conditions.least)))
    if span.length > conditions.most:
        against.append(TOO_LONG.about(space=name, most=_minutes(conditions.most)))
    if not all(_on_step(instant, facts.zone, conditions.step) for instant in (span.starts_at, span.ends_at)):
        against.append(OFF_STEP.about(space=name, step=_minutes(conditions.step)))
    if conditions.lead and now <= span.starts_at < now + conditions.lead:
        against.append(TOO_SOON.about(space=name, lead=_minutes(conditions.lead), earliest=now + conditions.lead))
    last = day_of(now, facts.zone) + conditions.ahead
    if day_of(span.starts_at, facts.zone) > last:
        against.append(TOO_FAR.about(space=name, days=conditions.ahead.days, last=last))
    if span.length <= max(conditions.most, timedelta(days=31)) and not is_open(conditions.week, span, facts.zone, facts.open_weekday):
        against.append(_closed(span, facts, conditions))
    return against


def _closed(span: Span, facts: Facts, conditions: Conditions) -> Objection:
    day = day_of(span.starts_at, facts.zone)
    if facts.open_weekday(day) is None:
        return HOLIDAY.about(space=facts.space, day=day)
    return CLOSED_THEN.about(space=facts.space, hours=week_text(conditions.week).replace("\n", "; "), day=day)


def _on_step(instant: datetime, zone: ZoneInfo, step: timedelta) -> bool:
    local = instant.astimezone(zone)
    since_midnight = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return not step or not since_midnight % step


def _taken(span: Span, facts: Facts, conditions: Conditions) -> list[Objection]:
    wanted = conditions.held(span)
    return [_taken_by(taken, facts.space) for taken in facts.held if taken.span.overlaps(wanted)][:3]


def _taken_by(taken: Taken, space: str) -> Objection:
    if taken.span.ends_at.year == 9999:
        return TAKEN_ON.about(space=space, starts_at=taken.span.starts_at)
    about: dict[str, object] = {"space": space, "starts_at": taken.span.starts_at, "ends_at": taken.span.ends_at}
    return TAKEN_BY.about(**about, holder=taken.holder, document=taken.document) if taken.holder else TAKEN.about(**about)


def period(per: str, day: date) -> tuple[date, date]:
    """Return the first day of the day, week or month that *day* lies in, and the first day after it."""
    if per == "day":
        return day, day + timedelta(days=1)
    if per == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def _of_quotas(span: Span, facts: Facts, conditions: Conditions, now: datetime) -> list[Objection]:
    against = []
    for quota in conditions.quotas:
        counted = [used.span for used in facts.used if quota.whom == "organisation" or used.person]
        if quota.per == "open":
            counted = [used for used in counted if used.ends_at > now]
        else:
            first, after = period(quota.per, day_of(span.starts_at, facts.zone))
            bounds = Span(midnight(first, facts.zone), midnight(after, facts.zone))
            counted = [used for used in counted if bounds.holds(used.starts_at)]
        would = _measured([*counted, span], quota.measure)
        if would > quota.most:
            against.append(_over(quota, facts.space, would))
    return against


def _measured(spans: Sequence[Span], measure: str) -> Fraction:
    if measure == "count":
        return Fraction(len(spans))
    return sum((Fraction(span.length // timedelta(minutes=1), 60) for span in spans), Fraction())


def _over(quota: Quota, space: str, would: Fraction) -> Objection:
    sentence = (_QUOTA_OPEN if quota.per == "open" else _QUOTA)[quota.whom, quota.measure]
    shown = str(would.numerator) if would.denominator == 1 else f"{float(would):.2f}"
    facts: dict[str, object] = {"space": space, "most": quota.most, "would": shown}
    if quota.per != "open":
        facts["per"] = PER[quota.per]
    return Objection("bookings.quota", sentence, "starts_at", waiver=_ADMINISTRATOR).about(**facts)


def next_fit(length: timedelta, facts: Facts, after: datetime, now: datetime, *, until: datetime) -> datetime | None:
    """Return the earliest start from *after* on from which the space is open and free for *length*; None when none is before *until*."""
    conditions = facts.conditions
    if conditions is None:
        return None
    at: datetime | None = max(after, now + conditions.lead)
    step = _minutes(conditions.step)
    held = sorted(taken.span for taken in facts.held)
    while at is not None and at < until:
        at = next_open(conditions.week, length, at, facts.zone, facts.open_weekday, step_minutes=step, until=until)
        if at is None:
            return None
        wanted = conditions.held(Span(at, at + length))
        in_the_way = [span.ends_at for span in held if span.overlaps(wanted)]
        if not in_the_way:
            return at
        at = max(in_the_way)
    return None


def fee(per_hour: Money | None, span: Span) -> Money | None:
    """Return the price of *span*, pro rata to the second, half-even to the smallest coin; None where it costs nothing."""
    return None if per_hour is None else per_hour.times(Fraction(span.length // timedelta(seconds=1), 3600))


def unwaived(against: Iterable[Objection], waived: frozenset[str]) -> list[Objection]:
    """Return the objections that stand: what nobody may waive stands whatever is waived."""
    return [objection for objection in against if not (objection.waiver and objection.code in waived)]


def with_taken(facts: Facts, spans: Iterable[Span], *, person: bool = True) -> Facts:
    """Return the facts as they are once *spans* are booked too: the dates of one request bear on each other."""
    own = tuple(spans)
    conditions = facts.conditions
    if conditions is None:
        return facts
    return replace(
        facts,
        held=facts.held + tuple(Taken(conditions.held(span)) for span in own),
        used=facts.used + tuple(Used(span, person) for span in own),
    )


# What may be done with a booking

_ALLOWED: Mapping[str, frozenset[State]] = {
    "approve": frozenset({State.REQUESTED}),
    "reject": frozenset({State.REQUESTED}),
    "ask": frozenset({State.REQUESTED}),
    "reply": frozenset({State.REQUESTED}),
    "check_in": frozenset({State.CONFIRMED}),
    "release": frozenset({State.CONFIRMED}),
    "end": frozenset({State.CONFIRMED, State.CHECKED_IN}),
    "extend": frozenset({State.CONFIRMED, State.CHECKED_IN}),
    "change": frozenset({State.REQUESTED, State.CONFIRMED}),
    "cancel": frozenset({State.REQUESTED, State.CONFIRMED}),
    "transfer": LIVE,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What bears on a deed about one booking."""

    number: str
    state: State
    span: Span
    conditions: Conditions | None

    @property
    def cancel_until(self) -> datetime:
        """Until when the booker may cancel or move it alone."""
        return self.span.starts_at - (self.conditions.cancel_before if self.conditions else timedelta())

    @property
    def release_at(self) -> datetime | None:
        """When it is released unless somebody checks in; None when nobody need to."""
        after = self.conditions.release if self.conditions else None
        return None if after is None else min(self.span.starts_at + after, self.span.ends_at)


def possible(deed: str, state: str) -> bool:
    """Tell whether *deed* can be done to a booking in *state*, as far as the state says."""
    return State(state) in _ALLOWED[deed]


def deeds(standing: Standing, now: datetime, *, decides: bool, asked: bool) -> list[str]:
    """Return what can be done with a booking now, what is nearest first. decides: an administrator looks. asked: a question waits."""
    begun, ended = now > standing.span.starts_at, now >= standing.span.ends_at
    fits = {
        "approve": not ended,
        "reply": asked,
        "check_in": not early(standing, now) and not ended,
        "end": begun,
        "extend": not ended,
        "change": not late(standing, now, decides=decides),
        "cancel": not late(standing, now, decides=decides),
    }
    return [deed for deed in _ALLOWED if deed != "release" and possible(deed, standing.state) and fits.get(deed, True)]


def not_now(deed: str, standing: Standing) -> list[Objection]:
    """Return what the booking's state has against the deed."""
    return [] if possible(deed, standing.state) else [NOT_NOW.about(number=standing.number, state=STATES[standing.state])]


def late(standing: Standing, now: datetime, *, decides: bool) -> list[Objection]:
    """Return what is against cancelling or moving it now; a request can be taken back at any time. decides: an administrator does it."""
    if decides or now <= standing.cancel_until or standing.state is State.REQUESTED:
        return []
    return [TOO_LATE.about(number=standing.number, until=standing.cancel_until)]


def over(standing: Standing, now: datetime) -> list[Objection]:
    """Return what is against a deed with what is over, whether or not anybody has noted that yet."""
    return [OVER.about(number=standing.number, ends_at=standing.span.ends_at)] if now >= standing.span.ends_at else []


def of_longer(against: Iterable[Objection], span: Span, facts: Facts) -> list[Objection]:
    """Return those objections to *span* that speak against a later end: its start was looked at when it was booked."""
    step = facts.conditions.step if facts.conditions else timedelta()
    of_start = {IN_PAST.code, TOO_SOON.code, TOO_FAR.code}
    if _on_step(span.ends_at, facts.zone, step):
        of_start.add(OFF_STEP.code)
    return [objection.at("ends_at") for objection in against if objection.code not in of_start]


def early(standing: Standing, now: datetime) -> list[Objection]:
    """Return what is against checking in now."""
    opens_at = standing.span.starts_at - EARLY_CHECK_IN
    return [NOT_YET.about(opens_at=opens_at)] if now < opens_at else []


def decide_by(conditions: Conditions, span: Span, now: datetime) -> datetime:
    """Return when an undecided request expires: after so many hours, at its start at the latest."""
    return max(now, min(now + conditions.decide_within, span.starts_at))
