"""The rent roll, compiled: every unit with its lease as it stood, and what follows from them. Pure; the words are in rentroll_pages.

From it: when leases expire, how long they still run, what is vacant by market rent, what is still to be paid, on whom the rent depends,
and whether the register agrees with itself.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

from parkmgr import values
from parkmgr.leases.rules import months_later
from parkmgr.reports.occupancy import (
    OCCUPIED,
    Place,
    Row,
    Status,
    Sums,
    Wault,
    day_from,
    day_text,
    place_from,
    plain_head,
    plain_row,
    row_from,
    sums,
    wault,
)
from parkmgr.reports.ties import Check
from parkmgr.values import Area, Money, Term, percent, rounded

DAY = timedelta(days=1)
YEARS = 5
"""Maturities are told apart for so many years; what is later is one sum. Source: IFRS 16, paragraph 97."""
TOP = 10
ROLLOVER = Fraction(1, 4)
"""From which part of the rent on that expires in one year a reader is alerted."""
LET = (Status.LET, Status.HOLDOVER)


@dataclass(frozen=True, slots=True)
class Charge:
    """From a day on a lease costs so much a month; None where it is not known (by the square metre of what is not measured)."""

    from_on: date
    minor: int | None


@dataclass(frozen=True, slots=True)
class Contract:
    """A lease as it stood: the version in force on the day. notice_by: the last day on which notice can be given for the next break."""

    number: str
    version: int
    currency: str
    starts_on: date
    ends_on: date | None
    charges: tuple[Charge, ...] = ()
    rent_free: tuple[Term, ...] = ()
    break_on: date | None = None
    notice_by: date | None = None
    index: str = ""
    deposit: int = 0
    held: int = 0
    """The deposit agreed and the deposit that is held, in the smallest coins of the currency."""
    holdover: bool = False

    def free_to(self, on: date) -> date | None:
        """Return the last day of the rent-free time in which a day lies, or that comes next; None without one."""
        ends = [term.ends_on for term in self.rent_free if term.ends_on is not None and term.ends_on >= on]
        return min(ends, default=None)


# What is still to be paid


def payable(contract: Contract, part: Term) -> Fraction | None:
    """Return what a lease costs for some days, in coins: each month by its own days; None where a rent is not known.

    Raises:
        ValueError: the part has no end.
    """
    if part.ends_on is None:
        raise ValueError("a part of a term has an end")
    first = max(part.starts_on, contract.starts_on)
    last = part.ends_on if contract.ends_on is None else min(part.ends_on, contract.ends_on)
    cuts = {first, last + DAY} if first <= last else set()
    if not cuts:
        return Fraction(0)
    cuts |= {one.from_on for one in contract.charges if first < one.from_on <= last}
    for term in contract.rent_free:
        cuts |= {day for day in (term.starts_on, (term.ends_on or last) + DAY) if first < day <= last}
    month = first
    while month <= last:
        month = months_later(month.replace(day=1), 1)
        if month <= last:
            cuts.add(month)
    days = sorted(cuts)
    total = Fraction(0)
    for begin, after in pairwise(days):
        if any(term.holds(begin) for term in contract.rent_free):
            continue
        charge = max((one for one in contract.charges if one.from_on <= begin), key=lambda one: one.from_on, default=None)
        if charge is None or charge.minor is None:
            return None
        total += Fraction(charge.minor * (after - begin).days, calendar.monthrange(begin.year, begin.month)[1])
    return total


@dataclass(frozen=True, slots=True)
class Maturity:
    """What leases in force still bring, undiscounted: years one to five after the day, and later. endless: leases without an end."""

    currency: str
    years: tuple[int, ...]
    endless: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        """In all."""
        return sum(self.years)


def in_coins(parts: Sequence[Fraction]) -> tuple[int, ...]:
    """Return parts in whole coins that sum to the rounded sum: the largest remainders get the coins that are left."""
    whole = [int(part) for part in parts]
    left = rounded(sum(parts, Fraction(0))) - sum(whole)
    order = sorted(range(len(parts)), key=lambda place: (whole[place] - parts[place], place))
    for place in order[:left]:
        whole[place] += 1
    return tuple(whole)


def maturities(contracts: Iterable[Contract], on: date) -> tuple[Maturity, ...]:
    """Return what is still to be paid under leases, by year after the day, to their expiry. What is held over is not counted.

    Source: IFRS 16, paragraph 97.
    """
    parts: dict[str, list[Fraction]] = defaultdict(lambda: [Fraction(0)] * (YEARS + 1))
    endless: dict[str, int] = defaultdict(int)
    unknown: dict[str, int] = defaultdict(int)
    bounds = [on, *(months_later(on, 12 * year) for year in range(1, YEARS + 1))]
    for one in contracts:
        if one.holdover or (one.ends_on is not None and one.ends_on <= on):
            continue
        sums_ = parts[one.currency]
        if one.ends_on is None:
            endless[one.currency] += 1
            continue
        terms = [Term(first + DAY, last) for first, last in pairwise(bounds)]
        terms.append(Term(bounds[-1] + DAY, max(one.ends_on, bounds[-1] + DAY)))
        found = [payable(one, term) for term in terms]
        if any(amount is None for amount in found):
            unknown[one.currency] += 1
            continue
        parts[one.currency] = [old + (new or 0) for old, new in zip(sums_, found, strict=True)]
    return tuple(Maturity(code, in_coins(sums_), endless[code], unknown[code]) for code, sums_ in sorted(parts.items()))


# When leases expire


@dataclass(frozen=True, slots=True)
class Expiring:
    """What expires in a year. year None: without an end; 0: held over. rent: currency -> coins a month."""

    year: int | None
    leases: int
    area: Area
    rent: Mapping[str, int] = field(default_factory=dict)


def expiry(rows: Iterable[Row], *, to_break: bool) -> tuple[Expiring, ...]:
    """Return what expires year by year: held over first, without an end last. to_break: at the next break, where that is earlier."""
    leases: dict[int | None, set[str]] = defaultdict(set)
    area: dict[int | None, int] = defaultdict(int)
    rent: dict[int | None, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        if row.status not in LET:
            continue
        end = row.ends_on
        if to_break and row.break_on is not None and (end is None or row.break_on < end):
            end = row.break_on
        year = 0 if row.status is Status.HOLDOVER else None if end is None else end.year
        leases[year].add(row.document)
        area[year] += row.area.dm2 if row.area is not None else 0
        if row.rent is not None:
            rent[year][row.rent.currency] += row.rent.minor
    order = sorted(leases, key=lambda year: (year is None, year or 0))
    return tuple(Expiring(year, len(leases[year]), Area(area[year]), dict(sorted(rent[year].items()))) for year in order)


def rollovers(expiring: Sequence[Expiring]) -> tuple[tuple[int, str, Fraction], ...]:
    """Return the years in which a quarter or more of the rent of a currency expires: year, currency, part."""
    whole: dict[str, int] = defaultdict(int)
    for one in expiring:
        for code, minor in one.rent.items():
            whole[code] += minor
    return tuple(
        (one.year, code, Fraction(minor, whole[code]))
        for one in expiring
        if one.year
        for code, minor in one.rent.items()
        if whole[code] and Fraction(minor, whole[code]) >= ROLLOVER
    )


# What is vacant, by market rent


@dataclass(frozen=True, slots=True)
class Epra:
    """Market rent a month, in coins, of what is vacant and of everything that is for letting."""

    currency: str
    vacant: int
    whole: int

    @property
    def rate(self) -> Decimal | None:
        """Per cent; None (not defined) where nothing is for letting. Source: EPRA Best Practices Recommendations."""
        return percent(self.vacant, self.whole)


def epra(rows: Iterable[Row], market: Mapping[str, Money]) -> tuple[tuple[Epra, ...], int]:
    """Return the EPRA vacancy by currency, and how many units for letting have no market rent or no area.

    market: space -> a month's, of one square metre. Vacant: nobody has it on the day, also where a lease begins later; what is closed for
    works is left out.
    """
    vacant: dict[str, Fraction] = defaultdict(Fraction)
    whole: dict[str, Fraction] = defaultdict(Fraction)
    unknown = 0
    for row in rows:
        if row.status in (Status.NOT_LETTABLE, Status.CLOSED, Status.BUSY):
            continue
        money = market.get(row.space)
        if money is None or row.area is None:
            unknown += 1
            continue
        worth = Fraction(money.minor * row.area.dm2, 100)
        whole[money.currency] += worth
        if row.status not in OCCUPIED:
            vacant[money.currency] += worth
    return tuple(Epra(code, rounded(vacant[code]), rounded(whole[code])) for code in sorted(whole)), unknown


# On whom the rent depends


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant's part of the rent of one currency."""

    name: str
    minor: int
    share: Fraction


