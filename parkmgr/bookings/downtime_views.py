"""The pages of downtime: stopping an instrument with what becomes of its sessions, and restoring it. They join those of bookings."""

from __future__ import annotations

from datetime import datetime

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from parkmgr import clock
from parkmgr.bookings import closing, downtime
from parkmgr.bookings.closing import Asked, Choice, Decision, Found, InTheWay, What
from parkmgr.bookings.closure_forms import RestoreForm, StopForm, changes_clocks
from parkmgr.bookings.closure_views import Line
from parkmgr.bookings.views import bp
from parkmgr.db import transaction
from parkmgr.errors import Missing, Refused
from parkmgr.labs import queries as labs
from parkmgr.labs.rules import EquipmentState
from parkmgr.occupancy.models import Closure
from parkmgr.places.models import Park
from parkmgr.places.views import given, here, sent
from parkmgr.web.door import me
from parkmgr.web.page import page


def _asked(form: StopForm, park: Park, number: str, now: datetime) -> Asked:
    planned = form.kind.data == "maintenance"
    starts_at, ends_at = form.times(park.zone, now)
    return downtime.asked(
        park,
        [labs.piece(park.id, number)],
        planned=planned,
        reason=given(form.reason.data),
        starts_at=starts_at,
        ends_at=ends_at,
        now=now,
    )


def _chosen(line: InTheWay, wanted: dict[str, Choice]) -> str:
    """Return what the form says of a session; when nothing was said, what is proposed."""
    said = request.form.get(f"choice-{line.number}", "")
    choice = wanted.get(line.number)
    if said or choice is None:
        return said
    return line.proposals[0].value if choice.what is What.MOVE else str(choice.what)


@bp.route("/parks/<park>/equipment/at/<piece>/stop", methods=["GET", "POST"])
def stop(park: str, piece: str) -> ResponseReturnValue:
    """Stop an instrument: first look at its sessions, then decide, then do it all at once."""
    found = here(park)
    if labs.piece(found.id, piece).space_id is None:
        raise Missing
    form = StopForm(data={"kind": "breakdown"})
    review: Found | None = None
    near: list[InTheWay] = []
    wanted: dict[str, Choice] = {}
    running: set[str] = set()
    if form.sent():
        now = clock.now()
        form.begin_at(now.astimezone(found.zone))
        if form.seen.data:
            done = _stopped(form, park, piece, now)
            if done:
                flash(_("%(piece)s is stopped by %(number)s.", piece=piece, number=done))
                return redirect(url_for("bookings.closure", park=park, closure=done), 303)
        try:
            row = here(park)
            asked = _asked(form, row, piece, now)
            review = downtime.look(row, asked, actor=me(), now=now)
        except Refused as refused:
            if not form.said:
                form.show(refused)
        else:
            if review.against and not form.said:
                form.show(Refused(review.against))
            form.seen.data = review.seen
            near = [line for line in review.bookings if downtime.is_near(line.what.starts_at, asked, now)]
            running = {one.number for one in downtime.begun(review, now)}
            wanted = dict(downtime.proposed(review, asked, now))
    row = here(park)
    return page(
        "bookings/stop.html",
        form=form,
        park=row,
        piece=labs.piece(row.id, piece),
        review=review,
        ready=review is not None and not review.against,
        lines=[Line(line, _chosen(line, wanted), f"agreed-{line.number}" in request.form) for line in near if line.number not in running],
        running=[line for line in near if line.number in running],
        planned=form.kind.data == "maintenance",
        twice=changes_clocks(row.zone, clock.now()),
        later=len(review.bookings) - len(near) if review else 0,
    )


def _stopped(form: StopForm, park: str, piece: str, now: datetime) -> str:
    """Return the number of the downtime that was written down; empty when something is against it, which the form says then."""
    try:
        with transaction():
            row = here(park)
            planned = form.kind.data == "maintenance"
            starts_at, ends_at = form.times(row.zone, now)
            pieces = [labs.piece(row.id, piece)]
            asked = _asked(form, row, piece, now)
            found = downtime.look(row, asked, actor=me(), now=now, propose=False)
            choices = {}
            for line in found.bookings:
                said = request.form.get(f"choice-{line.number}", "")
                chosen = closing.choice(line, said, agreed=f"agreed-{line.number}" in request.form)
                if chosen is not None:
                    choices[line.number] = chosen
            return downtime.stop(
                row,
                pieces,
                planned=planned,
                reason=given(form.reason.data),
                starts_at=starts_at,
                ends_at=ends_at,
                decision=Decision(form.seen.data or "", choices, _("agreed with the booker")),
                actor=me(),
                now=now,
            ).number
    except Refused as refused:
        form.show(refused)
        return ""


def _downtime(park: Park, number: str) -> Closure:
    found = closing.closure(park, number)
    if found.kind not in downtime.KINDS:
        raise Missing
    return found


@bp.route("/parks/<park>/closures/<closure>/restore", methods=["GET", "POST"])
def restore(park: str, closure: str) -> ResponseReturnValue:
    """Restore what is down, or call planned downtime off."""
    found = here(park)
    shown = _downtime(found, closure)
    form = RestoreForm()
    number = next((piece.number for piece in downtime.pieces_of(shown)), "")

    def deed() -> str:
        row = here(park)
        downtime.restore(
            _downtime(row, closure), row, reason=given(form.reason.data), state=EquipmentState(form.state.data), actor=me(), now=clock.now()
        )
        flash(_("%(number)s has ended; the instrument can be booked again.", number=closure))
        return url_for("labs.piece", park=park, piece=number) if number else url_for("bookings.closure", park=park, closure=closure)

    done = sent(form, deed)
    if done is not None:
        return done
    row = here(park)
    again = _downtime(row, closure)
    return page(
        "bookings/restore.html",
        form=form,
        park=row,
        closure=again,
        pieces=downtime.pieces_of(again),
        begun=closing.begins(again, row) <= clock.now(),
    )
