"""What a lease says and when it may be changed. Pure: no database, no clock, no web."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Protocol, TypeVar

from parkmgr.errors import N_, Objection
from parkmgr.values import NO_AREA, Area, Money, Term

DAY = timedelta(days=1)


class State(StrEnum):
    """What people made of the lease. Active, holdover and expired follow from dates (standing)."""

    DRAFT = "draft"
    OFFERED = "offered"
    SIGNED = "signed"
    VOID = "void"
    ENDED = "ended"
    TERMINATED = "terminated"
    ASSIGNED = "assigned"


class RentBasis(StrEnum):
    """What an amount of rent is for."""

    MONTH = "month"
    M2_MONTH = "m2_month"


class OptionKind(StrEnum):
    """What an option allows."""

    BREAK = "break"
    RENEW = "renew"
    EXPAND = "expand"


SIDES = ("tenant", "landlord", "either")
LEAVING = frozenset({State.ENDED, State.TERMINATED, State.ASSIGNED})
"""States of a lease that has, or will have, a last day by somebody's deed."""
EXECUTED = frozenset({State.SIGNED}) | LEAVING
"""States of a lease that was signed and has to do with spaces."""
STANDINGS = ("draft", "offered", "signed", "active", "holdover", "expired", "ended", "terminated", "assigned", "void")


# What a lease says


@dataclass(frozen=True, slots=True)
class Step:
    """From a day on, the rent is *money* a month (basis "month"), or a square metre and month ("m2_month")."""

    from_on: date
    money: Money
    basis: str = RentBasis.MONTH


@dataclass(frozen=True, slots=True)
class Option:
    """On a day (for a break: the last day), with so many months' notice, a side may do something."""

    kind: str
    on: date
    notice_months: int = 0
    side: str = "tenant"


@dataclass(frozen=True, slots=True)
class Indexation:
    """The rent follows an index every so many months; cap and collar are the most and the least change, as shares."""

    name: str
    every_months: int = 12
    cap: Fraction | None = None
    collar: Fraction | None = None
    upward_only: bool = True


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything that the parties agree on but who they are."""

    term: Term
    space_ids: tuple[int, ...]
    currency: str
    steps: tuple[Step, ...] = ()
    rent_free: tuple[Term, ...] = ()
    deposit: Money | None = None
    options: tuple[Option, ...] = ()
    notice_months: int = 0
    purpose: str = ""
    vat_country: str = ""
    indexation: Indexation | None = None


# Where a lease stands


def standing(state: str, starts_on: date, ends_on: date | None, holdover_from: date | None, left_on: date | None, on: date) -> str:
    """Return what a lease is on a day: one of STANDINGS.

    "signed" begins later; "expired" is over by its term and nobody has said what follows; "holdover" goes on without a term. A lease
    whose end was decided stays active until its last day.
    Source: house decision, docs/domain.md "Leases".
    """
    if state in (State.DRAFT, State.OFFERED, State.VOID):
        return str(state)
    if state in LEAVING and left_on is not None and on > left_on:
        return str(state)
    if on < starts_on:
        return "signed"
    if ends_on is None or on <= ends_on:
        return "active"
    if holdover_from is not None and on >= holdover_from:
        return "holdover"
    return "expired"


class Effective(Protocol):
    """A version: something in force from a day; of two from the same day the later number counts."""

    @property
    def effective_on(self) -> date:
        """From when it is in force."""
        raise NotImplementedError

    @property
    def number(self) -> int:
        """Its number."""
        raise NotImplementedError


V = TypeVar("V", bound=Effective)


def in_force(versions: Iterable[V], on: date) -> V:
    """Return the version that counts on a day; before the first, the first.

    Raises:
        ValueError: when there is no version.
    """
    return max(
        versions,
        key=lambda version: (
            version.effective_on <= on,
            version.effective_on.toordinal() if version.effective_on <= on else -version.effective_on.toordinal(),
            version.number,
        ),
    )


@dataclass(frozen=True, slots=True)
class Agreed:
    """A version as far as it says who has which spaces when."""

    number: int
    effective_on: date
    term: Term
    space_ids: tuple[int, ...]


def occupation(versions: Iterable[Agreed], *, holdover: bool = False, left_on: date | None = None) -> list[tuple[tuple[int, ...], Term]]:
    """Return which spaces a signed lease has for which days, by all its versions together.

    A version counts until the day before the next one; what lies between the end of a term and a later version was held over.
    holdover: after the last term it goes on without an end. left_on: nothing after that day.
    """
    latest: dict[date, Agreed] = {}
    for version in sorted(versions, key=lambda one: one.number):
        latest[version.effective_on] = version
    ordered = [latest[day] for day in sorted(latest)]
    taken: list[tuple[tuple[int, ...], Term]] = []
    for index, version in enumerate(ordered):
        first = version.term.starts_on if index == 0 else max(version.effective_on, version.term.starts_on)
        last = None if holdover else version.term.ends_on
        if index + 1 < len(ordered):
            last = ordered[index + 1].effective_on - DAY
        if left_on is not None:
            last = left_on if last is None else min(last, left_on)
        if last is None or first <= last:
            taken.append((version.space_ids, Term(first, last)))
    return taken


# Rent


def step_on(steps: Iterable[Step], on: date) -> Step | None:
    """Return the step of the rent schedule that a day lies in; None before the first."""
    begun = [step for step in steps if step.from_on <= on]
    return max(begun, key=lambda step: step.from_on) if begun else None


def rent_by_unit(step: Step | None, areas: Mapping[int, Area | None]) -> dict[int, Money | None]:
    """Return the month's rent of a step for each unit, summing exactly to the whole; None where it is not known.

    By the month: divided by area (largest remainder); equally when an area is not measured, or all are nothing.
    By the square metre: for each measured unit its area times the rent; a unit that is not measured has no known rent.
    Source: house decision, docs/domain.md "Rent".
    """
    if step is None or not areas:
        return dict.fromkeys(areas)
    ids = list(areas)
    measured = {unit: area for unit, area in areas.items() if area is not None}
    if step.basis == RentBasis.MONTH:
        whole = len(measured) == len(ids) and any(area > NO_AREA for area in measured.values())
        shares = step.money.split([measured[unit].dm2 if whole else 1 for unit in ids])
        return dict(zip(ids, shares, strict=True))
    total = step.money.times(Fraction(sum(area.dm2 for area in measured.values()), 100))
    if not total.minor:
        return {unit: total if unit in measured else None for unit in ids}
    parts = iter(total.split([area.dm2 for area in measured.values()]))
    return {unit: next(parts) if unit in measured else None for unit in ids}


def rent_a_month(step: Step | None, areas: Iterable[Area | None]) -> Money | None:
    """Return the month's rent of a step for the whole lease; None when it is not known (no step, or an area is missing)."""
    if step is None:
        return None
    if step.basis == RentBasis.MONTH:
        return step.money
    listed = list(areas)
    measured = [area for area in listed if area is not None]
    if len(measured) < len(listed) or not listed:
        return None
    return step.money.times(Fraction(sum(area.dm2 for area in measured), 100))


