"""A statement on the paper of an issued report."""

from __future__ import annotations

from flask import current_app, g
from flask_babel import force_locale
from flask_babel import gettext as _

from parkmgr.charges.views import line_said
from parkmgr.reports import drawings, pages
from parkmgr.reports.pages import Figure, Issue
from parkmgr.reports.statement import Report
from parkmgr.values import Money
from parkmgr.web import formats


def figures(report: Report, /) -> list[Figure]:
    """Return the main figures of a statement."""
    return [
        Figure(
            "total",
            _("Owed, %(currency)s", currency=report.currency),
            formats.number(report.total.amount, 2),
            report.organisation.in_(formats.language()),
            _(
                "Begun minutes count, at least the minimum, rounded up to whole blocks; a peak share is that of the charged minutes on the "
                "park's clock. Each line is rounded half to even to the smallest coin, and the lines sum to the total."
            ),
            (),
        ),
        Figure(
            "lines",
            _("Lines"),
            formats.number(len(report.rows)),
            _("%(count)s minutes", count=formats.number(sum(line.minutes or 0 for line in report.rows))),
            _("One for each session that was used or missed, and for each operator, consumable and adjustment."),
            (),
        ),
    ]


def paper(report: Report, issue: Issue | None, /, *, language: str) -> str:
    """Return the report as the HTML of its paper, in *language*, whoever asks."""
    g.zone = report.park.zone
    with force_locale(language):
        return current_app.jinja_env.get_template("paper/statement_report.html").render(  # a paper knows no request, so no context of one
            report=report,
            issue=issue,
            language=language,
            qr=pages.qr(issue.address) if issue else "",
            figures=figures(report),
            said=line_said,
            money=Money,
            fit=drawings.clipped,
        )
