"""The rent roll on the screen."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from parkmgr.places.views import here
from parkmgr.reports import kinds, rentroll_pages
from parkmgr.reports.rentroll import Report
from parkmgr.reports.views import SHOWN_ROWS, bp, of_day, sheet
from parkmgr.web.page import page


@bp.get("/parks/<park>/reports/rent-roll", endpoint="rentroll")
def on_screen(park: str) -> ResponseReturnValue:
    """Show the rent roll at the end of a day, as known at an instant, before or without issuing it."""
    found = here(park)
    asked = of_day(found, kinds.RENTROLL)
    report: Report = asked.report
    format_ = request.args.get("format")
    if format_ is not None and asked.refused is None:
        return sheet(kinds.RENTROLL, found, report, format_)
    return page(
        "reports/rentroll.html",
        park=found,
        report=report,
        refused=asked.refused,
        filters=asked.filters,
        rows=report.rows if len(report.rows) <= SHOWN_ROWS else (),
        args=asked.args,
        **rentroll_pages.screen(report),
    )
