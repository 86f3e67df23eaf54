"""What stands on a page of the rent roll, of the screen or of paper: figures in words, the expiry profile, reconciliations."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

from flask import current_app, g
from flask_babel import force_locale
from flask_babel import gettext as _

from parkmgr.reports import drawings, pages
from parkmgr.reports.drawings import Bar
from parkmgr.reports.pages import Chart, Figure, Issue
from parkmgr.reports.rentroll import ROLLOVER, Expiring, Report
from parkmgr.values import Money, percent
from parkmgr.web import formats


def year_name(part: Expiring) -> str:
    """Return the year in which something expires, in words."""
    if part.year is None:
        return str(_("without an end"))
    return str(_("held over")) if part.year == 0 else str(part.year)


def figures(report: Report, /) -> list[Figure]:
    """Return the main figures of a rent roll."""
    total, (epra, unpriced) = report.total, report.epra
    years = {one.weight: one for one in report.waults}
    found = [
        Figure(
            "units",
            _("Units let"),
            formats.number(total.let_units),
            _("of %(all)s for letting", all=formats.number(total.units)),
            _("Units that somebody has by a lease or a residency on the day, held over ones too."),
            (),
        ),
        *(
            Figure(
                f"rent-{rent.currency}",
                _("Rent a year, %(currency)s", currency=rent.currency),
                formats.number(rent.amount * 12, 0),
                _("passing rent, twelve times a month"),
                _("Rent payable on the day for a month, without tax, times twelve; none is due in a rent-free time."),
                (),
            )
            for rent in total.rents
        ),
        *(
            Figure(
                f"epra-{one.currency}",
                _("EPRA vacancy, %(currency)s", currency=one.currency),
                formats.percent(one.rate, 2),
                _("%(units)s units without a market rent or area", units=formats.number(unpriced)),
                _(
                    "Market rent of what nobody has on the day, divided by the market rent of everything for letting; what is closed for "
                    "works is left out."
                ),
                (),
            )
            for one in epra
        ),
    ]
    for weight in sorted(years, key=lambda code: (code != "area", code)):
        one = years[weight]
        found.append(
            Figure(
                f"wault-{weight}",
                _("WAULT by area") if weight == "area" else _("WAULT by rent, %(currency)s", currency=weight),
                "—" if one.to_expiry is None else formats.number(one.to_expiry, 2),
                _("to the next break: %(years)s", years="—" if one.to_break is None else formats.number(one.to_break, 2)),
                _("Years to the end of leases, days inclusive over 365.25; held over counts zero, leases without an end are left out."),
                (),
            )
        )
    for part in report.concentration(formats.language()):
        largest = part.top[0]
        found.append(
            Figure(
                f"hhi-{part.currency}",
                _("Largest tenant, %(currency)s", currency=part.currency),
                formats.percent(percent(largest.share, 1)),
                _("HHI %(hhi)s, %(tenants)s tenants", hhi=formats.number(part.hhi, 1), tenants=formats.number(part.tenants)),
                _("Its part of the passing rent. HHI: the sum of squares of all tenants' parts in per cent, at most 10,000."),
                (),
            )
        )
    return found


def profile(report: Report) -> Chart | None:
    """Return the chart of what expires when, in the currency of the park, in per cent of its rent; None without any."""
    code = report.park.currency
    parts = [(one, one.rent.get(code, 0)) for one in report.to_expiry]
    whole = sum(minor for _one, minor in parts)
    if not whole:
        return None
    title = _("Rent that expires, by year, per cent of %(currency)s", currency=code)
    bars = [
        Bar(year_name(one), percent(minor, whole) or Decimal(0), formats.percent(percent(minor, whole))) for one, minor in parts if minor
    ]
    said = "; ".join(f"{bar.label}: {bar.shown}" for bar in bars)
    most = max(bar.value for bar in bars)
    return Chart(title, drawings.lying_bars(bars, title=title, description=said, width=340, left=80, whole=most))


class Rolling(Protocol):
    """A report that knows in which years much of the rent expires."""

    @property
    def rollover(self) -> Iterable[tuple[int, str, Fraction]]: ...


def alerts(report: Rolling) -> list[str]:
    """Return a sentence for each year in which much of the rent expires."""
    return [
        _(
            "In %(year)s %(part)s of the rent in %(currency)s expires: %(alert)s or more are a rollover to be looked at.",
            year=year,
            part=formats.percent(percent(part, 1)),
            currency=code,
            alert=formats.percent(percent(ROLLOVER, 1), 0),
        )
        for year, code, part in report.rollover
    ]


def _context(report: Report) -> dict[str, Any]:
    return {
        "figures": figures(report),
        "profile": profile(report),
        "alerts": alerts(report),
        "currencies": sorted({code for one in report.to_expiry for code in one.rent}),
        "year_name": year_name,
        "money": Money,
        "share": lambda part: formats.percent(percent(part, 1)),
    }


def paper(report: Report, issue: Issue | None, /, *, language: str) -> str:
    """Return the report as the HTML of its paper, in *language*, whoever asks."""
    g.zone = report.park.zone
    with force_locale(language):
        return current_app.jinja_env.get_template("paper/rentroll.html").render(  # a paper knows no request, so no context of one
            report=report,
            issue=issue,
            language=language,
            top=report.concentration(language),
            qr=pages.qr(issue.address) if issue else "",
            fit=drawings.clipped,
            **_context(report),
        )


def screen(report: Report) -> dict[str, Any]:
    """Return what the page of the screen needs."""
    return {**_context(report), "top": report.concentration(formats.language())}