def is_rent_free(rent_free: Iterable[Term], on: date) -> bool:
    """Tell whether no rent is due for a day."""
    return any(term.holds(on) for term in rent_free)


def vat_rate(country: str, on: date) -> Fraction | None:
    """Return the rate of value added tax on letting space in a country on a day; None where the park has no rate for it.

    Source: Russia: Tax Code art. 164(3): 18 % from 2004-01-01 (Federal Law 117-FZ of 2003-07-07), 20 % from 2019-01-01 (303-FZ of
    2018-08-03), 22 % from 2026-01-01 (425-FZ of 2025-11-28). China, letting of real property: 11 % from 2016-05-01 (Caishui 2016 No. 36),
    10 % from 2018-05-01 (Caishui 2018 No. 32), 9 % from 2019-04-01 (MOF, STA, GACC Announcement 2019 No. 39). Homes let
    to people are exempt in Russia (art. 149(2)(10)): leave the country of such a lease empty.
    """
    begun = [(since, rate) for since, rate in _VAT.get(country, ()) if since <= on]
    return Fraction(max(begun)[1], 100) if begun else None


_VAT: dict[str, tuple[tuple[date, int], ...]] = {
    "RU": ((date(2004, 1, 1), 18), (date(2019, 1, 1), 20), (date(2026, 1, 1), 22)),
    "CN": ((date(2016, 5, 1), 11), (date(2018, 5, 1), 10), (date(2019, 4, 1), 9)),
}
VAT_COUNTRIES = tuple(_VAT)


def indexed(
    base: Money,
    i_ref: Decimal,
    i_base: Decimal,
    *,
    cap: Fraction | None = None,
    collar: Fraction | None = None,
    upward_only: bool = True,
) -> Money:
    """Return base × I(ref) / I(base), changed by at most *cap* and at least *collar* (shares), not below base when upward only.

    Raises:
        ValueError: when an index is not positive.
    """
    if i_ref <= 0 or i_base <= 0:
        raise ValueError("an index is positive")
    factor = Fraction(i_ref) / Fraction(i_base)
    if cap is not None:
        factor = min(factor, 1 + cap)
    if collar is not None:
        factor = max(factor, 1 + collar)
    return base.times(max(factor, Fraction(1)) if upward_only else factor)


CONVENTIONS = ("actual", "30/360", "365")


