"""What a session costs, and what may be done with tariffs and statements. Pure: no database, no clock, no web."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from parkmgr.calendars.rules import Week, open_spans
from parkmgr.errors import N_, Objection
from parkmgr.values import Money, Span, day_of, rounded, totals


class Basis(StrEnum):
    """What is charged of a session: the time that was booked, that was used, or whichever of both costs more."""

    BOOKED = "booked"
    USED = "used"
    GREATER = "greater"


class StatementState(StrEnum):
    """How far a statement is."""

    OPEN = "open"
    VALIDATED = "validated"
    DISPUTED = "disputed"
    CLOSED = "closed"


class What(StrEnum):
    """What a line is for."""

    USE = "use"
    NO_SHOW = "no_show"
    OPERATOR = "operator"
    CONSUMABLE = "consumable"
    ADJUSTMENT = "adjustment"


MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
MOST_BLOCK, MOST_PERCENT = 24 * 60, 1000

BAD_BLOCK = Objection("charges.bad_block", N_("A block has from 1 to %(most)s minutes."), "block_minutes")
BAD_MINIMUM = Objection("charges.bad_minimum", N_("The minimum must be from 0 to %(most)s minutes."), "minimum_minutes")
BAD_PEAK = Objection("charges.bad_peak", N_("A peak hour costs from 0 to %(most)s per cent of the price."), "peak_percent")
BAD_NO_SHOW = Objection("charges.bad_no_show", N_("Who does not come pays from 0 to 100 per cent of the price."), "no_show_percent")
NO_PEAK = Objection(
    "charges.no_peak", N_("Say when the peak hours are; without them a peak price of %(percent)s per cent says nothing."), "peak_week"
)
KIND_OR_SPACE = Objection("charges.kind_or_space", N_("Choose a kind of space or one space, not both."), "space")
NO_SUCH_KIND = Objection("charges.no_such_kind", N_("Sessions are in laboratories, at instruments and at benches."), "kind")
NO_SUCH_CLASS = Objection("charges.no_such_class", N_("There is no price class %(name)s."), "prices")
FROM_CHARGED = Objection(
    "charges.from_charged",
    N_("The statements of %(month)s are validated already: a tariff can begin on %(first)s at the earliest."),
    "from_on",
)
NO_SESSION = Objection("charges.no_session", N_("%(number)s is no session in a laboratory."))
NOT_HELD = Objection("charges.not_held", N_("%(number)s did not take place: nothing can be added to it."))
NO_QUANTITY = Objection("charges.no_quantity", N_("Say how many minutes, or how many pieces."), "quantity")
NO_NAME = Objection("charges.no_name", N_("Say what was used up."), "name")
NO_AMOUNT = Objection("charges.no_amount", N_("Say what it costs."), "amount")
NO_OPERATOR_PRICE = Objection(
    "charges.no_operator_price", N_("The tariff has no price of an operator's hour for this organisation: say what it costs."), "amount"
)
EXTRA_CHARGED = Objection(
    "charges.extra_charged", N_("This is charged already in %(number)s; what was charged wrongly is mended by an adjustment.")
)
MONTH_TO_COME = Objection("charges.month_to_come", N_("%(month)s has not begun yet; there is nothing to charge."), "month")
MONTH_GOES_ON = Objection(
    "charges.month_goes_on", N_("%(number)s is of a month that is not over: until %(day)s more sessions may come into it.")
)
NOT_NOW = Objection("charges.not_now", N_("%(number)s is %(state)s; this cannot be done with it now."))
NEEDS_REASON = Objection("charges.needs_reason", N_("Say why; the other side reads it."), "reason")
SAY_HOW_SETTLED = Objection("charges.say_how_settled", N_("%(number)s is disputed: say how the dispute was settled."), "reason")
NOTHING = Objection("charges.nothing", N_("An adjustment of nothing changes nothing."), "amount")
OTHER_CURRENCY = Objection("charges.other_currency", N_("%(number)s is in %(currency)s; two currencies are never added."), "amount")
TOO_FINE = Objection("charges.too_fine", N_("This is finer than the smallest coin of %(currency)s."), "amount")
TOO_LONG = Objection("charges.too_long", N_("At most %(most)s characters."), "reason")

STATES = {
    StatementState.OPEN: Objection("charges.state", N_("open")),
    StatementState.VALIDATED: Objection("charges.state", N_("validated")),
    StatementState.DISPUTED: Objection("charges.state", N_("disputed")),
    StatementState.CLOSED: Objection("charges.state", N_("closed")),
}
NEXT: Mapping[str, frozenset[StatementState]] = {
    "validate": frozenset({StatementState.OPEN, StatementState.DISPUTED}),
    "dispute": frozenset({StatementState.OPEN, StatementState.VALIDATED}),
    "close": frozenset({StatementState.VALIDATED, StatementState.DISPUTED}),
}
"""Deed -> the states in which it can be done."""
SETTLED = frozenset({StatementState.VALIDATED, StatementState.CLOSED})
"""Nothing more comes into it."""
LAB_KINDS = ("laboratory", "instrument", "bench")
CLASSES = ("member", "tenant", "outside", "")
"""Price classes; the empty one is everybody else."""


# What a session costs


@dataclass(frozen=True, slots=True)
class Terms:
    """How sessions are charged. prices, operator: an hour by price class, "" for everybody else; without one the booking's own counts."""

    basis: Basis = Basis.BOOKED
    minimum_minutes: int = 0
    block_minutes: int = 1
    peak: Week = ()
    peak_percent: int = 100
    no_show_percent: int = 0
    prices: Mapping[str, Money] | None = None
    operator: Mapping[str, Money] | None = None

    def per_hour(self, price_class: str) -> Money | None:
        """Return the tariff's own price of an hour; None where the booking's counts."""
        return _of_class(self.prices, price_class)

    def per_operator_hour(self, price_class: str) -> Money | None:
        """Return the price of an operator's hour; None where there is none."""
        return _of_class(self.operator, price_class)


