"""What the park's rules say to deeds of funds: every objection at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from parkmgr.errors import N_, Objection
from parkmgr.funds.rules import (
    INTO_FUND,
    OF_COMPANY,
    OF_PARTNER,
    Facts,
    FlowKind,
    Instrument,
    Movement,
    Purpose,
    RoundFacts,
    called,
    of_partner,
    recallable,
)
from parkmgr.values import Money, Names

NO_CODE = Objection("funds.no_code", N_("Give the fund a code: letters, digits and dashes, at most 20."), "code")
VINTAGE = Objection("funds.vintage", N_("The vintage is the year of the first day or the one after."), "vintage")
ENDS_FIRST = Objection("funds.ends_first", N_("The fund's term ends before it begins."), "ends_on")
NOT_POSITIVE = Objection("funds.not_positive", N_("Give an amount of more than zero."), "amount")
OTHER_CURRENCY = Objection("funds.other_currency", N_("The fund's currency is %(currency)s; flows in another are not taken."), "currency")
CURRENCY_KEPT = Objection("funds.currency_kept", N_("The currency stays: money of the fund is recorded in it already."), "currency")
STARTS_KEPT = Objection("funds.starts_kept", N_("Something of the fund is recorded before this day already."), "starts_on")
THRESHOLD = Objection("funds.threshold", N_("Give a part between 0.1 and 100 per cent."), "related")
TOO_EARLY = Objection("funds.too_early", N_("The fund begins on %(starts_on)s; nothing of it is earlier."), "on")
TO_COME = Objection("funds.to_come", N_("This day is still to come; what has not happened is not recorded."), "on")
SHORT_NOTICE = Objection(
    "funds.short_notice", N_("Partners have at least %(days)s business days: the earliest day is %(earliest)s."), "due_on"
)
NO_PROMISES = Objection("funds.no_promises", N_("No partner has committed anything to the fund by this day."), "notified_on")
NO_LINES = Objection("funds.no_lines", N_("Give at least one amount."), "investment")
ABOVE_UNCALLED = Objection(
    "funds.above_uncalled", N_("%(amount)s is called of %(partner)s, and only %(uncalled)s of the commitment is uncalled."), "investment"
)
NO_NAV = Objection(
    "funds.no_nav",
    N_("The fund has no net asset value on %(on)s to distribute: its companies are worth nothing and its account is empty."),
    "capital",
)
NO_CASH = Objection("funds.no_cash", N_("The fund has %(cash)s in its account on %(on)s, and %(amount)s would leave it."), "amount")
RECALLABLE = Objection("funds.recallable", N_("Only returned capital may be called again."), "capital")
NOT_ASKED = Objection("funds.not_asked", N_("This partner is not asked to pay by this notice."), "partner")
TOO_MUCH = Objection("funds.too_much", N_("Only %(outstanding)s is outstanding."), "amount")
BEFORE_NOTICE = Objection("funds.before_notice", N_("Partners were told on %(notified_on)s; nothing was paid before."), "on")
NO_CALL = Objection("funds.no_call", N_("Only what was called is received; a distribution is paid by its notice."))
RECEIVED = Objection("funds.received", N_("Money has been received for this notice; withdraw those flows first."))
CALLED_ON = Objection("funds.called_on", N_("The partner has been called on this commitment, or has paid; it can no longer be withdrawn."))
NEEDS_REASON = Objection("funds.needs_reason", N_("Say why: the reason stays in the audit."), "reason")
NEEDS_COMPANY = Objection("funds.needs_company", N_("Say of which company it is."), "company")
NEEDS_PURPOSE = Objection("funds.needs_purpose", N_("Say what it is: capital, gain or income."), "purpose")
BY_NOTICE = Objection("funds.by_notice", N_("Partners pay and are paid by notices; record it there."), "kind")
BY_ROUND = Objection("funds.by_round", N_("Investments are recorded as rounds of the company."), "kind")
OF_ROUND = Objection("funds.of_round", N_("This flow belongs to a round; withdraw the round."))
OF_NOTICE = Objection("funds.of_notice", N_("This flow belongs to a distribution; cancel its notice."))
NO_RAISED = Objection("funds.no_raised", N_("Say how much was raised."), "raised")
POST_BELOW = Objection("funds.post_below", N_("After a round a company is worth at least what it raised."), "post")
NO_SHARES = Objection("funds.no_shares", N_("Say how many shares there are after the round."), "shares_after")
FEWER_SHARES = Objection("funds.fewer_shares", N_("There were %(shares)s shares before; say why there are fewer."), "note")
TOO_MANY_SHARES = Objection(
    "funds.too_many_shares", N_("Investors would own %(owned)s of %(shares)s shares: more than 100 per cent."), "shares_after"
)
NOT_ISSUED = Objection("funds.not_issued", N_("This instrument gives no shares yet; leave them empty."), "shares")
PARTS_ABOVE = Objection("funds.parts_above", N_("The investors named put in more than was raised."), "raised")
ITSELF = Objection("funds.itself", N_("A company does not invest in itself."), "investor")
CIRCLE = Objection("funds.circle", N_("This would close a circle of ownership: %(circle)s."), "investor")
BEFORE_FOUNDING = Objection("funds.before_founding", N_("The company's first round is of %(first_on)s."), "on")
IS_OVER = Objection("funds.is_over", N_("The fund sold or wrote off this company on %(on)s."), "company")
NEVER_INVESTED = Objection("funds.never_invested", N_("The fund has not paid into this company by this day."), "company")
NO_VALUER = Objection("funds.no_valuer", N_("Say who found the value."), "valued_by")
ROUND_OTHER_CURRENCY = Objection(
    "funds.round_other_currency", N_("%(fund)s pays in %(currency)s; record the round in that currency."), "currency"
)
LATER_ROUND = Objection("funds.later_round", N_("A later round counts on this one; withdraw that first."))
NO_EXIT = Objection("funds.no_exit", N_("Say what the fund got, or write the company off."), "capital")


@dataclass(frozen=True, slots=True)
class FundAsked:
    """A fund as it is asked for. related_permille: from which part of a company on it is a related party."""

    code: str
    names: Names
    size: Money
    vintage: int
    starts_on: date
    ends_on: date | None
    notice_days: int = 10
    related_permille: int = 200


def fund_objections(asked: FundAsked) -> list[Objection]:
    """Return what is against a fund as it is asked for."""
    plain = asked.code.replace("-", "")
    return [
        objection
        for objection, applies in (
            (NO_CODE, not plain or len(asked.code) > 20 or not plain.isalnum() or not plain.isascii()),
            (NOT_POSITIVE.at("size"), asked.size.minor <= 0),
            (VINTAGE, asked.vintage not in (asked.starts_on.year, asked.starts_on.year + 1)),
            (ENDS_FIRST, asked.ends_on is not None and asked.ends_on < asked.starts_on),
            (THRESHOLD, not 1 <= asked.related_permille <= 1000),
        )
        if applies
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """What bears on money of a fund on a day. cash: in its account at the end of that day, and at the end of every later one at least."""

    currency: str
    starts_on: date
    today: date
    cash: int = 0
    nav: int = 0


def money_objections(money: Money, on: date, standing: Standing, *, field: str = "amount", day: str = "on") -> list[Objection]:
    """Return what is against an amount of the fund on a day: not positive, another currency, before the fund, still to come."""
    against = []
    if money.currency != standing.currency:
        against.append(OTHER_CURRENCY.about(currency=standing.currency))
    if money.minor <= 0:
        against.append(NOT_POSITIVE.at(field))
    return [*against, *day_objections(on, standing, field=day)]


def day_objections(on: date, standing: Standing, *, field: str = "on") -> list[Objection]:
    """Return what is against a day of a fund."""
    if on < standing.starts_on:
        return [TOO_EARLY.at(field).about(starts_on=standing.starts_on)]
    return [TO_COME.at(field)] if on > standing.today else []


def cash_objections(minor: int, on: date, standing: Standing, *, field: str = "amount") -> list[Objection]:
    """Return what is against money leaving the fund's account."""
    if minor <= standing.cash:
        return []
    has, leaves = Money(standing.cash, standing.currency), Money(minor, standing.currency)
    return [NO_CASH.at(field).about(cash=has, amount=leaves, on=on)]


