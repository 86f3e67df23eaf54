"""The cut-off list: what was recorded or withdrawn after a day was closed, and belongs to that day or before it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import literal_column
from wtforms import SelectChoice, SelectField  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs

from parkmgr.places.models import Park
from parkmgr.places.views import here, today
from parkmgr.reports import cutoff_queries as queries
from parkmgr.reports.forms import InstantField
from parkmgr.reports.views import bp
from parkmgr.values import Money, day_of, midnight
from parkmgr.web.forms import DayField, FilterForm
from parkmgr.web.listing import Column, answer


class CutOffFilter(FilterForm):
    """Which day, when it was closed, and which facts."""

    on = DayField(_l("Up to the day"))
    after = InstantField(_l("Recorded after (park's clocks; empty: the end of the day)"))
    fact = SelectField(
        _l("What"),
        choices=lambda: [SelectChoice("", _("any")), *(SelectChoice(code, _(label)) for code, label in queries.FACTS.items())],
        default="",
    )


def _columns(park: Park) -> list[Column]:
    def said(row: Any) -> str | None:
        return url_for("audit.entries", what=row.document) if row.document else None

    def space(row: Any) -> str | None:
        return url_for("occupancy.space", park=park.code, code=row.space) if row.space else None

    return [
        Column("fact", _l("What"), lambda row: _(queries.FACTS[row.fact]), literal_column("fact")),
        Column("document", _l("Document"), lambda row: row.document, literal_column("document"), href=said),
        Column("space", _l("Unit"), lambda row: row.space, literal_column("space"), href=space),
        Column("from_on", _l("From"), lambda row: row.from_on or day_of(row.starts_at, park.zone), wide_only=True),
        Column("amount", _l("Amount"), lambda row: None if row.minor is None else Money(row.minor, row.currency), figures=True),
        Column("recorded", _l("Recorded"), lambda row: row.recorded_at, literal_column("recorded_at")),
        Column("withdrawn", _l("Withdrawn"), lambda row: row.withdrawn_at, literal_column("withdrawn_at"), wide_only=True),
    ]


@bp.get("/parks/<park>/reports/cut-off")
def cut_off(park: str) -> ResponseReturnValue:
    """List what came late for a day; first for the last day of last month."""
    found = here(park)
    filters = CutOffFilter.asked()
    on = filters.on.data = filters.on.data or today(found).replace(day=1) - timedelta(days=1)
    after = filters.after.at(found.zone) or midnight(on + timedelta(days=1), found.zone)
    return answer(
        "reports/cut_off.html",
        queries.late(found, on, after, filters.fact.data or ""),
        _columns(found),
        sort="-recorded",
        name=f"{found.code}-cut-off-{on.isoformat()}",
        tie=literal_column("tie"),
        park=found,
        filters=filters,
        on=on,
        after=after,
    )
