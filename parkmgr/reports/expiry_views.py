"""When leases expire, on the screen."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from parkmgr.places.views import here
from parkmgr.reports import expiry_pages, kinds
from parkmgr.reports.expiry import Report
from parkmgr.reports.views import SHOWN_ROWS, bp, of_day, sheet
from parkmgr.web.page import page


@bp.get("/parks/<park>/reports/lease-expiry", endpoint="expiry")
def on_screen(park: str) -> ResponseReturnValue:
    """Show when the leases of a park expire, seen at the end of a day, as known at an instant."""
    found = here(park)
    asked = of_day(found, kinds.EXPIRY)
    report: Report = asked.report
    format_ = request.args.get("format")
    if format_ is not None and asked.refused is None:
        return sheet(kinds.EXPIRY, found, report, format_)
    return page(
        "reports/expiry.html",
        park=found,
        report=report,
        refused=asked.refused,
        filters=asked.filters,
        rows=report.rows[:SHOWN_ROWS],
        args=asked.args,
        **expiry_pages.context(report),
    )
