"""Pages of the audit: the log, one entry, and the verification of the chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from parkmgr.audit import queries
from parkmgr.audit.forms import EntriesFilter
from parkmgr.audit.models import Entry
from parkmgr.policy import DEEDS
from parkmgr.web import listing
from parkmgr.web.door import me
from parkmgr.web.formats import instant
from parkmgr.web.limits import limiter
from parkmgr.web.listing import Column
from parkmgr.web.page import page

bp = Blueprint("audit", __name__)

COLUMNS = (
    Column("id", lazy_gettext("Entry"), lambda row: row.id, Entry.id, lambda row: url_for("audit.show", entry=row.id), figures=True),
    Column("at", lazy_gettext("When"), lambda row: row.at, Entry.at, show=lambda at: instant(at, seconds=True)),
    Column("actor", lazy_gettext("Who"), lambda row: row.actor, Entry.actor),
    Column("deed", lazy_gettext("Deed"), lambda row: row.deed, Entry.deed),
    Column("label", lazy_gettext("What"), lambda row: row.label or row.subject, Entry.label),
    Column("park", lazy_gettext("Park"), lambda row: row.park, wide_only=True),
    Column("reason", lazy_gettext("Reason"), lambda row: row.reason, wide_only=True),
)


@bp.get("/audit")
def entries() -> ResponseReturnValue:
    """The log of every deed that the reader may know of, latest first."""
    parks = queries.parks(me())
    filters = EntriesFilter.asked(parks=parks)
    chosen = next((park for park in parks if str(park[0]) == filters.park.data), None)
    g.zone = chosen[2] if chosen else (parks[0][2] if len({park[2].key for park in parks}) == 1 else ZoneInfo("UTC"))
    asked = queries.Asked(
        deed=filters.deed.data or "",
        who=filters.who.data or "",
        what=filters.what.data or "",
        from_on=filters.from_on.data,
        until_on=filters.until_on.data,
        park_id=chosen[0] if chosen else None,
    )
    statement = queries.entries(me(), asked, g.zone)
    return listing.answer(
        "audit/entries.html", statement, COLUMNS, sort="-id", name="audit", tie=Entry.id, filters=filters, deeds=sorted(DEEDS)
    )


@dataclass(frozen=True, slots=True)
class Changed:
    """One column of one row, before and after; None where there was, or is, no row."""

    row: str
    column: str
    before: Any
    after: Any


def changed(entry: Entry) -> Iterator[Changed]:
    """Yield what an entry changed, column by column, in the order in which it was written."""
    for change in entry.changes.get("rows", ()):
        before, after = change["before"], change["after"]
        for name in dict.fromkeys([*before, *after]):
            yield Changed(change["row"], name, before.get(name), after.get(name))


@bp.get("/audit/<int:entry>")
def show(entry: int) -> ResponseReturnValue:
    """One entry: who, for whom, when, why, before and after, and its place in the chain."""
    found = queries.entry(entry, me())
    g.zone = found.zone
    return page("audit/show.html", shown=found, written=found.entry, changes=list(changed(found.entry)))


@bp.route("/audit/verify", methods=["GET", "POST"])
@limiter.limit("6 per minute", methods=["POST"])
def verify() -> ResponseReturnValue:
    """Recompute the chain, and compare with it what issued reports bear witness to."""
    verdict = queries.verify(witnesses=current_app.config["AUDIT_WITNESSES"]()) if request.method == "POST" else None
    return page("audit/verify.html", verdict=verdict)
