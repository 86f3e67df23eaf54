"""The pages of doors: which there are, and the page on the tablet, which anyone who stands before it reads.

It needs no sign-in: its address is the secret. It names nobody and nothing but times. Without scripts it loads itself anew.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import segno
from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from markupsafe import Markup

from parkmgr import clock
from parkmgr.bookings import door_actions, queries, rules_queries
from parkmgr.bookings.door_forms import LENGTHS, DoorForm, WalkInForm
from parkmgr.bookings.models import Door
from parkmgr.bookings.rules import NO_SUCH_SPACE
from parkmgr.bookings.rules_actions import NO_ORGANISATION
from parkmgr.bookings.rules_forms import ConfirmForm
from parkmgr.bookings.views import bp
from parkmgr.db import transaction
from parkmgr.errors import Missing, Objection, Refused
from parkmgr.organisations import queries as organisations
from parkmgr.organisations.models import Organisation
from parkmgr.places import queries as places
from parkmgr.places.models import Park, Space
from parkmgr.places.views import given, here
from parkmgr.values import FOREVER, Span, day_of, midnight
from parkmgr.web.door import config_public_url, me
from parkmgr.web.forms import Form
from parkmgr.web.limits import limiter
from parkmgr.web.page import page

NEXT = 4
"""Times that the page shows ahead."""


# For administrators


@bp.get("/parks/<park>/doors")
def doors(park: str) -> ResponseReturnValue:
    """List the doors that have a page."""
    found = here(park)
    return page("bookings/doors.html", park=found, doors=rules_queries.doors(found.id))


@bp.route("/parks/<park>/doors/new", methods=["GET", "POST"])
def add_door(park: str) -> ResponseReturnValue:
    """Give a space a page for the tablet at its door; its address is shown this once."""
    found = here(park)
    form = DoorForm(data={"space": request.args.get("space", ""), "organisation": _operator()})
    if form.sent():
        try:
            with transaction():
                row = here(park)
                space, organisation = _named(row, form)
                _door, secret = door_actions.add_door(row, space, organisation, language=form.language.data, actor=me(), now=clock.now())
        except Refused as refused:
            form.show(refused)
        else:
            address = config_public_url() + url_for("bookings.door", door=secret)
            return page("bookings/door_added.html", park=here(park), space=form.space.data, address=address, qr=_qr(address), status=201)
    return page("bookings/add_door.html", form=form, park=found, codes=queries.bookable(found.id), organisations=organisations.choices())


def _operator() -> str:
    """Return the code of the organisation that runs parks, where there is just one."""
    services = organisations.choices(kind="service")
    return services[0][0] if len(services) == 1 else ""


def _named(park: Park, form: DoorForm) -> tuple[Space, Organisation]:
    against: list[Objection] = []
    spaces = places.spaces_by_code(park.id, [form.space.data or ""])
    if not spaces:
        against.append(NO_SUCH_SPACE.about(code=form.space.data or ""))
    try:
        organisation = organisations.organisation(form.code())
    except Missing:
        raise Refused([*against, NO_ORGANISATION.about(code=form.code()).at("organisation")]) from None
    if against:
        raise Refused(against)
    return next(iter(spaces.values())), organisation


@bp.route("/parks/<park>/doors/<int:door_id>/revoke", methods=["GET", "POST"])
def revoke_door(park: str, door_id: int) -> ResponseReturnValue:
    """Make the address of a door open nothing."""
    found = here(park)
    row = rules_queries.door_of(found.id, door_id)
    form = ConfirmForm()
    if form.sent():
        with transaction():
            door_actions.revoke_door(rules_queries.door_of(here(park).id, door_id), actor=me(), now=clock.now())
        flash(_("The address opens nothing any more."))
        return redirect(url_for("bookings.doors", park=park), 303)
    return page("bookings/revoke_door.html", form=form, park=found, door=row)


# For whoever stands at the door


@dataclass(frozen=True, slots=True)
class Scene:
    """What the tablet shows. until: when it changes, None when not to be foreseen. refusals: why it cannot be booked at all."""

    busy: bool
    until: datetime | None
    then: tuple[Span, ...]
    lengths: tuple[int, ...]
    refusals: tuple[Objection, ...]
    expected: Span | None


@contextmanager
def _opened(secret: str) -> Iterator[None]:
    """Inside, texts are in the language of the door of this address, and times on its park's clock.

    Raises:
        Missing: no door has this address.
    """
    door, park = rules_queries.door(secret)
    g.zone = park.zone
    with force_locale(door.language):
        yield


def _scene(door: Door, park: Park, now: datetime) -> Scene:
    day_ends = midnight(day_of(now, park.zone) + timedelta(days=1), park.zone)
    taken = rules_queries.taken(door.space_id, Span(now, max(day_ends, now + timedelta(hours=2))))
    busy = bool(taken) and taken[0].starts_at <= now + door_actions.MINUTE  # who walks in has it from the next whole minute on
    walk_ins = {minutes: door_actions.walk_in(minutes, now) for minutes in LENGTHS}
    facts = door_actions.facts_at(door, park, list(walk_ins.values()), now)
    against = {minutes: door_actions.against(one, facts, now) for minutes, one in walk_ins.items()}
    expected = door_actions.expected(door, now)
    first = against[LENGTHS[0]]
    changes = [taken[0].ends_at if busy else taken[0].starts_at] if taken else []
    return Scene(
        busy,
        next((instant for instant in changes if instant < FOREVER), None),
        tuple(taken[1 if busy else 0 :][:NEXT]),
        () if busy else tuple(minutes for minutes in LENGTHS if not against[minutes]),
        () if busy else tuple(first),
        None if expected is None else expected.span,
    )


def _qr(address: str) -> Markup:
    """Return a QR code as a drawing: dark on light in either theme, or telephones do not read it."""
    out = io.BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", scale=4, border=4, dark="#000", light="#fff", xmldecl=False, svgns=True, nl=False, omitsize=True
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - drawn here, from an address of this park


def _shown(secret: str, form: Form | None = None) -> ResponseReturnValue:
    now = clock.now()
    door, park = rules_queries.door(secret)
    address = config_public_url() + url_for("bookings.check_in", park=park.code, code=door.space.code)
    return page(
        "bookings/door.html",
        form=form,
        secret=secret,
        door=door,
        park=park,
        now=now,
        scene=_scene(door, park, now),
        key=secrets.token_urlsafe(24),
        qr=_qr(address),
        on_another_day=lambda instant: day_of(instant, park.zone) != day_of(now, park.zone),
    )


def _address() -> str:
    return f"{request.view_args and request.view_args.get('door')} {get_remote_address()}"


@bp.get("/door/<door>")
@limiter.limit("600 per minute")
def door(door: str) -> ResponseReturnValue:
    """Show whether the room is free, until when, and what comes next."""
    with _opened(door):
        return _shown(door)


@bp.post("/door/<door>/book")
@limiter.limit("12 per minute", key_func=_address)
def door_book(door: str) -> ResponseReturnValue:
    """Book the room from now on, for the organisation of the door."""
    with _opened(door):
        form = WalkInForm()
        if form.sent():
            try:
                with transaction():
                    again, in_park = rules_queries.door(door)
                    door_actions.book(
                        again, in_park, given(form.minutes.data), key=given(form.key.data), reason=_("Booked at the door."), now=clock.now()
                    )
            except Refused as refused:
                form.show(refused)
            else:
                flash(_("It is yours."))
                return redirect(url_for("bookings.door", door=door), 303)
        return _shown(door, form)


@bp.post("/door/<door>/check-in")
@limiter.limit("12 per minute", key_func=_address)
def door_check_in(door: str) -> ResponseReturnValue:
    """Say that somebody is there."""
    with _opened(door):
        form = ConfirmForm()
        if form.sent():
            try:
                with transaction():
                    again, _in_park = rules_queries.door(door)
                    door_actions.check_in(again, now=clock.now())
            except Refused as refused:
                form.show(refused)
            else:
                flash(_("You are checked in."))
                return redirect(url_for("bookings.door", door=door), 303)
        return _shown(door, form)
