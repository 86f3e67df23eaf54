"""The page of renewal: which residencies, until when, at what rent; looked at row by row, then done at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from parkmgr import clock
from parkmgr.db import transaction
from parkmgr.errors import N_, Objection, Refused
from parkmgr.housing import queries, renewing_actions
from parkmgr.housing.forms import RenewForm, RenewNowForm
from parkmgr.housing.models import Residency
from parkmgr.housing.renewing_actions import Renewal
from parkmgr.housing.views import blocks, bp
from parkmgr.places.models import Park
from parkmgr.places.views import given, here, today
from parkmgr.values import totals
from parkmgr.web.door import me
from parkmgr.web.page import page

CHANGED = Objection("housing.changed", N_("Somebody changed one of these residencies after you looked. Nothing was renewed; look again."))


def _chosen(park: Park, form: RenewForm) -> list[Residency]:
    wanted = queries.Wanted(
        state="live",
        building=form.building.data or "",
        organisation=(form.organisation.data or "").partition(" · ")[0],
        ends_after=form.ends_from.data,
        ends_before=form.ends_to.data,
    )
    return queries.residencies_to_renew(park.id, me(), wanted)


def _mark(listed: Sequence[Residency]) -> str:
    """Return a mark of what was looked at: it is another when any of them has changed."""
    text = " ".join(f"{one.number}.{one.version}" for one in listed)
    return hashlib.sha256(text.encode()).hexdigest()


@bp.route("/parks/<park>/housing/renew", methods=["GET", "POST"])
def renew(park: str) -> ResponseReturnValue:
    """Look at what renewing would do, and do it."""
    found = here(park)
    form = RenewForm.asked(buildings=blocks(found))
    asked = "ends_to" in request.args or "ends_from" in request.args
    if not asked:
        first = today(found)
        form.ends_from.data, form.ends_to.data = first, first + timedelta(days=90)
    if form.until.data is None and form.ends_to.data is not None:
        form.until.data = form.ends_to.data + relativedelta(years=1)
    percent: Decimal = form.percent.data or Decimal(0)
    now_form = RenewNowForm()
    if asked and form.until.data is not None and now_form.sent():
        done = _renewed(park, form, now_form, percent)
        if done is not None:
            flash(ngettext("%(num)s residency is renewed.", "%(num)s residencies are renewed.", done))
            return redirect(url_for("housing.residencies", park=park, state="live"), 303)
        found = here(park)
    listed: list[Renewal] = []
    if asked and form.until.data is not None:
        chosen = _chosen(found, form)
        try:
            listed = renewing_actions.look(found, chosen, until=form.until.data, percent=percent, actor=me(), now=clock.now())
            now_form.seen.data = _mark(chosen)
        except Refused as refused:
            now_form.show(refused)
    return page(
        "housing/renew.html",
        park=found,
        form=now_form,
        filters=form,
        asked=asked,
        listed=listed,
        against=sum(bool(one.against) for one in listed),
        before=totals(one.rent for one in listed),
        after=totals(one.new_rent for one in listed),
    )


def _renewed(park: str, form: RenewForm, now_form: RenewNowForm, percent: Decimal) -> int | None:
    """Return how many were renewed; None when something is against it, which the form says then."""
    until = given(form.until.data)
    try:
        with transaction():
            again = here(park)
            chosen = _chosen(again, form)
            if _mark(chosen) != now_form.seen.data:
                raise Refused([CHANGED])
            return len(renewing_actions.renew(again, chosen, until=until, percent=percent, actor=me(), now=clock.now()))
    except Refused as refused:
        now_form.show(refused)
        return None
