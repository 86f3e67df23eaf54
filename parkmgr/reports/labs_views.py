"""The laboratories' report on the screen."""

from __future__ import annotations

from datetime import date

from flask import request
from flask.typing import ResponseReturnValue

from parkmgr import clock
from parkmgr.charges.service_views import hours
from parkmgr.errors import Refused
from parkmgr.places.views import here, today
from parkmgr.reports import actions, kinds, labs, labs_pages
from parkmgr.reports.forms import PeriodFilter
from parkmgr.reports.rules import Wanted
from parkmgr.reports.views import SHOWN_ROWS, bp, building_choices, sheet
from parkmgr.web.page import page


def _since(on: date) -> date:
    """Return the first day where none is said: that of the day's month."""
    return on.replace(day=1)


@bp.get("/parks/<park>/reports/labs", endpoint="labs")
def on_screen(park: str) -> ResponseReturnValue:
    """Show how laboratories were used in some days, as known at an instant, before or without issuing it."""
    found = here(park)
    filters = PeriodFilter.asked()
    filters.offer(building_choices(found))
    asked = filters.value(found.zone, today(found))
    wanted = Wanted(
        asked.on, asked.known, asked.language, asked.buildings, kinds.LABS.code, filters.since.data or min(_since(asked.on), asked.on)
    )
    refused = None
    try:
        report: labs.Report = actions.compiled(found, wanted, now=clock.now())
    except Refused as error:
        refused = error
        on = today(found)
        report = actions.compiled(found, Wanted(on, kind=kinds.LABS.code, since=_since(on)), now=clock.now())
    format_ = request.args.get("format")
    if format_ is not None and refused is None:
        return sheet(kinds.LABS, found, report, format_)
    return page(
        "reports/labs.html",
        park=found,
        report=report,
        refused=refused,
        filters=filters,
        figures=labs_pages.figures(report),
        chart=labs_pages.use_by_lab(report) if report.rows else None,
        rows=report.rows if len(report.rows) <= SHOWN_ROWS else (),
        args={
            "since": report.since.isoformat(),
            "on": report.on.isoformat(),
            "known": filters.known.data.isoformat(timespec="minutes") if filters.known.data else None,
            "buildings": list(report.chosen),
        },
        lab_name=labs_pages.lab_name,
        hours=hours,
    )
