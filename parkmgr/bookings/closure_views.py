"""The pages of closures: the list, one of them, closing with what is in the way, and lifting. They join the blueprint of bookings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock
from parkmgr.bookings import closing
from parkmgr.bookings.closing import Asked, Choice, Decision, Found, InTheWay
from parkmgr.bookings.closure_forms import CloseForm, ClosureFilter, LiftForm, changes_clocks
from parkmgr.bookings.views import bp
from parkmgr.db import transaction
from parkmgr.errors import Refused
from parkmgr.occupancy.models import Closure
from parkmgr.organisations import queries as organisations
from parkmgr.places import queries as places
from parkmgr.places.models import Park
from parkmgr.places.views import given, here, sent, today
from parkmgr.values import FOREVER
from parkmgr.web.door import me
from parkmgr.web.formats import language, names
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page

HOLIDAYS = 8
"""How many of the next holidays are offered."""


def _buildings(park: Park) -> list[SelectChoice]:
    return [SelectChoice(code, f"{code} · {names(name)}") for code, name in places.building_choices(park.id)]


def _from(closure: Closure) -> object:
    return closure.starts_at or closure.starts_on


def _until(closure: Closure) -> object:
    return closure.ends_at or closure.ends_on


def _standing(closure: Closure, park: Park, now: datetime) -> str:
    """Return how a closure stands: lifted, over, running or coming."""
    if closure.lifted_at is not None:
        return "lifted"
    if closing.ends(closure, park) <= now:
        return "over"
    return "running" if closing.begins(closure, park) <= now else "coming"


def _columns(park: Park, now: datetime) -> list[Column]:
    def to(row: Any) -> str:
        return url_for("bookings.closure", park=park.code, closure=row[0].number)

    return [
        Column("number", _l("Number"), lambda row: row[0].number, Closure.number, href=to),
        Column("kind", _l("Kind"), lambda row: row[0].kind, Closure.kind, family="closure_kind"),
        Column("from", _l("From"), lambda row: _from(row[0]), Closure.starts_on),
        Column("until", _l("Until"), lambda row: _until(row[0]), Closure.ends_on),
        Column("standing", _l("State"), lambda row: _standing(row[0], park, now), family="closure_state"),
        Column("units", _l("Units"), lambda row: row.units, figures=True),
        Column("buildings", _l("Buildings"), lambda row: row.buildings),
        Column("reason", _l("Reason"), lambda row: row[0].reason, wide_only=True),
    ]


@bp.get("/parks/<park>/closures")
def closures(park: str) -> ResponseReturnValue:
    """List the closures of a park."""
    found = here(park)
    filters = ClosureFilter.asked(buildings=_buildings(found))
    wanted = closing.Wanted(filters.since.data, filters.until.data, filters.building.data or "", filters.kind.data or "")
    return answer(
        "bookings/closures.html",
        closing.closures(found.id, wanted),
        _columns(found, clock.now()),
        sort="-from",
        name=f"{found.code}-closures-{today(found).isoformat()}",
        tie=Closure.id,
        park=found,
        filters=filters,
    )


@bp.get("/parks/<park>/closures/<closure>")
def closure(park: str, closure: str) -> ResponseReturnValue:
    """Show a closure: its spaces, and to who may know of others' bookings what it moved."""
    found = here(park)
    shown = closing.closure(found, closure)
    now = clock.now()
    return page(
        "bookings/closure.html",
        park=found,
        closure=shown,
        standing=_standing(shown, found, now),
        closed=closing.closed(shown.number),
        settled=closing.settled(shown) if me().sees_all(found.id) else [],
        sees_all=me().sees_all(found.id),
        begins=_from(shown),
        ends=_until(shown),
        forever=FOREVER,
    )


@bp.route("/parks/<park>/closures/<closure>/lift", methods=["GET", "POST"])
def lift(park: str, closure: str) -> ResponseReturnValue:
    """End a closure before its time."""
    found = here(park)
    shown = closing.closure(found, closure)
    form = LiftForm()

    def deed() -> str:
        row = here(park)
        closing.lift(closing.closure(row, closure), row, reason=given(form.reason.data), actor=me(), now=clock.now())
        flash(_("%(number)s is lifted; the rest of its time is free.", number=closure))
        return url_for("bookings.closure", park=park, closure=closure)

    return sent(form, deed) or page("bookings/lift.html", form=form, park=found, closure=shown, begins=_from(shown), ends=_until(shown))


