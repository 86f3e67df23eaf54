"""The report of a time on the screen."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from parkmgr import clock
from parkmgr.errors import Refused
from parkmgr.places.views import here, today
from parkmgr.reports import actions, kinds, period, period_pages
from parkmgr.reports.forms import PeriodFilter
from parkmgr.reports.rules import Wanted
from parkmgr.reports.views import SHOWN_ROWS, bp, building_choices, sheet
from parkmgr.web.page import page


@bp.get("/parks/<park>/reports/period", endpoint="period")
def on_screen(park: str) -> ResponseReturnValue:
    """Show how much was let over some days, as known at an instant, before or without issuing it."""
    found = here(park)
    filters = PeriodFilter.asked()
    filters.offer(building_choices(found))
    asked = filters.value(found.zone, today(found))
    since = filters.since.data or asked.on.replace(month=1, day=1)
    refused = None
    try:
        wanted = Wanted(asked.on, asked.known, asked.language, asked.buildings, kinds.PERIOD.code, since)
        report: period.Report = actions.compiled(found, wanted, now=clock.now())
    except Refused as error:
        refused = error
        on = today(found)
        report = actions.compiled(found, Wanted(on, kind=kinds.PERIOD.code, since=on.replace(month=1, day=1)), now=clock.now())
    format_ = request.args.get("format")
    if format_ is not None and refused is None:
        return sheet(kinds.PERIOD, found, report, format_)
    return page(
        "reports/period.html",
        park=found,
        report=report,
        refused=refused,
        filters=filters,
        rows=report.rows if len(report.rows) <= SHOWN_ROWS else (),
        args={
            "since": report.since.isoformat(),
            "on": report.on.isoformat(),
            "known": filters.known.data.isoformat(timespec="minutes") if filters.known.data else None,
            "buildings": list(report.chosen),
        },
        **period_pages.context(report),
    )
