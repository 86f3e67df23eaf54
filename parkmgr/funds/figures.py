"""The figures of a fund in words: what stands on the page and on paper, each with how it is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from flask_babel import gettext as _
from markupsafe import Markup

from parkmgr.funds import drawings
from parkmgr.funds.rates import Rate
from parkmgr.funds.rules import Facts, Metrics, curve, years
from parkmgr.values import coins
from parkmgr.web import formats


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure. kinds: the flows that it is made of, by which its rows are found."""

    code: str
    label: str
    value: str
    how: str
    kinds: tuple[str, ...] = ()
    unit: str = ""


def multiple(value: Fraction | None) -> str:
    """Return a multiple with two decimal places, half to even; an em dash for none."""
    if value is None:
        return "—"
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return formats.number(exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN), 2)


def part(value: Fraction | None, places: int = 1) -> str:
    """Return a part of one in per cent; an em dash for none."""
    if value is None:
        return "—"
    exact = Decimal(value.numerator * 100) / Decimal(value.denominator)
    return formats.percent(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN), places)


def rate(found: Rate | None) -> str:
    """Return a rate a year in per cent, or that it is not defined."""
    if found is None or found.value is None:
        return str(_("not defined"))
    return formats.percent((found.value * 100).quantize(Decimal("0.01"), ROUND_HALF_EVEN), 2)


def whole(minor: int, currency: str) -> str:
    """Return an amount to the whole unit, for tables in which coins would not be read."""
    return formats.number(Decimal(minor).scaleb(-coins(currency)), 0)


def figures(found: Metrics, currency: str) -> list[Figure]:
    """Return the main figures of a fund, or of a partner's part of it."""

    def sum_(code: str, label: str, minor: int, how: str, *kinds: str) -> Figure:
        return Figure(code, label, whole(minor, currency), how, kinds, currency)

    net = _("XIRR between partners and fund, actual days / 365, the net asset value as the last flow.")
    gross = _("XIRR between fund and companies, actual days / 365, the fair values as the last flow; before fees.")
    listed = [
        sum_("committed", _("Committed"), found.committed, _("What partners promised, all closings together.")),
        sum_("called", _("Called"), found.called, _("Calls notified by the day, and contributions without a notice.")),
        sum_("uncalled", _("Uncalled"), found.uncalled, _("Committed less called, and what was distributed to be called again.")),
        sum_("paid_in", _("Paid in"), found.paid_in, _("Contributions received."), "contribution"),
        sum_("distributed", _("Distributed"), found.distributed, _("Distributions paid."), "distribution"),
        sum_("nav", _("Net asset value"), found.nav, _("Fair values of the companies and cash, apportioned by commitment.")),
        Figure("pic", "PIC", multiple(found.pic), _("Paid in / committed.")),
        Figure("dpi", "DPI", multiple(found.dpi), _("Distributed / paid in.")),
        Figure("rvpi", "RVPI", multiple(found.rvpi), _("Net asset value / paid in.")),
        Figure("tvpi", "TVPI", multiple(found.tvpi), _("DPI + RVPI.")),
        Figure("net", _("Net IRR"), rate(found.net), _why(found.net, net), ("contribution", "distribution")),
    ]
    if found.gross is not None:
        listed.insert(10, Figure("moic", "MOIC", multiple(found.moic), _("(Proceeds + fair value) / invested; before fees.")))
        listed.append(Figure("gross", _("Gross IRR"), rate(found.gross), _why(found.gross, gross), ("investment", "proceeds")))
        listed.insert(6, sum_("cash", _("Cash"), found.cash, _("All that came into the fund less all that left it.")))
    return listed


def _why(found: Rate, how: str) -> str:
    return how if found.why is None else f"{formats.sentence(found.why)} {how}"


def picture(facts: Facts, on: date, currency: str) -> Markup | None:
    """Return the years' flows and the J-curve; None where nothing moved."""
    listed, points = years(facts, on), curve(facts, on)
    if not listed:
        return None
    bars = [
        drawings.Bars(str(one.year), one.contributed, one.distributed, (whole(one.contributed, currency), whole(one.distributed, currency)))
        for one in listed
    ]
    first, last = date(listed[0].year, 1, 1), date(listed[-1].year + 1, 1, 1)
    span = (last - first).days
    placed = [drawings.Point((day - first).days / span, value) for day, value in points]
    values = [0, *(-one.contributed for one in listed), *(one.distributed for one in listed), *(value for _day, value in points)]
    scale = [(value, _millions(value, currency)) for value in drawings.steps(min(values), max(values))]
    title = _("Flows of partners by year, and all together (J-curve), millions %(currency)s", currency=currency)
    said = "; ".join(f"{bar.label}: −{bar.shown[0]}, +{bar.shown[1]}" for bar in bars)
    words = (_("Paid by partners"), _("Paid to partners"), _("All together"))
    return drawings.curve(bars, placed, scale, title=title, description=said, words=words)


def _millions(minor: int, currency: str) -> str:
    exact = Decimal(minor).scaleb(-coins(currency) - 6)
    return formats.number(exact, max(0, -int(exact.normalize().as_tuple().exponent)) if exact else 0)


def summed(parts: Sequence[Metrics]) -> Metrics:
    """Return the figures of several parts of one fund together, without a rate."""
    if len(parts) == 1:
        return parts[0]
    return Metrics(
        committed=sum(one.committed for one in parts),
        called=sum(one.called for one in parts),
        recallable=sum(one.recallable for one in parts),
        paid_in=sum(one.paid_in for one in parts),
        distributed=sum(one.distributed for one in parts),
        cash=0,
        fair_value=sum(one.nav for one in parts),
        invested=0,
        proceeds=0,
        net=Rate(None),
    )
