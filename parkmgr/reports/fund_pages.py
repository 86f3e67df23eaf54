"""What stands on a page of the fund report, of the screen or of paper."""

from __future__ import annotations

from flask import current_app, g
from flask_babel import force_locale

from parkmgr.funds import figures as words
from parkmgr.reports import drawings, pages
from parkmgr.reports.fund import Report, of, sequence
from parkmgr.reports.pages import Figure, Issue
from parkmgr.values import Money


def figures(report: Report, /) -> list[Figure]:
    """Return the main figures of a fund report."""
    return [Figure(one.code, one.label, one.value, one.unit, one.how, ()) for one in words.figures(report.metrics, report.fund.currency)]


def paper(report: Report, issue: Issue | None, /, *, language: str) -> str:
    """Return the report as the HTML of its paper, in *language*, whoever asks."""
    g.zone = report.park.zone
    with force_locale(language):
        return current_app.jinja_env.get_template("paper/fund.html").render(  # a paper knows no request, so no context of one
            report=report,
            issue=issue,
            language=language,
            figures=figures(report),
            picture=words.picture(report.facts, report.on, report.fund.currency),
            flows=sequence(report),
            party=lambda id_: of(report.parties, id_),
            words=words,
            money=Money,
            qr=pages.qr(issue.address) if issue else "",
            fit=drawings.clipped,
        )