def prorated(money: Money, part: Term, convention: str = "actual") -> Money:
    """Return the rent of a monthly amount for some days (inclusive).

    convention: "actual": each month by its own days; "30/360": months of thirty days (30E/360); "365": days × 12 / 365.
    Source: ISDA 2006 Definitions, section 4.16(g) for 30E/360; the others as leases say them.
    Raises:
        ValueError: when the part has no end, or the convention is not one of CONVENTIONS.
    """
    if part.ends_on is None:
        raise ValueError("a part of a term has an end")
    if convention == "actual":
        return money.times(_months_actual(part.starts_on, part.ends_on))
    if convention == "365":
        return money.times(Fraction(((part.ends_on - part.starts_on).days + 1) * 12, 365))
    if convention == "30/360":
        after = part.ends_on + DAY
        days = (after.year - part.starts_on.year) * 360 + (after.month - part.starts_on.month) * 30
        return money.times(Fraction(days + min(after.day, 30) - min(part.starts_on.day, 30), 30))
    raise ValueError(f"not a convention: {convention!r}")


def _months_actual(first: date, last: date) -> Fraction:
    months = Fraction(0)
    while first <= last:
        length = calendar.monthrange(first.year, first.month)[1]
        until = min(last, first.replace(day=length))
        months += Fraction((until - first).days + 1, length)
        first = until + DAY
    return months


# Days


def months_later(day: date, months: int) -> date:
    """Return the same day so many months later (earlier when negative); the last of the month where there is no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def notice_deadline(option_on: date, months: int, is_working_day: Callable[[date], bool]) -> date:
    """Return the last day to give notice: so many months before the option's day, moved earlier to a working day."""
    day = months_later(option_on, -months)
    while not is_working_day(day):
        day -= DAY
    return day


# What is against an agreement

UNKNOWN_SPACE = Objection("leases.unknown_space", N_("There is no space %(code)s in this park."), "spaces")
UNKNOWN_TENANT = Objection("leases.unknown_tenant", N_("There is no organisation of this code or name."), "tenant")
SEVERAL_TENANTS = Objection(
    "leases.several_tenants", N_("Several organisations have this name; choose one by its code: %(codes)s."), "tenant"
)
UNKNOWN_HEAD = Objection("leases.unknown_head", N_("There is no lease of this number in this park."), "under")
NO_SPACES = Objection("leases.no_spaces", N_("A lease needs at least one space."), "spaces")
SPACE_TWICE = Objection("leases.space_twice", N_("The same space is named twice, or together with a part of it."), "spaces")
NO_RENT_AT_START = Objection(
    "leases.no_rent_at_start", N_("The rent schedule must say the rent from %(starts_on)s on, even when it is nothing."), "steps"
)
STEP_TWICE = Objection("leases.step_twice", N_("Two steps of the rent schedule begin on %(on)s."), "steps")
STEP_AFTER_END = Objection("leases.step_after_end", N_("The step of the rent schedule from %(on)s begins after the term."), "steps")
STEP_NEGATIVE = Objection("leases.step_negative", N_("A rent must not be negative."), "steps")
STEP_CURRENCY = Objection("leases.step_currency", N_("All rents of the lease must be in %(currency)s."), "steps")
RENT_FREE_OUTSIDE = Objection("leases.rent_free_outside", N_("The rent-free days from %(on)s are not all within the term."), "rent_free")
RENT_FREE_TWICE = Objection("leases.rent_free_twice", N_("Two rent-free times overlap on %(on)s."), "rent_free")
DEPOSIT_NEGATIVE = Objection("leases.deposit_negative", N_("A deposit must not be negative."), "deposit")
DEPOSIT_CURRENCY = Objection("leases.deposit_currency", N_("The deposit must be in %(currency)s, the currency of the lease."), "deposit")
OPTION_OUTSIDE = Objection("leases.option_outside", N_("The option on %(on)s is not within the term."), "options")
OPTION_NOTICE = Objection(
    "leases.option_notice", N_("The notice for the option on %(on)s would be due before the lease begins."), "options"
)
NO_VAT_RATE = Objection(
    "leases.no_vat_rate", N_("The park knows no rate of value added tax for %(country)s on %(on)s; leave the country empty."), "vat_country"
)
INDEX_LIMITS = Objection("leases.index_limits", N_("The collar must not be above the cap."), "index_collar")


def terms_against(terms: Terms) -> list[Objection]:
    """Return every reason why *terms* contradict themselves; what is only missing yet is not one."""
    against = [*_steps_against(terms), *_rent_free_against(terms), *_options_against(terms)]
    if len(set(terms.space_ids)) < len(terms.space_ids):
        against.append(SPACE_TWICE)
    if terms.deposit is not None:
        if terms.deposit.currency != terms.currency:
            against.append(DEPOSIT_CURRENCY.about(currency=terms.currency))
        if terms.deposit.minor < 0:
            against.append(DEPOSIT_NEGATIVE)
    if terms.vat_country and vat_rate(terms.vat_country, terms.term.ends_on or terms.term.starts_on) is None:
        against.append(NO_VAT_RATE.about(country=terms.vat_country, on=terms.term.ends_on or terms.term.starts_on))
    index = terms.indexation
    if index is not None and index.cap is not None and index.collar is not None and index.collar > index.cap:
        against.append(INDEX_LIMITS)
    return against


