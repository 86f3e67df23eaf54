"""Funds without a database: flows, metrics, ownership. Amounts are in the smallest coin of the fund's currency, days civil."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from parkmgr.funds.rates import Rate, xirr
from parkmgr.values import Money, apportioned


class FlowKind(StrEnum):
    """What a flow of money is. The first two are between the fund and a partner, the next two between the fund and a company."""

    CONTRIBUTION = "contribution"
    DISTRIBUTION = "distribution"
    INVESTMENT = "investment"
    PROCEEDS = "proceeds"
    FEE = "fee"
    """Of management, paid to the manager."""
    EXPENSE = "expense"
    CARRY = "carry"
    """Carried interest, paid to the general partner."""
    INCOME = "income"
    """Interest on what the fund has in its account."""


OF_PARTNER = frozenset({FlowKind.CONTRIBUTION, FlowKind.DISTRIBUTION})
OF_COMPANY = frozenset({FlowKind.INVESTMENT, FlowKind.PROCEEDS})
INTO_FUND = frozenset({FlowKind.CONTRIBUTION, FlowKind.PROCEEDS, FlowKind.INCOME})
"""They add to the fund's cash; all others take from it."""


class Purpose(StrEnum):
    """What a line of a notice is for: the first three of a call, the others of a distribution and of proceeds."""

    INVESTMENT = "investment"
    FEE = "fee"
    EXPENSE = "expense"
    CAPITAL = "capital"
    GAIN = "gain"
    INCOME = "income"


class NoticeKind(StrEnum):
    """What partners are told."""

    CALL = "call"
    DISTRIBUTION = "distribution"


class Instrument(StrEnum):
    """By what a round brings money into a company."""

    FOUNDING = "founding"
    EQUITY = "equity"
    CONVERTIBLE = "convertible"
    LOAN = "loan"
    GRANT = "grant"


class Method(StrEnum):
    """How a fair value was found. Source: the words of the International Private Equity and Venture Capital Valuation Guidelines."""

    RECENT_INVESTMENT = "recent_investment"
    MULTIPLES = "multiples"
    CASH_FLOWS = "cash_flows"
    NET_ASSETS = "net_assets"
    MILESTONES = "milestones"
    WRITE_OFF = "write_off"
    EXIT = "exit"


# Facts: what was recorded, as known at an instant


@dataclass(frozen=True, slots=True)
class Promise:
    """A commitment of a partner."""

    partner: int
    on: date
    minor: int


