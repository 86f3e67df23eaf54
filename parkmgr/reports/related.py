"""Related parties: spaces that companies which the park's own funds own above a threshold have on terms that others do not have. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from parkmgr.reports.occupancy import Fact, passing_rents
from parkmgr.values import Area, Money, Names, rounded


@dataclass(frozen=True, slots=True)
class Company:
    """A company that is related. part: what the park's funds own of it together; funds: their codes."""

    id: int
    code: str
    names: Names
    part: Fraction
    funds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrears:
    """What a company owes as far as the register knows: deposits agreed and not received, statements of laboratories not closed."""

    deposits: tuple[Money, ...] = ()
    statements: tuple[Money, ...] = ()

    @property
    def is_none(self) -> bool:
        """Tell whether it owes nothing."""
        return not (self.deposits or self.statements)


@dataclass(frozen=True, slots=True)
class Let:
    """A space that a related company has by a lease. passing, market: a month, per square metre; None where it is not known."""

    company: Company
    space: str
    document: str
    area: Area | None
    passing: Money | None
    market: Money | None
    is_free: bool

    @property
    def below(self) -> Fraction | None:
        """By which part of the market rent the passing rent is below it; None where either is not known, or their currencies differ."""
        if self.passing is None or self.market is None or self.passing.currency != self.market.currency:
            return None
        return Fraction(self.market.minor - self.passing.minor, self.market.minor)

    @property
    def is_below(self) -> bool:
        """Tell whether it is let below the market rent."""
        return self.below is not None and self.below > 0


@dataclass(frozen=True, slots=True)
class RelatedParty:
    """A related company with what it has of the park and what it owes."""

    company: Company
    lets: tuple[Let, ...]
    arrears: Arrears

    @property
    def is_noted(self) -> bool:
        """Tell whether there is something that a reader must be told of."""
        return not self.arrears.is_none or any(one.is_below or one.is_free for one in self.lets)


def related(
    facts: Iterable[Fact], companies: Collection[Company], market: Mapping[int, Money], arrears: Mapping[int, Arrears]
) -> list[RelatedParty]:
    """Return the related parties that have a space of the park or owe it something; what must be told of first."""
    listed = list(facts)
    rents = passing_rents(listed)
    by_id = {one.id: one for one in companies}
    lets: dict[int, list[Let]] = defaultdict(list)
    for fact in listed:
        company = by_id.get(fact.holder_id or 0)
        if company is None or fact.hold != "lease" or not fact.begun:
            continue
        rent = rents.get(fact.space_id)
        passing = None
        if rent is not None and fact.currency is not None and fact.area is not None and fact.area.dm2:
            passing = Money(rounded(Fraction(rent * 100, fact.area.dm2)), fact.currency)
        lets[company.id].append(Let(company, fact.space, fact.document, fact.area, passing, market.get(fact.space_id), fact.free))
    found = [
        RelatedParty(one, tuple(sorted(lets[one.id], key=lambda let: let.space)), arrears.get(one.id, Arrears()))
        for one in companies
        if lets[one.id] or one.id in arrears
    ]
    return sorted(found, key=lambda one: (not one.is_noted, -one.company.part, one.company.code))
