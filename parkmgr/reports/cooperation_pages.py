"""What stands on a page of the report on agreements, of the screen or of paper."""

from __future__ import annotations

from flask import current_app, g
from flask_babel import force_locale
from flask_babel import gettext as _

from parkmgr.cooperation.health_rules import LONG_OVERDUE_DAYS, QUIET_DAYS, SILENT_DAYS, Mark, activities
from parkmgr.reports import drawings, pages
from parkmgr.reports.cooperation import Report
from parkmgr.reports.pages import Figure, Issue
from parkmgr.web import formats


def figures(report: Report, /) -> list[Figure]:
    """Return the main figures of the report."""
    open_, overdue = report.tasks
    return [
        Figure(
            "in_force",
            _("Agreements in force"),
            formats.number(len(report.in_force)),
            _("of %(all)s in the register", all=formats.number(len(report.rows))),
            _("By the terms whose day has come; those whose renewal is due are in force."),
            (),
        ),
        Figure(
            "parties",
            _("Parties"),
            formats.number(report.parties),
            _("%(members)s belong to the association", members=formats.number(report.members)),
            _("Organisations that are party to an agreement in force, each once."),
            (),
        ),
        Figure(
            "done",
            _("Activities done"),
            formats.number(report.done),
            _("of %(planned)s planned for the year", planned=formats.number(report.planned)),
            _("Under agreements in force, in the calendar year up to the day. More of one kind does not stand for another."),
            (),
        ),
        Figure(
            "act",
            _("Something must be done"),
            formats.number(report.marks[Mark.ACT]),
            _("and %(watch)s to be watched", watch=formats.number(report.marks[Mark.WATCH])),
            _(
                "It ends within 90 days and nothing follows; nothing was done for %(silent)s days; a task is overdue for more than "
                "%(overdue)s days. To be watched: renewal is due, nothing for %(quiet)s days, behind its plan, a task overdue.",
                silent=SILENT_DAYS,
                overdue=LONG_OVERDUE_DAYS,
                quiet=QUIET_DAYS,
            ),
            (),
        ),
        Figure(
            "projects",
            _("Projects running"),
            formats.number(report.projects),
            _("%(open)s tasks open, %(overdue)s overdue", open=formats.number(open_), overdue=formats.number(overdue)),
            _("Projects under an agreement that run on the day the report was compiled."),
            (),
        ),
    ]


def paper(report: Report, issue: Issue | None, /, *, language: str) -> str:
    """Return the report as the HTML of its paper, in *language*, whoever asks."""
    g.zone = report.park.zone
    with force_locale(language):
        return current_app.jinja_env.get_template("paper/cooperation.html").render(  # a paper knows no request, so no context of one
            report=report,
            issue=issue,
            language=language,
            figures=figures(report),
            kinds=activities(),
            marks=(Mark.ACT, Mark.WATCH, Mark.GOOD, Mark.COMING, Mark.OVER),
            qr=pages.qr(issue.address) if issue else "",
            fit=drawings.clipped,
        )