@dataclass(frozen=True, slots=True)
class Share:
    """What a partner was told of one line of a notice."""

    partner: int
    kind: NoticeKind
    notified_on: date
    due_on: date
    purpose: Purpose
    minor: int
    notice: int
    recallable: bool = False


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that moved. partner or company: with whom. notice: which told of it."""

    kind: FlowKind
    on: date
    minor: int
    partner: int | None = None
    company: int | None = None
    notice: int | None = None
    purpose: str = ""
    recallable: bool = False

    @property
    def into_fund(self) -> int:
        """The amount, negative when it leaves the fund."""
        return self.minor if self.kind in INTO_FUND else -self.minor


@dataclass(frozen=True, slots=True)
class Worth:
    """What the fund's part of a company was worth on a day; of one day the last counts."""

    company: int
    on: date
    minor: int
    method: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was recorded of one fund by the instant asked, in order of days, whatever the day asked."""

    promises: tuple[Promise, ...] = ()
    shares: tuple[Share, ...] = ()
    movements: tuple[Movement, ...] = ()
    worths: tuple[Worth, ...] = ()

    def days(self) -> list[date]:
        """Return every day on which something was recorded to be."""
        recorded = [one.on for one in self.promises] + [one.on for one in self.movements] + [one.on for one in self.worths]
        return recorded + [one.notified_on for one in self.shares]

    def by(self, on: date) -> Facts:
        """Return what had happened by the end of a day. A notice counts from the day on which partners were told."""
        return Facts(
            tuple(one for one in self.promises if one.on <= on),
            tuple(one for one in self.shares if one.notified_on <= on),
            tuple(one for one in self.movements if one.on <= on),
            tuple(one for one in self.worths if one.on <= on),
        )


# Metrics


@dataclass(frozen=True, slots=True)
class Metrics:
    """The figures of a fund, or of one partner's part of it, at the end of a day; amounts in the smallest coin.

    gross: between the fund and its companies; None for a partner. net: between partners and the fund.
    """

    committed: int
    called: int
    recallable: int
    paid_in: int
    distributed: int
    cash: int
    fair_value: int
    invested: int
    proceeds: int
    net: Rate
    gross: Rate | None = None

    @property
    def nav(self) -> int:
        """Net asset value: what the companies are worth, and what is in the account."""
        return self.cash + self.fair_value

    @property
    def uncalled(self) -> int:
        """What may still be called: what was distributed as recallable counts again."""
        return self.committed - self.called + self.recallable

    @property
    def outstanding(self) -> int:
        """What was called and not paid."""
        return self.called - self.paid_in

    @property
    def pic(self) -> Fraction | None:
        """Paid-in / committed."""
        return ratio(self.paid_in, self.committed)

    @property
    def dpi(self) -> Fraction | None:
        """Distributed / paid-in."""
        return ratio(self.distributed, self.paid_in)

    @property
    def rvpi(self) -> Fraction | None:
        """NAV / paid-in."""
        return ratio(self.nav, self.paid_in)

    @property
    def tvpi(self) -> Fraction | None:
        """DPI + RVPI."""
        return ratio(self.distributed + self.nav, self.paid_in)

    @property
    def moic(self) -> Fraction | None:
        """(Proceeds + fair value) / invested: of the companies, before fees."""
        return ratio(self.proceeds + self.fair_value, self.invested)


def ratio(part: int, whole: int) -> Fraction | None:
    """Return part / whole; None where there is no whole."""
    return Fraction(part, whole) if whole else None


def _sum(movements: Iterable[Movement], *kinds: FlowKind) -> int:
    return sum(one.minor for one in movements if one.kind in kinds)


def called(facts: Facts) -> int:
    """Return what partners were asked for: by calls, and by contributions of which no notice is known."""
    by_notice = sum(one.minor for one in facts.shares if one.kind is NoticeKind.CALL)
    return by_notice + sum(one.minor for one in facts.movements if one.kind is FlowKind.CONTRIBUTION and one.notice is None)


def recallable(facts: Facts) -> int:
    """Return what was distributed and may be called again."""
    return sum(one.minor for one in facts.movements if one.kind is FlowKind.DISTRIBUTION and one.recallable)


def metrics(facts: Facts, on: date) -> Metrics:
    """Return a fund's figures at the end of a day."""
    facts = facts.by(on)
    moved = facts.movements
    fair = sum(fair_values(facts, on).values())
    cash = sum(one.into_fund for one in moved)
    net = [(one.on, -one.into_fund) for one in moved if one.kind in OF_PARTNER]
    gross = [(one.on, one.into_fund) for one in moved if one.kind in OF_COMPANY]
    return Metrics(
        committed=sum(one.minor for one in facts.promises),
        called=called(facts),
        recallable=recallable(facts),
        paid_in=_sum(moved, FlowKind.CONTRIBUTION),
        distributed=_sum(moved, FlowKind.DISTRIBUTION),
        cash=cash,
        fair_value=fair,
        invested=_sum(moved, FlowKind.INVESTMENT),
        proceeds=_sum(moved, FlowKind.PROCEEDS),
        net=xirr([*net, (on, cash + fair)]),
        gross=xirr([*gross, (on, fair)]),
    )


def fair_values(facts: Facts, on: date) -> dict[int, int]:
    """Return company -> what the fund's part of it is worth at the end of a day.

    The newest valuation, and since then what was invested (+) and what came back of the capital (-); never valued, it stands at cost.
    """
    newest: dict[int, Worth] = {}
    for one in facts.worths:
        if one.on <= on and (one.company not in newest or one.on >= newest[one.company].on):
            newest[one.company] = one
    values = {company: one.minor for company, one in newest.items()}
    for move in facts.movements:
        if move.company is None or move.on > on or (move.company in newest and move.on <= newest[move.company].on):
            continue
        if move.kind is FlowKind.INVESTMENT:
            values[move.company] = values.get(move.company, 0) + move.minor
        elif move.purpose == Purpose.CAPITAL:
            values[move.company] = values.get(move.company, 0) - move.minor
    return {company: max(0, minor) for company, minor in values.items()}


@dataclass(frozen=True, slots=True)
class Holding:
    """A company of a fund at the end of a day."""

    company: int
    invested: int
    proceeds: int
    fair_value: int
    first_on: date
    valued_on: date | None
    method: str
    rate: Rate

    @property
    def moic(self) -> Fraction | None:
        """(Proceeds + fair value) / invested."""
        return ratio(self.proceeds + self.fair_value, self.invested)

    @property
    def is_over(self) -> bool:
        """Tell whether it was sold or written off."""
        return self.method in (Method.EXIT, Method.WRITE_OFF)