def earliest_due(notified_on: date, days: int, works: Callable[[date], bool]) -> date:
    """Return the first day that is so many business days after the notice."""
    day, left = notified_on, days
    while left:
        day += timedelta(days=1)
        left -= works(day)
    return day


@dataclass(frozen=True, slots=True)
class CallDays:
    """The days of a call. earliest: on which it may be due, *days* business days after the notice."""

    notified_on: date
    due_on: date
    earliest: date
    days: int


def call_objections(
    lines: Mapping[Purpose, Money], days: CallDays, standing: Standing, asked: Mapping[str, tuple[int, int]], *, promised: bool
) -> list[Objection]:
    """Return what is against a call. asked: partner's code -> (amount asked, what is uncalled). promised: anybody has committed."""
    against = _lines_objections(lines, standing) + day_objections(days.notified_on, standing, field="notified_on")
    if days.due_on < days.earliest:
        against.append(SHORT_NOTICE.about(days=days.days, earliest=days.earliest))
    if not promised:
        against.append(NO_PROMISES)
    for partner, (amount, uncalled) in asked.items():
        if amount > uncalled:
            asks, has = Money(amount, standing.currency), Money(max(0, uncalled), standing.currency)
            against.append(ABOVE_UNCALLED.about(partner=partner, amount=asks, uncalled=has))
    return against