def _of_class(prices: Mapping[str, Money] | None, price_class: str) -> Money | None:
    found = prices or {}
    return found.get(price_class, found.get(""))


AS_BOOKED = Terms()
"""Where no tariff was set: what was booked, at the price that was agreed."""


@dataclass(frozen=True, slots=True)
class Session:
    """What took place. used_from, used_until: from the check-in to the end of the use; None when nobody checked in. missed: nobody came."""

    starts_at: datetime
    ends_at: datetime
    used_from: datetime | None = None
    used_until: datetime | None = None
    missed: bool = False


@dataclass(frozen=True, slots=True)
class Price:
    """The price of an hour, exact (in the smallest coin): a booking's price over its hours need not come out even."""

    hour: Fraction
    currency: str

    @classmethod
    def of(cls, per_hour: Money) -> Price:
        """Return the price as one."""
        return cls(Fraction(per_hour.minor), per_hour.currency)

    @classmethod
    def agreed(cls, price: Money, span: Span) -> Price:
        """Return what an hour costs when *span* costs *price*."""
        return cls(Fraction(price.minor * 3600, span.length // timedelta(seconds=1)), price.currency)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a charge, with what explains it. percent: of a peak hour; of a no-show the part that is charged."""

    what: What
    money: Money
    minutes: int | None = None
    peak_minutes: int | None = None
    hour: Money | None = None
    percent: int | None = None
    basis: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """What a session costs, line by line."""

    lines: tuple[Line, ...]

    @property
    def totals(self) -> dict[str, Money]:
        """The sum in each currency; two are never added."""
        return totals(line.money for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Time:
    """Minutes that are charged."""

    minutes: int
    peak: int

    def cost(self, price: Price, peak_percent: int) -> Fraction:
        return price.hour * (Fraction(self.minutes - self.peak) + Fraction(self.peak * peak_percent, 100)) / 60


@lru_cache(maxsize=4096)
def _peak_spans(week: Week, day: date, zone: ZoneInfo) -> tuple[Span, ...]:
    return tuple(open_spans(week, day, zone, as_weekday=day.isoweekday()))


def peak_minutes(week: Week, span: Span, zone: ZoneInfo) -> int:
    """Return how many minutes of *span* lie in peak hours, as the clocks of *zone* show them; they may be set in between."""
    if not week:
        return 0
    day, last = day_of(span.starts_at, zone), day_of(span.ends_at - timedelta(microseconds=1), zone)
    found = timedelta()
    while day <= last:
        for peak in _peak_spans(week, day, zone):
            found += max(timedelta(), min(peak.ends_at, span.ends_at) - max(peak.starts_at, span.starts_at))
        day += DAY
    return found // MINUTE


def charged_minutes(length: timedelta, minimum: int, block: int) -> int:
    """Return the minutes that are charged of a length: begun minutes count, at least the minimum, rounded up to whole blocks."""
    minutes = max(-(-length // MINUTE), minimum)
    return -(-minutes // block) * block


def _time(starts_at: datetime, ends_at: datetime, terms: Terms, zone: ZoneInfo) -> _Time:
    """Return what is charged of a time. The charged minutes begin with it, so that its peak share is that of the clock."""
    minutes = charged_minutes(max(timedelta(), ends_at - starts_at), terms.minimum_minutes, terms.block_minutes)
    if not minutes:
        return _Time(0, 0)
    first = starts_at.replace(second=0, microsecond=0)
    return _Time(minutes, peak_minutes(terms.peak, Span(first, first + minutes * MINUTE), zone))


def use(session: Session, terms: Terms, price: Price, zone: ZoneInfo) -> Line:
    """Return the line for the time of a session: its use, or the fee when nobody came.

    By use, a session without a check-in is charged as booked: when it was used nobody knows. Of booked and used the greater is the one that
    costs more, of equals the booked one.
    """
    booked = _time(session.starts_at, session.ends_at, terms, zone)
    hour = Money(rounded(price.hour), price.currency)
    if session.missed:
        cost = booked.cost(price, terms.peak_percent) * Fraction(terms.no_show_percent, 100)
        return Line(
            What.NO_SHOW, Money(rounded(cost), price.currency), booked.minutes, booked.peak, hour, terms.no_show_percent, Basis.BOOKED
        )
    chosen, basis = booked, Basis.BOOKED
    if session.used_from is not None and session.used_until is not None and terms.basis is not Basis.BOOKED:
        used = _time(session.used_from, session.used_until, terms, zone)
        more = used.cost(price, terms.peak_percent) > booked.cost(price, terms.peak_percent)
        if terms.basis is Basis.USED or more:
            chosen, basis = used, Basis.USED
    cost = chosen.cost(price, terms.peak_percent)
    return Line(What.USE, Money(rounded(cost), price.currency), chosen.minutes, chosen.peak, hour, terms.peak_percent, basis)


def charge(session: Session, terms: Terms, price: Price, zone: ZoneInfo, extras: Collection[Line] = ()) -> Charge:
    """Return what a session costs: its time first, then an operator's hours and consumables.

    Source: house decision, docs/domain.md "Charges". Rounded half to even to the coin, line by line: lines sum to the total.
    """
    return Charge((use(session, terms, price, zone), *extras))


def operator_cost(per_hour: Money, minutes: int) -> Money:
    """Return what an operator's minutes cost, half to even."""
    return per_hour.times(Fraction(minutes, 60))


# Objections


def against_terms(terms: Terms, *, kind: str = "", has_space: bool = False) -> list[Objection]:
    """Return every reason against a tariff."""
    classes = {*(terms.prices or {}), *(terms.operator or {})}
    return [
        objection
        for objection, applies in (
            (KIND_OR_SPACE, bool(kind) and has_space),
            (NO_SUCH_KIND, bool(kind) and kind not in LAB_KINDS),
            (BAD_BLOCK.about(most=MOST_BLOCK), not 1 <= terms.block_minutes <= MOST_BLOCK),
            (BAD_MINIMUM.about(most=MOST_BLOCK), not 0 <= terms.minimum_minutes <= MOST_BLOCK),
            (BAD_PEAK.about(most=MOST_PERCENT), not 0 <= terms.peak_percent <= MOST_PERCENT),
            (NO_PEAK.about(percent=terms.peak_percent), terms.peak_percent != 100 and not terms.peak),
            (BAD_NO_SHOW, not 0 <= terms.no_show_percent <= 100),
            *((NO_SUCH_CLASS.about(name=name), True) for name in sorted(classes.difference(CLASSES))),
        )
        if applies
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """What bears on a deed about a statement."""

    number: str
    state: StatementState
    over_on: date
    """The first day after its month."""


def against(deed: str, statement: Standing, *, today: date, reason: str = "") -> list[Objection]:
    """Return every reason against validating, disputing or closing a statement."""
    if statement.state not in NEXT[deed]:
        return [NOT_NOW.about(number=statement.number, state=STATES[statement.state])]
    objections = []
    if deed != "dispute" and today < statement.over_on:
        objections.append(MONTH_GOES_ON.about(number=statement.number, day=statement.over_on - DAY))
    if deed == "dispute" and not reason:
        objections.append(NEEDS_REASON)
    if deed != "dispute" and statement.state is StatementState.DISPUTED and not reason:
        objections.append(SAY_HOW_SETTLED.about(number=statement.number))
    return objections


def month_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def open_month(month: date, states: Mapping[date, StatementState]) -> date:
    """Return the first month, from *month* on, whose statement takes lines or is not made yet. states: of those that are made."""
    while month in states and states[month] in SETTLED:
        month = next_month(month)
    return month