@dataclass(frozen=True, slots=True)
class Concentration:
    """The largest tenants by rent in a currency, and the Herfindahl-Hirschman index: the sum of squares of shares in per cent."""

    currency: str
    tenants: int
    top: tuple[Tenant, ...]
    hhi: Decimal


def concentration(rows: Iterable[Row], language: str = "en") -> tuple[Concentration, ...]:
    """Return how the rent of each currency is spread among tenants."""
    rents: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    names: dict[int, str] = {}
    for row in rows:
        if row.status in LET and row.rent is not None and row.rent.minor and row.holder_id is not None:
            rents[row.rent.currency][row.holder_id] += row.rent.minor
            names[row.holder_id] = row.holder.in_(language) if row.holder is not None else ""
    found = []
    for code, by_tenant in sorted(rents.items()):
        whole = sum(by_tenant.values())
        shares = {id_: Fraction(minor, whole) for id_, minor in by_tenant.items()}
        order = sorted(by_tenant, key=lambda id_: (-by_tenant[id_], names[id_]))[:TOP]
        hhi = sum((share * share for share in shares.values()), Fraction(0)) * 10_000
        found.append(
            Concentration(
                code,
                len(by_tenant),
                tuple(Tenant(names[id_], by_tenant[id_], shares[id_]) for id_ in order),
                (Decimal(hhi.numerator) / Decimal(hhi.denominator)).quantize(Decimal("0.1")),
            )
        )
    return tuple(found)