# Closing


@dataclass(frozen=True, slots=True)
class Line:
    """A booking in the way, with what was chosen for it so far."""

    line: InTheWay
    chosen: str
    agreed: bool


def _chosen(line: InTheWay) -> str:
    """Return what the form says of a booking; when nothing was said, the first proposal."""
    said = request.form.get(f"choice-{line.number}", "")
    if said:
        return said
    return "keep" if line.has_begun else line.proposals[0].value if line.proposals else ""


def _choices(found: Found) -> Mapping[str, Choice]:
    made = {}
    for line in found.bookings:
        chosen = closing.choice(line, request.form.get(f"choice-{line.number}", ""), agreed=f"agreed-{line.number}" in request.form)
        if chosen is not None:
            made[line.number] = chosen
    return made


def _asked(form: CloseForm, park: Park) -> Asked:
    """Return what the form asks for, read in this transaction.

    Raises:
        Refused: it asks for nothing that could be closed.
    """
    span, term = form.when(park.zone)
    spaces = closing.units(park, form.chosen(), span.starts_at.astimezone(park.zone).date())
    operator = organisations.organisation(given(form.operator.data))
    return Asked(tuple(spaces), span, given(form.kind.data), given(form.reason.data), operator, term, bool(form.leave_out.data))


def _filled(form: CloseForm, park: Park) -> None:
    """The form says what the address says, on the first look."""
    if request.method == "GET":
        form.process(request.args, data={"kind": "works"})
        form.offer(_buildings(park), _operators())
        form.operator.data = form.operator.data if request.args.get("operator") else closing.last_operator(park.id)


def _operators() -> list[SelectChoice]:
    return [SelectChoice(code, f"{code} · {names(name)}") for code, name in organisations.choices()]


@bp.route("/parks/<park>/closures/new", methods=["GET", "POST"])
def close(park: str) -> ResponseReturnValue:
    """Close spaces: first look at what is in the way, then decide, then do it all at once."""
    found = here(park)
    form = CloseForm()
    form.offer(_buildings(found), _operators())
    _filled(form, found)
    review: Found | None = None
    if form.sent():
        now = clock.now()
        if form.seen.data:
            done = _closed(form, park, now)
            if done:
                flash(_("%(number)s is closed.", number=done))
                return redirect(url_for("bookings.closure", park=park, closure=done), 303)
        review = _review(form, here(park), now)
    lines = [Line(line, _chosen(line), f"agreed-{line.number}" in request.form) for line in review.bookings] if review else []
    return page(
        "bookings/close.html",
        form=form,
        park=found,
        review=review,
        lines=lines,
        holidays=closing.holidays(found.country, today(found), language())[:HOLIDAYS],
        twice=changes_clocks(found.zone, clock.now()),
    )


def _closed(form: CloseForm, park: str, now: datetime) -> str:
    """Return the number of the closure that was made; empty when something is against it, which the form says then."""
    try:
        with transaction():
            row = here(park)
            asked = _asked(form, row)
            found = closing.in_the_way(row, asked, actor=me(), now=now, propose=False)
            decision = Decision(form.seen.data or "", _choices(found), _("agreed with the booker"))
            return closing.close(row, asked, decision, actor=me(), now=now).number
    except Refused as refused:
        form.show(refused)
        return ""


def _review(form: CloseForm, park: Park, now: datetime) -> Found | None:
    """Return what is in the way; None when what is asked for cannot be closed anyway, which the form says then."""
    try:
        asked = _asked(form, park)
        found = closing.in_the_way(park, asked, actor=me(), now=now)
    except Refused as refused:
        if not form.said:
            form.show(refused)
        return None
    if found.against:
        if not form.said:
            form.show(Refused(found.against))
        return replace(found, bookings=())
    form.seen.data = found.seen
    return found