def _steps_against(terms: Terms) -> list[Objection]:
    against: list[Objection] = []
    days = [step.from_on for step in terms.steps]
    against += [STEP_TWICE.about(on=day) for day in sorted({day for day in days if days.count(day) > 1})]
    if any(step.money.minor < 0 for step in terms.steps):
        against.append(STEP_NEGATIVE)
    if any(step.money.currency != terms.currency for step in terms.steps):
        against.append(STEP_CURRENCY.about(currency=terms.currency))
    last = terms.term.ends_on
    if last is not None:
        against += [STEP_AFTER_END.about(on=day) for day in sorted(days) if day > last]
    return against


def _rent_free_against(terms: Terms) -> list[Objection]:
    ordered = sorted(terms.rent_free, key=lambda free: free.starts_on)
    last = terms.term.ends_on
    against = [
        RENT_FREE_OUTSIDE.about(on=free.starts_on)
        for free in ordered
        if free.starts_on < terms.term.starts_on or free.ends_on is None or (last is not None and free.ends_on > last)
    ]
    against += [RENT_FREE_TWICE.about(on=later.starts_on) for one, later in pairwise(ordered) if one.overlaps(later)]
    return against


def _options_against(terms: Terms) -> list[Objection]:
    against: list[Objection] = []
    for option in terms.options:
        if not terms.term.holds(option.on):
            against.append(OPTION_OUTSIDE.about(on=option.on))
        elif option.notice_months and months_later(option.on, -option.notice_months) < terms.term.starts_on:
            against.append(OPTION_NOTICE.about(on=option.on))
    return against


def incomplete(terms: Terms) -> list[Objection]:
    """Return what an agreement lacks before it can be offered or signed."""
    against = [] if terms.space_ids else [NO_SPACES]
    if step_on(terms.steps, terms.term.starts_on) is None:
        against.append(NO_RENT_AT_START.about(starts_on=terms.term.starts_on))
    return against


@dataclass(frozen=True, slots=True)
class Existence:
    """A space exists from a day to a day (inclusive; None without an end), and may be let or not."""

    starts_on: date
    ends_on: date | None
    lettable: bool


NOT_YET_THERE = Objection("leases.not_yet_there", N_("%(space)s does not exist before %(on)s."), "spaces")
RETIRED = Objection("leases.retired", N_("%(space)s is retired: %(on)s is its last day."), "spaces")
NOT_THERE = Objection("leases.not_there", N_("%(space)s does not exist in these days."), "spaces")
NOT_LETTABLE = Objection("leases.not_lettable", N_("%(space)s is not for letting on %(on)s."), "spaces")


def existence_against(space: str, existences: Sequence[Existence], term: Term) -> list[Objection]:
    """Return why a space cannot be let for a term as far as its own being goes.

    existences: in order of time, not overlapping.
    """
    met = [one for one in existences if term.overlaps(Term(one.starts_on, one.ends_on))]
    if not met:
        return [NOT_THERE.about(space=space)]
    against: list[Objection] = []
    if met[0].starts_on > term.starts_on:
        against.append(NOT_YET_THERE.about(space=space, on=met[0].starts_on))
    for index, one in enumerate(met):
        following = met[index + 1].starts_on if index + 1 < len(met) else None
        goes_on = one.ends_on is None or (term.ends_on is not None and one.ends_on >= term.ends_on)
        if not goes_on and one.ends_on is not None and following != one.ends_on + DAY:
            against.append(RETIRED.about(space=space, on=one.ends_on))
            break
    closed = [one for one in met if not one.lettable]
    if closed:
        against.append(NOT_LETTABLE.about(space=space, on=max(closed[0].starts_on, term.starts_on)))
    return against


# What is against asking for a lease

ASKED_PAST = Objection("leases.asked_past", N_("The first day, %(on)s, is past."), "starts_on")
ASKED_BACKWARDS = Objection("leases.asked_backwards", N_("The last day is before the first."), "ends_on")
ASKED_TOO_LONG = Objection(
    "leases.asked_too_long", N_("A lease is asked for at most %(years)s years; write to the administrators."), "ends_on"
)
ASKED_DIVIDED = Objection("leases.asked_divided", N_("%(space)s is let by its parts; ask for one of them."), "space")
REQUEST_CLOSED = Objection("leases.request_closed", N_("The request %(number)s was decided or withdrawn already."))
ASKED_YEARS = 49