# Whether the register agrees with itself


@dataclass(frozen=True)
class Report:
    """The rent roll of a park at the end of a day, as known at an instant. market: space -> a month's, of one square metre."""

    park: Place
    on: date
    known: datetime
    chosen: tuple[str, ...]
    rows: tuple[Row, ...]
    contracts: Mapping[str, Contract]
    market: Mapping[str, Money]

    @cached_property
    def total(self) -> Sums:
        """Sums over all rows: the occupancy report's."""
        return sums(self.rows)

    @cached_property
    def let(self) -> tuple[Row, ...]:
        """The units that somebody has by a lease."""
        return tuple(row for row in self.rows if row.status in LET)

    @cached_property
    def waults(self) -> tuple[Wault, ...]:
        """How long leases still run."""
        return wault(self.let, self.on)

    @cached_property
    def maturities(self) -> tuple[Maturity, ...]:
        """What is still to be paid."""
        return maturities(self.contracts.values(), self.on)

    @cached_property
    def to_expiry(self) -> tuple[Expiring, ...]:
        """What expires when."""
        return expiry(self.let, to_break=False)

    @cached_property
    def to_break(self) -> tuple[Expiring, ...]:
        """What may be given up when."""
        return expiry(self.let, to_break=True)

    @cached_property
    def epra(self) -> tuple[tuple[Epra, ...], int]:
        """What is vacant, by market rent."""
        return epra(self.rows, self.market)

    def concentration(self, language: str) -> tuple[Concentration, ...]:
        """Return on whom the rent depends."""
        return concentration(self.rows, language)

    @property
    def rollover(self) -> tuple[tuple[int, str, Fraction], ...]:
        """Years in which so much of the rent of a currency expires that a reader is alerted: year, currency, part."""
        return rollovers(self.to_expiry)

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Reconciliations of the rent roll with itself and with its leases."""
        seen: dict[str, int] = defaultdict(int)
        for row in self.rows:
            seen[row.space] += 1
        by_lease: dict[str, int] = defaultdict(int)
        unknown: set[str] = set()
        for row in self.let:
            by_lease[row.document] += row.rent.minor if row.rent is not None else 0
            if row.rent is None:
                unknown.add(row.document)
        known = {number: one for number, one in self.contracts.items() if number in by_lease and number not in unknown}
        spread = {number: _due(one, self.on) for number, one in known.items()}
        expiring: dict[str, int] = defaultdict(int)
        for part in self.to_expiry:
            for code, minor in part.rent.items():
                expiring[code] += minor
        rents: dict[str, int] = defaultdict(int)
        for row in self.let:
            if row.rent is not None:
                rents[row.rent.currency] += row.rent.minor
        whole = not self.chosen  # a lease may reach into buildings that were not chosen
        return (
            Check("units", len(self.rows), tuple(sorted(space for space, times in seen.items() if times > 1))),
            Check("documents", len(by_lease), tuple(sorted(set(by_lease) - set(self.contracts)))),
            Check(
                "schedules",
                len(known) if whole else 0,
                tuple(sorted(n for n, due in spread.items() if whole and due is not None and due != by_lease[n])),
            ),
            Check("rents", len(unknown), tuple(sorted(unknown))),
            Check("profile", len(rents), tuple(sorted(code for code in rents if rents[code] != expiring[code]))),
            Check("deposits", len(known), tuple(sorted(number for number, one in known.items() if one.held < one.deposit))),
            Check("holdovers", len(by_lease), tuple(sorted({row.document for row in self.let if row.status is Status.HOLDOVER}))),
        )


def _due(contract: Contract, on: date) -> int | None:
    """Return what the lease's schedule says is payable a month on a day."""
    if any(term.holds(on) for term in contract.rent_free):
        return 0
    charge = max((one for one in contract.charges if one.from_on <= on), key=lambda one: one.from_on, default=None)
    return None if charge is None else charge.minor


