"""What each lease of the demo park says: rents, currencies, steps, options; shares as promised, in flats and in working space alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from random import Random

from parkmgr.demo.buildings import Site
from parkmgr.demo.days import COUNTED_ON, DAY, months_on
from parkmgr.demo.deeds import Option, Step, Terms
from parkmgr.demo.letting import Letting
from parkmgr.values import Area, Money, Term

RENTS = {"flat": (25, 45), "office": (35, 75), "laboratory": (45, 95), "production": (15, 35)}
"""CNY per m² and month, from and to."""
_RATE = {"CNY": Fraction(1), "RUB": Fraction(12), "USD": Fraction(1, 7)}
"""Round numbers to write a rent in another currency; nothing in the park converts by them."""
_INDEX = {"CNY": "CN CPI", "RUB": "RU CPI", "USD": "US CPI-U"}
_PURPOSE = {"flat": "Homes for staff", "office": "Offices", "laboratory": "Research and experiments", "production": "Production"}


@dataclass(slots=True)
class Contract:
    """What was agreed beside place and time."""

    currency: str = "CNY"
    indexed: bool = False
    stepped: bool = False
    rent_free: bool = False
    breaks: bool = False
    deposit: bool = False
    per_m2: bool = False
    renewable: bool = False


def _some(rng: Random, lettings: Sequence[Letting], share: Fraction, of: Callable[[Letting], bool] = lambda _: True) -> list[Letting]:
    """Return *share* of all the lettings, out of those that suit."""
    suited = [letting for letting in lettings if of(letting)]
    return rng.sample(suited, min(len(suited), round(share * len(lettings))))


def contracts(rng: Random, lettings: Sequence[Letting]) -> dict[Letting, Contract]:
    """Return the contract of each letting."""
    made = {letting: Contract() for letting in lettings}
    for stratum in ([each for each in lettings if each.kind == "flat"], [each for each in lettings if each.kind != "flat"]):
        _share_out(rng, stratum, made)
    return made


def _share_out(rng: Random, lettings: Sequence[Letting], made: dict[Letting, Contract]) -> None:
    plain = [letting for letting in lettings if not letting.odd]
    plain_set = set(plain)
    for letting in _some(rng, lettings, Fraction(8, 100), lambda each: each in plain_set and each.tenant.country in ("RU", "BY")):
        made[letting].currency = "RUB"
    for letting in _some(rng, lettings, Fraction(4, 100), lambda each: each in plain_set and each.tenant.country not in ("RU", "BY")):
        made[letting].currency = "USD"
    for letting in _some(rng, lettings, Fraction(40, 100), lambda each: not each.odd or each.odd == "spbpu"):
        made[letting].indexed = True
    for letting in _some(rng, lettings, Fraction(15, 100), lambda each: each in plain_set and not made[each].indexed):
        made[letting].stepped = True
    for letting in _some(rng, lettings, Fraction(8, 100), lambda each: each in plain_set and each.follows is None):
        made[letting].rent_free = True
    broken = [letting for letting in lettings if letting.fate == "break"]
    for letting in broken + rng.sample(plain, max(0, round(Fraction(25, 100) * len(lettings)) - len(broken))):
        made[letting].breaks = True
    for letting in lettings:
        contract = made[letting]
        contract.deposit = letting.follows is None and letting.odd != "zero rent" and rng.random() < 0.55
        contract.per_m2 = letting.kind != "flat" and rng.random() < 0.6
        contract.renewable = letting.kind != "flat" and rng.random() < 0.3


def _rate(rng: Random, kind: str, year: int, *, room_to_rise: bool) -> int:
    """Return fen per m² and month: dearer with the years, and different from lease to lease."""
    low, high = RENTS[kind]
    percent = 5 + (year - 2011) * 3 + rng.randint(0, 20 if room_to_rise else 45)
    return (low * 100 + (high - low) * min(percent, 100)) // 50 * 50


def break_on(letting: Letting) -> date:
    """Return the last day of a lease whose break is exercised: about the middle of the term."""
    if letting.kind == "flat":
        return months_on(letting.starts_on, 6) - DAY
    years = 2 if letting.ends_on is None or (letting.ends_on - letting.starts_on).days < 365 * 6 else 4
    return months_on(letting.starts_on, 12 * years) - DAY


class Writer:
    """Writes the terms of leases."""

    def __init__(self, rng: Random, sites: Sequence[Site]) -> None:
        self._rng = rng
        self._areas: dict[tuple[str, str], Area | None] = {(room.park, room.code): room.area for site in sites for room in site.rooms}

    def _area(self, letting: Letting) -> tuple[int, bool]:
        """Return the dm² let, and whether all of it is measured (50 m² stand for what is not)."""
        areas = [self._areas[letting.park, code] for code in letting.spaces]
        return sum(area.dm2 if area else 5000 for area in areas), all(areas)

    def terms(self, letting: Letting, contract: Contract) -> Terms:
        """Return what the lease says."""
        steps = self._steps(letting, contract)
        per_month = self._per_month(letting, steps[0])
        months = 1 if letting.kind == "flat" else 2
        return Terms(
            spaces=letting.spaces,
            term=Term(letting.starts_on, letting.ends_on),
            currency=contract.currency,
            steps=steps,
            rent_free=self._rent_free(letting) if contract.rent_free else (),
            deposit=per_month.times(months) if contract.deposit else None,
            options=self._options(letting, contract),
            notice_months=1 if letting.kind == "flat" else 6 if letting.ends_on is None else 3,
            purpose="Representative office" if letting.odd == "spbpu" else _PURPOSE[letting.kind],
            index=_INDEX[contract.currency] if contract.indexed else "",
            cap=self._rng.choice((None, 4, 5, 8)) if contract.indexed else None,
        )

    def _steps(self, letting: Letting, contract: Contract) -> tuple[Step, ...]:
        currency = contract.currency
        if letting.odd == "zero rent":
            return (Step(letting.starts_on, Money(0, currency), "month"),)
        rate = _rate(self._rng, letting.kind, letting.starts_on.year, room_to_rise=contract.stepped)
        dm2, measured = self._area(letting)
        if contract.per_m2 and measured:
            first, basis, coin = round(rate * _RATE[currency]), "m2_month", 1
        else:
            first, basis, coin = round(rate * _RATE[currency] * Fraction(dm2, 100)), "month", 100
        rises = _rises(letting) if contract.stepped else [(letting.starts_on, 0)]
        return tuple(Step(day, Money((first + first * percent // 100) // coin * coin, currency), basis) for day, percent in rises)

    def _per_month(self, letting: Letting, step: Step) -> Money:
        return step.money if step.basis == "month" else step.money.times(Fraction(self._area(letting)[0], 100))

    def _rent_free(self, letting: Letting) -> tuple[Term, ...]:
        months = 1 if letting.kind == "flat" else self._rng.choice((1, 2, 3))
        return (Term(letting.starts_on, months_on(letting.starts_on, months) - DAY),)

    def _options(self, letting: Letting, contract: Contract) -> tuple[Option, ...]:
        options = []
        if contract.breaks and letting.ends_on is not None:
            options.append(Option("break", break_on(letting), 1 if letting.kind == "flat" else 6, "tenant"))
        if contract.renewable and letting.ends_on is not None:
            options.append(Option("renew", letting.ends_on, 6))
        return tuple(options)


def _rises(letting: Letting) -> list[tuple[date, int]]:
    """Return the days from which the rent is so many per cent more than at first."""
    if letting.kind == "flat":
        return [(letting.starts_on, 0), (months_on(letting.starts_on, 3), 6)]
    years = ((letting.ends_on or COUNTED_ON) - letting.starts_on).days // 365
    return [(months_on(letting.starts_on, 12 * year), 3 * year) for year in range(max(2, years))]