def holdings(facts: Facts, on: date) -> list[Holding]:
    """Return the companies into which the fund has paid by a day, the first first."""
    facts = facts.by(on)
    values = fair_values(facts, on)
    by_company: dict[int, list[Movement]] = defaultdict(list)
    for one in facts.movements:
        if one.company is not None:
            by_company[one.company].append(one)
    last: dict[int, Worth] = {}
    for worth in facts.worths:
        if worth.company not in last or worth.on >= last[worth.company].on:
            last[worth.company] = worth
    found = []
    for company, moves in by_company.items():
        value = last.get(company)
        flows = [(one.on, one.into_fund) for one in moves]
        found.append(
            Holding(
                company,
                _sum(moves, FlowKind.INVESTMENT),
                _sum(moves, FlowKind.PROCEEDS),
                values.get(company, 0),
                min(one.on for one in moves),
                value.on if value else None,
                value.method if value else "",
                xirr([*flows, (on, values.get(company, 0))]),
            )
        )
    return sorted(found, key=lambda one: (one.first_on, one.company))


def navs(facts: Facts, on: date, nav: int) -> dict[int, int]:
    """Return partner -> part of the fund's NAV, in proportion to the commitments of the day; the parts sum to it.

    A NAV below zero is divided likewise.
    """
    promised: dict[int, int] = defaultdict(int)
    for one in facts.promises:
        if one.on <= on:
            promised[one.partner] += one.minor
    if not promised:
        return {}
    parts = apportioned(abs(nav), list(promised.values()))
    return {partner: part if nav >= 0 else -part for partner, part in zip(promised, parts, strict=True)}


def of_partner(facts: Facts, partner: int) -> Facts:
    """Return the facts between the fund and one partner."""
    return Facts(
        tuple(one for one in facts.promises if one.partner == partner),
        tuple(one for one in facts.shares if one.partner == partner),
        tuple(one for one in facts.movements if one.partner == partner),
    )


def partners(facts: Facts, on: date) -> dict[int, Metrics]:
    """Return each partner's figures at the end of a day, by their first commitment."""
    facts = facts.by(on)
    values = fair_values(facts, on)
    cash = sum(one.into_fund for one in facts.movements)
    fair = sum(values.values())
    of_nav = navs(facts, on, cash + fair)
    own: dict[int, tuple[list[Promise], list[Share], list[Movement]]] = defaultdict(lambda: ([], [], []))
    for promise in facts.promises:
        own[promise.partner][0].append(promise)
    for share in facts.shares:
        own[share.partner][1].append(share)
    for move in facts.movements:
        if move.partner is not None:
            own[move.partner][2].append(move)
    found = {}
    for partner, (promises, shares, moved) in own.items():
        alone = Facts(tuple(promises), tuple(shares), tuple(moved))
        nav = of_nav.get(partner, 0)
        found[partner] = Metrics(
            committed=sum(one.minor for one in promises),
            called=called(alone),
            recallable=recallable(alone),
            paid_in=_sum(moved, FlowKind.CONTRIBUTION),
            distributed=_sum(moved, FlowKind.DISTRIBUTION),
            cash=0,
            fair_value=nav,
            invested=0,
            proceeds=0,
            net=xirr([*((one.on, -one.into_fund) for one in moved), (on, nav)]),
        )
    return found


