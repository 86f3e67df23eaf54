"""The fund report, compiled: what was recorded of one fund, from which every figure follows. Pure; the words are in fund_pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property
from typing import Any

from parkmgr import values
from parkmgr.funds import rules
from parkmgr.funds.rules import Account, Facts, FlowKind, Holding, Metrics, Movement, NoticeKind, Promise, Purpose, Share, Worth
from parkmgr.reports.occupancy import Place, place_from, plain_head, plain_names
from parkmgr.reports.ties import Check, none_of
from parkmgr.values import Money, Names


@dataclass(frozen=True, slots=True)
class Head:
    """The fund itself."""

    code: str
    names: Names
    currency: str
    vintage: int
    size: int
    starts_on: date
    ends_on: date | None
    manager: Names
    general_partner: Names


@dataclass(frozen=True, slots=True)
class Party:
    """A partner or a company. owned: the fund's part of a company, None where it is not known; tenant, related: of a company."""

    code: str
    names: Names
    owned: Fraction | None = None
    tenant: bool = False
    related: bool = False


@dataclass(frozen=True, slots=True)
class RelatedLet:
    """A space that a related company lets, or only what it owes (space empty). passing, market: a month, a square metre, in minor units."""

    code: str
    space: str
    document: str
    passing: Money | None
    market: Money | None
    free: bool
    arrears: tuple[Money, ...] = ()

    @property
    def below(self) -> Fraction | None:
        """By which part the passing rent is below the market; None where they cannot be compared."""
        if self.passing is None or self.market is None or self.passing.currency != self.market.currency:
            return None
        return Fraction(self.market.minor - self.passing.minor, self.market.minor)


@dataclass(frozen=True)
class Report:
    """A fund at the end of a day, as known at an instant. parties: by the numbers that the facts name them by."""

    park: Place
    on: date
    known: datetime
    fund: Head
    facts: Facts
    parties: Mapping[int, Party]
    related: tuple[RelatedLet, ...] | None = None
    """What its related companies let of the park, and owe; None in reports that were issued before this was told."""

    @property
    def chosen(self) -> tuple[str, ...]:
        """A fund is of the whole park."""
        return ()

    @property
    def rows(self) -> tuple[Movement, ...]:
        """The flows of money by the day, in order."""
        return tuple(one for one in self.facts.movements if one.on <= self.on)

    @property
    def checks(self) -> tuple[Check, ...]:
        """Reconciliations of calls with commitments, payments with calls, and parts with the whole."""
        names = {id_: party.code for id_, party in self.parties.items()}
        each = list(self.partners.items())

        def partner(one: tuple[int, Metrics]) -> str:
            return names.get(one[0], str(one[0]))

        added = ("committed", "called", "paid_in", "distributed")
        whole = {name: getattr(self.metrics, name) for name in added}
        sums = {name: sum(getattr(of, name) for _id, of in each) for name in added}
        account = self.account
        lines = account.beginning + account.contributions + account.distributions + account.result
        return (
            none_of("calls", each, lambda one: one[1].uncalled < 0, partner),
            none_of("paid", each, lambda one: one[1].outstanding < 0, partner),
            Check("partners", len(added), tuple(name for name in added if sums[name] != whole[name])),
            Check("account", 2, tuple(f"{amount}" for amount in (lines, self.metrics.nav) if amount != account.ending)),
        )

    @cached_property
    def metrics(self) -> Metrics:
        """The fund's figures."""
        return rules.metrics(self.facts, self.on)

    @cached_property
    def partners(self) -> dict[int, Metrics]:
        """Each partner's figures."""
        return rules.partners(self.facts, self.on)

    @cached_property
    def holdings(self) -> list[Holding]:
        """The companies."""
        return rules.holdings(self.facts, self.on)

    @cached_property
    def account(self) -> Account:
        """The capital account since the fund began."""
        return rules.account(self.facts, self.fund.starts_on, self.on)

    @cached_property
    def this_year(self) -> Account:
        """The capital account of the calendar year to the day."""
        return rules.account(self.facts, date(self.on.year, 1, 1), self.on)

    @cached_property
    def years(self) -> list[rules.Year]:
        """What partners paid and got, year by year."""
        return rules.years(self.facts, self.on)


