"""What stands on a page of the report of a time, of the screen or of paper: figures in words, a chart by building."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import current_app, g
from flask_babel import force_locale
from flask_babel import gettext as _

from parkmgr.reports import drawings, pages
from parkmgr.reports.drawings import Bar
from parkmgr.reports.pages import Chart, Figure, Issue
from parkmgr.reports.period import Group, Report
from parkmgr.web import formats

BARS = 40
"""So many buildings are drawn."""


def figures(report: Report, /) -> list[Figure]:
    """Return the main figures of a time."""
    total = report.total
    return [
        Figure(
            "by-area",
            _("Let on average, by area"),
            formats.percent(total.by_area, 2),
            _("over %(days)s days", days=formats.number(report.length)),
            _("Square metres times let days, divided by square metres times all days on which units were there; works count as not let."),
            (),
        ),
        Figure(
            "by-units",
            _("Let on average, by units"),
            formats.percent(total.by_units, 2),
            _("%(let)s of %(days)s days of units", let=formats.number(total.let), days=formats.number(total.days)),
            _("Let days of units divided by all days on which units were there. What a lease, a residency or a holdover holds is let."),
            (),
        ),
        Figure(
            "void",
            _("Empty"),
            formats.number(total.void),
            _("days of units"),
            _("Days on which a unit could be let and nobody had it; days of works are left out."),
            (),
        ),
        *(
            Figure(
                f"cost-{money.currency}",
                _("What emptiness cost, %(currency)s", currency=money.currency),
                formats.number(money.amount, 0),
                _("%(days)s days without a price", days=formats.number(total.unpriced)),
                _("Market rent a month on the last day × 12 / 365 for each empty day, by area; currencies are never added together."),
                (),
            )
            for money in total.costs
        ),
        Figure(
            "closed",
            _("Closed for works"),
            formats.number(total.closed),
            _("days of units"),
            _("Days on which a unit was closed and nobody had it."),
            (),
        ),
    ]


def name(group: Group) -> str:
    """Return a building's code and name."""
    found = group.names.in_(formats.language()) if group.names else ""
    return found if found.startswith(group.code) else f"{group.code} {found}".strip()


def by_building(report: Report) -> Chart:
    """Return the chart of how much of each building was let."""
    title = _("Let on average, by building, per cent of the area")
    bars = [Bar(name(group), group.sums.by_area or Decimal(0), formats.percent(group.sums.by_area)) for group in report.by_building[:BARS]]
    said = "; ".join(f"{bar.label}: {bar.shown}" for bar in bars)
    return Chart(title, drawings.lying_bars(bars, title=title, description=said, whole=Decimal(100)))


def context(report: Report) -> dict[str, Any]:
    """Return what paper and screen need."""
    return {"figures": figures(report), "chart": by_building(report) if report.rows else None, "name": name}


def paper(report: Report, issue: Issue | None, /, *, language: str) -> str:
    """Return the report as the HTML of its paper, in *language*, whoever asks."""
    g.zone = report.park.zone
    with force_locale(language):
        return current_app.jinja_env.get_template("paper/period.html").render(  # a paper knows no request, so no context of one
            report=report,
            issue=issue,
            language=language,
            qr=pages.qr(issue.address) if issue else "",
            fit=drawings.clipped,
            **context(report),
        )
