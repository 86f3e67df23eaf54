"""The fund report on the screen."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from parkmgr import clock
from parkmgr.errors import Refused
from parkmgr.funds import figures as words
from parkmgr.funds import queries as funds
from parkmgr.places.views import here, today
from parkmgr.reports import actions, fund_pages, kinds
from parkmgr.reports.forms import OccupancyFilter
from parkmgr.reports.fund import Report
from parkmgr.reports.rules import Wanted
from parkmgr.reports.views import SHOWN_ROWS, bp, sheet
from parkmgr.values import Money
from parkmgr.web.door import me
from parkmgr.web.page import page


@bp.get("/parks/<park>/reports/fund/<fund>", endpoint="fund")
def on_screen(park: str, fund: str) -> ResponseReturnValue:
    """Show a fund at the end of a day, as known at an instant, before or without issuing its report."""
    found = here(park)
    shown = funds.fund(fund, me(), "reports.fund", park=found.code)
    filters = OccupancyFilter.asked()
    filters.offer([])
    asked = filters.value(found.zone, today(found))
    wanted = Wanted(asked.on, asked.known, asked.language, (), kinds.FUND.code, fund=shown.code)
    refused = None
    try:
        report: Report = actions.compiled(found, wanted, now=clock.now())
    except Refused as error:
        refused = error
        report = actions.compiled(found, Wanted(today(found), kind=kinds.FUND.code, fund=shown.code), now=clock.now())
    format_ = request.args.get("format")
    if format_ is not None and refused is None:
        return sheet(kinds.FUND, found, report, format_)
    return page(
        "reports/fund.html",
        park=found,
        report=report,
        refused=refused,
        filters=filters,
        figures=fund_pages.figures(report),
        picture=words.picture(report.facts, report.on, report.fund.currency),
        rows=len(report.rows) <= SHOWN_ROWS,
        args={
            "on": report.on.isoformat(),
            "known": filters.known.data.isoformat(timespec="minutes") if filters.known.data else None,
            "fund": report.fund.code,
        },
        words=words,
        money=Money,
    )
