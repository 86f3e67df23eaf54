"""The pages of check-ins and check-outs: moving in and out with an inventory, its photos, and the confirmation of both sides.

The resident's page needs no sign-in: its address is the secret. It shows the inventory and names nobody.
"""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address

from parkmgr import clock
from parkmgr.db import transaction
from parkmgr.errors import Missing, Refused
from parkmgr.housing import actions, allocating_queries, queries
from parkmgr.housing import checking_rules as checking
from parkmgr.housing.allocating_rules import Giving
from parkmgr.housing.forms import BLANK_LINES, CheckForm, ConfirmForm
from parkmgr.housing.models import Check, Residency
from parkmgr.housing.views import bp, one
from parkmgr.places.models import Park
from parkmgr.places.views import given, here, today
from parkmgr.web.door import config_public_url, me
from parkmgr.web.limits import limiter
from parkmgr.web.page import page


def _form(park: Park, row: Residency, giving: Giving) -> CheckForm:
    """Return the form with a line for each thing that stands in the inventory, and a meter for each that is read."""
    if request.method == "POST":
        return CheckForm()
    checks = queries.checks(row.id)
    before = queries.lines([checks["in"].id]).get(checks["in"].id, []) if "in" in checks else []
    things: dict[tuple[str, str], dict[str, Any]] = {
        (one_.room, one_.item): {"room": one_.room, "item": one_.item} for one_ in giving.items
    }
    for line in before:
        things[line.room, line.item] = {"room": line.room, "item": line.item, "grade": str(line.grade)}
    lines = [*things.values(), *({} for _n in range(BLANK_LINES))]
    return CheckForm(
        data={
            "on": today(park),
            "keys": checks["in"].keys if "in" in checks else 2,
            "lines": lines,
            "meters": [{"code": meter.code} for meter in giving.meters],
            "version": row.version,
        }
    )


def _check(park: str, number: str, kind: str) -> ResponseReturnValue:
    found = here(park)
    row = one(park, number)
    giving = allocating_queries.giving(found.id)
    form = _form(found, row, giving)
    if form.sent():
        try:
            inventory = form.inventory()
            with transaction():
                again = one(park, number)
                deed = actions.move_in if kind == actions.IN else actions.leave
                deed(
                    again,
                    inventory,
                    on=given(form.on.data),
                    waiver=form.waiver.data or "",
                    actor=me(),
                    now=clock.now(),
                    version=form.at_version,
                )
        except Refused as refused:
            form.show(refused)
        else:
            flash(_("The resident has moved in.") if kind == actions.IN else _("The resident has left; the home waits to be seen."))
            return redirect(url_for("housing.residency", park=park, number=number), 303)
    row = one(park, number)
    checks = queries.checks(row.id)
    before = queries.lines([checks["in"].id]).get(checks["in"].id, []) if "in" in checks else []
    agreed = queries.terms(row.id)
    return page(
        "housing/check.html",
        form=form,
        park=here(park),
        residency=row,
        last=agreed[-1] if agreed else None,
        kind=kind,
        asked={(thing.room, thing.item): thing for thing in giving.items},
        meters={meter.code: meter for meter in giving.meters},
        before={(line.room, line.item): line for line in before},
    )


@bp.route("/parks/<park>/housing/residencies/<number>/move-in", methods=["GET", "POST"])
def move_in(park: str, number: str) -> ResponseReturnValue:
    """Note that somebody moves in, with the inventory."""
    return _check(park, number, actions.IN)


@bp.route("/parks/<park>/housing/residencies/<number>/leave", methods=["GET", "POST"])
def leave(park: str, number: str) -> ResponseReturnValue:
    """Note that the resident has left, with the inventory."""
    return _check(park, number, actions.OUT)


def _of(park: str, number: str, kind: str) -> Check:
    row = one(park, number)
    found = queries.checks(row.id).get(kind)
    if found is None:
        raise Missing
    found.residency = row
    return found


@bp.post("/parks/<park>/housing/residencies/<number>/checks/<kind>/confirm")
def confirm_check(park: str, number: str, kind: str) -> ResponseReturnValue:
    """Confirm a check for the desk."""
    here(park)
    with transaction():
        actions.confirm_desk(_of(park, number, kind), actor=me(), now=clock.now())
    flash(_("Confirmed for the desk."))
    return redirect(url_for("housing.residency", park=park, number=number), 303)


@bp.post("/parks/<park>/housing/residencies/<number>/checks/<kind>/sign")
def sign_check(park: str, number: str, kind: str) -> ResponseReturnValue:
    """Note that the resident signed at the desk."""
    here(park)
    with transaction():
        actions.sign_at_desk(_of(park, number, kind), actor=me(), now=clock.now())
    flash(_("Signed by the resident at the desk."))
    return redirect(url_for("housing.residency", park=park, number=number), 303)


@bp.post("/parks/<park>/housing/residencies/<number>/checks/<kind>/link")
def make_link(park: str, number: str, kind: str) -> ResponseReturnValue:
    """Make the secret address for the resident; it is shown this once."""
    here(park)
    with transaction():
        secret = actions.make_link(_of(park, number, kind), actor=me(), now=clock.now())
    address = config_public_url() + url_for("housing.check", check=secret)
    return page("housing/link_made.html", park=here(park), residency=one(park, number), kind=kind, address=address, status=201)


def _picture(content: bytes) -> Response:
    answer = Response(content, mimetype="image/jpeg")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Disposition"] = "inline"
    return answer


@bp.get("/parks/<park>/housing/residencies/<number>/photos/<int:line_id>")
def photo(park: str, number: str, line_id: int) -> ResponseReturnValue:
    """Send the photo of a line to who may read the residency."""
    here(park)
    return _picture(queries.photo(one(park, number).id, line_id))


# For the resident


def _opened(secret: str) -> Check:
    found = queries.check_of_token(queries.secret_of(secret))
    if found is None:
        raise Missing
    g.zone = found.residency.space.park.zone
    return found


def _address() -> str:
    return f"{request.view_args and request.view_args.get('check')} {get_remote_address()}"


@bp.get("/home-check/<check>")
@limiter.limit("120 per minute")
def check(check: str) -> ResponseReturnValue:
    """Show the resident what was noted of the home."""
    row = _opened(check)
    return page(
        "housing/resident_check.html",
        secret=check,
        check=row,
        space=row.residency.space,
        lines=queries.lines([row.id]).get(row.id, []),
        meters=queries.readings_of([row.id]).get(row.id, []),
        names={meter.code: meter for meter in allocating_queries.giving(row.park_id).meters},
        shown=checking.shown,
        form=ConfirmForm(),
    )


@bp.get("/home-check/<check>/photos/<int:line_id>")
@limiter.limit("600 per minute")
def check_photo(check: str, line_id: int) -> ResponseReturnValue:
    """Send the resident a photo of the inventory."""
    row = _opened(check)
    if all(line.id != line_id for line in queries.lines([row.id]).get(row.id, [])):
        raise Missing
    return _picture(queries.photo(row.residency_id, line_id))


@bp.post("/home-check/<check>/confirm")
@limiter.limit("12 per minute", key_func=_address)
def confirm_resident(check: str) -> ResponseReturnValue:
    """Confirm the inventory for the resident."""
    with transaction():
        actions.confirm_resident(_opened(check), now=clock.now())
    flash(_("Thank you. It is confirmed."))
    return redirect(url_for("housing.check", check=check), 303)