def asked_against(space: str, *, divided: bool, starts_on: date, ends_on: date, today: date) -> list[Objection]:
    """Return what is against asking for a lease of the days, as far as the days themselves go."""
    against = [ASKED_DIVIDED.about(space=space)] if divided else []
    if starts_on < today:
        against.append(ASKED_PAST.about(on=starts_on))
    if ends_on < starts_on:
        against.append(ASKED_BACKWARDS)
    elif ends_on.year - starts_on.year > ASKED_YEARS:
        against.append(ASKED_TOO_LONG.about(years=ASKED_YEARS))
    return against


# What is against a deed

NOT_DRAFT = Objection("leases.not_draft", N_("Only a draft or an offer can be changed; amend a signed lease instead."))
NOT_TO_OFFER = Objection("leases.not_to_offer", N_("Only a draft can be offered."))
NOT_TO_SIGN = Objection("leases.not_to_sign", N_("Only a draft or an offer can be signed."))
FOUR_EYES = Objection("leases.four_eyes", N_("Who wrote the lease cannot sign it alone: somebody else must sign."))
NOT_COVERED = Objection("leases.not_covered", N_("%(space)s is not held by the head lease %(document)s for all of the term."), "spaces")
SUBLET_ALREADY = Objection("leases.sublet_already", N_("%(space)s is sublet by %(document)s in these days already."), "spaces")
HEAD_NOT_SIGNED = Objection("leases.head_not_signed", N_("The head lease %(document)s is not in force."), "under")
HEAD_IS_OWN = Objection("leases.head_is_own", N_("The tenant of the head lease cannot be its own subtenant."), "tenant")
HEAD_IS_SUB = Objection("leases.head_is_sub", N_("%(document)s is a sublease itself."), "under")
NOT_IN_FORCE = Objection("leases.not_in_force", N_("Only a lease that was signed can have this deed; this one is not in force."))
ENDS_ALREADY = Objection("leases.ends_already", N_("The lease ends on %(on)s already."))
BEFORE_START = Objection("leases.before_start", N_("This is before the lease begins, on %(on)s."))
AFTER_END = Objection("leases.after_end", N_("This is after the lease ends, on %(on)s."))
GAP_AFTER_TERM = Objection(
    "leases.gap_after_term", N_("The term was over on %(on)s and the tenant did not stay on; renew the lease instead."), "effective_on"
)
START_CHANGED = Objection("leases.start_changed", N_("A lease that has begun keeps its first day, %(on)s."), "starts_on")
ENDS_BEFORE_AMENDMENT = Objection(
    "leases.ends_before_amendment",
    N_("The amendment from %(on)s would come into force after this end; to shorten the term, end the lease by agreement."),
    "ends_on",
)
AMENDED_AFTER_LEFT = Objection(
    "leases.amended_after_left", N_("The lease was left on %(on)s; nothing can change after that."), "effective_on"
)
NO_REASON = Objection("leases.no_reason", N_("Please say why."), "reason")
RENEWAL_TOO_EARLY = Objection(
    "leases.renewal_too_early", N_("The renewal must begin after %(on)s, the last day of the lease."), "starts_on"
)
NO_END_TO_RENEW = Objection("leases.no_end_to_renew", N_("The lease has no end, so there is nothing to renew; amend it instead."))
RENEWED_ALREADY = Objection("leases.renewed_already", N_("%(document)s renews this lease already."))
LEAVES_BEFORE_GIVEN = Objection("leases.leaves_before_given", N_("The last day cannot be before the day of the notice."), "leaves_on")
NOTICE_TOO_SHORT = Objection(
    "leases.notice_too_short", N_("The notice is %(months)s months: the earliest last day is %(on)s."), "leaves_on"
)
FIXED_TERM = Objection(
    "leases.fixed_term", N_("The lease has a term until %(on)s; before that it ends only by a break option or by agreement."), "leaves_on"
)
NO_SUCH_BREAK = Objection("leases.no_such_break", N_("The lease has no break option on %(on)s."), "option_on")
BREAK_NOT_THEIRS = Objection("leases.break_not_theirs", N_("The break option on %(on)s is not this side's."), "side")
BREAK_TOO_LATE = Objection("leases.break_too_late", N_("Notice of this break was due on %(on)s at the latest."), "given_on")
NOT_EXPIRED = Objection("leases.not_expired", N_("The tenant holds over only after the term, which ends on %(on)s."))
NO_TERM = Objection("leases.no_term", N_("The lease has no end, so its tenant cannot hold over."))
HELD_OVER_ALREADY = Objection("leases.held_over_already", N_("The tenant holds over already."))
BEGUN = Objection("leases.begun", N_("The lease began on %(on)s; it can be ended, but not made void."))
NOT_TO_VOID = Objection("leases.not_to_void", N_("Only a lease that has not begun can be made void."))
SAME_TENANT = Objection("leases.same_tenant", N_("The new tenant is the tenant already."), "to")
SUBLET_STILL = Objection("leases.sublet_still", N_("The sublease %(document)s runs on; end it first."))
DEPOSIT_NOT_POSITIVE = Objection("leases.deposit_not_positive", N_("The amount must be more than nothing."), "money")
MONEY_CURRENCY = Objection("leases.money_currency", N_("The amount must be in %(currency)s, the currency of the lease."), "money")
RETURN_TOO_MUCH = Objection("leases.return_too_much", N_("Only %(held)s of deposit is held."), "money")
TOO_FINE = Objection("leases.too_fine", N_("This is finer than the smallest coin of %(currency)s."), "money")
IN_FUTURE = Objection("leases.in_future", N_("This day is still to come."), "on")
UNKNOWN_SIDE = Objection("leases.unknown_side", N_("Choose the tenant or the landlord."), "side")


