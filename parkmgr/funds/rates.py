"""Rates of return: the one place where money meets floating point, after all sums are made."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate, pairwise

import pyxirr

from parkmgr.errors import N_, Objection

NO_FLOWS = Objection("funds.no_flows", N_("There are no flows of money yet."))
ONE_SIGN = Objection("funds.one_sign", N_("Money only went one way, so there is no rate."))
ONE_DAY = Objection("funds.one_day", N_("All money moved on one day, so there is no rate."))
NO_RATE = Objection("funds.no_rate", N_("No rate makes these flows worth nothing."))
MANY_RATES = Objection("funds.many_rates", N_("More than one rate fits these flows (%(count)s of them), so none is given."))


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of return a year, as a fraction of one; or why there is none."""

    value: Decimal | None
    why: Objection | None = None


DAYS_OF_YEAR = 365
_STEPS = 240
_REACH, _NEAR = 18.0, 1e-9
"""The scan goes from a growth of exp(-18) a year, a loss of all but a 65-millionth, to one of exp(18)."""


def xirr(flows: Iterable[tuple[date, int]]) -> Rate:
    """Return the yearly rate at which flows (day, smallest coins; paid is negative) are worth nothing together, actual days / 365.

    Not defined, with the reason, where there is no such rate or more than one. Source: the definition of XIRR; the rate itself is pyxirr's.
    """
    days: dict[date, int] = defaultdict(int)
    for on, minor in flows:
        days[on] += minor
    dated = sorted((on, minor) for on, minor in days.items() if minor)
    why = _undefined(dated)
    if why is not None:
        return Rate(None, why)
    found_rates = rates(dated)
    if len(found_rates) != 1:
        return Rate(None, MANY_RATES.about(count=len(found_rates)) if found_rates else NO_RATE)
    found = pyxirr.xirr([on for on, _ in dated], [float(minor) for _, minor in dated], guess=found_rates[0], silent=True)
    if found is None or not math.isfinite(found) or abs(math.log1p(found) - math.log1p(found_rates[0])) > 1e-6:
        found = found_rates[0]
    return Rate(Decimal(repr(found)))


def _undefined(dated: Sequence[tuple[date, int]]) -> Objection | None:
    if not dated:
        return NO_FLOWS
    if all(minor > 0 for _, minor in dated) or all(minor < 0 for _, minor in dated):
        return ONE_SIGN
    return ONE_DAY if len(dated) == 1 else None


def rates(dated: Sequence[tuple[date, int]]) -> list[float]:
    """Return every rate in reach at which the flows are worth nothing, in order, found by where the sum changes its sign.

    As many rates above nought as the sums from the first flow on change their sign, at most; below nought as many as those from the last
    flow back (the transform of Laplace diminishes variation). So flows of a sound fund are not looked over, only bracketed.
    """
    first, last = dated[0][0], dated[-1][0]
    length = (last - first).days / DAYS_OF_YEAR
    early = [((on - first).days / DAYS_OF_YEAR, float(minor)) for on, minor in dated]

    def worth(growth: float) -> float:
        """Return the sum at a growth exp(growth) a year, seen from the end that keeps every power small."""
        if growth >= 0:
            return math.fsum(minor * math.exp(-growth * years) for years, minor in early)
        return math.fsum(minor * math.exp(growth * (length - years)) for years, minor in early)

    amounts = [minor for _, minor in dated]
    found = _roots(worth, -_REACH, -_NEAR, _turns(accumulate(reversed(amounts))))
    if sum(amounts) == 0:
        found.append(0.0)
    found += _roots(worth, _NEAR, _REACH, _turns(accumulate(amounts)))
    return [math.expm1(growth) for growth in found]


def _turns(values: Iterable[int]) -> int:
    """Return how often the values change their sign; nought has none."""
    signs = [value < 0 for value in values if value]
    return sum(one != two for one, two in pairwise(signs))


def _roots(worth: Callable[[float], float], low: float, high: float, most: int) -> list[float]:
    """Return where *worth* is nothing between two growths, when it is so at most so often."""
    if not most:
        return []
    steps = 1 if most == 1 else _STEPS
    grid = [low + (high - low) * step / steps for step in range(steps + 1)]
    seen = [worth(growth) for growth in grid]
    found = []
    for (from_, at_from), (to, at_to) in pairwise(zip(grid, seen, strict=True)):
        if at_from == 0:
            found.append(from_)
        elif at_to != 0 and (at_from < 0) != (at_to < 0):
            found.append(_between(worth, from_, to, at_from < 0))
    return found


def _between(worth: Callable[[float], float], low: float, high: float, falls: bool) -> float:
    for _ in range(80):
        middle = (low + high) / 2
        if (worth(middle) < 0) == falls:
            low = middle
        else:
            high = middle
    return (low + high) / 2
