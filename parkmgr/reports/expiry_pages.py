"""What stands on a page about the expiry of leases, of the screen or of paper: figures in words, two profiles by year."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import current_app, g
from flask_babel import force_locale
from flask_babel import gettext as _

from parkmgr.reports import drawings, pages
from parkmgr.reports.drawings import Bar
from parkmgr.reports.expiry import Report
from parkmgr.reports.pages import Chart, Figure, Issue
from parkmgr.reports.rentroll import Expiring
from parkmgr.reports.rentroll_pages import alerts, year_name
from parkmgr.values import Money, percent
from parkmgr.web import formats


def figures(report: Report, /) -> list[Figure]:
    """Return the main figures of when leases expire."""
    return [
        Figure(
            "leases",
            _("Leases with units"),
            formats.number(len(report.rows)),
            _("held over: %(count)s", count=formats.number(sum(line.holdover for line in report.rows))),
            _("Leases that have units on the day; one whose term is over and whose tenant stays is held over."),
            (),
        ),
        *(
            Figure(
                f"soon-{code}",
                _("Expires within a year, %(currency)s", currency=code),
                formats.percent(percent(report.within_a_year(code, to_break=False), minor)),
                _("may end, with breaks: %(part)s", part=formats.percent(percent(report.within_a_year(code, to_break=True), minor))),
                _("Rent of leases whose last day is at most twelve months later, or that are held over, of all rent in the currency."),
                (),
            )
            for code, minor in report.rents.items()
        ),
        *(
            Figure(
                f"wault-{one.weight}",
                _("WAULT by area") if one.weight == "area" else _("WAULT by rent, %(currency)s", currency=one.weight),
                "—" if one.to_expiry is None else formats.number(one.to_expiry, 2),
                _("to the next break: %(years)s", years="—" if one.to_break is None else formats.number(one.to_break, 2)),
                _("Years to the end of leases, days inclusive over 365.25; held over counts zero, leases without an end are left out."),
                (),
            )
            for one in report.waults
        ),
    ]


def _profile(report: Report, expiring: Sequence[Expiring], title: str) -> Chart | None:
    code = report.park.currency
    whole = report.rents.get(code, 0)
    if not whole:
        return None
    bars = [
        Bar(year_name(one), percent(one.rent[code], whole) or Decimal(0), formats.percent(percent(one.rent[code], whole)))
        for one in expiring
        if one.rent.get(code)
    ]
    said = "; ".join(f"{bar.label}: {bar.shown}" for bar in bars)
    return Chart(title, drawings.lying_bars(bars, title=title, description=said, width=340, left=80, whole=max(bar.value for bar in bars)))


def context(report: Report) -> dict[str, Any]:
    """Return what paper and screen need."""
    code = report.park.currency

    def rent(one: Expiring, currency: str) -> str:
        minor = one.rent.get(currency)
        return "—" if minor is None else formats.number(Money(minor, currency).amount, 2)

    def part(one: Expiring, currency: str) -> str:
        return "" if currency not in one.rent else formats.percent(percent(one.rent[currency], report.rents[currency]))

    return {
        "figures": figures(report),
        "charts": [
            chart
            for chart in (
                _profile(report, report.to_expiry, _("Rent that expires, by year, per cent of %(currency)s", currency=code)),
                _profile(report, report.to_break, _("Rent that may end, with breaks, by year, per cent of %(currency)s", currency=code)),
            )
            if chart is not None
        ],
        "alerts": alerts(report),
        "currencies": list(report.rents),
        "year_name": year_name,
        "rent": rent,
        "part": part,
        "area_part": lambda one: formats.percent(percent(one.area.dm2, report.area)),
        "in_all": lambda currency: formats.number(Money(report.rents[currency], currency).amount, 2),
    }


def paper(report: Report, issue: Issue | None, /, *, language: str) -> str:
    """Return the report as the HTML of its paper, in *language*, whoever asks."""
    g.zone = report.park.zone
    with force_locale(language):
        return current_app.jinja_env.get_template("paper/expiry.html").render(  # a paper knows no request, so no context of one
            report=report,
            issue=issue,
            language=language,
            qr=pages.qr(issue.address) if issue else "",
            fit=drawings.clipped,
            **context(report),
        )