@dataclass(frozen=True, slots=True)
class Facts:
    """Where a lease is, for judging deeds. today: in the park's time zone."""

    state: str
    term: Term
    today: date
    holdover_from: date | None = None
    left_on: date | None = None
    notice_months: int = 0
    options: tuple[Option, ...] = ()

    @property
    def standing(self) -> str:
        """What it is today."""
        return standing(self.state, self.term.starts_on, self.term.ends_on, self.holdover_from, self.left_on, self.today)

    @property
    def last_day(self) -> date | None:
        """The last day as it is decided; None when there is none yet."""
        if self.left_on is not None:
            return self.left_on
        return None if self.holdover_from is not None else self.term.ends_on


def undecided(facts: Facts) -> list[Objection]:
    """Return why nobody can decide the end of the lease: it is not in force, or its end is decided."""
    if facts.state in LEAVING and facts.left_on is not None:
        return [ENDS_ALREADY.about(on=facts.left_on)]
    return [] if facts.state == State.SIGNED else [NOT_IN_FORCE]


def change_against(facts: Facts) -> list[Objection]:
    """Return why terms cannot be written anew."""
    return [] if facts.state in (State.DRAFT, State.OFFERED) else [NOT_DRAFT]


def offer_against(facts: Facts) -> list[Objection]:
    """Return why it cannot be offered."""
    return [] if facts.state == State.DRAFT else [NOT_TO_OFFER]


def sign_against(facts: Facts, *, drafter_id: int | None, signer_id: int | None, drafter_may_sign: bool) -> list[Objection]:
    """Return why this person cannot sign it now. Nobody (the system itself) may sign what nobody wrote or somebody wrote."""
    against = [] if facts.state in (State.DRAFT, State.OFFERED) else [NOT_TO_SIGN]
    if signer_id is not None and signer_id == drafter_id and not drafter_may_sign:
        against.append(FOUR_EYES)
    return against


def amend_against(facts: Facts, new: Term, effective_on: date, reason: str, next_on: date | None = None) -> list[Objection]:
    """Return why a dated amendment cannot be made; one that lies back is no reason against it.

    next_on: when the amendment after it comes into force, if there is one.
    """
    against: list[Objection] = [] if facts.state in EXECUTED else [NOT_IN_FORCE]
    if not reason.strip():
        against.append(NO_REASON)
    if effective_on < new.starts_on:
        against.append(BEFORE_START.about(on=new.starts_on).at("effective_on"))
    if new.starts_on != facts.term.starts_on and facts.today >= facts.term.starts_on:
        against.append(START_CHANGED.about(on=facts.term.starts_on))
    if next_on is not None and new.ends_on is not None and next_on > new.ends_on + DAY:
        against.append(ENDS_BEFORE_AMENDMENT.about(on=next_on))
    if facts.left_on is not None and effective_on > facts.left_on:
        against.append(AMENDED_AFTER_LEFT.about(on=facts.left_on))
    elif facts.holdover_from is None and facts.term.ends_on is not None and effective_on > facts.term.ends_on + DAY:
        against.append(GAP_AFTER_TERM.about(on=facts.term.ends_on))
    if new.ends_on is not None and effective_on > new.ends_on + DAY:
        against.append(AFTER_END.about(on=new.ends_on).at("effective_on"))
    return against


def renew_against(facts: Facts, new: Term, renewed_by: str = "") -> list[Objection]:
    """Return why a renewal cannot be drafted; renewed_by: the lease that renews it already."""
    if facts.state not in EXECUTED:
        return [NOT_IN_FORCE]
    against: list[Objection] = []
    if renewed_by:
        against.append(RENEWED_ALREADY.about(document=renewed_by))
    last = facts.left_on or facts.term.ends_on
    if last is None:
        against.append(NO_END_TO_RENEW)
    elif new.starts_on <= last:
        against.append(RENEWAL_TOO_EARLY.about(on=last))
    return against


def _side_against(side: str) -> list[Objection]:
    return [] if side in ("tenant", "landlord") else [UNKNOWN_SIDE]


