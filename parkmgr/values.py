"""Money, areas, times and names as values. Standard library only; nothing here knows a database or the web."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Self
from zoneinfo import ZoneInfo

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
"""The end of what has no end; PostgreSQL, SQLite and Python all hold it."""

LANGUAGES = ("en", "ru", "zh")

_CURRENCY = re.compile(r"[A-Z]{3}")
_COINS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3, "TND": 3, "IQD": 3}


def coins(currency: str) -> int:
    """Return how many decimal places *currency* has. Source: ISO 4217."""
    return _COINS.get(currency, 2)


def rounded(share: Fraction) -> int:
    """Return the nearest integer, half to even."""
    return round(share)


def apportioned(total: int, weights: Sequence[Fraction | int]) -> list[int]:
    """Return *total* divided in proportion to *weights*, summing to it exactly (largest remainder; ties to the first).

    Raises:
        ValueError: when the weights are negative or sum to zero.
    """
    whole = sum(weights, Fraction(0))
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights must not be negative and must not sum to zero")
    exact = [Fraction(total) * weight / whole for weight in weights]
    parts = [value.numerator // value.denominator for value in exact]
    order = sorted(range(len(exact)), key=lambda index: (parts[index] - exact[index], index))
    for index in order[: total - sum(parts)]:
        parts[index] += 1
    return parts


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in the smallest coin of one currency (ISO 4217). Two currencies are never added."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not _CURRENCY.fullmatch(self.currency):
            raise ValueError(f"not a currency code: {self.currency!r}")

    @classmethod
    def of(cls, amount: str | Decimal | int, currency: str) -> Self:
        """Return *amount* (in whole units, decimal) of *currency*.

        Raises:
            ValueError: when it is not a number, or is finer than the smallest coin.
        """
        try:
            scaled = Decimal(amount).scaleb(coins(currency))
            minor = int(scaled)
        except (ArithmeticError, ValueError) as error:
            raise ValueError(f"not an amount: {amount!r}") from error
        if minor != scaled:
            raise ValueError(f"finer than the smallest coin: {amount!r} {currency}")
        return cls(minor, currency)

    @property
    def amount(self) -> Decimal:
        """The amount in whole units, with the currency's decimal places."""
        return Decimal(self.minor).scaleb(-coins(self.currency))

    def _same(self, other: Money) -> None:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} are never added")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def times(self, factor: Fraction | int) -> Money:
        """Return the product, rounded half-even to the smallest coin."""
        return Money(rounded(Fraction(self.minor) * factor), self.currency)

    def split(self, weights: Sequence[Fraction | int]) -> list[Money]:
        """Return parts in proportion to *weights* that sum to this amount exactly."""
        return [Money(minor, self.currency) for minor in apportioned(self.minor, weights)]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


def totals(amounts: Iterable[Money]) -> dict[str, Money]:
    """Return one sum for each currency, by code in order."""
    sums: dict[str, int] = {}
    for money in amounts:
        sums[money.currency] = sums.get(money.currency, 0) + money.minor
    return {currency: Money(sums[currency], currency) for currency in sorted(sums)}


SQUARE_FOOT = Fraction(145161, 1562500)  # 0.3048 ** 2 = 0.09290304 m², exactly


@dataclass(frozen=True, slots=True, order=True)
class Area:
    """An area in square decimetres (0.01 m²)."""

    dm2: int

    def __post_init__(self) -> None:
        if self.dm2 < 0:
            raise ValueError("an area is not negative")

    @classmethod
    def of(cls, m2: str | Decimal | int, *, per_m2: Fraction = Fraction(1)) -> Self:
        """Return *m2* units of which each is *per_m2* square metres, to the nearest 0.01 m².

        Raises:
            ValueError: when it is not a number, or is negative.
        """
        try:
            return cls(rounded(Fraction(Decimal(m2)) * per_m2 * 100))
        except (ArithmeticError, ValueError) as error:
            raise ValueError(f"not an area: {m2!r}") from error

    @property
    def m2(self) -> Decimal:
        """The area in square metres, two decimal places."""
        return Decimal(self.dm2).scaleb(-2)

    def __add__(self, other: Area) -> Area:
        return Area(self.dm2 + other.dm2)

    def __str__(self) -> str:
        return f"{self.m2} m²"


NO_AREA = Area(0)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Instants [starts_at, ends_at), aware, in UTC."""

    starts_at: datetime
    ends_at: datetime = FOREVER

    def __post_init__(self) -> None:
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise ValueError("an instant has a zone")
        if self.ends_at <= self.starts_at:
            raise ValueError("a span ends after it starts")

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.ends_at - self.starts_at

    def overlaps(self, other: Span) -> bool:
        """Tell whether an instant lies in both."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def holds(self, instant: datetime) -> bool:
        """Tell whether *instant* lies in it."""
        return self.starts_at <= instant < self.ends_at


@dataclass(frozen=True, slots=True, order=True)
class Term:
    """Civil days from starts_on to ends_on, both inclusive as people write them; no ends_on is open-ended."""

    starts_on: date
    ends_on: date | None = None

    def __post_init__(self) -> None:
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise ValueError("a term does not end before it starts")

    def span(self, zone: ZoneInfo) -> Span:
        """Return the instants of the term in *zone*: the one place where days become instants."""
        end = FOREVER if self.ends_on is None or self.ends_on >= date(9999, 12, 30) else midnight(self.ends_on + timedelta(days=1), zone)
        return Span(midnight(self.starts_on, zone), end)

    def holds(self, day: date) -> bool:
        """Tell whether *day* lies in it."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def overlaps(self, other: Term) -> bool:
        """Tell whether a day lies in both."""
        return (other.ends_on is None or self.starts_on <= other.ends_on) and (self.ends_on is None or other.starts_on <= self.ends_on)


def canonical(plain: object) -> str:
    """Return plain values as JSON with sorted keys and no spaces: equal values are the same text, and have the same SHA-256."""
    return _CANONICAL.encode(plain)


_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of *day* in *zone*, in UTC (also where midnight itself is skipped)."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """Return the civil day of *instant* in *zone*."""
    return instant.astimezone(zone).date()


def last_day(span: Span, zone: ZoneInfo) -> date | None:
    """Return the last civil day in *span*; None when it has no end."""
    return None if span.ends_at >= FOREVER else day_of(span.ends_at - timedelta(microseconds=1), zone)


@dataclass(frozen=True, slots=True)
class Names:
    """A name in up to three scripts; at least one is there."""

    en: str = ""
    ru: str = ""
    zh: str = ""

    def __post_init__(self) -> None:
        if not (self.en or self.ru or self.zh):
            raise ValueError("a name is needed in at least one script")

    def in_(self, language: str) -> str:
        """Return the name in *language*, or else in the first script that has one."""
        wanted = {"en": self.en, "ru": self.ru, "zh": self.zh}.get(language[:2], "")
        return wanted or self.en or self.ru or self.zh

    def all(self) -> tuple[str, ...]:
        """Return each different name that there is."""
        return tuple(dict.fromkeys(name for name in (self.en, self.ru, self.zh) if name))

    def __str__(self) -> str:
        return self.in_("en")


def percent(part: int | Fraction, whole: int | Fraction, places: int = 2) -> Decimal | None:
    """Return part / whole in per cent, half-even to *places*; None (not defined) when there is no whole."""
    if not whole:
        return None
    share = Fraction(part) * 100 / Fraction(whole)
    return (Decimal(share.numerator) / Decimal(share.denominator)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