def _lines_objections(lines: Mapping[Purpose, Money], standing: Standing) -> list[Objection]:
    if not lines:
        return [NO_LINES]
    against = [NOT_POSITIVE.at(str(purpose)) for purpose, money in lines.items() if money.minor <= 0]
    if any(money.currency != standing.currency for money in lines.values()):
        against.append(OTHER_CURRENCY.about(currency=standing.currency))
    return against


def distribution_objections(
    lines: Sequence[tuple[Purpose, Money, bool]], notified_on: date, due_on: date, standing: Standing, *, promised: bool
) -> list[Objection]:
    """Return what is against a distribution that is paid on its due day."""
    total = sum(money.minor for _, money, _ in lines)
    against = [NOT_POSITIVE.at(str(purpose)) for purpose, money, _ in lines if money.minor <= 0]
    if not lines:
        against.append(NO_LINES.at("capital"))
    if any(money.currency != standing.currency for _, money, _ in lines):
        against.append(OTHER_CURRENCY.about(currency=standing.currency))
    if any(back and purpose is not Purpose.CAPITAL for purpose, _, back in lines):
        against.append(RECALLABLE)
    if not promised:
        against.append(NO_PROMISES)
    against += day_objections(notified_on, standing, field="notified_on")
    if due_on < notified_on:
        against.append(BEFORE_NOTICE.at("due_on").about(notified_on=notified_on))
    if standing.nav <= 0:
        return [*against, NO_NAV.about(on=due_on)]
    return [*against, *cash_objections(total, due_on, standing, field="capital")]


def flow_objections(kind: FlowKind, purpose: str, has_company: bool) -> list[Objection]:
    """Return what is against a flow that is recorded by itself: fees, expenses, carried interest, interest, what a company paid."""
    if kind in (FlowKind.CONTRIBUTION, FlowKind.DISTRIBUTION):
        return [BY_NOTICE]
    if kind is FlowKind.INVESTMENT:
        return [BY_ROUND]
    if kind is not FlowKind.PROCEEDS:
        return []
    against = [] if has_company else [NEEDS_COMPANY]
    return against if purpose in (Purpose.CAPITAL, Purpose.GAIN, Purpose.INCOME) else [*against, NEEDS_PURPOSE]


@dataclass(frozen=True, slots=True)
class Investor:
    """Who puts what into a round, and gets which shares. fund or organisation: its id; name: as a sentence calls it."""

    name: str
    money: Money
    shares: int
    fund: int | None = None
    organisation: int | None = None


@dataclass(frozen=True, slots=True)
class RoundAsked:
    """A round as it is recorded."""

    on: date
    name: str
    instrument: Instrument
    raised: Money
    post: Money | None = None
    shares_after: int | None = None
    investors: tuple[Investor, ...] = ()
    note: str = ""


def round_objections(asked: RoundAsked, before: Sequence[RoundFacts], today: date) -> list[Objection]:
    """Return what is against a round, given the company's earlier rounds, whoever invests."""
    against = [TO_COME] if asked.on > today else []
    if before and asked.on < before[0].on:
        against.append(BEFORE_FOUNDING.about(first_on=before[0].on))
    if asked.raised.minor < 0 or (asked.raised.minor == 0 and asked.instrument is not Instrument.FOUNDING):
        against.append(NO_RAISED)
    if asked.post is not None and asked.post.minor < asked.raised.minor:
        against.append(POST_BELOW)
    if sum(one.money.minor for one in asked.investors) > asked.raised.minor:
        against.append(PARTS_ABOVE)
    return against + _share_objections(asked, before)


def _share_objections(asked: RoundAsked, before: Sequence[RoundFacts]) -> list[Objection]:
    gives = asked.instrument in (Instrument.FOUNDING, Instrument.EQUITY)
    if not gives:
        given = asked.shares_after is not None or any(one.shares for one in asked.investors)
        return [NOT_ISSUED] if given else []
    if not asked.shares_after:
        return [NO_SHARES]
    earlier = [one for one in before if one.on <= asked.on]
    there = next((one.shares_after for one in reversed(earlier) if one.shares_after), 0)
    owned = sum(held.shares for one in earlier for held in one.held) + sum(one.shares for one in asked.investors)
    against = []
    if asked.shares_after < there and not asked.note:
        against.append(FEWER_SHARES.about(shares=there))
    if owned > asked.shares_after:
        against.append(TOO_MANY_SHARES.about(owned=owned, shares=asked.shares_after))
    return against


