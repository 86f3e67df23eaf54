"""The pages on which a lease is asked for, and on which requests are answered. They join the blueprint of leases."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from parkmgr import clock
from parkmgr.errors import N_, Missing, Objection, Refused
from parkmgr.leases import actions, queries
from parkmgr.leases.forms import AskForm, RejectForm, RequestFilter
from parkmgr.leases.models import LeaseRequest, RequestState
from parkmgr.leases.rules import ASKED_BACKWARDS, UNKNOWN_SPACE
from parkmgr.leases.views import bp
from parkmgr.organisations.models import Organisation
from parkmgr.places import queries as places
from parkmgr.places.models import Park, Space
from parkmgr.places.views import by_name, given, here, named, sent
from parkmgr.values import Term
from parkmgr.web.door import me
from parkmgr.web.forms import Form
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page

SAY_FOR_WHOM = Objection("leases.say_for_whom", N_("Say for which organisation."), "organisation")


def _organisation(form: AskForm, listed: Sequence[Organisation]) -> Organisation:
    if len(listed) == 1:
        return listed[0]
    wanted = (form.organisation.data or "").split(" · ", 1)[0].strip()
    found = next((one for one in listed if one.code == wanted), None)
    if found is None:
        raise Refused([SAY_FOR_WHOM])
    return found


def _space(park: Park, code: str) -> Space:
    try:
        return places.space(park.id, code)
    except Missing:
        raise Refused([UNKNOWN_SPACE.about(code=code).at("space")]) from None


@bp.route("/parks/<park>/leases/ask", methods=["GET", "POST"])
def ask(park: str) -> ResponseReturnValue:
    """Ask for a lease of a space."""
    here(park)
    form = AskForm() if request.method == "POST" else AskForm(formdata=request.args, meta={"csrf": False})
    if request.method == "GET":
        form.key.data = secrets.token_urlsafe(24)
        form.people.data = form.people.data or 1

    def deed() -> str:
        in_park = here(park)
        organisation = _organisation(form, queries.organisations_to_ask_for(in_park.id, me()))
        first, last = given(form.starts_on.data), given(form.ends_on.data)
        if last < first:
            raise Refused([ASKED_BACKWARDS])
        asked = actions.ask(
            in_park,
            _space(in_park, form.space.data or ""),
            organisation,
            Term(first, last),
            people=form.people.data or 1,
            purpose=form.purpose.data or "",
            key=form.key.data or None,
            actor=me(),
            now=clock.now(),
        )
        flash(_("Asked for as %(number)s. The administrators read it, and you are told what becomes of it.", number=asked.number))
        return url_for("leases.requests", park=in_park.code)

    done = sent(form, deed)
    if done:
        return done
    found = here(park)
    return page("leases/ask.html", form=form, park=found, organisations=queries.organisations_to_ask_for(found.id, me()))


def _columns(park: Park) -> list[Column]:
    actor = me()

    def space(row: Any) -> str:
        return url_for("occupancy.space", park=park.code, code=row.space)

    def lease(row: Any) -> str | None:
        return url_for("leases.show", park=park.code, number=row.lease) if row.lease and actor.sees_all(park.id) else None

    def deed(name: str, label: str, deed_: str) -> list[Column]:
        def href(row: Any) -> str | None:
            if row.state != RequestState.REQUESTED:
                return None
            if deed_ == "leases.draft":
                return url_for(deed_, park=park.code, request=row.number)
            return url_for(deed_, park=park.code, asked=row.number)

        return [Column(name, "", lambda row: label if href(row) else "", href=href)] if actor.may(deed_, park.id) else []

    return [
        Column("number", _l("Number"), lambda row: row.number, LeaseRequest.number),
        Column("space", _l("Space"), lambda row: row.space, Space.code, href=space),
        Column("organisation", _l("Organisation"), named, by_name(Organisation)),
        Column("starts_on", _l("First day"), lambda row: row.starts_on, LeaseRequest.starts_on),
        Column("ends_on", _l("Last day"), lambda row: row.ends_on, LeaseRequest.ends_on),
        Column("people", _l("People"), lambda row: row.people, figures=True, wide_only=True),
        Column("purpose", _l("Purpose"), lambda row: row.purpose or None, wide_only=True),
        Column("state", _l("State"), lambda row: row.state, LeaseRequest.state, family="lease_request_state"),
        Column("reason", _l("Reason"), lambda row: row.reason or None, wide_only=True),
        Column("lease", _l("Lease"), lambda row: row.lease, href=lease),
        *deed("draft", _("Draft a lease"), "leases.draft"),
        *deed("reject", _("Reject"), "leases.reject_request"),
        *deed("withdraw", _("Withdraw"), "leases.withdraw_request"),
    ]


@bp.get("/parks/<park>/leases/requests")
def requests(park: str) -> ResponseReturnValue:
    """List what leases were asked for."""
    found = here(park)
    filters = RequestFilter.asked()
    return answer(
        "leases/requests.html",
        queries.requests(found.id, me(), filters.state.data or ""),
        _columns(found),
        sort="-number",
        name=f"{found.code}-lease-requests",
        tie=LeaseRequest.id,
        park=found,
        filters=filters,
    )


def _one(park: str, asked: str, template: str, form: Form, act: Any, done: str) -> ResponseReturnValue:
    found = here(park)
    endpoint = str(request.endpoint)
    shown = queries.request(asked, me(), endpoint, park=park)
    if request.method == "GET":
        form.version.data = str(shown.version)

    def deed() -> str:
        act(queries.request(asked, me(), endpoint, park=park))
        flash(done)
        return url_for("leases.requests", park=park)

    answered = sent(form, deed)
    return answered or page(template, form=form, park=here(found.code), asked=queries.request(asked, me(), endpoint, park=park))


@bp.route("/parks/<park>/leases/requests/<asked>/reject", methods=["GET", "POST"])
def reject_request(park: str, asked: str) -> ResponseReturnValue:
    """Reject a request for a lease."""
    form = RejectForm()

    def act(one: LeaseRequest) -> None:
        actions.reject_request(one, reason=form.reason.data or "", actor=me(), now=clock.now(), version=form.at_version)

    return _one(park, asked, "leases/reject_request.html", form, act, _("Rejected; who asked reads why."))


@bp.route("/parks/<park>/leases/requests/<asked>/withdraw", methods=["GET", "POST"])
def withdraw_request(park: str, asked: str) -> ResponseReturnValue:
    """Withdraw a request for a lease."""
    form = Form()

    def act(one: LeaseRequest) -> None:
        actions.withdraw_request(one, actor=me(), now=clock.now(), version=form.at_version)

    return _one(park, asked, "leases/withdraw_request.html", form, act, _("Withdrawn."))
