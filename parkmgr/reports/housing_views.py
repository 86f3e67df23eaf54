"""The housing report on the screen."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue

from parkmgr import clock
from parkmgr.errors import Refused
from parkmgr.places.views import here, today
from parkmgr.reports import actions, housing, housing_pages, kinds
from parkmgr.reports.forms import OccupancyFilter
from parkmgr.reports.occupancy import Row
from parkmgr.reports.rules import Wanted
from parkmgr.reports.views import SHOWN_ROWS, bp, building_choices, sheet
from parkmgr.web.door import me
from parkmgr.web.page import page


@bp.get("/parks/<park>/reports/housing", endpoint="housing")
def on_screen(park: str) -> ResponseReturnValue:
    """Show who lives where on a day, as known at an instant, before or without issuing it."""
    found = here(park)
    filters = OccupancyFilter.asked()
    filters.offer(building_choices(found))
    asked = filters.value(found.zone, today(found))
    wanted = Wanted(asked.on, asked.known, asked.language, asked.buildings, kinds.HOUSING.code)
    refused = None
    try:
        report: housing.Report = actions.compiled(found, wanted, now=clock.now())
    except Refused as error:
        refused = error
        report = actions.compiled(found, Wanted(today(found), kind=kinds.HOUSING.code), now=clock.now())
    format_ = request.args.get("format")
    if format_ is not None and refused is None:
        return sheet(kinds.HOUSING, found, report, format_)
    linked = me().may("occupancy.space", found.id)

    def to(row: Row) -> str:
        return url_for("occupancy.space", park=found.code, code=row.space)

    return page(
        "reports/housing.html",
        park=found,
        report=report,
        refused=refused,
        filters=filters,
        figures=housing_pages.figures(report),
        void=housing_pages.void_by_block(report),
        waiting=housing_pages.waiting_by_class(report) if report.classes else None,
        drawings=housing_pages.blocks(report, to if linked else None),
        key=housing_pages.key(report) if report.rows else "",
        rows=report.residencies if len(report.residencies) <= SHOWN_ROWS else (),
        linked=linked,
        args={
            "on": report.on.isoformat(),
            "known": filters.known.data.isoformat(timespec="minutes") if filters.known.data else None,
            "buildings": list(report.chosen),
        },
        block_name=housing_pages.block_name,
        size_name=housing_pages.size_name,
        class_name=housing_pages.class_name,
        median=housing.median,
        days=housing_pages.days,
    )