# What is kept


def plain(report: Report) -> dict[str, Any]:
    """Return the report as plain values."""
    return {
        "kind": "rentroll",
        **plain_head(report.park, report.on, report.known, report.chosen),
        "rows": [plain_row(row) for row in report.rows],
        "contracts": [
            [
                one.number,
                one.version,
                one.currency,
                one.starts_on.isoformat(),
                day_text(one.ends_on),
                [[charge.from_on.isoformat(), charge.minor] for charge in one.charges],
                [[term.starts_on.isoformat(), day_text(term.ends_on)] for term in one.rent_free],
                day_text(one.break_on),
                day_text(one.notice_by),
                one.index,
                one.deposit,
                one.held,
                one.holdover,
            ]
            for _number, one in sorted(report.contracts.items())
        ],
        "market": [[space, money.minor, money.currency] for space, money in sorted(report.market.items())],
    }


def from_plain(kept: Mapping[str, Any]) -> Report:
    """Return the report that `plain` was made of."""
    contracts = {row[0]: _contract(row) for row in kept["contracts"]}
    return Report(
        park=place_from(kept["park"]),
        on=date.fromisoformat(kept["on"]),
        known=datetime.fromisoformat(kept["known"]),
        chosen=tuple(kept["chosen"]),
        rows=tuple(row_from(row) for row in kept["rows"]),
        contracts=contracts,
        market={space: Money(minor, currency) for space, minor, currency in kept["market"]},
    )


def _contract(row: Sequence[Any]) -> Contract:
    number, version, currency, starts_on, ends_on, charges, free, break_on, notice_by, index, deposit, held, holdover = row
    return Contract(
        number,
        version,
        currency,
        date.fromisoformat(starts_on),
        day_from(ends_on),
        tuple(Charge(date.fromisoformat(from_on), minor) for from_on, minor in charges),
        tuple(Term(date.fromisoformat(first), day_from(last)) for first, last in free),
        day_from(break_on),
        day_from(notice_by),
        index,
        deposit,
        held,
        holdover,
    )


def canonical(report: Report) -> bytes:
    """Return the bytes whose SHA-256 is the report's: sorted keys, no spaces, UTF-8."""
    return values.canonical(plain(report)).encode()