def notice_against(facts: Facts, given_on: date, leaves_on: date, side: str) -> list[Objection]:
    """Return why notice cannot be given: a term holds until its end, the months of notice hold without one."""
    against = [*undecided(facts), *_side_against(side)]
    if given_on > facts.today:
        against.append(IN_FUTURE.at("given_on"))
    if leaves_on < given_on:
        against.append(LEAVES_BEFORE_GIVEN)
    last = facts.last_day
    if last is not None:
        if leaves_on != last:
            against.append(FIXED_TERM.about(on=last))
        return against
    earliest = max(months_later(given_on, facts.notice_months), facts.term.starts_on)
    if given_on <= leaves_on < earliest:
        against.append(NOTICE_TOO_SHORT.about(months=facts.notice_months, on=earliest))
    return against


def break_against(facts: Facts, option_on: date, given_on: date, side: str) -> list[Objection]:
    """Return why a break option cannot be exercised. Its notice counts by the calendar: who gave it on a holiday gave it."""
    against = [*undecided(facts), *_side_against(side)]
    if given_on > facts.today:
        against.append(IN_FUTURE.at("given_on"))
    breaks = [option for option in facts.options if option.kind == OptionKind.BREAK and option.on == option_on]
    theirs = [option for option in breaks if option.side in (side, "either")]
    if not breaks:
        against.append(NO_SUCH_BREAK.about(on=option_on))
    elif not theirs:
        against.append(BREAK_NOT_THEIRS.about(on=option_on))
    else:
        due = max(months_later(option_on, -option.notice_months) for option in theirs)
        if given_on > due:
            against.append(BREAK_TOO_LATE.about(on=due))
    return against


def assign_against(facts: Facts, on: date, *, same_tenant: bool) -> list[Objection]:
    """Return why the lease cannot pass to somebody else whose first day is *on*."""
    against = undecided(facts)
    if same_tenant:
        against.append(SAME_TENANT)
    if on <= facts.term.starts_on:
        against.append(BEFORE_START.about(on=facts.term.starts_on).at("on"))
    last = facts.last_day
    if last is not None and on > last:
        against.append(AFTER_END.about(on=last).at("on"))
    return against


def hold_over_against(facts: Facts) -> list[Objection]:
    """Return why the tenant cannot stay on without a term."""
    against = undecided(facts)
    if facts.holdover_from is not None:
        against.append(HELD_OVER_ALREADY)
    elif facts.term.ends_on is None:
        against.append(NO_TERM)
    elif facts.today <= facts.term.ends_on:
        against.append(NOT_EXPIRED.about(on=facts.term.ends_on))
    return against


def end_against(facts: Facts, on: date, reason: str) -> list[Objection]:
    """Return why the lease cannot end on a day, its last. An end that was decided can still be moved earlier."""
    against = [] if facts.state in (State.SIGNED, State.ENDED, State.TERMINATED) else [NOT_IN_FORCE]
    if not reason.strip():
        against.append(NO_REASON)
    if on < facts.term.starts_on:
        against.append(BEFORE_START.about(on=facts.term.starts_on).at("on"))
    if facts.left_on is not None:
        if on >= facts.left_on:
            against.append(ENDS_ALREADY.about(on=facts.left_on).at("on"))
    elif facts.last_day is not None and on > facts.last_day:
        against.append(AFTER_END.about(on=facts.last_day).at("on"))
    return against


def void_against(facts: Facts, reason: str) -> list[Objection]:
    """Return why the lease cannot be made void."""
    against: list[Objection] = []
    if facts.state not in (State.DRAFT, State.OFFERED, State.SIGNED):
        against.append(NOT_TO_VOID)
    elif facts.state == State.SIGNED and facts.today >= facts.term.starts_on:
        against.append(BEGUN.about(on=facts.term.starts_on))
    if not reason.strip():
        against.append(NO_REASON)
    return against


def deposit_against(facts: Facts, money: Money, on: date, currency: str, held: Money | None) -> list[Objection]:
    """Return why deposit money cannot be received, or returned when *held* says how much there is."""
    against = [] if facts.state == State.OFFERED or facts.state in EXECUTED else [NOT_IN_FORCE]
    if on > facts.today:
        against.append(IN_FUTURE)
    if money.minor <= 0:
        against.append(DEPOSIT_NOT_POSITIVE)
    if held is None and money.currency != currency:
        against.append(MONEY_CURRENCY.about(currency=currency))
    if held is not None and money.currency == held.currency and money.minor > held.minor:
        against.append(RETURN_TOO_MUCH.about(held=held))
    return against


