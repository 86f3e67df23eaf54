"""What stands on a page of the laboratories' report, of the screen or of paper."""

from __future__ import annotations

from decimal import Decimal

from flask import current_app, g
from flask_babel import force_locale
from flask_babel import gettext as _

from parkmgr.charges import service_views
from parkmgr.charges.service_views import hours
from parkmgr.reports import drawings, pages
from parkmgr.reports.drawings import Bar
from parkmgr.reports.labs import Group, Report
from parkmgr.reports.pages import Chart, Figure, Issue
from parkmgr.web import formats

LISTED = 40
"""So many laboratories are drawn one by one."""


def lab_name(group: Group) -> str:
    """Return a laboratory's code and name."""
    if not group.code:
        return str(_("of no laboratory"))
    name = group.names.in_(formats.language()) if group.names else ""
    return name if name.startswith(group.code) else f"{group.code} {name}".strip()


def figures(report: Report, /) -> list[Figure]:
    """Return the main figures of a laboratories' report."""
    served = [Figure(one.label, one.label, one.value, one.note, one.how, ()) for one in service_views.figures(report.total)]
    return [
        *served,
        *(
            Figure(
                f"charges-{money.currency}",
                _("Charged, %(currency)s", currency=money.currency),
                formats.number(money.amount, 0),
                _("for sessions of these days"),
                _(
                    "Lines of statements for sessions that began in these days, and adjustments in statements whose month begins in them. "
                    "Currencies are never added together."
                ),
                (),
            )
            for money in report.charges
        ),
        Figure(
            "permits",
            _("Permits ending within 90 days"),
            formats.number(report.permits_ending),
            _("after %(day)s", day=formats.day(report.on)),
            _("Permits that hold on the last day and end at most 90 days later, in the whole park."),
            (),
        ),
        Figure(
            "calibrations",
            _("Calibrations overdue"),
            formats.number(report.calibrations_overdue),
            _("on %(day)s", day=formats.day(report.on)),
            _("Pieces of equipment that are not retired and whose calibration was due before the last day."),
            (),
        ),
    ]


def use_by_lab(report: Report) -> Chart:
    """Return the chart of how much of its bookable time each laboratory was booked."""
    title = _("Booked, by laboratory, per cent of the bookable hours")
    groups = report.by_lab[:LISTED]
    bars = [Bar(lab_name(group), group.sums.use.ratio or Decimal(0), formats.percent(group.sums.use.ratio)) for group in groups]
    said = "; ".join(f"{bar.label}: {bar.shown}" for bar in bars)
    return Chart(title, drawings.lying_bars(bars, title=title, description=said, whole=Decimal(100)))


def paper(report: Report, issue: Issue | None, /, *, language: str) -> str:
    """Return the report as the HTML of its paper, in *language*, whoever asks."""
    g.zone = report.park.zone
    with force_locale(language):
        return current_app.jinja_env.get_template("paper/labs.html").render(  # a paper knows no request, so no context of one
            report=report,
            issue=issue,
            language=language,
            figures=figures(report),
            chart=use_by_lab(report) if report.rows else None,
            qr=pages.qr(issue.address) if issue else "",
            lab_name=lab_name,
            hours=hours,
            fit=drawings.clipped,
        )