# The capital account, in the words of the Institutional Limited Partners Association's reporting template


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the NAV between two days. The lines sum to `ending` to the coin."""

    beginning: int
    contributions: int
    distributions: int
    """Negative."""
    operating: int
    """Interest less fees, expenses and carried interest."""
    realised: int
    """Gains and income that companies paid."""
    unrealised: int
    """What the companies changed in value, write-offs included."""
    ending: int

    @property
    def result(self) -> int:
        """What the fund earned or lost."""
        return self.operating + self.realised + self.unrealised


def account(facts: Facts, since: date, on: date) -> Account:
    """Return the capital account of a fund from the beginning of *since* to the end of *on*."""
    before = since - timedelta(days=1)
    moved = [one for one in facts.movements if since <= one.on <= on]
    begin, end = facts.by(before), facts.by(on)
    fair_before, fair_after = (sum(fair_values(some, day).values()) for some, day in ((begin, before), (end, on)))
    capital = sum(one.minor for one in moved if one.kind is FlowKind.PROCEEDS and one.purpose == Purpose.CAPITAL)
    return Account(
        beginning=sum(one.into_fund for one in begin.movements) + fair_before,
        contributions=_sum(moved, FlowKind.CONTRIBUTION),
        distributions=-_sum(moved, FlowKind.DISTRIBUTION),
        operating=_sum(moved, FlowKind.INCOME) - _sum(moved, FlowKind.FEE, FlowKind.EXPENSE, FlowKind.CARRY),
        realised=_sum(moved, FlowKind.PROCEEDS) - capital,
        unrealised=fair_after - fair_before - _sum(moved, FlowKind.INVESTMENT) + capital,
        ending=sum(one.into_fund for one in end.movements) + fair_after,
    )


def account_of(facts: Facts, partner: int, since: date, on: date) -> Account:
    """Return one partner's capital account; what became of its part of the fund's NAV stands in one line, `unrealised`."""
    own = [one for one in facts.movements if one.partner == partner and since <= one.on <= on]
    before = since - timedelta(days=1)
    beginning, ending = (partners(facts, day).get(partner) for day in (before, on))
    begins, ends = (one.nav if one else 0 for one in (beginning, ending))
    contributed, distributed = _sum(own, FlowKind.CONTRIBUTION), _sum(own, FlowKind.DISTRIBUTION)
    return Account(begins, contributed, -distributed, 0, 0, ends - begins - contributed + distributed, ends)


@dataclass(frozen=True, slots=True)
class Year:
    """What moved between partners and fund in a calendar year."""

    year: int
    contributed: int
    distributed: int


def years(facts: Facts, on: date) -> list[Year]:
    """Return each calendar year from the first flow to the day."""
    moved = [one for one in facts.movements if one.on <= on and one.kind in OF_PARTNER]
    if not moved:
        return []
    return [
        Year(
            year,
            _sum((one for one in moved if one.on.year == year), FlowKind.CONTRIBUTION),
            _sum((one for one in moved if one.on.year == year), FlowKind.DISTRIBUTION),
        )
        for year in range(min(one.on.year for one in moved), on.year + 1)
    ]


def curve(facts: Facts, on: date) -> list[tuple[date, int]]:
    """Return the J-curve: at the end of each quarter, and on the day, what partners got less what they paid, all together."""
    moved = sorted(((one.on, -one.into_fund) for one in facts.movements if one.on <= on and one.kind in OF_PARTNER), key=lambda one: one[0])
    if not moved:
        return []
    points: list[tuple[date, int]] = []
    total, place = 0, 0
    day = _quarter_end(moved[0][0])
    while True:
        day = min(day, on)
        while place < len(moved) and moved[place][0] <= day:
            total += moved[place][1]
            place += 1
        points.append((day, total))
        if day == on:
            return points
        day = _quarter_end(day + timedelta(days=1))


def _quarter_end(day: date) -> date:
    month = (day.month - 1) // 3 * 3 + 3
    return date(day.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


# Ownership


@dataclass(frozen=True, slots=True)
class Held:
    """Shares that an investor has got in a round. fund or organisation: who."""

    fund: int | None
    organisation: int | None
    shares: int
    minor: int


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """A round of a company. shares_after None: it issued none."""

    id: int
    on: date
    name: str
    instrument: str
    currency: str
    raised: int
    post: int | None
    shares_after: int | None
    held: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who owns which part of a company, fully diluted. by_fund and by_organisation: id -> part of one."""

    shares: int
    by_fund: Mapping[int, Fraction]
    by_organisation: Mapping[int, Fraction]

    @property
    def of_funds(self) -> Fraction:
        """The part that all funds of the park own together."""
        return sum(self.by_fund.values(), Fraction(0))

    def is_related(self, permille: int) -> bool:
        """Tell whether the funds together own so many thousandths of it, or more: then it is a related party."""
        return self.of_funds * 1000 >= permille

    @property
    def others(self) -> Fraction:
        """The part whose owners the register does not know."""
        return 1 - self.of_funds - sum(self.by_organisation.values(), Fraction(0))


def ownership(rounds: Iterable[RoundFacts], on: date) -> Ownership | None:
    """Return who owns a company after its newest round by a day; None where no round has said how many shares there are."""
    funds: dict[int, int] = defaultdict(int)
    organisations: dict[int, int] = defaultdict(int)
    total = 0
    for one in sorted(rounds, key=lambda each: (each.on, each.id)):
        if one.on > on:
            break
        total = one.shares_after or total
        for held in one.held:
            if held.fund is not None:
                funds[held.fund] += held.shares
            elif held.organisation is not None:
                organisations[held.organisation] += held.shares
    if not total:
        return None
    return Ownership(
        total,
        {who: Fraction(shares, total) for who, shares in funds.items() if shares},
        {who: Fraction(shares, total) for who, shares in organisations.items() if shares},
    )


# Notices


def split(lines: Mapping[Purpose, Money], promised: Mapping[int, int]) -> dict[int, dict[Purpose, Money]]:
    """Return partner -> purpose -> amount: each line divided by commitment, summing to it to the coin (largest remainder).

    Raises:
        ValueError: when nobody promised anything.
    """
    partners_ = list(promised)
    told: dict[int, dict[Purpose, Money]] = {partner: {} for partner in partners_}
    for purpose, money in lines.items():
        for partner, part in zip(partners_, money.split([promised[partner] for partner in partners_]), strict=True):
            told[partner][purpose] = part
    return told