def possible(facts: Facts) -> list[str]:
    """Return the deeds that the state of the lease leaves open, in the order in which a page offers them."""
    term_over = facts.term.ends_on is not None and facts.today > facts.term.ends_on and facts.holdover_from is None
    running = facts.state == State.SIGNED
    leaving = facts.state in LEAVING
    open_ = {
        "change": facts.state in (State.DRAFT, State.OFFERED),
        "offer": facts.state == State.DRAFT,
        "sign": facts.state in (State.DRAFT, State.OFFERED),
        "amend": running or leaving,
        "renew": (running or leaving) and facts.term.ends_on is not None and facts.state != State.ASSIGNED,
        "hold_over": running and term_over,
        "give_notice": running and not term_over,
        "exercise_break": running and any(o.kind == OptionKind.BREAK and o.on >= facts.today for o in facts.options),
        "assign": running and not term_over,
        "end": running or (facts.state in (State.ENDED, State.TERMINATED) and facts.left_on is not None and facts.left_on > facts.today),
        "void": facts.state in (State.DRAFT, State.OFFERED) or (running and facts.today < facts.term.starts_on),
        "receive_deposit": running or facts.state == State.OFFERED,
        "return_deposit": running or leaving,
    }
    return [deed for deed, is_open in open_.items() if is_open]


def remaining(terms: Terms, on: date) -> Terms:
    """Return what of *terms* is left from a day on, as a lease that begins on that day; without an end when its end is past.

    Options whose notice was due before are lost.
    """
    last = terms.term.ends_on
    if last is not None and last < on:
        last = None
    current = step_on(terms.steps, on)
    later = [step for step in terms.steps if step.from_on > on and (last is None or step.from_on <= last)]
    return replace(
        terms,
        term=Term(on, last),
        steps=tuple(([replace(current, from_on=on)] if current else []) + later),
        rent_free=tuple(
            Term(max(free.starts_on, on), free.ends_on) for free in terms.rent_free if free.ends_on is not None and free.ends_on >= on
        ),
        options=tuple(
            option
            for option in terms.options
            if months_later(option.on, -option.notice_months) >= on and (last is None or option.on <= last)
        ),
    )


# Critical dates


@dataclass(frozen=True, slots=True)
class Watched:
    """A lease as far as its critical dates go. deposit_held: in the lease's currency."""

    number: str
    facts: Facts
    rent_free: tuple[Term, ...] = ()
    deposit_due: Money | None = None
    deposit_held: Money | None = None


@dataclass(frozen=True, slots=True)
class Critical:
    """Something about a lease falls due. kind is one of CRITICAL. days: from today; negative when it is over."""

    number: str
    kind: str
    on: date
    days: int
    side: str = ""
    money: Money | None = None


CRITICAL = (
    "begins",
    "ends",
    "leaves",
    "break",
    "break_notice",
    "renew",
    "renew_notice",
    "expand",
    "expand_notice",
    "rent_free_ends",
    "expired",
    "deposit_missing",
)


def critical_dates(leases: Iterable[Watched], days: int, is_working_day: Callable[[date], bool]) -> list[Critical]:
    """Return what falls due from today for so many days, and what is overdue (expired terms, missing deposits), in order of day."""
    found: list[Critical] = []
    for lease in leases:
        if lease.facts.state in EXECUTED and lease.facts.standing not in LEAVING:
            until = lease.facts.today + timedelta(days=days)
            found += [one for one in _dates(lease, is_working_day) if one.days >= 0 and one.on <= until]
            found += _overdue(lease)
    return sorted(found, key=lambda one: (one.on, one.number, CRITICAL.index(one.kind)))


def _dates(lease: Watched, is_working_day: Callable[[date], bool]) -> list[Critical]:
    facts = lease.facts
    today = facts.today

    def due(kind: str, on: date, side: str = "") -> Critical:
        return Critical(lease.number, kind, on, (on - today).days, side)

    listed: list[Critical] = []
    if facts.term.starts_on > today:
        listed.append(due("begins", facts.term.starts_on))
    if facts.left_on is not None:
        listed.append(due("leaves", facts.left_on))
    elif facts.term.ends_on is not None and facts.holdover_from is None:
        listed.append(due("ends", facts.term.ends_on))
    listed += [due("rent_free_ends", free.ends_on) for free in lease.rent_free if free.ends_on is not None]
    if facts.left_on is None:
        for option in facts.options:
            listed.append(due(option.kind, option.on, option.side))
            if option.notice_months:
                listed.append(due(f"{option.kind}_notice", notice_deadline(option.on, option.notice_months, is_working_day), option.side))
    return listed


def _overdue(lease: Watched) -> list[Critical]:
    facts = lease.facts
    listed: list[Critical] = []
    if facts.standing == "expired" and facts.term.ends_on is not None:
        listed.append(Critical(lease.number, "expired", facts.term.ends_on, (facts.term.ends_on - facts.today).days))
    due = lease.deposit_due
    if due is not None and due.minor > 0 and facts.standing in ("signed", "active", "holdover"):
        missing = due.minor - (lease.deposit_held.minor if lease.deposit_held else 0)
        if missing > 0:
            day = facts.term.starts_on
            listed.append(Critical(lease.number, "deposit_missing", day, (day - facts.today).days, money=Money(missing, due.currency)))
    return listed
