"""Two states of a park side by side: what was restated since, what came late for a day, what changed between two days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import abort, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from parkmgr import clock
from parkmgr.errors import N_, Objection, Refused
from parkmgr.places.models import Park
from parkmgr.places.views import here, today
from parkmgr.reports import actions, kinds, occupancy, queries
from parkmgr.reports.comparing import FIELDS, Comparison, compared
from parkmgr.reports.forms import InstantField
from parkmgr.reports.occupancy import Report, Row
from parkmgr.reports.rules import Wanted
from parkmgr.reports.views import bp
from parkmgr.values import Money, midnight, percent
from parkmgr.web.forms import DayField, FilterForm
from parkmgr.web.page import page
from parkmgr.web.sheets import FORMATS, sheet
from parkmgr.web.words import word

SAME = Objection("reports.same", N_("Both sides are the same: choose another day, or another instant, for one of them."))
SHOWN = 100
"""So many units are shown; all of them stand in the sheets."""
WORDS = {
    "kind": N_("Kind"),
    "area": N_("Area"),
    "basis": N_("Basis of the area"),
    "status": N_("Status"),
    "holder": N_("Organisation"),
    "document": N_("Document"),
    "starts_on": N_("From"),
    "ends_on": N_("Until"),
    "break_on": N_("Next break"),
    "rent": N_("Rent a month"),
}


class CompareFilter(FilterForm):
    """Which two states."""

    on = DayField(_l("As at the day"))
    known = InstantField(_l("As known at (park's clocks; empty: now)"))
    other_on = DayField(_l("Compared with the day"))
    other_known = InstantField(_l("As known at (park's clocks; empty: now)"))


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two states."""

    on: date
    known: datetime | None
    report: Report


def _side(park: Park, on: date, known: datetime | None, now: datetime) -> Side:
    wanted = Wanted(on, known)
    actions.permitted(park, wanted, now)
    facts = queries.occupancy(park, on, known)
    return Side(on, known, occupancy.compile(facts, park=kinds.place(park), on=on, known=known or now))


@bp.get("/parks/<park>/reports/compare")
def compare(park: str) -> ResponseReturnValue:
    """Show what differs between two states of the register: days, instants of knowledge, or both."""
    found = here(park)
    now = clock.now()
    filters = CompareFilter.asked()
    on = filters.on.data or today(found)
    known = filters.known.at(found.zone)
    if not request.args:  # the cut-off: what was recorded after the last day of last month, and belongs before it
        on = on.replace(day=1) - timedelta(days=1)
        known = midnight(on + timedelta(days=1), found.zone)
    other_on, other_known = filters.other_on.data or on, filters.other_known.at(found.zone)
    refused = None
    sides: tuple[Side, Side] | None = None
    try:
        if (on, known) == (other_on, other_known):
            raise Refused([SAME])
        sides = _side(found, on, known, now), _side(found, other_on, other_known, now)
    except Refused as error:
        refused = error
    result = compared(sides[0].report.rows, sides[1].report.rows) if sides else None
    format_ = request.args.get("format")
    if format_ is not None and result is not None:
        return _sheet(found, result, on, other_on, format_)
    deeds = []
    if result is not None and on == other_on:
        first, last = sorted((known or now, other_known or now))
        deeds = queries.deeds_on(found.id, result.documents, first, last)
    return page(
        "reports/compare.html",
        park=found,
        filters=filters,
        refused=refused,
        sides=sides,
        result=result,
        shown=result.changes[:SHOWN] if result else (),
        deeds=deeds,
        value=value,
        words=WORDS,
        money=Money,
        change=lambda bridge: percent(bridge.stayed, bridge.alike),
        args={name: text for name, text in request.args.items() if name != "format"},
        on=on,
        known=known,
        other_on=other_on,
        other_known=other_known,
        tied=all(bridge.ties for bridge in result.bridges) if result else True,
    )


def value(row: Row | None, name: str) -> object:
    """Return a field of a unit as it is shown; None where there is no unit."""
    if row is None:
        return None
    found: Any = getattr(row, name)
    if name == "status":
        return word("status", found.value)
    return word("space_kind", found) if name == "kind" else found


def _sheet(park: Park, result: Comparison, on: date, other_on: date, format_: str) -> ResponseReturnValue:
    if format_ not in FORMATS:
        abort(404)
    head = [_("Unit"), _("What differs"), _("Before"), _("After")]
    cells = (
        [change.space, _(WORDS[name]), value(change.before, name), value(change.after, name)]
        for change in result.changes
        for name in FIELDS
        if name in change.fields
    )
    return sheet(format_, f"{park.code}-compare-{on.isoformat()}-{other_on.isoformat()}", head, cells)
