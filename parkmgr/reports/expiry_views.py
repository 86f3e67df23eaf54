"""When leases expire, on the screen."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from parkmgr import clock
from parkmgr.errors import Refused
from parkmgr.places.views import here, today
from parkmgr.reports import actions, expiry_pages, kinds
from parkmgr.reports.expiry import Report
from parkmgr.reports.forms import OccupancyFilter
from parkmgr.reports.rules import Wanted
from parkmgr.reports.views import SHOWN_ROWS, bp, building_choices, sheet
from parkmgr.web.page import page


@bp.get("/parks/<park>/reports/lease-expiry", endpoint="expiry")
def on_screen(park: str) -> ResponseReturnValue:
    """Show when the leases of a park expire, seen at the end of a day, as known at an instant."""
    found = here(park)
    filters = OccupancyFilter.asked()
    filters.offer(building_choices(found))
    asked = filters.value(found.zone, today(found))
    refused = None
    try:
        wanted = Wanted(asked.on, asked.known, asked.language, asked.buildings, kinds.EXPIRY.code)
        report: Report = actions.compiled(found, wanted, now=clock.now())
    except Refused as error:
        refused = error
        report = actions.compiled(found, Wanted(today(found), kind=kinds.EXPIRY.code), now=clock.now())
    format_ = request.args.get("format")
    if format_ is not None and refused is None:
        return sheet(kinds.EXPIRY, found, report, format_)
    return page(
        "reports/expiry.html",
        park=found,
        report=report,
        refused=refused,
        filters=filters,
        rows=report.rows[:SHOWN_ROWS],
        args={
            "on": report.on.isoformat(),
            "known": filters.known.data.isoformat(timespec="minutes") if filters.known.data else None,
            "buildings": list(report.chosen),
        },
        **expiry_pages.context(report),
    )