# What is kept: the compiled object as plain values, and back.


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def plain(report: Report) -> dict[str, Any]:
    """Return the report as plain values."""
    fund, facts = report.fund, report.facts
    return {
        "kind": "fund",
        **plain_head(report.park, report.on, report.known, report.chosen),
        "fund": [
            fund.code,
            plain_names(fund.names),
            fund.currency,
            fund.vintage,
            fund.size,
            fund.starts_on.isoformat(),
            None if fund.ends_on is None else fund.ends_on.isoformat(),
            plain_names(fund.manager),
            plain_names(fund.general_partner),
        ],
        "parties": [
            [id_, one.code, plain_names(one.names), None if one.owned is None else str(one.owned), one.tenant, one.related]
            for id_, one in sorted(report.parties.items())
        ],
        "commitments": [[one.partner, one.on.isoformat(), one.minor] for one in facts.promises],
        "notices": [
            [one.partner, one.kind, one.notified_on.isoformat(), one.due_on.isoformat(), one.purpose, one.minor, one.notice, one.recallable]
            for one in facts.shares
        ],
        "rows": [
            [one.kind, one.on.isoformat(), one.minor, one.partner, one.company, one.notice, one.purpose, one.recallable]
            for one in facts.movements
        ],
        "valuations": [[one.company, one.on.isoformat(), one.minor, one.method] for one in facts.worths],
        **({} if report.related is None else {"related": [_plain_let(one) for one in report.related]}),
    }


def _plain_let(one: RelatedLet) -> list[Any]:
    arrears = [[money.minor, money.currency] for money in one.arrears]
    return [one.code, one.space, one.document, _coins(one.passing), _coins(one.market), one.free, arrears]


def _coins(money: Money | None) -> list[Any] | None:
    return None if money is None else [money.minor, money.currency]


def _let(row: list[Any]) -> RelatedLet:
    code, space, document, passing, market, free, arrears = row
    passed, worth = (None if coins is None else Money(*coins) for coins in (passing, market))
    return RelatedLet(code, space, document, passed, worth, free, tuple(Money(*coins) for coins in arrears))


def from_plain(kept: Mapping[str, Any]) -> Report:
    """Return the report that `plain` was made of."""
    code, names, currency, vintage, size, starts_on, ends_on, manager, general = kept["fund"]
    day = date.fromisoformat
    return Report(
        park=place_from(kept["park"]),
        on=day(kept["on"]),
        known=datetime.fromisoformat(kept["known"]),
        fund=Head(code, Names(*names), currency, vintage, size, day(starts_on), _day(ends_on), Names(*manager), Names(*general)),
        facts=Facts(
            tuple(Promise(partner, day(on), minor) for partner, on, minor in kept["commitments"]),
            tuple(
                Share(partner, NoticeKind(kind), day(told), day(due), Purpose(purpose), minor, notice, back)
                for partner, kind, told, due, purpose, minor, notice, back in kept["notices"]
            ),
            tuple(Movement(FlowKind(kind), day(on), *rest) for kind, on, *rest in kept["rows"]),
            tuple(Worth(company, day(on), minor, method) for company, on, minor, method in kept["valuations"]),
        ),
        parties={
            id_: Party(party, Names(*called), None if owned is None else Fraction(owned), tenant, related)
            for id_, party, called, owned, tenant, related in kept["parties"]
        },
        related=tuple(map(_let, kept["related"])) if "related" in kept else None,
    )


def canonical(report: Report) -> bytes:
    """Return the bytes whose SHA-256 is the report's: sorted keys, no spaces, UTF-8."""
    return values.canonical(plain(report)).encode()


def of(parties: Mapping[int, Party], id_: int | None) -> Party | None:
    """Return who a flow is with."""
    return None if id_ is None else parties.get(id_)


def sequence(report: Report) -> Sequence[tuple[Movement, Party | None, Party | None]]:
    """Return the flows with who paid or was paid: (flow, partner, company)."""
    return [(one, of(report.parties, one.partner), of(report.parties, one.company)) for one in report.rows]