def circle(company: int, investors: Iterable[int], owners: Mapping[int, Collection[int]]) -> list[int] | None:
    """Return a circle of ownership that the investors in a company would close, as a way from the company back to it; None: none.

    owners: organisation -> the organisations that own parts of it.
    """
    for investor in investors:
        if investor == company:
            return [company, company]
        way = _way(investor, company, owners)
        if way is not None:
            return [company, *way]
    return None


def _way(start: int, goal: int, owners: Mapping[int, Collection[int]]) -> list[int] | None:
    """Return how *goal* owns, over others, a part of *start*."""
    seen, ways = {start}, [[start]]
    while ways:
        way = ways.pop()
        for owner in owners.get(way[-1], ()):
            if owner == goal:
                return [*way, goal]
            if owner not in seen:
                seen.add(owner)
                ways.append([*way, owner])
    return None


NO_PROMISE = Objection("funds.no_promise", N_("This partner has committed nothing to the fund by this day."), "partner")
NEEDS_PARTNER = Objection("funds.needs_partner", N_("Say which partner paid or was paid."), "partner")
OVER_UNCALLED = Objection("funds.over_uncalled", N_("Only %(uncalled)s of the partner's commitment is uncalled on this day."), "amount")
OVERDRAWN = Objection("funds.overdrawn", N_("The fund's account would be overdrawn by %(amount)s on this day."), "amount")


@dataclass(frozen=True, slots=True)
class Brought:
    """A flow of before the register. row: of the table that it stands in; key: by which it is known again."""

    row: int
    kind: FlowKind
    money: Money
    on: date
    partner: int | None = None
    company: int | None = None
    purpose: str = ""
    recallable: bool = False
    note: str = ""
    key: str = ""


def brought_objections(flows: Sequence[Brought], facts: Facts, standing: Standing) -> list[tuple[int, Objection]]:
    """Return what is against flows of before the register, together with what is in it: (row, objection).

    Each by itself; then in order of days: no partner pays above what is uncalled, and the account is never overdrawn.
    """
    against = [(one.row, objection) for one in flows for objection in _brought_alone(one, standing)]
    if against:
        return against
    return _brought_together(flows, facts, standing)


def _brought_alone(one: Brought, standing: Standing) -> list[Objection]:
    against = money_objections(one.money, one.on, standing)
    if one.kind in OF_PARTNER and one.partner is None:
        against.append(NEEDS_PARTNER)
    if one.kind in OF_COMPANY and one.company is None:
        against.append(NEEDS_COMPANY)
    if one.kind in (FlowKind.PROCEEDS, FlowKind.DISTRIBUTION) and one.purpose not in (Purpose.CAPITAL, Purpose.GAIN, Purpose.INCOME):
        against.append(NEEDS_PURPOSE)
    if one.recallable and (one.kind is not FlowKind.DISTRIBUTION or one.purpose != Purpose.CAPITAL):
        against.append(RECALLABLE.at("recallable"))
    return against


def _brought_together(flows: Sequence[Brought], facts: Facts, standing: Standing) -> list[tuple[int, Objection]]:
    against: list[tuple[int, Objection]] = []
    brought = tuple(
        Movement(one.kind, one.on, one.money.minor, one.partner, one.company, None, one.purpose, one.recallable) for one in flows
    )
    together = Facts(facts.promises, facts.shares, tuple(sorted((*facts.movements, *brought), key=lambda one: one.on)), facts.worths)
    for one in flows:
        if one.kind is FlowKind.CONTRIBUTION and one.partner is not None:
            own = of_partner(together.by(one.on), one.partner)
            promised = sum(promise.minor for promise in own.promises)
            uncalled = promised - called(own) + recallable(own)
            if not promised:
                against.append((one.row, NO_PROMISE))
            elif uncalled < 0:
                left = Money(max(0, uncalled + one.money.minor), standing.currency)
                against.append((one.row, OVER_UNCALLED.about(uncalled=left)))
    return against + _overdrawn(flows, together, standing)


def _overdrawn(flows: Sequence[Brought], together: Facts, standing: Standing) -> list[tuple[int, Objection]]:
    """Return on which rows' days the account would end below nought: of each such day the rows that take money from it."""
    cash, by_day = 0, dict[date, int]()
    for move in together.movements:
        cash += move.into_fund
        by_day[move.on] = cash
    return [
        (one.row, OVERDRAWN.about(amount=Money(-by_day[one.on], standing.currency)))
        for one in flows
        if one.kind not in INTO_FUND and by_day[one.on] < 0
    ]
