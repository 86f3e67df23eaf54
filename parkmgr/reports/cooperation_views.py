"""The report on agreements on the screen."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from parkmgr import clock
from parkmgr.errors import Refused
from parkmgr.places.views import here, today
from parkmgr.reports import actions, cooperation_pages, kinds
from parkmgr.reports.cooperation import Report
from parkmgr.reports.forms import OccupancyFilter
from parkmgr.reports.rules import Wanted
from parkmgr.reports.views import bp, sheet
from parkmgr.web.page import page


@bp.get("/parks/<park>/reports/cooperation", endpoint="cooperation")
def on_screen(park: str) -> ResponseReturnValue:
    """Show how agreements do at the end of a day, as known at an instant, before or without issuing the report."""
    found = here(park)
    filters = OccupancyFilter.asked()
    filters.offer([])
    asked = filters.value(found.zone, today(found))
    wanted = Wanted(asked.on, asked.known, asked.language, (), kinds.COOPERATION.code)
    refused = None
    try:
        report: Report = actions.compiled(found, wanted, now=clock.now())
    except Refused as error:
        refused = error
        report = actions.compiled(found, Wanted(today(found), kind=kinds.COOPERATION.code), now=clock.now())
    format_ = request.args.get("format")
    if format_ is not None and refused is None:
        return sheet(kinds.COOPERATION, found, report, format_)
    return page(
        "reports/cooperation.html",
        park=found,
        report=report,
        refused=refused,
        filters=filters,
        figures=cooperation_pages.figures(report),
        args={
            "on": report.on.isoformat(),
            "known": filters.known.data.isoformat(timespec="minutes") if filters.known.data else None,
        },
    )
